/* SPDX-License-Identifier: Apache-2.0
 *
 * What host/log.h needs of DPDK, for units that log and need nothing else of it: the test keeps the last line.
 */
#ifndef HEADRACE_STUB_RTE_LOG_H
#define HEADRACE_STUB_RTE_LOG_H

#include <stdint.h>

enum {
    RTE_LOG_ERR = 4,
    RTE_LOG_WARNING = 5,
    RTE_LOG_NOTICE = 6,
    RTE_LOG_INFO = 7,
};

__attribute__((format(printf, 3, 4))) int rte_log(uint32_t level, uint32_t type, const char *format, ...);

#endif
