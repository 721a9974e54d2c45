/* SPDX-License-Identifier: Apache-2.0
 *
 * A channel: the first copy of each message is delivered, every other is counted, what is missing is told of at once, and
 * sessions begin and end in order.
 *
 * usage: test_channel [seed]
 */
#include "test.h"

#include "line/channel.h"

#define JUMP (UINT64_C(1) << 24)
#define SECOND_NS UINT64_C(1000000000)

static uint64_t seed;

struct line {
    struct hr_channel channel;
    struct hr_line_counters counters;
    struct hr_channel_verdict verdict;
};

static uint64_t sum_of_counted(const struct hr_line_counters *counters)
{
    return counters->delivered + counters->heartbeats + counters->ends + counters->duplicates + counters->short_header +
           counters->foreign_header + counters->malformed + counters->unsequenced + counters->foreign_session + counters->late +
           counters->implausible;
}

static void judge(struct line *line, const struct hr_session_header *header)
{
    line->counters.datagrams++;
    memset(&line->verdict, 0xEE, sizeof line->verdict);
    hr_channel_judge(&line->channel, header, &line->counters, &line->verdict);
    assert_int_equal(line->counters.datagrams, sum_of_counted(&line->counters));
}

static struct hr_session_header make(enum hr_session_kind kind, const char *session, uint64_t sequence, uint32_t count)
{
    struct hr_session_header header = {.kind = kind, .sequence = sequence, .count = count};
    assert_true(strlen(session) <= HR_SESSION_ID_BYTES);
    memset(header.session, ' ', sizeof header.session);
    memcpy(header.session, session, strlen(session));
    return header;
}

static void data(struct line *line, const char *session, uint64_t sequence, uint32_t count)
{
    struct hr_session_header header = make(HR_SESSION_DATA, session, sequence, count);
    judge(line, &header);
}

static void heartbeat(struct line *line, const char *session, uint64_t sequence)
{
    struct hr_session_header header = make(HR_SESSION_HEARTBEAT, session, sequence, 0);
    judge(line, &header);
}

static void end(struct line *line, const char *session, uint64_t sequence)
{
    struct hr_session_header header = make(HR_SESSION_END, session, sequence, 0);
    judge(line, &header);
}

static void expect_delivered(const struct line *line, uint32_t skip)
{
    assert_int_equal(line->verdict.deliver, 1);
    assert_int_equal(line->verdict.skip, skip);
}

static void expect_gap(const struct line *line, uint64_t first, uint64_t count)
{
    assert_int_equal(line->verdict.gap_count, count);
    if (count)
        assert_int_equal(line->verdict.gap_first, first);
}

/* What is told: that the session before is over, that one began, that this one is over. */
static void expect_sessions(const struct line *line, int previous_ended, int began, int ended)
{
    assert_int_equal(line->verdict.previous_ended, previous_ended);
    assert_int_equal(line->verdict.session_began, began);
    assert_int_equal(line->verdict.session_ended, ended);
}

static void expect_previous(const struct line *line, const char *session, uint64_t next_sequence)
{
    assert_int_equal(line->verdict.previous_ended, 1);
    assert_memory_equal(line->verdict.previous, session, strlen(session));
    assert_int_equal(line->verdict.previous_next_sequence, next_sequence);
}

static void expect_nothing(const struct line *line)
{
    assert_int_equal(line->verdict.deliver, 0);
    expect_gap(line, 0, 0);
    expect_sessions(line, 0, 0, 0);
}

/* ---- one session ---- */

static void start_in_mid_session_is_no_gap(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1000, 5);
    expect_sessions(&line, 0, 1, 0);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 0);
    assert_int_equal(line.channel.expected, 1005);
    assert_int_equal(line.counters.sessions, 1);
    assert_int_equal(line.counters.messages, 5);
}

