/* SPDX-License-Identifier: Apache-2.0
 *
 * Ours, with everything that makes it real: sealed memory handed over a socket, a stamp from the clock, the drop policy's counts, the
 * cursor's checks. Each end is a writer with its poll loop and a reader with its spin; a clock is read in the loop, as a worker does.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <sys/socket.h>

#include "headrace/consumer.h"
#include "headrace/producer.h"

#define SLOTS 65536
#define BATCH 256
#ifndef LOOKS
#define LOOKS 16
#endif
#ifndef PAUSES
#define PAUSES 8
#endif

struct end {
    struct hr_producer out;
    struct hr_consumer in;
    uint64_t now_ns;
};

static inline uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *headrace_prepare(size_t bytes, const char *tag)
{
    static int sockets[2];
    (void)bytes;
    (void)tag;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        fail("socketpair");
    return sockets;
}

union control {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr align;
};

static void send_ring(int socket, const struct hr_producer *producer)
{
    const int fds[] = {producer->data_fd, producer->cursor_fd};
    union control control = {0};
    struct iovec part = {(void *)(uintptr_t) "r", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(header), fds, sizeof fds);
    if (sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
        fail("sendmsg");
}

static void receive_ring(int socket, struct hr_consumer *consumer)
{
    int fds[2];
    char byte;
    union control control = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
        fail("recvmsg");
    memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fds);
    if (hr_consumer_map(consumer, fds[0], fds[1]))
        fail("hr_consumer_map");
}

static void *headrace_open(const struct hand_over_setting *setting)
{
    static struct end end __attribute__((aligned(HR_CACHE_LINE)));
    const int *sockets = setting->shared;
    const struct hr_producer_options options = {.consumer = "bench",
                                                .slot_bytes = hr_slot_bytes_for(setting->bytes),
                                                .slot_count = SLOTS,
                                                .worker_count = 1,
                                                .session_epoch = clock_ns(),
                                                .on_full = HR_ON_FULL_DROP};
    if (hr_producer_create(&end.out, &options))
        fail("hr_producer_create");
    send_ring(sockets[setting->end], &end.out);
    receive_ring(sockets[setting->end], &end.in);
    end.now_ns = clock_ns();
    return &end;
}

/* A handler would drop; a bench may lose nothing. */
static inline void headrace_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    while (__builtin_expect(end->out.written - end->out.read > end->out.mask, 0) && hr_producer_room(&end->out) == 0)
        _mm_pause();
    hr_producer_publish(&end->out, record, bytes, end->now_ns);
}

/* The end of a burst: counts to the header, as the fan-out does. */
static inline void headrace_flush_rate(void *of)
{
    struct end *end = of;
    end->now_ns = clock_ns();
    hr_producer_store_counts(&end->out, end->now_ns);
}

static inline void headrace_flush(void *of)
{
    struct end *end = of;
    hr_producer_store_counts(&end->out, end->now_ns);
}

static inline void headrace_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    const struct hr_record_header *found;
    uint64_t stamp;
    for (;;) {
        for (int look = 0; look < LOOKS; look++) {
            found = hr_consumer_peek(&end->in, &stamp);
            if (found)
                goto take;
        }
        end->now_ns = clock_ns();
    }
take:
    memcpy(record, found, bytes);
    hr_consumer_advance(&end->in, found, stamp);
}

static inline size_t headrace_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    const uint8_t *slot;
    uint64_t count = hr_consumer_batch(&end->in, &slot, BATCH);
    for (uint64_t i = 0; i < count; i++, slot += end->in.slot_bytes)
        hand_over_take(slot + HR_SLOT_STAMP_BYTES, bytes, expected);
    if (count)
        hr_consumer_release(&end->in, count);
    else
        for (int i = 0; i < PAUSES; i++)
            _mm_pause();
    return count;
}

static const struct hand_over_system headrace_system = {.name = "headrace-spin",
                                                        .prepare = headrace_prepare,
                                                        .open = headrace_open,
                                                        .send = headrace_send,
#ifdef RATE
                                                        .flush = headrace_flush_rate,
#else
                                                        .flush = headrace_flush,
#endif
                                                        .receive = headrace_receive,
                                                        .receive_some = headrace_receive_some};

int main(int argc, char **argv)
{
    (void)headrace_flush; (void)headrace_flush_rate;
    return hand_over_main(&headrace_system, argc, argv);
}
