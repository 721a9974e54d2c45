/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbn/names.h"
#include "dbn/reader.h"

#define ID_TEXT_BYTES 11 /* 4294967295 */

static const struct {
    uint16_t publisher_id;
    const char *dataset;
} datasets[] = {
    {1, "GLBX.MDP3"},    {2, "XNAS.ITCH"},    {9, "XNYS.PILLAR"},  {38, "IEXG.TOPS"},   {57, "IFEU.IMPACT"},
    {58, "NDEX.IMPACT"}, {97, "IFUS.IMPACT"}, {99, "IFLL.IMPACT"}, {60000, "XMIO.TOM"}, {60005, "IEXG.DEEPPLUS"},
};

const char *hr_catalog_dataset(uint16_t publisher_id)
{
    for (size_t i = 0; i < sizeof datasets / sizeof *datasets; i++)
        if (datasets[i].publisher_id == publisher_id)
            return datasets[i].dataset;
    return NULL;
}

void hr_catalog_destroy(struct hr_catalog *catalog)
{
    free(catalog->names);
    free(catalog->index);
    *catalog = (struct hr_catalog){0};
}

static uint32_t *index_slot(const struct hr_catalog *catalog, uint32_t instrument_id)
{
    uint32_t at = (uint32_t)(instrument_id * UINT64_C(0x9E3779B97F4A7C15) >> 32) & catalog->index_mask;
    while (catalog->index[at] && catalog->names[catalog->index[at] - 1].instrument_id != instrument_id)
        at = (at + 1) & catalog->index_mask;
    return &catalog->index[at];
}

/* Both twice as large; the index is never more than half full, for it has no more entries than there are names. */
static int grow(struct hr_catalog *catalog)
{
    uint32_t room = catalog->name_room ? catalog->name_room * 2 : 1024;
    struct hr_catalog grown = *catalog;
    if (catalog->name_count < catalog->name_room)
        return 0;
    grown.names = realloc(catalog->names, (size_t)room * sizeof *grown.names);
    if (!grown.names)
        return -ENOMEM;
    catalog->names = grown.names;
    grown.index_mask = room * 2 - 1;
    grown.index = calloc((size_t)room * 2, sizeof *grown.index);
    if (!grown.index)
        return -ENOMEM;
    for (uint32_t i = 0; i < catalog->name_count; i++) /* in their order: the newest stays */
        *index_slot(&grown, grown.names[i].instrument_id) = i + 1;
    free(catalog->index);
    grown.name_room = room;
    *catalog = grown;
    return 0;
}

int hr_catalog_name(struct hr_catalog *catalog, uint32_t instrument_id, const char *symbol, uint32_t date)
{
    size_t length = strlen(symbol);
    if (length == 0 || length >= HR_DBN_SYMBOL_BYTES)
        return -EINVAL;
    if (grow(catalog))
        return -ENOMEM;
    uint32_t *slot = index_slot(catalog, instrument_id);
    struct hr_catalog_name *before = *slot ? &catalog->names[*slot - 1] : NULL;
    if (before && strcmp(before->symbol, symbol) == 0)
        return 0;
    struct hr_catalog_name *name = &catalog->names[catalog->name_count];
    *name = (struct hr_catalog_name){
        .instrument_id = instrument_id, .start_date = date, .older = *slot, .seen_in = before ? before->seen_in : UINT32_MAX};
    memcpy(name->symbol, symbol, length + 1);
    *slot = ++catalog->name_count;
    return 1;
}

void hr_catalog_begin_file(struct hr_catalog *catalog)
{
    catalog->file_number++;
    catalog->file = (struct hr_catalog_file){.start = UINT64_MAX};
}

void hr_catalog_record(struct hr_catalog *catalog, const uint8_t *record, size_t length)
{
    struct hr_catalog_file *file = &catalog->file;
    struct hr_record_header header;
    memcpy(&header, record, sizeof header);
    uint64_t time = hr_dbn_record_time(record, length);
    if (time == HR_UNDEF_TIMESTAMP)
        time = header.ts_event;
    file->start = time < file->start ? time : file->start;
    file->end = time >= file->end && time != UINT64_MAX ? time + 1 : file->end;
    file->kinds[header.rtype / 64] |= UINT64_C(1) << (header.rtype % 64);
    if (file->records == 0)
        file->publisher_id = header.publisher_id;
    file->publishers = file->records == 0 || (file->publishers == 1 && file->publisher_id == header.publisher_id) ? 1 : 2;
    file->records++;
    if (!catalog->index)
        return;
    uint32_t newest = *index_slot(catalog, header.instrument_id);
    if (newest)
        catalog->names[newest - 1].seen_in = catalog->file_number;
}

static uint16_t schema_of(uint8_t rtype)
{
    switch (rtype) {
    case HR_RTYPE_MBO:
        return HR_DBN_SCHEMA_MBO;
    case HR_RTYPE_TRADE:
        return HR_DBN_SCHEMA_TRADES;
    case HR_RTYPE_STATUS:
        return HR_DBN_SCHEMA_STATUS;
    case HR_RTYPE_DEFINITION:
        return HR_DBN_SCHEMA_DEFINITION;
    case HR_RTYPE_IMBALANCE:
        return HR_DBN_SCHEMA_IMBALANCE;
    case HR_RTYPE_STATISTICS:
        return HR_DBN_SCHEMA_STATISTICS;
    case HR_RTYPE_MBP_1:
        return HR_DBN_SCHEMA_MBP_1;
    case HR_RTYPE_MBP_10:
        return HR_DBN_SCHEMA_MBP_10;
    default:
        return HR_DBN_SCHEMA_MIXED;
    }
}

