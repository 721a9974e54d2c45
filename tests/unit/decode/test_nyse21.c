/* SPDX-License-Identifier: Apache-2.0
 *
 * NYSE imbalances 2.1f: each of the 12 message types from bytes written by hand after the specification to the record that it
 * becomes, field by field; wrong lengths and unknown types; nothing read past the end.
 *
 * usage: test_nyse21 [seed]
 */
#include "test.h"

#include "decoding.h"

#define INDEX 4608 /* a symbol's number */
#define SEND_TIME (TS_EVENT + 1000)
#define UNDEF INT64_MAX

/* Of the specification: type and length of every message. */
static const uint16_t lengths[256] = {[1] = 14,  [3] = 44,  [10] = 24, [11] = 29, [12] = 14, [13] = 21,
                                      [15] = 20, [31] = 14, [32] = 20, [34] = 46, [35] = 16, [105] = 67};

static uint64_t seed;
static struct decoding decoding;
static struct wire wire;

static int open_decoder(void **state)
{
    (void)state;
    decoding_open(&decoding, &hr_protocol_nyse21, DECODING_INSTRUMENTS);
    decoding.packet.send_time_ns = SEND_TIME;
    return 0;
}

static int close_decoder(void **state)
{
    (void)state;
    decoding_close(&decoding);
    return 0;
}

static void begin(uint16_t type)
{
    wire.length = 0;
    wire_le(&wire, lengths[type], 2);
    wire_le(&wire, type, 2);
}

static void source_time(void)
{
    wire_le(&wire, TS_EVENT / 1000000000, 4);
    wire_le(&wire, TS_EVENT % 1000000000, 4);
}

static void decode(void)
{
    assert_int_equal(wire.length, lengths[wire.bytes[2]]);
    decoding_one(&decoding, &wire, 1);
}

/* Zeros to the end of the message. */
static void fill(void)
{
    while (wire.length < lengths[wire.bytes[2]])
        wire_le(&wire, 0, 1);
}

static void expect_symbol(uint32_t instrument, const char *symbol)
{
    char text[HR_INSTRUMENT_TEXT_BYTES];
    hr_instruments_symbol(&decoding.decoder.instruments, instrument, text);
    assert_string_equal(text, symbol);
}

static void mapping_of(uint32_t index, const char *symbol, uint16_t market, uint8_t decimals, uint16_t mpv)
{
    char padded[11] = "";
    memcpy(padded, symbol, strlen(symbol));
    begin(3);
    wire_le(&wire, index, 4);
    wire_copy(&wire, padded, sizeof padded);
    wire_le(&wire, 0x41, 1);
    wire_le(&wire, market, 2);
    wire_le(&wire, 19, 1);
    wire_text(&wire, "N", 1);
    wire_le(&wire, decimals, 1);
    wire_text(&wire, "A", 1);
    wire_le(&wire, 100, 2);    /* lot */
    wire_le(&wire, 424000, 4); /* close of the day before */
    wire_le(&wire, 7, 4);
    wire_le(&wire, 0, 1);
    wire_text(&wire, "Y", 1);
    wire_le(&wire, mpv, 2);
    wire_le(&wire, 1, 2);
    wire_le(&wire, 0, 2);
    decode();
}

static void mapping(void)
{
    mapping_of(INDEX, "ADM", 1, 4, 500);
}

static const struct hr_record_header *header_at(uint32_t at)
{
    return (const void *)decoding.records[at].record;
}

static int64_t price_at(size_t offset)
{
    int64_t price;
    memcpy(&price, decoding.records[0].record + offset, sizeof price);
    return price;
}

