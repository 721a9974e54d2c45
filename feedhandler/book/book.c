/* SPDX-License-Identifier: Apache-2.0 */
#include "book/book.h"

static char opposite(char side)
{
    return side == 'B' ? 'A' : side == 'A' ? 'B' : 'N';
}

static inline void set(struct hr_mbo *record, char action, char side, uint64_t order_id, int64_t price, uint32_t size,
                       uint8_t flags)
{
    record->action = action;
    record->side = side;
    record->order_id = order_id;
    record->price = price;
    record->size = size;
    record->flags = flags;
}

/* Orders of a cleared instrument stay in the store until somebody comes upon them: to look for them all would take too long. */
static inline int is_cleared(const struct hr_book *book, const struct hr_order *order)
{
    return book->clears && order->clears != book->clears[order->instrument];
}

static inline struct hr_order *find(struct hr_book *book, uint64_t reference)
{
    struct hr_order *order = book->order_state ? hr_orders_find(&book->orders, reference) : NULL;
    if (order && __builtin_expect(is_cleared(book, order), 0)) {
        hr_orders_remove(&book->orders, order);
        return NULL;
    }
    return order;
}

/* Returns whether the store had the reference already. */
static int remember(struct hr_book *book, uint64_t reference, char side, int64_t price, uint32_t size, uint32_t instrument,
                    uint8_t doubtful)
{
    int existed = 0;
    struct hr_order *order = hr_orders_add(&book->orders, reference, &existed);
    if (!order) {
        book->counters->orders_refused++;
        return 0;
    }
    existed = existed && !is_cleared(book, order);
    order->clears = book->clears ? book->clears[instrument] : 0;
    order->side = side;
    order->price = price;
    order->size = size;
    order->instrument = instrument;
    order->doubtful = doubtful;
    return existed;
}

/* Takes `size` away from an order, and the order with its last share. Returns what could be taken. */
static uint32_t take(struct hr_book *book, struct hr_order *order, uint32_t size)
{
    if (size >= order->size) {
        uint32_t remaining = order->size;
        book->counters->beyond_remaining += size > remaining;
        hr_orders_remove(&book->orders, order);
        return remaining;
    }
    order->size -= size;
    return size;
}

/* Executed: the trade (of the aggressor's side), the fill of the resting order, and what it takes from the book. */
static uint32_t execute(struct hr_book *book, const struct hr_event *event, uint64_t trade_id, struct hr_mbo *out)
{
    const struct hr_mbo *mbo = &event->record.mbo;
    struct hr_order *order = find(book, mbo->order_id);
    uint8_t flags = mbo->flags & (uint8_t)~HR_FLAG_LAST;
    char side = 'N';
    int64_t order_price = HR_UNDEF_PRICE;
    uint32_t taken = mbo->size;
    if (order) {
        side = order->side;
        order_price = order->price;
        flags |= order->doubtful ? HR_FLAG_MAYBE_BAD_BOOK : 0;
        taken = take(book, order, mbo->size);
        flags |= taken != mbo->size ? HR_FLAG_MAYBE_BAD_BOOK : 0;
    } else {
        flags |= HR_FLAG_MAYBE_BAD_BOOK;
        book->counters->unknown_executions += (uint64_t)book->order_state;
    }
    int64_t price = event->kind == HR_EVENT_EXECUTE ? order_price : mbo->price;
    uint32_t count = 0;
    if (event->kind != HR_EVENT_EXECUTE_NOT_PRINTABLE) {
        out[count] = *mbo;
        set(&out[count++], 'T', opposite(side), event->kind == HR_EVENT_EXECUTE_NAMED ? trade_id : 0, price, mbo->size, flags);
    }
    out[count] = *mbo;
    set(&out[count++], 'F', side, mbo->order_id, price, mbo->size, flags);
    out[count] = *mbo;
    set(&out[count++], 'C', side, mbo->order_id, order_price, taken, flags | HR_FLAG_LAST);
    return count;
}

static uint32_t reduce(struct hr_book *book, const struct hr_event *event, struct hr_mbo *out)
{
    struct hr_order *order = find(book, event->record.mbo.order_id);
    out[0] = event->record.mbo;
    if (!order) {
        book->counters->unknown_reductions += (uint64_t)book->order_state;
        out[0].flags |= HR_FLAG_MAYBE_BAD_BOOK;
        return 1;
    }
    uint8_t doubtful = order->doubtful;
    out[0].side = order->side;
    out[0].price = order->price;
    out[0].size = take(book, order, event->record.mbo.size);
    if (doubtful || out[0].size != event->record.mbo.size)
        out[0].flags |= HR_FLAG_MAYBE_BAD_BOOK;
    return 1;
}

