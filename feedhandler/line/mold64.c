/* SPDX-License-Identifier: Apache-2.0
 *
 * MoldUDP64 1.0, clause "Downstream Packet": session[10], sequence u64, count u16, big-endian. A count of 0 is a
 * heartbeat, 0xFFFF the end of the session; both carry the next expected sequence number.
 */
#include <string.h>

#include "line/session.h"
#include "packet/bytes.h"

#define HEADER_BYTES 20
#define COUNT_END 0xFFFF

enum hr_session_refusal hr_mold64_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header)
{
    if (length < HEADER_BYTES)
        return HR_SESSION_SHORT;
    uint32_t count = hr_be16(payload + 18);
    memcpy(header->session, payload, HR_SESSION_ID_BYTES);
    header->sequence = hr_be64(payload + 10);
    header->kind = count == 0 ? HR_SESSION_HEARTBEAT : count == COUNT_END ? HR_SESSION_END : HR_SESSION_DATA;
    header->count = count == COUNT_END ? 0 : count;
    header->send_time_ns = 0;
    header->restarted = HR_RESTART_NONE;
    header->blocks = payload + HEADER_BYTES;
    header->blocks_length = length - HEADER_BYTES;
    if (header->sequence > UINT64_MAX - 0xFFFF) /* no session is that long: a sum with it would wrap */
        return HR_SESSION_MALFORMED;
    return HR_SESSION_ACCEPTED;
}
