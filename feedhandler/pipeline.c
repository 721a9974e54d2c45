/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int hr_pipeline_create(struct hr_pipeline *pipeline, uint64_t *unknown_line)
{
    *pipeline = (struct hr_pipeline){.unknown_line = unknown_line};
    pipeline->messages = calloc(HR_MESSAGES_MAX, sizeof *pipeline->messages);
    pipeline->events = aligned_alloc(64, (sizeof *pipeline->events + 63) / 64 * 64);
    pipeline->lines = calloc(HR_LINES_MAX, sizeof *pipeline->lines);
    if (!pipeline->messages || !pipeline->events || !pipeline->lines) {
        hr_pipeline_destroy(pipeline);
        return -ENOMEM;
    }
    memset(pipeline->events, 0, sizeof *pipeline->events);
    hr_touch(pipeline->messages, HR_MESSAGES_MAX * sizeof *pipeline->messages);
    return 0;
}

void hr_pipeline_destroy(struct hr_pipeline *pipeline)
{
    free(pipeline->messages);
    free(pipeline->events);
    free(pipeline->lines);
    pipeline->messages = NULL;
    pipeline->events = NULL;
    pipeline->lines = NULL;
}

static struct hr_record_header own_header(const struct hr_pipeline_channel *channel, uint8_t rtype, size_t bytes, uint64_t ts)
{
    return (struct hr_record_header){.length = (uint8_t)(bytes / 4),
                                     .rtype = rtype,
                                     .publisher_id = channel->feed->decoder.publisher_id,
                                     .ts_event = ts};
}

void hr_pipeline_make_session(const struct hr_pipeline_channel *channel, const char *session, char event,
                              uint64_t next_sequence, uint64_t ts_recv, struct hr_session *record)
{
    *record = (struct hr_session){.header = own_header(channel, HR_RTYPE_SESSION, sizeof *record, ts_recv),
                                  .ts_recv = ts_recv,
                                  .next_sequence = next_sequence,
                                  .event = event,
                                  .channel_id = channel->id};
    memcpy(record->session, session, sizeof record->session);
}

void hr_pipeline_make_gap(const struct hr_pipeline_channel *channel, uint64_t first, uint64_t count, uint64_t ts_recv,
                          struct hr_gap *record)
{
    *record = (struct hr_gap){.header = own_header(channel, HR_RTYPE_GAP, sizeof *record, ts_recv),
                              .first_sequence = first,
                              .count = count,
                              .ts_recv = ts_recv,
                              .channel_id = channel->id};
}

void hr_pipeline_begin_session(struct hr_pipeline_channel *channel, uint64_t ts_recv)
{
    channel->feed->began = 1;
    channel->feed->decoder.protocol->begin_session(&channel->feed->decoder, ts_recv);
    if (channel->book.order_state)
        hr_orders_clear(&channel->book.orders);
}
