/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's side of one SoupBinTCP 3.0 connection: login, heartbeats, sequenced data, logout, end of session. Bytes come
 * in, bytes to be sent come out; the socket and the clock are the caller's. Memory grows with what waits to be sent.
 */
#ifndef HEADRACE_SIM_SOUP_H
#define HEADRACE_SIM_SOUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HR_SOUP_USERNAME_BYTES 6
#define HR_SOUP_PASSWORD_BYTES 10
#define HR_SOUP_SESSION_BYTES 10
#define HR_SOUP_SEQUENCE_BYTES 20
#define HR_SOUP_LOGIN_BYTES 46                            /* without length and type */
#define HR_SOUP_HEARTBEAT_NS UINT64_C(1000000000)         /* after so long without data the server sends a heartbeat */
#define HR_SOUP_CLIENT_SILENCE_NS UINT64_C(15000000000)   /* after so long without anything the client is gone */
#define HR_SOUP_CLIENT_PACKET_BYTES_MAX 1024              /* longer ones no client has reason to send */

struct hr_soup_options {
    char username[HR_SOUP_USERNAME_BYTES + 1]; /* empty: any */
    char password[HR_SOUP_PASSWORD_BYTES + 1]; /* empty: any; capitals are as good as small letters */
    char session[HR_SOUP_SESSION_BYTES + 1];
};

enum hr_soup_state {
    HR_SOUP_WAITS,    /* for the login */
    HR_SOUP_ACCEPTED, /* the login; data may be sent */
    HR_SOUP_REJECTED, /* what is left is to be sent, and then the connection closed */
    HR_SOUP_OVER,     /* likewise: the client has logged out, or the session has ended */
};

struct hr_soup {
    const struct hr_soup_options *options;
    enum hr_soup_state state;
    uint64_t received_ns;
    uint64_t sent_ns;
    size_t held;           /* bytes in `in` */
    uint8_t in[2 + HR_SOUP_CLIENT_PACKET_BYTES_MAX];
    uint8_t *out;          /* from out_sent to out_length is to be sent */
    size_t out_sent;
    size_t out_length;
    size_t out_room;
};

/* Borrows the options. */
void hr_soup_start(struct hr_soup *soup, const struct hr_soup_options *options, uint64_t now_ns);
void hr_soup_stop(struct hr_soup *soup);

/* Takes what the client sent. `available`: whether there is anything to log in to. Returns 0; -EPROTO when it is no
 * SoupBinTCP, or -ENOMEM: then the connection is to be closed at once. */
int hr_soup_receive(struct hr_soup *soup, const uint8_t *bytes, size_t length, bool available, uint64_t now_ns)
    __attribute__((warn_unused_result));

/* One message of the higher protocol. Returns 0 or -ENOMEM. */
int hr_soup_send(struct hr_soup *soup, const uint8_t *message, size_t length, uint64_t now_ns)
    __attribute__((warn_unused_result));

/* Says that the session is over. Returns 0 or -ENOMEM. */
int hr_soup_end(struct hr_soup *soup, uint64_t now_ns) __attribute__((warn_unused_result));

/* Sends a heartbeat when it is due. Returns 0; -ETIMEDOUT when the client has been silent for too long; -ENOMEM. */
int hr_soup_tick(struct hr_soup *soup, uint64_t now_ns) __attribute__((warn_unused_result));

/* What is to be sent, and that so much of it was. */
static inline const uint8_t *hr_soup_output(const struct hr_soup *soup, size_t *length)
{
    *length = soup->out_length - soup->out_sent;
    return *length > 0 ? soup->out + soup->out_sent : NULL;
}
void hr_soup_sent(struct hr_soup *soup, size_t length);

#endif
