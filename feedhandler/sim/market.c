/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/market.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/arrival.h"
#include "sim/book.h"
#include "sim/message.h"
#include "sim/random.h"
#include "sim/symbols.h"

#define SECOND_NS UINT64_C(1000000000)
#define MARKET_OPEN_NS (34200 * SECOND_NS)          /* 09:30 */
#define OPENING_NS_MAX (5 * 3600 * SECOND_NS)       /* so that the day never starts before 04:30 */
#define CLOSE_STEP_NS (SECOND_NS + SECOND_NS / 2)   /* more than a second, so that heartbeats are seen in every day */

/* The mix in 1/100000. A and D have no entry of their own: they share what is left, and where the line between them is
 * drawn steers the number of live orders. */
#define MIX_TOTAL 100000
#define MIX_ADD 44200
#define MIX_ADD_OR_DELETE 82900
#define MIX_REPLACE (MIX_ADD_OR_DELETE + 8300)
#define MIX_EXECUTED (MIX_REPLACE + 5000)
#define MIX_CANCEL (MIX_EXECUTED + 1400)
#define MIX_IMBALANCE (MIX_CANCEL + 1300)
#define MIX_ADD_ATTRIBUTED (MIX_IMBALANCE + 500)
#define MIX_TRADE (MIX_ADD_ATTRIBUTED + 500)

/* The plain mix adds 44.7 orders in a hundred messages and removes 38.7 + 15/16 of 5.1: drawing the line 0.61 lower
 * makes both equal. From there it moves by 0.24 points for each per cent that the live orders are off; never so far
 * that A or D leaves the promised point on either side. */
#define MIX_BALANCE 610
#define MIX_LEAN_PER_UNIT 24000
#define MIX_LEAN_MIN (-800)
#define MIX_LEAN_MAX 850

#define RECENT_ORDERS 4096       /* must be a power of two */
#define SPARE_ORDERS 65536       /* room above the target; the lean keeps the live orders well inside */
#define FLOOR_ORDERS_A_SYMBOL 16 /* where a book without build-up is steered to */
#define DEPTH_OCTAVES 7          /* depths 0, 1-2, 3-6, ... 63-126 */

enum phase {
    PHASE_START_OF_MESSAGES,
    PHASE_DIRECTORY,
    PHASE_TRADING_ACTION,
    PHASE_REG_SHO,
    PHASE_SYSTEM_HOURS,
    PHASE_BUILD_UP,
    PHASE_MARKET_HOURS,
    PHASE_MIX,
    PHASE_END_OF_MARKET,
    PHASE_END_OF_SYSTEM,
    PHASE_END_OF_MESSAGES,
    PHASE_OVER,
};

struct hr_market {
    struct hr_market_options options;
    struct hr_market_statistics statistics;
    struct hr_sim_random random;
    struct hr_sim_arrival arrival;
    struct hr_sim_symbols symbols;
    struct hr_sim_book book;
    enum phase phase;
    uint64_t left;          /* messages of this phase */
    uint64_t time_ns;       /* of the newest message */
    uint64_t opening_gap_ns;
    uint64_t reference;     /* of the newest order */
    uint64_t match;         /* of the newest execution */
    uint64_t live_target;
    uint64_t bursts_seen;
    uint32_t hot;           /* the symbol that this burst is about */
    uint32_t recent_next;
    uint32_t recent[RECENT_ORDERS]; /* slots of the newest orders, dead ones among them; 0 where there was none yet */
};

static struct hr_sim_message_head head_of(const struct hr_market *market, uint32_t symbol)
{
    /* Tracking numbers are Nasdaq's own affair; real ones are small and even. */
    return (struct hr_sim_message_head){
        .locate = (uint16_t)(symbol + 1), .tracking = (uint16_t)(2 * (symbol % 5)), .time_ns = market->time_ns};
}

