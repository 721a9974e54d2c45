/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of MIAX ToM 1.9 as constants: HR_TOM19_<message>_<field>.
 */
#ifndef HEADRACE_DECODE_TOM19_H
#define HEADRACE_DECODE_TOM19_H

#include "decode/tom19_table.h"

enum {
#define F(message, field, offset, bytes, kind) HR_TOM19_##message##_##field = (offset),
#define M(type, message, length) HR_TOM19_##message(F)
    HR_TOM19_MESSAGES(M)
#undef M
#undef F
};

#endif
