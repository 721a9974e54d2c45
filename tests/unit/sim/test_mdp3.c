/* SPDX-License-Identifier: Apache-2.0
 *
 * The generated futures market and its channel of MDP 3.0: levels as a client by price keeps them, packet numbers, times and
 * sizes of each stream, and the reset. Fields are checked against CME's XML by tests/e2e/test_exchange_cme.py.
 *
 * usage: test_mdp3 [seed]
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/futures.h"
#include "sim/mdp3.h"
#include "sim/mdp3_message.h"

#define INSTRUMENTS 3

static uint64_t seed = 20260105;

/* A client by price: it knows of an instrument what the events tell it. */
struct client {
    uint32_t number;
    int count[2];
    int64_t prices[2][HR_FUTURES_DEPTH + 1];
    struct hr_futures_level levels[2][HR_FUTURES_DEPTH + 1];
};

static void take(struct client *client, const struct hr_futures_level_change *change)
{
    int64_t *prices = client->prices[change->side];
    struct hr_futures_level *levels = client->levels[change->side];
    int *count = &client->count[change->side];
    int place = change->level - 1;
    assert_int_equal(change->number, ++client->number);
    assert_in_range(change->level, 1, HR_FUTURES_DEPTH);
    if (change->action == HR_FUTURES_NEW) {
        assert_true(place <= *count);
        memmove(prices + place + 1, prices + place, sizeof(*prices) * (size_t)(HR_FUTURES_DEPTH - place));
        memmove(levels + place + 1, levels + place, sizeof(*levels) * (size_t)(HR_FUTURES_DEPTH - place));
        prices[place] = change->price;
        *count += *count < HR_FUTURES_DEPTH;
    }
    assert_true(place < *count && prices[place] == change->price);
    if (change->action == HR_FUTURES_DELETE) {
        assert_int_equal(change->now.orders, 0);
        memmove(prices + place, prices + place + 1, sizeof(*prices) * (size_t)(HR_FUTURES_DEPTH - place));
        memmove(levels + place, levels + place + 1, sizeof(*levels) * (size_t)(HR_FUTURES_DEPTH - place));
        --*count;
    } else {
        assert_true(change->now.orders > 0 && change->now.quantity >= change->now.orders);
        levels[place] = change->now;
    }
}

static void check(const struct client *client, const struct hr_futures_instrument *instrument)
{
    for (enum hr_futures_side side = HR_FUTURES_BID; side <= HR_FUTURES_OFFER; side++) {
        for (int level = 1; level <= HR_FUTURES_DEPTH; level++) {
            int place = hr_futures_place_of_level(instrument, side, level);
            assert_int_equal(place >= 0, level <= client->count[side]);
            if (place < 0)
                break;
            assert_int_equal(client->prices[side][level - 1], hr_futures_price(instrument, place));
            assert_memory_equal(&client->levels[side][level - 1], &instrument->levels[side][place],
                                sizeof(struct hr_futures_level));
        }
    }
    if (client->count[0] > 0 && client->count[1] > 0)
        assert_true(client->prices[0][0] < client->prices[1][0]);
}

/* Build-up, mix, reset and recovery, mix: after each event the client has the market's own levels. */
static void a_client_by_price_keeps_up(void **state)
{
    (void)state;
    const struct hr_futures_options options = {.seed = seed, .instruments = INSTRUMENTS, .live_orders = 400};
    struct client clients[INSTRUMENTS] = {0};
    struct hr_futures futures;
    struct hr_futures_event event;
    uint32_t deep = 0, moved_in = 0, recovered = 0, kinds[3] = {0};
    assert_int_equal(hr_futures_create(&futures, &options), 0);
    for (uint64_t i = 0; i < 60000; i++) {
        if (i == 30000) {
            hr_futures_reset(&futures);
            memset(clients, 0, sizeof(clients));
            assert_true(hr_futures_recovers(&futures));
        }
        if (i < options.live_orders)
            hr_futures_add(&futures, i, &event);
        else
            hr_futures_next(&futures, i, &event);
        recovered += event.recovery;
        assert_in_range(event.order_count, 1, HR_FUTURES_ORDER_CHANGES_MAX);
        assert_true(event.level_count <= HR_FUTURES_LEVEL_CHANGES_MAX);
        for (uint32_t j = 0; j < event.order_count; j++) {
            deep += event.orders[j].level_change == 0;
            kinds[event.orders[j].action]++;
            assert_true(event.orders[j].level_change <= event.level_count);
        }
        for (uint32_t j = 0; j < event.level_count; j++) {
            take(&clients[event.instrument], &event.levels[j]);
            moved_in += j > 0 && event.levels[j].action == HR_FUTURES_NEW && event.levels[j].level == HR_FUTURES_DEPTH;
        }
        if (!hr_futures_recovers(&futures))
            for (int j = 0; j < INSTRUMENTS; j++)
                check(&clients[j], &futures.instruments[j]);
        assert_true(futures.live <= options.live_orders * 13 / 10);
        assert_true(i < options.live_orders || futures.live >= options.live_orders * 7 / 10);
    }
    assert_true(deep > 5000 && moved_in > 500 && recovered > 280 && kinds[0] > 5000 && kinds[1] > 5000 && kinds[2] > 5000);
    hr_futures_destroy(&futures);
}

