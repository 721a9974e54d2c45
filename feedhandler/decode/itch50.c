/* SPDX-License-Identifier: Apache-2.0
 *
 * Nasdaq TotalView-ITCH 5.0 to events. The rules, message by message, are in docs/normalisation.md; where Databento
 * publishes its own for XNAS.ITCH they are followed.
 */
#include "decode/itch50.h"

#include <string.h>

#include "decode/decoder.h"
#include "decode/eastern.h"
#include "decode/itch50_common.h"
#include "packet/bytes.h"

/* Four implied decimals on the wire; eight for the market-wide circuit breaker. */
#define PRICE_UNIT 100000
#define BREAKER_PRICE_UNIT 10
#define SECOND_NS UINT64_C(1000000000)

#define AT(message, field) (bytes + HR_ITCH50_##message##_##field)
#define U16(message, field) hr_be16(AT(message, field))
#define U32(message, field) hr_be32(AT(message, field))
#define U64(message, field) hr_be64(AT(message, field))
#define PRICE(message, field) ((int64_t)U32(message, field) * PRICE_UNIT)
#define CODE(message, field) ((char)*AT(message, field))

/* Every message begins alike: type, stock locate, tracking number, timestamp. */
struct message {
    const struct hr_decoder *decoder;
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    uint64_t ts_event;
    uint32_t instrument; /* the stock locate; 0 when there is no room for it */
    uint32_t sequence;
    uint8_t index;
};

static uint32_t clamp_quantity(uint64_t quantity)
{
    return quantity < UINT32_MAX ? (uint32_t)quantity : UINT32_MAX - 1; /* UINT32_MAX means undefined */
}

static char side_of(char buy_sell)
{
    return buy_sell == 'B' ? 'B' : buy_sell == 'S' ? 'A' : 'N';
}

static inline char order_side(const struct hr_decoder *decoder, char buy_sell)
{
    char side = side_of(buy_sell);
    decoder->counters->bad_value += side == 'N';
    return side;
}

static inline struct hr_mbo *add_order_event(const struct message *message, uint8_t kind)
{
    struct hr_event *event = &message->events->items[message->events->count++];
    struct hr_mbo *mbo = &event->record.mbo;
    event->kind = kind;
    event->schemas = 1U << HR_SCHEMA_MBO;
    event->words = sizeof *mbo / 4;
    event->index = message->index;
    event->instrument = message->instrument;
    memcpy(&mbo->header, &message->decoder->mbo_header, sizeof message->decoder->mbo_header);
    mbo->header.instrument_id = message->instrument;
    mbo->header.ts_event = message->ts_event;
    mbo->flags = message->packet->flags | HR_FLAG_LAST;
    mbo->channel_id = message->packet->channel_id;
    mbo->ts_recv = message->packet->ts_recv;
    mbo->ts_in_delta = hr_delta_ns(message->packet->ts_recv, message->ts_event);
    mbo->sequence = message->sequence;
    return mbo;
}

static inline void set_order(struct hr_mbo *mbo, char action, char side, uint64_t order_id, int64_t price, uint32_t size)
{
    mbo->action = action;
    mbo->side = side;
    mbo->order_id = order_id;
    mbo->price = price;
    mbo->size = size;
}

/* Nothing from the wire is an index unchecked. */
static inline uint32_t find_instrument(const struct hr_decoder *decoder, uint32_t locate)
{
    if (__builtin_expect(locate < decoder->instruments.capacity, 1))
        return locate;
    decoder->counters->instruments_refused++;
    return 0;
}

static inline void see_symbol(struct hr_decoder *decoder, uint32_t instrument, const uint8_t *symbol)
{
    if (__builtin_expect(instrument == 0, 0)) /* the venue as a whole has no symbol */
        return;
    hr_instruments_see(&decoder->instruments, instrument, hr_le64(symbol));
}

static void status(const struct message *message, uint16_t action, uint16_t reason, const char *answers)
{
    hr_events_add_status(message->events, message->decoder, message->packet, message->instrument,
                         message->ts_event, action, reason, answers);
}

static void price_statistic(const struct message *message, uint16_t stat_type, int64_t price, uint64_t ts_ref,
                            uint8_t stat_flags, uint8_t update_action)
{
    hr_events_add_price_statistic(message->events, message->decoder, message->packet, message->sequence, message->instrument,
                                  message->ts_event, stat_type, price, ts_ref, stat_flags, update_action);
}

