/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring bench: every system's hand-over between two processes, in turn, round by round; see docs/benchmarks.md.
 */
#define _GNU_SOURCE
#include <err.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "hand_over.h"
#include "report.h"
#include "system.h"

#define ROUNDS 7
#define DEADLINE_S 1500
#define FLOOR_SECONDS 0.015
/* A run during which the floor moved by more than this is done again, twice at most. */
#define FLOOR_MOVES 0.10
#define TRIES 3

enum { OURS = 1, SLEEPS = 2, FLOOR = 4, STREAM = 8 /* at full rate only */ };

static const struct known {
    const char *name;
    int flags;
} known[] = {{"floor", OURS | FLOOR},
             {"headrace-spin", OURS | SLEEPS},
             {"headrace-futex", OURS | SLEEPS},
             {"headrace-eventfd", OURS | SLEEPS},
             {"floor-stream", OURS | STREAM},
             {"tachyon", 0},
             {"tachyon-futex", SLEEPS},
             {"tachyon-patient", STREAM},
             {"rte_ring", 0},
             {"rte_ring-burst", 0},
             {"boost-spsc", 0},
             {"aeron", 0},
             {"iceoryx2", 0},
             {"eventfd", SLEEPS},
             {"pipe", SLEEPS},
             {"unix-socket", SLEEPS},
             {"futex", SLEEPS}};
#define SYSTEMS (sizeof known / sizeof *known)
#define SPIN 1 /* what the others are compared with */

enum measure { LATENCY, RATE, CPU };

static const struct work {
    const char *name;
    const char *program_work;
    size_t bytes;
    double rate;
    enum measure measure;
    int only;      /* flags that a system must have */
    int not_floor; /* the floor loses records there */
} works[] = {{"round_trip_56", "round_trip", 56, 0, LATENCY, 0, 0},
             {"round_trip_112", "round_trip", 112, 0, LATENCY, 0, 0},
             {"one_way_56", "one_way", 56, 0, RATE, 0, 1},
             {"one_way_112", "one_way", 112, 0, RATE, 0, 1},
             {"one_way_paced_56", "paced", 56, 1e6, LATENCY, 0, 0},
             {"wake_up", "paced", 56, 100, LATENCY, SLEEPS, 1},
             {"wake_up", "paced", 56, 10e3, LATENCY, SLEEPS, 1},
             {"wake_up", "paced", 56, 1e6, LATENCY, SLEEPS, 1}};
#define WORKS (sizeof works / sizeof *works)

struct cell {
    struct hr_result result;
    struct hr_result cpu; /* of wake_up works */
    double to_floor[HR_REPORT_ROUNDS_MAX];
    double max_ns;
    uint64_t *bins; /* pooled over rounds */
    double rate;
};

struct bench {
    uint32_t rounds;
    double seconds;
    uint64_t seed;
    int json;
    int quick;
    const char *peers;
    const char *only; /* one system, and those it is compared with */
    char ours[PATH_MAX];
    double tsc_per_ns;
    int result_fd;
    struct hand_over_result *result;
    double floor; /* the last one measured */
    uint32_t moved;
    int floor_ok;
    char why[SYSTEMS][600];
    struct cell cells[SYSTEMS][WORKS];
};

static double measure_tsc(void)
{
    struct timespec begin;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    uint64_t tsc = hand_over_tsc();
    double ns;
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
        ns = (double)(now.tv_sec - begin.tv_sec) * 1e9 + (double)(now.tv_nsec - begin.tv_nsec);
    } while (ns < 200e6);
    return (double)(hand_over_tsc() - tsc) / ns;
}

