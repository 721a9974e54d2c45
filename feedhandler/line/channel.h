/* SPDX-License-Identifier: Apache-2.0
 *
 * A channel: one sequenced stream of messages, whichever line brings it. It takes the first copy of each sequence number,
 * declares a gap when a packet shows that messages before it are missing, and follows the channel from session to session.
 *
 * A gap is declared at once: nothing is held back to wait for the other line.
 */
#ifndef HEADRACE_LINE_CHANNEL_H
#define HEADRACE_LINE_CHANNEL_H

#include <stdint.h>

#include "line/session.h"
#include "observe/metrics.h"

/* datagrams = delivered + heartbeats + ends + duplicates + the refusals. */
#define HR_LINE_COUNTERS(X)                                                                             \
    X(datagrams, "datagrams for this line")                                                             \
    X(delivered, "datagrams with at least one message not had before")                                  \
    X(heartbeats, "datagrams without messages, to show that the line lives")                            \
    X(ends, "datagrams that say that the session is over")                                              \
    X(duplicates, "datagrams whose messages had all come before")                                       \
    X(short_header, "refused: shorter than the session header")                                         \
    X(foreign_header, "refused: another version or message protocol in the session header")             \
    X(malformed, "refused: the lengths in the datagram do not add up")                                  \
    X(unsequenced, "refused: sequence number 0, which no session has (see accept_unsequenced)")         \
    X(foreign_session, "refused: another session's name in the middle of a session, until it is confirmed") \
    X(implausible, "refused: a sequence number far ahead of the last, until others follow it")                 \
    X(messages, "messages delivered")                                                                   \
    X(messages_repeated, "messages passed over because they had come before")                           \
    X(messages_missing, "messages that no line had brought when a later one came")                      \
    X(gaps, "holes in the sequence")                                                                    \
    X(sessions, "sessions begun")                                                                       \
    X(unsequenced_accepted, "datagrams delivered without a sequence number")

struct hr_line_counters {
    HR_LINE_COUNTERS(HR_METRIC_FIELD)
};

struct hr_channel {
    uint64_t expected;             /* sequence of the next message */
    uint64_t latest_send_time_ns;  /* newest sending time seen */
    int in_session;
    int ended;                     /* the end of this session has been told */
    int accept_unsequenced;        /* deliver packets of sequence 0: captures made anonymous */
    char session[HR_SESSION_ID_BYTES];
    char previous[HR_SESSION_ID_BYTES]; /* the session before: its stragglers are duplicates */
    int has_previous;
    uint64_t previous_expected;         /* what it would have sent next: beyond that it is no straggler but alive */
    char candidate[HR_SESSION_ID_BYTES];/* a session that has shown up in the middle of this one */
    uint32_t candidate_packets;         /* in a row */
    uint64_t leap_next;                 /* a packet far ahead has shown up: the sequence that the one after it has */
    uint32_t leap_packets;              /* in a row */
};

/* What is to be done with a datagram, in this order: tell of the end of the session before, tell of the new one, tell of the
 * gap, deliver from message `skip` on, tell of the end of this session. */
struct hr_channel_verdict {
    int previous_ended;   /* the session before, whose end nobody told */
    int session_began;
    int session_ended;    /* this one */
    char previous[HR_SESSION_ID_BYTES];
    uint64_t previous_next_sequence;
    uint64_t gap_first;
    uint64_t gap_count; /* 0: none */
    uint32_t skip;      /* messages at the front that came before */
    int deliver;
};

/* Judges one well-formed datagram and counts it. */
void hr_channel_judge(struct hr_channel *channel, const struct hr_session_header *header, struct hr_line_counters *counters,
                      struct hr_channel_verdict *verdict);

#endif
