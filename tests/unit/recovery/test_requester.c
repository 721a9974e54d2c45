/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of request servers: nothing twice at a time, nothing too often, each time of the next, and not for ever.
 *
 * usage: test_requester [seed]
 */
#include "test.h"

#include "packet/bytes.h"
#include "recovery/requester.h"

#define TIME UINT64_C(1000000000000)
#define MS UINT64_C(1000000)
#define ANSWER (8 * MS)
#define SESSION "S1        "
#define OTHER "S2        "
#define BURST 8

static uint64_t seed;

static struct hr_requester requester;
static struct hr_recovery_counters counters;
static struct hr_request request;
static struct hr_request_hole given_up;
static uint64_t next_ns;

static void open_with(uint32_t servers, uint32_t attempts, uint32_t rate)
{
    const struct hr_requester_options options = {
        .servers = servers, .answer_ns = ANSWER, .attempts = attempts, .requests_per_second = rate};
    memset(&counters, 0, sizeof counters);
    hr_requester_init(&requester, &options, &counters);
}

static int open_requester(void **state)
{
    (void)state;
    open_with(3, 4, 1000000);
    return 0;
}

static void add(uint64_t first, uint64_t count)
{
    hr_requester_add(&requester, SESSION, first, count, TIME);
}

static int answered(uint64_t first, uint64_t count, uint64_t now_ns)
{
    return hr_requester_answered(&requester, SESSION, first, count, now_ns);
}

static enum hr_requester_event poll_at(uint64_t now_ns)
{
    memset(&request, 0xEE, sizeof request);
    return hr_requester_poll(&requester, now_ns, &request, &given_up, &next_ns);
}

static void expect_sent(uint64_t now_ns, const char *session, uint64_t first, uint16_t count)
{
    assert_int_equal(poll_at(now_ns), HR_REQUESTER_SEND);
    assert_memory_equal(request.bytes, session, HR_SESSION_ID_BYTES);
    assert_int_equal(hr_be64(request.bytes + 10), first);
    assert_int_equal(hr_be16(request.bytes + 18), count);
    assert_true(request.server < requester.options.servers);
}

static void expect_idle(uint64_t now_ns, uint64_t until_ns)
{
    assert_int_equal(poll_at(now_ns), HR_REQUESTER_IDLE);
    assert_int_equal(next_ns, until_ns);
}

/* ---- one hole ---- */

static void nothing_is_asked_for_at_first(void **state)
{
    (void)state;
    expect_idle(TIME, UINT64_MAX);
    assert_int_equal(counters.requests, 0);
}

static void hole_is_asked_for_once_at_a_time(void **state)
{
    (void)state;
    add(10, 5);
    assert_int_equal(counters.outstanding, 1);
    expect_sent(TIME, SESSION, 10, 5);
    expect_idle(TIME, TIME + ANSWER);
    expect_idle(TIME + ANSWER - 1, TIME + ANSWER);
    expect_sent(TIME + ANSWER, SESSION, 10, 5);
    assert_int_equal(counters.requests, 2);
}

static void answer_fills_the_hole(void **state)
{
    (void)state;
    add(10, 5);
    expect_sent(TIME, SESSION, 10, 5);
    assert_int_equal(answered(10, 5, TIME + MS), 0);
    assert_int_equal(counters.messages_recovered, 5);
    assert_int_equal(counters.outstanding, 0);
    expect_idle(TIME + ANSWER, UINT64_MAX);
    assert_int_equal(answered(10, 5, TIME + 2 * MS), 1); /* its copy */
    assert_int_equal(counters.answers, 2);
    assert_int_equal(counters.answers_refused, 1);
}

static void rest_of_a_partial_answer_is_asked_for_at_once(void **state)
{
    (void)state;
    add(10, 50);
    expect_sent(TIME, SESSION, 10, 50);
    assert_int_equal(answered(10, 20, TIME + MS), 0);
    expect_sent(TIME + MS, SESSION, 30, 30);
    assert_int_equal(answered(25, 20, TIME + 2 * MS), 0); /* some of it had come */
    assert_int_equal(counters.messages_recovered, 35);
    expect_sent(TIME + 2 * MS, SESSION, 45, 15);
    assert_int_equal(answered(45, 15, TIME + 3 * MS), 0);
    assert_int_equal(counters.messages_recovered, 50);
    assert_int_equal(counters.outstanding, 0);
}

