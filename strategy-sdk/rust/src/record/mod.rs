// SPDX-License-Identifier: Apache-2.0
//! Records: what a strategy reads. Databento's DBN version 3, byte for byte, and a few of Headrace's own.
//!
//! Units: prices are 1e-9 of the quoted currency; times are nanoseconds since the UNIX epoch; sizes are shares or lots.
//! Every field is an integer or an array of bytes, so that any bytes are a valid record; methods give the typed values.
//! Offsets and sizes are those of docs/ABI.md section 7, and the compiler holds them.

mod dbn_records;
mod file_records;
mod own_records;
pub(crate) mod text;

pub use dbn_records::{Definition, Imbalance, Mbo, Statistics, Status, Trade};
pub use file_records::{Bbo, BidAskPair, Cbbo, Cmbp1, ConsolidatedBidAskPair, Mbp1, Mbp10, Ohlcv};
pub use own_records::{Gap, Lost, Native, Recovered, Session, TradeBreak};

use core::time::Duration;

/// A price that is not known.
pub const UNDEF_PRICE: i64 = i64::MAX;
/// A size that is not known.
pub const UNDEF_ORDER_SIZE: u32 = u32::MAX;
/// A time that is not known.
pub const UNDEF_TIMESTAMP: u64 = u64::MAX;
/// A statistic's quantity that is not known.
pub const UNDEF_STAT_QUANTITY: i64 = i64::MAX;
/// Units of a price in one of the quoted currency.
pub const FIXED_PRICE_SCALE: i64 = 1_000_000_000;
/// The largest record of this release: a [`Definition`].
pub const RECORD_BYTES_MAX: usize = 520;

/// 16 bytes, first in every record.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "zerocopy", derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout))]
pub struct RecordHeader {
    /// Of the whole record, in words of 4 bytes.
    pub length: u8,
    /// The record's type, an [`RType`](crate::RType).
    pub rtype: u8,
    /// Dataset and venue: Databento's numbers unless configured otherwise.
    pub publisher_id: u16,
    /// The venue's own number, or assigned at first sight; 0 for the whole venue.
    pub instrument_id: u32,
    /// The exchange's time, ns since the UNIX epoch.
    pub ts_event: u64,
}

const _: () = {
    assert!(core::mem::size_of::<RecordHeader>() == 16);
    assert!(core::mem::offset_of!(RecordHeader, length) == 0);
    assert!(core::mem::offset_of!(RecordHeader, rtype) == 1);
    assert!(core::mem::offset_of!(RecordHeader, publisher_id) == 2);
    assert!(core::mem::offset_of!(RecordHeader, instrument_id) == 4);
    assert!(core::mem::offset_of!(RecordHeader, ts_event) == 8);
};

/// A record of a type known at compile time: what [`RecordRef::get`](crate::RecordRef::get) can give.
///
/// # Safety
/// The type is `repr(C)`, at most 8-aligned, begins with a [`RecordHeader`], and any bytes are a valid value of it (no padding, no
/// enums, no references).
pub unsafe trait Record: Copy + 'static {
    /// The `rtype` of these records; of the first kind of them, where there are several.
    const RTYPE: u8;

    /// The `rtype`s of further kinds with the same layout: bars of other lengths, quotes of other intervals.
    const MORE_RTYPES: &'static [u8] = &[];

    /// The header.
    #[inline]
    fn header(&self) -> &RecordHeader {
        // SAFETY: by the trait's contract the record begins with its header, and the alignment is no smaller.
        unsafe { &*core::ptr::from_ref(self).cast() }
    }

    /// The exchange's time since the UNIX epoch; `None` when not known.
    #[inline]
    fn ts_event(&self) -> Option<Duration> {
        time(self.header().ts_event)
    }
}

/// A raw time of a record as a duration since the UNIX epoch; `None` when it is [`UNDEF_TIMESTAMP`].
///
/// ```
/// # use std::time::{Duration, SystemTime, UNIX_EPOCH};
/// let then: SystemTime = UNIX_EPOCH + headrace::time(1_700_000_000_123_456_789).unwrap();
/// assert_eq!(headrace::time(headrace::UNDEF_TIMESTAMP), None);
/// ```
#[inline]
#[must_use]
pub const fn time(ns: u64) -> Option<Duration> {
    if ns == UNDEF_TIMESTAMP {
        None
    } else {
        Some(Duration::from_nanos(ns))
    }
}

/// A raw price in the quoted currency; NaN when it is [`UNDEF_PRICE`].
///
/// ```
/// assert_eq!(headrace::price_f64(101_250_000_000), 101.25);
/// assert!(headrace::price_f64(headrace::UNDEF_PRICE).is_nan());
/// ```
#[inline]
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn price_f64(price: i64) -> f64 {
    if price == UNDEF_PRICE {
        f64::NAN
    } else {
        price as f64 / FIXED_PRICE_SCALE as f64
    }
}

/// Defines a record, gives it [`Record`], and has the compiler hold the offset of each field and the size of the whole.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident, $rtype:expr $(, or $more:expr)*, $bytes:literal, { $($(#[$each:meta])* $offset:literal $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(
            feature = "zerocopy",
            derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
        )]
        pub struct $name {
            /// The header, common to all records.
            pub hd: $crate::record::RecordHeader,
            $($(#[$each])* pub $field: $type,)+
        }

        const _: () = {
            assert!(core::mem::size_of::<$name>() == $bytes, concat!(stringify!($name), " has another size"));
            assert!(core::mem::align_of::<$name>() == 8);
            $(assert!(
                core::mem::offset_of!($name, $field) == $offset,
                concat!(stringify!($name), ".", stringify!($field), " has moved")
            );)+
            // The fields are all of it: no padding.
            assert!(16 $(+ core::mem::size_of::<$type>())+ == $bytes);
        };

        // SAFETY: repr(C), 8-aligned, the header first, and only integers and arrays of them, without padding: held just above.
        unsafe impl $crate::record::Record for $name {
            const RTYPE: u8 = $rtype;
            const MORE_RTYPES: &'static [u8] = &[$($more),*];
        }

        #[cfg(test)]
        impl $name {
            /// Offset, name and type of each, to be compared with docs/ABI.md.
            pub(crate) const FIELDS: &'static [(usize, &'static str, &'static str)] =
                &[$(($offset, stringify!($field), stringify!($type)),)+];
        }

        impl Default for $name {
            /// All zeros, but for `length` and `rtype`: a beginning for records of tests.
            fn default() -> Self {
                // SAFETY: any bytes are a valid value.
                let mut made: Self = unsafe { core::mem::zeroed() };
                made.hd.length = ($bytes / 4) as u8;
                made.hd.rtype = <Self as $crate::record::Record>::RTYPE;
                made
            }
        }
    };
}
pub(crate) use record;
