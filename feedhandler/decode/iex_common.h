/* SPDX-License-Identifier: Apache-2.0
 *
 * What the decoders of IEX feeds share: the messages that more than one of them has, and the loop over a batch. The rules are
 * in docs/normalisation.md. Offsets as constants: HR_IEX_<message>_<field>.
 */
#ifndef HEADRACE_DECODE_IEX_COMMON_H
#define HEADRACE_DECODE_IEX_COMMON_H

#include <string.h>

#include "decode/decoder.h"
#include "decode/iex_table.h"
#include "packet/bytes.h"

enum {
#define F(message, field, offset, bytes, kind) HR_IEX_##message##_##field = (offset),
#define M(type, message, length) HR_IEX_##message(F)
    HR_IEX_COMMON_MESSAGES(M)
    HR_IEX_AUCTION_MESSAGES(M)
#undef M
#undef F
};

/* Four implied decimals on the wire, in a signed 64-bit integer: what does not fit 1e-9 units is not a price. */
#define HR_IEX_PRICE_UNIT 100000

/* Fields of the message at `bytes`. */
#define HR_IEX_AT(message, field) (bytes + HR_IEX_##message##_##field)
#define HR_IEX_U8(message, field) (*HR_IEX_AT(message, field))
#define HR_IEX_U32(message, field) hr_le32(HR_IEX_AT(message, field))
#define HR_IEX_U64(message, field) hr_le64(HR_IEX_AT(message, field))
#define HR_IEX_PRICE(message, field) hr_iex_price(decoder, (int64_t)HR_IEX_U64(message, field))
#define HR_IEX_CODE(message, field) ((char)*HR_IEX_AT(message, field))

struct hr_iex_message {
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    uint64_t ts_event;
    uint32_t instrument;
    uint32_t sequence;
    uint8_t index;
};

static inline int64_t hr_iex_price(const struct hr_decoder *decoder, int64_t price)
{
    if (__builtin_expect(price > INT64_MAX / HR_IEX_PRICE_UNIT || price < INT64_MIN / HR_IEX_PRICE_UNIT, 0)) {
        decoder->counters->bad_value++;
        return HR_UNDEF_PRICE;
    }
    return price * HR_IEX_PRICE_UNIT;
}

static inline void hr_iex_add_mbo(const struct hr_decoder *decoder, const struct hr_iex_message *message, uint8_t kind,
                                  char action, char side, uint8_t flags, uint64_t order_id, int64_t price, uint32_t size)
{
    struct hr_event *event = &message->events->items[message->events->count++];
    struct hr_mbo *mbo = &event->record.mbo;
    event->kind = kind;
    event->schemas = 1U << HR_SCHEMA_MBO;
    event->words = sizeof *mbo / 4;
    event->index = message->index;
    event->instrument = message->instrument;
    memcpy(&mbo->header, &decoder->mbo_header, sizeof decoder->mbo_header);
    mbo->header.instrument_id = message->instrument;
    mbo->header.ts_event = message->ts_event;
    mbo->order_id = order_id;
    mbo->price = price;
    mbo->size = size;
    mbo->flags = (uint8_t)(message->packet->flags | flags);
    mbo->channel_id = message->packet->channel_id;
    mbo->action = action;
    mbo->side = side;
    mbo->ts_recv = message->packet->ts_recv;
    mbo->ts_in_delta = hr_delta_ns(message->packet->ts_recv, message->packet->send_time_ns);
    mbo->sequence = message->sequence;
}

/* A trade names itself where an order would stand: TRADE_BREAK refers to it. */
static inline void hr_iex_trade_report(const struct hr_decoder *decoder, const struct hr_iex_message *message,
                                       const uint8_t *bytes)
{
    hr_iex_add_mbo(decoder, message, HR_EVENT_RECORD, 'T', 'N', HR_FLAG_LAST, HR_IEX_U64(trade_report, trade_id),
                   HR_IEX_PRICE(trade_report, price), HR_IEX_U32(trade_report, size));
}

/* Messages of iex_table.h but the trade report. */
void hr_iex_decode_rare(struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes);

void hr_iex_begin_session(struct hr_decoder *decoder, uint64_t ts_recv);

/* Decodes the messages that a feed's day is made of. Returns 0 when the message is none of them. */
typedef int (*hr_iex_hot)(const struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes);

static inline uint32_t hr_iex_find_instrument(struct hr_decoder *decoder, const uint8_t *bytes)
{
    if (bytes[0] == 'S') /* the one message about the whole venue */
        return 0;
    uint32_t instrument = hr_instruments_find(&decoder->instruments, hr_le64(HR_IEX_AT(trade_report, symbol)));
    decoder->counters->instruments_refused += instrument == 0;
    return instrument;
}

/* A feed's decode(): `hot` is a constant at each call, so that each feed gets its own straight code. */
static inline __attribute__((always_inline)) uint32_t hr_iex_decode(struct hr_decoder *decoder,
                                                                    const struct hr_message *messages, uint32_t count,
                                                                    const struct hr_packet_context *packet,
                                                                    struct hr_events *events, hr_iex_hot hot)
{
    struct hr_iex_message message = {.packet = packet, .events = events};
    decoder->counters->messages += count;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *bytes = messages[i].bytes;
        uint8_t type = messages[i].length ? bytes[0] : 0;
        if (__builtin_expect(messages[i].length == 0 || messages[i].length != decoder->lengths[type], 0)) {
            if (decoder->lengths[type] == 0 && messages[i].length)
                decoder->counters->unknown_type++;
            else
                decoder->counters->bad_length++;
            continue;
        }
        decoder->counters->decoded++;
        decoder->by_type[type]++;
        message.wire = &messages[i];
        message.index = (uint8_t)i;
        message.instrument = hr_iex_find_instrument(decoder, bytes);
        message.ts_event = HR_IEX_U64(trade_report, timestamp);
        message.sequence = (uint32_t)(packet->first_sequence + i);
        if (!hot(decoder, &message, bytes)) {
            events->index = (uint8_t)i;
            hr_iex_decode_rare(decoder, &message, bytes);
        }
    }
    return count;
}

#endif
