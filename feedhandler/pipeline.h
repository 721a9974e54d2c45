/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of a packet from input to fan-out, run to completion on one thread: packet, line, decode, book. What happens to
 * the records at its end is the caller's: the worker publishes them, `headrace dump` prints them. Both give their functions
 * as constants to hr_pipeline_frame, so that each gets its own straight code and dump decodes with the handler's own.
 */
#ifndef HEADRACE_PIPELINE_H
#define HEADRACE_PIPELINE_H

#include "book/book.h"
#include "decode/decoder.h"
#include "line/channel.h"
#include "line/table.h"
#include "line/tracker.h"
#include "line/window.h"
#include "packet/packet.h"
#include "recovery/loops.h"

struct hr_pipeline_feed {
    uint32_t index;
    const char *name;
    struct hr_decoder decoder;
    int began; /* a session has: times can be told */
};

struct hr_pipeline_channel {
    struct hr_channel channel;
    struct hr_arrivals arrivals;
    struct hr_window window;   /* used when channel.window points to it */
    uint8_t awaiting;          /* a snapshot: until it is whole, everything live is held */
    uint8_t has_snapshots;     /* a server gives them, in mid-session too */
    uint8_t wants_snapshot;    /* since a gap */
    uint8_t doubtful;          /* HR_FLAG_MAYBE_BAD_BOOK since a gap, until the session's end or a recovery; else 0 */
    uint8_t in_doubt;          /* of channels that have loops: loops->in_doubt */
    uint64_t doubt_first;      /* while doubtful: what was missing, from the first gap to the last */
    uint64_t doubt_past;
    struct hr_loops *loops;    /* NULL: nobody repeats what this channel tells */
    struct hr_book book;
    struct hr_pipeline_feed *feed;
    uint8_t id;
};

struct hr_pipeline_line {
    struct hr_line_counters *counters;
    struct hr_pipeline_channel *channel;
    uint8_t is_loop;           /* it is no line of the sequenced stream, but of a loop beside it */
    struct hr_line_tracker tracker;
};

struct hr_pipeline {
    struct hr_line_table table;
    struct hr_pipeline_line *lines;
    uint64_t *unknown_line;       /* accepted datagrams for no line: somebody else's traffic */
    uint32_t open_windows;        /* channels that have something missing */
    struct hr_message *messages;  /* HR_MESSAGES_MAX */
    struct hr_message *again;     /* as many: packets that are walked for a second time, while the others are in use */
    struct hr_events *events;
};

/* Takes the memory that a pipeline needs besides its lines. Returns 0 or -ENOMEM. */
int hr_pipeline_create(struct hr_pipeline *pipeline, uint64_t *unknown_line) __attribute__((warn_unused_result));
void hr_pipeline_destroy(struct hr_pipeline *pipeline);

/* One record that a message became. `event` tells of the message; for orders the record is not the event's own. */
typedef void (*hr_emit)(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                        const struct hr_packet_context *packet, const void *record, size_t bytes);
/* Messages have been decoded, or refused: `count` from packet->messages on, which line packet->line has brought. What they became is
 * emitted next. */
typedef void (*hr_see)(void *context, const struct hr_pipeline_channel *channel, const struct hr_packet_context *packet,
                       uint32_t count);
/* Soon an event's record will be emitted: asks for the memory that emitting it will touch. */
typedef void (*hr_prepare)(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event);
/* One GAP or SESSION record. */
typedef void (*hr_emit_control)(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes);

void hr_pipeline_make_session(const struct hr_pipeline_channel *channel, const char *session, char event,
                              uint64_t next_sequence, uint64_t ts_recv, struct hr_session *record);
void hr_pipeline_make_gap(const struct hr_pipeline_channel *channel, uint64_t first, uint64_t count, uint64_t ts_recv,
                          struct hr_gap *record);

/* A session begins: times of day and order references start anew. */
void hr_pipeline_begin_session(struct hr_pipeline_channel *channel, uint64_t ts_recv);

