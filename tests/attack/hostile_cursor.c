/* SPDX-License-Identifier: Apache-2.0
 *
 * A strategy that writes nonsense to its cursor page, a hundred million times, while the writer publishes to it and to three
 * others. First each kind of value by itself, in step with the writer: evicted if and only if no reader could have written it.
 * Then stores at random, as fast as they go, with holes punched into the page. The other three get every record, byte for byte.
 *
 * usage: hostile_cursor [seed [stores]]
 * HEADRACE_TEST_LONG=1: ten times, with ten seeds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "guarded.h"
#include "honest.h"
#include "hostile.h"
#include "stream.h"

#define HOSTILE 0 /* its ring's number; the others are honest */
#define RINGS 4
#define BURST 16
#define STORES UINT64_C(100000000)
#define DEADLINE_NS UINT64_C(280000000000)

/* The hostile one's is small, so that its cursor is looked at often; those of the honest are large, so that few turns wait for
 * them. */
static const uint32_t slot_counts[RINGS] = {64, 4096, 8192, 16384};

struct fair {
    struct hr_producer rings[RINGS];
    struct guard guards[RINGS];
    pid_t readers[RINGS];
    int results[RINGS];
    pid_t hostile;
    int channel;
    struct hostile_view *view;
    uint64_t evictions;
    uint64_t wakes;
    uint64_t looks;
    uint64_t values;            /* of the first part */
    uint64_t renewed_published; /* by rings of the hostile one that were made new */
};

static void fail(const char *why)
{
    printf("FAILED: %s\n", why);
    exit(1);
}

static void must(int holds, const char *why)
{
    if (!holds)
        fail(why);
}

/* ---- the writer ---- */

static void check_counts(const struct hr_producer *ring)
{
    must(ring->read <= ring->written && ring->written - ring->read <= ring->mask + 1, "the private cursor is out of range");
    must(ring->limit - ring->written <= ring->mask + 1 - (ring->written - ring->read), "more may be written than there is room for");
    must(ring->lost_pending <= ring->lost && ring->told <= ring->lost - ring->lost_pending, "a LOST record that tells of nothing");
    must(ring->told <= ring->written && (ring->told != 0) == (ring->lost_pending != ring->lost), "losses were told without a record");
}

/* What a look at the cursor may change, and what not. */
static void check_look(struct fair *fair, const struct hr_producer *before)
{
    const struct hr_producer *ring = &fair->rings[HOSTILE];
    fair->looks++;
    check_counts(ring);
    if (ring->state == HR_RING_EVICTED) {
        must(ring->read == before->read, "an impossible value was taken over");
        must(ring->header->state == HR_RING_EVICTED, "the reader is not told");
        fair->evictions++;
    } else {
        must(ring->state == HR_RING_RUNNING, "an unknown state");
        must(ring->read >= before->read, "the private cursor went back");
    }
}

static void publish(struct hr_producer *ring, uint64_t stream, uint64_t now_ns)
{
    uint8_t record[STREAM_RECORD_BYTES];
    stream_make(stream, hr_producer_published(ring), sizeof record, record);
    hr_producer_publish(ring, record, sizeof record, now_ns);
}

static void publish_to_hostile(struct fair *fair, uint64_t now_ns)
{
    struct hr_producer *ring = &fair->rings[HOSTILE];
    struct hr_producer before = *ring;
    if (before.state != HR_RING_RUNNING)
        return;
    publish(ring, HOSTILE, now_ns);
    if (ring->read != before.read || ring->state != before.state)
        check_look(fair, &before);
}

/* What the handler does once a turn or once a millisecond: losses, a look on a quiet day, sleepers. One look each. */
static void tend_hostile(struct fair *fair, uint64_t now_ns)
{
    struct hr_producer *ring = &fair->rings[HOSTILE];
    struct hr_producer before = *ring;
    if (before.state == HR_RING_RUNNING && before.lost_pending) {
        hr_producer_flush(ring, now_ns);
        check_look(fair, &before);
    }
    before = *ring;
    if (before.state == HR_RING_RUNNING) {
        uint64_t room = hr_producer_room(ring);
        must(room <= ring->mask + 1 && (room == 0 || ring->state == HR_RING_RUNNING), "there is more room than the ring has");
        check_look(fair, &before);
    }
    fair->wakes += (uint64_t)hr_producer_must_wake(ring);
}

/* Waits for the honest, never for the hostile one. */
static void turn(struct fair *fair)
{
    uint64_t now_ns = stream_clock_ns(CLOCK_REALTIME);
    for (int i = 0; i < BURST; i++)
        publish_to_hostile(fair, now_ns);
    tend_hostile(fair, now_ns);
    int waiting = 0;
    for (uint64_t r = HOSTILE + 1; r < RINGS; r++) {
        struct hr_producer *ring = &fair->rings[r];
        if (hr_producer_room(ring) < BURST) {
            must(ring->state == HR_RING_RUNNING, "an honest reader was evicted");
            waiting++;
            continue;
        }
        for (int i = 0; i < BURST; i++)
            publish(ring, r, now_ns);
        check_counts(ring);
        must(ring->lost == 0, "an honest reader has lost records");
        hr_producer_store_counts(ring, now_ns);
    }
    if (waiting == RINGS - 1)
        sched_yield();
}

