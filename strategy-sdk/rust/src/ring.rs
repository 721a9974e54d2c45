// SPDX-License-Identifier: Apache-2.0
//! The reading side of one ring, over memory that is mapped already: docs/ABI.md sections 2 to 4. No allocation, no system call, no
//! `std`. `Feed` is made of these; use it unless you map rings yourself.
//!
//! # Why reading another process's memory is sound here
//!
//! The records are borrowed where they lie, in memory that the handler writes. That is sound because of three things:
//!
//! 1. **A slot that is lent is not written.** The writer takes a slot again only after the cursor has passed it, and only
//!    [`Consumer::release`] moves the cursor. A [`RecordRef`] borrows the consumer mutably, so the compiler refuses a release while
//!    a record is in use. What is in the slot was stored before its stamp, with release order, and the stamp is loaded with
//!    acquire order: the record's bytes are all there before it is looked at, and stay.
//! 2. **Words that do change are atomics**: the stamps, and the live words of the header. They are read with atomic loads and
//!    nothing ever makes a plain reference to them.
//! 3. **Any bytes are a valid record.** The fields are integers and arrays of them; numbers of the header that address memory are
//!    read once, checked against the mapping's size, and kept.
//!
//! What it rests on: the handler keeps docs/ABI.md. It runs with more rights than the strategy, and its memory is sealed: no third
//! process can write it, and nobody can shrink it (a mapping that is shorter than it was is how a bad peer would raise SIGBUS).
//! A handler that wrote a lent slot would be a data race by the letter of the memory model; by 3 the strategy would then read wrong
//! numbers, not beyond the slot.

use crate::batch::Batch;
use crate::enums::RType;
use crate::record::{Lost, RecordHeader};
use crate::record_ref::{RecordRef, STAMP_BYTES};
use core::ptr::NonNull;
use core::sync::atomic::{fence, AtomicU32, AtomicU64, Ordering};

/// `HERRING1` in memory.
pub const RING_MAGIC: u64 = 0x3147_4e49_5252_4548;
/// `HRRCRSR1` in memory.
pub const CURSOR_MAGIC: u64 = 0x3152_5352_4352_5248;
/// The ABI that this crate reads.
pub const ABI_MAJOR: u16 = 1;
/// What this crate knows of it; any other is read too.
pub const ABI_MINOR: u16 = 1;
/// The least that a ring's header takes, bytes.
pub const HEADER_BYTES_MIN: usize = 4096;
/// Bytes of a cursor page.
pub const CURSOR_BYTES: usize = 4096;
/// Records after which the cursor is stored at the latest.
pub const CURSOR_LAG: u64 = 32;
/// The most slots of a ring.
pub const SLOT_COUNT_MAX: u32 = 1 << 26;

/// Where the fields stand: docs/ABI.md section 2.
pub(crate) mod at {
    pub const ABI_MAJOR: usize = 8;
    pub const ABI_MINOR: usize = 10;
    pub const HEADER_BYTES: usize = 12;
    pub const SLOT_BYTES: usize = 16;
    pub const SLOT_COUNT: usize = 20;
    pub const SESSION_EPOCH: usize = 24;
    pub const FIRST_STAMP: usize = 96;
    pub const HEARTBEAT_NS: usize = 128;
    pub const PUBLISHED: usize = 136;
    pub const LOST: usize = 144;
    pub const STATE: usize = 152;
    pub const WAKES: usize = 192;
    pub const CURSOR_READ: usize = 64;
    pub const CURSOR_WAITING: usize = 128;
}

/// What the `state` of a ring says: docs/ABI.md section 5.
pub mod state {
    /// Not used.
    pub const STARTING: u32 = 0;
    /// Go on.
    pub const RUNNING: u32 = 1;
    /// `on_full: detach`, and it was full.
    pub const DETACHED: u32 = 2;
    /// The cursor held what no reader writes.
    pub const EVICTED: u32 = 3;
    /// The handler ends in good order.
    pub const STOPPING: u32 = 4;
}