static void start_with_a_heartbeat_is_no_gap(void **state)
{
    (void)state;
    struct line line = {0};
    heartbeat(&line, "A", 1000);
    expect_sessions(&line, 0, 1, 0);
    expect_gap(&line, 0, 0);
    assert_int_equal(line.verdict.deliver, 0);
    data(&line, "A", 1000, 1);
    expect_sessions(&line, 0, 0, 0);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 0);
}

static void packets_in_order_are_delivered(void **state)
{
    (void)state;
    struct line line = {0};
    for (uint64_t i = 0; i < 100; i++) {
        data(&line, "A", 1 + i * 3, 3);
        expect_delivered(&line, 0);
        expect_gap(&line, 0, 0);
        expect_sessions(&line, 0, i == 0, 0);
    }
    assert_int_equal(line.counters.delivered, 100);
    assert_int_equal(line.counters.messages, 300);
    assert_int_equal(line.counters.gaps, 0);
}

static void copies_are_duplicates(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "A", 1, 10);
    expect_nothing(&line);
    data(&line, "A", 4, 7);
    expect_nothing(&line);
    assert_int_equal(line.counters.duplicates, 2);
    assert_int_equal(line.counters.messages, 10);
    assert_int_equal(line.counters.messages_repeated, 17);
}

static void overlap_is_delivered_from_what_is_new(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "A", 6, 10);
    expect_delivered(&line, 5);
    expect_gap(&line, 0, 0);
    assert_int_equal(line.channel.expected, 16);
    assert_int_equal(line.counters.messages, 15);
    assert_int_equal(line.counters.messages_repeated, 5);
}

static void gap_is_told_at_once(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "A", 15, 2);
    expect_delivered(&line, 0);
    expect_gap(&line, 11, 4);
    assert_int_equal(line.counters.gaps, 1);
    assert_int_equal(line.counters.messages_missing, 4);
}

/* Nothing is held back: what comes after its gap was told of is not delivered any more. */
static void late_packet_is_not_delivered(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "A", 15, 2);
    data(&line, "A", 11, 4);
    expect_nothing(&line);
    data(&line, "A", 11, 10); /* but for what is new in it */
    expect_delivered(&line, 6);
    expect_gap(&line, 0, 0);
    assert_int_equal(line.counters.messages + line.counters.messages_missing, 20);
}

static void heartbeat_shows_a_gap_once(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    heartbeat(&line, "A", 11);
    expect_nothing(&line);
    heartbeat(&line, "A", 20);
    expect_gap(&line, 11, 9);
    assert_int_equal(line.verdict.deliver, 0);
    heartbeat(&line, "A", 20);
    expect_nothing(&line);
    heartbeat(&line, "A", 5); /* a late one */
    expect_nothing(&line);
    data(&line, "A", 20, 1);
    expect_delivered(&line, 0);
    expect_gap(&line, 0, 0);
    assert_int_equal(line.counters.heartbeats, 4);
    assert_int_equal(line.counters.gaps, 1);
}

static void implausible_jump_is_refused(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "A", 11 + JUMP + 1, 1);
    expect_nothing(&line);
    heartbeat(&line, "A", UINT64_MAX - 0xFFFF);
    expect_nothing(&line);
    end(&line, "A", UINT64_MAX - 0xFFFF);
    expect_nothing(&line);
    assert_int_equal(line.counters.implausible, 3);
    data(&line, "A", 11, 1); /* the real ones go on */
    expect_delivered(&line, 0);
    expect_gap(&line, 0, 0);
    data(&line, "A", 12 + JUMP, 1); /* as far as is believed */
    expect_delivered(&line, 0);
    expect_gap(&line, 12, JUMP);
}

/* Nor is the first packet of all believed when it is further in than any session is long: everything real would be late. */
static void implausible_start_is_refused(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", UINT64_C(1) << 60, 1);
    expect_nothing(&line);
    heartbeat(&line, "A", UINT64_C(1) << 59);
    expect_nothing(&line);
    assert_int_equal(line.counters.implausible, 2);
    data(&line, "A", 5000, 1);
    expect_sessions(&line, 0, 1, 0);
    expect_delivered(&line, 0);
}

