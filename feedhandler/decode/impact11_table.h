/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE iMpact 1.1.33: every message, every field. The one table that the decoder's offsets and length checks,
 * `headrace dump --json` come from.
 *
 * Source: ICE iMpact Multicast Feed Message Specification, version 1.1.33 of 2018-08-06, its message formats. All integers
 * big-endian.
 * M(type, message, length): the type is byte 0, bytes 1 and 2 are the length of the body; the length here counts these three.
 * Legs, hedges and special fields come behind the message's fields, as many as one of these says: they make it longer.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind. Every message has the field of its header too. Text
 * ends at a zero, or is padded with spaces.
 */
#ifndef HEADRACE_DECODE_IMPACT11_TABLE_H
#define HEADRACE_DECODE_IMPACT11_TABLE_H

#define HR_IMPACT11_MESSAGES(M) \
    M('C', market_snapshot,                          136) \
    M('G', trade,                                    49) \
    M('Y', spot_market_trade,                        53) \
    M('H', investigated_trade,                       40) \
    M('I', cancelled_trade,                          39) \
    M('J', market_statistics,                        55) \
    M('K', market_state_change,                      16) \
    M('L', system_text,                              1011) \
    M('M', open_interest,                            33) \
    M('N', open_price,                               23) \
    M('c', close_price,                              23) \
    M('O', settlement_price,                         40) \
    M('z', index_prices,                             64) \
    M('u', end_of_day_market_summary,                83) \
    M('f', market_event,                             16) \
    M('g', pre_open_price_indicator,                 28) \
    M('i', strip_info,                               91) \
    M('V', interval_price_limit_notification,        37) \
    M('9', new_futures_strategy_definition,          513) \
    M('R', new_expiry,                               506) \
    M('b', special_field,                            4) \
    M('D', market_snapshot_order,                    44) \
    M('E', add_or_modify_order,                      53) \
    M('F', delete_order,                             27) \
    M('T', message_bundle_marker,                    4) \
    M('3', fixing_transition,                        28) \
    M('4', fixing_lockdown,                          81) \
    M('0', fixing_indicative_price,                  28) \
    M('m', market_snapshot_price_level,              29) \
    M('t', add_price_level,                          37) \
    M('s', change_price_level,                       37) \
    M('r', delete_price_level,                       17) \
    M('U', new_options_strategy_definition,          125) \
    M('l', new_options_market_definition,            325) \
    M('k', rfq,                                      34) \
    M('v', option_open_interest,                     29) \
    M('w', option_settlement_price,                  56) \
    M('W', old_style_options_trade_and_market_stats, 86)

#define HR_IMPACT11_HEADER(F, message) \
    F(message, length, 1, 2, UINT)

#define HR_IMPACT11_market_snapshot(F) \
    F(market_snapshot, market_id,                                  3, 4, UINT) \
    F(market_snapshot, market_type,                                7, 2, INT) \
    F(market_snapshot, trading_status,                             9, 1, CHAR) \
    F(market_snapshot, volume,                                     10, 4, INT) \
    F(market_snapshot, block_volume,                               14, 4, INT) \
    F(market_snapshot, efs_volume,                                 18, 4, INT) \
    F(market_snapshot, efp_volume,                                 22, 4, INT) \
    F(market_snapshot, open_interest,                              26, 4, INT) \
    F(market_snapshot, opening_price,                              30, 8, INT) \
    F(market_snapshot, settlement_price_with_deal_price_precision, 38, 8, INT) \
    F(market_snapshot, high,                                       46, 8, INT) \
    F(market_snapshot, low,                                        54, 8, INT) \
    F(market_snapshot, vwap,                                       62, 8, INT) \
    F(market_snapshot, num_of_book_entries,                        70, 4, INT) \
    F(market_snapshot, last_trade_price,                           74, 8, INT) \
    F(market_snapshot, last_trade_quantity,                        82, 4, INT) \
    F(market_snapshot, last_trade_date_time,                       86, 8, INT) \
    F(market_snapshot, settle_price_date_time,                     94, 8, INT) \
    F(market_snapshot, last_message_sequence_id,                   102, 4, UINT) \
    F(market_snapshot, reserved_2,                                 106, 2, TEXT) \
    F(market_snapshot, open_interest_date,                         108, 10, TEXT) \
    F(market_snapshot, is_settle_price_official,                   118, 1, CHAR) \
    F(market_snapshot, settlement_price,                           119, 8, INT) \
    F(market_snapshot, has_previous_day_settlement_price,          127, 1, CHAR) \
    F(market_snapshot, previous_day_settlement_price,              128, 8, INT)

