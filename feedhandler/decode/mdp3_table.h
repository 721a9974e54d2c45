/* SPDX-License-Identifier: Apache-2.0
 *
 * CME MDP 3.0: every template of the schema's versions 5 to 13, every field, every group. The one table that the decoder's
 * offsets and length checks, `headrace dump --json` and `--counts` come from.
 *
 * Source: CME Group, templates_FixBinary.xml, schema 1 (mktdata), versions 5 and 9; what is not in them, as of version 13.
 * All integers little-endian. A message is a header of 8 bytes (HR_MDP3_header), a root block, and groups.
 *
 * Templates of one shape share a block or an entry: versions only ever append, and most templates from 46 on are earlier ones
 * with other prices. Prices and factors are mantissas: exponent -7 in templates up to 44, -9 from 46 on; lot sizes and deltas
 * have exponent -4 in all.
 *
 * M(type, message, length, block, groups): the template, the shortest root block that is taken, its fields, its groups.
 * G(group, entry, dimension, length, since): in the order on the wire. Bytes of the dimensions in front of the entries, the
 *   first two of which are the length of an entry, and the last is how many there are; the shortest entry that is taken; the
 *   version that brought the group, 0: the template's first.
 * F(block or entry, field, offset, bytes, kind, since): offset within the block or entry; the version that brought the field,
 *   0: the template's first. A field beyond a message's own block or entry is one that its version does not have; one in what
 *   was padding is told by the version. 10 stands for 10 to 13. Constants are not on the wire and not here.
 */
#ifndef HEADRACE_DECODE_MDP3_TABLE_H
#define HEADRACE_DECODE_MDP3_TABLE_H

#define HR_MDP3_MESSAGES(M) \
    M(4,  channel_reset,                                      9,   channel_reset,   reset) \
    M(12, admin_heartbeat,                                    0,   heartbeat,       none) \
    M(15, admin_login,                                        1,   login,           none) \
    M(16, admin_logout,                                       180, logout,          none) \
    M(27, md_instrument_definition_future_27,                 214, future,          future) \
    M(29, md_instrument_definition_spread_29,                 193, spread,          spread) \
    M(30, security_status,                                    30,  security_status, none) \
    M(32, md_incremental_refresh_book_32,                     11,  incremental,     book) \
    M(33, md_incremental_refresh_daily_statistics_33,         11,  incremental,     daily) \
    M(34, md_incremental_refresh_limits_banding_34,           11,  incremental,     limits) \
    M(35, md_incremental_refresh_session_statistics_35,       11,  incremental,     session) \
    M(36, md_incremental_refresh_trade_36,                    11,  incremental,     trade_36) \
    M(37, md_incremental_refresh_volume_37,                   11,  incremental,     volume) \
    M(38, snapshot_full_refresh_38,                           59,  snapshot,        level) \
    M(39, quote_request,                                      35,  quote_request,   quote) \
    M(41, md_instrument_definition_option_41,                 211, option,          option) \
    M(42, md_incremental_refresh_trade_summary_42,            11,  incremental,     trade) \
    M(43, md_incremental_refresh_order_book_43,               11,  incremental,     order) \
    M(44, snapshot_full_refresh_order_book_44,                28,  snapshot_orders, resting) \
    M(46, md_incremental_refresh_book_46,                     11,  incremental,     book) \
    M(47, md_incremental_refresh_order_book_47,               11,  incremental,     order) \
    M(48, md_incremental_refresh_trade_summary_48,            11,  incremental,     trade) \
    M(49, md_incremental_refresh_daily_statistics_49,         11,  incremental,     daily) \
    M(50, md_incremental_refresh_limits_banding_50,           11,  incremental,     limits) \
    M(51, md_incremental_refresh_session_statistics_51,       11,  incremental,     session) \
    M(52, snapshot_full_refresh_52,                           59,  snapshot,        level) \
    M(53, snapshot_full_refresh_order_book_53,                28,  snapshot_orders, resting) \
    M(54, md_instrument_definition_future_54,                 216, future,          future) \
    M(55, md_instrument_definition_option_55,                 213, option,          option) \
    M(56, md_instrument_definition_spread_56,                 195, spread,          spread) \
    M(57, md_instrument_definition_fixed_income,              59,  fixed_income,    future) \
    M(58, md_instrument_definition_repo,                      59,  repo,            repo) \
    M(59, snapshot_refresh_top_orders,                        13,  top_orders,      resting) \
    M(60, security_status_workup,                             30,  workup,          workup) \
    M(61, snapshot_full_refresh_tcp,                          37,  snapshot_tcp,    level_tcp) \
    M(62, collateral_market_value,                            11,  incremental,     collateral) \
    M(63, md_instrument_definition_fx,                        59,  fx,              fx) \
    M(64, md_incremental_refresh_book_long_qty,               11,  incremental,     book_long) \
    M(65, md_incremental_refresh_trade_summary_long_qty,      11,  incremental,     trade_long) \
    M(66, md_incremental_refresh_volume_long_qty,             11,  incremental,     volume_long) \
    M(67, md_incremental_refresh_session_statistics_long_qty, 11,  incremental,     session_long) \
    M(68, snapshot_full_refresh_tcp_long_qty,                 37,  snapshot_tcp,    level_tcp_long) \
    M(69, snapshot_full_refresh_long_qty,                     59,  snapshot,        level_long)

/* ---- groups ---- */

#define HR_MDP3_GROUP_SETS(S) \
    S(none) S(reset) S(quote) S(book) S(book_long) S(order) S(trade_36) S(trade) S(trade_long) S(daily) S(limits) \
    S(session) S(session_long) S(volume) S(volume_long) S(level) S(level_long) S(level_tcp) S(level_tcp_long) \
    S(resting) S(workup) S(collateral) S(future) S(option) S(spread) S(repo) S(fx)

#define HR_MDP3_groups_none(G)

#define HR_MDP3_groups_reset(G) \
    G(no_md_entries, channel, 3, 2, 0)

#define HR_MDP3_groups_quote(G) \
    G(no_related_sym, related_sym, 3, 32, 0)

#define HR_MDP3_groups_book(G) \
    G(no_md_entries, book, 3, 32, 0) \
    G(no_order_id_entries, book_order, 8, 24, 7)

#define HR_MDP3_groups_book_long(G) \
    G(no_md_entries, book_long, 3, 32, 0) \
    G(no_order_id_entries, book_order, 8, 24, 0)

