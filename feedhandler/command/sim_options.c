/* SPDX-License-Identifier: Apache-2.0 */
#include "command/sim_options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "decode/eastern.h"
#include "sim/futures.h"

#define NOT_GIVEN UINT64_MAX
#define PORT_DEFAULT 26477
#define MDP3_PORT_DEFAULT 14310
#define REORDER_DELAY_US 100
#define LOOP_DELAY_US_MAX 500000
#define DELAY_US_MAX ((double)HR_NETWORK_DELAY_NS_MAX / 1e3)

/* The one table of options: the parser, the help and the numbers of getopt_long all come from here. */
#define OPTIONS(X)                                                                                                     \
    X(PROTOCOL, "protocol", "NAME", "nasdaq-itch-5.0 or cme-mdp-3.0 (nasdaq-itch-5.0)")                                 \
    X(SEED, "seed", "N", "the seed; the same seed and options give the same bytes (1)")                                \
    X(MESSAGES, "messages", "N", "messages of the steady mix; the opening comes on top (1000000; cme: 100000)")         \
    X(SYMBOLS, "symbols", "N", "how many symbols, 1 to 65535 (8000; cme: 1 to 1000, 10)")                              \
    X(LIVE_ORDERS, "live-orders", "N", "orders that the opening adds, and that then stay live (1000000);\n"            \
                                       "0: no build-up, the mix starts with empty books (cme: 1 to 100000, 2000)")     \
    X(RATE, "rate", "N", "messages a second on average; bursts run at ten times that (200000; cme: 20000)")            \
    X(DATE, "date", "YYYY-MM-DD", "the day of the capture (2026-01-05)")                                               \
    X(SESSION, "session", "S", "MoldUDP64 session, 1 to 10 characters (HRSIM00001)")                                   \
    X(LINES, "lines", "N", "lines that carry the same packets, 1 to 4: A, B, C, D (1)")                                \
    X(LINE_GROUP, "line-group", "G[,...]", "multicast groups, line A's first (233.54.12.111,233.86.230.111,\n"         \
                                           "239.54.12.111,239.86.230.111; cme: 224.0.31.1,224.0.32.1,...)")            \
    X(LINE_PORT, "line-port", "N[,...]", "UDP ports: one for all lines, or one each (26477; cme: 14310,15310,...)")     \
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
    X(REQUEST_SERVER, "request-server", "ADDR:PORT", "with --send: serve MoldUDP64 requests there (UDP); port 0: any")  \
    X(GLIMPSE, "glimpse", "ADDR:PORT", "with --send: serve GLIMPSE snapshots there (SoupBinTCP); port 0: any")         \
    X(USERNAME, "username", "S", "the name that a GLIMPSE client must have, up to 6 characters (any)")                 \
    X(PASSWORD, "password", "S", "its password, up to 10 characters (any)")                                            \
    X(HISTORY_MIB, "history-mib", "N", "what is kept for the servers; beyond it the oldest are not served (512)")      \
    X(MISBEHAVE, "misbehave", "KIND[:N]", "the request server after N right answers (10): die, stall, lie or flood")   \
    X(LINGER, "linger", "S", "with servers: they serve S seconds longer, 0 to 86400 (0)")                              \
    X(SNAPSHOT_GROUP, "snapshot-group", "G[,...]", "cme: groups of the snapshots by price (224.0.31.22,224.0.32.22,...)")  \
    X(ORDER_GROUP, "order-group", "G[,...]", "cme: of the snapshots by order (224.0.31.64,224.0.32.64,...)")           \
    X(DEFINITION_GROUP, "definition-group", "G[,...]", "cme: of the definitions (224.0.31.43,224.0.32.43,...)")        \
    X(LOOP_MS, "loop-ms", "N", "cme: how long a loop of snapshots or definitions takes, 1 to 3600000 (1000)")          \
    X(LOOP_DELAY_US, "loop-delay-us", "T", "cme: how much longer packets of loops take than incremental ones (0)")     \
    X(RESET_AT, "reset-at", "MESSAGE", "cme: a channel reset before that message of the mix, from 1 (none)")           \
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
         "a steady mix in calms and bursts from 09:30:00 US Eastern, and the close; or a channel of CME MDP 3.0\n"
         "with its snapshots and definitions. On up to four lines, with what lines do to packets. See docs/sim.md.\n");
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        char left[40];
        snprintf(left, sizeof(left), "--%s %s", LINES[i].name, LINES[i].argument ? LINES[i].argument : "");
        printf("  %-30s", left);
        for (const char *at = LINES[i].help; *at; at++) {
            putchar(*at);
            if (*at == '\n')
                printf("%32s", "");
        }
        putchar('\n');
    }
}

