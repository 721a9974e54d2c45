/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sim/server.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sim/message.h"
#include "sim/snapshot.h"

#define SECOND_NS UINT64_C(1000000000)
#define WAIT_MS 10            /* how far behind the snapshot's state may be while nobody asks */
#define REQUESTS_A_TURN 64    /* before the other sockets get theirs */
#define END_OF_SNAPSHOT_BYTES (1 + HR_SOUP_SEQUENCE_BYTES)

struct client {
    int fd; /* -1: no client */
    struct hr_soup soup;
    bool writing; /* epoll waits until it can be written to */
};

struct hr_server {
    struct hr_history *history;
    struct hr_server_options options;
    struct hr_requests requests;
    struct hr_snapshot *snapshot;
    uint64_t followed;    /* the next message that the snapshot's state lacks */
    bool follows;         /* false once a message was evicted before it was seen */
    int epoll;
    int stop;             /* an eventfd */
    int request_fd;       /* -1: none, or dead by its misbehaviour */
    int listen_fd;
    pthread_t thread;
    struct client clients[HR_SERVER_CLIENTS_MAX];
    struct hr_server_statistics statistics;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static int watch(const struct hr_server *server, int operation, int fd, uint32_t events, void *who)
{
    struct epoll_event event = {.events = events, .data = {.ptr = who}};
    return epoll_ctl(server->epoll, operation, fd, &event) == 0 ? 0 : -errno;
}

static void close_request_server(struct hr_server *server)
{
    close(server->request_fd);
    server->request_fd = -1;
}

static void serve_requests(struct hr_server *server)
{
    uint8_t request[2048], answer[HR_MOLD_PAYLOAD_BYTES_MAX];
    for (int i = 0; i < REQUESTS_A_TURN; i++) {
        struct sockaddr_in from;
        socklen_t from_length = sizeof(from);
        ssize_t length = recvfrom(server->request_fd, request, sizeof(request), 0, (struct sockaddr *)&from, &from_length);
        if (length < 0)
            return; /* nothing more; or an answer that no one was there to take, which the socket tells now */
        uint32_t copies;
        size_t answer_length = hr_requests_answer(&server->requests, request, (size_t)length, answer, &copies);
        for (uint32_t copy = 0; answer_length > 0 && copy < copies; copy++)
            if (sendto(server->request_fd, answer, answer_length, 0, (struct sockaddr *)&from, from_length) < 0)
                server->statistics.unsent++;
        if (hr_requests_dead(&server->requests)) {
            close_request_server(server);
            return;
        }
    }
}

/* Takes what was sent up to a message into the snapshot's state. */
static void follow(struct hr_server *server, uint64_t until)
{
    uint8_t packet[HR_MOLD_PAYLOAD_BYTES_MAX];
    size_t length = 0;
    while (server->follows && server->followed < until) {
        enum hr_history_found found = hr_history_read(server->history, server->followed, UINT16_MAX - 1, sizeof(packet),
                                                      packet, &length);
        if (found != HR_HISTORY_FOUND) {
            server->follows = found != HR_HISTORY_EVICTED;
            return;
        }
        uint16_t count = hr_mold_message_count(packet);
        for (const uint8_t *at = packet + HR_MOLD_HEADER_BYTES; count > 0; count--) {
            size_t message = (size_t)hr_sim_get(at, 2);
            if (hr_snapshot_apply(server->snapshot, at + 2, message) != 0)
                server->follows = false;
            at += 2 + message;
            server->followed++;
        }
    }
}

struct queue {
    struct hr_server *server;
    struct client *client;
    uint64_t now_ns;
};

static int queue_message(void *state, const uint8_t *message, size_t length)
{
    struct queue *queue = state;
    queue->server->statistics.snapshot_messages++;
    return hr_soup_send(&queue->client->soup, message, length, queue->now_ns);
}

/* The state as it is now, and with it the number of the next message of the multicast. */
static int queue_snapshot(struct hr_server *server, struct client *client, uint64_t now)
{
    struct queue queue = {.server = server, .client = client, .now_ns = now};
    char end[END_OF_SNAPSHOT_BYTES + 1];
    int error = hr_snapshot_write(server->snapshot, queue_message, &queue);
    if (error)
        return error;
    snprintf(end, sizeof(end), "G%*llu", HR_SOUP_SEQUENCE_BYTES, (unsigned long long)server->followed);
    server->statistics.snapshots++;
    return queue_message(&queue, (const uint8_t *)end, END_OF_SNAPSHOT_BYTES);
}

static void close_client(struct client *client)
{
    close(client->fd);
    client->fd = -1;
    hr_soup_stop(&client->soup);
}

static void close_broken(struct hr_server *server, struct client *client)
{
    server->statistics.broken++;
    close_client(client);
}

/* Writes what the socket takes; closes what is over. */
static void write_client(struct hr_server *server, struct client *client)
{
    size_t length;
    const uint8_t *bytes = hr_soup_output(&client->soup, &length);
    while (length > 0) {
        ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR)
                close_broken(server, client);
            break;
        }
        hr_soup_sent(&client->soup, (size_t)sent);
        bytes = hr_soup_output(&client->soup, &length);
    }
    if (client->fd < 0)
        return;
    if (length == 0 && (client->soup.state == HR_SOUP_REJECTED || client->soup.state == HR_SOUP_OVER)) {
        close_client(client);
        return;
    }
    if ((length > 0) != client->writing) {
        client->writing = length > 0;
        if (watch(server, EPOLL_CTL_MOD, client->fd, EPOLLIN | (client->writing ? EPOLLOUT : 0), client) != 0)
            close_broken(server, client);
    }
}

