/* SPDX-License-Identifier: Apache-2.0
 *
 * The attacking process: goes through every list by every way it finds, announces each attack and reports what came of it.
 */
#ifndef HEADRACE_ATTACK_ATTACKER_H
#define HEADRACE_ATTACK_ATTACKER_H

#include <stdint.h>

#include "target.h"

#define REPORT_NAME_BYTES 96

struct report {
    char name[REPORT_NAME_BYTES];
    int32_t finished; /* 0: about to be tried, so that it is known of what the writer died */
    int32_t result;   /* as struct attack's */
    int32_t may_succeed;
};

/* Runs to the end of the lists; takes a struct target and two descriptors first. Returns the exit status. */
int attacker_run(int channel, enum attacker attacker, int on_cursor);

/* The test of the test: the same attacks on an object without seals. Returns how many of those that must fail on a sealed one
 * get through on this one, in children of its own; prints the names of those that do not. */
int attacker_control(int huge_pages);

#endif
