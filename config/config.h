/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration of one instance, as read from YAML. One table of keys (keys.c) drives parsing, defaults, checks, help and the
 * reference page. Everything is checked before anything is started; loading touches no device.
 */
#ifndef HEADRACE_CONFIG_CONFIG_H
#define HEADRACE_CONFIG_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HR_NAME_BYTES 32
#define HR_PATH_BYTES 256
#define HR_CORE_AUTO UINT64_MAX

struct hr_text_list {
    char **items;
    uint32_t count;
};

enum hr_huge_pages { HR_HUGE_PAGES_AUTO, HR_HUGE_PAGES_NEVER, HR_HUGE_PAGES_REQUIRE };
enum hr_plane { HR_PLANE_DPDK, HR_PLANE_PCAP, HR_PLANE_DBN };
enum hr_pace { HR_PACE_ORIGINAL, HR_PACE_FLAT_OUT };

struct hr_config_instance {
    char name[HR_NAME_BYTES];
    char runtime_dir[HR_PATH_BYTES / 4]; /* a socket's path has 107 bytes */
    uint64_t drain_ms;
    uint64_t waker_us;
    uint64_t attachments_per_user;
    uint64_t ring_mib_per_user;
};

struct hr_config_eal {
    uint64_t main_core;
    uint64_t worker_core;
    uint64_t memory_mib;
    uint32_t huge_pages; /* enum hr_huge_pages */
    uint64_t mbufs;
    uint64_t mbuf_bytes;
    struct hr_text_list devices;
    struct hr_text_list pci;
    struct hr_text_list arguments;
};

struct hr_config_input {
    char name[HR_NAME_BYTES];
    uint32_t plane;    /* enum hr_plane */
    char device[64];
    char interface[16];
    uint64_t descriptors;
    char file[HR_PATH_BYTES];
    uint32_t pace;     /* enum hr_pace */
    double speed;
    uint32_t wait_for_consumers;
    uint32_t checksum; /* enum hr_checksum */
};

/* In the order of the key's choices. */
enum hr_line_role {
    HR_LINE_INCREMENTAL,
    HR_LINE_SNAPSHOT,
    HR_LINE_ORDER_SNAPSHOT,
    HR_LINE_DEFINITION,
};

struct hr_config_line {
    char name[HR_NAME_BYTES - 8]; /* feed, channel and line make one name in the statistics */
    char input[HR_NAME_BYTES];
    uint32_t group; /* host byte order */
    uint64_t port;
    uint64_t channel;
    uint32_t role; /* enum hr_line_role */
    uint32_t input_index; /* found by the loader */
};

/* Where missing messages are asked for. */
struct hr_config_recovery {
    struct hr_text_list servers; /* ADDRESS:PORT; empty: nobody is asked */
    uint64_t patience_ms;
    uint64_t answer_ms;
    uint64_t attempts;
    uint64_t requests_per_second;
};

/* Where a start in mid-day gets its book from. */
struct hr_config_snapshot {
    char server[64]; /* ADDRESS:PORT; empty: nowhere */
    char username[8];
    char password[16];
    uint64_t patience_ms;
    uint32_t after_gap;
    uint64_t interval_ms;
};

struct hr_config_feed {
    char name[HR_NAME_BYTES];
    char protocol[HR_NAME_BYTES];
    uint64_t publisher_id; /* 0: the protocol's own */
    uint32_t order_state;
    uint64_t orders_max;
    uint64_t instruments_max;
    uint64_t window_packets; /* 0: no window */
    uint64_t window_us;
    uint64_t silence_ms;
    uint64_t journal_packets;
    struct hr_config_recovery recovery;
    struct hr_config_snapshot snapshot;
    struct hr_config_line *lines;
    uint32_t line_count;
};

struct hr_config_allow {
    struct hr_text_list users;
    struct hr_text_list groups;
};

struct hr_config_consumer {
    char name[HR_NAME_BYTES];
    struct hr_config_allow allow;
    struct hr_text_list feeds;   /* empty: all */
    struct hr_text_list schemas; /* empty: mbo */
    struct hr_text_list symbols; /* empty: all; sorted by the loader */
    uint64_t ring_records;
    uint32_t on_full; /* enum hr_on_full */
    uint32_t schema_mask;     /* found by the loader */
    uint32_t not_waited_for;  /* set by `headrace replay` alone */
    uint64_t feed_mask[4];
};

struct hr_config {
    struct hr_config_instance instance;
    struct hr_config_eal eal;
    struct hr_config_input *inputs;
    uint32_t input_count;
    struct hr_config_feed *feeds;
    uint32_t feed_count;
    struct hr_config_consumer *consumers;
    uint32_t consumer_count;
};

/* Reads and checks `path`. Every error goes to `errors`, one a paragraph: file:line:column, what was found, what was wanted, the
 * line itself. Returns 0, -EINVAL when there were errors, or the negative errno of opening the file. The configuration is the
 * caller's, to be freed with hr_config_free, whatever is returned. */
int hr_config_load(struct hr_config *config, const char *path, FILE *errors) __attribute__((warn_unused_result));
void hr_config_free(struct hr_config *config);

/* The reference page, from the table of keys: Markdown. */
void hr_config_print_reference(FILE *out);

#endif
