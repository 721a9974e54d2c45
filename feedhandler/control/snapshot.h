/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes a snapshot of the book from a GLIMPSE server over SoupBinTCP (Nasdaq), while the worker holds what comes live, and says with
 * which message to go on: at the start, and after a gap that nobody has filled. Control thread only.
 */
#ifndef HEADRACE_CONTROL_SNAPSHOT_H
#define HEADRACE_CONTROL_SNAPSHOT_H

#include "recovery/soup.h"
#include "worker.h"

enum hr_snapshot_state {
    HR_SNAPSHOT_OVER,
    HR_SNAPSHOT_CONNECTING,
    HR_SNAPSHOT_HOLDING, /* connected; the worker is to say that it holds what comes live */
    HR_SNAPSHOT_LOGIN,
    HR_SNAPSHOT_DATA,
    HR_SNAPSHOT_RETRY,
};

struct hr_snapshot_client {
    uint32_t channel; /* of the worker */
    int socket;
    enum hr_snapshot_state state;
    uint64_t deadline_ns; /* then it is given up */
    uint64_t retry_ns;
    uint64_t said_ns;
    uint64_t heard_ns;    /* when the server, or the worker that is to hold, last said something */
    uint64_t over_ns;     /* when the last one was over */
    uint8_t in_session;   /* it is for a gap in mid-session: live goes on between attempts; else the worker holds from the beginning */
    uint8_t holding;      /* in_session: the worker has been told to */
    char wanted[HR_SESSION_ID_BYTES]; /* in_session: of this session */
    struct hr_soup_client soup;
    struct rte_mbuf *batch; /* messages on their way to the worker, as blocks */
    char session[HR_SESSION_ID_BYTES];
};

struct hr_snapshots {
    struct hr_worker *worker;
    struct rte_mempool *pool;
    struct hr_snapshot_client *clients;
    uint32_t count;
};

/* Begins for every channel whose feed names a server. Returns 0 or -ENOMEM. */
int hr_snapshots_open(struct hr_snapshots *snapshots) __attribute__((warn_unused_result));
void hr_snapshots_close(struct hr_snapshots *snapshots);
/* The worker wants one, or holds what comes. */
void hr_snapshots_want(struct hr_snapshots *snapshots, const struct hr_wanted *wanted);
/* Moves on; to be called as often as hr_snapshots_patience_ms says. */
void hr_snapshots_tend(struct hr_snapshots *snapshots);
int hr_snapshots_patience_ms(const struct hr_snapshots *snapshots, int otherwise);

#endif
