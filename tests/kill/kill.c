/* SPDX-License-Identifier: Apache-2.0
 *
 * The instruction-level kill test of the ring. A publish loop is single-stepped with ptrace, and its process is killed by
 * SIGKILL after every instruction; what a reader then sees of the ring must be whole records, in order, once each. Likewise a
 * reader is killed at every instruction of its loop, and the writer must go on. Publishers and readers that are wrong on
 * purpose must be found out by the same means.
 *
 * usage: kill [seed]        HEADRACE_TEST_LONG=1: 20 times as much, each time from another seed
 *
 * Exit: 0, 1 when anything is wrong, 77 (skipped) where there can be no stepping.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>
#include <time.h>

#include "reader.h"
#include "tracee.h"
#include "writer.h"

#define LONG_ROUNDS 20
#define WRITER_KILLS_MIN 10000 /* in one round */
#define READER_KILLS 3000      /* of each loop, in one round */
#define TRAIL 400

static struct coverage of_writer;
static struct coverage of_reader;
static int failures;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* On one CPU the child and its tracer hand over to each other three times as fast as from CPU to CPU. */
static void stay_on_one_cpu(void)
{
    cpu_set_t set;
    int cpu = sched_getcpu();
    if (cpu < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void fail(const char *name, uint64_t seed, uint64_t at, uint64_t address, const char *why)
{
    printf("FAILED  %s, seed %" PRIu64 ", k = %" PRIu64 " (%#" PRIx64 "): %s\n", name, seed, at, address, why);
    failures++;
}

/* ---- the writer ---- */

/* A run that never came to what it is for has shown nothing. */
static const char *nothing_shown(const struct script *script, const struct writer_result *result)
{
    switch (script->reader) {
    case SCRIPT_READER_KEEPS_PACE:
        return result->lost ? "a reader that keeps pace lost records" : NULL;
    case SCRIPT_READER_FALLS_BEHIND:
        return result->lost && result->told ? NULL : "the ring did not fill and empty again";
    case SCRIPT_READER_SPOILS_CURSOR:
        return result->state == HR_RING_EVICTED ? NULL : "the spoilt cursor was not found";
    default:
        return result->state == HR_RING_DETACHED ? NULL : "the ring did not fill";
    }
}

static uint64_t kill_writer(uint64_t seed)
{
    uint64_t kills = 0;
    uint64_t woken = 0;
    for (size_t i = 0; i < script_plain_count; i++) {
        const struct script *script = &script_plain[i];
        double begun = seconds();
        struct writer_result result = writer_run(script, seed, &of_writer, NULL);
        const char *idle = nothing_shown(script, &result);
        printf("writer  %-32s %6" PRIu64 " kills, %6" PRIu64 " instructions, %3" PRIu64 " lost, %2" PRIu64 " LOST, %4.1f s\n",
               script->name, result.kills, result.at, result.lost, result.told, seconds() - begun);
        if (result.verdict.wrong)
            fail(script->name, seed, result.at, result.address, result.verdict.why);
        else if (idle)
            fail(script->name, seed, result.at, result.address, idle);
        kills += result.kills;
        woken += result.woken;
    }
    if (kills < WRITER_KILLS_MIN)
        fail("writer", seed, kills, 0, "too few kills");
    if (!woken)
        fail("writer", seed, kills, 0, "no sleeper was ever found");
    return kills;
}

static void check_way_through(void)
{
    static const struct {
        const char *name;
        uint64_t address;
    } ways[] = {{"hr_producer_make_room", (uintptr_t)hr_producer_make_room},
                {"hr_producer_flush", (uintptr_t)hr_producer_flush}};
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        if (!coverage_has(&of_writer, ways[i].address))
            fail(ways[i].name, 0, 0, ways[i].address, "never stepped through");
}

/* The way that is quick, copies that die in turn, and the way that is plain, k instructions and SIGKILL, leave the same memory.
 */
static uint64_t compare_ways_to_kill(uint64_t seed)
{
    static struct writer_trail trail = {.length = TRAIL};
    double begun = seconds();
    struct writer_result result = writer_run(&script_short, seed, &of_writer, &trail);
    uint64_t kills = 0;
    for (uint64_t k = 0; k < TRAIL && !result.verdict.wrong; k++) {
        result = writer_run_to(&script_short, seed, k, &trail);
        kills += result.kills;
    }
    printf("writer  %-32s %6" PRIu64 " kills, each of a fresh child after k = 0 to %d instructions, %4.1f s\n",
           script_short.name, kills, TRAIL - 1, seconds() - begun);
    if (result.verdict.wrong)
        fail(script_short.name, seed, result.at, result.address, result.verdict.why);
    return kills;
}

static void catch_writers(uint64_t seed)
{
    static struct coverage unused;
    for (size_t i = 0; i < script_mutations_count; i++) {
        const struct script *script = &script_mutations[i];
        struct writer_result result = writer_run(script, seed, &unused, NULL);
        if (result.verdict.wrong)
            printf("writer  mutation '%s' caught at k = %" PRIu64 ": %s\n", script->name, result.at, result.verdict.why);
        else
            fail(script->name, seed, result.at, result.address, "mutation not caught");
    }
}

/* ---- the reader ---- */

static uint64_t kill_reader(uint64_t seed)
{
    uint64_t kills = 0;
    for (size_t i = 0; i < reader_plain_count; i++) {
        const struct reader_script *script = &reader_plain[i];
        double begun = seconds();
        struct reader_result result = reader_run(script, seed, READER_KILLS, &of_reader);
        printf("reader  %-32s %6" PRIu64 " kills, %6" PRIu64 " instructions, %3" PRIu64 " read, %3" PRIu64 " sleeps, %4.1f s\n",
               script->name, result.kills, result.at, result.read, result.sleeps, seconds() - begun);
        if (result.verdict.wrong)
            fail(script->name, seed, result.at, result.address, result.verdict.why);
        else if (result.read < STAGE_SLOTS || result.sleeps < 2)
            fail(script->name, seed, result.at, result.address, "no lap was read, or the reader never slept");
        kills += result.kills;
    }
    return kills;
}

static void catch_readers(uint64_t seed)
{
    static struct coverage unused;
    for (size_t i = 0; i < reader_mutations_count; i++) {
        const struct reader_script *script = &reader_mutations[i];
        struct reader_result result = reader_run(script, seed, READER_KILLS, &unused);
        if (result.verdict.wrong)
            printf("reader  mutation '%s' caught at k = %" PRIu64 ": %s\n", script->name, result.at, result.verdict.why);
        else
            fail(script->name, seed, result.at, result.address, "mutation not caught");
    }
}

int main(int argc, char **argv)
{
    const char *as_long = getenv("HEADRACE_TEST_LONG");
    uint64_t rounds = as_long && strcmp(as_long, "1") == 0 ? LONG_ROUNDS : 1;
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t writers = 0;
    uint64_t readers = 0;
    double begun = seconds();
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *impossible = tracee_impossible();
#ifdef __AVX__
    if (!__builtin_cpu_supports("avx"))
        impossible = "this processor has no AVX";
#endif
    if (impossible) {
        printf("SKIPPED kill: %s\n", impossible);
        return 77;
    }
    stay_on_one_cpu();
    printf("seed %" PRIu64 "\n", seed);
    catch_writers(seed);
    catch_readers(seed);
    writers += compare_ways_to_kill(seed);
    for (uint64_t round = 0; round < rounds; round++) {
        writers += kill_writer(seed + round);
        readers += kill_reader(seed + round);
    }
    check_way_through();
    printf("kill points (real SIGKILLs): %" PRIu64 " of the writer, %" PRIu64
           " of the reader; with the mutations and comparisons "
           "%" PRIu64 " deaths\n",
           writers, readers, tracee_deaths());
    printf("distinct instruction addresses: %" PRIu64 " of the writer, %" PRIu64 " of the reader; seed %" PRIu64 "; %.1f s\n",
           of_writer.count, of_reader.count, seed, seconds() - begun);
    return failures != 0;
}
