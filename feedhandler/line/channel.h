/* SPDX-License-Identifier: Apache-2.0
 *
 * A channel: one sequenced stream of messages, whichever line brings it. It takes the first copy of each sequence number, and follows
 * the channel from session to session. A packet that comes before its turn is to be held (line/window.h) until what is missing comes
 * by another line, or is declared a gap; without a window the gap is declared at once.
 */
#ifndef HEADRACE_LINE_CHANNEL_H
#define HEADRACE_LINE_CHANNEL_H

#include <stdint.h>
#include <string.h>

#include "line/session.h"
#include "observe/metrics.h"

/* datagrams = delivered + heartbeats + ends + duplicates + late + the refusals + those held now. */
#define HR_LINE_COUNTERS(X)                                                                             \
    X(datagrams, "datagrams for this line")                                                             \
    X(delivered, "datagrams with at least one message not had before")                                  \
    X(heartbeats, "datagrams without messages, to show that the line lives")                            \
    X(ends, "datagrams that say that the session is over")                                              \
    X(first, "datagrams that this line brought before any other did")                                   \
    X(duplicates, "datagrams whose messages had all come before")                                       \
    X(late, "datagrams whose messages had been declared missing, or lie before the one that the session was joined at")                                       \
    X(short_header, "refused: shorter than the session header")                                         \
    X(foreign_header, "refused: another version or message protocol in the session header")             \
    X(malformed, "refused: the lengths in the datagram do not add up")                                  \
    X(unsequenced, "refused: sequence number 0, which no session has (see accept_unsequenced)")         \
    X(foreign_session, "refused: another session in the middle of a session, by its name or its sending time, until it is confirmed") \
    X(implausible, "refused: a sequence number far ahead of the last, until others follow it")                 \
    X(messages, "messages delivered")                                                                   \
    X(messages_repeated, "messages passed over because they had come before")                           \
    X(messages_missing, "messages that no line brought in time")                                        \
    X(gaps, "holes in the sequence that were declared, on a packet of this line")                       \
    X(lost, "messages that this line has not brought, though it has brought later ones")                \
    X(reordered, "datagrams that came after later ones of this line")                                   \
    X(skew_under_1us, "second copies that came within a microsecond of the first")                      \
    X(skew_under_4us, "the same, 1 to 4 us later")                                                      \
    X(skew_under_16us, "4 to 16 us later")                                                              \
    X(skew_under_64us, "16 to 64 us later")                                                             \
    X(skew_under_256us, "64 to 256 us later")                                                           \
    X(skew_under_1ms, "256 us to 1 ms later")                                                           \
    X(skew_under_4ms, "1 to 4 ms later")                                                                \
    X(skew_under_16ms, "4 to 16 ms later")                                                              \
    X(skew_over_16ms, "16 ms later, or more")                                                           \
    X(silent, "1 while nothing has come by this line for silence_ms, not even a heartbeat")             \
    X(silences, "times that it fell silent")                                                            \
    X(sessions, "sessions begun")                                                                       \
    X(unsequenced_accepted, "datagrams delivered without a sequence number")

struct hr_line_counters {
    HR_LINE_COUNTERS(HR_METRIC_FIELD)
};

/* Gaps declared lately: what still comes of them is late, not a duplicate. */
#define HR_CHANNEL_GAPS 64

struct hr_channel_gap {
    uint64_t first;
    uint64_t past; /* behind its last */
};

struct hr_window;

struct hr_channel {
    uint64_t expected;             /* sequence of the next message */
    struct hr_window *window;      /* NULL: a gap is declared at once */
    struct hr_channel_gap gaps[HR_CHANNEL_GAPS]; /* of this session, a ring */
    uint32_t gap_count;
    uint64_t latest_send_time_ns;  /* newest sending time seen */
    uint64_t restart_send_time_ns; /* of the packet that began this session under the name of the one before; 0: none did */
    int in_session;
    uint32_t epoch;                /* sessions begun: 0 is none */
    uint64_t first;                /* sequence that this one began with, was joined or taken up again at */
    uint64_t joined;               /* the same, of a session that nothing is known of before; else 0 */
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
    int refused;     /* its number is none of this session's */
    int hold;        /* it comes before its turn: keep it until that comes */
    int flush_first; /* nothing has been judged: a session would begin while packets of this one are held; deal with those first */
};

/* Whether the verdict on this datagram, if it is well-formed, will be to deliver it from its first message on, and no more. */
static inline int hr_channel_is_next(const struct hr_channel *channel, const struct hr_session_header *header)
{
    return header->sequence == channel->expected && header->sequence != 0 && header->count != 0 && header->kind == HR_SESSION_DATA &&
           !header->restarted && channel->in_session && memcmp(channel->session, header->session, sizeof channel->session) == 0;
}

/* Judges one well-formed datagram and counts it, unless it is to be held: then it is counted when it is judged again. */
void hr_channel_judge(struct hr_channel *channel, const struct hr_session_header *header, struct hr_line_counters *counters,
                      struct hr_channel_verdict *verdict);

/* While a snapshot is awaited nothing is judged, but not every packet may wait: whether this one may, or is refused and counted. Before
 * the session begins it is that of the first packet held, whose sequence is first_held; 0: there is none yet. */
int hr_channel_may_hold(struct hr_channel *channel, const struct hr_session_header *header, uint64_t first_held,
                        struct hr_line_counters *counters);

/* A snapshot of `session` has been taken: message `next` follows it. */
void hr_channel_go_on(struct hr_channel *channel, const char session[HR_SESSION_ID_BYTES], uint64_t next);

/* What is missing in front of `until` will not come: the verdict has the gap. */
void hr_channel_declare_gap(struct hr_channel *channel, uint64_t until, struct hr_line_counters *counters,
                            struct hr_channel_verdict *verdict);

#endif
