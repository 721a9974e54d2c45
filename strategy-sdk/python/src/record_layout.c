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

/* The levels, and the columns that they are: bid_px_00 is the best bid. */
#define LEVELS(type) {.name = "levels", .doc = "Price levels, the best one first.", PLACE(type, levels), .kind = FIELD_LEVELS}
#define COLUMN(type, i, field, number, text)                                                                        \
    {.name = #field "_" number, .doc = text, .offset = offsetof(struct type, levels[i].field),                       \
     .bytes = sizeof(((struct type *)0)->levels[i].field), .kind = KIND(type, levels[i].field)}
#define PRICE_COLUMN(type, i, field, number, text)                                                                  \
    {.name = #field "_" number, .pretty = "pretty_" #field "_" number, .doc = text,                                  \
     .offset = offsetof(struct type, levels[i].field), .bytes = sizeof(((struct type *)0)->levels[i].field),         \
     .kind = _Generic(((struct type *)0)->levels[i].field, int64_t: FIELD_PRICE)}
#define SIDES(type, i, number)                                                                                      \
    PRICE_COLUMN(type, i, bid_px, number, "Bid " number ", units of 1e-9; UNDEF_PRICE when there is none."),         \
    PRICE_COLUMN(type, i, ask_px, number, "Ask " number ", units of 1e-9; UNDEF_PRICE when there is none."),         \
    COLUMN(type, i, bid_sz, number, "Shares or lots at bid " number "."),                                            \
    COLUMN(type, i, ask_sz, number, "Shares or lots at ask " number ".")
#define LEVEL(type, i, number)                                                                                      \
    SIDES(type, i, number), COLUMN(type, i, bid_ct, number, "Orders at bid " number "."),                            \
    COLUMN(type, i, ask_ct, number, "Orders at ask " number ".")
#define CONSOLIDATED_LEVEL(type, i, number)                                                                         \
    SIDES(type, i, number), COLUMN(type, i, bid_pb, number, "The venue of bid " number ", a publisher_id."),         \
    COLUMN(type, i, ask_pb, number, "The venue of ask " number ", a publisher_id.")

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

static const struct record_field bid_ask_pair_fields[] = {
    PRICE(hr_bid_ask_pair, bid_px, "Units of 1e-9; UNDEF_PRICE when there is none."),
    PRICE(hr_bid_ask_pair, ask_px, "Units of 1e-9; UNDEF_PRICE when there is none."),
    FIELD(hr_bid_ask_pair, bid_sz, "Shares or lots, of all orders at the level."),
    FIELD(hr_bid_ask_pair, ask_sz, "Shares or lots, of all orders at the level."),
    FIELD(hr_bid_ask_pair, bid_ct, "Orders at the level."),
    FIELD(hr_bid_ask_pair, ask_ct, "Orders at the level."),
};

static const struct record_field consolidated_bid_ask_pair_fields[] = {
    PRICE(hr_consolidated_bid_ask_pair, bid_px, "Units of 1e-9; UNDEF_PRICE when there is none."),
    PRICE(hr_consolidated_bid_ask_pair, ask_px, "Units of 1e-9; UNDEF_PRICE when there is none."),
    FIELD(hr_consolidated_bid_ask_pair, bid_sz, "Shares or lots at that venue."),
    FIELD(hr_consolidated_bid_ask_pair, ask_sz, "Shares or lots at that venue."),
    FIELD(hr_consolidated_bid_ask_pair, bid_pb, "The venue of the best bid, a publisher_id."),
    FIELD(hr_consolidated_bid_ask_pair, ask_pb, "The venue of the best ask, a publisher_id."),
};

/* What mbp-1 and mbp-10 have in common. */
#define MBP_FIELDS(type)                                                                                            \
    PRICE(type, price, "Of the order or the trade, units of 1e-9; UNDEF_PRICE when not known."),                     \
    FIELD(type, size, "Shares or lots."),                                                                            \
    CHOICE(type, action, ACTION, "A add, C cancel, M modify, R clear, T trade."),                                    \
    CHOICE(type, side, SIDE, "B bid, A ask, N none; of the aggressor for T."),                                       \
    FIELD(type, flags, "Bits FLAG_*."),                                                                              \
    FIELD(type, depth, "The level that changed; 0 is the best."),                                                    \
    TIME(type, ts_recv, "Arrival at the host that recorded it, ns since the UNIX epoch."),                           \
    FIELD(type, ts_in_delta, "ts_recv minus the exchange's sending time, ns, clamped."),                             \
    FIELD(type, sequence, "Low 32 bits of the channel's sequence number."), LEVELS(type)

