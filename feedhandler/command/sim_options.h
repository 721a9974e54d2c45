/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `headrace sim`: one table, from which parser and help are made.
 */
#ifndef HEADRACE_COMMAND_SIM_OPTIONS_H
#define HEADRACE_COMMAND_SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "command/sim_values.h"
#include "sim/delivery.h"
#include "sim/market.h"
#include "sim/mdp3.h"
#include "sim/mold.h"
#include "sim/server.h"

enum sim_protocol { SIM_ITCH, SIM_MDP3 };

struct sim_options {
    enum sim_protocol protocol;
    struct hr_market_options market; /* its numbers are those of the futures market too */
    struct hr_mold_options mold;
    uint32_t lines;
    uint32_t streams;
    struct hr_delivery_address addresses[HR_DELIVERY_STREAMS_MAX][HR_DELIVERY_LINES_MAX];
    struct hr_network_line impairments[HR_DELIVERY_LINES_MAX];
    struct sim_list ports;
    struct sim_list loss;
    struct sim_list duplicate;
    struct sim_list reorder;
    struct sim_list delay_us;
    struct sim_list jitter_us;
    struct sim_list reorder_delay_us;
    uint32_t groups_given[HR_DELIVERY_STREAMS_MAX];
    uint64_t loop_ms;  /* 0: not given */
    uint64_t loop_delay_us;
    uint64_t reset_at; /* 0: none */
    struct hr_server_options server;
    uint64_t history_mib;
    uint64_t linger_s;
    uint8_t ttl;
    const char *output;    /* NULL: none */
    const char *interface; /* NULL: the routing table's choice */
    double speed;
    uint64_t midnight_ns;
    bool send;
    bool speed_given;
    bool statistics;
    bool help;
};

/* Sets all to the defaults and then to what is given. Returns 0, or EX_USAGE after having said why. */
int sim_options_parse(struct sim_options *options, int argc, char **argv);

void sim_options_help(void);

#endif
