/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "config.h"
#include "keys.h"
#include "marks.h"

#define ERRORS_MAX 20

/* Prints the paragraph of one error: where, what, and the line with a caret. */
__attribute__((format(printf, 3, 4))) void hr_marks_error(struct hr_marks *marks, struct hr_mark at, const char *format, ...)
{
    va_list arguments;
    if (marks->errors++ >= ERRORS_MAX)
        return;
    fprintf(marks->out, "%s:%zu:%zu: ", marks->path, at.line + 1, at.column + 1);
    va_start(arguments, format);
    vfprintf(marks->out, format, arguments);
    va_end(arguments);
    fputc('\n', marks->out);
    const char *line = marks->text;
    for (size_t i = 0; i < at.line && line; i++) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (!line || !*line)
        return;
    fprintf(marks->out, "  %.*s\n  %*s^\n", (int)strcspn(line, "\r\n"), line, (int)at.column, "");
}

static struct hr_mark start_of(const yaml_node_t *node)
{
    return (struct hr_mark){.line = node->start_mark.line, .column = node->start_mark.column};
}

static void remember(struct hr_marks *marks, const void *field, const yaml_node_t *node)
{
    if (marks->count == marks->room) {
        size_t room = marks->room ? marks->room * 2 : 64;
        struct hr_marked *grown = realloc(marks->items, room * sizeof *grown);
        if (!grown)
            return; /* an error about this field will say line 1 */
        marks->items = grown;
        marks->room = room;
    }
    marks->items[marks->count++] = (struct hr_marked){.field = field, .at = start_of(node)};
}

int hr_marks_has(const struct hr_marks *marks, const void *field)
{
    for (size_t i = 0; i < marks->count; i++)
        if (marks->items[i].field == field)
            return 1;
    return 0;
}

struct hr_mark hr_marks_find_section(const struct hr_marks *marks, const void *section)
{
    for (size_t i = 0; i < marks->count; i++)
        if (marks->items[i].field == section)
            return marks->items[i].at;
    return (struct hr_mark){0};
}

struct hr_mark hr_marks_find(const struct hr_marks *marks, const void *field)
{
    for (size_t i = marks->count; i > 0; i--) /* the newest: see hr_marks_find_section */
        if (marks->items[i - 1].field == field)
            return marks->items[i - 1].at;
    return (struct hr_mark){0};
}

/* Levenshtein's distance, for words shorter than 64. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t length = strlen(b);
    if (length >= 64)
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[length];
}

static const struct hr_key *nearest(const struct hr_section *section, const char *name)
{
    const struct hr_key *best = NULL;
    size_t least = strlen(name) / 2 + 1;
    for (const struct hr_key *key = section->keys; key->name; key++) {
        size_t found = distance(name, key->name);
        if (found <= least) {
            least = found - (found > 0);
            best = key;
        }
    }
    return best;
}

static int parse_section(struct hr_marks *marks, yaml_document_t *document, yaml_node_t *node, const struct hr_section *section,
                         const char *path, void *object);

/* The index of `text` among the choices, or -1. */
static int find_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);
    int index = 0;
    for (const char *at = choices; *at; index++) {
        size_t bytes = strcspn(at, "|");
        if (bytes == length && memcmp(at, text, bytes) == 0)
            return index;
        at += bytes + (at[bytes] == '|');
    }
    return -1;
}

static int parse_number(const char *text, uint64_t *value)
{
    char *end;
    char digits[32];
    size_t length = 0;
    for (const char *at = text; *at; at++) {
        if (*at == '_') /* 1_000_000 */
            continue;
        if (length + 1 == sizeof digits)
            return 0;
        digits[length++] = *at;
    }
    digits[length] = '\0';
    if (digits[0] < '0' || digits[0] > '9')
        return 0;
    errno = 0;
    *value = strtoull(digits, &end, digits[0] == '0' && (digits[1] | 32) == 'x' ? 16 : 10);
    return *end == '\0' && errno == 0;
}