#define HR_IMPACT11_trade(F) \
    F(trade, market_id,                        3, 4, UINT) \
    F(trade, trade_id,                         7, 8, INT) \
    F(trade, is_system_priced_leg,             15, 1, CHAR) \
    F(trade, price,                            16, 8, INT) \
    F(trade, quantity,                         24, 4, INT) \
    F(trade, off_market_trade_indicator,       28, 1, CHAR) \
    F(trade, transact_date_time,               29, 8, INT) \
    F(trade, system_priced_leg_type,           37, 1, CHAR) \
    F(trade, is_implied_spread_at_market_open, 38, 1, CHAR) \
    F(trade, is_adjusted_trade,                39, 1, CHAR) \
    F(trade, aggressor_side,                   40, 1, CHAR) \
    F(trade, extra_flags,                      41, 1, UINT) \
    F(trade, off_market_trade_type,            42, 3, TEXT) \
    F(trade, sequence_within_millis,           45, 4, UINT)

#define HR_IMPACT11_spot_market_trade(F) \
    F(spot_market_trade, market_id,                3, 4, UINT) \
    F(spot_market_trade, trade_id,                 7, 8, INT) \
    F(spot_market_trade, price,                    15, 8, INT) \
    F(spot_market_trade, quantity,                 23, 4, INT) \
    F(spot_market_trade, transact_date_time,       27, 8, INT) \
    F(spot_market_trade, extra_flags,              35, 1, UINT) \
    F(spot_market_trade, delivery_begin_date_time, 36, 8, INT) \
    F(spot_market_trade, delivery_end_date_time,   44, 8, INT) \
    F(spot_market_trade, is_system_priced_leg,     52, 1, CHAR)

#define HR_IMPACT11_investigated_trade(F) \
    F(investigated_trade, market_id,                  3, 4, UINT) \
    F(investigated_trade, trade_id,                   7, 8, INT) \
    F(investigated_trade, price,                      15, 8, INT) \
    F(investigated_trade, quantity,                   23, 4, INT) \
    F(investigated_trade, off_market_trade_indicator, 27, 1, CHAR) \
    F(investigated_trade, message_date_time,          28, 8, INT) \
    F(investigated_trade, investigation_status,       36, 1, CHAR) \
    F(investigated_trade, off_market_trade_type,      37, 3, TEXT)

#define HR_IMPACT11_cancelled_trade(F) \
    F(cancelled_trade, market_id,                  3, 4, UINT) \
    F(cancelled_trade, trade_id,                   7, 8, INT) \
    F(cancelled_trade, price,                      15, 8, INT) \
    F(cancelled_trade, quantity,                   23, 4, INT) \
    F(cancelled_trade, off_market_trade_indicator, 27, 1, CHAR) \
    F(cancelled_trade, message_date_time,          28, 8, INT) \
    F(cancelled_trade, off_market_trade_type,      36, 3, TEXT)

#define HR_IMPACT11_market_statistics(F) \
    F(market_statistics, market_id,         3, 4, UINT) \
    F(market_statistics, volume,            7, 4, INT) \
    F(market_statistics, block_volume,      11, 4, INT) \
    F(market_statistics, efs_volume,        15, 4, INT) \
    F(market_statistics, efp_volume,        19, 4, INT) \
    F(market_statistics, high,              23, 8, INT) \
    F(market_statistics, low,               31, 8, INT) \
    F(market_statistics, vwap,              39, 8, INT) \
    F(market_statistics, message_date_time, 47, 8, INT)

#define HR_IMPACT11_market_state_change(F) \
    F(market_state_change, market_id,         3, 4, UINT) \
    F(market_state_change, trading_status,    7, 1, CHAR) \
    F(market_state_change, message_date_time, 8, 8, INT)

#define HR_IMPACT11_system_text(F) \
    F(system_text, text_message,           3, 200, TEXT) \
    F(system_text, message_date_time,      203, 8, INT) \
    F(system_text, text_message_extra_fld, 211, 800, TEXT)

#define HR_IMPACT11_open_interest(F) \
    F(open_interest, market_id,            3, 4, UINT) \
    F(open_interest, open_interest,        7, 4, INT) \
    F(open_interest, open_interest_change, 11, 4, INT) \
    F(open_interest, message_date_time,    15, 8, INT) \
    F(open_interest, open_interest_date,   23, 10, TEXT)

#define HR_IMPACT11_open_price(F) \
    F(open_price, market_id,         3, 4, UINT) \
    F(open_price, open_price,        7, 8, INT) \
    F(open_price, message_date_time, 15, 8, INT)

#define HR_IMPACT11_close_price(F) \
    F(close_price, market_id,         3, 4, UINT) \
    F(close_price, close_price,       7, 8, INT) \
    F(close_price, message_date_time, 15, 8, INT)

