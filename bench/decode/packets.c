/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input/capture.h"
#include "packet/packet.h"
#include "sim/market.h"
#include "sim/mold.h"

#define DAY UINT64_C(1767589200000000000) /* 2026-01-05 in New York: packets come when their messages say */
#define BYTES_PER_MESSAGE 48              /* and its share of headers */
#define CAPTURE_BYTES (UINT64_C(1) << 30)

static void *take(size_t bytes)
{
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        err(71, "%zu MiB for packets", bytes >> 20);
    (void)madvise(map, bytes, MADV_HUGEPAGE);
    return map;
}

static void add(struct packets *packets, const uint8_t *payload, size_t length, uint64_t time_ns)
{
    uint64_t at = packets->offsets[packets->count];
    memcpy(packets->bytes + at, payload, length);
    packets->times[packets->count++] = time_ns;
    packets->offsets[packets->count] = at + length;
}

void packets_generate(struct packets *packets, uint64_t seed, uint64_t messages)
{
    struct hr_market_options market_options = HR_MARKET_OPTIONS_DEFAULT;
    struct hr_mold_options mold_options = HR_MOLD_OPTIONS_DEFAULT;
    struct hr_market *market;
    struct hr_mold *mold;
    uint8_t payload[HR_MOLD_PAYLOAD_BYTES_MAX];
    uint64_t time_ns;
    mold_options.window_ns = 1000000; /* full packets */
    market_options.seed = seed;
    market_options.messages = messages;
    if (hr_market_create(&market, &market_options) || hr_mold_create(&mold, market, &mold_options))
        errx(71, "the market cannot be made");
    uint64_t total = messages + market_options.live_orders + 1000000;
    *packets = (struct packets){.bytes = take(total * BYTES_PER_MESSAGE),
                                .offsets = take((total + 1) * sizeof *packets->offsets),
                                .times = take(total * sizeof *packets->times),
                                .repeat = 1,
                                .protocol = &hr_protocol_itch50};
    for (size_t length; (length = hr_mold_next(mold, payload, &time_ns)) != 0;)
        add(packets, payload, length, DAY + time_ns);
    hr_mold_destroy(mold);
    hr_market_destroy(market);
}

int packets_load(struct packets *packets, const char *file, const struct hr_protocol *protocol, uint64_t repeat)
{
    char error[HR_CAPTURE_ERROR_BYTES];
    struct hr_capture *capture;
    struct hr_packet_counters counters = {0};
    const struct hr_packet step = {.counters = &counters, .allow_absent = 1, .checksum = HR_CHECKSUM_NONE};
    struct hr_frame frame;
    struct hr_datagram datagram;
    if (access(file, R_OK) || hr_capture_open(&capture, file, error))
        return 1;
    *packets = (struct packets){.bytes = take(CAPTURE_BYTES),
                                .offsets = take(CAPTURE_BYTES / 16),
                                .times = take(CAPTURE_BYTES / 16),
                                .repeat = repeat,
                                .protocol = protocol};
    while (hr_capture_next(capture, &frame, error) == 1)
        if (hr_packet_parse(&step, &frame, &datagram) == 0)
            add(packets, datagram.payload, datagram.length, datagram.time_ns);
    hr_capture_close(capture);
    return packets->count == 0;
}
