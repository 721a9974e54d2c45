/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/futures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE_FIRST 256
#define REFERENCE_MIN 160 /* far enough from both ends for every depth that is drawn */
#define REFERENCE_MAX 351
#define DEPTH_DRAWN 40
#define SPARE_ORDERS 1024
#define FIRST_ORDER_ID UINT64_C(640000000000)

/* Places in the order of a side: from the best price outwards. */
static int step_of(enum hr_futures_side side)
{
    return side == HR_FUTURES_BID ? -1 : 1;
}

static int first_place(enum hr_futures_side side)
{
    return side == HR_FUTURES_BID ? HR_FUTURES_PLACES - 1 : 0;
}

int hr_futures_place_of_level(const struct hr_futures_instrument *instrument, enum hr_futures_side side, int level)
{
    for (int place = first_place(side); place >= 0 && place < HR_FUTURES_PLACES; place += step_of(side))
        if (instrument->levels[side][place].orders > 0 && --level == 0)
            return place;
    return -1;
}

/* How many levels are better than the place, plus one. */
static int level_of_place(const struct hr_futures_instrument *instrument, enum hr_futures_side side, int place)
{
    int level = 1;
    for (int better = first_place(side); better != place; better += step_of(side))
        level += instrument->levels[side][better].orders > 0;
    return level;
}

static void tell_level(struct hr_futures_instrument *instrument, struct hr_futures_event *event,
                       enum hr_futures_action action, enum hr_futures_side side, int level, int place)
{
    event->levels[event->level_count++] = (struct hr_futures_level_change){
        .action = action,
        .side = side,
        .level = (uint8_t)level,
        .price = hr_futures_price(instrument, place),
        .now = instrument->levels[side][place],
        .number = ++instrument->changes,
    };
}

/* Changes one level by an order, and tells of it. Where a level within the depth goes, the first behind the depth comes in;
 * one that is pushed out by a new level goes without a word: whoever keeps the book by price drops it. */
static void change_level(struct hr_futures *futures, struct hr_futures_event *event, enum hr_futures_action action,
                         const struct hr_futures_order *order, int32_t quantity, int32_t orders)
{
    struct hr_futures_instrument *instrument = &futures->instruments[order->instrument];
    struct hr_futures_level *level = &instrument->levels[order->side][order->place];
    int number = level_of_place(instrument, order->side, order->place);
    bool was = level->orders > 0;
    struct hr_futures_order_change *told = &event->orders[event->order_count++];
    level->quantity += quantity;
    level->orders += orders;
    *told = (struct hr_futures_order_change){
        .action = action, .order = *order, .price = hr_futures_price(instrument, order->place)};
    if (number > HR_FUTURES_DEPTH)
        return;
    told->level_change = (uint8_t)(event->level_count + 1);
    if (level->orders > 0) {
        tell_level(instrument, event, was ? HR_FUTURES_CHANGE : HR_FUTURES_NEW, order->side, number, order->place);
        return;
    }
    tell_level(instrument, event, HR_FUTURES_DELETE, order->side, number, order->place);
    int moved_in = hr_futures_place_of_level(instrument, order->side, HR_FUTURES_DEPTH);
    if (moved_in >= 0)
        tell_level(instrument, event, HR_FUTURES_NEW, order->side, HR_FUTURES_DEPTH, moved_in);
}

static void begin(struct hr_futures *futures, struct hr_futures_event *event, uint16_t instrument, uint64_t time_ns)
{
    memset(event, 0, sizeof(*event));
    event->instrument = instrument;
    futures->instruments[instrument].changed_ns = time_ns;
}

/* On its own side of the reference, and not touching the other side's best price. */
static int16_t draw_place(struct hr_futures *futures, uint16_t number, enum hr_futures_side side)
{
    const struct hr_futures_instrument *instrument = &futures->instruments[number];
    int other = hr_futures_place_of_level(instrument, side == HR_FUTURES_BID ? HR_FUTURES_OFFER : HR_FUTURES_BID, 1);
    int limit = side == HR_FUTURES_BID ? instrument->reference : instrument->reference + 1;
    int depth = (int)hr_sim_random_below(&futures->random, 1 + hr_sim_random_below(&futures->random, DEPTH_DRAWN));
    if (other >= 0 && side == HR_FUTURES_BID && limit >= other)
        limit = other - 1;
    if (other >= 0 && side == HR_FUTURES_OFFER && limit <= other)
        limit = other + 1;
    return (int16_t)(limit + depth * step_of(side));
}

static int32_t draw_quantity(struct hr_futures *futures)
{
    return 1 + (int32_t)hr_sim_random_below(&futures->random, 1 + hr_sim_random_below(&futures->random, 50));
}

void hr_futures_add(struct hr_futures *futures, uint64_t time_ns, struct hr_futures_event *event)
{
    uint16_t instrument = (uint16_t)hr_sim_random_below(&futures->random, futures->options.instruments);
    struct hr_futures_order *order = &futures->orders[futures->live++];
    begin(futures, event, instrument, time_ns);
    order->id = futures->next_id++;
    order->priority = futures->next_priority++;
    order->instrument = instrument;
    order->side = hr_sim_random_below(&futures->random, 2) ? HR_FUTURES_OFFER : HR_FUTURES_BID;
    order->place = draw_place(futures, instrument, order->side);
    order->quantity = draw_quantity(futures);
    futures->told_again = futures->live;
    change_level(futures, event, HR_FUTURES_NEW, order, order->quantity, 1);
}

