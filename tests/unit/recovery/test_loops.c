/* SPDX-License-Identifier: Apache-2.0
 *
 * The accounts of loops: which snapshot makes a book whole, which are passed over, and when a channel is whole again.
 */
#include "test.h"

#include "recovery/loops.h"

#define INSTRUMENTS 8
#define JOURNAL 4
#define BOTH (HR_LOOP_LEVELS | HR_LOOP_ORDERS)

static struct hr_loops loops;
static struct hr_loops_counters counters;
static const uint8_t bytes[] = "what the message says";
static const struct hr_message message = {.bytes = bytes, .length = sizeof bytes};
static const struct hr_message *messages;
static uint32_t count;

static int open_with(uint8_t lines)
{
    memset(&counters, 0, sizeof counters);
    return hr_loops_create(&loops, lines, INSTRUMENTS, JOURNAL, &counters);
}

static int open_loops(void **state)
{
    (void)state;
    return open_with(BOTH);
}

static int close_loops(void **state)
{
    (void)state;
    hr_loops_destroy(&loops);
    return 0;
}

static void remember(uint64_t first, uint64_t last)
{
    for (uint64_t sequence = first; sequence <= last; sequence++)
        hr_loops_remember(&loops, &(struct hr_held){.sequence = sequence, .count = 1, .length = 4}, bytes);
}

static enum hr_loop_use judge(enum hr_loop book, uint32_t instrument, uint64_t as_of, uint64_t expected)
{
    const struct hr_loop_head head = {.loop = book, .as_of = as_of, .chunk = 1, .chunks = 1};
    return hr_loops_judge(&loops, &head, instrument, expected, &message, &messages, &count);
}

static enum hr_loop_use judge_part(uint32_t instrument, uint64_t as_of, uint32_t chunk, uint32_t chunks)
{
    const struct hr_loop_head head = {.loop = HR_LOOP_ORDERS, .as_of = as_of, .chunk = chunk, .chunks = chunks};
    return hr_loops_judge(&loops, &head, instrument, 100, &message, &messages, &count);
}

/* A gap of 90 to 94; 95 to 99 have come. */
static void doubt(void)
{
    hr_loops_doubt(&loops, 90, 95);
    remember(96, 99);
}

static void nothing_is_wanted_while_nothing_is_in_doubt(void **state)
{
    (void)state;
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 99, 100), HR_LOOP_KNOWN);
    assert_false(hr_loops_doubts(&loops, 1, HR_LOOP_LEVELS) || hr_loops_doubts(&loops, 1, 0));
    assert_int_equal(counters.in_doubt, 0);
}

static void a_snapshot_that_knows_the_gap_makes_a_book_whole(void **state)
{
    (void)state;
    doubt();
    assert_true(hr_loops_doubts(&loops, 1, HR_LOOP_LEVELS) && hr_loops_doubts(&loops, 1, HR_LOOP_ORDERS));
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 97, 100), HR_LOOP_JOIN);
    assert_int_equal(count, 1);
    assert_memory_equal(messages[0].bytes, bytes, sizeof bytes);
    assert_ptr_not_equal(messages[0].bytes, bytes);
    hr_loops_joined(&loops, 1, HR_LOOP_LEVELS);
    assert_false(hr_loops_doubts(&loops, 1, HR_LOOP_LEVELS));
    assert_true(hr_loops_doubts(&loops, 1, HR_LOOP_ORDERS) && hr_loops_doubts(&loops, 2, HR_LOOP_LEVELS));
    assert_true(hr_loops_doubts(&loops, 1, 0)); /* trades: as long as any of its books is */
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 98, 100), HR_LOOP_KNOWN);
    assert_int_equal(counters.joined, 1);
}

static void snapshots_of_another_time_are_passed_over(void **state)
{
    (void)state;
    doubt();
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 94, 100), HR_LOOP_PASSED); /* it lacks 95, which the journal has not */
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 0, 100), HR_LOOP_PASSED);
    assert_int_equal(counters.stale, 2);
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 100, 100), HR_LOOP_PASSED);
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, UINT64_MAX, 100), HR_LOOP_PASSED);
    assert_int_equal(counters.early, 2);
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 95, 100), HR_LOOP_JOIN);
    assert_int_equal(judge(HR_LOOP_LEVELS, 2, 99, 100), HR_LOOP_JOIN);
}

