/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0: every template at every length; blocks, entries and counts that lie; nothing read past the end, nothing written beyond
 * what a batch has room for.
 *
 * usage: test_mdp3_lengths [seed]
 */
#include "test.h"

#include "mdp3.h"

/* Of the schema: the shortest root block of each template, and of each group its dimensions and shortest entry. */
static const struct shape {
    uint8_t template_id;
    uint16_t block;
    struct {
        uint8_t dimension;
        uint8_t entry;
        uint8_t since;
    } groups[8];
} shapes[] = {
#define DEFINITION {3, 9, 0}, {3, 4, 0}, {3, 4, 0}, {3, 5, 0}
    {4, 9, {{3, 2, 0}}},
    {12, 0, {{0, 0, 0}}},
    {15, 1, {{0, 0, 0}}},
    {16, 180, {{0, 0, 0}}},
    {27, 214, {DEFINITION}},
    {29, 193, {DEFINITION, {3, 18, 0}}},
    {30, 30, {{0, 0, 0}}},
    {32, 11, {{3, 32, 0}, {8, 24, 7}}},
    {33, 11, {{3, 32, 0}}},
    {34, 11, {{3, 32, 0}}},
    {35, 11, {{3, 24, 0}}},
    {36, 11, {{3, 32, 0}}},
    {37, 11, {{3, 16, 0}}},
    {38, 59, {{3, 22, 0}}},
    {39, 35, {{3, 32, 0}}},
    {41, 211, {DEFINITION, {3, 24, 0}, {3, 24, 7}}},
    {42, 11, {{3, 32, 0}, {8, 16, 0}}},
    {43, 11, {{3, 40, 0}}},
    {44, 28, {{3, 29, 0}}},
    {46, 11, {{3, 32, 0}, {8, 24, 7}}},
    {47, 11, {{3, 40, 0}}},
    {48, 11, {{3, 32, 0}, {8, 16, 0}}},
    {49, 11, {{3, 32, 0}}},
    {50, 11, {{3, 32, 0}}},
    {51, 11, {{3, 24, 0}}},
    {52, 59, {{3, 22, 0}}},
    {53, 28, {{3, 29, 0}}},
    {54, 216, {DEFINITION}},
    {55, 213, {DEFINITION, {3, 24, 0}, {3, 24, 7}}},
    {56, 195, {DEFINITION, {3, 18, 0}}},
    {57, 59, {DEFINITION}},
    {58, 59, {DEFINITION, {3, 24, 0}, {3, 24, 0}, {3, 16, 0}}},
    {59, 13, {{3, 29, 0}}},
    {60, 30, {{3, 10, 0}}},
    {61, 37, {{3, 26, 0}}},
    {62, 11, {{3, 40, 0}}},
    {63, 59, {DEFINITION, {3, 18, 0}}},
    {64, 11, {{3, 32, 0}, {8, 24, 0}}},
    {65, 11, {{3, 40, 0}, {8, 16, 0}}},
    {66, 11, {{3, 24, 0}}},
    {67, 11, {{3, 32, 0}}},
    {68, 37, {{3, 23, 0}}},
    {69, 59, {{3, 23, 0}}},
};

static uint64_t seed;

/* A message of a shape, its groups with `entries` entries; returns where each group begins. */
static void build(const struct shape *shape, uint16_t version, uint8_t entries)
{
    begin_version(shape->template_id, shape->block, version);
    zeros(shape->block);
    for (size_t g = 0; g < COUNT_OF(shape->groups) && shape->groups[g].dimension; g++) {
        if (shape->groups[g].since > version)
            continue;
        if (shape->groups[g].dimension == 8)
            group_8(shape->groups[g].entry, entries);
        else
            group(shape->groups[g].entry, entries);
        zeros(shape->groups[g].entry * entries);
    }
}

static int decodes(const uint8_t *bytes, uint32_t length)
{
    const struct hr_message message = {.bytes = bytes, .length = length};
    struct hr_decode_counters before = decoding.counters;
    decoding_run(&decoding, &message, 1);
    assert_int_equal(decoding.counters.messages, before.messages + 1);
    assert_int_equal(decoding.counters.decoded + decoding.counters.bad_length + decoding.counters.unknown_type,
                     before.decoded + before.bad_length + before.unknown_type + 1);
    if (decoding.counters.decoded == before.decoded)
        assert_int_equal(decoding.record_count, 0);
    return decoding.counters.decoded != before.decoded;
}

static void every_template_at_every_length(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    assert_int_equal(hr_protocol_mdp3.layout_count, COUNT_OF(shapes));
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        for (uint16_t version = 5; version <= 13; version = (uint16_t)(version + 4)) {
            build(&shapes[i], version, 2);
            size_t whole = wire.length;
            zeros(8);
            for (uint32_t length = 0; length <= wire.length; length++)
                assert_int_equal(decodes(guard_copy(&guard, wire.bytes, length), length), length >= whole);
        }
    guard_destroy(&guard);
}

