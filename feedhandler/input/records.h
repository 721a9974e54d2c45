/* SPDX-License-Identifier: Apache-2.0
 *
 * Plane dbn: a file of records instead of packets. They go straight to the fan-out step, past packet, line, decode and book;
 * which feed they are of, and what they are called, is decided here. One file is one feed.
 */
#ifndef HEADRACE_INPUT_RECORDS_H
#define HEADRACE_INPUT_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "dbn/names.h"
#include "dbn/reader.h"
#include "input/input.h"
#include "input/schedule.h"
#include "observe/metrics.h"

/* records = handed on + refused_length + refused_instrument + out_of_time. */
#define HR_RECORDS_COUNTERS(X)                                                                                                 \
    X(records, "records read from the file")                                                                                   \
    X(refused_length, "refused: records longer than their type, or than any slot")                                             \
    X(refused_instrument, "refused: records of instruments that there is no room for (feeds[].instruments_max)")               \
    X(out_of_time, "passed over: records before or after the time that was asked for")

struct hr_records_counters {
    HR_RECORDS_COUNTERS(HR_METRIC_FIELD)
};

/* One instrument of one publisher. */
struct hr_records_entry {
    uint64_t key;       /* publisher << 32 | number, + 1; 0 is free */
    uint32_t index;     /* of the instrument; 0: the venue */
    uint32_t looked_up; /* `generation` when its name was looked up */
    const char *symbol; /* as last told */
};

struct hr_records {
    struct hr_dbn_reader reader;
    struct hr_dbn_names names;
    struct hr_records_counters *counters;
    struct hr_records_entry *entries; /* open addressing */
    uint32_t mask;
    uint32_t count;
    uint32_t index_count; /* instruments */
    uint32_t instruments_max;
    int opened;
    int have_next;
    struct hr_dbn_record next;
    uint64_t next_time;  /* never HR_UNDEF_TIMESTAMP */
    uint64_t day;        /* days since the epoch of the last record */
    uint32_t generation; /* of names: another each day, and when a record gives one */
    /* An instrument has another name than before, for this publisher. */
    void (*named)(void *context, uint32_t index, uint16_t publisher_id, uint32_t instrument_id, const char *symbol);
    void *context;
    struct hr_schedule *schedule;
    uint32_t input; /* its number in the schedule */
    uint32_t feed;  /* whose records they are */
    const struct hr_config_input *config;
    struct hr_input_counters *input_counters;
    /* Without a schedule: `pace` and `speed` of the input. */
    struct hr_schedule own;
};

/* One record, ready to be published. */
struct hr_records_item {
    const uint8_t *bytes; /* aligned; valid until the next call */
    size_t length;
    uint32_t instrument; /* its index */
    uint8_t schemas;     /* bits of enum hr_schema */
};

/* Opens the input's file as input->records; counters, named and context are the caller's to set then. Control thread. Returns 0
 * or a negative errno, after an error message. */
int hr_records_open(struct hr_input *input, uint32_t index, uint32_t instruments_max, struct hr_schedule *schedule)
    __attribute__((warn_unused_result));

/* The next record whose time has come, copied to `room` (HR_DBN_RECORD_BYTES_MAX bytes, aligned to 8). Returns 1; 0 for none
 * now, or none any more: then the input's counters say finished. Worker thread. */
int hr_records_next(struct hr_records *records, struct hr_records_item *item, uint8_t *room);

#endif
