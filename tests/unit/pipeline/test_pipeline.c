/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole frames through the whole way, from Ethernet to records, with what comes out collected: in what order, with what
 * sequence numbers, and with every datagram counted once.
 *
 * usage: test_pipeline [seed]
 */
#include "test.h"

#include "datagram.h"
#include "pipeline.h"
#include "wire.h"

/* 2026-01-05 09:30 in New York. */
#define MIDNIGHT UINT64_C(1767589200000000000)
#define TIME (MIDNIGHT + UINT64_C(34200000000000))
#define DAY UINT64_C(86400000000000)
#define GROUP_B (DATAGRAM_GROUP + 1)
#define COLLECTED_MOST 4096

static uint64_t seed;

static struct way {
    struct hr_pipeline pipeline;
    struct hr_packet packet;
    struct hr_packet_counters packet_counters;
    struct hr_line_counters line_counters[2];
    struct hr_decode_counters decode_counters;
    struct hr_book_counters book_counters;
    struct hr_pipeline_feed feed;
    struct hr_pipeline_channel channel;
    uint64_t unknown_line;
    uint64_t time_ns;
    uint32_t frame_flags;
    struct hr_window_counters window_counters;
    uint64_t asked[64][2]; /* first, count */
    uint32_t asked_count;
    uint64_t forgotten; /* nothing before it is missing any more */
    uint32_t count;
    struct {
        size_t bytes;
        uint8_t record[HR_RECORD_BYTES_MAX] __attribute__((aligned(8)));
    } collected[COLLECTED_MOST];
} way;

static struct wire wire;
static struct datagram frame;

static void keep(const void *record, size_t bytes)
{
    assert_true(way.count < COLLECTED_MOST && bytes <= HR_RECORD_BYTES_MAX);
    way.collected[way.count].bytes = bytes;
    memcpy(way.collected[way.count++].record, record, bytes);
}

static void emit(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                 const struct hr_packet_context *packet, const void *record, size_t bytes)
{
    assert_ptr_equal(context, &way);
    assert_ptr_equal(channel, &way.channel);
    if (packet->messages) /* no message lies behind a book that is emptied */
        assert_non_null(packet->messages[event->index].bytes);
    if (!way.channel.channel.window) /* what was held came earlier */
        assert_int_equal(packet->ts_recv, way.time_ns);
    keep(record, bytes);
}

static void emit_control(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    assert_ptr_equal(context, &way);
    assert_ptr_equal(channel, &way.channel);
    keep(record, bytes);
}

static void request(void *context, struct hr_pipeline_channel *channel, uint64_t first, uint64_t count)
{
    assert_ptr_equal(context, &way);
    assert_ptr_equal(channel, &way.channel);
    assert_true(way.asked_count < COUNT_OF(way.asked));
    way.asked[way.asked_count][0] = first;
    way.asked[way.asked_count++][1] = count;
}

static void forget(void *context, struct hr_pipeline_channel *channel, uint64_t first)
{
    assert_ptr_equal(context, &way);
    assert_ptr_equal(channel, &way.channel);
    way.forgotten = first;
}

static const struct hr_pipeline_end end_of_way = {.emit = emit, .emit_control = emit_control, .request = request, .forget = forget};

static void open_way(const struct hr_protocol *protocol)
{
    memset(&way, 0, sizeof way);
    assert_int_equal(hr_pipeline_create(&way.pipeline, &way.unknown_line), 0);
    way.packet = (struct hr_packet){.counters = &way.packet_counters, .checksum = HR_CHECKSUM_UDP};
    assert_int_equal(hr_decoder_create(&way.feed.decoder, protocol, protocol->publisher_id, 65536, &way.decode_counters), 0);
    way.channel.feed = &way.feed;
    way.channel.id = 5;
    way.channel.book.counters = &way.book_counters;
    way.channel.book.clears = way.feed.decoder.clears;
    way.channel.book.order_state = protocol->has_orders;
    assert_int_equal(hr_orders_create(&way.channel.book.orders, 1024, 0, 0), 0);
    for (uint16_t i = 0; i < 2; i++) {
        way.pipeline.lines[i] = (struct hr_pipeline_line){.counters = &way.line_counters[i], .channel = &way.channel};
        assert_int_equal(hr_line_table_add(&way.pipeline.table, 0, DATAGRAM_GROUP + i, DATAGRAM_PORT, i), 0);
    }
    way.time_ns = TIME;
}

static int open_itch(void **state)
{
    (void)state;
    open_way(&hr_protocol_itch50);
    return 0;
}

static int open_iex(void **state)
{
    (void)state;
    open_way(&hr_protocol_deep10);
    return 0;
}

static int open_xdp(void **state)
{
    (void)state;
    open_way(&hr_protocol_nyse21);
    return 0;
}

static int open_mdp3(void **state)
{
    (void)state;
    open_way(&hr_protocol_mdp3);
    return 0;
}

static int close_way(void **state)
{
    (void)state;
    hr_orders_destroy(&way.channel.book.orders);
    hr_decoder_destroy(&way.feed.decoder);
    hr_window_destroy(&way.channel.window);
    hr_pipeline_destroy(&way.pipeline);
    hr_pipeline_destroy(&way.pipeline);
    return 0;
}

static uint64_t counted(const struct hr_line_counters *c)
{
    return c->delivered + c->heartbeats + c->ends + c->duplicates + c->short_header + c->foreign_header + c->malformed +
           c->unsequenced + c->foreign_session + c->late + c->implausible;
}

static void check_counters(void)
{
    const struct hr_window_counters *window = &way.window_counters;
    uint64_t datagrams = 0;
    uint64_t known = window->held_now;
    for (int i = 0; i < 2; i++) {
        const struct hr_line_counters *c = &way.line_counters[i];
        if (!way.channel.channel.window)
            assert_int_equal(c->datagrams, counted(c));
        datagrams += c->datagrams;
        known += counted(c);
    }
    assert_int_equal(datagrams, known);
    assert_int_equal(way.packet_counters.accepted, way.unknown_line + datagrams);
    assert_int_equal(way.decode_counters.messages, way.line_counters[0].messages + way.line_counters[1].messages);
    assert_int_equal(window->holes, window->holes_closed + window->holes_expired + window->holes_overflowed +
                                        window->holes_given_up + (uint64_t)hr_window_is_open(&way.channel.window));
    assert_int_equal(window->held_now, way.channel.window.count);
}

static void send_to(uint32_t group, uint8_t input)
{
    datagram_make(&frame, wire.bytes, wire.length, &(struct datagram_options){.group = group});
    const struct hr_frame input_frame = {
        .bytes = frame.bytes, .length = (uint32_t)frame.length, .flags = way.frame_flags, .time_ns = way.time_ns};
    way.count = 0;
    hr_pipeline_frame(&way.pipeline, &way.packet, input, &input_frame, end_of_way, &way);
    check_counters();
}

static void send(void)
{
    send_to(DATAGRAM_GROUP, 0);
}

/* ---- packets ---- */

