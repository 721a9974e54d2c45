/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks on the cursor object, which is its reader's to write: of its size and seals nothing can be changed; whatever else is
 * done to it, the writer, which looks at it all the while, must go on.
 */
#define _GNU_SOURCE
#include "target.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stream.h"

#define FOR_NS 20000000 /* of what is done over and over */

static uint8_t *map_cursor(const struct target *t)
{
    void *map = mmap(NULL, t->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
    return map == MAP_FAILED ? NULL : map;
}

static int fill(const struct target *t, int byte)
{
    uint8_t *map = map_cursor(t);
    if (!map)
        return -errno;
    memset(map, byte, t->bytes);
    munmap(map, t->bytes);
    return 0;
}

static int fill_with_ones(const struct target *t)
{
    return fill(t, 0xFF);
}

static int fill_with_zeros(const struct target *t)
{
    return fill(t, 0);
}

static int fill_by_write(const struct target *t)
{
    char junk[8192];
    memset(junk, 0xEE, sizeof junk);
    return outcome_of(pwrite(t->fd, junk, sizeof junk, 0)); /* as much as there is room for */
}

static int write_beyond(const struct target *t)
{
    return outcome_of(pwrite(t->fd, "junk", 4, (off_t)t->bytes));
}

static int repeat(const struct target *t, int (*once)(const struct target *))
{
    uint64_t end = stream_clock_ns(CLOCK_MONOTONIC) + FOR_NS;
    int outcome = 0;
    while (outcome == 0 && stream_clock_ns(CLOCK_MONOTONIC) < end)
        outcome = once(t);
    return outcome;
}

static int punch_once(const struct target *t)
{
    return outcome_of(fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)t->bytes));
}

static int punch(const struct target *t)
{
    return repeat(t, punch_once);
}

static int zero_range(const struct target *t)
{
    return outcome_of(fallocate(t->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0, (off_t)t->bytes));
}

static int advise_once(const struct target *t, int advice)
{
    uint8_t *map = map_cursor(t);
    if (!map)
        return -errno;
    map[64] = 1;
    int outcome = outcome_of(madvise(map, t->bytes, advice));
    munmap(map, t->bytes);
    return outcome;
}

static int remove_once(const struct target *t)
{
    return advise_once(t, MADV_REMOVE);
}

static int advise_remove(const struct target *t)
{
    return repeat(t, remove_once);
}

static int pageout_once(const struct target *t)
{
    return advise_once(t, MADV_PAGEOUT);
}

static int advise_pageout(const struct target *t)
{
    return repeat(t, pageout_once);
}

/* Faults of its own mapping are its own to answer, never; those of the writer's must not wait for it. */
static int userfault(const struct target *t)
{
    struct uffdio_api api = {.api = UFFD_API};
    uint8_t *map = map_cursor(t);
    struct uffdio_register range = {.range = {.start = (uint64_t)(uintptr_t)map, .len = t->bytes},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (!map)
        return -errno;
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    int outcome = outcome_of(fd);
    if (outcome == 0)
        outcome = outcome_of(ioctl(fd, UFFDIO_API, &api));
    if (outcome == 0)
        outcome = outcome_of(ioctl(fd, UFFDIO_REGISTER, &range));
    if (outcome == 0)
        outcome = punch(t);
    if (fd >= 0)
        close(fd);
    munmap(map, t->bytes);
    return outcome;
}

static int lock_and_map(const struct target *t)
{
    uint8_t *maps[100];
    int outcome = 0;
    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        maps[i] = map_cursor(t);
        if (!maps[i] || mlock(maps[i], t->bytes) < 0)
            outcome = -errno;
    }
    for (size_t i = 0; i < COUNT_OF(maps); i++)
        if (maps[i])
            munmap(maps[i], t->bytes);
    return outcome;
}

static int reopen_and_fill(const struct target *t)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", t->fd);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int outcome = outcome_of(fd < 0 ? -1 : pwrite(fd, "junk", 4, 64));
    if (fd >= 0)
        close(fd);
    return outcome;
}

static int shrink(const struct target *t)
{
    return outcome_of(ftruncate(t->fd, 0));
}

static int shrink_a_little(const struct target *t)
{
    return outcome_of(ftruncate(t->fd, (off_t)t->bytes - 1));
}

static int grow(const struct target *t)
{
    return outcome_of(ftruncate(t->fd, (off_t)1 << 40));
}

static int allocate_beyond(const struct target *t)
{
    return outcome_of(fallocate(t->fd, 0, 0, (off_t)1 << 30));
}

static int collapse_range(const struct target *t)
{
    return outcome_of(fallocate(t->fd, FALLOC_FL_COLLAPSE_RANGE, 0, (off_t)t->bytes));
}

static int open_truncating(const struct target *t)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", t->fd);
    int fd = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);
    int outcome = outcome_of(fd);
    if (fd >= 0)
        close(fd);
    return outcome;
}

/* It would keep the next reader of this ring from storing its cursor. */
static int seal_write(const struct target *t)
{
    return outcome_of(fcntl(t->fd, F_ADD_SEALS, F_SEAL_WRITE));
}

struct attack_list cursor_attacks(void)
{
    static const struct attack attacks[] = {
        {"ftruncate to 0", NEVER, shrink},
        {"ftruncate by one byte", NEVER, shrink_a_little},
        {"ftruncate to 1 TiB", NEVER, grow},
        {"open O_TRUNC", NEVER, open_truncating},
        {"fallocate of 1 GiB", NEVER, allocate_beyond},
        {"fallocate COLLAPSE_RANGE", NEVER, collapse_range},
        {"F_ADD_SEALS WRITE", NEVER, seal_write},
        {"pwrite beyond the end", NEVER, write_beyond},
        {"filled with ones", TO_ANYONE, fill_with_ones},
        {"filled with zeros", TO_ANYONE, fill_with_zeros},
        {"filled by pwrite", TO_ANYONE, fill_by_write},
        {"opened again and written", TO_OWNER, reopen_and_fill},
        {"fallocate PUNCH_HOLE, over and over", TO_ANYONE, punch},
        {"fallocate ZERO_RANGE", TO_ANYONE, zero_range},
        {"MADV_REMOVE, over and over", TO_ANYONE, advise_remove},
        {"MADV_PAGEOUT, over and over", TO_ANYONE, advise_pageout},
        {"mapped and locked a hundred times", TO_ANYONE, lock_and_map},
        {"userfaultfd that never answers, and PUNCH_HOLE", TO_ANYONE, userfault},
    };
    return (struct attack_list){attacks, COUNT_OF(attacks)};
}
