/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of options, from text: what the subcommands' tables of options have in common.
 */
#ifndef HEADRACE_COMMAND_OPTION_VALUES_H
#define HEADRACE_COMMAND_OPTION_VALUES_H

#include <stdint.h>

#include "command/options.h"

#define HR_OPTION_NAMES_MAX 64

/* An option that may be given again. */
struct hr_option_names {
    const char *items[HR_OPTION_NAMES_MAX];
    uint32_t count;
};

/* A time, "90s", "15m", "1h", "1d", sets *ns; a size, "64KiB", "500MiB", "10GiB", "1TiB", *bytes; NULL: that is not wanted.
 * Returns 1, or 0 for what is not wanted, is 0 or too much. */
int hr_parse_measure(const char *text, uint64_t *ns, uint64_t *bytes);

/* 1700000000000000000, 2026-01-05, 2026-01-05T14:30:00 and so on with a fraction and a Z: UTC always, ns since 1970. Returns 1,
 * or 0 for what is none of these. */
int hr_parse_time(const char *text, uint64_t *time_ns);

/* For tables of options. */
enum hr_option_outcome hr_option_text(void *value, const char *text);  /* const char * */
enum hr_option_outcome hr_option_flag(void *value, const char *text);  /* int or uint32_t: 1 */
enum hr_option_outcome hr_option_name(void *value, const char *text);  /* struct hr_option_names */
enum hr_option_outcome hr_option_time(void *value, const char *text);  /* uint64_t, as hr_parse_time */
enum hr_option_outcome hr_option_speed(void *value, const char *text); /* double: a factor, or 0 for "max" */

#endif
