/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/delivery.h"

#include <errno.h>
#include <string.h>

struct delivery {
    const struct hr_delivery_options *options;
    hr_delivery_receiver *receiver;
    void *receiver_state;
    struct hr_delivery_statistics *statistics;
    struct hr_network *networks[HR_DELIVERY_STREAMS_MAX];
    uint64_t sent[HR_DELIVERY_STREAMS_MAX];
};

/* One network for each stream. The line after the last is without fault: what comes on it is the packet as it was sent, at
 * its own time and in its turn. */
static int create_networks(struct delivery *delivery)
{
    const struct hr_delivery_options *options = delivery->options;
    if (options->line_count < 1 || options->line_count > HR_DELIVERY_LINES_MAX || options->stream_count < 1 ||
        options->stream_count > HR_DELIVERY_STREAMS_MAX)
        return -EINVAL;
    for (uint32_t stream = 0; stream < options->stream_count; stream++) {
        struct hr_network_options network = {.seed = options->seed + stream, .line_count = options->line_count + 1};
        memcpy(network.lines, options->streams[stream].lines, options->line_count * sizeof(network.lines[0]));
        int error = hr_network_create(&delivery->networks[stream], &network);
        if (error)
            return error;
    }
    return 0;
}

static int hand_on(struct delivery *delivery, uint32_t stream, const struct hr_network_arrival *arrival)
{
    struct hr_delivery_statistics *statistics = delivery->statistics;
    uint32_t line = arrival->line < delivery->options->line_count ? arrival->line : HR_DELIVERY_EXCHANGE;
    int error = delivery->receiver(delivery->receiver_state, stream, line, arrival);
    if (error || line == HR_DELIVERY_EXCHANGE)
        return error;
    if (statistics->packets == 0)
        statistics->first_ns = arrival->time_ns;
    statistics->last_ns = arrival->time_ns;
    statistics->packets++;
    statistics->bytes += arrival->length;
    return 0;
}

/* Hands on what arrives until then, on all streams in order of time. */
static int drain(struct delivery *delivery, uint64_t until_ns)
{
    for (;;) {
        struct hr_network_arrival arrival;
        uint32_t earliest = UINT32_MAX;
        uint64_t earliest_ns = 0;
        for (uint32_t stream = 0; stream < delivery->options->stream_count; stream++) {
            uint64_t time_ns;
            if (hr_network_peek(delivery->networks[stream], &time_ns) && time_ns <= until_ns &&
                (earliest == UINT32_MAX || time_ns < earliest_ns)) {
                earliest = stream;
                earliest_ns = time_ns;
            }
        }
        if (earliest == UINT32_MAX || !hr_network_next(delivery->networks[earliest], until_ns, &arrival))
            return 0;
        int error = hand_on(delivery, earliest, &arrival);
        if (error)
            return error;
    }
}

static void count_lost(struct delivery *delivery, const struct hr_delivery_packet *packet)
{
    uint64_t number = delivery->sent[packet->stream]++;
    for (uint32_t line = 0; line < delivery->options->line_count; line++)
        if (!hr_network_lost(delivery->networks[packet->stream], number, line))
            return;
    delivery->statistics->lost_packets++;
    delivery->statistics->lost_messages += packet->messages;
}

int hr_delivery_run(const struct hr_delivery_options *options, hr_delivery_source *source, void *source_state,
                    hr_delivery_receiver *receiver, void *receiver_state, struct hr_delivery_statistics *statistics)
{
    struct delivery delivery = {
        .options = options, .receiver = receiver, .receiver_state = receiver_state, .statistics = statistics};
    struct hr_delivery_packet packet;

    memset(statistics, 0, sizeof(*statistics));
    int error = create_networks(&delivery);
    while (!error && source(source_state, &packet)) {
        error = drain(&delivery, packet.time_ns);
        if (!error)
            error = hr_network_send(delivery.networks[packet.stream], packet.time_ns, packet.payload, packet.length);
        if (!error)
            count_lost(&delivery, &packet);
    }
    if (!error)
        error = drain(&delivery, UINT64_MAX);
    for (uint32_t stream = 0; stream < HR_DELIVERY_STREAMS_MAX && delivery.networks[stream]; stream++) {
        for (uint32_t line = 0; line < options->line_count; line++)
            statistics->lines[stream][line] = *hr_network_statistics(delivery.networks[stream], line);
        hr_network_destroy(delivery.networks[stream]);
    }
    return error;
}
