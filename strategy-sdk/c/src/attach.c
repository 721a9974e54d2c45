/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "attach.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "headrace/headrace.h"

#define ANSWER_WITHIN_SECONDS 5

static _Thread_local char error_text[256] = "no error";

const char *hr_error(void)
{
    return error_text;
}

int hr_fail(int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error_text, sizeof error_text, format, arguments);
    va_end(arguments);
    return error;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval timeout = {.tv_sec = ANSWER_WITHIN_SECONDS};
    if (strlen(path) >= sizeof address.sun_path)
        return hr_fail(-ENAMETOOLONG, "%s: a socket's path has at most %zu bytes", path, sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return hr_fail(-errno, "socket: %s", strerror(errno));
    int result = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (result == 0)
        result = setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout); /* bounds connect too */
    while (result == 0 && (result = connect(fd, (const struct sockaddr *)&address, sizeof address)) < 0 && errno == EINTR)
        result = 0;
    if (result == 0)
        return fd;
    int error = -errno;
    close(fd);
    if (error == -ENOENT || error == -ECONNREFUSED)
        return hr_fail(-ENOENT, "%s: no handler is running there (start one with `headrace run`, or set HEADRACE_SOCKET)", path);
    return hr_fail(error, "%s: %s", path, strerror(-error));
}

static int send_request(int fd, const char *path, uint32_t kind, const char *name, uint32_t waiting)
{
    struct hr_attach_request request = {.magic = HR_ATTACH_MAGIC,
                                        .version = HR_ATTACH_VERSION,
                                        .length = sizeof request,
                                        .kind = kind,
                                        .abi_major = HR_ABI_MAJOR,
                                        .abi_minor = HR_ABI_MINOR,
                                        .waiting = waiting};
    ssize_t sent;
    if (kind == HR_ATTACH_CONSUMER) {
        if (!name || !*name || strlen(name) >= sizeof request.consumer)
            return hr_fail(-EINVAL, "a consumer's name has 1 to %zu bytes", sizeof request.consumer - 1);
        memcpy(request.consumer, name, strlen(name));
    }
    do
        sent = send(fd, &request, sizeof request, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return hr_fail(-errno, "%s: %s", path, strerror(errno));
    return sent == (ssize_t)sizeof request ? 0 : hr_fail(-EPIPE, "%s: the handler took only part of the request", path);
}

/* Collects every descriptor of the message, whatever else it holds, so that none leaks. Returns 1 for a message of another kind. */
static int collect_descriptors(struct msghdr *message, struct hr_attach_answer *answer)
{
    int foreign = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            foreign = 1;
            continue;
        }
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && answer->count < HR_ATTACH_DESCRIPTORS_MAX; i++)
            memcpy(&answer->descriptors[answer->count++], CMSG_DATA(header) + i * sizeof(int), sizeof(int));
    }
    return foreign;
}

static int check_reply(struct hr_attach_reply *reply, uint32_t kind, uint32_t waiting, uint32_t count)
{
    if (reply->version != HR_ATTACH_VERSION)
        return hr_fail(-EPROTONOSUPPORT, "the handler speaks version %u of the attach protocol, this library %u", reply->version,
                       HR_ATTACH_VERSION);
    reply->message[sizeof reply->message - 1] = '\0';
    if (reply->status < 0)
        return hr_fail(reply->status, "the handler refused: %s", reply->message);
    uint32_t wanted = kind == HR_ATTACH_STATISTICS ? 1 : reply->worker_count * 3 + 1 + (waiting == HR_WAITING_EVENTFD);
    if (reply->worker_count > HR_WORKERS_MAX || (kind == HR_ATTACH_CONSUMER && reply->worker_count == 0) ||
        count != reply->descriptors || count != wanted)
        return hr_fail(-EPROTO, "the handler's reply has %u rings and %u descriptors", reply->worker_count, count);
    return 0;
}

static int receive_reply(struct hr_attach_answer *answer, uint32_t kind, uint32_t waiting)
{
    union {
        char bytes[CMSG_SPACE(HR_ATTACH_DESCRIPTORS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = &answer->reply, .iov_len = sizeof answer->reply};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got;
    do
        got = recvmsg(answer->socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? hr_fail(-ETIMEDOUT, "the handler did not answer within %d s", ANSWER_WITHIN_SECONDS)
                               : hr_fail(-errno, "recvmsg: %s", strerror(errno));
    int foreign = collect_descriptors(&message, answer);
    if (got == 0)
        return hr_fail(-EPIPE, "the handler closed the connection");
    if (foreign || got != (ssize_t)sizeof answer->reply || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
        answer->reply.magic != HR_ATTACH_MAGIC || answer->reply.length != sizeof answer->reply)
        return hr_fail(-EPROTO, "the handler's reply is not one of this protocol");
    return check_reply(&answer->reply, kind, waiting, answer->count);
}

int hr_attach_ask(struct hr_attach_answer *answer, const char *path, uint32_t kind, const char *name, uint32_t waiting)
{
    answer->count = 0;
    answer->socket = connect_to(path);
    if (answer->socket < 0)
        return answer->socket;
    int error = send_request(answer->socket, path, kind, name, waiting);
    if (!error)
        error = receive_reply(answer, kind, waiting);
    if (error) {
        for (uint32_t i = 0; i < answer->count; i++)
            close(answer->descriptors[i]);
        close(answer->socket);
    }
    return error;
}
