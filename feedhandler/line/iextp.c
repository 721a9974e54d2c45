/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX Transport Protocol 1, clause "Outbound Segment": version u8 (1), reserved u8, message protocol u16, channel u32,
 * session u32, payload length u16, message count u16, stream offset u64, first sequence u64, send time u64; little-endian.
 * A count of 0 is a heartbeat.
 */
#include "line/session.h"
#include "packet/bytes.h"

#define HEADER_BYTES 40
#define VERSION 1
#define PROTOCOL_TOPS_1_6 0x8003
#define PROTOCOL_DEEP_1_0 0x8004
#define PROTOCOL_DEEP_PLUS_1_0 0x8005

static inline enum hr_session_refusal parse(const uint8_t *payload, uint32_t length, uint32_t protocol,
                                            struct hr_session_header *header)
{
    if (length < HEADER_BYTES)
        return HR_SESSION_SHORT;
    if (payload[0] != VERSION || hr_le16(payload + 2) != protocol)
        return HR_SESSION_FOREIGN;
    uint32_t payload_length = hr_le16(payload + 12);
    uint32_t count = hr_le16(payload + 14);
    header->sequence = hr_le64(payload + 24);
    if (payload_length > length - HEADER_BYTES || (count == 0 && payload_length != 0) ||
        header->sequence > UINT64_MAX - 0xFFFF)
        return HR_SESSION_MALFORMED;
    hr_session_name(header->session, hr_le32(payload + 8));
    header->kind = count == 0 ? HR_SESSION_HEARTBEAT : HR_SESSION_DATA;
    header->count = count;
    header->send_time_ns = hr_le64(payload + 32);
    header->restarted = header->sequence == 1 && hr_le64(payload + 16) == 0 ? HR_RESTART_LATER : HR_RESTART_NONE;
    header->blocks = payload + HEADER_BYTES;
    header->blocks_length = payload_length;
    return HR_SESSION_ACCEPTED;
}

enum hr_session_refusal hr_iextp_tops_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    return parse(payload, length, PROTOCOL_TOPS_1_6, header);
}

enum hr_session_refusal hr_iextp_deep_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    return parse(payload, length, PROTOCOL_DEEP_1_0, header);
}

enum hr_session_refusal hr_iextp_deep_plus_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    return parse(payload, length, PROTOCOL_DEEP_PLUS_1_0, header);
}
