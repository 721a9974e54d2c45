/* SPDX-License-Identifier: Apache-2.0
 *
 * A made-up futures market: orders come, change, move and go, one event at a time, and each event says what it did to the
 * price levels and to the orders, as a feed by price and by order tells it. The first HR_FUTURES_DEPTH levels of a side are
 * told by price; what happens behind them is told by order only. Nothing crosses. The same options give the same events.
 * One thread, no I/O, nothing is allocated after create.
 */
#ifndef HEADRACE_SIM_FUTURES_H
#define HEADRACE_SIM_FUTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/random.h"

#define HR_FUTURES_DEPTH 10
#define HR_FUTURES_INSTRUMENTS_MAX 1000
#define HR_FUTURES_ORDERS_MAX 100000
#define HR_FUTURES_PLACES 512 /* prices of one instrument */
#define HR_FUTURES_LEVEL_CHANGES_MAX 4
#define HR_FUTURES_ORDER_CHANGES_MAX 2
#define HR_FUTURES_TICK INT64_C(250000000) /* 0.25, in 1e-9 */

enum hr_futures_side { HR_FUTURES_BID = 0, HR_FUTURES_OFFER = 1 };
enum hr_futures_action { HR_FUTURES_NEW = 0, HR_FUTURES_CHANGE = 1, HR_FUTURES_DELETE = 2 };

struct hr_futures_order {
    uint64_t id;
    uint64_t priority; /* the lower the earlier at its price */
    int32_t quantity;
    uint16_t instrument;
    int16_t place;
    enum hr_futures_side side;
};

struct hr_futures_level {
    int32_t quantity;
    int32_t orders; /* 0: no level */
};

struct hr_futures_instrument {
    int32_t security_id;
    int reference;      /* place: bids are made at or below it, offers above */
    int64_t base_price; /* of place 0, in 1e-9 */
    uint32_t changes;   /* of levels, so far: RptSeq */
    uint64_t changed_ns;
    struct hr_futures_level levels[2][HR_FUTURES_PLACES];
};

struct hr_futures_level_change {
    enum hr_futures_action action;
    enum hr_futures_side side;
    uint8_t level; /* 1 is the best */
    int64_t price;
    struct hr_futures_level now;
    uint32_t number; /* among the instrument's changes, from 1 */
};

struct hr_futures_order_change {
    enum hr_futures_action action;
    struct hr_futures_order order;
    int64_t price;
    uint8_t level_change; /* which of the event's level changes it belongs to, from 1; 0: it lies behind the depth */
};

struct hr_futures_event {
    uint16_t instrument;
    bool recovery; /* an order told again after a reset */
    uint32_t level_count;
    uint32_t order_count;
    struct hr_futures_level_change levels[HR_FUTURES_LEVEL_CHANGES_MAX];
    struct hr_futures_order_change orders[HR_FUTURES_ORDER_CHANGES_MAX];
};

struct hr_futures_options {
    uint64_t seed;
    uint32_t instruments; /* 1 to HR_FUTURES_INSTRUMENTS_MAX */
    uint32_t live_orders; /* 1 to HR_FUTURES_ORDERS_MAX: the number is kept near it */
};

struct hr_futures {
    struct hr_futures_options options;
    struct hr_sim_random random;
    struct hr_futures_instrument *instruments;
    struct hr_futures_order *orders; /* live ones: 0 to live - 1, in no order */
    uint32_t live;
    uint32_t capacity;
    uint32_t told_again; /* after a reset: orders 0 to told_again - 1 are back; live when all are */
    uint64_t next_id;
    uint64_t next_priority;
};

/* Returns 0; -EINVAL when an option is out of its range, or -ENOMEM. On failure there is nothing to destroy. */
int hr_futures_create(struct hr_futures *futures, const struct hr_futures_options *options) __attribute__((warn_unused_result));
void hr_futures_destroy(struct hr_futures *futures);

/* The next event. While orders are to be told again after a reset, that is what comes. */
void hr_futures_next(struct hr_futures *futures, uint64_t time_ns, struct hr_futures_event *event);

/* An event that only adds an order: for the start. */
void hr_futures_add(struct hr_futures *futures, uint64_t time_ns, struct hr_futures_event *event);

/* All levels are empty and their changes count from 1 again; the orders stay, to be told again. */
void hr_futures_reset(struct hr_futures *futures);

static inline bool hr_futures_recovers(const struct hr_futures *futures)
{
    return futures->told_again < futures->live;
}

static inline int64_t hr_futures_price(const struct hr_futures_instrument *instrument, int place)
{
    return instrument->base_price + place * HR_FUTURES_TICK;
}

/* The place of the n-th occupied level of a side, 1 being the best; -1 when there are fewer. */
int hr_futures_place_of_level(const struct hr_futures_instrument *instrument, enum hr_futures_side side, int level);

#endif
