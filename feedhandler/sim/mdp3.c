/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/mdp3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/arrival.h"
#include "sim/futures.h"
#include "sim/mdp3_message.h"

#define SECOND_NS UINT64_C(1000000000)
#define DAY_NS (86400 * SECOND_NS)
#define MARKET_OPEN_NS (34200 * SECOND_NS) /* 09:30 */
#define WINDOW_NS 20000                    /* a packet waits this long after its first event */
#define SILENCE_NS SECOND_NS
#define TAIL_NS (3 * SECOND_NS)

/* One loop through instruments. Which ones it has is settled when it begins. */
struct loop {
    uint64_t due_ns;
    uint32_t next;     /* instrument */
    uint32_t reports;  /* in this loop; 0: none has begun */
    uint32_t sequence; /* of the newest packet in it */
    bool *has;         /* by instrument */
};

struct hr_sim_mdp3 {
    struct hr_sim_mdp3_options options;
    struct hr_futures futures;
    struct hr_sim_random random;
    struct hr_sim_arrival arrival;
    uint64_t event_ns;      /* when the next event happens */
    uint64_t events_left;   /* of the mix */
    uint32_t adds_left;     /* before it */
    uint64_t last_event_ns;
    uint64_t incremental_ns;/* of the newest packet */
    uint32_t sequence;      /* of the newest incremental packet */
    bool reset_done;
    struct loop snapshots;
    struct loop definitions;
    uint32_t chunk_sequence;          /* of the newest packet of the order snapshots' loop */
    uint32_t chunks;                  /* of the instrument whose orders are being sent; 0: none */
    uint32_t chunk;                   /* sent of those */
    uint32_t chunk_instrument;
    uint64_t chunk_ns;
    uint32_t sorted_count;
    struct hr_futures_order *sorted;  /* that instrument's orders */
    struct hr_sim_mdp3_statistics statistics;
};

static void count_message(struct hr_sim_mdp3 *mdp3, int template_id)
{
    mdp3->statistics.messages++;
    mdp3->statistics.by_template[template_id]++;
}

static uint8_t *begin_packet(struct hr_delivery_packet *packet, enum hr_sim_mdp3_stream stream)
{
    packet->stream = stream;
    packet->messages = 0;
    return packet->payload + HR_MDP3_PACKET_HEADER_BYTES;
}

static int end_packet(const struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet, const uint8_t *end, uint32_t sequence,
                      uint64_t time_ns)
{
    hr_mdp3_put_packet_header(packet->payload, sequence, mdp3->options.midnight_ns + time_ns);
    packet->length = (size_t)(end - packet->payload);
    packet->time_ns = time_ns;
    return 1;
}

static struct hr_mdp3_report report_of(const struct hr_sim_mdp3 *mdp3, uint32_t reports)
{
    return (struct hr_mdp3_report){.last_sequence = mdp3->sequence,
                                   .reports = reports,
                                   .midnight_ns = mdp3->options.midnight_ns,
                                   .trade_date = (uint16_t)(mdp3->options.midnight_ns / DAY_NS)};
}

static bool events_are_left(const struct hr_sim_mdp3 *mdp3)
{
    return mdp3->adds_left > 0 || mdp3->events_left > 0 || hr_futures_recovers(&mdp3->futures);
}

static bool reset_is_due(const struct hr_sim_mdp3 *mdp3)
{
    return mdp3->options.reset_at > 0 && !mdp3->reset_done && mdp3->adds_left == 0 && mdp3->events_left > 0 &&
           mdp3->options.messages - mdp3->events_left + 1 == mdp3->options.reset_at;
}

