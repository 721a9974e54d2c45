# SPDX-License-Identifier: Apache-2.0
"""Arrow columns and data frames, read by whoever is installed: polars, pyarrow, pandas, and Databento's own data frames."""

import importlib.util
import io
from decimal import Decimal

import pytest

import headrace
from test_records import CASES, IDS, NO_PRICE, OF_FILES, RECV, definition, pack

STAMP = 1_700_000_000_000_001_000


def has(name):
    return importlib.util.find_spec(name) is not None


def needs(name):
    return pytest.mark.skipif(not has(name), reason=f"{name} is not installed: pip install {name}")


def order(number, price=None, action=b"A", side=b"B", instrument_id=7, recv=RECV):
    raw = bytearray(pack(0xA0, "QqIBBccQiI", number, number * 10_000_000 if price is None else price, 100, 128, 1, action, side, recv, 5, number))
    raw[4:8] = instrument_id.to_bytes(4, "little")
    return bytes(raw)


def records(*raws):
    return [headrace.record_from_bytes(raw, STAMP + i) for i, raw in enumerate(raws)]


MIXED = records(order(1), order(2, NO_PRICE, b"z", b"N"), CASES[2][2], order(3, -5, recv=2**64 - 1), CASES[10][2])


# ---- Arrow, by pyarrow and by polars ----


@needs("pyarrow")
def test_pyarrow_reads_an_array_and_a_stream():
    import pyarrow

    table = headrace.to_arrow(MIXED, schema="mbo", symbols={(7, 7): "ABC"}, ts_out=True)
    for found in (pyarrow.table(table), pyarrow.table(pyarrow.record_batch(table).to_pydict(), schema=pyarrow.schema(table))):
        found.validate(full=True)
        assert found.num_rows == len(table) == 3 and tuple(found.column_names) == table.columns
        assert found["order_id"].to_pylist() == [1, 2, 3] and found["price"].to_pylist() == [0.01, None, -5e-9]
        assert found["action"].to_pylist() == ["A", "z", "A"] and found["symbol"].to_pylist() == ["ABC"] * 3
        assert found["ts_recv"].cast("int64").to_pylist() == [RECV, RECV, None]
        assert found["ts_out"].cast("int64").to_pylist() == [STAMP, STAMP + 1, STAMP + 3]
        assert str(found.schema.field("ts_event").type) == "timestamp[ns, tz=UTC]" and str(found.schema.field("size").type) == "uint32"


@needs("pyarrow")
@pytest.mark.parametrize("price_type, expected", [("float", [0.01, None]), ("fixed", [10_000_000, NO_PRICE]),
                                                  ("decimal", [Decimal("0.010000000"), None])])
def test_prices(price_type, expected):
    import pyarrow

    assert pyarrow.table(headrace.to_arrow(MIXED[:2], price_type))["price"].to_pylist() == expected


@needs("pyarrow")
def test_decimals_keep_their_sign():
    import pyarrow

    found = pyarrow.table(headrace.to_arrow(records(order(1, -1), order(2, -(2**63)), order(3, 2**63 - 2)), "decimal"))["price"]
    found.validate(full=True)
    assert found.to_pylist() == [Decimal(price).scaleb(-9) for price in (-1, -(2**63), 2**63 - 2)]


@needs("pyarrow")
@pytest.mark.parametrize("name, schema, raw, expected", CASES, ids=IDS)
def test_every_schema(name, schema, raw, expected):
    import pyarrow

    table = pyarrow.table(headrace.to_arrow(records(raw), "fixed", False))
    table.validate(full=True)
    [row] = table.to_pylist()
    for field, value in expected.items():
        if not field.startswith("pretty_") and field != "length":
            assert row[field] == value, field


@needs("pyarrow")
def test_a_definition_and_texts():
    import pyarrow

    raw = bytearray(definition())
    raw[238:242] = "Zür ".encode("latin-1")
    raw[242] = 0
    [row] = pyarrow.table(headrace.to_arrow(records(bytes(raw)))).to_pylist()
    assert row["raw_symbol"] == "Zür" and row["currency"] == "USD" and row["min_price_increment"] == 0.01 and row["display_factor"] is None


