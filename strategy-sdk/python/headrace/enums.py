# SPDX-License-Identifier: Apache-2.0
"""DBN's enumerations, under the names of Databento's package. Members equal the raw values: `record.action == "A"`,
`record.rtype == 160`.

Fields of records give members where the value is one, else the raw number or letter.
"""

from __future__ import annotations

from enum import Enum, IntEnum, IntFlag

from . import _headrace

__all__ = ["RType", "Action", "Side", "Schema", "TriState", "StatusAction", "StatusReason", "TradingEvent", "StatType",
           "StatUpdateAction", "SecurityUpdateAction", "InstrumentClass", "MatchAlgorithm", "UserDefinedInstrument", "RecordFlags"]


class _Letter(str, Enum):
    """Members are strings: of one letter, or a name."""

    __str__ = str.__str__

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)


class RType(IntEnum):
    """Which record it is: `record.rtype`. From LOST on they are Headrace's own."""

    MBP_0 = 0x00
    MBP_1 = 0x01
    MBP_10 = 0x0A
    OHLCV_DEPRECATED = 0x11
    OHLCV_1S = 0x20
    OHLCV_1M = 0x21
    OHLCV_1H = 0x22
    OHLCV_1D = 0x23
    OHLCV_EOD = 0x24
    STATUS = 0x12
    INSTRUMENT_DEF = 0x13
    IMBALANCE = 0x14
    ERROR = 0x15
    SYMBOL_MAPPING = 0x16
    SYSTEM = 0x17
    STATISTICS = 0x18
    MBO = 0xA0
    CMBP_1 = 0xB1
    CBBO_1S = 0xC0
    CBBO_1M = 0xC1
    TCBBO = 0xC2
    BBO_1S = 0xC3
    BBO_1M = 0xC4
    LOST = 0xE0
    GAP = 0xE1
    RECOVERED = 0xE2
    SESSION = 0xE3
    TRADE_BREAK = 0xE6
    NATIVE = 0xE7

class Action(_Letter):
    """What happened to an order or a book."""

    MODIFY = "M"
    TRADE = "T"
    FILL = "F"
    CANCEL = "C"
    ADD = "A"
    CLEAR = "R"
    NONE = "N"

class Side(_Letter):
    """Which side; of the aggressor for a trade."""

    ASK = "A"
    BID = "B"
    NONE = "N"

class Schema(_Letter):
    """What kinds of data there are, as Databento names them."""

    MBO = "mbo"
    MBP_1 = "mbp-1"
    MBP_10 = "mbp-10"
    TBBO = "tbbo"
    TRADES = "trades"
    OHLCV_1S = "ohlcv-1s"
    OHLCV_1M = "ohlcv-1m"
    OHLCV_1H = "ohlcv-1h"
    OHLCV_1D = "ohlcv-1d"
    DEFINITION = "definition"
    STATISTICS = "statistics"
    STATUS = "status"
    IMBALANCE = "imbalance"
    OHLCV_EOD = "ohlcv-eod"
    CMBP_1 = "cmbp-1"
    CBBO_1S = "cbbo-1s"
    CBBO_1M = "cbbo-1m"
    TCBBO = "tcbbo"
    BBO_1S = "bbo-1s"
    BBO_1M = "bbo-1m"

class TriState(_Letter):
    """Yes, no, or not known. True in a condition for YES alone, and equal to True and False: Databento's records have these,
    or None."""

    def __bool__(self) -> bool:
        return self is TriState.YES

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool):
            return self is (TriState.YES if other else TriState.NO)
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    NOT_AVAILABLE = "~"
    NO = "N"
    YES = "Y"

class StatusAction(IntEnum):
    """What `Status.action` says."""

    NONE = 0
    PRE_OPEN = 1
    PRE_CROSS = 2
    QUOTING = 3
    CROSS = 4
    ROTATION = 5
    NEW_PRICE_INDICATION = 6
    TRADING = 7
    HALT = 8
    PAUSE = 9
    SUSPEND = 10
    PRE_CLOSE = 11
    CLOSE = 12
    POST_CLOSE = 13
    SSR_CHANGE = 14
    NOT_AVAILABLE_FOR_TRADING = 15

