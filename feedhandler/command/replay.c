/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace replay: a handler whose feeds are files. What it runs is a configuration like any other, made here from the command
 * line for DBN files, or taken from --config for captures, with the files in its inputs' place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "command/command.h"
#include "command/run.h"
#include "dbn/metadata.h"
#include "headrace/headrace.h"
#include "input/capture.h"

#define FILES_MAX 64
#define NAMES_MAX 64

static const char usage[] = "usage: headrace replay FILE... [options]\n\n"
                            "Publishes files to rings as a running handler does: DBN files (.dbn, .dbn.zst), or captures "
                            "(pcap, pcapng, plain or zstd) with --config.\n"
                            "Several files are merged by the times in them. Ends with the last file, or at SIGINT or SIGTERM.\n"
                            "  --config FILE        a handler's configuration: its feeds, consumers and instance. Captures "
                            "take the place of its inputs: one\n"
                            "                       for all of them, or one each in their order\n"
                            "  --consumer NAME      DBN files: who may attach (replay); may be given again\n"
                            "  --schemas LIST       DBN files: what they take (what the files have), as in the configuration\n"
                            "  --symbols LIST       DBN files: which symbols (all)\n"
                            "  --ring-records N     DBN files: of each ring, a power of two (65536)\n"
                            "  --on-full POLICY     DBN files: drop or detach (drop)\n"
                            "  --speed X            times as fast as it was (1); max: flat out\n"
                            "  --from TIME          passes over what is before: 2026-01-05T14:30:00Z, 2026-01-05, or ns since "
                            "1970. A book that was built\n"
                            "                       before is not known then\n"
                            "  --to TIME            ends a file at its first record or packet that is not before\n"
                            "  --wait-for NAME      begins once this consumer has attached; may be given again\n"
                            "  --lossless           waits for readers that are behind, instead of dropping\n"
                            "  --instance NAME      names the socket (headrace)\n"
                            "  --runtime-dir DIR    where it is made (/run/headrace)\n\n"
                            "Exit codes: 0 all was replayed, 64 the command line is wrong, 65 a file is damaged, 69 it could "
                            "not start, 78 the configuration is wrong.\n";

struct options {
    const char *files[FILES_MAX];
    uint16_t schemas_of_files[FILES_MAX]; /* of their metadata */
    uint32_t file_count;
    const char *consumers[NAMES_MAX];
    uint32_t consumer_count;
    const char *wait_for[NAMES_MAX];
    uint32_t wait_count;
    const char *config;
    const char *schemas;
    const char *symbols;
    const char *on_full;
    const char *instance;
    const char *runtime_dir;
    uint64_t ring_records;
    struct hr_schedule schedule;
};

__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("headrace replay: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return EX_USAGE;
}

/* ---- the command line ---- */

/* 1700000000000000000, 2026-01-05, 2026-01-05T14:30:00 and so on with a fraction and a Z: UTC always. Returns 0 for what is
 * none of these. */
static int parse_time(const char *text, uint64_t *time_ns)
{
    struct tm day = {0};
    uint64_t fraction = 0;
    char *end;
    if (text[strspn(text, "0123456789")] == '\0' && *text) {
        errno = 0;
        *time_ns = strtoull(text, &end, 10);
        return errno == 0;
    }
    const char *rest = strptime(text, "%Y-%m-%d", &day);
    if (rest && *rest == 'T')
        rest = strptime(rest + 1, "%H:%M:%S", &day);
    if (rest && *rest == '.') {
        uint64_t unit = UINT64_C(100000000);
        for (rest++; *rest >= '0' && *rest <= '9' && unit; rest++, unit /= 10)
            fraction += (uint64_t)(*rest - '0') * unit;
    }
    if (!rest || (*rest && strcmp(rest, "Z") != 0))
        return 0;
    time_t seconds = timegm(&day);
    if (seconds < 0)
        return 0;
    *time_ns = (uint64_t)seconds * UINT64_C(1000000000) + fraction;
    return 1;
}

static int parse_speed(const char *text, double *speed)
{
    char *end;
    *speed = strcmp(text, "max") == 0 ? 0 : strtod(text, &end);
    return strcmp(text, "max") == 0 || (*end == '\0' && *speed > 0 && *speed <= 1e6);
}

enum {
    OPTION_CONFIG = 1,
    OPTION_CONSUMER,
    OPTION_SCHEMAS,
    OPTION_SYMBOLS,
    OPTION_RING,
    OPTION_ON_FULL,
    OPTION_SPEED,
    OPTION_FROM,
    OPTION_TO,
    OPTION_WAIT,
    OPTION_LOSSLESS,
    OPTION_INSTANCE,
    OPTION_FOLDER,
    OPTION_HELP
};

