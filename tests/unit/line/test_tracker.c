/* SPDX-License-Identifier: Apache-2.0
 *
 * The trackers of two lines: who was first, by how much the other came later, and what a line has lost.
 *
 * usage: test_tracker [seed]
 */
#include "test.h"

#include "line/tracker.h"

#define TIME UINT64_C(1000000000000)
#define LEAP (UINT64_C(1) << 24)

static uint64_t seed;

static struct hr_arrivals arrivals;
static struct hr_line_tracker trackers[2];
static struct hr_line_counters counters[2];

static struct hr_channel channel;

static int begin(void **state)
{
    (void)state;
    memset(&arrivals, 0, sizeof arrivals);
    memset(trackers, 0, sizeof trackers);
    memset(counters, 0, sizeof counters);
    channel = (struct hr_channel){.epoch = 1, .first = 1};
    return 0;
}

static void track(int line, enum hr_session_kind kind, uint64_t sequence, uint32_t count, enum hr_session_restart restarted, uint64_t time_ns)
{
    const struct hr_session_header header = {.kind = kind, .sequence = sequence, .count = count, .restarted = restarted};
    hr_line_track(&trackers[line], &channel, &arrivals, &header, time_ns, &counters[line]);
}

static void data(int line, uint64_t sequence, uint32_t count)
{
    track(line, HR_SESSION_DATA, sequence, count, HR_RESTART_NONE, TIME);
}

static uint64_t copies(const struct hr_line_counters *c)
{
    return c->skew_under_1us + c->skew_under_4us + c->skew_under_16us + c->skew_under_64us + c->skew_under_256us +
           c->skew_under_1ms + c->skew_under_4ms + c->skew_under_16ms + c->skew_over_16ms;
}

/* ---- who was first ---- */

static void first_is_who_came_first(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        int first = i % 3 == 0;
        track(first, HR_SESSION_DATA, 1 + i, 1, HR_RESTART_NONE, TIME + i * 10000);
        track(!first, HR_SESSION_DATA, 1 + i, 1, HR_RESTART_NONE, TIME + i * 10000 + 1500);
    }
    assert_int_equal(counters[1].first, 34);
    assert_int_equal(counters[0].first, 66);
    assert_int_equal(counters[0].skew_under_4us, 34);
    assert_int_equal(counters[1].skew_under_4us, 66);
    assert_int_equal(counters[0].lost + counters[1].lost, 0);
}

static void heartbeats_are_nobodys_first(void **state)
{
    (void)state;
    for (int line = 0; line < 2; line++) {
        track(line, HR_SESSION_HEARTBEAT, 5, 0, HR_RESTART_NONE, TIME);
        track(line, HR_SESSION_END, 5, 0, HR_RESTART_NONE, TIME);
        assert_int_equal(counters[line].first, 0);
        assert_int_equal(copies(&counters[line]), 0);
    }
}

static void arrivals_are_forgotten_when_others_take_their_place(void **state)
{
    (void)state;
    data(0, 1, 1);
    data(0, 1 + HR_ARRIVALS, 1);
    data(1, 1, 1); /* too late to be compared */
    assert_int_equal(counters[1].first, 1);
    assert_int_equal(copies(&counters[1]), 0);
}

/* Packets without a number have no order, and none is the copy of another. */
static void sequence_zero_is_not_tracked(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        data(0, 0, 2);
    assert_int_equal(copies(&counters[0]), 0);
    assert_int_equal(trackers[0].next, 0);
    data(0, 1000, 2);
    assert_int_equal(counters[0].lost, 0);
}

/* ---- by how much ---- */

struct bin {
    uint64_t from_ns;
    size_t counter;
};

#define BIN(from, name) {from, offsetof(struct hr_line_counters, name)}

static const struct bin bins[] = {
    BIN(0, skew_under_1us),         BIN(1000, skew_under_4us),       BIN(4000, skew_under_16us),
    BIN(16000, skew_under_64us),    BIN(64000, skew_under_256us),    BIN(256000, skew_under_1ms),
    BIN(1000000, skew_under_4ms),   BIN(4000000, skew_under_16ms),   BIN(16000000, skew_over_16ms),
};

static uint64_t count_of(const struct bin *bin)
{
    return *(const uint64_t *)(const void *)((const char *)&counters[1] + bin->counter);
}

static void skew_goes_to_its_bin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bins); i++) {
        uint64_t last = i + 1 < COUNT_OF(bins) ? bins[i + 1].from_ns - 1 : UINT64_MAX - TIME;
        begin(NULL);
        data(0, 1, 1);
        track(1, HR_SESSION_DATA, 1, 1, HR_RESTART_NONE, TIME + bins[i].from_ns);
        track(1, HR_SESSION_DATA, 1, 1, HR_RESTART_NONE, TIME + last);
        assert_int_equal(count_of(&bins[i]), 2);
        assert_int_equal(copies(&counters[1]), 2);
    }
}

