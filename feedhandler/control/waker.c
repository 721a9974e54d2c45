/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "control/waker.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void wake(const struct hr_sleeper *sleeper)
{
    const struct itimerspec soon = {.it_value.tv_nsec = 1};
    __atomic_add_fetch(&sleeper->header->wakes, 1, __ATOMIC_RELEASE);
    if (sleeper->descriptor >= 0)
        (void)timerfd_settime(sleeper->descriptor, 0, &soon, NULL);
    else /* one: a strategy with ten thousand threads asleep would hold up the others */
        (void)!syscall(SYS_futex, &sleeper->header->wakes, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* The total first: what it counts is in `wanted` by then. */
static void look(struct hr_waker *waker)
{
    uint32_t total = __atomic_load_n(&waker->wakes->total, __ATOMIC_ACQUIRE);
    if (total == waker->done)
        return;
    waker->done = total;
    for (uint32_t consumer = 0; consumer < waker->consumers; consumer++) {
        struct hr_sleeper *sleeper = &waker->sleepers[consumer];
        uint32_t wanted = __atomic_load_n(&waker->wakes->wanted[consumer], __ATOMIC_RELAXED);
        if (wanted == sleeper->done)
            continue;
        sleeper->done = wanted;
        if (sleeper->header)
            wake(sleeper);
    }
}

static void *run(void *argument)
{
    struct hr_waker *waker = argument;
    const struct timespec pause = {.tv_nsec = (long)waker->poll_us * 1000};
    prctl(PR_SET_NAME, "headrace-waker");
    prctl(PR_SET_TIMERSLACK, 1UL); /* 50 us else */
    pthread_mutex_lock(&waker->mutex);
    while (!waker->stop) {
        if (waker->attached == 0) {
            pthread_cond_wait(&waker->changed, &waker->mutex);
            continue;
        }
        look(waker);
        pthread_mutex_unlock(&waker->mutex);
        if (waker->poll_us)
            nanosleep(&pause, NULL);
        else
            sched_yield();
        pthread_mutex_lock(&waker->mutex);
    }
    look(waker); /* the end is told to who sleeps, too */
    pthread_mutex_unlock(&waker->mutex);
    return NULL;
}

int hr_waker_start(struct hr_waker *waker, const struct hr_wakes *wakes, uint32_t consumers, uint32_t poll_us)
{
    *waker = (struct hr_waker){.wakes = wakes, .consumers = consumers, .poll_us = poll_us};
    waker->sleepers = calloc(consumers ? consumers : 1, sizeof *waker->sleepers);
    if (!waker->sleepers)
        return -ENOMEM;
    pthread_mutex_init(&waker->mutex, NULL);
    pthread_cond_init(&waker->changed, NULL);
    int error = pthread_create(&waker->thread, NULL, run, waker);
    if (error) {
        free(waker->sleepers);
        waker->sleepers = NULL;
    }
    return -error;
}

void hr_waker_stop(struct hr_waker *waker)
{
    if (!waker->sleepers)
        return;
    pthread_mutex_lock(&waker->mutex);
    waker->stop = 1;
    pthread_cond_signal(&waker->changed);
    pthread_mutex_unlock(&waker->mutex);
    pthread_join(waker->thread, NULL);
    pthread_mutex_destroy(&waker->mutex);
    pthread_cond_destroy(&waker->changed);
    free(waker->sleepers);
    waker->sleepers = NULL;
}

void hr_waker_add(struct hr_waker *waker, uint32_t consumer, struct hr_ring_header *header, int descriptor)
{
    pthread_mutex_lock(&waker->mutex);
    waker->attached += !waker->sleepers[consumer].header;
    waker->sleepers[consumer].header = header;
    waker->sleepers[consumer].descriptor = descriptor;
    pthread_cond_signal(&waker->changed);
    pthread_mutex_unlock(&waker->mutex);
}

void hr_waker_remove(struct hr_waker *waker, uint32_t consumer)
{
    pthread_mutex_lock(&waker->mutex);
    waker->attached -= waker->sleepers[consumer].header != NULL;
    waker->sleepers[consumer].header = NULL;
    waker->sleepers[consumer].descriptor = -1;
    pthread_mutex_unlock(&waker->mutex);
}

double hr_waker_cpu(const struct hr_waker *waker)
{
    clockid_t clock;
    struct timespec used;
    if (pthread_getcpuclockid(waker->thread, &clock) || clock_gettime(clock, &used) < 0)
        return 0;
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}
