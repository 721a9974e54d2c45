/* SPDX-License-Identifier: Apache-2.0 */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "decode/decoder.h"
#include "endpoint.h"
#include "fanout/fanout.h"
#include "line/table.h"
#include "marks.h"

static const char *const schema_names[HR_SCHEMAS] = {"mbo",       "trades",     "status", "definition",
                                                     "imbalance", "statistics", "native", "other"};

/* A venue's numbers have 16 bits. */
#define NUMBERED_INSTRUMENTS 65536

#define SECTION_ERROR(section, ...) hr_marks_error(marks, hr_marks_find_section(marks, section), __VA_ARGS__)
#define ERROR(field, ...) hr_marks_error(marks, hr_marks_find(marks, field), __VA_ARGS__)

/* Keys that mean nothing on the other plane are not passed over in silence. */
static void check_plane_keys(const struct hr_config_input *input, uint32_t index, struct hr_marks *marks)
{
    const struct {
        const void *field;
        const char *name;
        int of_files;
    } keys[] = {{input->device, "device", 0},
                {input->interface, "interface", 0},
                {&input->descriptors, "descriptors", 0},
                {input->file, "file", 1},
                {&input->pace, "pace", 1},
                {&input->speed, "speed", 1},
                {&input->wait_for_consumers, "wait_for_consumers", 1}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].of_files != (input->plane != HR_PLANE_DPDK) && hr_marks_has(marks, keys[i].field))
            ERROR(keys[i].field, "inputs[%u].%s: only plane %s has it", index, keys[i].name,
                  keys[i].of_files ? "pcap" : "dpdk");
}

static void check_input(const struct hr_config *config, uint32_t index, struct hr_marks *marks)
{
    const struct hr_config_input *input = &config->inputs[index];
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(config->inputs[i].name, input->name) == 0)
            ERROR(input->name, "inputs[%u].name: '%s' is the name of inputs[%u] too", index, input->name, i);
    if (input->plane == HR_PLANE_DPDK && !*input->device)
        SECTION_ERROR(input, "inputs[%u].device is missing: plane dpdk wants the port's name", index);
    if (input->plane == HR_PLANE_PCAP && !*input->file)
        SECTION_ERROR(input, "inputs[%u].file is missing: plane pcap wants a capture", index);
    if (input->plane == HR_PLANE_DBN && !*input->file)
        SECTION_ERROR(input, "inputs[%u].file is missing: plane dbn wants a DBN file", index);
    if (input->plane != HR_PLANE_DPDK && *input->file && access(input->file, R_OK) < 0)
        ERROR(input->file, "inputs[%u].file: '%s' cannot be read", index, input->file);
    check_plane_keys(input, index, marks);
}

static void check_line(struct hr_config *config, uint32_t feed_index, uint32_t line_index, struct hr_marks *marks)
{
    struct hr_config_line *line = &config->feeds[feed_index].lines[line_index];
    line->input_index = UINT32_MAX;
    for (uint32_t i = 0; i < config->input_count; i++)
        if (strcmp(config->inputs[i].name, line->input) == 0)
            line->input_index = i;
    if (line->input_index == UINT32_MAX)
        ERROR(line->input, "feeds[%u].lines[%u].input: there is no input named '%s'", feed_index, line_index, line->input);
    for (uint32_t f = 0; f <= feed_index; f++) {
        uint32_t end = f == feed_index ? line_index : config->feeds[f].line_count;
        for (uint32_t l = 0; l < end; l++) {
            const struct hr_config_line *other = &config->feeds[f].lines[l];
            if (other->input_index == line->input_index && other->group == line->group && other->port == line->port)
                ERROR(&line->group, "feeds[%u].lines[%u]: has the input, group and port of feeds[%u].lines[%u]", feed_index,
                      line_index, f, l);
        }
    }
}

