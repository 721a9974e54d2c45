/* SPDX-License-Identifier: Apache-2.0
 *
 * The market generator's random numbers: xoshiro256**, seeded through splitmix64 (Blackman and Vigna, public domain).
 * Integers only, so that a seed gives the same bytes with every compiler and C library.
 */
#ifndef HEADRACE_SIM_RANDOM_H
#define HEADRACE_SIM_RANDOM_H

#include <stdint.h>

struct hr_sim_random {
    uint64_t state[4];
};

static inline void hr_sim_random_seed(struct hr_sim_random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        random->state[i] = z ^ (z >> 31);
    }
}

static inline uint64_t hr_sim_rotate(uint64_t value, unsigned bits)
{
    return (value << bits) | (value >> (64 - bits));
}

static inline uint64_t hr_sim_random_next(struct hr_sim_random *random)
{
    uint64_t *s = random->state;
    uint64_t result = hr_sim_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = hr_sim_rotate(s[3], 45);
    return result;
}

/* A number from 0 to limit - 1. The multiplication is biased by at most limit / 2^32, which no one will see here. */
static inline uint32_t hr_sim_random_below(struct hr_sim_random *random, uint32_t limit)
{
    return (uint32_t)(((hr_sim_random_next(random) >> 32) * limit) >> 32);
}

#endif
