/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace dump: decodes a capture offline, with the handler's own packet, line, decode and book steps.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/command.h"
#include "command/dump_format.h"
#include "decode/eastern.h"
#include "input/capture.h"
#include "input/stream.h"

#define INSTRUMENTS_MAX 1048576 /* as many as YAML allows; what is not used takes no memory */
#define ORDERS_MAX_DEFAULT (UINT64_C(1) << 22)

struct options {
    const char *file;
    const struct hr_protocol *protocol;
    enum hr_dump_mode mode;
    enum hr_checksum checksum;
    uint64_t orders_max;
    uint64_t date_ns;
    int order_state;
    int one_channel;
    uint64_t window_packets;
    uint64_t window_us;
};

/* One capture's worth of handler: every destination found in it is a channel of its own. */
struct dump {
    struct options options;
    struct hr_pipeline pipeline;
    struct hr_pipeline_feed feed;
    struct hr_packet packet;
    struct hr_packet_counters packet_counters;
    struct hr_line_counters line_counters;           /* of all lines together */
    struct hr_line_counters *counters_by_line;       /* [line] */
    struct hr_window_counters window_counters;       /* of all channels together */
    uint64_t first_time_ns;
    uint64_t last_time_ns;
    struct hr_decode_counters decode_counters;
    struct hr_book_counters book_counters;
    struct hr_decode_counters probe_counters;
    uint64_t unknown_line;
    uint64_t damaged;
    struct hr_pipeline_channel *channels;
    uint32_t channel_count;
    struct hr_dump_writer writer;
};

static const char usage[] =
    "usage: headrace dump CAPTURE --protocol NAME [--counts | --csv | --json | --raw] [options]\n"
    "\n"
    "Decodes a capture (pcap or pcapng, plain, zstd or gzip; for nasdaq-itch-5.0 also a BinaryFILE archive) with the handler's own code.\n"
    "Every destination address and port in the capture is taken as a channel of its own, unless --one-channel is given.\n"
    "\n"
    "  --protocol NAME   nasdaq-itch-5.0, iex-deep-1.0, cme-mdp-3.0, ...; `list` names them all\n"
    "  --counts          one JSON object: packets, messages, by_type, heartbeats, sessions, gaps, refused (default)\n"
    "  --csv             one normalised record a line\n"
    "  --json            one message a line: the line that brought it, its own fields and the records it became\n"
    "  --raw             the records' bytes, one after the other\n"
    "  --no-orders       keep no order store (as order_state: false)\n"
    "  --one-channel     all destinations are lines of one channel: the first copy of each packet counts\n"
    "  --window-packets N  packets that may wait for others in front of them (1024); 0: what is missing is declared at once\n"
    "  --window-us N     how long they wait, by the capture's clock (1000)\n"
    "  --orders-max N    orders the store has room for (4194304)\n"
    "  --checksum WHICH  none, ip (default) or udp; a header checksum of 0 is taken as not filled in\n"
    "  --date YYYY-MM-DD the day of a BinaryFILE archive, which has no dates of its own (1970-01-01)\n";

static int fail(int code, const char *format, const char *what)
{
    fprintf(stderr, "headrace dump: ");
    fprintf(stderr, format, what);
    fputc('\n', stderr);
    return code;
}

static int list_protocols(void)
{
    for (const struct hr_protocol *const *at = hr_protocols; *at; at++)
        printf("%-20s %s\n", (*at)->name, (*at)->title);
    return EX_OK;
}

