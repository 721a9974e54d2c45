/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE iMpact 1.1.33 to events: full order depth of futures, price levels of options, trades and statistics. The rules are in
 * docs/normalisation.md; where Databento publishes its own for ICE they are followed.
 */
#include "decode/impact11.h"

#include <string.h>

#include "decode/decoder.h"
#include "decode/eastern.h"
#include "packet/bytes.h"

/* How many decimals a price has, the market's definition says, which most handlers never see: prices stay whole numbers. */
#define PRICE_UNIT HR_PRICE_SCALE
#define MS_NS UINT64_C(1000000)
/* No time in milliseconds is as late as that, and none in nanoseconds as early: 33658-09-27, 1970-01-12. */
#define LEAST_NS UINT64_C(1000000000000000)

/* A strategy has a handful of legs; its definitions go into the batch's arena one by one. */
#define LEGS_MAX 64

#define AT(message, field) (bytes + HR_IMPACT11_##message##_##field)
#define U8(message, field) (*AT(message, field))
#define U16(message, field) hr_be16(AT(message, field))
#define U32(message, field) hr_be32(AT(message, field))
#define U64(message, field) hr_be64(AT(message, field))
#define I16(message, field) ((int16_t)U16(message, field))
#define I32(message, field) ((int32_t)U32(message, field))
#define CODE(message, field) ((char)*AT(message, field))
#define PRICE(message, field) price_of(decoder, (int64_t)U64(message, field))
#define SIZE(message, field) size_of(decoder, U32(message, field))
#define SIDE(message, field) side_of(decoder, CODE(message, field))
#define TIME(message, field) time_of(decoder, U64(message, field), 0)
#define ALL_OF(field) field, sizeof(field)

struct message {
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    uint64_t ts_event;
    uint32_t instrument;
    uint32_t sequence;
    uint8_t index;
    uint8_t flags; /* LAST outside a bundle: what is in one gets it when the bundle ends */
};

static inline int64_t price_of(const struct hr_decoder *decoder, int64_t price)
{
    if (__builtin_expect(price > INT64_MAX / PRICE_UNIT || price < INT64_MIN / PRICE_UNIT, 0)) {
        decoder->counters->bad_value++;
        return HR_UNDEF_PRICE;
    }
    return price * PRICE_UNIT;
}

static inline uint32_t size_of(const struct hr_decoder *decoder, uint32_t size)
{
    if (__builtin_expect(size > INT32_MAX, 0)) {
        decoder->counters->bad_value++;
        return HR_UNDEF_ORDER_SIZE;
    }
    return size;
}

static inline char side_of(const struct hr_decoder *decoder, char side)
{
    decoder->counters->bad_value += side != '1' && side != '2' && side != ' ';
    return side == '1' ? 'B' : side == '2' ? 'A' : 'N';
}

/* Times are in milliseconds, some in nanoseconds: no time can be both. `within` is SequenceWithinMillis: microseconds, then a
 * number of three digits that keeps the order of what happened in the same one. */
static inline uint64_t time_of(const struct hr_decoder *decoder, uint64_t time, uint32_t within)
{
    uint64_t unit = time < LEAST_NS ? MS_NS : 1;
    if (__builtin_expect(within >= MS_NS || time > UINT64_MAX / 2 / unit, 0)) {
        decoder->counters->bad_value++;
        return time > UINT64_MAX / 2 / unit ? HR_UNDEF_TIMESTAMP : time * unit;
    }
    return time * unit + within;
}

static inline struct hr_mbo *add_mbo(const struct hr_decoder *decoder, const struct message *message, uint8_t kind)
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

static inline struct hr_mbo *set(struct hr_mbo *mbo, char action, char side, uint64_t order_id, int64_t price, uint32_t size,
                                 uint8_t flags)
{
    mbo->action = action;
    mbo->side = side;
    mbo->order_id = order_id;
    mbo->price = price;
    mbo->size = size;
    mbo->flags |= flags;
    return mbo;
}

