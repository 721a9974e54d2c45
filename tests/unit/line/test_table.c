/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of lines: what was added is found, and nothing else, up to the last line that there is room for.
 *
 * usage: test_table [seed]
 */
#include "test.h"

#include "line/table.h"

static uint64_t seed;
static struct hr_line_table table;

static void empty_table_finds_nothing(void **state)
{
    (void)state;
    memset(&table, 0, sizeof table);
    assert_int_equal(hr_line_table_find(&table, 0, 0, 0), HR_LINE_NONE);
    assert_int_equal(hr_line_table_find(&table, 255, UINT32_MAX, UINT16_MAX), HR_LINE_NONE);
}

static void input_group_and_port_all_count(void **state)
{
    (void)state;
    const uint32_t group = UINT32_C(0xE9360C6F);
    memset(&table, 0, sizeof table);
    assert_int_equal(hr_line_table_add(&table, 1, group, 26477, 5), 0);
    assert_int_equal(hr_line_table_find(&table, 1, group, 26477), 5);
    assert_int_equal(hr_line_table_find(&table, 0, group, 26477), HR_LINE_NONE);
    assert_int_equal(hr_line_table_find(&table, 2, group, 26477), HR_LINE_NONE);
    assert_int_equal(hr_line_table_find(&table, 1, group + 1, 26477), HR_LINE_NONE);
    assert_int_equal(hr_line_table_find(&table, 1, group, 26478), HR_LINE_NONE);
    assert_int_equal(hr_line_table_add(&table, 1, group, 26477, 6), 1); /* there already: the first one stays */
    assert_int_equal(hr_line_table_find(&table, 1, group, 26477), 5);
    assert_int_equal(hr_line_table_add(&table, 2, group, 26477, 6), 0);
    assert_int_equal(hr_line_table_find(&table, 2, group, 26477), 6);
}

static void extreme_keys_are_keys(void **state)
{
    (void)state;
    memset(&table, 0, sizeof table);
    assert_int_equal(hr_line_table_add(&table, 0, 0, 0, 1), 0);
    assert_int_equal(hr_line_table_add(&table, 255, UINT32_MAX, UINT16_MAX, 2), 0);
    assert_int_equal(hr_line_table_find(&table, 0, 0, 0), 1);
    assert_int_equal(hr_line_table_find(&table, 255, UINT32_MAX, UINT16_MAX), 2);
    assert_int_equal(hr_line_table_find(&table, 0, 0, 1), HR_LINE_NONE);
    assert_int_equal(hr_line_table_find(&table, 0, UINT32_MAX, UINT16_MAX), HR_LINE_NONE);
}

/* Consecutive groups and ports, as exchanges hand them out, or random ones. */
static void fill_and_find(int random_keys)
{
    static struct {
        uint32_t group;
        uint16_t port;
        uint8_t input;
    } keys[HR_LINES_MAX];
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    memset(&table, 0, sizeof table);
    for (uint16_t i = 0; i < HR_LINES_MAX; i++) {
        keys[i].group = random_keys ? (uint32_t)hr_sim_random_next(&random) : UINT32_C(0xE0000000) + i / 8;
        keys[i].port = random_keys ? (uint16_t)hr_sim_random_next(&random) : (uint16_t)(30000 + i % 8);
        keys[i].input = random_keys ? (uint8_t)hr_sim_random_next(&random) : 0;
        assert_int_equal(hr_line_table_add(&table, keys[i].input, keys[i].group, keys[i].port, i), 0);
    }
    for (uint16_t i = 0; i < HR_LINES_MAX; i++)
        assert_int_equal(hr_line_table_find(&table, keys[i].input, keys[i].group, keys[i].port), i);
    assert_int_equal(hr_line_table_add(&table, 9, 0, 0, 1), 2);
    assert_int_equal(hr_line_table_add(&table, keys[7].input, keys[7].group, keys[7].port, 1), 1);
    for (int i = 0; i < 100000; i++) {
        uint32_t group = (uint32_t)hr_sim_random_next(&random);
        uint16_t found = hr_line_table_find(&table, 1, group, 1);
        assert_true(found == HR_LINE_NONE || (keys[found].group == group && keys[found].port == 1 && keys[found].input == 1));
    }
}

static void full_table_finds_every_line(void **state)
{
    (void)state;
    fill_and_find(0);
    fill_and_find(1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_table_finds_nothing),
        cmocka_unit_test(input_group_and_port_all_count),
        cmocka_unit_test(extreme_keys_are_keys),
        cmocka_unit_test(full_table_finds_every_line),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