static void mold(const char *session, uint64_t sequence, uint16_t count)
{
    wire.length = 0;
    wire_mold64(&wire, session, sequence, count);
}

static void add(uint64_t order)
{
    wire_be(&wire, 36, 2);
    wire_text(&wire, "A", 1);
    wire_be(&wire, 77, 2);
    wire_be(&wire, 0, 2);
    wire_be(&wire, TIME - MIDNIGHT, 6);
    wire_be(&wire, order, 8);
    wire_text(&wire, "B", 1);
    wire_be(&wire, 100, 4);
    wire_text(&wire, "AAPL", 8);
    wire_be(&wire, 1876500, 4);
}

static void execute(uint64_t order)
{
    wire_be(&wire, 31, 2);
    wire_text(&wire, "E", 1);
    wire_be(&wire, 77, 2);
    wire_be(&wire, 0, 2);
    wire_be(&wire, TIME - MIDNIGHT, 6);
    wire_be(&wire, order, 8);
    wire_be(&wire, 40, 4);
    wire_be(&wire, 1, 8);
}

static void adds(const char *session, uint64_t sequence, uint16_t count)
{
    mold(session, sequence, count);
    for (uint64_t i = 0; i < count; i++)
        add(sequence + i);
}

/* ---- what came out ---- */

static const struct hr_mbo *mbo_at(uint32_t at)
{
    assert_true(at < way.count);
    assert_int_equal(way.collected[at].bytes, 56);
    const struct hr_mbo *mbo = (const void *)way.collected[at].record;
    assert_int_equal(mbo->header.rtype, HR_RTYPE_MBO);
    return mbo;
}

static void expect_order(uint32_t at, char action, uint64_t order, uint32_t sequence)
{
    const struct hr_mbo *mbo = mbo_at(at);
    assert_int_equal(mbo->action, action);
    assert_int_equal(mbo->order_id, order);
    assert_int_equal(mbo->sequence, sequence);
    assert_int_equal(mbo->channel_id, 5);
    assert_int_equal(mbo->ts_recv, way.time_ns);
    assert_int_equal(mbo->header.publisher_id, 2);
    assert_int_equal(mbo->header.instrument_id, 77);
}

static void expect_session(uint32_t at, char event, const char *name, uint64_t next_sequence)
{
    struct hr_session expected = {.header = {.length = 12,
                                             .rtype = HR_RTYPE_SESSION,
                                             .publisher_id = way.feed.decoder.publisher_id,
                                             .ts_event = way.time_ns},
                                  .ts_recv = way.time_ns,
                                  .next_sequence = next_sequence,
                                  .event = event,
                                  .channel_id = 5};
    memset(expected.session, ' ', sizeof expected.session);
    memcpy(expected.session, name, strlen(name));
    assert_true(at < way.count);
    assert_int_equal(way.collected[at].bytes, sizeof expected);
    assert_memory_equal(way.collected[at].record, &expected, sizeof expected);
}

static void expect_gap(uint32_t at, uint64_t first, uint64_t count)
{
    const struct hr_gap expected = {
        .header = {.length = 12, .rtype = HR_RTYPE_GAP, .publisher_id = way.feed.decoder.publisher_id, .ts_event = way.time_ns},
        .first_sequence = first,
        .count = count,
        .ts_recv = way.time_ns,
        .channel_id = 5};
    assert_true(at < way.count);
    assert_int_equal(way.collected[at].bytes, sizeof expected);
    assert_memory_equal(way.collected[at].record, &expected, sizeof expected);
}

/* ---- ITCH ---- */

static void orders_go_the_whole_way(void **state)
{
    (void)state;
    mold("S1", 1, 2);
    add(1001);
    execute(1001);
    send();
    assert_int_equal(way.count, 5);
    expect_session(0, 'S', "S1", 1);
    expect_order(1, 'A', 1001, 1);
    expect_order(2, 'T', 0, 2);
    expect_order(3, 'F', 1001, 2);
    expect_order(4, 'C', 1001, 2);
    assert_int_equal(mbo_at(1)->header.ts_event, TIME);
    assert_int_equal(mbo_at(4)->price, INT64_C(187650000000));
    assert_int_equal(mbo_at(4)->flags, HR_FLAG_LAST);
    adds("S1", 3, 1);
    send();
    assert_int_equal(way.count, 1);
    expect_order(0, 'A', 3, 3);
    assert_int_equal(way.line_counters[0].messages, 3);
}

static void second_line_brings_only_what_the_first_did_not(void **state)
{
    (void)state;
    adds("S1", 1, 3);
    send();
    adds("S1", 1, 3);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 0);
    adds("S1", 2, 4);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 2);
    expect_order(0, 'A', 4, 4);
    expect_order(1, 'A', 5, 5);
    assert_int_equal(way.line_counters[1].duplicates, 1);
    assert_int_equal(way.line_counters[1].messages, 2);
    assert_int_equal(way.line_counters[1].messages_repeated, 5);
}

static void gap_is_told_before_what_comes_after_it(void **state)
{
    (void)state;
    adds("S1", 1, 1);
    send();
    adds("S1", 5, 2);
    send();
    assert_int_equal(way.count, 3);
    expect_gap(0, 2, 3);
    expect_order(1, 'A', 5, 5);
    expect_order(2, 'A', 6, 6);
    mold("S1", 9, 0);
    send();
    assert_int_equal(way.count, 1);
    expect_gap(0, 7, 2);
}

static void end_start_and_gap_come_in_this_order(void **state)
{
    (void)state;
    adds("S1", 1, 1);
    send();
    for (int i = 0; i < 2; i++) { /* one packet alone could be damaged */
        adds("S2", 4, 1);
        send();
        assert_int_equal(way.count, 0);
    }
    adds("S2", 4, 1);
    send();
    assert_int_equal(way.count, 4);
    expect_session(0, 'E', "S1", 2);
    expect_session(1, 'S', "S2", 1);
    expect_gap(2, 1, 3);
    expect_order(3, 'A', 4, 4);
}

static void end_of_session_is_told_once(void **state)
{
    (void)state;
    adds("S1", 1, 1);
    send();
    for (int i = 0; i < 3; i++) {
        mold("S1", 2, 0xFFFF);
        send_to(i % 2 ? GROUP_B : DATAGRAM_GROUP, 0);
        assert_int_equal(way.count, i == 0);
        if (i == 0)
            expect_session(0, 'E', "S1", 2);
    }
}

/* A session whose end is all that is seen of it has not begun after it has ended. */
static void end_is_never_told_before_the_start(void **state)
{
    (void)state;
    mold("S1", 100, 0xFFFF);
    send();
    char last = 0;
    for (uint32_t i = 0; i < way.count; i++)
        last = ((const struct hr_session *)(const void *)way.collected[i].record)->event;
    assert_int_equal(last, 'E');
}

