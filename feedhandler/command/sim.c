/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace sim: a small exchange. A generated day of Nasdaq TotalView-ITCH 5.0 in MoldUDP64, or a channel of CME MDP 3.0, as
 * a capture file or as multicast.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command/command.h"
#include "command/sim_options.h"
#include "command/sim_report.h"
#include "sim/frame.h"

#define CAPTURE_DELAY_NS 5000 /* from the exchange's stamp to the capture's */
#define SOURCE_IP UINT32_C(0x0a000001) /* 10.0.0.1 */
#define SOURCE_PORT 40000

static int next_packet(void *source, struct hr_delivery_packet *packet)
{
    struct sim_exchange *exchange = source;
    if (exchange->mdp3)
        return hr_sim_mdp3_next(exchange->mdp3, packet);
    packet->stream = 0;
    packet->length = hr_mold_next(exchange->mold, packet->payload, &packet->time_ns);
    if (packet->length == 0)
        return 0;
    packet->messages = hr_mold_message_count(packet->payload);
    return 1;
}

/* Nobody is served a packet before its time. */
static int keep_packet(struct sim_exchange *exchange, const struct hr_network_arrival *arrival)
{
    int error = hr_sim_sender_wait(exchange->sender, arrival->time_ns);
    return error ? error : hr_history_append(exchange->history, arrival->payload, arrival->length);
}

static int take_arrival(void *receiver, uint32_t stream, uint32_t line, const struct hr_network_arrival *arrival)
{
    struct sim_exchange *exchange = receiver;
    if (line == HR_DELIVERY_EXCHANGE)
        return exchange->history ? keep_packet(exchange, arrival) : 0;
    if (exchange->sender)
        return hr_sim_sender_put(exchange->sender, stream * HR_DELIVERY_LINES_MAX + line, arrival->payload,
                                 arrival->length, arrival->time_ns);

    const struct hr_delivery_address *address = &exchange->delivery.streams[stream].addresses[line];
    struct hr_frame_addresses addresses = {
        .source_mac = {0x02, 0x00, 0x00, 0x00, 0x00, 0x01}, /* locally administered: nobody's */
        .source_ip = SOURCE_IP,
        .source_port = SOURCE_PORT,
        .destination_ip = address->group,
        .destination_port = address->port,
        .ttl = exchange->options->ttl,
    };
    uint8_t frame[HR_FRAME_BYTES_MAX];
    hr_frame_group_mac(addresses.destination_mac, addresses.destination_ip);
    size_t length = hr_frame_write(frame, &addresses, arrival->payload, arrival->length);
    return hr_sim_output_write(exchange->output, exchange->options->midnight_ns + arrival->time_ns + CAPTURE_DELAY_NS,
                               frame, length);
}

static int deliver(struct sim_exchange *exchange)
{
    return hr_delivery_run(&exchange->delivery, next_packet, exchange, take_arrival, exchange, &exchange->totals);
}

static int write_capture(struct sim_exchange *exchange)
{
    const char *path = exchange->options->output;
    int error = hr_sim_output_open(&exchange->output, path);
    if (error) {
        sim_complain("--output %s: cannot be created: %s", path, strerror(-error));
        return EX_CANTCREAT;
    }
    error = deliver(exchange);
    int closed = hr_sim_output_close(exchange->output);
    error = error ? error : closed;
    if (error) {
        sim_complain("--output %s: writing failed after %" PRIu64 " packets, the file is not complete: %s", path,
                     exchange->totals.packets, strerror(-error));
        return EX_IOERR;
    }
    return EX_OK;
}

static void print_address(const char *what, struct sockaddr_in address)
{
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text));
    fprintf(stderr, "headrace sim: %s at %s:%u\n", what, text, ntohs(address.sin_port));
}

static int start_servers(struct sim_exchange *exchange)
{
    const struct sim_options *options = exchange->options;
    const char *failed = NULL;
    if (!options->server.request_server && !options->server.glimpse)
        return EX_OK;
    int error = hr_history_create(&exchange->history, options->history_mib << 20);
    if (!error)
        error = hr_server_start(&exchange->server, exchange->history, &options->server, &failed);
    if (error) {
        sim_complain("--%s: the server cannot be set up: %s", failed ? failed : "send", strerror(-error));
        return EX_OSERR;
    }
    if (options->server.request_server)
        print_address("request server", hr_server_request_address(exchange->server));
    if (options->server.glimpse)
        print_address("GLIMPSE server", hr_server_glimpse_address(exchange->server));
    return EX_OK;
}