/* One event: a message for its levels, one for each order behind the depth, in the order in which it all happened. */
static uint8_t *write_event(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet, uint8_t *at)
{
    struct hr_futures_event event;
    uint64_t time_ns = mdp3->options.midnight_ns + mdp3->event_ns;
    if (mdp3->adds_left > 0) {
        mdp3->adds_left--;
        hr_futures_add(&mdp3->futures, mdp3->event_ns, &event);
    } else {
        mdp3->events_left -= !hr_futures_recovers(&mdp3->futures);
        hr_futures_next(&mdp3->futures, mdp3->event_ns, &event);
    }
    int32_t security_id = mdp3->futures.instruments[event.instrument].security_id;
    for (uint32_t i = 0; i < event.order_count; i++) {
        const struct hr_futures_order_change *order = &event.orders[i];
        uint8_t indicator = (uint8_t)(event.recovery ? HR_MDP3_RECOVERY : 0);
        if (i + 1 == event.order_count)
            indicator |= HR_MDP3_LAST_QUOTE | HR_MDP3_END_OF_EVENT;
        if (order->level_change == 0) {
            at = hr_mdp3_write_order(at, time_ns, indicator, security_id, order);
            count_message(mdp3, 47);
        } else {
            /* Up to where the next order's levels begin. */
            uint32_t first = order->level_change - 1u;
            uint32_t last = event.level_count - 1;
            if (i + 1 < event.order_count && event.orders[i + 1].level_change > 0)
                last = event.orders[i + 1].level_change - 2u;
            at = hr_mdp3_write_levels(at, time_ns, indicator, security_id, &event, first, last, order);
            count_message(mdp3, 46);
        }
        packet->messages++;
    }
    mdp3->last_event_ns = mdp3->event_ns;
    mdp3->event_ns = hr_sim_arrival_next(&mdp3->arrival, &mdp3->random);
    return at;
}

/* Books and loops begin anew; what the snapshots were about to say is no longer true. */
static int write_reset(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet)
{
    uint8_t *at = begin_packet(packet, HR_SIM_MDP3_INCREMENTAL);
    at = hr_mdp3_write_reset(at, mdp3->options.midnight_ns + mdp3->event_ns, HR_SIM_MDP3_CHANNEL);
    count_message(mdp3, 4);
    packet->messages = 1;
    mdp3->reset_done = true;
    mdp3->incremental_ns = mdp3->last_event_ns = mdp3->event_ns;
    hr_futures_reset(&mdp3->futures);
    mdp3->snapshots.reports = 0;
    end_packet(mdp3, packet, at, ++mdp3->sequence, mdp3->event_ns);
    mdp3->event_ns = hr_sim_arrival_next(&mdp3->arrival, &mdp3->random);
    return 1;
}

/* What happens within the window and before the next snapshot, which must find the state that its packet number says. */
static int write_incremental(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet)
{
    if (reset_is_due(mdp3))
        return write_reset(mdp3, packet);
    uint8_t *at = begin_packet(packet, HR_SIM_MDP3_INCREMENTAL);
    const uint8_t *full = packet->payload + HR_MDP3_PAYLOAD_BYTES_MAX - HR_MDP3_EVENT_BYTES_MAX;
    uint64_t last_ns = mdp3->event_ns + WINDOW_NS;
    do {
        mdp3->incremental_ns = mdp3->event_ns;
        at = write_event(mdp3, packet, at);
    } while (events_are_left(mdp3) && !reset_is_due(mdp3) && at <= full && mdp3->event_ns <= last_ns &&
             mdp3->event_ns < mdp3->snapshots.due_ns && mdp3->event_ns < mdp3->definitions.due_ns);
    return end_packet(mdp3, packet, at, ++mdp3->sequence, mdp3->incremental_ns);
}

static int write_heartbeat(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet)
{
    mdp3->incremental_ns += SILENCE_NS;
    uint8_t *at = hr_mdp3_write_heartbeat(begin_packet(packet, HR_SIM_MDP3_INCREMENTAL));
    count_message(mdp3, 12);
    packet->messages = 1;
    return end_packet(mdp3, packet, at, ++mdp3->sequence, mdp3->incremental_ns);
}

static int by_price_and_priority(const void *left, const void *right)
{
    const struct hr_futures_order *a = left;
    const struct hr_futures_order *b = right;
    if (a->side != b->side)
        return a->side < b->side ? -1 : 1;
    if (a->place != b->place)
        return (a->side == HR_FUTURES_BID) == (a->place > b->place) ? -1 : 1;
    return a->priority < b->priority ? -1 : 1;
}

/* The orders of one instrument that have been told, to be sent in chunks from now on. */
static void begin_chunks(struct hr_sim_mdp3 *mdp3, uint32_t instrument, uint64_t time_ns)
{
    mdp3->sorted_count = 0;
    for (uint32_t i = 0; i < mdp3->futures.told_again; i++)
        if (mdp3->futures.orders[i].instrument == instrument)
            mdp3->sorted[mdp3->sorted_count++] = mdp3->futures.orders[i];
    qsort(mdp3->sorted, mdp3->sorted_count, sizeof(*mdp3->sorted), by_price_and_priority);
    mdp3->chunks = (mdp3->sorted_count + HR_MDP3_ORDERS_A_CHUNK - 1) / HR_MDP3_ORDERS_A_CHUNK;
    mdp3->chunks += mdp3->chunks == 0; /* an empty book is told too */
    mdp3->chunk = 0;
    mdp3->chunk_instrument = instrument;
    mdp3->chunk_ns = time_ns;
}