static uint64_t little(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes; i > 0; i--)
        value = value << 8 | at[i - 1];
    return value;
}

static void packets_of_four_streams(void **state)
{
    (void)state;
    const struct hr_sim_mdp3_options options = {.seed = seed,
                                                .instruments = INSTRUMENTS,
                                                .live_orders = 400,
                                                .messages = 20000,
                                                .rate = 50000,
                                                .loop_ns = 20000000,
                                                .reset_at = 10000,
                                                .midnight_ns = UINT64_C(1767589200000000000)};
    struct hr_sim_mdp3 *mdp3 = NULL, *twin = NULL;
    struct hr_delivery_packet packet, same;
    uint32_t sequences[HR_SIM_MDP3_STREAMS] = {0};
    uint64_t last_ns = 0, loops[HR_SIM_MDP3_STREAMS] = {0}, full = 0, messages = 0;
    assert_int_equal(hr_sim_mdp3_create(&mdp3, &options), 0);
    assert_int_equal(hr_sim_mdp3_create(&twin, &options), 0);
    while (hr_sim_mdp3_next(mdp3, &packet)) {
        assert_int_equal(hr_sim_mdp3_next(twin, &same), 1);
        assert_int_equal(packet.length, same.length);
        assert_memory_equal(packet.payload, same.payload, packet.length);
        uint32_t sequence = (uint32_t)little(packet.payload, 4);
        assert_true(packet.time_ns >= last_ns);
        assert_int_equal(little(packet.payload + 4, 8), options.midnight_ns + packet.time_ns);
        last_ns = packet.time_ns;
        assert_true(packet.stream < HR_SIM_MDP3_STREAMS && packet.length <= HR_MDP3_PAYLOAD_BYTES_MAX);
        assert_true(sequence == sequences[packet.stream] + 1 || (packet.stream != HR_SIM_MDP3_INCREMENTAL && sequence == 1));
        sequences[packet.stream] = sequence;
        loops[packet.stream] += packet.stream != HR_SIM_MDP3_INCREMENTAL && sequence == 1;
        full += packet.length > HR_MDP3_PAYLOAD_BYTES_MAX - HR_MDP3_EVENT_BYTES_MAX;
        size_t at = HR_MDP3_PACKET_HEADER_BYTES;
        for (uint32_t i = 0; i < packet.messages; i++)
            at += little(packet.payload + at, 2);
        assert_int_equal(at, packet.length);
        messages += packet.messages;
    }
    assert_int_equal(hr_sim_mdp3_next(mdp3, &packet), 0);
    const struct hr_sim_mdp3_statistics *told = hr_sim_mdp3_statistics(mdp3);
    assert_int_equal(told->messages, messages);
    assert_int_equal(told->by_template[4], 1);
    assert_int_equal(told->by_template[12], 3);
    assert_memory_equal(told->loops, loops, sizeof(loops));
    assert_true(full > 0 && loops[HR_SIM_MDP3_SNAPSHOT] > 100 && loops[HR_SIM_MDP3_DEFINITION] > 100);
    hr_sim_mdp3_destroy(mdp3);
    hr_sim_mdp3_destroy(twin);
}

static void options_out_of_range(void **state)
{
    (void)state;
    const struct hr_sim_mdp3_options right = {
        .instruments = 1, .live_orders = 1, .rate = 1000, .loop_ns = 1000, .messages = 1};
    struct hr_sim_mdp3_options wrong[7];
    struct hr_sim_mdp3 *mdp3 = NULL;
    for (size_t i = 0; i < 7; i++)
        wrong[i] = right;
    wrong[0].instruments = 0;
    wrong[1].instruments = HR_FUTURES_INSTRUMENTS_MAX + 1;
    wrong[2].live_orders = 0;
    wrong[3].live_orders = HR_FUTURES_ORDERS_MAX + 1;
    wrong[4].rate = 0;
    wrong[5].loop_ns = 0;
    wrong[6].messages = UINT64_C(1000000000);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(hr_sim_mdp3_create(&mdp3, &wrong[i]), -EINVAL);
        assert_null(mdp3);
    }
    assert_int_equal(hr_sim_mdp3_create(&mdp3, &right), 0);
    hr_sim_mdp3_destroy(mdp3);
    hr_sim_mdp3_destroy(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_by_price_keeps_up),
        cmocka_unit_test(packets_of_four_streams),
        cmocka_unit_test(options_out_of_range),
    };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    print_message("seed %ju\n", (uintmax_t)seed);
    return cmocka_run_group_tests_name("mdp3", tests, NULL, NULL);
}
