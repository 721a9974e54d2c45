/* SPDX-License-Identifier: Apache-2.0
 *
 * The generated market is what other tests trust, so it is checked here by a reader that shares nothing with it:
 * orders in an array by reference, prices of a side in a sorted list, every message taken apart from its bytes.
 *
 * usage: test_market [seed]
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/market.h"

#define SECOND_NS UINT64_C(1000000000)
#define MARKET_OPEN_NS (34200 * SECOND_NS)

static uint64_t seed = 20260105;

/* ---- a reader of its own ---- */

struct order {
    uint32_t shares; /* 0: no such order */
    uint32_t price;
    uint16_t locate;
    bool bid;
};

struct price {
    uint32_t price;
    uint32_t orders;
};

struct side {
    struct price *prices; /* ascending */
    size_t count;
    size_t room;
};

struct model {
    struct order *orders; /* by reference */
    size_t orders_room;
    struct side (*sides)[2]; /* by locate, [bid] */
    char (*names)[8];        /* by locate; zeros before the directory has named it */
    uint32_t symbols;
    uint64_t live;
    uint64_t last_time_ns;
    uint64_t last_reference;
    uint64_t last_match;
};

static uint64_t number(const uint8_t *bytes, size_t length)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void model_create(struct model *model, uint32_t symbols)
{
    memset(model, 0, sizeof(*model));
    model->symbols = symbols;
    model->sides = calloc(symbols + 1, sizeof(*model->sides));
    model->names = calloc(symbols + 1, sizeof(*model->names));
    assert_non_null(model->sides);
    assert_non_null(model->names);
}

static void model_destroy(struct model *model)
{
    for (uint32_t locate = 0; locate <= model->symbols; locate++) {
        free(model->sides[locate][0].prices);
        free(model->sides[locate][1].prices);
    }
    free(model->sides);
    free(model->names);
    free(model->orders);
}

static struct order *model_order(struct model *model, uint64_t reference)
{
    assert_true(reference < UINT64_C(1) << 32);
    if (reference >= model->orders_room) {
        size_t room = (size_t)reference * 2 + 1024;
        model->orders = realloc(model->orders, room * sizeof(*model->orders));
        assert_non_null(model->orders);
        memset(model->orders + model->orders_room, 0, (room - model->orders_room) * sizeof(*model->orders));
        model->orders_room = room;
    }
    return &model->orders[reference];
}

