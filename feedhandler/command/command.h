/* SPDX-License-Identifier: Apache-2.0
 *
 * The subcommands of `headrace`: one file each. Each takes its own argv (argv[0] is the subcommand's name) and returns the
 * exit code of the process: those of <sysexits.h>, 78 (EX_CONFIG) for a configuration that is wrong.
 */
#ifndef HEADRACE_COMMAND_COMMAND_H
#define HEADRACE_COMMAND_COMMAND_H

#include <sysexits.h>

int hr_command_run(int argc, char **argv);
int hr_command_check(int argc, char **argv);
int hr_command_dump(int argc, char **argv);
int hr_command_stat(int argc, char **argv);
int hr_command_record(int argc, char **argv);
int hr_command_replay(int argc, char **argv);
/* docs/protocols.md, and a fuzzer's dictionary of one protocol: 0, or EX_USAGE when there is no such protocol. */
void hr_protocols_print_reference(void);
int hr_protocols_print_dictionary(const char *name);
int hr_command_sim(int argc, char **argv);

#endif
