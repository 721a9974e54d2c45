// SPDX-License-Identifier: Apache-2.0
//! DBN's own records, version 3, that a handler writes.

use super::{price_f64, record, text::text, time};
use crate::enums::{flags, Action, RType, Side, TriState};
use core::time::Duration;

record! {
    /// Market by order. A trade (T) and a fill (F) never change a book: what they take away arrives as a cancel (C).
    Mbo, RType::Mbo as u8, 56, {
        /// The venue's order reference; 0 for a price level.
        16 order_id: u64,
        /// 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when not known.
        24 price: i64,
        /// Shares or lots; [`UNDEF_ORDER_SIZE`](super::UNDEF_ORDER_SIZE) when not known.
        32 size: u32,
        /// See [`flags`].
        36 flags: u8,
        /// The feed's channel.
        37 channel_id: u8,
        /// See [`Mbo::action`].
        38 action: u8,
        /// See [`Mbo::side`].
        39 side: u8,
        /// Arrival at this host, ns since the UNIX epoch.
        40 ts_recv: u64,
        /// `ts_recv` minus the exchange's sending time, else minus `ts_event`, ns; clamped.
        48 ts_in_delta: i32,
        /// Low 32 bits of the channel's sequence number.
        52 sequence: u32,
    }
}

record! {
    /// A trade alone (DBN's MBP-0, schema `trades`).
    Trade, RType::Trade as u8, 48, {
        /// 1e-9 of the quoted currency.
        16 price: i64,
        /// Shares or lots.
        24 size: u32,
        /// Always T.
        28 action: u8,
        /// Of the aggressor; N when the venue does not say.
        29 side: u8,
        /// See [`flags`].
        30 flags: u8,
        /// The book level where the update applies.
        31 depth: u8,
        /// Arrival at this host, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// `ts_recv` minus the exchange's sending time, else minus `ts_event`, ns; clamped.
        40 ts_in_delta: i32,
        /// Low 32 bits of the channel's sequence number.
        44 sequence: u32,
    }
}

record! {
    /// The trading status of an instrument, or of the venue (`instrument_id` 0).
    Status, RType::Status as u8, 40, {
        /// Arrival at this host, ns since the UNIX epoch.
        16 ts_recv: u64,
        /// What changed: DBN's StatusAction (7 trading, 8 halt, ...).
        24 action: u16,
        /// Why: DBN's StatusReason.
        26 reason: u16,
        /// DBN's TradingEvent; 0 none.
        28 trading_event: u16,
        /// See [`Status::is_trading`].
        30 is_trading: u8,
        /// See [`Status::is_quoting`].
        31 is_quoting: u8,
        /// See [`Status::is_short_sell_restricted`].
        32 is_short_sell_restricted: u8,
        /// Zeros.
        33 reserved: [u8; 7],
    }
}

