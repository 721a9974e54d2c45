/* SPDX-License-Identifier: Apache-2.0
 *
 * Where sealing does not hold, no ring is made: a seccomp filter plays a kernel that takes a seal and forgets it, forgets one
 * of them, or knows none. Each test is a child's, for a filter stays.
 */
#define _GNU_SOURCE
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "channel.h"
#include "headrace/producer.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* A fourth argument that fcntl does not look at: this call is ours, let it pass. */
#define LET_PASS 0x5EA1

#define ARGUMENT(number) ((uint32_t)offsetof(struct seccomp_data, args) + 8 * (number))

/* Answers system call `call` with `answer` where the low half of argument `argument` is `value`. Returns 0, or a
 * negative errno. */
static int filter(uint32_t call, uint32_t argument, uint32_t value, uint32_t answer)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(argument)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(3)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LET_PASS, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog whole = {.len = COUNT_OF(program), .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) < 0)
        return -errno;
    return 0;
}

static int forget_seals(void)
{
    return filter(SYS_fcntl, 1, F_ADD_SEALS, SECCOMP_RET_ERRNO | 0);
}

/* Linux before 5.1, of a seal that it does not know. */
static int know_no_seals(void)
{
    return filter(SYS_fcntl, 1, F_ADD_SEALS, SECCOMP_RET_ERRNO | EINVAL);
}

#if defined(__x86_64__)
static void set_result(ucontext_t *context, long result)
{
    context->uc_mcontext.gregs[REG_RAX] = result;
}
#elif defined(__aarch64__)
static void set_result(ucontext_t *context, long result)
{
    context->uc_mcontext.regs[0] = (uint64_t)result;
}
#else
static void set_result(ucontext_t *context, long result)
{
    (void)context;
    (void)result;
    _exit(99);
}
#endif

static int trapped_fd;
static int trapped_seals;

static void seal_all_but_future_write(int number, siginfo_t *information, void *context)
{
    (void)number;
    (void)information;
    long result = syscall(SYS_fcntl, trapped_fd, F_ADD_SEALS, trapped_seals & ~F_SEAL_FUTURE_WRITE, LET_PASS);
    set_result(context, result < 0 ? -errno : 0);
}

/* The handler does not get at the arguments in a portable way: it is told beforehand. The first free descriptor is the one. */
static int forget_future_write(void)
{
    const struct sigaction action = {.sa_sigaction = seal_all_but_future_write, .sa_flags = SA_SIGINFO};
    trapped_fd = dup(0);
    close(trapped_fd);
    trapped_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_FUTURE_WRITE;
    return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : filter(SYS_fcntl, 1, F_ADD_SEALS, SECCOMP_RET_TRAP);
}

/* The self-test's mapping fails, but not for the seal: as under a limit on address space. That shows nothing. */
static int forget_seals_and_run_out_of_memory(void)
{
    int error = filter(SYS_mmap, 3, MAP_SHARED, SECCOMP_RET_ERRNO | ENOMEM);
    return error ? error : forget_seals();
}

/* ---- a child under a filter ---- */

struct found {
    int filter_error;
    int error;     /* hr_producer_create's */
    size_t before; /* descriptors and mappings */
    size_t after;
};

static size_t count_of_resources(void)
{
    char line[512];
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && fgets(line, sizeof line, maps))
        count += strstr(line, "headrace") != NULL;
    if (maps)
        fclose(maps);
    return count;
}

static void create_under(int (*make_filter)(void), const struct hr_producer_options *options, struct found *found)
{
    struct hr_producer producer;
    found->before = count_of_resources();
    found->filter_error = make_filter();
    found->error = hr_producer_create(&producer, options);
    if (found->error == 0)
        hr_producer_destroy(&producer);
    found->after = count_of_resources();
}

static struct found create_in_child(int (*make_filter)(void), int huge_pages)
{
    const struct hr_producer_options options = {
        .consumer = "test", .slot_bytes = 64, .slot_count = 64, .worker_count = 1, .huge_pages = huge_pages};
    struct found *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        child_begin();
        create_under(make_filter, &options, shared);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct found found = *shared;
    munmap(shared, sizeof *shared);
    assert_int_equal(found.filter_error, 0);
    assert_int_equal(found.after, found.before);
    return found;
}

static int no_filter(void)
{
    return 0;
}

static void seals_that_hold_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(create_in_child(no_filter, 0).error, 0);
}

static void forgotten_seals_are_found_out(void **state)
{
    (void)state;
    assert_int_equal(create_in_child(forget_seals, 0).error, -EPERM);
    assert_int_equal(create_in_child(forget_seals, 1).error, -EPERM);
}

static void every_seal_but_the_one_that_matters_is_found_out(void **state)
{
    (void)state;
    assert_int_equal(create_in_child(forget_future_write, 0).error, -EPERM);
}

static void kernel_without_the_seal_is_refused(void **state)
{
    (void)state;
    assert_int_equal(create_in_child(know_no_seals, 0).error, -EINVAL);
    assert_int_equal(create_in_child(know_no_seals, 1).error, -EINVAL);
}

static void self_test_that_shows_nothing_is_refused(void **state)
{
    (void)state;
    assert_true(create_in_child(forget_seals_and_run_out_of_memory, 0).error < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_that_hold_are_accepted),
        cmocka_unit_test(forgotten_seals_are_found_out),
        cmocka_unit_test(every_seal_but_the_one_that_matters_is_found_out),
        cmocka_unit_test(kernel_without_the_seal_is_refused),
        cmocka_unit_test(self_test_that_shows_nothing_is_refused),
    };
    return cmocka_run_group_tests_name("unsealed", tests, NULL, NULL);
}