/* Half round lots of a hundred, a quarter odd lots, the rest larger. */
static uint32_t draw_shares(struct hr_sim_random *random)
{
    static const uint16_t SHARES[32] = {
        100, 100, 100, 100, 100, 100, 100, 100,  100, 100, 100, 100, 100, 100, 100, 100,
        200, 200, 200, 300, 400, 500, 500, 1000, 0,   0,   0,   0,   0,   0,   0,   5000,
    };
    uint64_t bits = hr_sim_random_next(random);
    uint32_t shares = SHARES[bits & 31];
    return shares != 0 ? shares : 1 + (uint32_t)(((bits >> 32) * 99) >> 32);
}

/* References grow by small steps: other systems' orders take the numbers between. */
static uint64_t next_reference(struct hr_market *market, uint64_t bits)
{
    market->reference += 1 + (bits & 7) * (bits >> 3 & 3);
    return market->reference;
}

static void remember_recent(struct hr_market *market, uint32_t slot)
{
    market->recent[market->recent_next++ & (RECENT_ORDERS - 1)] = slot;
}

/* The fair price of a symbol takes a step, but does not run away from a best price that is yet to be traded through. */
static void move_reference(struct hr_sim_ladder *ladder, bool up)
{
    if (up && ladder->reference < HR_SIM_REFERENCE_MAX && ladder->reference <= ladder->best_ask)
        ladder->reference++;
    if (!up && ladder->reference > HR_SIM_REFERENCE_MIN && ladder->reference >= ladder->best_bid)
        ladder->reference--;
}

/* How many ticks behind the limit. In the mix each octave of depth is half as likely as the one before; the orders that
 * wait from before the opening lie evenly. */
static int draw_depth(uint64_t bits, bool build_up)
{
    if (build_up)
        return (int)((bits & 0xffff) * ((1 << DEPTH_OCTAVES) - 1) >> 16);
    int octave = __builtin_ctzll(bits | UINT64_C(1) << (DEPTH_OCTAVES - 1));
    uint64_t width = UINT64_C(1) << octave;
    return (int)(width - 1 + (bits >> 16 & (width - 1)));
}

static size_t write_add(struct hr_market *market, uint8_t *message, uint32_t symbol, bool attributed)
{
    static const char PARTICIPANTS[16][5] = {"GSCO", "MSCO", "JPMS", "UBSS", "CDRG", "SGAS", "VIRT", "JSJX",
                                             "NITE", "BARD", "WEDB", "LEHM", "MAXM", "TMBR", "HRTF", "IMCC"};
    struct hr_sim_ladder *ladder = &market->book.ladders[symbol];
    uint64_t bits = hr_sim_random_next(&market->random);
    enum hr_sim_side side = (enum hr_sim_side)(bits & 1);

    if ((bits >> 1 & 15) == 0)
        move_reference(ladder, bits >> 5 & 1);
    int depth = draw_depth(bits >> 6 & UINT64_C(0xffffffff), market->phase == PHASE_BUILD_UP);
    depth += (int)((bits >> 38 & 0xff) * (ladder->spread + 1U) >> 8);
    int limit = hr_sim_ladder_limit(ladder, side);
    int place = side == HR_SIM_BID ? limit - depth : limit + depth;

    uint64_t reference = next_reference(market, bits >> 46);
    uint32_t shares = draw_shares(&market->random);
    remember_recent(market, hr_sim_book_add(&market->book, symbol, side, place, reference, shares));

    struct hr_sim_message_head head = head_of(market, symbol);
    return hr_sim_write_add(message, &head, reference, side == HR_SIM_BID ? 'B' : 'S', shares, ladder->name,
                            hr_sim_ladder_price(ladder, place), attributed ? PARTICIPANTS[bits >> 60] : NULL);
}

static uint32_t draw_symbol(struct hr_market *market)
{
    if (market->arrival.burst && (hr_sim_random_next(&market->random) & 1))
        return market->hot;
    return hr_sim_symbols_draw(&market->symbols, &market->random);
}

/* A live order to be deleted, cancelled or replaced. Most orders die young: 70 in 100 times it is one of the newest few
 * thousand, else any. In a burst half of what happens is at the top of the hot symbol's book. */
