/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring, both sides: what is read is what was published, in order, and what is missing is told of by LOST records, exactly.
 *
 * usage: test_ring [seed]
 */
#define _GNU_SOURCE
#include "test.h"

#include <dirent.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "headrace/consumer.h"
#include "headrace/producer.h"

#define SLOTS 64
#define NOW UINT64_C(1700000000000000000)
#define RECORDS_OF_TWO_PROCESSES UINT64_C(2000000)
#define RECORDS_OF_SLEEPER UINT64_C(200000)
/* A writer that never waits may never be caught up with: here it waits for a sleep now and then. */
#define RECORDS_BETWEEN_SLEEPS 1000
#define SLEEP_SECONDS 20 /* a sleep that nobody ends within these has been forgotten */

static uint64_t seed;

static const struct hr_producer_options plain = {
    .consumer = "test", .slot_bytes = 64, .slot_count = SLOTS, .worker = 0, .worker_count = 1, .session_epoch = NOW};

/* ---- records that say what they should hold ---- */

static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static void make_record(uint64_t id, size_t bytes, uint8_t *record)
{
    const struct hr_record_header header = {.length = (uint8_t)(bytes / 4),
                                            .rtype = HR_RTYPE_MBO,
                                            .publisher_id = 2,
                                            .instrument_id = (uint32_t)id,
                                            .ts_event = id};
    memcpy(record, &header, sizeof header);
    for (size_t at = sizeof header; at < bytes; at += 8) {
        uint64_t word = mix(id + at);
        memcpy(record + at, &word, bytes - at < 8 ? bytes - at : 8);
    }
}

static int record_is(const struct hr_record_header *record, uint64_t id, size_t bytes)
{
    uint8_t expected[HR_RECORD_BYTES_MAX];
    make_record(id, bytes, expected);
    return memcmp(record, expected, bytes) == 0;
}

struct ring {
    struct hr_producer producer;
    struct hr_consumer consumer;
};

static void open_ring(struct ring *ring, const struct hr_producer_options *options)
{
    assert_int_equal(hr_producer_create(&ring->producer, options), 0);
    assert_int_equal(hr_consumer_map(&ring->consumer, ring->producer.data_fd, ring->producer.cursor_fd), 0);
}

static void close_ring(struct ring *ring)
{
    hr_consumer_unmap(&ring->consumer);
    hr_producer_destroy(&ring->producer);
}

static void publish(struct ring *ring, uint64_t id, uint64_t now_ns)
{
    uint8_t record[HR_RECORD_BYTES_MAX];
    make_record(id, 56, record);
    hr_producer_publish(&ring->producer, record, 56, now_ns);
}

static void expect(struct ring *ring, uint64_t id)
{
    uint64_t stamp = 0;
    const struct hr_record_header *record = hr_consumer_peek(&ring->consumer, &stamp);
    assert_non_null(record);
    assert_true(record_is(record, id, 56));
    hr_consumer_advance(&ring->consumer, record, stamp);
}

static void expect_lost(struct ring *ring, uint64_t count)
{
    uint64_t stamp = 0;
    const struct hr_record_header *record = hr_consumer_peek(&ring->consumer, &stamp);
    assert_non_null(record);
    assert_int_equal(record->rtype, HR_RTYPE_LOST);
    assert_int_equal(hr_record_bytes(record), sizeof(struct hr_lost));
    assert_int_equal(((const struct hr_lost *)record)->count, count);
    hr_consumer_advance(&ring->consumer, record, stamp);
}

static void expect_nothing(struct ring *ring)
{
    uint64_t stamp = 0;
    assert_null(hr_consumer_peek(&ring->consumer, &stamp));
}

/* ---- creation ---- */

static void slot_is_the_smallest_that_holds_the_record(void **state)
{
    (void)state;
    static const struct {
        size_t record;
        uint32_t slot;
    } known[] = {{0, 64},    {48, 64},   {56, 64},   {57, 128},  {80, 128},  {112, 128}, {120, 128},
                 {121, 384}, {368, 384}, {376, 384}, {377, 576}, {520, 576}, {568, 576}, {569, 0}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        assert_int_equal(hr_slot_bytes_for(known[i].record), known[i].slot);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 32, 63, 65, 96, UINT32_C(1) << 27, UINT32_C(1) << 31, UINT32_MAX};
    static const uint32_t slots[] = {0, 1, 8, 56, 63, 65, 192, 256, 512, 575, 577, 1024, UINT32_MAX};
    struct hr_producer producer;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct hr_producer_options options = plain;
        options.slot_count = counts[i];
        assert_int_equal(hr_producer_create(&producer, &options), -EINVAL);
        hr_producer_destroy(&producer); /* of what was never made: nothing happens */
    }
    for (size_t i = 0; i < COUNT_OF(slots); i++) {
        struct hr_producer_options options = plain;
        options.slot_bytes = slots[i];
        assert_int_equal(hr_producer_create(&producer, &options), -EINVAL);
    }
    struct hr_producer_options options = plain;
    options.consumer = "a-name-of-thirty-two-characters!";
    assert_int_equal(strlen(options.consumer), HR_CONSUMER_NAME_BYTES);
    assert_int_equal(hr_producer_create(&producer, &options), -EINVAL);
    options.consumer = "a-name-of-thirty-one-characters";
    assert_int_equal(hr_producer_create(&producer, &options), 0);
    hr_producer_destroy(&producer);
    hr_producer_destroy(NULL);
}

