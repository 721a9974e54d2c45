// SPDX-License-Identifier: Apache-2.0
//! Files as feeds, against what the `dbn` crate says of them. Databento's samples and the captures are where `$HEADRACE_CAPTURES`
//! says, else beside the checkout, and where `$HEADRACE_DBN_SAMPLES` says, else in the checkout's build/dbn-samples; without them
//! those tests say so and pass by.
#![cfg(feature = "file")]

mod support;

use dbn::decode::{DbnMetadata, DecodeRecordRef, DynDecoder};
use dbn::encode::{DbnEncodable, EncodeRecord};
use dbn::{Metadata, MetadataBuilder, SType, Schema, VersionUpgradePolicy};
use headrace::{End, Error, Mbo, RecordRef, Statistics};
use std::fs::File;
use std::path::{Path, PathBuf};
use support::{scratch, skipped};

fn metadata(version: u8, ts_out: bool) -> Metadata {
    let mapping = |symbol: &str, number: &str, day| dbn::SymbolMapping {
        raw_symbol: symbol.into(),
        intervals: vec![dbn::MappingInterval { start_date: dbn_date(day), end_date: dbn_date(day + 1), symbol: number.into() }],
    };
    MetadataBuilder::new()
        .version(version)
        .dataset("XNAS.ITCH")
        .schema(Some(Schema::Mbo))
        .start(1)
        .stype_in(Some(SType::RawSymbol))
        .stype_out(SType::InstrumentId)
        .ts_out(ts_out)
        .mappings(vec![mapping("NEW", "7", 3), mapping("OLD", "7", 2), mapping("MSFT", "8", 2), mapping("ODD", "x", 2)])
        .build()
}

fn dbn_date(day: u8) -> time::Date {
    time::Date::from_calendar_date(2026, time::Month::July, day).unwrap()
}

fn order(number: u64) -> dbn::MboMsg {
    let mut order = dbn::MboMsg { order_id: number, size: 100, price: 5, ts_recv: 1000 + number, ..Default::default() };
    order.hd.instrument_id = 7;
    order
}

fn write<R: DbnEncodable>(name: &str, metadata: &Metadata, records: impl IntoIterator<Item = R>) -> PathBuf {
    let path = scratch(name);
    let mut encoder = dbn::encode::dbn::Encoder::new(File::create(&path).unwrap(), metadata).unwrap();
    for record in records {
        encoder.encode_record(&record).unwrap();
    }
    path
}

fn number_of(record: RecordRef<'_>) -> u64 {
    record.get::<Mbo>().expect("an order").order_id
}

#[test]
fn a_file_is_a_feed() {
    // More than its ring takes at once, so that it wraps.
    let path = write("feed.dbn", &metadata(3, false), (0..5000).map(order));
    let mut feed = headrace::open(&path).unwrap();
    let mut last = 0;
    for expected in 0..1000 {
        let record = feed.next(None).unwrap().unwrap();
        assert_eq!((number_of(record), record.stamp()), (expected, 1000 + expected));
        last = expected;
    }
    let batch = feed.batch(500);
    assert!(!batch.is_empty() && batch.into_iter().map(number_of).all(|number| number > last && number < 1500));
    last += batch.len() as u64;
    let drained: Vec<u64> = feed.drain().map(number_of).collect();
    last += drained.len() as u64;
    assert_eq!(drained.last(), Some(&last));
    while let Ok(batch) = feed.next_batch(512, None) {
        assert!(batch.iter().map(number_of).eq(last + 1..last + 1 + batch.len() as u64));
        last += batch.len() as u64;
    }
    assert_eq!((last, feed.end(), feed.statistics().records), (4999, Some(&End::Stopped), 5000));
    assert!(feed.poll().is_none() && feed.drain().next().is_none() && feed.batch(9).is_empty());
    assert_eq!(headrace::open(&path).unwrap().records().count(), 5000);
    assert_eq!((feed.ring_count(), feed.session_epoch()), (1, 0));
    assert!(feed.arm() && feed.readiness().is_none());
}