static void system_event(const struct message *message, char code)
{
    switch (code) {
    case 'O':
        status(message, HR_STATUS_NONE, HR_REASON_SCHEDULED, "~~~");
        break;
    case 'S':
        status(message, HR_STATUS_PRE_OPEN, HR_REASON_SCHEDULED, "~~~");
        break;
    case 'Q':
        status(message, HR_STATUS_TRADING, HR_REASON_SCHEDULED, "YY~");
        break;
    case 'M':
        status(message, HR_STATUS_POST_CLOSE, HR_REASON_SCHEDULED, "~~~");
        break;
    case 'E':
        status(message, HR_STATUS_CLOSE, HR_REASON_SCHEDULED, "NN~");
        break;
    case 'C':
        status(message, HR_STATUS_NOT_AVAILABLE_FOR_TRADING, HR_REASON_SCHEDULED, "NN~");
        break;
    default:
        message->decoder->counters->bad_value++;
        status(message, HR_STATUS_NONE, HR_REASON_NONE, "~~~");
    }
}

static void trading_action(const struct message *message, char state, const uint8_t *code)
{
    uint16_t reason = hr_halt_reason(message->decoder, code);
    switch (state) {
    case 'T':
        status(message, HR_STATUS_TRADING, reason, "YY~");
        break;
    case 'Q':
        status(message, HR_STATUS_QUOTING, reason, "NY~");
        break;
    case 'P':
        status(message, HR_STATUS_PAUSE, reason, "NN~");
        break;
    case 'H':
        status(message, HR_STATUS_HALT, reason, "NN~");
        break;
    default:
        message->decoder->counters->bad_value++;
        status(message, HR_STATUS_NONE, reason, "~~~");
    }
}

static void short_sale_restriction(const struct message *message, char action)
{
    /* 0 none, 1 because of an intra-day drop, 2 remains in effect. */
    message->decoder->counters->bad_value += action < '0' || action > '2';
    uint16_t reason = action == '1' ? HR_REASON_MARKET_EVENT : action == '2' ? HR_REASON_SCHEDULED : HR_REASON_NONE;
    status(message, HR_STATUS_SSR_CHANGE, reason, action == '0' ? "~~N" : action == '1' || action == '2' ? "~~Y" : "~~~");
}

static void stock_directory(const struct message *message, struct hr_decoder *decoder, const uint8_t *bytes)
{
    uint32_t round_lot = U32(stock_directory, round_lot_size);
    struct hr_definition *definition =
        hr_events_add_definition(message->events, decoder, message->packet, message->instrument, message->ts_event,
                                 AT(stock_directory, stock), "XNAS", round_lot);
    memcpy(definition->secsubtype, AT(stock_directory, issue_sub_type), 2);
    if (message->instrument)
        hr_instruments_name(&decoder->instruments, message->instrument, hr_le64(AT(stock_directory, stock)), round_lot);
}

static void net_order_imbalance(const struct message *message, const uint8_t *bytes)
{
    struct hr_imbalance *imbalance =
        hr_events_add_record(message->events, message->decoder, 1U << HR_SCHEMA_IMBALANCE, HR_RTYPE_IMBALANCE,
                             sizeof *imbalance, message->instrument, message->ts_event);
    char direction = CODE(net_order_imbalance, imbalance_direction);
    message->decoder->counters->bad_value +=
        direction != 'B' && direction != 'S' && direction != 'N' && direction != 'O' && direction != 'P';
    char variation = CODE(net_order_imbalance, price_variation_indicator);
    imbalance->ts_recv = message->packet->ts_recv;
    imbalance->ref_price = PRICE(net_order_imbalance, current_reference_price);
    imbalance->cont_book_clr_price = PRICE(net_order_imbalance, near_price);
    imbalance->auct_interest_clr_price = PRICE(net_order_imbalance, far_price);
    imbalance->paired_qty = clamp_quantity(U64(net_order_imbalance, paired_shares));
    imbalance->total_imbalance_qty = clamp_quantity(U64(net_order_imbalance, imbalance_shares));
    imbalance->auction_type = CODE(net_order_imbalance, cross_type);
    imbalance->side = side_of(direction);
    imbalance->unpaired_side = 'N';
    imbalance->significant_imbalance = variation == ' ' ? '~' : variation;
}