#define HR_MDP3_groups_order(G) \
    G(no_md_entries, order, 3, 40, 0)

#define HR_MDP3_groups_trade_36(G) \
    G(no_md_entries, trade_36, 3, 32, 0)

#define HR_MDP3_groups_trade(G) \
    G(no_md_entries, trade, 3, 32, 0) \
    G(no_order_id_entries, trade_order, 8, 16, 0)

#define HR_MDP3_groups_trade_long(G) \
    G(no_md_entries, trade_long, 3, 40, 0) \
    G(no_order_id_entries, trade_order, 8, 16, 0)

#define HR_MDP3_groups_daily(G) \
    G(no_md_entries, daily, 3, 32, 0)

#define HR_MDP3_groups_limits(G) \
    G(no_md_entries, limits, 3, 32, 0)

#define HR_MDP3_groups_session(G) \
    G(no_md_entries, session, 3, 24, 0)

#define HR_MDP3_groups_session_long(G) \
    G(no_md_entries, session_long, 3, 32, 0)

#define HR_MDP3_groups_volume(G) \
    G(no_md_entries, volume, 3, 16, 0)

#define HR_MDP3_groups_volume_long(G) \
    G(no_md_entries, volume_long, 3, 24, 0)

#define HR_MDP3_groups_level(G) \
    G(no_md_entries, level, 3, 22, 0)

#define HR_MDP3_groups_level_long(G) \
    G(no_md_entries, level_long, 3, 23, 0)

#define HR_MDP3_groups_level_tcp(G) \
    G(no_md_entries, level_tcp, 3, 26, 0)

#define HR_MDP3_groups_level_tcp_long(G) \
    G(no_md_entries, level_tcp_long, 3, 23, 0)

#define HR_MDP3_groups_resting(G) \
    G(no_md_entries, resting, 3, 29, 0)

#define HR_MDP3_groups_workup(G) \
    G(no_order_id_entries, workup_order, 3, 10, 0)

#define HR_MDP3_groups_collateral(G) \
    G(no_md_entries, collateral, 3, 40, 0)

#define HR_MDP3_groups_future(G) \
    G(no_events, event, 3, 9, 0) \
    G(no_md_feed_types, feed_type, 3, 4, 0) \
    G(no_inst_attrib, attribute, 3, 4, 0) \
    G(no_lot_type_rules, lot, 3, 5, 0)

#define HR_MDP3_groups_option(G) \
    HR_MDP3_groups_future(G) \
    G(no_underlyings, underlying, 3, 24, 0) \
    G(no_related_instruments, related, 3, 24, 7)

#define HR_MDP3_groups_spread(G) \
    HR_MDP3_groups_future(G) \
    G(no_legs, leg, 3, 18, 0)

#define HR_MDP3_groups_repo(G) \
    HR_MDP3_groups_future(G) \
    G(no_underlyings, repo_underlying, 3, 24, 0) \
    G(no_related_instruments, repo_related, 3, 24, 0) \
    G(no_broken_dates, broken_date, 3, 16, 0)

#define HR_MDP3_groups_fx(G) \
    HR_MDP3_groups_future(G) \
    G(no_trading_sessions, trading_session, 3, 18, 0)

/* ---- root blocks ---- */

/* In front of every root block. */
#define HR_MDP3_header(F) \
    F(header, block_length, 0, 2, UINT, 0) \
    F(header, template_id,  2, 2, UINT, 0) \
    F(header, schema_id,    4, 2, UINT, 0) \
    F(header, version,      6, 2, UINT, 0)

#define HR_MDP3_BLOCKS(B) \
    B(channel_reset) B(heartbeat) B(login) B(logout) B(incremental) B(security_status) B(quote_request) B(snapshot) \
    B(snapshot_orders) B(snapshot_tcp) B(top_orders) B(workup) B(future) B(option) B(spread) B(fixed_income) B(repo) \
    B(fx)

#define HR_MDP3_channel_reset(F) \
    F(channel_reset, transact_time,         0, 8, UINT, 0) \
    F(channel_reset, match_event_indicator, 8, 1, UINT, 0)

#define HR_MDP3_heartbeat(F)

#define HR_MDP3_login(F) \
    F(login, heart_bt_int, 0, 1, INT, 0)

#define HR_MDP3_logout(F) \
    F(logout, text, 0, 180, TEXT, 0)

#define HR_MDP3_incremental(F) \
    F(incremental, transact_time,         0, 8, UINT, 0) \
    F(incremental, match_event_indicator, 8, 1, UINT, 0)

#define HR_MDP3_security_status(F) \
    F(security_status, transact_time,           0,  8, UINT, 0) \
    F(security_status, security_group,          8,  6, TEXT, 0) \
    F(security_status, asset,                   14, 6, TEXT, 0) \
    F(security_status, security_id,             20, 4, INT,  0) \
    F(security_status, trade_date,              24, 2, UINT, 0) \
    F(security_status, match_event_indicator,   26, 1, UINT, 0) \
    F(security_status, security_trading_status, 27, 1, UINT, 0) \
    F(security_status, halt_reason,             28, 1, UINT, 0) \
    F(security_status, security_trading_event,  29, 1, UINT, 0)

#define HR_MDP3_quote_request(F) \
    F(quote_request, transact_time,         0,  8,  UINT, 0) \
    F(quote_request, quote_req_id,          8,  23, TEXT, 0) \
    F(quote_request, match_event_indicator, 31, 1,  UINT, 0)

#define HR_MDP3_snapshot(F) \
    F(snapshot, last_msg_seq_num_processed, 0,  4, UINT, 0) \
    F(snapshot, tot_num_reports,            4,  4, UINT, 0) \
    F(snapshot, security_id,                8,  4, INT,  0) \
    F(snapshot, rpt_seq,                    12, 4, UINT, 0) \
    F(snapshot, transact_time,              16, 8, UINT, 0) \
    F(snapshot, last_update_time,           24, 8, UINT, 0) \
    F(snapshot, trade_date,                 32, 2, UINT, 0) \
    F(snapshot, md_security_trading_status, 34, 1, UINT, 0) \
    F(snapshot, high_limit_price,           35, 8, INT,  0) \
    F(snapshot, low_limit_price,            43, 8, INT,  0) \
    F(snapshot, max_price_variation,        51, 8, INT,  0)

