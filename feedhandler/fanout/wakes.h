/* SPDX-License-Identifier: Apache-2.0
 *
 * What a worker tells the waker thread: whose sleep is to end. One writer, the worker; one reader, the waker. Counts that only grow,
 * so that neither side clears what the other writes. In the handler's own memory: strategies do not see it.
 */
#ifndef HEADRACE_FANOUT_WAKES_H
#define HEADRACE_FANOUT_WAKES_H

#include <stdint.h>

#include "headrace/ring_abi.h"

struct hr_wakes {
    uint32_t total; /* of all: the one word that the waker looks at; stored with release after the consumer's */
    uint8_t reserved[HR_CACHE_LINE - sizeof(uint32_t)];
    uint32_t wanted[]; /* [consumer] */
};

/* Worker thread. Two plain stores: the system call is the waker's. */
static inline void hr_wakes_want(struct hr_wakes *wakes, uint32_t consumer)
{
    __atomic_store_n(&wakes->wanted[consumer], wakes->wanted[consumer] + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&wakes->total, wakes->total + 1, __ATOMIC_RELEASE);
}

#endif
