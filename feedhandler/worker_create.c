/* SPDX-License-Identifier: Apache-2.0
 *
 * From a configuration to a worker: which line is of which channel, who chose what, and where each counter lives.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <rte_ring_elem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "input/records.h"
#include "worker.h"

/* Attach and detach of every consumer may be under way at once. */
#define COMMANDS_MAX (HR_CONSUMERS_MAX * 4)

/* An instrument that gets another name takes another entry: room for as many days without a restart. */
#define DIRECTORY_DAYS 4

#define METRICS_OF(name, LIST) static const struct hr_metric name[] = {LIST(HR_METRIC_ENTRY)}
METRICS_OF(input_metrics, HR_INPUT_COUNTERS);
METRICS_OF(records_metrics, HR_RECORDS_COUNTERS);
METRICS_OF(packet_metrics, HR_PACKET_COUNTERS);
METRICS_OF(line_metrics, HR_LINE_COUNTERS);
METRICS_OF(decode_metrics, HR_DECODE_COUNTERS);
METRICS_OF(recovery_metrics, HR_RECOVERY_COUNTERS);
METRICS_OF(window_metrics, HR_WINDOW_COUNTERS);
METRICS_OF(loops_metrics, HR_LOOPS_COUNTERS);
METRICS_OF(book_metrics, HR_BOOK_COUNTERS);
METRICS_OF(fanout_metrics, HR_FANOUT_COUNTERS);
METRICS_OF(consumer_metrics, HR_CONSUMER_COUNTERS);
METRICS_OF(worker_metrics, HR_WORKER_COUNTERS);

#define ADD(metrics, step, subject, list) \
    ((void *)hr_metrics_add(metrics, step, subject, list, sizeof(list) / sizeof *(list)))

/* The worker's view of what a feed's decoder has named. */
struct named_context {
    struct hr_worker *worker;
    uint32_t feed;
};

static void named(void *context, uint32_t index, const char *symbol, uint32_t round_lot)
{
    const struct named_context *of = context;
    hr_fanout_name(&of->worker->fanout, of->feed, index, symbol);
    hr_directory_add(&of->worker->directory, of->feed, of->worker->feeds[of->feed].decoder.publisher_id,
                     hr_instruments_id(&of->worker->feeds[of->feed].decoder.instruments, index), symbol,
                     round_lot);
}

static void named_by_file(void *context, uint32_t index, uint16_t publisher_id, uint32_t instrument_id, const char *symbol)
{
    const struct named_context *of = context;
    hr_fanout_name(&of->worker->fanout, of->feed, index, symbol);
    hr_directory_add(&of->worker->directory, of->feed, publisher_id, instrument_id, symbol, 0);
}

int hr_worker_open_records(struct hr_worker *worker, uint32_t index)
{
    struct hr_input *input = &worker->inputs[index];
    const struct hr_config *config = worker->config;
    for (uint32_t feed = 0; feed < config->feed_count; feed++) {
        if (config->feeds[feed].lines[0].input_index != index)
            continue;
        int error = hr_records_open(input, index, (uint32_t)config->feeds[feed].instruments_max, worker->schedule);
        if (error)
            return error;
        input->records->counters = worker->records_counters[index];
        input->records->feed = feed;
        input->records->named = named_by_file;
        input->records->context = worker->feeds[feed].decoder.instruments.context;
        return 0;
    }
    HR_LOG(ERR, "input '%s': no feed has it", input->config->name); /* the configuration's checks have excluded it */
    return -EINVAL;
}

static int create_inputs(struct hr_worker *worker, struct hr_metrics *metrics)
{
    const struct hr_config *config = worker->config;
    worker->inputs = calloc(config->input_count, sizeof *worker->inputs);
    worker->records_counters = calloc(config->input_count, sizeof *worker->records_counters);
    if (!worker->inputs || !worker->records_counters)
        return -ENOMEM;
    for (uint32_t i = 0; i < config->input_count; i++) {
        struct hr_input *input = &worker->inputs[i];
        input->config = &config->inputs[i];
        input->counters = ADD(metrics, "input", input->config->name, input_metrics);
        input->packet.counters = ADD(metrics, "packet", input->config->name, packet_metrics);
        input->packet.checksum = input->config->checksum;
        input->packet.allow_absent = input->config->plane == HR_PLANE_PCAP;
        if (!input->counters || !input->packet.counters)
            return -ENOMEM;
        if (input->config->plane == HR_PLANE_DBN) {
            worker->records_counters[i] = ADD(metrics, "records", input->config->name, records_metrics);
            if (!worker->records_counters[i])
                return -ENOMEM;
        }
        worker->input_count++;
    }
    return 0;
}

