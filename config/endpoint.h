/* SPDX-License-Identifier: Apache-2.0
 *
 * ADDRESS:PORT, as servers are named in the configuration.
 */
#ifndef HEADRACE_CONFIG_ENDPOINT_H
#define HEADRACE_CONFIG_ENDPOINT_H

#include <netinet/in.h>

/* Reads "A.B.C.D:PORT", the port from 1 to 65535. Returns 0, or 1 when it is not one. */
int hr_endpoint_parse(const char *text, struct sockaddr_in *endpoint);

#endif
