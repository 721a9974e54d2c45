/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "fanout/fanout.h"
#include "mutant.h"
#include "require.h"
#include "tracee.h"

typedef void publish_one(struct hr_producer *producer, const void *record, size_t bytes, uint64_t now_ns);

/* ---- notes ---- */

static inline void begin(struct stage_page *page, uint64_t started)
{
    stage_note(&page->busy, 1);
    stage_note(&page->started, started);
}

/* What a reader must be able to get to now: all but the losses that no LOST record tells of. */
static inline void settle(struct stage_page *page)
{
    const struct hr_producer *producer = &page->producer;
    uint64_t untold = producer->on_full == HR_ON_FULL_DETACH ? producer->lost : producer->lost_pending;
    stage_note(&page->settled, hr_producer_published(producer) - untold);
    stage_note(&page->busy, 0);
}

/* ---- the publish loop, as a worker's turn has it: a burst, then what is done once a burst ---- */

static inline void end_burst(struct stage_page *page, uint64_t now_ns)
{
    struct hr_producer *producer = &page->producer;
    begin(page, page->started);
    hr_producer_flush(producer, now_ns);
    settle(page);
    hr_producer_store_counts(producer, now_ns);
    page->woken += (uint64_t)hr_producer_must_wake(producer);
}

/* Inlined into one loop for each way to publish, so that what is stepped is what the compiler makes of hr_producer_publish. */
static inline __attribute__((always_inline)) void publish_all(struct stage *stage, uint64_t records, publish_one *publish)
{
    struct stage_page *page = stage->page;
    tracee_mark();
    for (uint64_t id = stage->ahead; id < records; id++) {
        begin(page, id + 1);
        publish(&page->producer, record_of(&stage->records, id), record_bytes(&stage->records, id), record_now(id));
        settle(page);
        if (record_in_burst(id) == RECORD_BURST - 1)
            end_burst(page, record_now(id));
    }
    hr_producer_store_counts(&page->producer, record_now(records));
    if (page->producer.state == HR_RING_RUNNING)
        hr_producer_set_state(&page->producer, HR_RING_STOPPING);
    stage_note(&page->over, 1);
}

static void publish_in_loop(struct stage *stage, uint64_t records)
{
    publish_all(stage, records, hr_producer_publish);
}

/* ---- the handler's own fan-out, from the library that the handler is linked with ---- */

static struct {
    struct hr_fanout fanout;
    struct hr_fanout_counters totals;
    struct hr_consumer_counters counters;
    struct hr_selection selection;
} one;

void script_prepare(struct stage *stage)
{
    static const uint32_t instruments = 1;
    one.selection = (struct hr_selection){.schemas = 1, .feeds = {1}, .all_symbols = 1};
    REQUIRE(hr_fanout_create(&one.fanout, &one.selection, 1, &instruments, 1) == 0);
    one.fanout.totals = &one.totals;
    one.fanout.counters[0] = &one.counters;
    stage->page->producer.waiting = HR_WAITING_FUTEX; /* so that it looks for sleepers */
    hr_fanout_attach(&one.fanout, 0, &stage->page->producer);
}

void script_clear(void)
{
    hr_fanout_destroy(&one.fanout);
}

static void fan_out_in_loop(struct stage *stage, uint64_t records)
{
    struct stage_page *page = stage->page;
    tracee_mark();
    for (uint64_t id = stage->ahead; id < records; id++) {
        begin(page, id + 1);
        hr_fanout_publish_control(&one.fanout, 0, record_of(&stage->records, id), record_bytes(&stage->records, id),
                                  record_now(id));
        settle(page);
        if (record_in_burst(id) == RECORD_BURST - 1)
            hr_fanout_wake(&one.fanout);
        if (id % 16 == 8) {
            begin(page, page->started);
            hr_fanout_tend(&one.fanout, record_now(id));
            settle(page);
        }
    }
    hr_fanout_stop(&one.fanout, record_now(records));
    stage_note(&page->over, 1);
}