#define HR_MDP3_snapshot_orders(F) \
    F(snapshot_orders, last_msg_seq_num_processed, 0,  4, UINT, 0) \
    F(snapshot_orders, tot_num_reports,            4,  4, UINT, 0) \
    F(snapshot_orders, security_id,                8,  4, INT,  0) \
    F(snapshot_orders, no_chunks,                  12, 4, UINT, 0) \
    F(snapshot_orders, current_chunk,              16, 4, UINT, 0) \
    F(snapshot_orders, transact_time,              20, 8, UINT, 0)

#define HR_MDP3_snapshot_tcp(F) \
    F(snapshot_tcp, transact_time,         0,  8, UINT, 0) \
    F(snapshot_tcp, match_event_indicator, 8,  1, UINT, 0) \
    F(snapshot_tcp, security_id,           9,  4, INT,  0) \
    F(snapshot_tcp, high_limit_price,      13, 8, INT,  0) \
    F(snapshot_tcp, low_limit_price,       21, 8, INT,  0) \
    F(snapshot_tcp, max_price_variation,   29, 8, INT,  0)

#define HR_MDP3_top_orders(F) \
    F(top_orders, transact_time,         0, 8, UINT, 0) \
    F(top_orders, match_event_indicator, 8, 1, UINT, 0) \
    F(top_orders, security_id,           9, 4, INT,  0)

#define HR_MDP3_workup(F) \
    F(workup, transact_time,          0,  8, UINT, 0) \
    F(workup, md_entry_px,            8,  8, INT,  0) \
    F(workup, security_id,            16, 4, INT,  0) \
    F(workup, match_event_indicator,  20, 1, UINT, 0) \
    F(workup, trade_date,             21, 2, UINT, 0) \
    F(workup, trade_link_id,          23, 4, UINT, 0) \
    F(workup, workup_trading_status,  27, 1, UINT, 0) \
    F(workup, halt_reason,            28, 1, UINT, 0) \
    F(workup, security_trading_event, 29, 1, UINT, 0)

#define HR_MDP3_future(F) \
    F(future, match_event_indicator,      0,   1,  UINT, 0) \
    F(future, tot_num_reports,            1,   4,  UINT, 0) \
    F(future, security_update_action,     5,   1,  CHAR, 0) \
    F(future, last_update_time,           6,   8,  UINT, 0) \
    F(future, md_security_trading_status, 14,  1,  UINT, 0) \
    F(future, appl_id,                    15,  2,  INT,  0) \
    F(future, market_segment_id,          17,  1,  UINT, 0) \
    F(future, underlying_product,         18,  1,  UINT, 0) \
    F(future, security_exchange,          19,  4,  TEXT, 0) \
    F(future, security_group,             23,  6,  TEXT, 0) \
    F(future, asset,                      29,  6,  TEXT, 0) \
    F(future, symbol,                     35,  20, TEXT, 0) \
    F(future, security_id,                55,  4,  INT,  0) \
    F(future, security_type,              59,  6,  TEXT, 0) \
    F(future, cfi_code,                   65,  6,  TEXT, 0) \
    F(future, maturity_year,              71,  2,  UINT, 0) \
    F(future, maturity_month,             73,  1,  UINT, 0) \
    F(future, maturity_day,               74,  1,  UINT, 0) \
    F(future, maturity_week,              75,  1,  UINT, 0) \
    F(future, currency,                   76,  3,  TEXT, 0) \
    F(future, settl_currency,             79,  3,  TEXT, 0) \
    F(future, match_algorithm,            82,  1,  CHAR, 0) \
    F(future, min_trade_vol,              83,  4,  UINT, 0) \
    F(future, max_trade_vol,              87,  4,  UINT, 0) \
    F(future, min_price_increment,        91,  8,  INT,  0) \
    F(future, display_factor,             99,  8,  INT,  0) \
    F(future, main_fraction,              107, 1,  UINT, 0) \
    F(future, sub_fraction,               108, 1,  UINT, 0) \
    F(future, price_display_format,       109, 1,  UINT, 0) \
    F(future, unit_of_measure,            110, 30, TEXT, 0) \
    F(future, unit_of_measure_qty,        140, 8,  INT,  0) \
    F(future, trading_reference_price,    148, 8,  INT,  0) \
    F(future, settl_price_type,           156, 1,  UINT, 0) \
    F(future, open_interest_qty,          157, 4,  INT,  0) \
    F(future, cleared_volume,             161, 4,  INT,  0) \
    F(future, high_limit_price,           165, 8,  INT,  0) \
    F(future, low_limit_price,            173, 8,  INT,  0) \
    F(future, max_price_variation,        181, 8,  INT,  0) \
    F(future, decay_quantity,             189, 4,  INT,  0) \
    F(future, decay_start_date,           193, 2,  UINT, 0) \
    F(future, original_contract_size,     195, 4,  INT,  0) \
    F(future, contract_multiplier,        199, 4,  INT,  0) \
    F(future, contract_multiplier_unit,   203, 1,  INT,  0) \
    F(future, flow_schedule_type,         204, 1,  INT,  0) \
    F(future, min_price_increment_amount, 205, 8,  INT,  0) \
    F(future, user_defined_instrument,    213, 1,  CHAR, 0) \
    F(future, trading_reference_date,     214, 2,  UINT, 6) \
    F(future, instrument_guid,            216, 8,  UINT, 10)

