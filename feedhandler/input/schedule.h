/* SPDX-License-Identifier: Apache-2.0
 *
 * When and in which order files are replayed that belong together: merged by the times in them, at a speed, between two times.
 * `headrace replay` makes one for all its inputs; without one (`headrace run`) each capture keeps its own time. Worker thread,
 * but for making it.
 */
#ifndef HEADRACE_INPUT_SCHEDULE_H
#define HEADRACE_INPUT_SCHEDULE_H

#include <stdint.h>

#define HR_SCHEDULE_INPUTS_MAX 255
#define HR_SCHEDULE_ENDED UINT64_MAX

struct hr_schedule {
    double speed;      /* times as fast as it was; 0: flat out */
    uint64_t from_ns;  /* what is before is passed over */
    uint64_t to_ns;    /* what is not before it ends its file; UINT64_MAX: none */
    uint32_t lossless; /* 1: readers that are behind are waited for */
    uint32_t inputs;
    uint64_t heads[HR_SCHEDULE_INPUTS_MAX]; /* time of each input's next item; 0: not read yet; HR_SCHEDULE_ENDED */
    uint64_t origin_ns;                     /* time of the first item of all */
    uint64_t begun_ns;                      /* CLOCK_MONOTONIC, when it came; 0: it has not */
};

/* The input's next item is of that time. Returns 1 when its turn has come: every other input's is later, and its time is now.
 */
int hr_schedule_due(struct hr_schedule *schedule, uint32_t input, uint64_t time_ns);

static inline void hr_schedule_end(struct hr_schedule *schedule, uint32_t input)
{
    schedule->heads[input] = HR_SCHEDULE_ENDED;
}

#endif
