/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of ICE iMpact 1.1.33 as constants: HR_IMPACT11_<message>_<field>; of entries within the entry. And the lengths:
 * HR_IMPACT11_<message>_BYTES.
 */
#ifndef HEADRACE_DECODE_IMPACT11_H
#define HEADRACE_DECODE_IMPACT11_H

#include "decode/impact11_table.h"

enum {
#define F(message, field, offset, bytes, kind) HR_IMPACT11_##message##_##field = (offset),
#define M(type, message, length) \
    HR_IMPACT11_##message##_BYTES = (length), HR_IMPACT11_HEADER(F, message) HR_IMPACT11_##message(F)
    HR_IMPACT11_MESSAGES(M)
#undef M
#define E(entry, bytes) HR_IMPACT11_##entry##_BYTES = (bytes), HR_IMPACT11_##entry(F)
    HR_IMPACT11_ENTRIES(E)
#undef E
#undef F
};

#endif