static void answer_that_nobody_waits_for_is_refused(void **state)
{
    (void)state;
    assert_int_equal(answered(10, 5, TIME), 1);
    add(10, 5);
    assert_int_equal(answered(5, 5, TIME), 1);  /* before it */
    assert_int_equal(answered(15, 5, TIME), 1); /* behind it */
    assert_int_equal(answered(11, 4, TIME), 1); /* not from its first on */
    assert_int_equal(answered(10, 0, TIME), 1); /* nothing at all */
    assert_int_equal(answered(10, 6, TIME), 1); /* one more than was asked for: it may be on its way by a line */
    assert_int_equal(answered(10, UINT64_MAX - 10, TIME), 1);
    assert_int_equal(hr_requester_answered(&requester, OTHER, 10, 5, TIME), 1);
    assert_int_equal(counters.answers_refused, 8);
    assert_int_equal(counters.messages_recovered, 0);
    expect_sent(TIME, SESSION, 10, 5); /* none has changed what is asked for */
}

static void more_than_one_request_can_ask_for(void **state)
{
    (void)state;
    add(10, HR_REQUEST_MESSAGES_MAX);
    expect_sent(TIME, SESSION, 10, HR_REQUEST_MESSAGES_MAX);
    assert_int_equal(answered(10, HR_REQUEST_MESSAGES_MAX, TIME), 0);
    assert_int_equal(counters.outstanding, 0);
    add(UINT64_C(1) << 40, HR_REQUEST_MESSAGES_MAX + 2);
    expect_sent(TIME, SESSION, UINT64_C(1) << 40, HR_REQUEST_MESSAGES_MAX); /* 0xFFFF would be the end of a session */
    assert_int_equal(answered(UINT64_C(1) << 40, HR_REQUEST_MESSAGES_MAX, TIME), 0);
    expect_sent(TIME, SESSION, (UINT64_C(1) << 40) + HR_REQUEST_MESSAGES_MAX, 2);
}

/* ---- several holes ---- */

/* Whichever of them it was asked for: what has come is not asked for again. */
static void answer_fills_every_hole_that_it_begins(void **state)
{
    (void)state;
    add(40, 10);
    add(10, 10);
    add(25, 5);
    add(70, 5);
    assert_int_equal(answered(10, 35, TIME), 0);
    assert_int_equal(counters.messages_recovered, 20);
    assert_int_equal(counters.outstanding, 2);
    assert_int_equal(counters.answers, 1);
    uint64_t wanted = 0;
    while (poll_at(TIME) == HR_REQUESTER_SEND)
        wanted += hr_be64(request.bytes + 10);
    assert_int_equal(wanted, 45 + 70);
}

static void what_is_being_asked_for_is_not_added(void **state)
{
    (void)state;
    add(10, 10);
    add(10, 10);
    add(12, 3);
    add(10, 1);
    add(19, 1);
    assert_int_equal(counters.outstanding, 1);
    hr_requester_add(&requester, OTHER, 10, 10, TIME); /* other messages */
    assert_int_equal(counters.outstanding, 2);
    add(20, 1); /* next to it */
    assert_int_equal(counters.outstanding, 3);
}

static void overlapping_holes_are_cut(void **state)
{
    (void)state;
    add(10, 10);
    add(15, 10);
    add(5, 10);
    expect_sent(TIME, SESSION, 10, 10);
    expect_sent(TIME, SESSION, 20, 5);
    expect_sent(TIME, SESSION, 5, 5);
    expect_idle(TIME, TIME + ANSWER);
    add(5, 20);
    assert_int_equal(counters.outstanding, 3);
}