/* Returns 0, -1 for "done", or an exit code. */
static int parse_options(struct options *options, int argc, char **argv)
{
    enum { PROTOCOL = 1, COUNTS, CSV, JSON, RAW, NO_ORDERS, ORDERS_MAX, CHECKSUM, DATE, ONE_CHANNEL, WINDOW_PACKETS, WINDOW_US, HELP };
    static const struct option longs[] = {
        {"protocol", required_argument, NULL, PROTOCOL}, {"counts", no_argument, NULL, COUNTS},
        {"csv", no_argument, NULL, CSV},                 {"json", no_argument, NULL, JSON},
        {"raw", no_argument, NULL, RAW},                 {"no-orders", no_argument, NULL, NO_ORDERS},
        {"orders-max", required_argument, NULL, ORDERS_MAX}, {"checksum", required_argument, NULL, CHECKSUM},
        {"date", required_argument, NULL, DATE},         {"one-channel", no_argument, NULL, ONE_CHANNEL},
        {"window-packets", required_argument, NULL, WINDOW_PACKETS}, {"window-us", required_argument, NULL, WINDOW_US},
        {"help", no_argument, NULL, HELP},
        {0}};
    const char *protocol = NULL;
    struct tm day = {0};
    char *end;
    *options = (struct options){.mode = HR_DUMP_COUNTS, .checksum = HR_CHECKSUM_IP, .orders_max = ORDERS_MAX_DEFAULT,
                                .order_state = 1, .window_packets = 1024, .window_us = 1000};
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (option) {
        case PROTOCOL:
            protocol = optarg;
            break;
        case COUNTS:
            options->mode = HR_DUMP_COUNTS;
            break;
        case CSV:
            options->mode = HR_DUMP_CSV;
            break;
        case JSON:
            options->mode = HR_DUMP_JSON;
            break;
        case RAW:
            options->mode = HR_DUMP_RAW;
            break;
        case NO_ORDERS:
            options->order_state = 0;
            break;
        case ORDERS_MAX:
            options->orders_max = strtoull(optarg, &end, 10);
            if (*end || options->orders_max < 1 || options->orders_max > UINT64_C(1) << 30)
                return fail(EX_USAGE, "--orders-max: wanted 1 to 1073741824, found '%s'", optarg);
            break;
        case CHECKSUM:
            if (strcmp(optarg, "none") && strcmp(optarg, "ip") && strcmp(optarg, "udp"))
                return fail(EX_USAGE, "--checksum: wanted none, ip or udp, found '%s'", optarg);
            options->checksum = *optarg == 'n' ? HR_CHECKSUM_NONE : *optarg == 'i' ? HR_CHECKSUM_IP : HR_CHECKSUM_UDP;
            break;
        case DATE:
            end = strptime(optarg, "%Y-%m-%d", &day);
            if (!end || *end || hr_eastern_midnight_of_date_ns(day.tm_year + 1900, day.tm_mon + 1, day.tm_mday) == 0)
                return fail(EX_USAGE, "--date: wanted YYYY-MM-DD, found '%s'", optarg);
            options->date_ns = (uint64_t)timegm(&day) * UINT64_C(1000000000) + UINT64_C(43200000000000); /* noon */
            break;
        case ONE_CHANNEL:
            options->one_channel = 1;
            break;
        case WINDOW_PACKETS:
            options->window_packets = strtoull(optarg, &end, 10);
            if (*end || !*optarg || options->window_packets > 65536)
                return fail(EX_USAGE, "--window-packets: wanted 0 to 65536, found '%s'", optarg);
            break;
        case WINDOW_US:
            options->window_us = strtoull(optarg, &end, 10);
            if (*end || !*optarg || options->window_us > 60000000)
                return fail(EX_USAGE, "--window-us: wanted 0 to 60000000, found '%s'", optarg);
            break;
        case HELP:
            fputs(usage, stdout);
            return -1;
        default:
            fputs(usage, stderr);
            return EX_USAGE;
        }
    }
    if (protocol && strcmp(protocol, "list") == 0) {
        list_protocols();
        return -1;
    }
    if (optind != argc - 1)
        return fail(EX_USAGE, "wanted one capture, found %s (see `headrace dump --help`)", optind < argc ? "several" : "none");
    options->file = argv[optind];
    if (!protocol)
        return fail(EX_USAGE, "--protocol is missing; `headrace dump --protocol list` names them%s", "");
    options->protocol = hr_protocol_find(protocol);
    if (!options->protocol)
        return fail(EX_USAGE, "--protocol: '%s' is not known; `headrace dump --protocol list` names those that are", protocol);
    return 0;
}