#define HR_IMPACT11_settlement_price(F) \
    F(settlement_price, market_id,                                  3, 4, UINT) \
    F(settlement_price, settlement_price_with_deal_price_precision, 7, 8, INT) \
    F(settlement_price, message_date_time,                          15, 8, INT) \
    F(settlement_price, is_official,                                23, 1, CHAR) \
    F(settlement_price, valuation_date_time,                        24, 8, INT) \
    F(settlement_price, settlement_price,                           32, 8, INT)

#define HR_IMPACT11_index_prices(F) \
    F(index_prices, market_id,                    3, 4, UINT) \
    F(index_prices, price,                        7, 8, INT) \
    F(index_prices, short_name,                   15, 30, TEXT) \
    F(index_prices, published_date_time,          45, 8, INT) \
    F(index_prices, valuation_date_applying_date, 53, 10, TEXT) \
    F(index_prices, status,                       63, 1, CHAR)

#define HR_IMPACT11_end_of_day_market_summary(F) \
    F(end_of_day_market_summary, market_id,                                  3, 4, UINT) \
    F(end_of_day_market_summary, volume,                                     7, 4, INT) \
    F(end_of_day_market_summary, block_volume,                               11, 4, INT) \
    F(end_of_day_market_summary, efs_volume,                                 15, 4, INT) \
    F(end_of_day_market_summary, efp_volume,                                 19, 4, INT) \
    F(end_of_day_market_summary, opening_price,                              23, 8, INT) \
    F(end_of_day_market_summary, high,                                       31, 8, INT) \
    F(end_of_day_market_summary, low,                                        39, 8, INT) \
    F(end_of_day_market_summary, vwap,                                       47, 8, INT) \
    F(end_of_day_market_summary, settlement_price_with_deal_price_precision, 55, 8, INT) \
    F(end_of_day_market_summary, open_interest,                              63, 4, INT) \
    F(end_of_day_market_summary, message_date_time,                          67, 8, INT) \
    F(end_of_day_market_summary, settlement_price,                           75, 8, INT)

#define HR_IMPACT11_market_event(F) \
    F(market_event, market_id,         3, 4, UINT) \
    F(market_event, event_type,        7, 1, CHAR) \
    F(market_event, message_date_time, 8, 8, INT)

#define HR_IMPACT11_pre_open_price_indicator(F) \
    F(pre_open_price_indicator, market_id,           3, 4, UINT) \
    F(pre_open_price_indicator, pre_open_price,      7, 8, INT) \
    F(pre_open_price_indicator, message_date_time,   15, 8, INT) \
    F(pre_open_price_indicator, has_pre_open_volume, 23, 1, CHAR) \
    F(pre_open_price_indicator, pre_open_volume,     24, 4, INT)

#define HR_IMPACT11_strip_info(F) \
    F(strip_info, old_strip_id, 3, 2, INT) \
    F(strip_info, strip_type,   5, 20, TEXT) \
    F(strip_info, begin_year,   25, 2, INT) \
    F(strip_info, begin_month,  27, 2, INT) \
    F(strip_info, begin_day,    29, 2, INT) \
    F(strip_info, end_year,     31, 2, INT) \
    F(strip_info, end_month,    33, 2, INT) \
    F(strip_info, end_day,      35, 2, INT) \
    F(strip_info, strip_info,   37, 50, TEXT) \
    F(strip_info, strip_id,     87, 4, INT)

#define HR_IMPACT11_interval_price_limit_notification(F) \
    F(interval_price_limit_notification, market_id,              3, 4, UINT) \
    F(interval_price_limit_notification, ipl_hold_type,          7, 1, CHAR) \
    F(interval_price_limit_notification, notification_date_time, 8, 8, INT) \
    F(interval_price_limit_notification, is_up,                  16, 1, CHAR) \
    F(interval_price_limit_notification, ipl_hold_duration,      17, 4, INT) \
    F(interval_price_limit_notification, ipl_up,                 21, 8, INT) \
    F(interval_price_limit_notification, ipl_down,               29, 8, INT)

