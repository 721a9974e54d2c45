/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace stat: the counters of a running handler, read from its statistics page. Asks for the page once; reading it costs the
 * handler nothing.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "command/command.h"
#include "headrace/headrace.h"

static const char usage[] = "usage: headrace stat [--json] [--all] [--instance NAME | --socket PATH]\n\n"
                            "Shows the counters of a running handler; without --all only those that are not 0.\n"
                            "  --json            one JSON object: step, subject, name: value\n"
                            "  --instance NAME   which handler (headrace)\n"
                            "  --socket PATH     or its socket; $HEADRACE_SOCKET is used when neither is given\n";

struct page {
    const struct hr_statistics_page *map;
    size_t bytes;
    uint32_t count;
    const uint64_t *values;
};

/* The page comes from another process: every number in it that addresses memory is checked. */
static int map_page(struct page *page, int fd)
{
    struct stat found;
    if (fstat(fd, &found) < 0 || found.st_size < (off_t)sizeof *page->map)
        return -1;
    page->bytes = (size_t)found.st_size;
    void *map = mmap(NULL, page->bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -1;
    page->map = map;
    page->count = __atomic_load_n(&page->map->count, __ATOMIC_ACQUIRE);
    size_t offset = page->map->values_offset;
    if (page->map->magic != HR_STATISTICS_MAGIC || page->map->entry_bytes != sizeof(struct hr_statistics_entry) ||
        offset % sizeof(uint64_t) || offset > page->bytes || page->count > (page->bytes - offset) / sizeof(uint64_t) ||
        sizeof *page->map + (size_t)page->count * sizeof(struct hr_statistics_entry) > offset) {
        munmap(map, page->bytes);
        return -1;
    }
    page->values = (const uint64_t *)((const uint8_t *)map + offset);
    return 0;
}

static json_t *child(json_t *parent, const char *key)
{
    json_t *found = json_object_get(parent, key);
    if (!found) {
        found = json_object();
        json_object_set_new(parent, key, found);
    }
    return found;
}

static void print_json(const struct page *page)
{
    json_t *root = json_pack("{s:s%, s:I}", "instance", page->map->instance, strnlen(page->map->instance, 32), "session_epoch",
                             (json_int_t)page->map->session_epoch);
    for (uint32_t i = 0; i < page->count; i++) {
        struct hr_statistics_entry entry = page->map->entries[i];
        entry.step[sizeof entry.step - 1] = entry.subject[sizeof entry.subject - 1] = entry.name[sizeof entry.name - 1] = '\0';
        if (*entry.name)
            json_object_set_new(child(child(root, entry.step), entry.subject), entry.name,
                                json_integer((json_int_t)__atomic_load_n(&page->values[i], __ATOMIC_RELAXED)));
    }
    json_dumpf(root, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    fputc('\n', stdout);
    json_decref(root);
}

static void print_table(const struct page *page, int all)
{
    printf("%-8s %-24s %-24s %20s\n", "step", "subject", "counter", "value");
    for (uint32_t i = 0; i < page->count; i++) {
        struct hr_statistics_entry entry = page->map->entries[i];
        uint64_t value = __atomic_load_n(&page->values[i], __ATOMIC_RELAXED);
        entry.step[sizeof entry.step - 1] = entry.subject[sizeof entry.subject - 1] = entry.name[sizeof entry.name - 1] = '\0';
        if (*entry.name && (value || all))
            printf("%-8s %-24s %-24s %20llu\n", entry.step, entry.subject, entry.name, (unsigned long long)value);
    }
}

int hr_command_stat(int argc, char **argv)
{
    enum { JSON = 1, ALL, INSTANCE, SOCKET, HELP };
    static const struct option longs[] = {{"json", no_argument, NULL, JSON},
                                          {"all", no_argument, NULL, ALL},
                                          {"instance", required_argument, NULL, INSTANCE},
                                          {"socket", required_argument, NULL, SOCKET},
                                          {"help", no_argument, NULL, HELP},
                                          {0}};
    int json = 0;
    int all = 0;
    char path[256] = "/run/headrace/headrace.sock";
    const char *given = getenv("HEADRACE_SOCKET");
    struct hr_attach_answer answer;
    struct page page;
    if (given)
        snprintf(path, sizeof path, "%s", given);
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (option) {
        case JSON:
            json = 1;
            break;
        case ALL:
            all = 1;
            break;
        case INSTANCE:
            snprintf(path, sizeof path, "/run/headrace/%s.sock", optarg);
            break;
        case SOCKET:
            snprintf(path, sizeof path, "%s", optarg);
            break;
        case HELP:
            fputs(usage, stdout);
            return EX_OK;
        default:
            fputs(usage, stderr);
            return EX_USAGE;
        }
    }
    if (optind != argc) {
        fputs(usage, stderr);
        return EX_USAGE;
    }
    if (hr_attach_ask(&answer, path, HR_ATTACH_STATISTICS, NULL, HR_WAITING_AWAKE)) {
        fprintf(stderr, "headrace stat: %s\n", hr_error());
        return EX_UNAVAILABLE;
    }
    int result = EX_OK;
    if (map_page(&page, answer.descriptors[0])) {
        fprintf(stderr, "headrace stat: %s: its statistics page is of another version\n", path);
        result = EX_PROTOCOL;
    } else {
        if (json)
            print_json(&page);
        else
            print_table(&page, all);
        munmap((void *)(uintptr_t)page.map, page.bytes);
    }
    close(answer.descriptors[0]);
    close(answer.socket);
    return result;
}
