/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealing holds: whatever a holder of the descriptor tries, as root and as nobody, the bytes stay the writer's alone, and the
 * writer goes on writing.
 */
#define _GNU_SOURCE
#include "test.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

#define BYTES ((size_t)4096 * 4)
#define NOBODY 65534

struct sealed {
    uint8_t *map;
    int fd;
};

static int create(void **state)
{
    static struct sealed sealed;
    void *map = NULL;
    sealed = (struct sealed){.fd = -1};
    if (hr_memory_create("test", BYTES, HR_MEMORY_READ_ONLY, 0, &map, &sealed.fd))
        return -1;
    sealed.map = map;
    memset(sealed.map, 0x5A, BYTES);
    *state = &sealed;
    return 0;
}

static int destroy(void **state)
{
    struct sealed *sealed = *state;
    munmap(sealed->map, BYTES);
    close(sealed->fd);
    return 0;
}

static int map_writable(int fd)
{
    void *map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return 0;
    ((uint8_t *)map)[0] = 0xFF;
    munmap(map, BYTES);
    return 1;
}

static int reopen_and_write(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_RDWR | O_CLOEXEC);
    if (again < 0)
        return 0;
    int got = map_writable(again) || pwrite(again, "x", 1, 0) == 1 || ftruncate(again, 0) == 0;
    close(again);
    return got;
}

static int make_read_only_map_writable(int fd)
{
    uint8_t *map = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return 2; /* reading is what it is for */
    int got = map[100] != 0x5A ? 2 : mprotect(map, BYTES, PROT_READ | PROT_WRITE) == 0;
    munmap(map, BYTES);
    return got;
}

static int write_call(int fd)
{
    return pwrite(fd, "x", 1, 0) == 1 || write(fd, "x", 1) == 1;
}

static int shrink(int fd)
{
    return ftruncate(fd, 4096) == 0;
}

static int grow(int fd)
{
    return ftruncate(fd, (off_t)BYTES * 2) == 0 || fallocate(fd, 0, (off_t)BYTES, 4096) == 0;
}

static int punch_hole(int fd)
{
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0 ||
           fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4096) == 0;
}

/* Through a mapping for reading: MADV_REMOVE punches a hole where the mapping may be written. */
static int advise_remove(int fd)
{
    void *map = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return 2;
    int got = madvise(map, 4096, MADV_REMOVE) == 0;
    munmap(map, BYTES);
    return got;
}

static int take_seals_off(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 || fcntl(fd, F_GET_SEALS) != seals;
}

static int splice_into(int fd)
{
    int ends[2];
    if (pipe(ends) < 0)
        return 2;
    loff_t at = 0;
    int got = write(ends[1], "x", 1) != 1 ? 2 : splice(ends[0], NULL, fd, &at, 1, 0) == 1;
    close(ends[0]);
    close(ends[1]);
    return got;
}

static const struct attack {
    const char *name;
    int (*run)(int fd); /* 0: it failed, as it must; 1: it succeeded; 2: what is allowed failed */
} attacks[] = {
    {"a writable mapping", map_writable},
    {"opening it again through /proc", reopen_and_write},
    {"mprotect of a mapping for reading", make_read_only_map_writable},
    {"write and pwrite", write_call},
    {"splice", splice_into},
    {"shrinking", shrink},
    {"growing", grow},
    {"punching a hole", punch_hole},
    {"MADV_REMOVE", advise_remove},
    {"changing the seals", take_seals_off},
};

/* Runs every attack; returns the number of the first that got through, from 1, or 0. */
static int first_success(int fd)
{
    for (size_t i = 0; i < COUNT_OF(attacks); i++)
        if (attacks[i].run(fd) != 0)
            return (int)i + 1;
    return 0;
}

static void check_writer_goes_on(const struct sealed *sealed)
{
    for (size_t i = 0; i < BYTES; i++)
        assert_int_equal(sealed->map[i], 0x5A);
    uint8_t *reader = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, sealed->fd, 0);
    assert_true(reader != MAP_FAILED);
    for (size_t i = 0; i < BYTES; i += 1000) {
        sealed->map[i] = (uint8_t)i;
        assert_int_equal(reader[i], (uint8_t)i);
    }
    munmap(reader, BYTES);
}

