/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the common messages of ITCH 5.0, from the table of all messages, and the layout of what is made of them.
 */
#ifndef HEADRACE_DECODE_ITCH50_ROWS_H
#define HEADRACE_DECODE_ITCH50_ROWS_H

#include <stddef.h>

#include "decode/event.h"
#include "decode/itch50.h"
#include "decode/itch50_common.h"

/* Four implied decimals on the wire. */
#define HR_ITCH50_PRICE_UNIT 100000

/* Every offset lies within the message, so that what a type does not have is read all the same, and masked. */
struct hr_itch50_row {
    int64_t price_or;      /* HR_UNDEF_PRICE where there is no price */
    uint64_t size_or;      /* the record's fifth word but for size and side: all bits of size where there is none; the action */
    uint8_t shuffle[16];   /* from the 16 bytes at `window`: price and size as two little-endian words; 0x80 gives a zero */
    uint32_t meta[4];      /* the event's last 16 bytes: kind, schemas, words in the third word, zeros in the others */
    uint32_t sides_at;     /* where its part of `sides` begins */
    uint32_t price_and;
    uint16_t length;       /* 0: not a common message */
    uint8_t window;
    uint8_t price_at;
    uint8_t size_at;
    uint8_t side_at;
    uint8_t new_order_at;
    uint8_t unknown;       /* what of hr_decoder.unknown concerns it */
};
_Static_assert(sizeof(struct hr_itch50_row) == 64, "a row is a cache line");

#define FIELD(message, field) HR_ITCH50_##message##_##field
#define META(event) ((event) | (1U << HR_SCHEMA_MBO) << 8 | (sizeof(struct hr_mbo) / 4) << 16)
#define ACTION(letter) ((uint64_t)(letter) << 48)
/* Big-endian bytes to a little-endian word, or to nothing. */
#define WORD(at) (at) + 3, (at) + 2, (at) + 1, (at), 0x80, 0x80, 0x80, 0x80
#define NO_WORD 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80
#define ROW(code, message, event, size_field, at, ...) \
    [code] = {.length = HR_ITCH50_##message##_length, .meta = {[2] = META(event)}, .size_at = FIELD(message, size_field), .window = (at), \
              __VA_ARGS__}
#define PRICED(message, field) .price_at = FIELD(message, field), .price_and = UINT32_MAX
#define UNPRICED .price_or = HR_UNDEF_PRICE
#define WITH_SYMBOL .unknown = HR_ITCH50_UNSEEN | HR_ITCH50_NO_ROOM
#define WITHOUT_SYMBOL .unknown = HR_ITCH50_NO_ROOM
#define NEW_ORDER_AT FIELD(order_replace, new_order_reference_number)

/* B, A or N, by the byte where messages with a side have theirs: a part for what is not a common message, one for those without a side, one for
 * those with it. Whether a message has a side is as random as its type; that it says neither B nor S is not: a bit of its own to tell by. */
#define NEITHER 0x80
#define NONE ('N' | NEITHER)
#define SIDE_AT FIELD(add_order, buy_sell_indicator)
#define SIDED .sides_at = 512, .side_at = SIDE_AT
#define SIDELESS .sides_at = 256

struct hr_itch50_tables {
    uint8_t sides[768];
    struct hr_itch50_row rows[256];
};
static const struct hr_itch50_tables tables __attribute__((aligned(64))) = {
    .rows = {
        ROW('A', add_order, HR_EVENT_ADD, shares, 20, .shuffle = {WORD(32 - 20), WORD(20 - 20)}, .size_or = ACTION('A'),
            PRICED(add_order, price), WITH_SYMBOL, SIDED),
        ROW('F', add_order_mpid, HR_EVENT_ADD, shares, 20, .shuffle = {WORD(32 - 20), WORD(20 - 20)}, .size_or = ACTION('A'),
            PRICED(add_order_mpid, price), WITH_SYMBOL, SIDED),
        ROW('D', order_delete, HR_EVENT_DELETE, timestamp, 3, .shuffle = {NO_WORD, NO_WORD},
            .size_or = ACTION('C') | HR_UNDEF_ORDER_SIZE, UNPRICED, WITHOUT_SYMBOL, SIDELESS),
        ROW('U', order_replace, HR_EVENT_REPLACE, shares, 19, .shuffle = {WORD(31 - 19), WORD(27 - 19)}, .size_or = ACTION('A'),
            PRICED(order_replace, price), WITHOUT_SYMBOL, SIDELESS, .new_order_at = NEW_ORDER_AT),
        ROW('E', order_executed, HR_EVENT_EXECUTE, executed_shares, 15, .shuffle = {NO_WORD, WORD(19 - 15)}, .size_or = ACTION('F'),
            UNPRICED, WITHOUT_SYMBOL, SIDELESS),
        ROW('X', order_cancel, HR_EVENT_REDUCE, canceled_shares, 7, .shuffle = {NO_WORD, WORD(19 - 7)}, .size_or = ACTION('C'),
            UNPRICED, WITHOUT_SYMBOL, SIDELESS),
    },
    .sides = {
        [0 ... 255] = NONE,
        [256 ... 511] = 'N',
        [512 ... 512 + 'A'] = NONE,
        [512 + 'B'] = 'B',
        [512 + 'C' ... 512 + 'R'] = NONE,
        [512 + 'S'] = 'A',
        [512 + 'T' ... 767] = NONE,
    },
};
_Static_assert(FIELD(add_order, shares) == 20 && FIELD(add_order, price) == 32 && FIELD(order_replace, shares) == 27 &&
                   FIELD(order_replace, price) == 31 && FIELD(order_executed, executed_shares) == 19 &&
                   FIELD(order_cancel, canceled_shares) == 19 && FIELD(add_order, stock) == FIELD(add_order_mpid, stock) &&
                   SIDE_AT == FIELD(add_order_mpid, buy_sell_indicator) &&
                   FIELD(add_order_mpid, shares) == 20 && FIELD(add_order_mpid, price) == 32,
               "the windows above are of this layout");

/* A record's eight words, the last being what an event has where a slot has its stamp: hr_mbo and hr_event, in their order. */
typedef uint64_t __attribute__((may_alias)) hr_word;
_Static_assert(offsetof(struct hr_mbo, order_id) == 16 && offsetof(struct hr_mbo, price) == 24 &&
                   offsetof(struct hr_mbo, size) == 32 && offsetof(struct hr_mbo, flags) == 36 &&
                   offsetof(struct hr_mbo, channel_id) == 37 && offsetof(struct hr_mbo, action) == 38 &&
                   offsetof(struct hr_mbo, side) == 39 && offsetof(struct hr_mbo, ts_recv) == 40 &&
                   offsetof(struct hr_mbo, ts_in_delta) == 48 && offsetof(struct hr_mbo, sequence) == 52 &&
                   offsetof(struct hr_event, kind) == 56 && offsetof(struct hr_event, index) == 59 &&
                   offsetof(struct hr_event, instrument) == 60,
               "the words are of this layout");
#define INDEX_SHIFT 24 /* of an event's index, in its own word */

#endif