/* Until others follow it: then the session is that long. */
static void implausible_start_is_believed_when_it_goes_on(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", UINT64_C(1) << 33, 2);
    data(&line, "A", (UINT64_C(1) << 33) + 2, 2);
    expect_nothing(&line);
    data(&line, "A", (UINT64_C(1) << 33) + 4, 2);
    expect_sessions(&line, 0, 1, 0);
    expect_delivered(&line, 0);
    expect_gap(&line, 0, 0);
    data(&line, "A", (UINT64_C(1) << 33) + 6, 2);
    expect_delivered(&line, 0);
    assert_int_equal(line.counters.implausible, 2);
}

/* The first two packets have changed places: what lies before the one that came first had not come before. */
static void what_lies_before_the_first_packet_is_late(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 7, 2);
    data(&line, "A", 5, 2);
    expect_nothing(&line);
    data(&line, "A", 7, 2);
    expect_nothing(&line);
    assert_int_equal(line.counters.late, 1);
    assert_int_equal(line.counters.duplicates, 1);
    data(&line, "B", 1, 1);
    data(&line, "A", 9, 1); /* it is back */
    expect_delivered(&line, 0);
    data(&line, "A", 7, 2);
    assert_int_equal(line.counters.duplicates, 2);
}

/* ---- the end of a session ---- */

static void end_is_told_once(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    end(&line, "A", 11);
    expect_sessions(&line, 0, 0, 1);
    expect_gap(&line, 0, 0);
    assert_int_equal(line.channel.expected, 11);
    for (int i = 0; i < 2; i++) {
        end(&line, "A", 11);
        expect_nothing(&line);
    }
    assert_int_equal(line.counters.ends, 3);
}

static void end_shows_a_gap(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    end(&line, "A", 21);
    expect_sessions(&line, 0, 0, 1);
    expect_gap(&line, 11, 10);
    assert_int_equal(line.channel.expected, 21);
}

static void session_after_the_end_does_not_end_it_again(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    end(&line, "A", 11);
    data(&line, "B", 1, 2);
    expect_sessions(&line, 0, 1, 0);
    expect_delivered(&line, 0);
    expect_gap(&line, 0, 0);
    end(&line, "B", 3);
    expect_sessions(&line, 0, 0, 1);
}

/* ---- from session to session ---- */

static void new_session_ends_the_old_one(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "B", 1, 5);
    expect_sessions(&line, 1, 1, 0);
    expect_previous(&line, "A         ", 11);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 0);
    assert_int_equal(line.channel.expected, 6);
    assert_int_equal(line.counters.sessions, 2);
}

/* After the end of the old session the new one is believed at once, and begins with message 1, seen or not. */
static void new_session_starts_with_message_one(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    end(&line, "A", 11);
    data(&line, "B", 7, 5);
    expect_sessions(&line, 0, 1, 0);
    expect_gap(&line, 1, 6);
    expect_delivered(&line, 0);
    end(&line, "B", 12);
    heartbeat(&line, "C", 4);
    expect_sessions(&line, 0, 1, 0);
    expect_gap(&line, 1, 3);
    assert_int_equal(line.verdict.deliver, 0);
    assert_int_equal(line.counters.foreign_session, 0);
}

/* Another name in the middle of a session, and in the middle of its own: believed when it comes three times in a row. */
static void session_seen_in_its_middle_is_believed_when_it_keeps_coming(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    for (uint64_t i = 0; i < 2; i++) {
        data(&line, "B", 100 + i, 1);
        expect_nothing(&line);
    }
    data(&line, "A", 11, 1);
    expect_delivered(&line, 0);
    for (uint64_t i = 0; i < 2; i++) {
        data(&line, i ? "C" : "B", 102, 1); /* two names are not one name twice */
        expect_nothing(&line);
    }
    assert_int_equal(line.counters.foreign_session, 4);
    assert_int_equal(line.counters.sessions, 1);
    data(&line, "C", 103, 1);
    expect_nothing(&line);
    data(&line, "C", 104, 1);
    expect_sessions(&line, 1, 1, 0);
    expect_previous(&line, "A         ", 12);
    expect_gap(&line, 1, 103);
    expect_delivered(&line, 0);
    assert_int_equal(line.counters.messages, 12);
}