#define HR_IMPACT11_new_futures_strategy_definition(F) \
    F(new_futures_strategy_definition, market_id,                              3, 4, UINT) \
    F(new_futures_strategy_definition, futures_contract_symbol,                7, 70, TEXT) \
    F(new_futures_strategy_definition, trading_status,                         77, 1, CHAR) \
    F(new_futures_strategy_definition, order_price_denominator,                78, 1, UINT) \
    F(new_futures_strategy_definition, increment_price,                        79, 4, INT) \
    F(new_futures_strategy_definition, increment_qty,                          83, 4, INT) \
    F(new_futures_strategy_definition, min_qty,                                87, 4, INT) \
    F(new_futures_strategy_definition, number_of_leg_definitions,              91, 1, UINT) \
    F(new_futures_strategy_definition, security_sub_type,                      92, 2, INT) \
    F(new_futures_strategy_definition, is_block_only,                          94, 1, CHAR) \
    F(new_futures_strategy_definition, strategy_symbol,                        95, 18, TEXT) \
    F(new_futures_strategy_definition, gt_allowed,                             113, 1, CHAR) \
    F(new_futures_strategy_definition, reserved_4,                             114, 4, TEXT) \
    F(new_futures_strategy_definition, mifid_regulated_market,                 118, 1, CHAR) \
    F(new_futures_strategy_definition, market_desc,                            119, 120, TEXT) \
    F(new_futures_strategy_definition, maturity_year,                          239, 2, INT) \
    F(new_futures_strategy_definition, maturity_month,                         241, 2, INT) \
    F(new_futures_strategy_definition, maturity_day,                           243, 2, INT) \
    F(new_futures_strategy_definition, deal_price_denominator,                 245, 1, UINT) \
    F(new_futures_strategy_definition, unit_quantity,                          246, 4, INT) \
    F(new_futures_strategy_definition, num_decimals_options_price,             250, 1, UINT) \
    F(new_futures_strategy_definition, allow_options,                          251, 1, CHAR) \
    F(new_futures_strategy_definition, cleared_alias,                          252, 15, TEXT) \
    F(new_futures_strategy_definition, allows_implied,                         267, 1, CHAR) \
    F(new_futures_strategy_definition, min_price,                              268, 8, INT) \
    F(new_futures_strategy_definition, max_price,                              276, 8, INT) \
    F(new_futures_strategy_definition, product_name,                           284, 62, TEXT) \
    F(new_futures_strategy_definition, hub_alias,                              346, 80, TEXT) \
    F(new_futures_strategy_definition, strip_name,                             426, 39, TEXT) \
    F(new_futures_strategy_definition, is_tradable,                            465, 1, CHAR) \
    F(new_futures_strategy_definition, settle_price_denominator,               466, 1, UINT) \
    F(new_futures_strategy_definition, mic_code,                               467, 4, TEXT) \
    F(new_futures_strategy_definition, unit_qty_denominator,                   471, 1, UINT) \
    F(new_futures_strategy_definition, hedge_only,                             472, 1, CHAR) \
    F(new_futures_strategy_definition, exchange_silo,                          473, 1, CHAR) \
    F(new_futures_strategy_definition, off_exchange_increment_qty_denominator, 474, 1, UINT) \
    F(new_futures_strategy_definition, off_exchange_increment_qty,             475, 4, INT) \
    F(new_futures_strategy_definition, off_exchange_increment_price,           479, 4, INT) \
    F(new_futures_strategy_definition, off_exchange_increment_option_price,    483, 4, INT) \
    F(new_futures_strategy_definition, product_id,                             487, 4, INT) \
    F(new_futures_strategy_definition, hub_id,                                 491, 4, INT) \
    F(new_futures_strategy_definition, strip_id,                               495, 4, INT) \
    F(new_futures_strategy_definition, underlying_isin,                        499, 12, TEXT) \
    F(new_futures_strategy_definition, test_market_indicator,                  511, 1, CHAR) \
    F(new_futures_strategy_definition, leg_deal_suppressed,                    512, 1, CHAR)

