/* SPDX-License-Identifier: Apache-2.0
 *
 * The packet and line steps together: frames on two lines of one channel with a window, and recovery beside them. The decoder
 * is the target's own: it looks at which messages come, not at what they say. The input:
 *
 *   1 byte   OPTION_* bits, and in the upper four the packets that the window holds, less one
 *   then steps: 1 byte, STEP_* in the lower three bits and what each says of the rest; then its own bytes. The last may be cut
 *            short.
 *
 * Sequence numbers are given against the next one expected, times go forward and back, and requests are answered, held or lost.
 * After every step every datagram must have been counted once or be held, and every number been delivered once or lie in one
 * GAP.
 */
#include "fuzz.h"

#include <string.h>

#include "pipeline.h"
#include "recovery/requester.h"

#define OPTION_NO_WINDOW 1
#define OPTION_RECOVERY 2
#define OPTION_RAW 4 /* also bytes that are nobody's packets: what messages say is not looked at */

enum step {
    STEP_DATA,      /* sequence, count, size */
    STEP_HEARTBEAT, /* sequence */
    STEP_END,       /* sequence */
    STEP_TIME,      /* a signed 16-bit number, times 4 to the power of the upper bits; then the handler looks at its clock */
    STEP_REQUESTS,  /* what is due is asked for */
    STEP_ANSWER,    /* answers or loses a request: which, how many messages */
    STEP_RAW,       /* a length and a payload, or a whole frame */
    STEP_FAR,       /* data far ahead: a power of two, count */
};

#define BIT_OTHER_LINE 0x08
#define SESSION_SHIFT 4 /* two bits: which of four */
#define BIT_WHOLE_FRAME 0x40 /* of STEP_RAW; of STEP_ANSWER: it is lost */
#define BIT_BAD_TIME 0x80

#define TIME UINT64_C(1767623400000000000)
#define PATIENCE UINT64_C(1000)
#define RECOVERY_PATIENCE UINT64_C(100000)
#define GROUP UINT32_C(0xE9360C6F)
#define PORT 26477
#define CHANNEL 5
#define LINES 3 /* the last is what recovery brings */
#define RECOVERY_LINE 2
#define REQUESTS_MAX 16
#define FRAME_HEADERS (14 + 20 + 8)
#define MOLD_HEADER 20
#define PAYLOAD_MAX 20000
#define COUNT_END 0xFFFF

static struct way {
    struct hr_pipeline pipeline;
    struct hr_packet packet;
    struct hr_packet_counters packets;
    struct hr_line_counters lines[LINES];
    struct hr_window_counters window;
    struct hr_pipeline_feed feed;
    struct hr_pipeline_channel channel;
    struct hr_requester requester;
    struct hr_recovery_counters recovery;
    uint64_t unknown_line;
    uint64_t time_ns;
    int raw;

    struct hr_request pending[REQUESTS_MAX]; /* sent, and not answered yet */
    uint32_t pending_count;

    /* what has been told so far */
    char session[HR_SESSION_ID_BYTES];
    int session_open;
    uint64_t cursor; /* nothing before it may come any more, and nothing behind it before it */
    uint64_t messages;
    uint64_t gaps;
    uint64_t missing;
} way;

/* ---- what comes out ---- */

/* Made messages say which they are: the session's letter, the number's lower byte, and so on. */
static uint8_t byte_of(const char *session, uint64_t sequence, uint32_t at)
{
    return (uint8_t)((unsigned)session[0] * 31 + sequence * 7 + at);
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    static volatile uint8_t seen; /* every byte is read, so that the address sanitizer sees where it lies */
    HOLDS(decoder == &way.feed.decoder && packet->messages == messages && events->count == 0);
    HOLDS(count > 0 && packet->channel_id == CHANNEL && way.channel.channel.in_session);
    count = count < HR_BATCH_MESSAGES ? count : HR_BATCH_MESSAGES;
    for (uint32_t i = 0; i < count; i++) {
        HOLDS(packet->first_sequence + i == way.cursor);
        for (uint32_t at = 0; at < messages[i].length; at++) {
            seen = messages[i].bytes[at];
            HOLDS(way.raw || seen == byte_of(way.session, way.cursor, at));
        }
        way.cursor++;
        way.messages++;
    }
    return count;
}

static void begin_session(struct hr_decoder *decoder, uint64_t ts_recv)
{
    (void)ts_recv;
    HOLDS(decoder == &way.feed.decoder);
}

static const struct hr_protocol protocol = {.name = "fuzz",
                                            .title = "fuzz",
                                            .publisher_id = 2,
                                            .big_endian = 1,
                                            .parse_header = hr_mold64_parse,
                                            .begin_session = begin_session,
                                            .decode = decode};

