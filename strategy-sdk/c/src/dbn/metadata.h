/* SPDX-License-Identifier: Apache-2.0
 *
 * What a DBN file says of itself before its first record. Versions 1 to 3 are read, 3 is written.
 *
 * Source: DBN (Apache-2.0), metadata.rs and its encoder and decoder.
 */
#ifndef HEADRACE_DBN_METADATA_H
#define HEADRACE_DBN_METADATA_H

#include <stddef.h>
#include <stdint.h>

#include "dbn/source.h"

#define HR_DBN_VERSION 3
#define HR_DBN_DATASET_BYTES 16
#define HR_DBN_SYMBOL_BYTES 71 /* of versions 2 and 3; 22 of version 1 */
#define HR_DBN_SCHEMA_MIXED 0xFFFF
#define HR_DBN_STYPE_MIXED 0xFF

/* Schemas, as in the file. */
enum {
    HR_DBN_SCHEMA_MBO = 0,
    HR_DBN_SCHEMA_MBP_1 = 1,
    HR_DBN_SCHEMA_MBP_10 = 2,
    HR_DBN_SCHEMA_TBBO = 3,
    HR_DBN_SCHEMA_TRADES = 4,
    HR_DBN_SCHEMA_DEFINITION = 9,
    HR_DBN_SCHEMA_STATISTICS = 10,
    HR_DBN_SCHEMA_STATUS = 11,
    HR_DBN_SCHEMA_IMBALANCE = 12,
};

enum {
    HR_DBN_STYPE_INSTRUMENT_ID = 0,
    HR_DBN_STYPE_RAW_SYMBOL = 1,
};

/* `symbol` stood for the mapping's own one from start_date to the day before end_date; YYYYMMDD as decimal numbers, UTC. */
struct hr_dbn_interval {
    uint32_t start_date;
    uint32_t end_date;
    const char *symbol;
};

struct hr_dbn_mapping {
    const char *symbol;
    const struct hr_dbn_interval *intervals;
    uint32_t interval_count;
};

struct hr_dbn_symbols {
    const char **names;
    uint32_t count;
};

struct hr_dbn_metadata {
    uint8_t version;
    char dataset[HR_DBN_DATASET_BYTES + 1];
    uint16_t schema;  /* HR_DBN_SCHEMA_MIXED: of more than one */
    uint64_t start;   /* ns since the UNIX epoch, of the query */
    uint64_t end;     /* exclusive; UINT64_MAX: open */
    uint64_t limit;   /* records; 0: none */
    uint8_t stype_in; /* HR_DBN_STYPE_MIXED: of more than one */
    uint8_t stype_out;
    uint8_t ts_out; /* 1: every record ends with one */
    struct hr_dbn_symbols symbols;
    struct hr_dbn_symbols partial;
    struct hr_dbn_symbols not_found;
    struct hr_dbn_mapping *mappings;
    uint32_t mapping_count;
    void *pool; /* of the texts and tables above, where they were read */
};

/* Reads the metadata at the source's beginning. Returns 0, and *metadata is the caller's, to be freed with
 * hr_dbn_metadata_free; or -EBADMSG, -EPROTONOSUPPORT for a version that is not known, -ENOMEM or what reading gave, with the
 * reason in hr_error(). */
int hr_dbn_metadata_read(struct hr_dbn_metadata *metadata, struct hr_dbn_source *source) __attribute__((warn_unused_result));
void hr_dbn_metadata_free(struct hr_dbn_metadata *metadata);

/* Writes metadata as version 3, whatever `version` says: *bytes are the caller's, to be freed. Returns 0, -EINVAL for a symbol
 * or dataset that does not fit, -ENOMEM. */
int hr_dbn_metadata_encode(const struct hr_dbn_metadata *metadata, uint8_t **bytes, size_t *length)
    __attribute__((warn_unused_result));

#endif
