/* SPDX-License-Identifier: Apache-2.0
 *
 * What to quote: around the micro-price, leaning against the inventory. No clock, no input and no output: the same book and inventory give
 * the same quote.
 */
#ifndef EXAMPLES_QUOTER_HPP
#define EXAMPLES_QUOTER_HPP

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "order_book.hpp"

/* Size 0: nothing on that side. Prices in units of 1e-9. */
struct Quote {
    std::int64_t bid = HR_UNDEF_PRICE;
    std::int64_t ask = HR_UNDEF_PRICE;
    std::uint32_t bid_size = 0;
    std::uint32_t ask_size = 0;

    friend bool operator==(const Quote &a, const Quote &b)
    {
        return a.bid == b.bid && a.ask == b.ask && a.bid_size == b.bid_size && a.ask_size == b.ask_size;
    }
    friend bool operator!=(const Quote &a, const Quote &b)
    {
        return !(a == b);
    }
};

struct QuoterSettings {
    std::int64_t tick = 10'000'000;  /* 1e-9: a cent */
    double half_spread_ticks = 1.0;  /* from the fair price to either quote, before rounding away from it */
    double skew_ticks = 1.0;         /* how far the fair price leans when the inventory is at its limit */
    std::uint32_t size = 100;        /* of a quote, at most */
    std::int64_t inventory_max = 1000;
};

/* The price at which the next trade would leave the two sides even: near the side that has less. */
inline double micro_price(const OrderBook::Level &bid, const OrderBook::Level &ask)
{
    const auto bid_size = static_cast<double>(bid.size);
    const auto ask_size = static_cast<double>(ask.size);
    return (static_cast<double>(bid.price) * ask_size + static_cast<double>(ask.price) * bid_size) / (bid_size + ask_size);
}

/* Nothing at all unless both sides are there and do not cross. Never better than one tick from crossing. */
inline Quote make_quote(const QuoterSettings &settings, const OrderBook &book, std::int64_t inventory)
{
    Quote quote;
    const OrderBook::Level bid = book.best_bid();
    const OrderBook::Level ask = book.best_ask();
    if (book.doubtful() || bid.size == 0 || ask.size == 0 || bid.price >= ask.price)
        return quote;
    const auto tick = static_cast<double>(settings.tick);
    const double lean = static_cast<double>(inventory) / static_cast<double>(settings.inventory_max) * settings.skew_ticks;
    const double fair = micro_price(bid, ask) / tick - lean; /* in ticks; long: lower, to sell rather than to buy */
    const auto low = static_cast<std::int64_t>(std::floor(fair - settings.half_spread_ticks)) * settings.tick;
    const auto high = static_cast<std::int64_t>(std::ceil(fair + settings.half_spread_ticks)) * settings.tick;
    const std::int64_t may_buy = std::clamp<std::int64_t>(settings.inventory_max - inventory, 0, settings.size);
    const std::int64_t may_sell = std::clamp<std::int64_t>(settings.inventory_max + inventory, 0, settings.size);
    if (may_buy > 0) {
        quote.bid = std::min(low, ask.price - settings.tick);
        quote.bid_size = static_cast<std::uint32_t>(may_buy);
    }
    if (may_sell > 0) {
        quote.ask = std::max(high, bid.price + settings.tick);
        quote.ask_size = static_cast<std::uint32_t>(may_sell);
    }
    return quote;
}

#endif