static inline void add_or_modify_order(const struct hr_decoder *decoder, struct message *message, const uint8_t *bytes)
{
    uint64_t modified = U64(add_or_modify_order, modification_timestamp);
    uint64_t entered =
        time_of(decoder, U64(add_or_modify_order, order_entry_date_time), U32(add_or_modify_order, sequence_within_millis));
    /* The number within the millisecond is of the entry: it orders modifications only where both are in the same one. */
    message->ts_event = modified == 0 || modified / MS_NS == entered / MS_NS ? entered : time_of(decoder, modified, 0);
    uint8_t flags = CODE(add_or_modify_order, is_implied) == 'Y' ? HR_FLAG_PUBLISHER_SPECIFIC : 0;
    char action = U8(add_or_modify_order, extra_flags) & 1 ? 'M' : 'A';
    uint8_t kind = HR_EVENT_SET;
    if (__builtin_expect(CODE(add_or_modify_order, is_rfq) == 'Y', 0)) { /* a request, and no order */
        kind = HR_EVENT_RECORD;
        action = 'N';
    }
    set(add_mbo(decoder, message, kind), action, SIDE(add_or_modify_order, side), U64(add_or_modify_order, order_id),
        PRICE(add_or_modify_order, price), SIZE(add_or_modify_order, quantity), flags);
}

static inline void delete_order(const struct hr_decoder *decoder, struct message *message, const uint8_t *bytes)
{
    message->ts_event = time_of(decoder, U64(delete_order, message_date_time), U32(delete_order, sequence_within_millis));
    set(add_mbo(decoder, message, HR_EVENT_DELETE), 'C', 'N', U64(delete_order, order_id), HR_UNDEF_PRICE, HR_UNDEF_ORDER_SIZE,
        0);
}

static inline void trade(const struct hr_decoder *decoder, struct message *message, const uint8_t *bytes)
{
    const uint8_t *off_market = AT(trade, off_market_trade_type);
    int on_market = CODE(trade, off_market_trade_indicator) == ' ' && (off_market[0] == ' ' || off_market[0] == '\0');
    message->ts_event = time_of(decoder, U64(trade, transact_date_time), U32(trade, sequence_within_millis));
    set(add_mbo(decoder, message, HR_EVENT_RECORD), 'T', SIDE(trade, aggressor_side), U64(trade, trade_id), PRICE(trade, price),
        SIZE(trade, quantity), on_market ? 0 : HR_FLAG_PUBLISHER_SPECIFIC);
}

/* A level is named by its position, 1 the best; its record has that for an order_id. */
static void price_level(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes, char action,
                        uint8_t flags)
{
    set(add_mbo(decoder, message, HR_EVENT_RECORD), action, SIDE(add_price_level, side),
        U8(add_price_level, price_level_position), action == 'C' ? HR_UNDEF_PRICE : PRICE(add_price_level, price),
        action == 'C' ? 0 : SIZE(add_price_level, quantity), HR_FLAG_MBP | flags);
}

static struct hr_statistics *statistic(const struct hr_decoder *decoder, const struct message *message, uint16_t stat_type,
                                       int64_t price)
{
    return hr_events_add_price_statistic(message->events, decoder, message->packet, message->sequence, message->instrument,
                                         message->ts_event, stat_type, price, HR_UNDEF_TIMESTAMP, UINT8_MAX, 1);
}

static struct hr_statistics *volume(const struct hr_decoder *decoder, const struct message *message, uint16_t stat_type,
                                    uint32_t quantity)
{
    struct hr_statistics *made = statistic(decoder, message, stat_type, HR_UNDEF_PRICE);
    made->quantity = (int32_t)quantity;
    return made;
}

/* stat_flags as DBN has them for settlements: bit 0 says that it is final. */
static void settlement(const struct hr_decoder *decoder, const struct message *message, int64_t price, char official,
                       uint64_t ts_ref)
{
    struct hr_statistics *made = statistic(decoder, message, HR_STAT_SETTLEMENT_PRICE, price);
    made->stat_flags = official == 'Y';
    made->ts_ref = ts_ref;
}

