/* SPDX-License-Identifier: Apache-2.0
 *
 * The handler that the readers of this bench attach to: one consumer, one ring, the handler's own writing side in sealed memory, and the
 * attach protocol (headrace/attach_abi.h) as the handler speaks it, for one peer.
 */
#ifndef HEADRACE_BENCH_SDK_HANDLER_H
#define HEADRACE_BENCH_SDK_HANDLER_H

#include <stdint.h>

#include "fanout/directory.h"
#include "headrace/producer.h"

#define SDK_CONSUMER "bench"

struct sdk_handler {
    int listener;
    int connection; /* -1: nobody is attached */
    int statistics_fd;
    uint32_t slot_count;
    struct hr_producer producer;
    struct hr_directory_writer directory;
};

/* Listens at `path`, for readers of rings of `slot_count` slots of 64 bytes. Exits on failure. */
void sdk_handler_open(struct sdk_handler *handler, const char *path, uint32_t slot_count);
void sdk_handler_close(struct sdk_handler *handler);

/* Lets in whoever has connected; call it when the listener is readable. A new ring for each. Returns 0, or -1 when the peer is none of this
 * protocol or has gone. */
int sdk_handler_let_in(struct sdk_handler *handler);

/* Fills the ring: orders whose size is 1, 2 .. 1000, 1 .. Exits when something does not fit. */
void sdk_handler_fill(struct sdk_handler *handler);

/* The reader has gone, or is to go. */
void sdk_handler_hang_up(struct sdk_handler *handler);

/* The size of order `number` (from 0), for checking what readers have read. */
static inline uint32_t sdk_size_of(uint64_t number)
{
    return (uint32_t)(number % 1000) + 1;
}

#endif
