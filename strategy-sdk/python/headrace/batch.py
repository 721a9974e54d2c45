# SPDX-License-Identifier: Apache-2.0
"""Batches: numpy arrays of the ring's own memory that know when they are over. Imported when first used: needs numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from . import _headrace

if TYPE_CHECKING:

    class _LentArray(numpy.ndarray[Any, Any]):
        @property
        def released(self) -> bool:
            """Whether a later call on the feed has given the memory back."""

else:
    _LentArray = _headrace._make_lent_type(numpy.ndarray, numpy.void)


class Batch(_LentArray):
    """Records that stand in a row in the ring: a read-only numpy structured array, without a copy, valid until the next call
    of batch, next, arm, close or iteration on its feed. That call releases it.

    What numpy makes of it without a copy is released with it: columns (`batch["price"]`), slices, reshapes. Once released, all
    of them raise ValueError whatever is asked of them: items, iteration, methods, attributes, numpy's functions and ufuncs,
    buffers. Only `released` answers, and repr says so.

    What makes a copy stays: copy(), arithmetic, reductions, tolist() and a single row (`batch[0]`, and the rows of an iteration)
    give plain numpy arrays and scalars; a mask or a list of indices gives a Batch in memory of its own, which is never released.

    Ways out of this, for C code: numpy.asarray(batch), batch.view(numpy.ndarray), memoryview(batch), batch.ctypes, batch.data.
    Taken before the release, they go on seeing the ring: the memory stays mapped as long as they live, but the
    handler writes other records there. Taken after it they raise, but for numpy.asarray and numpy.array: these cannot be
    made to, and give an array of length 0.

    One thread at a time, as its feed: do not release a batch that another thread works on.
    """

    __slots__ = ()

    def to_df(self, price_type: str = "float", pretty_ts: bool = True, map_symbols: bool = True, schema: str | None = None,
              tz: Any = None, **options: Any) -> Any:
        """A data frame with a copy of the records: headrace.to_df(self, ...)."""
        from .frame import to_df

        return to_df(self, price_type, pretty_ts, map_symbols, schema, tz, **options)

    def _arrow(self, name: str) -> Any:
        """A method of the records' Arrow table. A column has none, so that who asks takes it for the plain array that it is."""
        if not self.dtype.names:
            raise AttributeError(f"a column of a batch has no {name}: it is an array")
        from .frame import to_arrow

        return getattr(to_arrow(self), name)

    @property
    def __arrow_c_schema__(self) -> Any:
        return self._arrow("__arrow_c_schema__")

    @property
    def __arrow_c_array__(self) -> Any:
        return self._arrow("__arrow_c_array__")

    @property
    def __arrow_c_stream__(self) -> Any:
        return self._arrow("__arrow_c_stream__")


def make_rows(feed: _headrace.Feed, schema: str) -> tuple[Batch, ...]:
    """Each ring of a feed as one array of whole slots, which batches are cut from. ValueError where a record is longer than a
    slot."""
    from .dtypes import dtype, raw_dtype

    rows: list[Batch] = []
    slots: Any  # a buffer
    while True:
        try:
            slots = feed._slots(len(rows))
        except IndexError:
            return tuple(rows)
        row = raw_dtype(slots.slot_bytes) if schema == "raw" else dtype(schema)
        if row.itemsize > slots.slot_bytes:
            raise ValueError(f"schema {schema!r}: {row.itemsize} bytes a row, and the ring's slots have {slots.slot_bytes}")
        rows.append(numpy.ndarray.__new__(Batch, (slots.slot_count,), row, slots, 0, (slots.slot_bytes,)))
