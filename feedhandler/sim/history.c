/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/history.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/message.h"

struct packet {
    uint64_t sequence;
    uint32_t count;
    uint32_t length;
    uint8_t *payload;
};

struct hr_history {
    pthread_mutex_t lock;
    uint64_t bytes_max;
    uint64_t next_sequence;
    size_t first;           /* in the ring of packets, whose size is a power of two */
    size_t count;
    size_t room;
    struct packet *packets;
    struct hr_history_statistics statistics;
};

static struct packet *at(const struct hr_history *history, size_t index)
{
    return &history->packets[(history->first + index) & (history->room - 1)];
}

int hr_history_create(struct hr_history **made, uint64_t bytes)
{
    *made = NULL;
    struct hr_history *history = calloc(1, sizeof(*history));
    if (!history)
        return -ENOMEM;
    if (pthread_mutex_init(&history->lock, NULL) != 0) {
        free(history);
        return -ENOMEM;
    }
    history->bytes_max = bytes;
    history->next_sequence = 1;
    *made = history;
    return 0;
}

void hr_history_destroy(struct hr_history *history)
{
    if (!history)
        return;
    for (size_t i = 0; i < history->count; i++)
        free(at(history, i)->payload);
    free(history->packets);
    pthread_mutex_destroy(&history->lock);
    free(history);
}

static void evict_oldest(struct hr_history *history)
{
    struct packet *oldest = at(history, 0);
    history->statistics.bytes -= oldest->length;
    history->statistics.packets--;
    history->statistics.evicted_packets++;
    history->statistics.evicted_messages += oldest->count;
    free(oldest->payload);
    history->first = (history->first + 1) & (history->room - 1);
    history->count--;
}

/* Doubles the ring and lays it out from 0. */
static int grow(struct hr_history *history)
{
    size_t room = history->room ? 2 * history->room : 1024;
    struct packet *packets = malloc(room * sizeof(*packets));
    if (!packets)
        return -ENOMEM;
    for (size_t i = 0; i < history->count; i++)
        packets[i] = *at(history, i);
    free(history->packets);
    history->packets = packets;
    history->room = room;
    history->first = 0;
    return 0;
}

int hr_history_append(struct hr_history *history, const uint8_t *payload, size_t length)
{
    struct packet packet = {
        .sequence = hr_sim_get(payload + 10, 8), .count = hr_mold_message_count(payload), .length = (uint32_t)length};
    if (packet.count == 0)
        return 0;
    packet.payload = malloc(length);
    if (!packet.payload)
        return -ENOMEM;
    memcpy(packet.payload, payload, length);

    pthread_mutex_lock(&history->lock);
    int error = history->count == history->room ? grow(history) : 0;
    if (!error) {
        *at(history, history->count++) = packet;
        history->next_sequence = packet.sequence + packet.count;
        history->statistics.bytes += length;
        history->statistics.packets++;
        while (history->statistics.bytes > history->bytes_max)
            evict_oldest(history);
    }
    pthread_mutex_unlock(&history->lock);
    if (error)
        free(packet.payload);
    return error;
}

uint64_t hr_history_next_sequence(struct hr_history *history)
{
    pthread_mutex_lock(&history->lock);
    uint64_t next = history->next_sequence;
    pthread_mutex_unlock(&history->lock);
    return next;
}

/* The packet that holds the message; it is kept. */
static size_t packet_of(const struct hr_history *history, uint64_t sequence)
{
    size_t low = 0, high = history->count - 1;
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        if (at(history, middle)->sequence <= sequence)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static size_t copy_messages(const struct hr_history *history, uint64_t sequence, uint32_t wanted, size_t payload_bytes,
                            uint8_t *payload)
{
    size_t index = packet_of(history, sequence);
    uint8_t *to = payload + HR_MOLD_HEADER_BYTES;
    const uint8_t *end = payload + payload_bytes;
    uint32_t count = 0;
    memcpy(payload, at(history, index)->payload, HR_MOLD_SESSION_BYTES);
    for (; index < history->count && count < wanted; index++) {
        const struct packet *packet = at(history, index);
        const uint8_t *from = packet->payload + HR_MOLD_HEADER_BYTES;
        for (uint64_t message = packet->sequence; message < packet->sequence + packet->count && count < wanted; message++) {
            size_t block = 2 + hr_sim_get(from, 2);
            if (message >= sequence) {
                if (block > (size_t)(end - to))
                    goto full;
                memcpy(to, from, block);
                to += block;
                count++;
            }
            from += block;
        }
    }
full:
    hr_sim_put_u16(hr_sim_put_u64(payload + HR_MOLD_SESSION_BYTES, sequence), (uint16_t)count);
    return (size_t)(to - payload);
}

enum hr_history_found hr_history_read(struct hr_history *history, uint64_t sequence, uint32_t count, size_t payload_bytes,
                                      uint8_t *payload, size_t *length)
{
    enum hr_history_found found = HR_HISTORY_FOUND;
    pthread_mutex_lock(&history->lock);
    if (sequence >= history->next_sequence)
        found = HR_HISTORY_FUTURE;
    else if (history->count == 0 || sequence < at(history, 0)->sequence)
        found = HR_HISTORY_EVICTED;
    else
        *length = copy_messages(history, sequence, count, payload_bytes, payload);
    pthread_mutex_unlock(&history->lock);
    return found;
}

struct hr_history_statistics hr_history_statistics(struct hr_history *history)
{
    pthread_mutex_lock(&history->lock);
    struct hr_history_statistics statistics = history->statistics;
    pthread_mutex_unlock(&history->lock);
    return statistics;
}
