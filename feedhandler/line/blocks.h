/* SPDX-License-Identifier: Apache-2.0
 *
 * Message blocks: a 2-byte length, then the message, one after the other. A packet is delivered whole or refused whole: it is walked to its
 * end before anything is done with its messages that could not be taken back.
 */
#ifndef HEADRACE_LINE_BLOCKS_H
#define HEADRACE_LINE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "packet/bytes.h"

struct hr_message {
    const uint8_t *bytes;
    uint32_t length;
};

/* The most messages that one datagram can hold: 65,507 bytes of nothing but lengths. */
#define HR_MESSAGES_MAX 32768

/* What is left of a packet's blocks. */
struct hr_blocks {
    const uint8_t *at;
    const uint8_t *past; /* behind the last byte */
};

/* The next block: a message. Returns 0, or 1 when its length runs past the end. big_endian is a constant at each call, so either loop
 * compiles to its own code. */
static inline __attribute__((always_inline)) int hr_blocks_next(struct hr_blocks *blocks, int big_endian, const uint8_t **message,
                                                                uint32_t *length)
{
    if (blocks->past - blocks->at < 2)
        return 1;
    *length = big_endian ? hr_be16(blocks->at) : hr_le16(blocks->at);
    *message = blocks->at + 2;
    if (blocks->past - *message < (ptrdiff_t)*length)
        return 1;
    blocks->at = *message + *length;
    return 0;
}

/* Walks `count` blocks; count <= HR_MESSAGES_MAX. What follows the last block is left out. Returns 0, or 1 when a length
 * runs past the end. */
static inline __attribute__((always_inline)) int hr_blocks_walk(const uint8_t *at, uint32_t length, uint32_t count,
                                                                int big_endian, struct hr_message *messages)
{
    struct hr_blocks blocks = {.at = at, .past = at + length};
    for (uint32_t i = 0; i < count; i++)
        if (hr_blocks_next(&blocks, big_endian, &messages[i].bytes, &messages[i].length))
            return 1;
    return 0;
}

#endif
