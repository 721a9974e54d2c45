/* SPDX-License-Identifier: Apache-2.0
 *
 * The servers beside the multicast: a MoldUDP64 request server and a GLIMPSE server, both on one thread of their own with
 * one epoll, so that nobody who asks holds up the sending. They share the history with the sender, and nothing else.
 */
#ifndef HEADRACE_SIM_SERVER_H
#define HEADRACE_SIM_SERVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/history.h"
#include "sim/requests.h"
#include "sim/soup.h"

#define HR_SERVER_CLIENTS_MAX 16 /* of the GLIMPSE server at a time */

struct hr_server_options {
    bool request_server;
    bool glimpse;
    struct sockaddr_in request_address; /* port 0: one that is free */
    struct sockaddr_in glimpse_address;
    struct hr_requests_options requests;
    struct hr_soup_options soup;
};

struct hr_server_statistics {
    struct hr_requests_statistics requests;
    uint64_t unsent;           /* answers that the socket did not take */
    uint64_t connections;
    uint64_t turned_away;      /* connections beyond HR_SERVER_CLIENTS_MAX */
    uint64_t logins_accepted;
    uint64_t logins_rejected;
    uint64_t snapshots;        /* given whole to a connection's queue */
    uint64_t snapshot_messages;
    uint64_t logouts;          /* by the client */
    uint64_t silent;           /* clients closed after 15 s without a word */
    uint64_t broken;           /* connections closed for what they sent, or by the other side */
};

struct hr_server;

/* Binds, listens and starts the thread. Borrows the history. Returns 0 or a negative errno; then *failed is the option that
 * it came from ("request-server", "glimpse", or NULL for neither) and *server is NULL. */
int hr_server_start(struct hr_server **server, struct hr_history *history, const struct hr_server_options *options,
                    const char **failed) __attribute__((warn_unused_result));

/* Where they are: the ports that were free. */
struct sockaddr_in hr_server_request_address(const struct hr_server *server);
struct sockaddr_in hr_server_glimpse_address(const struct hr_server *server);

/* Tells logged-in clients that the session is over, gives them a second to take what is left for them, ends the thread and
 * frees all. NULL is fine, and leaves the statistics as they are. */
void hr_server_stop(struct hr_server *server, struct hr_server_statistics *statistics);

#endif