static void new_session_forgets_the_orders_and_the_day(void **state)
{
    (void)state;
    adds("S1", 1, 1);
    send();
    way.time_ns = TIME + DAY;
    mold("S2", 1, 1);
    execute(1);
    send();
    assert_int_equal(way.count, 5);
    expect_session(1, 'S', "S2", 1);
    expect_order(4, 'C', 1, 1);
    assert_int_equal(mbo_at(4)->price, INT64_MAX);
    assert_int_equal(mbo_at(4)->flags, HR_FLAG_LAST | HR_FLAG_MAYBE_BAD_BOOK);
    assert_int_equal(mbo_at(4)->header.ts_event, TIME + DAY);
    assert_int_equal(way.book_counters.unknown_executions, 1);
}

static void large_packet_keeps_its_sequence_numbers(void **state)
{
    (void)state;
    enum { COUNT = HR_BATCH_MESSAGES * 10 + 7 };
    adds("S1", 1, COUNT);
    send();
    assert_int_equal(way.count, COUNT + 1);
    for (uint32_t i = 0; i < COUNT; i++)
        expect_order(i + 1, 'A', i + 1, i + 1);
}

static void bad_time_is_flagged_in_the_records(void **state)
{
    (void)state;
    way.frame_flags = HR_FRAME_BAD_TIME;
    adds("S1", 1, 1);
    send();
    assert_int_equal(mbo_at(1)->flags, HR_FLAG_LAST | HR_FLAG_BAD_TS_RECV);
}

static void unsequenced_packets_know_their_day(void **state)
{
    (void)state;
    way.channel.channel.accept_unsequenced = 1;
    adds("", 0, 2);
    send();
    assert_int_equal(way.count, 2);
    expect_order(0, 'A', 0, 0);
    assert_int_equal(mbo_at(0)->header.ts_event, TIME);
}

static void somebody_elses_traffic_is_counted(void **state)
{
    (void)state;
    adds("S1", 1, 1);
    send_to(GROUP_B + 1, 0);
    assert_int_equal(way.unknown_line, 1);
    send_to(DATAGRAM_GROUP, 1); /* the right group by another input */
    assert_int_equal(way.unknown_line, 2);
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[0].datagrams, 0);
}

static void broken_datagrams_are_counted_and_change_nothing(void **state)
{
    (void)state;
    adds("S1", 1, 1);
    send();
    for (size_t length = 0; length < 20; length++) {
        adds("S1", 2, 1);
        wire.length = length;
        send();
        assert_int_equal(way.count, 0);
    }
    assert_int_equal(way.line_counters[0].short_header, 20);
    for (size_t length = 20; length < 20 + 2 + 36; length++) {
        adds("S1", 2, 1);
        wire.length = length;
        send();
        assert_int_equal(way.count, 0);
    }
    mold("S1", 2, 0xFFFE); /* more messages than any datagram can hold */
    send();
    assert_int_equal(way.line_counters[0].malformed, 39);
    adds("S1", 2, 1);
    send();
    assert_int_equal(way.count, 1);
    expect_order(0, 'A', 2, 2);
}

/* Message boundaries right, messages not: they are passed over one by one, and what follows them is not. */
static void unknown_messages_are_passed_over(void **state)
{
    (void)state;
    mold("S1", 1, 4);
    add(1);
    wire_be(&wire, 3, 2);
    wire_text(&wire, "?", 3);
    wire_be(&wire, 0, 2);
    add(4);
    send();
    assert_int_equal(way.count, 3);
    expect_order(1, 'A', 1, 1);
    expect_order(2, 'A', 4, 4);
    assert_int_equal(way.decode_counters.unknown_type, 1);
    assert_int_equal(way.decode_counters.bad_length, 1);
    assert_int_equal(way.decode_counters.decoded, 2);
}

/* ---- IEX ---- */

static void iex(uint64_t sequence, uint16_t count, uint64_t offset, uint64_t send_time_ns)
{
    wire.length = 0;
    wire_iextp(&wire, &(struct wire_iextp){.version = 1,
                                           .protocol = 0x8004,
                                           .channel = 1,
                                           .session = 1150681088,
                                           .payload_length = (uint16_t)(count * 32),
                                           .count = count,
                                           .offset = offset,
                                           .sequence = sequence,
                                           .send_time_ns = send_time_ns});
    for (uint16_t i = 0; i < count; i++) {
        wire_le(&wire, 30, 2);
        wire_text(&wire, "8", 1);
        wire_le(&wire, 1, 1);
        wire_le(&wire, TIME, 8);
        wire_text(&wire, "ZIEXT", 8);
        wire_le(&wire, 100U + i, 4);
        wire_le(&wire, 1876500, 8);
    }
}

static void price_levels_go_the_whole_way(void **state)
{
    (void)state;
    way.time_ns = TIME + 500;
    iex(1, 3, 0, TIME + 100);
    send();
    assert_int_equal(way.count, 4);
    expect_session(0, 'S', "1150681088", 1);
    for (uint32_t i = 0; i < 3; i++) {
        const struct hr_mbo *mbo = mbo_at(i + 1);
        assert_int_equal(mbo->action, 'M');
        assert_int_equal(mbo->side, 'B');
        assert_int_equal(mbo->size, 100 + i);
        assert_int_equal(mbo->sequence, 1 + i);
        assert_int_equal(mbo->ts_in_delta, 400);
        assert_int_equal(mbo->header.publisher_id, 38);
        assert_int_equal(mbo->header.instrument_id, 1);
        assert_int_equal(mbo->flags, HR_FLAG_LAST | HR_FLAG_MBP);
    }
    iex(6, 1, 1000, TIME + 200);
    send();
    assert_int_equal(way.count, 2);
    expect_gap(0, 4, 2);
}

static void session_that_starts_again_is_told_of(void **state)
{
    (void)state;
    iex(1, 2, 0, TIME);
    send();
    iex(1, 2, 0, TIME); /* the copy */
    send();
    assert_int_equal(way.count, 0);
    way.time_ns = TIME + DAY;
    iex(1, 1, 0, TIME + DAY);
    send();
    assert_int_equal(way.count, 3);
    expect_session(0, 'E', "1150681088", 3);
    expect_session(1, 'S', "1150681088", 1);
    assert_int_equal(mbo_at(2)->sequence, 1);
}

static void other_message_protocols_are_foreign(void **state)
{
    (void)state;
    iex(1, 2, 0, TIME);
    wire.bytes[2] = 0x03; /* TOPS */
    send();
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[0].foreign_header, 1);
    iex(1, 2, 0, TIME);
    wire.bytes[14] = 0xFF; /* 65,535 messages */
    wire.bytes[15] = 0xFF;
    send();
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[0].malformed, 1);
}

/* ---- NYSE ---- */

#define XDP_ORIGINAL 11
#define XDP_RESET 12