#define HR_MDP3_option(F) \
    F(option, match_event_indicator,      0,   1,  UINT, 0) \
    F(option, tot_num_reports,            1,   4,  UINT, 0) \
    F(option, security_update_action,     5,   1,  CHAR, 0) \
    F(option, last_update_time,           6,   8,  UINT, 0) \
    F(option, md_security_trading_status, 14,  1,  UINT, 0) \
    F(option, appl_id,                    15,  2,  INT,  0) \
    F(option, market_segment_id,          17,  1,  UINT, 0) \
    F(option, underlying_product,         18,  1,  UINT, 0) \
    F(option, security_exchange,          19,  4,  TEXT, 0) \
    F(option, security_group,             23,  6,  TEXT, 0) \
    F(option, asset,                      29,  6,  TEXT, 0) \
    F(option, symbol,                     35,  20, TEXT, 0) \
    F(option, security_id,                55,  4,  INT,  0) \
    F(option, security_type,              59,  6,  TEXT, 0) \
    F(option, cfi_code,                   65,  6,  TEXT, 0) \
    F(option, put_or_call,                71,  1,  UINT, 0) \
    F(option, maturity_year,              72,  2,  UINT, 0) \
    F(option, maturity_month,             74,  1,  UINT, 0) \
    F(option, maturity_day,               75,  1,  UINT, 0) \
    F(option, maturity_week,              76,  1,  UINT, 0) \
    F(option, currency,                   77,  3,  TEXT, 0) \
    F(option, strike_price,               80,  8,  INT,  0) \
    F(option, strike_currency,            88,  3,  TEXT, 0) \
    F(option, settl_currency,             91,  3,  TEXT, 0) \
    F(option, min_cab_price,              94,  8,  INT,  0) \
    F(option, match_algorithm,            102, 1,  CHAR, 0) \
    F(option, min_trade_vol,              103, 4,  UINT, 0) \
    F(option, max_trade_vol,              107, 4,  UINT, 0) \
    F(option, min_price_increment,        111, 8,  INT,  0) \
    F(option, min_price_increment_amount, 119, 8,  INT,  0) \
    F(option, display_factor,             127, 8,  INT,  0) \
    F(option, tick_rule,                  135, 1,  INT,  0) \
    F(option, main_fraction,              136, 1,  UINT, 0) \
    F(option, sub_fraction,               137, 1,  UINT, 0) \
    F(option, price_display_format,       138, 1,  UINT, 0) \
    F(option, unit_of_measure,            139, 30, TEXT, 0) \
    F(option, unit_of_measure_qty,        169, 8,  INT,  0) \
    F(option, trading_reference_price,    177, 8,  INT,  0) \
    F(option, settl_price_type,           185, 1,  UINT, 0) \
    F(option, cleared_volume,             186, 4,  INT,  0) \
    F(option, open_interest_qty,          190, 4,  INT,  0) \
    F(option, low_limit_price,            194, 8,  INT,  0) \
    F(option, high_limit_price,           202, 8,  INT,  0) \
    F(option, user_defined_instrument,    210, 1,  CHAR, 0) \
    F(option, trading_reference_date,     211, 2,  UINT, 6) \
    F(option, instrument_guid,            213, 8,  UINT, 10)

#define HR_MDP3_spread(F) \
    F(spread, match_event_indicator,          0,   1,  UINT, 0) \
    F(spread, tot_num_reports,                1,   4,  UINT, 0) \
    F(spread, security_update_action,         5,   1,  CHAR, 0) \
    F(spread, last_update_time,               6,   8,  UINT, 0) \
    F(spread, md_security_trading_status,     14,  1,  UINT, 0) \
    F(spread, appl_id,                        15,  2,  INT,  0) \
    F(spread, market_segment_id,              17,  1,  UINT, 0) \
    F(spread, underlying_product,             18,  1,  UINT, 0) \
    F(spread, security_exchange,              19,  4,  TEXT, 0) \
    F(spread, security_group,                 23,  6,  TEXT, 0) \
    F(spread, asset,                          29,  6,  TEXT, 0) \
    F(spread, symbol,                         35,  20, TEXT, 0) \
    F(spread, security_id,                    55,  4,  INT,  0) \
    F(spread, security_type,                  59,  6,  TEXT, 0) \
    F(spread, cfi_code,                       65,  6,  TEXT, 0) \
    F(spread, maturity_year,                  71,  2,  UINT, 0) \
    F(spread, maturity_month,                 73,  1,  UINT, 0) \
    F(spread, maturity_day,                   74,  1,  UINT, 0) \
    F(spread, maturity_week,                  75,  1,  UINT, 0) \
    F(spread, currency,                       76,  3,  TEXT, 0) \
    F(spread, security_sub_type,              79,  5,  TEXT, 0) \
    F(spread, user_defined_instrument,        84,  1,  CHAR, 0) \
    F(spread, match_algorithm,                85,  1,  CHAR, 0) \
    F(spread, min_trade_vol,                  86,  4,  UINT, 0) \
    F(spread, max_trade_vol,                  90,  4,  UINT, 0) \
    F(spread, min_price_increment,            94,  8,  INT,  0) \
    F(spread, display_factor,                 102, 8,  INT,  0) \
    F(spread, price_display_format,           110, 1,  UINT, 0) \
    F(spread, price_ratio,                    111, 8,  INT,  0) \
    F(spread, tick_rule,                      119, 1,  INT,  0) \
    F(spread, unit_of_measure,                120, 30, TEXT, 0) \
    F(spread, trading_reference_price,        150, 8,  INT,  0) \
    F(spread, settl_price_type,               158, 1,  UINT, 0) \
    F(spread, open_interest_qty,              159, 4,  INT,  0) \
    F(spread, cleared_volume,                 163, 4,  INT,  0) \
    F(spread, high_limit_price,               167, 8,  INT,  0) \
    F(spread, low_limit_price,                175, 8,  INT,  0) \
    F(spread, max_price_variation,            183, 8,  INT,  0) \
    F(spread, main_fraction,                  191, 1,  UINT, 0) \
    F(spread, sub_fraction,                   192, 1,  UINT, 0) \
    F(spread, trading_reference_date,         193, 2,  UINT, 6) \
    F(spread, price_quote_method,             195, 5,  TEXT, 10) \
    F(spread, risk_set,                       200, 6,  TEXT, 10) \
    F(spread, market_set,                     206, 6,  TEXT, 10) \
    F(spread, instrument_guid,                212, 8,  UINT, 10) \
    F(spread, financial_instrument_full_name, 220, 35, TEXT, 10)

