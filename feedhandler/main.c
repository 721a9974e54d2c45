/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace: the one command.
 */
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "config.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments;
    const char *help;
} commands[] = {
    {"run", hr_command_run, "CONFIG.yaml", "run the handler until it is told to stop, or its captures end"},
    {"check", hr_command_check, "CONFIG.yaml", "check a configuration, touching no device: exit code 0 or 78"},
    {"dump", hr_command_dump, "CAPTURE --protocol NAME", "decode a capture offline: --counts, --csv, --json, --raw"},
    {"stat", hr_command_stat, "[--json]", "show the counters of a running handler"},
    {"record", hr_command_record, "--consumer NAME --output", "write a consumer's stream to DBN files"},
    {"replay", hr_command_replay, "FILE... [--config FILE]", "publish DBN files or captures to rings, as live"},
    {"sim", hr_command_sim, "--output FILE | --send", "generate a market: a seeded Nasdaq day"},
};

static void print_usage(FILE *out)
{
    fprintf(out, "usage: headrace COMMAND [arguments]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-6s %-24s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fprintf(out, "  %-6s %-24s %s\n", "help", "[config | protocols]", "this, or the reference page of the configuration, or of all messages");
    fprintf(out, "\nEach command says more with --help. Version " HR_VERSION ".\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return EX_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        if (argc > 2 && strcmp(argv[2], "config") == 0)
            hr_config_print_reference(stdout);
        else if (argc > 2 && strcmp(argv[2], "protocols") == 0)
            hr_protocols_print_reference();
        else if (argc > 3 && strcmp(argv[2], "dictionary") == 0)
            return hr_protocols_print_dictionary(argv[3]);
        else
            print_usage(stdout);
        return EX_OK;
    }
    if (strcmp(name, "--version") == 0) {
        puts("headrace " HR_VERSION);
        return EX_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "headrace: there is no command '%s'\n\n", name);
    print_usage(stderr);
    return EX_USAGE;
}
