/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record.h"

#include <sys/mman.h>

#include "headrace/record.h"
#include "require.h"

uint64_t record_phase;

static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* A header, words that depend on the id and on their place, and last the sum of all words before: no two records have a word in
 * common behind the header, and half of one is no record. */
static void make_record(uint64_t id, size_t bytes, uint8_t *record)
{
    const struct hr_record_header header = {.length = (uint8_t)(bytes / 4),
                                            .rtype = HR_RTYPE_MBO,
                                            .publisher_id = 2,
                                            .instrument_id = (uint32_t)id,
                                            .ts_event = RECORD_TIME + id};
    uint64_t sum = 0;
    memcpy(record, &header, sizeof header);
    for (size_t at = sizeof header; at < bytes; at += 8) {
        uint64_t word = at + 8 < bytes ? mix(id * 1000 + at) : sum;
        sum += word;
        memcpy(record + at, &word, 8);
    }
}

void record_table_create(struct record_table *table, const uint16_t sizes[4])
{
    size_t largest = 0;
    for (int i = 0; i < 4; i++)
        largest = sizes[i] > largest ? sizes[i] : largest;
    *table = (struct record_table){.stride = (largest + 63) / 64 * 64, .sizes = sizes};
    /* Shared, so that a fork has no page table of it to copy. */
    table->bytes = mmap(NULL, table->stride * RECORD_IDS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(table->bytes != MAP_FAILED);
    for (uint64_t id = 0; id < RECORD_IDS; id++)
        make_record(id, sizes[id % 4], table->bytes + id * table->stride);
    REQUIRE(mprotect(table->bytes, table->stride * RECORD_IDS, PROT_READ) == 0);
}

void record_table_destroy(struct record_table *table)
{
    munmap(table->bytes, table->stride * RECORD_IDS);
    *table = (struct record_table){0};
}
