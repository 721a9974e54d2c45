/* SPDX-License-Identifier: Apache-2.0
 *
 * The instruments of one feed: index to symbol, and for venues that send symbols instead of numbers, symbol to index.
 * Index 0 is the venue as a whole. Where the venue has a number (ITCH stock locate) the index is that number; else indices are
 * given at first sight, from 1 on, and stay for the life of the handler. All memory is taken at creation.
 */
#ifndef HEADRACE_DECODE_INSTRUMENTS_H
#define HEADRACE_DECODE_INSTRUMENTS_H

#include <stdint.h>

struct hr_instruments {
    uint32_t capacity;
    uint32_t count;      /* named so far */
    uint64_t refused;    /* symbols for which there was no room */
    uint64_t *symbols;   /* by index: 8 bytes as on the wire; 0 is not named */
    uint32_t *round_lots;/* by index; 0 is not known */
    uint32_t *hash;      /* open addressing over symbols: index, 0 is free; NULL where the venue has numbers */
    uint32_t hash_mask;
    /* Called when an instrument gets its name, another name (numbers are given anew each day), or its round lot; on the
     * worker's thread: it may not block or allocate. */
    void (*named)(void *context, uint32_t index, const char *symbol, uint32_t round_lot);
    void *context;
};

/* by_symbol: the venue sends symbols. Returns 0 or -ENOMEM. */
int hr_instruments_create(struct hr_instruments *instruments, uint32_t capacity, int by_symbol)
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

/* The index of a symbol, given at first sight; 0 when there is no room for another. */
uint32_t hr_instruments_find(struct hr_instruments *instruments, uint64_t symbol);

/* Writes the symbol without its padding; text holds 9 bytes. An instrument that has no name gives "". */
void hr_instruments_symbol(const struct hr_instruments *instruments, uint32_t index, char *text);

#endif
