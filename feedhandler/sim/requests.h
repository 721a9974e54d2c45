/* SPDX-License-Identifier: Apache-2.0
 *
 * What a MoldUDP64 request server says: to each request for a range of messages one packet, from the first one asked for,
 * with as many as were asked for, have been sent and fit. No I/O. It can be told to misbehave; then it does so from a seed,
 * once it has answered some requests as it should.
 */
#ifndef HEADRACE_SIM_REQUESTS_H
#define HEADRACE_SIM_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/history.h"
#include "sim/random.h"

#define HR_REQUESTS_FLOOD_COPIES 100

enum hr_misbehaviour {
    HR_BEHAVE,
    HR_MISBEHAVE_DIE,   /* the server is gone */
    HR_MISBEHAVE_STALL, /* no more answers */
    HR_MISBEHAVE_LIE,   /* each answer is wrong, in a way that can be told from the packet and the request */
    HR_MISBEHAVE_FLOOD, /* each answer comes HR_REQUESTS_FLOOD_COPIES times */
};

struct hr_requests_options {
    uint64_t seed;
    char session[HR_MOLD_SESSION_BYTES + 1];
    uint32_t payload_bytes; /* of an answer, at most */
    enum hr_misbehaviour misbehaviour;
    uint64_t misbehave_after; /* requests that were answered as they should be */
};

/* requests = answered + refused + foreign + future + evicted + unanswered */
struct hr_requests_statistics {
    uint64_t requests;
    uint64_t answered;
    uint64_t messages;   /* in the answers, each counted once */
    uint64_t refused;    /* no request: another length, or for no messages */
    uint64_t foreign;    /* of another session */
    uint64_t future;     /* for what has not been sent yet */
    uint64_t evicted;    /* for what is no longer kept */
    uint64_t unanswered; /* by misbehaviour */
    uint64_t lies;
};

struct hr_requests {
    struct hr_requests_options options;
    struct hr_history *history;
    struct hr_sim_random random;
    struct hr_requests_statistics statistics;
};

/* Borrows the history. */
void hr_requests_start(struct hr_requests *requests, struct hr_history *history, const struct hr_requests_options *options);

/* Writes the answer to a request (HR_MOLD_PAYLOAD_BYTES_MAX of room) and how often it is to be sent. Returns its length; 0
 * when there is none. */
size_t hr_requests_answer(struct hr_requests *requests, const uint8_t *request, size_t length, uint8_t *answer,
                          uint32_t *copies);

/* Whether it is time to be gone. */
static inline int hr_requests_dead(const struct hr_requests *requests)
{
    return requests->options.misbehaviour == HR_MISBEHAVE_DIE &&
           requests->statistics.answered >= requests->options.misbehave_after;
}

#endif