static int parse_protocol(const char *text, enum sim_protocol *protocol)
{
    if (strcmp(text, "nasdaq-itch-5.0") == 0) {
        *protocol = SIM_ITCH;
    } else if (strcmp(text, "cme-mdp-3.0") == 0) {
        *protocol = SIM_MDP3;
    } else {
        sim_complain("--protocol: found '%s', wanted nasdaq-itch-5.0 or cme-mdp-3.0", text);
        return EX_USAGE;
    }
    return 0;
}

static int parse_stream_groups(const char *name, enum hr_sim_mdp3_stream stream, struct sim_options *options)
{
    return sim_parse_groups(name, optarg, HR_DELIVERY_LINES_MAX, options->addresses[stream], &options->groups_given[stream]);
}

static int parse_option(struct sim_options *options, int option)
{
    uint64_t number = 0;
    int code = 0;
    switch (option) {
    case OPTION_PROTOCOL: return parse_protocol(optarg, &options->protocol);
    case OPTION_SEED: return sim_parse_number("seed", optarg, 0, UINT64_MAX, &options->market.seed);
    case OPTION_MESSAGES: return sim_parse_number("messages", optarg, 0, UINT64_MAX, &options->market.messages);
    case OPTION_SYMBOLS:
        code = sim_parse_number("symbols", optarg, 1, HR_MARKET_SYMBOLS_MAX, &number);
        options->market.symbols = (uint32_t)number;
        return code;
    case OPTION_LIVE_ORDERS:
        return sim_parse_number("live-orders", optarg, 0, HR_MARKET_LIVE_ORDERS_MAX, &options->market.live_orders);
    case OPTION_RATE: return sim_parse_number("rate", optarg, 1, HR_MARKET_RATE_MAX, &options->market.rate);
    case OPTION_DATE: return sim_parse_date(optarg, &options->midnight_ns);
    case OPTION_SESSION: return sim_parse_session(optarg, options->mold.session);
    case OPTION_LINES:
        code = sim_parse_number("lines", optarg, 1, HR_DELIVERY_LINES_MAX, &number);
        options->lines = (uint32_t)number;
        return code;
    case OPTION_LINE_GROUP:
        return sim_parse_groups("line-group", optarg, HR_DELIVERY_LINES_MAX, options->addresses[0], &options->groups_given[0]);
    case OPTION_LINE_PORT: return sim_parse_ports("line-port", optarg, &options->ports);
    case OPTION_GROUP: return sim_parse_groups("group", optarg, 1, options->addresses[0], &options->groups_given[0]);
    case OPTION_PORT: return sim_parse_ports("port", optarg, &options->ports);
    case OPTION_LOSS: return sim_parse_list("loss", optarg, 0, 1, &options->loss);
    case OPTION_DUPLICATE: return sim_parse_list("duplicate", optarg, 0, 1, &options->duplicate);
    case OPTION_REORDER: return sim_parse_list("reorder", optarg, 0, 1, &options->reorder);
    case OPTION_REORDER_DELAY_US:
        return sim_parse_list("reorder-delay-us", optarg, 0, DELAY_US_MAX, &options->reorder_delay_us);
    case OPTION_DELAY_US: return sim_parse_list("delay-us", optarg, 0, DELAY_US_MAX, &options->delay_us);
    case OPTION_JITTER_US: return sim_parse_list("jitter-us", optarg, 0, DELAY_US_MAX, &options->jitter_us);
    case OPTION_TTL:
        code = sim_parse_number("ttl", optarg, 0, 255, &number);
        options->ttl = (uint8_t)number;
        return code;
    case OPTION_OUTPUT: options->output = optarg; return 0;
    case OPTION_SEND: options->send = true; return 0;
    case OPTION_INTERFACE: options->interface = optarg; return 0;
    case OPTION_SPEED: options->speed_given = true; return sim_parse_speed(optarg, &options->speed);
    case OPTION_REQUEST_SERVER:
        options->server.request_server = true;
        return sim_parse_address("request-server", optarg, &options->server.request_address);
    case OPTION_GLIMPSE:
        options->server.glimpse = true;
        return sim_parse_address("glimpse", optarg, &options->server.glimpse_address);
    case OPTION_USERNAME:
        return sim_parse_text("username", optarg, HR_SOUP_USERNAME_BYTES, options->server.soup.username);
    case OPTION_PASSWORD:
        return sim_parse_text("password", optarg, HR_SOUP_PASSWORD_BYTES, options->server.soup.password);
    case OPTION_HISTORY_MIB: return sim_parse_number("history-mib", optarg, 1, 1 << 20, &options->history_mib);
    case OPTION_MISBEHAVE:
        return sim_parse_misbehaviour(optarg, &options->server.requests.misbehaviour,
                                      &options->server.requests.misbehave_after);
    case OPTION_SNAPSHOT_GROUP: return parse_stream_groups("snapshot-group", HR_SIM_MDP3_SNAPSHOT, options);
    case OPTION_ORDER_GROUP: return parse_stream_groups("order-group", HR_SIM_MDP3_ORDER_SNAPSHOT, options);
    case OPTION_DEFINITION_GROUP: return parse_stream_groups("definition-group", HR_SIM_MDP3_DEFINITION, options);
    case OPTION_LOOP_MS: return sim_parse_number("loop-ms", optarg, 1, 3600000, &options->loop_ms);
    case OPTION_LOOP_DELAY_US: return sim_parse_number("loop-delay-us", optarg, 1, LOOP_DELAY_US_MAX, &options->loop_delay_us);
    case OPTION_RESET_AT: return sim_parse_number("reset-at", optarg, 1, UINT64_MAX, &options->reset_at);
    case OPTION_LINGER: return sim_parse_number("linger", optarg, 0, 86400, &options->linger_s);
    case OPTION_STATS: options->statistics = true; return 0;
    case OPTION_HELP: options->help = true; return 0;
    default: return EX_USAGE;
    }
}

