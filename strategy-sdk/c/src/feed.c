/* SPDX-License-Identifier: Apache-2.0
 *
 * Attaching, waiting and leaving: everything of the SDK that is not the hot path.
 */
#define _GNU_SOURCE
#include "headrace/headrace.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

/* Empty looks between two looks at the clock: about 20 us of spinning. */
#define LOOKS_PER_CHECK 1024
/* A handler renews its heartbeat every millisecond; only when that is late does the reader ask the kernel. */
#define HEARTBEAT_LATE_NS 3000000
/* A yield may last as long as every other process on the core likes. */
#define YIELDS_PER_CHECK 4

/* One worker's instrument directory and the index over it. */
struct directory {
    const struct hr_directory *page;
    size_t bytes;
    uint32_t capacity; /* checked against bytes */
    uint32_t indexed;  /* entries that `index` has */
    uint32_t mask;
    uint32_t *index; /* open addressing; entry number + 1, 0 is free */
};

struct hr_feed_private {
    struct directory directories[HR_WORKERS_MAX];
};

static uint64_t clock_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int map_directory(struct directory *directory, int fd)
{
    struct stat found;
    if (fstat(fd, &found) < 0 || found.st_size < (off_t)sizeof(struct hr_directory))
        return -EPROTO;
    void *map = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    directory->page = map;
    directory->bytes = (size_t)found.st_size;
    if (directory->page->magic != HR_DIRECTORY_MAGIC || directory->page->entry_bytes != sizeof(struct hr_directory_entry))
        return -EPROTO;
    size_t fits = (directory->bytes - sizeof(struct hr_directory)) / sizeof(struct hr_directory_entry);
    directory->capacity = directory->page->capacity;
    if (directory->capacity > fits)
        return -EPROTO;
    uint32_t slots = 16;
    while (slots < directory->capacity * 2)
        slots *= 2;
    directory->mask = slots - 1;
    directory->index = calloc(slots, sizeof *directory->index);
    return directory->index ? 0 : -ENOMEM;
}

static int map_everything(struct hr_feed *feed, const int *descriptors)
{
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        int error = hr_consumer_map(&feed->rings[i], descriptors[i * 3], descriptors[i * 3 + 1]);
        if (error == -EPROTONOSUPPORT)
            return hr_fail(error, "the handler's rings have another ABI major than %d; use the library of its release", HR_ABI_MAJOR);
        if (error)
            return hr_fail(error, "ring %u cannot be mapped: %s", i, strerror(-error));
        error = map_directory(&feed->hidden->directories[i], descriptors[i * 3 + 2]);
        if (error)
            return hr_fail(error, "the instrument directory cannot be mapped: %s", strerror(-error));
    }
    return 0;
}

static int make_feed(struct hr_feed **feed, int socket, uint32_t rings, const int *descriptors, enum hr_wait wait)
{
    struct hr_feed *made = calloc(1, sizeof *made + rings * sizeof made->rings[0]);
    if (!made)
        return hr_fail(-ENOMEM, "out of memory");
    made->socket = -1; /* the caller's until this has succeeded */
    made->wait = wait;
    made->ring_count = rings;
    made->hidden = calloc(1, sizeof *made->hidden);
    int error = made->hidden ? map_everything(made, descriptors) : hr_fail(-ENOMEM, "out of memory");
    if (error) {
        hr_feed_close(made);
        return error;
    }
    made->socket = socket;
    *feed = made;
    return 0;
}

int hr_attach(struct hr_feed **feed, const char *name, const struct hr_attach_options *options)
{
    static const struct hr_attach_options defaults;
    struct hr_attach_answer answer;
    char path[256];
    *feed = NULL;
    if (!options)
        options = &defaults;
    const char *given = options->socket ? options->socket : options->instance ? NULL : getenv("HEADRACE_SOCKET");
    if (given)
        snprintf(path, sizeof path, "%s", given);
    else
        snprintf(path, sizeof path, "/run/headrace/%s.sock", options->instance ? options->instance : "headrace");
    int error = hr_attach_ask(&answer, path, HR_ATTACH_CONSUMER, name);
    if (error)
        return error;
    error = make_feed(feed, answer.socket, answer.reply.worker_count, answer.descriptors, options->wait);
    for (uint32_t i = 0; i < answer.count; i++) /* the mappings hold the memory */
        close(answer.descriptors[i]);
    if (error)
        close(answer.socket);
    return error;
}

