/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "input/stream.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Big reads: 1 KiB at a time costs more than decoding does. */
#define BUFFER_BYTES ((size_t)1 << 20)
/* zlib's window, as large as it can be, behind a gzip header. */
#define GZIP_WINDOW_BITS (16 + MAX_WBITS)

struct reader {
    FILE *file;
    ZSTD_DStream *zstd;
    z_stream gzip;
    size_t used; /* of what the buffer holds */
    size_t held;
    int is_within; /* a frame, or a member of a gzip file, which may have several too */
    uint8_t buffer[];
};

/* Returns 1 when there is something to decompress, 0 at the end, -1 when that is within a frame or the file cannot be read. */
static int fill(struct reader *reader)
{
    if (reader->used < reader->held)
        return 1;
    reader->used = 0;
    reader->held = fread(reader->buffer, 1, BUFFER_BYTES, reader->file);
    if (reader->held)
        return 1;
    if (!reader->is_within && !ferror(reader->file))
        return 0;
    errno = EBADMSG;
    return -1;
}

static ssize_t read_zstd(void *cookie, char *bytes, size_t size)
{
    struct reader *reader = cookie;
    ZSTD_outBuffer out = {.dst = bytes, .size = size};
    while (out.pos == 0) {
        int more = fill(reader);
        if (more <= 0)
            return more;
        ZSTD_inBuffer in = {.src = reader->buffer, .size = reader->held, .pos = reader->used};
        size_t hint = ZSTD_decompressStream(reader->zstd, &out, &in);
        reader->used = in.pos;
        reader->is_within = hint != 0;
        if (ZSTD_isError(hint)) {
            errno = EBADMSG;
            return -1;
        }
    }
    return (ssize_t)out.pos;
}

static ssize_t read_gzip(void *cookie, char *bytes, size_t size)
{
    struct reader *reader = cookie;
    z_stream *gzip = &reader->gzip;
    gzip->next_out = (uint8_t *)bytes;
    gzip->avail_out = size < UINT32_MAX ? (uInt)size : UINT32_MAX;
    const uInt room = gzip->avail_out;
    while (gzip->avail_out == room) {
        int more = fill(reader);
        if (more <= 0)
            return more;
        gzip->next_in = reader->buffer + reader->used;
        gzip->avail_in = (uInt)(reader->held - reader->used);
        int result = inflate(gzip, Z_NO_FLUSH);
        reader->used = reader->held - gzip->avail_in;
        reader->is_within = result != Z_STREAM_END;
        if ((result != Z_OK && result != Z_STREAM_END) || (result == Z_STREAM_END && inflateReset(gzip) != Z_OK)) {
            errno = EBADMSG;
            return -1;
        }
    }
    return (ssize_t)(room - gzip->avail_out);
}

static void destroy(struct reader *reader)
{
    if (reader->zstd)
        ZSTD_freeDStream(reader->zstd);
    else
        inflateEnd(&reader->gzip);
    free(reader);
}

static int close_reader(void *cookie)
{
    struct reader *reader = cookie;
    int result = reader->file == stdin ? 0 : fclose(reader->file);
    destroy(reader);
    return result;
}

enum compression { PLAIN, ZSTD, GZIP };

static enum compression find_compression(FILE *file)
{
    static const unsigned char zstd[] = {0x28, 0xB5, 0x2F, 0xFD};
    static const unsigned char gzip[] = {0x1F, 0x8B, Z_DEFLATED};
    unsigned char found[sizeof zstd];
    size_t count = fread(found, 1, sizeof found, file);
    for (size_t i = count; i > 0; i--) /* glibc takes back at least four bytes that it has just given */
        if (ungetc(found[i - 1], file) == EOF)
            return PLAIN;
    return count < sizeof found                    ? PLAIN
           : memcmp(found, zstd, sizeof zstd) == 0 ? ZSTD
           : memcmp(found, gzip, sizeof gzip) == 0 ? GZIP
                                                   : PLAIN;
}

/* Returns NULL when there is no memory. */
static FILE *decompress(FILE *file, enum compression compression)
{
    struct reader *reader = calloc(1, sizeof *reader + BUFFER_BYTES);
    if (!reader)
        return NULL;
    reader->file = file;
    if (compression == ZSTD)
        reader->zstd = ZSTD_createDStream();
    FILE *stream = NULL;
    if (compression == ZSTD ? reader->zstd != NULL : inflateInit2(&reader->gzip, GZIP_WINDOW_BITS) == Z_OK)
        stream = fopencookie(reader, "r", (cookie_io_functions_t){.read = compression == ZSTD ? read_zstd : read_gzip, .close = close_reader});
    if (!stream)
        destroy(reader);
    return stream;
}

FILE *hr_stream_open(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file)
        return NULL;
    setvbuf(file, NULL, _IOFBF, BUFFER_BYTES);
    enum compression compression = find_compression(file);
    if (compression == PLAIN && !ferror(file))
        return file;
    int error = compression == PLAIN ? errno : ENOMEM;
    FILE *stream = compression == PLAIN ? NULL : decompress(file, compression);
    if (!stream) {
        fclose(file);
        errno = error;
        return NULL;
    }
    setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
    return stream;
}
