/* SPDX-License-Identifier: Apache-2.0
 *
 * What Python sees of each record type, in one table: the attributes of the record objects and the numpy dtypes are both
 * made from it. Offsets, widths and kinds are taken by the compiler from record.h, so no layout is written down twice.
 */
#ifndef HEADRACE_PYTHON_RECORD_LAYOUT_H
#define HEADRACE_PYTHON_RECORD_LAYOUT_H

#include "headrace/record.h"

enum field_kind {
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_I8,
    FIELD_I16,
    FIELD_I32,
    FIELD_I64,
    FIELD_PRICE,   /* int64 in units of 1e-9; has a second name, for the float */
    FIELD_TIME,    /* uint64, ns since the UNIX epoch; has a second name, for the date */
    FIELD_CHAR,    /* one letter */
    FIELD_TEXT,    /* up to the first zero byte; spaces at the end are padding */
    FIELD_MESSAGE, /* bytes; the byte before them says how many count */
    FIELD_LEVELS,  /* price levels as objects; the fields after it are their columns */
};

/* The enumeration that a field's values are of: headrace/enums.py has them, one class each in this order. */
enum field_choice {
    CHOICE_NONE,
    CHOICE_RTYPE,
    CHOICE_ACTION,
    CHOICE_SIDE,
    CHOICE_TRI_STATE,
    CHOICE_STATUS_ACTION,
    CHOICE_STATUS_REASON,
    CHOICE_TRADING_EVENT,
    CHOICE_STAT_TYPE,
    CHOICE_STAT_UPDATE_ACTION,
    CHOICE_SECURITY_UPDATE_ACTION,
    CHOICE_INSTRUMENT_CLASS,
    CHOICE_MATCH_ALGORITHM,
    CHOICE_USER_DEFINED_INSTRUMENT,
    CHOICE_COUNT,
};

struct record_field {
    const char *name;
    const char *pretty; /* name of the float or the date, FIELD_PRICE and FIELD_TIME only; else NULL */
    const char *doc;
    uint16_t offset;    /* bytes from the record's first */
    uint16_t bytes;
    enum field_kind kind;
    enum field_choice choice;
};

/* A price level: a struct within records. */
struct level_layout {
    const char *name; /* of the Python type */
    const char *doc;
    const struct record_field *fields; /* offsets from the level's first byte */
    size_t field_count;
};

/* One per schema. Those whose records are of the same type stand in a row and have the same `fields`. */
struct record_layout {
    const char *name;   /* of the Python type */
    const char *schema; /* of the dtype */
    const char *doc;
    const struct record_field *fields; /* without those of the header */
    size_t field_count;
    size_t bytes;
    const struct level_layout *level; /* that a FIELD_LEVELS among the fields is of, else NULL */
    uint8_t rtype;
};

/* The fields that every record begins with. */
extern const struct record_field record_header_fields[];
extern const size_t record_header_field_count;

#define LEVEL_BYTES sizeof(struct hr_bid_ask_pair)

extern const struct level_layout level_layouts[];
extern const size_t level_layout_count;

extern const struct record_layout record_layouts[];
extern const size_t record_layout_count;

/* How much of a FIELD_TEXT of `bytes` at `at` counts. */
size_t record_text_bytes(const uint8_t *at, size_t bytes);

#endif
