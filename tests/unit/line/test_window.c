/* SPDX-License-Identifier: Apache-2.0
 *
 * The window: what comes before its turn is kept in order, within its bounds, and the time says when a hole is asked for and
 * when it is declared.
 *
 * usage: test_window [seed]
 */
#define _GNU_SOURCE
#include "test.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "line/window.h"

#define PACKETS 8
#define BYTES_PER_PACKET 1536 /* as the header says */
#define LARGEST UINT16_MAX
#define PATIENCE UINT64_C(1000)
#define RECOVERY UINT64_C(50000)
#define TIME UINT64_C(1000000)

static uint64_t seed;

static struct hr_window window;
static struct hr_window_counters counters;
static uint8_t payload[LARGEST];

static int open_window(void **state)
{
    (void)state;
    counters = (struct hr_window_counters){0};
    return hr_window_create(&window, PACKETS, PATIENCE, RECOVERY, &counters);
}

static int close_window(void **state)
{
    (void)state;
    hr_window_destroy(&window);
    return 0;
}

/* A payload that says which packet it is. */
static void fill(uint8_t *bytes, uint32_t length, uint64_t sequence, uint32_t salt)
{
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(sequence * 7 + salt + i);
}

static enum hr_window_put put(enum hr_session_kind kind, uint64_t sequence, uint32_t count, uint32_t length, uint64_t time_ns)
{
    const struct hr_held packet = {.sequence = sequence,
                                   .time_ns = time_ns,
                                   .count = count,
                                   .length = length,
                                   .line = (uint16_t)(sequence % 5),
                                   .flags = 3,
                                   .kind = (uint8_t)kind};
    fill(payload, length, sequence, count);
    return hr_window_put(&window, &packet, payload);
}

static enum hr_window_put data(uint64_t sequence, uint32_t count, uint64_t time_ns)
{
    return put(HR_SESSION_DATA, sequence, count, 100, time_ns);
}

/* The first that is due, which is taken out, with the bytes that were put in. */
static void expect_due(uint64_t expected, uint64_t sequence, uint32_t count)
{
    static uint8_t wanted[LARGEST];
    const struct hr_held *due = hr_window_due(&window, expected);
    assert_non_null(due);
    assert_int_equal(due->sequence, sequence);
    assert_int_equal(due->count, count);
    assert_int_equal(due->line, sequence % 5);
    assert_int_equal(due->flags, 3);
    fill(wanted, due->length, sequence, count);
    assert_memory_equal(window.bytes + due->offset, wanted, due->length);
    hr_window_drop_first(&window);
}

static void expect_judged(uint64_t expected, uint64_t now_ns, enum hr_window_due due)
{
    assert_int_equal(hr_window_judge(&window, expected, now_ns), due);
}

static void ask(uint64_t past, uint64_t now_ns)
{
    const struct hr_window_walk walk = {.at = past};
    hr_window_asked(&window, &walk, past, now_ns);
}

static void expect_hole(uint64_t expected, uint64_t now_ns, uint32_t index, uint64_t wanted_first, uint64_t wanted_count)
{
    struct hr_window_walk walk = {.at = expected};
    uint64_t first = 0;
    uint64_t count = 0;
    for (uint32_t i = 0; i <= index; i++)
        assert_int_equal(hr_window_next_hole(&window, now_ns, &walk, &first, &count), 0);
    assert_int_equal(first, wanted_first);
    assert_int_equal(count, wanted_count);
}

static void expect_no_hole(uint64_t expected, uint64_t now_ns, uint32_t index)
{
    struct hr_window_walk walk = {.at = expected};
    uint64_t first;
    uint64_t count;
    for (uint32_t i = 0; i < index; i++)
        assert_int_equal(hr_window_next_hole(&window, now_ns, &walk, &first, &count), 0);
    assert_int_equal(hr_window_next_hole(&window, now_ns, &walk, &first, &count), 1);
}

/* ---- what is held ---- */

static void packets_come_out_in_order(void **state)
{
    (void)state;
    static const uint64_t order[] = {30, 10, 20, 50, 40};
    for (size_t i = 0; i < COUNT_OF(order); i++)
        assert_int_equal(data(order[i], 10, TIME + i), HR_WINDOW_HELD);
    assert_int_equal(counters.held_now, 5);
    assert_null(hr_window_due(&window, 9)); /* not yet */
    for (uint64_t sequence = 10; sequence <= 50; sequence += 10)
        expect_due(sequence, sequence, 10);
    assert_null(hr_window_due(&window, 60));
    assert_int_equal(counters.held_now, 0);
    assert_int_equal(counters.held, 5);
}

