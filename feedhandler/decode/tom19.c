/* SPDX-License-Identifier: Apache-2.0
 *
 * MIAX Top of Market 1.9 to events: the best bid and offer of each option series, and trades. The rules are in
 * docs/normalisation.md.
 */
#include "decode/tom19.h"

#include <stdio.h>
#include <string.h>

#include "decode/decoder.h"
#include "decode/eastern.h"
#include "packet/bytes.h"

/* Two implied decimals in the 16-bit prices of compact messages, four in 32-bit ones. */
#define COMPACT_PRICE_UNIT 10000000
#define PRICE_UNIT 100000
#define SECOND_NS UINT64_C(1000000000)

#define MACH_BYTES 12
#define MACH_TYPE 10
#define APPLICATION 3
#define NO_TYPE 255

#define AT(message, field) (bytes + HR_TOM19_##message##_##field)
#define U8(message, field) (*AT(message, field))
#define U16(message, field) hr_le16(AT(message, field))
#define U32(message, field) hr_le32(AT(message, field))
#define CODE(message, field) ((char)*AT(message, field))
#define COMPACT_PRICE(message, field) ((int64_t)U16(message, field) * COMPACT_PRICE_UNIT)
#define PRICE(message, field) ((int64_t)U32(message, field) * PRICE_UNIT)

struct message {
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    uint64_t ts_event;
    uint32_t instrument;
    uint32_t sequence;
    uint8_t index;
};

/* Messages have the nanoseconds alone; the second is what the last system time message of their channel said. Before the first
 * of them it is the one that brings the time nearest to the arrival. */
static inline uint64_t time_of(const struct hr_decoder *decoder, const struct hr_packet_context *packet, uint32_t nanoseconds)
{
    uint64_t second = decoder->by_channel[packet->channel_id];
    decoder->counters->bad_value += nanoseconds >= SECOND_NS;
    if (__builtin_expect(second != 0, 1))
        return second + nanoseconds;
    uint64_t into = packet->ts_recv % SECOND_NS;
    second = packet->ts_recv - into;
    if (nanoseconds > into + SECOND_NS / 2 && second != 0)
        second -= SECOND_NS;
    else if (nanoseconds + SECOND_NS / 2 < into)
        second += SECOND_NS;
    return second + nanoseconds;
}

static inline void quote_or_trade(const struct hr_decoder *decoder, const struct message *message, char action, char side,
                                  uint8_t flags, uint64_t order_id, int64_t price, uint32_t size)
{
    struct hr_event *event = &message->events->items[message->events->count++];
    struct hr_mbo *mbo = &event->record.mbo;
    event->kind = HR_EVENT_RECORD;
    event->schemas = 1U << HR_SCHEMA_MBO;
    event->words = sizeof *mbo / 4;
    event->index = message->index;
    event->instrument = message->instrument;
    memcpy(&mbo->header, &decoder->mbo_header, sizeof decoder->mbo_header);
    mbo->header.instrument_id = hr_instruments_id(&decoder->instruments, message->instrument);
    mbo->header.ts_event = message->ts_event;
    mbo->order_id = order_id;
    mbo->price = price;
    mbo->size = size;
    mbo->flags = (uint8_t)(message->packet->flags | flags);
    mbo->channel_id = message->packet->channel_id;
    mbo->action = action;
    mbo->side = side;
    mbo->ts_recv = message->packet->ts_recv;
    mbo->ts_in_delta = hr_delta_ns(message->packet->ts_recv, message->ts_event);
    mbo->sequence = message->sequence;
}

/* One side. Without a size there is no quote there, and without a price neither is there one to name. */
static inline void quote(const struct hr_decoder *decoder, const struct message *message, char side, uint8_t flags,
                         int64_t price, uint32_t size, char condition)
{
    flags |= HR_FLAG_TOB | HR_FLAG_MBP;
    if (__builtin_expect(condition != 'A', 0)) {
        flags |= condition == 'C' || condition == 'T' ? HR_FLAG_PUBLISHER_SPECIFIC : 0;
        decoder->counters->bad_value += condition != 'B' && condition != 'C' && condition != 'T';
    }
    quote_or_trade(decoder, message, size ? 'M' : 'C', side, flags, 0, size == 0 && price == 0 ? HR_UNDEF_PRICE : price, size);
}

/* Without its MACH header: what that says is the session's, and a native record has little room. */
static void native(const struct hr_decoder *decoder, const struct message *message)
{
    const struct hr_message application = {.bytes = message->wire->bytes + MACH_BYTES,
                                           .length = message->wire->length - MACH_BYTES};
    hr_events_add_native(message->events, decoder, message->packet, &application, message->sequence, message->instrument,
                         message->ts_event);
}

static void system_state(const struct hr_decoder *decoder, const struct message *message, char code)
{
    uint16_t action = HR_STATUS_NONE;
    uint16_t reason = HR_REASON_SCHEDULED;
    switch (code) {
    case 'S':
        action = HR_STATUS_PRE_OPEN;
        break;
    case 'C':
        action = HR_STATUS_CLOSE;
        break;
    case '1':
    case '2':
        break;
    default:
        decoder->counters->bad_value++;
        reason = HR_REASON_NONE;
    }
    hr_events_add_status(message->events, decoder, message->packet, 0, message->ts_event, action, reason,
                         code == 'C' ? "NN~" : "~~~");
}