static void mapping_becomes_a_definition_and_a_name(void **state)
{
    (void)state;
    mapping();
    assert_int_equal(header_at(0)->rtype, 0x13);
    assert_int_equal(header_at(0)->instrument_id, INDEX);
    assert_int_equal(header_at(0)->publisher_id, 9);
    assert_int_equal(header_at(0)->ts_event, SEND_TIME); /* the message has no time */
    assert_int_equal(decoding.records[0].instrument, 1);
    const uint8_t *bytes = decoding.records[0].record;
    int32_t lot;
    char symbol[71] = "ADM";
    memcpy(&lot, bytes + 168, 4);
    assert_int_equal(lot, 100);
    assert_memory_equal(bytes + 238, symbol, sizeof symbol);
    assert_string_equal((const char *)bytes + 330, "XNYS");
    assert_string_equal((const char *)bytes + 353, "A");
    assert_int_equal(price_at(24), INT64_C(50000000)); /* $0.05 */
    assert_int_equal(decoding.counters.bad_value, 0);
    expect_symbol(1, "ADM");
    mapping_of(INDEX, "ABCDEFGHIJK", 9, 2, 1); /* another day */
    assert_string_equal((const char *)bytes + 238, "ABCDEFGHIJK");
    assert_string_equal((const char *)bytes + 330, "XASE");
    assert_int_equal(price_at(24), INT64_C(10000000));
    expect_symbol(1, "ABCDEFGHIJK");
}

static void mapping_that_says_what_there_is_not_is_counted(void **state)
{
    (void)state;
    static const struct {
        uint16_t market;
        const char *exchange;
    } markets[] = {{1, "XNYS"}, {3, "ARCX"}, {9, "XASE"}, {10, "XCIS"}, {11, "XCHI"}, {0, ""}, {2, ""}, {UINT16_MAX, ""}};
    uint64_t bad = 0;
    for (size_t i = 0; i < COUNT_OF(markets); i++) {
        mapping_of(INDEX, "ADM", markets[i].market, 4, 1);
        assert_string_equal((const char *)decoding.records[0].record + 330, markets[i].exchange);
        bad += *markets[i].exchange == '\0';
        assert_int_equal(decoding.counters.bad_value, bad);
    }
    mapping_of(INDEX, "ADM", 1, 9, 1); /* as many decimals as ours */
    assert_int_equal(price_at(24), 1);
    assert_int_equal(decoding.counters.bad_value, bad);
    mapping_of(INDEX, "ADM", 1, 10, 1);
    assert_int_equal(price_at(24), UNDEF);
    mapping_of(INDEX, "ADM", 1, 255, 1);
    assert_int_equal(price_at(24), UNDEF);
    assert_int_equal(decoding.counters.bad_value, bad + 2);
}

static void imbalance_of(uint32_t index, uint32_t price, uint16_t clock, char side)
{
    begin(105);
    source_time();
    wire_le(&wire, index, 4);
    wire_le(&wire, 2, 4);
    wire_le(&wire, price, 4);
    wire_le(&wire, 6000, 4);
    wire_le(&wire, 14700, 4);
    wire_le(&wire, 300, 4);
    wire_le(&wire, clock, 2);
    wire_text(&wire, "M", 1);
    wire_le(&wire, (uint8_t)side, 1);
    wire_le(&wire, 424100, 4); /* continuous book clearing */
    wire_le(&wire, 424200, 4); /* closing only clearing */
    wire_le(&wire, 424300, 4); /* short sale filing */
    wire_le(&wire, 424400, 4); /* indicative match */
    wire_le(&wire, 430000, 4); /* upper collar */
    wire_le(&wire, 410000, 4); /* lower collar */
    wire_le(&wire, 2, 1);
    wire_le(&wire, 1, 1);
    wire_le(&wire, 3, 1);
    decode();
}