static int digits(const uint8_t *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* 2018-08-20; HR_UNDEF_TIMESTAMP when it is no date. */
static uint64_t date_of(const uint8_t *text)
{
    if (text[4] != '-' || text[7] != '-')
        return HR_UNDEF_TIMESTAMP;
    return hr_utc_midnight_of_date_ns(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2));
}

static void open_interest(const struct hr_decoder *decoder, const struct message *message, uint32_t quantity,
                          const uint8_t *date)
{
    volume(decoder, message, HR_STAT_OPEN_INTEREST, quantity)->ts_ref = date_of(date);
}

static void market_state(const struct hr_decoder *decoder, const struct message *message, char state)
{
    static const struct {
        char state;
        uint8_t action;
        const char *answers;
    } states[] = {{'O', HR_STATUS_TRADING, "YY~"},
                  {'C', HR_STATUS_CLOSE, "NN~"},
                  {'E', HR_STATUS_NOT_AVAILABLE_FOR_TRADING, "NN~"},
                  {'1', HR_STATUS_PRE_OPEN, "NY~"},
                  {'2', HR_STATUS_PRE_CLOSE, "~~~"}};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (states[i].state == state) {
            hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event,
                                 states[i].action, HR_REASON_NONE, states[i].answers);
            return;
        }
    decoder->counters->bad_value++;
    hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event, HR_STATUS_NONE,
                         HR_REASON_NONE, "~~~");
}

static void market_snapshot(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    set(add_mbo(decoder, message, HR_EVENT_RECORD), 'R', 'N', 0, HR_UNDEF_PRICE, 0, HR_FLAG_SNAPSHOT);
    market_state(decoder, message, CODE(market_snapshot, trading_status));
    volume(decoder, message, HR_STAT_CLEARED_VOLUME, U32(market_snapshot, volume));
    volume(decoder, message, HR_STAT_BLOCK_VOLUME, U32(market_snapshot, block_volume));
    open_interest(decoder, message, U32(market_snapshot, open_interest), AT(market_snapshot, open_interest_date));
    statistic(decoder, message, HR_STAT_OPENING_PRICE, PRICE(market_snapshot, opening_price));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_HIGH_PRICE, PRICE(market_snapshot, high));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_LOW_PRICE, PRICE(market_snapshot, low));
    statistic(decoder, message, HR_STAT_VWAP, PRICE(market_snapshot, vwap));
    settlement(decoder, message, PRICE(market_snapshot, settlement_price_with_deal_price_precision),
               CODE(market_snapshot, is_settle_price_official), TIME(market_snapshot, settle_price_date_time));
}

static void market_statistics(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    volume(decoder, message, HR_STAT_CLEARED_VOLUME, U32(market_statistics, volume));
    volume(decoder, message, HR_STAT_BLOCK_VOLUME, U32(market_statistics, block_volume));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_HIGH_PRICE, PRICE(market_statistics, high));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_LOW_PRICE, PRICE(market_statistics, low));
    statistic(decoder, message, HR_STAT_VWAP, PRICE(market_statistics, vwap));
}

static void end_of_day(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    volume(decoder, message, HR_STAT_CLEARED_VOLUME, U32(end_of_day_market_summary, volume));
    volume(decoder, message, HR_STAT_BLOCK_VOLUME, U32(end_of_day_market_summary, block_volume));
    volume(decoder, message, HR_STAT_OPEN_INTEREST, U32(end_of_day_market_summary, open_interest));
    statistic(decoder, message, HR_STAT_OPENING_PRICE, PRICE(end_of_day_market_summary, opening_price));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_HIGH_PRICE, PRICE(end_of_day_market_summary, high));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_LOW_PRICE, PRICE(end_of_day_market_summary, low));
    statistic(decoder, message, HR_STAT_VWAP, PRICE(end_of_day_market_summary, vwap));
    settlement(decoder, message, PRICE(end_of_day_market_summary, settlement_price_with_deal_price_precision), 'N',
               HR_UNDEF_TIMESTAMP);
}