/* Messages of the channel are missing and another line has not brought them: asks a recovery server, in its own time. */
typedef void (*hr_request)(void *context, struct hr_pipeline_channel *channel, uint64_t first, uint64_t count);

/* A hole of which something had been asked for is closed, or declared: nothing before `first` is missing any more. */
typedef void (*hr_forget)(void *context, struct hr_pipeline_channel *channel, uint64_t first);

/* What the end of the way does: functions, constants at each call. All but `emit` and `emit_control` may be NULL. */
struct hr_pipeline_end {
    hr_prepare prepare;
    hr_emit emit;
    hr_emit_control emit_control;
    hr_request request;
    hr_forget forget;
    hr_see see; /* else nobody looks at packet->messages, which some packets do not have */
};

/* A channel is to hold what comes before its turn. Returns 0 or -ENOMEM. */
int hr_pipeline_open_window(struct hr_pipeline_channel *channel, uint32_t packets, uint64_t patience_ns,
                            uint64_t recovery_patience_ns, struct hr_window_counters *counters) __attribute__((warn_unused_result));

/* The slow side of the line step, out of line: the end's functions are called through pointers. */

/* Keeps a datagram that comes before its turn. */
void hr_pipeline_hold(struct hr_pipeline *pipeline, const struct hr_pipeline_line *line, const struct hr_session_header *header,
                      const struct hr_datagram *datagram, struct hr_pipeline_end end, void *context);
/* The channel has moved on: delivers what was held and is due now. */
void hr_pipeline_release(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, struct hr_pipeline_end end,
                         void *context);
/* Declares and asks for what it is time for. For each channel that has a window; now_ns is of the clock that stamps its datagrams. */
void hr_pipeline_tend(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, uint64_t now_ns,
                      struct hr_pipeline_end end, void *context);
/* The channel awaits a snapshot: a datagram is held, whatever its number. When there is no more room the oldest go, which the snapshot has, if it
 * is that of the start; after a gap the snapshot goes: live packets are not lost for it, and what comes of it is passed over. */
void hr_pipeline_await(struct hr_pipeline *pipeline, struct hr_pipeline_line *line, const struct hr_datagram *datagram,
                       struct hr_pipeline_end end, void *context);
/* A snapshot of `session` begins: the book is empty. At a start it tells of the session, with next_sequence 0: that comes behind the snapshot.
 * In mid-session an R record of instrument 0 says that all books are to be forgotten. */
void hr_pipeline_begin_snapshot(struct hr_pipeline_channel *channel, const char session[HR_SESSION_ID_BYTES], uint64_t now_ns,
                                struct hr_pipeline_end end, void *context);
/* Messages of it, as big-endian blocks: records with HR_FLAG_SNAPSHOT. Returns 0, or 1 when a length runs past the end. */
int hr_pipeline_snapshot(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, const uint8_t *blocks, uint32_t length,
                         uint64_t now_ns, struct hr_pipeline_end end, void *context);
/* It is whole: message `next` follows, of what was held or of what will come. next 0: there is no snapshot, live as it comes. */
void hr_pipeline_end_snapshot(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel,
                              const char session[HR_SESSION_ID_BYTES], uint64_t next, uint64_t now_ns, struct hr_pipeline_end end,
                              void *context);

/* Of channels that have loops (recovery/loops.h): */

/* A datagram of a loop. */
void hr_pipeline_loop(struct hr_pipeline *pipeline, struct hr_pipeline_line *line, const struct hr_datagram *datagram,
                      struct hr_pipeline_end end, void *context);
/* Messages first to past - 1 of the channel are missing: its books are in doubt. (Of channels without loops too.) */
void hr_pipeline_doubt(struct hr_pipeline_channel *channel, uint64_t first, uint64_t past);
/* Records about books in doubt get HR_FLAG_MAYBE_BAD_BOOK. */
void hr_pipeline_mark(struct hr_pipeline_channel *channel, struct hr_events *events);
/* A packet has been delivered (all of *packet but its offset is given): it may have to be told again, behind a snapshot. */
void hr_pipeline_remember(struct hr_pipeline_channel *channel, const struct hr_held *packet, const uint8_t *payload,
                          struct hr_pipeline_end end, void *context);

