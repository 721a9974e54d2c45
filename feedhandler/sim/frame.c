/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/frame.h"

#include <string.h>

#include "sim/message.h"

#define IP_HEADER_BYTES 20
#define UDP_HEADER_BYTES 8
#define PROTOCOL_UDP 17

/* Adds 32 bits at a time in the machine's own byte order: a ones' complement sum can be taken in any width and
 * either order (RFC 1071, section 2), and comes out in the order that it was read in. */
static uint64_t sum_bytes(uint64_t sum, const uint8_t *bytes, size_t length)
{
    uint32_t word;
    for (; length >= 4; bytes += 4, length -= 4) {
        memcpy(&word, bytes, 4);
        sum += word;
    }
    if (length > 0) {
        word = 0;
        memcpy(&word, bytes, length);
        sum += word;
    }
    return sum;
}

/* The checksum, to be stored as it is with memcpy. */
static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

void hr_frame_group_mac(uint8_t mac[6], uint32_t group)
{
    mac[0] = 0x01;
    mac[1] = 0x00;
    mac[2] = 0x5e;
    mac[3] = (uint8_t)(group >> 16 & 0x7f);
    mac[4] = (uint8_t)(group >> 8);
    mac[5] = (uint8_t)group;
}

size_t hr_frame_write(uint8_t *frame, const struct hr_frame_addresses *addresses, const uint8_t *payload,
                      size_t length)
{
    if (length > HR_FRAME_PAYLOAD_BYTES_MAX)
        return 0;
    uint16_t udp_length = (uint16_t)(UDP_HEADER_BYTES + length);
    uint16_t checksum;

    memcpy(frame, addresses->destination_mac, 6);
    memcpy(frame + 6, addresses->source_mac, 6);
    uint8_t *ip = hr_sim_put_u16(frame + 12, 0x0800);

    uint8_t *at = hr_sim_put_u16(ip, 0x4500);                        /* version 4, 5 words, no service class */
    at = hr_sim_put_u16(at, (uint16_t)(IP_HEADER_BYTES + udp_length));
    at = hr_sim_put_u32(at, 0x00004000);                             /* no identification, as it is never fragmented */
    at = hr_sim_put_u16(at, (uint16_t)(addresses->ttl << 8 | PROTOCOL_UDP));
    at = hr_sim_put_u16(at, 0);
    at = hr_sim_put_u32(at, addresses->source_ip);
    at = hr_sim_put_u32(at, addresses->destination_ip);
    checksum = fold(sum_bytes(0, ip, IP_HEADER_BYTES));
    memcpy(ip + 10, &checksum, 2);

    uint8_t *udp = at;
    at = hr_sim_put_u16(at, addresses->source_port);
    at = hr_sim_put_u16(at, addresses->destination_port);
    at = hr_sim_put_u16(at, udp_length);
    at = hr_sim_put_u16(at, 0);
    memcpy(at, payload, length);

    /* The pseudo header (RFC 768): both addresses, the protocol and the length once more. */
    uint8_t pseudo[4];
    hr_sim_put_u16(hr_sim_put_u16(pseudo, PROTOCOL_UDP), udp_length);
    checksum = fold(sum_bytes(sum_bytes(sum_bytes(0, ip + 12, 8), pseudo, 4), udp, udp_length));
    if (checksum == 0)
        checksum = 0xffff; /* zero on the wire would say that there is none */
    memcpy(udp + 6, &checksum, 2);

    size_t frame_length = (size_t)(at - frame) + length;
    if (frame_length < HR_FRAME_BYTES_MIN) {
        memset(frame + frame_length, 0, HR_FRAME_BYTES_MIN - frame_length);
        frame_length = HR_FRAME_BYTES_MIN;
    }
    return frame_length;
}