#[test]
fn instruments_have_the_symbol_of_the_day() {
    let day = |day| u64::try_from(dbn_date(day).midnight().assume_utc().unix_timestamp_nanos()).unwrap();
    let times = [day(1), day(2) + 5, day(3) - 1, day(3), day(9)];
    let orders = times.map(|ts_recv| dbn::MboMsg { ts_recv, ..order(1) });
    let mut feed = headrace::open(write("symbols.dbn", &metadata(3, false), orders)).unwrap();
    let symbols = feed.symbols();
    for (time, wanted) in times.into_iter().zip(["OLD", "OLD", "OLD", "NEW", "NEW"]) {
        let stamp = feed.next(None).unwrap().unwrap().stamp();
        assert_eq!((feed.symbol(2, 7), symbols.get_at(0, 7, stamp)), (Some(wanted), Some(wanted)), "{time}");
    }
    assert_eq!((symbols.get(9, 7), feed.symbol(0, 8), feed.symbol(0, 9)), (Some("NEW"), Some("MSFT"), None));
    assert!(symbols.iter().eq([(0, 7, "OLD"), (0, 7, "NEW"), (0, 8, "MSFT")]));
}

#[test]
fn ts_out_is_the_stamp() {
    let with = |number| dbn::WithTsOut::new(order(number), 1_000_000 + number * 10);
    let mut feed = headrace::open(write("ts_out.dbn", &metadata(3, true), (0..3).map(with))).unwrap();
    for expected in 0..3 {
        let record = feed.next(None).unwrap().unwrap();
        assert_eq!((record.stamp(), record.as_bytes().len()), (1_000_000 + expected * 10, 56));
        assert_eq!(number_of(record), expected);
    }
    assert_eq!(feed.next(None).unwrap_err(), End::Stopped);
}

#[test]
fn stamps_increase_whatever_the_times() {
    let times = [5, 5, 3, u64::MAX, u64::MAX - 1, 0, 9];
    let records = times.map(|ts_recv| dbn::MboMsg { ts_recv, ..order(1) });
    let mut feed = headrace::open(write("times.dbn", &metadata(3, false), records)).unwrap();
    let stamps: Vec<u64> = feed.records().map(|record| record.as_ref().stamp()).collect();
    assert_eq!(stamps, [5, 6, 7, 8, 9, 10, 11]);
}

#[test]
fn records_of_earlier_versions_are_upgraded() {
    for version in [1, 2] {
        let old = dbn::v1::StatMsg { quantity: 77, stat_type: 9, ..Default::default() };
        let path = write("old.dbn", &metadata(version, false), [old]);
        let mut feed = headrace::open(path).unwrap();
        let record = feed.next(None).unwrap().unwrap();
        assert_eq!(record.as_bytes().len(), 80, "version {version}");
        let found = record.get::<Statistics>().unwrap();
        assert_eq!((found.quantity, found.stat_type), (77, 9));
    }
}

#[test]
fn a_damaged_file_ends_where_the_damage_is() {
    let whole = std::fs::read(write("whole.dbn", &metadata(3, false), (0..2000).map(order))).unwrap();
    let begins = whole.len() - 2000 * 56;
    // Cut within record 1500; and a record that has no length.
    let cut = scratch("cut.dbn");
    std::fs::write(&cut, &whole[..begins + 1500 * 56 + 20]).unwrap();
    let bad = scratch("bad.dbn");
    let mut bytes = whole.clone();
    bytes[begins + 1500 * 56] = 0;
    std::fs::write(&bad, bytes).unwrap();
    for (path, wanted) in [(cut, "of which it has 20 bytes"), (bad, "")] {
        let mut feed = headrace::open(&path).unwrap();
        for expected in 0..1500 {
            assert_eq!(number_of(feed.next(None).unwrap().unwrap()), expected);
        }
        let Err(End::Damaged(damage)) = feed.next(None) else { panic!("no damage") };
        assert_eq!((damage.records, damage.offset, &damage.path), (1500, (begins + 1500 * 56) as u64, &path));
        let told = damage.to_string();
        assert!(told.contains("damaged after 1500 records") && told.contains(wanted), "{told}");
    }
}

