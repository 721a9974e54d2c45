/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker: one pinned poll-mode thread that runs the whole way of a packet to completion, burst by burst. It shares nothing with
 * the control thread but two queues of commands and its counters. After start it allocates nothing, takes no lock and makes
 * no system call (reading a capture file excepted, which is not a live plane).
 */
#ifndef HEADRACE_WORKER_H
#define HEADRACE_WORKER_H

#include <stdint.h>

#include "config.h"
#include "fanout/directory.h"
#include "fanout/fanout.h"
#include "input/input.h"
#include "pipeline.h"
#include "recovery/exchange.h"
#include "recovery/requester.h"

struct rte_ring;
struct hr_schedule;
struct hr_records_counters;

#define HR_WORKER_COUNTERS(X)                                                                \
    X(heartbeat_ns, "when the worker last looked after its rings, ns since the UNIX epoch")  \
    X(bursts, "polls that brought frames")                                                   \
    X(unknown_line, "datagrams for a destination that no line has")                          \
    X(directory_refused, "instruments for which the directory had no room: strategies see no symbol") \
    X(wanted_refused, "holes that recovery was not told of: it is too far behind")            \
    X(waiting, "1 while captures wait for consumers to attach")                              \
    X(finished, "1 once every capture has been replayed to its end")

struct hr_worker_counters {
    HR_WORKER_COUNTERS(HR_METRIC_FIELD)
};

enum hr_command_kind {
    HR_COMMAND_ATTACH, /* takes `producer` */
    HR_COMMAND_DETACH, /* gives it back in `producer` */
};

/* From control to worker, and back as its own answer. */
struct hr_command {
    enum hr_command_kind kind;
    uint32_t consumer;
    struct hr_producer *producer;
};

struct hr_worker {
    /* Written by the worker at its own pace. */
    struct hr_pipeline pipeline;
    struct hr_fanout fanout;
    struct hr_input *inputs;
    struct hr_records_counters **records_counters; /* [input]; NULL: not of plane dbn */
    uint32_t input_count;
    uint64_t now_ns;         /* the clock, read once a burst */
    uint32_t attached_ever;  /* consumers that are waited for and have attached at least once */
    uint32_t waited_for;     /* how many there are */
    uint8_t *has_attached;   /* [consumer] */
    struct hr_worker_counters *counters;
    struct hr_directory_writer directory;
    struct hr_pipeline_feed *feeds;
    struct hr_pipeline_channel *channels;
    uint32_t channel_count;
    struct hr_recovery_exchange recovery;
    struct hr_recovery_counters **recovery_counters; /* [channel]; NULL: it has no recovery servers */
    uint16_t *recovery_lines; /* [channel]: the line that answers are of */
    uint8_t *live_channels;  /* [channel]: one of its lines is of a live plane */
    struct hr_selection *selections;
    const struct hr_config *config;
    struct hr_schedule *schedule; /* `headrace replay`'s; else NULL */
    /* Between the threads. */
    struct rte_ring *commands; /* control to worker: struct hr_command * */
    struct rte_ring *answers;  /* worker to control */
    uint32_t stop;             /* control sets it (release) */
    uint32_t stopped;          /* worker sets it (release): every reader has been told */
};

/* Builds a worker from a configuration: inputs are not opened yet. Control thread. Returns 0 or a negative errno, after an
 * error message. */
int hr_worker_create(struct hr_worker *worker, const struct hr_config *config, struct hr_metrics *metrics, int huge_pages)
    __attribute__((warn_unused_result));
/* Opens input `index`, of plane dbn, for the feed whose line it is. Control thread. Returns 0 or a negative errno, after
 * an error message. */
int hr_worker_open_records(struct hr_worker *worker, uint32_t index) __attribute__((warn_unused_result));
/* After the worker's thread has ended. */
void hr_worker_destroy(struct hr_worker *worker);

/* The poll loop; returns once `stop` is set and the readers have been told. An lcore function: `argument` is the worker. */
int hr_worker_run(void *argument);

/* One turn of the poll loop, for benches: returns the frames it handled. */
uint32_t hr_worker_poll(struct hr_worker *worker);

#endif
