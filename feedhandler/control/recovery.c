/* SPDX-License-Identifier: Apache-2.0 */
#include "control/recovery.h"

#include "control/snapshot.h"

#include <errno.h>
#include <rte_mbuf.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "endpoint.h"
#include "host/log.h"

#define ANSWER_BYTES_MAX 65535
/* How often the worker's wishes are looked at: less than any exchange takes to answer. */
#define LOOK_MS 1

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int open_channel(struct hr_recovery *recovery, uint32_t channel, const struct hr_config_feed *feed)
{
    struct hr_recovered_channel *of = &recovery->channels[recovery->count];
    const struct hr_requester_options options = {.servers = (uint32_t)feed->recovery.servers.count,
                                                 .answer_ns = feed->recovery.answer_ms * 1000000,
                                                 .attempts = (uint32_t)feed->recovery.attempts,
                                                 .requests_per_second = (uint32_t)feed->recovery.requests_per_second};
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = recovery->event + recovery->count};
    of->channel = channel;
    of->server_count = options.servers;
    for (uint32_t i = 0; i < options.servers; i++)
        if (hr_endpoint_parse(feed->recovery.servers.items[i], &of->servers[i]))
            return -EINVAL; /* the configuration's checks have excluded it */
    hr_requester_init(&of->requester, &options, recovery->worker->recovery_counters[channel]);
    of->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (of->socket < 0)
        return -errno;
    recovery->count++;
    return epoll_ctl(recovery->epoll, EPOLL_CTL_ADD, of->socket, &event) < 0 ? -errno : 0;
}

int hr_recovery_open(struct hr_recovery *recovery)
{
    const struct hr_worker *worker = recovery->worker;
    recovery->channels = calloc(worker->channel_count ? worker->channel_count : 1, sizeof *recovery->channels);
    int error = recovery->channels ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < worker->channel_count && !error; i++)
        if (worker->recovery_counters[i])
            error = open_channel(recovery, i, &worker->config->feeds[worker->channels[i].feed->index]);
    if (error)
        HR_LOG(ERR, "recovery: no socket for requests: %s", strerror(-error));
    return error;
}

void hr_recovery_close(struct hr_recovery *recovery)
{
    for (uint32_t i = 0; i < recovery->count; i++)
        close(recovery->channels[i].socket);
    free(recovery->channels);
    recovery->channels = NULL;
    recovery->count = 0;
}

static void tell(const struct hr_recovery *recovery, struct hr_recovered *recovered)
{
    /* Only a hole that is given up may find no room, and then its time will be over in any case. */
    if (rte_ring_sp_enqueue_elem(recovery->worker->recovery.recovered, recovered, sizeof *recovered) != 0)
        rte_pktmbuf_free(recovered->mbuf);
}

static void tell_given_up(const struct hr_recovery *recovery, const struct hr_recovered_channel *of, const struct hr_request_hole *hole)
{
    struct hr_recovered nothing = {
        .first = hole->first, .past = hole->past, .channel = of->channel, .kind = HR_RECOVERED_NOTHING};
    memcpy(nothing.session, hole->session, sizeof nothing.session);
    tell(recovery, &nothing);
}

static int is_server(const struct hr_recovered_channel *of, const struct sockaddr_in *from)
{
    for (uint32_t i = 0; i < of->server_count; i++)
        if (of->servers[i].sin_addr.s_addr == from->sin_addr.s_addr && of->servers[i].sin_port == from->sin_port)
            return 1;
    return 0;
}

/* A packet of the session, whose messages are all there. */
static int is_well_formed(const struct hr_protocol *protocol, const uint8_t *bytes, size_t length, struct hr_session_header *header)
{
    static struct hr_message messages[HR_MESSAGES_MAX];
    return protocol->parse_header(bytes, (uint32_t)length, header) == HR_SESSION_ACCEPTED && header->kind == HR_SESSION_DATA &&
           hr_pipeline_walk(protocol, header, messages) == (int)header->count;
}