static void imbalance_field_by_field(void **state)
{
    (void)state;
    static const char sides[] = "BS ";
    struct hr_imbalance expected = {.header = expected_header(&decoding, 0x14, 112, INDEX),
                                    .ts_recv = TS_RECV,
                                    .ref_price = INT64_C(42400000000),
                                    .auction_time = MIDNIGHT + UINT64_C(34200000000000), /* 09:30 in New York */
                                    .cont_book_clr_price = INT64_C(42410000000),
                                    .auct_interest_clr_price = INT64_C(42420000000),
                                    .ssr_filling_price = INT64_C(42430000000),
                                    .ind_match_price = INT64_C(42440000000),
                                    .upper_collar = INT64_C(43000000000),
                                    .lower_collar = INT64_C(41000000000),
                                    .paired_qty = 6000,
                                    .total_imbalance_qty = 14700,
                                    .market_imbalance_qty = 300,
                                    .auction_type = 'M',
                                    .auction_status = 2,
                                    .freeze_status = 1,
                                    .num_extensions = 3,
                                    .unpaired_side = 'N',
                                    .significant_imbalance = '~'};
    mapping();
    for (size_t i = 0; i < 3; i++) {
        imbalance_of(INDEX, 424000, 930, sides[i]);
        expected.side = "BAN"[i];
        expect_record(&decoding, 0, &expected, sizeof expected, 1U << HR_SCHEMA_IMBALANCE);
        assert_int_equal(decoding.records[0].instrument, 1);
    }
    assert_int_equal(decoding.counters.bad_value, 0);
    imbalance_of(INDEX, 424000, 930, 'Z');
    expect_record(&decoding, 0, &expected, sizeof expected, 1U << HR_SCHEMA_IMBALANCE); /* N again */
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void prices_have_the_decimals_of_their_mapping(void **state)
{
    (void)state;
    imbalance_of(INDEX, 424000, 930, 'B'); /* before the mapping nobody knows where the point is */
    for (size_t offset = 24; offset <= 80; offset += offset == 24 ? 16 : 8)
        assert_int_equal(price_at(offset), UNDEF);
    assert_int_equal(decoding.counters.bad_value, 1);
    expect_symbol(1, "4608");
    int64_t unit = 1000000000;
    for (uint8_t decimals = 0; decimals < 10; decimals++, unit /= 10) {
        mapping_of(INDEX, "ADM", 1, decimals, 1);
        imbalance_of(INDEX, UINT32_MAX, 930, 'B');
        assert_int_equal(price_at(24), (int64_t)UINT32_MAX * unit);
    }
    imbalance_of(INDEX + 1, 1, 930, 'B'); /* another symbol has its own */
    assert_int_equal(price_at(24), UNDEF);
    assert_int_equal(decoding.counters.bad_value, 2);
}

static void auction_time_is_of_the_messages_day(void **state)
{
    (void)state;
    static const struct {
        uint16_t clock;
        uint64_t minutes; /* 0: none */
        int bad;
    } known[] = {{0, 0, 0},    {1, 1, 0},    {1600, 960, 0},     {2359, 1439, 0},
                 {2400, 0, 1}, {1260, 0, 1}, {UINT16_MAX, 0, 1}, {930, 570, 0}};
    uint64_t bad = 0;
    mapping();
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        uint64_t time;
        imbalance_of(INDEX, 1, known[i].clock, 'B');
        memcpy(&time, decoding.records[0].record + 32, sizeof time);
        assert_int_equal(time, known[i].minutes ? MIDNIGHT + known[i].minutes * UINT64_C(60000000000) : 0);
        bad += (uint64_t)known[i].bad;
        assert_int_equal(decoding.counters.bad_value, bad);
    }
}

static void status_of(char code, char condition, char restricted)
{
    begin(34);
    source_time();
    wire_le(&wire, INDEX, 4);
    wire_le(&wire, 1, 4);
    wire_le(&wire, (uint8_t)code, 1);
    wire_le(&wire, (uint8_t)condition, 1);
    wire_le(&wire, 0, 4);
    wire_le(&wire, 310000, 4);
    wire_le(&wire, 0, 4);
    wire_text(&wire, "N", 1);
    wire_le(&wire, 0, 4);
    wire_le(&wire, 0, 4);
    wire_le(&wire, (uint8_t)restricted, 1);
    wire_text(&wire, "P", 1);
    wire_text(&wire, "", 1);
    decode();
}

static void expect_state(uint16_t action, uint16_t reason, const char *answers)
{
    const struct hr_status status = {.header = expected_header(&decoding, 0x12, 40, INDEX),
                                     .ts_recv = TS_RECV,
                                     .action = action,
                                     .reason = reason,
                                     .is_trading = answers[0],
                                     .is_quoting = answers[1],
                                     .is_short_sell_restricted = answers[2]};
    expect_record(&decoding, 0, &status, sizeof status, 1U << HR_SCHEMA_STATUS);
}

