/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's futex: records go through shared memory, the receiver sleeps on the count of those sent, and the sender wakes
 * for each, asleep or not: the plain use, without a flag that tells whether a call is needed. A receiver that lags takes
 * several at once.
 */
#define _GNU_SOURCE
#include "shared_ring.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>

static void *futex_prepare(size_t bytes, const char *tag)
{
    (void)bytes;
    (void)tag;
    return shared_ring_make();
}

static void *futex_open(const struct hand_over_setting *setting)
{
    static struct shared_ring_end end;
    if (setting->shared == MAP_FAILED) {
        perror("futex: mmap");
        exit(1);
    }
    end = shared_ring_open(setting->shared, setting->end);
    return &end;
}

static inline void futex_send(void *of, const void *record, size_t bytes)
{
    struct shared_ring_end *end = of;
    shared_ring_send(end, record, bytes);
    syscall(SYS_futex, &end->out->sent, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Sleeps until there is something, returns how many. */
static inline size_t futex_sleep(const struct shared_ring_end *end)
{
    uint32_t there;
    while ((there = __atomic_load_n(&end->in->sent, __ATOMIC_ACQUIRE) - end->in_taken) == 0)
        if (syscall(SYS_futex, &end->in->sent, FUTEX_WAIT, end->in_taken, NULL, NULL, 0) != 0 && errno != EAGAIN &&
            errno != EINTR) {
            perror("futex: wait");
            exit(1);
        }
    return there;
}

static inline void futex_receive(void *of, void *record, size_t bytes)
{
    struct shared_ring_end *end = of;
    futex_sleep(end);
    shared_ring_receive(end, record, bytes);
}

static inline size_t futex_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct shared_ring_end *end = of;
    return shared_ring_receive_some(end, futex_sleep(end), bytes, expected);
}

static const struct hand_over_system futex_system = {.name = "futex",
                                                     .prepare = futex_prepare,
                                                     .open = futex_open,
                                                     .send = futex_send,
                                                     .receive = futex_receive,
                                                     .receive_some = futex_receive_some};

int main(int argc, char **argv)
{
    return hand_over_main(&futex_system, argc, argv);
}
