/* SPDX-License-Identifier: Apache-2.0
 *
 * The listed symbols of the generated market: names, opening prices, and how often each is traded (Zipf: the symbol of
 * rank r has weight 1/r). Made once; drawing one is O(1) by the alias method (Walker; Vose), in integers.
 */
#ifndef HEADRACE_SIM_SYMBOLS_H
#define HEADRACE_SIM_SYMBOLS_H

#include <stdint.h>

#include "sim/random.h"

#define HR_SIM_SYMBOLS_MAX 65535 /* the stock locate has 16 bits */

struct hr_sim_listing {
    char name[8];          /* padded with spaces */
    uint32_t open_price;   /* 1/10000 dollar, a multiple of tick */
    uint32_t tick;         /* 1/10000 dollar: 100 from one dollar up, 1 below */
    uint32_t rank;         /* 0 is traded most */
};

struct hr_sim_symbols {
    uint32_t count;
    struct hr_sim_listing *listings; /* by name; the stock locate is the index + 1, as at Nasdaq */
    uint32_t *alias;
    uint32_t *threshold;             /* of 65536: below it the column itself, else its alias */
};

/* count: 1 to HR_SIM_SYMBOLS_MAX. Returns 0 or -ENOMEM; on failure there is nothing to destroy. Allocates. */
int hr_sim_symbols_create(struct hr_sim_symbols *symbols, uint32_t count, struct hr_sim_random *random)
    __attribute__((warn_unused_result));
void hr_sim_symbols_destroy(struct hr_sim_symbols *symbols);

/* An index into listings, by Zipf. */
static inline uint32_t hr_sim_symbols_draw(const struct hr_sim_symbols *symbols, struct hr_sim_random *random)
{
    uint64_t bits = hr_sim_random_next(random);
    uint32_t column = (uint32_t)(((bits >> 32) * symbols->count) >> 32);
    return (bits & 0xffff) < symbols->threshold[column] ? column : symbols->alias[column];
}

#endif