/* Stores one scalar. Returns what was wanted instead, or NULL. `wanted` is a buffer for it. */
static const char *store_scalar(const struct hr_key *key, const char *text, void *field, char *wanted, size_t wanted_bytes)
{
    uint64_t number;
    struct in_addr address;
    char *end;
    switch (key->type) {
    case HR_KEY_TEXT:
        snprintf(wanted, wanted_bytes, "a text of 1 to %zu bytes", key->bytes - 1);
        if (strlen(text) >= key->bytes || (!*text && (!key->fallback || *key->fallback)))
            return wanted;
        memcpy(field, text, strlen(text) + 1);
        return NULL;
    case HR_KEY_CORE:
        if (strcmp(text, "auto") == 0) {
            *(uint64_t *)field = HR_CORE_AUTO;
            return NULL;
        }
        snprintf(wanted, wanted_bytes, "the number of a processor, or auto");
        if (!parse_number(text, &number) || number > key->maximum)
            return wanted;
        *(uint64_t *)field = number;
        return NULL;
    case HR_KEY_NUMBER:
    case HR_KEY_POWER_OF_TWO:
        snprintf(wanted, wanted_bytes, "%s from %llu to %llu", key->type == HR_KEY_NUMBER ? "a whole number" : "a power of two",
                 (unsigned long long)key->minimum, (unsigned long long)key->maximum);
        if (!parse_number(text, &number) || number < key->minimum || number > key->maximum ||
            (key->type == HR_KEY_POWER_OF_TWO && (number & (number - 1))))
            return wanted;
        *(uint64_t *)field = number;
        return NULL;
    case HR_KEY_REAL:
        snprintf(wanted, wanted_bytes, "a number above 0 and up to %llu", (unsigned long long)key->maximum);
        *(double *)field = strtod(text, &end);
        return *text && *end == '\0' && isfinite(*(double *)field) && *(double *)field > 0 &&
                       *(double *)field <= (double)key->maximum
                   ? NULL
                   : wanted;
    case HR_KEY_BOOLEAN:
        if (strcmp(text, "true") && strcmp(text, "false"))
            return "true or false";
        *(uint32_t *)field = *text == 't';
        return NULL;
    case HR_KEY_CHOICE: {
        int choice = find_choice(key->choices, text);
        snprintf(wanted, wanted_bytes, "one of %s", key->choices);
        if (choice < 0)
            return wanted;
        *(uint32_t *)field = (uint32_t)choice;
        return NULL;
    }
    default: /* HR_KEY_ADDRESS */
        if (inet_pton(AF_INET, text, &address) != 1)
            return "an IPv4 address such as 233.54.12.111";
        *(uint32_t *)field = ntohl(address.s_addr);
        return NULL;
    }
}

static int parse_text_list(struct hr_marks *marks, yaml_document_t *document, yaml_node_t *node, const char *path,
                           struct hr_text_list *list)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        hr_marks_error(marks, start_of(node), "%s: wanted a list, such as [a, b]", path);
        return 1;
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    list->items = calloc(count + 1, sizeof *list->items);
    for (size_t i = 0; list->items && i < count; i++) {
        yaml_node_t *item = yaml_document_get_node(document, node->data.sequence.items.start[i]);
        if (item->type != YAML_SCALAR_NODE || item->data.scalar.length == 0) {
            hr_marks_error(marks, start_of(item), "%s: wanted a text in the list", path);
            continue;
        }
        list->items[list->count] = strdup((const char *)item->data.scalar.value);
        if (list->items[list->count]) {
            remember(marks, &list->items[list->count], item);
            list->count++;
        }
    }
    return 0;
}

static int parse_sections(struct hr_marks *marks, yaml_document_t *document, yaml_node_t *node, const struct hr_key *key,
                          const char *path, void *field)
{
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top == node->data.sequence.items.start) {
        hr_marks_error(marks, start_of(node), "%s: wanted a list of at least one entry, each on a line that begins with '-'", path);
        return 1;
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    uint8_t *items = calloc(count, key->section->bytes);
    if (!items)
        return 1;
    *(void **)field = items;
    *(uint32_t *)((uint8_t *)field + sizeof(void *)) = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        char inner[256];
        yaml_node_t *item = yaml_document_get_node(document, node->data.sequence.items.start[i]);
        snprintf(inner, sizeof inner, "%.200s[%zu]", path, i);
        remember(marks, items + i * key->section->bytes, item);
        parse_section(marks, document, item, key->section, inner, items + i * key->section->bytes);
    }
    return 0;
}

