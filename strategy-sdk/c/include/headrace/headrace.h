/* SPDX-License-Identifier: Apache-2.0
 *
 * libheadrace: read market data from a Headrace handler. The one header to include; see headrace(3).
 *
 *     struct hr_feed *feed;
 *     if (hr_attach(&feed, "my-strategy", NULL) < 0)
 *         errx(1, "%s", hr_error());
 *     const struct hr_record_header *record;
 *     while (hr_feed_next(feed, &record, -1) == 0)
 *         if (record->rtype == HR_RTYPE_MBO)
 *             on_order((const struct hr_mbo *)record);
 *     warnx("%s", hr_error());
 *     hr_feed_close(feed);
 *
 * Threads: a feed belongs to one thread at a time; several feeds may be read by several threads. hr_error is per thread.
 * Errors: 0 is success, a negative errno is fatal to the call, a positive value is an outcome that the caller handles.
 * No function here makes a system call while records flow; one that waits with HR_WAIT_FUTEX or HR_WAIT_EVENTFD sleeps in one.
 */
#ifndef HEADRACE_HEADRACE_H
#define HEADRACE_HEADRACE_H

#include "headrace/attach_abi.h"
#include "headrace/consumer.h"
#include "headrace/record.h"
#include "headrace/ring_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HR_PUBLIC __attribute__((visibility("default")))
#define HR_MUST_CHECK __attribute__((warn_unused_result))
#else
#define HR_PUBLIC
#define HR_MUST_CHECK
#endif

/* How to wait when there is nothing to read. */
enum hr_wait {
    HR_WAIT_SPIN = 0,  /* pause: the lowest latency, one whole core */
    HR_WAIT_YIELD = 1, /* give the core to others after each empty look: for machines with fewer cores than spinners */
    HR_WAIT_FUTEX = 2, /* spin for spin_us, then sleep until the handler's waker thread ends it: no core while nothing comes */
    HR_WAIT_EVENTFD = 3, /* sleep at once, on a descriptor: for poll, epoll, asyncio and their like (hr_feed_descriptor) */
    HR_WAIT_MONITOR = 4, /* wait on the cache line itself, in user mode: processors with WAITPKG or MONITORX */
};

/* hr_feed_next: nothing came in time. */
#define HR_TIMED_OUT 1

struct hr_attach_options {
    const char *socket;   /* path; NULL: $HEADRACE_SOCKET, else /run/headrace/<instance>.sock */
    const char *instance; /* NULL: "headrace" */
    enum hr_wait wait;
    uint32_t spin_us;     /* HR_WAIT_FUTEX: how long to spin before sleeping; 0: 20 */
};

/* A run of records in the ring's own memory; record i stands at first + i * stride, and its stamp 8 bytes before it. */
struct hr_batch {
    const uint8_t *first; /* a struct hr_record_header, and the record it begins */
    uint64_t stride;      /* bytes */
    uint64_t count;       /* records; 0 when there is nothing to read */
    uint32_t ring;        /* which ring they are from */
};

/* Counts since attaching. records + lost = published once the ring is drained. */
struct hr_feed_statistics {
    uint64_t records;   /* read, without LOST records */
    uint64_t lost;      /* told by LOST records read */
    uint64_t published; /* by the handler for this consumer, as of a millisecond ago, or of its end */
    uint64_t dropped;   /* of which the ring had no room for, likewise */
};

/* A feed: its rings and its socket. Fields are for the inline functions below; do not write to them. */
struct hr_feed {
    uint32_t ring_count;
    uint32_t ring;                          /* the one that was read last */
    const struct hr_record_header *current; /* lent to the caller; released by the next call */
    uint64_t stamp;                         /* of current */
    uint64_t lent;                          /* records of a batch lent to the caller */
    int socket;
    uint32_t wait;                          /* enum hr_wait */
    int end;                                /* 0, or why there will be no more, as hr_feed_next returns it */
    struct hr_feed_private *hidden;
    struct hr_consumer rings[];
};