static void repeated_packets_are_not_held_twice(void **state)
{
    (void)state;
    assert_int_equal(data(10, 5, TIME), HR_WINDOW_HELD);
    assert_int_equal(data(10, 5, TIME + 1), HR_WINDOW_REPEATED);
    assert_int_equal(data(10, 4, TIME + 1), HR_WINDOW_REPEATED); /* there is nothing new in it */
    assert_int_equal(data(10, 6, TIME + 1), HR_WINDOW_HELD);     /* there is in this one */
    assert_int_equal(data(10, 5, TIME + 1), HR_WINDOW_REPEATED); /* and the shorter is still known */
    assert_int_equal(put(HR_SESSION_END, 10, 0, 20, TIME), HR_WINDOW_HELD); /* of another kind */
    assert_int_equal(put(HR_SESSION_END, 10, 0, 20, TIME), HR_WINDOW_REPEATED);
    assert_int_equal(counters.held_now, 3);
}

/* Packets that overlap are all kept: the line step delivers of each what is new. By number, then by arrival. */
static void overlapping_packets_are_all_kept(void **state)
{
    (void)state;
    assert_int_equal(data(10, 10, TIME), HR_WINDOW_HELD);
    assert_int_equal(data(15, 10, TIME), HR_WINDOW_HELD);
    assert_int_equal(data(12, 2, TIME), HR_WINDOW_HELD);
    assert_int_equal(data(10, 12, TIME), HR_WINDOW_HELD);
    expect_due(10, 10, 10);
    expect_due(20, 10, 12);
    expect_due(22, 12, 2);
    expect_due(22, 15, 10);
    assert_null(hr_window_due(&window, 25));
}

static void full_in_packets(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < PACKETS; i++)
        assert_int_equal(data(10 + 2 * i, 1, TIME), HR_WINDOW_HELD);
    assert_int_equal(data(9, 1, TIME), HR_WINDOW_FULL);
    assert_int_equal(data(10, 1, TIME), HR_WINDOW_REPEATED); /* what is held need not be held again */
    assert_int_equal(put(HR_SESSION_HEARTBEAT, 100, 0, 20, TIME), HR_WINDOW_HELD); /* of which nothing is kept */
    assert_int_equal(counters.held_now, PACKETS);
    assert_int_equal(window.hole_end, 10); /* what found no room has changed nothing */
    expect_due(10, 10, 1);
    assert_int_equal(data(11, 1, TIME), HR_WINDOW_HELD);
    assert_int_equal(counters.held_now, PACKETS);
}

static void full_in_bytes(void **state)
{
    (void)state;
    uint32_t room = PACKETS * BYTES_PER_PACKET + LARGEST;
    assert_int_equal(put(HR_SESSION_DATA, 10, 1, LARGEST, TIME), HR_WINDOW_HELD);
    assert_int_equal(put(HR_SESSION_DATA, 20, 1, room - LARGEST - 1, TIME), HR_WINDOW_HELD);
    assert_int_equal(put(HR_SESSION_DATA, 30, 1, 2, TIME), HR_WINDOW_FULL);
    assert_int_equal(put(HR_SESSION_DATA, 30, 1, 1, TIME), HR_WINDOW_HELD); /* to the last byte */
    assert_int_equal(put(HR_SESSION_DATA, 40, 1, 1, TIME), HR_WINDOW_FULL);
    assert_int_equal(window.bytes_used, room);
    expect_due(10, 10, 1);
    expect_due(20, 20, 1);
    expect_due(30, 30, 1);
    assert_int_equal(put(HR_SESSION_DATA, 40, 1, LARGEST, TIME), HR_WINDOW_HELD); /* room for one of any length */
    expect_due(40, 40, 1);
}

