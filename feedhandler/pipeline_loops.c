/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops on their way through the pipeline: definitions that are news, and snapshots where books are in doubt, each followed by what has
 * changed since. Out of line: none of it happens on the incremental line of a channel that nothing is missing of.
 */
#include "pipeline.h"

#include <string.h>

static void set_doubt(struct hr_pipeline_channel *channel)
{
    channel->in_doubt = channel->loops->in_doubt;
}

void hr_pipeline_doubt(struct hr_pipeline_channel *channel, uint64_t first, uint64_t past)
{
    if (!channel->loops) {
        channel->doubt_first = channel->doubtful ? channel->doubt_first : first;
        channel->doubt_past = past;
        channel->doubtful = HR_FLAG_MAYBE_BAD_BOOK;
        channel->wants_snapshot = channel->has_snapshots;
        return;
    }
    hr_loops_doubt(channel->loops, first, past);
    set_doubt(channel);
}

/* All that a loop can make whole is. */
static void tell_recovered(struct hr_pipeline_channel *channel, uint64_t now_ns, struct hr_pipeline_end end, void *context)
{
    struct hr_loops *loops = channel->loops;
    loops->counters->recovered++;
    hr_pipeline_tell_recovered(channel, loops->first, loops->past, now_ns, end, context);
}

/* Books that no loop tells of stay in doubt until the session ends. */
static void settle(struct hr_pipeline_channel *channel, uint64_t now_ns, struct hr_pipeline_end end, void *context)
{
    struct hr_loops *loops = channel->loops;
    uint8_t before = channel->in_doubt & loops->lines;
    set_doubt(channel);
    if (!before || loops->in_doubt & loops->lines)
        return;
    tell_recovered(channel, now_ns, end, context);
    if (!loops->in_doubt)
        hr_loops_trust(loops);
}

static uint8_t book_of(const struct hr_mbo *mbo)
{
    if (mbo->action == 'T' || mbo->action == 'F')
        return 0;
    return mbo->flags & HR_FLAG_MBP ? HR_LOOP_LEVELS : HR_LOOP_ORDERS;
}

void hr_pipeline_mark(struct hr_pipeline_channel *channel, struct hr_events *events)
{
    struct hr_loops *loops = channel->loops;
    for (uint32_t i = 0; i < events->count; i++) {
        struct hr_event *event = &events->items[i];
        struct hr_mbo *mbo = &event->record.mbo;
        if (event->schemas != 1U << HR_SCHEMA_MBO)
            continue;
        if (mbo->action == 'R' && event->instrument == 0)
            loops->emptied = 1;
        else if (!loops->emptied && hr_loops_doubts(loops, event->instrument, book_of(mbo)))
            mbo->flags |= HR_FLAG_MAYBE_BAD_BOOK;
    }
}

void hr_pipeline_remember(struct hr_pipeline_channel *channel, const struct hr_held *packet, const uint8_t *payload,
                          struct hr_pipeline_end end, void *context)
{
    struct hr_loops *loops = channel->loops;
    if (loops->emptied) {
        tell_recovered(channel, packet->time_ns, end, context);
        hr_loops_trust(loops);
        set_doubt(channel);
    } else if (loops->in_doubt & loops->lines)
        hr_loops_remember(loops, packet, payload);
}

/* Decodes messages once more, or those of a snapshot: hands on only what changes this book of this instrument, or everything. */
struct retelling {
    uint32_t instrument;
    uint8_t book; /* 0: everything */
};

static void retell(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, const struct hr_message *messages,
                   uint32_t count, const struct hr_packet_context *whole, const struct retelling *what,
                   struct hr_pipeline_end end, void *context)
{
    struct hr_decoder *decoder = &channel->feed->decoder;
    struct hr_events *events = pipeline->events;
    struct hr_packet_context packet = *whole;
    for (uint32_t done = 0; done < count;) {
        uint32_t batch = count - done < HR_BATCH_MESSAGES ? count - done : HR_BATCH_MESSAGES;
        packet.messages = messages + done;
        events->count = 0;
        events->arena_used = 0;
        done += decoder->protocol->decode(decoder, messages + done, batch, &packet, events);
        for (uint32_t i = 0; i < events->count; i++) {
            struct hr_event *event = &events->items[i];
            struct hr_mbo *mbo = &event->record.mbo;
            if (what->book) {
                if (event->schemas != 1U << HR_SCHEMA_MBO || event->instrument != what->instrument || book_of(mbo) != what->book)
                    continue;
                mbo->flags |= HR_FLAG_SNAPSHOT;
                channel->loops->counters->repeated++;
            }
            end.emit(context, channel, event, &packet, hr_event_record(event), event->words * 4U);
        }
    }
}

