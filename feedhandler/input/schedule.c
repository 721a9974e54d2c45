/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "input/schedule.h"

#include <time.h>

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Files that go back in time are in order as far as they can be: what is earlier than what is out already goes out at once. */
int hr_schedule_due(struct hr_schedule *schedule, uint32_t input, uint64_t time_ns)
{
    if (time_ns == 0)
        time_ns = 1; /* 0 is "not read yet" */
    if (time_ns == HR_SCHEDULE_ENDED)
        time_ns--;
    schedule->heads[input] = time_ns;
    for (uint32_t i = 0; i < schedule->inputs; i++)
        if (i != input && (schedule->heads[i] < time_ns || (schedule->heads[i] == time_ns && i < input)))
            return 0;
    if (schedule->speed <= 0)
        return 1;
    uint64_t now = monotonic_ns();
    if (schedule->begun_ns == 0) {
        schedule->begun_ns = now;
        schedule->origin_ns = time_ns;
    }
    if (time_ns <= schedule->origin_ns)
        return 1;
    return (double)(now - schedule->begun_ns) * schedule->speed >= (double)(time_ns - schedule->origin_ns);
}