/* The room of what has gone is used again: what is left is moved together, and stays what it was. */
static void what_is_left_is_packed(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    uint64_t next = 10;
    uint64_t first = 10;
    uint64_t packed = 0;
    for (int i = 0; i < 2000; i++) {
        const uint8_t *before = window.bytes;
        enum hr_window_put found = put(HR_SESSION_DATA, next, 1, 1 + hr_sim_random_below(&random, 20000), TIME);
        packed += window.bytes != before;
        next += found == HR_WINDOW_HELD;
        while (first < next && (found == HR_WINDOW_FULL || hr_sim_random_below(&random, 3) == 0)) {
            expect_due(first, first, 1);
            first++;
            found = HR_WINDOW_HELD;
        }
        assert_int_equal(window.count, next - first);
        assert_true(window.bytes_used <= window.bytes_max);
    }
    assert_true(packed > 10);
    for (; first < next; first++)
        expect_due(first, first, 1);
    assert_int_equal(window.bytes_used, 0);
}

static void any_order_comes_out_sorted(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    for (int round = 0; round < 500; round++) {
        uint64_t last = 0;
        for (int i = 0; i < PACKETS; i++)
            assert_int_not_equal(data(10 + hr_sim_random_below(&random, 12), 1 + hr_sim_random_below(&random, 4), TIME),
                                 HR_WINDOW_FULL);
        for (const struct hr_held *due; (due = hr_window_due(&window, 100)) != NULL;) {
            assert_true(due->sequence >= last);
            last = due->sequence;
            expect_due(100, due->sequence, due->count);
        }
        hr_window_advance(&window, 100, 0);
        assert_false(hr_window_is_open(&window));
    }
}

/* ---- holes ---- */

static void nothing_is_missing_at_first(void **state)
{
    (void)state;
    assert_false(hr_window_is_open(&window));
    assert_null(hr_window_due(&window, UINT64_MAX));
    hr_window_advance(&window, 100, 0);
    assert_int_equal(counters.holes, 0);
    assert_int_equal(counters.holes_closed, 0);
}

static void hole_closes_when_what_was_missing_comes(void **state)
{
    (void)state;
    data(10, 5, TIME);
    assert_true(hr_window_is_open(&window));
    hr_window_advance(&window, 9, 0); /* 5 to 8 have come, 9 has not */
    assert_int_equal(counters.holes_closed, 0);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 0);
    assert_false(hr_window_is_open(&window));
    assert_int_equal(counters.holes, 1);
    assert_int_equal(counters.holes_closed, 1);
}

static void declared_hole_has_not_closed(void **state)
{
    (void)state;
    data(10, 5, TIME);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 1);
    assert_false(hr_window_is_open(&window));
    assert_int_equal(counters.holes_closed, 0);
}

static void hole_that_is_split_ends_earlier(void **state)
{
    (void)state;
    data(20, 1, TIME);
    assert_int_equal(window.hole_end, 20);
    data(10, 5, TIME + 10);
    assert_int_equal(window.hole_end, 10);
    data(30, 1, TIME + 20); /* behind it all: the hole in front stays what it is */
    assert_int_equal(window.hole_end, 10);
    expect_hole(5, TIME + 20 + PATIENCE, 0, 5, 5);
    expect_hole(5, TIME + 20 + PATIENCE, 1, 15, 5);
    expect_hole(5, TIME + 20 + PATIENCE, 2, 21, 9);
    expect_no_hole(5, TIME + 20 + PATIENCE, 3);
    assert_int_equal(counters.holes, 1); /* others are counted when they are in front */
}

static void second_hole_begins_its_own_time(void **state)
{
    (void)state;
    data(10, 5, TIME);
    data(20, 5, TIME + 300);
    expect_judged(5, TIME + PATIENCE - 1, HR_WINDOW_WAIT);
    expect_judged(5, TIME + PATIENCE, HR_WINDOW_ASK);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 0);
    assert_int_equal(counters.holes, 2);
    assert_int_equal(counters.holes_closed, 1);
    assert_int_equal(window.hole_end, 20);
    expect_judged(15, TIME + 300 + PATIENCE - 1, HR_WINDOW_WAIT);
    expect_judged(15, TIME + 300 + PATIENCE, HR_WINDOW_ASK);
    expect_due(20, 20, 5);
    hr_window_advance(&window, 25, 0);
    assert_false(hr_window_is_open(&window));
    assert_int_equal(counters.holes_closed, 2);
}

/* The second half of a split hole was seen with the first: by what came first from behind it. */
static void split_hole_keeps_its_time(void **state)
{
    (void)state;
    data(20, 5, TIME);
    data(10, 5, TIME + 900);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 0);
    expect_judged(15, TIME + PATIENCE, HR_WINDOW_ASK);
}

