/* SPDX-License-Identifier: Apache-2.0
 *
 * MACH datagrams: rows of application messages, session packets alone and among them, sequences with a hole, lengths that do
 * not add up; each cut at every length against an unreadable page. And the channel behind it: heartbeats that are messages.
 */
#include "test.h"

#include "guard.h"
#include "line/channel.h"
#include "line/session.h"
#include "wire.h"

#define SEQUENCE UINT64_C(24364476)

enum { HEARTBEAT, START, END, APPLICATION };

static struct wire wire;
static struct hr_session_header header;
static struct hr_message messages[HR_MESSAGES_MAX];

static void add(uint64_t sequence, uint8_t type, uint8_t session, uint16_t body)
{
    wire_mach(&wire, sequence, (uint16_t)(12 + body), type, session);
    for (uint16_t i = 0; i < body; i++)
        wire_le(&wire, i == 0 ? 'B' : 0, 1);
}

static enum hr_session_refusal parse(void)
{
    memset(&header, 0xEE, sizeof header);
    return hr_mach_parse(wire.bytes, (uint32_t)wire.length, &header);
}

static int begin(void **state)
{
    (void)state;
    wire.length = 0;
    return 0;
}

static void row_of_messages(void **state)
{
    (void)state;
    add(SEQUENCE, APPLICATION, 1, 5);
    add(SEQUENCE + 1, APPLICATION, 1, 16);
    add(SEQUENCE + 2, APPLICATION, 1, 1);
    assert_int_equal(parse(), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_int_equal(header.sequence, SEQUENCE);
    assert_int_equal(header.count, 3);
    assert_int_equal(header.unnumbered, 0);
    assert_int_equal(header.send_time_ns, 0);
    assert_int_equal(header.restarted, 0);
    assert_memory_equal(header.session, "0000000001", 10);
    assert_int_equal(hr_mach_walk(&header, messages), 3);
    assert_ptr_equal(messages[0].bytes, wire.bytes);
    assert_ptr_equal(messages[1].bytes, wire.bytes + 17);
    assert_ptr_equal(messages[2].bytes, wire.bytes + 45);
    assert_int_equal(messages[0].length, 17);
    assert_int_equal(messages[1].length, 28);
    assert_int_equal(messages[2].length, 13);
}

/* As in the capture: a heartbeat repeats the number of the last message, and the next one comes with the number after it. */
static void heartbeat_takes_up_no_number(void **state)
{
    (void)state;
    add(SEQUENCE, HEARTBEAT, 255, 0);
    assert_int_equal(parse(), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_HEARTBEAT);
    assert_int_equal(header.sequence, SEQUENCE + 1);
    assert_int_equal(header.count, 0);
    assert_int_equal(header.unnumbered, 1);
    assert_memory_equal(header.session, "0000000255", 10);
    assert_int_equal(hr_mach_walk(&header, messages), 1);
    assert_ptr_equal(messages[0].bytes, wire.bytes);
    assert_int_equal(messages[0].length, 12);
}

static void start_of_a_session_awaits_message_1(void **state)
{
    (void)state;
    add(0, START, 2, 0);
    assert_int_equal(parse(), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_HEARTBEAT);
    assert_int_equal(header.sequence, 1);
    assert_int_equal(hr_mach_walk(&header, messages), 1);
}

static void end_of_a_session_takes_up_no_number(void **state)
{
    (void)state;
    add(SEQUENCE, HEARTBEAT, 1, 0);
    add(SEQUENCE, END, 1, 0);
    assert_int_equal(parse(), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_END);
    assert_int_equal(header.sequence, SEQUENCE + 1);
    assert_int_equal(header.count, 0);
    assert_int_equal(header.unnumbered, 2); /* the heartbeat in front of it too */
    assert_int_equal(hr_mach_walk(&header, messages), 2);
}

static void session_packets_among_messages_are_passed_over(void **state)
{
    (void)state;
    add(SEQUENCE - 1, HEARTBEAT, 1, 0);
    add(SEQUENCE, APPLICATION, 1, 5);
    add(SEQUENCE, HEARTBEAT, 1, 0);
    add(SEQUENCE + 1, APPLICATION, 1, 5);
    assert_int_equal(parse(), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_int_equal(header.sequence, SEQUENCE);
    assert_int_equal(header.count, 2);
    assert_int_equal(header.unnumbered, 0);
    assert_int_equal(hr_mach_walk(&header, messages), 2);
    assert_ptr_equal(messages[1].bytes, wire.bytes + 12 + 17 + 12);
}

static void row_with_a_hole_is_malformed(void **state)
{
    (void)state;
    static const int64_t steps[] = {0, 2, -1, 1000};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        wire.length = 0;
        add(SEQUENCE, APPLICATION, 1, 5);
        add(SEQUENCE + (uint64_t)steps[i], APPLICATION, 1, 5);
        assert_int_equal(parse(), HR_SESSION_MALFORMED);
    }
}

static void two_sessions_in_a_datagram_are_malformed(void **state)
{
    (void)state;
    add(SEQUENCE, APPLICATION, 1, 5);
    add(SEQUENCE + 1, APPLICATION, 2, 5);
    assert_int_equal(parse(), HR_SESSION_MALFORMED);
}

static void other_packet_types_are_foreign(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        wire.length = 0;
        add(SEQUENCE, (uint8_t)type, 1, 5);
        assert_int_equal(parse(), type <= APPLICATION ? HR_SESSION_ACCEPTED : HR_SESSION_FOREIGN);
    }
}

