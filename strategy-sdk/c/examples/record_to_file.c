/* SPDX-License-Identifier: Apache-2.0
 *
 * record_to_file NAME FILE [--socket PATH] [--slow-us N]: writes every record's bytes, without its stamp, until the handler
 * ends. --slow-us sleeps after every batch, to be a strategy that is too slow.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "headrace/headrace.h"

#define BATCH 256

static enum hr_wait wait_named(const char *text)
{
    static const char *const names[] = {"spin", "yield", "futex", "eventfd", "monitor"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum hr_wait)i;
    errx(64, "--wait %s: wanted spin, yield, futex, eventfd or monitor", text);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"slow-us", required_argument, NULL, 'u'},
        {"wait", required_argument, NULL, 'w'}, {0}};
    struct hr_attach_options options = {.wait = HR_WAIT_YIELD};
    struct hr_feed_statistics statistics;
    struct hr_batch batch;
    struct hr_feed *feed;
    useconds_t slow_us = 0;
    int result;
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option == 's')
            options.socket = optarg;
        else if (option == 'u')
            slow_us = (useconds_t)strtoul(optarg, NULL, 10);
        else if (option == 'w')
            options.wait = wait_named(optarg);
        else
            return 64;
    }
    if (argc - optind != 2)
        errx(64, "usage: record_to_file NAME FILE [--socket PATH] [--slow-us N] [--wait spin|yield|futex|eventfd|monitor]");
    FILE *file = fopen(argv[optind + 1], "we");
    if (!file)
        err(73, "%s", argv[optind + 1]);
    if (hr_attach(&feed, argv[optind], &options) < 0)
        errx(69, "%s", hr_error());
    while ((result = hr_feed_next_batch(feed, &batch, BATCH, -1)) == 0) {
        for (uint64_t i = 0; i < batch.count; i++) {
            const struct hr_record_header *record = (const void *)(batch.first + i * batch.stride);
            size_t bytes = hr_record_bytes(record);
            size_t room = batch.stride - HR_SLOT_STAMP_BYTES; /* a length is not believed further than its slot */
            fwrite(record, 1, bytes < room ? bytes : room, file);
        }
        if (slow_us)
            usleep(slow_us);
    }
    hr_feed_get_statistics(feed, &statistics);
    printf("{\"name\": \"%s\", \"language\": \"c\", \"records\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"published\": %" PRIu64
           ", \"end\": %d}\n",
           argv[optind], statistics.records, statistics.lost, statistics.published, result);
    hr_feed_close(feed);
    if (fclose(file))
        err(74, "%s", argv[optind + 1]);
    return result == -ESHUTDOWN ? 0 : 1;
}