static void hole_not_open_for_long_enough_is_not_asked_for(void **state)
{
    (void)state;
    data(10, 1, TIME);
    data(20, 1, TIME + 500);
    data(30, 1, TIME + 600);
    expect_hole(5, TIME + PATIENCE, 0, 5, 5);
    expect_no_hole(5, TIME + PATIENCE, 1);
    expect_hole(5, TIME + PATIENCE + 500, 1, 11, 9);
    expect_no_hole(5, TIME + PATIENCE + 500, 2);
}

/* ---- heartbeats and ends ---- */

static void heartbeat_opens_a_hole_and_is_not_kept(void **state)
{
    (void)state;
    assert_int_equal(put(HR_SESSION_HEARTBEAT, 10, 0, 20, TIME), HR_WINDOW_HELD);
    assert_true(hr_window_is_open(&window));
    assert_int_equal(counters.held, 0);
    assert_int_equal(counters.held_now, 0);
    assert_int_equal(window.known_line, 0);
    expect_judged(5, TIME + PATIENCE, HR_WINDOW_ASK);
    expect_hole(5, TIME + PATIENCE, 0, 5, 5);
    expect_no_hole(5, TIME + PATIENCE, 1);
    hr_window_advance(&window, 9, 0);
    assert_true(hr_window_is_open(&window));
    hr_window_advance(&window, 10, 0);
    assert_false(hr_window_is_open(&window));
    assert_int_equal(counters.holes_closed, 1);
}

static void heartbeat_behind_what_is_held_is_a_hole_of_its_own(void **state)
{
    (void)state;
    data(10, 5, TIME);
    put(HR_SESSION_HEARTBEAT, 20, 0, 20, TIME + 400);
    put(HR_SESSION_HEARTBEAT, 20, 0, 20, TIME + 800); /* says nothing new, and begins no time anew */
    put(HR_SESSION_HEARTBEAT, 8, 0, 20, TIME + 800);
    expect_hole(5, TIME + PATIENCE, 0, 5, 5);
    expect_no_hole(5, TIME + PATIENCE, 1);
    expect_hole(5, TIME + 400 + PATIENCE, 1, 15, 5);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 0);
    assert_int_equal(window.hole_end, 20);
    expect_judged(15, TIME + 400 + PATIENCE - 1, HR_WINDOW_WAIT);
    expect_judged(15, TIME + 400 + PATIENCE, HR_WINDOW_ASK);
}

static void end_waits_for_its_turn(void **state)
{
    (void)state;
    put(HR_SESSION_END, 15, 0, 20, TIME);
    data(10, 5, TIME);
    assert_null(hr_window_due(&window, 9));
    expect_due(10, 10, 5);
    expect_due(15, 15, 0);
    hr_window_advance(&window, 15, 0);
    assert_false(hr_window_is_open(&window));
}

/* ---- the time ---- */

static void hole_is_asked_for_then_declared(void **state)
{
    (void)state;
    data(10, 5, TIME);
    expect_judged(5, TIME - 1, HR_WINDOW_WAIT); /* a clock that goes back */
    expect_judged(5, 0, HR_WINDOW_WAIT);
    expect_judged(5, TIME + PATIENCE, HR_WINDOW_ASK);
    ask(10, TIME + PATIENCE);
    expect_judged(5, TIME + PATIENCE, HR_WINDOW_WAIT);
    expect_judged(5, TIME + PATIENCE - 1, HR_WINDOW_WAIT);
    expect_judged(7, TIME + PATIENCE + RECOVERY - 1, HR_WINDOW_WAIT);
    expect_judged(7, TIME + PATIENCE + RECOVERY, HR_WINDOW_DECLARE);
}

/* Each has its own time, and the later one is asked for without waiting for the answer to the first. */
static void later_hole_is_asked_for_meanwhile(void **state)
{
    (void)state;
    data(10, 5, TIME);
    ask(10, TIME + PATIENCE);
    data(20, 5, TIME + PATIENCE + 5);
    data(25, 5, TIME + PATIENCE + 6); /* shows nothing new */
    expect_judged(5, TIME + 2 * PATIENCE + 4, HR_WINDOW_WAIT);
    expect_judged(5, TIME + 2 * PATIENCE + 5, HR_WINDOW_ASK);
    expect_hole(10, TIME + 2 * PATIENCE + 5, 0, 15, 5);
    expect_no_hole(10, TIME + 2 * PATIENCE + 5, 1);
    ask(20, TIME + 2 * PATIENCE + 5);
    expect_judged(5, TIME + 2 * PATIENCE + 5, HR_WINDOW_WAIT);
    expect_judged(5, TIME + PATIENCE + RECOVERY, HR_WINDOW_DECLARE);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 1);
    expect_judged(15, TIME + PATIENCE + RECOVERY, HR_WINDOW_WAIT);
    expect_judged(15, TIME + 2 * PATIENCE + 5 + RECOVERY, HR_WINDOW_DECLARE);
}

