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

struct hr_sim_sender_options {
    uint32_t group;        /* IPv4 multicast address, host byte order */
    uint16_t port;
    uint8_t ttl;
    const char *interface; /* a name (eth0) or its IPv4 address; NULL: the routing table's choice */
    double speed;          /* 2 is twice as fast as the times say; 0 is without any pause */
};

struct hr_sim_sender;

/* Opens the socket. Returns 0; -ENODEV when there is no such interface, or a negative errno. On failure *sender is
 * NULL. */
int hr_sim_sender_open(struct hr_sim_sender **sender, const struct hr_sim_sender_options *options)
    __attribute__((warn_unused_result));

/* Where the next packet is to be written: HR_MOLD_PAYLOAD_BYTES_MAX bytes. */
uint8_t *hr_sim_sender_room(struct hr_sim_sender *sender);

/* Takes the packet that was written there. The first one sets the clock; each later one is sent no earlier than its
 * distance in time from the first, divided by the speed. May send, may sleep. Returns 0 or a negative errno. */
int hr_sim_sender_put(struct hr_sim_sender *sender, size_t length, uint64_t time_ns)
    __attribute__((warn_unused_result));

/* Sends what is still held back, and frees the sender even when that fails. NULL is fine. Returns 0 or a negative
 * errno. */
int hr_sim_sender_close(struct hr_sim_sender *sender) __attribute__((warn_unused_result));

#endif
