/* SPDX-License-Identifier: Apache-2.0
 *
 * seeds [FIRST [COUNT]]
 *
 * For each seed a network of one to three lines, each with its own loss (0 to 30 %), duplicates, reordering, delay and jitter, with or
 * without a recovery server that itself loses requests and answers, or has messages that it cannot give. The handler's own line, decode
 * and book steps read it, and what comes out is compared with the lossless run, byte for byte but for stamps:
 *
 * - when every message survives (a copy on some line, or a recovery): all records are equal, the book's included;
 * - else: exactly one GAP for each hole, and the records of all messages that survive, without order state, are equal.
 *
 * A seed that fails is printed, with what was wanted and found. HEADRACE_TEST_LONG=1: 10,000 seeds.
 */
#define _GNU_SOURCE
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "pipeline.h"
#include "recovery/requester.h"
#include "sim/network.h"
#include "session.h"

#define LINES_MAX 3
#define RECOVERY_LINE LINES_MAX
#define SESSIONS 8
#define MESSAGES 1500
#define SEEDS 400
#define SEEDS_LONG 10000
#define EPOCH UINT64_C(1767600000000000000)
#define MS UINT64_C(1000000)
#define STEP_NS (MS / 2)

/* Longer than any line of these networks is late, so that what survives is known beforehand. */
#define PATIENCE_NS (20 * MS)
#define RECOVERY_PATIENCE_NS (2000 * MS)

struct output {
    uint8_t *bytes;
    size_t used, room;
};

struct way {
    struct hr_pipeline pipeline;
    struct hr_pipeline_feed feed;
    struct hr_pipeline_channel channel;
    struct hr_line_counters counters[LINES_MAX + 1];
    struct hr_window_counters window_counters;
    struct hr_decode_counters decode_counters;
    struct hr_book_counters book_counters;
    uint64_t unknown_line;
    struct output records; /* each behind the sequence number of its message */
    struct output gaps;
    struct hr_requester requester;
    struct hr_recovery_counters recovery_counters;
    struct exchange *exchange;
    uint64_t now_ns;
};

static void append(struct output *output, const void *bytes, size_t count)
{
    if (output->used + count > output->room) {
        output->room = (output->used + count) * 2;
        output->bytes = realloc(output->bytes, output->room);
        if (!output->bytes)
            err(70, "memory");
    }
    memcpy(output->bytes + output->used, bytes, count);
    output->used += count;
}

static void emit(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                 const struct hr_packet_context *packet, const void *record, size_t bytes)
{
    struct way *way = context;
    uint8_t copy[HR_RECORD_BYTES_MAX] = {0};
    uint64_t sequence = packet->first_sequence + event->index;
    (void)channel;
    memcpy(copy, record, bytes);
    const struct hr_record_header *header = record;
    if (header->rtype == HR_RTYPE_MBO) {
        struct hr_mbo *mbo = (struct hr_mbo *)copy;
        mbo->ts_recv = 0;
        mbo->ts_in_delta = 0;
        if (!way->channel.book.order_state)
            mbo->flags &= (uint8_t)~HR_FLAG_MAYBE_BAD_BOOK; /* set anyway without order state, and after a gap */
    } else /* in all others ts_recv comes behind the header, and what depends on it is left out */
        memset(copy + sizeof *header, 0, bytes - sizeof *header < 16 ? bytes - sizeof *header : 16);
    if (header->rtype == HR_RTYPE_STATISTICS)
        ((struct hr_statistics *)copy)->ts_in_delta = 0;
    append(&way->records, &sequence, sizeof sequence);
    append(&way->records, copy, bytes);
}

static void emit_control(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    struct way *way = context;
    const struct hr_gap *gap = record;
    (void)channel;
    (void)bytes;
    if (gap->header.rtype != HR_RTYPE_GAP)
        return;
    const uint64_t hole[2] = {gap->first_sequence, gap->count};
    append(&way->gaps, hole, sizeof hole);
}

static void request(void *context, struct hr_pipeline_channel *channel, uint64_t first, uint64_t count)
{
    struct way *way = context;
    hr_requester_add(&way->requester, channel->channel.session, first, count, way->now_ns);
}

static void forget(void *context, struct hr_pipeline_channel *channel, uint64_t first)
{
    struct way *way = context;
    hr_requester_forget(&way->requester, channel->channel.session, first);
}

static const struct hr_pipeline_end end = {.emit = emit, .emit_control = emit_control, .request = request, .forget = forget};

