/* SPDX-License-Identifier: Apache-2.0
 *
 * MoldUDP64 headers: data, heartbeat, end of session, and what is no header.
 */
#include "test.h"

#include "guard.h"
#include "line/session.h"
#include "wire.h"

static struct wire wire;
static struct hr_session_header header;

static enum hr_session_refusal parse(const char *session, uint64_t sequence, uint16_t count, size_t blocks)
{
    wire.length = 0;
    wire_mold64(&wire, session, sequence, count);
    for (size_t i = 0; i < blocks; i++)
        wire_be(&wire, 0, 1);
    memset(&header, 0xEE, sizeof header);
    return hr_mold64_parse(wire.bytes, (uint32_t)wire.length, &header);
}

static void data_packet(void **state)
{
    (void)state;
    assert_int_equal(parse("000001234A", UINT64_C(0x0102030405060708), 0x1234, 100), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_memory_equal(header.session, "000001234A", 10);
    assert_int_equal(header.sequence, UINT64_C(0x0102030405060708));
    assert_int_equal(header.count, 0x1234);
    assert_int_equal(header.send_time_ns, 0);
    assert_int_equal(header.restarted, 0);
    assert_ptr_equal(header.blocks, wire.bytes + 20);
    assert_int_equal(header.blocks_length, 100);
}

static void session_keeps_its_padding(void **state)
{
    (void)state;
    assert_int_equal(parse("AB", 1, 1, 2), HR_SESSION_ACCEPTED);
    assert_memory_equal(header.session, "AB        ", 10);
}

static void heartbeat_has_no_messages(void **state)
{
    (void)state;
    assert_int_equal(parse("S", 42, 0, 0), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_HEARTBEAT);
    assert_int_equal(header.sequence, 42);
    assert_int_equal(header.count, 0);
}

static void end_of_session_has_no_messages(void **state)
{
    (void)state;
    assert_int_equal(parse("S", 43, 0xFFFF, 0), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_END);
    assert_int_equal(header.sequence, 43);
    assert_int_equal(header.count, 0);
}

static void count_below_the_end_mark_is_data(void **state)
{
    (void)state;
    assert_int_equal(parse("S", 1, 0xFFFE, 0), HR_SESSION_ACCEPTED); /* its blocks are found missing later */
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_int_equal(header.count, 0xFFFE);
}

static void cut_headers_are_short(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    parse("S", 1, 1, 0);
    for (size_t length = 0; length <= 20; length++)
        assert_int_equal(hr_mold64_parse(guard_copy(&guard, wire.bytes, length), (uint32_t)length, &header),
                         length < 20 ? HR_SESSION_SHORT : HR_SESSION_ACCEPTED);
    guard_destroy(&guard);
}

/* The last sequence numbers would make a sum wrap around. */
static void sequence_at_the_end_of_numbers_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(parse("S", UINT64_MAX - 0xFFFF, 1, 2), HR_SESSION_ACCEPTED);
    assert_int_equal(parse("S", UINT64_MAX - 0xFFFE, 1, 2), HR_SESSION_MALFORMED);
    assert_int_equal(parse("S", UINT64_MAX, 1, 2), HR_SESSION_MALFORMED);
    assert_int_equal(parse("S", UINT64_MAX, 0, 0), HR_SESSION_MALFORMED);
    assert_int_equal(parse("S", UINT64_MAX, 0xFFFF, 0), HR_SESSION_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_packet),
        cmocka_unit_test(session_keeps_its_padding),
        cmocka_unit_test(heartbeat_has_no_messages),
        cmocka_unit_test(end_of_session_has_no_messages),
        cmocka_unit_test(count_below_the_end_mark_is_data),
        cmocka_unit_test(cut_headers_are_short),
        cmocka_unit_test(sequence_at_the_end_of_numbers_is_malformed),
    };
    return cmocka_run_group_tests_name("mold64", tests, NULL, NULL);
}
