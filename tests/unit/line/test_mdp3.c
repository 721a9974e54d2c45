/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0 packets: the header, the walk from message to message, sizes that do not add up, and nothing read past the end.
 */
#include "test.h"

#include "guard.h"
#include "line/blocks.h"
#include "line/session.h"
#include "wire.h"

#define SENT UINT64_C(1478961325968234108)

static struct wire wire;
static struct hr_session_header header;
static struct hr_message messages[HR_MESSAGES_MAX];

static void packet(uint32_t sequence)
{
    wire.length = 0;
    wire_le(&wire, sequence, 4);
    wire_le(&wire, SENT, 8);
}

/* A message of `bytes` bytes behind its size. */
static void message(uint32_t bytes)
{
    wire_le(&wire, bytes + 2, 2);
    for (uint32_t i = 0; i < bytes; i++)
        wire_le(&wire, i, 1);
}

static enum hr_session_refusal parse(void)
{
    memset(&header, 0xEE, sizeof header);
    return hr_mdp3_parse(wire.bytes, (uint32_t)wire.length, &header);
}

static int walk(void)
{
    assert_int_equal(parse(), HR_SESSION_ACCEPTED);
    return hr_mdp3_walk(&header, messages);
}

static void header_of_a_packet(void **state)
{
    (void)state;
    packet(0x01020304);
    message(20);
    assert_int_equal(parse(), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_memory_equal(header.session, "MDP3      ", 10);
    assert_int_equal(header.sequence, 0x01020304);
    assert_int_equal(header.count, 1); /* of packets */
    assert_int_equal(header.send_time_ns, SENT);
    assert_int_equal(header.restarted, 0);
    assert_ptr_equal(header.blocks, wire.bytes + 12);
    assert_int_equal(header.blocks_length, 22);
}

static void number_one_begins_anew(void **state)
{
    (void)state;
    static const struct {
        uint32_t sequence;
        enum hr_session_restart restarted;
    } known[] = {{0, HR_RESTART_NONE}, {1, HR_RESTART_NEWER}, {2, HR_RESTART_NONE}, {UINT32_MAX, HR_RESTART_NONE}, {1, HR_RESTART_NEWER}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        packet(known[i].sequence);
        assert_int_equal(parse(), HR_SESSION_ACCEPTED);
        assert_int_equal(header.restarted, known[i].restarted);
        assert_int_equal(header.sequence, known[i].sequence);
    }
}

static void messages_are_found(void **state)
{
    (void)state;
    packet(7);
    assert_int_equal(walk(), 0); /* a packet may be empty */
    message(8);
    message(0);
    message(300);
    assert_int_equal(walk(), 3);
    assert_ptr_equal(messages[0].bytes, wire.bytes + 14);
    assert_int_equal(messages[0].length, 8);
    assert_ptr_equal(messages[1].bytes, wire.bytes + 24);
    assert_int_equal(messages[1].length, 0);
    assert_ptr_equal(messages[2].bytes, wire.bytes + 26);
    assert_int_equal(messages[2].length, 300);
}

static void sizes_that_lie_are_refused(void **state)
{
    (void)state;
    for (uint32_t size = 0; size <= 70; size++) {
        packet(7);
        message(8);
        wire_le(&wire, size, 2); /* of a message of 30 bytes, and one of 28 behind it */
        for (int i = 0; i < 30; i++)
            wire_le(&wire, i == 0 ? 30 : 0, 1);
        /* Where the lie ends, the next size is the 30 or a 0. */
        int found = walk();
        if (size < 2 || size > 32)
            assert_int_equal(found, -1);
        else if (size == 32)
            assert_int_equal(found, 2);
        else if (size == 2)
            assert_int_equal(found, 3);
        else
            assert_int_equal(found, -1);
    }
}

static void as_many_messages_as_a_datagram_can_hold(void **state)
{
    (void)state;
    packet(7);
    for (int i = 0; i < 32747; i++) /* 65,494 bytes of nothing but sizes, in a datagram of 65,507 */
        message(0);
    assert_int_equal(walk(), 32747);
    for (int i = 0; i < HR_MESSAGES_MAX - 32747; i++)
        message(0);
    assert_int_equal(walk(), HR_MESSAGES_MAX);
    message(0);
    assert_int_equal(walk(), -1);
}

static void cut_packets_are_refused_without_reading_past_their_end(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    packet(7);
    message(8);
    message(40);
    message(9);
    for (size_t length = 0; length <= wire.length; length++) {
        enum hr_session_refusal refusal = hr_mdp3_parse(guard_copy(&guard, wire.bytes, length), (uint32_t)length, &header);
        assert_int_equal(refusal, length < 12 ? HR_SESSION_SHORT : HR_SESSION_ACCEPTED);
        if (refusal != HR_SESSION_ACCEPTED)
            continue;
        int whole = length == 12 ? 0 : length == 22 ? 1 : length == 64 ? 2 : length == 75 ? 3 : -1;
        assert_int_equal(hr_mdp3_walk(&header, messages), whole);
    }
    guard_destroy(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_of_a_packet),
        cmocka_unit_test(number_one_begins_anew),
        cmocka_unit_test(messages_are_found),
        cmocka_unit_test(sizes_that_lie_are_refused),
        cmocka_unit_test(as_many_messages_as_a_datagram_can_hold),
        cmocka_unit_test(cut_packets_are_refused_without_reading_past_their_end),
    };
    return cmocka_run_group_tests_name("mdp3 packets", tests, NULL, NULL);
}
