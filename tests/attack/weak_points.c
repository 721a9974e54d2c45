/* SPDX-License-Identifier: Apache-2.0
 *
 * Weak points that were found in another ring of this kind (Tachyon 0.5.1), each as a test of this one: a drained ring that
 * sticks, a record that comes twice, a batch that loses one where the ring wraps, a word that wedges the writer; and rings that
 * are used again. Forged objects are in forged_object.c.
 *
 * usage: weak_points [seed]
 */
#define _GNU_SOURCE
#include "test.h"

#include "headrace/consumer.h"
#include "headrace/producer.h"
#include "stream.h"

#define NOW UINT64_C(1700000000000000000)

static uint64_t seed;
static struct hr_sim_random random_numbers;

static uint64_t below(uint64_t limit)
{
    return limit ? hr_sim_random_next(&random_numbers) % limit : 0;
}

struct ring {
    struct hr_producer producer;
    struct hr_consumer consumer;
    uint64_t stream;
    uint64_t written; /* records, since the reader attached */
    uint64_t read;
    uint64_t lent; /* of a batch that is not released */
    size_t record_bytes;
};

static void open_ring(struct ring *ring, uint32_t slot_bytes, uint32_t slot_count, size_t record_bytes)
{
    const struct hr_producer_options options = {
        .consumer = "test", .slot_bytes = slot_bytes, .slot_count = slot_count, .worker_count = 1};
    *ring = (struct ring){.record_bytes = record_bytes};
    assert_int_equal(hr_producer_create(&ring->producer, &options), 0);
    assert_int_equal(hr_consumer_map(&ring->consumer, ring->producer.data_fd, ring->producer.cursor_fd), 0);
}

static void close_ring(struct ring *ring)
{
    hr_consumer_unmap(&ring->consumer);
    hr_producer_destroy(&ring->producer);
}

static void publish(struct ring *ring, uint64_t count)
{
    uint8_t record[HR_RECORD_BYTES_MAX];
    for (uint64_t i = 0; i < count; i++) {
        stream_make(ring->stream, ring->written++, ring->record_bytes, record);
        hr_producer_publish(&ring->producer, record, ring->record_bytes, NOW);
    }
    assert_int_equal(ring->producer.lost, 0);
}

static void check_record(const struct ring *ring, const void *record, uint64_t id)
{
    if (!stream_is(record, ring->stream, id, ring->record_bytes))
        fail_msg("record %ju is not what was published (seed %ju)", (uintmax_t)id, (uintmax_t)seed);
}

/* Returns 0 when the ring was found empty. */
static int read_one(struct ring *ring)
{
    uint64_t stamp = 0;
    const struct hr_record_header *record = hr_consumer_peek(&ring->consumer, &stamp);
    if (!record)
        return 0;
    check_record(ring, record, ring->read++);
    hr_consumer_advance(&ring->consumer, record, stamp);
    return 1;
}

/* Lends, checks, and releases unless it is told to keep. */
static uint64_t read_batch(struct ring *ring, uint64_t maximum, int keep)
{
    const uint8_t *slot = NULL;
    uint64_t count = hr_consumer_batch(&ring->consumer, &slot, maximum);
    assert_true(count <= maximum);
    for (uint64_t i = 0; i < count; i++, slot += ring->consumer.slot_bytes)
        check_record(ring, ((const struct hr_slot *)slot)->record, ring->read + i);
    ring->read += count;
    if (keep)
        ring->lent = count;
    else if (count) /* an empty batch is nothing to release, and tells the cursor all the same */
        hr_consumer_release(&ring->consumer, count);
    return count;
}

/* ---- "a small ring of large messages sticks though drained" ---- */

/* What the writer has at the least when the reader has read everything and does not say so before it looks again. */
static void check_room(struct ring *ring, uint64_t untold_max)
{
    uint64_t slots = ring->producer.mask + 1;
    assert_int_equal(ring->read, ring->written);
    uint64_t room = hr_producer_room(&ring->producer);
    if (room + untold_max < slots || room > slots)
        fail_msg("%ju of %ju slots are free after everything was read (seed %ju)", (uintmax_t)room, (uintmax_t)slots,
                 (uintmax_t)seed);
}

