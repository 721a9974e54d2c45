# SPDX-License-Identifier: Apache-2.0
"""Read market data from a Headrace handler.

    import headrace

    with headrace.attach("my-strategy") as feed:
        for record in feed:
            if record.rtype == headrace.RTYPE_MBO:
                on_order(record)

    with headrace.attach("my-strategy") as feed:
        while (batch := feed.batch()) is not None:
            on_orders(batch[batch["rtype"] == headrace.RTYPE_MBO])

Records are those of Databento's DBN, byte for byte. Prices are in units of 1e-9, `pretty_price` is the float. Times are
nanoseconds since the UNIX epoch; `stamp` is when the handler polled the packet that the record came in, one more for each record after it.

A feed belongs to one thread at a time; several feeds may be read by several threads. The interpreter's lock is released
only while a call waits. Only `Feed.batch` and the dtypes need numpy.
"""

from . import _headrace
from ._headrace import *  # the record types, the exceptions and the numbers of record.h
from .dtypes import SCHEMAS, dtype
from .feed import Feed, FeedStats, attach


def __getattr__(name):
    """MBO_DTYPE, TRADES_DTYPE and so on: made when first asked for, because they need numpy."""
    schema = name.removesuffix("_DTYPE").lower()
    if name.endswith("_DTYPE") and name.isupper() and schema in SCHEMAS:
        return dtype(schema)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *(f"{schema.upper()}_DTYPE" for schema in SCHEMAS)])
