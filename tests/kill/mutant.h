/* SPDX-License-Identifier: Apache-2.0
 *
 * Publishers that are wrong, each in one way: hr_producer_publish and what it calls, written anew with the mistake in it.
 */
#ifndef HEADRACE_KILL_MUTANT_H
#define HEADRACE_KILL_MUTANT_H

#include "headrace/producer.h"

static inline struct hr_slot *mutant_slot(struct hr_producer *producer)
{
    return (struct hr_slot *)(producer->slots + (producer->written & producer->mask) * producer->slot_bytes);
}

static inline uint64_t mutant_stamp(const struct hr_producer *producer, uint64_t now_ns)
{
    return now_ns > producer->last_stamp ? now_ns : producer->last_stamp + 1;
}

/* Nothing is moved across this by the compiler, which is free to put right what is written wrongly here. */
static inline void mutant_order(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline int mutant_has_room(struct hr_producer *producer, uint64_t now_ns)
{
    return producer->written != producer->limit || hr_producer_make_room(producer, now_ns);
}

static inline void mutant_finish(struct hr_producer *producer, uint64_t stamp)
{
    producer->last_stamp = stamp;
    producer->written++;
}

static inline void mutant_stamp_first(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns)
{
    if (!mutant_has_room(producer, now_ns))
        return;
    struct hr_slot *slot = mutant_slot(producer);
    uint64_t stamp = mutant_stamp(producer, now_ns);
    __atomic_store_n(&slot->stamp, stamp, __ATOMIC_RELEASE);
    mutant_order();
    memcpy(slot->record, record, bytes);
    mutant_finish(producer, stamp);
}

static inline void mutant_stamp_in_the_middle(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns)
{
    if (!mutant_has_room(producer, now_ns))
        return;
    struct hr_slot *slot = mutant_slot(producer);
    uint64_t stamp = mutant_stamp(producer, now_ns);
    memcpy(slot->record, record, bytes - 8);
    __atomic_store_n(&slot->stamp, stamp, __ATOMIC_RELEASE);
    mutant_order();
    memcpy(slot->record + bytes - 8, (const uint8_t *)record + bytes - 8, 8);
    mutant_finish(producer, stamp);
}

/* Takes a slot that is still to be read. */
static inline void mutant_one_too_many(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns)
{
    if (producer->written == producer->limit + 1 && !hr_producer_make_room(producer, now_ns))
        return;
    hr_producer_write(producer, record, bytes, now_ns);
}

/* A whole burst has one stamp. */
static inline void mutant_stamps_repeat(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns)
{
    if (!mutant_has_room(producer, now_ns))
        return;
    struct hr_slot *slot = mutant_slot(producer);
    memcpy(slot->record, record, bytes);
    __atomic_store_n(&slot->stamp, now_ns, __ATOMIC_RELEASE);
    mutant_finish(producer, now_ns);
}

/* on_full: detach. Says that the ring has ended before it says with how many records. */
static inline void mutant_state_before_counts(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns)
{
    if (producer->written != producer->limit || producer->state != HR_RING_RUNNING) {
        hr_producer_publish(producer, record, bytes, now_ns);
        return;
    }
    producer->lost++;
    producer->state = HR_RING_DETACHED;
    __atomic_store_n(&producer->header->state, HR_RING_DETACHED, __ATOMIC_RELEASE);
    mutant_order();
    hr_producer_set_state(producer, HR_RING_DETACHED);
}

#endif
