/* SPDX-License-Identifier: Apache-2.0 */
#include "command/sim_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "decode/eastern.h"

#define SPEED_MIN 1e-3
#define SPEED_MAX 1e6
#define PORT_DEFAULT 26477
#define REORDER_DELAY_US 100
#define DELAY_US_MAX ((double)HR_NETWORK_DELAY_NS_MAX / 1e3)

/* The one table of options: the parser, the help and the numbers of getopt_long all come from here. */
#define OPTIONS(X)                                                                                                     \
    X(SEED, "seed", "N", "the seed; the same seed and options give the same bytes (1)")                                \
    X(MESSAGES, "messages", "N", "messages of the steady mix; the opening comes on top (1000000)")                     \
    X(SYMBOLS, "symbols", "N", "how many symbols, 1 to 65535 (8000)")                                                  \
    X(LIVE_ORDERS, "live-orders", "N", "orders that the opening adds, and that then stay live (1000000);\n"            \
                                       "0: no build-up, the mix starts with empty books")                              \
    X(RATE, "rate", "N", "messages a second on average; bursts run at ten times that (200000)")                        \
    X(DATE, "date", "YYYY-MM-DD", "the day of the capture (2026-01-05)")                                               \
    X(SESSION, "session", "S", "MoldUDP64 session, 1 to 10 characters (HRSIM00001)")                                   \
    X(LINES, "lines", "N", "lines that carry the same packets, 1 to 4: A, B, C, D (1)")                                \
    X(LINE_GROUP, "line-group", "G[,...]", "multicast groups, line A's first (233.54.12.111,233.86.230.111,\n"         \
                                           "239.54.12.111,239.86.230.111)")                                            \
    X(LINE_PORT, "line-port", "N[,...]", "UDP ports: one for all lines, or one each (26477)")                          \
    X(GROUP, "group", "G", "line A's multicast group")                                                                 \
    X(PORT, "port", "N", "the UDP port of all lines")                                                                  \
    X(LOSS, "loss", "P[,...]", "share of the packets that a line loses, 0 to 1: one for all, or one each (0)")         \
    X(DUPLICATE, "duplicate", "P[,...]", "share that comes twice (0)")                                                 \
    X(REORDER, "reorder", "P[,...]", "share that comes late and is overtaken (0)")                                     \
    X(REORDER_DELAY_US, "reorder-delay-us", "T[,...]", "how late those are (100)")                                     \
    X(DELAY_US, "delay-us", "T[,...]", "how long a packet takes (0)")                                                  \
    X(JITTER_US, "jitter-us", "T[,...]", "and up to how much more; this alone changes no order (0)")                   \
    X(TTL, "ttl", "N", "time to live, 0 to 255 (16)")                                                                  \
    X(OUTPUT, "output", "FILE", "write a nanosecond pcap: FILE, FILE.zst (zstd), or - for standard output")            \
    X(SEND, "send", NULL, "send as UDP multicast, at the generated times")                                             \
    X(INTERFACE, "interface", "NAME|ADDRESS", "with --send: the interface to send from")                               \
    X(SPEED, "speed", "X", "with --send: X times as fast (1); 0: without any pause")                                   \
    X(STATS, "stats", NULL, "at the end, one JSON object about what was written, on standard error")                   \
    X(HELP, "help", NULL, "this text")

enum option_number {
    OPTION_FIRST = 255, /* above any character, so that no short option is one of them */
#define X(id, name, argument, help) OPTION_##id,
    OPTIONS(X)
#undef X
};

static const struct option LONG_OPTIONS[] = {
#define X(id, name, argument, help) {name, (const char *)(argument) ? required_argument : no_argument, NULL, OPTION_##id},
    OPTIONS(X)
#undef X
    {NULL, 0, NULL, 0},
};

void sim_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("headrace sim: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void sim_options_help(void)
{
    static const struct {
        const char *name;
        const char *argument;
        const char *help;
    } LINES[] = {
#define X(id, name, argument, help) {name, argument, help},
        OPTIONS(X)
#undef X
    };
    puts("usage: headrace sim (--output FILE | --send) [options]\n\n"
         "Generates a day of Nasdaq TotalView-ITCH 5.0 in MoldUDP64 packets: directory, build-up of the book,\n"
         "a steady mix in calms and bursts from 09:30:00 US Eastern, and the close.\n");
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        char left[40];
        snprintf(left, sizeof(left), "--%s %s", LINES[i].name, LINES[i].argument ? LINES[i].argument : "");
        printf("  %-26s", left);
        for (const char *at = LINES[i].help; *at; at++) {
            putchar(*at);
            if (*at == '\n')
                printf("%28s", "");
        }
        putchar('\n');
    }
}

/* Decimal digits only: strtoull alone would take a sign, spaces and what follows the number. */
static int parse_number(const char *name, const char *text, uint64_t low, uint64_t high, uint64_t *value)
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

