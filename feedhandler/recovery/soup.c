/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/soup.h"

#include <string.h>

#include "packet/bytes.h"

#define USERNAME_BYTES 6
#define PASSWORD_BYTES 10
#define SEQUENCE_BYTES 20
/* As line/channel.c: ten times the messages of the busiest day. */
#define NUMBER_MAX (UINT64_C(1) << 32)

static uint8_t *put_padded(uint8_t *to, const char *text, size_t bytes)
{
    size_t length = strnlen(text, bytes);
    memset(to, ' ', bytes);
    memcpy(to, text, length);
    return to + bytes;
}

void hr_soup_client_login(uint8_t packet[HR_SOUP_LOGIN_PACKET_BYTES], const char *username, const char *password)
{
    uint8_t *at = packet;
    *at++ = 0;
    *at++ = HR_SOUP_LOGIN_PACKET_BYTES - 2;
    *at++ = 'L';
    at = put_padded(at, username, USERNAME_BYTES);
    at = put_padded(at, password, PASSWORD_BYTES);
    at = put_padded(at, "", HR_SESSION_ID_BYTES);
    memset(at, ' ', SEQUENCE_BYTES); /* numbers are padded on the left */
    at[SEQUENCE_BYTES - 1] = '1';
}

void hr_soup_client_say(uint8_t packet[HR_SOUP_HEARTBEAT_PACKET_BYTES], char type)
{
    packet[0] = 0;
    packet[1] = 1;
    packet[2] = (uint8_t)type;
}

uint64_t hr_soup_read_number(const uint8_t *text, uint32_t length)
{
    uint64_t number = 0;
    while (length > 0 && *text == ' ')
        text++, length--;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    for (uint32_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || number > NUMBER_MAX)
            return 0;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number <= NUMBER_MAX ? number : 0;
}

uint8_t *hr_soup_client_room(struct hr_soup_client *client, size_t *room)
{
    if (client->used) {
        memmove(client->in, client->in + client->used, client->held - client->used);
        client->held -= client->used;
        client->used = 0;
    }
    *room = sizeof client->in - client->held;
    return client->in + client->held;
}

void hr_soup_client_took(struct hr_soup_client *client, size_t count)
{
    client->held += count;
}

int hr_soup_client_next(struct hr_soup_client *client, struct hr_soup_packet *packet)
{
    size_t left = client->held - client->used;
    const uint8_t *at = client->in + client->used;
    if (left < 2)
        return 0;
    uint32_t length = hr_be16(at);
    if (length == 0) /* not even a type */
        return -1;
    if (left < 2U + length)
        return 0;
    *packet = (struct hr_soup_packet){.type = (char)at[2], .payload = at + 3, .length = length - 1};
    client->used += 2U + length;
    return 1;
}
