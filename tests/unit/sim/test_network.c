/* SPDX-License-Identifier: Apache-2.0
 *
 * The model of impaired lines: every packet is accounted for, order is kept where it is promised, and the same seed is
 * the same network.
 *
 * usage: test_network [seed]
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

#include "sim/network.h"
#include "sim/random.h"

#define PACKETS 100000
#define GAP_NS 1000

static uint64_t seed = 20260105;

/* One arrival, short enough to keep all of a run. */
struct seen {
    uint64_t time_ns;
    uint32_t packet;
    uint32_t line;
};

struct run {
    size_t count;
    struct seen *seen;
    uint8_t *lost; /* by packet */
    struct hr_network_statistics statistics[HR_NETWORK_LINES_MAX];
};

/* A payload that says which packet it is, of a length that varies. */
static size_t write_payload(uint8_t *payload, uint64_t packet)
{
    size_t length = 8 + packet * 37 % 1400;
    memset(payload, (int)(packet & 0xff), length);
    memcpy(payload, &packet, 8);
    return length;
}

static void take(struct hr_network *network, uint64_t until_ns, struct run *run)
{
    struct hr_network_arrival arrival;
    uint8_t wanted[1500];
    while (hr_network_next(network, until_ns, &arrival)) {
        size_t length = write_payload(wanted, arrival.packet);
        assert_int_equal(arrival.length, length);
        assert_memory_equal(arrival.payload, wanted, length);
        assert_true(arrival.time_ns <= until_ns);
        assert_true(run->count == 0 || arrival.time_ns >= run->seen[run->count - 1].time_ns);
        run->seen[run->count++] = (struct seen){arrival.time_ns, (uint32_t)arrival.packet, arrival.line};
    }
}

static void run_network(const struct hr_network_options *options, struct run *run)
{
    struct hr_network *network = NULL;
    uint8_t payload[1500];
    memset(run, 0, sizeof(*run));
    run->seen = calloc((size_t)PACKETS * 2 * options->line_count, sizeof(*run->seen));
    run->lost = calloc(PACKETS, 1);
    assert_non_null(run->seen);
    assert_non_null(run->lost);
    assert_int_equal(hr_network_create(&network, options), 0);
    for (uint64_t packet = 0; packet < PACKETS; packet++) {
        uint64_t time_ns = GAP_NS * packet;
        take(network, time_ns, run);
        assert_int_equal(hr_network_send(network, time_ns, payload, write_payload(payload, packet)), 0);
    }
    take(network, UINT64_MAX, run);
    for (uint64_t packet = 0; packet < PACKETS; packet++)
        for (uint32_t line = 0; line < options->line_count; line++)
            run->lost[packet] |= (uint8_t)(hr_network_lost(network, packet, line) << line);
    for (uint32_t line = 0; line < options->line_count; line++)
        run->statistics[line] = *hr_network_statistics(network, line);
    hr_network_destroy(network);
}

static void free_run(struct run *run)
{
    free(run->seen);
    free(run->lost);
}

/* How often each packet came on a line. */
static uint8_t *copies_of(const struct run *run, uint32_t line)
{
    uint8_t *copies = calloc(PACKETS, 1);
    assert_non_null(copies);
    for (size_t i = 0; i < run->count; i++)
        if (run->seen[i].line == line)
            copies[run->seen[i].packet]++;
    return copies;
}

static void a_perfect_line_changes_nothing(void **state)
{
    (void)state;
    const struct hr_network_options options = {.seed = seed, .line_count = 1};
    struct run run;
    run_network(&options, &run);
    assert_int_equal(run.count, PACKETS);
    for (size_t i = 0; i < run.count; i++) {
        assert_int_equal(run.seen[i].packet, i);
        assert_int_equal(run.seen[i].time_ns, GAP_NS * i);
    }
    assert_int_equal(run.statistics[0].lost, 0);
    free_run(&run);
}

/* Three lines, none like another: what was lost does not come, what was doubled comes twice, all else once; and the
 * shares are those asked for, within five standard deviations. */