/* The clock counts in steps of up to 10 ns: what was counted at one step is taken as spread evenly halfway to the steps beside it. */
static double quantile(const uint64_t *bins, double q)
{
    double total = 0;
    double seen = 0;
    double before = -1;
    for (uint64_t bin = 0; bin < HAND_OVER_BINS; bin++)
        total += (double)bins[bin];
    for (uint64_t bin = 0; bin < HAND_OVER_BINS; bin++) {
        if (bins[bin] == 0)
            continue;
        double here = hand_over_bin_ns(bin);
        if (seen + (double)bins[bin] > total * q) {
            uint64_t next = bin + 1;
            while (next < HAND_OVER_BINS && bins[next] == 0)
                next++;
            double low = before < 0 ? here : (before + here) / 2;
            double high = next == HAND_OVER_BINS ? here : (here + hand_over_bin_ns(next)) / 2;
            if (high - low > 32) /* no step of a clock: a rare one */
                return here;
            return low + (high - low) * (total * q - seen) / (double)bins[bin];
        }
        seen += (double)bins[bin];
        before = here;
    }
    return before < 0 ? 0 : before;
}

static void path_of(const struct bench *bench, size_t system, char *path, size_t bytes)
{
    snprintf(path, bytes, "%s/%s", known[system].flags & OURS ? bench->ours : bench->peers, known[system].name);
}

static int run(struct bench *bench, size_t system, const struct work *work, double seconds, char *error, size_t error_bytes)
{
    char path[PATH_MAX + 32];
    path_of(bench, system, path, sizeof path);
    memset(bench->result, 0, sizeof *bench->result);
    const struct system_run wanted = {.program = path,
                                      .work = work->program_work,
                                      .bytes = work->bytes,
                                      .rate = work->rate,
                                      .seconds = seconds,
                                      .tsc_per_ns = bench->tsc_per_ns,
                                      .result_fd = bench->result_fd};
    return system_run(&wanted, error, error_bytes);
}

static double measure_floor(struct bench *bench)
{
    char error[256];
    if (run(bench, 0, &works[0], FLOOR_SECONDS, error, sizeof error))
        errx(71, "floor: %s", error);
    return quantile(bench->result->bins, 0.5);
}

static double seconds_of(const struct bench *bench, const struct work *work)
{
    return work->rate > 0 && work->rate < 1000 ? bench->seconds * 4 : bench->seconds;
}

static void keep(struct bench *bench, size_t system, size_t work, uint32_t round, double floor)
{
    const struct hand_over_result *result = bench->result;
    struct cell *cell = &bench->cells[system][work];
    double value = works[work].measure == RATE ? result->ns_per_record : quantile(result->bins, 0.5);
    cell->result.values[round] = value;
    cell->result.rounds = round + 1;
    cell->to_floor[round] = value / floor;
    cell->cpu.values[round] = result->cpu * 100;
    cell->cpu.rounds = round + 1;
    cell->rate += result->rate;
    cell->max_ns = (double)result->max_ns > cell->max_ns ? (double)result->max_ns : cell->max_ns;
    for (uint64_t bin = 0; bin < HAND_OVER_BINS && works[work].measure == LATENCY; bin++)
        cell->bins[bin] += result->bins[bin];
}

/* One run with the floor before and after it. */
static void measure(struct bench *bench, size_t system, size_t work, uint32_t round)
{
    char *why = bench->why[system];
    for (int attempt = 1; *why == '\0' || attempt == 1; attempt++) {
        double before = bench->floor_ok ? bench->floor : measure_floor(bench);
        if (run(bench, system, &works[work], seconds_of(bench, &works[work]), why, sizeof bench->why[system]))
            return;
        struct hand_over_result kept;
        static uint64_t bins[HAND_OVER_BINS];
        memcpy(&kept, bench->result, offsetof(struct hand_over_result, bins));
        memcpy(bins, bench->result->bins, sizeof bins);
        bench->floor = measure_floor(bench);
        bench->floor_ok = 1;
        double moved = bench->floor > before ? bench->floor / before - 1 : before / bench->floor - 1;
        if (moved > FLOOR_MOVES && attempt < TRIES)
            continue;
        bench->moved += moved > FLOOR_MOVES;
        memcpy(bench->result, &kept, offsetof(struct hand_over_result, bins));
        memcpy(bench->result->bins, bins, sizeof bins);
        keep(bench, system, work, round, (before + bench->floor) / 2);
        return;
    }
}

