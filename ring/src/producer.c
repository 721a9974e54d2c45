/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "headrace/producer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

/* Twice what a reader may leave untold: a smaller ring would look full though it has been read. */
#define SLOT_COUNT_MIN (HR_CURSOR_LAG * 2)
#define SLOT_COUNT_MAX (UINT32_C(1) << 26)

uint32_t hr_slot_bytes_for(size_t record_bytes)
{
    static const uint32_t sizes[] = {64, 128, 384, 576};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (record_bytes + HR_SLOT_STAMP_BYTES <= sizes[i])
            return sizes[i];
    return 0;
}

/* Field 22 of /proc/self/stat, in clock ticks since boot. */
static uint64_t own_start_ns(void)
{
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *at = strrchr(text, ')'); /* the name before it may hold spaces */
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    long ticks = sysconf(_SC_CLK_TCK);
    return at && ticks > 0 ? strtoull(at + 1, NULL, 10) * (UINT64_C(1000000000) / (uint64_t)ticks) : 0;
}

/* Rings begin at the start of a page: slots of one number would all fall into the same set of the first cache, which has room for 8 to
 * 12. A line more of header for each ring spreads them. */
#define COLOURS 64

static uint32_t header_bytes(const struct hr_producer_options *options)
{
    return HR_RING_HEADER_BYTES + options->colour % COLOURS * HR_CACHE_LINE;
}

static void fill_header(struct hr_ring_header *header, const struct hr_producer_options *options)
{
    header->abi_major = HR_ABI_MAJOR;
    header->abi_minor = HR_ABI_MINOR;
    header->header_bytes = header_bytes(options);
    header->slot_bytes = options->slot_bytes;
    header->slot_count = options->slot_count;
    header->session_epoch = options->session_epoch;
    header->writer_pid = (uint64_t)getpid();
    header->writer_start_ns = own_start_ns();
    header->worker = options->worker;
    header->worker_count = options->worker_count;
    memcpy(header->consumer, options->consumer, strlen(options->consumer));
    header->state = HR_RING_RUNNING;
    __atomic_store_n(&header->magic, HR_RING_MAGIC, __ATOMIC_RELEASE);
}

int hr_producer_create(struct hr_producer *producer, const struct hr_producer_options *options)
{
    *producer = (struct hr_producer){.data_fd = -1, .cursor_fd = -1};
    if (options->slot_count < SLOT_COUNT_MIN || options->slot_count > SLOT_COUNT_MAX || (options->slot_count & (options->slot_count - 1)) ||
        options->slot_bytes < HR_CACHE_LINE || hr_slot_bytes_for(options->slot_bytes - HR_SLOT_STAMP_BYTES) != options->slot_bytes ||
        strlen(options->consumer) >= HR_CONSUMER_NAME_BYTES)
        return -EINVAL;
    size_t wanted = header_bytes(options) + (size_t)options->slot_bytes * options->slot_count;
    int huge = options->huge_pages;
    void *data = NULL;
    void *cursor = NULL;
    size_t bytes = hr_memory_round(wanted, huge);
    int error = hr_memory_create("headrace-ring", bytes, HR_MEMORY_READ_ONLY, huge, &data, &producer->data_fd);
    if (error && huge) {
        bytes = hr_memory_round(wanted, 0);
        error = hr_memory_create("headrace-ring", bytes, HR_MEMORY_READ_ONLY, 0, &data, &producer->data_fd);
    }
    if (error)
        return error;
    error = hr_memory_create("headrace-cursor", HR_CURSOR_BYTES, HR_MEMORY_SHARED, 0, &cursor, &producer->cursor_fd);
    if (error) {
        munmap(data, bytes);
        close(producer->data_fd);
        *producer = (struct hr_producer){.data_fd = -1, .cursor_fd = -1};
        return error;
    }
    ((struct hr_cursor *)cursor)->magic = HR_CURSOR_MAGIC;
    producer->header = data;
    producer->slots = (uint8_t *)data + header_bytes(options);
    producer->data_bytes = bytes;
    producer->cursor = cursor;
    producer->mask = options->slot_count - 1;
    producer->slot_bytes = options->slot_bytes;
    producer->limit = options->slot_count;
    producer->on_full = options->on_full;
    producer->state = HR_RING_RUNNING;
    fill_header(producer->header, options);
    return 0;
}

