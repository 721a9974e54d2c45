/* SPDX-License-Identifier: Apache-2.0 */
#include "fanout/fanout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *take_lines(size_t count, size_t size)
{
    size_t bytes = (count * size + HR_CACHE_LINE - 1) / HR_CACHE_LINE * HR_CACHE_LINE;
    void *memory = aligned_alloc(HR_CACHE_LINE, bytes ? bytes : HR_CACHE_LINE);
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

static void set_bit(uint64_t *mask, uint32_t consumer)
{
    mask[consumer / HR_WORD_BITS] |= UINT64_C(1) << (consumer % HR_WORD_BITS);
}

static int has_feed(const struct hr_selection *selection, uint32_t feed)
{
    return (int)(selection->feeds[feed / HR_WORD_BITS] >> (feed % HR_WORD_BITS) & 1);
}

static void want(struct hr_fanout *fanout, uint32_t feed, uint32_t instrument, uint32_t consumer)
{
    uint64_t *rows = fanout->feeds[feed].wanted + (size_t)instrument * HR_ROWS_PER_INSTRUMENT * fanout->words;
    for (uint32_t schema = 0; schema < HR_SCHEMAS; schema++)
        if (fanout->selections[consumer].schemas >> schema & 1)
            set_bit(rows + (size_t)schema * fanout->words, consumer);
}

/* Instrument 0 is the venue as a whole: what is said of it concerns everyone who takes the feed. */
static int create_feed(struct hr_fanout *fanout, uint32_t feed, uint32_t instruments)
{
    struct hr_fanout_feed *made = &fanout->feeds[feed];
    made->instruments = instruments;
    made->wanted = take_lines((size_t)instruments * HR_ROWS_PER_INSTRUMENT * fanout->words, sizeof *made->wanted);
    made->anyone = take_lines(fanout->words, sizeof *made->anyone);
    if (!made->wanted || !made->anyone)
        return -ENOMEM;
    for (uint32_t consumer = 0; consumer < fanout->consumers; consumer++) {
        if (!has_feed(&fanout->selections[consumer], feed))
            continue;
        set_bit(made->anyone, consumer);
        want(fanout, feed, 0, consumer);
        for (uint32_t i = 1; fanout->selections[consumer].all_symbols && i < instruments; i++)
            want(fanout, feed, i, consumer);
    }
    return 0;
}

#ifdef __x86_64__
int hr_fanout_has_vector(void)
{
    return __builtin_cpu_supports("avx") != 0;
}
#else
int hr_fanout_has_vector(void)
{
    return 0;
}

void hr_fanout_publish_vector(struct hr_fanout *fanout, const uint64_t *mask, const void *record, size_t bytes, uint64_t now_ns)
{
    hr_fanout_publish_portable(fanout, mask, record, bytes, now_ns);
}
#endif

int hr_fanout_create(struct hr_fanout *fanout, const struct hr_selection *selections, uint32_t consumers,
                     const uint32_t *instruments, uint32_t feed_count)
{
    uint32_t words = consumers ? (consumers + HR_WORD_BITS - 1) / HR_WORD_BITS : 1;
    *fanout = (struct hr_fanout){
        .publish = hr_fanout_has_vector() ? hr_fanout_publish_vector : hr_fanout_publish_portable,
        .consumers = consumers,
        .words = words,
        .cold = UINT64_MAX,
        .selections = selections,
        .feed_count = feed_count};
    fanout->active = take_lines(words, sizeof *fanout->active);
    fanout->sleepers = take_lines(words, sizeof *fanout->sleepers);
    fanout->wakes = take_lines(1, sizeof *fanout->wakes + consumers * sizeof *fanout->wakes->wanted);
    fanout->producers = take_lines(consumers, sizeof *fanout->producers);
    fanout->counters = take_lines(consumers, sizeof *fanout->counters);
    fanout->published_before = take_lines(consumers, sizeof *fanout->published_before);
    fanout->lost_before = take_lines(consumers, sizeof *fanout->lost_before);
    fanout->feeds = take_lines(feed_count, sizeof *fanout->feeds);
    int error = fanout->active && fanout->sleepers && fanout->wakes && fanout->producers && fanout->counters &&
                        fanout->published_before && fanout->lost_before && fanout->feeds
                    ? 0
                    : -ENOMEM;
    for (uint32_t feed = 0; feed < feed_count && !error; feed++)
        error = create_feed(fanout, feed, instruments[feed]);
    if (error)
        hr_fanout_destroy(fanout);
    return error;
}

void hr_fanout_destroy(struct hr_fanout *fanout)
{
    for (uint32_t feed = 0; fanout->feeds && feed < fanout->feed_count; feed++) {
        free(fanout->feeds[feed].wanted);
        free(fanout->feeds[feed].anyone);
    }
    free(fanout->feeds);
    free(fanout->active);
    free(fanout->sleepers);
    free(fanout->wakes);
    free(fanout->producers);
    free(fanout->counters);
    free(fanout->published_before);
    free(fanout->lost_before);
    *fanout = (struct hr_fanout){0};
}

static int compare_symbol(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

void hr_fanout_name(struct hr_fanout *fanout, uint32_t feed, uint32_t instrument, const char *symbol)
{
    if (instrument == 0 || instrument >= fanout->feeds[feed].instruments)
        return;
    memset(fanout->feeds[feed].wanted + (size_t)instrument * HR_ROWS_PER_INSTRUMENT * fanout->words, 0,
           HR_ROWS_PER_INSTRUMENT * fanout->words * sizeof(uint64_t));
    for (uint32_t consumer = 0; consumer < fanout->consumers; consumer++) {
        const struct hr_selection *selection = &fanout->selections[consumer];
        if (has_feed(selection, feed) &&
            (selection->all_symbols ||
             (selection->symbol_count &&
              bsearch(symbol, selection->symbols, selection->symbol_count, sizeof *selection->symbols, compare_symbol))))
            want(fanout, feed, instrument, consumer);
    }
}

void hr_fanout_attach(struct hr_fanout *fanout, uint32_t consumer, struct hr_producer *producer)
{
    fanout->producers[consumer] = producer;
    fanout->counters[consumer]->attached = 1;
    fanout->counters[consumer]->attaches++;
    fanout->counters[consumer]->waiting = producer->waiting;
    if (producer->waiting != HR_WAITING_AWAKE)
        set_bit(fanout->sleepers, consumer);
    set_bit(fanout->active, consumer);
}

static void deactivate(struct hr_fanout *fanout, uint32_t consumer)
{
    fanout->active[consumer / HR_WORD_BITS] &= ~(UINT64_C(1) << (consumer % HR_WORD_BITS));
}

static void store_counts(struct hr_fanout *fanout, uint32_t consumer, uint64_t now_ns)
{
    struct hr_producer *producer = fanout->producers[consumer];
    struct hr_consumer_counters *counters = fanout->counters[consumer];
    hr_producer_store_counts(producer, now_ns);
    counters->published = fanout->published_before[consumer] + hr_producer_published(producer);
    counters->lost = fanout->lost_before[consumer] + producer->lost;
    counters->in_ring = producer->written - producer->read;
}

/* A ring that ended of itself takes no more; the strategy finds out from the ring's state. Counted once. */
static void check_state(struct hr_fanout *fanout, uint32_t consumer)
{
    uint32_t state = fanout->producers[consumer]->state;
    if (state == HR_RING_RUNNING || !(fanout->active[consumer / HR_WORD_BITS] >> (consumer % HR_WORD_BITS) & 1))
        return;
    fanout->counters[consumer]->detached += state == HR_RING_DETACHED;
    fanout->counters[consumer]->evicted += state == HR_RING_EVICTED;
    deactivate(fanout, consumer);
}

struct hr_producer *hr_fanout_detach(struct hr_fanout *fanout, uint32_t consumer)
{
    struct hr_producer *producer = fanout->producers[consumer];
    if (!producer)
        return NULL;
    check_state(fanout, consumer);
    store_counts(fanout, consumer, producer->header->heartbeat_ns);
    fanout->published_before[consumer] += hr_producer_published(producer);
    fanout->lost_before[consumer] += producer->lost;
    fanout->counters[consumer]->attached = 0;
    fanout->counters[consumer]->in_ring = 0;
    fanout->producers[consumer] = NULL;
    deactivate(fanout, consumer);
    fanout->sleepers[consumer / HR_WORD_BITS] &= ~(UINT64_C(1) << (consumer % HR_WORD_BITS));
    return producer;
}

void hr_fanout_tend(struct hr_fanout *fanout, uint64_t now_ns)
{
    for (uint32_t consumer = 0; consumer < fanout->consumers; consumer++) {
        struct hr_producer *producer = fanout->producers[consumer];
        if (!producer)
            continue;
        if (producer->state == HR_RING_RUNNING) {
            hr_producer_room(producer); /* so that in_ring is true, and a corrupt cursor is found on a quiet day too */
            hr_producer_flush(producer, now_ns);
        }
        check_state(fanout, consumer);
        store_counts(fanout, consumer, now_ns);
    }
}

void hr_fanout_stop(struct hr_fanout *fanout, uint64_t now_ns)
{
    for (uint32_t consumer = 0; consumer < fanout->consumers; consumer++) {
        struct hr_producer *producer = fanout->producers[consumer];
        if (!producer)
            continue;
        check_state(fanout, consumer);
        store_counts(fanout, consumer, now_ns);
        if (producer->state == HR_RING_RUNNING)
            hr_producer_set_state(producer, HR_RING_STOPPING);
        deactivate(fanout, consumer);
    }
}

void hr_fanout_publish_any(struct hr_fanout *fanout, uint32_t feed, uint32_t instrument, uint32_t schemas, const void *record,
                           size_t bytes, uint64_t now_ns)
{
    uint64_t mask[HR_CONSUMERS_MAX / HR_WORD_BITS];
    memset(mask, 0, fanout->words * sizeof *mask);
    for (uint32_t schema = 0; schema < HR_SCHEMAS; schema++) {
        const uint64_t *row = hr_fanout_row(fanout, &fanout->feeds[feed], instrument, schema);
        for (uint32_t word = 0; schemas >> schema & 1 && word < fanout->words; word++)
            mask[word] |= row[word];
    }
    fanout->publish(fanout, mask, record, bytes, now_ns);
}

void hr_fanout_publish_control(struct hr_fanout *fanout, uint32_t feed, const void *record, size_t bytes, uint64_t now_ns)
{
    fanout->publish(fanout, fanout->feeds[feed].anyone, record, bytes, now_ns);
}
