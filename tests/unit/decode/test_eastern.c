/* SPDX-License-Identifier: Apache-2.0
 *
 * Expected values are those of Python's zoneinfo for America/New_York.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "decode/eastern.h"

#define SECOND_NS UINT64_C(1000000000)

static const struct {
    uint64_t utc_s;
    uint64_t midnight_s;
} KNOWN[] = {
    {UINT64_C(1173596399), UINT64_C(1173589200)}, /* 2007: a second before daylight time starts */
    {UINT64_C(1173596400), UINT64_C(1173589200)}, /* and when it does */
    {UINT64_C(1173589199), UINT64_C(1173502800)}, /* the last second of the day before */
    {UINT64_C(1173589200), UINT64_C(1173589200)}, /* midnight */
    {UINT64_C(1173671999), UINT64_C(1173589200)}, /* the last second of that day */
    {UINT64_C(1173672000), UINT64_C(1173672000)}, /* the next midnight */
    {UINT64_C(1194155999), UINT64_C(1194148800)}, /* 2007: a second before daylight time ends */
    {UINT64_C(1194156000), UINT64_C(1194148800)}, /* and when it does */
    {UINT64_C(1194148799), UINT64_C(1194062400)}, /* the last second of the day before */
    {UINT64_C(1194148800), UINT64_C(1194148800)}, /* midnight */
    {UINT64_C(1194238799), UINT64_C(1194148800)}, /* the last second of that day */
    {UINT64_C(1194238800), UINT64_C(1194238800)}, /* the next midnight */
    {UINT64_C(1489301999), UINT64_C(1489294800)}, /* 2017: a second before daylight time starts */
    {UINT64_C(1489302000), UINT64_C(1489294800)}, /* and when it does */
    {UINT64_C(1489294799), UINT64_C(1489208400)}, /* the last second of the day before */
    {UINT64_C(1489294800), UINT64_C(1489294800)}, /* midnight */
    {UINT64_C(1489377599), UINT64_C(1489294800)}, /* the last second of that day */
    {UINT64_C(1489377600), UINT64_C(1489377600)}, /* the next midnight */
    {UINT64_C(1509861599), UINT64_C(1509854400)}, /* 2017: a second before daylight time ends */
    {UINT64_C(1509861600), UINT64_C(1509854400)}, /* and when it does */
    {UINT64_C(1509854399), UINT64_C(1509768000)}, /* the last second of the day before */
    {UINT64_C(1509854400), UINT64_C(1509854400)}, /* midnight */
    {UINT64_C(1509944399), UINT64_C(1509854400)}, /* the last second of that day */
    {UINT64_C(1509944400), UINT64_C(1509944400)}, /* the next midnight */
    {UINT64_C(1678604399), UINT64_C(1678597200)}, /* 2023: a second before daylight time starts */
    {UINT64_C(1678604400), UINT64_C(1678597200)}, /* and when it does */
    {UINT64_C(1678597199), UINT64_C(1678510800)}, /* the last second of the day before */
    {UINT64_C(1678597200), UINT64_C(1678597200)}, /* midnight */
    {UINT64_C(1678679999), UINT64_C(1678597200)}, /* the last second of that day */
    {UINT64_C(1678680000), UINT64_C(1678680000)}, /* the next midnight */
    {UINT64_C(1699163999), UINT64_C(1699156800)}, /* 2023: a second before daylight time ends */
    {UINT64_C(1699164000), UINT64_C(1699156800)}, /* and when it does */
    {UINT64_C(1699156799), UINT64_C(1699070400)}, /* the last second of the day before */
    {UINT64_C(1699156800), UINT64_C(1699156800)}, /* midnight */
    {UINT64_C(1699246799), UINT64_C(1699156800)}, /* the last second of that day */
    {UINT64_C(1699246800), UINT64_C(1699246800)}, /* the next midnight */
    {UINT64_C(1710053999), UINT64_C(1710046800)}, /* 2024: a second before daylight time starts */
    {UINT64_C(1710054000), UINT64_C(1710046800)}, /* and when it does */
    {UINT64_C(1710046799), UINT64_C(1709960400)}, /* the last second of the day before */
    {UINT64_C(1710046800), UINT64_C(1710046800)}, /* midnight */
    {UINT64_C(1710129599), UINT64_C(1710046800)}, /* the last second of that day */
    {UINT64_C(1710129600), UINT64_C(1710129600)}, /* the next midnight */
    {UINT64_C(1730613599), UINT64_C(1730606400)}, /* 2024: a second before daylight time ends */
    {UINT64_C(1730613600), UINT64_C(1730606400)}, /* and when it does */
    {UINT64_C(1730606399), UINT64_C(1730520000)}, /* the last second of the day before */
    {UINT64_C(1730606400), UINT64_C(1730606400)}, /* midnight */
    {UINT64_C(1730696399), UINT64_C(1730606400)}, /* the last second of that day */
    {UINT64_C(1730696400), UINT64_C(1730696400)}, /* the next midnight */
    {UINT64_C(1772953199), UINT64_C(1772946000)}, /* 2026: a second before daylight time starts */
    {UINT64_C(1772953200), UINT64_C(1772946000)}, /* and when it does */
    {UINT64_C(1772945999), UINT64_C(1772859600)}, /* the last second of the day before */
    {UINT64_C(1772946000), UINT64_C(1772946000)}, /* midnight */
    {UINT64_C(1773028799), UINT64_C(1772946000)}, /* the last second of that day */
    {UINT64_C(1773028800), UINT64_C(1773028800)}, /* the next midnight */
    {UINT64_C(1793512799), UINT64_C(1793505600)}, /* 2026: a second before daylight time ends */
    {UINT64_C(1793512800), UINT64_C(1793505600)}, /* and when it does */
    {UINT64_C(1793505599), UINT64_C(1793419200)}, /* the last second of the day before */
    {UINT64_C(1793505600), UINT64_C(1793505600)}, /* midnight */
    {UINT64_C(1793595599), UINT64_C(1793505600)}, /* the last second of that day */
    {UINT64_C(1793595600), UINT64_C(1793595600)}, /* the next midnight */
    {UINT64_C(1493127000), UINT64_C(1493092800)}, /* 2017-04-25, the IEX capture */
    {UINT64_C(1692711000), UINT64_C(1692676800)}, /* 2023-08-22, the Nasdaq capture */
    {UINT64_C(1767623400), UINT64_C(1767589200)}, /* 2026-01-05, the generator's day */
    {UINT64_C(1709269199), UINT64_C(1709182800)}, /* 2024-02-29 23:59:59 local */
    {UINT64_C(1767243599), UINT64_C(1767157200)}, /* new year's eve, local */
    {UINT64_C(1767243600), UINT64_C(1767243600)}, /* new year, local */
    {UINT64_C(4107556800), UINT64_C(4107474000)}, /* 2100, no leap year */
    {UINT64_C(2161598400), UINT64_C(2161569600)}, /* 2038, beyond 31 bits */
};

