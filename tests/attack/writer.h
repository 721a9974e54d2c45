/* SPDX-License-Identifier: Apache-2.0
 *
 * A writer that publishes all the while, and its honest reader. Ring 0 has the honest reader and is waited for; ring 1, where
 * there is one, belongs to an attacker and is not. Record number i of ring r is stream_make(r, i).
 */
#ifndef HEADRACE_ATTACK_WRITER_H
#define HEADRACE_ATTACK_WRITER_H

#include <pthread.h>
#include <stdint.h>

#include "headrace/consumer.h"
#include "headrace/producer.h"

struct writer {
    struct hr_producer rings[2];
    uint32_t ring_count;
    uint32_t slot_count; /* of each */
    pthread_t thread;
    uint64_t turns;    /* of its loop, atomic */
    uint32_t stop;     /* atomic */
    uint32_t renew;    /* 1: ring 1 is to be made new, atomic; the writer's thread sets it to 0 */
    const char *wrong; /* what the writer found not to hold, atomic; NULL so far */
    uint64_t evictions;
    uint64_t wakes; /* times that ring 1 would have had its sleeper woken */
};

/* Returns 0 or a negative errno. */
int writer_create(struct writer *writer, uint32_t rings, int huge_pages) __attribute__((warn_unused_result));
int writer_start(struct writer *writer) __attribute__((warn_unused_result));
void writer_stop(struct writer *writer);

/* Has ring 1 made new, by the writer's thread; returns when it is. */
void writer_renew(struct writer *writer);

struct reader {
    struct hr_consumer consumer;
    uint64_t next;  /* record */
    uint64_t wrong; /* records that are not what was published */
};

/* Reads what is there of ring 0. Returns how many records. */
uint64_t reader_read(struct reader *reader);

#endif