static void straggler_of_the_old_session_is_a_duplicate(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "B", 1, 5);
    data(&line, "A", 6, 5);
    expect_nothing(&line);
    heartbeat(&line, "A", 11);
    expect_nothing(&line);
    end(&line, "A", 11);
    expect_nothing(&line);
    data(&line, "B", 6, 5);
    expect_sessions(&line, 0, 0, 0);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 0);
    assert_int_equal(line.counters.duplicates, 3);
}

/* One packet with a wrong session name must not silence the channel for good: what goes on where the session before it
 * stood holds messages that never came, and is no duplicate. */
static void stray_session_does_not_silence_the_real_one(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "REAL", 1, 10);
    data(&line, "STRAY", 1, 1);
    data(&line, "REAL", 11, 1);
    expect_sessions(&line, 1, 1, 0);
    expect_previous(&line, "STRAY     ", 2);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 0);
    for (uint64_t i = 1; i < 100; i++) {
        data(&line, "REAL", 11 + i, 1);
        expect_delivered(&line, 0);
        expect_gap(&line, 0, 0);
    }
    assert_int_equal(line.counters.duplicates, 0);
    assert_int_equal(line.counters.messages, 111);
}

static void session_that_comes_back_shows_what_it_sent_meanwhile(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "REAL", 1, 10);
    data(&line, "STRAY", 1, 1);
    data(&line, "REAL", 9, 2); /* a late copy is not it coming back */
    expect_nothing(&line);
    data(&line, "REAL", 9, 5);
    expect_sessions(&line, 1, 1, 0);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 2);
    data(&line, "STRAY", 2, 1);
    data(&line, "REAL", 20, 1); /* what does not go on where it was left has to keep coming */
    expect_nothing(&line);
    data(&line, "REAL", 21, 1);
    expect_nothing(&line);
    assert_int_equal(line.counters.foreign_session, 2);
    data(&line, "REAL", 22, 1);
    expect_gap(&line, 14, 8);
    expect_delivered(&line, 0);
}

static void new_session_that_begins_implausibly_far_is_refused(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    for (int i = 0; i < 4; i++) {
        data(&line, "B", UINT64_C(1) << 33, 1);
        expect_nothing(&line);
    }
    assert_int_equal(line.counters.implausible, 4);
    assert_int_equal(line.counters.messages_missing, 0);
    data(&line, "A", 11, 1);
    expect_delivered(&line, 0);
}

/* Two sessions in one datagram: the old one ended without a word, the new one is over already. Both must be told of. */
static void end_of_a_session_never_seen_ends_the_old_one(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    end(&line, "B", 1); /* one packet without messages is no session yet */
    expect_nothing(&line);
    end(&line, "B", 1);
    expect_nothing(&line);
    assert_int_equal(line.counters.foreign_session, 2);
    end(&line, "B", 1);
    expect_sessions(&line, 1, 1, 1);
    expect_previous(&line, "A         ", 11);
    end(&line, "B", 1);
    expect_nothing(&line);
}

static void heartbeat_of_another_session_does_not_end_this_one(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "REAL", 1, 10);
    for (uint64_t i = 0; i < 100; i++) { /* an idle server of a session yet to come, beside the real one */
        heartbeat(&line, "TEST", 1);
        expect_nothing(&line);
        data(&line, "REAL", 11 + i, 1);
        expect_delivered(&line, 0);
        expect_sessions(&line, 0, 0, 0);
    }
    assert_int_equal(line.counters.foreign_session, 100);
}

