/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor at full rate: cache lines that go from one core to the other, each with its own number, and one line that says how far the
 * reader is. No clock, no policy, no counts, no check of what the reader says, and memory that both may write. What a hand-over that
 * loses nothing takes more than this is its own.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#define LINES 65536
#define NUMBER_BYTES sizeof(uint64_t)
/* As headrace.c: a reader that has caught up with a writer in full flow takes the lines that it is about to write. */
#define BATCH 512
#define PAUSES 1024

struct shared {
    uint64_t read;
    uint8_t rest[120];
    uint8_t lines[];
};

struct end {
    struct shared *shared;
    size_t stride;
    uint64_t next; /* to write, to read */
    uint64_t read; /* the reader's word, when the writer last looked */
};

static void *floor_prepare(size_t bytes, const char *tag)
{
    (void)tag;
    size_t stride = (bytes + NUMBER_BYTES + 63) / 64 * 64;
    return mmap(NULL, sizeof(struct shared) + LINES * stride, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

static void *floor_open(const struct hand_over_setting *setting)
{
    static struct end end;
    end = (struct end){.shared = setting->shared, .stride = (setting->bytes + NUMBER_BYTES + 63) / 64 * 64};
    return &end;
}

static inline uint8_t *line_of(const struct end *end, uint64_t number)
{
    return end->shared->lines + (number % LINES) * end->stride;
}

static inline void floor_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    uint8_t *line = line_of(end, end->next);
    while (__builtin_expect(end->next - end->read == LINES, 0))
        end->read = __atomic_load_n(&end->shared->read, __ATOMIC_ACQUIRE);
    memcpy(line + NUMBER_BYTES, record, bytes);
    __atomic_store_n((uint64_t *)(void *)line, ++end->next, __ATOMIC_RELEASE);
}

static inline int has_come(const struct end *end, const uint8_t *line)
{
    return __atomic_load_n((const uint64_t *)(const void *)line, __ATOMIC_ACQUIRE) == end->next + 1;
}

static inline void floor_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    const uint8_t *line = line_of(end, end->next);
    while (!has_come(end, line))
        ;
    memcpy(record, line + NUMBER_BYTES, bytes);
    __atomic_store_n(&end->shared->read, ++end->next, __ATOMIC_RELEASE);
}

static inline size_t floor_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    size_t count = 0;
    for (const uint8_t *line = line_of(end, end->next); count < BATCH && has_come(end, line); line = line_of(end, end->next)) {
        hand_over_take(line + NUMBER_BYTES, bytes, expected);
        end->next++;
        count++;
    }
    __atomic_store_n(&end->shared->read, end->next, __ATOMIC_RELEASE);
    for (int i = 0; count < BATCH && i < PAUSES; i++)
        _mm_pause();
    return count;
}

static const struct hand_over_system floor_system = {.name = "floor-stream",
                                                     .prepare = floor_prepare,
                                                     .open = floor_open,
                                                     .send = floor_send,
                                                     .receive = floor_receive,
                                                     .receive_some = floor_receive_some};

int main(int argc, char **argv)
{
    return hand_over_main(&floor_system, argc, argv);
}
