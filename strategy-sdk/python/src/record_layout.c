/* SPDX-License-Identifier: Apache-2.0 */
#include "record_layout.h"

/* The kind of a field is that of its C type. */
#define KIND(type, field)                \
    _Generic(((struct type *)0)->field,  \
        uint8_t: FIELD_U8,               \
        uint16_t: FIELD_U16,             \
        uint32_t: FIELD_U32,             \
        uint64_t: FIELD_U64,             \
        int8_t: FIELD_I8,                \
        int16_t: FIELD_I16,              \
        int32_t: FIELD_I32,              \
        int64_t: FIELD_I64,              \
        char: FIELD_CHAR,                \
        char *: FIELD_TEXT)
#define PLACE(type, field) .offset = offsetof(struct type, field), .bytes = sizeof(((struct type *)0)->field)
#define FIELD(type, field, text) {.name = #field, .doc = text, PLACE(type, field), .kind = KIND(type, field)}
#define PRICE(type, field, text)                                                                             \
    {.name = #field, .pretty = "pretty_" #field, .doc = text, PLACE(type, field),                            \
     .kind = _Generic(((struct type *)0)->field, int64_t: FIELD_PRICE)}
#define TIME(type, field, text)                                                                              \
    {.name = #field, .pretty = "pretty_" #field, .doc = text, PLACE(type, field),                            \
     .kind = _Generic(((struct type *)0)->field, uint64_t: FIELD_TIME)}
