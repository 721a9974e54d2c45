/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the records of eventfd.c and futex.c are: neither of the two carries any, they only wake. One sender, one receiver,
 * in memory that both processes had when they were made.
 */
#ifndef HEADRACE_BENCH_SHARED_RING_H
#define HEADRACE_BENCH_SHARED_RING_H

#include "hand_over.h"

#define SHARED_RING_SLOTS UINT32_C(65536)
/* The receiver gives room back after as many at the latest, so that the sender need not wait until it has taken a full ring. */
#define SHARED_RING_MANY 256

/* The two counts are on cache lines of their own, in pairs as processors fetch them. */
struct shared_ring {
    _Alignas(128) uint32_t sent;  /* the sender writes it; the word that futex.c sleeps on */
    _Alignas(128) uint32_t taken; /* the receiver writes it */
    _Alignas(128) uint64_t slots[SHARED_RING_SLOTS][HAND_OVER_RECORD_MAX / 8];
};

/* What each process knows by itself: of the ring it sends to, and of the one it receives from. */
struct shared_ring_end {
    struct shared_ring *out;
    struct shared_ring *in;
    uint32_t out_sent;
    uint32_t out_taken; /* as last seen */
    uint32_t in_taken;
};

static inline struct shared_ring *shared_ring_make(void)
{
    return mmap(NULL, 2 * sizeof(struct shared_ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

static inline struct shared_ring_end shared_ring_open(struct shared_ring *rings, int end)
{
    return (struct shared_ring_end){.out = &rings[end], .in = &rings[1 - end]};
}

static inline void shared_ring_send(struct shared_ring_end *end, const void *record, size_t bytes)
{
    while (end->out_sent - end->out_taken == SHARED_RING_SLOTS) {
        _mm_pause();
        end->out_taken = __atomic_load_n(&end->out->taken, __ATOMIC_ACQUIRE);
    }
    memcpy(end->out->slots[end->out_sent % SHARED_RING_SLOTS], record, bytes);
    __atomic_store_n(&end->out->sent, ++end->out_sent, __ATOMIC_RELEASE);
}

/* The oldest record that was not taken; there must be one. */
static inline const uint64_t *shared_ring_oldest(const struct shared_ring_end *end)
{
    return end->in->slots[end->in_taken % SHARED_RING_SLOTS];
}

static inline void shared_ring_receive(struct shared_ring_end *end, void *record, size_t bytes)
{
    memcpy(record, shared_ring_oldest(end), bytes);
    __atomic_store_n(&end->in->taken, ++end->in_taken, __ATOMIC_RELEASE);
}

/* Of `there` records as many as go at once. */
static inline size_t shared_ring_receive_some(struct shared_ring_end *end, size_t there, size_t bytes, uint64_t *expected)
{
    size_t many = there < SHARED_RING_MANY ? there : SHARED_RING_MANY;
    for (size_t i = 0; i < many; i++, end->in_taken++)
        hand_over_take(shared_ring_oldest(end), bytes, expected);
    __atomic_store_n(&end->in->taken, end->in_taken, __ATOMIC_RELEASE);
    return many;
}

#endif
