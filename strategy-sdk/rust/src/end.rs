// SPDX-License-Identifier: Apache-2.0
//! Why there will be no more records.

use std::path::PathBuf;

/// Why there will be no more records: what [`Feed::next`](crate::Feed::next) returns once everything that was published has been read.
/// After any of these, drop the feed and attach anew.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// The handler ended in good order, or the file is at its end.
    Stopped,
    /// The handler died.
    Died,
    /// This strategy was too slow: its ring was full, and its policy is `on_full: detach`.
    Detached,
    /// Evicted: the cursor held a value that no reader writes.
    Evicted,
    /// A ring is in a state that this release does not know: the state found.
    Unknown(u32),
    /// The file is damaged; the records before the damage have been read.
    Damaged(Box<Damage>),
}

impl std::fmt::Display for End {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stopped => write!(out, "the handler has stopped"),
            Self::Died => write!(out, "the handler has died"),
            Self::Detached => write!(out, "this strategy was too slow: its ring was full, and its policy is on_full: detach"),
            Self::Evicted => write!(out, "evicted: the cursor held a value that no reader writes"),
            Self::Unknown(state) => write!(out, "a ring is in state {state}, which this release does not know"),
            Self::Damaged(damage) => damage.fmt(out),
        }
    }
}

impl std::error::Error for End {}

/// Where a file is damaged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Records before the damage.
    pub records: u64,
    /// Where what cannot be read begins: bytes from the beginning of the file, once it is decompressed.
    pub offset: u64,
    /// What was found there.
    pub message: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, records, offset, message } = self;
        write!(out, "{}: damaged after {records} records, at byte {offset} (decompressed): {message}", path.display())
    }
}

impl std::error::Error for Damage {}
