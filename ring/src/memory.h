/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealed anonymous memory: one writer, any number of readers that cannot write, resize or punch it, whoever they are.
 * FUTURE_WRITE is what makes read-only true: without it a reader re-opens the descriptor through /proc and maps it writable.
 */
#ifndef HEADRACE_MEMORY_H
#define HEADRACE_MEMORY_H

#include <stddef.h>

enum hr_memory_kind {
    HR_MEMORY_READ_ONLY = 0, /* for everyone but the mapping that is made here */
    HR_MEMORY_SHARED = 1,    /* writable by whoever gets the descriptor, of fixed size */
};

/* Makes `bytes` of zeros named `name` (for /proc only), maps them here read-write, seals. For HR_MEMORY_READ_ONLY it then
 * tries to map them writable once more, and fails with -EPERM should that succeed. huge_pages: try them first.
 * On success the caller owns *map and *fd. Returns 0 or a negative errno. */
int hr_memory_create(const char *name, size_t bytes, enum hr_memory_kind kind, int huge_pages, void **map, int *fd)
    __attribute__((warn_unused_result));

/* `bytes` rounded up to what a mapping of that kind needs. */
size_t hr_memory_round(size_t bytes, int huge_pages);

#endif
