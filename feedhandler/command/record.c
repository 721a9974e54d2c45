/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace record: a consumer of a running handler whose stream goes to DBN files. The calling thread reads the ring, and does
 * nothing that can block; a second one compresses and writes; a third brings the last file to its end while the next one grows.
 * Where the disk does not keep up, records are dropped here, counted and told of, and never in the ring.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command/command.h"
#include "command/record_options.h"
#include "dbn/names.h"
#include "dbn/reader.h"
#include "feed.h"
#include "headrace/headrace.h"
#include "host/clock.h"
#include "record/catalog.h"
#include "record/dbn_file.h"
#include "record/spool.h"

#define BATCH 1024
#define LOOK_NS INT64_C(100000000)    /* how long the reading thread waits for records at a time */
#define FLUSH_NS UINT64_C(1000000000) /* what came is on its way to the disk after so long */
#define DRAIN_SECONDS 60              /* for the disk, at the end */
#define DROPS_MAX 4096                /* stretches told one by one */
#define OWN_KINDS 16
#define RECORD_ROOM (HR_RECORD_BYTES_MAX + 64)

/* One stretch of records that there was no room for. */
struct drop {
    uint64_t count;
    uint64_t first_stamp;
    uint64_t last_stamp;
};

/* Of the whole recording. The reading thread counts; the writing thread looks. */
struct tally {
    uint64_t dropped;
    uint64_t own[OWN_KINDS]; /* by rtype - 0xE0 */
    uint64_t lost;           /* told by LOST records: the ring had no room */
    uint64_t malformed;      /* records of impossible lengths */
};

struct recorder {
    struct hr_record_options options;
    struct hr_feed *feed;
    struct hr_spool spool;
    /* The reading thread's. */
    struct hr_spool_chunk *chunk; /* being filled; NULL: none was free */
    uint64_t chunk_begun_ns;
    uint64_t rotate_at;   /* stamp; 0: not known yet */
    struct drop dropping; /* count 0: not now */
    struct tally read;
    /* Between them. */
    pthread_mutex_t lock; /* over `drops`, and `read.dropped`; the other counts of `read` are atomic */
    struct drop drops[DROPS_MAX];
    uint32_t drop_count;  /* more than DROPS_MAX: the later ones are in the last */
    uint32_t failed;      /* the writing thread has given up */
    uint32_t written_all; /* it has ended */
    /* The writing thread's. */
    struct hr_catalog catalog;
    uint32_t indexed[HR_WORKERS_MAX]; /* directory entries taken up, by ring */
    struct hr_dbn_file *file;
    FILE *names;       /* the file's journal of symbols, for --repair */
    struct tally told; /* what the sidecars of earlier files have */
    uint32_t drops_told;
    pthread_t finisher;
    int finishing;
    int exit_code;
    uint64_t records_written;
    uint64_t files;
};

static volatile sig_atomic_t told_to_stop;

static void on_signal(int number)
{
    (void)number;
    told_to_stop = 1;
}

/* 2026-01-05T14:30:00.123456789Z */
static const char *time_text(uint64_t time_ns, char *room, size_t bytes)
{
    struct tm day;
    time_t seconds = (time_t)(time_ns / UINT64_C(1000000000));
    size_t used = gmtime_r(&seconds, &day) ? strftime(room, bytes, "%Y-%m-%dT%H:%M:%S", &day) : 0;
    snprintf(room + used, bytes - used, ".%09" PRIu64 "Z", time_ns % UINT64_C(1000000000));
    return room;
}

/* ---- the reading thread: from the ring to the spool ---- */

static void end_drop(struct recorder *recorder)
{
    char first[48];
    char last[48];
    const struct drop *drop = &recorder->dropping;
    if (drop->count == 0)
        return;
    fprintf(stderr, "headrace record: DROPPED %" PRIu64 " records, %s to %s: the disk did not keep up\n", drop->count,
            time_text(drop->first_stamp, first, sizeof first), time_text(drop->last_stamp, last, sizeof last));
    pthread_mutex_lock(&recorder->lock);
    if (recorder->drop_count < DROPS_MAX)
        recorder->drops[recorder->drop_count++] = *drop;
    else {
        recorder->drops[DROPS_MAX - 1].count += drop->count;
        recorder->drops[DROPS_MAX - 1].last_stamp = drop->last_stamp;
    }
    recorder->read.dropped += drop->count;
    pthread_mutex_unlock(&recorder->lock);
    recorder->dropping = (struct drop){0};
}