static uint32_t draw_order(struct hr_market *market)
{
    uint64_t bits = hr_sim_random_next(&market->random);
    if (market->arrival.burst && (bits & 1)) {
        enum hr_sim_side side = (enum hr_sim_side)(bits >> 1 & 1);
        const struct hr_sim_level *best = hr_sim_book_best(&market->book, market->hot, side);
        if (best)
            return best->last;
    }
    if ((bits >> 2 & 0xff) < 179) {
        for (int guess = 0; guess < 4; guess++) {
            uint32_t slot = market->recent[(bits >> (12 + 12 * guess)) & (RECENT_ORDERS - 1)];
            if (market->book.orders[slot].reference != 0)
                return slot; /* its slot may hold an order newer than the one remembered, which is as good */
        }
    }
    return hr_sim_book_any(&market->book, &market->random);
}

static size_t write_delete(struct hr_market *market, uint8_t *message, uint32_t slot)
{
    const struct hr_sim_order *order = &market->book.orders[slot];
    struct hr_sim_message_head head = head_of(market, order->symbol);
    size_t length = hr_sim_write_delete(message, &head, order->reference);
    hr_sim_book_remove(&market->book, slot);
    return length;
}

/* The new price is within four ticks of the old one; three times in four the size stays. */
static size_t write_replace(struct hr_market *market, uint8_t *message, uint32_t slot)
{
    const struct hr_sim_order *order = &market->book.orders[slot];
    const struct hr_sim_ladder *ladder = &market->book.ladders[order->symbol];
    uint64_t bits = hr_sim_random_next(&market->random);
    uint64_t original = order->reference;
    uint32_t shares = (bits & 3) != 0 ? order->shares : draw_shares(&market->random);
    uint64_t reference = next_reference(market, bits >> 2);
    int place = hr_sim_order_place(order) + (int)((bits >> 16 & 0xffff) * 9 >> 16) - 4;

    hr_sim_book_unlink(&market->book, slot);
    int limit = hr_sim_ladder_limit(ladder, hr_sim_order_side(order));
    if (hr_sim_order_side(order) == HR_SIM_BID) {
        place = place > limit ? limit : place;
        place = place < 0 ? 0 : place;
    } else {
        place = place < limit ? limit : place;
        place = place > HR_SIM_LADDER_TICKS - 1 ? HR_SIM_LADDER_TICKS - 1 : place;
    }
    hr_sim_book_relink(&market->book, slot, place, reference, shares);
    remember_recent(market, slot);

    struct hr_sim_message_head head = head_of(market, order->symbol);
    return hr_sim_write_replace(message, &head, original, reference, shares, hr_sim_ladder_price(ladder, place));
}

/* A partial cancel leaves at least one share, so it needs an order of two. */
static size_t write_cancel(struct hr_market *market, uint8_t *message)
{
    uint32_t slot = draw_order(market);
    for (int guess = 0; guess < 16 && market->book.orders[slot].shares < 2; guess++)
        slot = draw_order(market);
    struct hr_sim_order *order = &market->book.orders[slot];
    if (order->shares < 2)
        return write_delete(market, message, slot);
    uint32_t shares = 1 + hr_sim_random_below(&market->random, order->shares - 1);
    order->shares -= shares;
    struct hr_sim_message_head head = head_of(market, order->symbol);
    return hr_sim_write_cancel(message, &head, order->reference, shares);
}

/* Executes the first order at the best price, in the symbol of an order drawn as for a delete. A reference that has run
 * beyond a best price says which side is to be traded through; else it is the side of the order drawn. */
