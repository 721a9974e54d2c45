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
from ._headrace import Definition as InstrumentDefMsg
from ._headrace import Imbalance as ImbalanceMsg
from ._headrace import Mbo as MBOMsg
from ._headrace import Statistics as StatMsg
from ._headrace import Status as StatusMsg
from ._headrace import Trade as TradeMsg
from .dtypes import SCHEMAS, dtype
from .enums import *
from .feed import Batches, Feed, FeedStats, attach, open
from .frame import ArrowTable, to_arrow, to_df
from .instruments import Instrument, Instruments
from .times import to_datetime

#: Databento's names for the bits of `flags` and for the unit of prices.
F_LAST = _headrace.FLAG_LAST
F_TOB = _headrace.FLAG_TOB
F_SNAPSHOT = _headrace.FLAG_SNAPSHOT
F_MBP = _headrace.FLAG_MBP
F_BAD_TS_RECV = _headrace.FLAG_BAD_TS_RECV
F_MAYBE_BAD_BOOK = _headrace.FLAG_MAYBE_BAD_BOOK
F_PUBLISHER_SPECIFIC = _headrace.FLAG_PUBLISHER_SPECIFIC
FIXED_PRICE_SCALE = _headrace.PRICE_SCALE


def __getattr__(name):
    """Batch, and MBO_DTYPE, TRADES_DTYPE and so on: made when first asked for, because they need numpy."""
    if name == "Batch":
        from .batch import Batch

        return Batch
    schema = name.removesuffix("_DTYPE").lower()
    if name.endswith("_DTYPE") and name.isupper() and schema in SCHEMAS:
        return dtype(schema)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "Batch", *(f"{schema.upper()}_DTYPE" for schema in SCHEMAS)])
