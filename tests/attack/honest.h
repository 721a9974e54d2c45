/* SPDX-License-Identifier: Apache-2.0
 *
 * An honest reader's process: reads one ring to its end, record by record and in batches, and checks every byte.
 */
#ifndef HEADRACE_ATTACK_HONEST_H
#define HEADRACE_ATTACK_HONEST_H

#include "headrace/producer.h"

struct honest_report {
    uint64_t records;
    uint64_t lost;
    uint64_t wrong;
};

/* Reads stream `stream` of the ring until its state is HR_RING_STOPPING; writes a struct honest_report to `results`. Returns
 * the exit status. */
int honest_run(const struct hr_producer *ring, uint64_t stream, uint64_t seed, int results);

#endif
