/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks on the writer's process, and the ways to a descriptor that may be written through, of which some go through it.
 */
#define _GNU_SOURCE
#include "target.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- ways to a descriptor ---- */

static int reopen(const struct target *t, const char *format, int flags, int *fd)
{
    char path[64];
    snprintf(path, sizeof path, format, t->data_fd);
    *fd = open(path, flags | O_CLOEXEC);
    return outcome_of(*fd);
}

static int reopen_read_write(const struct target *t, int *fd)
{
    return reopen(t, "/proc/self/fd/%d", O_RDWR, fd);
}

static int reopen_write(const struct target *t, int *fd)
{
    return reopen(t, "/proc/self/fd/%d", O_WRONLY, fd);
}

static int reopen_append(const struct target *t, int *fd)
{
    return reopen(t, "/dev/fd/%d", O_RDWR | O_APPEND, fd);
}

static int open_at_writer(const struct target *t, int flags, int *fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)t->writer, t->writer_data_fd);
    *fd = open(path, flags | O_CLOEXEC);
    return outcome_of(*fd);
}

static int writer_read_write(const struct target *t, int *fd)
{
    return open_at_writer(t, O_RDWR, fd);
}

static int writer_write(const struct target *t, int *fd)
{
    return open_at_writer(t, O_WRONLY, fd);
}

static int writer_map_file(const struct target *t, int *fd)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/map_files/%jx-%jx", (int)t->writer, (uintmax_t)t->writer_map,
             (uintmax_t)(t->writer_map + t->data_bytes));
    *fd = open(path, O_RDWR | O_CLOEXEC);
    return outcome_of(*fd);
}

static int open_pidfd(const struct target *t)
{
    return (int)syscall(SYS_pidfd_open, t->writer, 0);
}

static int writer_pidfd(const struct target *t, int *fd)
{
    int process = open_pidfd(t);
    *fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, t->writer_data_fd, 0);
    int outcome = outcome_of(*fd);
    if (process >= 0)
        close(process);
    return outcome;
}

/* A DMA buffer of the same pages: until Linux 6.13 it looked at the seal WRITE alone. Its device is root's on most systems. */
static int udmabuf(const struct target *t, int *fd)
{
    struct udmabuf_create wanted = {.memfd = (uint32_t)t->data_fd, .flags = UDMABUF_FLAGS_CLOEXEC, .size = t->data_bytes};
    int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
    if (device < 0)
        return errno == ENOENT ? NOT_HERE : -errno;
    *fd = ioctl(device, UDMABUF_CREATE, &wanted);
    int outcome = outcome_of(*fd);
    close(device);
    return outcome;
}

/* What an owner may do: make it anyone's to open. It gives nothing that the descriptor that was sent did not. */
static int chmod_and_reopen(const struct target *t, int *fd)
{
    if (fchmod(t->data_fd, 0666) < 0)
        return -errno;
    int outcome = reopen(t, "/proc/self/fd/%d", O_RDWR, fd);
    return fchmod(t->data_fd, 0400) < 0 ? -EIO : outcome;
}

const struct way ways[] = {
    {"open /proc/self/fd O_RDWR", NEVER, reopen_read_write},
    {"open /proc/self/fd O_WRONLY", NEVER, reopen_write},
    {"open /dev/fd O_RDWR O_APPEND", NEVER, reopen_append},
    {"open /proc/WRITER/fd O_RDWR", NEVER, writer_read_write},
    {"open /proc/WRITER/fd O_WRONLY", NEVER, writer_write},
    {"open /proc/WRITER/map_files O_RDWR", NEVER, writer_map_file},
    {"pidfd_getfd of the writer's", NEVER, writer_pidfd},
    {"UDMABUF_CREATE", NEVER, udmabuf},
    {"fchmod 0666, open O_RDWR", TO_OWNER, chmod_and_reopen},
};
const size_t way_count = COUNT_OF(ways);

/* ---- the writer's process ---- */

static int vm_write(const struct target *t)
{
    char junk[64] = "junk";
    const struct iovec from = {junk, sizeof junk};
    const struct iovec to = {(char *)(uintptr_t)t->writer_map + 4160, sizeof junk};
    return outcome_of(process_vm_writev(t->writer, &from, 1, &to, 1, 0));
}

