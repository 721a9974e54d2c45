/* SPDX-License-Identifier: Apache-2.0 */
#include "line/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_PER_PACKET 1536

int hr_window_create(struct hr_window *window, uint32_t packets, uint64_t patience_ns, uint64_t recovery_patience_ns,
                     struct hr_window_counters *counters)
{
    *window = (struct hr_window){.capacity = packets,
                                 .bytes_max = packets * BYTES_PER_PACKET + UINT16_MAX, /* at least one of any length */
                                 .patience_ns = patience_ns,
                                 .recovery_patience_ns = recovery_patience_ns,
                                 .counters = counters};
    window->store = calloc(2 * (size_t)packets, sizeof *window->store);
    window->held = window->store;
    window->bytes = calloc(1, window->bytes_max);
    window->spare = calloc(1, window->bytes_max);
    if (!window->store || !window->bytes || !window->spare) {
        hr_window_destroy(window);
        return -ENOMEM;
    }
    return 0;
}

void hr_window_destroy(struct hr_window *window)
{
    free(window->store);
    free(window->bytes);
    free(window->spare);
    window->store = NULL;
    window->held = NULL;
    window->bytes = NULL;
    window->spare = NULL;
}

/* Where a packet belongs: behind all of smaller or the same number. Most come in order. */
static uint32_t place_of(const struct hr_window *window, uint64_t sequence)
{
    uint32_t at = window->count;
    while (at > 0 && window->held[at - 1].sequence > sequence)
        at--;
    return at;
}

static int is_repeated(const struct hr_window *window, const struct hr_held *packet, uint32_t place)
{
    for (uint32_t i = place; i > 0 && window->held[i - 1].sequence == packet->sequence; i--)
        if (window->held[i - 1].kind == packet->kind && window->held[i - 1].count >= packet->count)
            return 1;
    return 0;
}

/* A packet that comes before its turn ends the hole in front, or lies behind it. */
static void open_hole(struct hr_window *window, const struct hr_held *packet)
{
    uint64_t until = packet->sequence + packet->count;
    if (!window->known) {
        window->opened_ns = packet->time_ns;
        window->hole_end = packet->sequence;
        window->counters->holes++;
    }
    if (packet->sequence < window->hole_end)
        window->hole_end = packet->sequence;
    if (window->known && packet->sequence > window->known && !window->later_ns)
        window->later_ns = packet->time_ns;
    if (until > window->known) {
        window->known = until;
        window->known_ns = packet->time_ns;
        window->known_line = packet->line;
    }
}

static void pack(struct hr_window *window)
{
    uint8_t *packed = window->spare;
    window->bytes_used = 0;
    for (uint32_t i = 0; i < window->count; i++) {
        struct hr_held *held = &window->held[i];
        memcpy(packed + window->bytes_used, window->bytes + held->offset, held->length);
        held->offset = window->bytes_used;
        window->bytes_used += held->length;
    }
    window->spare = window->bytes;
    window->bytes = packed;
}

enum hr_window_put hr_window_put(struct hr_window *window, const struct hr_held *packet, const uint8_t *payload)
{
    uint32_t place = place_of(window, packet->sequence);
    if (packet->kind != HR_SESSION_HEARTBEAT) {
        if (is_repeated(window, packet, place))
            return HR_WINDOW_REPEATED;
        if (packet->length > window->bytes_max - window->bytes_used)
            pack(window);
        if (window->count == window->capacity || packet->length > window->bytes_max - window->bytes_used)
            return HR_WINDOW_FULL;
        if (window->held >= window->store + window->capacity) { /* once for as many packets as there is room for */
            memcpy(window->store, window->held, window->count * sizeof *window->held);
            window->held = window->store;
        }
        memmove(&window->held[place + 1], &window->held[place], (window->count - place) * sizeof *window->held);
        window->held[place] = *packet;
        window->held[place].offset = window->bytes_used;
        memcpy(window->bytes + window->bytes_used, payload, packet->length);
        window->bytes_used += packet->length;
        window->counters->held_now = ++window->count;
        window->counters->held++;
    }
    open_hole(window, packet);
    return HR_WINDOW_HELD;
}

const struct hr_held *hr_window_due(const struct hr_window *window, uint64_t expected)
{
    return window->count && window->held[0].sequence <= expected ? &window->held[0] : NULL;
}

void hr_window_drop_first(struct hr_window *window)
{
    window->counters->held_now = --window->count;
    window->held++;
    if (window->count == 0) {
        window->held = window->store;
        window->bytes_used = 0;
    }
}

static void forget_asks(struct hr_window *window, uint64_t expected)
{
    uint32_t gone = 0;
    while (gone < window->ask_count && window->asks[gone].past <= expected)
        gone++;
    window->ask_count -= gone;
    if (gone)
        memmove(window->asks, window->asks + gone, window->ask_count * sizeof *window->asks);
}