/* When this process started, from /proc, in ns since boot. */
static uint64_t start_of_this_process(void)
{
    char text[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    char *at = strrchr(text, ')');
    assert_non_null(at);
    at += 2; /* field 3 */
    for (int field = 3; field < 22; field++) {
        at = strchr(at, ' ');
        assert_non_null(at);
        at++;
    }
    return strtoull(at, NULL, 10) * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void header_says_what_the_ring_is(void **state)
{
    (void)state;
    const struct hr_producer_options options = {
        .consumer = "strategy", .slot_bytes = 384, .slot_count = 128, .worker = 2, .worker_count = 5, .session_epoch = 12345};
    struct ring ring;
    open_ring(&ring, &options);
    const struct hr_ring_header *header = ring.consumer.header;
    assert_memory_equal(&header->magic, "HERRING1", 8);
    assert_int_equal(header->abi_major, HR_ABI_MAJOR);
    assert_int_equal(header->abi_minor, HR_ABI_MINOR);
    assert_int_equal(header->header_bytes, 4096);
    assert_int_equal(header->slot_bytes, 384);
    assert_int_equal(header->slot_count, 128);
    assert_int_equal(header->session_epoch, 12345);
    assert_int_equal(header->writer_pid, getpid());
    assert_int_equal(header->worker, 2);
    assert_int_equal(header->worker_count, 5);
    assert_string_equal(header->consumer, "strategy");
    assert_int_equal(header->state, HR_RING_RUNNING);
    assert_int_equal(header->published, 0);
    assert_int_equal(header->lost, 0);
    assert_memory_equal(&ring.consumer.cursor->magic, "HRRCRSR1", 8);
    expect_nothing(&ring);
    close_ring(&ring);
}

/* A pid that was used again is told apart by this. */
static void header_says_when_the_writer_started(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    assert_true(start_of_this_process() > 0);
    assert_int_equal(ring.consumer.header->writer_start_ns, start_of_this_process());
    close_ring(&ring);
}

static void huge_pages_are_a_wish(void **state)
{
    (void)state;
    struct hr_producer_options options = plain;
    struct ring ring;
    options.huge_pages = 1; /* on a machine without any, ordinary pages */
    open_ring(&ring, &options);
    publish(&ring, 1, NOW);
    expect(&ring, 1);
    close_ring(&ring);
}

/* ---- one record after the other ---- */

static void peek_does_not_take(void **state)
{
    (void)state;
    struct ring ring;
    uint64_t stamp = 0, again = 0;
    open_ring(&ring, &plain);
    publish(&ring, 7, NOW);
    const struct hr_record_header *record = hr_consumer_peek(&ring.consumer, &stamp);
    assert_non_null(record);
    assert_int_equal(stamp, NOW);
    assert_ptr_equal(hr_consumer_peek(&ring.consumer, &again), record);
    assert_int_equal(again, stamp);
    assert_int_equal(ring.consumer.records, 0);
    hr_consumer_advance(&ring.consumer, record, stamp);
    assert_int_equal(ring.consumer.records, 1);
    expect_nothing(&ring);
    close_ring(&ring);
}

static void many_laps_without_loss(void **state)
{
    (void)state;
    static const uint32_t slots[] = {64, 128, 384, 576};
    for (size_t s = 0; s < COUNT_OF(slots); s++) {
        struct hr_producer_options options = plain;
        struct ring ring;
        uint8_t record[HR_RECORD_BYTES_MAX];
        uint64_t stamp = 0, last = 0;
        size_t bytes = slots[s] == 576 ? HR_RECORD_BYTES_MAX : slots[s] - HR_SLOT_STAMP_BYTES;
        options.slot_bytes = slots[s];
        open_ring(&ring, &options);
        for (uint64_t id = 0; id < SLOTS * 1000; id++) {
            make_record(id, bytes, record);
            hr_producer_publish(&ring.producer, record, bytes, NOW + id / 50);
            const struct hr_record_header *read = hr_consumer_peek(&ring.consumer, &stamp);
            assert_non_null(read);
            assert_true(record_is(read, id, bytes));
            assert_true(stamp > last);
            last = stamp;
            hr_consumer_advance(&ring.consumer, read, stamp);
        }
        expect_nothing(&ring);
        assert_int_equal(ring.producer.lost, 0);
        assert_int_equal(ring.consumer.records, SLOTS * 1000);
        close_ring(&ring);
    }
}

static void stamps_rise_whatever_the_clock_does(void **state)
{
    (void)state;
    static const uint64_t clock[] = {0, 0, 5, 5, 5, 4, 3, 0, 6, 100, 99, 1, 1, 101};
    static const uint64_t stamps[] = {1, 2, 5, 6, 7, 8, 9, 10, 11, 100, 101, 102, 103, 104};
    struct ring ring;
    open_ring(&ring, &plain);
    for (size_t i = 0; i < COUNT_OF(clock); i++) {
        uint64_t stamp = 0;
        publish(&ring, i, clock[i]);
        const struct hr_record_header *record = hr_consumer_peek(&ring.consumer, &stamp);
        assert_non_null(record);
        assert_int_equal(stamp, stamps[i]);
        hr_consumer_advance(&ring.consumer, record, stamp);
    }
    close_ring(&ring);
}

static void cursor_is_stored_every_32_records_and_when_empty(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < 40; id++)
        publish(&ring, id, NOW);
    for (uint64_t id = 0; id < 40; id++) {
        assert_int_equal(ring.producer.cursor->read, id / HR_CURSOR_LAG * HR_CURSOR_LAG);
        expect(&ring, id);
    }
    assert_int_equal(ring.producer.cursor->read, 32);
    expect_nothing(&ring);
    assert_int_equal(ring.producer.cursor->read, 40);
    close_ring(&ring);
}

static void batch_ends_where_the_ring_wraps(void **state)
{
    (void)state;
    struct ring ring;
    const uint8_t *first = NULL;
    open_ring(&ring, &plain);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, 10), 0);
    for (uint64_t id = 0; id < 50; id++)
        publish(&ring, id, NOW);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, 20), 20);
    hr_consumer_release(&ring.consumer, 20);
    assert_int_equal(ring.producer.cursor->read, 20);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, UINT64_MAX), 30);
    for (uint64_t i = 0; i < 30; i++)
        assert_true(record_is((const void *)((const struct hr_slot *)(first + i * 64))->record, 20 + i, 56));
    hr_consumer_release(&ring.consumer, 30);
    for (uint64_t id = 50; id < 100; id++)
        publish(&ring, id, NOW);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, 100), SLOTS - 50);
    hr_consumer_release(&ring.consumer, SLOTS - 50);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, 100), 100 - SLOTS);
    assert_ptr_equal(first, ring.consumer.slots);
    assert_true(record_is((const void *)((const struct hr_slot *)first)->record, SLOTS, 56));
    hr_consumer_release(&ring.consumer, 100 - SLOTS);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, 100), 0);
    assert_int_equal(ring.consumer.records, 100);
    close_ring(&ring);
}

static void unreleased_batch_is_never_overwritten(void **state)
{
    (void)state;
    struct ring ring;
    const uint8_t *first = NULL;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < SLOTS; id++)
        publish(&ring, id, NOW);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, SLOTS), SLOTS);
    for (uint64_t id = SLOTS; id < SLOTS * 3; id++)
        publish(&ring, id, NOW);
    for (uint64_t i = 0; i < SLOTS; i++)
        assert_true(record_is((const void *)((const struct hr_slot *)(first + i * 64))->record, i, 56));
    hr_consumer_release(&ring.consumer, SLOTS);
    hr_producer_flush(&ring.producer, NOW);
    expect_lost(&ring, SLOTS * 2);
    expect_nothing(&ring);
    close_ring(&ring);
}

/* ---- a full ring ---- */

