/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring in memory: everything that the handler and a strategy agree on. One ring per (worker, consumer): one
 * writer, one reader. Two objects, both sealed anonymous memfds that arrive over the attach socket:
 *
 *   data    written by the handler, mapped read-only by the strategy: one page of header, then the slots
 *   cursor  written by this one strategy, read (and never trusted) by the handler: one page
 *
 * A slot is an 8-byte stamp and then one record. The stamp is DBN's ts_out in ns since the UNIX epoch: the time of the poll that
 * brought the packet, one more for each record after it, strictly increasing within a ring; stored last with release order. It is all that a reader polls: a slot
 * whose stamp is greater than the last stamp read is new, anything else is empty. There is no head index and no
 * sequence word. A fresh ring is all zeros; a slot of the lap before holds an older stamp.
 *
 * The reader counts the slots that it has done with and stores that count (release) in the cursor page, at most every
 * HR_CURSOR_LAG records and whenever it finds the ring empty. The writer takes a slot again only after that.
 *
 * A reader that means to sleep stores the cursor, then a new ticket in `waiting`, then a full fence, then looks once more. The writer,
 * which polls, looks at `waiting` once a turn of its loop, after publishing: a new ticket and something unread, and it has the
 * sleeper woken. No fence on its side: a ticket that it does not see in this turn it sees in the next. What a sleeper sleeps on is `wakes`
 * in the header, which the handler writes: a futex on read-only memory, or a timer.
 *
 * Little-endian; no bool, enum, long or pointer in shared memory.
 */
#ifndef HEADRACE_RING_ABI_H
#define HEADRACE_RING_ABI_H

#include "headrace/record.h"

#define HR_RING_MAGIC UINT64_C(0x31474e4952524548) /* "HERRING1" in memory */
#define HR_CURSOR_MAGIC UINT64_C(0x3152535243525248) /* "HRRCRSR1" in memory */
#define HR_ABI_MAJOR 1
#define HR_ABI_MINOR 1 /* 1: first_stamp, wakes, waiting */

#define HR_CACHE_LINE 64
#define HR_RING_HEADER_BYTES 4096
#define HR_CURSOR_BYTES 4096
#define HR_SLOT_STAMP_BYTES 8
#define HR_CURSOR_LAG 32
#define HR_CONSUMER_NAME_BYTES 32

/* struct hr_ring_header.state */
enum {
    HR_RING_STARTING = 0,
    HR_RING_RUNNING = 1,
    HR_RING_DETACHED = 2, /* on_full: detach, and it was full: what is in the ring is all there will be */
    HR_RING_EVICTED = 3,  /* the cursor held what no reader writes */
    HR_RING_STOPPING = 4, /* the handler ends in good order: what is in the ring is all there will be */
};

/* What a reader says when it attaches: what the reader does when there is nothing to read. */
enum {
    HR_WAITING_AWAKE = 0,   /* spins, yields, or waits on the line itself: never to be woken */
    HR_WAITING_FUTEX = 1,   /* sleeps on header->wakes of its first ring */
    HR_WAITING_EVENTFD = 2, /* sleeps on the descriptor that comes with the reply */
};

/* First page of the data object. The handler alone writes it. */
struct hr_ring_header {
    /* Line 0 and 1: written once, before the strategy gets the descriptor; magic is stored last. */
    uint64_t magic;            /* HR_RING_MAGIC */
    uint16_t abi_major;        /* a reader accepts its own major */
    uint16_t abi_minor;        /* and any minor */
    uint32_t header_bytes;     /* where slot 0 begins: at least HR_RING_HEADER_BYTES, a multiple of 64 */
    uint32_t slot_bytes;       /* 64, 128, 384 or 576 */
    uint32_t slot_count;       /* a power of two, at least 2 * HR_CURSOR_LAG */
    uint64_t session_epoch;    /* ns: when this handler started; another value is another handler */
    uint64_t writer_pid;
    uint64_t writer_start_ns;  /* ns since boot, from /proc/PID/stat: a pid that was used again is told apart */
    uint64_t tsc_hz;           /* 0 when not known */
    uint32_t worker;           /* which of the consumer's rings this is, from 0 */
    uint32_t worker_count;     /* how many rings the consumer has */
    char consumer[HR_CONSUMER_NAME_BYTES]; /* zero-terminated */
    uint64_t first_stamp;      /* stamps up to this one are of an earlier attachment: a ring is used again without being cleared */
    uint8_t reserved0[24];
    /* Line 2: written by the worker once a millisecond, and when the state changes. Counts of records, not of slots. */
    uint64_t heartbeat_ns;     /* ns since the UNIX epoch, renewed at least every millisecond while the worker runs */
    uint64_t published;        /* records meant for this ring: written + lost */
    uint64_t lost;             /* records that the ring had no room for */
    uint32_t state;            /* HR_RING_* */
    uint8_t reserved1[36];
    /* Line 3: written by the handler's waker thread. */
    uint32_t wakes;            /* times that this sleeper was woken; the word that it waits on */
    uint8_t reserved2[60];
};

/* The cursor page. This one strategy alone writes it. */
struct hr_cursor {
    uint64_t magic;      /* HR_CURSOR_MAGIC, written by the handler at creation */
    uint8_t reserved0[56];
    uint64_t read;       /* slots done with since the attachment began */
    uint8_t reserved1[56];
    uint32_t waiting;    /* ticket of the last sleep, a new one each time, never 0; on a line of its own, for the writer looks at it every turn */
    uint8_t reserved2[60];
};

/* One slot; its size is struct hr_ring_header.slot_bytes. */
struct hr_slot {
    uint64_t stamp;
    uint8_t record[];
};

HR_ASSERT_OFFSET(hr_ring_header, magic, 0);
HR_ASSERT_OFFSET(hr_ring_header, abi_minor, 10);
HR_ASSERT_OFFSET(hr_cursor, magic, 0);
HR_ASSERT_OFFSET(hr_slot, stamp, 0);
HR_ASSERT_OFFSET(hr_ring_header, abi_major, 8);
HR_ASSERT_OFFSET(hr_ring_header, header_bytes, 12);
HR_ASSERT_OFFSET(hr_ring_header, slot_bytes, 16);
HR_ASSERT_OFFSET(hr_ring_header, slot_count, 20);
HR_ASSERT_OFFSET(hr_ring_header, session_epoch, 24);
HR_ASSERT_OFFSET(hr_ring_header, writer_pid, 32);
HR_ASSERT_OFFSET(hr_ring_header, writer_start_ns, 40);
HR_ASSERT_OFFSET(hr_ring_header, tsc_hz, 48);
HR_ASSERT_OFFSET(hr_ring_header, worker, 56);
HR_ASSERT_OFFSET(hr_ring_header, worker_count, 60);
HR_ASSERT_OFFSET(hr_ring_header, consumer, 64);
HR_ASSERT_OFFSET(hr_ring_header, first_stamp, 96);
HR_ASSERT_OFFSET(hr_ring_header, heartbeat_ns, 128);
HR_ASSERT_OFFSET(hr_ring_header, published, 136);
HR_ASSERT_OFFSET(hr_ring_header, lost, 144);
HR_ASSERT_OFFSET(hr_ring_header, state, 152);
HR_ASSERT_OFFSET(hr_ring_header, wakes, 192);
HR_ASSERT_SIZE(hr_ring_header, 256);
HR_ASSERT_OFFSET(hr_cursor, read, 64);
HR_ASSERT_OFFSET(hr_cursor, waiting, 128);
HR_ASSERT_SIZE(hr_cursor, 192);
HR_ASSERT_OFFSET(hr_slot, record, 8);

#endif
