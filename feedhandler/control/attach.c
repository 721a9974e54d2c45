/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "control/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <rte_ring.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "control/allow.h"
#include "headrace/attach_abi.h"
#include "host/log.h"

#define REQUEST_WITHIN_MS 1000
/* How long a newcomer's ring is waited for here, and how long the newcomer is kept waiting: a worker answers within a turn of its loop,
 * but a machine that is too busy may not run it. */
#define RECLAIM_WITHIN_US 200
#define QUEUED_MS 2000
#define LOOK_AGAIN_MS 1
/* How long nobody is let in when descriptors or memory for another connection are not to be had. */
#define ACCEPT_AGAIN_MS 100
#define LISTENER_EVENT UINT64_MAX
/* Beside one for each consumer: those that are asking, and `headrace stat`. */
#define ATTACHMENTS_SPARE 64
/* So that no user can take all of these. */
#define IDLE_PER_USER 16 /* asking; and as many watching */
/* Of all users together who are on no allow list: they are told so when they ask. */
#define STRANGERS_ASKING 8
/* Refusals in the log, a second: a user can be refused a hundred thousand times in one. */
#define REFUSALS_TOLD 20

enum state {
    FREE,
    ASKING,   /* connected, has not said what it wants */
    QUEUED,   /* wants a ring that the worker has not given back yet */
    ATTACHED, /* has a ring */
    WATCHING, /* has the statistics page */
    LEAVING,  /* its socket is closed, the worker still has its ring */
};

struct hr_attachment {
    enum state state;
    int socket;
    int is_stranger; /* on no consumer's allow list */
    uint32_t consumer;
    uint64_t deadline_ms;
    struct hr_producer *producer;
    int wake; /* a timerfd that the strategy has too: setting it off waits for nobody, whatever its other owner does. Or -1 */
    struct hr_attach_request request; /* of QUEUED */
    struct hr_peer peer;
};

/* Connections of one user that hold no ring: who is queued counts as asking. */
static uint32_t count_of_user(const struct hr_attach_server *server, uid_t uid, enum state state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < server->attachment_max; i++)
        count += (server->attachments[i].state == state || (state == ASKING && server->attachments[i].state == QUEUED)) &&
                 server->attachments[i].peer.uid == uid;
    return count;
}

static int is_known(const struct hr_attach_server *server, const struct hr_peer *peer)
{
    int known = peer->uid == 0 || peer->uid == geteuid();
    for (uint32_t i = 0; i < server->config->consumer_count && !known; i++)
        known = hr_allow_has(&server->config->consumers[i].allow, peer);
    return known;
}

static uint32_t count_of_strangers(const struct hr_attach_server *server)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < server->attachment_max; i++)
        count += server->attachments[i].state == ASKING && server->attachments[i].is_stranger;
    return count;
}

/* Rings that one user holds, those that are still on their way back too. */
static void rings_of_user(const struct hr_attach_server *server, uid_t uid, uint64_t *count, uint64_t *bytes)
{
    *count = 0;
    *bytes = 0;
    for (uint32_t i = 0; i < server->attachment_max; i++) {
        const struct hr_attachment *attachment = &server->attachments[i];
        if (!attachment->producer || attachment->peer.uid != uid)
            continue;
        ++*count;
        *bytes += server->pool.rings[attachment->consumer].bytes;
    }
}

static int watch(const struct hr_attach_server *server, int fd, uint64_t data)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = data};
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int hr_attach_server_open(struct hr_attach_server *server)
{
    const struct hr_config_instance *instance = &server->config->instance;
    int error = hr_listener_open(&server->listener, instance->runtime_dir, instance->name);
    if (!error)
        error = hr_ring_pool_create(&server->pool, server->config, server->session_epoch, server->huge_pages);
    if (error)
        return error;
    HR_LOG(NOTICE, "%u rings made: %llu MiB", server->config->consumer_count, (unsigned long long)(server->pool.bytes >> 20));
    server->attachment_max = server->config->consumer_count + ATTACHMENTS_SPARE;
    server->attachments = calloc(server->attachment_max, sizeof *server->attachments);
    server->owner = calloc(server->config->consumer_count, sizeof *server->owner);
    if (!server->attachments || !server->owner)
        return -ENOMEM;
    for (uint32_t i = 0; i < server->attachment_max; i++)
        server->attachments[i].socket = server->attachments[i].wake = -1;
    error = hr_waker_start(&server->waker, server->worker->fanout.wakes, server->config->consumer_count, (uint32_t)instance->waker_us);
    return error ? error : watch(server, server->listener.socket, LISTENER_EVENT);
}

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t now_ms(void)
{
    return now_us() / 1000;
}

