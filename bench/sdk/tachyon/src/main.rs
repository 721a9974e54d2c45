// SPDX-License-Identifier: Apache-2.0

//! Tachyon's Rust crate in the sdk bench, as its users write it; the arguments are those of ../../reader.c.
//!
//! The same payload: orders of 56 bytes. This program started once more, with "send" as its work, sends them; what is timed begins when
//! the bus holds RECORDS of them. `iterate` is a guard for each message, `batch` is `drain_batch`, both in place, and `batch-touch` the
//! first of each batch.

use std::io::{BufRead, Write, stdin, stdout};
use std::process::{Command, Stdio, exit};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tachyon_ipc::Bus;

const BATCH: usize = 512;
const CAPACITY: usize = 64 << 20; // bytes: RECORDS in slots of at most 192 bytes fit
const SPINS: u32 = 10_000; // its own default
const ORDER_BYTES: usize = 56;
const SIZE_OFFSET: usize = 32;

fn order(number: u64) -> [u8; ORDER_BYTES] {
    let mut bytes = [0; ORDER_BYTES];
    bytes[0] = (ORDER_BYTES / 4) as u8;
    bytes[1] = 0xA0;
    bytes[4..8].copy_from_slice(&((number % 8) as u32).to_le_bytes());
    bytes[16..24].copy_from_slice(&number.to_le_bytes());
    bytes[SIZE_OFFSET..SIZE_OFFSET + 4].copy_from_slice(&((number % 1000 + 1) as u32).to_le_bytes());
    bytes
}

fn size_of(bytes: &[u8]) -> u64 {
    u64::from(u32::from_le_bytes(bytes[SIZE_OFFSET..SIZE_OFFSET + 4].try_into().expect("four bytes")))
}

/// All of them, then the word that they are there; goes when the reader has gone.
fn send(path: &str, records: u64) {
    let bus = loop {
        match Bus::connect(path) {
            Ok(bus) => break bus,
            Err(_) => sleep(Duration::from_millis(1)),
        }
    };
    for number in 0..records {
        bus.send(&order(number), 1).expect("send");
    }
    println!("sent");
    let _ = stdin().lock().read_line(&mut String::new());
}

fn batch(bus: &Bus, records: u64) -> u64 {
    let (mut sum, mut read) = (0, 0);
    while read < records {
        let messages = bus.drain_batch(BATCH, SPINS).expect("drain_batch");
        for message in &messages {
            sum += size_of(message.data());
        }
        read += messages.len() as u64;
        messages.commit().expect("commit");
    }
    sum
}

fn batch_touch(bus: &Bus, records: u64) -> u64 {
    let (mut sum, mut read) = (0, 0);
    while read < records {
        let messages = bus.drain_batch(BATCH, SPINS).expect("drain_batch");
        if let Some(message) = messages.get(0) {
            sum += size_of(message.data());
        }
        read += messages.len() as u64;
        messages.commit().expect("commit");
    }
    sum
}

fn iterate(bus: &Bus, records: u64) -> u64 {
    let mut sum = 0;
    for _ in 0..records {
        let message = bus.acquire_rx(SPINS).expect("acquire_rx");
        sum += size_of(message.data());
        message.commit().expect("commit");
    }
    sum
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [program, path, consumer, work, records] = arguments.as_slice() else {
        eprintln!("usage: bench-tachyon SOCKET CONSUMER batch|batch-touch|iterate RECORDS");
        exit(64)
    };
    let count: u64 = records.parse().expect("RECORDS is a number");
    let run = match work.as_str() {
        "send" => return send(path, count),
        "batch" => batch,
        "batch-touch" => batch_touch,
        "iterate" => iterate,
        _ => exit(64),
    };
    let mut sender = Command::new(program)
        .args([path, consumer, "send", records])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the sender starts");
    let bus = Bus::listen(path, CAPACITY).expect("listen");
    let mut told = String::new();
    std::io::BufReader::new(sender.stdout.take().expect("piped")).read_line(&mut told).expect("the sender's word");
    assert_eq!(told, "sent\n", "the sender has failed");
    println!("ready");
    stdout().flush().expect("flush");
    if stdin().lock().read_line(&mut String::new()).unwrap_or(0) == 0 {
        exit(69);
    }
    let begin = Instant::now();
    let sum = run(&bus, count);
    let ns = begin.elapsed().as_nanos();
    println!("{{\"records\": {count}, \"ns\": {ns}, \"sum\": {sum}}}");
    drop(sender.stdin.take());
    sender.wait().expect("the sender ends");
}
