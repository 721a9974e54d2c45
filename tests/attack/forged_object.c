/* SPDX-License-Identifier: Apache-2.0
 *
 * A data object as a hostile handler would make it: any header, any size, any slots, and a header that changes while it is
 * looked at or afterwards. The reader refuses it, or never sees anything outside of its mapping. (What a record says of its own
 * length is the caller's to check against the slot: see docs/ABI.md.)
 *
 * usage: forged_object [seed]
 */
#define _GNU_SOURCE
#include "test.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "headrace/consumer.h"

#define OBJECTS 10000
#define RACES 4000
#define PAGE 4096
#define BYTES_MAX ((uint64_t)1 << 19) /* a sparse object would be filled by mapping it */

static uint64_t seed;
static struct hr_sim_random random_numbers;

static uint64_t below(uint64_t limit)
{
    return hr_sim_random_next(&random_numbers) % limit;
}

static int one_in(uint64_t times)
{
    return below(times) == 0;
}

/* ---- objects ---- */

static uint32_t some_number(uint32_t good)
{
    static const uint32_t odd[] = {0, 1, 8, 63, 64, 65, 192, 255, 256, 4032, 4095, 4096, 4097, 1u << 16, 1u << 31, UINT32_MAX,
                                   UINT32_MAX - 63, 0xFFFFF000, 0x80000040};
    switch (below(16)) {
    case 0:
        return odd[below(COUNT_OF(odd))];
    case 1:
        return (uint32_t)hr_sim_random_next(&random_numbers);
    case 2:
        return good ^ 1u << below(32);
    case 3:
        return (uint32_t)below(8192);
    case 4:
        return 64u << below(20);
    default:
        return good;
    }
}

/* Mostly right, so that the checks behind the first ones are reached. */
static struct hr_ring_header some_header(void)
{
    struct hr_ring_header header;
    uint8_t *bytes = (uint8_t *)&header;
    for (size_t i = 0; i < sizeof header; i++)
        bytes[i] = (uint8_t)hr_sim_random_next(&random_numbers);
    if (!one_in(20))
        header.magic = HR_RING_MAGIC;
    if (!one_in(20))
        header.abi_major = HR_ABI_MAJOR;
    header.header_bytes = some_number(4096);
    header.slot_bytes = some_number(64u << below(4));
    header.slot_count = some_number(64u << below(4));
    header.first_stamp = one_in(2) ? 0 : one_in(10) ? UINT64_MAX : below(1000);
    return header;
}

static uint64_t some_size(const struct hr_ring_header *header)
{
    uint64_t exact = header->header_bytes + (uint64_t)header->slot_count * header->slot_bytes;
    switch (below(6)) {
    case 0:
        return below(BYTES_MAX);
    case 1:
        return below(4) * PAGE;
    case 2:
        return (exact - 1) % BYTES_MAX;
    case 3:
        return (exact / PAGE * PAGE) % BYTES_MAX;
    case 4:
        return ((exact + PAGE - 1) / PAGE * PAGE) % BYTES_MAX;
    default:
        return exact % BYTES_MAX;
    }
}

struct object {
    int data_fd;
    int cursor_fd;
    uint64_t bytes;
    uint8_t *writable; /* the hostile handler's mapping */
};

static struct object make_object(const struct hr_ring_header *header, uint64_t bytes)
{
    const struct hr_cursor cursor = {.magic = HR_CURSOR_MAGIC};
    struct object object = {.bytes = bytes};
    object.data_fd = memfd_create("data", MFD_CLOEXEC);
    object.cursor_fd = memfd_create("cursor", MFD_CLOEXEC);
    assert_true(object.data_fd >= 0 && object.cursor_fd >= 0);
    assert_int_equal(ftruncate(object.data_fd, (off_t)bytes), 0);
    assert_int_equal(ftruncate(object.cursor_fd, HR_CURSOR_BYTES), 0);
    assert_int_equal(pwrite(object.cursor_fd, &cursor, sizeof cursor, 0), sizeof cursor);
    if (bytes) {
        object.writable = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, object.data_fd, 0);
        assert_true(object.writable != MAP_FAILED);
        memcpy(object.writable, header, bytes < sizeof *header ? bytes : sizeof *header);
    }
    return object;
}

static void free_object(struct object *object)
{
    if (object->bytes)
        munmap(object->writable, object->bytes);
    close(object->data_fd);
    close(object->cursor_fd);
}

/* ---- what is accepted ---- */

static void check_inside(const struct hr_consumer *consumer, const uint8_t *from, uint64_t bytes)
{
    const uint8_t *map = (const uint8_t *)consumer->header;
    if (from < map || bytes > consumer->data_bytes || from > map + consumer->data_bytes - bytes || (uintptr_t)from % 8)
        fail_msg("a view outside of the mapping (seed %ju)", (uintmax_t)seed);
}

static void check_accepted(const struct hr_consumer *consumer, const struct object *object)
{
    uint64_t slots = consumer->mask + 1;
    assert_int_equal(consumer->data_bytes, object->bytes);
    assert_true(slots >= 2 * HR_CURSOR_LAG && (slots & consumer->mask) == 0);
    assert_true(consumer->slot_bytes >= HR_CACHE_LINE && slots <= object->bytes / consumer->slot_bytes);
    check_inside(consumer, consumer->slots, slots * consumer->slot_bytes);
    assert_true(consumer->slots >= (const uint8_t *)consumer->header + sizeof(struct hr_ring_header));
}

