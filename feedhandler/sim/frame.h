/* SPDX-License-Identifier: Apache-2.0
 *
 * Wraps a payload into an Ethernet II, IPv4 and UDP frame with right checksums, as a capture of a multicast feed
 * holds it: without the frame check sequence. No state, no I/O.
 */
#ifndef HEADRACE_SIM_FRAME_H
#define HEADRACE_SIM_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define HR_FRAME_HEADER_BYTES 42 /* 14 + 20 + 8 */
#define HR_FRAME_PAYLOAD_BYTES_MAX 1472
#define HR_FRAME_BYTES_MAX (HR_FRAME_HEADER_BYTES + HR_FRAME_PAYLOAD_BYTES_MAX)
#define HR_FRAME_BYTES_MIN 60 /* shorter ones are padded with zeros */

struct hr_frame_addresses {
    uint8_t source_mac[6];
    uint8_t destination_mac[6];
    uint32_t source_ip;      /* host byte order: 10.0.0.1 is 0x0a000001 */
    uint32_t destination_ip;
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t ttl;
};

/* The Ethernet address of an IPv4 multicast group: 01:00:5e and its lower 23 bits (RFC 1112, section 6.4). */
void hr_frame_group_mac(uint8_t mac[6], uint32_t group);

/* Writes a frame (HR_FRAME_BYTES_MAX of room) and returns its length; 0 when the payload is longer than
 * HR_FRAME_PAYLOAD_BYTES_MAX. */
size_t hr_frame_write(uint8_t *frame, const struct hr_frame_addresses *addresses, const uint8_t *payload,
                      size_t length);

#endif
