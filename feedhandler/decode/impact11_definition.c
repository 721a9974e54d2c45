/* SPDX-License-Identifier: Apache-2.0
 *
 * Definitions of iMpact's markets: futures, options, and strategies with their legs.
 */
#include "decode/eastern.h"
#include "decode/impact11_message.h"

#define ALL_OF(field) field, sizeof(field)

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
static void name_market(struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *symbol,
                        uint32_t bytes, uint32_t round_lot)
{
    bytes = text_length(symbol, bytes);
    if (message->instrument && bytes < HR_INSTRUMENT_TEXT_BYTES)
        hr_instruments_name_text(&decoder->instruments, message->instrument, symbol, bytes, round_lot);
}

static struct hr_definition *define(const struct hr_decoder *decoder, const struct hr_impact11_message *message,
                                    const char *security_type, char class, const uint8_t *symbol, uint32_t bytes,
                                    uint8_t decimals, uint32_t market)
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

static void new_expiry(struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
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

static void new_option(struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
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
    decoder->counters->bad_value += count > HR_IMPACT11_LEGS_MAX;
    return count < HR_IMPACT11_LEGS_MAX ? count : HR_IMPACT11_LEGS_MAX;
}

/* One definition for each leg, as DBN has them; one without a leg for a strategy that has none. */
static void new_futures_strategy(struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
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

static void new_options_strategy(struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
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

void hr_impact11_definition(struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
{
    switch (bytes[0]) {
    case '9':
        new_futures_strategy(decoder, message, bytes);
        break;
    case 'R':
        new_expiry(decoder, message, bytes);
        break;
    case 'l':
        new_option(decoder, message, bytes);
        break;
    default: /* U */
        new_options_strategy(decoder, message, bytes);
    }
}