/* The books are whole again that were in doubt since messages first to past - 1 were missing. */
void hr_pipeline_tell_recovered(const struct hr_pipeline_channel *channel, uint64_t first, uint64_t past, uint64_t now_ns,
                                struct hr_pipeline_end end, void *context);

/* There will be no more datagrams, or none of this session: everything missing is declared, everything held delivered. */
void hr_pipeline_flush(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, struct hr_pipeline_end end,
                       void *context);

/* The book and what lies behind it are bound by memory: everything a batch will touch is asked for before the first of it is used. */
static inline __attribute__((always_inline)) void hr_pipeline_prefetch(const struct hr_pipeline_channel *channel,
                                                                       const struct hr_events *events, hr_prepare prepare,
                                                                       void *context)
{
    int order_state = channel->book.order_state;
    for (uint32_t i = 0; i < events->count; i++) {
        const struct hr_event *event = &events->items[i];
        if (prepare)
            prepare(context, channel, event);
        if (order_state && event->kind != HR_EVENT_RECORD) {
            hr_orders_prefetch(&channel->book.orders, event->record.mbo.order_id);
            if (event->kind == HR_EVENT_REPLACE)
                hr_orders_prefetch(&channel->book.orders, events->new_order_ids[i]);
        }
    }
}

static inline __attribute__((always_inline)) void hr_pipeline_apply(struct hr_pipeline_channel *channel,
                                                                    struct hr_events *events,
                                                                    const struct hr_packet_context *packet,
                                                                    struct hr_pipeline_end end, void *context)
{
    hr_pipeline_prefetch(channel, events, end.prepare, context);
    if (__builtin_expect(channel->in_doubt, 0))
        hr_pipeline_mark(channel, events);
    for (uint32_t i = 0; i < events->count; i++) {
        const struct hr_event *event = &events->items[i];
        if (event->kind == HR_EVENT_RECORD) {
            end.emit(context, channel, event, packet, hr_event_record(event), event->words * 4U);
            continue;
        }
        struct hr_mbo records[HR_BOOK_RECORDS_MAX];
        uint32_t count = hr_book_apply(&channel->book, event, events->new_order_ids[i], records);
        for (uint32_t r = 0; r < count; r++)
            end.emit(context, channel, event, packet, &records[r], sizeof records[r]);
    }
}

/* Decodes `count` messages and hands on what they become. */
static inline __attribute__((always_inline)) void hr_pipeline_messages(struct hr_pipeline *pipeline,
                                                                       struct hr_pipeline_channel *channel,
                                                                       const struct hr_message *messages, uint32_t count,
                                                                       const struct hr_packet_context *whole,
                                                                       struct hr_pipeline_end end, void *context)
{
    struct hr_pipeline_feed *feed = channel->feed;
    struct hr_packet_context packet = *whole;
    if (__builtin_expect(!feed->began, 0)) {
        feed->began = 1;
        feed->decoder.protocol->begin_session(&feed->decoder, packet.ts_recv);
    }
    for (uint32_t done = 0; done < count;) {
        uint32_t batch = count - done < HR_BATCH_MESSAGES ? count - done : HR_BATCH_MESSAGES;
        packet.first_sequence = whole->first_sequence + (packet.packet_numbered ? 0 : done);
        packet.messages = messages + done;
        pipeline->events->count = 0;
        pipeline->events->arena_used = 0;
        batch = feed->decoder.protocol->decode(&feed->decoder, messages + done, batch, &packet, pipeline->events);
        if (end.see)
            end.see(context, channel, &packet, batch);
        hr_pipeline_apply(channel, pipeline->events, &packet, end, context);
        done += batch;
    }
}

