/* SPDX-License-Identifier: Apache-2.0
 *
 * The data thread never waits: so nothing that a strategy does may take a page of the writer's from under it. A load or store
 * that faults costs a microsecond; worse, it waits for whoever is just changing the object, and that one may be a process of
 * the lowest priority on a busy core (seen: three seconds). After each attack the writer touches everything that it ever
 * touches, and must not have faulted.
 */
#define _GNU_SOURCE
#include "test.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "headrace/producer.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE_PAGE ((size_t)2 << 20)
#define PLACE ((void *)UINT64_C(0x600000000000)) /* where a huge page may begin */
#define REPETITIONS 20

/* ---- what a reader can try to have pages unmapped in other processes ---- */

struct object {
    int fd;
    size_t bytes;
    int protection;
};

static void punch(const struct object *object)
{
    (void)!fallocate(object->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)object->bytes);
}

static void zero_range(const struct object *object)
{
    (void)!fallocate(object->fd, FALLOC_FL_ZERO_RANGE, 0, (off_t)object->bytes);
}

static void allocate(const struct object *object)
{
    (void)!fallocate(object->fd, 0, 0, (off_t)object->bytes);
}

/* A mapping may be longer than the object, and begin where a huge page does. */
static void advise(const struct object *object, int advice)
{
    size_t bytes = (object->bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *map = mmap(PLACE, bytes, object->protection, MAP_SHARED | MAP_FIXED_NOREPLACE, object->fd, 0);
    if (map == MAP_FAILED)
        return;
    (void)!madvise(map, object->bytes, advice);
    for (size_t at = 0; at < bytes; at += HUGE_PAGE)
        (void)!madvise((uint8_t *)map + at, HUGE_PAGE, advice);
    munmap(map, bytes);
}

static void advise_remove(const struct object *object)
{
    advise(object, MADV_REMOVE);
}

static void advise_collapse(const struct object *object)
{
    advise(object, MADV_COLLAPSE);
}

static void advise_pageout(const struct object *object)
{
    advise(object, MADV_PAGEOUT);
}

static void advise_cold(const struct object *object)
{
    advise(object, MADV_COLD);
}

static void advise_dontneed(const struct object *object)
{
    advise(object, MADV_DONTNEED);
}

static void drop_cache(const struct object *object)
{
    (void)!posix_fadvise(object->fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* MPOL_BIND to node 0 with MPOL_MF_MOVE: pages that are elsewhere, and nobody else's, move. */
static void move_pages(const struct object *object)
{
    unsigned long nodes = 1;
    void *map = mmap(PLACE, object->bytes, object->protection, MAP_SHARED | MAP_FIXED_NOREPLACE, object->fd, 0);
    if (map == MAP_FAILED)
        return;
    (void)!syscall(SYS_mbind, map, object->bytes, 2, &nodes, 8 * sizeof nodes, 2);
    munmap(map, object->bytes);
}

static const struct attempt {
    const char *name;
    void (*run)(const struct object *object);
} attempts[] = {
    {"PUNCH_HOLE", punch},
    {"ZERO_RANGE", zero_range},
    {"fallocate", allocate},
    {"MADV_REMOVE", advise_remove},
    {"MADV_COLLAPSE", advise_collapse},
    {"MADV_PAGEOUT", advise_pageout},
    {"MADV_COLD", advise_cold},
    {"MADV_DONTNEED", advise_dontneed},
    {"posix_fadvise DONTNEED", drop_cache},
    {"mbind MPOL_MF_MOVE", move_pages},
};

/* ---- the writer ---- */

static long faults_so_far(void)
{
    struct rusage used;
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_minflt + used.ru_majflt;
}

/* Stores to every page of the object and loads from the cursor. */
static long faults_of_writer(struct hr_producer *ring)
{
    volatile uint8_t *data = (volatile uint8_t *)ring->header;
    volatile const uint64_t *cursor = &ring->cursor->read;
    long before = faults_so_far();
    for (size_t at = 0; at < ring->data_bytes; at += 4096)
        data[at + 4088] = data[at + 4088];
    (void)*cursor;
    return faults_so_far() - before;
}

static void attack_in_child_process(const struct object *object, const struct attempt *attempt)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        child_begin();
        int error = geteuid() == 0 ? child_become_another_user() : child_drop_privileges();
        if (!error)
            attempt->run(object);
        _exit(error ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Returns how many attempts have cost the writer a fault; says which. */
static int attack_object(struct hr_producer *ring, const struct object *object, const char *what)
{
    int found = 0;
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        long faults = 0;
        for (int times = 0; times < REPETITIONS; times++) {
            attack_in_child_process(object, &attempts[i]);
            faults += faults_of_writer(ring);
        }
        if (faults)
            print_error("%s on the %s: the writer has faulted %ld times\n", attempts[i].name, what, faults);
        found += faults != 0;
    }
    return found;
}

static int attack_both(uint32_t slot_count)
{
    const struct hr_producer_options options = {
        .consumer = "test", .slot_bytes = 64, .slot_count = slot_count, .worker_count = 1};
    struct hr_producer ring;
    assert_int_equal(hr_producer_create(&ring, &options), 0);
    const struct object data = {ring.data_fd, ring.data_bytes, PROT_READ};
    const struct object cursor = {ring.cursor_fd, HR_CURSOR_BYTES, PROT_READ | PROT_WRITE};
    assert_int_equal(faults_of_writer(&ring), 0); /* everything is there from the start */
    int found = attack_object(&ring, &data, "data") + attack_object(&ring, &cursor, "cursor");
    hr_producer_destroy(&ring);
    return found;
}

static void small_ring_stays_in_place(void **state)
{
    (void)state;
    assert_int_equal(attack_both(64), 0);
}

static void large_ring_stays_in_place(void **state)
{
    (void)state;
    assert_int_equal(attack_both(65536), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ring_stays_in_place),
        cmocka_unit_test(large_ring_stays_in_place),
    };
    return cmocka_run_group_tests_name("no fault", tests, NULL, NULL);
}