static void emit(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                 const struct hr_packet_context *packet, const void *record, size_t bytes)
{
    (void)context, (void)channel, (void)event, (void)packet, (void)record, (void)bytes;
    fuzz_fail(__FILE__, __LINE__, "no message becomes a record");
}

static void emit_control(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    const struct hr_record_header *header = record;
    const struct hr_session *session = record;
    const struct hr_gap *gap = record;
    HOLDS(context == &way && channel == &way.channel && hr_record_bytes(header) == bytes);
    if (header->rtype == HR_RTYPE_GAP) {
        HOLDS(gap->first_sequence == way.cursor && gap->count > 0);
        way.cursor += gap->count;
        way.missing += gap->count;
        way.gaps++;
        return;
    }
    HOLDS(header->rtype == HR_RTYPE_SESSION);
    HOLDS(way.session_open == (session->event == 'E'));
    way.session_open = session->event == 'S';
    if (session->event == 'S') {
        memcpy(way.session, session->session, sizeof way.session);
        way.cursor = session->next_sequence;
        return;
    }
    HOLDS(session->event == 'E' && session->next_sequence == way.cursor);
    HOLDS(memcmp(way.session, session->session, sizeof way.session) == 0);
}

static void check_requester(void)
{
    const struct hr_requester *r = &way.requester;
    HOLDS(r->count == way.recovery.outstanding && r->count <= HR_REQUESTS_MAX);
    for (uint32_t i = 0; i < r->count && i < 64; i++) {
        HOLDS(r->holes[i].first < r->holes[i].past);
        for (uint32_t j = 0; j < i; j++) /* nothing is asked for twice at a time */
            HOLDS(memcmp(r->holes[i].session, r->holes[j].session, HR_SESSION_ID_BYTES) != 0 ||
                  r->holes[i].past <= r->holes[j].first || r->holes[j].past <= r->holes[i].first);
    }
}

static void request(void *context, struct hr_pipeline_channel *channel, uint64_t first, uint64_t count)
{
    HOLDS(context == &way && channel == &way.channel);
    HOLDS(count > 0 && first >= channel->channel.expected && first + count <= channel->window.known);
    hr_requester_add(&way.requester, channel->channel.session, first, count, way.time_ns);
}

static void forget(void *context, struct hr_pipeline_channel *channel, uint64_t first)
{
    HOLDS(context == &way && channel == &way.channel && first == channel->channel.expected);
    hr_requester_forget(&way.requester, channel->channel.session, first);
}

static const struct hr_pipeline_end end = {.emit = emit, .emit_control = emit_control, .request = request, .forget = forget};

/* ---- what must hold after every step ---- */

static uint64_t counted(const struct hr_line_counters *c)
{
    return c->delivered + c->heartbeats + c->ends + c->duplicates + c->late + c->short_header + c->foreign_header +
           c->malformed + c->unsequenced + c->foreign_session + c->implausible;
}

static void check_window(const struct hr_window *window)
{
    uint64_t expected = way.channel.channel.expected;
    uint32_t bytes = 0;
    HOLDS(window->count == way.window.held_now && window->count <= window->capacity);
    HOLDS(window->bytes_used <= window->bytes_max);
    for (uint32_t i = 0; i < window->count; i++) {
        const struct hr_held *held = &window->held[i];
        HOLDS(held->sequence > expected); /* what was due has gone */
        HOLDS(i == 0 || held->sequence >= held[-1].sequence);
        HOLDS(held->sequence + held->count <= window->known);
        HOLDS(held->offset <= window->bytes_used && held->length <= window->bytes_used - held->offset);
        bytes += held->length;
    }
    HOLDS(bytes <= window->bytes_used);
    HOLDS(hr_window_is_open(window) || window->count == 0);
    HOLDS(!hr_window_is_open(window) || (window->known > expected && window->hole_end > expected));
    HOLDS(way.window.holes == way.window.holes_closed + way.window.holes_expired + way.window.holes_overflowed +
                                  way.window.holes_given_up + (uint64_t)hr_window_is_open(window));
}

static void check(void)
{
    uint64_t datagrams = 0;
    uint64_t known = way.window.held_now;
    uint64_t messages = 0;
    uint64_t gaps = 0;
    uint64_t missing = 0;
    for (int i = 0; i < LINES; i++) {
        const struct hr_line_counters *c = &way.lines[i];
        datagrams += c->datagrams;
        known += counted(c);
        messages += c->messages;
        gaps += c->gaps;
        missing += c->messages_missing;
        HOLDS(c->lost < UINT64_C(1) << 62); /* what is found again was lost before */
    }
    HOLDS(datagrams == known);
    HOLDS(messages == way.messages);
    HOLDS(gaps == way.gaps && missing == way.missing);
    HOLDS(way.packets.accepted == way.unknown_line + datagrams - way.lines[RECOVERY_LINE].datagrams);
    HOLDS(!way.channel.channel.in_session || way.cursor == way.channel.channel.expected);
    if (way.channel.channel.window)
        check_window(&way.channel.window);
    check_requester();
}

