// SPDX-License-Identifier: Apache-2.0
//! What `./dev bench sdk` runs: consumes RECORDS records from a full ring, and prints how long it took.
//!
//!     bench_reader SOCKET CONSUMER batch|batch-touch|iterate RECORDS

use headrace::{AttachOptions, Feed, Mbo};
use std::hint::spin_loop;
use std::time::Instant;

const BATCH: usize = 512;

/// The sum of a column, batch by batch.
#[inline(never)]
fn batch(feed: &mut Feed, records: u64) -> u64 {
    let (mut done, mut sum) = (0, 0);
    while done < records {
        let batch = feed.batch(BATCH);
        for record in &batch {
            if let Some(order) = record.get::<Mbo>() {
                sum += u64::from(order.size);
            }
        }
        done += batch.len() as u64;
    }
    sum
}

/// The hand-over alone: the first record of each batch.
#[inline(never)]
fn batch_touch(feed: &mut Feed, records: u64) -> u64 {
    let (mut done, mut sum) = (0, 0);
    while done < records {
        let batch = feed.batch(BATCH);
        if let Some(order) = batch.get(0).and_then(|record| record.get::<Mbo>()) {
            sum += u64::from(order.size);
        }
        done += batch.len() as u64;
    }
    sum
}

/// Record by record, one field of each.
#[inline(never)]
fn iterate(feed: &mut Feed, records: u64) -> u64 {
    let (mut done, mut sum) = (0, 0);
    while done < records {
        let Some(record) = feed.poll() else {
            spin_loop();
            continue;
        };
        if let Some(order) = record.get::<Mbo>() {
            sum += u64::from(order.size);
        }
        done += 1;
    }
    sum
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [socket, consumer, work, records] = arguments.as_slice() else {
        return Err("usage: bench_reader SOCKET CONSUMER batch|batch-touch|iterate RECORDS".into());
    };
    let records: u64 = records.parse()?;
    let run = match work.as_str() {
        "batch" => batch,
        "batch-touch" => batch_touch,
        "iterate" => iterate,
        other => return Err(format!("no such work: '{other}'; wanted batch, batch-touch or iterate").into()),
    };
    let mut feed = AttachOptions::new().socket(socket).attach(consumer)?;
    println!("ready");
    std::io::stdin().read_line(&mut String::new())?;
    let begun = Instant::now();
    let sum = run(&mut feed, records);
    let ns = begun.elapsed().as_nanos();
    println!("{{\"records\": {records}, \"ns\": {ns}, \"sum\": {sum}}}");
    Ok(())
}