#define HR_MDP3_fixed_income(F) \
    F(fixed_income, match_event_indicator,          0,   1,  UINT, 0) \
    F(fixed_income, tot_num_reports,                1,   4,  UINT, 0) \
    F(fixed_income, security_update_action,         5,   1,  CHAR, 0) \
    F(fixed_income, last_update_time,               6,   8,  UINT, 0) \
    F(fixed_income, md_security_trading_status,     14,  1,  UINT, 0) \
    F(fixed_income, appl_id,                        15,  2,  INT,  0) \
    F(fixed_income, market_segment_id,              17,  1,  UINT, 0) \
    F(fixed_income, underlying_product,             18,  1,  UINT, 0) \
    F(fixed_income, security_exchange,              19,  4,  TEXT, 0) \
    F(fixed_income, security_group,                 23,  6,  TEXT, 0) \
    F(fixed_income, asset,                          29,  6,  TEXT, 0) \
    F(fixed_income, symbol,                         35,  20, TEXT, 0) \
    F(fixed_income, security_id,                    55,  4,  INT,  0) \
    F(fixed_income, security_type,                  59,  6,  TEXT, 0) \
    F(fixed_income, cfi_code,                       65,  6,  TEXT, 0) \
    F(fixed_income, currency,                       71,  3,  TEXT, 0) \
    F(fixed_income, settl_currency,                 74,  3,  TEXT, 0) \
    F(fixed_income, match_algorithm,                77,  1,  CHAR, 0) \
    F(fixed_income, min_trade_vol,                  78,  4,  UINT, 0) \
    F(fixed_income, max_trade_vol,                  82,  4,  UINT, 0) \
    F(fixed_income, min_price_increment,            86,  8,  INT,  0) \
    F(fixed_income, display_factor,                 94,  8,  INT,  0) \
    F(fixed_income, main_fraction,                  102, 1,  UINT, 0) \
    F(fixed_income, sub_fraction,                   103, 1,  UINT, 0) \
    F(fixed_income, price_display_format,           104, 1,  UINT, 0) \
    F(fixed_income, unit_of_measure,                105, 30, TEXT, 0) \
    F(fixed_income, unit_of_measure_qty,            135, 8,  INT,  0) \
    F(fixed_income, trading_reference_price,        143, 8,  INT,  0) \
    F(fixed_income, trading_reference_date,         151, 2,  UINT, 0) \
    F(fixed_income, high_limit_price,               153, 8,  INT,  0) \
    F(fixed_income, low_limit_price,                161, 8,  INT,  0) \
    F(fixed_income, max_price_variation,            169, 8,  INT,  0) \
    F(fixed_income, min_price_increment_amount,     177, 8,  INT,  0) \
    F(fixed_income, issue_date,                     185, 2,  UINT, 0) \
    F(fixed_income, dated_date,                     187, 2,  UINT, 0) \
    F(fixed_income, maturity_date,                  189, 2,  UINT, 0) \
    F(fixed_income, coupon_rate,                    191, 8,  INT,  0) \
    F(fixed_income, par_value,                      199, 8,  INT,  0) \
    F(fixed_income, coupon_frequency_unit,          207, 3,  TEXT, 0) \
    F(fixed_income, coupon_frequency_period,        210, 2,  UINT, 0) \
    F(fixed_income, coupon_day_count,               212, 20, TEXT, 0) \
    F(fixed_income, country_of_issue,               232, 2,  TEXT, 0) \
    F(fixed_income, issuer,                         234, 25, TEXT, 0) \
    F(fixed_income, financial_instrument_full_name, 259, 35, TEXT, 0) \
    F(fixed_income, security_alt_id,                294, 12, TEXT, 0) \
    F(fixed_income, security_alt_id_source,         306, 1,  UINT, 0) \
    F(fixed_income, price_quote_method,             307, 5,  TEXT, 0) \
    F(fixed_income, party_role_clearing_org,        312, 5,  TEXT, 0) \
    F(fixed_income, user_defined_instrument,        317, 1,  CHAR, 0) \
    F(fixed_income, risk_set,                       318, 6,  TEXT, 0) \
    F(fixed_income, market_set,                     324, 6,  TEXT, 0) \
    F(fixed_income, instrument_guid,                330, 8,  UINT, 0)

#define HR_MDP3_repo(F) \
    F(repo, match_event_indicator,          0,   1,  UINT, 0) \
    F(repo, tot_num_reports,                1,   4,  UINT, 0) \
    F(repo, security_update_action,         5,   1,  CHAR, 0) \
    F(repo, last_update_time,               6,   8,  UINT, 0) \
    F(repo, md_security_trading_status,     14,  1,  UINT, 0) \
    F(repo, appl_id,                        15,  2,  INT,  0) \
    F(repo, market_segment_id,              17,  1,  UINT, 0) \
    F(repo, underlying_product,             18,  1,  UINT, 0) \
    F(repo, security_exchange,              19,  4,  TEXT, 0) \
    F(repo, security_group,                 23,  6,  TEXT, 0) \
    F(repo, asset,                          29,  6,  TEXT, 0) \
    F(repo, symbol,                         35,  20, TEXT, 0) \
    F(repo, security_id,                    55,  4,  INT,  0) \
    F(repo, security_type,                  59,  6,  TEXT, 0) \
    F(repo, cfi_code,                       65,  6,  TEXT, 0) \
    F(repo, currency,                       71,  3,  TEXT, 0) \
    F(repo, settl_currency,                 74,  3,  TEXT, 0) \
    F(repo, match_algorithm,                77,  1,  CHAR, 0) \
    F(repo, min_trade_vol,                  78,  4,  UINT, 0) \
    F(repo, max_trade_vol,                  82,  4,  UINT, 0) \
    F(repo, min_price_increment,            86,  8,  INT,  0) \
    F(repo, display_factor,                 94,  8,  INT,  0) \
    F(repo, unit_of_measure,                102, 30, TEXT, 0) \
    F(repo, unit_of_measure_qty,            132, 8,  INT,  0) \
    F(repo, trading_reference_price,        140, 8,  INT,  0) \
    F(repo, trading_reference_date,         148, 2,  UINT, 0) \
    F(repo, high_limit_price,               150, 8,  INT,  0) \
    F(repo, low_limit_price,                158, 8,  INT,  0) \
    F(repo, max_price_variation,            166, 8,  INT,  0) \
    F(repo, financial_instrument_full_name, 174, 35, TEXT, 0) \
    F(repo, party_role_clearing_org,        209, 5,  TEXT, 0) \
    F(repo, start_date,                     214, 2,  UINT, 0) \
    F(repo, end_date,                       216, 2,  UINT, 0) \
    F(repo, termination_type,               218, 8,  TEXT, 0) \
    F(repo, repo_sub_type,                  226, 1,  UINT, 0) \
    F(repo, money_or_par,                   227, 1,  UINT, 0) \
    F(repo, max_no_of_substitutions,        228, 1,  UINT, 0) \
    F(repo, price_quote_method,             229, 5,  TEXT, 0) \
    F(repo, user_defined_instrument,        234, 1,  CHAR, 0) \
    F(repo, risk_set,                       235, 6,  TEXT, 0) \
    F(repo, market_set,                     241, 6,  TEXT, 0) \
    F(repo, instrument_guid,                247, 8,  UINT, 0) \
    F(repo, term_code,                      255, 20, TEXT, 0) \
    F(repo, broken_date_term_type,          275, 1,  UINT, 0)

