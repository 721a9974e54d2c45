/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP 1.0: every message, every field. The one table that the decoder's offsets and length checks, `headrace dump --json`
 * come from. What other feeds of IEX have too is in iex_table.h.
 *
 * Source: IEX DEEP Specification, versions 1.06 and 1.08 (message protocol 0x8004). All integers little-endian.
 * M(type, message, length): the type is byte 0 of the message; the length counts it.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind.
 */
#ifndef HEADRACE_DECODE_DEEP10_TABLE_H
#define HEADRACE_DECODE_DEEP10_TABLE_H

#include "decode/iex_table.h"

#define HR_DEEP10_OWN_MESSAGES(M) \
    M('8', price_level_buy,  30) \
    M('5', price_level_sell, 30)

#define HR_DEEP10_MESSAGES(M) \
    HR_IEX_COMMON_MESSAGES(M) \
    HR_IEX_AUCTION_MESSAGES(M) \
    HR_DEEP10_OWN_MESSAGES(M)

#define HR_IEX_price_level_buy(F) \
    F(price_level_buy, event_flags, 1, 1, UINT) \
    F(price_level_buy, timestamp,   2, 8, INT) \
    F(price_level_buy, symbol,      10, 8, TEXT) \
    F(price_level_buy, size,        18, 4, UINT) \
    F(price_level_buy, price,       22, 8, INT)

#define HR_IEX_price_level_sell(F) \
    F(price_level_sell, event_flags, 1, 1, UINT) \
    F(price_level_sell, timestamp,   2, 8, INT) \
    F(price_level_sell, symbol,      10, 8, TEXT) \
    F(price_level_sell, size,        18, 4, UINT) \
    F(price_level_sell, price,       22, 8, INT)

#endif
