/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/eastern.h"

#include <stdbool.h>

#define HOUR_NS UINT64_C(3600000000000)
#define DAY_NS (24 * HOUR_NS)
#define STANDARD_NS (5 * HOUR_NS) /* behind UTC */
#define DAYLIGHT_NS (4 * HOUR_NS)

struct date {
    int year;
    int month;
    int day;
};

/* Days since 1970-01-01 of a date in the Gregorian calendar. Years are taken to begin in March, so that the leap day is
 * the last of its year and the lengths of the months follow the line (153 m + 2) / 5. */
static int64_t days_of(struct date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t month = date.month <= 2 ? date.month + 9 : date.month - 3;
    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date.day - 719469;
}

/* The reverse, for days from 0. */
static struct date date_of(int64_t days)
{
    int64_t since = days + 719468; /* since the first of March of the year 0 */
    int64_t era = since / 146097;  /* 400 years */
    int64_t of_era = since % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct date date = {.day = (int)(of_year - (153 * month + 2) / 5 + 1)};
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = (int)(era * 400 + year_of_era + (date.month <= 2));
    return date;
}

/* The nth Sunday of a month, as days since 1970-01-01, which was a Thursday. */
static int64_t nth_sunday(int year, int month, int nth)
{
    int64_t first = days_of((struct date){year, month, 1});
    int64_t weekday = (first + 4) % 7; /* 0 is Sunday */
    return first + (7 - weekday) % 7 + 7 * (nth - 1);
}

/* Both changes come at 02:00, so the midnight of the day of a change still has the time before it. */
static uint64_t midnight_of_day(int64_t day)
{
    int year = date_of(day).year;
    bool daylight = day > nth_sunday(year, 3, 2) && day <= nth_sunday(year, 11, 1);
    return (uint64_t)day * DAY_NS + (daylight ? DAYLIGHT_NS : STANDARD_NS);
}

uint64_t hr_eastern_midnight_ns(uint64_t utc_ns)
{
    if (utc_ns < STANDARD_NS)
        return 0;
    /* New York is behind UTC: its day is the one of UTC, or the one before where that has not begun yet. */
    int64_t day = (int64_t)(utc_ns / DAY_NS);
    uint64_t midnight = midnight_of_day(day);
    return midnight <= utc_ns ? midnight : midnight_of_day(day - 1);
}

uint64_t hr_utc_midnight_of_date_ns(int year, int month, int day)
{
    uint64_t midnight = hr_eastern_midnight_of_date_ns(year, month, day);
    return midnight ? midnight / DAY_NS * DAY_NS : UINT64_MAX; /* New York's comes some hours after that of UTC */
}

uint64_t hr_eastern_midnight_of_date_ns(int year, int month, int day)
{
    if (year < 1970 || year > 2553 || month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    int64_t days = days_of((struct date){year, month, day});
    struct date back = date_of(days);
    if (back.month != month || back.day != day)
        return 0; /* the 31st of a shorter month comes back as the first of the next */
    return midnight_of_day(days);
}
