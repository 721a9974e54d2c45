/* SPDX-License-Identifier: Apache-2.0
 *
 * XDP (NYSE), clause "Packet Header": packet size u16, delivery flag u8, number of messages u8, sequence number of the first
 * u32, send time u32 s and u32 ns; little-endian. Clause "Message Header": message size u16, which counts itself, and type u16.
 * A heartbeat has no messages. Sessions have no name: sequence numbers start anew where a delivery flag says so.
 */
#include <string.h>

#include "line/blocks.h"
#include "line/session.h"
#include "packet/bytes.h"

#define HEADER_BYTES 16
#define MESSAGE_HEADER_BYTES 4
#define SECOND_NS UINT64_C(1000000000)

enum {
    FLAG_HEARTBEAT = 1,
    FLAG_FAILOVER = 10,
    FLAG_ORIGINAL = 11,
    FLAG_RESET = 12,
    FLAG_RETRANSMISSION = 13,
    FLAG_RETRANSMISSION_PART = 15,
    FLAG_REFRESH = 17,
    FLAG_REFRESH_START = 18,
    FLAG_REFRESH_PART = 19,
    FLAG_REFRESH_END = 20,
    FLAG_UNAVAILABLE = 21,
};

/* What is refreshed or sent again is judged by its sequence number, as every packet. */
static int is_known(uint8_t flag)
{
    switch (flag) {
    case FLAG_HEARTBEAT:
    case FLAG_FAILOVER:
    case FLAG_ORIGINAL:
    case FLAG_RESET:
    case FLAG_RETRANSMISSION:
    case FLAG_RETRANSMISSION_PART:
    case FLAG_REFRESH:
    case FLAG_REFRESH_START:
    case FLAG_REFRESH_PART:
    case FLAG_REFRESH_END:
    case FLAG_UNAVAILABLE:
        return 1;
    default:
        return 0;
    }
}

static enum hr_session_restart restart_of(uint8_t flag, uint64_t sequence)
{
    if (flag == FLAG_RESET && sequence == 1)
        return HR_RESTART_LATER;
    return flag >= FLAG_RETRANSMISSION && flag <= FLAG_REFRESH_END ? HR_RESTART_NEVER : HR_RESTART_NONE;
}

enum hr_session_refusal hr_xdp_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    if (length < HEADER_BYTES)
        return HR_SESSION_SHORT;
    uint32_t size = hr_le16(payload);
    uint8_t flag = payload[2];
    uint32_t count = payload[3];
    if (!is_known(flag))
        return HR_SESSION_FOREIGN;
    if (size < HEADER_BYTES || size > length || (flag == FLAG_HEARTBEAT) != (count == 0))
        return HR_SESSION_MALFORMED;
    memcpy(header->session, "XDP       ", HR_SESSION_ID_BYTES);
    header->sequence = hr_le32(payload + 4);
    header->kind = count == 0 ? HR_SESSION_HEARTBEAT : HR_SESSION_DATA;
    header->count = count;
    header->send_time_ns = hr_le32(payload + 8) * SECOND_NS + hr_le32(payload + 12);
    header->restarted = restart_of(flag, header->sequence);
    header->blocks = payload + HEADER_BYTES;
    header->blocks_length = size - HEADER_BYTES;
    return HR_SESSION_ACCEPTED;
}

/* A message keeps its header, which says its type. What follows the last one is left out. */
int hr_xdp_walk(const struct hr_session_header *header, struct hr_message *messages)
{
    const uint8_t *at = header->blocks;
    uint32_t length = header->blocks_length;
    for (uint32_t i = 0; i < header->count; i++) {
        if (length < MESSAGE_HEADER_BYTES)
            return -1;
        uint32_t bytes = hr_le16(at);
        if (bytes < MESSAGE_HEADER_BYTES || bytes > length)
            return -1;
        messages[i].bytes = at;
        messages[i].length = bytes;
        at += bytes;
        length -= bytes;
    }
    return (int)header->count;
}
