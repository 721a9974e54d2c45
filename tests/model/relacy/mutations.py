# SPDX-License-Identifier: Apache-2.0
"""The deliberate mistakes: each is an edit of the ring's own source, and each must be caught by a scenario."""

from collections import namedtuple

# edits: (source, function, text as it stands there once, text in its place). define: for scenarios.c instead, where the
# mistake would be in the ring's caller. caught_by: scenarios, each of which must fail. spared: scenarios to which it is no
# mistake, each of which must pass.
Mutation = namedtuple("Mutation", "name edits define caught_by spared", defaults=((), None, (), ()))

PRODUCER_H = "ring/include/headrace/producer.h"
CONSUMER_H = "ring/include/headrace/consumer.h"
PRODUCER_C = "ring/src/producer.c"
CONSUMER_C = "ring/src/consumer.c"
WAKES_H = "feedhandler/fanout/wakes.h"
WAKER_C = "feedhandler/control/waker.c"
SOURCES = (PRODUCER_H, CONSUMER_H, WAKES_H, PRODUCER_C, CONSUMER_C, WAKER_C)

STAMP_STORE = "    __atomic_store_n(&slot->stamp, stamp, __ATOMIC_RELEASE);\n"
CURSOR_STORE = "__atomic_store_n(&consumer->cursor->read, consumer->read, __ATOMIC_RELEASE)"
STATE_STORE = "__atomic_store_n(&producer->header->state, state, __ATOMIC_RELEASE)"
PUBLISHED_STORE = "    __atomic_store_n(&producer->header->published, hr_producer_published(producer), __ATOMIC_RELAXED);\n"
WAKES_LOAD = "    *wakes = __atomic_load_n(&consumer->header->wakes, __ATOMIC_ACQUIRE);\n"
ARM_LOOK = " __atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE) > consumer->last_stamp;\n"


def relaxed(text):
    return text.replace("RELEASE", "RELAXED").replace("ACQUIRE", "RELAXED")


def relax(source, function, text):
    return (source, function, text, relaxed(text))


