/* SPDX-License-Identifier: Apache-2.0
 *
 * MACH (MIAX): a datagram is a row of MACH packets: sequence u64, length u16 (header included), type u8, session u8;
 * little-endian. Type 3 is an application message and takes up a sequence number. Types 0 heartbeat, 1 start and 2 end
 * of session take up none: theirs is that of the last application message, as the heartbeats of real captures show.
 *
 * A datagram is either application messages, one number after the other, or session packets alone. Session packets beside
 * application messages say nothing that those do not: they are passed over, but for an end, which comes again by itself.
 */
#include "line/session.h"
#include "packet/bytes.h"

#define HEADER_BYTES 12
#define TYPE_AT 10
#define SESSION_AT 11

enum { HEARTBEAT, START_OF_SESSION, END_OF_SESSION, APPLICATION };

enum hr_session_refusal hr_mach_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    uint64_t last = 0;
    int ended = 0;
    if (length < HEADER_BYTES)
        return HR_SESSION_SHORT;
    header->sequence = 0;
    header->count = 0;
    header->unnumbered = 0;
    for (uint32_t at = 0, bytes; at < length; at += bytes) {
        const uint8_t *packet = payload + at;
        if (length - at < HEADER_BYTES)
            return HR_SESSION_MALFORMED;
        uint64_t sequence = hr_le64(packet);
        bytes = hr_le16(packet + 8);
        if (packet[TYPE_AT] > APPLICATION)
            return HR_SESSION_FOREIGN;
        if (bytes < HEADER_BYTES + (packet[TYPE_AT] == APPLICATION) || bytes > length - at ||
            packet[SESSION_AT] != payload[SESSION_AT] || sequence >= UINT64_MAX - 0xFFFF)
            return HR_SESSION_MALFORMED;
        if (packet[TYPE_AT] != APPLICATION) {
            last = sequence;
            ended |= packet[TYPE_AT] == END_OF_SESSION;
            header->unnumbered++;
            continue;
        }
        if (header->count == 0)
            header->sequence = sequence;
        else if (sequence != header->sequence + header->count)
            return HR_SESSION_MALFORMED;
        header->count++;
    }
    header->kind = header->count ? HR_SESSION_DATA : ended ? HR_SESSION_END : HR_SESSION_HEARTBEAT;
    if (header->kind != HR_SESSION_DATA)
        header->sequence = last + 1;
    if (header->kind == HR_SESSION_DATA)
        header->unnumbered = 0;
    hr_session_name(header->session, payload[SESSION_AT]);
    header->send_time_ns = 0;
    header->restarted = HR_RESTART_NONE;
    header->blocks = payload;
    header->blocks_length = length;
    return HR_SESSION_ACCEPTED;
}

/* A message begins at its MACH header: a heartbeat has nothing else. */
int hr_mach_walk(const struct hr_session_header *header, struct hr_message *messages)
{
    int wanted = header->kind == HR_SESSION_DATA;
    uint32_t count = 0;
    for (uint32_t at = 0, bytes; at < header->blocks_length; at += bytes) {
        const uint8_t *packet = header->blocks + at;
        if (header->blocks_length - at < HEADER_BYTES || count == HR_MESSAGES_MAX)
            return -1;
        bytes = hr_le16(packet + 8);
        if (bytes < HEADER_BYTES || bytes > header->blocks_length - at)
            return -1;
        if ((packet[TYPE_AT] == APPLICATION) == wanted)
            messages[count++] = (struct hr_message){.bytes = packet, .length = bytes};
    }
    return (int)count;
}