/* What has changed by what the client said. */
static int after_receive(struct hr_server *server, struct client *client, enum hr_soup_state before, uint64_t now)
{
    enum hr_soup_state state = client->soup.state;
    if (before == HR_SOUP_WAITS && state == HR_SOUP_REJECTED)
        server->statistics.logins_rejected++;
    if (before == HR_SOUP_WAITS && (state == HR_SOUP_ACCEPTED || state == HR_SOUP_OVER))
        server->statistics.logins_accepted++;
    if (before != HR_SOUP_OVER && state == HR_SOUP_OVER)
        server->statistics.logouts++;
    return before == HR_SOUP_WAITS && state == HR_SOUP_ACCEPTED ? queue_snapshot(server, client, now) : 0;
}

static void read_client(struct hr_server *server, struct client *client)
{
    uint8_t bytes[4096];
    ssize_t length = recv(client->fd, bytes, sizeof(bytes), 0);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        close_broken(server, client);
        return;
    }
    uint64_t now = now_ns();
    enum hr_soup_state before = client->soup.state;
    if (before == HR_SOUP_WAITS)
        follow(server, hr_history_next_sequence(server->history));
    int error = hr_soup_receive(&client->soup, bytes, (size_t)length, server->follows, now);
    if (!error)
        error = after_receive(server, client, before, now);
    if (error)
        close_broken(server, client);
    else
        write_client(server, client);
}

static void accept_client(struct hr_server *server)
{
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    server->statistics.connections++;
    for (size_t i = 0; i < HR_SERVER_CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        if (client->fd < 0) {
            client->fd = fd;
            client->writing = false;
            hr_soup_start(&client->soup, &server->options.soup, now_ns());
            if (watch(server, EPOLL_CTL_ADD, fd, EPOLLIN, client) != 0)
                close_broken(server, client);
            return;
        }
    }
    server->statistics.turned_away++;
    close(fd);
}

static void tick_clients(struct hr_server *server)
{
    uint64_t now = now_ns();
    for (size_t i = 0; i < HR_SERVER_CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        if (client->fd < 0)
            continue;
        int error = hr_soup_tick(&client->soup, now);
        if (error == -ETIMEDOUT) {
            server->statistics.silent++;
            close_client(client);
        } else if (error) {
            close_broken(server, client);
        } else {
            write_client(server, client);
        }
    }
}

/* One round of what is ready. Returns true when it is time to stop. */
static bool turn(struct hr_server *server)
{
    struct epoll_event events[HR_SERVER_CLIENTS_MAX + 3];
    bool stop = false;
    int count = epoll_wait(server->epoll, events, HR_SERVER_CLIENTS_MAX + 3, WAIT_MS);
    for (int i = 0; i < count; i++) {
        void *who = events[i].data.ptr;
        if (who == &server->stop) {
            stop = true;
        } else if (who == &server->request_fd) {
            serve_requests(server);
        } else if (who == &server->listen_fd) {
            accept_client(server);
        } else {
            /* Within one round a client is seen once, and only its own event closes it. */
            struct client *client = who;
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                read_client(server, client);
            if (client->fd >= 0 && events[i].events & EPOLLOUT)
                write_client(server, client);
        }
    }
    if (server->options.glimpse) {
        follow(server, hr_history_next_sequence(server->history));
        tick_clients(server);
    }
    return stop;
}

