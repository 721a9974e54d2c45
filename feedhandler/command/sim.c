/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace sim: a generated day of Nasdaq TotalView-ITCH 5.0 in MoldUDP64, as a capture file or as multicast.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "decode/eastern.h"
#include "sim/frame.h"
#include "sim/market.h"
#include "sim/mold.h"
#include "sim/output.h"
#include "sim/sender.h"

#define CAPTURE_DELAY_NS 5000 /* from the exchange's stamp to the capture's */
#define SOURCE_IP UINT32_C(0x0a000001) /* 10.0.0.1 */
#define SOURCE_PORT 40000
#define SPEED_MIN 1e-3
#define SPEED_MAX 1e6

struct sim {
    struct hr_market_options market;
    struct hr_mold_options mold;
    struct hr_frame_addresses addresses;
    const char *output;    /* NULL: none */
    const char *interface; /* NULL: the routing table's choice */
    double speed;
    uint64_t midnight_ns;
    bool send;
    bool speed_given;
    bool statistics;
    bool help;
};

struct totals {
    uint64_t packets;
    uint64_t bytes;    /* MoldUDP64: what a socket would read */
    uint64_t first_ns;
    uint64_t last_ns;
};

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
    X(GROUP, "group", "A.B.C.D", "multicast group (233.54.12.111)")                                                    \
    X(PORT, "port", "N", "UDP port (26477)")                                                                           \
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

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("headrace sim: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static void print_help(void)
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
        complain("--%s: found '%s', wanted a number from %" PRIu64 " to %" PRIu64, name, text, low, high);
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
        complain("--speed: found '%s', wanted 0, or a factor from 0.001 to 1000000", text);
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
        complain("--date: found '%s', wanted a day as YYYY-MM-DD, 1970 to 2105", text);
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
        complain("--session: found '%s', wanted 1 to %d printable ASCII characters", text, HR_MOLD_SESSION_BYTES);
        return EX_USAGE;
    }
    memcpy(session, text, length + 1);
    return 0;
}

static int parse_group(const char *text, uint32_t *group)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1 || !IN_MULTICAST(ntohl(address.s_addr))) {
        complain("--group: found '%s', wanted an IPv4 multicast address, 224.0.0.0 to 239.255.255.255", text);
        return EX_USAGE;
    }
    *group = ntohl(address.s_addr);
    return 0;
}

static int parse_option(struct sim *sim, int option)
{
    uint64_t number = 0;
    int code = 0;
    switch (option) {
    case OPTION_SEED: return parse_number("seed", optarg, 0, UINT64_MAX, &sim->market.seed);
    case OPTION_MESSAGES: return parse_number("messages", optarg, 0, UINT64_MAX, &sim->market.messages);
    case OPTION_SYMBOLS:
        code = parse_number("symbols", optarg, 1, HR_MARKET_SYMBOLS_MAX, &number);
        sim->market.symbols = (uint32_t)number;
        return code;
    case OPTION_LIVE_ORDERS:
        return parse_number("live-orders", optarg, 0, HR_MARKET_LIVE_ORDERS_MAX, &sim->market.live_orders);
    case OPTION_RATE: return parse_number("rate", optarg, 1, HR_MARKET_RATE_MAX, &sim->market.rate);
    case OPTION_DATE: return parse_date(optarg, &sim->midnight_ns);
    case OPTION_SESSION: return parse_session(optarg, sim->mold.session);
    case OPTION_GROUP: return parse_group(optarg, &sim->addresses.destination_ip);
    case OPTION_PORT:
        code = parse_number("port", optarg, 1, 65535, &number);
        sim->addresses.destination_port = (uint16_t)number;
        return code;
    case OPTION_TTL:
        code = parse_number("ttl", optarg, 0, 255, &number);
        sim->addresses.ttl = (uint8_t)number;
        return code;
    case OPTION_OUTPUT: sim->output = optarg; return 0;
    case OPTION_SEND: sim->send = true; return 0;
    case OPTION_INTERFACE: sim->interface = optarg; return 0;
    case OPTION_SPEED: sim->speed_given = true; return parse_speed(optarg, &sim->speed);
    case OPTION_STATS: sim->statistics = true; return 0;
    case OPTION_HELP: sim->help = true; return 0;
    default: return EX_USAGE;
    }
}

/* What each option alone cannot know. */
static int check_together(const struct sim *sim)
{
    if (!sim->output && !sim->send)
        complain("found neither --output nor --send, wanted one of them; see --help");
    else if (sim->output && sim->send)
        complain("found both --output and --send, wanted one of them");
    else if (!sim->send && (sim->interface || sim->speed_given))
        complain("found --%s without --send", sim->interface ? "interface" : "speed");
    else if (sim->market.messages / sim->market.rate >= HR_MARKET_DURATION_S_MAX)
        complain("--messages %" PRIu64 " at --rate %" PRIu64 " take %" PRIu64
                 " seconds, wanted less than %d, to end before midnight",
                 sim->market.messages, sim->market.rate, sim->market.messages / sim->market.rate,
                 HR_MARKET_DURATION_S_MAX);
    else if (sim->output && strcmp(sim->output, "-") == 0 && isatty(STDOUT_FILENO))
        complain("--output -: found a terminal on standard output, wanted a pipe or a file");
    else
        return 0;
    return EX_USAGE;
}

static int parse(struct sim *sim, int argc, char **argv)
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
            complain("%s: found no argument, wanted one; see --help", argv[optind - 1]);
        else if (option == '?')
            complain("found '%s', which is no option, or is ambiguous, or takes no argument; see --help",
                     argv[index]);
        else
            code = parse_option(sim, option);
        if (option == ':' || option == '?' || code)
            return EX_USAGE;
        if (sim->help)
            return 0;
    }
    if (optind < argc) {
        complain("found '%s', wanted options only; see --help", argv[optind]);
        return EX_USAGE;
    }
    return check_together(sim);
}

