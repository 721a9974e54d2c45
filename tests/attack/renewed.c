/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring that is used again is not cleared: its slots are full of the records of earlier attachments. A thousand attachments in
 * a row get their own records alone, whatever the clock does, however much the one before left unread, and whatever it goes on
 * doing.
 *
 * usage: renewed [seed]
 */
#define _GNU_SOURCE
#include "test.h"

#include "headrace/consumer.h"
#include "headrace/producer.h"
#include "stream.h"

#define NOW UINT64_C(1700000000000000000)
#define TIMES 1000

static uint64_t seed;

static uint64_t below(struct hr_sim_random *random, uint64_t limit)
{
    return hr_sim_random_next(random) % limit;
}

struct attachment {
    struct hr_consumer consumer;
    uint64_t number;
    uint64_t next;      /* record */
    uint64_t published; /* as the writer counted when it ended */
};

/* Everything that is there belongs to this attachment, and is in order, losses counted. */
static uint64_t read_some(struct attachment *attachment, uint64_t maximum)
{
    uint64_t read = 0;
    uint64_t stamp = 0;
    const struct hr_record_header *record;
    while (read < maximum && (record = hr_consumer_peek(&attachment->consumer, &stamp))) {
        assert_true(stamp > attachment->consumer.header->first_stamp);
        if (record->rtype == HR_RTYPE_LOST)
            attachment->next += ((const struct hr_lost *)record)->count;
        else if (!stream_is(record, attachment->number, attachment->next++, STREAM_RECORD_BYTES))
            fail_msg("attachment %ju: record %ju is not its own (seed %ju)", (uintmax_t)attachment->number,
                     (uintmax_t)attachment->next - 1, (uintmax_t)seed);
        hr_consumer_advance(&attachment->consumer, record, stamp);
        read++;
    }
    return read;
}

static void publish(struct hr_producer *producer, uint64_t stream, uint64_t count, uint64_t now_ns)
{
    uint8_t record[STREAM_RECORD_BYTES];
    for (uint64_t i = 0; i < count; i++) {
        stream_make(stream, hr_producer_published(producer), sizeof record, record);
        hr_producer_publish(producer, record, sizeof record, now_ns);
    }
    hr_producer_flush(producer, now_ns);
}

/* Of a clock that was set back, stands still, or runs. */
static uint64_t some_time(struct hr_sim_random *random, uint64_t last_stamp)
{
    switch (below(random, 4)) {
    case 0:
        return NOW - below(random, NOW);
    case 1:
        return 0;
    case 2:
        return last_stamp;
    default:
        return last_stamp + 1 + below(random, 1000);
    }
}

/* What the owner of the ring before may still do, since it has the pages mapped: its own cursor is nobody's now. */
static void disturb(struct attachment *before, struct hr_sim_random *random)
{
    if (!before->consumer.header)
        return;
    __atomic_store_n(&before->consumer.cursor->read, hr_sim_random_next(random), __ATOMIC_RELEASE);
    __atomic_store_n(&before->consumer.cursor->waiting, (uint32_t)hr_sim_random_next(random), __ATOMIC_RELEASE);
}

static void check_is_new(const struct hr_producer *producer, uint64_t old_stamp)
{
    assert_int_equal(producer->header->first_stamp, old_stamp);
    assert_int_equal(producer->header->published, 0);
    assert_int_equal(producer->header->lost, 0);
    assert_int_equal(producer->header->state, HR_RING_RUNNING);
    assert_int_equal(producer->cursor->read, 0);
    assert_int_equal(producer->cursor->waiting, 0);
    assert_int_equal(producer->cursor->magic, HR_CURSOR_MAGIC);
}