static void emit(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                 const struct hr_packet_context *packet, const void *record, size_t bytes)
{
    hr_dump_record(context, channel, event, packet, record, bytes);
}

static void emit_control(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    hr_dump_control(context, channel, record, bytes);
}

static void see(void *context, const struct hr_pipeline_channel *channel, const struct hr_packet_context *packet, uint32_t count)
{
    hr_dump_messages(context, channel, packet, count);
}

#define TO_WRITER ((struct hr_pipeline_end){.emit = emit, .emit_control = emit_control, .see = see})

/* Returns NULL when there are too many, or no memory. */
static struct hr_pipeline_channel *add_channel(struct dump *dump)
{
    if (dump->channel_count == HR_LINES_MAX)
        return NULL;
    struct hr_pipeline_channel *channel = &dump->channels[dump->channel_count];
    channel->feed = &dump->feed;
    channel->id = 0;
    channel->channel.accept_unsequenced = 1;
    channel->book.counters = &dump->book_counters;
    channel->book.clears = dump->feed.decoder.clears;
    channel->book.order_state = dump->options.order_state && dump->options.protocol->has_orders;
    if (channel->book.order_state && hr_orders_create(&channel->book.orders, dump->options.orders_max, 0, 0))
        return NULL;
    if (dump->options.window_packets &&
        hr_pipeline_open_window(channel, (uint32_t)dump->options.window_packets, dump->options.window_us * 1000, 0,
                                &dump->window_counters))
        return NULL;
    dump->channel_count++;
    return channel;
}

static struct hr_pipeline_line *find_line(struct dump *dump, const struct hr_datagram *datagram)
{
    uint16_t found = hr_line_table_find(&dump->pipeline.table, 0, datagram->group, datagram->port);
    if (found != HR_LINE_NONE)
        return &dump->pipeline.lines[found];
    struct hr_pipeline_channel *channel = dump->options.one_channel && dump->channel_count ? dump->channels : add_channel(dump);
    uint16_t index = (uint16_t)dump->pipeline.table.count;
    if (!channel || hr_line_table_add(&dump->pipeline.table, 0, datagram->group, datagram->port, index))
        return NULL;
    snprintf(dump->writer.lines[index].name, sizeof dump->writer.lines[index].name, "%u.%u.%u.%u:%u", datagram->group >> 24,
             datagram->group >> 16 & 255, datagram->group >> 8 & 255, datagram->group & 255, datagram->port);
    dump->pipeline.lines[index] = (struct hr_pipeline_line){.counters = &dump->counters_by_line[index], .channel = channel};
    return &dump->pipeline.lines[index];
}

static int read_capture(struct dump *dump, FILE *file)
{
    char error[HR_CAPTURE_ERROR_BYTES];
    struct hr_capture *capture;
    struct hr_frame frame;
    struct hr_datagram datagram;
    int result;
    if (hr_capture_open_stream(&capture, file, dump->options.file, error))
        return fail(EX_NOINPUT, "%s", error);
    while ((result = hr_capture_next(capture, &frame, error)) == 1) {
        if (dump->packet_counters.frames == 0 || frame.time_ns < dump->first_time_ns)
            dump->first_time_ns = frame.time_ns;
        if (frame.time_ns > dump->last_time_ns)
            dump->last_time_ns = frame.time_ns;
        if (hr_packet_parse(&dump->packet, &frame, &datagram))
            continue;
        struct hr_pipeline_line *line = find_line(dump, &datagram);
        if (line) {
            hr_pipeline_datagram(&dump->pipeline, line, &datagram, TO_WRITER, &dump->writer);
            hr_dump_flush(&dump->writer);
        } else
            dump->unknown_line++;
    }
    hr_capture_close(capture);
    for (uint32_t i = 0; i < dump->channel_count; i++) {
        hr_pipeline_flush(&dump->pipeline, &dump->channels[i], TO_WRITER, &dump->writer);
        hr_dump_flush(&dump->writer);
    }
    if (result < 0) {
        dump->damaged++;
        return fail(EX_DATAERR, "%s", error);
    }
    return EX_OK;
}

