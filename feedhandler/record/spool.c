/* SPDX-License-Identifier: Apache-2.0 */
#include "record/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int create_queue(struct hr_spool_queue *queue, uint32_t count)
{
    uint32_t room = 1;
    while (room < count)
        room *= 2;
    queue->mask = room - 1;
    queue->numbers = calloc(room, sizeof *queue->numbers);
    return queue->numbers ? 0 : -ENOMEM;
}

/* It has room for every chunk there is: it cannot be full. The release pairs with the acquire in take. */
static void put(struct hr_spool_queue *queue, uint32_t number)
{
    uint64_t at = __atomic_load_n(&queue->put, __ATOMIC_RELAXED);
    queue->numbers[at & queue->mask] = number;
    __atomic_store_n(&queue->put, at + 1, __ATOMIC_RELEASE);
}

static int take(struct hr_spool_queue *queue, uint32_t *number)
{
    uint64_t at = __atomic_load_n(&queue->taken, __ATOMIC_RELAXED);
    if (__atomic_load_n(&queue->put, __ATOMIC_ACQUIRE) == at)
        return 0;
    *number = queue->numbers[at & queue->mask];
    __atomic_store_n(&queue->taken, at + 1, __ATOMIC_RELEASE);
    return 1;
}

int hr_spool_create(struct hr_spool *spool, uint64_t bytes)
{
    *spool = (struct hr_spool){.count = (uint32_t)(bytes / HR_SPOOL_CHUNK_BYTES)};
    if (spool->count < 2)
        spool->count = 2;
    spool->chunks = calloc(spool->count, sizeof *spool->chunks);
    int error = spool->chunks && sem_init(&spool->written, 0, 0) == 0 ? 0 : -ENOMEM;
    if (!error)
        error = create_queue(&spool->empty, spool->count);
    if (!error)
        error = create_queue(&spool->full, spool->count);
    for (uint32_t i = 0; i < spool->count && !error; i++) {
        spool->chunks[i].bytes = malloc(HR_SPOOL_CHUNK_BYTES);
        if (!spool->chunks[i].bytes) {
            error = -ENOMEM;
            break;
        }
        memset(spool->chunks[i].bytes, 0, HR_SPOOL_CHUNK_BYTES); /* its pages are had now, not while records come */
        put(&spool->empty, i);
    }
    if (error)
        hr_spool_destroy(spool);
    return error;
}

void hr_spool_destroy(struct hr_spool *spool)
{
    for (uint32_t i = 0; spool->chunks && i < spool->count; i++)
        free(spool->chunks[i].bytes);
    free(spool->chunks);
    free(spool->empty.numbers);
    free(spool->full.numbers);
    *spool = (struct hr_spool){0};
}

struct hr_spool_chunk *hr_spool_take_empty(struct hr_spool *spool)
{
    uint32_t number;
    if (!take(&spool->empty, &number))
        return NULL;
    struct hr_spool_chunk *chunk = &spool->chunks[number];
    *chunk = (struct hr_spool_chunk){.bytes = chunk->bytes};
    return chunk;
}

void hr_spool_put_full(struct hr_spool *spool, struct hr_spool_chunk *chunk)
{
    put(&spool->full, (uint32_t)(chunk - spool->chunks));
    sem_post(&spool->written);
}

struct hr_spool_chunk *hr_spool_wait_full(struct hr_spool *spool)
{
    uint32_t number;
    while (sem_wait(&spool->written) != 0)
        continue; /* EINTR */
    return take(&spool->full, &number) ? &spool->chunks[number] : NULL;
}

void hr_spool_put_empty(struct hr_spool *spool, struct hr_spool_chunk *chunk)
{
    put(&spool->empty, (uint32_t)(chunk - spool->chunks));
}
