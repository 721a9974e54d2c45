/* SPDX-License-Identifier: Apache-2.0
 *
 * Message blocks: a 2-byte length, then the message, one after the other. A packet is walked to its end before any of
 * its messages is used: a packet is delivered whole or refused whole.
 */
#ifndef HEADRACE_LINE_BLOCKS_H
#define HEADRACE_LINE_BLOCKS_H

#include <stdint.h>

#include "packet/bytes.h"

struct hr_message {
    const uint8_t *bytes;
    uint32_t length;
};

/* The most messages that one datagram can hold: 65,507 bytes of nothing but lengths. */
#define HR_MESSAGES_MAX 32768

/* Walks `count` blocks; count <= HR_MESSAGES_MAX. What follows the last block is left out. Returns 0, or 1 when a length
 * runs past the end. big_endian is a constant at each call, so either loop compiles to its own code. */
static inline __attribute__((always_inline)) int hr_blocks_walk(const uint8_t *at, uint32_t length, uint32_t count,
                                                                int big_endian, struct hr_message *messages)
{
    for (uint32_t i = 0; i < count; i++) {
        if (length < 2)
            return 1;
        uint32_t bytes = big_endian ? hr_be16(at) : hr_le16(at);
        if (bytes > length - 2)
            return 1;
        messages[i].bytes = at + 2;
        messages[i].length = bytes;
        at += 2 + bytes;
        length -= 2 + bytes;
    }
    return 0;
}

#endif