static void way_open(struct way *way, int order_state, int window, int recovery)
{
    memset(way, 0, sizeof *way);
    if (hr_pipeline_create(&way->pipeline, &way->unknown_line) ||
        hr_decoder_create(&way->feed.decoder, &hr_protocol_itch50, 2, 65536, &way->decode_counters) ||
        hr_orders_create(&way->channel.book.orders, 1 << 14, 0, 0) ||
        (window && hr_pipeline_open_window(&way->channel, 4096, PATIENCE_NS, recovery ? RECOVERY_PATIENCE_NS : 0,
                                           &way->window_counters)))
        errx(70, "memory");
    way->channel.feed = &way->feed;
    way->channel.book.counters = &way->book_counters;
    way->channel.book.order_state = order_state;
    for (uint32_t i = 0; i <= LINES_MAX; i++)
        way->pipeline.lines[i] = (struct hr_pipeline_line){.counters = &way->counters[i], .channel = &way->channel};
}

static void way_close(struct way *way)
{
    hr_orders_destroy(&way->channel.book.orders);
    hr_decoder_destroy(&way->feed.decoder);
    hr_window_destroy(&way->channel.window);
    hr_pipeline_destroy(&way->pipeline);
    free(way->records.bytes);
    free(way->gaps.bytes);
}

static void way_take(struct way *way, uint32_t line, const uint8_t *payload, uint32_t length, uint64_t time_ns)
{
    const struct hr_datagram datagram = {.payload = payload, .length = length, .time_ns = EPOCH + time_ns};
    hr_pipeline_datagram(&way->pipeline, &way->pipeline.lines[line], &datagram, end, way);
}

/* What the exchange sent, whole and in order. */
static void run_lossless(struct way *way, const struct session *session, int order_state)
{
    way_open(way, order_state, 0, 0);
    for (uint32_t i = 0; i < session->count; i++)
        way_take(way, 0, session->packets[i].payload, session->packets[i].length, session->packets[i].time_ns);
}

struct network {
    struct hr_network_options options;
    int recovery;        /* there is a server */
    int lossy_for_good;  /* it does not have everything */
    uint64_t answer_delay_ns;
    uint32_t answer_loss_per_mille;
};

static double part(struct hr_sim_random *random, double most)
{
    return hr_sim_random_below(random, 1001) / 1000.0 * most;
}

static void choose(struct network *network, struct hr_sim_random *random, uint64_t seed)
{
    *network = (struct network){.options = {.seed = seed, .line_count = 1U + hr_sim_random_below(random, LINES_MAX)}};
    for (uint32_t i = 0; i < network->options.line_count; i++)
        network->options.lines[i] = (struct hr_network_line){
            .loss = part(random, 0.3),
            .duplicate = part(random, 0.1),
            .reorder = part(random, 0.1),
            .delay_ns = hr_sim_random_below(random, 2000000),
            .jitter_ns = hr_sim_random_below(random, 500000),
            .reorder_delay_ns = hr_sim_random_below(random, 5000000),
        };
    network->recovery = hr_sim_random_below(random, 3) != 0;
    network->lossy_for_good = hr_sim_random_below(random, 2) != 0;
    network->answer_delay_ns = 100000 + hr_sim_random_below(random, 3000000);
    network->answer_loss_per_mille = hr_sim_random_below(random, 100);
}

/* Everything that is due by `until`, in order of time, in steps in which nothing else happens. */
static void recover(struct way *way, uint64_t until_ns)
{
    struct hr_request asked;
    struct answer answer;
    struct hr_request_hole given_up;
    uint64_t next;
    enum hr_requester_event event;
    while ((event = hr_requester_poll(&way->requester, until_ns, &asked, &given_up, &next)) != HR_REQUESTER_IDLE) {
        if (event == HR_REQUESTER_SEND)
            exchange_ask(way->exchange, asked.bytes, until_ns);
        else
            hr_window_give_up(&way->channel.window, given_up.first, given_up.past);
    }
    while (exchange_answer(way->exchange, until_ns, &answer)) {
        uint32_t count = hr_be16(answer.payload + 18);
        uint64_t first = hr_be64(answer.payload + 10);
        if (count && hr_requester_answered(&way->requester, (const char *)answer.payload, first, count, until_ns) == 0)
            way_take(way, RECOVERY_LINE, answer.payload, answer.length, until_ns);
    }
}

static void tick(struct way *way, uint64_t now_ns)
{
    way->now_ns = now_ns;
    hr_pipeline_tend(&way->pipeline, &way->channel, EPOCH + now_ns, end, way);
    recover(way, now_ns);
}