static size_t write_executed(struct hr_market *market, uint8_t *message, bool with_price)
{
    const struct hr_sim_order *drawn = &market->book.orders[draw_order(market)];
    const struct hr_sim_ladder *ladder = &market->book.ladders[drawn->symbol];
    enum hr_sim_side side = hr_sim_order_side(drawn);
    if (ladder->reference >= ladder->best_ask)
        side = HR_SIM_ASK;
    else if (ladder->reference < ladder->best_bid)
        side = HR_SIM_BID;

    uint32_t slot = hr_sim_book_best(&market->book, drawn->symbol, side)->first;
    struct hr_sim_order *order = &market->book.orders[slot];
    struct hr_sim_message_head head = head_of(market, order->symbol);
    uint64_t reference = order->reference;
    uint64_t bits = hr_sim_random_next(&market->random);
    uint32_t shares = order->shares;
    if ((bits & 15) == 0 && shares > 1)
        shares = 1 + hr_sim_random_below(&market->random, shares - 1);
    /* Half a tick better for the one who came in: the usual reason for a price of its own. */
    uint32_t price = hr_sim_ladder_price(ladder, hr_sim_order_place(order));
    price = side == HR_SIM_BID ? price + ladder->tick / 2 : price - ladder->tick / 2;

    order->shares -= shares;
    if (order->shares == 0)
        hr_sim_book_remove(&market->book, slot);
    market->match += 1 + (bits >> 4 & 3);
    if (with_price)
        return hr_sim_write_executed_with_price(message, &head, reference, shares, market->match,
                                                (bits >> 6 & 15) != 0 ? 'Y' : 'N', price);
    return hr_sim_write_executed(message, &head, reference, shares, market->match);
}

/* At the reference, moved between the best prices where they are. */
static uint32_t fair_price(const struct hr_sim_ladder *ladder)
{
    int place = ladder->reference;
    if (place > ladder->best_ask)
        place = ladder->best_ask;
    if (place < ladder->best_bid)
        place = ladder->best_bid;
    return hr_sim_ladder_price(ladder, place);
}

static size_t write_trade(struct hr_market *market, uint8_t *message)
{
    uint32_t symbol = draw_symbol(market);
    const struct hr_sim_ladder *ladder = &market->book.ladders[symbol];
    struct hr_sim_message_head head = head_of(market, symbol);
    uint64_t bits = hr_sim_random_next(&market->random);
    market->match += 1 + (bits & 3);
    /* Hidden orders rest at the midpoint as often as at a price. */
    uint32_t price = fair_price(ladder) + (bits & 4 ? ladder->tick / 2 : 0);
    return hr_sim_write_trade(message, &head, draw_shares(&market->random), ladder->name, price, market->match);
}

static size_t write_imbalance(struct hr_market *market, uint8_t *message)
{
    uint32_t symbol = draw_symbol(market);
    const struct hr_sim_ladder *ladder = &market->book.ladders[symbol];
    struct hr_sim_message_head head = head_of(market, symbol);
    uint64_t bits = hr_sim_random_next(&market->random);
    struct hr_sim_imbalance imbalance = {
        .paired_shares = bits & 0xfffff,
        .imbalance_shares = (bits >> 20 & 7) == 0 ? 0 : (bits >> 24 & 0x3ffff) + 1,
        .reference_price = fair_price(ladder),
        .cross_type = 'C',
        .variation = (bits >> 44 & 3) != 0 ? 'L' : (char)('1' + (bits >> 46 & 3)),
    };
    imbalance.direction = imbalance.imbalance_shares == 0 ? 'N' : bits >> 50 & 1 ? 'B' : 'S';
    imbalance.far_price = imbalance.reference_price + (uint32_t)(bits >> 52 & 7) * ladder->tick;
    imbalance.near_price = imbalance.reference_price + (uint32_t)(bits >> 55 & 3) * ladder->tick;
    return hr_sim_write_imbalance(message, &head, ladder->name, &imbalance);
}

/* How many of MIX_TOTAL messages are A, given how the live orders stand. */
static uint32_t adds_now(const struct hr_market *market)
{
    int64_t excess = (int64_t)market->book.live - (int64_t)market->live_target;
    int64_t lean = MIX_BALANCE + excess * MIX_LEAN_PER_UNIT / (int64_t)market->live_target;
    lean = lean > MIX_LEAN_MAX ? MIX_LEAN_MAX : lean < MIX_LEAN_MIN ? MIX_LEAN_MIN : lean;
    return (uint32_t)(MIX_ADD - lean);
}

