/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring between two pages that nobody may touch, and a look afterwards at what should not have changed.
 */
#ifndef HEADRACE_ATTACK_GUARDED_H
#define HEADRACE_ATTACK_GUARDED_H

#include "headrace/producer.h"

struct guard {
    uint8_t *region;
    size_t bytes;
    struct hr_ring_header header; /* as it was */
};

/* Moves the writer's mapping of the data object between two such pages. Returns 0 or a negative errno. */
int guard_put(struct guard *guard, struct hr_producer *ring) __attribute__((warn_unused_result));

/* 1: of the object only the slots and the header's live words have been written. */
int guard_holds(const struct guard *guard, const struct hr_producer *ring);

/* Gives the two pages back; the ring stays where it is. */
void guard_take(struct guard *guard, const struct hr_producer *ring);

#endif
