/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "dbn/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "attach.h"

#define READ_BYTES ((size_t)256 << 10)
#define ZSTD_MAGIC UINT32_C(0xFD2FB528)
#define ZSTD_SKIPPABLE_MAGIC UINT32_C(0x184D2A50) /* to ...5F */

static int end_with(struct hr_dbn_source *source, int error, const char *why)
{
    snprintf(source->why, sizeof source->why, "%s", why);
    source->ended = error;
    return error;
}

/* Raw bytes of the file. Returns how many, 0 at its end, or -1 after end_with. */
static ssize_t read_raw(struct hr_dbn_source *source, uint8_t *into, size_t room)
{
    if (source->fd < 0) {
        size_t count = room < source->memory_left ? room : source->memory_left;
        if (count)
            memcpy(into, source->memory, count);
        source->memory += count;
        source->memory_left -= count;
        return (ssize_t)count;
    }
    ssize_t got;
    do
        got = read(source->fd, into, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        end_with(source, -errno, strerror(errno));
    return got;
}

/* Decompresses into the buffer's room; returns the bytes that came, 0 once `ended` is set. */
static size_t decompress(struct hr_dbn_source *source, uint8_t *into, size_t room)
{
    ZSTD_outBuffer out = {.dst = into, .size = room};
    while (out.pos == 0) {
        if (source->compressed_at == source->compressed_end) {
            ssize_t got = read_raw(source, source->compressed, READ_BYTES);
            if (got < 0)
                return 0;
            if (got == 0) {
                if (source->within_frame)
                    end_with(source, -EBADMSG, "the file ends within a zstd frame: it was cut off, or its writer died");
                else
                    source->ended = 1;
                return 0;
            }
            source->compressed_at = 0;
            source->compressed_end = (size_t)got;
        }
        ZSTD_inBuffer in = {.src = source->compressed, .size = source->compressed_end, .pos = source->compressed_at};
        size_t result = ZSTD_decompressStream(source->stream, &out, &in);
        source->compressed_at = in.pos;
        if (ZSTD_isError(result)) {
            char why[160];
            snprintf(why, sizeof why, "not zstd any more: %s", ZSTD_getErrorName(result));
            end_with(source, -EBADMSG, why);
            break;
        }
        source->within_frame = result != 0;
    }
    return out.pos;
}

static int make_room(struct hr_dbn_source *source, size_t wanted)
{
    if (source->begin)
        memmove(source->buffer, source->buffer + source->begin, source->end - source->begin);
    source->end -= source->begin;
    source->begin = 0;
    size_t capacity = source->capacity;
    while (capacity - source->end < READ_BYTES / 2 && capacity < wanted)
        capacity *= 2;
    if (capacity == source->capacity)
        return 0;
    uint8_t *grown = realloc(source->buffer, capacity);
    if (!grown)
        return end_with(source, -ENOMEM, "out of memory");
    source->buffer = grown;
    source->capacity = capacity;
    return 0;
}

size_t hr_dbn_source_fill(struct hr_dbn_source *source, size_t wanted, const uint8_t **bytes)
{
    while (!source->ended && source->end - source->begin < wanted) {
        /* It grows with what has come, not with what was claimed would. */
        if (source->begin + wanted > source->capacity && make_room(source, wanted))
            break;
        uint8_t *into = source->buffer + source->end;
        size_t room = source->capacity - source->end;
        if (source->stream)
            source->end += decompress(source, into, room);
        else {
            ssize_t got = read_raw(source, into, room);
            if (got == 0)
                source->ended = 1;
            source->end += got > 0 ? (size_t)got : 0;
        }
    }
    *bytes = source->buffer + source->begin;
    return source->end - source->begin;
}

/* Looks at the first bytes: zstd or not. */
static int begin(struct hr_dbn_source *source)
{
    const uint8_t *bytes;
    uint32_t magic = 0;
    source->capacity = READ_BYTES * 2;
    source->buffer = malloc(source->capacity);
    if (!source->buffer)
        return hr_fail(-ENOMEM, "out of memory");
    size_t have = hr_dbn_source_fill(source, sizeof magic, &bytes);
    if (source->ended < 0)
        return hr_fail(source->ended, "%s: %s", source->name, source->why);
    if (have >= sizeof magic)
        memcpy(&magic, bytes, sizeof magic);
    if (magic != ZSTD_MAGIC && (magic & ~UINT32_C(15)) != ZSTD_SKIPPABLE_MAGIC)
        return 0;
    source->stream = ZSTD_createDStream();
    source->compressed = malloc(source->capacity);
    if (!source->stream || !source->compressed)
        return hr_fail(-ENOMEM, "out of memory");
    memcpy(source->compressed, bytes, have); /* what has come is compressed */
    source->compressed_end = have;
    source->begin = source->end = 0;
    source->ended = 0;
    return 0;
}

int hr_dbn_source_open(struct hr_dbn_source *source, const char *path)
{
    *source = (struct hr_dbn_source){.fd = -1};
    source->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0)
        return hr_fail(-errno, "%s: %s", path, strerror(errno));
    source->name = strdup(path);
    int error = source->name ? begin(source) : hr_fail(-ENOMEM, "out of memory");
    if (error)
        hr_dbn_source_close(source);
    return error;
}

int hr_dbn_source_open_memory(struct hr_dbn_source *source, const char *name, const uint8_t *bytes, size_t length)
{
    *source = (struct hr_dbn_source){.fd = -1, .memory = bytes, .memory_left = length};
    source->name = strdup(name);
    int error = source->name ? begin(source) : hr_fail(-ENOMEM, "out of memory");
    if (error)
        hr_dbn_source_close(source);
    return error;
}

void hr_dbn_source_close(struct hr_dbn_source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    ZSTD_freeDStream(source->stream);
    free(source->compressed);
    free(source->buffer);
    free(source->name);
    *source = (struct hr_dbn_source){.fd = -1};
}
