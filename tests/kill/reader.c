/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "reader.h"

#include "require.h"
#include "sim/random.h"
#include "tracee.h"

#define SLOT_BYTES 64
#define DATA_BYTES (HR_RING_HEADER_BYTES + SLOT_BYTES * STAGE_SLOTS)

/* ---- the loops, with a note of what may have been given back by now ---- */

static void read_one_by_one(struct stage_page *page)
{
    struct hr_consumer *consumer = &page->consumer;
    uint32_t wakes = 0;
    tracee_mark();
    for (;;) {
        uint64_t stamp = 0;
        const struct hr_record_header *record = hr_consumer_peek(consumer, &stamp);
        if (record) {
            stage_note(&page->given, consumer->read + 1);
            hr_consumer_advance(consumer, record, stamp);
            continue;
        }
        stage_note(&page->arming, page->arming + 1);
        hr_consumer_arm(consumer, &wakes);
    }
}

static void read_batches(struct stage_page *page)
{
    struct hr_consumer *consumer = &page->consumer;
    uint32_t wakes = 0;
    tracee_mark();
    for (;;) {
        const uint8_t *first = NULL;
        uint64_t count = hr_consumer_batch(consumer, &first, 5);
        if (count) {
            stage_note(&page->given, consumer->read + count);
            hr_consumer_release(consumer, count);
            continue;
        }
        stage_note(&page->arming, page->arming + 1);
        hr_consumer_arm(consumer, &wakes);
    }
}

/* Goes to sleep with records given back of which the writer does not know yet. */
static void read_three_and_sleep(struct stage_page *page)
{
    struct hr_consumer *consumer = &page->consumer;
    uint32_t wakes = 0;
    tracee_mark();
    for (;;) {
        const struct hr_record_header *record = NULL;
        uint64_t stamp = 0;
        for (int i = 0; i < 3 && (record = hr_consumer_peek(consumer, &stamp)) != NULL; i++) {
            stage_note(&page->given, consumer->read + 1);
            hr_consumer_advance(consumer, record, stamp);
        }
        stage_note(&page->arming, page->arming + 1);
        hr_consumer_arm(consumer, &wakes);
    }
}

/* Wrong: gives a record back while it is still looking at it. */
static void give_back_too_early(struct stage_page *page)
{
    struct hr_consumer *consumer = &page->consumer;
    tracee_mark();
    for (;;) {
        uint64_t stamp = 0;
        const struct hr_record_header *record = hr_consumer_peek(consumer, &stamp);
        if (!record)
            continue;
        __atomic_store_n(&consumer->cursor->read, consumer->read + 1, __ATOMIC_RELEASE);
        stage_note(&page->given, consumer->read + 1);
        hr_consumer_advance(consumer, record, stamp);
    }
}

/* Wrong: stores the cursor in two steps, the low half of a byte first; between them it has gone back. */
static void store_cursor_in_halves(struct stage_page *page)
{
    struct hr_consumer *consumer = &page->consumer;
    uint8_t *cursor = (uint8_t *)&consumer->cursor->read;
    tracee_mark();
    for (;;) {
        uint64_t stamp = 0;
        const struct hr_record_header *record = hr_consumer_peek(consumer, &stamp);
        if (!record)
            continue;
        stage_note(&page->given, consumer->read + 1);
        consumer->last_stamp = stamp;
        consumer->read++;
        __atomic_store_n(&cursor[0], (uint8_t)(consumer->read & 15), __ATOMIC_RELEASE);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        __atomic_store_n(&cursor[0], (uint8_t)consumer->read, __ATOMIC_RELEASE);
    }
}

const struct reader_script reader_plain[] = {
    {"peek, advance, arm", read_one_by_one},
    {"batch, release, arm", read_batches},
    {"peek, advance, arm untold", read_three_and_sleep},
};
const size_t reader_plain_count = COUNT_OF(reader_plain);

const struct reader_script reader_mutations[] = {
    {"given back too early", give_back_too_early},
    {"cursor stored in halves", store_cursor_in_halves},
};
const size_t reader_mutations_count = COUNT_OF(reader_mutations);

