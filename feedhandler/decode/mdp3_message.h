/* SPDX-License-Identifier: Apache-2.0
 *
 * One MDP 3.0 message on its way to events: what the files mdp3*.c share. Its root block and groups have been checked: a field
 * of the table that ends within the shortest block or entry may be read. What versions have appended is read only where the
 * block is long enough (HAS_FIELD).
 */
#ifndef HEADRACE_DECODE_MDP3_MESSAGE_H
#define HEADRACE_DECODE_MDP3_MESSAGE_H

#include <stddef.h>
#include <string.h>

#include "decode/decoder.h"
#include "decode/mdp3.h"
#include "packet/bytes.h"

/* No message makes more: at most 255 levels and as many orders, or 255 times two price limits; in the arena, the definition of
 * a spread with as many legs as are taken. */
#define HR_MDP3_EVENTS_MAX 768
#define HR_MDP3_LEGS_MAX 128
#define HR_MDP3_ARENA_MAX (HR_MDP3_LEGS_MAX * sizeof(struct hr_definition))
_Static_assert(HR_MDP3_EVENTS_MAX <= HR_EVENTS_MAX && HR_MDP3_ARENA_MAX <= HR_ARENA_BYTES &&
                   HR_MDP3_ARENA_MAX >= 2 * 255 * sizeof(struct hr_statistics),
               "a batch has room for any message");

#define HR_MDP3_END_OF_EVENT 0x80
#define HR_MDP3_INT32_NULL INT32_MAX
#define HR_MDP3_UINT64_NULL UINT64_MAX
#define HR_MDP3_DATE_NULL UINT16_MAX
#define HR_MDP3_DAY_NS UINT64_C(86400000000000)

/* Mantissas of the older templates have exponent -7. */
#define HR_MDP3_UNIT_7 100
#define HR_MDP3_UNIT_9 1
#define HR_MDP3_FIRST_TEMPLATE_9 46

struct hr_mdp3_group {
    const uint8_t *entries;
    uint32_t entry_bytes;
    uint32_t count; /* at most 255 */
};

struct hr_mdp3_message {
    struct hr_decoder *decoder;
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    const uint8_t *block;
    uint32_t block_bytes;
    uint32_t version;
    int64_t price_unit;
    uint64_t ts_event;
    uint64_t instrument_key; /* the last one looked up: entries about one instrument follow each other */
    uint32_t instrument;
    int32_t ts_in_delta;
    uint32_t sequence;
    uint32_t first_event;    /* of this message */
    uint8_t index;
    struct hr_mdp3_group groups[HR_LAYOUT_GROUPS_MAX];
};

#define HAS_FIELD(length, block, field) ((length) >= (uint32_t)HR_MDP3_##block##_##field##_end)

static inline uint32_t hr_mdp3_instrument(struct hr_mdp3_message *message, uint32_t security_id)
{
    uint64_t key = HR_INSTRUMENT_NUMBER(security_id);
    if (key != message->instrument_key) {
        message->instrument = hr_instruments_find_soon(&message->decoder->instruments, key);
        message->instrument_key = message->instrument ? key : 0;
        message->decoder->counters->instruments_refused += message->instrument == 0;
    }
    return message->instrument;
}

/* Null is INT64_MAX, which is HR_UNDEF_PRICE and cannot be multiplied. What else does not fit is no price. */
static inline int64_t hr_mdp3_price(const struct hr_mdp3_message *message, int64_t mantissa, int64_t unit)
{
    int64_t price;
    if (unit == HR_MDP3_UNIT_9)
        return mantissa;
    if (__builtin_expect(__builtin_mul_overflow(mantissa, unit, &price), 0)) {
        message->decoder->counters->bad_value += mantissa != INT64_MAX;
        return HR_UNDEF_PRICE;
    }
    return price;
}

/* Int32NULL; the venue has no negative sizes. */
static inline uint32_t hr_mdp3_size(uint32_t size)
{
    return size < HR_MDP3_INT32_NULL ? size : HR_UNDEF_ORDER_SIZE;
}

static inline uint32_t hr_mdp3_long_size(uint64_t size)
{
    return size < HR_UNDEF_ORDER_SIZE ? (uint32_t)size
                                      : HR_UNDEF_ORDER_SIZE - (size != HR_MDP3_UINT64_NULL); /* clamped, or undefined */
}

/* flags, channel_id, action and side of a record as the one word that they are in memory. */
#define HR_MDP3_META(flags, action, side) \
    ((uint32_t)(flags) | (uint32_t)(uint8_t)(action) << 16 | (uint32_t)(uint8_t)(side) << 24)
#define HR_MDP3_META_FLAGS 0xFFU
#define HR_MDP3_META_ACTION 0xFF0000U
_Static_assert(offsetof(struct hr_mbo, flags) + 2 == offsetof(struct hr_mbo, action) &&
                   offsetof(struct hr_mbo, flags) + 3 == offsetof(struct hr_mbo, side),
               "flags, channel, action and side follow each other");

/* What an entry type of a book means: flags, side, and an action where that is not the entry's own; 0: it is none. */
extern const uint32_t hr_mdp3_book_meta[256];

/* What the records of one message have in common, in words: they stay in registers, and each is one store. */
struct hr_mdp3_model {
    uint32_t event;   /* kind, schemas, words, index */
    uint32_t header;  /* length, rtype, publisher_id */
    uint64_t ts_event;
    uint64_t ts_recv;
    uint64_t sent;    /* ts_in_delta, sequence */
    uint32_t meta;    /* flags, channel_id */
};
_Static_assert(offsetof(struct hr_event, schemas) == offsetof(struct hr_event, kind) + 1 &&
                   offsetof(struct hr_event, words) == offsetof(struct hr_event, kind) + 2 &&
                   offsetof(struct hr_event, index) == offsetof(struct hr_event, kind) + 3,
               "kind, schemas, words and index follow each other");
