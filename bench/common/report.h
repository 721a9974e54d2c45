/* SPDX-License-Identifier: Apache-2.0
 *
 * What every bench prints: one JSON object, or a table for people, of the same results (docs/benchmarks.md).
 */
#ifndef HEADRACE_BENCH_REPORT_H
#define HEADRACE_BENCH_REPORT_H

#include <stdint.h>

#define HR_REPORT_ROUNDS_MAX 64

/* One line: what was done, by whom. A value for each round; percentiles only of latencies, pooled over the rounds. */
struct hr_result {
    const char *work;
    const char *name;
    const char *unit;
    double values[HR_REPORT_ROUNDS_MAX];
    uint32_t rounds;
    int has_percentiles;
    double p50, p95, p99, p999;
    const char *note; /* what a reader must know to read the figure, or NULL */
};

struct hr_report {
    const char *bench;
    uint64_t seed; /* of the order in which works were run */
    const struct hr_result *results;
    uint32_t count;
};

void hr_report_print(const struct hr_report *report, int json);

/* Shuffles 0 .. count-1, from a seed. */
void hr_shuffle(uint64_t *seed, uint32_t *order, uint32_t count);

#endif