static void belief_is_earned_anew(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    for (uint64_t i = 0; i < 3; i++)
        data(&line, "B", 50 + i, 1);
    expect_sessions(&line, 1, 1, 0);
    data(&line, "A", 11, 1); /* back, going on where it was left */
    expect_sessions(&line, 1, 1, 0);
    data(&line, "B", 60, 1); /* one packet of it is one packet again */
    expect_nothing(&line);
    data(&line, "A", 12, 1);
    expect_delivered(&line, 0);
    expect_sessions(&line, 0, 0, 0);
}

static void damaged_sequence_does_not_silence_the_channel(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 1, 10);
    data(&line, "A", 11 | 1 << 28, 1);
    expect_nothing(&line);
    data(&line, "A", 11, 1);
    expect_delivered(&line, 0);
    expect_gap(&line, 0, 0);
}

static void leap_that_goes_on_is_believed(void **state)
{
    (void)state;
    struct line line = {0};
    const uint64_t far = UINT64_C(1) << 30;
    data(&line, "A", 1, 10);
    data(&line, "A", far, 2);
    data(&line, "A", far + 2, 2);
    expect_nothing(&line);
    data(&line, "A", far + 4, 2);
    expect_delivered(&line, 0);
    expect_gap(&line, 11, far + 4 - 11);
    assert_int_equal(line.counters.implausible, 2);
}

/* ---- a session that starts again under its own name (IEX) ---- */

static void timed(struct line *line, uint64_t sequence, uint32_t count, enum hr_session_restart restarted, uint64_t send_time_ns)
{
    struct hr_session_header header = make(count ? HR_SESSION_DATA : HR_SESSION_HEARTBEAT, "7", sequence, count);
    header.restarted = restarted;
    header.send_time_ns = send_time_ns;
    judge(line, &header);
}

static void restart_is_told_by_the_exchanges_clock(void **state)
{
    (void)state;
    struct line line = {0};
    timed(&line, 1, 10, HR_RESTART_LATER, 100 * SECOND_NS);
    timed(&line, 11, 10, HR_RESTART_NONE, 200 * SECOND_NS);
    timed(&line, 1, 10, HR_RESTART_LATER, 201 * SECOND_NS + 1);
    expect_sessions(&line, 1, 1, 0);
    expect_previous(&line, "7         ", 21);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 0);
    timed(&line, 11, 5, HR_RESTART_NONE, 202 * SECOND_NS);
    expect_sessions(&line, 0, 0, 0);
    expect_delivered(&line, 0);
    assert_int_equal(line.counters.sessions, 2);
}

static void late_copy_of_the_first_packet_is_no_restart(void **state)
{
    (void)state;
    struct line line = {0};
    timed(&line, 1, 10, HR_RESTART_LATER, 100 * SECOND_NS);
    timed(&line, 11, 10, HR_RESTART_NONE, 200 * SECOND_NS);
    timed(&line, 1, 10, HR_RESTART_LATER, 100 * SECOND_NS); /* the other line's copy */
    expect_nothing(&line);
    timed(&line, 1, 10, HR_RESTART_LATER, 201 * SECOND_NS); /* not yet a second */
    expect_nothing(&line);
    timed(&line, 1, 10, HR_RESTART_NONE, 300 * SECOND_NS); /* no first packet */
    expect_nothing(&line);
    assert_int_equal(line.counters.sessions, 1);
}

/* Where copies have equal times, a session may begin anew at once: loops do, back to back. */
static void loops_begin_anew_without_a_pause(void **state)
{
    (void)state;
    struct line line = {0};
    uint64_t now = 100 * SECOND_NS;
    for (uint64_t pass = 0; pass < 4; pass++)
        for (uint64_t sequence = 1; sequence <= 3; sequence++, now += 1000) {
            enum hr_session_restart restarted = sequence == 1 ? HR_RESTART_NEWER : HR_RESTART_NONE;
            timed(&line, sequence, 1, restarted, now);
            expect_delivered(&line, 0);
            timed(&line, sequence, 1, restarted, now); /* the other line's copy */
            expect_nothing(&line);
        }
    assert_int_equal(line.counters.sessions, 4);
    assert_int_equal(line.counters.delivered, 12);
    assert_int_equal(line.counters.duplicates, 12);
    assert_int_equal(line.counters.gaps, 0);
}

