/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX-TP headers: data, heartbeat, the first packet of a session, other protocols, and lengths that do not add up.
 */
#include "test.h"

#include "guard.h"
#include "line/session.h"
#include "wire.h"

static const struct wire_iextp good = {.version = 1,
                                       .protocol = 0x8004,
                                       .channel = 1,
                                       .session = 1150681088,
                                       .payload_length = 100,
                                       .count = 3,
                                       .offset = UINT64_C(0x1122334455667788),
                                       .sequence = UINT64_C(0x0102030405060708),
                                       .send_time_ns = UINT64_C(1493127000123456789)};

static struct wire wire;
static struct hr_session_header header;

static enum hr_session_refusal parse(const struct wire_iextp *fields, size_t blocks)
{
    wire.length = 0;
    wire_iextp(&wire, fields);
    for (size_t i = 0; i < blocks; i++)
        wire_be(&wire, 0, 1);
    memset(&header, 0xEE, sizeof header);
    return hr_iextp_deep_parse(wire.bytes, (uint32_t)wire.length, &header);
}

static void data_packet(void **state)
{
    (void)state;
    assert_int_equal(parse(&good, 100), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_DATA);
    assert_memory_equal(header.session, "1150681088", 10);
    assert_int_equal(header.sequence, good.sequence);
    assert_int_equal(header.count, 3);
    assert_int_equal(header.send_time_ns, good.send_time_ns);
    assert_int_equal(header.restarted, HR_RESTART_NONE);
    assert_ptr_equal(header.blocks, wire.bytes + 40);
    assert_int_equal(header.blocks_length, 100);
}

static void session_number_is_written_in_decimal(void **state)
{
    (void)state;
    struct wire_iextp fields = good;
    fields.session = UINT32_MAX;
    assert_int_equal(parse(&fields, 100), HR_SESSION_ACCEPTED);
    assert_memory_equal(header.session, "4294967295", 10);
    fields.session = 7;
    assert_int_equal(parse(&fields, 100), HR_SESSION_ACCEPTED);
    assert_memory_equal(header.session, "0000000007", 10);
}

/* What follows the payload that the header announces is left out. */
static void payload_ends_where_the_header_says(void **state)
{
    (void)state;
    assert_int_equal(parse(&good, 250), HR_SESSION_ACCEPTED);
    assert_int_equal(header.blocks_length, 100);
}

static void heartbeat_has_no_messages(void **state)
{
    (void)state;
    struct wire_iextp fields = good;
    fields.count = 0;
    fields.payload_length = 0;
    assert_int_equal(parse(&fields, 0), HR_SESSION_ACCEPTED);
    assert_int_equal(header.kind, HR_SESSION_HEARTBEAT);
    assert_int_equal(header.count, 0);
    assert_int_equal(header.sequence, good.sequence);
}

/* Stream offset 0 and sequence 1 together are what only a first packet has. */
static void first_packet_shows_a_restart(void **state)
{
    (void)state;
    struct wire_iextp fields = good;
    fields.sequence = 1;
    fields.offset = 0;
    assert_int_equal(parse(&fields, 100), HR_SESSION_ACCEPTED);
    assert_int_equal(header.restarted, HR_RESTART_LATER);
    fields.offset = 1;
    assert_int_equal(parse(&fields, 100), HR_SESSION_ACCEPTED);
    assert_int_equal(header.restarted, HR_RESTART_NONE);
    fields.offset = 0;
    fields.sequence = 2;
    assert_int_equal(parse(&fields, 100), HR_SESSION_ACCEPTED);
    assert_int_equal(header.restarted, HR_RESTART_NONE);
}

static void other_versions_and_protocols_are_foreign(void **state)
{
    (void)state;
    struct wire_iextp fields = good;
    for (unsigned version = 0; version < 256; version++) {
        fields.version = (uint8_t)version;
        assert_int_equal(parse(&fields, 100), version == 1 ? HR_SESSION_ACCEPTED : HR_SESSION_FOREIGN);
    }
    fields = good;
    for (unsigned protocol = 0x8000; protocol < 0x8010; protocol++) { /* 0x8003 is TOPS */
        fields.protocol = (uint16_t)protocol;
        assert_int_equal(parse(&fields, 100), protocol == 0x8004 ? HR_SESSION_ACCEPTED : HR_SESSION_FOREIGN);
    }
    fields.protocol = 0x0480;
    assert_int_equal(parse(&fields, 100), HR_SESSION_FOREIGN);
}

