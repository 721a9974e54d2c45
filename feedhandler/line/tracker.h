/* SPDX-License-Identifier: Apache-2.0
 *
 * What one line of a channel brings, against the others: who was first, by how much the second copy came later, and which messages
 * this line alone would have lost.
 */
#ifndef HEADRACE_LINE_TRACKER_H
#define HEADRACE_LINE_TRACKER_H

#include <stdint.h>

#include "line/channel.h"

#define HR_ARRIVALS 1024
#define HR_TRACKED_MESSAGES 4096

/* When the latest packets of a channel came first, by any line. */
struct hr_arrivals {
    struct {
        uint64_t sequence;
        uint64_t time_ns;
    } recent[HR_ARRIVALS];
};

struct hr_line_tracker {
    uint64_t last_ns;       /* when it brought something, a heartbeat or a refused session included */
    uint64_t next;          /* what this line is to bring next; 0: it has brought nothing yet */
    uint32_t epoch;         /* the channel's, when it last brought something */
    uint32_t missing_count; /* bits set below */
    uint64_t missing[HR_TRACKED_MESSAGES / 64]; /* of the last HR_TRACKED_MESSAGES numbers, by number */
};

/* Looks whether a line that is to be heard of has fallen silent, or is heard of again. silence_ns 0: it may be silent. */
void hr_line_watch(struct hr_line_tracker *tracker, uint64_t now_ns, uint64_t silence_ns, struct hr_line_counters *counters);

/* A second copy came `later_ns` after the first. */
void hr_line_count_skew(struct hr_line_counters *counters, uint64_t later_ns);
/* The line's first packet of a session, or since. */
void hr_line_track_session(struct hr_line_tracker *tracker, const struct hr_channel *channel);
/* The packet does not simply follow the one before. */
void hr_line_track_jump(struct hr_line_tracker *tracker, const struct hr_session_header *header, struct hr_line_counters *counters);

static inline uint32_t hr_arrival_of(uint64_t sequence)
{
    return (uint32_t)sequence % HR_ARRIVALS; /* apart as long as the lines are not so many numbers apart */
}

/* Sees every packet of a line that has been judged to be of the channel's session. One without a number (0) has no order, and is no copy
 * of another. */
static inline void hr_line_track(struct hr_line_tracker *tracker, const struct hr_channel *channel, struct hr_arrivals *arrivals,
                                 const struct hr_session_header *header, uint64_t time_ns, struct hr_line_counters *counters)
{
    tracker->last_ns = time_ns;
    if (__builtin_expect(tracker->epoch != channel->epoch, 0))
        hr_line_track_session(tracker, channel);
    if (__builtin_expect(header->sequence == 0, 0))
        return;
    if (__builtin_expect(header->kind == HR_SESSION_DATA, 1)) {
        uint32_t at = hr_arrival_of(header->sequence);
        if (arrivals->recent[at].sequence == header->sequence)
            hr_line_count_skew(counters, time_ns > arrivals->recent[at].time_ns ? time_ns - arrivals->recent[at].time_ns : 0);
        else {
            arrivals->recent[at].sequence = header->sequence;
            arrivals->recent[at].time_ns = time_ns;
            counters->first++;
        }
    }
    if (__builtin_expect(header->sequence == tracker->next && !tracker->missing_count, 1))
        tracker->next += header->count;
    else
        hr_line_track_jump(tracker, header, counters);
}

#endif
