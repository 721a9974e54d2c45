/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/dbn_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "headrace/headrace.h"

/* Records of so many bytes make a frame: large enough to compress well, small enough to be lost. */
#define FRAME_BYTES ((size_t)8 << 20)
#define COPY_BYTES ((size_t)1 << 20)

static int fail(struct hr_dbn_file *file, int error, const char *path, const char *doing)
{
    snprintf(file->error, sizeof file->error, "%s: %s: %s", path, doing, strerror(-error));
    return error;
}

static int write_all(struct hr_dbn_file *file, int fd, const char *path, const uint8_t *bytes, size_t length)
{
    while (length) {
        ssize_t wrote = write(fd, bytes, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return fail(file, wrote < 0 ? -errno : -EIO, path, "cannot be written");
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return 0;
}

static const char *part_path(const struct hr_dbn_file *file, char *room, size_t bytes)
{
    snprintf(room, bytes, "%s.part", file->path);
    return room;
}

/* Metadata as they stand in a file: a frame of their own, for readers that look for them in the first one alone. */
static int encode_front(struct hr_dbn_file *file, const struct hr_dbn_metadata *metadata, uint8_t **bytes, size_t *length)
{
    int error = hr_dbn_metadata_encode(metadata, bytes, length);
    if (error) {
        snprintf(file->error, sizeof file->error, "%s: %s", file->path, hr_error());
        return error;
    }
    if (!file->level)
        return 0;
    size_t room = ZSTD_compressBound(*length);
    uint8_t *frame = malloc(room);
    size_t packed = frame ? ZSTD_compress(frame, room, *bytes, *length, file->level) : 0;
    free(*bytes);
    *bytes = frame;
    *length = packed;
    return frame && !ZSTD_isError(packed) ? 0 : fail(file, -ENOMEM, file->path, "metadata");
}

int hr_dbn_file_open(struct hr_dbn_file *file, const char *path, int level, const struct hr_dbn_metadata *metadata)
{
    char part[HR_DBN_FILE_PATH_BYTES + 8];
    uint8_t *front = NULL;
    size_t front_bytes = 0;
    *file = (struct hr_dbn_file){.fd = -1, .level = level};
    snprintf(file->path, sizeof file->path, "%s", path);
    if (access(path, F_OK) == 0)
        return fail(file, -EEXIST, path, "is there already, and is not overwritten");
    part_path(file, part, sizeof part);
    file->fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file->fd < 0)
        return fail(file, -errno, part,
                    errno == EEXIST ? "of a recording that was killed (headrace record --repair)" : "cannot be made");
    file->stream = ZSTD_createCCtx();
    file->frame_room = ZSTD_compressBound(FRAME_BYTES) * 2;
    file->frame = level ? malloc(file->frame_room) : NULL;
    int error = file->stream && (file->frame || !level) ? encode_front(file, metadata, &front, &front_bytes)
                                                        : fail(file, -ENOMEM, part, "memory");
    if (!error) {
        ZSTD_CCtx_setParameter(file->stream, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(file->stream, ZSTD_c_checksumFlag, 1);
        error = write_all(file, file->fd, part, front, front_bytes);
    }
    free(front);
    file->front_bytes = file->file_bytes = front_bytes;
    if (error) {
        unlink(part);
        hr_dbn_file_abandon(file);
    }
    return error;
}

/* Compresses into the frame at hand. */
static int compress(struct hr_dbn_file *file, const uint8_t *bytes, size_t length, ZSTD_EndDirective mode)
{
    ZSTD_inBuffer in = {.src = bytes, .size = length};
    size_t left;
    do {
        ZSTD_outBuffer out = {.dst = file->frame, .size = file->frame_room, .pos = file->frame_used};
        left = ZSTD_compressStream2(file->stream, &out, &in, mode);
        file->frame_used = out.pos;
        if (ZSTD_isError(left)) {
            snprintf(file->error, sizeof file->error, "%s: zstd: %s", file->path, ZSTD_getErrorName(left));
            return -EIO;
        }
        if (left && file->frame_used == file->frame_room) /* no bound of zstd's allows it */
            return fail(file, -ENOBUFS, file->path, "a frame that grows");
    } while (mode == ZSTD_e_end ? left != 0 : in.pos < in.size);
    return 0;
}

int hr_dbn_file_flush(struct hr_dbn_file *file)
{
    char part[HR_DBN_FILE_PATH_BYTES + 8];
    if (!file->level || file->frame_input == 0)
        return 0;
    int error = compress(file, NULL, 0, ZSTD_e_end);
    if (!error)
        error = write_all(file, file->fd, part_path(file, part, sizeof part), file->frame, file->frame_used);
    file->file_bytes += file->frame_used;
    file->frame_used = 0;
    file->frame_input = 0;
    return error;
}

int hr_dbn_file_write(struct hr_dbn_file *file, const uint8_t *records, size_t bytes)
{
    char part[HR_DBN_FILE_PATH_BYTES + 8];
    file->record_bytes += bytes;
    if (!file->level) {
        file->file_bytes += bytes;
        return write_all(file, file->fd, part_path(file, part, sizeof part), records, bytes);
    }
    while (bytes) {
        size_t now = bytes < FRAME_BYTES - file->frame_input ? bytes : FRAME_BYTES - file->frame_input;
        int error = compress(file, records, now, ZSTD_e_continue);
        if (error)
            return error;
        file->frame_input += now;
        records += now;
        bytes -= now;
        if (file->frame_input == FRAME_BYTES && (error = hr_dbn_file_flush(file)))
            return error;
    }
    return 0;
}

/* The records of NAME.part behind the new front; within the kernel where it can. */
static int copy_records(struct hr_dbn_file *file, int to, const char *name)
{
    uint8_t *room = NULL;
    off_t from = (off_t)file->front_bytes;
    for (;;) {
        ssize_t got = room ? -1 : copy_file_range(file->fd, &from, to, NULL, COPY_BYTES * 64, 0);
        if (got == 0)
            break;
        if (got > 0)
            continue;
        if (!room && !(room = malloc(COPY_BYTES)))
            return fail(file, -ENOMEM, name, "memory");
        got = pread(file->fd, room, COPY_BYTES, from);
        if (got < 0 && errno == EINTR)
            continue;
        int error = got < 0 ? fail(file, -errno, name, "its .part cannot be read")
                            : write_all(file, to, name, room, (size_t)got);
        from += got;
        if (error || got == 0) {
            free(room);
            return error;
        }
    }
    free(room);
    return 0;
}

static int write_final(struct hr_dbn_file *file, const char *name, const struct hr_dbn_metadata *metadata)
{
    uint8_t *front = NULL;
    size_t front_bytes = 0;
    int error = encode_front(file, metadata, &front, &front_bytes);
    if (error) {
        free(front);
        return error;
    }
    int to = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (to < 0)
        error = fail(file, -errno, name, "cannot be made");
    if (!error)
        error = write_all(file, to, name, front, front_bytes);
    free(front);
    if (!error)
        error = copy_records(file, to, name);
    if (!error && fsync(to) < 0)
        error = fail(file, -errno, name, "cannot be brought to the disk");
    if (to >= 0)
        close(to);
    if (error && to >= 0)
        unlink(name);
    return error;
}

int hr_dbn_file_finish(struct hr_dbn_file *file, const struct hr_dbn_metadata *metadata)
{
    char part[HR_DBN_FILE_PATH_BYTES + 8];
    char temporary[HR_DBN_FILE_PATH_BYTES + 8];
    part_path(file, part, sizeof part);
    snprintf(temporary, sizeof temporary, "%s.tmp", file->path);
    int error = hr_dbn_file_flush(file);
    if (!error)
        error = write_final(file, temporary, metadata);
    if (!error && rename(temporary, file->path) < 0)
        error = fail(file, -errno, file->path, "cannot be given its name");
    if (!error)
        unlink(part);
    hr_dbn_file_abandon(file);
    return error;
}

void hr_dbn_file_abandon(struct hr_dbn_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    ZSTD_freeCCtx(file->stream);
    free(file->frame);
    file->fd = -1;
    file->stream = NULL;
    file->frame = NULL;
}
