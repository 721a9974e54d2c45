/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a DBN file, decompressed on the way where they are zstd: one frame or several, skippable ones too. Nothing of
 * the file is trusted, and no more of it is held than what was asked for at once.
 *
 * One thread. Errors: a negative errno, with the reason in hr_error(): -EBADMSG where the bytes are at fault.
 */
#ifndef HEADRACE_DBN_SOURCE_H
#define HEADRACE_DBN_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct hr_dbn_source {
    char *name;          /* for messages: the path */
    int fd;              /* -1: from memory */
    void *stream;        /* ZSTD_DStream; NULL: not compressed */
    uint8_t *compressed; /* what was read and is not decompressed yet */
    size_t compressed_at;
    size_t compressed_end;
    const uint8_t *memory; /* instead of fd */
    size_t memory_left;
    uint8_t *buffer; /* bytes that were not taken yet: from begin to end */
    size_t capacity;
    size_t begin;
    size_t end;
    uint64_t offset;  /* of `begin`, in the decompressed file */
    int within_frame; /* the input must not end here */
    int ended;        /* 1, or the negative errno of what ended it */
    char why[192];    /* for a negative `ended` */
};

/* Opens `path`, "-" for standard input. Returns 0 or a negative errno; nothing is left open then. */
int hr_dbn_source_open(struct hr_dbn_source *source, const char *path) __attribute__((warn_unused_result));
/* The same over bytes that outlive the source; `name` is what messages call them. */
int hr_dbn_source_open_memory(struct hr_dbn_source *source, const char *name, const uint8_t *bytes, size_t length)
    __attribute__((warn_unused_result));
void hr_dbn_source_close(struct hr_dbn_source *source);

/* Reads on until `wanted` bytes stand in a row or there are no more; points *bytes at them, at any alignment, until the next
 * call. Returns how many there are: fewer than wanted at the end alone, `source->ended` then says why. */
size_t hr_dbn_source_fill(struct hr_dbn_source *source, size_t wanted, const uint8_t **bytes);

/* As hr_dbn_source_fill where they are there already: the hot path. */
static inline size_t hr_dbn_source_have(struct hr_dbn_source *source, size_t wanted, const uint8_t **bytes)
{
    if (source->end - source->begin < wanted)
        return hr_dbn_source_fill(source, wanted, bytes);
    *bytes = source->buffer + source->begin;
    return source->end - source->begin;
}

/* Is done with the first `count` bytes of those. */
static inline void hr_dbn_source_take(struct hr_dbn_source *source, size_t count)
{
    source->begin += count;
    source->offset += count;
}

#endif