/* ---- publishers that are wrong ---- */

static void publish_stamp_first(struct stage *stage, uint64_t records)
{
    publish_all(stage, records, mutant_stamp_first);
}

static void publish_stamp_in_the_middle(struct stage *stage, uint64_t records)
{
    publish_all(stage, records, mutant_stamp_in_the_middle);
}

static void publish_one_too_many(struct stage *stage, uint64_t records)
{
    publish_all(stage, records, mutant_one_too_many);
}

static void publish_stamps_repeat(struct stage *stage, uint64_t records)
{
    publish_all(stage, records, mutant_stamps_repeat);
}

static void publish_state_before_counts(struct stage *stage, uint64_t records)
{
    publish_all(stage, records, mutant_state_before_counts);
}

/* ---- the tables ---- */

#define SIZE(bytes) {bytes, bytes, bytes, bytes}
#define MIXED {56, 520, 112, 384}
#define DROP HR_ON_FULL_DROP
#define DETACH HR_ON_FULL_DETACH

/* name, loop, sizes of records, slot, records, ahead, on_full, reader, renewed */
const struct script script_plain[] = {
    {"orders, round the ring's end", publish_in_loop, SIZE(56), 64, 96, 48, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"orders, a ring used before", publish_in_loop, SIZE(56), 64, 68, 32, DROP, SCRIPT_READER_KEEPS_PACE, 1},
    {"orders, ring full, LOST", publish_in_loop, SIZE(56), 64, 140, 56, DROP, SCRIPT_READER_FALLS_BEHIND, 0},
    {"orders, ring full, detach", publish_in_loop, SIZE(56), 64, 80, 56, DETACH, SCRIPT_READER_STAYS_AWAY, 0},
    {"orders, a spoilt cursor", publish_in_loop, SIZE(56), 64, 80, 56, DROP, SCRIPT_READER_SPOILS_CURSOR, 0},
    {"trades of 48 in slots of 64", publish_in_loop, SIZE(48), 64, 80, 56, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"112 in slots of 128", publish_in_loop, SIZE(112), 128, 80, 56, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"112 in slots of 128, detach", publish_in_loop, SIZE(112), 128, 80, 56, DETACH, SCRIPT_READER_STAYS_AWAY, 0},
    {"376 in slots of 384", publish_in_loop, SIZE(376), 384, 80, 56, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"56 to 520 in slots of 576, LOST", publish_in_loop, MIXED, 576, 96, 56, DROP, SCRIPT_READER_FALLS_BEHIND, 1},
    {"the handler's fan-out", fan_out_in_loop, SIZE(56), 64, 80, 56, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"the handler's fan-out, LOST", fan_out_in_loop, SIZE(56), 64, 96, 56, DROP, SCRIPT_READER_FALLS_BEHIND, 0},
};
const size_t script_plain_count = COUNT_OF(script_plain);

const struct script script_mutations[] = {
    {"stamp before record", publish_stamp_first, SIZE(56), 64, 80, 48, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"stamp amid record", publish_stamp_in_the_middle, SIZE(376), 384, 80, 48, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"one slot too many", publish_one_too_many, SIZE(56), 64, 80, 48, DROP, SCRIPT_READER_STAYS_AWAY, 0},
    {"stamps that repeat", publish_stamps_repeat, SIZE(56), 64, 80, 48, DROP, SCRIPT_READER_KEEPS_PACE, 0},
    {"state before counts", publish_state_before_counts, SIZE(56), 64, 80, 48, DETACH, SCRIPT_READER_STAYS_AWAY, 0},
};
const size_t script_mutations_count = COUNT_OF(script_mutations);

const struct script script_short = {
    "the two ways to kill", publish_in_loop, SIZE(56), 64, 80, 62, DROP, SCRIPT_READER_FALLS_BEHIND, 0};
