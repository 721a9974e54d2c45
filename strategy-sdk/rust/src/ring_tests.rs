// SPDX-License-Identifier: Apache-2.0
//! The core over plain memory, so that Miri can run it: `cargo +nightly miri test --lib`.

use crate::memory_ring::MemoryRing;
use crate::record::{Lost, Mbo, Record, Trade};
use crate::record_ref::{AnyRecord, RecordRef};
use crate::ring::{at, state, Consumer, HeaderError, ABI_MINOR, HEADER_BYTES_MIN};
use crate::{Definition, UNDEF_PRICE};

/// How many records a test writes: Miri takes a thousand times as long.
const MANY: u64 = if cfg!(miri) { 300 } else { 100_000 };

fn bytes_of<T: Record>(record: &T) -> &[u8] {
    // SAFETY: integers without padding (Record).
    unsafe { std::slice::from_raw_parts(std::ptr::from_ref(record).cast(), size_of::<T>()) }
}

fn order(number: u64) -> Mbo {
    Mbo { order_id: number, size: number as u32, price: UNDEF_PRICE, ..Mbo::default() }
}

fn number_of(record: RecordRef<'_>) -> u64 {
    record.get::<Mbo>().expect("an order").order_id
}

/// A ring of 64 slots and its only consumer.
fn pair() -> (MemoryRing, Consumer) {
    let ring = MemoryRing::new(64, 64);
    // SAFETY: the only one; every test drops both at its end.
    let consumer = unsafe { ring.consumer() };
    (ring, consumer)
}

fn publish(ring: &mut MemoryRing, from: u64, count: u64) {
    for number in from..from + count {
        assert!(ring.publish(bytes_of(&order(number)), number), "no room for {number}");
    }
}

#[test]
fn records_come_as_they_were_written() {
    let (mut ring, mut consumer) = pair();
    assert!(consumer.poll().is_none());
    publish(&mut ring, 1, 2);
    let record = consumer.poll().unwrap();
    assert_eq!((record.stamp(), record.rtype(), record.as_bytes().len()), (1, 0xA0, 56));
    assert_eq!(record.get::<Mbo>(), Some(&order(1)));
    assert!(record.get::<Trade>().is_none());
    assert!(matches!(record.any(), AnyRecord::Mbo(found) if found.order_id == 1));
    assert!(format!("{record:?}").contains("order_id: 1"));
    assert_eq!(number_of(consumer.poll().unwrap()), 2);
    assert!(consumer.poll().is_none());
    assert_eq!((consumer.records(), consumer.lost()), (2, 0));
}

#[test]
fn laps_follow_each_other() {
    let (mut ring, mut consumer) = pair();
    let mut expected = 0;
    for number in 0..MANY {
        publish(&mut ring, number, 1);
        if number % 3 == 0 || !ring.has_room() {
            while let Some(record) = consumer.poll() {
                assert_eq!(number_of(record), expected);
                expected += 1;
            }
        }
    }
    while let Some(record) = consumer.poll() {
        assert_eq!(number_of(record), expected);
        expected += 1;
    }
    assert_eq!(expected, MANY);
    assert_eq!(consumer.records(), MANY);
}

#[test]
fn a_full_ring_takes_no_more_until_something_is_released() {
    let (mut ring, mut consumer) = pair();
    publish(&mut ring, 0, 64);
    assert!(!ring.publish(bytes_of(&order(64)), 64));
    // A lent record is not released, and the cursor lags by less than 32.
    for number in 0..32 {
        assert_eq!(number_of(consumer.poll().unwrap()), number);
        assert!(!ring.has_room());
    }
    assert_eq!(number_of(consumer.poll().unwrap()), 32);
    assert_eq!(ring.cursor(), 32);
    publish(&mut ring, 64, 32);
    assert!(!ring.has_room());
    for number in 33..96 {
        assert_eq!(number_of(consumer.poll().unwrap()), number);
    }
    assert!(consumer.poll().is_none());
    assert_eq!(ring.cursor(), 96, "an empty ring tells at once");
}

#[test]
fn a_batch_ends_at_its_maximum_at_the_wrap_and_at_the_end() {
    let (mut ring, mut consumer) = pair();
    assert!(consumer.batch(10).is_empty());
    publish(&mut ring, 0, 50);
    assert_eq!(consumer.batch(0).len(), 0);
    let batch = consumer.batch(30);
    assert_eq!((batch.len(), batch.stride(), batch.iter().len()), (30, 64, 30));
    assert!(batch.iter().map(number_of).eq(0..30));
    assert_eq!(number_of(batch.at(29)), 29);
    assert!(batch.get(30).is_none());
    assert_eq!(ring.cursor(), 0, "all of it is lent");
    assert_eq!(consumer.batch(usize::MAX).len(), 20);
    publish(&mut ring, 50, 30);
    assert!(consumer.batch(usize::MAX).iter().map(number_of).eq(50..64));
    assert!(consumer.batch(usize::MAX).into_iter().map(number_of).eq(64..80));
    assert!(consumer.batch(usize::MAX).is_empty());
    assert_eq!((ring.cursor(), consumer.records()), (80, 80));
}

