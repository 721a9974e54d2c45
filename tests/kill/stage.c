/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "stage.h"

#include <stddef.h>
#include <sys/mman.h>

#include "require.h"

/* As if another strategy had had this ring: every slot holds a record of its time. */
static void renew(struct stage *stage)
{
    struct hr_producer *producer = &stage->page->producer;
    for (uint64_t id = 0; id < STAGE_SLOTS; id++)
        hr_producer_publish(producer, record_of(&stage->records, id), record_bytes(&stage->records, id), RECORD_TIME - 1000);
    REQUIRE(hr_producer_renew(producer) == 0);
}

/* The project's mappings do not pass a fork (MADV_DONTFORK). The handler never forks; here its copies must have them. */
static void let_forks_have(const struct hr_producer *producer)
{
    REQUIRE(madvise(producer->header, producer->data_bytes, MADV_DOFORK) == 0);
    REQUIRE(madvise((void *)(uintptr_t)producer->cursor, HR_CURSOR_BYTES, MADV_DOFORK) == 0);
}

void stage_open(struct stage *stage, const struct stage_options *options)
{
    const struct hr_producer_options ring = {.consumer = "kill",
                                             .slot_bytes = options->slot_bytes,
                                             .slot_count = STAGE_SLOTS,
                                             .worker_count = 1,
                                             .session_epoch = RECORD_TIME,
                                             .on_full = options->on_full};
    *stage = (struct stage){.ahead = options->ahead};
    record_table_create(&stage->records, options->sizes);
    stage->page = mmap(NULL, sizeof *stage->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(stage->page != MAP_FAILED);
    struct hr_producer *producer = &stage->page->producer;
    REQUIRE(hr_producer_create(producer, &ring) == 0);
    if (options->renewed)
        renew(stage);
    let_forks_have(producer);
    REQUIRE(options->ahead <= STAGE_SLOTS);
    for (uint64_t id = 0; id < options->ahead; id++)
        hr_producer_publish(producer, record_of(&stage->records, id), record_bytes(&stage->records, id), record_now(id));
    stage->page->started = options->ahead;
    stage->page->settled = options->ahead;
}

void stage_close(struct stage *stage)
{
    hr_producer_destroy(&stage->page->producer);
    munmap(stage->page, sizeof *stage->page);
    record_table_destroy(&stage->records);
    *stage = (struct stage){0};
}

uint64_t stage_digest(const struct stage *stage)
{
    const struct hr_producer *producer = &stage->page->producer;
    const uint8_t *from = (const uint8_t *)producer->header + offsetof(struct hr_ring_header, heartbeat_ns);
    const uint8_t *end = producer->slots + producer->slot_bytes * STAGE_SLOTS;
    uint64_t digest = UINT64_C(14695981039346656037);
    for (uint64_t word; from < end; from += 8) {
        memcpy(&word, from, 8);
        digest = (digest ^ word) * UINT64_C(1099511628211);
        digest ^= digest >> 29;
    }
    return digest;
}
