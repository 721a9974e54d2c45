/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0: every template from bytes written by hand after the schema to the records that it becomes; older and newer versions;
 * blocks, entries and counts that lie; nothing read past the end, nothing written beyond what a batch has room for.
 *
 * usage: test_mdp3 [seed]
 */
#include "test.h"

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
static struct decoding decoding;
static struct wire wire;

static int open_decoder(void **state)
{
    (void)state;
    decoding_open(&decoding, &hr_protocol_mdp3, DECODING_INSTRUMENTS);
    decoding.packet.packet_numbered = 1;
    decoding.packet.send_time_ns = TS_EVENT;
    return 0;
}

static int close_decoder(void **state)
{
    (void)state;
    decoding_close(&decoding);
    return 0;
}

/* ---- bytes ---- */

static void begin_version(uint8_t template_id, uint16_t block, uint16_t version)
{
    wire.length = 0;
    wire_le(&wire, block, 2);
    wire_le(&wire, template_id, 2);
    wire_le(&wire, 1, 2);
    wire_le(&wire, version, 2);
}

static void begin(uint8_t template_id, uint16_t block)
{
    begin_version(template_id, block, 13);
}

static void zeros(int bytes)
{
    for (int i = 0; i < bytes; i++)
        wire_le(&wire, 0, 1);
}

/* The root block of all incremental messages: it is 11 long. */
static void incremental(uint8_t template_id, uint8_t indicator, uint16_t version)
{
    begin_version(template_id, 11, version);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, indicator, 1);
    zeros(2);
}

static void group(uint16_t entry, uint8_t count)
{
    wire_le(&wire, entry, 2);
    wire_le(&wire, count, 1);
}

static void group_8(uint16_t entry, uint8_t count)
{
    wire_le(&wire, entry, 2);
    zeros(5);
    wire_le(&wire, count, 1);
}

static void decode(uint32_t records)
{
    decoding_one(&decoding, &wire, records);
}

static void refuse(void)
{
    const struct hr_message message = {.bytes = wire.bytes, .length = (uint32_t)wire.length};
    struct hr_decode_counters before = decoding.counters;
    decoding_run(&decoding, &message, 1);
    assert_int_equal(decoding.record_count, 0);
    assert_int_equal(decoding.counters.decoded, before.decoded);
    assert_int_equal(refused_messages(&decoding.counters), refused_messages(&before) + 1);
}

/* ---- records ---- */

