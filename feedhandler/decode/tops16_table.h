/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX TOPS 1.6: every message, every field. The one table that the decoder's offsets and length checks, `headrace dump --json`
 * come from. What other feeds of IEX have too is in iex_table.h.
 *
 * Source: IEX TOPS Specification, versions 1.64 and 1.66 (message protocol 0x8003). All integers little-endian.
 * M(type, message, length): the type is byte 0 of the message; the length counts it.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind.
 */
#ifndef HEADRACE_DECODE_TOPS16_TABLE_H
#define HEADRACE_DECODE_TOPS16_TABLE_H

#include "decode/iex_table.h"

#define HR_TOPS16_OWN_MESSAGES(M) \
    M('Q', quote_update, 42)

#define HR_TOPS16_MESSAGES(M) \
    HR_IEX_COMMON_MESSAGES(M) \
    HR_IEX_AUCTION_MESSAGES(M) \
    HR_TOPS16_OWN_MESSAGES(M)

#define HR_IEX_quote_update(F) \
    F(quote_update, quote_update_flags, 1, 1, UINT) \
    F(quote_update, timestamp,          2, 8, INT) \
    F(quote_update, symbol,             10, 8, TEXT) \
    F(quote_update, bid_size,           18, 4, UINT) \
    F(quote_update, bid_price,          22, 8, INT) \
    F(quote_update, ask_price,          30, 8, INT) \
    F(quote_update, ask_size,           38, 4, UINT)

#endif
