/* SPDX-License-Identifier: Apache-2.0
 *
 * A foreign word is loaded once, checked, and used. Here it changes after every single load: the page that the other side
 * writes cannot be read, so each load faults, is done alone, one instruction, and then the other side changes its mind. What
 * was checked must be what is used. Wants x86-64, whose processors execute one instruction at a time when told to.
 */
#define _GNU_SOURCE
#include "test.h"

#ifdef __x86_64__
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "headrace/consumer.h"
#include "headrace/producer.h"

#define TRAP_FLAG 0x100
#define PAGE 4096

/* ---- a page that changes after every load ---- */

static struct {
    uint8_t *page;        /* as the code under test sees it */
    void (*change)(void); /* what the other side does after a load */
    size_t loads;
    size_t loads_of[PAGE / 4]; /* by offset */
} watched;

/* The first look at the page: one instruction, with the page open. */
static void on_fault(int number, siginfo_t *information, void *context)
{
    uint8_t *address = information->si_addr;
    (void)number;
    if (address < watched.page || address >= watched.page + PAGE)
        _exit(111); /* an ordinary crash */
    watched.loads++;
    watched.loads_of[(size_t)(address - watched.page) / 4]++;
    mprotect(watched.page, PAGE, PROT_READ);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int number, siginfo_t *information, void *context)
{
    (void)number;
    (void)information;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    mprotect(watched.page, PAGE, PROT_NONE);
    watched.change();
}

static void watch(void *page, void (*change)(void))
{
    struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    struct sigaction step = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    memset(&watched, 0, sizeof watched);
    watched.page = page;
    watched.change = change;
    sigaction(SIGSEGV, &fault, NULL);
    sigaction(SIGTRAP, &step, NULL);
    mprotect(page, PAGE, PROT_NONE);
}

static void unwatch(void)
{
    mprotect(watched.page, PAGE, PROT_READ);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGTRAP, SIG_DFL);
}

/* ---- the writer, and a cursor that changes ---- */

static struct hr_cursor *hostile; /* the reader's own mapping */
static uint64_t good;
static uint64_t bad;

static void change_cursor(void)
{
    hostile->read = hostile->read == good ? bad : good;
    hostile->waiting++;
}

static void open_full_ring(struct hr_producer *producer)
{
    const struct hr_producer_options options = {.consumer = "test", .slot_bytes = 64, .slot_count = 64, .worker_count = 1};
    uint8_t record[56] = {sizeof record / 4, HR_RTYPE_MBO};
    assert_int_equal(hr_producer_create(producer, &options), 0);
    hostile = mmap(NULL, HR_CURSOR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, producer->cursor_fd, 0);
    assert_true(hostile != MAP_FAILED);
    for (int i = 0; i < 100; i++) {
        hr_producer_publish(producer, record, sizeof record, 1);
        hostile->read = producer->written < 36 ? producer->written : 36;
    }
    assert_int_equal(producer->written, 100);
    assert_int_equal(producer->read, 36);
}

static void close_ring(struct hr_producer *producer)
{
    munmap(hostile, HR_CURSOR_BYTES);
    hr_producer_destroy(producer);
}

enum call {
    ROOM,
    PUBLISH,
    FLUSH,
    MUST_WAKE,
    CALLS,
};

static void make_call(struct hr_producer *producer, enum call call)
{
    uint8_t record[56] = {sizeof record / 4, HR_RTYPE_MBO};
    if (call == ROOM)
        hr_producer_room(producer);
    else if (call == PUBLISH)
        hr_producer_publish(producer, record, sizeof record, 2);
    else if (call == FLUSH)
        hr_producer_flush(producer, 2);
    else
        (void)hr_producer_must_wake(producer);
}

/* The value that is there at the first load decides; the one after it is as if it had never been. */
static void check_call(enum call call, uint64_t first, uint64_t then, int possible)
{
    struct hr_producer producer;
    open_full_ring(&producer);
    producer.lost_pending = call == FLUSH;
    producer.lost = call == FLUSH;
    good = first;
    bad = then;
    hostile->read = first;
    hostile->waiting = 1;
    watch((void *)(uintptr_t)producer.cursor, change_cursor);
    make_call(&producer, call);
    unwatch();
    assert_true(watched.loads > 0);
    assert_true(watched.loads_of[offsetof(struct hr_cursor, read) / 4] <= 1);
    assert_true(watched.loads_of[offsetof(struct hr_cursor, waiting) / 4] <= (call == MUST_WAKE));
    if (call != MUST_WAKE) {
        assert_int_equal(watched.loads, 1);
        assert_int_equal(producer.state, possible ? HR_RING_RUNNING : HR_RING_EVICTED);
        assert_int_equal(producer.read, possible ? first : 36);
    }
    assert_true(producer.written - producer.read <= producer.mask + 1);
    close_ring(&producer);
}