static void expect(uint32_t at, uint32_t security, char action, char side, uint64_t order_id, int64_t price, uint32_t size,
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

static void expect_statistic(uint32_t at, uint32_t security, uint16_t type, int64_t price, int64_t quantity, uint64_t ts_ref,
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

static void expect_status_of(uint32_t at, uint32_t security, uint16_t action, uint16_t reason, uint16_t event,
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

static void expect_native_of(uint32_t at, uint32_t security)
{
    struct hr_native native = {.header = expected_header(&decoding, 0xE7, 56, security), .ts_recv = TS_RECV, .sequence = 7};
    native.message_length = (uint8_t)(wire.length < sizeof native.message ? wire.length : sizeof native.message);
    memcpy(native.message, wire.bytes, native.message_length);
    expect_record(&decoding, at, &native, sizeof native, 1U << HR_SCHEMA_NATIVE);
}

/* ---- levels ---- */

static void level(int64_t price, uint32_t size, uint32_t security, uint8_t action, char type)
{
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, size, 4);
    wire_le(&wire, security, 4);
    wire_le(&wire, 99, 4); /* rpt_seq */
    wire_le(&wire, 3, 4);  /* number of orders */
    wire_le(&wire, 1, 1);  /* level */
    wire_le(&wire, action, 1);
    wire_le(&wire, (uint8_t)type, 1);
    zeros(5);
}

static void level_long(int64_t price, uint64_t size, uint32_t security, uint8_t action, char type)
{
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, size, 8);
    wire_le(&wire, security, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, 3, 4);
    wire_le(&wire, 1, 1);
    wire_le(&wire, action, 1);
    wire_le(&wire, (uint8_t)type, 1);
    zeros(1);
}

static void book_order(uint64_t id, uint32_t size, uint8_t place, uint8_t action)
{
    wire_le(&wire, id, 8);
    wire_le(&wire, 5, 8); /* priority */
    wire_le(&wire, size, 4);
    wire_le(&wire, place, 1);
    wire_le(&wire, action, 1);
    zeros(2);
}

static void levels_of_both_prices(void **state)
{
    (void)state;
    static const struct {
        uint8_t template_id;
        int64_t price;
    } known[] = {{32, PX_7}, {46, PX_9}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        incremental(known[i].template_id, END, 9);
        group(32, 6);
        level(known[i].price, 5, SECURITY, 0, '0');
        level(known[i].price, 6, SECURITY, 1, '1');
        level(known[i].price, 7, OTHER, 2, 'E');
        level(-known[i].price, 8, OTHER, 0, 'F');
        level(known[i].price, 9, SECURITY, 0, 'w');
        level(known[i].price, 9, SECURITY, 0, 'x');
        group_8(24, 0);
        decode(6);
        expect(0, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL);
        expect(1, SECURITY, 'M', 'A', 0, PX_9, 6, LEVEL);
        expect(2, OTHER, 'C', 'B', 0, PX_9, 7, LEVEL | IMPLIED);
        expect(3, OTHER, 'A', 'A', 0, -PX_9, 8, LEVEL | IMPLIED);
        expect(4, SECURITY, 'A', 'A', 0, PX_9, 9, LEVEL | HR_FLAG_TOB);
        expect(5, SECURITY, 'A', 'B', 0, PX_9, 9, LEVEL | HR_FLAG_TOB | LAST);
    }
    incremental(64, 0, 13);
    group(32, 3);
    level_long(PX_9, UINT32_MAX - 1, SECURITY, 0, '0');
    level_long(PX_9, UINT64_C(1) << 40, SECURITY, 0, '0');
    level_long(PX_9, NULLU64, SECURITY, 0, '0');
    group_8(24, 1);
    book_order(77, 4, 1, 0);
    decode(4);
    expect(0, SECURITY, 'A', 'B', 0, PX_9, UINT32_MAX - 1, LEVEL);
    expect(1, SECURITY, 'A', 'B', 0, PX_9, UINT32_MAX - 1, LEVEL); /* clamped */
    expect(2, SECURITY, 'A', 'B', 0, PX_9, NO_SIZE, LEVEL);
    expect(3, SECURITY, 'A', 'B', 77, PX_9, 4, 0);
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void levels_of_places_are_marked(void **state)
{
    (void)state;
    incremental(46, 0, 9);
    group(32, 4);
    level(PX_9, 5, SECURITY, 3, '0');                        /* delete thru */
    level(PX_9, 5, SECURITY, 4, '1');                        /* delete from */
    level(PX_9, 5, SECURITY, 5, '1');                        /* overlay */
    level(NULL64, NULL32, SECURITY, 0, 'J');                 /* the whole book */
    group_8(24, 0);
    decode(4);
    expect(0, SECURITY, 'R', 'B', 0, PX_9, 5, LEVEL | BAD_BOOK);
    expect(1, SECURITY, 'R', 'A', 0, PX_9, 5, LEVEL | BAD_BOOK);
    expect(2, SECURITY, 'M', 'A', 0, PX_9, 5, LEVEL | BAD_BOOK);
    expect(3, SECURITY, 'R', 'N', 0, UNDEF, NO_SIZE, LEVEL);
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void nulls_and_codes_that_there_are_not(void **state)
{
    (void)state;
    incremental(32, END, 9);
    group(32, 5);
    level(NULL64, NULL32, SECURITY, 0, '0');
    level(INT64_MAX / 100 + 1, UINT32_MAX, SECURITY, 0, '0'); /* no price and no size */
    level(INT64_MIN, 1, SECURITY, 0, '0');
    level(PX_7, 1, SECURITY, 6, '0');
    level(PX_7, 1, SECURITY, 0, 'Z');
    group_8(24, 0);
    decode(5);
    expect(0, SECURITY, 'A', 'B', 0, UNDEF, NO_SIZE, LEVEL);
    expect(1, SECURITY, 'A', 'B', 0, UNDEF, NO_SIZE, LEVEL);
    expect(2, SECURITY, 'A', 'B', 0, UNDEF, 1, LEVEL);
    expect(3, SECURITY, 'N', 'B', 0, PX_9, 1, LEVEL);
    expect(4, SECURITY, 'A', 'N', 0, PX_9, 1, LAST);
    assert_int_equal(decoding.counters.bad_value, 4); /* null is a value */
}

static void orders_of_levels(void **state)
{
    (void)state;
    incremental(46, END, 9);
    group(32, 2);
    level(PX_9, 5, SECURITY, 0, '0');
    level(-PX_9, 6, OTHER, 1, '1');
    group_8(24, 6);
    book_order(11, 2, 1, 0);
    book_order(12, 3, 2, 1);
    book_order(13, NULL32, 2, 2);
    book_order(14, 1, 0, 0);   /* no place */
    book_order(15, 1, 3, 0);   /* a place that there is not */
    book_order(16, 1, 255, 3); /* null */
    decode(5);
    expect(0, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL);
    expect(1, OTHER, 'M', 'A', 0, -PX_9, 6, LEVEL);
    expect(2, SECURITY, 'A', 'B', 11, PX_9, 2, 0);
    expect(3, OTHER, 'M', 'A', 12, -PX_9, 3, 0);
    expect(4, OTHER, 'C', 'A', 13, -PX_9, NO_SIZE, LAST);
    assert_int_equal(decoding.counters.bad_value, 3);
}

/* Version 6 has no second group; 9 has no tradeable size, nor need an entry be 32 long in times to come. */
static void levels_of_older_and_newer_versions(void **state)
{
    (void)state;
    incremental(32, END, 6);
    group(32, 1);
    level(PX_7, 5, SECURITY, 0, '0');
    decode(1);
    expect(0, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL | LAST);
    incremental(32, END, 7); /* here it has to be */
    group(32, 1);
    level(PX_7, 5, SECURITY, 0, '0');
    refuse();
    begin_version(46, 16, 14); /* a longer root block, longer entries */
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, END, 1);
    zeros(7);
    group(40, 2);
    level(PX_9, 5, SECURITY, 0, '0');
    zeros(8);
    level(PX_9, 6, OTHER, 0, '1');
    zeros(8);
    group_8(27, 1);
    book_order(11, 2, 2, 0);
    zeros(3);
    decode(3);
    expect(0, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL);
    expect(1, OTHER, 'A', 'A', 0, PX_9, 6, LEVEL);
    expect(2, OTHER, 'A', 'A', 11, PX_9, 2, LAST);
}

/* ---- the end of an event ---- */

static void decode_two(struct wire *first, struct wire *second)
{
    const struct hr_message messages[2] = {{.bytes = first->bytes, .length = (uint32_t)first->length},
                                           {.bytes = second->bytes, .length = (uint32_t)second->length}};
    decoding_run(&decoding, messages, 2);
}

static void an_event_ends_with_an_empty_message(void **state)
{
    (void)state;
    static struct wire first;
    incremental(46, 4, 9);
    group(32, 1);
    level(PX_9, 5, SECURITY, 0, '0');
    group_8(24, 0);
    first = wire;
    incremental(46, END, 9);
    group(32, 0);
    group_8(24, 0);
    decode_two(&first, &wire);
    assert_int_equal(decoding.record_count, 1); /* the record before it is the last */
    expect(0, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL | LAST);
    decode(1); /* alone: a record of its own */
    expect(0, 0, 'N', 'N', 0, UNDEF, 0, LAST);
    incremental(46, 4, 9); /* nothing ends */
    group(32, 0);
    group_8(24, 0);
    decode(0);
    memset(first.bytes + 8, 1, 1); /* another event's time */
    incremental(46, END, 9);
    group(32, 0);
    group_8(24, 0);
    decode_two(&first, &wire);
    assert_int_equal(decoding.record_count, 2);
    expect(1, 0, 'N', 'N', 0, UNDEF, 0, LAST);
}

static void an_event_ends_with_a_statistic(void **state)
{
    (void)state;
    static struct wire first;
    incremental(46, 4, 9);
    group(32, 1);
    level(PX_9, 5, SECURITY, 0, '0');
    group_8(24, 0);
    first = wire;
    incremental(37, END, 9);
    group(16, 1);
    wire_le(&wire, 12, 4);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 3, 4);
    zeros(4);
    decode_two(&first, &wire);
    assert_int_equal(decoding.record_count, 2);
    expect(0, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL | LAST);
    expect_statistic(1, SECURITY, 10001, UNDEF, 12, UINT64_MAX, 255, 1);
    assert_int_equal(decoding.records[1].index, 1);
}

/* ---- orders ---- */

static void order(uint64_t id, int64_t price, uint32_t size, uint32_t security, uint8_t action, char type)
{
    wire_le(&wire, id, 8);
    wire_le(&wire, 5, 8);
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, size, 4);
    wire_le(&wire, security, 4);
    wire_le(&wire, action, 1);
    wire_le(&wire, (uint8_t)type, 1);
    zeros(6);
}

