/* SPDX-License-Identifier: Apache-2.0
 *
 * MIAX ToM 1.9: each of the 12 messages and 3 session packets from bytes written by hand after the specification to the records
 * that it becomes; the second that times count from; wrong lengths and unknown types; nothing read past the end.
 *
 * usage: test_tom19 [seed]
 */
#include "test.h"

#include "decoding.h"

#define UNDEF INT64_MAX
#define LAST HR_FLAG_LAST
#define TOP (HR_FLAG_TOB | HR_FLAG_MBP)
#define PRODUCT UINT32_C(67111556)
#define SECOND (TS_EVENT / 1000000000)
#define NANOSECONDS ((uint32_t)(TS_EVENT % 1000000000))
#define TYPES "1PSBOWAdDTXH"

/* Of the specification: the length of every application message, its MACH header included. */
static const uint16_t lengths[256] = {['1'] = 17, ['P'] = 85, ['S'] = 30, ['B'] = 28, ['O'] = 28, ['W'] = 34,
                                      ['A'] = 34, ['d'] = 35, ['D'] = 47, ['T'] = 40, ['X'] = 35, ['H'] = 38};

static uint64_t seed;
static struct decoding decoding;
static struct wire wire;

static int open_decoder(void **state)
{
    (void)state;
    decoding_open(&decoding, &hr_protocol_tom19, DECODING_INSTRUMENTS);
    return 0;
}

static int close_decoder(void **state)
{
    (void)state;
    decoding_close(&decoding);
    return 0;
}

static void begin(char type)
{
    wire.length = 0;
    wire_mach(&wire, 7, lengths[(uint8_t)type], 3, 1);
    wire_le(&wire, (uint8_t)type, 1);
    if (type != '1')
        wire_le(&wire, NANOSECONDS, 4);
}

static void begin_series(char type)
{
    begin(type);
    wire_le(&wire, PRODUCT, 4);
}

static void decode(uint32_t records)
{
    assert_int_equal(wire.length, lengths[wire.bytes[12]]);
    decoding_one(&decoding, &wire, records);
}

/* The instrument's index is given at first sight, its number is the venue's. */
static void expect(uint32_t at, char action, char side, uint64_t order_id, int64_t price, uint32_t size, uint8_t flags)
{
    const struct hr_mbo mbo = {.header = expected_header(&decoding, 0xA0, 56, PRODUCT),
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
    assert_int_equal(decoding.records[at].instrument, 1);
}

static void expect_native_application(void)
{
    struct hr_native native = {.header = expected_header(&decoding, 0xE7, 56, 0),
                               .ts_recv = TS_RECV,
                               .sequence = 7,
                               .message_length = (uint8_t)(wire.length - 12)};
    if (wire.bytes[12] == '1')
        native.header.ts_event = SECOND * 1000000000;
    memcpy(native.message, wire.bytes + 12, wire.length - 12);
    expect_record(&decoding, 0, &native, sizeof native, 1U << HR_SCHEMA_NATIVE);
}

static void expect_symbol(uint32_t instrument, const char *symbol)
{
    char text[HR_INSTRUMENT_TEXT_BYTES];
    hr_instruments_symbol(&decoding.decoder.instruments, instrument, text);
    assert_string_equal(text, symbol);
}

static void system_time_1(void **state)
{
    (void)state;
    begin('1');
    wire_le(&wire, SECOND, 4);
    decode(1);
    expect_native_application();
}

static void compact_sides_B_and_O(void **state)
{
    (void)state;
    static const char types[] = {'B', 'O'};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        begin_series(types[i]);
        wire_le(&wire, 135, 2);
        wire_le(&wire, 389, 2);
        wire_le(&wire, 5, 2);
        wire_le(&wire, 'A', 1);
        decode(1);
        expect(0, 'M', "BA"[i], 0, INT64_C(1350000000), 389, LAST | TOP);
    }
}

static void wide_sides_W_and_A(void **state)
{
    (void)state;
    static const char types[] = {'W', 'A'};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        begin_series(types[i]);
        wire_le(&wire, 7001250, 4);
        wire_le(&wire, 70000, 4);
        wire_le(&wire, 5, 4);
        wire_le(&wire, 'B', 1);
        decode(1);
        expect(0, 'M', "BA"[i], 0, INT64_C(700125000000), 70000, LAST | TOP);
    }
}

