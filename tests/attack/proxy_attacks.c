/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks with the kernel as a proxy: it writes where a system call's buffer is, for debuggers, into pipes and private copies.
 * None of that may reach the data object through a mapping for reading.
 */
#define _GNU_SOURCE
#include "target.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT 4160

static int with_map(const struct target *t, int (*run)(const struct target *, uint8_t *))
{
    int error = 0;
    uint8_t *map = attack_map(t, PROT_READ, MAP_SHARED, &error);
    if (!map)
        return error;
    int outcome = run(t, map);
    munmap(map, t->bytes);
    return outcome;
}

static int read_into_inside(const struct target *t, uint8_t *map)
{
    (void)t;
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    int outcome = outcome_of(read(zero, map + AT, 64));
    close(zero);
    return outcome;
}

static int read_into(const struct target *t)
{
    return with_map(t, read_into_inside);
}

static int own_memory_inside(const struct target *t, uint8_t *map)
{
    (void)t;
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (memory < 0)
        return -errno;
    int outcome = outcome_of(pwrite(memory, "junk", 4, (off_t)(uintptr_t)(map + AT)));
    close(memory);
    return outcome;
}

/* /proc/PID/mem writes to what is mapped for reading, for the sake of debuggers. */
static int own_memory(const struct target *t)
{
    return with_map(t, own_memory_inside);
}

static int own_vm_write_inside(const struct target *t, uint8_t *map)
{
    char junk[4] = "junk";
    const struct iovec from = {junk, sizeof junk};
    const struct iovec to = {map + AT, sizeof junk};
    (void)t;
    return outcome_of(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
}

static int own_vm_write(const struct target *t)
{
    return with_map(t, own_vm_write_inside);
}

static int poke_inside(const struct target *t, uint8_t *map)
{
    int status = 0;
    (void)t;
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(child, &status, 0);
    int outcome =
        WIFSTOPPED(status) ? outcome_of(ptrace(PTRACE_POKEDATA, child, map + AT, (void *)(uintptr_t)0xEEEE)) : NOT_HERE;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return outcome;
}

static int poke_own_child(const struct target *t)
{
    return with_map(t, poke_inside);
}

static int futex_inside(const struct target *t, uint8_t *map)
{
    uint32_t word = 0;
    (void)t;
    return outcome_of(syscall(SYS_futex, &word, FUTEX_WAKE_OP, 1, (void *)(uintptr_t)1, map + 4096,
                              FUTEX_OP(FUTEX_OP_SET, 0x7FF, FUTEX_OP_CMP_EQ, 0)));
}

static int futex_operation(const struct target *t)
{
    return with_map(t, futex_inside);
}

static int uring_inside(const struct target *t, uint8_t *map)
{
    struct io_uring_params params = {0};
    const struct iovec part = {map, t->bytes};
    long ring = syscall(SYS_io_uring_setup, 1, &params);
    if (ring < 0)
        return NOT_HERE;
    int outcome = outcome_of(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &part, 1));
    close((int)ring);
    return outcome;
}

/* A registered buffer is pinned for writing. */
static int uring_buffer(const struct target *t)
{
    return with_map(t, uring_inside);
}

/* Pages that a pipe holds must not be what a later write to the pipe appends to (CVE-2022-0847). */
static int dirty_pipe(const struct target *t)
{
    static char fill[65536];
    int ends[2];
    loff_t at = AT;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return NOT_HERE;
    while (write(ends[1], fill, sizeof fill) > 0)
        ;
    while (read(ends[0], fill, sizeof fill) > 0)
        ;
    int outcome = outcome_of(splice(t->fd, &at, ends[1], NULL, 1, 0));
    if (outcome == 0)
        outcome = outcome_of(write(ends[1], "junk", 4));
    close(ends[0]);
    close(ends[1]);
    return outcome;
}

struct race {
    uint8_t *map;
    int stop;
};

static void *drop_copy(void *argument)
{
    struct race *race = argument;
    while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED))
        madvise(race->map, 8192, MADV_DONTNEED);
    return NULL;
}

/* A private copy that is dropped while the kernel writes to it must not leave the write in the object (CVE-2016-5195). */
static int dirty_cow(const struct target *t)
{
    int error = 0;
    struct race race = {.map = attack_map(t, PROT_READ, MAP_PRIVATE, &error)};
    pthread_t dropper;
    if (!race.map)
        return error;
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (memory < 0 || pthread_create(&dropper, NULL, drop_copy, &race) != 0)
        return NOT_HERE;
    for (int i = 0; i < 5000 && !error; i++)
        error = outcome_of(pwrite(memory, "junk", 4, (off_t)(uintptr_t)(race.map + AT)));
    __atomic_store_n(&race.stop, 1, __ATOMIC_RELAXED);
    pthread_join(dropper, NULL);
    close(memory);
    munmap(race.map, t->bytes);
    return error;
}

static int fault_handler(void)
{
    return (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
}

static int userfault_inside(const struct target *t, uint8_t *map)
{
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {.range = {.start = (uint64_t)(uintptr_t)map, .len = t->bytes},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    int fd = fault_handler();
    if (fd < 0)
        return outcome_of(fd);
    int outcome = outcome_of(ioctl(fd, UFFDIO_API, &api));
    if (outcome == 0)
        outcome = outcome_of(ioctl(fd, UFFDIO_REGISTER, &range));
    close(fd);
    return outcome;
}

/* Whoever handles the faults of a mapping fills the object's holes, with UFFDIO_COPY. */
static int userfault(const struct target *t)
{
    return with_map(t, userfault_inside);
}

struct attack_list proxy_attacks(void)
{
    static const struct attack attacks[] = {
        {"read(2) into a mapping for reading", NEVER, read_into},
        {"/proc/self/mem", NEVER, own_memory},
        {"process_vm_writev to itself", NEVER, own_vm_write},
        {"PTRACE_POKEDATA in a child", NEVER, poke_own_child},
        {"FUTEX_WAKE_OP", NEVER, futex_operation},
        {"io_uring registered buffer", NEVER, uring_buffer},
        {"userfaultfd", NEVER, userfault},
        {"splice out and write to the pipe", TO_ANYONE, dirty_pipe},
        {"a race for a private copy", TO_ANYONE, dirty_cow},
    };
    return (struct attack_list){attacks, COUNT_OF(attacks)};
}
