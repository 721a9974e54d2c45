/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may attach: the peer's credentials, as the kernel gives them, against a consumer's allow list.
 */
#ifndef HEADRACE_CONTROL_ALLOW_H
#define HEADRACE_CONTROL_ALLOW_H

#include <sys/types.h>

#include "config.h"

#define HR_PEER_GROUPS_MAX 1024

struct hr_peer {
    pid_t pid;
    uid_t uid;
    gid_t groups[HR_PEER_GROUPS_MAX]; /* its own first, then the supplementary ones */
    size_t group_count;
};

/* SO_PEERCRED and SO_PEERGROUPS of a connected socket. Returns 0 or a negative errno. */
int hr_peer_read(struct hr_peer *peer, int socket) __attribute__((warn_unused_result));

/* Root, the user that the handler runs as when nobody is named, the users named, the members of the groups named. */
int hr_allow_has(const struct hr_config_allow *allow, const struct hr_peer *peer);

#endif
