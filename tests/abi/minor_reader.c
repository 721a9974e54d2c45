/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader written from docs/ABI.md alone, without a header of ours: of minor READER_MINOR, which knows what that minor has.
 *
 * usage: minor_reader DATA-DESCRIPTOR CURSOR-DESCRIPTOR [sleep]
 * Reads to the end of the ring, and prints: records, records lost, a checksum of all records' bytes, sleeps.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAGIC UINT64_C(0x31474e4952524548)
#define CURSOR_MAGIC UINT64_C(0x3152535243525248)
#define LOST 0xE0

struct reader {
    const uint8_t *data;
    uint8_t *cursor;
    const uint8_t *slots;
    uint64_t slot_bytes;
    uint64_t slot_count;
    uint64_t read;
    uint64_t last;
    uint64_t stored;
    uint32_t ticket;
    uint64_t records;
    uint64_t lost;
    uint64_t checksum;
    uint64_t sleeps;
};

static uint16_t get16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t acquire64(const uint8_t *at)
{
    return __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
}

static uint32_t acquire32(const uint8_t *at)
{
    return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
}

/* Section 2. */
static int map(struct reader *reader, int data_fd, int cursor_fd)
{
    struct stat data;
    if (fstat(data_fd, &data) < 0)
        return 10;
    uint8_t *map = mmap(NULL, (size_t)data.st_size, PROT_READ, MAP_SHARED, data_fd, 0);
    reader->cursor = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, cursor_fd, 0);
    if (map == MAP_FAILED || reader->cursor == MAP_FAILED)
        return 11;
    reader->data = map;
    if (acquire64(map) != MAGIC || get16(map + 8) != 1 || get64(reader->cursor) != CURSOR_MAGIC)
        return 12;
    uint64_t first = get32(map + 12);
    reader->slot_bytes = get32(map + 16);
    reader->slot_count = get32(map + 20);
    if (first < 192 || first % 64 || reader->slot_count < 64 || (reader->slot_count & (reader->slot_count - 1)) ||
        reader->slot_bytes < 64 || first + reader->slot_count * reader->slot_bytes > (uint64_t)data.st_size)
        return 13;
    reader->slots = map + first;
#if READER_MINOR >= 1
    reader->last = get64(map + 96); /* zero where the handler's minor is 0 */
#endif
#if READER_MINOR >= 7
    /* A field that a minor 7 might have, for a handler that has it too. None does yet. */
    if (get16(map + 10) >= 7 && get64(map + 200) != 0)
        return 14;
#endif
    return 0;
}

static void store_cursor(struct reader *reader)
{
    if (reader->stored != reader->read)
        __atomic_store_n((uint64_t *)(void *)(reader->cursor + 64), reader->read, __ATOMIC_RELEASE);
    reader->stored = reader->read;
}

static const uint8_t *next_slot(const struct reader *reader)
{
    return reader->slots + reader->read % reader->slot_count * reader->slot_bytes;
}

static void use(struct reader *reader, const uint8_t *record)
{
    uint64_t length = (uint64_t)record[0] * 4;
    if (length > reader->slot_bytes - 8)
        length = reader->slot_bytes - 8;
    if (record[1] == LOST) {
        reader->lost += get64(record + 16);
        return;
    }
    reader->records++;
    for (uint64_t i = 0; i < length; i++) /* FNV-1a */
        reader->checksum = (reader->checksum ^ record[i]) * UINT64_C(0x100000001b3);
}

/* Section 3. Returns 0 when the ring is empty. */
static int read_one(struct reader *reader)
{
    const uint8_t *slot = next_slot(reader);
    uint64_t stamp = acquire64(slot);
    if (stamp <= reader->last) {
        store_cursor(reader);
        return 0;
    }
    use(reader, slot + 8);
    reader->last = stamp;
    reader->read++;
    if (reader->read - reader->stored >= 32)
        store_cursor(reader);
    return 1;
}

#if READER_MINOR >= 1
/* Section 3, Sleep: returns 1 when there is something to read after all. */
static int arm(struct reader *reader, uint32_t *wakes)
{
    *wakes = acquire32(reader->data + 192);
    if (++reader->ticket == 0)
        reader->ticket = 1;
    store_cursor(reader);
    __atomic_store_n((uint32_t *)(void *)(reader->cursor + 128), reader->ticket, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return acquire64(next_slot(reader)) > reader->last;
}

static void sleep_once(struct reader *reader)
{
    const struct timespec limit = {.tv_sec = 60}; /* longer than the test has patience: it is to be woken */
    uint32_t wakes;
    if (arm(reader, &wakes) || acquire32(reader->data + 152) != 1)
        return;
    reader->sleeps++;
    syscall(SYS_futex, reader->data + 192, FUTEX_WAIT, wakes, &limit, NULL, 0);
}
#else
static void sleep_once(struct reader *reader)
{
    (void)reader;
    sched_yield();
}
#endif

int main(int argc, char **argv)
{
    struct reader reader = {.checksum = UINT64_C(0xcbf29ce484222325)};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 3)
        return 64;
    int error = map(&reader, atoi(argv[1]), atoi(argv[2]));
    if (error)
        return error;
    for (int ended = 0;;) {
        if (read_one(&reader))
            continue;
        if (ended)
            break;
        ended = acquire32(reader.data + 152) != 1; /* section 5: then one look more */
        if (!ended && argc > 3)
            sleep_once(&reader);
        else if (!ended)
            sched_yield();
    }
    printf("%ju %ju %ju %ju\n", (uintmax_t)reader.records, (uintmax_t)reader.lost, (uintmax_t)reader.checksum,
           (uintmax_t)reader.sleeps);
    return 0;
}