static void direct_listing(const struct message *message, const uint8_t *bytes)
{
    struct hr_imbalance *imbalance =
        hr_events_add_record(message->events, message->decoder, 1U << HR_SCHEMA_IMBALANCE, HR_RTYPE_IMBALANCE,
                             sizeof *imbalance, message->instrument, message->ts_event);
    imbalance->ts_recv = message->packet->ts_recv;
    imbalance->auction_time = message->decoder->midnight_ns + U64(direct_listing_price_discovery, near_execution_time);
    imbalance->ind_match_price = PRICE(direct_listing_price_discovery, near_execution_price);
    imbalance->upper_collar = PRICE(direct_listing_price_discovery, upper_price_range_collar);
    imbalance->lower_collar = PRICE(direct_listing_price_discovery, lower_price_range_collar);
    imbalance->auction_type = 'O';
    imbalance->side = 'N';
    imbalance->auction_status = CODE(direct_listing_price_discovery, open_eligibility_status) == 'Y';
    imbalance->unpaired_side = 'N';
    imbalance->significant_imbalance = '~';
}

static void cross_trade(const struct message *message, const uint8_t *bytes)
{
    int64_t price = PRICE(cross_trade, cross_price);
    char type = CODE(cross_trade, cross_type);
    set_order(add_order_event(message, HR_EVENT_RECORD), 'T', 'N', 0, price, clamp_quantity(U64(cross_trade, cross_shares)));
    if (U64(cross_trade, cross_shares) == 0) /* the cross that did not happen has no price */
        return;
    if (type == 'O' || type == 'C')
        price_statistic(message, type == 'O' ? HR_STAT_OPENING_PRICE : HR_STAT_CLOSE_PRICE, price, HR_UNDEF_TIMESTAMP, UINT8_MAX,
                        1);
}

static void broken_trade(const struct message *message, const uint8_t *bytes)
{
    struct hr_trade_break *broken = hr_events_add_record(
        message->events, message->decoder, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE,
        HR_RTYPE_TRADE_BREAK, sizeof *broken, message->instrument, message->ts_event);
    broken->ts_recv = message->packet->ts_recv;
    broken->trade_id = U64(broken_trade, match_number);
    broken->price = HR_UNDEF_PRICE;
    broken->size = HR_UNDEF_ORDER_SIZE;
    broken->sequence = message->sequence;
    broken->channel_id = message->packet->channel_id;
}

static int64_t breaker_price(const struct hr_decoder *decoder, uint64_t price)
{
    if (price <= INT64_MAX / BREAKER_PRICE_UNIT)
        return (int64_t)price * BREAKER_PRICE_UNIT;
    decoder->counters->bad_value++;
    return HR_UNDEF_PRICE;
}

