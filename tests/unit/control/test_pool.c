/* SPDX-License-Identifier: Apache-2.0
 *
 * The rings of the handler: made at start, lent, given back, and lent again in a way that no reader sees what another one read.
 */
#define _GNU_SOURCE
#include "test.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/pool.h"
#include "decode/event.h"
#include "headrace/consumer.h"
#include "host/log.h"

#define NOW UINT64_C(1700000000000000000)
#define EPOCH UINT64_C(77)
#define SLOTS 64
#define OWN 1000
#define OTHER 1001
#define MINOR_OLD 0
#define MINOR_NEW 1

int hr_logtype;
static char logged[256];

int rte_log(uint32_t level, uint32_t type, const char *format, ...)
{
    va_list arguments;
    (void)level;
    (void)type;
    va_start(arguments, format);
    int length = vsnprintf(logged, sizeof logged, format, arguments);
    va_end(arguments);
    return length;
}

static struct hr_config_consumer consumers[3];
static struct hr_config config;
static struct hr_ring_pool pool;

static struct hr_config_consumer consumer_of(const char *name, uint32_t schemas, uint64_t records)
{
    struct hr_config_consumer made = {.schema_mask = schemas, .ring_records = records};
    snprintf(made.name, sizeof made.name, "%s", name);
    return made;
}

static void describe(uint64_t records_of_last)
{
    consumers[0] = consumer_of("orders", 1U << HR_SCHEMA_MBO, SLOTS);
    consumers[1] = consumer_of("all", 0x7F, SLOTS);
    consumers[2] = consumer_of("last", 1U << HR_SCHEMA_IMBALANCE, records_of_last);
    config = (struct hr_config){.consumers = consumers, .consumer_count = COUNT_OF(consumers)};
    *logged = '\0';
}

static void open_pool(void)
{
    describe(SLOTS);
    assert_int_equal(hr_ring_pool_create(&pool, &config, EPOCH, 0), 0);
}

static struct hr_producer *take(uint32_t consumer, uid_t user, uint16_t minor)
{
    struct hr_producer *ring = NULL;
    assert_int_equal(hr_ring_pool_take(&pool, consumer, user, minor, &ring), 0);
    assert_non_null(ring);
    assert_null(pool.rings[consumer].idle);
    return ring;
}