/* Stamps that rise from the next slot on, with some that do not; records of any type and any length. */
static void fill_slots(const struct hr_consumer *consumer, const struct object *object)
{
    uint64_t stamp = consumer->last_stamp;
    for (uint64_t i = 0; i <= consumer->mask; i++) {
        uint64_t at_slot = (consumer->read + i) & consumer->mask;
        uint8_t *slots = object->writable + (consumer->slots - (const uint8_t *)consumer->header);
        uint8_t *slot = slots + at_slot * consumer->slot_bytes;
        stamp = one_in(500) ? hr_sim_random_next(&random_numbers) : stamp + !one_in(50);
        memcpy(slot, &stamp, sizeof stamp);
        for (size_t at = 8; at < 32; at += 8) {
            uint64_t word = hr_sim_random_next(&random_numbers);
            memcpy(slot + at, &word, sizeof word);
        }
        if (one_in(4))
            slot[8 + offsetof(struct hr_record_header, rtype)] = HR_RTYPE_LOST;
    }
}

/* Every record and batch that it gives is in the mapping, and so is the whole slot. */
static void read_lap(struct hr_consumer *consumer)
{
    for (uint64_t look = 0; look < (consumer->mask + 1) / 8; look++) {
        uint64_t stamp = 0;
        uint32_t wakes = 0;
        const uint8_t *first = NULL;
        const struct hr_record_header *record = one_in(2) ? hr_consumer_peek(consumer, &stamp) : NULL;
        if (record) {
            check_inside(consumer, (const uint8_t *)record - HR_SLOT_STAMP_BYTES, consumer->slot_bytes);
            hr_consumer_advance(consumer, record, stamp);
        }
        uint64_t count = hr_consumer_batch(consumer, &first, one_in(2) ? UINT64_MAX : below(100));
        check_inside(consumer, first, count * consumer->slot_bytes);
        hr_consumer_release(consumer, count);
        (void)hr_consumer_arm(consumer, &wakes);
    }
}

static void read_laps(struct hr_consumer *consumer, const struct object *object)
{
    for (int lap = 0; lap < 3; lap++) {
        fill_slots(consumer, object);
        read_lap(consumer);
    }
}

static void forged_headers_give_no_view_outside(void **state)
{
    (void)state;
    uint64_t refused = 0;
    for (int i = 0; i < OBJECTS; i++) {
        const struct hr_ring_header header = some_header();
        struct object object = make_object(&header, some_size(&header));
        struct hr_consumer consumer;
        int error = hr_consumer_map(&consumer, object.data_fd, object.cursor_fd);
        if (error) {
            assert_true(error == -EPROTO || error == -EPROTONOSUPPORT);
            assert_null(consumer.cursor);
            refused++;
        } else {
            check_accepted(&consumer, &object);
            read_laps(&consumer, &object);
            /* Whatever the header says from now on: the reader has kept what it checked. */
            for (size_t at = 0; at < sizeof header; at++)
                object.writable[at] = (uint8_t)hr_sim_random_next(&random_numbers);
            read_laps(&consumer, &object);
            check_accepted(&consumer, &object);
            hr_consumer_unmap(&consumer);
        }
        free_object(&object);
    }
    print_message("%d objects: %ju refused, %ju read\n", OBJECTS, (uintmax_t)refused, (uintmax_t)(OBJECTS - refused));
    assert_true(refused > OBJECTS / 10 && refused < OBJECTS - OBJECTS / 10);
}

/* ---- a header that changes while it is checked ---- */

struct racing {
    struct hr_ring_header *header;
    int stop;
};

static void *change_header(void *argument)
{
    static const uint32_t counts[] = {64, 128, 1u << 31, 64, 1u << 26};
    static const uint32_t slots[] = {64, 128, 64, 4096, UINT32_MAX - 63};
    static const uint32_t firsts[] = {4096, 8192, 256, 4096, UINT32_MAX - 63};
    struct racing *racing = argument;
    for (uint32_t i = 0; !__atomic_load_n(&racing->stop, __ATOMIC_RELAXED); i++) {
        __atomic_store_n(&racing->header->slot_count, counts[i % COUNT_OF(counts)], __ATOMIC_RELAXED);
        __atomic_store_n(&racing->header->slot_bytes, slots[i / 2 % COUNT_OF(slots)], __ATOMIC_RELAXED);
        __atomic_store_n(&racing->header->header_bytes, firsts[i / 3 % COUNT_OF(firsts)], __ATOMIC_RELAXED);
    }
    return NULL;
}

static void headers_that_change_under_the_check_give_no_view_outside(void **state)
{
    (void)state;
    const struct hr_ring_header header = {
        .magic = HR_RING_MAGIC, .abi_major = HR_ABI_MAJOR, .header_bytes = 4096, .slot_bytes = 64, .slot_count = 64};
    struct object object = make_object(&header, 4096 + 64 * 128);
    struct racing racing = {.header = (struct hr_ring_header *)object.writable};
    pthread_t changer;
    int accepted = 0;
    assert_int_equal(pthread_create(&changer, NULL, change_header, &racing), 0);
    for (int i = 0; i < RACES; i++) {
        struct hr_consumer consumer;
        if (hr_consumer_map(&consumer, object.data_fd, object.cursor_fd))
            continue;
        check_accepted(&consumer, &object);
        hr_consumer_unmap(&consumer);
        accepted++;
    }
    __atomic_store_n(&racing.stop, 1, __ATOMIC_RELAXED);
    pthread_join(changer, NULL);
    free_object(&object);
    print_message("%d of %d accepted\n", accepted, RACES);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_headers_give_no_view_outside),
        cmocka_unit_test(headers_that_change_under_the_check_give_no_view_outside),
    };
    seed = test_seed(argc, argv, 20260110);
    hr_sim_random_seed(&random_numbers, seed);
    return cmocka_run_group_tests_name("forged object", tests, NULL, NULL);
}