/* ---- the writer: the test itself ---- */

struct run {
    const struct reader_script *script;
    struct stage stage;
    struct hr_sim_random random;
    struct tracee tracee;
    struct reader_result result;
    uint64_t
        stamps[RECORD_IDS]; /* of record `id`; a record's id is its slot's number: nothing is lost before the reader dies */
    uint64_t read_before;   /* the cursor, an instruction ago */
};

static void child(void *argument)
{
    struct run *run = argument;
    run->script->loop(run->stage.page);
}

static void open_run(struct run *run, const struct reader_script *script, uint64_t seed)
{
    static const uint16_t sizes[4] = {56, 56, 56, 56};
    const struct stage_options options = {.sizes = sizes, .slot_bytes = SLOT_BYTES, .on_full = HR_ON_FULL_DROP};
    *run = (struct run){.script = script};
    hr_sim_random_seed(&run->random, seed);
    record_phase = seed % RECORD_BURST;
    stage_open(&run->stage, &options);
    struct stage_page *page = run->stage.page;
    REQUIRE(page->producer.data_bytes >= DATA_BYTES);
    REQUIRE(hr_consumer_map(&page->consumer, page->producer.data_fd, page->producer.cursor_fd) == 0);
    tracee_start(&run->tracee, child, run);
}

static void publish(const struct stage *stage, struct hr_producer *producer, uint64_t id)
{
    hr_producer_publish(producer, record_of(&stage->records, id), record_bytes(&stage->records, id), record_now(id));
}

/* Feeds the reader, now one or two, now more than it may leave untold, and never more than there is room for. */
static void feed(struct run *run)
{
    struct hr_producer *producer = &run->stage.page->producer;
    uint32_t dice = hr_sim_random_below(&run->random, 2048);
    uint64_t wanted = dice == 0 ? HR_CURSOR_LAG + 8 : dice < 48 ? 1 + dice % 2 : 0;
    uint64_t room = wanted ? hr_producer_room(producer) : 0;
    for (uint64_t i = 0; i < wanted && i < room && producer->written + STAGE_SLOTS * 2 < RECORD_IDS; i++) {
        uint64_t id = producer->written;
        publish(&run->stage, producer, id);
        run->stamps[id] = producer->last_stamp;
        run->stage.page->started = id + 1;
    }
    if (hr_producer_must_wake(producer))
        __atomic_fetch_add(&producer->header->wakes, 1, __ATOMIC_RELEASE);
}

/* ---- what a dead reader leaves ---- */

static int check_cursor(struct run *run)
{
    const struct stage_page *page = run->stage.page;
    const struct hr_cursor *cursor = page->producer.cursor;
    uint64_t read = cursor->read;
    uint64_t waiting = cursor->waiting;
    struct audit_verdict *verdict = &run->result.verdict;
    if (cursor->magic != HR_CURSOR_MAGIC)
        return audit_fault(verdict, "the cursor page's magic is gone");
    if (read < run->read_before || read > page->given || page->given > page->producer.written)
        return audit_fault(verdict, "the cursor goes from %ju to %ju; given back %ju, written %ju", (uintmax_t)run->read_before,
                           (uintmax_t)read, (uintmax_t)page->given, (uintmax_t)page->producer.written);
    if (waiting != page->arming && waiting + 1 != page->arming)
        return audit_fault(verdict, "ticket %ju at sleep %ju", (uintmax_t)waiting, (uintmax_t)page->arming);
    run->read_before = read;
    return 1;
}

/* A sleeper that is dead is woken like one that lives, and once. */
static int check_wake(struct run *run, struct hr_producer *writer)
{
    uint32_t ticket = writer->cursor->waiting;
    int expected = ticket != writer->woken && writer->cursor->read != writer->written;
    if (hr_producer_must_wake(writer) != expected || (expected && hr_producer_must_wake(writer)))
        return audit_fault(&run->result.verdict, "to wake or not to wake: ticket %ju", (uintmax_t)ticket);
    return 1;
}

