# SPDX-License-Identifier: Apache-2.0
"""The bytes of shared memory objects, as docs/ABI.md says: sections 2, 3, 6."""

import struct

RING_MAGIC, CURSOR_MAGIC = 0x31474E4952524548, 0x3152535243525248
DIRECTORY_MAGIC, STATISTICS_MAGIC = 0x3152494452525248, 0x3154415453525248
SESSION_EPOCH = 1_700_000_000_000_000_000
CURSOR_BYTES = 4096

RING = struct.Struct("<QHHIIIQQQQII32sQ24sQQQI36sI60s")
CURSOR = struct.Struct("<Q56sQ56sI60s")
DIRECTORY = struct.Struct("<QIII44s")
DIRECTORY_ENTRY = struct.Struct("<IHBBI4s24s24s")
STATISTICS = struct.Struct("<QIIIIQ32s")
STATISTICS_ENTRY = struct.Struct("<16s64s32s16s")


def ring_header(reserved=b"\0", **other):
    """256 bytes. `reserved` fills what is reserved; the other arguments are fields."""
    field = dict(
        magic=RING_MAGIC,
        abi_major=1,
        abi_minor=1,
        header_bytes=4096,
        slot_bytes=64,
        slot_count=64,
        session_epoch=SESSION_EPOCH,
        writer_pid=4242,
        writer_start_ns=987_654_321,
        tsc_hz=0,
        worker=0,
        worker_count=1,
        consumer=b"strategy",
        first_stamp=0,
        heartbeat_ns=0,
        published=0,
        lost=0,
        state=1,
        wakes=0,
    )
    assert not other.keys() - field.keys(), other
    field |= other
    values = list(field.values())
    at = list(field).index
    return RING.pack(
        *values[: at("heartbeat_ns")],
        reserved * 24,
        *values[at("heartbeat_ns") : at("wakes")],
        reserved * 36,
        field["wakes"],
        reserved * 60,
    )


def cursor(magic=CURSOR_MAGIC, reserved=b"\0"):
    return CURSOR.pack(magic, reserved * 56, 0, reserved * 56, 0, reserved * 60)


def directory_entry(instrument_id, symbol, publisher_id=2, feed=0, round_lot=100, reserved=b"\0"):
    return DIRECTORY_ENTRY.pack(
        instrument_id, publisher_id, feed, reserved[0], round_lot, reserved * 4, symbol.encode(), reserved * 24
    )


def directory(entries=(), capacity=8, magic=DIRECTORY_MAGIC, entry_bytes=64, count=None, reserved=b"\0"):
    head = DIRECTORY.pack(magic, capacity, entry_bytes, len(entries) if count is None else count, reserved * 44)
    return head + b"".join(entries) + bytes(64 * max(0, 8 - len(entries)))


def statistics(values=(("worker", "0", "records", 7), ("ring", "strategy", "published", 7)), capacity=4, reserved=b"\0"):
    offset = STATISTICS.size + capacity * STATISTICS_ENTRY.size
    head = STATISTICS.pack(STATISTICS_MAGIC, capacity, STATISTICS_ENTRY.size, len(values), offset, SESSION_EPOCH, b"headrace")
    entries = b"".join(
        STATISTICS_ENTRY.pack(step.encode(), subject.encode(), name.encode(), reserved * 16)
        for step, subject, name, _ in values
    )
    words = b"".join(struct.pack("<Q", value) for *_, value in values)
    return (head + entries).ljust(offset, b"\0") + words.ljust(8 * capacity, b"\0")
