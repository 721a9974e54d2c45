/* SPDX-License-Identifier: Apache-2.0 */
#include "control/snapshot.h"

#include <errno.h>
#include <poll.h>
#include <rte_mbuf.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "endpoint.h"
#include "host/log.h"

#define SECOND_NS UINT64_C(1000000000)
#define LOOK_MS 1
/* A SoupBinTCP server says something each second; live packets wait for it, and they must not for long. */
#define SILENCE_NS (2 * SECOND_NS)
/* Room that is left in the worker's queue: what does not fit waits in the socket, and so with the server. */
#define QUEUE_RESERVE 64
#define END_TYPE 'G'

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static const struct hr_config_snapshot *config_of(const struct hr_snapshots *snapshots, const struct hr_snapshot_client *client)
{
    const struct hr_worker *worker = snapshots->worker;
    return &worker->config->feeds[worker->channels[client->channel].feed->index].snapshot;
}

static void tell(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client, struct hr_recovered *recovered)
{
    recovered->channel = client->channel;
    memcpy(recovered->session, client->session, sizeof recovered->session);
    /* There is room: see QUEUE_RESERVE. */
    if (rte_ring_sp_enqueue_elem(snapshots->worker->recovery.recovered, recovered, sizeof *recovered) != 0)
        rte_pktmbuf_free(recovered->mbuf);
}

static void disconnect(struct hr_snapshot_client *client)
{
    if (client->socket >= 0)
        close(client->socket);
    client->socket = -1;
    rte_pktmbuf_free(client->batch);
    client->batch = NULL;
}

/* In mid-session live goes on as it comes, in doubt, when there is no snapshot. */
static void let_go(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client)
{
    if (client->holding)
        tell(snapshots, client, &(struct hr_recovered){.first = 0, .kind = HR_RECOVERED_SNAPSHOT_ENDS});
    client->holding = 0;
}

static void retry(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client, const char *why)
{
    HR_LOG(WARNING, "snapshot of feed '%s' from %s: %s", snapshots->worker->channels[client->channel].feed->name,
           config_of(snapshots, client)->server, why);
    disconnect(client);
    let_go(snapshots, client);
    client->state = HR_SNAPSHOT_RETRY; /* what has come of it is void: the next one begins anew */
    client->retry_ns = now_ns() + SECOND_NS;
}

static void connect_client(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client)
{
    struct sockaddr_in endpoint;
    memset(&client->soup, 0, sizeof client->soup);
    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->socket < 0 || hr_endpoint_parse(config_of(snapshots, client)->server, &endpoint) ||
        (connect(client->socket, (struct sockaddr *)&endpoint, sizeof endpoint) < 0 && errno != EINPROGRESS)) {
        retry(snapshots, client, strerror(errno));
        return;
    }
    client->state = HR_SNAPSHOT_CONNECTING;
}

/* The worker has to hold what comes from before the login on: the snapshot is of then. */
static void hold(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client)
{
    struct pollfd connected = {.fd = client->socket, .events = POLLOUT};
    int error = 0;
    socklen_t bytes = sizeof error;
    if (poll(&connected, 1, 0) == 0)
        return;
    (void)getsockopt(client->socket, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error) {
        retry(snapshots, client, strerror(error));
        return;
    }
    tell(snapshots, client, &(struct hr_recovered){.kind = HR_RECOVERED_SNAPSHOT_COMING});
    client->holding = 1;
    client->heard_ns = now_ns();
    client->state = HR_SNAPSHOT_HOLDING;
}

static void log_in(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client)
{
    uint8_t packet[HR_SOUP_LOGIN_PACKET_BYTES];
    const struct hr_config_snapshot *config = config_of(snapshots, client);
    hr_soup_client_login(packet, config->username, config->password);
    ssize_t sent = send(client->socket, packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)sizeof packet) {
        client->state = HR_SNAPSHOT_LOGIN;
        client->said_ns = now_ns();
        client->heard_ns = client->said_ns;
    } else if (sent >= 0 || (errno != EAGAIN && errno != ENOTCONN))
        retry(snapshots, client, sent >= 0 ? "the login does not leave" : strerror(errno));
}

/* Messages go to the worker as blocks, as many as a buffer holds. */
static void flush(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client)
{
    if (client->batch)
        tell(snapshots, client, &(struct hr_recovered){.mbuf = client->batch, .kind = HR_RECOVERED_SNAPSHOT});
    client->batch = NULL;
}