static void delete(struct hr_futures *futures, uint32_t slot, struct hr_futures_event *event)
{
    struct hr_futures_order order = futures->orders[slot];
    futures->orders[slot] = futures->orders[--futures->live];
    futures->told_again = futures->live;
    change_level(futures, event, HR_FUTURES_DELETE, &order, -order.quantity, -1);
}

/* More costs the place in the queue, less does not. */
static void change_quantity(struct hr_futures *futures, uint32_t slot, struct hr_futures_event *event)
{
    struct hr_futures_order *order = &futures->orders[slot];
    int32_t quantity = draw_quantity(futures);
    int32_t before = order->quantity;
    if (quantity == before)
        quantity++;
    if (quantity > before)
        order->priority = futures->next_priority++;
    order->quantity = quantity;
    change_level(futures, event, HR_FUTURES_CHANGE, order, quantity - before, 0);
}

/* To another price, under the same id: gone there, new here. */
static void move(struct hr_futures *futures, uint32_t slot, struct hr_futures_event *event)
{
    struct hr_futures_order *order = &futures->orders[slot];
    change_level(futures, event, HR_FUTURES_DELETE, order, -order->quantity, -1);
    order->place = draw_place(futures, order->instrument, order->side);
    order->priority = futures->next_priority++;
    change_level(futures, event, HR_FUTURES_NEW, order, order->quantity, 1);
}

static void tell_again(struct hr_futures *futures, uint64_t time_ns, struct hr_futures_event *event)
{
    const struct hr_futures_order *order = &futures->orders[futures->told_again++];
    begin(futures, event, order->instrument, time_ns);
    event->recovery = true;
    change_level(futures, event, HR_FUTURES_NEW, order, order->quantity, 1);
}

/* Now and then a reference takes a step, and the book follows it. */
static void drift(struct hr_futures *futures)
{
    uint64_t bits = hr_sim_random_next(&futures->random);
    struct hr_futures_instrument *instrument = &futures->instruments[(bits >> 32) % futures->options.instruments];
    int next = instrument->reference + (bits & 64 ? 1 : -1);
    if ((bits & 63) == 0 && next >= REFERENCE_MIN && next <= REFERENCE_MAX)
        instrument->reference = next;
}

void hr_futures_next(struct hr_futures *futures, uint64_t time_ns, struct hr_futures_event *event)
{
    if (hr_futures_recovers(futures)) {
        tell_again(futures, time_ns, event);
        return;
    }
    drift(futures);
    /* Of a hundred events 30 change a quantity and 15 a price; the others add and delete so that the number is kept. */
    uint32_t kind = hr_sim_random_below(&futures->random, 100);
    int64_t missing = (int64_t)futures->options.live_orders - (int64_t)futures->live;
    int64_t adds = 50 + missing * 100 / (int64_t)futures->options.live_orders;
    bool add = kind >= 45 && (int64_t)hr_sim_random_below(&futures->random, 100) < adds;
    if (futures->live == 0 || (add && futures->live < futures->capacity)) {
        hr_futures_add(futures, time_ns, event);
        return;
    }
    uint32_t slot = hr_sim_random_below(&futures->random, futures->live);
    begin(futures, event, futures->orders[slot].instrument, time_ns);
    if (kind < 30)
        change_quantity(futures, slot, event);
    else if (kind < 45)
        move(futures, slot, event);
    else
        delete(futures, slot, event);
}

void hr_futures_reset(struct hr_futures *futures)
{
    for (uint32_t i = 0; i < futures->options.instruments; i++) {
        memset(futures->instruments[i].levels, 0, sizeof(futures->instruments[i].levels));
        futures->instruments[i].changes = 0;
    }
    futures->told_again = 0;
}

int hr_futures_create(struct hr_futures *futures, const struct hr_futures_options *options)
{
    memset(futures, 0, sizeof(*futures));
    if (options->instruments < 1 || options->instruments > HR_FUTURES_INSTRUMENTS_MAX || options->live_orders < 1 ||
        options->live_orders > HR_FUTURES_ORDERS_MAX)
        return -EINVAL;
    futures->options = *options;
    futures->capacity = 2 * options->live_orders + SPARE_ORDERS;
    futures->instruments = calloc(options->instruments, sizeof(*futures->instruments));
    futures->orders = calloc(futures->capacity, sizeof(*futures->orders));
    if (!futures->instruments || !futures->orders) {
        hr_futures_destroy(futures);
        return -ENOMEM;
    }
    hr_sim_random_seed(&futures->random, options->seed);
    futures->next_id = FIRST_ORDER_ID;
    futures->next_priority = 1;
    for (uint32_t i = 0; i < options->instruments; i++) {
        futures->instruments[i].security_id = (int32_t)(1000 + 7 * i);
        futures->instruments[i].reference = REFERENCE_FIRST;
        futures->instruments[i].base_price = (1000 + 10 * (int64_t)i) * INT64_C(1000000000);
    }
    return 0;
}

void hr_futures_destroy(struct hr_futures *futures)
{
    free(futures->instruments);
    free(futures->orders);
    futures->instruments = NULL;
    futures->orders = NULL;
}