static int write_chunk(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet)
{
    struct hr_mdp3_report report = report_of(mdp3, mdp3->snapshots.reports);
    uint32_t first = mdp3->chunk * HR_MDP3_ORDERS_A_CHUNK;
    uint32_t count = mdp3->sorted_count - first;
    if (count > HR_MDP3_ORDERS_A_CHUNK)
        count = HR_MDP3_ORDERS_A_CHUNK;
    uint8_t *at = begin_packet(packet, HR_SIM_MDP3_ORDER_SNAPSHOT);
    at = hr_mdp3_write_order_snapshot(at, &report, &mdp3->futures.instruments[mdp3->chunk_instrument], mdp3->chunks,
                                      ++mdp3->chunk, mdp3->sorted + first, (uint8_t)count);
    count_message(mdp3, 53);
    packet->messages = 1;
    if (mdp3->chunk == mdp3->chunks)
        mdp3->chunks = 0;
    return end_packet(mdp3, packet, at, ++mdp3->chunk_sequence, mdp3->chunk_ns);
}

/* Begins a loop when the one before is through. Returns false when there is nothing to loop through yet. */
static bool advance_loop(struct hr_sim_mdp3 *mdp3, struct loop *loop, bool only_changed)
{
    uint32_t instruments = mdp3->options.instruments;
    while (loop->reports > 0 && loop->next < instruments && !loop->has[loop->next])
        loop->next++;
    if (loop->reports > 0 && loop->next < instruments)
        return true;
    loop->reports = 0;
    loop->sequence = 0;
    for (uint32_t i = 0; i < instruments; i++) {
        loop->has[i] = !only_changed || mdp3->futures.instruments[i].changes > 0;
        loop->reports += loop->has[i];
    }
    loop->next = 0;
    while (loop->next < instruments && !loop->has[loop->next])
        loop->next++;
    return loop->reports > 0;
}

/* One instrument's snapshot by price; its orders follow at the same time. Returns 0 when there is none to be sent. */
static int write_snapshot(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet)
{
    struct loop *loop = &mdp3->snapshots;
    uint64_t time_ns = loop->due_ns;
    if (!advance_loop(mdp3, loop, true)) {
        loop->due_ns += mdp3->options.loop_ns / mdp3->options.instruments;
        return 0;
    }
    loop->due_ns += mdp3->options.loop_ns / loop->reports;
    if (loop->sequence == 0) {
        mdp3->statistics.loops[HR_SIM_MDP3_SNAPSHOT]++;
        mdp3->statistics.loops[HR_SIM_MDP3_ORDER_SNAPSHOT]++;
        mdp3->chunk_sequence = 0;
    }
    struct hr_mdp3_report report = report_of(mdp3, loop->reports);
    uint8_t *at = begin_packet(packet, HR_SIM_MDP3_SNAPSHOT);
    at = hr_mdp3_write_snapshot(at, &report, &mdp3->futures.instruments[loop->next]);
    count_message(mdp3, 52);
    packet->messages = 1;
    begin_chunks(mdp3, loop->next++, time_ns);
    return end_packet(mdp3, packet, at, ++loop->sequence, time_ns);
}

static int write_definition(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet)
{
    struct loop *loop = &mdp3->definitions;
    uint64_t time_ns = loop->due_ns;
    char symbol[21], asset[7];
    advance_loop(mdp3, loop, false);
    loop->due_ns += mdp3->options.loop_ns / loop->reports;
    mdp3->statistics.loops[HR_SIM_MDP3_DEFINITION] += loop->sequence == 0;
    snprintf(asset, sizeof(asset), "S%03u", (unsigned)(loop->next % 1000));
    snprintf(symbol, sizeof(symbol), "%sH6", asset);
    struct hr_mdp3_report report = report_of(mdp3, loop->reports);
    uint8_t *at = begin_packet(packet, HR_SIM_MDP3_DEFINITION);
    at = hr_mdp3_write_definition(at, &report, &mdp3->futures.instruments[loop->next++], symbol, asset, HR_SIM_MDP3_CHANNEL);
    count_message(mdp3, 54);
    packet->messages = 1;
    return end_packet(mdp3, packet, at, ++loop->sequence, time_ns);
}