/* Where a price is in the list, or would be. */
static size_t find_price(const struct side *side, uint32_t price)
{
    size_t low = 0;
    size_t high = side->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (side->prices[middle].price < price)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void count_price(struct side *side, uint32_t price, int change)
{
    size_t at = find_price(side, price);
    if (at == side->count || side->prices[at].price != price) {
        assert_int_equal(change, 1);
        if (side->count == side->room) {
            side->room = side->room * 2 + 8;
            side->prices = realloc(side->prices, side->room * sizeof(*side->prices));
            assert_non_null(side->prices);
        }
        memmove(side->prices + at + 1, side->prices + at, (side->count - at) * sizeof(*side->prices));
        side->prices[at] = (struct price){.price = price, .orders = 0};
        side->count++;
    }
    side->prices[at].orders += (uint32_t)change;
    if (side->prices[at].orders == 0) {
        side->count--;
        memmove(side->prices + at, side->prices + at + 1, (side->count - at) * sizeof(*side->prices));
    }
}

static uint32_t best_price(const struct side *side, bool bid)
{
    return side->prices[bid ? side->count - 1 : 0].price;
}

static void model_add(struct model *model, uint64_t reference, uint16_t locate, bool bid, uint32_t shares,
                      uint32_t price)
{
    assert_true(reference > model->last_reference);
    model->last_reference = reference;
    assert_true(shares > 0 && price > 0);
    struct order *order = model_order(model, reference);
    assert_int_equal(order->shares, 0);
    const struct side *other = &model->sides[locate][!bid];
    if (other->count > 0) {
        uint32_t best = best_price(other, !bid);
        assert_true(bid ? price < best : price > best);
    }
    *order = (struct order){.shares = shares, .price = price, .locate = locate, .bid = bid};
    count_price(&model->sides[locate][bid], price, 1);
    model->live++;
}

/* Takes shares from an order that must be there, in that symbol, with that many. */
static struct order model_reduce(struct model *model, uint64_t reference, uint16_t locate, uint32_t shares)
{
    struct order *order = model_order(model, reference);
    assert_true(order->shares > 0);
    assert_int_equal(order->locate, locate);
    assert_true(shares > 0 && shares <= order->shares);
    order->shares -= shares;
    struct order result = *order;
    if (order->shares == 0) {
        count_price(&model->sides[locate][order->bid], order->price, -1);
        model->live--;
    }
    return result;
}

static void model_executed(struct model *model, const uint8_t *message, uint16_t locate)
{
    uint64_t reference = number(message + 11, 8);
    uint32_t price = model_order(model, reference)->price;
    bool bid = model_order(model, reference)->bid;
    assert_true(model_order(model, reference)->shares > 0);
    assert_int_equal(price, best_price(&model->sides[locate][bid], bid));
    model_reduce(model, reference, locate, (uint32_t)number(message + 19, 4));
    assert_true(number(message + 23, 8) > model->last_match);
    model->last_match = number(message + 23, 8);
    if (message[0] == 'C') {
        assert_true(message[31] == 'Y' || message[31] == 'N');
        assert_true(number(message + 32, 4) > 0);
    }
}

static void model_replace(struct model *model, const uint8_t *message, uint16_t locate)
{
    uint64_t original = number(message + 11, 8);
    struct order old = model_reduce(model, original, locate, model_order(model, original)->shares);
    model_add(model, number(message + 19, 8), locate, old.bid, (uint32_t)number(message + 27, 4),
              (uint32_t)number(message + 31, 4));
}

static void check_name(const struct model *model, const uint8_t *stock, uint16_t locate)
{
    assert_memory_equal(stock, model->names[locate], 8);
}

static void model_directory(struct model *model, const uint8_t *message, uint16_t locate)
{
    assert_int_equal(model->names[locate][0], 0);
    memcpy(model->names[locate], message + 11, 8);
    char name[9] = "";
    memcpy(name, message + 11, 8);
    size_t letters = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    assert_in_range(letters, 1, 5);
    for (size_t i = letters; i < 8; i++)
        assert_int_equal(message[11 + i], ' ');
    /* Locates go by the alphabet, which also shows that no name is there twice. */
    if (locate > 1)
        assert_true(memcmp(model->names[locate - 1], model->names[locate], 8) < 0);
    /* Not round lots only, live production, not inverse. */
    assert_true(message[25] == 'N' && message[29] == 'P' && message[38] == 'N');
}

/* The lengths of the specification. */
static size_t specified_length(uint8_t type)
{
    static const struct {
        char type;
        size_t length;
    } LENGTHS[] = {{'S', 12}, {'R', 39}, {'H', 25}, {'Y', 20}, {'A', 36}, {'F', 40}, {'E', 31},
                   {'C', 36}, {'X', 23}, {'D', 19}, {'U', 35}, {'P', 44}, {'I', 50}};
    for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++)
        if (LENGTHS[i].type == (char)type)
            return LENGTHS[i].length;
    return 0;
}

static void model_apply(struct model *model, const uint8_t *message, size_t length, uint64_t time_ns)
{
    uint16_t locate = (uint16_t)number(message + 1, 2);
    assert_int_equal(length, specified_length(message[0]));
    assert_int_equal(number(message + 5, 6), time_ns);
    assert_true(time_ns > model->last_time_ns && time_ns < 86400 * SECOND_NS);
    model->last_time_ns = time_ns;
    if (message[0] == 'S')
        assert_int_equal(locate, 0);
    else
        assert_in_range(locate, 1, model->symbols);

    switch (message[0]) {
    case 'R': model_directory(model, message, locate); break;
    case 'H':
    case 'Y': check_name(model, message + 11, locate); break;
    case 'A':
    case 'F':
        assert_true(message[19] == 'B' || message[19] == 'S');
        check_name(model, message + 24, locate);
        model_add(model, number(message + 11, 8), locate, message[19] == 'B', (uint32_t)number(message + 20, 4),
                  (uint32_t)number(message + 32, 4));
        break;
    case 'E':
    case 'C': model_executed(model, message, locate); break;
    case 'X': {
        struct order left = model_reduce(model, number(message + 11, 8), locate, (uint32_t)number(message + 19, 4));
        assert_true(left.shares > 0);
        break;
    }
    case 'D':
        model_reduce(model, number(message + 11, 8), locate, model_order(model, number(message + 11, 8))->shares);
        break;
    case 'U': model_replace(model, message, locate); break;
    case 'P':
        assert_int_equal(number(message + 11, 8), 0);
        check_name(model, message + 24, locate);
        assert_true(number(message + 20, 4) > 0 && number(message + 32, 4) > 0);
        assert_true(number(message + 36, 8) > model->last_match);
        model->last_match = number(message + 36, 8);
        break;
    case 'I': check_name(model, message + 28, locate); break;
    default: break;
    }
}

