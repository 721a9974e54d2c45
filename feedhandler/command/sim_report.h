/* SPDX-License-Identifier: Apache-2.0
 *
 * What `headrace sim` holds while it runs, and what it says of itself at the end.
 */
#ifndef HEADRACE_COMMAND_SIM_REPORT_H
#define HEADRACE_COMMAND_SIM_REPORT_H

#include "command/sim_options.h"
#include "sim/delivery.h"
#include "sim/history.h"
#include "sim/market.h"
#include "sim/mdp3.h"
#include "sim/mold.h"
#include "sim/output.h"
#include "sim/sender.h"
#include "sim/server.h"

/* What makes the packets, and where they go: one of output and sender is NULL. */
struct sim_exchange {
    const struct sim_options *options;
    struct hr_market *market;
    struct hr_mold *mold;
    struct hr_sim_mdp3 *mdp3; /* instead of both */
    struct hr_delivery_options delivery;
    struct hr_sim_output *output;
    struct hr_sim_sender *sender;
    struct hr_history *history; /* NULL: there is no server to read it */
    struct hr_server *server;
    struct hr_server_statistics served;
    struct hr_delivery_statistics totals;
};

/* One JSON object, a line on standard error. */
void sim_report(const struct sim_exchange *exchange);

#endif
