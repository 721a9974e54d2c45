/* SPDX-License-Identifier: Apache-2.0
 *
 * Kills the writer at every instruction of a script's loop, and has the reader look before and after each death.
 */
#ifndef HEADRACE_KILL_WRITER_H
#define HEADRACE_KILL_WRITER_H

#include "audit.h"
#include "coverage.h"
#include "script.h"

struct writer_result {
    struct audit_verdict verdict;
    uint64_t kills;
    uint64_t at;      /* where a fault was found: this many instructions into the loop */
    uint64_t address; /* of the instruction that would have come next */
    uint64_t lost;    /* records lost, LOST records read, sleepers woken: what the run came through */
    uint64_t told;
    uint64_t woken;
    uint32_t state;
};

/* What the memory was like after each of the first instructions. */
struct writer_trail {
    uint64_t length;
    uint64_t digests[1024];
    struct audit_end ends[1024];
};

/* `trail` may be NULL; its length says how many digests are wanted. */
struct writer_result writer_run(const struct script *script, uint64_t seed, struct coverage *coverage,
                                struct writer_trail *trail);

/* Steps a fresh child k instructions far, with no copy made, and kills it: the memory is as in the trail. */
struct writer_result writer_run_to(const struct script *script, uint64_t seed, uint64_t k, const struct writer_trail *trail);

#endif
