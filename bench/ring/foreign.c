/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops for a system in another language: the same, with the table's functions called through pointers, a nanosecond each.
 */
#define _GNU_SOURCE
#include "hand_over.h"

int hand_over_foreign_main(const struct hand_over_system *system, int argc, char **argv);
void hand_over_foreign_take(const void *record, size_t bytes, uint64_t *expected);

int hand_over_foreign_main(const struct hand_over_system *system, int argc, char **argv)
{
    return hand_over_main(system, argc, argv);
}

void hand_over_foreign_take(const void *record, size_t bytes, uint64_t *expected)
{
    hand_over_take(record, bytes, expected);
}
