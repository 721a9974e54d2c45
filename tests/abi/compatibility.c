/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers and handlers of the same major and another minor understand each other. On one side readers that were written from
 * the document alone, of minor 0, 1 and 7, on rings of this handler; on the other side this reader, on rings that handlers of
 * other minors made, which are put together here by hand.
 *
 * usage: compatibility [seed]; the readers are in the program's own folder, or in $HEADRACE_MINOR_READERS.
 */
#define _GNU_SOURCE
#include "test.h"

#include <fcntl.h>
#include <libgen.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "headrace/consumer.h"
#include "headrace/producer.h"

#define RECORDS UINT64_C(100000)
#define RECORD_BYTES 56
#define SECONDS 30

static uint64_t seed;
static char folder[4096];

/* ---- a ring of this handler, and a reader of another minor ---- */

struct reading {
    pid_t pid;
    int output;
};

struct result {
    uintmax_t records;
    uintmax_t lost;
    uintmax_t checksum;
    uintmax_t sleeps;
};

static void make_record(struct hr_sim_random *random, uint8_t *record)
{
    const struct hr_record_header header = {.length = RECORD_BYTES / 4, .rtype = HR_RTYPE_MBO};
    for (size_t at = 0; at < RECORD_BYTES; at += 8) {
        uint64_t word = hr_sim_random_next(random);
        memcpy(record + at, &word, sizeof word);
    }
    memcpy(record, &header, 2);
}

static uint64_t add_to_checksum(uint64_t checksum, const uint8_t *record)
{
    for (size_t i = 0; i < RECORD_BYTES; i++)
        checksum = (checksum ^ record[i]) * UINT64_C(0x100000001b3);
    return checksum;
}

static struct reading start_reader(const struct hr_producer *ring, int minor, int sleeps)
{
    struct reading reading;
    char program[sizeof folder + 32], data[16], cursor[16];
    int ends[2];
    snprintf(program, sizeof program, "%s/minor_reader_%d", folder, minor);
    snprintf(data, sizeof data, "%d", ring->data_fd);
    snprintf(cursor, sizeof cursor, "%d", ring->cursor_fd);
    assert_int_equal(pipe(ends), 0);
    reading.pid = fork();
    assert_true(reading.pid >= 0);
    if (reading.pid == 0) {
        fcntl(ring->data_fd, F_SETFD, 0);
        fcntl(ring->cursor_fd, F_SETFD, 0);
        dup2(ends[1], STDOUT_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(program, program, data, cursor, sleeps ? "sleep" : NULL, NULL);
        _exit(127);
    }
    close(ends[1]);
    reading.output = ends[0];
    return reading;
}

static struct result end_reader(struct reading *reading)
{
    struct result result = {0};
    char text[128] = "";
    int status = 0;
    ssize_t got = read(reading->output, text, sizeof text - 1);
    assert_int_equal(waitpid(reading->pid, &status, 0), reading->pid);
    close(reading->output);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 127)
        fail_msg("there is no reader in %s", folder);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(got > 0);
    assert_int_equal(sscanf(text, "%ju %ju %ju %ju", &result.records, &result.lost, &result.checksum, &result.sleeps), 4);
    return result;
}

/* What the handler's worker and waker do. Returns 1 when it was woken. */
static int wake(struct hr_producer *ring)
{
    if (!hr_producer_must_wake(ring))
        return 0;
    __atomic_add_fetch(&ring->header->wakes, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &ring->header->wakes, FUTEX_WAKE, 1, NULL, NULL, 0);
    return 1;
}

static uint64_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

/* Waits for the reader until it has read everything so far. */
static void drain(struct hr_producer *ring, uint64_t deadline)
{
    while (__atomic_load_n(&ring->cursor->read, __ATOMIC_ACQUIRE) != ring->written) {
        wake(ring);
        sched_yield();
        assert_true(now_s() < deadline);
    }
}

/* Publishes to a reader that is waited for. Where it may sleep, it is left nothing to read now and then. */
static uint64_t publish_all(struct hr_producer *ring, int sleeps)
{
    struct hr_sim_random random;
    uint8_t record[RECORD_BYTES];
    uint64_t checksum = UINT64_C(0xcbf29ce484222325);
    uint64_t deadline = now_s() + SECONDS;
    hr_sim_random_seed(&random, seed);
    for (uint64_t i = 0; i < RECORDS; i++) {
        while (hr_producer_room(ring) == 0) {
            wake(ring);
            sched_yield();
            assert_true(now_s() < deadline);
        }
        make_record(&random, record);
        checksum = add_to_checksum(checksum, record);
        hr_producer_publish(ring, record, sizeof record, i);
        wake(ring);
        if (sleeps && i % 500 == 0) {
            uint32_t ticket = ring->woken;
            drain(ring, deadline);
            while (__atomic_load_n(&ring->cursor->waiting, __ATOMIC_ACQUIRE) == ticket) {
                sched_yield();
                assert_true(now_s() < deadline);
            }
            assert_int_equal(wake(ring), 0); /* it is about to sleep, and there is nothing to wake it for */
        }
    }
    return checksum;
}

