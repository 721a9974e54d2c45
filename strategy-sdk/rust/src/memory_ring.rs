// SPDX-License-Identifier: Apache-2.0
//! A ring in this process's own memory, and its writing side: what a file is read through, and what the tests write. It keeps
//! docs/ABI.md as a handler does, but for losing records: a full ring takes none.

use crate::ring::{at, state, Consumer, ABI_MAJOR, ABI_MINOR, CURSOR_BYTES, CURSOR_MAGIC, HEADER_BYTES_MIN, RING_MAGIC};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
use std::alloc::{alloc_zeroed, dealloc, handle_alloc_error, Layout};

const PAGE: usize = 4096;

pub(crate) struct MemoryRing {
    base: NonNull<u8>,
    layout: Layout,
    data_bytes: usize,
    slot_bytes: usize,
    slot_count: u64,
    written: u64,
    last_stamp: u64,
}

// SAFETY: it has its memory to itself, but for the one consumer, with which it speaks through atomics.
unsafe impl Send for MemoryRing {}

impl MemoryRing {
    /// `slot_bytes` and `slot_count` as docs/ABI.md allows them.
    pub(crate) fn new(slot_bytes: usize, slot_count: usize) -> Self {
        let data_bytes = HEADER_BYTES_MIN + slot_bytes * slot_count;
        let layout = Layout::from_size_align(data_bytes.next_multiple_of(PAGE) + CURSOR_BYTES, PAGE).expect("a ring's size");
        // SAFETY: the size is not zero.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap_or_else(|| handle_alloc_error(layout));
        let ring = Self { base, layout, data_bytes, slot_bytes, slot_count: slot_count as u64, written: 0, last_stamp: 0 };
        ring.put(at::ABI_MAJOR, ABI_MAJOR);
        ring.put(at::ABI_MINOR, ABI_MINOR);
        ring.put(at::HEADER_BYTES, HEADER_BYTES_MIN as u32);
        ring.put(at::SLOT_BYTES, slot_bytes as u32);
        ring.put(at::SLOT_COUNT, slot_count as u32);
        ring.put(at::STATE, state::RUNNING);
        ring.put(ring.cursor_offset(), CURSOR_MAGIC);
        ring.put(0, RING_MAGIC);
        ring
    }

    fn cursor_offset(&self) -> usize {
        self.data_bytes.next_multiple_of(PAGE)
    }

    /// Writes a word that no reader looks at yet.
    pub(crate) fn put<T>(&self, offset: usize, value: T) {
        assert!(offset + size_of::<T>() <= self.layout.size() && offset % align_of::<T>() == 0);
        // SAFETY: inside of the allocation, aligned.
        unsafe { self.base.add(offset).cast::<T>().write(value) };
    }

    fn atomic<T>(&self, offset: usize) -> &T {
        // SAFETY: T is an atomic (private, used so below), inside of the allocation, aligned.
        unsafe { self.base.add(offset).cast::<T>().as_ref() }
    }

    /// What a consumer is made of: data, its bytes, the cursor.
    pub(crate) fn parts(&self) -> (NonNull<u8>, usize, NonNull<u8>) {
        // SAFETY: inside of the allocation.
        (self.base, self.data_bytes, unsafe { self.base.add(self.cursor_offset()) })
    }

    /// # Safety
    /// It is the only one, and does not outlive the ring.
    pub(crate) unsafe fn consumer(&self) -> Consumer {
        let (data, bytes, cursor) = self.parts();
        // SAFETY: a whole ring, kept as the document says; the rest is the caller's.
        unsafe { Consumer::new(data, bytes, cursor) }.expect("a ring's header")
    }

    /// Slots that the reader has done with.
    pub(crate) fn cursor(&self) -> u64 {
        self.atomic::<AtomicU64>(self.cursor_offset() + at::CURSOR_READ).load(Ordering::Acquire)
    }

    /// Whether another record finds room.
    pub(crate) fn has_room(&self) -> bool {
        self.written - self.cursor() < self.slot_count
    }

    /// Publishes one record, of at most `slot_bytes` - 8. Its stamp is `stamp`, or one more than the last where that is later. False
    /// when the ring is full.
    pub(crate) fn publish(&mut self, record: &[u8], stamp: u64) -> bool {
        assert!(record.len() <= self.slot_bytes - 8);
        if !self.has_room() {
            return false;
        }
        let slot = HEADER_BYTES_MIN + (self.written % self.slot_count) as usize * self.slot_bytes;
        // SAFETY: the slot is inside of the allocation, and the reader is done with it.
        unsafe { self.base.add(slot + 8).as_ptr().copy_from_nonoverlapping(record.as_ptr(), record.len()) };
        self.last_stamp = stamp.max(self.last_stamp + 1);
        self.atomic::<AtomicU64>(slot).store(self.last_stamp, Ordering::Release);
        self.written += 1;
        self.atomic::<AtomicU64>(at::PUBLISHED).fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Says how it ended.
    #[cfg(test)]
    pub(crate) fn set_state(&self, state: u32) {
        self.atomic::<core::sync::atomic::AtomicU32>(at::STATE).store(state, Ordering::Release);
    }
}

impl Drop for MemoryRing {
    fn drop(&mut self) {
        // SAFETY: as it was allocated.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}
