# SPDX-License-Identifier: Apache-2.0
"""What a feed is beside next and batch: callbacks, asyncio, instruments, records made of bytes."""

import asyncio
import copy
import pickle
import sys
import threading
import time
from datetime import datetime, timezone

import pytest

import headrace
from conftest import PATIENCE, eventually
from test_records import CASES

# ---- callbacks ----


def test_callbacks_get_the_records_of_their_type(handler):
    with handler.attach() as feed:
        seen = []
        feed.on(headrace.Mbo, lambda record: seen.append(("mbo", record.order_id)))
        feed.on(headrace.Record, lambda record: seen.append(("any", record.rtype)))

        @feed.on(headrace.Status)
        def on_status(record):
            seen.append(("status", record.action))

        feed.add_callback(lambda record: seen.append(("all", record.rtype)))
        handler.tell("mbo 1 5")
        handler.publish(CASES[2][2])
        handler.stop()
        feed.run()
    assert seen == [("mbo", 5), ("any", 160), ("all", 160), ("status", 8), ("any", 0x12), ("all", 0x12)] and on_status is not None


def test_run_ends_with_time_and_when_told(handler):
    with handler.attach() as feed:
        begin = time.monotonic()
        feed.run(timeout=0.05)
        assert 0.05 <= time.monotonic() - begin < PATIENCE
        seen = []
        feed.on(headrace.Mbo, lambda record: (seen.append(record.order_id), feed.stop() if record.order_id == 3 else None))
        handler.tell("mbo 10 0")
        feed.run()
        assert seen == [0, 1, 2, 3]  # the rest is there yet
        feed._callbacks.clear()
        assert feed.next(0).order_id == 4


def test_stop_from_another_thread(handler):
    with handler.attach() as feed:
        runner = threading.Thread(target=feed.run)
        runner.start()
        eventually(lambda: feed.stop() or not runner.is_alive())
        runner.join(PATIENCE)


def test_what_a_callback_raises(handler):
    with handler.attach() as feed:
        caught = []

        def fail(record):
            raise LookupError(record.order_id)

        feed.add_callback(fail, caught.append)
        handler.tell("mbo 2 0")
        feed.run(timeout=0)
        feed.run(timeout=0.01)
        assert [error.args for error in caught] == [(0,), (1,)]
        feed.on(headrace.Mbo, fail)
        handler.tell("mbo 2 7")
        with pytest.raises(LookupError, match="7"):
            feed.run()
        assert feed.next(0).order_id == 8  # the one that failed has been read
        handler.tell("state 3")
        with pytest.raises(headrace.Evicted):
            feed.run()


def test_what_is_no_callback(handler):
    with handler.attach() as feed:
        for wrong in (lambda: feed.on(int, print), lambda: feed.on("mbo", print), lambda: feed.on(headrace.Mbo, 5),
                      lambda: feed.add_callback(None), lambda: feed.add_callback(print, 5)):
            with pytest.raises(TypeError):
                wrong()


# ---- asyncio ----


def test_async_for_over_records(handler):
    async def run():
        with handler.attach(wait="eventfd") as feed:
            handler.tell("mbo 600 0")  # more than a ring: LOST is a record too
            teller = asyncio.create_task(tell_later())
            seen = [record async for record in feed]
            await teller
            return seen

    async def tell_later():
        for number in range(5):
            await asyncio.sleep(0.01)
            handler.tell(f"mbo 1 {1000 + number}")
        handler.stop()

    seen = asyncio.run(run())
    orders = [record.order_id for record in seen if record.rtype == headrace.RType.MBO]
    assert orders == [*range(256), *range(1000, 1005)] and [r.count for r in seen if type(r) is headrace.Lost] == [344]


def test_async_for_over_batches(handler):
    async def run():
        ticks, seen = [], []

        async def tick():
            while True:
                await asyncio.sleep(0)
                ticks.append(None)

        with handler.attach(wait="eventfd") as feed:
            other = asyncio.create_task(tick())
            handler.tell("mbo 200 0")
            handler.stop()
            async for batch in feed.batches(50):
                assert not batch.released
                seen.append(batch["order_id"].tolist())
            assert batch.released
            other.cancel()
        return seen, ticks

    seen, ticks = asyncio.run(run())
    assert sum(seen, []) == list(range(200)) and max(map(len, seen)) == 50 and ticks


def test_for_over_batches(handler):
    with handler.attach() as feed:
        handler.tell("mbo 200 0")
        handler.stop()
        assert sum((batch["order_id"].tolist() for batch in feed.batches(64)), []) == list(range(200))


