/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/requester.h"

#include <string.h>

#include "packet/bytes.h"

#define SECOND_NS UINT64_C(1000000000)
/* Requests that may be sent at once after a quiet time. */
#define BURST 8

void hr_requester_init(struct hr_requester *requester, const struct hr_requester_options *options,
                       struct hr_recovery_counters *counters)
{
    memset(requester, 0, sizeof *requester);
    requester->options = *options;
    requester->counters = counters;
}

static int is_of(const struct hr_request_hole *hole, const char *session)
{
    return memcmp(hole->session, session, HR_SESSION_ID_BYTES) == 0;
}

static void drop(struct hr_requester *requester, uint32_t index)
{
    requester->holes[index] = requester->holes[--requester->count];
    requester->counters->outstanding = requester->count;
}

/* Of a hole that overlaps others already being asked for only what they leave is added, in as many pieces as they cut it
 * into. */
void hr_requester_add(struct hr_requester *requester, const char session[HR_SESSION_ID_BYTES], uint64_t first, uint64_t count,
                      uint64_t now_ns)
{
    uint64_t past = first + count;
    uint32_t known = requester->count; /* what is added on the way lies in front of `first` */
    for (uint32_t i = 0; i < known; i++) {
        const struct hr_request_hole *hole = &requester->holes[i];
        if (!is_of(hole, session) || hole->past <= first || hole->first >= past)
            continue;
        if (hole->first > first)
            hr_requester_add(requester, session, first, hole->first - first, now_ns);
        first = hole->past;
        if (first >= past)
            return;
    }
    if (requester->count == HR_REQUESTS_MAX) {
        requester->counters->refused++;
        return;
    }
    struct hr_request_hole *hole = &requester->holes[requester->count++];
    *hole = (struct hr_request_hole){.first = first, .past = past, .due_ns = now_ns};
    memcpy(hole->session, session, sizeof hole->session);
    requester->counters->outstanding = requester->count;
}

void hr_requester_forget(struct hr_requester *requester, const char session[HR_SESSION_ID_BYTES], uint64_t before)
{
    for (uint32_t i = requester->count; i-- > 0;) {
        struct hr_request_hole *hole = &requester->holes[i];
        if (!is_of(hole, session) || hole->first >= before)
            continue;
        hole->first = before;
        if (hole->past <= before)
            drop(requester, i);
    }
}

/* What lies behind the last message asked for is not missing: an answer that has it is a lie, which would take the place of what the
 * lines bring. */
static int goes_too_far(const struct hr_requester *requester, const char *session, uint64_t first, uint64_t past)
{
    for (uint32_t i = 0; i < requester->count; i++) {
        const struct hr_request_hole *hole = &requester->holes[i];
        if (is_of(hole, session) && first <= hole->first && past > hole->first && past <= hole->past)
            return 0;
    }
    return 1;
}

/* A server answers with as many messages as one packet holds, from the first asked for: the rest is asked for at once. */
int hr_requester_answered(struct hr_requester *requester, const char session[HR_SESSION_ID_BYTES], uint64_t first,
                              uint64_t count, uint64_t now_ns)
{
    uint64_t past = first + count;
    int refused = 1;
    requester->counters->answers++;
    if (goes_too_far(requester, session, first, past)) {
        requester->counters->answers_refused++;
        return 1;
    }
    for (uint32_t i = requester->count; i-- > 0;) { /* from the back: drop() fills the place with the last */
        struct hr_request_hole *hole = &requester->holes[i];
        if (!is_of(hole, session) || first > hole->first || past <= hole->first)
            continue;
        uint64_t filled = past < hole->past ? past : hole->past;
        requester->counters->messages_recovered += filled - hole->first;
        hole->first = filled;
        hole->attempts = 0;
        hole->due_ns = now_ns;
        refused = 0;
        if (hole->first == hole->past)
            drop(requester, i);
    }
    requester->counters->answers_refused += (uint64_t)refused;
    return refused;
}

static void write_request(struct hr_request *request, const struct hr_request_hole *hole)
{
    uint64_t count = hole->past - hole->first;
    count = count < HR_REQUEST_MESSAGES_MAX ? count : HR_REQUEST_MESSAGES_MAX;
    memcpy(request->bytes, hole->session, HR_SESSION_ID_BYTES);
    for (int i = 0; i < 8; i++)
        request->bytes[10 + i] = (uint8_t)(hole->first >> (56 - 8 * i));
    request->bytes[18] = (uint8_t)(count >> 8);
    request->bytes[19] = (uint8_t)count;
}

enum hr_requester_event hr_requester_poll(struct hr_requester *requester, uint64_t now_ns, struct hr_request *request,
                                          struct hr_request_hole *given_up, uint64_t *next_ns)
{
    const struct hr_requester_options *options = &requester->options;
    struct hr_request_hole *due = NULL;
    for (uint32_t i = 0; i < requester->count; i++)
        if (!due || requester->holes[i].due_ns < due->due_ns)
            due = &requester->holes[i];
    if (!due || due->due_ns > now_ns) {
        *next_ns = due ? due->due_ns : UINT64_MAX;
        return HR_REQUESTER_IDLE;
    }
    if (due->attempts == options->attempts) {
        *given_up = *due;
        requester->counters->given_up++;
        drop(requester, (uint32_t)(due - requester->holes));
        return HR_REQUESTER_GIVEN_UP;
    }
    uint64_t price = SECOND_NS / options->requests_per_second;
    uint64_t oldest = now_ns > BURST * price ? now_ns - BURST * price : 0;
    if (requester->tokens_ns < oldest)
        requester->tokens_ns = oldest;
    if (requester->tokens_ns + price > now_ns) {
        *next_ns = requester->tokens_ns + price;
        return HR_REQUESTER_IDLE;
    }
    requester->tokens_ns += price;
    write_request(request, due);
    request->server = requester->next_server;
    requester->next_server = (requester->next_server + 1) % options->servers;
    due->attempts++;
    due->due_ns = now_ns + options->answer_ns;
    requester->counters->requests++;
    return HR_REQUESTER_SEND;
}
