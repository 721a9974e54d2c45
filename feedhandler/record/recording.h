/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of a recording, and what its files are named.
 */
#ifndef HEADRACE_RECORD_RECORDING_H
#define HEADRACE_RECORD_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#define HR_RECORDING_LEVEL 3
#define HR_RECORDING_BUFFER_BYTES ((uint64_t)256 << 20)

/* Written once, before its threads start. */
struct hr_recording {
    const char *consumer;
    const char *output;    /* strftime's pattern of the files' names, with or without their endings; shorter than
                              HR_DBN_FILE_PATH_BYTES / 2 */
    const char *dataset;   /* NULL: what Databento calls the venue's */
    uint64_t rotate_ns;    /* a new file at each multiple of it, UTC; 0: none */
    uint64_t rotate_bytes; /* after so much on the disk; 0: none */
    uint64_t buffer_bytes; /* what may wait for the disk */
    int level;             /* of zstd, 1 to 19; 0: not compressed */
    int ts_out;            /* 1: every record with its stamp behind it */
};

/* The name of the file that begins at that time: "PATTERN.dbn.zst", or "PATTERN-2.dbn.zst" where that is taken. `bytes` is at
 * least HR_DBN_FILE_PATH_BYTES. */
void hr_recording_path(const struct hr_recording *recording, uint64_t time_ns, char *path, size_t bytes);

#endif