def test_async_for_that_is_left_leaves_the_loop_clean(handler):
    async def run():
        with handler.attach(wait="eventfd") as feed:
            handler.tell("mbo 10 0")
            records = aiter_of(feed)
            assert (await records.__anext__()).order_id == 0
            await records.aclose()
            assert not asyncio.get_running_loop().remove_reader(feed.fileno())  # there is none
            async for record in feed:
                return record.order_id

    def aiter_of(feed):
        return feed.__aiter__()

    assert asyncio.run(run()) == 1


def test_async_for_can_be_cancelled(handler):
    async def run():
        with handler.attach(wait="eventfd") as feed:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(read(feed), 0.05)
            handler.tell("mbo 1 9")
            return feed.next(timeout=PATIENCE).order_id

    async def read(feed):
        async for _ in feed:
            raise AssertionError("there is nothing to read")

    assert asyncio.run(run()) == 9


def test_async_for_tells_of_bad_ends(handler):
    async def run():
        with handler.attach(wait="eventfd") as feed:
            asyncio.get_running_loop().call_later(0.02, handler.kill)
            with pytest.raises(headrace.HandlerDied):
                async for _ in feed:
                    pass

    asyncio.run(run())


def test_async_for_needs_a_descriptor(handler):
    async def run():
        with handler.attach(wait="spin") as feed:
            async for _ in feed:
                pass

    with pytest.raises(ValueError, match="eventfd"):
        asyncio.run(run())


# ---- instruments ----


def test_instruments(start):
    handler = start(workers=2)
    with handler.attach() as feed:
        assert len(feed.instruments) == 0 and (2, 5) not in feed.instruments and "MSFT" not in feed.instruments
        handler.tell("symbol 2 5 MSFT", "symbol 2 6 AAPL", "worker 1", "symbol 39 5 MSFT")
        instruments = feed.instruments
        assert instruments[2, 5] == headrace.Instrument(2, 5, "MSFT", 0, 0) and instruments["AAPL"].instrument_id == 6
        assert list(instruments) == [(2, 5), (2, 6), (39, 5)] and len(instruments) == 3 and dict(instruments)[39, 5].symbol == "MSFT"
        assert [entry.publisher_id for entry in instruments.by_symbol("MSFT")] == [2, 39]
        with pytest.raises(KeyError, match="2 publishers"):
            instruments["MSFT"]
        for missing in ((2, 7), "NONE"):
            with pytest.raises(KeyError):
                instruments[missing]
        handler.tell("worker 0", "symbol 2 5 GOOG")  # the venue gave the number anew
        assert instruments[2, 5].symbol == "GOOG" and instruments["MSFT"].publisher_id == 39 and "GOOG" in instruments
    assert instruments["AAPL"].symbol == "AAPL" and len(instruments) == 3  # as of the last look


# ---- records ----


@pytest.mark.parametrize("name, schema, raw, expected", CASES, ids=[f"{case[0]}-{case[2][1]:02X}" for case in CASES])
def test_a_record_of_bytes(name, schema, raw, expected):
    record = headrace.record_from_bytes(raw, 77)
    assert type(record) is getattr(headrace, name) and bytes(record) == raw and record.stamp == record.ts_out == 77
    again = headrace.record_from_bytes(bytearray(raw), stamp=77)
    assert again == record and hash(again) == hash(record) and record != headrace.record_from_bytes(raw, 78) and record != raw
    for copied in (pickle.loads(pickle.dumps(record)), copy.copy(record), copy.deepcopy(record)):
        assert copied == record and type(copied) is type(record)
    for wrong in (b"", raw[:15], raw[:-4], raw + bytes(4)):
        with pytest.raises(ValueError):
            headrace.record_from_bytes(wrong)


def test_index_times():
    mbo = headrace.record_from_bytes(CASES[0][2])
    assert mbo.ts_index == mbo.ts_recv != mbo.ts_event and mbo.pretty_ts_out is None  # no stamp was given
    lost = headrace.record_from_bytes(CASES[10][2])
    assert lost.ts_index == lost.ts_event


def test_pretty_times():
    record = headrace.record_from_bytes(CASES[0][2], 1_700_000_000_123_456_789)
    assert headrace.to_datetime(record.ts_event) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
    assert record.pretty_ts_recv.year == 2023 and record.pretty_ts_index == record.pretty_ts_recv
    assert record.pretty_ts_out == headrace.times.pretty_time(1_700_000_000_123_456_789)
    if "pandas" in sys.modules:
        assert record.pretty_ts_out.value == 1_700_000_000_123_456_789
    else:
        assert record.pretty_ts_out == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=timezone.utc)
