/* SPDX-License-Identifier: Apache-2.0
 *
 * What a child acts on: one real ring (hr_producer_create: sealed memfds), the records that go into it, and a page on which the
 * child notes how far it is. The test has the same memory mapped and reads all of it while the child stands still, or is dead.
 */
#ifndef HEADRACE_KILL_STAGE_H
#define HEADRACE_KILL_STAGE_H

#include "headrace/consumer.h"
#include "headrace/producer.h"
#include "record.h"

#define STAGE_SLOTS UINT64_C(64)

/* Shared by the child, by each copy that takes its place, and by the test: a fork must not split it in two. */
struct stage_page {
    struct hr_producer producer;
    struct hr_consumer consumer; /* of a child that reads */

    /* What a child that writes has noted. */
    uint64_t busy;    /* 1: it is somewhere between the two notes below */
    uint64_t started; /* records that it began to publish */
    uint64_t settled; /* of which, when it last had finished one, all were in the ring or told of as lost */
    uint64_t over;    /* 1: the loop has ended */
    uint64_t woken;   /* times that the reader was found asleep */

    /* What a child that reads has noted. */
    uint64_t given;  /* records that it may have given back by now */
    uint64_t arming; /* times that it began to go to sleep */
};

struct stage {
    struct stage_page *page;
    struct record_table records;
    uint64_t ahead; /* records already published when the child starts */
};

struct stage_options {
    const uint16_t *sizes; /* of records, four in turn */
    uint32_t slot_bytes;
    enum hr_on_full on_full;
    uint64_t ahead;
    int renewed; /* the ring has had a reader before, and is full of what was meant for that one */
};

void stage_open(struct stage *stage, const struct stage_options *options);
void stage_close(struct stage *stage);

/* The data object without what differs between two runs (the header's first two lines), as one number. */
uint64_t stage_digest(const struct stage *stage);

/* A note for the test. It stays where it is among the other stores: the compiler moves nothing across it, and the processor
 * shows a stopped process' stores in order. */
static inline void stage_note(uint64_t *note, uint64_t value)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(note, value, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif
