/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets in memory, one behind the other: what the decode bench reads. Generated ITCH, or the datagrams of a capture.
 */
#ifndef HEADRACE_BENCH_DECODE_PACKETS_H
#define HEADRACE_BENCH_DECODE_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "decode/decoder.h"

struct packets {
    uint8_t *bytes;
    uint64_t *offsets;  /* [count + 1] */
    uint64_t *times;    /* of arrival, ns since the UNIX epoch */
    uint64_t count;
    uint64_t repeat;    /* how often a round reads all of them: a capture is small */
    uint64_t entries;   /* of one round, where that is what is counted */
    const struct hr_protocol *protocol;
};

/* MoldUDP64 packets with at least `messages` messages of ITCH 5.0. Ends the program when it cannot. */
void packets_generate(struct packets *packets, uint64_t seed, uint64_t messages);

/* The accepted datagrams of a capture, read `repeat` times a round. Returns 0, or 1 when the file is not there. */
int packets_load(struct packets *packets, const char *file, const struct hr_protocol *protocol, uint64_t repeat);

#endif
