// SPDX-License-Identifier: Apache-2.0
//! DBN's own records, version 3, that files have and Headrace's feeds do not make.

use super::dbn_records::{acted, received, sided};
use super::{price_f64, record, time};
use crate::enums::{flags, Action, RType, Side};
use core::time::Duration;

/// A price level: like a record, but without a header.
macro_rules! pair {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $offset:literal $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[cfg_attr(
            feature = "zerocopy",
            derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
        )]
        pub struct $name {
            $($(#[$each])* pub $field: $type,)+
        }

        const _: () = {
            assert!(core::mem::size_of::<$name>() == 32 && core::mem::align_of::<$name>() == 8);
            $(assert!(
                core::mem::offset_of!($name, $field) == $offset,
                concat!(stringify!($name), ".", stringify!($field), " has moved")
            );)+
            // The fields are all of it: no padding.
            assert!(0 $(+ core::mem::size_of::<$type>())+ == 32);
        };

        #[cfg(test)]
        impl $name {
            /// Offset, name and type of each, to be compared with docs/ABI.md.
            pub(crate) const FIELDS: &'static [(usize, &'static str, &'static str)] =
                &[$(($offset, stringify!($field), stringify!($type)),)+];
        }

        impl $name {
            /// The bid in the quoted currency; NaN when there is none.
            #[inline]
            #[must_use]
            pub fn bid_px_f64(&self) -> f64 {
                price_f64(self.bid_px)
            }

            /// The ask in the quoted currency; NaN when there is none.
            #[inline]
            #[must_use]
            pub fn ask_px_f64(&self) -> f64 {
                price_f64(self.ask_px)
            }
        }
    };
}

pair! {
    /// One level of both sides of a book.
    BidAskPair {
        /// 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when there is none.
        0 bid_px: i64,
        /// 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when there is none.
        8 ask_px: i64,
        /// Shares or lots, of all orders at the level.
        16 bid_sz: u32,
        /// Shares or lots, of all orders at the level.
        20 ask_sz: u32,
        /// Orders at the level.
        24 bid_ct: u32,
        /// Orders at the level.
        28 ask_ct: u32,
    }
}

pair! {
    /// The best of several venues, with whose it is.
    ConsolidatedBidAskPair {
        /// 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when there is none.
        0 bid_px: i64,
        /// 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when there is none.
        8 ask_px: i64,
        /// Shares or lots, at that venue.
        16 bid_sz: u32,
        /// Shares or lots, at that venue.
        20 ask_sz: u32,
        /// The venue of the best bid, a `publisher_id`.
        24 bid_pb: u16,
        /// Zeros.
        26 reserved1: [u8; 2],
        /// The venue of the best ask, a `publisher_id`.
        28 ask_pb: u16,
        /// Zeros.
        30 reserved2: [u8; 2],
    }
}

record! {
    /// The best level: what happened and the book after it (schema `mbp-1`), or a trade and the book before it (`tbbo`).
    Mbp1, RType::Mbp1 as u8, 80, {
        /// Of the order or the trade, 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when not known.
        16 price: i64,
        /// Shares or lots.
        24 size: u32,
        /// See [`Mbp1::action`].
        28 action: u8,
        /// See [`Mbp1::side`].
        29 side: u8,
        /// See [`flags`].
        30 flags: u8,
        /// The level that changed; 0 is the best.
        31 depth: u8,
        /// Arrival at the host that recorded it, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// `ts_recv` minus the exchange's sending time, ns; clamped.
        40 ts_in_delta: i32,
        /// Low 32 bits of the channel's sequence number.
        44 sequence: u32,
        /// The best level.
        48 levels: [BidAskPair; 1],
    }
}

record! {
    /// Ten levels: what happened and the book after it (schema `mbp-10`).
    Mbp10, RType::Mbp10 as u8, 368, {
        /// Of the order or the trade, 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when not known.
        16 price: i64,
        /// Shares or lots.
        24 size: u32,
        /// See [`Mbp10::action`].
        28 action: u8,
        /// See [`Mbp10::side`].
        29 side: u8,
        /// See [`flags`].
        30 flags: u8,
        /// The level that changed; 0 is the best.
        31 depth: u8,
        /// Arrival at the host that recorded it, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// `ts_recv` minus the exchange's sending time, ns; clamped.
        40 ts_in_delta: i32,
        /// Low 32 bits of the channel's sequence number.
        44 sequence: u32,
        /// The levels, the best one first.
        48 levels: [BidAskPair; 10],
    }
}

record! {
    /// A bar of trades (schemas `ohlcv-1s`, `-1m`, `-1h`, `-1d`, `-eod`), which begins at `ts_event`.
    Ohlcv, RType::Ohlcv1S as u8, or RType::Ohlcv1M as u8, or RType::Ohlcv1H as u8, or RType::Ohlcv1D as u8,
    or RType::OhlcvEod as u8, or RType::OhlcvDeprecated as u8, 56, {
        /// Price of the first trade, 1e-9.
        16 open: i64,
        /// The highest price, 1e-9.
        24 high: i64,
        /// The lowest price, 1e-9.
        32 low: i64,
        /// Price of the last trade, 1e-9.
        40 close: i64,
        /// Shares or lots traded.
        48 volume: u64,
    }
}

record! {
    /// The best level and the last trade, at the end of each second or minute (schemas `bbo-1s`, `bbo-1m`).
    Bbo, RType::Bbo1S as u8, or RType::Bbo1M as u8, 80, {
        /// Of the last trade, 1e-9; [`UNDEF_PRICE`](super::UNDEF_PRICE) when there was none in the session.
        16 price: i64,
        /// Of the last trade, shares or lots.
        24 size: u32,
        /// Zero.
        28 reserved1: u8,
        /// Of the last trade's aggressor: see [`Bbo::side`].
        29 side: u8,
        /// See [`flags`].
        30 flags: u8,
        /// Zero.
        31 reserved2: u8,
        /// The end of the second or minute, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// Zeros.
        40 reserved3: [u8; 4],
        /// Of the last update.
        44 sequence: u32,
        /// The best level.
        48 levels: [BidAskPair; 1],
    }
}

record! {
    /// The best of several venues after what happened (schema `cmbp-1`), or before a trade (`tcbbo`).
    Cmbp1, RType::Cmbp1 as u8, or RType::Tcbbo as u8, 80, {
        /// Of the order or the trade, 1e-9 of the quoted currency; [`UNDEF_PRICE`](super::UNDEF_PRICE) when not known.
        16 price: i64,
        /// Shares or lots.
        24 size: u32,
        /// See [`Cmbp1::action`].
        28 action: u8,
        /// See [`Cmbp1::side`].
        29 side: u8,
        /// See [`flags`].
        30 flags: u8,
        /// Zero.
        31 reserved1: u8,
        /// Arrival at the host that recorded it, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// `ts_recv` minus the exchange's sending time, ns; clamped.
        40 ts_in_delta: i32,
        /// Zeros.
        44 reserved2: [u8; 4],
        /// The best level.
        48 levels: [ConsolidatedBidAskPair; 1],
    }
}

record! {
    /// The best of several venues and the last trade, at the end of each second or minute (schemas `cbbo-1s`, `cbbo-1m`).
    Cbbo, RType::Cbbo1S as u8, or RType::Cbbo1M as u8, 80, {
        /// Of the last trade, 1e-9; [`UNDEF_PRICE`](super::UNDEF_PRICE) when there was none in the session.
        16 price: i64,
        /// Of the last trade, shares or lots.
        24 size: u32,
        /// Zero.
        28 reserved1: u8,
        /// Of the last trade's aggressor: see [`Cbbo::side`].
        29 side: u8,
        /// See [`flags`].
        30 flags: u8,
        /// Zero.
        31 reserved2: u8,
        /// The end of the second or minute, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// Zeros.
        40 reserved3: [u8; 8],
        /// The best level.
        48 levels: [ConsolidatedBidAskPair; 1],
    }
}

received!(Mbp1 Mbp10 Bbo Cmbp1 Cbbo);
sided!(Mbp1 Mbp10 Bbo Cmbp1 Cbbo);
acted!(Mbp1 Mbp10 Cmbp1);

impl Ohlcv {
    /// Price of the first trade in the quoted currency; NaN when not known.
    #[inline]
    #[must_use]
    pub fn open_f64(&self) -> f64 {
        price_f64(self.open)
    }

    /// The highest price in the quoted currency; NaN when not known.
    #[inline]
    #[must_use]
    pub fn high_f64(&self) -> f64 {
        price_f64(self.high)
    }

    /// The lowest price in the quoted currency; NaN when not known.
    #[inline]
    #[must_use]
    pub fn low_f64(&self) -> f64 {
        price_f64(self.low)
    }

    /// Price of the last trade in the quoted currency; NaN when not known.
    #[inline]
    #[must_use]
    pub fn close_f64(&self) -> f64 {
        price_f64(self.close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Record, UNDEF_PRICE, UNDEF_TIMESTAMP};

    #[test]
    fn a_book_tells_its_values() {
        let mut book =
            Mbp10 { price: 12_500_000_000, action: b'A', side: b'B', flags: flags::LAST, ts_recv: 7, ..Mbp10::default() };
        book.levels[9] = BidAskPair { bid_px: 12_250_000_000, ask_px: UNDEF_PRICE, ..BidAskPair::default() };
        assert_eq!((book.price_f64(), book.levels[9].bid_px_f64()), (12.5, 12.25));
        assert!(book.levels[9].ask_px_f64().is_nan() && book.is_last());
        assert_eq!((book.action(), book.side()), (Some(Action::Add), Some(Side::Bid)));
        assert_eq!((book.ts_recv(), book.hd.length), (Some(Duration::from_nanos(7)), 92));
    }

    #[test]
    fn what_is_not_known_is_told() {
        let quote = Cbbo { price: UNDEF_PRICE, side: b'?', ts_recv: UNDEF_TIMESTAMP, ..Cbbo::default() };
        assert!(quote.price_f64().is_nan());
        assert_eq!((quote.side(), quote.ts_recv()), (None, None));
        let bar = Ohlcv { open: 1_500_000_000, high: UNDEF_PRICE, ..Ohlcv::default() };
        assert!(bar.open_f64() == 1.5 && bar.high_f64().is_nan());
    }

    #[test]
    fn no_two_records_share_a_type() {
        fn all<T: Record>() -> impl Iterator<Item = u8> {
            core::iter::once(T::RTYPE).chain(T::MORE_RTYPES.iter().copied())
        }
        let rtypes: Vec<u8> = all::<Mbp1>()
            .chain(all::<Mbp10>())
            .chain(all::<Ohlcv>())
            .chain(all::<Bbo>())
            .chain(all::<Cmbp1>())
            .chain(all::<Cbbo>())
            .collect();
        assert_eq!(rtypes.len(), 14);
        for (at, rtype) in rtypes.iter().enumerate() {
            assert!(!rtypes[..at].contains(rtype) && RType::from_byte(*rtype).is_some());
        }
    }
}
