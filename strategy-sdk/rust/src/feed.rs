// SPDX-License-Identifier: Apache-2.0
//! A feed: the rings of one consumer, read in turn, and what they came from. What waits is in wait.rs.

use crate::attach;
use crate::batch::Batch;
use crate::directory::Directory;
use crate::end::End;
use crate::error::Error;
use crate::mapping::Mapping;
use crate::record_buf::RecordBuf;
use crate::record_ref::RecordRef;
use crate::ring::{Consumer, CURSOR_BYTES};
use crate::symbols::{MappedDirectory, Names, Symbols};
use crate::wait::{Readiness, Waiting};
use rustix::event::epoll;
use rustix::fs::{fcntl_getfl, fcntl_setfl, OFlags};
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;

/// A record and the bytes of its slot from there on.
pub(crate) type RawRecord = (NonNull<u8>, u32);

/// A run of records, without the lifetime that binds it to the feed.
pub(crate) struct RawBatch {
    first: NonNull<u8>,
    stride: usize,
    count: usize,
    ring: usize,
}

impl RawBatch {
    /// # Safety
    /// The feed is borrowed for `'a`: nothing is released in it.
    #[inline(always)]
    pub(crate) unsafe fn batch<'a>(self) -> Batch<'a> {
        // SAFETY: `Consumer::batch_raw`, and the caller.
        unsafe { Batch::new(self.first, self.stride, self.count, self.ring) }
    }
}

/// What a feed with [`Waiting::Eventfd`] sleeps on.
pub(crate) struct Sleep {
    /// A timer that the handler sets off.
    wake: OwnedFd,
    /// Both that a sleeper wants to know: there is something to read, and the handler has died.
    pub(crate) readiness: Readiness,
}

impl Sleep {
    fn new(wake: OwnedFd, socket: &OwnedFd) -> Result<Self, Error> {
        let make = || {
            fcntl_setfl(&wake, fcntl_getfl(&wake)? | OFlags::NONBLOCK)?;
            let both = epoll::create(epoll::CreateFlags::CLOEXEC)?;
            epoll::add(&both, &wake, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
            epoll::add(&both, socket, epoll::EventData::new_u64(1), epoll::EventFlags::RDHUP)?;
            Ok(both)
        };
        let both = make().map_err(|error: rustix::io::Errno| Error::system("epoll over the handler's timer", error))?;
        Ok(Self { wake, readiness: Readiness(Arc::new(both)) })
    }

    /// Takes what is left of the wake-ups before. Does not block.
    pub(crate) fn empty(&self) {
        let _ = rustix::io::read(&self.wake, &mut [0_u8; 512]);
    }
}

/// A handler that is attached to.
pub(crate) struct Live {
    pub(crate) socket: OwnedFd,
    pub(crate) sleep: Option<Sleep>,
    /// Behind the rings, which do not look at them when they are dropped.
    _memory: Vec<Mapping>,
}

/// What the records come from.
pub(crate) enum Source {
    Live(Live),
    #[cfg(feature = "file")]
    File(Box<crate::file::FileSource>),
}

/// Counts since attaching. `records` + `lost` = `published` once the ring is drained and no loss is pending (`on_full: drop`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedStatistics {
    /// Records lent, without LOST records.
    pub records: u64,
    /// Records lost, told by LOST records that were lent.
    pub lost: u64,
    /// Records meant for this consumer, as of a millisecond ago, or of the handler's end.
    pub published: u64,
    /// Of which the rings had no room for, likewise.
    pub dropped: u64,
}

/// The records of one consumer: of a handler ([`Feed::attach`]) or of a file (`headrace::open`, feature `file`).
///
/// Records are lent, not copied: a [`RecordRef`] or [`Batch`] borrows the feed, and the next call, which needs it for itself,
/// releases what was lent.
///
/// Threads: one thread at a time; a feed may be sent to another, but not shared. Nothing here makes a system call while records
/// flow; only [`Feed::next`], [`Feed::next_batch`] and [`Feed::records`] wait.
pub struct Feed {
    pub(crate) rings: Box<[Consumer]>,
    /// The one that was read last.
    ring: usize,
    /// A drain may have lent records of several rings.
    spread: bool,
    pub(crate) end: Option<End>,
    waiting: Waiting,
    pub(crate) source: Source,
    symbols: Symbols,
}

impl Feed {
    /// As [`attach`](crate::attach()).
    ///
    /// # Errors
    /// As [`AttachOptions::attach`](crate::AttachOptions::attach).
    pub fn attach(name: &str) -> Result<Self, Error> {
        attach::attach(name)
    }

