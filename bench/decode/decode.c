/* SPDX-License-Identifier: Apache-2.0
 *
 * The decode bench: packets in memory, one core, ns a message (for MDP 3.0 an entry), with the bound beside it and other people's decoders
 * on the same messages; see docs/benchmarks.md. All of a round are run in an order shuffled by the seed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "peers.h"
#include "report.h"
#include "systems.h"

#define ROUNDS 7
#define MESSAGES UINT64_C(40000000)
#define QUICK_MESSAGES UINT64_C(4000000)
#define DEADLINE_S 1800
#define CAPTURE_PASSES 200
#define WORKS 3
#define SYSTEMS 3

static const char *const work_names[WORKS] = {"itch50", "deep10", "mdp3"};
static const char *const system_names[SYSTEMS] = {"bound", "headrace", "headrace-scalar"};
static const char *const captures[WORKS] = {NULL, "iex-deep-1.0/deep10.pcap.zst", "cme-mdp3/mdp3-v6-ab.pcap"};
static const char *const protocols[WORKS] = {NULL, "iex-deep-1.0", "cme-mdp-3.0"};

struct bench {
    uint64_t seed;
    uint64_t messages;
    uint32_t rounds;
    int json;
    const char *peers; /* folder that bench/peers/decode/build has filled; NULL: none */
    struct packets packets[WORKS];
    int loaded[WORKS];
};

static double clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void load(struct bench *bench)
{
    const char *folder = getenv("HEADRACE_CAPTURES");
    packets_generate(&bench->packets[0], bench->seed, bench->messages);
    bench->loaded[0] = 1;
    for (int w = 1; w < WORKS; w++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/captures", captures[w]);
        uint64_t passes = w == 1 ? CAPTURE_PASSES / 40 : CAPTURE_PASSES;
        bench->loaded[w] = !packets_load(&bench->packets[w], path, hr_protocol_find(protocols[w]), passes);
    }
}

/* ns of one message, or of one record where a message has many (mdp3). */
static double run(const struct bench *bench, int work, int system)
{
    const struct packets *packets = &bench->packets[work];
    uint64_t events = 0;
    double began = clock_ns();
    uint64_t count = system == 0   ? system_bound(packets)
                     : system == 1 ? system_headrace(packets, &events)
                                   : system_headrace_scalar(packets, &events);
    double took = clock_ns() - began;
    if (work == 2) /* an entry is what becomes a record; the bound knows of none, and is held against the same number */
        count = packets->entries;
    return took / (double)count;
}

static void parse(struct bench *bench, int argc, char **argv)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'},        {"quick", no_argument, NULL, 'q'},
                                          {"seed", required_argument, NULL, 's'},  {"peers", required_argument, NULL, 'p'},
                                          {"messages", required_argument, NULL, 'm'}, {0}};
    *bench = (struct bench){.rounds = ROUNDS, .messages = MESSAGES, .seed = 1};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option == 'j')
            bench->json = 1;
        else if (option == 'q')
            bench->rounds = 3, bench->messages = QUICK_MESSAGES;
        else if (option == 's')
            bench->seed = strtoull(optarg, NULL, 10);
        else if (option == 'm')
            bench->messages = strtoull(optarg, NULL, 10);
        else if (option == 'p')
            bench->peers = optarg;
        else {
            fputs("usage: decode [--json] [--quick] [--seed N] [--messages N] [--peers FOLDER]\n", stderr);
            exit(64);
        }
    }
    if (bench->seed == 0)
        errx(64, "wanted a seed that is not 0");
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static struct hr_result results[WORKS * SYSTEMS + PEERS_MAX];
    static struct peers peers;
    struct hr_missing missing[WORKS + PEERS_MAX];
    uint32_t missing_count = 0;
    uint32_t count = 0;
    uint32_t order[WORKS * SYSTEMS + PEERS_MAX];
    int cell_of[WORKS * SYSTEMS];
    cpu_set_t last;
    parse(&bench, argc, argv);
    alarm(DEADLINE_S);
    CPU_ZERO(&last);
    CPU_SET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &last);
    sched_setaffinity(0, sizeof last, &last);
    load(&bench);
    for (int w = 0; w < WORKS; w++) {
        if (!bench.loaded[w]) {
            missing[missing_count++] = (struct hr_missing){work_names[w], "its capture is not there: set HEADRACE_CAPTURES"};
            continue;
        }
        if (w == 2)
            (void)system_headrace(&bench.packets[w], &bench.packets[w].entries);
        for (int s = 0; s < SYSTEMS; s++) {
            cell_of[count] = w * SYSTEMS + s;
            results[count++] = (struct hr_result){.work = work_names[w], .name = system_names[s], .unit = "ns"};
        }
    }
    uint32_t own = count;
    peers_open(&peers, bench.peers, &bench.packets[0]);
    for (uint32_t p = 0; p < peers.count; p++)
        results[count++] = (struct hr_result){.work = "itch50", .name = peers.names[p], .unit = "ns", .note = peers.notes[p]};
    for (uint32_t p = 0; p < peers.missing_count; p++)
        missing[missing_count++] = peers.missing[p];
    for (uint32_t round = 0; round < bench.rounds; round++) {
        for (uint32_t i = 0; i < count; i++)
            order[i] = i;
        hr_shuffle(&bench.seed, order, count);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t c = order[i];
            double value = c < own ? run(&bench, cell_of[c] / SYSTEMS, cell_of[c] % SYSTEMS) : peers_run(&peers, c - own);
            if (value > 0)
                results[c].values[results[c].rounds++] = value;
            fprintf(stderr, "round %u %s %s %.2f ns\n", round + 1, results[c].work, results[c].name, value);
        }
    }
    peers_close(&peers);
    for (uint32_t c = own; c < count; c++)
        if (results[c].rounds == 0) { /* it did not run even once: its own words are in the notes */
            missing[missing_count++] = (struct hr_missing){results[c].name, peers.notes[c - own] ? peers.notes[c - own] : "it failed"};
            results[c] = results[--count];
            c--;
        }
    const struct hr_report report = {.bench = "decode", .seed = bench.seed, .results = results, .count = count, .missing = missing,
                                     .missing_count = missing_count};
    hr_report_print(&report, bench.json);
    return 0;
}