_Static_assert(offsetof(struct hr_mbo, ts_in_delta) + 4 == offsetof(struct hr_mbo, sequence),
               "the delta and the sequence follow each other");

static inline __attribute__((always_inline)) struct hr_mdp3_model hr_mdp3_model(const struct hr_mdp3_message *message)
{
    return (struct hr_mdp3_model){.event = (uint32_t)HR_EVENT_RECORD | 1U << HR_SCHEMA_MBO << 8 |
                                           (uint32_t)(sizeof(struct hr_mbo) / 4) << 16 | (uint32_t)message->index << 24,
                                  .header = message->decoder->mbo_header,
                                  .ts_event = message->ts_event,
                                  .ts_recv = message->packet->ts_recv,
                                  .sent = (uint32_t)message->ts_in_delta | (uint64_t)message->sequence << 32,
                                  .meta = message->packet->flags | (uint32_t)message->packet->channel_id << 8};
}

static inline __attribute__((always_inline)) void hr_mdp3_put(struct hr_event *event, const struct hr_mdp3_model *model,
                                                              uint32_t instrument, uint32_t security_id, uint64_t order_id,
                                                              int64_t price, uint32_t size, uint32_t meta)
{
    struct hr_mbo *mbo = &event->record.mbo;
    meta |= model->meta;
    memcpy((uint8_t *)event + offsetof(struct hr_event, kind), &model->event, sizeof model->event);
    event->instrument = instrument;
    memcpy(&mbo->header, &model->header, sizeof model->header);
    mbo->header.instrument_id = instrument ? security_id : 0;
    mbo->header.ts_event = model->ts_event;
    mbo->order_id = order_id;
    mbo->price = price;
    mbo->size = size;
    memcpy((uint8_t *)mbo + offsetof(struct hr_mbo, flags), &meta, sizeof meta);
    mbo->ts_recv = model->ts_recv;
    memcpy((uint8_t *)mbo + offsetof(struct hr_mbo, ts_in_delta), &model->sent, sizeof model->sent);
}

/* One record, where they are few. */
static inline void hr_mdp3_add(struct hr_mdp3_message *message, uint32_t instrument, uint32_t security_id, uint64_t order_id,
                               int64_t price, uint32_t size, uint32_t meta)
{
    const struct hr_mdp3_model model = hr_mdp3_model(message);
    hr_mdp3_put(&message->events->items[message->events->count++], &model, instrument, security_id, order_id, price, size,
                meta);
}

/* An event may end with a message that makes no record with flags: LAST goes to the last one that the event has in this packet.
 * Where there is none, and `alone`, a record with action N and instrument 0 has it. */
void hr_mdp3_end_event_before(struct hr_mdp3_message *message, int alone);

/* LAST goes to the message's last record. */
static inline void hr_mdp3_end_event(struct hr_mdp3_message *message, uint8_t match_event_indicator)
{
    if (!(match_event_indicator & HR_MDP3_END_OF_EVENT))
        return;
    uint32_t count = message->events->count;
    if (count > message->first_event && message->events->items[count - 1].schemas == 1U << HR_SCHEMA_MBO)
        message->events->items[count - 1].record.mbo.flags |= HR_FLAG_LAST;
    else
        hr_mdp3_end_event_before(message, 1);
}

/* All that is not the book, its orders and trades. */
void hr_mdp3_decode_rare(struct hr_mdp3_message *message, uint8_t template_id);
void hr_mdp3_statistics(struct hr_mdp3_message *message, uint8_t template_id);
void hr_mdp3_snapshot(struct hr_mdp3_message *message, uint8_t template_id);
void hr_mdp3_loop_of(const struct hr_message *message, struct hr_loop_head *head);
void hr_mdp3_resting_orders(struct hr_mdp3_message *message, uint8_t template_id);
void hr_mdp3_definition(struct hr_mdp3_message *message, uint8_t template_id);
void hr_mdp3_status(struct hr_mdp3_message *message, uint8_t status, uint8_t halt_reason, uint8_t trading_event,
                    uint32_t instrument);

/* The statistic that an entry of type `type` is; returns 0 when it is none. */
struct hr_mdp3_statistic {
    int64_t price;
    int64_t quantity;       /* HR_UNDEF_STAT_QUANTITY: none */
    uint8_t open_close;     /* OpenCloseSettlFlag */
    uint8_t settl_price_type;
    uint16_t reference_date; /* days since 1970 */
    uint8_t update_action;  /* MDUpdateAction */
};
int hr_mdp3_add_statistic(struct hr_mdp3_message *message, uint32_t instrument, char type,
                          const struct hr_mdp3_statistic *statistic);
void hr_mdp3_add_limits(struct hr_mdp3_message *message, uint32_t instrument, int64_t high, int64_t low);

static inline int64_t hr_mdp3_quantity(uint32_t size)
{
    return size < HR_MDP3_INT32_NULL ? (int64_t)size : HR_UNDEF_STAT_QUANTITY;
}

static inline int64_t hr_mdp3_long_quantity(uint64_t size)
{
    return size < (uint64_t)HR_UNDEF_STAT_QUANTITY ? (int64_t)size : HR_UNDEF_STAT_QUANTITY;
}

#endif
