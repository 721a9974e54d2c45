# SPDX-License-Identifier: Apache-2.0
"""Attaching, and reading by batches."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from . import _headrace
from .dtypes import dtype, raw_dtype

if TYPE_CHECKING:
    import numpy


class FeedStats(NamedTuple):
    """Counts since attaching. records + lost = published once everything has been read."""

    records: int
    """Read, or lent by the last batch; without Lost records."""
    lost: int
    """Told by the Lost records that were read."""
    published: int
    """By the handler for this consumer, as of a millisecond ago, or of its end."""
    dropped: int
    """Of which the ring had no room for, as of a millisecond ago, or of its end."""


class Feed(_headrace.Feed):
    """An attachment to a handler: see `attach`.

    As an iterator it waits for the next record and gives a copy of it, of the type that belongs to its rtype, or a plain
    Record where this release does not know the rtype. It ends when the handler stopped in good order, and raises
    HandlerDied, Detached or Evicted otherwise, in each case once everything that was published has been read.

    One thread at a time: while one waits, calls of another raise RuntimeError. Signals are looked at every 20 ms of waiting.
    """

    __slots__ = ("_views",)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._views: dict[tuple[str, int], numpy.ndarray] = {}  # (schema, ring) -> the ring's slots as an array

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Leaves. The handler frees the ring at once; this side's memory stays mapped until the last batch has gone.

        May be called again. RuntimeError while another thread waits in this feed.
        """
        super().close()
        self._views.clear()  # each holds the mapping

    def batch(self, maximum: int = 4096, timeout: float | None = None, *, schema: str = "mbo") -> numpy.ndarray | None:
        """Waits for at least one record and returns all that stand in a row, as a read-only numpy structured array.

        The array is a view of the ring's own memory, without a copy. Its contents are valid until the next call of batch,
        next or iteration on this feed, which lets the handler write there again: copy what has to stay. (It never reads
        memory that is not there, whatever becomes of the feed.)

        maximum: records, from 1 on; a batch also ends where the ring does. timeout: seconds from 0 on, or None: for ever.
        schema: one of headrace.SCHEMAS, the dtype of the rows; see headrace.dtype. Records of other types are in the same rows,
        told apart by `rtype`: their fields after ts_event mean something else, so select by rtype first.
        "raw" has the bytes of every record in the field `record`, of which the first 4 * `length` count.

        Returns an empty array when nothing came in time, and None at the good end: the handler has stopped and everything
        has been read. Raises HandlerDied, Detached or Evicted at the other ends; ValueError for an argument out of range, a
        schema whose record is longer than the ring's slots, or a closed feed.
        """
        # Before reading, so that a schema which does not fit takes no record; and not kept in this frame while it reads,
        # because a traceback would keep the frame, and so the ring mapped.
        if (schema, 0) not in self._views:
            self._view(schema, 0)
        run = self._run(maximum, timeout)
        if run is None:
            return None
        ring, first, end = run
        view = self._views.get((schema, ring))
        if view is None:
            view = self._view(schema, ring)
        return view[first:end]

    def _view(self, schema: str, ring: int) -> numpy.ndarray:
        import numpy

        slots = self._slots(ring)
        row = raw_dtype(slots.slot_bytes) if schema == "raw" else dtype(schema)
        if row.itemsize > slots.slot_bytes:
            raise ValueError(f"schema {schema!r}: {row.itemsize} bytes a row, and the ring's slots have {slots.slot_bytes}")
        view = numpy.ndarray((slots.slot_count,), row, slots, 0, (slots.slot_bytes,))
        self._views[schema, ring] = view
        return view

    @property
    def stats(self) -> FeedStats:
        """FeedStats: counts since attaching; as of closing once closed."""
        return FeedStats(*self._statistics())


def attach(name: str, socket: str | bytes | PathLike[str] | None = None, instance: str | None = None,
           wait: Literal["spin", "yield", "futex", "eventfd", "monitor"] = "spin") -> Feed:
    """Attaches to a running handler as the consumer `name` of its configuration; returns a Feed, also a context manager.

    name: 1 to 31 bytes. socket: path of the handler's socket; None: that of `instance` if given, else $HEADRACE_SOCKET, else
    /run/headrace/headrace.sock. instance: the handler's, whose socket is /run/headrace/<instance>.sock. wait: "spin", the
    lowest latency and one whole core; "yield", which gives the core to others after each empty look; "futex", which spins for 20 us
    and then sleeps until woken; "eventfd", which sleeps at once, and has a descriptor for select and asyncio (Feed.fileno,
    Feed.arm); "monitor", which waits on the cache line itself where the processor has WAITPKG or MONITORX.

    Blocks for at most five seconds to connect and five for the answer. Raises AttachError; its `errno` says why. ValueError for another `wait`.
    """
    return Feed(name, socket=socket, instance=instance, wait=wait)
