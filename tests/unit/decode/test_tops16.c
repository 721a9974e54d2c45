/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX TOPS 1.6: each of the 12 message types from bytes written by hand after the specification to the records that it becomes,
 * field by field; wrong lengths and unknown types; nothing read past the end.
 *
 * usage: test_tops16 [seed]
 */
#include "test.h"

#include "decoding.h"

#define QUOTE (HR_FLAG_TOB | HR_FLAG_MBP)
#define IEX_PROTOCOL hr_protocol_tops16
#define IEX_TYPES "SDHOPEQTXBAI"
#define IEX_HAS_AUCTIONS

/* Of the specification: type and length of every message. */
static const uint16_t lengths[256] = {
    ['S'] = 10, ['D'] = 31, ['H'] = 22, ['O'] = 18, ['P'] = 19, ['E'] = 18,
    ['Q'] = 42, ['T'] = 38, ['X'] = 26, ['B'] = 38, ['A'] = 80, ['I'] = 18,
};

#include "iex.h"

static void quote(uint8_t flags, uint32_t bid_size, int64_t bid, int64_t ask, uint32_t ask_size)
{
    begin('Q', flags, "ZIEXT");
    wire_le(&wire, bid_size, 4);
    wire_le(&wire, (uint64_t)bid, 8);
    wire_le(&wire, (uint64_t)ask, 8);
    wire_le(&wire, ask_size, 4);
    decoding.packet.send_time_ns = TS_EVENT; /* the delta is to the sending time */
    assert_int_equal(wire.length, lengths['Q']);
    decoding_one(&decoding, &wire, 2);
}

static void Q_quote_has_two_sides(void **state)
{
    (void)state;
    static const uint8_t flags[] = {0, 0x40, 0x80, 0xC0, 0xFF}; /* session and availability are not carried */
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        quote(flags[i], 9700, 1876500, 1876600, 300);
        expect_mbo(&decoding, 0, 1, 'M', 'B', 0, PRICE, 9700, QUOTE);
        expect_mbo(&decoding, 1, 1, 'M', 'A', 0, PRICE + 10000000, 300, QUOTE | LAST);
    }
    quote(0, UINT32_MAX - 1, 1, 2, 1);
    expect_mbo(&decoding, 0, 1, 'M', 'B', 0, 100000, UINT32_MAX - 1, QUOTE);
    expect_mbo(&decoding, 1, 1, 'M', 'A', 0, 200000, 1, QUOTE | LAST);
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void Q_side_without_a_size_is_none(void **state)
{
    (void)state;
    quote(0, 0, 0, 1876500, 300);
    expect_mbo(&decoding, 0, 1, 'M', 'B', 0, UNDEF, 0, QUOTE);
    expect_mbo(&decoding, 1, 1, 'M', 'A', 0, PRICE, 300, QUOTE | LAST);
    quote(0, 100, 1876500, 0, 0);
    expect_mbo(&decoding, 0, 1, 'M', 'B', 0, PRICE, 100, QUOTE);
    expect_mbo(&decoding, 1, 1, 'M', 'A', 0, UNDEF, 0, QUOTE | LAST);
    quote(0, 0, 1876500, 1876500, 0); /* a price that nobody stands for */
    expect_mbo(&decoding, 0, 1, 'M', 'B', 0, UNDEF, 0, QUOTE);
    expect_mbo(&decoding, 1, 1, 'M', 'A', 0, UNDEF, 0, QUOTE | LAST);
}

static void Q_prices_that_do_not_fit_are_undefined_and_counted(void **state)
{
    (void)state;
    quote(0, 100, INT64_C(92233720368547), INT64_C(92233720368548), 100);
    expect_mbo(&decoding, 0, 1, 'M', 'B', 0, INT64_C(9223372036854700000), 100, QUOTE);
    expect_mbo(&decoding, 1, 1, 'M', 'A', 0, UNDEF, 100, QUOTE | LAST);
    assert_int_equal(decoding.counters.bad_value, 1);
    quote(0, 100, INT64_MIN, INT64_MAX, 100);
    assert_int_equal(decoding.counters.bad_value, 3);
}

static void symbols_get_numbers_at_first_sight(void **state)
{
    (void)state;
    quote(0, 1, 1, 1, 1);
    begin('I', 'A', "AAPL");
    decode();
    expect_native(&decoding, &wire, 2);
    expect_symbol(1, "ZIEXT");
    expect_symbol(2, "AAPL");
}

/* A batch of quotes: as many messages as there may be, each with both of its records. */
static void batch_of_quotes(void **state)
{
    (void)state;
    struct hr_message messages[HR_BATCH_MESSAGES];
    quote(0, 1, 1876500, 1876600, 2);
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        messages[i] = (struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length};
    decoding_run(&decoding, messages, HR_BATCH_MESSAGES);
    assert_int_equal(decoding.record_count, 2 * HR_BATCH_MESSAGES);
    for (uint32_t i = 0; i < decoding.record_count; i++) {
        const struct hr_mbo *mbo = (const void *)decoding.records[i].record;
        assert_int_equal(decoding.records[i].index, i / 2);
        assert_int_equal(mbo->sequence, 7 + i / 2);
        assert_int_equal(mbo->side, i % 2 ? 'A' : 'B');
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IEX_COMMON_TESTS,
        IEX_AUCTION_TESTS,
        T(Q_quote_has_two_sides),
        T(Q_side_without_a_size_is_none),
        T(Q_prices_that_do_not_fit_are_undefined_and_counted),
        T(symbols_get_numbers_at_first_sight),
        T(batch_of_quotes),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("tops16", tests, NULL, NULL);
}
