# SPDX-License-Identifier: Apache-2.0
"""DBN files as feeds: the same interface without a handler. Files are packed here by hand, from DBN's documentation."""

import asyncio
import errno
import struct
import subprocess
import shutil

import pytest

import headrace
from test_frame import has, needs
from test_records import CASES, NO_PRICE, OF_FILES, RECV, pack

SYMBOL_BYTES = 71
SCHEMAS = {"mbo": 0, "mbp-1": 1, "mbp-10": 2, "tbbo": 3, "trades": 4, "ohlcv-1s": 5, "ohlcv-1m": 6, "ohlcv-1h": 7, "ohlcv-1d": 8,
           "ohlcv-eod": 13, "cmbp-1": 14, "cbbo-1s": 15, "cbbo-1m": 16, "tcbbo": 17, "bbo-1s": 18, "bbo-1m": 19, None: 0xFFFF}


def text(value, size):
    return value.encode().ljust(size, b"\0")


def metadata(schema="mbo", symbols=(), version=3):
    """The head of a file; symbols: (symbol, instrument_id), each for the day of RECV."""
    body = struct.pack("<16sHQQQBBBH53xI", b"XNAS.ITCH", SCHEMAS[schema], 0, 2**64 - 1, 0, 1, 0, 0, SYMBOL_BYTES, 0)
    body += struct.pack("<I", len(symbols)) + b"".join(text(symbol, SYMBOL_BYTES) for symbol, _ in symbols)
    body += struct.pack("<III", 0, 0, len(symbols))
    for symbol, instrument_id in symbols:
        body += text(symbol, SYMBOL_BYTES) + struct.pack("<III", 1, 20231114, 20231115) + text(str(instrument_id), SYMBOL_BYTES)
    body += bytes(-len(body) % 8)
    return b"DBN" + struct.pack("<BI", version, len(body)) + body


def order(number, instrument_id=4001):
    raw = bytearray(pack(0xA0, "QqIBBccQiI", number, number * 1_000_000, 100, 128, 1, b"A", b"B", RECV + number, 5, number))
    raw[4:8] = instrument_id.to_bytes(4, "little")
    return bytes(raw)


@pytest.fixture
def write(tmp_path):
    def write_one(*raws, name="day.dbn", head=None):
        path = tmp_path / name
        path.write_bytes((metadata() if head is None else head) + b"".join(raws))
        return path

    return write_one


def test_record_by_record(write):
    orders = [order(number) for number in range(10_000)]
    with headrace.open(write(*orders)) as feed:
        assert feed.is_file and not feed.closed
        seen = list(feed)
        assert [bytes(record) for record in seen] == orders and list(feed) == []
        with pytest.raises(headrace.Stopped):
            feed.next()
        assert feed.stats.records == 10_000 and feed.stats.lost == 0
    assert [record.stamp for record in seen[:2]] == [RECV, RECV + 1]


@needs("numpy")
@pytest.mark.parametrize("maximum", [1, 7, 512, 100_000])
def test_by_batches(write, maximum):
    seen, kept = [], None
    with headrace.open(write(*(order(number) for number in range(3000)))) as feed:
        while (batch := feed.batch(maximum)) is not None:
            assert 0 < len(batch) <= maximum and (kept is None or kept.released)
            seen += batch["order_id"].tolist()
            kept = batch
        assert kept.released
    assert seen == list(range(3000))


@needs("numpy")
def test_the_size_of_the_ring(write):
    with headrace.open(write(*(order(number) for number in range(3000))), slots=1024) as feed:
        assert len(feed.batch(100_000)) == 1024
    with pytest.raises(headrace.FileError):
        headrace.open(write(), slots=2**31)


@needs("numpy")
def test_the_memory_outlives_the_feed(write):
    import numpy

    feed = headrace.open(write(*(order(number) for number in range(100))))
    batch = feed.batch(50)
    plain = numpy.asarray(batch)
    feed.close()
    del feed
    assert batch.released and plain["order_id"].tolist() == list(range(50))


def test_names_and_callbacks_and_asyncio(write):
    path = write(*(order(number) for number in range(300)), head=metadata(symbols=[("MSFT", 4001), ("AAPL", 4002)]))
    with headrace.open(path) as feed:
        assert feed.instruments[7, 4001].symbol == "MSFT" == feed.symbol(7, 4001) and (7, 4003) not in feed.instruments
        assert feed.instruments["AAPL"] == headrace.Instrument(0, 4002, "AAPL", 0, 0)
        if has("polars"):
            assert headrace.to_df(feed.next(), symbols=feed.instruments, library="polars")["symbol"].to_list() == ["MSFT"]
        else:
            feed.next()
        seen = []
        feed.on(headrace.Mbo, lambda record: seen.append(record.order_id))
        feed.run()
        assert seen == list(range(1, 300))

    async def read():
        with headrace.open(path) as feed:
            return [record.order_id async for record in feed]

    assert asyncio.run(read()) == list(range(300))
    with headrace.open(path) as feed, pytest.raises(ValueError, match="descriptor"):
        feed.fileno()


