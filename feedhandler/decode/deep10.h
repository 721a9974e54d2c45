/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of IEX DEEP 1.0 as constants: HR_DEEP10_<message>_<field>.
 */
#ifndef HEADRACE_DECODE_DEEP10_H
#define HEADRACE_DECODE_DEEP10_H

#include "decode/deep10_table.h"

enum {
#define F(message, field, offset, bytes, kind) HR_DEEP10_##message##_##field = (offset),
#define M(type, message, length) HR_DEEP10_##message(F)
    HR_DEEP10_MESSAGES(M)
#undef M
#undef F
};

#endif
