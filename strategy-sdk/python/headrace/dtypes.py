# SPDX-License-Identifier: Apache-2.0
"""numpy dtypes of a slot: its stamp and one record. Made from the table that also makes the record types."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from ._headrace import SLOT_STAMP_BYTES, layouts

if TYPE_CHECKING:
    import numpy

#: What batches can be viewed as: one name per record type. Beside them there is "raw", the bytes of any record.
SCHEMAS = tuple(layouts)


def _row(fields: Iterable[tuple[Any, ...]], itemsize: int) -> numpy.dtype[Any]:
    import numpy

    names, offsets, formats = zip(("stamp", -SLOT_STAMP_BYTES, "<u8"), *(field[:3] for field in fields))
    places = [SLOT_STAMP_BYTES + offset for offset in offsets]
    return numpy.dtype({"names": names, "formats": formats, "offsets": places, "itemsize": itemsize})


@cache
def dtype(schema: str) -> numpy.dtype[Any]:
    """The numpy dtype of a slot that holds a record of `schema`, one of SCHEMAS.

    Its first fields are stamp, length, rtype, publisher_id, instrument_id and ts_event, whichever the schema. Letters and
    texts are bytes (`S`). ValueError for a schema that there is not; ImportError without numpy.
    """
    if schema not in layouts:
        raise ValueError(f"schema: one of {', '.join(SCHEMAS)}, not {schema!r}")
    record_bytes, _, fields = layouts[schema]
    return _row(fields, SLOT_STAMP_BYTES + record_bytes)


@cache
def raw_dtype(slot_bytes: int) -> numpy.dtype[Any]:
    """The numpy dtype of a whole slot of `slot_bytes`: stamp, the header's fields, and `record`, all bytes of the record.

    Of `record`, the first 4 * `length` bytes count.
    """
    header = layouts["mbo"][2][:5]
    return _row((*header, ("record", 0, f"({slot_bytes - SLOT_STAMP_BYTES},)u1")), slot_bytes)
