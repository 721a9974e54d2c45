/* SPDX-License-Identifier: Apache-2.0
 *
 * What every fuzz target is: one function that takes any bytes, and stops the program when something does not hold. The fuzzer
 * calls it, or replay.c with the files of a folder.
 */
#ifndef HEADRACE_FUZZ_H
#define HEADRACE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline __attribute__((noreturn)) void fuzz_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* Not assert(): it must hold in every build. */
#define HOLDS(condition)                             \
    do {                                             \
        if (!(condition))                            \
            fuzz_fail(__FILE__, __LINE__, #condition); \
    } while (0)

/* A copy of its own, so that the address sanitizer sees one byte read past its end, even when it is empty. At an odd address:
 * nothing may count on alignment. */
struct fuzz_bytes {
    uint8_t *room;
    const uint8_t *bytes;
};

static inline struct fuzz_bytes fuzz_copy(const uint8_t *from, size_t length)
{
    struct fuzz_bytes copy = {.room = malloc(length + 1)};
    HOLDS(copy.room);
    for (size_t i = 0; i < length; i++)
        copy.room[i + 1] = from[i];
    copy.bytes = copy.room + 1;
    return copy;
}

#endif
