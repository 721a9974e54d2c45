/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 20000

/* End 0, which sends, on the last processor; end 1 on the one before it. */
static void choose_cores(int cores[2])
{
    cpu_set_t set;
    cores[0] = cores[1] = 0;
    sched_getaffinity(0, sizeof set, &set);
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET((size_t)core, &set)) {
            cores[1] = cores[0];
            cores[0] = core;
        }
}

static void execute(const struct system_run *run, int errors)
{
    static unsigned number;
    int cores[2];
    char bytes[16], rate[32], seconds[32], core0[16], core1[16], fd[16], tsc[32], tag[40];
    choose_cores(cores);
    snprintf(bytes, sizeof bytes, "%zu", run->bytes);
    snprintf(rate, sizeof rate, "%.0f", run->rate);
    snprintf(seconds, sizeof seconds, "%.3f", run->seconds);
    snprintf(core0, sizeof core0, "%d", cores[0]);
    snprintf(core1, sizeof core1, "%d", cores[1]);
    snprintf(fd, sizeof fd, "%d", run->result_fd);
    snprintf(tsc, sizeof tsc, "%.9f", run->tsc_per_ns);
    snprintf(tag, sizeof tag, "hr-%d-%u", (int)getpid(), number);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    dup2(errors, STDERR_FILENO);
    dup2(errors, STDOUT_FILENO);
    fcntl(run->result_fd, F_SETFD, 0);
    execl(run->program, run->program, run->work, bytes, rate, seconds, core0, core1, fd, tsc, tag, (char *)NULL);
    _exit(127);
}

static int read_error(int errors, const char *fallback, char *error, size_t bytes)
{
    ssize_t got = pread(errors, error, bytes - 1, 0);
    error[got > 0 ? got : 0] = '\0';
    if (got <= 0)
        snprintf(error, bytes, "%s", fallback);
    for (char *end = error + strlen(error); end > error && end[-1] == '\n';)
        *--end = '\0';
    return -1;
}

int system_run(const struct system_run *run, char *error, size_t bytes)
{
    int status = 0;
    int errors = memfd_create("errors", MFD_CLOEXEC);
    pid_t pid = errors < 0 ? -1 : fork();
    if (pid < 0) {
        snprintf(error, bytes, "%s", strerror(errno));
        return -1;
    }
    if (pid == 0)
        execute(run, errors);
    setpgid(pid, pid); /* whoever comes first */
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    int in_time = poll(&ended, 1, DEADLINE_MS) == 1;
    close(ended.fd);
    kill(-pid, SIGKILL); /* what it left behind, too; its number is ours until we have waited */
    waitpid(pid, &status, 0);
    int result = 0;
    if (!in_time)
        result = read_error(errors, "it did not end in time", error, bytes);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        result = read_error(errors, "it ended with an error and said nothing", error, bytes);
    close(errors);
    return result;
}
