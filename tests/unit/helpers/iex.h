/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of IEX feeds share: messages from bytes written by hand after the specifications, and the tests of those that
 * more than one feed has. Before including it: `lengths` of every type, IEX_PROTOCOL, IEX_TYPES as a string, and
 * IEX_HAS_AUCTIONS where the feed has auctions.
 */
#ifndef HEADRACE_TEST_IEX_H
#define HEADRACE_TEST_IEX_H

#include "decoding.h"

#define UNDEF INT64_MAX
#define LAST HR_FLAG_LAST
#define PRICE INT64_C(187650000000)

static uint64_t seed;
static struct decoding decoding;
static struct wire wire;

static int open_decoder(void **state)
{
    (void)state;
    decoding_open(&decoding, &IEX_PROTOCOL, DECODING_INSTRUMENTS);
    return 0;
}

static int close_decoder(void **state)
{
    (void)state;
    decoding_close(&decoding);
    return 0;
}

/* What every message but S begins with: type, one code or set of flags, timestamp, symbol. */
static void begin(char type, uint8_t code, const char *symbol)
{
    wire.length = 0;
    wire_le(&wire, (uint8_t)type, 1);
    wire_le(&wire, code, 1);
    wire_le(&wire, TS_EVENT, 8);
    if (type != 'S')
        wire_text(&wire, symbol, 8);
}

static void decode(void)
{
    assert_int_equal(wire.length, lengths[wire.bytes[0]]);
    decoding_one(&decoding, &wire, 1);
}

static void expect_symbol(uint32_t instrument, const char *symbol)
{
    char text[9];
    hr_instruments_symbol(&decoding.decoder.instruments, instrument, text);
    assert_string_equal(text, symbol);
}

/* ---- messages of every feed ---- */

static void S_system_event(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        uint16_t action;
        const char *answers;
    } known[] = {{'O', HR_STATUS_NONE, "~~~"},       {'S', HR_STATUS_PRE_OPEN, "~~~"}, {'R', HR_STATUS_TRADING, "YY~"},
                 {'M', HR_STATUS_POST_CLOSE, "~~~"}, {'E', HR_STATUS_CLOSE, "NN~"},    {'C', 15, "NN~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        begin('S', known[i].code, "");
        decode();
        expect_status(&decoding, 0, 0, known[i].action, HR_REASON_SCHEDULED, known[i].answers);
    }
    assert_int_equal(decoding.counters.bad_value, 0);
    assert_int_equal(decoding.counters.instruments_refused, 0);
}

static void D_security_directory(void **state)
{
    (void)state;
    begin('D', 0, "ZIEXT");
    wire_le(&wire, 100, 4);
    wire_le(&wire, 990500, 8);
    wire_le(&wire, 1, 1);
    decode();
    expect_definition(&decoding, 1, "ZIEXT", "IEXG", 100);
    expect_symbol(1, "ZIEXT");
}

