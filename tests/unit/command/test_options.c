/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of subcommands: what each kind of value takes and refuses, and what a table of them makes of a command line.
 */
#define _GNU_SOURCE
#include "test.h"

#include <getopt.h>
#include <sysexits.h>

#include "command/option_values.h"

#define SECOND UINT64_C(1000000000)
#define UNTOUCHED UINT64_C(12345)

static void measures(void **state)
{
    static const struct {
        const char *text;
        uint64_t ns;
        uint64_t bytes;
    } good[] = {
        {"90s", 90 * SECOND, UNTOUCHED},
        {"15m", 900 * SECOND, UNTOUCHED},
        {"1h", 3600 * SECOND, UNTOUCHED},
        {"2d", 172800 * SECOND, UNTOUCHED},
        {"64KiB", UNTOUCHED, 65536},
        {"500MiB", UNTOUCHED, UINT64_C(500) << 20},
        {"10GiB", UNTOUCHED, UINT64_C(10) << 30},
        {"1TiB", UNTOUCHED, UINT64_C(1) << 40},
        {"4611686018s", UINT64_C(4611686018) * SECOND, UNTOUCHED},
    };
    static const char *const bad[] = {"",     "h",   "1",           "0h",         "-1h",
                                      "+1h",  " 1h", "1.5h",        "1hh",        "5parsec",
                                      "1kib", "1MB", "4611686019s", "4194304TiB", "99999999999999999999s"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        uint64_t ns = UNTOUCHED;
        uint64_t bytes = UNTOUCHED;
        assert_int_equal(hr_parse_measure(good[i].text, &ns, &bytes), 1);
        assert_int_equal(ns, good[i].ns);
        assert_int_equal(bytes, good[i].bytes);
        assert_int_equal(hr_parse_measure(good[i].text, NULL, &bytes), good[i].ns == UNTOUCHED);
        assert_int_equal(hr_parse_measure(good[i].text, &ns, NULL), good[i].bytes == UNTOUCHED);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint64_t ns = UNTOUCHED;
        uint64_t bytes = UNTOUCHED;
        assert_int_equal(hr_parse_measure(bad[i], &ns, &bytes), 0);
        assert_true(ns == UNTOUCHED && bytes == UNTOUCHED);
    }
}

static void times(void **state)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {
        {"0", 0},
        {"1767623400000000001", UINT64_C(1767623400000000001)},
        {"1970-01-01", 0},
        {"2026-01-05", UINT64_C(1767571200000000000)},
        {"2026-01-05Z", UINT64_C(1767571200000000000)},
        {"2026-01-05T14:30:00", UINT64_C(1767623400000000000)},
        {"2026-01-05T14:30:00Z", UINT64_C(1767623400000000000)},
        {"2026-01-05T14:30:00.5Z", UINT64_C(1767623400500000000)},
        {"2026-01-05T14:30:00.123456789", UINT64_C(1767623400123456789)},
    };
    static const char *const bad[] = {"",
                                      "yesterday",
                                      "2026-13-01",
                                      "2026-01-05T",
                                      "2026-01-05T25:00:00",
                                      "2026-01-05T14:30:00X",
                                      "2026-01-05T14:30:00.5X",
                                      "2026-01-05T14:30:00.1234567891",
                                      "1969-12-31",
                                      "99999999999999999999",
                                      "-1"};
    uint64_t ns;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(hr_option_time(&ns, good[i].text), HR_OPTION_SET);
        assert_int_equal(ns, good[i].ns);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(hr_option_time(&ns, bad[i]), HR_OPTION_NOT_WANTED);
}

static void speeds(void **state)
{
    static const char *const bad[] = {"", "0", "-1", "nan", "inf", "1000001", "fast", "2x", "max "};
    double speed = 1;
    (void)state;
    assert_int_equal(hr_option_speed(&speed, "max"), HR_OPTION_SET);
    assert_true(speed == 0);
    assert_int_equal(hr_option_speed(&speed, "0.5"), HR_OPTION_SET);
    assert_true(speed == 0.5);
    assert_int_equal(hr_option_speed(&speed, "1e6"), HR_OPTION_SET);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(hr_option_speed(&speed, bad[i]), HR_OPTION_NOT_WANTED);
}

