/* SPDX-License-Identifier: Apache-2.0
 *
 * latency_meter NAME: how long a record takes from its publishing to here. The smallest strategy there is.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "headrace/headrace.h"

#define SAMPLES 1000000

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static int64_t samples[SAMPLES];
    const struct hr_record_header *record;
    struct hr_feed *feed;
    size_t count = 0;
    if (argc != 2)
        errx(64, "usage: latency_meter NAME");
    if (hr_attach(&feed, argv[1], NULL) < 0)
        errx(69, "%s", hr_error());
    while (count < SAMPLES && hr_feed_next(feed, &record, -1) == 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        samples[count++] = now.tv_sec * INT64_C(1000000000) + now.tv_nsec - (int64_t)hr_record_stamp(record);
    }
    hr_feed_close(feed);
    if (count == 0)
        errx(1, "no records: %s", hr_error());
    qsort(samples, count, sizeof *samples, compare);
    printf("%zu records, latency in ns: p50 %" PRId64 ", p99 %" PRId64 ", p99.9 %" PRId64 "\n", count, samples[count / 2],
           samples[count * 99 / 100], samples[count * 999 / 1000]);
    return 0;
}
