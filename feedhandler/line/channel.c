/* SPDX-License-Identifier: Apache-2.0 */
#include "line/channel.h"

#include <string.h>

#include "line/window.h"

/* Ten times the messages of the busiest day on record (OPRA excepted, whose channels are many). A packet further ahead is
 * believed only when others follow it: it would make everything real look like a duplicate. */
#define SEQUENCE_MAX (UINT64_C(1) << 32)

/* Within a session, messages of some seconds of the busiest day: a packet further ahead is believed only when others follow it. */
#define SEQUENCE_JUMP_MAX (UINT64_C(1) << 24)

/* A session that starts again under the same name is told from a late copy by the exchange's own clock. Redundant lines are
 * milliseconds apart at worst, and so are the clocks of who sends them. */
#define RESTART_AFTER_NS UINT64_C(1000000000)

/* Packets in a row that a session in the middle of another must send before it is believed. */
#define CONFIRMING_PACKETS 3

static int same_name(const char *a, const char *b)
{
    return memcmp(a, b, HR_SESSION_ID_BYTES) == 0;
}

static int is_restart(const struct hr_channel *channel, const struct hr_session_header *header)
{
    uint64_t margin = header->restarted == HR_RESTART_LATER ? RESTART_AFTER_NS : 0;
    return header->restarted > HR_RESTART_NEVER && channel->expected > 1 &&
           header->send_time_ns > channel->latest_send_time_ns + margin;
}

/* All of it was had before, by its numbers, but it was sent when the session had long been silent: its first packet may have been
 * lost. */
static int may_be_restart(const struct hr_channel *channel, const struct hr_session_header *header)
{
    return header->kind == HR_SESSION_DATA && header->restarted == HR_RESTART_NONE &&
           header->sequence + header->count <= channel->expected &&
           header->send_time_ns > channel->latest_send_time_ns + RESTART_AFTER_NS;
}

/* What another line still brings of before the restart: its number says nothing, but it was sent before. */
static int is_of_before_restart(const struct hr_channel *channel, const struct hr_session_header *header)
{
    return header->send_time_ns < channel->restart_send_time_ns &&
           channel->restart_send_time_ns - header->send_time_ns < RESTART_AFTER_NS;
}

static void begin_session(struct hr_channel *channel, const struct hr_session_header *header, uint64_t expected,
                          struct hr_line_counters *counters, struct hr_channel_verdict *verdict)
{
    if (channel->in_session) {
        memcpy(verdict->previous, channel->session, sizeof channel->session);
        verdict->previous_next_sequence = channel->expected;
        verdict->previous_ended = !channel->ended;
        channel->has_previous = !same_name(channel->session, header->session);
        memcpy(channel->previous, channel->session, sizeof channel->session);
        channel->previous_expected = channel->expected;
    }
    memcpy(channel->session, header->session, sizeof channel->session);
    channel->expected = expected;
    channel->joined = channel->in_session ? 0 : expected;
    channel->in_session = 1;
    channel->epoch++;
    channel->first = expected;
    channel->candidate_packets = 0; /* belief is earned anew in each session */
    channel->leap_packets = 0;
    channel->ended = 0;
    channel->gap_count = 0;
    channel->latest_send_time_ns = header->send_time_ns;
    channel->restart_send_time_ns = 0;
    counters->sessions++;
    verdict->session_began = 1;
}

enum follow { FOLLOWED, STRAGGLER, FOREIGN, FLUSH };

/* Before a session begins, what is held of the one before has its end. */
static int has_held(const struct hr_channel *channel)
{
    return channel->window && hr_window_is_open(channel->window);
}

/* A new session begins with its first message, or after the end of the one before. Any other name in the middle of a session may be
 * one damaged packet: it is believed only when it keeps coming. */
static int is_confirmed(struct hr_channel *channel, const struct hr_session_header *header)
{
    if (!same_name(channel->candidate, header->session))
        channel->candidate_packets = 0;
    memcpy(channel->candidate, header->session, sizeof channel->candidate);
    return ++channel->candidate_packets >= CONFIRMING_PACKETS;
}

