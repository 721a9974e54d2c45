/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "headrace/consumer.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "aligned_map.h"

/* Every field that addresses memory: read once, checked against the size of the object that holds it, kept. */
static int take_header(struct hr_consumer *consumer, const struct hr_ring_header *header, uint64_t data_bytes)
{
    if (__atomic_load_n(&header->magic, __ATOMIC_ACQUIRE) != HR_RING_MAGIC)
        return -EPROTO;
    if (header->abi_major != HR_ABI_MAJOR)
        return -EPROTONOSUPPORT;
    uint64_t count = header->slot_count;
    uint64_t slot = header->slot_bytes;
    uint64_t first = header->header_bytes;
    if (slot != 64 && slot != 128 && slot != 384 && slot != 576)
        return -EPROTO;
    if (count < 2 * HR_CURSOR_LAG || (count & (count - 1)) || first < HR_RING_HEADER_BYTES || first % HR_CACHE_LINE ||
        first + count * slot > data_bytes)
        return -EPROTO;
    consumer->slots = (const uint8_t *)header + first;
    consumer->mask = count - 1;
    consumer->slot_bytes = slot;
    /* A handler of minor 0 has zeros here, and a fresh ring. */
    consumer->last_stamp = header->first_stamp;
    return 0;
}

/* The size is a handler's word: what is not in whole pages, as ours always is, is mapped where it happens to fit. */
static void *map_data(size_t bytes, int fd)
{
    if (bytes % HR_HUGE_PAGE_BYTES == 0)
        return hr_aligned_map(bytes, PROT_READ, fd);
    return mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
}

int hr_consumer_map(struct hr_consumer *consumer, int data_fd, int cursor_fd)
{
    struct stat data_stat;
    struct stat cursor_stat;
    *consumer = (struct hr_consumer){0};
    if (fstat(data_fd, &data_stat) < 0 || fstat(cursor_fd, &cursor_stat) < 0)
        return -errno;
    if (data_stat.st_size < HR_RING_HEADER_BYTES || cursor_stat.st_size < HR_CURSOR_BYTES)
        return -EPROTO;
    size_t data_bytes = (size_t)data_stat.st_size;
    void *data = map_data(data_bytes, data_fd);
    if (data == MAP_FAILED)
        return -errno;
    int error = take_header(consumer, data, data_bytes);
    void *cursor = MAP_FAILED;
    if (!error) {
        cursor = mmap(NULL, HR_CURSOR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, cursor_fd, 0);
        if (cursor == MAP_FAILED)
            error = -errno;
        else if (((const struct hr_cursor *)cursor)->magic != HR_CURSOR_MAGIC)
            error = -EPROTO;
    }
    if (error) {
        if (cursor != MAP_FAILED)
            munmap(cursor, HR_CURSOR_BYTES);
        munmap(data, data_bytes);
        return error;
    }
    consumer->header = data;
    consumer->cursor = cursor;
    consumer->data_bytes = data_bytes;
    return 0;
}

void hr_consumer_unmap(struct hr_consumer *consumer)
{
    if (!consumer || !consumer->header)
        return;
    munmap((void *)(uintptr_t)consumer->header, consumer->data_bytes);
    munmap(consumer->cursor, HR_CURSOR_BYTES);
    *consumer = (struct hr_consumer){0};
}