/* Of a row of two: every length that the first may claim, and every one that the second may. */
static void lengths_that_lie_are_malformed(void **state)
{
    (void)state;
    for (unsigned claimed = 0; claimed < 200; claimed++) {
        wire.length = 0;
        add(SEQUENCE, APPLICATION, 1, 5);
        add(SEQUENCE + 1, APPLICATION, 1, 5);
        wire.bytes[17 + 8] = (uint8_t)claimed;
        assert_int_equal(parse(), claimed == 17 ? HR_SESSION_ACCEPTED : HR_SESSION_MALFORMED);
        wire.bytes[17 + 8] = 17;
        wire.bytes[8] = (uint8_t)claimed; /* 34: the second is the end of the first */
        assert_int_equal(parse() == HR_SESSION_ACCEPTED, claimed == 17 || claimed == 34);
    }
    wire.length = 0;
    add(SEQUENCE, APPLICATION, 1, 0); /* an application message without a type */
    assert_int_equal(parse(), HR_SESSION_MALFORMED);
}

static void sequence_at_the_end_of_numbers_is_malformed(void **state)
{
    (void)state;
    for (uint64_t below = 0; below < 0x10010; below += 0x8008) {
        wire.length = 0;
        add(UINT64_MAX - below, APPLICATION, 1, 5);
        assert_int_equal(parse(), below > 0xFFFF ? HR_SESSION_ACCEPTED : HR_SESSION_MALFORMED);
    }
}

static void cut_datagrams_are_refused_without_reading_past_their_end(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    add(SEQUENCE, APPLICATION, 1, 5);
    add(SEQUENCE, HEARTBEAT, 1, 0);
    add(SEQUENCE + 1, APPLICATION, 1, 16);
    for (size_t length = 0; length <= wire.length; length++) {
        const uint8_t *copy = guard_copy(&guard, wire.bytes, length);
        int whole = length == 17 || length == 29 || length == 57;
        assert_int_equal(hr_mach_parse(copy, (uint32_t)length, &header), length < 12 ? HR_SESSION_SHORT
                                                                         : whole     ? HR_SESSION_ACCEPTED
                                                                                     : HR_SESSION_MALFORMED);
        /* The walk believes no header: it finds out by itself. */
        header = (struct hr_session_header){.kind = HR_SESSION_DATA, .blocks = copy, .blocks_length = (uint32_t)length};
        assert_int_equal(hr_mach_walk(&header, messages), length == 0 ? 0 : !whole ? -1 : length == 57 ? 2 : 1);
    }
    guard_destroy(&guard);
}

/* ---- behind it ---- */

static void heartbeats_are_messages_and_make_neither_gaps_nor_duplicates(void **state)
{
    (void)state;
    struct hr_channel channel = {0};
    struct hr_line_counters counters = {0};
    struct hr_channel_verdict verdict;
    static const struct {
        uint64_t sequence;
        uint8_t type;
        int deliver;
        uint64_t gaps;
    } known[] = {{SEQUENCE, APPLICATION, 1, 0},     {SEQUENCE, HEARTBEAT, 1, 0},      {SEQUENCE, HEARTBEAT, 1, 0},
                 {SEQUENCE + 1, APPLICATION, 1, 0}, {SEQUENCE, HEARTBEAT, 1, 0},      {SEQUENCE + 3, HEARTBEAT, 1, 1},
                 {SEQUENCE + 4, APPLICATION, 1, 1}, {SEQUENCE + 3, APPLICATION, 0, 1}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        wire.length = 0;
        add(known[i].sequence, known[i].type, 1, known[i].type == APPLICATION ? 5 : 0);
        assert_int_equal(parse(), HR_SESSION_ACCEPTED);
        hr_channel_judge(&channel, &header, &counters, &verdict);
        assert_int_equal(verdict.deliver, known[i].deliver);
        assert_int_equal(verdict.skip, 0);
        assert_int_equal(counters.gaps, known[i].gaps);
    }
    assert_int_equal(counters.heartbeats, 4);
    assert_int_equal(counters.messages, 3 + 4);
    assert_int_equal(counters.messages_missing, 2);
    assert_int_equal(counters.duplicates, 0);
    assert_int_equal(counters.late, 1);
}

#define T(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(row_of_messages),
        T(heartbeat_takes_up_no_number),
        T(start_of_a_session_awaits_message_1),
        T(end_of_a_session_takes_up_no_number),
        T(session_packets_among_messages_are_passed_over),
        T(row_with_a_hole_is_malformed),
        T(two_sessions_in_a_datagram_are_malformed),
        T(other_packet_types_are_foreign),
        T(lengths_that_lie_are_malformed),
        T(sequence_at_the_end_of_numbers_is_malformed),
        T(cut_datagrams_are_refused_without_reading_past_their_end),
        T(heartbeats_are_messages_and_make_neither_gaps_nor_duplicates),
    };
    return cmocka_run_group_tests_name("mach", tests, NULL, NULL);
}
