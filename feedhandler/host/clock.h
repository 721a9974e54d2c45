/* SPDX-License-Identifier: Apache-2.0
 *
 * The time in ns: how long something takes, and what it is in the world.
 */
#ifndef HEADRACE_HOST_CLOCK_H
#define HEADRACE_HOST_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t hr_clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static inline uint64_t hr_monotonic_ns(void)
{
    return hr_clock_ns(CLOCK_MONOTONIC);
}

/* Since 1970, UTC. */
static inline uint64_t hr_realtime_ns(void)
{
    return hr_clock_ns(CLOCK_REALTIME);
}

#endif
