/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "control/allow.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

int hr_peer_read(struct hr_peer *peer, int socket)
{
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
        return -errno;
    peer->pid = credentials.pid;
    peer->uid = credentials.uid;
    peer->groups[0] = credentials.gid;
    peer->group_count = 1;
    length = sizeof peer->groups - sizeof peer->groups[0];
    /* More groups than there is room for: only its own then. Less access, never more. */
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer->groups + 1, &length) == 0)
        peer->group_count += length / sizeof peer->groups[0];
    return 0;
}

static int user_is(const char *text, uid_t uid)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*end == '\0')
        return number == uid;
    const struct passwd *user = getpwnam(text);
    return user && user->pw_uid == uid;
}

static int in_group(const char *text, const struct hr_peer *peer)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*end) {
        const struct group *group = getgrnam(text);
        if (!group)
            return 0;
        number = group->gr_gid;
    }
    for (size_t i = 0; i < peer->group_count; i++)
        if (peer->groups[i] == number)
            return 1;
    return 0;
}

int hr_allow_has(const struct hr_config_allow *allow, const struct hr_peer *peer)
{
    if (peer->uid == 0)
        return 1;
    if (allow->users.count == 0 && allow->groups.count == 0)
        return peer->uid == geteuid();
    for (uint32_t i = 0; i < allow->users.count; i++)
        if (user_is(allow->users.items[i], peer->uid))
            return 1;
    for (uint32_t i = 0; i < allow->groups.count; i++)
        if (in_group(allow->groups.items[i], peer))
            return 1;
    return 0;
}
