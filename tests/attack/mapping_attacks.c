/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks on the data object through a mapping: to get one that can be written, to take pages away, to reach beyond the end.
 */
#define _GNU_SOURCE
#include "target.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define AT 4160
#define READ_ONLY PROT_READ, MAP_SHARED

int attack_in_child(const struct target *target, int (*run)(const struct target *))
{
    int status = 0;
    int *outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcome == MAP_FAILED)
        return NOT_HERE;
    *outcome = NOT_HERE;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit of it */
        signal(SIGBUS, SIG_DFL);
        *outcome = run(target);
        _exit(0);
    }
    if (child > 0)
        waitpid(child, &status, 0);
    int result = WIFSIGNALED(status) ? WTERMSIG(status) : *outcome;
    munmap(outcome, sizeof *outcome);
    return result;
}

void *attack_map(const struct target *target, int protection, int flags, int *error)
{
    void *map = mmap(NULL, target->bytes, protection, flags, target->fd, 0);
    *error = map == MAP_FAILED ? -errno : 0;
    return map == MAP_FAILED ? NULL : map;
}

/* ---- mappings that can be written ---- */

/* Should it be granted, it is made use of: the stream shows it. */
static int map_and_store(const struct target *t, int protection, int flags)
{
    int error = 0;
    uint8_t *map = attack_map(t, protection, flags, &error);
    if (!map)
        return error;
    memset(map + AT, 0xEE, 64);
    munmap(map, t->bytes);
    return 0;
}

