/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting: how the time passes until there is something to read, and how the end is noticed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "feed.h"

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

/* Empty looks between two looks at the clock: about 20 us of spinning. */
#define LOOKS_PER_CHECK 1024
/* A yield may last as long as every other process on the core likes; a line may be monitored for a tenth of a millisecond. */
#define YIELDS_PER_CHECK 4
#define MONITORS_PER_CHECK 8
/* A handler renews its heartbeat every millisecond; only when that is late does the reader ask the kernel. */
#define HEARTBEAT_LATE_NS 3000000
/* The longest sleep: the death of a handler is not told by its waker. */
#define SLEEP_NS UINT64_C(100000000)

static uint64_t clock_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Why there will be no more, with the text for hr_error. */
static int tell_end(int end)
{
    switch (end) {
    case 0:
        return 0;
    case -ESHUTDOWN:
        return hr_fail(end, "the handler has stopped");
    case -ENOBUFS:
        return hr_fail(end, "this strategy was too slow: its ring was full, and its policy is on_full: detach");
    case -EBADMSG:
        return hr_fail(end, "evicted: the cursor held a value that no reader writes");
    case -EPIPE:
        return hr_fail(end, "the handler has died");
    default:
        return hr_fail(end, "a ring is in a state that this library does not know");
    }
}

static int end_of_state(uint32_t state)
{
    switch (state) {
    case HR_RING_RUNNING:
        return 0;
    case HR_RING_STOPPING:
        return -ESHUTDOWN;
    case HR_RING_DETACHED:
        return -ENOBUFS;
    case HR_RING_EVICTED:
        return -EBADMSG;
    default:
        return -EPROTO;
    }
}

/* What the rings say: the good end only when all of them do, for one worker may still be publishing. Acquire: the records
 * that were published before the state changed are seen by the caller's next look. */
static int end_of_rings(const struct hr_feed *feed)
{
    uint32_t stopping = 0;
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        int end = end_of_state(__atomic_load_n(&feed->rings[i].header->state, __ATOMIC_ACQUIRE));
        if (end == -ESHUTDOWN)
            stopping++;
        else if (end)
            return end;
    }
    return stopping == feed->ring_count ? -ESHUTDOWN : 0;
}

static int any_heartbeat_late(const struct hr_feed *feed)
{
    uint64_t now = clock_ns(CLOCK_REALTIME);
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        uint64_t beat = __atomic_load_n(&feed->rings[i].header->heartbeat_ns, __ATOMIC_RELAXED);
        if (now > beat + HEARTBEAT_LATE_NS || beat > now + HEARTBEAT_LATE_NS)
            return 1;
    }
    return 0;
}