/* Records are of plane dbn, and of nothing else; and a file is of one feed. */
static void check_records(const struct hr_config *config, const struct hr_config_feed *feed, uint32_t index,
                          struct hr_marks *marks)
{
    int records = strcmp(feed->protocol, hr_protocol_records.name) == 0;
    if (records && feed->line_count != 1)
        ERROR(feed->protocol, "feeds[%u].lines: found %u, wanted one: a feed of records is one file", index, feed->line_count);
    for (uint32_t i = 0; i < feed->line_count; i++) {
        uint32_t input = feed->lines[i].input_index;
        if (input != UINT32_MAX && (config->inputs[input].plane == HR_PLANE_DBN) != records)
            ERROR(feed->lines[i].input, "feeds[%u].lines[%u].input: protocol %s does not come by plane %s", index, i,
                  feed->protocol, records ? "pcap or dpdk; wanted dbn" : "dbn");
        for (uint32_t f = 0; f < index && records; f++)
            for (uint32_t l = 0; l < config->feeds[f].line_count; l++)
                if (config->feeds[f].lines[l].input_index == input)
                    ERROR(feed->lines[i].input, "feeds[%u].lines[%u].input: '%s' is feeds[%u]'s too, and a file is of one feed",
                          index, i, feed->lines[i].input, f);
    }
}

static unsigned effective_publisher(const struct hr_config_feed *feed)
{
    const struct hr_protocol *protocol = hr_protocol_find(feed->protocol);
    return feed->publisher_id || !protocol ? (unsigned)feed->publisher_id : protocol->publisher_id;
}

#define RECOVERY_SERVERS_MAX 16

/* Whether packets can be sent to it: not to 0.0.0.0, nor to everybody, nor to a group. */
static int is_of_one_host(const struct sockaddr_in *endpoint)
{
    uint32_t address = ntohl(endpoint->sin_addr.s_addr);
    return address != INADDR_ANY && address != INADDR_BROADCAST && !IN_MULTICAST(address);
}

static void check_recovery(const struct hr_config *config, const struct hr_config_feed *feed, uint32_t index,
                           const struct hr_protocol *protocol, struct hr_marks *marks)
{
    const struct hr_text_list *servers = &feed->recovery.servers;
    struct sockaddr_in endpoint;
    if (servers->count == 0)
        return;
    if (protocol && !protocol->mold_requests)
        ERROR(servers, "feeds[%u].recovery.servers: %s has no MoldUDP64 request servers", index, feed->protocol);
    if (servers->count > RECOVERY_SERVERS_MAX)
        ERROR(servers, "feeds[%u].recovery.servers: found %u, wanted at most %d", index, servers->count, RECOVERY_SERVERS_MAX);
    for (uint32_t i = 0; i < servers->count; i++)
        if (hr_endpoint_parse(servers->items[i], &endpoint))
            ERROR(servers, "feeds[%u].recovery.servers: '%s' is not ADDRESS:PORT, such as 10.0.0.1:30000", index, servers->items[i]);
        else if (!is_of_one_host(&endpoint))
            ERROR(servers, "feeds[%u].recovery.servers: '%s' is the address of no host; wanted a server's, such as 10.0.0.1:30000", index, servers->items[i]);
    for (uint32_t i = 1; i < servers->count; i++)
        for (uint32_t other = 0; other < i; other++)
            if (strcmp(servers->items[i], servers->items[other]) == 0)
                ERROR(servers, "feeds[%u].recovery.servers: '%s' is there twice; name each server once", index, servers->items[i]);
    if (feed->recovery.patience_ms < feed->recovery.answer_ms)
        ERROR(&feed->recovery.patience_ms, "feeds[%u].recovery.patience_ms: found %llu, wanted at least answer_ms, %llu: no answer would come in time",
              index, (unsigned long long)feed->recovery.patience_ms, (unsigned long long)feed->recovery.answer_ms);
    if (feed->window_packets == 0)
        ERROR(servers, "feeds[%u].recovery.servers: nothing can be held until an answer comes: window_packets is 0", index);
    for (uint32_t i = 0; i < feed->line_count; i++)
        for (uint32_t input = 0; input < config->input_count; input++)
            if (strcmp(config->inputs[input].name, feed->lines[i].input) == 0 && config->inputs[input].plane == HR_PLANE_PCAP)
                ERROR(servers, "feeds[%u].recovery.servers: lines[%u] comes by a capture: nobody sends again what was recorded", index, i);
}