static void drop(struct recorder *recorder, uint64_t stamp)
{
    if (recorder->dropping.count++ == 0) {
        recorder->dropping.first_stamp = stamp;
        fprintf(stderr, "headrace record: the disk does not keep up and the buffer is full: dropping records\n");
    }
    recorder->dropping.last_stamp = stamp;
}

static void hand_on(struct recorder *recorder, int flush)
{
    if (!recorder->chunk || recorder->chunk->records == 0)
        return;
    recorder->chunk->flush = (uint8_t)flush;
    hr_spool_put_full(&recorder->spool, recorder->chunk);
    recorder->chunk = NULL;
}

/* A chunk with room for one more record, or NULL. `rotate`: it begins a new file. */
static struct hr_spool_chunk *room_for(struct recorder *recorder, int rotate)
{
    if (recorder->chunk && (rotate || recorder->chunk->used + RECORD_ROOM > HR_SPOOL_CHUNK_BYTES))
        hand_on(recorder, 0);
    if (!recorder->chunk) {
        recorder->chunk = hr_spool_take_empty(&recorder->spool);
        if (!recorder->chunk)
            return NULL;
        recorder->chunk_begun_ns = hr_monotonic_ns();
    }
    if (recorder->dropping.count)
        end_drop(recorder);
    recorder->chunk->rotate |= (uint8_t)rotate;
    return recorder->chunk;
}

/* Whether a new file begins with this stamp: at round times, so that a day's files are of whole hours. */
static int rotates(struct recorder *recorder, uint64_t stamp)
{
    uint64_t every = recorder->options.recording.rotate_ns;
    if (!every || stamp < recorder->rotate_at)
        return 0;
    int first = recorder->rotate_at == 0;
    recorder->rotate_at = stamp / every * every + every;
    return !first;
}

static void count_own(struct recorder *recorder, const struct hr_record_header *record)
{
    __atomic_add_fetch(&recorder->read.own[record->rtype - 0xE0], 1, __ATOMIC_RELAXED);
    if (record->rtype == HR_RTYPE_LOST)
        __atomic_add_fetch(&recorder->read.lost, ((const struct hr_lost *)(const void *)record)->count, __ATOMIC_RELAXED);
}

static void take_record(struct recorder *recorder, const struct hr_record_header *record, uint64_t slot_room)
{
    size_t bytes = hr_record_bytes(record);
    uint64_t stamp = hr_record_stamp(record);
    if (record->rtype >= 0xE0 && record->rtype <= 0xEF) { /* never in a DBN file */
        count_own(recorder, record);
        return;
    }
    if (bytes < sizeof *record || bytes > slot_room || bytes > HR_RECORD_BYTES_MAX) { /* no handler writes it */
        __atomic_add_fetch(&recorder->read.malformed, 1, __ATOMIC_RELAXED);
        return;
    }
    /* A rotation that falls among drops must not be forgotten. */
    int rotate = rotates(recorder, stamp);
    struct hr_spool_chunk *chunk = room_for(recorder, rotate);
    if (!chunk) {
        if (rotate)
            recorder->rotate_at = 1;
        drop(recorder, stamp);
        return;
    }
    uint8_t *at = chunk->bytes + chunk->used;
    memcpy(at, record, bytes);
    if (recorder->options.recording.ts_out) {
        memcpy(at + bytes, &stamp, sizeof stamp);
        bytes += sizeof stamp;
    }
    at[0] = (uint8_t)(bytes / 4);
    if (chunk->records++ == 0)
        chunk->first_stamp = stamp;
    chunk->last_stamp = stamp;
    chunk->used += (uint32_t)bytes;
}