static const struct record_field mbp_1_fields[] = {MBP_FIELDS(hr_mbp_1), LEVEL(hr_mbp_1, 0, "00")};

static const struct record_field mbp_10_fields[] = {
    MBP_FIELDS(hr_mbp_10),     LEVEL(hr_mbp_10, 0, "00"), LEVEL(hr_mbp_10, 1, "01"), LEVEL(hr_mbp_10, 2, "02"),
    LEVEL(hr_mbp_10, 3, "03"), LEVEL(hr_mbp_10, 4, "04"), LEVEL(hr_mbp_10, 5, "05"), LEVEL(hr_mbp_10, 6, "06"),
    LEVEL(hr_mbp_10, 7, "07"), LEVEL(hr_mbp_10, 8, "08"), LEVEL(hr_mbp_10, 9, "09"),
};

static const struct record_field ohlcv_fields[] = {
    PRICE(hr_ohlcv, open, "Of the first trade, units of 1e-9."),
    PRICE(hr_ohlcv, high, "Of the highest trade, units of 1e-9."),
    PRICE(hr_ohlcv, low, "Of the lowest trade, units of 1e-9."),
    PRICE(hr_ohlcv, close, "Of the last trade, units of 1e-9."),
    FIELD(hr_ohlcv, volume, "Shares or lots traded."),
};

static const struct record_field bbo_fields[] = {
    PRICE(hr_bbo, price, "Of the last trade, units of 1e-9; UNDEF_PRICE when there was none in the session."),
    FIELD(hr_bbo, size, "Of the last trade, shares or lots."),
    CHOICE(hr_bbo, side, SIDE, "Of the last trade's aggressor: B bid, A ask, N none."),
    FIELD(hr_bbo, flags, "Bits FLAG_*."),
    TIME(hr_bbo, ts_recv, "The end of the second or minute, ns since the UNIX epoch."),
    FIELD(hr_bbo, sequence, "Of the last update."),
    LEVELS(hr_bbo),
    LEVEL(hr_bbo, 0, "00"),
};

static const struct record_field cmbp_1_fields[] = {
    PRICE(hr_cmbp_1, price, "Of the order or the trade, units of 1e-9; UNDEF_PRICE when not known."),
    FIELD(hr_cmbp_1, size, "Shares or lots."),
    CHOICE(hr_cmbp_1, action, ACTION, "A add, C cancel, M modify, R clear, T trade."),
    CHOICE(hr_cmbp_1, side, SIDE, "B bid, A ask, N none; of the aggressor for T."),
    FIELD(hr_cmbp_1, flags, "Bits FLAG_*."),
    TIME(hr_cmbp_1, ts_recv, "Arrival at the host that recorded it, ns since the UNIX epoch."),
    FIELD(hr_cmbp_1, ts_in_delta, "ts_recv minus the exchange's sending time, ns, clamped."),
    LEVELS(hr_cmbp_1),
    CONSOLIDATED_LEVEL(hr_cmbp_1, 0, "00"),
};

