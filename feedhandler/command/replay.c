/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace replay: a handler whose feeds are files. What it runs is a configuration like any other, made here from the command
 * line for DBN files, or taken from --config for captures, with the files in its inputs' place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command/command.h"
#include "command/replay_options.h"
#include "command/run.h"
#include "dbn/metadata.h"
#include "headrace/headrace.h"
#include "host/say.h"
#include "input/capture.h"

/* Said, with the exit code of a command line that is wrong. */
#define REFUSE(...) (hr_say("replay", __VA_ARGS__), EX_USAGE)

struct replay {
    struct hr_replay_options options;
    uint16_t schemas_of_files[HR_REPLAY_FILES_MAX]; /* of their metadata */
    struct hr_config config;
};

/* ---- the files ---- */

/* Looks into every file: DBN or capture, readable at least at its beginning. Returns 0 and how many are DBN, or the exit code.
 */
static int look_at_files(struct replay *replay, uint32_t *dbn_files)
{
    const struct hr_replay_options *options = &replay->options;
    *dbn_files = 0;
    for (uint32_t i = 0; i < options->file_count; i++) {
        const char *path = options->files[i];
        char error[HR_CAPTURE_ERROR_BYTES];
        struct hr_dbn_source source;
        struct hr_dbn_metadata metadata;
        struct hr_capture *capture;
        const uint8_t *bytes;
        if (hr_dbn_source_open(&source, path)) {
            hr_say("replay", "%s", hr_error());
            return EX_NOINPUT;
        }
        int is_dbn = hr_dbn_source_have(&source, 3, &bytes) >= 3 && memcmp(bytes, "DBN", 3) == 0;
        int failed = is_dbn && hr_dbn_metadata_read(&metadata, &source);
        hr_dbn_source_close(&source);
        if (failed) {
            hr_say("replay", "%s", hr_error());
            return EX_DATAERR;
        }
        if (is_dbn) {
            replay->schemas_of_files[i] = metadata.schema;
            hr_dbn_metadata_free(&metadata);
            ++*dbn_files;
        } else if (hr_capture_open(&capture, path, error)) {
            hr_say("replay", "%s: neither DBN nor a capture: %s", path, error);
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
static json_t *schemas_of_files(const struct replay *replay)
{
    static const char *const names[] = {[HR_DBN_SCHEMA_MBO] = "mbo",
                                        [HR_DBN_SCHEMA_TRADES] = "trades",
                                        [HR_DBN_SCHEMA_STATUS] = "status",
                                        [HR_DBN_SCHEMA_DEFINITION] = "definition",
                                        [HR_DBN_SCHEMA_IMBALANCE] = "imbalance",
                                        [HR_DBN_SCHEMA_STATISTICS] = "statistics"};
    static const char everything[] = "mbo,trades,status,definition,imbalance,statistics,other";
    json_t *list = json_array();
    for (uint32_t i = 0; i < replay->options.file_count; i++) {
        uint16_t schema = replay->schemas_of_files[i];
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

static json_t *make_consumer(const struct replay *replay, const char *name)
{
    const struct hr_replay_options *options = &replay->options;
    return json_pack("{s:s, s:o, s:o, s:I, s:s}", "name", name, "schemas",
                     options->schemas ? list_of(options->schemas) : schemas_of_files(replay), "symbols",
                     list_of(options->symbols ? options->symbols : ""), "ring_records", (json_int_t)options->ring_records,
                     "on_full", options->on_full);
}

static json_t *make_configuration(const struct replay *replay)
{
    const struct hr_replay_options *options = &replay->options;
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
    for (uint32_t i = 0; i < options->consumers.count || i == 0; i++)
        json_array_append_new(consumers,
                              make_consumer(replay, options->consumers.count ? options->consumers.items[i] : "replay"));
    json_t *instance = json_object();
    if (options->instance)
        json_object_set_new(instance, "name", json_string(options->instance));
    if (options->runtime_dir)
        json_object_set_new(instance, "runtime_dir", json_string(options->runtime_dir));
    return json_pack("{s:o, s:{s:i, s:i}, s:o, s:o, s:o}", "instance", instance, "eal", "memory_mib", 64, "mbufs", 2047,
                     "inputs", inputs, "feeds", feeds, "consumers", consumers);
}

/* Through the loader, so that it is checked as any other. */
static int load_made(struct replay *replay)
{
    char path[64];
    json_t *made = make_configuration(replay);
    int fd = memfd_create("replay", MFD_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    int result = file && made && json_dumpf(made, file, JSON_INDENT(1) | JSON_PRESERVE_ORDER) == 0 && fflush(file) == 0
                     ? EX_OK
                     : EX_OSERR;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (result)
        hr_say("replay", "a configuration cannot be made of the command line: %s", strerror(errno));
    else if (hr_config_load(&replay->config, path, stderr))
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

static int place_files(const struct hr_replay_options *options, struct hr_config *config)
{
    for (uint32_t i = 0; i < options->file_count; i++)
        if (strlen(options->files[i]) >= HR_PATH_BYTES)
            return REFUSE("%s: a path of at most %d bytes was wanted", options->files[i], HR_PATH_BYTES - 1);
    if (options->file_count == 0)
        return 0;
    if (options->file_count != 1 && options->file_count != config->input_count)
        return REFUSE("%u captures for %u inputs of %s: wanted one for all, or one each", options->file_count,
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

static int load_given(const struct hr_replay_options *options, struct hr_config *config)
{
    if (options->consumers.count || options->schemas || options->symbols)
        return REFUSE("--consumer, --schemas and --symbols are the configuration's, when there is one");
    if (hr_config_load(config, options->config, stderr))
        return EX_CONFIG;
    if (options->instance && snprintf(config->instance.name, sizeof config->instance.name, "%s", options->instance) >=
                                 (int)sizeof config->instance.name)
        return REFUSE("--instance %s: at most %zu bytes", options->instance, sizeof config->instance.name - 1);
    if (options->runtime_dir && snprintf(config->instance.runtime_dir, sizeof config->instance.runtime_dir, "%s",
                                         options->runtime_dir) >= (int)sizeof config->instance.runtime_dir)
        return REFUSE("--runtime-dir %s: at most %zu bytes", options->runtime_dir, sizeof config->instance.runtime_dir - 1);
    int error = place_files(options, config);
    for (uint32_t i = 0; i < config->input_count && !error; i++)
        if (config->inputs[i].plane == HR_PLANE_DPDK)
            error = REFUSE("input '%s' of %s is live: name a capture for it", config->inputs[i].name, options->config);
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

static int wait_for(const struct hr_replay_options *options, struct hr_config *config)
{
    for (uint32_t i = 0; i < config->consumer_count; i++)
        config->consumers[i].not_waited_for = 1;
    for (uint32_t w = 0; w < options->wait_for.count; w++) {
        uint32_t i = 0;
        while (i < config->consumer_count && strcmp(config->consumers[i].name, options->wait_for.items[w]) != 0)
            i++;
        if (i == config->consumer_count)
            return REFUSE("--wait-for %s: there is no consumer of that name", options->wait_for.items[w]);
        config->consumers[i].not_waited_for = 0;
    }
    for (uint32_t i = 0; i < config->input_count; i++)
        config->inputs[i].wait_for_consumers = 1; /* for those named, if any */
    return 0;
}

int hr_command_replay(int argc, char **argv)
{
    static struct replay replay;
    struct hr_replay_options *options = &replay.options;
    struct hr_config *config = &replay.config;
    uint32_t dbn_files;
    int result = hr_replay_options_parse(options, argc, argv);
    if (result)
        return result < 0 ? EX_OK : result;
    result = look_at_files(&replay, &dbn_files);
    if (!result && dbn_files && options->config)
        result = REFUSE("DBN files need no --config; give them to it as inputs of plane dbn, or leave it out");
    if (!result && !options->config && dbn_files < options->file_count)
        result = REFUSE("a capture wants --config: what its packets are, and who reads");
    if (!result)
        result = options->config ? load_given(options, config) : load_made(&replay);
    if (!result)
        result = wait_for(options, config);
    if (!result) {
        options->schedule.inputs = config->input_count;
        result = hr_run(config, &options->schedule);
    }
    hr_config_free(config);
    return result;
}
