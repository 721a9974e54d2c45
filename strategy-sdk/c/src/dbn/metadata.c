/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "dbn/metadata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"

#define PRELUDE_BYTES 8 /* "DBN", the version, the length of what follows */
#define FIXED_BYTES 100
#define SYMBOL_BYTES_V1 22
#define SYMBOL_BYTES_MAX 1024
/* A whole options market of a year has some hundred megabytes of symbols. */
#define LENGTH_MAX (UINT32_C(1) << 30)

/* Where the fixed part's fields are, in bytes behind the prelude. */
enum { DATASET = 0, SCHEMA = 16, START = 18, END = 26, LIMIT = 34, STYPES_V1 = 50, STYPES = 42, SYMBOL_BYTES = 45 };

/* Goes over the variable part twice: to check and measure it, then to take it. */
struct walk {
    const struct hr_dbn_source *source;
    const uint8_t *bytes;
    size_t at;
    size_t length;
    uint32_t symbol_bytes;
    int taking;
    size_t names; /* entries of symbols, partial and not_found */
    size_t mappings;
    size_t intervals;
    size_t texts;      /* bytes */
    const char **name; /* the next free ones, when taking */
    struct hr_dbn_mapping *mapping;
    struct hr_dbn_interval *interval;
    char *text;
};

static uint16_t get_u16(const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint32_t get_u32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t get_u64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static int is_text(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] < 0x20 || bytes[i] == 0x7F)
            return 0;
    return 1;
}

/* Reads how many of something there are; each takes at least `each` bytes, so a count that lies is seen before it is believed.
 */
static int walk_count(struct walk *walk, const char *what, size_t each, uint32_t *count)
{
    if (walk->length - walk->at < sizeof *count)
        return hr_fail(-EBADMSG, "%s: byte %zu: the metadata ends where the number of its %s was wanted; get the file anew",
                       walk->source->name, walk->at + PRELUDE_BYTES, what);
    *count = get_u32(walk->bytes + walk->at);
    walk->at += sizeof *count;
    if (*count > (walk->length - walk->at) / each)
        return hr_fail(-EBADMSG,
                       "%s: byte %zu: %u %s, but the %zu bytes of metadata that are left hold %zu at most; get the file anew",
                       walk->source->name, walk->at - sizeof *count + PRELUDE_BYTES, *count, what, walk->length - walk->at,
                       (walk->length - walk->at) / each);
    return 0;
}

/* One symbol. Counts have been held against the bytes that are left, but the intervals of one mapping may have taken those of
 * the next. */
static int walk_symbol(struct walk *walk, const char **symbol)
{
    *symbol = NULL;
    if (walk->length - walk->at < walk->symbol_bytes)
        return hr_fail(-EBADMSG, "%s: byte %zu: the metadata end where a symbol was wanted; get the file anew",
                       walk->source->name, walk->at + PRELUDE_BYTES);
    const uint8_t *bytes = walk->bytes + walk->at;
    size_t length = strnlen((const char *)bytes, walk->symbol_bytes);
    if (!is_text(bytes, length))
        return hr_fail(-EBADMSG, "%s: byte %zu: a symbol that is no text; get the file anew", walk->source->name,
                       walk->at + PRELUDE_BYTES);
    walk->at += walk->symbol_bytes;
    walk->texts += length + 1;
    if (walk->taking) {
        *symbol = walk->text;
        memcpy(walk->text, bytes, length);
        walk->text[length] = '\0';
        walk->text += length + 1;
    }
    return 0;
}

static int walk_symbols(struct walk *walk, const char *what, struct hr_dbn_symbols *symbols)
{
    uint32_t count = 0;
    const char *symbol;
    int error = walk_count(walk, what, walk->symbol_bytes, &count);
    if (error)
        return error;
    *symbols = (struct hr_dbn_symbols){walk->name, count};
    walk->names += count;
    for (uint32_t i = 0; i < count && !error; i++) {
        error = walk_symbol(walk, &symbol);
        if (walk->taking)
            *walk->name++ = symbol;
    }
    return error;
}

