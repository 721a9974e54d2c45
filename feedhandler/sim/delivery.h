/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of the exchange's packets to where they are wanted: each packet belongs to one stream, each stream has its own
 * lines, the lines lose and delay (sim/network.h), and what arrives on any of them is handed on in order of time. No I/O:
 * that is the receiver's. One thread.
 */
#ifndef HEADRACE_SIM_DELIVERY_H
#define HEADRACE_SIM_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

#include "sim/network.h"

#define HR_DELIVERY_LINES_MAX 4
#define HR_DELIVERY_STREAMS_MAX 4
#define HR_DELIVERY_PAYLOAD_BYTES_MAX 1472 /* an Ethernet frame without the headers of IPv4 and UDP */

struct hr_delivery_address {
    uint32_t group; /* IPv4 multicast, host byte order */
    uint16_t port;
};

struct hr_delivery_stream {
    struct hr_delivery_address addresses[HR_DELIVERY_LINES_MAX];
    struct hr_network_line lines[HR_DELIVERY_LINES_MAX];
};

struct hr_delivery_packet {
    uint64_t time_ns;
    uint32_t stream;
    uint32_t messages;
    size_t length;
    uint8_t payload[HR_DELIVERY_PAYLOAD_BYTES_MAX];
};

/* What makes the packets: fills in the next one and returns 1, or 0 after the last. Times never go back. */
typedef int hr_delivery_source(void *source, struct hr_delivery_packet *packet);

/* Takes one arrival; line is HR_DELIVERY_EXCHANGE for the packet as the exchange sent it, which comes after its arrivals of
 * the same time. Returns 0, or a negative errno that ends the delivery. */
typedef int hr_delivery_receiver(void *receiver, uint32_t stream, uint32_t line, const struct hr_network_arrival *arrival);

#define HR_DELIVERY_EXCHANGE UINT32_MAX

struct hr_delivery_options {
    uint64_t seed;
    uint32_t stream_count;
    uint32_t line_count; /* of each stream */
    struct hr_delivery_stream streams[HR_DELIVERY_STREAMS_MAX];
};

struct hr_delivery_statistics {
    uint64_t packets; /* that arrived, on all lines */
    uint64_t bytes;   /* of their payloads: what a socket would read */
    uint64_t first_ns;
    uint64_t last_ns;
    uint64_t lost_packets;  /* on all lines of their stream */
    uint64_t lost_messages; /* in those */
    struct hr_network_statistics lines[HR_DELIVERY_STREAMS_MAX][HR_DELIVERY_LINES_MAX];
};

/* Delivers all that the source makes. Returns 0; -EINVAL when an option is out of its range; -ENOMEM; what the receiver
 * returned. The statistics are right up to where it ended. */
int hr_delivery_run(const struct hr_delivery_options *options, hr_delivery_source *source, void *source_state,
                    hr_delivery_receiver *receiver, void *receiver_state, struct hr_delivery_statistics *statistics)
    __attribute__((warn_unused_result));

#endif
