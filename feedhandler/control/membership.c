/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "control/membership.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/log.h"

static int join(const struct hr_config_input *input, uint32_t group)
{
    struct ip_mreqn request = {.imr_multiaddr.s_addr = htonl(group), .imr_ifindex = (int)if_nametoindex(input->interface)};
    char text[INET_ADDRSTRLEN];
    int error = 0;
    int fd = request.imr_ifindex ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    /* One socket per group: a socket has at most net.ipv4.igmp_max_memberships, 20 by default. */
    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) < 0)
        error = -errno;
    if (!error)
        return fd;
    inet_ntop(AF_INET, &request.imr_multiaddr, text, sizeof text);
    HR_LOG(ERR, "input '%s': cannot join %s on interface '%s': %s", input->name, text, input->interface, strerror(-error));
    if (fd >= 0)
        close(fd);
    return error;
}

int hr_membership_join(struct hr_membership *membership, const struct hr_config *config)
{
    uint32_t lines = 0;
    for (uint32_t f = 0; f < config->feed_count; f++)
        lines += config->feeds[f].line_count;
    *membership = (struct hr_membership){.sockets = calloc(lines ? lines : 1, sizeof(int))};
    if (!membership->sockets)
        return -ENOMEM;
    for (uint32_t f = 0; f < config->feed_count; f++) {
        for (uint32_t l = 0; l < config->feeds[f].line_count; l++) {
            const struct hr_config_line *line = &config->feeds[f].lines[l];
            const struct hr_config_input *input = &config->inputs[line->input_index];
            if (!*input->interface || !IN_MULTICAST(line->group))
                continue;
            int fd = join(input, line->group);
            if (fd < 0) {
                hr_membership_leave(membership);
                return fd;
            }
            membership->sockets[membership->count++] = fd;
        }
    }
    return 0;
}

void hr_membership_leave(struct hr_membership *membership)
{
    for (uint32_t i = 0; i < membership->count; i++)
        close(membership->sockets[i]);
    free(membership->sockets);
    *membership = (struct hr_membership){0};
}
