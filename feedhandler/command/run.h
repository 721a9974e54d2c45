/* SPDX-License-Identifier: Apache-2.0
 *
 * One instance of the handler, from a configuration that has been checked to its end: what `run` and `replay` have in common.
 */
#ifndef HEADRACE_COMMAND_RUN_H
#define HEADRACE_COMMAND_RUN_H

#include "config.h"
#include "input/schedule.h"

/* Returns the process' exit code. `schedule` may be NULL. The configuration stays the caller's, and so do its texts. Once a
 * process. */
int hr_run(const struct hr_config *config, struct hr_schedule *schedule);

#endif