/* One that only MDP 3.0 has, if it was given. */
static const char *mdp3_option(const struct sim_options *options)
{
    return options->groups_given[HR_SIM_MDP3_SNAPSHOT]         ? "snapshot-group"
           : options->groups_given[HR_SIM_MDP3_ORDER_SNAPSHOT] ? "order-group"
           : options->groups_given[HR_SIM_MDP3_DEFINITION]     ? "definition-group"
           : options->loop_ms                                  ? "loop-ms"
           : options->loop_delay_us                            ? "loop-delay-us"
           : options->reset_at                                 ? "reset-at"
                                                               : NULL;
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
    else if (!options->send && (options->server.request_server || options->server.glimpse))
        sim_complain("found --%s without --send", options->server.request_server ? "request-server" : "glimpse");
    else if (options->server.requests.misbehaviour != HR_BEHAVE && !options->server.request_server)
        sim_complain("found --misbehave without --request-server");
    else if ((options->server.soup.username[0] || options->server.soup.password[0]) && !options->server.glimpse)
        sim_complain("found --%s without --glimpse", options->server.soup.username[0] ? "username" : "password");
    else if (options->linger_s > 0 && !options->server.request_server && !options->server.glimpse)
        sim_complain("found --linger without --request-server or --glimpse");
    else if (options->protocol == SIM_MDP3 && (options->server.request_server || options->server.glimpse))
        sim_complain("found --%s with --protocol cme-mdp-3.0, wanted nasdaq-itch-5.0: CME has neither",
                     options->server.request_server ? "request-server" : "glimpse");
    else if (options->protocol == SIM_ITCH && mdp3_option(options))
        sim_complain("found --%s without --protocol cme-mdp-3.0", mdp3_option(options));
    else if (options->protocol == SIM_MDP3 && options->market.symbols > HR_FUTURES_INSTRUMENTS_MAX)
        sim_complain("--symbols: found %" PRIu32 ", wanted 1 to %d with cme-mdp-3.0", options->market.symbols,
                     HR_FUTURES_INSTRUMENTS_MAX);
    else if (options->protocol == SIM_MDP3 &&
             (options->market.live_orders < 1 || options->market.live_orders > HR_FUTURES_ORDERS_MAX))
        sim_complain("--live-orders: found %" PRIu64 ", wanted 1 to %d with cme-mdp-3.0", options->market.live_orders,
                     HR_FUTURES_ORDERS_MAX);
    else if (options->reset_at > options->market.messages)
        sim_complain("--reset-at: found %" PRIu64 ", wanted a message of the mix: 1 to %" PRIu64 " (--messages)",
                     options->reset_at, options->market.messages);
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

static int set_addresses(struct sim_options *options, const double ports[])
{
    static const char *const GROUP_OPTIONS[HR_DELIVERY_STREAMS_MAX] = {"line-group", "snapshot-group", "order-group",
                                                                       "definition-group"};
    uint32_t count = options->streams * options->lines;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t stream = i / options->lines, line = i % options->lines;
        struct hr_delivery_address *address = &options->addresses[stream][line];
        if (options->groups_given[stream] > options->lines) {
            sim_complain("--%s: found %" PRIu32 " groups for %" PRIu32 " lines (--lines)", GROUP_OPTIONS[stream],
                         options->groups_given[stream], options->lines);
            return EX_USAGE;
        }
        address->port = (uint16_t)ports[line];
        for (uint32_t before = 0; before < i; before++) {
            uint32_t other_stream = before / options->lines, other = before % options->lines;
            if (options->addresses[other_stream][other].group == address->group &&
                options->addresses[other_stream][other].port == address->port) {
                sim_complain("--%s: found the same group and port for lines %c and %c%s", GROUP_OPTIONS[stream],
                             'A' + (int)other, 'A' + (int)line, stream == other_stream ? "" : " of two streams");
                return EX_USAGE;
            }
        }
    }
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
    for (uint32_t line = 0; line < options->lines; line++) {
        if (options->protocol == SIM_MDP3 && options->ports.count == 0)
            ports[line] = MDP3_PORT_DEFAULT + 1000 * line;
        options->impairments[line] = (struct hr_network_line){
            .loss = loss[line],
            .duplicate = duplicate[line],
            .reorder = reorder[line],
            .delay_ns = (uint64_t)(delay[line] * 1e3 + 0.5),
            .jitter_ns = (uint64_t)(jitter[line] * 1e3 + 0.5),
            .reorder_delay_ns = (uint64_t)(reorder_delay[line] * 1e3 + 0.5),
        };
    }
    return set_addresses(options, ports);
}

