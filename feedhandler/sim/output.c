/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define NANOSECOND_MAGIC UINT32_C(0xa1b23c4d)
#define LINK_TYPE_ETHERNET 1
#define SNAP_BYTES 65535
#define BUFFER_BYTES ((size_t)1 << 20)
#define ZSTD_LEVEL 3

struct hr_sim_output {
    FILE *file;
    ZSTD_CCtx *zstd; /* NULL when not compressing */
    size_t held;     /* bytes in buffer */
    uint8_t buffer[BUFFER_BYTES];
    uint8_t compressed[BUFFER_BYTES];
};

/* Little-endian whatever the machine, so that the same seed is the same file. */
static void put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

static int write_bytes(struct hr_sim_output *output, const uint8_t *bytes, size_t length)
{
    errno = 0;
    if (fwrite(bytes, 1, length, output->file) != length)
        return errno ? -errno : -EIO;
    return 0;
}

static int flush_buffer(struct hr_sim_output *output, ZSTD_EndDirective end)
{
    size_t held = output->held;
    output->held = 0;
    if (!output->zstd)
        return write_bytes(output, output->buffer, held);

    ZSTD_inBuffer in = {.src = output->buffer, .size = held, .pos = 0};
    size_t remaining;
    do {
        ZSTD_outBuffer out = {.dst = output->compressed, .size = sizeof(output->compressed), .pos = 0};
        remaining = ZSTD_compressStream2(output->zstd, &out, &in, end);
        if (ZSTD_isError(remaining))
            return -EIO;
        int error = write_bytes(output, output->compressed, out.pos);
        if (error)
            return error;
    } while (end == ZSTD_e_end ? remaining != 0 : in.pos < in.size);
    return 0;
}

static int append(struct hr_sim_output *output, const uint8_t *bytes, size_t length)
{
    if (output->held + length > sizeof(output->buffer)) {
        int error = flush_buffer(output, ZSTD_e_continue);
        if (error)
            return error;
    }
    memcpy(output->buffer + output->held, bytes, length);
    output->held += length;
    return 0;
}

int hr_sim_output_open(struct hr_sim_output **opened, const char *path)
{
    uint8_t header[24] = {0};
    size_t path_length = strlen(path);
    int error = -ENOMEM;
    *opened = NULL;

    struct hr_sim_output *output = malloc(sizeof(*output));
    if (!output)
        return -ENOMEM;
    output->file = NULL;
    output->zstd = NULL;
    output->held = 0;
    if (path_length > 4 && strcmp(path + path_length - 4, ".zst") == 0) {
        output->zstd = ZSTD_createCCtx();
        if (!output->zstd)
            goto fail;
        error = -EIO;
        if (ZSTD_isError(ZSTD_CCtx_setParameter(output->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
            ZSTD_isError(ZSTD_CCtx_setParameter(output->zstd, ZSTD_c_checksumFlag, 1)))
            goto fail;
    }
    output->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wbe");
    if (!output->file) {
        error = -errno;
        goto fail;
    }
    put_u32(header, NANOSECOND_MAGIC);
    header[4] = 2; /* version 2.4 */
    header[6] = 4;
    put_u32(header + 16, SNAP_BYTES);
    put_u32(header + 20, LINK_TYPE_ETHERNET);
    error = append(output, header, sizeof(header));
    if (error)
        goto fail;
    *opened = output;
    return 0;

fail:
    if (output->file && output->file != stdout)
        fclose(output->file);
    ZSTD_freeCCtx(output->zstd);
    free(output);
    return error;
}

int hr_sim_output_write(struct hr_sim_output *output, uint64_t time_ns, const uint8_t *frame, size_t length)
{
    uint8_t header[16];
    put_u32(header, (uint32_t)(time_ns / 1000000000));
    put_u32(header + 4, (uint32_t)(time_ns % 1000000000));
    put_u32(header + 8, (uint32_t)length);
    put_u32(header + 12, (uint32_t)length);
    int error = append(output, header, sizeof(header));
    return error ? error : append(output, frame, length);
}

int hr_sim_output_close(struct hr_sim_output *output)
{
    if (!output)
        return 0;
    int error = flush_buffer(output, ZSTD_e_end);
    /* Standard output is not ours to close; but a full disk must be noticed there as well. */
    int closed = output->file == stdout ? fflush(stdout) : fclose(output->file);
    if (closed != 0 && error == 0)
        error = -errno;
    ZSTD_freeCCtx(output->zstd);
    free(output);
    return error;
}
