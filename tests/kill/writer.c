/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "writer.h"

#include <unistd.h>

#include "sim/random.h"
#include "tracee.h"

#define CURSOR_OF_NO_READER UINT64_C(1000000)

struct run {
    const struct script *script;
    struct stage stage;
    struct audit_view reader; /* the strategy: its cursor is what the writer looks at */
    struct hr_sim_random random;
    struct tracee tracee;
    struct audit_end last;
    struct writer_result result;
    int reading; /* it has woken up and reads until nothing is left */
};

static void child(void *argument)
{
    struct run *run = argument;
    run->script->loop(&run->stage, run->script->records);
    for (;;)
        pause();
}

static void open_run(struct run *run, const struct script *script, uint64_t seed)
{
    const struct stage_options options = {.sizes = script->sizes,
                                          .slot_bytes = script->slot_bytes,
                                          .on_full = script->on_full,
                                          .ahead = script->ahead,
                                          .renewed = script->renewed};
    *run = (struct run){.script = script};
    hr_sim_random_seed(&run->random, seed);
    record_phase = seed % RECORD_BURST;
    stage_open(&run->stage, &options);
    script_prepare(&run->stage);
    const struct hr_producer *producer = &run->stage.page->producer;
    REQUIRE(hr_consumer_map(&run->reader.consumer, producer->data_fd, producer->cursor_fd) == 0);
    tracee_start(&run->tracee, child, run);
}

static void close_run(struct run *run)
{
    const struct hr_producer *producer = &run->stage.page->producer;
    run->result.lost = producer->lost;
    run->result.state = producer->state;
    run->result.woken = run->stage.page->woken;
    run->result.told = run->reader.consumer.read - run->reader.consumer.records;
    hr_consumer_unmap(&run->reader.consumer);
    script_clear();
    stage_close(&run->stage);
}

/* ---- the strategy, between two instructions of the writer ---- */

static int read_some(struct run *run, uint64_t limit)
{
    uint32_t wakes = 0;
    if (!audit_read(&run->stage, &run->reader, limit, &run->result.verdict))
        return 0;
    if (hr_sim_random_below(&run->random, 2))
        hr_consumer_store_cursor(&run->reader.consumer);
    if (run->last.slots == run->reader.consumer.read && hr_sim_random_below(&run->random, 2))
        hr_consumer_arm(&run->reader.consumer, &wakes); /* it has read everything, and would sleep */
    return 1;
}

static int keep_pace(struct run *run)
{
    if (run->last.slots - run->reader.consumer.read > STAGE_SLOTS - 2 * RECORD_BURST) {
        int right = read_some(run, STAGE_SLOTS);
        hr_consumer_store_cursor(&run->reader.consumer);
        return right;
    }
    return hr_sim_random_below(&run->random, 64) != 0 || read_some(run, hr_sim_random_below(&run->random, 12));
}

static int fall_behind(struct run *run)
{
    uint64_t unread = run->last.slots - run->reader.consumer.read;
    if (run->stage.page->producer.lost_pending > 3 && hr_sim_random_below(&run->random, 64) == 0)
        run->reading = 1;
    if (unread == 0)
        run->reading = 0;
    return !run->reading || hr_sim_random_below(&run->random, 16) != 0 ||
           read_some(run, 1 + hr_sim_random_below(&run->random, 40));
}

static void spoil_cursor(struct run *run)
{
    if (run->last.slots == STAGE_SLOTS)
        __atomic_store_n(&run->reader.consumer.cursor->read, CURSOR_OF_NO_READER, __ATOMIC_RELEASE);
}

static int let_reader_act(struct run *run)
{
    switch (run->script->reader) {
    case SCRIPT_READER_KEEPS_PACE:
        return keep_pace(run);
    case SCRIPT_READER_FALLS_BEHIND:
        return fall_behind(run);
    case SCRIPT_READER_SPOILS_CURSOR:
        spoil_cursor(run);
        return 1;
    default:
        return 1;
    }
}

/* ---- one instruction after the other ---- */

static int look(struct run *run)
{
    struct audit_end end;
    if (!audit_writer(&run->stage, &run->reader, &run->last, &end, &run->result.verdict))
        return 0;
    run->last = end;
    return 1;
}

/* After the death nothing more is seen than before it, and nothing less. */
static int look_again(struct run *run)
{
    struct audit_end before = run->last;
    if (!look(run))
        return 0;
    return memcmp(&before, &run->last, sizeof before) == 0 ||
           audit_fault(&run->result.verdict, "%ju before the death, %ju after it", (uintmax_t)before.position,
                       (uintmax_t)run->last.position);
}

static void note_trail(struct run *run, struct writer_trail *trail)
{
    if (trail && run->result.at < trail->length) {
        trail->digests[run->result.at] = stage_digest(&run->stage);
        trail->ends[run->result.at] = run->last;
    }
}

/* The writer has ended, and all that it left is read: nothing is missing. */
static void read_the_rest(struct run *run)
{
    const struct hr_producer *producer = &run->stage.page->producer;
    struct audit_verdict *verdict = &run->result.verdict;
    if (verdict->wrong || !audit_read(&run->stage, &run->reader, UINT64_MAX, verdict))
        return;
    if (run->reader.consumer.records + producer->lost != run->script->records)
        audit_fault(verdict, "%ju records read and %ju lost, of %d", (uintmax_t)run->reader.consumer.records,
                    (uintmax_t)producer->lost, run->script->records);
}

struct writer_result writer_run(const struct script *script, uint64_t seed, struct coverage *coverage,
                                struct writer_trail *trail)
{
    static struct run run;
    open_run(&run, script, seed);
    for (;; run.result.at++) {
        run.result.address = run.tracee.address;
        if (!look(&run) || run.stage.page->over)
            break;
        note_trail(&run, trail);
        tracee_kill_and_replace(&run.tracee);
        run.result.kills++;
        coverage_add(coverage, run.tracee.address);
        if (!look_again(&run) || !let_reader_act(&run))
            break;
        tracee_step(&run.tracee);
    }
    tracee_kill(&run.tracee);
    run.result.kills++;
    read_the_rest(&run);
    close_run(&run);
    return run.result;
}

struct writer_result writer_run_to(const struct script *script, uint64_t seed, uint64_t k, const struct writer_trail *trail)
{
    static struct run run;
    open_run(&run, script, seed);
    for (; run.result.at < k; run.result.at++) {
        run.last = trail->ends[run.result.at]; /* what the strategy goes by */
        if (!let_reader_act(&run))
            break;
        tracee_step(&run.tracee);
    }
    run.result.address = run.tracee.address;
    tracee_kill(&run.tracee);
    run.result.kills++;
    run.last = (struct audit_end){0};
    if (look(&run) &&
        (stage_digest(&run.stage) != trail->digests[k] || memcmp(&run.last, &trail->ends[k], sizeof run.last) != 0))
        audit_fault(&run.result.verdict, "the memory is another than when copies are killed");
    close_run(&run);
    return run.result;
}
