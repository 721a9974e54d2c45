/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's eventfd: records go through shared memory, each is announced with one write, and the receiver sleeps in read.
 * The count that read returns lets a receiver that lags take several records for one call, so the sender's write is what full
 * rate costs.
 */
#define _GNU_SOURCE
#include "shared_ring.h"

#include <sys/eventfd.h>

struct shared {
    struct shared_ring *rings;
    int events[2]; /* of the records that end 0 sends, and end 1 */
};

struct end {
    struct shared_ring_end ring;
    uint64_t there; /* announced, not taken */
    int out;
    int in;
};

static void *eventfd_prepare(size_t bytes, const char *tag)
{
    static struct shared shared;
    (void)bytes;
    (void)tag;
    shared = (struct shared){.rings = shared_ring_make(), .events = {eventfd(0, 0), eventfd(0, 0)}};
    return &shared;
}

static void *eventfd_open(const struct hand_over_setting *setting)
{
    static struct end end;
    const struct shared *shared = setting->shared;
    if (shared->rings == MAP_FAILED || shared->events[0] < 0 || shared->events[1] < 0) {
        perror("eventfd");
        exit(1);
    }
    end = (struct end){.ring = shared_ring_open(shared->rings, setting->end),
                       .out = shared->events[setting->end],
                       .in = shared->events[1 - setting->end]};
    return &end;
}

static inline void eventfd_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    const uint64_t one = 1;
    shared_ring_send(&end->ring, record, bytes);
    if (write(end->out, &one, sizeof one) != sizeof one) {
        perror("eventfd: write");
        exit(1);
    }
}

static inline void eventfd_sleep(struct end *end)
{
    if (end->there == 0 && read(end->in, &end->there, sizeof end->there) != sizeof end->there) {
        perror("eventfd: read");
        exit(1);
    }
}

static inline void eventfd_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    eventfd_sleep(end);
    shared_ring_receive(&end->ring, record, bytes);
    end->there--;
}

static inline size_t eventfd_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    eventfd_sleep(end);
    size_t many = shared_ring_receive_some(&end->ring, end->there, bytes, expected);
    end->there -= many;
    return many;
}

static const struct hand_over_system eventfd_system = {.name = "eventfd",
                                                       .prepare = eventfd_prepare,
                                                       .open = eventfd_open,
                                                       .send = eventfd_send,
                                                       .receive = eventfd_receive,
                                                       .receive_some = eventfd_receive_some};

int main(int argc, char **argv)
{
    return hand_over_main(&eventfd_system, argc, argv);
}