static const struct record_field cbbo_fields[] = {
    PRICE(hr_cbbo, price, "Of the last trade, units of 1e-9; UNDEF_PRICE when there was none in the session."),
    FIELD(hr_cbbo, size, "Of the last trade, shares or lots."),
    CHOICE(hr_cbbo, side, SIDE, "Of the last trade's aggressor: B bid, A ask, N none."),
    FIELD(hr_cbbo, flags, "Bits FLAG_*."),
    TIME(hr_cbbo, ts_recv, "The end of the second or minute, ns since the UNIX epoch."),
    LEVELS(hr_cbbo),
    CONSOLIDATED_LEVEL(hr_cbbo, 0, "00"),
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

#define PAIR(python, type, text) \
    {.name = python, .doc = text, .fields = type##_fields, .field_count = sizeof type##_fields / sizeof *type##_fields}

const struct level_layout level_layouts[] = {
    PAIR("BidAskPair", bid_ask_pair, "One level of both sides of a book."),
    PAIR("ConsolidatedBidAskPair", consolidated_bid_ask_pair, "The best of several venues, with whose it is."),
};
const size_t level_layout_count = sizeof level_layouts / sizeof *level_layouts;
HR_STATIC_ASSERT(sizeof(struct hr_consolidated_bid_ask_pair) == LEVEL_BYTES, "levels have two sizes");

#define PLAIN (&level_layouts[0])
#define CONSOLIDATED (&level_layouts[1])

#define LAYOUT(python, dtype, type, rtype_, text) LAYOUT_WITH(NULL, python, dtype, type, rtype_, text)
#define LAYOUT_WITH(level_, python, dtype, type, rtype_, text)                                                       \
    {.name = python, .schema = dtype, .doc = text, .fields = type##_fields,                                         \
     .field_count = sizeof type##_fields / sizeof *type##_fields, .bytes = sizeof(struct hr_##type), .level = level_, \
     .rtype = rtype_}
#define MBP_1(schema) \
    LAYOUT_WITH(PLAIN, "Mbp1", schema, mbp_1, HR_RTYPE_MBP_1, \
                "Market by price, the best level.\n\nWhat happened and the book after it (schema `mbp-1`), or a trade and the book " \
                "before it (`tbbo`).")
#define OHLCV(schema, rtype) LAYOUT("Ohlcv", schema, ohlcv, rtype, "A bar of trades.\n\nIt begins at ts_event; there is no ts_recv.")
#define BBO(schema, rtype) \
    LAYOUT_WITH(PLAIN, "Bbo", schema, bbo, rtype, "The best level and the last trade, at the end of each second or minute.")
#define CMBP_1(schema, rtype) \
    LAYOUT_WITH(CONSOLIDATED, "Cmbp1", schema, cmbp_1, rtype, \
                "The best of several venues.\n\nAfter what happened (schema `cmbp-1`), or before a trade (`tcbbo`).")
#define CBBO(schema, rtype) \
    LAYOUT_WITH(CONSOLIDATED, "Cbbo", schema, cbbo, rtype, \
                "The best of several venues and the last trade, at the end of each second or minute.")

const struct record_layout record_layouts[] = {
    LAYOUT("Mbo", "mbo", mbo, HR_RTYPE_MBO,
           "Market by order.\n\nA trade (T) and a fill (F) never change a book: what they take away arrives as a cancel (C)."),
    LAYOUT("Trade", "trades", trade, HR_RTYPE_TRADE, "A trade alone (DBN's MBP-0, schema `trades`)."),
    LAYOUT("Status", "status", status, HR_RTYPE_STATUS, "An instrument's trading status."),
    LAYOUT("Definition", "definition", definition, HR_RTYPE_DEFINITION, "An instrument's static data."),
    LAYOUT("Imbalance", "imbalance", imbalance, HR_RTYPE_IMBALANCE, "An auction's imbalance."),
    LAYOUT("Statistics", "statistics", statistics, HR_RTYPE_STATISTICS, "A statistic that the venue publishes."),
    MBP_1("mbp-1"),
    MBP_1("tbbo"),
    LAYOUT_WITH(PLAIN, "Mbp10", "mbp-10", mbp_10, HR_RTYPE_MBP_10, "Market by price, ten levels: what happened and the book after it."),
    OHLCV("ohlcv-1s", HR_RTYPE_OHLCV_1S),
    OHLCV("ohlcv-1m", HR_RTYPE_OHLCV_1M),
    OHLCV("ohlcv-1h", HR_RTYPE_OHLCV_1H),
    OHLCV("ohlcv-1d", HR_RTYPE_OHLCV_1D),
    OHLCV("ohlcv-eod", HR_RTYPE_OHLCV_EOD),
    BBO("bbo-1s", HR_RTYPE_BBO_1S),
    BBO("bbo-1m", HR_RTYPE_BBO_1M),
    CMBP_1("cmbp-1", HR_RTYPE_CMBP_1),
    CMBP_1("tcbbo", HR_RTYPE_TCBBO),
    CBBO("cbbo-1s", HR_RTYPE_CBBO_1S),
    CBBO("cbbo-1m", HR_RTYPE_CBBO_1M),
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
