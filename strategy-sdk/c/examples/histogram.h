/* SPDX-License-Identifier: Apache-2.0
 *
 * A histogram of nanoseconds with a relative error below 1 %: 128 steps up to 128, then 64 in each power of two.
 */
#ifndef EXAMPLES_HISTOGRAM_H
#define EXAMPLES_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEP_BITS 7
#define HISTOGRAM_STEPS (1U << HISTOGRAM_STEP_BITS)
#define HISTOGRAM_BINS ((64 - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS)

struct histogram {
    uint64_t total;
    uint64_t bins[HISTOGRAM_BINS];
};

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    uint32_t shift = value < HISTOGRAM_STEPS ? 0 : 63U - (uint32_t)__builtin_clzll(value) - HISTOGRAM_STEP_BITS + 1;
    histogram->bins[shift * HISTOGRAM_STEPS + (value >> shift)]++;
    histogram->total++;
}

/* The value that `per_mille` of a thousand lie at or below; 0 when there is none. */
static inline uint64_t histogram_quantile(const struct histogram *histogram, uint32_t per_mille)
{
    uint64_t rank = (histogram->total * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (uint32_t bin = 0; rank && bin < HISTOGRAM_BINS; bin++) {
        seen += histogram->bins[bin];
        if (seen >= rank)
            return (uint64_t)(bin % HISTOGRAM_STEPS) << (bin / HISTOGRAM_STEPS);
    }
    return 0;
}

#endif
