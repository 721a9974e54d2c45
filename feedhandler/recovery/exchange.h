/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes between the worker and the control thread for recovery: what is missing, one way; the answers, the other. Two queues
 * of one writer and one reader each; neither side waits for the other.
 */
#ifndef HEADRACE_RECOVERY_EXCHANGE_H
#define HEADRACE_RECOVERY_EXCHANGE_H

#include <stdint.h>

#include "line/session.h"

struct rte_mbuf;
struct rte_ring;

#define HR_WANTED_MAX 4096
#define HR_RECOVERED_MAX 4096

enum hr_wanted_kind {
    HR_WANTED_MESSAGES, /* these have come by no line */
    HR_WANTED_NO_MORE,  /* nothing before `first` is missing any more */
    HR_WANTED_SNAPSHOT, /* these will not come, by no line and from no server: the book is in doubt */
    HR_WANTED_HOLDING,  /* the answer to HR_RECOVERED_SNAPSHOT_COMING: from here on what comes live is held */
};

/* Worker to control. */
struct hr_wanted {
    uint64_t first;
    uint64_t count;
    uint32_t channel; /* of the worker */
    char session[HR_SESSION_ID_BYTES];
    uint8_t kind; /* enum hr_wanted_kind */
    char padding[1];
};

enum hr_recovered_kind {
    HR_RECOVERED_DATAGRAM, /* `mbuf` holds an answer's payload: the worker frees it */
    HR_RECOVERED_NOTHING,  /* messages first to past - 1 will not come */
    HR_RECOVERED_SNAPSHOT_COMING, /* in mid-session: a server is about to be asked; hold what comes live, and say so */
    HR_RECOVERED_SNAPSHOT_BEGINS, /* of `session`; an earlier one, if any, is void */
    HR_RECOVERED_SNAPSHOT,        /* `mbuf` holds messages of it, as blocks (line/blocks.h): the worker frees it */
    HR_RECOVERED_SNAPSHOT_ENDS,   /* live from message `first` of `session` on; 0: there is none to be had */
};

/* Control to worker. */
struct hr_recovered {
    struct rte_mbuf *mbuf;
    uint64_t first;
    uint64_t past;
    uint32_t channel;
    uint32_t kind; /* enum hr_recovered_kind */
    char session[HR_SESSION_ID_BYTES];
    char padding[6];
};

struct hr_recovery_exchange {
    struct rte_ring *wanted;    /* of struct hr_wanted */
    struct rte_ring *recovered; /* of struct hr_recovered */
    uint64_t *wanted_refused;   /* holes that nobody was told of: the queue was full. Worker's */
};

#endif
