/* SPDX-License-Identifier: Apache-2.0
 *
 * A recovery server in simulated time: answers MoldUDP64 requests some time later, or loses them.
 */
#ifndef HEADRACE_TESTS_LINES_EXCHANGE_H
#define HEADRACE_TESTS_LINES_EXCHANGE_H

#include "session.h"
#include "sim/random.h"

#define ANSWERS_MAX 4096

struct answer {
    uint64_t time_ns;
    uint32_t length;
    uint8_t payload[1400];
};

struct exchange {
    const struct session *session;
    struct hr_sim_random *random;
    uint64_t delay_ns;
    uint32_t loss_per_mille; /* of requests and of answers */
    uint64_t unavailable_first; /* messages that it does not have any more */
    uint64_t unavailable_past;
    uint64_t now_ns;         /* what has been sent by then can be asked for */
    struct answer answers[ANSWERS_MAX]; /* by time */
    uint32_t count;
    uint64_t requests;
};

/* A request of 20 bytes comes in. */
void exchange_ask(struct exchange *exchange, const uint8_t *request, uint64_t now_ns);

/* Takes the first answer that is due. Returns 1, or 0 when there is none. */
int exchange_answer(struct exchange *exchange, uint64_t now_ns, struct answer *answer);

#endif