/* Clocks of two inputs may differ by a little: that is no time at all, not all the time there is. */
static void copy_before_the_first_came_at_once(void **state)
{
    (void)state;
    data(0, 1, 1);
    track(1, HR_SESSION_DATA, 1, 1, HR_RESTART_NONE, TIME - 5);
    assert_int_equal(counters[1].skew_under_1us, 1);
    assert_int_equal(copies(&counters[1]), 1);
}

/* ---- what a line lost ---- */

static void line_that_begins_in_mid_session_has_lost_nothing(void **state)
{
    (void)state;
    data(0, 1000, 5);
    data(0, 1005, 5);
    track(0, HR_SESSION_HEARTBEAT, 1010, 0, HR_RESTART_NONE, TIME);
    assert_int_equal(counters[0].lost, 0);
    assert_int_equal(trackers[0].next, 1010);
}

static void lost_messages_are_counted(void **state)
{
    (void)state;
    data(0, 1, 5);
    data(0, 10, 5);
    assert_int_equal(counters[0].lost, 4);
    track(0, HR_SESSION_HEARTBEAT, 20, 0, HR_RESTART_NONE, TIME); /* tells of more */
    assert_int_equal(counters[0].lost, 9);
    track(0, HR_SESSION_END, 22, 0, HR_RESTART_NONE, TIME);
    assert_int_equal(counters[0].lost, 11);
    assert_int_equal(counters[0].reordered, 0);
    assert_int_equal(counters[1].lost, 0);
}

static void what_comes_later_was_not_lost(void **state)
{
    (void)state;
    data(0, 1, 5);
    data(0, 10, 5);
    data(0, 7, 2);
    assert_int_equal(counters[0].lost, 2);
    assert_int_equal(counters[0].reordered, 1);
    data(0, 7, 2); /* once */
    assert_int_equal(counters[0].lost, 2);
    assert_int_equal(counters[0].reordered, 1);
    data(0, 1, 12); /* all that was still missing, with what was not */
    assert_int_equal(counters[0].lost, 0);
    assert_int_equal(counters[0].reordered, 2);
    assert_int_equal(trackers[0].missing_count, 0);
    data(0, 15, 1);
    assert_int_equal(trackers[0].next, 16);
}

static void copies_on_one_line_change_nothing(void **state)
{
    (void)state;
    data(0, 1, 5);
    data(0, 1, 5);
    data(0, 4, 4); /* the half of it */
    assert_int_equal(trackers[0].next, 8);
    assert_int_equal(counters[0].lost, 0);
    assert_int_equal(counters[0].reordered, 0);
}

static void what_is_too_long_ago_is_lost_for_good(void **state)
{
    (void)state;
    data(0, 1, 1);
    data(0, 3, 1); /* without 2 */
    for (uint64_t next = 4; next < 2 + HR_TRACKED_MESSAGES; next++)
        data(0, next, 1);
    assert_int_equal(trackers[0].missing_count, 1);
    data(0, 2, 1); /* at the last moment */
    assert_int_equal(counters[0].lost, 0);
    data(0, 2 + HR_TRACKED_MESSAGES, 2);
    data(0, 2 + HR_TRACKED_MESSAGES + 3, 1); /* without one */
    for (uint64_t next = trackers[0].next; next <= 4 + 2 * HR_TRACKED_MESSAGES; next++)
        data(0, next, 1);
    assert_int_equal(trackers[0].missing_count, 0);
    data(0, 4 + HR_TRACKED_MESSAGES, 1);
    assert_int_equal(counters[0].lost, 1);
}

/* A packet half of which is new passes the place of a message lost long ago: its copy must not be taken for that message. */
static void half_copies_forget_what_is_too_long_ago(void **state)
{
    (void)state;
    data(0, 1, 1);
    data(0, 3, 1); /* without 2 */
    for (uint64_t next = 4; next < 2 + HR_TRACKED_MESSAGES; next++)
        data(0, next, 1);
    data(0, 1 + HR_TRACKED_MESSAGES, 2);
    data(0, 2 + HR_TRACKED_MESSAGES, 1);
    assert_int_equal(counters[0].lost, 1);
    assert_int_equal(counters[0].reordered, 0);
}

static void long_loss_is_counted_whole(void **state)
{
    (void)state;
    data(0, 1, 1);
    data(0, 2 + 3 * HR_TRACKED_MESSAGES, 1);
    assert_int_equal(counters[0].lost, 3 * HR_TRACKED_MESSAGES);
    data(0, 2, 1); /* longer ago than is remembered */
    assert_int_equal(counters[0].lost, 3 * HR_TRACKED_MESSAGES);
    data(0, 1 + 3 * HR_TRACKED_MESSAGES, 1);
    assert_int_equal(counters[0].lost, 3 * HR_TRACKED_MESSAGES - 1);
}

