/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux 5.1 and 6.3; Debian 12's headers do not have the second. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define PAGE_BYTES ((size_t)4096)

size_t hr_memory_round(size_t bytes, int huge_pages)
{
    size_t page = huge_pages ? HUGE_PAGE_BYTES : PAGE_BYTES;
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

/* The self-test: what a reader of the descriptor must not be able to do. */
static int test_seals(int fd, size_t bytes)
{
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) {
        munmap(map, bytes);
        return -EPERM;
    }
    return 0;
}

int hr_memory_create(const char *name, size_t bytes, enum hr_memory_kind kind, int huge_pages, void **map, int *fd)
{
    int error = 0;
    void *mapped = MAP_FAILED;
    int made = create_descriptor(name, huge_pages);
    if (made < 0)
        return made;
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (kind == HR_MEMORY_READ_ONLY ? F_SEAL_FUTURE_WRITE : 0);
    if (ftruncate(made, (off_t)bytes) < 0 || fchmod(made, kind == HR_MEMORY_READ_ONLY ? 0400 : 0600) < 0)
        goto failed;
    mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made, 0);
    if (mapped == MAP_FAILED)
        goto failed;
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