static void take_answer(const struct hr_recovery *recovery, struct hr_recovered_channel *of, const uint8_t *bytes, size_t length)
{
    const struct hr_protocol *protocol = recovery->worker->channels[of->channel].feed->decoder.protocol;
    struct hr_session_header header = {.unnumbered = 0};
    if (!is_well_formed(protocol, bytes, length, &header)) {
        of->requester.counters->answers++;
        of->requester.counters->answers_refused++;
        return;
    }
    /* The worker first: what it is not given must not be taken for answered. */
    struct rte_mbuf *mbuf = rte_ring_full(recovery->worker->recovery.recovered) ? NULL : rte_pktmbuf_alloc(recovery->pool);
    char *room = mbuf ? rte_pktmbuf_append(mbuf, (uint16_t)length) : NULL;
    if (!room) {
        rte_pktmbuf_free(mbuf);
        of->requester.counters->answers++;
        of->requester.counters->answers_refused++;
        return;
    }
    memcpy(room, bytes, length);
    if (hr_requester_answered(&of->requester, header.session, header.sequence, header.count, now_ns())) {
        rte_pktmbuf_free(mbuf);
        return;
    }
    tell(recovery, &(struct hr_recovered){.mbuf = mbuf, .channel = of->channel, .kind = HR_RECOVERED_DATAGRAM});
}

void hr_recovery_event(struct hr_recovery *recovery, uint64_t event)
{
    static uint8_t bytes[ANSWER_BYTES_MAX];
    if (event < recovery->event || event - recovery->event >= recovery->count)
        return;
    struct hr_recovered_channel *of = &recovery->channels[event - recovery->event];
    struct sockaddr_in from = {0};
    socklen_t from_bytes = sizeof from;
    for (ssize_t got; (got = recvfrom(of->socket, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_bytes)) >= 0 ||
                      errno == ECONNREFUSED;
         from_bytes = sizeof from) {
        if (got < 0)
            continue; /* nobody listens there: the request goes unanswered */
        if (is_server(of, &from))
            take_answer(recovery, of, bytes, (size_t)got);
        else {
            of->requester.counters->answers++;
            of->requester.counters->answers_refused++;
        }
    }
    hr_recovery_tend(recovery); /* the rest of a hole is asked for at once */
}

static struct hr_recovered_channel *find_channel(struct hr_recovery *recovery, uint32_t channel)
{
    for (uint32_t i = 0; i < recovery->count; i++)
        if (recovery->channels[i].channel == channel)
            return &recovery->channels[i];
    return NULL;
}

static void take_wishes(struct hr_recovery *recovery)
{
    struct hr_wanted wanted;
    while (rte_ring_sc_dequeue_elem(recovery->worker->recovery.wanted, &wanted, sizeof wanted) == 0) {
        struct hr_recovered_channel *of = find_channel(recovery, wanted.channel);
        if (wanted.kind == HR_WANTED_SNAPSHOT || wanted.kind == HR_WANTED_HOLDING)
            hr_snapshots_want(recovery->snapshots, &wanted);
        else if (of && wanted.kind == HR_WANTED_NO_MORE)
            hr_requester_forget(&of->requester, wanted.session, wanted.first);
        else if (of)
            hr_requester_add(&of->requester, wanted.session, wanted.first, wanted.count, now_ns());
    }
}

void hr_recovery_tend(struct hr_recovery *recovery)
{
    struct hr_request request;
    struct hr_request_hole given_up;
    uint64_t next_ns;
    enum hr_requester_event event;
    take_wishes(recovery);
    for (uint32_t i = 0; i < recovery->count; i++) {
        struct hr_recovered_channel *of = &recovery->channels[i];
        while ((event = hr_requester_poll(&of->requester, now_ns(), &request, &given_up, &next_ns)) != HR_REQUESTER_IDLE) {
            if (event == HR_REQUESTER_SEND) /* one that does not leave is one that is not answered */
                (void)!sendto(of->socket, request.bytes, sizeof request.bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
                              (const struct sockaddr *)&of->servers[request.server], sizeof of->servers[request.server]);
            else
                tell_given_up(recovery, of, &given_up);
        }
    }
}

int hr_recovery_patience_ms(const struct hr_recovery *recovery, int otherwise)
{
    return recovery->count ? LOOK_MS : otherwise;
}
