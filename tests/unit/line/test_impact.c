/* SPDX-License-Identifier: Apache-2.0
 *
 * iMpact packets: data, heartbeat, counts and lengths that do not add up; each cut at every length against an unreadable page.
 */
#include "test.h"

#include "guard.h"
#include "line/session.h"
#include "wire.h"

#define SENT_MS UINT64_C(1534845600398)

static struct wire wire;
static struct hr_session_header header;
static struct hr_message messages[HR_MESSAGES_MAX];

static void add(char type, uint16_t body)
{
    wire_be(&wire, (uint8_t)type, 1);
    wire_be(&wire, body, 2);
    for (uint16_t i = 0; i < body; i++)
        wire_be(&wire, 0, 1);
}

/* A packet of a delete, a bundle marker and a message without a body, of which the header claims `count`. */
static enum hr_session_refusal parse(uint16_t count)
{
    wire.length = 0;
    wire_impact(&wire, 1291, 253572, count, SENT_MS);
    add('F', 24);
    add('T', 1);
    add('?', 0);
    memset(&header, 0xEE, sizeof header);
    return hr_impact_parse(wire.bytes, (uint32_t)wire.length, &header);
}

static void data_packet(void **state)
{
    (void)state;
    assert_int_equal(parse(3), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_memory_equal(header.session, "0000001291", 10);
    assert_int_equal(header.sequence, 253572);
    assert_int_equal(header.count, 3);
    assert_int_equal(header.send_time_ns, SENT_MS * 1000000);
    assert_int_equal(header.restarted, 0);
    assert_int_equal(hr_impact_walk(&header, messages), 3);
    assert_ptr_equal(messages[0].bytes, wire.bytes + 16);
    assert_int_equal(messages[0].length, 27);
    assert_ptr_equal(messages[1].bytes, wire.bytes + 43);
    assert_int_equal(messages[1].length, 4);
    assert_int_equal(messages[2].length, 3);
}

static void heartbeat_has_the_next_number(void **state)
{
    (void)state;
    wire.length = 0;
    wire_impact(&wire, UINT16_MAX, UINT32_MAX, 0, SENT_MS);
    assert_int_equal(hr_impact_parse(wire.bytes, 16, &header), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_HEARTBEAT);
    assert_int_equal(header.sequence, UINT32_MAX);
    assert_int_equal(header.count, 0);
    assert_memory_equal(header.session, "0000065535", 10);
    assert_int_equal(hr_impact_walk(&header, messages), 0);
    wire_be(&wire, 0, 2); /* within the datagram there is no padding */
    assert_int_equal(hr_impact_parse(wire.bytes, 18, &header), HR_SESSION_MALFORMED);
}

static void counts_that_lie_are_malformed(void **state)
{
    (void)state;
    for (uint16_t count = 1; count < 100; count++) {
        assert_int_equal(parse(count), HR_SESSION_ACCEPTED);
        assert_int_equal(hr_impact_walk(&header, messages), count == 3 ? 3 : -1);
    }
    assert_int_equal(parse(0), HR_SESSION_MALFORMED);
    assert_int_equal(parse(HR_MESSAGES_MAX), HR_SESSION_ACCEPTED);
    assert_int_equal(hr_impact_walk(&header, messages), -1);
    assert_int_equal(parse(HR_MESSAGES_MAX + 1), HR_SESSION_MALFORMED);
    assert_int_equal(parse(UINT16_MAX), HR_SESSION_MALFORMED);
    header.count = UINT32_MAX;
    assert_int_equal(hr_impact_walk(&header, messages), -1);
}

static void lengths_that_lie_are_malformed(void **state)
{
    (void)state;
    for (unsigned body = 0; body < 256; body++) {
        parse(3);
        wire.bytes[18] = (uint8_t)body;
        assert_int_equal(hr_impact_walk(&header, messages) == 3, body == 24);
    }
    parse(3);
    wire.bytes[17] = 0xFF;
    assert_int_equal(hr_impact_walk(&header, messages), -1);
}

/* Milliseconds that are no time are none. */
static void sending_time_out_of_range_is_none(void **state)
{
    (void)state;
    wire.length = 0;
    wire_impact(&wire, 1, 1, 0, UINT64_MAX / 1000000);
    wire_impact(&wire, 1, 1, 0, UINT64_MAX / 1000000 + 1);
    wire_impact(&wire, 1, 1, 0, UINT64_MAX);
    assert_int_equal(hr_impact_parse(wire.bytes, 16, &header), HR_SESSION_ACCEPTED);
    assert_int_equal(header.send_time_ns, UINT64_MAX / 1000000 * 1000000);
    assert_int_equal(hr_impact_parse(wire.bytes + 16, 16, &header), HR_SESSION_ACCEPTED);
    assert_int_equal(header.send_time_ns, 0);
    assert_int_equal(hr_impact_parse(wire.bytes + 32, 16, &header), HR_SESSION_ACCEPTED);
    assert_int_equal(header.send_time_ns, 0);
}

static void cut_packets_are_refused_without_reading_past_their_end(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    parse(3);
    for (size_t length = 0; length <= wire.length; length++) {
        const uint8_t *copy = guard_copy(&guard, wire.bytes, length);
        assert_int_equal(hr_impact_parse(copy, (uint32_t)length, &header),
                         length < 16 ? HR_SESSION_SHORT : HR_SESSION_ACCEPTED);
        if (length >= 16)
            assert_int_equal(hr_impact_walk(&header, messages), length == wire.length ? 3 : -1);
    }
    guard_destroy(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_packet),
        cmocka_unit_test(heartbeat_has_the_next_number),
        cmocka_unit_test(counts_that_lie_are_malformed),
        cmocka_unit_test(lengths_that_lie_are_malformed),
        cmocka_unit_test(sending_time_out_of_range_is_none),
        cmocka_unit_test(cut_packets_are_refused_without_reading_past_their_end),
    };
    return cmocka_run_group_tests_name("impact", tests, NULL, NULL);
}