static void blocks_and_entries_that_lie(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        build(&shapes[i], 13, 0);
        uint32_t length = (uint32_t)wire.length;
        for (uint32_t block = 0; block < shapes[i].block; block++) { /* shorter than there has ever been */
            wire.bytes[0] = (uint8_t)block;
            wire.bytes[1] = (uint8_t)(block >> 8);
            assert_false(decodes(guard_copy(&guard, wire.bytes, length), length));
        }
        wire.bytes[0] = wire.bytes[1] = 0xFF;
        assert_false(decodes(guard_copy(&guard, wire.bytes, length), length));
        if (!shapes[i].groups[0].dimension)
            continue;
        size_t group_at = 8 + (size_t)shapes[i].block;
        for (uint32_t count = 1; count < 256; count++) { /* entries that there are not */
            build(&shapes[i], 13, 0);
            wire.bytes[group_at + shapes[i].groups[0].dimension - 1U] = (uint8_t)count;
            assert_false(decodes(guard_copy(&guard, wire.bytes, length), length) && shapes[i].groups[0].entry * count > length);
        }
        for (uint32_t entry = 0; entry < shapes[i].groups[0].entry; entry++) { /* too short, though there is room */
            build(&shapes[i], 13, 1);
            wire.bytes[group_at] = (uint8_t)entry;
            wire.bytes[group_at + 1] = 0;
            assert_false(decodes(guard_copy(&guard, wire.bytes, wire.length), (uint32_t)wire.length));
        }
        build(&shapes[i], 13, 1);
        wire.bytes[group_at] = wire.bytes[group_at + 1] = 0xFF;
        assert_false(decodes(guard_copy(&guard, wire.bytes, wire.length), (uint32_t)wire.length));
    }
    guard_destroy(&guard);
}

static void templates_and_schemas_that_there_are_not(void **state)
{
    (void)state;
    uint8_t known[256] = {0};
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        known[shapes[i].template_id] = 1;
    for (uint32_t template_id = 0; template_id < 65536; template_id++) {
        if (template_id < 256 && known[template_id])
            continue;
        begin(0, 0);
        wire.bytes[2] = (uint8_t)template_id;
        wire.bytes[3] = (uint8_t)(template_id >> 8);
        refuse();
    }
    assert_int_equal(decoding.counters.unknown_type, 65536 - COUNT_OF(shapes));
    assert_int_equal(decoding.counters.bad_length, 0);
    begin(12, 0);
    wire.bytes[4] = 2;
    refuse();
    assert_int_equal(decoding.counters.unknown_type, 65537 - COUNT_OF(shapes));
}

/* Whatever the counts say: a batch's events have room, and what has none is taken the next time. */
static void a_batch_that_is_too_much_is_taken_in_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct hr_message messages[HR_BATCH_MESSAGES];
        build(&shapes[i], 13, 255);
        for (size_t m = 0; m < HR_BATCH_MESSAGES; m++)
            messages[m] = (struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length};
        uint32_t taken = 0;
        uint64_t before = decoding.counters.decoded;
        while (taken < HR_BATCH_MESSAGES) {
            decoding.events.count = 0;
            decoding.events.arena_used = 0;
            uint32_t now = hr_protocol_mdp3.decode(&decoding.decoder, messages + taken, HR_BATCH_MESSAGES - taken,
                                                   &decoding.packet, &decoding.events);
            assert_true(now > 0);
            assert_true(decoding.events.count <= HR_EVENTS_MAX);
            assert_true(decoding.events.arena_used <= HR_ARENA_BYTES);
            for (uint32_t e = 0; e < decoding.events.count; e++)
                assert_true(decoding.events.items[e].index < now);
            taken += now;
        }
        assert_int_equal(taken, HR_BATCH_MESSAGES);
        assert_int_equal(decoding.counters.decoded, before + HR_BATCH_MESSAGES);
        assert_int_equal(decoding.counters.messages, decoding.counters.decoded);
    }
}

static void any_bytes_are_counted_once(void **state)
{
    (void)state;
    struct hr_sim_random random;
    struct guard guard;
    hr_sim_random_seed(&random, seed);
    guard_create(&guard);
    for (int round = 0; round < 200000; round++) {
        const struct shape *shape = &shapes[hr_sim_random_below(&random, COUNT_OF(shapes))];
        build(shape, (uint16_t)hr_sim_random_below(&random, 16), (uint8_t)hr_sim_random_below(&random, 4));
        uint32_t kept = 8 + shape->block; /* the header and the dimensions stay, mostly; what they tell of is any bytes */
        for (uint32_t i = 8; i < kept; i++)
            wire.bytes[i] = (uint8_t)hr_sim_random_next(&random);
        for (uint32_t n = hr_sim_random_below(&random, 40); n > 0; n--)
            wire.bytes[hr_sim_random_below(&random, (uint32_t)wire.length)] = (uint8_t)hr_sim_random_next(&random);
        uint32_t length = (uint32_t)wire.length;
        length = hr_sim_random_below(&random, 10) ? length : hr_sim_random_below(&random, length + 1);
        decodes(guard_copy(&guard, wire.bytes, length), length);
        for (uint32_t i = 0; i < decoding.record_count; i++)
            assert_int_equal(hr_record_bytes((const void *)decoding.records[i].record), decoding.records[i].bytes);
    }
    assert_true(decoding.counters.decoded > 20000);
    assert_true(decoding.counters.bad_length > 1000);
    guard_destroy(&guard);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(every_template_at_every_length),
        T(blocks_and_entries_that_lie),
        T(templates_and_schemas_that_there_are_not),
        T(a_batch_that_is_too_much_is_taken_in_parts),
        T(any_bytes_are_counted_once),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("mdp3 lengths", tests, NULL, NULL);
}