static void full_ring_drops_and_tells(void **state)
{
    (void)state;
    struct ring ring;
    uint64_t stamp = 0;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < SLOTS + 10; id++)
        publish(&ring, id, NOW + id);
    assert_int_equal(hr_producer_published(&ring.producer), SLOTS + 10);
    assert_int_equal(ring.producer.lost, 10);
    hr_producer_flush(&ring.producer, NOW + 1000); /* still no room: nothing to be told yet */
    assert_int_equal(ring.producer.lost_pending, 10);
    for (uint64_t id = 0; id < SLOTS; id++)
        expect(&ring, id);
    expect_nothing(&ring);
    publish(&ring, SLOTS + 10, NOW + 2000);
    const struct hr_record_header *record = hr_consumer_peek(&ring.consumer, &stamp);
    assert_non_null(record);
    assert_int_equal(record->rtype, HR_RTYPE_LOST);
    const struct hr_lost *lost = (const struct hr_lost *)record;
    assert_int_equal(lost->count, 10);
    assert_int_equal(lost->first_ts, NOW + SLOTS);
    assert_int_equal(lost->last_ts, NOW + SLOTS + 9);
    assert_int_equal(lost->header.ts_event, lost->last_ts);
    hr_consumer_advance(&ring.consumer, record, stamp);
    expect(&ring, SLOTS + 10);
    expect_nothing(&ring);
    assert_int_equal(ring.consumer.records + ring.consumer.lost, hr_producer_published(&ring.producer));
    close_ring(&ring);
}

/* One free slot takes the LOST record alone; the record behind it is lost in its turn. */
/* A LOST record takes a slot: told for every slot given back, it would be all that a slow reader gets. */
static void one_free_slot_is_kept_for_a_record(void **state)
{
    (void)state;
    struct ring ring;
    const uint8_t *first = NULL;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < SLOTS + 1; id++)
        publish(&ring, id, NOW);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, 1), 1);
    hr_consumer_release(&ring.consumer, 1);
    publish(&ring, SLOTS + 1, NOW + 1);
    assert_int_equal(ring.producer.lost, 2);
    assert_int_equal(ring.producer.lost_pending, 2);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, HR_CURSOR_LAG), HR_CURSOR_LAG);
    hr_consumer_release(&ring.consumer, HR_CURSOR_LAG);
    publish(&ring, SLOTS + 2, NOW + 1); /* the cursor is looked at once a burst */
    assert_int_equal(ring.producer.lost, 3);
    publish(&ring, SLOTS + 3, NOW + 2);
    assert_int_equal(ring.producer.lost, 3);
    for (uint64_t id = 1 + HR_CURSOR_LAG; id < SLOTS; id++)
        expect(&ring, id);
    expect_lost(&ring, 3);
    expect(&ring, SLOTS + 3);
    expect_nothing(&ring);
    assert_int_equal(ring.consumer.records + ring.consumer.lost, hr_producer_published(&ring.producer));
    close_ring(&ring);
}

/* On a quiet day there is no next record to wait for: the poll loop tells of losses as soon as there is any room. */
static void losses_are_told_without_a_next_record(void **state)
{
    (void)state;
    struct ring ring;
    const uint8_t *first = NULL;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < SLOTS + 2; id++)
        publish(&ring, id, NOW);
    assert_int_equal(hr_consumer_batch(&ring.consumer, &first, 1), 1);
    hr_consumer_release(&ring.consumer, 1);
    hr_producer_flush(&ring.producer, NOW);
    for (uint64_t id = 1; id < SLOTS; id++)
        expect(&ring, id);
    expect_lost(&ring, 2);
    expect_nothing(&ring);
    assert_int_equal(ring.consumer.records + ring.consumer.lost, hr_producer_published(&ring.producer));
    close_ring(&ring);
}

static void full_ring_detaches_when_told_so(void **state)
{
    (void)state;
    struct hr_producer_options options = plain;
    struct ring ring;
    options.on_full = HR_ON_FULL_DETACH;
    open_ring(&ring, &options);
    for (uint64_t id = 0; id < SLOTS; id++)
        publish(&ring, id, NOW);
    assert_int_equal(ring.consumer.header->state, HR_RING_RUNNING);
    publish(&ring, SLOTS, NOW);
    assert_int_equal(ring.producer.state, HR_RING_DETACHED);
    assert_int_equal(ring.consumer.header->state, HR_RING_DETACHED);
    assert_int_equal(ring.consumer.header->published, SLOTS + 1);
    assert_int_equal(ring.consumer.header->lost, 1);
    for (uint64_t id = 0; id < SLOTS; id++)
        expect(&ring, id);
    expect_nothing(&ring);
    for (uint64_t id = 0; id < SLOTS * 2; id++) /* there is room, but what is in the ring is all there will be */
        publish(&ring, id, NOW);
    hr_producer_flush(&ring.producer, NOW);
    expect_nothing(&ring);
    assert_int_equal(hr_producer_published(&ring.producer), SLOTS * 3 + 1);
    assert_int_equal(ring.producer.lost, SLOTS * 2 + 1);
    close_ring(&ring);
}

static void counts_and_states_reach_the_header(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < SLOTS + 3; id++)
        publish(&ring, id, NOW);
    hr_producer_store_counts(&ring.producer, NOW + 9);
    assert_int_equal(ring.consumer.header->heartbeat_ns, NOW + 9);
    assert_int_equal(ring.consumer.header->published, SLOTS + 3);
    assert_int_equal(ring.consumer.header->lost, 3);
    publish(&ring, 0, NOW);
    hr_producer_set_state(&ring.producer, HR_RING_STOPPING);
    assert_int_equal(ring.consumer.header->state, HR_RING_STOPPING);
    assert_int_equal(ring.consumer.header->published, SLOTS + 4);
    assert_int_equal(ring.consumer.header->lost, 4);
    close_ring(&ring);
}

/* Random schedules of both sides in one thread. The oracle is the plain order of what was published: a record read must be the
 * next one, a LOST record must stand exactly where the records that it counts would have stood, with their times. */

struct schedule {
    struct ring ring;
    struct hr_sim_random random;
    size_t bytes;
    uint64_t *times; /* of publishing, by id */
    uint64_t published;
    uint64_t expected; /* id of the next record to be read */
    uint64_t last_stamp;
    uint64_t now_ns;
};

static void check_read(struct schedule *schedule, const struct hr_record_header *record, uint64_t stamp)
{
    assert_true(stamp > schedule->last_stamp);
    schedule->last_stamp = stamp;
    if (record->rtype != HR_RTYPE_LOST) {
        assert_true(schedule->expected < schedule->published);
        assert_true(record_is(record, schedule->expected, schedule->bytes));
        schedule->expected++;
        return;
    }
    const struct hr_lost *lost = (const struct hr_lost *)record;
    assert_true(lost->count > 0 && lost->count <= schedule->published - schedule->expected);
    assert_int_equal(lost->first_ts, schedule->times[schedule->expected]);
    schedule->expected += lost->count;
    assert_int_equal(lost->last_ts, schedule->times[schedule->expected - 1]);
}

static void write_some(struct schedule *schedule)
{
    uint8_t record[HR_RECORD_BYTES_MAX];
    uint32_t burst = hr_sim_random_below(&schedule->random, hr_sim_random_below(&schedule->random, 8) ? 20 : 200);
    uint32_t clock = hr_sim_random_below(&schedule->random, 10);
    schedule->now_ns += clock < 3 ? 0 : clock < 9 ? 50 : (uint64_t)-500; /* it stands still, runs, or is set back */
    for (uint32_t i = 0; i < burst; i++) {
        make_record(schedule->published, schedule->bytes, record);
        schedule->times[schedule->published++] = schedule->now_ns;
        hr_producer_publish(&schedule->ring.producer, record, schedule->bytes, schedule->now_ns);
    }
}