static void count_packet(struct totals *totals, size_t length, uint64_t time_ns)
{
    if (totals->packets == 0)
        totals->first_ns = time_ns;
    totals->last_ns = time_ns;
    totals->packets++;
    totals->bytes += length;
}

static int write_capture(const struct sim *sim, struct hr_mold *mold, struct totals *totals)
{
    struct hr_sim_output *output = NULL;
    uint8_t payload[HR_MOLD_PAYLOAD_BYTES_MAX];
    uint8_t frame[HR_FRAME_BYTES_MAX];
    uint64_t time_ns = 0;
    size_t length;

    int error = hr_sim_output_open(&output, sim->output);
    if (error) {
        complain("--output %s: cannot be created: %s", sim->output, strerror(-error));
        return EX_CANTCREAT;
    }
    while (!error && (length = hr_mold_next(mold, payload, &time_ns)) > 0) {
        size_t frame_length = hr_frame_write(frame, &sim->addresses, payload, length);
        error = hr_sim_output_write(output, sim->midnight_ns + time_ns + CAPTURE_DELAY_NS, frame, frame_length);
        count_packet(totals, length, time_ns);
    }
    int closed = hr_sim_output_close(output);
    error = error ? error : closed;
    if (error) {
        complain("--output %s: writing failed after %" PRIu64 " packets, the file is not complete: %s", sim->output,
                 totals->packets, strerror(-error));
        return EX_IOERR;
    }
    return EX_OK;
}

static int send_packets(const struct sim *sim, struct hr_mold *mold, struct totals *totals)
{
    struct hr_sim_sender_options options = {
        .group = sim->addresses.destination_ip,
        .port = sim->addresses.destination_port,
        .ttl = sim->addresses.ttl,
        .interface = sim->interface,
        .speed = sim->speed,
    };
    struct hr_sim_sender *sender = NULL;
    uint64_t time_ns = 0;
    size_t length;

    int error = hr_sim_sender_open(&sender, &options);
    if (error) {
        complain("--send%s%s: the socket cannot be set up: %s", sim->interface ? " --interface " : "",
                 sim->interface ? sim->interface : "", strerror(-error));
        return EX_IOERR;
    }
    while (!error && (length = hr_mold_next(mold, hr_sim_sender_room(sender), &time_ns)) > 0) {
        error = hr_sim_sender_put(sender, length, time_ns);
        count_packet(totals, length, time_ns);
    }
    int closed = hr_sim_sender_close(sender);
    error = error ? error : closed;
    if (error) {
        complain("--send: failed after %" PRIu64 " packets: %s", totals->packets, strerror(-error));
        return EX_IOERR;
    }
    return EX_OK;
}

static void print_statistics(const struct sim *sim, const struct hr_market *market, const struct totals *totals)
{
    const struct hr_market_statistics *statistics = hr_market_statistics(market);
    const char *separator = "";
    fprintf(stderr,
            "{\"seed\": %" PRIu64 ", \"messages\": %" PRIu64 ", \"opening_messages\": %" PRIu64 ", \"by_type\": {",
            sim->market.seed, statistics->messages, statistics->opening_messages);
    for (int type = 0; type < 128; type++) {
        if (statistics->by_type[type] > 0) {
            fprintf(stderr, "%s\"%c\": %" PRIu64, separator, type, statistics->by_type[type]);
            separator = ", ";
        }
    }
    fprintf(stderr,
            "}, \"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"live_orders\": %" PRIu64
            ", \"live_orders_max\": %" PRIu64 ", \"duration_ns\": %" PRIu64 "}\n",
            totals->packets, totals->bytes, statistics->live_orders, statistics->live_orders_max,
            totals->last_ns - totals->first_ns);
}

static int generate(const struct sim *sim)
{
    struct hr_market *market = NULL;
    struct hr_mold *mold = NULL;
    struct totals totals = {0};
    int code;

    int error = hr_market_create(&market, &sim->market);
    if (!error)
        error = hr_mold_create(&mold, market, &sim->mold);
    if (error) {
        complain("the market of %" PRIu32 " symbols and %" PRIu64 " live orders cannot be made: %s",
                 sim->market.symbols, sim->market.live_orders, strerror(-error));
        code = EX_OSERR;
        goto done;
    }
    fprintf(stderr, "headrace sim: seed %" PRIu64 "\n", sim->market.seed);
    code = sim->send ? send_packets(sim, mold, &totals) : write_capture(sim, mold, &totals);
    if (code == EX_OK && sim->statistics)
        print_statistics(sim, market, &totals);
done:
    hr_mold_destroy(mold);
    hr_market_destroy(market);
    return code;
}

int hr_command_sim(int argc, char **argv)
{
    struct sim sim = {
        .market = HR_MARKET_OPTIONS_DEFAULT,
        .mold = HR_MOLD_OPTIONS_DEFAULT,
        .addresses =
            {
                .source_mac = {0x02, 0x00, 0x00, 0x00, 0x00, 0x01}, /* locally administered: nobody's */
                .source_ip = SOURCE_IP,
                .source_port = SOURCE_PORT,
                .destination_ip = UINT32_C(0xe9360c6f), /* 233.54.12.111 */
                .destination_port = 26477,
                .ttl = 16,
            },
        .speed = 1,
        .midnight_ns = hr_eastern_midnight_of_date_ns(2026, 1, 5),
    };
    int code = parse(&sim, argc, argv);
    if (code)
        return code;
    if (sim.help) {
        print_help();
        return EX_OK;
    }
    hr_frame_group_mac(sim.addresses.destination_mac, sim.addresses.destination_ip);
    return generate(&sim);
}
