# SPDX-License-Identifier: Apache-2.0
"""Batches: views of the ring, as long as they are good, and after."""

import gc

import numpy
import pytest

import headrace
from conftest import eventually, mapped_rings


def test_a_batch_is_a_read_only_view_of_the_ring(handler):
    with handler.attach() as feed:
        handler.tell("mbo 10 100")
        batch = feed.batch(timeout=10)
        assert batch["order_id"].tolist() == list(range(100, 110)) and batch.dtype == headrace.MBO_DTYPE
        assert (numpy.diff(batch["stamp"].astype("i8")) > 0).all()
        assert not batch.flags.writeable and not batch.flags.owndata
        with pytest.raises(ValueError):
            batch["order_id"][0] = 1
        with pytest.raises(ValueError):
            batch.setflags(write=True)


def test_batches_are_slices_of_the_ring(handler):
    with handler.attach() as feed:
        handler.tell("mbo 10 0")
        first = feed.batch(4, timeout=10).ctypes.data
        assert feed.batch(4, timeout=10).ctypes.data - first == 4 * 64


def test_nothing_in_time_is_an_empty_array(handler):
    with handler.attach() as feed:
        for timeout in (0, 0.001, 0.03):
            batch = feed.batch(timeout=timeout)
            assert batch.size == 0 and batch.dtype == headrace.MBO_DTYPE
        handler.tell("mbo 1 7")
        assert feed.batch(timeout=0)["order_id"].tolist() == [7]


def test_round_the_ring_many_times(handler):
    seen = []
    with handler.attach() as feed:
        for lap in range(0, 2000, 200):  # 256 slots
            handler.tell(f"mbo 200 {lap}")
            while len(seen) < lap + 200:
                batch = feed.batch(timeout=10)
                assert 0 < batch.size <= 200
                seen += batch["order_id"].tolist()
            assert feed.batch(timeout=0).size == 0  # gives back the last one
        assert feed.stats == (2000, 0, 2000, 0)
    assert seen == list(range(2000))


def test_the_slots_are_given_back_by_the_next_call_only(start):
    handler = start(slot_count=64)
    with handler.attach() as feed:
        handler.tell("mbo 64 0")
        batch = feed.batch(timeout=10)
        handler.tell("mbo 1 64")  # no room
        assert batch["order_id"].tolist() == list(range(64))
        assert feed.batch(timeout=0).size == 0
        handler.tell("mbo 1 65")
        rows = feed.batch(timeout=10, schema="lost")
        assert rows["rtype"].tolist() == [headrace.RTYPE_LOST, headrace.RTYPE_MBO] and rows["count"][0] == 1
        assert feed.stats == (65, 1, 66, 1)


def test_records_and_batches_take_turns(handler):
    with handler.attach() as feed:
        handler.tell("mbo 6 0")
        assert feed.next(timeout=10).order_id == 0
        assert feed.batch(2, timeout=10)["order_id"].tolist() == [1, 2]
        assert next(feed).order_id == 3
        assert feed.batch(timeout=10)["order_id"].tolist() == [4, 5]


def test_rows_wider_than_their_record(start):
    handler = start(slot_bytes=128)
    with handler.attach() as feed:
        handler.tell("mbo 3 0")
        batch = feed.batch(timeout=10)
        assert batch.strides == (128,) and batch["order_id"].tolist() == [0, 1, 2]


def test_raw_rows(start):
    handler = start(slot_bytes=128)
    with handler.attach() as feed:
        handler.publish(bytes([14, 0xA0]) + bytes(range(2, 56)), bytes([10, 0x12]) + bytes(38))
        batch = feed.batch(timeout=10, schema="raw")
        assert batch["record"].shape[1] == 120 and batch["length"].tolist() == [14, 10] and batch["rtype"].tolist() == [0xA0, 0x12]
        assert batch["record"][0, 2:56].tolist() == list(range(2, 56)) and batch["stamp"][0] < batch["stamp"][1]


def test_several_rings(start):
    handler = start(workers=3, slot_count=64)
    with handler.attach() as feed:
        for worker in range(3):
            handler.tell(f"worker {worker}", f"mbo 5 {worker * 100}")
        seen = [feed.batch(timeout=10)["order_id"].tolist() for _ in range(3)]
        assert sorted(seen) == [[first + i for i in range(5)] for first in (0, 100, 200)]
        assert feed.stats.records == 15
        assert mapped_rings() == 3


def test_the_end_in_good_order_is_none(handler):
    with handler.attach() as feed:
        handler.tell("mbo 3 0")
        handler.stop()
        sizes = []
        while (batch := feed.batch()) is not None:
            sizes.append(batch.size)
        assert sum(sizes) == 3
        assert feed.batch() is None


@pytest.mark.parametrize("arguments", [{"maximum": 0}, {"maximum": -1}, {"timeout": -1}, {"timeout": float("nan")},
                                       {"schema": "mbp-10"}, {"schema": "definition"}])
def test_an_argument_out_of_range_takes_no_record(handler, arguments):
    with handler.attach() as feed:
        handler.tell("mbo 1 0")
        with pytest.raises(ValueError):
            feed.batch(**arguments)
        assert feed.batch(timeout=10).size == 1


def test_the_memory_outlives_the_feed_and_its_handler(handler):
    feed = handler.attach()
    handler.tell("mbo 10 0")
    batch = feed.batch(timeout=10)
    column = numpy.asarray(batch)["order_id"][5:]  # past the batch's own word
    feed.close()
    eventually(lambda: handler.ask("attached") == "0")
    handler.kill()
    del batch, feed
    gc.collect()
    assert mapped_rings() == 1 and column.tolist() == [5, 6, 7, 8, 9]
    del column
    assert mapped_rings() == 0


def test_a_closed_feed_without_batches_maps_nothing(handler):
    with handler.attach() as feed:
        handler.tell("mbo 1 0")
        feed.batch(timeout=10)
        assert mapped_rings() == 1
    assert mapped_rings() == 0


def test_the_slots_are_a_read_only_buffer(handler):
    with handler.attach() as feed:
        slots = feed._slots(0)
        view = memoryview(slots)
        assert view.readonly and view.nbytes == slots.slot_bytes * slots.slot_count == 64 * 256
        with pytest.raises(IndexError):
            feed._slots(1)


def test_an_exception_that_is_kept_does_not_keep_the_ring_mapped(handler):
    gc.disable()
    try:
        with handler.attach() as feed:
            handler.tell("state 3")
            with pytest.raises(headrace.Evicted) as caught:
                feed.batch()
        assert mapped_rings() == 0 and caught.value.errno
    finally:
        gc.enable()
