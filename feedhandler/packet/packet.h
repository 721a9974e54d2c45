/* SPDX-License-Identifier: Apache-2.0
 *
 * The packet step: from a frame to a UDP datagram. Ethernet II, up to two VLAN tags (802.1Q, 802.1ad), IPv4 (RFC 791), UDP
 * (RFC 768). What follows the IP packet in a frame (padding, an FCS that a capture kept) is left out. Everything that
 * is not a whole, sound, unfragmented IPv4 UDP datagram is refused by a counter of its own:
 * frames = accepted + the sum of the refusals.
 */
#ifndef HEADRACE_PACKET_PACKET_H
#define HEADRACE_PACKET_PACKET_H

#include <stdint.h>

#include "input/frame.h"
#include "observe/metrics.h"

#define HR_PACKET_COUNTERS(X)                                                                        \
    X(frames, "frames taken from the input")                                                         \
    X(accepted, "frames that hold one whole IPv4 UDP datagram")                                      \
    X(runt, "frames too short for an Ethernet header, or for the tags it announces")                 \
    X(not_ipv4, "frames of another EtherType than IPv4")                                             \
    X(bad_ip_header, "IPv4 headers of another version, or shorter than 20 bytes")                    \
    X(truncated, "frames shorter than the IP packet in them says")                                   \
    X(bad_ip_checksum, "IPv4 headers whose checksum is wrong")                                       \
    X(fragment, "fragments of IP packets; market data is never fragmented")                          \
    X(not_udp, "IPv4 packets of another protocol than UDP")                                          \
    X(bad_udp_length, "UDP lengths below 8 or beyond the IP packet")                                 \
    X(bad_udp_checksum, "UDP datagrams whose checksum is wrong (where it is checked)")               \
    X(ip_checksum_absent, "accepted IPv4 headers whose checksum is 0: captured before it was filled in")

struct hr_packet_counters {
    HR_PACKET_COUNTERS(HR_METRIC_FIELD)
};

enum hr_checksum {
    HR_CHECKSUM_NONE = 0, /* check nothing here; what the port reports as bad is still refused */
    HR_CHECKSUM_IP = 1,   /* the IPv4 header */
    HR_CHECKSUM_UDP = 2,  /* the header and the whole datagram */
};

struct hr_packet {
    struct hr_packet_counters *counters;
    enum hr_checksum checksum;
    int allow_absent; /* accept an IPv4 header checksum of 0: captures taken on the sender, or made anonymous */
};

struct hr_datagram {
    const uint8_t *payload;
    uint32_t length;    /* of the payload */
    uint32_t group;     /* destination address, host byte order */
    uint16_t port;      /* destination port */
    uint16_t flags;     /* HR_FRAME_BAD_TIME or 0 */
    uint64_t time_ns;
};

/* Returns 0 and fills *datagram, which points into the frame, or 1 when the frame was refused and counted. */
int hr_packet_parse(const struct hr_packet *packet, const struct hr_frame *frame, struct hr_datagram *datagram);

#endif
