/* SPDX-License-Identifier: Apache-2.0
 *
 * The fan-out step: who wants this record, and into their rings with it. It never waits.
 *
 * For each instrument and schema there is a bit mask of the consumers that chose them in the configuration; a second mask
 * says who is attached. Selection is therefore the same work for any number of symbols, and attaching changes one bit.
 */
#ifndef HEADRACE_FANOUT_FANOUT_H
#define HEADRACE_FANOUT_FANOUT_H

#include <stddef.h>
#include <stdint.h>

#include "decode/event.h"
#include "fanout/wakes.h"
#include "headrace/producer.h"
#include "observe/metrics.h"

#define HR_FANOUT_COUNTERS(X)                                                          \
    X(records, "records that came to the fan-out")                                     \
    X(unwanted, "records that no attached consumer wanted")                            \
    X(published, "records meant for a ring: one for each consumer that wanted them")

struct hr_fanout_counters {
    HR_FANOUT_COUNTERS(HR_METRIC_FIELD)
};

#define HR_CONSUMER_COUNTERS(X)                                                        \
    X(attached, "1 while a strategy is attached")                                      \
    X(attaches, "times a strategy has attached")                                       \
    X(published, "records meant for it since the handler started")                     \
    X(lost, "of which its ring had no room for")                                       \
    X(in_ring, "records in its ring that it has not read yet")                         \
    X(detached, "times it was detached because its ring was full (on_full: detach)")   \
    X(evicted, "times it was evicted for a corrupt cursor")                            \
    X(waiting, "how it waits: 0 awake, 1 asleep on a futex, 2 asleep on a descriptor")   \
    X(wakes, "times its sleep was ended")

struct hr_consumer_counters {
    HR_CONSUMER_COUNTERS(HR_METRIC_FIELD)
};

#define HR_WORD_BITS 64
/* Masks of one instrument: one row per schema, so that a row of rows is a cache line for 64 consumers. */
#define HR_ROWS_PER_INSTRUMENT 8
#define HR_FEEDS_MAX 256
#define HR_CONSUMERS_MAX 1024
#define HR_FANOUT_WARMED 4

/* What a consumer chose. Owned by the configuration, which outlives the fan-out. */
struct hr_selection {
    uint32_t schemas;            /* bits of enum hr_schema */
    uint64_t feeds[HR_FEEDS_MAX / HR_WORD_BITS];
    int all_symbols;
    const char *const *symbols;  /* sorted; looked up when an instrument gets its name */
    uint32_t symbol_count;
};

struct hr_fanout_feed {
    uint64_t *wanted; /* [instrument][schema][word] */
    uint64_t *anyone; /* [word]: consumers of this feed, for control records */
    uint32_t instruments;
};

struct hr_fanout;

/* Publishes to all that are attached and in `mask`. */
typedef void hr_fanout_publish_function(struct hr_fanout *fanout, const uint64_t *mask, const void *record, size_t bytes,
                                        uint64_t now_ns);

/* The two editions of publish.c; the second only where hr_fanout_has_vector says so. */
hr_fanout_publish_function hr_fanout_publish_portable;
hr_fanout_publish_function hr_fanout_publish_vector;
int hr_fanout_has_vector(void);

struct hr_fanout {
    hr_fanout_publish_function *publish; /* the faster edition that this processor has */
    uint32_t consumers;
    uint32_t words;      /* of a mask */
    uint64_t *active;    /* [word]: attached */
    uint64_t *sleepers;  /* [word]: attached, and may sleep */
    uint64_t cold;       /* of word `warming`: whose turn is still to come, of hr_fanout_warm */
    uint32_t warming;
    struct hr_wakes *wakes;
    struct hr_producer **producers;            /* [consumer]; NULL while not attached */
    struct hr_consumer_counters **counters;    /* [consumer] */
    uint64_t *published_before;                /* [consumer]: by rings of earlier attachments */
    uint64_t *lost_before;
    const struct hr_selection *selections;
    struct hr_fanout_feed *feeds;
    uint32_t feed_count;
    struct hr_fanout_counters *totals;
};

/* Takes all memory. instruments[f] is the number of instruments that feed f has room for. Returns 0 or -ENOMEM. */
int hr_fanout_create(struct hr_fanout *fanout, const struct hr_selection *selections, uint32_t consumers,
                     const uint32_t *instruments, uint32_t feed_count) __attribute__((warn_unused_result));