static void every_security_status(void **state)
{
    (void)state;
    static const struct {
        char code;
        uint16_t action;
        uint16_t reason;
        const char *answers;
    } known[] = {{'4', 8, 0, "NNN"},  {'5', 7, 0, "YYN"},  {'6', 10, 0, "NNN"}, {'A', 14, 3, "~~N"}, {'B', 1, 1, "~~N"},
                 {'C', 14, 1, "~~N"}, {'D', 14, 0, "~~N"}, {'E', 7, 1, "YYN"},  {'G', 6, 0, "~~N"},  {'I', 6, 0, "~~N"},
                 {'L', 13, 1, "YYN"}, {'O', 7, 1, "YYN"},  {'P', 1, 1, "~~N"},  {'X', 12, 1, "NNN"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char answers[4];
        status_of(known[i].code, '~', '~');
        expect_state(known[i].action, known[i].reason, known[i].answers);
        status_of(known[i].code, ' ', 'E');
        snprintf(answers, sizeof answers, "%.2sY", known[i].answers);
        expect_state(known[i].action, known[i].reason, answers);
        status_of(known[i].code, 'M', '~');
        expect_state(known[i].action, HR_REASON_LULD_PAUSE, known[i].answers);
    }
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void every_halt_condition(void **state)
{
    (void)state;
    static const struct {
        char code;
        uint16_t reason;
    } known[] = {{'~', 0},  {' ', 0},  {'D', 31}, {'I', 40},  {'P', 30},  {'M', 50}, {'X', 60},  {'A', 70},  {'C', 10},
                 {'E', 80}, {'F', 90}, {'V', 90}, {'N', 100}, {'O', 110}, {'6', 0},  {'1', 120}, {'2', 121}, {'3', 122}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        status_of('4', known[i].code, '~');
        expect_state(HR_STATUS_HALT, known[i].reason, "NNN");
    }
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void codes_that_there_are_not_say_nothing(void **state)
{
    (void)state;
    status_of('?', '~', '~');
    expect_state(HR_STATUS_NONE, HR_REASON_NONE, "~~N");
    assert_int_equal(decoding.counters.bad_value, 1);
    status_of('4', '?', '~');
    expect_state(HR_STATUS_HALT, HR_REASON_NONE, "NNN");
    assert_int_equal(decoding.counters.bad_value, 2);
    status_of('O', '~', '?');
    expect_state(HR_STATUS_TRADING, HR_REASON_SCHEDULED, "YY~");
    assert_int_equal(decoding.counters.bad_value, 3);
}

/* The first 27 bytes of what DBN has no record for. */
static void expect_raw(uint32_t number, uint64_t ts_event)
{
    struct hr_native native = {.header = expected_header(&decoding, 0xE7, 56, number),
                               .ts_recv = TS_RECV,
                               .sequence = 7,
                               .message_length = (uint8_t)(wire.length < 27 ? wire.length : 27)};
    native.header.ts_event = ts_event;
    memcpy(native.message, wire.bytes, native.message_length);
    expect_record(&decoding, 0, &native, sizeof native, 1U << HR_SCHEMA_NATIVE);
}

static void everything_else_goes_out_as_it_came(void **state)
{
    (void)state;
    begin(1);
    source_time();
    fill();
    decode();
    expect_raw(0, TS_EVENT);
    begin(32);
    source_time();
    wire_le(&wire, INDEX, 4);
    fill();
    decode();
    expect_raw(INDEX, TS_EVENT);
    static const uint16_t without_time[] = {10, 11, 12, 31, 35};
    for (size_t i = 0; i < COUNT_OF(without_time); i++) {
        begin(without_time[i]);
        wire_le(&wire, INDEX, 4); /* where others have a symbol, these have none */
        fill();
        decode();
        expect_raw(0, SEND_TIME);
    }
    begin(13);
    wire_le(&wire, INDEX, 4);
    fill();
    decode();
    expect_raw(INDEX, SEND_TIME);
    begin(15);
    wire_le(&wire, 0, 4); /* all symbols */
    fill();
    decode();
    expect_raw(0, SEND_TIME);
    assert_int_equal(decoding.decoder.instruments.count, 1);
}

static void symbols_without_room_go_out_as_instrument_0(void **state)
{
    (void)state;
    static struct decoding small;
    decoding_open(&small, &hr_protocol_nyse21, 16);
    for (uint32_t i = 1; i <= 20; i++) {
        imbalance_of(i, 1, 930, 'B');
        decoding_run(&small, &(struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length}, 1);
        assert_int_equal(small.records[0].instrument, i <= 15 ? i : 0);
        mapping_of(i, "X", 1, 4, 1);
        decoding_run(&small, &(struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length}, 1);
        assert_int_equal(small.records[0].instrument, i <= 15 ? i : 0);
    }
    assert_int_equal(small.counters.instruments_refused, 10);
    assert_int_equal(small.counters.decoded, 40);
    assert_int_equal(small.decoder.instruments.decimals[0], 0); /* the venue as a whole has no prices */
    decoding_close(&small);
}

/* Every type, also those of two bytes, at every length. */
static void wrong_lengths_and_unknown_types_are_counted(void **state)
{
    (void)state;
    struct guard guard;
    uint8_t bytes[80];
    unsigned known = 0;
    guard_create(&guard);
    for (unsigned type = 0; type < 1024; type++) {
        uint32_t expected = type < 256 ? lengths[type] : 0;
        known += expected != 0;
        for (uint32_t length = 0; length < sizeof bytes; length++) {
            memset(bytes, ' ', sizeof bytes);
            bytes[2] = (uint8_t)type;
            bytes[3] = (uint8_t)(type >> 8);
            const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
            struct hr_decode_counters before = decoding.counters;
            decoding_run(&decoding, &message, 1);
            assert_int_equal(decoding.counters.messages, before.messages + 1);
            assert_int_equal(decoding.counters.decoded - before.decoded, length >= 4 && length == expected);
            assert_int_equal(decoding.counters.unknown_type - before.unknown_type, length >= 4 && !expected);
            assert_int_equal(decoding.counters.bad_length - before.bad_length, length < 4 || (expected && length != expected));
            assert_int_equal(decoding.record_count, decoding.counters.decoded - before.decoded);
        }
    }
    assert_int_equal(known, 12);
    assert_int_equal(hr_protocol_nyse21.layout_count, 12);
    guard_destroy(&guard);
}

static void any_bytes_are_counted_once(void **state)
{
    (void)state;
    static const uint8_t types[] = {1, 3, 10, 11, 12, 13, 15, 31, 32, 34, 35, 105};
    struct hr_sim_random random;
    struct guard guard;
    hr_sim_random_seed(&random, seed);
    guard_create(&guard);
    for (int round = 0; round < 100000; round++) {
        uint8_t bytes[80];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)hr_sim_random_next(&random);
        bytes[2] = types[hr_sim_random_below(&random, COUNT_OF(types))];
        bytes[3] = hr_sim_random_below(&random, 10) == 0;
        uint32_t length = hr_sim_random_below(&random, 10) ? lengths[bytes[2]] : hr_sim_random_below(&random, sizeof bytes + 1);
        const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
        decoding_run(&decoding, &message, 1);
        assert_int_equal(decoding.counters.messages, decoding.counters.decoded + refused_messages(&decoding.counters));
        for (uint32_t i = 0; i < decoding.record_count; i++)
            assert_int_equal(hr_record_bytes(header_at(i)), decoding.records[i].bytes);
    }
    assert_true(decoding.counters.decoded > 50000);
    guard_destroy(&guard);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_decoder, close_decoder)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(mapping_becomes_a_definition_and_a_name),
        T(mapping_that_says_what_there_is_not_is_counted),
        T(imbalance_field_by_field),
        T(prices_have_the_decimals_of_their_mapping),
        T(auction_time_is_of_the_messages_day),
        T(every_security_status),
        T(every_halt_condition),
        T(codes_that_there_are_not_say_nothing),
        T(everything_else_goes_out_as_it_came),
        T(symbols_without_room_go_out_as_instrument_0),
        T(wrong_lengths_and_unknown_types_are_counted),
        T(any_bytes_are_counted_once),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("nyse21", tests, NULL, NULL);
}