static void orders_of_both_prices(void **state)
{
    (void)state;
    static const struct {
        uint8_t template_id;
        int64_t price;
    } known[] = {{43, PX_7}, {47, PX_9}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        incremental(known[i].template_id, END, 9);
        group(40, 5);
        order(1, known[i].price, 2, SECURITY, 0, '0');
        order(2, known[i].price, 3, SECURITY, 1, '1');
        order(3, NULL64, NULL32, OTHER, 2, '0');
        order(NULLU64, NULL64, NULL32, OTHER, 2, 'J');
        order(5, known[i].price, 1, SECURITY, 3, 'Z');
        decode(5);
        expect(0, SECURITY, 'A', 'B', 1, PX_9, 2, 0);
        expect(1, SECURITY, 'M', 'A', 2, PX_9, 3, 0);
        expect(2, OTHER, 'C', 'B', 3, UNDEF, NO_SIZE, 0);
        expect(3, OTHER, 'R', 'N', 0, UNDEF, NO_SIZE, 0);
        expect(4, SECURITY, 'N', 'N', 5, PX_9, 1, LAST);
    }
    assert_int_equal(decoding.counters.bad_value, 4);
}

/* ---- trades ---- */

static void trade(int64_t price, uint32_t size, uint32_t security, uint32_t orders, uint8_t aggressor, uint8_t action)
{
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, size, 4);
    wire_le(&wire, security, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, orders, 4);
    wire_le(&wire, aggressor, 1);
    wire_le(&wire, action, 1);
    wire_le(&wire, 4711, 4); /* trade entry id */
    zeros(2);
}

static void party(uint64_t id, uint32_t size)
{
    wire_le(&wire, id, 8);
    wire_le(&wire, size, 4);
    zeros(4);
}

static void trades_and_their_orders(void **state)
{
    (void)state;
    static const struct {
        uint8_t template_id;
        int64_t price;
    } known[] = {{42, PX_7}, {48, PX_9}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        incremental(known[i].template_id, END, 9);
        group(32, 4);
        trade(known[i].price, 3, SECURITY, 3, 1, 0);     /* a buyer, who takes two orders */
        trade(known[i].price, 4, OTHER, 1, 2, 0);        /* a seller alone: implied */
        trade(known[i].price, 5, OTHER, 2, 0, 0);        /* an opening: nobody is the aggressor */
        trade(known[i].price, 6, SECURITY, NULL32, 255, 0);
        group_8(16, 6);
        party(101, 3);
        party(102, 1);
        party(103, 2);
        party(104, 4);
        party(105, 5);
        party(106, 5);
        decode(8);
        expect(0, SECURITY, 'T', 'B', 101, PX_9, 3, 0);
        expect(1, SECURITY, 'F', 'A', 102, PX_9, 1, 0);
        expect(2, SECURITY, 'F', 'A', 103, PX_9, 2, 0);
        expect(3, OTHER, 'T', 'A', 104, PX_9, 4, 0);
        expect(4, OTHER, 'T', 'N', 0, PX_9, 5, 0);
        expect(5, OTHER, 'F', 'N', 105, PX_9, 5, 0);
        expect(6, OTHER, 'F', 'N', 106, PX_9, 5, 0);
        expect(7, SECURITY, 'T', 'N', 0, PX_9, 6, LAST);
    }
    incremental(65, 0, 13);
    group(40, 1);
    wire_le(&wire, PX_9, 8);
    wire_le(&wire, UINT64_C(1) << 33, 8);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, 1, 4);
    wire_le(&wire, 4711, 4);
    wire_le(&wire, 1, 1);
    zeros(7);
    group_8(16, 1);
    party(101, 3);
    decode(1);
    expect(0, SECURITY, 'T', 'B', 101, PX_9, UINT32_MAX - 1, 0);
    incremental(36, END, 5);
    group(32, 1);
    wire_le(&wire, PX_7, 8);
    wire_le(&wire, 9, 4);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, 2, 4);
    wire_le(&wire, 4711, 4);
    wire_le(&wire, 2, 1);
    zeros(3);
    decode(1);
    expect(0, SECURITY, 'T', 'A', 0, PX_9, 9, LAST);
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void trades_whose_orders_do_not_add_up(void **state)
{
    (void)state;
    incremental(48, 0, 9);
    group(32, 2);
    trade(PX_9, 3, SECURITY, 1000, 1, 0); /* more than there are */
    trade(PX_9, 4, SECURITY, 1, 9, 0);    /* none left; and no such aggressor */
    group_8(16, 2);
    party(101, 3);
    party(102, NULL32);
    decode(3);
    expect(0, SECURITY, 'T', 'B', 101, PX_9, 3, 0);
    expect(1, SECURITY, 'F', 'A', 102, PX_9, NO_SIZE, 0);
    expect(2, SECURITY, 'T', 'N', 0, PX_9, 4, 0);
    assert_int_equal(decoding.counters.bad_value, 3);
    incremental(48, 0, 9);
    group(32, 1);
    trade(PX_9, 3, SECURITY, 1, 1, 0);
    group_8(16, 2); /* one is nobody's */
    party(101, 3);
    party(102, 3);
    decode(1);
    assert_int_equal(decoding.counters.bad_value, 4);
}

