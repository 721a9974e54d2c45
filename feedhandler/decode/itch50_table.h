/* SPDX-License-Identifier: Apache-2.0
 *
 * Nasdaq TotalView-ITCH 5.0: every message, every field. The one table that the decoder's offsets and length checks, `headrace dump --json`
 * come from.
 *
 * Source: NQTVITCHSpecification, version 5.0, clauses 1.1 to 1.8 (edition of 2026-02-19). All integers big-endian.
 * M(type, message, length): the type is byte 0 of the message; the length counts it.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind.
 */
#ifndef HEADRACE_DECODE_ITCH50_TABLE_H
#define HEADRACE_DECODE_ITCH50_TABLE_H

#define HR_ITCH50_MESSAGES(M) \
    M('S', system_event,                   12) \
    M('R', stock_directory,                39) \
    M('H', stock_trading_action,           25) \
    M('Y', reg_sho_restriction,            20) \
    M('L', market_participant_position,    26) \
    M('V', mwcb_decline_level,             35) \
    M('W', mwcb_status,                    12) \
    M('K', ipo_quoting_period_update,      28) \
    M('J', luld_auction_collar,            35) \
    M('h', operational_halt,               21) \
    M('A', add_order,                      36) \
    M('F', add_order_mpid,                 40) \
    M('E', order_executed,                 31) \
    M('C', order_executed_with_price,      36) \
    M('X', order_cancel,                   23) \
    M('D', order_delete,                   19) \
    M('U', order_replace,                  35) \
    M('P', non_cross_trade,                44) \
    M('Q', cross_trade,                    40) \
    M('B', broken_trade,                   19) \
    M('I', net_order_imbalance,            50) \
    M('N', retail_price_improvement,       20) \
    M('O', direct_listing_price_discovery, 48)

#define HR_ITCH50_system_event(F) \
    F(system_event, stock_locate,    1, 2, UINT) \
    F(system_event, tracking_number, 3, 2, UINT) \
    F(system_event, timestamp,       5, 6, UINT) \
    F(system_event, event_code,      11, 1, CHAR)

#define HR_ITCH50_stock_directory(F) \
    F(stock_directory, stock_locate,                   1, 2, UINT) \
    F(stock_directory, tracking_number,                3, 2, UINT) \
    F(stock_directory, timestamp,                      5, 6, UINT) \
    F(stock_directory, stock,                          11, 8, TEXT) \
    F(stock_directory, market_category,                19, 1, CHAR) \
    F(stock_directory, financial_status_indicator,     20, 1, CHAR) \
    F(stock_directory, round_lot_size,                 21, 4, UINT) \
    F(stock_directory, round_lots_only,                25, 1, CHAR) \
    F(stock_directory, issue_classification,           26, 1, CHAR) \
    F(stock_directory, issue_sub_type,                 27, 2, TEXT) \
    F(stock_directory, authenticity,                   29, 1, CHAR) \
    F(stock_directory, short_sale_threshold_indicator, 30, 1, CHAR) \
    F(stock_directory, ipo_flag,                       31, 1, CHAR) \
    F(stock_directory, luld_reference_price_tier,      32, 1, CHAR) \
    F(stock_directory, etp_flag,                       33, 1, CHAR) \
    F(stock_directory, etp_leverage_factor,            34, 4, UINT) \
    F(stock_directory, inverse_indicator,              38, 1, CHAR)

#define HR_ITCH50_stock_trading_action(F) \
    F(stock_trading_action, stock_locate,    1, 2, UINT) \
    F(stock_trading_action, tracking_number, 3, 2, UINT) \
    F(stock_trading_action, timestamp,       5, 6, UINT) \
    F(stock_trading_action, stock,           11, 8, TEXT) \
    F(stock_trading_action, trading_state,   19, 1, CHAR) \
    F(stock_trading_action, reserved,        20, 1, CHAR) \
    F(stock_trading_action, reason_code,     21, 4, TEXT)

#define HR_ITCH50_reg_sho_restriction(F) \
    F(reg_sho_restriction, locate_code,     1, 2, UINT) \
    F(reg_sho_restriction, tracking_number, 3, 2, UINT) \
    F(reg_sho_restriction, timestamp,       5, 6, UINT) \
    F(reg_sho_restriction, stock,           11, 8, TEXT) \
    F(reg_sho_restriction, reg_sho_action,  19, 1, CHAR)

#define HR_ITCH50_market_participant_position(F) \
    F(market_participant_position, stock_locate,             1, 2, UINT) \
    F(market_participant_position, tracking_number,          3, 2, UINT) \
    F(market_participant_position, timestamp,                5, 6, UINT) \
    F(market_participant_position, mpid,                     11, 4, TEXT) \
    F(market_participant_position, stock,                    15, 8, TEXT) \
    F(market_participant_position, primary_market_maker,     23, 1, CHAR) \
    F(market_participant_position, market_maker_mode,        24, 1, CHAR) \
    F(market_participant_position, market_participant_state, 25, 1, CHAR)