/* Finds the messages behind a header. Returns how many, or -1. */
static inline int hr_pipeline_walk(const struct hr_protocol *protocol, const struct hr_session_header *header,
                                   struct hr_message *messages)
{
    if (protocol->walk)
        return protocol->walk(header, messages);
    if (header->count > HR_MESSAGES_MAX ||
        (protocol->big_endian ? hr_blocks_walk(header->blocks, header->blocks_length, header->count, 1, messages)
                              : hr_blocks_walk(header->blocks, header->blocks_length, header->count, 0, messages)))
        return -1;
    return (int)header->count;
}

/* What holds for every message of a datagram that is delivered whole. */
static inline struct hr_packet_context hr_pipeline_context(const struct hr_pipeline_channel *channel, const struct hr_datagram *datagram,
                                                           const struct hr_session_header *header)
{
    return (struct hr_packet_context){
        .ts_recv = datagram->time_ns,
        .send_time_ns = header->send_time_ns,
        .first_sequence = header->sequence,
        .packet_numbered = channel->feed->decoder.protocol->packet_numbered,
        .channel_id = channel->id,
        .flags = (uint8_t)((datagram->flags & HR_FRAME_BAD_TIME ? HR_FLAG_BAD_TS_RECV : 0) | channel->doubtful),
    };
}

/* The way of most datagrams: walked and decoded in one, where the protocol can and it is the channel's next. Returns how many messages it was,
 * with *packet filled and their events in pipeline->events, or 0 with nothing done. */
static inline uint32_t hr_pipeline_walk_and_decode(struct hr_pipeline *pipeline, const struct hr_pipeline_channel *channel,
                                                   const struct hr_datagram *datagram, const struct hr_session_header *header,
                                                   struct hr_pipeline_end end, struct hr_packet_context *packet)
{
    struct hr_decoder *decoder = &channel->feed->decoder;
    const struct hr_blocks blocks = {.at = header->blocks, .past = header->blocks + header->blocks_length};
    if (!decoder->protocol->walk_and_decode || end.see || header->count > HR_BATCH_MESSAGES || !channel->feed->began ||
        !hr_channel_is_next(&channel->channel, header))
        return 0;
    *packet = hr_pipeline_context(channel, datagram, header);
    pipeline->events->count = 0;
    pipeline->events->arena_used = 0;
    return decoder->protocol->walk_and_decode(decoder, &blocks, header->count, packet, pipeline->events);
}

static inline void hr_pipeline_count_refusal(struct hr_line_counters *counters, enum hr_session_refusal refusal)
{
    counters->short_header += refusal == HR_SESSION_SHORT;
    counters->foreign_header += refusal == HR_SESSION_FOREIGN;
    counters->malformed += refusal == HR_SESSION_MALFORMED;
}

static inline enum hr_session_refusal hr_pipeline_parse(const struct hr_pipeline_line *line, const struct hr_protocol *protocol,
                                                        const struct hr_datagram *datagram, struct hr_session_header *header)
{
    line->counters->datagrams++;
    header->unnumbered = 0; /* most protocols know nothing of it */
    return protocol->parse_header(datagram->payload, datagram->length, header);
}

/* Walks the messages behind an accepted header, *count of them. */
static inline enum hr_session_refusal hr_pipeline_find(struct hr_pipeline *pipeline, const struct hr_protocol *protocol,
                                                       const struct hr_session_header *header, uint32_t *count)
{
    int found = hr_pipeline_walk(protocol, header, pipeline->messages);
    *count = (uint32_t)found;
    return found < 0 || (!protocol->packet_numbered && *count != header->count + header->unnumbered) ? HR_SESSION_MALFORMED
                                                                                                     : HR_SESSION_ACCEPTED;
}

