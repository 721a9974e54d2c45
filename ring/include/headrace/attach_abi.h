/* SPDX-License-Identifier: Apache-2.0
 *
 * Attaching: how a strategy gets its rings. A SOCK_SEQPACKET Unix socket, <runtime_dir>/<instance>.sock; one request, one
 * reply, both of fixed size. Who may attach is decided by the peer's credentials (SO_PEERCRED and its groups) before anything
 * is allocated. The socket then stays open for as long as the attachment: its hang-up tells either side that the other is gone.
 *
 * The reply to HR_ATTACH_CONSUMER carries these descriptors, in this order:
 *   for each worker: data (struct hr_ring_header, then the slots), cursor (struct hr_cursor), directory (struct hr_directory)
 *   then one: statistics (struct hr_statistics_page)
 *   then, for HR_WAITING_EVENTFD, one: a timerfd that goes off, and is readable until it is read, when there is something to read
 * The reply to HR_ATTACH_STATISTICS carries the last one only.
 */
#ifndef HEADRACE_ATTACH_ABI_H
#define HEADRACE_ATTACH_ABI_H

#include "headrace/ring_abi.h"

#define HR_ATTACH_MAGIC UINT32_C(0x41525248) /* "HRRA" in memory */
#define HR_ATTACH_VERSION 1
#define HR_WORKERS_MAX 64
#define HR_ATTACH_DESCRIPTORS_MAX (HR_WORKERS_MAX * 3 + 2) /* the kernel takes 253 */

enum {
    HR_ATTACH_CONSUMER = 1,
    HR_ATTACH_STATISTICS = 2,
};

struct hr_attach_request {
    uint32_t magic;    /* HR_ATTACH_MAGIC */
    uint16_t version;  /* HR_ATTACH_VERSION */
    uint16_t length;   /* sizeof(struct hr_attach_request) */
    uint32_t kind;     /* HR_ATTACH_CONSUMER or HR_ATTACH_STATISTICS */
    uint16_t abi_major;
    uint16_t abi_minor;
    char consumer[HR_CONSUMER_NAME_BYTES]; /* zero-terminated; all zeros for HR_ATTACH_STATISTICS */
    uint32_t waiting;                      /* HR_WAITING_*; since minor 1, zero before */
    uint8_t reserved[12];                  /* zeros */
};

struct hr_attach_reply {
    uint32_t magic;
    uint16_t version;
    uint16_t length;
    int32_t status;        /* 0, or a negative errno: -EACCES not allowed, -ENOENT no such consumer, -EBUSY attached already,
                              -EPROTO a request that is not well-formed, -EPROTONOSUPPORT another version, -EDQUOT this user has
                              as many attachments or bytes as one may have, -ENOMEM */
    uint32_t worker_count; /* how many rings; 0 when refused */
    uint32_t descriptors;  /* how many descriptors came along */
    uint32_t reserved;
    char message[104];     /* why it was refused, for people; zero-terminated */
};

/* The instrument directory of one worker, read-only. Entries are added as the venue names instruments, never removed. */
#define HR_DIRECTORY_MAGIC UINT64_C(0x3152494452525248) /* "HRRRDIR1" in memory */
#define HR_SYMBOL_BYTES 24

struct hr_directory_entry {
    uint32_t instrument_id;
    uint16_t publisher_id;
    uint8_t feed;          /* index of the feed in the configuration, from 0 */
    uint8_t reserved0;
    uint32_t round_lot;    /* shares; 0 when not known */
    uint32_t reserved1;
    char symbol[HR_SYMBOL_BYTES]; /* the venue's, without padding; zero-terminated */
    uint8_t reserved2[24];
};

struct hr_directory {
    uint64_t magic;
    uint32_t capacity;    /* entries that there is room for */
    uint32_t entry_bytes; /* sizeof(struct hr_directory_entry) of the writer */
    uint32_t count;       /* entries that are complete; stored with release after the entry */
    uint8_t reserved[44];
    struct hr_directory_entry entries[];
};