static void what_the_journal_has_dropped_makes_snapshots_stale(void **state)
{
    (void)state;
    doubt();
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 95, 100), HR_LOOP_JOIN);
    remember(100, 101);
    assert_int_equal(counters.journal_dropped, 2);
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 96, 102), HR_LOOP_PASSED);
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 97, 102), HR_LOOP_JOIN);
}

static void a_quiet_channel_needs_no_journal(void **state)
{
    (void)state;
    hr_loops_doubt(&loops, 90, 95);
    assert_int_equal(judge(HR_LOOP_ORDERS, 1, 93, 95), HR_LOOP_PASSED);
    assert_int_equal(judge(HR_LOOP_ORDERS, 1, 94, 95), HR_LOOP_JOIN);
}

static void parts_are_put_together(void **state)
{
    (void)state;
    doubt();
    assert_int_equal(judge_part(1, 99, 1, 3), HR_LOOP_PART);
    assert_int_equal(judge_part(1, 99, 1, 3), HR_LOOP_PART); /* a copy */
    assert_int_equal(judge_part(1, 99, 2, 3), HR_LOOP_PART);
    assert_int_equal(judge_part(1, 99, 1, 3), HR_LOOP_PART); /* a late copy */
    assert_int_equal(judge_part(1, 99, 3, 3), HR_LOOP_JOIN);
    assert_int_equal(count, 3);
    assert_int_equal(counters.incomplete, 0);
}

static void parts_that_do_not_fit_are_passed_over(void **state)
{
    (void)state;
    doubt();
    assert_int_equal(judge_part(1, 99, 2, 2), HR_LOOP_PASSED);
    assert_int_equal(judge_part(1, 99, 1, 3), HR_LOOP_PART);
    assert_int_equal(judge_part(1, 99, 3, 3), HR_LOOP_PASSED);
    assert_int_equal(judge_part(1, 99, 2, 3), HR_LOOP_PASSED); /* the first is not kept for it */
    assert_int_equal(judge_part(1, 98, 1, 2), HR_LOOP_PART);
    assert_int_equal(judge_part(1, 99, 2, 2), HR_LOOP_PASSED); /* of another snapshot */
    assert_int_equal(judge_part(2, 98, 1, 2), HR_LOOP_PART);
    assert_int_equal(judge_part(1, 98, 2, 2), HR_LOOP_PASSED); /* of another instrument */
    assert_int_equal(judge_part(1, 99, 0, 0), HR_LOOP_PASSED);
    assert_int_equal(judge_part(1, 99, 1, HR_LOOPS_CHUNKS + 1), HR_LOOP_PASSED);
    assert_int_equal(judge_part(1, 99, 1, UINT32_MAX), HR_LOOP_PASSED);
    assert_int_equal(counters.incomplete, 8);
}

static void too_long_a_snapshot_is_passed_over(void **state)
{
    (void)state;
    static uint8_t much[HR_LOOPS_SNAPSHOT_BYTES / 2 + 1];
    const struct hr_message half = {.bytes = much, .length = sizeof much};
    struct hr_loop_head head = {.loop = HR_LOOP_ORDERS, .as_of = 99, .chunk = 1, .chunks = 2};
    doubt();
    assert_int_equal(hr_loops_judge(&loops, &head, 1, 100, &half, &messages, &count), HR_LOOP_PART);
    head.chunk = 2;
    assert_int_equal(hr_loops_judge(&loops, &head, 1, 100, &half, &messages, &count), HR_LOOP_PASSED);
    assert_int_equal(judge_part(1, 99, 1, 1), HR_LOOP_JOIN);
}

static void pass(enum hr_loop book, uint64_t sequence, uint64_t time_ns, int passed)
{
    hr_loops_pass(&loops, book, sequence, time_ns, passed);
}

