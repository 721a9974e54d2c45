# SPDX-License-Identifier: Apache-2.0
# Made by tools/make_stubs.py: change that, or the tables in src/.

from os import PathLike
from typing import Any, Callable, Iterator, final

from .batch import Batch
from .enums import (Action, InstrumentClass, MatchAlgorithm, RType, SecurityUpdateAction, Side, StatType, StatUpdateAction, StatusAction,
                    StatusReason, TradingEvent, TriState, UserDefinedInstrument)

class Error(OSError): ...
class AttachError(Error): ...
class FileError(Error): ...
class Stopped(Error): ...
class HandlerDied(Error): ...
class Detached(Error): ...
class Evicted(Error): ...

class Record:
    """A copy of one record and its stamp."""

    @property
    def stamp(self) -> int: ...  # When the record was published (DBN's ts_out), ns since the UNIX epoch.
    @property
    def ts_out(self) -> int: ...  # The stamp under DBN's name, ns since the UNIX epoch.
    @property
    def pretty_ts_out(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ts_index(self) -> int: ...  # ts_recv where the record has it, else ts_event; ns since the UNIX epoch.
    @property
    def pretty_ts_index(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def length(self) -> int: ...  # Of the record, in words of 4 bytes.
    @property
    def rtype(self) -> RType | int: ...  # RTYPE_*.
    @property
    def publisher_id(self) -> int: ...  # Dataset and venue.
    @property
    def instrument_id(self) -> int: ...  # The venue's own number, or assigned at first sight; 0 for the whole venue.
    @property
    def ts_event(self) -> int: ...  # The exchange's time, ns since the UNIX epoch.
    @property
    def pretty_ts_event(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    def __bytes__(self) -> bytes: ...
    def record_size(self) -> int: ...

@final
class Mbo(Record):
    """Market by order."""

    @property
    def order_id(self) -> int: ...  # The order's reference; 0 for a price level.
    @property
    def price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Shares or lots; UNDEF_ORDER_SIZE when not known.
    @property
    def flags(self) -> int: ...  # Bits FLAG_*.
    @property
    def channel_id(self) -> int: ...  # The feed's channel.
    @property
    def action(self) -> Action | str: ...  # A add, C cancel, M modify, R clear, T trade, F fill, N none.
    @property
    def side(self) -> Side | str: ...  # B bid, A ask, N none; of the aggressor for T.
    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ts_in_delta(self) -> int: ...  # ts_recv minus the exchange's sending time, ns, clamped.
    @property
    def sequence(self) -> int: ...  # Low 32 bits of the channel's sequence number.

@final
class Trade(Record):
    """A trade alone (DBN's MBP-0, schema `trades`)."""

    @property
    def price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Shares or lots; UNDEF_ORDER_SIZE when not known.
    @property
    def action(self) -> Action | str: ...  # T.
    @property
    def side(self) -> Side | str: ...  # B bid, A ask, of the aggressor; N when the venue does not say.
    @property
    def flags(self) -> int: ...  # Bits FLAG_*.
    @property
    def depth(self) -> int: ...  # Level of the book; 0 is the top.
    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ts_in_delta(self) -> int: ...  # ts_recv minus the exchange's sending time, ns, clamped.
    @property
    def sequence(self) -> int: ...  # Low 32 bits of the channel's sequence number.

@final
class Status(Record):
    """An instrument's trading status."""

    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def action(self) -> StatusAction | int: ...  # STATUS_*.
    @property
    def reason(self) -> StatusReason | int: ...  # REASON_*.
    @property
    def trading_event(self) -> TradingEvent | int: ...  # 0 none.
    @property
    def is_trading(self) -> TriState | str: ...  # Y, N, ~ not known.
    @property
    def is_quoting(self) -> TriState | str: ...  # Y, N, ~ not known.
    @property
    def is_short_sell_restricted(self) -> TriState | str: ...  # Y, N, ~ not known.

@final
class Definition(Record):
    """An instrument's static data."""

    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def min_price_increment(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_min_price_increment(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def display_factor(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_display_factor(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def expiration(self) -> int: ...  # ns since the UNIX epoch; UNDEF_TIMESTAMP when there is none.
    @property
    def pretty_expiration(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def activation(self) -> int: ...  # ns since the UNIX epoch; UNDEF_TIMESTAMP when there is none.
    @property
    def pretty_activation(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def high_limit_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_high_limit_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def low_limit_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_low_limit_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def max_price_variation(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_max_price_variation(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def unit_of_measure_qty(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_unit_of_measure_qty(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def min_price_increment_amount(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_min_price_increment_amount(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def price_ratio(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price_ratio(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def strike_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_strike_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def raw_instrument_id(self) -> int: ...
    @property
    def leg_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_leg_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def leg_delta(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_leg_delta(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def inst_attrib_value(self) -> int: ...
    @property
    def underlying_id(self) -> int: ...
    @property
    def market_depth_implied(self) -> int: ...
    @property
    def market_depth(self) -> int: ...
    @property
    def market_segment_id(self) -> int: ...
    @property
    def max_trade_vol(self) -> int: ...
    @property
    def min_lot_size(self) -> int: ...
    @property
    def min_lot_size_block(self) -> int: ...
    @property
    def min_lot_size_round_lot(self) -> int: ...
    @property
    def min_trade_vol(self) -> int: ...
    @property
    def contract_multiplier(self) -> int: ...
    @property
    def decay_quantity(self) -> int: ...
    @property
    def original_contract_size(self) -> int: ...
    @property
    def leg_instrument_id(self) -> int: ...
    @property
    def leg_ratio_price_numerator(self) -> int: ...
    @property
    def leg_ratio_price_denominator(self) -> int: ...
    @property
    def leg_ratio_qty_numerator(self) -> int: ...
    @property
    def leg_ratio_qty_denominator(self) -> int: ...
    @property
    def leg_underlying_id(self) -> int: ...
    @property
    def appl_id(self) -> int: ...
    @property
    def maturity_year(self) -> int: ...
    @property
    def decay_start_date(self) -> int: ...
    @property
    def channel_id(self) -> int: ...  # The feed's channel.
    @property
    def leg_count(self) -> int: ...
    @property
    def leg_index(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def settl_currency(self) -> str: ...
    @property
    def secsubtype(self) -> str: ...
    @property
    def raw_symbol(self) -> str: ...  # The venue's symbol.
    @property
    def group(self) -> str: ...
    @property
    def exchange(self) -> str: ...
    @property
    def asset(self) -> str: ...
    @property
    def cfi(self) -> str: ...
    @property
    def security_type(self) -> str: ...
    @property
    def unit_of_measure(self) -> str: ...
    @property
    def underlying(self) -> str: ...
    @property
    def strike_price_currency(self) -> str: ...
    @property
    def leg_raw_symbol(self) -> str: ...
    @property
    def instrument_class(self) -> InstrumentClass | str: ...
    @property
    def match_algorithm(self) -> MatchAlgorithm | str: ...
    @property
    def main_fraction(self) -> int: ...
    @property
    def price_display_format(self) -> int: ...
    @property
    def sub_fraction(self) -> int: ...
    @property
    def underlying_product(self) -> int: ...
    @property
    def security_update_action(self) -> SecurityUpdateAction | str: ...
    @property
    def maturity_month(self) -> int: ...
    @property
    def maturity_day(self) -> int: ...
    @property
    def maturity_week(self) -> int: ...
    @property
    def user_defined_instrument(self) -> UserDefinedInstrument | str: ...
    @property
    def contract_multiplier_unit(self) -> int: ...
    @property
    def flow_schedule_type(self) -> int: ...
    @property
    def tick_rule(self) -> int: ...
    @property
    def leg_instrument_class(self) -> InstrumentClass | str: ...
    @property
    def leg_side(self) -> Side | str: ...

@final
class Imbalance(Record):
    """An auction's imbalance."""

    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ref_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_ref_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def auction_time(self) -> int: ...  # ns since the UNIX epoch.
    @property
    def pretty_auction_time(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def cont_book_clr_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_cont_book_clr_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def auct_interest_clr_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_auct_interest_clr_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ssr_filling_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_ssr_filling_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ind_match_price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_ind_match_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def upper_collar(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_upper_collar(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def lower_collar(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_lower_collar(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def paired_qty(self) -> int: ...
    @property
    def total_imbalance_qty(self) -> int: ...
    @property
    def market_imbalance_qty(self) -> int: ...
    @property
    def unpaired_qty(self) -> int: ...
    @property
    def auction_type(self) -> str: ...
    @property
    def side(self) -> Side | str: ...
    @property
    def auction_status(self) -> int: ...
    @property
    def freeze_status(self) -> int: ...
    @property
    def num_extensions(self) -> int: ...
    @property
    def unpaired_side(self) -> Side | str: ...
    @property
    def significant_imbalance(self) -> str: ...

@final
class Statistics(Record):
    """A statistic that the venue publishes."""

    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ts_ref(self) -> int: ...  # The time that the statistic refers to, ns since the UNIX epoch.
    @property
    def pretty_ts_ref(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def quantity(self) -> int: ...  # UNDEF_STAT_QUANTITY when there is none.
    @property
    def sequence(self) -> int: ...  # Low 32 bits of the channel's sequence number.
    @property
    def ts_in_delta(self) -> int: ...  # ts_recv minus the exchange's sending time, ns, clamped.
    @property
    def stat_type(self) -> StatType | int: ...  # STAT_*.
    @property
    def channel_id(self) -> int: ...  # The feed's channel.
    @property
    def update_action(self) -> StatUpdateAction | int: ...  # 1 new, 2 delete.
    @property
    def stat_flags(self) -> int: ...

@final
class Mbp1(Record):
    """Market by price, the best level."""

    @property
    def price(self) -> int: ...  # Of the order or the trade, units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Shares or lots.
    @property
    def action(self) -> Action | str: ...  # A add, C cancel, M modify, R clear, T trade.
    @property
    def side(self) -> Side | str: ...  # B bid, A ask, N none; of the aggressor for T.
    @property
    def flags(self) -> int: ...  # Bits FLAG_*.
    @property
    def depth(self) -> int: ...  # The level that changed; 0 is the best.
    @property
    def ts_recv(self) -> int: ...  # Arrival at the host that recorded it, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ts_in_delta(self) -> int: ...  # ts_recv minus the exchange's sending time, ns, clamped.
    @property
    def sequence(self) -> int: ...  # Low 32 bits of the channel's sequence number.
    @property
    def levels(self) -> tuple[BidAskPair, ...]: ...  # Price levels, the best one first.
    @property
    def bid_px_00(self) -> int: ...  # Bid 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_00(self) -> int: ...  # Ask 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_00(self) -> int: ...  # Shares or lots at bid 00.
    @property
    def ask_sz_00(self) -> int: ...  # Shares or lots at ask 00.
    @property
    def bid_ct_00(self) -> int: ...  # Orders at bid 00.
    @property
    def ask_ct_00(self) -> int: ...  # Orders at ask 00.

@final
class Mbp10(Record):
    """Market by price, ten levels: what happened and the book after it."""

    @property
    def price(self) -> int: ...  # Of the order or the trade, units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Shares or lots.
    @property
    def action(self) -> Action | str: ...  # A add, C cancel, M modify, R clear, T trade.
    @property
    def side(self) -> Side | str: ...  # B bid, A ask, N none; of the aggressor for T.
    @property
    def flags(self) -> int: ...  # Bits FLAG_*.
    @property
    def depth(self) -> int: ...  # The level that changed; 0 is the best.
    @property
    def ts_recv(self) -> int: ...  # Arrival at the host that recorded it, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ts_in_delta(self) -> int: ...  # ts_recv minus the exchange's sending time, ns, clamped.
    @property
    def sequence(self) -> int: ...  # Low 32 bits of the channel's sequence number.
    @property
    def levels(self) -> tuple[BidAskPair, ...]: ...  # Price levels, the best one first.
    @property
    def bid_px_00(self) -> int: ...  # Bid 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_00(self) -> int: ...  # Ask 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_00(self) -> int: ...  # Shares or lots at bid 00.
    @property
    def ask_sz_00(self) -> int: ...  # Shares or lots at ask 00.
    @property
    def bid_ct_00(self) -> int: ...  # Orders at bid 00.
    @property
    def ask_ct_00(self) -> int: ...  # Orders at ask 00.
    @property
    def bid_px_01(self) -> int: ...  # Bid 01, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_01(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_01(self) -> int: ...  # Ask 01, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_01(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_01(self) -> int: ...  # Shares or lots at bid 01.
    @property
    def ask_sz_01(self) -> int: ...  # Shares or lots at ask 01.
    @property
    def bid_ct_01(self) -> int: ...  # Orders at bid 01.
    @property
    def ask_ct_01(self) -> int: ...  # Orders at ask 01.
    @property
    def bid_px_02(self) -> int: ...  # Bid 02, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_02(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_02(self) -> int: ...  # Ask 02, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_02(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_02(self) -> int: ...  # Shares or lots at bid 02.
    @property
    def ask_sz_02(self) -> int: ...  # Shares or lots at ask 02.
    @property
    def bid_ct_02(self) -> int: ...  # Orders at bid 02.
    @property
    def ask_ct_02(self) -> int: ...  # Orders at ask 02.
    @property
    def bid_px_03(self) -> int: ...  # Bid 03, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_03(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_03(self) -> int: ...  # Ask 03, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_03(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_03(self) -> int: ...  # Shares or lots at bid 03.
    @property
    def ask_sz_03(self) -> int: ...  # Shares or lots at ask 03.
    @property
    def bid_ct_03(self) -> int: ...  # Orders at bid 03.
    @property
    def ask_ct_03(self) -> int: ...  # Orders at ask 03.
    @property
    def bid_px_04(self) -> int: ...  # Bid 04, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_04(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_04(self) -> int: ...  # Ask 04, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_04(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_04(self) -> int: ...  # Shares or lots at bid 04.
    @property
    def ask_sz_04(self) -> int: ...  # Shares or lots at ask 04.
    @property
    def bid_ct_04(self) -> int: ...  # Orders at bid 04.
    @property
    def ask_ct_04(self) -> int: ...  # Orders at ask 04.
    @property
    def bid_px_05(self) -> int: ...  # Bid 05, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_05(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_05(self) -> int: ...  # Ask 05, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_05(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_05(self) -> int: ...  # Shares or lots at bid 05.
    @property
    def ask_sz_05(self) -> int: ...  # Shares or lots at ask 05.
    @property
    def bid_ct_05(self) -> int: ...  # Orders at bid 05.
    @property
    def ask_ct_05(self) -> int: ...  # Orders at ask 05.
    @property
    def bid_px_06(self) -> int: ...  # Bid 06, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_06(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_06(self) -> int: ...  # Ask 06, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_06(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_06(self) -> int: ...  # Shares or lots at bid 06.
    @property
    def ask_sz_06(self) -> int: ...  # Shares or lots at ask 06.
    @property
    def bid_ct_06(self) -> int: ...  # Orders at bid 06.
    @property
    def ask_ct_06(self) -> int: ...  # Orders at ask 06.
    @property
    def bid_px_07(self) -> int: ...  # Bid 07, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_07(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_07(self) -> int: ...  # Ask 07, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_07(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_07(self) -> int: ...  # Shares or lots at bid 07.
    @property
    def ask_sz_07(self) -> int: ...  # Shares or lots at ask 07.
    @property
    def bid_ct_07(self) -> int: ...  # Orders at bid 07.
    @property
    def ask_ct_07(self) -> int: ...  # Orders at ask 07.
    @property
    def bid_px_08(self) -> int: ...  # Bid 08, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_08(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_08(self) -> int: ...  # Ask 08, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_08(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_08(self) -> int: ...  # Shares or lots at bid 08.
    @property
    def ask_sz_08(self) -> int: ...  # Shares or lots at ask 08.
    @property
    def bid_ct_08(self) -> int: ...  # Orders at bid 08.
    @property
    def ask_ct_08(self) -> int: ...  # Orders at ask 08.
    @property
    def bid_px_09(self) -> int: ...  # Bid 09, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_09(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_09(self) -> int: ...  # Ask 09, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_09(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_09(self) -> int: ...  # Shares or lots at bid 09.
    @property
    def ask_sz_09(self) -> int: ...  # Shares or lots at ask 09.
    @property
    def bid_ct_09(self) -> int: ...  # Orders at bid 09.
    @property
    def ask_ct_09(self) -> int: ...  # Orders at ask 09.

@final
class Ohlcv(Record):
    """A bar of trades."""

    @property
    def open(self) -> int: ...  # Of the first trade, units of 1e-9.
    @property
    def pretty_open(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def high(self) -> int: ...  # Of the highest trade, units of 1e-9.
    @property
    def pretty_high(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def low(self) -> int: ...  # Of the lowest trade, units of 1e-9.
    @property
    def pretty_low(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def close(self) -> int: ...  # Of the last trade, units of 1e-9.
    @property
    def pretty_close(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def volume(self) -> int: ...  # Shares or lots traded.

@final
class Bbo(Record):
    """The best level and the last trade, at the end of each second or minute."""

    @property
    def price(self) -> int: ...  # Of the last trade, units of 1e-9; UNDEF_PRICE when there was none in the session.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Of the last trade, shares or lots.
    @property
    def side(self) -> Side | str: ...  # Of the last trade's aggressor: B bid, A ask, N none.
    @property
    def flags(self) -> int: ...  # Bits FLAG_*.
    @property
    def ts_recv(self) -> int: ...  # The end of the second or minute, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def sequence(self) -> int: ...  # Of the last update.
    @property
    def levels(self) -> tuple[BidAskPair, ...]: ...  # Price levels, the best one first.
    @property
    def bid_px_00(self) -> int: ...  # Bid 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_00(self) -> int: ...  # Ask 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_00(self) -> int: ...  # Shares or lots at bid 00.
    @property
    def ask_sz_00(self) -> int: ...  # Shares or lots at ask 00.
    @property
    def bid_ct_00(self) -> int: ...  # Orders at bid 00.
    @property
    def ask_ct_00(self) -> int: ...  # Orders at ask 00.

@final
class Cmbp1(Record):
    """The best of several venues."""

    @property
    def price(self) -> int: ...  # Of the order or the trade, units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Shares or lots.
    @property
    def action(self) -> Action | str: ...  # A add, C cancel, M modify, R clear, T trade.
    @property
    def side(self) -> Side | str: ...  # B bid, A ask, N none; of the aggressor for T.
    @property
    def flags(self) -> int: ...  # Bits FLAG_*.
    @property
    def ts_recv(self) -> int: ...  # Arrival at the host that recorded it, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def ts_in_delta(self) -> int: ...  # ts_recv minus the exchange's sending time, ns, clamped.
    @property
    def levels(self) -> tuple[ConsolidatedBidAskPair, ...]: ...  # Price levels, the best one first.
    @property
    def bid_px_00(self) -> int: ...  # Bid 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_00(self) -> int: ...  # Ask 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_00(self) -> int: ...  # Shares or lots at bid 00.
    @property
    def ask_sz_00(self) -> int: ...  # Shares or lots at ask 00.
    @property
    def bid_pb_00(self) -> int: ...  # The venue of bid 00, a publisher_id.
    @property
    def ask_pb_00(self) -> int: ...  # The venue of ask 00, a publisher_id.

@final
class Cbbo(Record):
    """The best of several venues and the last trade, at the end of each second or minute."""

    @property
    def price(self) -> int: ...  # Of the last trade, units of 1e-9; UNDEF_PRICE when there was none in the session.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Of the last trade, shares or lots.
    @property
    def side(self) -> Side | str: ...  # Of the last trade's aggressor: B bid, A ask, N none.
    @property
    def flags(self) -> int: ...  # Bits FLAG_*.
    @property
    def ts_recv(self) -> int: ...  # The end of the second or minute, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def levels(self) -> tuple[ConsolidatedBidAskPair, ...]: ...  # Price levels, the best one first.
    @property
    def bid_px_00(self) -> int: ...  # Bid 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def ask_px_00(self) -> int: ...  # Ask 00, units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px_00(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def bid_sz_00(self) -> int: ...  # Shares or lots at bid 00.
    @property
    def ask_sz_00(self) -> int: ...  # Shares or lots at ask 00.
    @property
    def bid_pb_00(self) -> int: ...  # The venue of bid 00, a publisher_id.
    @property
    def ask_pb_00(self) -> int: ...  # The venue of ask 00, a publisher_id.

@final
class Lost(Record):
    """The ring was full: `count` records meant for this strategy could not be written."""

    @property
    def count(self) -> int: ...  # Records that the ring had no room for.
    @property
    def first_ts(self) -> int: ...  # When the first of them would have been published, like a stamp.
    @property
    def pretty_first_ts(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def last_ts(self) -> int: ...  # When the last of them would have been published, like a stamp.
    @property
    def pretty_last_ts(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.

@final
class Gap(Record):
    """Messages of a channel that no line brought; with rtype RTYPE_RECOVERED: the same span, filled after all."""

    @property
    def first_sequence(self) -> int: ...  # Of the first message missing.
    @property
    def count(self) -> int: ...  # Messages missing.
    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def channel_id(self) -> int: ...  # The feed's channel.

@final
class Session(Record):
    """A channel's session began or ended: order references and sequence numbers start anew."""

    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def next_sequence(self) -> int: ...  # That the session will send, or would have sent.
    @property
    def session(self) -> str: ...  # As the venue names it.
    @property
    def event(self) -> str: ...  # S start, E end.
    @property
    def channel_id(self) -> int: ...  # The feed's channel.

@final
class TradeBreak(Record):
    """A trade that the venue took back."""

    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def trade_id(self) -> int: ...  # The match number or trade id.
    @property
    def price(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when not known.
    @property
    def pretty_price(self) -> float: ...  # In units of 1; NaN when not known.
    @property
    def size(self) -> int: ...  # Shares or lots; UNDEF_ORDER_SIZE when not known.
    @property
    def sequence(self) -> int: ...  # Low 32 bits of the channel's sequence number.
    @property
    def channel_id(self) -> int: ...  # The feed's channel.

@final
class Native(Record):
    """A message that DBN has no record for, as the venue sent it."""

    @property
    def ts_recv(self) -> int: ...  # Arrival at this host, ns since the UNIX epoch.
    @property
    def pretty_ts_recv(self) -> Any: ...  # A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known.
    @property
    def sequence(self) -> int: ...  # Low 32 bits of the channel's sequence number.
    @property
    def message_length(self) -> int: ...  # Bytes of `message`.
    @property
    def message(self) -> bytes: ...  # As the venue sent it.

@final
class BidAskPair:
    """One level of both sides of a book."""

    @property
    def bid_px(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px(self) -> float: ...  # In units of 1; NaN when there is none.
    @property
    def ask_px(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px(self) -> float: ...  # In units of 1; NaN when there is none.
    @property
    def bid_sz(self) -> int: ...  # Shares or lots, of all orders at the level.
    @property
    def ask_sz(self) -> int: ...  # Shares or lots, of all orders at the level.
    @property
    def bid_ct(self) -> int: ...  # Orders at the level.
    @property
    def ask_ct(self) -> int: ...  # Orders at the level.
    def __bytes__(self) -> bytes: ...

@final
class ConsolidatedBidAskPair:
    """The best of several venues, with whose it is."""

    @property
    def bid_px(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_bid_px(self) -> float: ...  # In units of 1; NaN when there is none.
    @property
    def ask_px(self) -> int: ...  # Units of 1e-9; UNDEF_PRICE when there is none.
    @property
    def pretty_ask_px(self) -> float: ...  # In units of 1; NaN when there is none.
    @property
    def bid_sz(self) -> int: ...  # Shares or lots at that venue.
    @property
    def ask_sz(self) -> int: ...  # Shares or lots at that venue.
    @property
    def bid_pb(self) -> int: ...  # The venue of the best bid, a publisher_id.
    @property
    def ask_pb(self) -> int: ...  # The venue of the best ask, a publisher_id.
    def __bytes__(self) -> bytes: ...

@final
class Slots:
    """The slots of one ring: a read-only buffer that stays mapped for as long as anything holds it."""

    slot_bytes: int
    slot_count: int
    def __buffer__(self, flags: int, /) -> memoryview: ...

class Feed:
    """An attachment to a handler, without what needs numpy. Use headrace.attach."""

    def __new__(cls, name: str | None, *, socket: str | bytes | PathLike[str] | None = None, instance: str | None = None,
                wait: str = "spin", file: str | bytes | PathLike[str] | None = None, slots: int = 0) -> Feed: ...
    def __iter__(self) -> Iterator[Record]: ...
    def __next__(self) -> Record: ...
    def next(self, timeout: float | None = None) -> Record | None: ...
    def symbol(self, publisher_id: int, instrument_id: int) -> str | None: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def arm(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    @property
    def ring_count(self) -> int: ...
    @property
    def ring(self) -> int: ...
    @property
    def is_file(self) -> bool: ...
    def batch(self, maximum: int = 4096, timeout: float | None = None, *, schema: str = "mbo") -> Batch | None: ...
    def _prepare(self, schema: str, /) -> None: ...
    def _directory(self, ring: int, first: int, /) -> list[tuple[int, int, int, str, int]]: ...
    def _slots(self, ring: int, /) -> Slots: ...
    def _statistics(self) -> tuple[int, int, int, int]: ...

def record_from_bytes(data: bytes, stamp: int = ...) -> Record:
    """A record from its exact bytes."""

def _level_from_bytes(name: str, data: bytes, /) -> BidAskPair | ConsolidatedBidAskPair: ...
def _make_lent_type(array: type, void: type, /) -> type: ...
def _set_choices(name: str, members: dict[int, Any], /) -> None: ...
def _set_time(function: Callable[[int], Any], /) -> None: ...
def _arrow_schema(rows: bytes, row_bytes: int, schema: str, columns: tuple[tuple[str, int], ...], symbols: dict[int, str], /) -> object: ...
def _arrow_array(rows: bytes, row_bytes: int, schema: str, columns: tuple[tuple[str, int], ...], symbols: dict[int, str], /) -> object: ...
def _arrow_stream(rows: bytes, row_bytes: int, schema: str, columns: tuple[tuple[str, int], ...], symbols: dict[int, str], /) -> object: ...

layouts: dict[str, tuple[int, int, tuple[tuple[str, int, str, str], ...]]]
RTYPE_TRADE: int
RTYPE_MBP_1: int
RTYPE_MBP_10: int
RTYPE_OHLCV_DEPRECATED: int
RTYPE_STATUS: int
RTYPE_DEFINITION: int
RTYPE_IMBALANCE: int
RTYPE_STATISTICS: int
RTYPE_OHLCV_1S: int
RTYPE_OHLCV_1M: int
RTYPE_OHLCV_1H: int
RTYPE_OHLCV_1D: int
RTYPE_OHLCV_EOD: int
RTYPE_MBO: int
RTYPE_CMBP_1: int
RTYPE_CBBO_1S: int
RTYPE_CBBO_1M: int
RTYPE_TCBBO: int
RTYPE_BBO_1S: int
RTYPE_BBO_1M: int
RTYPE_LOST: int
RTYPE_GAP: int
RTYPE_RECOVERED: int
RTYPE_SESSION: int
RTYPE_TRADE_BREAK: int
RTYPE_NATIVE: int
FLAG_LAST: int
FLAG_TOB: int
FLAG_SNAPSHOT: int
FLAG_MBP: int
FLAG_BAD_TS_RECV: int
FLAG_MAYBE_BAD_BOOK: int
FLAG_PUBLISHER_SPECIFIC: int
STATUS_NONE: int
STATUS_PRE_OPEN: int
STATUS_PRE_CROSS: int
STATUS_QUOTING: int
STATUS_CROSS: int
STATUS_ROTATION: int
STATUS_NEW_PRICE_INDICATION: int
STATUS_TRADING: int
STATUS_HALT: int
STATUS_PAUSE: int
STATUS_SUSPEND: int
STATUS_PRE_CLOSE: int
STATUS_CLOSE: int
STATUS_POST_CLOSE: int
STATUS_SSR_CHANGE: int
STATUS_NOT_AVAILABLE_FOR_TRADING: int
TRADING_EVENT_NONE: int
TRADING_EVENT_NO_CANCEL: int
TRADING_EVENT_CHANGE_TRADING_SESSION: int
TRADING_EVENT_IMPLIED_MATCHING_ON: int
TRADING_EVENT_IMPLIED_MATCHING_OFF: int
REASON_NONE: int
REASON_SCHEDULED: int
REASON_SURVEILLANCE_INTERVENTION: int
REASON_MARKET_EVENT: int
REASON_INSTRUMENT_ACTIVATION: int
REASON_INSTRUMENT_EXPIRATION: int
REASON_RECOVERY_IN_PROCESS: int
REASON_REGULATORY: int
REASON_ADMINISTRATIVE: int
REASON_NON_COMPLIANCE: int
REASON_FILINGS_NOT_CURRENT: int
REASON_SEC_TRADING_SUSPENSION: int
REASON_NEW_ISSUE: int
REASON_ISSUE_AVAILABLE: int
REASON_ISSUES_REVIEWED: int
REASON_FILING_REQS_SATISFIED: int
REASON_NEWS_PENDING: int
REASON_NEWS_RELEASED: int
REASON_NEWS_AND_RESUMPTION_TIMES: int
REASON_NEWS_NOT_FORTHCOMING: int
REASON_ORDER_IMBALANCE: int
REASON_LULD_PAUSE: int
REASON_OPERATIONAL: int
REASON_ADDITIONAL_INFORMATION_REQUESTED: int
REASON_MERGER_EFFECTIVE: int
REASON_ETF: int
REASON_CORPORATE_ACTION: int
REASON_NEW_SECURITY_OFFERING: int
REASON_MARKET_WIDE_HALT_LEVEL_1: int
REASON_MARKET_WIDE_HALT_LEVEL_2: int
REASON_MARKET_WIDE_HALT_LEVEL_3: int
REASON_MARKET_WIDE_HALT_CARRYOVER: int
REASON_MARKET_WIDE_HALT_RESUMPTION: int
REASON_QUOTATION_NOT_AVAILABLE: int
STAT_OPENING_PRICE: int
STAT_INDICATIVE_OPENING_PRICE: int
STAT_SETTLEMENT_PRICE: int
STAT_TRADING_SESSION_LOW_PRICE: int
STAT_TRADING_SESSION_HIGH_PRICE: int
STAT_CLEARED_VOLUME: int
STAT_LOWEST_OFFER: int
STAT_HIGHEST_BID: int
STAT_OPEN_INTEREST: int
STAT_FIXING_PRICE: int
STAT_CLOSE_PRICE: int
STAT_VWAP: int
STAT_VOLATILITY: int
STAT_DELTA: int
STAT_UPPER_PRICE_LIMIT: int
STAT_LOWER_PRICE_LIMIT: int
STAT_BLOCK_VOLUME: int
STAT_MWCB_LEVEL_1: int
STAT_MWCB_LEVEL_2: int
STAT_MWCB_LEVEL_3: int
STAT_AUCTION_COLLAR_REFERENCE_PRICE: int
STAT_AUCTION_COLLAR_UPPER_PRICE: int
STAT_AUCTION_COLLAR_LOWER_PRICE: int
STAT_VENUE_SPECIFIC_VOLUME_1: int
STAT_VENUE_SPECIFIC_PRICE_1: int
UNDEF_PRICE: int
UNDEF_ORDER_SIZE: int
UNDEF_STAT_QUANTITY: int
PRICE_SCALE: int
SLOT_STAMP_BYTES: int
UNDEF_TIMESTAMP: int