/* Its first packet was lost on all lines: numbers that were had before, sent long after, three packets of them in a row. */
static void restart_whose_first_packet_is_lost(void **state)
{
    (void)state;
    struct line line = {0};
    timed(&line, 1, 10, HR_RESTART_LATER, 100 * SECOND_NS);
    timed(&line, 11, 990, HR_RESTART_NONE, 200 * SECOND_NS);
    for (int copy = 0; copy < 3; copy++) { /* by so many lines */
        timed(&line, 5, 2, HR_RESTART_NONE, 300 * SECOND_NS);
        expect_nothing(&line);
    }
    timed(&line, 7, 2, HR_RESTART_NONE, 300 * SECOND_NS + 1);
    expect_nothing(&line);
    assert_int_equal(line.counters.foreign_session, 4);
    timed(&line, 9, 2, HR_RESTART_NONE, 300 * SECOND_NS + 2);
    expect_sessions(&line, 1, 1, 0);
    expect_previous(&line, "7         ", 1001);
    expect_gap(&line, 1, 8);
    expect_delivered(&line, 0);
    timed(&line, 7, 2, HR_RESTART_NONE, 300 * SECOND_NS + 1); /* a slower line's */
    expect_nothing(&line);
    assert_int_equal(line.counters.late, 1);
    timed(&line, 11, 2, HR_RESTART_NONE, 300 * SECOND_NS + 3);
    expect_delivered(&line, 0);
    expect_gap(&line, 0, 0);
    assert_int_equal(line.counters.sessions, 2);
}

static void packets_that_go_on_or_are_sent_again_are_no_restart(void **state)
{
    (void)state;
    struct line line = {0};
    timed(&line, 1, 1000, HR_RESTART_LATER, 100 * SECOND_NS);
    for (uint64_t i = 0; i < 10; i++) { /* a retransmission */
        timed(&line, 5 + i, 1, HR_RESTART_NEVER, 200 * SECOND_NS + i);
        expect_nothing(&line);
    }
    assert_int_equal(line.counters.duplicates, 10);
    for (uint64_t i = 0; i < 10; i++) { /* the session lives */
        timed(&line, 5 + 2 * i, 1, HR_RESTART_NONE, (201 + 10 * i) * SECOND_NS);
        timed(&line, 6 + 2 * i, 1, HR_RESTART_NONE, (201 + 10 * i) * SECOND_NS + 1);
        expect_nothing(&line);
        timed(&line, 1001 + i, 1, HR_RESTART_NONE, (202 + 10 * i) * SECOND_NS);
        expect_delivered(&line, 0);
    }
    assert_int_equal(line.counters.sessions, 1);
    assert_int_equal(line.counters.gaps, 0);
}

static void what_was_sent_before_a_restart_is_not_of_it(void **state)
{
    (void)state;
    struct line line = {0};
    timed(&line, 1, 1, HR_RESTART_NEWER, 100 * SECOND_NS);
    timed(&line, 2, 1, HR_RESTART_NONE, 100 * SECOND_NS + 1);
    timed(&line, 3, 1, HR_RESTART_NONE, 100 * SECOND_NS + 2);
    timed(&line, 1, 1, HR_RESTART_NEWER, 100 * SECOND_NS + 3);
    expect_sessions(&line, 1, 1, 0);
    timed(&line, 2, 1, HR_RESTART_NONE, 100 * SECOND_NS + 1); /* a slower line's */
    expect_nothing(&line);
    timed(&line, 3, 1, HR_RESTART_NONE, 100 * SECOND_NS + 2);
    expect_nothing(&line);
    timed(&line, 2, 1, HR_RESTART_NONE, 100 * SECOND_NS + 4);
    expect_delivered(&line, 0);
    expect_gap(&line, 0, 0);
    assert_int_equal(line.counters.duplicates, 2);
    timed(&line, 3, 1, HR_RESTART_NONE, 98 * SECOND_NS); /* a clock that was set back */
    expect_delivered(&line, 0);
}

