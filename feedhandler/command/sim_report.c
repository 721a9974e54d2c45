/* SPDX-License-Identifier: Apache-2.0 */
#include "command/sim_report.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

static void print_lines(const struct sim_exchange *exchange)
{
    static const char *const STREAMS[HR_SIM_MDP3_STREAMS] = {"incremental", "snapshot", "order_snapshot", "definition"};
    const char *separator = "";
    fprintf(stderr, ", \"lines\": [");
    for (uint32_t stream = 0; stream < exchange->delivery.stream_count; stream++) {
        for (uint32_t line = 0; line < exchange->delivery.line_count; line++) {
            const struct hr_delivery_address *address = &exchange->delivery.streams[stream].addresses[line];
            const struct hr_network_statistics *statistics = &exchange->totals.lines[stream][line];
            struct in_addr group = {.s_addr = htonl(address->group)};
            char text[INET_ADDRSTRLEN];
            inet_ntop(AF_INET, &group, text, sizeof(text));
            if (exchange->delivery.stream_count > 1)
                fprintf(stderr, "%s{\"stream\": \"%s\", ", separator, STREAMS[stream]);
            else
                fprintf(stderr, "%s{", separator);
            fprintf(stderr,
                    "\"line\": \"%c\", \"group\": \"%s\", \"port\": %u, \"sent\": %" PRIu64 ", \"lost\": %" PRIu64
                    ", \"duplicated\": %" PRIu64 ", \"reordered\": %" PRIu64 ", \"arrived\": %" PRIu64 "}",
                    'A' + (int)line, text, address->port, statistics->sent, statistics->lost,
                    statistics->duplicated, statistics->reordered, statistics->arrived);
            separator = ", ";
        }
    }
    fprintf(stderr, "], \"lost_on_all_lines\": {\"packets\": %" PRIu64 ", \"messages\": %" PRIu64 "}",
            exchange->totals.lost_packets, exchange->totals.lost_messages);
}

static void print_served(const struct sim_exchange *exchange)
{
    const struct hr_server_statistics *served = &exchange->served;
    const struct hr_requests_statistics *requests = &served->requests;
    struct hr_history_statistics history = hr_history_statistics(exchange->history);
    fprintf(stderr,
            ", \"history\": {\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"evicted_packets\": %" PRIu64
            ", \"evicted_messages\": %" PRIu64 "}",
            history.packets, history.bytes, history.evicted_packets, history.evicted_messages);
    if (exchange->options->server.request_server)
        fprintf(stderr,
                ", \"request_server\": {\"requests\": %" PRIu64 ", \"answered\": %" PRIu64 ", \"messages\": %" PRIu64
                ", \"refused\": %" PRIu64 ", \"foreign\": %" PRIu64 ", \"future\": %" PRIu64 ", \"evicted\": %" PRIu64
                ", \"unanswered\": %" PRIu64 ", \"lies\": %" PRIu64 ", \"unsent\": %" PRIu64 "}",
                requests->requests, requests->answered, requests->messages, requests->refused, requests->foreign,
                requests->future, requests->evicted, requests->unanswered, requests->lies, served->unsent);
    if (exchange->options->server.glimpse)
        fprintf(stderr,
                ", \"glimpse\": {\"connections\": %" PRIu64 ", \"turned_away\": %" PRIu64 ", \"logins_accepted\": %" PRIu64
                ", \"logins_rejected\": %" PRIu64 ", \"snapshots\": %" PRIu64 ", \"messages\": %" PRIu64
                ", \"logouts\": %" PRIu64 ", \"silent\": %" PRIu64 ", \"broken\": %" PRIu64 "}",
                served->connections, served->turned_away, served->logins_accepted, served->logins_rejected,
                served->snapshots, served->snapshot_messages, served->logouts, served->silent, served->broken);
}

static void print_itch(const struct sim_exchange *exchange)
{
    const struct hr_market_statistics *statistics = hr_market_statistics(exchange->market);
    const char *separator = "";
    fprintf(stderr, ", \"messages\": %" PRIu64 ", \"opening_messages\": %" PRIu64 ", \"by_type\": {", statistics->messages,
            statistics->opening_messages);
    for (int type = 0; type < 128; type++) {
        if (statistics->by_type[type] > 0) {
            fprintf(stderr, "%s\"%c\": %" PRIu64, separator, type, statistics->by_type[type]);
            separator = ", ";
        }
    }
    fprintf(stderr, "}, \"live_orders\": %" PRIu64 ", \"live_orders_max\": %" PRIu64, statistics->live_orders,
            statistics->live_orders_max);
}

static void print_mdp3(const struct sim_exchange *exchange)
{
    const struct hr_sim_mdp3_statistics *statistics = hr_sim_mdp3_statistics(exchange->mdp3);
    const char *separator = "";
    fprintf(stderr, ", \"messages\": %" PRIu64 ", \"by_template\": {", statistics->messages);
    for (int template = 0; template < 64; template++) {
        if (statistics->by_template[template] > 0) {
            fprintf(stderr, "%s\"%d\": %" PRIu64, separator, template, statistics->by_template[template]);
            separator = ", ";
        }
    }
    fprintf(stderr, "}, \"snapshot_loops\": %" PRIu64 ", \"definition_loops\": %" PRIu64 ", \"live_orders\": %" PRIu64,
            statistics->loops[HR_SIM_MDP3_SNAPSHOT], statistics->loops[HR_SIM_MDP3_DEFINITION], statistics->live_orders);
}

void sim_report(const struct sim_exchange *exchange)
{
    const struct hr_delivery_statistics *totals = &exchange->totals;
    fprintf(stderr, "{\"seed\": %" PRIu64, exchange->options->market.seed);
    if (exchange->mdp3)
        print_mdp3(exchange);
    else
        print_itch(exchange);
    fprintf(stderr, ", \"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"duration_ns\": %" PRIu64, totals->packets,
            totals->bytes, totals->last_ns - totals->first_ns);
    print_lines(exchange);
    if (exchange->history)
        print_served(exchange);
    fputs("}\n", stderr);
}
