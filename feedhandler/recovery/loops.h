/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops: what a venue tells again and again on lines of their own, beside the incremental line of a channel: the definitions of its
 * instruments, and their books as they are after a packet of the incremental line that each snapshot names (CME MDP 3.0).
 *
 * After a gap, and after a start in mid-day, the books of the channel are in doubt. Each is whole again when a snapshot of it has been told
 * that knows what was missing, and after it what has changed since: for that the incremental packets are kept meanwhile (the
 * journal). The channel is whole again when a loop has passed from its beginning to its end without a book in it that is still in doubt.
 *
 * This file keeps the accounts and emits nothing; pipeline_loops.c does. One for each channel, worker thread only.
 */
#ifndef HEADRACE_RECOVERY_LOOPS_H
#define HEADRACE_RECOVERY_LOOPS_H

#include <stdint.h>

#include "line/blocks.h"
#include "line/window.h"
#include "observe/metrics.h"

#define HR_LOOPS_COUNTERS(X)                                                                          \
    X(in_doubt, "1 while books of the channel are in doubt: records have MAYBE_BAD_BOOK")             \
    X(doubts, "times that the books came into doubt")                                                 \
    X(recovered, "times that all of them were whole again: RECOVERED records")                        \
    X(definitions, "definitions told: new ones, and those that had changed")                          \
    X(joined, "books made whole by a snapshot")                                                       \
    X(repeated, "records told again behind snapshots: what had changed since")                        \
    X(stale, "passed over: snapshots of before what was missing, or of before the journal")           \
    X(early, "passed over: snapshots of after what the incremental lines have brought")               \
    X(undefined, "passed over: snapshots of instruments whose definition has not come yet")           \
    X(incomplete, "passed over: parts of a snapshot whose first part has not come, or too long ones") \
    X(journal_dropped, "incremental packets that the journal had no room for (journal_packets)")

struct hr_loops_counters {
    HR_LOOPS_COUNTERS(HR_METRIC_FIELD)
};

/* Also bits: which loops there are, which books are in doubt. */
enum hr_loop {
    HR_LOOP_NONE = 0,
    HR_LOOP_LEVELS = 1,      /* snapshots by price */
    HR_LOOP_ORDERS = 2,      /* snapshots by order */
    HR_LOOP_DEFINITIONS = 4,
};
#define HR_LOOP_BOOKS (HR_LOOP_LEVELS | HR_LOOP_ORDERS)

/* What a message of a loop says of itself. */
struct hr_loop_head {
    enum hr_loop loop;
    uint32_t security_id;
    uint64_t as_of;  /* the last incremental packet that a snapshot knows */
    uint32_t chunk;  /* from 1 on */
    uint32_t chunks; /* that the snapshot has */
};

/* The longest snapshot that is put together, and its messages. */
#define HR_LOOPS_SNAPSHOT_BYTES (1U << 19)
#define HR_LOOPS_CHUNKS 512

/* One passing of a loop, by the numbers of its packets. */
struct hr_loop_pass {
    uint64_t next;     /* number of the next packet; 0: none has been seen from its beginning */
    uint64_t began_ns; /* sending time of the first: copies by another line have the same */
    int whole;         /* nothing is missing of it, and nothing in it is in doubt any more */
};

struct hr_loops {
    uint8_t lines;    /* loops that there are: bits of enum hr_loop */
    uint8_t in_doubt; /* books that are: bits of HR_LOOP_BOOKS */
    uint8_t emptied;  /* all books have been emptied: nothing is in doubt any more */
    uint64_t first;   /* packets first to past - 1 were missing; of several gaps, from the first to the last */
    uint64_t past;
    uint32_t instruments;
    uint8_t *joined;       /* [instrument]: books that are whole again: bits */
    uint64_t *definitions; /* [instrument]: what its last definition was: a hash; 0: none */
    struct hr_window journal;
    struct hr_window_counters journal_counters;
    struct hr_loop_pass passes[2]; /* of levels, of orders */
    struct {
        uint32_t instrument; /* 0: nothing is being put together */
        uint64_t as_of;
        uint32_t chunks;
        uint32_t count;
        uint32_t bytes_used;
        uint8_t *bytes;
        struct hr_message *messages;
    } snapshot;
    struct hr_loops_counters *counters;
};

/* lines: bits of enum hr_loop. Returns 0 or -ENOMEM. */
int hr_loops_create(struct hr_loops *loops, uint8_t lines, uint32_t instruments, uint32_t journal_packets,
                    struct hr_loops_counters *counters) __attribute__((warn_unused_result));
void hr_loops_destroy(struct hr_loops *loops);

/* Packets first to past - 1 have not come, and will not. */
void hr_loops_doubt(struct hr_loops *loops, uint64_t first, uint64_t past);
/* Nothing is in doubt: a session begins, or all is whole again. */
void hr_loops_trust(struct hr_loops *loops);

/* An incremental packet has been delivered while books are in doubt. */
void hr_loops_remember(struct hr_loops *loops, const struct hr_held *packet, const uint8_t *payload);

/* Is a record about a book of this kind (0: about trades, which change none) in doubt? */
static inline int hr_loops_doubts(const struct hr_loops *loops, uint32_t instrument, uint8_t book)
{
    return (loops->in_doubt & (book ? book : HR_LOOP_BOOKS & loops->lines) & ~loops->joined[instrument]) != 0;
}

/* Whether a definition is another than the last of its instrument; remembers it. */
int hr_loops_is_news(struct hr_loops *loops, uint32_t instrument, const struct hr_message *message);

enum hr_loop_use {
    HR_LOOP_JOIN,   /* this snapshot is what its book waits for: tell it, the journal behind it, and hr_loops_joined */
    HR_LOOP_KNOWN,  /* nothing to do: its book is whole */
    HR_LOOP_PART,   /* kept: the other parts are to come */
    HR_LOOP_PASSED, /* passed over, and counted */
};

/* Looks at one message of a snapshot; `expected` is the incremental line's next packet. HR_LOOP_JOIN: the whole snapshot is *messages, *count of them. */
enum hr_loop_use hr_loops_judge(struct hr_loops *loops, const struct hr_loop_head *head, uint32_t instrument,
                                uint64_t expected, const struct hr_message *message, const struct hr_message **messages,
                                uint32_t *count);
void hr_loops_joined(struct hr_loops *loops, uint32_t instrument, enum hr_loop book);

/* A packet of a loop of books has been looked at; `passed`: something in it was passed over. */
void hr_loops_pass(struct hr_loops *loops, enum hr_loop book, uint64_t sequence, uint64_t send_time_ns, int passed);

#endif
