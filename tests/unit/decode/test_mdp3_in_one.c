/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0 walked and decoded in one, and in two steps: the same from the same bytes, whatever they are; and where it is left to the two steps,
 * nothing has been changed. Levels have a way of their own in both: whole packets are given to the two steps with root blocks that are a byte
 * longer, and so go the general way.
 *
 * usage: test_mdp3_in_one [seed]
 */
#include "test.h"

#include <stdlib.h>

#include "mdp3.h"
#include "sim/random.h"

#define ROUNDS 20000
#define MESSAGES 8 /* in a packet, at most */
#define ENTRIES 4

static uint64_t seed;

static struct side {
    struct hr_decoder decoder;
    struct hr_decode_counters counters;
    struct hr_events events;
} sides[2] __attribute__((aligned(64)));

static uint32_t one_of(struct hr_sim_random *random, uint32_t often, uint32_t count, uint32_t seldom)
{
    return hr_sim_random_below(random, 200) ? often + hr_sim_random_below(random, count) : seldom;
}

static void random_level(struct hr_sim_random *random)
{
    static const char types[] = "01EF";
    wire_le(&wire, hr_sim_random_below(random, 200) ? hr_sim_random_below(random, UINT32_MAX) : hr_sim_random_next(random), 8);
    wire_le(&wire, one_of(random, 0, 1000, NULL32), 4);
    wire_le(&wire, hr_sim_random_below(random, 30), 4); /* few securities, so that most are known */
    zeros(9);
    wire_le(&wire, one_of(random, 0, 3, 5), 1);
    wire_le(&wire, one_of(random, 0, 1, 1) ? 'J' : (uint8_t)types[hr_sim_random_below(random, 4)], 1);
    zeros(5);
}

/* How a packet's messages are written, most often all of them. */
struct writing {
    uint8_t template_id;
    uint16_t version;
};

static struct writing random_writing(struct hr_sim_random *random)
{
    return (struct writing){hr_sim_random_below(random, 2) ? 32 : 46, (uint16_t)(5 + hr_sim_random_below(random, 9))};
}

/* A message behind its size, most often of levels and nothing else; its root block is `longer` than the table's. */
static void random_message(struct hr_sim_random *random, struct writing writing, uint8_t longer, uint8_t *packet, uint32_t *length)
{
    if (hr_sim_random_below(random, 50) == 0)
        writing = random_writing(random);
    uint16_t version = writing.version;
    uint32_t count = hr_sim_random_below(random, ENTRIES + 1);
    incremental((uint8_t)one_of(random, writing.template_id, 1, 42), hr_sim_random_below(random, 2) ? END : 0, version);
    wire.bytes[0] += longer;
    zeros(longer);
    group((uint16_t)one_of(random, 32, 1, 31), (uint8_t)count);
    for (uint32_t i = 0; i < count; i++)
        random_level(random);
    if (version >= 7) {
        wire_le(&wire, 24, 2);
        zeros(5);
        wire_le(&wire, one_of(random, 0, 1, 1), 1);
    }
    uint32_t bytes = (uint32_t)wire.length + HR_MDP3_SIZE_BYTES;
    packet[(*length)++] = (uint8_t)bytes;
    packet[(*length)++] = (uint8_t)(bytes >> 8);
    memcpy(packet + *length, wire.bytes, wire.length);
    *length += (uint32_t)wire.length;
}

/* Returns 1 when the packet is refused. */
static int decode_in_two(struct side *side, const struct hr_blocks *blocks, const struct hr_packet_context *packet)
{
    struct hr_message messages[MESSAGES * (ENTRIES * 32 + 64)];
    const struct hr_session_header header = {.blocks = blocks->at, .blocks_length = (uint32_t)(blocks->past - blocks->at)};
    int count = hr_mdp3_walk(&header, messages);
    side->events.count = 0;
    side->events.arena_used = 0;
    if (count < 0)
        return 1;
    assert_true(count <= HR_BATCH_MESSAGES); /* as few as these packets have */
    assert_int_equal(hr_protocol_mdp3.decode(&side->decoder, messages, (uint32_t)count, packet, &side->events), count);
    return 0;
}

