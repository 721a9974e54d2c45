// SPDX-License-Identifier: Apache-2.0
//! Writes every record's bytes, without its stamp, until the handler ends; then what came of it, as JSON. --slow-us sleeps after every
//! batch, to be a strategy that is too slow. `headrace record` writes DBN files, with symbols.
//!
//!     record_to_file NAME FILE [--socket PATH] [--slow-us N] [--wait spin|yield|futex|eventfd]

use headrace::{AttachOptions, End, Waiting};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;
use std::time::Duration;

const BATCH: usize = 256;

struct Arguments {
    places: Vec<String>,
    options: AttachOptions,
    slow: Duration,
}

fn arguments() -> Result<Arguments, String> {
    let mut found =
        Arguments { places: Vec::new(), options: AttachOptions::new().waiting(Waiting::Yield), slow: Duration::ZERO };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            found.places.push(word);
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word}: wants a value"))?;
        match word.as_str() {
            "--socket" => found.options = found.options.socket(value),
            "--slow-us" => {
                found.slow = Duration::from_micros(value.parse().map_err(|_| format!("--slow-us {value}: no number"))?)
            }
            "--wait" => found.options = found.options.waiting(waiting_named(&value)?),
            _ => return Err(format!("no such option: {word}")),
        }
    }
    Ok(found)
}

fn waiting_named(name: &str) -> Result<Waiting, String> {
    match name {
        "spin" => Ok(Waiting::Spin),
        "yield" => Ok(Waiting::Yield),
        "futex" => Ok(Waiting::FUTEX),
        "eventfd" => Ok(Waiting::Eventfd),
        _ => Err(format!("--wait {name}: wanted spin, yield, futex or eventfd")),
    }
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let Arguments { places, options, slow } = arguments()?;
    let [name, path] = places.as_slice() else {
        return Err("usage: record_to_file NAME FILE [--socket PATH] [--slow-us N] [--wait spin|yield|futex|eventfd]".into());
    };
    let mut file = BufWriter::new(File::create(path)?);
    let mut feed = options.attach(name)?;
    let end = loop {
        match feed.next_batch(BATCH, None) {
            Ok(batch) => {
                for record in &batch {
                    file.write_all(record.as_bytes())?;
                }
            }
            Err(end) => break end,
        }
        if !slow.is_zero() {
            std::thread::sleep(slow);
        }
    };
    file.flush()?;
    let told = feed.statistics();
    println!(
        "{{\"name\": \"{name}\", \"language\": \"rust\", \"records\": {}, \"lost\": {}, \"published\": {}, \"end\": \"{end:?}\"}}",
        told.records, told.lost, told.published
    );
    Ok(if end == End::Stopped { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