/* Reads until the end. Returns hr_feed_next's answer, 0 when told to stop. */
static int read_ring(struct recorder *recorder)
{
    struct hr_batch batch;
    while (!told_to_stop && !__atomic_load_n(&recorder->failed, __ATOMIC_RELAXED)) {
        int result = hr_feed_next_batch(recorder->feed, &batch, BATCH, LOOK_NS);
        if (result < 0)
            return result;
        for (uint64_t i = 0; i < batch.count && result == 0; i++)
            take_record(recorder, (const struct hr_record_header *)(const void *)(batch.first + i * batch.stride),
                        batch.stride - HR_SLOT_STAMP_BYTES);
        if (recorder->chunk && recorder->chunk->records && hr_monotonic_ns() - recorder->chunk_begun_ns >= FLUSH_NS)
            hand_on(recorder, 1);
    }
    return 0;
}

/* ---- the writing thread: from the spool to files ---- */

static void give_up(struct recorder *recorder, const char *why)
{
    fprintf(stderr, "headrace record: %s\n", why);
    recorder->exit_code = EX_IOERR;
    __atomic_store_n(&recorder->failed, 1, __ATOMIC_RELAXED);
}

/* What the handler has named since the last look. Pairs with the release in hr_directory_add. */
static void take_names(struct recorder *recorder, uint32_t date)
{
    for (uint32_t ring = 0; ring < recorder->feed->ring_count; ring++) {
        const struct hr_directory_index *directory = &recorder->feed->hidden->directories[ring];
        uint32_t count = __atomic_load_n(&directory->page->count, __ATOMIC_ACQUIRE);
        count = count < directory->capacity ? count : directory->capacity;
        for (; recorder->indexed[ring] < count; recorder->indexed[ring]++) {
            struct hr_directory_entry entry = directory->page->entries[recorder->indexed[ring]];
            entry.symbol[sizeof entry.symbol - 1] = '\0';
            int news = hr_catalog_name(&recorder->catalog, entry.instrument_id, entry.symbol, date);
            if (news == 1 && recorder->names)
                fprintf(recorder->names, "%u %u %s\n", date, entry.instrument_id, entry.symbol);
        }
    }
}

/* The journal begins with all that is known by then. */
static void open_names(struct recorder *recorder, const char *path)
{
    char names[HR_DBN_FILE_PATH_BYTES + 16];
    snprintf(names, sizeof names, "%s.part.names", path);
    recorder->names = fopen(names, "we");
    if (!recorder->names)
        return;
    setvbuf(recorder->names, NULL, _IOFBF, 1 << 16);
    for (uint32_t i = 0; i < recorder->catalog.name_count; i++) {
        const struct hr_catalog_name *name = &recorder->catalog.names[i];
        fprintf(recorder->names, "%u %u %s\n", name->start_date, name->instrument_id, name->symbol);
    }
}

static int open_file(struct recorder *recorder, uint64_t time_ns)
{
    char path[HR_DBN_FILE_PATH_BYTES];
    struct hr_dbn_metadata metadata;
    recorder->file = calloc(1, sizeof *recorder->file);
    hr_catalog_begin_file(&recorder->catalog);
    if (!recorder->file ||
        hr_catalog_metadata(&recorder->catalog, recorder->options.recording.dataset, recorder->options.recording.ts_out, &metadata)) {
        give_up(recorder, "out of memory");
        return -ENOMEM;
    }
    metadata.start = time_ns;
    hr_recording_path(&recorder->options.recording, time_ns, path, sizeof path);
    int error = hr_dbn_file_open(recorder->file, path, recorder->options.recording.level, &metadata);
    hr_dbn_metadata_free(&metadata);
    if (error) {
        give_up(recorder, recorder->file->error);
        free(recorder->file);
        recorder->file = NULL;
        return error;
    }
    open_names(recorder, path);
    return 0;
}

