/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "packet/bytes.h"
#include "sim/market.h"
#include "sim/mold.h"

static void add(struct session *session, const uint8_t *payload, size_t length, uint64_t time_ns)
{
    session->packets = realloc(session->packets, (session->count + 1) * sizeof *session->packets);
    uint8_t *copy = malloc(length);
    if (!session->packets || !copy)
        err(70, "memory");
    memcpy(copy, payload, length);
    uint32_t count = hr_be16(payload + 18);
    session->packets[session->count++] = (struct packet){.time_ns = time_ns,
                                                         .first = hr_be64(payload + 10),
                                                         .count = count == HR_MOLD_END_OF_SESSION ? 0 : count,
                                                         .length = (uint32_t)length,
                                                         .payload = copy};
}

static void index_messages(struct session *session)
{
    const struct packet *last = &session->packets[session->count - 1];
    session->next = last->first + last->count;
    session->message = calloc(session->next, sizeof *session->message);
    if (!session->message)
        err(70, "memory");
    for (uint32_t p = 0; p < session->count; p++) {
        const uint8_t *at = session->packets[p].payload + HR_MOLD_HEADER_BYTES;
        for (uint32_t m = 0; m < session->packets[p].count; m++, at += 2 + hr_be16(at))
            session->message[session->packets[p].first + m] = at;
    }
}

void session_make(struct session *session, uint64_t seed, uint32_t messages)
{
    const struct hr_market_options market_options = {.seed = seed, .symbols = 20, .messages = messages, .rate = 100000};
    const struct hr_mold_options mold_options = HR_MOLD_OPTIONS_DEFAULT;
    struct hr_market *market;
    struct hr_mold *mold;
    uint8_t payload[HR_MOLD_PAYLOAD_BYTES_MAX];
    uint64_t time_ns;
    *session = (struct session){0};
    if (hr_market_create(&market, &market_options) || hr_mold_create(&mold, market, &mold_options))
        errx(70, "the market cannot be made");
    for (size_t length; (length = hr_mold_next(mold, payload, &time_ns)) != 0;)
        add(session, payload, length, time_ns);
    hr_mold_destroy(mold);
    hr_market_destroy(market);
    index_messages(session);
}

void session_free(struct session *session)
{
    for (uint32_t i = 0; i < session->count; i++)
        free(session->packets[i].payload);
    free(session->packets);
    free(session->message);
    *session = (struct session){0};
}