/// Why a ring's header is none that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// The object is shorter than what must be in it: bytes found, bytes wanted.
    Short(usize, u64),
    /// Not a ring: the magic found.
    Magic(u64),
    /// Another ABI major: the one found.
    Major(u16),
    /// `header_bytes` found.
    HeaderBytes(u32),
    /// `slot_bytes` found.
    SlotBytes(u32),
    /// `slot_count` found.
    SlotCount(u32),
    /// Not a cursor page: the magic found.
    CursorMagic(u64),
}

impl core::fmt::Display for HeaderError {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Short(found, wanted) => write!(out, "the ring's memory has {found} bytes, wanted {wanted} or more"),
            Self::Magic(found) => write!(out, "this is no ring: its magic is {found:#x}, wanted {RING_MAGIC:#x}"),
            Self::Major(found) => {
                write!(out, "the ring's ABI major is {found}, wanted {ABI_MAJOR}: use the crate of the handler's release")
            }
            Self::HeaderBytes(found) => {
                write!(out, "header_bytes is {found}, wanted a multiple of 64 from {HEADER_BYTES_MIN} on")
            }
            Self::SlotBytes(found) => write!(out, "slot_bytes is {found}, wanted 64, 128, 384 or 576"),
            Self::SlotCount(found) => write!(out, "slot_count is {found}, wanted a power of two from 64 to {SLOT_COUNT_MAX}"),
            Self::CursorMagic(found) => {
                write!(out, "this is no cursor page: its magic is {found:#x}, wanted {CURSOR_MAGIC:#x}")
            }
        }
    }
}

impl core::error::Error for HeaderError {}

/// What a header says: read once, checked, kept.
struct HeaderFields {
    major: u16,
    minor: u16,
    header_bytes: u32,
    slot_bytes: u32,
    slot_count: u32,
    first_stamp: u64,
}

impl HeaderFields {
    /// # Safety
    /// `data` points to [`HEADER_BYTES_MIN`] bytes, 8-aligned, that nobody writes but for the live words.
    unsafe fn read(data: NonNull<u8>) -> Self {
        // SAFETY: inside of those, each aligned, none of them live.
        unsafe {
            Self {
                major: data.add(at::ABI_MAJOR).cast().read(),
                minor: data.add(at::ABI_MINOR).cast().read(),
                header_bytes: data.add(at::HEADER_BYTES).cast().read(),
                slot_bytes: data.add(at::SLOT_BYTES).cast().read(),
                slot_count: data.add(at::SLOT_COUNT).cast().read(),
                first_stamp: data.add(at::FIRST_STAMP).cast().read(),
            }
        }
    }

    /// Every number that addresses memory, against the size of the object that it is in.
    fn check(&self, data_bytes: usize) -> Result<(), HeaderError> {
        let &Self { major, header_bytes, slot_bytes, slot_count, .. } = self;
        if major != ABI_MAJOR {
            return Err(HeaderError::Major(major));
        }
        if header_bytes < HEADER_BYTES_MIN as u32 || header_bytes % 64 != 0 {
            return Err(HeaderError::HeaderBytes(header_bytes));
        }
        if !matches!(slot_bytes, 64 | 128 | 384 | 576) {
            return Err(HeaderError::SlotBytes(slot_bytes));
        }
        if !slot_count.is_power_of_two() || u64::from(slot_count) < 2 * CURSOR_LAG || slot_count > SLOT_COUNT_MAX {
            return Err(HeaderError::SlotCount(slot_count));
        }
        // No overflow: 32 bits, and 26 bits x 10 bits.
        let wanted = u64::from(header_bytes) + u64::from(slot_count) * u64::from(slot_bytes);
        if wanted > data_bytes as u64 {
            return Err(HeaderError::Short(data_bytes, wanted));
        }
        Ok(())
    }
}

