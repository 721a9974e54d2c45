/* SPDX-License-Identifier: Apache-2.0
 *
 * The socket that strategies knock at, <runtime_dir>/<name>.sock: one handler of a name has it at a time.
 */
#ifndef HEADRACE_CONTROL_LISTENER_H
#define HEADRACE_CONTROL_LISTENER_H

struct hr_listener {
    int socket; /* SOCK_SEQPACKET, does not block; -1 when closed */
    int lock;   /* held for as long as this handler lives: of two, one has the name */
    char path[108]; /* what a socket address has room for; empty when nothing there is ours */
};

#define HR_LISTENER_CLOSED ((struct hr_listener){.socket = -1, .lock = -1})

/* Makes the socket. A socket file that a dead handler left is taken over; a living one's is an error. Returns 0 or a negative
 * errno, after an error message; to be closed either way. */
int hr_listener_open(struct hr_listener *listener, const char *runtime_dir, const char *name) __attribute__((warn_unused_result));
void hr_listener_close(struct hr_listener *listener);

#endif
