/* SPDX-License-Identifier: Apache-2.0
 *
 * The instruments of one feed: index to name, and for venues whose symbols or numbers are no index, those to index.
 * Index 0 is the venue as a whole. Where the venue's number is small (ITCH stock locate) the index is that number; else indices are
 * given at first sight, from 1 on, and stay for the life of the handler. All memory is taken at creation.
 */
#ifndef HEADRACE_DECODE_INSTRUMENTS_H
#define HEADRACE_DECODE_INSTRUMENTS_H

#include <stdint.h>

#include "headrace/attach_abi.h"

#define HR_INSTRUMENT_TEXT_BYTES HR_SYMBOL_BYTES /* the longest name, and its zero */

enum hr_instruments_kind {
    HR_INSTRUMENTS_DENSE,     /* the venue's number is the index; names of 8 bytes */
    HR_INSTRUMENTS_BY_SYMBOL, /* the venue sends symbols of 8 bytes, and no number */
    HR_INSTRUMENTS_BY_NUMBER, /* any 32-bit numbers; names are longer, and come later or never: until then the number is the name */
};

struct hr_instruments {
    uint32_t capacity;
    uint32_t count;      /* known so far */
    uint64_t refused;    /* symbols or numbers for which there was no room */
    uint64_t *symbols;   /* by index: 8 bytes as on the wire, or HR_INSTRUMENT_NUMBER(number); 0 is not known */
    char (*texts)[HR_INSTRUMENT_TEXT_BYTES]; /* by index: the name; NULL unless BY_NUMBER */
    uint32_t *round_lots;/* by index; 0 is not known */
    uint8_t *decimals;   /* by index: of its prices on the wire, plus 1; 0 is not known; NULL unless BY_NUMBER */
    uint32_t *hash;      /* open addressing over symbols: index, 0 is free; NULL where DENSE */
    uint32_t hash_mask;
    /* Called when an instrument gets its name, another name (numbers are given anew each day), or its round lot; on the
     * worker's thread: it may not block or allocate. */
    void (*named)(void *context, uint32_t index, const char *symbol, uint32_t round_lot);
    void *context;
};

/* What `symbols` has for a number: never 0, and never what 8 printable bytes give. */
#define HR_INSTRUMENT_NUMBER(number) ((uint64_t)(uint32_t)(number) | UINT64_C(1) << 63)

/* Returns 0 or -ENOMEM. */
int hr_instruments_create(struct hr_instruments *instruments, uint32_t capacity, enum hr_instruments_kind kind)
    __attribute__((warn_unused_result));
void hr_instruments_destroy(struct hr_instruments *instruments);

/* Names instrument `index`. Slow path of hr_instruments_see. What is known already is not told again. round_lot 0: not known. */
void hr_instruments_name(struct hr_instruments *instruments, uint32_t index, uint64_t symbol, uint32_t round_lot);

/* A venue's number and symbol stood side by side in a message; index < capacity. */
static inline void hr_instruments_see(struct hr_instruments *instruments, uint32_t index, uint64_t symbol)
{
    if (__builtin_expect(instruments->symbols[index] != symbol, 0))
        hr_instruments_name(instruments, index, symbol, 0);
}

/* The index of a symbol or HR_INSTRUMENT_NUMBER, given at first sight; 0 when there is no room for another. */
uint32_t hr_instruments_find(struct hr_instruments *instruments, uint64_t symbol);

#define HR_INSTRUMENTS_SPREAD UINT64_C(0x9E3779B97F4A7C15)

/* Where a symbol or number is looked for first. */
static inline uint32_t hr_instruments_home(const struct hr_instruments *instruments, uint64_t symbol)
{
    return (uint32_t)((symbol * HR_INSTRUMENTS_SPREAD) >> 32) & instruments->hash_mask;
}

/* The same as hr_instruments_find; in line where the first look finds it. */
static inline uint32_t hr_instruments_find_soon(struct hr_instruments *instruments, uint64_t symbol)
{
    uint32_t index = instruments->hash[hr_instruments_home(instruments, symbol)];
    return __builtin_expect(instruments->symbols[index] == symbol, 1) ? index : hr_instruments_find(instruments, symbol);
}

/* BY_NUMBER: names instrument `index`; text is `bytes` long, padded with spaces or zeros, and cut where it is longer than names can be. */
void hr_instruments_name_text(struct hr_instruments *instruments, uint32_t index, const uint8_t *text, uint32_t bytes,
                              uint32_t round_lot);

/* What records have as instrument_id. */
static inline uint32_t hr_instruments_id(const struct hr_instruments *instruments, uint32_t index)
{
    return instruments->texts ? (uint32_t)instruments->symbols[index] : index;
}

/* Writes the name without its padding; text holds HR_INSTRUMENT_TEXT_BYTES. An instrument that has none gives "". */
void hr_instruments_symbol(const struct hr_instruments *instruments, uint32_t index, char *text);

#endif
