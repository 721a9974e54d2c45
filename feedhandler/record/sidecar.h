/* SPDX-License-Identifier: Apache-2.0
 *
 * FILE.json, beside each file of a recording: what was recorded, what was dropped and when, and what of Headrace's own was left
 * out while the file grew. The writing thread's.
 */
#ifndef HEADRACE_RECORD_SIDECAR_H
#define HEADRACE_RECORD_SIDECAR_H

#include <jansson.h>
#include <stdint.h>

#include "record/dbn_file.h"
#include "record/tally.h"

struct hr_sidecar {
    const char *consumer;
    struct hr_tally *tally;
    struct hr_tally_counts told; /* what the sidecars of earlier files have */
    uint32_t drops_told;
};

/* Of a file that is complete but for its end, `records` in number; the next one tells what comes from here on. */
json_t *hr_sidecar_make(struct hr_sidecar *sidecar, const struct hr_dbn_file *file, const struct hr_dbn_metadata *metadata,
                        uint64_t records);

/* Writes it beside the file of that path; a sidecar that cannot be written is told of, and no more. */
void hr_sidecar_write(const json_t *json, const char *path);

#endif