#define HR_ITCH50_mwcb_decline_level(F) \
    F(mwcb_decline_level, stock_locate,    1, 2, UINT) \
    F(mwcb_decline_level, tracking_number, 3, 2, UINT) \
    F(mwcb_decline_level, timestamp,       5, 6, UINT) \
    F(mwcb_decline_level, level_1,         11, 8, UINT) \
    F(mwcb_decline_level, level_2,         19, 8, UINT) \
    F(mwcb_decline_level, level_3,         27, 8, UINT)

#define HR_ITCH50_mwcb_status(F) \
    F(mwcb_status, stock_locate,    1, 2, UINT) \
    F(mwcb_status, tracking_number, 3, 2, UINT) \
    F(mwcb_status, timestamp,       5, 6, UINT) \
    F(mwcb_status, breached_level,  11, 1, CHAR)

#define HR_ITCH50_ipo_quoting_period_update(F) \
    F(ipo_quoting_period_update, stock_locate,                    1, 2, UINT) \
    F(ipo_quoting_period_update, tracking_number,                 3, 2, UINT) \
    F(ipo_quoting_period_update, timestamp,                       5, 6, UINT) \
    F(ipo_quoting_period_update, stock,                           11, 8, TEXT) \
    F(ipo_quoting_period_update, ipo_quotation_release_time,      19, 4, UINT) \
    F(ipo_quoting_period_update, ipo_quotation_release_qualifier, 23, 1, CHAR) \
    F(ipo_quoting_period_update, ipo_price,                       24, 4, UINT)

#define HR_ITCH50_luld_auction_collar(F) \
    F(luld_auction_collar, stock_locate,                   1, 2, UINT) \
    F(luld_auction_collar, tracking_number,                3, 2, UINT) \
    F(luld_auction_collar, timestamp,                      5, 6, UINT) \
    F(luld_auction_collar, stock,                          11, 8, TEXT) \
    F(luld_auction_collar, auction_collar_reference_price, 19, 4, UINT) \
    F(luld_auction_collar, upper_auction_collar_price,     23, 4, UINT) \
    F(luld_auction_collar, lower_auction_collar_price,     27, 4, UINT) \
    F(luld_auction_collar, auction_collar_extension,       31, 4, UINT)

#define HR_ITCH50_operational_halt(F) \
    F(operational_halt, stock_locate,            1, 2, UINT) \
    F(operational_halt, tracking_number,         3, 2, UINT) \
    F(operational_halt, timestamp,               5, 6, UINT) \
    F(operational_halt, stock,                   11, 8, TEXT) \
    F(operational_halt, market_code,             19, 1, CHAR) \
    F(operational_halt, operational_halt_action, 20, 1, CHAR)

#define HR_ITCH50_add_order(F) \
    F(add_order, stock_locate,           1, 2, UINT) \
    F(add_order, tracking_number,        3, 2, UINT) \
    F(add_order, timestamp,              5, 6, UINT) \
    F(add_order, order_reference_number, 11, 8, UINT) \
    F(add_order, buy_sell_indicator,     19, 1, CHAR) \
    F(add_order, shares,                 20, 4, UINT) \
    F(add_order, stock,                  24, 8, TEXT) \
    F(add_order, price,                  32, 4, UINT)

#define HR_ITCH50_add_order_mpid(F) \
    F(add_order_mpid, stock_locate,           1, 2, UINT) \
    F(add_order_mpid, tracking_number,        3, 2, UINT) \
    F(add_order_mpid, timestamp,              5, 6, UINT) \
    F(add_order_mpid, order_reference_number, 11, 8, UINT) \
    F(add_order_mpid, buy_sell_indicator,     19, 1, CHAR) \
    F(add_order_mpid, shares,                 20, 4, UINT) \
    F(add_order_mpid, stock,                  24, 8, TEXT) \
    F(add_order_mpid, price,                  32, 4, UINT) \
    F(add_order_mpid, attribution,            36, 4, TEXT)

#define HR_ITCH50_order_executed(F) \
    F(order_executed, stock_locate,           1, 2, UINT) \
    F(order_executed, tracking_number,        3, 2, UINT) \
    F(order_executed, timestamp,              5, 6, UINT) \
    F(order_executed, order_reference_number, 11, 8, UINT) \
    F(order_executed, executed_shares,        19, 4, UINT) \
    F(order_executed, match_number,           23, 8, UINT)

#define HR_ITCH50_order_executed_with_price(F) \
    F(order_executed_with_price, stock_locate,           1, 2, UINT) \
    F(order_executed_with_price, tracking_number,        3, 2, UINT) \
    F(order_executed_with_price, timestamp,              5, 6, UINT) \
    F(order_executed_with_price, order_reference_number, 11, 8, UINT) \
    F(order_executed_with_price, executed_shares,        19, 4, UINT) \
    F(order_executed_with_price, match_number,           23, 8, UINT) \
    F(order_executed_with_price, printable,              31, 1, CHAR) \
    F(order_executed_with_price, execution_price,        32, 4, UINT)

