/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of hand_over.h. Included by it alone.
 */
#ifndef HEADRACE_BENCH_HAND_OVER_LOOPS_H
#define HEADRACE_BENCH_HAND_OVER_LOOPS_H

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE in front of the first include"
#endif

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define HAND_OVER_INLINE static inline __attribute__((always_inline))
/* What tells the receiver that there will be no more. */
#define HAND_OVER_END UINT64_MAX
#define HAND_OVER_WARM_NS 10e6
/* Looks at the clock once for this many records at full rate. */
#define HAND_OVER_LOOK 4096

struct hand_over_options {
    const char *work;
    size_t bytes;
    double rate;        /* paced: records a second */
    double seconds;
    int cores[2];
    int result_fd;
    double tsc_per_ns;
    char tag[40];
};

HAND_OVER_INLINE uint64_t hand_over_tsc(void)
{
    return __rdtsc();
}

static inline void hand_over_fill(uint64_t *record, size_t bytes, uint64_t value)
{
    record[0] = HAND_OVER_WORD0;
    record[1] = value;
    record[bytes / 8 - 1] = ~value;
}

static inline void hand_over_exit(const char *what, uint64_t found, uint64_t wanted)
{
    fprintf(stderr, "%s: found %llu, wanted %llu\n", what, (unsigned long long)found, (unsigned long long)wanted);
    exit(1);
}

HAND_OVER_INLINE void hand_over_check(const uint64_t *record, size_t bytes, uint64_t value)
{
    if (__builtin_expect(record[1] != value, 0))
        hand_over_exit("another record", record[1], value);
    if (__builtin_expect(bytes > 16 && record[bytes / 8 - 1] != ~value, 0))
        hand_over_exit("a torn record", record[bytes / 8 - 1], ~value);
}

HAND_OVER_INLINE int hand_over_is_end(const uint64_t *record)
{
    return __builtin_expect(record[1] == HAND_OVER_END, 0) != 0;
}

HAND_OVER_INLINE void hand_over_take(const void *record, size_t bytes, uint64_t *expected)
{
    const uint64_t *words = record;
    if (hand_over_is_end(words)) {
        *expected = HAND_OVER_END;
        return;
    }
    hand_over_check(words, bytes, *expected);
    ++*expected;
}

static inline uint64_t hand_over_bin(uint64_t ns)
{
    if (ns < HAND_OVER_FINE_BINS)
        return ns;
    uint64_t octave = 63 - (uint64_t)__builtin_clzll(ns);
    uint64_t bin = HAND_OVER_FINE_BINS + (octave - 16) * 64 + (ns >> (octave - 6) & 63);
    return bin < HAND_OVER_BINS ? bin : HAND_OVER_BINS - 1;
}

/* The lowest latency of a bin. */
static inline double hand_over_bin_ns(uint64_t bin)
{
    if (bin < HAND_OVER_FINE_BINS)
        return (double)bin;
    uint64_t octave = (bin - HAND_OVER_FINE_BINS) / 64 + 16;
    return (double)((UINT64_C(64) + (bin - HAND_OVER_FINE_BINS) % 64) << (octave - 6));
}

HAND_OVER_INLINE void hand_over_measure(struct hand_over_result *result, double ns)
{
    uint64_t whole = ns > 0 ? (uint64_t)(ns + 0.5) : 0;
    result->bins[hand_over_bin(whole)]++;
    result->records++;
    if (whole > result->max_ns)
        result->max_ns = whole;
}

HAND_OVER_INLINE void hand_over_send(const struct hand_over_system *system, void *end, const uint64_t *record, size_t bytes)
{
    system->send(end, record, bytes);
    if (system->flush)
        system->flush(end);
}

HAND_OVER_INLINE void hand_over_ping(const struct hand_over_system *system, void *end, const struct hand_over_options *options,
                                     size_t bytes, struct hand_over_result *result)
{
    uint64_t record[HAND_OVER_RECORD_MAX / 8] = {0};
    uint64_t reply[HAND_OVER_RECORD_MAX / 8] = {0};
    double ns_per_tsc = 1.0 / options->tsc_per_ns;
    uint64_t before = hand_over_tsc();
    uint64_t warm = before + (uint64_t)(HAND_OVER_WARM_NS * options->tsc_per_ns);
    uint64_t deadline = warm + (uint64_t)(options->seconds * 1e9 * options->tsc_per_ns);
    hand_over_fill(record, bytes, 1);
    for (uint64_t value = 1; before < deadline; value++) {
        hand_over_send(system, end, record, bytes);
        hand_over_fill(record, bytes, value + 1); /* while the echo is on its way */
        system->receive(end, reply, bytes);
        uint64_t after = hand_over_tsc();
        hand_over_check(reply, bytes, value);
        if (before >= warm)
            hand_over_measure(result, (double)(after - before) * ns_per_tsc);
        before = after;
    }
    hand_over_fill(record, bytes, HAND_OVER_END);
    hand_over_send(system, end, record, bytes);
}

