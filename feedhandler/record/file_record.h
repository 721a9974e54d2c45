/* SPDX-License-Identifier: Apache-2.0
 *
 * A record as it stands in a file: as it is in the ring, with ts_out behind it where the file has it, and a length that counts
 * that too.
 */
#ifndef HEADRACE_RECORD_FILE_RECORD_H
#define HEADRACE_RECORD_FILE_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "headrace/record.h"

#define HR_FILE_RECORD_BYTES_MAX (HR_RECORD_BYTES_MAX + 64)

/* `bytes` of a record, at most HR_RECORD_BYTES_MAX and a multiple of 4, to room for HR_FILE_RECORD_BYTES_MAX. `ts_out` NULL:
 * the file has none. Returns the bytes put. */
static inline size_t hr_file_record_put(uint8_t *at, const void *record, size_t bytes, const uint64_t *ts_out)
{
    memcpy(at, record, bytes);
    if (ts_out) {
        memcpy(at + bytes, ts_out, sizeof *ts_out);
        bytes += sizeof *ts_out;
    }
    at[0] = (uint8_t)(bytes / 4);
    return bytes;
}

#endif
