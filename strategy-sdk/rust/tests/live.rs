// SPDX-License-Identifier: Apache-2.0
//! A feed of a live handler: every way of reading and waiting, and every end.

mod support;

use headrace::{AnyRecord, Definition, End, Error, Lost, Mbo, RecordBuf, RecordRef, Waiting};
use rustix::event::{poll, PollFd, PollFlags};
use rustix::time::Timespec;
use std::time::{Duration, Instant};
use support::{eventually, Handler, PATIENCE};

const EVERY_WAIT: [Waiting; 5] =
    [Waiting::Spin, Waiting::Yield, Waiting::FUTEX, Waiting::Futex(Duration::ZERO), Waiting::Eventfd];

fn number_of(record: RecordRef<'_>) -> u64 {
    record.get::<Mbo>().expect("an order").order_id
}

#[test]
fn every_way_of_waiting_reads_all_there_is() {
    for waiting in EVERY_WAIT {
        let mut handler = Handler::usual();
        let mut feed = handler.try_attach(waiting).unwrap();
        assert_eq!(
            handler.ask("waiting"),
            if matches!(waiting, Waiting::Futex(_)) {
                "1"
            } else if waiting == Waiting::Eventfd {
                "2"
            } else {
                "0"
            }
        );
        handler.send("stream 5000");
        let mut last_stamp = 0;
        for expected in 0..5000 {
            let record = feed.next(PATIENCE).unwrap().unwrap_or_else(|| panic!("{waiting:?}: order {expected} did not come"));
            assert_eq!(number_of(record), expected, "{waiting:?}");
            assert!(record.stamp() > last_stamp);
            last_stamp = record.stamp();
        }
        assert_eq!(handler.answer(), "ok");
        handler.tell("state 4");
        assert_eq!(feed.next(None).unwrap_err(), End::Stopped, "{waiting:?}");
        assert_eq!(feed.end(), Some(&End::Stopped));
        let told = feed.statistics();
        assert_eq!((told.records, told.lost, told.published, told.dropped), (5000, 0, 5000, 0));
    }
}

#[test]
fn a_sleeper_is_woken() {
    for waiting in [Waiting::Futex(Duration::ZERO), Waiting::Eventfd] {
        let mut handler = Handler::usual();
        let mut feed = handler.try_attach(waiting).unwrap();
        let reader = std::thread::spawn(move || feed.next(PATIENCE).map(|found| found.map(|record| number_of(record))));
        // It sleeps, a tenth of a second at a time, until it is told.
        handler.tell("mbo 1 77");
        assert_eq!(reader.join().unwrap().unwrap(), Some(77), "{waiting:?}");
    }
}

#[test]
fn a_wake_up_without_anything_to_read_does_no_harm() {
    let mut handler = Handler::usual();
    let mut feed = handler.try_attach(Waiting::Eventfd).unwrap();
    handler.tell("nudge");
    assert!(feed.next(Duration::from_millis(20)).unwrap().is_none());
    handler.tell("mbo 1 5");
    assert_eq!(number_of(feed.next(PATIENCE).unwrap().unwrap()), 5);
}

#[test]
fn a_time_limit_is_kept() {
    for waiting in EVERY_WAIT {
        let handler = Handler::usual();
        let mut feed = handler.try_attach(waiting).unwrap();
        let begun = Instant::now();
        assert!(feed.next(Duration::from_millis(5)).unwrap().is_none(), "{waiting:?}");
        assert!(begun.elapsed() >= Duration::from_millis(5), "{waiting:?}");
        assert!(feed.next(Duration::ZERO).unwrap().is_none());
        assert!(feed.next_batch(9, Duration::ZERO).unwrap().is_empty());
        assert!(feed.poll().is_none());
    }
}

#[test]
fn an_end_comes_after_all_that_was_published() {
    for (state, end) in [(4, End::Stopped), (2, End::Detached), (3, End::Evicted), (9, End::Unknown(9))] {
        for waiting in EVERY_WAIT {
            let mut handler = Handler::usual();
            let mut feed = handler.try_attach(waiting).unwrap();
            handler.tell("mbo 3 0");
            handler.tell(&format!("state {state}"));
            for expected in 0..3 {
                assert_eq!(number_of(feed.next(None).unwrap().unwrap()), expected);
            }
            assert_eq!(feed.next(None).unwrap_err(), end);
            assert_eq!(feed.next_batch(9, None).unwrap_err(), end, "an end stays");
            assert_eq!(feed.check(), Err(end.clone()));
        }
    }
}