static int is_believed(struct hr_channel *channel, const struct hr_session_header *header)
{
    return channel->ended || (header->sequence == 1 && header->kind == HR_SESSION_DATA) || is_confirmed(channel, header);
}

/* Packets in a row, each behind the one before: copies of one prove nothing. Its number is in leap_next, which no packet that is had
 * before by its number needs. */
static int is_confirmed_restart(struct hr_channel *channel, const struct hr_session_header *header)
{
    if (channel->candidate_packets >= CONFIRMING_PACKETS)
        return 1;
    if (channel->candidate_packets && header->sequence < channel->leap_next)
        return 0;
    channel->leap_next = header->sequence + header->count;
    return is_confirmed(channel, header);
}

/* The first packet ever may be in mid-session: what came before is not a loss. A session whose beginning is witnessed starts
 * with message 1; one that is back starts where it was left. */
static enum follow follow_session(struct hr_channel *channel, const struct hr_session_header *header,
                                  struct hr_line_counters *counters, struct hr_channel_verdict *verdict)
{
    if (!channel->in_session) {
        begin_session(channel, header, header->sequence, counters, verdict);
        return FOLLOWED;
    }
    if (same_name(channel->session, header->session)) {
        if (may_be_restart(channel, header)) {
            if (!is_confirmed_restart(channel, header))
                return FOREIGN;
        } else {
            channel->candidate_packets = 0;
            if (!is_restart(channel, header))
                return is_of_before_restart(channel, header) ? STRAGGLER : FOLLOWED;
        }
        if (has_held(channel))
            return FLUSH;
        begin_session(channel, header, 1, counters, verdict);
        if (header->restarted > HR_RESTART_NEVER)
            channel->restart_send_time_ns = header->send_time_ns;
        return FOLLOWED;
    }
    if (channel->has_previous && same_name(channel->previous, header->session)) {
        if (header->sequence + header->count <= channel->previous_expected)
            return STRAGGLER;
        /* What goes on exactly where the session was left is that session. */
        if (header->sequence > channel->previous_expected && !is_believed(channel, header))
            return FOREIGN;
        if (has_held(channel))
            return FLUSH;
        begin_session(channel, header, channel->previous_expected, counters, verdict);
        return FOLLOWED;
    }
    if (!is_believed(channel, header))
        return FOREIGN;
    if (has_held(channel))
        return FLUSH;
    begin_session(channel, header, 1, counters, verdict);
    return FOLLOWED;
}

void hr_channel_declare_gap(struct hr_channel *channel, uint64_t until, struct hr_line_counters *counters,
                            struct hr_channel_verdict *verdict)
{
    if (until <= channel->expected)
        return;
    verdict->gap_first = channel->expected;
    verdict->gap_count = until - channel->expected;
    counters->gaps++;
    counters->messages_missing += verdict->gap_count;
    channel->gaps[channel->gap_count++ % HR_CHANNEL_GAPS] = (struct hr_channel_gap){channel->expected, until};
    channel->expected = until;
}

/* Its messages lie behind us: had they been declared missing, or never been waited for? */
static int is_late(const struct hr_channel *channel, const struct hr_session_header *header)
{
    if (header->sequence < channel->joined)
        return 1;
    uint32_t known = channel->gap_count < HR_CHANNEL_GAPS ? channel->gap_count : HR_CHANNEL_GAPS;
    for (uint32_t i = 0; i < known; i++)
        if (header->sequence < channel->gaps[i].past && header->sequence + header->count > channel->gaps[i].first)
            return 1;
    return 0;
}

/* One damaged sequence number must not make everything real look like a duplicate. */
static int is_plausible(struct hr_channel *channel, const struct hr_session_header *header, uint64_t expected)
{
    int begins = expected == 0 || !same_name(channel->session, header->session);
    if (header->sequence <= (begins ? SEQUENCE_MAX : expected + SEQUENCE_JUMP_MAX)) {
        channel->leap_packets = 0;
        return 1;
    }
    if (header->sequence != channel->leap_next)
        channel->leap_packets = 0;
    channel->leap_next = header->sequence + header->count;
    return ++channel->leap_packets >= CONFIRMING_PACKETS;
}