/* A packet of `count` clears of symbols, or of one reset. */
static void xdp(uint8_t flag, uint32_t sequence, uint8_t count, uint64_t send_time_ns)
{
    uint16_t bytes = flag == XDP_RESET ? 14 : 20;
    wire.length = 0;
    wire_xdp(&wire, &(struct wire_xdp){.size = (uint16_t)(16 + count * bytes),
                                       .flag = flag,
                                       .count = count,
                                       .sequence = sequence,
                                       .seconds = (uint32_t)(send_time_ns / 1000000000),
                                       .nanoseconds = (uint32_t)(send_time_ns % 1000000000)});
    for (uint8_t i = 0; i < count; i++) {
        wire_le(&wire, bytes, 2);
        wire_le(&wire, flag == XDP_RESET ? 1 : 32, 2);
        wire_le(&wire, TIME / 1000000000, 4);
        wire_le(&wire, 0, 4);
        if (flag == XDP_RESET)
            wire_le(&wire, 0x0108, 2); /* product and channel */
        else {
            wire_le(&wire, 4608, 4);
            wire_le(&wire, sequence + i, 4);
        }
    }
}

static void expect_native(uint32_t at, uint32_t sequence, uint32_t number)
{
    const struct hr_native *native = (const void *)way.collected[at].record;
    assert_true(at < way.count);
    assert_int_equal(native->header.rtype, HR_RTYPE_NATIVE);
    assert_int_equal(native->header.instrument_id, number);
    assert_int_equal(native->sequence, sequence);
}

static void reset_begins_the_sequence_anew(void **state)
{
    (void)state;
    xdp(XDP_RESET, 1, 1, TIME);
    send();
    assert_int_equal(way.count, 2);
    expect_session(0, 'S', "XDP", 1);
    expect_native(1, 1, 0);
    xdp(XDP_ORIGINAL, 2, 3, TIME + 1);
    send();
    assert_int_equal(way.count, 3);
    expect_native(2, 4, 4608);
    way.time_ns = TIME + 2000000000;
    xdp(XDP_RESET, 1, 1, TIME + 2000000000);
    send();
    assert_int_equal(way.count, 3);
    expect_session(0, 'E', "XDP", 5);
    expect_session(1, 'S', "XDP", 1);
    expect_native(2, 1, 0);
    xdp(XDP_RESET, 1, 1, TIME + 2000000000); /* by the other line */
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 0);
    xdp(XDP_ORIGINAL, 2, 1, TIME + 2000000001);
    send();
    assert_int_equal(way.count, 1);
    expect_native(0, 2, 4608);
    assert_int_equal(way.line_counters[0].sessions, 2);
    assert_int_equal(way.line_counters[0].gaps, 0);
    assert_int_equal(way.line_counters[1].duplicates, 1);
    assert_int_equal(way.feed.decoder.instruments.count, 1); /* numbers are for longer than a session */
}

/* What only looks like a beginning changes nothing: the copy of the first packet, or a number 1 without the flag. */
static void only_a_reset_begins_the_sequence_anew(void **state)
{
    (void)state;
    xdp(XDP_RESET, 1, 1, TIME);
    send();
    xdp(XDP_ORIGINAL, 2, 3, TIME + 1);
    send();
    xdp(XDP_RESET, 1, 1, TIME);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 0);
    xdp(XDP_ORIGINAL, 1, 1, TIME + DAY);
    send();
    assert_int_equal(way.count, 0);
    xdp(XDP_ORIGINAL, 5, 1, TIME + DAY + 1);
    send();
    assert_int_equal(way.count, 1);
    assert_int_equal(way.line_counters[0].sessions, 1);
}

/* A heartbeat shows what is missing; a reset that is missed too leaves nothing but what looks like copies (adr/0008). */
static void heartbeats_and_gaps_behind_a_reset(void **state)
{
    (void)state;
    xdp(XDP_RESET, 1, 1, TIME);
    send();
    xdp(1, 2, 0, TIME + 1);
    send();
    assert_int_equal(way.count, 0);
    xdp(1, 4, 0, TIME + 2);
    send();
    assert_int_equal(way.count, 1);
    expect_gap(0, 2, 2);
    xdp(XDP_ORIGINAL, 5, 1, TIME + 3);
    send();
    assert_int_equal(way.count, 2);
    expect_gap(0, 4, 1);
    expect_native(1, 5, 4608);
    way.time_ns = TIME + DAY;
    xdp(XDP_RESET, 1, 1, TIME + DAY);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 3);
    xdp(XDP_ORIGINAL, 4, 1, TIME + DAY + 1);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 2);
    expect_gap(0, 2, 2);
    assert_int_equal(way.line_counters[0].heartbeats, 2);
}

/* ---- any bytes ---- */

/* ---- packets that are numbered, not their messages ---- */

/* Heartbeats, each of which becomes a record. */
static void numbered(uint32_t sequence, uint32_t messages, uint64_t sent)
{
    wire.length = 0;
    wire_le(&wire, sequence, 4);
    wire_le(&wire, sent, 8);
    for (uint32_t i = 0; i < messages; i++) {
        wire_le(&wire, 10, 2);
        wire_le(&wire, 0, 2);
        wire_le(&wire, 12, 2);
        wire_le(&wire, 1, 2);
        wire_le(&wire, 9, 2);
    }
}

static void expect_natives(uint32_t from, uint32_t count, uint32_t sequence)
{
    assert_int_equal(way.count, from + count);
    for (uint32_t i = from; i < way.count; i++) {
        const struct hr_native *native = (const void *)way.collected[i].record;
        assert_int_equal(native->header.rtype, HR_RTYPE_NATIVE);
        assert_int_equal(native->sequence, sequence);
    }
}

static void messages_of_a_numbered_packet_come_together(void **state)
{
    (void)state;
    numbered(5, 200, TIME); /* more than a batch */
    send();
    expect_natives(1, 200, 5);
    assert_int_equal(((const struct hr_session *)(const void *)way.collected[0].record)->next_sequence, 5);
    assert_int_equal(way.line_counters[0].messages, 200);
    send_to(GROUP_B, 0); /* its copy on the other line */
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[1].duplicates, 1);
    assert_int_equal(way.line_counters[1].messages, 0);
    numbered(6, 0, TIME); /* an empty packet has a number too */
    send();
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[0].messages, 200);
    numbered(9, 2, TIME);
    send();
    expect_natives(1, 2, 9);
    const struct hr_gap *gap = (const void *)way.collected[0].record;
    assert_int_equal(gap->header.rtype, HR_RTYPE_GAP);
    assert_int_equal(gap->first_sequence, 7);
    assert_int_equal(gap->count, 2); /* packets */
    assert_int_equal(way.line_counters[0].messages, 202);
}

static void numbered_packets_begin_anew(void **state)
{
    (void)state;
    numbered(900, 1, TIME);
    send();
    numbered(1, 1, TIME); /* sent no later: a late copy */
    send();
    assert_int_equal(way.count, 0);
    numbered(1, 1, TIME + 1);
    send();
    expect_natives(2, 1, 1);
    const struct hr_session *end = (const void *)way.collected[0].record;
    const struct hr_session *start = (const void *)way.collected[1].record;
    assert_int_equal(end->event, 'E');
    assert_int_equal(end->next_sequence, 901);
    assert_int_equal(start->event, 'S');
    assert_int_equal(start->next_sequence, 1);
    assert_memory_equal(start->session, "MDP3      ", 10);
}

