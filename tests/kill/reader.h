/* SPDX-License-Identifier: Apache-2.0
 *
 * Kills the reader at every instruction of its loop, and has the writer go on after each death.
 */
#ifndef HEADRACE_KILL_READER_H
#define HEADRACE_KILL_READER_H

#include "audit.h"
#include "coverage.h"

/* Runs in the child and has no end. */
typedef void reader_loop(struct stage_page *page);

struct reader_script {
    const char *name;
    reader_loop *loop;
};

extern const struct reader_script reader_plain[];
extern const size_t reader_plain_count;
extern const struct reader_script reader_mutations[];
extern const size_t reader_mutations_count;

struct reader_result {
    struct audit_verdict verdict;
    uint64_t kills;
    uint64_t at;      /* where a fault was found: this many instructions into the loop */
    uint64_t address; /* of the instruction that would have come next */
    uint64_t read;    /* records given back to the writer */
    uint64_t sleeps;
};

struct reader_result reader_run(const struct reader_script *script, uint64_t seed, uint64_t kills, struct coverage *coverage);

#endif
