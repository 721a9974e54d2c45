/* SPDX-License-Identifier: Apache-2.0
 *
 * Who reads the packets: each goes over all of them once, and says how many messages (for MDP 3.0, entries) there were.
 */
#ifndef HEADRACE_BENCH_DECODE_SYSTEMS_H
#define HEADRACE_BENCH_DECODE_SYSTEMS_H

#include "packets.h"

/* Walks the lengths and touches each message's type: nobody who looks at every message is faster. */
uint64_t system_bound(const struct packets *packets);

/* The handler's own line step (header, blocks) and decode step, to records of 64 bytes that are ready to be published. `events`:
 * how many it made. */
uint64_t system_headrace(const struct packets *packets, uint64_t *events);

/* The same without vector instructions, whatever the processor has. */
uint64_t system_headrace_scalar(const struct packets *packets, uint64_t *events);

#endif