static void midnight_of_known_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
        /* A second belongs to one day from its first nanosecond to its last. */
        uint64_t first = hr_eastern_midnight_ns(KNOWN[i].utc_s * SECOND_NS);
        uint64_t last = hr_eastern_midnight_ns(KNOWN[i].utc_s * SECOND_NS + SECOND_NS - 1);
        if (first != KNOWN[i].midnight_s * SECOND_NS || last != first)
            print_error("UTC second %ju\n", (uintmax_t)KNOWN[i].utc_s);
        assert_int_equal(first, KNOWN[i].midnight_s * SECOND_NS);
        assert_int_equal(last, first);
    }
}

/* Every hour of a century: midnight is not after the time, not more than a day of 25 hours before it, and its own
 * midnight. */
static void midnight_is_its_own(void **state)
{
    (void)state;
    uint64_t before = 0;
    for (uint64_t hour = 5; hour < UINT64_C(24) * 365 * 120; hour++) {
        uint64_t utc = hour * 3600 * SECOND_NS;
        uint64_t midnight = hr_eastern_midnight_ns(utc);
        assert_true(midnight <= utc && utc - midnight < 25 * 3600 * SECOND_NS);
        assert_int_equal(hr_eastern_midnight_ns(midnight), midnight);
        assert_true(midnight >= before);
        before = midnight;
    }
}

static void midnight_at_the_ends_of_the_range(void **state)
{
    (void)state;
    assert_int_equal(hr_eastern_midnight_ns(0), 0);
    assert_int_equal(hr_eastern_midnight_ns(5 * 3600 * SECOND_NS - 1), 0);
    assert_int_equal(hr_eastern_midnight_ns(5 * 3600 * SECOND_NS), 5 * 3600 * SECOND_NS);
    assert_true(UINT64_MAX - hr_eastern_midnight_ns(UINT64_MAX) < 25 * 3600 * SECOND_NS);
}

static void midnight_of_dates(void **state)
{
    (void)state;
    assert_int_equal(hr_eastern_midnight_of_date_ns(2026, 1, 5), UINT64_C(1767589200) * SECOND_NS);
    assert_int_equal(hr_eastern_midnight_of_date_ns(2017, 4, 25), UINT64_C(1493092800) * SECOND_NS);
    assert_int_equal(hr_eastern_midnight_of_date_ns(2024, 2, 29), UINT64_C(1709182800) * SECOND_NS);
    assert_int_equal(hr_eastern_midnight_of_date_ns(1970, 1, 1), 5 * 3600 * SECOND_NS);
    assert_int_equal(hr_utc_midnight_of_date_ns(2026, 1, 5), UINT64_C(1767571200) * SECOND_NS);
    assert_int_equal(hr_utc_midnight_of_date_ns(2017, 4, 25), UINT64_C(1493078400) * SECOND_NS);
    assert_int_equal(hr_utc_midnight_of_date_ns(1970, 1, 1), 0);
}

static void dates_that_are_none(void **state)
{
    (void)state;
    static const int NONE[][3] = {{2026, 2, 29}, {2100, 2, 29}, {2026, 4, 31}, {2026, 0, 1},  {2026, 13, 1},
                                  {2026, 1, 0},  {2026, 1, 32}, {1969, 12, 31}, {2554, 1, 1}, {-1, 1, 1}};
    for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++) {
        assert_int_equal(hr_eastern_midnight_of_date_ns(NONE[i][0], NONE[i][1], NONE[i][2]), 0);
        assert_int_equal(hr_utc_midnight_of_date_ns(NONE[i][0], NONE[i][1], NONE[i][2]), UINT64_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(midnight_of_known_times),           cmocka_unit_test(midnight_is_its_own),
        cmocka_unit_test(midnight_at_the_ends_of_the_range), cmocka_unit_test(midnight_of_dates),
        cmocka_unit_test(dates_that_are_none),
    };
    return cmocka_run_group_tests_name("eastern", tests, NULL, NULL);
}