static void numbered_packets_whose_sizes_lie_are_malformed(void **state)
{
    (void)state;
    numbered(5, 3, TIME);
    wire.length--;
    send();
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[0].malformed, 1);
    assert_int_equal(way.line_counters[0].messages, 0);
    numbered(5, 3, TIME); /* and is not missed when it comes whole */
    send();
    expect_natives(1, 3, 5);
}

/* Damaged payloads of both protocols: whatever happens, every datagram and every message is counted once (see send_to). */
static void damage_is_counted(void **state)
{
    (void)state;
    struct hr_sim_random random;
    int is_iex = way.feed.decoder.protocol == &hr_protocol_deep10;
    int is_xdp = way.feed.decoder.protocol == &hr_protocol_nyse21;
    hr_sim_random_seed(&random, seed);
    uint64_t sequence = 1;
    for (int i = 0; i < 20000; i++) {
        uint16_t count = (uint16_t)(i == 0 ? 1 : hr_sim_random_below(&random, 5)); /* the first is sound */
        if (is_iex)
            iex(sequence, count, sequence, TIME);
        else if (is_xdp)
            xdp(count ? XDP_ORIGINAL : 1, (uint32_t)sequence, (uint8_t)count, TIME);
        else
            adds("S1", sequence, count);
        sequence += count;
        for (uint32_t changes = i == 0 ? 0 : hr_sim_random_below(&random, 3); changes > 0; changes--)
            wire.bytes[hr_sim_random_below(&random, (uint32_t)wire.length)] = (uint8_t)hr_sim_random_next(&random);
        if (i > 0 && hr_sim_random_below(&random, 10) == 0)
            wire.length = hr_sim_random_below(&random, (uint32_t)wire.length + 1);
        send_to(DATAGRAM_GROUP + (i == 0 ? 0 : hr_sim_random_below(&random, 3)), 0);
        assert_int_equal(way.decode_counters.messages,
                         way.decode_counters.decoded + way.decode_counters.unknown_type + way.decode_counters.bad_length);
    }
    assert_true(way.line_counters[0].delivered > 0 && way.line_counters[0].malformed > 0);
}

/* ---- a window ---- */

#define PATIENCE UINT64_C(1000)
#define RECOVERY UINT64_C(50000)

static void open_window(uint32_t packets, uint64_t recovery_patience_ns)
{
    assert_int_equal(hr_pipeline_open_window(&way.channel, packets, PATIENCE, recovery_patience_ns, &way.window_counters), 0);
    adds("S1", 1, 1);
    send();
}

/* The handler looks at its clock while nothing comes. */
static void tend(uint64_t time_ns)
{
    way.time_ns = time_ns;
    way.count = 0;
    hr_pipeline_tend(&way.pipeline, &way.channel, time_ns, end_of_way, &way);
    check_counters();
}

/* Comes before its turn, and waits. */
static void early(uint64_t sequence, uint16_t count)
{
    uint64_t held = way.window_counters.held_now;
    adds("S1", sequence, count);
    send();
    assert_int_equal(way.count, 0);
    assert_int_equal(way.window_counters.held_now, held + 1);
}

static void expect_orders(uint32_t from, uint64_t first, uint32_t count, uint64_t time_ns)
{
    way.time_ns = time_ns;
    for (uint32_t i = 0; i < count; i++)
        expect_order(from + i, 'A', first + i, (uint32_t)(first + i));
}

static void early_packet_waits_for_the_missing_one(void **state)
{
    (void)state;
    open_window(8, 0);
    way.time_ns = TIME + 10;
    early(3, 2);
    early(6, 1);
    way.time_ns = TIME + 20;
    adds("S1", 2, 1);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 3);
    expect_orders(0, 2, 1, TIME + 20);
    expect_orders(1, 3, 2, TIME + 10); /* when it came, not when its turn did */
    adds("S1", 3, 2);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[1].duplicates, 1);
    adds("S1", 4, 2); /* half of it has come */
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 2);
    assert_int_equal(way.line_counters[0].gaps + way.line_counters[1].gaps, 0);
    assert_int_equal(way.window_counters.holes, 2);
    assert_int_equal(way.window_counters.holes_closed, 2);
    assert_int_equal(way.line_counters[0].delivered, 3);
}

static void held_packets_that_overlap_are_delivered_once(void **state)
{
    (void)state;
    open_window(8, 0);
    early(5, 3);
    early(4, 6);
    early(6, 1);
    early(9, 3);
    adds("S1", 5, 3);
    send_to(GROUP_B, 0);
    assert_int_equal(way.line_counters[1].duplicates, 1); /* the same is held already */
    adds("S1", 2, 2);
    send();
    assert_int_equal(way.count, 10);
    expect_orders(0, 2, 10, TIME);
    assert_int_equal(way.line_counters[0].messages, 11);
    assert_int_equal(way.line_counters[0].duplicates, 2);
}

static void hole_expires_by_the_time_of_a_later_datagram(void **state)
{
    (void)state;
    open_window(8, 0);
    way.time_ns = TIME + 10;
    early(3, 1);
    way.time_ns = TIME + 10 + PATIENCE - 1;
    early(4, 1);
    way.time_ns = TIME + 10 + PATIENCE;
    adds("S1", 5, 1);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 4);
    expect_orders(3, 5, 1, TIME + 10 + PATIENCE);
    expect_orders(2, 4, 1, TIME + 10 + PATIENCE - 1);
    expect_orders(1, 3, 1, TIME + 10);
    expect_gap(0, 2, 1);
    assert_int_equal(mbo_at(3)->flags, HR_FLAG_LAST | HR_FLAG_MAYBE_BAD_BOOK);
    assert_int_equal(way.window_counters.holes_expired, 1);
    adds("S1", 2, 1);
    send();
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[0].late, 1);
    assert_int_equal(way.line_counters[0].duplicates, 0);
}

static void heartbeat_in_front_shows_what_is_missing(void **state)
{
    (void)state;
    open_window(8, 0);
    way.time_ns = TIME + 10;
    mold("S1", 3, 0);
    send();
    assert_int_equal(way.count, 0);
    assert_int_equal(way.line_counters[0].heartbeats, 1);
    adds("S1", 2, 1);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 1);
    assert_false(hr_window_is_open(&way.channel.window));
    mold("S1", 5, 0);
    send_to(GROUP_B, 0);
    tend(TIME + 10 + PATIENCE - 1);
    assert_int_equal(way.count, 0);
    tend(TIME + 10 + PATIENCE);
    assert_int_equal(way.count, 1);
    way.time_ns = TIME + 10;
    expect_gap(0, 3, 2);
    assert_int_equal(way.line_counters[1].gaps, 1); /* of the line that told of it */
}

/* A heartbeat told of the first part of a hole, a later packet of the rest. When both have had their time, or there is none left, it is one
 * hole; when only the first has, it is declared by itself. */