static void a_trade_that_is_taken_back(void **state)
{
    (void)state;
    incremental(48, END, 9);
    group(32, 2);
    trade(PX_9, 3, SECURITY, 1, 1, 2);
    trade(PX_9, 4, SECURITY, 1, 1, 0);
    group_8(16, 2);
    party(101, 3);
    party(102, 4);
    decode(2);
    const struct hr_trade_break broken = {.header = expected_header(&decoding, 0xE6, 56, SECURITY),
                                          .ts_recv = TS_RECV,
                                          .trade_id = 4711,
                                          .price = PX_9,
                                          .size = 3,
                                          .sequence = 7,
                                          .channel_id = CHANNEL};
    expect_record(&decoding, 0, &broken, sizeof broken, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE);
    expect(1, SECURITY, 'T', 'B', 102, PX_9, 4, LAST);
}

/* ---- statistics ---- */

static void daily_statistics(void **state)
{
    (void)state;
    static const struct {
        char type;
        uint16_t stat_type;
        int is_volume;
        uint8_t flags;
    } known[] = {{'6', 3, 0, 0x03}, {'B', 6, 1, 255}, {'C', 9, 1, 255}, {'W', 10, 0, 255}};
    for (uint8_t template_id = 33; template_id <= 49; template_id = (uint8_t)(template_id + 16)) {
        incremental(template_id, 0, 9);
        group(32, COUNT_OF(known));
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            wire_le(&wire, (uint64_t)(known[i].is_volume ? NULL64 : template_id == 33 ? PX_7 : PX_9), 8);
            wire_le(&wire, known[i].is_volume ? 1234 : NULL32, 4);
            wire_le(&wire, SECURITY, 4);
            wire_le(&wire, 99, 4);
            wire_le(&wire, i == 0 ? 17117 : UINT16_MAX, 2); /* 2016-11-12 */
            wire_le(&wire, 0x03, 1);
            wire_le(&wire, i == 3 ? 2 : 0, 1);
            wire_le(&wire, (uint8_t)known[i].type, 1);
            zeros(7);
        }
        decode(COUNT_OF(known));
        for (uint32_t i = 0; i < COUNT_OF(known); i++)
            expect_statistic(i, SECURITY, known[i].stat_type, known[i].is_volume ? UNDEF : PX_9,
                             known[i].is_volume ? 1234 : INT64_MAX, i == 0 ? UINT64_C(1478908800000000000) : UINT64_MAX,
                             known[i].flags, i == 3 ? 2 : 1);
    }
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void session_statistic(int is_long, int64_t price, uint64_t size, uint8_t open, uint8_t action, char type)
{
    wire_le(&wire, (uint64_t)price, 8);
    if (is_long)
        wire_le(&wire, size, 8);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, open, 1);
    wire_le(&wire, action, 1);
    wire_le(&wire, (uint8_t)type, 1);
    if (!is_long)
        wire_le(&wire, size, 4);
    zeros(is_long ? 5 : 1);
}

static void session_statistics(void **state)
{
    (void)state;
    static const struct {
        char type;
        uint8_t open;
        uint16_t stat_type;
    } known[] = {{'4', 0, 1}, {'4', 5, 2}, {'4', 255, 1}, {'7', 255, 5}, {'8', 255, 4},
                 {'N', 255, 8}, {'O', 255, 7}, {'9', 100, 13}};
    static const struct {
        uint8_t template_id;
        uint16_t version;
        int is_long;
    } forms[] = {{35, 6, 0}, {35, 8, 0}, {51, 9, 0}, {67, 13, 1}};
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        incremental(forms[f].template_id, 0, forms[f].version);
        group(forms[f].is_long ? 32 : 24, COUNT_OF(known) + 1);
        for (size_t i = 0; i < COUNT_OF(known); i++)
            session_statistic(forms[f].is_long, forms[f].template_id == 35 ? PX_7 : PX_9, 55, known[i].open, i == 7 ? 2 : 0,
                              known[i].type);
        session_statistic(forms[f].is_long, PX_9, 55, 0, 0, 'Z'); /* no such type */
        decode(COUNT_OF(known));
        for (uint32_t i = 0; i < COUNT_OF(known); i++) /* before version 8 the size is padding */
            expect_statistic(i, SECURITY, known[i].stat_type, PX_9, forms[f].version == 6 ? INT64_MAX : 55, UINT64_MAX, 255,
                             i == 7 ? 2 : 1);
        assert_int_equal(decoding.counters.bad_value, f + 1);
    }
}

static void volumes_and_limits(void **state)
{
    (void)state;
    incremental(66, 0, 13);
    group(24, 1);
    wire_le(&wire, UINT64_C(1) << 40, 8);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    zeros(8);
    decode(1);
    expect_statistic(0, SECURITY, 10001, UNDEF, INT64_C(1) << 40, UINT64_MAX, 255, 1);
    for (uint8_t template_id = 34; template_id <= 50; template_id = (uint8_t)(template_id + 16)) {
        incremental(template_id, 0, 9);
        group(32, 2);
        for (int i = 0; i < 2; i++) {
            wire_le(&wire, (uint64_t)(template_id == 34 ? PX_7 : PX_9), 8);
            wire_le(&wire, (uint64_t)(i ? NULL64 : -1), 8);
            wire_le(&wire, NULL64, 8);
            wire_le(&wire, i ? OTHER : SECURITY, 4);
            wire_le(&wire, 99, 4);
        }
        decode(3); /* what is not said makes no record */
        expect_statistic(0, SECURITY, 17, PX_9, INT64_MAX, UINT64_MAX, 255, 1);
        expect_statistic(1, SECURITY, 18, template_id == 34 ? -100 : -1, INT64_MAX, UINT64_MAX, 255, 1);
        expect_statistic(2, OTHER, 17, PX_9, INT64_MAX, UINT64_MAX, 255, 1);
    }
}

/* ---- snapshots ---- */

