/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/message.h"

#define LOCATES 65536
#define DIRECTORY_BYTES 39
#define TRADING_ACTION_BYTES 25
#define FIRST_SLOTS 4096 /* must be a power of two */

/* One live order; a slot of the table is free when serial is 0. */
struct order {
    uint64_t reference;
    uint64_t serial; /* how many orders came before it: its place in the queue */
    uint64_t time_ns;
    uint32_t shares;
    uint32_t price;
    uint16_t locate;
    char side;
    char attribution[4]; /* of an F; spaces at the first place: none */
    char stock[8];
};

struct stock {
    uint8_t directory[DIRECTORY_BYTES];           /* the newest R; its first byte is 0 before one came */
    uint8_t trading_action[TRADING_ACTION_BYTES]; /* the newest H */
};

struct hr_snapshot {
    struct stock *stocks; /* by locate */
    struct order *orders; /* open addressing, linear probing */
    size_t slots;         /* a power of two; at most half of them taken */
    size_t live;
    uint64_t serial;
};

int hr_snapshot_create(struct hr_snapshot **made)
{
    *made = NULL;
    struct hr_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot)
        return -ENOMEM;
    snapshot->slots = FIRST_SLOTS;
    snapshot->stocks = calloc(LOCATES, sizeof(*snapshot->stocks));
    snapshot->orders = calloc(FIRST_SLOTS, sizeof(*snapshot->orders));
    if (!snapshot->stocks || !snapshot->orders) {
        hr_snapshot_destroy(snapshot);
        return -ENOMEM;
    }
    *made = snapshot;
    return 0;
}

void hr_snapshot_destroy(struct hr_snapshot *snapshot)
{
    if (!snapshot)
        return;
    free(snapshot->stocks);
    free(snapshot->orders);
    free(snapshot);
}

uint64_t hr_snapshot_live_orders(const struct hr_snapshot *snapshot)
{
    return snapshot->live;
}

