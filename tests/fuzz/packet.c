/* SPDX-License-Identifier: Apache-2.0
 *
 * The packet step: the input is one frame. It is parsed under every checksum mode, and with what a port may say of it.
 */
#include "fuzz.h"

#include "packet/packet.h"

#define TIME UINT64_C(1767623400000000000)

/* What the port reports; `good` and `bad` of the same checksum never come together. */
static const uint32_t reports[] = {
    0,
    HR_FRAME_IP_GOOD | HR_FRAME_UDP_GOOD,
    HR_FRAME_IP_GOOD,
    HR_FRAME_IP_BAD,
    HR_FRAME_UDP_BAD | HR_FRAME_BAD_TIME,
    HR_FRAME_BAD_TIME | HR_FRAME_CUT,
};

static uint64_t refusals(const struct hr_packet_counters *c)
{
    uint64_t all = 0;
#define ADD(name, help) all += c->name;
    HR_PACKET_COUNTERS(ADD)
#undef ADD
    return all - c->frames - c->accepted - c->ip_checksum_absent;
}

static void check_datagram(const struct hr_frame *frame, const struct hr_datagram *datagram)
{
    HOLDS(datagram->payload >= frame->bytes + 14 + 20 + 8);
    HOLDS(datagram->payload <= frame->bytes + frame->length);
    HOLDS(datagram->length <= (size_t)(frame->bytes + frame->length - datagram->payload));
    HOLDS(datagram->flags == (frame->flags & HR_FRAME_BAD_TIME));
    HOLDS(datagram->time_ns == frame->time_ns);
}

/* Returns whether the frame was accepted. */
static int parse(const struct hr_frame *frame, enum hr_checksum checksum, int allow_absent)
{
    struct hr_packet_counters counters = {0};
    const struct hr_packet packet = {.counters = &counters, .checksum = checksum, .allow_absent = allow_absent};
    struct hr_datagram datagram;
    int refused = hr_packet_parse(&packet, frame, &datagram);
    HOLDS(refused == 0 || refused == 1);
    HOLDS(counters.frames == 1);
    HOLDS(counters.frames == counters.accepted + refusals(&counters));
    HOLDS(counters.accepted == (uint64_t)!refused);
    HOLDS(counters.ip_checksum_absent == 0 || (allow_absent && checksum != HR_CHECKSUM_NONE));
    if (!refused)
        check_datagram(frame, &datagram);
    return !refused;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes copy = fuzz_copy(data, size);
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        for (int allow_absent = 0; allow_absent < 2; allow_absent++) {
            const struct hr_frame frame = {
                .bytes = copy.bytes, .length = (uint32_t)size, .flags = reports[i], .time_ns = TIME};
            int none = parse(&frame, HR_CHECKSUM_NONE, allow_absent);
            int ip = parse(&frame, HR_CHECKSUM_IP, allow_absent);
            int udp = parse(&frame, HR_CHECKSUM_UDP, allow_absent);
            HOLDS(none >= ip && ip >= udp); /* to check more can only refuse more */
            HOLDS(!(reports[i] & (HR_FRAME_IP_BAD | HR_FRAME_UDP_BAD)) || !none);
            if (reports[i] == (HR_FRAME_IP_GOOD | HR_FRAME_UDP_GOOD))
                HOLDS(none == udp); /* what the port has checked is not checked again */
        }
    free(copy.room);
    return 0;
}
