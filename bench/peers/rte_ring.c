/* SPDX-License-Identifier: Apache-2.0
 *
 * DPDK's rte_ring, one producer and one consumer, with the records themselves as its elements. It works without DPDK's
 * environment (EAL), in any memory that both processes have at the same address. One record a call: each is there to be read at
 * once, as in every other latency.
 *
 * Built with RTE_RING_BURST it is rte_ring-burst, which differs at full rate: in bursts of 32, as DPDK's own programs use it, which both
 * sides make and read in place (zero copy); four times as fast, and a record is seen when its burst is full.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_ring_peek_zc.h>

#define RTE_RING_SLOTS 65536

struct end {
    struct rte_ring *out;
    struct rte_ring *in;
    struct rte_ring_zc_data room; /* the burst that is being made, */
    unsigned made;                /* and so many records of it are */
};

static void *rte_ring_prepare(size_t bytes, const char *tag)
{
    static struct rte_ring *rings[2];
    ssize_t size = rte_ring_get_memsize_elem((unsigned)bytes, RTE_RING_SLOTS);
    (void)tag;
    for (int i = 0; i < 2; i++) {
        rings[i] = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (rings[i] == MAP_FAILED || rte_ring_init(rings[i], "bench", RTE_RING_SLOTS, RING_F_SP_ENQ | RING_F_SC_DEQ) != 0) {
            fprintf(stderr, "rte_ring: no ring of %zd bytes\n", size);
            exit(1);
        }
    }
    return rings;
}

static void *rte_ring_open(const struct hand_over_setting *setting)
{
    static struct end end;
    struct rte_ring **rings = setting->shared;
    end = (struct end){.out = rings[setting->end], .in = rings[1 - setting->end]};
    return &end;
}

static inline void rte_ring_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    while (rte_ring_sp_enqueue_elem(end->out, (void *)(uintptr_t)record, (unsigned)bytes) != 0)
        rte_pause();
}

static inline void rte_ring_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    while (rte_ring_sc_dequeue_elem(end->in, record, (unsigned)bytes) != 0)
        rte_pause();
}

#ifdef RTE_RING_BURST
/* Where the record `at` of a burst is that may go on at the beginning of the ring. */
static inline void *rte_ring_place(const struct rte_ring_zc_data *burst, unsigned at, size_t bytes)
{
    return at < burst->n1 ? (char *)burst->ptr1 + at * bytes : (char *)burst->ptr2 + (at - burst->n1) * bytes;
}

static inline void rte_ring_flush_burst(void *of)
{
    struct end *end = of;
    if (end->made)
        rte_ring_enqueue_zc_elem_finish(end->out, end->made);
    end->made = 0;
}

static inline void rte_ring_send_burst(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    if (end->made == 0)
        while (rte_ring_enqueue_zc_bulk_elem_start(end->out, (unsigned)bytes, HAND_OVER_BURST, &end->room, NULL) == 0)
            rte_pause();
    memcpy(rte_ring_place(&end->room, end->made, bytes), record, bytes);
    if (++end->made == HAND_OVER_BURST)
        rte_ring_flush_burst(end);
}

static inline size_t rte_ring_receive_burst(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    struct rte_ring_zc_data there;
    unsigned got = rte_ring_dequeue_zc_burst_elem_start(end->in, (unsigned)bytes, HAND_OVER_BURST, &there, NULL);
    if (got == 0) { /* or each look at an empty ring would write to it */
        rte_pause();
        return 0;
    }
    for (unsigned i = 0; i < got; i++)
        hand_over_take(rte_ring_place(&there, i, bytes), bytes, expected);
    rte_ring_dequeue_zc_elem_finish(end->in, got);
    return got;
}

#endif

static const struct hand_over_system rte_ring_singles = {
    .name = "rte_ring", .prepare = rte_ring_prepare, .open = rte_ring_open, .send = rte_ring_send, .receive = rte_ring_receive};

#ifdef RTE_RING_BURST
static const struct hand_over_system rte_ring_bursts = {.name = "rte_ring-burst",
                                                        .prepare = rte_ring_prepare,
                                                        .open = rte_ring_open,
                                                        .send = rte_ring_send_burst,
                                                        .flush = rte_ring_flush_burst,
                                                        .receive = rte_ring_receive,
                                                        .receive_some = rte_ring_receive_burst};
#endif

int main(int argc, char **argv)
{
#ifdef RTE_RING_BURST
    if (argc > 1 && strcmp(argv[1], "one_way") == 0)
        return hand_over_main(&rte_ring_bursts, argc, argv);
#endif
    return hand_over_main(&rte_ring_singles, argc, argv);
}
