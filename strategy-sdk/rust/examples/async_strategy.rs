// SPDX-License-Identifier: Apache-2.0
//! A feed in an event loop of tokio's, beside whatever else it runs: no thread of its own, no core while nothing comes. Prints how much
//! was traded each second, and at the end. Another runtime wants the same steps: check, drain, arm, wait.
//!
//!     cargo run --release --example async_strategy NAME

use headrace::{Action, AttachOptions, End, Feed, Mbo, RecordRef, Waiting};
use std::cell::Cell;
use std::future::Future;
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::io::Interest;
use tokio::time::{interval, timeout};

/// A handler that is killed wakes nobody, but hangs up; this is for what neither of both tells.
const SLEEP: Duration = Duration::from_millis(100);

/// Calls `on` with every record until the end. Gives the other tasks their turn whenever there is nothing to read.
async fn read(feed: &mut Feed, mut on: impl FnMut(RecordRef<'_>)) -> std::io::Result<End> {
    let readiness = feed.readiness().expect("attached with Waiting::Eventfd");
    // SAFETY: a `Readiness` has one descriptor, and holds it open for as long as it lives.
    let readiness = unsafe { AsyncFd::register_with_interest(readiness, Interest::READABLE) }?;
    loop {
        // First the look at the end, then at what is left: all that was published before it is read.
        let end = feed.check().err();
        for record in feed.drain() {
            on(record);
        }
        if let Some(end) = end {
            return Ok(end);
        }
        if feed.arm() {
            tokio::task::yield_now().await; // there is something after all
        } else if let Ok(woken) = timeout(SLEEP, readiness.readable()).await {
            woken?.clear_ready();
        }
    }
}

#[derive(Default)]
struct Traded {
    events: Cell<u64>,
    shares: Cell<u64>,
    lost: Cell<u64>,
}

impl Traded {
    fn on(&self, record: RecordRef<'_>) {
        if let Some(order) = record.get::<Mbo>() {
            self.events.set(self.events.get() + 1);
            // A trade of two orders that rest comes as T and two F: T counts it once.
            if order.action() == Some(Action::Trade) {
                self.shares.set(self.shares.get() + u64::from(order.size));
            }
        } else if let Some(lost) = record.get::<headrace::Lost>() {
            self.lost.set(self.lost.get() + lost.count);
        }
    }

    fn print(&self) {
        println!("{} events, {} shares traded, {} records lost", self.events.get(), self.shares.get(), self.lost.get());
    }
}

async fn print_each_second(traded: &Traded) {
    let mut second = interval(Duration::from_secs(1));
    second.tick().await; // the first is at once
    loop {
        second.tick().await;
        traded.print();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).ok_or("usage: async_strategy NAME")?;
    let mut feed = AttachOptions::new().waiting(Waiting::Eventfd).attach(&name)?;
    println!("attached");
    let traded = Traded::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let end = runtime.block_on(async {
        // Two tasks of one thread: neither needs a lock.
        let mut reading = std::pin::pin!(read(&mut feed, |record| traded.on(record)));
        let mut printing = std::pin::pin!(print_each_second(&traded));
        std::future::poll_fn(|context| {
            assert!(printing.as_mut().poll(context).is_pending());
            reading.as_mut().poll(context)
        })
        .await
    })?;
    traded.print();
    println!("{end}");
    Ok(())
}
