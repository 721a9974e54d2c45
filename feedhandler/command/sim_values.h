/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of the options of `headrace sim`, from text. Each function returns 0, or EX_USAGE after having said on standard
 * error what was found and what was wanted.
 */
#ifndef HEADRACE_COMMAND_SIM_VALUES_H
#define HEADRACE_COMMAND_SIM_VALUES_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "host/say.h"
#include "sim/delivery.h"
#include "sim/mold.h"
#include "sim/requests.h"

/* What was given for an option that has a value for each line. */
struct sim_list {
    uint32_t count; /* 0: not given */
    double values[HR_DELIVERY_LINES_MAX];
};

/* "headrace sim: ...", a line on standard error. */
#define sim_complain(...) hr_say("sim", __VA_ARGS__)

int sim_parse_number(const char *name, const char *text, uint64_t low, uint64_t high, uint64_t *value);
int sim_parse_speed(const char *text, double *speed);
int sim_parse_date(const char *text, uint64_t *midnight_ns);
int sim_parse_session(const char *text, char session[HR_MOLD_SESSION_BYTES + 1]);
int sim_parse_list(const char *name, const char *text, double low, double high, struct sim_list *list);
int sim_parse_ports(const char *name, const char *text, struct sim_list *ports);
int sim_parse_address(const char *name, const char *text, struct sockaddr_in *address);
int sim_parse_text(const char *name, const char *text, size_t most, char *value);
int sim_parse_misbehaviour(const char *text, enum hr_misbehaviour *misbehaviour, uint64_t *after);

/* At most so many groups, line A's first; *given becomes their number when that is more than it was. */
int sim_parse_groups(const char *name, const char *text, uint32_t most, struct hr_delivery_address *addresses,
                     uint32_t *given);

#endif
