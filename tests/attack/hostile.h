/* SPDX-License-Identifier: Apache-2.0
 *
 * The hostile strategy's process: stores what it is told to, then at random as fast as it can.
 */
#ifndef HEADRACE_ATTACK_HOSTILE_H
#define HEADRACE_ATTACK_HOSTILE_H

#include <stdint.h>

/* Shared by the two processes, beside the rings: what an attacker could find out anyhow, and how far it is. */
struct hostile_view {
    uint64_t generation; /* of the cursor page; the writer's */
    uint8_t line[56];    /* changes seldom, and is looked at often */
    uint64_t written;    /* the writer's counts of the hostile ring */
    uint64_t read;
    uint64_t taken;   /* the hostile one's generation */
    uint64_t stores;  /* the hostile one's, when it is done */
    uint64_t punched; /* holes */
    uint64_t pauses;  /* in which it neither read nor stored */
    uint32_t done;
};

enum hostile_kind {
    HOSTILE_TAKE = 1,   /* a new cursor page: its descriptor comes along */
    HOSTILE_STORE = 2,  /* `value` into the cursor; answer with the same order */
    HOSTILE_RANDOM = 3, /* `value` stores at random */
};

struct hostile_order {
    uint64_t kind;
    uint64_t value;
    uint64_t seed;
};

/* Runs until the channel is closed. Returns the exit status. */
int hostile_run(int channel, struct hostile_view *view);

#endif