void hr_channel_judge(struct hr_channel *channel, const struct hr_session_header *header, struct hr_line_counters *counters,
                      struct hr_channel_verdict *verdict)
{
    *verdict = (struct hr_channel_verdict){0};
    if (header->sequence == 0) {
        if (!channel->accept_unsequenced || header->kind != HR_SESSION_DATA) {
            counters->unsequenced++;
            verdict->refused = 1;
            return;
        }
        counters->unsequenced_accepted++;
        counters->delivered++;
        counters->messages += header->count;
        verdict->deliver = 1;
        return;
    }
    if (!is_plausible(channel, header, channel->in_session ? channel->expected : 0)) {
        counters->implausible++;
        verdict->refused = 1;
        return;
    }
    switch (follow_session(channel, header, counters, verdict)) {
    case STRAGGLER:
        counters->duplicates++;
        counters->messages_repeated += header->count;
        verdict->refused = 1;
        return;
    case FOREIGN:
        counters->foreign_session++;
        verdict->refused = 1;
        return;
    case FLUSH:
        verdict->flush_first = 1;
        return;
    case FOLLOWED:
        break;
    }
    if (header->sequence > channel->expected && channel->window) {
        verdict->hold = 1;
        return;
    }
    if (header->send_time_ns > channel->latest_send_time_ns)
        channel->latest_send_time_ns = header->send_time_ns;
    if (header->kind != HR_SESSION_DATA) {
        hr_channel_declare_gap(channel, header->sequence, counters, verdict);
        if (header->kind == HR_SESSION_HEARTBEAT) {
            counters->heartbeats++;
            counters->messages += header->unnumbered;
            verdict->deliver = header->unnumbered != 0;
            return;
        }
        counters->ends++;
        counters->messages += header->unnumbered;
        verdict->deliver = header->unnumbered != 0;
        if (!channel->ended) {
            verdict->session_ended = 1;
            channel->ended = 1;
        }
        return;
    }
    uint64_t past_end = header->sequence + header->count;
    if (past_end <= channel->expected) {
        if (is_late(channel, header))
            counters->late++;
        else {
            counters->duplicates++;
            counters->messages_repeated += header->count;
        }
        return;
    }
    hr_channel_declare_gap(channel, header->sequence, counters, verdict);
    verdict->skip = (uint32_t)(channel->expected - header->sequence);
    verdict->deliver = 1;
    channel->expected = past_end;
    counters->delivered++;
    counters->messages += header->count - verdict->skip;
    counters->messages_repeated += verdict->skip;
}

int hr_channel_may_hold(struct hr_channel *channel, const struct hr_session_header *header, uint64_t first_held,
                        struct hr_line_counters *counters)
{
    static const char none[HR_SESSION_ID_BYTES];
    if (!channel->in_session && same_name(channel->session, none))
        memcpy(channel->session, header->session, sizeof channel->session);
    if (!is_plausible(channel, header, channel->in_session ? channel->expected : first_held)) {
        counters->implausible++;
        return 0;
    }
    if (same_name(channel->session, header->session))
        channel->candidate_packets = 0;
    else if (!is_believed(channel, header)) {
        counters->foreign_session++;
        return 0;
    }
    return 1;
}

void hr_channel_go_on(struct hr_channel *channel, const char session[HR_SESSION_ID_BYTES], uint64_t next)
{
    memcpy(channel->session, session, sizeof channel->session);
    channel->expected = next;
    channel->epoch += !channel->in_session;
    channel->in_session = 1;
    channel->ended = 0;
    channel->has_previous = 0;
    channel->gap_count = 0;
    channel->candidate_packets = 0;
    channel->leap_packets = 0;
}