static uint32_t delete(struct hr_book *book, const struct hr_event *event, struct hr_mbo *out)
{
    struct hr_order *order = find(book, event->record.mbo.order_id);
    out[0] = event->record.mbo;
    if (!order) {
        book->counters->unknown_deletions += (uint64_t)book->order_state;
        out[0].flags |= HR_FLAG_MAYBE_BAD_BOOK;
        return 1;
    }
    out[0].side = order->side;
    out[0].price = order->price;
    out[0].size = order->size;
    out[0].flags |= order->doubtful ? HR_FLAG_MAYBE_BAD_BOOK : 0;
    hr_orders_remove(&book->orders, order);
    return 1;
}

/* Replaced: the old order goes, a new one of the same side comes under the new reference. */
static uint32_t replace(struct hr_book *book, const struct hr_event *event, uint64_t new_order_id, struct hr_mbo *out)
{
    const struct hr_mbo *mbo = &event->record.mbo;
    struct hr_order *order = find(book, mbo->order_id);
    uint8_t flags = mbo->flags & (uint8_t)~HR_FLAG_LAST;
    char side = 'N';
    int64_t price = HR_UNDEF_PRICE;
    uint32_t size = HR_UNDEF_ORDER_SIZE;
    if (order) {
        side = order->side;
        price = order->price;
        size = order->size;
        flags |= order->doubtful ? HR_FLAG_MAYBE_BAD_BOOK : 0;
        hr_orders_remove(&book->orders, order);
    } else {
        book->counters->unknown_replacements += (uint64_t)book->order_state;
        flags |= HR_FLAG_MAYBE_BAD_BOOK;
    }
    out[0] = *mbo;
    set(&out[0], 'C', side, mbo->order_id, price, size, flags);
    out[1] = *mbo;
    set(&out[1], 'A', side, new_order_id, mbo->price, mbo->size, flags | HR_FLAG_LAST);
    if (book->order_state && remember(book, new_order_id, side, mbo->price, mbo->size, event->instrument, side == 'N'))
        book->counters->duplicate_adds++;
    return 2;
}

/* Modified: another price or size in its place. One that is not known is from here on known as far as this goes. */
static uint32_t modify(struct hr_book *book, const struct hr_event *event, struct hr_mbo *out)
{
    const struct hr_mbo *mbo = &event->record.mbo;
    struct hr_order *order = find(book, mbo->order_id);
    out[0] = *mbo;
    if (!order) {
        book->counters->unknown_replacements += (uint64_t)book->order_state;
        out[0].flags |= HR_FLAG_MAYBE_BAD_BOOK;
        if (book->order_state)
            remember(book, mbo->order_id, 'N', mbo->price, mbo->size, event->instrument, 1);
        return 1;
    }
    out[0].side = order->side;
    out[0].flags |= order->doubtful ? HR_FLAG_MAYBE_BAD_BOOK : 0;
    order->price = mbo->price;
    order->size = mbo->size;
    return 1;
}

uint32_t hr_book_apply(struct hr_book *book, const struct hr_event *event, uint64_t new_order_id,
                       struct hr_mbo out[HR_BOOK_RECORDS_MAX])
{
    switch (event->kind) {
    case HR_EVENT_ADD:
    case HR_EVENT_SET:
        out[0] = event->record.mbo;
        if (book->order_state &&
            remember(book, out[0].order_id, out[0].side, out[0].price, out[0].size, event->instrument, 0) &&
            event->kind == HR_EVENT_ADD)
            book->counters->duplicate_adds++;
        return 1;
    case HR_EVENT_DELETE:
        return delete(book, event, out);
    case HR_EVENT_REPLACE:
        return replace(book, event, new_order_id, out);
    case HR_EVENT_REDUCE:
        return reduce(book, event, out);
    case HR_EVENT_MODIFY:
        return modify(book, event, out);
    case HR_EVENT_CLEAR:
        out[0] = event->record.mbo;
        if (book->clears)
            book->clears[event->instrument]++;
        return 1;
    default:
        return execute(book, event, new_order_id, out);
    }
}
