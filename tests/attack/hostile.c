/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "hostile.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel.h"
#include "headrace/ring_abi.h"

#define WORDS (HR_CURSOR_BYTES / 8)
#define READ_WORD (offsetof(struct hr_cursor, read) / 8)
#define WAITING_WORD (offsetof(struct hr_cursor, waiting) / 8)
#define STORES_PER_CHECK 64
#define PAUSE_LOOKS 100000

struct hostile {
    int channel;
    struct hostile_view *view;
    uint64_t generation; /* of the page */
    uint64_t *page;
    uint64_t *old_page; /* the one before: still mapped, and still written to */
    int fd;
    uint64_t random;
    uint64_t written; /* last seen */
    uint64_t read;
};

/* xorshift64* (Vigna): a store takes about as long as what it stores, so that must be quick. */
static inline uint64_t next_random(struct hostile *hostile)
{
    uint64_t x = hostile->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    hostile->random = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

static int take_page(struct hostile *hostile, int fd)
{
    void *page = mmap(NULL, HR_CURSOR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return -1;
    if (hostile->old_page)
        munmap(hostile->old_page, HR_CURSOR_BYTES);
    if (hostile->fd >= 0)
        close(hostile->fd);
    hostile->old_page = hostile->page;
    hostile->page = page;
    hostile->fd = fd;
    __atomic_store_n(&hostile->view->taken, ++hostile->generation, __ATOMIC_RELEASE);
    return 0;
}

static int take_order(struct hostile *hostile, struct hostile_order *order)
{
    int fd = -1;
    int got = channel_receive(hostile->channel, order, sizeof *order, &fd, 1);
    if (got == 1 && order->kind == HOSTILE_TAKE)
        return take_page(hostile, fd) < 0 ? -1 : 1;
    return got;
}

static inline uint64_t choose_value(struct hostile *hostile, uint64_t random)
{
    uint64_t other = next_random(hostile);
    switch (random >> 60) {
    case 0:
    case 1:
    case 2:
        return hostile->written - (other & 127); /* what a reader could have written, now and then */
    case 3:
        return hostile->read + (other & 127);
    case 4:
        return hostile->read ^ UINT64_C(1) << (other & 63);
    case 5:
        return hostile->written ^ UINT64_C(1) << (other & 63);
    case 6:
        return UINT64_C(1) << (other & 63);
    case 7:
        return other & 255;
    case 8:
        return 0 - (other & 255);
    default:
        return other >> (random & 63);
    }
}

static inline size_t choose_word(uint64_t random)
{
    switch (random >> 8 & 7) {
    case 0:
    case 1:
    case 2:
        return READ_WORD;
    case 3:
        return WAITING_WORD;
    case 4:
        return 0; /* the magic */
    default:
        return random >> 11 & (WORDS - 1);
    }
}

/* Says that it has read everything, and then neither reads nor stores until the ring is full again, or for a while. */
static void stop_reading(struct hostile *hostile)
{
    uint64_t since = __atomic_load_n(&hostile->view->written, __ATOMIC_RELAXED);
    __atomic_store_n(&hostile->page[READ_WORD], since, __ATOMIC_RELEASE);
    for (int i = 0; i < PAUSE_LOOKS; i++)
        if (__atomic_load_n(&hostile->view->written, __ATOMIC_RELAXED) - since >= 64)
            break;
    hostile->view->pauses++;
}

/* Between stores: what is new, holes, pauses, and the page that the writer no longer looks at. Returns 0, or -1 at the end. */
static int look_around(struct hostile *hostile)
{
    struct hostile_order order;
    uint64_t random = next_random(hostile);
    while (__atomic_load_n(&hostile->view->generation, __ATOMIC_ACQUIRE) != hostile->generation)
        if (take_order(hostile, &order) != 1)
            return -1;
    hostile->written = __atomic_load_n(&hostile->view->written, __ATOMIC_RELAXED);
    hostile->read = __atomic_load_n(&hostile->view->read, __ATOMIC_RELAXED);
    if (hostile->old_page)
        hostile->old_page[random & (WORDS - 1)] = random;
    if (random >> 55 == 0)
        hostile->view->punched += fallocate(hostile->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, HR_CURSOR_BYTES) == 0;
    if (random >> 52 == 0x100)
        stop_reading(hostile);
    return 0;
}

static int store_at_random(struct hostile *hostile, const struct hostile_order *order)
{
    hostile->random = order->seed | 1;
    for (uint64_t done = 0; done < order->value; done++) {
        if (done % STORES_PER_CHECK == 0 && look_around(hostile) < 0)
            return -1;
        uint64_t random = next_random(hostile);
        __atomic_store_n(&hostile->page[choose_word(random)], choose_value(hostile, random), __ATOMIC_RELAXED);
    }
    hostile->view->stores = order->value;
    __atomic_store_n(&hostile->view->done, 1, __ATOMIC_RELEASE);
    return 0;
}

int hostile_run(int channel, struct hostile_view *view)
{
    struct hostile hostile = {.channel = channel, .view = view, .fd = -1};
    struct hostile_order order;
    int got;
    child_begin();
    while ((got = take_order(&hostile, &order)) == 1) {
        if (order.kind == HOSTILE_STORE) {
            __atomic_store_n(&hostile.page[READ_WORD], order.value, __ATOMIC_RELEASE);
            if (channel_send(channel, &order, sizeof order, NULL, 0) < 0)
                return 1;
        }
        if (order.kind == HOSTILE_RANDOM && store_at_random(&hostile, &order) < 0)
            return 1;
    }
    return got == 0 ? 0 : 1;
}