#define HR_IMPACT11_new_expiry(F) \
    F(new_expiry, market_id,                              3, 4, UINT) \
    F(new_expiry, market_type_id,                         7, 2, INT) \
    F(new_expiry, order_price_denominator,                9, 1, UINT) \
    F(new_expiry, increment_price,                        10, 4, INT) \
    F(new_expiry, increment_qty,                          14, 4, INT) \
    F(new_expiry, lot_size,                               18, 4, INT) \
    F(new_expiry, market_desc,                            22, 120, TEXT) \
    F(new_expiry, maturity_year,                          142, 2, INT) \
    F(new_expiry, maturity_month,                         144, 2, INT) \
    F(new_expiry, maturity_day,                           146, 2, INT) \
    F(new_expiry, deal_price_denominator,                 148, 1, UINT) \
    F(new_expiry, min_qty,                                149, 4, INT) \
    F(new_expiry, unit_quantity,                          153, 4, INT) \
    F(new_expiry, currency,                               157, 20, TEXT) \
    F(new_expiry, cleared_alias,                          177, 15, TEXT) \
    F(new_expiry, min_price,                              192, 8, INT) \
    F(new_expiry, max_price,                              200, 8, INT) \
    F(new_expiry, product_id,                             208, 4, INT) \
    F(new_expiry, product_name,                           212, 62, TEXT) \
    F(new_expiry, hub_id,                                 274, 4, INT) \
    F(new_expiry, hub_alias,                              278, 80, TEXT) \
    F(new_expiry, strip_id,                               358, 4, INT) \
    F(new_expiry, strip_name,                             362, 39, TEXT) \
    F(new_expiry, settle_price_denominator,               401, 1, UINT) \
    F(new_expiry, mic_code,                               402, 4, TEXT) \
    F(new_expiry, unit_qty_denominator,                   406, 1, UINT) \
    F(new_expiry, off_exchange_increment_qty_denominator, 407, 1, UINT) \
    F(new_expiry, off_exchange_increment_qty,             408, 4, INT) \
    F(new_expiry, off_exchange_increment_price,           412, 4, INT) \
    F(new_expiry, off_exchange_increment_option_price,    416, 4, INT) \
    F(new_expiry, contract_symbol,                        420, 35, TEXT) \
    F(new_expiry, isin,                                   455, 12, TEXT) \
    F(new_expiry, num_decimals_options_price,             467, 1, UINT) \
    F(new_expiry, hedge_market_id,                        468, 4, UINT) \
    F(new_expiry, settlement_type,                        472, 1, CHAR) \
    F(new_expiry, gt_allowed,                             473, 1, CHAR) \
    F(new_expiry, cross_order_supported,                  474, 1, CHAR) \
    F(new_expiry, unit_of_measure,                        475, 30, TEXT) \
    F(new_expiry, mifid_regulated_market,                 505, 1, CHAR)

#define HR_IMPACT11_special_field(F) \
    F(special_field, number_of_special_fields, 3, 1, UINT)

#define HR_IMPACT11_market_snapshot_order(F) \
    F(market_snapshot_order, market_id,              3, 4, UINT) \
    F(market_snapshot_order, order_id,               7, 8, INT) \
    F(market_snapshot_order, order_sequence_id,      15, 2, INT) \
    F(market_snapshot_order, side,                   17, 1, CHAR) \
    F(market_snapshot_order, price,                  18, 8, INT) \
    F(market_snapshot_order, quantity,               26, 4, INT) \
    F(market_snapshot_order, is_implied,             30, 1, CHAR) \
    F(market_snapshot_order, is_rfq,                 31, 1, CHAR) \
    F(market_snapshot_order, order_entry_date_time,  32, 8, INT) \
    F(market_snapshot_order, sequence_within_millis, 40, 4, UINT)

#define HR_IMPACT11_add_or_modify_order(F) \
    F(add_or_modify_order, market_id,              3, 4, UINT) \
    F(add_or_modify_order, order_id,               7, 8, INT) \
    F(add_or_modify_order, order_sequence_id,      15, 2, INT) \
    F(add_or_modify_order, side,                   17, 1, CHAR) \
    F(add_or_modify_order, price,                  18, 8, INT) \
    F(add_or_modify_order, quantity,               26, 4, INT) \
    F(add_or_modify_order, is_implied,             30, 1, CHAR) \
    F(add_or_modify_order, is_rfq,                 31, 1, CHAR) \
    F(add_or_modify_order, order_entry_date_time,  32, 8, INT) \
    F(add_or_modify_order, extra_flags,            40, 1, UINT) \
    F(add_or_modify_order, sequence_within_millis, 41, 4, UINT) \
    F(add_or_modify_order, modification_timestamp, 45, 8, INT)

#define HR_IMPACT11_delete_order(F) \
    F(delete_order, market_id,              3, 4, UINT) \
    F(delete_order, order_id,               7, 8, INT) \
    F(delete_order, message_date_time,      15, 8, INT) \
    F(delete_order, sequence_within_millis, 23, 4, UINT)

#define HR_IMPACT11_message_bundle_marker(F) \
    F(message_bundle_marker, start_or_end, 3, 1, CHAR)

#define HR_IMPACT11_fixing_transition(F) \
    F(fixing_transition, market_id,               3, 4, UINT) \
    F(fixing_transition, status,                  7, 1, CHAR) \
    F(fixing_transition, auction_end_time,        8, 8, INT) \
    F(fixing_transition, threshold_imbalance_qty, 16, 4, INT) \
    F(fixing_transition, message_date_time,       20, 8, INT)

