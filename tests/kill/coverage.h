/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses of the instructions that a child stood before when it was killed: a set.
 */
#ifndef HEADRACE_KILL_COVERAGE_H
#define HEADRACE_KILL_COVERAGE_H

#include <stdint.h>

#include "require.h"

#define COVERAGE_PLACES 16384 /* a power of two, some times what there is */

struct coverage {
    uint64_t places[COVERAGE_PLACES]; /* open addressing; 0 is free */
    uint64_t count;
};

static inline uint64_t *coverage_place(struct coverage *coverage, uint64_t address)
{
    uint64_t at = address * UINT64_C(0x9E3779B97F4A7C15) >> 50;
    while (coverage->places[at] != 0 && coverage->places[at] != address)
        at = (at + 1) % COVERAGE_PLACES;
    return &coverage->places[at];
}

static inline void coverage_add(struct coverage *coverage, uint64_t address)
{
    uint64_t *place = coverage_place(coverage, address);
    if (*place == 0) {
        *place = address;
        REQUIRE(++coverage->count < COVERAGE_PLACES / 2);
    }
}

static inline int coverage_has(struct coverage *coverage, uint64_t address)
{
    return *coverage_place(coverage, address) == address;
}

#endif
