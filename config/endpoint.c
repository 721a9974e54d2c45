/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int hr_endpoint_parse(const char *text, struct sockaddr_in *endpoint)
{
    char address[INET_ADDRSTRLEN];
    const char *colon = strchr(text, ':');
    char *end;
    if (!colon || (size_t)(colon - text) >= sizeof address || colon[1] < '0' || colon[1] > '9')
        return 1;
    memcpy(address, text, (size_t)(colon - text));
    address[colon - text] = '\0';
    unsigned long port = strtoul(colon + 1, &end, 10);
    *endpoint = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return *end || port < 1 || port > 65535 || inet_pton(AF_INET, address, &endpoint->sin_addr) != 1;
}
