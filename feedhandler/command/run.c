/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace run: one instance, from its configuration to its end. The calling thread becomes the control thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "command/command.h"
#include "control/attach.h"
#include "control/membership.h"
#include "control/recovery.h"
#include "control/snapshot.h"
#include "command/run.h"
#include "host/eal.h"
#include "host/log.h"
#include "input/records.h"
#include "worker.h"

#define TICK_MS 100
#define REFRESH_MS 1000
#define SIGNAL_EVENT (UINT64_MAX - 1)
#define RECOVERY_EVENT (UINT64_MAX / 2) /* and those behind it: the sockets of recovery */
#define WORKER_LCORE 1
#define STOP_WITHIN_MS 5000

struct instance {
    struct hr_config config;
    struct hr_eal eal;
    struct hr_metrics metrics;
    struct hr_worker worker;
    struct hr_membership membership;
    struct hr_attach_server server;
    struct hr_recovery recovery;
    struct hr_snapshots snapshots;
    int epoll;
    int signals;
    uint64_t session_epoch;
    struct hr_schedule *schedule; /* of `headrace replay` */
};

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t epoch_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Values: a cache line or more for each subject. */
static uint32_t metrics_capacity(const struct hr_config *config)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < config->feed_count; i++)
        lines += config->feeds[i].line_count;
    return 256 + config->input_count * 64 + config->feed_count * 16 + lines * 160 + config->consumer_count * 16;
}

static int open_inputs(struct instance *instance)
{
    for (uint32_t i = 0; i < instance->worker.input_count; i++) {
        struct hr_input *input = &instance->worker.inputs[i];
        int error = input->config->plane == HR_PLANE_DPDK  ? hr_port_open(input, instance->eal.pool)
                    : input->config->plane == HR_PLANE_DBN ? hr_worker_open_records(&instance->worker, i)
                                                           : hr_replay_open(input, instance->eal.pool,
                                                                            instance->worker.schedule, i);
        if (error)
            return error;
    }
    return 0;
}

static int open_events(struct instance *instance)
{
    sigset_t signals;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = SIGNAL_EVENT};
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    instance->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    instance->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (instance->signals < 0 || instance->epoll < 0 ||
        epoll_ctl(instance->epoll, EPOLL_CTL_ADD, instance->signals, &event) < 0)
        return -errno;
    return 0;
}

/* Before the EAL makes its threads, so that they inherit it: signals come by the descriptor alone. */
static void block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int start(struct instance *instance)
{
    instance->session_epoch = epoch_ns();
    int error = hr_metrics_create(&instance->metrics, instance->config.instance.name, instance->session_epoch,
                                  metrics_capacity(&instance->config));
    if (error) {
        HR_LOG(ERR, "sealed shared memory cannot be had: %s%s", strerror(-error),
               error == -EPERM ? "; this kernel lets a reader map it writable: refusing to serve" : "");
        return error;
    }
    error = hr_worker_create(&instance->worker, &instance->config, &instance->metrics, instance->eal.huge_pages);
    instance->worker.schedule = instance->schedule;
    if (!error)
        error = open_events(instance);
    if (error)
        return error;
    instance->server = (struct hr_attach_server){.config = &instance->config,
                                                 .worker = &instance->worker,
                                                 .metrics = &instance->metrics,
                                                 .session_epoch = instance->session_epoch,
                                                 .huge_pages = instance->eal.huge_pages,
                                                 .epoll = instance->epoll,
                                                 .listener = HR_LISTENER_CLOSED};
    instance->recovery = (struct hr_recovery){
        .worker = &instance->worker, .pool = instance->eal.pool, .epoll = instance->epoll, .snapshots = &instance->snapshots,
        .event = RECOVERY_EVENT};
    error = hr_recovery_open(&instance->recovery);
    if (error)
        return error;
    error = hr_attach_server_open(&instance->server); /* before any port: a second instance must touch none of the first's */
    if (!error)
        error = open_inputs(instance);
    if (!error)
        error = hr_membership_join(&instance->membership, &instance->config);
    instance->snapshots = (struct hr_snapshots){.worker = &instance->worker, .pool = instance->eal.pool};
    if (!error)
        error = hr_snapshots_open(&instance->snapshots);
    if (!error)
        error = rte_eal_remote_launch(hr_worker_run, &instance->worker, WORKER_LCORE);
    return error;
}

static void handle_events(struct instance *instance, int *told_to_stop)
{
    struct epoll_event events[64];
    int patience_ms = hr_snapshots_patience_ms(&instance->snapshots, hr_recovery_patience_ms(&instance->recovery, TICK_MS));
    int count = epoll_wait(instance->epoll, events, 64, hr_attach_server_patience_ms(&instance->server, patience_ms));
    for (int i = 0; i < count; i++) {
        if (events[i].data.u64 == SIGNAL_EVENT) {
            struct signalfd_siginfo signal_info;
            (void)!read(instance->signals, &signal_info, sizeof signal_info);
            *told_to_stop = 1;
        } else if (events[i].data.u64 >= RECOVERY_EVENT && events[i].data.u64 - RECOVERY_EVENT < instance->recovery.count)
            hr_recovery_event(&instance->recovery, events[i].data.u64);
        else
            hr_attach_server_event(&instance->server, events[i].data.u64);
    }
    hr_attach_server_tend(&instance->server, clock_ms());
    hr_recovery_tend(&instance->recovery);
    hr_snapshots_tend(&instance->snapshots);
}