/* ---- a table ---- */

struct choice {
    const char *name;
    int quick;
    struct hr_option_names others;
    uint64_t from_ns;
};

static const struct hr_option table[] = {
    {"name", "NAME", "what it is called\nand by whom", offsetof(struct choice, name), hr_option_text, NULL},
    {"quick", NULL, "at once", offsetof(struct choice, quick), hr_option_flag, NULL},
    {"other", "NAME", "again and again", offsetof(struct choice, others), hr_option_name, NULL},
    {"from", "TIME", "since when", offsetof(struct choice, from_ns), hr_option_time, "a time"},
    {NULL, NULL, NULL, 0, NULL, NULL},
};
static const struct hr_command_line line = {"choose", "before\n", "after\n", table};

#define WORDS_MAX (HR_OPTION_NAMES_MAX + 2)

static char words[WORDS_MAX][32];
static char *arguments[WORDS_MAX + 1]; /* as getopt_long leaves them: what is no option comes last */

static int choose(struct choice *choice, int count, const char *const *given)
{
    *choice = (struct choice){0};
    for (int i = 0; i < count; i++) {
        snprintf(words[i], sizeof words[i], "%s", given[i]);
        arguments[i] = words[i];
    }
    arguments[count] = NULL;
    optind = 0; /* getopt_long begins anew */
    opterr = 0;
    return hr_options_parse(&line, choice, count, arguments);
}

static void a_command_line(void **state)
{
    static const char *const given[] = {"choose",  "first", "--name", "n",          "--quick", "--other=a",
                                        "--other", "b",     "--from", "1970-01-02", "second"};
    struct choice choice;
    (void)state;
    assert_int_equal(choose(&choice, COUNT_OF(given), given), 0);
    assert_string_equal(choice.name, "n");
    assert_int_equal(choice.quick, 1);
    assert_int_equal(choice.others.count, 2);
    assert_string_equal(choice.others.items[0], "a");
    assert_string_equal(choice.others.items[1], "b");
    assert_int_equal(choice.from_ns, 86400 * SECOND);
    assert_int_equal(optind, 9);
    assert_string_equal(arguments[9], "first");
    assert_string_equal(arguments[10], "second");
}

static void a_wrong_command_line(void **state)
{
    static const char *const wrong[][3] = {
        {"choose", "--unknown"}, {"choose", "--name"},          {"choose", "--quick=1"},
        {"choose", "-q"},        {"choose", "--from", "never"}, {"choose", "--from", ""},
    };
    struct choice choice;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(choose(&choice, wrong[i][2] ? 3 : 2, wrong[i]), EX_USAGE);
}

/* What was good until one more came. */
static void an_option_too_often(void **state)
{
    const char *given[WORDS_MAX] = {"choose"};
    struct choice choice;
    (void)state;
    for (int i = 1; i < WORDS_MAX; i++)
        given[i] = "--other=x";
    assert_int_equal(choose(&choice, WORDS_MAX - 1, given), 0);
    assert_int_equal(choice.others.count, HR_OPTION_NAMES_MAX);
    assert_int_equal(choose(&choice, WORDS_MAX, given), EX_USAGE);
}

static void the_help(void **state)
{
    char *text = NULL;
    size_t bytes = 0;
    (void)state;
    FILE *out = open_memstream(&text, &bytes);
    hr_options_print_help(&line, out);
    fclose(out);
    assert_string_equal(text, "before\n"
                              "  --name NAME          what it is called\n"
                              "                       and by whom\n"
                              "  --quick              at once\n"
                              "  --other NAME         again and again\n"
                              "  --from TIME          since when\n"
                              "after\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures),
        cmocka_unit_test(times),
        cmocka_unit_test(speeds),
        cmocka_unit_test(a_command_line),
        cmocka_unit_test(a_wrong_command_line),
        cmocka_unit_test(an_option_too_often),
        cmocka_unit_test(the_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
