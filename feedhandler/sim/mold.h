/* SPDX-License-Identifier: Apache-2.0
 *
 * Packs the messages of a generated market into MoldUDP64 packets (MoldUDP64 protocol specification 1.0): one session,
 * sequence numbers from 1, a heartbeat after each second of silence, and three end-of-session packets, a second apart.
 * A packet takes what happens within a short window after its first message, up to a size. No I/O, no allocation after
 * create, one thread.
 */
#ifndef HEADRACE_SIM_MOLD_H
#define HEADRACE_SIM_MOLD_H

#include <stddef.h>
#include <stdint.h>

#include "sim/market.h"

#define HR_MOLD_SESSION_BYTES 10
#define HR_MOLD_HEADER_BYTES 20
#define HR_MOLD_PAYLOAD_BYTES_MIN 128  /* header, length and any one message */
#define HR_MOLD_PAYLOAD_BYTES_MAX 1472 /* an Ethernet frame without the headers of IPv4 and UDP */
#define HR_MOLD_END_OF_SESSION 0xFFFF

struct hr_mold_options {
    char session[HR_MOLD_SESSION_BYTES + 1]; /* 1 to 10 printable characters; padded with spaces on the wire */
    uint32_t window_ns;                      /* a packet waits this long after its first message; 0: equal times only */
    uint32_t payload_bytes;                  /* at most, header included: HR_MOLD_PAYLOAD_BYTES_MIN to _MAX */
};

#define HR_MOLD_OPTIONS_DEFAULT {.session = "HRSIM00001", .window_ns = 20000, .payload_bytes = 1400}

struct hr_mold;

/* Borrows the market, which must outlive it and be read by no one else. Returns 0, -EINVAL when an option is out of its
 * range, or -ENOMEM. On failure *mold is NULL. */
int hr_mold_create(struct hr_mold **mold, struct hr_market *market, const struct hr_mold_options *options)
    __attribute__((warn_unused_result));
void hr_mold_destroy(struct hr_mold *mold);

/* Writes the next packet (HR_MOLD_PAYLOAD_BYTES_MAX of room) and its time: that of its last message, ns since midnight.
 * Returns its length, 0 after the last. Times never go back. */
size_t hr_mold_next(struct hr_mold *mold, uint8_t *payload, uint64_t *time_ns);

/* How many messages a packet has: none for a heartbeat or the end of a session. */
uint16_t hr_mold_message_count(const uint8_t *payload);

#endif
