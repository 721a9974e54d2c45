/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "honest.h"

#include <sched.h>
#include <unistd.h>

#include "channel.h"
#include "headrace/consumer.h"
#include "sim/random.h"
#include "stream.h"

static uint64_t read_one(struct hr_consumer *consumer, uint64_t stream, struct honest_report *report)
{
    uint64_t stamp = 0;
    const struct hr_record_header *record = hr_consumer_peek(consumer, &stamp);
    if (!record)
        return 0;
    report->wrong += !stream_is(record, stream, report->records++, STREAM_RECORD_BYTES);
    hr_consumer_advance(consumer, record, stamp);
    return 1;
}

static uint64_t read_batch(struct hr_consumer *consumer, uint64_t stream, uint64_t maximum, struct honest_report *report)
{
    const uint8_t *slot = NULL;
    uint64_t count = hr_consumer_batch(consumer, &slot, maximum);
    for (uint64_t i = 0; i < count; i++, slot += consumer->slot_bytes)
        report->wrong += !stream_is(((const struct hr_slot *)slot)->record, stream, report->records++, STREAM_RECORD_BYTES);
    hr_consumer_release(consumer, count);
    return count;
}

int honest_run(const struct hr_producer *ring, uint64_t stream, uint64_t seed, int results)
{
    struct hr_consumer consumer;
    struct honest_report report = {0};
    struct hr_sim_random random;
    int stopping = 0;
    child_begin();
    hr_sim_random_seed(&random, seed);
    if (hr_consumer_map(&consumer, ring->data_fd, ring->cursor_fd) < 0)
        return 1;
    for (;;) {
        uint32_t maximum = hr_sim_random_below(&random, 100);
        uint64_t got = maximum ? read_batch(&consumer, stream, maximum, &report) : read_one(&consumer, stream, &report);
        if (got)
            continue;
        if (stopping)
            break;
        stopping = __atomic_load_n(&consumer.header->state, __ATOMIC_ACQUIRE) != HR_RING_RUNNING;
        if (!stopping)
            sched_yield();
    }
    report.lost = consumer.lost;
    report.wrong += consumer.records != report.records;
    hr_consumer_unmap(&consumer);
    return write(results, &report, sizeof report) == (ssize_t)sizeof report ? 0 : 1;
}
