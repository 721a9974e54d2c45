/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A market that is wrong must not be written: these stay on in release. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (__builtin_expect(!(condition), 0))                                                                         \
            abort();                                                                                                   \
    } while (0)

static struct hr_sim_level *level_at(struct hr_sim_book *book, uint32_t symbol, int place)
{
    return &book->levels[(size_t)symbol * HR_SIM_LADDER_TICKS + (size_t)place];
}

/* The highest occupied place below `place`, or HR_SIM_NO_BID. */
static int16_t occupied_below(const struct hr_sim_ladder *ladder, int place)
{
    int word = place / 64;
    uint64_t bits = ladder->occupied[word] & ((UINT64_C(1) << (place % 64)) - 1);
    while (bits == 0) {
        if (word == 0)
            return HR_SIM_NO_BID;
        bits = ladder->occupied[--word];
    }
    return (int16_t)(word * 64 + 63 - __builtin_clzll(bits));
}

/* The lowest occupied place above `place`, or HR_SIM_NO_ASK. */
static int16_t occupied_above(const struct hr_sim_ladder *ladder, int place)
{
    int word = place / 64;
    /* For the last bit of a word, 2 << 63 is 0 and 0 - 1 all ones. */
    uint64_t bits = ladder->occupied[word] & ~((UINT64_C(2) << (place % 64)) - 1);
    while (bits == 0) {
        if (word == HR_SIM_LADDER_TICKS / 64 - 1)
            return HR_SIM_NO_ASK;
        bits = ladder->occupied[++word];
    }
    return (int16_t)(word * 64 + __builtin_ctzll(bits));
}

static void link_order(struct hr_sim_book *book, uint32_t slot)
{
    struct hr_sim_order *order = &book->orders[slot];
    struct hr_sim_ladder *ladder = &book->ladders[order->symbol];
    int place = hr_sim_order_place(order);
    struct hr_sim_level *level = level_at(book, order->symbol, place);

    /* The promise of this module: nothing crosses. */
    if (hr_sim_order_side(order) == HR_SIM_BID) {
        CHECK(place >= 0 && place < ladder->best_ask);
        if (place > ladder->best_bid)
            ladder->best_bid = (int16_t)place;
    } else {
        CHECK(place < HR_SIM_LADDER_TICKS && place > ladder->best_bid);
        if (place < ladder->best_ask)
            ladder->best_ask = (int16_t)place;
    }
    order->previous = level->last;
    order->next = 0;
    if (level->last != 0)
        book->orders[level->last].next = slot;
    else
        level->first = slot;
    level->last = slot;
    ladder->occupied[place / 64] |= UINT64_C(1) << (place % 64);
}

void hr_sim_book_unlink(struct hr_sim_book *book, uint32_t slot)
{
    struct hr_sim_order *order = &book->orders[slot];
    struct hr_sim_ladder *ladder = &book->ladders[order->symbol];
    int place = hr_sim_order_place(order);
    struct hr_sim_level *level = level_at(book, order->symbol, place);

    CHECK(order->reference != 0);
    if (order->previous != 0)
        book->orders[order->previous].next = order->next;
    else
        level->first = order->next;
    if (order->next != 0)
        book->orders[order->next].previous = order->previous;
    else
        level->last = order->previous;
    if (level->first == 0) {
        ladder->occupied[place / 64] &= ~(UINT64_C(1) << (place % 64));
        if (place == ladder->best_bid)
            ladder->best_bid = occupied_below(ladder, place);
        else if (place == ladder->best_ask)
            ladder->best_ask = occupied_above(ladder, place);
    }
}

void hr_sim_book_relink(struct hr_sim_book *book, uint32_t slot, int place, uint64_t reference, uint32_t shares)
{
    struct hr_sim_order *order = &book->orders[slot];
    order->reference = reference;
    order->shares = shares;
    order->place = (uint16_t)((order->place & 0x8000) | place);
    link_order(book, slot);
}