static int walk_mapping(struct walk *walk, struct hr_dbn_mapping *mapping)
{
    uint32_t count = 0;
    int error = walk_symbol(walk, &mapping->symbol);
    if (!error)
        error = walk_count(walk, "intervals of a mapping", 8 + walk->symbol_bytes, &count);
    if (error)
        return error;
    mapping->intervals = walk->interval;
    mapping->interval_count = count;
    walk->intervals += count;
    for (uint32_t i = 0; i < count && !error; i++) {
        struct hr_dbn_interval interval = {.start_date = get_u32(walk->bytes + walk->at),
                                           .end_date = get_u32(walk->bytes + walk->at + 4)};
        walk->at += 8;
        error = walk_symbol(walk, &interval.symbol);
        if (walk->taking)
            *walk->interval++ = interval;
    }
    return error;
}

static int walk_all(struct walk *walk, struct hr_dbn_metadata *metadata)
{
    uint32_t count = 0;
    int error = walk_symbols(walk, "symbols", &metadata->symbols);
    if (!error)
        error = walk_symbols(walk, "partial symbols", &metadata->partial);
    if (!error)
        error = walk_symbols(walk, "symbols not found", &metadata->not_found);
    if (!error)
        error = walk_count(walk, "mappings", walk->symbol_bytes + 4, &count);
    metadata->mappings = walk->mapping;
    metadata->mapping_count = count;
    walk->mappings = count;
    for (uint32_t i = 0; i < count && !error; i++) {
        struct hr_dbn_mapping mapping;
        error = walk_mapping(walk, &mapping);
        if (walk->taking)
            *walk->mapping++ = mapping;
    }
    return error;
}

static int read_variable(struct hr_dbn_metadata *metadata, struct walk *walk)
{
    size_t begin = walk->at;
    int error = walk_all(walk, metadata);
    if (error)
        return error;
    size_t tables = walk->mappings * sizeof *walk->mapping + walk->intervals * sizeof *walk->interval +
                    walk->names * sizeof *walk->name;
    uint8_t *pool = malloc(tables + walk->texts + 1);
    if (!pool)
        return hr_fail(-ENOMEM, "%s: out of memory for %zu bytes of symbols", walk->source->name, tables + walk->texts);
    metadata->pool = pool;
    walk->mapping = (struct hr_dbn_mapping *)(void *)pool;
    walk->interval = (struct hr_dbn_interval *)(void *)(pool + walk->mappings * sizeof *walk->mapping);
    walk->name = (const char **)(void *)((uint8_t *)walk->interval + walk->intervals * sizeof *walk->interval);
    walk->text = (char *)pool + tables;
    walk->at = begin;
    walk->taking = 1;
    return walk_all(walk, metadata);
}

static int read_fixed(struct hr_dbn_metadata *metadata, struct walk *walk)
{
    const uint8_t *bytes = walk->bytes;
    const uint8_t *stypes = bytes + (metadata->version == 1 ? STYPES_V1 : STYPES);
    memcpy(metadata->dataset, bytes + DATASET, HR_DBN_DATASET_BYTES);
    if (!is_text(bytes + DATASET, strnlen(metadata->dataset, HR_DBN_DATASET_BYTES)))
        return hr_fail(-EBADMSG, "%s: byte %d: the name of the dataset is no text; get the file anew", walk->source->name,
                       PRELUDE_BYTES);
    metadata->schema = get_u16(bytes + SCHEMA);
    metadata->start = get_u64(bytes + START);
    metadata->end = get_u64(bytes + END);
    metadata->limit = get_u64(bytes + LIMIT);
    metadata->stype_in = stypes[0];
    metadata->stype_out = stypes[1];
    metadata->ts_out = stypes[2] != 0;
    walk->symbol_bytes = metadata->version == 1 ? SYMBOL_BYTES_V1 : get_u16(bytes + SYMBOL_BYTES);
    if (walk->symbol_bytes == 0 || walk->symbol_bytes > SYMBOL_BYTES_MAX)
        return hr_fail(-EBADMSG, "%s: byte %d: symbols of %u bytes, wanted 1 to %d; get the file anew", walk->source->name,
                       PRELUDE_BYTES + SYMBOL_BYTES, walk->symbol_bytes, SYMBOL_BYTES_MAX);
    uint32_t definition = get_u32(bytes + FIXED_BYTES);
    if (definition != 0)
        return hr_fail(-EBADMSG, "%s: byte %d: a schema definition of %u bytes, wanted 0: no version up to %d has one",
                       walk->source->name, PRELUDE_BYTES + FIXED_BYTES, definition, HR_DBN_VERSION);
    walk->at = FIXED_BYTES + sizeof definition;
    return 0;
}