#[test]
fn records_that_the_dbn_crate_would_take_and_stumble_over_are_damage() {
    let damage_at_3 = |bytes: &[u8], record_bytes: usize, length: u8| {
        let mut bytes = bytes.to_vec();
        let at = bytes.len() - 2 * record_bytes;
        bytes[at] = length;
        let path = scratch("short.dbn");
        std::fs::write(&path, bytes).unwrap();
        let mut feed = headrace::open(path).unwrap();
        assert_eq!(feed.records().count(), 3);
        feed.end().unwrap().to_string()
    };
    let orders = std::fs::read(write("whole.dbn", &metadata(3, false), (0..5).map(order))).unwrap();
    assert!(damage_at_3(&orders, 56, 13).contains("a record of 52 bytes, wanted a multiple of 8"));
    let old = std::fs::read(write("old.dbn", &metadata(1, false), (0..5).map(|_| dbn::v1::StatMsg::default()))).unwrap();
    assert!(damage_at_3(&old, 64, 14).contains("a record of rtype 0x18 has 56 bytes, wanted 64 or more"));
}

#[test]
fn what_is_no_dbn_file_is_refused() {
    let whole = std::fs::read(write("whole.dbn", &metadata(3, false), [order(1)])).unwrap();
    let opened = |name: &str, bytes: &[u8]| {
        let path = scratch(name);
        std::fs::write(&path, bytes).unwrap();
        headrace::open(path).map(|_| ())
    };
    assert!(matches!(headrace::open("/nowhere/at/all.dbn"), Err(Error::System(..))));
    for bytes in [&b""[..], b"DB", b"not a dbn file at all, but long enough to be one of them", &whole[..50]] {
        let error = opened("no.dbn", bytes).unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error:?}");
    }
    let mut later = whole;
    later[3] = 99;
    assert!(matches!(opened("later.dbn", &later), Err(Error::Damaged(_))));
}

/// Numbers from a seed, which is told when a test fails.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }
}

#[test]
fn whatever_a_file_holds_it_comes_to_an_end() {
    let seed = std::env::var("HEADRACE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_727_u64);
    println!("HEADRACE_TEST_SEED={seed}");
    let mut random = Random(seed | 1);
    let orders = write("seed.dbn", &metadata(3, true), (0..40).map(|number| dbn::WithTsOut::new(order(number), 7)));
    let upgraded = write("old.dbn", &metadata(1, false), (0..40).map(|_| dbn::v1::StatMsg::default()));
    let mapped = write("names.dbn", &metadata(1, false), (0..40).map(|_| dbn::v1::SymbolMappingMsg::default()));
    let defined = write("defined.dbn", &metadata(2, false), (0..9).map(|_| dbn::v2::InstrumentDefMsg::default()));
    let files = [orders, upgraded, mapped, defined].map(|path| std::fs::read(path).unwrap());
    let path = scratch("hostile.dbn");
    let mut opened = 0;
    for _ in 0..1000 {
        let mut bytes = files[random.next() % files.len()].clone();
        for _ in 0..random.next() % 6 + 1 {
            let at = random.next() % bytes.len();
            bytes[at] = [0, 1, 0x80, 0xff, random.next() as u8][random.next() % 5];
        }
        bytes.truncate(bytes.len() - random.next() % 2 * (random.next() % 200));
        std::fs::write(&path, &bytes).unwrap();
        let Ok(mut feed) = headrace::open(&path) else { continue };
        opened += 1;
        let mut last = 0;
        while let Some(record) = feed.poll() {
            assert!(record.stamp() > last);
            last = record.stamp();
            std::hint::black_box((record.any(), record.as_bytes().len(), format!("{record:?}")));
            #[cfg(feature = "dbn")]
            std::hint::black_box(record.as_dbn().map(|record| format!("{record:?}")));
        }
        assert!(matches!(feed.check(), Err(End::Stopped | End::Damaged(_))));
        std::hint::black_box(feed.symbols().iter().count());
    }
    assert!(opened > 100, "only {opened} of 1000 were taken: the damage is too much to find anything");
}

fn samples() -> Vec<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = |name: &str, other: PathBuf| std::env::var_os(name).map_or(other, PathBuf::from);
    let captures = folder("HEADRACE_CAPTURES", checkout.join("../shared/captures")).join("databento-dbn");
    let samples = folder("HEADRACE_DBN_SAMPLES", checkout.join("build/dbn-samples"));
    let mut found = Vec::new();
    for folder in [captures, samples.join("databento"), samples.join("nautilus-databento")] {
        match std::fs::read_dir(&folder) {
            Ok(files) => found.extend(files.map(|file| file.unwrap().path())),
            Err(_) => skipped(&format!("Databento's samples: {} is not there", folder.display())),
        }
    }
    found.retain(|path| [".dbn", ".dbn.zst"].iter().any(|end| path.to_string_lossy().ends_with(end)));
    found
}