static void price_limits(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    char hold = CODE(interval_price_limit_notification, ipl_hold_type);
    decoder->counters->bad_value += hold != 'S' && hold != 'E';
    statistic(decoder, message, HR_STAT_UPPER_PRICE_LIMIT, PRICE(interval_price_limit_notification, ipl_up));
    statistic(decoder, message, HR_STAT_LOWER_PRICE_LIMIT, PRICE(interval_price_limit_notification, ipl_down));
    hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event,
                         hold == 'S'   ? HR_STATUS_PAUSE
                         : hold == 'E' ? HR_STATUS_TRADING
                                       : HR_STATUS_NONE,
                         HR_REASON_MARKET_EVENT, "~~~");
}

static void cancelled_trade(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    struct hr_trade_break *broken =
        hr_events_add_record(message->events, decoder, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE,
                             HR_RTYPE_TRADE_BREAK, sizeof *broken, message->instrument, message->ts_event);
    broken->ts_recv = message->packet->ts_recv;
    broken->trade_id = U64(cancelled_trade, trade_id);
    broken->price = PRICE(cancelled_trade, price);
    broken->size = SIZE(cancelled_trade, quantity);
    broken->sequence = message->sequence;
    broken->channel_id = message->packet->channel_id;
}

/* ---- definitions ---- */

/* Text ends at a zero, or before the spaces that pad it. Returns its length. */
static uint32_t text_length(const uint8_t *text, uint32_t bytes)
{
    const uint8_t *zero = memchr(text, '\0', bytes);
    bytes = zero ? (uint32_t)(zero - text) : bytes;
    while (bytes > 0 && text[bytes - 1] == ' ')
        bytes--;
    return bytes;
}

static void copy_text(char *to, size_t room, const uint8_t *text, uint32_t bytes)
{
    bytes = text_length(text, bytes);
    memcpy(to, text, bytes < room ? bytes : room - 1);
}

/* 10 to the power of -decimals, as a price. */
static int64_t factor(const struct hr_decoder *decoder, uint8_t decimals)
{
    int64_t value = HR_PRICE_SCALE;
    if (decimals > 9) {
        decoder->counters->bad_value++;
        return HR_UNDEF_PRICE;
    }
    for (; decimals > 0; decimals--)
        value /= 10;
    return value;
}

/* A name that does not fit would be cut to what may be another's: such an instrument keeps its number for a name. */
static void name_market(struct hr_decoder *decoder, const struct message *message, const uint8_t *symbol, uint32_t bytes,
                        uint32_t round_lot)
{
    bytes = text_length(symbol, bytes);
    if (message->instrument && bytes < HR_INSTRUMENT_TEXT_BYTES)
        hr_instruments_name_text(&decoder->instruments, message->instrument, symbol, bytes, round_lot);
}

static struct hr_definition *define(const struct hr_decoder *decoder, const struct message *message, const char *security_type,
                                    char class, const uint8_t *symbol, uint32_t bytes, uint8_t decimals, uint32_t market)
{
    struct hr_definition *definition = hr_events_add_definition(message->events, decoder, message->packet, message->instrument,
                                                                message->ts_event, (const uint8_t *)"        ", "", INT32_MAX);
    definition->display_factor = factor(decoder, decimals);
    definition->raw_instrument_id = market;
    definition->instrument_class = class;
    copy_text(ALL_OF(definition->raw_symbol), symbol, bytes);
    memcpy(definition->security_type, security_type, strlen(security_type));
    return definition;
}