/* The handler looks at its clock also while nothing comes. */
static void drain(struct way *way, struct hr_network *network, uint64_t until_ns)
{
    struct hr_network_arrival arrival;
    for (;;) {
        uint64_t step = way->now_ns + STEP_NS < until_ns ? way->now_ns + STEP_NS : until_ns;
        while (hr_network_next(network, step, &arrival)) {
            tick(way, arrival.time_ns);
            way_take(way, arrival.line, arrival.payload, (uint32_t)arrival.length, arrival.time_ns);
        }
        tick(way, step);
        if (step == until_ns)
            return;
    }
}

/* The first packet comes by every line whole: a start in mid-session has its own tests. Its time is as early as can be. */
static void run_network(struct way *way, const struct session *session, const struct network *chosen, struct hr_network **kept)
{
    uint64_t last = 0;
    if (hr_network_create(kept, &chosen->options))
        errx(70, "the network cannot be made");
    for (uint32_t i = 0; i < chosen->options.line_count; i++)
        way_take(way, i, session->packets[0].payload, session->packets[0].length, session->packets[0].time_ns);
    way->now_ns = session->packets[0].time_ns;
    for (uint32_t i = 1; i < session->count; i++) {
        last = session->packets[i].time_ns;
        drain(way, *kept, last);
        if (hr_network_send(*kept, last, session->packets[i].payload, session->packets[i].length))
            errx(70, "the network does not take packet %u", i);
    }
    drain(way, *kept, last + 5000 * MS);
    hr_pipeline_flush(&way->pipeline, &way->channel, end, way);
}

/* Which messages no line brings and no server has; and behind which one nothing is known of. A server that does not have the first message of what
 * it is asked for does not answer: with it the rest of the hole is gone. */
static uint64_t find_missing(const struct session *session, const struct network *chosen, const struct hr_network *network,
                             const struct exchange *exchange, uint8_t *missing)
{
    uint64_t known = session->packets[0].first + session->packets[0].count;
    uint64_t total = 0;
    int gone = 0;
    for (uint32_t p = 1; p < session->count; p++) {
        const struct packet *packet = &session->packets[p];
        int lost = 1;
        for (uint32_t line = 0; line < chosen->options.line_count; line++)
            lost &= hr_network_lost(network, p - 1, line);
        if (!lost && packet->first + packet->count > known)
            known = packet->first + packet->count;
        for (uint64_t m = packet->first; m < packet->first + packet->count; m++) {
            gone = lost && (gone || (m >= exchange->unavailable_first && m < exchange->unavailable_past));
            missing[m] = lost && (!chosen->recovery || gone);
        }
    }
    for (uint64_t m = 1; m < session->next; m++) {
        missing[m] |= m >= known; /* nothing came after it: nobody can tell that it is missing */
        total += missing[m] && m < known;
    }
    return total ? known : known == session->next ? 0 : known;
}

static int fail(uint64_t seed, const char *what, uint64_t wanted, uint64_t found)
{
    fprintf(stderr, "seed %" PRIu64 ": %s: wanted %" PRIu64 ", found %" PRIu64 "\n", seed, what, wanted, found);
    return 1;
}

/* A heartbeat told of the hole's first part, which was declared before what comes next was even sent. */
static int is_boundary(const struct session *session, uint64_t sequence)
{
    for (uint32_t i = 0; i < session->count; i++)
        if (session->packets[i].count == 0 && session->packets[i].first == sequence)
            return 1;
    return 0;
}

static int compare_gaps(uint64_t seed, const struct session *session, const struct way *way, const uint8_t *missing, uint64_t known)
{
    const uint64_t(*gap)[2] = (const void *)way->gaps.bytes;
    size_t count = way->gaps.used / sizeof *gap;
    size_t at = 0;
    for (uint64_t m = 1; m < known; m++) {
        if (!missing[m])
            continue;
        uint64_t first = m;
        while (m < known && missing[m] && (m == first || at == count || m < gap[at][0] + gap[at][1] || !is_boundary(session, m)))
            m++;
        if (at == count)
            return fail(seed, "no GAP for the hole that begins with message", first, 0);
        if (gap[at][0] != first || gap[at][1] != m - first)
            return fail(seed, "the first message of a GAP", first, gap[at][0]) & fail(seed, "its count", m - first, gap[at][1]);
        at++;
        m--; /* the next hole may follow at once */
    }
    return at == count ? 0 : fail(seed, "GAP records", at, count);
}

static size_t record_bytes(const uint8_t *at)
{
    return sizeof(uint64_t) + hr_record_bytes((const struct hr_record_header *)(at + sizeof(uint64_t)));
}