static void heartbeats_before_the_first_message_are_no_restart(void **state)
{
    (void)state;
    struct line line = {0};
    for (uint64_t i = 0; i < 20; i++)
        timed(&line, 1, 0, HR_RESTART_LATER, (100 + i * 10) * SECOND_NS);
    timed(&line, 1, 10, HR_RESTART_LATER, 1000 * SECOND_NS);
    expect_sessions(&line, 0, 0, 0);
    expect_delivered(&line, 0);
    assert_int_equal(line.counters.sessions, 1);
}

/* ---- sequence number 0 ---- */

static void sequence_zero_is_refused(void **state)
{
    (void)state;
    struct line line = {0};
    data(&line, "A", 0, 5);
    expect_nothing(&line);
    assert_int_equal(line.channel.in_session, 0);
    data(&line, "A", 3, 5);
    data(&line, "A", 0, 5);
    expect_nothing(&line);
    assert_int_equal(line.counters.unsequenced, 2);
    assert_int_equal(line.counters.messages, 5);
}

static void sequence_zero_is_accepted_where_it_may_be(void **state)
{
    (void)state;
    struct line line = {.channel.accept_unsequenced = 1};
    for (int i = 0; i < 3; i++) {
        data(&line, "", 0, 5);
        expect_delivered(&line, 0);
        expect_gap(&line, 0, 0);
    }
    assert_int_equal(line.counters.delivered, 3);
    assert_int_equal(line.counters.unsequenced_accepted, 3);
    assert_int_equal(line.counters.messages, 15);
    assert_int_equal(line.counters.unsequenced, 0);
}

/* No session has message 0, so none can be missing either. */
static void heartbeat_of_sequence_zero_makes_no_gap(void **state)
{
    (void)state;
    struct line line = {0};
    heartbeat(&line, "A", 0);
    data(&line, "A", 1, 5);
    expect_gap(&line, 0, 0);
    expect_delivered(&line, 0);
    assert_int_equal(line.counters.messages_missing, 0);
}

/* ---- any stream ---- */

enum { NEVER = 0, DELIVERED = 1, MISSING = 2 };