static void hole_with_a_heartbeat_in_it_is_one(void **state)
{
    (void)state;
    open_window(8, 0);
    for (int flushed = 0; flushed < 2; flushed++) {
        uint64_t at = way.channel.channel.expected;
        mold("S1", at + 3, 0);
        send();
        way.time_ns += 10;
        adds("S1", at + 8, 1);
        send();
        way.count = 0;
        if (flushed)
            hr_pipeline_flush(&way.pipeline, &way.channel, end_of_way, &way);
        else
            tend(TIME + 10 + PATIENCE);
        assert_int_equal(way.count, 2);
        way.time_ns = TIME; /* when it was seen */
        expect_gap(0, at, 8);
    }
    uint64_t at = way.channel.channel.expected;
    mold("S1", at + 3, 0);
    send();
    way.time_ns += 10;
    adds("S1", at + 8, 1);
    send();
    tend(TIME + PATIENCE);
    assert_int_equal(way.count, 1);
    way.time_ns = TIME;
    expect_gap(0, at, 3);
    tend(TIME + 10 + PATIENCE);
    way.time_ns = TIME + 10;
    expect_gap(0, at + 3, 5);
}

/* Told to stop before the snapshot has come: what was held is delivered from its own beginning, and no gap from 0 on is told. */
static void stopped_while_awaiting_a_snapshot(void **state)
{
    (void)state;
    assert_int_equal(hr_pipeline_open_window(&way.channel, 8, PATIENCE, 0, &way.window_counters), 0);
    way.channel.awaiting = 1;
    adds("S1", 7, 2);
    send();
    assert_int_equal(way.count, 0);
    way.count = 0;
    hr_pipeline_flush(&way.pipeline, &way.channel, end_of_way, &way);
    assert_int_equal(way.count, 3); /* the session's beginning, and both orders */
    assert_int_equal(((const struct hr_session *)(const void *)way.collected[0].record)->next_sequence, 7);
    expect_orders(1, 7, 2, way.time_ns);
    assert_int_equal(way.line_counters[0].gaps, 0);
    check_counters();
}

/* One damaged number, or one packet of another session, while a snapshot is awaited: refused as at any other time, or it would open a
 * hole in front of what waits. */
static void strays_do_not_wait_for_a_snapshot(void **state)
{
    static const char session[HR_SESSION_ID_BYTES] = "S1        ";
    (void)state;
    for (int joined = 0; joined < 2; joined++) {
        way.channel.channel = (struct hr_channel){.window = way.channel.channel.window};
        if (!joined)
            assert_int_equal(hr_pipeline_open_window(&way.channel, 64, PATIENCE, 0, &way.window_counters), 0);
        const struct hr_line_counters before = way.line_counters[0];
        if (joined) { /* in mid-session */
            adds("S1", 6, 1);
            send();
        }
        way.channel.awaiting = 1;
        adds("S1", 7, 2);
        send();
        adds("S1", UINT64_C(1) << 40, 1);
        send();
        adds("S1", 7 + 2 + (UINT64_C(1) << 24) + 1, 1);
        send();
        adds("S2", 9, 3);
        send();
        adds("S1", 9, 2);
        send();
        assert_int_equal(way.line_counters[0].implausible - before.implausible, 2);
        assert_int_equal(way.line_counters[0].foreign_session - before.foreign_session, 1);
        way.count = 0;
        hr_pipeline_begin_snapshot(&way.channel, session, TIME, end_of_way, &way);
        way.count = 0;
        hr_pipeline_end_snapshot(&way.pipeline, &way.channel, session, 7, TIME, end_of_way, &way);
        assert_int_equal(way.count, 4);
        expect_orders(0, 7, 2, TIME);
        expect_orders(2, 9, 2, TIME);
        assert_int_equal(way.line_counters[0].gaps, 0);
        assert_int_equal(way.line_counters[0].lost, 0);
        assert_false(hr_window_is_open(&way.channel.window));
    }
}

/* More comes live than may wait for a snapshot in mid-session: that is given up, and nothing live is lost for it. */
static void full_window_abandons_the_snapshot_after_a_gap(void **state)
{
    static const char session[HR_SESSION_ID_BYTES] = "S1        ";
    (void)state;
    open_window(2, 0);
    way.channel.has_snapshots = 1;
    adds("S1", 4, 1);
    send();
    tend(TIME + PATIENCE);
    assert_int_equal(way.channel.doubtful, HR_FLAG_MAYBE_BAD_BOOK);
    way.channel.wants_snapshot = 0;
    way.channel.awaiting = 1;
    adds("S1", 5, 1);
    send();
    adds("S1", 6, 1);
    send();
    hr_pipeline_begin_snapshot(&way.channel, session, TIME, end_of_way, &way);
    assert_int_equal(mbo_at(way.count - 1)->action, 'R');
    way.count = 0;
    adds("S1", 7, 1);
    send();
    assert_int_equal(way.count, 3);
    expect_orders(0, 5, 1, way.time_ns);
    expect_orders(2, 7, 1, way.time_ns);
    assert_int_equal(mbo_at(2)->flags, HR_FLAG_LAST | HR_FLAG_MAYBE_BAD_BOOK);
    assert_int_equal(way.window_counters.snapshots_abandoned, 1);
    assert_int_equal(way.line_counters[0].late, 0);
    assert_false(hr_window_is_open(&way.channel.window));
    way.count = 0; /* what still comes of it is passed over, and another is wanted */
    hr_pipeline_snapshot(&way.pipeline, &way.channel, (const uint8_t *)"\0\1A", 3, TIME, end_of_way, &way);
    hr_pipeline_end_snapshot(&way.pipeline, &way.channel, session, 6, TIME, end_of_way, &way);
    assert_int_equal(way.count, 0);
    assert_int_equal(way.channel.channel.expected, 8);
    assert_int_equal(way.channel.wants_snapshot, 1);
    assert_int_equal(way.channel.doubtful, HR_FLAG_MAYBE_BAD_BOOK);
}

/* With a hole in what waits, the hole is waited for as any other. */
static void abandoned_snapshot_leaves_a_hole_open(void **state)
{
    (void)state;
    open_window(2, 0);
    adds("S1", 2, 1);
    send();
    way.count = 0;
    way.channel.awaiting = 1;
    adds("S1", 3, 1);
    send();
    adds("S1", 5, 1);
    send();
    adds("S1", 6, 1);
    send();
    assert_int_equal(way.count, 1);
    expect_orders(0, 3, 1, TIME);
    assert_true(hr_window_is_open(&way.channel.window));
    adds("S1", 4, 1);
    send();
    expect_orders(1, 5, 1, TIME);
    expect_orders(2, 6, 1, TIME);
    assert_int_equal(way.line_counters[0].gaps + way.line_counters[0].late, 0);
}