static uint32_t entries_of(const char *path)
{
    uint32_t count = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static uint32_t descriptors_open(void)
{
    return entries_of("/proc/self/fd");
}

/* Pages of rings and cursors that this process has mapped, by the kernel's account. */
static uint32_t rings_mapped(void)
{
    char line[512];
    uint32_t count = 0;
    FILE *file = fopen("/proc/self/maps", "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, "memfd:headrace-") != NULL || strstr(line, "secretmem") != NULL;
    fclose(file);
    return count;
}

static ino_t inode_of(int fd)
{
    struct stat found;
    assert_int_equal(fstat(fd, &found), 0);
    return found.st_ino;
}

static void publish(struct hr_producer *ring, uint64_t id)
{
    const struct hr_mbo record = {.header = {.length = sizeof record / 4, .rtype = HR_RTYPE_MBO}, .order_id = id};
    hr_producer_publish(ring, &record, sizeof record, NOW);
}

/* The first record that a reader of this ring sees, or UINT64_MAX. */
static uint64_t first_seen(const struct hr_producer *ring, uint16_t minor)
{
    struct hr_consumer reader;
    uint64_t stamp = 0;
    uint64_t id = UINT64_MAX;
    assert_int_equal(hr_consumer_map(&reader, ring->data_fd, ring->cursor_fd), 0);
    if (minor == MINOR_OLD)
        reader.last_stamp = 0; /* it does not know of first_stamp */
    const struct hr_record_header *record = hr_consumer_peek(&reader, &stamp);
    if (record)
        id = ((const struct hr_mbo *)record)->order_id;
    hr_consumer_unmap(&reader);
    return id;
}

static void every_ring_is_made_at_start(void **state)
{
    (void)state;
    static const uint32_t slots[] = {64, 576, 128};
    uint64_t bytes = 0;
    uint32_t before = descriptors_open();
    open_pool();
    assert_int_equal(descriptors_open(), before + 2 * COUNT_OF(consumers));
    assert_int_equal(rings_mapped(), 2 * COUNT_OF(consumers));
    for (uint32_t i = 0; i < COUNT_OF(consumers); i++) {
        const struct hr_producer *ring = pool.rings[i].idle;
        assert_int_equal(ring->header->slot_bytes, slots[i]);
        assert_int_equal(ring->header->slot_count, SLOTS);
        assert_int_equal(ring->header->session_epoch, EPOCH);
        assert_string_equal(ring->header->consumer, consumers[i].name);
        assert_int_equal(pool.rings[i].bytes, ring->data_bytes + HR_CURSOR_BYTES);
        assert_true(pool.rings[i].bytes >= (uint64_t)slots[i] * SLOTS);
        bytes += pool.rings[i].bytes;
    }
    assert_int_equal(pool.bytes, bytes);
    hr_ring_pool_destroy(&pool);
    assert_int_equal(descriptors_open(), before);
    assert_int_equal(rings_mapped(), 0);
    hr_ring_pool_destroy(&pool); /* of what is gone: nothing happens */
}

static void no_consumers_at_all(void **state)
{
    (void)state;
    const struct hr_config none = {0};
    assert_int_equal(hr_ring_pool_create(&pool, &none, EPOCH, 0), 0);
    assert_int_equal(pool.bytes, 0);
    hr_ring_pool_destroy(&pool);
}

/* Half made is undone by destroying, and the log says whose ring it was. */
static void ring_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    uint32_t before = descriptors_open();
    describe(SLOTS + 1);
    assert_int_equal(hr_ring_pool_create(&pool, &config, EPOCH, 0), -EINVAL);
    assert_non_null(strstr(logged, "consumers[2].ring_records"));
    assert_non_null(strstr(logged, "'last'"));
    assert_non_null(strstr(logged, "65"));
    hr_ring_pool_destroy(&pool);
    assert_int_equal(descriptors_open(), before);
    assert_int_equal(rings_mapped(), 0);
}

static void same_user_gets_the_same_memory_and_no_old_record(void **state)
{
    (void)state;
    uint32_t before = descriptors_open();
    open_pool();
    struct hr_producer *ring = take(0, OWN, MINOR_NEW);
    ino_t data = inode_of(ring->data_fd), cursor = inode_of(ring->cursor_fd);
    for (uint64_t round = 0; round < 100; round++) {
        assert_int_equal(first_seen(ring, MINOR_NEW), UINT64_MAX);
        for (uint64_t id = 0; id < round; id++)
            publish(ring, round * 1000 + id);
        if (round)
            assert_int_equal(first_seen(ring, MINOR_NEW), round * 1000);
        hr_ring_pool_give(&pool, 0, ring);
        ring = take(0, OWN, MINOR_NEW);
        assert_int_equal(inode_of(ring->data_fd), data);
        assert_int_not_equal(inode_of(ring->cursor_fd), cursor);
    }
    hr_ring_pool_give(&pool, 0, ring);
    hr_ring_pool_destroy(&pool);
    assert_int_equal(descriptors_open(), before);
}

/* The one before may have kept its mapping: it must not look upon what the other one reads. */
static void another_user_gets_other_memory(void **state)
{
    (void)state;
    struct hr_consumer spy = {0};
    ino_t data = 0;
    open_pool();
    uint32_t before = descriptors_open();
    for (uint64_t round = 0; round < 100; round++) {
        struct hr_producer *ring = take(0, round % 2 ? OTHER : OWN, MINOR_NEW);
        assert_int_not_equal(inode_of(ring->data_fd), data);
        data = inode_of(ring->data_fd);
        assert_int_equal(first_seen(ring, MINOR_OLD), UINT64_MAX); /* not even to one who does not know which stamps are old */
        publish(ring, round);
        if (round) /* what the user before still sees is what he has seen */
            assert_int_equal(((const struct hr_mbo *)((const struct hr_slot *)spy.slots)->record)->order_id, round - 1);
        hr_consumer_unmap(&spy);
        assert_int_equal(hr_consumer_map(&spy, ring->data_fd, ring->cursor_fd), 0);
        hr_ring_pool_give(&pool, 0, ring);
    }
    hr_consumer_unmap(&spy);
    assert_int_equal(descriptors_open(), before);
    hr_ring_pool_destroy(&pool);
}

static void old_reader_gets_a_ring_of_zeros(void **state)
{
    (void)state;
    open_pool();
    static const uint16_t minors[] = {MINOR_OLD, MINOR_OLD, MINOR_NEW, MINOR_OLD, MINOR_NEW, MINOR_NEW, MINOR_OLD};
    for (size_t i = 0; i < COUNT_OF(minors); i++) {
        struct hr_producer *ring = take(1, OWN, minors[i]);
        assert_int_equal(first_seen(ring, minors[i]), UINT64_MAX);
        publish(ring, 5);
        assert_int_equal(first_seen(ring, minors[i]), 5);
        hr_ring_pool_give(&pool, 1, ring);
    }
    hr_ring_pool_destroy(&pool);
}

static void one_consumers_ring_is_not_anothers(void **state)
{
    (void)state;
    open_pool();
    struct hr_producer *first = take(0, OWN, MINOR_NEW);
    struct hr_producer *second = take(2, OWN, MINOR_NEW);
    publish(first, 1);
    assert_int_equal(first_seen(second, MINOR_NEW), UINT64_MAX);
    hr_ring_pool_give(&pool, 2, second);
    assert_ptr_equal(take(2, OWN, MINOR_NEW), second);
    hr_ring_pool_give(&pool, 2, second);
    hr_ring_pool_give(&pool, 0, first);
    hr_ring_pool_destroy(&pool);
}

/* Becoming invalid, and valid again: no descriptor is to be had for a while. The attachment fails, and no other after it. */
static void take_without_descriptors_fails_and_recovers(void **state)
{
    (void)state;
    struct rlimit before;
    struct hr_producer *ring = NULL;
    open_pool();
    uint32_t open_before = descriptors_open();
    ring = take(0, OWN, MINOR_NEW);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    for (int user = OWN; user <= OTHER; user++) {
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        hr_ring_pool_give(&pool, 0, ring); /* it is renewed now, when that can be done */
        int error = hr_ring_pool_take(&pool, 0, (uid_t)user, MINOR_NEW, &ring);
        int again = hr_ring_pool_take(&pool, 0, (uid_t)user, MINOR_NEW, &ring);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(error, -EMFILE);
        assert_int_equal(again, -EMFILE);
        ring = take(0, (uid_t)user, MINOR_NEW);
        publish(ring, 9);
        assert_int_equal(first_seen(ring, MINOR_NEW), 9);
    }
    hr_ring_pool_give(&pool, 0, ring);
    assert_int_equal(descriptors_open(), open_before);
    hr_ring_pool_destroy(&pool);
    assert_int_equal(rings_mapped(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ring_is_made_at_start),
        cmocka_unit_test(no_consumers_at_all),
        cmocka_unit_test(ring_that_cannot_be_made_is_named),
        cmocka_unit_test(same_user_gets_the_same_memory_and_no_old_record),
        cmocka_unit_test(another_user_gets_other_memory),
        cmocka_unit_test(old_reader_gets_a_ring_of_zeros),
        cmocka_unit_test(one_consumers_ring_is_not_anothers),
        cmocka_unit_test(take_without_descriptors_fails_and_recovers),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