static int create_feed(struct hr_worker *worker, uint32_t index, struct hr_metrics *metrics)
{
    const struct hr_config_feed *config = &worker->config->feeds[index];
    const struct hr_protocol *protocol = hr_protocol_of_feed(config->protocol);
    struct hr_pipeline_feed *feed = &worker->feeds[index];
    struct hr_decode_counters *counters = ADD(metrics, "decode", config->name, decode_metrics);
    struct named_context *context = calloc(1, sizeof *context);
    feed->index = index;
    feed->name = config->name;
    if (!counters || !context) {
        free(context);
        return -ENOMEM;
    }
    *context = (struct named_context){worker, index};
    int error = hr_decoder_create(&feed->decoder, protocol,
                                  config->publisher_id ? (uint16_t)config->publisher_id : protocol->publisher_id,
                                  (uint32_t)config->instruments_max, counters);
    if (error) {
        free(context);
        return error;
    }
    feed->decoder.instruments.named = named;
    feed->decoder.instruments.context = context;
    return 0;
}

static struct hr_pipeline_channel *find_channel(struct hr_worker *worker, const struct hr_pipeline_feed *feed, uint64_t id)
{
    for (uint32_t i = 0; i < worker->channel_count; i++)
        if (worker->channels[i].feed == feed && worker->channels[i].id == id)
            return &worker->channels[i];
    return NULL;
}

/* What recovery servers answer comes by a line of its own, behind those of the configuration. */
static int create_recovery(struct hr_worker *worker, struct hr_pipeline_channel *channel, const char *subject,
                           struct hr_metrics *metrics)
{
    char line[80];
    uint32_t index = (uint32_t)(channel - worker->channels);
    snprintf(line, sizeof line, "%s/recovery", subject);
    struct hr_line_counters *counters = ADD(metrics, "line", line, line_metrics);
    worker->recovery_counters[index] = ADD(metrics, "recovery", subject, recovery_metrics);
    worker->recovery_lines[index] = (uint16_t)(HR_LINES_MAX - 1 - index);
    if (!counters || !worker->recovery_counters[index])
        return -ENOMEM;
    worker->pipeline.lines[worker->recovery_lines[index]] = (struct hr_pipeline_line){.counters = counters, .channel = channel};
    return 0;
}

/* By enum hr_line_role. */
static const uint8_t loop_of_role[] = {HR_LOOP_NONE, HR_LOOP_LEVELS, HR_LOOP_ORDERS, HR_LOOP_DEFINITIONS};

/* Where the configuration has lines of loops for this channel. */
static int create_loops(struct hr_pipeline_channel *channel, const struct hr_config_feed *config, const char *subject,
                        struct hr_metrics *metrics)
{
    uint8_t lines = 0;
    for (uint32_t i = 0; i < config->line_count; i++)
        lines |= config->lines[i].channel == channel->id ? loop_of_role[config->lines[i].role] : 0;
    if (!lines)
        return 0;
    struct hr_loops_counters *counters = ADD(metrics, "loops", subject, loops_metrics);
    struct hr_loops *loops = calloc(1, sizeof *loops);
    if (!counters || !loops || hr_loops_create(loops, lines, (uint32_t)config->instruments_max, (uint32_t)config->journal_packets, counters)) {
        free(loops);
        return -ENOMEM;
    }
    channel->loops = loops;
    hr_touch(loops->journal.store, 2 * loops->journal.capacity * sizeof *loops->journal.store);
    hr_touch(loops->journal.bytes, loops->journal.bytes_max);
    hr_touch(loops->journal.spare, loops->journal.bytes_max);
    hr_touch(loops->snapshot.bytes, HR_LOOPS_SNAPSHOT_BYTES);
    return 0;
}