static void parse_value(struct hr_marks *marks, yaml_document_t *document, yaml_node_t *node, const struct hr_key *key,
                        const char *path, void *object)
{
    char wanted_text[128];
    void *field = (uint8_t *)object + key->offset;
    remember(marks, field, node);
    if (key->type == HR_KEY_TEXT_LIST) {
        parse_text_list(marks, document, node, path, field);
        return;
    }
    if (key->type == HR_KEY_SECTIONS) {
        parse_sections(marks, document, node, key, path, field);
        return;
    }
    if (key->type == HR_KEY_SECTION) {
        parse_section(marks, document, node, key->section, path, field);
        return;
    }
    if (node->type != YAML_SCALAR_NODE) {
        hr_marks_error(marks, start_of(node), "%s: found a %s, wanted a single value", path,
                       node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
        return;
    }
    const char *text = (const char *)node->data.scalar.value;
    const char *wanted = strlen(text) != node->data.scalar.length
                             ? "a text without zero bytes"
                             : store_scalar(key, text, field, wanted_text, sizeof wanted_text);
    if (wanted)
        hr_marks_error(marks, start_of(node), "%s: found '%s', wanted %s", path, text, wanted);
}

static void store_fallback(const struct hr_key *key, void *object);

static void store_fallbacks(const struct hr_section *section, void *object)
{
    for (const struct hr_key *key = section->keys; key->name; key++)
        store_fallback(key, object);
}

static void store_fallback(const struct hr_key *key, void *object)
{
    char wanted[128];
    if (!key->fallback || key->type == HR_KEY_TEXT_LIST || key->type == HR_KEY_SECTIONS)
        return;
    if (key->type == HR_KEY_SECTION)
        store_fallbacks(key->section, (uint8_t *)object + key->offset);
    else
        (void)store_scalar(key, key->fallback, (uint8_t *)object + key->offset, wanted, sizeof wanted);
}

static void parse_pair(struct hr_marks *marks, yaml_document_t *document, const yaml_node_pair_t *pair,
                       const struct hr_section *section, const char *path, void *object, uint64_t *seen)
{
    char inner[256];
    yaml_node_t *name_node = yaml_document_get_node(document, pair->key);
    yaml_node_t *value = yaml_document_get_node(document, pair->value);
    if (name_node->type != YAML_SCALAR_NODE) {
        hr_marks_error(marks, start_of(name_node), "a key must be a word");
        return;
    }
    const char *name = (const char *)name_node->data.scalar.value;
    snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", name);
    for (const struct hr_key *key = section->keys; key->name; key++) {
        if (strcmp(key->name, name) != 0)
            continue;
        uint64_t bit = UINT64_C(1) << (key - section->keys);
        if (*seen & bit)
            hr_marks_error(marks, start_of(name_node), "%s: given twice; keep one of them", inner);
        else
            parse_value(marks, document, value, key, inner, object);
        *seen |= bit;
        return;
    }
    const struct hr_key *near = nearest(section, name);
    if (near)
        hr_marks_error(marks, start_of(name_node), "unknown key '%s'; did you mean '%s'?", inner, near->name);
    else
        hr_marks_error(marks, start_of(name_node), "unknown key '%s'; `headrace help config` lists those of %s", inner,
                       *section->name ? section->name : "the top level");
}

static int parse_section(struct hr_marks *marks, yaml_document_t *document, yaml_node_t *node, const struct hr_section *section,
                         const char *path, void *object)
{
    uint64_t seen = 0;
    store_fallbacks(section, object);
    if (node->type != YAML_MAPPING_NODE) {
        hr_marks_error(marks, start_of(node), "%s%swanted a mapping of keys", path, *path ? ": " : "");
        return 1;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
        parse_pair(marks, document, pair, section, path, object, &seen);
    for (const struct hr_key *key = section->keys; key->name; key++)
        if (!key->fallback && !(seen >> (key - section->keys) & 1))
            hr_marks_error(marks, start_of(node), "%s%s%s is missing: %s", path, *path ? "." : "", key->name, key->help);
    return 0;
}

static char *read_all(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = NULL;
    size_t length = 0;
    for (size_t room = 0;;) {
        if (length + 1 >= room) {
            room = room ? room * 2 : 65536;
            char *grown = room > (size_t)16 << 20 ? NULL : realloc(text, room); /* no configuration is that long */
            if (!grown) {
                free(text);
                fclose(file);
                errno = EFBIG;
                return NULL;
            }
            text = grown;
        }
        size_t got = fread(text + length, 1, room - length - 1, file);
        length += got;
        if (got == 0)
            break;
    }
    int failed = ferror(file);
    fclose(file);
    text[length] = '\0';
    *bytes = length;
    if (failed) {
        free(text);
        errno = EIO;
        return NULL;
    }
    return text;
}

/* Where the byte at an offset stands: for bytes that are no text, which have no mark of their own. */
static struct hr_mark mark_of_offset(const struct hr_marks *marks, size_t offset)
{
    struct hr_mark at = {0};
    for (size_t i = 0; i < offset && i < marks->bytes; i++) {
        at.column = marks->text[i] == '\n' ? 0 : at.column + 1;
        at.line += marks->text[i] == '\n';
    }
    return at;
}

/* Nothing that the file says is passed over in silence. */
static void refuse_second_document(struct hr_marks *marks, yaml_parser_t *parser)
{
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document)) {
        struct hr_mark at = {.line = parser->problem_mark.line, .column = parser->problem_mark.column};
        hr_marks_error(marks, at, "not YAML: %s", parser->problem ? parser->problem : "unreadable");
        return;
    }
    yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root)
        hr_marks_error(marks, start_of(root), "a second document; a configuration is one");
    yaml_document_delete(&document);
}

