/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold for the test itself to make sense: a failing system call, a child that died of something else. What the ring
 * does wrong is a verdict instead (audit.h), for a test that is meant to fail goes on from it.
 */
#ifndef HEADRACE_KILL_REQUIRE_H
#define HEADRACE_KILL_REQUIRE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#define REQUIRE(condition)                                                                                                     \
    do {                                                                                                                       \
        if (!(condition)) {                                                                                                    \
            fprintf(stderr, "kill: %s:%d: %s does not hold (errno: %s)\n", __FILE__, __LINE__, #condition, strerror(errno));   \
            exit(1);                                                                                                           \
        }                                                                                                                      \
    } while (0)

#endif
