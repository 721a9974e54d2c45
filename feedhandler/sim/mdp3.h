/* SPDX-License-Identifier: Apache-2.0
 *
 * One channel of CME MDP 3.0 around a generated futures market, one packet at a time, in four streams, each with its own
 * packet numbers:
 *
 *   incremental       46 (levels, and the orders behind each change), 47 (orders behind the tenth level), 4 (channel reset),
 *                     12 (heartbeat, after a second of silence)
 *   snapshot          52, one for each instrument in turn, again and again; packet numbers from 1 in each loop
 *   order snapshot    53, likewise, in as many packets (chunks) as an instrument's orders need
 *   definition        54, likewise
 *
 * A snapshot is the state after the incremental packet that it names. An instrument has none before its book has changed
 * for the first time, since the start or the last reset. After a reset all orders are told again, with the recovery bit, and
 * the changes of each instrument count from 1 again; packet numbers go on. No I/O, no allocation after create, one thread.
 */
#ifndef HEADRACE_SIM_MDP3_H
#define HEADRACE_SIM_MDP3_H

#include <stddef.h>
#include <stdint.h>

#include "sim/delivery.h"

enum hr_sim_mdp3_stream {
    HR_SIM_MDP3_INCREMENTAL,
    HR_SIM_MDP3_SNAPSHOT,
    HR_SIM_MDP3_ORDER_SNAPSHOT,
    HR_SIM_MDP3_DEFINITION,
    HR_SIM_MDP3_STREAMS,
};

#define HR_SIM_MDP3_CHANNEL 310

struct hr_sim_mdp3_options {
    uint64_t seed;
    uint32_t instruments; /* 1 to HR_FUTURES_INSTRUMENTS_MAX */
    uint32_t live_orders; /* 1 to HR_FUTURES_ORDERS_MAX */
    uint64_t messages;    /* events of the mix; the adding of the live orders comes before it */
    uint64_t rate;        /* events a second, on average */
    uint64_t loop_ns;     /* how long each loop takes */
    uint64_t reset_at;    /* a channel reset comes before this event of the mix, from 1; 0: none */
    uint64_t midnight_ns; /* since the UNIX epoch */
};

struct hr_sim_mdp3_statistics {
    uint64_t messages;
    uint64_t by_template[64];
    uint64_t live_orders;
    uint64_t loops[HR_SIM_MDP3_STREAMS]; /* begun; 0 for the incremental stream */
};

struct hr_sim_mdp3;

/* Returns 0; -EINVAL when an option is out of its range, or -ENOMEM. On failure *mdp3 is NULL. */
int hr_sim_mdp3_create(struct hr_sim_mdp3 **mdp3, const struct hr_sim_mdp3_options *options)
    __attribute__((warn_unused_result));
void hr_sim_mdp3_destroy(struct hr_sim_mdp3 *mdp3);

/* Fills in the next packet of any stream; its time is ns since midnight. Returns 1, or 0 after the last: two whole loops,
 * and at least three seconds, after the last event. */
int hr_sim_mdp3_next(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet);

const struct hr_sim_mdp3_statistics *hr_sim_mdp3_statistics(const struct hr_sim_mdp3 *mdp3);

#endif