#define HR_IMPACT11_fixing_lockdown(F) \
    F(fixing_lockdown, market_id,         3, 4, UINT) \
    F(fixing_lockdown, auction_date,      7, 10, TEXT) \
    F(fixing_lockdown, message_date_time, 17, 8, INT) \
    F(fixing_lockdown, description,       25, 20, TEXT) \
    F(fixing_lockdown, round,             45, 2, INT) \
    F(fixing_lockdown, agg_bid_qty,       47, 4, INT) \
    F(fixing_lockdown, agg_offer_qty,     51, 4, INT) \
    F(fixing_lockdown, usd_price,         55, 8, INT) \
    F(fixing_lockdown, is_balanced,       63, 1, CHAR) \
    F(fixing_lockdown, is_final,          64, 1, CHAR) \
    F(fixing_lockdown, gbp_price,         65, 8, INT) \
    F(fixing_lockdown, eur_price,         73, 8, INT)

#define HR_IMPACT11_fixing_indicative_price(F) \
    F(fixing_indicative_price, market_id,                  3, 4, UINT) \
    F(fixing_indicative_price, iba_currency,               7, 3, TEXT) \
    F(fixing_indicative_price, price,                      10, 8, INT) \
    F(fixing_indicative_price, price_in_gram,              18, 8, INT) \
    F(fixing_indicative_price, num_decimals_price,         26, 1, UINT) \
    F(fixing_indicative_price, num_decimals_price_in_gram, 27, 1, UINT)

#define HR_IMPACT11_market_snapshot_price_level(F) \
    F(market_snapshot_price_level, market_id,            3, 4, UINT) \
    F(market_snapshot_price_level, side,                 7, 1, CHAR) \
    F(market_snapshot_price_level, price_level_position, 8, 1, UINT) \
    F(market_snapshot_price_level, price,                9, 8, INT) \
    F(market_snapshot_price_level, quantity,             17, 4, INT) \
    F(market_snapshot_price_level, order_count,          21, 2, INT) \
    F(market_snapshot_price_level, implied_quantity,     23, 4, INT) \
    F(market_snapshot_price_level, implied_order_count,  27, 2, INT)

#define HR_IMPACT11_add_price_level(F) \
    F(add_price_level, market_id,            3, 4, UINT) \
    F(add_price_level, side,                 7, 1, CHAR) \
    F(add_price_level, price_level_position, 8, 1, UINT) \
    F(add_price_level, price,                9, 8, INT) \
    F(add_price_level, quantity,             17, 4, INT) \
    F(add_price_level, order_count,          21, 2, INT) \
    F(add_price_level, implied_quantity,     23, 4, INT) \
    F(add_price_level, implied_order_count,  27, 2, INT) \
    F(add_price_level, timestamp,            29, 8, INT)

#define HR_IMPACT11_change_price_level(F) \
    F(change_price_level, market_id,            3, 4, UINT) \
    F(change_price_level, side,                 7, 1, CHAR) \
    F(change_price_level, price_level_position, 8, 1, UINT) \
    F(change_price_level, price,                9, 8, INT) \
    F(change_price_level, quantity,             17, 4, INT) \
    F(change_price_level, order_count,          21, 2, INT) \
    F(change_price_level, implied_quantity,     23, 4, INT) \
    F(change_price_level, implied_order_count,  27, 2, INT) \
    F(change_price_level, timestamp,            29, 8, INT)

#define HR_IMPACT11_delete_price_level(F) \
    F(delete_price_level, market_id,            3, 4, UINT) \
    F(delete_price_level, side,                 7, 1, CHAR) \
    F(delete_price_level, price_level_position, 8, 1, UINT) \
    F(delete_price_level, timestamp,            9, 8, INT)

#define HR_IMPACT11_new_options_strategy_definition(F) \
    F(new_options_strategy_definition, market_id,                          3, 4, UINT) \
    F(new_options_strategy_definition, underlying_market_id,               7, 4, UINT) \
    F(new_options_strategy_definition, contract_symbol,                    11, 35, TEXT) \
    F(new_options_strategy_definition, trading_status,                     46, 1, CHAR) \
    F(new_options_strategy_definition, order_price_denominator,            47, 1, UINT) \
    F(new_options_strategy_definition, increment_price,                    48, 4, INT) \
    F(new_options_strategy_definition, increment_qty,                      52, 4, INT) \
    F(new_options_strategy_definition, min_qty,                            56, 4, INT) \
    F(new_options_strategy_definition, number_of_strategy_leg_definitions, 60, 1, UINT) \
    F(new_options_strategy_definition, number_of_hedge_definitions,        61, 1, UINT) \
    F(new_options_strategy_definition, security_sub_type,                  62, 2, INT) \
    F(new_options_strategy_definition, is_block_only,                      64, 1, CHAR) \
    F(new_options_strategy_definition, strategy_symbol,                    65, 18, TEXT) \
    F(new_options_strategy_definition, gt_allowed,                         83, 1, CHAR) \
    F(new_options_strategy_definition, mifid_regulated_market,             84, 1, CHAR) \
    F(new_options_strategy_definition, deal_price_denominator,             85, 1, UINT) \
    F(new_options_strategy_definition, settle_price_denominator,           86, 1, UINT) \
    F(new_options_strategy_definition, unit_qty_denominator,               87, 1, UINT) \
    F(new_options_strategy_definition, test_market_indicator,              88, 1, CHAR) \
    F(new_options_strategy_definition, contract_symbol_extra,              89, 35, TEXT) \
    F(new_options_strategy_definition, leg_deal_suppressed,                124, 1, CHAR)

