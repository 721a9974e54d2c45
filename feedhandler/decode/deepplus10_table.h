/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP+ 1.0: every message, every field. The one table that the decoder's offsets and length checks, `headrace dump --json`
 * come from. What other feeds of IEX have too is in iex_table.h.
 *
 * Source: IEX DEEP+ Specification, versions 1.02 and 1.04 (message protocol 0x8005). All integers little-endian.
 * M(type, message, length): the type is byte 0 of the message; the length counts it.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind.
 */
#ifndef HEADRACE_DECODE_DEEPPLUS10_TABLE_H
#define HEADRACE_DECODE_DEEPPLUS10_TABLE_H

#include "decode/iex_table.h"

#define HR_DEEPPLUS10_OWN_MESSAGES(M) \
    M('a', add_order,      38) \
    M('M', order_modify,   38) \
    M('R', order_delete,   26) \
    M('L', order_executed, 46) \
    M('C', clear_book,     18)

#define HR_DEEPPLUS10_MESSAGES(M) \
    HR_IEX_COMMON_MESSAGES(M) \
    HR_DEEPPLUS10_OWN_MESSAGES(M)

#define HR_IEX_add_order(F) \
    F(add_order, side,      1, 1, CHAR) \
    F(add_order, timestamp, 2, 8, INT) \
    F(add_order, symbol,    10, 8, TEXT) \
    F(add_order, order_id,  18, 8, UINT) \
    F(add_order, size,      26, 4, UINT) \
    F(add_order, price,     30, 8, INT)

#define HR_IEX_order_modify(F) \
    F(order_modify, modify_flags,       1, 1, UINT) \
    F(order_modify, timestamp,          2, 8, INT) \
    F(order_modify, symbol,             10, 8, TEXT) \
    F(order_modify, order_id_reference, 18, 8, UINT) \
    F(order_modify, size,               26, 4, UINT) \
    F(order_modify, price,              30, 8, INT)

#define HR_IEX_order_delete(F) \
    F(order_delete, reserved_1,         1, 1, UINT) \
    F(order_delete, timestamp,          2, 8, INT) \
    F(order_delete, symbol,             10, 8, TEXT) \
    F(order_delete, order_id_reference, 18, 8, UINT)

#define HR_IEX_order_executed(F) \
    F(order_executed, sale_condition_flags, 1, 1, UINT) \
    F(order_executed, timestamp,            2, 8, INT) \
    F(order_executed, symbol,               10, 8, TEXT) \
    F(order_executed, order_id_reference,   18, 8, UINT) \
    F(order_executed, size,                 26, 4, UINT) \
    F(order_executed, price,                30, 8, INT) \
    F(order_executed, trade_id,             38, 8, UINT)

#define HR_IEX_clear_book(F) \
    F(clear_book, reserved_1, 1, 1, UINT) \
    F(clear_book, timestamp,  2, 8, INT) \
    F(clear_book, symbol,     10, 8, TEXT)

#endif