static void log_refusal(const struct hr_attachment *attachment, const char *why)
{
    static uint64_t second;
    static uint32_t told;
    static uint32_t untold;
    if (now_ms() / 1000 != second) {
        second = now_ms() / 1000;
        told = 0;
    }
    if (told == REFUSALS_TOLD) {
        untold++;
        return;
    }
    told++;
    if (untold)
        HR_LOG(NOTICE, "refused %u times more", untold);
    untold = 0;
    HR_LOG(NOTICE, "refused pid %d of user %u: %s", (int)attachment->peer.pid, attachment->peer.uid, why);
}

/* Returns `status`. */
__attribute__((format(printf, 3, 4))) static int refuse(struct hr_attachment *attachment, int32_t status, const char *format, ...)
{
    struct hr_attach_reply reply = {
        .magic = HR_ATTACH_MAGIC, .version = HR_ATTACH_VERSION, .length = sizeof reply, .status = status};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reply.message, sizeof reply.message, format, arguments);
    va_end(arguments);
    (void)!send(attachment->socket, &reply, sizeof reply, MSG_NOSIGNAL | MSG_DONTWAIT);
    log_refusal(attachment, reply.message);
    return status;
}

/* One worker's data, cursor and directory; the statistics; a timer. */
#define DESCRIPTORS_MAX 5

static int send_reply(int socket, uint32_t worker_count, const int *descriptors, uint32_t count)
{
    struct hr_attach_reply reply = {.magic = HR_ATTACH_MAGIC,
                                    .version = HR_ATTACH_VERSION,
                                    .length = sizeof reply,
                                    .worker_count = worker_count,
                                    .descriptors = count};
    union {
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = &reply, .iov_len = sizeof reply};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == (ssize_t)sizeof reply ? 0 : sent < 0 ? -errno : -EMSGSIZE;
}

static int send_command(struct hr_attach_server *server, enum hr_command_kind kind, uint32_t consumer,
                        struct hr_producer *producer)
{
    struct hr_command *command = malloc(sizeof *command);
    if (!command)
        return -ENOMEM;
    *command = (struct hr_command){.kind = kind, .consumer = consumer, .producer = producer};
    if (rte_ring_sp_enqueue(server->worker->commands, command)) {
        free(command);
        return -ENOBUFS;
    }
    return 0;
}

static void hang_up(struct hr_attachment *attachment)
{
    if (attachment->socket >= 0)
        close(attachment->socket); /* leaves the epoll set with it */
    attachment->socket = -1;
    if (attachment->wake >= 0)
        close(attachment->wake);
    attachment->wake = -1;
}

static void drop(struct hr_attach_server *server, struct hr_attachment *attachment)
{
    if (attachment->state == ATTACHED && attachment->producer->waiting != HR_WAITING_AWAKE)
        hr_waker_remove(&server->waker, attachment->consumer);
    hang_up(attachment);
    if (attachment->state == ATTACHED) {
        HR_LOG(NOTICE, "consumer '%s' left (pid %d)", server->config->consumers[attachment->consumer].name,
               (int)attachment->peer.pid);
        attachment->state = LEAVING;
        if (send_command(server, HR_COMMAND_DETACH, attachment->consumer, NULL))
            HR_LOG(ERR, "consumer '%s': its ring cannot be taken back: the worker does not answer",
                   server->config->consumers[attachment->consumer].name);
        return;
    }
    if (attachment->state != LEAVING)
        attachment->state = FREE;
}

static int find_consumer(const struct hr_config *config, const char *name, uint32_t *consumer)
{
    for (uint32_t i = 0; i < config->consumer_count; i++)
        if (strcmp(config->consumers[i].name, name) == 0) {
            *consumer = i;
            return 0;
        }
    return -ENOENT;
}