    /// From what the handler sent: `rings` x (data, cursor, directory), the statistics page, and a timer for [`Waiting::Eventfd`].
    /// Closes the descriptors; the mappings hold the memory.
    pub(crate) fn from_handler(
        socket: OwnedFd,
        rings: usize,
        mut descriptors: Vec<OwnedFd>,
        waiting: Waiting,
    ) -> Result<Self, Error> {
        let mut made = Vec::with_capacity(rings);
        let mut memory = Vec::with_capacity(rings * 2);
        let mut directories = Vec::with_capacity(rings);
        for (index, of_ring) in descriptors.chunks_exact(3).take(rings).enumerate() {
            let data = Mapping::read_only(of_ring[0].as_fd())?;
            let cursor = Mapping::writable(of_ring[1].as_fd(), CURSOR_BYTES)?;
            // SAFETY: both mapped for as long as the feed lives (`memory`), page-aligned; the handler keeps docs/ABI.md and has given
            // the ring to nobody else.
            let ring = unsafe { Consumer::new(data.base(), data.bytes(), cursor.base()) };
            made.push(ring.map_err(|error| Error::Ring(index, error))?);
            memory.extend([data, cursor]);
            let page = Mapping::read_only(of_ring[2].as_fd())?;
            // SAFETY: mapped for as long as it lives, beside it.
            let directory = unsafe { Directory::new(page.base(), page.bytes()) };
            let directory = directory.map_err(|error| Error::Directory(index, error))?;
            directories.push(MappedDirectory { directory, _memory: page });
        }
        let sleep = match (waiting, descriptors.pop()) {
            (Waiting::Eventfd, Some(wake)) => Some(Sleep::new(wake, &socket)?),
            (Waiting::Futex(_), _) if made[0].abi_minor() < 1 => return Err(Error::Wakeless(made[0].abi_minor())),
            _ => None,
        };
        let live = Live { socket, sleep, _memory: memory };
        Ok(Self::new(made, waiting, Source::Live(live), Names::Live(directories.into())))
    }

    pub(crate) fn new(rings: Vec<Consumer>, waiting: Waiting, source: Source, names: Names) -> Self {
        let symbols = Symbols::new(names);
        Self { rings: rings.into(), ring: 0, spread: false, end: None, waiting, source, symbols }
    }

    pub(crate) fn waiting(&self) -> Waiting {
        self.waiting
    }