static void run_attachment(struct hr_producer *producer, struct attachment *now, struct attachment *before,
                           struct hr_sim_random *random)
{
    uint64_t slots = producer->mask + 1;
    uint64_t stamp = 0;
    assert_int_equal(hr_consumer_map(&now->consumer, producer->data_fd, producer->cursor_fd), 0);
    assert_null(hr_consumer_peek(&now->consumer, &stamp)); /* nothing old is new */
    for (uint64_t turn = below(random, 6); turn > 0; turn--) {
        publish(producer, now->number, below(random, 3) ? below(random, slots) : below(random, slots * 3),
                some_time(random, producer->last_stamp));
        disturb(before, random);
        read_some(now, below(random, 2) ? slots * 2 : below(random, slots));
        assert_int_equal(producer->state, HR_RING_RUNNING);
    }
    if (below(random, 8) == 0) { /* it goes mad at the end */
        __atomic_store_n(&now->consumer.cursor->read, UINT64_MAX, __ATOMIC_RELEASE);
        hr_producer_room(producer);
        assert_int_equal(producer->state, HR_RING_EVICTED);
    }
}

static void every_attachment_gets_its_own_records_alone(uint32_t slots, struct hr_sim_random *random)
{
    const struct hr_producer_options options = {.consumer = "test", .slot_bytes = 64, .slot_count = slots, .worker_count = 1};
    struct attachment both[2] = {{.number = 0}};
    struct hr_producer producer;
    uint64_t records = 0;
    assert_int_equal(hr_producer_create(&producer, &options), 0);
    for (uint64_t time = 0; time < TIMES; time++) {
        struct attachment *now = &both[time & 1];
        struct attachment *before = &both[~time & 1];
        uint64_t old_stamp = producer.last_stamp;
        hr_consumer_unmap(&now->consumer); /* of the one before the one before */
        *now = (struct attachment){.number = time % 65536};
        if (time)
            assert_int_equal(hr_producer_renew(&producer), 0);
        check_is_new(&producer, old_stamp);
        run_attachment(&producer, now, before, random);
        records += now->consumer.records;
    }
    hr_consumer_unmap(&both[0].consumer);
    hr_consumer_unmap(&both[1].consumer);
    hr_producer_destroy(&producer);
    print_message("%u slots: %d attachments, %ju records\n", slots, TIMES, (uintmax_t)records);
}

static void thousand_attachments_of_a_small_ring(void **state)
{
    struct hr_sim_random random;
    (void)state;
    hr_sim_random_seed(&random, seed);
    every_attachment_gets_its_own_records_alone(64, &random);
}

static void thousand_attachments_of_a_larger_ring(void **state)
{
    struct hr_sim_random random;
    (void)state;
    hr_sim_random_seed(&random, seed + 1);
    every_attachment_gets_its_own_records_alone(1024, &random);
}

/* Everything of an attachment that reads to the end adds up, though the ring has had others. */
static void counts_begin_anew(void **state)
{
    (void)state;
    const struct hr_producer_options options = {.consumer = "test", .slot_bytes = 64, .slot_count = 64, .worker_count = 1};
    struct hr_producer producer;
    assert_int_equal(hr_producer_create(&producer, &options), 0);
    for (uint64_t time = 0; time < TIMES; time++) {
        struct attachment now = {.number = time};
        if (time)
            assert_int_equal(hr_producer_renew(&producer), 0);
        assert_int_equal(hr_consumer_map(&now.consumer, producer.data_fd, producer.cursor_fd), 0);
        publish(&producer, time, 64 + time % 64, NOW);
        read_some(&now, UINT64_MAX);
        hr_producer_flush(&producer, NOW);
        read_some(&now, UINT64_MAX);
        hr_producer_set_state(&producer, HR_RING_STOPPING);
        assert_int_equal(now.consumer.records, 64);
        assert_int_equal(now.consumer.lost, time % 64);
        assert_int_equal(now.consumer.header->published, 64 + time % 64);
        hr_consumer_unmap(&now.consumer);
    }
    hr_producer_destroy(&producer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousand_attachments_of_a_small_ring),
        cmocka_unit_test(thousand_attachments_of_a_larger_ring),
        cmocka_unit_test(counts_begin_anew),
    };
    seed = test_seed(argc, argv, 20260109);
    return cmocka_run_group_tests_name("renewed", tests, NULL, NULL);
}
