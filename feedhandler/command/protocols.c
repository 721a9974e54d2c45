/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the protocols in words: the reference page (docs/protocols.md), and dictionaries for the fuzzers. Nothing in them is
 * written by hand: they are what the decoders go by.
 */
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/dump_format.h"

static const char *const kinds[] = {"unsigned", "signed", "letter", "text"};

static void print_fields(const struct hr_field *fields, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        printf("| %u | `%s` | %u | %s", (unsigned)fields[i].offset, fields[i].name, (unsigned)fields[i].bytes, kinds[fields[i].kind]);
        if (fields[i].since)
            printf(", since version %u", (unsigned)fields[i].since);
        printf(" |\n");
    }
}

static void print_message(const struct hr_protocol *protocol, const struct hr_layout *layout)
{
    char type[HR_DUMP_TYPE_BYTES];
    printf("\n### %s: %s, %u bytes%s\n\n| offset | field | bytes | kind |\n|---|---|---|---|\n",
           hr_dump_type(protocol, layout->type, type), layout->name, (unsigned)layout->length,
           protocol->fixed_bytes ? " at least" : "");
    print_fields(layout->fields, layout->field_count);
    for (uint32_t g = 0; g < layout->group_count; g++) {
        printf("\nGroup `%s`, entries of %u bytes%s:\n\n| offset | field | bytes | kind |\n|---|---|---|---|\n", layout->groups[g].name,
               (unsigned)layout->groups[g].entry_bytes, protocol->fixed_bytes ? " at least" : "");
        print_fields(layout->groups[g].fields, layout->groups[g].field_count);
    }
}

void hr_protocols_print_reference(void)
{
    printf("# Protocols: every message, every field\n\n"
           "Made by `headrace help protocols` from the tables that the decoders go by. What becomes of them is in "
           "[normalisation.md](normalisation.md); how to\nadd one, in [adding-a-protocol.md](adding-a-protocol.md). Offsets are from "
           "the message's first byte, in a group from the entry's.\n");
    for (const struct hr_protocol *const *at = hr_protocols; *at; at++) {
        printf("\n## %s\n\n%s. %s-endian; %u messages; publisher %u.\n", (*at)->name, (*at)->title, (*at)->big_endian ? "Big" : "Little",
               (unsigned)(*at)->layout_count, (unsigned)(*at)->publisher_id);
        for (uint32_t i = 0; i < (*at)->layout_count; i++)
            print_message(*at, &(*at)->layouts[i]);
    }
}

/* What a fuzzer would be long in finding: types, and lengths in front of them. */
int hr_protocols_print_dictionary(const char *name)
{
    const struct hr_protocol *protocol = hr_protocol_find(name);
    if (!protocol)
        return EX_USAGE;
    for (uint32_t i = 0; i < protocol->layout_count; i++) {
        const struct hr_layout *layout = &protocol->layouts[i];
        unsigned high = layout->length >> 8;
        unsigned low = layout->length & 0xFF;
        printf("type_%s=\"\\x%02x\"\n", layout->name, layout->type);
        if (protocol->big_endian)
            printf("block_%s=\"\\x%02x\\x%02x\\x%02x\"\n", layout->name, high, low, layout->type);
        else
            printf("block_%s=\"\\x%02x\\x%02x\\x%02x\"\n", layout->name, low, high, layout->type);
    }
    return EX_OK;
}
