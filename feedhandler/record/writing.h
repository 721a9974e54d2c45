/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing thread of a recording: from the spool to files, one after the other. It may block for as long as the disk does.
 */
#ifndef HEADRACE_RECORD_WRITING_H
#define HEADRACE_RECORD_WRITING_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "headrace/headrace.h"
#include "record/catalog.h"
#include "record/dbn_file.h"
#include "record/finisher.h"
#include "record/recording.h"
#include "record/sidecar.h"
#include "record/spool.h"

struct hr_writing {
    const struct hr_recording *recording;
    struct hr_feed *feed; /* whose directories name the instruments */
    struct hr_spool *spool;
    struct hr_sidecar sidecar;
    pthread_t thread;
    /* Its own, until it has been waited for. */
    struct hr_catalog catalog;
    uint32_t indexed[HR_WORKERS_MAX]; /* directory entries taken up, by ring */
    struct hr_dbn_file *file;         /* NULL: the next records begin one */
    FILE *journal;
    struct hr_finisher finisher;
    uint64_t records;
    uint64_t files;
    /* For others to look at. */
    uint32_t failed; /* it has given up */
    uint32_t ended;
};

/* Starts it. Returns 0 or -ENOMEM. */
int hr_writing_start(struct hr_writing *writing) __attribute__((warn_unused_result));

/* Any thread: whether the disk has failed, and whether all is written that will be: it ends with the spool's last chunk. */
int hr_writing_has_failed(const struct hr_writing *writing);
int hr_writing_has_ended(const struct hr_writing *writing);

void hr_writing_wait(struct hr_writing *writing);
void hr_writing_destroy(struct hr_writing *writing);

#endif