static int parse_speed(const char *text, double *speed)
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

static int parse_date(const char *text, uint64_t *midnight_ns)
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

static int parse_session(const char *text, char session[HR_MOLD_SESSION_BYTES + 1])
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
static int parse_groups(const char *name, const char *text, uint32_t most, struct sim_options *options)
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
        options->addresses[count++].group = ntohl(address.s_addr);
    }
    options->groups_given = count > options->groups_given ? count : options->groups_given;
    return 0;
}

static int parse_list(const char *name, const char *text, double low, double high, struct sim_list *list)
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

static int parse_ports(const char *name, const char *text, struct sim_options *options)
{
    int code = parse_list(name, text, 1, 65535, &options->ports);
    for (uint32_t i = 0; code == 0 && i < options->ports.count; i++) {
        if (options->ports.values[i] != floor(options->ports.values[i])) {
            sim_complain("--%s: found '%s', wanted whole numbers from 1 to 65535", name, text);
            code = EX_USAGE;
        }
    }
    return code;
}

static int parse_option(struct sim_options *options, int option)
{
    uint64_t number = 0;
    int code = 0;
    switch (option) {
    case OPTION_SEED: return parse_number("seed", optarg, 0, UINT64_MAX, &options->market.seed);
    case OPTION_MESSAGES: return parse_number("messages", optarg, 0, UINT64_MAX, &options->market.messages);
    case OPTION_SYMBOLS:
        code = parse_number("symbols", optarg, 1, HR_MARKET_SYMBOLS_MAX, &number);
        options->market.symbols = (uint32_t)number;
        return code;
    case OPTION_LIVE_ORDERS:
        return parse_number("live-orders", optarg, 0, HR_MARKET_LIVE_ORDERS_MAX, &options->market.live_orders);
    case OPTION_RATE: return parse_number("rate", optarg, 1, HR_MARKET_RATE_MAX, &options->market.rate);
    case OPTION_DATE: return parse_date(optarg, &options->midnight_ns);
    case OPTION_SESSION: return parse_session(optarg, options->mold.session);
    case OPTION_LINES:
        code = parse_number("lines", optarg, 1, HR_DELIVERY_LINES_MAX, &number);
        options->lines = (uint32_t)number;
        return code;
    case OPTION_LINE_GROUP: return parse_groups("line-group", optarg, HR_DELIVERY_LINES_MAX, options);
    case OPTION_LINE_PORT: return parse_ports("line-port", optarg, options);
    case OPTION_GROUP: return parse_groups("group", optarg, 1, options);
    case OPTION_PORT: return parse_ports("port", optarg, options);
    case OPTION_LOSS: return parse_list("loss", optarg, 0, 1, &options->loss);
    case OPTION_DUPLICATE: return parse_list("duplicate", optarg, 0, 1, &options->duplicate);
    case OPTION_REORDER: return parse_list("reorder", optarg, 0, 1, &options->reorder);
    case OPTION_REORDER_DELAY_US:
        return parse_list("reorder-delay-us", optarg, 0, DELAY_US_MAX, &options->reorder_delay_us);
    case OPTION_DELAY_US: return parse_list("delay-us", optarg, 0, DELAY_US_MAX, &options->delay_us);
    case OPTION_JITTER_US: return parse_list("jitter-us", optarg, 0, DELAY_US_MAX, &options->jitter_us);
    case OPTION_TTL:
        code = parse_number("ttl", optarg, 0, 255, &number);
        options->ttl = (uint8_t)number;
        return code;
    case OPTION_OUTPUT: options->output = optarg; return 0;
    case OPTION_SEND: options->send = true; return 0;
    case OPTION_INTERFACE: options->interface = optarg; return 0;
    case OPTION_SPEED: options->speed_given = true; return parse_speed(optarg, &options->speed);
    case OPTION_STATS: options->statistics = true; return 0;
    case OPTION_HELP: options->help = true; return 0;
    default: return EX_USAGE;
    }
}

/* What each option alone cannot know. */
static int check_together(const struct sim_options *options)
{
    if (!options->output && !options->send)
        sim_complain("found neither --output nor --send, wanted one of them; see --help");
    else if (options->output && options->send)
        sim_complain("found both --output and --send, wanted one of them");
    else if (!options->send && (options->interface || options->speed_given))
        sim_complain("found --%s without --send", options->interface ? "interface" : "speed");
    else if (options->market.messages / options->market.rate >= HR_MARKET_DURATION_S_MAX)
        sim_complain("--messages %" PRIu64 " at --rate %" PRIu64 " take %" PRIu64
                 " seconds, wanted less than %d, to end before midnight",
                 options->market.messages, options->market.rate, options->market.messages / options->market.rate,
                 HR_MARKET_DURATION_S_MAX);
    else if (options->output && strcmp(options->output, "-") == 0 && isatty(STDOUT_FILENO))
        sim_complain("--output -: found a terminal on standard output, wanted a pipe or a file");
    else
        return 0;
    return EX_USAGE;
}

