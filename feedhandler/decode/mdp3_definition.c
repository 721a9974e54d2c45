/* SPDX-License-Identifier: Apache-2.0
 *
 * Definitions of MDP 3.0: futures, options, spreads, bonds, repos, FX. One record; for a spread one for each leg, as in DBN.
 */
#include "decode/mdp3_message.h"

#define EVENT_ACTIVATION 5
#define EVENT_LAST_TRADE 7
#define QUANTITY_UNIT 100000 /* DecimalQty has exponent -4, a record 1e-9 */
#define QUANTITY_ONE 10000

/* Places in the groups of every definition; then those of its own. */
enum { EVENTS, FEED_TYPES, ATTRIBUTES, LOTS, UNDERLYINGS, LEGS = UNDERLYINGS };

/* A field of the root block, or what it is when this version of the message does not have it. */
#define HAS(root, field) HAS_FIELD(message->block_bytes, root, field)
#define AT(root, field) (message->block + HR_MDP3_##root##_##field)
#define U8(root, field, missing) (HAS(root, field) ? *AT(root, field) : (missing))
#define U16(root, field, missing) (HAS(root, field) ? hr_le16(AT(root, field)) : (missing))
#define U32(root, field, missing) (HAS(root, field) ? hr_le32(AT(root, field)) : (missing))
#define I32(root, field) ((int32_t)U32(root, field, (uint32_t)INT32_MAX))
#define PRICE(root, field) \
    (HAS(root, field) ? hr_mdp3_price(message, (int64_t)hr_le64(AT(root, field)), message->price_unit) : HR_UNDEF_PRICE)
