/* SPDX-License-Identifier: Apache-2.0
 *
 * The attach socket: strategies come and go here, on the control thread. The protocol is headrace/attach_abi.h. Every step
 * is checked, nothing blocks, and a peer that does not say what it wants within a second is shown the door.
 */
#ifndef HEADRACE_CONTROL_ATTACH_H
#define HEADRACE_CONTROL_ATTACH_H

#include "control/listener.h"
#include "control/pool.h"
#include "control/waker.h"
#include "observe/metrics.h"
#include "worker.h"

struct hr_attachment;

struct hr_attach_server {
    const struct hr_config *config;
    struct hr_worker *worker;
    const struct hr_metrics *metrics;
    uint64_t session_epoch;
    int huge_pages;
    int stopping;                      /* refuse who comes now: no ring would be told of the end */
    struct hr_listener listener;
    int epoll;
    uint64_t accept_again_ms;          /* 0, or when who knocks is let in again */
    struct hr_ring_pool pool;
    struct hr_waker waker;
    struct hr_attachment *attachments; /* [attachment_max] */
    uint32_t attachment_max;
    uint32_t *owner;                   /* [consumer]: attachment that has it, plus one */
};

/* Makes the socket, then every ring, and registers with `epoll`. Returns 0 or a negative errno, after an error message. */
int hr_attach_server_open(struct hr_attach_server *server) __attribute__((warn_unused_result));
void hr_attach_server_close(struct hr_attach_server *server);

/* Handles one epoll event; `data` is its data.u64. */
void hr_attach_server_event(struct hr_attach_server *server, uint64_t data);

/* How long to wait for an event before the next hr_attach_server_tend: less than `otherwise` while somebody is kept waiting. */
int hr_attach_server_patience_ms(const struct hr_attach_server *server, int otherwise);

/* Takes the worker's answers, and closes what is overdue. Called at least every 100 ms. */
void hr_attach_server_tend(struct hr_attach_server *server, uint64_t now_ms);

#endif
