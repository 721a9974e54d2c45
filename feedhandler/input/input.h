/* SPDX-License-Identifier: Apache-2.0
 *
 * The input step: bursts of frames with their times. One small interface, a plane behind it. A plane is one file; nothing
 * after this step knows which one a frame came by.
 */
#ifndef HEADRACE_INPUT_INPUT_H
#define HEADRACE_INPUT_INPUT_H

#include <stdint.h>

#include "config.h"
#include "input/frame.h"
#include "observe/metrics.h"
#include "packet/packet.h"

#define HR_BURST_FRAMES 32

/* frames = handed on + oversized + out_of_time. */
#define HR_INPUT_COUNTERS(X)                                                                            \
    X(frames, "frames received")                                                                        \
    X(bytes, "bytes of these")                                                                          \
    X(oversized, "refused: frames longer than a packet buffer (eal.mbuf_bytes)")                        \
    X(no_buffer, "times that no packet buffer was free (eal.mbufs)")                                    \
    X(damaged, "captures that ended before their end")                                                  \
    X(time_jumps, "frames of a capture stamped more than a day after the one before: the replay waits a day")     \
    X(out_of_time, "frames of a capture passed over: before or after the time that was asked for")          \
    X(finished, "1 once a capture has been replayed to its end")                                        \
    X(port_missed, "frames that the port dropped for want of descriptors, by the driver's own count")   \
    X(port_errors, "frames that the port received broken, by the driver's own count")                   \
    X(port_no_buffer, "frames that the port dropped for want of buffers, by the driver's own count")

struct hr_input_counters {
    HR_INPUT_COUNTERS(HR_METRIC_FIELD)
};

struct hr_input;
struct hr_records;
struct hr_schedule;
struct rte_mempool;

struct hr_plane_operations {
    /* Fills at most HR_BURST_FRAMES frames; never blocks. A live plane leaves time_ns 0: the worker sets the time of the poll.
     * Sets counters->finished when there will be no more. Worker thread. */
    uint16_t (*receive)(struct hr_input *input, struct hr_frame *frames);
    /* Gives back what receive gave. Worker thread. */
    void (*release)(struct hr_input *input, struct hr_frame *frames, uint16_t count);
    /* Copies the driver's own counts. Control thread, once a second; may be NULL. */
    void (*refresh)(struct hr_input *input);
    void (*close)(struct hr_input *input);
};

struct hr_input {
    const struct hr_plane_operations *plane;
    const struct hr_config_input *config;
    struct hr_input_counters *counters;
    struct hr_packet packet; /* the packet step, as this input wants it */
    void *state;             /* the plane's own */
    struct hr_records *records; /* plane dbn: its file; NULL for planes of packets */
};

/* Open an input. Control thread; the EAL is up. Returns 0 or a negative errno, after an error message. */
int hr_port_open(struct hr_input *input, struct rte_mempool *pool) __attribute__((warn_unused_result));
/* `schedule` NULL: at the pace of the input's configuration; else as the schedule has it, of which this is input `index`. */
int hr_replay_open(struct hr_input *input, struct rte_mempool *pool, struct hr_schedule *schedule, uint32_t index)
    __attribute__((warn_unused_result));

#endif