#[test]
fn the_death_of_a_handler_is_noticed() {
    for waiting in EVERY_WAIT {
        let mut handler = Handler::usual();
        let mut feed = handler.try_attach(waiting).unwrap();
        handler.tell("mbo 2 0");
        assert_eq!(feed.check(), Ok(()));
        handler.kill();
        assert_eq!(feed.next_batch(9, None).unwrap().len(), 2);
        assert_eq!(feed.next(None).unwrap_err(), End::Died, "{waiting:?}");
        assert_eq!(feed.records().count(), 0);
    }
}

#[test]
fn a_handler_that_dies_while_somebody_waits_ends_the_wait() {
    for waiting in EVERY_WAIT {
        let mut handler = Handler::usual();
        let mut feed = handler.try_attach(waiting).unwrap();
        let reader = std::thread::spawn(move || feed.next(None).map(|_| ()));
        handler.tell("nudge");
        handler.kill();
        assert_eq!(reader.join().unwrap(), Err(End::Died), "{waiting:?}");
    }
}

#[test]
fn records_that_had_no_room_are_told() {
    let mut handler = Handler::start(64, 64, 1, "drop");
    let mut feed = handler.attach();
    handler.tell("mbo 100 0");
    let mut read = 0;
    let mut lost = 0;
    while read + lost < 100 {
        match feed.next(PATIENCE).unwrap().expect("a record").any() {
            AnyRecord::Mbo(order) => {
                assert_eq!(order.order_id, read);
                read += 1;
            }
            AnyRecord::Lost(found) => {
                assert!(found.count > 0 && found.first_ts <= found.last_ts);
                lost += found.count;
            }
            other => panic!("{other:?}"),
        }
        if read == 64 && lost == 0 {
            eventually(|| {
                // The reader tells what it has read when it finds the ring empty; then there is room to tell of the loss.
                assert_eq!(feed.poll().map(|record| record.rtype()), None);
                handler.tell("flush");
                handler.ask("pending") == "0"
            });
        }
    }
    assert_eq!((read, lost), (64, 36));
    let told = feed.statistics();
    assert_eq!((told.records, told.lost, told.published, told.dropped), (64, 36, 100, 36));
    assert_eq!(size_of::<Lost>(), 40);
}

#[test]
fn a_strategy_that_is_too_slow_is_detached() {
    let mut handler = Handler::start(64, 64, 1, "detach");
    let mut feed = handler.attach();
    handler.tell("mbo 100 0");
    assert_eq!(feed.records().count(), 64);
    assert_eq!(feed.end(), Some(&End::Detached));
}

#[test]
fn batches_and_drains_take_what_stands_ready() {
    let mut handler = Handler::usual();
    let mut feed = handler.attach();
    handler.tell("mbo 200 0");
    let batch = feed.batch(150);
    assert_eq!((batch.len(), batch.iter().len(), batch.ring()), (150, 150, 0));
    assert!(batch.into_iter().map(number_of).eq(0..150));
    assert!(feed.batch(usize::MAX).iter().map(number_of).eq(150..200));
    assert!(feed.batch(9).is_empty());
    handler.tell("mbo 100 200");
    // Across the wrap, which is at 256; and what a loop leaves, the next has.
    let mut seen: Vec<u64> = feed.drain().take(70).map(number_of).collect();
    assert_eq!(seen.len(), 70);
    for record in feed.drain() {
        seen.push(number_of(record));
    }
    assert!(seen.into_iter().eq(200..300));
    assert_eq!(feed.drain().count(), 0);
    handler.tell("mbo 256 300");
    let all: Vec<RecordRef<'_>> = feed.drain().collect();
    assert_eq!(all.len(), 256);
    // All of it is lent: nothing of it is written again.
    handler.tell("mbo 5 1000");
    assert!(all.into_iter().map(number_of).eq(300..556));
    assert_eq!(feed.statistics().records, 556);
}

