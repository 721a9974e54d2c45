/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "pass.h"

#include <err.h>
#include <string.h>
#include <sys/socket.h>

union control {
    char bytes[CMSG_SPACE(HR_PASS_MAX * sizeof(int))];
    struct cmsghdr align;
};

void hr_pass_send(int socket, const int *descriptors, uint32_t count, char byte)
{
    union control control = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    if (sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
        err(71, "sendmsg: the reader is gone");
}

int hr_pass_receive(int socket, int *descriptors, uint32_t count, char *byte)
{
    union control control = {0};
    struct iovec part = {byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(socket, &message, 0) != 1)
        return -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_len != CMSG_LEN(count * sizeof(int)))
        errx(71, "recvmsg: other descriptors than were wanted");
    memcpy(descriptors, CMSG_DATA(header), count * sizeof(int));
    return 0;
}
