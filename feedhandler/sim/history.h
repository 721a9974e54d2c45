/* SPDX-License-Identifier: Apache-2.0
 *
 * The MoldUDP64 packets that the exchange has sent, in memory up to a size, for those who ask for them again. Beyond that
 * the oldest go. One thread appends while others read; each call holds a lock for as long as it takes to copy one packet.
 */
#ifndef HEADRACE_SIM_HISTORY_H
#define HEADRACE_SIM_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "sim/mold.h"

struct hr_history_statistics {
    uint64_t packets; /* kept */
    uint64_t bytes;   /* of their payloads */
    uint64_t evicted_packets;
    uint64_t evicted_messages;
};

enum hr_history_found {
    HR_HISTORY_FOUND,
    HR_HISTORY_FUTURE,  /* not sent yet */
    HR_HISTORY_EVICTED, /* no longer kept; or a number that no message has: 0 */
};

struct hr_history;

/* bytes: of payload, at most. Returns 0 or -ENOMEM; on failure *history is NULL. */
int hr_history_create(struct hr_history **history, uint64_t bytes) __attribute__((warn_unused_result));
void hr_history_destroy(struct hr_history *history);

/* Takes the next packet of the session. Those without messages leave nothing. Returns 0 or -ENOMEM. */
int hr_history_append(struct hr_history *history, const uint8_t *payload, size_t length) __attribute__((warn_unused_result));

/* The sequence number after the newest message; 1 before the first. */
uint64_t hr_history_next_sequence(struct hr_history *history);

/* Writes a downstream packet (HR_MOLD_PAYLOAD_BYTES_MAX of room) with the messages from `sequence` on: `count` of them, or
 * as many as there are or as fit into payload_bytes. Sets its length. */
enum hr_history_found hr_history_read(struct hr_history *history, uint64_t sequence, uint32_t count, size_t payload_bytes,
                                      uint8_t *payload, size_t *length);

struct hr_history_statistics hr_history_statistics(struct hr_history *history);

#endif