static int vm_read(const struct target *t)
{
    char taken[64];
    const struct iovec to = {taken, sizeof taken};
    const struct iovec from = {(char *)(uintptr_t)t->writer_map, sizeof taken};
    return outcome_of(process_vm_readv(t->writer, &to, 1, &from, 1, 0));
}

static int trace(const struct target *t, enum __ptrace_request request)
{
    int outcome = outcome_of(ptrace(request, t->writer, NULL, NULL));
    if (outcome == 0) {
        waitpid(t->writer, NULL, 0);
        ptrace(PTRACE_DETACH, t->writer, NULL, NULL);
    }
    return outcome;
}

static int trace_attach(const struct target *t)
{
    return trace(t, PTRACE_ATTACH);
}

static int trace_seize(const struct target *t)
{
    return trace(t, PTRACE_SEIZE);
}

static int open_of_writer(const struct target *t, const char *name, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)t->writer, name);
    int fd = open(path, flags | O_CLOEXEC);
    int outcome = outcome_of(fd);
    if (fd >= 0)
        close(fd);
    return outcome;
}

static int writer_memory(const struct target *t)
{
    return open_of_writer(t, "mem", O_RDWR);
}

static int writer_maps(const struct target *t)
{
    return open_of_writer(t, "maps", O_RDONLY);
}

static int writer_descriptors(const struct target *t)
{
    return open_of_writer(t, "fd", O_RDONLY | O_DIRECTORY);
}

static int writer_oom_score(const struct target *t)
{
    return open_of_writer(t, "oom_score_adj", O_WRONLY);
}

static int writer_clear_refs(const struct target *t)
{
    return open_of_writer(t, "clear_refs", O_WRONLY);
}

static int advise_writer(const struct target *t)
{
    const struct iovec part = {(void *)(uintptr_t)t->writer_map, t->data_bytes};
    int process = open_pidfd(t);
    if (process < 0)
        return outcome_of(process);
    int outcome = outcome_of(syscall(SYS_process_madvise, process, &part, 1, MADV_PAGEOUT, 0));
    close(process);
    return outcome;
}

/* Signal 0 asks for the right alone. */
static int signal_writer(const struct target *t)
{
    return outcome_of(kill(t->writer, 0));
}

static int limit_writer(const struct target *t)
{
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    return outcome_of(prlimit(t->writer, RLIMIT_CORE, &limit, NULL));
}

static int bind_writer(const struct target *t)
{
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    return outcome_of(sched_setaffinity(t->writer, sizeof all, &all));
}

static int demote_writer(const struct target *t)
{
    const struct sched_param none = {0};
    return outcome_of(sched_setscheduler(t->writer, SCHED_OTHER, &none));
}

static int renice_writer(const struct target *t)
{
    return outcome_of(setpriority(PRIO_PROCESS, (id_t)t->writer, getpriority(PRIO_PROCESS, (id_t)t->writer)));
}

static int move_pages_of_writer(const struct target *t)
{
    void *page = (void *)(uintptr_t)t->writer_map;
    int node = 0;
    int status = 0;
    return outcome_of(syscall(SYS_move_pages, t->writer, 1, &page, &node, &status, 0));
}

struct attack_list process_attacks(void)
{
    static const struct attack attacks[] = {
        {"process_vm_writev", NEVER, vm_write},
        {"process_vm_readv", NEVER, vm_read},
        {"PTRACE_ATTACH", NEVER, trace_attach},
        {"PTRACE_SEIZE", NEVER, trace_seize},
        {"open /proc/WRITER/mem", NEVER, writer_memory},
        {"open /proc/WRITER/maps", NEVER, writer_maps},
        {"process_madvise PAGEOUT", NEVER, advise_writer},
        {"move_pages", NEVER, move_pages_of_writer},
        /* The writer's own user may stop it altogether; none of this touches what others read. */
        {"open /proc/WRITER/fd, to list", TO_OWNER, writer_descriptors},
        {"kill", TO_OWNER, signal_writer},
        {"prlimit", TO_OWNER, limit_writer},
        {"sched_setaffinity", TO_OWNER, bind_writer},
        {"sched_setscheduler", TO_OWNER, demote_writer},
        {"setpriority", TO_OWNER, renice_writer},
        {"open /proc/WRITER/oom_score_adj", TO_OWNER, writer_oom_score},
        {"open /proc/WRITER/clear_refs", TO_OWNER, writer_clear_refs},
    };
    return (struct attack_list){attacks, COUNT_OF(attacks)};
}