#define HR_ITCH50_order_cancel(F) \
    F(order_cancel, stock_locate,           1, 2, UINT) \
    F(order_cancel, tracking_number,        3, 2, UINT) \
    F(order_cancel, timestamp,              5, 6, UINT) \
    F(order_cancel, order_reference_number, 11, 8, UINT) \
    F(order_cancel, canceled_shares,        19, 4, UINT)

#define HR_ITCH50_order_delete(F) \
    F(order_delete, stock_locate,           1, 2, UINT) \
    F(order_delete, tracking_number,        3, 2, UINT) \
    F(order_delete, timestamp,              5, 6, UINT) \
    F(order_delete, order_reference_number, 11, 8, UINT)

#define HR_ITCH50_order_replace(F) \
    F(order_replace, stock_locate,                    1, 2, UINT) \
    F(order_replace, tracking_number,                 3, 2, UINT) \
    F(order_replace, timestamp,                       5, 6, UINT) \
    F(order_replace, original_order_reference_number, 11, 8, UINT) \
    F(order_replace, new_order_reference_number,      19, 8, UINT) \
    F(order_replace, shares,                          27, 4, UINT) \
    F(order_replace, price,                           31, 4, UINT)

#define HR_ITCH50_non_cross_trade(F) \
    F(non_cross_trade, stock_locate,           1, 2, UINT) \
    F(non_cross_trade, tracking_number,        3, 2, UINT) \
    F(non_cross_trade, timestamp,              5, 6, UINT) \
    F(non_cross_trade, order_reference_number, 11, 8, UINT) \
    F(non_cross_trade, buy_sell_indicator,     19, 1, CHAR) \
    F(non_cross_trade, shares,                 20, 4, UINT) \
    F(non_cross_trade, stock,                  24, 8, TEXT) \
    F(non_cross_trade, price,                  32, 4, UINT) \
    F(non_cross_trade, match_number,           36, 8, UINT)

#define HR_ITCH50_cross_trade(F) \
    F(cross_trade, stock_locate,    1, 2, UINT) \
    F(cross_trade, tracking_number, 3, 2, UINT) \
    F(cross_trade, timestamp,       5, 6, UINT) \
    F(cross_trade, cross_shares,    11, 8, UINT) \
    F(cross_trade, stock,           19, 8, TEXT) \
    F(cross_trade, cross_price,     27, 4, UINT) \
    F(cross_trade, match_number,    31, 8, UINT) \
    F(cross_trade, cross_type,      39, 1, CHAR)

#define HR_ITCH50_broken_trade(F) \
    F(broken_trade, stock_locate,    1, 2, UINT) \
    F(broken_trade, tracking_number, 3, 2, UINT) \
    F(broken_trade, timestamp,       5, 6, UINT) \
    F(broken_trade, match_number,    11, 8, UINT)

#define HR_ITCH50_net_order_imbalance(F) \
    F(net_order_imbalance, stock_locate,              1, 2, UINT) \
    F(net_order_imbalance, tracking_number,           3, 2, UINT) \
    F(net_order_imbalance, timestamp,                 5, 6, UINT) \
    F(net_order_imbalance, paired_shares,             11, 8, UINT) \
    F(net_order_imbalance, imbalance_shares,          19, 8, UINT) \
    F(net_order_imbalance, imbalance_direction,       27, 1, CHAR) \
    F(net_order_imbalance, stock,                     28, 8, TEXT) \
    F(net_order_imbalance, far_price,                 36, 4, UINT) \
    F(net_order_imbalance, near_price,                40, 4, UINT) \
    F(net_order_imbalance, current_reference_price,   44, 4, UINT) \
    F(net_order_imbalance, cross_type,                48, 1, CHAR) \
    F(net_order_imbalance, price_variation_indicator, 49, 1, CHAR)

#define HR_ITCH50_retail_price_improvement(F) \
    F(retail_price_improvement, stock_locate,    1, 2, UINT) \
    F(retail_price_improvement, tracking_number, 3, 2, UINT) \
    F(retail_price_improvement, timestamp,       5, 6, UINT) \
    F(retail_price_improvement, stock,           11, 8, TEXT) \
    F(retail_price_improvement, interest_flag,   19, 1, CHAR)

#define HR_ITCH50_direct_listing_price_discovery(F) \
    F(direct_listing_price_discovery, stock_locate,             1, 2, UINT) \
    F(direct_listing_price_discovery, tracking_number,          3, 2, UINT) \
    F(direct_listing_price_discovery, timestamp,                5, 6, UINT) \
    F(direct_listing_price_discovery, stock,                    11, 8, TEXT) \
    F(direct_listing_price_discovery, open_eligibility_status,  19, 1, CHAR) \
    F(direct_listing_price_discovery, minimum_allowable_price,  20, 4, UINT) \
    F(direct_listing_price_discovery, maximum_allowable_price,  24, 4, UINT) \
    F(direct_listing_price_discovery, near_execution_price,     28, 4, UINT) \
    F(direct_listing_price_discovery, near_execution_time,      32, 8, UINT) \
    F(direct_listing_price_discovery, lower_price_range_collar, 40, 4, UINT) \
    F(direct_listing_price_discovery, upper_price_range_collar, 44, 4, UINT)

#endif
