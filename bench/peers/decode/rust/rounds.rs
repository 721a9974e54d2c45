// SPDX-License-Identifier: Apache-2.0
//! What the decode peers in Rust share: the archive in memory without the types that a library does not decode, the rounds, and
//! their lines. ../rounds.h is the same for those in C++.
use std::process::exit;
use std::time::Instant;
use std::{env, fs};

fn fail(name: &str, what: &str) -> ! {
    eprintln!("{name}: {what}");
    exit(1)
}

/// At most HEADRACE_PEER_MESSAGES messages, where that is set, of the types in `known`, and how many they are.
fn archive(name: &str, path: &str, known: &[u8]) -> (Vec<u8>, u64) {
    let whole = fs::read(path).unwrap_or_else(|error| fail(name, &format!("cannot read {path}: {error}")));
    let most = env::var("HEADRACE_PEER_MESSAGES").ok().and_then(|most| most.parse().ok()).unwrap_or(u64::MAX);
    let mut bytes = Vec::with_capacity(whole.len());
    let mut messages = 0;
    let mut left_out = [0u64; 256];
    let mut rest = &whole[..];
    while rest.len() >= 2 && messages < most {
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        if length == 0 {
            break; // the end of the session
        }
        if length > rest.len() - 2 {
            fail(name, "the archive ends within a message");
        }
        let (message, after) = rest.split_at(2 + length);
        if known.contains(&message[2]) {
            bytes.extend_from_slice(message);
            messages += 1;
        } else {
            left_out[usize::from(message[2])] += 1;
        }
        rest = after;
    }
    for (kind, count) in (0u8..).zip(left_out).filter(|(_, count)| *count > 0) {
        println!("# note {count} messages of type '{}' left out: it does not decode them", char::from(kind));
    }
    (bytes, messages)
}

/// Runs `decode`, which returns how many messages it has decoded, or what stopped it. What `prepare` makes of the archive for
/// each round is not in the time.
pub fn main<'a, Prepared>(
    name: &str,
    known: &[u8],
    note: &str,
    mut prepare: impl FnMut(&'a [u8]) -> Prepared,
    mut decode: impl FnMut(Prepared) -> Result<u64, String>,
) {
    let arguments: Vec<String> = env::args().collect();
    let [_, path, rounds] = &arguments[..] else {
        eprintln!("usage: {name} FILE ROUNDS");
        exit(64);
    };
    if !note.is_empty() {
        println!("# note {note}");
    }
    let (bytes, messages) = archive(name, path, known);
    let bytes: &'a [u8] = bytes.leak();
    for _ in 0..rounds.parse().unwrap_or_else(|_| fail(name, "ROUNDS is not a number")) {
        let prepared = prepare(bytes);
        let start = Instant::now();
        let decoded = decode(prepared);
        let time = start.elapsed().as_nanos();
        match decoded {
            Ok(decoded) if decoded == messages => println!("{decoded} {time}"),
            Ok(decoded) => fail(name, &format!("decoded {decoded} of {messages} messages")),
            Err(error) => fail(name, &error),
        }
    }
}
