/* SPDX-License-Identifier: Apache-2.0
 *
 * What lies between the thread that reads a ring and the thread that writes a disk: chunks of records, a bounded number of
 * them. The reading side never waits: where there is no free chunk it is told so, and drops. One thread on either side.
 */
#ifndef HEADRACE_RECORD_SPOOL_H
#define HEADRACE_RECORD_SPOOL_H

#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>

#define HR_SPOOL_CHUNK_BYTES ((size_t)1 << 20)

/* Records as they go to the file, whole ones. */
struct hr_spool_chunk {
    uint64_t first_stamp;
    uint64_t last_stamp;
    uint32_t records;
    uint32_t used;  /* bytes */
    uint8_t rotate; /* a new file begins with it */
    uint8_t flush;  /* nothing comes behind it for now: let it be seen on the disk */
    uint8_t last;   /* there will be no more */
    uint8_t *bytes; /* HR_SPOOL_CHUNK_BYTES */
};

/* A queue of chunks, one thread on either side. */
struct hr_spool_queue {
    uint32_t *numbers;
    uint32_t mask;
    uint64_t put __attribute__((aligned(64)));
    uint64_t taken __attribute__((aligned(64)));
};

struct hr_spool {
    struct hr_spool_chunk *chunks;
    uint32_t count;
    struct hr_spool_queue empty;
    struct hr_spool_queue full;
    sem_t written; /* chunks in `full` */
};

/* Room for `bytes` of records, at least two chunks. Returns 0 or -ENOMEM. */
int hr_spool_create(struct hr_spool *spool, uint64_t bytes) __attribute__((warn_unused_result));
void hr_spool_destroy(struct hr_spool *spool);

/* The reading side: an empty chunk, or NULL when the writing side is behind by all of them; and hands one on. Never wait. */
struct hr_spool_chunk *hr_spool_take_empty(struct hr_spool *spool);
void hr_spool_put_full(struct hr_spool *spool, struct hr_spool_chunk *chunk);

/* The writing side: waits for the next chunk; and gives it back. */
struct hr_spool_chunk *hr_spool_wait_full(struct hr_spool *spool);
void hr_spool_put_empty(struct hr_spool *spool, struct hr_spool_chunk *chunk);

#endif
