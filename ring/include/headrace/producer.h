/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing side of one ring: the handler's alone, never installed. One thread publishes. The reader's cursor is a
 * foreign word: loaded once, range-checked against private counts, and a value that no reader writes evicts the reader.
 *
 * Life cycle: hr_producer_create (control thread), hr_producer_publish and hr_producer_flush (worker), hr_producer_destroy
 * (control thread, after the worker has let go).
 */
#ifndef HEADRACE_PRODUCER_H
#define HEADRACE_PRODUCER_H

#include <string.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

#include "headrace/ring_abi.h"

/* Slots between the one that is written and the one that is asked for meanwhile; 8 to 48 did as well (docs/benchmarks.md). */
#define HR_PRODUCER_AHEAD 16
/* The size that nearly all records have, and the one worth an unrolled copy: with its stamp it is a cache line. */
#define HR_ORDER_BYTES (HR_CACHE_LINE - HR_SLOT_STAMP_BYTES)

enum hr_on_full {
    HR_ON_FULL_DROP = 0,   /* count what has no room and tell the reader with a LOST record */
    HR_ON_FULL_DETACH = 1, /* end the attachment: the reader reads what is there and no more */
};

struct hr_producer {
    /* One line: all that publishing touches beside the slot. */
    uint8_t *slots;
    uint64_t mask;
    uint64_t slot_bytes;
    uint64_t limit;          /* what `written` is when there is more to do than to write: no room, losses to tell of, or an end */
    uint64_t written;        /* slots, since the attachment began; private */
    uint64_t read;           /* private copy of the cursor, checked */
    uint64_t last_stamp;
    uint64_t lost_pending;   /* records lost of which no LOST record tells yet */
    /* What is looked at when the ring is full, and once a turn or less. */
    uint64_t told;           /* LOST records written */
    uint64_t lost;           /* records that had no room */
    uint64_t lost_first_ts;
    uint64_t lost_last_ts;
    uint64_t looked_ns;      /* now_ns of the last look at the cursor of a full ring */
    const struct hr_cursor *cursor;
    struct hr_ring_header *header;
    uint32_t state;          /* HR_RING_* */
    uint32_t on_full;        /* enum hr_on_full */
    uint32_t waiting;        /* HR_WAITING_* of the reader: set before the worker gets the ring */
    uint32_t woken;          /* ticket of the last sleep that was ended */
    size_t data_bytes;
    int data_fd;
    int cursor_fd;
};

struct hr_producer_options {
    const char *consumer;     /* name, shorter than HR_CONSUMER_NAME_BYTES */
    uint32_t slot_bytes;      /* 64, 128, 384 or 576 */
    uint32_t slot_count;      /* a power of two, 2 * HR_CURSOR_LAG to 2^26 */
    uint32_t worker;
    uint32_t worker_count;
    uint64_t session_epoch;
    enum hr_on_full on_full;
    uint32_t colour;          /* another for each ring of one writer, so that their slots do not share the sets of its first cache */
    int huge_pages;           /* try MFD_HUGETLB first */
};

/* Makes both objects, maps, seals, and tests that sealing holds: where a writable mapping of the sealed data object can
 * still be had, -EPERM and nothing is made. May block and allocate. Returns 0 or a negative errno. */
int hr_producer_create(struct hr_producer *producer, const struct hr_producer_options *options)
    __attribute__((warn_unused_result));
void hr_producer_destroy(struct hr_producer *producer);

/* Makes the ring new for the next attachment of the same consumer, without clearing it: the new reader takes no stamp up to the last
 * one of the old. The cursor page is another, since the old reader may still have this one mapped. No worker has the ring. On
 * failure the ring is as it was, and good only to be destroyed. Returns 0 or a negative errno. */
int hr_producer_renew(struct hr_producer *producer) __attribute__((warn_unused_result));

/* The smallest slot that holds a stamp and a record of `record_bytes`. */
uint32_t hr_slot_bytes_for(size_t record_bytes);

/* Free slots, having looked at the cursor. Pairs with the release in hr_consumer_store_cursor. An impossible cursor
 * evicts and gives 0. Off the fast path: called only when the private copy says that the ring is full. */
uint64_t hr_producer_room(struct hr_producer *producer);

/* The slow path of publishing: no room, or losses to tell of first. Returns 1 when the record may now be written. */
int hr_producer_make_room(struct hr_producer *producer, uint64_t now_ns);

/* Records meant for the reader: those in its slots, and those that had no room. */
static inline uint64_t hr_producer_published(const struct hr_producer *producer)
{
    return producer->written - producer->told + producer->lost;
}

/* Copies the private counts to the header for the reader and the statistics; once a millisecond and at the end. */
static inline void hr_producer_store_counts(struct hr_producer *producer, uint64_t now_ns)
{
    __atomic_store_n(&producer->header->heartbeat_ns, now_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&producer->header->published, hr_producer_published(producer), __ATOMIC_RELAXED);
    __atomic_store_n(&producer->header->lost, producer->lost, __ATOMIC_RELAXED);
}

