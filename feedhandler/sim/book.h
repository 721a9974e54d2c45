/* SPDX-License-Identifier: Apache-2.0
 *
 * The generated market's own state: every live order in its queue, price by price, and the best prices of each symbol.
 * It exists so that what the generator says is true: no add crosses, executions take the head of the best queue, and
 * nothing refers to an order that is not there. It has nothing to do with the handler's book.
 *
 * One symbol has a ladder of HR_SIM_LADDER_TICKS prices around its opening price. Bids are always below asks, so one
 * ladder and one bitmap of occupied prices serve both sides. The reference (the fair price: bids are placed at or below
 * it, asks above) walks inside the middle of the ladder, far enough from its ends for every depth that is drawn.
 */
#ifndef HEADRACE_SIM_BOOK_H
#define HEADRACE_SIM_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/symbols.h"

#define HR_SIM_LADDER_TICKS 512
#define HR_SIM_REFERENCE_MIN 160 /* lowest place of the reference */
#define HR_SIM_REFERENCE_MAX 351 /* highest */
#define HR_SIM_NO_BID (-1)
#define HR_SIM_NO_ASK HR_SIM_LADDER_TICKS

enum hr_sim_side { HR_SIM_BID = 0, HR_SIM_ASK = 1 };

/* 24 bytes, because a million of them are what the generator's speed hangs on. */
struct hr_sim_order {
    uint64_t reference; /* 0: the slot is free */
    uint32_t shares;
    uint32_t previous;  /* in the queue at its price; 0 for the first */
    uint32_t next;      /* 0 for the last; in a free slot, the next free one */
    uint16_t symbol;    /* index: stock locate - 1 */
    uint16_t place;     /* on the ladder; bit 15 is the side */
};

/* One queue, in order of time. */
struct hr_sim_level {
    uint32_t first; /* 0 when there is none */
    uint32_t last;
};

struct hr_sim_ladder {
    uint64_t occupied[HR_SIM_LADDER_TICKS / 64];
    int16_t best_bid;   /* place, or HR_SIM_NO_BID */
    int16_t best_ask;   /* place, or HR_SIM_NO_ASK */
    int16_t reference;  /* place */
    uint16_t spread;    /* how many ticks a thinly traded symbol's orders stay away from the reference, at most */
    uint32_t base_price;/* of place 0, 1/10000 dollar */
    uint32_t tick;      /* 1/10000 dollar */
    char name[8];
} __attribute__((aligned(64)));

struct hr_sim_book {
    uint32_t symbol_count;
    uint32_t capacity;   /* orders */
    uint32_t live;       /* orders */
    uint32_t live_max;
    uint32_t used;       /* slots 1 to used have been given out at some time */
    uint32_t free;       /* first free slot among them, 0 for none */
    struct hr_sim_ladder *ladders;
    struct hr_sim_level *levels; /* HR_SIM_LADDER_TICKS for each symbol */
    struct hr_sim_order *orders; /* capacity + 1; slot 0 stands for none */
};

/* Returns 0 or -ENOMEM; on failure there is nothing to destroy. Allocates all there will ever be. */
int hr_sim_book_create(struct hr_sim_book *book, const struct hr_sim_symbols *symbols, uint32_t capacity)
    __attribute__((warn_unused_result));
void hr_sim_book_destroy(struct hr_sim_book *book);

/* A new order at the end of its queue. The caller has seen that live < capacity and that the place is not beyond
 * hr_sim_book_limit; both are checked, and a violation aborts. Returns its slot. */
uint32_t hr_sim_book_add(struct hr_sim_book *book, uint32_t symbol, enum hr_sim_side side, int place,
                         uint64_t reference, uint32_t shares);

void hr_sim_book_remove(struct hr_sim_book *book, uint32_t slot);

/* Takes the order out of its queue, so that limits and best prices no longer count it, and puts it back elsewhere:
 * the two halves of a replace. */
void hr_sim_book_unlink(struct hr_sim_book *book, uint32_t slot);
void hr_sim_book_relink(struct hr_sim_book *book, uint32_t slot, int place, uint64_t reference, uint32_t shares);

/* Some live order, each as likely as any other. There must be one. */
uint32_t hr_sim_book_any(const struct hr_sim_book *book, struct hr_sim_random *random);

static inline enum hr_sim_side hr_sim_order_side(const struct hr_sim_order *order)
{
    return (enum hr_sim_side)(order->place >> 15);
}

static inline int hr_sim_order_place(const struct hr_sim_order *order)
{
    return order->place & 0x7fff;
}

static inline uint32_t hr_sim_ladder_price(const struct hr_sim_ladder *ladder, int place)
{
    return ladder->base_price + (uint32_t)place * ladder->tick;
}

/* The highest place of a new bid, or the lowest of a new ask: on its own side of the reference, and not touching the
 * other side's best price. */
static inline int hr_sim_ladder_limit(const struct hr_sim_ladder *ladder, enum hr_sim_side side)
{
    if (side == HR_SIM_BID)
        return ladder->reference < ladder->best_ask ? ladder->reference : ladder->best_ask - 1;
    return ladder->reference >= ladder->best_bid ? ladder->reference + 1 : ladder->best_bid + 1;
}

/* The queue at the best price of a side, or NULL. */
static inline const struct hr_sim_level *hr_sim_book_best(const struct hr_sim_book *book, uint32_t symbol,
                                                          enum hr_sim_side side)
{
    const struct hr_sim_ladder *ladder = &book->ladders[symbol];
    int place = side == HR_SIM_BID ? ladder->best_bid : ladder->best_ask;
    if (place == HR_SIM_NO_BID || place == HR_SIM_NO_ASK)
        return NULL;
    return &book->levels[(size_t)symbol * HR_SIM_LADDER_TICKS + (size_t)place];
}

#endif
