/* SPDX-License-Identifier: Apache-2.0
 *
 * The rings, one for each consumer, made at start: an attachment at the open neither waits for memory nor fails for want of it. A
 * ring goes back when its strategy leaves. The same user gets it again without its being cleared (first_stamp); for another
 * user, who might still be looked upon by the one before, or for a reader of minor 0, it is made anew. Control thread only.
 */
#ifndef HEADRACE_CONTROL_POOL_H
#define HEADRACE_CONTROL_POOL_H

#include <sys/types.h>

#include "config.h"
#include "headrace/producer.h"

struct hr_pooled_ring {
    struct hr_producer *idle; /* NULL while attached */
    uint64_t bytes;
    uid_t user;               /* who had it last */
    int used;                 /* anyone had it */
    int renewed;              /* since then */
};

struct hr_ring_pool {
    const struct hr_config *config;
    struct hr_pooled_ring *rings; /* [consumer] */
    uint64_t session_epoch;
    uint64_t bytes; /* of all rings */
    int huge_pages;
    int closing; /* rings come back with their readers still there */
};

/* Makes every ring. Returns 0 or a negative errno, after an error message that names the consumer. */
int hr_ring_pool_create(struct hr_ring_pool *pool, const struct hr_config *config, uint64_t session_epoch, int huge_pages)
    __attribute__((warn_unused_result));
/* After every ring has been given back. */
void hr_ring_pool_destroy(struct hr_ring_pool *pool);

/* Lends the consumer's ring, new to this user. Returns 0 or a negative errno. */
int hr_ring_pool_take(struct hr_ring_pool *pool, uint32_t consumer, uid_t user, uint16_t abi_minor, struct hr_producer **ring)
    __attribute__((warn_unused_result));
void hr_ring_pool_give(struct hr_ring_pool *pool, uint32_t consumer, struct hr_producer *ring);

#endif
