/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends packets as UDP multicast at their times. Not of the core: this one makes system calls and sleeps. One thread.
 *
 * Packets that are due are collected and sent with one sendmmsg; when the next one lies in the future, what was
 * collected goes out first and then the thread sleeps. A sender that falls behind thus catches up in larger batches.
 */
#ifndef HEADRACE_SIM_SENDER_H
#define HEADRACE_SIM_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "sim/delivery.h"

#define HR_SIM_SENDER_DESTINATIONS_MAX (HR_DELIVERY_STREAMS_MAX * HR_DELIVERY_LINES_MAX)

struct hr_sim_sender_options {
    uint32_t destination_count;
    struct hr_delivery_address destinations[HR_SIM_SENDER_DESTINATIONS_MAX];
    uint8_t ttl;
    const char *interface; /* a name (eth0) or its IPv4 address; NULL: the routing table's choice */
    double speed;          /* 2 is twice as fast as the times say; 0 is without any pause */
};

struct hr_sim_sender;

/* Opens the socket. Returns 0; -ENODEV when there is no such interface, or a negative errno. On failure *sender is
 * NULL. */
int hr_sim_sender_open(struct hr_sim_sender **sender, const struct hr_sim_sender_options *options)
    __attribute__((warn_unused_result));

/* Takes a packet (at most HR_DELIVERY_PAYLOAD_BYTES_MAX) for one of the destinations. The first one sets the clock; each
 * later one is sent no earlier than its distance in time from the first, divided by the speed. May send, may sleep. Returns
 * 0 or a negative errno. */
int hr_sim_sender_put(struct hr_sim_sender *sender, uint32_t destination, const uint8_t *payload, size_t length,
                      uint64_t time_ns) __attribute__((warn_unused_result));

/* Waits until that time has come by the same clock; what was put before is sent then, or is at most a batch behind.
 * Returns 0 or a negative errno. */
int hr_sim_sender_wait(struct hr_sim_sender *sender, uint64_t time_ns) __attribute__((warn_unused_result));

/* Sends what is still held back, and frees the sender even when that fails. NULL is fine. Returns 0 or a negative
 * errno. */
int hr_sim_sender_close(struct hr_sim_sender *sender) __attribute__((warn_unused_result));

#endif
