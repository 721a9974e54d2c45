/* SPDX-License-Identifier: Apache-2.0
 *
 * Wire bytes by hand: a buffer that integers of either byte order are appended to. It shares nothing with the code under test.
 */
#ifndef HEADRACE_TEST_WIRE_H
#define HEADRACE_TEST_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "test.h"

#define WIRE_ROOM ((size_t)1 << 17)

struct wire {
    size_t length;
    uint8_t bytes[WIRE_ROOM];
};

static inline void wire_be(struct wire *wire, uint64_t value, int bytes)
{
    assert_true(wire->length + (size_t)bytes <= WIRE_ROOM);
    for (int i = bytes - 1; i >= 0; i--)
        wire->bytes[wire->length++] = (uint8_t)(value >> (8 * i));
}

static inline void wire_le(struct wire *wire, uint64_t value, int bytes)
{
    assert_true(wire->length + (size_t)bytes <= WIRE_ROOM);
    for (int i = 0; i < bytes; i++)
        wire->bytes[wire->length++] = (uint8_t)(value >> (8 * i));
}

static inline void wire_copy(struct wire *wire, const void *bytes, size_t length)
{
    assert_true(wire->length + length <= WIRE_ROOM);
    if (length)
        memcpy(wire->bytes + wire->length, bytes, length);
    wire->length += length;
}

/* A text padded with spaces on the right. */
static inline void wire_text(struct wire *wire, const char *text, size_t bytes)
{
    size_t length = strlen(text);
    assert_true(length <= bytes);
    wire_copy(wire, text, length);
    for (; length < bytes; length++)
        wire_be(wire, ' ', 1);
}

/* ---- session headers ---- */

/* MoldUDP64: session, sequence, count; big-endian. */
static inline void wire_mold64(struct wire *wire, const char *session, uint64_t sequence, uint16_t count)
{
    wire_text(wire, session, 10);
    wire_be(wire, sequence, 8);
    wire_be(wire, count, 2);
}

struct wire_iextp {
    uint8_t version;
    uint16_t protocol;
    uint32_t channel;
    uint32_t session;
    uint16_t payload_length;
    uint16_t count;
    uint64_t offset;
    uint64_t sequence;
    uint64_t send_time_ns;
};

/* IEX-TP; little-endian. */
static inline void wire_iextp(struct wire *wire, const struct wire_iextp *header)
{
    wire_le(wire, header->version, 1);
    wire_le(wire, 0, 1);
    wire_le(wire, header->protocol, 2);
    wire_le(wire, header->channel, 4);
    wire_le(wire, header->session, 4);
    wire_le(wire, header->payload_length, 2);
    wire_le(wire, header->count, 2);
    wire_le(wire, header->offset, 8);
    wire_le(wire, header->sequence, 8);
    wire_le(wire, header->send_time_ns, 8);
}

struct wire_xdp {
    uint16_t size;
    uint8_t flag;
    uint8_t count;
    uint32_t sequence;
    uint32_t seconds;
    uint32_t nanoseconds;
};

/* XDP; little-endian. */
static inline void wire_xdp(struct wire *wire, const struct wire_xdp *header)
{
    wire_le(wire, header->size, 2);
    wire_le(wire, header->flag, 1);
    wire_le(wire, header->count, 1);
    wire_le(wire, header->sequence, 4);
    wire_le(wire, header->seconds, 4);
    wire_le(wire, header->nanoseconds, 4);
}

/* MACH: the header of one packet; `bytes` counts it. Little-endian. */
static inline void wire_mach(struct wire *wire, uint64_t sequence, uint16_t bytes, uint8_t type, uint8_t session)
{
    wire_le(wire, sequence, 8);
    wire_le(wire, bytes, 2);
    wire_le(wire, type, 1);
    wire_le(wire, session, 1);
}

/* iMpact: session, sequence, count, milliseconds; big-endian. */
static inline void wire_impact(struct wire *wire, uint16_t session, uint32_t sequence, uint16_t count, uint64_t sent_ms)
{
    wire_be(wire, session, 2);
    wire_be(wire, sequence, 4);
    wire_be(wire, count, 2);
    wire_be(wire, sent_ms, 8);
}

#endif
