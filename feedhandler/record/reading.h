/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading thread of a recording: from the ring to the spool. It waits for records and for nothing else: where the disk does
 * not keep up, they are dropped here, counted and told of, and never in the ring.
 */
#ifndef HEADRACE_RECORD_READING_H
#define HEADRACE_RECORD_READING_H

#include <stdint.h>

#include "headrace/headrace.h"
#include "record/recording.h"
#include "record/spool.h"
#include "record/tally.h"

struct hr_reading {
    const struct hr_recording *recording;
    struct hr_feed *feed;
    struct hr_spool *spool;
    struct hr_tally *tally;
    struct hr_spool_chunk *chunk; /* being filled; NULL: none was free */
    uint64_t chunk_begun_ns;
    uint64_t rotate_at;      /* stamp; 0: not known yet */
    struct hr_drop dropping; /* count 0: not now */
    int ended;
};

/* Takes what there is, and waits up to 100 ms for it. Returns 0, or why there is no more, as hr_feed_next. */
int hr_reading_poll(struct hr_reading *reading) __attribute__((warn_unused_result));

/* Nothing comes any more: the last chunk goes to the spool and says so. Returns 0, or 1 when there is no free one for it yet:
 * to be called again. */
int hr_reading_end(struct hr_reading *reading) __attribute__((warn_unused_result));

#endif