static void H_trading_status(void **state)
{
    (void)state;
    static const struct {
        uint8_t trading;
        const char *code;
        uint16_t action;
        uint16_t reason;
        const char *answers;
    } known[] = {{'T', "", HR_STATUS_TRADING, 0, "YY~"},
                 {'H', "T1", HR_STATUS_HALT, 30, "NN~"},
                 {'O', "IPO1", HR_STATUS_PRE_CROSS, 110, "NY~"},
                 {'P', "NA", HR_STATUS_PAUSE, 0, "NY~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        begin('H', known[i].trading, "ZIEXT");
        wire_text(&wire, known[i].code, 4);
        decode();
        expect_status(&decoding, 0, 1, known[i].action, known[i].reason, known[i].answers);
    }
}

static void O_operational_halt(void **state)
{
    (void)state;
    begin('O', 'O', "ZIEXT");
    decode();
    expect_status(&decoding, 0, 1, HR_STATUS_HALT, HR_REASON_OPERATIONAL, "NN~");
    begin('O', 'N', "ZIEXT");
    decode();
    expect_status(&decoding, 0, 1, HR_STATUS_NONE, HR_REASON_OPERATIONAL, "~~~");
}

static void P_short_sale_status(void **state)
{
    (void)state;
    static const struct {
        uint8_t in_effect;
        char detail;
        uint16_t reason;
        const char *answers;
    } known[] = {{1, 'A', HR_REASON_MARKET_EVENT, "~~Y"}, {1, 'C', HR_REASON_SCHEDULED, "~~Y"},
                 {0, 'D', HR_REASON_NONE, "~~N"},         {0, ' ', HR_REASON_NONE, "~~N"},
                 {1, 'N', HR_REASON_NONE, "~~Y"},         {2, 'N', HR_REASON_NONE, "~~~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        begin('P', known[i].in_effect, "ZIEXT");
        wire_le(&wire, (uint8_t)known[i].detail, 1);
        decode();
        expect_status(&decoding, 0, 1, HR_STATUS_SSR_CHANGE, known[i].reason, known[i].answers);
    }
}

static void E_security_event(void **state)
{
    (void)state;
    begin('E', 'O', "ZIEXT");
    decode();
    expect_status(&decoding, 0, 1, HR_STATUS_CROSS, HR_REASON_SCHEDULED, "~~~");
    begin('E', 'C', "ZIEXT");
    decode();
    expect_status(&decoding, 0, 1, HR_STATUS_CLOSE, HR_REASON_SCHEDULED, "~~~");
}

static void T_trade_report(void **state)
{
    (void)state;
    begin('T', 0x80, "ZIEXT");
    wire_le(&wire, 100, 4);
    wire_le(&wire, 1876500, 8);
    wire_le(&wire, 429974, 8);
    decoding.packet.send_time_ns = TS_EVENT;
    decode();
    expect_mbo(&decoding, 0, 1, 'T', 'N', 429974, PRICE, 100, LAST);
}

static void B_trade_break(void **state)
{
    (void)state;
    begin('B', 0, "ZIEXT");
    wire_le(&wire, 100, 4);
    wire_le(&wire, 1876500, 8);
    wire_le(&wire, UINT64_C(0x99AABBCCDDEEFF00), 8);
    decode();
    expect_trade_break(&decoding, 1, UINT64_C(0x99AABBCCDDEEFF00), PRICE, 100);
}

static void I_retail_liquidity_indicator(void **state)
{
    (void)state;
    begin('I', 'A', "ZIEXT");
    decode();
    expect_native(&decoding, &wire, 1);
}

static void codes_that_there_are_not_say_nothing(void **state)
{
    (void)state;
    begin('S', 'Z', "");
    decode();
    expect_status(&decoding, 0, 0, HR_STATUS_NONE, HR_REASON_NONE, "~~~");
    assert_int_equal(decoding.counters.bad_value, 1);
    begin('H', 'Z', "ZIEXT");
    wire_text(&wire, "T1", 4);
    decode();
    expect_status(&decoding, 0, 1, HR_STATUS_NONE, HR_REASON_NEWS_PENDING, "~~~");
    assert_int_equal(decoding.counters.bad_value, 2);
}

/* ---- what is not as it should be ---- */

static void wrong_lengths_and_unknown_types_are_counted(void **state)
{
    (void)state;
    unsigned known = 0;
    for (unsigned type = 0; type < 256; type++)
        known += lengths[type] != 0;
    assert_int_equal(known, strlen(IEX_TYPES));
    assert_int_equal(known, IEX_PROTOCOL.layout_count);
    check_lengths_and_types(&decoding, lengths);
}

static void any_bytes_are_counted_once(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    check_random_messages(&decoding, lengths, IEX_TYPES, &random, 100000);
    assert_true(decoding.decoder.instruments.count < DECODING_INSTRUMENTS);
    assert_true(decoding.counters.instruments_refused > 0); /* more symbols than there is room for */
}

/* ---- messages of TOPS and DEEP ---- */

#ifdef IEX_HAS_AUCTIONS

static void X_official_price(void **state)
{
    (void)state;
    begin('X', 'Q', "ZIEXT");
    wire_le(&wire, 1876500, 8);
    decode();
    expect_price_statistic(&decoding, 0, 1, 1, PRICE, UINT64_MAX, 255, 1);
    begin('X', 'M', "ZIEXT");
    wire_le(&wire, 1876500, 8);
    decode();
    expect_price_statistic(&decoding, 0, 1, 11, PRICE, UINT64_MAX, 255, 1);
}

static void auction(uint8_t side)
{
    begin('A', 'C', "ZIEXT");
    wire_le(&wire, 100000, 4);  /* paired */
    wire_le(&wire, 1876500, 8); /* reference */
    wire_le(&wire, 1880000, 8); /* indicative clearing */
    wire_le(&wire, 10000, 4);   /* imbalance */
    wire_le(&wire, side, 1);
    wire_le(&wire, 2, 1);          /* extensions */
    wire_le(&wire, 1767646800, 4); /* 16:00 in New York, in seconds */
    wire_le(&wire, 1870000, 8);    /* auction book clearing */
    wire_le(&wire, 1860000, 8);    /* collar reference: DBN has no field for it */
    wire_le(&wire, 1800000, 8);    /* lower collar */
    wire_le(&wire, 1900000, 8);    /* upper collar */
    decode();
}

static void A_auction_information(void **state)
{
    (void)state;
    static const uint8_t sides[] = {'B', 'S', 'N'};
    struct hr_imbalance imbalance = {.header = expected_header(&decoding, 0x14, 112, 1),
                                     .ts_recv = TS_RECV,
                                     .ref_price = PRICE,
                                     .auction_time = UINT64_C(1767646800000000000),
                                     .cont_book_clr_price = INT64_C(188000000000),
                                     .auct_interest_clr_price = INT64_C(187000000000),
                                     .upper_collar = INT64_C(190000000000),
                                     .lower_collar = INT64_C(180000000000),
                                     .paired_qty = 100000,
                                     .total_imbalance_qty = 10000,
                                     .auction_type = 'C',
                                     .num_extensions = 2,
                                     .unpaired_side = 'N',
                                     .significant_imbalance = '~'};
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        auction(sides[i]);
        imbalance.side = "BAN"[i];
        expect_record(&decoding, 0, &imbalance, sizeof imbalance, 1U << HR_SCHEMA_IMBALANCE);
    }
}

/* A price of a type that there is not must not be taken for the closing price. */
static void X_price_type_that_there_is_not_is_no_closing_price(void **state)
{
    (void)state;
    begin('X', 'Z', "ZIEXT");
    wire_le(&wire, 1876500, 8);
    decoding_run(&decoding, &(struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length}, 1);
    assert_int_equal(decoding.counters.bad_value, 1);
    for (uint32_t i = 0; i < decoding.record_count; i++)
        assert_int_not_equal(((const struct hr_statistics *)(const void *)decoding.records[i].record)->stat_type, 11);
}

#define IEX_AUCTION_TESTS T(X_official_price), T(A_auction_information), T(X_price_type_that_there_is_not_is_no_closing_price)
#endif

#define T(test) cmocka_unit_test_setup_teardown(test, open_decoder, close_decoder)

#define IEX_COMMON_TESTS                                                                                                       \
    T(S_system_event), T(D_security_directory), T(H_trading_status), T(O_operational_halt), T(P_short_sale_status),            \
        T(E_security_event), T(T_trade_report), T(B_trade_break), T(I_retail_liquidity_indicator),                             \
        T(codes_that_there_are_not_say_nothing), T(wrong_lengths_and_unknown_types_are_counted), T(any_bytes_are_counted_once)

#endif
