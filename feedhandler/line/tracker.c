/* SPDX-License-Identifier: Apache-2.0 */
#include "line/tracker.h"

/* A line that leaps further was away. */
#define LEAP_MAX (UINT64_C(1) << 24)

void hr_line_watch(struct hr_line_tracker *tracker, uint64_t now_ns, uint64_t silence_ns, struct hr_line_counters *counters)
{
    if (tracker->last_ns == 0)
        tracker->last_ns = now_ns; /* silence is counted from the first look on */
    int silent = silence_ns && now_ns > tracker->last_ns && now_ns - tracker->last_ns >= silence_ns;
    counters->silences += silent && !counters->silent;
    counters->silent = (uint64_t)silent;
}

void hr_line_count_skew(struct hr_line_counters *counters, uint64_t later_ns)
{
    counters->skew_under_1us += later_ns < 1000;
    counters->skew_under_4us += later_ns >= 1000 && later_ns < 4000;
    counters->skew_under_16us += later_ns >= 4000 && later_ns < 16000;
    counters->skew_under_64us += later_ns >= 16000 && later_ns < 64000;
    counters->skew_under_256us += later_ns >= 64000 && later_ns < 256000;
    counters->skew_under_1ms += later_ns >= 256000 && later_ns < 1000000;
    counters->skew_under_4ms += later_ns >= 1000000 && later_ns < 4000000;
    counters->skew_under_16ms += later_ns >= 4000000 && later_ns < 16000000;
    counters->skew_over_16ms += later_ns >= 16000000;
}

/* Returns whether it changed. */
static int set_missing(struct hr_line_tracker *tracker, uint64_t number, int missing)
{
    uint64_t *word = &tracker->missing[number / 64 % (HR_TRACKED_MESSAGES / 64)];
    uint64_t bit = UINT64_C(1) << number % 64;
    if (!(*word & bit) == !missing)
        return 0;
    *word ^= bit;
    tracker->missing_count += missing ? 1U : -1U;
    return 1;
}

static void begin(struct hr_line_tracker *tracker, uint64_t next)
{
    *tracker = (struct hr_line_tracker){.last_ns = tracker->last_ns, .next = next, .epoch = tracker->epoch};
}

/* A line that has brought something before is to bring the session from its first message on; another begins where it begins. */
void hr_line_track_session(struct hr_line_tracker *tracker, const struct hr_channel *channel)
{
    tracker->epoch = channel->epoch;
    begin(tracker, tracker->next ? channel->first : 0);
}

void hr_line_track_jump(struct hr_line_tracker *tracker, const struct hr_session_header *header, struct hr_line_counters *counters)
{
    uint64_t past = header->sequence + header->count;
    if (tracker->next == 0 || header->sequence > tracker->next + LEAP_MAX) {
        begin(tracker, past);
        return;
    }
    if (header->sequence >= tracker->next) {
        uint64_t jump = header->sequence - tracker->next;
        counters->lost += jump;
        uint64_t first = jump > HR_TRACKED_MESSAGES ? header->sequence - HR_TRACKED_MESSAGES : tracker->next;
        for (uint64_t number = first; number < header->sequence; number++)
            set_missing(tracker, number, 1);
        for (uint64_t number = header->sequence; tracker->missing_count && number < past; number++)
            set_missing(tracker, number, 0); /* a bit of HR_TRACKED_MESSAGES earlier: lost for good */
        tracker->next = past;
        return;
    }
    uint32_t found = 0;
    for (uint64_t number = header->sequence; number < past && number < tracker->next; number++)
        if (number + HR_TRACKED_MESSAGES >= tracker->next)
            found += (uint32_t)set_missing(tracker, number, 0);
    counters->lost -= found;
    counters->reordered += found != 0;
    for (; tracker->next < past; tracker->next++)
        set_missing(tracker, tracker->next, 0); /* as above */
}
