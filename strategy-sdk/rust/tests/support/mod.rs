// SPDX-License-Identifier: Apache-2.0
//! A handler to attach to: the Python package's mock_handler.c, which publishes with the ring's real writing side, one process a
//! test. `$HEADRACE_MOCK_HANDLER` names it; else it is compiled, once a test program, from the checkout around this crate.
#![allow(dead_code)] // not every test program needs all of it

use headrace::{AttachOptions, Error, Feed, Waiting};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Until a wait has failed; nothing waits that long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(20);

fn count() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// A file of this test program's, in the target folder; the next run writes it anew.
pub fn scratch(name: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let program = program.file_name().unwrap().to_string_lossy().into_owned();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{program}-{}-{name}", count()))
}

/// A socket, whose path must be short.
fn socket() -> PathBuf {
    std::env::temp_dir().join(format!("headrace-rust-{}-{}.sock", std::process::id(), count()))
}

/// Says that a test was passed by, also where the test's own output is kept back.
pub fn skipped(why: &str) {
    std::io::stdout().write_all(format!("SKIPPED {why}\n").as_bytes()).unwrap();
}

fn mock_handler() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("HEADRACE_MOCK_HANDLER") {
            return program.into();
        }
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let ring = checkout.join("ring");
        let program = scratch("mock_handler");
        let status = Command::new(std::env::var("CC").unwrap_or("cc".into()))
            .args(["-std=c11", "-O2", "-Wall", "-o"])
            .arg(&program)
            .args([&format!("-I{}", ring.join("include").display()), &format!("-I{}", ring.join("src").display())])
            .arg(checkout.join("strategy-sdk/python/tests/mock_handler.c"))
            .args([ring.join("src/producer.c"), ring.join("src/memory.c")])
            .status()
            .expect("a C compiler, to build a handler for the tests; or set HEADRACE_MOCK_HANDLER");
        assert!(status.success(), "mock_handler.c does not compile; set HEADRACE_MOCK_HANDLER to one that is");
        program
    })
}

/// The handler's process. Killed when dropped.
pub struct Handler {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub socket: PathBuf,
}

impl Handler {
    pub fn start(slot_bytes: u32, slot_count: u32, workers: u32, on_full: &str) -> Self {
        let socket = socket();
        let mut process = Command::new(mock_handler())
            .arg(&socket)
            .args([slot_bytes.to_string(), slot_count.to_string(), workers.to_string(), on_full.into()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mock handler");
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut made = Self { process, input, output, socket };
        assert_eq!(made.answer(), "ready");
        made
    }

    /// 256 slots of 64 bytes, one worker, drop.
    pub fn usual() -> Self {
        Self::start(64, 256, 1, "drop")
    }

    pub fn answer(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().into()
    }

    pub fn send(&mut self, command: &str) {
        writeln!(self.input, "{command}").unwrap();
    }

    pub fn ask(&mut self, command: &str) -> String {
        self.send(command);
        self.answer()
    }

    pub fn tell(&mut self, command: &str) {
        assert_eq!(self.ask(command), "ok", "{command}");
    }

    /// Publishes one record as it is.
    pub fn publish<T: headrace::Record>(&mut self, record: &T) {
        // SAFETY: integers without padding (Record).
        let bytes = unsafe { std::slice::from_raw_parts(std::ptr::from_ref(record).cast::<u8>(), size_of::<T>()) };
        self.publish_bytes(bytes);
    }

    pub fn publish_bytes(&mut self, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.tell(&format!("record {hex}"));
    }

    pub fn try_attach(&self, waiting: Waiting) -> Result<Feed, Error> {
        AttachOptions::new().socket(&self.socket).waiting(waiting).attach("test")
    }

    pub fn attach(&self) -> Feed {
        self.try_attach(Waiting::Yield).expect("attached")
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// Asks again until it holds.
pub fn eventually(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it did not come about");
        std::thread::yield_now();
    }
}