MUTATIONS = [
    Mutation("none"),
    # Publishing.
    Mutation("stamp-first",
             [(PRODUCER_H, "hr_slot_write", STAMP_STORE, ""),
              (PRODUCER_H, "hr_slot_write", "    if (bytes == HR_ORDER_BYTES)", STAMP_STORE + "    if (bytes == HR_ORDER_BYTES)")],
             caught_by=["publish", "small"]),
    Mutation("stamp-store-relaxed", [relax(PRODUCER_H, "hr_slot_write", STAMP_STORE)], caught_by=["publish", "small"]),
    Mutation("peek-load-relaxed",
             [relax(CONSUMER_H, "hr_consumer_peek", "__atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE)")],
             caught_by=["publish", "small"]),
    Mutation("batch-load-relaxed",
             [relax(CONSUMER_H, "hr_consumer_batch", "->stamp, __ATOMIC_ACQUIRE)")], caught_by=["batch"]),
    Mutation("any-stamp-is-new", [(CONSUMER_H, "hr_consumer_peek", "found <= consumer->last_stamp", "found == 0")],
             caught_by=["publish", "small"]),
    Mutation("batch-past-wrap",
             [(CONSUMER_H, "hr_consumer_batch", "maximum < to_wrap ? maximum : to_wrap",
               "maximum < to_wrap + 1 ? maximum : to_wrap + 1")],
             caught_by=["batch"]),
    # Taking a slot again.
    Mutation("cursor-store-relaxed", [relax(CONSUMER_H, "hr_consumer_store_cursor", CURSOR_STORE)],
             caught_by=["publish", "batch", "small"]),
    Mutation("cursor-load-relaxed",
             [relax(PRODUCER_C, "hr_producer_room", "__atomic_load_n(&producer->cursor->read, __ATOMIC_ACQUIRE)")],
             caught_by=["publish", "batch", "small"]),
    Mutation("full-test-off-by-one",
             [(PRODUCER_C, "set_limit", "producer->mask + 1", "producer->mask + 2")],
             caught_by=["full", "small"]),
    Mutation("room-off-by-one",
             [(PRODUCER_C, "hr_producer_room", "return producer->mask + 1 -", "return producer->mask + 2 -")],
             caught_by=["full", "small"]),
    Mutation("lost-untold",
             [(PRODUCER_C, "hr_producer_make_room", "            write_lost(producer, now_ns);\n", "")],
             caught_by=["full", "full-2"]),
    # The end.
    Mutation("state-store-relaxed", [relax(PRODUCER_C, "hr_producer_set_state", STATE_STORE)], caught_by=["end", "detach"]),
    Mutation("counts-after-state",
             [(PRODUCER_C, "hr_producer_set_state", PUBLISHED_STORE, ""),
              (PRODUCER_C, "hr_producer_set_state", STATE_STORE + ";\n", STATE_STORE + ";\n" + PUBLISHED_STORE)],
             caught_by=["end", "detach"]),
    Mutation("state-load-relaxed", define="STATE_LOAD_RELAXED", caught_by=["end", "detach"]),
    # Sleeping and waking.
    Mutation("no-fence-in-arm",
             [(CONSUMER_H, "hr_consumer_arm", "    __atomic_thread_fence(__ATOMIC_SEQ_CST);\n", "")],
             caught_by=["one-turn-late"], spared=["sleep"]),
    Mutation("state-before-arm", define="STATE_BEFORE_ARM", caught_by=["one-turn-late"], spared=["sleep"]),
    Mutation("wake-check-first", define="WAKE_CHECK_FIRST", caught_by=["asleep"]),
    Mutation("wakes-read-last",
             [(CONSUMER_H, "hr_consumer_arm", WAKES_LOAD, ""),
              (CONSUMER_H, "hr_consumer_arm", "    return" + ARM_LOOK,
               "    int found =" + ARM_LOOK + WAKES_LOAD + "    return found;\n")],
             caught_by=["sleep"]),
    Mutation("same-ticket-again",
             [(CONSUMER_H, "hr_consumer_arm", "++consumer->ticket == 0", "consumer->ticket == 0")], caught_by=["sleep"]),
    Mutation("ticket-taken-unread",
             [(PRODUCER_H, "hr_producer_must_wake", "        return 0;\n", "        return producer->woken = ticket, 0;\n")],
             caught_by=["sleep"]),
    Mutation("total-store-relaxed",
             [relax(WAKES_H, "hr_wakes_want", "__atomic_store_n(&wakes->total, wakes->total + 1, __ATOMIC_RELEASE)")],
             caught_by=["waker"]),
    Mutation("total-load-relaxed",
             [relax(WAKER_C, "look", "__atomic_load_n(&waker->wakes->total, __ATOMIC_ACQUIRE)")], caught_by=["waker"]),
    # A ring that is used again.
    Mutation("no-first-stamp",
             [(CONSUMER_C, "take_header", "    consumer->last_stamp = header->first_stamp;\n", "")], caught_by=["renew"]),
    # Stronger than has to be: no scenario can tell these from the ring as it is.
    Mutation("ticket-relaxed",
             [relax(CONSUMER_H, "hr_consumer_arm", "(&consumer->cursor->waiting, consumer->ticket, __ATOMIC_RELEASE)"),
              relax(PRODUCER_H, "hr_producer_must_wake", "(&producer->cursor->waiting, __ATOMIC_ACQUIRE)")],
             spared=["sleep", "one-turn-late", "asleep"]),
    Mutation("arm-loads-relaxed",
             [relax(CONSUMER_H, "hr_consumer_arm", ARM_LOOK), relax(CONSUMER_H, "hr_consumer_arm", WAKES_LOAD)],
             spared=["sleep", "one-turn-late", "asleep"]),
]