static void control(struct instance *instance)
{
    uint64_t refreshed = 0;
    int told_to_stop = 0;
    while (!told_to_stop && !__atomic_load_n(&instance->worker.counters->finished, __ATOMIC_ACQUIRE)) {
        handle_events(instance, &told_to_stop);
        if (clock_ms() - refreshed < REFRESH_MS)
            continue;
        refreshed = clock_ms();
        for (uint32_t i = 0; i < instance->worker.input_count; i++)
            if (instance->worker.inputs[i].plane->refresh)
                instance->worker.inputs[i].plane->refresh(&instance->worker.inputs[i]);
    }
    HR_LOG(NOTICE, "%s", told_to_stop ? "told to stop" : "every capture has been replayed to its end, or to where it is damaged");
}

static void stop_worker(struct instance *instance)
{
    int ignored = 0;
    uint64_t deadline = clock_ms() + instance->config.instance.drain_ms + STOP_WITHIN_MS;
    instance->server.stopping = 1;
    __atomic_store_n(&instance->worker.stop, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&instance->worker.stopped, __ATOMIC_ACQUIRE)) {
        handle_events(instance, &ignored);
        if (clock_ms() < deadline)
            continue;
        HR_LOG(ERR, "the worker does not stop: it is held in a read of a capture; ending without it");
        _exit(EX_SOFTWARE); /* its memory cannot be taken from under it */
    }
    __atomic_store_n(&instance->worker.stop, 2, __ATOMIC_RELEASE);
    rte_eal_wait_lcore(WORKER_LCORE);
}

/* What became of everything, in four lines an operator can read. Returns the exit code. */
static int summarise(const struct instance *instance)
{
    const struct hr_worker *worker = &instance->worker;
    uint64_t damaged = 0;
    for (uint32_t i = 0; i < worker->input_count; i++) {
        const struct hr_packet_counters *packet = worker->inputs[i].packet.counters;
        damaged += worker->inputs[i].counters->damaged;
        if (worker->records_counters[i]) {
            const struct hr_records_counters *records = worker->records_counters[i];
            HR_LOG(NOTICE, "input '%s': %llu records, %llu refused, %llu passed over", worker->inputs[i].config->name,
                   (unsigned long long)records->records,
                   (unsigned long long)(records->refused_length + records->refused_instrument),
                   (unsigned long long)records->out_of_time);
            continue;
        }
        HR_LOG(NOTICE, "input '%s': %llu frames, %llu refused by the packet step", worker->inputs[i].config->name,
               (unsigned long long)packet->frames, (unsigned long long)(packet->frames - packet->accepted));
    }
    for (uint16_t i = 0; i < worker->pipeline.table.count; i++) {
        if (worker->pipeline.lines[i].channel->feed->decoder.protocol == &hr_protocol_records)
            continue;
        const struct hr_line_counters *line = worker->pipeline.lines[i].counters;
        HR_LOG(NOTICE, "line %u of feed '%s': %llu messages, %llu gaps, %llu messages missing", i,
               worker->pipeline.lines[i].channel->feed->name, (unsigned long long)line->messages, (unsigned long long)line->gaps,
               (unsigned long long)line->messages_missing);
    }
    for (uint32_t i = 0; i < worker->fanout.consumers; i++)
        HR_LOG(NOTICE, "consumer '%s': %llu records published, %llu lost", instance->config.consumers[i].name,
               (unsigned long long)worker->fanout.counters[i]->published, (unsigned long long)worker->fanout.counters[i]->lost);
    return damaged ? EX_DATAERR : EX_OK;
}

static int run_instance(struct instance *instance)
{
    int result = EX_UNAVAILABLE;
    if (hr_eal_start(&instance->eal, &instance->config))
        return result;
    if (start(instance) == 0) {
        HR_LOG(NOTICE, "ready: strategies attach at %s", instance->server.listener.path);
        control(instance);
        stop_worker(instance);
        result = summarise(instance);
    }
    hr_attach_server_close(&instance->server);
    hr_membership_leave(&instance->membership);
    hr_recovery_close(&instance->recovery);
    hr_snapshots_close(&instance->snapshots);
    if (instance->worker.config)
        hr_worker_destroy(&instance->worker);
    hr_metrics_destroy(&instance->metrics);
    if (instance->epoll >= 0)
        close(instance->epoll);
    if (instance->signals >= 0)
        close(instance->signals);
    hr_eal_stop(&instance->eal);
    return result;
}

static struct instance instance = {.epoll = -1, .signals = -1, .server = {.listener = {.socket = -1, .lock = -1}}};

int hr_run(const struct hr_config *config, struct hr_schedule *schedule)
{
    instance.config = *config;
    instance.schedule = schedule;
    block_signals();
    return run_instance(&instance);
}

int hr_command_run(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], "--help") == 0) {
        FILE *out = argc == 2 ? stdout : stderr;
        fputs("usage: headrace run CONFIG.yaml\n\n"
              "Runs until SIGTERM, SIGINT or SIGHUP, or until every capture has been replayed. `headrace help config` lists the keys.\n"
              "Exit codes: 0 it ended in good order, 65 a capture was damaged, 69 it could not start, 78 the configuration is wrong.\n",
              out);
        return argc == 2 ? EX_OK : EX_USAGE;
    }
    int result = EX_CONFIG;
    if (hr_config_load(&instance.config, argv[1], stderr) == 0) {
        block_signals();
        result = run_instance(&instance);
    }
    hr_config_free(&instance.config);
    return result;
}
