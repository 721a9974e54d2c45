/* SPDX-License-Identifier: Apache-2.0 */
#include "line/channel.h"

#include <string.h>

/* Ten times the messages of the busiest day on record (OPRA excepted, whose channels are many). A packet further ahead is
 * not believed: it would make everything real look like a duplicate. */
#define SEQUENCE_JUMP_MAX (UINT64_C(1) << 32)

/* A session that starts again under the same name is told from a late copy by the exchange's own clock. Redundant lines are
 * milliseconds apart at worst. */
#define RESTART_AFTER_NS UINT64_C(1000000000)

static int is_restart(const struct hr_channel *channel, const struct hr_session_header *header)
{
    return header->restarted && channel->expected > 1 &&
           header->send_time_ns > channel->latest_send_time_ns + RESTART_AFTER_NS;
}

static void begin_session(struct hr_channel *channel, const struct hr_session_header *header, uint64_t expected,
                          struct hr_line_counters *counters, struct hr_channel_verdict *verdict)
{
    if (channel->in_session) {
        memcpy(verdict->ended_session, channel->session, sizeof channel->session);
        verdict->ended_next_sequence = channel->expected;
        verdict->session_ended = !channel->ended;
        channel->has_previous = memcmp(channel->session, header->session, sizeof channel->session) != 0;
        memcpy(channel->previous, channel->session, sizeof channel->session);
    }
    memcpy(channel->session, header->session, sizeof channel->session);
    channel->expected = expected;
    channel->in_session = 1;
    channel->ended = 0;
    channel->latest_send_time_ns = header->send_time_ns;
    counters->sessions++;
    verdict->session_began = 1;
}

/* The first packet ever may be in mid-session: what came before is not a loss. A session whose beginning is witnessed
 * starts with message 1. Returns 0 for a straggler of the session before. */
static int follow_session(struct hr_channel *channel, const struct hr_session_header *header,
                          struct hr_line_counters *counters, struct hr_channel_verdict *verdict)
{
    if (!channel->in_session)
        begin_session(channel, header, header->sequence, counters, verdict);
    else if (memcmp(channel->session, header->session, sizeof channel->session) != 0) {
        if (channel->has_previous && memcmp(channel->previous, header->session, sizeof channel->previous) == 0)
            return 0;
        begin_session(channel, header, 1, counters, verdict);
    } else if (is_restart(channel, header))
        begin_session(channel, header, 1, counters, verdict);
    return 1;
}

static void find_gap(struct hr_channel *channel, const struct hr_session_header *header, struct hr_line_counters *counters,
                     struct hr_channel_verdict *verdict)
{
    if (header->sequence <= channel->expected)
        return;
    verdict->gap_first = channel->expected;
    verdict->gap_count = header->sequence - channel->expected;
    counters->gaps++;
    counters->messages_missing += verdict->gap_count;
    channel->expected = header->sequence;
}

void hr_channel_judge(struct hr_channel *channel, const struct hr_session_header *header, struct hr_line_counters *counters,
                      struct hr_channel_verdict *verdict)
{
    *verdict = (struct hr_channel_verdict){0};
    if (header->sequence == 0 && header->kind == HR_SESSION_DATA) {
        if (!channel->accept_unsequenced) {
            counters->unsequenced++;
            return;
        }
        counters->unsequenced_accepted++;
        counters->delivered++;
        counters->messages += header->count;
        verdict->deliver = 1;
        return;
    }
    int same = channel->in_session && memcmp(channel->session, header->session, sizeof channel->session) == 0;
    if (same && header->sequence > channel->expected + SEQUENCE_JUMP_MAX) {
        counters->implausible++;
        return;
    }
    if (!follow_session(channel, header, counters, verdict)) {
        counters->duplicates++;
        counters->messages_repeated += header->count;
        return;
    }
    if (header->send_time_ns > channel->latest_send_time_ns)
        channel->latest_send_time_ns = header->send_time_ns;
    if (header->kind != HR_SESSION_DATA) {
        find_gap(channel, header, counters, verdict);
        if (header->kind == HR_SESSION_HEARTBEAT) {
            counters->heartbeats++;
            return;
        }
        counters->ends++;
        if (!channel->ended) {
            verdict->session_ended = 1;
            memcpy(verdict->ended_session, channel->session, sizeof channel->session);
            verdict->ended_next_sequence = channel->expected;
            channel->ended = 1;
        }
        return;
    }
    uint64_t past_end = header->sequence + header->count;
    if (past_end <= channel->expected) {
        counters->duplicates++;
        counters->messages_repeated += header->count;
        return;
    }
    find_gap(channel, header, counters, verdict);
    verdict->skip = (uint32_t)(channel->expected - header->sequence);
    verdict->deliver = 1;
    channel->expected = past_end;
    counters->delivered++;
    counters->messages += header->count - verdict->skip;
    counters->messages_repeated += verdict->skip;
}