static json_t *own_json(const uint64_t *now, const uint64_t *before)
{
    static const char *const kinds[OWN_KINDS] = {[HR_RTYPE_LOST - 0xE0] = "lost",
                                                 [HR_RTYPE_GAP - 0xE0] = "gap",
                                                 [HR_RTYPE_RECOVERED - 0xE0] = "recovered",
                                                 [HR_RTYPE_SESSION - 0xE0] = "session",
                                                 [HR_RTYPE_TRADE_BREAK - 0xE0] = "trade_break",
                                                 [HR_RTYPE_NATIVE - 0xE0] = "native"};
    json_t *object = json_object();
    for (int i = 0; i < OWN_KINDS; i++) {
        char other[8];
        snprintf(other, sizeof other, "0x%02x", 0xE0 + i);
        if (now[i] != before[i])
            json_object_set_new(object, kinds[i] ? kinds[i] : other, json_integer((json_int_t)(now[i] - before[i])));
    }
    return object;
}

/* The sidecar: what happened while this file grew. */
static json_t *make_sidecar(struct recorder *recorder, const struct hr_dbn_metadata *metadata)
{
    struct tally now = {.lost = __atomic_load_n(&recorder->read.lost, __ATOMIC_RELAXED), /* a little ahead of the file */
                        .malformed = __atomic_load_n(&recorder->read.malformed, __ATOMIC_RELAXED)};
    for (int i = 0; i < OWN_KINDS; i++)
        now.own[i] = __atomic_load_n(&recorder->read.own[i], __ATOMIC_RELAXED);
    pthread_mutex_lock(&recorder->lock);
    now.dropped = recorder->read.dropped;
    json_t *drops = json_array();
    for (; recorder->drops_told < recorder->drop_count; recorder->drops_told++) {
        const struct drop *drop = &recorder->drops[recorder->drops_told];
        json_array_append_new(drops, json_pack("{s:I, s:I, s:I}", "count", (json_int_t)drop->count, "first_ts",
                                               (json_int_t)drop->first_stamp, "last_ts", (json_int_t)drop->last_stamp));
    }
    pthread_mutex_unlock(&recorder->lock);
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:o}", "file", recorder->file->path, "consumer",
        recorder->options.recording.consumer, "dataset", metadata->dataset, "records", (json_int_t)recorder->catalog.file.records,
        "record_bytes", (json_int_t)recorder->file->record_bytes, "start", (json_int_t)metadata->start, "end",
        (json_int_t)metadata->end, "dropped", (json_int_t)(now.dropped - recorder->told.dropped), "drops", drops,
        "lost_in_ring", (json_int_t)(now.lost - recorder->told.lost), "malformed",
        (json_int_t)(now.malformed - recorder->told.malformed), "own_records_left_out", own_json(now.own, recorder->told.own));
    recorder->told = now;
    return root;
}

struct ending {
    struct recorder *recorder;
    struct hr_dbn_file *file;
    struct hr_dbn_metadata metadata;
    json_t *sidecar;
    int error;
};

static void remove_names(const char *path)
{
    char names[HR_DBN_FILE_PATH_BYTES + 16];
    snprintf(names, sizeof names, "%s.part.names", path);
    unlink(names);
}

/* Runs beside the writing thread: the next file must not wait for the last one's copy. */
static void *finish_file(void *argument)
{
    struct ending *ending = argument;
    char path[HR_DBN_FILE_PATH_BYTES + 8];
    ending->error = hr_dbn_file_finish(ending->file, &ending->metadata);
    if (ending->error)
        fprintf(stderr, "headrace record: %s; finish it later with: headrace record --repair %s.part\n", ending->file->error,
                ending->file->path);
    else {
        remove_names(ending->file->path);
        snprintf(path, sizeof path, "%s.json", ending->file->path);
        if (json_dump_file(ending->sidecar, path, JSON_INDENT(1) | JSON_PRESERVE_ORDER))
            fprintf(stderr, "headrace record: %s: cannot be written\n", path);
        fprintf(stderr, "headrace record: %s: %lld records\n", ending->file->path,
                (long long)json_integer_value(json_object_get(ending->sidecar, "records")));
    }
    json_decref(ending->sidecar);
    hr_dbn_metadata_free(&ending->metadata);
    free(ending->file);
    int error = ending->error;
    free(ending);
    return error ? (void *)1 : NULL;
}

static void join_finisher(struct recorder *recorder)
{
    void *failed = NULL;
    if (recorder->finishing && pthread_join(recorder->finisher, &failed) == 0 && failed)
        give_up(recorder, "the last file could not be finished");
    recorder->finishing = 0;
}

