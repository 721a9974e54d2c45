/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of the sdk bench in C, as a user of headrace.h would write it. Every language has the same (docs/benchmarks.md):
 *
 *     reader SOCKET CONSUMER batch|batch-touch|iterate RECORDS
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "headrace/headrace.h"

#define BATCH 512

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint32_t size_of(const struct hr_record_header *record)
{
    return record->rtype == HR_RTYPE_MBO ? ((const struct hr_mbo *)record)->size : 0;
}

static uint64_t read_batches(struct hr_feed *feed, uint64_t records)
{
    uint64_t sum = 0;
    for (uint64_t read = 0; read < records;) {
        struct hr_batch batch = hr_feed_poll_batch(feed, BATCH);
        for (uint64_t i = 0; i < batch.count; i++)
            sum += size_of((const struct hr_record_header *)(const void *)(batch.first + i * batch.stride));
        read += batch.count;
    }
    return sum;
}

static uint64_t touch_batches(struct hr_feed *feed, uint64_t records)
{
    uint64_t sum = 0;
    for (uint64_t read = 0; read < records;) {
        struct hr_batch batch = hr_feed_poll_batch(feed, BATCH);
        if (batch.count)
            sum += size_of((const struct hr_record_header *)(const void *)batch.first);
        read += batch.count;
    }
    return sum;
}

static uint64_t iterate(struct hr_feed *feed, uint64_t records)
{
    uint64_t sum = 0;
    for (uint64_t read = 0; read < records;) {
        const struct hr_record_header *record = hr_feed_poll(feed);
        if (!record)
            continue;
        sum += size_of(record);
        read++;
    }
    return sum;
}

int main(int argc, char **argv)
{
    struct hr_feed *feed;
    if (argc != 5)
        errx(EX_USAGE, "usage: reader SOCKET CONSUMER batch|batch-touch|iterate RECORDS");
    const struct hr_attach_options options = {.socket = argv[1]};
    uint64_t (*work)(struct hr_feed *, uint64_t) = strcmp(argv[3], "batch") == 0         ? read_batches
                                                   : strcmp(argv[3], "batch-touch") == 0 ? touch_batches
                                                   : strcmp(argv[3], "iterate") == 0     ? iterate
                                                                                         : NULL;
    uint64_t records = strtoull(argv[4], NULL, 10);
    if (!work || !records)
        errx(EX_USAGE, "wanted batch, batch-touch or iterate, and a number of records; found '%s', '%s'", argv[3], argv[4]);
    if (hr_attach(&feed, argv[2], &options) < 0)
        errx(EX_UNAVAILABLE, "%s", hr_error());
    puts("ready");
    fflush(stdout);
    if (getchar() == EOF)
        return EX_UNAVAILABLE;
    uint64_t begin = clock_ns();
    uint64_t sum = work(feed, records);
    uint64_t ns = clock_ns() - begin;
    printf("{\"records\": %" PRIu64 ", \"ns\": %" PRIu64 ", \"sum\": %" PRIu64 "}\n", records, ns, sum);
    hr_feed_close(feed);
    return 0;
}
