/* SPDX-License-Identifier: Apache-2.0
 *
 * A plane of packets in memory: a generated market, handed on by the worker's own input interface, flat out or one
 * packet every so many nanoseconds.
 */
#ifndef HEADRACE_BENCH_MEMORY_PLANE_H
#define HEADRACE_BENCH_MEMORY_PLANE_H

#include "input/input.h"

struct memory_plane {
    uint8_t *bytes;          /* every frame, one after the other */
    size_t *offsets;         /* [count + 1] */
    uint64_t *times;
    uint8_t *buffers;        /* where paced packets are delivered */
    size_t count;
    size_t next;
    size_t end;              /* stop here */
    uint64_t messages;       /* in all frames */
    size_t mix;              /* the first frame after the opening */
    uint64_t opening_messages;
    uint64_t interval_ns;    /* 0: flat out */
    uint64_t due_ns;
};

/* Generates a market of `messages` in the mix, with `live_orders` before it; a packet takes what comes within window_ns of its
 * first message. Exits on failure. */
void memory_plane_generate(struct memory_plane *plane, uint64_t seed, uint64_t messages, uint64_t live_orders,
                           uint32_t window_ns);

/* Takes the place of the input's own plane. Frames carry no time: the worker gives them that of the poll. */
void memory_plane_install(struct memory_plane *plane, struct hr_input *input);

/* Plays frames `from` to `to` from now on. */
void memory_plane_rewind(struct memory_plane *plane, size_t from, size_t to, uint64_t interval_ns);

#endif
