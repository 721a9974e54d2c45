/* SPDX-License-Identifier: Apache-2.0
 *
 * The conformance program of the C SDK: attaches, and prints every record and how it ended, for conformance/ to compare.
 *
 *     conform [--batch N] [--hold N] [--stats] SOCKET CONSUMER
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "headrace/headrace.h"

struct conform {
    struct hr_feed *feed;
    uint64_t batch;   /* 0: record by record */
    uint64_t hold;    /* 0: never */
    uint64_t printed;
    int statistics;
};

static void print_record(struct conform *conform, uint32_t ring, const struct hr_record_header *record)
{
    size_t room = conform->feed->rings[ring].slot_bytes - HR_SLOT_STAMP_BYTES;
    size_t bytes = hr_record_bytes(record) < room ? hr_record_bytes(record) : room;
    printf("%" PRIu32 " %" PRIu64 " %u ", ring, hr_record_stamp(record), record->rtype);
    for (size_t i = 0; i < bytes; i++)
        printf("%02x", ((const uint8_t *)record)[i]);
    putchar('\n');
    conform->printed++;
}

/* Once, when enough has been printed: what was lent last is kept until someone says so. */
static void hold_if_due(struct conform *conform)
{
    int byte;
    if (conform->hold == 0 || conform->printed < conform->hold)
        return;
    conform->hold = 0;
    puts("hold");
    do
        byte = getchar();
    while (byte != '\n' && byte != EOF);
}

static int read_records(struct conform *conform)
{
    const struct hr_record_header *record;
    int error;
    while ((error = hr_feed_next(conform->feed, &record, -1)) == 0) {
        print_record(conform, conform->feed->ring, record);
        hold_if_due(conform);
    }
    return error;
}

static int read_batches(struct conform *conform)
{
    struct hr_batch batch;
    int error;
    while ((error = hr_feed_next_batch(conform->feed, &batch, conform->batch, -1)) == 0) {
        for (uint64_t i = 0; i < batch.count; i++)
            print_record(conform, batch.ring, (const struct hr_record_header *)(const void *)(batch.first + i * batch.stride));
        printf("batch %" PRIu64 "\n", batch.count);
        hold_if_due(conform);
    }
    return error;
}

static void print_symbols(const struct hr_feed *feed)
{
    const struct hr_directory_entry *entry;
    for (uint32_t ring = 0; ring < feed->ring_count; ring++)
        for (uint32_t i = 0; (entry = hr_feed_instrument(feed, ring, i)) != NULL; i++)
            printf("symbol %u %" PRIu32 " %s\n", entry->publisher_id, entry->instrument_id, entry->symbol);
}

/* The handler's refusal has its status. What this side refuses is an answer that is none, a hang-up instead of one, or another ABI;
 * whatever else keeps us from attaching is no case of conformance. */
static int tell_refusal(int error)
{
    if (strncmp(hr_error(), "the handler refused", strlen("the handler refused")) == 0)
        printf("refused %d\n", error);
    else if (error == -EPROTO || error == -EPROTONOSUPPORT || error == -EPIPE)
        puts("refused 0");
    else
        errx(EX_UNAVAILABLE, "%s", hr_error());
    return 0;
}

static uint64_t parse_count(const char *text)
{
    char *end;
    errno = 0;
    unsigned long long count = strtoull(text, &end, 10);
    if (errno || *end || end == text || *text == '-' || count == 0)
        errx(EX_USAGE, "'%s': wanted a count from 1 on", text);
    return count;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"batch", required_argument, NULL, 'b'}, {"hold", required_argument, NULL, 'h'}, {"stats", no_argument, NULL, 's'}, {0}};
    struct conform conform = {0};
    struct hr_feed_statistics statistics;
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option == 'b')
            conform.batch = parse_count(optarg);
        else if (option == 'h')
            conform.hold = parse_count(optarg);
        else if (option == 's')
            conform.statistics = 1;
        else
            return EX_USAGE;
    }
    if (argc - optind != 2)
        errx(EX_USAGE, "usage: conform [--batch N] [--hold N] [--stats] SOCKET CONSUMER");
    setvbuf(stdout, NULL, _IOLBF, 0);
    /* Awake to the handler, as one that spins, but the core is shared with whoever tests. */
    const struct hr_attach_options options = {.socket = argv[optind], .wait = HR_WAIT_YIELD};
    int error = hr_attach(&conform.feed, argv[optind + 1], &options);
    if (error)
        return tell_refusal(error);
    printf("attached %" PRIu32 "\n", conform.feed->ring_count);
    error = conform.batch ? read_batches(&conform) : read_records(&conform);
    if (conform.statistics)
        print_symbols(conform.feed);
    hr_feed_get_statistics(conform.feed, &statistics);
    printf("lost %" PRIu64 "\nend %d\n", statistics.lost, error);
    hr_feed_close(conform.feed);
    return 0;
}
