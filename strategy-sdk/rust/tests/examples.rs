// SPDX-License-Identifier: Apache-2.0
//! The examples, as they are run: cargo builds them beside the tests.

mod support;

use headrace::Mbo;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use support::{eventually, Handler};

/// A program that reads, and what it says.
struct Program {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(example: &str, handler: &Handler, arguments: &[&str]) -> Self {
        let mut program: PathBuf = std::env::current_exe().unwrap();
        program.pop();
        program.pop();
        program.push("examples");
        program.push(example);
        let mut process = Command::new(&program)
            .args(arguments)
            .env("HEADRACE_SOCKET", &handler.socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}; `cargo test` builds it, `cargo test --test` does not", program.display())
            });
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().into()
    }

    fn rest(mut self) -> Vec<String> {
        let lines = self.output.by_ref().lines().map(Result::unwrap).collect();
        assert!(self.process.wait().unwrap().success());
        lines
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn socket_of(handler: &Handler) -> String {
    handler.socket.to_str().unwrap().into()
}

#[test]
fn conform_prints_what_it_reads() {
    for batch in [None, Some("2")] {
        let mut handler = Handler::start(64, 64, 1, "drop");
        let socket = socket_of(&handler);
        let mut arguments = vec!["--stats", "--hold", "3"];
        arguments.extend(batch.iter().flat_map(|batch| ["--batch", batch]));
        arguments.extend([socket.as_str(), "test"]);
        let mut conform = Program::start("conform", &handler, &arguments);
        assert_eq!(conform.line(), "attached 1");
        handler.tell("symbol 2 7 AAPL");
        handler.tell("mbo 4 0");
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line| line != "hold") {
            lines.push(conform.line());
        }
        // What is held is not released: of 64 slots 3, or 2 in batches of 2, may be taken again.
        handler.tell("mbo 63 4");
        let missing: u32 = handler.ask("pending").parse().unwrap();
        assert!((1..=3).contains(&missing), "{missing}");
        writeln!(conform.input, "go on").unwrap();
        eventually(|| {
            handler.tell("flush");
            handler.ask("pending") == "0"
        });
        handler.tell("state 4");
        lines.extend(conform.rest());
        lines.retain(|line| !line.starts_with("batch "));
        let ends = lines.split_off(lines.len() - 3);
        assert_eq!(ends, ["symbol 2 7 AAPL".into(), format!("lost {missing}"), "end -108".into()]);
        lines.retain(|line| line != "hold");
        assert_eq!(lines.len() as u32, 4 + 63 - missing + 1, "and the LOST record");
        let words: Vec<&str> = lines[0].split(' ').collect();
        assert_eq!((words[0], words[2], words[3].len()), ("0", "160", 112));
        assert!(words[3].starts_with("0ea00200"), "{}", words[3]);
    }
}

#[test]
fn conform_tells_how_it_was_refused_and_how_it_ended() {
    let mut handler = Handler::usual();
    let socket = socket_of(&handler);
    handler.tell("refuse -16 somebody is");
    assert_eq!(Program::start("conform", &handler, &[&socket, "test"]).rest(), ["refused -16"]);
    handler.tell("garble");
    assert_eq!(Program::start("conform", &handler, &[&socket, "test"]).rest(), ["refused 0"]);
    for (state, end) in [(2, "end -105"), (3, "end -74"), (4, "end -108"), (17, "end -71")] {
        eventually(|| handler.ask("attached") == "0");
        let mut conform = Program::start("conform", &handler, &[&socket, "test"]);
        assert_eq!(conform.line(), "attached 1");
        handler.tell(&format!("state {state}"));
        assert_eq!(conform.rest(), ["lost 0", end]);
    }
    eventually(|| handler.ask("attached") == "0");
    let mut conform = Program::start("conform", &handler, &[&socket, "test"]);
    assert_eq!(conform.line(), "attached 1");
    handler.kill();
    assert_eq!(conform.rest(), ["lost 0", "end -32"]);
}