static void snapshot_root(uint8_t template_id, uint8_t trading_status)
{
    int64_t limit = template_id == 38 ? PX_7 : PX_9;
    begin(template_id, 59);
    wire_le(&wire, 5615, 4);
    wire_le(&wire, 10, 4);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, TS_EVENT - 1, 8);
    wire_le(&wire, 17117, 2);
    wire_le(&wire, trading_status, 1);
    wire_le(&wire, (uint64_t)limit, 8);
    wire_le(&wire, NULL64, 8);
    wire_le(&wire, NULL64, 8);
}

static void snapshot_tcp_root(uint8_t template_id)
{
    begin(template_id, 37);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, END, 1);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, PX_9, 8);
    wire_le(&wire, NULL64, 8);
    wire_le(&wire, NULL64, 8);
}

static void snapshot_entry(uint8_t template_id, int64_t price, uint32_t size, char type)
{
    wire_le(&wire, (uint64_t)price, 8);
    switch (template_id) {
    case 38:
    case 52:
        wire_le(&wire, size, 4);
        wire_le(&wire, 2, 4);     /* number of orders */
        wire_le(&wire, 1, 1);     /* level */
        wire_le(&wire, 17117, 2); /* reference date */
        wire_le(&wire, 0, 1);     /* daily open */
        wire_le(&wire, 1, 1);     /* final */
        break;
    case 61:
        wire_le(&wire, size, 4);
        wire_le(&wire, size, 4); /* tradeable */
        wire_le(&wire, 2, 4);
        wire_le(&wire, 1, 1);
        wire_le(&wire, 0, 1);
        break;
    default:
        wire_le(&wire, size, 8);
        wire_le(&wire, 2, 4);
        wire_le(&wire, 1, 1);
        wire_le(&wire, 0, 1);
    }
    wire_le(&wire, (uint8_t)type, 1);
    if (template_id == 61) {
        wire_le(&wire, 17117, 2);
        wire_le(&wire, 1, 1);
    }
}

static void snapshots_of_levels(void **state)
{
    (void)state;
    static const struct {
        uint8_t template_id;
        uint8_t entry;
        int has_date;
    } known[] = {{38, 22, 1}, {52, 22, 1}, {61, 26, 1}, {68, 23, 0}, {69, 23, 0}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        uint8_t id = known[i].template_id;
        int64_t price = id == 38 ? PX_7 : PX_9;
        int is_tcp = id == 61 || id == 68;
        if (is_tcp)
            snapshot_tcp_root(id);
        else
            snapshot_root(id, 17);
        group(known[i].entry, 7);
        snapshot_entry(id, price, 5, '0');
        snapshot_entry(id, price, 0, '2'); /* the last trade is not told again */
        snapshot_entry(id, price, 6, 'F');
        snapshot_entry(id, price, 9, '6');
        snapshot_entry(id, price, 7, '1');
        snapshot_entry(id, price, 8, 'J');
        snapshot_entry(id, price, 8, 'Z'); /* no such type */
        decode(is_tcp ? 6 : 7);
        expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, LEVEL | SNAPSHOT);
        expect(1, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL | SNAPSHOT);
        expect(2, SECURITY, 'A', 'A', 0, PX_9, 6, LEVEL | SNAPSHOT | IMPLIED);
        expect(3, SECURITY, 'A', 'A', 0, PX_9, 7, LEVEL | SNAPSHOT | LAST);
        expect_statistic(4, SECURITY, 3, PX_9, 9, known[i].has_date ? UINT64_C(1478908800000000000) : UINT64_MAX,
                         known[i].has_date ? 1 : 255, 1);
        expect_statistic(5, SECURITY, 17, PX_9, INT64_MAX, UINT64_MAX, 255, 1);
        if (!is_tcp)
            expect_status_of(6, SECURITY, HR_STATUS_TRADING, HR_REASON_NONE, 0, "YY~", "");
        assert_int_equal(decoding.counters.bad_value, i + 1);
    }
    snapshot_root(52, 255); /* an empty book, without a status */
    group(22, 0);
    decode(2);
    expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, LEVEL | SNAPSHOT | LAST);
}

static void resting(uint64_t id, int64_t price, char type)
{
    wire_le(&wire, id, 8);
    wire_le(&wire, 5, 8);
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, 3, 4);
    wire_le(&wire, (uint8_t)type, 1);
}

static void snapshots_of_orders(void **state)
{
    (void)state;
    for (uint8_t template_id = 44; template_id <= 53; template_id = (uint8_t)(template_id + 9))
        for (uint32_t chunk = 1; chunk <= 2; chunk++) {
            begin(template_id, 28);
            wire_le(&wire, 5615, 4);
            wire_le(&wire, 10, 4);
            wire_le(&wire, SECURITY, 4);
            wire_le(&wire, 2, 4);
            wire_le(&wire, chunk, 4);
            wire_le(&wire, TS_EVENT, 8);
            group(29, 2);
            resting(1, template_id == 44 ? PX_7 : PX_9, '0');
            resting(2, template_id == 44 ? PX_7 : PX_9, '1');
            decode(chunk == 1 ? 3 : 2);
            if (chunk == 1)
                expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, SNAPSHOT);
            expect(2 - chunk, SECURITY, 'A', 'B', 1, PX_9, 3, SNAPSHOT);
            expect(3 - chunk, SECURITY, 'A', 'A', 2, PX_9, 3, chunk == 2 ? SNAPSHOT | LAST : SNAPSHOT);
        }
    begin(59, 13);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, END, 1);
    wire_le(&wire, SECURITY, 4);
    group(29, 1);
    resting(7, PX_9, 'Z');
    decode(2);
    expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, SNAPSHOT);
    expect(1, SECURITY, 'A', 'N', 7, PX_9, 3, SNAPSHOT | LAST);
    assert_int_equal(decoding.counters.bad_value, 1);
}

/* ---- status and the like ---- */