/* What has changed of a book since its snapshot: it has been told before, when the book was in doubt. Its messages have been counted then too. */
static void retell_journal(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, uint64_t as_of,
                           const struct retelling *what, struct hr_pipeline_end end, void *context)
{
    struct hr_decoder *decoder = &channel->feed->decoder;
    const struct hr_window *journal = &channel->loops->journal;
    struct hr_decode_counters *counters = decoder->counters;
    struct hr_decode_counters counted = {0};
    uint64_t by_type[256];
    memcpy(by_type, decoder->by_type, sizeof by_type);
    decoder->counters = &counted;
    for (uint32_t i = 0; i < journal->count; i++) {
        const struct hr_held *held = &journal->held[i];
        struct hr_session_header header = {0};
        if (held->sequence <= as_of ||
            decoder->protocol->parse_header(journal->bytes + held->offset, held->length, &header) != HR_SESSION_ACCEPTED)
            continue;
        int count = hr_pipeline_walk(decoder->protocol, &header, pipeline->again);
        const struct hr_packet_context packet = {
            .ts_recv = held->time_ns,
            .send_time_ns = header.send_time_ns,
            .first_sequence = header.sequence,
            .packet_numbered = decoder->protocol->packet_numbered,
            .channel_id = channel->id,
            .flags = held->flags & HR_FRAME_BAD_TIME ? HR_FLAG_BAD_TS_RECV : 0,
        };
        if (count > 0)
            retell(pipeline, channel, pipeline->again, (uint32_t)count, &packet, what, end, context);
    }
    decoder->counters = counters;
    memcpy(decoder->by_type, by_type, sizeof by_type);
}

/* One message of a loop. Returns 1 when it was of use, else 0; *passed: a snapshot was passed over. */
static uint32_t take(struct hr_pipeline *pipeline, struct hr_pipeline_channel *channel, const struct hr_message *message,
                struct hr_packet_context *packet, enum hr_loop *loop, int *passed, struct hr_pipeline_end end, void *context)
{
    struct hr_loop_head head = {.loop = HR_LOOP_NONE};
    struct hr_loops *loops = channel->loops;
    struct hr_decoder *decoder = &channel->feed->decoder;
    const struct hr_message *messages = message;
    uint32_t count = 1;
    decoder->protocol->loop_of(message, &head);
    if (head.loop == HR_LOOP_NONE || !(loops->lines & head.loop))
        return 0;
    *loop = head.loop;
    uint32_t instrument = hr_instruments_find_soon(&decoder->instruments, HR_INSTRUMENT_NUMBER(head.security_id));
    if (instrument == 0) {
        decoder->counters->instruments_refused++;
        return 0;
    }
    if (head.loop == HR_LOOP_DEFINITIONS) {
        if (!hr_loops_is_news(loops, instrument, message))
            return 0;
        packet->first_sequence = 0;
        retell(pipeline, channel, message, 1, packet, &(struct retelling){0}, end, context);
        return 1;
    }
    if (!channel->channel.in_session)
        return 0;
    enum hr_loop_use use =
        hr_loops_judge(loops, &head, instrument, channel->channel.expected, message, &messages, &count);
    *passed |= use == HR_LOOP_PASSED;
    if (use != HR_LOOP_JOIN)
        return use == HR_LOOP_PART;
    packet->first_sequence = head.as_of;
    retell(pipeline, channel, messages, count, packet, &(struct retelling){0}, end, context);
    retell_journal(pipeline, channel, head.as_of, &(struct retelling){instrument, (uint8_t)head.loop}, end, context);
    hr_loops_joined(loops, instrument, head.loop);
    return 1;
}

void hr_pipeline_loop(struct hr_pipeline *pipeline, struct hr_pipeline_line *line, const struct hr_datagram *datagram,
                      struct hr_pipeline_end end, void *context)
{
    struct hr_pipeline_channel *channel = line->channel;
    const struct hr_protocol *protocol = channel->feed->decoder.protocol;
    struct hr_session_header header;
    uint32_t count = 0;
    enum hr_loop loop = HR_LOOP_NONE;
    uint32_t used = 0;
    int passed = 0;
    if (hr_pipeline_read_header(pipeline, line, protocol, datagram, &header, &count))
        return;
    line->tracker.last_ns = datagram->time_ns;
    struct hr_packet_context packet = {
        .ts_recv = datagram->time_ns,
        .send_time_ns = header.send_time_ns,
        .packet_numbered = 1,
        .channel_id = channel->id,
        .flags = datagram->flags & HR_FRAME_BAD_TIME ? HR_FLAG_BAD_TS_RECV : 0,
    };
    for (uint32_t i = 0; i < count; i++)
        used += take(pipeline, channel, &pipeline->messages[i], &packet, &loop, &passed, end, context);
    line->counters->delivered += used != 0;
    line->counters->duplicates += used == 0;
    line->counters->messages += used;
    line->counters->messages_repeated += count - used;
    if (loop & HR_LOOP_BOOKS) {
        hr_loops_pass(channel->loops, loop, header.sequence, header.send_time_ns, passed);
        settle(channel, datagram->time_ns, end, context);
    }
}