static void take_answers(struct hr_attach_server *server)
{
    void *taken;
    while (rte_ring_sc_dequeue(server->worker->answers, &taken) == 0) {
        struct hr_command *command = taken;
        if (command->kind == HR_COMMAND_DETACH && command->producer) {
            struct hr_attachment *attachment = &server->attachments[server->owner[command->consumer] - 1];
            hr_ring_pool_give(&server->pool, command->consumer, command->producer);
            server->owner[command->consumer] = 0;
            attachment->producer = NULL;
            attachment->state = FREE;
        }
        free(command);
    }
}

/* A strategy that was killed and started again may knock before the news of its death has been read: gives its ring back first, if its
 * owner has hung up. The worker answers within a turn of its loop. */
static void reclaim(struct hr_attach_server *server, uint32_t consumer)
{
    char byte;
    uint64_t deadline = now_us() + RECLAIM_WITHIN_US;
    struct hr_attachment *owner = server->owner[consumer] ? &server->attachments[server->owner[consumer] - 1] : NULL;
    if (owner && owner->state == ATTACHED && recv(owner->socket, &byte, sizeof byte, MSG_DONTWAIT | MSG_PEEK) == 0)
        drop(server, owner);
    while (server->owner[consumer] && owner->state == LEAVING && now_us() < deadline)
        take_answers(server);
}

/* Why this request is not to be had, after its refusal; 0 when it is; -EAGAIN when it has to wait. */
static int check_consumer(struct hr_attach_server *server, struct hr_attachment *attachment, const struct hr_attach_request *request,
                          uint32_t *found)
{
    uint32_t consumer = 0;
    uint64_t count;
    uint64_t bytes;
    const struct hr_config_instance *limits = &server->config->instance;
    const char *name = request->consumer;
    if (find_consumer(server->config, name, &consumer))
        return refuse(attachment, -ENOENT, "there is no consumer '%s' in the configuration", name);
    if (!hr_allow_has(&server->config->consumers[consumer].allow, &attachment->peer))
        return refuse(attachment, -EACCES, "user %u is not on the allow list of consumer '%s'", attachment->peer.uid, name);
    if (request->waiting > HR_WAITING_EVENTFD)
        return refuse(attachment, -EPROTO, "waiting %u is not known; wanted 0 awake, 1 futex or 2 eventfd", request->waiting);
    if (server->stopping)
        return refuse(attachment, -ESHUTDOWN, "the handler is stopping");
    *found = consumer;
    reclaim(server, consumer);
    if (server->owner[consumer] && server->attachments[server->owner[consumer] - 1].state == LEAVING &&
        (attachment->state != QUEUED || now_ms() < attachment->deadline_ms))
        return -EAGAIN;
    if (server->owner[consumer])
        return refuse(attachment, -EBUSY, "consumer '%s' is attached already, by pid %d", name,
                      (int)server->attachments[server->owner[consumer] - 1].peer.pid);
    rings_of_user(server, attachment->peer.uid, &count, &bytes);
    if (count >= limits->attachments_per_user)
        return refuse(attachment, -EDQUOT, "user %u has %llu rings, as many as instance.attachments_per_user lets one have",
                      attachment->peer.uid, (unsigned long long)count);
    if (bytes + server->pool.rings[consumer].bytes > limits->ring_mib_per_user << 20)
        return refuse(attachment, -EDQUOT, "user %u has %llu MiB of rings, and with this one more than instance.ring_mib_per_user",
                      attachment->peer.uid, (unsigned long long)(bytes >> 20));
    return 0;
}

/* The ring, and what its reader sleeps on. On failure nothing is taken. */
static int take_ring(struct hr_attach_server *server, struct hr_attachment *attachment, const struct hr_attach_request *request,
                     uint32_t consumer)
{
    struct hr_producer *producer = NULL;
    if (request->waiting == HR_WAITING_EVENTFD) {
        attachment->wake = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (attachment->wake < 0)
            return refuse(attachment, -errno, "a timer to wake its reader cannot be had: %s", strerror(errno));
    }
    int error = hr_ring_pool_take(&server->pool, consumer, attachment->peer.uid, request->abi_minor, &producer);
    if (error)
        return refuse(attachment, error, "the ring of consumer '%s' cannot be made: %s", request->consumer, strerror(-error));
    producer->waiting = request->waiting;
    error = send_command(server, HR_COMMAND_ATTACH, consumer, producer);
    if (error) {
        hr_ring_pool_give(&server->pool, consumer, producer);
        return refuse(attachment, error, "the worker does not answer");
    }
    attachment->producer = producer;
    return 0;
}