static void drain_in_turn(struct ring *ring, uint64_t pattern)
{
    while (ring->read < ring->written) {
        uint64_t got;
        if (pattern == 0 || (pattern > 1 && below(2)))
            got = (uint64_t)read_one(ring);
        else
            got = read_batch(ring, pattern == 1 ? UINT64_MAX : 1 + below(pattern), 0);
        assert_true(got > 0);
    }
}

static void drain_many_times(struct ring *ring)
{
    static const uint64_t patterns[] = {0, 1, 2, 31, 32, 33, 100};
    uint64_t slots = ring->producer.mask + 1;
    for (size_t p = 0; p < COUNT_OF(patterns); p++) {
        for (int times = 0; times < (slots <= 1024 ? 4 : 1); times++) {
            /* As much as there is room for, one more than an unread cursor hides, or any number: never is anything lost. */
            uint64_t room = hr_producer_room(&ring->producer);
            publish(ring, times == 0 ? room : times == 1 ? slots - HR_CURSOR_LAG + 1 : 1 + below(room));
            drain_in_turn(ring, patterns[p]);
            check_room(ring, HR_CURSOR_LAG - 1);
            hr_producer_flush(&ring->producer, NOW);
            assert_int_equal(times % 2 ? read_batch(ring, 7, 0) : (uint64_t)read_one(ring), 0); /* found empty */
            check_room(ring, 0);
        }
    }
}

static void drained_ring_of_any_size_has_all_its_room(void **state)
{
    (void)state;
    static const uint32_t slots[] = {64, 128, 384, 576};
    uint64_t rings = 0, records = 0;
    for (uint32_t count = 64; count <= 65536; count *= 2) {
        for (size_t s = 0; s < COUNT_OF(slots); s++) {
            size_t most = slots[s] == 576 ? HR_RECORD_BYTES_MAX : slots[s] - HR_SLOT_STAMP_BYTES;
            size_t least = s == 0 ? sizeof(struct hr_record_header) : slots[s - 1] - HR_SLOT_STAMP_BYTES + 4;
            /* Every size in the small rings; in the large ones, which take time, the smallest and the largest. */
            size_t step = count <= 128 ? 4 : most - least;
            for (size_t bytes = least; bytes <= most; bytes += step) {
                struct ring ring;
                open_ring(&ring, slots[s], count, bytes);
                drain_many_times(&ring);
                records += ring.read;
                rings++;
                close_ring(&ring);
            }
        }
    }
    print_message("%ju rings of 64 to 65536 slots drained, %ju records\n", (uintmax_t)rings, (uintmax_t)records);
}

/* ---- "skip + rollback + flush gives an old message again" ---- */

static void do_anything(struct ring *ring)
{
    uint64_t stamp = 0;
    const uint8_t *slot = NULL;
    uint32_t wakes = 0;
    switch (below(9)) {
    case 0:
    case 1:
        publish(ring, below(hr_producer_room(&ring->producer) + 1));
        break;
    case 2:
        for (uint64_t i = below(100); i > 0 && read_one(ring); i--)
            ;
        break;
    case 3:
        read_batch(ring, below(100), 0);
        break;
    case 4:
        read_batch(ring, below(100), 1);
        break;
    case 5: /* looked at, and left */
        for (uint64_t i = below(3); i > 0; i--)
            if (hr_consumer_peek(&ring->consumer, &stamp))
                check_record(ring, hr_consumer_slot(&ring->consumer, ring->consumer.read) + HR_SLOT_STAMP_BYTES, ring->read);
        break;
    case 6:
        assert_int_equal(hr_consumer_batch(&ring->consumer, &slot, 0), 0);
        break;
    case 7: /* about to sleep: says whether there is something to read */
        assert_int_equal(hr_consumer_arm(&ring->consumer, &wakes), ring->read < ring->written);
        break;
    default:
        hr_producer_flush(&ring->producer, NOW);
        hr_producer_must_wake(&ring->producer);
        break;
    }
}

/* While a batch is lent nothing else may be read; everything else in any order. Read on, each record comes once, and in order.
 */
