/* SPDX-License-Identifier: Apache-2.0
 *
 * Handing descriptors from one process to another, as the attach socket does.
 */
#ifndef HEADRACE_BENCH_PASS_H
#define HEADRACE_BENCH_PASS_H

#include <stdint.h>

#define HR_PASS_MAX 128

/* Sends `count` descriptors and one byte. Exits on failure. */
void hr_pass_send(int socket, const int *descriptors, uint32_t count, char byte);

/* Takes them. Returns 0, or -1 when the other side has gone. Exits on anything else. */
int hr_pass_receive(int socket, int *descriptors, uint32_t count, char *byte);

#endif