/* BinaryFILE: messages behind 2-byte lengths, to the end of the file; a length of 0 ends the session. */
static int read_binary_file(struct dump *dump, FILE *file)
{
    uint8_t bytes[2 + UINT16_MAX];
    struct hr_pipeline_channel *channel = add_channel(dump);
    /* Archives have no arrival times: the day alone is known. */
    struct hr_packet_context packet = {.ts_recv = dump->options.date_ns, .first_sequence = 1, .flags = HR_FLAG_BAD_TS_RECV};
    int result = EX_OK;
    if (!channel)
        return fail(EX_OSERR, "out of memory%s", "");
    dump->writer.sessions[0] = 1;
    dump->line_counters.sessions++;
    for (;; packet.first_sequence++) {
        size_t got = fread(bytes, 1, 2, file);
        uint32_t length = got == 2 ? hr_be16(bytes) : 0;
        if (got == 0 || length == 0) {
            if (got == 1 || ferror(file))
                result = fail(EX_DATAERR, "%s: ends within a length", dump->options.file);
            break;
        }
        if (fread(bytes + 2, 1, length, file) != length) {
            result = fail(EX_DATAERR, "%s: ends within a message", dump->options.file);
            break;
        }
        struct hr_message message = {.bytes = bytes + 2, .length = length};
        dump->line_counters.messages++;
        hr_pipeline_messages(&dump->pipeline, channel, &message, 1, &packet, TO_WRITER, &dump->writer);
        hr_dump_flush(&dump->writer);
    }
    dump->damaged += result != EX_OK;
    return result;
}

static int looks_like_capture(const uint8_t *magic)
{
    static const uint32_t known[] = {0xA1B2C3D4, 0xD4C3B2A1, 0xA1B23C4D, 0x4D3CB2A1, 0x0A0D0D0A};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (hr_le32(magic) == known[i])
            return 1;
    return 0;
}

/* A BinaryFILE has no magic: it is what does not have a capture's. */
static int read_file(struct dump *dump)
{
    uint8_t magic[4] = {0};
    FILE *file = hr_stream_open(dump->options.file);
    if (!file) {
        fprintf(stderr, "headrace dump: %s: %s\n", dump->options.file, strerror(errno));
        return EX_NOINPUT;
    }
    size_t got = dump->options.protocol->binary_file ? fread(magic, 1, sizeof magic, file) : 0;
    for (size_t i = got; i > 0; i--)
        ungetc(magic[i - 1], file);
    if (got < sizeof magic || looks_like_capture(magic))
        return read_capture(dump, file);
    int result = read_binary_file(dump, file);
    fclose(file);
    return result;
}