#[test]
fn the_bench_reader_adds_up() {
    for (work, sum) in [("iterate", 200 * 100), ("batch", 200 * 100), ("batch-touch", 100)] {
        let mut handler = Handler::usual();
        let mut reader = Program::start("bench_reader", &handler, &[&socket_of(&handler), "test", work, "200"]);
        assert_eq!(reader.line(), "ready");
        handler.tell("mbo 200 0");
        writeln!(reader.input).unwrap();
        let line = reader.line();
        assert!(
            line.starts_with("{\"records\": 200, \"ns\": ") && line.ends_with(&format!("\"sum\": {sum}}}")),
            "{work}: {line}"
        );
    }
}

#[test]
fn the_latency_meter_measures() {
    let mut handler = Handler::usual();
    let mut meter = Program::start("latency_meter", &handler, &["test", "100"]);
    assert_eq!(meter.line(), "attached");
    handler.tell("stream 200");
    let told = meter.rest();
    assert!(told[0].starts_with("100 records, 0 lost, latency in ns: p50 "), "{told:?}");
}

#[test]
fn the_arbitrage_detector_finds_a_crossed_market() {
    let mut handler = Handler::usual();
    let mut detector = Program::start("arbitrage", &handler, &["test"]);
    assert_eq!(detector.line(), "attached");
    handler.tell("symbol 2 7 AAPL");
    handler.tell("symbol 3 9 AAPL");
    handler.tell("symbol 3 8 MSFT");
    let order = |publisher_id, instrument_id, order_id, action, side, price: i64, size| {
        let mut order = Mbo { order_id, price: price * 10_000_000, size, action, side, flags: 128, ..Mbo::default() };
        (order.hd.publisher_id, order.hd.instrument_id) = (publisher_id, instrument_id);
        order
    };
    for event in [
        order(2, 7, 1, b'A', b'A', 10_005, 300),
        order(2, 7, 2, b'A', b'B', 10_001, 500),
        order(3, 9, 1, b'A', b'B', 10_004, 100), // bids below the ask: not crossed
        order(3, 8, 5, b'A', b'B', 99_999, 100), // another symbol
        order(3, 9, 2, b'A', b'B', 10_009, 200), // crossed by 0.04
        order(3, 9, 2, b'T', b'B', 10_009, 200), // changes no book
        order(2, 7, 3, b'A', b'A', 10_003, 50),  // wider, by 0.06, for 50
        order(2, 7, 3, b'C', b'A', 10_003, 50),
        order(3, 9, 2, b'C', b'B', 10_009, 150), // 50 are left
        order(3, 9, 2, b'M', b'B', 10_002, 50),  // over
        order(2, 7, 0, b'R', b'N', 0, 0),
        order(3, 9, 3, b'A', b'B', 11_000, 10), // nothing to cross any more
    ] {
        handler.publish(&event);
    }
    handler.tell("state 4");
    let told = detector.rest();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("AAPL crossed: 50 at 100.0300 on 2 against 100.0900 on 3, 0.0600 a share, for "), "{told:?}");
    assert_eq!(told[1], "the handler has stopped; 12 records, 0 lost, 2 symbols");
}

#[test]
fn a_strategy_in_an_event_loop_reads_all() {
    for killed in [false, true] {
        let mut handler = Handler::usual();
        let mut strategy = Program::start("async_strategy", &handler, &["test"]);
        assert_eq!(strategy.line(), "attached");
        handler.tell("stream 3000");
        let trade = Mbo { action: b'T', size: 70, ..Mbo::default() };
        handler.publish(&trade);
        handler.publish(&Mbo { action: b'F', ..trade });
        if killed {
            handler.kill();
        } else {
            handler.tell("state 4");
        }
        let told = strategy.rest();
        let end = if killed { "the handler has died" } else { "the handler has stopped" };
        assert_eq!(told[told.len() - 2..], ["3002 events, 70 shares traded, 0 records lost", end]);
    }
}