static int create_channel(struct hr_worker *worker, uint32_t feed_index, uint64_t id, struct hr_metrics *metrics, int huge_pages,
                          struct hr_pipeline_channel **made)
{
    char subject[64];
    const struct hr_config_feed *config = &worker->config->feeds[feed_index];
    struct hr_pipeline_channel *channel = &worker->channels[worker->channel_count++];
    snprintf(subject, sizeof subject, "%s/%u", config->name, (unsigned)id);
    channel->feed = &worker->feeds[feed_index];
    channel->id = (uint8_t)id;
    channel->book.order_state = config->order_state && channel->feed->decoder.protocol->has_orders;
    channel->book.counters = ADD(metrics, "book", subject, book_metrics);
    channel->book.clears = channel->feed->decoder.clears;
    *made = channel;
    if (!channel->book.counters)
        return -ENOMEM;
    if (config->window_packets) {
        struct hr_window_counters *counters = ADD(metrics, "window", subject, window_metrics);
        if (!counters || hr_pipeline_open_window(channel, (uint32_t)config->window_packets, config->window_us * 1000,
                                                 config->recovery.servers.count ? config->recovery.patience_ms * 1000000 : 0,
                                                 counters))
            return -ENOMEM;
        hr_touch(channel->window.store, 2 * channel->window.capacity * sizeof *channel->window.store);
        hr_touch(channel->window.bytes, channel->window.bytes_max);
        hr_touch(channel->window.spare, channel->window.bytes_max);
    }
    if (config->window_packets && config->recovery.servers.count && create_recovery(worker, channel, subject, metrics))
        return -ENOMEM;
    if (create_loops(channel, config, subject, metrics))
        return -ENOMEM;
    channel->awaiting = config->window_packets && *config->snapshot.server;
    channel->has_snapshots = channel->awaiting && config->snapshot.after_gap;
    return channel->book.order_state ? hr_orders_create(&channel->book.orders, config->orders_max, 1, huge_pages) : 0;
}

static void line_subject(const struct hr_config_feed *feed, uint32_t index, char *text, size_t bytes)
{
    const struct hr_config_line *line = &feed->lines[index];
    char group[INET_ADDRSTRLEN];
    struct in_addr address = {htonl(line->group)};
    inet_ntop(AF_INET, &address, group, sizeof group);
    static const char *const roles[] = {"", "mbp/", "mbo/", "def/"}; /* short: there are 63 characters */
    if (*line->name)
        snprintf(text, bytes, "%s/%u/%s%s", feed->name, (unsigned)line->channel, roles[line->role], line->name);
    else /* the number tells apart those that have one destination on two inputs */
        snprintf(text, bytes, "%s/%u/%s:%u#%u", feed->name, (unsigned)line->channel, group, (unsigned)line->port, index);
}

static int create_lines(struct hr_worker *worker, uint32_t feed_index, struct hr_metrics *metrics, int huge_pages)
{
    const struct hr_config_feed *config = &worker->config->feeds[feed_index];
    for (uint32_t i = 0; i < config->line_count; i++) {
        char subject[64];
        const struct hr_config_line *line = &config->lines[i];
        struct hr_pipeline_channel *channel = find_channel(worker, &worker->feeds[feed_index], line->channel);
        int error = channel ? 0 : create_channel(worker, feed_index, line->channel, metrics, huge_pages, &channel);
        if (error)
            return error;
        uint16_t index = (uint16_t)worker->pipeline.table.count;
        line_subject(config, i, subject, sizeof subject);
        struct hr_line_counters *counters = ADD(metrics, "line", subject, line_metrics);
        if (!counters)
            return -ENOMEM;
        if (hr_line_table_add(&worker->pipeline.table, (uint8_t)line->input_index, line->group, (uint16_t)line->port, index))
            return -EINVAL; /* the configuration's checks have excluded both reasons */
        worker->live_channels[channel - worker->channels] |= worker->config->inputs[line->input_index].plane == HR_PLANE_DPDK;
        worker->pipeline.lines[index] =
            (struct hr_pipeline_line){.counters = counters, .channel = channel, .is_loop = line->role != HR_LINE_INCREMENTAL};
    }
    return 0;
}

static int create_fanout(struct hr_worker *worker, struct hr_metrics *metrics)
{
    const struct hr_config *config = worker->config;
    uint32_t *instruments = calloc(config->feed_count, sizeof *instruments);
    worker->selections = calloc(config->consumer_count, sizeof *worker->selections);
    worker->has_attached = calloc(config->consumer_count, 1);
    if (!instruments || !worker->selections || !worker->has_attached) {
        free(instruments);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < config->feed_count; i++)
        instruments[i] = (uint32_t)config->feeds[i].instruments_max;
    for (uint32_t i = 0; i < config->consumer_count; i++)
        worker->waited_for += !config->consumers[i].not_waited_for;
    for (uint32_t i = 0; i < config->consumer_count; i++) {
        const struct hr_config_consumer *consumer = &config->consumers[i];
        struct hr_selection *selection = &worker->selections[i];
        selection->schemas = consumer->schema_mask;
        memcpy(selection->feeds, consumer->feed_mask, sizeof selection->feeds);
        selection->all_symbols = consumer->symbols.count == 0;
        selection->symbols = (const char *const *)consumer->symbols.items;
        selection->symbol_count = consumer->symbols.count;
    }
    int error = hr_fanout_create(&worker->fanout, worker->selections, config->consumer_count, instruments, config->feed_count);
    free(instruments);
    if (error)
        return error;
    worker->fanout.totals = ADD(metrics, "fanout", "worker 0", fanout_metrics);
    for (uint32_t i = 0; i < config->consumer_count; i++) {
        worker->fanout.counters[i] = ADD(metrics, "ring", config->consumers[i].name, consumer_metrics);
        if (!worker->fanout.counters[i])
            return -ENOMEM;
    }
    return worker->fanout.totals ? 0 : -ENOMEM;
}

