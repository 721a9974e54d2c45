/* SPDX-License-Identifier: Apache-2.0
 *
 * Message blocks: a run of lengths that adds up is walked whole, any other is refused whole, and nothing past the end is read.
 *
 * usage: test_blocks [seed]
 */
#include "test.h"

#include "guard.h"
#include "line/blocks.h"
#include "wire.h"

static uint64_t seed;
static struct wire wire;
static struct hr_message messages[HR_MESSAGES_MAX];

static int walk(const uint8_t *bytes, size_t length, uint32_t count, int big_endian)
{
    return big_endian ? hr_blocks_walk(bytes, (uint32_t)length, count, 1, messages)
                      : hr_blocks_walk(bytes, (uint32_t)length, count, 0, messages);
}

static void append(uint64_t length, int big_endian)
{
    if (big_endian)
        wire_be(&wire, length, 2);
    else
        wire_le(&wire, length, 2);
    for (uint64_t i = 0; i < length; i++)
        wire_be(&wire, i, 1);
}

static void blocks_of_any_length_are_walked(void **state)
{
    (void)state;
    static const uint16_t lengths[] = {1, 0, 44, 300, 0, 0, 2, 65535};
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        wire.length = 0;
        for (size_t i = 0; i < COUNT_OF(lengths); i++)
            append(lengths[i], big_endian);
        for (uint32_t count = 0; count <= COUNT_OF(lengths); count++) { /* what follows the last is left out */
            size_t at = 0;
            assert_int_equal(walk(wire.bytes, wire.length, count, big_endian), 0);
            for (uint32_t i = 0; i < count; i++) {
                assert_int_equal(messages[i].length, lengths[i]);
                assert_ptr_equal(messages[i].bytes, wire.bytes + at + 2);
                at += 2U + lengths[i];
            }
        }
        assert_int_equal(walk(wire.bytes, wire.length, COUNT_OF(lengths) + 1, big_endian), 1);
    }
}

static void most_messages_that_a_datagram_holds(void **state)
{
    (void)state;
    wire.length = 0;
    for (uint32_t i = 0; i < HR_MESSAGES_MAX; i++)
        append(0, 1);
    assert_int_equal(walk(wire.bytes, wire.length, HR_MESSAGES_MAX, 1), 0);
    assert_int_equal(messages[HR_MESSAGES_MAX - 1].length, 0);
    assert_int_equal(walk(wire.bytes, wire.length - 1, HR_MESSAGES_MAX, 1), 1);
}

static void byte_order_matters(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0x01, 0xAA, 0xBB};
    assert_int_equal(walk(bytes, sizeof bytes, 1, 1), 0);
    assert_int_equal(messages[0].length, 1);
    assert_int_equal(walk(bytes, sizeof bytes, 1, 0), 1); /* 256 bytes */
}

/* Becoming invalid: a good run cut at every length, and with every length in it one too long. */
static void cut_runs_are_refused_without_reading_past_their_end(void **state)
{
    (void)state;
    static const uint16_t lengths[] = {3, 0, 12, 1, 40};
    struct guard guard;
    guard_create(&guard);
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        wire.length = 0;
        for (size_t i = 0; i < COUNT_OF(lengths); i++)
            append(lengths[i], big_endian);
        for (size_t length = 0; length <= wire.length; length++)
            assert_int_equal(walk(guard_copy(&guard, wire.bytes, length), length, COUNT_OF(lengths), big_endian),
                             length < wire.length);
    }
    guard_destroy(&guard);
}

/* Random bytes: every message of a run that is accepted lies within it, one behind the other. */
static void random_runs_stay_within_their_bytes(void **state)
{
    (void)state;
    struct hr_sim_random random;
    struct guard guard;
    uint64_t accepted = 0;
    guard_create(&guard);
    hr_sim_random_seed(&random, seed);
    for (int round = 0; round < 100000; round++) {
        uint8_t bytes[64];
        uint32_t length = hr_sim_random_below(&random, sizeof bytes + 1);
        uint32_t count = hr_sim_random_below(&random, 8);
        int big_endian = (int)hr_sim_random_below(&random, 2);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(hr_sim_random_below(&random, 3) ? 0 : hr_sim_random_below(&random, 20));
        const uint8_t *copy = guard_copy(&guard, bytes, length);
        if (walk(copy, length, count, big_endian))
            continue;
        const uint8_t *at = copy;
        for (uint32_t i = 0; i < count; i++) {
            assert_ptr_equal(messages[i].bytes, at + 2);
            at = messages[i].bytes + messages[i].length;
        }
        assert_true(at <= copy + length);
        accepted++;
    }
    assert_true(accepted > 1000);
    guard_destroy(&guard);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_any_length_are_walked),
        cmocka_unit_test(most_messages_that_a_datagram_holds),
        cmocka_unit_test(byte_order_matters),
        cmocka_unit_test(cut_runs_are_refused_without_reading_past_their_end),
        cmocka_unit_test(random_runs_stay_within_their_bytes),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
