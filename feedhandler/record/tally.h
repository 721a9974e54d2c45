/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recording has not in its files: the reading thread counts, the writing thread tells of it in the sidecars while the
 * count goes on.
 */
#ifndef HEADRACE_RECORD_TALLY_H
#define HEADRACE_RECORD_TALLY_H

#include <pthread.h>
#include <stdint.h>

#include "headrace/record.h"

#define HR_OWN_RTYPE 0xE0 /* Headrace's own records, this one and those up to 0xEF: never in a DBN file */
#define HR_OWN_KINDS 16
#define HR_TALLY_DROPS_MAX 4096 /* stretches told one by one */

/* One stretch of records that there was no room for. */
struct hr_drop {
    uint64_t count;
    uint64_t first_stamp;
    uint64_t last_stamp;
};

struct hr_tally_counts {
    uint64_t dropped;
    uint64_t own[HR_OWN_KINDS]; /* by rtype - HR_OWN_RTYPE */
    uint64_t lost;              /* told by LOST records: the ring had no room */
    uint64_t malformed;         /* records of impossible lengths */
};

/* The reading thread writes all of it. */
struct hr_tally {
    pthread_mutex_t lock; /* over `drops`, `drop_count` and `counts.dropped`; the other counts are atomic */
    struct hr_tally_counts counts;
    struct hr_drop drops[HR_TALLY_DROPS_MAX];
    uint32_t drop_count; /* more than HR_TALLY_DROPS_MAX: the later ones are in the last */
};

void hr_tally_create(struct hr_tally *tally);

/* The reading thread: a record of Headrace's own, one of an impossible length, a stretch that is over. The last may wait for
 * the writing thread to copy what has been dropped before. */
void hr_tally_own(struct hr_tally *tally, const struct hr_record_header *record);
void hr_tally_malformed(struct hr_tally *tally);
void hr_tally_drop(struct hr_tally *tally, const struct hr_drop *drop);

/* Any thread: the counts as they are now, but for `dropped`, which is 0: it is looked at with `drops`, under the lock. */
void hr_tally_look(const struct hr_tally *tally, struct hr_tally_counts *counts);

#endif