static void every_packet_is_accounted_for(void **state)
{
    (void)state;
    const struct hr_network_options options = {
        .seed = seed,
        .line_count = 3,
        .lines = {{.loss = 0.1, .duplicate = 0.05, .delay_ns = 5000},
                  {.loss = 0.01, .reorder = 0.02, .reorder_delay_ns = 20000, .jitter_ns = 3000},
                  {.loss = 0.5, .duplicate = 0.5, .reorder = 0.5, .reorder_delay_ns = 7000}}};
    static const double LOST[] = {0.1, 0.01, 0.5};
    struct run run;
    run_network(&options, &run);
    for (uint32_t line = 0; line < options.line_count; line++) {
        const struct hr_network_statistics *told = &run.statistics[line];
        uint8_t *copies = copies_of(&run, line);
        uint64_t lost = 0, twice = 0;
        for (size_t packet = 0; packet < PACKETS; packet++) {
            bool is_lost = run.lost[packet] >> line & 1;
            assert_int_equal(copies[packet] == 0, is_lost);
            assert_true(copies[packet] <= 2);
            lost += is_lost;
            twice += copies[packet] == 2;
        }
        assert_int_equal(told->sent, PACKETS);
        assert_int_equal(told->lost, lost);
        assert_int_equal(told->duplicated, twice);
        assert_int_equal(told->arrived, PACKETS - lost + twice);
        double off = (double)lost - LOST[line] * PACKETS;
        assert_true(off * off <= 25 * PACKETS * LOST[line] * (1 - LOST[line]));
        free(copies);
    }
    /* Each line for itself: both of the first two lose about one packet in a thousand. */
    uint64_t both = 0;
    for (size_t packet = 0; packet < PACKETS; packet++)
        both += (run.lost[packet] & 3) == 3;
    assert_true(both > 50 && both < 150);
    free_run(&run);
}

/* Jitter of a hundred packets' distance, and still each line in order: first without, then with duplicates. */
static void jitter_changes_no_order(void **state)
{
    (void)state;
    for (int twice = 0; twice < 2; twice++) {
        const struct hr_network_options options = {
            .seed = seed + (uint64_t)twice,
            .line_count = 2,
            .lines = {{.loss = 0.1, .duplicate = twice * 0.2, .jitter_ns = 100 * GAP_NS}, {.jitter_ns = 300, .delay_ns = 50}}};
        int64_t newest[2] = {-1, -1};
        struct run run;
        run_network(&options, &run);
        for (size_t i = 0; i < run.count; i++) {
            const struct seen *seen = &run.seen[i];
            assert_true(seen->packet > newest[seen->line] || (twice && seen->packet == newest[seen->line]));
            assert_true(seen->time_ns >= (uint64_t)GAP_NS * seen->packet);
            newest[seen->line] = seen->packet;
        }
        free_run(&run);
    }
}

/* A reordered packet comes late and is overtaken; the others keep their order and are not held up. */
static void reordered_packets_come_late(void **state)
{
    (void)state;
    const struct hr_network_options options = {
        .seed = seed, .line_count = 1, .lines = {{.reorder = 0.05, .delay_ns = 100, .reorder_delay_ns = 10 * GAP_NS + 1}}};
    struct run run;
    uint64_t late = 0, overtaken = 0, newest = 0;
    run_network(&options, &run);
    for (size_t i = 0; i < run.count; i++) {
        uint64_t took_ns = run.seen[i].time_ns - (uint64_t)GAP_NS * run.seen[i].packet;
        assert_true(took_ns == 100 || took_ns == 100 + 10 * GAP_NS + 1);
        late += took_ns != 100;
        overtaken += run.seen[i].packet < newest;
        newest = run.seen[i].packet > newest ? run.seen[i].packet : newest;
    }
    assert_int_equal(run.statistics[0].reordered, late);
    assert_true(late > PACKETS / 25 && late < PACKETS / 16);
    assert_true(overtaken > late * 9 / 10 && overtaken <= late);
    free_run(&run);
}

