/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "dbn/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"

#define HEADER_BYTES sizeof(struct hr_record_header)
#define TS_OUT_BYTES sizeof(uint64_t)

/* The bytes that a type must have, and where its ts_recv is; 0: anything from a header on, and none. */
struct layout {
    uint16_t bytes;
    uint16_t ts_recv;
};

#define LAYOUT(type) ((struct layout){sizeof(struct type), offsetof(struct type, ts_recv)})

static struct layout layout_of(uint8_t rtype)
{
    switch (rtype) {
    case HR_RTYPE_MBO:
        return LAYOUT(hr_mbo);
    case HR_RTYPE_TRADE:
        return LAYOUT(hr_trade);
    case HR_RTYPE_STATUS:
        return LAYOUT(hr_status);
    case HR_RTYPE_DEFINITION:
        return LAYOUT(hr_definition);
    case HR_RTYPE_IMBALANCE:
        return LAYOUT(hr_imbalance);
    case HR_RTYPE_STATISTICS:
        return LAYOUT(hr_statistics);
    case HR_RTYPE_MBP_1:
        return LAYOUT(hr_mbp_1);
    case HR_RTYPE_MBP_10:
        return LAYOUT(hr_mbp_10);
    case HR_RTYPE_CMBP_1:
    case HR_RTYPE_TCBBO:
        return LAYOUT(hr_cmbp_1);
    case HR_RTYPE_CBBO_1S:
    case HR_RTYPE_CBBO_1M:
        return LAYOUT(hr_cbbo);
    case HR_RTYPE_BBO_1S:
    case HR_RTYPE_BBO_1M:
        return LAYOUT(hr_bbo);
    case HR_RTYPE_OHLCV_DEPRECATED:
    case HR_RTYPE_OHLCV_1S:
    case HR_RTYPE_OHLCV_1M:
    case HR_RTYPE_OHLCV_1H:
    case HR_RTYPE_OHLCV_1D:
    case HR_RTYPE_OHLCV_EOD:
        return (struct layout){sizeof(struct hr_ohlcv), 0};
    default:
        return (struct layout){HEADER_BYTES, 0};
    }
}

size_t hr_dbn_schema_bytes_max(uint16_t schema)
{
    switch (schema) {
    case HR_DBN_SCHEMA_MBO:
    case HR_DBN_SCHEMA_TRADES:
    case HR_DBN_SCHEMA_STATUS:
    case 5: /* OHLCV: as hr_mbo */
    case 6:
    case 7:
    case 8:
    case 13:
        return sizeof(struct hr_mbo);
    case HR_DBN_SCHEMA_IMBALANCE:
        return sizeof(struct hr_imbalance);
    case HR_DBN_SCHEMA_MBP_1:
    case HR_DBN_SCHEMA_TBBO:
    case HR_DBN_SCHEMA_STATISTICS:
        return sizeof(struct hr_statistics);
    case HR_DBN_SCHEMA_MBP_10:
        return sizeof(struct hr_mbp_10);
    default:
        return schema >= 14 && schema <= 19 ? sizeof(struct hr_bbo) : HR_RECORD_BYTES_MAX; /* CMBP-1, CBBO, TCBBO, BBO */
    }
}

uint64_t hr_dbn_record_time(const uint8_t *record, size_t length)
{
    struct layout layout = layout_of(record[1]);
    uint64_t time;
    size_t at = layout.ts_recv && length >= layout.ts_recv + sizeof time ? layout.ts_recv
                                                                         : offsetof(struct hr_record_header, ts_event);
    memcpy(&time, record + at, sizeof time);
    return time;
}

static int open_with(struct hr_dbn_reader *reader, int error)
{
    if (error)
        return error;
    reader->records = 0;
    error = hr_dbn_metadata_read(&reader->metadata, &reader->source);
    if (error)
        hr_dbn_source_close(&reader->source);
    return error;
}

int hr_dbn_reader_open(struct hr_dbn_reader *reader, const char *path)
{
    return open_with(reader, hr_dbn_source_open(&reader->source, path));
}

int hr_dbn_reader_open_memory(struct hr_dbn_reader *reader, const char *name, const uint8_t *bytes, size_t length)
{
    return open_with(reader, hr_dbn_source_open_memory(&reader->source, name, bytes, length));
}

void hr_dbn_reader_close(struct hr_dbn_reader *reader)
{
    hr_dbn_metadata_free(&reader->metadata);
    hr_dbn_source_close(&reader->source);
}

static const char *where(const struct hr_dbn_reader *reader, char *room, size_t bytes)
{
    snprintf(room, bytes, "%s: byte %llu, record %llu", reader->source.name, (unsigned long long)reader->source.offset,
             (unsigned long long)reader->records);
    return room;
}

/* Nothing was taken: the next call finds the same. */
static int refuse_length(const struct hr_dbn_reader *reader, uint8_t rtype, size_t found, size_t wanted)
{
    char at[160];
    return hr_fail(-EBADMSG, "%s: %zu bytes of type 0x%02x, wanted %zu or more: damaged from here on; get the file anew",
                   where(reader, at, sizeof at), found, rtype, wanted);
}

static int tell_end(const struct hr_dbn_reader *reader, size_t have, size_t wanted)
{
    char at[160];
    if (reader->source.ended < 0)
        return hr_fail(reader->source.ended, "%s: %s", where(reader, at, sizeof at), reader->source.why);
    if (have == 0)
        return 0;
    return hr_fail(-EBADMSG, "%s: the file ends within a record: %zu bytes, wanted %zu; it was cut off, or its writer died",
                   where(reader, at, sizeof at), have, wanted);
}

int hr_dbn_reader_next(struct hr_dbn_reader *reader, struct hr_dbn_record *record)
{
    const uint8_t *bytes;
    char at[160];
    size_t ts_out = reader->metadata.ts_out ? TS_OUT_BYTES : 0;
    size_t have = hr_dbn_source_have(&reader->source, HEADER_BYTES, &bytes);
    if (have < HEADER_BYTES)
        return tell_end(reader, have, HEADER_BYTES);
    size_t whole = (size_t)bytes[0] * 4;
    uint8_t rtype = bytes[1];
    size_t upgradable = hr_dbn_upgradable_bytes(reader->metadata.version, rtype);
    size_t least = upgradable ? upgradable : layout_of(rtype).bytes;
    if (whole < least + ts_out)
        return refuse_length(reader, rtype, whole, least + ts_out);
    if (rtype >= 0xE0 && rtype <= 0xEF)
        return hr_fail(-EBADMSG,
                       "%s: type 0x%02x is Headrace's own and no DBN file has it: damaged from here on; get the file anew",
                       where(reader, at, sizeof at), rtype);
    have = hr_dbn_source_have(&reader->source, whole, &bytes);
    if (have < whole)
        return tell_end(reader, have, whole);
    record->bytes = bytes;
    record->length = whole - ts_out;
    record->ts_out = 0;
    if (ts_out)
        memcpy(&record->ts_out, bytes + record->length, sizeof record->ts_out);
    if (upgradable) {
        record->length = hr_dbn_upgrade(reader->metadata.version, bytes, reader->upgraded.bytes);
        record->bytes = reader->upgraded.bytes;
    }
    memcpy(&record->header, record->bytes, sizeof record->header);
    record->header.length = (uint8_t)(record->length / 4);
    record->time_ns = hr_dbn_record_time(record->bytes, record->length);
    hr_dbn_source_take(&reader->source, whole);
    reader->records++;
    return 1;
}