/* The one schema of all records, or mixed. */
static uint16_t schema_of_file(const struct hr_catalog_file *file)
{
    uint16_t schema = HR_DBN_SCHEMA_MIXED;
    uint32_t kinds = 0;
    for (uint32_t rtype = 0; rtype < 256; rtype++)
        if (file->kinds[rtype / 64] >> (rtype % 64) & 1) {
            schema = schema_of((uint8_t)rtype);
            kinds++;
        }
    return kinds == 1 ? schema : HR_DBN_SCHEMA_MIXED;
}

static uint32_t day_after(uint64_t time_ns)
{
    return hr_dbn_date(time_ns + UINT64_C(86400000000000));
}

/* One symbol's time with one number. */
struct span {
    const char *symbol;
    uint32_t instrument_id;
    uint32_t start_date;
    uint32_t end_date;
};

static int compare_spans(const void *a, const void *b)
{
    const struct span *left = a;
    const struct span *right = b;
    int order = strcmp(left->symbol, right->symbol);
    if (order == 0)
        order = left->start_date < right->start_date ? -1 : left->start_date > right->start_date;
    return order ? order : left->instrument_id < right->instrument_id ? -1 : left->instrument_id > right->instrument_id;
}

/* The names of one instrument within the file's days, newest first. */
static size_t spans_of(const struct hr_catalog *catalog, uint32_t newest, uint32_t first_date, uint32_t past_date,
                       struct span *spans)
{
    size_t count = 0;
    uint32_t end_date = past_date;
    for (uint32_t at = newest; at && end_date > first_date; at = catalog->names[at - 1].older) {
        const struct hr_catalog_name *name = &catalog->names[at - 1];
        /* The first name that was heard of stood for the number before as well, as far as anybody can tell. */
        uint32_t start_date = name->older && name->start_date > first_date ? name->start_date : first_date;
        if (start_date < end_date) { /* the same day's later name stands for the day */
            spans[count++] = (struct span){name->symbol, name->instrument_id, start_date, end_date};
            end_date = start_date;
        }
    }
    return count;
}

static size_t take_spans(const struct hr_catalog *catalog, struct span *spans)
{
    const struct hr_catalog_file *file = &catalog->file;
    size_t count = 0;
    uint32_t first_date = hr_dbn_date(file->start);
    uint32_t past_date = day_after(file->end - 1);
    for (uint32_t i = 0; catalog->index && file->records && i <= catalog->index_mask; i++)
        if (catalog->index[i] && catalog->names[catalog->index[i] - 1].seen_in == catalog->file_number)
            count += spans_of(catalog, catalog->index[i], first_date, past_date, spans + count);
    qsort(spans, count, sizeof *spans, compare_spans);
    return count;
}

/* Spans of one symbol, in a row, become a mapping. Their texts are copied: the catalog goes on growing. */
static void make_mappings(const struct span *spans, size_t count, struct hr_dbn_metadata *metadata,
                          struct hr_dbn_interval *interval, char *text)
{
    for (size_t i = 0; i < count; i++) {
        struct hr_dbn_mapping *mapping = metadata->mapping_count ? &metadata->mappings[metadata->mapping_count - 1] : NULL;
        if (!mapping || strcmp(mapping->symbol, spans[i].symbol) != 0) {
            snprintf(text, HR_DBN_SYMBOL_BYTES, "%s", spans[i].symbol);
            mapping = &metadata->mappings[metadata->mapping_count++];
            *mapping = (struct hr_dbn_mapping){.symbol = text, .intervals = interval};
            metadata->symbols.names[metadata->symbols.count++] = text;
            text += HR_DBN_SYMBOL_BYTES;
        }
        snprintf(text, ID_TEXT_BYTES, "%u", spans[i].instrument_id);
        *interval++ = (struct hr_dbn_interval){spans[i].start_date, spans[i].end_date, text};
        mapping->interval_count++;
        text += ID_TEXT_BYTES;
    }
}

int hr_catalog_metadata(const struct hr_catalog *catalog, const char *dataset, int ts_out, struct hr_dbn_metadata *metadata)
{
    const struct hr_catalog_file *file = &catalog->file;
    size_t room = (size_t)catalog->name_count + 1;
    *metadata = (struct hr_dbn_metadata){.version = HR_DBN_VERSION,
                                         .schema = schema_of_file(file),
                                         .start = file->records ? file->start : 0,
                                         .end = file->records ? file->end : UINT64_MAX,
                                         .stype_in = HR_DBN_STYPE_RAW_SYMBOL,
                                         .stype_out = HR_DBN_STYPE_INSTRUMENT_ID,
                                         .ts_out = (uint8_t)ts_out};
    const char *known = file->publishers == 1 ? hr_catalog_dataset(file->publisher_id) : NULL;
    snprintf(metadata->dataset, sizeof metadata->dataset, "%s", dataset ? dataset : known ? known : "HEADRACE");
    struct span *spans = malloc(room * sizeof *spans);
    size_t count = spans ? take_spans(catalog, spans) : 0;
    size_t tables = (count + 1) * (sizeof(struct hr_dbn_mapping) + sizeof(struct hr_dbn_interval) + sizeof(char *));
    uint8_t *pool = malloc(tables + (count + 1) * (ID_TEXT_BYTES + HR_DBN_SYMBOL_BYTES));
    if (!spans || !pool) {
        free(spans);
        free(pool);
        return -ENOMEM;
    }
    metadata->pool = pool;
    metadata->mappings = (struct hr_dbn_mapping *)(void *)pool;
    struct hr_dbn_interval *intervals = (struct hr_dbn_interval *)(void *)(metadata->mappings + count + 1);
    metadata->symbols.names = (const char **)(void *)(intervals + count + 1);
    make_mappings(spans, count, metadata, intervals, (char *)pool + tables);
    free(spans);
    return 0;
}