/* The kernel's word on whether the handler lives: its end of the socket. */
static int has_hung_up(const struct hr_feed *feed)
{
    char byte;
    ssize_t got = recv(feed->socket, &byte, sizeof byte, MSG_DONTWAIT | MSG_PEEK);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

int hr_feed_check(struct hr_feed *feed)
{
    if (feed->hidden->operations)
        return feed->hidden->operations->refill(feed);
    if (!feed->end)
        feed->end = end_of_rings(feed);
    if (!feed->end && any_heartbeat_late(feed) && has_hung_up(feed)) {
        feed->end = end_of_rings(feed); /* it may have ended well between the two looks */
        if (!feed->end)
            feed->end = -EPIPE;
    }
    return tell_end(feed->end);
}

static void look_away(struct hr_feed *feed)
{
    if (feed->wait == HR_WAIT_YIELD)
        sched_yield();
    else if (feed->hidden->monitor && feed->ring_count == 1) {
        const struct hr_consumer *ring = &feed->rings[0];
        hr_monitor_wait(feed->hidden->monitor, &((const struct hr_slot *)(const void *)hr_consumer_slot(ring, ring->read))->stamp,
                        ring->last_stamp);
    } else
        PAUSE();
}

/* Says to every ring that this side is about to sleep. Returns 1 when it had better not. */
static int arm(struct hr_feed *feed, uint32_t *wakes)
{
    uint32_t ignored;
    int found = 0;
    for (uint32_t i = 0; i < feed->ring_count; i++)
        found |= hr_consumer_arm(&feed->rings[i], i == 0 ? wakes : &ignored);
    return found || end_of_rings(feed);
}

/* Sleeps until woken, or for so long; spuriously at times. */
static void sleep_for(struct hr_feed *feed, uint64_t ns)
{
    uint32_t wakes;
    const struct timespec timeout = {.tv_sec = (time_t)(ns / 1000000000U), .tv_nsec = (long)(ns % 1000000000U)};
    if (feed->wait == HR_WAIT_EVENTFD) {
        struct pollfd wanted = {.fd = feed->hidden->epoll, .events = POLLIN};
        if (!hr_feed_arm(feed))
            (void)ppoll(&wanted, 1, &timeout, NULL);
    } else if (!arm(feed, &wakes))
        (void)!syscall(SYS_futex, &feed->rings[0].header->wakes, FUTEX_WAIT, wakes, &timeout, NULL, 0);
}

int hr_feed_arm(struct hr_feed *feed)
{
    uint32_t ignored;
    char wakes[512];
    if (feed->wait != HR_WAIT_EVENTFD)
        return hr_fail(-EOPNOTSUPP, "only a feed that was attached with HR_WAIT_EVENTFD can be armed");
    hr_feed_release(feed);
    (void)!read(feed->hidden->wake, wakes, sizeof wakes); /* what is left of the wake-ups before; it does not block */
    return arm(feed, &ignored);
}

int hr_feed_descriptor(const struct hr_feed *feed)
{
    return feed->wait == HR_WAIT_EVENTFD
               ? feed->hidden->epoll
               : hr_fail(-EOPNOTSUPP, "only a feed that was attached with HR_WAIT_EVENTFD has a descriptor to wait on");
}

static int looks_per_check(const struct hr_feed *feed)
{
    if (feed->wait == HR_WAIT_YIELD)
        return YIELDS_PER_CHECK;
    if (feed->hidden->monitor)
        return MONITORS_PER_CHECK;
    return feed->wait == HR_WAIT_EVENTFD ? 1 : LOOKS_PER_CHECK;
}

/* A file has no time to wait for: there is more, or its end. */
static int read_on(struct hr_feed *feed, int (*look)(struct hr_feed *, void *), void *context)
{
    for (;;) {
        if (look(feed, context))
            return 0;
        int end = hr_feed_check(feed);
        if (end)
            return end;
    }
}

/* Waits until `look` returns nonzero. An end is returned only when one more look after it found nothing. */
static int wait_for(struct hr_feed *feed, int64_t timeout_ns, int (*look)(struct hr_feed *, void *), void *context)
{
    uint64_t begun = 0;
    if (feed->hidden->operations)
        return read_on(feed, look, context);
    int sleeps = feed->wait == HR_WAIT_FUTEX || feed->wait == HR_WAIT_EVENTFD;
    int looks = looks_per_check(feed);
    for (;;) {
        for (int i = 0; i < looks; i++) {
            if (look(feed, context))
                return 0;
            if (timeout_ns == 0)
                break;
            look_away(feed);
        }
        int end = hr_feed_check(feed);
        if (end)
            return look(feed, context) ? 0 : end;
        if (timeout_ns < 0 && !sleeps)
            continue;
        uint64_t now = clock_ns(CLOCK_MONOTONIC);
        if (begun == 0)
            begun = now;
        uint64_t left = timeout_ns < 0 ? SLEEP_NS : begun + (uint64_t)timeout_ns > now ? begun + (uint64_t)timeout_ns - now : 0;
        if (left == 0)
            return HR_TIMED_OUT;
        if (sleeps && now - begun >= feed->hidden->spin_ns)
            sleep_for(feed, left < SLEEP_NS ? left : SLEEP_NS);
    }
}

static int look_for_record(struct hr_feed *feed, void *context)
{
    const struct hr_record_header **record = context;
    *record = hr_feed_poll(feed);
    return *record != NULL;
}

int hr_feed_next(struct hr_feed *feed, const struct hr_record_header **record, int64_t timeout_ns)
{
    *record = hr_feed_poll(feed);
    return *record ? 0 : wait_for(feed, timeout_ns, look_for_record, record);
}

struct batch_look {
    struct hr_batch *batch;
    uint64_t maximum;
};

static int look_for_batch(struct hr_feed *feed, void *context)
{
    struct batch_look *wanted = context;
    *wanted->batch = hr_feed_poll_batch(feed, wanted->maximum);
    return wanted->batch->count != 0;
}

int hr_feed_next_batch(struct hr_feed *feed, struct hr_batch *batch, uint64_t maximum, int64_t timeout_ns)
{
    struct batch_look wanted = {.batch = batch, .maximum = maximum ? maximum : 1};
    return wait_for(feed, timeout_ns, look_for_batch, &wanted);
}
