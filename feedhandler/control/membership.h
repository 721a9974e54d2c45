/* SPDX-License-Identifier: Apache-2.0
 *
 * Group membership for ports that the kernel keeps: a socket per group that joins and never reads, so that the kernel answers
 * the switch's IGMP queries. A poll-mode port that sent one report of its own would be forgotten at the next query.
 */
#ifndef HEADRACE_CONTROL_MEMBERSHIP_H
#define HEADRACE_CONTROL_MEMBERSHIP_H

#include "config.h"

struct hr_membership {
    int *sockets;
    uint32_t count;
};

/* Joins every multicast group of every line whose input names an interface. Returns 0 or a negative errno, after an error
 * message. */
int hr_membership_join(struct hr_membership *membership, const struct hr_config *config) __attribute__((warn_unused_result));
void hr_membership_leave(struct hr_membership *membership);

#endif
