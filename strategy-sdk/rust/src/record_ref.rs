// SPDX-License-Identifier: Apache-2.0
//! A record where it lies in the ring, of whatever type: [`RecordRef`], and [`AnyRecord`] to match on.

use crate::enums::RType;
use crate::record::{
    Bbo, Cbbo, Cmbp1, Definition, Gap, Imbalance, Lost, Mbo, Mbp1, Mbp10, Native, Ohlcv, Record, RecordHeader, Recovered,
    Session, Statistics, Status, Trade, TradeBreak,
};
use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a slot before its record.
pub(crate) const STAMP_BYTES: usize = 8;

/// A record in the ring's own memory, lent until the next call on its feed. 16 bytes, made to be passed by value.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut feed = headrace::Feed::attach("my-strategy")?;
/// while let Some(record) = feed.next(None)? {
///     if let Some(order) = record.get::<headrace::Mbo>() {
///         println!("{} {} x {}", order.order_id, order.price_f64(), order.size);
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// It cannot be kept: the next call on the feed needs the feed for itself.
///
/// ```compile_fail,E0499
/// # let mut feed = headrace::Feed::attach("my-strategy").unwrap();
/// let first = feed.poll();
/// let second = feed.poll(); // the slot of `first` may be written again from here on
/// println!("{first:?}");
/// ```
#[derive(Clone, Copy)]
pub struct RecordRef<'a> {
    /// The record's first byte: 8-aligned, in a slot, after the stamp.
    record: NonNull<u8>,
    /// Bytes of the slot from there on.
    room: u32,
    life: PhantomData<&'a [u8]>,
}

// SAFETY: it is a shared reference to integers that nobody writes while it lives (see `ring`).
unsafe impl Send for RecordRef<'_> {}
// SAFETY: as above.
unsafe impl Sync for RecordRef<'_> {}

impl<'a> RecordRef<'a> {
    /// # Safety
    /// `record` is 8-aligned and stands behind an 8-byte stamp in a slot, of which `room` bytes, at least 56, follow it; the slot is
    /// readable and not written for `'a`.
    #[inline(always)]
    pub(crate) unsafe fn new(record: NonNull<u8>, room: u32) -> Self {
        Self { record, room, life: PhantomData }
    }

