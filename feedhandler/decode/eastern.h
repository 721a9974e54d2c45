/* SPDX-License-Identifier: Apache-2.0
 *
 * Midnight in US Eastern time: what the exchanges count their nanoseconds from. Pure arithmetic, because a data
 * thread may not call the C library's time zone functions: they take a lock and may read files.
 *
 * The rule is the one in force since 2007 (Energy Policy Act of 2005, section 110): daylight saving time from 02:00
 * on the second Sunday of March to 02:00 on the first Sunday of November. It is applied to earlier years too, where
 * it is wrong in March, April, October and November.
 */
#ifndef HEADRACE_DECODE_EASTERN_H
#define HEADRACE_DECODE_EASTERN_H

#include <stdint.h>

/* UNIX time in ns of the midnight that began the local day in which utc_ns (UNIX time, ns) lies. Times before
 * 1970-01-01 05:00 UTC belong to a day that began before the epoch: 0. Any thread; no allocation, no lock. */
uint64_t hr_eastern_midnight_ns(uint64_t utc_ns);

/* The same of a date: year 1970 to 2553, month 1 to 12, day 1 to 31. 0 when there is no such day, or out of range. */
uint64_t hr_eastern_midnight_of_date_ns(int year, int month, int day);

/* The midnight of UTC that began a date, in the same range. UINT64_MAX when there is no such day, or out of range. */
uint64_t hr_utc_midnight_of_date_ns(int year, int month, int day);

#endif
