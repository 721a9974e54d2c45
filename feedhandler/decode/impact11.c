/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE iMpact 1.1.33 to events: full order depth of futures, price levels of options, trades and statistics. The rules are in
 * docs/normalisation.md; where Databento publishes its own for ICE they are followed.
 */
#include "decode/impact11_message.h"

static inline void add_or_modify_order(const struct hr_decoder *decoder, struct hr_impact11_message *message,
                                       const uint8_t *bytes)
{
    uint64_t modified = U64(add_or_modify_order, modification_timestamp);
    uint64_t entered = hr_impact11_time(decoder, U64(add_or_modify_order, order_entry_date_time),
                                        U32(add_or_modify_order, sequence_within_millis));
    /* The number within the millisecond is of the entry: it orders modifications only where both are in the same one. */
    message->ts_event = modified == 0 || modified / MS_NS == entered / MS_NS ? entered : hr_impact11_time(decoder, modified, 0);
    uint8_t flags = CODE(add_or_modify_order, is_implied) == 'Y' ? HR_FLAG_PUBLISHER_SPECIFIC : 0;
    char action = U8(add_or_modify_order, extra_flags) & 1 ? 'M' : 'A';
    uint8_t kind = HR_EVENT_SET;
    if (__builtin_expect(CODE(add_or_modify_order, is_rfq) == 'Y', 0)) { /* a request, and no order */
        kind = HR_EVENT_RECORD;
        action = 'N';
    }
    hr_impact11_set(hr_impact11_add(decoder, message, kind), action, SIDE(add_or_modify_order, side),
                    U64(add_or_modify_order, order_id), PRICE(add_or_modify_order, price), SIZE(add_or_modify_order, quantity),
                    flags);
}

static inline void delete_order(const struct hr_decoder *decoder, struct hr_impact11_message *message, const uint8_t *bytes)
{
    message->ts_event =
        hr_impact11_time(decoder, U64(delete_order, message_date_time), U32(delete_order, sequence_within_millis));
    hr_impact11_set(hr_impact11_add(decoder, message, HR_EVENT_DELETE), 'C', 'N', U64(delete_order, order_id), HR_UNDEF_PRICE,
                    HR_UNDEF_ORDER_SIZE, 0);
}

static inline void trade(const struct hr_decoder *decoder, struct hr_impact11_message *message, const uint8_t *bytes)
{
    const uint8_t *off_market = AT(trade, off_market_trade_type);
    int on_market = CODE(trade, off_market_trade_indicator) == ' ' && (off_market[0] == ' ' || off_market[0] == '\0');
    message->ts_event = hr_impact11_time(decoder, U64(trade, transact_date_time), U32(trade, sequence_within_millis));
    hr_impact11_set(hr_impact11_add(decoder, message, HR_EVENT_RECORD), 'T', SIDE(trade, aggressor_side), U64(trade, trade_id),
                    PRICE(trade, price), SIZE(trade, quantity), on_market ? 0 : HR_FLAG_PUBLISHER_SPECIFIC);
}

/* ---- bundles ---- */

static int is_mbo(const struct hr_event *event)
{
    return event->words * 4U == sizeof(struct hr_mbo) && event->record.header.rtype == HR_RTYPE_MBO;
}

/* What happened at once has ended: LAST on the last record of each instrument since `first`. */
static void end_bundle(struct hr_events *events, uint32_t first)
{
    for (uint32_t i = first; i < events->count; i++) {
        struct hr_event *event = &events->items[i];
        uint32_t next = i + 1;
        if (!is_mbo(event))
            continue;
        while (next < events->count && !(is_mbo(&events->items[next]) && events->items[next].instrument == event->instrument))
            next++;
        if (next == events->count)
            event->record.mbo.flags |= HR_FLAG_LAST;
    }
}

/* As long as its type's, and as its entries make it. */
static int has_length(const struct hr_decoder *decoder, const struct hr_message *wire)
{
    const uint8_t *bytes = wire->bytes;
    uint32_t fixed = decoder->lengths[bytes[0]];
    if (wire->length < fixed)
        return 0;
    switch (bytes[0]) {
    case '9':
        fixed += U8(new_futures_strategy_definition, number_of_leg_definitions) * (uint32_t)HR_IMPACT11_leg_definition_BYTES;
        break;
    case 'U':
        fixed +=
            U8(new_options_strategy_definition, number_of_strategy_leg_definitions) *
                (uint32_t)HR_IMPACT11_strategy_leg_definition_BYTES +
            U8(new_options_strategy_definition, number_of_hedge_definitions) * (uint32_t)HR_IMPACT11_hedge_definition_BYTES;
        break;
    case 'b': /* its entries have lengths of their own, and go out as they came */
        return 1;
    default:
        break;
    }
    return wire->length == fixed;
}

