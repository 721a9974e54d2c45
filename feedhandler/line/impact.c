/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE iMpact 1.1.33, packet header: session u16, sequence of the first message u32, count u16, sending time in ms u64;
 * big-endian; then messages: type (a letter), length of the body u16, body. A count of 0 is a heartbeat, with the number of
 * the message that comes next.
 */
#include "line/session.h"
#include "packet/bytes.h"

#define HEADER_BYTES 16
#define MESSAGE_HEADER_BYTES 3
#define MS_NS UINT64_C(1000000)

enum hr_session_refusal hr_impact_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    if (length < HEADER_BYTES)
        return HR_SESSION_SHORT;
    uint64_t sent_ms = hr_be64(payload + 8);
    hr_session_name(header->session, hr_be16(payload));
    header->sequence = hr_be32(payload + 2);
    header->count = hr_be16(payload + 6);
    header->kind = header->count ? HR_SESSION_DATA : HR_SESSION_HEARTBEAT;
    header->send_time_ns = sent_ms <= UINT64_MAX / MS_NS ? sent_ms * MS_NS : 0;
    header->restarted = HR_RESTART_NONE;
    header->blocks = payload + HEADER_BYTES;
    header->blocks_length = length - HEADER_BYTES;
    if (header->count > HR_MESSAGES_MAX || (header->count == 0 && header->blocks_length != 0))
        return HR_SESSION_MALFORMED;
    return HR_SESSION_ACCEPTED;
}

int hr_impact_walk(const struct hr_session_header *header, struct hr_message *messages)
{
    const uint8_t *at = header->blocks;
    uint32_t length = header->blocks_length;
    if (header->count > HR_MESSAGES_MAX)
        return -1;
    for (uint32_t i = 0; i < header->count; i++) {
        if (length < MESSAGE_HEADER_BYTES)
            return -1;
        uint32_t bytes = MESSAGE_HEADER_BYTES + hr_be16(at + 1);
        if (bytes > length)
            return -1;
        messages[i] = (struct hr_message){.bytes = at, .length = bytes};
        at += bytes;
        length -= bytes;
    }
    return length == 0 ? (int)header->count : -1;
}
