/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "input/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode/event.h"
#include "headrace/headrace.h"
#include "host/log.h"

#define DAY_NS UINT64_C(86400000000000)
/* One turn of the poll loop passes over no more records than this. */
#define PASSED_OVER_MAX 4096
/* What a slot of the largest size holds. */
#define SLOT_RECORD_BYTES_MAX 568

static uint32_t home(const struct hr_records *records, uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & records->mask;
}

/* The number's index, for whichever publisher: given at first sight. UINT32_MAX when there is no room. */
static uint32_t index_of(struct hr_records *records, uint32_t instrument_id)
{
    if (instrument_id == 0)
        return 0;
    uint64_t key = (UINT64_C(1) << 48 | instrument_id) + 1; /* of no publisher: they have 16 bits */
    uint32_t at = home(records, key);
    for (; records->entries[at].key; at = (at + 1) & records->mask)
        if (records->entries[at].key == key)
            return records->entries[at].index;
    if (records->index_count + 1 >= records->instruments_max || records->count * 2 >= records->mask)
        return UINT32_MAX;
    uint32_t index = ++records->index_count;
    records->entries[at] = (struct hr_records_entry){.key = key, .index = index};
    records->count++;
    return index;
}

/* The entry of a record's instrument, or NULL when there is no room. */
static struct hr_records_entry *find(struct hr_records *records, const struct hr_record_header *header)
{
    uint64_t key = ((uint64_t)header->publisher_id << 32 | header->instrument_id) + 1;
    uint32_t at = home(records, key);
    for (; records->entries[at].key; at = (at + 1) & records->mask)
        if (records->entries[at].key == key)
            return &records->entries[at];
    uint32_t index = index_of(records, header->instrument_id);
    if (index == UINT32_MAX || records->count * 2 >= records->mask)
        return NULL;
    for (at = home(records, key); records->entries[at].key; at = (at + 1) & records->mask)
        continue;
    records->entries[at] = (struct hr_records_entry){.key = key, .index = index};
    records->count++;
    return &records->entries[at];
}

/* Looks the name up, once a day and when there are new ones, and tells it where it is another. */
static void name(struct hr_records *records, struct hr_records_entry *entry, const struct hr_record_header *header,
                 uint64_t time_ns)
{
    entry->looked_up = records->generation;
    const char *symbol = entry->index ? hr_dbn_names_find(&records->names, header->instrument_id, time_ns) : NULL;
    if (!symbol || (entry->symbol && strcmp(symbol, entry->symbol) == 0))
        return;
    entry->symbol = symbol;
    records->named(records->context, entry->index, header->publisher_id, header->instrument_id, symbol);
}

/* What a record of this type and length is to those who choose by schema; 0: refused. A known type has its length, so that it
 * fits the slots of those who take it. */
static uint8_t schemas_of(uint8_t rtype, size_t length)
{
    switch (rtype) {
    case HR_RTYPE_MBO:
        return length == sizeof(struct hr_mbo) ? 1U << HR_SCHEMA_MBO : 0;
    case HR_RTYPE_TRADE:
        return length == sizeof(struct hr_trade) ? 1U << HR_SCHEMA_TRADES : 0;
    case HR_RTYPE_STATUS:
        return length == sizeof(struct hr_status) ? 1U << HR_SCHEMA_STATUS : 0;
    case HR_RTYPE_DEFINITION:
        return length == sizeof(struct hr_definition) ? 1U << HR_SCHEMA_DEFINITION : 0;
    case HR_RTYPE_IMBALANCE:
        return length == sizeof(struct hr_imbalance) ? 1U << HR_SCHEMA_IMBALANCE : 0;
    case HR_RTYPE_STATISTICS:
        return length == sizeof(struct hr_statistics) ? 1U << HR_SCHEMA_STATISTICS : 0;
    default:
        return length <= SLOT_RECORD_BYTES_MAX ? 1U << HR_SCHEMA_OTHER : 0;
    }
}

static void finish(struct hr_records *records, int result)
{
    if (result < 0) {
        records->input_counters->damaged++;
        HR_LOG(ERR, "input '%s': %s", records->config->name, hr_error());
    }
    hr_schedule_end(records->schedule, records->input);
    records->input_counters->finished = 1;
}

