/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/random.h"

/* One payload for all copies on all lines. */
struct packet {
    uint64_t number;
    size_t length;
    uint32_t holders; /* copies on their way, and the one that the caller reads */
    uint8_t payload[];
};

struct copy {
    uint64_t time_ns;
    uint64_t serial; /* decides between equal times, so that the order does not hang on the heap's */
    struct packet *packet;
    uint32_t line;
};

struct line {
    struct hr_network_line options;
    struct hr_sim_random random;
    uint64_t newest_ns; /* when the newest packet that keeps its place arrives */
    struct hr_network_statistics statistics;
};

struct hr_network {
    uint32_t line_count;
    struct line lines[HR_NETWORK_LINES_MAX];
    uint64_t clock_ns;    /* of the newest packet sent or arrival given */
    uint64_t serial;
    uint64_t packets;     /* sent */
    uint64_t lost_room;
    uint8_t *lost;        /* a bit for each line, by packet */
    size_t copy_count;
    size_t copy_room;
    struct copy *copies;  /* on their way: a binary heap, the earliest at 0 */
    struct packet *given; /* what the caller reads, or NULL */
};

static bool earlier(const struct copy *left, const struct copy *right)
{
    return left->time_ns != right->time_ns ? left->time_ns < right->time_ns : left->serial < right->serial;
}

