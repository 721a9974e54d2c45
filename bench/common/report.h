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
    double max_value;         /* latencies: the longest of all rounds; 0 is not shown */
    double records_per_second; /* paced works: 0 is not shown */
    double to_floor;          /* value / floor, each round's, the median; 0 is not shown */
    double to_headrace;       /* value / headrace-spin's of the same round, the median; 0 is not shown */
    const char *note; /* what a reader must know to read the figure, or NULL */
};

/* A peer that could not be built or run. */
struct hr_missing {
    const char *name;
    const char *why;
};

struct hr_report {
    const char *bench;
    uint64_t seed; /* of the order in which works were run */
    const struct hr_result *results;
    uint32_t count;
    const struct hr_missing *missing;
    uint32_t missing_count;
};

double hr_median(const double *values, uint32_t count);

void hr_report_print(const struct hr_report *report, int json);

/* Shuffles 0 .. count-1, from a seed. */
void hr_shuffle(uint64_t *seed, uint32_t *order, uint32_t count);

#endif
