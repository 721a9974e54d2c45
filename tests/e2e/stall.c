/* SPDX-License-Identifier: Apache-2.0
 *
 * A disk that stalls, or is full: loaded in front of the C library (LD_PRELOAD), it lets no write(2) to a regular file of
 * $HEADRACE_STALL_SUFFIX return while the file $HEADRACE_STALL is there; with $HEADRACE_FULL instead, it fails with ENOSPC from
 * then on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

ssize_t write(int fd, const void *bytes, size_t length);

static int is_meant(int fd)
{
    char link[64];
    char path[4096];
    const char *suffix = getenv("HEADRACE_STALL_SUFFIX");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, path, sizeof path - 1);
    if (!suffix || got < (ssize_t)strlen(suffix))
        return 0;
    path[got] = '\0';
    return strcmp(path + got - strlen(suffix), suffix) == 0;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    const char *stalled = getenv("HEADRACE_STALL");
    const char *full = getenv("HEADRACE_FULL");
    const struct timespec moment = {.tv_nsec = 1000000};
    if (is_meant(fd)) {
        if (full && access(full, F_OK) == 0) {
            errno = ENOSPC;
            return -1;
        }
        while (stalled && access(stalled, F_OK) == 0)
            nanosleep(&moment, NULL);
    }
    return syscall(SYS_write, fd, bytes, length);
}
