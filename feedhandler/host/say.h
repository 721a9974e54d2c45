/* SPDX-License-Identifier: Apache-2.0
 *
 * What a subcommand says on standard error. `headrace run` has the log of log.h instead. Any thread.
 */
#ifndef HEADRACE_HOST_SAY_H
#define HEADRACE_HOST_SAY_H

/* "headrace COMMAND: ...", a line that no other thread's falls into. */
__attribute__((format(printf, 2, 3))) void hr_say(const char *command, const char *format, ...);

#endif