static void security_status(uint32_t security, uint8_t status, uint8_t reason, uint8_t event)
{
    begin(30, 30);
    wire_le(&wire, TS_EVENT, 8);
    wire_text(&wire, "ES", 6);
    wire_text(&wire, "ES", 6);
    wire_le(&wire, security, 4);
    wire_le(&wire, 17117, 2);
    wire_le(&wire, END, 1);
    wire_le(&wire, status, 1);
    wire_le(&wire, reason, 1);
    wire_le(&wire, event, 1);
}

static void statuses(void **state)
{
    (void)state;
    static const struct {
        uint8_t status;
        uint16_t action;
        const char *answers;
    } known[] = {{2, 8, "NN~"},   {4, 12, "NN~"},  {15, 6, "~~~"},  {17, 7, "YY~"},  {18, 15, "NN~"},
                 {20, 0, "~~~"},  {21, 1, "NY~"},  {24, 2, "NY~"},  {25, 4, "~~~"},  {26, 13, "N~~"},
                 {103, 0, "~~~"}, {201, 7, "Y~~"}, {202, 7, "Y~~"}, {255, 0, "~~~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        security_status(SECURITY, known[i].status, 0, 0);
        decode(1);
        expect_status_of(0, SECURITY, known[i].action, HR_REASON_SCHEDULED, 0, known[i].answers, "");
        security_status(NULL32, known[i].status, 0, 0); /* of a group: nothing is said of any instrument */
        decode(1);
        expect_status_of(0, 0, known[i].action, HR_REASON_SCHEDULED, 0, "~~~", "ES    ");
    }
    static const uint16_t reasons[] = {1, 2, 3, 4, 5, 0, 6, 1};
    for (uint8_t i = 0; i < COUNT_OF(reasons); i++) {
        security_status(SECURITY, 17, i, 0);
        decode(1);
        expect_status_of(0, SECURITY, 7, reasons[i], 0, "YY~", "");
    }
    static const struct {
        uint8_t event;
        uint16_t trading_event;
    } events[] = {{0, 0}, {1, 1}, {4, 2}, {5, 3}, {6, 4}, {7, 0}};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        security_status(SECURITY, 17, 0, events[i].event);
        decode(1);
        expect_status_of(0, SECURITY, 7, 1, events[i].trading_event, "YY~", "");
    }
    assert_int_equal(decoding.counters.bad_value, 0);
    security_status(SECURITY, 99, 8, 2);
    decode(1);
    expect_status_of(0, SECURITY, 0, 0, 0, "~~~", "");
    assert_int_equal(decoding.counters.bad_value, 3);
}

static void workups_resets_and_requests(void **state)
{
    (void)state;
    begin(60, 30);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, PX_9, 8);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, END, 1);
    wire_le(&wire, 17117, 2);
    wire_le(&wire, 1, 4);
    wire_le(&wire, 18, 1);
    wire_le(&wire, 0, 1);
    wire_le(&wire, 7, 1);
    group(10, 1);
    zeros(10);
    decode(1);
    expect_status_of(0, SECURITY, 15, 1, 0, "NN~", "");
    begin(4, 9);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, END, 1);
    group(2, 1);
    wire_le(&wire, 310, 2);
    decode(1);
    expect(0, 0, 'R', 'N', 0, UNDEF, 0, LAST);
    begin(39, 35);
    wire_le(&wire, TS_EVENT, 8);
    wire_text(&wire, "Q1", 23);
    wire_le(&wire, END, 1);
    zeros(3);
    group(32, 2);
    for (int i = 0; i < 2; i++) {
        wire_text(&wire, "ESZ6", 20);
        wire_le(&wire, i ? OTHER : SECURITY, 4);
        zeros(8);
    }
    decode(2);
    expect_native_of(0, SECURITY);
    expect_native_of(1, OTHER);
}

static void messages_that_dbn_has_no_record_for(void **state)
{
    (void)state;
    begin(12, 0);
    decode(1);
    expect_native_of(0, 0);
    begin(15, 1);
    wire_le(&wire, 30, 1);
    decode(1);
    expect_native_of(0, 0);
    begin(16, 180);
    wire_text(&wire, "good night", 180);
    decode(1);
    expect_native_of(0, 0);
    incremental(62, 0, 13);
    group(40, 1);
    zeros(40);
    decode(1);
    expect_native_of(0, 0);
}

/* ---- definitions ---- */

/* A definition's root block by offsets, so that each test says only what it is about; the rest is zero. */
static void put(size_t offset, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        wire.bytes[8 + offset + (size_t)i] = (uint8_t)(value >> (8 * i));
}

static void put_text(size_t offset, const char *text)
{
    memcpy(wire.bytes + 8 + offset, text, strlen(text));
}

static void definition(uint8_t template_id, uint16_t block, uint16_t version)
{
    begin_version(template_id, block, version);
    zeros(block);
    put_text(5, "M");
    put(6, TS_EVENT, 8);
    put(15, 310, 2);
    put(17, 68, 1);
    put(18, 5, 1);
    put_text(19, "XCME");
    put_text(23, "ES");
    put_text(29, "ES");
    put_text(35, "ESZ6");
    put(55, SECURITY, 4);
    put_text(59, "FUT");
    put_text(65, "FFIXSX");
}

static void definition_groups(void)
{
    group(9, 2);
    wire_le(&wire, 5, 1);
    wire_le(&wire, 1000, 8);
    wire_le(&wire, 7, 1);
    wire_le(&wire, 2000, 8);
    group(4, 2);
    wire_text(&wire, "GBX", 3);
    wire_le(&wire, 10, 1);
    wire_text(&wire, "GBI", 3);
    wire_le(&wire, 2, 1);
    group(4, 1);
    wire_le(&wire, 0x80001, 4);
    group(5, 2);
    wire_le(&wire, 2, 1);
    wire_le(&wire, 10000, 4);
    wire_le(&wire, 3, 1);
    wire_le(&wire, 50000, 4);
}

