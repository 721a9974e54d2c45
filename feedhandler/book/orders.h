/* SPDX-License-Identifier: Apache-2.0
 *
 * The order store of one feed: order reference to side, price and remaining size. An open-addressing hash of two orders per
 * cache line, sized once and never grown; deletion shifts back, so there are no tombstones and a search ends at the
 * first free slot. A search is bounded by HR_ORDERS_PROBE_MAX: an order that finds no slot within it is refused and counted.
 */
#ifndef HEADRACE_BOOK_ORDERS_H
#define HEADRACE_BOOK_ORDERS_H

#include <stddef.h>
#include <stdint.h>

#define HR_ORDERS_PROBE_MAX 128

struct hr_order {
    uint64_t reference;
    int64_t price;
    uint32_t size;
    uint32_t instrument;
    char side;
    uint8_t doubtful; /* replaced an order that was not known: its side is not either */
    uint16_t epoch;   /* of the session it belongs to; a slot of another epoch is free, and 0 is no epoch */
    uint32_t clears;  /* of its instrument, when it was added (see book.h) */
};

struct hr_orders {
    struct hr_order *slots;
    uint64_t mask;
    uint32_t shift;
    uint16_t epoch;
    uint64_t count;
    uint64_t limit; /* orders_max of the configuration */
    size_t bytes;
};

/* Room for `orders_max` orders at a load of at most one half. populate: touch every page now, so that
 * the data thread meets no page fault; huge_pages: reserved ones if there are any. Returns 0 or -ENOMEM. */
int hr_orders_create(struct hr_orders *orders, uint64_t orders_max, int populate, int huge_pages) __attribute__((warn_unused_result));
void hr_orders_destroy(struct hr_orders *orders);

/* Forgets every order, in constant time: a new session's references start anew. */
void hr_orders_clear(struct hr_orders *orders);

static inline int hr_orders_is_free(const struct hr_orders *orders, const struct hr_order *order)
{
    return order->epoch != orders->epoch;
}

static inline uint64_t hr_orders_home(const struct hr_orders *orders, uint64_t reference)
{
    return (reference * UINT64_C(0x9E3779B97F4A7C15)) >> orders->shift;
}

/* Asks for the order's cache line, a batch ahead of its use; and for the next slot's, which a removal looks at. */
static inline void hr_orders_prefetch(const struct hr_orders *orders, uint64_t reference)
{
    uint64_t home = hr_orders_home(orders, reference);
    __builtin_prefetch(&orders->slots[home], 1);
    __builtin_prefetch(&orders->slots[(home + 1) & orders->mask], 1);
}

/* The order, or NULL. */
static inline struct hr_order *hr_orders_find(const struct hr_orders *orders, uint64_t reference)
{
    uint64_t at = hr_orders_home(orders, reference);
    for (uint32_t probe = 0; probe < HR_ORDERS_PROBE_MAX; probe++, at = (at + 1) & orders->mask) {
        struct hr_order *order = &orders->slots[at];
        if (hr_orders_is_free(orders, order))
            return NULL;
        if (order->reference == reference)
            return order;
    }
    return NULL;
}

/* A slot for an order, with its reference set: a new one, or the one that has the reference already (*existed = 1).
 * NULL when the store is full or the search too long. */
struct hr_order *hr_orders_add(struct hr_orders *orders, uint64_t reference, int *existed);

void hr_orders_remove(struct hr_orders *orders, struct hr_order *order);

#endif