/* Tells the reader, with release, that there will be nothing more than what is in the ring. */
void hr_producer_set_state(struct hr_producer *producer, uint32_t state);

/* Once a turn of the poll loop, after publishing, for a reader that may sleep: 1 when it sleeps and has something to read, and is to be
 * woken. Foreign word: any value costs its owner's handler one wake-up a turn, and nobody else anything. */
static inline int hr_producer_must_wake(struct hr_producer *producer)
{
    uint32_t ticket = __atomic_load_n(&producer->cursor->waiting, __ATOMIC_ACQUIRE);
    if (__builtin_expect(ticket == producer->woken, 1) ||
        (producer->state == HR_RING_RUNNING && __atomic_load_n(&producer->cursor->read, __ATOMIC_RELAXED) == producer->written))
        return 0;
    producer->woken = ticket;
    return 1;
}

/* Tries to tell of losses that are still pending, once the reader has made room. Called from the poll loop. */
void hr_producer_flush(struct hr_producer *producer, uint64_t now_ns);

/* Asks for the line of a slot that is written soon if records go on coming, for writing: its reader of the last lap still has it. Stores
 * wait for their lines in turn; requests go side by side. */
static inline void hr_producer_prefetch(const struct hr_producer *producer)
{
    __builtin_prefetch(producer->slots + ((producer->written + HR_PRODUCER_AHEAD) & producer->mask) * producer->slot_bytes, 1);
}

/* Asks for the line of the slot that is written next, for writing. The reader that spins on it fetches it again with its next look: to be done
 * again and again while there is nothing to write. A record that comes meanwhile finds the line here, or on its way. */
static inline void hr_producer_warm(const struct hr_producer *producer)
{
    __builtin_prefetch(producer->slots + (producer->written & producer->mask) * producer->slot_bytes, 1);
}

/* The record's bytes come first, then the stamp with release: a reader that sees the stamp (acquire in hr_consumer_peek) sees the
 * record. */
static inline void hr_slot_write(struct hr_slot *slot, const void *record, size_t bytes, uint64_t stamp)
{
    if (bytes == HR_ORDER_BYTES)
        memcpy(slot->record, record, HR_ORDER_BYTES);
    else
        memcpy(slot->record, record, bytes);
    __atomic_store_n(&slot->stamp, stamp, __ATOMIC_RELEASE);
}

#ifdef __AVX__
/* The same for an order, in three stores instead of five. Stores wait in the processor's store queue until their lines have come from the
 * readers' cores, and a fan-out to many rings fills it: what a ring costs is first of all how many stores it takes (docs/adr/0024).
 * Where there is AVX, an aligned store of 16 bytes is one (Intel SDM volume 3, "Guaranteed Atomic Operations"; AMD APM volume 2, 7.3.2):
 * the stamp and the word behind it are there together, after the rest. */
static inline void hr_slot_write_order(struct hr_slot *slot, const void *record, uint64_t stamp)
{
    const uint8_t *bytes = record;
    __m128i *line = (__m128i *)(void *)slot;
    int64_t first;
    memcpy(&first, bytes, sizeof first);
    _mm_store_si128(&line[1], _mm_loadu_si128((const __m128i *)(const void *)(bytes + 8)));
    _mm256_store_si256((__m256i *)&line[2], _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 24)));
    /* One instruction, after those two: to the compiler it reads what they wrote. */
    __asm__ volatile("vmovdqa %1, %0"
                     : "=m"(line[0])
                     : "x"(_mm_set_epi64x(first, (int64_t)stamp)), "m"(line[1]), "m"(*(const __m256i *)&line[2]));
}
#endif

/* Writes one slot; there is room. */
static inline void hr_producer_write(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns)
{
    struct hr_slot *slot = (struct hr_slot *)(producer->slots + (producer->written & producer->mask) * producer->slot_bytes);
    uint64_t stamp = now_ns;
    if (now_ns <= producer->last_stamp) {
        stamp = producer->last_stamp + 1;
        hr_producer_prefetch(producer); /* not the first of its burst */
    }
#ifdef __AVX__
    if (bytes == HR_ORDER_BYTES)
        hr_slot_write_order(slot, record, stamp);
    else
#endif
        hr_slot_write(slot, record, bytes, stamp);
    /* Not side by side in the structure: as one store of two words, which the next record would have to wait for. */
    producer->written++;
    producer->last_stamp = stamp;
}

/* Publishes one record of at most slot_bytes - 8 bytes. now_ns is read once per burst by the caller. Worker thread only;
 * never blocks, makes no system call. */
static inline void hr_producer_publish(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns)
{
    if (__builtin_expect(producer->written == producer->limit, 0) && !hr_producer_make_room(producer, now_ns))
        return;
    hr_producer_write(producer, record, bytes, now_ns);
}

#endif
