/* SPDX-License-Identifier: Apache-2.0
 *
 * hr_open: a DBN file as a feed. The ring is this process' own memory, and the library writes it whenever it is found empty, so
 * that the inline functions of headrace.h read it as they read a handler's.
 */
#define _GNU_SOURCE
#include "headrace/headrace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "attach.h"
#include "dbn/names.h"
#include "dbn/reader.h"
#include "feed.h"

/* Small enough for a second-level cache, large enough that batches of thousands come in one piece. */
#define RING_BYTES ((uint64_t)512 << 10)
#define SLOTS_MIN (2 * HR_CURSOR_LAG)
#define SLOTS_MAX (UINT32_C(1) << 22)
/* Directory entries for names that only the records give. */
#define LEARNED_ENTRIES 16384
/* A stamp that is no time (HR_UNDEF_TIMESTAMP, say) must not be the last one there can be. */
#define STAMP_MAX (UINT64_C(1) << 63)

struct file {
    struct hr_dbn_reader reader;
    struct hr_dbn_names names;
    uint64_t slots;
    uint64_t written; /* records put into the ring */
    uint64_t last_stamp;
    struct hr_directory *directory;
    int end; /* what the reader ended with */
    char why[256];
};

static struct file *file_of(const struct hr_feed *feed)
{
    return feed->hidden->file;
}

static void end_file(struct file *file, int end)
{
    if (end < 0)
        snprintf(file->why, sizeof file->why, "%s", hr_error());
    else
        snprintf(file->why, sizeof file->why, "%s: the file's end", file->reader.source.name);
    /* A read error of the disk is no end in good order either. */
    file->end = end < 0 ? -EBADMSG : -ESHUTDOWN;
}

static void add_to_directory(struct hr_directory *directory, const struct hr_dbn_name *name)
{
    size_t length = strlen(name->symbol);
    if (length >= HR_SYMBOL_BYTES || directory->count == directory->capacity)
        return;
    struct hr_directory_entry *entry = &directory->entries[directory->count];
    entry->instrument_id = name->instrument_id;
    memcpy(entry->symbol, name->symbol, length + 1);
    __atomic_store_n(&directory->count, directory->count + 1, __ATOMIC_RELEASE);
}

static void put_record(struct file *file, struct hr_consumer *ring, const struct hr_dbn_record *record)
{
    struct hr_slot *slot = (struct hr_slot *)(uintptr_t)hr_consumer_slot(ring, file->written);
    uint64_t stamp = record->ts_out ? record->ts_out : record->time_ns;
    memcpy(slot->record, record->bytes, record->length);
    ((struct hr_record_header *)(void *)slot->record)->length = record->header.length;
    file->last_stamp = stamp > file->last_stamp && stamp < STAMP_MAX ? stamp : file->last_stamp + 1;
    __atomic_store_n(&slot->stamp, file->last_stamp, __ATOMIC_RELEASE);
    file->written++;
    if (record->header.rtype == HR_RTYPE_DEFINITION || record->header.rtype == HR_DBN_RTYPE_SYMBOL_MAPPING) {
        struct hr_dbn_name name;
        if (hr_dbn_names_learn(&file->names, slot->record, record->length, &name))
            add_to_directory(file->directory, &name);
    }
}

/* Fills every slot that the caller is done with. */
static int refill(struct hr_feed *feed)
{
    struct file *file = file_of(feed);
    struct hr_consumer *ring = &feed->rings[0];
    struct hr_dbn_record record;
    uint64_t before = file->written;
    while (!file->end && file->written - ring->read < file->slots) {
        int result = hr_dbn_reader_next(&file->reader, &record);
        if (result == 1 && record.length > ring->slot_bytes - HR_SLOT_STAMP_BYTES)
            result = hr_fail(-EBADMSG,
                             "%s: record %llu: %zu bytes of type 0x%02x, wanted at most %llu for what the file says it holds",
                             file->reader.source.name, (unsigned long long)file->reader.records - 1, record.length,
                             record.header.rtype, (unsigned long long)ring->slot_bytes - HR_SLOT_STAMP_BYTES);
        if (result != 1)
            end_file(file, result);
        else
            put_record(file, ring, &record);
    }
    if (file->written != before)
        ((struct hr_ring_header *)(uintptr_t)ring->header)->published = file->written;
    uint64_t lent = feed->current ? 1 : feed->lent;
    if (file->written - ring->read > lent || !file->end)
        return 0;
    feed->end = file->end;
    return hr_fail(file->end, "%s", file->why);
}

static const char *find_symbol(struct hr_feed *feed, uint32_t instrument_id)
{
    return hr_dbn_names_find(&file_of(feed)->names, instrument_id, feed->rings[0].last_stamp);
}

