/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `headrace record`.
 */
#ifndef HEADRACE_COMMAND_RECORD_OPTIONS_H
#define HEADRACE_COMMAND_RECORD_OPTIONS_H

#include "record/recording.h"

struct hr_record_options {
    struct hr_recording recording;
    const char *instance; /* which handler, by its name or by its socket; NULL: not given */
    const char *socket;
    const char *repair; /* the .part to finish instead of recording; else NULL */
};

/* Sets all to the defaults and then to what is given. Returns 0; -1 when help was wanted, and has been given; or EX_USAGE after
 * having said why. */
int hr_record_options_parse(struct hr_record_options *options, int argc, char **argv) __attribute__((warn_unused_result));

#endif