/* Reads on to the next record within the times asked for. Returns 0 when there is none, or none for now. */
static int read_next(struct hr_records *records)
{
    for (int tries = 0; !records->have_next && tries < PASSED_OVER_MAX; tries++) {
        int result = hr_dbn_reader_next(&records->reader, &records->next);
        if (result != 1) {
            finish(records, result);
            return 0;
        }
        records->counters->records++;
        records->input_counters->frames++;
        records->input_counters->bytes += records->next.length;
        if (records->next.time_ns != HR_UNDEF_TIMESTAMP) /* else: with the one before */
            records->next_time = records->next.time_ns;
        uint64_t day = records->next_time / DAY_NS;
        if (day != records->day || records->generation == 0) {
            records->day = day;
            records->generation++;
        }
        if (records->next_time >= records->schedule->to_ns) {
            records->counters->out_of_time++;
            finish(records, 0);
            return 0;
        }
        records->have_next = records->next_time >= records->schedule->from_ns;
        records->counters->out_of_time += !records->have_next;
    }
    return records->have_next;
}

int hr_records_next(struct hr_records *records, struct hr_records_item *item, uint8_t *room)
{
    while (!records->input_counters->finished && read_next(records)) {
        if (!hr_schedule_due(records->schedule, records->input, records->next_time))
            return 0;
        records->have_next = 0;
        const struct hr_dbn_record *next = &records->next;
        struct hr_dbn_name learned;
        records->generation += (uint32_t)hr_dbn_names_learn(&records->names, next->bytes, next->length, &learned);
        struct hr_records_entry *entry = find(records, &next->header);
        item->schemas = schemas_of(next->header.rtype, next->length);
        if (!entry || !item->schemas) {
            records->counters->refused_instrument += !entry;
            records->counters->refused_length += entry && !item->schemas;
            continue;
        }
        if (__builtin_expect(entry->looked_up != records->generation, 0))
            name(records, entry, &next->header, records->next_time);
        memcpy(room, next->bytes, next->length);
        room[0] = next->header.length;
        item->bytes = room;
        item->length = next->length;
        item->instrument = entry->index;
        return 1;
    }
    return 0;
}

static int take_memory(struct hr_records *records)
{
    uint32_t room = 64;
    while (room < records->instruments_max * 8) /* several publishers may have one instrument */
        room *= 2;
    records->mask = room - 1;
    records->entries = calloc(room, sizeof *records->entries);
    return records->entries ? 0 : -ENOMEM;
}

static void close_records(struct hr_input *input)
{
    struct hr_records *records = input->records;
    if (!records)
        return;
    if (records->opened) {
        hr_dbn_names_close(&records->names);
        hr_dbn_reader_close(&records->reader);
    }
    free(records->entries);
    free(records);
    input->records = NULL;
}

static const struct hr_plane_operations operations = {.close = close_records};

int hr_records_open(struct hr_input *input, uint32_t index, uint32_t instruments_max, struct hr_schedule *schedule)
{
    struct hr_records *records = calloc(1, sizeof *records);
    if (!records)
        return -ENOMEM;
    input->plane = &operations;
    input->records = records;
    records->config = input->config;
    records->input_counters = input->counters;
    records->input = schedule ? index : 0;
    records->instruments_max = instruments_max;
    records->own = (struct hr_schedule){
        .speed = input->config->pace == HR_PACE_FLAT_OUT ? 0 : input->config->speed, .to_ns = UINT64_MAX, .inputs = 1};
    records->schedule = schedule ? schedule : &records->own;
    int error = hr_dbn_reader_open(&records->reader, input->config->file);
    if (error) {
        HR_LOG(ERR, "input '%s': %s", input->config->name, hr_error());
        return error;
    }
    records->opened = 1;
    error = hr_dbn_names_open(&records->names, &records->reader.metadata);
    if (!error)
        error = take_memory(records);
    if (error)
        HR_LOG(ERR, "input '%s': out of memory for its instruments", input->config->name);
    return error;
}
