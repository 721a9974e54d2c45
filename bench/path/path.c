/* SPDX-License-Identifier: Apache-2.0
 *
 * bench path: the whole way of a packet, by the worker's own loop: a generated market in memory, packet, line, decode, book,
 * fan-out, ring, and a strategy's process on another core that reads every record.
 *
 *   messages_per_second       ITCH without order state
 *   messages_per_second_mbo   with it, about a million live orders
 *   poll_to_read              ns from the poll that brought a packet to the strategy's look at each of its records; one packet
 *                             every 5 us; without order state
 *   poll_to_read_mbo          the same with it
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/eal.h"
#include "host/log.h"
#include "memory_plane.h"
#include "reader.h"
#include "report.h"
#include "worker.h"

#define ROUNDS 7
#define WORKS 4
#define DEADLINE_S 600
#define RING_RECORDS 65536
#define LATENCY_PACKETS 100000
#define LATENCY_INTERVAL_NS 5000
/* How long the exchange fills a packet: as in a burst, for the rates; not at all, for the latency. */
#define BURST_WINDOW_NS 20000
#define CALM_WINDOW_NS 1000

struct options {
    int json;
    uint64_t messages;
    uint64_t live_orders;
    uint64_t seed;
    uint32_t rounds;
    uint32_t latency_packets;
};