static void parse_document(struct hr_marks *marks, struct hr_config *config)
{
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        return;
    yaml_parser_set_input_string(&parser, (const unsigned char *)marks->text, marks->bytes);
    if (!yaml_parser_load(&parser, &document)) {
        struct hr_mark at = {.line = parser.problem_mark.line, .column = parser.problem_mark.column};
        if (parser.error == YAML_READER_ERROR)
            at = mark_of_offset(marks, parser.problem_offset);
        hr_marks_error(marks, at, "not YAML: %s%s%s", parser.problem ? parser.problem : "unreadable", parser.context ? ", " : "",
                       parser.context ? parser.context : "");
        yaml_parser_delete(&parser);
        return;
    }
    yaml_node_t *root = yaml_document_get_root_node(&document);
    if (!root)
        hr_marks_error(marks, (struct hr_mark){0}, "the file is empty; see config/examples/");
    else
        parse_section(marks, &document, root, &hr_config_section, "", config);
    yaml_document_delete(&document);
    refuse_second_document(marks, &parser);
    yaml_parser_delete(&parser);
}

int hr_config_load(struct hr_config *config, const char *path, FILE *errors)
{
    struct hr_marks marks = {.path = path, .out = errors};
    *config = (struct hr_config){0};
    marks.text = read_all(path, &marks.bytes);
    if (!marks.text) {
        int error = -errno;
        fprintf(errors, "%s: %s\n", path, strerror(errno));
        return error;
    }
    parse_document(&marks, config);
    if (marks.errors == 0)
        hr_config_validate(config, &marks);
    if (marks.errors > ERRORS_MAX)
        fprintf(errors, "%s: and %zu more errors\n", path, marks.errors - ERRORS_MAX);
    free(marks.items);
    free(marks.text);
    return marks.errors ? -EINVAL : 0;
}

static void free_list(struct hr_text_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
}

void hr_config_free(struct hr_config *config)
{
    if (!config)
        return;
    free_list(&config->eal.devices);
    free_list(&config->eal.pci);
    free_list(&config->eal.arguments);
    for (uint32_t i = 0; i < config->feed_count; i++) {
        free_list(&config->feeds[i].recovery.servers);
        free(config->feeds[i].lines);
    }
    for (uint32_t i = 0; i < config->consumer_count; i++) {
        free_list(&config->consumers[i].allow.users);
        free_list(&config->consumers[i].allow.groups);
        free_list(&config->consumers[i].feeds);
        free_list(&config->consumers[i].schemas);
        free_list(&config->consumers[i].symbols);
    }
    free(config->inputs);
    free(config->feeds);
    free(config->consumers);
    *config = (struct hr_config){0};
}
