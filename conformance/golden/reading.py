# SPDX-License-Identifier: Apache-2.0
"""Cases of section 3, 4 and 7: records, laps, cursors, losses; and of section 6: directories."""

import struct

from golden import objects, records
from golden.case import Case
from golden.records import FIRST_STAMP, mbo, mbos, stamped

STOPPING = 4


def stops(case, lost=0):
    """The handler ends in good order."""
    for ring in range(len(case.rings)):
        case.state(STOPPING, ring)
    return case.ends(-108, lost)


def first_cases():
    yield stops(Case("read-nothing", "A ring in which nothing ever is, and the handler stops.").ring().attached())

    one = mbos(1)
    case = Case("read-one-record", "One record; the cursor is stored because the ring is empty after it.").ring().attached()
    yield stops(case.publish(one).do("await_cursor", ring=0, value=1).reads(one))

    some = mbos(20)
    case = Case("read-what-was-there", "Records that were in the ring before the reader had its reply.").ring(some).attached()
    yield stops(case.reads(some))

    many = mbos(200)
    case = (
        Case("read-laps", "Three laps of a ring of 64 slots; the writer waits for the cursor where the ring is full.")
        .ring()
        .attached()
    )
    yield stops(case.publish(many).do("await_cursor", ring=0, value=200).reads(many))

    many = mbos(300)
    case = (
        Case("read-a-ring-of-256", "A lap and more of a ring of 256 slots, full at first.")
        .ring(many[:256], slot_count=256)
        .attached()
    )
    yield stops(case.publish(many[256:]).reads(many))


def batches():
    all_of = mbos(144)
    case = (
        Case(
            "batch-laps",
            "Batches of at most 24: each ends at its maximum, at the last record, or where the ring wraps.",
            ["--batch", "24"],
        )
        .ring(all_of[:64])
        .attached()
    )
    case.reads(all_of[:48], batch=24).reads(all_of[48:64], batch=16).do("await_cursor", ring=0, value=64)
    case.publish(all_of[64:104], together=True).do("await_cursor", ring=0, value=104)
    case.reads(all_of[64:88], batch=24).reads(all_of[88:104], batch=16)
    case.publish(all_of[104:144], together=True).do("await_cursor", ring=0, value=144)
    yield stops(case.reads(all_of[104:128], batch=24).reads(all_of[128:144], batch=16))

    all_of = mbos(90)
    case = (
        Case(
            "batch-ends-at-the-wrap",
            "A batch larger than the ring: what lies on both sides of the wrap comes as two.",
            ["--batch", "512"],
        )
        .ring(all_of[:40])
        .attached()
    )
    case.reads(all_of[:40], batch=40).do("await_cursor", ring=0, value=40)
    case.publish(all_of[40:90], together=True).reads(all_of[40:64], batch=24).reads(all_of[64:90], batch=26)
    yield stops(case.do("await_cursor", ring=0, value=90))

    some = mbos(5)
    case = Case("batch-of-one", "Batches of one record.", ["--batch", "1"]).ring(some).attached()
    yield stops(case.reads(some, batch=1))


def cursors():
    all_of = mbos(140)
    case = (
        Case(
            "cursor-of-a-full-ring",
            "The 40th record of a full ring is held: it stays, and at least 8 of those before it are given back. "
            "The writer then goes on as far as the cursor lets it.",
            ["--hold", "40"],
        )
        .ring(all_of[:64])
        .attached()
    )
    case.reads(all_of[:40]).hold(39 - 31, 39).publish(all_of[64:72]).do("go").reads(all_of[40:])
    yield stops(case.publish(all_of[72:]).do("await_cursor", ring=0, value=140))

    all_of = mbos(64)
    for number in (1, 32, 33, 64):
        case = (
            Case(
                f"cursor-at-record-{number}",
                f"Record {number} is held: the cursor is at most {number - 1}, and not 32 records behind.",
                ["--hold", str(number)],
            )
            .ring(all_of)
            .attached()
        )
        case.reads(all_of[:number]).hold(max(0, number - 1 - 31), number - 1).do("go")
        yield stops(case.reads(all_of[number:]) if number < 64 else case)

    all_of = mbos(104)
    case = (
        Case(
            "cursor-of-a-batch",
            "A batch that is held stays whole in the ring, though it has more than 32 records.",
            ["--batch", "48", "--hold", "1"],
        )
        .ring(all_of[:64])
        .attached()
    )
    case.reads(all_of[:48], batch=48).hold(0, 0).do("go").reads(all_of[48:64], batch=16).do("await_cursor", ring=0, value=64)
    yield stops(case.publish(all_of[64:], together=True).reads(all_of[64:], batch=40).do("await_cursor", ring=0, value=104))

    all_of = mbos(64)
    case = (
        Case(
            "cursor-of-the-third-batch",
            "While the third batch of 16 is held, the two before it are given back but for 31 at most.",
            ["--batch", "16", "--hold", "33"],
        )
        .ring(all_of)
        .attached()
    )
    yield stops(case.reads(all_of[:48], batch=16).hold(1, 32).do("go").reads(all_of[48:], batch=16))

    some = mbos(1)
    case = Case("descriptors-closed", "What came with the reply is mapped and closed.", ["--hold", "1"]).ring(some).attached()
    yield stops(case.reads(some).hold(0, 0).do("check_descriptors").do("go"))


