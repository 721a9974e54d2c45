/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <string.h>

#include "packet/bytes.h"
#include "sim/mold.h"

static int is_lost(struct exchange *exchange)
{
    return hr_sim_random_below(exchange->random, 1000) < exchange->loss_per_mille;
}

void exchange_ask(struct exchange *exchange, const uint8_t *request, uint64_t now_ns)
{
    uint64_t first = hr_be64(request + 10);
    uint32_t wanted = hr_be16(request + 18);
    exchange->requests++;
    if (is_lost(exchange) || is_lost(exchange) || exchange->count == ANSWERS_MAX || first >= exchange->session->next)
        return;
    if (first >= exchange->unavailable_first && first < exchange->unavailable_past)
        return;
    struct answer *answer = &exchange->answers[exchange->count++];
    uint32_t count = 0;
    *answer = (struct answer){.time_ns = now_ns + exchange->delay_ns, .length = HR_MOLD_HEADER_BYTES};
    while (count < wanted && first + count < exchange->session->next) {
        const uint8_t *message = exchange->session->message[first + count];
        uint32_t bytes = 2U + hr_be16(message);
        if (answer->length + bytes > sizeof answer->payload ||
            (first + count >= exchange->unavailable_first && first + count < exchange->unavailable_past))
            break;
        memcpy(answer->payload + answer->length, message, bytes);
        answer->length += bytes;
        count++;
    }
    memcpy(answer->payload, request, 18);
    answer->payload[18] = (uint8_t)(count >> 8);
    answer->payload[19] = (uint8_t)count;
}

int exchange_answer(struct exchange *exchange, uint64_t now_ns, struct answer *answer)
{
    if (exchange->count == 0 || exchange->answers[0].time_ns > now_ns)
        return 0;
    *answer = exchange->answers[0];
    memmove(&exchange->answers[0], &exchange->answers[1], --exchange->count * sizeof *answer);
    return 1;
}