/* Attaches to a running handler as the consumer `name` of its configuration. *feed is the caller's, to be closed with
 * hr_feed_close. `options` may be NULL. Blocks for at most five
 * seconds to connect and five for the answer. Returns 0, or -EACCES when the handler's allow list does not have this
 * user, -ENOENT no such consumer or no handler, -EBUSY attached already, -EDQUOT this user has as many rings or
 * bytes of them as one may have, -EOPNOTSUPP HR_WAIT_MONITOR on a processor without it, -EINVAL or -ENAMETOOLONG for a
 * name or path of the wrong length, -EPROTO, -EPROTONOSUPPORT, -EPIPE, -ETIMEDOUT, -ENOMEM. */
HR_PUBLIC int hr_attach(struct hr_feed **feed, const char *name, const struct hr_attach_options *options) HR_MUST_CHECK;

struct hr_open_options {
    uint32_t slots; /* records held at once, and so the longest batch: rounded up to a power of two; 0: 4096 to 512 */
};

#define HR_HAVE_OPEN 1

/* Opens a DBN file (.dbn, or .dbn.zst of any number of frames; versions 1 to 3, upgraded to 3; "-" is standard input) as a
 * feed: the same functions, without a handler. *feed is the caller's, to be closed with hr_feed_close. `options` may be
 * NULL.
 *
 * What differs: hr_feed_poll and hr_feed_poll_batch return nothing each time the records held have been read, and
 * hr_feed_check then reads on: 0 is "go on". hr_feed_next and hr_feed_next_batch do so by themselves and never time out.
 * The end is -ESHUTDOWN, or -EBADMSG where the file is damaged or cut off: hr_error() says where, and every good record
 * before has been read. A record's stamp is its ts_out where the file has it, else ts_recv (ts_event of records without),
 * made to increase; its bytes never have the ts_out. A file of schemas that Headrace does not make gives their records as
 * they are. hr_feed_symbol takes the file's mappings, as of the time of the record read last, and no notice of the
 * publisher. There is no descriptor, and nothing to arm.
 *
 * Blocks for as long as the disk does, as hr_feed_check, hr_feed_next and hr_feed_next_batch do. Returns 0, -ENOENT,
 * -EACCES and others of open(2), -EBADMSG not a DBN file or damaged metadata, -EPROTONOSUPPORT another version, -EINVAL,
 * -ENOMEM. */
HR_PUBLIC int hr_open(struct hr_feed **feed, const char *path, const struct hr_open_options *options) HR_MUST_CHECK;

/* Leaves. Every record and batch of the feed is invalid from here on. NULL is allowed. */
HR_PUBLIC void hr_feed_close(struct hr_feed *feed);

/* Why the last call of this thread failed, for people. Never NULL; valid until the next failure. */
HR_PUBLIC const char *hr_error(void);

/* The venue's symbol of an instrument, or NULL when it has not been named yet. The text lives as long as the feed. */
HR_PUBLIC const char *hr_feed_symbol(struct hr_feed *feed, uint16_t publisher_id, uint32_t instrument_id);

/* Entry `index` of the instrument directory of ring `ring` (both from 0), or NULL past the last one. Entries are added while data flows,
 * never changed or removed; an instrument may have several, of which the newest counts. The entry lives as long as the feed. */
HR_PUBLIC const struct hr_directory_entry *hr_feed_instrument(const struct hr_feed *feed, uint32_t ring, uint32_t index);

HR_PUBLIC void hr_feed_get_statistics(const struct hr_feed *feed, struct hr_feed_statistics *statistics);

/* The slow half of waiting: looks whether the handler is alive. 0 to go on, else a negative errno as hr_feed_next. */
HR_PUBLIC int hr_feed_check(struct hr_feed *feed) HR_MUST_CHECK;

/* Waits for the next record. timeout_ns: -1 for ever. *record is valid until the next call on this feed.
 * Returns 0; HR_TIMED_OUT; or, once everything that was published has been read: -ESHUTDOWN the handler ended in good order,
 * -EPIPE it died, -ENOBUFS this strategy was too slow and is detached (on_full: detach), -EBADMSG it was evicted for
 * a corrupt cursor. After any of these, close the feed and attach anew. */