#define HR_MDP3_fx(F) \
    F(fx, match_event_indicator,          0,   1,  UINT, 0) \
    F(fx, tot_num_reports,                1,   4,  UINT, 0) \
    F(fx, security_update_action,         5,   1,  CHAR, 0) \
    F(fx, last_update_time,               6,   8,  UINT, 0) \
    F(fx, md_security_trading_status,     14,  1,  UINT, 0) \
    F(fx, appl_id,                        15,  2,  INT,  0) \
    F(fx, market_segment_id,              17,  1,  UINT, 0) \
    F(fx, underlying_product,             18,  1,  UINT, 0) \
    F(fx, security_exchange,              19,  4,  TEXT, 0) \
    F(fx, security_group,                 23,  6,  TEXT, 0) \
    F(fx, asset,                          29,  6,  TEXT, 0) \
    F(fx, symbol,                         35,  20, TEXT, 0) \
    F(fx, security_id,                    55,  4,  INT,  0) \
    F(fx, security_type,                  59,  6,  TEXT, 0) \
    F(fx, cfi_code,                       65,  6,  TEXT, 0) \
    F(fx, currency,                       71,  3,  TEXT, 0) \
    F(fx, settl_currency,                 74,  3,  TEXT, 0) \
    F(fx, price_quote_currency,           77,  3,  TEXT, 0) \
    F(fx, match_algorithm,                80,  1,  CHAR, 0) \
    F(fx, min_trade_vol,                  81,  4,  UINT, 0) \
    F(fx, max_trade_vol,                  85,  4,  UINT, 0) \
    F(fx, min_price_increment,            89,  8,  INT,  0) \
    F(fx, display_factor,                 97,  8,  INT,  0) \
    F(fx, price_precision,                105, 1,  UINT, 0) \
    F(fx, unit_of_measure,                106, 30, TEXT, 0) \
    F(fx, unit_of_measure_qty,            136, 8,  INT,  0) \
    F(fx, high_limit_price,               144, 8,  INT,  0) \
    F(fx, low_limit_price,                152, 8,  INT,  0) \
    F(fx, max_price_variation,            160, 8,  INT,  0) \
    F(fx, user_defined_instrument,        168, 1,  CHAR, 0) \
    F(fx, financial_instrument_full_name, 169, 35, TEXT, 0) \
    F(fx, fx_currency_symbol,             204, 7,  TEXT, 0) \
    F(fx, settl_type,                     211, 3,  TEXT, 0) \
    F(fx, intervening_days,               214, 2,  UINT, 0) \
    F(fx, fx_benchmark_rate_fix,          216, 20, TEXT, 0) \
    F(fx, rate_source,                    236, 12, TEXT, 0) \
    F(fx, fix_rate_local_time,            248, 8,  TEXT, 0) \
    F(fx, fix_rate_local_time_zone,       256, 20, TEXT, 0) \
    F(fx, min_quote_life,                 276, 4,  UINT, 0) \
    F(fx, max_price_discretion_offset,    280, 8,  INT,  0) \
    F(fx, instrument_guid,                288, 8,  UINT, 0) \
    F(fx, maturity_year,                  296, 2,  UINT, 0) \
    F(fx, maturity_month,                 298, 1,  UINT, 0) \
    F(fx, maturity_day,                   299, 1,  UINT, 0) \
    F(fx, maturity_week,                  300, 1,  UINT, 0) \
    F(fx, settlement_locale,              301, 8,  TEXT, 0) \
    F(fx, alt_min_price_increment,        309, 8,  INT,  0) \
    F(fx, alt_min_quote_life,             317, 4,  UINT, 0) \
    F(fx, alt_price_increment_constraint, 321, 8,  INT,  0) \
    F(fx, max_bid_ask_constraint,         329, 8,  INT,  0)

/* ---- entries of groups ---- */

#define HR_MDP3_ENTRIES(E) \
    E(channel) E(book) E(book_long) E(book_order) E(order) E(trade_36) E(trade) E(trade_long) E(trade_order) E(daily) \
    E(limits) E(session) E(session_long) E(volume) E(volume_long) E(level) E(level_long) E(level_tcp) \
    E(level_tcp_long) E(resting) E(related_sym) E(workup_order) E(collateral) E(event) E(feed_type) E(attribute) \
    E(lot) E(leg) E(underlying) E(related) E(repo_underlying) E(repo_related) E(broken_date) E(trading_session)

#define HR_MDP3_channel(F) \
    F(channel, appl_id, 0, 2, INT, 0)

#define HR_MDP3_book(F) \
    F(book, md_entry_px,      0,  8, INT,  0) \
    F(book, md_entry_size,    8,  4, INT,  0) \
    F(book, security_id,      12, 4, INT,  0) \
    F(book, rpt_seq,          16, 4, UINT, 0) \
    F(book, number_of_orders, 20, 4, INT,  0) \
    F(book, md_price_level,   24, 1, UINT, 0) \
    F(book, md_update_action, 25, 1, UINT, 0) \
    F(book, md_entry_type,    26, 1, CHAR, 0) \
    F(book, tradeable_size,   27, 4, INT,  10)

#define HR_MDP3_book_long(F) \
    F(book_long, md_entry_px,      0,  8, INT,  0) \
    F(book_long, md_entry_size,    8,  8, UINT, 0) \
    F(book_long, security_id,      16, 4, INT,  0) \
    F(book_long, rpt_seq,          20, 4, UINT, 0) \
    F(book_long, number_of_orders, 24, 4, INT,  0) \
    F(book_long, md_price_level,   28, 1, UINT, 0) \
    F(book_long, md_update_action, 29, 1, UINT, 0) \
    F(book_long, md_entry_type,    30, 1, CHAR, 0)

#define HR_MDP3_book_order(F) \
    F(book_order, order_id,            0,  8, UINT, 0) \
    F(book_order, md_order_priority,   8,  8, UINT, 0) \
    F(book_order, md_display_qty,      16, 4, INT,  0) \
    F(book_order, reference_id,        20, 1, UINT, 0) \
    F(book_order, order_update_action, 21, 1, UINT, 0)

