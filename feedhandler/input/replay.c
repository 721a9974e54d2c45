/* SPDX-License-Identifier: Apache-2.0
 *
 * Plane pcap: a capture file, at its own pace, faster, or flat out. Frames come with the times they were captured at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "host/log.h"
#include "input/capture.h"
#include "input/input.h"
#include "input/schedule.h"

#define STEP_MAX_NS UINT64_C(86400000000000) /* a day */
#define WAIT_MAX_NS 1e18

struct replay {
    struct hr_capture *capture;
    struct rte_mempool *pool;
    int have_next;         /* `next` has been read and is not due yet */
    struct hr_frame next;
    struct hr_frame unread; /* in the capture's own memory: no buffer was free for it */
    int have_unread;
    uint64_t last_time_ns;  /* of the frame before, in the capture */
    uint64_t due_ns;        /* when `next` is; 0 before the replay began */
    double rest_ns;         /* of a nanosecond */
    struct hr_schedule *shared; /* with other files; NULL: its own time */
    uint32_t index;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Copies a frame of the capture into a packet buffer. Returns 0; 1 when it is too long for one; -1 when none is free. */
static int copy_frame(struct replay *replay, struct hr_frame *frame)
{
    struct rte_mbuf *mbuf = rte_pktmbuf_alloc(replay->pool);
    if (!mbuf)
        return -1;
    char *room = frame->length <= UINT16_MAX ? rte_pktmbuf_append(mbuf, (uint16_t)frame->length) : NULL;
    if (!room) {
        rte_pktmbuf_free(mbuf);
        return 1;
    }
    memcpy(room, frame->bytes, frame->length);
    frame->bytes = (const uint8_t *)room;
    frame->owner = mbuf;
    return 0;
}

/* When the frame that has just been read is due. Time between frames is the capture's, but for steps back, which take none, and for
 * steps that no market makes: one wrong stamp must not hold the replay up for years. */
static void set_due(struct hr_input *input, struct replay *replay)
{
    uint64_t step = replay->next.time_ns > replay->last_time_ns ? replay->next.time_ns - replay->last_time_ns : 0;
    if (replay->due_ns == 0) {
        replay->due_ns = now_ns();
        step = 0;
    }
    if (step > STEP_MAX_NS) {
        input->counters->time_jumps++;
        step = STEP_MAX_NS;
    }
    replay->last_time_ns = replay->next.time_ns;
    double wait = (double)step / input->config->speed + replay->rest_ns;
    wait = wait < WAIT_MAX_NS ? wait : WAIT_MAX_NS;
    replay->rest_ns = wait - (double)(uint64_t)wait; /* at high speeds a step is less than a nanosecond */
    replay->due_ns += (uint64_t)wait;
}

static void end(struct hr_input *input, struct replay *replay)
{
    if (replay->shared)
        hr_schedule_end(replay->shared, replay->index);
    input->counters->finished = 1;
}

/* Whether the frame that has just been read is before or behind the times that were asked for; behind them the capture is
 * over. */
static int is_out_of_time(struct hr_input *input, struct replay *replay)
{
    int behind = replay->unread.time_ns >= replay->shared->to_ns;
    if (!behind && replay->unread.time_ns >= replay->shared->from_ns)
        return 0;
    input->counters->out_of_time++;
    if (behind)
        end(input, replay);
    return 1;
}

/* Reads the next frame into `next`. Returns 0 when there is none, or none for now. */
static int read_next(struct hr_input *input, struct replay *replay)
{
    char error[HR_CAPTURE_ERROR_BYTES];
    /* Bounded: one turn of the loop passes over no more frames than a burst has. */
    for (int tries = 0; !replay->have_next && tries < HR_BURST_FRAMES; tries++) {
        int result = 1;
        if (!replay->have_unread) {
            result = hr_capture_next(replay->capture, &replay->unread, error);
            if (result == 1) {
                input->counters->frames++;
                input->counters->bytes += replay->unread.length;
            }
        }
        if (result != 1) {
            if (result < 0) {
                input->counters->damaged++;
                HR_LOG(ERR, "input '%s': %s", input->config->name, error);
            }
            end(input, replay);
            return 0;
        }
        if (replay->shared && !replay->have_unread && is_out_of_time(input, replay)) {
            if (input->counters->finished)
                return 0;
            continue;
        }
        replay->have_unread = 1;
        replay->next = replay->unread;
        int copied = copy_frame(replay, &replay->next);
        if (copied < 0) {
            input->counters->no_buffer++;
            return 0;
        }
        replay->have_unread = 0;
        if (copied == 0) {
            replay->have_next = 1;
            set_due(input, replay);
        } else
            input->counters->oversized++;
    }
    return replay->have_next;
}

static uint16_t receive(struct hr_input *input, struct hr_frame *frames)
{
    struct replay *replay = input->state;
    int paced = !replay->shared && input->config->pace == HR_PACE_ORIGINAL;
    uint64_t now = paced ? now_ns() : 0;
    uint16_t count = 0;
    while (count < HR_BURST_FRAMES && !input->counters->finished && read_next(input, replay)) {
        if (paced && replay->due_ns > now)
            break;
        if (replay->shared && !hr_schedule_due(replay->shared, replay->index, replay->next.time_ns))
            break;
        frames[count++] = replay->next;
        replay->have_next = 0;
    }
    return count;
}

static void release(struct hr_input *input, struct hr_frame *frames, uint16_t count)
{
    (void)input;
    for (uint16_t i = 0; i < count; i++)
        rte_pktmbuf_free(frames[i].owner);
}

static void close_replay(struct hr_input *input)
{
    struct replay *replay = input->state;
    if (!replay)
        return;
    if (replay->have_next)
        rte_pktmbuf_free(replay->next.owner);
    hr_capture_close(replay->capture);
    free(replay);
    input->state = NULL;
}

static const struct hr_plane_operations operations = {receive, release, NULL, close_replay};

int hr_replay_open(struct hr_input *input, struct rte_mempool *pool, struct hr_schedule *schedule, uint32_t index)
{
    char error[HR_CAPTURE_ERROR_BYTES];
    struct stat found;
    /* A pipe that stays empty would hold the worker in a read, for as long as it likes. */
    if (stat(input->config->file, &found) < 0 || !S_ISREG(found.st_mode)) {
        HR_LOG(ERR, "input '%s': '%s' is not a regular file", input->config->name, input->config->file);
        return -EINVAL;
    }
    struct replay *replay = calloc(1, sizeof *replay);
    if (!replay)
        return -ENOMEM;
    input->plane = &operations;
    replay->pool = pool;
    replay->shared = schedule;
    replay->index = index;
    if (hr_capture_open(&replay->capture, input->config->file, error)) {
        HR_LOG(ERR, "input '%s': %s", input->config->name, error);
        free(replay);
        return -EINVAL;
    }
    input->state = replay;
    return 0;
}