static const struct hr_definition *defined(uint32_t at)
{
    assert_int_equal(decoding.records[at].bytes, 520);
    assert_int_equal(decoding.records[at].schemas, 1U << HR_SCHEMA_DEFINITION);
    const struct hr_definition *found = (const void *)decoding.records[at].record;
    const struct hr_record_header header = expected_header(&decoding, 0x13, 520, SECURITY);
    assert_memory_equal(&found->header, &header, sizeof header);
    assert_int_equal(found->ts_recv, TS_RECV);
    assert_int_equal(found->channel_id, CHANNEL);
    assert_int_equal(found->raw_instrument_id, SECURITY);
    assert_int_equal(found->security_update_action, 'M');
    assert_int_equal(found->appl_id, 310);
    assert_int_equal(found->market_segment_id, 68);
    assert_int_equal(found->underlying_product, 5);
    assert_string_equal(found->exchange, "XCME");
    assert_string_equal(found->group, "ES");
    assert_string_equal(found->asset, "ES");
    assert_string_equal(found->raw_symbol, "ESZ6");
    assert_string_equal(found->security_type, "FUT");
    assert_string_equal(found->cfi, "FFIXSX");
    assert_int_equal(found->activation, 1000);
    assert_int_equal(found->expiration, 2000);
    assert_int_equal(found->market_depth, 10);
    assert_int_equal(found->market_depth_implied, 2);
    assert_int_equal(found->inst_attrib_value, 0x80001);
    assert_int_equal(found->min_lot_size_round_lot, 1);
    assert_int_equal(found->min_lot_size_block, 5);
    assert_int_equal(found->min_lot_size, INT32_MAX);
    return found;
}

static void futures(void **state)
{
    (void)state;
    static const struct {
        uint8_t template_id;
        uint16_t block;
        uint16_t version;
        uint64_t unit; /* of a mantissa */
    } known[] = {{27, 214, 5, 100}, {27, 216, 6, 100}, {54, 216, 9, 1}, {54, 224, 13, 1}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char symbol[HR_INSTRUMENT_TEXT_BYTES];
        definition(known[i].template_id, known[i].block, known[i].version);
        put(71, 2016, 2);
        put(73, 12, 1);
        put(74, 255, 1);
        put(75, 255, 1);
        put_text(76, "USD");
        put_text(79, "EUR");
        put_text(82, "K");
        put(83, 1, 4);
        put(87, 3000, 4);
        put(91, 1000000000 / known[i].unit, 8);
        put(99, 10000000 / known[i].unit, 8);
        put(107, 255, 1);
        put(108, 4, 1);
        put(109, 2, 1);
        put_text(110, "IPNT");
        put(140, 50000000000 / known[i].unit, 8);
        put(165, 2500000000000 / known[i].unit, 8);
        put(173, NULL64, 8);
        put(181, 6000000000 / known[i].unit, 8);
        put(189, 7, 4);
        put(193, 17117, 2);
        put(195, 8, 4);
        put(199, 9, 4);
        put(203, 1, 1);
        put(204, 2, 1);
        put(205, 12500000000 / known[i].unit, 8);
        put_text(213, "Y");
        definition_groups();
        decode(1);
        const struct hr_definition *found = defined(0);
        assert_int_equal(found->instrument_class, 'F');
        assert_int_equal(found->maturity_year, 2016);
        assert_int_equal(found->maturity_month, 12);
        assert_int_equal(found->maturity_day, 255);
        assert_int_equal(found->maturity_week, 255);
        assert_string_equal(found->currency, "USD");
        assert_string_equal(found->settl_currency, "EUR");
        assert_int_equal(found->match_algorithm, 'K');
        assert_int_equal(found->min_trade_vol, 1);
        assert_int_equal(found->max_trade_vol, 3000);
        assert_int_equal(found->min_price_increment, 1000000000);
        assert_int_equal(found->display_factor, 10000000);
        assert_int_equal(found->main_fraction, 255);
        assert_int_equal(found->sub_fraction, 4);
        assert_int_equal(found->price_display_format, 2);
        assert_string_equal(found->unit_of_measure, "IPNT");
        assert_int_equal(found->unit_of_measure_qty, 50000000000);
        assert_int_equal(found->high_limit_price, 2500000000000);
        assert_int_equal(found->low_limit_price, UNDEF);
        assert_int_equal(found->max_price_variation, 6000000000);
        assert_int_equal(found->decay_quantity, 7);
        assert_int_equal(found->decay_start_date, 17117);
        assert_int_equal(found->original_contract_size, 8);
        assert_int_equal(found->contract_multiplier, 9);
        assert_int_equal(found->contract_multiplier_unit, 1);
        assert_int_equal(found->flow_schedule_type, 2);
        assert_int_equal(found->min_price_increment_amount, 12500000000);
        assert_int_equal(found->user_defined_instrument, 'Y');
        assert_int_equal(found->strike_price, UNDEF);
        assert_int_equal(found->leg_count, 0);
        hr_instruments_symbol(&decoding.decoder.instruments, 1, symbol);
        assert_string_equal(symbol, "ESZ6");
    }
}

static void options(void **state)
{
    (void)state;
    for (uint8_t template_id = 41; template_id <= 55; template_id = (uint8_t)(template_id + 14))
        for (uint8_t call = 0; call < 2; call++) {
            uint64_t unit = template_id == 41 ? 100 : 1;
            definition(template_id, template_id == 41 ? 213 : 221, 9);
            put(71, call, 1);
            put(80, 2100000000000 / unit, 8);
            put_text(88, "USD");
            put(119, 25000000 / unit, 8);
            put(135, 3, 1);
            definition_groups();
            group(24, 1);
            wire_le(&wire, OTHER, 4);
            wire_text(&wire, "ESZ6-UNDERLYING", 20);
            group(24, 0);
            decode(1);
            const struct hr_definition *found = defined(0);
            assert_int_equal(found->instrument_class, call ? 'C' : 'P');
            assert_int_equal(found->strike_price, 2100000000000);
            assert_string_equal(found->strike_price_currency, "USD");
            assert_int_equal(found->min_price_increment_amount, 25000000);
            assert_int_equal(found->tick_rule, 3);
            assert_int_equal(found->underlying_id, OTHER);
            assert_string_equal(found->underlying, "ESZ6-UNDERLYING");
        }
}