static void read_some(struct schedule *schedule)
{
    struct hr_consumer *consumer = &schedule->ring.consumer;
    uint32_t wanted = hr_sim_random_below(&schedule->random, hr_sim_random_below(&schedule->random, 4) ? 20 : 200);
    if (hr_sim_random_below(&schedule->random, 2)) {
        const uint8_t *slot = NULL;
        uint64_t count = hr_consumer_batch(consumer, &slot, wanted);
        assert_true(count <= wanted);
        for (uint64_t i = 0; i < count; i++, slot += consumer->slot_bytes)
            check_read(schedule, (const void *)((const struct hr_slot *)slot)->record, ((const struct hr_slot *)slot)->stamp);
        hr_consumer_release(consumer, count);
        return;
    }
    uint64_t stamp = 0;
    const struct hr_record_header *record;
    while (wanted-- > 0 && (record = hr_consumer_peek(consumer, &stamp)) != NULL) {
        check_read(schedule, record, stamp);
        hr_consumer_advance(consumer, record, stamp);
    }
}

static void run_schedule(uint64_t of, uint32_t slot_bytes, size_t bytes, uint32_t slot_count, uint32_t steps)
{
    struct hr_producer_options options = plain;
    struct schedule schedule = {.bytes = bytes, .now_ns = NOW};
    uint64_t stamp = 0;
    options.slot_bytes = slot_bytes;
    options.slot_count = slot_count;
    hr_sim_random_seed(&schedule.random, of);
    schedule.times = calloc((size_t)steps * 200, sizeof *schedule.times);
    assert_non_null(schedule.times);
    open_ring(&schedule.ring, &options);
    for (uint32_t step = 0; step < steps; step++) {
        uint32_t what = hr_sim_random_below(&schedule.random, 20);
        if (what < 10)
            write_some(&schedule);
        else if (what < 19)
            read_some(&schedule);
        else
            hr_producer_flush(&schedule.ring.producer, schedule.now_ns);
        assert_int_equal(hr_producer_published(&schedule.ring.producer), schedule.published);
        assert_true(schedule.ring.producer.written - schedule.ring.consumer.read <= slot_count);
    }
    for (int again = 0; again < 2; again++) {
        const struct hr_record_header *record;
        while ((record = hr_consumer_peek(&schedule.ring.consumer, &stamp)) != NULL) {
            check_read(&schedule, record, stamp);
            hr_consumer_advance(&schedule.ring.consumer, record, stamp);
        }
        hr_producer_flush(&schedule.ring.producer, schedule.now_ns);
    }
    assert_int_equal(schedule.expected, schedule.published);
    assert_int_equal(schedule.ring.consumer.records + schedule.ring.consumer.lost, schedule.published);
    assert_int_equal(schedule.ring.consumer.lost, schedule.ring.producer.lost);
    close_ring(&schedule.ring);
    free(schedule.times);
}

static void read_and_lost_add_up_for_any_schedule(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        run_schedule(seed + i, 64, 56, 64U << (i % 3), 1500);
        run_schedule(seed + 1000 + i, 64, 40, 64, 300);
        run_schedule(seed + 2000 + i, 128, 112, 128, 300);
        run_schedule(seed + 3000 + i, 576, 520, 64, 300);
    }
}

/* ---- a cursor that no reader writes ---- */

/* The ring after 200 records, of which 150 are read and known to the writer as read. */
static void open_busy_ring(struct ring *ring)
{
    open_ring(ring, &plain);
    for (uint64_t id = 0; id < 200; id++) {
        publish(ring, id, NOW);
        if (id < 150) {
            expect(ring, id);
            expect_nothing(ring);
        }
    }
    assert_int_equal(hr_producer_room(&ring->producer), SLOTS - 50);
}

static void write_cursor(struct ring *ring, uint64_t value)
{
    __atomic_store_n(&ring->consumer.cursor->read, value, __ATOMIC_RELEASE);
}

static void check_evicts(uint64_t value)
{
    struct ring ring;
    open_busy_ring(&ring);
    write_cursor(&ring, value);
    for (uint64_t id = 0; id < SLOTS; id++) /* more than there is room for: it has to look */
        publish(&ring, 200 + id, NOW);
    assert_int_equal(ring.producer.state, HR_RING_EVICTED);
    assert_int_equal(ring.consumer.header->state, HR_RING_EVICTED);
    uint64_t written = ring.producer.written;
    write_cursor(&ring, 200); /* to repent is too late */
    for (uint64_t id = 0; id < SLOTS * 3; id++)
        publish(&ring, id, NOW);
    hr_producer_flush(&ring.producer, NOW);
    assert_int_equal(hr_producer_room(&ring.producer), 0);
    assert_int_equal(ring.producer.written, written);
    assert_int_equal(hr_producer_published(&ring.producer), 200 + SLOTS * 4);
    assert_int_equal(ring.producer.lost, 200 + SLOTS * 4 - written);
    close_ring(&ring);
}

static void impossible_cursor_evicts(void **state)
{
    (void)state;
    static const uint64_t values[] = {0,
                                      1,
                                      149,
                                      215, /* 214 is what has been written by then */
                                      1000,
                                      UINT64_MAX,
                                      UINT64_MAX - 1,
                                      UINT64_C(1) << 63,
                                      (UINT64_C(1) << 63) + 150,
                                      UINT32_MAX,
                                      (UINT64_C(1) << 32) + 150};
    struct hr_sim_random random;
    for (size_t i = 0; i < COUNT_OF(values); i++)
        check_evicts(values[i]);
    hr_sim_random_seed(&random, seed);
    for (int i = 0; i < 200; i++) {
        uint64_t value = hr_sim_random_next(&random) >> hr_sim_random_below(&random, 40);
        if (value < 150 || value > 250)
            check_evicts(value);
    }
}

static void possible_cursor_does_not_evict(void **state)
{
    (void)state;
    for (uint64_t value = 150; value <= 214; value++) {
        struct ring ring;
        open_busy_ring(&ring);
        write_cursor(&ring, value <= 200 ? value : 200);
        for (uint64_t id = 0; id < SLOTS * 2; id++)
            publish(&ring, 200 + id, NOW);
        assert_int_equal(ring.producer.state, HR_RING_RUNNING);
        assert_int_equal(hr_producer_published(&ring.producer), 200 + SLOTS * 2);
        close_ring(&ring);
    }
}

static void cursor_of_zero_is_possible_while_nothing_is_read(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < SLOTS * 2; id++)
        publish(&ring, id, NOW);
    assert_int_equal(ring.producer.state, HR_RING_RUNNING);
    assert_int_equal(ring.producer.lost, SLOTS);
    close_ring(&ring);
}

