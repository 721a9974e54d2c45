/* SPDX-License-Identifier: Apache-2.0
 *
 * The window of a channel: packets that came before their turn, kept in the order of their numbers until what is missing in front of
 * them has come by another line or been recovered, or is given up. Bounded in packets, bytes and time; all memory is taken at creation.
 *
 * A hole is first waited for (patience_ns, for the other line), then, where there is somebody to ask, asked for and waited for longer
 * (recovery_patience_ns), then declared. Live packets are never dropped to be asked for again.
 */
#ifndef HEADRACE_LINE_WINDOW_H
#define HEADRACE_LINE_WINDOW_H

#include <stdint.h>

#include "line/session.h"
#include "observe/metrics.h"

#define HR_WINDOW_COUNTERS(X)                                                                     \
    X(held, "datagrams that came before their turn, and were held")                               \
    X(held_now, "datagrams held now")                                                             \
    X(holes, "holes in front of which datagrams were held")                                       \
    X(holes_closed, "holes that closed: another line, or a recovery, brought what was missing")   \
    X(holes_expired, "holes declared as gaps because their time was over")                        \
    X(holes_overflowed, "holes declared as gaps because the window was full (window_packets)")    \
    X(holes_given_up, "holes declared as gaps because nobody could fill them")                    \
    X(messages_requested, "messages asked for at recovery servers")                               \
    X(snapshots_abandoned, "snapshots after a gap given up because the window was full of live packets")

struct hr_window_counters {
    HR_WINDOW_COUNTERS(HR_METRIC_FIELD)
};

struct hr_held {
    uint64_t sequence;
    uint64_t time_ns;  /* of arrival */
    uint32_t count;    /* of sequence numbers */
    uint32_t offset;   /* of its payload in `bytes` */
    uint32_t length;
    uint16_t line;
    uint16_t flags;    /* of its frame */
    uint8_t kind;      /* enum hr_session_kind: data, or the session's end */
};

/* Holes that nobody can fill, remembered while others in front of them are still being filled. */
#define HR_WINDOW_GIVEN_UP 64
/* Times of asking that may be under way at once; who sees a later hole then asks for it with the next. */
#define HR_WINDOW_ASKS 16

struct hr_window {
    struct hr_held *held; /* by sequence, then by arrival; moves on in `store` as packets go */
    struct hr_held *store; /* twice the capacity */
    uint32_t count;
    uint32_t capacity;
    uint8_t *bytes;
    uint8_t *spare;     /* as large: what is left is packed into it when `bytes` is full of what has gone */
    uint32_t bytes_used;
    uint32_t bytes_max;
    uint64_t hole_end;  /* behind the last that is missing of the hole in front */
    uint64_t known;     /* messages up to this one, which is the first not known of, have been sent; 0: nothing is missing */
    uint64_t known_ns;  /* when that was learnt */
    uint64_t opened_ns; /* when the hole in front was seen */
    uint64_t later_ns;  /* since when something behind `asked` is missing; 0: nothing is */
    uint64_t asked;     /* what is missing before this has been asked for, in so many goes: */
    uint32_t ask_count;
    struct hr_window_ask {
        uint64_t past;
        uint64_t time_ns;
    } asks[HR_WINDOW_ASKS];
    uint64_t given_up[HR_WINDOW_GIVEN_UP][2]; /* first, past; a ring */
    uint32_t given_up_count;
    uint64_t patience_ns;
    uint64_t recovery_patience_ns; /* 0: there is nobody to ask */
    uint16_t known_line;
    struct hr_window_counters *counters;
};

enum hr_window_put {
    HR_WINDOW_HELD,
    HR_WINDOW_REPEATED, /* the same numbers are held already */
    HR_WINDOW_FULL,     /* something has to be declared first */
};

/* Room for `packets` datagrams of any length, 1536 bytes on average. Returns 0 or -ENOMEM. */
int hr_window_create(struct hr_window *window, uint32_t packets, uint64_t patience_ns, uint64_t recovery_patience_ns,
                     struct hr_window_counters *counters) __attribute__((warn_unused_result));
void hr_window_destroy(struct hr_window *window);

/* Something is missing. */
static inline int hr_window_is_open(const struct hr_window *window)
{
    return window->known != 0;
}

/* Keeps a datagram that comes before its turn (all of *packet but its offset is given); of a heartbeat only what it tells. */
enum hr_window_put hr_window_put(struct hr_window *window, const struct hr_held *packet, const uint8_t *payload);

/* The first held datagram, when its turn has come (its number is at most `expected`); NULL: not yet, or none. It stays where it
 * is until hr_window_drop_first. */
const struct hr_held *hr_window_due(const struct hr_window *window, uint64_t expected);
void hr_window_drop_first(struct hr_window *window);

/* After the channel has moved on to `expected`, and nothing is due: when the hole in front has gone, by closing or being declared, closes the
 * window or begins the next hole's time. */
void hr_window_advance(struct hr_window *window, uint64_t expected, int declared);

/* The hole in front is about to be declared. Where it ends with what a heartbeat told of, and what lies behind that is missing too and its
 * time over, it is one with it. now_ns UINT64_MAX: all time is over. */
void hr_window_join(struct hr_window *window, uint64_t now_ns);

enum hr_window_due {
    HR_WINDOW_WAIT,
    HR_WINDOW_ASK,     /* for each hole that has been open for long enough; then hr_window_asked */
    HR_WINDOW_GIVE_UP, /* declare it, for nobody can fill it */
    HR_WINDOW_DECLARE, /* declare it, for its time is over */
};

/* What the time says of the hole in front. */
enum hr_window_due hr_window_judge(const struct hr_window *window, uint64_t expected, uint64_t now_ns);
/* Nobody can fill this hole. */
void hr_window_give_up(struct hr_window *window, uint64_t first, uint64_t past);

/* From hole to hole: begins as {.at = where}. */
struct hr_window_walk {
    uint64_t at;
    uint64_t young_ns; /* at the end: since when there is a hole that is too young, or 0 */
    uint32_t place;
};

/* The next hole that has been open for patience_ns; the one in front is, whatever its age. Returns 0 and fills first and count, or 1 when
 * there are no more. */
int hr_window_next_hole(const struct hr_window *window, uint64_t now_ns, struct hr_window_walk *walk, uint64_t *first, uint64_t *count);
/* What is missing before `past`, and was found by the walk, has been asked for. */
void hr_window_asked(struct hr_window *window, const struct hr_window_walk *walk, uint64_t past, uint64_t now_ns);

#endif
