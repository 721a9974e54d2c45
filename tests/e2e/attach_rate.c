/* SPDX-License-Identifier: Apache-2.0
 *
 * attach_rate --socket PATH --consumers NAME,... [--count N] [--per-second R] [--waiting awake|futex|eventfd|mixed] [--read N]
 *             [--users UID,...]
 *
 * Attaches and leaves N times, R times a second (0: one after the other), as one consumer after the other, and prints how
 * long each attach took: from connect to the reply, and until the ring is mapped too. --read: reads so many records of each
 * ring, and counts those that were published before it attached. --users: by turns as these users; for root.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "headrace/headrace.h"

#define LIST_MAX 16
#define READ_WITHIN_NS INT64_C(10000000000)

struct list {
    char *items[LIST_MAX];
    uint32_t count;
};

struct options {
    const char *socket;
    struct list consumers;
    struct list users;
    uint32_t count;
    uint32_t per_second;
    uint32_t waiting; /* HR_WAITING_*, or MIXED */
    uint64_t read;
};

#define MIXED 3

struct results {
    uint64_t *reply_ns;
    uint64_t *mapped_ns;
    uint32_t succeeded;
    uint32_t failed;
    int error; /* of the last failure */
    uint64_t records;
    uint64_t old;
    uint64_t unread; /* records that did not come in time */
};

static int64_t clock_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void split(char *text, struct list *list)
{
    for (char *rest = text, *item; list->count < LIST_MAX && (item = strtok_r(rest, ",", &rest)) != NULL;)
        list->items[list->count++] = item;
}

/* The kernel takes a peer's credentials when it connects. */
static void become(const char *user)
{
    if (seteuid(0) < 0 || seteuid((uid_t)strtoul(user, NULL, 10)) < 0)
        err(77, "user %s", user);
}

static uint32_t waiting_of(const struct options *options, uint32_t number)
{
    return options->waiting == MIXED ? number % MIXED : options->waiting;
}

static void read_some(struct hr_consumer *consumer, uint64_t wanted, uint64_t attached_ns, struct results *results)
{
    int64_t deadline = clock_ns(CLOCK_MONOTONIC) + READ_WITHIN_NS;
    while (wanted > 0) {
        uint64_t stamp = 0;
        const struct hr_record_header *record = hr_consumer_peek(consumer, &stamp);
        if (record) {
            results->records++;
            results->old += stamp < attached_ns;
            hr_consumer_advance(consumer, record, stamp);
            wanted--;
        } else if (clock_ns(CLOCK_MONOTONIC) > deadline) {
            results->unread += wanted;
            break;
        } else
            sched_yield();
    }
}

static void use(const struct options *options, struct hr_attach_answer *answer, int64_t began, uint64_t began_epoch,
                struct results *results)
{
    struct hr_consumer consumer;
    uint64_t reply_ns = (uint64_t)(clock_ns(CLOCK_MONOTONIC) - began);
    int error = hr_consumer_map(&consumer, answer->descriptors[0], answer->descriptors[1]);
    if (error) {
        results->failed++;
        results->error = error;
        warnx("the ring cannot be mapped: %s", strerror(-error));
    } else {
        results->reply_ns[results->succeeded] = reply_ns;
        results->mapped_ns[results->succeeded++] = (uint64_t)(clock_ns(CLOCK_MONOTONIC) - began);
        read_some(&consumer, options->read, began_epoch, results);
        hr_consumer_unmap(&consumer);
    }
    for (uint32_t i = 0; i < answer->count; i++)
        close(answer->descriptors[i]);
    close(answer->socket);
}

static void attach_once(const struct options *options, uint32_t number, struct results *results)
{
    struct hr_attach_answer answer;
    if (options->users.count)
        become(options->users.items[number % options->users.count]);
    uint64_t began_epoch = (uint64_t)clock_ns(CLOCK_REALTIME);
    int64_t began = clock_ns(CLOCK_MONOTONIC);
    int error = hr_attach_ask(&answer, options->socket, HR_ATTACH_CONSUMER,
                              options->consumers.items[number % options->consumers.count], waiting_of(options, number));
    if (!error) {
        use(options, &answer, began, began_epoch, results);
        return;
    }
    results->failed++;
    results->error = error;
    warnx("attach %u: %s", number, hr_error());
}

