/* SPDX-License-Identifier: Apache-2.0
 *
 * One MoldUDP64 session of a made-up market, kept in memory: what the exchange sent, packet by packet.
 */
#ifndef HEADRACE_TESTS_LINES_SESSION_H
#define HEADRACE_TESTS_LINES_SESSION_H

#include <stddef.h>
#include <stdint.h>

struct packet {
    uint64_t time_ns; /* since the session began */
    uint64_t first;   /* sequence number of its first message, or of the next for heartbeats and ends */
    uint32_t count;   /* of messages; 0 for heartbeats and ends */
    uint32_t length;
    uint8_t *payload;
};

struct session {
    struct packet *packets;
    uint32_t count;
    uint64_t next;           /* sequence number behind the last message */
    const uint8_t **message; /* [sequence]: the message's 2-byte length, then the message */
};

/* Ends the program when it cannot. */
void session_make(struct session *session, uint64_t seed, uint32_t messages);
void session_free(struct session *session);

#endif
