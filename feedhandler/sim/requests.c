/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/requests.h"

#include <string.h>

#include "sim/message.h"

void hr_requests_start(struct hr_requests *requests, struct hr_history *history, const struct hr_requests_options *options)
{
    memset(requests, 0, sizeof(*requests));
    requests->options = *options;
    requests->history = history;
    hr_sim_random_seed(&requests->random, options->seed);
}

/* The session's name as on the wire, with spaces behind it. */
static int is_own_session(const struct hr_requests *requests, const uint8_t *session)
{
    uint8_t own[HR_MOLD_SESSION_BYTES];
    memset(own, ' ', sizeof(own));
    memcpy(own, requests->options.session, strlen(requests->options.session));
    return memcmp(own, session, sizeof(own)) == 0;
}

/* Turns a right answer into a wrong one. A lie about numbers is always outside what was asked for: inside it, nobody could
 * ever find it out. */
static size_t lie(struct hr_requests *requests, uint8_t *answer, size_t length, uint64_t sequence, uint32_t wanted)
{
    struct hr_sim_random *random = &requests->random;
    uint16_t count = hr_mold_message_count(answer);
    requests->statistics.lies++;
    switch (hr_sim_random_below(random, 7)) {
    case 0: /* the right messages under numbers to come */
        hr_sim_put_u64(answer + 10, sequence + wanted + hr_sim_random_below(random, 100000));
        return length;
    case 1: /* and under numbers long gone, where there are any */
        hr_sim_put_u64(answer + 10, sequence > count ? sequence - count - hr_sim_random_below(random, 1000) % (sequence - count)
                                                     : UINT64_MAX - count);
        return length;
    case 2: /* another session */
        answer[hr_sim_random_below(random, HR_MOLD_SESSION_BYTES)] ^= 1;
        return length;
    case 3: /* more messages than there are */
        hr_sim_put_u16(answer + 18, (uint16_t)(count + 1 + hr_sim_random_below(random, 1000)));
        return length;
    case 4: /* a message longer than the packet */
        hr_sim_put_u16(answer + HR_MOLD_HEADER_BYTES, (uint16_t)(length + hr_sim_random_below(random, 60000)));
        return length;
    case 5: /* cut */
        return 1 + hr_sim_random_below(random, (uint32_t)length - 1);
    default: /* noise */
        for (size_t i = 0; i < length; i++)
            answer[i] = (uint8_t)(hr_sim_random_next(random) >> 40);
        answer[0] |= 0x80; /* no session has such a character */
        return length;
    }
}

size_t hr_requests_answer(struct hr_requests *requests, const uint8_t *request, size_t length, uint8_t *answer,
                          uint32_t *copies)
{
    struct hr_requests_statistics *statistics = &requests->statistics;
    const struct hr_requests_options *options = &requests->options;
    size_t answer_length = 0;
    *copies = 1;
    statistics->requests++;
    uint64_t sequence = length == HR_MOLD_HEADER_BYTES ? hr_sim_get(request + 10, 8) : 0;
    uint32_t count = length == HR_MOLD_HEADER_BYTES ? (uint32_t)hr_sim_get(request + 18, 2) : 0;
    if (count == 0 || sequence == 0) {
        statistics->refused++;
        return 0;
    }
    if (!is_own_session(requests, request)) {
        statistics->foreign++;
        return 0;
    }
    switch (hr_history_read(requests->history, sequence, count, options->payload_bytes, answer, &answer_length)) {
    case HR_HISTORY_FUTURE: statistics->future++; return 0;
    case HR_HISTORY_EVICTED: statistics->evicted++; return 0;
    case HR_HISTORY_FOUND: break;
    }
    int misbehaves = options->misbehaviour != HR_BEHAVE && statistics->answered >= options->misbehave_after;
    if (misbehaves && (options->misbehaviour == HR_MISBEHAVE_DIE || options->misbehaviour == HR_MISBEHAVE_STALL)) {
        statistics->unanswered++;
        return 0;
    }
    statistics->answered++;
    statistics->messages += hr_mold_message_count(answer);
    if (misbehaves && options->misbehaviour == HR_MISBEHAVE_LIE)
        return lie(requests, answer, answer_length, sequence, count);
    if (misbehaves)
        *copies = HR_REQUESTS_FLOOD_COPIES;
    return answer_length;
}