/* ---- leaps and sessions ---- */

static void leap_is_a_new_beginning(void **state)
{
    (void)state;
    data(0, 1, 1);
    data(0, 2 + LEAP, 1); /* as far as a line can lose */
    assert_int_equal(counters[0].lost, LEAP);
    data(0, 3 + LEAP + LEAP + 1, 1);
    assert_int_equal(counters[0].lost, LEAP);
    assert_int_equal(trackers[0].next, 5 + 2 * LEAP);
    assert_int_equal(trackers[0].missing_count, 0);
}

static void session_is_a_new_beginning(void **state)
{
    (void)state;
    data(0, 1, 1);
    data(0, 5, 1);
    channel.epoch++;
    data(0, 1, 1);
    data(0, 2, 1);
    assert_int_equal(trackers[0].next, 3);
    assert_int_equal(counters[0].lost, 3); /* what was lost stays lost */
    channel.epoch++;
    data(0, 3, 1); /* the number that would have been next */
    assert_int_equal(counters[0].lost, 5);
}

/* However short it is, and whichever message of it comes first. */
static void what_a_line_loses_of_a_new_session_is_counted(void **state)
{
    (void)state;
    data(0, 100000, 1);
    channel.epoch++;
    data(0, 3, 2); /* 1 and 2 are lost */
    data(0, 6, 1);
    assert_int_equal(counters[0].lost, 3);
    data(0, 1, 1);
    assert_int_equal(counters[0].lost, 2);
    assert_int_equal(trackers[0].next, 7);
    channel.epoch++;
    channel.first = 50; /* one that was left, and is back */
    data(0, 51, 1);
    assert_int_equal(counters[0].lost, 3);
    data(1, 60, 1); /* a line that had brought nothing before */
    assert_int_equal(counters[1].lost, 0);
}

/* Against a list of what came: the count of what is missing is right as long as nothing is later than is remembered. */
static void any_order_is_counted_right(void **state)
{
    (void)state;
    enum { MOST = 20000, LATE_MOST = 1000 };
    static uint8_t had[MOST + 100];
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    memset(had, 0, sizeof had);
    uint64_t top = 1;
    while (top < MOST) {
        uint64_t back = hr_sim_random_below(&random, 2) ? 0 : hr_sim_random_below(&random, LATE_MOST);
        uint64_t first = (top > back ? top - back : 1) + hr_sim_random_below(&random, 4);
        uint32_t count = hr_sim_random_below(&random, 8);
        first = top == 1 ? 1 : first;
        count = top == 1 ? 1 : count;
        track(0, count ? HR_SESSION_DATA : HR_SESSION_HEARTBEAT, first, count, HR_RESTART_NONE, TIME);
        memset(&had[first], 1, count);
        top = first + count > top ? first + count : top;
        uint64_t missing = 0;
        for (uint64_t number = top > LATE_MOST * 2 ? top - LATE_MOST * 2 : 1; number < top; number++)
            missing += !had[number];
        uint64_t bits = 0;
        for (uint64_t number = top > LATE_MOST * 2 ? top - LATE_MOST * 2 : 1; number < top; number++)
            bits += trackers[0].missing[number / 64 % (HR_TRACKED_MESSAGES / 64)] >> number % 64 & 1;
        assert_int_equal(bits, missing);
    }
    uint64_t lost = 0;
    for (uint64_t number = 1; number < top; number++)
        lost += !had[number];
    assert_int_equal(counters[0].lost, lost);
    assert_true(lost > 0 && counters[0].reordered > 0);
}

#define T(test) cmocka_unit_test_setup(test, begin)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(first_is_who_came_first),
        T(heartbeats_are_nobodys_first),
        T(arrivals_are_forgotten_when_others_take_their_place),
        T(sequence_zero_is_not_tracked),
        T(skew_goes_to_its_bin),
        T(copy_before_the_first_came_at_once),
        T(line_that_begins_in_mid_session_has_lost_nothing),
        T(lost_messages_are_counted),
        T(what_comes_later_was_not_lost),
        T(copies_on_one_line_change_nothing),
        T(what_is_too_long_ago_is_lost_for_good),
        T(half_copies_forget_what_is_too_long_ago),
        T(long_loss_is_counted_whole),
        T(leap_is_a_new_beginning),
        T(session_is_a_new_beginning),
        T(what_a_line_loses_of_a_new_session_is_counted),
        T(any_order_is_counted_right),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("tracker", tests, NULL, NULL);
}
