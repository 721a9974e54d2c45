/* SPDX-License-Identifier: Apache-2.0
 *
 * One MDP 3.0 message on its way to events: what the files mdp3*.c share. Its root block and groups have been checked: whatever is
 * read by an offset of the table lies within them, as long as it lies within the shortest block or entry of the table. What versions
 * have appended is read only where the block or the entry is long enough (HAS_FIELD).
 */
#ifndef HEADRACE_DECODE_MDP3_MESSAGE_H
#define HEADRACE_DECODE_MDP3_MESSAGE_H

#include <string.h>

#include "decode/decoder.h"
#include "decode/mdp3.h"
#include "packet/bytes.h"

/* The most that one message makes: 255 levels and as many orders, or 255 times two price limits; a definition of a spread with as
 * many legs as are taken, 255 statistics and a status. */
#define HR_MDP3_EVENTS_MAX 768
#define HR_MDP3_LEGS_MAX 128
#define HR_MDP3_ARENA_MAX (HR_MDP3_LEGS_MAX * sizeof(struct hr_definition))

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

/* A record with everything but order_id, price, size, action and side. */
static inline __attribute__((always_inline)) struct hr_mbo *hr_mdp3_add_mbo(struct hr_mdp3_message *message, uint32_t instrument,
                                                                            uint32_t security_id, uint8_t flags)
{
    struct hr_event *event = &message->events->items[message->events->count++];
    struct hr_mbo *mbo = &event->record.mbo;
    event->kind = HR_EVENT_RECORD;
    event->schemas = 1U << HR_SCHEMA_MBO;
    event->words = sizeof *mbo / 4;
    event->index = message->index;
    event->instrument = instrument;
    memcpy(&mbo->header, &message->decoder->mbo_header, sizeof message->decoder->mbo_header);
    mbo->header.instrument_id = instrument ? security_id : 0;
    mbo->header.ts_event = message->ts_event;
    mbo->flags = (uint8_t)(message->packet->flags | flags);
    mbo->channel_id = message->packet->channel_id;
    mbo->ts_recv = message->packet->ts_recv;
    mbo->ts_in_delta = message->ts_in_delta;
    mbo->sequence = message->sequence;
    return mbo;
}

/* An event may end with a message that makes no record with flags: LAST goes to the last one that the event has in this packet. Where
 * there is none, and `alone`, a record with action N and instrument 0 has it. */
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

/* What an entry type of a book means; side 0: it is not one. */
struct hr_mdp3_book_type {
    char side;
    char action;   /* whatever the entry's own action is; 0: that one */
    uint8_t flags;
};
extern const struct hr_mdp3_book_type hr_mdp3_book_types[256];

/* All that is not the book, its orders and trades. */
void hr_mdp3_decode_rare(struct hr_mdp3_message *message, uint8_t template_id);
void hr_mdp3_statistics(struct hr_mdp3_message *message, uint8_t template_id);
void hr_mdp3_snapshot(struct hr_mdp3_message *message, uint8_t template_id);
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