static int add_message(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client, const struct hr_soup_packet *packet)
{
    uint32_t bytes = 2 + packet->length; /* more than 16 bits hold, when a server says so: then no buffer has room for it */
    if (client->batch && rte_pktmbuf_tailroom(client->batch) < bytes)
        flush(snapshots, client);
    if (!client->batch)
        client->batch = rte_pktmbuf_alloc(snapshots->pool);
    if (!client->batch || rte_pktmbuf_tailroom(client->batch) < bytes)
        return 1;
    uint8_t *room = (uint8_t *)rte_pktmbuf_append(client->batch, (uint16_t)bytes);
    room[0] = (uint8_t)(packet->length >> 8);
    room[1] = (uint8_t)packet->length;
    memcpy(room + 2, packet->payload, packet->length);
    return 0;
}

static void finish(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client, uint64_t next)
{
    uint8_t packet[HR_SOUP_HEARTBEAT_PACKET_BYTES];
    flush(snapshots, client);
    tell(snapshots, client, &(struct hr_recovered){.first = next, .kind = HR_RECOVERED_SNAPSHOT_ENDS});
    hr_soup_client_say(packet, 'O');
    (void)!send(client->socket, packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL);
    HR_LOG(NOTICE, "snapshot of feed '%s': whole, live from message %llu on", snapshots->worker->channels[client->channel].feed->name,
           (unsigned long long)next);
    disconnect(client);
    client->holding = 0;
    client->state = HR_SNAPSHOT_OVER;
    client->over_ns = now_ns();
}

static void take_packet(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client, const struct hr_soup_packet *packet)
{
    switch (packet->type) {
    case HR_SOUP_TYPE_ACCEPTED:
        if (packet->length < HR_SESSION_ID_BYTES || client->state != HR_SNAPSHOT_LOGIN) {
            retry(snapshots, client, "not SoupBinTCP: an acceptance that is none");
            return;
        }
        memcpy(client->session, packet->payload, sizeof client->session);
        for (size_t lead = 0; client->session[0] == ' ' && lead < sizeof client->session; lead++) { /* padded on the left there */
            memmove(client->session, client->session + 1, sizeof client->session - 1);
            client->session[sizeof client->session - 1] = ' ';
        }
        if (client->in_session && memcmp(client->session, client->wanted, sizeof client->session) != 0) {
            retry(snapshots, client, "it is of another session than the live lines");
            return;
        }
        client->state = HR_SNAPSHOT_DATA;
        tell(snapshots, client, &(struct hr_recovered){.kind = HR_RECOVERED_SNAPSHOT_BEGINS});
        return;
    case HR_SOUP_TYPE_REJECTED:
        retry(snapshots, client, packet->length && packet->payload[0] == 'A' ? "login rejected: username or password" :
                                                                              "login rejected: no such session");
        return;
    case HR_SOUP_TYPE_SEQUENCED:
        if (client->state != HR_SNAPSHOT_DATA)
            retry(snapshots, client, "not SoupBinTCP: data before the login was accepted");
        else if (packet->length && packet->payload[0] == END_TYPE) {
            uint64_t next = hr_soup_read_number(packet->payload + 1, packet->length - 1);
            if (next)
                finish(snapshots, client, next);
            else
                retry(snapshots, client, "its end has no sequence number, or one that no session reaches");
        } else if (add_message(snapshots, client, packet))
            retry(snapshots, client, "no packet buffer for a message (eal.mbufs, eal.mbuf_bytes)");
        return;
    case HR_SOUP_TYPE_END_OF_SESSION:
        retry(snapshots, client, "the session is over");
        return;
    default: /* heartbeats, debug, unsequenced data */
        return;
    }
}

static int has_room(const struct hr_snapshots *snapshots)
{
    return rte_ring_free_count(snapshots->worker->recovery.recovered) > QUEUE_RESERVE &&
           rte_mempool_avail_count(snapshots->pool) > QUEUE_RESERVE * 8;
}

static void read_client(const struct hr_snapshots *snapshots, struct hr_snapshot_client *client)
{
    struct hr_soup_packet packet;
    while (client->state == HR_SNAPSHOT_LOGIN || client->state == HR_SNAPSHOT_DATA) {
        int next = 0;
        while (has_room(snapshots) && (client->state == HR_SNAPSHOT_LOGIN || client->state == HR_SNAPSHOT_DATA) &&
               (next = hr_soup_client_next(&client->soup, &packet)) == 1)
            take_packet(snapshots, client, &packet);
        if (next < 0)
            retry(snapshots, client, "not SoupBinTCP: a packet of no length");
        if (client->socket < 0 || !has_room(snapshots))
            return;
        size_t room;
        uint8_t *at = hr_soup_client_room(&client->soup, &room);
        ssize_t got = recv(client->socket, at, room, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0) {
            retry(snapshots, client, got ? strerror(errno) : "the server has hung up");
            return;
        }
        client->heard_ns = now_ns();
        hr_soup_client_took(&client->soup, (size_t)got);
    }
}

