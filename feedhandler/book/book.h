/* SPDX-License-Identifier: Apache-2.0
 *
 * The book step: an event becomes one to three order records, with what the exchange's message leaves out filled in from
 * the order store. Without a store (order_state: false) those fields stay undefined, and MAYBE_BAD_BOOK is set: never a guess.
 */
#ifndef HEADRACE_BOOK_BOOK_H
#define HEADRACE_BOOK_BOOK_H

#include "book/orders.h"
#include "decode/event.h"
#include "observe/metrics.h"

#define HR_BOOK_COUNTERS(X)                                                                             \
    X(orders, "orders in the store now")                                                                \
    X(orders_refused, "orders that found no room in the store (orders_max)")                            \
    X(duplicate_adds, "orders added under a reference that the store had: the new one counts")          \
    X(unknown_executions, "executions of orders that the store does not have")                          \
    X(unknown_reductions, "reductions of orders that the store does not have")                          \
    X(unknown_deletions, "deletions of orders that the store does not have")                            \
    X(unknown_replacements, "replacements and modifications of orders that the store does not have")    \
    X(beyond_remaining, "executions and reductions of more than what remained")

struct hr_book_counters {
    HR_BOOK_COUNTERS(HR_METRIC_FIELD)
};

#define HR_BOOK_RECORDS_MAX 3

struct hr_book {
    int order_state;
    struct hr_orders orders;
    struct hr_book_counters *counters;
    uint32_t *clears; /* by instrument: an order added before the last of them is not there any more; NULL: there are none */
};

/* Turns an order event into records: out[0 .. returned), in the order of publishing, LAST on the last. `event` is of any
 * kind but HR_EVENT_RECORD; new_order_id is used for HR_EVENT_REPLACE and HR_EVENT_EXECUTE_NAMED. */
uint32_t hr_book_apply(struct hr_book *book, const struct hr_event *event, uint64_t new_order_id,
                       struct hr_mbo out[HR_BOOK_RECORDS_MAX]);

#endif