def several_rings():
    of_0, of_1 = mbos(30), mbos(90, first=1000)
    case = Case("rings-two", "Two workers: two rings, read in turn, each with its own cursor.").ring(of_0[:20], worker_count=2)
    case.ring(of_1[:40], worker_count=2).attached().reads(of_0, 0).reads(of_1, 1)
    case.publish(of_0[20:], 0).publish(of_1[40:], 1).do("await_cursor", ring=0, value=30).do("await_cursor", ring=1, value=90)
    yield stops(case)

    of_1 = mbos(10)
    case = Case("rings-one-stays-empty", "Three workers, of which only the second has something.")
    case.ring(worker_count=3).ring(worker_count=3).ring(worker_count=3).attached().publish(of_1, 1)
    yield stops(case.do("await_cursor", ring=1, value=10).reads(of_1, 1))

    of_0, of_1 = mbos(70), stamped([mbo(1), records.other("imbalance", 2), records.other("statistics", 3)])
    case = Case("rings-of-different-slots", "The second ring has a longer header, larger slots and more of them.").ring(
        worker_count=2
    )
    case.ring(worker_count=2, slot_bytes=128, slot_count=128, header_bytes=8192, first_stamp=FIRST_STAMP - 1).attached()
    case.publish(of_0, 0).publish(of_1, 1).do("await_cursor", ring=0, value=70).do("await_cursor", ring=1, value=3)
    yield stops(case.reads(of_0, 0).reads(of_1, 1))