static json_t *refusals(const struct dump *dump, uint64_t *total)
{
    json_t *object = json_object();
    *total = 0;
#define REFUSED(counters, name)                                                     \
    do {                                                                            \
        json_object_set_new(object, #name, json_integer((json_int_t)(counters).name)); \
        *total += (counters).name;                                                  \
    } while (0)
    REFUSED(dump->packet_counters, runt);
    REFUSED(dump->packet_counters, not_ipv4);
    REFUSED(dump->packet_counters, bad_ip_header);
    REFUSED(dump->packet_counters, truncated);
    REFUSED(dump->packet_counters, bad_ip_checksum);
    REFUSED(dump->packet_counters, fragment);
    REFUSED(dump->packet_counters, not_udp);
    REFUSED(dump->packet_counters, bad_udp_length);
    REFUSED(dump->packet_counters, bad_udp_checksum);
    REFUSED(*dump, unknown_line);
    REFUSED(dump->line_counters, short_header);
    REFUSED(dump->line_counters, foreign_header);
    REFUSED(dump->line_counters, malformed);
    REFUSED(dump->line_counters, unsequenced);
    REFUSED(dump->line_counters, foreign_session);
    REFUSED(dump->line_counters, implausible);
    REFUSED(dump->decode_counters, unknown_type);
    REFUSED(dump->decode_counters, bad_length);
#undef REFUSED
    return object;
}

/* Every counter of every line, added up: the struct is nothing but 64-bit counters. */
static void add_up_lines(struct dump *dump)
{
    for (uint32_t i = 0; i < dump->pipeline.table.count; i++) {
#define ADD(name, help) dump->line_counters.name += dump->counters_by_line[i].name;
        HR_LINE_COUNTERS(ADD)
#undef ADD
    }
}

static json_t *describe_types(const struct dump *dump, const uint64_t *counts)
{
    json_t *object = json_object();
    for (int type = 0; type < 256; type++) {
        char text[HR_DUMP_TYPE_BYTES];
        if (counts[type])
            json_object_set_new(object, hr_dump_type(dump->options.protocol, (uint8_t)type, text),
                                json_integer((json_int_t)counts[type]));
    }
    return object;
}

/* How many entries the groups of messages had: "type/group". */
static json_t *describe_entries(const struct dump *dump, const uint64_t (*entries)[HR_LAYOUT_GROUPS_MAX])
{
    const struct hr_protocol *protocol = dump->options.protocol;
    json_t *object = json_object();
    for (uint32_t i = 0; i < protocol->layout_count; i++) {
        const struct hr_layout *layout = &protocol->layouts[i];
        for (uint32_t g = 0; g < layout->group_count; g++) {
            char type[HR_DUMP_TYPE_BYTES], key[96];
            snprintf(key, sizeof key, "%s/%s", hr_dump_type(protocol, layout->type, type), layout->groups[g].name);
            if (entries[layout->type][g])
                json_object_set_new(object, key, json_integer((json_int_t)entries[layout->type][g]));
        }
    }
    return object;
}

static json_t *describe_lines(const struct dump *dump)
{
    json_t *object = json_object();
    for (uint16_t i = 0; i < dump->pipeline.table.count; i++) {
        const struct hr_line_counters *line = &dump->counters_by_line[i];
        const struct hr_dump_line *seen = &dump->writer.lines[i];
        json_t *counts = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "datagrams", (json_int_t)line->datagrams,
                                   "messages", (json_int_t)line->messages, "first", (json_int_t)line->first, "duplicates",
                                   (json_int_t)line->duplicates, "late", (json_int_t)line->late, "lost",
                                   (json_int_t)line->lost, "gaps", (json_int_t)line->gaps, "by_type",
                                   describe_types(dump, seen->types));
        if (dump->options.protocol->fixed_bytes)
            json_object_set_new(counts, "entries", describe_entries(dump, seen->entries));
        json_object_set_new(object, seen->name, counts);
    }
    return object;
}