/* A hole around others: only what lies between them is new, whatever order they came in. */
static void hole_around_others_is_cut_to_pieces(void **state)
{
    (void)state;
    add(30, 5);
    add(10, 5);
    add(20, 5);
    add(5, 40);
    expect_sent(TIME, SESSION, 30, 5);
    expect_sent(TIME, SESSION, 10, 5);
    expect_sent(TIME, SESSION, 20, 5);
    uint64_t wanted = 0;
    while (poll_at(TIME) == HR_REQUESTER_SEND) {
        uint64_t first = hr_be64(request.bytes + 10);
        uint16_t count = hr_be16(request.bytes + 18);
        assert_true((first == 5 && count == 5) || (first == 15 && count == 5) || (first == 25 && count == 5) ||
                    (first == 35 && count == 10));
        wanted += count;
    }
    assert_int_equal(wanted, 25);
    assert_int_equal(counters.outstanding, 7);
}

static void oldest_is_asked_for_first(void **state)
{
    (void)state;
    hr_requester_add(&requester, SESSION, 10, 1, TIME + 2);
    hr_requester_add(&requester, SESSION, 20, 1, TIME + 1);
    expect_idle(TIME, TIME + 1);
    expect_sent(TIME + 2, SESSION, 20, 1);
    expect_sent(TIME + 2, SESSION, 10, 1);
}

static void full_table_is_counted(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < HR_REQUESTS_MAX; i++)
        add(10 + 2 * i, 1);
    assert_int_equal(counters.outstanding, HR_REQUESTS_MAX);
    add(5, 1);
    assert_int_equal(counters.refused, 1);
    add(10, 1); /* is there already */
    assert_int_equal(counters.refused, 1);
    assert_int_equal(answered(10, 1, TIME), 0);
    add(5, 1);
    assert_int_equal(counters.refused, 1);
    assert_int_equal(counters.outstanding, HR_REQUESTS_MAX);
}

/* ---- how often, of whom, how long ---- */

static void rate_is_kept(void **state)
{
    (void)state;
    open_with(1, 1000, 100);
    for (uint64_t i = 0; i < 1000; i++)
        add(10 + 2 * i, 1);
    uint64_t sent = 0;
    while (poll_at(TIME) == HR_REQUESTER_SEND)
        sent++;
    assert_int_equal(sent, BURST); /* after a quiet time */
    assert_int_equal(next_ns, TIME + 10 * MS);
    expect_idle(TIME + 10 * MS - 1, TIME + 10 * MS);
    assert_int_equal(poll_at(TIME + 10 * MS), HR_REQUESTER_SEND);
    expect_idle(TIME + 10 * MS, TIME + 20 * MS);
    sent = 0;
    for (uint64_t now = TIME + 10 * MS; now <= TIME + 1010 * MS; now += MS / 10)
        while (poll_at(now) == HR_REQUESTER_SEND)
            sent++;
    assert_int_equal(sent, 100);
}

static void clock_that_begins_at_nothing_has_no_burst(void **state)
{
    (void)state;
    open_with(1, 1000, 100);
    hr_requester_add(&requester, SESSION, 10, 1, 0);
    expect_idle(0, 10 * MS);
    assert_int_equal(poll_at(10 * MS), HR_REQUESTER_SEND);
}

static void servers_are_asked_by_turns(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 6; i++) {
        add(10 + 2 * i, 1);
        assert_int_equal(poll_at(TIME), HR_REQUESTER_SEND);
        assert_int_equal(request.server, i % 3);
    }
    expect_sent(TIME + ANSWER, SESSION, 10, 1); /* and the same hole of another than before */
    assert_int_equal(request.server, 0);
}

static void hole_is_given_up_after_so_many_attempts(void **state)
{
    (void)state;
    add(10, 5);
    add(20, 5);
    for (uint64_t i = 0; i < 4; i++) {
        expect_sent(TIME + i * ANSWER, SESSION, 10, 5);
        expect_sent(TIME + i * ANSWER, SESSION, 20, 5);
    }
    assert_int_equal(poll_at(TIME + 4 * ANSWER - 1), HR_REQUESTER_IDLE); /* the last may still be answered */
    assert_int_equal(answered(20, 5, TIME + 4 * ANSWER - 1), 0);
    assert_int_equal(poll_at(TIME + 4 * ANSWER), HR_REQUESTER_GIVEN_UP);
    assert_int_equal(given_up.first, 10);
    assert_int_equal(given_up.past, 15);
    assert_int_equal(counters.given_up, 1);
    assert_int_equal(counters.outstanding, 0);
    expect_idle(TIME + 4 * ANSWER, UINT64_MAX);
    assert_int_equal(answered(10, 5, TIME + 5 * ANSWER), 1);
}

