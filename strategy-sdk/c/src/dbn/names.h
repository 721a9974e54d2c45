/* SPDX-License-Identifier: Apache-2.0
 *
 * Which symbol an instrument of a DBN file has at a time: from the file's mappings, and from its own records (symbol mappings
 * of live files, definitions) where it has none. One thread.
 */
#ifndef HEADRACE_DBN_NAMES_H
#define HEADRACE_DBN_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "dbn/metadata.h"

struct hr_dbn_name {
    uint32_t instrument_id;
    uint32_t start_date; /* YYYYMMDD, UTC */
    uint32_t end_date;   /* exclusive */
    const char *symbol;  /* lives as long as the metadata */
};

struct hr_dbn_names {
    struct hr_dbn_name *mapped; /* by instrument_id, then start_date */
    size_t mapped_count;
    struct hr_dbn_name *learned; /* open addressing; symbol NULL is free */
    uint32_t learned_count;
    uint32_t learned_mask;
    char **texts; /* of the learned ones, old ones too: they were given out */
    uint32_t text_count;
};

/* Takes what the metadata say; they outlive the names. Returns 0 or -ENOMEM. */
int hr_dbn_names_open(struct hr_dbn_names *names, const struct hr_dbn_metadata *metadata) __attribute__((warn_unused_result));
void hr_dbn_names_close(struct hr_dbn_names *names);

/* Takes the name that a record gives, if it gives one. Returns 1 and fills *name where it is a new one, else 0. The number of
 * them is limited: a file that names without end is no memory of ours. */
int hr_dbn_names_learn(struct hr_dbn_names *names, const uint8_t *record, size_t length, struct hr_dbn_name *name);

/* The symbol at that time (ns since the UNIX epoch; 0: the first one), or NULL. */
const char *hr_dbn_names_find(const struct hr_dbn_names *names, uint32_t instrument_id, uint64_t time_ns);

/* YYYYMMDD of a time in ns since the UNIX epoch, UTC. */
uint32_t hr_dbn_date(uint64_t time_ns);

#endif