static uint32_t find_instrument(struct hr_decoder *decoder, const uint8_t *bytes)
{
    if (bytes[0] == 'T' || bytes[0] == 'L' || bytes[0] == 'i' || bytes[0] == 'b') /* about no market */
        return 0;
    uint32_t instrument = hr_instruments_find(&decoder->instruments, HR_INSTRUMENT_NUMBER(U32(trade, market_id)));
    decoder->counters->instruments_refused += instrument == 0;
    return instrument;
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    struct hr_impact11_message message = {.packet = packet, .events = events};
    int in_bundle = decoder->by_channel[packet->channel_id] != 0;
    uint32_t bundle = 0; /* its first event in this batch */
    uint32_t i = 0;
    for (; i < count; i++) {
        const uint8_t *bytes = messages[i].bytes;
        if (i > 0 &&
            __builtin_expect(events->count + HR_IMPACT11_LEGS_MAX > HR_EVENTS_MAX ||
                                 events->arena_used + HR_IMPACT11_LEGS_MAX * sizeof(struct hr_definition) > HR_ARENA_BYTES,
                             0))
            break;
        if (__builtin_expect(messages[i].length == 0, 0)) {
            decoder->counters->bad_length++;
            continue;
        }
        if (__builtin_expect(decoder->lengths[bytes[0]] == 0, 0)) {
            decoder->counters->unknown_type++;
            continue;
        }
        if (__builtin_expect(!has_length(decoder, &messages[i]), 0)) {
            decoder->counters->bad_length++;
            continue;
        }
        decoder->counters->decoded++;
        decoder->by_type[bytes[0]]++;
        message.wire = &messages[i];
        message.index = (uint8_t)i;
        message.instrument = find_instrument(decoder, bytes);
        message.sequence = (uint32_t)(packet->first_sequence + i);
        message.flags = in_bundle ? 0 : HR_FLAG_LAST;
        switch (bytes[0]) {
        case 'E':
            add_or_modify_order(decoder, &message, bytes);
            break;
        case 'F':
            delete_order(decoder, &message, bytes);
            break;
        case 'G':
            trade(decoder, &message, bytes);
            break;
        case 'T':
            events->index = (uint8_t)i;
            message.ts_event = packet->send_time_ns ? packet->send_time_ns : packet->ts_recv;
            hr_impact11_native(decoder, &message);
            if (CODE(message_bundle_marker, start_or_end) == 'E' && in_bundle)
                end_bundle(events, bundle);
            bundle = events->count;
            in_bundle = CODE(message_bundle_marker, start_or_end) == 'S';
            decoder->counters->bad_value += !in_bundle && CODE(message_bundle_marker, start_or_end) != 'E';
            break;
        default:
            events->index = (uint8_t)i;
            hr_impact11_decode_rare(decoder, &message, bytes);
        }
    }
    decoder->counters->messages += i;
    decoder->by_channel[packet->channel_id] = (uint64_t)in_bundle;
    return i;
}

/* Times are absolute, markets keep their numbers; no bundle is open. */
static void begin_session(struct hr_decoder *decoder, uint64_t ts_recv)
{
    (void)ts_recv;
    memset(decoder->by_channel, 0, sizeof decoder->by_channel);
}

static uint32_t fixed_bytes(const struct hr_message *message)
{
    switch (message->bytes[0]) {
    case '9':
        return HR_IMPACT11_new_futures_strategy_definition_BYTES;
    case 'U':
        return HR_IMPACT11_new_options_strategy_definition_BYTES;
    default:
        return message->length;
    }
}

#define F HR_LAYOUT_FIELD
#define M(type, message, length)                                                                                               \
    static const struct hr_field message##_fields[] = {HR_IMPACT11_HEADER(F, message) HR_IMPACT11_##message(F)};
HR_IMPACT11_MESSAGES(M)
#undef M
static const struct hr_field leg_definition_fields[] = {HR_IMPACT11_leg_definition(F)};
static const struct hr_field strategy_leg_definition_fields[] = {HR_IMPACT11_strategy_leg_definition(F)};
static const struct hr_field hedge_definition_fields[] = {HR_IMPACT11_hedge_definition(F)};

#define GROUP(entry, count_field)                                                                                              \
    {                                                                                                                          \
        .name = #entry "s", .fields = entry##_fields, .field_count = sizeof entry##_fields / sizeof *entry##_fields,           \
        .entry_bytes = HR_IMPACT11_##entry##_BYTES, .count_offset = HR_IMPACT11_##count_field                                  \
    }
static const struct hr_layout_group futures_strategy_groups[] = {
    GROUP(leg_definition, new_futures_strategy_definition_number_of_leg_definitions),
};
static const struct hr_layout_group options_strategy_groups[] = {
    GROUP(strategy_leg_definition, new_options_strategy_definition_number_of_strategy_leg_definitions),
    GROUP(hedge_definition, new_options_strategy_definition_number_of_hedge_definitions),
};

#define M(code, message, bytes)                                                                                                \
    {.type = (code),                                                                                                           \
     .field_count = sizeof message##_fields / sizeof *message##_fields,                                                        \
     .length = (bytes),                                                                                                        \
     .name = #message,                                                                                                         \
     .fields = message##_fields,                                                                                               \
     .groups = (code) == '9'   ? futures_strategy_groups                                                                       \
               : (code) == 'U' ? options_strategy_groups                                                                       \
                               : NULL,                                                                                         \
     .group_count = (code) == '9'   ? sizeof futures_strategy_groups / sizeof *futures_strategy_groups                         \
                    : (code) == 'U' ? sizeof options_strategy_groups / sizeof *options_strategy_groups                         \
                                    : 0},
static const struct hr_layout layouts[] = {HR_IMPACT11_MESSAGES(M)};

const struct hr_protocol hr_protocol_impact11 = {
    .name = "ice-impact-1.1",
    .title = "ICE iMpact 1.1.33, full order depth and price levels",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 57, /* IFEU.IMPACT; ICE's other venues have 58 (NDEX), 97 (IFUS) and 99 (IFLL) */
    .big_endian = 1,
    .instruments = HR_INSTRUMENTS_BY_NUMBER,
    .has_orders = 1,
    .binary_file = 0,
    .parse_header = hr_impact_parse,
    .walk = hr_impact_walk,
    .fixed_bytes = fixed_bytes,
    .begin_session = begin_session,
    .decode = decode,
};
