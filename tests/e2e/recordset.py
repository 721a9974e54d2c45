# SPDX-License-Identifier: Apache-2.0
"""Records by their bytes alone, with the layout written down here once more: a test that asked the code under test for its own
layout would agree with anything."""

import struct

import numpy

RTYPE = {"trade": 0x00, "status": 0x12, "definition": 0x13, "imbalance": 0x14, "statistics": 0x18, "mbo": 0xA0, "lost": 0xE0,
         "gap": 0xE1, "session": 0xE3, "trade_break": 0xE6, "native": 0xE7}
CONTROL = (RTYPE["gap"], RTYPE["session"])
#: Which record types a schema brings, beside control records.
OF_SCHEMA = {"mbo": ("mbo", "trade_break"), "status": ("status",), "definition": ("definition",), "imbalance": ("imbalance",),
             "statistics": ("statistics",), "native": ("native", "trade_break")}
ALL_SCHEMAS = list(OF_SCHEMA)

UNDEF_PRICE = 2**63 - 1
UNDEF_SIZE = 2**32 - 1

HEADER = struct.Struct("<BBHIQ")
MBO = struct.Struct("<BBHIQ QqIBBccQiI")
TRADE = struct.Struct("<BBHIQ qIccBBQiI")
LOST = struct.Struct("<BBHIQ QQQ")
ACTION_OFFSET = 38

#: Where a record has what depends on when and where it arrived: (offset, bytes).
ARRIVAL = {"mbo": [(40, 12)], "trade": [(32, 12)], "status": [(16, 8)], "definition": [(16, 8)], "imbalance": [(16, 8)],
           "statistics": [(16, 8), (52, 4)], "gap": [(8, 8), (32, 8)], "session": [(8, 8), (16, 8)], "trade_break": [(16, 8)],
           "native": [(16, 8)]}


class Records:
    """Records one after the other, as `headrace dump --raw` and record_to_file write them."""

    def __init__(self, data):
        self.data = data
        offsets = []
        at = 0
        while at < len(data):
            length = data[at] * 4
            assert length >= 16, f"a record of {length} bytes at offset {at}"
            offsets.append(at)
            at += length
        assert at == len(data), "the last record is not whole"
        self.offsets = numpy.array(offsets, "i8")
        whole = numpy.frombuffer(data, "u1")
        self.rtype = whole[self.offsets + 1] if offsets else numpy.zeros(0, "u1")
        self.instrument = sum(whole[self.offsets + 4 + i].astype("u4") << (8 * i) for i in range(4)) if offsets else self.rtype

    def __len__(self):
        return len(self.offsets)

    def __getitem__(self, index):
        at = int(self.offsets[index])
        return self.data[at : at + self.data[at] * 4]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def of_types(self, *names):
        return numpy.isin(self.rtype, [RTYPE[name] for name in names])

    def control(self):
        return numpy.isin(self.rtype, CONTROL)

    def of_schemas(self, schemas):
        """Mask of what a consumer of these schemas gets."""
        return self.control() | self.of_types(*(name for schema in schemas for name in OF_SCHEMA[schema]))

    def select(self, mask):
        return b"".join(self[i] for i in numpy.flatnonzero(mask))


def lost_count(record):
    return LOST.unpack(record)[5]


def trade_of(mbo):
    """The record of schema `trades` that an MBO record of action T becomes."""
    (_, _, publisher, instrument, ts_event, _, price, size, flags, _, action, side, ts_recv, delta, sequence) = MBO.unpack(mbo)
    return TRADE.pack(TRADE.size // 4, RTYPE["trade"], publisher, instrument, ts_event, price, size, action, side, flags, 0,
                      ts_recv, delta, sequence)


def trades_of(records):
    """What a consumer of `trades` alone gets."""
    parts = []
    for record in records:
        rtype = record[1]
        if rtype in CONTROL or rtype == RTYPE["trade_break"]:
            parts.append(record)
        elif rtype == RTYPE["mbo"] and record[ACTION_OFFSET : ACTION_OFFSET + 1] == b"T":
            parts.append(trade_of(record))
    return b"".join(parts)


def without_arrival(records):
    """The bytes with what tells of the arrival zeroed."""
    data = bytearray(records.data)
    names = {number: name for name, number in RTYPE.items()}
    for at, rtype in zip(records.offsets.tolist(), records.rtype.tolist()):
        for offset, length in ARRIVAL[names[rtype]]:
            data[at + offset : at + offset + length] = bytes(length)
    return bytes(data)
