/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames by hand: Ethernet, VLAN tags, IPv4 with options, UDP, padding and trailer, with right checksums unless a test breaks
 * them. The checksum is the plain one of RFC 1071, 16 bits at a time, so that it shares nothing with the packet step's.
 */
#ifndef HEADRACE_TEST_DATAGRAM_H
#define HEADRACE_TEST_DATAGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "test.h"
#include "wire.h"

#define DATAGRAM_ROOM 70000
#define DATAGRAM_GROUP UINT32_C(0xE9360C6F) /* 233.54.12.111 */
#define DATAGRAM_PORT 26477

struct datagram_options {
    int tags;           /* VLAN tags: 0 to 3 */
    uint16_t outer_tag; /* EtherType of the first; 0: 0x8100 */
    size_t ip_options;  /* bytes, a multiple of 4 up to 40 */
    uint32_t group;     /* 0: DATAGRAM_GROUP */
    uint16_t port;      /* 0: DATAGRAM_PORT */
    size_t trailer;     /* bytes behind the IP packet: padding, FCS */
    int no_udp_checksum;
};

/* A frame and where its parts begin. */
struct datagram {
    uint8_t bytes[DATAGRAM_ROOM];
    size_t length;
    size_t ip;
    size_t udp;
    size_t payload;
    size_t end; /* of the IP packet */
};

static inline uint16_t datagram_sum(const uint8_t *bytes, size_t length, uint32_t sum)
{
    for (size_t i = 0; i < length; i++) {
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static inline void datagram_put16(struct datagram *frame, size_t at, uint16_t value)
{
    frame->bytes[at] = (uint8_t)(value >> 8);
    frame->bytes[at + 1] = (uint8_t)value;
}

static inline uint16_t datagram_get16(const struct datagram *frame, size_t at)
{
    return (uint16_t)(frame->bytes[at] << 8 | frame->bytes[at + 1]);
}

static inline void datagram_fix_ip(struct datagram *frame)
{
    datagram_put16(frame, frame->ip + 10, 0);
    datagram_put16(frame, frame->ip + 10, (uint16_t)~datagram_sum(frame->bytes + frame->ip, frame->udp - frame->ip, 0));
}

static inline void datagram_fix_udp(struct datagram *frame)
{
    uint16_t length = datagram_get16(frame, frame->udp + 4);
    uint32_t pseudo = datagram_sum(frame->bytes + frame->ip + 12, 8, 17U + length);
    datagram_put16(frame, frame->udp + 6, 0);
    uint16_t sum = (uint16_t)~datagram_sum(frame->bytes + frame->udp, length, pseudo);
    datagram_put16(frame, frame->udp + 6, sum ? sum : 0xFFFF);
}

static inline void datagram_make(struct datagram *frame, const uint8_t *payload, size_t length,
                                 const struct datagram_options *options)
{
    static const uint8_t macs[12] = {0x01, 0x00, 0x5E, 0x36, 0x0C, 0x6F, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01};
    static struct wire wire;
    uint32_t group = options->group ? options->group : DATAGRAM_GROUP;
    size_t header = 20 + options->ip_options;
    wire.length = 0;
    wire_copy(&wire, macs, sizeof macs);
    for (int i = 0; i < options->tags; i++) {
        wire_be(&wire, i == 0 && options->outer_tag ? options->outer_tag : 0x8100, 2);
        wire_be(&wire, 100U + (unsigned)i, 2);
    }
    wire_be(&wire, 0x0800, 2);
    frame->ip = wire.length;
    wire_be(&wire, 0x40 | header / 4, 1);
    wire_be(&wire, 0, 1);
    wire_be(&wire, header + 8 + length, 2);
    wire_be(&wire, 0x1234, 2);
    wire_be(&wire, 0x4000, 2); /* may not be fragmented */
    wire_be(&wire, 64, 1);
    wire_be(&wire, 17, 1);
    wire_be(&wire, 0, 2);
    wire_be(&wire, 0x0A000001, 4);
    wire_be(&wire, group, 4);
    for (size_t i = 0; i < options->ip_options; i++)
        wire_be(&wire, 1, 1); /* no operation */
    frame->udp = wire.length;
    wire_be(&wire, 4000, 2);
    wire_be(&wire, options->port ? options->port : DATAGRAM_PORT, 2);
    wire_be(&wire, 8 + length, 2);
    wire_be(&wire, 0, 2);
    frame->payload = wire.length;
    wire_copy(&wire, payload, length);
    frame->end = wire.length;
    for (size_t i = 0; i < options->trailer; i++)
        wire_be(&wire, 0xA5, 1);
    assert_true(wire.length <= DATAGRAM_ROOM);
    memcpy(frame->bytes, wire.bytes, wire.length);
    frame->length = wire.length;
    datagram_fix_ip(frame);
    if (!options->no_udp_checksum)
        datagram_fix_udp(frame);
}

#endif