/* The evicted one attaches again: a new cursor page; the old one it still has, and goes on writing to. */
static void renew(struct fair *fair)
{
    struct hr_producer *ring = &fair->rings[HOSTILE];
    uint64_t old_stamp = ring->last_stamp;
    fair->renewed_published += hr_producer_published(ring);
    must(hr_producer_renew(ring) == 0, "the ring cannot be made new");
    must(ring->header->first_stamp == old_stamp && ring->written == 0 && hr_producer_published(ring) == 0, "a new ring is not new");
    const struct hostile_order order = {.kind = HOSTILE_TAKE};
    must(channel_send(fair->channel, &order, sizeof order, &ring->cursor_fd, 1) == 0, "the hostile one has gone");
    __atomic_fetch_add(&fair->view->generation, 1, __ATOMIC_RELEASE);
}

/* ---- the first part: one value after the other, in step ---- */

static void store(struct fair *fair, uint64_t value)
{
    struct hostile_order order = {.kind = HOSTILE_STORE, .value = value};
    struct hostile_order answer;
    must(channel_send(fair->channel, &order, sizeof order, NULL, 0) == 0 &&
             channel_receive(fair->channel, &answer, sizeof answer, NULL, 0) == 1,
         "the hostile one has gone");
}

/* A ring with `written` slots written, of which `read` are read. */
static void set_up(struct fair *fair, uint64_t written, uint64_t read)
{
    struct hr_producer *ring = &fair->rings[HOSTILE];
    uint64_t honest = 0;
    renew(fair);
    while (ring->written < written) {
        if (ring->written - honest > ring->mask) {
            honest = ring->written < read ? ring->written : read;
            store(fair, honest);
        }
        publish(ring, HOSTILE, ring->last_stamp + 1);
    }
    store(fair, read);
    hr_producer_room(ring);
    must(ring->state == HR_RING_RUNNING && ring->read == read && ring->written == written, "an honest cursor is not believed");
}

/* A value that lies between what was read and what is written by the time of the look could be a reader's, and is believed. */
static void try_value(struct fair *fair, uint64_t written, uint64_t read, uint64_t value)
{
    struct hr_producer *ring = &fair->rings[HOSTILE];
    set_up(fair, written, read);
    store(fair, value);
    struct hr_producer before = *ring;
    while (ring->read == before.read && ring->state == HR_RING_RUNNING && ring->lost == before.lost) {
        before.written = ring->written;
        publish(ring, HOSTILE, ring->last_stamp + 1);
    }
    check_look(fair, &before);
    int possible = value - before.read <= before.written - before.read;
    must(possible ? ring->state == HR_RING_RUNNING && ring->read == value : ring->state == HR_RING_EVICTED,
         "a value was not judged by whether a reader could have written it");
    fair->values++;
}

static void try_all_values(struct fair *fair)
{
    static const uint64_t scenes[][2] = {{0, 0}, {1, 0}, {64, 0}, {64, 64}, {100, 80}, {5 * 64 + 7, 4 * 64 + 7}, {330, 329}};
    uint64_t mask = fair->rings[HOSTILE].mask;
    for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
        uint64_t written = scenes[s][0];
        uint64_t read = scenes[s][1];
        const uint64_t values[] = {0, 1, 2, 31, 32, 33, mask, mask + 1, mask + 2, read - mask - 1, read - 2, read - 1, read,
                                   read + 1, read + 2, read + mask, read + mask + 1, written - 1, written, written + 1,
                                   written + mask, written + mask + 1, written + mask + 2, UINT64_C(1) << 31,
                                   (UINT64_C(1) << 31) - 1, UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1,
                                   (UINT64_C(1) << 32) + read, UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1,
                                   (UINT64_C(1) << 63) + read, UINT64_MAX, UINT64_MAX - 1, (uint64_t)INT64_MIN + 1, 0 - read,
                                   0 - written, ~read, ~written};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            try_value(fair, written, read, values[i]);
        for (int bit = 0; bit < 64; bit++)
            try_value(fair, written, read, read ^ UINT64_C(1) << bit);
    }
}

/* ---- the second part: at random ---- */

static void store_at_random(struct fair *fair, uint64_t seed, uint64_t stores)
{
    const struct hostile_order order = {.kind = HOSTILE_RANDOM, .value = stores, .seed = seed};
    uint64_t deadline = stream_clock_ns(CLOCK_MONOTONIC) + DEADLINE_NS;
    renew(fair);
    must(channel_send(fair->channel, &order, sizeof order, NULL, 0) == 0, "the hostile one has gone");
    while (!__atomic_load_n(&fair->view->done, __ATOMIC_ACQUIRE)) {
        turn(fair);
        if (fair->rings[HOSTILE].state == HR_RING_EVICTED)
            renew(fair);
        if (__atomic_load_n(&fair->view->taken, __ATOMIC_ACQUIRE) != fair->view->generation)
            sched_yield(); /* it may be waiting for this core */
        __atomic_store_n(&fair->view->written, fair->rings[HOSTILE].written, __ATOMIC_RELAXED);
        __atomic_store_n(&fair->view->read, fair->rings[HOSTILE].read, __ATOMIC_RELAXED);
        must(waitpid(fair->hostile, NULL, WNOHANG) == 0, "the hostile one has died");
        must(stream_clock_ns(CLOCK_MONOTONIC) < deadline, "it takes too long");
    }
    must(fair->view->stores == stores, "not all stores were made");
}

