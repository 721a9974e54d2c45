/* SPDX-License-Identifier: Apache-2.0
 *
 * The waker: a thread on an ordinary core that ends the sleep of strategies that sleep. The worker, which polls, finds that one sleeps and
 * has something to read, and counts that up in its struct hr_wakes; this thread looks there every `poll_us` and makes the system
 * call, so that the data thread makes none. While nobody who sleeps is attached, it sleeps itself.
 */
#ifndef HEADRACE_CONTROL_WAKER_H
#define HEADRACE_CONTROL_WAKER_H

#include <pthread.h>

#include "fanout/wakes.h"

struct hr_sleeper {
    struct hr_ring_header *header; /* its `wakes` is what the strategy sleeps on; NULL: nobody */
    int descriptor;                /* what a sleeper on a descriptor is woken by: a timer that goes off; or -1 */
    uint32_t done;                 /* of hr_wakes.wanted */
};

struct hr_waker {
    const struct hr_wakes *wakes;
    struct hr_sleeper *sleepers; /* [consumers] */
    uint32_t consumers;
    uint32_t attached;
    uint32_t done;               /* of hr_wakes.total */
    uint32_t poll_us;
    int stop;
    pthread_t thread;
    pthread_mutex_t mutex; /* over everything but `wakes`: the waker and the control thread */
    pthread_cond_t changed;
};

/* Starts the thread; it runs where the caller may run. poll_us: 0 spins. Returns 0 or a negative errno. */
int hr_waker_start(struct hr_waker *waker, const struct hr_wakes *wakes, uint32_t consumers, uint32_t poll_us)
    __attribute__((warn_unused_result));
void hr_waker_stop(struct hr_waker *waker);

/* From now on, and until it leaves, this consumer is woken. `descriptor` is a timerfd, which stays the caller's, or -1 for
 * one that sleeps on the futex.
 * Control thread. */
void hr_waker_add(struct hr_waker *waker, uint32_t consumer, struct hr_ring_header *header, int descriptor);
void hr_waker_remove(struct hr_waker *waker, uint32_t consumer);

/* CPU seconds that the thread has used. */
double hr_waker_cpu(const struct hr_waker *waker);

#endif
