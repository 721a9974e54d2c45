/* SPDX-License-Identifier: Apache-2.0
 *
 * demo_strategy NAME [--socket PATH]: the C strategy of `./dev demo`. Keeps the best bid and offer of every instrument from its
 * order records, and every 250 ms, and at the end, prints one line of JSON: counts, latency, and the busiest symbols.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "headrace/headrace.h"
#include "histogram.h"
#include "top_of_book.h"

#define REPORT_NS UINT64_C(250000000)
#define BATCH 512
#define BUSIEST 8

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void print_busiest(struct hr_feed *feed, const struct top_of_book *books)
{
    uint32_t busiest[BUSIEST];
    uint32_t count = top_of_book_busiest(books, busiest, BUSIEST);
    for (uint32_t i = 0; i < count; i++) {
        struct top_of_book_quote quote = top_of_book_quote(books, busiest[i]);
        const char *symbol = hr_feed_symbol(feed, quote.publisher_id, busiest[i]);
        printf("%s{\"symbol\": \"%s\", \"records\": %" PRIu64 ", \"bid\": %" PRId64 ", \"bid_size\": %" PRIu64
               ", \"ask\": %" PRId64 ", \"ask_size\": %" PRIu64 "}",
               i ? ", " : "", symbol ? symbol : "?", quote.records, quote.bid, quote.bid_size, quote.ask, quote.ask_size);
    }
}

static void report(const char *name, struct hr_feed *feed, const struct histogram *histogram, const struct top_of_book *books,
                   int end)
{
    struct hr_feed_statistics statistics;
    hr_feed_get_statistics(feed, &statistics);
    printf("{\"name\": \"%s\", \"language\": \"c\", \"records\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"latency_ns\": {", name,
           statistics.records, statistics.lost);
    printf("\"p50\": %" PRIu64 ", \"p99\": %" PRIu64 ", \"p999\": %" PRIu64 "}, \"busiest\": [", histogram_quantile(histogram, 500),
           histogram_quantile(histogram, 990), histogram_quantile(histogram, 999));
    print_busiest(feed, books);
    printf("], \"end\": %s}\n", end ? "true" : "false");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"socket", required_argument, NULL, 's'}, {0}};
    static struct histogram histogram;
    struct hr_attach_options options = {.wait = HR_WAIT_YIELD}; /* the demo has fewer cores than processes */
    struct top_of_book *books = top_of_book_create();
    struct hr_batch batch;
    struct hr_feed *feed;
    uint64_t reported = 0;
    int result = 0;
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option != 's')
            return 64;
        options.socket = optarg;
    }
    if (argc - optind != 1)
        errx(64, "usage: demo_strategy NAME [--socket PATH]");
    if (!books)
        errx(71, "out of memory");
    if (hr_attach(&feed, argv[optind], &options) < 0)
        errx(69, "%s", hr_error());
    while (result == 0 || result == HR_TIMED_OUT) {
        result = hr_feed_next_batch(feed, &batch, BATCH, (int64_t)REPORT_NS / 5);
        uint64_t now = clock_ns();
        for (uint64_t i = 0; result == 0 && i < batch.count; i++) {
            const struct hr_record_header *record = (const void *)(batch.first + i * batch.stride);
            uint64_t stamp = hr_record_stamp(record);
            histogram_add(&histogram, now > stamp ? now - stamp : 0);
            if (record->rtype == HR_RTYPE_MBO)
                top_of_book_apply(books, (const struct hr_mbo *)record);
        }
        if (now - reported >= REPORT_NS) {
            report(argv[optind], feed, &histogram, books, 0);
            reported = now;
        }
    }
    report(argv[optind], feed, &histogram, books, 1);
    if (result != -ESHUTDOWN)
        warnx("%s", hr_error());
    hr_feed_close(feed);
    top_of_book_destroy(books);
    return result == -ESHUTDOWN ? 0 : 1;
}