/* ---- beginning and end ---- */

static void start_hostile(struct fair *fair)
{
    int ends[2];
    fair->view = mmap(NULL, sizeof *fair->view, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(fair->view != MAP_FAILED && channel_open(ends) == 0, "no channel can be had");
    fflush(stdout);
    fair->hostile = fork();
    must(fair->hostile >= 0, "no process can be had");
    if (fair->hostile == 0) {
        close(ends[0]);
        _exit(hostile_run(ends[1], fair->view));
    }
    close(ends[1]);
    fair->channel = ends[0];
}

static void start_readers(struct fair *fair, uint64_t seed)
{
    for (uint32_t r = HOSTILE + 1; r < RINGS; r++) {
        int ends[2];
        must(pipe(ends) == 0, "no pipe can be had");
        fair->readers[r] = fork();
        must(fair->readers[r] >= 0, "no process can be had");
        if (fair->readers[r] == 0)
            _exit(honest_run(&fair->rings[r], r, seed + r, ends[1]));
        close(ends[1]);
        fair->results[r] = ends[0];
    }
}

static uint64_t end_readers(struct fair *fair)
{
    uint64_t records = 0;
    for (uint32_t r = HOSTILE + 1; r < RINGS; r++) {
        struct honest_report report = {0};
        int status = 0;
        hr_producer_set_state(&fair->rings[r], HR_RING_STOPPING);
        must(read(fair->results[r], &report, sizeof report) == (ssize_t)sizeof report, "an honest reader has died");
        must(waitpid(fair->readers[r], &status, 0) == fair->readers[r] && status == 0, "an honest reader has failed");
        must(report.wrong == 0, "an honest reader's stream is not what was published");
        must(report.lost == 0 && report.records == hr_producer_published(&fair->rings[r]), "an honest reader has not got everything");
        records += report.records;
        close(fair->results[r]);
    }
    return records;
}

static void end_hostile(struct fair *fair)
{
    int status = 0;
    close(fair->channel);
    must(waitpid(fair->hostile, &status, 0) == fair->hostile && status == 0, "the hostile one has failed");
    munmap(fair->view, sizeof *fair->view);
}

static void round_of(uint64_t seed, uint64_t stores)
{
    struct fair fair = {0};
    uint64_t began = stream_clock_ns(CLOCK_MONOTONIC);
    start_hostile(&fair);
    for (uint32_t r = 0; r < RINGS; r++) {
        const struct hr_producer_options options = {
            .consumer = "test", .slot_bytes = 64, .slot_count = slot_counts[r], .worker = r, .worker_count = RINGS};
        must(hr_producer_create(&fair.rings[r], &options) == 0, "a ring cannot be made");
        must(guard_put(&fair.guards[r], &fair.rings[r]) == 0, "a ring cannot be guarded");
    }
    start_readers(&fair, seed);
    try_all_values(&fair);
    uint64_t evictions = fair.evictions;
    uint64_t looks = fair.looks;
    printf("in step: %ju values, %ju evictions\n", (uintmax_t)fair.values, (uintmax_t)evictions);
    store_at_random(&fair, seed, stores);
    struct hostile_view view = *fair.view;
    uint64_t records = end_readers(&fair);
    end_hostile(&fair);
    must(fair.evictions > evictions, "nobody was evicted");
    for (uint32_t r = 0; r < RINGS; r++) {
        must(guard_holds(&fair.guards[r], &fair.rings[r]), "something but the slots of a ring was written");
        guard_take(&fair.guards[r], &fair.rings[r]);
        hr_producer_destroy(&fair.rings[r]);
    }
    printf("seed %ju: %ju stores, %ju holes, %ju pauses; %ju looks, %ju evictions, %ju wake-ups asked for\n", (uintmax_t)seed,
           (uintmax_t)view.stores, (uintmax_t)view.punched, (uintmax_t)view.pauses, (uintmax_t)(fair.looks - looks),
           (uintmax_t)(fair.evictions - evictions), (uintmax_t)fair.wakes);
    printf("%ju records published to it, %ju to the others and all of them right, %.1f s\n", (uintmax_t)fair.renewed_published,
           (uintmax_t)records, (double)(stream_clock_ns(CLOCK_MONOTONIC) - began) / 1e9);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260107;
    uint64_t stores = argc > 2 ? strtoull(argv[2], NULL, 10) : STORES;
    const char *long_run = getenv("HEADRACE_TEST_LONG");
    int rounds = long_run && strcmp(long_run, "1") == 0 ? 10 : 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < rounds; i++)
        round_of(seed + (uint64_t)i, stores);
    return 0;
}
