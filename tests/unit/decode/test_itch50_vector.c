/* SPDX-License-Identifier: Apache-2.0
 *
 * ITCH 5.0 with shuffles and without: the same events from the same bytes, whatever they are.
 *
 * usage: test_itch50_vector [seed]
 */
#include "test.h"

#include <stdlib.h>

#include "decode/itch50_common.h"
#include "decoding.h"
#include "sim/random.h"

#define ROUNDS 20000

static uint64_t seed;

static struct side {
    struct hr_decoder decoder;
    struct hr_decode_counters counters;
    struct hr_events events;
} sides[2] __attribute__((aligned(64)));

static uint32_t random_message(struct hr_sim_random *random, uint8_t *bytes)
{
    static const char common[] = "AFDUEXAFDUEXCPIRHQB";
    uint32_t length = hr_sim_random_below(random, 60);
    for (uint32_t i = 0; i < 64; i++)
        bytes[i] = (uint8_t)hr_sim_random_next(random);
    if (hr_sim_random_below(random, 20)) {
        bytes[0] = (uint8_t)common[hr_sim_random_below(random, sizeof common - 1)];
        for (uint32_t l = 0; l < hr_protocol_itch50.layout_count; l++)
            if (hr_protocol_itch50.layouts[l].type == bytes[0])
                length = hr_protocol_itch50.layouts[l].length;
    }
    if (hr_sim_random_below(random, 4)) {
        bytes[19] = hr_sim_random_below(random, 2) ? 'B' : 'S'; /* A and F have their side here */
        bytes[1] = 0; /* few stocks, so that some are known */
        bytes[2] &= 15;
    }
    if (hr_sim_random_below(random, 2)) /* a time of day */
        bytes[5] = bytes[6] = 0;
    return length;
}

static void create_sides(void)
{
    for (int s = 0; s < 2; s++) {
        memset(&sides[s].counters, 0, sizeof sides[s].counters);
        assert_int_equal(hr_decoder_create(&sides[s].decoder, &hr_protocol_itch50, 2, 65536, &sides[s].counters), 0);
        sides[s].decoder.vector = (uint8_t)s;
        hr_protocol_itch50.begin_session(&sides[s].decoder, TS_RECV);
    }
}

static void assert_same_events(void)
{
    assert_int_equal(sides[0].events.count, sides[1].events.count);
    assert_memory_equal(&sides[0].counters, &sides[1].counters, sizeof sides[0].counters);
    for (uint32_t e = 0; e < sides[0].events.count; e++) {
        const struct hr_event *one = &sides[0].events.items[e];
        const struct hr_event *other = &sides[1].events.items[e];
        assert_memory_equal(&one->kind, &other->kind, 8);
        assert_memory_equal(hr_event_record(one), hr_event_record(other), one->words * 4U);
        if (one->kind == HR_EVENT_REPLACE)
            assert_int_equal(sides[0].events.new_order_ids[e], sides[1].events.new_order_ids[e]);
    }
}

static void assert_same_decoders(void)
{
    const struct hr_decoder *one = &sides[0].decoder;
    const struct hr_decoder *other = &sides[1].decoder;
    assert_memory_equal(one->by_type, other->by_type, sizeof one->by_type);
    assert_memory_equal(one->unknown, other->unknown, sizeof one->unknown);
    assert_memory_equal(one->instruments.symbols, other->instruments.symbols,
                        one->instruments.capacity * sizeof *one->instruments.symbols);
}

static struct hr_packet_context random_packet(struct hr_sim_random *random, const struct hr_message *messages)
{
    return (struct hr_packet_context){.ts_recv = hr_sim_random_below(random, 4) ? TS_RECV : hr_sim_random_next(random),
                                      .first_sequence = hr_sim_random_next(random),
                                      .channel_id = (uint8_t)hr_sim_random_next(random),
                                      .flags = (uint8_t)(hr_sim_random_below(random, 2) ? HR_FLAG_BAD_TS_RECV : 0),
                                      .messages = messages};
}

