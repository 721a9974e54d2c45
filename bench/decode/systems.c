/* SPDX-License-Identifier: Apache-2.0 */
#include "systems.h"

#include <err.h>
#include <stdlib.h>

#include "pipeline.h"

static struct hr_message messages[HR_MESSAGES_MAX];
static volatile uint64_t kept;

static int parse(const struct packets *packets, uint64_t at, struct hr_session_header *header)
{
    const uint8_t *payload = packets->bytes + packets->offsets[at];
    uint32_t length = (uint32_t)(packets->offsets[at + 1] - packets->offsets[at]);
    return packets->protocol->parse_header(payload, length, header) == HR_SESSION_ACCEPTED;
}

uint64_t system_bound(const struct packets *packets)
{
    uint64_t count = 0;
    uint64_t sum = 0;
    for (uint64_t round = 0; round < packets->repeat; round++)
        for (uint64_t p = 0; p < packets->count; p++) {
            struct hr_session_header header;
            if (!parse(packets, p, &header))
                continue;
            if (packets->protocol->walk) {
                int found = packets->protocol->walk(&header, messages);
                for (int m = 0; m < found; m++)
                    sum += messages[m].bytes[0];
                count += found > 0 ? (uint64_t)found : 0;
                continue;
            }
            const uint8_t *at = header.blocks;
            int big_endian = packets->protocol->big_endian;
            for (uint32_t m = 0; m < header.count; m++) {
                sum += at[2];
                at += 2 + (big_endian ? hr_be16(at) : hr_le16(at));
            }
            count += header.count;
        }
    kept = sum;
    return count;
}

static uint64_t decode(const struct packets *packets, uint64_t *made, int scalar)
{
    static struct hr_decode_counters counters;
    static struct hr_events events __attribute__((aligned(64)));
    static struct hr_decoder decoder;
    uint64_t count = 0;
    *made = 0;
    if (hr_decoder_create(&decoder, packets->protocol, packets->protocol->publisher_id, 65536, &counters))
        errx(71, "memory");
    if (scalar)
        decoder.vector = 0;
    packets->protocol->begin_session(&decoder, packets->times[0]);
    for (uint64_t round = 0; round < packets->repeat; round++)
        for (uint64_t p = 0; p < packets->count; p++) {
            struct hr_session_header header;
            if (!parse(packets, p, &header))
                continue;
            struct hr_packet_context packet = {.ts_recv = packets->times[p],
                                               .send_time_ns = header.send_time_ns,
                                               .first_sequence = header.sequence,
                                               .packet_numbered = packets->protocol->packet_numbered,
                                               .messages = messages};
            if (packets->protocol->walk_and_decode && header.count <= HR_BATCH_MESSAGES) {
                const struct hr_blocks blocks = {.at = header.blocks, .past = header.blocks + header.blocks_length};
                events.count = 0;
                events.arena_used = 0;
                uint32_t found = packets->protocol->walk_and_decode(&decoder, &blocks, header.count, &packet, &events);
                if (found) {
                    count += found;
                    *made += events.count;
                    continue;
                }
            }
            int walked = hr_pipeline_walk(packets->protocol, &header, messages);
            uint32_t found = walked > 0 ? (uint32_t)walked : 0;
            for (uint32_t done = 0; done < found;) {
                uint32_t batch = found - done < HR_BATCH_MESSAGES ? found - done : HR_BATCH_MESSAGES;
                packet.messages = messages + done;
                packet.first_sequence = header.sequence + (packet.packet_numbered ? 0 : done);
                events.count = 0;
                events.arena_used = 0;
                done += packets->protocol->decode(&decoder, messages + done, batch, &packet, &events);
                *made += events.count;
            }
            count += found;
        }
    hr_decoder_destroy(&decoder);
    return count;
}

uint64_t system_headrace(const struct packets *packets, uint64_t *events)
{
    return decode(packets, events, 0);
}

uint64_t system_headrace_scalar(const struct packets *packets, uint64_t *events)
{
    return decode(packets, events, 1);
}
