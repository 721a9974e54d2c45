/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How many of a hundred names have 1, 2, ... 5 letters: about the list of US equities. */
static const uint32_t LENGTH_PERCENT[] = {0, 3, 33, 56, 8};

static void draw_name(char name[8], struct hr_sim_random *random)
{
    uint32_t percent = hr_sim_random_below(random, 100);
    uint32_t length = 1;
    while (length < 5 && percent >= LENGTH_PERCENT[length - 1]) {
        percent -= LENGTH_PERCENT[length - 1];
        length++;
    }
    memset(name, ' ', 8);
    for (uint32_t i = 0; i < length; i++)
        name[i] = (char)('A' + hr_sim_random_below(random, 26));
}

static int compare_names(const void *a, const void *b)
{
    const struct hr_sim_listing *left = a;
    const struct hr_sim_listing *right = b;
    return memcmp(left->name, right->name, sizeof(left->name));
}

/* Unique names in alphabetical order. Doubles are found by sorting and drawn again until there are none; only names are
 * set at this point, so that equal elements are the same bytes and the sort needs no rule for them. */
static void name_listings(struct hr_sim_symbols *symbols, struct hr_sim_random *random)
{
    static const char ONE_LETTER[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    uint32_t one_letter = symbols->count >= 4000 ? 24 : symbols->count / 200;
    for (uint32_t i = 0; i < symbols->count; i++) {
        draw_name(symbols->listings[i].name, random);
        if (i < one_letter) {
            memset(symbols->listings[i].name, ' ', 8);
            symbols->listings[i].name[0] = ONE_LETTER[i];
        }
    }
    for (uint32_t doubles = 1; doubles > 0;) {
        doubles = 0;
        qsort(symbols->listings, symbols->count, sizeof(*symbols->listings), compare_names);
        for (uint32_t i = 1; i < symbols->count; i++) {
            if (compare_names(&symbols->listings[i - 1], &symbols->listings[i]) == 0) {
                draw_name(symbols->listings[i - 1].name, random);
                doubles++;
            }
        }
    }
}

/* Prices spread over the octaves from 2 to 512 dollars, and one symbol in twenty below a dollar, where the tick is a
 * hundredth of a cent (Regulation NMS, rule 612). */
static void price_listing(struct hr_sim_listing *listing, struct hr_sim_random *random)
{
    if (hr_sim_random_below(random, 20) == 0) {
        listing->tick = 1;
        listing->open_price = 2000 + hr_sim_random_below(random, 7000);
        return;
    }
    uint32_t octave = UINT32_C(1) << (1 + hr_sim_random_below(random, 8));
    listing->tick = 100;
    listing->open_price = (octave * 100 + hr_sim_random_below(random, octave * 100)) * 100;
}

/* order[rank] = index: a random permutation, so that rank and alphabet have nothing to do with each other. */
static void rank_listings(struct hr_sim_symbols *symbols, uint32_t *order, struct hr_sim_random *random)
{
    for (uint32_t i = 0; i < symbols->count; i++)
        order[i] = i;
    for (uint32_t i = symbols->count - 1; i > 0; i--) {
        uint32_t other = hr_sim_random_below(random, i + 1);
        uint32_t kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (uint32_t rank = 0; rank < symbols->count; rank++)
        symbols->listings[order[rank]].rank = rank;
}

/* Vose's alias method with probabilities in 1/65536 of a column. `work` holds count entries: columns with too little
 * grow from the front, columns with too much from the back. */
static void build_alias(struct hr_sim_symbols *symbols, uint32_t *work)
{
    uint32_t count = symbols->count;
    uint64_t total = 0;
    for (uint32_t rank = 0; rank < count; rank++)
        total += (UINT32_C(1) << 28) / (rank + 1);

    uint32_t *share = symbols->threshold; /* becomes the threshold column by column; at most 65536 * count: 32 bits */
    uint32_t small = 0;
    uint32_t large = count;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t weight = (UINT32_C(1) << 28) / (symbols->listings[i].rank + 1);
        share[i] = (uint32_t)(((weight * count) << 16) / total);
        symbols->alias[i] = i;
        if (share[i] < 65536)
            work[small++] = i;
        else
            work[--large] = i;
    }
    while (small > 0 && large < count) {
        uint32_t poor = work[--small];
        uint32_t rich = work[large];
        symbols->alias[poor] = rich;
        share[rich] -= 65536 - share[poor];
        if (share[rich] < 65536) {
            large++;
            work[small++] = rich;
        }
    }
    /* What is left over on either side is a full column but for rounding. */
    while (small > 0)
        share[work[--small]] = 65536;
    while (large < count)
        share[work[large++]] = 65536;
}

int hr_sim_symbols_create(struct hr_sim_symbols *symbols, uint32_t count, struct hr_sim_random *random)
{
    symbols->count = count;
    symbols->listings = calloc(count, sizeof(*symbols->listings));
    symbols->alias = calloc(count, sizeof(*symbols->alias));
    symbols->threshold = calloc(count, sizeof(*symbols->threshold));
    uint32_t *work = calloc(count, sizeof(*work));
    if (!symbols->listings || !symbols->alias || !symbols->threshold || !work) {
        free(work);
        hr_sim_symbols_destroy(symbols);
        return -ENOMEM;
    }
    name_listings(symbols, random);
    for (uint32_t i = 0; i < count; i++)
        price_listing(&symbols->listings[i], random);
    rank_listings(symbols, work, random);
    build_alias(symbols, work);
    free(work);
    return 0;
}

void hr_sim_symbols_destroy(struct hr_sim_symbols *symbols)
{
    free(symbols->listings);
    free(symbols->alias);
    free(symbols->threshold);
    memset(symbols, 0, sizeof(*symbols));
}
