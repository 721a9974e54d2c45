/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets and lengths of TotalView-ITCH 5.0 as constants: HR_ITCH50_<message>_<field> and HR_ITCH50_<message>_length.
 */
#ifndef HEADRACE_DECODE_ITCH50_H
#define HEADRACE_DECODE_ITCH50_H

#include "decode/itch50_table.h"

enum {
#define M(type, message, length) HR_ITCH50_##message##_length = (length),
    HR_ITCH50_MESSAGES(M)
#undef M
#define F(message, field, offset, bytes, kind) HR_ITCH50_##message##_##field = (offset),
#define M(type, message, length) HR_ITCH50_##message(F)
    HR_ITCH50_MESSAGES(M)
#undef M
#undef F
};

#endif