/* Those that were not given, by protocol: the last byte of a group says what CME has there, the third which line. */
static void set_defaults(struct sim_options *options)
{
    static const uint32_t ITCH_GROUPS[HR_DELIVERY_LINES_MAX] = {
        UINT32_C(0xe9360c6f),  /* 233.54.12.111 and 233.86.230.111: Nasdaq's own A and B */
        UINT32_C(0xe956e66f),
        UINT32_C(0xef360c6f),  /* 239.54.12.111 and 239.86.230.111: of the range for private use */
        UINT32_C(0xef56e66f)};
    static const uint8_t MDP3_GROUPS[HR_SIM_MDP3_STREAMS] = {1, 22, 64, 43};
    bool mdp3 = options->protocol == SIM_MDP3;
    options->streams = mdp3 ? HR_SIM_MDP3_STREAMS : 1;
    for (uint32_t stream = 0; stream < options->streams; stream++)
        for (uint32_t line = options->groups_given[stream]; line < HR_DELIVERY_LINES_MAX; line++)
            options->addresses[stream][line].group =
                mdp3 ? UINT32_C(0xe0001f00) + (line << 8) + MDP3_GROUPS[stream] : ITCH_GROUPS[line];
    if (options->market.symbols == 0)
        options->market.symbols = mdp3 ? 10 : 8000;
    if (options->market.messages == NOT_GIVEN)
        options->market.messages = mdp3 ? 100000 : 1000000;
    if (options->market.live_orders == NOT_GIVEN)
        options->market.live_orders = mdp3 ? 2000 : 1000000;
    if (options->market.rate == 0)
        options->market.rate = mdp3 ? 20000 : 200000;
    if (mdp3 && options->loop_ms == 0)
        options->loop_ms = 1000;
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
    set_defaults(options);
    int code = set_lines(options);
    return code ? code : check_together(options);
}

int sim_options_parse(struct sim_options *options, int argc, char **argv)
{
    *options = (struct sim_options){
        .market = {.seed = 1, .messages = NOT_GIVEN, .live_orders = NOT_GIVEN},
        .mold = HR_MOLD_OPTIONS_DEFAULT,
        .lines = 1,
        .ttl = 16,
        .server = {.requests = {.misbehave_after = 10}},
        .history_mib = 512,
        .speed = 1,
        .midnight_ns = hr_eastern_midnight_of_date_ns(2026, 1, 5),
    };
    int code = parse_all(options, argc, argv);
    options->server.requests.seed = options->market.seed;
    options->server.requests.payload_bytes = options->mold.payload_bytes;
    memcpy(options->server.requests.session, options->mold.session, sizeof(options->mold.session));
    memcpy(options->server.soup.session, options->mold.session, sizeof(options->mold.session));
    return code;
}
