/* SPDX-License-Identifier: Apache-2.0
 *
 * Which line a datagram belongs to: the input it came by, its destination group and port, in one look-up. Filled before the worker starts.
 */
#ifndef HEADRACE_LINE_TABLE_H
#define HEADRACE_LINE_TABLE_H

#include <stdint.h>

#define HR_LINES_MAX 1024
#define HR_LINE_NONE UINT16_MAX

struct hr_line_table {
    uint64_t keys[HR_LINES_MAX * 4]; /* input, group, port, plus one; 0 is free */
    uint16_t lines[HR_LINES_MAX * 4];
    uint32_t count;
};

static inline uint64_t hr_line_table_key(uint8_t input, uint32_t group, uint16_t port)
{
    return (((uint64_t)input << 48) | ((uint64_t)group << 16) | port) + 1;
}

static inline uint32_t hr_line_table_home(uint64_t key)
{
    return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 52); /* 12 bits: HR_LINES_MAX * 4 */
}

/* The line of a destination, or HR_LINE_NONE. */
static inline uint16_t hr_line_table_find(const struct hr_line_table *table, uint8_t input, uint32_t group, uint16_t port)
{
    uint64_t key = hr_line_table_key(input, group, port);
    uint32_t at = hr_line_table_home(key);
    while (table->keys[at] != key) {
        if (table->keys[at] == 0)
            return HR_LINE_NONE;
        at = (at + 1) & (HR_LINES_MAX * 4 - 1);
    }
    return table->lines[at];
}

/* Returns 0; 1 when the destination is there already; 2 when the table is full. */
static inline int hr_line_table_add(struct hr_line_table *table, uint8_t input, uint32_t group, uint16_t port, uint16_t line)
{
    if (hr_line_table_find(table, input, group, port) != HR_LINE_NONE)
        return 1;
    if (table->count >= HR_LINES_MAX)
        return 2;
    uint64_t key = hr_line_table_key(input, group, port);
    uint32_t at = hr_line_table_home(key);
    while (table->keys[at])
        at = (at + 1) & (HR_LINES_MAX * 4 - 1);
    table->keys[at] = key;
    table->lines[at] = line;
    table->count++;
    return 0;
}

#endif
