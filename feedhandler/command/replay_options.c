/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/replay_options.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "host/say.h"

static enum hr_option_outcome take_ring_records(void *value, const char *text)
{
    uint64_t *records = value;
    char *end;
    *records = strtoull(text, &end, 10);
    return *end || !*records ? HR_OPTION_NOT_WANTED : HR_OPTION_SET;
}

#define AT(member) offsetof(struct hr_replay_options, member)
#define A_TIME "a time, such as 2026-01-05T14:30:00Z"

static const struct hr_option table[] = {
    {"config", "FILE",
     "a handler's configuration: its feeds, consumers and instance. Captures take the place of its inputs: one\n"
     "for all of them, or one each in their order",
     AT(config), hr_option_text, NULL},
    {"consumer", "NAME", "DBN files: who may attach (replay); may be given again", AT(consumers), hr_option_name, NULL},
    {"schemas", "LIST", "DBN files: what they take (what the files have), as in the configuration", AT(schemas), hr_option_text,
     NULL},
    {"symbols", "LIST", "DBN files: which symbols (all)", AT(symbols), hr_option_text, NULL},
    {"ring-records", "N", "DBN files: of each ring, a power of two (65536)", AT(ring_records), take_ring_records,
     "a power of two"},
    {"on-full", "POLICY", "DBN files: drop or detach (drop)", AT(on_full), hr_option_text, NULL},
    {"speed", "X", "times as fast as it was (1); max: flat out", AT(schedule.speed), hr_option_speed,
     "a number above 0, or max"},
    {"from", "TIME",
     "passes over what is before: 2026-01-05T14:30:00Z, 2026-01-05, or ns since 1970. A book that was built\n"
     "before is not known then",
     AT(schedule.from_ns), hr_option_time, A_TIME},
    {"to", "TIME", "ends a file at its first record or packet that is not before", AT(schedule.to_ns), hr_option_time, A_TIME},
    {"wait-for", "NAME", "begins once this consumer has attached; may be given again", AT(wait_for), hr_option_name, NULL},
    {"lossless", NULL, "waits for readers that are behind, instead of dropping", AT(schedule.lossless), hr_option_flag, NULL},
    {"instance", "NAME", "names the socket (headrace)", AT(instance), hr_option_text, NULL},
    {"runtime-dir", "DIR", "where it is made (/run/headrace)", AT(runtime_dir), hr_option_text, NULL},
    {NULL, NULL, NULL, 0, NULL, NULL},
};

static const struct hr_command_line line = {
    "replay",
    "usage: headrace replay FILE... [options]\n\n"
    "Publishes files to rings as a running handler does: DBN files (.dbn, .dbn.zst), or captures (pcap, pcapng, plain, zstd or gzip) "
    "with --config.\n"
    "Several files are merged by the times in them. Ends with the last file, or at SIGINT or SIGTERM.\n",
    "\nExit codes: 0 all was replayed, 64 the command line is wrong, 65 a file is damaged, 69 it could not start, 78 the "
    "configuration is wrong.\n",
    table,
};

int hr_replay_options_parse(struct hr_replay_options *options, int argc, char **argv)
{
    *options =
        (struct hr_replay_options){.ring_records = 65536, .on_full = "drop", .schedule = {.speed = 1, .to_ns = UINT64_MAX}};
    int error = hr_options_parse(&line, options, argc, argv);
    if (error)
        return error;
    for (; optind < argc; optind++) {
        if (options->file_count == HR_REPLAY_FILES_MAX) {
            hr_say("replay", "more than %d files", HR_REPLAY_FILES_MAX);
            return EX_USAGE;
        }
        options->files[options->file_count++] = argv[optind];
    }
    if (options->file_count == 0 && !options->config) {
        hr_options_print_help(&line, stderr);
        return EX_USAGE;
    }
    if (options->schedule.from_ns >= options->schedule.to_ns) {
        hr_say("replay", "--from is not before --to");
        return EX_USAGE;
    }
    return 0;
}
