// SPDX-License-Identifier: Apache-2.0
//! What the conformance cases run: attaches, spinning, and prints everything that it reads, as conformance/ has it.
//!
//!     conform [--batch N] [--hold N] [--stats] SOCKET CONSUMER

use headrace::{AttachOptions, End, Error, Feed, RecordBuf, RecordRef};
use std::io::{self, StdoutLock, Write};
use std::process::ExitCode;

#[derive(Default)]
struct Arguments {
    batch: Option<usize>,
    hold: Option<u64>,
    stats: bool,
    places: Vec<String>,
}

fn arguments() -> Option<Arguments> {
    let mut found = Arguments::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--batch" => found.batch = Some(words.next()?.parse().ok().filter(|batch| *batch > 0)?),
            "--hold" => found.hold = Some(words.next()?.parse().ok()?),
            "--stats" => found.stats = true,
            _ => found.places.push(word),
        }
    }
    (found.places.len() == 2).then_some(found)
}

struct Printer {
    out: StdoutLock<'static>,
    printed: u64,
    hold: Option<u64>,
}

impl Printer {
    fn print(&mut self, ring: usize, record: RecordRef<'_>) -> io::Result<()> {
        write!(self.out, "{ring} {} {} ", record.stamp(), record.rtype())?;
        for byte in record.as_bytes() {
            write!(self.out, "{byte:02x}")?;
        }
        self.printed += 1;
        writeln!(self.out)
    }

    /// Once so many are printed, waits for a line, while the last are still lent.
    fn hold(&mut self) -> io::Result<()> {
        if self.hold.is_some_and(|hold| self.printed >= hold) {
            self.hold = None;
            writeln!(self.out, "hold")?;
            self.out.flush()?;
            io::stdin().read_line(&mut String::new())?;
        }
        Ok(())
    }
}

/// Reads until the end.
fn read(feed: &mut Feed, batch: Option<usize>, printer: &mut Printer) -> io::Result<End> {
    loop {
        if let Some(maximum) = batch {
            match feed.next_batch(maximum, None) {
                Ok(records) => {
                    for record in &records {
                        printer.print(records.ring(), record)?;
                    }
                    writeln!(printer.out, "batch {}", records.len())?;
                    printer.out.flush()?;
                    printer.hold()?;
                }
                Err(end) => return Ok(end),
            }
        } else {
            let copy = match feed.next(None) {
                Ok(Some(record)) => RecordBuf::new(record),
                Ok(None) => continue,
                Err(end) => return Ok(end),
            };
            // The feed can be asked again, and has released nothing.
            printer.print(feed.ring(), copy.as_ref())?;
            printer.out.flush()?;
            printer.hold()?;
        }
    }
}

fn status_of(end: &End) -> i32 {
    match end {
        End::Stopped => -108,
        End::Died => -32,
        End::Detached => -105,
        End::Evicted => -74,
        _ => -71,
    }
}

fn main() -> io::Result<ExitCode> {
    let Some(arguments) = arguments() else {
        eprintln!("usage: conform [--batch N] [--hold N] [--stats] SOCKET CONSUMER");
        return Ok(ExitCode::from(64));
    };
    let mut printer = Printer { out: io::stdout().lock(), printed: 0, hold: arguments.hold };
    let mut feed = match AttachOptions::new().socket(&arguments.places[0]).attach(&arguments.places[1]) {
        Ok(feed) => feed,
        Err(error) => {
            eprintln!("conform: {error}");
            let status = if let Error::Refused { status, .. } = error { status } else { 0 };
            writeln!(printer.out, "refused {status}")?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    writeln!(printer.out, "attached {}", feed.ring_count())?;
    printer.out.flush()?;
    printer.hold()?;
    let end = read(&mut feed, arguments.batch, &mut printer)?;
    if arguments.stats {
        for (publisher_id, instrument_id, symbol) in feed.symbols().iter() {
            writeln!(printer.out, "symbol {publisher_id} {instrument_id} {symbol}")?;
        }
    }
    writeln!(printer.out, "lost {}", feed.statistics().lost)?;
    writeln!(printer.out, "end {}", status_of(&end))?;
    Ok(ExitCode::SUCCESS)
}