#[test]
#[should_panic(expected = "record 1 of a batch of 1")]
fn an_index_beyond_a_batch_panics() {
    let (mut ring, mut consumer) = pair();
    publish(&mut ring, 0, 1);
    let _ = consumer.batch(10).at(1);
}

#[test]
fn what_is_taken_together_stays_for_one_lap() {
    let (mut ring, mut consumer) = pair();
    publish(&mut ring, 0, 40);
    while consumer.poll().is_some() {}
    publish(&mut ring, 40, 64);
    let mut lent = Vec::new();
    while let Some(record) = consumer.take_more() {
        // SAFETY: nothing is released until after the last use.
        lent.push(unsafe { RecordRef::new(record, consumer.room()) });
    }
    assert!(!ring.has_room());
    assert!(lent.into_iter().map(number_of).eq(40..104));
    consumer.release();
    assert!(ring.has_room());
}

#[test]
fn lost_records_are_counted_apart() {
    let (mut ring, mut consumer) = pair();
    let lost = Lost { count: 7, ..Lost::default() };
    publish(&mut ring, 0, 1);
    assert!(ring.publish(bytes_of(&lost), 1));
    assert!(ring.publish(bytes_of(&Lost { count: u64::MAX, ..lost }), 2));
    assert!(consumer.poll().is_some());
    assert_eq!(consumer.poll().unwrap().get::<Lost>().unwrap().count, 7);
    assert_eq!((consumer.records(), consumer.lost()), (1, 7));
    assert_eq!(consumer.batch(9).len(), 1);
    assert_eq!((consumer.records(), consumer.lost()), (1, 6), "a count that cannot be wraps, and does not panic");
}

#[test]
fn a_record_shorter_than_its_type_is_not_given() {
    let (mut ring, mut consumer) = pair();
    let mut short = order(1);
    short.hd.length = 13;
    publish(&mut ring, 0, 1);
    assert!(ring.publish(bytes_of(&short), 1));
    assert!(consumer.poll().unwrap().get::<Mbo>().is_some());
    let record = consumer.poll().unwrap();
    assert!(record.get::<Mbo>().is_none());
    assert!(matches!(record.any(), AnyRecord::Other(_)));
    assert_eq!(record.as_bytes().len(), 52);
}

#[test]
fn a_record_that_says_to_be_longer_than_its_slot_is_cut() {
    let (mut ring, mut consumer) = pair();
    let mut long = order(1);
    long.hd.length = 255;
    assert!(ring.publish(bytes_of(&long), 1));
    long.hd.rtype = Definition::RTYPE;
    assert!(ring.publish(bytes_of(&long), 1));
    let record = consumer.poll().unwrap();
    assert_eq!(record.as_bytes().len(), 56);
    assert!(record.get::<Mbo>().is_some(), "a later release may have made it longer");
    assert!(consumer.poll().unwrap().get::<Definition>().is_none(), "the slot has no room for it");
}

#[test]
fn records_of_an_earlier_attachment_are_passed_over() {
    let mut ring = MemoryRing::new(64, 64);
    publish(&mut ring, 1000, 10);
    ring.put(at::FIRST_STAMP, 1004_u64);
    // SAFETY: the only one.
    let mut consumer = unsafe { ring.consumer() };
    // Slot 0 holds an older stamp: nothing is there, though later slots are newer.
    assert!(consumer.poll().is_none());
    assert!(!consumer.is_ready());
}

#[test]
fn arming_tells_the_writer_and_looks_once_more() {
    let (mut ring, mut consumer) = pair();
    let (_, data_bytes, cursor) = ring.parts();
    assert_eq!(data_bytes, HEADER_BYTES_MIN + 64 * 64);
    // SAFETY: inside of the cursor page.
    let ticket = || unsafe { cursor.add(at::CURSOR_WAITING).cast::<u32>().read_volatile() };
    assert_eq!(consumer.arm(), (0, false));
    assert_eq!(ticket(), 1);
    publish(&mut ring, 1, 3);
    assert_eq!(consumer.poll().map(number_of), Some(1));
    assert_eq!(consumer.arm(), (0, true));
    assert_eq!((ticket(), ring.cursor()), (2, 1), "what was lent is released before");
    ring.put(at::WAKES, 9_u32);
    assert_eq!(consumer.arm().0, 9);
}

#[test]
fn the_state_is_told() {
    let (ring, consumer) = pair();
    assert_eq!((consumer.state(), consumer.abi_minor()), (state::RUNNING, ABI_MINOR));
    ring.set_state(state::STOPPING);
    assert_eq!(consumer.state(), state::STOPPING);
}