/* Everything but the common messages: two of a hundred. */
static __attribute__((noinline)) void decode_rare(const struct message *message, struct hr_decoder *decoder, const uint8_t *bytes)
{
    uint32_t extension;
    switch (bytes[0]) {
    case 'S':
        system_event(message, CODE(system_event, event_code));
        break;
    case 'R':
        stock_directory(message, decoder, bytes);
        break;
    case 'H':
        see_symbol(decoder, message->instrument, AT(stock_trading_action, stock));
        trading_action(message, CODE(stock_trading_action, trading_state), AT(stock_trading_action, reason_code));
        break;
    case 'Y':
        see_symbol(decoder, message->instrument, AT(reg_sho_restriction, stock));
        short_sale_restriction(message, CODE(reg_sho_restriction, reg_sho_action));
        break;
    case 'V':
        price_statistic(message, HR_STAT_MWCB_LEVEL_1, breaker_price(decoder, U64(mwcb_decline_level, level_1)), HR_UNDEF_TIMESTAMP,
                        UINT8_MAX, 1);
        price_statistic(message, HR_STAT_MWCB_LEVEL_2, breaker_price(decoder, U64(mwcb_decline_level, level_2)), HR_UNDEF_TIMESTAMP,
                        UINT8_MAX, 1);
        price_statistic(message, HR_STAT_MWCB_LEVEL_3, breaker_price(decoder, U64(mwcb_decline_level, level_3)), HR_UNDEF_TIMESTAMP,
                        UINT8_MAX, 1);
        break;
    case 'W': {
        char level = CODE(mwcb_status, breached_level);
        int known = level >= '1' && level <= '3';
        decoder->counters->bad_value += !known;
        status(message, HR_STATUS_HALT, known ? (uint16_t)(HR_REASON_MARKET_WIDE_HALT_LEVEL_1 + (level - '1')) : HR_REASON_NONE,
               "NN~");
        break;
    }
    case 'K':
        see_symbol(decoder, message->instrument, AT(ipo_quoting_period_update, stock));
        price_statistic(message, HR_STAT_VENUE_SPECIFIC_PRICE_1, PRICE(ipo_quoting_period_update, ipo_price),
                        decoder->midnight_ns + U32(ipo_quoting_period_update, ipo_quotation_release_time) * SECOND_NS, UINT8_MAX,
                        CODE(ipo_quoting_period_update, ipo_quotation_release_qualifier) == 'C' ? 2 : 1);
        break;
    case 'J':
        see_symbol(decoder, message->instrument, AT(luld_auction_collar, stock));
        extension = U32(luld_auction_collar, auction_collar_extension);
        extension = extension < UINT8_MAX ? extension : UINT8_MAX;
        price_statistic(message, HR_STAT_AUCTION_COLLAR_REFERENCE_PRICE,
                        PRICE(luld_auction_collar, auction_collar_reference_price), HR_UNDEF_TIMESTAMP, (uint8_t)extension, 1);
        price_statistic(message, HR_STAT_AUCTION_COLLAR_UPPER_PRICE, PRICE(luld_auction_collar, upper_auction_collar_price),
                        HR_UNDEF_TIMESTAMP, (uint8_t)extension, 1);
        price_statistic(message, HR_STAT_AUCTION_COLLAR_LOWER_PRICE, PRICE(luld_auction_collar, lower_auction_collar_price),
                        HR_UNDEF_TIMESTAMP, (uint8_t)extension, 1);
        break;
    case 'h': {
        char action = CODE(operational_halt, operational_halt_action);
        see_symbol(decoder, message->instrument, AT(operational_halt, stock));
        decoder->counters->bad_value += action != 'H' && action != 'T';
        status(message, action == 'H' ? HR_STATUS_HALT : action == 'T' ? HR_STATUS_TRADING : HR_STATUS_NONE, HR_REASON_OPERATIONAL,
               action == 'H' ? "NN~" : action == 'T' ? "YY~" : "~~~");
        break;
    }
    case 'Q':
        see_symbol(decoder, message->instrument, AT(cross_trade, stock));
        cross_trade(message, bytes);
        break;
    case 'A': /* and the other common ones, whose instrument found no room */
    case 'F':
        see_symbol(decoder, message->instrument, AT(add_order, stock));
        set_order(add_order_event(message, HR_EVENT_ADD), 'A', order_side(decoder, CODE(add_order, buy_sell_indicator)),
                  U64(add_order, order_reference_number), PRICE(add_order, price), U32(add_order, shares));
        break;
    case 'D':
        set_order(add_order_event(message, HR_EVENT_DELETE), 'C', 'N', U64(order_delete, order_reference_number), HR_UNDEF_PRICE,
                  HR_UNDEF_ORDER_SIZE);
        break;
    case 'U':
        message->events->new_order_ids[message->events->count] = U64(order_replace, new_order_reference_number);
        set_order(add_order_event(message, HR_EVENT_REPLACE), 'A', 'N', U64(order_replace, original_order_reference_number),
                  PRICE(order_replace, price), U32(order_replace, shares));
        break;
    case 'E':
        set_order(add_order_event(message, HR_EVENT_EXECUTE), 'F', 'N', U64(order_executed, order_reference_number), HR_UNDEF_PRICE,
                  U32(order_executed, executed_shares));
        break;
    case 'X':
        set_order(add_order_event(message, HR_EVENT_REDUCE), 'C', 'N', U64(order_cancel, order_reference_number), HR_UNDEF_PRICE,
                  U32(order_cancel, canceled_shares));
        break;
    case 'B':
        broken_trade(message, bytes);
        break;
    case 'C':
        set_order(add_order_event(message, CODE(order_executed_with_price, printable) == 'N' ? HR_EVENT_EXECUTE_NOT_PRINTABLE
                                                                                            : HR_EVENT_EXECUTE_PRICED),
                  'F', 'N', U64(order_executed_with_price, order_reference_number), PRICE(order_executed_with_price, execution_price),
                  U32(order_executed_with_price, executed_shares));
        break;
    case 'P':
        see_symbol(decoder, message->instrument, AT(non_cross_trade, stock));
        set_order(add_order_event(message, HR_EVENT_RECORD), 'T', 'N', 0, PRICE(non_cross_trade, price), U32(non_cross_trade, shares));
        break;
    case 'I':
        see_symbol(decoder, message->instrument, AT(net_order_imbalance, stock));
        net_order_imbalance(message, bytes);
        break;
    case 'O':
        see_symbol(decoder, message->instrument, AT(direct_listing_price_discovery, stock));
        direct_listing(message, bytes);
        break;
    default: /* L market participant position, N retail interest: DBN has no record for them */
        see_symbol(decoder, message->instrument, bytes[0] == 'L' ? AT(market_participant_position, stock)
                                                                : AT(retail_price_improvement, stock));
        hr_events_add_native(message->events, decoder, message->packet, message->wire, message->sequence, message->instrument,
                             message->ts_event);
    }
}