static void linger(uint64_t seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds};
    while (nanosleep(&left, &left) != 0) {
    }
}

static int send_packets(struct sim_exchange *exchange)
{
    const struct sim_options *options = exchange->options;
    struct hr_sim_sender_options sender = {
        .destination_count = exchange->delivery.stream_count * HR_DELIVERY_LINES_MAX,
        .ttl = options->ttl,
        .interface = options->interface,
        .speed = options->speed,
    };
    for (uint32_t i = 0; i < sender.destination_count; i++)
        sender.destinations[i] =
            exchange->delivery.streams[i / HR_DELIVERY_LINES_MAX].addresses[i % HR_DELIVERY_LINES_MAX];
    int error = hr_sim_sender_open(&exchange->sender, &sender);
    if (error) {
        sim_complain("--send%s%s: the socket cannot be set up: %s", options->interface ? " --interface " : "",
                     options->interface ? options->interface : "", strerror(-error));
        return EX_IOERR;
    }
    int code = start_servers(exchange);
    error = code == EX_OK ? deliver(exchange) : 0;
    int closed = hr_sim_sender_close(exchange->sender);
    if (code != EX_OK)
        return code;
    error = error ? error : closed;
    if (!error && exchange->server)
        linger(options->linger_s);
    hr_server_stop(exchange->server, &exchange->served);
    if (error) {
        sim_complain("--send: failed after %" PRIu64 " packets: %s", exchange->totals.packets, strerror(-error));
        return EX_IOERR;
    }
    return EX_OK;
}

static int create(struct sim_exchange *exchange)
{
    const struct sim_options *options = exchange->options;
    if (options->protocol == SIM_MDP3)
        return hr_sim_mdp3_create(&exchange->mdp3, &(struct hr_sim_mdp3_options){
                                                       .seed = options->market.seed,
                                                       .instruments = options->market.symbols,
                                                       .live_orders = (uint32_t)options->market.live_orders,
                                                       .messages = options->market.messages,
                                                       .rate = options->market.rate,
                                                       .loop_ns = options->loop_ms * 1000000,
                                                       .reset_at = options->reset_at,
                                                       .midnight_ns = options->midnight_ns,
                                                   });
    int error = hr_market_create(&exchange->market, &options->market);
    return error ? error : hr_mold_create(&exchange->mold, exchange->market, &options->mold);
}

static int generate(const struct sim_options *options)
{
    struct sim_exchange exchange = {.options = options};
    int code;

    int error = create(&exchange);
    if (error) {
        sim_complain("the market of %" PRIu32 " symbols and %" PRIu64 " live orders cannot be made: %s",
                     options->market.symbols, options->market.live_orders, strerror(-error));
        code = EX_OSERR;
        goto done;
    }
    exchange.delivery.seed = options->market.seed;
    exchange.delivery.stream_count = options->streams;
    exchange.delivery.line_count = options->lines;
    for (uint32_t stream = 0; stream < options->streams; stream++) {
        memcpy(exchange.delivery.streams[stream].addresses, options->addresses[stream], sizeof(options->addresses[stream]));
        memcpy(exchange.delivery.streams[stream].lines, options->impairments, sizeof(options->impairments));
        for (uint32_t line = 0; line < options->lines && stream != HR_SIM_MDP3_INCREMENTAL; line++)
            exchange.delivery.streams[stream].lines[line].delay_ns += options->loop_delay_us * 1000;
    }

    fprintf(stderr, "headrace sim: seed %" PRIu64 "\n", options->market.seed);
    code = options->send ? send_packets(&exchange) : write_capture(&exchange);
    if (code == EX_OK && options->statistics)
        sim_report(&exchange);
done:
    hr_history_destroy(exchange.history);
    hr_sim_mdp3_destroy(exchange.mdp3);
    hr_mold_destroy(exchange.mold);
    hr_market_destroy(exchange.market);
    return code;
}

int hr_command_sim(int argc, char **argv)
{
    struct sim_options options;
    int code = sim_options_parse(&options, argc, argv);
    if (code)
        return code;
    if (options.help) {
        sim_options_help();
        return EX_OK;
    }
    return generate(&options);
}
