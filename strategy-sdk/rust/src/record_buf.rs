// SPDX-License-Identifier: Apache-2.0
//! A copy of a record, to keep.

use crate::record_ref::RecordRef;
use std::ptr::NonNull;

/// A copy of a record, with its stamp: for what must outlive the next call. 584 bytes, on the stack.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct RecordBuf {
    /// As in a slot: the stamp, then the record.
    slot: [u64; 72],
    /// Bytes that its slot had room for.
    room: u32,
}

impl RecordBuf {
    /// A copy of `record`.
    #[must_use]
    pub fn new(record: RecordRef<'_>) -> Self {
        let bytes = record.as_bytes();
        let mut made = Self { slot: [0; 72], room: record.room() };
        made.slot[0] = record.stamp();
        // SAFETY: a record's bytes are at most a slot's, 576, without the stamp's 8; the two do not overlap.
        unsafe { made.slot.as_mut_ptr().add(1).cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len().min(568)) };
        made
    }

    /// The record.
    #[must_use]
    pub fn as_ref(&self) -> RecordRef<'_> {
        let record = NonNull::from(&self.slot).cast::<u8>();
        // SAFETY: laid out as a slot of 576 bytes, borrowed for as long as self is; no slot has room for more.
        unsafe { RecordRef::new(record.add(8), self.room) }
    }
}

impl From<RecordRef<'_>> for RecordBuf {
    fn from(record: RecordRef<'_>) -> Self {
        Self::new(record)
    }
}

impl std::fmt::Debug for RecordBuf {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_ref().fmt(out)
    }
}