static size_t write_mix(struct hr_market *market, uint8_t *message)
{
    market->time_ns = hr_sim_arrival_next(&market->arrival, &market->random);
    if (market->arrival.bursts != market->bursts_seen) {
        market->bursts_seen = market->arrival.bursts;
        market->hot = hr_sim_symbols_draw(&market->symbols, &market->random);
    }
    uint32_t kind = hr_sim_random_below(&market->random, MIX_TOTAL);
    bool add = kind < adds_now(market);
    bool attributed = kind >= MIX_IMBALANCE && kind < MIX_ADD_ATTRIBUTED;

    /* An empty book can only grow and a full one only shrink. The second never happens while the lean does its work. */
    if (market->book.live == 0 && kind < MIX_CANCEL)
        add = true;
    if (market->book.live == market->book.capacity && (add || attributed))
        return write_delete(market, message, draw_order(market));

    if (add || attributed)
        return write_add(market, message, draw_symbol(market), attributed);
    if (kind < MIX_ADD_OR_DELETE)
        return write_delete(market, message, draw_order(market));
    if (kind < MIX_REPLACE)
        return write_replace(market, message, draw_order(market));
    if (kind < MIX_EXECUTED)
        return write_executed(market, message, false);
    if (kind < MIX_CANCEL)
        return write_cancel(market, message);
    if (kind < MIX_IMBALANCE)
        return write_imbalance(market, message);
    if (kind < MIX_TRADE)
        return write_trade(market, message);
    return market->book.live > 0 ? write_executed(market, message, true) : write_trade(market, message);
}

/* One symbol in four is an ETP. Round lots follow the price, as since November 2025 (Regulation NMS, rule 600). */
static size_t write_directory(const struct hr_market *market, uint8_t *message, uint32_t symbol)
{
    static const char CATEGORIES[] = "QQGSNNNA";
    const struct hr_sim_listing *listing = &market->symbols.listings[symbol];
    struct hr_sim_message_head head = head_of(market, symbol);
    struct hr_sim_directory directory = {
        .market_category = CATEGORIES[listing->rank % 8],
        .issue_classification = 'C',
        .issue_sub_type = {'Z', ' '},
        .luld_tier = listing->rank < 1000 ? '1' : '2',
        .etp = 'N',
        .round_lot = listing->open_price > 2500000 ? 40 : 100,
    };
    if (listing->rank % 4 == 1) {
        directory.market_category = 'P';
        directory.issue_classification = 'Q';
        directory.issue_sub_type[0] = 'E';
        directory.etp = 'Y';
        directory.etp_leverage = 1;
    }
    return hr_sim_write_directory(message, &head, listing->name, &directory);
}

static size_t write_system_event(const struct hr_market *market, uint8_t *message, char event)
{
    struct hr_sim_message_head head = {.locate = 0, .tracking = 0, .time_ns = market->time_ns};
    return hr_sim_write_system_event(message, &head, event);
}

static uint64_t messages_in(const struct hr_market *market, enum phase phase)
{
    switch (phase) {
    case PHASE_DIRECTORY:
    case PHASE_TRADING_ACTION:
    case PHASE_REG_SHO: return market->options.symbols;
    case PHASE_BUILD_UP: return market->options.live_orders;
    case PHASE_MIX: return market->options.messages;
    default: return 1;
    }
}

