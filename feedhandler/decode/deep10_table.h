/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP 1.0: every message, every field. The one table that the decoder's offsets and length checks, `headrace dump --json`
 * come from.
 *
 * Source: IEX DEEP Specification, versions 1.06 and 1.08 (message protocol 0x8004). All integers little-endian.
 * M(type, message, length): the type is byte 0 of the message; the length counts it.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind.
 */
#ifndef HEADRACE_DECODE_DEEP10_TABLE_H
#define HEADRACE_DECODE_DEEP10_TABLE_H

#define HR_DEEP10_MESSAGES(M) \
    M('S', system_event,               10) \
    M('D', security_directory,         31) \
    M('H', trading_status,             22) \
    M('O', operational_halt,           18) \
    M('P', short_sale_status,          19) \
    M('E', security_event,             18) \
    M('8', price_level_buy,            30) \
    M('5', price_level_sell,           30) \
    M('T', trade_report,               38) \
    M('X', official_price,             26) \
    M('B', trade_break,                38) \
    M('A', auction_information,        80) \
    M('I', retail_liquidity_indicator, 18)

#define HR_DEEP10_system_event(F) \
    F(system_event, system_event, 1, 1, CHAR) \
    F(system_event, timestamp,    2, 8, INT)

#define HR_DEEP10_security_directory(F) \
    F(security_directory, security_directory_flags, 1, 1, UINT) \
    F(security_directory, timestamp,                2, 8, INT) \
    F(security_directory, symbol,                   10, 8, TEXT) \
    F(security_directory, round_lot_size,           18, 4, UINT) \
    F(security_directory, adjusted_poc_price,       22, 8, INT) \
    F(security_directory, luld_tier,                30, 1, UINT)

#define HR_DEEP10_trading_status(F) \
    F(trading_status, trading_status, 1, 1, CHAR) \
    F(trading_status, timestamp,      2, 8, INT) \
    F(trading_status, symbol,         10, 8, TEXT) \
    F(trading_status, reason,         18, 4, TEXT)

#define HR_DEEP10_operational_halt(F) \
    F(operational_halt, operational_halt_status, 1, 1, CHAR) \
    F(operational_halt, timestamp,               2, 8, INT) \
    F(operational_halt, symbol,                  10, 8, TEXT)

#define HR_DEEP10_short_sale_status(F) \
    F(short_sale_status, short_sale_price_test_status, 1, 1, UINT) \
    F(short_sale_status, timestamp,                    2, 8, INT) \
    F(short_sale_status, symbol,                       10, 8, TEXT) \
    F(short_sale_status, detail,                       18, 1, CHAR)

#define HR_DEEP10_security_event(F) \
    F(security_event, security_event, 1, 1, CHAR) \
    F(security_event, timestamp,      2, 8, INT) \
    F(security_event, symbol,         10, 8, TEXT)

#define HR_DEEP10_price_level_buy(F) \
    F(price_level_buy, event_flags, 1, 1, UINT) \
    F(price_level_buy, timestamp,   2, 8, INT) \
    F(price_level_buy, symbol,      10, 8, TEXT) \
    F(price_level_buy, size,        18, 4, UINT) \
    F(price_level_buy, price,       22, 8, INT)

#define HR_DEEP10_price_level_sell(F) \
    F(price_level_sell, event_flags, 1, 1, UINT) \
    F(price_level_sell, timestamp,   2, 8, INT) \
    F(price_level_sell, symbol,      10, 8, TEXT) \
    F(price_level_sell, size,        18, 4, UINT) \
    F(price_level_sell, price,       22, 8, INT)

#define HR_DEEP10_trade_report(F) \
    F(trade_report, sale_condition_flags, 1, 1, UINT) \
    F(trade_report, timestamp,            2, 8, INT) \
    F(trade_report, symbol,               10, 8, TEXT) \
    F(trade_report, size,                 18, 4, UINT) \
    F(trade_report, price,                22, 8, INT) \
    F(trade_report, trade_id,             30, 8, UINT)

#define HR_DEEP10_official_price(F) \
    F(official_price, price_type,     1, 1, CHAR) \
    F(official_price, timestamp,      2, 8, INT) \
    F(official_price, symbol,         10, 8, TEXT) \
    F(official_price, official_price, 18, 8, INT)

#define HR_DEEP10_trade_break(F) \
    F(trade_break, sale_condition_flags, 1, 1, UINT) \
    F(trade_break, timestamp,            2, 8, INT) \
    F(trade_break, symbol,               10, 8, TEXT) \
    F(trade_break, size,                 18, 4, UINT) \
    F(trade_break, price,                22, 8, INT) \
    F(trade_break, trade_id,             30, 8, UINT)

#define HR_DEEP10_auction_information(F) \
    F(auction_information, auction_type,                1, 1, CHAR) \
    F(auction_information, timestamp,                   2, 8, INT) \
    F(auction_information, symbol,                      10, 8, TEXT) \
    F(auction_information, paired_shares,               18, 4, UINT) \
    F(auction_information, reference_price,             22, 8, INT) \
    F(auction_information, indicative_clearing_price,   30, 8, INT) \
    F(auction_information, imbalance_shares,            38, 4, UINT) \
    F(auction_information, imbalance_side,              42, 1, CHAR) \
    F(auction_information, extension_number,            43, 1, CHAR) \
    F(auction_information, scheduled_auction_time,      44, 4, UINT) \
    F(auction_information, auction_book_clearing_price, 48, 8, INT) \
    F(auction_information, collar_reference_price,      56, 8, INT) \
    F(auction_information, lower_auction_collar,        64, 8, INT) \
    F(auction_information, upper_auction_collar,        72, 8, INT)

#define HR_DEEP10_retail_liquidity_indicator(F) \
    F(retail_liquidity_indicator, retail_liquidity_indicator, 1, 1, CHAR) \
    F(retail_liquidity_indicator, timestamp,                  2, 8, INT) \
    F(retail_liquidity_indicator, symbol,                     10, 8, TEXT)

#endif