static void set_maturity(struct hr_definition *definition, int year, int month, int day)
{
    definition->expiration = hr_utc_midnight_of_date_ns(year, month, day);
    if (definition->expiration == HR_UNDEF_TIMESTAMP)
        return;
    definition->maturity_year = (uint16_t)year;
    definition->maturity_month = (uint8_t)month;
    definition->maturity_day = (uint8_t)day;
}

static void new_expiry(struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    struct hr_definition *definition = define(decoder, message, "FUT", 'F', AT(new_expiry, contract_symbol), 35,
                                              U8(new_expiry, order_price_denominator), U32(new_expiry, market_id));
    set_maturity(definition, I16(new_expiry, maturity_year), I16(new_expiry, maturity_month), I16(new_expiry, maturity_day));
    definition->min_price_increment = I32(new_expiry, increment_price) * PRICE_UNIT;
    definition->min_lot_size_round_lot = I32(new_expiry, lot_size);
    definition->min_trade_vol = SIZE(new_expiry, min_qty);
    definition->low_limit_price = PRICE(new_expiry, min_price);
    definition->high_limit_price = PRICE(new_expiry, max_price);
    copy_text(ALL_OF(definition->currency), AT(new_expiry, currency), 20);
    copy_text(ALL_OF(definition->exchange), AT(new_expiry, mic_code), 4);
    copy_text(ALL_OF(definition->unit_of_measure), AT(new_expiry, unit_of_measure), 30);
    name_market(decoder, message, AT(new_expiry, contract_symbol), 35, U32(new_expiry, lot_size));
}

static void new_option(struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    char type = CODE(new_options_market_definition, option_type);
    int known = type == 'C' || type == 'P';
    const uint8_t *symbol = AT(new_options_market_definition, futures_contract_symbol);
    struct hr_definition *definition =
        define(decoder, message, "OOF", known ? type : '\0', symbol, 70,
               U8(new_options_market_definition, order_price_denominator), U32(new_options_market_definition, market_id));
    decoder->counters->bad_value += !known;
    int64_t unit = factor(decoder, U8(new_options_market_definition, num_decimals_strike_price));
    int64_t strike = (int64_t)U64(new_options_market_definition, strike_price);
    if (unit != HR_UNDEF_PRICE && __builtin_mul_overflow(strike, unit, &definition->strike_price)) {
        decoder->counters->bad_value++;
        definition->strike_price = HR_UNDEF_PRICE;
    }
    set_maturity(definition, I16(new_options_market_definition, options_expiration_year),
                 I16(new_options_market_definition, options_expiration_month),
                 I16(new_options_market_definition, options_expiration_day));
    definition->underlying_id = U32(new_options_market_definition, underlying_market_id);
    definition->min_price_increment = I32(new_options_market_definition, increment_premium_price) * PRICE_UNIT;
    definition->min_lot_size_round_lot = I32(new_options_market_definition, lot_size);
    definition->min_trade_vol = SIZE(new_options_market_definition, min_qty);
    definition->low_limit_price = PRICE(new_options_market_definition, min_options_price);
    definition->high_limit_price = PRICE(new_options_market_definition, max_options_price);
    copy_text(ALL_OF(definition->currency), AT(new_options_market_definition, currency), 20);
    copy_text(ALL_OF(definition->unit_of_measure), AT(new_options_market_definition, unit_of_measure), 30);
    name_market(decoder, message, symbol, 70, U32(new_options_market_definition, lot_size));
}

/* The leg's own fields; ratios are per leg of the strategy. */
static void set_leg(const struct hr_decoder *decoder, struct hr_definition *definition, const uint8_t *bytes, uint32_t index,
                    uint32_t count)
{
    uint32_t market = U32(leg_definition, leg_market_id);
    definition->leg_count = (uint16_t)count;
    definition->leg_index = (uint16_t)index;
    definition->leg_instrument_id = market;
    definition->leg_side = SIDE(leg_definition, leg_side);
    definition->leg_ratio_qty_numerator = I32(leg_definition, leg_ratio_qty_numerator);
    definition->leg_ratio_qty_denominator = I32(leg_definition, leg_ratio_qty_denominator);
    definition->leg_ratio_price_numerator = I32(leg_definition, leg_ratio_price_numerator);
    definition->leg_ratio_price_denominator = I32(leg_definition, leg_ratio_price_denominator);
}