@needs("pyarrow")
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000])
def test_any_number_of_rows(count):
    import pyarrow

    rows = records(*(order(i, NO_PRICE if i % 3 == 0 else None, recv=2**64 - 1 if i % 5 == 0 else RECV) for i in range(count)))
    table = pyarrow.table(headrace.to_arrow(rows, schema="mbo", symbols={}))
    table.validate(full=True)
    assert table["price"].null_count == len(range(0, count, 3)) and table["ts_recv"].null_count == len(range(0, count, 5))
    assert table["symbol"].null_count == count == table.num_rows


@needs("polars")
def test_polars_reads_it_without_pyarrow():
    import polars

    frame = polars.DataFrame(headrace.to_arrow(MIXED, schema="mbo"))
    assert frame["order_id"].to_list() == [1, 2, 3] and frame["price"].to_list() == [0.01, None, -5e-9]
    assert frame["ts_recv"].dtype == polars.Datetime("ns", "UTC")
    assert headrace.to_df(MIXED, schema="mbo", library="polars").equals(frame)
    assert headrace.to_df(MIXED, schema="mbo", library="polars", tz="America/New_York")["ts_recv"].dtype.time_zone == "America/New_York"


def test_capsules_that_nobody_reads_are_freed():
    table = headrace.to_arrow(MIXED, schema="mbo")
    for _ in range(200):
        table.__arrow_c_array__(), table.__arrow_c_stream__(), table.__arrow_c_schema__()


# ---- What data may be ----


def test_mixed_records_need_a_schema():
    with pytest.raises(ValueError, match="lost, mbo, status"):
        headrace.to_arrow(MIXED)
    assert len(headrace.to_arrow(MIXED, schema="status")) == 1 and len(headrace.to_arrow(MIXED, schema="imbalance")) == 0
    assert len(headrace.to_arrow(MIXED[0])) == 1
    for wrong in ({"schema": "mbp-2"}, {"schema": "mbo", "price_type": "double"}):
        with pytest.raises(ValueError):
            headrace.to_arrow(MIXED, **wrong)
    with pytest.raises(ValueError, match="no record"):
        headrace.to_arrow([])
    for wrong in ([1, 2], [b"bytes"]):
        with pytest.raises(TypeError):
            headrace.to_arrow(wrong)
    with pytest.raises(ValueError, match="rtype 239"):
        headrace.to_arrow(records(pack(0xEF, "Q", 1)))


def test_the_extension_checks_what_it_is_given():
    for arguments in ((bytes(64), 32, "mbo", (), {}), (bytes(65), 64, "mbo", (), {}), (bytes(64), 64, "mbp-2", (), {}),
                      (bytes(64), 64, "mbo", (("nothing", 0),), {}), (bytes(64), 64, "mbo", (("size", 1),), {}),
                      (bytes(64), 64, "mbo", (("price", 3),), {}), (bytes(80), 80, "mbp-1", (), {}),
                      (bytes(88), 88, "mbp-1", (("levels", 0),), {}), (bytes(88), 88, "mbp-1", (("bid_px_01", 0),), {})):
        with pytest.raises(ValueError):
            headrace._headrace._arrow_array(*arguments)


@needs("numpy")
@pytest.mark.parametrize("schema", ["mbo", "raw"])
@pytest.mark.parametrize("slot_bytes", [64, 128])
def test_batches_and_their_copies(start, schema, slot_bytes):
    numpy = pytest.importorskip("numpy")
    handler = start(slot_bytes=slot_bytes)
    with handler.attach() as feed:
        handler.tell("symbol 2 3 MSFT")
        handler.publish(order(0), CASES[2][2], *(order(i) for i in range(1, 5)))
        batch = feed.batch(timeout=10, schema=schema)
        tables = [headrace.to_arrow(data, schema="mbo", symbols=feed.instruments) for data in (batch, batch.copy(), batch[::1], list(map(
            lambda row: headrace.record_from_bytes(bytes(row["record"])[: 4 * int(row["length"])], int(row["stamp"])), batch))
            if schema == "raw" else batch)]
        feed.batch(timeout=0)
        with pytest.raises(ValueError, match="released"):
            headrace.to_arrow(batch, schema="mbo")
    assert [len(table) for table in tables] == [5] * 4
    if has("pyarrow"):
        import pyarrow

        assert all(pyarrow.table(table).equals(pyarrow.table(tables[0])) for table in tables)
    with pytest.raises(TypeError):
        headrace.to_arrow(numpy.zeros(3))


