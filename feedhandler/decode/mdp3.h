/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0 as constants: HR_MDP3_<block or entry>_<field>: the offset within it; the same with _end: one past its last byte;
 * HR_MDP3_TEMPLATE_<message>, HR_MDP3_BLOCK_<message>: its number, and the shortest root block.
 */
#ifndef HEADRACE_DECODE_MDP3_H
#define HEADRACE_DECODE_MDP3_H

#include "decode/mdp3_table.h"

#define HR_MDP3_HEADER_BYTES 8
#define HR_MDP3_SCHEMA 1

enum {
#define F(block, field, offset, bytes, kind, since) HR_MDP3_##block##_##field = (offset),
#define B(block) HR_MDP3_##block(F)
    HR_MDP3_header(F)
    HR_MDP3_BLOCKS(B)
    HR_MDP3_ENTRIES(B)
#undef B
#undef F
};

/* One past the last byte of a field. */
enum {
#define F(block, field, offset, bytes, kind, since) HR_MDP3_##block##_##field##_end = (offset) + (bytes),
#define B(block) HR_MDP3_##block(F)
    HR_MDP3_BLOCKS(B)
    HR_MDP3_ENTRIES(B)
#undef B
#undef F
};

enum {
#define M(type, message, length, block, groups) HR_MDP3_TEMPLATE_##message = (type), HR_MDP3_BLOCK_##message = (length),
    HR_MDP3_MESSAGES(M)
#undef M
};

#endif
