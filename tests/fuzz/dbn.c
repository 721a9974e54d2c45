/* SPDX-License-Identifier: Apache-2.0
 *
 * DBN files: the input is one, after a byte of options. With the lowest bit the metadata are given, and the rest are records of
 * that version and ts_out; without it every byte is the fuzzer's, zstd or not.
 */
#include "fuzz.h"

#include <string.h>

#include "dbn/names.h"
#include "dbn/reader.h"

#define METADATA_BYTES 128
/* What a few bytes of zstd can grow to has no end that is worth waiting for. */
#define RECORDS_MAX 100000

enum { GIVEN_METADATA = 1, WITH_TS_OUT = 2, VERSION_SHIFT = 2 };

/* The least that a file of that version begins with. */
static void make_metadata(uint8_t *into, uint8_t options)
{
    uint8_t version = (uint8_t)(1 + (options >> VERSION_SHIFT) % 3);
    const uint32_t rest = METADATA_BYTES - 8;
    memset(into, 0, METADATA_BYTES);
    memcpy(into, "DBN", 3);
    into[3] = version;
    memcpy(into + 4, &rest, sizeof rest);
    into[8 + 16] = into[8 + 17] = 0xFF; /* mixed */
    into[8 + (version == 1 ? 52 : 44)] = options & WITH_TS_OUT ? 1 : 0;
    if (version > 1)
        into[8 + 45] = HR_DBN_SYMBOL_BYTES;
}

static void check_metadata(const struct hr_dbn_metadata *metadata)
{
    HOLDS(metadata->version >= 1 && metadata->version <= HR_DBN_VERSION);
    for (uint32_t i = 0; i < metadata->symbols.count; i++)
        HOLDS(strlen(metadata->symbols.names[i]) <= 1024);
    for (uint32_t i = 0; i < metadata->mapping_count; i++)
        for (uint32_t j = 0; j < metadata->mappings[i].interval_count; j++)
            HOLDS(strlen(metadata->mappings[i].intervals[j].symbol) <= 1024);
    /* What was read can be written, unless a symbol is longer than version 3 takes. */
    uint8_t *bytes;
    size_t length;
    if (hr_dbn_metadata_encode(metadata, &bytes, &length) == 0) {
        HOLDS(length % 8 == 0);
        free(bytes);
    }
}

static void check_record(const struct hr_dbn_reader *reader, const struct hr_dbn_record *record)
{
    volatile uint8_t sum = 0;
    HOLDS(record->length >= sizeof record->header && record->length <= HR_DBN_RECORD_BYTES_MAX);
    HOLDS(record->header.length * 4u == record->length);
    HOLDS(record->header.rtype == record->bytes[1]);
    HOLDS(record->header.rtype < 0xE0 || record->header.rtype > 0xEF);
    HOLDS(reader->metadata.ts_out || record->ts_out == 0);
    for (size_t i = 0; i < record->length; i++)
        sum = (uint8_t)(sum + record->bytes[i]);
    switch (record->header.rtype) {
    case HR_RTYPE_MBO:
        HOLDS(record->length >= sizeof(struct hr_mbo));
        break;
    case HR_RTYPE_DEFINITION:
        HOLDS(record->length >= sizeof(struct hr_definition));
        break;
    case HR_RTYPE_STATISTICS:
        HOLDS(record->length >= sizeof(struct hr_statistics));
        break;
    default:
        break;
    }
}

static void read_file(const uint8_t *bytes, size_t length)
{
    struct hr_dbn_reader reader;
    struct hr_dbn_record record;
    struct hr_dbn_names names;
    struct hr_dbn_name name;
    if (hr_dbn_reader_open_memory(&reader, "fuzz", bytes, length))
        return;
    check_metadata(&reader.metadata);
    HOLDS(hr_dbn_names_open(&names, &reader.metadata) == 0);
    int result = 1;
    for (int i = 0; i < RECORDS_MAX && (result = hr_dbn_reader_next(&reader, &record)) == 1; i++) {
        check_record(&reader, &record);
        if (hr_dbn_names_learn(&names, record.bytes, record.length, &name))
            HOLDS(strlen(name.symbol) > 0 && strlen(name.symbol) <= HR_DBN_SYMBOL_BYTES);
        (void)hr_dbn_names_find(&names, record.header.instrument_id, record.time_ns);
    }
    if (result != 1)
        HOLDS(hr_dbn_reader_next(&reader, &record) == result); /* the end is the end */
    hr_dbn_names_close(&names);
    hr_dbn_reader_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t before = data[0] & GIVEN_METADATA ? METADATA_BYTES : 0;
    uint8_t *room = malloc(before + size);
    HOLDS(room);
    if (before)
        make_metadata(room, data[0]);
    memcpy(room + before, data + 1, size - 1);
    struct fuzz_bytes copy = fuzz_copy(room, before + size - 1);
    read_file(copy.bytes, before + size - 1);
    free(copy.room);
    free(room);
    return 0;
}
