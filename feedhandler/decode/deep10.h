/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of the messages that IEX DEEP 1.0 alone has, as constants: HR_IEX_<message>_<field>.
 */
#ifndef HEADRACE_DECODE_DEEP10_H
#define HEADRACE_DECODE_DEEP10_H

#include "decode/deep10_table.h"

enum {
#define F(message, field, offset, bytes, kind) HR_IEX_##message##_##field = (offset),
#define M(type, message, length) HR_IEX_##message(F)
    HR_DEEP10_OWN_MESSAGES(M)
#undef M
#undef F
};

#endif
