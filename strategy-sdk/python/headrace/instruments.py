# SPDX-License-Identifier: Apache-2.0
"""The instruments that a feed has named so far."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from . import _headrace


class Instrument(NamedTuple):
    """An instrument's newest entry in the handler's directory."""

    publisher_id: int
    instrument_id: int
    symbol: str
    """As the venue names it."""
    round_lot: int
    """Shares or contracts; 0 when not known."""
    feed: int
    """Index of the feed in the handler's configuration."""


class Instruments(Mapping[tuple[int, int], Instrument]):
    """A mapping of (publisher_id, instrument_id) to Instrument, which grows as the venue names instruments.

    instruments["AAPL"] works as well, as long as one publisher alone has that symbol; by_symbol has all of them. The newest
    entry of an instrument counts: venues give their numbers anew each day. As of the last look once the feed is closed.
    """

    __slots__ = ("_feed", "_read", "_entries", "_symbols")

    def __init__(self, feed: _headrace.Feed) -> None:
        self._feed = weakref.ref(feed)  # which holds this: one that is dropped is closed at once
        self._read: list[int] = []  # entries taken up, of each ring's directory
        self._entries: dict[tuple[int, int], Instrument] = {}
        self._symbols: dict[str, dict[tuple[int, int], None]] = {}  # in the order of naming

    def _add(self, entry: tuple[int, int, int, str, int]) -> None:
        publisher_id, instrument_id, feed, symbol, round_lot = entry
        key = publisher_id, instrument_id
        before = self._entries.get(key)
        if before is not None and before.symbol != symbol:
            self._symbols[before.symbol].pop(key, None)
        self._entries[key] = Instrument(publisher_id, instrument_id, symbol, round_lot, feed)
        self._symbols.setdefault(symbol, {})[key] = None

    def _refresh(self) -> None:
        feed = self._feed()
        if feed is None or feed.closed:
            return
        ring = 0
        while True:
            if ring == len(self._read):
                self._read.append(0)
            try:
                entries = feed._directory(ring, self._read[ring])
            except IndexError:
                return
            self._read[ring] += len(entries)
            for entry in entries:
                self._add(entry)
            ring += 1

    def __getitem__(self, key: tuple[int, int] | str) -> Instrument:
        if isinstance(key, str):
            found = self.by_symbol(key)
            if len(found) > 1:
                raise KeyError(f"{key} is an instrument of {len(found)} publishers: ask by_symbol")
            if not found:
                raise KeyError(key)
            return found[0]
        self._refresh()
        return self._entries.get(key) or self._entries[0, key[1]]  # a file's are of no publisher

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str):
            return bool(self.by_symbol(key))
        self._refresh()
        return key in self._entries or (isinstance(key, tuple) and (0, *key[1:]) in self._entries)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        self._refresh()
        return iter(dict(self._entries))

    def __len__(self) -> int:
        self._refresh()
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<headrace.Instruments: {len(self)} named>"

    def by_symbol(self, symbol: str) -> tuple[Instrument, ...]:
        """Every instrument that has this symbol now, one for each publisher, in the order of naming."""
        self._refresh()
        return tuple(self._entries[key] for key in self._symbols.get(symbol, ()))