/* Two lines carry the same packets; each loses, repeats and delays some. The oracle is one byte for each message. */
static void first_copies_are_delivered_and_nothing_else(void **state)
{
    (void)state;
    enum { PACKETS = 20000, LAST = PACKETS * 4 + 1 };
    static uint8_t had[LAST];
    static struct {
        uint64_t sequence;
        uint32_t count;
    } packets[PACKETS];
    struct hr_sim_random random;
    struct line line = {0};
    uint64_t next = 1, expected = 1, missing = 0, delivered = 0;
    uint32_t at[2] = {0, 0};
    hr_sim_random_seed(&random, seed);
    memset(had, 0, sizeof had);
    for (int i = 0; i < PACKETS; i++) {
        packets[i].sequence = next;
        packets[i].count = hr_sim_random_below(&random, 4); /* 0: a heartbeat */
        next += packets[i].count;
    }
    while (at[0] < PACKETS || at[1] < PACKETS) {
        uint32_t side = hr_sim_random_below(&random, 2);
        if (at[side] >= PACKETS)
            side = 1 - side;
        if (at[side] > at[1 - side] + 5 && at[1 - side] < PACKETS)
            side = 1 - side;
        uint32_t what = hr_sim_random_below(&random, 20);
        uint32_t back = what == 0 ? hr_sim_random_below(&random, 5) : 0; /* again, or late */
        uint32_t i = at[side] >= back ? at[side] - back : 0;
        if (back == 0)
            at[side]++;
        if (what == 1 || i >= PACKETS) /* lost */
            continue;
        uint64_t first = packets[i].sequence;
        uint32_t count = packets[i].count;
        if (what == 2 && i + 1 < PACKETS) /* packed otherwise than on the other line: two packets in one */
            count += packets[i + 1].count;
        if (count)
            data(&line, "A", first, count);
        else
            heartbeat(&line, "A", first);
        assert_int_equal(line.verdict.session_began, expected == 1 && line.counters.datagrams == 1);
        if (line.counters.datagrams == 1) /* what came before the first packet is not missing */
            expected = first;
        expect_gap(&line, expected, first > expected ? first - expected : 0);
        for (; expected < first; expected++, missing++) {
            assert_int_equal(had[expected], NEVER);
            had[expected] = MISSING;
        }
        int is_new = count && first + count > expected;
        assert_int_equal(line.verdict.deliver, is_new);
        if (is_new) {
            expect_delivered(&line, (uint32_t)(expected - first));
            for (uint64_t sequence = first + line.verdict.skip; sequence < first + count; sequence++, delivered++) {
                assert_int_equal(had[sequence], NEVER);
                had[sequence] = DELIVERED;
            }
            expected = first + count;
        }
        assert_int_equal(line.channel.expected, expected);
    }
    assert_int_equal(line.counters.messages, delivered);
    assert_int_equal(line.counters.messages_missing, missing);
    assert_true(delivered > 0 && missing > 0 && line.counters.duplicates > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_in_mid_session_is_no_gap),
        cmocka_unit_test(start_with_a_heartbeat_is_no_gap),
        cmocka_unit_test(packets_in_order_are_delivered),
        cmocka_unit_test(copies_are_duplicates),
        cmocka_unit_test(overlap_is_delivered_from_what_is_new),
        cmocka_unit_test(gap_is_told_at_once),
        cmocka_unit_test(late_packet_is_not_delivered),
        cmocka_unit_test(heartbeat_shows_a_gap_once),
        cmocka_unit_test(implausible_jump_is_refused),
        cmocka_unit_test(implausible_start_is_refused),
        cmocka_unit_test(implausible_start_is_believed_when_it_goes_on),
        cmocka_unit_test(what_lies_before_the_first_packet_is_late),
        cmocka_unit_test(end_is_told_once),
        cmocka_unit_test(end_shows_a_gap),
        cmocka_unit_test(session_after_the_end_does_not_end_it_again),
        cmocka_unit_test(new_session_ends_the_old_one),
        cmocka_unit_test(new_session_starts_with_message_one),
        cmocka_unit_test(session_seen_in_its_middle_is_believed_when_it_keeps_coming),
        cmocka_unit_test(straggler_of_the_old_session_is_a_duplicate),
        cmocka_unit_test(stray_session_does_not_silence_the_real_one),
        cmocka_unit_test(session_that_comes_back_shows_what_it_sent_meanwhile),
        cmocka_unit_test(new_session_that_begins_implausibly_far_is_refused),
        cmocka_unit_test(end_of_a_session_never_seen_ends_the_old_one),
        cmocka_unit_test(heartbeat_of_another_session_does_not_end_this_one),
        cmocka_unit_test(belief_is_earned_anew),
        cmocka_unit_test(damaged_sequence_does_not_silence_the_channel),
        cmocka_unit_test(leap_that_goes_on_is_believed),
        cmocka_unit_test(restart_is_told_by_the_exchanges_clock),
        cmocka_unit_test(late_copy_of_the_first_packet_is_no_restart),
        cmocka_unit_test(loops_begin_anew_without_a_pause),
        cmocka_unit_test(restart_whose_first_packet_is_lost),
        cmocka_unit_test(packets_that_go_on_or_are_sent_again_are_no_restart),
        cmocka_unit_test(what_was_sent_before_a_restart_is_not_of_it),
        cmocka_unit_test(heartbeats_before_the_first_message_are_no_restart),
        cmocka_unit_test(sequence_zero_is_refused),
        cmocka_unit_test(sequence_zero_is_accepted_where_it_may_be),
        cmocka_unit_test(heartbeat_of_sequence_zero_makes_no_gap),
        cmocka_unit_test(first_copies_are_delivered_and_nothing_else),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
