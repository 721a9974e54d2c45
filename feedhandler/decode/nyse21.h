/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of NYSE imbalances 2.1f as constants: HR_NYSE21_<message>_<field>.
 */
#ifndef HEADRACE_DECODE_NYSE21_H
#define HEADRACE_DECODE_NYSE21_H

#include "decode/nyse21_table.h"

enum {
#define F(message, field, offset, bytes, kind) HR_NYSE21_##message##_##field = (offset),
#define M(type, message, length) HR_NYSE21_##message(F)
    HR_NYSE21_MESSAGES(M)
#undef M
#undef F
};

#endif
