/* SPDX-License-Identifier: Apache-2.0
 *
 * The fan-out bench: what each consumer more costs the writer, and when the last of them has a record. The handler's own fan-out
 * step publishes single orders into 1 to 32 rings, of which one process on another core reads all; see docs/benchmarks.md. Beside it
 * the floor, the same slots written in the same rings by a loop and nothing else, and what one ring for all of them would cost
 * ("broadcast"): the writer never looks at a reader, and each reader copies the record out and looks at its stamp again, for it may have
 * been overwritten (docs/adr/0013).
 */
#define _GNU_SOURCE
#include <err.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "fanout/fanout.h"
#include "headrace/consumer.h"
#include "pass.h"
#include "report.h"

#define ROUNDS 7
#define DEADLINE_S 300
#define CONSUMERS_MAX 32
#define RING_RECORDS 65536
#define INTERVAL_NS 3000
#define BINS 65536
#define INSTRUMENT 1
/* Empty looks at every ring between two looks at whether there will be more. */
#define LOOKS 10000

static const uint32_t consumer_counts[] = {1, 2, 4, 8, 16, 32};
static const uint32_t wanted_percents[] = {0, 25, 50, 100};
#define COUNTS (sizeof consumer_counts / sizeof *consumer_counts)
#define PERCENTS (sizeof wanted_percents / sizeof *wanted_percents)
#define SETTINGS_MAX (COUNTS * (PERCENTS + 2))

enum system { HEADRACE, FLOOR, BROADCAST, SYSTEMS };

static const char *const names[SYSTEMS][2] = {[HEADRACE] = {"headrace", "headrace-last-reader"},
                                              [FLOOR] = {"floor", "floor-last-reader"},
                                              [BROADCAST] = {"broadcast", "broadcast-last-reader"}};

struct setting {
    uint32_t consumers;
    uint32_t percent;
    uint32_t wanted; /* consumers that want the symbol */
    enum system system; /* all but HEADRACE where everybody wants the symbol */
};

/* Shared with the reader. */
struct shared {
    uint64_t bins[BINS]; /* ns from publishing to the last of the rings that got the record */
    uint64_t records;
};

struct bench {
    uint32_t rounds;
    uint32_t records;
    uint64_t seed;
    int json;
    double tsc_per_ns;
    struct shared *shared;
    struct hr_fanout fanout;
    struct hr_selection selections[CONSUMERS_MAX];
    struct hr_consumer_counters counters[CONSUMERS_MAX];
    struct hr_fanout_counters totals;
    struct hr_producer *producers[CONSUMERS_MAX];
};