struct bench {
    struct options options;
    struct hr_config config;
    struct hr_metrics metrics;
    struct hr_worker worker;
    struct memory_plane plane;       /* a burst's packets: full */
    struct memory_plane calm;        /* packets that leave at once */
    struct reader reader;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* A real configuration, read by the real loader. */
static void configure(struct hr_config *config, uint64_t live_orders)
{
    char path[] = "/tmp/headrace-bench-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        err(73, "%s", path);
    fprintf(file,
            "instance: {name: bench-%d}\n"
            "eal: {huge_pages: never, mbufs: 1023}\n"
            "inputs: [{name: memory, plane: pcap, file: /dev/null}]\n"
            "feeds: [{name: itch, protocol: nasdaq-itch-5.0, orders_max: %llu,\n"
            "         lines: [{input: memory, group: 233.54.12.111, port: 26477}]}]\n"
            "consumers: [{name: reader, ring_records: %d}]\n",
            (int)getpid(), (unsigned long long)(live_orders + live_orders / 4 + 65536), RING_RECORDS);
    fclose(file);
    int error = hr_config_load(config, path, stderr);
    unlink(path);
    if (error)
        errx(78, "the bench's own configuration is refused");
}

/* A fresh session with a fresh ring: order state on or off. */
static struct hr_producer *begin(struct bench *bench, int order_state, int measure)
{
    struct hr_producer *producer = aligned_alloc(HR_CACHE_LINE, (sizeof *producer + 63) / 64 * 64);
    const struct hr_producer_options options = {.consumer = "reader",
                                                .slot_bytes = 64,
                                                .slot_count = RING_RECORDS,
                                                .worker_count = 1,
                                                .on_full = HR_ON_FULL_DROP};
    if (!producer || hr_producer_create(producer, &options))
        errx(71, "no ring");
    struct hr_pipeline_channel *channel = &bench->worker.channels[0];
    channel->channel = (struct hr_channel){0};
    channel->book.order_state = order_state;
    hr_orders_clear(&channel->book.orders);
    reader_attach(&bench->reader, producer->data_fd, producer->cursor_fd, measure);
    hr_fanout_attach(&bench->worker.fanout, 0, producer);
    return producer;
}

static void end(struct bench *bench, struct hr_producer *producer)
{
    while (producer->lost_pending)
        hr_producer_flush(producer, clock_ns(CLOCK_REALTIME));
    hr_fanout_stop(&bench->worker.fanout, clock_ns(CLOCK_REALTIME));
    reader_finish(&bench->reader);
    if (bench->reader.result->records + bench->reader.result->lost != hr_producer_published(producer))
        errx(70, "read %llu + lost %llu is not published %llu", (unsigned long long)bench->reader.result->records,
             (unsigned long long)bench->reader.result->lost, (unsigned long long)hr_producer_published(producer));
    hr_fanout_detach(&bench->worker.fanout, 0);
    hr_producer_destroy(producer);
    free(producer);
}

static void play(struct bench *bench, struct memory_plane *plane, size_t from, size_t to, uint64_t interval_ns)
{
    memory_plane_install(plane, &bench->worker.inputs[0]);
    memory_plane_rewind(plane, from, to, interval_ns);
    while (plane->next < plane->end)
        if (hr_worker_poll(&bench->worker) == 0)
            hr_fanout_warm(&bench->worker.fanout); /* as hr_worker_run does */
}

/* Messages a second over the mix; the opening, which builds the books, is played before the clock starts. */
static double measure_rate(struct bench *bench, int order_state, uint64_t *lost)
{
    struct hr_producer *producer = begin(bench, order_state, 0);
    const struct hr_line_counters *line = bench->worker.pipeline.lines[0].counters;
    play(bench, &bench->plane, 0, bench->plane.mix, 0);
    uint64_t before = line->messages;
    uint64_t started = clock_ns(CLOCK_MONOTONIC);
    play(bench, &bench->plane, bench->plane.mix, bench->plane.count, 0);
    uint64_t took = clock_ns(CLOCK_MONOTONIC) - started;
    double messages = (double)(line->messages - before);
    end(bench, producer);
    *lost += bench->reader.result->lost;
    return messages * 1e9 / (double)took;
}

static uint64_t quantile(const uint64_t *bins, uint64_t total, double q)
{
    uint64_t rank = (uint64_t)((double)total * q);
    uint64_t seen = 0;
    for (uint64_t bin = 0; bin < READER_BINS; bin++) {
        seen += bins[bin];
        if (seen > rank)
            return bin;
    }
    return READER_BINS - 1;
}

static uint64_t sum_of(const uint64_t *bins)
{
    uint64_t total = 0;
    for (uint64_t bin = 0; bin < READER_BINS; bin++)
        total += bins[bin];
    return total;
}

/* Returns the round's p50; adds its bins to the pool. The books are built first, out of the measure. */
static double measure_latency(struct bench *bench, int order_state, uint64_t *pool)
{
    struct hr_producer *producer = begin(bench, order_state, 1);
    size_t last = bench->calm.mix + bench->options.latency_packets;
    play(bench, &bench->calm, 0, bench->calm.mix, 0);
    while (hr_producer_room(producer) != RING_RECORDS || producer->lost_pending)
        hr_producer_flush(producer, clock_ns(CLOCK_REALTIME));
    uint64_t published = hr_producer_published(producer);
    memset(bench->reader.result->bins, 0, sizeof bench->reader.result->bins);
    play(bench, &bench->calm, bench->calm.mix, last < bench->calm.count ? last : bench->calm.count, LATENCY_INTERVAL_NS);
    published = hr_producer_published(producer) - published;
    end(bench, producer);
    for (uint64_t bin = 0; bin < READER_BINS; bin++)
        pool[bin] += bench->reader.result->bins[bin];
    return (double)quantile(bench->reader.result->bins, published, 0.5);
}

/* Works 0 and 1 are the rates, 2 and 3 the latencies; the odd ones keep order state. */
static void run_rounds(struct bench *bench, struct hr_result *results, uint64_t pool[2][READER_BINS], uint64_t *lost)
{
    uint64_t seed = bench->options.seed;
    for (uint32_t round = 0; round < bench->options.rounds; round++) {
        uint32_t order[WORKS];
        hr_shuffle(&seed, order, WORKS);
        for (uint32_t i = 0; i < WORKS; i++) {
            uint32_t work = order[i];
            results[work].values[round] = work >= 2 ? measure_latency(bench, work == 3, pool[work - 2])
                                                    : measure_rate(bench, work == 1, &lost[work]);
            results[work].rounds++;
            fprintf(stderr, "round %u of %u: %-24s %.0f %s\n", round + 1, bench->options.rounds, results[work].work,
                    results[work].values[round], results[work].unit);
        }
    }
}

static struct options parse(int argc, char **argv)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'},           {"quick", no_argument, NULL, 'q'},
                                          {"messages", required_argument, NULL, 'm'}, {"seed", required_argument, NULL, 's'},
                                          {0}};
    struct options options = {.messages = 20000000,
                              .live_orders = 1000000,
                              .seed = 1,
                              .rounds = ROUNDS,
                              .latency_packets = LATENCY_PACKETS};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (option) {
        case 'j':
            options.json = 1;
            break;
        case 'q':
            options.messages = 5000000;
            options.rounds = 3;
            break;
        case 'm':
            options.messages = strtoull(optarg, NULL, 10);
            break;
        case 's':
            options.seed = strtoull(optarg, NULL, 10);
            break;
        default:
            fputs("usage: path [--json] [--quick] [--messages N] [--seed N]\n", stderr);
            exit(64);
        }
    }
    if (options.seed == 0 || options.messages < 1000000)
        errx(64, "wanted a seed that is not 0 and at least 1000000 messages");
    return options;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static uint64_t pool[2][READER_BINS];
    static char notes[WORKS][128];
    uint64_t lost[2] = {0};
    struct hr_eal eal;
    struct hr_result results[] = {{.work = "messages_per_second", .name = "headrace", .unit = "messages/s"},
                                  {.work = "messages_per_second_mbo", .name = "headrace", .unit = "messages/s"},
                                  {.work = "poll_to_read", .name = "headrace", .unit = "ns", .has_percentiles = 1},
                                  {.work = "poll_to_read_mbo", .name = "headrace", .unit = "ns", .has_percentiles = 1}};
    bench.options = parse(argc, argv);
    alarm(DEADLINE_S);
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        errx(69, "wanted two processors: one for the worker, one for the strategy");
    reader_start(&bench.reader, 0);
    configure(&bench.config, bench.options.live_orders);
    fprintf(stderr, "generating %llu messages, seed %llu\n", (unsigned long long)bench.options.messages,
            (unsigned long long)bench.options.seed);
    memory_plane_generate(&bench.plane, bench.options.seed, bench.options.messages, bench.options.live_orders, BURST_WINDOW_NS);
    memory_plane_generate(&bench.calm, bench.options.seed, bench.options.latency_packets * 4, bench.options.live_orders,
                          CALM_WINDOW_NS);
    bench.config.eal.main_core = HR_CORE_AUTO;
    if (hr_eal_start(&eal, &bench.config) || hr_metrics_create(&bench.metrics, "bench", 1, 1024) ||
        hr_worker_create(&bench.worker, &bench.config, &bench.metrics, 0))
        errx(69, "the worker cannot be made");
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(eal.worker_core, &set);
    sched_setaffinity(0, sizeof set, &set);
    run_rounds(&bench, results, pool, lost);

    for (int i = 0; i < 2; i++) {
        snprintf(notes[i], sizeof notes[i], "(%.1f messages a packet; records the strategy was too slow for, all rounds: %llu)",
                 (double)bench.plane.messages / (double)bench.plane.count, (unsigned long long)lost[i]);
        results[i].note = notes[i];
    }
    for (int i = 2; i < WORKS; i++) {
        const uint64_t *bins = pool[i - 2];
        uint64_t total = sum_of(bins);
        snprintf(notes[i], sizeof notes[i], "(one packet every %d ns, %.1f messages a packet)", LATENCY_INTERVAL_NS,
                 (double)bench.calm.messages / (double)bench.calm.count);
        results[i].note = notes[i];
        results[i].p50 = (double)quantile(bins, total, 0.5);
        results[i].p95 = (double)quantile(bins, total, 0.95);
        results[i].p99 = (double)quantile(bins, total, 0.99);
        results[i].p999 = (double)quantile(bins, total, 0.999);
    }
    const struct hr_report report = {.bench = "path", .seed = bench.options.seed, .results = results, .count = WORKS};
    hr_report_print(&report, bench.options.json);
    reader_stop(&bench.reader);
    hr_worker_destroy(&bench.worker);
    hr_metrics_destroy(&bench.metrics);
    hr_eal_stop(&eal);
    hr_config_free(&bench.config);
    return 0;
}
