/* SPDX-License-Identifier: Apache-2.0
 *
 * What the feeds of IEX have in common: every message that more than one of them has, every field. The tables of the feeds
 * (deep10_table.h, tops16_table.h, deepplus10_table.h) are made of these and of their own.
 *
 * Source: IEX TOPS Specification, versions 1.64 and 1.66; IEX DEEP Specification, 1.06 and 1.08; IEX DEEP+ Specification, 1.02
 * and 1.04. All integers little-endian.
 * M(type, message, length): the type is byte 0 of the message; the length counts it.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind.
 */
#ifndef HEADRACE_DECODE_IEX_TABLE_H
#define HEADRACE_DECODE_IEX_TABLE_H

/* Of all three. TOPS has the security event up to version 1.64 and the retail liquidity indicator from 1.66 on. */
#define HR_IEX_COMMON_MESSAGES(M) \
    M('S', system_event,               10) \
    M('D', security_directory,         31) \
    M('H', trading_status,             22) \
    M('O', operational_halt,           18) \
    M('P', short_sale_status,          19) \
    M('E', security_event,             18) \
    M('T', trade_report,               38) \
    M('B', trade_break,                38) \
    M('I', retail_liquidity_indicator, 18)

/* Of TOPS and DEEP. */
#define HR_IEX_AUCTION_MESSAGES(M) \
    M('X', official_price,      26) \
    M('A', auction_information, 80)

#define HR_IEX_system_event(F) \
    F(system_event, system_event, 1, 1, CHAR) \
    F(system_event, timestamp,    2, 8, INT)

#define HR_IEX_security_directory(F) \
    F(security_directory, security_directory_flags, 1, 1, UINT) \
    F(security_directory, timestamp,                2, 8, INT) \
    F(security_directory, symbol,                   10, 8, TEXT) \
    F(security_directory, round_lot_size,           18, 4, UINT) \
    F(security_directory, adjusted_poc_price,       22, 8, INT) \
    F(security_directory, luld_tier,                30, 1, UINT)

#define HR_IEX_trading_status(F) \
    F(trading_status, trading_status, 1, 1, CHAR) \
    F(trading_status, timestamp,      2, 8, INT) \
    F(trading_status, symbol,         10, 8, TEXT) \
    F(trading_status, reason,         18, 4, TEXT)

#define HR_IEX_operational_halt(F) \
    F(operational_halt, operational_halt_status, 1, 1, CHAR) \
    F(operational_halt, timestamp,               2, 8, INT) \
    F(operational_halt, symbol,                  10, 8, TEXT)

#define HR_IEX_short_sale_status(F) \
    F(short_sale_status, short_sale_price_test_status, 1, 1, UINT) \
    F(short_sale_status, timestamp,                    2, 8, INT) \
    F(short_sale_status, symbol,                       10, 8, TEXT) \
    F(short_sale_status, detail,                       18, 1, CHAR)

#define HR_IEX_security_event(F) \
    F(security_event, security_event, 1, 1, CHAR) \
    F(security_event, timestamp,      2, 8, INT) \
    F(security_event, symbol,         10, 8, TEXT)

#define HR_IEX_trade_report(F) \
    F(trade_report, sale_condition_flags, 1, 1, UINT) \
    F(trade_report, timestamp,            2, 8, INT) \
    F(trade_report, symbol,               10, 8, TEXT) \
    F(trade_report, size,                 18, 4, UINT) \
    F(trade_report, price,                22, 8, INT) \
    F(trade_report, trade_id,             30, 8, UINT)

#define HR_IEX_trade_break(F) \
    F(trade_break, sale_condition_flags, 1, 1, UINT) \
    F(trade_break, timestamp,            2, 8, INT) \
    F(trade_break, symbol,               10, 8, TEXT) \
    F(trade_break, size,                 18, 4, UINT) \
    F(trade_break, price,                22, 8, INT) \
    F(trade_break, trade_id,             30, 8, UINT)

#define HR_IEX_retail_liquidity_indicator(F) \
    F(retail_liquidity_indicator, retail_liquidity_indicator, 1, 1, CHAR) \
    F(retail_liquidity_indicator, timestamp,                  2, 8, INT) \
    F(retail_liquidity_indicator, symbol,                     10, 8, TEXT)

#define HR_IEX_official_price(F) \
    F(official_price, price_type,     1, 1, CHAR) \
    F(official_price, timestamp,      2, 8, INT) \
    F(official_price, symbol,         10, 8, TEXT) \
    F(official_price, official_price, 18, 8, INT)

#define HR_IEX_auction_information(F) \
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

#endif
