/* SPDX-License-Identifier: Apache-2.0
 *
 * DPDK's environment, started from the configuration.
 */
#ifndef HEADRACE_HOST_EAL_H
#define HEADRACE_HOST_EAL_H

#include "config.h"

struct rte_mempool;

struct hr_eal {
    unsigned main_core;
    unsigned worker_core;
    int huge_pages; /* in use */
    struct rte_mempool *pool;
};

/* Starts the EAL with one control lcore (the calling thread) and one worker lcore, and makes the packet pool. Says in the log
 * what it found: huge pages or none. A device of eal.devices that did not probe is an error that names it: the EAL itself
 * would go on without. Returns 0 or a negative errno, after an error message. */
int hr_eal_start(struct hr_eal *eal, const struct hr_config *config) __attribute__((warn_unused_result));
void hr_eal_stop(struct hr_eal *eal);

#endif
