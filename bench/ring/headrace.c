/* SPDX-License-Identifier: Apache-2.0
 *
 * Ours, with everything that makes it real: sealed memory that came over a socket, stamps from the clock, the drop policy's counts, the
 * cursor's checks, and the worker's look at who sleeps. Each end is a poll loop that reads its clock once a turn, as a worker does, and
 * a reader. Compiled once for each way of waiting (WAIT); with the two that sleep, end 1 does, and is woken by end 0's waker thread,
 * which shares end 1's core.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "control/waker.h"
#include "headrace/consumer.h"
#include "headrace/producer.h"
#include "pass.h"

#ifndef WAIT
#define WAIT HR_WAITING_AWAKE
#endif
#define SLOTS 65536
#define BATCH 512
/* Looks at the ring in a turn of a loop that also reads the clock. */
#define LOOKS 16
/* Of a reader of batches that has caught up with a writer in full flow: looking again at once takes the very lines that the writer is about
 * to write, and both wait for them. 14 us, in which a writer at full rate fills two batches (docs/benchmarks.md, findings). */
#define BATCH_WORTH_TAKING BATCH
#define PAUSES 1024
#define SPIN_NS (WAIT == HR_WAITING_FUTEX ? 20000 : 0)
#define WAKER_US 50 /* the default of instance.waker_us */

/* The board of wake-ups of one consumer: its array's one element follows it. */
#define BOARD_BYTES (sizeof(struct hr_wakes) + sizeof(uint32_t))

struct end {
    struct hr_producer out;
    struct hr_consumer in;
    uint64_t now_ns;
    uint64_t stamped; /* records sent when the clock was read */
    uint64_t idle_ns; /* since when there is nothing to read, or 0 */
    int sleeps;
    int wakes;        /* the other end sleeps */
    int timer; /* what a sleeper with HR_WAITING_EVENTFD is woken by */
    uint8_t board[BOARD_BYTES] __attribute__((aligned(HR_CACHE_LINE)));
    struct hr_waker waker;
};

static inline struct hr_wakes *board_of(struct end *end)
{
    return (struct hr_wakes *)(void *)end->board;
}

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

static void send_ring(int socket, const struct hr_producer *producer, int timer)
{
    const int descriptors[] = {producer->data_fd, producer->cursor_fd, timer};
    hr_pass_send(socket, descriptors, 3, 'r');
}

static void receive_ring(int socket, struct end *end)
{
    int descriptors[3];
    char byte;
    if (hr_pass_receive(socket, descriptors, 3, &byte) || hr_consumer_map(&end->in, descriptors[0], descriptors[1]))
        fail("the ring of the other end");
    end->timer = descriptors[2];
}

static void start_waker(struct end *end, int timer, int core)
{
    cpu_set_t own;
    sched_getaffinity(0, sizeof own, &own);
    hand_over_pin(core); /* the thread inherits it */
    if (hr_waker_start(&end->waker, board_of(end), 1, WAKER_US))
        fail("hr_waker_start");
    hr_waker_add(&end->waker, 0, end->out.header, WAIT == HR_WAITING_EVENTFD ? timer : -1);
    sched_setaffinity(0, sizeof own, &own);
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
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (hr_producer_create(&end.out, &options) || timer < 0)
        fail("hr_producer_create");
    end.out.waiting = WAIT;
    end.sleeps = WAIT != HR_WAITING_AWAKE && setting->end == 1;
    end.wakes = WAIT != HR_WAITING_AWAKE && setting->end == 0;
    send_ring(sockets[setting->end], &end.out, timer);
    receive_ring(sockets[setting->end], &end);
    if (end.wakes)
        start_waker(&end, timer, setting->cores[1]);
    end.now_ns = clock_ns();
    return &end;
}

/* What a worker does once a turn of its loop, after what it has published: the one test that sleepers cost. */
static inline void wake_sleeper(struct end *end)
{
    if (WAIT != HR_WAITING_AWAKE && end->wakes && hr_producer_must_wake(&end->out))
        hr_wakes_want(board_of(end), 0);
}

/* A handler would drop; a bench may lose nothing. */
static inline void headrace_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    while (__builtin_expect(end->out.written == end->out.limit, 0) && hr_producer_room(&end->out) == 0) {
        wake_sleeper(end);
        _mm_pause();
    }
    hr_producer_publish(&end->out, record, bytes, end->now_ns);
}

/* The end of a burst: counts to the header, as the fan-out does; who sends burst after burst reads its clock here. A turn without one: keeps
 * the next slot close by, as the fan-out does. */
static inline void headrace_flush(void *of)
{
    struct end *end = of;
    if (end->out.written == end->stamped) {
        hr_producer_warm(&end->out);
        end->now_ns = clock_ns();
    } else if (end->out.written - end->stamped >= HAND_OVER_BURST)
        end->now_ns = clock_ns();
    end->stamped = end->out.written;
    hr_producer_store_counts(&end->out, end->now_ns);
    wake_sleeper(end);
}

/* As the SDK's wait_for: spins for a while, then says so and sleeps, unless something has come. */
static __attribute__((noinline)) void sleep_now(struct end *end)
{
    uint32_t wakes;
    uint64_t count;
    if (end->idle_ns == 0)
        end->idle_ns = end->now_ns;
    if ((int64_t)(end->now_ns - end->idle_ns) < SPIN_NS)
        return;
    end->idle_ns = 0;
    if (WAIT == HR_WAITING_EVENTFD) {
        struct pollfd wanted = {.fd = end->timer, .events = POLLIN};
        (void)!read(end->timer, &count, sizeof count);
        if (!hr_consumer_arm(&end->in, &wakes))
            (void)poll(&wanted, 1, 100);
    } else if (!hr_consumer_arm(&end->in, &wakes)) {
        const struct timespec timeout = {.tv_nsec = 100000000};
        (void)!syscall(SYS_futex, &end->in.header->wakes, FUTEX_WAIT, wakes, &timeout, NULL, 0);
    }
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
            _mm_pause(); /* as the SDK's waiting does: each look delays the write that it waits for */
        }
        end->now_ns = clock_ns();
        wake_sleeper(end);
        if (WAIT != HR_WAITING_AWAKE && end->sleeps)
            sleep_now(end);
    }
take:
    end->idle_ns = 0;
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
    if (count) {
        hr_consumer_release(&end->in, count);
        end->idle_ns = 0;
    }
    if (count >= BATCH_WORTH_TAKING)
        return count;
    for (int i = 0; i < PAUSES; i++)
        _mm_pause();
    if (count)
        return count;
    if (WAIT != HR_WAITING_AWAKE && end->sleeps) {
        end->now_ns = clock_ns();
        sleep_now(end);
    }
    return 0;
}

static double headrace_helper_cpu(void *of)
{
    const struct end *end = of;
    return end->wakes ? hr_waker_cpu(&end->waker) : 0;
}

static const struct hand_over_system headrace_system = {.name = "headrace",
                                                        .prepare = headrace_prepare,
                                                        .open = headrace_open,
                                                        .send = headrace_send,
                                                        .flush = headrace_flush,
                                                        .receive = headrace_receive,
                                                        .receive_some = headrace_receive_some,
                                                        .helper_cpu = headrace_helper_cpu};

int main(int argc, char **argv)
{
    return hand_over_main(&headrace_system, argc, argv);
}
