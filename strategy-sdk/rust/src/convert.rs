// SPDX-License-Identifier: Apache-2.0
//! The `dbn` crate's own types, by reference: the records are the same bytes.

use crate::record::{
    Bbo, BidAskPair, Cbbo, Cmbp1, ConsolidatedBidAskPair, Definition, Imbalance, Mbo, Mbp1, Mbp10, Ohlcv, Record as OwnRecord,
    Statistics, Status, Trade,
};
use crate::record_ref::RecordRef;
use std::mem::{offset_of, size_of};

macro_rules! same {
    ($($ours:ident = $theirs:ident { $($field:ident)+ })+) => {
        const _: () = {
            $(
                assert!(size_of::<$ours>() == size_of::<dbn::$theirs>());
                assert!(align_of::<$ours>() == align_of::<dbn::$theirs>());
                assert!(offset_of!($ours, hd) == offset_of!(dbn::$theirs, hd));
                $(assert!(offset_of!($ours, $field) == offset_of!(dbn::$theirs, $field), stringify!($field));)+
            )+
        };

        $(
            impl AsRef<dbn::$theirs> for $ours {
                /// The same record as the `dbn` crate has it.
                #[inline]
                fn as_ref(&self) -> &dbn::$theirs {
                    // SAFETY: the same size, alignment and offsets (above), and theirs are integers alone, or wrappers of them
                    // for which any bytes are valid (FlagSet).
                    unsafe { &*std::ptr::from_ref(self).cast() }
                }
            }

            impl From<&dbn::$theirs> for $ours {
                #[inline]
                fn from(record: &dbn::$theirs) -> Self {
                    // SAFETY: as above, the other way; any bytes are one of ours.
                    unsafe { *std::ptr::from_ref(record).cast() }
                }
            }
        )+

        /// Bytes that the `dbn` crate reads of a record of this type.
        fn bytes_of_ours(rtype: u8) -> Option<usize> {
            $(if rtype == $ours::RTYPE || $ours::MORE_RTYPES.contains(&rtype) { return Some(size_of::<dbn::$theirs>()); })+
            None
        }
    };
}

same! {
    Mbo = MboMsg { order_id price size flags channel_id action side ts_recv ts_in_delta sequence }
    Trade = TradeMsg { price size action side flags depth ts_recv ts_in_delta sequence }
    Status = StatusMsg { ts_recv action reason trading_event is_trading is_quoting is_short_sell_restricted }
    Imbalance = ImbalanceMsg {
        ts_recv ref_price auction_time cont_book_clr_price auct_interest_clr_price ssr_filling_price ind_match_price upper_collar
        lower_collar paired_qty total_imbalance_qty market_imbalance_qty unpaired_qty auction_type side auction_status freeze_status
        num_extensions unpaired_side significant_imbalance
    }
    Statistics = StatMsg { ts_recv ts_ref price quantity sequence ts_in_delta stat_type channel_id update_action stat_flags }
    Definition = InstrumentDefMsg {
        ts_recv min_price_increment display_factor expiration activation high_limit_price low_limit_price max_price_variation
        unit_of_measure_qty min_price_increment_amount price_ratio strike_price raw_instrument_id leg_price leg_delta
        inst_attrib_value underlying_id market_depth_implied market_depth market_segment_id max_trade_vol min_lot_size
        min_lot_size_block min_lot_size_round_lot min_trade_vol contract_multiplier decay_quantity original_contract_size
        leg_instrument_id leg_ratio_price_numerator leg_ratio_price_denominator leg_ratio_qty_numerator leg_ratio_qty_denominator
        leg_underlying_id appl_id maturity_year decay_start_date channel_id leg_count leg_index currency settl_currency secsubtype
        raw_symbol group exchange asset cfi security_type unit_of_measure underlying strike_price_currency leg_raw_symbol
        instrument_class match_algorithm main_fraction price_display_format sub_fraction underlying_product security_update_action
        maturity_month maturity_day maturity_week user_defined_instrument contract_multiplier_unit flow_schedule_type tick_rule
        leg_instrument_class leg_side
    }
    Mbp1 = Mbp1Msg { price size action side flags depth ts_recv ts_in_delta sequence levels }
    Mbp10 = Mbp10Msg { price size action side flags depth ts_recv ts_in_delta sequence levels }
    Ohlcv = OhlcvMsg { open high low close volume }
    Bbo = BboMsg { price size side flags ts_recv sequence levels }
    Cmbp1 = Cmbp1Msg { price size action side flags ts_recv ts_in_delta levels }
    Cbbo = CbboMsg { price size side flags ts_recv levels }
}

macro_rules! same_levels {
    ($($name:ident { $($field:ident)+ })+) => {
        const _: () = {
            $(
                assert!(size_of::<$name>() == size_of::<dbn::$name>() && align_of::<$name>() == align_of::<dbn::$name>());
                $(assert!(offset_of!($name, $field) == offset_of!(dbn::$name, $field), stringify!($field));)+
            )+
        };
    };
}

same_levels! {
    BidAskPair { bid_px ask_px bid_sz ask_sz bid_ct ask_ct }
    ConsolidatedBidAskPair { bid_px ask_px bid_sz ask_sz bid_pb ask_pb }
}

/// Those of a file that have no type here.
fn bytes_of_others(rtype: u8) -> Option<usize> {
    use dbn::rtype;
    Some(match rtype {
        rtype::ERROR => size_of::<dbn::ErrorMsg>(),
        rtype::SYMBOL_MAPPING => size_of::<dbn::SymbolMappingMsg>(),
        rtype::SYSTEM => size_of::<dbn::SystemMsg>(),
        _ => return None,
    })
}

/// Whether `bytes`, which begin with a header, are a whole record of a type that the `dbn` crate knows, and long enough for it: what
/// that crate takes for granted of a record.
pub(crate) fn is_sound(bytes: &[u8]) -> bool {
    let &[length, rtype, ..] = bytes else { return false };
    let wanted = bytes_of_ours(rtype).or_else(|| bytes_of_others(rtype));
    bytes.len() == usize::from(length) * 4 && wanted.is_some_and(|wanted| bytes.len() >= wanted)
}

impl<'a> RecordRef<'a> {
    /// The record as the `dbn` crate's, lent for as long; `None` for Headrace's own, for what this release does not know, and for a
    /// record that is too short for its type.
    ///
    /// ```
    /// # fn on(record: headrace::RecordRef<'_>) {
    /// if let Some(order) = record.as_dbn().and_then(|record| record.get::<dbn::MboMsg>()) {
    ///     println!("{order:?}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn as_dbn(&self) -> Option<dbn::RecordRef<'a>> {
        let bytes = self.as_bytes();
        // SAFETY: 8-aligned, of a type that the crate knows, whole, and long enough for it.
        is_sound(bytes).then(|| unsafe { dbn::RecordRef::new(bytes) })
    }
}