static void any_bytes_become_the_same(void **state)
{
    (void)state;
    static uint8_t bytes[HR_BATCH_MESSAGES][64];
    struct hr_message messages[HR_BATCH_MESSAGES];
    struct hr_sim_random random;
    uint64_t records = 0;
    hr_sim_random_seed(&random, seed);
    create_sides();
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t count = 1 + hr_sim_random_below(&random, HR_BATCH_MESSAGES);
        for (uint32_t m = 0; m < count; m++)
            messages[m] = (struct hr_message){.bytes = bytes[m], .length = random_message(&random, bytes[m])};
        const struct hr_packet_context packet = random_packet(&random, messages);
        for (int s = 0; s < 2; s++) {
            sides[s].events.count = 0;
            sides[s].events.arena_used = 0;
            assert_int_equal(hr_protocol_itch50.decode(&sides[s].decoder, messages, count, &packet, &sides[s].events), count);
        }
        assert_same_events();
        records += sides[0].events.count;
    }
    assert_same_decoders();
    assert_true(records > ROUNDS);
    for (int s = 0; s < 2; s++)
        hr_decoder_destroy(&sides[s].decoder);
}

/* Packets, one in three of them with a length or an end that is wrong: walked and decoded in one, or walked, then decoded; a packet that is
 * refused leaves nothing behind. */
static void in_one_step_or_in_two_it_is_the_same(void **state)
{
    (void)state;
    struct hr_message messages[HR_BATCH_MESSAGES];
    struct hr_sim_random random;
    uint64_t refused = 0;
    uint64_t records = 0;
    if (!hr_itch50_has_vector())
        skip();
    hr_sim_random_seed(&random, seed);
    create_sides();
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t whole[HR_BATCH_MESSAGES * 66];
        uint32_t count = 1 + hr_sim_random_below(&random, HR_BATCH_MESSAGES);
        uint32_t length = 0;
        uint32_t last = 0;
        for (uint32_t m = 0; m < count; m++) {
            uint32_t bytes = random_message(&random, whole + length + 2);
            whole[length] = 0;
            whole[length + 1] = (uint8_t)bytes;
            last = length;
            length += 2 + bytes;
        }
        if (hr_sim_random_below(&random, 3) == 0) {
            length -= hr_sim_random_below(&random, length - last + 1);
            if (hr_sim_random_below(&random, 2))
                whole[hr_sim_random_below(&random, length + 1)] ^= (uint8_t)hr_sim_random_next(&random);
        }
        uint8_t *bytes = malloc(length ? length : 1); /* of its very length, for the address sanitizer */
        assert_non_null(bytes);
        memcpy(bytes, whole, length);
        struct hr_packet_context packet = random_packet(&random, messages);
        for (int s = 0; s < 2; s++) {
            sides[s].events.count = 0;
            sides[s].events.arena_used = 0;
        }
        int bad = hr_blocks_walk(bytes, length, count, 1, messages);
        if (!bad)
            assert_int_equal(hr_protocol_itch50.decode(&sides[0].decoder, messages, count, &packet, &sides[0].events), count);
        const struct hr_blocks blocks = {.at = bytes, .past = bytes + length};
        packet.messages = NULL;
        uint32_t taken = hr_protocol_itch50.walk_and_decode(&sides[1].decoder, &blocks, count, &packet, &sides[1].events);
        assert_int_equal(taken, bad ? 0 : count);
        assert_same_events();
        refused += bad != 0;
        records += sides[0].events.count;
        free(bytes);
    }
    assert_same_decoders();
    assert_in_range(refused, ROUNDS / 10, ROUNDS / 2);
    assert_true(records > ROUNDS);
    for (int s = 0; s < 2; s++)
        hr_decoder_destroy(&sides[s].decoder);
}

/* Where there is no such processor both are the same code, and nothing is shown. */
static void processor_has_shuffles(void **state)
{
    (void)state;
    if (!hr_itch50_has_vector())
        skip();
    struct hr_decoder *decoder = &sides[0].decoder;
    assert_int_equal(hr_decoder_create(decoder, &hr_protocol_itch50, 2, 65536, &sides[0].counters), 0);
    assert_int_equal(decoder->vector, 1);
    hr_decoder_destroy(decoder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_bytes_become_the_same), cmocka_unit_test(in_one_step_or_in_two_it_is_the_same),
                                       cmocka_unit_test(processor_has_shuffles)};
    seed = test_seed(argc, argv, 20260107);
    return cmocka_run_group_tests_name("itch50 with shuffles and without", tests, NULL, NULL);
}
