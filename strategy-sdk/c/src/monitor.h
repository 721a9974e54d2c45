/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting on a cache line in user mode: the power of a sleep at nearly the latency of a spin. Intel's UMONITOR and UMWAIT (WAITPKG:
 * Intel SDM volume 2, CPUID.7.0:ECX bit 5), AMD's MONITORX and MWAITX (AMD64 APM volume 3, CPUID 8000_0001:ECX bit 29). Not yet run on
 * such a processor: the instructions stand behind a table, which the tests replace.
 */
#ifndef HEADRACE_SDK_MONITOR_H
#define HEADRACE_SDK_MONITOR_H

#include <stdint.h>

struct hr_monitor {
    const char *name;
    void (*watch)(const void *line); /* from here on a store to the line ends the wait */
    void (*wait)(void);              /* until then, or about 100 us */
};

/* This processor's way, or NULL when it has none. */
const struct hr_monitor *hr_monitor_detect(void);

/* Waits, for about 100 us at the longest, until the stamp at `stamp` is greater than `last`; returns early at times. */
void hr_monitor_wait(const struct hr_monitor *monitor, const uint64_t *stamp, uint64_t last);

#endif
