# SPDX-License-Identifier: Apache-2.0
"""Attaching, and reading by batches."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from . import _headrace
from ._headrace import Record
from .instruments import Instruments

if TYPE_CHECKING:
    from .batch import Batch

_STOP_LOOK = 0.1  # seconds between two looks at whether stop() was called
_TURN = 256  # records between two turns of the other tasks


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

    __slots__ = ("__weakref__", "_instruments", "_callbacks", "_stopped")

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._instruments = Instruments(self)
        self._callbacks: dict[type[Record], list[tuple[Callable[[Any], object], Callable[[Exception], object] | None]]] = {}
        self._stopped = False
        if "numpy" in sys.modules:  # who has it reads batches, and the first one should not take milliseconds longer
            self._prepare("raw")
            self._prepare("mbo")

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def instruments(self) -> Instruments:
        """Instruments: what the venue has named so far, by (publisher_id, instrument_id) and by symbol."""
        return self._instruments

    # ---- callbacks ----

    def on(self, record_type: type[Record], callback: Callable[[Any], object] | None = None) -> Any:
        """Calls `callback` with each record of a type that `run` reads: feed.on(headrace.Mbo, on_order). headrace.Record is
        any.

        Without `callback` it is a decorator: @feed.on(headrace.Mbo). Callbacks are called in the order in which they were
        added, those of any type last. TypeError for a type that is not a record's, or a callback that cannot be called.
        """
        if callback is None:
            return lambda function: self.on(record_type, function) or function
        self._add(record_type, callback, None)
        return None

    def add_callback(self, record_callback: Callable[[Any], object],
                     exception_callback: Callable[[Exception], object] | None = None) -> None:
        """Calls `record_callback` with every record that `run` reads, as of Databento's Live client.

        exception_callback gets what record_callback raises, and reading goes on. Without one, run() raises it: no exception is
        lost.
        """
        if exception_callback is not None and not callable(exception_callback):
            raise TypeError(f"exception_callback: something to call, not {exception_callback!r}")
        self._add(Record, record_callback, exception_callback)

    def _add(self, record_type: type[Record], callback: Callable[[Any], object],
             exception_callback: Callable[[Exception], object] | None) -> None:
        if not (isinstance(record_type, type) and issubclass(record_type, Record)):
            raise TypeError(f"record_type: a record's type, such as headrace.Mbo, not {record_type!r}")
        if not callable(callback):
            raise TypeError(f"callback: something to call, not {callback!r}")
        self._callbacks.setdefault(record_type, []).append((callback, exception_callback))

    def _call(self, record: Record) -> None:
        callbacks = self._callbacks
        for record_type in (type(record), Record) if type(record) is not Record else (Record,):
            for callback, exception_callback in callbacks.get(record_type, ()):
                if exception_callback is None:
                    callback(record)
                    continue
                try:
                    callback(record)
                except Exception as error:
                    exception_callback(error)

    def run(self, timeout: float | None = None) -> None:
        """Reads records and calls the callbacks until the handler stops in good order, stop() is called, or the time is over.

        timeout: seconds from 0 on, or None: for ever. What a callback raises ends it, unless it was added with an
        exception_callback; the record has been read then. Raises HandlerDied, Detached or Evicted at the other ends.
        """
        self._stopped = False
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while not self._stopped:
                left = _STOP_LOOK if deadline is None else min(_STOP_LOOK, deadline - time.monotonic())
                record = self.next(max(left, 0.0))
                if record is not None:
                    self._call(record)
                elif deadline is not None and time.monotonic() >= deadline:
                    return
        except _headrace.Stopped:
            return

    def stop(self) -> None:
        """Ends run() after the record that it is at, within a tenth of a second; from a callback, another thread or a signal's
        handler."""
        self._stopped = True

    # ---- batches, and asyncio ----

    def batches(self, maximum: int = 4096, *, schema: str = "mbo") -> Batches:
        """Batches one after the other, for `for` and for `async for`. Each is valid until the next one is asked for.

        Arguments as of `batch`. Ends when the handler stopped in good order. `async for` needs wait="eventfd", or a feed of
        headrace.open.
        """
        return Batches(self, maximum, schema)

    async def __aiter__(self) -> AsyncIterator[Record]:
        """Records for `async for`: waits in the event loop. Needs wait="eventfd", or a feed of headrace.open."""
        count = 0
        async with _Readable(self) as readable:
            while True:
                try:
                    record = self.next(0)
                except _headrace.Stopped:
                    return
                if record is None:
                    await readable.wait()
                    continue
                yield record
                count += 1
                if count % _TURN == 0:
                    await asyncio.sleep(0)  # the other tasks' turn, however much there is to read

    def _make_rows(self, schema: str) -> tuple[Batch, ...]:
        from .batch import make_rows

        return make_rows(self, schema)

    @property
    def stats(self) -> FeedStats:
        """FeedStats: counts since attaching; as of closing once closed."""
        return FeedStats(*self._statistics())


class _Readable:
    """Waits in the running event loop until there may be something to read."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._event = asyncio.Event()
        self._descriptor = -1

    async def __aenter__(self) -> _Readable:
        if not self._feed.is_file:
            self._descriptor = self._feed.fileno()  # ValueError unless it was attached with wait="eventfd"
            asyncio.get_running_loop().add_reader(self._descriptor, self._event.set)
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)

    async def wait(self) -> None:
        if self._descriptor >= 0 and self._feed.arm():  # False: there is something after all, or the end
            self._event.clear()
            await self._event.wait()