/// Whether it is a `T` here, and equals theirs as such.
fn is_same<'a, T, D>(ours: RecordRef<'_>, theirs: dbn::RecordRef<'a>) -> bool
where
    T: headrace::Record + PartialEq + for<'b> From<&'b D>,
    D: dbn::HasRType<Header = dbn::RecordHeader> + 'a,
{
    match (ours.get::<T>(), theirs.get::<D>()) {
        (Some(ours), Some(theirs)) => *ours == T::from(theirs),
        _ => false,
    }
}

fn is_typed(ours: RecordRef<'_>, theirs: dbn::RecordRef<'_>) -> bool {
    use headrace::AnyRecord::{self, Other};
    use headrace::{Bbo, Cbbo, Cmbp1, Definition, Imbalance, Mbp1, Mbp10, Ohlcv, Status, Trade};
    match ours.any() {
        AnyRecord::Mbo(_) => is_same::<Mbo, dbn::MboMsg>(ours, theirs),
        AnyRecord::Trade(_) => is_same::<Trade, dbn::TradeMsg>(ours, theirs),
        AnyRecord::Status(_) => is_same::<Status, dbn::StatusMsg>(ours, theirs),
        AnyRecord::Definition(_) => is_same::<Definition, dbn::InstrumentDefMsg>(ours, theirs),
        AnyRecord::Imbalance(_) => is_same::<Imbalance, dbn::ImbalanceMsg>(ours, theirs),
        AnyRecord::Statistics(_) => is_same::<Statistics, dbn::StatMsg>(ours, theirs),
        AnyRecord::Mbp1(_) => is_same::<Mbp1, dbn::Mbp1Msg>(ours, theirs),
        AnyRecord::Mbp10(_) => is_same::<Mbp10, dbn::Mbp10Msg>(ours, theirs),
        AnyRecord::Ohlcv(_) => is_same::<Ohlcv, dbn::OhlcvMsg>(ours, theirs),
        AnyRecord::Bbo(_) => is_same::<Bbo, dbn::BboMsg>(ours, theirs),
        AnyRecord::Cmbp1(_) => is_same::<Cmbp1, dbn::Cmbp1Msg>(ours, theirs),
        AnyRecord::Cbbo(_) => is_same::<Cbbo, dbn::CbboMsg>(ours, theirs),
        Other(_) => matches!(ours.rtype(), dbn::rtype::SYMBOL_MAPPING | dbn::rtype::SYSTEM | dbn::rtype::ERROR),
        _ => false,
    }
}

#[test]
fn databentos_own_files_come_out_equal() {
    for path in samples() {
        let mut theirs = DynDecoder::from_file(&path, VersionUpgradePolicy::UpgradeToV3).unwrap();
        let names = theirs.metadata().mappings.len();
        let mut ours = headrace::open(&path).unwrap();
        let mut records = 0;
        while let Some(wanted) = theirs.decode_record_ref().unwrap() {
            let found = ours.next(None).unwrap().unwrap_or_else(|| panic!("{}: {records}", path.display()));
            assert_eq!(found.as_bytes(), AsRef::<[u8]>::as_ref(&wanted), "{}: record {records}", path.display());
            assert_eq!(found.rtype(), wanted.header().rtype);
            assert!(is_typed(found, wanted), "{}: record {records}: {found:?}", path.display());
            records += 1;
        }
        assert_eq!(ours.next(None).unwrap_err(), End::Stopped, "{}", path.display());
        println!("{}: {records} records, {names} names", path.display());
        let empty = path.to_string_lossy().contains("ohlcv-1d"); // as Databento publishes it
        assert!((records > 0 || empty) && (names == 0 || ours.symbols().iter().next().is_some()), "{}", path.display());
    }
}

#[test]
fn a_damaged_compressed_file_is_told() {
    for path in samples().iter().filter(|path| path.to_string_lossy().contains("esh4")) {
        let bytes = std::fs::read(path).unwrap();
        let cut = scratch("cut.dbn.zst");
        std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        let mut feed = headrace::open(&cut).unwrap();
        let records = feed.records().count() as u64;
        assert!(
            matches!(feed.end(), Some(End::Damaged(damage)) if damage.records == records && records > 0),
            "{:?}",
            feed.end()
        );
    }
}
