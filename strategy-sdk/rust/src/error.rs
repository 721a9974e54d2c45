// SPDX-License-Identifier: Apache-2.0
//! What goes wrong before there is a feed.

use crate::directory::DirectoryError;
use crate::end::Damage;
use crate::ring::{HeaderError, ABI_MINOR};
use std::io;
use std::path::PathBuf;

/// Why there is no feed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The handler refused, with its reason: a negative errno (docs/ABI.md section 1) and a text for people.
    Refused {
        /// A negative errno: -13 not on the allow list, -2 no such consumer, -16 attached already, -122 too many rings, ...
        status: i32,
        /// Why, for people.
        message: String,
    },
    /// No handler listens there.
    NoHandler(PathBuf),
    /// A consumer's name has 1 to 31 bytes, none of them zero.
    Name(String),
    /// A socket's path has at most 107 bytes.
    Path(PathBuf),
    /// The handler did not answer within five seconds.
    NoAnswer(PathBuf),
    /// The handler closed the connection without an answer.
    HungUp(PathBuf),
    /// The handler's answer is not of this protocol: what was found.
    Protocol(String),
    /// A ring cannot be read: which, and why.
    Ring(usize, HeaderError),
    /// An instrument directory cannot be read: of which ring, and why.
    Directory(usize, DirectoryError),
    /// The handler wakes nobody: its ABI minor is too old for this way of waiting.
    Wakeless(u16),
    /// The file is no DBN file, or damaged where it begins.
    Damaged(Box<Damage>),
    /// The system: what was being done, and its answer.
    System(String, io::Error),
}

impl Error {
    pub(crate) fn system(doing: impl Into<String>, error: impl Into<io::Error>) -> Self {
        Self::System(doing.into(), error.into())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { status, message } => {
                write!(out, "the handler refused: {message} ({})", io::Error::from_raw_os_error(-status))
            }
            Self::NoHandler(path) => {
                write!(out, "{}: no handler is running there (start one with `headrace run`, or set HEADRACE_SOCKET)", path.display())
            }
            Self::Name(name) => write!(out, "'{name}': a consumer's name has 1 to 31 bytes, none of them zero"),
            Self::Path(path) => write!(out, "{}: a socket's path has at most 107 bytes", path.display()),
            Self::NoAnswer(path) => write!(out, "{}: the handler did not answer within 5 s", path.display()),
            Self::HungUp(path) => write!(out, "{}: the handler closed the connection", path.display()),
            Self::Protocol(found) => write!(out, "the handler's reply is not of this protocol: {found}"),
            Self::Ring(ring, error) => write!(out, "ring {ring}: {error}"),
            Self::Directory(ring, error) => write!(out, "instrument directory of ring {ring}: {error}"),
            Self::Wakeless(minor) => write!(
                out,
                "this handler wakes nobody: its ABI minor is {minor}, wanted {ABI_MINOR} or more; use Waiting::Spin or Waiting::Yield"
            ),
            Self::Damaged(damage) => damage.fmt(out),
            Self::System(doing, error) => write!(out, "{doing}: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Ring(_, error) => Some(error),
            Self::Directory(_, error) => Some(error),
            Self::Damaged(damage) => Some(damage),
            Self::System(_, error) => Some(error),
            _ => None,
        }
    }
}
