/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: what a decoder makes of messages. Most are records that are ready. An order that is executed, reduced, deleted
 * or replaced is named on the wire by its reference alone: its event says what happened, and the book step fills in the rest.
 */
#ifndef HEADRACE_DECODE_EVENT_H
#define HEADRACE_DECODE_EVENT_H

#include "headrace/record.h"

/* What a consumer subscribes to. Also bit numbers of hr_event.schemas. */
enum hr_schema {
    HR_SCHEMA_MBO,
    HR_SCHEMA_TRADES,
    HR_SCHEMA_STATUS,
    HR_SCHEMA_DEFINITION,
    HR_SCHEMA_IMBALANCE,
    HR_SCHEMA_STATISTICS,
    HR_SCHEMA_NATIVE,
    HR_SCHEMA_OTHER, /* what only DBN files have: MBP, OHLCV, BBO, system messages and so on */
    HR_SCHEMAS
};

enum hr_event_kind {
    HR_EVENT_RECORD,  /* `record` is complete */
    HR_EVENT_ADD,     /* `record.mbo` is complete, and an order to remember */
    HR_EVENT_SET,     /* `record.mbo` is complete, and how the order is from now on, whether it was known or not */
    HR_EVENT_EXECUTE, /* order_id, size: T, F, C at the order's price */
    HR_EVENT_EXECUTE_PRICED,        /* order_id, size, price of the execution: T, F, C */
    HR_EVENT_EXECUTE_NOT_PRINTABLE, /* the same without the T */
    HR_EVENT_REDUCE,  /* order_id, size */
    HR_EVENT_DELETE,  /* order_id */
    HR_EVENT_REPLACE, /* order_id, new_order_id, size and price of the new order */
    HR_EVENT_EXECUTE_NAMED, /* as EXECUTE_PRICED; the T has the trade's number, in new_order_ids, for its order_id */
    HR_EVENT_MODIFY,  /* order_id, size and price that the order has now: it keeps its place */
    HR_EVENT_CLEAR,   /* `record.mbo` is complete, and the instrument has no orders any more */
};

/* A cache line, laid out as a ring's slot: 56 bytes of record, and where a slot has its stamp, what the steps behind need to know. */
struct hr_event {
    union {
        struct hr_record_header header;
        struct hr_mbo mbo;
        struct hr_trade_break trade_break;
        struct hr_native native;
        struct hr_status status;
        const void *large; /* in the batch's arena, when longer than 56 bytes */
    } record;
    uint8_t kind;          /* enum hr_event_kind */
    uint8_t schemas;       /* bits of enum hr_schema, for HR_EVENT_RECORD */
    uint8_t words;         /* of 4 bytes: the record's length */
    uint8_t index;         /* of the message in its batch */
    uint32_t instrument;   /* its index with this handler; the venue's number is in the record */
};
_Static_assert(sizeof(struct hr_event) == 64, "an event is a cache line");

/* Messages are decoded in batches of this many, so that the orders of a whole batch are fetched from memory before
 * the first is used. */
#define HR_BATCH_MESSAGES 64
/* A decoder stops before a message whose events might not fit: that of MDP 3.0 with the most has 3 groups of 254 entries. */
#define HR_EVENTS_MAX 1024
#define HR_ARENA_BYTES (HR_EVENTS_MAX * 80 + HR_BATCH_MESSAGES * HR_RECORD_BYTES_MAX)

struct hr_events {
    uint32_t count;
    uint32_t arena_used;
    uint8_t index; /* of the message that records are being added for */
    struct hr_event items[HR_EVENTS_MAX] __attribute__((aligned(64)));
    uint64_t new_order_ids[HR_EVENTS_MAX]; /* of HR_EVENT_REPLACE and HR_EVENT_EXECUTE_NAMED; of others anything */
    uint8_t arena[HR_ARENA_BYTES] __attribute__((aligned(64)));
};

/* The record of an event that is one. */
static inline const void *hr_event_record(const struct hr_event *event)
{
    return event->words * 4U > sizeof event->record ? event->record.large : &event->record;
}

#endif