/* One body, three message protocols: each takes its own and no other. */
static void each_protocol_has_its_own_number(void **state)
{
    (void)state;
    static const struct {
        enum hr_session_refusal (*parse)(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
        uint16_t protocol;
    } known[] = {{hr_iextp_tops_parse, 0x8003}, {hr_iextp_deep_parse, 0x8004}, {hr_iextp_deep_plus_parse, 0x8005}};
    struct wire_iextp fields = good;
    for (unsigned protocol = 0; protocol <= UINT16_MAX; protocol++) {
        fields.protocol = (uint16_t)protocol;
        parse(&fields, 100);
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            memset(&header, 0xEE, sizeof header);
            assert_int_equal(known[i].parse(wire.bytes, (uint32_t)wire.length, &header),
                             protocol == known[i].protocol ? HR_SESSION_ACCEPTED : HR_SESSION_FOREIGN);
            if (protocol == known[i].protocol)
                assert_memory_equal(header.session, "1150681088", 10);
        }
    }
}

static void lengths_that_do_not_add_up_are_malformed(void **state)
{
    (void)state;
    struct wire_iextp fields = good;
    assert_int_equal(parse(&fields, 99), HR_SESSION_MALFORMED);
    assert_int_equal(parse(&fields, 0), HR_SESSION_MALFORMED);
    fields.payload_length = UINT16_MAX;
    assert_int_equal(parse(&fields, 100), HR_SESSION_MALFORMED);
    fields.payload_length = 1;
    fields.count = 0; /* bytes without a message */
    assert_int_equal(parse(&fields, 100), HR_SESSION_MALFORMED);
}

static void sequence_at_the_end_of_numbers_is_malformed(void **state)
{
    (void)state;
    struct wire_iextp fields = good;
    fields.sequence = UINT64_MAX - 0xFFFF;
    assert_int_equal(parse(&fields, 100), HR_SESSION_ACCEPTED);
    fields.sequence++;
    assert_int_equal(parse(&fields, 100), HR_SESSION_MALFORMED);
    fields.sequence = UINT64_MAX;
    assert_int_equal(parse(&fields, 100), HR_SESSION_MALFORMED);
}

static void cut_packets_are_refused_without_reading_past_their_end(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    struct wire_iextp fields = good;
    for (unsigned protocol = 0x8003; protocol <= 0x8005; protocol++) {
        fields.protocol = (uint16_t)protocol;
        parse(&fields, 100);
        for (size_t length = 0; length <= wire.length; length++) {
            const uint8_t *bytes = guard_copy(&guard, wire.bytes, length);
            assert_int_equal(protocol == 0x8003   ? hr_iextp_tops_parse(bytes, (uint32_t)length, &header)
                             : protocol == 0x8004 ? hr_iextp_deep_parse(bytes, (uint32_t)length, &header)
                                                  : hr_iextp_deep_plus_parse(bytes, (uint32_t)length, &header),
                             length < 40            ? HR_SESSION_SHORT
                             : length < wire.length ? HR_SESSION_MALFORMED
                                                    : HR_SESSION_ACCEPTED);
        }
    }
    guard_destroy(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_packet),
        cmocka_unit_test(session_number_is_written_in_decimal),
        cmocka_unit_test(payload_ends_where_the_header_says),
        cmocka_unit_test(heartbeat_has_no_messages),
        cmocka_unit_test(first_packet_shows_a_restart),
        cmocka_unit_test(other_versions_and_protocols_are_foreign),
        cmocka_unit_test(each_protocol_has_its_own_number),
        cmocka_unit_test(lengths_that_do_not_add_up_are_malformed),
        cmocka_unit_test(sequence_at_the_end_of_numbers_is_malformed),
        cmocka_unit_test(cut_packets_are_refused_without_reading_past_their_end),
    };
    return cmocka_run_group_tests_name("iextp", tests, NULL, NULL);
}