/* Becoming invalid: a cursor that wanders at random never makes the writer write more than there are slots, nor crash it. */
static void wandering_cursor_harms_nobody(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    for (int round = 0; round < 300; round++) {
        struct ring ring;
        open_ring(&ring, &plain);
        for (uint64_t id = 0; id < 500; id++) {
            publish(&ring, id, NOW);
            if (hr_sim_random_below(&random, 10) == 0)
                write_cursor(&ring, ring.producer.written - hr_sim_random_below(&random, 70));
            assert_true(ring.producer.read <= ring.producer.written);
            assert_true(ring.producer.written - ring.producer.read <= SLOTS);
        }
        assert_int_equal(hr_producer_published(&ring.producer), 500);
        close_ring(&ring);
    }
}

/* ---- a ring that is used again ---- */

static uint32_t descriptors_open(void)
{
    uint32_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static ino_t inode_of(int fd)
{
    struct stat found;
    assert_int_equal(fstat(fd, &found), 0);
    return found.st_ino;
}

/* The reader has left; the next one of the same consumer comes. */
static void reopen_ring(struct ring *ring)
{
    hr_consumer_unmap(&ring->consumer);
    assert_int_equal(hr_producer_renew(&ring->producer), 0);
    assert_int_equal(hr_consumer_map(&ring->consumer, ring->producer.data_fd, ring->producer.cursor_fd), 0);
}

static void check_like_new(struct ring *ring)
{
    const struct hr_ring_header *header = ring->consumer.header;
    expect_nothing(ring);
    assert_int_equal(header->first_stamp, ring->producer.last_stamp);
    assert_int_equal(header->state, HR_RING_RUNNING);
    assert_int_equal(header->published, 0);
    assert_int_equal(header->lost, 0);
    assert_int_equal(ring->consumer.cursor->read, 0);
    assert_int_equal(ring->consumer.cursor->waiting, 0);
    assert_int_equal(hr_producer_room(&ring->producer), SLOTS);
    assert_int_equal(hr_producer_must_wake(&ring->producer), 0);
    publish(ring, 1000, NOW - 1); /* though the clock was set back: what is new has a newer stamp */
    assert_true(ring->producer.last_stamp > header->first_stamp);
    expect(ring, 1000);
    expect_nothing(ring);
    assert_int_equal(ring->consumer.records + ring->consumer.lost, hr_producer_published(&ring->producer));
}

static void renewed_ring_shows_no_old_record(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 1, SLOTS - 1, SLOTS, SLOTS + 1, SLOTS * 3 + 7};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct ring ring;
        uint32_t wakes;
        open_ring(&ring, &plain);
        for (uint64_t id = 0; id < counts[i]; id++)
            publish(&ring, id, NOW + id);
        for (uint64_t id = 0; id < counts[i] && id < 5; id++)
            expect(&ring, id);
        (void)hr_consumer_arm(&ring.consumer, &wakes);
        uint64_t last = ring.producer.last_stamp;
        reopen_ring(&ring);
        assert_int_equal(ring.consumer.header->first_stamp, last);
        check_like_new(&ring);
        close_ring(&ring);
    }
}

/* Evicted, detached, full with losses untold, or told to stop: the next attachment pays for none of it. */
static void renewed_ring_forgets_how_it_ended(void **state)
{
    (void)state;
    static const uint32_t ends[] = {HR_RING_RUNNING, HR_RING_DETACHED, HR_RING_EVICTED, HR_RING_STOPPING};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct hr_producer_options options = plain;
        struct ring ring;
        options.on_full = ends[i] == HR_RING_DETACHED ? HR_ON_FULL_DETACH : HR_ON_FULL_DROP;
        open_ring(&ring, &options);
        if (ends[i] == HR_RING_EVICTED)
            __atomic_store_n(&ring.consumer.cursor->read, UINT64_MAX, __ATOMIC_RELEASE);
        for (uint64_t id = 0; id < SLOTS + 10; id++)
            publish(&ring, id, NOW);
        if (ends[i] == HR_RING_STOPPING)
            hr_producer_set_state(&ring.producer, ends[i]);
        assert_int_equal(ring.producer.state, ends[i]);
        assert_int_equal(ring.producer.lost, 10);
        reopen_ring(&ring);
        check_like_new(&ring);
        hr_producer_flush(&ring.producer, NOW + 5);
        expect_nothing(&ring); /* the losses were the other's */
        close_ring(&ring);
    }
}

/* The reader before may have kept its mapping: what it writes there from now on concerns nobody. */
static void renewed_ring_has_another_cursor_page(void **state)
{
    (void)state;
    struct ring ring;
    struct hr_consumer before;
    open_ring(&ring, &plain);
    assert_int_equal(hr_consumer_map(&before, ring.producer.data_fd, ring.producer.cursor_fd), 0);
    ino_t data = inode_of(ring.producer.data_fd), cursor = inode_of(ring.producer.cursor_fd);
    reopen_ring(&ring);
    assert_int_equal(inode_of(ring.producer.data_fd), data);
    assert_int_not_equal(inode_of(ring.producer.cursor_fd), cursor);
    before.cursor->read = UINT64_MAX;
    before.cursor->waiting = 77;
    check_like_new(&ring);
    assert_int_equal(ring.producer.state, HR_RING_RUNNING);
    hr_consumer_unmap(&before);
    close_ring(&ring);
}

/* No descriptor left: an error, and the ring is as it was until there is one. */
static void ring_that_cannot_be_renewed_is_as_it_was(void **state)
{
    (void)state;
    struct ring ring;
    struct rlimit before;
    open_ring(&ring, &plain);
    publish(&ring, 1, NOW);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int error = hr_producer_renew(&ring.producer);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(error, -EMFILE);
    expect(&ring, 1);
    expect_nothing(&ring);
    assert_int_equal(ring.producer.cursor->read, 1);
    reopen_ring(&ring);
    check_like_new(&ring);
    close_ring(&ring);
}

/* One ring through many attachments that end anywhere: each reader gets what was published in its time, and nothing else. */
static void every_attachment_reads_its_own_time(void **state)
{
    (void)state;
    struct hr_sim_random random;
    struct ring ring;
    uint64_t id = 0;
    hr_sim_random_seed(&random, seed);
    open_ring(&ring, &plain);
    uint32_t before = descriptors_open();
    for (int attachment = 0; attachment < 2000; attachment++) {
        uint64_t next = id;
        for (uint32_t steps = hr_sim_random_below(&random, 30); steps > 0; steps--) {
            for (uint32_t burst = hr_sim_random_below(&random, 20); burst > 0 && id - next < SLOTS - HR_CURSOR_LAG; burst--)
                publish(&ring, id++, NOW + hr_sim_random_below(&random, 1000));
            for (uint32_t reads = hr_sim_random_below(&random, 20); reads > 0 && next < id; reads--)
                expect(&ring, next++);
            if (next == id)
                expect_nothing(&ring);
        }
        assert_int_equal(ring.producer.lost, 0);
        reopen_ring(&ring);
    }
    assert_int_equal(descriptors_open(), before);
    close_ring(&ring);
}

/* ---- sleeping ---- */

