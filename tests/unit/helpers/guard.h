/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that end where an unreadable page begins: one byte read past their end is a segmentation fault.
 */
#ifndef HEADRACE_TEST_GUARD_H
#define HEADRACE_TEST_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "test.h"

#define GUARD_ROOM ((size_t)1 << 17)
#define GUARD_PAGE ((size_t)4096)

struct guard {
    uint8_t *memory;
};

static inline void guard_create(struct guard *guard)
{
    guard->memory = mmap(NULL, GUARD_ROOM + GUARD_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(guard->memory != MAP_FAILED);
    assert_int_equal(mprotect(guard->memory + GUARD_ROOM, GUARD_PAGE, PROT_NONE), 0);
}

static inline void guard_destroy(struct guard *guard)
{
    munmap(guard->memory, GUARD_ROOM + GUARD_PAGE);
    guard->memory = NULL;
}

/* A copy of `length` bytes right before the unreadable page. */
static inline uint8_t *guard_copy(const struct guard *guard, const uint8_t *bytes, size_t length)
{
    assert_true(length <= GUARD_ROOM);
    uint8_t *copy = guard->memory + GUARD_ROOM - length;
    if (length)
        memmove(copy, bytes, length);
    return copy;
}

#endif
