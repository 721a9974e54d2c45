/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reader may see, at any instruction of the writer and after its death: records as they were published, whole, each
 * once, in order, with rising stamps; in place of those that had no room one LOST record with their exact number; everything
 * that was published, nothing that was not. The reading is the real hr_consumer_peek and hr_consumer_batch.
 */
#ifndef HEADRACE_KILL_AUDIT_H
#define HEADRACE_KILL_AUDIT_H

#include "stage.h"

/* A reader, and how far it is: records read and records told of as lost, which is the id of the next. */
struct audit_view {
    struct hr_consumer consumer;
    uint64_t position;
};

struct audit_verdict {
    int wrong;
    char why[192];
};

/* What was found at one instruction, to compare with what is found later. */
struct audit_end {
    uint64_t position;
    uint64_t last_stamp;
    uint64_t records;
    uint64_t slots;
    uint64_t state;
};

/* Says what is wrong, the first time; returns 0. */
int audit_fault(struct audit_verdict *verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads at most `limit` slots with hr_consumer_peek, checking each. Returns 0 when something is wrong. */
int audit_read(const struct stage *stage, struct audit_view *view, uint64_t limit, struct audit_verdict *verdict);

/* Reads all there is from where the reader stands, twice, without the writer or the reader noticing: the cursor of this reading
 * is a scratch page. Returns 0 when something is wrong. */
int audit_all(const struct stage *stage, const struct audit_view *reader, struct audit_end *end, struct audit_verdict *verdict);

/* The same, held against what the writer has noted and against `last`, the instruction before (zeros for none). */
int audit_writer(const struct stage *stage, const struct audit_view *reader, const struct audit_end *last,
                 struct audit_end *end, struct audit_verdict *verdict);

#endif