static void end_of_session_waits_behind_a_hole(void **state)
{
    (void)state;
    open_window(8, 0);
    mold("S1", 4, 0xFFFF);
    send();
    assert_int_equal(way.count, 0);
    send_to(GROUP_B, 0); /* its copy is a duplicate while it waits */
    assert_int_equal(way.line_counters[1].duplicates, 1);
    adds("S1", 2, 2);
    send();
    assert_int_equal(way.count, 3);
    expect_orders(0, 2, 2, TIME);
    expect_session(2, 'E', "S1", 4);
    assert_int_equal(way.line_counters[0].ends, 1);
}

static void end_of_session_comes_behind_the_gap(void **state)
{
    (void)state;
    open_window(8, 0);
    mold("S1", 4, 0xFFFF);
    send();
    tend(TIME + PATIENCE);
    assert_int_equal(way.count, 2);
    way.time_ns = TIME;
    expect_gap(0, 2, 2);
    expect_session(1, 'E', "S1", 4);
}

/* What is held of the session before has its end before the new one begins. */
static void new_session_while_packets_are_held(void **state)
{
    (void)state;
    open_window(8, 0);
    early(3, 1);
    early(6, 2);
    way.time_ns = TIME + 5;
    adds("S2", 1, 2);
    send();
    assert_int_equal(way.count, 9);
    expect_orders(1, 3, 1, TIME);
    expect_orders(3, 6, 2, TIME);
    expect_gap(0, 2, 1);
    expect_gap(2, 4, 2);
    way.time_ns = TIME + 5;
    expect_session(5, 'E', "S1", 8);
    expect_session(6, 'S', "S2", 1);
    expect_orders(7, 1, 2, TIME + 5);
    assert_int_equal(mbo_at(8)->flags, HR_FLAG_LAST); /* its book is whole */
    assert_int_equal(way.window_counters.held_now, 0);
    assert_int_equal(way.line_counters[0].sessions, 2);
}

/* What is refused says nothing of what its line has lost; a new session, of however few messages, is counted from its first on. */
static void refused_packets_are_not_lost_ones(void **state)
{
    (void)state;
    adds("S1", 1, 3);
    send();
    adds("S9", 5000000, 1);
    send();
    adds("S1", UINT64_C(1) << 40, 1);
    send();
    adds("S1", 5, 1);
    send();
    assert_int_equal(way.line_counters[0].foreign_session, 1);
    assert_int_equal(way.line_counters[0].implausible, 1);
    assert_int_equal(way.line_counters[0].lost, 1);
    adds("S2", 1, 2);
    send();
    adds("S1", 2, 1); /* a straggler */
    send_to(GROUP_B, 0);
    adds("S2", 4, 1);
    send();
    assert_int_equal(way.line_counters[0].lost, 2);
}

static void new_session_behind_a_held_end(void **state)
{
    (void)state;
    open_window(8, 0);
    mold("S1", 3, 0xFFFF);
    send();
    for (int i = 0; i < 2; i++) { /* it has not ended yet, so a strange name must come three times */
        adds("S2", 5, 1);
        send();
        assert_int_equal(way.count, 0);
    }
    adds("S2", 5, 1);
    send();
    assert_int_equal(way.count, 3);
    expect_gap(0, 2, 1);
    expect_session(1, 'E', "S1", 3);
    expect_session(2, 'S', "S2", 1); /* and its own first packet waits for what is missing */
    assert_int_equal(way.window_counters.held_now, 1);
    adds("S2", 1, 4);
    send();
    assert_int_equal(way.count, 5);
    expect_orders(0, 1, 5, TIME);
}

static void straggler_of_the_session_before_is_not_held(void **state)
{
    (void)state;
    open_window(8, 0);
    adds("S2", 1, 1);
    send();
    adds("S2", 3, 1);
    send();
    adds("S1", 1, 1);
    send_to(GROUP_B, 0);
    assert_int_equal(way.line_counters[1].duplicates, 1);
    assert_int_equal(way.window_counters.held_now, 1);
}

static void full_window_declares_the_hole_in_front(void **state)
{
    (void)state;
    open_window(4, 0);
    for (uint64_t sequence = 3; sequence <= 9; sequence += 2)
        early(sequence, 1);
    adds("S1", 11, 1);
    send();
    assert_int_equal(way.count, 2);
    expect_gap(0, 2, 1);
    expect_orders(1, 3, 1, TIME);
    assert_int_equal(way.window_counters.holes_overflowed, 1);
    assert_int_equal(way.window_counters.held_now, 4);
    adds("S1", 4, 7); /* the rest comes after all */
    send();
    assert_int_equal(way.count, 8);
    expect_orders(0, 4, 8, TIME);
}

/* What comes in front of all that is held, and finds no room, is delivered: only what is missing in front of it is a gap. */
static void packet_in_hand_is_not_declared_missing(void **state)
{
    (void)state;
    open_window(2, 0);
    early(10, 1);
    early(12, 1);
    adds("S1", 5, 3);
    send();
    assert_int_equal(way.count, 4);
    expect_gap(0, 2, 3);
    expect_orders(1, 5, 3, TIME);
    assert_int_equal(way.line_counters[0].late, 0);
    assert_int_equal(way.window_counters.held_now, 2);
    adds("S1", 8, 2);
    send();
    assert_int_equal(way.count, 3);
    expect_orders(0, 8, 3, TIME);
}

static void missing_messages_are_asked_for(void **state)
{
    (void)state;
    open_window(8, RECOVERY);
    early(3, 1);
    early(6, 1);
    tend(TIME + PATIENCE - 1);
    assert_int_equal(way.asked_count, 0);
    tend(TIME + PATIENCE);
    tend(TIME + PATIENCE);
    assert_int_equal(way.asked_count, 2);
    assert_int_equal(way.asked[0][0], 2);
    assert_int_equal(way.asked[0][1], 1);
    assert_int_equal(way.asked[1][0], 4);
    assert_int_equal(way.asked[1][1], 2);
    assert_int_equal(way.window_counters.messages_requested, 3);
    adds("S1", 2, 1); /* the answer, by one more line */
    assert_int_equal(way.forgotten, 0);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 2);
    assert_int_equal(way.forgotten, 4); /* whoever is asked for 2 need not be any more */
    hr_window_give_up(&way.channel.window, 4, 6);
    tend(TIME + PATIENCE + 1);
    assert_int_equal(way.count, 2);
    assert_int_equal(way.window_counters.holes_given_up, 1);
    way.time_ns = TIME;
    expect_gap(0, 4, 2);
    expect_orders(1, 6, 1, TIME);
    assert_int_equal(way.asked_count, 2);
    assert_int_equal(way.forgotten, 7);
}

/* A hole seen while another in front of it is being filled: its answer is on the way before that one is there. */
static void later_hole_is_asked_for_while_the_first_is(void **state)
{
    (void)state;
    open_window(8, RECOVERY);
    early(3, 1);
    tend(TIME + PATIENCE);
    assert_int_equal(way.asked_count, 1);
    early(6, 1); /* the datagram's own time is that of tend */
    tend(TIME + 2 * PATIENCE - 1);
    assert_int_equal(way.asked_count, 1);
    tend(TIME + 2 * PATIENCE);
    assert_int_equal(way.asked_count, 2);
    assert_int_equal(way.asked[1][0], 4);
    assert_int_equal(way.asked[1][1], 2);
    adds("S1", 4, 2); /* the second answer is the first to come */
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 0);
    adds("S1", 2, 1);
    send_to(GROUP_B, 0);
    assert_int_equal(way.count, 5);
    assert_false(hr_window_is_open(&way.channel.window));
    assert_int_equal(way.window_counters.messages_requested, 3);
}

