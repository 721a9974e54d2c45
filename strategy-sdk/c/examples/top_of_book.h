/* SPDX-License-Identifier: Apache-2.0
 *
 * The best bid and offer of every instrument, from order and price level records.
 */
#ifndef EXAMPLES_TOP_OF_BOOK_H
#define EXAMPLES_TOP_OF_BOOK_H

#include "headrace/record.h"

struct top_of_book;

struct top_of_book_quote {
    int64_t bid; /* HR_UNDEF_PRICE when that side is empty */
    int64_t ask;
    uint64_t bid_size;
    uint64_t ask_size;
    uint64_t records;
    uint16_t publisher_id;
};

struct top_of_book *top_of_book_create(void);
void top_of_book_destroy(struct top_of_book *books);
void top_of_book_apply(struct top_of_book *books, const struct hr_mbo *mbo);
struct top_of_book_quote top_of_book_quote(const struct top_of_book *books, uint32_t instrument_id);

/* The instruments with the most records, busiest first. Returns how many. */
uint32_t top_of_book_busiest(const struct top_of_book *books, uint32_t *instruments, uint32_t maximum);

#endif
