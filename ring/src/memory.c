/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "aligned_map.h"

/* Linux 5.1 and 6.3; Debian 12's headers do not have the second. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define PAGE_BYTES ((size_t)4096)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

size_t hr_memory_round(size_t bytes, int huge_pages)
{
    size_t page = huge_pages || bytes > PAGE_BYTES ? HR_HUGE_PAGE_BYTES : PAGE_BYTES;
    return (bytes + page - 1) / page * page;
}

static int create_descriptor(const char *name, int huge_pages)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge_pages ? MFD_HUGETLB : 0U);
    int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, flags);
    return fd < 0 ? -errno : fd;
}

/* What a reader may write it could also punch holes into, and the data thread would wait in a page fault for as long as that takes: seconds,
 * where the reader has the lowest priority on a busy core. Secret memory (Linux 5.14; on by default since 6.5) has no holes, no other
 * size than its first, and is never moved. */
static int create_secret(size_t bytes, void **map, int *fd)
{
#ifdef SYS_memfd_secret
    int made = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    if (made < 0)
        return -errno;
    if (ftruncate(made, (off_t)bytes) == 0 && fchmod(made, 0600) == 0) {
        void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made, 0);
        if (mapped != MAP_FAILED && madvise(mapped, bytes, MADV_DONTFORK) == 0) {
            *map = mapped;
            *fd = made;
            return 0;
        }
        if (mapped != MAP_FAILED)
            munmap(mapped, bytes);
    }
    close(made);
#else
    (void)bytes;
    (void)map;
    (void)fd;
#endif
    return -ENOSYS;
}

/* The self-test: what a reader of the descriptor must not be able to do. */
static int test_seals(int fd, size_t bytes)
{
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) {
        munmap(map, bytes);
        return -EPERM;
    }
    return errno == EPERM ? 0 : -errno; /* any other failure shows nothing */
}

int hr_memory_create(const char *name, size_t bytes, enum hr_memory_kind kind, int huge_pages, void **map, int *fd)
{
    int error = 0;
    void *mapped = MAP_FAILED;
    if (kind == HR_MEMORY_SHARED && create_secret(bytes, map, fd) == 0)
        return 0; /* else an ordinary one, as before Linux 5.14, or where so little may not be locked */
    int alignable = kind == HR_MEMORY_READ_ONLY && !huge_pages;
    int made = create_descriptor(name, huge_pages);
    if (made < 0)
        return made;
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (kind == HR_MEMORY_READ_ONLY ? F_SEAL_FUTURE_WRITE : 0);
    if (ftruncate(made, (off_t)bytes) < 0 || fchmod(made, kind == HR_MEMORY_READ_ONLY ? 0400 : 0600) < 0)
        goto failed;
    mapped = alignable ? hr_aligned_map(bytes, PROT_READ | PROT_WRITE, made) : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made, 0);
    if (mapped == MAP_FAILED)
        goto failed;
    if (alignable) /* where it cannot be had, a reader cannot have it either */
        (void)!madvise(mapped, bytes, MADV_COLLAPSE);
    if (madvise(mapped, bytes, MADV_DONTFORK) < 0 || fcntl(made, F_ADD_SEALS, seals) < 0)
        goto failed;
    if (kind == HR_MEMORY_READ_ONLY) {
        error = test_seals(made, bytes);
        if (error)
            goto failed;
    }
    *map = mapped;
    *fd = made;
    return 0;
failed:
    if (!error)
        error = -errno;
    if (mapped != MAP_FAILED)
        munmap(mapped, bytes);
    close(made);
    return error;
}