/* ---- what goes in ---- */

static void put(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static void send_frame(const uint8_t *bytes, size_t length, uint32_t flags)
{
    struct fuzz_bytes copy = fuzz_copy(bytes, length);
    const struct hr_frame frame = {.bytes = copy.bytes, .length = (uint32_t)length, .flags = flags, .time_ns = way.time_ns};
    hr_pipeline_frame(&way.pipeline, &way.packet, 0, &frame, end, &way);
    free(copy.room);
}

static void send(const uint8_t *payload, size_t length, uint8_t step)
{
    static uint8_t frame[FRAME_HEADERS + PAYLOAD_MAX] = {0x01, 0x00, 0x5E, 0x36, 0x0C, 0x6F, 0x02, [12] = 0x08, [14] = 0x45,
                                                         [20] = 0x40, [22] = 64, 17};
    HOLDS(length <= PAYLOAD_MAX);
    put(frame + 16, 28 + length, 2);
    put(frame + 30, GROUP + (step & BIT_OTHER_LINE ? 1 : 0), 4);
    put(frame + 36, PORT, 2);
    put(frame + 38, 8 + length, 2);
    memcpy(frame + FRAME_HEADERS, payload, length);
    send_frame(frame, FRAME_HEADERS + length, step & BIT_BAD_TIME ? HR_FRAME_BAD_TIME : 0);
}

static size_t make(uint8_t *payload, const char *session, uint64_t sequence, uint16_t count, uint32_t size)
{
    size_t length = MOLD_HEADER;
    memcpy(payload, session, HR_SESSION_ID_BYTES);
    put(payload + 10, sequence, 8);
    put(payload + 18, count, 2);
    for (uint32_t i = 0; i < count && count != COUNT_END; i++) {
        put(payload + length, size, 2);
        length += 2;
        for (uint32_t at = 0; at < size; at++)
            payload[length++] = byte_of(session, sequence + i, at);
    }
    return length;
}

/* So that the time has no more to say when the next frame comes. */
static void tend(void)
{
    if (way.channel.channel.window)
        hr_pipeline_tend(&way.pipeline, &way.channel, way.time_ns, end, &way);
}

static void send_made(uint8_t step, uint64_t sequence, uint16_t count, uint32_t size)
{
    static uint8_t payload[PAYLOAD_MAX];
    char session[HR_SESSION_ID_BYTES + 1] = "A         ";
    session[0] = (char)(session[0] + (step >> SESSION_SHIFT & 3));
    tend(); /* a delivery may have brought a hole to the front that is too old already */
    uint64_t late = way.lines[0].late + way.lines[1].late;
    int is_early = sequence >= way.channel.channel.expected;
    send(payload, make(payload, session, sequence, count, size), step);
    HOLDS(!is_early || way.lines[0].late + way.lines[1].late == late); /* what is in hand is not declared missing */
}

/* What is due is sent, and waits to be answered; what no server has is told. */
static void ask(void)
{
    enum hr_requester_event event;
    struct hr_request_hole given_up;
    uint64_t next_ns;
    while (way.pending_count < REQUESTS_MAX &&
           (event = hr_requester_poll(&way.requester, way.time_ns, &way.pending[way.pending_count], &given_up, &next_ns)) !=
               HR_REQUESTER_IDLE) {
        if (event == HR_REQUESTER_GIVEN_UP) {
            HOLDS(given_up.first < given_up.past);
            hr_window_give_up(&way.channel.window, given_up.first, given_up.past);
            continue;
        }
        const struct hr_request *sent = &way.pending[way.pending_count++];
        HOLDS(sent->server < way.requester.options.servers);
        HOLDS(hr_be16(sent->bytes + 18) > 0 && hr_be16(sent->bytes + 18) <= HR_REQUEST_MESSAGES_MAX);
    }
}

/* As the control thread does: only what somebody waits for reaches the line step. */
static void answer(uint32_t which, uint32_t most, int is_lost)
{
    static uint8_t payload[PAYLOAD_MAX];
    if (way.pending_count == 0)
        return;
    which %= way.pending_count;
    const struct hr_request asked = way.pending[which];
    uint64_t first = hr_be64(asked.bytes + 10);
    uint16_t count = hr_be16(asked.bytes + 18);
    way.pending[which] = way.pending[--way.pending_count];
    count = (uint16_t)(count < most ? count : most);
    if (is_lost || count == 0 || hr_requester_answered(&way.requester, (const char *)asked.bytes, first, count, way.time_ns))
        return;
    struct fuzz_bytes copy = fuzz_copy(payload, make(payload, (const char *)asked.bytes, first, count, most));
    const struct hr_datagram datagram = {
        .payload = copy.bytes, .length = (uint32_t)(MOLD_HEADER + (uint32_t)count * (2 + most)), .time_ns = way.time_ns};
    hr_pipeline_datagram(&way.pipeline, &way.pipeline.lines[RECOVERY_LINE], &datagram, end, &way);
    free(copy.room);
}

static uint64_t near_expected(uint8_t offset)
{
    uint64_t sequence = way.channel.channel.expected + (uint64_t)(int64_t)(int8_t)offset;
    return sequence <= UINT64_C(1) << 62 ? sequence : 0; /* before the first there is nothing */
}

/* One byte of the input; 0 behind its end. */
struct input {
    const uint8_t *data;
    size_t size;
    size_t at;
};

static uint8_t take(struct input *input)
{
    return input->at < input->size ? input->data[input->at++] : 0;
}

static void send_raw(struct input *input, uint8_t step)
{
    size_t length = take(input);
    length = length < input->size - input->at ? length : input->size - input->at;
    if (!way.raw)
        return;
    if (step & BIT_WHOLE_FRAME)
        send_frame(input->data + input->at, length, step & BIT_BAD_TIME ? HR_FRAME_BAD_TIME : 0);
    else
        send(input->data + input->at, length, step);
    input->at += length;
}

static void run_step(struct input *input)
{
    uint8_t step = take(input);
    uint8_t first = 0;
    switch ((enum step)(step & 7)) {
    case STEP_DATA:
        first = take(input);
        uint16_t count = take(input) % 64;
        send_made(step, near_expected(first), count, take(input));
        break;
    case STEP_HEARTBEAT:
        send_made(step, near_expected(take(input)), 0, 0);
        break;
    case STEP_END:
        send_made(step, near_expected(take(input)), COUNT_END, 0);
        break;
    case STEP_TIME:
        first = take(input);
        way.time_ns += (uint64_t)(int64_t)(int16_t)(first << 8 | take(input)) << 2 * (step >> 3);
        tend();
        break;
    case STEP_REQUESTS:
        ask();
        tend();
        break;
    case STEP_ANSWER:
        first = take(input);
        answer(first >> 6, first & 63, step & BIT_WHOLE_FRAME);
        break;
    case STEP_RAW:
        send_raw(input, step);
        break;
    case STEP_FAR:
        first = take(input);
        send_made(step, way.channel.channel.expected + (UINT64_C(1) << first % 40) + first / 40, take(input) % 64, 5);
        break;
    }
}

/* The pipeline's memory is taken once, as the handler does; the window's for each input, for its size is the input's. */
static void open_way(uint8_t options)
{
    const struct hr_requester_options requests = {
        .servers = 2, .answer_ns = 5000, .attempts = 3, .requests_per_second = 1000000};
    struct hr_pipeline pipeline = way.pipeline;
    memset(&way, 0, sizeof way);
    if (pipeline.lines)
        way.pipeline = pipeline;
    else
        HOLDS(hr_pipeline_create(&way.pipeline, &way.unknown_line) == 0);
    memset(&way.pipeline.table, 0, sizeof way.pipeline.table);
    way.packet = (struct hr_packet){.counters = &way.packets, .checksum = HR_CHECKSUM_NONE};
    way.feed.decoder.protocol = &protocol; /* the rest of a decoder is the protocols' own */
    way.channel.feed = &way.feed;
    way.channel.id = CHANNEL;
    way.time_ns = TIME;
    way.raw = options & OPTION_RAW;
    hr_requester_init(&way.requester, &requests, &way.recovery);
    if (!(options & OPTION_NO_WINDOW))
        HOLDS(hr_pipeline_open_window(&way.channel, 1U + (options >> 4), PATIENCE,
                                      options & OPTION_RECOVERY ? RECOVERY_PATIENCE : 0, &way.window) == 0);
    for (uint16_t i = 0; i < LINES; i++) {
        way.pipeline.lines[i] = (struct hr_pipeline_line){.counters = &way.lines[i], .channel = &way.channel};
        if (i != RECOVERY_LINE)
            HOLDS(hr_line_table_add(&way.pipeline.table, 0, GROUP + i, PORT, i) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.data = data, .size = size, .at = 1};
    if (size < 1)
        return 0;
    open_way(data[0]);
    while (input.at < size) {
        run_step(&input);
        check();
    }
    if (way.channel.channel.window) {
        hr_pipeline_flush(&way.pipeline, &way.channel, end, &way);
        check();
        HOLDS(way.window.held_now == 0 && !hr_window_is_open(&way.channel.window));
    }
    hr_window_destroy(&way.channel.window);
    return 0;
}
