/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops beside an incremental line: MDP 3.0 packets with any messages on four lines of one channel, through the pipeline and the real decoder.
 * The input is packets, one after the other:
 *
 *   1 byte   the line in the lower two bits: incremental, snapshots by price, by order, definitions; OPTION_*
 *   2 bytes  big-endian, how long the messages are that follow, each behind its size; the last packet may be cut short
 *
 * Numbers and times of packets are this target's: a gap on the incremental line, and a new passing of a loop, are an option's bit.
 */
#include "fuzz.h"

#include <string.h>

#include "pipeline.h"

#define OPTION_SKIP 0x04  /* a number is left out: on a loop, it begins anew */
#define OPTION_AGAIN 0x08 /* the number of the packet before */
#define LINES 4
#define INSTRUMENTS 16
#define JOURNAL 4
#define HEADER_BYTES 12
#define LENGTH_MAX 1500
#define TIME UINT64_C(1767623400000000000)

static struct way {
    struct hr_pipeline pipeline;
    struct hr_pipeline_feed feed;
    struct hr_pipeline_channel channel;
    struct hr_loops loops;
    struct hr_loops_counters counters;
    struct hr_line_counters lines[LINES];
    struct hr_decode_counters decoded;
    struct hr_book_counters book;
    uint64_t unknown_line;
    uint32_t sequences[LINES];
    uint64_t time_ns;
    uint64_t gaps;
    uint64_t recovered;
} way;

static void emit(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                 const struct hr_packet_context *packet, const void *record, size_t bytes)
{
    const struct hr_mbo *mbo = record;
    (void)context, (void)packet;
    HOLDS(channel == &way.channel && bytes == mbo->header.length * 4U && event->instrument < INSTRUMENTS);
    if (mbo->header.rtype != HR_RTYPE_MBO)
        return;
    HOLDS(!(mbo->flags & HR_FLAG_SNAPSHOT) || (mbo->action != 'T' && mbo->action != 'F'));
}

static void emit_control(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    (void)context, (void)channel, (void)bytes;
    way.gaps += ((const struct hr_record_header *)record)->rtype == HR_RTYPE_GAP;
    way.recovered += ((const struct hr_record_header *)record)->rtype == HR_RTYPE_RECOVERED;
}

static const struct hr_pipeline_end end = {.emit = emit, .emit_control = emit_control};

static void open_way(void)
{
    struct hr_pipeline pipeline = way.pipeline;
    memset(&way, 0, sizeof way);
    if (pipeline.lines)
        way.pipeline = pipeline;
    else
        HOLDS(hr_pipeline_create(&way.pipeline, &way.unknown_line) == 0);
    way.feed.decoder.protocol = &hr_protocol_mdp3;
    HOLDS(hr_decoder_create(&way.feed.decoder, &hr_protocol_mdp3, 1, INSTRUMENTS, &way.decoded) == 0);
    HOLDS(hr_loops_create(&way.loops, HR_LOOP_LEVELS | HR_LOOP_ORDERS | HR_LOOP_DEFINITIONS, INSTRUMENTS, JOURNAL,
                          &way.counters) == 0);
    way.channel = (struct hr_pipeline_channel){.feed = &way.feed, .loops = &way.loops, .book = {.counters = &way.book}};
    way.time_ns = TIME;
    for (uint32_t i = 0; i < LINES; i++)
        way.pipeline.lines[i] =
            (struct hr_pipeline_line){.counters = &way.lines[i], .channel = &way.channel, .is_loop = i != 0};
}

static void check(void)
{
    for (uint32_t i = 0; i < LINES; i++) {
        const struct hr_line_counters *line = &way.lines[i];
        HOLDS(line->datagrams == line->delivered + line->heartbeats + line->ends + line->duplicates + line->late +
                                     line->malformed + line->short_header + line->unsequenced + line->implausible);
    }
    HOLDS(way.channel.in_doubt == way.loops.in_doubt && way.channel.doubtful == 0);
    HOLDS(way.counters.in_doubt == (way.loops.in_doubt != 0));
    HOLDS(way.recovered == way.counters.recovered && way.recovered <= way.counters.doubts);
    HOLDS(way.gaps <= way.counters.doubts && way.loops.journal.count <= JOURNAL);
    HOLDS(way.loops.in_doubt || way.loops.journal.count == 0);
}

static void send(uint8_t option, const uint8_t *messages, size_t length)
{
    static uint8_t payload[HEADER_BYTES + LENGTH_MAX];
    uint32_t line = option % LINES;
    if (!(option & OPTION_AGAIN))
        way.sequences[line] += 1U + (option & OPTION_SKIP && line == 0);
    if (line && option & OPTION_SKIP)
        way.sequences[line] = 1;
    way.time_ns += option & OPTION_AGAIN ? 0 : 1000;
    memcpy(payload, &way.sequences[line], 4);
    memcpy(payload + 4, &way.time_ns, 8);
    memcpy(payload + HEADER_BYTES, messages, length);
    struct fuzz_bytes copy = fuzz_copy(payload, HEADER_BYTES + length);
    const struct hr_datagram datagram = {.payload = copy.bytes, .length = HEADER_BYTES + (uint32_t)length, .time_ns = way.time_ns};
    hr_pipeline_datagram(&way.pipeline, &way.pipeline.lines[line], &datagram, end, &way);
    free(copy.room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_way();
    for (size_t at = 0; size - at > 2;) {
        size_t length = (size_t)data[at + 1] << 8 | data[at + 2];
        uint8_t option = data[at];
        at += 3;
        length = length < size - at ? length : size - at;
        send(option, data + at, length < LENGTH_MAX ? length : LENGTH_MAX);
        check();
        at += length;
    }
    hr_loops_destroy(&way.loops);
    hr_decoder_destroy(&way.feed.decoder);
    return 0;
}
