/* SPDX-License-Identifier: Apache-2.0
 *
 * What a feed has beside what the inline functions of headrace.h need.
 */
#ifndef HEADRACE_SDK_FEED_H
#define HEADRACE_SDK_FEED_H

#include "headrace/headrace.h"
#include "monitor.h"

/* One worker's instrument directory and the index over it. */
struct hr_directory_index {
    const struct hr_directory *page;
    size_t bytes;
    uint32_t capacity; /* checked against bytes */
    uint32_t indexed;  /* entries that `index` has */
    uint32_t mask;
    uint32_t *index; /* open addressing; entry number + 1, 0 is free */
};

/* What a feed does that is not a handler's. */
struct hr_feed_operations {
    int (*refill)(struct hr_feed *feed); /* as hr_feed_check: 0 to go on, else why there is no more */
    const char *(*symbol)(struct hr_feed *feed, uint32_t instrument_id);
    void (*close)(struct hr_feed *feed);
};

struct hr_feed_private {
    struct hr_directory_index directories[HR_WORKERS_MAX];
    uint64_t spin_ns;                 /* before sleeping */
    const struct hr_monitor *monitor; /* HR_WAIT_MONITOR */
    int wake;                         /* HR_WAIT_EVENTFD: a timerfd that the handler sets off; else -1 */
    int epoll;                        /* over the timer and the socket; else -1 */
    const struct hr_feed_operations *operations; /* NULL: attached to a handler */
    void *file;                       /* hr_open's */
};

#endif
