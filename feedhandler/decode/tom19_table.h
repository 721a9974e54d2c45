/* SPDX-License-Identifier: Apache-2.0
 *
 * MIAX Top of Market (ToM) 1.9 over MACH: every message, every field. The one table that the decoder's offsets and length
 * checks, `headrace dump --json` come from.
 *
 * Source: MIAX Top of Market Feed (ToM) specification, version 1.9 of 2016-01-15, its message formats, and MACH. All integers
 * little-endian. A message begins at its MACH header, 12 bytes; an application message has its type behind that.
 * M(type, message, length): of an application message; the length counts the MACH header.
 * S(type, message, length): of a session packet, whose type is the MACH header's.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind. Every message has the fields of the MACH header too.
 */
#ifndef HEADRACE_DECODE_TOM19_TABLE_H
#define HEADRACE_DECODE_TOM19_TABLE_H

#define HR_TOM19_MESSAGES(M) \
    M('1', system_time,                        17) \
    M('P', series_update,                      85) \
    M('S', system_state,                       30) \
    M('B', top_of_market_bid_compact,          28) \
    M('O', top_of_market_offer_compact,        28) \
    M('W', wide_top_of_market_bid,             34) \
    M('A', wide_top_of_market_offer,           34) \
    M('d', double_sided_top_of_market_compact, 35) \
    M('D', wide_double_sided_top_of_market,    47) \
    M('T', trade,                              40) \
    M('X', trade_cancel,                       35) \
    M('H', underlying_trading_status,          38)

#define HR_TOM19_SESSION_PACKETS(S) \
    S(0, heartbeat,        12) \
    S(1, start_of_session, 12) \
    S(2, end_of_session,   12)

#define HR_TOM19_MACH(F, message) \
    F(message, sequence_number, 0, 8, UINT) \
    F(message, packet_length,   8, 2, UINT) \
    F(message, packet_type,     10, 1, UINT) \
    F(message, session_number,  11, 1, UINT)

#define HR_TOM19_system_time(F) \
    F(system_time, seconds, 13, 4, UINT)

#define HR_TOM19_series_update(F) \
    F(series_update, nanoseconds,                              13, 4, UINT) \
    F(series_update, product_id,                               17, 4, UINT) \
    F(series_update, underlying_symbol,                        21, 11, TEXT) \
    F(series_update, security_symbol,                          32, 6, TEXT) \
    F(series_update, expiration_date,                          38, 8, TEXT) \
    F(series_update, strike_price,                             46, 4, UINT) \
    F(series_update, call_or_put,                              50, 1, CHAR) \
    F(series_update, opening_time,                             51, 8, TEXT) \
    F(series_update, closing_time,                             59, 8, TEXT) \
    F(series_update, restricted_option,                        67, 1, CHAR) \
    F(series_update, long_term_option,                         68, 1, CHAR) \
    F(series_update, active_on_miax,                           69, 1, CHAR) \
    F(series_update, miax_bbo_posting_increment_indicator,     70, 1, CHAR) \
    F(series_update, liquidity_acceptance_increment_indicator, 71, 1, CHAR) \
    F(series_update, opening_underlying_market_code,           72, 1, CHAR) \
    F(series_update, priority_quote_width,                     73, 4, UINT) \
    F(series_update, reserved,                                 77, 8, TEXT)

#define HR_TOM19_system_state(F) \
    F(system_state, nanoseconds,   13, 4, UINT) \
    F(system_state, tom_version,   17, 8, TEXT) \
    F(system_state, session_id,    25, 4, UINT) \
    F(system_state, system_status, 29, 1, CHAR)

#define HR_TOM19_top_of_market_bid_compact(F) \
    F(top_of_market_bid_compact, nanoseconds,                   13, 4, UINT) \
    F(top_of_market_bid_compact, product_id,                    17, 4, UINT) \
    F(top_of_market_bid_compact, mbbo_price_2,                  21, 2, UINT) \
    F(top_of_market_bid_compact, mbbo_size_2,                   23, 2, UINT) \
    F(top_of_market_bid_compact, mbbo_priority_customer_size_2, 25, 2, UINT) \
    F(top_of_market_bid_compact, mbbo_condition,                27, 1, CHAR)

#define HR_TOM19_top_of_market_offer_compact(F) \
    F(top_of_market_offer_compact, nanoseconds,                   13, 4, UINT) \
    F(top_of_market_offer_compact, product_id,                    17, 4, UINT) \
    F(top_of_market_offer_compact, mbbo_price_2,                  21, 2, UINT) \
    F(top_of_market_offer_compact, mbbo_size_2,                   23, 2, UINT) \
    F(top_of_market_offer_compact, mbbo_priority_customer_size_2, 25, 2, UINT) \
    F(top_of_market_offer_compact, mbbo_condition,                27, 1, CHAR)

