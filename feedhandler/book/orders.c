/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "book/orders.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)

int hr_orders_create(struct hr_orders *orders, uint64_t orders_max, int populate, int huge_pages)
{
    uint32_t bits = 6;
    while ((UINT64_C(1) << bits) < orders_max * 2)
        bits++;
    size_t bytes = sizeof(struct hr_order) << bits;
    bytes = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    void *map = MAP_FAILED;
    if (huge_pages)
        map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
    if (map == MAP_FAILED) {
        map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED)
            return -ENOMEM;
        (void)madvise(map, bytes, MADV_HUGEPAGE); /* a wish: the store works without, at the price of more TLB misses */
        if (populate)
            memset(map, 0, bytes);
    }
    *orders = (struct hr_orders){.slots = map,
                                 .mask = (UINT64_C(1) << bits) - 1,
                                 .shift = 64 - bits,
                                 .epoch = 1,
                                 .limit = orders_max,
                                 .bytes = bytes};
    return 0;
}

void hr_orders_destroy(struct hr_orders *orders)
{
    if (orders->slots)
        munmap(orders->slots, orders->bytes);
    *orders = (struct hr_orders){0};
}

void hr_orders_clear(struct hr_orders *orders)
{
    orders->count = 0;
    if (++orders->epoch == 0) { /* 65,535 sessions later the oldest would come back to life */
        memset(orders->slots, 0, orders->bytes);
        orders->epoch = 1;
    }
}

struct hr_order *hr_orders_add(struct hr_orders *orders, uint64_t reference, int *existed)
{
    uint64_t at = hr_orders_home(orders, reference);
    *existed = 0;
    for (uint32_t probe = 0; probe < HR_ORDERS_PROBE_MAX; probe++, at = (at + 1) & orders->mask) {
        struct hr_order *order = &orders->slots[at];
        if (hr_orders_is_free(orders, order)) {
            if (orders->count >= orders->limit)
                return NULL;
            orders->count++;
            order->reference = reference;
            order->epoch = orders->epoch;
            return order;
        }
        if (order->reference == reference) {
            *existed = 1;
            return order;
        }
    }
    return NULL;
}

/* Closes the hole: each following order that may stand earlier moves up, until a free slot ends the run. The load of one
 * half bounds the run; HR_ORDERS_PROBE_MAX bounds it against a sender who knows the hash. An order beyond that stays where
 * it is, and hr_orders_find finds it no more once the run before it is broken: it is then unknown, which is counted. */
void hr_orders_remove(struct hr_orders *orders, struct hr_order *order)
{
    uint64_t hole = (uint64_t)(order - orders->slots);
    uint64_t at = hole;
    for (uint32_t probe = 0; probe < 4 * HR_ORDERS_PROBE_MAX; probe++) {
        at = (at + 1) & orders->mask;
        const struct hr_order *next = &orders->slots[at];
        if (hr_orders_is_free(orders, next))
            break;
        uint64_t home = hr_orders_home(orders, next->reference);
        if (((at - home) & orders->mask) >= ((at - hole) & orders->mask)) {
            orders->slots[hole] = *next;
            hole = at;
        }
    }
    orders->slots[hole].epoch = 0;
    orders->count--;
}
