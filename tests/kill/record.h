/* SPDX-License-Identifier: Apache-2.0
 *
 * The records that are published: record `id` is known to the last byte before anything runs, and so is the time of its burst.
 * They are made beforehand and lie in memory that the child can only read, so that the loop that is stepped is the publishing
 * alone.
 */
#ifndef HEADRACE_KILL_RECORD_H
#define HEADRACE_KILL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_IDS 512
#define RECORD_BURST 8
#define RECORD_TIME UINT64_C(1700000000000000000)

struct record_table {
    uint8_t *bytes; /* one row of `stride` bytes for each id */
    size_t stride;
    const uint16_t *sizes; /* of the records, in turn; four */
};

void record_table_create(struct record_table *table, const uint16_t sizes[4]);
void record_table_destroy(struct record_table *table);

static inline const uint8_t *record_of(const struct record_table *table, uint64_t id)
{
    return table->bytes + id * table->stride;
}

static inline size_t record_bytes(const struct record_table *table, uint64_t id)
{
    return table->sizes[id % 4];
}

/* So many records are missing from the first burst. Another number for another seed, so that the ring does not always fill
 * where a burst ends. */
extern uint64_t record_phase;

/* When the burst of this record is published: every fourth burst the clock has gone back. */
static inline uint64_t record_now(uint64_t id)
{
    uint64_t burst = (id + record_phase) / RECORD_BURST;
    return RECORD_TIME + burst * 100 - (burst % 4 == 3 ? 150 : 0);
}

/* Which record of its burst it is. */
static inline uint64_t record_in_burst(uint64_t id)
{
    return (id + record_phase) % RECORD_BURST;
}

#endif
