/* SPDX-License-Identifier: Apache-2.0
 *
 * What every test begins with: cmocka and the headers that it wants before it, and the seed of random tests, which is printed
 * and may be given as the first argument.
 */
#ifndef HEADRACE_TEST_H
#define HEADRACE_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The seed of this run: argv[1] or `otherwise`. */
static inline uint64_t test_seed(int argc, char **argv, uint64_t otherwise)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : otherwise;
    print_message("seed %ju\n", (uintmax_t)seed);
    return seed;
}

#endif
