/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's pipe: one write for each record, and the receiver sleeps in read. Pipes are made as large as a process without
 * privileges may make them, and at full rate the receiver reads as many records as there are: fewer calls for it, none for
 * the sender.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <fcntl.h>

#define PIPE_BYTES (1 << 20) /* /proc/sys/fs/pipe-max-size, unless it was changed */
#define PIPE_MANY 256

struct end {
    int out;
    int in;
};

static void pipe_fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *pipe_prepare(size_t bytes, const char *tag)
{
    static struct end ends[2];
    int pipes[2][2];
    (void)bytes;
    (void)tag;
    for (int i = 0; i < 2; i++) {
        if (pipe(pipes[i]) != 0)
            pipe_fail("pipe");
        fcntl(pipes[i][1], F_SETPIPE_SZ, PIPE_BYTES); /* refused, it is 64 KiB */
    }
    ends[0] = (struct end){.out = pipes[0][1], .in = pipes[1][0]};
    ends[1] = (struct end){.out = pipes[1][1], .in = pipes[0][0]};
    return ends;
}

static void *pipe_open(const struct hand_over_setting *setting)
{
    return (struct end *)setting->shared + setting->end;
}

/* A record is less than PIPE_BUF, so that it goes whole or waits. */
static inline void pipe_send(void *of, const void *record, size_t bytes)
{
    const struct end *end = of;
    if (write(end->out, record, bytes) != (ssize_t)bytes)
        pipe_fail("pipe: write");
}

static inline void pipe_receive(void *of, void *record, size_t bytes)
{
    const struct end *end = of;
    if (read(end->in, record, bytes) != (ssize_t)bytes)
        pipe_fail("pipe: read");
}

static inline size_t pipe_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    const struct end *end = of;
    uint64_t records[PIPE_MANY * HAND_OVER_RECORD_MAX / 8];
    ssize_t got = read(end->in, records, PIPE_MANY * bytes);
    if (got <= 0 || (size_t)got % bytes != 0)
        pipe_fail("pipe: read");
    for (size_t at = 0; at < (size_t)got; at += bytes)
        hand_over_take((const char *)records + at, bytes, expected);
    return (size_t)got / bytes;
}

static const struct hand_over_system pipe_system = {.name = "pipe",
                                                    .prepare = pipe_prepare,
                                                    .open = pipe_open,
                                                    .send = pipe_send,
                                                    .receive = pipe_receive,
                                                    .receive_some = pipe_receive_some};

int main(int argc, char **argv)
{
    return hand_over_main(&pipe_system, argc, argv);
}
