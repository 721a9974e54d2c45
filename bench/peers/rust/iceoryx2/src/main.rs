// SPDX-License-Identifier: Apache-2.0
//! iceoryx2: publish and subscribe, a service for each direction with one publisher, one subscriber, and a publisher that waits
//! for room instead of writing over the oldest. A record is loaned, written, sent; and looked at where it is when received. For
//! latencies the next loan is taken in advance, after a record was sent and not before, as iceoryx2's own benchmark does, and
//! there is room for few records, which stay in the caches: a fifth less. At full rate a loan in advance is no better.
#![no_main]

#[path = "../../hand_over.rs"]
mod hand_over;

use hand_over::{Setting, System, hand_over_foreign_main, hand_over_foreign_take};
use iceoryx2::port::{publisher::Publisher, subscriber::Subscriber, update_connections::UpdateConnections};
use iceoryx2::prelude::*;
use iceoryx2::sample_mut_uninit::SampleMutUninit;
use std::error::Error;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::{fs, hint, thread, time::Duration};

/// Room in records, for latencies and for full rate.
const SMALL: usize = 256;
const LARGE: usize = 65536;

/// Set before the processes are made.
static FULL_RATE: AtomicBool = AtomicBool::new(false);

type Record<const WORDS: usize> = [u64; WORDS];
type Loan<const WORDS: usize> = SampleMutUninit<ipc::Service, MaybeUninit<Record<WORDS>>, ()>;

struct End<const WORDS: usize> {
    publisher: Publisher<ipc::Service, Record<WORDS>, ()>,
    subscriber: Subscriber<ipc::Service, Record<WORDS>, ()>,
    next: Option<Loan<WORDS>>,
    full_rate: bool,
    _node: Node<ipc::Service>,
}

fn fail(error: impl std::fmt::Display) -> ! {
    eprintln!("iceoryx2: {error}");
    std::process::exit(1)
}

fn text(tag: *const c_char) -> String {
    unsafe { CStr::from_ptr(tag) }.to_string_lossy().into_owned()
}

/// Where the services are written down; what they share is in /dev/shm, with the prefix.
fn root(tag: &str) -> String {
    format!("/tmp/{tag}-iceoryx2")
}

fn prefix(tag: &str) -> String {
    format!("{tag}-iceoryx2-")
}

fn open_end<const WORDS: usize>(tag: &str, end: c_int) -> Result<End<WORDS>, Box<dyn Error>> {
    let full_rate = FULL_RATE.load(Relaxed);
    let mut config = Config::default();
    config.global.set_root_path(&Path::new(root(tag).as_bytes())?);
    config.global.prefix = FileName::new(prefix(tag).as_bytes())?;
    let node = NodeBuilder::new()
        .config(&config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<ipc::Service>()?;
    let service = |of: c_int| {
        node.service_builder(&format!("end-{of}").as_str().try_into()?)
            .publish_subscribe::<Record<WORDS>>()
            .max_publishers(1)
            .max_subscribers(1)
            .max_nodes(2)
            .history_size(0)
            .subscriber_max_buffer_size(if full_rate { LARGE } else { SMALL })
            .enable_safe_overflow(false)
            .open_or_create()
            .map_err(|error| -> Box<dyn Error> { error.into() })
    };
    let (out, into) = (service(end)?, service(1 - end)?);
    let subscriber = into.subscriber_builder().create()?;
    let publisher = out
        .publisher_builder()
        .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
        .create()?;
    // What is sent before the subscriber has connected is lost, so each side connects before either sends.
    while out.dynamic_config().number_of_subscribers() == 0 || into.dynamic_config().number_of_publishers() == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    publisher.update_connections()?;
    subscriber.update_connections()?;
    Ok(End { publisher, subscriber, next: None, full_rate, _node: node })
}

unsafe extern "C" fn open<const WORDS: usize>(setting: *const Setting) -> *mut c_void {
    let setting = unsafe { &*setting };
    set_log_level(LogLevel::Error);
    match open_end::<WORDS>(&text(setting.tag), setting.end) {
        Ok(end) => Box::into_raw(Box::new(end)).cast(),
        Err(error) => fail(error),
    }
}

fn send_one<const WORDS: usize>(end: &mut End<WORDS>, record: &Record<WORDS>) -> Result<(), Box<dyn Error>> {
    let loan = match end.next.take() {
        Some(loan) => loan,
        None => end.publisher.loan_uninit()?,
    };
    loan.write_payload(*record).send()?;
    if !end.full_rate {
        end.next = Some(end.publisher.loan_uninit()?);
    }
    Ok(())
}

unsafe extern "C" fn send<const WORDS: usize>(of: *mut c_void, record: *const u64, _bytes: usize) {
    let end = unsafe { &mut *of.cast::<End<WORDS>>() };
    if let Err(error) = send_one(end, unsafe { &*record.cast() }) {
        fail(error)
    }
}

/// Whether there was one.
fn with_next<const WORDS: usize>(end: &End<WORDS>, look: impl FnOnce(&Record<WORDS>)) -> bool {
    match end.subscriber.receive() {
        Ok(Some(sample)) => {
            look(sample.payload());
            true
        }
        Ok(None) => {
            hint::spin_loop();
            false
        }
        Err(error) => fail(error),
    }
}

unsafe extern "C" fn receive<const WORDS: usize>(of: *mut c_void, record: *mut u64, _bytes: usize) {
    let end = unsafe { &*of.cast::<End<WORDS>>() };
    let to = unsafe { &mut *record.cast::<Record<WORDS>>() };
    while !with_next(end, |from| *to = *from) {}
}

unsafe extern "C" fn receive_some<const WORDS: usize>(of: *mut c_void, bytes: usize, expected: *mut u64) -> usize {
    let end = unsafe { &*of.cast::<End<WORDS>>() };
    with_next(end, |record| unsafe { hand_over_foreign_take(record.as_ptr(), bytes, expected) }) as usize
}

unsafe extern "C" fn clean(tag: *const c_char) {
    let tag = text(tag);
    let _ = fs::remove_dir_all(root(&tag));
    for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix(&tag)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

const fn system<const WORDS: usize>() -> System {
    System {
        name: c"iceoryx2".as_ptr(),
        prepare: None,
        open: open::<WORDS>,
        send: send::<WORDS>,
        flush: None,
        receive: receive::<WORDS>,
        receive_some: Some(receive_some::<WORDS>),
        helper_cpu: None,
        clean: Some(clean),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn main(argc: c_int, argv: *mut *mut c_char) -> c_int {
    let argument = |at: c_int| unsafe { if at < argc { CStr::from_ptr(*argv.add(at as usize)) } else { c"" } };
    FULL_RATE.store(argument(1) == c"one_way", Relaxed);
    let system = if argument(2) == c"112" { system::<14>() } else { system::<7>() };
    unsafe { hand_over_foreign_main(&system, argc, argv) }
}