/* What another line has brought meanwhile is not asked for, and a hole that is too young is looked at again in its time. */
static void later_hole_that_is_gone_or_young(void **state)
{
    (void)state;
    data(10, 5, TIME);
    ask(10, TIME);
    data(20, 5, TIME + 1);
    data(15, 5, TIME + 2); /* by another line */
    expect_judged(5, TIME + 1 + PATIENCE, HR_WINDOW_ASK);
    expect_no_hole(10, TIME + 1 + PATIENCE, 0);
    ask(10, TIME + 1 + PATIENCE);
    expect_judged(5, TIME + 1 + PATIENCE, HR_WINDOW_WAIT);
    data(30, 5, TIME + 10);
    data(40, 5, TIME + 10 + PATIENCE);
    struct hr_window_walk walk = {.at = 10};
    uint64_t first;
    uint64_t count;
    assert_int_equal(hr_window_next_hole(&window, TIME + 10 + PATIENCE, &walk, &first, &count), 0);
    assert_int_equal(first, 25);
    assert_int_equal(hr_window_next_hole(&window, TIME + 10 + PATIENCE, &walk, &first, &count), 1);
    assert_int_equal(walk.young_ns, TIME + 10 + PATIENCE);
    hr_window_asked(&window, &walk, 30, TIME + 10 + PATIENCE);
    expect_judged(5, TIME + 9 + 2 * PATIENCE, HR_WINDOW_WAIT);
    expect_judged(5, TIME + 10 + 2 * PATIENCE, HR_WINDOW_ASK);
}

/* With as many goes under way as are remembered nobody asks, until the first of them is over. */
static void no_more_asks_than_are_remembered(void **state)
{
    (void)state;
    hr_window_destroy(&window);
    assert_int_equal(hr_window_create(&window, HR_WINDOW_ASKS + 1, PATIENCE, RECOVERY, &counters), 0);
    data(10, 5, TIME);
    for (uint64_t i = 1; i <= HR_WINDOW_ASKS; i++) {
        expect_judged(5, TIME + PATIENCE, HR_WINDOW_ASK);
        ask(10 * i, TIME + PATIENCE);
        data(10 * i + 10, 5, TIME);
    }
    expect_judged(5, TIME + PATIENCE, HR_WINDOW_WAIT);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 0);
    expect_judged(15, TIME + PATIENCE, HR_WINDOW_ASK);
}

static void nobody_to_ask(void **state)
{
    (void)state;
    hr_window_destroy(&window);
    assert_int_equal(hr_window_create(&window, PACKETS, PATIENCE, 0, &counters), 0);
    data(10, 5, TIME);
    expect_judged(5, TIME + PATIENCE - 1, HR_WINDOW_WAIT);
    expect_judged(5, TIME + PATIENCE, HR_WINDOW_DECLARE);
}

static void hole_that_nobody_can_fill_is_given_up(void **state)
{
    (void)state;
    data(10, 5, TIME);
    hr_window_give_up(&window, 5, 10); /* it has not been asked for: said of another's hole */
    expect_judged(5, TIME, HR_WINDOW_WAIT);
    ask(10, TIME + PATIENCE);
    expect_judged(4, TIME + PATIENCE, HR_WINDOW_WAIT);
    for (uint64_t expected = 5; expected < 10; expected++)
        expect_judged(expected, TIME + PATIENCE, HR_WINDOW_GIVE_UP);
    expect_judged(10, TIME + PATIENCE, HR_WINDOW_ASK); /* behind what has been asked for */
}

/* A hole given up while another in front of it is waited for is remembered until its turn comes, and not longer than the window
 * is open: the numbers of the next session are the same. */