/// The reading side of one ring. One thread at a time; see the [module](self) for why it is sound.
#[derive(Debug)]
pub struct Consumer {
    slots: NonNull<u8>,
    mask: u64,
    slot_bytes: u64,
    /// Slots done with; this side's private count.
    read: u64,
    /// Of which the cursor page knows.
    stored: u64,
    /// Slots after those, that are lent.
    lent: u64,
    /// Of the newest record lent.
    last_stamp: u64,
    /// LOST records among those read and lent.
    lost_records: u64,
    /// Sum of their counts.
    lost: u64,
    header: NonNull<u8>,
    cursor: NonNull<u8>,
    /// Of the last sleep.
    ticket: u32,
    minor: u16,
}

// SAFETY: it has the ring's reading side to itself, and memory that is not bound to a thread.
unsafe impl Send for Consumer {}

impl Consumer {
    /// Checks the header of a ring, and makes the reading side of it, at its beginning.
    ///
    /// # Errors
    /// What is wrong with the header or the cursor page.
    ///
    /// # Safety
    /// `data` points to `data_bytes` bytes that can be read, `cursor` to [`CURSOR_BYTES`] that can be read and written, both
    /// 64-aligned, for as long as this lives. If the magic is a ring's, both are one that docs/ABI.md describes, written only as it
    /// says, and this is the only reader of it.
    pub unsafe fn new(data: NonNull<u8>, data_bytes: usize, cursor: NonNull<u8>) -> Result<Self, HeaderError> {
        if data_bytes < HEADER_BYTES_MIN {
            return Err(HeaderError::Short(data_bytes, HEADER_BYTES_MIN as u64));
        }
        // SAFETY: inside of the header, aligned. Acquire: what was written before the magic is seen below.
        let magic = unsafe { data.cast::<AtomicU64>().as_ref() }.load(Ordering::Acquire);
        if magic != RING_MAGIC {
            return Err(HeaderError::Magic(magic));
        }
        // SAFETY: at least HEADER_BYTES_MIN are there, aligned, written once, before the magic.
        let fields = unsafe { HeaderFields::read(data) };
        fields.check(data_bytes)?;
        // SAFETY: a cursor page is there, aligned; its magic is written once.
        let magic = unsafe { cursor.cast::<u64>().read() };
        if magic != CURSOR_MAGIC {
            return Err(HeaderError::CursorMagic(magic));
        }
        Ok(Self {
            // SAFETY: `check`: inside of the object.
            slots: unsafe { data.add(fields.header_bytes as usize) },
            mask: u64::from(fields.slot_count) - 1,
            slot_bytes: u64::from(fields.slot_bytes),
            read: 0,
            stored: 0,
            lent: 0,
            last_stamp: fields.first_stamp,
            lost_records: 0,
            lost: 0,
            header: data,
            cursor,
            ticket: 0,
            minor: fields.minor,
        })
    }

    #[inline(always)]
    fn slot(&self, index: u64) -> NonNull<u8> {
        // SAFETY: `new`: mask + 1 slots of slot_bytes are there, checked against the mapping.
        unsafe { self.slots.add(((index & self.mask) * self.slot_bytes) as usize) }
    }

    /// The acquire pairs with the release of the stamp in the writer: the record's bytes are there.
    #[inline(always)]
    fn stamp_at(slot: NonNull<u8>) -> u64 {
        // SAFETY: a slot begins with its stamp, 64-aligned; only ever read and written atomically.
        unsafe { slot.cast::<AtomicU64>().as_ref() }.load(Ordering::Acquire)
    }

    #[inline(always)]
    fn word_of_header<T>(&self, offset: usize) -> &T {
        // SAFETY: T is an atomic (private, used so below), the offset is inside of the header and aligned.
        unsafe { self.header.add(offset).cast::<T>().as_ref() }
    }