/* The ring is filled and more: exactly the free slots are written, the rest is lost or the ring ends, and what is unread is
 * whole. */
static int check_filling(struct run *run, struct hr_producer *writer, uint32_t on_full)
{
    struct stage_page *page = run->stage.page;
    struct audit_verdict *verdict = &run->result.verdict;
    uint64_t read = writer->cursor->read;
    uint64_t from = writer->written;
    uint64_t to = read + STAGE_SLOTS;
    struct audit_view view = {.consumer = page->consumer, .position = read};
    struct audit_end end = {0};
    writer->on_full = on_full;
    page->started = from + STAGE_SLOTS + HR_CURSOR_LAG;
    for (uint64_t id = from; id < from + STAGE_SLOTS + HR_CURSOR_LAG; id++)
        publish(&run->stage, writer, id);
    uint32_t state = on_full == HR_ON_FULL_DETACH ? HR_RING_DETACHED : HR_RING_RUNNING;
    if (writer->written != to || writer->state != state || writer->written - from + writer->lost != STAGE_SLOTS + HR_CURSOR_LAG)
        return audit_fault(verdict, "the writer comes to %ju of %ju, state %u", (uintmax_t)writer->written, (uintmax_t)to,
                           (unsigned)writer->state);
    view.consumer.read = read;
    view.consumer.last_stamp = read ? run->stamps[read - 1] : 0;
    if (!audit_all(&run->stage, &view, &end, verdict))
        return 0;
    return end.position == to ||
           audit_fault(verdict, "the next reader gets to %ju of %ju", (uintmax_t)end.position, (uintmax_t)to);
}

/* The writer goes on without its reader. What it does is undone afterwards: the copy of the reader shall notice nothing. */
static int check_writer_goes_on(struct run *run)
{
    static uint8_t data[DATA_BYTES];
    struct stage_page *page = run->stage.page;
    struct hr_producer writer = page->producer;
    uint64_t started = page->started;
    memcpy(data, writer.header, sizeof data);
    int right = check_wake(run, &writer) && check_filling(run, &writer, (uint32_t)(run->result.at % 2));
    memcpy(writer.header, data, sizeof data);
    page->started = started;
    return right;
}

/* The last death: the ring is given to another strategy, which reads its own records and nothing of the dead one's. */
static void give_to_another(struct run *run)
{
    struct stage_page *page = run->stage.page;
    struct audit_verdict *verdict = &run->result.verdict;
    struct audit_view view = {0};
    REQUIRE(hr_producer_renew(&page->producer) == 0);
    REQUIRE(hr_consumer_map(&view.consumer, page->producer.data_fd, page->producer.cursor_fd) == 0);
    page->started = 10;
    for (uint64_t id = 0; id < 10; id++)
        publish(&run->stage, &page->producer, id);
    if (audit_read(&run->stage, &view, UINT64_MAX, verdict) && view.position != 10)
        audit_fault(verdict, "the next strategy gets to %ju of 10", (uintmax_t)view.position);
    hr_consumer_unmap(&view.consumer);
}

struct reader_result reader_run(const struct reader_script *script, uint64_t seed, uint64_t kills, struct coverage *coverage)
{
    static struct run run;
    open_run(&run, script, seed);
    for (;; run.result.at++) {
        run.result.address = run.tracee.address;
        coverage_add(coverage, run.tracee.address);
        if (run.result.at + 1 == kills)
            break;
        tracee_kill_and_replace(&run.tracee);
        run.result.kills++;
        if (!check_cursor(&run) || !check_writer_goes_on(&run))
            break;
        feed(&run);
        tracee_step(&run.tracee);
    }
    tracee_kill(&run.tracee);
    run.result.kills++;
    run.result.read = run.stage.page->producer.cursor->read;
    run.result.sleeps = run.stage.page->arming;
    if (!run.result.verdict.wrong && check_cursor(&run))
        give_to_another(&run);
    hr_consumer_unmap(&run.stage.page->consumer);
    stage_close(&run.stage);
    return run.result;
}
