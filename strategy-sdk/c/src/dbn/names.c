/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "dbn/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attach.h"
#include "dbn/reader.h"

#define LEARNED_MAX (UINT32_C(1) << 20)
#define SYMBOL_BYTES 71
#define TEXTS_STEP 1024

uint32_t hr_dbn_date(uint64_t time_ns)
{
    time_t seconds = (time_t)(time_ns / UINT64_C(1000000000));
    struct tm day;
    if (!gmtime_r(&seconds, &day))
        return 0;
    return (uint32_t)(day.tm_year + 1900) * 10000 + (uint32_t)(day.tm_mon + 1) * 100 + (uint32_t)day.tm_mday;
}

static int parse_id(const char *text, uint32_t *id)
{
    char *end;
    if (*text < '0' || *text > '9')
        return 0;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *id = (uint32_t)value;
    return *end == '\0' && errno == 0 && value <= UINT32_MAX;
}

static int compare(const void *a, const void *b)
{
    const struct hr_dbn_name *left = a;
    const struct hr_dbn_name *right = b;
    if (left->instrument_id != right->instrument_id)
        return left->instrument_id < right->instrument_id ? -1 : 1;
    return left->start_date < right->start_date ? -1 : left->start_date > right->start_date;
}

/* One direction or the other: numbers of symbols, or symbols of numbers. */
static void take_mapping(struct hr_dbn_names *names, const struct hr_dbn_metadata *metadata,
                         const struct hr_dbn_mapping *mapping)
{
    for (uint32_t i = 0; i < mapping->interval_count; i++) {
        const struct hr_dbn_interval *interval = &mapping->intervals[i];
        int from_id = metadata->stype_in == HR_DBN_STYPE_INSTRUMENT_ID && metadata->stype_out != HR_DBN_STYPE_INSTRUMENT_ID;
        struct hr_dbn_name name = {.start_date = interval->start_date,
                                   .end_date = interval->end_date,
                                   .symbol = from_id ? interval->symbol : mapping->symbol};
        if (*name.symbol && parse_id(from_id ? mapping->symbol : interval->symbol, &name.instrument_id))
            names->mapped[names->mapped_count++] = name;
    }
}

int hr_dbn_names_open(struct hr_dbn_names *names, const struct hr_dbn_metadata *metadata)
{
    size_t intervals = 0;
    *names = (struct hr_dbn_names){0};
    for (uint32_t i = 0; i < metadata->mapping_count; i++)
        intervals += metadata->mappings[i].interval_count;
    names->mapped = malloc((intervals + 1) * sizeof *names->mapped);
    if (!names->mapped)
        return hr_fail(-ENOMEM, "out of memory for %zu symbol mappings", intervals);
    for (uint32_t i = 0; i < metadata->mapping_count; i++)
        take_mapping(names, metadata, &metadata->mappings[i]);
    qsort(names->mapped, names->mapped_count, sizeof *names->mapped, compare);
    return 0;
}

void hr_dbn_names_close(struct hr_dbn_names *names)
{
    for (uint32_t i = 0; i < names->text_count; i++)
        free(names->texts[i]);
    free(names->texts);
    free(names->learned);
    free(names->mapped);
    *names = (struct hr_dbn_names){0};
}

static struct hr_dbn_name *learned_slot(const struct hr_dbn_names *names, uint32_t instrument_id)
{
    uint32_t at = (uint32_t)(instrument_id * UINT64_C(0x9E3779B97F4A7C15) >> 32) & names->learned_mask;
    while (names->learned[at].symbol && names->learned[at].instrument_id != instrument_id)
        at = (at + 1) & names->learned_mask;
    return &names->learned[at];
}

/* Twice as large, before it is full by half. */
static int grow(struct hr_dbn_names *names)
{
    struct hr_dbn_names grown = *names;
    if (names->learned && names->learned_count * 2 < names->learned_mask)
        return 0;
    grown.learned_mask = names->learned ? names->learned_mask * 2 + 1 : 63;
    grown.learned = calloc((size_t)grown.learned_mask + 1, sizeof *grown.learned);
    if (!grown.learned)
        return -ENOMEM;
    for (uint32_t i = 0; names->learned && i <= names->learned_mask; i++)
        if (names->learned[i].symbol)
            *learned_slot(&grown, names->learned[i].instrument_id) = names->learned[i];
    free(names->learned);
    names->learned = grown.learned;
    names->learned_mask = grown.learned_mask;
    return 0;
}

/* The symbol within a record that gives one: its bytes, perhaps without an end of their own. */
static const char *symbol_of(const uint8_t *record, size_t length)
{
    if (record[1] == HR_RTYPE_DEFINITION && length >= sizeof(struct hr_definition))
        return (const char *)record + offsetof(struct hr_definition, raw_symbol);
    if (record[1] == HR_DBN_RTYPE_SYMBOL_MAPPING && length >= 176)
        return (const char *)record + 89; /* stype_out_symbol */
    return NULL;
}

int hr_dbn_names_learn(struct hr_dbn_names *names, const uint8_t *record, size_t length, struct hr_dbn_name *name)
{
    const char *text = symbol_of(record, length);
    size_t symbol_length = text ? strnlen(text, SYMBOL_BYTES) : 0;
    if (symbol_length == 0 || names->text_count >= LEARNED_MAX || grow(names))
        return 0;
    uint32_t instrument_id;
    memcpy(&instrument_id, record + offsetof(struct hr_record_header, instrument_id), sizeof instrument_id);
    struct hr_dbn_name *slot = learned_slot(names, instrument_id);
    if (slot->symbol && strlen(slot->symbol) == symbol_length && memcmp(slot->symbol, text, symbol_length) == 0)
        return 0;
    if (names->text_count % TEXTS_STEP == 0) {
        char **texts = realloc(names->texts, (size_t)(names->text_count + TEXTS_STEP) * sizeof *texts);
        if (!texts)
            return 0;
        names->texts = texts;
    }
    char *copy = strndup(text, symbol_length);
    if (!copy)
        return 0;
    names->texts[names->text_count++] = copy;
    names->learned_count += slot->symbol == NULL;
    *slot = (struct hr_dbn_name){.instrument_id = instrument_id, .symbol = copy};
    *name = *slot;
    return 1;
}

const char *hr_dbn_names_find(const struct hr_dbn_names *names, uint32_t instrument_id, uint64_t time_ns)
{
    size_t low = 0;
    size_t high = names->mapped_count;
    while (low < high) { /* the first of this instrument */
        size_t middle = low + (high - low) / 2;
        if (names->mapped[middle].instrument_id < instrument_id)
            low = middle + 1;
        else
            high = middle;
    }
    const char *found = NULL;
    uint32_t date = time_ns ? hr_dbn_date(time_ns) : 0;
    for (; low < names->mapped_count && names->mapped[low].instrument_id == instrument_id; low++)
        if (!found || names->mapped[low].start_date <= date) /* the newest that has begun; before all, the first */
            found = names->mapped[low].symbol;
    if (found || !names->learned)
        return found;
    return learned_slot(names, instrument_id)->symbol;
}
