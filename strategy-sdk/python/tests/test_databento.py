# SPDX-License-Identifier: Apache-2.0
"""Names, values, enumerations and layouts against Databento's own package, where that can be had."""

import struct

import pytest

import headrace
from test_records import CASES, definition

dbn = pytest.importorskip("databento_dbn", reason="databento-dbn is not installed: pip install databento-dbn")

# Ours, theirs, schema
RECORDS = [("Mbo", "MBOMsg", "mbo"), ("Trade", "TradeMsg", "trades"), ("Status", "StatusMsg", "status"),
           ("Definition", "InstrumentDefMsg", "definition"), ("Imbalance", "ImbalanceMsg", "imbalance"),
           ("Statistics", "StatMsg", "statistics")]
ENUMS = ["RType", "Action", "Side", "Schema", "TriState", "StatusAction", "StatusReason", "TradingEvent", "StatType", "StatUpdateAction",
         "SecurityUpdateAction", "InstrumentClass", "MatchAlgorithm", "UserDefinedInstrument"]


def raw_of(ours):
    """Bytes of such a record with a value in every field that a test can see."""
    if ours == "Definition":
        return definition()
    return next(raw for name, _, raw, _ in CASES if name == ours)


def decode(raw):
    """The record as Databento's package reads it."""
    decoder = dbn.DBNDecoder(has_metadata=False)
    decoder.write(raw)
    [record] = decoder.decode()
    return record


@pytest.mark.parametrize("ours, theirs, schema", RECORDS)
def test_a_record_has_every_attribute_with_the_same_value(ours, theirs, schema):
    theirs_record, record = decode(raw_of(ours)), headrace.record_from_bytes(raw_of(ours))
    assert type(theirs_record).__name__ == theirs and getattr(headrace, theirs) is type(record) is getattr(headrace, ours)
    compared = 0
    for name in dir(theirs_record):
        if name.startswith("_") or name in ("size_hint",):
            continue
        expected = getattr(theirs_record, name)
        found = getattr(record, name)
        if callable(expected):
            assert found() == expected(), name
        elif expected != expected:  # NaN
            assert found != found, name
        elif name.startswith("is_"):  # theirs are booleans, and None where it is not known
            assert (found == expected and bool(found) == bool(expected)) or (expected is None and found is headrace.TriState.NOT_AVAILABLE)
        elif expected == "\0":
            assert found == "", name
        else:
            assert found == expected or found == expected.value, name
        compared += 1
    assert compared >= 12 and bytes(record) == bytes(theirs_record) == raw_of(ours)


@pytest.mark.parametrize("ours, theirs, schema", RECORDS)
def test_a_dtype_is_theirs_behind_the_stamp(ours, theirs, schema):
    numpy = pytest.importorskip("numpy")
    kept = [(name, numpy.dtype(kind)) for name, kind in getattr(dbn, theirs)._dtypes if not name.startswith("_reserved")]
    row = headrace.dtype(schema)
    assert [(name, row[name]) for name in row.names[1:]] == kept
    wide = numpy.dtype(getattr(dbn, theirs)._dtypes)
    assert [row.fields[name][1] - 8 for name, _ in kept] == [wide.fields[name][1] for name, _ in kept]


@pytest.mark.parametrize("ours, theirs, schema", RECORDS)
def test_columns_are_in_their_order(ours, theirs, schema):
    from headrace.frame import _kinds, field_order

    record = getattr(dbn, theirs)
    assert list(field_order(schema)) == record._ordered_fields
    kinds = _kinds(schema)
    assert {name for name, kind in kinds.items() if kind == "price"} == set(record._price_fields)
    assert {name for name, kind in kinds.items() if kind == "time"} - {"ts_out"} == set(record._timestamp_fields)


@pytest.mark.parametrize("name", ENUMS)
def test_an_enumeration_has_their_members(name):
    theirs = {member.name: member.value for member in getattr(dbn, name).variants()}
    ours = {member.name: member.value for member in getattr(headrace, name)}
    if name == "RType":
        ours = {key: value for key, value in ours.items() if not 0xE0 <= value <= 0xEF}  # Headrace's own
    missing = {key: value for key, value in theirs.items() if ours.get(key) != value}
    assert not missing and set(ours) <= set(theirs)


def test_members_equal_the_raw_values():
    record = headrace.record_from_bytes(raw_of("Mbo"))
    assert record.action is headrace.Action.ADD and record.action == "A" == str(record.action) and {"A": 1}[record.action] == 1
    assert record.side is headrace.Side.BID and f"{record.side}" == "B"
    assert record.rtype is headrace.RType.MBO and record.rtype == headrace.RTYPE_MBO == 160
    status = headrace.record_from_bytes(raw_of("Status"))
    assert status.action is headrace.StatusAction.HALT and status.action == headrace.STATUS_HALT
    assert status.reason is headrace.StatusReason.NEWS_PENDING and status.is_quoting is headrace.TriState.YES


def test_values_that_no_enumeration_has_stay_plain():
    raw = bytearray(raw_of("Mbo"))
    raw[38:40] = b"zQ"
    record = headrace.record_from_bytes(bytes(raw))
    assert (record.action, record.side) == ("z", "Q") and type(record.action) is str
    raw = bytearray(raw_of("Status"))
    struct.pack_into("<HH", raw, 24, 999, 65535)
    record = headrace.record_from_bytes(bytes(raw))
    assert (record.action, record.reason) == (999, 65535) and type(record.action) is int


def test_constants_are_theirs():
    for name in ("F_LAST", "F_TOB", "F_SNAPSHOT", "F_MBP", "F_BAD_TS_RECV", "F_MAYBE_BAD_BOOK", "F_PUBLISHER_SPECIFIC", "UNDEF_PRICE",
                 "UNDEF_ORDER_SIZE", "UNDEF_STAT_QUANTITY", "UNDEF_TIMESTAMP", "FIXED_PRICE_SCALE"):
        assert getattr(headrace, name) == getattr(dbn, name), name
