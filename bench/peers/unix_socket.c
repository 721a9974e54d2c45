/* SPDX-License-Identifier: Apache-2.0
 *
 * A pair of Unix sockets that keep records apart (SOCK_SEQPACKET): one send for each record, and the receiver sleeps in recv.
 * At full rate it takes as many records as there are with one recvmmsg, and the sender's buffer is as large as the machine
 * lets it be.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <sys/socket.h>

#define UNIX_SOCKET_BYTES (8 << 20)
#define UNIX_SOCKET_MANY 64

struct end {
    int socket;
    uint64_t records[UNIX_SOCKET_MANY][HAND_OVER_RECORD_MAX / 8];
    struct iovec buffers[UNIX_SOCKET_MANY];
    struct mmsghdr messages[UNIX_SOCKET_MANY];
};

static void unix_socket_fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *unix_socket_prepare(size_t bytes, const char *tag)
{
    static int sockets[2];
    int wanted = UNIX_SOCKET_BYTES;
    (void)bytes;
    (void)tag;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0)
        unix_socket_fail("socketpair");
    for (int i = 0; i < 2; i++)
        if (setsockopt(sockets[i], SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) != 0) /* over wmem_max, for root */
            setsockopt(sockets[i], SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
    return sockets;
}

static void *unix_socket_open(const struct hand_over_setting *setting)
{
    static struct end end;
    end.socket = ((const int *)setting->shared)[setting->end];
    for (int i = 0; i < UNIX_SOCKET_MANY; i++) {
        end.buffers[i] = (struct iovec){.iov_base = end.records[i], .iov_len = setting->bytes};
        end.messages[i].msg_hdr = (struct msghdr){.msg_iov = &end.buffers[i], .msg_iovlen = 1};
    }
    return &end;
}

static inline void unix_socket_send(void *of, const void *record, size_t bytes)
{
    const struct end *end = of;
    if (send(end->socket, record, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
        unix_socket_fail("unix-socket: send");
}

static inline void unix_socket_receive(void *of, void *record, size_t bytes)
{
    const struct end *end = of;
    if (recv(end->socket, record, bytes, 0) != (ssize_t)bytes)
        unix_socket_fail("unix-socket: recv");
}

static inline size_t unix_socket_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    int got = recvmmsg(end->socket, end->messages, UNIX_SOCKET_MANY, MSG_WAITFORONE, NULL);
    if (got <= 0)
        unix_socket_fail("unix-socket: recvmmsg");
    /* The sender goes when it has sent its last record; what is empty after that is the end of the connection. */
    for (int i = 0; i < got && *expected != HAND_OVER_END; i++)
        hand_over_take(end->records[i], bytes, expected);
    return (size_t)got;
}

static const struct hand_over_system unix_socket_system = {.name = "unix-socket",
                                                           .prepare = unix_socket_prepare,
                                                           .open = unix_socket_open,
                                                           .send = unix_socket_send,
                                                           .receive = unix_socket_receive,
                                                           .receive_some = unix_socket_receive_some};

int main(int argc, char **argv)
{
    return hand_over_main(&unix_socket_system, argc, argv);
}