/* Those that wait for data get what is queued, and the end of the session behind it. */
static void end_clients(struct hr_server *server)
{
    uint64_t deadline = now_ns() + SECOND_NS;
    size_t open = 0;
    for (size_t i = 0; i < HR_SERVER_CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        if (client->fd >= 0 && (client->soup.state != HR_SOUP_ACCEPTED || hr_soup_end(&client->soup, now_ns()) != 0))
            close_client(client);
    }
    do {
        open = 0;
        for (size_t i = 0; i < HR_SERVER_CLIENTS_MAX; i++) {
            if (server->clients[i].fd >= 0)
                write_client(server, &server->clients[i]);
            open += server->clients[i].fd >= 0;
        }
        if (open > 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    } while (open > 0 && now_ns() < deadline);
    for (size_t i = 0; i < HR_SERVER_CLIENTS_MAX; i++)
        if (server->clients[i].fd >= 0)
            close_broken(server, &server->clients[i]);
}

static void *serve(void *state)
{
    struct hr_server *server = state;
    while (!turn(server)) {
    }
    end_clients(server);
    return NULL;
}

/* A bound socket, watched. */
static int open_socket(struct hr_server *server, int type, struct sockaddr_in *address, int *fd)
{
    int on = 1;
    socklen_t length = sizeof(*address);
    *fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return -errno;
    /* A listener's address may be taken again at once; a datagram socket's would be shared. */
    if ((type == SOCK_STREAM && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) ||
        bind(*fd, (struct sockaddr *)address, sizeof(*address)) != 0 ||
        getsockname(*fd, (struct sockaddr *)address, &length) != 0 ||
        (type == SOCK_STREAM && listen(*fd, HR_SERVER_CLIENTS_MAX) != 0))
        return -errno;
    return watch(server, EPOLL_CTL_ADD, *fd, EPOLLIN, fd);
}

static void destroy(struct hr_server *server)
{
    int fds[] = {server->request_fd, server->listen_fd, server->epoll, server->stop};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    hr_snapshot_destroy(server->snapshot);
    free(server);
}

static int open_all(struct hr_server *server, const char **failed)
{
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->stop = eventfd(0, EFD_CLOEXEC);
    if (server->epoll < 0 || server->stop < 0)
        return -errno;
    int error = watch(server, EPOLL_CTL_ADD, server->stop, EPOLLIN, &server->stop);
    if (!error && server->options.request_server) {
        *failed = "request-server";
        error = open_socket(server, SOCK_DGRAM, &server->options.request_address, &server->request_fd);
    }
    if (!error && server->options.glimpse) {
        *failed = "glimpse";
        error = open_socket(server, SOCK_STREAM, &server->options.glimpse_address, &server->listen_fd);
        if (!error)
            error = hr_snapshot_create(&server->snapshot);
    }
    return error;
}

int hr_server_start(struct hr_server **started, struct hr_history *history, const struct hr_server_options *options,
                    const char **failed)
{
    *started = NULL;
    *failed = NULL;
    struct hr_server *server = calloc(1, sizeof(*server));
    if (!server)
        return -ENOMEM;
    server->history = history;
    server->options = *options;
    server->followed = 1;
    server->follows = true;
    server->epoll = server->stop = server->request_fd = server->listen_fd = -1;
    for (size_t i = 0; i < HR_SERVER_CLIENTS_MAX; i++)
        server->clients[i].fd = -1;
    hr_requests_start(&server->requests, history, &options->requests);
    int error = open_all(server, failed);
    if (!error) {
        *failed = NULL;
        error = -pthread_create(&server->thread, NULL, serve, server);
    }
    if (error) {
        destroy(server);
        return error;
    }
    *started = server;
    return 0;
}

struct sockaddr_in hr_server_request_address(const struct hr_server *server)
{
    return server->options.request_address;
}

struct sockaddr_in hr_server_glimpse_address(const struct hr_server *server)
{
    return server->options.glimpse_address;
}

void hr_server_stop(struct hr_server *server, struct hr_server_statistics *statistics)
{
    if (!server)
        return;
    uint64_t one = 1;
    while (write(server->stop, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
    pthread_join(server->thread, NULL);
    *statistics = server->statistics;
    statistics->requests = server->requests.statistics;
    destroy(server);
}
