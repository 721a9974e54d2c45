// SPDX-License-Identifier: Apache-2.0
//! iceoryx2: publish and subscribe, a service for each direction.
#![no_main]

#[path = "../../hand_over.rs"]
mod hand_over;

use hand_over::{Setting, System, hand_over_foreign_main, hand_over_foreign_take};
use iceoryx2::port::{publisher::Publisher, subscriber::Subscriber};
use iceoryx2::prelude::*;
use std::error::Error;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs;

type Record<const WORDS: usize> = [u64; WORDS];

struct End<const WORDS: usize> {
    publisher: Publisher<ipc::Service, Record<WORDS>, ()>,
    subscriber: Subscriber<ipc::Service, Record<WORDS>, ()>,
    _node: Node<ipc::Service>,
}

fn root(tag: &str) -> String {
    format!("/tmp/{tag}-iceoryx2")
}

fn fail(error: impl std::fmt::Display) -> ! {
    eprintln!("iceoryx2: {error}");
    std::process::exit(1)
}

fn buffer() -> usize { std::env::var("IXBUF").ok().and_then(|s| s.parse().ok()).unwrap_or(65536) }

fn open_end<const WORDS: usize>(tag: &str, end: c_int) -> Result<End<WORDS>, Box<dyn Error>> {
    let mut config = Config::default();
    config.global.set_root_path(&Path::new(root(tag).as_bytes())?);
    config.global.prefix = FileName::new(format!("{tag}-").as_bytes())?;
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
            .subscriber_max_buffer_size(buffer())
            .enable_safe_overflow(false)
            .open_or_create()
            .map_err(|error| -> Box<dyn Error> { error.into() })
    };
    Ok(End {
        subscriber: service(1 - end)?.subscriber_builder().create()?,
        publisher: service(end)?
            .publisher_builder()
            .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
            .create()?,
        _node: node,
    })
}

unsafe extern "C" fn open<const WORDS: usize>(setting: *const Setting) -> *mut c_void {
    let setting = unsafe { &*setting };
    let tag = unsafe { CStr::from_ptr(setting.tag) }.to_string_lossy();
    set_log_level(LogLevel::Error);
    match open_end::<WORDS>(&tag, setting.end) {
        Ok(end) => Box::into_raw(Box::new(end)).cast(),
        Err(error) => fail(error),
    }
}

unsafe extern "C" fn send<const WORDS: usize>(of: *mut c_void, record: *const u64, _bytes: usize) {
    let end = unsafe { &*of.cast::<End<WORDS>>() };
    let record = unsafe { &*record.cast::<Record<WORDS>>() };
    match end.publisher.loan_uninit() {
        Ok(sample) => {
            if let Err(error) = sample.write_payload(*record).send() {
                fail(error)
            }
        }
        Err(error) => fail(error),
    }
}

fn with_next<const WORDS: usize>(end: &End<WORDS>, look: impl FnOnce(&Record<WORDS>)) -> bool {
    match end.subscriber.receive() {
        Ok(Some(sample)) => {
            look(sample.payload());
            true
        }
        Ok(None) => false,
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
    let tag = unsafe { CStr::from_ptr(tag) }.to_string_lossy();
    let _ = fs::remove_dir_all(root(&tag));
    for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&format!("{tag}-")) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn system<const WORDS: usize>() -> System {
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
    let large = argc > 2 && unsafe { CStr::from_ptr(*argv.add(2)) } == c"112";
    let system = if large { system::<14>() } else { system::<7>() };
    unsafe { hand_over_foreign_main(&system, argc, argv) }
}
