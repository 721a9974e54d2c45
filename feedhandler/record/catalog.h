/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recording knows of its instruments: which symbol each had from which day on, and which of them are in the file at
 * hand. From it come the metadata's symbols and mappings. One thread.
 */
#ifndef HEADRACE_RECORD_CATALOG_H
#define HEADRACE_RECORD_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "dbn/metadata.h"

struct hr_catalog_name {
    uint32_t instrument_id;
    uint32_t start_date; /* YYYYMMDD, UTC: the day of the records that came when it was named */
    uint32_t older;      /* its name before: an index + 1 */
    uint32_t seen_in;    /* of the newest name alone: the number of the file that has its records last */
    char symbol[HR_DBN_SYMBOL_BYTES];
};

/* What one file holds. */
struct hr_catalog_file {
    uint64_t records;
    uint64_t start;        /* DBN's index times, ns since the UNIX epoch: of the earliest record, */
    uint64_t end;          /* and one more than of the latest */
    uint64_t kinds[4];     /* bits of the record types */
    uint16_t publisher_id; /* of the first record */
    uint8_t publishers;    /* 1 when all are of that one, else 2 */
};

struct hr_catalog {
    struct hr_catalog_name *names;
    uint32_t name_count;
    uint32_t name_room;
    uint32_t *index; /* by instrument_id: the newest name's index + 1 */
    uint32_t index_mask;
    uint32_t file_number;
    struct hr_catalog_file file;
};

void hr_catalog_destroy(struct hr_catalog *catalog);

/* An instrument has this symbol from that day on. Returns 1 when that is news, 0 when it is not, -EINVAL for a symbol that DBN
 * has no room for, -ENOMEM. */
int hr_catalog_name(struct hr_catalog *catalog, uint32_t instrument_id, const char *symbol, uint32_t date);

/* Another file begins. */
void hr_catalog_begin_file(struct hr_catalog *catalog);

/* One record of it, header first. */
void hr_catalog_record(struct hr_catalog *catalog, const uint8_t *record, size_t length);

/* The metadata of the file at hand; symbols and mappings are in a pool that hr_dbn_metadata_free frees. `dataset` NULL: that of
 * the records' publisher. Returns 0 or -ENOMEM. */
int hr_catalog_metadata(const struct hr_catalog *catalog, const char *dataset, int ts_out, struct hr_dbn_metadata *metadata)
    __attribute__((warn_unused_result));

/* Databento's dataset of a publisher, or NULL when it is not known here. */
const char *hr_catalog_dataset(uint16_t publisher_id);

#endif
