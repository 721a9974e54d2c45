/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/option_values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int hr_parse_measure(const char *text, uint64_t *ns, uint64_t *bytes)
{
    static const struct {
        const char *unit;
        uint64_t ns;
        uint64_t bytes;
    } units[] = {
        {"s", UINT64_C(1000000000), 0},
        {"m", UINT64_C(60000000000), 0},
        {"h", UINT64_C(3600000000000), 0},
        {"d", UINT64_C(86400000000000), 0},
        {"KiB", 0, UINT64_C(1) << 10},
        {"MiB", 0, UINT64_C(1) << 20},
        {"GiB", 0, UINT64_C(1) << 30},
        {"TiB", 0, UINT64_C(1) << 40},
    };
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || errno || number == 0)
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) != 0)
            continue;
        uint64_t each = units[i].ns ? units[i].ns : units[i].bytes;
        uint64_t *into = units[i].ns ? ns : bytes;
        if (!into || number > UINT64_MAX / 4 / each)
            return 0;
        *into = number * each;
        return 1;
    }
    return 0;
}

int hr_parse_time(const char *text, uint64_t *time_ns)
{
    struct tm day = {0};
    uint64_t fraction = 0;
    char *end;
    if (text[strspn(text, "0123456789")] == '\0' && *text) {
        errno = 0;
        *time_ns = strtoull(text, &end, 10);
        return errno == 0;
    }
    const char *rest = strptime(text, "%Y-%m-%d", &day);
    if (rest && *rest == 'T')
        rest = strptime(rest + 1, "%H:%M:%S", &day);
    if (rest && *rest == '.') {
        uint64_t unit = UINT64_C(100000000);
        for (rest++; *rest >= '0' && *rest <= '9' && unit; rest++, unit /= 10)
            fraction += (uint64_t)(*rest - '0') * unit;
    }
    if (!rest || (*rest && strcmp(rest, "Z") != 0))
        return 0;
    time_t seconds = timegm(&day);
    if (seconds < 0)
        return 0;
    *time_ns = (uint64_t)seconds * UINT64_C(1000000000) + fraction;
    return 1;
}

enum hr_option_outcome hr_option_text(void *value, const char *text)
{
    *(const char **)value = text;
    return HR_OPTION_SET;
}

enum hr_option_outcome hr_option_flag(void *value, const char *text)
{
    (void)text;
    *(int *)value = 1;
    return HR_OPTION_SET;
}

enum hr_option_outcome hr_option_name(void *value, const char *text)
{
    struct hr_option_names *names = value;
    if (names->count == HR_OPTION_NAMES_MAX)
        return HR_OPTION_TOO_OFTEN;
    names->items[names->count++] = text;
    return HR_OPTION_SET;
}

enum hr_option_outcome hr_option_time(void *value, const char *text)
{
    return hr_parse_time(text, value) ? HR_OPTION_SET : HR_OPTION_NOT_WANTED;
}

enum hr_option_outcome hr_option_speed(void *value, const char *text)
{
    double *speed = value;
    char *end;
    if (strcmp(text, "max") == 0) {
        *speed = 0;
        return HR_OPTION_SET;
    }
    *speed = strtod(text, &end);
    return *end == '\0' && *speed > 0 && *speed <= 1e6 ? HR_OPTION_SET : HR_OPTION_NOT_WANTED;
}