static void no_record_comes_twice_whatever_is_done(void **state)
{
    (void)state;
    uint64_t records = 0;
    for (int round = 0; round < 60; round++) {
        struct ring ring;
        open_ring(&ring, 64, 64u << below(4), 56);
        for (int step = 0; step < 3000; step++) {
            if (ring.lent && below(2)) {
                publish(&ring, below(hr_producer_room(&ring.producer) + 1));
                continue;
            }
            hr_consumer_release(&ring.consumer, ring.lent);
            ring.lent = 0;
            do_anything(&ring);
        }
        hr_consumer_release(&ring.consumer, ring.lent);
        while (read_one(&ring))
            ;
        check_room(&ring, 0);
        assert_int_equal(ring.consumer.records, ring.written);
        records += ring.written;
        close_ring(&ring);
    }
    print_message("%ju records, each once\n", (uintmax_t)records);
}

/* The ring's slots hold the lap before: at no position, with none or any number of new ones, is one of those taken for new. */
static void slots_of_the_lap_before_are_empty(void **state)
{
    (void)state;
    struct ring ring;
    open_ring(&ring, 64, 64, 56);
    for (uint64_t position = 0; position < 64 * 65; position++) {
        publish(&ring, position % 65);
        while (read_one(&ring))
            ;
        assert_int_equal(ring.read, ring.written);
        assert_int_equal(read_batch(&ring, 64, 0), 0);
        assert_int_equal(read_one(&ring), 0);
    }
    close_ring(&ring);
}

/* ---- "a partial batch commit across the wrap loses one" ---- */

static void batches_lose_nothing_where_the_ring_wraps(void **state)
{
    (void)state;
    uint64_t batches = 0;
    for (uint32_t slots = 64; slots <= 128; slots *= 2) {
        for (uint64_t maximum = 1; maximum <= slots + 1; maximum++) {
            struct ring ring;
            open_ring(&ring, 64, slots, 56);
            for (uint64_t position = 0; position < slots; position++) {
                publish(&ring, slots - (position & 1)); /* full, and not quite */
                while (ring.read < ring.written) {
                    assert_true(read_batch(&ring, maximum, 0) > 0);
                    batches++;
                }
                assert_int_equal(read_batch(&ring, maximum, 0), 0);
                publish(&ring, 1 + (position & 1)); /* on to the next position */
                while (read_batch(&ring, maximum, 0))
                    ;
                check_room(&ring, 0);
            }
            close_ring(&ring);
        }
    }
    print_message("%ju batches\n", (uintmax_t)batches);
}

/* ---- "a forged tail wedges the writer" ---- */

/* Every word of the page but `read`, at every value that is tried: nothing changes for either side. */
static void words_beside_the_cursor_mean_nothing(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63, UINT32_MAX, HR_CURSOR_MAGIC + 1};
    struct ring ring;
    open_ring(&ring, 64, 64, 56);
    uint64_t *page = (uint64_t *)ring.consumer.cursor;
    for (size_t word = 0; word < HR_CURSOR_BYTES / 8; word++) {
        if (word == offsetof(struct hr_cursor, read) / 8)
            continue;
        for (size_t v = 0; v <= COUNT_OF(values); v++) {
            int wakes = 0;
            __atomic_store_n(&page[word], v < COUNT_OF(values) ? values[v] : hr_sim_random_next(&random_numbers),
                             __ATOMIC_RELEASE);
            publish(&ring, 64);
            for (int turn = 0; turn < 10; turn++)
                wakes += hr_producer_must_wake(&ring.producer);
            assert_true(wakes <= 1); /* one word is one sleeper at most */
            while (read_one(&ring))
                ;
            check_room(&ring, 0);
        }
    }
    assert_int_equal(ring.producer.state, HR_RING_RUNNING);
    close_ring(&ring);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drained_ring_of_any_size_has_all_its_room),
        cmocka_unit_test(no_record_comes_twice_whatever_is_done),
        cmocka_unit_test(slots_of_the_lap_before_are_empty),
        cmocka_unit_test(batches_lose_nothing_where_the_ring_wraps),
        cmocka_unit_test(words_beside_the_cursor_mean_nothing),
    };
    seed = test_seed(argc, argv, 20260108);
    hr_sim_random_seed(&random_numbers, seed);
    return cmocka_run_group_tests_name("weak points", tests, NULL, NULL);
}
