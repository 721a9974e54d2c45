/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's side of SoupBinTCP 3.0 (Nasdaq): packets of a 2-byte big-endian length, a type, and the rest. Takes bytes, gives
 * packets; the socket and the clock are the caller's. One thread.
 */
#ifndef HEADRACE_RECOVERY_SOUP_H
#define HEADRACE_RECOVERY_SOUP_H

#include <stddef.h>
#include <stdint.h>

#include "line/session.h"

#define HR_SOUP_PACKET_BYTES_MAX (2 + 65535)
#define HR_SOUP_LOGIN_PACKET_BYTES 49
#define HR_SOUP_HEARTBEAT_PACKET_BYTES 3

/* Types of packets, clause 2.2. */
#define HR_SOUP_TYPE_ACCEPTED 'A'
#define HR_SOUP_TYPE_REJECTED 'J'
#define HR_SOUP_TYPE_SEQUENCED 'S'
#define HR_SOUP_TYPE_SERVER_HEARTBEAT 'H'
#define HR_SOUP_TYPE_END_OF_SESSION 'Z'

struct hr_soup_client {
    size_t held; /* bytes in `in` */
    size_t used; /* of these: packets that have been given */
    uint8_t in[2 * HR_SOUP_PACKET_BYTES_MAX];
};

struct hr_soup_packet {
    char type;
    const uint8_t *payload; /* good until the next bytes are taken */
    uint32_t length;
};

/* Login, clause 2.2.3: names are cut and padded with spaces as the protocol has them. An empty session: the current one; sequence
 * number 1: from its beginning. */
void hr_soup_client_login(uint8_t packet[HR_SOUP_LOGIN_PACKET_BYTES], const char *username, const char *password);
/* 'R' heartbeat or 'O' logout. */
void hr_soup_client_say(uint8_t packet[HR_SOUP_HEARTBEAT_PACKET_BYTES], char type);

/* A sequence number in ASCII, padded with spaces on either side. Returns 0 when it is none, or one that no session reaches: live would then
 * look like copies for ever. */
uint64_t hr_soup_read_number(const uint8_t *text, uint32_t length);

/* Room for the next bytes of the stream: *room of them. */
uint8_t *hr_soup_client_room(struct hr_soup_client *client, size_t *room);
/* So many have been put there. */
void hr_soup_client_took(struct hr_soup_client *client, size_t count);
/* The next whole packet. Returns 1, 0 when there is none yet, or -1 when this is no SoupBinTCP. */
int hr_soup_client_next(struct hr_soup_client *client, struct hr_soup_packet *packet);

#endif