static uint64_t end_ns(const struct hr_sim_mdp3 *mdp3)
{
    uint64_t tail_ns = 2 * mdp3->options.loop_ns;
    return mdp3->last_event_ns + (tail_ns > TAIL_NS ? tail_ns : TAIL_NS);
}

int hr_sim_mdp3_next(struct hr_sim_mdp3 *mdp3, struct hr_delivery_packet *packet)
{
    int written = 0;
    while (!written) {
        if (mdp3->chunks > 0) /* all chunks of an instrument are one state: nothing may come between them */
            return write_chunk(mdp3, packet);
        uint64_t incremental_ns = mdp3->incremental_ns + SILENCE_NS;
        bool event = events_are_left(mdp3) && mdp3->event_ns <= incremental_ns;
        incremental_ns = event ? mdp3->event_ns : incremental_ns;
        uint64_t due_ns = incremental_ns;
        if (mdp3->snapshots.due_ns < due_ns)
            due_ns = mdp3->snapshots.due_ns;
        if (mdp3->definitions.due_ns < due_ns)
            due_ns = mdp3->definitions.due_ns;
        if (!events_are_left(mdp3) && due_ns > end_ns(mdp3))
            return 0;
        if (due_ns == mdp3->definitions.due_ns)
            written = write_definition(mdp3, packet);
        else if (due_ns == mdp3->snapshots.due_ns)
            written = write_snapshot(mdp3, packet);
        else
            written = event ? write_incremental(mdp3, packet) : write_heartbeat(mdp3, packet);
    }
    mdp3->statistics.live_orders = mdp3->futures.live;
    return 1;
}

const struct hr_sim_mdp3_statistics *hr_sim_mdp3_statistics(const struct hr_sim_mdp3 *mdp3)
{
    return &mdp3->statistics;
}

int hr_sim_mdp3_create(struct hr_sim_mdp3 **made, const struct hr_sim_mdp3_options *options)
{
    const struct hr_futures_options futures = {
        .seed = options->seed, .instruments = options->instruments, .live_orders = options->live_orders};
    *made = NULL;
    if (options->rate < 1 || options->rate > 10000000 || options->loop_ns < options->instruments ||
        options->loop_ns > 3600 * SECOND_NS || options->messages / options->rate >= 13 * 3600)
        return -EINVAL;
    struct hr_sim_mdp3 *mdp3 = calloc(1, sizeof(*mdp3));
    if (!mdp3)
        return -ENOMEM;
    mdp3->options = *options;
    int error = hr_futures_create(&mdp3->futures, &futures);
    if (error) {
        free(mdp3);
        return error;
    }
    mdp3->snapshots.has = calloc(options->instruments, sizeof(bool));
    mdp3->definitions.has = calloc(options->instruments, sizeof(bool));
    mdp3->sorted = calloc(mdp3->futures.capacity, sizeof(*mdp3->sorted));
    if (!mdp3->snapshots.has || !mdp3->definitions.has || !mdp3->sorted) {
        hr_sim_mdp3_destroy(mdp3);
        return -ENOMEM;
    }
    hr_sim_random_seed(&mdp3->random, ~options->seed); /* not the market's own numbers once more */
    hr_sim_arrival_start(&mdp3->arrival, MARKET_OPEN_NS, options->rate, &mdp3->random);
    mdp3->event_ns = hr_sim_arrival_next(&mdp3->arrival, &mdp3->random);
    mdp3->last_event_ns = mdp3->incremental_ns = MARKET_OPEN_NS;
    mdp3->events_left = options->messages;
    mdp3->adds_left = options->live_orders;
    mdp3->definitions.due_ns = MARKET_OPEN_NS;
    mdp3->snapshots.due_ns = MARKET_OPEN_NS;
    *made = mdp3;
    return 0;
}

void hr_sim_mdp3_destroy(struct hr_sim_mdp3 *mdp3)
{
    if (!mdp3)
        return;
    free(mdp3->snapshots.has);
    free(mdp3->definitions.has);
    free(mdp3->sorted);
    hr_futures_destroy(&mdp3->futures);
    free(mdp3);
}
