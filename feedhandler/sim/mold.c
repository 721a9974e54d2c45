/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/mold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/message.h"

#define SILENCE_NS UINT64_C(1000000000)
#define END_OF_SESSION_PACKETS 3

struct hr_mold {
    struct hr_market *market;
    char session[HR_MOLD_SESSION_BYTES];
    uint32_t window_ns;
    uint32_t payload_bytes;
    uint64_t sequence;      /* of the next message to be sent */
    uint64_t packet_ns;     /* time of the newest packet */
    uint32_t ends_left;
    size_t waiting_length;  /* of the message read ahead; 0 when the market is over */
    uint64_t waiting_ns;
    uint8_t waiting[HR_MARKET_MESSAGE_BYTES];
};

static void read_ahead(struct hr_mold *mold)
{
    mold->waiting_length = hr_market_next(mold->market, mold->waiting, &mold->waiting_ns);
}

static void write_header(const struct hr_mold *mold, uint8_t *payload, uint16_t count)
{
    uint8_t *at = hr_sim_put_text(payload, mold->session, sizeof(mold->session));
    at = hr_sim_put_u64(at, mold->sequence);
    hr_sim_put_u16(at, count);
}

/* A heartbeat and the end of a session are a header alone; both carry the next sequence number. */
static size_t write_empty(struct hr_mold *mold, uint8_t *payload, uint16_t count)
{
    write_header(mold, payload, count);
    mold->packet_ns += SILENCE_NS;
    return HR_MOLD_HEADER_BYTES;
}

static size_t write_messages(struct hr_mold *mold, uint8_t *payload)
{
    uint64_t last_ns = mold->waiting_ns + mold->window_ns;
    uint8_t *at = payload + HR_MOLD_HEADER_BYTES;
    const uint8_t *end = payload + mold->payload_bytes;
    uint16_t count = 0;
    do {
        at = hr_sim_put_u16(at, (uint16_t)mold->waiting_length);
        memcpy(at, mold->waiting, mold->waiting_length);
        at += mold->waiting_length;
        count++;
        mold->packet_ns = mold->waiting_ns;
        read_ahead(mold);
    } while (mold->waiting_length != 0 && mold->waiting_ns <= last_ns &&
             mold->waiting_length + 2 <= (size_t)(end - at));
    write_header(mold, payload, count);
    mold->sequence += count;
    return (size_t)(at - payload);
}

size_t hr_mold_next(struct hr_mold *mold, uint8_t *payload, uint64_t *time_ns)
{
    size_t length = 0;
    if (mold->waiting_length != 0) {
        /* Nothing to keep alive before the first packet. */
        if (mold->sequence > 1 && mold->waiting_ns > mold->packet_ns + SILENCE_NS)
            length = write_empty(mold, payload, 0);
        else
            length = write_messages(mold, payload);
    } else if (mold->ends_left > 0) {
        mold->ends_left--;
        length = write_empty(mold, payload, HR_MOLD_END_OF_SESSION);
    }
    if (length > 0)
        *time_ns = mold->packet_ns;
    return length;
}

uint16_t hr_mold_message_count(const uint8_t *payload)
{
    uint16_t count = (uint16_t)(payload[18] << 8 | payload[19]);
    return count == HR_MOLD_END_OF_SESSION ? 0 : count;
}

int hr_mold_create(struct hr_mold **made, struct hr_market *market, const struct hr_mold_options *options)
{
    *made = NULL;
    size_t session_length = strnlen(options->session, sizeof(options->session));
    if (session_length < 1 || session_length > HR_MOLD_SESSION_BYTES ||
        options->payload_bytes < HR_MOLD_PAYLOAD_BYTES_MIN || options->payload_bytes > HR_MOLD_PAYLOAD_BYTES_MAX)
        return -EINVAL;
    for (size_t i = 0; i < session_length; i++)
        if (options->session[i] < ' ' || options->session[i] > '~')
            return -EINVAL;

    struct hr_mold *mold = calloc(1, sizeof(*mold));
    if (!mold)
        return -ENOMEM;
    mold->market = market;
    memset(mold->session, ' ', sizeof(mold->session));
    memcpy(mold->session, options->session, session_length);
    mold->window_ns = options->window_ns;
    mold->payload_bytes = options->payload_bytes;
    mold->sequence = 1;
    mold->ends_left = END_OF_SESSION_PACKETS;
    read_ahead(mold);
    *made = mold;
    return 0;
}

void hr_mold_destroy(struct hr_mold *mold)
{
    free(mold);
}
