/* SPDX-License-Identifier: Apache-2.0
 *
 * Recovery by MoldUDP64 request servers: takes what the worker misses, asks (recovery/requester.h says what and when), and hands the
 * answers back as datagrams of one more line. One socket for each channel. Control thread only.
 */
#ifndef HEADRACE_CONTROL_RECOVERY_H
#define HEADRACE_CONTROL_RECOVERY_H

#include <netinet/in.h>

#include "recovery/exchange.h"
#include "recovery/requester.h"
#include "worker.h"

#define HR_RECOVERY_SERVERS_MAX 16

struct hr_snapshots;

struct hr_recovered_channel {
    uint32_t channel; /* of the worker */
    int socket;
    uint32_t server_count;
    struct sockaddr_in servers[HR_RECOVERY_SERVERS_MAX];
    struct hr_requester requester;
};

struct hr_recovery {
    struct hr_worker *worker;
    struct rte_mempool *pool;
    struct hr_recovered_channel *channels;
    uint32_t count; /* 0: no feed has recovery servers */
    int epoll;
    struct hr_snapshots *snapshots; /* who is told of what the worker wants of snapshots */
    uint64_t event; /* of channels[0]'s socket in the epoll set; the others follow */
};

/* Opens the sockets and adds them to the epoll set. Returns 0 or a negative errno, after an error message. */
int hr_recovery_open(struct hr_recovery *recovery) __attribute__((warn_unused_result));
void hr_recovery_close(struct hr_recovery *recovery);

/* Answers have come for channel event - recovery->event. */
void hr_recovery_event(struct hr_recovery *recovery, uint64_t event);
/* Asks for what is due. To be called at least as often as hr_recovery_patience_ms says. */
void hr_recovery_tend(struct hr_recovery *recovery);
int hr_recovery_patience_ms(const struct hr_recovery *recovery, int otherwise);

#endif