static void check_nothing_got_through(int attack)
{
    if (attack)
        print_error("%s got through\n",
                    (size_t)attack <= COUNT_OF(attacks) ? attacks[attack - 1].name : "setting up the child");
    assert_int_equal(attack, 0);
}

static void sealing_holds_against_its_own_process(void **state)
{
    const struct sealed *sealed = *state;
    check_nothing_got_through(first_success(sealed->fd));
    check_writer_goes_on(sealed);
}

/* A child does not inherit the writer's mapping: it has the descriptor alone, as a reader has. */
static int attack_from_child(int fd, int drop)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (drop && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
            _exit(100);
        _exit(first_success(fd));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void sealing_holds_against_root_in_another_process(void **state)
{
    const struct sealed *sealed = *state;
    if (geteuid() != 0) {
        print_message("skipped: sealing_holds_against_root_in_another_process wants root\n");
        skip();
    }
    check_nothing_got_through(attack_from_child(sealed->fd, 0));
    check_writer_goes_on(sealed);
}

static void sealing_holds_against_another_user(void **state)
{
    const struct sealed *sealed = *state;
    if (geteuid() != 0) {
        print_message("skipped: sealing_holds_against_another_user wants root, to become nobody\n");
        skip();
    }
    check_nothing_got_through(attack_from_child(sealed->fd, 1));
    check_writer_goes_on(sealed);
}

static void writers_mapping_is_not_inherited(void **state)
{
    const struct sealed *sealed = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        unsigned char resident;
        _exit(mincore(sealed->map, 4096, &resident) < 0 && errno == ENOMEM ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void sealed_memory_is_zeros_and_closed_on_exec(void **state)
{
    (void)state;
    static const uint8_t zeros[BYTES];
    struct stat status;
    void *map = NULL;
    int fd = -1;
    assert_int_equal(hr_memory_create("test", BYTES, HR_MEMORY_READ_ONLY, 0, &map, &fd), 0);
    assert_memory_equal(map, zeros, BYTES);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_size, BYTES);
    assert_int_equal(status.st_mode & 07777, 0400);
    munmap(map, BYTES);
    close(fd);
}

/* The cursor's kind: the reader writes it, but neither resizes it nor changes its seals. */
static void shared_memory_is_writable_and_of_fixed_size(void **state)
{
    (void)state;
    void *map = NULL;
    int fd = -1;
    assert_int_equal(hr_memory_create("test", BYTES, HR_MEMORY_SHARED, 0, &map, &fd), 0);
    assert_int_equal(map_writable(fd), 1);
    assert_int_equal(((uint8_t *)map)[0], 0xFF);
    assert_int_equal(shrink(fd), 0);
    assert_int_equal(grow(fd), 0);
    assert_int_equal(take_seals_off(fd), 0);
    munmap(map, BYTES);
    close(fd);
}

static void sizes_are_rounded_to_pages(void **state)
{
    (void)state;
    assert_int_equal(hr_memory_round(1, 0), 4096);
    assert_int_equal(hr_memory_round(4096, 0), 4096);
    assert_int_equal(hr_memory_round(4097, 0), 2 << 20); /* see docs/adr/0014 */
    assert_int_equal(hr_memory_round(1, 1), 2 << 20);
    assert_int_equal(hr_memory_round((2 << 20) + 1, 1), 4 << 20);
}

static void memory_that_cannot_be_had_is_an_error(void **state)
{
    (void)state;
    void *map = NULL;
    int fd = -1;
    assert_true(hr_memory_create("test", (size_t)1 << 62, HR_MEMORY_READ_ONLY, 0, &map, &fd) < 0);
    assert_null(map);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sealing_holds_against_its_own_process, create, destroy),
        cmocka_unit_test_setup_teardown(sealing_holds_against_root_in_another_process, create, destroy),
        cmocka_unit_test_setup_teardown(sealing_holds_against_another_user, create, destroy),
        cmocka_unit_test_setup_teardown(writers_mapping_is_not_inherited, create, destroy),
        cmocka_unit_test(sealed_memory_is_zeros_and_closed_on_exec),
        cmocka_unit_test(shared_memory_is_writable_and_of_fixed_size),
        cmocka_unit_test(sizes_are_rounded_to_pages),
        cmocka_unit_test(memory_that_cannot_be_had_is_an_error),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