/* The same of an option strategy's leg, which has its underlying as well. */
static void set_option_leg(const struct hr_decoder *decoder, struct hr_definition *definition, const uint8_t *bytes,
                           uint32_t index, uint32_t count)
{
    definition->leg_count = (uint16_t)count;
    definition->leg_index = (uint16_t)index;
    definition->leg_instrument_id = U32(strategy_leg_definition, leg_market_id);
    definition->leg_underlying_id = U32(strategy_leg_definition, leg_underlying_market_id);
    definition->leg_side = SIDE(strategy_leg_definition, leg_side);
    definition->leg_ratio_qty_numerator = I32(strategy_leg_definition, leg_ratio_qty_numerator);
    definition->leg_ratio_qty_denominator = I32(strategy_leg_definition, leg_ratio_qty_denominator);
    definition->leg_ratio_price_numerator = I32(strategy_leg_definition, leg_ratio_price_numerator);
    definition->leg_ratio_price_denominator = I32(strategy_leg_definition, leg_ratio_price_denominator);
}

static uint32_t legs_of(const struct hr_decoder *decoder, uint8_t count)
{
    decoder->counters->bad_value += count > LEGS_MAX;
    return count < LEGS_MAX ? count : LEGS_MAX;
}

/* One definition for each leg, as DBN has them; one without a leg for a strategy that has none. */
static void new_futures_strategy(struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    const uint8_t *symbol = AT(new_futures_strategy_definition, futures_contract_symbol);
    uint8_t count = U8(new_futures_strategy_definition, number_of_leg_definitions);
    uint32_t legs = legs_of(decoder, count);
    for (uint32_t i = 0; i < (legs ? legs : 1); i++) {
        struct hr_definition *definition =
            define(decoder, message, "MLEG", 'S', symbol, 70, U8(new_futures_strategy_definition, order_price_denominator),
                   U32(new_futures_strategy_definition, market_id));
        set_maturity(definition, I16(new_futures_strategy_definition, maturity_year),
                     I16(new_futures_strategy_definition, maturity_month), I16(new_futures_strategy_definition, maturity_day));
        definition->min_price_increment = I32(new_futures_strategy_definition, increment_price) * PRICE_UNIT;
        definition->min_trade_vol = SIZE(new_futures_strategy_definition, min_qty);
        definition->low_limit_price = PRICE(new_futures_strategy_definition, min_price);
        definition->high_limit_price = PRICE(new_futures_strategy_definition, max_price);
        copy_text(ALL_OF(definition->exchange), AT(new_futures_strategy_definition, mic_code), 4);
        if (legs)
            set_leg(decoder, definition,
                    bytes + HR_IMPACT11_new_futures_strategy_definition_BYTES + i * HR_IMPACT11_leg_definition_BYTES, i, count);
    }
    name_market(decoder, message, symbol, 70, 0);
}

static void new_options_strategy(struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    uint8_t symbol[70];
    uint8_t count = U8(new_options_strategy_definition, number_of_strategy_leg_definitions);
    uint32_t legs = legs_of(decoder, count);
    uint32_t first = text_length(AT(new_options_strategy_definition, contract_symbol), 35);
    memcpy(symbol, AT(new_options_strategy_definition, contract_symbol), first);
    memcpy(symbol + first, AT(new_options_strategy_definition, contract_symbol_extra), 35);
    for (uint32_t i = 0; i < (legs ? legs : 1); i++) {
        struct hr_definition *definition = define(decoder, message, "MLEG", 'T', symbol, first + 35,
                                                  U8(new_options_strategy_definition, order_price_denominator),
                                                  U32(new_options_strategy_definition, market_id));
        definition->underlying_id = U32(new_options_strategy_definition, underlying_market_id);
        definition->min_price_increment = I32(new_options_strategy_definition, increment_price) * PRICE_UNIT;
        definition->min_trade_vol = SIZE(new_options_strategy_definition, min_qty);
        if (legs)
            set_option_leg(decoder, definition,
                           bytes + HR_IMPACT11_new_options_strategy_definition_BYTES +
                               i * HR_IMPACT11_strategy_leg_definition_BYTES,
                           i, count);
    }
    name_market(decoder, message, symbol, first + 35, 0);
}