static void attach_consumer(struct hr_attach_server *server, struct hr_attachment *attachment,
                            const struct hr_attach_request *request)
{
    uint32_t consumer = 0;
    int error = check_consumer(server, attachment, request, &consumer);
    if (error == -EAGAIN) {
        if (attachment->state != QUEUED) {
            attachment->deadline_ms = now_ms() + QUEUED_MS;
            attachment->request = *request;
        }
        attachment->state = QUEUED;
        return;
    }
    if (error || take_ring(server, attachment, request, consumer)) {
        drop(server, attachment);
        return;
    }
    const struct hr_producer *producer = attachment->producer;
    const int descriptors[DESCRIPTORS_MAX] = {producer->data_fd, producer->cursor_fd, server->worker->directory.fd,
                                              server->metrics->fd, attachment->wake};
    attachment->state = ATTACHED;
    attachment->consumer = consumer;
    server->owner[consumer] = (uint32_t)(attachment - server->attachments) + 1;
    if (request->waiting != HR_WAITING_AWAKE)
        hr_waker_add(&server->waker, consumer, producer->header, attachment->wake);
    error = send_reply(attachment->socket, 1, descriptors, attachment->wake >= 0 ? 5 : 4);
    HR_LOG(NOTICE, "consumer '%s' attached (pid %d, user %u)", request->consumer, (int)attachment->peer.pid, attachment->peer.uid);
    if (error)
        drop(server, attachment);
}

static void attach_statistics(struct hr_attach_server *server, struct hr_attachment *attachment)
{
    if (attachment->is_stranger) {
        refuse(attachment, -EACCES, "user %u is on no consumer's allow list", attachment->peer.uid);
        drop(server, attachment);
        return;
    }
    if (count_of_user(server, attachment->peer.uid, WATCHING) >= IDLE_PER_USER) {
        refuse(attachment, -EBUSY, "user %u watches the statistics %d times already", attachment->peer.uid, IDLE_PER_USER);
        drop(server, attachment);
        return;
    }
    attachment->state = WATCHING;
    if (send_reply(attachment->socket, 0, &server->metrics->fd, 1))
        drop(server, attachment);
}

/* What goes into the log is text, and ends. */
static int is_printable(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\0')
            return 1;
        if (text[i] < ' ' || text[i] > '~')
            return 0;
    }
    return 0;
}

static void read_request(struct hr_attach_server *server, struct hr_attachment *attachment)
{
    struct hr_attach_request request;
    ssize_t got = recv(attachment->socket, &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop(server, attachment);
        return;
    }
    if (got != (ssize_t)sizeof request || request.magic != HR_ATTACH_MAGIC || request.length != sizeof request ||
        !is_printable(request.consumer, sizeof request.consumer)) {
        refuse(attachment, -EPROTO, "not an attach request: %zd bytes, wanted %zu, the magic in front, a printable name", got,
               sizeof request);
        drop(server, attachment);
        return;
    }
    if (request.version != HR_ATTACH_VERSION || request.abi_major != HR_ABI_MAJOR) {
        refuse(attachment, -EPROTONOSUPPORT, "protocol version %u and ABI %u asked for, this handler has %d and %d",
               request.version, request.abi_major, HR_ATTACH_VERSION, HR_ABI_MAJOR);
        drop(server, attachment);
        return;
    }
    switch (request.kind) {
    case HR_ATTACH_CONSUMER:
        attach_consumer(server, attachment, &request);
        break;
    case HR_ATTACH_STATISTICS:
        attach_statistics(server, attachment);
        break;
    default:
        refuse(attachment, -EPROTO, "request of kind %u, which is not known", request.kind);
        drop(server, attachment);
    }
}

/* Who knocks when there is no descriptor for him keeps the listener readable: this thread would do nothing else. */
static void close_door(struct hr_attach_server *server)
{
    HR_LOG(WARNING, "%s: nobody is let in for %d ms: %s (see LimitNOFILE)", server->listener.path, ACCEPT_AGAIN_MS, strerror(errno));
    if (epoll_ctl(server->epoll, EPOLL_CTL_DEL, server->listener.socket, NULL) == 0)
        server->accept_again_ms = now_ms() + ACCEPT_AGAIN_MS;
}

