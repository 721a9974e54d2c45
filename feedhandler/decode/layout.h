/* SPDX-License-Identifier: Apache-2.0
 *
 * Message layouts as data: what the tables (itch50_table.h, deep10_table.h) say, for everything that is not the hot path.
 */
#ifndef HEADRACE_DECODE_LAYOUT_H
#define HEADRACE_DECODE_LAYOUT_H

#include <stdint.h>

enum hr_field_kind {
    HR_FIELD_UINT, /* unsigned, of the protocol's byte order */
    HR_FIELD_INT,  /* two's complement */
    HR_FIELD_CHAR, /* one printable code */
    HR_FIELD_TEXT, /* padded with spaces on the right */
};

struct hr_field {
    const char *name;
    uint16_t offset;
    uint16_t bytes;
    uint8_t kind; /* enum hr_field_kind */
    uint8_t since; /* the protocol version that brought it, where that is not told by lengths alone; 0: always there */
};

/* A group that repeats: its dimensions say how long an entry is and how many there are; or every entry has entry_bytes, and the
 * byte at count_offset of the message says how many there are. */
struct hr_layout_group {
    const char *name;
    const struct hr_field *fields; /* offsets within an entry */
    uint8_t field_count;
    uint8_t dimension_bytes; /* of the header in front: entry length u16, then the number of entries in the last byte; 0: none */
    uint8_t since;           /* the protocol version that brought it; 0: always there */
    uint16_t entry_bytes;    /* the shortest entry that is taken; where there is no header, the length of all */
    uint16_t count_offset;   /* where there is no header: of the byte in the message that says how many */
};
#define HR_LAYOUT_GROUPS_MAX 8 /* of one message */

struct hr_layout {
    uint8_t type;
    uint8_t field_count;
    uint16_t length; /* of the whole message, its type included; without its groups */
    const char *name;
    const struct hr_field *fields;
    const struct hr_layout_group *groups; /* in their order on the wire; NULL: none */
    uint8_t group_count;
    const char *label; /* in counts; NULL: the type as a letter or a number */
};

/* Expansions of M() and F(): offsets as constants PREFIX_message_field, and the same as data. */
#define HR_LAYOUT_FIELD(message, field_, offset_, bytes_, kind_) \
    {.name = #field_, .offset = (offset_), .bytes = (bytes_), .kind = HR_FIELD_##kind_},
#define HR_LAYOUT(code, message, bytes) \
    {.type = (code), .field_count = sizeof message##_fields / sizeof *message##_fields, .length = (bytes), .name = #message, \
     .fields = message##_fields},

#endif
