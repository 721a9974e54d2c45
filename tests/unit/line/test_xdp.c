/* SPDX-License-Identifier: Apache-2.0
 *
 * XDP headers and the messages behind them: data, heartbeats, resets, and sizes and counts that do not add up.
 */
#include "test.h"

#include "guard.h"
#include "line/blocks.h"
#include "line/session.h"
#include "wire.h"

/* Two messages, of 14 and 20 bytes. */
static const struct wire_xdp good = {
    .size = 16 + 34, .flag = 11, .count = 2, .sequence = 0x01020304, .seconds = 1506696094, .nanoseconds = 876822130};

static struct wire wire;
static struct hr_session_header header;
static struct hr_message messages[256];

static void message(uint16_t size, uint16_t type)
{
    wire_le(&wire, size, 2);
    wire_le(&wire, type, 2);
    for (uint16_t i = 4; i < size; i++)
        wire_le(&wire, i, 1);
}

static void make(const struct wire_xdp *fields)
{
    wire.length = 0;
    wire_xdp(&wire, fields);
    message(14, 1);
    message(20, 32);
}

static enum hr_session_refusal parse_bytes(const uint8_t *bytes, size_t length)
{
    memset(&header, 0xEE, sizeof header);
    return hr_xdp_parse(bytes, (uint32_t)length, &header);
}

static enum hr_session_refusal parse(const struct wire_xdp *fields)
{
    make(fields);
    return parse_bytes(wire.bytes, wire.length);
}

