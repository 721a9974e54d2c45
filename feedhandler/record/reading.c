/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "host/clock.h"
#include "host/say.h"
#include "record/file_record.h"

#define BATCH 1024
#define LOOK_NS INT64_C(100000000)    /* how long it waits for records at a time */
#define FLUSH_NS UINT64_C(1000000000) /* what came is on its way to the disk after so long */

/* 2026-01-05T14:30:00.123456789Z */
static const char *time_text(uint64_t time_ns, char *room, size_t bytes)
{
    struct tm day;
    time_t seconds = (time_t)(time_ns / UINT64_C(1000000000));
    size_t used = gmtime_r(&seconds, &day) ? strftime(room, bytes, "%Y-%m-%dT%H:%M:%S", &day) : 0;
    snprintf(room + used, bytes - used, ".%09" PRIu64 "Z", time_ns % UINT64_C(1000000000));
    return room;
}

static void end_drop(struct hr_reading *reading)
{
    char first[48];
    char last[48];
    const struct hr_drop *drop = &reading->dropping;
    hr_say("record", "DROPPED %" PRIu64 " records, %s to %s: the disk did not keep up", drop->count,
           time_text(drop->first_stamp, first, sizeof first), time_text(drop->last_stamp, last, sizeof last));
    hr_tally_drop(reading->tally, drop);
    reading->dropping = (struct hr_drop){0};
}

static void drop(struct hr_reading *reading, uint64_t stamp)
{
    if (reading->dropping.count++ == 0) {
        reading->dropping.first_stamp = stamp;
        hr_say("record", "the disk does not keep up and the buffer is full: dropping records");
    }
    reading->dropping.last_stamp = stamp;
}

static void hand_on(struct hr_reading *reading, int flush)
{
    if (!reading->chunk || reading->chunk->records == 0)
        return;
    reading->chunk->flush = (uint8_t)flush;
    hr_spool_put_full(reading->spool, reading->chunk);
    reading->chunk = NULL;
}

/* A chunk with room for one more record, or NULL. `rotate`: it begins a new file. */
static struct hr_spool_chunk *room_for(struct hr_reading *reading, int rotate)
{
    if (reading->chunk && (rotate || reading->chunk->used + HR_FILE_RECORD_BYTES_MAX > HR_SPOOL_CHUNK_BYTES))
        hand_on(reading, 0);
    if (!reading->chunk) {
        reading->chunk = hr_spool_take_empty(reading->spool);
        if (!reading->chunk)
            return NULL;
        reading->chunk_begun_ns = hr_monotonic_ns();
    }
    if (reading->dropping.count)
        end_drop(reading);
    reading->chunk->rotate |= (uint8_t)rotate;
    return reading->chunk;
}

/* Whether a new file begins with this stamp: at round times, so that a day's files are of whole hours. */
static int rotates(struct hr_reading *reading, uint64_t stamp)
{
    uint64_t every = reading->recording->rotate_ns;
    if (!every || stamp < reading->rotate_at)
        return 0;
    int first = reading->rotate_at == 0;
    reading->rotate_at = stamp / every * every + every;
    return !first;
}

static void take_record(struct hr_reading *reading, const struct hr_record_header *record, uint64_t slot_room)
{
    size_t bytes = hr_record_bytes(record);
    uint64_t stamp = hr_record_stamp(record);
    if (record->rtype >= HR_OWN_RTYPE && record->rtype < HR_OWN_RTYPE + HR_OWN_KINDS) {
        hr_tally_own(reading->tally, record);
        return;
    }
    if (bytes < sizeof *record || bytes > slot_room || bytes > HR_RECORD_BYTES_MAX) { /* no handler writes it */
        hr_tally_malformed(reading->tally);
        return;
    }
    /* A rotation that falls among drops must not be forgotten. */
    int rotate = rotates(reading, stamp);
    struct hr_spool_chunk *chunk = room_for(reading, rotate);
    if (!chunk) {
        if (rotate)
            reading->rotate_at = 1;
        drop(reading, stamp);
        return;
    }
    if (chunk->records++ == 0)
        chunk->first_stamp = stamp;
    chunk->last_stamp = stamp;
    chunk->used +=
        (uint32_t)hr_file_record_put(chunk->bytes + chunk->used, record, bytes, reading->recording->ts_out ? &stamp : NULL);
}

int hr_reading_poll(struct hr_reading *reading)
{
    struct hr_batch batch;
    int result = hr_feed_next_batch(reading->feed, &batch, BATCH, LOOK_NS);
    if (result < 0)
        return result;
    for (uint64_t i = 0; i < batch.count && result == 0; i++)
        take_record(reading, (const struct hr_record_header *)(const void *)(batch.first + i * batch.stride),
                    batch.stride - HR_SLOT_STAMP_BYTES);
    if (reading->chunk && reading->chunk->records && hr_monotonic_ns() - reading->chunk_begun_ns >= FLUSH_NS)
        hand_on(reading, 1);
    return 0;
}

int hr_reading_end(struct hr_reading *reading)
{
    if (reading->ended)
        return 0;
    if (reading->dropping.count)
        end_drop(reading);
    if (!reading->chunk)
        reading->chunk = hr_spool_take_empty(reading->spool);
    if (!reading->chunk)
        return 1;
    reading->chunk->last = 1;
    reading->chunk->flush = 1;
    hr_spool_put_full(reading->spool, reading->chunk);
    reading->chunk = NULL;
    reading->ended = 1;
    return 0;
}