static int add_name(const char **names, uint32_t *count, const char *option)
{
    if (*count == NAMES_MAX)
        return refuse("%s: given more than %d times", option, NAMES_MAX);
    names[(*count)++] = optarg;
    return 0;
}

static int take_option(struct options *options, int option)
{
    char *end;
    switch (option) {
    case OPTION_CONFIG:
        options->config = optarg;
        return 0;
    case OPTION_CONSUMER:
        return add_name(options->consumers, &options->consumer_count, "--consumer");
    case OPTION_SCHEMAS:
        options->schemas = optarg;
        return 0;
    case OPTION_SYMBOLS:
        options->symbols = optarg;
        return 0;
    case OPTION_RING:
        options->ring_records = strtoull(optarg, &end, 10);
        return *end || !options->ring_records ? refuse("--ring-records %s: wanted a power of two", optarg) : 0;
    case OPTION_ON_FULL:
        options->on_full = optarg;
        return 0;
    case OPTION_SPEED:
        return parse_speed(optarg, &options->schedule.speed) ? 0
                                                             : refuse("--speed %s: wanted a number above 0, or max", optarg);
    case OPTION_FROM:
        return parse_time(optarg, &options->schedule.from_ns)
                   ? 0
                   : refuse("--from %s: wanted a time, such as 2026-01-05T14:30:00Z", optarg);
    case OPTION_TO:
        return parse_time(optarg, &options->schedule.to_ns)
                   ? 0
                   : refuse("--to %s: wanted a time, such as 2026-01-05T14:30:00Z", optarg);
    case OPTION_WAIT:
        return add_name(options->wait_for, &options->wait_count, "--wait-for");
    case OPTION_LOSSLESS:
        options->schedule.lossless = 1;
        return 0;
    case OPTION_INSTANCE:
        options->instance = optarg;
        return 0;
    case OPTION_FOLDER:
        options->runtime_dir = optarg;
        return 0;
    default:
        return EX_USAGE;
    }
}

static int parse(struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, OPTION_CONFIG},
        {"consumer", required_argument, NULL, OPTION_CONSUMER},
        {"schemas", required_argument, NULL, OPTION_SCHEMAS},
        {"symbols", required_argument, NULL, OPTION_SYMBOLS},
        {"ring-records", required_argument, NULL, OPTION_RING},
        {"on-full", required_argument, NULL, OPTION_ON_FULL},
        {"speed", required_argument, NULL, OPTION_SPEED},
        {"from", required_argument, NULL, OPTION_FROM},
        {"to", required_argument, NULL, OPTION_TO},
        {"wait-for", required_argument, NULL, OPTION_WAIT},
        {"lossless", no_argument, NULL, OPTION_LOSSLESS},
        {"instance", required_argument, NULL, OPTION_INSTANCE},
        {"runtime-dir", required_argument, NULL, OPTION_FOLDER},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
    };
    *options = (struct options){.ring_records = 65536, .on_full = "drop", .schedule = {.speed = 1, .to_ns = UINT64_MAX}};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            fputs(usage, stdout);
            return -1;
        }
        int error = take_option(options, option);
        if (error)
            return error;
    }
    for (; optind < argc; optind++) {
        if (options->file_count == FILES_MAX)
            return refuse("more than %d files", FILES_MAX);
        options->files[options->file_count++] = argv[optind];
    }
    if (options->file_count == 0 && !options->config) {
        fputs(usage, stderr);
        return EX_USAGE;
    }
    return options->schedule.from_ns < options->schedule.to_ns ? 0 : refuse("--from is not before --to");
}

/* ---- the files ---- */

/* Looks into every file: DBN or capture, readable at least at its beginning. Returns 0 and how many are DBN, or the exit code.
 */
static int look_at_files(struct options *options, uint32_t *dbn_files)
{
    *dbn_files = 0;
    for (uint32_t i = 0; i < options->file_count; i++) {
        const char *path = options->files[i];
        char error[HR_CAPTURE_ERROR_BYTES];
        struct hr_dbn_source source;
        struct hr_dbn_metadata metadata;
        struct hr_capture *capture;
        const uint8_t *bytes;
        if (hr_dbn_source_open(&source, path)) {
            refuse("%s", hr_error());
            return EX_NOINPUT;
        }
        int is_dbn = hr_dbn_source_have(&source, 3, &bytes) >= 3 && memcmp(bytes, "DBN", 3) == 0;
        int failed = is_dbn && hr_dbn_metadata_read(&metadata, &source);
        hr_dbn_source_close(&source);
        if (failed) {
            refuse("%s", hr_error());
            return EX_DATAERR;
        }
        if (is_dbn) {
            options->schemas_of_files[i] = metadata.schema;
            hr_dbn_metadata_free(&metadata);
            ++*dbn_files;
        } else if (hr_capture_open(&capture, path, error)) {
            refuse("%s: neither DBN nor a capture: %s", path, error);
            return EX_DATAERR;
        } else
            hr_capture_close(capture);
    }
    return 0;
}