/* What ended the file before its metadata did. */
static int tell_short(const struct hr_dbn_source *source, size_t have, size_t wanted)
{
    if (source->ended < 0)
        return hr_fail(source->ended, "%s: byte %zu: %s", source->name, have, source->why);
    return hr_fail(-EBADMSG, "%s: byte %zu: the file ends within its metadata, wanted %zu bytes; get it anew", source->name,
                   have, wanted);
}

int hr_dbn_metadata_read(struct hr_dbn_metadata *metadata, struct hr_dbn_source *source)
{
    const uint8_t *bytes;
    *metadata = (struct hr_dbn_metadata){0};
    size_t have = hr_dbn_source_have(source, PRELUDE_BYTES, &bytes);
    if (have < 4 && source->ended < 0)
        return tell_short(source, have, PRELUDE_BYTES);
    if (have < 4 || memcmp(bytes, "DBN", 3) != 0)
        return hr_fail(-EBADMSG, "%s: not a DBN file: it does not begin with 'DBN'; wanted .dbn or .dbn.zst", source->name);
    metadata->version = bytes[3];
    if (metadata->version < 1 || metadata->version > HR_DBN_VERSION)
        return hr_fail(-EPROTONOSUPPORT, "%s: byte 3: DBN version %u, wanted 1 to %d; convert it with a tool of Databento's",
                       source->name, metadata->version, HR_DBN_VERSION);
    if (have < PRELUDE_BYTES)
        return tell_short(source, have, PRELUDE_BYTES);
    uint32_t length = get_u32(bytes + 4);
    if (length < FIXED_BYTES + 5 * 4 || length > LENGTH_MAX)
        return hr_fail(-EBADMSG, "%s: byte 4: metadata of %u bytes, wanted %d to %u; get the file anew", source->name, length,
                       FIXED_BYTES + 5 * 4, LENGTH_MAX);
    have = hr_dbn_source_have(source, PRELUDE_BYTES + length, &bytes);
    if (have < PRELUDE_BYTES + length)
        return tell_short(source, have, PRELUDE_BYTES + length);
    struct walk walk = {.source = source, .bytes = bytes + PRELUDE_BYTES, .length = length};
    int error = read_fixed(metadata, &walk);
    if (!error)
        error = read_variable(metadata, &walk);
    if (error) {
        hr_dbn_metadata_free(metadata);
        return error;
    }
    hr_dbn_source_take(source, PRELUDE_BYTES + length);
    return 0;
}

void hr_dbn_metadata_free(struct hr_dbn_metadata *metadata)
{
    free(metadata->pool);
    *metadata = (struct hr_dbn_metadata){0};
}

/* ---- writing ---- */

static void put(uint8_t **at, const void *value, size_t bytes)
{
    memcpy(*at, value, bytes);
    *at += bytes;
}

/* The room is zeros. */
static int put_symbol(uint8_t **at, const char *symbol)
{
    size_t length = strlen(symbol);
    if (length >= HR_DBN_SYMBOL_BYTES)
        return hr_fail(-EINVAL, "symbol '%s' has %zu bytes; DBN takes %d at most", symbol, length, HR_DBN_SYMBOL_BYTES - 1);
    memcpy(*at, symbol, length);
    *at += HR_DBN_SYMBOL_BYTES;
    return 0;
}