void hr_feed_close(struct hr_feed *feed)
{
    if (!feed)
        return;
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        hr_consumer_unmap(&feed->rings[i]);
        if (feed->hidden && feed->hidden->directories[i].page) {
            munmap((void *)(uintptr_t)feed->hidden->directories[i].page, feed->hidden->directories[i].bytes);
            free(feed->hidden->directories[i].index);
        }
    }
    if (feed->socket >= 0)
        close(feed->socket);
    free(feed->hidden);
    free(feed);
}

static uint32_t directory_hash(uint16_t publisher_id, uint32_t instrument_id)
{
    return (uint32_t)((((uint64_t)publisher_id << 32) | instrument_id) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static int is_entry(const struct directory *directory, uint32_t number, uint16_t publisher_id, uint32_t instrument_id)
{
    const struct hr_directory_entry *entry = &directory->page->entries[number - 1];
    return entry->instrument_id == instrument_id && entry->publisher_id == publisher_id;
}

/* Takes up entries that were added since the last look. Pairs with the release in hr_directory_add. */
static void directory_refresh(struct directory *directory)
{
    uint32_t count = __atomic_load_n(&directory->page->count, __ATOMIC_ACQUIRE);
    if (count > directory->capacity)
        count = directory->capacity;
    for (; directory->indexed < count; directory->indexed++) {
        const struct hr_directory_entry *entry = &directory->page->entries[directory->indexed];
        uint32_t at = directory_hash(entry->publisher_id, entry->instrument_id) & directory->mask;
        /* The newest entry of an instrument counts: numbers are given anew each day. */
        while (directory->index[at] && !is_entry(directory, directory->index[at], entry->publisher_id, entry->instrument_id))
            at = (at + 1) & directory->mask;
        directory->index[at] = directory->indexed + 1;
    }
}

static const char *directory_find(const struct directory *directory, uint16_t publisher_id, uint32_t instrument_id)
{
    uint32_t at = directory_hash(publisher_id, instrument_id) & directory->mask;
    for (; directory->index[at]; at = (at + 1) & directory->mask) {
        const struct hr_directory_entry *entry = &directory->page->entries[directory->index[at] - 1];
        if (is_entry(directory, directory->index[at], publisher_id, instrument_id))
            return entry->symbol[sizeof entry->symbol - 1] == '\0' ? entry->symbol : NULL;
    }
    return NULL;
}

const char *hr_feed_symbol(struct hr_feed *feed, uint16_t publisher_id, uint32_t instrument_id)
{
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        struct directory *directory = &feed->hidden->directories[i];
        if (directory->indexed != __atomic_load_n(&directory->page->count, __ATOMIC_RELAXED))
            directory_refresh(directory);
        const char *symbol = directory_find(directory, publisher_id, instrument_id);
        if (symbol)
            return symbol;
    }
    return NULL;
}

void hr_feed_get_statistics(const struct hr_feed *feed, struct hr_feed_statistics *statistics)
{
    *statistics = (struct hr_feed_statistics){0};
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        statistics->records += feed->rings[i].records;
        statistics->lost += feed->rings[i].lost;
        statistics->published += __atomic_load_n(&feed->rings[i].header->published, __ATOMIC_RELAXED);
        statistics->dropped += __atomic_load_n(&feed->rings[i].header->lost, __ATOMIC_RELAXED);
    }
}

/* Why there will be no more, with the text for hr_error. */
static int tell_end(int end)
{
    switch (end) {
    case 0:
        return 0;
    case -ESHUTDOWN:
        return hr_fail(end, "the handler has stopped");
    case -ENOBUFS:
        return hr_fail(end, "this strategy was too slow: its ring was full, and its policy is on_full: detach");
    case -EBADMSG:
        return hr_fail(end, "evicted: the cursor held a value that no reader writes");
    case -EPIPE:
        return hr_fail(end, "the handler has died");
    default:
        return hr_fail(end, "a ring is in a state that this library does not know");
    }
}