HAND_OVER_INLINE void hand_over_pong(const struct hand_over_system *system, void *end, size_t bytes)
{
    uint64_t record[HAND_OVER_RECORD_MAX / 8] = {0};
    for (;;) {
        system->receive(end, record, bytes);
        if (hand_over_is_end(record))
            return;
        hand_over_send(system, end, record, bytes);
    }
}

/* A burst is made and then sent, as a worker's is: a record copied in the moment after it was written word by word waits for the core's
 * store buffer, 5 ns of nobody's hand-over. */
HAND_OVER_INLINE void hand_over_pour(const struct hand_over_system *system, void *end, const struct hand_over_options *options,
                                     size_t bytes)
{
    uint64_t burst[HAND_OVER_BURST][HAND_OVER_RECORD_MAX / 8] = {{0}};
    uint64_t deadline = hand_over_tsc() + (uint64_t)((HAND_OVER_WARM_NS + options->seconds * 1e9) * options->tsc_per_ns);
    uint64_t value = 1;
    while (hand_over_tsc() < deadline)
        for (uint64_t bursts = 0; bursts < HAND_OVER_LOOK / HAND_OVER_BURST; bursts++) {
            for (int i = 0; i < HAND_OVER_BURST; i++)
                hand_over_fill(burst[i], bytes, value++);
            __asm__ volatile("" ::: "memory"); /* made before any is sent */
            for (int i = 0; i < HAND_OVER_BURST; i++)
                system->send(end, burst[i], bytes);
            if (system->flush)
                system->flush(end);
        }
    hand_over_fill(burst[0], bytes, HAND_OVER_END);
    hand_over_send(system, end, burst[0], bytes);
}

HAND_OVER_INLINE size_t hand_over_receive_some(const struct hand_over_system *system, void *end, size_t bytes, uint64_t *expected)
{
    uint64_t record[HAND_OVER_RECORD_MAX / 8] = {0};
    if (system->receive_some)
        return system->receive_some(end, bytes, expected);
    system->receive(end, record, bytes);
    hand_over_take(record, bytes, expected);
    return 1;
}

/* From the first look after the warming up to the last record. */
HAND_OVER_INLINE void hand_over_drink(const struct hand_over_system *system, void *end, const struct hand_over_options *options,
                                      size_t bytes, struct hand_over_result *result)
{
    uint64_t expected = 1;
    uint64_t begin = 0;
    uint64_t first = 0;
    uint64_t last = 0;
    for (uint64_t looked = 0; expected != HAND_OVER_END;) {
        uint64_t before = expected;
        hand_over_receive_some(system, end, bytes, &expected);
        if (expected != HAND_OVER_END && expected - looked < HAND_OVER_LOOK)
            continue;
        uint64_t now = hand_over_tsc();
        uint64_t seen = expected == HAND_OVER_END ? before : expected;
        looked = seen;
        if (begin == 0)
            begin = now + (uint64_t)(HAND_OVER_WARM_NS * options->tsc_per_ns);
        if (first == 0 && now >= begin) {
            first = now;
            result->records = seen;
        }
        if (expected == HAND_OVER_END) {
            last = now;
            result->records = seen - result->records;
        }
    }
    result->ns_per_record = (double)(last - first) / options->tsc_per_ns / (double)result->records;
}

/* After a pause of the machine records do not come in a heap: the next is due one interval after the late one. */
HAND_OVER_INLINE void hand_over_pace(const struct hand_over_system *system, void *end, const struct hand_over_options *options,
                                     size_t bytes)
{
    uint64_t record[HAND_OVER_RECORD_MAX / 8] = {0};
    uint64_t interval = (uint64_t)(1e9 / options->rate * options->tsc_per_ns);
    uint64_t due = hand_over_tsc() + interval;
    uint64_t deadline = due + (uint64_t)((HAND_OVER_WARM_NS + options->seconds * 1e9) * options->tsc_per_ns);
    for (uint64_t now; (now = hand_over_tsc()) < deadline;) {
        if (now < due) {
            if (system->flush) /* what a poll loop does in a turn without packets */
                system->flush(end);
            continue;
        }
        due = now - due > interval ? now + interval : due + interval;
        hand_over_fill(record, bytes, hand_over_tsc());
        hand_over_send(system, end, record, bytes);
    }
    hand_over_fill(record, bytes, HAND_OVER_END);
    hand_over_send(system, end, record, bytes);
    if (system->flush) /* a receiver that goes to sleep in this moment is woken by the turn after */
        for (uint64_t until = hand_over_tsc() + (uint64_t)(HAND_OVER_WARM_NS * options->tsc_per_ns); hand_over_tsc() < until;)
            system->flush(end);
}

