/* SPDX-License-Identifier: Apache-2.0
 *
 * One DBN file in the making. DBN has its metadata in front, and they are known only at the end: records go to NAME.part,
 * behind metadata as known so far, and hr_dbn_file_finish writes NAME: the right metadata, then the records' bytes of NAME.part
 * as they are (a zstd file may be of several frames). Whatever kills the writer leaves a NAME.part of whole frames that any DBN
 * reader takes. See docs/adr/0021.
 *
 * One thread; hr_dbn_file_finish may be another's.
 */
#ifndef HEADRACE_RECORD_DBN_FILE_H
#define HEADRACE_RECORD_DBN_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "dbn/metadata.h"

#define HR_DBN_FILE_PATH_BYTES 1024
#define HR_DBN_FILE_ERROR_BYTES 1400

struct hr_dbn_file {
    char path[HR_DBN_FILE_PATH_BYTES]; /* NAME; NAME.part while it grows */
    int fd;
    int level;      /* of zstd; 0: not compressed */
    void *stream;   /* ZSTD_CCtx */
    uint8_t *frame; /* the frame at hand: written in one piece, so that what is on the disk is whole */
    size_t frame_used;
    size_t frame_room;
    uint64_t frame_input;  /* bytes of records in it */
    uint64_t front_bytes;  /* where the records begin in NAME.part */
    uint64_t file_bytes;   /* of NAME.part so far */
    uint64_t record_bytes; /* before compression */
    char error[HR_DBN_FILE_ERROR_BYTES];
};

/* Makes NAME.part, which must not exist, nor NAME. Returns 0 or a negative errno with file->error; nothing is left then. */
int hr_dbn_file_open(struct hr_dbn_file *file, const char *path, int level, const struct hr_dbn_metadata *metadata)
    __attribute__((warn_unused_result));

/* Adds whole records. May block for as long as the disk does. Returns 0 or a negative errno with file->error. */
int hr_dbn_file_write(struct hr_dbn_file *file, const uint8_t *records, size_t bytes) __attribute__((warn_unused_result));

/* Brings what was written to the file: ends the frame. */
int hr_dbn_file_flush(struct hr_dbn_file *file) __attribute__((warn_unused_result));

/* Makes NAME with these metadata, brings it to the disk, and removes NAME.part. Returns 0 or a negative errno with file->error:
 * NAME.part is left then. The file is closed in any case. */
int hr_dbn_file_finish(struct hr_dbn_file *file, const struct hr_dbn_metadata *metadata) __attribute__((warn_unused_result));

/* Closes without finishing: NAME.part stays. */
void hr_dbn_file_abandon(struct hr_dbn_file *file);

#endif
