/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams over lines: all that arrives is handed on in order of time, the exchange's own copy in its turn, and an error
 * ends it.
 *
 * usage: test_delivery [seed]
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/delivery.h"

#define PACKETS 9000
#define STREAMS 3
#define LINES 2

static uint64_t seed = 20260105;

struct maker {
    uint64_t made;
};

struct taker {
    uint64_t last_ns;
    uint64_t exchange_next[STREAMS];
    uint64_t exchange_ns;
    uint64_t taken[STREAMS][LINES];
    uint64_t error_after; /* 0: never */
    uint64_t calls;
};

/* Packets go round the streams, 10 ns apart. */
static int make(void *state, struct hr_delivery_packet *packet)
{
    struct maker *maker = state;
    if (maker->made == PACKETS)
        return 0;
    packet->time_ns = 10 * maker->made;
    packet->stream = (uint32_t)(maker->made % STREAMS);
    packet->messages = 2;
    packet->length = 8;
    memcpy(packet->payload, &maker->made, 8);
    maker->made++;
    return 1;
}

static int take(void *state, uint32_t stream, uint32_t line, const struct hr_network_arrival *arrival)
{
    struct taker *taker = state;
    uint64_t number;
    memcpy(&number, arrival->payload, 8);
    assert_int_equal(arrival->length, 8);
    assert_int_equal(number % STREAMS, stream);
    assert_true(arrival->time_ns >= taker->last_ns);
    assert_true(arrival->time_ns >= 10 * number);
    taker->last_ns = arrival->time_ns;
    if (++taker->calls == taker->error_after)
        return -EPIPE;
    if (line == HR_DELIVERY_EXCHANGE) {
        assert_int_equal(number / STREAMS, taker->exchange_next[stream]++);
        assert_int_equal(arrival->time_ns, 10 * number);
        return 0;
    }
    taker->taken[stream][line]++;
    return 0;
}

static struct hr_delivery_options options_of_three(void)
{
    return (struct hr_delivery_options){
        .seed = seed,
        .stream_count = STREAMS,
        .line_count = LINES,
        .streams = {{.lines = {{.loss = 0.5}, {.loss = 0.5, .delay_ns = 100}}},
                    {.lines = {{.duplicate = 1}, {.jitter_ns = 1000, .reorder = 0.1, .reorder_delay_ns = 333}}},
                    {.lines = {{.loss = 1}, {.loss = 1}}}}};
}

static void streams_in_order_of_time(void **state)
{
    (void)state;
    struct hr_delivery_options options = options_of_three();
    struct hr_delivery_statistics statistics;
    struct maker maker = {0};
    struct taker taker = {0};
    assert_int_equal(hr_delivery_run(&options, make, &maker, take, &taker, &statistics), 0);
    uint64_t packets = 0;
    for (uint32_t stream = 0; stream < STREAMS; stream++) {
        assert_int_equal(taker.exchange_next[stream], PACKETS / STREAMS);
        for (uint32_t line = 0; line < LINES; line++) {
            const struct hr_network_statistics *told = &statistics.lines[stream][line];
            assert_int_equal(told->sent, PACKETS / STREAMS);
            assert_int_equal(told->arrived, told->sent - told->lost + told->duplicated);
            assert_int_equal(taker.taken[stream][line], told->arrived);
            packets += told->arrived;
        }
    }
    assert_int_equal(statistics.packets, packets);
    assert_int_equal(statistics.bytes, 8 * packets);
    assert_int_equal(taker.taken[1][0], 2 * PACKETS / STREAMS);
    assert_int_equal(taker.taken[2][0] + taker.taken[2][1], 0);
    /* All of the third stream, and about a quarter of the first. */
    uint64_t first = statistics.lost_packets - PACKETS / STREAMS;
    assert_true(first > PACKETS / STREAMS / 5 && first < PACKETS / STREAMS * 3 / 10);
    assert_int_equal(statistics.lost_messages, 2 * statistics.lost_packets);
}

static void an_error_ends_it(void **state)
{
    (void)state;
    struct hr_delivery_options options = options_of_three();
    struct hr_delivery_statistics statistics;
    for (uint64_t after = 1; after <= 1000; after *= 10) {
        struct maker maker = {0};
        struct taker taker = {.error_after = after};
        assert_int_equal(hr_delivery_run(&options, make, &maker, take, &taker, &statistics), -EPIPE);
        assert_int_equal(taker.calls, after);
    }
}

static void options_out_of_range(void **state)
{
    (void)state;
    struct hr_delivery_options wrong[4];
    struct hr_delivery_statistics statistics;
    for (size_t i = 0; i < 4; i++)
        wrong[i] = options_of_three();
    wrong[0].line_count = 0;
    wrong[1].line_count = HR_DELIVERY_LINES_MAX + 1;
    wrong[2].stream_count = HR_DELIVERY_STREAMS_MAX + 1;
    wrong[3].streams[2].lines[1].loss = 2;
    for (size_t i = 0; i < 4; i++) {
        struct maker maker = {0};
        struct taker taker = {0};
        assert_int_equal(hr_delivery_run(&wrong[i], make, &maker, take, &taker, &statistics), -EINVAL);
        assert_int_equal(maker.made + taker.calls, 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_in_order_of_time),
        cmocka_unit_test(an_error_ends_it),
        cmocka_unit_test(options_out_of_range),
    };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    print_message("seed %ju\n", (uintmax_t)seed);
    return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