static uint32_t arm(struct ring *ring)
{
    uint32_t wakes = UINT32_MAX;
    int found = hr_consumer_arm(&ring->consumer, &wakes);
    assert_int_equal(wakes, ring->producer.header->wakes);
    return (uint32_t)found;
}

static int must_wake(struct ring *ring)
{
    return hr_producer_must_wake(&ring->producer);
}

static void sleeper_is_woken_once_a_ticket(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    assert_int_equal(must_wake(&ring), 0); /* it has never said that it sleeps */
    publish(&ring, 1, NOW);
    assert_int_equal(must_wake(&ring), 0);
    expect(&ring, 1);
    assert_int_equal(arm(&ring), 0);
    for (int turn = 0; turn < 3; turn++)
        assert_int_equal(must_wake(&ring), 0); /* nothing to read */
    publish(&ring, 2, NOW);
    publish(&ring, 3, NOW);
    assert_int_equal(must_wake(&ring), 1);
    for (int turn = 0; turn < 3; turn++)
        assert_int_equal(must_wake(&ring), 0);
    publish(&ring, 4, NOW);
    assert_int_equal(must_wake(&ring), 0); /* it is on its way */
    expect(&ring, 2);
    assert_int_equal(arm(&ring), 1); /* do not sleep: there is more */
    assert_int_equal(must_wake(&ring), 1);
    assert_int_equal(must_wake(&ring), 0);
    close_ring(&ring);
}

/* What the writer compares with must be exact by then: HR_CURSOR_LAG is for readers that stay awake. */
static void arming_stores_the_cursor(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    publish(&ring, 1, NOW);
    expect(&ring, 1);
    assert_int_equal(ring.producer.cursor->read, 0);
    assert_int_equal(arm(&ring), 0);
    assert_int_equal(ring.producer.cursor->read, 1);
    assert_int_equal(must_wake(&ring), 0);
    close_ring(&ring);
}

/* 0 is what a reader has that never slept: after four thousand million sleeps it is left out. */
static void ticket_wraps_past_zero(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    ring.consumer.ticket = UINT32_MAX - 2;
    static const uint32_t tickets[] = {UINT32_MAX - 1, UINT32_MAX, 1, 2};
    for (uint64_t i = 0; i < COUNT_OF(tickets); i++) {
        assert_int_equal(arm(&ring), 0);
        assert_int_equal(ring.producer.cursor->waiting, tickets[i]);
        publish(&ring, i, NOW);
        assert_int_equal(must_wake(&ring), 1);
        assert_int_equal(must_wake(&ring), 0);
        expect(&ring, i);
    }
    close_ring(&ring);
}

/* Tickets begin at 1 for every reader: that of the one before must not pass for this one's. */
static void sleeper_of_a_renewed_ring_is_woken(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    for (uint64_t attachment = 0; attachment < 5; attachment++) {
        for (uint64_t id = 0; id <= attachment; id++) {
            assert_int_equal(arm(&ring), 0);
            publish(&ring, id, NOW);
            assert_int_equal(must_wake(&ring), 1);
            expect(&ring, id);
        }
        reopen_ring(&ring);
    }
    close_ring(&ring);
}

static void sleeper_is_told_of_the_end(void **state)
{
    (void)state;
    static const uint32_t ends[] = {HR_RING_DETACHED, HR_RING_EVICTED, HR_RING_STOPPING};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct ring ring;
        open_ring(&ring, &plain);
        assert_int_equal(arm(&ring), 0);
        assert_int_equal(must_wake(&ring), 0);
        hr_producer_set_state(&ring.producer, ends[i]);
        assert_int_equal(must_wake(&ring), 1); /* though nothing is to be read */
        assert_int_equal(must_wake(&ring), 0);
        assert_int_equal(arm(&ring), 0); /* who sleeps again after the end is told again */
        assert_int_equal(must_wake(&ring), 1);
        close_ring(&ring);
    }
}

/* It has read all there was and sleeps: that records were lost meanwhile is something to read too. */
static void sleeper_is_told_of_losses(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    for (uint64_t id = 0; id < SLOTS + 3; id++)
        publish(&ring, id, NOW);
    for (uint64_t id = 0; id < SLOTS; id++)
        expect(&ring, id);
    assert_int_equal(arm(&ring), 0);
    assert_int_equal(must_wake(&ring), 0);
    hr_producer_flush(&ring.producer, NOW + 1);
    assert_int_equal(must_wake(&ring), 1);
    expect_lost(&ring, 3);
    close_ring(&ring);
}

/* Any value in the foreign word costs one wake-up a turn at most, and none while there is nothing to read. */
static void waiting_word_of_any_value_harms_nobody(void **state)
{
    (void)state;
    struct hr_sim_random random;
    struct ring ring;
    hr_sim_random_seed(&random, seed);
    open_ring(&ring, &plain);
    for (uint32_t turn = 0; turn < 100000; turn++) {
        uint32_t value = (uint32_t)hr_sim_random_next(&random) >> hr_sim_random_below(&random, 32);
        __atomic_store_n(&ring.consumer.cursor->waiting, value, __ATOMIC_RELEASE);
        int unread = turn % 3 == 0;
        if (unread)
            publish(&ring, turn, NOW + turn);
        int is_new = value != ring.producer.woken;
        assert_int_equal(must_wake(&ring), unread && is_new);
        assert_int_equal(must_wake(&ring), 0);
        if (unread)
            expect(&ring, turn);
        expect_nothing(&ring);
    }
    assert_int_equal(ring.producer.state, HR_RING_RUNNING);
    assert_int_equal(ring.producer.lost, 0);
    close_ring(&ring);
}

/* ---- attaching to what is no ring ---- */

struct object {
    struct hr_ring_header header;
    uint64_t bytes;
    uint64_t cursor_magic;
    uint64_t cursor_bytes;
};

static int make_object(const char *name, const void *bytes, size_t length, uint64_t size)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    size_t count = length < size ? length : (size_t)size;
    if (count)
        assert_int_equal(pwrite(fd, bytes, count, 0), (ssize_t)count);
    return fd;
}

static int map_object(const struct object *object)
{
    struct hr_consumer consumer;
    const struct hr_cursor cursor = {.magic = object->cursor_magic};
    int data = make_object("data", &object->header, sizeof object->header, object->bytes);
    int fd = make_object("cursor", &cursor, sizeof cursor, object->cursor_bytes);
    int result = hr_consumer_map(&consumer, data, fd);
    hr_consumer_unmap(&consumer); /* of what was not mapped: nothing happens */
    close(data);
    close(fd);
    return result;
}

static struct object good_object(void)
{
    struct ring ring;
    struct object object = {.cursor_magic = HR_CURSOR_MAGIC, .cursor_bytes = HR_CURSOR_BYTES};
    open_ring(&ring, &plain);
    object.header = *ring.consumer.header;
    object.bytes = HR_RING_HEADER_BYTES + SLOTS * 64;
    close_ring(&ring);
    return object;
}

