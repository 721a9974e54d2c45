/* SPDX-License-Identifier: Apache-2.0
 *
 * One instrument's book from hr_mbo records, of orders or of price levels (HR_FLAG_MBP): price levels in a sorted array for each side, the
 * best last, for what changes is nearly always near the best.
 */
#ifndef EXAMPLES_ORDER_BOOK_HPP
#define EXAMPLES_ORDER_BOOK_HPP

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <headrace/record.h>

class OrderBook
{
  public:
    struct Level {
        std::int64_t price = HR_UNDEF_PRICE; /* 1e-9 */
        std::uint64_t size = 0;              /* 0: the side is empty */
    };

    /* Trades (T) and fills (F) change no book: what they take away comes as a cancel. */
    void apply(const hr_mbo &record)
    {
        if (record.action == 'R')
            return clear();
        if (record.flags & HR_FLAG_MAYBE_BAD_BOOK)
            doubtful_ = true;
        if (record.side == 'N' || (record.action != 'A' && record.action != 'M' && record.action != 'C'))
            return;
        const bool ask = record.side == 'A';
        if (record.flags & HR_FLAG_TOB)
            apply_top(ask, record);
        else if (record.flags & HR_FLAG_MBP)
            apply_level(ask, record);
        else
            apply_order(ask, record);
    }

    void clear()
    {
        orders_.clear();
        sides_[0].clear();
        sides_[1].clear();
        doubtful_ = false;
    }

    [[nodiscard]] Level best_bid() const
    {
        return sides_[0].empty() ? Level{} : sides_[0].back();
    }
    [[nodiscard]] Level best_ask() const
    {
        return sides_[1].empty() ? Level{} : sides_[1].back();
    }
    /* Something is missing here: the venue named an order that this book does not have, or the caller says so. Until it is cleared. */
    void distrust()
    {
        doubtful_ = true;
    }
    [[nodiscard]] bool doubtful() const
    {
        return doubtful_;
    }

  private:
    struct Order {
        std::int64_t price;
        std::uint32_t size;
        bool ask;
    };
    using Side = std::vector<Level>;

    /* The venue tells the best of the side and nothing behind it; what is not firm is none to quote against. */
    void apply_top(bool ask, const hr_mbo &record)
    {
        sides_[ask].clear();
        if (record.action != 'C' && record.price != HR_UNDEF_PRICE && !(record.flags & HR_FLAG_PUBLISHER_SPECIFIC))
            set(ask, record.price, record.size);
    }

    void apply_level(bool ask, const hr_mbo &record)
    {
        if (record.order_id != 0)
            doubtful_ = true; /* levels that are told by their place (ICE) are not kept here */
        else if (!(record.flags & HR_FLAG_PUBLISHER_SPECIFIC)) /* CME's implied levels are another book */
            set(ask, record.price, record.action == 'C' ? 0 : record.size);
    }

    /* M names the new price and size, C what is taken away. */
    void apply_order(bool ask, const hr_mbo &record)
    {
        const bool known = remove(record.order_id, record.action == 'C' ? record.size : UINT32_MAX);
        if (!known && record.action != 'A')
            doubtful_ = true; /* this strategy came too late for it, or lost it */
        if (record.action == 'C' || record.price == HR_UNDEF_PRICE || record.size == HR_UNDEF_ORDER_SIZE)
            return;
        orders_[record.order_id] = {record.price, record.size, ask};
        add(ask, record.price, record.size);
    }

    /* Where a price is, or would be inserted: bids rise to the best, asks fall. From the best on, since it is near. */
    static Side::iterator find(Side &side, bool ask, std::int64_t price)
    {
        auto at = side.end();
        while (at != side.begin() && (ask ? (at - 1)->price <= price : (at - 1)->price >= price))
            --at;
        return at;
    }

    void set(bool ask, std::int64_t price, std::uint64_t size)
    {
        Side &side = sides_[ask];
        auto at = find(side, ask, price);
        const bool found = at != side.end() && at->price == price;
        if (found && size == 0)
            side.erase(at);
        else if (found)
            at->size = size;
        else if (size != 0)
            side.insert(at, {price, size});
    }

    void add(bool ask, std::int64_t price, std::uint64_t size)
    {
        Side &side = sides_[ask];
        auto at = find(side, ask, price);
        if (at != side.end() && at->price == price)
            at->size += size;
        else if (size != 0)
            side.insert(at, {price, size});
    }

    /* At most what the order has. Returns whether it was known. */
    bool remove(std::uint64_t order_id, std::uint32_t size)
    {
        const auto found = orders_.find(order_id);
        if (found == orders_.end())
            return false;
        Order &order = found->second;
        const std::uint32_t taken = std::min(size, order.size);
        Side &side = sides_[order.ask];
        auto at = find(side, order.ask, order.price);
        if (at != side.end() && at->price == order.price && (at->size -= std::min<std::uint64_t>(taken, at->size)) == 0)
            side.erase(at);
        order.size -= taken;
        if (order.size == 0)
            orders_.erase(found);
        return true;
    }

    std::unordered_map<std::uint64_t, Order> orders_;
    Side sides_[2]; /* bid, ask */
    bool doubtful_ = false;
};

#endif