static int has_ended(pid_t pid)
{
    siginfo_t ended = {0};
    return waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == pid;
}

/* A reader that sleeps when the ring ends is told of the end. */
static struct result stop(struct hr_producer *ring, struct reading *reading)
{
    uint64_t deadline = now_s() + SECONDS;
    hr_producer_set_state(ring, HR_RING_STOPPING);
    while (!has_ended(reading->pid)) {
        wake(ring);
        sched_yield();
        assert_true(now_s() < deadline);
    }
    return end_reader(reading);
}

static void run_reader(struct hr_producer *ring, int minor, int sleeps)
{
    struct reading reading = start_reader(ring, minor, sleeps);
    uint64_t checksum = publish_all(ring, sleeps);
    struct result result = stop(ring, &reading);
    assert_int_equal(result.records, RECORDS);
    assert_int_equal(result.lost, 0);
    assert_int_equal(result.checksum, checksum);
    if (sleeps)
        assert_true(result.sleeps > 0);
    print_message("minor %d on a ring of minor %d: %ju records, %ju sleeps\n", minor, ring->header->abi_minor, result.records,
                  result.sleeps);
}

static void create(struct hr_producer *ring)
{
    const struct hr_producer_options options = {
        .consumer = "test", .slot_bytes = 64, .slot_count = 1024, .worker_count = 1, .colour = 5};
    assert_int_equal(hr_producer_create(ring, &options), 0);
}

static void readers_of_every_minor_read_a_fresh_ring(void **state)
{
    (void)state;
    static const int minors[] = {0, 1, 7};
    for (size_t i = 0; i < COUNT_OF(minors); i++) {
        struct hr_producer ring;
        create(&ring);
        assert_int_equal(ring.header->first_stamp, 0); /* what a reader of minor 0 takes for granted */
        run_reader(&ring, minors[i], 0);
        hr_producer_destroy(&ring);
    }
}

static void readers_that_know_first_stamp_read_a_used_ring(void **state)
{
    (void)state;
    static const int minors[] = {1, 7};
    struct hr_producer ring;
    create(&ring);
    for (size_t i = 0; i < COUNT_OF(minors); i++) {
        uint8_t record[RECORD_BYTES] = {RECORD_BYTES / 4, HR_RTYPE_MBO};
        for (int old = 0; old < 700; old++)
            hr_producer_publish(&ring, record, sizeof record, UINT64_C(1) << 40);
        assert_int_equal(hr_producer_renew(&ring), 0);
        run_reader(&ring, minors[i], 0);
        assert_int_equal(hr_producer_renew(&ring), 0);
    }
    hr_producer_destroy(&ring);
}

static void readers_that_know_wakes_sleep(void **state)
{
    (void)state;
    static const int minors[] = {1, 7};
    for (size_t i = 0; i < COUNT_OF(minors); i++) {
        struct hr_producer ring;
        create(&ring);
        run_reader(&ring, minors[i], 1);
        hr_producer_destroy(&ring);
    }
}

/* ---- a ring of another handler, and this reader ---- */

#define SLOTS 64
#define HEADER_BYTES_MAX 8192

struct other {
    uint16_t major;
    uint16_t minor;
    uint32_t header_bytes;
    uint64_t first_stamp;
    int unknown; /* what this release calls reserved holds something */
    uint32_t state;
};

static uint8_t *make_object(const struct other *other, int *data_fd, int *cursor_fd)
{
    size_t bytes = other->header_bytes + SLOTS * 64;
    *data_fd = memfd_create("data", MFD_CLOEXEC);
    *cursor_fd = memfd_create("cursor", MFD_CLOEXEC);
    assert_true(*data_fd >= 0 && *cursor_fd >= 0);
    assert_int_equal(ftruncate(*data_fd, (off_t)bytes), 0);
    assert_int_equal(ftruncate(*cursor_fd, 4096), 0);
    uint8_t *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *data_fd, 0);
    assert_true(map != MAP_FAILED);
    memset(map, other->unknown ? 0xA5 : 0, other->header_bytes);
    const uint32_t sizes[] = {other->header_bytes, 64, SLOTS};
    const uint64_t cursor_magic = UINT64_C(0x3152535243525248);
    memcpy(map, "HERRING1", 8);
    memcpy(map + 8, &other->major, 2);
    memcpy(map + 10, &other->minor, 2);
    memcpy(map + 12, sizes, sizeof sizes);
    memcpy(map + 96, &other->first_stamp, 8);
    memcpy(map + 152, &other->state, 4);
    assert_int_equal(pwrite(*cursor_fd, &cursor_magic, 8, 0), 8);
    return map;
}

