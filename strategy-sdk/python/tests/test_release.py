# SPDX-License-Identifier: Apache-2.0
"""Released batches: whatever is asked of them raises, and nothing reads what the handler wrote there since."""

import copy
import gc
import pickle

import numpy
import pytest

import headrace
from conftest import mapped_rings

# What a strategy may do with a batch. Each works on one that is valid, and raises on one that is released.
USES = {
    "row": lambda batch: batch[0],
    "column": lambda batch: batch["price"],
    "columns": lambda batch: batch[["price", "size"]],
    "slice": lambda batch: batch[1:3],
    "mask": lambda batch: batch[numpy.ones(len(batch), bool)],
    "length": len,
    "iteration": list,
    "membership": lambda batch: 5 in batch["price"],
    "reversed": lambda batch: list(reversed(batch)),
    "tolist": lambda batch: batch.tolist(),
    "tobytes": lambda batch: batch.tobytes(),
    "copy": lambda batch: batch.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "view": lambda batch: batch.view(numpy.ndarray),
    "astype": lambda batch: batch["price"].astype("f8"),
    "sum": lambda batch: batch["size"].sum(),
    "numpy.sum": lambda batch: numpy.sum(batch["size"]),
    "numpy.concatenate": lambda batch: numpy.concatenate([batch, batch]),
    "numpy.unique": lambda batch: numpy.unique(batch["instrument_id"]),
    "numpy.save": lambda batch: numpy.array_repr(batch),
    "shape": lambda batch: batch.shape,
    "dtype": lambda batch: batch.dtype,
    "ctypes": lambda batch: batch.ctypes,
    "data": lambda batch: batch.data,
    "interface": lambda batch: batch.__array_interface__,
    "memoryview": lambda batch: memoryview(batch["price"]),
    "bytes": lambda batch: bytes(batch["price"]),
    "comparison": lambda batch: batch == batch,
    "to_df": lambda batch: headrace.to_arrow(batch),
    "arrow": lambda batch: batch.__arrow_c_stream__(),
}

# The same of a column.
COLUMN_USES = {
    "item": lambda column: column[0],
    "item()": lambda column: column.item(0),
    "add": lambda column: column + 1,
    "radd": lambda column: 1 + column,
    # Not numpy.add.reduce: it raises too, but numpy (1.24 to 2.4) then loses a reference to its array, and the ring stays
    # mapped.
    "accumulate": lambda column: numpy.cumsum(column),
    "ufunc": lambda column: numpy.sqrt(column),
    "where": lambda column: numpy.where(column > 2, column, 0),
    "out of a ufunc's input": lambda column: numpy.maximum(numpy.zeros(column.shape), column),
    "comparison": lambda column: column > 1,
    "max": lambda column: column.max(),
    "mean": lambda column: column.mean(axis=0),
    "sort": lambda column: numpy.sort(column),
    "reshape": lambda column: column.reshape(2, -1),
    "transpose": lambda column: column.T,
    "flat": lambda column: list(column.flat),
    "slice": lambda column: column[::2],
    "tolist": lambda column: column.tolist(),
    "float": lambda column: float(column[:1].sum()),
    "bool": lambda column: bool(column[:1]),
    "int": lambda column: int(column[:1].reshape(())),
    "index": lambda column: [1, 2, 3][column[:1].reshape(())],
    "str": lambda column: column.tobytes(),
}


@pytest.fixture
def feed(handler):
    with handler.attach() as feed:
        handler.tell("mbo 6 1")
        yield feed


def is_released(thing, use):
    with pytest.raises(ValueError, match="released") as caught:
        use(thing)
    return "copy()" in str(caught.value)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_batch_is_valid_until_the_next_call(feed, use):
    batch = feed.batch(4, timeout=10)
    use(batch)
    assert not batch.released
    feed.batch(timeout=10)
    assert batch.released and is_released(batch, use)


@pytest.mark.parametrize("use", COLUMN_USES.values(), ids=COLUMN_USES)
def test_what_is_made_without_a_copy_is_released_too(feed, use):
    batch = feed.batch(4, timeout=10)
    column = batch["order_id"]
    use(column)
    feed.batch(timeout=10)
    assert column.released and is_released(column, use)


@pytest.mark.parametrize("make", [lambda b: b["price"], lambda b: b[1:], lambda b: b["price"][::2], lambda b: b["price"].reshape(2, 2),
                                  lambda b: b["price"].T, lambda b: numpy.squeeze(b[::2]["size"]), lambda b: b.view(type(b)),
                                  lambda b: b[["price", "size"]], lambda b: b["size"][0:1].reshape(()), lambda b: numpy.split(b, 2)[1],
                                  lambda b: b["price"].view("u8"), lambda b: numpy.asanyarray(b), lambda b: b[...], lambda b: b[None]])
def test_views_of_views_are_released(feed, make):
    batch = feed.batch(4, timeout=10)
    view = make(batch)
    kept = make(batch)
    del batch  # the loan is not the batch's alone
    view.copy()
    feed.next(timeout=10)
    assert view.released and kept.released and is_released(view, lambda view: view.copy())


@pytest.mark.parametrize("call", [lambda feed: feed.batch(timeout=0), lambda feed: feed.next(timeout=0), next, lambda feed: feed.close()],
                         ids=["batch", "next", "iteration", "close"])
def test_every_call_that_gives_memory_back_releases(feed, call):
    batch = feed.batch(4, timeout=10)
    call(feed)
    assert batch.released and is_released(batch, len)


def test_arm_releases(handler):
    with handler.attach(wait="eventfd") as feed:
        handler.tell("mbo 1 0")
        batch = feed.batch(timeout=10)
        feed.arm()
        assert batch.released