    /// The next record if there is one: never waits, makes no system call. Rings of several workers are read in turn; the order of
    /// records within one is the order of publishing. From a file, `None` is its end ([`Feed::check`] tells whether a good one).
    #[inline(always)]
    pub fn poll(&mut self) -> Option<RecordRef<'_>> {
        // SAFETY: the record is lent until something is released, which needs &mut self.
        self.poll_raw().map(|(record, room)| unsafe { RecordRef::new(record, room) })
    }

    #[inline(always)]
    pub(crate) fn poll_raw(&mut self) -> Option<RawRecord> {
        if let [ring] = &mut *self.rings {
            match ring.poll_raw() {
                Some(record) => Some((record, ring.room())),
                None => self.poll_refilled(),
            }
        } else {
            self.poll_in_turn()
        }
    }

    /// A file's ring is filled when it is found empty; a handler's fills itself.
    #[inline(always)]
    fn poll_refilled(&mut self) -> Option<RawRecord> {
        #[cfg(feature = "file")]
        if let Source::File(file) = &mut self.source {
            if file.refill() {
                let ring = &mut self.rings[0];
                return ring.poll_raw().map(|record| (record, ring.room()));
            }
        }
        None
    }

    #[inline(never)]
    fn poll_in_turn(&mut self) -> Option<RawRecord> {
        if self.spread {
            self.release();
        } else {
            self.rings[self.ring].release_lazily();
        }
        for _ in 0..self.rings.len() {
            let ring = self.turn();
            if let Some(record) = ring.poll_raw() {
                return Some((record, ring.room()));
            }
        }
        None
    }

    #[inline(always)]
    fn turn(&mut self) -> &mut Consumer {
        self.ring = if self.ring + 1 < self.rings.len() { self.ring + 1 } else { 0 };
        &mut self.rings[self.ring]
    }

    /// Gives back what is lent and tells the handler, which every other call does too, if not at once: for a strategy that does
    /// something else for a while.
    #[inline]
    pub fn release(&mut self) {
        if self.spread {
            self.rings.iter_mut().for_each(Consumer::release);
            self.spread = false;
        } else {
            self.rings[self.ring].release();
        }
    }

    /// The records that stand ready in a row, at most `maximum`; empty when there are none. Never waits. Of one ring, and no further
    /// than where it wraps: all that stands ready is [`Feed::drain`].
    #[inline(always)]
    pub fn batch(&mut self, maximum: usize) -> Batch<'_> {
        // SAFETY: the records are lent until something is released, which needs &mut self.
        self.batch_raw(maximum).map_or_else(Batch::empty, |found| unsafe { found.batch() })
    }

    #[inline(always)]
    pub(crate) fn batch_raw(&mut self, maximum: usize) -> Option<RawBatch> {
        self.release();
        for _ in 0..self.rings.len() {
            let ring = self.turn();
            let (first, count) = ring.batch_raw(maximum);
            if count != 0 {
                return Some(RawBatch { first, stride: ring.slots().1, count, ring: self.ring });
            }
        }
        #[cfg(feature = "file")]
        if let Source::File(file) = &mut self.source {
            if maximum != 0 && file.refill() {
                let ring = &mut self.rings[0];
                let (first, count) = ring.batch_raw(maximum);
                return (count != 0).then(|| RawBatch { first, stride: ring.slots().1, count, ring: 0 });
            }
        }
        None
    }

    /// What stands ready now, ring by ring, and what comes while it is read; at most one lap of each ring. Never waits. All of it
    /// stays lent until the next call on the feed, so a strategy that takes its time over each record had better use
    /// [`Feed::poll`] or [`Feed::next`], which give back as they go.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut feed = headrace::attach("my-strategy")?;
    /// let traded: u64 = feed.drain().filter_map(|record| record.get::<headrace::Trade>()).map(|trade| u64::from(trade.size)).sum();
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn drain(&mut self) -> Drain<'_> {
        self.release();
        #[cfg(feature = "file")]
        if let Source::File(file) = &mut self.source {
            // What a file has ready is what its ring holds.
            if !self.rings[0].is_ready() {
                file.refill();
            }
        }
        self.spread = self.rings.len() > 1;
        Drain { visited: 0, feed: self }
    }

    /// Copies of the records, one after the other, waiting for each until the end comes: the iterator is then over, and
    /// [`Feed::end`] says why. For what need not be fast.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut feed = headrace::attach("my-strategy")?;
    /// let first_ten: Vec<headrace::RecordBuf> = feed.records().take(10).collect();
    /// # Ok(())
    /// # }
    /// ```
    pub fn records(&mut self) -> Records<'_> {
        Records { feed: self }
    }

    /// The venue's symbol of an instrument; `None` when it has not been named yet. Of a file, the one that it had at the time of the record
    /// that was read last. While records are lent, ask [`Feed::symbols`].
    #[must_use]
    pub fn symbol(&self, publisher_id: u16, instrument_id: u32) -> Option<&str> {
        self.symbols.get_at(publisher_id, instrument_id, self.rings[0].last_stamp())
    }

    /// The instruments, as a handle of its own, to be used while records are lent.
    #[must_use]
    pub fn symbols(&self) -> Symbols {
        self.symbols.clone()
    }

    /// Counts since attaching.
    #[must_use]
    pub fn statistics(&self) -> FeedStatistics {
        self.rings.iter().fold(FeedStatistics::default(), |sum, ring| FeedStatistics {
            records: sum.records + ring.records(),
            lost: sum.lost.wrapping_add(ring.lost()),
            published: sum.published.wrapping_add(ring.published()),
            dropped: sum.dropped.wrapping_add(ring.dropped()),
        })
    }

    /// How many rings there are: one a worker of the handler's.
    #[must_use]
    pub fn ring_count(&self) -> usize {
        self.rings.len()
    }

    /// The ring that was read last: where the record came from that [`Feed::poll`] or [`Feed::next`] lent.
    #[must_use]
    pub fn ring(&self) -> usize {
        self.ring
    }

    /// When the handler started, ns since the UNIX epoch: another value is another handler. 0 for files.
    #[must_use]
    pub fn session_epoch(&self) -> u64 {
        self.rings[0].session_epoch()
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Feed")
            .field("rings", &self.rings.len())
            .field("waiting", &self.waiting)
            .field("end", &self.end)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}

/// What stands ready: [`Feed::drain`].
#[derive(Debug)]
pub struct Drain<'a> {
    feed: &'a mut Feed,
    /// Rings that were found empty.
    visited: usize,
}

impl<'a> Iterator for Drain<'a> {
    type Item = RecordRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<RecordRef<'a>> {
        while self.visited < self.feed.rings.len() {
            let ring = &mut self.feed.rings[self.feed.ring];
            if let Some(record) = ring.take_more() {
                // SAFETY: lent until something is released in the feed, which is borrowed for 'a: this takes more, and releases nothing.
                return Some(unsafe { RecordRef::new(record, ring.room()) });
            }
            self.visited += 1;
            if self.visited < self.feed.rings.len() {
                self.feed.turn();
            }
        }
        None
    }
}

impl FusedIterator for Drain<'_> {}

/// Copies of the records, until the end: [`Feed::records`].
#[derive(Debug)]
pub struct Records<'a> {
    feed: &'a mut Feed,
}

impl Iterator for Records<'_> {
    type Item = RecordBuf;

    fn next(&mut self) -> Option<RecordBuf> {
        self.feed.next(None).ok().flatten().map(RecordBuf::new)
    }
}

/// A feed may be sent to another thread.
const _: () = {
    const fn is_send<T: Send>(_: PhantomData<T>) {}
    is_send(PhantomData::<Feed>);
    is_send(PhantomData::<Symbols>);
};