#define HR_IMPACT11_new_options_market_definition(F) \
    F(new_options_market_definition, market_id,                  3, 4, UINT) \
    F(new_options_market_definition, underlying_market_id,       7, 4, UINT) \
    F(new_options_market_definition, futures_contract_symbol,    11, 70, TEXT) \
    F(new_options_market_definition, trading_status,             81, 1, CHAR) \
    F(new_options_market_definition, order_price_denominator,    82, 1, UINT) \
    F(new_options_market_definition, increment_qty,              83, 4, INT) \
    F(new_options_market_definition, lot_size,                   87, 4, INT) \
    F(new_options_market_definition, market_desc,                91, 120, TEXT) \
    F(new_options_market_definition, option_type,                211, 1, CHAR) \
    F(new_options_market_definition, strike_price,               212, 8, INT) \
    F(new_options_market_definition, deal_price_denominator,     220, 1, UINT) \
    F(new_options_market_definition, min_qty,                    221, 4, INT) \
    F(new_options_market_definition, currency,                   225, 20, TEXT) \
    F(new_options_market_definition, num_decimals_strike_price,  245, 1, UINT) \
    F(new_options_market_definition, min_options_price,          246, 8, INT) \
    F(new_options_market_definition, max_options_price,          254, 8, INT) \
    F(new_options_market_definition, increment_premium_price,    262, 4, INT) \
    F(new_options_market_definition, options_expiration_year,    266, 2, INT) \
    F(new_options_market_definition, options_expiration_month,   268, 2, INT) \
    F(new_options_market_definition, options_expiration_day,     270, 2, INT) \
    F(new_options_market_definition, options_style,              272, 1, CHAR) \
    F(new_options_market_definition, options_expiration_type,    273, 1, CHAR) \
    F(new_options_market_definition, hedge_market_id,            274, 4, UINT) \
    F(new_options_market_definition, settle_price_denominator,   278, 1, UINT) \
    F(new_options_market_definition, unit_qty_denominator,       279, 1, UINT) \
    F(new_options_market_definition, tick_value,                 280, 8, INT) \
    F(new_options_market_definition, flex_allowed,               288, 1, CHAR) \
    F(new_options_market_definition, settlement_type,            289, 1, CHAR) \
    F(new_options_market_definition, is_block_only,              290, 1, CHAR) \
    F(new_options_market_definition, gt_allowed,                 291, 1, CHAR) \
    F(new_options_market_definition, cross_order_supported,      292, 1, CHAR) \
    F(new_options_market_definition, guaranteed_cross_supported, 293, 1, CHAR) \
    F(new_options_market_definition, unit_of_measure,            294, 30, TEXT) \
    F(new_options_market_definition, mifid_regulated_market,     324, 1, CHAR)

#define HR_IMPACT11_rfq(F) \
    F(rfq, market_id,            3, 4, UINT) \
    F(rfq, message_timestamp,    7, 8, INT) \
    F(rfq, rfq_system_id,        15, 8, INT) \
    F(rfq, market_type_id,       23, 2, INT) \
    F(rfq, underlying_market_id, 25, 4, UINT) \
    F(rfq, quantity,             29, 4, INT) \
    F(rfq, side,                 33, 1, CHAR)

#define HR_IMPACT11_option_open_interest(F) \
    F(option_open_interest, market_id,          3, 4, UINT) \
    F(option_open_interest, open_interest,      7, 4, INT) \
    F(option_open_interest, message_date_time,  11, 8, INT) \
    F(option_open_interest, open_interest_date, 19, 10, TEXT)

#define HR_IMPACT11_option_settlement_price(F) \
    F(option_settlement_price, market_id,                                  3, 4, UINT) \
    F(option_settlement_price, settlement_price_with_deal_price_precision, 7, 8, INT) \
    F(option_settlement_price, message_date_time,                          15, 8, INT) \
    F(option_settlement_price, is_official,                                23, 1, CHAR) \
    F(option_settlement_price, valuation_date_time,                        24, 8, INT) \
    F(option_settlement_price, volatility,                                 32, 8, INT) \
    F(option_settlement_price, settlement_price,                           40, 8, INT) \
    F(option_settlement_price, delta,                                      48, 8, INT)