static void trade_cancel(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    struct hr_trade_break *broken =
        hr_events_add_record(message->events, decoder, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE,
                             HR_RTYPE_TRADE_BREAK, sizeof *broken, message->instrument, message->ts_event);
    broken->ts_recv = message->packet->ts_recv;
    broken->trade_id = U32(trade_cancel, trade_id);
    broken->price = PRICE(trade_cancel, trade_price);
    broken->size = U32(trade_cancel, trade_size);
    broken->sequence = message->sequence;
    broken->channel_id = message->packet->channel_id;
}

/* `digits` decimal digits, or -1. */
static int number_of(const uint8_t *text, int digits)
{
    int number = 0;
    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* A field of text without what pads it. */
static void copy_text(char *to, size_t room, const uint8_t *text, size_t bytes)
{
    while (bytes > 0 && (text[bytes - 1] == ' ' || text[bytes - 1] == '\0'))
        bytes--;
    memcpy(to, text, bytes < room ? bytes : room - 1);
}

/* Names the series as the Options Symbology Initiative does: root in 6, date in 6, C or P, strike in 1/1000 in 8 or more. */
static void series_update(struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    char name[HR_INSTRUMENT_TEXT_BYTES + 1];
    const uint8_t *date = AT(series_update, expiration_date);
    char class = CODE(series_update, call_or_put);
    int year = number_of(date, 4), month = number_of(date + 4, 2), day = number_of(date + 6, 2);
    uint64_t expiration = hr_utc_midnight_of_date_ns(year, month, day);
    memcpy(name, AT(series_update, security_symbol), 6);
    memcpy(name + 6, date + 2, 6);
    name[12] = class;
    int length = 13 + snprintf(name + 13, sizeof name - 13, "%08u", (unsigned)(U32(series_update, strike_price) / 10));
    for (int i = 0; i < length; i++)
        name[i] = name[i] == '\0' ? ' ' : name[i];
    decoder->counters->bad_value += (class != 'C' && class != 'P') || expiration == HR_UNDEF_TIMESTAMP;

    struct hr_definition *definition =
        hr_events_add_definition(message->events, decoder, message->packet, message->instrument, message->ts_event,
                                 (const uint8_t *)"        ", "XMIO", INT32_MAX);
    memcpy(definition->raw_symbol, name, (size_t)length);
    copy_text(definition->underlying, sizeof definition->underlying, AT(series_update, underlying_symbol), 11);
    copy_text(definition->asset, sizeof definition->asset, AT(series_update, security_symbol), 6);
    memcpy(definition->security_type, "OPT", 3);
    definition->raw_instrument_id = U32(series_update, product_id);
    definition->strike_price = PRICE(series_update, strike_price);
    definition->instrument_class = class == 'C' || class == 'P' ? class : '\0';
    definition->security_update_action = CODE(series_update, active_on_miax) == 'I' ? 'D' : 'A';
    definition->expiration = expiration;
    if (expiration != HR_UNDEF_TIMESTAMP) {
        definition->maturity_year = (uint16_t)year;
        definition->maturity_month = (uint8_t)month;
        definition->maturity_day = (uint8_t)day;
    }
    if (message->instrument)
        hr_instruments_name_text(&decoder->instruments, message->instrument, (const uint8_t *)name, (uint32_t)length, 0);
}

static __attribute__((noinline)) void decode_rare(struct hr_decoder *decoder, const struct message *message,
                                                  const uint8_t *bytes, uint8_t type)
{
    switch (type) {
    case '1':
        decoder->by_channel[message->packet->channel_id] = U32(system_time, seconds) * SECOND_NS;
        native(decoder, message);
        break;
    case 'P':
        series_update(decoder, message, bytes);
        break;
    case 'S':
        system_state(decoder, message, CODE(system_state, system_status));
        break;
    case 'X':
        trade_cancel(decoder, message, bytes);
        break;
    case 'H': /* of an underlying, which is no instrument here */
        native(decoder, message);
        break;
    default: /* a session packet: it says nothing but its sequence number, which the line step has read */
        break;
    }
}

/* NO_TYPE when it is not one; one of another length where the message is too short to have one. */
static inline uint8_t type_of(const struct hr_message *message)
{
    if (message->length < MACH_BYTES)
        return 0;
    uint8_t packet = message->bytes[MACH_TYPE];
    if (__builtin_expect(packet != APPLICATION, 0))
        return packet < APPLICATION ? packet : NO_TYPE;
    if (message->length == MACH_BYTES)
        return '1';
    uint8_t type = message->bytes[MACH_BYTES];
    return type < APPLICATION ? NO_TYPE : type;
}

/* S and H are about no series, 1 and the session packets have not even a time. */
static inline void find_subject(struct hr_decoder *decoder, struct message *message, const uint8_t *bytes, uint8_t type)
{
    message->instrument = 0;
    if (__builtin_expect(type == '1', 0))
        message->ts_event = U32(system_time, seconds) * SECOND_NS;
    else if (type > APPLICATION)
        message->ts_event = time_of(decoder, message->packet, U32(trade, nanoseconds));
    if (__builtin_expect(type <= APPLICATION || type == '1' || type == 'S' || type == 'H', 0))
        return;
    message->instrument = hr_instruments_find(&decoder->instruments, HR_INSTRUMENT_NUMBER(U32(trade, product_id)));
    decoder->counters->instruments_refused += message->instrument == 0;
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    struct message message = {.packet = packet, .events = events};
    decoder->counters->messages += count;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *bytes = messages[i].bytes;
        uint8_t type = type_of(&messages[i]);
        if (__builtin_expect(messages[i].length != decoder->lengths[type], 0)) {
            if (decoder->lengths[type] == 0)
                decoder->counters->unknown_type++;
            else
                decoder->counters->bad_length++;
            continue;
        }
        decoder->counters->decoded++;
        decoder->by_type[type]++;
        message.wire = &messages[i];
        message.index = (uint8_t)i;
        message.sequence = (uint32_t)(packet->first_sequence + i);
        find_subject(decoder, &message, bytes, type);
        switch (type) {
        case 'B':
        case 'O':
            quote(decoder, &message, type == 'B' ? 'B' : 'A', HR_FLAG_LAST,
                  COMPACT_PRICE(top_of_market_bid_compact, mbbo_price_2), U16(top_of_market_bid_compact, mbbo_size_2),
                  CODE(top_of_market_bid_compact, mbbo_condition));
            break;
        case 'W':
        case 'A':
            quote(decoder, &message, type == 'W' ? 'B' : 'A', HR_FLAG_LAST, PRICE(wide_top_of_market_bid, mbbo_price_4),
                  U32(wide_top_of_market_bid, mbbo_size_4), CODE(wide_top_of_market_bid, mbbo_condition));
            break;
        case 'd':
            quote(decoder, &message, 'B', 0, COMPACT_PRICE(double_sided_top_of_market_compact, bid_price_2),
                  U16(double_sided_top_of_market_compact, bid_size_2), CODE(double_sided_top_of_market_compact, bid_condition));
            quote(decoder, &message, 'A', HR_FLAG_LAST, COMPACT_PRICE(double_sided_top_of_market_compact, offer_price_2),
                  U16(double_sided_top_of_market_compact, offer_size_2),
                  CODE(double_sided_top_of_market_compact, offer_condition));
            break;
        case 'D':
            quote(decoder, &message, 'B', 0, PRICE(wide_double_sided_top_of_market, bid_price_4),
                  U32(wide_double_sided_top_of_market, bid_size_4), CODE(wide_double_sided_top_of_market, bid_condition));
            quote(decoder, &message, 'A', HR_FLAG_LAST, PRICE(wide_double_sided_top_of_market, offer_price_4),
                  U32(wide_double_sided_top_of_market, offer_size_4), CODE(wide_double_sided_top_of_market, offer_condition));
            break;
        case 'T':
            quote_or_trade(decoder, &message, 'T', 'N', HR_FLAG_LAST, U32(trade, trade_id), PRICE(trade, trade_price),
                           U32(trade, trade_size));
            break;
        default:
            events->index = (uint8_t)i;
            decode_rare(decoder, &message, bytes, type);
        }
    }
    return count;
}