static void what_a_line_has_brought_is_not_asked_for(void **state)
{
    (void)state;
    add(10, 5);
    add(20, 5);
    expect_sent(TIME, SESSION, 10, 5);
    hr_requester_forget(&requester, OTHER, 99);
    assert_int_equal(counters.outstanding, 2);
    hr_requester_forget(&requester, SESSION, 10);
    assert_int_equal(counters.outstanding, 2);
    hr_requester_forget(&requester, SESSION, 22);
    assert_int_equal(counters.outstanding, 1);
    expect_sent(TIME, SESSION, 22, 3);
    assert_int_equal(answered(10, 5, TIME), 1);
    hr_requester_forget(&requester, SESSION, UINT64_MAX);
    assert_int_equal(counters.outstanding, 0);
    expect_idle(TIME + 9 * ANSWER, UINT64_MAX);
    assert_int_equal(counters.given_up, 0);
}

static void attempts_are_those_without_an_answer(void **state)
{
    (void)state;
    uint64_t now = TIME;
    add(10, 5);
    for (uint64_t first = 10; first < 15; first++) {
        for (int i = 0; i < 4; i++, now += ANSWER)
            expect_sent(now, SESSION, first, (uint16_t)(15 - first));
        assert_int_equal(answered(first, 1, now), 0);
    }
    assert_int_equal(counters.given_up, 0);
    assert_int_equal(counters.messages_recovered, 5);
}

/* Whatever is added and answered: no message is in two holes at a time, and none that was added is forgotten. */
static void no_message_is_asked_for_twice_at_a_time(void **state)
{
    (void)state;
    enum { MOST = 400 };
    static uint8_t wanted[MOST + 100];
    static uint8_t held[MOST + 100];
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    memset(wanted, 0, sizeof wanted);
    for (int i = 0; i < 20000; i++) {
        uint64_t first = 1 + hr_sim_random_below(&random, MOST - 60);
        uint64_t count = 1 + hr_sim_random_below(&random, 50);
        if (hr_sim_random_below(&random, 4) == 0) {
            add(first, count);
            memset(&wanted[first], 1, count);
        } else if (requester.count) {
            const struct hr_request_hole hole = requester.holes[hr_sim_random_below(&random, requester.count)];
            count = count < hole.past - hole.first ? count : hole.past - hole.first;
            assert_int_equal(answered(hole.first, count, TIME), 0);
            memset(&wanted[hole.first], 0, count);
        }
        memset(held, 0, sizeof held);
        for (uint32_t h = 0; h < requester.count; h++) {
            assert_true(requester.holes[h].first < requester.holes[h].past);
            for (uint64_t m = requester.holes[h].first; m < requester.holes[h].past; m++)
                assert_int_equal(held[m]++, 0);
        }
        assert_memory_equal(held, wanted, sizeof held);
    }
    assert_int_equal(counters.refused, 0);
}

#define T(test) cmocka_unit_test_setup(test, open_requester)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(nothing_is_asked_for_at_first),
        T(hole_is_asked_for_once_at_a_time),
        T(answer_fills_the_hole),
        T(rest_of_a_partial_answer_is_asked_for_at_once),
        T(answer_that_nobody_waits_for_is_refused),
        T(more_than_one_request_can_ask_for),
        T(answer_fills_every_hole_that_it_begins),
        T(what_is_being_asked_for_is_not_added),
        T(overlapping_holes_are_cut),
        T(hole_around_others_is_cut_to_pieces),
        T(oldest_is_asked_for_first),
        T(full_table_is_counted),
        T(rate_is_kept),
        T(clock_that_begins_at_nothing_has_no_burst),
        T(servers_are_asked_by_turns),
        T(hole_is_given_up_after_so_many_attempts),
        T(what_a_line_has_brought_is_not_asked_for),
        T(attempts_are_those_without_an_answer),
        T(no_message_is_asked_for_twice_at_a_time),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("requester", tests, NULL, NULL);
}