static void good_header_is_mapped(void **state)
{
    (void)state;
    struct object object = good_object();
    assert_int_equal(map_object(&object), 0);
    object.header.abi_minor = 1;
    assert_int_equal(map_object(&object), 0);
    object.header.abi_minor = UINT16_MAX;
    assert_int_equal(map_object(&object), 0);
    object.bytes += 4096; /* more than is needed, as with huge pages */
    assert_int_equal(map_object(&object), 0);
}

#define CHECK_REFUSED(error, change)                                                                                           \
    do {                                                                                                                       \
        struct object object = good_object();                                                                                  \
        change;                                                                                                                \
        assert_int_equal(map_object(&object), (error));                                                                        \
    } while (0)

static void bad_headers_are_refused(void **state)
{
    (void)state;
    CHECK_REFUSED(-EPROTO, object.header.magic = 0);
    CHECK_REFUSED(-EPROTO, object.header.magic++);
    CHECK_REFUSED(-EPROTO, object.header.magic = UINT64_MAX);
    CHECK_REFUSED(-EPROTONOSUPPORT, object.header.abi_major = 0);
    CHECK_REFUSED(-EPROTONOSUPPORT, object.header.abi_major++);
    CHECK_REFUSED(-EPROTO, object.header.slot_bytes = 0);
    CHECK_REFUSED(-EPROTO, object.header.slot_bytes = 8);
    CHECK_REFUSED(-EPROTO, object.header.slot_bytes = 63);
    CHECK_REFUSED(-EPROTO, object.header.slot_bytes = 72);
    CHECK_REFUSED(-EPROTO, object.header.slot_bytes = 128); /* twice what there is room for */
    CHECK_REFUSED(-EPROTO, object.header.slot_bytes = UINT32_MAX);
    CHECK_REFUSED(-EPROTO, (object.header.slot_bytes = 192, object.bytes *= 3)); /* there is room, but no ring has such slots */
    CHECK_REFUSED(-EPROTO, object.header.slot_count = 0);
    CHECK_REFUSED(-EPROTO, object.header.slot_count = 1);
    CHECK_REFUSED(-EPROTO, object.header.slot_count = 63);
    CHECK_REFUSED(-EPROTO, object.header.slot_count = 128);
    CHECK_REFUSED(-EPROTO, object.header.slot_count = UINT32_C(1) << 31);
    CHECK_REFUSED(-EPROTO, object.header.slot_count = UINT32_MAX);
    CHECK_REFUSED(-EPROTO, object.header.header_bytes = 0);
    CHECK_REFUSED(-EPROTO, object.header.header_bytes = 128);
    CHECK_REFUSED(-EPROTO, object.header.header_bytes = HR_RING_HEADER_BYTES - 64);
    CHECK_REFUSED(-EPROTO, object.header.header_bytes = 4097);
    CHECK_REFUSED(-EPROTO, object.header.header_bytes = 8192);
    CHECK_REFUSED(-EPROTO, object.header.header_bytes = UINT32_MAX);
    CHECK_REFUSED(-EPROTO, object.header.header_bytes = UINT32_C(0xFFFFFFC0));
}

static void objects_that_are_too_small_are_refused(void **state)
{
    (void)state;
    CHECK_REFUSED(-EPROTO, object.bytes--);
    CHECK_REFUSED(-EPROTO, object.bytes = HR_RING_HEADER_BYTES);
    CHECK_REFUSED(-EPROTO, object.bytes = HR_RING_HEADER_BYTES - 1);
    CHECK_REFUSED(-EPROTO, object.bytes = 1);
    CHECK_REFUSED(-EPROTO, object.bytes = 0);
    CHECK_REFUSED(-EPROTO, object.cursor_magic = 0);
    CHECK_REFUSED(-EPROTO, object.cursor_magic = HR_RING_MAGIC);
    CHECK_REFUSED(-EPROTO, object.cursor_bytes = 127);
    CHECK_REFUSED(-EPROTO, object.cursor_bytes = 0);
}

static void descriptors_that_are_no_objects_are_refused(void **state)
{
    (void)state;
    struct hr_consumer consumer;
    int ends[2];
    assert_int_equal(hr_consumer_map(&consumer, -1, -1), -EBADF);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(hr_consumer_map(&consumer, ends[0], ends[0]), -EPROTO);
    close(ends[0]);
    close(ends[1]);
    hr_consumer_unmap(&consumer);
    hr_consumer_unmap(NULL);
}

/* Becoming invalid: a reader that comes when the ring is being taken down. */
static void ring_that_is_gone_is_refused(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, &plain);
    int data = dup(ring.producer.data_fd);
    int cursor = dup(ring.producer.cursor_fd);
    struct hr_consumer late;
    close_ring(&ring);
    assert_int_equal(hr_consumer_map(&late, data, cursor), -EPROTO);
    close(data);
    close(cursor);
}

/* ---- two processes ---- */

struct report {
    uint64_t records;
    uint64_t lost;
    uint64_t expected;
    uint64_t wrong;
    uint64_t sleeps;
    uint64_t forgotten; /* sleeps that nobody ended */
};

/* As the SDK does: arm, look at the state, sleep on the read-only mapping. */
static void sleep_once(struct hr_consumer *consumer, struct report *report)
{
    uint32_t wakes;
    const struct timespec patience = {.tv_sec = SLEEP_SECONDS};
    if (hr_consumer_arm(consumer, &wakes) || __atomic_load_n(&consumer->header->state, __ATOMIC_ACQUIRE) != HR_RING_RUNNING)
        return;
    report->sleeps++;
    if (syscall(SYS_futex, &consumer->header->wakes, FUTEX_WAIT, wakes, &patience, NULL, 0) < 0 && errno == ETIMEDOUT)
        report->forgotten++;
}

/* The reading process: everything until the writer says that there will be no more. */
static void read_until_stopped(struct hr_consumer *consumer, int sleeps, struct report *report)
{
    uint64_t last_stamp = 0;
    for (int stopping = 0;;) {
        uint64_t stamp = 0;
        const struct hr_record_header *record = hr_consumer_peek(consumer, &stamp);
        if (!record) {
            if (stopping)
                break;
            stopping = __atomic_load_n(&consumer->header->state, __ATOMIC_ACQUIRE) == HR_RING_STOPPING;
            if (!stopping && sleeps)
                sleep_once(consumer, report);
            else if (!stopping)
                sched_yield();
            continue;
        }
        if (record->rtype == HR_RTYPE_LOST)
            report->expected += ((const struct hr_lost *)record)->count;
        else
            report->wrong += !record_is(record, report->expected++, 56);
        report->wrong += stamp <= last_stamp;
        last_stamp = stamp;
        hr_consumer_advance(consumer, record, stamp);
    }
    report->records = consumer->records;
    report->lost = consumer->lost;
}