static void put(uint8_t *map, const struct other *other, uint64_t slot, uint64_t stamp, uint8_t rtype)
{
    uint8_t *at = map + other->header_bytes + slot % SLOTS * 64;
    const uint8_t header[] = {RECORD_BYTES / 4, rtype};
    memcpy(at + 8, header, sizeof header);
    memcpy(at + 16, &stamp, 8); /* ts_event, to know it again */
    __atomic_store_n((uint64_t *)(void *)at, stamp, __ATOMIC_RELEASE);
}

/* Two laps, of which the reader attached in the middle of the first: records of rtypes that nobody knows among them. */
static void read_other(const struct other *other)
{
    struct hr_consumer consumer;
    int data_fd, cursor_fd;
    uint8_t *map = make_object(other, &data_fd, &cursor_fd);
    uint64_t stamp = 0;
    for (uint64_t i = 0; other->first_stamp && i < SLOTS; i++)
        put(map, other, i, other->first_stamp - SLOTS + 1 + i, HR_RTYPE_MBO); /* of the attachment before */
    assert_int_equal(hr_consumer_map(&consumer, data_fd, cursor_fd), 0);
    assert_ptr_equal(consumer.slots, (const uint8_t *)consumer.header + other->header_bytes);
    assert_null(hr_consumer_peek(&consumer, &stamp));
    for (uint64_t i = 0; i < SLOTS * 2; i++) {
        uint64_t wanted = other->first_stamp + 1 + i;
        put(map, other, i, wanted, i % 3 ? HR_RTYPE_MBO : 0xEF);
        const struct hr_record_header *record = hr_consumer_peek(&consumer, &stamp);
        assert_non_null(record);
        assert_int_equal(stamp, wanted);
        assert_int_equal(record->ts_event, wanted);
        hr_consumer_advance(&consumer, record, stamp);
    }
    assert_null(hr_consumer_peek(&consumer, &stamp));
    assert_int_equal(consumer.records, SLOTS * 2);
    assert_int_equal(consumer.cursor->read, SLOTS * 2);
    assert_int_equal(consumer.header->state, other->state);
    hr_consumer_unmap(&consumer);
    munmap(map, other->header_bytes + SLOTS * 64);
    close(data_fd);
    close(cursor_fd);
}

static void this_reader_reads_rings_of_other_minors(void **state)
{
    (void)state;
    static const uint32_t header_bytes[] = {4096, 4160, HEADER_BYTES_MAX};
    static const uint16_t minors[] = {1, 2, 65535};
    for (size_t h = 0; h < COUNT_OF(header_bytes); h++) {
        read_other(&(struct other){.major = 1, .minor = 0, .header_bytes = header_bytes[h], .state = HR_RING_RUNNING});
        for (size_t m = 0; m < COUNT_OF(minors); m++)
            for (int unknown = 0; unknown < 2; unknown++) {
                struct other other = {.major = 1, .minor = minors[m], .header_bytes = header_bytes[h], .unknown = unknown};
                other.state = unknown ? 17 : HR_RING_RUNNING;
                read_other(&other);
                other.first_stamp = UINT64_C(1700000000000000000);
                read_other(&other);
            }
    }
}

static void this_reader_refuses_other_majors(void **state)
{
    (void)state;
    static const uint16_t majors[] = {0, 2, 256, 65535};
    for (size_t i = 0; i < COUNT_OF(majors); i++) {
        const struct other other = {.major = majors[i], .minor = HR_ABI_MINOR, .header_bytes = 4096, .state = HR_RING_RUNNING};
        struct hr_consumer consumer;
        int data_fd, cursor_fd;
        uint8_t *map = make_object(&other, &data_fd, &cursor_fd);
        assert_int_equal(hr_consumer_map(&consumer, data_fd, cursor_fd), -EPROTONOSUPPORT);
        munmap(map, other.header_bytes + SLOTS * 64);
        close(data_fd);
        close(cursor_fd);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_of_every_minor_read_a_fresh_ring),
        cmocka_unit_test(readers_that_know_first_stamp_read_a_used_ring),
        cmocka_unit_test(readers_that_know_wakes_sleep),
        cmocka_unit_test(this_reader_reads_rings_of_other_minors),
        cmocka_unit_test(this_reader_refuses_other_majors),
    };
    const char *given = getenv("HEADRACE_MINOR_READERS");
    char *own = strdup(argv[0]);
    snprintf(folder, sizeof folder, "%s", given ? given : dirname(own));
    free(own);
    seed = test_seed(argc, argv, 20260111);
    return cmocka_run_group_tests_name("compatibility", tests, NULL, NULL);
}