struct cell {
    char work[40];
    struct hr_result cost;
    struct hr_result last;
    uint64_t *costs;
    uint64_t *lasts;
};

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void pin(int last)
{
    cpu_set_t set;
    int chosen = -1;
    sched_getaffinity(0, sizeof set, &set);
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET((size_t)core, &set) && (chosen < 0 || last))
            chosen = core;
    CPU_ZERO(&set);
    CPU_SET((size_t)chosen, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static double measure_tsc(void)
{
    uint64_t begin = clock_ns();
    uint64_t tsc = __rdtsc();
    uint64_t now;
    while ((now = clock_ns()) - begin < 200000000)
        ;
    return (double)(__rdtsc() - tsc) / (double)(now - begin);
}

/* One strategy's process for all rings: looks at one after the other. The record's ts_recv is the TSC of its publishing; the last ring
 * that has it sets its latency. */
static void read_rings(int socket, struct shared *shared, uint32_t wanted, double tsc_per_ns)
{
    static struct hr_consumer rings[CONSUMERS_MAX];
    int descriptors[CONSUMERS_MAX * 2];
    char byte;
    int open = 1;
    int ended = 0;
    if (hr_pass_receive(socket, descriptors, wanted * 2, &byte))
        _exit(1);
    for (uint32_t i = 0; i < wanted; i++)
        if (hr_consumer_map(&rings[i], descriptors[i * 2], descriptors[i * 2 + 1]))
            _exit(1);
    if (send(socket, "", 1, 0) != 1)
        _exit(1);
    uint32_t seen = 0;
    for (uint32_t looks = 0; open;) {
        for (uint32_t i = 0; i < wanted; i++) {
            uint64_t stamp;
            const struct hr_record_header *record = hr_consumer_peek(&rings[i], &stamp);
            if (!record)
                continue;
            uint64_t published = ((const struct hr_mbo *)(const void *)record)->ts_recv;
            hr_consumer_advance(&rings[i], record, stamp);
            looks = 0;
            if (++seen < wanted)
                continue;
            seen = 0;
            uint64_t ns = (uint64_t)((double)(__rdtsc() - published) / tsc_per_ns);
            shared->bins[ns < BINS ? ns : BINS - 1]++;
            shared->records++;
        }
        if (++looks < LOOKS)
            continue;
        looks = 0;
        open = !ended; /* what came before the end has been read by a look after it */
        ended = __atomic_load_n(&rings[0].header->state, __ATOMIC_ACQUIRE) != HR_RING_RUNNING;
    }
    _exit(0);
}

/* The same with one ring, which `wanted` readers look at each with a place of its own. */
static void read_broadcast(int socket, struct shared *shared, uint32_t wanted, double tsc_per_ns)
{
    static struct hr_consumer ring;
    static struct {
        uint64_t read;
        uint64_t last_stamp;
        struct hr_mbo copy;
    } readers[CONSUMERS_MAX];
    int descriptors[2];
    char byte;
    if (hr_pass_receive(socket, descriptors, 2, &byte) || hr_consumer_map(&ring, descriptors[0], descriptors[1]) ||
        send(socket, "", 1, 0) != 1)
        _exit(1);
    uint32_t seen = 0;
    int open = 1;
    int ended = 0;
    for (uint32_t looks = 0; open;) {
        for (uint32_t i = 0; i < wanted; i++) {
            const struct hr_slot *slot = (const void *)hr_consumer_slot(&ring, readers[i].read);
            uint64_t stamp = __atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE);
            if (stamp <= readers[i].last_stamp)
                continue;
            memcpy(&readers[i].copy, slot->record, sizeof readers[i].copy);
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (__atomic_load_n(&slot->stamp, __ATOMIC_RELAXED) != stamp)
                _exit(1); /* overtaken: in this bench the ring is far too large for that */
            readers[i].last_stamp = stamp;
            readers[i].read++;
            looks = 0;
            if (++seen < wanted)
                continue;
            seen = 0;
            uint64_t ns = (uint64_t)((double)(__rdtsc() - readers[i].copy.ts_recv) / tsc_per_ns);
            shared->bins[ns < BINS ? ns : BINS - 1]++;
            shared->records++;
        }
        if (++looks < LOOKS)
            continue;
        looks = 0;
        open = !ended;
        ended = __atomic_load_n(&ring.header->state, __ATOMIC_ACQUIRE) != HR_RING_RUNNING;
    }
    _exit(0);
}

/* Those that get the record. */
static uint32_t rings_of(const struct setting *setting)
{
    return setting->system == BROADCAST ? 1 : setting->wanted;
}