record! {
    /// Static data of an instrument.
    Definition, RType::Definition as u8, 520, {
        /// Arrival, ns since the UNIX epoch.
        16 ts_recv: u64,
        /// The smallest step of the price, 1e-9.
        24 min_price_increment: i64,
        /// What converts the venue's display price to the conventional price, 1e-9.
        32 display_factor: i64,
        /// Last eligible trade time, ns since the UNIX epoch.
        40 expiration: u64,
        /// Activation time, ns since the UNIX epoch.
        48 activation: u64,
        /// The highest price allowed, 1e-9.
        56 high_limit_price: i64,
        /// The lowest price allowed, 1e-9.
        64 low_limit_price: i64,
        /// The differential value for price banding, 1e-9.
        72 max_price_variation: i64,
        /// The contract size for each instrument, 1e-9, with `unit_of_measure`.
        80 unit_of_measure_qty: i64,
        /// The value of the smallest step, 1e-9.
        88 min_price_increment_amount: i64,
        /// For calculating prices in spreads, 1e-9.
        96 price_ratio: i64,
        /// The strike price of an option, 1e-9.
        104 strike_price: i64,
        /// The venue's own number of the instrument.
        112 raw_instrument_id: u64,
        /// The tied price of the leg, 1e-9.
        120 leg_price: i64,
        /// The delta of the leg, 1e-9.
        128 leg_delta: i64,
        /// A bitmap of the instrument's eligibility attributes.
        136 inst_attrib_value: i32,
        /// The instrument id of the first underlying instrument.
        140 underlying_id: u32,
        /// Depth of the implied book.
        144 market_depth_implied: i32,
        /// Depth of the outright book.
        148 market_depth: i32,
        /// The market segment.
        152 market_segment_id: u32,
        /// The largest size of an order.
        156 max_trade_vol: u32,
        /// The smallest order entry quantity.
        160 min_lot_size: i32,
        /// The smallest quantity of a block trade.
        164 min_lot_size_block: i32,
        /// The round lot.
        168 min_lot_size_round_lot: i32,
        /// The smallest size of a trade.
        172 min_trade_vol: u32,
        /// Deliverables per instrument.
        176 contract_multiplier: i32,
        /// Quantity by which a contract decays daily.
        180 decay_quantity: i32,
        /// The contract value that is fixed at listing.
        184 original_contract_size: i32,
        /// The instrument id of the leg.
        188 leg_instrument_id: u32,
        /// Numerator of the price ratio of the leg.
        192 leg_ratio_price_numerator: i32,
        /// Denominator of the price ratio of the leg.
        196 leg_ratio_price_denominator: i32,
        /// Numerator of the quantity ratio of the leg.
        200 leg_ratio_qty_numerator: i32,
        /// Denominator of the quantity ratio of the leg.
        204 leg_ratio_qty_denominator: i32,
        /// The instrument id of the leg's underlying instrument.
        208 leg_underlying_id: u32,
        /// The channel id at the venue.
        212 appl_id: i16,
        /// Calendar year of maturity.
        214 maturity_year: u16,
        /// When a contract begins to decay.
        216 decay_start_date: u16,
        /// The feed's channel.
        218 channel_id: u16,
        /// Legs of a strategy or spread; 0 for outrights.
        220 leg_count: u16,
        /// Which of the legs this is, from 0.
        222 leg_index: u16,
        /// The currency of the price.
        224 currency: [u8; 4],
        /// The currency of settlement.
        228 settl_currency: [u8; 4],
        /// The strategy type of the spread.
        232 secsubtype: [u8; 6],
        /// The venue's symbol, zero-terminated: see [`Definition::raw_symbol`].
        238 raw_symbol: [u8; 71],
        /// The security group.
        309 group: [u8; 21],
        /// The exchange.
        330 exchange: [u8; 5],
        /// The underlying asset.
        335 asset: [u8; 11],
        /// ISO 10962's code.
        346 cfi: [u8; 7],
        /// The security's type.
        353 security_type: [u8; 7],
        /// The unit of the contract's original size.
        360 unit_of_measure: [u8; 31],
        /// The symbol of the first underlying instrument.
        391 underlying: [u8; 21],
        /// The currency of the strike price.
        412 strike_price_currency: [u8; 4],
        /// The leg's symbol.
        416 leg_raw_symbol: [u8; 71],
        /// The class of the instrument (stock `K`, future `F`, call `C`, put `P`, ...).
        487 instrument_class: u8,
        /// The matching algorithm.
        488 match_algorithm: u8,
        /// The price denominator of the main fraction.
        489 main_fraction: u8,
        /// The number of digits to the right of the tick mark.
        490 price_display_format: u8,
        /// The price denominator of the sub fraction.
        491 sub_fraction: u8,
        /// The product complex.
        492 underlying_product: u8,
        /// `A` added, `M` modified, `D` deleted.
        493 security_update_action: u8,
        /// Calendar month of maturity.
        494 maturity_month: u8,
        /// Calendar day of maturity, or 0.
        495 maturity_day: u8,
        /// Calendar week of maturity, or 0.
        496 maturity_week: u8,
        /// `Y` when a user defined it.
        497 user_defined_instrument: u8,
        /// The type of `contract_multiplier`.
        498 contract_multiplier_unit: i8,
        /// The schedule of delivery.
        499 flow_schedule_type: i8,
        /// The tick rule of the spread.
        500 tick_rule: u8,
        /// The class of the leg.
        501 leg_instrument_class: u8,
        /// The side taken in the leg when the spread is bought.
        502 leg_side: u8,
        /// Zeros.
        503 reserved: [u8; 17],
    }
}