/* ---- the tests ---- */

static struct hr_market *market_of(const struct hr_market_options *options)
{
    struct hr_market *market = NULL;
    assert_int_equal(hr_market_create(&market, options), 0);
    assert_non_null(market);
    return market;
}

/* FNV-1a over every message of a day. */
static uint64_t hash_of(const struct hr_market_options *options)
{
    uint8_t message[HR_MARKET_MESSAGE_BYTES];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    uint64_t time_ns;
    size_t length;
    struct hr_market *market = market_of(options);
    while ((length = hr_market_next(market, message, &time_ns)) > 0)
        for (size_t i = 0; i < length; i++)
            hash = (hash ^ message[i]) * UINT64_C(0x100000001b3);
    hr_market_destroy(market);
    return hash;
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    struct hr_market_options options = {
        .seed = seed, .symbols = 500, .messages = 200000, .live_orders = 20000, .rate = 200000};
    uint64_t hash = hash_of(&options);
    assert_true(hash == hash_of(&options));
    options.seed++;
    assert_false(hash == hash_of(&options));
}

/* Pinned, so that a change of what a seed means is seen and not stumbled upon by whoever kept a file. */
static void bytes_of_seed_one(void **state)
{
    (void)state;
    const struct hr_market_options options = {
        .seed = 1, .symbols = 100, .messages = 10000, .live_orders = 1000, .rate = 200000};
    assert_int_equal(hash_of(&options), UINT64_C(0xabae999b7af4c07b));
}

/* The whole day through the reader: `messages` of the mix with `live_orders` live. */
static void read_day(const struct hr_market_options *options)
{
    uint8_t message[HR_MARKET_MESSAGE_BYTES];
    char events[16] = "";
    uint64_t time_ns;
    size_t length;
    struct model model;
    struct hr_market *market = market_of(options);
    const struct hr_market_statistics *statistics = hr_market_statistics(market);
    uint64_t read = 0;

    model_create(&model, options->symbols);
    while ((length = hr_market_next(market, message, &time_ns)) > 0) {
        model_apply(&model, message, length, time_ns);
        assert_int_equal(model.live, statistics->live_orders);
        assert_int_equal(++read, statistics->messages);
        if (message[0] == 'S') {
            assert_true(strlen(events) < 6);
            events[strlen(events)] = (char)message[11];
            if (message[11] == 'Q') {
                assert_int_equal(time_ns, MARKET_OPEN_NS);
                assert_int_equal(read, statistics->opening_messages);
                assert_int_equal(model.live, options->live_orders);
            }
        } else if (read > statistics->opening_messages && options->live_orders > 0) {
            assert_in_range(model.live * 10, options->live_orders * 9, options->live_orders * 11);
        }
    }
    assert_string_equal(events, "OSQMEC");
    assert_int_equal(read, 3 * (uint64_t)options->symbols + options->live_orders + options->messages + 6);
    for (uint32_t locate = 1; locate <= options->symbols; locate++)
        assert_true(model.names[locate][0] != 0);
    assert_int_equal(hr_market_next(market, message, &time_ns), 0); /* the end stays the end */
    model_destroy(&model);
    hr_market_destroy(market);
}

static void day_is_consistent(void **state)
{
    (void)state;
    read_day(&(struct hr_market_options){
        .seed = seed, .symbols = 2000, .messages = 1500000, .live_orders = 100000, .rate = 200000});
}

static void day_without_build_up_is_consistent(void **state)
{
    (void)state;
    read_day(&(struct hr_market_options){
        .seed = seed, .symbols = 50, .messages = 300000, .live_orders = 0, .rate = 1000000});
}

/* One symbol: every level of its ladder is full, and all orders meet. */
static void day_of_one_symbol_is_consistent(void **state)
{
    (void)state;
    read_day(&(struct hr_market_options){
        .seed = seed, .symbols = 1, .messages = 300000, .live_orders = 10000, .rate = 100});
}

static void smallest_day(void **state)
{
    (void)state;
    read_day(&(struct hr_market_options){.seed = seed, .symbols = 1, .messages = 0, .live_orders = 0, .rate = 1});
}