static int map_read_write(const struct target *t)
{
    return map_and_store(t, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static int map_write(const struct target *t)
{
    return map_and_store(t, PROT_WRITE, MAP_SHARED);
}

static int map_validate(const struct target *t)
{
    return map_and_store(t, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE);
}

static int map_read_write_execute(const struct target *t)
{
    return map_and_store(t, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED);
}

static int protect_and_store(const struct target *t, int protection)
{
    int error = 0;
    uint8_t *map = attack_map(t, READ_ONLY, &error);
    if (!map)
        return error;
    int outcome = outcome_of(mprotect(map, t->bytes, protection));
    if (outcome == 0)
        memset(map + AT, 0xEE, 64);
    munmap(map, t->bytes);
    return outcome;
}

static int protect_read_write(const struct target *t)
{
    return protect_and_store(t, PROT_READ | PROT_WRITE);
}

static int protect_write(const struct target *t)
{
    return protect_and_store(t, PROT_WRITE);
}

static int protect_with_key(const struct target *t)
{
    int error = 0;
    uint8_t *map = attack_map(t, READ_ONLY, &error);
    if (!map)
        return error;
    int outcome = outcome_of(syscall(SYS_pkey_mprotect, map, t->bytes, PROT_READ | PROT_WRITE, -1));
    munmap(map, t->bytes);
    return outcome;
}

/* A second mapping of the same pages, made from the first without the descriptor. */
static int protect_duplicate(const struct target *t)
{
    int error = 0;
    uint8_t *map = attack_map(t, READ_ONLY, &error);
    if (!map)
        return error;
    void *again = mremap(map, 0, t->bytes, MREMAP_MAYMOVE);
    int outcome = again == MAP_FAILED ? -errno : outcome_of(mprotect(again, t->bytes, PROT_READ | PROT_WRITE));
    if (again != MAP_FAILED)
        munmap(again, t->bytes);
    munmap(map, t->bytes);
    return outcome;
}

static int store_inside(const struct target *t)
{
    int error = 0;
    volatile uint8_t *map = attack_map(t, READ_ONLY, &error);
    if (!map)
        return error;
    map[AT] = 0xEE;
    return 0;
}

static int store(const struct target *t)
{
    return attack_in_child(t, store_inside);
}

/* A copy of its own is everyone's right; it must not be seen by others. */
static int map_private(const struct target *t)
{
    return map_and_store(t, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static int map_executable(const struct target *t)
{
    int error = 0;
    void *map = attack_map(t, PROT_READ | PROT_EXEC, MAP_SHARED, &error);
    if (map)
        munmap(map, t->bytes);
    return error;
}

/* ---- taking pages away ---- */

static int advise(const struct target *t, int advice)
{
    int error = 0;
    volatile uint8_t *map = attack_map(t, READ_ONLY, &error);
    uint8_t sum = 0;
    if (!map)
        return error;
    int outcome = outcome_of(madvise((void *)(uintptr_t)map, t->bytes, advice));
    for (size_t i = 0; i < t->bytes; i += 512)
        sum ^= map[i]; /* and have them back */
    (void)sum;
    munmap((void *)(uintptr_t)map, t->bytes);
    return outcome;
}

static int advise_remove(const struct target *t)
{
    return advise(t, MADV_REMOVE);
}

static int advise_populate_write(const struct target *t)
{
    return advise(t, MADV_POPULATE_WRITE);
}

static int advise_soft_offline(const struct target *t)
{
    return advise(t, MADV_SOFT_OFFLINE);
}

static int advise_dontneed(const struct target *t)
{
    return advise(t, MADV_DONTNEED);
}

static int advise_free(const struct target *t)
{
    return advise(t, MADV_FREE);
}

static int advise_pageout(const struct target *t)
{
    return advise(t, MADV_PAGEOUT);
}

static int advise_cold(const struct target *t)
{
    return advise(t, MADV_COLD);
}

static int advise_collapse(const struct target *t)
{
    return advise(t, MADV_COLLAPSE);
}

/* ---- beyond the end ---- */

static int grow_mapping_inside(const struct target *t)
{
    int error = 0;
    uint8_t *map = attack_map(t, READ_ONLY, &error);
    if (!map)
        return error;
    volatile uint8_t *longer = mremap(map, t->bytes, t->bytes * 2, MREMAP_MAYMOVE);
    if (longer == MAP_FAILED)
        return -errno;
    (void)longer[t->bytes]; /* to have read anything at all is success */
    return 0;
}

static int grow_mapping(const struct target *t)
{
    return attack_in_child(t, grow_mapping_inside);
}

static int map_beyond_inside(const struct target *t)
{
    volatile uint8_t *map = mmap(NULL, t->bytes, READ_ONLY, t->fd, (off_t)t->bytes);
    if (map == MAP_FAILED)
        return -errno;
    (void)map[0];
    return 0;
}

static int map_beyond(const struct target *t)
{
    return attack_in_child(t, map_beyond_inside);
}

static int remap_pages(const struct target *t)
{
    int error = 0;
    uint8_t *map = attack_map(t, READ_ONLY, &error);
    if (!map)
        return error;
    int outcome = outcome_of(syscall(SYS_remap_file_pages, map, (size_t)4096, 0, (size_t)1, 0));
    munmap(map, t->bytes);
    return outcome;
}

struct attack_list mapping_attacks(void)
{
    static const struct attack attacks[] = {
        {"mmap PROT_READ PROT_WRITE MAP_SHARED", NEVER, map_read_write},
        {"mmap PROT_WRITE MAP_SHARED", NEVER, map_write},
        {"mmap MAP_SHARED_VALIDATE", NEVER, map_validate},
        {"mmap PROT_WRITE PROT_EXEC", NEVER, map_read_write_execute},
        {"mprotect of a mapping for reading", NEVER, protect_read_write},
        {"mprotect PROT_WRITE alone", NEVER, protect_write},
        {"pkey_mprotect", NEVER, protect_with_key},
        {"mprotect of an mremap duplicate", NEVER, protect_duplicate},
        {"a store to a mapping for reading", NEVER, store},
        {"MADV_REMOVE", NEVER, advise_remove},
        {"MADV_POPULATE_WRITE", NEVER, advise_populate_write},
        {"MADV_SOFT_OFFLINE", NEVER, advise_soft_offline},
        {"mremap beyond the end", NEVER, grow_mapping},
        {"mmap beyond the end", NEVER, map_beyond},
        {"mmap MAP_PRIVATE, and storing", TO_ANYONE, map_private},
        {"mmap PROT_EXEC", TO_ANYONE, map_executable},
        {"remap_file_pages", TO_ANYONE, remap_pages},
        {"MADV_DONTNEED", TO_ANYONE, advise_dontneed},
        {"MADV_FREE", TO_ANYONE, advise_free},
        {"MADV_PAGEOUT", TO_ANYONE, advise_pageout},
        {"MADV_COLD", TO_ANYONE, advise_cold},
        {"MADV_COLLAPSE", TO_ANYONE, advise_collapse},
    };
    return (struct attack_list){attacks, COUNT_OF(attacks)};
}