/* Reads the session header and walks the messages, *count of them. Returns 0, or 1 when the datagram was refused and counted. */
static inline int hr_pipeline_read_header(struct hr_pipeline *pipeline, const struct hr_pipeline_line *line,
                                          const struct hr_protocol *protocol, const struct hr_datagram *datagram,
                                          struct hr_session_header *header, uint32_t *count)
{
    enum hr_session_refusal refusal = hr_pipeline_parse(line, protocol, datagram, header);
    if (refusal == HR_SESSION_ACCEPTED)
        refusal = hr_pipeline_find(pipeline, protocol, header, count);
    hr_pipeline_count_refusal(line->counters, refusal);
    return refusal != HR_SESSION_ACCEPTED;
}

static inline __attribute__((always_inline)) void hr_pipeline_control(struct hr_pipeline_channel *channel,
                                                                      const struct hr_channel_verdict *verdict,
                                                                      const struct hr_session_header *header, uint64_t ts_recv,
                                                                      hr_emit_control emit_control, void *context)
{
    struct hr_session session;
    struct hr_gap gap;
    if (verdict->previous_ended) {
        hr_pipeline_make_session(channel, verdict->previous, 'E', verdict->previous_next_sequence, ts_recv, &session);
        emit_control(context, channel, &session, sizeof session);
    }
    if (verdict->session_began) {
        hr_pipeline_begin_session(channel, ts_recv);
        uint64_t delivered = verdict->deliver ? header->count - verdict->skip : 0; /* its first packet may have to be held */
        uint64_t first = verdict->gap_count ? verdict->gap_first : channel->channel.expected - delivered;
        hr_pipeline_make_session(channel, header->session, 'S', first, ts_recv, &session);
        emit_control(context, channel, &session, sizeof session);
        if (channel->loops && first > 1) /* joined in mid-session */
            hr_pipeline_doubt(channel, 1, first);
    }
    if (verdict->gap_count) {
        hr_pipeline_doubt(channel, verdict->gap_first, verdict->gap_first + verdict->gap_count);
        hr_pipeline_make_gap(channel, verdict->gap_first, verdict->gap_count, ts_recv, &gap);
        emit_control(context, channel, &gap, sizeof gap);
    }
    if (verdict->session_ended) { /* a packet that ends a session has no messages: nothing is delivered after this */
        hr_pipeline_make_session(channel, header->session, 'E', channel->channel.expected, ts_recv, &session);
        emit_control(context, channel, &session, sizeof session);
    }
}

/* Messages of a delivered packet that are passed over. Where packets are numbered the line step counts them, one each, however many messages they
 * have, and delivers them whole. */
static inline uint32_t hr_pipeline_skip(const struct hr_protocol *protocol, struct hr_line_counters *counters,
                                        const struct hr_channel_verdict *verdict, uint32_t count)
{
    if (!protocol->packet_numbered)
        return verdict->skip;
    counters->messages += (uint64_t)count - 1;
    return 0;
}

/* How a datagram is kept; its payload is not part of it. */
static inline struct hr_held hr_pipeline_held(const struct hr_pipeline *pipeline, const struct hr_pipeline_line *line,
                                              const struct hr_session_header *header, const struct hr_datagram *datagram)
{
    return (struct hr_held){.sequence = header->sequence,
                            .time_ns = datagram->time_ns,
                            .count = header->count,
                            .length = datagram->length,
                            .line = (uint16_t)(line - pipeline->lines),
                            .flags = datagram->flags,
                            .kind = (uint8_t)header->kind};
}

