// SPDX-License-Identifier: Apache-2.0
//! Which symbol an instrument has.

use crate::directory::{Directory, DirectoryEntry};
use crate::mapping::Mapping;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// One worker's directory and the memory that it is in.
#[derive(Debug)]
pub(crate) struct MappedDirectory {
    pub(crate) directory: Directory,
    /// Behind `directory`, which does not look at it when it is dropped.
    pub(crate) _memory: Mapping,
}

/// A symbol that a file names.
#[derive(Debug)]
#[cfg_attr(not(feature = "file"), allow(dead_code))]
pub(crate) struct NamedInstrument {
    pub(crate) instrument_id: u32,
    /// When it began to be so, ns since the UNIX epoch.
    pub(crate) begins: u64,
    pub(crate) symbol: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Names {
    Live(Arc<[MappedDirectory]>),
    /// Ordered by instrument, and by when they began: the last of an instrument counts.
    #[cfg_attr(not(feature = "file"), allow(dead_code))]
    File(Arc<[NamedInstrument]>),
}

/// The instruments that the handler (or the file) has named so far: a handle of its own, to be used while records are lent. It stays
/// usable when the feed is gone. One thread at a time; clone it for another.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut feed = headrace::Feed::attach("my-strategy")?;
/// let symbols = feed.symbols();
/// for record in feed.drain() {
///     println!("{:?}", symbols.get(record.publisher_id(), record.instrument_id()));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Symbols {
    names: Names,
    /// (publisher, instrument) to the entry: ring, and number in it. Grows with the directories.
    index: RefCell<HashMap<(u16, u32), (usize, usize)>>,
    /// Entries of each directory that the index has.
    indexed: Box<[Cell<usize>]>,
}

impl Clone for Symbols {
    fn clone(&self) -> Self {
        Self::new(self.names.clone())
    }
}

impl Symbols {
    pub(crate) fn new(names: Names) -> Self {
        let parts = match &names {
            Names::Live(directories) => directories.len(),
            Names::File(_) => 1,
        };
        Self { names, index: RefCell::default(), indexed: (0..parts).map(|_| Cell::new(0)).collect() }
    }

    /// Takes up what was added since the last look. The newest entry of an instrument counts: numbers are given anew each day.
    fn refresh(&self) {
        for (part, indexed) in self.indexed.iter().enumerate() {
            let count = match &self.names {
                Names::Live(directories) => directories[part].directory.len(),
                Names::File(names) => names.len(),
            };
            for at in indexed.get()..count {
                if let Some((publisher_id, instrument_id, _)) = self.entry(part, at) {
                    self.index.borrow_mut().insert((publisher_id, instrument_id), (part, at));
                }
            }
            indexed.set(count);
        }
    }

    fn entry(&self, part: usize, at: usize) -> Option<(u16, u32, &str)> {
        match &self.names {
            Names::Live(directories) => {
                directories[part].directory.get(at).map(|entry| (entry.publisher_id, entry.instrument_id, entry.symbol()))
            }
            // A file's names are the same for all its publishers.
            Names::File(names) => names.get(at).map(|name| (0, name.instrument_id, name.symbol.as_str())),
        }
    }

    /// The venue's symbol of an instrument; `None` when it has not been named yet. A file names instruments for all its publishers.
    #[must_use]
    pub fn get(&self, publisher_id: u16, instrument_id: u32) -> Option<&str> {
        self.refresh();
        let publisher_id = if matches!(self.names, Names::File(_)) { 0 } else { publisher_id };
        let (part, at) = *self.index.borrow().get(&(publisher_id, instrument_id))?;
        self.entry(part, at).map(|(_, _, symbol)| symbol)
    }

    /// As [`Symbols::get`], at a time in ns since the UNIX epoch, such as a record's stamp: of a file of several days the newest symbol
    /// that has begun by then, or the first. A handler's directory has no times: it is the newest.
    #[must_use]
    pub fn get_at(&self, publisher_id: u16, instrument_id: u32, ns: u64) -> Option<&str> {
        let Names::File(names) = &self.names else { return self.get(publisher_id, instrument_id) };
        let of_it = &names[names.partition_point(|name| name.instrument_id < instrument_id)..];
        let of_it = &of_it[..of_it.partition_point(|name| name.instrument_id == instrument_id)];
        let begun = of_it.partition_point(|name| name.begins <= ns);
        of_it.get(begun.saturating_sub(1)).map(|name| name.symbol.as_str())
    }

    /// The newest directory entry of an instrument, with its round lot; `None` when it has not been named, and for files.
    #[must_use]
    pub fn instrument(&self, publisher_id: u16, instrument_id: u32) -> Option<&DirectoryEntry> {
        self.refresh();
        let (part, at) = *self.index.borrow().get(&(publisher_id, instrument_id))?;
        match &self.names {
            Names::Live(directories) => directories[part].directory.get(at),
            Names::File(_) => None,
        }
    }

    /// Everything that was named by now: publisher (0 for files), instrument, symbol. Ring by ring in the order in which it was named;
    /// for files by instrument and time. The last one of an instrument counts.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u32, &str)> {
        (0..self.indexed.len()).flat_map(move |part| (0..).map_while(move |at| self.entry(part, at)))
    }
}
