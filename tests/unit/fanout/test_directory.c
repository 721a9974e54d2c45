/* SPDX-License-Identifier: Apache-2.0
 *
 * The instrument directory: entries in the order in which they were added, complete, and never more than there is room for.
 */
#include "test.h"

#include <sys/mman.h>

#include "fanout/directory.h"

static void entries_reach_the_reader(void **state)
{
    (void)state;
    struct hr_directory_writer writer;
    assert_int_equal(hr_directory_create(&writer, 100), 0);
    const struct hr_directory *page = mmap(NULL, writer.bytes, PROT_READ, MAP_SHARED, writer.fd, 0);
    assert_true((const void *)page != MAP_FAILED);
    assert_memory_equal(&page->magic, "HRRRDIR1", 8);
    assert_int_equal(page->capacity, 100);
    assert_int_equal(page->entry_bytes, 64);
    assert_int_equal(page->count, 0);
    hr_directory_add(&writer, 3, 38, 65535, "ZIEXT", 100);
    hr_directory_add(&writer, 255, 2, 1, "A-SYMBOL-THAT-IS-LONGER-THAN-THE-FIELD", 0);
    assert_int_equal(page->count, 2);
    assert_int_equal(page->entries[0].feed, 3);
    assert_int_equal(page->entries[0].publisher_id, 38);
    assert_int_equal(page->entries[0].instrument_id, 65535);
    assert_int_equal(page->entries[0].round_lot, 100);
    assert_string_equal(page->entries[0].symbol, "ZIEXT");
    assert_int_equal(page->entries[1].feed, 255);
    assert_int_equal(strlen(page->entries[1].symbol), HR_SYMBOL_BYTES - 1);
    munmap((void *)(uintptr_t)page, writer.bytes);
    hr_directory_destroy(&writer);
    hr_directory_destroy(&writer);
    hr_directory_destroy(NULL);
}

static void full_directory_counts_what_it_refuses(void **state)
{
    (void)state;
    struct hr_directory_writer writer;
    assert_int_equal(hr_directory_create(&writer, 63), 0); /* with its header one page, to the byte */
    assert_int_equal(writer.bytes, 4096);
    for (uint32_t i = 0; i < 70; i++)
        hr_directory_add(&writer, 0, 2, i, "S", 1);
    assert_int_equal(writer.page->count, 63);
    assert_int_equal(writer.refused, 7);
    assert_int_equal(writer.page->entries[62].instrument_id, 62);
    hr_directory_destroy(&writer);
}

static void readers_cannot_write_the_directory(void **state)
{
    (void)state;
    struct hr_directory_writer writer;
    assert_int_equal(hr_directory_create(&writer, 10), 0);
    assert_true(mmap(NULL, writer.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, writer.fd, 0) == MAP_FAILED);
    hr_directory_destroy(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_reach_the_reader),
        cmocka_unit_test(full_directory_counts_what_it_refuses),
        cmocka_unit_test(readers_cannot_write_the_directory),
    };
    return cmocka_run_group_tests_name("directory", tests, NULL, NULL);
}
