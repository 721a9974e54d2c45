/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters. Each step declares its own as a list X(name, help); the list makes the struct, the names in the statistics
 * page, `headrace stat` and the reference page. A value is a 64-bit word with one writing thread; the data thread adds to
 * it with a plain load and store, everyone else reads it whenever they like.
 */
#ifndef HEADRACE_OBSERVE_METRICS_H
#define HEADRACE_OBSERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct hr_metric {
    const char *name;
    const char *help;
};

#define HR_METRIC_FIELD(name, help) uint64_t name;
#define HR_METRIC_ENTRY(name, help) {#name, help},

struct hr_statistics_page;

struct hr_metrics {
    struct hr_statistics_page *page;
    uint64_t *values;
    size_t bytes;
    uint32_t next_value; /* values are handed out in whole cache lines */
    int fd;              /* read-only for whoever gets it */
};

/* Makes a page for at most `capacity` values. Returns 0 or a negative errno. */
int hr_metrics_create(struct hr_metrics *metrics, const char *instance, uint64_t session_epoch, uint32_t capacity)
    __attribute__((warn_unused_result));
void hr_metrics_destroy(struct hr_metrics *metrics);

/* Adds `count` values of one step and subject; they start on a cache line of their own. Control thread, before the worker
 * starts. Returns the first of the values, or NULL when the page is full. */
uint64_t *hr_metrics_add(struct hr_metrics *metrics, const char *step, const char *subject,
                            const struct hr_metric *list, size_t count);

/* Writes to every page of fresh memory, so that the data thread meets no page fault. Volatile: the compiler knows that it is zero. */
static inline void hr_touch(void *memory, size_t bytes)
{
    volatile uint8_t *at = memory;
    for (size_t i = 0; at && i < bytes; i += 4096)
        at[i] = 0;
}

#endif
