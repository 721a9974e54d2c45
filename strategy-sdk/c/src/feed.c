/* SPDX-License-Identifier: Apache-2.0
 *
 * Attaching, symbols, counts and leaving. What waits is in wait.c; the hot path is inline, in headrace.h.
 */
#define _GNU_SOURCE
#include "headrace/headrace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "feed.h"

/* HR_WAIT_FUTEX without another wish: what a sleep and a wake-up cost together. */
#define SPIN_US 20
#define MINOR_OF_WAKES 1

static int map_directory(struct hr_directory_index *directory, int fd)
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

/* One descriptor for both that a sleeper wants to know: there is something to read, and the handler has died. */
static int make_epoll(const struct hr_feed *feed, int socket)
{
    struct epoll_event readable = {.events = EPOLLIN};
    struct epoll_event hung_up = {.events = EPOLLRDHUP};
    feed->hidden->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (feed->hidden->epoll < 0 || epoll_ctl(feed->hidden->epoll, EPOLL_CTL_ADD, feed->hidden->wake, &readable) < 0 ||
        epoll_ctl(feed->hidden->epoll, EPOLL_CTL_ADD, socket, &hung_up) < 0)
        return hr_fail(-errno, "epoll: %s", strerror(errno));
    return 0;
}

/* What this way of waiting needs beside the rings. */
static int prepare_wait(struct hr_feed *feed, const struct hr_attach_options *options, const struct hr_attach_answer *answer)
{
    feed->wait = options->wait;
    switch (options->wait) {
    case HR_WAIT_FUTEX:
        feed->hidden->spin_ns = (options->spin_us ? options->spin_us : SPIN_US) * UINT64_C(1000);
        break;
    case HR_WAIT_EVENTFD:
        feed->hidden->wake = answer->descriptors[answer->count - 1];
        return make_epoll(feed, answer->socket);
    case HR_WAIT_MONITOR:
        feed->hidden->monitor = hr_monitor_detect();
        break;
    default:
        return 0;
    }
    if (options->wait == HR_WAIT_FUTEX && feed->rings[0].header->abi_minor < MINOR_OF_WAKES)
        return hr_fail(-EPROTONOSUPPORT, "this handler wakes nobody: its ABI minor is %u, wanted %d or more",
                       feed->rings[0].header->abi_minor, MINOR_OF_WAKES);
    return 0;
}

static int make_feed(struct hr_feed **feed, const struct hr_attach_options *options, const struct hr_attach_answer *answer)
{
    uint32_t rings = answer->reply.worker_count;
    struct hr_feed *made = calloc(1, sizeof *made + rings * sizeof made->rings[0]);
    if (!made)
        return hr_fail(-ENOMEM, "out of memory");
    made->socket = -1; /* the caller's until this has succeeded */
    made->ring_count = rings;
    made->hidden = calloc(1, sizeof *made->hidden);
    int error = made->hidden ? 0 : hr_fail(-ENOMEM, "out of memory");
    if (!error) {
        made->hidden->wake = made->hidden->epoll = -1;
        error = map_everything(made, answer->descriptors);
    }
    if (!error)
        error = prepare_wait(made, options, answer);
    if (error) {
        if (made->hidden)
            made->hidden->wake = -1; /* the caller's too */
        hr_feed_close(made);
        return error;
    }
    made->socket = answer->socket;
    *feed = made;
    return 0;
}

static uint32_t waiting_of(enum hr_wait wait)
{
    return wait == HR_WAIT_FUTEX ? HR_WAITING_FUTEX : wait == HR_WAIT_EVENTFD ? HR_WAITING_EVENTFD : HR_WAITING_AWAKE;
}

static int check_wait(enum hr_wait wait)
{
    if ((unsigned)wait > HR_WAIT_MONITOR)
        return hr_fail(-EINVAL, "wait %u is not known; wanted one of enum hr_wait", (unsigned)wait);
    if (wait == HR_WAIT_MONITOR && !hr_monitor_detect())
        return hr_fail(-EOPNOTSUPP, "this processor has neither WAITPKG nor MONITORX; use HR_WAIT_SPIN or HR_WAIT_FUTEX");
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
    int error = check_wait(options->wait);
    if (!error)
        error = hr_attach_ask(&answer, path, HR_ATTACH_CONSUMER, name, waiting_of(options->wait));
    if (error)
        return error;
    error = make_feed(feed, options, &answer);
    for (uint32_t i = 0; i < answer.count; i++) /* the mappings hold the memory */
        if (error || answer.descriptors[i] != (*feed)->hidden->wake)
            close(answer.descriptors[i]);
    if (error)
        close(answer.socket);
    return error;
}

void hr_feed_close(struct hr_feed *feed)
{
    if (!feed)
        return;
    if (feed->hidden && feed->hidden->operations)
        feed->hidden->operations->close(feed);
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        hr_consumer_unmap(&feed->rings[i]);
        if (feed->hidden && feed->hidden->directories[i].page) {
            munmap((void *)(uintptr_t)feed->hidden->directories[i].page, feed->hidden->directories[i].bytes);
            free(feed->hidden->directories[i].index);
        }
    }
    if (feed->socket >= 0)
        close(feed->socket);
    if (feed->hidden && feed->hidden->epoll >= 0)
        close(feed->hidden->epoll);
    if (feed->hidden && feed->hidden->wake >= 0)
        close(feed->hidden->wake);
    free(feed->hidden);
    free(feed);
}

static uint32_t directory_hash(uint16_t publisher_id, uint32_t instrument_id)
{
    return (uint32_t)((((uint64_t)publisher_id << 32) | instrument_id) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static int is_entry(const struct hr_directory_index *directory, uint32_t number, uint16_t publisher_id, uint32_t instrument_id)
{
    const struct hr_directory_entry *entry = &directory->page->entries[number - 1];
    return entry->instrument_id == instrument_id && entry->publisher_id == publisher_id;
}

/* Takes up entries that were added since the last look. Pairs with the release in hr_directory_add. */
static void directory_refresh(struct hr_directory_index *directory)
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

static const char *directory_find(const struct hr_directory_index *directory, uint16_t publisher_id, uint32_t instrument_id)
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
    if (feed->hidden->operations)
        return feed->hidden->operations->symbol(feed, instrument_id);
    for (uint32_t i = 0; i < feed->ring_count; i++) {
        struct hr_directory_index *directory = &feed->hidden->directories[i];
        if (directory->indexed != __atomic_load_n(&directory->page->count, __ATOMIC_RELAXED))
            directory_refresh(directory);
        const char *symbol = directory_find(directory, publisher_id, instrument_id);
        if (symbol)
            return symbol;
    }
    return NULL;
}

/* The acquire pairs with the release in hr_directory_add. A symbol without an end is no handler's of ours: the directory ends there. */
const struct hr_directory_entry *hr_feed_instrument(const struct hr_feed *feed, uint32_t ring, uint32_t index)
{
    if (ring >= feed->ring_count)
        return NULL;
    const struct hr_directory_index *directory = &feed->hidden->directories[ring];
    if (!directory->page || index >= directory->capacity || index >= __atomic_load_n(&directory->page->count, __ATOMIC_ACQUIRE))
        return NULL;
    const struct hr_directory_entry *entry = &directory->page->entries[index];
    return entry->symbol[sizeof entry->symbol - 1] == '\0' ? entry : NULL;
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