static void run_reader(const struct hr_producer *producer, int sleeps, int results)
{
    struct hr_consumer consumer;
    struct report report = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (hr_consumer_map(&consumer, producer->data_fd, producer->cursor_fd) < 0)
        _exit(1);
    read_until_stopped(&consumer, sleeps, &report);
    _exit(write(results, &report, sizeof report) == (ssize_t)sizeof report ? 0 : 1);
}

/* What worker and waker do in a turn; for a reader that never sleeps, nothing. */
static void turn(struct hr_producer *producer)
{
    if (!hr_producer_must_wake(producer))
        return;
    __atomic_add_fetch(&producer->header->wakes, 1, __ATOMIC_RELEASE);
    (void)syscall(SYS_futex, &producer->header->wakes, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* Until the reader has read all and says that it sleeps. */
static void wait_for_sleeper(const struct hr_producer *producer)
{
    while (__atomic_load_n(&producer->cursor->waiting, __ATOMIC_ACQUIRE) == producer->woken)
        sched_yield();
}

static void publish_all(struct hr_producer *producer, uint64_t count, int wait_for_room, int sleeps)
{
    for (uint64_t id = 0; id < count; id++) {
        uint8_t record[56];
        make_record(id, sizeof record, record);
        if (sleeps && id % RECORDS_BETWEEN_SLEEPS == 0)
            wait_for_sleeper(producer);
        while (wait_for_room && producer->written - producer->read > producer->mask && hr_producer_room(producer) == 0 &&
               producer->state == HR_RING_RUNNING) {
            turn(producer);
            sched_yield();
        }
        hr_producer_publish(producer, record, sizeof record, NOW + id);
        turn(producer);
    }
    while (producer->lost_pending && producer->state == HR_RING_RUNNING) {
        hr_producer_flush(producer, NOW + count);
        turn(producer);
        sched_yield();
    }
}

static void stop_reader(struct hr_producer *producer, int results, struct report *report)
{
    struct pollfd answer = {.fd = results, .events = POLLIN};
    assert_int_equal(producer->state, HR_RING_RUNNING);
    hr_producer_set_state(producer, HR_RING_STOPPING);
    do
        turn(producer);
    while (poll(&answer, 1, 0) == 0);
    assert_int_equal(read(results, report, sizeof *report), sizeof *report);
}

static void run_two_processes(uint64_t records, int wait_for_room, int sleeps, struct report *report)
{
    struct hr_producer_options options = plain;
    struct hr_producer producer;
    int results[2];
    int status = 0;
    options.slot_count = 1024;
    assert_int_equal(hr_producer_create(&producer, &options), 0);
    assert_int_equal(pipe(results), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_reader(&producer, sleeps, results[1]);
    close(results[1]);
    publish_all(&producer, records, wait_for_room, sleeps);
    stop_reader(&producer, results[0], report);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(report->wrong, 0);
    assert_int_equal(report->forgotten, 0);
    assert_int_equal(report->expected, records);
    assert_int_equal(report->records + report->lost, hr_producer_published(&producer));
    assert_int_equal(report->lost, producer.lost);
    close(results[0]);
    hr_producer_destroy(&producer);
}

static void two_processes_lose_nothing_when_the_writer_waits(void **state)
{
    (void)state;
    struct report report;
    run_two_processes(RECORDS_OF_TWO_PROCESSES, 1, 0, &report);
    assert_int_equal(report.lost, 0);
    assert_int_equal(report.records, RECORDS_OF_TWO_PROCESSES);
}

static void two_processes_account_for_every_loss(void **state)
{
    (void)state;
    struct report report;
    run_two_processes(RECORDS_OF_TWO_PROCESSES, 0, 0, &report);
    print_message("%ju of %ju records were lost and told of\n", (uintmax_t)report.lost, (uintmax_t)RECORDS_OF_TWO_PROCESSES);
}

/* The writer has no fence: a ticket that it does not see in one turn it sees in the next, and no sleep lasts. */
static void two_processes_forget_no_sleeper(void **state)
{
    (void)state;
    struct report report;
    run_two_processes(RECORDS_OF_SLEEPER, 1, 1, &report);
    assert_int_equal(report.lost, 0);
    assert_int_equal(report.records, RECORDS_OF_SLEEPER);
    assert_true(report.sleeps > 0);
    print_message("%ju sleeps\n", (uintmax_t)report.sleeps);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slot_is_the_smallest_that_holds_the_record),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(header_says_what_the_ring_is),
        cmocka_unit_test(header_says_when_the_writer_started),
        cmocka_unit_test(huge_pages_are_a_wish),
        cmocka_unit_test(peek_does_not_take),
        cmocka_unit_test(many_laps_without_loss),
        cmocka_unit_test(stamps_rise_whatever_the_clock_does),
        cmocka_unit_test(cursor_is_stored_every_32_records_and_when_empty),
        cmocka_unit_test(batch_ends_where_the_ring_wraps),
        cmocka_unit_test(unreleased_batch_is_never_overwritten),
        cmocka_unit_test(full_ring_drops_and_tells),
        cmocka_unit_test(one_free_slot_is_kept_for_a_record),
        cmocka_unit_test(losses_are_told_without_a_next_record),
        cmocka_unit_test(full_ring_detaches_when_told_so),
        cmocka_unit_test(counts_and_states_reach_the_header),
        cmocka_unit_test(read_and_lost_add_up_for_any_schedule),
        cmocka_unit_test(impossible_cursor_evicts),
        cmocka_unit_test(possible_cursor_does_not_evict),
        cmocka_unit_test(cursor_of_zero_is_possible_while_nothing_is_read),
        cmocka_unit_test(wandering_cursor_harms_nobody),
        cmocka_unit_test(renewed_ring_shows_no_old_record),
        cmocka_unit_test(renewed_ring_forgets_how_it_ended),
        cmocka_unit_test(renewed_ring_has_another_cursor_page),
        cmocka_unit_test(ring_that_cannot_be_renewed_is_as_it_was),
        cmocka_unit_test(every_attachment_reads_its_own_time),
        cmocka_unit_test(sleeper_is_woken_once_a_ticket),
        cmocka_unit_test(arming_stores_the_cursor),
        cmocka_unit_test(ticket_wraps_past_zero),
        cmocka_unit_test(sleeper_of_a_renewed_ring_is_woken),
        cmocka_unit_test(sleeper_is_told_of_the_end),
        cmocka_unit_test(sleeper_is_told_of_losses),
        cmocka_unit_test(waiting_word_of_any_value_harms_nobody),
        cmocka_unit_test(good_header_is_mapped),
        cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(objects_that_are_too_small_are_refused),
        cmocka_unit_test(descriptors_that_are_no_objects_are_refused),
        cmocka_unit_test(ring_that_is_gone_is_refused),
        cmocka_unit_test(two_processes_lose_nothing_when_the_writer_waits),
        cmocka_unit_test(two_processes_account_for_every_loss),
        cmocka_unit_test(two_processes_forget_no_sleeper),
    };
#ifdef __AVX__
    if (!__builtin_cpu_supports("avx")) {
        puts("SKIPPED ring-vector: this processor has no AVX");
        return 77;
    }
#endif
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
