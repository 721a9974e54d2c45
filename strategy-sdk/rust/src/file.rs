// SPDX-License-Identifier: Apache-2.0
//! A DBN file as a feed: read by the `dbn` crate into a ring in this process's own memory, from which the feed reads as from a
//! handler's.

use crate::convert::is_sound;
use crate::end::{Damage, End};
use crate::error::Error;
use crate::feed::{Feed, Source};
use crate::memory_ring::MemoryRing;
use crate::symbols::{NamedInstrument, Names};
use crate::wait::Waiting;
use dbn::decode::dbn::fsm::{DbnFsm, ProcessResult};
use dbn::decode::DynReader;
use dbn::{Metadata, SType, VersionUpgradePolicy, UNDEF_TIMESTAMP};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// The largest record of DBN, a definition with ts_out, fits a slot of the largest size.
const SLOT_BYTES: usize = 576;
const SLOT_COUNT: usize = 1024;
/// Later than this is no time: stamps must have somewhere to go from the last one.
const STAMP_MAX: u64 = u64::MAX / 2;
const TS_OUT_BYTES: usize = 8;

/// Opens a DBN file, `.dbn` or compressed as `.dbn.zst`, as a feed: the same interface without a handler. Records of DBN version 1
/// and 2 are upgraded to version 3, as the `dbn` crate does by itself. It never waits: after the last record comes [`End::Stopped`],
/// or [`End::Damaged`] after the last one before what cannot be read.
///
/// The stamp of a record is its `ts_out` where the file has them, which is then taken off the record; else its `ts_recv`, else its
/// `ts_event`; or one more than the stamp before, where that is later. Symbols are those of the file's metadata, for all publishers:
/// [`Feed::symbol`] tells the one that an instrument had at the time of the record that was read last.
///
/// ```
/// # use dbn::encode::{DbnEncodable, EncodeRecord};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("headrace-doc-{}.dbn", std::process::id()));
/// # let metadata = dbn::Metadata::builder().dataset("XNAS.ITCH").schema(Some(dbn::Schema::Mbo)).start(0)
/// #     .stype_in(Some(dbn::SType::RawSymbol)).stype_out(dbn::SType::InstrumentId).build();
/// # let mut encoder = dbn::encode::dbn::Encoder::new(std::fs::File::create(&path)?, &metadata)?;
/// # for size in 1..=3 { encoder.encode_record(&dbn::MboMsg { size, ..Default::default() })?; }
/// # drop(encoder);
/// let mut feed = headrace::open(&path)?;
/// let mut shares = 0;
/// while let Some(record) = feed.poll() {
///     if let Some(order) = record.get::<headrace::Mbo>() {
///         shares += order.size;
///     }
/// }
/// assert_eq!(feed.check(), Err(headrace::End::Stopped));
/// assert_eq!(shares, 6);
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::System`] when the file cannot be opened, [`Error::Damaged`] when it does not begin as a DBN file.
pub fn open(path: impl AsRef<Path>) -> Result<Feed, Error> {
    let path = path.as_ref();
    let mut source = FileSource::new(path)?;
    let names = names_of(&source.read_metadata().map_err(|damage| Error::Damaged(Box::new(damage)))?);
    // SAFETY: the only one; it goes where the ring goes, into the feed.
    let ring = unsafe { source.ring.consumer() };
    Ok(Feed::new(vec![ring], Waiting::Spin, Source::File(Box::new(source)), names))
}

pub(crate) struct FileSource {
    path: PathBuf,
    reader: DynReader<'static, BufReader<File>>,
    machine: DbnFsm,
    ring: MemoryRing,
    ts_out: bool,
    /// Decompressed bytes that the machine was given.
    given: u64,
    records: u64,
    /// A record that the machine has decoded and the ring had no room for.
    pending: bool,
    end: Option<End>,
}

impl FileSource {
    fn new(path: &Path) -> Result<Self, Error> {
        let opened = File::open(path).map_err(|error| Error::system(path.display().to_string(), error))?;
        let reader = DynReader::new_inferred(opened).map_err(|error| match error {
            dbn::Error::Io { source, .. } => Error::system(path.display().to_string(), source),
            other => Error::system(path.display().to_string(), std::io::Error::other(other)),
        })?;
        let machine = DbnFsm::builder().upgrade_policy(VersionUpgradePolicy::UpgradeToV3).build();
        let machine = machine.map_err(|error| Error::system(path.display().to_string(), std::io::Error::other(error)))?;
        Ok(Self {
            path: path.into(),
            reader,
            machine,
            ring: MemoryRing::new(SLOT_BYTES, SLOT_COUNT),
            ts_out: false,
            given: 0,
            records: 0,
            pending: false,
            end: None,
        })
    }

    fn damage(&self, message: impl Into<String>) -> Damage {
        let offset = self.given - self.machine.data().len() as u64;
        Damage { path: self.path.clone(), records: self.records, offset, message: message.into() }
    }

    /// Gives the machine more. False at the file's end.
    fn read_more(&mut self) -> Result<bool, Damage> {
        loop {
            match self.reader.read(self.machine.space()) {
                Ok(0) => return Ok(false),
                Ok(bytes) => {
                    self.machine.fill(bytes);
                    self.given += bytes as u64;
                    return Ok(true);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.damage(error.to_string())),
            }
        }
    }

    fn read_metadata(&mut self) -> Result<Metadata, Damage> {
        loop {
            match self.machine.process() {
                ProcessResult::Metadata(metadata) => {
                    self.ts_out = metadata.ts_out;
                    return Ok(metadata);
                }
                ProcessResult::Record(()) => return Err(self.damage("a record before the metadata")),
                ProcessResult::Err(error) => return Err(self.damage(error.to_string())),
                ProcessResult::ReadMore(_) => {
                    if !self.read_more()? {
                        let found = self.machine.data().len();
                        return Err(self.damage(format!("the file ends within its metadata, of which it has {found} bytes")));
                    }
                }
            }
        }
    }

    /// Fills the ring as far as it has room. Whether there is anything in it now. Nothing of it may be lent.
    #[cold]
    pub(crate) fn refill(&mut self) -> bool {
        let before = self.records;
        if self.end.is_none() {
            if let Err(end) = self.fill() {
                self.end = Some(end);
            }
        }
        self.records != before
    }

    /// Why it is over, once all that was read before has been read from the ring, which is when this is asked.
    pub(crate) fn end(&self) -> Option<End> {
        self.end.clone()
    }

    /// Until the ring is full, or the end.
    fn fill(&mut self) -> Result<(), End> {
        let damaged = |damage| End::Damaged(Box::new(damage));
        loop {
            if self.pending {
                if !self.ring.has_room() {
                    return Ok(());
                }
                self.pending = false;
                self.publish().map_err(damaged)?;
            }
            self.check_next().map_err(damaged)?;
            match self.machine.process() {
                ProcessResult::Record(()) => self.pending = true,
                ProcessResult::ReadMore(_) => {
                    if !self.read_more().map_err(damaged)? {
                        let left = self.machine.data().len();
                        return Err(if left == 0 {
                            End::Stopped
                        } else {
                            damaged(self.damage(format!("the file ends within a record, of which it has {left} bytes")))
                        });
                    }
                }
                ProcessResult::Metadata(_) => return Err(damaged(self.damage("metadata among the records"))),
                ProcessResult::Err(error) => return Err(damaged(self.damage(error.to_string()))),
            }
        }
    }

    /// What the machine takes for granted: that a record ends where the next may begin, 8-aligned, or it would make references that are
    /// not; and that one of an earlier version is long enough to be upgraded, or it panics.
    fn check_next(&self) -> Result<(), Damage> {
        let &[length, rtype, ..] = self.machine.data() else { return Ok(()) };
        if length % 2 != 0 {
            return Err(self.damage(format!("a record of {} bytes, wanted a multiple of 8", usize::from(length) * 4)));
        }
        let ts_out = if self.ts_out { TS_OUT_BYTES } else { 0 };
        match bytes_before_upgrade(self.machine.input_dbn_version().unwrap_or(0), rtype) {
            Some(bytes) if usize::from(length) * 4 < bytes + ts_out => {
                let found = usize::from(length) * 4;
                Err(self.damage(format!("a record of rtype {rtype:#x} has {found} bytes, wanted {} or more", bytes + ts_out)))
            }
            _ => Ok(()),
        }
    }

    /// Puts the record that the machine has decoded into the ring, which has room.
    fn publish(&mut self) -> Result<(), Damage> {
        let Some(record) = self.machine.last_record() else { return Ok(()) };
        let mut bytes: &[u8] = record.as_ref();
        let mut copy = [0; SLOT_BYTES];
        let mut stamp = None;
        if self.ts_out && bytes.len() >= size_of::<crate::RecordHeader>() + TS_OUT_BYTES {
            let (whole, ts_out) = bytes.split_at(bytes.len() - TS_OUT_BYTES);
            stamp = ts_out.try_into().ok().map(u64::from_le_bytes);
            bytes = whole;
        }
        if bytes.len() > SLOT_BYTES - 8 {
            let found = bytes.len();
            return Err(self.damage(format!("a record of {found} bytes, wanted at most {}", SLOT_BYTES - 8)));
        }
        let stamp = stamp.unwrap_or_else(|| time_of(&record, record.as_ref()));
        copy[..bytes.len()].copy_from_slice(bytes);
        copy[0] = (bytes.len() / 4) as u8;
        let bytes = bytes.len();
        self.ring.publish(&copy[..bytes], if stamp > STAMP_MAX { 0 } else { stamp });
        self.records += 1;
        Ok(())
    }
}

/// Bytes that a record must have to be upgraded to version 3; `None` for one that is the same in both.
fn bytes_before_upgrade(version: u8, rtype: u8) -> Option<usize> {
    use dbn::{rtype, v1, v2};
    Some(match (version, rtype) {
        (1, rtype::INSTRUMENT_DEF) => size_of::<v1::InstrumentDefMsg>(),
        (2, rtype::INSTRUMENT_DEF) => size_of::<v2::InstrumentDefMsg>(),
        (1 | 2, rtype::STATISTICS) => size_of::<v1::StatMsg>(),
        (1, rtype::SYMBOL_MAPPING) => size_of::<v1::SymbolMappingMsg>(),
        (1, rtype::ERROR) => size_of::<v1::ErrorMsg>(),
        (1, rtype::SYSTEM) => size_of::<v1::SystemMsg>(),
        _ => return None,
    })
}

/// The time that a record is ordered by; 0 when it has none. Of a record that is too short for its type, as of one that the crate does
/// not know, the header's.
fn time_of(record: &dbn::RecordRef<'_>, bytes: &[u8]) -> u64 {
    use dbn::Record;
    let time = if is_sound(bytes) { record.raw_index_ts() } else { record.header().ts_event };
    if time == UNDEF_TIMESTAMP {
        0
    } else {
        time
    }
}

/// The symbols of the metadata's mappings, by instrument and by when they began.
fn names_of(metadata: &Metadata) -> Names {
    let inverse = metadata.stype_in == Some(SType::InstrumentId);
    let mut names = Vec::new();
    for mapping in &metadata.mappings {
        for interval in &mapping.intervals {
            let (number, symbol) =
                if inverse { (&mapping.raw_symbol, &interval.symbol) } else { (&interval.symbol, &mapping.raw_symbol) };
            // Other mappings (a continuous symbol to a raw one) name no instrument.
            if let (Ok(instrument_id), false) = (number.parse(), symbol.is_empty()) {
                let begins = interval.start_date.midnight().assume_utc().unix_timestamp_nanos();
                let begins = u64::try_from(begins).unwrap_or(0);
                names.push(NamedInstrument { instrument_id, begins, symbol: symbol.clone() });
            }
        }
    }
    names.sort_by_key(|name| (name.instrument_id, name.begins));
    Names::File(names.into())
}