@needs("numpy")
@pytest.mark.parametrize("schema", ["definition", "raw"])
def test_long_records_of_a_batch(start, schema):
    handler = start(slot_bytes=576, slot_count=64)
    with handler.attach() as feed:
        handler.publish(definition(), order(1), definition()[:1] + CASES[0][2][1:])
        batch = feed.batch(timeout=10, schema=schema)
        assert len(batch) == 3
        table = headrace.to_arrow(batch, schema="definition")
        assert len(table) == 1
        if has("pyarrow"):
            import pyarrow

            assert pyarrow.table(table)["raw_symbol"].to_pylist() == ["ABCD.WS"]
        assert len(headrace.to_arrow(batch, schema="mbo")) == 2 if schema == "raw" else True


@needs("numpy")
def test_rows_of_a_dtype_that_several_schemas_have(start):
    """The rtypes say which it is; where they are several, or none, somebody must."""
    import numpy

    second, minute, old = (CASES[14][2][:1] + bytes([rtype]) + CASES[14][2][2:] for rtype in (0x20, 0x21, 0x11))
    handler = start(slot_bytes=128)
    with handler.attach() as feed:
        handler.publish(minute, order(1), minute)
        batch = feed.batch(timeout=10, schema="ohlcv-1s")
        assert headrace.to_arrow(batch).schema == "ohlcv-1m" and len(headrace.to_arrow(batch)) == 2
        assert len(headrace.to_arrow(batch, schema="ohlcv-1s")) == 0
        handler.publish(minute, second, old)
        batch = feed.batch(timeout=10, schema="ohlcv-1m")
        with pytest.raises(ValueError, match="ohlcv-1m, ohlcv-1s"):
            headrace.to_arrow(batch)
        assert [len(headrace.to_arrow(batch, schema=schema)) for schema in ("ohlcv-1s", "ohlcv-1m", "ohlcv-1h")] == [2, 2, 1]
        with pytest.raises(ValueError, match="raw"):
            headrace.to_arrow(batch, schema="mbo")
        handler.publish(CASES[11][2])
        batch = feed.batch(timeout=10, schema="tbbo")
        assert headrace.to_arrow(batch).schema == "mbp-1"
        assert headrace.to_arrow(batch, schema="tbbo").columns == headrace.to_arrow(batch).columns
    assert headrace.to_arrow(numpy.zeros(0, headrace.dtype("bbo-1m"))).columns[-1] == "ask_ct_00"


@needs("numpy")
def test_a_schema_that_the_rows_are_not_of(handler):
    with handler.attach() as feed:
        handler.tell("mbo 3 0")
        batch = feed.batch(timeout=10)
        with pytest.raises(ValueError, match="raw"):
            headrace.to_arrow(batch, schema="status")


@needs("numpy")
@needs("pyarrow")
def test_a_batch_is_an_arrow_stream_itself(handler):
    import pyarrow

    with handler.attach() as feed:
        handler.tell("mbo 3 0")
        batch = feed.batch(timeout=10)
        assert pyarrow.table(batch)["order_id"].to_pylist() == pyarrow.record_batch(batch).column("order_id").to_pylist() == [0, 1, 2]
        assert pyarrow.schema(batch).names == list(headrace.to_arrow(batch).columns)
        assert pyarrow.array(batch["order_id"]).to_pylist() == [0, 1, 2]  # a column is an array like others
        assert not hasattr(batch["order_id"], "__arrow_c_array__")


# ---- pandas ----