static void check_snapshot(const struct hr_config *config, const struct hr_config_feed *feed, uint32_t index,
                           const struct hr_protocol *protocol, struct hr_marks *marks)
{
    const char *server = feed->snapshot.server;
    struct sockaddr_in endpoint;
    if (!*server)
        return;
    if (protocol && !protocol->mold_requests)
        ERROR(server, "feeds[%u].snapshot.server: %s has no GLIMPSE servers", index, feed->protocol);
    if (hr_endpoint_parse(server, &endpoint))
        ERROR(server, "feeds[%u].snapshot.server: '%s' is not ADDRESS:PORT, such as 10.0.0.1:30001", index, server);
    else if (!is_of_one_host(&endpoint))
        ERROR(server, "feeds[%u].snapshot.server: '%s' is the address of no host; wanted a server's, such as 10.0.0.1:30001", index, server);
    if (feed->window_packets == 0)
        ERROR(server, "feeds[%u].snapshot.server: nothing can be held until the snapshot has come: window_packets is 0", index);
    for (uint32_t i = 0; i < feed->line_count; i++)
        if (feed->lines[i].channel != feed->lines[0].channel)
            ERROR(server, "feeds[%u].snapshot.server: one server is of one channel, and lines[%u] is of another", index, i);
    for (uint32_t i = 0; i < feed->line_count; i++)
        for (uint32_t input = 0; input < config->input_count; input++)
            if (strcmp(config->inputs[input].name, feed->lines[i].input) == 0 && config->inputs[input].plane == HR_PLANE_PCAP)
                ERROR(server, "feeds[%u].snapshot.server: lines[%u] comes by a capture, which is of another time", index, i);
}

/* Lines of loops stand beside those that they make whole. */
static void check_role(const struct hr_config_feed *feed, uint32_t index, uint32_t line_index, const struct hr_protocol *protocol,
                       struct hr_marks *marks)
{
    const struct hr_config_line *line = &feed->lines[line_index];
    int found = 0;
    if (line->role == HR_LINE_INCREMENTAL)
        return;
    for (uint32_t i = 0; i < feed->line_count; i++)
        found |= feed->lines[i].channel == line->channel && feed->lines[i].role == HR_LINE_INCREMENTAL;
    if (protocol && !protocol->loop_of)
        ERROR(&line->role, "feeds[%u].lines[%u].role: %s has no loops: its lines are incremental", index, line_index, feed->protocol);
    else if (!found)
        ERROR(&line->role, "feeds[%u].lines[%u].role: channel %llu has no incremental line", index, line_index,
              (unsigned long long)line->channel);
}

static void check_feed(struct hr_config *config, uint32_t index, struct hr_marks *marks)
{
    struct hr_config_feed *feed = &config->feeds[index];
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(config->feeds[i].name, feed->name) == 0)
            ERROR(feed->name, "feeds[%u].name: '%s' is the name of feeds[%u] too", index, feed->name, i);
    const struct hr_protocol *protocol = hr_protocol_of_feed(feed->protocol);
    if (!protocol)
        ERROR(feed->protocol, "feeds[%u].protocol: '%s' is not known; `headrace dump --protocol list` names those that are",
              index, feed->protocol);
    if (protocol && protocol->instruments == HR_INSTRUMENTS_DENSE && feed->instruments_max < NUMBERED_INSTRUMENTS)
        ERROR(&feed->instruments_max, "feeds[%u].instruments_max: found %llu, wanted at least %d: %s numbers its instruments", index,
              (unsigned long long)feed->instruments_max, NUMBERED_INSTRUMENTS, feed->protocol);
    for (uint32_t i = 0; i < index && protocol && protocol->instruments == HR_INSTRUMENTS_BY_SYMBOL; i++)
        if (effective_publisher(&config->feeds[i]) == effective_publisher(feed))
            ERROR(feed->name, "feeds[%u].publisher_id: %u is that of feeds[%u] too, and both number their instruments themselves: "
                              "give one of them another", index, effective_publisher(feed), i);
    check_recovery(config, feed, index, protocol, marks);
    check_snapshot(config, feed, index, protocol, marks);
    for (uint32_t i = 0; i < feed->line_count; i++) {
        check_line(config, index, i, marks);
        check_role(feed, index, i, protocol, marks);
        for (uint32_t other = 0; other < i; other++)
            if (*feed->lines[i].name && feed->lines[other].channel == feed->lines[i].channel &&
                feed->lines[other].role == feed->lines[i].role &&
                strcmp(feed->lines[other].name, feed->lines[i].name) == 0)
                ERROR(feed->lines[i].name, "feeds[%u].lines[%u].name: '%s' is the name of lines[%u] of this channel too", index, i,
                      feed->lines[i].name, other);
    }
    check_records(config, feed, index, marks);
    if (protocol == &hr_protocol_records)
        feed->window_packets = 0; /* nothing is missing in a file */
}

