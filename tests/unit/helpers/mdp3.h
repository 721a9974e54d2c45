/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of MDP 3.0 byte by byte, one decoder for them, and the records that they are to become.
 */
#ifndef HEADRACE_TEST_MDP3_H
#define HEADRACE_TEST_MDP3_H

#include "decoding.h"

#define NULL32 INT32_MAX
#define NULL64 INT64_MAX
#define NULLU64 UINT64_MAX
#define UNDEF INT64_MAX
#define LAST HR_FLAG_LAST
#define LEVEL HR_FLAG_MBP
#define IMPLIED HR_FLAG_PUBLISHER_SPECIFIC
#define SNAPSHOT HR_FLAG_SNAPSHOT
#define BAD_BOOK HR_FLAG_MAYBE_BAD_BOOK
#define NO_SIZE HR_UNDEF_ORDER_SIZE
#define END 0x80
#define SECURITY 411873U
#define OTHER 84248U
#define PX_7 INT64_C(4027500000)       /* 402.75 of exponent -7 */
#define PX_9 INT64_C(402750000000)     /* the same of exponent -9, and of a record */

static struct decoding decoding;
static struct wire wire;

static inline int open_decoder(void **state)
{
    (void)state;
    decoding_open(&decoding, &hr_protocol_mdp3, DECODING_INSTRUMENTS);
    decoding.packet.packet_numbered = 1;
    decoding.packet.send_time_ns = TS_EVENT;
    return 0;
}

static inline int close_decoder(void **state)
{
    (void)state;
    decoding_close(&decoding);
    return 0;
}

/* ---- bytes ---- */

static inline void begin_version(uint8_t template_id, uint16_t block, uint16_t version)
{
    wire.length = 0;
    wire_le(&wire, block, 2);
    wire_le(&wire, template_id, 2);
    wire_le(&wire, 1, 2);
    wire_le(&wire, version, 2);
}

static inline void begin(uint8_t template_id, uint16_t block)
{
    begin_version(template_id, block, 13);
}

static inline void zeros(int bytes)
{
    for (int i = 0; i < bytes; i++)
        wire_le(&wire, 0, 1);
}

/* The root block of all incremental messages: it is 11 long. */
static inline void incremental(uint8_t template_id, uint8_t indicator, uint16_t version)
{
    begin_version(template_id, 11, version);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, indicator, 1);
    zeros(2);
}

static inline void group(uint16_t entry, uint8_t count)
{
    wire_le(&wire, entry, 2);
    wire_le(&wire, count, 1);
}

static inline void group_8(uint16_t entry, uint8_t count)
{
    wire_le(&wire, entry, 2);
    zeros(5);
    wire_le(&wire, count, 1);
}

static inline void decode(uint32_t records)
{
    decoding_one(&decoding, &wire, records);
}

static inline void refuse(void)
{
    const struct hr_message message = {.bytes = wire.bytes, .length = (uint32_t)wire.length};
    struct hr_decode_counters before = decoding.counters;
    decoding_run(&decoding, &message, 1);
    assert_int_equal(decoding.record_count, 0);
    assert_int_equal(decoding.counters.decoded, before.decoded);
    assert_int_equal(refused_messages(&decoding.counters), refused_messages(&before) + 1);
}

/* ---- records ---- */

static inline void expect(uint32_t at, uint32_t security, char action, char side, uint64_t order_id, int64_t price, uint32_t size,
                   uint8_t flags)
{
    const struct hr_mbo mbo = {.header = expected_header(&decoding, 0xA0, 56, security),
                               .order_id = order_id,
                               .price = price,
                               .size = size,
                               .flags = flags,
                               .channel_id = CHANNEL,
                               .action = action,
                               .side = side,
                               .ts_recv = TS_RECV,
                               .ts_in_delta = 4321,
                               .sequence = 7};
    expect_record(&decoding, at, &mbo, sizeof mbo, 1U << HR_SCHEMA_MBO);
}

static inline void expect_statistic(uint32_t at, uint32_t security, uint16_t type, int64_t price, int64_t quantity, uint64_t ts_ref,
                             uint8_t flags, uint8_t update_action)
{
    const struct hr_statistics statistics = {.header = expected_header(&decoding, 0x18, 80, security),
                                             .ts_recv = TS_RECV,
                                             .ts_ref = ts_ref,
                                             .price = price,
                                             .quantity = quantity,
                                             .sequence = 7,
                                             .ts_in_delta = 4321,
                                             .stat_type = type,
                                             .channel_id = CHANNEL,
                                             .update_action = update_action,
                                             .stat_flags = flags};
    expect_record(&decoding, at, &statistics, sizeof statistics, 1U << HR_SCHEMA_STATISTICS);
}

static inline void expect_status_of(uint32_t at, uint32_t security, uint16_t action, uint16_t reason, uint16_t event,
                             const char *answers, const char *security_group)
{
    struct hr_status status = {.header = expected_header(&decoding, 0x12, 40, security),
                               .ts_recv = TS_RECV,
                               .action = action,
                               .reason = reason,
                               .trading_event = event,
                               .is_trading = answers[0],
                               .is_quoting = answers[1],
                               .is_short_sell_restricted = answers[2]};
    memcpy(status.reserved, security_group, strlen(security_group));
    expect_record(&decoding, at, &status, sizeof status, 1U << HR_SCHEMA_STATUS);
}

static inline void expect_native_of(uint32_t at, uint32_t security)
{
    struct hr_native native = {.header = expected_header(&decoding, 0xE7, 56, security), .ts_recv = TS_RECV, .sequence = 7};
    native.message_length = (uint8_t)(wire.length < sizeof native.message ? wire.length : sizeof native.message);
    memcpy(native.message, wire.bytes, native.message_length);
    expect_record(&decoding, at, &native, sizeof native, 1U << HR_SCHEMA_NATIVE);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_decoder, close_decoder)

#endif
