/* SPDX-License-Identifier: Apache-2.0
 *
 * As much of cmocka as test_itch50_vector.c uses: Debian has no cmocka for another architecture's programs, unless the whole system is
 * told of that architecture. A failure ends the program; nothing is skipped.
 */
#ifndef HEADRACE_TEST_ARM64_CMOCKA_H
#define HEADRACE_TEST_ARM64_CMOCKA_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

#define assert_true(condition)                                                                                                 \
    do {                                                                                                                       \
        if (!(condition)) {                                                                                                    \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                                     \
            exit(1);                                                                                                           \
        }                                                                                                                      \
    } while (0)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_int_equal(a, b) assert_true((uint64_t)(a) == (uint64_t)(b))
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, bytes) assert_true(memcmp(a, b, bytes) == 0)
#define assert_in_range(value, from, to) assert_true((value) >= (from) && (value) <= (to))
#define skip() assert_true(!"skipped")
#define print_message printf
#define cmocka_unit_test(test) {.name = #test, .run = (test)}
#define cmocka_run_group_tests_name(name, tests, setup, teardown) run_tests(tests, sizeof(tests) / sizeof *(tests))

static inline int run_tests(const struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *state = NULL;
        tests[i].run(&state);
        printf("ok: %s\n", tests[i].name);
    }
    return 0;
}

#endif