/* The whole way of one datagram that is for `line`. */
static inline __attribute__((always_inline)) void hr_pipeline_datagram(struct hr_pipeline *pipeline,
                                                                       struct hr_pipeline_line *line,
                                                                       const struct hr_datagram *datagram,
                                                                       struct hr_pipeline_end end, void *context)
{
    struct hr_pipeline_channel *channel = line->channel;
    struct hr_session_header header;
    struct hr_channel_verdict verdict;
    const struct hr_protocol *protocol = channel->feed->decoder.protocol;
    uint32_t count = 0; /* messages */
    if (__builtin_expect(channel->awaiting | line->is_loop, 0)) {
        if (line->is_loop)
            hr_pipeline_loop(pipeline, line, datagram, end, context);
        else
            hr_pipeline_await(pipeline, line, datagram, end, context);
        return;
    }
    if (__builtin_expect(hr_window_is_open(&channel->window), 0))
        hr_pipeline_tend(pipeline, channel, datagram->time_ns, end, context);
    enum hr_session_refusal refusal = hr_pipeline_parse(line, protocol, datagram, &header);
    struct hr_packet_context packet;
    if (refusal == HR_SESSION_ACCEPTED)
        count = hr_pipeline_walk_and_decode(pipeline, channel, datagram, &header, end, &packet);
    const int decoded = count != 0;
    if (refusal == HR_SESSION_ACCEPTED && !decoded)
        refusal = hr_pipeline_find(pipeline, protocol, &header, &count);
    if (__builtin_expect(refusal != HR_SESSION_ACCEPTED, 0)) {
        hr_pipeline_count_refusal(line->counters, refusal);
        return;
    }
    hr_channel_judge(&channel->channel, &header, line->counters, &verdict);
    if (__builtin_expect(verdict.flush_first, 0)) {
        hr_pipeline_flush(pipeline, channel, end, context);
        if (hr_pipeline_walk(protocol, &header, pipeline->messages) < 0) /* it had been walked: what was held was walked since */
            return;
        hr_channel_judge(&channel->channel, &header, line->counters, &verdict);
    }
    if (__builtin_expect(verdict.previous_ended || verdict.session_began || verdict.gap_count || verdict.session_ended, 0))
        hr_pipeline_control(channel, &verdict, &header, datagram->time_ns, end.emit_control, context);
    if (__builtin_expect(verdict.refused, 0)) {
        line->tracker.last_ns = datagram->time_ns;
        return;
    }
    hr_line_track(&line->tracker, &channel->channel, &channel->arrivals, &header, datagram->time_ns, line->counters);
    if (__builtin_expect(verdict.hold, 0)) {
        hr_pipeline_hold(pipeline, line, &header, datagram, end, context);
        return;
    }
    if (!verdict.deliver) {
        if (__builtin_expect(hr_window_is_open(&channel->window), 0)) /* a heartbeat at the end of a hole */
            hr_pipeline_release(pipeline, channel, end, context);
        return;
    }
    uint32_t skip = hr_pipeline_skip(protocol, line->counters, &verdict, count);
    if (decoded)
        hr_pipeline_apply(channel, pipeline->events, &packet, end, context);
    else {
        packet = hr_pipeline_context(channel, datagram, &header); /* not before: the verdict may have put books in doubt */
        packet.first_sequence += verdict.skip;
        if (end.see)
            packet.line = (uint16_t)(line - pipeline->lines);
        hr_pipeline_messages(pipeline, channel, pipeline->messages + skip, count - skip, &packet, end, context);
    }
    if (__builtin_expect(channel->in_doubt, 0)) {
        const struct hr_held delivered = hr_pipeline_held(pipeline, line, &header, datagram);
        hr_pipeline_remember(channel, &delivered, datagram->payload, end, context);
    }
    if (__builtin_expect(hr_window_is_open(&channel->window), 0))
        hr_pipeline_release(pipeline, channel, end, context);
}

/* The whole way of one frame. `packet` is the input's packet step, `input` its number. */
static inline __attribute__((always_inline)) void hr_pipeline_frame(struct hr_pipeline *pipeline, const struct hr_packet *packet,
                                                                    uint8_t input, const struct hr_frame *frame,
                                                                    struct hr_pipeline_end end, void *context)
{
    struct hr_datagram datagram;
    if (hr_packet_parse(packet, frame, &datagram))
        return;
    uint16_t line = hr_line_table_find(&pipeline->table, input, datagram.group, datagram.port);
    if (line == HR_LINE_NONE) {
        ++*pipeline->unknown_line;
        return;
    }
    hr_pipeline_datagram(pipeline, &pipeline->lines[line], &datagram, end, context);
}

#endif
