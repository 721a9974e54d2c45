/* SPDX-License-Identifier: Apache-2.0
 *
 * The strategy of the bench: a process of its own on a core of its own, made before the EAL, that gets its ring over a
 * socket as a strategy does.
 */
#ifndef HEADRACE_BENCH_READER_H
#define HEADRACE_BENCH_READER_H

#include <stdint.h>
#include <sys/types.h>

/* Latencies of 1 ns steps; what is longer is counted in the last. */
#define READER_BINS 100000

struct reader_result {
    uint64_t records;
    uint64_t lost;
    uint64_t bins[READER_BINS];
};

struct reader {
    pid_t pid;
    int socket;
    struct reader_result *result; /* shared with the process; good after reader_finish */
};

/* Forks. The process dies with its parent. Exits on failure. */
void reader_start(struct reader *reader, unsigned core);

/* Hands it a ring; it reads until the ring's state is not RUNNING, and until it is empty. measure: time every record. */
void reader_attach(const struct reader *reader, int data_fd, int cursor_fd, int measure);

/* Waits until it has read everything. */
void reader_finish(const struct reader *reader);

void reader_stop(struct reader *reader);

#endif
