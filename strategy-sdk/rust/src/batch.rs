// SPDX-License-Identifier: Apache-2.0
//! A run of records in the ring's own memory.

use crate::record_ref::RecordRef;
use core::marker::PhantomData;
use core::ptr::NonNull;

/// Records that stand in a row, lent until the next call on their feed. All of one ring.
///
/// ```
/// # fn on(batch: headrace::Batch<'_>) {
/// let shares: u64 = batch.iter().filter_map(|record| record.get::<headrace::Mbo>()).map(|order| u64::from(order.size)).sum();
/// println!("{} records, {shares} shares, the last at {}", batch.len(), batch.at(batch.len() - 1).stamp());
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    first: NonNull<u8>,
    stride: usize,
    count: usize,
    ring: usize,
    life: PhantomData<&'a [u8]>,
}

// SAFETY: as RecordRef.
unsafe impl Send for Batch<'_> {}
// SAFETY: as RecordRef.
unsafe impl Sync for Batch<'_> {}

impl<'a> Batch<'a> {
    /// # Safety
    /// From `first` on, every `stride` bytes, stand `count` records as of `RecordRef::new` with `stride - 8` bytes of room.
    #[inline(always)]
    pub(crate) unsafe fn new(first: NonNull<u8>, stride: usize, count: usize, ring: usize) -> Self {
        Self { first, stride, count, ring, life: PhantomData }
    }

    /// No record.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn empty() -> Self {
        Self { first: NonNull::<u64>::dangling().cast(), stride: 64, count: 0, ring: 0, life: PhantomData }
    }

    /// How many records.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Which of the feed's rings they are from, from 0.
    #[inline]
    #[must_use]
    pub fn ring(&self) -> usize {
        self.ring
    }

    /// Bytes from one record to the next.
    #[inline]
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Record `index`, or `None` beyond the end.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<RecordRef<'a>> {
        // SAFETY: below count, as of `new`.
        (index < self.count).then(|| unsafe { RecordRef::new(self.first.add(index * self.stride), (self.stride - 8) as u32) })
    }

    /// Record `index`.
    ///
    /// # Panics
    /// When there is no such record.
    #[inline]
    #[must_use]
    pub fn at(&self, index: usize) -> RecordRef<'a> {
        match self.get(index) {
            Some(record) => record,
            None => panic!("record {index} of a batch of {}", self.count),
        }
    }

    /// The records in their order.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> BatchIter<'a> {
        BatchIter { next: self.first.as_ptr(), left: self.count, stride: self.stride, life: PhantomData }
    }
}

impl core::fmt::Debug for Batch<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Batch<'a> {
    type Item = RecordRef<'a>;
    type IntoIter = BatchIter<'a>;

    #[inline]
    fn into_iter(self) -> BatchIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Batch<'a> {
    type Item = RecordRef<'a>;
    type IntoIter = BatchIter<'a>;

    #[inline]
    fn into_iter(self) -> BatchIter<'a> {
        self.iter()
    }
}

/// The records of a [`Batch`].
#[derive(Clone, Debug)]
pub struct BatchIter<'a> {
    next: *const u8,
    left: usize,
    stride: usize,
    life: PhantomData<&'a [u8]>,
}

// SAFETY: as Batch.
unsafe impl Send for BatchIter<'_> {}
// SAFETY: as Batch.
unsafe impl Sync for BatchIter<'_> {}

impl<'a> Iterator for BatchIter<'a> {
    type Item = RecordRef<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<RecordRef<'a>> {
        if self.left == 0 {
            return None;
        }
        // SAFETY: `left` of them stand from here on, as of `Batch::new`.
        let record = unsafe { RecordRef::new(NonNull::new_unchecked(self.next.cast_mut()), (self.stride - 8) as u32) };
        // The one behind the last may lie outside of the memory; it is not looked at.
        self.next = self.next.wrapping_add(self.stride);
        self.left -= 1;
        Some(record)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for BatchIter<'_> {}
impl core::iter::FusedIterator for BatchIter<'_> {}
