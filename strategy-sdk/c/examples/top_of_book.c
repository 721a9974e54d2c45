/* SPDX-License-Identifier: Apache-2.0
 *
 * Price levels in a sorted array for each side, best price last: what changes is nearly always near the best.
 */
#include "top_of_book.h"

#include <stdlib.h>
#include <string.h>

#define INSTRUMENTS 65536

struct level {
    int64_t price;
    uint64_t size;
};

struct side {
    struct level *levels;
    uint32_t count;
    uint32_t room;
};

struct book {
    struct side sides[2]; /* bid, ask */
    uint64_t records;
    uint16_t publisher_id;
};

struct top_of_book {
    struct book books[INSTRUMENTS];
};

struct top_of_book *top_of_book_create(void)
{
    return calloc(1, sizeof(struct top_of_book));
}

void top_of_book_destroy(struct top_of_book *books)
{
    for (uint32_t i = 0; books && i < INSTRUMENTS; i++) {
        free(books->books[i].sides[0].levels);
        free(books->books[i].sides[1].levels);
    }
    free(books);
}

/* The place of a price, from the best end on. *found tells whether it has a level. Bids rise to the best, asks fall. */
static uint32_t find(const struct side *side, int64_t price, int ask, int *found)
{
    uint32_t at = side->count;
    while (at > 0 && (ask ? side->levels[at - 1].price < price : side->levels[at - 1].price > price))
        at--;
    *found = at > 0 && side->levels[at - 1].price == price;
    return *found ? at - 1 : at;
}

static void set_level(struct side *side, uint32_t at, int found, int64_t price, uint64_t size)
{
    if (found && size == 0) {
        memmove(&side->levels[at], &side->levels[at + 1], (side->count - at - 1) * sizeof *side->levels);
        side->count--;
    } else if (found)
        side->levels[at].size = size;
    else if (size) {
        if (side->count == side->room) {
            uint32_t room = side->room ? side->room * 2 : 16;
            struct level *grown = realloc(side->levels, room * sizeof *grown);
            if (!grown)
                return;
            side->levels = grown;
            side->room = room;
        }
        memmove(&side->levels[at + 1], &side->levels[at], (side->count - at) * sizeof *side->levels);
        side->levels[at] = (struct level){price, size};
        side->count++;
    }
}

void top_of_book_apply(struct top_of_book *books, const struct hr_mbo *mbo)
{
    struct book *book = &books->books[mbo->header.instrument_id % INSTRUMENTS];
    int found;
    book->records++;
    book->publisher_id = mbo->header.publisher_id;
    /* Trades and fills change no book: what they take away comes as a cancel. */
    if (mbo->action == 'T' || mbo->action == 'F' || mbo->side == 'N' || mbo->price == HR_UNDEF_PRICE)
        return;
    int ask = mbo->side == 'A';
    struct side *side = &book->sides[ask];
    uint32_t at = find(side, mbo->price, ask, &found);
    uint64_t before = found ? side->levels[at].size : 0;
    if (mbo->flags & HR_FLAG_MBP)
        set_level(side, at, found, mbo->price, mbo->size);
    else if (mbo->action == 'A')
        set_level(side, at, found, mbo->price, before + mbo->size);
    else if (mbo->action == 'C')
        set_level(side, at, found, mbo->price, before > mbo->size ? before - mbo->size : 0);
}

struct top_of_book_quote top_of_book_quote(const struct top_of_book *books, uint32_t instrument_id)
{
    const struct book *book = &books->books[instrument_id % INSTRUMENTS];
    const struct side *bid = &book->sides[0];
    const struct side *ask = &book->sides[1];
    return (struct top_of_book_quote){
        .bid = bid->count ? bid->levels[bid->count - 1].price : HR_UNDEF_PRICE,
        .bid_size = bid->count ? bid->levels[bid->count - 1].size : 0,
        .ask = ask->count ? ask->levels[ask->count - 1].price : HR_UNDEF_PRICE,
        .ask_size = ask->count ? ask->levels[ask->count - 1].size : 0,
        .records = book->records,
        .publisher_id = book->publisher_id,
    };
}

uint32_t top_of_book_busiest(const struct top_of_book *books, uint32_t *instruments, uint32_t maximum)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        uint64_t records = books->books[i].records;
        uint32_t at = count;
        if (records == 0 || (count == maximum && records <= books->books[instruments[count - 1]].records))
            continue;
        if (count < maximum)
            count++;
        else
            at--;
        for (; at > 0 && books->books[instruments[at - 1]].records < records; at--)
            instruments[at] = instruments[at - 1];
        instruments[at] = i;
    }
    return count;
}