static void cursor_is_loaded_once(void **state)
{
    (void)state;
    static const uint64_t possible[] = {36, 37, 64, 99, 100};
    static const uint64_t impossible[] = {0, 35, 102, 1000, UINT64_MAX, UINT64_C(1) << 63};
    for (int call = 0; call < CALLS; call++)
        for (size_t p = 0; p < COUNT_OF(possible); p++)
            for (size_t i = 0; i < COUNT_OF(impossible); i++) {
                check_call((enum call)call, possible[p], impossible[i], 1);
                check_call((enum call)call, impossible[i], possible[p], 0);
            }
}

/* ---- the reader, and a header that changes ---- */

static struct hr_ring_header *handler; /* the hostile handler's own mapping */
static struct hr_ring_header lie;

static void change_header(void)
{
    struct hr_ring_header now = *handler;
    *handler = lie;
    lie = now;
}

/* The linker sends the reader's mmap here, by either of its names: the header's page is watched from the first moment on. */
void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);
static int watched_fd = -1;

void *__wrap_mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return __wrap_mmap(address, bytes, protection, flags, fd, offset);
}

void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    void *map = (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
    if (fd >= 0 && fd == watched_fd && map != MAP_FAILED) {
        watched_fd = -1;
        watch(map, change_header);
    }
    return map;
}

/* Maps while each load is followed by the other header; whatever is accepted lies in the mapping. */
static int check_map(const struct hr_ring_header *first, const struct hr_ring_header *then, size_t bytes)
{
    const struct hr_cursor cursor = {.magic = HR_CURSOR_MAGIC};
    struct hr_consumer consumer;
    int data_fd = memfd_create("data", MFD_CLOEXEC);
    int cursor_fd = memfd_create("cursor", MFD_CLOEXEC);
    assert_true(data_fd >= 0 && cursor_fd >= 0);
    assert_int_equal(ftruncate(data_fd, (off_t)bytes), 0);
    assert_int_equal(ftruncate(cursor_fd, HR_CURSOR_BYTES), 0);
    assert_int_equal(pwrite(cursor_fd, &cursor, sizeof cursor, 0), sizeof cursor);
    handler = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, data_fd, 0);
    assert_true(handler != MAP_FAILED);
    *handler = *first;
    lie = *then;
    watched_fd = data_fd;
    int error = hr_consumer_map(&consumer, data_fd, cursor_fd);
    assert_int_equal(watched_fd, -1); /* it came by */
    unwatch();
    assert_true(watched.loads > 0);
    for (size_t at = 0; at < COUNT_OF(watched.loads_of); at++)
        assert_true(watched.loads_of[at] <= 1);
    if (!error) {
        size_t begin = (size_t)(consumer.slots - (const uint8_t *)consumer.header);
        assert_true(begin >= sizeof *handler && begin + (consumer.mask + 1) * consumer.slot_bytes <= bytes);
        hr_consumer_unmap(&consumer);
    }
    munmap(handler, PAGE);
    close(data_fd);
    close(cursor_fd);
    return error;
}

static void header_is_loaded_once(void **state)
{
    (void)state;
    const struct hr_ring_header honest = {.magic = HR_RING_MAGIC,
                                          .abi_major = HR_ABI_MAJOR,
                                          .abi_minor = HR_ABI_MINOR,
                                          .header_bytes = 4096,
                                          .slot_bytes = 64,
                                          .slot_count = 128};
    struct hr_ring_header lies[6];
    int accepted = 0;
    for (size_t i = 0; i < COUNT_OF(lies); i++)
        lies[i] = honest;
    lies[0].slot_count = 1u << 26;
    lies[1].slot_bytes = 4096;
    lies[2].header_bytes = 1u << 30;
    lies[3].slot_count = 0;
    lies[4].abi_major = 2;
    lies[5].slot_bytes = 0;
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        accepted += check_map(&honest, &lies[i], 4096 + 64 * 128) == 0;
        accepted += check_map(&lies[i], &honest, 4096 + 64 * 128) == 0;
    }
    print_message("%d of %zu changing headers accepted\n", accepted, 2 * COUNT_OF(lies));
    assert_true(accepted > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursor_is_loaded_once),
        cmocka_unit_test(header_is_loaded_once),
    };
    return cmocka_run_group_tests_name("loaded once", tests, NULL, NULL);
}
#else
int main(void)
{
    puts("SKIPPED loaded_once: a processor that executes one instruction at a time when told to (x86-64)");
    return 77;
}
#endif