record! {
    /// An auction's imbalance.
    Imbalance, RType::Imbalance as u8, 112, {
        /// Arrival at this host, ns since the UNIX epoch.
        16 ts_recv: u64,
        /// The price at which the imbalance is calculated, 1e-9.
        24 ref_price: i64,
        /// When the auction is, ns since the UNIX epoch.
        32 auction_time: u64,
        /// The price that would clear the book with the continuous one, 1e-9.
        40 cont_book_clr_price: i64,
        /// The price that would clear the auction alone, 1e-9.
        48 auct_interest_clr_price: i64,
        /// The price at which short sale restricted orders would be filled, 1e-9.
        56 ssr_filling_price: i64,
        /// The indicative match price, 1e-9.
        64 ind_match_price: i64,
        /// The highest price of the auction, 1e-9.
        72 upper_collar: i64,
        /// The lowest price of the auction, 1e-9.
        80 lower_collar: i64,
        /// Matched at the reference price, shares.
        88 paired_qty: u32,
        /// Not matched at the reference price, shares.
        92 total_imbalance_qty: u32,
        /// Market orders not matched, shares.
        96 market_imbalance_qty: u32,
        /// Not paired, shares.
        100 unpaired_qty: u32,
        /// The venue's letter for the auction.
        104 auction_type: u8,
        /// Of the imbalance: see [`Imbalance::side`].
        105 side: u8,
        /// The venue's code.
        106 auction_status: u8,
        /// The venue's code.
        107 freeze_status: u8,
        /// How often the auction was put off.
        108 num_extensions: u8,
        /// Side of `unpaired_qty`.
        109 unpaired_side: u8,
        /// The venue's letter.
        110 significant_imbalance: u8,
        /// Zero.
        111 reserved: u8,
    }
}

record! {
    /// One statistic of an instrument: a settlement price, open interest, and the like.
    Statistics, RType::Statistics as u8, 80, {
        /// Arrival at this host, ns since the UNIX epoch.
        16 ts_recv: u64,
        /// The time that the statistic is for, ns since the UNIX epoch.
        24 ts_ref: u64,
        /// Where it is a price, 1e-9; else [`UNDEF_PRICE`](super::UNDEF_PRICE).
        32 price: i64,
        /// Where it is a quantity; else [`UNDEF_STAT_QUANTITY`](super::UNDEF_STAT_QUANTITY).
        40 quantity: i64,
        /// Low 32 bits of the channel's sequence number.
        48 sequence: u32,
        /// `ts_recv` minus the exchange's sending time, else minus `ts_event`, ns; clamped.
        52 ts_in_delta: i32,
        /// DBN's StatType.
        56 stat_type: u16,
        /// The feed's channel.
        58 channel_id: u16,
        /// 1 new, 2 delete.
        60 update_action: u8,
        /// The venue's flags of the statistic.
        61 stat_flags: u8,
        /// Zeros.
        62 reserved: [u8; 18],
    }
}

/// `ts_recv()` of records that have it.
macro_rules! received {
    ($($name:ident)+) => {
        $(impl $name {
            /// Arrival at this host since the UNIX epoch; `None` when not known.
            #[inline]
            #[must_use]
            pub const fn ts_recv(&self) -> Option<Duration> {
                time(self.ts_recv)
            }
        })+
    };
}
pub(super) use received;
received!(Mbo Trade Status Definition Imbalance Statistics);

/// Of records with a price, a side and flags.
macro_rules! sided {
    ($($name:ident)+) => {
        $(impl $name {
            /// The price in the quoted currency; NaN when not known.
            #[inline]
            #[must_use]
            pub fn price_f64(&self) -> f64 {
                price_f64(self.price)
            }

            /// Which side; `None` for a letter that this release does not know.
            #[inline]
            #[must_use]
            pub const fn side(&self) -> Option<Side> {
                Side::from_byte(self.side)
            }

            /// Whether the event is complete with this record: the book is whole again.
            #[inline]
            #[must_use]
            pub const fn is_last(&self) -> bool {
                self.flags & flags::LAST != 0
            }

            /// Whether it is from a replay or a snapshot.
            #[inline]
            #[must_use]
            pub const fn is_snapshot(&self) -> bool {
                self.flags & flags::SNAPSHOT != 0
            }

            /// Whether it is of an order that is not known, or not known well.
            #[inline]
            #[must_use]
            pub const fn is_maybe_bad_book(&self) -> bool {
                self.flags & flags::MAYBE_BAD_BOOK != 0
            }
        })+
    };
}
pub(super) use sided;
sided!(Mbo Trade);

