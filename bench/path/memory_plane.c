/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "memory_plane.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "sim/frame.h"
#include "sim/market.h"
#include "sim/mold.h"

#define GROUP UINT32_C(0xE9360C6F) /* 233.54.12.111 */
#define PORT 26477
#define BUFFERS 4096 /* as descriptors of a port */
#define BUFFER_BYTES 2048
#define BYTES_PER_MESSAGE 112 /* a packet of one message, at most */

static void *take(size_t bytes)
{
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        err(71, "%zu MiB for packets", bytes >> 20);
    (void)madvise(map, bytes, MADV_HUGEPAGE);
    return map;
}

void memory_plane_generate(struct memory_plane *plane, uint64_t seed, uint64_t messages, uint64_t live_orders,
                           uint32_t window_ns)
{
    struct hr_market_options market_options = HR_MARKET_OPTIONS_DEFAULT;
    struct hr_mold_options mold_options = HR_MOLD_OPTIONS_DEFAULT;
    struct hr_frame_addresses addresses = {
        .source_ip = 0x0A000001, .destination_ip = GROUP, .source_port = 40000, .destination_port = PORT, .ttl = 16};
    uint8_t payload[HR_MOLD_PAYLOAD_BYTES_MAX];
    struct hr_market *market;
    struct hr_mold *mold;
    uint64_t time_ns;
    uint64_t total = messages + live_orders + 65536;
    mold_options.window_ns = window_ns;
    market_options.seed = seed;
    market_options.messages = messages;
    market_options.live_orders = live_orders;
    hr_frame_group_mac(addresses.destination_mac, GROUP);
    *plane = (struct memory_plane){0};
    if (hr_market_create(&market, &market_options) || hr_mold_create(&mold, market, &mold_options))
        errx(71, "the market cannot be made");
    plane->bytes = take(total * BYTES_PER_MESSAGE);
    plane->offsets = take((total + 1) * sizeof *plane->offsets);
    plane->buffers = take(BUFFERS * BUFFER_BYTES);
    plane->times = take(total * sizeof *plane->times);
    plane->opening_messages = hr_market_statistics(market)->opening_messages;
    for (size_t length; (length = hr_mold_next(mold, payload, &time_ns)) != 0; plane->count++) {
        uint8_t *frame = plane->bytes + plane->offsets[plane->count];
        length = hr_frame_write(frame, &addresses, payload, length);
        plane->offsets[plane->count + 1] = plane->offsets[plane->count] + length;
        plane->times[plane->count] = time_ns;
        if (plane->mix == 0 && hr_market_statistics(market)->messages > plane->opening_messages)
            plane->mix = plane->count + 1;
    }
    plane->messages = hr_market_statistics(market)->messages;
    hr_mold_destroy(mold);
    hr_market_destroy(market);
}

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* One packet as a driver delivers it: in a buffer that has just been written, so in the cache, which a day's worth of packets
 * in memory is not. The drivers of kernel ports copy it there; a NIC's DMA leaves it in the last-level cache. */
static struct hr_frame deliver(struct memory_plane *plane)
{
    size_t length = plane->offsets[plane->next + 1] - plane->offsets[plane->next];
    uint8_t *buffer = plane->buffers + plane->next % BUFFERS * BUFFER_BYTES;
    memcpy(buffer, plane->bytes + plane->offsets[plane->next], length);
    return (struct hr_frame){.bytes = buffer, .length = (uint32_t)length};
}

static uint16_t receive(struct hr_input *input, struct hr_frame *frames)
{
    struct memory_plane *plane = input->state;
    uint16_t count = 0;
    uint16_t limit = HR_BURST_FRAMES;
    if (plane->interval_ns) {
        uint64_t now = clock_ns();
        if (now < plane->due_ns)
            return 0;
        /* Not "due + interval": after a pause of the machine packets would come in a heap, which no exchange's line does. */
        plane->due_ns = now + plane->interval_ns;
        limit = 1;
    }
    if (plane->interval_ns && plane->next < plane->end) {
        frames[0] = deliver(plane);
        plane->next++;
        count = 1;
    }
    for (; count < limit && plane->next < plane->end; plane->next++, count++)
        frames[count] = (struct hr_frame){.bytes = plane->bytes + plane->offsets[plane->next],
                                          .length = (uint32_t)(plane->offsets[plane->next + 1] - plane->offsets[plane->next])};
    input->counters->frames += count;
    return count;
}

static void release(struct hr_input *input, struct hr_frame *frames, uint16_t count)
{
    (void)input;
    (void)frames;
    (void)count;
}

static void close_plane(struct hr_input *input)
{
    input->state = NULL;
}

void memory_plane_install(struct memory_plane *plane, struct hr_input *input)
{
    static const struct hr_plane_operations operations = {receive, release, NULL, close_plane};
    input->plane = &operations;
    input->state = plane;
}

void memory_plane_rewind(struct memory_plane *plane, size_t from, size_t to, uint64_t interval_ns)
{
    plane->next = from;
    plane->end = to;
    plane->interval_ns = interval_ns;
    plane->due_ns = 0;
}