/* The same seed is the same network; and a line stays as it was when another one changes, or its own delay does. */
static void the_seed_is_the_network(void **state)
{
    (void)state;
    struct hr_network_options options = {
        .seed = seed,
        .line_count = 2,
        .lines = {{.loss = 0.02, .duplicate = 0.02, .reorder = 0.02, .delay_ns = 10, .jitter_ns = 700, .reorder_delay_ns = 5000},
                  {.loss = 0.3, .jitter_ns = 9000}}};
    struct run first, same, changed, other;
    run_network(&options, &first);
    run_network(&options, &same);
    assert_int_equal(first.count, same.count);
    assert_memory_equal(first.seen, same.seen, first.count * sizeof(*first.seen));
    assert_memory_equal(first.lost, same.lost, PACKETS);

    options.lines[1] = (struct hr_network_line){.loss = 0.9, .duplicate = 1};
    options.lines[0].delay_ns = 500;
    run_network(&options, &changed);
    size_t at = 0;
    for (size_t i = 0; i < first.count; i++) {
        if (first.seen[i].line != 0)
            continue;
        while (changed.seen[at].line != 0)
            at++;
        assert_int_equal(changed.seen[at].packet, first.seen[i].packet);
        assert_int_equal(changed.seen[at].time_ns, first.seen[i].time_ns + 490);
        at++;
    }

    options.seed++;
    run_network(&options, &other);
    assert_memory_not_equal(other.lost, changed.lost, PACKETS);
    free_run(&first);
    free_run(&same);
    free_run(&changed);
    free_run(&other);
}

static void options_and_times_out_of_range(void **state)
{
    (void)state;
    const struct hr_network_options wrong[] = {
        {.line_count = 0},
        {.line_count = HR_NETWORK_LINES_MAX + 1},
        {.line_count = 1, .lines = {{.loss = -0.1}}},
        {.line_count = 1, .lines = {{.duplicate = 1.1}}},
        {.line_count = 2, .lines = {{.loss = 0}, {.reorder = __builtin_nan("")}}},
        {.line_count = 1, .lines = {{.delay_ns = HR_NETWORK_DELAY_NS_MAX + 1}}},
        {.line_count = 1, .lines = {{.jitter_ns = HR_NETWORK_DELAY_NS_MAX + 1}}},
        {.line_count = 1, .lines = {{.reorder_delay_ns = HR_NETWORK_DELAY_NS_MAX + 1}}},
    };
    const struct hr_network_options options = {.seed = seed, .line_count = 1, .lines = {{.delay_ns = 10}}};
    static const uint8_t LONG[HR_NETWORK_PAYLOAD_BYTES_MAX + 1];
    struct hr_network_arrival arrival;
    struct hr_network *network = NULL;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(hr_network_create(&network, &wrong[i]), -EINVAL);
        assert_null(network);
    }
    assert_int_equal(hr_network_create(&network, &options), 0);
    assert_int_equal(hr_network_next(network, UINT64_MAX, &arrival), 0);
    assert_int_equal(hr_network_send(network, 100, LONG, sizeof(LONG)), -EINVAL);
    assert_int_equal(hr_network_send(network, 100, LONG, sizeof(LONG) - 1), 0);
    assert_int_equal(hr_network_send(network, 99, LONG, 1), -EINVAL); /* before the packet before */
    assert_int_equal(hr_network_send(network, 100, NULL, 0), 0);
    assert_int_equal(hr_network_next(network, 109, &arrival), 0);
    assert_int_equal(hr_network_next(network, 110, &arrival), 1);
    assert_int_equal(arrival.length, HR_NETWORK_PAYLOAD_BYTES_MAX);
    assert_int_equal(hr_network_send(network, 109, LONG, 1), -EINVAL); /* before an arrival already given */
    assert_int_equal(hr_network_statistics(network, 0)->sent, 2);
    hr_network_destroy(network); /* with one packet given and one on its way */
    hr_network_destroy(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_line_changes_nothing), cmocka_unit_test(every_packet_is_accounted_for),
        cmocka_unit_test(jitter_changes_no_order),        cmocka_unit_test(reordered_packets_come_late),
        cmocka_unit_test(the_seed_is_the_network),        cmocka_unit_test(options_and_times_out_of_range),
    };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    print_message("seed %ju\n", (uintmax_t)seed);
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