static void whole_once_a_loop_has_passed(void **state)
{
    (void)state;
    doubt();
    pass(HR_LOOP_LEVELS, 7, 1, 0); /* the end of one whose beginning was not seen */
    pass(HR_LOOP_LEVELS, 1, 2, 1); /* something in it was passed over */
    pass(HR_LOOP_LEVELS, 2, 3, 0);
    pass(HR_LOOP_LEVELS, 1, 4, 0);
    assert_int_equal(loops.in_doubt, BOTH);
    pass(HR_LOOP_LEVELS, 2, 5, 0);
    pass(HR_LOOP_LEVELS, 1, 4, 0); /* copies by another line */
    pass(HR_LOOP_LEVELS, 2, 5, 0);
    assert_int_equal(loops.in_doubt, BOTH);
    pass(HR_LOOP_LEVELS, 1, 6, 0);
    assert_int_equal(loops.in_doubt, HR_LOOP_ORDERS);
    pass(HR_LOOP_ORDERS, 1, 6, 0);
    pass(HR_LOOP_ORDERS, 3, 8, 0); /* one is missing */
    pass(HR_LOOP_ORDERS, 1, 9, 0);
    assert_int_equal(loops.in_doubt, HR_LOOP_ORDERS);
    pass(HR_LOOP_ORDERS, 1, 10, 0); /* a loop of one packet */
    assert_int_equal(loops.in_doubt, 0);
}

static void another_gap_begins_anew(void **state)
{
    (void)state;
    doubt();
    hr_loops_joined(&loops, 1, HR_LOOP_LEVELS);
    pass(HR_LOOP_LEVELS, 1, 1, 0);
    hr_loops_doubt(&loops, 100, 103);
    assert_int_equal(loops.first, 90);
    assert_int_equal(loops.past, 103);
    assert_true(hr_loops_doubts(&loops, 1, HR_LOOP_LEVELS));
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 101, 103), HR_LOOP_PASSED);
    pass(HR_LOOP_LEVELS, 1, 2, 0);
    assert_int_equal(loops.in_doubt, BOTH);
    hr_loops_trust(&loops);
    assert_int_equal(counters.in_doubt, 0);
    hr_loops_doubt(&loops, 200, 201);
    assert_int_equal(loops.first, 200);
    assert_int_equal(counters.doubts, 3);
}

static void a_book_waits_for_its_definition(void **state)
{
    (void)state;
    hr_loops_destroy(&loops);
    assert_int_equal(open_with(BOTH | HR_LOOP_DEFINITIONS), 0);
    doubt();
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 99, 100), HR_LOOP_PASSED);
    assert_int_equal(counters.undefined, 1);
    assert_true(hr_loops_is_news(&loops, 1, &message));
    assert_false(hr_loops_is_news(&loops, 1, &message));
    assert_int_equal(judge(HR_LOOP_LEVELS, 1, 99, 100), HR_LOOP_JOIN);
}

static void a_definition_is_news_when_any_byte_of_it_is(void **state)
{
    (void)state;
    uint8_t copy[sizeof bytes];
    struct hr_message changed = {.bytes = copy, .length = sizeof copy};
    for (size_t at = 0; at < sizeof copy; at++) {
        memcpy(copy, bytes, sizeof copy);
        hr_loops_is_news(&loops, 1, &message);
        copy[at] ^= 1;
        assert_true(hr_loops_is_news(&loops, 1, &changed));
    }
    memcpy(copy, bytes, sizeof copy);
    hr_loops_is_news(&loops, 1, &message);
    changed.length--;
    assert_true(hr_loops_is_news(&loops, 1, &changed));
    assert_true(hr_loops_is_news(&loops, 2, &changed));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_loops, close_loops)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_wanted_while_nothing_is_in_doubt),
        TEST(a_snapshot_that_knows_the_gap_makes_a_book_whole),
        TEST(snapshots_of_another_time_are_passed_over),
        TEST(what_the_journal_has_dropped_makes_snapshots_stale),
        TEST(a_quiet_channel_needs_no_journal),
        TEST(parts_are_put_together),
        TEST(parts_that_do_not_fit_are_passed_over),
        TEST(too_long_a_snapshot_is_passed_over),
        TEST(whole_once_a_loop_has_passed),
        TEST(another_gap_begins_anew),
        TEST(a_book_waits_for_its_definition),
        TEST(a_definition_is_news_when_any_byte_of_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
