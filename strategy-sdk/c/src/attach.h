/* SPDX-License-Identifier: Apache-2.0
 *
 * The asking side of the attach protocol (headrace/attach_abi.h): one request, one reply, and its descriptors.
 */
#ifndef HEADRACE_SDK_ATTACH_H
#define HEADRACE_SDK_ATTACH_H

#include "headrace/attach_abi.h"

struct hr_attach_answer {
    struct hr_attach_reply reply;
    int socket;                               /* stays open for the life of the attachment */
    int descriptors[HR_ATTACH_DESCRIPTORS_MAX];
    uint32_t count;
};

/* Asks the handler at `path` for `kind` (HR_ATTACH_*), as consumer `name` (NULL for the statistics) that
 * waits as HR_WAITING_* says. Returns 0, and the socket and
 * descriptors are the caller's; or a negative errno, with the reason in hr_error() and nothing left open. */
int hr_attach_ask(struct hr_attach_answer *answer, const char *path, uint32_t kind, const char *name, uint32_t waiting)
    __attribute__((warn_unused_result));

/* Sets hr_error() of this thread and returns `error`. */
__attribute__((format(printf, 2, 3))) int hr_fail(int error, const char *format, ...);

#endif
