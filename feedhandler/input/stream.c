/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "input/stream.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* Big reads: 1 KiB at a time costs more than decoding does. */
#define BUFFER_BYTES ((size_t)1 << 20)

struct zstd_reader {
    FILE *file;
    ZSTD_DStream *stream;
    ZSTD_inBuffer in;
    size_t hint; /* ZSTD_decompressStream's last answer: 0 at the end of a frame */
    uint8_t buffer[];
};

static ssize_t read_zstd(void *cookie, char *bytes, size_t size)
{
    struct zstd_reader *reader = cookie;
    ZSTD_outBuffer out = {.dst = bytes, .size = size};
    while (out.pos == 0) {
        if (reader->in.pos == reader->in.size) {
            reader->in.size = fread(reader->buffer, 1, BUFFER_BYTES, reader->file);
            reader->in.pos = 0;
            if (reader->in.size == 0) {
                if (reader->hint == 0 && !ferror(reader->file))
                    return 0;
                errno = EBADMSG; /* ends within a frame */
                return -1;
            }
        }
        reader->hint = ZSTD_decompressStream(reader->stream, &out, &reader->in);
        if (ZSTD_isError(reader->hint)) {
            errno = EBADMSG;
            return -1;
        }
    }
    return (ssize_t)out.pos;
}

static int close_zstd(void *cookie)
{
    struct zstd_reader *reader = cookie;
    int result = reader->file == stdin ? 0 : fclose(reader->file);
    ZSTD_freeDStream(reader->stream);
    free(reader);
    return result;
}

static int is_zstd(FILE *file)
{
    static const unsigned char magic[] = {0x28, 0xB5, 0x2F, 0xFD};
    unsigned char found[sizeof magic];
    size_t count = fread(found, 1, sizeof found, file);
    for (size_t i = count; i > 0; i--) /* glibc takes back at least four bytes that it has just given */
        if (ungetc(found[i - 1], file) == EOF)
            return 0;
    return count == sizeof magic && memcmp(found, magic, sizeof magic) == 0;
}

FILE *hr_stream_open(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file)
        return NULL;
    setvbuf(file, NULL, _IOFBF, BUFFER_BYTES);
    if (!is_zstd(file)) {
        if (ferror(file)) {
            int error = errno;
            fclose(file);
            errno = error;
            return NULL;
        }
        return file;
    }
    struct zstd_reader *reader = calloc(1, sizeof *reader + BUFFER_BYTES);
    FILE *stream = NULL;
    if (reader) {
        reader->file = file;
        reader->in.src = reader->buffer;
        reader->stream = ZSTD_createDStream();
        if (reader->stream)
            stream = fopencookie(reader, "r", (cookie_io_functions_t){.read = read_zstd, .close = close_zstd});
    }
    if (!stream) {
        if (reader)
            ZSTD_freeDStream(reader->stream);
        free(reader);
        fclose(file);
        errno = ENOMEM;
        return NULL;
    }
    setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
    return stream;
}