    /// The header, common to all records.
    #[inline(always)]
    #[must_use]
    pub fn header(&self) -> &'a RecordHeader {
        // SAFETY: `new`: aligned, readable for 'a, and any bytes are a header.
        unsafe { self.record.cast::<RecordHeader>().as_ref() }
    }

    /// The type's number. [`RType::from_byte`] names it.
    #[inline(always)]
    #[must_use]
    pub fn rtype(&self) -> u8 {
        self.header().rtype
    }

    /// Dataset and venue.
    #[inline(always)]
    #[must_use]
    pub fn publisher_id(&self) -> u16 {
        self.header().publisher_id
    }

    /// The venue's number of the instrument.
    #[inline(always)]
    #[must_use]
    pub fn instrument_id(&self) -> u32 {
        self.header().instrument_id
    }

    /// DBN's `ts_out`, ns since the UNIX epoch: the stamp of the record's slot, the time of the poll that brought its packet, one more
    /// for each record after the first. From a file: its `ts_out` or `ts_recv`, made to increase.
    #[inline(always)]
    #[must_use]
    pub fn stamp(&self) -> u64 {
        // SAFETY: `new`: the stamp stands 8 bytes before the record, aligned as it is. Atomic, as everywhere else.
        unsafe { self.record.sub(STAMP_BYTES).cast::<AtomicU64>().as_ref() }.load(Ordering::Relaxed)
    }

    /// The record as a `T`, or `None` when it is of another type.
    #[inline(always)]
    #[must_use]
    pub fn get<T: Record>(&self) -> Option<&'a T> {
        if self.is_exactly::<T>() || self.is_longer::<T>() || self.is_another_kind::<T>() {
            // SAFETY: the slot has that many bytes, readable for 'a, and any bytes are a T (`Record`).
            Some(unsafe { self.record.cast::<T>().as_ref() })
        } else {
            None
        }
    }

    /// Type and length at once: the two bytes stand side by side.
    #[inline(always)]
    fn is_exactly<T: Record>(&self) -> bool {
        let wanted = u16::from_le_bytes([(size_of::<T>() / 4) as u8, T::RTYPE]);
        // SAFETY: the header's first two bytes, aligned to 8.
        let found = u16::from_le(unsafe { self.record.cast::<u16>().read() });
        found == wanted && self.holds(size_of::<T>())
    }

    /// A later release may have added to the end of a record.
    #[cold]
    #[inline(never)]
    fn longer(self, bytes: usize) -> bool {
        usize::from(self.header().length) * 4 > bytes && self.holds(bytes)
    }

    #[inline(always)]
    fn is_longer<T: Record>(&self) -> bool {
        self.rtype() == T::RTYPE && self.longer(size_of::<T>())
    }

    /// Nothing, and no code, for a type of one kind.
    #[inline(always)]
    fn is_another_kind<T: Record>(&self) -> bool {
        T::MORE_RTYPES.contains(&self.rtype())
            && usize::from(self.header().length) * 4 >= size_of::<T>()
            && self.holds(size_of::<T>())
    }

    /// Every slot holds 56 bytes.
    #[inline(always)]
    fn holds(&self, bytes: usize) -> bool {
        bytes <= 56 || bytes <= self.room as usize
    }

    /// Bytes that its slot has room for.
    #[cfg(feature = "std")]
    pub(crate) fn room(&self) -> u32 {
        self.room
    }

    /// The record by its type, to match on.
    ///
    /// ```
    /// # fn on(record: headrace::RecordRef<'_>) {
    /// use headrace::AnyRecord;
    /// match record.any() {
    ///     AnyRecord::Mbo(order) => println!("{:?} {}", order.action(), order.size),
    ///     AnyRecord::Lost(lost) => eprintln!("{} records lost", lost.count),
    ///     _ => {} // pass over what is not known
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn any(&self) -> AnyRecord<'a> {
        let found = match RType::from_byte(self.rtype()) {
            Some(RType::Mbo) => self.get().map(AnyRecord::Mbo),
            Some(RType::Trade) => self.get().map(AnyRecord::Trade),
            Some(RType::Status) => self.get().map(AnyRecord::Status),
            Some(RType::Definition) => self.get().map(AnyRecord::Definition),
            Some(RType::Imbalance) => self.get().map(AnyRecord::Imbalance),
            Some(RType::Statistics) => self.get().map(AnyRecord::Statistics),
            Some(RType::Mbp1) => self.get().map(AnyRecord::Mbp1),
            Some(RType::Mbp10) => self.get().map(AnyRecord::Mbp10),
            Some(
                RType::Ohlcv1S | RType::Ohlcv1M | RType::Ohlcv1H | RType::Ohlcv1D | RType::OhlcvEod | RType::OhlcvDeprecated,
            ) => self.get().map(AnyRecord::Ohlcv),
            Some(RType::Bbo1S | RType::Bbo1M) => self.get().map(AnyRecord::Bbo),
            Some(RType::Cmbp1 | RType::Tcbbo) => self.get().map(AnyRecord::Cmbp1),
            Some(RType::Cbbo1S | RType::Cbbo1M) => self.get().map(AnyRecord::Cbbo),
            Some(RType::Lost) => self.get().map(AnyRecord::Lost),
            Some(RType::Gap) => self.get().map(AnyRecord::Gap),
            Some(RType::Recovered) => self.get().map(AnyRecord::Recovered),
            Some(RType::Session) => self.get().map(AnyRecord::Session),
            Some(RType::TradeBreak) => self.get().map(AnyRecord::TradeBreak),
            Some(RType::Native) => self.get().map(AnyRecord::Native),
            None => None,
        };
        found.unwrap_or(AnyRecord::Other(*self))
    }

    /// The whole record, as long as its header says, but no longer than its slot.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        let bytes = (usize::from(self.header().length) * 4).min(self.room as usize);
        // SAFETY: within the slot, readable for 'a.
        unsafe { core::slice::from_raw_parts(self.record.as_ptr(), bytes) }
    }
}

impl core::fmt::Debug for RecordRef<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.any() {
            AnyRecord::Other(_) => self.header().fmt(formatter),
            known => known.fmt(formatter),
        }
    }
}

/// A record by its type.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[allow(missing_docs)] // each is named after the record that it holds
pub enum AnyRecord<'a> {
    Mbo(&'a Mbo),
    Trade(&'a Trade),
    Status(&'a Status),
    Definition(&'a Definition),
    Imbalance(&'a Imbalance),
    Statistics(&'a Statistics),
    Mbp1(&'a Mbp1),
    Mbp10(&'a Mbp10),
    Ohlcv(&'a Ohlcv),
    Bbo(&'a Bbo),
    Cmbp1(&'a Cmbp1),
    Cbbo(&'a Cbbo),
    Lost(&'a Lost),
    Gap(&'a Gap),
    Recovered(&'a Recovered),
    Session(&'a Session),
    TradeBreak(&'a TradeBreak),
    Native(&'a Native),
    /// Of a type that this release does not know, or too short for its type.
    Other(RecordRef<'a>),
}
