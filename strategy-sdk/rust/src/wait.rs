// SPDX-License-Identifier: Apache-2.0
//! Waiting: how the time passes until there is something to read, and how the end is noticed (docs/ABI.md sections 3 and 5).

use crate::batch::Batch;
use crate::end::End;
use crate::feed::{Feed, Source};
use crate::record_ref::RecordRef;
use crate::ring::state;
use rustix::event::{poll, PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{recv, RecvFlags};
use rustix::thread::futex;
use rustix::time::Timespec;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Empty looks between two looks at the clock: about 20 us of spinning.
const LOOKS_PER_CHECK: u32 = 1024;
/// A yield may last as long as every other process on the core likes.
const YIELDS_PER_CHECK: u32 = 4;
/// A handler renews its heartbeat every millisecond; only when that is late does the reader ask the kernel.
const HEARTBEAT_LATE_NS: u64 = 3_000_000;
/// The longest sleep: the death of a handler is not told by its waker.
const SLEEP: Duration = Duration::from_millis(100);

/// How to wait when there is nothing to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waiting {
    /// Pause: the lowest latency, one whole core.
    #[default]
    Spin,
    /// Give the core to others after each empty look: for machines with fewer cores than spinners.
    Yield,
    /// Spin for so long, then sleep until the handler's waker thread ends it: no core while nothing comes. 20 us is what a sleep and
    /// a wake-up cost together: [`Waiting::FUTEX`].
    Futex(Duration),
    /// Sleep at once, on a descriptor: for poll, epoll, tokio, mio and their like ([`Feed::readiness`]).
    Eventfd,
}

impl Waiting {
    /// [`Waiting::Futex`] with 20 us of spinning.
    pub const FUTEX: Self = Self::Futex(Duration::from_micros(20));