static inline double hand_over_cpu(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

HAND_OVER_INLINE void hand_over_age(const struct hand_over_system *system, void *end, const struct hand_over_options *options,
                                    size_t bytes, struct hand_over_result *result)
{
    uint64_t record[HAND_OVER_RECORD_MAX / 8] = {0};
    double ns_per_tsc = 1.0 / options->tsc_per_ns;
    double cpu = 0;
    uint64_t begin = 0;
    uint64_t now = 0;
    uint64_t last = 0;
    uint64_t warm = 0;
    for (;;) {
        system->receive(end, record, bytes);
        now = hand_over_tsc();
        if (hand_over_is_end(record))
            break;
        if (bytes > 16 && record[bytes / 8 - 1] != ~record[1])
            hand_over_exit("a torn record", record[bytes / 8 - 1], ~record[1]);
        if (record[1] <= last)
            hand_over_exit("a record out of order", record[1], last);
        last = record[1];
        if (warm == 0)
            warm = now + (uint64_t)(HAND_OVER_WARM_NS * options->tsc_per_ns);
        if (begin == 0 && now >= warm) {
            begin = now;
            cpu = hand_over_cpu();
        }
        if (begin)
            hand_over_measure(result, (double)(int64_t)(now - record[1]) * ns_per_tsc);
    }
    double seconds = (double)(now - begin) * ns_per_tsc * 1e-9;
    result->cpu += (hand_over_cpu() - cpu) / seconds;
    result->rate = (double)result->records / seconds;
}

HAND_OVER_INLINE void hand_over_end(const struct hand_over_system *system, const struct hand_over_options *options, size_t bytes,
                                    int which, void *shared, struct hand_over_result *result)
{
    int paced = options->work[0] == 'p';
    const struct hand_over_setting setting = {.end = which,
                                              .bytes = bytes,
                                              .tag = options->tag,
                                              .tsc_per_ns = options->tsc_per_ns,
                                              .paced = paced,
                                              .shared = shared,
                                              .cores = {options->cores[0], options->cores[1]}};
    void *end = system->open(&setting);
    __atomic_store_n(&result->ready[which], 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&result->ready[1 - which], __ATOMIC_ACQUIRE))
        sched_yield();
    if (options->work[0] == 'r' && which == 0)
        hand_over_ping(system, end, options, bytes, result);
    else if (options->work[0] == 'r')
        hand_over_pong(system, end, bytes);
    else if (options->work[0] == 'o' && which == 0)
        hand_over_pour(system, end, options, bytes);
    else if (options->work[0] == 'o')
        hand_over_drink(system, end, options, bytes, result);
    else if (which == 0)
        hand_over_pace(system, end, options, bytes);
    else
        hand_over_age(system, end, options, bytes, result);
    if (which == 0 && system->helper_cpu && paced)
        result->cpu += system->helper_cpu(end) / (options->seconds + HAND_OVER_WARM_NS * 1e-9);
}

static inline void hand_over_pin(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* A copy of the loops for each size, so that it is a constant in them. */
static inline void hand_over_run_end(const struct hand_over_system *system, const struct hand_over_options *options, int which,
                                     void *shared, struct hand_over_result *result)
{
    hand_over_pin(options->cores[which]);
    if (options->bytes == 112)
        hand_over_end(system, options, 112, which, shared, result);
    else
        hand_over_end(system, options, 56, which, shared, result);
}

static inline int hand_over_usage(const struct hand_over_system *system)
{
    fprintf(stderr, "usage: %s round_trip|one_way|paced BYTES RATE SECONDS CORE0 CORE1 RESULT_FD TSC_PER_NS TAG\n"
                    "A program of the ring bench, which runs it: ./dev bench ring\n", system->name);
    return 64;
}

static inline int hand_over_run(const struct hand_over_system *system, const struct hand_over_options *options,
                                struct hand_over_result *result)
{
    int status = 0;
    int failed = 0;
    pid_t children[2];
    void *shared = system->prepare ? system->prepare(options->bytes, options->tag) : NULL;
    for (int which = 0; which < 2; which++) {
        children[which] = fork();
        if (children[which] < 0)
            return 71;
        if (children[which] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            hand_over_run_end(system, options, which, shared, result);
            _exit(0);
        }
    }
    for (int ended = 0; ended < 2;) {
        pid_t pid = wait(&status);
        if (pid != children[0] && pid != children[1])
            continue; /* a helper of the system's own */
        ended++;
        if (status != 0 && !failed) {
            failed = 1;
            kill(children[pid == children[0]], SIGKILL);
        }
    }
    return failed;
}

static inline int hand_over_main(const struct hand_over_system *system, int argc, char **argv)
{
    struct hand_over_options options;
    if (argc != 10 || strlen(argv[9]) >= sizeof options.tag)
        return hand_over_usage(system);
    options = (struct hand_over_options){.work = argv[1],
                                         .bytes = strtoul(argv[2], NULL, 10),
                                         .rate = strtod(argv[3], NULL),
                                         .seconds = strtod(argv[4], NULL),
                                         .cores = {atoi(argv[5]), atoi(argv[6])},
                                         .result_fd = atoi(argv[7]),
                                         .tsc_per_ns = strtod(argv[8], NULL)};
    strcpy(options.tag, argv[9]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct hand_over_result *result =
        mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, options.result_fd, 0);
    if (result == MAP_FAILED || options.tsc_per_ns <= 0)
        return hand_over_usage(system);
    int failed = hand_over_run(system, &options, result);
    if (system->clean)
        system->clean(options.tag);
    return failed;
}

#endif