/* ---- DBN files: a configuration of the command line ---- */

static json_t *list_of(const char *text)
{
    json_t *list = json_array();
    char *copy = strdup(text);
    char *rest = NULL;
    for (char *part = copy ? strtok_r(copy, ",", &rest) : NULL; part; part = strtok_r(NULL, ",", &rest))
        json_array_append_new(list, json_string(part));
    free(copy);
    return list;
}

/* What the files have, by their own word. */
static json_t *schemas_of_files(const struct options *options)
{
    static const char *const names[] = {[HR_DBN_SCHEMA_MBO] = "mbo",
                                        [HR_DBN_SCHEMA_TRADES] = "trades",
                                        [HR_DBN_SCHEMA_STATUS] = "status",
                                        [HR_DBN_SCHEMA_DEFINITION] = "definition",
                                        [HR_DBN_SCHEMA_IMBALANCE] = "imbalance",
                                        [HR_DBN_SCHEMA_STATISTICS] = "statistics"};
    static const char everything[] = "mbo,trades,status,definition,imbalance,statistics,other";
    json_t *list = json_array();
    for (uint32_t i = 0; i < options->file_count; i++) {
        uint16_t schema = options->schemas_of_files[i];
        if (schema == HR_DBN_SCHEMA_MIXED) {
            json_decref(list);
            return list_of(everything);
        }
        const char *name = schema < sizeof names / sizeof *names && names[schema] ? names[schema] : "other";
        size_t at;
        json_t *have;
        int known = 0;
        json_array_foreach(list, at, have) known |= strcmp(json_string_value(have), name) == 0;
        if (!known)
            json_array_append_new(list, json_string(name));
    }
    return list;
}

static json_t *make_consumer(const struct options *options, const char *name)
{
    return json_pack("{s:s, s:o, s:o, s:I, s:s}", "name", name, "schemas",
                     options->schemas ? list_of(options->schemas) : schemas_of_files(options), "symbols",
                     list_of(options->symbols ? options->symbols : ""), "ring_records", (json_int_t)options->ring_records,
                     "on_full", options->on_full);
}

static json_t *make_configuration(const struct options *options)
{
    json_t *inputs = json_array();
    json_t *feeds = json_array();
    json_t *consumers = json_array();
    for (uint32_t i = 0; i < options->file_count; i++) {
        char name[16];
        snprintf(name, sizeof name, "file-%u", i + 1);
        json_array_append_new(inputs, json_pack("{s:s, s:s, s:s}", "name", name, "plane", "dbn", "file", options->files[i]));
        json_array_append_new(feeds, json_pack("{s:s, s:s, s:[{s:s, s:s, s:i}]}", "name", name, "protocol", "dbn", "lines",
                                               "input", name, "group", "0.0.0.0", "port", 1));
    }
    for (uint32_t i = 0; i < options->consumer_count || i == 0; i++)
        json_array_append_new(consumers, make_consumer(options, options->consumer_count ? options->consumers[i] : "replay"));
    json_t *instance = json_object();
    if (options->instance)
        json_object_set_new(instance, "name", json_string(options->instance));
    if (options->runtime_dir)
        json_object_set_new(instance, "runtime_dir", json_string(options->runtime_dir));
    return json_pack("{s:o, s:{s:i, s:i}, s:o, s:o, s:o}", "instance", instance, "eal", "memory_mib", 64, "mbufs", 2047,
                     "inputs", inputs, "feeds", feeds, "consumers", consumers);
}

