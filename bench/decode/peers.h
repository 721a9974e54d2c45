/* SPDX-License-Identifier: Apache-2.0
 *
 * Other people's ITCH decoders, built by bench/peers/decode/build: programs that read a BinaryFILE archive, decode it so many times, and print
 * for each time how many messages there were and how many nanoseconds it took.
 */
#ifndef HEADRACE_BENCH_DECODE_PEERS_H
#define HEADRACE_BENCH_DECODE_PEERS_H

#include "packets.h"
#include "report.h"

#define PEERS_MAX 16

struct peers {
    uint32_t count;
    const char *names[PEERS_MAX];
    const char *notes[PEERS_MAX];
    struct hr_missing missing[PEERS_MAX];
    uint32_t missing_count;
    char folder[512];
    char archive[64]; /* the same messages, as a file */
};

/* folder NULL: no peers. Writes the messages of `packets` to a file of its own. */
void peers_open(struct peers *peers, const char *folder, const struct packets *packets);
void peers_close(struct peers *peers);

/* ns a message of one pass, or 0 when it failed. */
double peers_run(struct peers *peers, uint32_t peer);

#endif