#define TEXT(out, root, field)                                                                                    \
    do {                                                                                                           \
        if (HAS(root, field))                                                                                     \
            copy_text((out), sizeof(out), AT(root, field), HR_MDP3_##root##_##field##_end - HR_MDP3_##root##_##field); \
    } while (0)

/* Texts end at a zero or at their padding; those of a record end with a zero. */
static void copy_text(char *out, size_t room, const uint8_t *text, size_t bytes)
{
    size_t length = 0;
    while (length < bytes && length < room - 1 && text[length])
        length++;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    memcpy(out, text, length);
    memset(out + length, 0, room - length);
}

/* What every definition has; all names are the same in each block. */
#define COMMON(root)                                                                \
    do {                                                                             \
        TEXT(definition->exchange, root, security_exchange);                        \
        TEXT(definition->group, root, security_group);                              \
        TEXT(definition->asset, root, asset);                                       \
        TEXT(definition->raw_symbol, root, symbol);                                 \
        TEXT(definition->security_type, root, security_type);                       \
        TEXT(definition->cfi, root, cfi_code);                                      \
        TEXT(definition->currency, root, currency);                                 \
        TEXT(definition->unit_of_measure, root, unit_of_measure);                   \
        definition->security_update_action = (char)U8(root, security_update_action, 'A'); \
        definition->appl_id = (int16_t)U16(root, appl_id, (uint16_t)INT16_MAX);     \
        definition->market_segment_id = U8(root, market_segment_id, UINT32_MAX);    \
        definition->underlying_product = U8(root, underlying_product, UINT8_MAX);   \
        definition->match_algorithm = (char)U8(root, match_algorithm, 'F');         \
        definition->min_trade_vol = U32(root, min_trade_vol, UINT32_MAX);           \
        definition->max_trade_vol = U32(root, max_trade_vol, UINT32_MAX);           \
        definition->min_price_increment = PRICE(root, min_price_increment);         \
        definition->display_factor = PRICE(root, display_factor);                   \
        definition->high_limit_price = PRICE(root, high_limit_price);               \
        definition->low_limit_price = PRICE(root, low_limit_price);                 \
        definition->user_defined_instrument = (char)U8(root, user_defined_instrument, 'N'); \
    } while (0)

#define VARIATION(root) definition->max_price_variation = PRICE(root, max_price_variation)
#define SETTLEMENT(root) TEXT(definition->settl_currency, root, settl_currency)
#define QUANTITY(root) definition->unit_of_measure_qty = PRICE(root, unit_of_measure_qty)

#define MATURITY(root)                                                       \
    do {                                                                      \
        definition->maturity_year = U16(root, maturity_year, UINT16_MAX);    \
        definition->maturity_month = U8(root, maturity_month, UINT8_MAX);    \
        definition->maturity_day = U8(root, maturity_day, UINT8_MAX);        \
        definition->maturity_week = U8(root, maturity_week, UINT8_MAX);      \
    } while (0)

#define FRACTIONS(root)                                                                \
    do {                                                                                \
        definition->main_fraction = U8(root, main_fraction, UINT8_MAX);                \
        definition->sub_fraction = U8(root, sub_fraction, UINT8_MAX);                  \
        definition->price_display_format = U8(root, price_display_format, UINT8_MAX);  \
    } while (0)

static void future(const struct hr_mdp3_message *message, struct hr_definition *definition)
{
    COMMON(future);
    VARIATION(future);
    SETTLEMENT(future);
    QUANTITY(future);
    MATURITY(future);
    FRACTIONS(future);
    definition->instrument_class = 'F';
    definition->min_price_increment_amount = PRICE(future, min_price_increment_amount);
    definition->decay_quantity = I32(future, decay_quantity);
    definition->decay_start_date = U16(future, decay_start_date, UINT16_MAX);
    definition->original_contract_size = I32(future, original_contract_size);
    definition->contract_multiplier = I32(future, contract_multiplier);
    definition->contract_multiplier_unit = (int8_t)U8(future, contract_multiplier_unit, INT8_MAX);
    definition->flow_schedule_type = (int8_t)U8(future, flow_schedule_type, INT8_MAX);
}

static void option(const struct hr_mdp3_message *message, struct hr_definition *definition)
{
    COMMON(option);
    SETTLEMENT(option);
    QUANTITY(option);
    MATURITY(option);
    FRACTIONS(option);
    definition->instrument_class = *AT(option, put_or_call) ? 'C' : 'P';
    definition->min_price_increment_amount = PRICE(option, min_price_increment_amount);
    definition->strike_price = PRICE(option, strike_price);
    definition->tick_rule = U8(option, tick_rule, INT8_MAX);
    TEXT(definition->strike_price_currency, option, strike_currency);
    const struct hr_mdp3_group *underlyings = &message->groups[UNDERLYINGS];
    if (underlyings->count) {
        definition->underlying_id = hr_le32(underlyings->entries + HR_MDP3_underlying_underlying_security_id);
        copy_text(definition->underlying, sizeof definition->underlying,
                  underlyings->entries + HR_MDP3_underlying_underlying_symbol, 20);
    }
}

static void spread(const struct hr_mdp3_message *message, struct hr_definition *definition)
{
    COMMON(spread);
    VARIATION(spread);
    MATURITY(spread);
    FRACTIONS(spread);
    TEXT(definition->secsubtype, spread, security_sub_type);
    definition->price_ratio = PRICE(spread, price_ratio);
    definition->tick_rule = U8(spread, tick_rule, INT8_MAX);
    /* By the CFI code's category: F futures, O options, else both. */
    definition->instrument_class = definition->cfi[0] == 'F' ? 'S' : definition->cfi[0] == 'O' ? 'T' : 'M';
}

static void fixed_income(const struct hr_mdp3_message *message, struct hr_definition *definition)
{
    COMMON(fixed_income);
    VARIATION(fixed_income);
    SETTLEMENT(fixed_income);
    QUANTITY(fixed_income);
    FRACTIONS(fixed_income);
    definition->instrument_class = 'B';
    definition->min_price_increment_amount = PRICE(fixed_income, min_price_increment_amount);
}

/* DBN has no class of its own for repos. */
static void repo(const struct hr_mdp3_message *message, struct hr_definition *definition)
{
    COMMON(repo);
    VARIATION(repo);
    SETTLEMENT(repo);
    QUANTITY(repo);
    definition->instrument_class = 'B';
    const struct hr_mdp3_group *underlyings = &message->groups[UNDERLYINGS];
    if (underlyings->count)
        copy_text(definition->underlying, sizeof definition->underlying,
                  underlyings->entries + HR_MDP3_repo_underlying_underlying_symbol, 20);
}

static void fx(const struct hr_mdp3_message *message, struct hr_definition *definition)
{
    COMMON(fx);
    VARIATION(fx);
    SETTLEMENT(fx);
    QUANTITY(fx);
    MATURITY(fx);
    definition->instrument_class = 'X';
}

static void common_groups(const struct hr_mdp3_message *message, struct hr_definition *definition)
{
    const struct hr_mdp3_group *group = &message->groups[EVENTS];
    const uint8_t *entry = group->entries;
    for (uint32_t i = 0; i < group->count; i++, entry += group->entry_bytes) {
        uint64_t time = hr_le64(entry + HR_MDP3_event_event_time);
        if (entry[HR_MDP3_event_event_type] == EVENT_ACTIVATION)
            definition->activation = time;
        else if (entry[HR_MDP3_event_event_type] == EVENT_LAST_TRADE)
            definition->expiration = time;
    }
    group = &message->groups[FEED_TYPES];
    entry = group->entries;
    for (uint32_t i = 0; i < group->count; i++, entry += group->entry_bytes) {
        int8_t depth = (int8_t)entry[HR_MDP3_feed_type_market_depth];
        if (memcmp(entry + HR_MDP3_feed_type_md_feed_type, "GBX", 3) == 0)
            definition->market_depth = depth;
        else if (memcmp(entry + HR_MDP3_feed_type_md_feed_type, "GBI", 3) == 0)
            definition->market_depth_implied = depth;
    }
    group = &message->groups[ATTRIBUTES];
    if (group->count)
        definition->inst_attrib_value = (int32_t)hr_le32(group->entries + HR_MDP3_attribute_inst_attrib_value);
    group = &message->groups[LOTS];
    entry = group->entries;
    for (uint32_t i = 0; i < group->count; i++, entry += group->entry_bytes) {
        int32_t size = (int32_t)hr_le32(entry + HR_MDP3_lot_min_lot_size);
        size = size == INT32_MAX ? size : size / QUANTITY_ONE;
        switch (entry[HR_MDP3_lot_lot_type]) {
        case 1: /* odd lot */
            definition->min_lot_size = size;
            break;
        case 2: /* round lot */
        case 4: /* round lot, in units of measure */
            definition->min_lot_size_round_lot = size;
            break;
        case 3:
            definition->min_lot_size_block = size;
            break;
        default:
            break;
        }
    }
}

/* Side 1 buys the leg, 2 sells it. A delta is a part of 1. */
static void leg(const struct hr_mdp3_message *message, struct hr_definition *definition, uint32_t index)
{
    const struct hr_mdp3_group *legs = &message->groups[LEGS];
    const uint8_t *entry = legs->entries + (size_t)index * legs->entry_bytes;
    uint8_t side = entry[HR_MDP3_leg_leg_side];
    int32_t delta = (int32_t)hr_le32(entry + HR_MDP3_leg_leg_option_delta);
    definition->leg_count = (uint16_t)legs->count;
    definition->leg_index = (uint16_t)index;
    definition->leg_instrument_id = hr_le32(entry + HR_MDP3_leg_leg_security_id);
    definition->leg_side = side == 1 ? 'B' : side == 2 ? 'A' : 'N';
    definition->leg_ratio_qty_numerator = (int8_t)entry[HR_MDP3_leg_leg_ratio_qty];
    definition->leg_ratio_qty_denominator = 1;
    definition->leg_price = hr_mdp3_price(message, (int64_t)hr_le64(entry + HR_MDP3_leg_leg_price), message->price_unit);
    definition->leg_delta = delta == INT32_MAX ? HR_UNDEF_PRICE : (int64_t)delta * QUANTITY_UNIT;
    message->decoder->counters->bad_value += definition->leg_side == 'N';
}

void hr_mdp3_definition(struct hr_mdp3_message *message, uint8_t template_id)
{
    /* All definitions begin alike. */
    uint32_t security_id = hr_le32(AT(future, security_id));
    uint32_t instrument = hr_mdp3_instrument(message, security_id);
    message->ts_event = hr_le64(AT(future, last_update_time));
    static const uint8_t no_symbol[8] = "        ";
    struct hr_definition *definition = hr_events_add_definition(message->events, message->decoder, message->packet, instrument,
                                                                message->ts_event, no_symbol, "", INT32_MAX);
    definition->raw_instrument_id = security_id;
    switch (template_id) {
    case HR_MDP3_TEMPLATE_md_instrument_definition_future_27:
    case HR_MDP3_TEMPLATE_md_instrument_definition_future_54:
        future(message, definition);
        break;
    case HR_MDP3_TEMPLATE_md_instrument_definition_option_41:
    case HR_MDP3_TEMPLATE_md_instrument_definition_option_55:
        option(message, definition);
        break;
    case HR_MDP3_TEMPLATE_md_instrument_definition_spread_29:
    case HR_MDP3_TEMPLATE_md_instrument_definition_spread_56:
        spread(message, definition);
        break;
    case HR_MDP3_TEMPLATE_md_instrument_definition_fixed_income:
        fixed_income(message, definition);
        break;
    case HR_MDP3_TEMPLATE_md_instrument_definition_repo:
        repo(message, definition);
        break;
    default:
        fx(message, definition);
    }
    common_groups(message, definition);
    if (instrument)
        hr_instruments_name_text(&message->decoder->instruments, instrument, AT(future, symbol),
                                 HR_MDP3_future_symbol_end - HR_MDP3_future_symbol, 0);
    if (template_id != HR_MDP3_TEMPLATE_md_instrument_definition_spread_29 &&
        template_id != HR_MDP3_TEMPLATE_md_instrument_definition_spread_56)
        return;
    uint32_t legs = message->groups[LEGS].count;
    message->decoder->counters->bad_value += legs > HR_MDP3_LEGS_MAX; /* the venue has spreads of 40 at most */
    legs = legs < HR_MDP3_LEGS_MAX ? legs : HR_MDP3_LEGS_MAX;
    for (uint32_t i = 0; i < legs; i++) {
        struct hr_definition *record = definition;
        if (i > 0) {
            record = hr_events_add_record(message->events, message->decoder, 1U << HR_SCHEMA_DEFINITION, HR_RTYPE_DEFINITION,
                                          sizeof *record, instrument, message->ts_event);
            *record = *definition;
        }
        leg(message, record, i);
    }
}