#define HR_MDP3_order(F) \
    F(order, order_id,          0,  8, UINT, 0) \
    F(order, md_order_priority, 8,  8, UINT, 0) \
    F(order, md_entry_px,       16, 8, INT,  0) \
    F(order, md_display_qty,    24, 4, INT,  0) \
    F(order, security_id,       28, 4, INT,  0) \
    F(order, md_update_action,  32, 1, UINT, 0) \
    F(order, md_entry_type,     33, 1, CHAR, 0)

#define HR_MDP3_trade_36(F) \
    F(trade_36, md_entry_px,      0,  8, INT,  0) \
    F(trade_36, md_entry_size,    8,  4, INT,  0) \
    F(trade_36, security_id,      12, 4, INT,  0) \
    F(trade_36, rpt_seq,          16, 4, UINT, 0) \
    F(trade_36, number_of_orders, 20, 4, INT,  0) \
    F(trade_36, trade_id,         24, 4, INT,  0) \
    F(trade_36, aggressor_side,   28, 1, UINT, 0) \
    F(trade_36, md_update_action, 29, 1, UINT, 0)

#define HR_MDP3_trade(F) \
    F(trade, md_entry_px,       0,  8, INT,  0) \
    F(trade, md_entry_size,     8,  4, INT,  0) \
    F(trade, security_id,       12, 4, INT,  0) \
    F(trade, rpt_seq,           16, 4, UINT, 0) \
    F(trade, number_of_orders,  20, 4, INT,  0) \
    F(trade, aggressor_side,    24, 1, UINT, 0) \
    F(trade, md_update_action,  25, 1, UINT, 0) \
    F(trade, md_trade_entry_id, 26, 4, UINT, 7)

#define HR_MDP3_trade_long(F) \
    F(trade_long, md_entry_px,       0,  8, INT,  0) \
    F(trade_long, md_entry_size,     8,  8, UINT, 0) \
    F(trade_long, security_id,       16, 4, INT,  0) \
    F(trade_long, rpt_seq,           20, 4, UINT, 0) \
    F(trade_long, number_of_orders,  24, 4, INT,  0) \
    F(trade_long, md_trade_entry_id, 28, 4, UINT, 0) \
    F(trade_long, aggressor_side,    32, 1, UINT, 0) \
    F(trade_long, md_update_action,  33, 1, UINT, 0)

#define HR_MDP3_trade_order(F) \
    F(trade_order, order_id, 0, 8, UINT, 0) \
    F(trade_order, last_qty, 8, 4, INT,  0)

#define HR_MDP3_daily(F) \
    F(daily, md_entry_px,            0,  8, INT,  0) \
    F(daily, md_entry_size,          8,  4, INT,  0) \
    F(daily, security_id,            12, 4, INT,  0) \
    F(daily, rpt_seq,                16, 4, UINT, 0) \
    F(daily, trading_reference_date, 20, 2, UINT, 0) \
    F(daily, settl_price_type,       22, 1, UINT, 0) \
    F(daily, md_update_action,       23, 1, UINT, 0) \
    F(daily, md_entry_type,          24, 1, CHAR, 0)

#define HR_MDP3_limits(F) \
    F(limits, high_limit_price,    0,  8, INT,  0) \
    F(limits, low_limit_price,     8,  8, INT,  0) \
    F(limits, max_price_variation, 16, 8, INT,  0) \
    F(limits, security_id,         24, 4, INT,  0) \
    F(limits, rpt_seq,             28, 4, UINT, 0)

#define HR_MDP3_session(F) \
    F(session, md_entry_px,           0,  8, INT,  0) \
    F(session, security_id,           8,  4, INT,  0) \
    F(session, rpt_seq,               12, 4, UINT, 0) \
    F(session, open_close_settl_flag, 16, 1, UINT, 0) \
    F(session, md_update_action,      17, 1, UINT, 0) \
    F(session, md_entry_type,         18, 1, CHAR, 0) \
    F(session, md_entry_size,         19, 4, INT,  8)

#define HR_MDP3_session_long(F) \
    F(session_long, md_entry_px,           0,  8, INT,  0) \
    F(session_long, md_entry_size,         8,  8, UINT, 0) \
    F(session_long, security_id,           16, 4, INT,  0) \
    F(session_long, rpt_seq,               20, 4, UINT, 0) \
    F(session_long, open_close_settl_flag, 24, 1, UINT, 0) \
    F(session_long, md_update_action,      25, 1, UINT, 0) \
    F(session_long, md_entry_type,         26, 1, CHAR, 0)

#define HR_MDP3_volume(F) \
    F(volume, md_entry_size,    0,  4, INT,  0) \
    F(volume, security_id,      4,  4, INT,  0) \
    F(volume, rpt_seq,          8,  4, UINT, 0) \
    F(volume, md_update_action, 12, 1, UINT, 0)

#define HR_MDP3_volume_long(F) \
    F(volume_long, md_entry_size,    0,  8, UINT, 0) \
    F(volume_long, security_id,      8,  4, INT,  0) \
    F(volume_long, rpt_seq,          12, 4, UINT, 0) \
    F(volume_long, md_update_action, 16, 1, UINT, 0)

#define HR_MDP3_level(F) \
    F(level, md_entry_px,            0,  8, INT,  0) \
    F(level, md_entry_size,          8,  4, INT,  0) \
    F(level, number_of_orders,       12, 4, INT,  0) \
    F(level, md_price_level,         16, 1, INT,  0) \
    F(level, trading_reference_date, 17, 2, UINT, 0) \
    F(level, open_close_settl_flag,  19, 1, UINT, 0) \
    F(level, settl_price_type,       20, 1, UINT, 0) \
    F(level, md_entry_type,          21, 1, CHAR, 0)

#define HR_MDP3_level_long(F) \
    F(level_long, md_entry_px,           0,  8, INT,  0) \
    F(level_long, md_entry_size,         8,  8, UINT, 0) \
    F(level_long, number_of_orders,      16, 4, INT,  0) \
    F(level_long, md_price_level,        20, 1, UINT, 0) \
    F(level_long, open_close_settl_flag, 21, 1, UINT, 0) \
    F(level_long, md_entry_type,         22, 1, CHAR, 0)

