/* SPDX-License-Identifier: Apache-2.0
 *
 * The fan-out's loop: one record into the rings of all who want it. Compiled twice where the processor may have AVX (meson.build): ring/
 * writes an order's slot with fewer stores then (headrace/producer.h). One call for a record, whatever the number of its rings.
 */
#include "fanout/fanout.h"

#ifndef HR_FANOUT_PUBLISH
#define HR_FANOUT_PUBLISH hr_fanout_publish_portable
#endif

static inline __attribute__((always_inline)) void publish(struct hr_fanout *fanout, const uint64_t *mask, const void *record,
                                                          size_t bytes, uint64_t now_ns)
{
    struct hr_producer *const *producers = fanout->producers;
    uint32_t wanted = 0;
    for (uint32_t word = 0; word < fanout->words; word++, producers += HR_WORD_BITS)
        for (uint64_t left = mask[word] & fanout->active[word]; left; left &= left - 1, wanted++)
            hr_producer_publish(producers[__builtin_ctzll(left)], record, bytes, now_ns);
    fanout->totals->records++;
    fanout->totals->published += wanted;
    fanout->totals->unwanted += wanted == 0;
}

static __attribute__((noinline)) void publish_other(struct hr_fanout *fanout, const uint64_t *mask, const void *record, size_t bytes,
                                                    uint64_t now_ns)
{
    publish(fanout, mask, record, bytes, now_ns);
}

void HR_FANOUT_PUBLISH(struct hr_fanout *fanout, const uint64_t *mask, const void *record, size_t bytes, uint64_t now_ns)
{
    if (bytes == HR_ORDER_BYTES)
        publish(fanout, mask, record, HR_ORDER_BYTES, now_ns);
    else
        publish_other(fanout, mask, record, bytes, now_ns);
}