    /// Tells the writer how far this side has read.
    #[inline(always)]
    fn store_cursor(&mut self) {
        if self.stored != self.read {
            // SAFETY: inside of the cursor page, aligned; the writer reads it atomically.
            unsafe { self.cursor.add(at::CURSOR_READ).cast::<AtomicU64>().as_ref() }.store(self.read, Ordering::Release);
            self.stored = self.read;
        }
    }

    /// Counts the record, which is about to be lent.
    #[inline(always)]
    fn count(&mut self, record: NonNull<u8>) {
        // SAFETY: a record stands here, complete (see stamp_at).
        if unsafe { record.cast::<RecordHeader>().as_ref() }.rtype == RType::Lost as u8 {
            self.count_lost(record);
        }
    }

    #[cold]
    #[inline(never)]
    fn count_lost(&mut self, record: NonNull<u8>) {
        self.lost_records += 1;
        // SAFETY: every slot holds 56 bytes, LOST takes 40.
        self.lost = self.lost.wrapping_add(unsafe { record.cast::<Lost>().as_ref() }.count);
    }

    /// The next record after those that are lent already, which is lent too. What the writer overwrote too early, were it so, ends
    /// at one lap.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<NonNull<u8>> {
        let slot = self.slot(self.read + self.lent);
        let stamp = Self::stamp_at(slot);
        if stamp <= self.last_stamp {
            return None;
        }
        self.last_stamp = stamp;
        self.lent += 1;
        // SAFETY: the record follows the stamp in its slot.
        let record = unsafe { slot.add(STAMP_BYTES) };
        self.count(record);
        Some(record)
    }

    /// As `take`, for several at once that stay lent: no more than one lap.
    #[cfg(any(feature = "std", test))]
    #[inline(always)]
    pub(crate) fn take_more(&mut self) -> Option<NonNull<u8>> {
        if self.lent > self.mask {
            None
        } else {
            self.take()
        }
    }

    /// Bytes of a slot that a record can take.
    #[inline(always)]
    pub(crate) fn room(&self) -> u32 {
        self.slot_bytes as u32 - STAMP_BYTES as u32
    }

    /// Gives back all that is lent, and tells the writer.
    #[inline]
    pub fn release(&mut self) {
        self.release_lazily();
        self.store_cursor();
    }

    /// Gives back all that is lent. Tells the writer only when the cursor lags by [`CURSOR_LAG`].
    #[inline(always)]
    pub(crate) fn release_lazily(&mut self) {
        self.read += self.lent;
        self.lent = 0;
        if self.read - self.stored >= CURSOR_LAG {
            self.store_cursor();
        }
    }

    /// The next record, or `None` when the ring is empty; releases what was lent before. Never blocks, makes no system call.
    #[inline(always)]
    pub fn poll(&mut self) -> Option<RecordRef<'_>> {
        let room = self.room();
        // SAFETY: `take`: a record in a slot with that room, lent until `release`, which needs &mut self.
        self.poll_raw().map(|record| unsafe { RecordRef::new(record, room) })
    }

    #[inline(always)]
    pub(crate) fn poll_raw(&mut self) -> Option<NonNull<u8>> {
        self.release_lazily();
        let found = self.take();
        if found.is_none() {
            self.store_cursor();
        }
        found
    }

    /// The records that stand ready in one run of memory, at most `maximum`; releases what was lent before. Empty when there is
    /// none. A batch ends where the ring wraps.
    #[inline(always)]
    pub fn batch(&mut self, maximum: usize) -> Batch<'_> {
        let (first, count) = self.batch_raw(maximum);
        // SAFETY: `batch_raw`: so many records, one a slot, lent until `release`, which needs &mut self.
        unsafe { Batch::new(first, self.slot_bytes as usize, count, 0) }
    }

    #[inline(always)]
    pub(crate) fn batch_raw(&mut self, maximum: usize) -> (NonNull<u8>, usize) {
        self.release(); // once a batch, and not only when 32 have come together
        let to_wrap = self.mask + 1 - (self.read & self.mask);
        let limit = to_wrap.min(maximum as u64);
        let first = self.slot(self.read);
        let mut slot = first;
        let mut last = self.last_stamp;
        let mut count = 0;
        while count < limit {
            let stamp = Self::stamp_at(slot);
            if stamp <= last {
                break;
            }
            last = stamp;
            // SAFETY: the record follows the stamp in its slot.
            let record = unsafe { slot.add(STAMP_BYTES) };
            // SAFETY: a record stands here, complete (see stamp_at).
            if unsafe { record.cast::<RecordHeader>().as_ref() }.rtype == RType::Lost as u8 {
                self.count_lost(record);
            }
            // SAFETY: at most one behind the last slot, which is the end of the object at the latest.
            slot = unsafe { slot.add(self.slot_bytes as usize) };
            count += 1;
        }
        self.last_stamp = last;
        self.lent = count;
        // SAFETY: in the slot.
        (unsafe { first.add(STAMP_BYTES) }, count as usize)
    }

    /// Whether there is something to read beyond what is lent.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        Self::stamp_at(self.slot(self.read + self.lent)) > self.last_stamp
    }

    /// Says that this side is about to sleep (docs/ABI.md section 3). Returns the value of `wakes` to sleep on, and whether there is
    /// something to read after all. Releases what was lent. Look at [`Consumer::state`] after this, not before.
    pub fn arm(&mut self) -> (u32, bool) {
        self.release();
        let wakes = self.wakes().load(Ordering::Acquire);
        self.ticket = self.ticket.wrapping_add(1);
        if self.ticket == 0 {
            self.ticket = 1;
        }
        // SAFETY: inside of the cursor page, aligned; the writer reads it atomically.
        unsafe { self.cursor.add(at::CURSOR_WAITING).cast::<AtomicU32>().as_ref() }.store(self.ticket, Ordering::Release);
        // Between the ticket and the look: this side's alone, the writer looks again in its next turn.
        fence(Ordering::SeqCst);
        (wakes, self.is_ready())
    }

    /// The word that a futex sleeper waits on.
    #[must_use]
    pub fn wakes(&self) -> &AtomicU32 {
        self.word_of_header(at::WAKES)
    }

    /// One of [`state`]. Acquire: what was published before it changed is seen by the next look.
    #[must_use]
    pub fn state(&self) -> u32 {
        self.word_of_header::<AtomicU32>(at::STATE).load(Ordering::Acquire)
    }

    /// When the worker last said that it runs, ns since the UNIX epoch.
    #[must_use]
    pub fn heartbeat_ns(&self) -> u64 {
        self.word_of_header::<AtomicU64>(at::HEARTBEAT_NS).load(Ordering::Relaxed)
    }

    /// Records meant for this ring, as of a millisecond ago, or of its end.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.word_of_header::<AtomicU64>(at::PUBLISHED).load(Ordering::Relaxed)
    }

    /// Of which it had no room for, likewise.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.word_of_header::<AtomicU64>(at::LOST).load(Ordering::Relaxed)
    }

    /// The stamp of the newest record that was lent, ns since the UNIX epoch.
    #[must_use]
    pub fn last_stamp(&self) -> u64 {
        self.last_stamp
    }

    /// Records lent so far, without LOST records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.read + self.lent - self.lost_records
    }

    /// Sum of the counts of the LOST records lent so far.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The ABI minor of the handler.
    #[must_use]
    pub fn abi_minor(&self) -> u16 {
        self.minor
    }

    /// When the handler started, ns since the UNIX epoch: another value is another handler.
    #[must_use]
    pub fn session_epoch(&self) -> u64 {
        // SAFETY: written once, before the header was checked.
        unsafe { self.header.add(at::SESSION_EPOCH).cast::<u64>().read() }
    }

    /// Slots, and bytes of each.
    #[must_use]
    pub fn slots(&self) -> (usize, usize) {
        (self.mask as usize + 1, self.slot_bytes as usize)
    }
}
