/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor: two cache lines that go to and fro between the cores with plain atomic stores and loads, nothing else. Nothing that hands
 * anything over is faster. At full rate it would lose records; there it is not run.
 */
#define _GNU_SOURCE
#include "hand_over.h"

struct line {
    uint64_t value;
    uint8_t rest[120]; /* the neighbouring line too: processors fetch lines in pairs */
};

struct end {
    struct line *out;
    const struct line *in;
    uint64_t last;
};

static void *floor_prepare(size_t bytes, const char *tag)
{
    (void)bytes;
    (void)tag;
    return mmap(NULL, 2 * sizeof(struct line), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

static void *floor_open(const struct hand_over_setting *setting)
{
    static struct end end;
    struct line *lines = setting->shared;
    end = (struct end){.out = &lines[setting->end], .in = &lines[1 - setting->end]};
    return &end;
}

static inline void floor_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    (void)bytes;
    __atomic_store_n(&end->out->value, ((const uint64_t *)record)[1], __ATOMIC_RELEASE);
}

static inline void floor_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    uint64_t value;
    while ((value = __atomic_load_n(&end->in->value, __ATOMIC_ACQUIRE)) == end->last)
        ;
    end->last = value;
    ((uint64_t *)record)[1] = value;
    ((uint64_t *)record)[bytes / 8 - 1] = ~value;
}

static const struct hand_over_system floor_system = {
    .name = "floor", .prepare = floor_prepare, .open = floor_open, .send = floor_send, .receive = floor_receive};

int main(int argc, char **argv)
{
    return hand_over_main(&floor_system, argc, argv);
}
