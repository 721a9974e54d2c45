/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP 1.0: each of the 13 message types from bytes written by hand after the specification to the record that it becomes,
 * field by field; wrong lengths and unknown types; nothing read past the end.
 *
 * usage: test_deep10 [seed]
 */
#include "test.h"

#include "decoding.h"

#define LEVEL HR_FLAG_MBP
#define IEX_PROTOCOL hr_protocol_deep10
#define IEX_TYPES "SDHOPE85TXBAI"
#define IEX_HAS_AUCTIONS

/* Of the specification: type and length of every message. */
static const uint16_t lengths[256] = {
    ['S'] = 10, ['D'] = 31, ['H'] = 22, ['O'] = 18, ['P'] = 19, ['E'] = 18, ['8'] = 30,
    ['5'] = 30, ['T'] = 38, ['X'] = 26, ['B'] = 38, ['A'] = 80, ['I'] = 18,
};

#include "iex.h"

static void price_level(char type, uint8_t flags, const char *symbol, uint32_t size, int64_t price)
{
    begin(type, flags, symbol);
    wire_le(&wire, size, 4);
    wire_le(&wire, (uint64_t)price, 8);
    decoding.packet.send_time_ns = TS_EVENT; /* the delta is to the sending time */
    decode();
}

static void price_level_buy_8(void **state)
{
    (void)state;
    price_level('8', 1, "ZIEXT", 9700, 1876500);
    expect_mbo(&decoding, 0, 1, 'M', 'B', 0, PRICE, 9700, LAST | LEVEL);
    price_level('8', 0, "ZIEXT", 9700, 1876500); /* in the middle of an event */
    expect_mbo(&decoding, 0, 1, 'M', 'B', 0, PRICE, 9700, LEVEL);
    price_level('8', 1, "ZIEXT", 0, 1876500);
    expect_mbo(&decoding, 0, 1, 'C', 'B', 0, PRICE, 0, LAST | LEVEL);
}

static void price_level_sell_5(void **state)
{
    (void)state;
    price_level('5', 1, "ZIEXT", 1, 1876500);
    expect_mbo(&decoding, 0, 1, 'M', 'A', 0, PRICE, 1, LAST | LEVEL);
    price_level('5', 0, "ZIEXT", 0, 1876500);
    expect_mbo(&decoding, 0, 1, 'C', 'A', 0, PRICE, 0, LEVEL);
    price_level('5', 1, "ZIEXT", UINT32_MAX - 1, 1);
    expect_mbo(&decoding, 0, 1, 'M', 'A', 0, 100000, UINT32_MAX - 1, LAST | LEVEL);
}

static void delta_is_to_the_sending_time(void **state)
{
    (void)state;
    begin('8', 1, "ZIEXT");
    wire_le(&wire, 100, 4);
    wire_le(&wire, 1876500, 8);
    decoding.packet.send_time_ns = TS_RECV - 99;
    decode();
    assert_int_equal(((const struct hr_mbo *)(const void *)decoding.records[0].record)->ts_in_delta, 99);
}

/* ---- instruments ---- */

static void symbols_get_numbers_at_first_sight_and_keep_them(void **state)
{
    (void)state;
    static const char *const symbols[] = {"AAPL", "MSFT", "AAPL", "ABCDEFGH", "MSFT", "A", "AAPL"};
    static const uint32_t numbers[] = {1, 2, 1, 3, 2, 4, 1};
    for (size_t i = 0; i < COUNT_OF(symbols); i++) {
        price_level('8', 1, symbols[i], 100, 1876500);
        expect_mbo(&decoding, 0, numbers[i], 'M', 'B', 0, PRICE, 100, LAST | LEVEL);
        expect_symbol(numbers[i], symbols[i]);
    }
    assert_int_equal(decoding.decoder.instruments.count, 4);
    hr_protocol_deep10.begin_session(&decoding.decoder, TS_RECV);
    price_level('8', 1, "MSFT", 100, 1876500);
    expect_mbo(&decoding, 0, 2, 'M', 'B', 0, PRICE, 100, LAST | LEVEL);
}

static void symbol_without_room_goes_out_as_instrument_0(void **state)
{
    (void)state;
    static struct decoding small;
    decoding_open(&small, &hr_protocol_deep10, 16);
    for (uint32_t i = 1; i <= 20; i++) {
        char symbol[9];
        snprintf(symbol, sizeof symbol, "SYM%u", i);
        begin('8', 1, symbol);
        wire_le(&wire, 100, 4);
        wire_le(&wire, 1876500, 8);
        const struct hr_message message = {.bytes = wire.bytes, .length = (uint32_t)wire.length};
        decoding_run(&small, &message, 1);
        assert_int_equal(small.records[0].instrument, i <= 15 ? i : 0);
        assert_int_equal(((const struct hr_record_header *)(const void *)small.records[0].record)->instrument_id,
                         i <= 15 ? i : 0);
    }
    assert_int_equal(small.counters.instruments_refused, 5);
    assert_int_equal(small.counters.decoded, 20);
    decoding_close(&small);
}

/* ---- what is not as it should be ---- */

static void prices_that_do_not_fit_are_undefined_and_counted(void **state)
{
    (void)state;
    static const struct {
        int64_t wire;
        int64_t price;
    } known[] = {{INT64_C(92233720368547), INT64_C(9223372036854700000)},
                 {INT64_C(92233720368548), UNDEF},
                 {INT64_MAX, UNDEF},
                 {INT64_C(-92233720368547), INT64_C(-9223372036854700000)},
                 {INT64_C(-92233720368548), UNDEF},
                 {INT64_MIN, UNDEF},
                 {-1, -100000},
                 {0, 0}};
    uint64_t bad = 0;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        price_level('8', 1, "ZIEXT", 100, known[i].wire);
        expect_mbo(&decoding, 0, 1, 'M', 'B', 0, known[i].price, 100, LAST | LEVEL);
        bad += known[i].price == UNDEF;
        assert_int_equal(decoding.counters.bad_value, bad);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IEX_COMMON_TESTS,
        IEX_AUCTION_TESTS,
        T(price_level_buy_8),
        T(price_level_sell_5),
        T(delta_is_to_the_sending_time),
        T(symbols_get_numbers_at_first_sight_and_keep_them),
        T(symbol_without_room_goes_out_as_instrument_0),
        T(prices_that_do_not_fit_are_undefined_and_counted),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("deep10", tests, NULL, NULL);
}