static void given_up_is_remembered_and_forgotten(void **state)
{
    (void)state;
    data(10, 5, TIME);
    data(20, 5, TIME);
    ask(20, TIME);
    hr_window_give_up(&window, 15, 20);
    expect_judged(5, TIME, HR_WINDOW_WAIT);
    expect_due(10, 10, 5);
    hr_window_advance(&window, 15, 0);
    expect_judged(15, TIME, HR_WINDOW_GIVE_UP);
    expect_due(20, 20, 5);
    hr_window_advance(&window, 25, 1);
    assert_false(hr_window_is_open(&window));
    data(20, 5, TIME);
    expect_judged(15, TIME, HR_WINDOW_WAIT); /* nor is it still asked for */
    ask(20, TIME);
    expect_judged(15, TIME, HR_WINDOW_WAIT);
}

static void only_the_latest_given_up_are_remembered(void **state)
{
    (void)state;
    data(10000, 1, TIME);
    ask(10000, TIME);
    for (uint64_t i = 0; i <= HR_WINDOW_GIVEN_UP; i++)
        hr_window_give_up(&window, 10 * i + 5, 10 * i + 6);
    expect_judged(5, TIME, HR_WINDOW_WAIT); /* its time will be over some day */
    for (uint64_t i = 1; i <= HR_WINDOW_GIVEN_UP; i++)
        expect_judged(10 * i + 5, TIME, HR_WINDOW_GIVE_UP);
}

/* A window that never empties: packets go in front and come behind, many times its room, and keep order and bytes. */
static void goes_on_for_ever(void **state)
{
    (void)state;
    static struct hr_window small;
    static struct hr_window_counters of_small;
    uint64_t in = 2;
    uint64_t out = 2;
    assert_int_equal(hr_window_create(&small, 8, 1, 0, &of_small), 0);
    while (out < 10000) {
        while (small.count < 8 && in - out < 8) {
            const struct hr_held packet = {.sequence = in, .count = 1, .length = sizeof in, .kind = HR_SESSION_DATA};
            assert_int_equal(hr_window_put(&small, &packet, (const uint8_t *)&in), HR_WINDOW_HELD);
            in++;
        }
        for (uint64_t drops = 1 + out % 7; drops > 0; drops--, out++) {
            const struct hr_held *due = hr_window_due(&small, UINT64_MAX);
            assert_non_null(due);
            assert_int_equal(due->sequence, out);
            assert_memory_equal(small.bytes + due->offset, &out, sizeof out);
            hr_window_drop_first(&small);
        }
    }
    hr_window_destroy(&small);
}

/* ---- memory ---- */

static void destroying_twice_is_harmless(void **state)
{
    (void)state;
    hr_window_destroy(&window);
    assert_null(window.held);
    assert_null(window.bytes);
    hr_window_destroy(&window);
}

/* In a process of its own: the limit on memory stays. */
static void no_memory_is_told(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* the sanitizer's own memory is beyond any limit */
#endif
    pid_t child = fork();
    if (child == 0) {
        static struct hr_window other;
        const struct rlimit limit = {(rlim_t)64 << 20, (rlim_t)64 << 20};
        int error = setrlimit(RLIMIT_AS, &limit) ? 1 : hr_window_create(&other, 1000000, 1, 1, &counters);
        _exit(error == -ENOMEM && !other.held && !other.bytes && !other.spare ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_window, close_window)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(packets_come_out_in_order),
        T(repeated_packets_are_not_held_twice),
        T(overlapping_packets_are_all_kept),
        T(full_in_packets),
        T(full_in_bytes),
        T(what_is_left_is_packed),
        T(any_order_comes_out_sorted),
        T(nothing_is_missing_at_first),
        T(hole_closes_when_what_was_missing_comes),
        T(declared_hole_has_not_closed),
        T(hole_that_is_split_ends_earlier),
        T(second_hole_begins_its_own_time),
        T(split_hole_keeps_its_time),
        T(hole_not_open_for_long_enough_is_not_asked_for),
        T(heartbeat_opens_a_hole_and_is_not_kept),
        T(heartbeat_behind_what_is_held_is_a_hole_of_its_own),
        T(end_waits_for_its_turn),
        T(hole_is_asked_for_then_declared),
        T(later_hole_is_asked_for_meanwhile),
        T(later_hole_that_is_gone_or_young),
        T(no_more_asks_than_are_remembered),
        T(nobody_to_ask),
        T(hole_that_nobody_can_fill_is_given_up),
        T(given_up_is_remembered_and_forgotten),
        T(only_the_latest_given_up_are_remembered),
        T(destroying_twice_is_harmless),
        T(goes_on_for_ever),
        T(no_memory_is_told),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