static int compare_records(uint64_t seed, const struct way *wanted, const struct way *found, const uint8_t *missing)
{
    size_t w = 0;
    size_t f = 0;
    while (w < wanted->records.used) {
        uint64_t sequence;
        size_t bytes = record_bytes(wanted->records.bytes + w);
        memcpy(&sequence, wanted->records.bytes + w, sizeof sequence);
        if (missing[sequence]) {
            w += bytes;
            continue;
        }
        if (f + bytes > found->records.used || memcmp(wanted->records.bytes + w, found->records.bytes + f, bytes) != 0) {
            uint64_t other = 0;
            if (f < found->records.used)
                memcpy(&other, found->records.bytes + f, sizeof other);
            return fail(seed, "the records of a message differ, or are another's", sequence, other);
        }
        w += bytes;
        f += bytes;
    }
    return f == found->records.used ? 0 : fail(seed, "bytes of records", f, found->records.used);
}

struct totals {
    uint64_t seeds, whole, gaps, requests, recovered, held, overflowed;
};

static int run_seed(uint64_t seed, const struct session *sessions, const struct way *lossless[2], struct totals *totals)
{
    static struct exchange exchange;
    static struct way way;
    struct hr_sim_random random;
    struct network chosen;
    struct hr_network *network;
    hr_sim_random_seed(&random, seed);
    uint32_t of = hr_sim_random_below(&random, SESSIONS);
    const struct session *session = &sessions[of];
    choose(&chosen, &random, seed);
    memset(&exchange, 0, sizeof exchange);
    exchange.session = session;
    exchange.random = &random;
    exchange.delay_ns = chosen.answer_delay_ns;
    exchange.loss_per_mille = chosen.answer_loss_per_mille;
    if (chosen.lossy_for_good) {
        exchange.unavailable_first = 1 + hr_sim_random_below(&random, (uint32_t)session->next);
        exchange.unavailable_past = exchange.unavailable_first + hr_sim_random_below(&random, 300);
    }
    uint8_t *missing = calloc(session->next + 1, 1);
    if (!missing)
        err(70, "memory");
    /* Which messages will survive is known once the network has decided: a first run tells whether the book can be whole. */
    int failed = 0;
    for (int order_state = 0; order_state < 2 && !failed; order_state++) {
        const struct hr_requester_options options = {
            .servers = 2, .answer_ns = 8 * MS, .attempts = 20, .requests_per_second = 10000};
        hr_sim_random_seed(&random, seed ^ 0x5EED);
        way_open(&way, order_state, 1, chosen.recovery);
        way.exchange = &exchange;
        exchange.count = 0;
        hr_requester_init(&way.requester, &options, &way.recovery_counters);
        run_network(&way, session, &chosen, &network);
        uint64_t known = find_missing(session, &chosen, network, &exchange, missing);
        if (!order_state || !known) {
            failed |= compare_gaps(seed, session, &way, missing, known ? known : session->next);
            failed |= compare_records(seed, &lossless[order_state][of], &way, missing);
            failed |= way.channel.window.count ? fail(seed, "packets still held", 0, way.channel.window.count) : 0;
        }
        totals->whole += order_state && !known;
        totals->gaps += order_state ? 0 : way.gaps.used / 16;
        totals->requests += way.recovery_counters.requests;
        totals->recovered += way.recovery_counters.messages_recovered;
        totals->held += way.window_counters.held;
        totals->overflowed += way.window_counters.holes_overflowed;
        hr_network_destroy(network);
        way_close(&way);
    }
    free(missing);
    totals->seeds++;
    return failed;
}

int main(int argc, char **argv)
{
    static struct session sessions[SESSIONS];
    static struct way wanted[2][SESSIONS];
    const struct way *lossless[2] = {wanted[0], wanted[1]};
    const char *every = getenv("HEADRACE_TEST_LONG");
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : every && *every == '1' ? SEEDS_LONG : SEEDS;
    struct totals totals = {0};
    uint64_t failed = 0;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        session_make(&sessions[i], i + 1, MESSAGES);
        for (int order_state = 0; order_state < 2; order_state++)
            run_lossless(&wanted[order_state][i], &sessions[i], order_state);
    }
    for (uint64_t seed = first; seed < first + count; seed++)
        failed += (uint64_t)run_seed(seed, sessions, lossless, &totals) != 0;
    printf("seeds %" PRIu64 " to %" PRIu64 ": %" PRIu64 " failed; %" PRIu64 " with every message, %" PRIu64 " gaps told, %" PRIu64
           " packets held, %" PRIu64 " requests, %" PRIu64 " messages recovered, %" PRIu64 " windows full\n",
           first, first + count - 1, failed, totals.whole, totals.gaps, totals.held, totals.requests, totals.recovered,
           totals.overflowed);
    for (uint32_t i = 0; i < SESSIONS; i++) {
        way_close(&wanted[0][i]);
        way_close(&wanted[1][i]);
        session_free(&sessions[i]);
    }
    return failed != 0;
}
