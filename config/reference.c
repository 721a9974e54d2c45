/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "config.h"
#include "keys.h"

static void print_range(FILE *out, const struct hr_key *key)
{
    switch (key->type) {
    case HR_KEY_TEXT:
        fprintf(out, "text, at most %zu bytes", key->bytes - 1);
        break;
    case HR_KEY_NUMBER:
    case HR_KEY_POWER_OF_TWO:
        fprintf(out, "%s, %llu to %llu%s%s", key->type == HR_KEY_NUMBER ? "whole number" : "power of two",
                (unsigned long long)key->minimum, (unsigned long long)key->maximum, key->unit ? " " : "", key->unit ? key->unit : "");
        break;
    case HR_KEY_CORE:
        fprintf(out, "processor number or `auto`");
        break;
    case HR_KEY_REAL:
        fprintf(out, "number above 0, up to %llu", (unsigned long long)key->maximum);
        break;
    case HR_KEY_BOOLEAN:
        fprintf(out, "`true` or `false`");
        break;
    case HR_KEY_CHOICE:
        for (const char *at = key->choices; *at;) {
            size_t bytes = strcspn(at, "|");
            fprintf(out, "%s`%.*s`", at == key->choices ? "" : ", ", (int)bytes, at);
            at += bytes + (at[bytes] == '|');
        }
        break;
    case HR_KEY_ADDRESS:
        fprintf(out, "IPv4 address");
        break;
    case HR_KEY_TEXT_LIST:
        fprintf(out, "list of texts");
        break;
    case HR_KEY_SECTION:
        fprintf(out, "mapping");
        break;
    case HR_KEY_SECTIONS:
        fprintf(out, "list of mappings");
        break;
    }
}

static void print_section(FILE *out, const struct hr_section *section)
{
    fprintf(out, "\n## %s%s%s\n\n%s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", *section->name ? "`" : "",
            *section->name ? section->name : "Top level", *section->name ? "`" : "", section->help);
    for (const struct hr_key *key = section->keys; key->name; key++) {
        fprintf(out, "| `%s` | ", key->name);
        print_range(out, key);
        if (!key->fallback)
            fprintf(out, " | required | %s |\n", key->help);
        else
            fprintf(out, " | %s%s%s | %s |\n", *key->fallback ? "`" : "", *key->fallback ? key->fallback : "empty",
                    *key->fallback ? "`" : "", key->help);
    }
    for (const struct hr_key *key = section->keys; key->name; key++)
        if (key->section)
            print_section(out, key->section);
}

void hr_config_print_reference(FILE *out)
{
    fprintf(out, "# Configuration reference\n\n"
                 "Made from the table of keys in config/keys.c by `headrace help config`. A key that is not here is an error.\n");
    print_section(out, &hr_config_section);
}
