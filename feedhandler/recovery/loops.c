/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/loops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int hr_loops_create(struct hr_loops *loops, uint8_t lines, uint32_t instruments, uint32_t journal_packets,
                    struct hr_loops_counters *counters)
{
    *loops = (struct hr_loops){.lines = lines, .instruments = instruments, .counters = counters};
    loops->joined = calloc(instruments, sizeof *loops->joined);
    loops->definitions = calloc(instruments, sizeof *loops->definitions);
    loops->snapshot.bytes = calloc(1, HR_LOOPS_SNAPSHOT_BYTES);
    loops->snapshot.messages = calloc(HR_LOOPS_CHUNKS, sizeof *loops->snapshot.messages);
    if (!loops->joined || !loops->definitions || !loops->snapshot.bytes || !loops->snapshot.messages ||
        hr_window_create(&loops->journal, journal_packets, 0, 0, &loops->journal_counters)) {
        hr_loops_destroy(loops);
        return -ENOMEM;
    }
    return 0;
}

void hr_loops_destroy(struct hr_loops *loops)
{
    free(loops->joined);
    free(loops->definitions);
    free(loops->snapshot.bytes);
    free(loops->snapshot.messages);
    hr_window_destroy(&loops->journal);
    *loops = (struct hr_loops){0};
}

/* What was known of books is not any more. */
static void forget(struct hr_loops *loops)
{
    memset(loops->joined, 0, loops->instruments);
    memset(loops->passes, 0, sizeof loops->passes);
    loops->snapshot.instrument = 0;
    loops->emptied = 0;
    while (loops->journal.count)
        hr_window_drop_first(&loops->journal);
}

void hr_loops_doubt(struct hr_loops *loops, uint64_t first, uint64_t past)
{
    if (!loops->in_doubt)
        loops->first = first;
    loops->past = past;
    loops->in_doubt = HR_LOOP_BOOKS;
    loops->counters->in_doubt = 1;
    loops->counters->doubts++;
    forget(loops);
}

void hr_loops_trust(struct hr_loops *loops)
{
    loops->in_doubt = 0;
    loops->counters->in_doubt = 0;
    forget(loops);
}

void hr_loops_remember(struct hr_loops *loops, const struct hr_held *packet, const uint8_t *payload)
{
    while (hr_window_put(&loops->journal, packet, payload) == HR_WINDOW_FULL) {
        loops->counters->journal_dropped++;
        hr_window_drop_first(&loops->journal);
    }
}

/* FNV-1a, by words: two definitions of one instrument that differ are told apart, and nothing else is asked of it. */
static uint64_t hash_of(const struct hr_message *message)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ message->length;
    for (uint32_t at = 0; at < message->length; at += 8) {
        uint64_t word = 0;
        uint32_t left = message->length - at;
        memcpy(&word, message->bytes + at, left < 8 ? left : 8);
        hash = (hash ^ word) * UINT64_C(0x100000001B3);
        hash ^= hash >> 29;
    }
    return hash | 1;
}

int hr_loops_is_news(struct hr_loops *loops, uint32_t instrument, const struct hr_message *message)
{
    uint64_t hash = hash_of(message);
    if (loops->definitions[instrument] == hash)
        return 0;
    loops->definitions[instrument] = hash;
    loops->counters->definitions++;
    return 1;
}

static enum hr_loop_use pass_over(uint64_t *counter)
{
    ++*counter;
    return HR_LOOP_PASSED;
}

/* Keeps one part. Returns HR_LOOP_JOIN when it was the last. */
static enum hr_loop_use put_together(struct hr_loops *loops, const struct hr_loop_head *head, uint32_t instrument,
                                     const struct hr_message *message)
{
    int same = loops->snapshot.instrument == instrument && loops->snapshot.as_of == head->as_of &&
               loops->snapshot.chunks == head->chunks;
    if (same && head->chunk <= loops->snapshot.count)
        return HR_LOOP_PART; /* another line's copy */
    if (head->chunk == 1) {
        loops->snapshot.instrument = instrument;
        loops->snapshot.as_of = head->as_of;
        loops->snapshot.chunks = head->chunks;
        loops->snapshot.count = 0;
        loops->snapshot.bytes_used = 0;
    } else if (!same || head->chunk != loops->snapshot.count + 1) {
        loops->snapshot.instrument = 0;
        return pass_over(&loops->counters->incomplete);
    }
    if (head->chunks > HR_LOOPS_CHUNKS || message->length > HR_LOOPS_SNAPSHOT_BYTES - loops->snapshot.bytes_used) {
        loops->snapshot.instrument = 0;
        return pass_over(&loops->counters->incomplete);
    }
    uint8_t *at = loops->snapshot.bytes + loops->snapshot.bytes_used;
    memcpy(at, message->bytes, message->length);
    loops->snapshot.messages[loops->snapshot.count++] = (struct hr_message){.bytes = at, .length = message->length};
    loops->snapshot.bytes_used += message->length;
    if (loops->snapshot.count < head->chunks)
        return HR_LOOP_PART;
    loops->snapshot.instrument = 0;
    return HR_LOOP_JOIN;
}

enum hr_loop_use hr_loops_judge(struct hr_loops *loops, const struct hr_loop_head *head, uint32_t instrument,
                                uint64_t expected, const struct hr_message *message, const struct hr_message **messages,
                                uint32_t *count)
{
    if (!(loops->in_doubt & head->loop) || loops->joined[instrument] & head->loop)
        return HR_LOOP_KNOWN;
    if (loops->lines & HR_LOOP_DEFINITIONS && loops->definitions[instrument] == 0)
        return pass_over(&loops->counters->undefined);
    if (head->as_of >= expected)
        return pass_over(&loops->counters->early);
    uint64_t kept_from = loops->journal.count ? loops->journal.held[0].sequence : expected; /* never before what was missing */
    if (head->as_of + 1 < kept_from)
        return pass_over(&loops->counters->stale);
    enum hr_loop_use use = put_together(loops, head, instrument, message);
    *messages = loops->snapshot.messages;
    *count = loops->snapshot.count;
    return use;
}

void hr_loops_joined(struct hr_loops *loops, uint32_t instrument, enum hr_loop book)
{
    loops->joined[instrument] |= (uint8_t)book;
    loops->counters->joined++;
}

void hr_loops_pass(struct hr_loops *loops, enum hr_loop book, uint64_t sequence, uint64_t send_time_ns, int passed)
{
    struct hr_loop_pass *pass = &loops->passes[book == HR_LOOP_ORDERS];
    if (!(loops->in_doubt & book))
        return;
    if (sequence == 1 && send_time_ns != pass->began_ns) {
        if (pass->next && pass->whole) {
            loops->in_doubt &= (uint8_t)~book;
            return;
        }
        *pass = (struct hr_loop_pass){.next = 2, .began_ns = send_time_ns, .whole = !passed};
    } else if (pass->next && sequence >= pass->next) {
        pass->whole &= sequence == pass->next && !passed;
        pass->next = sequence + 1;
    }
}
