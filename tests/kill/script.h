/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops that are stepped: what is published, how, and how its reader behaves. The mutations among them are publishers that
 * are wrong on purpose, each in one way; they say whether this test can fail.
 */
#ifndef HEADRACE_KILL_SCRIPT_H
#define HEADRACE_KILL_SCRIPT_H

#include "stage.h"

enum script_reader {
    SCRIPT_READER_KEEPS_PACE,    /* the ring never fills */
    SCRIPT_READER_FALLS_BEHIND,  /* it fills, records are lost, LOST tells of them, and so on */
    SCRIPT_READER_STAYS_AWAY,    /* it fills and stays full; read only when the writer has ended */
    SCRIPT_READER_SPOILS_CURSOR, /* it fills, and then the cursor holds what no reader writes */
};

/* Runs in the child; ends with page->over. */
typedef void script_loop(struct stage *stage, uint64_t records);

struct script {
    const char *name;
    script_loop *loop;
    uint16_t sizes[4]; /* of records, in turn */
    uint16_t slot_bytes;
    uint16_t records; /* published, those ahead too */
    uint16_t ahead;   /* of which before the child starts */
    uint8_t on_full;  /* enum hr_on_full */
    uint8_t reader;   /* enum script_reader */
    uint8_t renewed;
};

extern const struct script script_plain[];
extern const size_t script_plain_count;
extern const struct script script_mutations[];
extern const size_t script_mutations_count;

/* A short one, for the comparison of the two ways to kill. */
extern const struct script script_short;

/* Where a loop's process has memory of its own to be made before the fork. */
void script_prepare(struct stage *stage);
void script_clear(void);

#endif
