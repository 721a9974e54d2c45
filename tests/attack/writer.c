/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "writer.h"

#include <sched.h>
#include <string.h>

#include "stream.h"

#define BURST 32
#define SLOTS 1024
#define SLOTS_OF_TWO_HUGE_PAGES 32768

static void is_wrong(struct writer *writer, const char *what)
{
    const char *nothing = NULL;
    __atomic_compare_exchange_n(&writer->wrong, &nothing, what, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* What holds of the writer's own counts, whatever the cursor page holds. */
static void check_counts(struct writer *writer, const struct hr_producer *ring)
{
    if (ring->read > ring->written || ring->written - ring->read > ring->mask + 1)
        is_wrong(writer, "the private copy of the cursor is out of range");
    if (ring->limit - ring->written > ring->mask + 1 - (ring->written - ring->read))
        is_wrong(writer, "more may be written than there is room for");
    if (ring->lost_pending > ring->lost || ring->told > ring->lost - ring->lost_pending)
        is_wrong(writer, "a LOST record that tells of nothing");
    if (ring->told > ring->written || (ring->told != 0) != (ring->lost_pending != ring->lost))
        is_wrong(writer, "losses were told without a record");
}

static void publish_burst(struct hr_producer *ring, uint64_t stream, uint64_t now_ns)
{
    uint8_t record[STREAM_RECORD_BYTES];
    for (int i = 0; i < BURST; i++) {
        stream_make(stream, hr_producer_published(ring), sizeof record, record);
        hr_producer_publish(ring, record, sizeof record, now_ns);
    }
    hr_producer_flush(ring, now_ns);
    hr_producer_store_counts(ring, now_ns);
}

static void turn_of_attacked_ring(struct writer *writer, uint64_t now_ns)
{
    struct hr_producer *ring = &writer->rings[1];
    uint32_t before = ring->state;
    publish_burst(ring, 1, now_ns);
    hr_producer_room(ring); /* as the handler does, so that a bad cursor is found on a quiet day too */
    writer->wakes += (uint64_t)hr_producer_must_wake(ring);
    writer->evictions += before == HR_RING_RUNNING && ring->state == HR_RING_EVICTED;
    check_counts(writer, ring);
    if (__atomic_load_n(&writer->renew, __ATOMIC_ACQUIRE)) {
        if (hr_producer_renew(ring) < 0)
            is_wrong(writer, "the ring cannot be made new");
        __atomic_store_n(&writer->renew, 0, __ATOMIC_RELEASE);
    }
}

static void *run(void *argument)
{
    struct writer *writer = argument;
    while (!__atomic_load_n(&writer->stop, __ATOMIC_ACQUIRE)) {
        uint64_t now_ns = stream_clock_ns(CLOCK_REALTIME);
        if (writer->ring_count > 1)
            turn_of_attacked_ring(writer, now_ns);
        if (hr_producer_room(&writer->rings[0]) >= BURST)
            publish_burst(&writer->rings[0], 0, now_ns);
        else
            sched_yield();
        check_counts(writer, &writer->rings[0]);
        if (writer->rings[0].state != HR_RING_RUNNING)
            is_wrong(writer, "the honest reader was evicted");
        __atomic_fetch_add(&writer->turns, 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

int writer_create(struct writer *writer, uint32_t rings, int huge_pages)
{
    const struct hr_producer_options options = {.consumer = "attacked",
                                                .slot_bytes = 64,
                                                .slot_count = huge_pages ? SLOTS_OF_TWO_HUGE_PAGES : SLOTS,
                                                .worker_count = 1,
                                                .session_epoch = 1,
                                                .huge_pages = huge_pages};
    *writer = (struct writer){.ring_count = rings, .slot_count = options.slot_count};
    for (uint32_t i = 0; i < rings; i++) {
        int error = hr_producer_create(&writer->rings[i], &options);
        if (error)
            return error;
    }
    return 0;
}

int writer_start(struct writer *writer)
{
    return -pthread_create(&writer->thread, NULL, run, writer);
}

void writer_stop(struct writer *writer)
{
    __atomic_store_n(&writer->stop, 1, __ATOMIC_RELEASE);
    pthread_join(writer->thread, NULL);
    for (uint32_t i = 0; i < writer->ring_count; i++)
        hr_producer_destroy(&writer->rings[i]);
}

void writer_renew(struct writer *writer)
{
    __atomic_store_n(&writer->renew, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&writer->renew, __ATOMIC_ACQUIRE))
        sched_yield();
}

uint64_t reader_read(struct reader *reader)
{
    struct hr_consumer *consumer = &reader->consumer;
    const uint8_t *slot = NULL;
    uint64_t count = hr_consumer_batch(consumer, &slot, 256);
    for (uint64_t i = 0; i < count; i++, slot += consumer->slot_bytes)
        reader->wrong += !stream_is(((const struct hr_slot *)slot)->record, 0, reader->next++, STREAM_RECORD_BYTES);
    hr_consumer_release(consumer, count);
    return count;
}
