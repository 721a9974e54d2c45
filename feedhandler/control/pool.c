/* SPDX-License-Identifier: Apache-2.0 */
#include "control/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode/event.h"
#include "host/log.h"

/* Since this one a reader knows which stamps are of an earlier attachment. */
#define MINOR_OF_FIRST_STAMP 1

static size_t largest_record(uint32_t schemas)
{
    if (schemas >> HR_SCHEMA_DEFINITION & 1 || schemas >> HR_SCHEMA_OTHER & 1)
        return sizeof(struct hr_definition);
    if (schemas >> HR_SCHEMA_IMBALANCE & 1)
        return sizeof(struct hr_imbalance);
    if (schemas >> HR_SCHEMA_STATISTICS & 1)
        return sizeof(struct hr_statistics);
    return HR_OWN_RECORD_BYTES_MAX; /* control records come to everyone */
}

static int make_ring(const struct hr_ring_pool *pool, uint32_t consumer, struct hr_producer **made)
{
    const struct hr_config_consumer *config = &pool->config->consumers[consumer];
    const struct hr_producer_options options = {
        .consumer = config->name,
        .slot_bytes = hr_slot_bytes_for(largest_record(config->schema_mask)),
        .slot_count = (uint32_t)config->ring_records,
        .worker = 0,
        .worker_count = 1,
        .session_epoch = pool->session_epoch,
        .on_full = config->on_full,
        .colour = consumer,
        .huge_pages = pool->huge_pages,
    };
    size_t bytes = (sizeof **made + HR_CACHE_LINE - 1) / HR_CACHE_LINE * HR_CACHE_LINE;
    struct hr_producer *producer = aligned_alloc(HR_CACHE_LINE, bytes);
    int error = producer ? hr_producer_create(producer, &options) : -ENOMEM;
    if (error) {
        free(producer);
        return error;
    }
    *made = producer;
    return 0;
}

static void destroy_ring(struct hr_producer *producer)
{
    hr_producer_destroy(producer);
    free(producer);
}

int hr_ring_pool_create(struct hr_ring_pool *pool, const struct hr_config *config, uint64_t session_epoch, int huge_pages)
{
    *pool = (struct hr_ring_pool){.config = config, .session_epoch = session_epoch, .huge_pages = huge_pages};
    pool->rings = calloc(config->consumer_count ? config->consumer_count : 1, sizeof *pool->rings);
    if (!pool->rings)
        return -ENOMEM;
    for (uint32_t i = 0; i < config->consumer_count; i++) {
        int error = make_ring(pool, i, &pool->rings[i].idle);
        if (error) {
            HR_LOG(ERR, "consumers[%u].ring_records: the ring of '%s' with %llu records cannot be made: %s", i,
                   config->consumers[i].name, (unsigned long long)config->consumers[i].ring_records, strerror(-error));
            return error;
        }
        pool->rings[i].bytes = pool->rings[i].idle->data_bytes + HR_CURSOR_BYTES;
        pool->bytes += pool->rings[i].bytes;
    }
    return 0;
}

void hr_ring_pool_destroy(struct hr_ring_pool *pool)
{
    for (uint32_t i = 0; pool->rings && i < pool->config->consumer_count; i++)
        if (pool->rings[i].idle)
            destroy_ring(pool->rings[i].idle);
    free(pool->rings);
    *pool = (struct hr_ring_pool){0};
}

int hr_ring_pool_take(struct hr_ring_pool *pool, uint32_t consumer, uid_t user, uint16_t abi_minor, struct hr_producer **ring)
{
    struct hr_pooled_ring *pooled = &pool->rings[consumer];
    int error = 0;
    if (pooled->idle && pooled->used) {
        if (pooled->user != user || abi_minor < MINOR_OF_FIRST_STAMP || (!pooled->renewed && hr_producer_renew(pooled->idle))) {
            destroy_ring(pooled->idle);
            pooled->idle = NULL;
        }
    }
    if (!pooled->idle)
        error = make_ring(pool, consumer, &pooled->idle);
    if (error)
        return error;
    pooled->used = 1;
    pooled->renewed = 0;
    pooled->user = user;
    *ring = pooled->idle;
    pooled->idle = NULL;
    return 0;
}

void hr_ring_pool_give(struct hr_ring_pool *pool, uint32_t consumer, struct hr_producer *ring)
{
    pool->rings[consumer].idle = ring;
    /* Now, while nobody waits for it; else when it is taken. At the end its reader may still be about to read of the end. */
    pool->rings[consumer].renewed = !pool->closing && hr_producer_renew(ring) == 0;
}