static pid_t start_reader(struct bench *bench, const struct setting *setting, int *socket)
{
    int sockets[2];
    int descriptors[CONSUMERS_MAX * 2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        err(71, "socketpair");
    pid_t pid = fork();
    if (pid < 0)
        err(71, "fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sched_setaffinity(0, sizeof(cpu_set_t), &(cpu_set_t){{~0UL}});
        pin(0);
        close(sockets[0]);
        if (setting->system == BROADCAST)
            read_broadcast(sockets[1], bench->shared, setting->wanted, bench->tsc_per_ns);
        read_rings(sockets[1], bench->shared, setting->wanted, bench->tsc_per_ns);
    }
    close(sockets[1]);
    for (uint32_t i = 0; i < rings_of(setting); i++) {
        descriptors[i * 2] = bench->producers[i]->data_fd;
        descriptors[i * 2 + 1] = bench->producers[i]->cursor_fd;
    }
    hr_pass_send(sockets[0], descriptors, rings_of(setting) * 2, 'r');
    if (recv(sockets[0], &byte, 1, 0) != 1)
        errx(71, "the reader cannot map its rings");
    *socket = sockets[0];
    return pid;
}

/* Those below `wanted` take the symbol, the others one that never comes. */
static void build(struct bench *bench, const struct setting *setting)
{
    static const char *const symbols[] = {"A", "Z"};
    const uint32_t instruments = 4;
    uint32_t rings = setting->system == BROADCAST ? 1 : setting->consumers;
    for (uint32_t i = 0; i < rings; i++) {
        bench->selections[i] = (struct hr_selection){.schemas = 1U << HR_SCHEMA_MBO,
                                                     .feeds = {1},
                                                     .symbols = &symbols[i < setting->wanted ? 0 : 1],
                                                     .symbol_count = 1};
        const struct hr_producer_options options = {.consumer = "bench",
                                                    .slot_bytes = 64,
                                                    .slot_count = RING_RECORDS,
                                                    .worker_count = 1,
                                                    .colour = i,
                                                    .session_epoch = clock_ns(),
                                                    .on_full = HR_ON_FULL_DROP};
        bench->producers[i] = aligned_alloc(HR_CACHE_LINE, (sizeof(struct hr_producer) + 63) / 64 * 64);
        if (!bench->producers[i] || hr_producer_create(bench->producers[i], &options))
            errx(71, "a ring cannot be made");
    }
    if (hr_fanout_create(&bench->fanout, bench->selections, rings, &instruments, 1))
        errx(71, "the fan-out cannot be made");
    memset(bench->counters, 0, sizeof bench->counters);
    bench->fanout.totals = &bench->totals;
    for (uint32_t i = 0; i < rings; i++) {
        bench->fanout.counters[i] = &bench->counters[i];
        hr_fanout_attach(&bench->fanout, i, bench->producers[i]);
    }
    hr_fanout_name(&bench->fanout, 0, INSTRUMENT, "A");
}

static void tear_down(struct bench *bench, const struct setting *setting)
{
    for (uint32_t i = 0; i < (setting->system == BROADCAST ? 1 : setting->consumers); i++) {
        if (bench->counters[i].lost)
            errx(70, "ring %u lost %llu records: the reader was too slow", i, (unsigned long long)bench->counters[i].lost);
        hr_producer_destroy(hr_fanout_detach(&bench->fanout, i));
        free(bench->producers[i]);
    }
    hr_fanout_destroy(&bench->fanout);
}

/* Nobody is asked what they want, whether there is room, or whether they live; nothing is counted. */
static void write_floor(struct bench *bench, uint32_t rings, const struct hr_mbo *mbo, uint64_t now_ns)
{
    for (uint32_t i = 0; i < rings; i++)
        hr_producer_write(bench->producers[i], mbo, sizeof *mbo, now_ns);
}

/* Bursts of one record, a while apart: the cost of publishing it, as the worker's thread pays it. */
static double publish(struct bench *bench, const struct setting *setting, uint64_t *costs)
{
    struct hr_mbo mbo = {.header = {.length = sizeof mbo / 4, .rtype = HR_RTYPE_MBO, .instrument_id = INSTRUMENT}, .action = 'A'};
    uint64_t interval = (uint64_t)(INTERVAL_NS * bench->tsc_per_ns);
    uint64_t due = __rdtsc() + interval;
    uint64_t total = 0;
    for (uint32_t i = 0; i < bench->records; i++) {
        uint64_t now_ns = clock_ns();
        uint64_t begin;
        while ((begin = __rdtsc()) < due)
            hr_fanout_warm(&bench->fanout); /* as a worker does in turns in which there is nothing */
        due = begin + interval;
        mbo.ts_recv = begin;
        mbo.sequence = i;
        if (setting->system == FLOOR)
            write_floor(bench, setting->wanted, &mbo, now_ns);
        else {
            if (setting->system == BROADCAST) /* nobody to wait for */
                bench->producers[0]->read = bench->producers[0]->written;
            hr_fanout_publish(&bench->fanout, 0, INSTRUMENT, HR_SCHEMA_MBO, &mbo, sizeof mbo, now_ns);
        }
        uint64_t ns = (uint64_t)((double)(__rdtsc() - begin) / bench->tsc_per_ns + 0.5);
        costs[ns < BINS ? ns : BINS - 1]++;
        total += ns;
    }
    return (double)total / bench->records;
}

/* A record that nobody wants costs too little for a clock: as many as can be in a row. */
static double publish_unwanted(struct bench *bench)
{
    struct hr_mbo mbo = {.header = {.length = sizeof mbo / 4, .rtype = HR_RTYPE_MBO, .instrument_id = INSTRUMENT}, .action = 'A'};
    const uint32_t records = 20000000;
    uint64_t now_ns = clock_ns();
    uint64_t begin = __rdtsc();
    for (uint32_t i = 0; i < records; i++) {
        mbo.sequence = i;
        hr_fanout_publish(&bench->fanout, 0, INSTRUMENT, HR_SCHEMA_MBO, &mbo, sizeof mbo, now_ns);
        __asm__ volatile("" ::: "memory");
    }
    return (double)(__rdtsc() - begin) / bench->tsc_per_ns / records;
}

/* Interpolates within the clock's steps; see bench/ring. */
static double quantile(const uint64_t *bins, double q)
{
    uint64_t total = 0;
    uint64_t seen = 0;
    for (uint32_t bin = 0; bin < BINS; bin++)
        total += bins[bin];
    for (uint32_t bin = 0; bin < BINS; bin++) {
        seen += bins[bin];
        if ((double)seen > (double)total * q)
            return bin;
    }
    return BINS - 1;
}

static void add(uint64_t *pool, const uint64_t *bins)
{
    for (uint32_t bin = 0; bin < BINS; bin++)
        pool[bin] += bins[bin];
}

static void measure(struct bench *bench, const struct setting *setting, struct cell *cell, uint32_t round)
{
    static uint64_t costs[BINS];
    int socket = -1;
    build(bench, setting);
    memset(bench->shared, 0, sizeof *bench->shared);
    memset(costs, 0, sizeof costs);
    cell->cost.rounds = cell->last.rounds = round + 1;
    if (setting->wanted == 0) {
        cell->cost.values[round] = publish_unwanted(bench);
        tear_down(bench, setting);
        return;
    }
    pid_t reader = start_reader(bench, setting, &socket);
    publish(bench, setting, costs);
    hr_fanout_stop(&bench->fanout, clock_ns());
    waitpid(reader, NULL, 0);
    close(socket);
    if (bench->shared->records != bench->records)
        errx(70, "the reader has %llu records of %u", (unsigned long long)bench->shared->records, bench->records);
    cell->cost.values[round] = quantile(costs, 0.5);
    cell->last.values[round] = quantile(bench->shared->bins, 0.5);
    add(cell->costs, costs);
    add(cell->lasts, bench->shared->bins);
    tear_down(bench, setting);
}

static void parse(struct bench *bench, int argc, char **argv)
{
    static const struct option longs[] = {
        {"json", no_argument, NULL, 'j'}, {"quick", no_argument, NULL, 'q'}, {"seed", required_argument, NULL, 's'}, {0}};
    *bench = (struct bench){.rounds = ROUNDS, .records = 50000, .seed = 1};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option == 'j')
            bench->json = 1;
        else if (option == 'q')
            bench->rounds = 3, bench->records = 20000;
        else if (option == 's')
            bench->seed = strtoull(optarg, NULL, 10);
        else {
            fputs("usage: fanout [--json] [--quick] [--seed N]\n", stderr);
            exit(64);
        }
    }
    if (bench->seed == 0)
        errx(64, "wanted a seed that is not 0");
}

