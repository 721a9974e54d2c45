/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/writing.h"

#include <errno.h>
#include <stdlib.h>

#include "dbn/names.h"
#include "dbn/reader.h"
#include "feed.h"
#include "host/clock.h"
#include "host/say.h"
#include "record/journal.h"

static void give_up(struct hr_writing *writing, const char *why)
{
    hr_say("record", "%s", why);
    __atomic_store_n(&writing->failed, 1, __ATOMIC_RELAXED);
}

/* What the handler has named since the last look. Pairs with the release in hr_directory_add. */
static void take_names(struct hr_writing *writing, uint32_t date)
{
    for (uint32_t ring = 0; ring < writing->feed->ring_count; ring++) {
        const struct hr_directory_index *directory = &writing->feed->hidden->directories[ring];
        uint32_t count = __atomic_load_n(&directory->page->count, __ATOMIC_ACQUIRE);
        count = count < directory->capacity ? count : directory->capacity;
        for (; writing->indexed[ring] < count; writing->indexed[ring]++) {
            struct hr_directory_entry entry = directory->page->entries[writing->indexed[ring]];
            entry.symbol[sizeof entry.symbol - 1] = '\0';
            if (hr_catalog_name(&writing->catalog, entry.instrument_id, entry.symbol, date) == 1)
                hr_journal_add(writing->journal, date, entry.instrument_id, entry.symbol);
        }
    }
}

static int open_file(struct hr_writing *writing, uint64_t time_ns)
{
    const struct hr_recording *recording = writing->recording;
    char path[HR_DBN_FILE_PATH_BYTES];
    struct hr_dbn_metadata metadata;
    writing->file = calloc(1, sizeof *writing->file);
    hr_catalog_begin_file(&writing->catalog);
    if (!writing->file || hr_catalog_metadata(&writing->catalog, recording->dataset, recording->ts_out, &metadata)) {
        give_up(writing, "out of memory");
        return -ENOMEM;
    }
    metadata.start = time_ns;
    hr_recording_path(recording, time_ns, path, sizeof path);
    int error = hr_dbn_file_open(writing->file, path, recording->level, &metadata);
    hr_dbn_metadata_free(&metadata);
    if (error) {
        give_up(writing, writing->file->error);
        free(writing->file);
        writing->file = NULL;
        return error;
    }
    writing->journal = hr_journal_open(path, &writing->catalog);
    return 0;
}

static void close_file(struct hr_writing *writing)
{
    const struct hr_recording *recording = writing->recording;
    struct hr_ending *ending = calloc(1, sizeof *ending);
    hr_journal_close(writing->journal);
    writing->journal = NULL;
    if (hr_finisher_wait(&writing->finisher))
        give_up(writing, "the last file could not be finished");
    if (!ending || hr_catalog_metadata(&writing->catalog, recording->dataset, recording->ts_out, &ending->metadata)) {
        free(ending);
        give_up(writing, "out of memory");
        return;
    }
    ending->file = writing->file;
    ending->sidecar = hr_sidecar_make(&writing->sidecar, writing->file, &ending->metadata, writing->catalog.file.records);
    writing->file = NULL;
    writing->files++;
    if (hr_finisher_start(&writing->finisher, ending))
        give_up(writing, "the file could not be finished");
}

static void tell_catalog(struct hr_writing *writing, const struct hr_spool_chunk *chunk)
{
    size_t ts_out = writing->recording->ts_out ? sizeof(uint64_t) : 0;
    for (size_t at = 0; at < chunk->used;) {
        size_t bytes = (size_t)chunk->bytes[at] * 4;
        hr_catalog_record(&writing->catalog, chunk->bytes + at, bytes - ts_out);
        at += bytes;
    }
}

static void write_chunk(struct hr_writing *writing, const struct hr_spool_chunk *chunk)
{
    uint64_t limit = writing->recording->rotate_bytes;
    if (writing->file && (chunk->rotate || (limit && writing->file->file_bytes + writing->file->frame_used >= limit)))
        close_file(writing);
    uint64_t time = hr_dbn_record_time(chunk->bytes, (size_t)chunk->bytes[0] * 4);
    if (time == HR_UNDEF_TIMESTAMP)
        time = chunk->first_stamp;
    take_names(writing, hr_dbn_date(time));
    if (!writing->file && open_file(writing, time))
        return;
    tell_catalog(writing, chunk);
    int error = hr_dbn_file_write(writing->file, chunk->bytes, chunk->used);
    if (!error && chunk->flush) {
        error = hr_dbn_file_flush(writing->file);
        hr_journal_flush(writing->journal);
    }
    if (error)
        give_up(writing, writing->file->error);
    else
        writing->records += chunk->records;
}

static void *write_files(void *argument)
{
    struct hr_writing *writing = argument;
    for (int last = 0; !last;) {
        struct hr_spool_chunk *chunk = hr_spool_wait_full(writing->spool);
        if (!chunk)
            continue;
        last = chunk->last;
        if (chunk->records && !writing->failed)
            write_chunk(writing, chunk);
        hr_spool_put_empty(writing->spool, chunk);
    }
    if (!writing->file && !writing->files && !writing->failed) /* a recording of nothing is a file too */
        (void)open_file(writing, hr_realtime_ns() / UINT64_C(1000000000) * UINT64_C(1000000000));
    if (writing->file && !writing->failed)
        close_file(writing);
    else if (writing->file)
        hr_dbn_file_abandon(writing->file);
    if (hr_finisher_wait(&writing->finisher))
        give_up(writing, "the last file could not be finished");
    __atomic_store_n(&writing->ended, 1, __ATOMIC_RELEASE);
    return NULL;
}

int hr_writing_start(struct hr_writing *writing)
{
    return pthread_create(&writing->thread, NULL, write_files, writing) ? -ENOMEM : 0;
}

int hr_writing_has_failed(const struct hr_writing *writing)
{
    return __atomic_load_n(&writing->failed, __ATOMIC_RELAXED) != 0;
}

/* The acquire pairs with the release in write_files. */
int hr_writing_has_ended(const struct hr_writing *writing)
{
    return __atomic_load_n(&writing->ended, __ATOMIC_ACQUIRE) != 0;
}

void hr_writing_wait(struct hr_writing *writing)
{
    pthread_join(writing->thread, NULL);
}

void hr_writing_destroy(struct hr_writing *writing)
{
    hr_catalog_destroy(&writing->catalog);
}