/* ---- messages ---- */

static void native(const struct hr_decoder *decoder, const struct message *message)
{
    hr_events_add_native(message->events, decoder, message->packet, message->wire, message->sequence, message->instrument,
                         message->ts_event);
}

/* When it happened; where a message does not say, when its packet was sent. */
static uint64_t rare_time(const struct hr_decoder *decoder, const struct hr_packet_context *packet, const uint8_t *bytes)
{
    switch (bytes[0]) {
    case 'Y':
        return TIME(spot_market_trade, transact_date_time);
    case 'H':
        return TIME(investigated_trade, message_date_time);
    case 'I':
        return TIME(cancelled_trade, message_date_time);
    case 'J':
        return TIME(market_statistics, message_date_time);
    case 'K':
        return TIME(market_state_change, message_date_time);
    case 'L':
        return TIME(system_text, message_date_time);
    case 'M':
        return TIME(open_interest, message_date_time);
    case 'N':
    case 'c':
        return TIME(open_price, message_date_time);
    case 'O':
        return TIME(settlement_price, message_date_time);
    case 'z':
        return TIME(index_prices, published_date_time);
    case 'u':
        return TIME(end_of_day_market_summary, message_date_time);
    case 'f':
        return TIME(market_event, message_date_time);
    case 'g':
        return TIME(pre_open_price_indicator, message_date_time);
    case 'V':
        return TIME(interval_price_limit_notification, notification_date_time);
    case 'D':
        return time_of(decoder, U64(market_snapshot_order, order_entry_date_time),
                       U32(market_snapshot_order, sequence_within_millis));
    case '3':
        return TIME(fixing_transition, message_date_time);
    case '4':
        return TIME(fixing_lockdown, message_date_time);
    case 't':
    case 's':
        return TIME(add_price_level, timestamp);
    case 'r':
        return TIME(delete_price_level, timestamp);
    case 'k':
        return TIME(rfq, message_timestamp);
    case 'v':
        return TIME(option_open_interest, message_date_time);
    case 'w':
        return TIME(option_settlement_price, message_date_time);
    case 'W':
        return TIME(old_style_options_trade_and_market_stats, transact_date_time);
    default: /* C, i, 9, R, b, 0, m, U, l */
        return packet->send_time_ns ? packet->send_time_ns : packet->ts_recv;
    }
}