static void both_sides_d_and_D(void **state)
{
    (void)state;
    static const struct {
        char type;
        int bytes;
        int64_t unit;
    } forms[] = {{'d', 2, 10000000}, {'D', 4, 100000}};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        begin_series(forms[i].type);
        for (unsigned side = 0; side < 2; side++) {
            wire_le(&wire, 500 + side, forms[i].bytes);
            wire_le(&wire, 10 + side, forms[i].bytes);
            wire_le(&wire, 0, forms[i].bytes);
            wire_le(&wire, 'A', 1);
        }
        decode(2);
        expect(0, 'M', 'B', 0, 500 * forms[i].unit, 10, TOP);
        expect(1, 'M', 'A', 0, 501 * forms[i].unit, 11, LAST | TOP);
    }
}

static void quote(uint16_t price, uint16_t size, char condition)
{
    begin_series('B');
    wire_le(&wire, price, 2);
    wire_le(&wire, size, 2);
    wire_le(&wire, 0, 2);
    wire_le(&wire, (uint8_t)condition, 1);
    decode(1);
}

static void side_without_a_quote_is_a_cancel(void **state)
{
    (void)state;
    quote(0, 0, 'A');
    expect(0, 'C', 'B', 0, UNDEF, 0, LAST | TOP);
    quote(5, 0, 'A');
    expect(0, 'C', 'B', 0, 50000000, 0, LAST | TOP);
    quote(0, 5, 'A'); /* a price of 0 is one */
    expect(0, 'M', 'B', 0, 0, 5, LAST | TOP);
}