/// Of records that say what happened.
macro_rules! acted {
    ($($name:ident)+) => {
        $(impl $name {
            /// What happened; `None` for a letter that this release does not know.
            #[inline]
            #[must_use]
            pub const fn action(&self) -> Option<Action> {
                Action::from_byte(self.action)
            }
        })+
    };
}
pub(super) use acted;
acted!(Mbo Trade);

impl Status {
    /// Whether the instrument trades; `None` for a letter that this release does not know.
    #[inline]
    #[must_use]
    pub const fn is_trading(&self) -> Option<TriState> {
        TriState::from_byte(self.is_trading)
    }

    /// Whether the instrument is quoted.
    #[inline]
    #[must_use]
    pub const fn is_quoting(&self) -> Option<TriState> {
        TriState::from_byte(self.is_quoting)
    }

    /// Whether short sales are restricted.
    #[inline]
    #[must_use]
    pub const fn is_short_sell_restricted(&self) -> Option<TriState> {
        TriState::from_byte(self.is_short_sell_restricted)
    }
}

impl Definition {
    /// The venue's symbol.
    #[must_use]
    pub fn raw_symbol(&self) -> &str {
        text(&self.raw_symbol)
    }

    /// The exchange.
    #[must_use]
    pub fn exchange(&self) -> &str {
        text(&self.exchange)
    }

    /// The underlying asset.
    #[must_use]
    pub fn asset(&self) -> &str {
        text(&self.asset)
    }

    /// The currency of the price.
    #[must_use]
    pub fn currency(&self) -> &str {
        text(&self.currency)
    }

    /// The security's type.
    #[must_use]
    pub fn security_type(&self) -> &str {
        text(&self.security_type)
    }

    /// The smallest step of the price in the quoted currency; NaN when not known.
    #[must_use]
    pub fn min_price_increment_f64(&self) -> f64 {
        price_f64(self.min_price_increment)
    }
}

impl Imbalance {
    /// Side of the imbalance; `None` for a letter that this release does not know.
    #[inline]
    #[must_use]
    pub const fn side(&self) -> Option<Side> {
        Side::from_byte(self.side)
    }

    /// The price at which the imbalance is calculated, in the quoted currency; NaN when not known.
    #[must_use]
    pub fn ref_price_f64(&self) -> f64 {
        price_f64(self.ref_price)
    }
}

impl Statistics {
    /// The price in the quoted currency; NaN when the statistic is none.
    #[must_use]
    pub fn price_f64(&self) -> f64 {
        price_f64(self.price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Record, UNDEF_PRICE, UNDEF_TIMESTAMP};

    #[test]
    fn an_order_tells_its_values() {
        let mut order =
            Mbo { price: 12_500_000_000, action: b'A', side: b'B', flags: flags::LAST, ts_recv: 7, ..Mbo::default() };
        order.hd.ts_event = 5;
        assert_eq!(order.price_f64(), 12.5);
        assert_eq!((order.action(), order.side()), (Some(Action::Add), Some(Side::Bid)));
        assert!(order.is_last() && !order.is_snapshot() && !order.is_maybe_bad_book());
        assert_eq!(order.ts_event(), Some(Duration::from_nanos(5)));
        assert_eq!(order.ts_recv(), Some(Duration::from_nanos(7)));
        assert_eq!((order.hd.length, order.hd.rtype), (14, 0xA0));
    }

    #[test]
    fn what_is_not_known_is_told() {
        let mut order = Mbo { price: UNDEF_PRICE, action: b'?', side: 0, ts_recv: UNDEF_TIMESTAMP, ..Mbo::default() };
        order.hd.ts_event = UNDEF_TIMESTAMP;
        assert!(order.price_f64().is_nan());
        assert_eq!((order.action(), order.side(), order.ts_event(), order.ts_recv()), (None, None, None, None));
    }

    #[test]
    fn a_definition_tells_its_texts() {
        let mut definition = Definition::default();
        definition.raw_symbol[..5].copy_from_slice(b"ESH4\0");
        definition.exchange = *b"XCMEx"; // full, no zero
        assert_eq!((definition.raw_symbol(), definition.exchange(), definition.asset()), ("ESH4", "XCMEx", ""));
        assert_eq!(definition.hd.length, 130);
    }
}
