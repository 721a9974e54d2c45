/* SPDX-License-Identifier: Apache-2.0
 *
 * A system of the ring bench as the driver sees it: a program (hand_over.h) that it runs for one work at a time.
 */
#ifndef HEADRACE_BENCH_SYSTEM_H
#define HEADRACE_BENCH_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* The layout of the result is the programs' too. */
struct hand_over_result;

struct system_run {
    const char *program; /* path */
    const char *work;    /* round_trip, one_way, paced */
    size_t bytes;
    double rate;         /* paced: records a second */
    double seconds;
    double tsc_per_ns;
    int result_fd;       /* a memfd with room for a struct hand_over_result; zeroed before each run */
};

/* Runs it in a group of its own, which has ended when this returns, on the last two processors that this process may use. Returns 0,
 * or -1 with the reason in `error`. */
int system_run(const struct system_run *run, char *error, size_t bytes);

#endif
