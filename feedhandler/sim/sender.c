/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sim/sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH_PACKETS 32
#define SECOND_NS INT64_C(1000000000)

struct hr_sim_sender {
    int fd;
    double speed;
    int started;
    int64_t start_ns;        /* on the monotonic clock: when the first packet was put */
    uint64_t first_ns;       /* its own time */
    unsigned held;           /* packets in the batch */
    struct sockaddr_in destinations[HR_SIM_SENDER_DESTINATIONS_MAX];
    struct mmsghdr messages[BATCH_PACKETS];
    struct iovec parts[BATCH_PACKETS];
    uint8_t packets[BATCH_PACKETS][HR_DELIVERY_PAYLOAD_BYTES_MAX];
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void sleep_until(int64_t due_ns)
{
    struct timespec due = {.tv_sec = due_ns / SECOND_NS, .tv_nsec = due_ns % SECOND_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR) {
    }
}

static int send_held(struct hr_sim_sender *sender)
{
    unsigned sent = 0;
    while (sent < sender->held) {
        int count = sendmmsg(sender->fd, sender->messages + sent, sender->held - sent, 0);
        if (count > 0) {
            sent += (unsigned)count;
        } else if (errno == ENOBUFS) {
            sleep_until(now_ns() + 100000); /* the interface's queue is full, and the socket does not wait for it */
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    sender->held = 0;
    return 0;
}

/* Multicast leaves by one interface, named either way. */
static int choose_interface(int fd, const char *interface)
{
    struct ip_mreqn choice;
    memset(&choice, 0, sizeof(choice));
    if (inet_pton(AF_INET, interface, &choice.imr_address) != 1) {
        choice.imr_ifindex = (int)if_nametoindex(interface);
        if (choice.imr_ifindex == 0)
            return -ENODEV;
    }
    return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &choice, sizeof(choice)) == 0 ? 0 : -errno;
}

int hr_sim_sender_open(struct hr_sim_sender **opened, const struct hr_sim_sender_options *options)
{
    *opened = NULL;
    struct hr_sim_sender *sender = calloc(1, sizeof(*sender));
    if (!sender)
        return -ENOMEM;
    int ttl = options->ttl;
    int loop = 1; /* a handler on the same host is the usual reader */
    int error;
    sender->speed = options->speed;
    sender->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender->fd < 0 || setsockopt(sender->fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) != 0 ||
        setsockopt(sender->fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof(loop)) != 0) {
        error = -errno;
        goto fail;
    }
    error = options->interface ? choose_interface(sender->fd, options->interface) : 0;
    if (error)
        goto fail;

    for (uint32_t i = 0; i < options->destination_count; i++) {
        sender->destinations[i].sin_family = AF_INET;
        sender->destinations[i].sin_addr.s_addr = htonl(options->destinations[i].group);
        sender->destinations[i].sin_port = htons(options->destinations[i].port);
    }
    for (unsigned i = 0; i < BATCH_PACKETS; i++) {
        sender->parts[i].iov_base = sender->packets[i];
        sender->messages[i].msg_hdr.msg_iov = &sender->parts[i];
        sender->messages[i].msg_hdr.msg_iovlen = 1;
        sender->messages[i].msg_hdr.msg_namelen = sizeof(sender->destinations[0]);
    }
    *opened = sender;
    return 0;

fail:
    if (sender->fd >= 0)
        close(sender->fd);
    free(sender);
    return error;
}

int hr_sim_sender_wait(struct hr_sim_sender *sender, uint64_t time_ns)
{
    if (!sender->started) {
        sender->started = 1;
        sender->start_ns = now_ns();
        sender->first_ns = time_ns;
    }
    if (sender->speed > 0) {
        int64_t due = sender->start_ns + (int64_t)((double)(time_ns - sender->first_ns) / sender->speed);
        if (due > now_ns()) {
            int error = send_held(sender);
            if (error)
                return error;
            sleep_until(due);
        }
    }
    return 0;
}

/* The batch is never full between two calls, so there always is room. */
int hr_sim_sender_put(struct hr_sim_sender *sender, uint32_t destination, const uint8_t *payload, size_t length,
                      uint64_t time_ns)
{
    int error = hr_sim_sender_wait(sender, time_ns);
    if (error)
        return error;
    memcpy(sender->packets[sender->held], payload, length);
    sender->parts[sender->held].iov_len = length;
    sender->messages[sender->held].msg_hdr.msg_name = &sender->destinations[destination];
    sender->held++;
    return sender->held == BATCH_PACKETS ? send_held(sender) : 0;
}

int hr_sim_sender_close(struct hr_sim_sender *sender)
{
    if (!sender)
        return 0;
    int error = send_held(sender);
    close(sender->fd);
    free(sender);
    return error;
}
