/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/options.h"

#include <getopt.h>
#include <sysexits.h>

#include "command/option_values.h"
#include "host/say.h"

#define FIRST 256 /* above any character: no short option is one of them */

void hr_options_print_help(const struct hr_command_line *line, FILE *out)
{
    fputs(line->before, out);
    for (const struct hr_option *option = line->options; option->name; option++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        fprintf(out, "  %-20s ", left);
        for (const char *at = option->help; *at; at++) {
            fputc(*at, out);
            if (*at == '\n')
                fprintf(out, "%23s", "");
        }
        fputc('\n', out);
    }
    fputs(line->after, out);
}

static int take(const struct hr_command_line *line, const struct hr_option *option, void *options, const char *text)
{
    switch (option->set((char *)options + option->offset, text)) {
    case HR_OPTION_SET:
        return 0;
    case HR_OPTION_TOO_OFTEN:
        hr_say(line->command, "--%s: given more than %d times", option->name, HR_OPTION_NAMES_MAX);
        return EX_USAGE;
    default:
        hr_say(line->command, "--%s %s: wanted %s", option->name, text, option->wanted);
        return EX_USAGE;
    }
}

int hr_options_parse(const struct hr_command_line *line, void *options, int argc, char **argv)
{
    struct option longs[HR_OPTIONS_MAX + 2] = {{0}};
    int count = 0;
    for (; count < HR_OPTIONS_MAX && line->options[count].name; count++)
        longs[count] = (struct option){line->options[count].name,
                                       line->options[count].argument ? required_argument : no_argument, NULL, FIRST + count};
    longs[count] = (struct option){"help", no_argument, NULL, FIRST + count};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option == FIRST + count) {
            hr_options_print_help(line, stdout);
            return -1;
        }
        if (option < FIRST) /* getopt_long has said what is wrong with it */
            return EX_USAGE;
        int error = take(line, &line->options[option - FIRST], options, optarg);
        if (error)
            return error;
    }
    return 0;
}