/* One value is every line's. */
static int spread(const char *name, const struct sim_list *list, uint32_t lines, double fallback, double values[])
{
    if (list->count > 1 && list->count != lines) {
        sim_complain("--%s: found %" PRIu32 " values, wanted 1, or one for each of the %" PRIu32 " lines (--lines)", name,
                     list->count, lines);
        return EX_USAGE;
    }
    for (uint32_t line = 0; line < HR_DELIVERY_LINES_MAX; line++)
        values[line] = list->count == 0 ? fallback : list->values[list->count == 1 ? 0 : line];
    return 0;
}

/* From the lists to the lines. */
static int set_lines(struct sim_options *options)
{
    double ports[HR_DELIVERY_LINES_MAX], loss[HR_DELIVERY_LINES_MAX], duplicate[HR_DELIVERY_LINES_MAX];
    double reorder[HR_DELIVERY_LINES_MAX], reorder_delay[HR_DELIVERY_LINES_MAX];
    double delay[HR_DELIVERY_LINES_MAX], jitter[HR_DELIVERY_LINES_MAX];
    if (spread("line-port", &options->ports, options->lines, PORT_DEFAULT, ports) ||
        spread("loss", &options->loss, options->lines, 0, loss) ||
        spread("duplicate", &options->duplicate, options->lines, 0, duplicate) ||
        spread("reorder", &options->reorder, options->lines, 0, reorder) ||
        spread("reorder-delay-us", &options->reorder_delay_us, options->lines, REORDER_DELAY_US, reorder_delay) ||
        spread("delay-us", &options->delay_us, options->lines, 0, delay) ||
        spread("jitter-us", &options->jitter_us, options->lines, 0, jitter))
        return EX_USAGE;
    if (options->groups_given > options->lines) {
        sim_complain("--line-group: found %" PRIu32 " groups for %" PRIu32 " lines (--lines)", options->groups_given,
                     options->lines);
        return EX_USAGE;
    }
    for (uint32_t line = 0; line < options->lines; line++) {
        options->addresses[line].port = (uint16_t)ports[line];
        options->impairments[line] = (struct hr_network_line){
            .loss = loss[line],
            .duplicate = duplicate[line],
            .reorder = reorder[line],
            .delay_ns = (uint64_t)(delay[line] * 1e3 + 0.5),
            .jitter_ns = (uint64_t)(jitter[line] * 1e3 + 0.5),
            .reorder_delay_ns = (uint64_t)(reorder_delay[line] * 1e3 + 0.5),
        };
        for (uint32_t other = 0; other < line; other++) {
            if (options->addresses[line].group == options->addresses[other].group &&
                options->addresses[line].port == options->addresses[other].port) {
                sim_complain("--line-group: found the same group and port for lines %c and %c", 'A' + (int)other,
                             'A' + (int)line);
                return EX_USAGE;
            }
        }
    }
    return 0;
}

static int parse_all(struct sim_options *options, int argc, char **argv)
{
    optind = 0; /* makes getopt_long begin anew: main may have used it */
    opterr = 0;
    for (;;) {
        int index = optind ? optind : 1;
        int option = getopt_long(argc, argv, "+:", LONG_OPTIONS, NULL);
        int code = 0;
        if (option == -1)
            break;
        if (option == ':')
            sim_complain("%s: found no argument, wanted one; see --help", argv[optind - 1]);
        else if (option == '?')
            sim_complain("found '%s', which is no option, or is ambiguous, or takes no argument; see --help",
                     argv[index]);
        else
            code = parse_option(options, option);
        if (option == ':' || option == '?' || code)
            return EX_USAGE;
        if (options->help)
            return 0;
    }
    if (optind < argc) {
        sim_complain("found '%s', wanted options only; see --help", argv[optind]);
        return EX_USAGE;
    }
    int code = set_lines(options);
    return code ? code : check_together(options);
}

int sim_options_parse(struct sim_options *options, int argc, char **argv)
{
    /* A and B are Nasdaq's own; C and D are in the range for private use. */
    *options = (struct sim_options){
        .market = HR_MARKET_OPTIONS_DEFAULT,
        .mold = HR_MOLD_OPTIONS_DEFAULT,
        .lines = 1,
        .addresses = {{.group = UINT32_C(0xe9360c6f)},  /* 233.54.12.111 */
                      {.group = UINT32_C(0xe956e66f)},  /* 233.86.230.111 */
                      {.group = UINT32_C(0xef360c6f)},  /* 239.54.12.111 */
                      {.group = UINT32_C(0xef56e66f)}}, /* 239.86.230.111 */
        .ttl = 16,
        .speed = 1,
        .midnight_ns = hr_eastern_midnight_of_date_ns(2026, 1, 5),
    };
    return parse_all(options, argc, argv);
}