#define HR_MDP3_level_tcp(F) \
    F(level_tcp, md_entry_px,            0,  8, INT,  0) \
    F(level_tcp, md_entry_size,          8,  4, INT,  0) \
    F(level_tcp, tradeable_size,         12, 4, INT,  0) \
    F(level_tcp, number_of_orders,       16, 4, INT,  0) \
    F(level_tcp, md_price_level,         20, 1, INT,  0) \
    F(level_tcp, open_close_settl_flag,  21, 1, UINT, 0) \
    F(level_tcp, md_entry_type,          22, 1, CHAR, 0) \
    F(level_tcp, trading_reference_date, 23, 2, UINT, 0) \
    F(level_tcp, settl_price_type,       25, 1, UINT, 0)

#define HR_MDP3_level_tcp_long(F) \
    F(level_tcp_long, md_entry_px,           0,  8, INT,  0) \
    F(level_tcp_long, md_entry_size,         8,  8, UINT, 0) \
    F(level_tcp_long, number_of_orders,      16, 4, INT,  0) \
    F(level_tcp_long, md_price_level,        20, 1, UINT, 0) \
    F(level_tcp_long, open_close_settl_flag, 21, 1, UINT, 0) \
    F(level_tcp_long, md_entry_type,         22, 1, CHAR, 0)

#define HR_MDP3_resting(F) \
    F(resting, order_id,          0,  8, UINT, 0) \
    F(resting, md_order_priority, 8,  8, UINT, 0) \
    F(resting, md_entry_px,       16, 8, INT,  0) \
    F(resting, md_display_qty,    24, 4, INT,  0) \
    F(resting, md_entry_type,     28, 1, CHAR, 0)

#define HR_MDP3_related_sym(F) \
    F(related_sym, symbol,      0,  20, TEXT, 0) \
    F(related_sym, security_id, 20, 4,  INT,  0) \
    F(related_sym, order_qty,   24, 4,  INT,  0) \
    F(related_sym, quote_type,  28, 1,  INT,  0) \
    F(related_sym, side,        29, 1,  INT,  0)

#define HR_MDP3_workup_order(F) \
    F(workup_order, order_id,            0, 8, UINT, 0) \
    F(workup_order, side,                8, 1, UINT, 0) \
    F(workup_order, aggressor_indicator, 9, 1, UINT, 0)

#define HR_MDP3_collateral(F) \
    F(collateral, underlying_security_alt_id,        0,  12, TEXT, 0) \
    F(collateral, underlying_security_alt_id_source, 12, 1,  UINT, 0) \
    F(collateral, collateral_market_price,           13, 8,  INT,  0) \
    F(collateral, dirty_price,                       21, 8,  INT,  0) \
    F(collateral, underlying_instrument_guid,        29, 8,  UINT, 0) \
    F(collateral, md_stream_id,                      37, 1,  UINT, 0)

#define HR_MDP3_event(F) \
    F(event, event_type, 0, 1, UINT, 0) \
    F(event, event_time, 1, 8, UINT, 0)

#define HR_MDP3_feed_type(F) \
    F(feed_type, md_feed_type, 0, 3, TEXT, 0) \
    F(feed_type, market_depth, 3, 1, INT,  0)

#define HR_MDP3_attribute(F) \
    F(attribute, inst_attrib_value, 0, 4, UINT, 0)

#define HR_MDP3_lot(F) \
    F(lot, lot_type,     0, 1, INT, 0) \
    F(lot, min_lot_size, 1, 4, INT, 0)

#define HR_MDP3_leg(F) \
    F(leg, leg_security_id,  0,  4, INT,  0) \
    F(leg, leg_side,         4,  1, UINT, 0) \
    F(leg, leg_ratio_qty,    5,  1, INT,  0) \
    F(leg, leg_price,        6,  8, INT,  0) \
    F(leg, leg_option_delta, 14, 4, INT,  0)

#define HR_MDP3_underlying(F) \
    F(underlying, underlying_security_id, 0, 4,  INT,  0) \
    F(underlying, underlying_symbol,      4, 20, TEXT, 0)

#define HR_MDP3_related(F) \
    F(related, related_security_id, 0, 4,  INT,  0) \
    F(related, related_symbol,      4, 20, TEXT, 0)

#define HR_MDP3_repo_underlying(F) \
    F(repo_underlying, underlying_symbol,                         0,   20, TEXT, 0) \
    F(repo_underlying, underlying_security_id,                    20,  4,  INT,  0) \
    F(repo_underlying, underlying_security_alt_id,                24,  12, TEXT, 0) \
    F(repo_underlying, underlying_security_alt_id_source,         36,  1,  UINT, 0) \
    F(repo_underlying, underlying_financial_instrument_full_name, 37,  35, TEXT, 0) \
    F(repo_underlying, underlying_security_type,                  72,  6,  TEXT, 0) \
    F(repo_underlying, underlying_country_of_issue,               78,  2,  TEXT, 0) \
    F(repo_underlying, underlying_issuer,                         80,  25, TEXT, 0) \
    F(repo_underlying, underlying_max_life_time,                  105, 1,  UINT, 0) \
    F(repo_underlying, underlying_min_days_to_maturity,           106, 2,  UINT, 0) \
    F(repo_underlying, underlying_instrument_guid,                108, 8,  UINT, 0) \
    F(repo_underlying, underlying_maturity_date,                  116, 2,  UINT, 0)

#define HR_MDP3_repo_related(F) \
    F(repo_related, related_security_id,     0,  4,  INT,  0) \
    F(repo_related, related_symbol,          4,  20, TEXT, 0) \
    F(repo_related, related_instrument_guid, 24, 8,  UINT, 0)

#define HR_MDP3_broken_date(F) \
    F(broken_date, broken_date_guid,        0,  8, UINT, 0) \
    F(broken_date, broken_date_security_id, 8,  4, INT,  0) \
    F(broken_date, broken_date_start,       12, 2, UINT, 0) \
    F(broken_date, broken_date_end,         14, 2, UINT, 0)

#define HR_MDP3_trading_session(F) \
    F(trading_session, trade_date,      0, 2,  UINT, 0) \
    F(trading_session, settl_date,      2, 2,  UINT, 0) \
    F(trading_session, maturity_date,   4, 2,  UINT, 0) \
    F(trading_session, security_alt_id, 6, 12, TEXT, 0)

#endif
