/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of keys: what may stand in a configuration, where it goes, what it may be, what it is when left out, and what
 * it means.
 */
#ifndef HEADRACE_CONFIG_KEYS_H
#define HEADRACE_CONFIG_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum hr_key_type {
    HR_KEY_TEXT,         /* char[bytes] */
    HR_KEY_NUMBER,       /* uint64_t, minimum to maximum */
    HR_KEY_CORE,         /* uint64_t, a processor's number, or `auto` */
    HR_KEY_POWER_OF_TWO, /* uint64_t, minimum to maximum */
    HR_KEY_REAL,         /* double, above 0 and up to maximum */
    HR_KEY_BOOLEAN,      /* uint32_t */
    HR_KEY_CHOICE,       /* uint32_t: the index in `choices` */
    HR_KEY_ADDRESS,      /* uint32_t: an IPv4 address */
    HR_KEY_TEXT_LIST,    /* struct hr_text_list */
    HR_KEY_SECTION,      /* a mapping of its own */
    HR_KEY_SECTIONS,     /* a list of mappings: a pointer, and a uint32_t count right after it */
};

struct hr_section;

struct hr_key {
    const char *name;
    enum hr_key_type type;
    size_t offset;
    size_t bytes;     /* of HR_KEY_TEXT */
    uint64_t minimum;
    uint64_t maximum;
    const char *fallback; /* what it is when left out, as it would be written; NULL: it may not be left out */
    const char *choices;  /* separated by '|' */
    const struct hr_section *section;
    const char *unit;
    const char *help;
};

struct hr_section {
    const char *name;
    const char *help;
    size_t bytes;
    const struct hr_key *keys; /* the last has no name */
};

extern const struct hr_section hr_config_section;

#endif
