/* SPDX-License-Identifier: Apache-2.0
 *
 * When messages happen: a Poisson process whose rate is switched between two states, calm and burst. A burst runs at
 * ten times the average rate for about a millisecond, a calm at 5/8 of it for about 24 ms; so 4 % of the time
 * carries 40 % of the messages, which is the shape of an equities feed seen through 1 ms windows.
 */
#ifndef HEADRACE_SIM_ARRIVAL_H
#define HEADRACE_SIM_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/random.h"

#define HR_SIM_ARRIVAL_LOG2_ENTRIES 256

struct hr_sim_arrival {
    uint64_t time_ns;      /* of the newest message */
    uint64_t state_end_ns; /* when calm and burst change places */
    uint64_t bursts;       /* how many have begun; a new one is seen by this number changing */
    bool burst;
    uint64_t gap_ns256[2]; /* mean gap in 1/256 ns, [burst] */
    uint32_t log2[HR_SIM_ARRIVAL_LOG2_ENTRIES]; /* 1 - log2(1 + (i + 1/2) / 256), in 1/65536 */
};

/* Starts at time_ns, in a calm. rate: messages a second on average, 1 to 10 million. */
void hr_sim_arrival_start(struct hr_sim_arrival *arrival, uint64_t time_ns, uint64_t rate,
                          struct hr_sim_random *random);

/* The time of the next message, ns; always later than the one before. */
uint64_t hr_sim_arrival_next(struct hr_sim_arrival *arrival, struct hr_sim_random *random);

#endif