#[test]
fn two_threads_hand_records_over() {
    let (mut ring, mut consumer) = pair();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut expected = 0;
            while expected < MANY {
                if expected % 2 == 0 {
                    if let Some(record) = consumer.poll() {
                        assert_eq!(number_of(record), expected);
                        expected += 1;
                    }
                } else {
                    for record in &consumer.batch(7) {
                        assert_eq!(number_of(record), expected);
                        expected += 1;
                    }
                }
                std::thread::yield_now();
            }
            consumer.records()
        });
        for number in 0..MANY {
            while !ring.publish(bytes_of(&order(number)), number) {
                std::thread::yield_now();
            }
        }
        assert_eq!(reader.join().unwrap(), MANY);
    });
}

fn refusal(ring: &MemoryRing) -> Option<HeaderError> {
    let (data, bytes, cursor) = ring.parts();
    // SAFETY: as `consumer`; whatever was put into the header, the memory is there.
    unsafe { Consumer::new(data, bytes, cursor) }.err()
}

#[test]
fn each_field_of_a_header_is_checked() {
    let put = |offset: usize, value: u32| {
        let ring = MemoryRing::new(64, 64);
        ring.put(offset, value);
        refusal(&ring)
    };
    assert_eq!(put(at::ABI_MAJOR, 2), Some(HeaderError::Major(2)));
    assert_eq!(put(at::HEADER_BYTES, 4032), Some(HeaderError::HeaderBytes(4032)));
    assert_eq!(put(at::HEADER_BYTES, 4097), Some(HeaderError::HeaderBytes(4097)));
    assert_eq!(put(at::HEADER_BYTES, 4160), Some(HeaderError::Short(8192, 8256)));
    assert_eq!(put(at::HEADER_BYTES, 0xffff_ffc0), Some(HeaderError::Short(8192, 0xffff_ffc0 + 4096)));
    for slot_bytes in [0, 8, 63, 192, 4096, u32::MAX] {
        assert_eq!(put(at::SLOT_BYTES, slot_bytes), Some(HeaderError::SlotBytes(slot_bytes)));
    }
    for slot_count in [0, 1, 32, 63, 65, 1 << 27, u32::MAX] {
        assert_eq!(put(at::SLOT_COUNT, slot_count), Some(HeaderError::SlotCount(slot_count)));
    }
    assert_eq!(put(at::SLOT_COUNT, 128), Some(HeaderError::Short(8192, 4096 + 128 * 64)));
    assert_eq!(put(0, 0), Some(HeaderError::Magic(0x3147_4e49_0000_0000)));
    assert_eq!(put(at::ABI_MAJOR, 1 | 7 << 16), None, "any minor is read");
    let ring = MemoryRing::new(64, 64);
    ring.put(8192, 5_u64);
    assert_eq!(refusal(&ring), Some(HeaderError::CursorMagic(5)));
    let (data, _, cursor) = ring.parts();
    // SAFETY: as above, with fewer bytes.
    assert_eq!(unsafe { Consumer::new(data, 64, cursor) }.err(), Some(HeaderError::Short(64, 4096)));
}

/// Numbers from a seed, which is told when a test fails.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[test]
fn whatever_a_header_and_its_slots_hold_nothing_outside_is_read() {
    let seed = std::env::var("HEADRACE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_727_u64);
    println!("HEADRACE_TEST_SEED={seed}");
    let mut random = Random(seed | 1);
    let rounds = if cfg!(miri) { 60 } else { 20_000 };
    let mut taken = 0;
    for _ in 0..rounds {
        let ring = MemoryRing::new([64, 128, 384, 576][random.next() as usize % 4], 64);
        let (data, bytes, cursor) = ring.parts();
        for word in 0..(bytes - HEADER_BYTES_MIN) / 8 {
            if random.next() % 4 != 0 {
                ring.put(HEADER_BYTES_MIN + word * 8, random.next() >> (random.next() % 64));
            }
        }
        for _ in 0..random.next() % 4 {
            let offset = (random.next() % 26 * 4) as usize;
            match random.next() % 3 {
                0 => ring.put(offset, random.next() as u32),
                1 => ring.put(offset, 1_u32 << (random.next() % 32)),
                _ => ring.put(offset, (random.next() % 16) as u32 * 64),
            }
        }
        // SAFETY: the memory is there, and nobody else reads or writes it.
        let Ok(mut consumer) = (unsafe { Consumer::new(data, bytes, cursor) }) else { continue };
        taken += 1;
        for _ in 0..100 {
            if let Some(record) = consumer.poll() {
                std::hint::black_box((
                    format!("{record:?}"),
                    record.as_bytes().iter().map(|byte| u64::from(*byte)).sum::<u64>(),
                ));
            }
            for record in &consumer.batch(random.next() as usize % 100) {
                std::hint::black_box((record.any(), record.stamp()));
            }
            while let Some(record) = consumer.take_more() {
                std::hint::black_box(record);
            }
            std::hint::black_box((consumer.arm(), consumer.records(), consumer.lost()));
        }
    }
    assert!(taken > rounds / 10, "{taken} of {rounds} headers were taken: not hostile enough, or too much");
}
