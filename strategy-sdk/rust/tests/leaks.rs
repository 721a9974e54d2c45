// SPDX-License-Identifier: Apache-2.0
//! Nothing is left behind: alone in its process, as what it counts is the process's.

mod support;

use headrace::Waiting;
use support::{eventually, Handler};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps").unwrap().matches("memfd:").count()
}

#[test]
fn what_is_attached_is_given_back() {
    let mut handler = Handler::usual();
    let before = (descriptors(), mappings());
    for waiting in [Waiting::Spin, Waiting::FUTEX, Waiting::Eventfd] {
        let feed = handler.try_attach(waiting).unwrap();
        // The socket; the timer and the epoll of an eventfd. The mappings hold the memory.
        let more = if waiting == Waiting::Eventfd { 3 } else { 1 };
        assert_eq!(descriptors(), before.0 + more, "{waiting:?}");
        assert!(mappings() > before.1, "{waiting:?}");
        drop(feed);
        assert_eq!((descriptors(), mappings()), before, "{waiting:?}");
        eventually(|| handler.ask("attached") == "0");
    }
    handler.tell("refuse -13 no");
    assert!(handler.try_attach(Waiting::Spin).is_err());
    handler.tell("minor 0");
    assert!(handler.try_attach(Waiting::Eventfd).is_err());
    eventually(|| handler.ask("attached") == "0");
    assert!(handler.try_attach(Waiting::FUTEX).is_err());
    assert_eq!((descriptors(), mappings()), before);
}
