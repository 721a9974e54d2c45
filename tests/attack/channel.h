/* SPDX-License-Identifier: Apache-2.0
 *
 * Between a test and a process that it has forked: messages, with descriptors as SCM_RIGHTS, as a strategy is sent its own.
 */
#ifndef HEADRACE_ATTACK_CHANNEL_H
#define HEADRACE_ATTACK_CHANNEL_H

#include <stddef.h>

#define CHANNEL_DESCRIPTORS_MAX 4

/* ends[0] is the test's, ends[1] the other process's. Returns 0 or a negative errno. */
int channel_open(int ends[2]) __attribute__((warn_unused_result));

/* Returns 0 or a negative errno. */
int channel_send(int end, const void *message, size_t bytes, const int *descriptors, size_t count)
    __attribute__((warn_unused_result));

/* Waits. `descriptors` has room for `room`; what did not come is -1. Returns 1 for a message of that size, 0 when the other end
 * is closed, else a negative errno. */
int channel_receive(int end, void *message, size_t bytes, int *descriptors, size_t room) __attribute__((warn_unused_result));

/* 1 when channel_receive would not wait. */
int channel_ready(int end);

/* Ends with its parent; leaves no core. What every child begins with. */
void child_begin(void);

/* Never to come back: the other user, or the same without any privilege. Returns 0 or a negative errno. */
int child_become_another_user(void) __attribute__((warn_unused_result));
int child_drop_privileges(void) __attribute__((warn_unused_result));

#endif
