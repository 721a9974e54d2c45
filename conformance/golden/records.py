# SPDX-License-Identifier: Apache-2.0
"""Records, as section 7 of docs/ABI.md says, with contents that follow from a number: no two are alike."""

import struct

FIRST_STAMP = 1_700_000_100_000_000_000
RTYPE = {
    "trade": 0x00,
    "mbp_1": 0x01,
    "mbp_10": 0x0A,
    "status": 0x12,
    "definition": 0x13,
    "imbalance": 0x14,
    "statistics": 0x18,
    "ohlcv_1m": 0x21,
    "mbo": 0xA0,
    "cmbp_1": 0xB1,
    "cbbo_1s": 0xC0,
    "bbo_1m": 0xC4,
    "lost": 0xE0,
    "gap": 0xE1,
    "session": 0xE3,
    "native": 0xE7,
}
BYTES = {
    "trade": 48,
    "mbp_1": 80,
    "mbp_10": 368,
    "status": 40,
    "definition": 520,
    "imbalance": 112,
    "statistics": 80,
    "ohlcv_1m": 56,
    "mbo": 56,
    "cmbp_1": 80,
    "cbbo_1s": 80,
    "bbo_1m": 80,
    "lost": 40,
    "gap": 48,
    "session": 48,
    "native": 56,
}


def header(rtype, length, number, publisher_id=2):
    """`length` in bytes. 16 bytes."""
    return struct.pack("<BBHIQ", length // 4, rtype, publisher_id, number % 3 + 1, FIRST_STAMP + 1000 * number)


def mbo(number):
    at = FIRST_STAMP + 1000 * number
    return header(RTYPE["mbo"], 56, number) + struct.pack(
        "<QqIBBccQiI",
        5000 + number,
        (100 + number) * 10**9,
        10 + number,
        128,
        0,
        b"ACMT"[number % 4 :][:1],
        b"BA"[number % 2 :][:1],
        at + 250,
        250,
        number + 1,
    )


def trade(number):
    at = FIRST_STAMP + 1000 * number
    return header(RTYPE["trade"], 48, number) + struct.pack(
        "<qIccBBQiI", (100 + number) * 10**9, 10 + number, b"T", b"B", 128, 0, at + 250, 250, number + 1
    )


def lost(count, number=0):
    return header(RTYPE["lost"], 40, number, 0) + struct.pack("<QQQ", count, FIRST_STAMP, FIRST_STAMP + count)


def other(kind, number):
    """A record of `kind` whose fields are bytes that count up: for readers that pass records on as they are."""
    body = bytes((number + i) % 251 for i in range(BYTES[kind] - 16))
    return header(RTYPE[kind], BYTES[kind], number) + body


def stamped(records, first=FIRST_STAMP):
    """(stamp, record) of each, 1 ns apart, as a handler stamps what one poll brought."""
    return [(first + i, record) for i, record in enumerate(records)]


def mbos(count, first=0):
    """`count` MBO records with their stamps; `first` counts on from an earlier call."""
    return stamped([mbo(number) for number in range(first, first + count)], FIRST_STAMP + first)
