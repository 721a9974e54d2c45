/* SPDX-License-Identifier: Apache-2.0
 *
 * TotalView-ITCH 5.0: each of the 23 message types from bytes written by hand after the specification to the records that it
 * becomes, field by field; wrong lengths and unknown types; nothing read past the end.
 *
 * usage: test_itch50 [seed]
 */
#include "test.h"

#include "decoding.h"

#define LOCATE 5678
#define ORDER UINT64_C(0x1122334455667788)
#define MATCH UINT64_C(0x99AABBCCDDEEFF00)
#define UNDEF INT64_MAX
#define LAST HR_FLAG_LAST
#define MAYBE HR_FLAG_MAYBE_BAD_BOOK
#define TYPES "SRHYLVWKJhAFECXDUPQBINO"

/* Of the specification: type and length of every message. */
static const uint16_t lengths[256] = {
    ['S'] = 12, ['R'] = 39, ['H'] = 25, ['Y'] = 20, ['L'] = 26, ['V'] = 35, ['W'] = 12, ['K'] = 28,
    ['J'] = 35, ['h'] = 21, ['A'] = 36, ['F'] = 40, ['E'] = 31, ['C'] = 36, ['X'] = 23, ['D'] = 19,
    ['U'] = 35, ['P'] = 44, ['Q'] = 40, ['B'] = 19, ['I'] = 50, ['N'] = 20, ['O'] = 48,
};

static uint64_t seed;
static struct decoding decoding;
static struct wire wire;

static int open_decoder(void **state)
{
    (void)state;
    decoding_open(&decoding, &hr_protocol_itch50, DECODING_INSTRUMENTS);
    return 0;
}

static int close_decoder(void **state)
{
    (void)state;
    decoding_close(&decoding);
    return 0;
}

/* What every message begins with. */
static void begin(char type)
{
    wire.length = 0;
    wire_be(&wire, (uint8_t)type, 1);
    wire_be(&wire, LOCATE, 2);
    wire_be(&wire, 0x0A0B, 2); /* tracking number */
    wire_be(&wire, SINCE_MIDNIGHT, 6);
}

static void decode(uint32_t records)
{
    assert_int_equal(wire.length, lengths[wire.bytes[0]]);
    decoding_one(&decoding, &wire, records);
}

/* A 100-share buy order at 187.6500, in the store. */
static void add_order(char side, uint32_t shares)
{
    begin('A');
    wire_be(&wire, ORDER, 8);
    wire_be(&wire, (uint8_t)side, 1);
    wire_be(&wire, shares, 4);
    wire_text(&wire, "AAPL", 8);
    wire_be(&wire, 1876500, 4);
    decode(1);
}

#define PRICE INT64_C(187650000000)

static void expect_symbol(uint32_t instrument, const char *symbol)
{
    char text[9];
    hr_instruments_symbol(&decoding.decoder.instruments, instrument, text);
    assert_string_equal(text, symbol);
}

/* ---- the venue and its instruments ---- */