static void push(struct hr_network *network, const struct copy *copy)
{
    size_t at = network->copy_count++;
    while (at > 0 && earlier(copy, &network->copies[(at - 1) / 2])) {
        network->copies[at] = network->copies[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    network->copies[at] = *copy;
}

static struct copy pop(struct hr_network *network)
{
    struct copy first = network->copies[0];
    struct copy last = network->copies[--network->copy_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= network->copy_count)
            break;
        if (child + 1 < network->copy_count && earlier(&network->copies[child + 1], &network->copies[child]))
            child++;
        if (!earlier(&network->copies[child], &last))
            break;
        network->copies[at] = network->copies[child];
        at = child;
    }
    network->copies[at] = last;
    return first;
}

static void release(struct packet *packet)
{
    if (packet && --packet->holders == 0)
        free(packet);
}

/* True so often as the probability says: never at 0, always at 1. */
static bool happens(struct hr_sim_random *random, double probability)
{
    return (double)(hr_sim_random_next(random) >> 11) * 0x1p-53 < probability;
}

/* Even from 0 to limit. */
static uint64_t draw_up_to(struct hr_sim_random *random, uint64_t limit)
{
    return (uint64_t)(((unsigned __int128)hr_sim_random_next(random) * (limit + 1)) >> 64);
}

static void send_copy(struct hr_network *network, uint32_t number, struct packet *packet, uint64_t jitter_ns, bool reordered)
{
    struct line *line = &network->lines[number];
    uint64_t time_ns = network->clock_ns + line->options.delay_ns + jitter_ns;
    if (time_ns < line->newest_ns)
        time_ns = line->newest_ns;
    if (reordered) {
        time_ns += line->options.reorder_delay_ns;
        line->statistics.reordered++;
    } else {
        line->newest_ns = time_ns;
    }
    packet->holders++;
    push(network, &(struct copy){.time_ns = time_ns, .serial = network->serial++, .packet = packet, .line = number});
}

/* Draws the same numbers whatever comes of them: a loss then changes nothing for the packets after it. */
static void offer(struct hr_network *network, uint32_t number, struct packet *packet)
{
    struct line *line = &network->lines[number];
    const struct hr_network_line *options = &line->options;
    bool lost = happens(&line->random, options->loss);
    bool twice = happens(&line->random, options->duplicate);
    uint64_t jitter_ns[2];
    bool reordered[2];
    for (int i = 0; i < 2; i++) {
        jitter_ns[i] = draw_up_to(&line->random, options->jitter_ns);
        reordered[i] = happens(&line->random, options->reorder);
    }
    line->statistics.sent++;
    if (lost) {
        line->statistics.lost++;
        network->lost[packet->number] |= (uint8_t)(1u << number);
        return;
    }
    send_copy(network, number, packet, jitter_ns[0], reordered[0]);
    if (twice) {
        line->statistics.duplicated++;
        send_copy(network, number, packet, jitter_ns[1], reordered[1]);
    }
}

static int make_room(struct hr_network *network)
{
    size_t wanted = network->copy_count + 2 * HR_NETWORK_LINES_MAX;
    if (wanted > network->copy_room) {
        struct copy *copies = realloc(network->copies, 2 * wanted * sizeof(*copies));
        if (!copies)
            return -ENOMEM;
        network->copies = copies;
        network->copy_room = 2 * wanted;
    }
    if (network->packets == network->lost_room) {
        uint64_t room = network->lost_room ? 2 * network->lost_room : 4096;
        uint8_t *lost = realloc(network->lost, room);
        if (!lost)
            return -ENOMEM;
        network->lost = lost;
        network->lost_room = room;
    }
    return 0;
}

int hr_network_send(struct hr_network *network, uint64_t time_ns, const uint8_t *payload, size_t length)
{
    if (length > HR_NETWORK_PAYLOAD_BYTES_MAX || time_ns < network->clock_ns)
        return -EINVAL;
    int error = make_room(network);
    if (error)
        return error;
    struct packet *packet = malloc(sizeof(*packet) + length);
    if (!packet)
        return -ENOMEM;
    packet->number = network->packets;
    packet->length = length;
    packet->holders = 1; /* this function, until every line has decided */
    if (length > 0)
        memcpy(packet->payload, payload, length);

    network->clock_ns = time_ns;
    network->lost[network->packets++] = 0;
    for (uint32_t number = 0; number < network->line_count; number++)
        offer(network, number, packet);
    release(packet);
    return 0;
}

int hr_network_next(struct hr_network *network, uint64_t until_ns, struct hr_network_arrival *arrival)
{
    release(network->given);
    network->given = NULL;
    if (network->copy_count == 0 || network->copies[0].time_ns > until_ns)
        return 0;
    struct copy copy = pop(network);
    network->given = copy.packet;
    network->lines[copy.line].statistics.arrived++;
    if (copy.time_ns > network->clock_ns)
        network->clock_ns = copy.time_ns;
    *arrival = (struct hr_network_arrival){
        .time_ns = copy.time_ns,
        .packet = copy.packet->number,
        .line = copy.line,
        .payload = copy.packet->payload,
        .length = copy.packet->length,
    };
    return 1;
}

int hr_network_peek(const struct hr_network *network, uint64_t *time_ns)
{
    if (network->copy_count == 0)
        return 0;
    *time_ns = network->copies[0].time_ns;
    return 1;
}

bool hr_network_lost(const struct hr_network *network, uint64_t packet, uint32_t line)
{
    return network->lost[packet] >> line & 1;
}

const struct hr_network_statistics *hr_network_statistics(const struct hr_network *network, uint32_t line)
{
    return &network->lines[line].statistics;
}

static bool probability(double value)
{
    return value >= 0 && value <= 1; /* which is also false for what is no number */
}

static bool line_is_valid(const struct hr_network_line *line)
{
    return probability(line->loss) && probability(line->duplicate) && probability(line->reorder) &&
           line->delay_ns <= HR_NETWORK_DELAY_NS_MAX && line->jitter_ns <= HR_NETWORK_DELAY_NS_MAX &&
           line->reorder_delay_ns <= HR_NETWORK_DELAY_NS_MAX;
}

int hr_network_create(struct hr_network **made, const struct hr_network_options *options)
{
    *made = NULL;
    if (options->line_count < 1 || options->line_count > HR_NETWORK_LINES_MAX)
        return -EINVAL;
    for (uint32_t i = 0; i < options->line_count; i++)
        if (!line_is_valid(&options->lines[i]))
            return -EINVAL;

    struct hr_network *network = calloc(1, sizeof(*network));
    if (!network)
        return -ENOMEM;
    struct hr_sim_random seeds;
    hr_sim_random_seed(&seeds, options->seed);
    network->line_count = options->line_count;
    for (uint32_t i = 0; i < options->line_count; i++) {
        network->lines[i].options = options->lines[i];
        hr_sim_random_seed(&network->lines[i].random, hr_sim_random_next(&seeds));
    }
    *made = network;
    return 0;
}

void hr_network_destroy(struct hr_network *network)
{
    if (!network)
        return;
    release(network->given);
    for (size_t i = 0; i < network->copy_count; i++)
        release(network->copies[i].packet);
    free(network->copies);
    free(network->lost);
    free(network);
}