static void quotes_that_are_not_firm_are_marked(void **state)
{
    (void)state;
    quote(100, 1, 'B');
    expect(0, 'M', 'B', 0, 1000000000, 1, LAST | TOP);
    quote(100, 1, 'C');
    expect(0, 'M', 'B', 0, 1000000000, 1, LAST | TOP | HR_FLAG_PUBLISHER_SPECIFIC);
    quote(100, 1, 'T');
    expect(0, 'M', 'B', 0, 1000000000, 1, LAST | TOP | HR_FLAG_PUBLISHER_SPECIFIC);
    assert_int_equal(decoding.counters.bad_value, 0);
    quote(100, 1, 'Z');
    expect(0, 'M', 'B', 0, 1000000000, 1, LAST | TOP);
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void trade_T(void **state)
{
    (void)state;
    begin_series('T');
    wire_le(&wire, 71305947, 4);
    wire_le(&wire, 1, 1);
    wire_le(&wire, 0, 4);
    wire_le(&wire, 0, 1);
    wire_le(&wire, 81500, 4);
    wire_le(&wire, 10, 4);
    wire_le(&wire, 'R', 1);
    decode(1);
    expect(0, 'T', 'N', 71305947, INT64_C(8150000000), 10, LAST);
}

static void trade_cancel_X(void **state)
{
    (void)state;
    begin_series('X');
    wire_le(&wire, 71305947, 4);
    wire_le(&wire, 1, 1);
    wire_le(&wire, 81500, 4);
    wire_le(&wire, 10, 4);
    wire_le(&wire, 'A', 1);
    decode(1);
    expect_trade_break(&decoding, PRODUCT, 71305947, INT64_C(8150000000), 10);
}

static void underlying_trading_status_H(void **state)
{
    (void)state;
    begin('H');
    wire_text(&wire, "AAPL", 11);
    wire_text(&wire, "HA", 2);
    wire_le(&wire, 0, 8);
    decode(1);
    expect_native_application();
    assert_int_equal(decoding.decoder.instruments.count, 0);
}

static void system_state_S(void **state)
{
    (void)state;
    static const struct {
        char code;
        uint16_t action;
        uint16_t reason;
        const char *answers;
    } known[] = {{'S', HR_STATUS_PRE_OPEN, HR_REASON_SCHEDULED, "~~~"},
                 {'C', HR_STATUS_CLOSE, HR_REASON_SCHEDULED, "NN~"},
                 {'1', HR_STATUS_NONE, HR_REASON_SCHEDULED, "~~~"},
                 {'2', HR_STATUS_NONE, HR_REASON_SCHEDULED, "~~~"},
                 {'Z', HR_STATUS_NONE, HR_REASON_NONE, "~~~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        begin('S');
        wire_text(&wire, "1.9", 8);
        wire_le(&wire, 1, 4);
        wire_le(&wire, (uint8_t)known[i].code, 1);
        decode(1);
        expect_status(&decoding, 0, 0, known[i].action, known[i].reason, known[i].answers);
    }
    assert_int_equal(decoding.counters.bad_value, 1);
}

static const struct hr_definition *series(const char *root, const char *date, uint32_t strike, char class, char active)
{
    begin_series('P');
    wire_text(&wire, "SPY", 11);
    wire_text(&wire, root, 6);
    wire_text(&wire, date, 8);
    wire_le(&wire, strike, 4);
    wire_le(&wire, (uint8_t) class, 1);
    wire_text(&wire, "09:30:00", 8);
    wire_text(&wire, "16:15:00", 8);
    wire_text(&wire, "NN", 2);
    wire_le(&wire, (uint8_t)active, 1);
    wire_text(&wire, "PPP", 3);
    wire_le(&wire, 0, 4);
    wire_text(&wire, "", 8);
    decode(1);
    return (const void *)decoding.records[0].record;
}

static void series_update_P_names_the_series(void **state)
{
    (void)state;
    const struct hr_definition *definition = series("SPY", "20161021", 2105000, 'C', 'A');
    expect_symbol(1, "SPY   161021C00210500");
    assert_string_equal(definition->raw_symbol, "SPY   161021C00210500");
    assert_string_equal(definition->underlying, "SPY");
    assert_string_equal(definition->asset, "SPY");
    assert_string_equal(definition->exchange, "XMIO");
    assert_string_equal(definition->security_type, "OPT");
    assert_int_equal(definition->header.instrument_id, PRODUCT);
    assert_int_equal(definition->raw_instrument_id, PRODUCT);
    assert_int_equal(definition->strike_price, INT64_C(210500000000));
    assert_int_equal(definition->expiration, UINT64_C(1477008000000000000));
    assert_int_equal(definition->maturity_year, 2016);
    assert_int_equal(definition->maturity_month, 10);
    assert_int_equal(definition->maturity_day, 21);
    assert_int_equal(definition->instrument_class, 'C');
    assert_int_equal(definition->security_update_action, 'A');
    assert_int_equal(series("SPXW", "20161021", UINT32_MAX, 'P', 'I')->security_update_action, 'D');
    expect_symbol(1, "SPXW  161021P429496729"); /* the longest that there can be */
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void series_update_P_with_what_is_no_date_or_class(void **state)
{
    (void)state;
    const struct hr_definition *definition = series("SPY", "20160231", 2105000, 'C', 'A');
    assert_int_equal(definition->expiration, UINT64_MAX);
    assert_int_equal(definition->maturity_year, UINT16_MAX);
    assert_int_equal(decoding.counters.bad_value, 1);
    assert_int_equal(series("SPY", "2016102 ", 2105000, 'C', 'A')->expiration, UINT64_MAX);
    assert_int_equal(series("SPY", "20161021", 2105000, 'Z', 'A')->instrument_class, 0);
    assert_int_equal(decoding.counters.bad_value, 3);
}

static void session_packets_make_no_records(void **state)
{
    (void)state;
    for (uint8_t type = 0; type < 3; type++) {
        wire.length = 0;
        wire_mach(&wire, 7, 12, type, 1);
        decoding_one(&decoding, &wire, 0);
        assert_int_equal(decoding.decoder.by_type[type], 1);
    }
}

/* ---- time ---- */

static uint64_t time_of_quote(uint32_t nanoseconds)
{
    begin_series('B');
    wire_le(&wire, 0, 6);
    wire_le(&wire, 'A', 1);
    memcpy(wire.bytes + 13, &nanoseconds, 4);
    decode(1);
    return ((const struct hr_record_header *)(const void *)decoding.records[0].record)->ts_event;
}

static void before_the_first_system_time_the_nearest_second_counts(void **state)
{
    (void)state;
    static const struct {
        uint64_t ts_recv;
        uint32_t nanoseconds;
        uint64_t ts_event;
    } known[] = {{5000000100, 90, 5000000090},
                 {5000000100, 999999999, 4999999999},
                 {5999999900, 50, 6000000050},
                 {5400000000, 0, 5000000000},
                 {5600000000, 0, 6000000000},
                 {100, 999999999, 999999999},
                 {0, 0, 0}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        decoding.packet.ts_recv = known[i].ts_recv;
        assert_int_equal(time_of_quote(known[i].nanoseconds), known[i].ts_event);
    }
}

static void system_time_counts_for_its_channel_until_the_next(void **state)
{
    (void)state;
    for (uint32_t second = 100; second < 103; second++) {
        begin('1');
        wire_le(&wire, second, 4);
        decode(1);
        assert_int_equal(time_of_quote(7), second * UINT64_C(1000000000) + 7);
    }
    decoding.packet.channel_id = CHANNEL + 1;
    assert_int_equal(time_of_quote(NANOSECONDS), TS_EVENT);
    decoding.packet.channel_id = CHANNEL;
    assert_int_equal(time_of_quote(7), UINT64_C(102000000007));
    hr_protocol_tom19.begin_session(&decoding.decoder, TS_RECV);
    assert_int_equal(time_of_quote(NANOSECONDS), TS_EVENT);
    assert_int_equal(decoding.counters.bad_value, 0);
    time_of_quote(1000000000); /* no part of a second */
    assert_int_equal(decoding.counters.bad_value, 1);
}

/* ---- what is not as it should be ---- */

/* Every packet type, every message type, every length up to 100: counted once, and as what it is. */
static void wrong_lengths_and_unknown_types_are_counted(void **state)
{
    (void)state;
    struct guard guard;
    uint8_t bytes[128];
    guard_create(&guard);
    assert_int_equal(hr_protocol_tom19.layout_count, strlen(TYPES) + 3);
    for (unsigned packet = 0; packet < 5; packet++)
        for (unsigned type = 0; type < 256; type++)
            for (uint32_t length = 0; length < 100; length++) {
                memset(bytes, ' ', sizeof bytes);
                bytes[10] = (uint8_t)packet;
                bytes[12] = (uint8_t)type;
                const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
                struct hr_decode_counters before = decoding.counters;
                decoding_run(&decoding, &message, 1);
                int good = packet < 3 ? length == 12 : packet == 3 && length > 12 && length == lengths[type];
                int unknown = length >= 12 && (packet > 3 || (packet == 3 && length > 12 && lengths[type] == 0));
                assert_int_equal(decoding.counters.messages - before.messages, 1);
                assert_int_equal(decoding.counters.decoded - before.decoded, good);
                assert_int_equal(decoding.counters.unknown_type - before.unknown_type, unknown);
                assert_int_equal(decoding.counters.bad_length - before.bad_length, !good && !unknown);
            }
    guard_destroy(&guard);
}

static void any_bytes_are_counted_once(void **state)
{
    (void)state;
    struct hr_sim_random random;
    struct guard guard;
    guard_create(&guard);
    hr_sim_random_seed(&random, seed);
    for (uint64_t round = 1; round <= 100000; round++) {
        uint8_t bytes[128];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)hr_sim_random_next(&random);
        bytes[10] = 3;
        bytes[12] = (uint8_t)TYPES[hr_sim_random_below(&random, (uint32_t)strlen(TYPES))];
        uint32_t length =
            hr_sim_random_below(&random, 10) ? lengths[bytes[12]] : hr_sim_random_below(&random, sizeof bytes + 1);
        const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
        decoding_run(&decoding, &message, 1);
        assert_int_equal(decoding.counters.messages, round);
        assert_int_equal(round, decoding.counters.decoded + refused_messages(&decoding.counters));
        for (uint32_t i = 0; i < decoding.record_count; i++)
            assert_int_equal(hr_record_bytes((const void *)decoding.records[i].record), decoding.records[i].bytes);
    }
    assert_true(decoding.counters.instruments_refused > 0); /* more numbers than there is room for */
    guard_destroy(&guard);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_decoder, close_decoder)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(system_time_1),
        T(compact_sides_B_and_O),
        T(wide_sides_W_and_A),
        T(both_sides_d_and_D),
        T(side_without_a_quote_is_a_cancel),
        T(quotes_that_are_not_firm_are_marked),
        T(trade_T),
        T(trade_cancel_X),
        T(underlying_trading_status_H),
        T(system_state_S),
        T(series_update_P_names_the_series),
        T(series_update_P_with_what_is_no_date_or_class),
        T(session_packets_make_no_records),
        T(before_the_first_system_time_the_nearest_second_counts),
        T(system_time_counts_for_its_channel_until_the_next),
        T(wrong_lengths_and_unknown_types_are_counted),
        T(any_bytes_are_counted_once),
    };
    seed = test_seed(argc, argv, 19);
    return cmocka_run_group_tests_name("tom19", tests, NULL, NULL);
}
