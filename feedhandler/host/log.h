/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: DPDK's own, so that one stream has both. Never called on the data path.
 */
#ifndef HEADRACE_HOST_LOG_H
#define HEADRACE_HOST_LOG_H

#include <rte_log.h>

extern int hr_logtype;

#define HR_LOG(level, format, ...) rte_log(RTE_LOG_##level, (uint32_t)hr_logtype, "headrace: " format "\n", ##__VA_ARGS__)

#endif