/* The statistics page, read-only: names once, values live. A value is one aligned 64-bit word of one writer. */
#define HR_STATISTICS_MAGIC UINT64_C(0x3154415453525248) /* "HRRSTAT1" in memory */

struct hr_statistics_entry {
    char step[16];    /* input, packet, line, decode, book, fanout, ring, worker */
    char subject[64]; /* which input, line, feed or consumer */
    char name[32];
    uint32_t reserved[4];
};

struct hr_statistics_page {
    uint64_t magic;
    uint32_t capacity;      /* entries that there is room for */
    uint32_t entry_bytes;   /* sizeof(struct hr_statistics_entry) of the writer */
    uint32_t count;         /* entries that are complete; stored with release */
    uint32_t values_offset; /* bytes from the page's start to the first value */
    uint64_t session_epoch;
    char instance[HR_CONSUMER_NAME_BYTES];
    struct hr_statistics_entry entries[];
};

HR_ASSERT_OFFSET(hr_attach_request, magic, 0);
HR_ASSERT_OFFSET(hr_attach_request, version, 4);
HR_ASSERT_OFFSET(hr_attach_request, length, 6);
HR_ASSERT_OFFSET(hr_attach_request, kind, 8);
HR_ASSERT_OFFSET(hr_attach_request, abi_major, 12);
HR_ASSERT_OFFSET(hr_attach_request, abi_minor, 14);
HR_ASSERT_OFFSET(hr_attach_request, consumer, 16);
HR_ASSERT_OFFSET(hr_attach_request, waiting, 48);
HR_ASSERT_OFFSET(hr_attach_reply, magic, 0);
HR_ASSERT_OFFSET(hr_attach_reply, version, 4);
HR_ASSERT_OFFSET(hr_attach_reply, length, 6);
HR_ASSERT_OFFSET(hr_attach_reply, status, 8);
HR_ASSERT_OFFSET(hr_attach_reply, worker_count, 12);
HR_ASSERT_OFFSET(hr_attach_reply, descriptors, 16);
HR_ASSERT_OFFSET(hr_attach_reply, message, 24);
HR_ASSERT_OFFSET(hr_directory_entry, instrument_id, 0);
HR_ASSERT_OFFSET(hr_directory_entry, publisher_id, 4);
HR_ASSERT_OFFSET(hr_directory_entry, feed, 6);
HR_ASSERT_OFFSET(hr_directory_entry, round_lot, 8);
HR_ASSERT_OFFSET(hr_directory_entry, symbol, 16);
HR_ASSERT_OFFSET(hr_directory, magic, 0);
HR_ASSERT_OFFSET(hr_directory, capacity, 8);
HR_ASSERT_OFFSET(hr_directory, entry_bytes, 12);
HR_ASSERT_OFFSET(hr_directory, count, 16);
HR_ASSERT_OFFSET(hr_statistics_entry, step, 0);
HR_ASSERT_OFFSET(hr_statistics_entry, subject, 16);
HR_ASSERT_OFFSET(hr_statistics_entry, name, 80);
HR_ASSERT_OFFSET(hr_statistics_page, magic, 0);
HR_ASSERT_OFFSET(hr_statistics_page, capacity, 8);
HR_ASSERT_OFFSET(hr_statistics_page, entry_bytes, 12);
HR_ASSERT_OFFSET(hr_statistics_page, count, 16);
HR_ASSERT_OFFSET(hr_statistics_page, values_offset, 20);
HR_ASSERT_OFFSET(hr_statistics_page, session_epoch, 24);
HR_ASSERT_OFFSET(hr_statistics_page, instance, 32);
HR_ASSERT_SIZE(hr_attach_request, 64);
HR_ASSERT_SIZE(hr_attach_reply, 128);
HR_ASSERT_SIZE(hr_directory_entry, 64);
HR_ASSERT_OFFSET(hr_directory, entries, 64);
HR_ASSERT_SIZE(hr_statistics_entry, 128);
HR_ASSERT_OFFSET(hr_statistics_page, entries, 64);

#endif