static int takes_part(const struct bench *bench, size_t system, const struct work *work)
{
    if (work->not_floor && known[system].flags & FLOOR)
        return 0;
    if (known[system].flags & STREAM && work->measure != RATE)
        return 0;
    if (bench->only && system > SPIN && known[system].flags != (OURS | STREAM) && strcmp(bench->only, known[system].name) != 0)
        return 0;
    return bench->why[system][0] == '\0' && (known[system].flags & work->only) == work->only;
}

/* Works in turn; in each the systems in an order of its own, so that what is compared was measured within seconds. */
static void run_round(struct bench *bench, uint32_t round)
{
    uint32_t work_order[WORKS];
    uint32_t order[SYSTEMS];
    hr_shuffle(&bench->seed, work_order, WORKS);
    for (size_t i = 0; i < WORKS; i++) {
        const struct work *work = &works[work_order[i]];
        hr_shuffle(&bench->seed, order, SYSTEMS);
        for (size_t j = 0; j < SYSTEMS; j++)
            if (takes_part(bench, order[j], work))
                measure(bench, order[j], work_order[i], round);
        fprintf(stderr, "round %u of %u: %-18s floor %.0f ns, headrace-spin %.1f ns\n", round + 1, bench->rounds, work->name,
                bench->floor, bench->cells[SPIN][work_order[i]].result.values[round]);
    }
}

/* A peer that was not built says why; one that fails in the first run, too. */
static void look_for_peers(struct bench *bench)
{
    for (size_t system = 0; system < SYSTEMS; system++) {
        char path[PATH_MAX + 40];
        path_of(bench, system, path, sizeof path);
        if (access(path, X_OK) == 0)
            continue;
        strcat(path, ".error");
        FILE *file = fopen(path, "re");
        size_t got = file ? fread(bench->why[system], 1, sizeof bench->why[system] - 1, file) : 0;
        bench->why[system][got] = '\0';
        if (file)
            fclose(file);
        if (got == 0)
            snprintf(bench->why[system], sizeof bench->why[system], "%.*s is not there; `./dev bench ring` builds the peers",
                     (int)strlen(path) - 6, path);
    }
}

static double ratio_to_spin(const struct bench *bench, size_t system, size_t work)
{
    double ratios[HR_REPORT_ROUNDS_MAX];
    const struct hr_result *spin = &bench->cells[SPIN][work].result;
    const struct hr_result *own = &bench->cells[system][work].result;
    uint32_t count = 0;
    for (uint32_t round = 0; round < own->rounds && round < spin->rounds; round++)
        if (spin->values[round] > 0)
            ratios[count++] = own->values[round] / spin->values[round];
    return hr_median(ratios, count);
}

static void finish(struct bench *bench, size_t system, size_t work, struct hr_result *results, uint32_t *count)
{
    struct cell *cell = &bench->cells[system][work];
    struct hr_result *result = &cell->result;
    if (result->rounds == 0)
        return;
    result->work = works[work].name;
    result->name = known[system].name;
    result->unit = works[work].measure == RATE ? "ns/record" : "ns";
    if (works[work].measure == LATENCY) {
        result->has_percentiles = 1;
        result->p50 = quantile(cell->bins, 0.5);
        result->p95 = quantile(cell->bins, 0.95);
        result->p99 = quantile(cell->bins, 0.99);
        result->p999 = quantile(cell->bins, 0.999);
        result->max_value = cell->max_ns;
    }
    if (works[work].rate > 0)
        result->records_per_second = cell->rate / result->rounds;
    result->to_floor = hr_median(cell->to_floor, result->rounds);
    result->to_headrace = ratio_to_spin(bench, system, work);
    results[(*count)++] = *result;
    if (!works[work].only)
        return;
    cell->cpu.work = "cpu_use";
    cell->cpu.name = known[system].name;
    cell->cpu.unit = "% of a core";
    cell->cpu.records_per_second = result->records_per_second;
    results[(*count)++] = cell->cpu;
}

