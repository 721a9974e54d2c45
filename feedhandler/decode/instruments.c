/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/instruments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/metrics.h"

#define SYMBOL_BYTES 8

int hr_instruments_create(struct hr_instruments *instruments, uint32_t capacity, enum hr_instruments_kind kind)
{
    uint32_t slots = 16;
    while (slots < capacity * 2)
        slots *= 2;
    *instruments = (struct hr_instruments){.capacity = capacity, .hash_mask = slots - 1};
    instruments->symbols = calloc(capacity, sizeof *instruments->symbols);
    instruments->round_lots = calloc(capacity, sizeof *instruments->round_lots);
    instruments->hash = kind != HR_INSTRUMENTS_DENSE ? calloc(slots, sizeof *instruments->hash) : NULL;
    instruments->texts = kind == HR_INSTRUMENTS_BY_NUMBER ? calloc(capacity, sizeof *instruments->texts) : NULL;
    instruments->decimals = kind == HR_INSTRUMENTS_BY_NUMBER ? calloc(capacity, sizeof *instruments->decimals) : NULL;
    if (!instruments->symbols || !instruments->round_lots || (kind != HR_INSTRUMENTS_DENSE && !instruments->hash) ||
        (kind == HR_INSTRUMENTS_BY_NUMBER && (!instruments->texts || !instruments->decimals))) {
        hr_instruments_destroy(instruments);
        return -ENOMEM;
    }
    hr_touch(instruments->symbols, capacity * sizeof *instruments->symbols);
    hr_touch(instruments->round_lots, capacity * sizeof *instruments->round_lots);
    hr_touch(instruments->hash, instruments->hash ? slots * sizeof *instruments->hash : 0);
    hr_touch(instruments->texts, instruments->texts ? capacity * sizeof *instruments->texts : 0);
    hr_touch(instruments->decimals, instruments->decimals ? capacity * sizeof *instruments->decimals : 0);
    return 0;
}

void hr_instruments_destroy(struct hr_instruments *instruments)
{
    free(instruments->symbols);
    free(instruments->round_lots);
    free(instruments->hash);
    free(instruments->texts);
    free(instruments->decimals);
    instruments->symbols = NULL;
    instruments->round_lots = NULL;
    instruments->hash = NULL;
    instruments->texts = NULL;
    instruments->decimals = NULL;
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

void hr_instruments_name_text(struct hr_instruments *instruments, uint32_t index, const uint8_t *text, uint32_t bytes,
                              uint32_t round_lot)
{
    char name[HR_INSTRUMENT_TEXT_BYTES] = "";
    if (!instruments->texts || index >= instruments->capacity)
        return;
    while (bytes > 0 && (text[bytes - 1] == ' ' || text[bytes - 1] == '\0'))
        bytes--;
    bytes = bytes < sizeof name ? bytes : (uint32_t)sizeof name - 1;
    for (uint32_t i = 0; i < bytes; i++)
        name[i] = text[i] == '\0' ? '?' : (char)text[i];
    if (bytes == 0 || (strcmp(instruments->texts[index], name) == 0 && instruments->round_lots[index] == round_lot))
        return;
    memcpy(instruments->texts[index], name, sizeof name);
    instruments->round_lots[index] = round_lot;
    if (instruments->named)
        instruments->named(instruments->context, index, name, round_lot);
}

/* A number at first sight: its name may come later, or never; who wants everything wants it now. */
static void name_by_number(struct hr_instruments *instruments, uint32_t index, uint64_t key)
{
    char text[HR_INSTRUMENT_TEXT_BYTES];
    instruments->count++;
    instruments->symbols[index] = key;
    int bytes = snprintf(text, sizeof text, "%u", (unsigned)key);
    hr_instruments_name_text(instruments, index, (const uint8_t *)text, (uint32_t)bytes, 0);
}

uint32_t hr_instruments_find(struct hr_instruments *instruments, uint64_t symbol)
{
    uint32_t at = hr_instruments_home(instruments, symbol);
    for (; instruments->hash[at]; at = (at + 1) & instruments->hash_mask)
        if (instruments->symbols[instruments->hash[at]] == symbol)
            return instruments->hash[at];
    if (instruments->count + 1 >= instruments->capacity || symbol == 0) {
        instruments->refused++;
        return 0;
    }
    uint32_t index = instruments->count + 1;
    instruments->hash[at] = index;
    if (instruments->texts)
        name_by_number(instruments, index, symbol);
    else
        hr_instruments_name(instruments, index, symbol, 0);
    return index;
}

void hr_instruments_symbol(const struct hr_instruments *instruments, uint32_t index, char *text)
{
    if (instruments->texts)
        snprintf(text, HR_INSTRUMENT_TEXT_BYTES, "%s", index < instruments->capacity ? instruments->texts[index] : "");
    else
        write_symbol(index < instruments->capacity ? instruments->symbols[index] : 0, text);
}