/* A session may begin at any time of any day: what is known of the second is not known any more. */
static void begin_session(struct hr_decoder *decoder, uint64_t ts_recv)
{
    (void)ts_recv;
    memset(decoder->by_channel, 0, sizeof decoder->by_channel);
}

#define F HR_LAYOUT_FIELD
#define M(type, message, length)                                                                                               \
    static const struct hr_field message##_fields[] = {HR_TOM19_MACH(F, message) HR_TOM19_##message(F)};
#define S(type, message, length) static const struct hr_field message##_fields[] = {HR_TOM19_MACH(F, message)};
HR_TOM19_MESSAGES(M)
HR_TOM19_SESSION_PACKETS(S)
#undef M
#undef S
#define M HR_LAYOUT
#define S(code, message, bytes)                                                                                                \
    {.type = (code),                                                                                                           \
     .field_count = sizeof message##_fields / sizeof *message##_fields,                                                        \
     .length = (bytes),                                                                                                        \
     .name = #message,                                                                                                         \
     .fields = message##_fields,                                                                                               \
     .label = "pt" #code},
static const struct hr_layout layouts[] = {HR_TOM19_MESSAGES(M) HR_TOM19_SESSION_PACKETS(S)};

const struct hr_protocol hr_protocol_tom19 = {
    .name = "miax-tom-1.9",
    .title = "MIAX Top of Market 1.9 over MACH",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 60000, /* Databento has no such dataset */
    .big_endian = 0,
    .instruments = HR_INSTRUMENTS_BY_NUMBER,
    .has_orders = 0,
    .binary_file = 0,
    .parse_header = hr_mach_parse,
    .walk = hr_mach_walk,
    .type_of = type_of,
    .begin_session = begin_session,
    .decode = decode,
};
