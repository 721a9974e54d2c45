/* SPDX-License-Identifier: Apache-2.0
 *
 * CME MDP 3.0, clause "Binary Packet Header": packet sequence number u32, sending time u64 (ns since 1970), little-endian; then
 * messages, each behind its size u16, which counts itself. There is no name of a session and no count: packets are numbered,
 * those of heartbeats too.
 */
#include <string.h>

#include "line/blocks.h"
#include "line/session.h"

#define HEADER_BYTES 12

static const char session_name[HR_SESSION_ID_BYTES] = {'M', 'D', 'P', '3', ' ', ' ', ' ', ' ', ' ', ' '};

enum hr_session_refusal hr_mdp3_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    if (length < HEADER_BYTES)
        return HR_SESSION_SHORT;
    memcpy(header->session, session_name, sizeof session_name);
    header->kind = HR_SESSION_DATA;
    header->sequence = hr_le32(payload);
    header->count = 1;
    header->send_time_ns = hr_le64(payload + 4);
    header->restarted = header->sequence == 1 ? HR_RESTART_NEWER : HR_RESTART_NONE;
    header->blocks = payload + HEADER_BYTES;
    header->blocks_length = length - HEADER_BYTES;
    return HR_SESSION_ACCEPTED;
}

int hr_mdp3_walk(const struct hr_session_header *header, struct hr_message *messages)
{
    const uint8_t *at = header->blocks;
    uint32_t length = header->blocks_length;
    int count = 0;
    while (length > 0) {
        if (length < HR_MDP3_SIZE_BYTES || count == HR_MESSAGES_MAX)
            return -1;
        uint32_t size = hr_le16(at);
        if (size < HR_MDP3_SIZE_BYTES || size > length)
            return -1;
        messages[count].bytes = at + HR_MDP3_SIZE_BYTES;
        messages[count].length = size - HR_MDP3_SIZE_BYTES;
        count++;
        at += size;
        length -= size;
    }
    return count;
}
