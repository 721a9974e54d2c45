/* SPDX-License-Identifier: Apache-2.0
 *
 * Boost's lockfree::spsc_queue of 65536 records, whose memory is in it, in memory that both processes have. Latencies are
 * those of push and pop of one record. At full rate it is twice as fast with arrays: 32 records are pushed at once, and
 * popped.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include "boost_spsc.h"

struct end {
    void *out;
    void *in;
    size_t bytes;
    size_t made; /* records of the burst */
    uint64_t burst[HAND_OVER_BURST * HAND_OVER_RECORD_MAX / 8];
};

static void *boost_spsc_prepare(size_t bytes, const char *tag)
{
    static void *queues[2];
    (void)tag;
    for (int i = 0; i < 2; i++) {
        queues[i] =
            mmap(NULL, boost_spsc_size(bytes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (queues[i] == MAP_FAILED) {
            perror("boost-spsc: mmap");
            exit(1);
        }
        boost_spsc_make(queues[i], bytes);
    }
    return queues;
}

static void *boost_spsc_open(const struct hand_over_setting *setting)
{
    static struct end end;
    void **queues = setting->shared;
    end = (struct end){.out = queues[setting->end], .in = queues[1 - setting->end], .bytes = setting->bytes};
    return &end;
}

static inline void boost_spsc_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    while (boost_spsc_push(end->out, record, 1, bytes) == 0)
        _mm_pause();
}

static inline void boost_spsc_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    while (boost_spsc_pop(end->in, record, bytes) == 0)
        _mm_pause();
}

static inline void boost_spsc_flush(void *of)
{
    struct end *end = of;
    for (size_t gone = 0, went; gone < end->made; gone += went)
        if ((went = boost_spsc_push(end->out, (const char *)end->burst + gone * end->bytes, end->made - gone, end->bytes)) == 0)
            _mm_pause();
    end->made = 0;
}

static inline void boost_spsc_send_burst(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    memcpy((char *)end->burst + end->made * bytes, record, bytes);
    if (++end->made == HAND_OVER_BURST)
        boost_spsc_flush(end);
}

static inline size_t boost_spsc_receive_burst(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    return boost_spsc_take(end->in, bytes, expected);
}

void boost_spsc_taken(const void *record, size_t bytes, uint64_t *expected)
{
    hand_over_take(record, bytes, expected);
}

static const struct hand_over_system boost_spsc_singles = {.name = "boost-spsc",
                                                           .prepare = boost_spsc_prepare,
                                                           .open = boost_spsc_open,
                                                           .send = boost_spsc_send,
                                                           .receive = boost_spsc_receive};

static const struct hand_over_system boost_spsc_bursts = {.name = "boost-spsc",
                                                          .prepare = boost_spsc_prepare,
                                                          .open = boost_spsc_open,
                                                          .send = boost_spsc_send_burst,
                                                          .flush = boost_spsc_flush,
                                                          .receive = boost_spsc_receive,
                                                          .receive_some = boost_spsc_receive_burst};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "one_way") == 0)
        return hand_over_main(&boost_spsc_bursts, argc, argv);
    return hand_over_main(&boost_spsc_singles, argc, argv);
}