static void answer_that_does_not_come_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    open_window(8, RECOVERY);
    early(3, 1);
    tend(TIME + PATIENCE);
    tend(TIME + PATIENCE + RECOVERY - 1);
    assert_int_equal(way.count, 0);
    tend(TIME + PATIENCE + RECOVERY);
    assert_int_equal(way.count, 2);
    assert_int_equal(way.window_counters.holes_expired, 1);
    assert_int_equal(way.forgotten, 4);
}

static void flush_leaves_nothing(void **state)
{
    (void)state;
    open_window(8, RECOVERY);
    early(3, 1);
    mold("S1", 9, 0);
    send();
    early(5, 1);
    way.count = 0;
    hr_pipeline_flush(&way.pipeline, &way.channel, end_of_way, &way);
    check_counters();
    assert_int_equal(way.count, 5);
    expect_gap(0, 2, 1);
    expect_orders(1, 3, 1, TIME);
    expect_gap(2, 4, 1);
    expect_orders(3, 5, 1, TIME);
    expect_gap(4, 6, 3);
    assert_int_equal(way.window_counters.held_now, 0);
    way.count = 0;
    hr_pipeline_flush(&way.pipeline, &way.channel, end_of_way, &way);
    assert_int_equal(way.count, 0);
}

/* Two lines that lose, repeat and reorder: after each datagram the counters add up (see send_to), and at the end every message
 * has been delivered or is missing. */
static void counters_add_up_with_a_window(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    open_window(6, 0);
    uint64_t last = 2;
    uint64_t session = 1;
    uint64_t total = 0;
    char name[3] = "S1";
    for (int i = 0; i < 20000; i++) {
        uint64_t expected = way.channel.channel.expected;
        uint64_t sequence = expected + hr_sim_random_below(&random, 12);
        uint32_t back = hr_sim_random_below(&random, 5);
        sequence = sequence > back + 1 ? sequence - back : 1;
        uint16_t count = (uint16_t)hr_sim_random_below(&random, 5);
        way.time_ns += hr_sim_random_below(&random, 400);
        if (hr_sim_random_below(&random, 2000) == 0) {
            name[1] = (char)('0' + ++session % 10);
            sequence = 1;
            count = 1;
        }
        if (count)
            adds(name, sequence, count);
        else
            mold(name, sequence, 0);
        uint64_t sessions = way.line_counters[0].sessions + way.line_counters[1].sessions;
        send_to(DATAGRAM_GROUP + hr_sim_random_below(&random, 2), 0);
        if (way.line_counters[0].sessions + way.line_counters[1].sessions != sessions) { /* the one before was flushed */
            total += last - 1;
            last = 1;
        }
        last = sequence + count > last ? sequence + count : last;
    }
    hr_pipeline_flush(&way.pipeline, &way.channel, end_of_way, &way);
    check_counters();
    total += last - 1;
    const struct hr_line_counters *c = way.line_counters;
    assert_int_equal(c[0].messages + c[1].messages + c[0].messages_missing + c[1].messages_missing, total);
    assert_int_equal(way.window_counters.held_now, 0);
    assert_true(way.window_counters.holes_closed > 0 && way.window_counters.holes_expired > 0 &&
                way.window_counters.holes_overflowed > 0 && c[0].late > 0 && c[0].duplicates > 0 && session > 2);
}

#define ITCH(test) cmocka_unit_test_setup_teardown(test, open_itch, close_way)
#define IEX(test) cmocka_unit_test_setup_teardown(test, open_iex, close_way)
#define XDP(test) cmocka_unit_test_setup_teardown(test, open_xdp, close_way)
#define MDP3(test) cmocka_unit_test_setup_teardown(test, open_mdp3, close_way)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        ITCH(orders_go_the_whole_way),
        ITCH(second_line_brings_only_what_the_first_did_not),
        ITCH(gap_is_told_before_what_comes_after_it),
        ITCH(end_start_and_gap_come_in_this_order),
        ITCH(end_of_session_is_told_once),
        ITCH(end_is_never_told_before_the_start),
        ITCH(new_session_forgets_the_orders_and_the_day),
        ITCH(large_packet_keeps_its_sequence_numbers),
        ITCH(bad_time_is_flagged_in_the_records),
        ITCH(unsequenced_packets_know_their_day),
        ITCH(somebody_elses_traffic_is_counted),
        ITCH(broken_datagrams_are_counted_and_change_nothing),
        ITCH(unknown_messages_are_passed_over),
        IEX(price_levels_go_the_whole_way),
        IEX(session_that_starts_again_is_told_of),
        IEX(other_message_protocols_are_foreign),
        XDP(reset_begins_the_sequence_anew),
        XDP(only_a_reset_begins_the_sequence_anew),
        XDP(heartbeats_and_gaps_behind_a_reset),
        MDP3(messages_of_a_numbered_packet_come_together),
        MDP3(numbered_packets_begin_anew),
        MDP3(numbered_packets_whose_sizes_lie_are_malformed),
        ITCH(early_packet_waits_for_the_missing_one),
        ITCH(held_packets_that_overlap_are_delivered_once),
        ITCH(hole_expires_by_the_time_of_a_later_datagram),
        ITCH(heartbeat_in_front_shows_what_is_missing),
        ITCH(hole_with_a_heartbeat_in_it_is_one),
        ITCH(stopped_while_awaiting_a_snapshot),
        ITCH(strays_do_not_wait_for_a_snapshot),
        ITCH(full_window_abandons_the_snapshot_after_a_gap),
        ITCH(abandoned_snapshot_leaves_a_hole_open),
        ITCH(end_of_session_waits_behind_a_hole),
        ITCH(end_of_session_comes_behind_the_gap),
        ITCH(new_session_while_packets_are_held),
        ITCH(refused_packets_are_not_lost_ones),
        ITCH(new_session_behind_a_held_end),
        ITCH(straggler_of_the_session_before_is_not_held),
        ITCH(full_window_declares_the_hole_in_front),
        ITCH(packet_in_hand_is_not_declared_missing),
        ITCH(missing_messages_are_asked_for),
        ITCH(later_hole_is_asked_for_while_the_first_is),
        ITCH(answer_that_does_not_come_is_not_waited_for_for_ever),
        ITCH(flush_leaves_nothing),
        ITCH(counters_add_up_with_a_window),
        {"damage_is_counted (ITCH)", damage_is_counted, open_itch, close_way, NULL},
        {"damage_is_counted (IEX)", damage_is_counted, open_iex, close_way, NULL},
        {"damage_is_counted (NYSE)", damage_is_counted, open_xdp, close_way, NULL},
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