static int create_everything(struct hr_worker *worker, struct hr_metrics *metrics, int huge_pages)
{
    const struct hr_config *config = worker->config;
    uint32_t instruments = 0;
    worker->counters = ADD(metrics, "worker", "worker 0", worker_metrics);
    worker->feeds = calloc(config->feed_count, sizeof *worker->feeds);
    worker->channels = calloc(HR_LINES_MAX, sizeof *worker->channels);
    worker->live_channels = calloc(HR_LINES_MAX, 1);
    worker->recovery_counters = calloc(HR_LINES_MAX, sizeof *worker->recovery_counters);
    worker->recovery_lines = calloc(HR_LINES_MAX, sizeof *worker->recovery_lines);
    if (!worker->counters || !worker->feeds || !worker->channels || !worker->live_channels || !worker->recovery_counters ||
        !worker->recovery_lines)
        return -ENOMEM;
    worker->commands = rte_ring_create("commands", COMMANDS_MAX, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    worker->answers = rte_ring_create("answers", COMMANDS_MAX, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    worker->recovery.wanted =
        rte_ring_create_elem("wanted", sizeof(struct hr_wanted), HR_WANTED_MAX, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    worker->recovery.recovered = rte_ring_create_elem("recovered", sizeof(struct hr_recovered), HR_RECOVERED_MAX, SOCKET_ID_ANY,
                                                      RING_F_SP_ENQ | RING_F_SC_DEQ);
    worker->recovery.wanted_refused = &worker->counters->wanted_refused;
    if (!worker->commands || !worker->answers || !worker->recovery.wanted || !worker->recovery.recovered)
        return -ENOMEM;
    int error = hr_pipeline_create(&worker->pipeline, &worker->counters->unknown_line);
    if (!error)
        error = create_inputs(worker, metrics);
    for (uint32_t i = 0; i < config->feed_count && !error; i++) {
        instruments += (uint32_t)config->feeds[i].instruments_max;
        error = create_feed(worker, i, metrics);
        if (!error)
            error = create_lines(worker, i, metrics, huge_pages);
    }
    if (!error)
        error = hr_directory_create(&worker->directory, instruments * DIRECTORY_DAYS);
    return error ? error : create_fanout(worker, metrics);
}

int hr_worker_create(struct hr_worker *worker, const struct hr_config *config, struct hr_metrics *metrics, int huge_pages)
{
    *worker = (struct hr_worker){.config = config, .directory = {.fd = -1}}; /* `schedule` comes later, where there is one */
    int error = create_everything(worker, metrics, huge_pages);
    if (error) {
        HR_LOG(ERR, "the worker's memory cannot be had: %s (feeds[].orders_max, feeds[].instruments_max)", strerror(-error));
        hr_worker_destroy(worker);
    }
    return error;
}

void hr_worker_destroy(struct hr_worker *worker)
{
    for (uint32_t i = 0; i < worker->input_count; i++)
        if (worker->inputs[i].plane)
            worker->inputs[i].plane->close(&worker->inputs[i]);
    for (uint32_t i = 0; worker->feeds && i < worker->config->feed_count; i++) {
        free(worker->feeds[i].decoder.instruments.context);
        hr_decoder_destroy(&worker->feeds[i].decoder);
    }
    for (uint32_t i = 0; i < worker->channel_count; i++) {
        hr_orders_destroy(&worker->channels[i].book.orders);
        hr_window_destroy(&worker->channels[i].window);
        if (worker->channels[i].loops)
            hr_loops_destroy(worker->channels[i].loops);
        free(worker->channels[i].loops);
    }
    hr_fanout_destroy(&worker->fanout);
    hr_pipeline_destroy(&worker->pipeline);
    hr_directory_destroy(&worker->directory);
    rte_ring_free(worker->commands);
    rte_ring_free(worker->answers);
    rte_ring_free(worker->recovery.wanted);
    rte_ring_free(worker->recovery.recovered);
    free(worker->recovery_counters);
    free(worker->recovery_lines);
    free(worker->inputs);
    free(worker->records_counters);
    free(worker->feeds);
    free(worker->channels);
    free(worker->live_channels);
    free(worker->selections);
    free(worker->has_attached);
    *worker = (struct hr_worker){0};
}