/* A place for one more; when all are taken, that of who has been asking for longest. NULL: none is to be had. */
static struct hr_attachment *find_place(struct hr_attach_server *server)
{
    struct hr_attachment *slowest = NULL;
    for (uint32_t i = 0; i < server->attachment_max; i++) {
        struct hr_attachment *attachment = &server->attachments[i];
        if (attachment->state == FREE)
            return attachment;
        if (attachment->state == ASKING && (!slowest || attachment->deadline_ms < slowest->deadline_ms))
            slowest = attachment;
    }
    if (slowest)
        drop(server, slowest);
    return slowest;
}

static void accept_peer(struct hr_attach_server *server)
{
    static struct hr_peer peer; /* the control thread's: four kilobytes */
    int socket = accept4(server->listener.socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            close_door(server);
        return;
    }
    struct hr_attachment *attachment = NULL;
    int is_stranger = 0;
    if (hr_peer_read(&peer, socket) == 0 && count_of_user(server, peer.uid, ASKING) < IDLE_PER_USER) {
        is_stranger = !is_known(server, &peer);
        if (!is_stranger || count_of_strangers(server) < STRANGERS_ASKING)
            attachment = find_place(server);
    }
    if (!attachment || watch(server, socket, (uint64_t)(attachment - server->attachments))) {
        close(socket);
        return;
    }
    attachment->state = ASKING;
    attachment->is_stranger = is_stranger;
    attachment->peer = peer;
    attachment->socket = socket;
    attachment->wake = -1;
    attachment->deadline_ms = now_ms() + REQUEST_WITHIN_MS;
}

void hr_attach_server_event(struct hr_attach_server *server, uint64_t data)
{
    if (data == LISTENER_EVENT) {
        accept_peer(server);
        return;
    }
    if (data >= server->attachment_max)
        return;
    struct hr_attachment *attachment = &server->attachments[data];
    if (attachment->state == ASKING)
        read_request(server, attachment);
    else if (attachment->state == ATTACHED || attachment->state == WATCHING || attachment->state == QUEUED) {
        char byte;
        ssize_t got = recv(attachment->socket, &byte, sizeof byte, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        drop(server, attachment); /* it hung up, or talks out of turn */
    }
}

void hr_attach_server_tend(struct hr_attach_server *server, uint64_t now)
{
    take_answers(server);
    if (server->accept_again_ms && now >= server->accept_again_ms) {
        server->accept_again_ms = 0;
        if (watch(server, server->listener.socket, LISTENER_EVENT))
            server->accept_again_ms = now + ACCEPT_AGAIN_MS;
    }
    for (uint32_t i = 0; i < server->attachment_max; i++) {
        struct hr_attachment *attachment = &server->attachments[i];
        if (attachment->state == QUEUED)
            attach_consumer(server, attachment, &attachment->request);
        if (attachment->state != ASKING || now < attachment->deadline_ms)
            continue;
        read_request(server, attachment); /* it may have asked in time, while this thread was busy */
        if (attachment->state == ASKING) {
            refuse(attachment, -ETIMEDOUT, "no request within %d ms", REQUEST_WITHIN_MS);
            drop(server, attachment);
        }
    }
}

int hr_attach_server_patience_ms(const struct hr_attach_server *server, int otherwise)
{
    for (uint32_t i = 0; i < server->attachment_max; i++)
        if (server->attachments[i].state == QUEUED)
            return LOOK_AGAIN_MS;
    return otherwise;
}

void hr_attach_server_close(struct hr_attach_server *server)
{
    hr_waker_stop(&server->waker);
    server->pool.closing = 1;
    for (uint32_t i = 0; server->attachments && i < server->attachment_max; i++) {
        struct hr_attachment *attachment = &server->attachments[i];
        hang_up(attachment);
        if (attachment->producer)
            hr_ring_pool_give(&server->pool, attachment->consumer, attachment->producer);
    }
    hr_ring_pool_destroy(&server->pool);
    hr_listener_close(&server->listener);
    free(server->attachments);
    free(server->owner);
}