static void print_counts(const struct dump *dump)
{
    uint64_t refused;
    json_t *refused_by = refusals(dump, &refused);
    json_t *by_type = describe_types(dump, dump->feed.decoder.by_type);
    json_t *counts = json_object();
#define COUNT(name, value) json_object_set_new(counts, name, json_integer((json_int_t)(value)))
    COUNT("packets", dump->packet_counters.frames);
    COUNT("messages", dump->line_counters.messages);
    json_object_set_new(counts, "by_type", by_type);
    COUNT("heartbeats", dump->line_counters.heartbeats);
    COUNT("sessions", dump->line_counters.sessions);
    COUNT("gaps", dump->line_counters.gaps);
    COUNT("messages_missing", dump->line_counters.messages_missing);
    COUNT("duplicates", dump->line_counters.duplicates);
    COUNT("refused", refused);
    json_object_set_new(counts, "refused_by", refused_by);
    COUNT("late", dump->line_counters.late);
    COUNT("ends", dump->line_counters.ends);
    COUNT("instruments_refused", dump->decode_counters.instruments_refused);
    json_t *orders = json_object();
#define WINDOW(name, help) json_object_set_new(window, #name, json_integer((json_int_t)dump->window_counters.name));
    json_t *window = json_object();
    HR_WINDOW_COUNTERS(WINDOW)
    json_object_set_new(counts, "window", window);
#define ORDER(name, help) json_object_set_new(orders, #name, json_integer((json_int_t)dump->book_counters.name));
    HR_BOOK_COUNTERS(ORDER)
    json_object_set_new(counts, "orders", orders);
    json_object_set_new(counts, "lines", describe_lines(dump));
    COUNT("first_time_ns", dump->first_time_ns);
    COUNT("last_time_ns", dump->last_time_ns);
    json_dumpf(counts, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    fputc('\n', stdout);
    json_decref(counts);
}

static int create(struct dump *dump)
{
    const struct hr_protocol *protocol = dump->options.protocol;
    dump->packet = (struct hr_packet){
        .counters = &dump->packet_counters, .checksum = dump->options.checksum, .allow_absent = 1};
    dump->writer = (struct hr_dump_writer){.mode = dump->options.mode, .out = stdout};
    dump->feed.name = protocol->name;
    dump->channels = calloc(HR_LINES_MAX, sizeof *dump->channels);
    dump->counters_by_line = calloc(HR_LINES_MAX, sizeof *dump->counters_by_line);
    dump->writer.channels = dump->channels;
    dump->writer.lines = calloc(HR_LINES_MAX, sizeof *dump->writer.lines);
    dump->writer.sessions = calloc(HR_LINES_MAX, sizeof *dump->writer.sessions);
    if (!dump->channels || !dump->counters_by_line || !dump->writer.lines || !dump->writer.sessions ||
        hr_pipeline_create(&dump->pipeline, &dump->unknown_line) ||
        hr_decoder_create(&dump->feed.decoder, protocol, protocol->publisher_id, INSTRUMENTS_MAX, &dump->decode_counters) ||
        hr_decoder_create(&dump->writer.probe, protocol, protocol->publisher_id, INSTRUMENTS_MAX, &dump->probe_counters))
        return fail(EX_OSERR, "out of memory%s", "");
    return EX_OK;
}

static void destroy(struct dump *dump)
{
    for (uint32_t i = 0; i < dump->channel_count; i++) {
        hr_orders_destroy(&dump->channels[i].book.orders);
        hr_window_destroy(&dump->channels[i].window);
    }
    free(dump->channels);
    free(dump->counters_by_line);
    free(dump->writer.lines);
    free(dump->writer.sessions);
    hr_decoder_destroy(&dump->feed.decoder);
    hr_decoder_destroy(&dump->writer.probe);
    hr_pipeline_destroy(&dump->pipeline);
    free(dump);
}

int hr_command_dump(int argc, char **argv)
{
    struct dump *dump = calloc(1, sizeof *dump);
    if (!dump)
        return fail(EX_OSERR, "out of memory%s", "");
    int result = parse_options(&dump->options, argc, argv);
    if (result) {
        free(dump);
        return result < 0 ? EX_OK : result;
    }
    result = create(dump);
    if (result == EX_OK) {
        hr_dump_begin(&dump->writer);
        result = read_file(dump);
        for (uint32_t i = 0; i < dump->channel_count; i++)
            dump->book_counters.orders += dump->channels[i].book.orders.count;
        add_up_lines(dump);
        if (dump->options.mode == HR_DUMP_COUNTS && (result == EX_OK || dump->damaged))
            print_counts(dump);
        if (fflush(stdout) || ferror(stdout))
            result = fail(EX_IOERR, "standard output: %s", strerror(errno));
    }
    destroy(dump);
    return result;
}
