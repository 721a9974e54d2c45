/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/instruments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "observe/metrics.h"

#define SYMBOL_BYTES 8

int hr_instruments_create(struct hr_instruments *instruments, uint32_t capacity, int by_symbol)
{
    uint32_t slots = 16;
    while (slots < capacity * 2)
        slots *= 2;
    *instruments = (struct hr_instruments){.capacity = capacity, .hash_mask = slots - 1};
    instruments->symbols = calloc(capacity, sizeof *instruments->symbols);
    instruments->round_lots = calloc(capacity, sizeof *instruments->round_lots);
    instruments->hash = by_symbol ? calloc(slots, sizeof *instruments->hash) : NULL;
    if (!instruments->symbols || !instruments->round_lots || (by_symbol && !instruments->hash)) {
        hr_instruments_destroy(instruments);
        return -ENOMEM;
    }
    hr_touch(instruments->symbols, capacity * sizeof *instruments->symbols);
    hr_touch(instruments->round_lots, capacity * sizeof *instruments->round_lots);
    hr_touch(instruments->hash, by_symbol ? slots * sizeof *instruments->hash : 0);
    return 0;
}

void hr_instruments_destroy(struct hr_instruments *instruments)
{
    free(instruments->symbols);
    free(instruments->round_lots);
    free(instruments->hash);
    instruments->symbols = NULL;
    instruments->round_lots = NULL;
    instruments->hash = NULL;
}

static void write_symbol(uint64_t symbol, char *text)
{
    memcpy(text, &symbol, SYMBOL_BYTES);
    int length = SYMBOL_BYTES;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\0'))
        length--;
    for (int i = 0; i < length; i++)
        if (text[i] == '\0') /* no symbol has one: it must not cut the text short, and so become another's */
            text[i] = '?';
    text[length] = '\0';
}

void hr_instruments_name(struct hr_instruments *instruments, uint32_t index, uint64_t symbol, uint32_t round_lot)
{
    char text[SYMBOL_BYTES + 1];
    if (index >= instruments->capacity || symbol == 0)
        return;
    if (instruments->symbols[index] == symbol && (round_lot == 0 || instruments->round_lots[index] == round_lot))
        return;
    instruments->count += instruments->symbols[index] == 0;
    instruments->round_lots[index] = round_lot;
    instruments->symbols[index] = symbol;
    write_symbol(symbol, text);
    if (instruments->named)
        instruments->named(instruments->context, index, text, round_lot);
}

uint32_t hr_instruments_find(struct hr_instruments *instruments, uint64_t symbol)
{
    uint32_t at = (uint32_t)((symbol * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & instruments->hash_mask;
    for (; instruments->hash[at]; at = (at + 1) & instruments->hash_mask)
        if (instruments->symbols[instruments->hash[at]] == symbol)
            return instruments->hash[at];
    if (instruments->count + 1 >= instruments->capacity || symbol == 0) {
        instruments->refused++;
        return 0;
    }
    uint32_t index = instruments->count + 1;
    instruments->hash[at] = index;
    hr_instruments_name(instruments, index, symbol, 0);
    return index;
}

void hr_instruments_symbol(const struct hr_instruments *instruments, uint32_t index, char *text)
{
    write_symbol(index < instruments->capacity ? instruments->symbols[index] : 0, text);
}
