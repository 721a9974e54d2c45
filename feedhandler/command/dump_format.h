/* SPDX-License-Identifier: Apache-2.0
 *
 * How `headrace dump` writes what the pipeline makes: CSV of records, JSON of messages with their records, or the
 * records' own bytes.
 */
#ifndef HEADRACE_COMMAND_DUMP_FORMAT_H
#define HEADRACE_COMMAND_DUMP_FORMAT_H

#include <stdio.h>

#include "pipeline.h"

enum hr_dump_mode {
    HR_DUMP_COUNTS, /* one JSON object at the end */
    HR_DUMP_CSV,    /* a record a line */
    HR_DUMP_JSON,   /* a message a line: the venue's own fields, and the records that it became */
    HR_DUMP_RAW,    /* records one after the other, as a consumer reads them, without stamps */
};

struct hr_dump_writer {
    enum hr_dump_mode mode;
    FILE *out;
    uint64_t session_index;       /* of the channel's current session, from 0 */
    const uint8_t *message;       /* the one that `records` came from */
    void *line;                   /* json_t: the message being written */
    uint64_t (*entries)[HR_LAYOUT_GROUPS_MAX]; /* [type]: of the groups of messages decoded, for counts; NULL: not counted */
};

#define HR_DUMP_TYPE_BYTES 4
/* A message type as counts and columns name it: the table's label, else a letter or a number, written to `text`. */
const char *hr_dump_type(const struct hr_protocol *protocol, uint8_t type, char text[HR_DUMP_TYPE_BYTES]);

void hr_dump_begin(struct hr_dump_writer *writer);
void hr_dump_record(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                    const struct hr_packet_context *packet, const void *record, size_t bytes);
void hr_dump_control(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const void *record, size_t bytes);
/* The messages given so far are about to leave memory: writes what is still pending. */
void hr_dump_flush(struct hr_dump_writer *writer);

#endif
