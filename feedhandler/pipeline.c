/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int hr_pipeline_create(struct hr_pipeline *pipeline, uint64_t *unknown_line)
{
    *pipeline = (struct hr_pipeline){.unknown_line = unknown_line};
    pipeline->messages = calloc(HR_MESSAGES_MAX, sizeof *pipeline->messages);
    pipeline->again = calloc(HR_MESSAGES_MAX, sizeof *pipeline->again);
    pipeline->events = aligned_alloc(64, (sizeof *pipeline->events + 63) / 64 * 64);
    pipeline->lines = calloc(HR_LINES_MAX, sizeof *pipeline->lines);
    if (!pipeline->messages || !pipeline->again || !pipeline->events || !pipeline->lines) {
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
    free(pipeline->again);
    free(pipeline->events);
    free(pipeline->lines);
    pipeline->messages = NULL;
    pipeline->again = NULL;
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
    channel->doubtful = 0;
    channel->in_doubt = 0;
    channel->wants_snapshot = 0;
    if (channel->loops)
        hr_loops_trust(channel->loops);
    memset(&channel->arrivals, 0, sizeof channel->arrivals);
    channel->feed->decoder.protocol->begin_session(&channel->feed->decoder, ts_recv);
    if (channel->book.order_state)
        hr_orders_clear(&channel->book.orders);
}

int hr_pipeline_open_window(struct hr_pipeline_channel *channel, uint32_t packets, uint64_t patience_ns,
                            uint64_t recovery_patience_ns, struct hr_window_counters *counters)
{
    int error = hr_window_create(&channel->window, packets, patience_ns, recovery_patience_ns, counters);
    if (!error)
        channel->channel.window = &channel->window;
    return error;
}

/* A held packet, judged again now that its turn has come. */
static void deliver(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, const struct hr_held *held,
                    const uint8_t *payload, struct hr_pipeline_end end, void *context)
{
    const struct hr_protocol *protocol = channel->feed->decoder.protocol;
    struct hr_session_header header = {.unnumbered = 0};
    struct hr_channel_verdict verdict;
    if (protocol->parse_header(payload, held->length, &header) != HR_SESSION_ACCEPTED)
        return; /* it was accepted when it came */
    int count = hr_pipeline_walk(protocol, &header, pipeline->messages);
    hr_channel_judge(&channel->channel, &header, pipeline->lines[held->line].counters, &verdict);
    hr_pipeline_control(channel, &verdict, &header, held->time_ns, end.emit_control, context);
    if (!verdict.deliver || count < 0)
        return;
    const struct hr_packet_context packet = {
        .ts_recv = held->time_ns,
        .send_time_ns = header.send_time_ns,
        .first_sequence = header.sequence + verdict.skip,
        .packet_numbered = protocol->packet_numbered,
        .channel_id = channel->id,
        .line = held->line,
        .flags = (uint8_t)((held->flags & HR_FRAME_BAD_TIME ? HR_FLAG_BAD_TS_RECV : 0) | channel->doubtful),
    };
    uint32_t skip = hr_pipeline_skip(protocol, pipeline->lines[held->line].counters, &verdict, (uint32_t)count);
    hr_pipeline_messages(pipeline, channel, pipeline->messages + skip, (uint32_t)count - skip, &packet, end, context);
    if (channel->in_doubt)
        hr_pipeline_remember(channel, held, payload, end, context);
}

static void release(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, int declared, struct hr_pipeline_end end,
                    void *context)
{
    struct hr_window *window = &channel->window;
    const struct hr_held *due;
    uint64_t asked = window->asked;
    uint64_t hole_end = window->hole_end;
    while ((due = hr_window_due(window, channel->channel.expected)) != NULL) {
        deliver(pipeline, channel, due, window->bytes + due->offset, end, context);
        hr_window_drop_first(window);
    }
    hr_window_advance(window, channel->channel.expected, declared);
    if (asked && end.forget && channel->channel.expected >= hole_end)
        end.forget(context, channel, channel->channel.expected);
}

void hr_pipeline_release(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, struct hr_pipeline_end end, void *context)
{
    release(pipeline, channel, 0, end, context);
}

/* What is missing of the hole in front is declared, and what was held behind it delivered. */
static void declare(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, struct hr_pipeline_end end, void *context)
{
    struct hr_window *window = &channel->window;
    struct hr_channel_verdict verdict = {0};
    const struct hr_session_header none = {0};
    uint16_t line = window->count ? window->held[0].line : window->known_line;
    hr_channel_declare_gap(&channel->channel, window->hole_end, pipeline->lines[line].counters, &verdict);
    hr_pipeline_control(channel, &verdict, &none, window->opened_ns, end.emit_control, context);
    release(pipeline, channel, 1, end, context);
}

static void ask(struct hr_pipeline_channel *channel, uint64_t now_ns, struct hr_pipeline_end end, void *context)
{
    struct hr_window *window = &channel->window;
    uint64_t first;
    uint64_t count;
    uint64_t past = channel->channel.expected > window->asked ? channel->channel.expected : window->asked;
    struct hr_window_walk walk = {.at = past};
    while (!hr_window_next_hole(window, now_ns, &walk, &first, &count)) {
        window->counters->messages_requested += count;
        end.request(context, channel, first, count);
        past = first + count;
    }
    hr_window_asked(window, &walk, past, now_ns);
}

void hr_pipeline_tend(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, uint64_t now_ns,
                      struct hr_pipeline_end end, void *context)
{
    struct hr_window_counters *counters = channel->window.counters;
    while (hr_window_is_open(&channel->window)) {
        enum hr_window_due due = hr_window_judge(&channel->window, channel->channel.expected, now_ns);
        if (due == HR_WINDOW_WAIT)
            return;
        if (due == HR_WINDOW_ASK && end.request) {
            ask(channel, now_ns, end, context);
            return;
        }
        counters->holes_given_up += due == HR_WINDOW_GIVE_UP;
        counters->holes_expired += due != HR_WINDOW_GIVE_UP;
        hr_window_join(&channel->window, now_ns);
        declare(pipeline, channel, end, context);
    }
}

void hr_pipeline_hold(struct hr_pipeline *pipeline, const struct hr_pipeline_line *line, const struct hr_session_header *header,
                      const struct hr_datagram *datagram, struct hr_pipeline_end end, void *context)
{
    struct hr_pipeline_channel *channel = line->channel;
    const struct hr_held now = hr_pipeline_held(pipeline, line, header, datagram);
    enum hr_window_put put;
    while ((put = hr_window_put(&channel->window, &now, datagram->payload)) == HR_WINDOW_FULL) {
        channel->window.counters->holes_overflowed++;
        hr_window_join(&channel->window, UINT64_MAX);
        if (header->sequence < channel->window.hole_end)
            channel->window.hole_end = header->sequence; /* it is in hand: only what lies in front of it is missing */
        declare(pipeline, channel, end, context);
        if (header->sequence <= channel->channel.expected) { /* its own turn has come */
            deliver(pipeline, channel, &now, datagram->payload, end, context);
            release(pipeline, channel, 0, end, context);
            return;
        }
    }
    line->counters->heartbeats += put == HR_WINDOW_HELD && header->kind == HR_SESSION_HEARTBEAT;
    if (put == HR_WINDOW_REPEATED) {
        line->counters->duplicates++;
        line->counters->messages_repeated += header->count;
    }
}

void hr_pipeline_flush(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, struct hr_pipeline_end end, void *context)
{
    if (channel->awaiting) /* no snapshot will come any more: what is held begins with itself, and not with a gap from 0 on */
        hr_pipeline_end_snapshot(pipeline, channel, channel->channel.session, 0, 0, end, context);
    while (hr_window_is_open(&channel->window)) {
        channel->window.counters->holes_expired++;
        hr_window_join(&channel->window, UINT64_MAX);
        declare(pipeline, channel, end, context);
    }
}

/* The books stay in doubt, and another snapshot is asked for once this one is over. */
static void abandon_snapshot(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, struct hr_pipeline_end end, void *context)
{
    channel->window.counters->snapshots_abandoned++;
    hr_pipeline_end_snapshot(pipeline, channel, channel->channel.session, 0, 0, end, context);
}

void hr_pipeline_await(struct hr_pipeline *pipeline, struct hr_pipeline_line *line, const struct hr_datagram *datagram,
                       struct hr_pipeline_end end, void *context)
{
    struct hr_pipeline_channel *channel = line->channel;
    struct hr_session_header header;
    uint32_t count;
    if (hr_pipeline_read_header(pipeline, line, channel->feed->decoder.protocol, datagram, &header, &count))
        return;
    line->tracker.last_ns = datagram->time_ns;
    if (header.kind != HR_SESSION_DATA || header.sequence == 0) {
        line->counters->heartbeats++;
        return;
    }
    if (!hr_channel_may_hold(&channel->channel, &header, channel->window.count ? channel->window.held[0].sequence : 0, line->counters))
        return;
    hr_line_track(&line->tracker, &channel->channel, &channel->arrivals, &header, datagram->time_ns, line->counters);
    const struct hr_held held = hr_pipeline_held(pipeline, line, &header, datagram);
    enum hr_window_put put;
    while ((put = hr_window_put(&channel->window, &held, datagram->payload)) == HR_WINDOW_FULL) {
        if (channel->channel.in_session) {
            abandon_snapshot(pipeline, channel, end, context);
            hr_pipeline_hold(pipeline, line, &header, datagram, end, context);
            release(pipeline, channel, 0, end, context);
            return;
        }
        pipeline->lines[channel->window.held[0].line].counters->late++;
        hr_window_drop_first(&channel->window);
    }
    line->counters->duplicates += put == HR_WINDOW_REPEATED;
}

void hr_pipeline_tell_recovered(const struct hr_pipeline_channel *channel, uint64_t first, uint64_t past, uint64_t now_ns,
                                struct hr_pipeline_end end, void *context)
{
    struct hr_gap record;
    hr_pipeline_make_gap(channel, first, past - first, now_ns, &record);
    record.header.rtype = HR_RTYPE_RECOVERED;
    end.emit_control(context, channel, &record, sizeof record);
}

/* All books of the channel are to be forgotten: a snapshot follows. */
static void empty_books(struct hr_pipeline_channel *channel, uint64_t now_ns, struct hr_pipeline_end end, void *context)
{
    const struct hr_packet_context packet = {.ts_recv = now_ns, .packet_numbered = 1, .channel_id = channel->id};
    struct hr_event event = {.kind = HR_EVENT_RECORD, .schemas = 1U << HR_SCHEMA_MBO, .words = sizeof event.record.mbo / 4};
    event.record.mbo = (struct hr_mbo){.header = own_header(channel, HR_RTYPE_MBO, sizeof event.record.mbo, now_ns),
                                       .price = HR_UNDEF_PRICE,
                                       .flags = HR_FLAG_SNAPSHOT | HR_FLAG_LAST,
                                       .channel_id = channel->id,
                                       .action = 'R',
                                       .side = 'N',
                                       .ts_recv = now_ns};
    if (channel->book.order_state)
        hr_orders_clear(&channel->book.orders);
    end.emit(context, channel, &event, &packet, &event.record.mbo, sizeof event.record.mbo);
}

void hr_pipeline_begin_snapshot(struct hr_pipeline_channel *channel, const char session[HR_SESSION_ID_BYTES], uint64_t now_ns,
                                struct hr_pipeline_end end, void *context)
{
    struct hr_session record;
    if (!channel->awaiting)
        return;
    if (channel->channel.in_session) {
        empty_books(channel, now_ns, end, context);
        return;
    }
    hr_pipeline_begin_session(channel, now_ns);
    hr_pipeline_make_session(channel, session, 'S', 0, now_ns, &record);
    end.emit_control(context, channel, &record, sizeof record);
}

int hr_pipeline_snapshot(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, const uint8_t *blocks, uint32_t length,
                         uint64_t now_ns, struct hr_pipeline_end end, void *context)
{
    const struct hr_packet_context packet = {
        .ts_recv = now_ns, .packet_numbered = 1, .channel_id = channel->id, .flags = HR_FLAG_SNAPSHOT};
    uint32_t count = 0;
    if (!channel->awaiting)
        return 0;
    for (uint32_t at = 0; at < length && count < HR_MESSAGES_MAX; count++) {
        if (length - at < 2 || (uint32_t)hr_be16(blocks + at) > length - at - 2)
            return 1;
        pipeline->messages[count] = (struct hr_message){.bytes = blocks + at + 2, .length = hr_be16(blocks + at)};
        at += 2U + hr_be16(blocks + at);
    }
    hr_pipeline_messages(pipeline, channel, pipeline->messages, count, &packet, end, context);
    return 0;
}

void hr_pipeline_end_snapshot(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel,
                              const char session[HR_SESSION_ID_BYTES], uint64_t next, uint64_t now_ns, struct hr_pipeline_end end,
                              void *context)
{
    struct hr_window *window = &channel->window;
    if (!channel->awaiting) { /* abandoned before */
        channel->wants_snapshot = channel->has_snapshots && channel->doubtful;
        return;
    }
    channel->awaiting = 0;
    if (next) {
        hr_channel_go_on(&channel->channel, session, next);
        if (channel->doubtful && next >= channel->doubt_past)
            hr_pipeline_tell_recovered(channel, channel->doubt_first, channel->doubt_past, now_ns, end, context);
        channel->doubtful = 0;
    } else if (window->count && !channel->channel.in_session)
        channel->channel.expected = window->held[0].sequence; /* the first of them begins the session */
    if (hr_window_is_open(window))
        hr_pipeline_release(pipeline, channel, end, context);
}