void hr_producer_destroy(struct hr_producer *producer)
{
    if (!producer || !producer->header)
        return;
    __atomic_store_n(&producer->header->magic, 0, __ATOMIC_RELEASE);
    munmap(producer->header, producer->data_bytes);
    munmap((void *)(uintptr_t)producer->cursor, HR_CURSOR_BYTES);
    close(producer->data_fd);
    close(producer->cursor_fd);
    *producer = (struct hr_producer){.data_fd = -1, .cursor_fd = -1};
}

int hr_producer_renew(struct hr_producer *producer)
{
    void *cursor = NULL;
    int fd = -1;
    int error = hr_memory_create("headrace-cursor", HR_CURSOR_BYTES, HR_MEMORY_SHARED, 0, &cursor, &fd);
    if (error)
        return error;
    ((struct hr_cursor *)cursor)->magic = HR_CURSOR_MAGIC;
    munmap((void *)(uintptr_t)producer->cursor, HR_CURSOR_BYTES);
    close(producer->cursor_fd);
    producer->cursor = cursor;
    producer->cursor_fd = fd;
    producer->written = 0;
    producer->read = 0;
    producer->told = 0;
    producer->lost = 0;
    producer->lost_pending = 0;
    producer->looked_ns = 0;
    producer->woken = 0;
    producer->header->first_stamp = producer->last_stamp;
    hr_producer_set_state(producer, HR_RING_RUNNING);
    return 0;
}

/* Publishing writes up to here without asking. */
static void set_limit(struct hr_producer *producer)
{
    producer->limit = producer->state == HR_RING_RUNNING && producer->lost_pending == 0 ? producer->read + producer->mask + 1
                                                                                         : producer->written;
}

void hr_producer_set_state(struct hr_producer *producer, uint32_t state)
{
    producer->state = state;
    set_limit(producer);
    __atomic_store_n(&producer->header->published, hr_producer_published(producer), __ATOMIC_RELAXED);
    __atomic_store_n(&producer->header->lost, producer->lost, __ATOMIC_RELAXED);
    __atomic_store_n(&producer->header->state, state, __ATOMIC_RELEASE);
}

uint64_t hr_producer_room(struct hr_producer *producer)
{
    if (producer->state != HR_RING_RUNNING)
        return 0;
    uint64_t read = __atomic_load_n(&producer->cursor->read, __ATOMIC_ACQUIRE);
    if (read - producer->read > producer->written - producer->read) {
        hr_producer_set_state(producer, HR_RING_EVICTED);
        return 0;
    }
    producer->read = read;
    set_limit(producer);
    return producer->mask + 1 - (producer->written - read);
}

static void write_lost(struct hr_producer *producer, uint64_t now_ns)
{
    struct hr_lost lost = {
        .header = {.length = sizeof lost / 4, .rtype = HR_RTYPE_LOST, .ts_event = producer->lost_last_ts},
        .count = producer->lost_pending,
        .first_ts = producer->lost_first_ts,
        .last_ts = producer->lost_last_ts,
    };
    hr_producer_write(producer, &lost, sizeof lost, now_ns);
    producer->told++;
    producer->lost_pending = 0;
    set_limit(producer);
}

int hr_producer_make_room(struct hr_producer *producer, uint64_t now_ns)
{
    /* Of a ring that was full a moment ago the cursor is looked at once a burst, not once a record: it costs the line's way from
     * the other core, and a hostile reader can make each look a page fault by punching holes into its page. */
    int looked = producer->lost_pending != 0 && producer->looked_ns == now_ns;
    uint64_t room = looked ? 0 : hr_producer_room(producer);
    producer->looked_ns = now_ns;
    /* LOST takes a slot too: told at once, to a reader who gives back one slot at a time it would take every slot there is. */
    if (producer->lost_pending != 0) {
        if (room < HR_CURSOR_LAG)
            room = 0;
        else {
            write_lost(producer, now_ns);
            room--;
        }
    }
    if (room != 0)
        return 1;
    if (producer->on_full == HR_ON_FULL_DETACH && producer->state == HR_RING_RUNNING) {
        producer->lost++;
        hr_producer_set_state(producer, HR_RING_DETACHED);
        return 0;
    }
    if (producer->lost_pending++ == 0)
        producer->lost_first_ts = now_ns;
    producer->lost_last_ts = now_ns;
    producer->lost++;
    set_limit(producer);
    return 0;
}

void hr_producer_flush(struct hr_producer *producer, uint64_t now_ns)
{
    if (producer->lost_pending != 0 && hr_producer_room(producer) != 0)
        write_lost(producer, now_ns);
}