class Batches:
    """What Feed.batches gives: an iterable and an asynchronous one."""

    __slots__ = ("_feed", "_maximum", "_schema")

    def __init__(self, feed: Feed, maximum: int, schema: str) -> None:
        self._feed = feed
        self._maximum = maximum
        self._schema = schema

    def __iter__(self) -> Iterator[Batch]:
        while (batch := self._feed.batch(self._maximum, schema=self._schema)) is not None:
            yield batch

    async def __aiter__(self) -> AsyncIterator[Batch]:
        async with _Readable(self._feed) as readable:
            while (batch := self._feed.batch(self._maximum, 0, schema=self._schema)) is not None:
                if len(batch):
                    yield batch
                    await asyncio.sleep(0)  # the other tasks' turn, however much there is to read
                else:
                    await readable.wait()


def attach(name: str, socket: str | bytes | PathLike[str] | None = None, instance: str | None = None,
           wait: Literal["spin", "yield", "futex", "eventfd", "monitor"] = "spin") -> Feed:
    """Attaches to a running handler as the consumer `name` of its configuration; returns a Feed, also a context manager.

    name: 1 to 31 bytes. socket: path of the handler's socket; None: that of `instance` if given, else $HEADRACE_SOCKET, else
    /run/headrace/headrace.sock. instance: the handler's, whose socket is /run/headrace/<instance>.sock. wait: "spin", the
    lowest latency and one whole core; "yield", which gives the core to others after each empty look; "futex", which spins for
    20 us and then sleeps until woken; "eventfd", which sleeps at once, and has a descriptor for select and asyncio
    (Feed.fileno, Feed.arm); "monitor", which waits on the cache line itself where the processor has WAITPKG or MONITORX.

    Blocks for at most five seconds to connect and five for the answer. Raises AttachError; its `errno` says why. ValueError
    for another `wait`.
    """
    return Feed(name, socket=socket, instance=instance, wait=wait)


def open(path: str | bytes | PathLike[str], *, slots: int = 0) -> Feed:
    """Opens a DBN file as a feed: the same interface as `attach` gives, without a handler. Also a context manager.

    path: a .dbn or .dbn.zst file of DBN 1 to 3, "-" for standard input: what `headrace record` wrote, or what was bought.
    slots: records held at once, and so the longest batch, rounded up to a power of two; 0: 512 to 4096, by their size.

    It never waits: there is a next record, or the end, at which iteration ends and `batch` returns None. A damaged file ends
    with FileError, once every good record before it has been read. A record's stamp is its ts_out where the file has it, else
    its ts_recv, made to increase. Raises FileError; its `errno` says why.
    """
    return Feed(None, file=path, slots=slots)