uint32_t hr_sim_book_add(struct hr_sim_book *book, uint32_t symbol, enum hr_sim_side side, int place,
                         uint64_t reference, uint32_t shares)
{
    CHECK(book->live < book->capacity && reference != 0 && shares != 0);
    uint32_t slot = book->free;
    if (slot != 0)
        book->free = book->orders[slot].next;
    else
        slot = ++book->used;
    struct hr_sim_order *order = &book->orders[slot];
    order->symbol = (uint16_t)symbol;
    order->place = (uint16_t)((unsigned)side << 15);
    hr_sim_book_relink(book, slot, place, reference, shares);
    book->live++;
    if (book->live > book->live_max)
        book->live_max = book->live;
    return slot;
}

void hr_sim_book_remove(struct hr_sim_book *book, uint32_t slot)
{
    hr_sim_book_unlink(book, slot);
    book->orders[slot].reference = 0;
    book->orders[slot].next = book->free;
    book->free = slot;
    book->live--;
}

/* Free slots are taken again first, so nearly all of 1 to used are live and the first guess is nearly always right.
 * Only a book that has shrunk to little of what it was needs the walk. */
uint32_t hr_sim_book_any(const struct hr_sim_book *book, struct hr_sim_random *random)
{
    uint32_t slot = 0;
    CHECK(book->live > 0);
    for (int guess = 0; guess < 64; guess++) {
        slot = 1 + hr_sim_random_below(random, book->used);
        if (book->orders[slot].reference != 0)
            return slot;
    }
    do {
        slot = slot == book->used ? 1 : slot + 1;
    } while (book->orders[slot].reference == 0);
    return slot;
}

/* The ladder is centred on the opening price, but neither below a tick nor, for a price in cents, below a dollar: there
 * prices have other ticks. */
static void set_ladder(struct hr_sim_ladder *ladder, const struct hr_sim_listing *listing)
{
    uint32_t lowest = listing->tick == 100 ? 10000 : 1;
    uint32_t below = HR_SIM_LADDER_TICKS / 2 * listing->tick;
    int reference;

    memcpy(ladder->name, listing->name, sizeof(ladder->name));
    ladder->tick = listing->tick;
    ladder->base_price = listing->open_price > lowest + below ? listing->open_price - below : lowest;
    reference = (int)((listing->open_price - ladder->base_price) / listing->tick);
    if (reference < HR_SIM_REFERENCE_MIN)
        reference = HR_SIM_REFERENCE_MIN;
    ladder->reference = (int16_t)reference;
    ladder->best_bid = HR_SIM_NO_BID;
    ladder->best_ask = HR_SIM_NO_ASK;
    ladder->spread = (uint16_t)(listing->rank / 1000 < 16 ? listing->rank / 1000 : 16);
}

int hr_sim_book_create(struct hr_sim_book *book, const struct hr_sim_symbols *symbols, uint32_t capacity)
{
    memset(book, 0, sizeof(*book));
    book->symbol_count = symbols->count;
    book->capacity = capacity;
    /* The size is a multiple of the alignment because the struct is. */
    book->ladders = aligned_alloc(64, symbols->count * sizeof(*book->ladders));
    book->levels = calloc((size_t)symbols->count * HR_SIM_LADDER_TICKS, sizeof(*book->levels));
    book->orders = calloc((size_t)capacity + 1, sizeof(*book->orders));
    if (!book->ladders || !book->levels || !book->orders) {
        hr_sim_book_destroy(book);
        return -ENOMEM;
    }
    memset(book->ladders, 0, symbols->count * sizeof(*book->ladders));
    for (uint32_t i = 0; i < symbols->count; i++)
        set_ladder(&book->ladders[i], &symbols->listings[i]);
    return 0;
}

void hr_sim_book_destroy(struct hr_sim_book *book)
{
    free(book->ladders);
    free(book->levels);
    free(book->orders);
    memset(book, 0, sizeof(*book));
}
