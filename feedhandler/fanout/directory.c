/* SPDX-License-Identifier: Apache-2.0 */
#include "fanout/directory.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

int hr_directory_create(struct hr_directory_writer *directory, uint32_t capacity)
{
    void *map = NULL;
    size_t bytes = hr_memory_round(sizeof(struct hr_directory) + capacity * sizeof(struct hr_directory_entry), 0);
    *directory = (struct hr_directory_writer){.fd = -1};
    int error = hr_memory_create("headrace-directory", bytes, HR_MEMORY_READ_ONLY, 0, &map, &directory->fd);
    if (error)
        return error;
    directory->page = map;
    directory->bytes = bytes;
    directory->page->capacity = capacity;
    directory->page->entry_bytes = sizeof(struct hr_directory_entry);
    __atomic_store_n(&directory->page->magic, HR_DIRECTORY_MAGIC, __ATOMIC_RELEASE);
    return 0;
}

void hr_directory_destroy(struct hr_directory_writer *directory)
{
    if (!directory || !directory->page)
        return;
    munmap(directory->page, directory->bytes);
    close(directory->fd);
    *directory = (struct hr_directory_writer){.fd = -1};
}

void hr_directory_add(struct hr_directory_writer *directory, uint32_t feed, uint16_t publisher_id, uint32_t instrument_id,
                      const char *symbol, uint32_t round_lot)
{
    struct hr_directory *page = directory->page;
    uint32_t count = page->count;
    if (count == page->capacity) {
        directory->refused++;
        return;
    }
    struct hr_directory_entry *entry = &page->entries[count];
    entry->instrument_id = instrument_id;
    entry->publisher_id = publisher_id;
    entry->feed = (uint8_t)feed;
    entry->round_lot = round_lot;
    snprintf(entry->symbol, sizeof entry->symbol, "%s", symbol);
    __atomic_store_n(&page->count, count + 1, __ATOMIC_RELEASE);
}
