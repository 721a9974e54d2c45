# SPDX-License-Identifier: Apache-2.0
"""Record objects and dtypes against layouts packed by hand: DBN's, from its documentation, not from our table."""

import copy
import math
import pickle
import struct

import numpy
import pytest

import headrace


def pack(rtype, format, *values):
    """A record of type rtype: its header, then `values`."""
    body = struct.pack("<" + format, *values)
    return struct.pack("<BBHIQ", (16 + len(body) + LEVEL_BYTES.get(rtype, 0)) // 4, rtype, 7, 4001, 1_700_000_000_000_000_001) + body


#: What comes behind a pack of these types.
LEVEL_BYTES = {rtype: 32 for rtype in (0x01, 0xB1, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4)} | {0x0A: 320}


def level(number):
    """A price level whose values tell it from others."""
    return struct.pack("<qqIIII", -10 - number, NO_PRICE if number == 9 else 1_000_000_000 + number, 20 + number, 30 + number,
                       2**32 - 1 - number, 40 + number)


def level_fields(number, made=None):
    """The columns of the level that `level(made)` made."""
    of = number if made is None else made
    values = {"bid_px": -10 - of, "ask_px": NO_PRICE if of == 9 else 1_000_000_000 + of, "bid_sz": 20 + of, "ask_sz": 30 + of,
              "bid_ct": 2**32 - 1 - of, "ask_ct": 40 + of}
    return {f"{name}_{number:02}": value for name, value in values.items()} | {f"pretty_bid_px_{number:02}": (-10 - of) / 1e9}


def venues():
    return struct.pack("<qqIIHxxHxx", -10, 11, 12, 13, 65535, 15)


HEADER = {"publisher_id": 7, "instrument_id": 4001, "ts_event": 1_700_000_000_000_000_001}
RECV = 1_700_000_000_000_000_900
NO_PRICE = 2**63 - 1
MBP = {"price": 5_000_000, "pretty_price": 0.005, "size": 10, "action": "A", "side": "B", "flags": 130, "depth": 0, "ts_recv": RECV,
       "ts_in_delta": -5, "sequence": 6}
VENUES = {"bid_px_00": -10, "ask_px_00": 11, "bid_sz_00": 12, "ask_sz_00": 13, "bid_pb_00": 65535, "ask_pb_00": 15}

# name, schema, bytes, attributes expected
CASES = [
    ("Mbo", "mbo", pack(0xA0, "QqIBBccQiI", 2**64 - 2, 185_010_000_000, 300, 128, 3, b"A", b"B", RECV, -17, 2**32 - 1),
     {"order_id": 2**64 - 2, "price": 185_010_000_000, "pretty_price": 185.01, "size": 300, "flags": headrace.FLAG_LAST,
      "channel_id": 3, "action": "A", "side": "B", "ts_recv": RECV, "ts_in_delta": -17, "sequence": 2**32 - 1, "length": 14}),
    ("Trade", "trades", pack(0x00, "qIccBBQiI", -5_000_000, 10, b"T", b"A", 64, 0, RECV, 5, 6),
     {"price": -5_000_000, "pretty_price": -0.005, "size": 10, "action": "T", "side": "A", "flags": 64, "depth": 0, "ts_recv": RECV,
      "ts_in_delta": 5, "sequence": 6}),
    ("Status", "status", pack(0x12, "QHHHccc7x", RECV, 8, 30, 0, b"N", b"Y", b"~"),
     {"ts_recv": RECV, "action": headrace.STATUS_HALT, "reason": headrace.REASON_NEWS_PENDING, "trading_event": 0,
      "is_trading": "N", "is_quoting": "Y", "is_short_sell_restricted": "~"}),
    ("Imbalance", "imbalance", pack(0x14, "QqQ6q4IccBBBccx", RECV, 1, 2, 3, 4, 5, 6, 7, NO_PRICE, 9, 10, 11, 12,
                                    b"O", b"B", 13, 14, 15, b"A", b"L"),
     {"ref_price": 1, "auction_time": 2, "cont_book_clr_price": 3, "auct_interest_clr_price": 4, "ssr_filling_price": 5,
      "ind_match_price": 6, "upper_collar": 7, "lower_collar": NO_PRICE, "paired_qty": 9, "total_imbalance_qty": 10,
      "market_imbalance_qty": 11, "unpaired_qty": 12, "auction_type": "O", "side": "B", "auction_status": 13, "freeze_status": 14,
      "num_extensions": 15, "unpaired_side": "A", "significant_imbalance": "L"}),
    ("Statistics", "statistics", pack(0x18, "QQqqIiHHBB18x", RECV, 1, 2, 3, 4, -5, 11, 7, 1, 9),
     {"ts_ref": 1, "price": 2, "quantity": 3, "sequence": 4, "ts_in_delta": -5, "stat_type": headrace.STAT_CLOSE_PRICE,
      "channel_id": 7, "update_action": 1, "stat_flags": 9}),
    ("Gap", "gap", pack(0xE1, "QQQB7x", 100, 5, RECV, 2), {"first_sequence": 100, "count": 5, "ts_recv": RECV, "channel_id": 2}),
    ("Gap", "gap", pack(0xE2, "QQQB7x", 100, 5, RECV, 2), {"first_sequence": 100, "count": 5}),
    ("Session", "session", pack(0xE3, "QQ10scB4x", RECV, 12, b"000000014 ", b"S", 2),
     {"ts_recv": RECV, "next_sequence": 12, "session": "000000014", "event": "S", "channel_id": 2}),
    ("TradeBreak", "trade_break", pack(0xE6, "QQqIIB7x", RECV, 99, NO_PRICE, 2**32 - 1, 3, 4),
     {"trade_id": 99, "price": NO_PRICE, "size": headrace.UNDEF_ORDER_SIZE, "sequence": 3, "channel_id": 4}),
    ("Native", "native", pack(0xE7, "QIB27s", RECV, 3, 5, b"\x00ab\xff\x01" + b"\xee" * 22),
     {"ts_recv": RECV, "sequence": 3, "message_length": 5, "message": b"\x00ab\xff\x01"}),
    ("Lost", "lost", pack(0xE0, "QQQ", 12, 13, 14), {"count": 12, "first_ts": 13, "last_ts": 14}),
    ("Mbp1", "mbp-1", pack(0x01, "qIccBBQiI", 5_000_000, 10, b"A", b"B", 130, 0, RECV, -5, 6) + level(0), MBP | level_fields(0)),
    ("Mbp1", "tbbo", pack(0x01, "qIccBBQiI", 5_000_000, 10, b"A", b"B", 130, 0, RECV, -5, 6) + level(4), MBP | level_fields(0, 4)),
    ("Mbp10", "mbp-10", pack(0x0A, "qIccBBQiI", 5_000_000, 10, b"A", b"B", 130, 0, RECV, -5, 6) + b"".join(map(level, range(10))),
     {name: value for i in range(10) for name, value in level_fields(i).items()} | MBP),
    *(("Ohlcv", schema, pack(rtype, "qqqqQ", 1_000_000_000, 2_500_000_000, -1, NO_PRICE, 2**64 - 1),
       {"open": 1_000_000_000, "pretty_open": 1.0, "high": 2_500_000_000, "pretty_high": 2.5, "low": -1, "pretty_low": -1e-9,
        "close": NO_PRICE, "volume": 2**64 - 1})
      for schema, rtype in (("ohlcv-1s", 0x20), ("ohlcv-1m", 0x21), ("ohlcv-1h", 0x22), ("ohlcv-1d", 0x23), ("ohlcv-eod", 0x24))),
    *(("Bbo", schema, pack(rtype, "qIxcBxQ4xI", 7, 8, b"A", 168, RECV, 9) + level(0),
       {"price": 7, "size": 8, "side": "A", "flags": 168, "ts_recv": RECV, "sequence": 9} | level_fields(0))
      for schema, rtype in (("bbo-1s", 0xC3), ("bbo-1m", 0xC4))),
    *(("Cmbp1", schema, pack(rtype, "qIccBxQi4x", 7, 8, b"T", b"N", 128, RECV, -9) + venues(),
       {"price": 7, "size": 8, "action": "T", "side": "N", "flags": 128, "ts_recv": RECV, "ts_in_delta": -9} | VENUES)
      for schema, rtype in (("cmbp-1", 0xB1), ("tcbbo", 0xC2))),
    *(("Cbbo", schema, pack(rtype, "qIxcBxQ8x", NO_PRICE, 8, b"B", 128, RECV) + venues(),
       {"price": NO_PRICE, "size": 8, "side": "B", "flags": 128, "ts_recv": RECV} | VENUES)
      for schema, rtype in (("cbbo-1s", 0xC0), ("cbbo-1m", 0xC1))),
]
#: Those whose records DBN has in files and Headrace's own feeds do not make.
OF_FILES = CASES[11:]

IDS = [f"{schema}-{raw[1]:02X}" for _, schema, raw, _ in CASES]


def definition():
    raw = bytearray(pack(0x13, "504x"))
    raw[:1] = bytes([520 // 4])
    struct.pack_into("<Qqq", raw, 16, RECV, 10_000_000, NO_PRICE)
    struct.pack_into("<Q", raw, 112, 77)
    struct.pack_into("<i", raw, 168, 100)
    raw[224:228] = b"USD\0"
    raw[238:245] = b"ABCD.WS"
    raw[330:334] = b"XNAS"
    raw[335:340] = b"EQ\0\0\0"
    raw[487:488] = b"K"
    raw[493:494] = b"A"
    return bytes(raw)


@pytest.fixture
def wide(start):
    """A handler whose slots hold every record."""
    return start(slot_bytes=576, slot_count=64)


@pytest.mark.parametrize("name, schema, raw, expected", CASES, ids=IDS)
def test_an_object_has_the_bytes_and_the_fields(wide, name, schema, raw, expected):
    with wide.attach() as feed:
        wide.publish(raw)
        record = feed.next(timeout=10)
        assert type(record) is getattr(headrace, name) and isinstance(record, headrace.Record)
        assert bytes(record) == raw
        for field, value in (HEADER | {"rtype": raw[1]} | expected).items():
            assert getattr(record, field) == value, field
        assert f"{name}(stamp={record.stamp}, rtype={raw[1]}, " in repr(record)


@pytest.mark.parametrize("name, schema, raw, expected", CASES, ids=IDS)
def test_a_row_has_the_fields(wide, name, schema, raw, expected):
    with wide.attach() as feed:
        wide.publish(raw)
        [row] = feed.batch(timeout=10, schema=schema)
        for field, value in (HEADER | {"rtype": raw[1]} | expected).items():
            if field.startswith("pretty_"):
                continue
            if field == "message":
                assert row[field].tobytes()[: len(value)] == value
            elif isinstance(value, str):
                assert row[field].decode().rstrip() == value, field
            else:
                assert row[field] == value, field
        assert row["stamp"] > RECV


def test_a_definition(wide):
    expected = {"ts_recv": RECV, "min_price_increment": 10_000_000, "raw_instrument_id": 77, "min_lot_size_round_lot": 100,
                "currency": "USD", "raw_symbol": "ABCD.WS", "exchange": "XNAS", "asset": "EQ", "instrument_class": "K",
                "security_update_action": "A"}
    with wide.attach() as feed:
        wide.publish(definition(), definition())
        record = feed.next(timeout=10)
        assert bytes(record) == definition()
        assert {field: getattr(record, field) for field in expected} == expected
        assert record.pretty_min_price_increment == 0.01
        [row] = feed.batch(timeout=10, schema="definition")
        for field, value in expected.items():
            assert row[field] == (value.encode() if isinstance(value, str) else value), field


def test_a_price_that_is_not_known_is_nan(wide):
    with wide.attach() as feed:
        wide.publish(CASES[8][2])
        record = feed.next(timeout=10)
        assert record.price == headrace.UNDEF_PRICE and math.isnan(record.pretty_price)


def test_a_record_is_immutable_and_outlives_its_slot(wide):
    with wide.attach() as feed:
        wide.tell("mbo 1 5")
        record = feed.next(timeout=10)
        for number in range(130):  # twice round the ring
            wide.tell(f"mbo 1 {number}")
            feed.next(timeout=10)
    assert record.order_id == 5 and bytes(record)[:2] == b"\x0e\xa0"
    with pytest.raises(AttributeError):
        record.order_id = 6
    with pytest.raises(TypeError):
        headrace.Mbo()


def test_a_type_of_a_later_release_is_a_plain_record(wide):
    raw = pack(0xEF, "Q", 1)
    with wide.attach() as feed:
        wide.publish(raw)
        record = feed.next(timeout=10)
    assert type(record) is headrace.Record and bytes(record) == raw and record.instrument_id == 4001


@pytest.mark.parametrize("length", [0, 1, 4, 13])
def test_a_record_shorter_than_its_type_is_a_plain_record(wide, length):
    raw = bytes([length]) + CASES[0][2][1:]
    with wide.attach() as feed:
        wide.publish(raw)
        record = feed.next(timeout=10)
    assert type(record) is headrace.Record and bytes(record) == raw[: max(16, length * 4)]


def test_a_record_that_claims_more_than_its_slot_has(handler):
    raw = bytes([255]) + CASES[0][2][1:]
    with handler.attach() as feed:
        handler.publish(raw)
        assert bytes(feed.next(timeout=10)) == raw  # 56 bytes, the slot's


def test_a_message_that_claims_more_than_its_record_has(wide):
    raw = bytearray(CASES[9][2])
    raw[28] = 255
    with wide.attach() as feed:
        wide.publish(bytes(raw))
        assert len(feed.next(timeout=10).message) == 27


def test_every_dtype_begins_alike_and_is_as_long_as_its_record():
    sizes = dict(mbo=56, trades=48, status=40, definition=520, imbalance=112, statistics=80, lost=40, gap=48, session=48,
                 trade_break=56, native=56)
    sizes |= {schema: len(raw) for _, schema, raw, _ in OF_FILES}
    assert len(CASES[13][2]) == 368 and {size for schema, size in sizes.items() if "bbo" in schema or "mbp-1" == schema[-5:]} == {80}
    assert sizes.keys() == set(headrace.SCHEMAS)
    for schema, size in sizes.items():
        row = getattr(headrace, schema.upper().replace("-", "_") + "_DTYPE")
        assert row is headrace.dtype(schema) and isinstance(row, numpy.dtype)
        assert row.names[:6] == ("stamp", "length", "rtype", "publisher_id", "instrument_id", "ts_event")
        assert row.itemsize == 8 + size


def test_what_there_is_not():
    with pytest.raises(ValueError, match="mbo, trades"):
        headrace.dtype("mbp-2")
    for name in ("MBP_2_DTYPE", "mbp_1_DTYPE", "MBP_1"):
        with pytest.raises(AttributeError):
            getattr(headrace, name)


# ---- What only files have ----


@pytest.mark.parametrize("name, schema, raw, expected", [case for case in OF_FILES if case[0] != "Ohlcv"])
def test_levels_are_objects(name, schema, raw, expected):
    record = headrace.record_from_bytes(raw)
    count = 10 if name == "Mbp10" else 1
    kind = headrace.ConsolidatedBidAskPair if name in ("Cmbp1", "Cbbo") else headrace.BidAskPair
    assert type(record.levels) is tuple and len(record.levels) == count
    for number, level in enumerate(record.levels):
        assert type(level) is kind and not isinstance(level, headrace.Record)
        assert bytes(level) == raw[48 + 32 * number : 80 + 32 * number]
        names = [column[:-3] for column in expected if column.endswith(f"_{number:02}") and not column.startswith("pretty_")]
        assert len(names) == 6
        for field in names:
            assert getattr(level, field) == expected[f"{field}_{number:02}"] == getattr(record, f"{field}_{number:02}"), field
        for side in ("bid", "ask"):
            price = getattr(level, f"{side}_px")
            pretty = (getattr(level, f"pretty_{side}_px"), getattr(record, f"pretty_{side}_px_{number:02}"))
            assert all(map(math.isnan, pretty)) if price == NO_PRICE else pretty == (price / 1e9,) * 2
        assert repr(level).startswith(f"{kind.__name__}(pretty_bid_px={level.pretty_bid_px!r}, ") and repr(level) in repr(record)
    assert "bid_px_00" not in repr(record).replace("pretty_bid_px_00", "bid_px_00")


def test_levels_are_values():
    raw = CASES[13][2]
    levels = headrace.record_from_bytes(raw).levels
    assert levels == headrace.record_from_bytes(raw).levels == pickle.loads(pickle.dumps(levels)) == copy.deepcopy(levels)
    assert len(set(levels)) == 10 and levels[0] != levels[1] and levels[0] != bytes(levels[0])
    plain = headrace.record_from_bytes(CASES[11][2]).levels[0]
    of_venues = headrace.record_from_bytes(bytes([20, 0xB1]) + CASES[11][2][2:]).levels[0]
    assert bytes(plain) == bytes(of_venues) and plain != of_venues
    with pytest.raises(AttributeError):
        levels[0].bid_px = 1
    with pytest.raises(AttributeError):
        levels[0].bid_pb
    for made in (headrace.BidAskPair, headrace.ConsolidatedBidAskPair):
        with pytest.raises(TypeError):
            made()
    for wrong in (("BidAskPair", bytes(31)), ("Level", bytes(32))):
        with pytest.raises(ValueError):
            headrace._headrace._level_from_bytes(*wrong)


@pytest.mark.parametrize("name, schema, raw, expected", OF_FILES)
def test_one_that_becomes_too_short_is_a_plain_record(start, name, schema, raw, expected):
    """Whole, a word short, whole again."""
    handler = start(slot_bytes=576, slot_count=64)
    short = bytes([raw[0] - 1]) + raw[1:-4]
    with handler.attach() as feed:
        handler.publish(raw, short, raw)
        seen = [feed.next(timeout=10) for _ in range(3)]
        assert [type(record) for record in seen] == [getattr(headrace, name), headrace.Record, getattr(headrace, name)]
        assert [bytes(record) for record in seen] == [raw, short, raw]
    assert type(headrace.record_from_bytes(short)) is headrace.Record
    for field in ("levels", "open", "price"):
        assert not hasattr(seen[1], field)
    with pytest.raises(ValueError):
        headrace.record_from_bytes(raw[:-4])  # it says that it is whole


def test_a_longer_one_is_still_its_type():
    """A later version may add to it, and ts_out may stand behind it."""
    raw = CASES[11][2]
    record = headrace.record_from_bytes(bytes([raw[0] + 2]) + raw[1:] + bytes(8))
    assert type(record) is headrace.Mbp1 and record.ask_ct_00 == 40


def test_a_bar_of_an_old_file():
    raw = CASES[14][2]
    record = headrace.record_from_bytes(raw[:1] + b"\x11" + raw[2:])
    assert type(record) is headrace.Ohlcv and record.rtype is headrace.RType.OHLCV_DEPRECATED and record.open == 1_000_000_000
    assert record.ts_index == record.ts_event and not hasattr(record, "ts_recv")
