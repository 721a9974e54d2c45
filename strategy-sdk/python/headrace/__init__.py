# SPDX-License-Identifier: Apache-2.0
"""Read market data from a Headrace handler, or from a DBN file.

    import headrace

    with headrace.attach("my-strategy") as feed:
        for record in feed:
            if record.rtype == headrace.RTYPE_MBO:
                on_order(record)

    with headrace.attach("my-strategy") as feed:
        while (batch := feed.batch()) is not None:
            on_orders(batch[batch["rtype"] == headrace.RTYPE_MBO])

    with headrace.open("day.dbn.zst") as feed:
        frame = headrace.to_df(list(feed), symbols=feed.instruments)

Records are those of Databento's DBN, byte for byte. Prices are in units of 1e-9, `pretty_price` is the float. Times are
nanoseconds since the UNIX epoch; `stamp` is when the handler polled the packet that the record came in, one more for each
record after it.

A feed belongs to one thread at a time; several feeds may be read by several threads. The interpreter's lock is released
only while a call waits. Only batches and the dtypes need numpy, only `to_df` needs pandas or polars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _headrace
from ._headrace import *  # the record types, the exceptions and the numbers of record.h
from .dtypes import SCHEMAS as SCHEMAS, dtype as dtype
from .enums import *
from .feed import Batches as Batches, Feed as Feed, FeedStats as FeedStats, attach as attach, open as open
from .frame import ArrowTable as ArrowTable, to_arrow as to_arrow, to_df as to_df
from .instruments import Instrument as Instrument, Instruments as Instruments
from .times import to_datetime as to_datetime

if TYPE_CHECKING:
    from .batch import Batch as Batch

#: Databento's names for the record types.
MBOMsg = _headrace.Mbo
TradeMsg = _headrace.Trade
StatusMsg = _headrace.Status
InstrumentDefMsg = _headrace.Definition
ImbalanceMsg = _headrace.Imbalance
StatMsg = _headrace.Statistics
MBP1Msg = _headrace.Mbp1
MBP10Msg = _headrace.Mbp10
OHLCVMsg = _headrace.Ohlcv
BBOMsg = _headrace.Bbo
CMBP1Msg = _headrace.Cmbp1
CBBOMsg = _headrace.Cbbo

#: Databento's names for the bits of `flags` and for the unit of prices.
F_LAST = _headrace.FLAG_LAST
F_TOB = _headrace.FLAG_TOB
F_SNAPSHOT = _headrace.FLAG_SNAPSHOT
F_MBP = _headrace.FLAG_MBP
F_BAD_TS_RECV = _headrace.FLAG_BAD_TS_RECV
F_MAYBE_BAD_BOOK = _headrace.FLAG_MAYBE_BAD_BOOK
F_PUBLISHER_SPECIFIC = _headrace.FLAG_PUBLISHER_SPECIFIC
FIXED_PRICE_SCALE = _headrace.PRICE_SCALE


def _dtype_name(schema: str) -> str:
    return schema.upper().replace("-", "_") + "_DTYPE"


def __getattr__(name: str) -> Any:
    """Batch, and MBO_DTYPE, MBP_1_DTYPE and so on: made when first asked for, because they need numpy."""
    if name == "Batch":
        from .batch import Batch

        return Batch
    for schema in SCHEMAS:
        if name == _dtype_name(schema):
            return dtype(schema)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), "Batch", *map(_dtype_name, SCHEMAS)])
