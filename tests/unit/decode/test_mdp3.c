/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0: levels, orders and trades from bytes written by hand after the schema to the records that they become; older and
 * newer versions; where an event ends; securities for which there is no room.
 */
#include "test.h"

#include "mdp3.h"

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

/* Common levels have a way of their own; a level of a market that is not shown sends the whole message the other way. */
static void both_ways_come_to_the_same_records(void **state)
{
    (void)state;
    static const uint8_t templates[] = {32, 46};
    static const char types[] = "01EF";
    struct hr_mbo records[12];
    for (size_t t = 0; t < COUNT_OF(templates); t++)
        for (uint16_t version = 5; version <= 13; version++)
            for (int general = 0; general < 2; general++) {
                incremental(templates[t], general ? 0 : END, version);
                group(32, (uint8_t)(12 + general));
                for (uint8_t i = 0; i < 12; i++)
                    level(i * 1000 - 3000, i == 0 ? 0 : NULL32 - i, i % 2 ? SECURITY : OTHER, i % 3, types[i % 4]);
                if (general)
                    level(PX_7, 1, SECURITY, 0, 'w');
                if (version >= 7)
                    group_8(24, 0);
                decode(12U + (uint32_t)general);
                for (uint32_t i = 0; i < 12; i++) {
                    struct hr_mbo *record = (struct hr_mbo *)(void *)decoding.records[i].record;
                    record->flags &= (uint8_t)~LAST;
                    assert_int_equal(decoding.records[i].schemas, 1U << HR_SCHEMA_MBO);
                    if (general)
                        assert_memory_equal(&records[i], record, sizeof *record);
                    records[i] = *record;
                }
            }
}

/* Messages that say only that an event has ended: LAST goes to what the packet had of it before. */
static void the_end_of_an_event_comes_alone(void **state)
{
    (void)state;
    static uint8_t first[128];
    incremental(46, 0, 6);
    group(32, 2);
    level(PX_9, 5, SECURITY, 0, '0');
    level(PX_9, 5, SECURITY, 0, '1');
    memcpy(first, wire.bytes, wire.length);
    struct hr_message messages[2] = {{.bytes = first, .length = (uint32_t)wire.length}};
    incremental(46, END, 6);
    group(32, 0);
    messages[1] = (struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length};
    decoding.events.count = decoding.events.arena_used = 0;
    assert_int_equal(decoding.decoder.protocol->decode(&decoding.decoder, messages, 2, &decoding.packet, &decoding.events), 2);
    assert_int_equal(decoding.events.count, 2);
    assert_false(decoding.events.items[0].record.mbo.flags & LAST);
    assert_true(decoding.events.items[1].record.mbo.flags & LAST);
    assert_int_equal(decoding.counters.decoded, 2);
    decode(1); /* in a packet of its own */
    expect(0, 0, 'N', 'N', 0, UNDEF, 0, LAST);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(levels_of_both_prices),
        T(both_ways_come_to_the_same_records),
        T(the_end_of_an_event_comes_alone),
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
        T(securities_without_room_go_out_as_instrument_0),
    };
    return cmocka_run_group_tests_name("mdp3", tests, NULL, NULL);
}
