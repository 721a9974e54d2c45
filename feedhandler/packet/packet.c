/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/packet.h"

#include "packet/bytes.h"

#define ETHERNET_BYTES 14
#define TAG_BYTES 4
#define TAGS_MAX 2
#define IPV4_BYTES 20
#define UDP_BYTES 8
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88A8
#define PROTOCOL_UDP 17

/* The ones' complement sum of RFC 1071, eight bytes at a time; byte order does not matter to whether it is all ones. */
static uint64_t sum_bytes(const uint8_t *at, uint32_t length, uint64_t sum)
{
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word = hr_le64(at);
        sum += (word & UINT32_MAX) + (word >> 32);
    }
    for (; length >= 2; at += 2, length -= 2)
        sum += hr_le16(at);
    return length ? sum + *at : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)sum;
}

static int udp_checksum_holds(const uint8_t *ip, const uint8_t *udp, uint32_t udp_length)
{
    if (hr_be16(udp + 6) == 0) /* RFC 768: the sender made none */
        return 1;
    uint64_t pseudo = __builtin_bswap16(PROTOCOL_UDP) + (uint64_t)__builtin_bswap16((uint16_t)udp_length);
    return fold(sum_bytes(udp, udp_length, sum_bytes(ip + 12, 8, pseudo))) == 0xFFFF;
}

#define REFUSE(counter)               \
    do {                              \
        packet->counters->counter++;  \
        return 1;                     \
    } while (0)

int hr_packet_parse(const struct hr_packet *packet, const struct hr_frame *frame, struct hr_datagram *datagram)
{
    packet->counters->frames++;
    uint32_t at = ETHERNET_BYTES;
    if (frame->length < ETHERNET_BYTES)
        REFUSE(runt);
    uint16_t type = hr_be16(frame->bytes + 12);
    for (int tags = 0; (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) && tags < TAGS_MAX; tags++) {
        if (frame->length < at + TAG_BYTES)
            REFUSE(runt);
        type = hr_be16(frame->bytes + at + 2);
        at += TAG_BYTES;
    }
    if (type != ETHERTYPE_IPV4)
        REFUSE(not_ipv4);

    const uint8_t *ip = frame->bytes + at;
    uint32_t left = frame->length - at;
    if (left < IPV4_BYTES)
        REFUSE(truncated);
    uint32_t header = (uint32_t)(ip[0] & 15) * 4;
    uint32_t total = hr_be16(ip + 2);
    if (ip[0] >> 4 != 4 || header < IPV4_BYTES || total < header)
        REFUSE(bad_ip_header);
    if (total > left)
        REFUSE(truncated);
    if (frame->flags & HR_FRAME_IP_BAD)
        REFUSE(bad_ip_checksum);
    if (packet->checksum != HR_CHECKSUM_NONE && !(frame->flags & HR_FRAME_IP_GOOD) &&
        fold(sum_bytes(ip, header, 0)) != 0xFFFF) {
        if (!packet->allow_absent || hr_be16(ip + 10) != 0)
            REFUSE(bad_ip_checksum);
        packet->counters->ip_checksum_absent++;
    }
    if (hr_be16(ip + 6) & 0x3FFF) /* more fragments, or an offset */
        REFUSE(fragment);
    if (ip[9] != PROTOCOL_UDP)
        REFUSE(not_udp);

    const uint8_t *udp = ip + header;
    if (total - header < UDP_BYTES)
        REFUSE(bad_udp_length);
    uint32_t udp_length = hr_be16(udp + 4);
    if (udp_length < UDP_BYTES || udp_length > total - header)
        REFUSE(bad_udp_length);
    if ((frame->flags & HR_FRAME_UDP_BAD) || (packet->checksum == HR_CHECKSUM_UDP && !(frame->flags & HR_FRAME_UDP_GOOD) &&
                                              !udp_checksum_holds(ip, udp, udp_length)))
        REFUSE(bad_udp_checksum);

    packet->counters->accepted++;
    *datagram = (struct hr_datagram){
        .payload = udp + UDP_BYTES,
        .length = udp_length - UDP_BYTES,
        .group = hr_be32(ip + 16),
        .port = hr_be16(udp + 2),
        .flags = (uint16_t)(frame->flags & HR_FRAME_BAD_TIME),
        .time_ns = frame->time_ns,
    };
    return 0;
}
