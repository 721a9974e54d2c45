/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "worker.h"

#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_ring_elem.h>
#include <string.h>
#include <time.h>

#include "input/records.h"

#define TEND_NS UINT64_C(1000000)
/* Empty polls between two looks at the clock and at the commands. */
#define IDLE_POLLS 64

static inline uint64_t clock_ns(void)
{
    /* The vDSO's: no system call where the clock source is tsc, and always disciplined; see docs/adr/0004. */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static __attribute__((noinline)) void publish_trade(struct hr_worker *worker, uint32_t feed, uint32_t instrument,
                                                    const struct hr_mbo *mbo)
{
    struct hr_trade trade = {
        .header = mbo->header,
        .price = mbo->price,
        .size = mbo->size,
        .action = 'T',
        .side = mbo->side,
        .flags = mbo->flags,
        .ts_recv = mbo->ts_recv,
        .ts_in_delta = mbo->ts_in_delta,
        .sequence = mbo->sequence,
    };
    trade.header.length = sizeof trade / 4;
    trade.header.rtype = HR_RTYPE_TRADE;
    hr_fanout_publish(&worker->fanout, feed, instrument, HR_SCHEMA_TRADES, &trade, sizeof trade, worker->now_ns);
}

static inline __attribute__((always_inline)) void emit(void *context, const struct hr_pipeline_channel *channel,
                                                       const struct hr_event *event, const struct hr_packet_context *packet,
                                                       const void *record, size_t bytes)
{
    struct hr_worker *worker = context;
    uint32_t feed = channel->feed->index;
    (void)packet;
    if (__builtin_expect(event->schemas == 1U << HR_SCHEMA_MBO, 1)) {
        const struct hr_mbo *mbo = record;
        hr_fanout_publish(&worker->fanout, feed, event->instrument, HR_SCHEMA_MBO, mbo, sizeof *mbo, worker->now_ns);
        if (mbo->action == 'T' && hr_fanout_wants(&worker->fanout, feed, event->instrument, HR_SCHEMA_TRADES))
            publish_trade(worker, feed, event->instrument, mbo);
        return;
    }
    hr_fanout_publish_any(&worker->fanout, feed, event->instrument, event->schemas, record, bytes, worker->now_ns);
}

static void emit_control(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    struct hr_worker *worker = context;
    hr_fanout_publish_control(&worker->fanout, channel->feed->index, record, bytes, worker->now_ns);
}

static inline __attribute__((always_inline)) void prepare(void *context, const struct hr_pipeline_channel *channel,
                                                          const struct hr_event *event)
{
    const struct hr_worker *worker = context;
    const struct hr_fanout_feed *feed = &worker->fanout.feeds[channel->feed->index];
    __builtin_prefetch(hr_fanout_row(&worker->fanout, feed, event->instrument, HR_SCHEMA_MBO));
}

/* Returns 1 when there is no room for another wish. */
static int want(const struct hr_worker *worker, const struct hr_pipeline_channel *channel, enum hr_wanted_kind kind, uint64_t first,
                uint64_t count)
{
    struct hr_wanted wanted = {
        .first = first, .count = count, .channel = (uint32_t)(channel - worker->channels), .kind = (uint8_t)kind};
    memcpy(wanted.session, channel->channel.session, sizeof wanted.session);
    if (rte_ring_sp_enqueue_elem(worker->recovery.wanted, &wanted, sizeof wanted) == 0)
        return 0;
    ++*worker->recovery.wanted_refused; /* messages: their time will be over, and they will be declared */
    return 1;
}

static void request(void *context, struct hr_pipeline_channel *channel, uint64_t first, uint64_t count)
{
    const struct hr_worker *worker = context;
    want(worker, channel, HR_WANTED_MESSAGES, first, count);
}

static void forget(void *context, struct hr_pipeline_channel *channel, uint64_t first)
{
    (void)want(context, channel, HR_WANTED_NO_MORE, first, 0); /* else: asked for in vain */
}

#define TO_RINGS ((struct hr_pipeline_end){prepare, emit, emit_control, request, forget, .see = NULL})

/* Answers of recovery servers: datagrams of one more line, at the time at which they came. */
static __attribute__((noinline)) void take_recovered(struct hr_worker *worker)
{
    struct hr_recovered recovered;
    worker->now_ns = clock_ns();
    while (rte_ring_sc_dequeue_elem(worker->recovery.recovered, &recovered, sizeof recovered) == 0) {
        struct hr_pipeline_channel *channel = &worker->channels[recovered.channel];
        switch ((enum hr_recovered_kind)recovered.kind) {
        case HR_RECOVERED_NOTHING:
            if (memcmp(recovered.session, channel->channel.session, sizeof recovered.session) == 0)
                hr_window_give_up(&channel->window, recovered.first, recovered.past);
            continue;
        case HR_RECOVERED_SNAPSHOT_COMING:
            channel->awaiting = 1;
            channel->wants_snapshot = 0; /* for gaps before here it comes */
            (void)want(worker, channel, HR_WANTED_HOLDING, channel->channel.expected, 0); /* else: given up, and tried again */
            continue;
        case HR_RECOVERED_SNAPSHOT_BEGINS:
            hr_pipeline_begin_snapshot(channel, recovered.session, worker->now_ns, TO_RINGS, worker);
            continue;
        case HR_RECOVERED_SNAPSHOT:
            hr_pipeline_snapshot(&worker->pipeline, channel, rte_pktmbuf_mtod(recovered.mbuf, const uint8_t *),
                                 rte_pktmbuf_data_len(recovered.mbuf), worker->now_ns, TO_RINGS, worker);
            rte_pktmbuf_free(recovered.mbuf);
            continue;
        case HR_RECOVERED_SNAPSHOT_ENDS:
            hr_pipeline_end_snapshot(&worker->pipeline, channel, recovered.session, recovered.first, worker->now_ns, TO_RINGS,
                                     worker);
            continue;
        case HR_RECOVERED_DATAGRAM:
            break;
        }
        const struct hr_datagram datagram = {.payload = rte_pktmbuf_mtod(recovered.mbuf, const uint8_t *),
                                             .length = rte_pktmbuf_data_len(recovered.mbuf),
                                             .time_ns = worker->now_ns};
        hr_pipeline_datagram(&worker->pipeline, &worker->pipeline.lines[worker->recovery_lines[recovered.channel]], &datagram,
                             TO_RINGS, worker);
        rte_pktmbuf_free(recovered.mbuf);
    }
}

static void do_commands(struct hr_worker *worker)
{
    void *taken;
    while (rte_ring_sc_dequeue(worker->commands, &taken) == 0) {
        struct hr_command *command = taken;
        if (command->kind == HR_COMMAND_ATTACH) {
            hr_fanout_attach(&worker->fanout, command->consumer, command->producer);
            worker->attached_ever +=
                !worker->has_attached[command->consumer] && !worker->config->consumers[command->consumer].not_waited_for;
            worker->has_attached[command->consumer] = 1;
        } else
            command->producer = hr_fanout_detach(&worker->fanout, command->consumer);
        rte_ring_sp_enqueue(worker->answers, command); /* as large as the other: it cannot be full */
    }
}

/* Half a ring for everyone who is attached: what one burst makes fits. */
static int readers_have_room(struct hr_fanout *fanout)
{
    for (uint32_t i = 0; i < fanout->consumers; i++) {
        struct hr_producer *producer = fanout->producers[i];
        if (producer && producer->state == HR_RING_RUNNING && producer->written - producer->read > producer->mask / 2 &&
            hr_producer_room(producer) <= producer->mask / 2)
            return 0;
    }
    return 1;
}

static inline int may_receive(struct hr_worker *worker, const struct hr_input *input)
{
    if (__builtin_expect(!input->config->wait_for_consumers, 1))
        return 1;
    worker->counters->waiting = worker->attached_ever < worker->waited_for;
    if (worker->schedule && worker->schedule->lossless && !readers_have_room(&worker->fanout))
        return 0;
    return !worker->counters->waiting;
}

/* Records of a file go where those of a decoder go, as they are: no trades are made of orders, for the file may have them
 * too. */
static __attribute__((noinline)) uint32_t poll_records(struct hr_worker *worker, struct hr_input *input)
{
    uint64_t room[HR_DBN_RECORD_BYTES_MAX / 8 + 1];
    struct hr_records_item item;
    uint32_t feed = input->records->feed;
    uint32_t count = 0;
    while (count < HR_BURST_FRAMES && hr_records_next(input->records, &item, (uint8_t *)room)) {
        if (count++ == 0) {
            worker->now_ns = clock_ns();
            worker->counters->bursts++;
        }
        hr_fanout_publish_any(&worker->fanout, feed, item.instrument, item.schemas, item.bytes, item.length, worker->now_ns);
    }
    return count;
}

static inline uint32_t poll_input(struct hr_worker *worker, uint8_t index)
{
    struct hr_input *input = &worker->inputs[index];
    struct hr_frame frames[HR_BURST_FRAMES];
    if (!may_receive(worker, input))
        return 0;
    if (__builtin_expect(input->records != NULL, 0))
        return poll_records(worker, input);
    uint16_t count = input->plane->receive(input, frames);
    if (count == 0)
        return 0;
    worker->now_ns = clock_ns();
    worker->counters->bursts++;
    for (uint16_t i = 0; i < count; i++)
        __builtin_prefetch(frames[i].bytes);
    for (uint16_t i = 0; i < count; i++) {
        if (frames[i].time_ns == 0)
            frames[i].time_ns = worker->now_ns;
        hr_pipeline_frame(&worker->pipeline, &input->packet, index, &frames[i], TO_RINGS, worker);
    }
    input->plane->release(input, frames, count);
    return count;
}

uint32_t hr_worker_poll(struct hr_worker *worker)
{
    uint32_t frames = 0;
    for (uint32_t i = 0; i < worker->input_count; i++)
        frames += poll_input(worker, (uint8_t)i);
    return frames;
}

static void watch_lines(struct hr_worker *worker, uint64_t now_ns)
{
    for (uint32_t i = 0; i < worker->pipeline.table.count; i++) {
        struct hr_pipeline_line *line = &worker->pipeline.lines[i];
        if (!worker->live_channels[line->channel - worker->channels])
            continue;
        uint64_t silence_ms = worker->config->feeds[line->channel->feed->index].silence_ms;
        hr_line_watch(&line->tracker, now_ns, silence_ms * UINT64_C(1000000), line->counters);
    }
}

static void tend(struct hr_worker *worker, uint64_t now_ns)
{
    watch_lines(worker, now_ns);
    hr_fanout_tend(&worker->fanout, now_ns);
    worker->counters->heartbeat_ns = now_ns;
    worker->counters->directory_refused = worker->directory.refused;
    for (uint32_t i = 0; i < worker->channel_count; i++)
        worker->channels[i].book.counters->orders = worker->channels[i].book.orders.count;
    uint64_t finished = worker->input_count != 0;
    for (uint32_t i = 0; i < worker->input_count; i++)
        finished &= worker->inputs[i].counters->finished;
    if (finished && !worker->counters->finished) { /* once everything that captures held back is out too */
        for (uint32_t i = 0; i < worker->channel_count; i++)
            if (!worker->live_channels[i])
                hr_pipeline_flush(&worker->pipeline, &worker->channels[i], TO_RINGS, worker);
    }
    __atomic_store_n(&worker->counters->finished, finished, __ATOMIC_RELEASE);
}

/* Holes time out by the clock of the live planes; those of captures by the captures' own, and at their end. */
static void tend_windows(struct hr_worker *worker, uint64_t now_ns)
{
    for (uint32_t i = 0; i < worker->channel_count; i++) {
        struct hr_pipeline_channel *channel = &worker->channels[i];
        if (__builtin_expect(channel->wants_snapshot, 0))
            channel->wants_snapshot = (uint8_t)want(worker, channel, HR_WANTED_SNAPSHOT, channel->doubt_first,
                                                    channel->doubt_past - channel->doubt_first);
        if (__builtin_expect(!hr_window_is_open(&channel->window) || channel->awaiting, 1))
            continue;
        worker->now_ns = now_ns;
        if (worker->live_channels[i])
            hr_pipeline_tend(&worker->pipeline, channel, now_ns, TO_RINGS, worker);
    }
}

/* The end: readers that still have losses to be told of get the time to make room for it. */
static void drain(struct hr_worker *worker)
{
    uint64_t deadline = monotonic_ns() + worker->config->instance.drain_ms * UINT64_C(1000000);
    worker->now_ns = clock_ns();
    for (uint32_t i = 0; i < worker->channel_count; i++)
        hr_pipeline_flush(&worker->pipeline, &worker->channels[i], TO_RINGS, worker);
    for (;;) {
        uint64_t pending = 0;
        uint64_t now = clock_ns();
        do_commands(worker);
        tend(worker, now);
        hr_fanout_wake(&worker->fanout);
        for (uint32_t i = 0; i < worker->fanout.consumers; i++)
            if (worker->fanout.producers[i] && worker->fanout.producers[i]->state == HR_RING_RUNNING)
                pending += worker->fanout.producers[i]->lost_pending;
        if (pending == 0 || monotonic_ns() >= deadline)
            break;
        rte_pause();
    }
    hr_fanout_stop(&worker->fanout, clock_ns());
}

int hr_worker_run(void *argument)
{
    struct hr_worker *worker = argument;
    uint64_t tended_ns = 0;
    for (uint32_t idle = 0; !__atomic_load_n(&worker->stop, __ATOMIC_ACQUIRE);) {
        uint32_t frames = hr_worker_poll(worker);
        if (__builtin_expect(!rte_ring_empty(worker->recovery.recovered), 0))
            take_recovered(worker);
        hr_fanout_wake(&worker->fanout);
        if (frames) {
            idle = 0;
            if (__builtin_expect(worker->now_ns - tended_ns < TEND_NS, 1))
                continue;
        } else if (++idle < IDLE_POLLS) {
            hr_fanout_warm(&worker->fanout);
            rte_pause();
            continue;
        }
        idle = 0;
        do_commands(worker);
        uint64_t now = clock_ns();
        tend_windows(worker, now);
        if (now - tended_ns >= TEND_NS) {
            tend(worker, now);
            tended_ns = now;
        }
    }
    drain(worker);
    hr_fanout_wake(&worker->fanout);
    __atomic_store_n(&worker->stopped, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&worker->stop, __ATOMIC_ACQUIRE) < 2) { /* control still wants its rings back */
        do_commands(worker);
        hr_fanout_wake(&worker->fanout); /* who goes to sleep now is told of the end */
        rte_pause();
    }
    return 0;
}