@needs("pandas")
def test_pandas(handler):
    import pandas

    with handler.attach() as feed:
        handler.tell("symbol 2 3 MSFT", "mbo 5 0")
        frame = feed.batch(timeout=10).to_df(symbols=feed.instruments, tz="America/New_York")
    assert frame.index.name == "ts_recv" and str(frame.index.tz) == "America/New_York" and frame["price"].tolist() == [0, 0.001, 0.002, 0.003, 0.004]
    assert [symbol if isinstance(symbol, str) else None for symbol in frame["symbol"]] == [None, None, None, "MSFT", None]
    assert isinstance(frame, pandas.DataFrame) and frame["side"].tolist() == ["A", "B", "A", "B", "A"]


@needs("pandas")
@pytest.mark.parametrize("price_type", ["float", "fixed", "decimal"])
@pytest.mark.parametrize("pretty_ts", [True, False])
def test_options_of_pandas(price_type, pretty_ts):
    frame = headrace.to_df(MIXED, price_type, pretty_ts, schema="mbo", library="pandas", ts_out=True)
    first = frame["price"].iloc[0]
    assert first == {"float": 0.01, "fixed": 10_000_000, "decimal": Decimal("0.01")}[price_type]
    assert (frame["price"].iloc[1] == NO_PRICE) if price_type == "fixed" else (frame["price"].iloc[1] != frame["price"].iloc[1])
    assert (frame.index[2] == 2**64 - 1) if not pretty_ts else (frame.index[2] is not None and str(frame.index[2]) == "NaT")
    assert int(frame["ts_out"].astype("int64").iloc[2]) == STAMP + 3


@needs("pandas")
@pytest.mark.parametrize("name, schema, raw, expected", CASES, ids=IDS)
def test_every_schema_in_pandas(name, schema, raw, expected):
    [row] = headrace.to_df(records(raw), "fixed", False, library="pandas").reset_index().to_dict("records")
    for field, value in expected.items():
        if not field.startswith("pretty_") and field != "length":
            assert row[field] == value, field


def test_arguments_of_to_df(monkeypatch):
    with pytest.raises(ValueError, match="library"):
        headrace.to_df(MIXED, library="excel")
    with pytest.raises(ValueError, match="tz"):
        headrace.to_df(MIXED, pretty_ts=False, tz="UTC", library="pandas")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install pandas"):
        headrace.to_df(MIXED)


# ---- Databento's own data frames of the same records ----


DATABENTO = {"mbo": [order(1), order(2, NO_PRICE), order(3, -5, b"C", b"A")], "trades": [CASES[1][2]] * 2, "status": [CASES[2][2]],
             "imbalance": [CASES[3][2]], "statistics": [CASES[4][2]]} | {schema: [raw] * 2 for _, schema, raw, _ in OF_FILES}


@needs("pandas")
@needs("databento")
@pytest.mark.parametrize("price_type", ["float", "fixed", "decimal"])
@pytest.mark.parametrize("schema", DATABENTO)
def test_data_frames_equal_databentos(schema, price_type):
    import databento
    import databento_dbn
    import pandas

    metadata = databento_dbn.Metadata(dataset="XNAS.ITCH", start=0, stype_in=databento_dbn.SType.RAW_SYMBOL, version=3,
                                      stype_out=databento_dbn.SType.INSTRUMENT_ID, schema=databento_dbn.Schema(schema))
    store = databento.DBNStore.from_bytes(io.BytesIO(bytes(metadata) + b"".join(DATABENTO[schema])))
    theirs = store.to_df(price_type=price_type, map_symbols=False)
    ours = headrace.to_df(records(*DATABENTO[schema]), price_type, library="pandas")
    for frame in (theirs, ours):
        for column in frame.columns:
            if str(frame[column].dtype) in ("str", "string", "object") and price_type != "decimal":
                frame[column] = frame[column].astype("object")
    if schema == "tcbbo":  # read as cbbo by databento 0.87, though dbn's records of tcbbo are Cmbp1Msg: without two of their fields
        assert set(ours.columns) - set(theirs.columns) == {"action", "ts_in_delta"}
        ours = ours[theirs.columns]
    pandas.testing.assert_frame_equal(ours, theirs, check_dtype=price_type != "decimal")