class StatusReason(IntEnum):
    """What `Status.reason` says."""

    NONE = 0
    SCHEDULED = 1
    SURVEILLANCE_INTERVENTION = 2
    MARKET_EVENT = 3
    INSTRUMENT_ACTIVATION = 4
    INSTRUMENT_EXPIRATION = 5
    RECOVERY_IN_PROCESS = 6
    REGULATORY = 10
    ADMINISTRATIVE = 11
    NON_COMPLIANCE = 12
    FILINGS_NOT_CURRENT = 13
    SEC_TRADING_SUSPENSION = 14
    NEW_ISSUE = 15
    ISSUE_AVAILABLE = 16
    ISSUES_REVIEWED = 17
    FILING_REQS_SATISFIED = 18
    NEWS_PENDING = 30
    NEWS_RELEASED = 31
    NEWS_AND_RESUMPTION_TIMES = 32
    NEWS_NOT_FORTHCOMING = 33
    ORDER_IMBALANCE = 40
    LULD_PAUSE = 50
    OPERATIONAL = 60
    ADDITIONAL_INFORMATION_REQUESTED = 70
    MERGER_EFFECTIVE = 80
    ETF = 90
    CORPORATE_ACTION = 100
    NEW_SECURITY_OFFERING = 110
    MARKET_WIDE_HALT_LEVEL1 = 120
    MARKET_WIDE_HALT_LEVEL2 = 121
    MARKET_WIDE_HALT_LEVEL3 = 122
    MARKET_WIDE_HALT_CARRYOVER = 123
    MARKET_WIDE_HALT_RESUMPTION = 124
    QUOTATION_NOT_AVAILABLE = 130

class TradingEvent(IntEnum):
    """What `Status.trading_event` says."""

    NONE = 0
    NO_CANCEL = 1
    CHANGE_TRADING_SESSION = 2
    IMPLIED_MATCHING_ON = 3
    IMPLIED_MATCHING_OFF = 4

class StatType(IntEnum):
    """What `Statistics.stat_type` says."""

    OPENING_PRICE = 1
    INDICATIVE_OPENING_PRICE = 2
    SETTLEMENT_PRICE = 3
    TRADING_SESSION_LOW_PRICE = 4
    TRADING_SESSION_HIGH_PRICE = 5
    CLEARED_VOLUME = 6
    LOWEST_OFFER = 7
    HIGHEST_BID = 8
    OPEN_INTEREST = 9
    FIXING_PRICE = 10
    CLOSE_PRICE = 11
    NET_CHANGE = 12
    VWAP = 13
    VOLATILITY = 14
    DELTA = 15
    UNCROSSING_PRICE = 16
    UPPER_PRICE_LIMIT = 17
    LOWER_PRICE_LIMIT = 18
    BLOCK_VOLUME = 19
    INDICATIVE_CLOSE_PRICE = 20
    MWCB_LEVEL_1 = 21
    MWCB_LEVEL_2 = 22
    MWCB_LEVEL_3 = 23
    AUCTION_COLLAR_REFERENCE_PRICE = 24
    AUCTION_COLLAR_UPPER_PRICE = 25
    AUCTION_COLLAR_LOWER_PRICE = 26
    VENUE_SPECIFIC_VOLUME_1 = 10001
    VENUE_SPECIFIC_PRICE_1 = 10002

class StatUpdateAction(IntEnum):
    """What `Statistics.update_action` says."""

    NEW = 1
    DELETE = 2

class SecurityUpdateAction(_Letter):
    """What `Definition.security_update_action` says."""

    ADD = "A"
    MODIFY = "M"
    DELETE = "D"
    INVALID = "~"

class InstrumentClass(_Letter):
    """What `Definition.instrument_class` says."""

    BOND = "B"
    CALL = "C"
    FUTURE = "F"
    INDEX = "I"
    STOCK = "K"
    MIXED_SPREAD = "M"
    PUT = "P"
    FUTURE_SPREAD = "S"
    OPTION_SPREAD = "T"
    FX_SPOT = "X"
    COMMODITY_SPOT = "Y"

class MatchAlgorithm(_Letter):
    """What `Definition.match_algorithm` says."""

    UNDEFINED = " "
    FIFO = "F"
    CONFIGURABLE = "K"
    PRO_RATA = "C"
    FIFO_LMM = "T"
    THRESHOLD_PRO_RATA = "O"
    FIFO_TOP_LMM = "S"
    THRESHOLD_PRO_RATA_LMM = "Q"
    EURODOLLAR_FUTURES = "Y"
    TIME_PRO_RATA = "P"
    INSTITUTIONAL_PRIORITIZATION = "V"
    ALLOCATION = "A"

class UserDefinedInstrument(_Letter):
    """What `Definition.user_defined_instrument` says."""

    NO = "N"
    YES = "Y"


class RecordFlags(IntFlag):
    """Bits of `flags`."""

    LAST = _headrace.FLAG_LAST
    TOB = _headrace.FLAG_TOB
    SNAPSHOT = _headrace.FLAG_SNAPSHOT
    MBP = _headrace.FLAG_MBP
    BAD_TS_RECV = _headrace.FLAG_BAD_TS_RECV
    MAYBE_BAD_BOOK = _headrace.FLAG_MAYBE_BAD_BOOK
    PUBLISHER_SPECIFIC = _headrace.FLAG_PUBLISHER_SPECIFIC


def _register() -> None:
    """Tells the extension which members its fields have."""
    for choices in (RType, Action, Side, TriState, StatusAction, StatusReason, TradingEvent, StatType, StatUpdateAction,
                    SecurityUpdateAction, InstrumentClass, MatchAlgorithm, UserDefinedInstrument):
        _headrace._set_choices(choices.__name__, {ord(member) if isinstance(member, str) else int(member): member for member in choices})


_register()