#[test]
fn a_record_that_is_lent_is_not_written_again() {
    let mut handler = Handler::start(64, 64, 1, "drop");
    let mut feed = handler.attach();
    handler.tell("mbo 64 0");
    let record = feed.poll().unwrap();
    handler.tell("mbo 64 100");
    assert_eq!(number_of(record), 0);
    let copy = RecordBuf::new(record);
    while feed.poll().is_some() {}
    handler.tell("mbo 64 200");
    assert_eq!((number_of(copy.as_ref()), copy.as_ref().as_bytes().len()), (0, 56));
}

#[test]
fn several_rings_are_read_in_turn() {
    let mut handler = Handler::start(64, 64, 3, "drop");
    let mut feed = handler.attach();
    assert_eq!(feed.ring_count(), 3);
    for worker in 0..3 {
        handler.tell(&format!("worker {worker}"));
        handler.tell(&format!("mbo 4 {}", worker * 100));
    }
    let mut rings = Vec::new();
    let mut seen = Vec::new();
    while let Some(record) = feed.poll() {
        seen.push(number_of(record));
        rings.push(feed.ring());
    }
    assert_eq!(seen, [100, 200, 0, 101, 201, 1, 102, 202, 2, 103, 203, 3]);
    assert_eq!(rings, [1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    for worker in 0..3 {
        handler.tell(&format!("worker {worker}"));
        handler.tell(&format!("mbo 50 {}", worker * 100));
    }
    let mut drained: Vec<u64> = feed.drain().map(number_of).collect();
    feed.release();
    drained.sort_unstable();
    assert!(drained.into_iter().eq((0..50).chain(100..150).chain(200..250)));
    for worker in 0..3 {
        handler.tell(&format!("worker {worker}"));
        handler.tell("mbo 60 0");
    }
    // The drain's are released: 60 find room in each ring.
    assert_eq!(
        (0..3).map(|_| feed.batch(100).len()).sum::<usize>() + (0..3).map(|_| feed.batch(100).len()).sum::<usize>(),
        180
    );
    assert_eq!(feed.statistics().dropped, 0);
    // The end is one only when all rings say so.
    handler.tell("worker 0");
    handler.tell("state 4");
    assert_eq!(feed.check(), Ok(()));
    for worker in 1..3 {
        handler.tell(&format!("worker {worker}"));
        handler.tell("state 4");
    }
    assert_eq!(feed.next(None).unwrap_err(), End::Stopped);
}

#[test]
fn instruments_have_their_newest_name() {
    let mut handler = Handler::start(64, 64, 2, "drop");
    let feed = handler.attach();
    let symbols = feed.symbols();
    assert_eq!(feed.symbol(2, 7), None);
    handler.tell("symbol 2 7 AAPL");
    handler.tell("worker 1");
    handler.tell("symbol 2 8 MSFT");
    handler.tell("symbol 3 7 OTHER");
    assert_eq!((feed.symbol(2, 7), feed.symbol(2, 8), feed.symbol(3, 7)), (Some("AAPL"), Some("MSFT"), Some("OTHER")));
    handler.tell("symbol 2 8 NEW");
    assert_eq!(symbols.get(2, 8), Some("NEW"));
    assert_eq!(symbols.get(9, 9), None);
    assert!(symbols.iter().eq([(2, 7, "AAPL"), (2, 8, "MSFT"), (3, 7, "OTHER"), (2, 8, "NEW")]));
    drop(feed);
    assert_eq!(symbols.clone().get(2, 7), Some("AAPL"), "it has a hold on the memory of its own");
    assert_eq!(symbols.instrument(2, 7).unwrap().round_lot, 0);
}

#[test]
fn large_records_come_whole() {
    let mut handler = Handler::start(576, 64, 1, "drop");
    let mut feed = handler.attach();
    let mut definition = Definition { min_lot_size_round_lot: 100, ..Definition::default() };
    definition.raw_symbol[..4].copy_from_slice(b"AAPL");
    for _ in 0..70 {
        handler.publish(&definition);
        let record = feed.next(PATIENCE).unwrap().unwrap();
        assert_eq!(record.get::<Definition>(), Some(&definition));
        assert_eq!(record.as_bytes().len(), 520);
    }
}

#[test]
fn an_event_loop_is_told_of_records_and_of_death() {
    let limit = Timespec { tv_sec: 20, tv_nsec: 0 };
    let mut handler = Handler::usual();
    let mut feed = handler.try_attach(Waiting::Eventfd).unwrap();
    let readiness = feed.readiness().expect("one to wait on");
    let wait = || poll(&mut [PollFd::new(&readiness, PollFlags::IN)], Some(&limit)).unwrap();
    assert!(!feed.arm(), "nothing yet");
    handler.tell("mbo 3 0");
    assert_eq!(wait(), 1);
    assert_eq!(feed.drain().count(), 3);
    handler.tell("mbo 1 3");
    assert!(feed.arm(), "there is something after all");
    assert_eq!(feed.drain().count(), 1);
    assert!(!feed.arm());
    handler.kill();
    assert_eq!(wait(), 1);
    assert_eq!(feed.check(), Err(End::Died));
    let spinning = Handler::usual();
    let mut feed = spinning.attach();
    assert!(feed.readiness().is_none() && feed.arm());
}

#[test]
fn a_feed_goes_to_another_thread() {
    let mut handler = Handler::usual();
    let mut feed = handler.attach();
    handler.tell("mbo 1 0");
    assert!(feed.poll().is_some());
    let reader = std::thread::spawn(move || feed.next(PATIENCE).unwrap().map(number_of));
    handler.tell("mbo 1 1");
    assert_eq!(reader.join().unwrap(), Some(1));
}

#[test]
fn a_refusal_is_told_and_the_next_attempt_succeeds() {
    let mut handler = Handler::usual();
    handler.tell("refuse -13 this user is not on the list");
    let error = handler.try_attach(Waiting::Spin).unwrap_err();
    assert!(
        matches!(&error, Error::Refused { status: -13, message } if message == "this user is not on the list"),
        "{error:?}"
    );
    assert_eq!(error.to_string(), "the handler refused: this user is not on the list (Permission denied (os error 13))");
    handler.tell("garble");
    assert!(matches!(handler.try_attach(Waiting::Spin), Err(Error::Protocol(_))));
    let other = headrace::AttachOptions::new().socket(&handler.socket).attach("other").unwrap_err();
    assert!(matches!(other, Error::Refused { status: -2, .. }));
    let feed = handler.attach();
    assert_eq!(handler.ask("attached"), "1");
    assert!(feed.session_epoch() > 0);
    drop(feed);
    eventually(|| handler.ask("attached") == "0");
    handler.attach();
}

#[test]
fn nobody_listens() {
    let mut handler = Handler::usual();
    handler.kill();
    let error = handler.try_attach(Waiting::Spin).unwrap_err();
    assert!(matches!(error, Error::NoHandler(_)));
    assert!(error.to_string().contains("no handler is running there"));
}

#[test]
fn a_handler_of_minor_0_serves_those_who_stay_awake() {
    let mut handler = Handler::usual();
    handler.tell("minor 0");
    let mut feed = handler.attach();
    handler.tell("mbo 1 9");
    assert_eq!(number_of(feed.next(PATIENCE).unwrap().unwrap()), 9);
    drop(feed);
    eventually(|| handler.ask("attached") == "0");
    assert!(matches!(handler.try_attach(Waiting::FUTEX), Err(Error::Wakeless(0))));
    eventually(|| handler.ask("attached") == "0");
    assert!(matches!(handler.try_attach(Waiting::Eventfd), Err(Error::Protocol(_))));
}

#[test]
fn a_later_minor_is_read() {
    let mut handler = Handler::usual();
    handler.tell("minor 9");
    let mut feed = handler.try_attach(Waiting::FUTEX).unwrap();
    handler.tell("record 04ee000000000000000000000000000000");
    handler.tell("mbo 1 1");
    let unknown = feed.next(PATIENCE).unwrap().unwrap();
    assert!(matches!(unknown.any(), AnyRecord::Other(_)));
    assert_eq!((unknown.rtype(), unknown.as_bytes().len()), (0xee, 16));
    assert_eq!(number_of(feed.next(PATIENCE).unwrap().unwrap()), 1);
}
