# SPDX-License-Identifier: Apache-2.0
"""Names, values, enumerations and layouts against Databento's own package, where that can be had."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

import headrace
from test_frame import has
from test_records import CASES, definition

dbn = pytest.importorskip("databento_dbn", reason="databento-dbn is not installed: pip install databento-dbn")

# Ours, theirs, schema
RECORDS = [("Mbo", "MBOMsg", "mbo"), ("Trade", "TradeMsg", "trades"), ("Status", "StatusMsg", "status"),
           ("Definition", "InstrumentDefMsg", "definition"), ("Imbalance", "ImbalanceMsg", "imbalance"),
           ("Statistics", "StatMsg", "statistics"), ("Mbp1", "MBP1Msg", "mbp-1"), ("Mbp1", "MBP1Msg", "tbbo"),
           ("Mbp10", "MBP10Msg", "mbp-10"), ("Ohlcv", "OHLCVMsg", "ohlcv-1s"), ("Ohlcv", "OHLCVMsg", "ohlcv-1m"),
           ("Ohlcv", "OHLCVMsg", "ohlcv-1h"), ("Ohlcv", "OHLCVMsg", "ohlcv-1d"), ("Ohlcv", "OHLCVMsg", "ohlcv-eod"),
           ("Bbo", "BBOMsg", "bbo-1s"), ("Bbo", "BBOMsg", "bbo-1m"), ("Cmbp1", "CMBP1Msg", "cmbp-1"), ("Cmbp1", "CMBP1Msg", "tcbbo"),
           ("Cbbo", "CBBOMsg", "cbbo-1s"), ("Cbbo", "CBBOMsg", "cbbo-1m")]
ENUMS = ["RType", "Action", "Side", "Schema", "TriState", "StatusAction", "StatusReason", "TradingEvent", "StatType", "StatUpdateAction",
         "SecurityUpdateAction", "InstrumentClass", "MatchAlgorithm", "UserDefinedInstrument"]


def raw_of(ours, schema=None):
    """Bytes of such a record with a value in every field that a test can see."""
    if ours == "Definition":
        return definition()
    return next(raw for name, of, raw, _ in CASES if name == ours and schema in (None, of))


def decode(raw):
    """The record as Databento's package reads it."""
    decoder = dbn.DBNDecoder(has_metadata=False)
    decoder.write(raw)
    [record] = decoder.decode()
    return record


def compare_levels(found, expected):
    assert len(found) == len(expected) > 0
    for level, theirs in zip(found, expected):
        assert type(level).__name__ == type(theirs).__name__
        names = [name for name in dir(theirs) if not name.startswith("_")]
        assert names == [name for name in dir(level) if not name.startswith("_")] and len(names) == 8
        for name in names:
            mine, wanted = getattr(level, name), getattr(theirs, name)
            assert mine == wanted or (mine != mine and wanted != wanted), name


def compare(record, theirs_record):
    """Every attribute that theirs has, but the time of publishing. How many there were."""
    compared = 0
    passed_over = {"size_hint", "ts_out", "pretty_ts_out"}
    if not has("pandas"):  # their dates are a thousand times too late then (databento-dbn 0.72): there is nothing to compare with
        passed_over |= {f"pretty_{name}" for name in [*theirs_record._timestamp_fields, "ts_index"]}
    for name in dir(theirs_record):
        if name.startswith("_") or name in passed_over:
            continue
        expected = getattr(theirs_record, name)
        found = getattr(record, name)
        if callable(expected):
            assert found() == expected(), name
        elif name == "levels":
            compare_levels(found, expected)
        elif expected != expected:  # NaN
            assert found != found, name
        elif name.startswith("is_"):  # theirs are booleans, and None where it is not known
            assert (found == expected and bool(found) == bool(expected)) or (expected is None and found is headrace.TriState.NOT_AVAILABLE)
        elif expected == "\0":
            assert found == "", name
        elif type(expected) is str:  # spaces at the end are padding here
            assert found == expected.rstrip(" "), name
        else:
            assert found == expected or found == getattr(expected, "value", expected), name
        compared += 1
    return compared


@pytest.mark.parametrize("ours, theirs, schema", RECORDS)
def test_a_record_has_every_attribute_with_the_same_value(ours, theirs, schema):
    raw = raw_of(ours, schema)
    theirs_record, record = decode(raw), headrace.record_from_bytes(raw)
    assert type(theirs_record).__name__ == theirs and getattr(headrace, theirs) is type(record) is getattr(headrace, ours)
    assert compare(record, theirs_record) >= 10 and bytes(record) == bytes(theirs_record) == raw
    assert record.ts_out == theirs_record.ts_out and record.pretty_ts_out is None


SAMPLES = Path(os.environ.get("HEADRACE_DBN_SAMPLES") or Path(headrace.__file__).resolve().parents[3] / "dbn-samples")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples of Databento's: ./dev test fetches them, or set HEADRACE_DBN_SAMPLES")
@pytest.mark.skipif(not shutil.which("zstd"), reason="zstd is not installed")
def test_every_record_of_their_samples_is_typed_and_equals_theirs():
    known = {getattr(headrace, theirs) for _, theirs, _ in RECORDS}
    files, seen = [path for path in sorted(SAMPLES.rglob("*.dbn*")) if ".frag" not in path.name], set()
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".zst":
            data = subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout
        decoder = dbn.DBNDecoder(upgrade_policy=dbn.VersionUpgradePolicy.UPGRADE_TO_V3)
        decoder.write(data)
        _, *wanted = decoder.decode()
        with headrace.open(path) as feed:
            found = list(feed)
        assert len(found) == len(wanted), path
        for record, theirs in zip(found, wanted):
            assert type(record) in known and type(record) is getattr(headrace, type(theirs).__name__), path
            assert bytes(record) == bytes(theirs) and compare(record, theirs) >= 10, path
            seen.add(type(record))
    assert len(seen) > 6 and {headrace.Mbp1, headrace.Mbp10, headrace.Ohlcv} <= seen


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
    if name == "RType":
        theirs.pop("TBBO", None)  # of DBN version 4, which is refused
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
