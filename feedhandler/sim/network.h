/* SPDX-License-Identifier: Apache-2.0
 *
 * A model of impaired lines: each packet of the exchange is offered to every line, and each line decides for itself
 * whether it loses it, brings it, or brings it twice, and when. No I/O and no clock but the times it is given; the same
 * seed, options and packets give the same arrivals. What one line does depends on the seed and its own options alone, so
 * that a line can be changed and the others stay as they were. One thread.
 *
 * A packet takes delay_ns plus an even draw from 0 to jitter_ns, but never overtakes the one before it on its line: jitter
 * alone changes no order. A reordered packet takes reorder_delay_ns more and holds up none of those behind it. A second
 * copy takes its own time.
 */
#ifndef HEADRACE_SIM_NETWORK_H
#define HEADRACE_SIM_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HR_NETWORK_LINES_MAX 8
#define HR_NETWORK_PAYLOAD_BYTES_MAX 65507               /* of a UDP datagram in IPv4 */
#define HR_NETWORK_DELAY_NS_MAX UINT64_C(3600000000000) /* an hour, for each of the three delays */

struct hr_network_line {
    double loss;      /* probabilities, 0 to 1 */
    double duplicate;
    double reorder;
    uint64_t delay_ns;
    uint64_t jitter_ns;
    uint64_t reorder_delay_ns;
};

struct hr_network_options {
    uint64_t seed;
    uint32_t line_count; /* 1 to HR_NETWORK_LINES_MAX */
    struct hr_network_line lines[HR_NETWORK_LINES_MAX];
};

struct hr_network_arrival {
    uint64_t time_ns;
    uint64_t packet;        /* how many were sent before it */
    uint32_t line;
    const uint8_t *payload; /* good until the next hr_network_next or hr_network_destroy */
    size_t length;
};

/* Packets. sent = lost + those that arrive at least once; arrivals = sent - lost + duplicated, once all are read. */
struct hr_network_statistics {
    uint64_t sent;
    uint64_t lost;
    uint64_t duplicated;
    uint64_t reordered; /* copies that took reorder_delay_ns more */
    uint64_t arrived;   /* copies that hr_network_next has given */
};

struct hr_network;

/* Returns 0; -EINVAL when an option is out of its range, or -ENOMEM. On failure *network is NULL. */
int hr_network_create(struct hr_network **network, const struct hr_network_options *options)
    __attribute__((warn_unused_result));
void hr_network_destroy(struct hr_network *network);

/* Offers a copy of one packet to every line. Returns 0; -EINVAL when it is longer than HR_NETWORK_PAYLOAD_BYTES_MAX or
 * earlier than the packet before or than an arrival already given; -ENOMEM. When it fails, nothing was sent. */
int hr_network_send(struct hr_network *network, uint64_t time_ns, const uint8_t *payload, size_t length)
    __attribute__((warn_unused_result));

/* Gives the next arrival of any line that is not after until_ns. Returns 1, or 0 when there is none. Arrivals come in
 * order of time as long as until_ns is not after the next packet to be sent. */
int hr_network_next(struct hr_network *network, uint64_t until_ns, struct hr_network_arrival *arrival);

/* When the next arrival of any line comes. Returns 1, or 0 when nothing is on its way. */
int hr_network_peek(const struct hr_network *network, uint64_t *time_ns);

/* Whether the line lost the packet, the first one being 0. It must have been sent. */
bool hr_network_lost(const struct hr_network *network, uint64_t packet, uint32_t line);

/* The pointer is good until destroy; the numbers change with each send and each arrival. */
const struct hr_network_statistics *hr_network_statistics(const struct hr_network *network, uint32_t line);

#endif