/* Where the search for a reference begins. They are numbered nearly in a row: the multiplication spreads them. */
static size_t home(const struct hr_snapshot *snapshot, uint64_t reference)
{
    return (size_t)((reference * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (snapshot->slots - 1);
}

/* The order's slot, or the free one where it would be. */
static size_t slot_of(const struct hr_snapshot *snapshot, uint64_t reference)
{
    size_t slot = home(snapshot, reference);
    while (snapshot->orders[slot].serial != 0 && snapshot->orders[slot].reference != reference)
        slot = (slot + 1) & (snapshot->slots - 1);
    return slot;
}

static int double_slots(struct hr_snapshot *snapshot)
{
    size_t old_slots = snapshot->slots;
    struct order *old = snapshot->orders;
    struct order *orders = calloc(2 * old_slots, sizeof(*orders));
    if (!orders)
        return -ENOMEM;
    snapshot->orders = orders;
    snapshot->slots = 2 * old_slots;
    for (size_t i = 0; i < old_slots; i++)
        if (old[i].serial != 0)
            orders[slot_of(snapshot, old[i].reference)] = old[i];
    free(old);
    return 0;
}

static int insert(struct hr_snapshot *snapshot, const struct order *order)
{
    if (2 * (snapshot->live + 1) > snapshot->slots) {
        int error = double_slots(snapshot);
        if (error)
            return error;
    }
    struct order *slot = &snapshot->orders[slot_of(snapshot, order->reference)];
    if (slot->serial != 0)
        return -EPROTO;
    *slot = *order;
    slot->serial = ++snapshot->serial;
    snapshot->live++;
    return 0;
}

/* Those behind it that would no longer be found move up. */
static void erase(struct hr_snapshot *snapshot, size_t hole)
{
    size_t mask = snapshot->slots - 1;
    for (size_t slot = (hole + 1) & mask; snapshot->orders[slot].serial != 0; slot = (slot + 1) & mask) {
        size_t from_home = (slot - home(snapshot, snapshot->orders[slot].reference)) & mask;
        if (from_home >= ((slot - hole) & mask)) {
            snapshot->orders[hole] = snapshot->orders[slot];
            hole = slot;
        }
    }
    snapshot->orders[hole].serial = 0;
    snapshot->live--;
}

static int add(struct hr_snapshot *snapshot, const uint8_t *message)
{
    struct order order = {
        .locate = (uint16_t)hr_sim_get(message + 1, 2),
        .time_ns = hr_sim_get(message + 5, 6),
        .reference = hr_sim_get(message + 11, 8),
        .side = (char)message[19],
        .shares = (uint32_t)hr_sim_get(message + 20, 4),
        .price = (uint32_t)hr_sim_get(message + 32, 4),
        .attribution = {' ', ' ', ' ', ' '},
    };
    memcpy(order.stock, message + 24, sizeof(order.stock));
    if (message[0] == 'F')
        memcpy(order.attribution, message + 36, sizeof(order.attribution));
    return insert(snapshot, &order);
}

/* A part of the order is executed or cancelled; a delete takes what is left. */
static int reduce(struct hr_snapshot *snapshot, uint64_t reference, uint32_t shares, int all)
{
    size_t slot = slot_of(snapshot, reference);
    struct order *order = &snapshot->orders[slot];
    if (order->serial == 0 || (!all && order->shares < shares))
        return -EPROTO;
    if (!all)
        order->shares -= shares;
    if (all || order->shares == 0)
        erase(snapshot, slot);
    return 0;
}

/* The new order keeps stock, side and attribution, and goes to the end of its queue. */
static int replace(struct hr_snapshot *snapshot, const uint8_t *message)
{
    size_t slot = slot_of(snapshot, hr_sim_get(message + 11, 8));
    struct order order = snapshot->orders[slot];
    if (order.serial == 0)
        return -EPROTO;
    erase(snapshot, slot);
    order.time_ns = hr_sim_get(message + 5, 6);
    order.reference = hr_sim_get(message + 19, 8);
    order.shares = (uint32_t)hr_sim_get(message + 27, 4);
    order.price = (uint32_t)hr_sim_get(message + 31, 4);
    return insert(snapshot, &order);
}

/* Of the types that matter here, as the specification has it. */
static size_t length_of(uint8_t type)
{
    switch (type) {
    case 'R': return DIRECTORY_BYTES;
    case 'H': return TRADING_ACTION_BYTES;
    case 'A': return 36;
    case 'F': return 40;
    case 'E': return 31;
    case 'C': return 36;
    case 'X': return 23;
    case 'D': return 19;
    case 'U': return 35;
    default: return 0;
    }
}

int hr_snapshot_apply(struct hr_snapshot *snapshot, const uint8_t *message, size_t length)
{
    size_t wanted = length > 0 ? length_of(message[0]) : 1;
    if (wanted == 0)
        return 0;
    if (wanted != length)
        return -EPROTO;
    struct stock *stock = &snapshot->stocks[hr_sim_get(message + 1, 2)];
    switch (message[0]) {
    case 'R': memcpy(stock->directory, message, length); return 0;
    case 'H': memcpy(stock->trading_action, message, length); return 0;
    case 'A':
    case 'F': return add(snapshot, message);
    case 'D': return reduce(snapshot, hr_sim_get(message + 11, 8), 0, 1);
    case 'U': return replace(snapshot, message);
    default: return reduce(snapshot, hr_sim_get(message + 11, 8), (uint32_t)hr_sim_get(message + 19, 4), 0); /* E C X */
    }
}

static int by_serial(const void *left, const void *right)
{
    const struct order *const *a = left;
    const struct order *const *b = right;
    return (*a)->serial < (*b)->serial ? -1 : 1;
}

static int write_orders(const struct hr_snapshot *snapshot,
                        int (*taker)(void *state, const uint8_t *message, size_t length), void *state)
{
    uint8_t message[HR_SNAPSHOT_MESSAGE_BYTES_MAX];
    const struct order **sorted = malloc((snapshot->live + 1) * sizeof(*sorted));
    if (!sorted)
        return -ENOMEM;
    size_t count = 0;
    int code = 0;
    for (size_t slot = 0; slot < snapshot->slots; slot++)
        if (snapshot->orders[slot].serial != 0)
            sorted[count++] = &snapshot->orders[slot];
    qsort(sorted, count, sizeof(*sorted), by_serial);
    for (size_t i = 0; i < count && code == 0; i++) {
        const struct order *order = sorted[i];
        struct hr_sim_message_head head = {.locate = order->locate, .time_ns = order->time_ns};
        code = taker(state, message,
                     hr_sim_write_add(message, &head, order->reference, order->side, order->shares, order->stock,
                                      order->price, order->attribution[0] == ' ' ? NULL : order->attribution));
    }
    free(sorted);
    return code;
}

int hr_snapshot_write(const struct hr_snapshot *snapshot,
                      int (*taker)(void *state, const uint8_t *message, size_t length), void *state)
{
    for (size_t locate = 0; locate < LOCATES; locate++) {
        const struct stock *stock = &snapshot->stocks[locate];
        int code = stock->directory[0] ? taker(state, stock->directory, DIRECTORY_BYTES) : 0;
        if (code == 0 && stock->trading_action[0])
            code = taker(state, stock->trading_action, TRADING_ACTION_BYTES);
        if (code)
            return code;
    }
    return write_orders(snapshot, taker, state);
}