static void say_alive(struct hr_snapshot_client *client, uint64_t now)
{
    uint8_t packet[HR_SOUP_HEARTBEAT_PACKET_BYTES];
    if (client->socket < 0 || now - client->said_ns < SECOND_NS)
        return;
    hr_soup_client_say(packet, 'R');
    (void)!send(client->socket, packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL);
    client->said_ns = now;
}

int hr_snapshots_open(struct hr_snapshots *snapshots)
{
    const struct hr_worker *worker = snapshots->worker;
    snapshots->clients = calloc(worker->channel_count ? worker->channel_count : 1, sizeof *snapshots->clients);
    if (!snapshots->clients)
        return -ENOMEM;
    for (uint32_t i = 0; i < worker->channel_count; i++) {
        if (!worker->channels[i].awaiting)
            continue;
        struct hr_snapshot_client *client = &snapshots->clients[snapshots->count++];
        *client = (struct hr_snapshot_client){.channel = i, .socket = -1};
        client->deadline_ns = now_ns() + config_of(snapshots, client)->patience_ms * UINT64_C(1000000);
        connect_client(snapshots, client);
    }
    return 0;
}

static struct hr_snapshot_client *find_client(struct hr_snapshots *snapshots, uint32_t channel)
{
    for (uint32_t i = 0; i < snapshots->count; i++)
        if (snapshots->clients[i].channel == channel)
            return &snapshots->clients[i];
    return NULL;
}

void hr_snapshots_want(struct hr_snapshots *snapshots, const struct hr_wanted *wanted)
{
    struct hr_snapshot_client *client = find_client(snapshots, wanted->channel);
    if (!client)
        return;
    if (wanted->kind == HR_WANTED_HOLDING && client->state == HR_SNAPSHOT_HOLDING) {
        client->state = HR_SNAPSHOT_CONNECTING; /* as at the start, from here on */
        log_in(snapshots, client);
    } else if (wanted->kind == HR_WANTED_SNAPSHOT && client->state == HR_SNAPSHOT_OVER) {
        const struct hr_config_snapshot *config = config_of(snapshots, client);
        client->in_session = 1;
        memcpy(client->wanted, wanted->session, sizeof client->wanted);
        client->retry_ns = client->over_ns + config->interval_ms * UINT64_C(1000000);
        client->deadline_ns = (client->retry_ns > now_ns() ? client->retry_ns : now_ns()) + config->patience_ms * UINT64_C(1000000);
        client->state = HR_SNAPSHOT_RETRY;
    }
}

void hr_snapshots_close(struct hr_snapshots *snapshots)
{
    for (uint32_t i = 0; i < snapshots->count; i++)
        disconnect(&snapshots->clients[i]);
    free(snapshots->clients);
    snapshots->clients = NULL;
    snapshots->count = 0;
}

void hr_snapshots_tend(struct hr_snapshots *snapshots)
{
    for (uint32_t i = 0; i < snapshots->count; i++) {
        struct hr_snapshot_client *client = &snapshots->clients[i];
        uint64_t now = now_ns();
        if (client->state == HR_SNAPSHOT_OVER)
            continue;
        if (now >= client->deadline_ns) {
            HR_LOG(ERR, "snapshot of feed '%s' from %s: given up; live as it comes (feeds[].snapshot.patience_ms)",
                   snapshots->worker->channels[client->channel].feed->name, config_of(snapshots, client)->server);
            disconnect(client);
            client->holding |= !client->in_session;
            let_go(snapshots, client);
            client->state = HR_SNAPSHOT_OVER;
            client->over_ns = now;
            continue;
        }
        if (client->state == HR_SNAPSHOT_RETRY && now >= client->retry_ns)
            connect_client(snapshots, client);
        if (client->state == HR_SNAPSHOT_CONNECTING && client->in_session && !client->holding)
            hold(snapshots, client);
        else if (client->state == HR_SNAPSHOT_CONNECTING)
            log_in(snapshots, client);
        read_client(snapshots, client);
        say_alive(client, now);
        int is_to_speak = client->state == HR_SNAPSHOT_HOLDING || client->state == HR_SNAPSHOT_LOGIN || client->state == HR_SNAPSHOT_DATA;
        if (is_to_speak && has_room(snapshots) && now > client->heard_ns + SILENCE_NS)
            retry(snapshots, client, "it has said nothing for two seconds");
    }
}

int hr_snapshots_patience_ms(const struct hr_snapshots *snapshots, int otherwise)
{
    for (uint32_t i = 0; i < snapshots->count; i++)
        if (snapshots->clients[i].state != HR_SNAPSHOT_OVER)
            return LOOK_MS;
    return otherwise;
}