static void close_file(struct recorder *recorder)
{
    struct ending *ending = calloc(1, sizeof *ending);
    if (recorder->names)
        fclose(recorder->names);
    recorder->names = NULL;
    join_finisher(recorder);
    if (!ending ||
        hr_catalog_metadata(&recorder->catalog, recorder->options.recording.dataset, recorder->options.recording.ts_out, &ending->metadata)) {
        free(ending);
        give_up(recorder, "out of memory");
        return;
    }
    ending->file = recorder->file;
    ending->sidecar = make_sidecar(recorder, &ending->metadata);
    recorder->file = NULL;
    recorder->files++;
    if (pthread_create(&recorder->finisher, NULL, finish_file, ending) == 0)
        recorder->finishing = 1;
    else if (finish_file(ending))
        give_up(recorder, "the file could not be finished");
}

static void tell_catalog(struct recorder *recorder, const struct hr_spool_chunk *chunk)
{
    size_t ts_out = recorder->options.recording.ts_out ? sizeof(uint64_t) : 0;
    for (size_t at = 0; at < chunk->used;) {
        size_t bytes = (size_t)chunk->bytes[at] * 4;
        hr_catalog_record(&recorder->catalog, chunk->bytes + at, bytes - ts_out);
        at += bytes;
    }
}

static void write_chunk(struct recorder *recorder, const struct hr_spool_chunk *chunk)
{
    uint64_t limit = recorder->options.recording.rotate_bytes;
    if (recorder->file && (chunk->rotate || (limit && recorder->file->file_bytes + recorder->file->frame_used >= limit)))
        close_file(recorder);
    uint64_t time = hr_dbn_record_time(chunk->bytes, (size_t)chunk->bytes[0] * 4);
    if (time == HR_UNDEF_TIMESTAMP)
        time = chunk->first_stamp;
    take_names(recorder, hr_dbn_date(time));
    if (!recorder->file && open_file(recorder, time))
        return;
    tell_catalog(recorder, chunk);
    int error = hr_dbn_file_write(recorder->file, chunk->bytes, chunk->used);
    if (!error && chunk->flush) {
        error = hr_dbn_file_flush(recorder->file);
        if (recorder->names)
            fflush(recorder->names);
    }
    if (error)
        give_up(recorder, recorder->file->error);
    else
        recorder->records_written += chunk->records;
}

