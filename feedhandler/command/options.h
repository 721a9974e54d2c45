/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of a subcommand: one table of its options, from which the parser and the help are made.
 */
#ifndef HEADRACE_COMMAND_OPTIONS_H
#define HEADRACE_COMMAND_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

#define HR_OPTIONS_MAX 32

/* What an hr_option's `set` returns. */
enum hr_option_outcome {
    HR_OPTION_SET = 0,
    HR_OPTION_NOT_WANTED, /* the text is not what `wanted` says */
    HR_OPTION_TOO_OFTEN,  /* there is no room for one more */
};

struct hr_option {
    const char *name;     /* NULL: the end of the table */
    const char *argument; /* what the help calls it; NULL: the option takes none */
    const char *help;     /* a line break in it begins another line of the help */
    size_t offset;        /* of what it sets, in the subcommand's own struct */
    /* Takes the argument, which stays where it is while the process runs; NULL where the option has none. */
    enum hr_option_outcome (*set)(void *value, const char *text);
    const char *wanted;
};

struct hr_command_line {
    const char *command;
    const char *before; /* of the help: all in front of the options, and behind them */
    const char *after;
    const struct hr_option *options;
};

void hr_options_print_help(const struct hr_command_line *line, FILE *out);

/* Takes the options, and --help, in argv's order; what is no option begins at getopt's `optind` then. Returns 0; -1 when help
 * was wanted, and has been given on standard output; or EX_USAGE after having said why. */
int hr_options_parse(const struct hr_command_line *line, void *options, int argc, char **argv)
    __attribute__((warn_unused_result));

#endif