/* Where what is missing ends for certain. */
static uint64_t next_held(const struct hr_window *window)
{
    return window->count ? window->held[0].sequence : window->known;
}

/* A hole that comes to the front was seen when the first packet behind it came. */
static uint64_t hole_seen_ns(const struct hr_window *window)
{
    uint64_t seen = window->known_ns;
    for (uint32_t i = 0; i < window->count; i++)
        if (window->held[i].time_ns < seen)
            seen = window->held[i].time_ns;
    return seen;
}

void hr_window_advance(struct hr_window *window, uint64_t expected, int declared)
{
    if (!window->known || expected < window->hole_end)
        return;
    window->counters->holes_closed += !declared;
    forget_asks(window, expected);
    if (window->known <= expected) {
        window->known = 0;
        window->asked = 0;
        window->later_ns = 0;
        window->given_up_count = 0;
        return;
    }
    window->counters->holes++;
    window->hole_end = next_held(window);
    window->opened_ns = hole_seen_ns(window);
}

static int has_given_up(const struct hr_window *window, uint64_t expected)
{
    uint32_t known = window->given_up_count < HR_WINDOW_GIVEN_UP ? window->given_up_count : HR_WINDOW_GIVEN_UP;
    for (uint32_t i = 0; i < known; i++)
        if (expected >= window->given_up[i][0] && expected < window->given_up[i][1])
            return 1;
    return 0;
}

static int is_over(uint64_t since_ns, uint64_t patience_ns, uint64_t now_ns)
{
    return now_ns >= since_ns && now_ns - since_ns >= patience_ns;
}

static uint64_t asked_ns(const struct hr_window *window, uint64_t expected)
{
    uint32_t at = 0;
    while (at + 1 < window->ask_count && window->asks[at].past <= expected)
        at++;
    return window->asks[at].time_ns;
}

enum hr_window_due hr_window_judge(const struct hr_window *window, uint64_t expected, uint64_t now_ns)
{
    if (expected < window->asked) {
        if (has_given_up(window, expected))
            return HR_WINDOW_GIVE_UP;
        if (is_over(asked_ns(window, expected), window->recovery_patience_ns, now_ns))
            return HR_WINDOW_DECLARE;
        int later = window->later_ns && window->ask_count < HR_WINDOW_ASKS && is_over(window->later_ns, window->patience_ns, now_ns);
        return later ? HR_WINDOW_ASK : HR_WINDOW_WAIT;
    }
    if (!is_over(window->opened_ns, window->patience_ns, now_ns))
        return HR_WINDOW_WAIT;
    return window->recovery_patience_ns ? HR_WINDOW_ASK : HR_WINDOW_DECLARE;
}

void hr_window_join(struct hr_window *window, uint64_t now_ns)
{
    uint64_t at = window->hole_end;
    int is_asked = at < window->asked;
    int over = now_ns == UINT64_MAX ||
               (is_asked ? has_given_up(window, at) || is_over(asked_ns(window, at), window->recovery_patience_ns, now_ns)
                         : !window->recovery_patience_ns && is_over(hole_seen_ns(window), window->patience_ns, now_ns));
    if (over && next_held(window) > at)
        window->hole_end = next_held(window);
}

void hr_window_asked(struct hr_window *window, const struct hr_window_walk *walk, uint64_t past, uint64_t now_ns)
{
    window->later_ns = walk->young_ns;
    if (past <= window->asked) /* another line has brought it meanwhile */
        return;
    window->asked = past;
    if (window->ask_count == HR_WINDOW_ASKS)
        window->ask_count--;
    window->asks[window->ask_count++] = (struct hr_window_ask){past, now_ns};
}

void hr_window_give_up(struct hr_window *window, uint64_t first, uint64_t past)
{
    uint64_t *given_up = window->given_up[window->given_up_count++ % HR_WINDOW_GIVEN_UP];
    given_up[0] = first;
    given_up[1] = past;
}

int hr_window_next_hole(const struct hr_window *window, uint64_t now_ns, struct hr_window_walk *walk, uint64_t *first, uint64_t *count)
{
    uint64_t end = window->known;
    uint64_t seen_ns = window->known_ns;
    for (; walk->place < window->count; walk->place++) {
        const struct hr_held *held = &window->held[walk->place];
        if (held->sequence > walk->at) {
            end = held->sequence;
            seen_ns = held->time_ns;
            break;
        }
        if (held->sequence + held->count > walk->at)
            walk->at = held->sequence + held->count;
    }
    walk->young_ns = 0;
    if (end <= walk->at)
        return 1; /* nothing more is missing */
    if (walk->place > 0 && !is_over(seen_ns, window->patience_ns, now_ns)) {
        walk->young_ns = seen_ns;
        return 1; /* another line may still bring it */
    }
    *first = walk->at;
    *count = end - walk->at;
    walk->at = end;
    return 0;
}