#define HR_TOM19_wide_top_of_market_bid(F) \
    F(wide_top_of_market_bid, nanoseconds,                   13, 4, UINT) \
    F(wide_top_of_market_bid, product_id,                    17, 4, UINT) \
    F(wide_top_of_market_bid, mbbo_price_4,                  21, 4, UINT) \
    F(wide_top_of_market_bid, mbbo_size_4,                   25, 4, UINT) \
    F(wide_top_of_market_bid, mbbo_priority_customer_size_4, 29, 4, UINT) \
    F(wide_top_of_market_bid, mbbo_condition,                33, 1, CHAR)

#define HR_TOM19_wide_top_of_market_offer(F) \
    F(wide_top_of_market_offer, nanoseconds,                   13, 4, UINT) \
    F(wide_top_of_market_offer, product_id,                    17, 4, UINT) \
    F(wide_top_of_market_offer, mbbo_price_4,                  21, 4, UINT) \
    F(wide_top_of_market_offer, mbbo_size_4,                   25, 4, UINT) \
    F(wide_top_of_market_offer, mbbo_priority_customer_size_4, 29, 4, UINT) \
    F(wide_top_of_market_offer, mbbo_condition,                33, 1, CHAR)

#define HR_TOM19_double_sided_top_of_market_compact(F) \
    F(double_sided_top_of_market_compact, nanoseconds,                    13, 4, UINT) \
    F(double_sided_top_of_market_compact, product_id,                     17, 4, UINT) \
    F(double_sided_top_of_market_compact, bid_price_2,                    21, 2, UINT) \
    F(double_sided_top_of_market_compact, bid_size_2,                     23, 2, UINT) \
    F(double_sided_top_of_market_compact, bid_priority_customer_size_2,   25, 2, UINT) \
    F(double_sided_top_of_market_compact, bid_condition,                  27, 1, CHAR) \
    F(double_sided_top_of_market_compact, offer_price_2,                  28, 2, UINT) \
    F(double_sided_top_of_market_compact, offer_size_2,                   30, 2, UINT) \
    F(double_sided_top_of_market_compact, offer_priority_customer_size_2, 32, 2, UINT) \
    F(double_sided_top_of_market_compact, offer_condition,                34, 1, CHAR)

#define HR_TOM19_wide_double_sided_top_of_market(F) \
    F(wide_double_sided_top_of_market, nanoseconds,                    13, 4, UINT) \
    F(wide_double_sided_top_of_market, product_id,                     17, 4, UINT) \
    F(wide_double_sided_top_of_market, bid_price_4,                    21, 4, UINT) \
    F(wide_double_sided_top_of_market, bid_size_4,                     25, 4, UINT) \
    F(wide_double_sided_top_of_market, bid_priority_customer_size_4,   29, 4, UINT) \
    F(wide_double_sided_top_of_market, bid_condition,                  33, 1, CHAR) \
    F(wide_double_sided_top_of_market, offer_price_4,                  34, 4, UINT) \
    F(wide_double_sided_top_of_market, offer_size_4,                   38, 4, UINT) \
    F(wide_double_sided_top_of_market, offer_priority_customer_size_4, 42, 4, UINT) \
    F(wide_double_sided_top_of_market, offer_condition,                46, 1, CHAR)

#define HR_TOM19_trade(F) \
    F(trade, nanoseconds,                 13, 4, UINT) \
    F(trade, product_id,                  17, 4, UINT) \
    F(trade, trade_id,                    21, 4, UINT) \
    F(trade, correction_number,           25, 1, UINT) \
    F(trade, reference_trade_id,          26, 4, UINT) \
    F(trade, reference_correction_number, 30, 1, UINT) \
    F(trade, trade_price,                 31, 4, UINT) \
    F(trade, trade_size,                  35, 4, UINT) \
    F(trade, trade_condition,             39, 1, CHAR)

#define HR_TOM19_trade_cancel(F) \
    F(trade_cancel, nanoseconds,       13, 4, UINT) \
    F(trade_cancel, product_id,        17, 4, UINT) \
    F(trade_cancel, trade_id,          21, 4, UINT) \
    F(trade_cancel, correction_number, 25, 1, UINT) \
    F(trade_cancel, trade_price,       26, 4, UINT) \
    F(trade_cancel, trade_size,        30, 4, UINT) \
    F(trade_cancel, trade_condition,   34, 1, CHAR)

#define HR_TOM19_underlying_trading_status(F) \
    F(underlying_trading_status, nanoseconds,                           13, 4, UINT) \
    F(underlying_trading_status, underlying_symbol,                     17, 11, TEXT) \
    F(underlying_trading_status, trading_status,                        28, 1, CHAR) \
    F(underlying_trading_status, event_reason,                          29, 1, CHAR) \
    F(underlying_trading_status, seconds_part,                          30, 4, UINT) \
    F(underlying_trading_status, expected_event_time_nano_seconds_part, 34, 4, UINT)

#endif