/* What is not one of the common messages, or not of the length that it should have. */
void hr_itch50_decode_other(struct hr_decoder *decoder, const struct hr_message *wire, uint8_t index,
                            const struct hr_packet_context *packet, struct hr_events *events)
{
    const uint8_t *bytes = wire->bytes;
    if (wire->length == 0 || wire->length != decoder->lengths[bytes[0]]) {
        if (wire->length && decoder->lengths[bytes[0]] == 0)
            decoder->counters->unknown_type++;
        else
            decoder->counters->bad_length++;
        return;
    }
    const struct message message = {.decoder = decoder,
                                    .packet = packet,
                                    .wire = wire,
                                    .events = events,
                                    .ts_event = decoder->midnight_ns + hr_be48(AT(add_order, timestamp)),
                                    .instrument = find_instrument(decoder, U16(add_order, stock_locate)),
                                    .sequence = (uint32_t)(packet->first_sequence + index),
                                    .index = index};
    decoder->counters->decoded++;
    decoder->by_type[bytes[0]]++;
    events->index = index;
    decode_rare(&message, decoder, bytes);
}

void hr_itch50_see_stock(struct hr_decoder *decoder, uint32_t instrument, const uint8_t *bytes)
{
    decoder->unknown[instrument] &= (uint8_t)~HR_ITCH50_UNSEEN;
    see_symbol(decoder, instrument, AT(add_order, stock));
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    return decoder->vector ? hr_itch50_decode_vector(decoder, messages, count, packet, events)
                           : hr_itch50_decode_scalar(decoder, messages, count, packet, events);
}

static uint32_t walk_and_decode(struct hr_decoder *decoder, const struct hr_blocks *blocks, uint32_t count,
                                const struct hr_packet_context *packet, struct hr_events *events)
{
    return decoder->vector ? hr_itch50_walk_and_decode_vector(decoder, blocks, count, packet, events) : 0;
}

/* Timestamps count from midnight at the exchange; the day is that of the arrival. */
static void begin_session(struct hr_decoder *decoder, uint64_t ts_recv)
{
    size_t room = decoder->instruments.capacity;
    if (room > sizeof decoder->unknown)
        room = sizeof decoder->unknown;
    memset(decoder->unknown, HR_ITCH50_UNSEEN, room);
    memset(decoder->unknown + room, HR_ITCH50_UNSEEN | HR_ITCH50_NO_ROOM, sizeof decoder->unknown - room);
    decoder->midnight_ns = hr_eastern_midnight_ns(ts_recv);
}

#define F HR_LAYOUT_FIELD
#define M(type, message, length) static const struct hr_field message##_fields[] = {HR_ITCH50_##message(F)};
HR_ITCH50_MESSAGES(M)
#undef M
#define M HR_LAYOUT
static const struct hr_layout layouts[] = {HR_ITCH50_MESSAGES(M)};

const struct hr_protocol hr_protocol_itch50 = {
    .name = "nasdaq-itch-5.0",
    .title = "Nasdaq TotalView-ITCH 5.0 over MoldUDP64",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 2,
    .big_endian = 1,
    .instruments = HR_INSTRUMENTS_DENSE,
    .has_orders = 1,
    .mold_requests = 1,
    .binary_file = 1,
    .parse_header = hr_mold64_parse,
    .begin_session = begin_session,
    .decode = decode,
    .walk_and_decode = walk_and_decode,
};