static void leg(uint32_t security, uint8_t side, uint8_t ratio, int64_t price, int32_t delta)
{
    wire_le(&wire, security, 4);
    wire_le(&wire, side, 1);
    wire_le(&wire, ratio, 1);
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, (uint32_t)delta, 4);
}

static void spreads_have_a_record_for_each_leg(void **state)
{
    (void)state;
    for (uint8_t template_id = 29; template_id <= 56; template_id = (uint8_t)(template_id + 27)) {
        uint64_t unit = template_id == 29 ? 100 : 1;
        definition(template_id, template_id == 29 ? 195 : 255, 9);
        put_text(79, "SP");
        put(111, 3000000000 / unit, 8);
        definition_groups();
        group(18, 2);
        leg(SECURITY + 1, 1, 1, NULL64, INT32_MAX);
        leg(SECURITY + 2, 2, 2, 500 * (int64_t)(1000000000 / unit), -5000);
        decode(2);
        for (uint32_t i = 0; i < 2; i++) {
            const struct hr_definition *found = defined(i);
            assert_int_equal(found->instrument_class, 'S');
            assert_string_equal(found->secsubtype, "SP");
            assert_int_equal(found->price_ratio, 3000000000);
            assert_int_equal(found->leg_count, 2);
            assert_int_equal(found->leg_index, i);
            assert_int_equal(found->leg_instrument_id, SECURITY + 1 + i);
            assert_int_equal(found->leg_side, i ? 'A' : 'B');
            assert_int_equal(found->leg_ratio_qty_numerator, 1 + i);
            assert_int_equal(found->leg_ratio_qty_denominator, 1);
            assert_int_equal(found->leg_price, i ? 500000000000 : UNDEF);
            assert_int_equal(found->leg_delta, i ? -500000000 : UNDEF);
        }
    }
    definition(56, 195, 9);
    definition_groups();
    group(18, 255); /* more than any spread has */
    for (int i = 0; i < 255; i++)
        leg(SECURITY, 1, 1, NULL64, INT32_MAX);
    decode(128);
    assert_int_equal(decoding.counters.bad_value, 1);
    assert_int_equal(defined(127)->leg_count, 255);
}

static void bonds_repos_and_currencies(void **state)
{
    (void)state;
    definition(57, 338, 13);
    put_text(71, "USD");
    put(86, 7812500, 8);
    put_text(317, "N");
    definition_groups();
    decode(1);
    assert_int_equal(defined(0)->instrument_class, 'B');
    assert_int_equal(defined(0)->min_price_increment, 7812500);
    assert_string_equal(defined(0)->currency, "USD");
    assert_int_equal(defined(0)->user_defined_instrument, 'N');
    definition(57, 100, 12); /* shorter: what it does not have is undefined */
    definition_groups();
    decode(1);
    assert_int_equal(defined(0)->display_factor, UNDEF); /* it would end at 102 */
    assert_int_equal(defined(0)->high_limit_price, UNDEF);
    assert_string_equal(defined(0)->unit_of_measure, "");
    definition(58, 276, 13);
    definition_groups();
    group(118, 1);
    wire_text(&wire, "91282CAV3", 20);
    zeros(98);
    group(32, 0);
    group(16, 0);
    decode(1);
    assert_int_equal(defined(0)->instrument_class, 'B');
    assert_string_equal(defined(0)->underlying, "91282CAV3");
    definition(63, 337, 13);
    put(296, 2026, 2);
    put(298, 1, 1);
    definition_groups();
    group(18, 1);
    zeros(18);
    decode(1);
    assert_int_equal(defined(0)->instrument_class, 'X');
    assert_int_equal(defined(0)->maturity_year, 2026);
    assert_int_equal(defined(0)->maturity_month, 1);
}

/* ---- instruments ---- */

static void securities_without_room_go_out_as_instrument_0(void **state)
{
    (void)state;
    static struct decoding small;
    decoding_open(&small, &hr_protocol_mdp3, 4);
    incremental(46, 0, 9);
    group(32, 6);
    for (uint32_t i = 0; i < 6; i++)
        level(PX_9, 5, 1000 + i % 5, 0, '0');
    group_8(24, 2);
    book_order(1, 1, 1, 0);
    book_order(2, 1, 5, 0);
    const struct hr_message message = {.bytes = wire.bytes, .length = (uint32_t)wire.length};
    decoding_run(&small, &message, 1);
    assert_int_equal(small.record_count, 8);
    static const uint32_t numbers[] = {1000, 1001, 1002, 0, 0, 1000, 1000, 0};
    static const uint32_t indices[] = {1, 2, 3, 0, 0, 1, 1, 0};
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(((const struct hr_record_header *)(const void *)small.records[i].record)->instrument_id, numbers[i]);
        assert_int_equal(small.records[i].instrument, indices[i]);
    }
    assert_int_equal(small.counters.instruments_refused, 2);
    decoding_close(&small);
}

/* ---- what is not as it should be ---- */

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

#define T(test) cmocka_unit_test_setup_teardown(test, open_decoder, close_decoder)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(levels_of_both_prices),
        T(levels_of_places_are_marked),
        T(nulls_and_codes_that_there_are_not),
        T(orders_of_levels),
        T(levels_of_older_and_newer_versions),
        T(an_event_ends_with_an_empty_message),
        T(an_event_ends_with_a_statistic),
        T(orders_of_both_prices),
        T(trades_and_their_orders),
        T(trades_whose_orders_do_not_add_up),
        T(a_trade_that_is_taken_back),
        T(daily_statistics),
        T(session_statistics),
        T(volumes_and_limits),
        T(snapshots_of_levels),
        T(snapshots_of_orders),
        T(statuses),
        T(workups_resets_and_requests),
        T(messages_that_dbn_has_no_record_for),
        T(futures),
        T(options),
        T(spreads_have_a_record_for_each_leg),
        T(bonds_repos_and_currencies),
        T(securities_without_room_go_out_as_instrument_0),
        T(every_template_at_every_length),
        T(blocks_and_entries_that_lie),
        T(templates_and_schemas_that_there_are_not),
        T(a_batch_that_is_too_much_is_taken_in_parts),
        T(any_bytes_are_counted_once),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("mdp3", tests, NULL, NULL);
}