static __attribute__((noinline)) void decode_rare(struct hr_decoder *decoder, struct message *message, const uint8_t *bytes)
{
    message->ts_event = rare_time(decoder, message->packet, bytes);
    switch (bytes[0]) {
    case 'C':
        market_snapshot(decoder, message, bytes);
        break;
    case 'Y':
        set(add_mbo(decoder, message, HR_EVENT_RECORD), 'T', 'N', U64(spot_market_trade, trade_id),
            PRICE(spot_market_trade, price), SIZE(spot_market_trade, quantity), 0);
        break;
    case 'I':
        cancelled_trade(decoder, message, bytes);
        break;
    case 'J':
        market_statistics(decoder, message, bytes);
        break;
    case 'K':
        market_state(decoder, message, CODE(market_state_change, trading_status));
        break;
    case 'M':
        open_interest(decoder, message, U32(open_interest, open_interest), AT(open_interest, open_interest_date));
        break;
    case 'N':
        statistic(decoder, message, HR_STAT_OPENING_PRICE, PRICE(open_price, open_price));
        break;
    case 'c':
        statistic(decoder, message, HR_STAT_CLOSE_PRICE, PRICE(close_price, close_price));
        break;
    case 'O':
        settlement(decoder, message, PRICE(settlement_price, settlement_price_with_deal_price_precision),
                   CODE(settlement_price, is_official), TIME(settlement_price, valuation_date_time));
        break;
    case 'z':
        statistic(decoder, message, HR_STAT_VENUE_SPECIFIC_PRICE_1, PRICE(index_prices, price));
        break;
    case 'u':
        end_of_day(decoder, message, bytes);
        break;
    case 'g': {
        struct hr_statistics *made =
            statistic(decoder, message, HR_STAT_INDICATIVE_OPENING_PRICE, PRICE(pre_open_price_indicator, pre_open_price));
        if (CODE(pre_open_price_indicator, has_pre_open_volume) == 'Y')
            made->quantity = I32(pre_open_price_indicator, pre_open_volume);
        break;
    }
    case 'V':
        price_limits(decoder, message, bytes);
        break;
    case '9':
        new_futures_strategy(decoder, message, bytes);
        break;
    case 'R':
        new_expiry(decoder, message, bytes);
        break;
    case 'l':
        new_option(decoder, message, bytes);
        break;
    case 'U':
        new_options_strategy(decoder, message, bytes);
        break;
    case 'D':
        set(add_mbo(decoder, message, HR_EVENT_SET), 'A', SIDE(market_snapshot_order, side),
            U64(market_snapshot_order, order_id), PRICE(market_snapshot_order, price), SIZE(market_snapshot_order, quantity),
            HR_FLAG_SNAPSHOT | (CODE(market_snapshot_order, is_implied) == 'Y' ? HR_FLAG_PUBLISHER_SPECIFIC : 0));
        break;
    case 'm':
        price_level(decoder, message, bytes, 'A', HR_FLAG_SNAPSHOT);
        break;
    case 't':
        price_level(decoder, message, bytes, 'A', 0);
        break;
    case 's':
        price_level(decoder, message, bytes, 'M', 0);
        break;
    case 'r':
        price_level(decoder, message, bytes, 'C', 0);
        break;
    case 'v':
        open_interest(decoder, message, U32(option_open_interest, open_interest), AT(option_open_interest, open_interest_date));
        break;
    case 'w':
        settlement(decoder, message, PRICE(option_settlement_price, settlement_price_with_deal_price_precision),
                   CODE(option_settlement_price, is_official), TIME(option_settlement_price, valuation_date_time));
        statistic(decoder, message, HR_STAT_VOLATILITY, PRICE(option_settlement_price, volatility));
        statistic(decoder, message, HR_STAT_DELTA, PRICE(option_settlement_price, delta));
        break;
    default: /* H, L, f, i, b, 3, 4, 0, k, W: DBN has no record for them */
        native(decoder, message);
    }
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
    struct message message = {.packet = packet, .events = events};
    int in_bundle = decoder->by_channel[packet->channel_id] != 0;
    uint32_t bundle = 0; /* its first event in this batch */
    uint32_t i = 0;
    for (; i < count; i++) {
        const uint8_t *bytes = messages[i].bytes;
        if (i > 0 && __builtin_expect(events->count + LEGS_MAX > HR_EVENTS_MAX ||
                                          events->arena_used + LEGS_MAX * sizeof(struct hr_definition) > HR_ARENA_BYTES,
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
            native(decoder, &message);
            if (CODE(message_bundle_marker, start_or_end) == 'E' && in_bundle)
                end_bundle(events, bundle);
            bundle = events->count;
            in_bundle = CODE(message_bundle_marker, start_or_end) == 'S';
            decoder->counters->bad_value += !in_bundle && CODE(message_bundle_marker, start_or_end) != 'E';
            break;
        default:
            events->index = (uint8_t)i;
            decode_rare(decoder, &message, bytes);
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