static void parse(struct bench *bench, int argc, char **argv)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
                                          {"quick", no_argument, NULL, 'q'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"only", required_argument, NULL, 'o'},
                                          {"peers", required_argument, NULL, 'p'},
                                          {0}};
    *bench = (struct bench){.rounds = ROUNDS, .seconds = 0.2, .seed = 1, .peers = "/nonexistent"};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (option) {
        case 'j':
            bench->json = 1;
            break;
        case 'q':
            bench->rounds = 3;
            bench->seconds = 0.03;
            bench->quick = 1;
            break;
        case 's':
            bench->seed = strtoull(optarg, NULL, 10);
            break;
        case 'r':
            bench->rounds = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'o':
            bench->only = optarg;
            break;
        case 'p':
            bench->peers = optarg;
            break;
        default:
            fputs("usage: ring [--json] [--quick] [--seed N] [--rounds N] [--only SYSTEM] [--peers FOLDER]\n", stderr);
            exit(64);
        }
    }
    if (bench->seed == 0 || bench->rounds == 0 || bench->rounds > HR_REPORT_ROUNDS_MAX)
        errx(64, "wanted a seed that is not 0 and 1 to %d rounds", HR_REPORT_ROUNDS_MAX);
    if (readlink("/proc/self/exe", bench->ours, sizeof bench->ours - 1) < 0)
        err(71, "/proc/self/exe");
    dirname(bench->ours);
}

static void prepare(struct bench *bench)
{
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        errx(69, "wanted two processors: one for each end");
    bench->result_fd = memfd_create("result", MFD_CLOEXEC);
    if (bench->result_fd < 0 || ftruncate(bench->result_fd, sizeof *bench->result) < 0)
        err(71, "memfd_create");
    bench->result = mmap(NULL, sizeof *bench->result, PROT_READ | PROT_WRITE, MAP_SHARED, bench->result_fd, 0);
    if (bench->result == MAP_FAILED)
        err(71, "mmap");
    for (size_t system = 0; system < SYSTEMS; system++)
        for (size_t work = 0; work < WORKS; work++)
            if (!(bench->cells[system][work].bins = calloc(HAND_OVER_BINS, sizeof(uint64_t))))
                errx(71, "out of memory");
    bench->tsc_per_ns = measure_tsc();
    look_for_peers(bench);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static struct hr_result results[SYSTEMS * WORKS * 2];
    static struct hr_missing missing[SYSTEMS];
    uint32_t count = 0;
    uint32_t missing_count = 0;
    parse(&bench, argc, argv);
    alarm(DEADLINE_S);
    prepare(&bench);
    uint64_t seed = bench.seed;
    for (uint32_t round = 0; round < bench.rounds; round++)
        run_round(&bench, round);
    for (size_t work = 0; work < WORKS; work++)
        for (size_t system = 0; system < SYSTEMS; system++)
            finish(&bench, system, work, results, &count);
    for (size_t system = 0; system < SYSTEMS; system++)
        if (bench.why[system][0])
            missing[missing_count++] = (struct hr_missing){known[system].name, bench.why[system]};
    const struct hr_report report = {
        .bench = "ring", .seed = seed, .results = results, .count = count, .missing = missing, .missing_count = missing_count};
    hr_report_print(&report, bench.json);
    if (bench.moved)
        fprintf(stderr, "%u runs are in although the floor moved by more than %.0f %% about them, %d times in a row\n", bench.moved,
                FLOOR_MOVES * 100, TRIES);
    return 0;
}