#define CHOICE(type, field, of, text) \
    {.name = #field, .doc = text, PLACE(type, field), .kind = KIND(type, field), .choice = CHOICE_##of}
#define MESSAGE(type, field, text) \
    {.name = #field, .doc = text, PLACE(type, field), .kind = _Generic(((struct type *)0)->field, uint8_t *: FIELD_MESSAGE)}

const struct record_field record_header_fields[] = {
    FIELD(hr_record_header, length, "Of the record, in words of 4 bytes."),
    CHOICE(hr_record_header, rtype, RTYPE, "RTYPE_*."),
    FIELD(hr_record_header, publisher_id, "Dataset and venue."),
    FIELD(hr_record_header, instrument_id, "The venue's own number, or assigned at first sight; 0 for the whole venue."),
    TIME(hr_record_header, ts_event, "The exchange's time, ns since the UNIX epoch."),
};
const size_t record_header_field_count = sizeof record_header_fields / sizeof *record_header_fields;

static const struct record_field mbo_fields[] = {
    FIELD(hr_mbo, order_id, "The order's reference; 0 for a price level."),
    PRICE(hr_mbo, price, "Units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_mbo, size, "Shares or lots; UNDEF_ORDER_SIZE when not known."),
    FIELD(hr_mbo, flags, "Bits FLAG_*."),
    FIELD(hr_mbo, channel_id, "The feed's channel."),
    CHOICE(hr_mbo, action, ACTION, "A add, C cancel, M modify, R clear, T trade, F fill, N none."),
    CHOICE(hr_mbo, side, SIDE, "B bid, A ask, N none; of the aggressor for T."),
    TIME(hr_mbo, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    FIELD(hr_mbo, ts_in_delta, "ts_recv minus the exchange's sending time, ns, clamped."),
    FIELD(hr_mbo, sequence, "Low 32 bits of the channel's sequence number."),
};

static const struct record_field trade_fields[] = {
    PRICE(hr_trade, price, "Units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_trade, size, "Shares or lots; UNDEF_ORDER_SIZE when not known."),
    CHOICE(hr_trade, action, ACTION, "T."),
    CHOICE(hr_trade, side, SIDE, "B bid, A ask, of the aggressor; N when the venue does not say."),
    FIELD(hr_trade, flags, "Bits FLAG_*."),
    FIELD(hr_trade, depth, "Level of the book; 0 is the top."),
    TIME(hr_trade, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    FIELD(hr_trade, ts_in_delta, "ts_recv minus the exchange's sending time, ns, clamped."),
    FIELD(hr_trade, sequence, "Low 32 bits of the channel's sequence number."),
};

static const struct record_field status_fields[] = {
    TIME(hr_status, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    CHOICE(hr_status, action, STATUS_ACTION, "STATUS_*."),
    CHOICE(hr_status, reason, STATUS_REASON, "REASON_*."),
    CHOICE(hr_status, trading_event, TRADING_EVENT, "0 none."),
    CHOICE(hr_status, is_trading, TRI_STATE, "Y, N, ~ not known."),
    CHOICE(hr_status, is_quoting, TRI_STATE, "Y, N, ~ not known."),
    CHOICE(hr_status, is_short_sell_restricted, TRI_STATE, "Y, N, ~ not known."),
};

static const struct record_field definition_fields[] = {
    TIME(hr_definition, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    PRICE(hr_definition, min_price_increment, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, display_factor, "Units of 1e-9; UNDEF_PRICE when not known."),
    TIME(hr_definition, expiration, "ns since the UNIX epoch; UNDEF_TIMESTAMP when there is none."),
    TIME(hr_definition, activation, "ns since the UNIX epoch; UNDEF_TIMESTAMP when there is none."),
    PRICE(hr_definition, high_limit_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, low_limit_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, max_price_variation, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, unit_of_measure_qty, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, min_price_increment_amount, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, price_ratio, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, strike_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_definition, raw_instrument_id, NULL),
    PRICE(hr_definition, leg_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_definition, leg_delta, "Units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_definition, inst_attrib_value, NULL),
    FIELD(hr_definition, underlying_id, NULL),
    FIELD(hr_definition, market_depth_implied, NULL),
    FIELD(hr_definition, market_depth, NULL),
    FIELD(hr_definition, market_segment_id, NULL),
    FIELD(hr_definition, max_trade_vol, NULL),
    FIELD(hr_definition, min_lot_size, NULL),
    FIELD(hr_definition, min_lot_size_block, NULL),
    FIELD(hr_definition, min_lot_size_round_lot, NULL),
    FIELD(hr_definition, min_trade_vol, NULL),
    FIELD(hr_definition, contract_multiplier, NULL),
    FIELD(hr_definition, decay_quantity, NULL),
    FIELD(hr_definition, original_contract_size, NULL),
    FIELD(hr_definition, leg_instrument_id, NULL),
    FIELD(hr_definition, leg_ratio_price_numerator, NULL),
    FIELD(hr_definition, leg_ratio_price_denominator, NULL),
    FIELD(hr_definition, leg_ratio_qty_numerator, NULL),
    FIELD(hr_definition, leg_ratio_qty_denominator, NULL),
    FIELD(hr_definition, leg_underlying_id, NULL),
    FIELD(hr_definition, appl_id, NULL),
    FIELD(hr_definition, maturity_year, NULL),
    FIELD(hr_definition, decay_start_date, NULL),
    FIELD(hr_definition, channel_id, "The feed's channel."),
    FIELD(hr_definition, leg_count, NULL),
    FIELD(hr_definition, leg_index, NULL),
    FIELD(hr_definition, currency, NULL),
    FIELD(hr_definition, settl_currency, NULL),
    FIELD(hr_definition, secsubtype, NULL),
    FIELD(hr_definition, raw_symbol, "The venue's symbol."),
    FIELD(hr_definition, group, NULL),
    FIELD(hr_definition, exchange, NULL),
    FIELD(hr_definition, asset, NULL),
    FIELD(hr_definition, cfi, NULL),
    FIELD(hr_definition, security_type, NULL),
    FIELD(hr_definition, unit_of_measure, NULL),
    FIELD(hr_definition, underlying, NULL),
    FIELD(hr_definition, strike_price_currency, NULL),
    FIELD(hr_definition, leg_raw_symbol, NULL),
    CHOICE(hr_definition, instrument_class, INSTRUMENT_CLASS, NULL),
    CHOICE(hr_definition, match_algorithm, MATCH_ALGORITHM, NULL),
    FIELD(hr_definition, main_fraction, NULL),
    FIELD(hr_definition, price_display_format, NULL),
    FIELD(hr_definition, sub_fraction, NULL),
    FIELD(hr_definition, underlying_product, NULL),
    CHOICE(hr_definition, security_update_action, SECURITY_UPDATE_ACTION, NULL),
    FIELD(hr_definition, maturity_month, NULL),
    FIELD(hr_definition, maturity_day, NULL),
    FIELD(hr_definition, maturity_week, NULL),
    CHOICE(hr_definition, user_defined_instrument, USER_DEFINED_INSTRUMENT, NULL),
    FIELD(hr_definition, contract_multiplier_unit, NULL),
    FIELD(hr_definition, flow_schedule_type, NULL),
    FIELD(hr_definition, tick_rule, NULL),
    CHOICE(hr_definition, leg_instrument_class, INSTRUMENT_CLASS, NULL),
    CHOICE(hr_definition, leg_side, SIDE, NULL),
};

static const struct record_field imbalance_fields[] = {
    TIME(hr_imbalance, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    PRICE(hr_imbalance, ref_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    TIME(hr_imbalance, auction_time, "ns since the UNIX epoch."),
    PRICE(hr_imbalance, cont_book_clr_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_imbalance, auct_interest_clr_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_imbalance, ssr_filling_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_imbalance, ind_match_price, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_imbalance, upper_collar, "Units of 1e-9; UNDEF_PRICE when not known."),
    PRICE(hr_imbalance, lower_collar, "Units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_imbalance, paired_qty, NULL),
    FIELD(hr_imbalance, total_imbalance_qty, NULL),
    FIELD(hr_imbalance, market_imbalance_qty, NULL),
    FIELD(hr_imbalance, unpaired_qty, NULL),
    FIELD(hr_imbalance, auction_type, NULL),
    CHOICE(hr_imbalance, side, SIDE, NULL),
    FIELD(hr_imbalance, auction_status, NULL),
    FIELD(hr_imbalance, freeze_status, NULL),
    FIELD(hr_imbalance, num_extensions, NULL),
    CHOICE(hr_imbalance, unpaired_side, SIDE, NULL),
    FIELD(hr_imbalance, significant_imbalance, NULL),
};

static const struct record_field statistics_fields[] = {
    TIME(hr_statistics, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    TIME(hr_statistics, ts_ref, "The time that the statistic refers to, ns since the UNIX epoch."),
    PRICE(hr_statistics, price, "Units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_statistics, quantity, "UNDEF_STAT_QUANTITY when there is none."),
    FIELD(hr_statistics, sequence, "Low 32 bits of the channel's sequence number."),
    FIELD(hr_statistics, ts_in_delta, "ts_recv minus the exchange's sending time, ns, clamped."),
    CHOICE(hr_statistics, stat_type, STAT_TYPE, "STAT_*."),
    FIELD(hr_statistics, channel_id, "The feed's channel."),
    CHOICE(hr_statistics, update_action, STAT_UPDATE_ACTION, "1 new, 2 delete."),
    FIELD(hr_statistics, stat_flags, NULL),
};

static const struct record_field lost_fields[] = {
    FIELD(hr_lost, count, "Records that the ring had no room for."),
    TIME(hr_lost, first_ts, "When the first of them would have been published, like a stamp."),
    TIME(hr_lost, last_ts, "When the last of them would have been published, like a stamp."),
};

static const struct record_field gap_fields[] = {
    FIELD(hr_gap, first_sequence, "Of the first message missing."),
    FIELD(hr_gap, count, "Messages missing."),
    TIME(hr_gap, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    FIELD(hr_gap, channel_id, "The feed's channel."),
};

static const struct record_field session_fields[] = {
    TIME(hr_session, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    FIELD(hr_session, next_sequence, "That the session will send, or would have sent."),
    FIELD(hr_session, session, "As the venue names it."),
    FIELD(hr_session, event, "S start, E end."),
    FIELD(hr_session, channel_id, "The feed's channel."),
};

static const struct record_field trade_break_fields[] = {
    TIME(hr_trade_break, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    FIELD(hr_trade_break, trade_id, "The match number or trade id."),
    PRICE(hr_trade_break, price, "Units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_trade_break, size, "Shares or lots; UNDEF_ORDER_SIZE when not known."),
    FIELD(hr_trade_break, sequence, "Low 32 bits of the channel's sequence number."),
    FIELD(hr_trade_break, channel_id, "The feed's channel."),
};

static const struct record_field native_fields[] = {
    TIME(hr_native, ts_recv, "Arrival at this host, ns since the UNIX epoch."),
    FIELD(hr_native, sequence, "Low 32 bits of the channel's sequence number."),
    FIELD(hr_native, message_length, "Bytes of `message`."),
    MESSAGE(hr_native, message, "As the venue sent it."),
};

/* What FIELD_MESSAGE says. */
HR_STATIC_ASSERT(offsetof(struct hr_native, message) == offsetof(struct hr_native, message_length) + 1, "message has moved");

#define LAYOUT(python, dtype, type, rtype_, text)                                                                   \
    {.name = python, .schema = dtype, .doc = text, .fields = type##_fields,                                         \
     .field_count = sizeof type##_fields / sizeof *type##_fields, .bytes = sizeof(struct hr_##type), .rtype = rtype_}

const struct record_layout record_layouts[] = {
    LAYOUT("Mbo", "mbo", mbo, HR_RTYPE_MBO,
           "Market by order.\n\nA trade (T) and a fill (F) never change a book: what they take away arrives as a cancel (C)."),
    LAYOUT("Trade", "trades", trade, HR_RTYPE_TRADE, "A trade alone (DBN's MBP-0, schema `trades`)."),
    LAYOUT("Status", "status", status, HR_RTYPE_STATUS, "An instrument's trading status."),
    LAYOUT("Definition", "definition", definition, HR_RTYPE_DEFINITION, "An instrument's static data."),
    LAYOUT("Imbalance", "imbalance", imbalance, HR_RTYPE_IMBALANCE, "An auction's imbalance."),
    LAYOUT("Statistics", "statistics", statistics, HR_RTYPE_STATISTICS, "A statistic that the venue publishes."),
    LAYOUT("Lost", "lost", lost, HR_RTYPE_LOST,
           "The ring was full: `count` records meant for this strategy could not be written.\n\n"
           "Records read + the sum of these counts = records published to it, always."),
    LAYOUT("Gap", "gap", gap, HR_RTYPE_GAP,
           "Messages of a channel that no line brought; with rtype RTYPE_RECOVERED: the same span, filled after all."),
    LAYOUT("Session", "session", session, HR_RTYPE_SESSION,
           "A channel's session began or ended: order references and sequence numbers start anew."),
    LAYOUT("TradeBreak", "trade_break", trade_break, HR_RTYPE_TRADE_BREAK, "A trade that the venue took back."),
    LAYOUT("Native", "native", native, HR_RTYPE_NATIVE, "A message that DBN has no record for, as the venue sent it."),
};
const size_t record_layout_count = sizeof record_layouts / sizeof *record_layouts;

size_t record_text_bytes(const uint8_t *at, size_t bytes)
{
    size_t length = 0;
    while (length < bytes && at[length])
        length++;
    while (length && at[length - 1] == ' ')
        length--;
    return length;
}