/* Through the loader, so that it is checked as any other. */
static int load_made(const struct options *options, struct hr_config *config)
{
    char path[64];
    json_t *made = make_configuration(options);
    int fd = memfd_create("replay", MFD_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    int result = file && made && json_dumpf(made, file, JSON_INDENT(1) | JSON_PRESERVE_ORDER) == 0 && fflush(file) == 0
                     ? EX_OK
                     : EX_OSERR;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (result)
        refuse("a configuration cannot be made of the command line: %s", strerror(errno));
    else if (hr_config_load(config, path, stderr))
        result = EX_USAGE; /* what was wrong is named by its key, which is the option's */
    json_decref(made);
    if (file)
        fclose(file);
    return result;
}

/* ---- captures: a configuration, with the files in its inputs' place ---- */

static void take_file(struct hr_config_input *input, const char *path)
{
    input->plane = HR_PLANE_PCAP;
    snprintf(input->file, sizeof input->file, "%s", path);
    *input->device = '\0';
}

static int place_files(const struct options *options, struct hr_config *config)
{
    for (uint32_t i = 0; i < options->file_count; i++)
        if (strlen(options->files[i]) >= HR_PATH_BYTES)
            return refuse("%s: a path of at most %d bytes was wanted", options->files[i], HR_PATH_BYTES - 1);
    if (options->file_count == 0)
        return 0;
    if (options->file_count != 1 && options->file_count != config->input_count)
        return refuse("%u captures for %u inputs of %s: wanted one for all, or one each", options->file_count,
                      config->input_count, options->config);
    if (options->file_count > 1) {
        for (uint32_t i = 0; i < config->input_count; i++)
            take_file(&config->inputs[i], options->files[i]);
        return 0;
    }
    take_file(&config->inputs[0], options->files[0]);
    config->input_count = 1;
    for (uint32_t f = 0; f < config->feed_count; f++)
        for (uint32_t l = 0; l < config->feeds[f].line_count; l++)
            config->feeds[f].lines[l].input_index = 0;
    return 0;
}

static void empty(struct hr_text_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        free(list->items[i]);
    list->count = 0;
}

static int load_given(const struct options *options, struct hr_config *config)
{
    if (options->consumer_count || options->schemas || options->symbols)
        return refuse("--consumer, --schemas and --symbols are the configuration's, when there is one");
    if (hr_config_load(config, options->config, stderr))
        return EX_CONFIG;
    if (options->instance && snprintf(config->instance.name, sizeof config->instance.name, "%s", options->instance) >=
                                 (int)sizeof config->instance.name)
        return refuse("--instance %s: at most %zu bytes", options->instance, sizeof config->instance.name - 1);
    if (options->runtime_dir && snprintf(config->instance.runtime_dir, sizeof config->instance.runtime_dir, "%s",
                                         options->runtime_dir) >= (int)sizeof config->instance.runtime_dir)
        return refuse("--runtime-dir %s: at most %zu bytes", options->runtime_dir, sizeof config->instance.runtime_dir - 1);
    int error = place_files(options, config);
    for (uint32_t i = 0; i < config->input_count && !error; i++)
        if (config->inputs[i].plane == HR_PLANE_DPDK)
            error = refuse("input '%s' of %s is live: name a capture for it", config->inputs[i].name, options->config);
    /* What is asked for again when it is lost is asked of nobody: it was recorded so. */
    for (uint32_t f = 0; f < config->feed_count && !error; f++) {
        empty(&config->feeds[f].recovery.servers);
        *config->feeds[f].snapshot.server = '\0';
    }
    empty(&config->eal.devices);
    empty(&config->eal.pci);
    return error;
}

/* ---- both ---- */

static int wait_for(const struct options *options, struct hr_config *config)
{
    for (uint32_t i = 0; i < config->consumer_count; i++)
        config->consumers[i].not_waited_for = 1;
    for (uint32_t w = 0; w < options->wait_count; w++) {
        uint32_t i = 0;
        while (i < config->consumer_count && strcmp(config->consumers[i].name, options->wait_for[w]) != 0)
            i++;
        if (i == config->consumer_count)
            return refuse("--wait-for %s: there is no consumer of that name", options->wait_for[w]);
        config->consumers[i].not_waited_for = 0;
    }
    for (uint32_t i = 0; i < config->input_count; i++)
        config->inputs[i].wait_for_consumers = 1; /* for those named, if any */
    return 0;
}

int hr_command_replay(int argc, char **argv)
{
    static struct options options;
    static struct hr_config config;
    uint32_t dbn_files;
    int result = parse(&options, argc, argv);
    if (result)
        return result < 0 ? EX_OK : result;
    result = look_at_files(&options, &dbn_files);
    if (!result && dbn_files && options.config)
        result = refuse("DBN files need no --config; give them to it as inputs of plane dbn, or leave it out");
    if (!result && !options.config && dbn_files < options.file_count)
        result = refuse("a capture wants --config: what its packets are, and who reads");
    if (!result)
        result = options.config ? load_given(&options, &config) : load_made(&options, &config);
    if (!result)
        result = wait_for(&options, &config);
    if (!result) {
        options.schedule.inputs = config.input_count;
        result = hr_run(&config, &options.schedule);
    }
    hr_config_free(&config);
    return result;
}
