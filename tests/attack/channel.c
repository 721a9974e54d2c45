/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

int channel_open(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

union control {
    char bytes[CMSG_SPACE(CHANNEL_DESCRIPTORS_MAX * sizeof(int))];
    struct cmsghdr align;
};

int channel_send(int end, const void *message, size_t bytes, const int *descriptors, size_t count)
{
    union control control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = bytes};
    struct msghdr sent = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        sent.msg_control = &control;
        sent.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&sent);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    }
    return sendmsg(end, &sent, MSG_NOSIGNAL) == (ssize_t)bytes ? 0 : -errno;
}

int channel_receive(int end, void *message, size_t bytes, int *descriptors, size_t room)
{
    union control control = {0};
    struct iovec part = {.iov_base = message, .iov_len = bytes};
    struct msghdr taken = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    for (size_t i = 0; i < room; i++)
        descriptors[i] = -1;
    ssize_t got = recvmsg(end, &taken, MSG_CMSG_CLOEXEC);
    if (got <= 0)
        return got < 0 ? -errno : 0;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&taken);
    size_t came = header ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
    if (came > room || got != (ssize_t)bytes)
        return -EPROTO;
    if (came)
        memcpy(descriptors, CMSG_DATA(header), came * sizeof(int));
    return 1;
}

int channel_ready(int end)
{
    struct pollfd one = {.fd = end, .events = POLLIN};
    return poll(&one, 1, 0) > 0;
}

void child_begin(void)
{
    const struct rlimit none = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &none);
}

/* A process that has changed its user is not dumpable, and may not look into its own /proc/self: one that began as that user
 * may. */
static int finish(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    return 0;
}

int child_become_another_user(void)
{
    if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
        return -errno;
    return finish();
}

int child_drop_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct nothing[2] = {{0}, {0}};
    if (geteuid() == 0 && setgroups(0, NULL) < 0)
        return -errno;
    if (syscall(SYS_capset, &header, nothing) < 0)
        return -errno;
    return finish();
}