static void assert_same(void)
{
    assert_memory_equal(&sides[0].counters, &sides[1].counters, sizeof sides[0].counters);
    assert_memory_equal(sides[0].decoder.by_type, sides[1].decoder.by_type, sizeof sides[0].decoder.by_type);
    assert_int_equal(sides[0].events.count, sides[1].events.count);
    for (uint32_t e = 0; e < sides[0].events.count; e++) {
        const struct hr_event *one = &sides[0].events.items[e];
        const struct hr_event *other = &sides[1].events.items[e];
        assert_memory_equal(&one->kind, &other->kind, 8);
        assert_memory_equal(hr_event_record(one), hr_event_record(other), one->words * 4U);
    }
}

static void in_one_step_or_in_two_it_is_the_same(void **state)
{
    (void)state;
    struct hr_sim_random random;
    uint64_t in_one = 0;
    uint64_t refused = 0;
    hr_sim_random_seed(&random, seed);
    for (int s = 0; s < 2; s++) {
        assert_int_equal(hr_decoder_create(&sides[s].decoder, &hr_protocol_mdp3, 1, 64, &sides[s].counters), 0);
        hr_protocol_mdp3.begin_session(&sides[s].decoder, TS_RECV);
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t whole[MESSAGES * (ENTRIES * 32 + 64)];
        uint8_t longer[sizeof whole];
        uint32_t count = hr_sim_random_below(&random, MESSAGES + 1);
        uint32_t length = 0;
        uint32_t longer_length = 0;
        const struct writing writing = random_writing(&random);
        for (uint32_t m = 0; m < count; m++) {
            struct hr_sim_random again = random;
            random_message(&random, writing, 0, whole, &length);
            random_message(&again, writing, 1, longer, &longer_length);
        }
        int is_cut = length && hr_sim_random_below(&random, 3) == 0;
        if (is_cut) {
            length -= hr_sim_random_below(&random, length < 60 ? length : 60);
            if (hr_sim_random_below(&random, 2))
                whole[hr_sim_random_below(&random, length)] ^= (uint8_t)hr_sim_random_next(&random);
        }
        uint8_t *bytes = malloc(length ? length : 1); /* of its very length, for the address sanitizer */
        assert_non_null(bytes);
        memcpy(bytes, whole, length);
        const struct hr_blocks blocks = {.at = bytes, .past = bytes + length};
        const struct hr_blocks longer_blocks = {.at = longer, .past = longer + longer_length};
        const struct hr_packet_context packet = {.ts_recv = hr_sim_random_below(&random, 4) ? TS_RECV : hr_sim_random_next(&random),
                                                 .send_time_ns = TS_EVENT,
                                                 .first_sequence = hr_sim_random_next(&random),
                                                 .packet_numbered = 1,
                                                 .channel_id = (uint8_t)hr_sim_random_next(&random),
                                                 .flags = (uint8_t)(hr_sim_random_below(&random, 2) ? HR_FLAG_BAD_TS_RECV : 0)};
        const struct hr_decode_counters before = sides[1].counters;
        int bad = decode_in_two(&sides[0], is_cut ? &blocks : &longer_blocks, &packet);
        sides[1].events.count = 0;
        sides[1].events.arena_used = 0;
        uint32_t taken = hr_protocol_mdp3.walk_and_decode(&sides[1].decoder, &blocks, 1, &packet, &sides[1].events);
        if (taken == 0) {
            assert_memory_equal(&sides[1].counters, &before, sizeof before);
            assert_int_equal(decode_in_two(&sides[1], &blocks, &packet), bad);
        } else
            assert_false(bad);
        assert_same();
        in_one += taken != 0;
        refused += bad != 0;
        free(bytes);
    }
    print_message("%d packets, %llu in one step, %llu refused\n", ROUNDS, (unsigned long long)in_one, (unsigned long long)refused);
    assert_in_range(in_one, ROUNDS / 4, ROUNDS * 3 / 4);
    assert_in_range(refused, ROUNDS / 10, ROUNDS / 2);
    for (int s = 0; s < 2; s++)
        hr_decoder_destroy(&sides[s].decoder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_one_step_or_in_two_it_is_the_same)};
    seed = test_seed(argc, argv, 20261122);
    return cmocka_run_group_tests_name("MDP 3.0 walked and decoded in one", tests, NULL, NULL);
}
