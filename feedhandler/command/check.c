/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace check: reads a configuration and says what is wrong with it. Starts nothing.
 */
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "config.h"

int hr_command_check(int argc, char **argv)
{
    struct hr_config config;
    if (argc != 2 || strcmp(argv[1], "--help") == 0) {
        FILE *out = argc == 2 ? stdout : stderr;
        fputs("usage: headrace check CONFIG.yaml\n\nExit code 0 when it can be run, 78 when not. Touches no device.\n", out);
        return argc == 2 ? EX_OK : EX_USAGE;
    }
    int error = hr_config_load(&config, argv[1], stderr);
    if (!error)
        printf("%s: good: %u inputs, %u feeds, %u consumers\n", argv[1], config.input_count, config.feed_count,
               config.consumer_count);
    hr_config_free(&config);
    return error ? EX_CONFIG : EX_OK;
}