static void *write_files(void *argument)
{
    struct recorder *recorder = argument;
    for (int last = 0; !last;) {
        struct hr_spool_chunk *chunk = hr_spool_wait_full(&recorder->spool);
        if (!chunk)
            continue;
        last = chunk->last;
        if (chunk->records && !recorder->failed)
            write_chunk(recorder, chunk);
        hr_spool_put_empty(&recorder->spool, chunk);
    }
    if (!recorder->file && !recorder->files && !recorder->failed) { /* a recording of nothing is a file too */
        (void)open_file(recorder, hr_realtime_ns() / UINT64_C(1000000000) * UINT64_C(1000000000));
    }
    if (recorder->file && !recorder->failed)
        close_file(recorder);
    else if (recorder->file)
        hr_dbn_file_abandon(recorder->file);
    join_finisher(recorder);
    __atomic_store_n(&recorder->written_all, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* ---- both ---- */

/* The last chunk says so. It waits for room: nothing comes any more that could be lost. Returns 0, or 1 when the disk hangs. */
static int end_spool(struct recorder *recorder, uint64_t deadline_ns)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    if (recorder->dropping.count)
        end_drop(recorder);
    while (!recorder->chunk) {
        recorder->chunk = hr_spool_take_empty(&recorder->spool);
        if (!recorder->chunk && hr_monotonic_ns() > deadline_ns)
            return 1;
        if (!recorder->chunk)
            nanosleep(&moment, NULL);
    }
    recorder->chunk->last = 1;
    recorder->chunk->flush = 1;
    hr_spool_put_full(&recorder->spool, recorder->chunk);
    recorder->chunk = NULL;
    while (!__atomic_load_n(&recorder->written_all, __ATOMIC_ACQUIRE)) {
        if (hr_monotonic_ns() > deadline_ns)
            return 1;
        nanosleep(&moment, NULL);
    }
    return 0;
}

static void summarise(const struct recorder *recorder)
{
    uint64_t own = 0;
    for (int i = 0; i < OWN_KINDS; i++)
        own += recorder->read.own[i];
    fprintf(stderr,
            "headrace record: %" PRIu64 " records in %" PRIu64 " files; %" PRIu64 " dropped here in %u stretches, %" PRIu64
            " lost in the ring; %" PRIu64 " of Headrace's own left out\n",
            recorder->records_written, recorder->files, recorder->read.dropped, recorder->drop_count, recorder->read.lost, own);
}

static int record(struct recorder *recorder)
{
    pthread_t writer;
    if (hr_spool_create(&recorder->spool, recorder->options.recording.buffer_bytes) ||
        pthread_create(&writer, NULL, write_files, recorder)) {
        fprintf(stderr, "headrace record: out of memory for a buffer of %" PRIu64 " bytes (--buffer)\n",
                recorder->options.recording.buffer_bytes);
        return EX_OSERR;
    }
    int end = read_ring(recorder);
    fprintf(stderr, "headrace record: %s\n", end ? hr_error() : told_to_stop ? "told to stop" : "the disk failed");
    if (end_spool(recorder, hr_monotonic_ns() + DRAIN_SECONDS * UINT64_C(1000000000))) {
        fprintf(stderr,
                "headrace record: the disk has not taken what waited for it within %d s: ending without it; a .part is left\n",
                DRAIN_SECONDS);
        summarise(recorder);
        _exit(EX_IOERR); /* the thread that hangs in a write cannot be ended */
    }
    pthread_join(writer, NULL);
    summarise(recorder);
    if (recorder->exit_code)
        return recorder->exit_code;
    if (end && end != -ESHUTDOWN)
        return EX_UNAVAILABLE;
    return recorder->read.dropped || recorder->read.lost ? EX_TEMPFAIL : EX_OK;
}

/* Before the handler is asked: a folder that is not there would be found out with the first record. */
static int check_folder(const struct hr_recording *recording)
{
    char path[HR_DBN_FILE_PATH_BYTES];
    hr_recording_path(recording, hr_realtime_ns(), path, sizeof path);
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    const char *folder = !slash ? "." : slash == path ? "/" : path;
    if (access(folder, W_OK | X_OK) == 0)
        return 0;
    fprintf(stderr, "headrace record: --output %s: no file can be made in %s: %s; make the folder first\n", recording->output,
            folder, strerror(errno));
    return EX_CANTCREAT;
}

static int run_recorder(struct recorder *recorder)
{
    if (check_folder(&recorder->options.recording))
        return EX_CANTCREAT;
    const struct hr_attach_options attach = {
        .socket = recorder->options.socket, .instance = recorder->options.instance, .wait = HR_WAIT_FUTEX};
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN; /* a disk that is a pipe: the write says it */
    sigaction(SIGPIPE, &action, NULL);
    pthread_mutex_init(&recorder->lock, NULL);
    if (hr_attach(&recorder->feed, recorder->options.recording.consumer, &attach)) {
        fprintf(stderr, "headrace record: %s\n", hr_error());
        return EX_UNAVAILABLE;
    }
    fprintf(stderr, "headrace record: attached as '%s'\n", recorder->options.recording.consumer);
    int result = record(recorder);
    hr_feed_close(recorder->feed);
    hr_spool_destroy(&recorder->spool);
    hr_catalog_destroy(&recorder->catalog);
    return result;
}

/* ---- repair ---- */

static void read_names(struct hr_catalog *catalog, const char *part)
{
    char path[HR_DBN_FILE_PATH_BYTES + 16];
    char symbol[HR_DBN_SYMBOL_BYTES];
    unsigned date;
    unsigned id;
    snprintf(path, sizeof path, "%s.names", part);
    FILE *names = fopen(path, "re");
    while (names && fscanf(names, "%u %u %70[^\n]", &date, &id, symbol) == 3)
        (void)hr_catalog_name(catalog, id, symbol, date);
    if (names)
        fclose(names);
}

/* Reads the good records twice: the catalog has to know them before the metadata are written. */
static int repair_pass(const char *part, struct hr_catalog *catalog, struct hr_dbn_file *file, int *ts_out, char *dataset)
{
    static struct hr_dbn_reader reader;
    struct hr_dbn_record record;
    uint8_t room[RECORD_ROOM];
    int error = hr_dbn_reader_open(&reader, part);
    if (error)
        return error;
    *ts_out = reader.metadata.ts_out;
    snprintf(dataset, HR_DBN_DATASET_BYTES + 1, "%.16s", reader.metadata.dataset);
    while (!error && hr_dbn_reader_next(&reader, &record) == 1 && record.length <= HR_RECORD_BYTES_MAX) {
        if (!file) {
            hr_catalog_record(catalog, record.bytes, record.length);
            continue;
        }
        size_t bytes = record.length;
        memcpy(room, record.bytes, bytes);
        if (*ts_out) {
            memcpy(room + bytes, &record.ts_out, sizeof record.ts_out);
            bytes += sizeof record.ts_out;
        }
        room[0] = (uint8_t)(bytes / 4);
        error = hr_dbn_file_write(file, room, bytes);
    }
    hr_dbn_reader_close(&reader);
    return error;
}

static int repair_to(const char *part, const char *path, int level, struct hr_catalog *catalog)
{
    char work[HR_DBN_FILE_PATH_BYTES];
    char dataset[HR_DBN_DATASET_BYTES + 1];
    struct hr_dbn_metadata metadata;
    struct hr_dbn_file file;
    int ts_out;
    hr_catalog_begin_file(catalog);
    int error = repair_pass(part, catalog, NULL, &ts_out, dataset);
    if (error) {
        fprintf(stderr, "headrace record: %s\n", hr_error());
        return EX_DATAERR;
    }
    if (hr_catalog_metadata(catalog, strcmp(dataset, "HEADRACE") == 0 ? NULL : dataset, ts_out, &metadata))
        return EX_OSERR;
    snprintf(work, sizeof work, "%.1000s.repaired", path);
    error = hr_dbn_file_open(&file, work, level, &metadata);
    if (!error)
        error = repair_pass(part, catalog, &file, &ts_out, dataset);
    if (!error)
        error = hr_dbn_file_finish(&file, &metadata);
    hr_dbn_metadata_free(&metadata);
    if (!error && rename(work, path) < 0) {
        error = -errno;
        snprintf(file.error, sizeof file.error, "%s: %s", path, strerror(errno));
    }
    if (error) {
        fprintf(stderr, "headrace record: %s\n", file.error);
        return EX_IOERR;
    }
    printf("%s: %" PRIu64 " records\n", path, catalog->file.records);
    unlink(part);
    remove_names(path);
    return EX_OK;
}

static int repair(const char *part)
{
    char path[HR_DBN_FILE_PATH_BYTES];
    struct hr_catalog catalog = {0};
    size_t length = strlen(part);
    if (length < 10 || length >= sizeof path || strcmp(part + length - 5, ".part") != 0) {
        fprintf(stderr, "headrace record: %s: wanted a FILE.dbn.zst.part or FILE.dbn.part\n", part);
        return EX_USAGE;
    }
    snprintf(path, sizeof path, "%.*s", (int)length - 5, part);
    if (access(path, F_OK) == 0) {
        fprintf(stderr, "headrace record: %s is there already: move it away first\n", path);
        return EX_USAGE;
    }
    read_names(&catalog, part);
    int result = repair_to(part, path, strcmp(path + length - 9, ".zst") == 0 ? HR_RECORDING_LEVEL : 0, &catalog);
    hr_catalog_destroy(&catalog);
    return result;
}

int hr_command_record(int argc, char **argv)
{
    static struct recorder recorder;
    int error = hr_record_options_parse(&recorder.options, argc, argv);
    if (error)
        return error < 0 ? EX_OK : error;
    return recorder.options.repair ? repair(recorder.options.repair) : run_recorder(&recorder);
}