static void data_packet(void **state)
{
    (void)state;
    assert_int_equal(parse(&good), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_memory_equal(header.session, "XDP       ", 10);
    assert_int_equal(header.sequence, 0x01020304);
    assert_int_equal(header.count, 2);
    assert_int_equal(header.send_time_ns, UINT64_C(1506696094876822130));
    assert_int_equal(header.restarted, 0);
    assert_ptr_equal(header.blocks, wire.bytes + 16);
    assert_int_equal(header.blocks_length, 34);
    assert_int_equal(hr_xdp_walk(&header, messages), 2);
    assert_ptr_equal(messages[0].bytes, wire.bytes + 16);
    assert_int_equal(messages[0].length, 14);
    assert_ptr_equal(messages[1].bytes, wire.bytes + 30);
    assert_int_equal(messages[1].length, 20);
}

/* What follows the packet size that the header announces is left out, and so is what follows the last message. */
static void packet_ends_where_the_header_says(void **state)
{
    (void)state;
    struct wire_xdp fields = good;
    fields.size = 30;
    fields.count = 1;
    assert_int_equal(parse(&fields), HR_SESSION_ACCEPTED);
    assert_int_equal(header.blocks_length, 14);
    assert_int_equal(hr_xdp_walk(&header, messages), 1);
    fields.size = 50;
    assert_int_equal(parse(&fields), HR_SESSION_ACCEPTED);
    assert_int_equal(hr_xdp_walk(&header, messages), 1);
}

static void heartbeat_has_no_messages(void **state)
{
    (void)state;
    struct wire_xdp fields = good;
    fields.flag = 1;
    fields.count = 0;
    fields.size = 16;
    assert_int_equal(parse(&fields), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_HEARTBEAT);
    assert_int_equal(header.count, 0);
    assert_int_equal(header.sequence, good.sequence);
    assert_int_equal(hr_xdp_walk(&header, messages), 0);
    fields.count = 1; /* a heartbeat with a message, and a message that is not there */
    assert_int_equal(parse(&fields), HR_SESSION_MALFORMED);
    fields.flag = 11;
    fields.count = 0;
    assert_int_equal(parse(&fields), HR_SESSION_MALFORMED);
}

/* Only a reset begins anew, and only with sequence number 1. */
static void reset_shows_a_restart(void **state)
{
    (void)state;
    struct wire_xdp fields = good;
    for (unsigned flag = 10; flag <= 21; flag++)
        for (uint32_t sequence = 0; sequence < 4; sequence++) {
            fields.flag = (uint8_t)flag;
            fields.sequence = sequence;
            if (parse(&fields) == HR_SESSION_ACCEPTED)
                assert_int_equal(header.restarted, flag == 12 && sequence == 1    ? HR_RESTART_LATER
                                                       : flag >= 13 && flag <= 20 ? HR_RESTART_NEVER
                                                                                  : HR_RESTART_NONE);
        }
}

static void other_delivery_flags_are_foreign(void **state)
{
    (void)state;
    static const uint8_t known[] = {10, 11, 12, 13, 15, 17, 18, 19, 20, 21};
    struct wire_xdp fields = good;
    for (unsigned flag = 0; flag < 256; flag++) {
        enum hr_session_refusal expected = flag == 1 ? HR_SESSION_MALFORMED : HR_SESSION_FOREIGN;
        for (size_t i = 0; i < COUNT_OF(known); i++)
            expected = flag == known[i] ? HR_SESSION_ACCEPTED : expected;
        fields.flag = (uint8_t)flag;
        assert_int_equal(parse(&fields), expected);
    }
}

static void sizes_that_do_not_add_up_are_malformed(void **state)
{
    (void)state;
    struct wire_xdp fields = good;
    for (unsigned size = 0; size < 300; size++) {
        fields.size = (uint16_t)size;
        assert_int_equal(parse(&fields), size < 16 || size > 50 ? HR_SESSION_MALFORMED : HR_SESSION_ACCEPTED);
        if (size >= 16 && size < 50) /* the second message runs past the end */
            assert_int_equal(hr_xdp_walk(&header, messages), -1);
    }
    fields.size = UINT16_MAX;
    assert_int_equal(parse(&fields), HR_SESSION_MALFORMED);
}

static void counts_that_lie_are_refused(void **state)
{
    (void)state;
    struct wire_xdp fields = good;
    for (unsigned count = 1; count < 256; count++) {
        fields.count = (uint8_t)count;
        assert_int_equal(parse(&fields), HR_SESSION_ACCEPTED);
        assert_int_equal(hr_xdp_walk(&header, messages), count <= 2 ? (int)count : -1);
    }
}

/* A size counts its own 4 bytes of header: less would not move on. */
static void message_sizes_that_lie_are_refused(void **state)
{
    (void)state;
    for (unsigned size = 0; size < 64; size++) {
        make(&good);
        wire.bytes[30] = (uint8_t)size; /* of the second message */
        assert_int_equal(parse_bytes(wire.bytes, wire.length), HR_SESSION_ACCEPTED);
        assert_int_equal(hr_xdp_walk(&header, messages), size >= 4 && size <= 20 ? 2 : -1);
    }
    make(&good);
    wire.bytes[31] = 0xFF;
    assert_int_equal(parse_bytes(wire.bytes, wire.length), HR_SESSION_ACCEPTED);
    assert_int_equal(hr_xdp_walk(&header, messages), -1);
}

static void cut_packets_are_refused_without_reading_past_their_end(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    make(&good);
    for (size_t length = 0; length <= wire.length; length++)
        assert_int_equal(parse_bytes(guard_copy(&guard, wire.bytes, length), length),
                         length < 16            ? HR_SESSION_SHORT
                         : length < wire.length ? HR_SESSION_MALFORMED
                                                : HR_SESSION_ACCEPTED);
    for (size_t length = 16; length <= wire.length; length++) { /* the header lies in accord with the length */
        uint8_t *bytes = guard_copy(&guard, wire.bytes, length);
        bytes[0] = (uint8_t)length;
        assert_int_equal(parse_bytes(bytes, length), HR_SESSION_ACCEPTED);
        assert_int_equal(hr_xdp_walk(&header, messages), length < wire.length ? -1 : 2);
    }
    guard_destroy(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_packet),
        cmocka_unit_test(packet_ends_where_the_header_says),
        cmocka_unit_test(heartbeat_has_no_messages),
        cmocka_unit_test(reset_shows_a_restart),
        cmocka_unit_test(other_delivery_flags_are_foreign),
        cmocka_unit_test(sizes_that_do_not_add_up_are_malformed),
        cmocka_unit_test(counts_that_lie_are_refused),
        cmocka_unit_test(message_sizes_that_lie_are_refused),
        cmocka_unit_test(cut_packets_are_refused_without_reading_past_their_end),
    };
    return cmocka_run_group_tests_name("xdp", tests, NULL, NULL);
}