static void S_system_event(void **state)
{
    (void)state;
    static const struct {
        char code;
        uint16_t action;
        uint16_t reason;
        const char *answers;
    } known[] = {{'O', HR_STATUS_NONE, 1, "~~~"},       {'S', HR_STATUS_PRE_OPEN, 1, "~~~"}, {'Q', HR_STATUS_TRADING, 1, "YY~"},
                 {'M', HR_STATUS_POST_CLOSE, 1, "~~~"}, {'E', HR_STATUS_CLOSE, 1, "NN~"},    {'C', 15, 1, "NN~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        begin('S');
        wire_be(&wire, (uint8_t)known[i].code, 1);
        decode(1);
        expect_status(&decoding, 0, LOCATE, known[i].action, known[i].reason, known[i].answers);
    }
    assert_int_equal(decoding.counters.bad_value, 0);
}

static uint32_t times_named;
static uint32_t named_index;
static uint32_t named_lot;
static char named_symbol[16];

static void keep_name(void *context, uint32_t index, const char *symbol, uint32_t round_lot)
{
    assert_ptr_equal(context, &times_named);
    times_named++;
    named_index = index;
    named_lot = round_lot;
    snprintf(named_symbol, sizeof named_symbol, "%s", symbol);
}

static void stock_directory(const char *symbol)
{
    begin('R');
    wire_text(&wire, symbol, 8);
    wire_text(&wire, "QN", 2); /* market category, financial status */
    wire_be(&wire, 100, 4);    /* round lot */
    wire_text(&wire, "NC", 2); /* round lots only, classification */
    wire_text(&wire, "Z", 2);  /* sub-type */
    wire_text(&wire, "PNN1N", 5);
    wire_be(&wire, 0, 4);
    wire_text(&wire, "N", 1);
    decode(1);
}

static void R_stock_directory(void **state)
{
    (void)state;
    stock_directory("AAPL");
    expect_definition(&decoding, LOCATE, "AAPL", "XNAS", 100);
    assert_memory_equal(decoding.records[0].record + offsetof(struct hr_definition, secsubtype), "Z \0\0\0\0", 6);
    expect_symbol(LOCATE, "AAPL");
    stock_directory("BRK.AB-C"); /* eight bytes, no padding */
    expect_definition(&decoding, LOCATE, "BRK.AB-C", "XNAS", 100);
}

static void R_names_an_instrument_once(void **state)
{
    (void)state;
    times_named = 0;
    decoding.decoder.instruments.named = keep_name;
    decoding.decoder.instruments.context = &times_named;
    stock_directory("AAPL");
    assert_int_equal(times_named, 1);
    assert_int_equal(named_index, LOCATE);
    assert_int_equal(named_lot, 100);
    assert_string_equal(named_symbol, "AAPL");
    stock_directory("AAPL"); /* sent again after a restart, and on every day */
    assert_int_equal(times_named, 1);
    assert_int_equal(decoding.decoder.instruments.count, 1);
}

static void H_stock_trading_action(void **state)
{
    (void)state;
    static const struct {
        char trading;
        const char *code;
        uint16_t action;
        uint16_t reason;
        const char *answers;
    } known[] = {{'T', "", HR_STATUS_TRADING, 0, "YY~"},    {'Q', "IPOQ", HR_STATUS_QUOTING, 16, "NY~"},
                 {'P', "LUDP", HR_STATUS_PAUSE, 50, "NN~"}, {'H', "T1", HR_STATUS_HALT, 30, "NN~"},
                 {'H', "MWC1", HR_STATUS_HALT, 120, "NN~"}, {'H', "T12", HR_STATUS_HALT, 70, "NN~"},
                 {'H', "????", HR_STATUS_HALT, 0, "NN~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        begin('H');
        wire_text(&wire, "MSFT", 8);
        wire_be(&wire, (uint8_t)known[i].trading, 1);
        wire_be(&wire, ' ', 1);
        wire_text(&wire, known[i].code, 4);
        decode(1);
        expect_status(&decoding, 0, LOCATE, known[i].action, known[i].reason, known[i].answers);
    }
    expect_symbol(LOCATE, "MSFT");
}

static void reg_sho(char action)
{
    begin('Y');
    wire_text(&wire, "MSFT", 8);
    wire_be(&wire, (uint8_t)action, 1);
    decode(1);
}

static void Y_reg_sho_restriction(void **state)
{
    (void)state;
    reg_sho('0');
    expect_status(&decoding, 0, LOCATE, HR_STATUS_SSR_CHANGE, HR_REASON_NONE, "~~N");
    reg_sho('1');
    expect_status(&decoding, 0, LOCATE, HR_STATUS_SSR_CHANGE, HR_REASON_MARKET_EVENT, "~~Y");
    reg_sho('2');
    expect_status(&decoding, 0, LOCATE, HR_STATUS_SSR_CHANGE, HR_REASON_SCHEDULED, "~~Y");
    expect_symbol(LOCATE, "MSFT");
}

static void L_market_participant_position(void **state)
{
    (void)state;
    begin('L');
    wire_text(&wire, "GSCO", 4);
    wire_text(&wire, "MSFT", 8);
    wire_text(&wire, "YNA", 3);
    decode(1);
    expect_native(&decoding, &wire, LOCATE);
    expect_symbol(LOCATE, "MSFT");
}

static void breaker(uint64_t one, uint64_t two, uint64_t three)
{
    begin('V');
    wire_be(&wire, one, 8);
    wire_be(&wire, two, 8);
    wire_be(&wire, three, 8);
    decode(3);
}

static void V_mwcb_decline_level(void **state)
{
    (void)state;
    breaker(UINT64_C(425012345678), UINT64_C(400000000000), 1); /* eight decimals */
    expect_price_statistic(&decoding, 0, LOCATE, 21, INT64_C(4250123456780), UINT64_MAX, 255, 1);
    expect_price_statistic(&decoding, 1, LOCATE, 22, INT64_C(4000000000000), UINT64_MAX, 255, 1);
    expect_price_statistic(&decoding, 2, LOCATE, 23, 10, UINT64_MAX, 255, 1);
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void V_levels_that_do_not_fit_are_undefined_and_counted(void **state)
{
    (void)state;
    breaker(UINT64_C(922337203685477580), UINT64_C(922337203685477581), UINT64_MAX);
    expect_price_statistic(&decoding, 0, LOCATE, 21, INT64_C(9223372036854775800), UINT64_MAX, 255, 1);
    expect_price_statistic(&decoding, 1, LOCATE, 22, UNDEF, UINT64_MAX, 255, 1);
    expect_price_statistic(&decoding, 2, LOCATE, 23, UNDEF, UINT64_MAX, 255, 1);
    assert_true(decoding.counters.bad_value > 0);
}

static void W_mwcb_status(void **state)
{
    (void)state;
    for (char level = '1'; level <= '3'; level++) {
        begin('W');
        wire_be(&wire, (uint8_t)level, 1);
        decode(1);
        expect_status(&decoding, 0, LOCATE, HR_STATUS_HALT, (uint16_t)(120 + level - '1'), "NN~");
    }
}

static void K_ipo_quoting_period_update(void **state)
{
    (void)state;
    static const char qualifiers[] = {'A', 'C'}; /* anticipated, cancelled */
    for (size_t i = 0; i < COUNT_OF(qualifiers); i++) {
        begin('K');
        wire_text(&wire, "NEWCO", 8);
        wire_be(&wire, 36000, 4); /* ten o'clock, in seconds */
        wire_be(&wire, (uint8_t)qualifiers[i], 1);
        wire_be(&wire, 210000, 4);
        decode(1);
        expect_price_statistic(&decoding, 0, LOCATE, 10002, INT64_C(21000000000), MIDNIGHT + UINT64_C(36000000000000), 255,
                               qualifiers[i] == 'C' ? 2 : 1);
    }
    expect_symbol(LOCATE, "NEWCO");
}

static void luld_collar(uint32_t extension)
{
    begin('J');
    wire_text(&wire, "MSFT", 8);
    wire_be(&wire, 3000000, 4);
    wire_be(&wire, 3150000, 4);
    wire_be(&wire, 2850000, 4);
    wire_be(&wire, extension, 4);
    decode(3);
}

static void J_luld_auction_collar(void **state)
{
    (void)state;
    luld_collar(2);
    expect_price_statistic(&decoding, 0, LOCATE, 24, INT64_C(300000000000), UINT64_MAX, 2, 1);
    expect_price_statistic(&decoding, 1, LOCATE, 25, INT64_C(315000000000), UINT64_MAX, 2, 1);
    expect_price_statistic(&decoding, 2, LOCATE, 26, INT64_C(285000000000), UINT64_MAX, 2, 1);
    luld_collar(1000); /* more than there is room for */
    expect_price_statistic(&decoding, 0, LOCATE, 24, INT64_C(300000000000), UINT64_MAX, 255, 1);
    expect_symbol(LOCATE, "MSFT");
}

static void operational_halt(char action)
{
    begin('h');
    wire_text(&wire, "MSFT", 8);
    wire_be(&wire, 'Q', 1);
    wire_be(&wire, (uint8_t)action, 1);
    decode(1);
}

static void h_operational_halt(void **state)
{
    (void)state;
    operational_halt('H');
    expect_status(&decoding, 0, LOCATE, HR_STATUS_HALT, HR_REASON_OPERATIONAL, "NN~");
    operational_halt('T');
    expect_status(&decoding, 0, LOCATE, HR_STATUS_TRADING, HR_REASON_OPERATIONAL, "YY~");
    expect_symbol(LOCATE, "MSFT");
}

/* ---- orders ---- */

static void A_add_order(void **state)
{
    (void)state;
    add_order('B', 100);
    expect_mbo(&decoding, 0, LOCATE, 'A', 'B', ORDER, PRICE, 100, LAST);
    expect_symbol(LOCATE, "AAPL");
    add_order('S', 250);
    expect_mbo(&decoding, 0, LOCATE, 'A', 'A', ORDER, PRICE, 250, LAST);
}

static void F_add_order_with_attribution(void **state)
{
    (void)state;
    begin('F');
    wire_be(&wire, ORDER, 8);
    wire_be(&wire, 'S', 1);
    wire_be(&wire, 4000, 4);
    wire_text(&wire, "TSLA", 8);
    wire_be(&wire, UINT32_MAX, 4); /* the highest price that the wire can hold */
    wire_text(&wire, "UBSS", 4);
    decode(1);
    expect_mbo(&decoding, 0, LOCATE, 'A', 'A', ORDER, INT64_C(429496729500000), 4000, LAST);
    expect_symbol(LOCATE, "TSLA");
}

static void executed(uint32_t shares)
{
    begin('E');
    wire_be(&wire, ORDER, 8);
    wire_be(&wire, shares, 4);
    wire_be(&wire, MATCH, 8);
    decode(3);
}

static void E_order_executed(void **state)
{
    (void)state;
    add_order('B', 100);
    executed(40);
    expect_mbo(&decoding, 0, LOCATE, 'T', 'A', 0, PRICE, 40, 0); /* the aggressor sold */
    expect_mbo(&decoding, 1, LOCATE, 'F', 'B', ORDER, PRICE, 40, 0);
    expect_mbo(&decoding, 2, LOCATE, 'C', 'B', ORDER, PRICE, 40, LAST);
    executed(60);
    expect_mbo(&decoding, 2, LOCATE, 'C', 'B', ORDER, PRICE, 60, LAST);
    executed(1); /* nothing is left of it */
    expect_mbo(&decoding, 0, LOCATE, 'T', 'N', 0, UNDEF, 1, MAYBE);
    expect_mbo(&decoding, 1, LOCATE, 'F', 'N', ORDER, UNDEF, 1, MAYBE);
    expect_mbo(&decoding, 2, LOCATE, 'C', 'N', ORDER, UNDEF, 1, MAYBE | LAST);
}

static void executed_with_price(char printable, uint32_t shares, uint32_t records)
{
    begin('C');
    wire_be(&wire, ORDER, 8);
    wire_be(&wire, shares, 4);
    wire_be(&wire, MATCH, 8);
    wire_be(&wire, (uint8_t)printable, 1);
    wire_be(&wire, 1870000, 4);
    decode(records);
}

static void C_order_executed_with_price(void **state)
{
    (void)state;
    add_order('S', 100);
    executed_with_price('Y', 30, 3);
    expect_mbo(&decoding, 0, LOCATE, 'T', 'B', 0, INT64_C(187000000000), 30, 0);
    expect_mbo(&decoding, 1, LOCATE, 'F', 'A', ORDER, INT64_C(187000000000), 30, 0);
    expect_mbo(&decoding, 2, LOCATE, 'C', 'A', ORDER, PRICE, 30, LAST); /* the level that it leaves is its own */
}

static void C_not_printable_is_no_trade(void **state)
{
    (void)state;
    add_order('S', 100);
    executed_with_price('N', 100, 2);
    expect_mbo(&decoding, 0, LOCATE, 'F', 'A', ORDER, INT64_C(187000000000), 100, 0);
    expect_mbo(&decoding, 1, LOCATE, 'C', 'A', ORDER, PRICE, 100, LAST);
}

static void X_order_cancel(void **state)
{
    (void)state;
    add_order('B', 100);
    begin('X');
    wire_be(&wire, ORDER, 8);
    wire_be(&wire, 70, 4);
    decode(1);
    expect_mbo(&decoding, 0, LOCATE, 'C', 'B', ORDER, PRICE, 70, LAST);
    executed(30); /* what remained */
    expect_mbo(&decoding, 2, LOCATE, 'C', 'B', ORDER, PRICE, 30, LAST);
}

static void delete_order(uint64_t order)
{
    begin('D');
    wire_be(&wire, order, 8);
    decode(1);
}

static void D_order_delete(void **state)
{
    (void)state;
    add_order('B', 100);
    executed(40);
    delete_order(ORDER);
    expect_mbo(&decoding, 0, LOCATE, 'C', 'B', ORDER, PRICE, 60, LAST);
    delete_order(ORDER);
    expect_mbo(&decoding, 0, LOCATE, 'C', 'N', ORDER, UNDEF, UINT32_MAX, MAYBE | LAST);
}

static void U_order_replace(void **state)
{
    (void)state;
    add_order('S', 100);
    begin('U');
    wire_be(&wire, ORDER, 8);
    wire_be(&wire, ORDER + 5, 8);
    wire_be(&wire, 300, 4);
    wire_be(&wire, 1880000, 4);
    decode(2);
    expect_mbo(&decoding, 0, LOCATE, 'C', 'A', ORDER, PRICE, 100, 0);
    expect_mbo(&decoding, 1, LOCATE, 'A', 'A', ORDER + 5, INT64_C(188000000000), 300, LAST);
    delete_order(ORDER + 5);
    expect_mbo(&decoding, 0, LOCATE, 'C', 'A', ORDER + 5, INT64_C(188000000000), 300, LAST);
}

/* ---- trades ---- */

static void P_non_cross_trade(void **state)
{
    (void)state;
    begin('P');
    wire_be(&wire, 0, 8);
    wire_be(&wire, 'B', 1);
    wire_be(&wire, 500, 4);
    wire_text(&wire, "AAPL", 8);
    wire_be(&wire, 1876500, 4);
    wire_be(&wire, MATCH, 8);
    decode(1);
    expect_mbo(&decoding, 0, LOCATE, 'T', 'N', 0, PRICE, 500, LAST);
    expect_symbol(LOCATE, "AAPL");
}

static void cross(uint64_t shares, char type, uint32_t records)
{
    begin('Q');
    wire_be(&wire, shares, 8);
    wire_text(&wire, "AAPL", 8);
    wire_be(&wire, shares ? 1876500 : 0, 4);
    wire_be(&wire, MATCH, 8);
    wire_be(&wire, (uint8_t)type, 1);
    decode(records);
}

static void Q_cross_trade(void **state)
{
    (void)state;
    cross(1000000, 'O', 2);
    expect_mbo(&decoding, 0, LOCATE, 'T', 'N', 0, PRICE, 1000000, LAST);
    expect_price_statistic(&decoding, 1, LOCATE, 1, PRICE, UINT64_MAX, 255, 1);
    cross(1000000, 'C', 2);
    expect_price_statistic(&decoding, 1, LOCATE, 11, PRICE, UINT64_MAX, 255, 1);
    cross(1000000, 'H', 1);
    expect_mbo(&decoding, 0, LOCATE, 'T', 'N', 0, PRICE, 1000000, LAST);
    cross(0, 'O', 1); /* there was none: no opening price */
    expect_mbo(&decoding, 0, LOCATE, 'T', 'N', 0, 0, 0, LAST);
    cross(UINT64_C(0x100000000), 'H', 1); /* more than a size has room for, and not undefined */
    expect_mbo(&decoding, 0, LOCATE, 'T', 'N', 0, PRICE, UINT32_MAX - 1, LAST);
    expect_symbol(LOCATE, "AAPL");
}

static void B_broken_trade(void **state)
{
    (void)state;
    begin('B');
    wire_be(&wire, MATCH, 8);
    decode(1);
    expect_trade_break(&decoding, LOCATE, MATCH, UNDEF, UINT32_MAX);
}

/* ---- auctions ---- */

static void order_imbalance(char direction, char variation, uint64_t paired)
{
    begin('I');
    wire_be(&wire, paired, 8);
    wire_be(&wire, 2000, 8);
    wire_be(&wire, (uint8_t)direction, 1);
    wire_text(&wire, "AAPL", 8);
    wire_be(&wire, 1870000, 4); /* far */
    wire_be(&wire, 1880000, 4); /* near */
    wire_be(&wire, 1876500, 4); /* reference */
    wire_be(&wire, 'C', 1);
    wire_be(&wire, (uint8_t)variation, 1);
    decode(1);
}

static void I_net_order_imbalance(void **state)
{
    (void)state;
    struct hr_imbalance imbalance = {.header = expected_header(&decoding, 0x14, 112, LOCATE),
                                     .ts_recv = TS_RECV,
                                     .ref_price = PRICE,
                                     .cont_book_clr_price = INT64_C(188000000000),
                                     .auct_interest_clr_price = INT64_C(187000000000),
                                     .paired_qty = 1000,
                                     .total_imbalance_qty = 2000,
                                     .auction_type = 'C',
                                     .side = 'B',
                                     .unpaired_side = 'N',
                                     .significant_imbalance = 'L'};
    order_imbalance('B', 'L', 1000);
    expect_record(&decoding, 0, &imbalance, sizeof imbalance, 1U << HR_SCHEMA_IMBALANCE);
    order_imbalance('S', ' ', 1000);
    imbalance.side = 'A';
    imbalance.significant_imbalance = '~';
    expect_record(&decoding, 0, &imbalance, sizeof imbalance, 1U << HR_SCHEMA_IMBALANCE);
    order_imbalance('O', ' ', UINT64_MAX);
    imbalance.side = 'N';
    imbalance.paired_qty = UINT32_MAX - 1;
    expect_record(&decoding, 0, &imbalance, sizeof imbalance, 1U << HR_SCHEMA_IMBALANCE);
    expect_symbol(LOCATE, "AAPL");
}

static void N_retail_price_improvement(void **state)
{
    (void)state;
    begin('N');
    wire_text(&wire, "AAPL", 8);
    wire_be(&wire, 'B', 1);
    decode(1);
    expect_native(&decoding, &wire, LOCATE);
    expect_symbol(LOCATE, "AAPL");
}

static void O_direct_listing_price_discovery(void **state)
{
    (void)state;
    const struct hr_imbalance imbalance = {.header = expected_header(&decoding, 0x14, 112, LOCATE),
                                           .ts_recv = TS_RECV,
                                           .auction_time = MIDNIGHT + UINT64_C(38700000000000),
                                           .ind_match_price = INT64_C(25000000000),
                                           .upper_collar = INT64_C(27500000000),
                                           .lower_collar = INT64_C(22500000000),
                                           .auction_type = 'O',
                                           .side = 'N',
                                           .auction_status = 1,
                                           .unpaired_side = 'N',
                                           .significant_imbalance = '~'};
    begin('O');
    wire_text(&wire, "DLST", 8);
    wire_be(&wire, 'Y', 1);
    wire_be(&wire, 200000, 4);
    wire_be(&wire, 300000, 4);
    wire_be(&wire, 250000, 4);
    wire_be(&wire, UINT64_C(38700000000000), 8);
    wire_be(&wire, 225000, 4);
    wire_be(&wire, 275000, 4);
    decode(1);
    expect_record(&decoding, 0, &imbalance, sizeof imbalance, 1U << HR_SCHEMA_IMBALANCE);
    expect_symbol(LOCATE, "DLST");
}

/* ---- what is not as it should be ---- */

/* A code that the specification does not have says nothing: it is counted, and no answer is given for it. */
static void codes_that_there_are_not_say_nothing(void **state)
{
    (void)state;
    begin('S');
    wire_be(&wire, 'Z', 1);
    decode(1);
    expect_status(&decoding, 0, LOCATE, HR_STATUS_NONE, HR_REASON_NONE, "~~~");
    assert_int_equal(decoding.counters.bad_value, 1);
    begin('H');
    wire_text(&wire, "MSFT", 8);
    wire_text(&wire, "Z T1", 6);
    decode(1);
    expect_status(&decoding, 0, LOCATE, HR_STATUS_NONE, HR_REASON_NEWS_PENDING, "~~~");
    assert_int_equal(decoding.counters.bad_value, 2);
    begin('W');
    wire_be(&wire, '4', 1);
    decode(1);
    expect_status(&decoding, 0, LOCATE, HR_STATUS_HALT, HR_REASON_NONE, "NN~");
    assert_int_equal(decoding.counters.bad_value, 3);
}

static void h_action_that_there_is_not_is_no_resumption(void **state)
{
    (void)state;
    operational_halt('Z');
    const struct hr_status *status = (const void *)decoding.records[0].record;
    assert_int_not_equal(status->action, HR_STATUS_TRADING);
    assert_int_equal(status->is_trading, '~');
    assert_int_equal(status->is_quoting, '~');
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void side_that_there_is_not_is_none(void **state)
{
    (void)state;
    add_order('Z', 100);
    expect_mbo(&decoding, 0, LOCATE, 'A', 'N', ORDER, PRICE, 100, LAST);
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void Y_action_that_there_is_not_is_counted(void **state)
{
    (void)state;
    reg_sho('3');
    expect_status(&decoding, 0, LOCATE, HR_STATUS_SSR_CHANGE, HR_REASON_NONE, "~~~");
    assert_int_equal(decoding.counters.bad_value, 1);
}

/* The fan-out has one row of masks for each instrument: an index without a row reads another's memory. */
static void instrument_without_room_goes_out_as_instrument_0(void **state)
{
    (void)state;
    static struct decoding small;
    decoding_open(&small, &hr_protocol_itch50, 16);
    add_order('B', 100); /* for its bytes */
    const struct hr_message message = {.bytes = wire.bytes, .length = (uint32_t)wire.length};
    decoding_run(&small, &message, 1);
    assert_int_equal(small.counters.decoded, 1);
    assert_int_equal(small.counters.instruments_refused, 1);
    assert_int_equal(small.records[0].instrument, 0);
    stock_directory("AAPL");
    decoding_run(&small, &(struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length}, 1);
    assert_int_equal(small.counters.instruments_refused, 2);
    assert_int_equal(small.decoder.instruments.symbols[0], 0); /* and the venue as a whole does not get its name */
    decoding_close(&small);
}

static void bad_receive_time_is_flagged(void **state)
{
    (void)state;
    decoding.packet.flags = HR_FLAG_BAD_TS_RECV;
    add_order('B', 100);
    expect_mbo(&decoding, 0, LOCATE, 'A', 'B', ORDER, PRICE, 100, LAST | HR_FLAG_BAD_TS_RECV);
    executed(100);
    expect_mbo(&decoding, 0, LOCATE, 'T', 'A', 0, PRICE, 100, HR_FLAG_BAD_TS_RECV);
    expect_mbo(&decoding, 2, LOCATE, 'C', 'B', ORDER, PRICE, 100, LAST | HR_FLAG_BAD_TS_RECV);
}

static void delta_is_clamped(void **state)
{
    (void)state;
    assert_int_equal(hr_delta_ns(100, 40), 60);
    assert_int_equal(hr_delta_ns(40, 100), -60);
    assert_int_equal(hr_delta_ns(UINT64_C(10000000000), 0), INT32_MAX);
    assert_int_equal(hr_delta_ns(0, UINT64_C(10000000000)), INT32_MIN);
}

static void batch_keeps_the_order_and_counts_the_sequence(void **state)
{
    (void)state;
    uint8_t bytes[HR_BATCH_MESSAGES][36];
    struct hr_message messages[HR_BATCH_MESSAGES];
    for (uint32_t i = 0; i < HR_BATCH_MESSAGES; i++) {
        begin(i % 5 == 4 ? '?' : 'A'); /* every fifth is of no known type */
        wire_be(&wire, i + 1, 8);
        wire_be(&wire, 'B', 1);
        wire_be(&wire, 100, 4);
        wire_text(&wire, "AAPL", 8);
        wire_be(&wire, 1876500, 4);
        memcpy(bytes[i], wire.bytes, sizeof bytes[i]);
        messages[i] = (struct hr_message){.bytes = bytes[i], .length = 36};
    }
    decoding_run(&decoding, messages, HR_BATCH_MESSAGES);
    assert_int_equal(decoding.counters.messages, HR_BATCH_MESSAGES);
    assert_int_equal(decoding.counters.unknown_type, 12);
    assert_int_equal(decoding.counters.decoded, 52);
    assert_int_equal(decoding.decoder.by_type['A'], 52);
    assert_int_equal(decoding.record_count, 52);
    for (uint32_t r = 0; r < decoding.record_count; r++) {
        const struct hr_mbo *mbo = (const void *)decoding.records[r].record;
        uint32_t i = (uint32_t)mbo->order_id - 1;
        assert_int_equal(i, r + r / 4);
        assert_int_equal(mbo->sequence, 7 + i);
        assert_int_equal(decoding.records[r].index, i);
    }
}

/* The most records that a batch can become: events and arena have room for all. */
static void fullest_batch_has_room(void **state)
{
    (void)state;
    struct hr_message messages[HR_BATCH_MESSAGES];
    luld_collar(1);
    for (uint32_t i = 0; i < HR_BATCH_MESSAGES; i++)
        messages[i] = (struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length};
    decoding_run(&decoding, messages, HR_BATCH_MESSAGES);
    assert_int_equal(decoding.record_count, HR_BATCH_MESSAGES * 3);
    assert_true(decoding.events.arena_used <= HR_ARENA_BYTES);
    stock_directory("AAPL");
    for (uint32_t i = 0; i < HR_BATCH_MESSAGES; i++)
        messages[i] = (struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length};
    decoding_run(&decoding, messages, HR_BATCH_MESSAGES);
    assert_int_equal(decoding.record_count, HR_BATCH_MESSAGES);
    assert_true(decoding.events.arena_used <= HR_ARENA_BYTES);
}

static void wrong_lengths_and_unknown_types_are_counted(void **state)
{
    (void)state;
    unsigned known = 0;
    for (unsigned type = 0; type < 256; type++)
        known += lengths[type] != 0;
    assert_int_equal(known, 23);
    assert_int_equal(hr_protocol_itch50.layout_count, 23);
    check_lengths_and_types(&decoding, lengths);
}

static void any_bytes_are_counted_once(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    check_random_messages(&decoding, lengths, TYPES, &random, 100000);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_decoder, close_decoder)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(S_system_event),
        T(R_stock_directory),
        T(R_names_an_instrument_once),
        T(H_stock_trading_action),
        T(Y_reg_sho_restriction),
        T(L_market_participant_position),
        T(V_mwcb_decline_level),
        T(V_levels_that_do_not_fit_are_undefined_and_counted),
        T(W_mwcb_status),
        T(K_ipo_quoting_period_update),
        T(J_luld_auction_collar),
        T(h_operational_halt),
        T(A_add_order),
        T(F_add_order_with_attribution),
        T(E_order_executed),
        T(C_order_executed_with_price),
        T(C_not_printable_is_no_trade),
        T(X_order_cancel),
        T(D_order_delete),
        T(U_order_replace),
        T(P_non_cross_trade),
        T(Q_cross_trade),
        T(B_broken_trade),
        T(I_net_order_imbalance),
        T(N_retail_price_improvement),
        T(O_direct_listing_price_discovery),
        T(codes_that_there_are_not_say_nothing),
        T(h_action_that_there_is_not_is_no_resumption),
        T(side_that_there_is_not_is_none),
        T(Y_action_that_there_is_not_is_counted),
        T(instrument_without_room_goes_out_as_instrument_0),
        T(bad_receive_time_is_flagged),
        T(delta_is_clamped),
        T(batch_keeps_the_order_and_counts_the_sequence),
        T(fullest_batch_has_room),
        T(wrong_lengths_and_unknown_types_are_counted),
        T(any_bytes_are_counted_once),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("itch50", tests, NULL, NULL);
}
