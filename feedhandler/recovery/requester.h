/* SPDX-License-Identifier: Apache-2.0
 *
 * What has been asked of a channel's recovery servers (MoldUDP64 1.0, clause "Request Packet"), and what is to be asked next: never the
 * same twice at a time, never more often than is allowed, each time of the next server, and not for ever. No I/O, no clock of its own, one thread.
 */
#ifndef HEADRACE_RECOVERY_REQUESTER_H
#define HEADRACE_RECOVERY_REQUESTER_H

#include <stdint.h>

#include "line/session.h"
#include "observe/metrics.h"

#define HR_REQUEST_BYTES 20
#define HR_REQUEST_MESSAGES_MAX 0xFFFE /* what one request can ask for */
#define HR_REQUESTS_MAX 1024           /* holes being asked for at a time */

#define HR_RECOVERY_COUNTERS(X)                                                                 \
    X(requests, "requests sent")                                                                \
    X(answers, "datagrams that recovery servers answered with")                                 \
    X(answers_refused, "refused: answers that nobody waits for, or that are no packet of the session") \
    X(messages_recovered, "messages asked for that came")                                       \
    X(given_up, "holes that no server filled")                                                  \
    X(refused, "holes not asked for: too many at a time")                                       \
    X(outstanding, "holes being asked for now")

struct hr_recovery_counters {
    HR_RECOVERY_COUNTERS(HR_METRIC_FIELD)
};

struct hr_requester_options {
    uint32_t servers;             /* how many there are */
    uint64_t answer_ns;           /* a request without an answer is over */
    uint32_t attempts;            /* in a row without an answer, then the hole is given up */
    uint32_t requests_per_second;
};

struct hr_request_hole {
    char session[HR_SESSION_ID_BYTES];
    uint64_t first;   /* still missing */
    uint64_t past;
    uint64_t due_ns;  /* when to ask (again) */
    uint32_t attempts;
};

struct hr_requester {
    struct hr_requester_options options;
    struct hr_request_hole holes[HR_REQUESTS_MAX];
    uint32_t count;
    uint32_t next_server;
    uint64_t tokens_ns;   /* the time that requests have been paid for until */
    struct hr_recovery_counters *counters;
};

void hr_requester_init(struct hr_requester *requester, const struct hr_requester_options *options,
                       struct hr_recovery_counters *counters);

/* Messages of the channel are missing. What is being asked for already is not asked for again. */
void hr_requester_add(struct hr_requester *requester, const char session[HR_SESSION_ID_BYTES], uint64_t first, uint64_t count,
                      uint64_t now_ns);

/* Messages of the session in front of `before` are not missing any more: a line has brought them, or nobody waits for them. */
void hr_requester_forget(struct hr_requester *requester, const char session[HR_SESSION_ID_BYTES], uint64_t before);

/* An answer has come: messages first to first + count - 1 of `session`. Returns 0, or 1 when nobody waits for them, or not for the
 * last of them: then it is not to be used. */
int hr_requester_answered(struct hr_requester *requester, const char session[HR_SESSION_ID_BYTES], uint64_t first,
                              uint64_t count, uint64_t now_ns);

struct hr_request {
    uint8_t bytes[HR_REQUEST_BYTES];
    uint32_t server;
};

enum hr_requester_event {
    HR_REQUESTER_IDLE, /* nothing to do before *next_ns */
    HR_REQUESTER_SEND,
    HR_REQUESTER_GIVEN_UP,
};

/* What is due. Call again until it is idle. *given_up: a hole that will not be filled. */
enum hr_requester_event hr_requester_poll(struct hr_requester *requester, uint64_t now_ns, struct hr_request *request,
                                          struct hr_request_hole *given_up, uint64_t *next_ns);

#endif
