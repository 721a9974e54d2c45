/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/metrics.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "headrace/attach_abi.h"
#include "memory.h"

#define VALUES_PER_LINE (HR_CACHE_LINE / sizeof(uint64_t))

int hr_metrics_create(struct hr_metrics *metrics, const char *instance, uint64_t session_epoch, uint32_t capacity)
{
    /* An entry per value, though a subject's last line may hold fewer: the page is a few hundred KiB at most. */
    size_t names = sizeof(struct hr_statistics_page) + (size_t)capacity * sizeof(struct hr_statistics_entry);
    size_t bytes = hr_memory_round(names + (size_t)capacity * sizeof(uint64_t), 0);
    void *map = NULL;
    *metrics = (struct hr_metrics){.fd = -1};
    int error = hr_memory_create("headrace-statistics", bytes, HR_MEMORY_READ_ONLY, 0, &map, &metrics->fd);
    if (error)
        return error;
    metrics->page = map;
    metrics->bytes = bytes;
    metrics->values = (uint64_t *)((uint8_t *)map + names);
    metrics->page->capacity = capacity;
    metrics->page->entry_bytes = sizeof(struct hr_statistics_entry);
    metrics->page->values_offset = (uint32_t)names;
    metrics->page->session_epoch = session_epoch;
    snprintf(metrics->page->instance, sizeof metrics->page->instance, "%s", instance);
    __atomic_store_n(&metrics->page->magic, HR_STATISTICS_MAGIC, __ATOMIC_RELEASE);
    return 0;
}

void hr_metrics_destroy(struct hr_metrics *metrics)
{
    if (!metrics || !metrics->page)
        return;
    munmap(metrics->page, metrics->bytes);
    close(metrics->fd);
    *metrics = (struct hr_metrics){.fd = -1};
}

uint64_t *hr_metrics_add(struct hr_metrics *metrics, const char *step, const char *subject,
                            const struct hr_metric *list, size_t count)
{
    struct hr_statistics_page *page = metrics->page;
    uint32_t first = metrics->next_value;
    uint32_t lines = (uint32_t)((count + VALUES_PER_LINE - 1) / VALUES_PER_LINE);
    if (first + lines * VALUES_PER_LINE > page->capacity)
        return NULL;
    for (size_t i = 0; i < lines * VALUES_PER_LINE; i++) {
        struct hr_statistics_entry *entry = &page->entries[first + i];
        if (i >= count)
            continue; /* a nameless entry fills the line; readers pass it over */
        snprintf(entry->step, sizeof entry->step, "%s", step);
        snprintf(entry->subject, sizeof entry->subject, "%s", subject);
        snprintf(entry->name, sizeof entry->name, "%s", list[i].name);
    }
    metrics->next_value = first + lines * (uint32_t)VALUES_PER_LINE;
    __atomic_store_n(&page->count, metrics->next_value, __ATOMIC_RELEASE);
    return &metrics->values[first];
}
