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

/* A destination in the capture. */
struct hr_dump_line {
    char name[24];                               /* group:port; "": the messages of an archive come from none */
    uint64_t types[256];                         /* messages decoded that it has brought */
    uint64_t entries[256][HR_LAYOUT_GROUPS_MAX]; /* of their groups */
};

struct hr_dump_writer {
    enum hr_dump_mode mode;
    FILE *out;
    struct hr_dump_line *lines;                 /* [line of the pipeline] */
    const struct hr_pipeline_channel *channels; /* those of the capture */
    uint64_t *sessions;                         /* [channel]: begun so far */
    struct hr_decoder probe;                    /* which messages of a batch are decoded: asked one by one, for a batch is not */
    struct hr_events events;                    /* of the probe: not looked at */
    void *rows[HR_BATCH_MESSAGES];              /* json_t: the messages being written; NULL: none, or refused */
};

#define HR_DUMP_TYPE_BYTES 4
/* A message type as counts and columns name it: the table's label, else a letter or a number, written to `text`. */
const char *hr_dump_type(const struct hr_protocol *protocol, uint8_t type, char text[HR_DUMP_TYPE_BYTES]);

void hr_dump_begin(struct hr_dump_writer *writer);
/* A batch has been decoded: `count` from packet->messages on. Its records follow. */
void hr_dump_messages(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const struct hr_packet_context *packet,
                      uint32_t count);
void hr_dump_record(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                    const struct hr_packet_context *packet, const void *record, size_t bytes);
void hr_dump_control(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const void *record, size_t bytes);
/* The messages given so far are about to leave memory: writes what is still pending. */
void hr_dump_flush(struct hr_dump_writer *writer);

#endif