@needs("numpy")
def test_async_batches(write):
    path = write(*(order(number) for number in range(5000)))

    async def read():
        with headrace.open(path) as feed:
            return [number async for batch in feed.batches(1000) for number in batch["order_id"].tolist()]

    assert asyncio.run(read()) == list(range(5000))


def test_records_of_many_types(write):
    raws = [raw for _, _, raw, _ in CASES if not 0xE0 <= raw[1] <= 0xEF]
    assert len(raws) == 5 + len(OF_FILES)
    with headrace.open(write(*raws, head=metadata(None))) as feed:
        assert [bytes(record) for record in feed] == raws


@pytest.mark.parametrize("name, schema, raw, expected", OF_FILES, ids=[case[1] for case in OF_FILES])
def test_what_only_files_have(write, name, schema, raw, expected):
    with headrace.open(write(*[raw] * 5, head=metadata(schema))) as feed:
        for record in feed:
            assert type(record) is getattr(headrace, name) and bytes(record) == raw
            assert {field: getattr(record, field) for field in expected} == expected
        assert feed.stats.records == 5
    if has("numpy"):
        with headrace.open(write(*[raw] * 5, head=metadata(schema))) as feed:
            rows = feed.batch(schema=schema).copy()
        for field in (field for field in expected if not field.startswith("pretty_")):
            wanted = expected[field].encode() if isinstance(expected[field], str) else expected[field]
            assert rows[field].tolist() == [wanted] * 5, field


@pytest.mark.parametrize("name, schema, raw, expected", OF_FILES, ids=[case[1] for case in OF_FILES])
def test_one_that_is_too_short_damages_a_file(write, name, schema, raw, expected):
    """A word short after two whole ones: those are given first."""
    short = bytes([raw[0] - 1]) + raw[1:-4]
    with headrace.open(write(raw, raw, short, raw, head=metadata(schema))) as feed:
        assert [bytes(feed.next()) for _ in range(2)] == [raw, raw]
        with pytest.raises(headrace.FileError, match=f"{len(short)} bytes of type 0x{raw[1]:02x}, wanted {len(raw)}"):
            feed.next()


@pytest.mark.skipif(not shutil.which("zstd"), reason="zstd is not installed")
def test_compressed(write):
    path = write(*(order(number) for number in range(2000)))
    subprocess.run(["zstd", "-q", path], check=True)
    with headrace.open(f"{path}.zst") as feed:
        assert [record.order_id for record in feed] == list(range(2000))


def test_a_file_that_is_cut_off(write):
    with headrace.open(write(order(1), order(2), order(3)[:20])) as feed:
        seen = []
        with pytest.raises(headrace.FileError) as caught:
            for record in feed:
                seen.append(record.order_id)
        assert seen == [1, 2] and caught.value.errno == errno.EBADMSG and "day.dbn" in str(caught.value)
        with pytest.raises(headrace.FileError):
            feed.next()


def test_what_cannot_be_opened(write, tmp_path):
    for path, number in ((tmp_path / "none.dbn", errno.ENOENT), (write(head=b"not a DBN file at all"), errno.EBADMSG),
                         (write(name="later.dbn", head=metadata(version=9)), errno.EPROTONOSUPPORT)):
        with pytest.raises(headrace.FileError) as caught:
            headrace.open(path)
        assert caught.value.errno == number and isinstance(caught.value, OSError)
    for wrong in (lambda: headrace.open(5), lambda: headrace.Feed(None), lambda: headrace.Feed("x", file="y")):
        with pytest.raises(TypeError):
            wrong()


def test_a_closed_file(write):
    feed = headrace.open(write(order(1)))
    feed.close()
    with pytest.raises(ValueError, match="closed"):
        feed.next()
    assert feed.stats.records == 0


@needs("databento_dbn")
def test_a_file_of_databentos_package(write):
    import databento_dbn

    head = databento_dbn.Metadata(dataset="XNAS.ITCH", start=0, stype_in=databento_dbn.SType.RAW_SYMBOL, version=3,
                                  stype_out=databento_dbn.SType.INSTRUMENT_ID, schema=databento_dbn.Schema.MBO)
    orders = [bytes(databento_dbn.MBOMsg(2, 3, 4, number, NO_PRICE, 6, databento_dbn.Action.ADD, databento_dbn.Side.BID, RECV + number))
              for number in range(20)]
    with headrace.open(write(*orders, head=bytes(head))) as feed:
        assert [bytes(record) for record in feed] == orders
