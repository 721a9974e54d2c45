/* SPDX-License-Identifier: Apache-2.0
 *
 * One way to measure every hand-over between two processes. A system (the floor, a ring of ours, a peer) is a table of functions; a
 * program of its own holds it and calls hand_over_main, which makes two processes, pins them to two cores, and runs one work:
 *
 *   round_trip  end 0 sends a record and waits for its echo from end 1
 *   one_way     end 0 sends as fast as it can, end 1 takes and checks
 *   paced       end 0 sends a record every 1e9 / rate ns, end 1 tells how old each is when it has it
 *
 * The table is a constant of the program, so that the compiler calls its functions directly; for a system in another language
 * foreign.c calls the same loops through pointers. Every record is checked: what comes out of order or torn ends the run with an error.
 */
#ifndef HEADRACE_BENCH_HAND_OVER_H
#define HEADRACE_BENCH_HAND_OVER_H

#include <stddef.h>
#include <stdint.h>

#define HAND_OVER_RECORD_MAX 128
/* Latencies of 1 ns steps up to this, then 64 steps for each doubling. */
#define HAND_OVER_FINE_BINS 65536
#define HAND_OVER_BINS (HAND_OVER_FINE_BINS + 64 * 24)
/* Records that are sent at full rate before `flush`: a burst of a poll-mode driver. */
#define HAND_OVER_BURST 32

/* Word 0 is `HAND_OVER_WORD0` (in ours the header of an order), word 1 the value, the last word ~value; what is between is not looked at. */
#define HAND_OVER_WORD0 UINT64_C(0x000100020001A00E)

/* Shared between the driver, the program and its two processes. */
struct hand_over_result {
    char error[256];         /* empty when the run is good */
    uint64_t records;        /* measured */
    double ns_per_record;    /* one_way */
    double cpu;              /* of one core, 1.0 is all of it: the receiver's, and that of whoever wakes it */
    double rate;             /* paced: records a second that it came to */
    uint64_t max_ns;
    uint64_t ready[2];       /* ends that are open */
    uint64_t bins[HAND_OVER_BINS];
};

/* What `open` gets; `shared` is what `prepare` made. */
struct hand_over_setting {
    int end;               /* 0 sends first, 1 */
    size_t bytes;          /* of a record: 8, 56 or 112 */
    const char *tag;       /* unique for this run, for names in /dev/shm, /tmp and the like; [a-z0-9-], at most 32 bytes */
    double tsc_per_ns;
    int paced;             /* only end 0 sends, now and then */
    void *shared;
    int cores[2];          /* of end 0 and end 1 */
};

/* Functions may exit(1) after writing to standard error; the program passes the text on. All wait by spinning, unless `sleeps`. */
struct hand_over_system {
    const char *name;
    /* Before the processes are made: memory that both shall have. May be NULL. */
    void *(*prepare)(size_t bytes, const char *tag);
    /* In each process, at the same time; waits for the other end if it must. Returns the end, which the others get. */
    void *(*open)(const struct hand_over_setting *setting);
    /* Sends one record; waits for room. */
    void (*send)(void *end, const void *record, size_t bytes);
    /* After each burst of sends: what was held back goes out. May be NULL. */
    void (*flush)(void *end);
    /* Waits for one record and copies it, or as much as is looked at, to `record`. */
    void (*receive)(void *end, void *record, size_t bytes);
    /* For full rate: takes what is there, calling hand_over_take for each record, and returns how many; 0 when there is none. May be
     * NULL: then `receive`. */
    size_t (*receive_some)(void *end, size_t bytes, uint64_t *expected);
    /* CPU seconds that another thread or process used to wake the receiver. May be NULL. */
    double (*helper_cpu)(void *end);
    /* At the end of the program, also after a failure: names to remove, processes to end. May be NULL. */
    void (*clean)(const char *tag);
};

/* For systems that check while they take, in place: counts *expected up, exits on another value or a torn record. */
static inline void hand_over_take(const void *record, size_t bytes, uint64_t *expected);

/* Runs what the arguments ask for; see hand_over_usage. Returns the program's exit code. */
static inline int hand_over_main(const struct hand_over_system *system, int argc, char **argv);

#include "hand_over_loops.h"

#endif