HR_PUBLIC int hr_feed_next(struct hr_feed *feed, const struct hr_record_header **record, int64_t timeout_ns) HR_MUST_CHECK;

/* Waits for at least one record and lends all that stand in a row, at most `maximum`. As hr_feed_next otherwise. */
HR_PUBLIC int hr_feed_next_batch(struct hr_feed *feed, struct hr_batch *batch, uint64_t maximum, int64_t timeout_ns) HR_MUST_CHECK;

/* For loops of the caller's own, of feeds attached with HR_WAIT_EVENTFD; -EOPNOTSUPP for others. Read with hr_feed_poll or
 * hr_feed_poll_batch until there is nothing, then arm: 1 is "there is something after all, or the end: read on (hr_feed_check)", 0 is
 * "wait until the descriptor is readable, then read". The descriptor (EPOLLIN) also becomes readable when the handler dies; it
 * stays the feed's. */
HR_PUBLIC int hr_feed_descriptor(const struct hr_feed *feed) HR_MUST_CHECK;
HR_PUBLIC int hr_feed_arm(struct hr_feed *feed) HR_MUST_CHECK;

/* Gives back what the last call lent. */
static inline void hr_feed_release(struct hr_feed *feed)
{
    struct hr_consumer *ring = &feed->rings[feed->ring];
    if (feed->current) {
        hr_consumer_advance(ring, feed->current, feed->stamp);
        feed->current = NULL;
    } else if (feed->lent) {
        hr_consumer_release(ring, feed->lent);
        feed->lent = 0;
    }
}

/* The next record if there is one, else NULL: never waits. Valid until the next call on this feed. Rings of several
 * workers are read in turn; the order of records within one is the order of publishing. */
static inline const struct hr_record_header *hr_feed_poll(struct hr_feed *feed)
{
    hr_feed_release(feed);
    for (uint32_t tried = 0; tried < feed->ring_count; tried++) {
        uint32_t next = feed->ring + 1 < feed->ring_count ? feed->ring + 1 : 0;
        feed->ring = next;
        feed->current = hr_consumer_peek(&feed->rings[next], &feed->stamp);
        if (feed->current)
            break;
    }
    return feed->current;
}

/* The records that stand ready in a row, at most `maximum`; count is 0 when there are none. Never waits. Valid until
 * the next call on this feed. */
static inline struct hr_batch hr_feed_poll_batch(struct hr_feed *feed, uint64_t maximum)
{
    struct hr_batch batch;
    batch.first = NULL;
    batch.stride = 0;
    batch.count = 0;
    batch.ring = 0;
    hr_feed_release(feed);
    for (uint32_t tried = 0; tried < feed->ring_count; tried++) {
        uint32_t next = feed->ring + 1 < feed->ring_count ? feed->ring + 1 : 0;
        struct hr_consumer *ring = &feed->rings[next];
        const uint8_t *slot = NULL;
        feed->ring = next;
        batch.count = hr_consumer_batch(ring, &slot, maximum);
        if (batch.count) {
            batch.first = slot + HR_SLOT_STAMP_BYTES;
            batch.stride = ring->slot_bytes;
            batch.ring = next;
            feed->lent = batch.count;
            break;
        }
    }
    return batch;
}

/* DBN's ts_out, ns since the UNIX epoch: the stamp of the record's slot, the time of the poll that brought its packet. For records that hr_feed_poll, hr_feed_next or a batch returned. */
static inline uint64_t hr_record_stamp(const struct hr_record_header *record)
{
    const uint8_t *slot = (const uint8_t *)record - HR_SLOT_STAMP_BYTES;
    return __atomic_load_n(&((const struct hr_slot *)(const void *)slot)->stamp, __ATOMIC_RELAXED);
}

#ifdef __cplusplus
}
#endif

#endif