def slots():
    kinds = {
        128: ["imbalance", "statistics", "status", "gap", "mbp_1", "bbo_1m", "cmbp_1", "cbbo_1s"],
        384: ["mbp_10", "imbalance", "session", "ohlcv_1m", "native"],
        576: ["definition", "status", "imbalance"],
    }
    for size, others in kinds.items():
        of = stamped([records.other(others[i // 9 % len(others)], i) if i % 9 == 0 else mbo(i) for i in range(70)])
        case = Case(
            f"slots-of-{size}",
            f"Slots of {size} bytes with records up to {max(records.BYTES[kind] for kind in others)} bytes, over the wrap.",
        )
        yield stops(
            case.ring(of[:64], slot_bytes=size).attached().publish(of[64:]).do("await_cursor", ring=0, value=70).reads(of)
        )


def losses():
    of = stamped([mbo(0), records.lost(7), mbo(1), records.lost(1, 1), records.lost(2**33, 2), records.trade(2)])
    case = (
        Case("lost-in-the-stream", "LOST records come as others do; the sum of their counts needs 64 bits.").ring().attached()
    )
    yield stops(case.publish(of).do("await_cursor", ring=0, value=6).reads(of), lost=7 + 1 + 2**33)

    of_0, of_1 = stamped([mbo(0), records.lost(3)]), stamped([records.lost(4), mbo(1)])
    case = (
        Case("lost-in-two-rings", "The sum is over all rings.", ["--batch", "16"])
        .ring(of_0, worker_count=2)
        .ring(of_1, worker_count=2)
    )
    yield stops(case.attached().reads(of_0, 0, batch=2).reads(of_1, 1, batch=2), lost=7)


def stamps():
    last = FIRST_STAMP - 1
    old = {slot: (last - (slot * 29) % 64, mbo(9000 + slot)) for slot in range(64)}
    new = mbos(10)
    case = Case(
        "used-ring",
        "A ring that was attached before: old records in every slot, the newest of them in the first. first_stamp tells.",
    )
    case.ring(old=old.items(), first_stamp=last).attached().do("pass", milliseconds=20).publish(new).do(
        "await_cursor", ring=0, value=10
    )
    yield stops(case.do("pass", milliseconds=20).reads(new))

    new = mbos(150)
    case = (
        Case(
            "used-ring-laps",
            "More than two laps of a ring that was attached before, in batches that only the wrap and the old records end.",
            ["--batch", "512"],
        )
        .ring(new[:40], old=old.items(), first_stamp=last)
        .attached()
    )
    case.reads(new[:40], batch=40).do("await_cursor", ring=0, value=40)
    case.publish(new[40:100], together=True).reads(new[40:64], batch=24).reads(new[64:100], batch=36).do(
        "await_cursor", ring=0, value=100
    )
    yield stops(case.publish(new[100:], together=True).reads(new[100:128], batch=28).reads(new[128:], batch=22))

    jumps = [1, 2, 1000, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**40, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2]
    of = [(stamp, mbo(i)) for i, stamp in enumerate(jumps)]
    case = Case("stamps-jump", "Stamps increase by any step, and are unsigned.").ring().attached()
    yield stops(case.publish(of).do("await_cursor", ring=0, value=len(of)).reads(of))


def strange_records():
    of = stamped(
        [
            mbo(0),
            records.header(0x77, 32, 1) + bytes(range(16)),
            records.header(0xEF, 56, 2) + bytes(range(40)),
            records.header(0x0A, 24, 3) + bytes(8),
            mbo(4),
        ]
    )
    case = (
        Case("rtype-not-known", "Records of types that this ABI does not have are passed on, as all others.").ring().attached()
    )
    yield stops(case.publish(of).do("await_cursor", ring=0, value=5).reads(of))

    body = bytes(range(100, 140))
    of = stamped(
        [mbo(0), struct.pack("<BBHIQ", 255, 0xA0, 2, 1, 5) + body, struct.pack("<BBHIQ", 15, 0x77, 2, 1, 6) + body, mbo(3)]
    )
    case = (
        Case("record-longer-than-its-slot", "A record's length is the handler's word: no more is read than the slot has.")
        .ring()
        .attached()
    )
    yield stops(case.publish(of).do("await_cursor", ring=0, value=4).reads(of))

    of = stamped([mbo(0), bytes(16), mbo(2)])
    case = (
        Case("record-of-no-length", "A record of zeros: its length ends nothing, the slot counts, and the next record follows.")
        .ring()
        .attached()
    )
    yield stops(case.publish(of).do("await_cursor", ring=0, value=3).reads(of))


def directories():
    entries = [
        objects.directory_entry(7, "AAPL"),
        objects.directory_entry(8, "SYMBOL-OF-23-CHARACTERS", publisher_id=65535),
        objects.directory_entry(7, "AAPL", round_lot=10),
        objects.directory_entry(8, "MSFT", publisher_id=39),
        objects.directory_entry(7, "ZVZZT"),
        objects.directory_entry(2**32 - 1, "X"),
    ]
    said = [
        "symbol 2 7 AAPL",
        "symbol 65535 8 SYMBOL-OF-23-CHARACTERS",
        "symbol 2 7 AAPL",
        "symbol 39 8 MSFT",
        "symbol 2 7 ZVZZT",
        "symbol 2 4294967295 X",
    ]
    case = Case(
        "directory",
        "Entries in their order, an instrument's older ones too; what lies beyond `count` is not there.",
        ["--stats"],
    )
    case.ring(directory=objects.directory(entries + [objects.directory_entry(99, "BEYOND")], count=6)).attached().state(
        STOPPING
    )
    for line in said:
        case.prints(line)
    yield case.ends(-108)

    case = Case(
        "directory-count-beyond-its-room", "A count greater than the capacity: what has no room is not there.", ["--stats"]
    )
    case.ring(directory=objects.directory(entries[:2], capacity=2, count=2**31)).attached().state(STOPPING)
    for line in said[:2]:
        case.prints(line)
    yield case.ends(-108)

    case = Case("directory-grows", "Entries that are added while the ring is read.", ["--stats"])
    one = mbos(1)
    case.ring(directory=objects.directory(entries[:2])).attached().publish(one).do("await_cursor", ring=0, value=1).reads(one)
    for count in (3, 4):
        case.do("store", object="directory 0", offset=64 * count, bytes=entries[count - 1].hex())
        case.do("store_32", object="directory 0", offset=16, value=count)
    case.state(STOPPING)
    for line in said[:4]:
        case.prints(line)
    yield case.ends(-108)

    case = Case("directory-of-two-rings", "Each worker has its own directory; an empty one is right.", ["--stats"])
    case.ring(worker_count=2, directory=objects.directory([])).ring(
        worker_count=2, directory=objects.directory(entries[:1])
    ).attached()
    yield case.state(STOPPING, 0).state(STOPPING, 1).prints(said[0]).ends(-108)


def cases():
    for group in (first_cases, batches, cursors, several_rings, slots, losses, stamps, strange_records, directories):
        yield from group()