static size_t write_of_phase(struct hr_market *market, uint8_t *message)
{
    uint32_t symbol = (uint32_t)(market->options.symbols - market->left); /* where the phase goes through them */
    struct hr_sim_message_head head;
    uint32_t drawn;

    if (market->phase < PHASE_MIX)
        market->time_ns += market->opening_gap_ns;
    else if (market->phase > PHASE_MIX)
        market->time_ns += CLOSE_STEP_NS;

    switch (market->phase) {
    case PHASE_START_OF_MESSAGES: return write_system_event(market, message, 'O');
    case PHASE_DIRECTORY: return write_directory(market, message, symbol);
    case PHASE_TRADING_ACTION:
        head = head_of(market, symbol);
        return hr_sim_write_trading_action(message, &head, market->symbols.listings[symbol].name, 'T');
    case PHASE_REG_SHO:
        head = head_of(market, symbol);
        return hr_sim_write_reg_sho(message, &head, market->symbols.listings[symbol].name,
                                    symbol % 50 == 7 ? '1' : '0');
    case PHASE_SYSTEM_HOURS: return write_system_event(market, message, 'S');
    case PHASE_BUILD_UP:
        /* Two draws in the arguments of one call would come in the order that the compiler likes. */
        drawn = hr_sim_symbols_draw(&market->symbols, &market->random);
        return write_add(market, message, drawn, hr_sim_random_below(&market->random, MIX_ADD + 500) >= MIX_ADD);
    case PHASE_MARKET_HOURS: return write_system_event(market, message, 'Q');
    case PHASE_MIX: return write_mix(market, message);
    case PHASE_END_OF_MARKET: return write_system_event(market, message, 'M');
    case PHASE_END_OF_SYSTEM: return write_system_event(market, message, 'E');
    case PHASE_END_OF_MESSAGES: return write_system_event(market, message, 'C');
    case PHASE_OVER: break;
    }
    return 0;
}

size_t hr_market_next(struct hr_market *market, uint8_t *message, uint64_t *time_ns)
{
    while (market->left == 0 && market->phase != PHASE_OVER) {
        market->phase++;
        market->left = messages_in(market, market->phase);
    }
    if (market->phase == PHASE_OVER)
        return 0;
    size_t length = write_of_phase(market, message);
    market->left--;
    market->statistics.messages++;
    market->statistics.by_type[message[0] & 127]++;
    market->statistics.live_orders = market->book.live;
    market->statistics.live_orders_max = market->book.live_max;
    *time_ns = market->time_ns;
    return length;
}

const struct hr_market_statistics *hr_market_statistics(const struct hr_market *market)
{
    return &market->statistics;
}

int hr_market_create(struct hr_market **made, const struct hr_market_options *options)
{
    *made = NULL;
    if (options->symbols < 1 || options->symbols > HR_MARKET_SYMBOLS_MAX || options->rate < 1 ||
        options->rate > HR_MARKET_RATE_MAX || options->live_orders > HR_MARKET_LIVE_ORDERS_MAX)
        return -EINVAL;
    if (options->messages / options->rate >= HR_MARKET_DURATION_S_MAX)
        return -ERANGE;

    struct hr_market *market = calloc(1, sizeof(*market));
    if (!market)
        return -ENOMEM;
    market->options = *options;
    hr_sim_random_seed(&market->random, options->seed);
    int error = hr_sim_symbols_create(&market->symbols, options->symbols, &market->random);
    if (error)
        goto free_market;
    market->live_target = options->live_orders > 0 ? options->live_orders
                                                   : (uint64_t)options->symbols * FLOOR_ORDERS_A_SYMBOL;
    error = hr_sim_book_create(&market->book, &market->symbols,
                               (uint32_t)(market->live_target + market->live_target / 8 + SPARE_ORDERS));
    if (error)
        goto destroy_symbols;

    for (enum phase phase = PHASE_START_OF_MESSAGES; phase < PHASE_MIX; phase++)
        market->statistics.opening_messages += messages_in(market, phase);
    market->opening_gap_ns = SECOND_NS / options->rate;
    if (market->opening_gap_ns > OPENING_NS_MAX / market->statistics.opening_messages)
        market->opening_gap_ns = OPENING_NS_MAX / market->statistics.opening_messages;
    market->time_ns = MARKET_OPEN_NS - market->opening_gap_ns * market->statistics.opening_messages;
    hr_sim_arrival_start(&market->arrival, MARKET_OPEN_NS, options->rate, &market->random);
    market->phase = PHASE_START_OF_MESSAGES;
    market->left = messages_in(market, market->phase);
    *made = market;
    return 0;

destroy_symbols:
    hr_sim_symbols_destroy(&market->symbols);
free_market:
    free(market);
    return error;
}

void hr_market_destroy(struct hr_market *market)
{
    if (!market)
        return;
    hr_sim_book_destroy(&market->book);
    hr_sim_symbols_destroy(&market->symbols);
    free(market);
}