    /// What the handler is told.
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::Spin | Self::Yield => 0,
            Self::Futex(_) => 1,
            Self::Eventfd => 2,
        }
    }

    fn sleeps(self) -> bool {
        self.code() != 0
    }

    fn looks_per_check(self) -> u32 {
        match self {
            Self::Yield => YIELDS_PER_CHECK,
            Self::Eventfd => 1,
            Self::Spin | Self::Futex(_) => LOOKS_PER_CHECK,
        }
    }

    fn look_away(self) {
        if self == Self::Yield {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

/// A descriptor that becomes readable when there is something to read on an armed feed, and when the handler dies: for poll, epoll,
/// `tokio::io::unix::AsyncFd`, mio's `SourceFd`. It is the feed's; this is a handle of its own, so that an event loop may own it
/// while the feed is read. Do not read from it.
#[derive(Clone, Debug)]
pub struct Readiness(pub(crate) Arc<OwnedFd>);

impl AsFd for Readiness {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Readiness {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

fn end_of_state(found: u32) -> Option<End> {
    match found {
        state::RUNNING => None,
        state::STOPPING => Some(End::Stopped),
        state::DETACHED => Some(End::Detached),
        state::EVICTED => Some(End::Evicted),
        other => Some(End::Unknown(other)),
    }
}

/// The kernel's word on whether the handler lives: its end of the socket.
fn has_hung_up(socket: &OwnedFd) -> bool {
    match recv(socket, &mut [0_u8; 1], RecvFlags::DONTWAIT | RecvFlags::PEEK) {
        Ok((_, got)) => got == 0,
        Err(error) => error != Errno::AGAIN && error != Errno::INTR,
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: i64::from(duration.subsec_nanos()) }
}

impl Feed {
    /// Waits for the next record: `None` waits for ever, `Duration::ZERO` only looks. `Ok(None)` says that nothing came in time.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut feed = headrace::attach("my-strategy")?;
    /// match feed.next(Duration::from_millis(5))? {
    ///     Some(record) => println!("{record:?}"),
    ///     None => println!("quiet"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Why there will be no more, once everything that was published has been read.
    #[inline]
    pub fn next(&mut self, timeout: impl Into<Option<Duration>>) -> Result<Option<RecordRef<'_>>, End> {
        let found = match self.poll_raw() {
            Some(record) => Some(record),
            None => self.wait_for(timeout.into(), Self::poll_raw)?,
        };
        // SAFETY: as in `poll`.
        Ok(found.map(|(record, room)| unsafe { RecordRef::new(record, room) }))
    }

    /// Waits for at least one record and lends all that stand in a row, at most `maximum` (at least 1). Empty when nothing came in
    /// time. Otherwise as [`Feed::next`].
    ///
    /// # Errors
    /// Why there will be no more, once everything that was published has been read.
    #[inline]
    pub fn next_batch(&mut self, maximum: usize, timeout: impl Into<Option<Duration>>) -> Result<Batch<'_>, End> {
        let maximum = maximum.max(1);
        let found = match self.batch_raw(maximum) {
            Some(found) => Some(found),
            None => self.wait_for(timeout.into(), |feed| feed.batch_raw(maximum))?,
        };
        // SAFETY: as in `batch`.
        Ok(found.map_or_else(Batch::empty, |found| unsafe { found.batch() }))
    }

    /// What the rings say: the good end only when all of them do, for one worker may still be publishing. Acquire: what was
    /// published before the state changed is seen by the next look.
    fn end_of_rings(&self) -> Option<End> {
        let mut stopping = 0;
        for ring in &self.rings {
            match end_of_state(ring.state()) {
                Some(End::Stopped) => stopping += 1,
                Some(end) => return Some(end),
                None => {}
            }
        }
        (stopping == self.rings.len()).then_some(End::Stopped)
    }

    fn any_heartbeat_late(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        self.rings.iter().any(|ring| ring.heartbeat_ns().abs_diff(now) > HEARTBEAT_LATE_NS)
    }

    /// The slow half of waiting, for loops of the caller's own: looks whether the handler is alive. After an error read once more
    /// until there is nothing.
    ///
    /// # Errors
    /// Why there will be no more.
    pub fn check(&mut self) -> Result<(), End> {
        if self.end.is_none() {
            self.end = match &self.source {
                Source::Live(live) => self.end_of_rings().or_else(|| {
                    // One that sleeps on a descriptor may have been woken by the hang-up alone.
                    let doubtful = live.sleep.is_some() || self.any_heartbeat_late();
                    // It may have ended well between the two looks.
                    (doubtful && has_hung_up(&live.socket)).then(|| self.end_of_rings().unwrap_or(End::Died))
                }),
                #[cfg(feature = "file")]
                Source::File(file) => file.end(),
            };
        }
        self.end.clone().map_or(Ok(()), Err)
    }

    /// Why there will be no more, as far as it has been noticed.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Waits until `look` finds something. An end is returned only when one more look after it found nothing.
    #[cold]
    fn wait_for<T>(
        &mut self,
        timeout: Option<Duration>,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<Option<T>, End> {
        let waiting = self.waiting();
        let mut begun = None;
        loop {
            for _ in 0..waiting.looks_per_check() {
                if let Some(found) = look(self) {
                    return Ok(Some(found));
                }
                if timeout == Some(Duration::ZERO) {
                    break;
                }
                waiting.look_away();
            }
            if let Err(end) = self.check() {
                return look(self).map(Some).ok_or(end);
            }
            if timeout.is_none() && !waiting.sleeps() {
                continue;
            }
            let now = Instant::now();
            let waited = now - *begun.get_or_insert(now);
            let left = timeout.map_or(SLEEP, |timeout| timeout.saturating_sub(waited));
            if left.is_zero() {
                return Ok(None);
            }
            match waiting {
                Waiting::Futex(spin) if waited >= spin => self.sleep_on_futex(left.min(SLEEP)),
                Waiting::Eventfd => self.sleep_on_descriptor(left.min(SLEEP)),
                _ => {}
            }
        }
    }

    /// Says to every ring that this side is about to sleep. The first one's wakes, and whether it had better not.
    fn arm_rings(&mut self) -> (u32, bool) {
        let mut first = None;
        let mut ready = false;
        for ring in &mut self.rings {
            let (wakes, found) = ring.arm();
            first.get_or_insert(wakes);
            ready |= found;
        }
        (first.unwrap_or(0), ready || self.end_of_rings().is_some())
    }

    /// Until woken, or for so long; spuriously at times.
    fn sleep_on_futex(&mut self, limit: Duration) {
        let (wakes, ready) = self.arm_rings();
        if !ready {
            // Shared, as the word is another process's.
            let _ = futex::wait(self.rings[0].wakes(), futex::Flags::empty(), wakes, Some(&timespec(limit)));
        }
    }

    fn sleep_on_descriptor(&mut self, limit: Duration) {
        if !self.arm() {
            if let Some(readiness) = self.readiness() {
                let _ = poll(&mut [PollFd::new(&readiness, PollFlags::IN)], Some(&timespec(limit)));
            }
        }
    }

    /// The descriptor of a feed that was attached with [`Waiting::Eventfd`]; `None` for others.
    #[must_use]
    pub fn readiness(&self) -> Option<Readiness> {
        match &self.source {
            Source::Live(live) => live.sleep.as_ref().map(|sleep| sleep.readiness.clone()),
            #[cfg(feature = "file")]
            Source::File(_) => None,
        }
    }

    /// For event loops, on feeds attached with [`Waiting::Eventfd`]: read with [`Feed::poll`], [`Feed::batch`] or [`Feed::drain`] until
    /// there is nothing, then arm. `true` is "there is something after all, or the end: read on, and [`Feed::check`]"; `false` is "wait
    /// until the descriptor is readable, or for a tenth of a second, then read on". Always `true` for other feeds.
    pub fn arm(&mut self) -> bool {
        self.release();
        match &self.source {
            Source::Live(live) => match &live.sleep {
                Some(sleep) => sleep.empty(),
                None => return true,
            },
            #[cfg(feature = "file")]
            Source::File(_) => return true,
        }
        self.arm_rings().1
    }
}
