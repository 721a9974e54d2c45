// SPDX-License-Identifier: Apache-2.0
//! The instrument directory of one worker, over memory that is mapped already: docs/ABI.md section 6.

use crate::record::text::text;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

/// `HRRRDIR1` in memory.
pub const DIRECTORY_MAGIC: u64 = 0x3152_4944_5252_5248;
/// Where entry 0 begins, and bytes of an entry.
pub(crate) const ENTRY_BYTES: usize = 64;

/// One instrument. Added once, never changed.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The venue's number, as in records.
    pub instrument_id: u32,
    /// Dataset and venue, as in records.
    pub publisher_id: u16,
    /// Index of the feed in the handler's configuration.
    pub feed: u8,
    reserved0: u8,
    /// Shares; 0 when not known.
    pub round_lot: u32,
    reserved1: u32,
    symbol: [u8; 24],
    reserved2: [u8; 24],
}

const _: () = {
    assert!(core::mem::size_of::<DirectoryEntry>() == ENTRY_BYTES);
    assert!(core::mem::offset_of!(DirectoryEntry, instrument_id) == 0);
    assert!(core::mem::offset_of!(DirectoryEntry, publisher_id) == 4);
    assert!(core::mem::offset_of!(DirectoryEntry, feed) == 6);
    assert!(core::mem::offset_of!(DirectoryEntry, round_lot) == 8);
    assert!(core::mem::offset_of!(DirectoryEntry, symbol) == 16);
};

impl DirectoryEntry {
    /// The venue's symbol.
    #[must_use]
    pub fn symbol(&self) -> &str {
        text(&self.symbol)
    }
}

/// Why a directory is none that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The object is shorter than what must be in it: bytes found, bytes wanted.
    Short(usize, u64),
    /// Not a directory: the magic found.
    Magic(u64),
    /// `entry_bytes` found.
    EntryBytes(u32),
}

impl core::fmt::Display for DirectoryError {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Short(found, wanted) => write!(out, "the directory's memory has {found} bytes, wanted {wanted} or more"),
            Self::Magic(found) => write!(out, "this is no directory: its magic is {found:#x}, wanted {DIRECTORY_MAGIC:#x}"),
            Self::EntryBytes(found) => write!(out, "entry_bytes is {found}, wanted {ENTRY_BYTES}"),
        }
    }
}

impl core::error::Error for DirectoryError {}

/// The instruments of one worker: entries are added, never changed or removed.
#[derive(Debug)]
pub struct Directory {
    page: NonNull<u8>,
    capacity: u32,
}

// SAFETY: it only reads, atomically what changes.
unsafe impl Send for Directory {}
// SAFETY: as above.
unsafe impl Sync for Directory {}

impl Directory {
    /// # Errors
    /// What is wrong with its header.
    ///
    /// # Safety
    /// `page` points to `bytes` bytes that can be read, 8-aligned, for as long as this lives. If the magic is a directory's, it is
    /// written only as docs/ABI.md says.
    pub unsafe fn new(page: NonNull<u8>, bytes: usize) -> Result<Self, DirectoryError> {
        if bytes < ENTRY_BYTES {
            return Err(DirectoryError::Short(bytes, ENTRY_BYTES as u64));
        }
        // SAFETY: inside of the header, aligned, written once.
        let (magic, capacity, entry_bytes) =
            unsafe { (page.cast::<u64>().read(), page.add(8).cast::<u32>().read(), page.add(12).cast::<u32>().read()) };
        if magic != DIRECTORY_MAGIC {
            return Err(DirectoryError::Magic(magic));
        }
        if entry_bytes != ENTRY_BYTES as u32 {
            return Err(DirectoryError::EntryBytes(entry_bytes));
        }
        let wanted = (u64::from(capacity) + 1) * ENTRY_BYTES as u64;
        if wanted > bytes as u64 {
            return Err(DirectoryError::Short(bytes, wanted));
        }
        Ok(Self { page, capacity })
    }

    /// How many entries there are by now.
    #[must_use]
    pub fn len(&self) -> usize {
        // SAFETY: inside of the header. Acquire: the entries below it are complete.
        let count = unsafe { self.page.add(16).cast::<AtomicU32>().as_ref() }.load(Ordering::Acquire);
        count.min(self.capacity) as usize
    }

    /// Whether there is none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entry `index`, or `None` beyond the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&DirectoryEntry> {
        // SAFETY: below count, which is at most what the mapping holds; never changed from here on.
        (index < self.len()).then(|| unsafe { self.page.add((index + 1) * ENTRY_BYTES).cast::<DirectoryEntry>().as_ref() })
    }

    /// The entries by now, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &DirectoryEntry> + DoubleEndedIterator {
        // SAFETY: as in `get`.
        (0..self.len()).map(|index| unsafe { self.page.add((index + 1) * ENTRY_BYTES).cast::<DirectoryEntry>().as_ref() })
    }

    /// The newest entry of an instrument: the one that counts. Looks at every entry; `Symbols` has an index.
    #[must_use]
    pub fn find(&self, publisher_id: u16, instrument_id: u32) -> Option<&DirectoryEntry> {
        self.iter().rev().find(|entry| entry.publisher_id == publisher_id && entry.instrument_id == instrument_id)
    }
}