static void all_locates_are_used(void **state)
{
    (void)state;
    read_day(&(struct hr_market_options){
        .seed = seed, .symbols = HR_MARKET_SYMBOLS_MAX, .messages = 1000, .live_orders = 0, .rate = 10000000});
}

/* A million messages of the mix, each type within a point of its share; and the busiest millisecond of them. */
static void mix_and_bursts(void **state)
{
    (void)state;
    static const struct {
        char type;
        double percent;
    } MIX[] = {{'A', 44.2}, {'D', 38.7}, {'U', 8.3}, {'E', 5.0}, {'X', 1.4},
               {'I', 1.3},  {'F', 0.5},  {'P', 0.5}, {'C', 0.1}};
    const struct hr_market_options options = {
        .seed = seed, .symbols = 8000, .messages = 1000000, .live_orders = 100000, .rate = 200000};
    uint8_t message[HR_MARKET_MESSAGE_BYTES];
    uint64_t counts[256] = {0};
    uint64_t time_ns = 0;
    uint64_t in_millisecond = 0, millisecond = 0, busiest = 0, last_ns = 0;
    struct hr_market *market = market_of(&options);
    for (uint64_t i = 0; i < hr_market_statistics(market)->opening_messages; i++)
        assert_true(hr_market_next(market, message, &time_ns) > 0);
    for (uint64_t i = 0; i < options.messages; i++) {
        assert_true(hr_market_next(market, message, &time_ns) > 0);
        counts[message[0]]++;
        last_ns = time_ns;
        in_millisecond = time_ns / 1000000 == millisecond ? in_millisecond + 1 : 1;
        millisecond = time_ns / 1000000;
        busiest = in_millisecond > busiest ? in_millisecond : busiest;
    }
    hr_market_destroy(market);

    uint64_t total = 0;
    for (size_t i = 0; i < sizeof(MIX) / sizeof(MIX[0]); i++) {
        double percent = 100.0 * (double)counts[(uint8_t)MIX[i].type] / (double)options.messages;
        if (percent < MIX[i].percent - 1 || percent > MIX[i].percent + 1)
            fail_msg("%c: %.3f %%, wanted %.1f", MIX[i].type, percent, MIX[i].percent);
        assert_true(counts[(uint8_t)MIX[i].type] > 0);
        total += counts[(uint8_t)MIX[i].type];
    }
    assert_int_equal(total, options.messages);

    /* On average 200 a millisecond, 2,000 in a burst; five seconds have about two hundred bursts. */
    assert_in_range(busiest, 1500, 2700);
    assert_in_range((last_ns - MARKET_OPEN_NS) / 1000000, 3500, 7000);
}

static void options_out_of_range(void **state)
{
    (void)state;
    const struct hr_market_options good = {.seed = seed, .symbols = 1, .messages = 1, .live_orders = 1, .rate = 1};
    struct hr_market *market = NULL;
    struct hr_market_options options = good;
    options.symbols = 0;
    assert_int_equal(hr_market_create(&market, &options), -EINVAL);
    options.symbols = HR_MARKET_SYMBOLS_MAX + 1;
    assert_int_equal(hr_market_create(&market, &options), -EINVAL);
    options = good;
    options.rate = 0;
    assert_int_equal(hr_market_create(&market, &options), -EINVAL);
    options.rate = HR_MARKET_RATE_MAX + 1;
    assert_int_equal(hr_market_create(&market, &options), -EINVAL);
    options = good;
    options.live_orders = HR_MARKET_LIVE_ORDERS_MAX + 1;
    assert_int_equal(hr_market_create(&market, &options), -EINVAL);
    options = good;
    options.messages = HR_MARKET_DURATION_S_MAX;
    assert_int_equal(hr_market_create(&market, &options), -ERANGE);
    assert_null(market);
    hr_market_destroy(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_bytes),            cmocka_unit_test(bytes_of_seed_one),
        cmocka_unit_test(day_is_consistent),               cmocka_unit_test(day_without_build_up_is_consistent),
        cmocka_unit_test(day_of_one_symbol_is_consistent), cmocka_unit_test(smallest_day),
        cmocka_unit_test(all_locates_are_used),            cmocka_unit_test(mix_and_bursts),
        cmocka_unit_test(options_out_of_range),
    };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    print_message("seed %ju\n", (uintmax_t)seed);
    return cmocka_run_group_tests_name("market", tests, NULL, NULL);
}