static int end_of_state(uint32_t state)
{
    switch (state) {
    case HR_RING_RUNNING:
        return 0;
    case HR_RING_STOPPING:
        return -ESHUTDOWN;
    case HR_RING_DETACHED:
        return -ENOBUFS;
    case HR_RING_EVICTED:
        return -EBADMSG;
    default:
        return -EPROTO;
    }
}

/* What the rings say: the good end only when all of them do, for one worker may still be publishing. Acquire: the records
 * that were published before the state changed are seen by the caller's next look. */
static int end_of_rings(const struct hr_feed *feed)
{
    uint32_t stopping = 0;
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        int end = end_of_state(__atomic_load_n(&feed->rings[i].header->state, __ATOMIC_ACQUIRE));
        if (end == -ESHUTDOWN)
            stopping++;
        else if (end)
            return end;
    }
    return stopping == feed->ring_count ? -ESHUTDOWN : 0;
}

static int any_heartbeat_late(const struct hr_feed *feed)
{
    uint64_t now = clock_ns(CLOCK_REALTIME);
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        uint64_t beat = __atomic_load_n(&feed->rings[i].header->heartbeat_ns, __ATOMIC_RELAXED);
        if (now > beat + HEARTBEAT_LATE_NS || beat > now + HEARTBEAT_LATE_NS)
            return 1;
    }
    return 0;
}

/* The kernel's word on whether the handler lives: its end of the socket. */
static int has_hung_up(const struct hr_feed *feed)
{
    char byte;
    ssize_t got = recv(feed->socket, &byte, sizeof byte, MSG_DONTWAIT | MSG_PEEK);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

int hr_feed_check(struct hr_feed *feed)
{
    if (!feed->end)
        feed->end = end_of_rings(feed);
    if (!feed->end && any_heartbeat_late(feed) && has_hung_up(feed)) {
        feed->end = end_of_rings(feed); /* it may have ended well between the two looks */
        if (!feed->end)
            feed->end = -EPIPE;
    }
    return tell_end(feed->end);
}

/* Waits until `look` returns nonzero. An end is returned only when one more look after it found nothing. */
static int wait_for(struct hr_feed *feed, int64_t timeout_ns, int (*look)(struct hr_feed *, void *), void *context)
{
    uint64_t deadline = 0;
    int looks = feed->wait == HR_WAIT_YIELD ? YIELDS_PER_CHECK : LOOKS_PER_CHECK;
    for (;;) {
        for (int i = 0; i < looks; i++) {
            if (look(feed, context))
                return 0;
            if (timeout_ns == 0)
                break;
            if (feed->wait == HR_WAIT_YIELD)
                sched_yield();
            else
                PAUSE();
        }
        int end = hr_feed_check(feed);
        if (end)
            return look(feed, context) ? 0 : end;
        if (timeout_ns < 0)
            continue;
        uint64_t now = clock_ns(CLOCK_MONOTONIC);
        if (deadline == 0)
            deadline = now + (uint64_t)timeout_ns;
        if (now >= deadline)
            return HR_TIMED_OUT;
    }
}

static int look_for_record(struct hr_feed *feed, void *context)
{
    const struct hr_record_header **record = context;
    *record = hr_feed_poll(feed);
    return *record != NULL;
}

int hr_feed_next(struct hr_feed *feed, const struct hr_record_header **record, int64_t timeout_ns)
{
    *record = hr_feed_poll(feed);
    return *record ? 0 : wait_for(feed, timeout_ns, look_for_record, record);
}

struct batch_look {
    struct hr_batch *batch;
    uint64_t maximum;
};

static int look_for_batch(struct hr_feed *feed, void *context)
{
    struct batch_look *wanted = context;
    *wanted->batch = hr_feed_poll_batch(feed, wanted->maximum);
    return wanted->batch->count != 0;
}

int hr_feed_next_batch(struct hr_feed *feed, struct hr_batch *batch, uint64_t maximum, int64_t timeout_ns)
{
    struct batch_look wanted = {.batch = batch, .maximum = maximum ? maximum : 1};
    return wait_for(feed, timeout_ns, look_for_batch, &wanted);
}