static void close_file(struct hr_feed *feed)
{
    struct file *file = file_of(feed);
    if (!file)
        return;
    hr_dbn_names_close(&file->names);
    hr_dbn_reader_close(&file->reader);
    free(file);
}

static const struct hr_feed_operations operations = {refill, find_symbol, close_file};

/* Memory of whole pages that hr_feed_close unmaps as it does a handler's. */
static void *map_pages(size_t bytes)
{
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

static uint32_t slot_bytes_for(size_t record_bytes)
{
    static const uint32_t sizes[] = {64, 128, 384, 576};
    size_t i = 0;
    while (i + 1 < sizeof sizes / sizeof *sizes && sizes[i] < record_bytes + HR_SLOT_STAMP_BYTES)
        i++;
    return sizes[i];
}

static uint64_t slots_for(uint64_t wanted)
{
    uint64_t slots = SLOTS_MIN;
    while (slots < wanted && slots < SLOTS_MAX)
        slots *= 2;
    return slots;
}

static int make_ring(struct hr_feed *feed, struct file *file, const struct hr_open_options *options)
{
    struct hr_consumer *ring = &feed->rings[0];
    uint32_t slot_bytes = slot_bytes_for(hr_dbn_schema_bytes_max(file->reader.metadata.schema));
    file->slots = slots_for(options->slots ? options->slots : RING_BYTES / 2 / slot_bytes);
    size_t bytes = HR_RING_HEADER_BYTES + file->slots * slot_bytes;
    struct hr_ring_header *header = map_pages(bytes);
    struct hr_cursor *cursor = map_pages(HR_CURSOR_BYTES);
    ring->header = header;
    ring->cursor = cursor;
    ring->data_bytes = bytes;
    if (!header || !cursor)
        return hr_fail(-ENOMEM, "out of memory for %zu bytes of records", bytes);
    *header = (struct hr_ring_header){.magic = HR_RING_MAGIC,
                                      .abi_major = HR_ABI_MAJOR,
                                      .abi_minor = HR_ABI_MINOR,
                                      .header_bytes = HR_RING_HEADER_BYTES,
                                      .slot_bytes = slot_bytes,
                                      .slot_count = (uint32_t)file->slots,
                                      .worker_count = 1,
                                      .state = HR_RING_RUNNING};
    cursor->magic = HR_CURSOR_MAGIC;
    ring->slots = (const uint8_t *)header + HR_RING_HEADER_BYTES;
    ring->mask = file->slots - 1;
    ring->slot_bytes = slot_bytes;
    return 0;
}

static int make_directory(struct hr_feed *feed, struct file *file)
{
    struct hr_directory_index *index = &feed->hidden->directories[0];
    size_t capacity = file->names.mapped_count + LEARNED_ENTRIES;
    if (capacity > UINT32_MAX / 4)
        capacity = UINT32_MAX / 4;
    index->bytes = sizeof *file->directory + capacity * sizeof *file->directory->entries;
    file->directory = map_pages(index->bytes);
    if (!file->directory)
        return hr_fail(-ENOMEM, "out of memory for %zu symbols", capacity);
    index->page = file->directory;
    index->capacity = (uint32_t)capacity;
    file->directory->magic = HR_DIRECTORY_MAGIC;
    file->directory->capacity = (uint32_t)capacity;
    file->directory->entry_bytes = sizeof *file->directory->entries;
    for (size_t i = 0; i < file->names.mapped_count; i++)
        add_to_directory(file->directory, &file->names.mapped[i]);
    return 0;
}

int hr_open(struct hr_feed **feed, const char *path, const struct hr_open_options *options)
{
    static const struct hr_open_options defaults;
    *feed = NULL;
    if (!options)
        options = &defaults;
    if (options->slots > SLOTS_MAX)
        return hr_fail(-EINVAL, "%u slots; wanted 0 to %u", options->slots, SLOTS_MAX);
    struct hr_feed *made = calloc(1, sizeof *made + sizeof made->rings[0]);
    struct file *file = calloc(1, sizeof *file);
    struct hr_feed_private *hidden = calloc(1, sizeof *hidden);
    int error = made && file && hidden ? hr_dbn_reader_open(&file->reader, path) : hr_fail(-ENOMEM, "out of memory");
    if (error) {
        free(made);
        free(file);
        free(hidden);
        return error;
    }
    made->socket = hidden->wake = hidden->epoll = -1;
    made->ring_count = 1;
    made->hidden = hidden;
    hidden->file = file;
    hidden->operations = &operations;
    error = hr_dbn_names_open(&file->names, &file->reader.metadata);
    if (!error)
        error = make_ring(made, file, options);
    if (!error)
        error = make_directory(made, file);
    if (error) {
        hr_feed_close(made);
        return error;
    }
    *feed = made;
    return 0;
}