static void check_feeds_of(const struct hr_config *config, uint32_t index, struct hr_marks *marks)
{
    struct hr_config_consumer *consumer = &config->consumers[index];
    for (uint32_t f = 0; f < config->feed_count && consumer->feeds.count == 0; f++)
        consumer->feed_mask[f / 64] |= UINT64_C(1) << (f % 64);
    for (uint32_t i = 0; i < consumer->feeds.count; i++) {
        uint32_t f = 0;
        while (f < config->feed_count && strcmp(config->feeds[f].name, consumer->feeds.items[i]) != 0)
            f++;
        if (f == config->feed_count)
            ERROR(&consumer->feeds.items[i], "consumers[%u].feeds: there is no feed named '%s'", index, consumer->feeds.items[i]);
        else
            consumer->feed_mask[f / 64] |= UINT64_C(1) << (f % 64);
    }
}

static void check_schemas_of(struct hr_config_consumer *consumer, uint32_t index, struct hr_marks *marks)
{
    if (consumer->schemas.count == 0)
        consumer->schema_mask = 1U << HR_SCHEMA_MBO;
    for (uint32_t i = 0; i < consumer->schemas.count; i++) {
        uint32_t s = 0;
        while (s < HR_SCHEMAS && strcmp(schema_names[s], consumer->schemas.items[i]) != 0)
            s++;
        if (s == HR_SCHEMAS)
            ERROR(&consumer->schemas.items[i],
                  "consumers[%u].schemas: found '%s', wanted some of mbo, trades, status, definition, imbalance, statistics, "
                  "native, other",
                  index, consumer->schemas.items[i]);
        else
            consumer->schema_mask |= 1U << s;
    }
}

static int is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_consumer(const struct hr_config *config, uint32_t index, struct hr_marks *marks)
{
    struct hr_config_consumer *consumer = &config->consumers[index];
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(config->consumers[i].name, consumer->name) == 0)
            ERROR(consumer->name, "consumers[%u].name: '%s' is the name of consumers[%u] too", index, consumer->name, i);
    check_feeds_of(config, index, marks);
    check_schemas_of(consumer, index, marks);
    for (uint32_t i = 0; i < consumer->allow.users.count; i++)
        if (!is_number(consumer->allow.users.items[i]) && !getpwnam(consumer->allow.users.items[i]))
            ERROR(&consumer->allow.users.items[i], "consumers[%u].allow.users: this machine has no user '%s'", index,
                  consumer->allow.users.items[i]);
    for (uint32_t i = 0; i < consumer->allow.groups.count; i++)
        if (!is_number(consumer->allow.groups.items[i]) && !getgrnam(consumer->allow.groups.items[i]))
            ERROR(&consumer->allow.groups.items[i], "consumers[%u].allow.groups: this machine has no group '%s'", index,
                  consumer->allow.groups.items[i]);
    if (consumer->symbols.count)
        qsort(consumer->symbols.items, consumer->symbols.count, sizeof *consumer->symbols.items, compare_text);
}

void hr_config_validate(struct hr_config *config, struct hr_marks *marks)
{
    const struct hr_config_instance *instance = &config->instance;
    if (strchr(instance->name, '/'))
        ERROR(instance->name, "instance.name: '%s' has a '/'; it becomes the name of a file", instance->name);
    if (strlen(instance->runtime_dir) + strlen(instance->name) + sizeof "/.sock" > 107)
        ERROR(instance->runtime_dir, "instance.runtime_dir: the socket's path would be longer than 107 bytes");
    if (config->input_count > 255)
        ERROR(&config->inputs, "inputs: found %u, wanted at most 255", config->input_count);
    if (config->feed_count > HR_FEEDS_MAX)
        ERROR(&config->feeds, "feeds: found %u, wanted at most %d", config->feed_count, HR_FEEDS_MAX);
    if (config->consumer_count > HR_CONSUMERS_MAX)
        ERROR(&config->consumers, "consumers: found %u, wanted at most %d", config->consumer_count, HR_CONSUMERS_MAX);
    if (marks->errors)
        return;
    uint32_t lines = 0;
    for (uint32_t i = 0; i < config->input_count; i++)
        check_input(config, i, marks);
    for (uint32_t i = 0; i < config->feed_count; i++) {
        check_feed(config, i, marks);
        lines += config->feeds[i].line_count;
    }
    if (lines > HR_LINES_MAX)
        ERROR(&config->feeds, "feeds: found %u lines, wanted at most %d", lines, HR_LINES_MAX);
    for (uint32_t i = 0; i < config->consumer_count; i++)
        check_consumer(config, i, marks);
}
