/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "guarded.h"

#include <errno.h>
#include <sys/mman.h>

#define GUARD_BYTES 4096

int guard_put(struct guard *guard, struct hr_producer *ring)
{
    guard->bytes = ring->data_bytes + 2 * GUARD_BYTES;
    guard->header = *ring->header;
    void *region = mmap(NULL, guard->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED)
        return -errno;
    guard->region = region;
    uint8_t *place = guard->region + GUARD_BYTES;
    if (mremap(ring->header, ring->data_bytes, ring->data_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED)
        return -errno;
    ring->header = (struct hr_ring_header *)place;
    ring->slots = place + HR_RING_HEADER_BYTES;
    return 0;
}

static int is_zero(const uint8_t *from, const uint8_t *to)
{
    uint8_t any = 0;
    while (from < to)
        any |= *from++;
    return !any;
}

int guard_holds(const struct guard *guard, const struct hr_producer *ring)
{
    const uint8_t *page = (const uint8_t *)ring->header;
    const uint8_t *slots_end = ring->slots + (ring->mask + 1) * ring->slot_bytes;
    struct hr_ring_header now = *ring->header;
    now.first_stamp = guard->header.first_stamp;
    return memcmp(&now, &guard->header, offsetof(struct hr_ring_header, heartbeat_ns)) == 0 &&
           is_zero(now.reserved1, now.reserved1 + sizeof now.reserved1) && now.wakes == 0 &&
           is_zero(now.reserved2, now.reserved2 + sizeof now.reserved2) && is_zero(page + sizeof now, ring->slots) &&
           is_zero(slots_end, page + ring->data_bytes);
}

void guard_take(struct guard *guard, const struct hr_producer *ring)
{
    munmap(guard->region, GUARD_BYTES);
    munmap(guard->region + GUARD_BYTES + ring->data_bytes, GUARD_BYTES);
}
