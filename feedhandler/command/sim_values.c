/* SPDX-License-Identifier: Apache-2.0 */
#include "command/sim_values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "decode/eastern.h"

#define SPEED_MIN 1e-3
#define SPEED_MAX 1e6

/* Decimal digits only: strtoull alone would take a sign, spaces and what follows the number. */
int sim_parse_number(const char *name, const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < low || number > high) {
        sim_complain("--%s: found '%s', wanted a number from %" PRIu64 " to %" PRIu64, name, text, low, high);
        return EX_USAGE;
    }
    *value = number;
    return 0;
}

int sim_parse_speed(const char *text, double *speed)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(number) || number < 0 || number > SPEED_MAX ||
        (number > 0 && number < SPEED_MIN)) {
        sim_complain("--speed: found '%s', wanted 0, or a factor from 0.001 to 1000000", text);
        return EX_USAGE;
    }
    *speed = number;
    return 0;
}

int sim_parse_date(const char *text, uint64_t *midnight_ns)
{
    int year = 0, month = 0, day = 0, used = 0;
    *midnight_ns = 0;
    /* The pcap format's seconds have 32 bits: they end in February 2106. */
    if (strlen(text) == 10 && strspn(text, "0123456789-") == 10 &&
        sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && used == 10 && year <= 2105)
        *midnight_ns = hr_eastern_midnight_of_date_ns(year, month, day);
    if (*midnight_ns == 0) {
        sim_complain("--date: found '%s', wanted a day as YYYY-MM-DD, 1970 to 2105", text);
        return EX_USAGE;
    }
    return 0;
}

int sim_parse_session(const char *text, char session[HR_MOLD_SESSION_BYTES + 1])
{
    size_t length = strlen(text);
    bool printable = true;
    for (size_t i = 0; i < length; i++)
        printable &= text[i] >= ' ' && text[i] <= '~';
    if (length < 1 || length > HR_MOLD_SESSION_BYTES || !printable) {
        sim_complain("--session: found '%s', wanted 1 to %d printable ASCII characters", text, HR_MOLD_SESSION_BYTES);
        return EX_USAGE;
    }
    memcpy(session, text, length + 1);
    return 0;
}

/* The next value of a list with commas; NULL after the last. */
static const char *next_value(const char **rest, char value[32])
{
    if (!*rest)
        return NULL;
    size_t length = strcspn(*rest, ",");
    snprintf(value, 32, "%.*s", (int)(length < 32 ? length : 31), *rest);
    *rest = (*rest)[length] == ',' ? *rest + length + 1 : NULL;
    return value;
}

/* Line A's group first. */
int sim_parse_groups(const char *name, const char *text, uint32_t most, struct hr_delivery_address *addresses,
                     uint32_t *given)
{
    struct in_addr address;
    const char *rest = text;
    char value[32];
    uint32_t count = 0;
    while (next_value(&rest, value)) {
        if (inet_pton(AF_INET, value, &address) != 1 || !IN_MULTICAST(ntohl(address.s_addr))) {
            sim_complain("--%s: found '%s', wanted an IPv4 multicast address, 224.0.0.0 to 239.255.255.255", name, value);
            return EX_USAGE;
        }
        if (count == most) {
            sim_complain("--%s: found more than %" PRIu32 " groups in '%s'", name, most, text);
            return EX_USAGE;
        }
        addresses[count++].group = ntohl(address.s_addr);
    }
    *given = count > *given ? count : *given;
    return 0;
}

int sim_parse_list(const char *name, const char *text, double low, double high, struct sim_list *list)
{
    const char *rest = text;
    char value[32];
    list->count = 0;
    while (next_value(&rest, value)) {
        char *end = NULL;
        double number = strtod(value, &end);
        if (end == value || *end != '\0' || !isfinite(number) || number < low || number > high) {
            sim_complain("--%s: found '%s', wanted a number from %.12g to %.12g", name, value, low, high);
            return EX_USAGE;
        }
        if (list->count == HR_DELIVERY_LINES_MAX) {
            sim_complain("--%s: found more than %d values in '%s'", name, HR_DELIVERY_LINES_MAX, text);
            return EX_USAGE;
        }
        list->values[list->count++] = number;
    }
    return 0;
}

int sim_parse_ports(const char *name, const char *text, struct sim_list *ports)
{
    int code = sim_parse_list(name, text, 1, 65535, ports);
    for (uint32_t i = 0; code == 0 && i < ports->count; i++) {
        if (ports->values[i] != floor(ports->values[i])) {
            sim_complain("--%s: found '%s', wanted whole numbers from 1 to 65535", name, text);
            code = EX_USAGE;
        }
    }
    return code;
}

/* "127.0.0.1:30000" */
int sim_parse_address(const char *name, const char *text, struct sockaddr_in *address)
{
    char host[INET_ADDRSTRLEN] = "";
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    if (colon && (size_t)(colon - text) < sizeof(host))
        memcpy(host, text, (size_t)(colon - text));
    if (inet_pton(AF_INET, host, &address->sin_addr) != 1) {
        sim_complain("--%s: found '%s', wanted an IPv4 address and a port, as 127.0.0.1:30000", name, text);
        return EX_USAGE;
    }
    int code = sim_parse_number(name, colon + 1, 0, 65535, &port);
    address->sin_port = htons((uint16_t)port);
    return code;
}

int sim_parse_text(const char *name, const char *text, size_t most, char *value)
{
    if (strlen(text) < 1 || strlen(text) > most) {
        sim_complain("--%s: found '%s', wanted 1 to %zu characters", name, text, most);
        return EX_USAGE;
    }
    memcpy(value, text, strlen(text) + 1);
    return 0;
}

int sim_parse_misbehaviour(const char *text, enum hr_misbehaviour *misbehaviour, uint64_t *after)
{
    static const struct {
        const char *name;
        enum hr_misbehaviour misbehaviour;
    } KINDS[] = {
        {"die", HR_MISBEHAVE_DIE}, {"stall", HR_MISBEHAVE_STALL}, {"lie", HR_MISBEHAVE_LIE}, {"flood", HR_MISBEHAVE_FLOOD}};
    size_t length = strcspn(text, ":");
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        if (strlen(KINDS[i].name) == length && strncmp(KINDS[i].name, text, length) == 0) {
            *misbehaviour = KINDS[i].misbehaviour;
            return text[length] == ':' ? sim_parse_number("misbehave", text + length + 1, 0, UINT64_MAX, after) : 0;
        }
    }
    sim_complain("--misbehave: found '%s', wanted die, stall, lie or flood, with :N after N right answers", text);
    return EX_USAGE;
}
