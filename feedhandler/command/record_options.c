/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/record_options.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "command/option_values.h"
#include "record/dbn_file.h"

static enum hr_option_outcome take_output(void *value, const char *text)
{
    *(const char **)value = text;
    return strlen(text) < HR_DBN_FILE_PATH_BYTES / 2 ? HR_OPTION_SET : HR_OPTION_NOT_WANTED;
}

static enum hr_option_outcome take_dataset(void *value, const char *text)
{
    *(const char **)value = text;
    return *text && strlen(text) <= HR_DBN_DATASET_BYTES ? HR_OPTION_SET : HR_OPTION_NOT_WANTED;
}

/* A time and a size may both be given: whichever is reached first. */
static enum hr_option_outcome take_rotation(void *value, const char *text)
{
    struct hr_recording *recording = value;
    return hr_parse_measure(text, &recording->rotate_ns, &recording->rotate_bytes) ? HR_OPTION_SET : HR_OPTION_NOT_WANTED;
}

static enum hr_option_outcome take_level(void *value, const char *text)
{
    int *level = value;
    char *end;
    *level = (int)strtol(text, &end, 10);
    return *end == '\0' && *level >= 1 && *level <= 19 ? HR_OPTION_SET : HR_OPTION_NOT_WANTED;
}

static enum hr_option_outcome take_no_level(void *value, const char *text)
{
    (void)text;
    *(int *)value = 0;
    return HR_OPTION_SET;
}

static enum hr_option_outcome take_buffer(void *value, const char *text)
{
    uint64_t *bytes = value;
    return hr_parse_measure(text, NULL, bytes) && *bytes <= UINT64_C(1) << 40 ? HR_OPTION_SET : HR_OPTION_NOT_WANTED;
}

#define AT(member) offsetof(struct hr_record_options, member)

static const struct hr_option table[] = {
    {"consumer", "NAME", "as in the handler's configuration", AT(recording.consumer), hr_option_text, NULL},
    {"output", "PATTERN",
     "the files: strftime's %Y, %m, %d, %H, %M and %S become the time (UTC) of the first record;\n"
     ".dbn.zst or .dbn is added. A file that is there already gets a number behind its name",
     AT(recording.output), take_output, "a shorter path"},
    {"instance", "NAME", "which handler (headrace)", AT(instance), hr_option_text, NULL},
    {"socket", "PATH", "or its socket; $HEADRACE_SOCKET is used when neither is given", AT(socket), hr_option_text, NULL},
    {"dataset", "NAME", "of the metadata; else what Databento calls the venue's", AT(recording.dataset), take_dataset,
     "1 to 16 characters, such as XNAS.ITCH"},
    {"rotate", "TIME|SIZE", "a new file each 15m, 1h, 1d (at round times, UTC) or after 500MiB, 10GiB on the disk",
     AT(recording), take_rotation, "a time or a size: 15m, 1h, 1d, 500MiB, 10GiB"},
    {"level", "N", "of zstd, 1 to 19 (3)", AT(recording.level), take_level, "1 to 19"},
    {"no-compress", NULL, ".dbn", AT(recording.level), take_no_level, NULL},
    {"ts-out", NULL, "every record with the handler's time of publishing behind it", AT(recording.ts_out), hr_option_flag,
     NULL},
    {"buffer", "SIZE", "how much may wait for the disk before records are dropped (256MiB)", AT(recording.buffer_bytes),
     take_buffer, "a size: 64MiB, 1GiB"},
    {"repair", "FILE.part", "finishes what a recorder left that was killed", AT(repair), hr_option_text, NULL},
    {NULL, NULL, NULL, 0, NULL, NULL},
};

static const struct hr_command_line line = {
    "record",
    "usage: headrace record --consumer NAME --output PATTERN [options]\n"
    "       headrace record --repair FILE.part\n\n"
    "Attaches to a running handler as one of its consumers and writes what it reads as DBN, until SIGINT, SIGTERM or the "
    "handler's end.\n",
    "\nBeside each file stands FILE.json: what was recorded, what was dropped and when, and what of Headrace's own was left "
    "out.\n"
    "Exit codes: 0 all is recorded, 65 nothing to repair, 69 no handler, or it refused, 73 no file can be made, 74 the disk "
    "failed, 75 records were dropped here, or in the ring.\n",
    table,
};

int hr_record_options_parse(struct hr_record_options *options, int argc, char **argv)
{
    *options =
        (struct hr_record_options){.recording = {.level = HR_RECORDING_LEVEL, .buffer_bytes = HR_RECORDING_BUFFER_BYTES}};
    int error = hr_options_parse(&line, options, argc, argv);
    if (error > 0)
        fprintf(stderr, "headrace record --help says more\n");
    if (error)
        return error;
    if (optind < argc || (!options->repair && (!options->recording.consumer || !options->recording.output))) {
        hr_options_print_help(&line, stderr);
        return EX_USAGE;
    }
    return 0;
}