/* Each attach has its time: who is late does not wait, so that the rate holds. */
static void wait_until(int64_t due)
{
    const struct timespec at = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void print_times(const char *name, uint64_t *times, uint32_t count)
{
    static const struct {
        const char *name;
        double share;
    } points[] = {{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
    qsort(times, count, sizeof *times, compare);
    printf(", \"%s\": {", name);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        double rank = points[i].share * count;
        uint32_t at = rank > 1 ? (uint32_t)(rank - 0.000001) : 0; /* the nearest rank, from 0 */
        printf("%s\"%s\": %.1f", i ? ", " : "", points[i].name, count ? (double)times[at] / 1e3 : 0.0);
    }
    printf("}");
}

static uint32_t waiting_named(const char *text)
{
    static const char *const names[] = {"awake", "futex", "eventfd", "mixed"};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    errx(64, "--waiting %s: wanted awake, futex, eventfd or mixed", text);
}

static void parse(int argc, char **argv, struct options *options)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'},     {"consumers", required_argument, NULL, 'c'},
        {"count", required_argument, NULL, 'n'},      {"users", required_argument, NULL, 'u'},
        {"per-second", required_argument, NULL, 'p'}, {"waiting", required_argument, NULL, 'w'},
        {"read", required_argument, NULL, 'r'},       {0}};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (option) {
        case 's':
            options->socket = optarg;
            break;
        case 'c':
            split(optarg, &options->consumers);
            break;
        case 'n':
            options->count = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'p':
            options->per_second = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'w':
            options->waiting = waiting_named(optarg);
            break;
        case 'r':
            options->read = strtoull(optarg, NULL, 10);
            break;
        case 'u':
            split(optarg, &options->users);
            break;
        default:
            exit(64);
        }
    }
    if (!options->socket || !options->consumers.count || !options->count || optind != argc)
        errx(64, "usage: attach_rate --socket PATH --consumers NAME,... [--count N] [--per-second R] "
                 "[--waiting awake|futex|eventfd|mixed] [--read N] [--users UID,...]");
}

int main(int argc, char **argv)
{
    struct options options = {.count = 1000};
    struct results results = {0};
    int64_t behind = 0;
    parse(argc, argv, &options);
    results.reply_ns = calloc(options.count, sizeof *results.reply_ns);
    results.mapped_ns = calloc(options.count, sizeof *results.mapped_ns);
    if (!results.reply_ns || !results.mapped_ns)
        errx(71, "out of memory");
    int64_t began = clock_ns(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < options.count; i++) {
        int64_t due = options.per_second ? began + (int64_t)i * 1000000000 / options.per_second : 0;
        int64_t late = options.per_second ? clock_ns(CLOCK_MONOTONIC) - due : 0;
        if (late < 0)
            wait_until(due);
        behind = late > behind ? late : behind;
        attach_once(&options, i, &results);
    }
    double seconds = (double)(clock_ns(CLOCK_MONOTONIC) - began) / 1e9;
    printf("{\"count\": %u, \"failures\": %u, \"error\": %d, \"seconds\": %.3f, \"behind_us\": %" PRId64, options.count,
           results.failed, results.error, seconds, behind / 1000);
    printf(", \"records\": %" PRIu64 ", \"old\": %" PRIu64 ", \"unread\": %" PRIu64, results.records, results.old,
           results.unread);
    print_times("reply_us", results.reply_ns, results.succeeded);
    print_times("mapped_us", results.mapped_ns, results.succeeded);
    printf("}\n");
    free(results.reply_ns);
    free(results.mapped_ns);
    return results.failed ? 1 : 0;
}