#define HR_IMPACT11_old_style_options_trade_and_market_stats(F) \
    F(old_style_options_trade_and_market_stats, underlying_market_id,       3, 4, UINT) \
    F(old_style_options_trade_and_market_stats, trade_id,                   7, 8, INT) \
    F(old_style_options_trade_and_market_stats, price,                      15, 8, INT) \
    F(old_style_options_trade_and_market_stats, quantity,                   23, 4, INT) \
    F(old_style_options_trade_and_market_stats, off_market_trade_indicator, 27, 1, CHAR) \
    F(old_style_options_trade_and_market_stats, transact_date_time,         28, 8, INT) \
    F(old_style_options_trade_and_market_stats, option_type,                36, 1, CHAR) \
    F(old_style_options_trade_and_market_stats, strike_price,               37, 8, INT) \
    F(old_style_options_trade_and_market_stats, event_code,                 45, 1, CHAR) \
    F(old_style_options_trade_and_market_stats, total_volume,               46, 4, INT) \
    F(old_style_options_trade_and_market_stats, block_volume,               50, 4, INT) \
    F(old_style_options_trade_and_market_stats, efs_volume,                 54, 4, INT) \
    F(old_style_options_trade_and_market_stats, efp_volume,                 58, 4, INT) \
    F(old_style_options_trade_and_market_stats, high,                       62, 8, INT) \
    F(old_style_options_trade_and_market_stats, low,                        70, 8, INT) \
    F(old_style_options_trade_and_market_stats, vwap,                       78, 8, INT)

/* Entries behind the fields of 9 (leg_definition), U (strategy_leg_definition, then hedge_definition) and b (special_field_entry,
 * with a value of special_field_length bytes behind it). Offsets within the entry. */
#define HR_IMPACT11_ENTRIES(E) \
    E(leg_definition,          26) \
    E(strategy_leg_definition, 30) \
    E(hedge_definition,        20) \
    E(special_field_entry,     3)

#define HR_IMPACT11_leg_definition(F) \
    F(leg_definition, leg_body_length,             0, 1, UINT) \
    F(leg_definition, leg_market_id,               1, 4, UINT) \
    F(leg_definition, leg_ratio,                   5, 2, INT) \
    F(leg_definition, leg_side,                    7, 1, CHAR) \
    F(leg_definition, leg_strategy_code,           8, 2, INT) \
    F(leg_definition, leg_ratio_qty_numerator,     10, 4, INT) \
    F(leg_definition, leg_ratio_qty_denominator,   14, 4, INT) \
    F(leg_definition, leg_ratio_price_numerator,   18, 4, INT) \
    F(leg_definition, leg_ratio_price_denominator, 22, 4, INT)

#define HR_IMPACT11_strategy_leg_definition(F) \
    F(strategy_leg_definition, leg_body_length,             0, 1, UINT) \
    F(strategy_leg_definition, leg_market_id,               1, 4, UINT) \
    F(strategy_leg_definition, leg_underlying_market_id,    5, 4, UINT) \
    F(strategy_leg_definition, leg_ratio,                   9, 2, INT) \
    F(strategy_leg_definition, leg_side,                    11, 1, CHAR) \
    F(strategy_leg_definition, leg_strategy_code,           12, 2, INT) \
    F(strategy_leg_definition, leg_ratio_qty_numerator,     14, 4, INT) \
    F(strategy_leg_definition, leg_ratio_qty_denominator,   18, 4, INT) \
    F(strategy_leg_definition, leg_ratio_price_numerator,   22, 4, INT) \
    F(strategy_leg_definition, leg_ratio_price_denominator, 26, 4, INT)

#define HR_IMPACT11_hedge_definition(F) \
    F(hedge_definition, hedge_body_length,       0, 1, UINT) \
    F(hedge_definition, hedge_market_id,         1, 4, UINT) \
    F(hedge_definition, hedge_security_type,     5, 1, CHAR) \
    F(hedge_definition, hedge_side,              6, 1, CHAR) \
    F(hedge_definition, hedge_price,             7, 8, INT) \
    F(hedge_definition, hedge_price_denominator, 15, 1, UINT) \
    F(hedge_definition, hedge_delta,             16, 2, INT) \
    F(hedge_definition, hedge_strategy_code,     18, 2, INT)

#define HR_IMPACT11_special_field_entry(F) \
    F(special_field_entry, special_field_id,     0, 1, UINT) \
    F(special_field_entry, special_field_length, 1, 2, UINT)

#endif