def test_calls_that_give_nothing_back_do_not_release(feed):
    batch = feed.batch(4, timeout=10)
    feed.stats, feed.symbol(2, 5), feed.closed
    with pytest.raises(ValueError, match="schema"):
        feed.batch(schema="mbp-10")
    with pytest.raises(ValueError, match="maximum"):
        feed.batch(0)
    with pytest.raises(TypeError):
        feed.batch(1, 2, 3)
    with pytest.raises(TypeError, match="twice"):
        feed.batch(1, maximum=2)
    with pytest.raises(TypeError, match="unknown argument 'size'"):
        feed.batch(size=2)
    assert batch["order_id"].tolist() == [1, 2, 3, 4]


def test_the_end_and_a_failure_release(handler):
    with handler.attach() as feed:
        handler.tell("mbo 2 0")
        first = feed.batch(timeout=10)
        handler.tell("state 3")
        with pytest.raises(headrace.Evicted):
            feed.batch()
        assert first.released


def test_copies_and_scalars_stay(feed):
    batch = feed.batch(4, timeout=10)
    kept = [batch.copy(), batch["order_id"] * 1, batch["order_id"].astype("i8"), batch[numpy.ones(4, bool)], batch[[0, 1, 2, 3]],
            copy.copy(batch), copy.deepcopy(batch), pickle.loads(pickle.dumps(batch)), numpy.concatenate([batch[:2], batch[2:]])]
    rows, row, total = list(batch), batch[0], batch["size"].sum()
    feed.batch(timeout=10)
    feed.close()
    for array in kept:
        found = array["order_id"] if array.dtype.names else array
        assert found.tolist() == [1, 2, 3, 4]
    assert [type(kept[i]) for i in (0, 1, 5, 6, 7)] == [numpy.ndarray] * 5
    assert [row["order_id"] for row in rows] == [1, 2, 3, 4] and row["order_id"] == 1 and total == 400


def test_numpy_past_the_type_sees_nothing_of_a_released_batch(feed):
    batch = feed.batch(4, timeout=10)
    column, scalar = batch["order_id"], batch["order_id"][:1].reshape(())
    feed.batch(timeout=10)
    for released in (batch, column):
        assert numpy.asarray(released).size == 0 and numpy.array(released).size == 0 and numpy.ascontiguousarray(released).size == 0
    assert numpy.asarray(scalar) == 0


def test_a_plain_view_taken_before_stays_mapped(feed):
    plain = numpy.asarray(feed.batch(4, timeout=10))
    buffer = memoryview(feed.batch(2, timeout=10)["order_id"])
    feed.close()
    assert mapped_rings() == 1
    assert plain["order_id"].tolist() == [1, 2, 3, 4] and buffer.tolist() == [5, 6]  # nobody has written there since
    del plain
    assert mapped_rings() == 1
    del buffer
    gc.collect()
    assert mapped_rings() == 0


def test_repr_tells_and_reads_nothing(feed):
    batch = feed.batch(4, timeout=10)
    assert "rtype" in str(batch.dtype) and "160" in repr(batch) and "160" in str(batch)
    feed.batch(timeout=10)
    assert repr(batch) == str(batch) == "<Batch, released by a later call on its feed>"


def test_a_batch_cannot_be_written_to(feed):
    batch = feed.batch(4, timeout=10)
    for write in (lambda: batch["size"].__iadd__(1), lambda: batch.__setitem__(0, 0), lambda: numpy.add(1, 1, out=batch["size"]),
                  lambda: batch["size"].sort(), lambda: batch["size"].fill(0), lambda: batch.setflags(write=True)):
        with pytest.raises(ValueError):
            write()
    assert batch["order_id"].tolist() == [1, 2, 3, 4] and batch["size"].tolist() == [100] * 4


def test_the_released_lap_is_never_seen(start):
    """The handler writes over the slots of a released batch: what was kept of it raises, and what was copied is as it was."""
    handler = start(slot_count=64)
    with handler.attach() as feed:
        kept = []
        for lap in range(40):
            handler.tell(f"mbo 32 {lap * 32}")
            seen = 0
            while seen < 32:
                batch = feed.batch(timeout=10)
                assert len(batch)
                kept.append((batch, batch["order_id"], batch.copy(), lap * 32 + seen))
                seen += len(batch)
        for batch, column, copied, first in kept[:-1]:
            assert batch.released and is_released(column, lambda column: column[0])
            assert copied["order_id"].tolist() == list(range(first, first + len(copied)))


def test_many_views_come_and_go(feed):
    batch = feed.batch(4, timeout=10)
    views = [batch["price"] for _ in range(1000)]
    del views[::2]
    gc.collect()
    feed.batch(timeout=10)
    assert all(view.released for view in views)
    del batch, views
    gc.collect()
    feed.close()
    assert mapped_rings() == 0


def test_a_released_batch_in_an_expression_with_a_valid_one(feed):
    first = feed.batch(2, timeout=10)["order_id"]
    second = feed.batch(2, timeout=10)["order_id"]
    for mixed in (lambda: first + second, lambda: second + first, lambda: numpy.concatenate([second, first]), lambda: second == first,
                  lambda: numpy.where(second > 0, second, first), lambda: numpy.dot(second, first)):
        with pytest.raises(ValueError, match="released"):
            mixed()
    assert (second + 1).tolist() == [4, 5]


def test_an_empty_batch_is_nobodys_memory(feed):
    feed.batch(timeout=10)
    empty = feed.batch(timeout=0)
    assert len(empty) == 0 and type(empty) is headrace.Batch and empty["price"].sum() == 0
