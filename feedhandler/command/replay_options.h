/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `headrace replay`.
 */
#ifndef HEADRACE_COMMAND_REPLAY_OPTIONS_H
#define HEADRACE_COMMAND_REPLAY_OPTIONS_H

#include <stdint.h>

#include "command/option_values.h"
#include "input/schedule.h"

#define HR_REPLAY_FILES_MAX 64

struct hr_replay_options {
    const char *files[HR_REPLAY_FILES_MAX];
    uint32_t file_count;
    struct hr_option_names consumers;
    struct hr_option_names wait_for;
    const char *config;
    const char *schemas;
    const char *symbols;
    const char *on_full;
    const char *instance;
    const char *runtime_dir;
    uint64_t ring_records;
    struct hr_schedule schedule;
};

/* Sets all to the defaults and then to what is given. Returns 0; -1 when help was wanted, and has been given; or EX_USAGE after
 * having said why. */
int hr_replay_options_parse(struct hr_replay_options *options, int argc, char **argv) __attribute__((warn_unused_result));

#endif
