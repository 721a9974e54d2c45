/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of the messages that IEX TOPS 1.6 alone has, as constants: HR_IEX_<message>_<field>.
 */
#ifndef HEADRACE_DECODE_TOPS16_H
#define HEADRACE_DECODE_TOPS16_H

#include "decode/tops16_table.h"

enum {
#define F(message, field, offset, bytes, kind) HR_IEX_##message##_##field = (offset),
#define M(type, message, length) HR_IEX_##message(F)
    HR_TOPS16_OWN_MESSAGES(M)
#undef M
#undef F
};

#endif
