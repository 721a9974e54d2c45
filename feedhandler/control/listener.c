/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "control/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/log.h"

#define BACKLOG 128

static int make_runtime_dir(const char *path)
{
    if (mkdir(path, 0755) < 0 && errno != EEXIST) {
        HR_LOG(ERR, "instance.runtime_dir: %s: %s", path, strerror(errno));
        return -errno;
    }
    return 0;
}

/* Of two handlers of one name that start together, one has the lock; a dead one's is free. */
static int take_lock(struct hr_listener *listener)
{
    char path[sizeof listener->path + sizeof ".lock"];
    snprintf(path, sizeof path, "%s.lock", listener->path);
    listener->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (listener->lock >= 0 && flock(listener->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    int error = -errno;
    if (error == -EWOULDBLOCK)
        HR_LOG(ERR, "%s: a handler is running there already; give this one another instance.name", listener->path);
    else
        HR_LOG(ERR, "%s: %s", path, strerror(errno));
    return error == -EWOULDBLOCK ? -EADDRINUSE : error;
}

/* A socket file to which nobody listens is what a killed handler left: that alone is removed. */
static int remove_stale(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) < 0 || !S_ISSOCK(found.st_mode)) {
        HR_LOG(ERR, "%s: something that is not a socket is there already", address->sun_path);
        return -EEXIST;
    }
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int refused = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 && errno == ECONNREFUSED;
    close(fd);
    if (!refused) {
        HR_LOG(ERR, "%s: a handler is running there already; give this one another instance.name", address->sun_path);
        return -EADDRINUSE;
    }
    return unlink(address->sun_path) < 0 ? -errno : 0;
}

static int bind_to(struct hr_listener *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", listener->path);
    listener->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = listener->socket < 0 ? -errno : 0;
    if (!error && bind(listener->socket, (const struct sockaddr *)&address, sizeof address) < 0)
        error = -errno;
    if (error == -EADDRINUSE) {
        error = remove_stale(&address);
        if (error)
            return error; /* it has been said */
        error = bind(listener->socket, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    }
    if (error)
        HR_LOG(ERR, "%s: %s", listener->path, strerror(-error));
    return error;
}

int hr_listener_open(struct hr_listener *listener, const char *runtime_dir, const char *name)
{
    *listener = HR_LISTENER_CLOSED;
    snprintf(listener->path, sizeof listener->path, "%s/%s.sock", runtime_dir, name);
    int error = make_runtime_dir(runtime_dir);
    if (!error)
        error = take_lock(listener);
    if (!error)
        error = bind_to(listener);
    if (error) {
        listener->path[0] = '\0'; /* what is there is not ours to remove */
        return error;
    }
    /* Anyone may knock: who is let in is decided by the kernel's word on the peer, consumer by consumer. */
    if (chmod(listener->path, 0666) < 0 || listen(listener->socket, BACKLOG) < 0) {
        error = -errno;
        HR_LOG(ERR, "%s: %s", listener->path, strerror(errno));
    }
    return error;
}

void hr_listener_close(struct hr_listener *listener)
{
    if (listener->socket >= 0)
        close(listener->socket);
    if (*listener->path)
        unlink(listener->path);
    if (listener->lock >= 0)
        close(listener->lock); /* the file stays: to remove it would let two others have one each */
    *listener = HR_LISTENER_CLOSED;
}
