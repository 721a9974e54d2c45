/* SPDX-License-Identifier: Apache-2.0
 *
 * The records of a DBN file, one after the other, as version 3 has them and without their ts_out. Every record that it gives
 * has at least the bytes that its type has in record.h. One thread.
 */
#ifndef HEADRACE_DBN_READER_H
#define HEADRACE_DBN_READER_H

#include "dbn/metadata.h"
#include "dbn/source.h"
#include "dbn/upgrade.h"
#include "headrace/record.h"

/* Types that a file has and no strategy needs: record.h has the others. */
enum {
    HR_DBN_RTYPE_ERROR = 0x15,
    HR_DBN_RTYPE_SYMBOL_MAPPING = 0x16,
    HR_DBN_RTYPE_SYSTEM = 0x17,
};

#define HR_DBN_RECORD_BYTES_MAX 1020 /* 255 words */

struct hr_dbn_reader {
    struct hr_dbn_source source;
    struct hr_dbn_metadata metadata;
    uint64_t records; /* given so far */
    union {
        uint64_t aligned;
        uint8_t bytes[HR_DBN_UPGRADED_BYTES_MAX];
    } upgraded;
};

struct hr_dbn_record {
    struct hr_record_header header; /* a copy, its length that of `bytes` */
    const uint8_t *bytes;           /* the record, header first; at any alignment; valid until the next call. The
                                       header's length is wrong there when the file has ts_out: take `header` */
    size_t length;                  /* bytes, 16 to HR_DBN_RECORD_BYTES_MAX */
    uint64_t time_ns;               /* ts_recv, or ts_event of records without */
    uint64_t ts_out;                /* 0 when the file has none */
};

/* Opens a file, "-" for standard input, and reads its metadata. Returns 0 or a negative errno with hr_error(); nothing is left
 * open then. */
int hr_dbn_reader_open(struct hr_dbn_reader *reader, const char *path) __attribute__((warn_unused_result));
int hr_dbn_reader_open_memory(struct hr_dbn_reader *reader, const char *name, const uint8_t *bytes, size_t length)
    __attribute__((warn_unused_result));
void hr_dbn_reader_close(struct hr_dbn_reader *reader);

/* Returns 1 and the next record; 0 at the end; or a negative errno with hr_error(), -EBADMSG for a file that is damaged from
 * here on (byte offsets in messages are of the decompressed file). After 0 or an error every further call gives the same. */
int hr_dbn_reader_next(struct hr_dbn_reader *reader, struct hr_dbn_record *record) __attribute__((warn_unused_result));

/* The bytes of the longest record of a schema, without ts_out; of a schema that is not known or mixed, the longest of all. */
size_t hr_dbn_schema_bytes_max(uint16_t schema);

/* DBN's index timestamp of a record of at least 16 bytes: ts_recv where its type has one, else ts_event. */
uint64_t hr_dbn_record_time(const uint8_t *record, size_t length);

#endif
