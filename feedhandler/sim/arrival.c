/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/arrival.h"

/* With these four numbers the average is exactly the rate asked for: (1 * 10 + 24 * 5/8) / 25 = 1. */
#define BURST_MEAN_NS UINT64_C(1000000)
#define CALM_MEAN_NS UINT64_C(24000000)
#define BURST_GAPS_A_SECOND(rate) ((rate) * 10)
#define CALM_GAPS_A_SECOND_TIMES_8(rate) ((rate) * 5)

#define LN2_65536 UINT64_C(45426) /* ln 2 in 1/65536 */

/* log2(1 + numerator / 512) in 1/65536, by squaring: each one of a number in [1, 2) yields one more binary digit. */
static uint32_t log2_of(uint32_t numerator)
{
    uint64_t x = (UINT64_C(512) + numerator) << 22; /* 1.31 fixed point */
    uint32_t result = 0;
    for (int bit = 15; bit >= 0; bit--) {
        x = (x * x) >> 31;
        if (x >> 32) {
            x >>= 1;
            result |= UINT32_C(1) << bit;
        }
    }
    return result;
}

/* An exponentially distributed time, in ns. -log2 of a uniform 64-bit number is its count of leading zeros plus what
 * the table says of the digits behind the leading one; times ln 2 that has mean 1. */
static uint64_t exponential(const struct hr_sim_arrival *arrival, struct hr_sim_random *random, uint64_t mean_ns256)
{
    uint64_t uniform = hr_sim_random_next(random) | 1;
    unsigned zeros = (unsigned)__builtin_clzll(uniform);
    uint64_t digits = ((uniform << zeros) >> 55) & (HR_SIM_ARRIVAL_LOG2_ENTRIES - 1);
    uint64_t value = ((uint64_t)zeros << 16) + arrival->log2[digits];
    return (((mean_ns256 * LN2_65536) >> 16) * value) >> 24;
}

void hr_sim_arrival_start(struct hr_sim_arrival *arrival, uint64_t time_ns, uint64_t rate,
                          struct hr_sim_random *random)
{
    for (uint32_t i = 0; i < HR_SIM_ARRIVAL_LOG2_ENTRIES; i++)
        arrival->log2[i] = 65536 - log2_of(2 * i + 1);
    arrival->time_ns = time_ns;
    arrival->bursts = 0;
    arrival->burst = false;
    arrival->gap_ns256[0] = UINT64_C(1000000000) * 256 * 8 / CALM_GAPS_A_SECOND_TIMES_8(rate);
    arrival->gap_ns256[1] = UINT64_C(1000000000) * 256 / BURST_GAPS_A_SECOND(rate);
    arrival->state_end_ns = time_ns + exponential(arrival, random, CALM_MEAN_NS * 256);
}

uint64_t hr_sim_arrival_next(struct hr_sim_arrival *arrival, struct hr_sim_random *random)
{
    uint64_t from = arrival->time_ns;
    uint64_t time = from + exponential(arrival, random, arrival->gap_ns256[arrival->burst]);
    while (time > arrival->state_end_ns) {
        /* The exponential has no memory: a gap that outlives its state may be drawn anew from where the state ends. */
        from = arrival->state_end_ns;
        arrival->burst = !arrival->burst;
        arrival->bursts += arrival->burst;
        arrival->state_end_ns += exponential(arrival, random, (arrival->burst ? BURST_MEAN_NS : CALM_MEAN_NS) * 256);
        time = from + exponential(arrival, random, arrival->gap_ns256[arrival->burst]);
    }
    arrival->time_ns = time > arrival->time_ns ? time : arrival->time_ns + 1;
    return arrival->time_ns;
}
