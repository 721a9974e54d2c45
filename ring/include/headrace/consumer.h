/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading side of one ring. The hot path is inline: one load of the next slot's stamp, one compare.
 *
 * Life cycle: hr_consumer_map once; then, on one thread, hr_consumer_peek / hr_consumer_advance, or hr_consumer_batch /
 * hr_consumer_release; hr_consumer_unmap. A record returned stays in place until it is released: the writer never
 * overwrites a slot that the cursor has not passed.
 */
#ifndef HEADRACE_CONSUMER_H
#define HEADRACE_CONSUMER_H

#include "headrace/ring_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hr_consumer {
    const uint8_t *slots;
    uint64_t mask;          /* slot_count - 1 */
    uint64_t slot_bytes;
    uint64_t read;          /* slots done with; this side's private count */
    uint64_t stored;        /* of which the cursor page knows */
    uint64_t last_stamp;    /* of the newest record returned */
    uint64_t lost;          /* sum of the LOST records' counts so far */
    uint64_t records;       /* records read, without LOST */
    uint32_t ticket;        /* of the last sleep */
    const struct hr_ring_header *header;
    struct hr_cursor *cursor;
    size_t data_bytes;
};

/* Maps a ring and checks every field of its header against the size of the object. Takes ownership of neither descriptor.
 * Returns 0; -EPROTO when a field is wrong, -EPROTONOSUPPORT for another ABI major, or a negative errno of mmap and fstat. */
int hr_consumer_map(struct hr_consumer *consumer, int data_fd, int cursor_fd) __attribute__((warn_unused_result));
void hr_consumer_unmap(struct hr_consumer *consumer);

static inline const uint8_t *hr_consumer_slot(const struct hr_consumer *consumer, uint64_t index)
{
    return consumer->slots + (index & consumer->mask) * consumer->slot_bytes;
}

/* Tells the writer how far this side has read. Pairs with the acquire in hr_producer_room. */
static inline void hr_consumer_store_cursor(struct hr_consumer *consumer)
{
    if (consumer->stored != consumer->read) {
        __atomic_store_n(&consumer->cursor->read, consumer->read, __ATOMIC_RELEASE);
        consumer->stored = consumer->read;
    }
}

/* The next record, or NULL when the ring is empty. Never blocks, makes no system call. *stamp gets the time of publishing.
 * The acquire pairs with the release of the stamp in hr_producer_publish. */
static inline const struct hr_record_header *hr_consumer_peek(struct hr_consumer *consumer, uint64_t *stamp)
{
    const struct hr_slot *slot = (const struct hr_slot *)hr_consumer_slot(consumer, consumer->read);
    uint64_t found = __atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE);
    if (found <= consumer->last_stamp) {
        hr_consumer_store_cursor(consumer);
        return NULL;
    }
    *stamp = found;
    return (const struct hr_record_header *)slot->record;
}

/* Says that this side is about to sleep until header->wakes changes from *wakes. Returns 1 when there is something to read after
 * all: do not sleep. The fence between the ticket and the look is this side's alone; the writer has none (hr_producer_must_wake). Look at
 * header->state after this, not before: what ended in between would not be told (tests/model/relacy). */
static inline int hr_consumer_arm(struct hr_consumer *consumer, uint32_t *wakes)
{
    const struct hr_slot *slot = (const struct hr_slot *)hr_consumer_slot(consumer, consumer->read);
    *wakes = __atomic_load_n(&consumer->header->wakes, __ATOMIC_ACQUIRE);
    if (++consumer->ticket == 0)
        consumer->ticket = 1;
    hr_consumer_store_cursor(consumer);
    __atomic_store_n(&consumer->cursor->waiting, consumer->ticket, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE) > consumer->last_stamp;
}

/* Counts one slot, about to be released. */
static inline void hr_consumer_count(struct hr_consumer *consumer, const struct hr_record_header *record)
{
    if (__builtin_expect(record->rtype == HR_RTYPE_LOST, 0))
        consumer->lost += ((const struct hr_lost *)record)->count;
    else
        consumer->records++;
}

/* Releases the record that hr_consumer_peek returned. */
static inline void hr_consumer_advance(struct hr_consumer *consumer, const struct hr_record_header *record, uint64_t stamp)
{
    hr_consumer_count(consumer, record);
    consumer->last_stamp = stamp;
    consumer->read++;
    if (consumer->read - consumer->stored >= HR_CURSOR_LAG)
        hr_consumer_store_cursor(consumer);
}

/* How many records stand ready in one run of memory from *first on, at most `maximum`: 0 when empty. They stay until
 * hr_consumer_release. Successive records are header->slot_bytes apart; a batch ends where the ring wraps. */
static inline uint64_t hr_consumer_batch(struct hr_consumer *consumer, const uint8_t **first, uint64_t maximum)
{
    uint64_t to_wrap = consumer->mask + 1 - (consumer->read & consumer->mask);
    uint64_t limit = maximum < to_wrap ? maximum : to_wrap;
    const uint8_t *slot = hr_consumer_slot(consumer, consumer->read);
    uint64_t last = consumer->last_stamp;
    uint64_t count = 0;
    *first = slot;
    while (count < limit) {
        uint64_t found = __atomic_load_n(&((const struct hr_slot *)slot)->stamp, __ATOMIC_ACQUIRE);
        if (found <= last)
            break;
        last = found;
        hr_consumer_count(consumer, (const struct hr_record_header *)((const struct hr_slot *)slot)->record);
        slot += consumer->slot_bytes;
        count++;
    }
    if (count == 0)
        hr_consumer_store_cursor(consumer);
    consumer->last_stamp = last;
    return count;
}

/* Releases the `count` records of the last batch, all of them. */
static inline void hr_consumer_release(struct hr_consumer *consumer, uint64_t count)
{
    consumer->read += count;
    hr_consumer_store_cursor(consumer);
}

#ifdef __cplusplus
}
#endif

#endif
