/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "huge_pages.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESERVED "/proc/sys/vm/nr_hugepages"
#define FREE "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"

static char before[32]; /* as the file had it; empty: nothing to restore */
static int reserved = -1;

/* Nothing but what a signal handler may call. */
void huge_pages_restore(void)
{
    if (before[0])
        (void)!pwrite(reserved, before, strlen(before), 0);
    before[0] = '\0';
}

static void restore_and_end(int signal_number)
{
    huge_pages_restore();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static long read_number(const char *path)
{
    char text[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long number = fd >= 0 && read(fd, text, sizeof text - 1) > 0 ? strtol(text, NULL, 10) : -1;
    if (fd >= 0)
        close(fd);
    return number;
}

int huge_pages_reserve(int pages, const char **why)
{
    char wanted[32];
    long had = read_number(RESERVED);
    long had_free = read_number(FREE);
    *why = "this kernel has no 2 MiB huge pages";
    if (had < 0 || had_free < 0)
        return -1;
    *why = "root is needed to reserve them";
    reserved = open(RESERVED, O_WRONLY | O_CLOEXEC);
    if (reserved < 0)
        return -1;
    signal(SIGTERM, restore_and_end);
    signal(SIGINT, restore_and_end);
    snprintf(before, sizeof before, "%ld\n", had);
    int length = snprintf(wanted, sizeof wanted, "%ld\n", had + pages);
    if (pwrite(reserved, wanted, (size_t)length, 0) < 0)
        return -1;
    *why = "there is no memory for them";
    return read_number(FREE) >= had_free + pages ? 0 : -1;
}
