/* SPDX-License-Identifier: Apache-2.0
 *
 * The statistics page: what a reader of its descriptor finds is what the writer added, on cache lines of its own.
 */
#include "test.h"

#include <sys/mman.h>

#include "headrace/attach_abi.h"
#include "observe/metrics.h"

static const struct hr_metric some[] = {{"frames", "help"}, {"accepted", "help"}, {"refused", "help"}};

static void names_and_values_reach_the_reader(void **state)
{
    (void)state;
    struct hr_metrics metrics;
    assert_int_equal(hr_metrics_create(&metrics, "desk1", 12345, 64), 0);
    uint64_t *a = hr_metrics_add(&metrics, "packet", "port-a", some, COUNT_OF(some));
    uint64_t *b = hr_metrics_add(&metrics, "packet", "port-b", some, COUNT_OF(some));
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal((uintptr_t)a % 64, 0); /* no two writers share a line */
    assert_int_equal((uintptr_t)b % 64, 0);
    assert_ptr_equal(b, a + 8);
    a[1] = 7;
    b[2] = 9;
    const uint8_t *bytes = mmap(NULL, metrics.bytes, PROT_READ, MAP_SHARED, metrics.fd, 0);
    assert_true((const void *)bytes != MAP_FAILED);
    const struct hr_statistics_page *page = (const void *)bytes;
    const uint64_t *values = (const void *)(bytes + page->values_offset);
    assert_memory_equal(&page->magic, "HRRSTAT1", 8);
    assert_int_equal(page->capacity, 64);
    assert_int_equal(page->entry_bytes, sizeof(struct hr_statistics_entry));
    assert_int_equal(page->count, 16);
    assert_int_equal(page->session_epoch, 12345);
    assert_string_equal(page->instance, "desk1");
    assert_string_equal(page->entries[1].step, "packet");
    assert_string_equal(page->entries[1].subject, "port-a");
    assert_string_equal(page->entries[1].name, "accepted");
    assert_int_equal(values[1], 7);
    assert_string_equal(page->entries[3].name, ""); /* fills the line */
    assert_string_equal(page->entries[10].subject, "port-b");
    assert_string_equal(page->entries[10].name, "refused");
    assert_int_equal(values[10], 9);
    munmap((void *)(uintptr_t)bytes, metrics.bytes);
    hr_metrics_destroy(&metrics);
}

static void full_page_refuses(void **state)
{
    (void)state;
    struct hr_metrics metrics;
    assert_int_equal(hr_metrics_create(&metrics, "x", 0, 16), 0);
    assert_non_null(hr_metrics_add(&metrics, "a", "a", some, COUNT_OF(some)));
    assert_non_null(hr_metrics_add(&metrics, "a", "b", some, COUNT_OF(some)));
    assert_null(hr_metrics_add(&metrics, "a", "c", some, COUNT_OF(some)));
    assert_int_equal(metrics.page->count, 16);
    hr_metrics_destroy(&metrics);
    hr_metrics_destroy(&metrics);
    hr_metrics_destroy(NULL);
}

static void long_names_are_cut_and_end_with_zero(void **state)
{
    (void)state;
    static const char longest[] = "a-name-that-is-longer-than-any-field-of-the-page-has-room-for-and-then-some";
    const struct hr_metric one[] = {{longest, "help"}};
    struct hr_metrics metrics;
    assert_int_equal(hr_metrics_create(&metrics, longest, 0, 8), 0);
    assert_non_null(hr_metrics_add(&metrics, longest, longest, one, 1));
    const struct hr_statistics_entry *entry = &metrics.page->entries[0];
    assert_int_equal(strlen(metrics.page->instance), sizeof metrics.page->instance - 1);
    assert_int_equal(strlen(entry->step), sizeof entry->step - 1);
    assert_int_equal(strlen(entry->subject), sizeof entry->subject - 1);
    assert_int_equal(strlen(entry->name), sizeof entry->name - 1);
    hr_metrics_destroy(&metrics);
}

static void readers_cannot_write_the_page(void **state)
{
    (void)state;
    struct hr_metrics metrics;
    assert_int_equal(hr_metrics_create(&metrics, "x", 0, 16), 0);
    assert_true(mmap(NULL, metrics.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, metrics.fd, 0) == MAP_FAILED);
    hr_metrics_destroy(&metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_values_reach_the_reader),
        cmocka_unit_test(full_page_refuses),
        cmocka_unit_test(long_names_are_cut_and_end_with_zero),
        cmocka_unit_test(readers_cannot_write_the_page),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
