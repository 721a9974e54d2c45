// SPDX-License-Identifier: Apache-2.0
//! How long a record takes from the poll that brought its packet to here. The smallest strategy there is.
//!
//!     cargo run --release --example latency_meter NAME [RECORDS]
//!
//! The handler is the one at $HEADRACE_SOCKET, else the instance "headrace".

use headrace::{AttachOptions, Waiting};
use std::time::{SystemTime, UNIX_EPOCH};

fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("usage: latency_meter NAME [RECORDS]")?;
    let wanted: usize = arguments.next().map_or(Ok(1_000_000), |records| records.parse())?;
    // Spinning is what a strategy for real does; it needs a core to itself.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut feed = AttachOptions::new().waiting(if cores > 2 { Waiting::Spin } else { Waiting::Yield }).attach(&name)?;
    println!("attached");
    let mut samples: Vec<u64> = Vec::with_capacity(wanted);
    let end = loop {
        if samples.len() == wanted {
            break None;
        }
        match feed.next(None) {
            Ok(Some(record)) => samples.push(now_ns().saturating_sub(record.stamp())),
            Ok(None) => {}
            Err(end) => break Some(end),
        }
    };
    let lost = feed.statistics().lost;
    drop(feed); // sorting takes its time: do not hold up the ring
    if samples.is_empty() {
        return Err(format!("no records: {}", end.map_or_else(|| "none were wanted".into(), |end| end.to_string())).into());
    }
    samples.sort_unstable();
    let at = |share: f64| samples[((samples.len() - 1) as f64 * share) as usize];
    println!(
        "{} records, {lost} lost, latency in ns: p50 {}, p99 {}, p99.9 {}, max {}",
        samples.len(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
    Ok(())
}