static void set_percentiles(struct hr_result *result, const uint64_t *bins)
{
    result->has_percentiles = 1;
    result->p50 = quantile(bins, 0.5);
    result->p95 = quantile(bins, 0.95);
    result->p99 = quantile(bins, 0.99);
    result->p999 = quantile(bins, 0.999);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static struct setting settings[SETTINGS_MAX];
    static struct cell cells[SETTINGS_MAX];
    static struct hr_result results[SETTINGS_MAX * 2];
    uint32_t order[SETTINGS_MAX];
    uint32_t count = 0;
    uint32_t reported = 0;
    parse(&bench, argc, argv);
    alarm(DEADLINE_S);
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        errx(69, "wanted two processors: one for the writer, one for the reader");
    bench.shared = mmap(NULL, sizeof *bench.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bench.shared == MAP_FAILED)
        err(71, "mmap");
    pin(1);
    bench.tsc_per_ns = measure_tsc();
    for (size_t i = 0; i < COUNTS; i++)
        for (size_t j = 0; j < PERCENTS + SYSTEMS - 1; j++) {
            uint32_t percent = j < PERCENTS ? wanted_percents[j] : 100;
            enum system system = j < PERCENTS ? HEADRACE : (enum system)(j - PERCENTS + 1);
            struct setting setting = {consumer_counts[i], percent, consumer_counts[i] * percent / 100, system};
            if (setting.wanted * 100 != setting.consumers * setting.percent)
                continue; /* a quarter of two consumers */
            cells[count].costs = calloc(BINS, sizeof(uint64_t));
            cells[count].lasts = calloc(BINS, sizeof(uint64_t));
            if (!cells[count].costs || !cells[count].lasts)
                errx(71, "out of memory");
            snprintf(cells[count].work, sizeof cells[count].work, "consumers_%u_wanted_%u", setting.consumers, setting.percent);
            settings[count++] = setting;
        }
    uint64_t seed = bench.seed;
    for (uint32_t round = 0; round < bench.rounds; round++) {
        hr_shuffle(&bench.seed, order, count);
        for (uint32_t i = 0; i < count; i++)
            measure(&bench, &settings[order[i]], &cells[order[i]], round);
        fprintf(stderr, "round %u of %u\n", round + 1, bench.rounds);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct cell *cell = &cells[i];
        cell->cost.work = cell->last.work = cell->work;
        cell->cost.name = names[settings[i].system][0];
        cell->cost.unit = "ns/record";
        cell->last.name = names[settings[i].system][1];
        cell->last.unit = "ns";
        if (settings[i].wanted)
            set_percentiles(&cell->cost, cell->costs);
        results[reported++] = cell->cost;
        if (!settings[i].wanted)
            continue;
        set_percentiles(&cell->last, cell->lasts);
        results[reported++] = cell->last;
    }
    const struct hr_report report = {.bench = "fanout", .seed = seed, .results = results, .count = reported};
    hr_report_print(&report, bench.json);
    return 0;
}