static int put_symbols(uint8_t **at, const struct hr_dbn_symbols *symbols)
{
    int error = 0;
    put(at, &symbols->count, sizeof symbols->count);
    for (uint32_t i = 0; i < symbols->count && !error; i++)
        error = put_symbol(at, symbols->names[i]);
    return error;
}

static int put_mappings(uint8_t **at, const struct hr_dbn_metadata *metadata)
{
    int error = 0;
    put(at, &metadata->mapping_count, sizeof metadata->mapping_count);
    for (uint32_t i = 0; i < metadata->mapping_count && !error; i++) {
        const struct hr_dbn_mapping *mapping = &metadata->mappings[i];
        error = put_symbol(at, mapping->symbol);
        put(at, &mapping->interval_count, sizeof mapping->interval_count);
        for (uint32_t j = 0; j < mapping->interval_count && !error; j++) {
            put(at, &mapping->intervals[j].start_date, sizeof(uint32_t));
            put(at, &mapping->intervals[j].end_date, sizeof(uint32_t));
            error = put_symbol(at, mapping->intervals[j].symbol);
        }
    }
    return error;
}

static size_t encoded_bytes(const struct hr_dbn_metadata *metadata)
{
    size_t names = (size_t)metadata->symbols.count + metadata->partial.count + metadata->not_found.count +
                   metadata->mapping_count;
    size_t length = PRELUDE_BYTES + FIXED_BYTES + 5 * 4 + names * HR_DBN_SYMBOL_BYTES + (size_t)metadata->mapping_count * 4;
    for (uint32_t i = 0; i < metadata->mapping_count; i++)
        length += (size_t)metadata->mappings[i].interval_count * (8 + HR_DBN_SYMBOL_BYTES);
    return (length + 7) / 8 * 8; /* of version 3: records behind it are aligned */
}

int hr_dbn_metadata_encode(const struct hr_dbn_metadata *metadata, uint8_t **bytes, size_t *length)
{
    static const char magic[4] = {'D', 'B', 'N', HR_DBN_VERSION};
    const uint16_t symbol_bytes = HR_DBN_SYMBOL_BYTES;
    size_t dataset = strlen(metadata->dataset);
    *length = encoded_bytes(metadata);
    if (*length - PRELUDE_BYTES > LENGTH_MAX)
        return hr_fail(-EINVAL, "metadata of %zu bytes: too many symbols for one file", *length);
    uint8_t *room = calloc(1, *length);
    if (!room)
        return hr_fail(-ENOMEM, "out of memory for %zu bytes of metadata", *length);
    uint32_t rest = (uint32_t)(*length - PRELUDE_BYTES);
    memcpy(room, magic, sizeof magic);
    memcpy(room + 4, &rest, sizeof rest);
    uint8_t *fixed = room + PRELUDE_BYTES;
    memcpy(fixed + DATASET, metadata->dataset, dataset < HR_DBN_DATASET_BYTES ? dataset : HR_DBN_DATASET_BYTES);
    memcpy(fixed + SCHEMA, &metadata->schema, sizeof metadata->schema);
    memcpy(fixed + START, &metadata->start, sizeof metadata->start);
    memcpy(fixed + END, &metadata->end, sizeof metadata->end);
    memcpy(fixed + LIMIT, &metadata->limit, sizeof metadata->limit);
    fixed[STYPES] = metadata->stype_in;
    fixed[STYPES + 1] = metadata->stype_out;
    fixed[STYPES + 2] = metadata->ts_out;
    memcpy(fixed + SYMBOL_BYTES, &symbol_bytes, sizeof symbol_bytes);
    uint8_t *at = fixed + FIXED_BYTES + 4;
    int error = put_symbols(&at, &metadata->symbols);
    if (!error)
        error = put_symbols(&at, &metadata->partial);
    if (!error)
        error = put_symbols(&at, &metadata->not_found);
    if (!error)
        error = put_mappings(&at, metadata);
    if (error) {
        free(room);
        return error;
    }
    *bytes = room;
    return 0;
}
