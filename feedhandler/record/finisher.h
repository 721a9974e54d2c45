/* SPDX-License-Identifier: Apache-2.0
 *
 * The third thread of a recording: brings a file to its end beside the writing thread, because the next file must not wait for
 * the last one's copy. One file at a time.
 */
#ifndef HEADRACE_RECORD_FINISHER_H
#define HEADRACE_RECORD_FINISHER_H

#include <jansson.h>
#include <pthread.h>

#include "record/dbn_file.h"

struct hr_finisher {
    pthread_t thread;
    int running;
};

/* Of one file. From malloc, as `file` is. */
struct hr_ending {
    struct hr_dbn_file *file;
    struct hr_dbn_metadata metadata;
    json_t *sidecar;
};

/* Finishes the file and writes its sidecar, and says so, or what is wrong; where no thread can be made, here and now. Takes the
 * ending with all it has. The last one must have been waited for. Returns 0, or -EIO where the file could not be finished. */
int hr_finisher_start(struct hr_finisher *finisher, struct hr_ending *ending) __attribute__((warn_unused_result));

/* Waits for the last file, if there is one. Returns 0, or -EIO where it could not be finished. */
int hr_finisher_wait(struct hr_finisher *finisher) __attribute__((warn_unused_result));

#endif