void hr_fanout_destroy(struct hr_fanout *fanout);

/* An instrument got its name, or another: those who chose its symbol, or all, want it from now on, and nobody else. Worker thread. */
void hr_fanout_name(struct hr_fanout *fanout, uint32_t feed, uint32_t instrument, const char *symbol);

/* Worker thread: the ring is the fan-out's until hr_fanout_detach gives it back. */
void hr_fanout_attach(struct hr_fanout *fanout, uint32_t consumer, struct hr_producer *producer);
struct hr_producer *hr_fanout_detach(struct hr_fanout *fanout, uint32_t consumer);

/* Once a turn of the poll loop, after what was published in it: has those woken who sleep and have something to read. For readers that
 * never sleep it is one test. */
static inline void hr_fanout_wake(struct hr_fanout *fanout)
{
    for (uint32_t word = 0; word < fanout->words; word++)
        for (uint64_t left = fanout->sleepers[word]; __builtin_expect(left != 0, 0); left &= left - 1) {
            uint32_t consumer = word * HR_WORD_BITS + (uint32_t)__builtin_ctzll(left);
            if (!hr_producer_must_wake(fanout->producers[consumer]))
                continue;
            fanout->counters[consumer]->wakes++;
            hr_wakes_want(fanout->wakes, consumer);
        }
}

/* Once a turn of the poll loop in which there was nothing: keeps the slots that are written next close by (docs/adr/0025), those of
 * HR_FANOUT_WARMED consumers a turn, in turn. */
static inline void hr_fanout_warm(struct hr_fanout *fanout)
{
    uint64_t left = fanout->cold & fanout->active[fanout->warming];
    for (int i = 0; i < HR_FANOUT_WARMED && left; i++, left &= left - 1)
        hr_producer_warm(fanout->producers[fanout->warming * HR_WORD_BITS + (uint32_t)__builtin_ctzll(left)]);
    fanout->cold = left;
    if (left)
        return;
    fanout->cold = UINT64_MAX;
    fanout->warming = fanout->warming + 1 < fanout->words ? fanout->warming + 1 : 0;
}

/* Once a millisecond: heartbeats and counts to the rings' headers and the statistics, pending losses, an end to publishing to rings that
 * have ended. (Counts cost more than the records of a small burst: the headers of all rings share one set of the first cache.) */
void hr_fanout_tend(struct hr_fanout *fanout, uint64_t now_ns);

/* Tells every reader that there will be no more. */
void hr_fanout_stop(struct hr_fanout *fanout, uint64_t now_ns);

static inline const uint64_t *hr_fanout_row(const struct hr_fanout *fanout, const struct hr_fanout_feed *feed,
                                            uint32_t instrument, uint32_t schema)
{
    return feed->wanted + ((size_t)instrument * HR_ROWS_PER_INSTRUMENT + schema) * fanout->words;
}

/* Whether an attached consumer takes records of this schema of this instrument. */
static inline int hr_fanout_wants(const struct hr_fanout *fanout, uint32_t feed, uint32_t instrument, uint32_t schema)
{
    const uint64_t *row = hr_fanout_row(fanout, &fanout->feeds[feed], instrument, schema);
    uint64_t any = 0;
    for (uint32_t word = 0; word < fanout->words; word++)
        any |= row[word] & fanout->active[word];
    return any != 0;
}

/* Publishes one record of one schema. What nobody wants costs no call. */
static inline void hr_fanout_publish(struct hr_fanout *fanout, uint32_t feed, uint32_t instrument, uint32_t schema,
                                     const void *record, size_t bytes, uint64_t now_ns)
{
    if (hr_fanout_wants(fanout, feed, instrument, schema)) {
        fanout->publish(fanout, hr_fanout_row(fanout, &fanout->feeds[feed], instrument, schema), record, bytes, now_ns);
        return;
    }
    fanout->totals->records++;
    fanout->totals->unwanted++;
}

/* Publishes one record to whoever takes any of `schemas`, once each. Off the fast path. */
void hr_fanout_publish_any(struct hr_fanout *fanout, uint32_t feed, uint32_t instrument, uint32_t schemas, const void *record,
                           size_t bytes, uint64_t now_ns);

/* Publishes a control record (GAP, SESSION) to every consumer of the feed. */
void hr_fanout_publish_control(struct hr_fanout *fanout, uint32_t feed, const void *record, size_t bytes, uint64_t now_ns);

#endif
