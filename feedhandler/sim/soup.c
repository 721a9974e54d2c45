/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/soup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/message.h"

void hr_soup_start(struct hr_soup *soup, const struct hr_soup_options *options, uint64_t now_ns)
{
    memset(soup, 0, sizeof(*soup));
    soup->options = options;
    soup->received_ns = now_ns;
    soup->sent_ns = now_ns;
}

void hr_soup_stop(struct hr_soup *soup)
{
    free(soup->out);
    soup->out = NULL;
}

/* Room for one more packet; what was sent goes first. */
static uint8_t *out_room(struct hr_soup *soup, size_t length)
{
    if (soup->out_length + length > soup->out_room && soup->out_sent > soup->out_length / 2) {
        memmove(soup->out, soup->out + soup->out_sent, soup->out_length - soup->out_sent);
        soup->out_length -= soup->out_sent;
        soup->out_sent = 0;
    }
    if (soup->out_length + length > soup->out_room) {
        size_t room = 2 * (soup->out_length + length) + 4096;
        uint8_t *out = realloc(soup->out, room);
        if (!out)
            return NULL;
        soup->out = out;
        soup->out_room = room;
    }
    return soup->out + soup->out_length;
}

static int put_packet(struct hr_soup *soup, char type, const uint8_t *payload, size_t length, uint64_t now_ns)
{
    uint8_t *at = out_room(soup, 3 + length);
    if (!at)
        return -ENOMEM;
    at = hr_sim_put_u16(at, (uint16_t)(1 + length));
    at = hr_sim_put_u8(at, type);
    if (length > 0)
        memcpy(at, payload, length);
    soup->out_length += 3 + length;
    soup->sent_ns = now_ns;
    return 0;
}

int hr_soup_send(struct hr_soup *soup, const uint8_t *message, size_t length, uint64_t now_ns)
{
    return put_packet(soup, 'S', message, length, now_ns);
}

int hr_soup_end(struct hr_soup *soup, uint64_t now_ns)
{
    soup->state = HR_SOUP_OVER;
    return put_packet(soup, 'Z', NULL, 0, now_ns);
}

int hr_soup_tick(struct hr_soup *soup, uint64_t now_ns)
{
    if (now_ns > soup->received_ns + HR_SOUP_CLIENT_SILENCE_NS)
        return -ETIMEDOUT;
    /* While data waits to be sent it is the heartbeat. */
    if (soup->state == HR_SOUP_ACCEPTED && soup->out_sent == soup->out_length &&
        now_ns >= soup->sent_ns + HR_SOUP_HEARTBEAT_NS)
        return put_packet(soup, 'H', NULL, 0, now_ns);
    return 0;
}

void hr_soup_sent(struct hr_soup *soup, size_t length)
{
    soup->out_sent += length;
    if (soup->out_sent == soup->out_length)
        soup->out_sent = soup->out_length = 0;
}

/* A field against a text, whichever end the spaces are at. */
static bool field_is(const uint8_t *field, size_t length, const char *text)
{
    while (length > 0 && field[length - 1] == ' ')
        length--;
    while (length > 0 && field[0] == ' ') {
        field++;
        length--;
    }
    return length == strlen(text) && strncasecmp((const char *)field, text, length) == 0;
}

static int log_in(struct hr_soup *soup, const uint8_t *payload, size_t length, bool available, uint64_t now_ns)
{
    const struct hr_soup_options *options = soup->options;
    if (length != HR_SOUP_LOGIN_BYTES)
        return -EPROTO;
    const uint8_t *username = payload;
    const uint8_t *password = username + HR_SOUP_USERNAME_BYTES;
    const uint8_t *session = password + HR_SOUP_PASSWORD_BYTES;
    if ((options->username[0] && !field_is(username, HR_SOUP_USERNAME_BYTES, options->username)) ||
        (options->password[0] && !field_is(password, HR_SOUP_PASSWORD_BYTES, options->password))) {
        soup->state = HR_SOUP_REJECTED;
        return put_packet(soup, 'J', (const uint8_t *)"A", 1, now_ns); /* not authorised */
    }
    if (!available || (!field_is(session, HR_SOUP_SESSION_BYTES, "") &&
                       !field_is(session, HR_SOUP_SESSION_BYTES, options->session))) {
        soup->state = HR_SOUP_REJECTED;
        return put_packet(soup, 'J', (const uint8_t *)"S", 1, now_ns); /* session not available */
    }
    /* Both right-justified. A snapshot is made anew for each login: its first message has number 1, whatever was asked for. */
    uint8_t accepted[HR_SOUP_SESSION_BYTES + HR_SOUP_SEQUENCE_BYTES];
    size_t name = strlen(options->session);
    memset(accepted, ' ', sizeof(accepted));
    memcpy(accepted + HR_SOUP_SESSION_BYTES - name, options->session, name);
    accepted[sizeof(accepted) - 1] = '1';
    soup->state = HR_SOUP_ACCEPTED;
    return put_packet(soup, 'A', accepted, sizeof(accepted), now_ns);
}

static int take_packet(struct hr_soup *soup, uint8_t type, const uint8_t *payload, size_t length, bool available,
                       uint64_t now_ns)
{
    if (soup->state == HR_SOUP_WAITS)
        return type == 'L' ? log_in(soup, payload, length, available, now_ns) : type == '+' ? 0 : -EPROTO;
    switch (type) {
    case 'R': /* heartbeat */
    case 'U': /* unsequenced data: there is nothing to say to this server */
    case '+': /* debug */ return 0;
    case 'O': soup->state = HR_SOUP_OVER; return 0;
    default: return -EPROTO;
    }
}

int hr_soup_receive(struct hr_soup *soup, const uint8_t *bytes, size_t length, bool available, uint64_t now_ns)
{
    soup->received_ns = now_ns;
    while (length > 0 && (soup->state == HR_SOUP_WAITS || soup->state == HR_SOUP_ACCEPTED)) {
        size_t wanted = soup->held < 2 ? 2 : 2 + (size_t)hr_sim_get(soup->in, 2);
        if (wanted > sizeof(soup->in))
            return -EPROTO;
        size_t part = wanted - soup->held < length ? wanted - soup->held : length;
        memcpy(soup->in + soup->held, bytes, part);
        soup->held += part;
        bytes += part;
        length -= part;
        if (soup->held == 2 && hr_sim_get(soup->in, 2) == 0)
            return -EPROTO; /* a packet without a type */
        if (soup->held > 2 && soup->held == 2 + (size_t)hr_sim_get(soup->in, 2)) {
            int error = take_packet(soup, soup->in[2], soup->in + 3, soup->held - 3, available, now_ns);
            if (error)
                return error;
            soup->held = 0;
        }
    }
    return 0;
}
