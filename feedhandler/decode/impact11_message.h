/* SPDX-License-Identifier: Apache-2.0
 *
 * One iMpact message on its way to events: what the files impact11*.c share. Its length has been checked: every field of its
 * type may be read.
 */
#ifndef HEADRACE_DECODE_IMPACT11_MESSAGE_H
#define HEADRACE_DECODE_IMPACT11_MESSAGE_H

#include <string.h>

#include "decode/decoder.h"
#include "decode/impact11.h"
#include "packet/bytes.h"

/* How many decimals a price has, the market's definition says, which most handlers never see: prices stay whole numbers. */
#define PRICE_UNIT HR_PRICE_SCALE
#define MS_NS UINT64_C(1000000)
/* No time in milliseconds is as late as that, and none in nanoseconds as early: 33658-09-27, 1970-01-12. */
#define LEAST_NS UINT64_C(1000000000000000)

#define AT(message, field) (bytes + HR_IMPACT11_##message##_##field)
#define U8(message, field) (*AT(message, field))
#define U16(message, field) hr_be16(AT(message, field))
#define U32(message, field) hr_be32(AT(message, field))
#define U64(message, field) hr_be64(AT(message, field))
#define I16(message, field) ((int16_t)U16(message, field))
#define I32(message, field) ((int32_t)U32(message, field))
#define CODE(message, field) ((char)*AT(message, field))
#define PRICE(message, field) hr_impact11_price(decoder, (int64_t)U64(message, field))
#define SIZE(message, field) hr_impact11_size(decoder, U32(message, field))
#define SIDE(message, field) hr_impact11_side(decoder, CODE(message, field))
#define TIME(message, field) hr_impact11_time(decoder, U64(message, field), 0)

/* A strategy has a handful of legs; its definitions go into the batch's arena one by one. */
#define HR_IMPACT11_LEGS_MAX 64

struct hr_impact11_message {
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    uint64_t ts_event;
    uint32_t instrument;
    uint32_t sequence;
    uint8_t index;
    uint8_t flags; /* LAST outside a bundle: what is in one gets it when the bundle ends */
};

static inline int64_t hr_impact11_price(const struct hr_decoder *decoder, int64_t price)
{
    if (__builtin_expect(price > INT64_MAX / PRICE_UNIT || price < INT64_MIN / PRICE_UNIT, 0)) {
        decoder->counters->bad_value++;
        return HR_UNDEF_PRICE;
    }
    return price * PRICE_UNIT;
}

static inline uint32_t hr_impact11_size(const struct hr_decoder *decoder, uint32_t size)
{
    if (__builtin_expect(size > INT32_MAX, 0)) {
        decoder->counters->bad_value++;
        return HR_UNDEF_ORDER_SIZE;
    }
    return size;
}

static inline char hr_impact11_side(const struct hr_decoder *decoder, char side)
{
    decoder->counters->bad_value += side != '1' && side != '2' && side != ' ';
    return side == '1' ? 'B' : side == '2' ? 'A' : 'N';
}

/* Times are in milliseconds, some in nanoseconds: no time can be both. `within` is SequenceWithinMillis: microseconds, then a
 * number of three digits that keeps the order of what happened in the same one. */
static inline uint64_t hr_impact11_time(const struct hr_decoder *decoder, uint64_t time, uint32_t within)
{
    uint64_t unit = time < LEAST_NS ? MS_NS : 1;
    if (__builtin_expect(within >= MS_NS || time > UINT64_MAX / 2 / unit, 0)) {
        decoder->counters->bad_value++;
        return time > UINT64_MAX / 2 / unit ? HR_UNDEF_TIMESTAMP : time * unit;
    }
    return time * unit + within;
}

static inline struct hr_mbo *hr_impact11_add(const struct hr_decoder *decoder, const struct hr_impact11_message *message,
                                             uint8_t kind)
{
    struct hr_event *event = &message->events->items[message->events->count++];
    struct hr_mbo *mbo = &event->record.mbo;
    event->kind = kind;
    event->schemas = 1U << HR_SCHEMA_MBO;
    event->words = sizeof *mbo / 4;
    event->index = message->index;
    event->instrument = message->instrument;
    memcpy(&mbo->header, &decoder->mbo_header, sizeof decoder->mbo_header);
    mbo->header.instrument_id = hr_instruments_id(&decoder->instruments, message->instrument);
    mbo->header.ts_event = message->ts_event;
    mbo->flags = message->packet->flags | message->flags;
    mbo->channel_id = message->packet->channel_id;
    mbo->ts_recv = message->packet->ts_recv;
    mbo->ts_in_delta = hr_delta_ns(message->packet->ts_recv,
                                   message->packet->send_time_ns ? message->packet->send_time_ns : message->ts_event);
    mbo->sequence = message->sequence;
    return mbo;
}

static inline struct hr_mbo *hr_impact11_set(struct hr_mbo *mbo, char action, char side, uint64_t order_id, int64_t price,
                                             uint32_t size, uint8_t flags)
{
    mbo->action = action;
    mbo->side = side;
    mbo->order_id = order_id;
    mbo->price = price;
    mbo->size = size;
    mbo->flags |= flags;
    return mbo;
}

static inline void hr_impact11_native(const struct hr_decoder *decoder, const struct hr_impact11_message *message)
{
    hr_events_add_native(message->events, decoder, message->packet, message->wire, message->sequence, message->instrument,
                         message->ts_event);
}

/* All that is not an order or a trade. */
void hr_impact11_decode_rare(struct hr_decoder *decoder, struct hr_impact11_message *message, const uint8_t *bytes);
/* 9, R, l and U. */
void hr_impact11_definition(struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes);

#endif
