/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in the file each value stood, so that what is found wrong later is still told with its line and column.
 */
#ifndef HEADRACE_CONFIG_MARKS_H
#define HEADRACE_CONFIG_MARKS_H

#include <stddef.h>
#include <stdio.h>

struct hr_config;

struct hr_mark {
    size_t line; /* from 0 */
    size_t column;
};

struct hr_marked {
    const void *field;
    struct hr_mark at;
};

struct hr_marks {
    const char *path;
    char *text; /* the whole file */
    size_t bytes;
    FILE *out;
    size_t errors;
    struct hr_marked *items;
    size_t count;
    size_t room;
};

__attribute__((format(printf, 3, 4))) void hr_marks_error(struct hr_marks *marks, struct hr_mark at, const char *format, ...);
/* Whether the file had a value for this field. */
int hr_marks_has(const struct hr_marks *marks, const void *field);
/* Where a section of a list begins. It was remembered before its first field, whose address it has. */
struct hr_mark hr_marks_find_section(const struct hr_marks *marks, const void *section);
struct hr_mark hr_marks_find(const struct hr_marks *marks, const void *field);

/* The checks that take more than one key: names that refer to each other, what one plane needs and another does not. Fills
 * in what the loader finds. */
void hr_config_validate(struct hr_config *config, struct hr_marks *marks);

#endif
