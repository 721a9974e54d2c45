// SPDX-License-Identifier: Apache-2.0
//! Memory of the handler's, mapped.

use crate::error::Error;
use rustix::fs::fstat;
use rustix::mm::{mmap, mmap_anonymous, munmap, MapFlags, ProtFlags};
use std::ffi::c_void;
use std::os::fd::BorrowedFd;
use std::ptr::{null_mut, NonNull};

/// Where one may begin, 6 MiB are 3 entries to map instead of 1,536.
const HUGE_PAGE_BYTES: usize = 2 << 20;

/// Populated, so that no record is the first to touch its page.
fn map_anywhere(fd: BorrowedFd<'_>, bytes: usize, rights: ProtFlags) -> rustix::io::Result<*mut c_void> {
    // SAFETY: a new mapping, at a place of the kernel's choice.
    unsafe { mmap(null_mut(), bytes, rights, MapFlags::SHARED | MapFlags::POPULATE, fd, 0) }
}

/// As that, where a huge page may begin.
fn map_aligned(fd: BorrowedFd<'_>, bytes: usize, rights: ProtFlags) -> rustix::io::Result<*mut c_void> {
    let reserved = bytes + HUGE_PAGE_BYTES;
    // SAFETY: a new mapping, at a place of the kernel's choice, which nobody else knows; what follows stays inside of it.
    unsafe {
        let region = mmap_anonymous(null_mut(), reserved, ProtFlags::empty(), MapFlags::PRIVATE)?;
        let skip = region.cast::<u8>().align_offset(HUGE_PAGE_BYTES);
        let at = region.byte_add(skip);
        let map = mmap(at, bytes, rights, MapFlags::SHARED | MapFlags::POPULATE | MapFlags::FIXED, fd, 0);
        if map.is_err() {
            let _ = munmap(region, reserved);
            return map;
        }
        if skip != 0 {
            let _ = munmap(region, skip);
        }
        if skip != HUGE_PAGE_BYTES {
            let _ = munmap(at.byte_add(bytes), HUGE_PAGE_BYTES - skip);
        }
        map
    }
}

/// A shared mapping; unmapped when dropped.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: memory is not bound to a thread; what is done with it is the business of those who get `base`.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// All of an object, for reading. Data, directory and statistics are sealed: nobody shrinks them under us.
    pub(crate) fn read_only(fd: BorrowedFd<'_>) -> Result<Self, Error> {
        let bytes = Self::bytes_of(fd)?;
        Self::new(fd, bytes, ProtFlags::READ)
    }

    /// The first `bytes` of an object that has at least so many, for reading and writing.
    pub(crate) fn writable(fd: BorrowedFd<'_>, bytes: usize) -> Result<Self, Error> {
        let found = Self::bytes_of(fd)?;
        if found < bytes {
            return Err(Error::Protocol(format!("a cursor page has {found} bytes, wanted {bytes}")));
        }
        Self::new(fd, bytes, ProtFlags::READ | ProtFlags::WRITE)
    }

    fn bytes_of(fd: BorrowedFd<'_>) -> Result<usize, Error> {
        let found = fstat(fd).map_err(|error| Error::system("fstat of the handler's memory", error))?;
        Ok(usize::try_from(found.st_size).unwrap_or(0))
    }

    fn new(fd: BorrowedFd<'_>, bytes: usize, rights: ProtFlags) -> Result<Self, Error> {
        if bytes == 0 {
            return Err(Error::Protocol("an object of the handler's is empty".into()));
        }
        let base = if bytes % HUGE_PAGE_BYTES == 0 { map_aligned(fd, bytes, rights) } else { map_anywhere(fd, bytes, rights) }
            .map_err(|error| Error::system(format!("mmap of {bytes} bytes of the handler's memory"), error))?;
        let base = NonNull::new(base.cast()).ok_or_else(|| Error::Protocol("a mapping at zero".into()))?;
        Ok(Self { base, bytes })
    }

    /// Where it begins; page-aligned.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// How long it is.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: as it was mapped; those who got `base` are dropped with, or before, the mapping (Feed, Symbols).
        let _ = unsafe { munmap(self.base.as_ptr().cast(), self.bytes) };
    }
}
