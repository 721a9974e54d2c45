/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE iMpact 1.1.33: each of the 38 message types from bytes written by hand after the specification to the records that it
 * becomes; bundles; orders through the book; wrong lengths, counts that lie and unknown types; nothing read past the end.
 *
 * usage: test_impact11 [seed]
 */
#include "test.h"

#include "decoding.h"

#define UNDEF INT64_MAX
#define LAST HR_FLAG_LAST
#define OURS HR_FLAG_PUBLISHER_SPECIFIC
#define MARKET UINT32_C(1660891)
#define ORDER UINT64_C(5364671)
#define EVENT_MS UINT64_C(1767623400123)
#define SENT_NS (TS_RECV - 4321)
#define UNIT INT64_C(1000000000)
#define TYPES "CGYHIJKLMNcOzufgiV9RbDEFT340mtsrUlkvwW"

/* Of the specification: the length of every message's body, without what repeats. */
static const uint16_t bodies[256] = {
    ['C'] = 133, ['G'] = 46,  ['Y'] = 50,  ['H'] = 37,  ['I'] = 36, ['J'] = 52, ['K'] = 13, ['L'] = 1008,
    ['M'] = 30,  ['N'] = 20,  ['c'] = 20,  ['O'] = 37,  ['z'] = 61, ['u'] = 80, ['f'] = 13, ['g'] = 25,
    ['i'] = 88,  ['V'] = 34,  ['9'] = 510, ['R'] = 503, ['b'] = 1,  ['D'] = 41, ['E'] = 50, ['F'] = 24,
    ['T'] = 1,   ['3'] = 25,  ['4'] = 78,  ['0'] = 25,  ['m'] = 26, ['t'] = 34, ['s'] = 34, ['r'] = 14,
    ['U'] = 122, ['l'] = 322, ['k'] = 31,  ['v'] = 26,  ['w'] = 53, ['W'] = 83,
};

static uint64_t seed;
static struct decoding decoding;
static struct wire wire;

static int open_decoder(void **state)
{
    (void)state;
    decoding_open(&decoding, &hr_protocol_impact11, DECODING_INSTRUMENTS);
    decoding.packet.send_time_ns = SENT_NS;
    return 0;
}

static int close_decoder(void **state)
{
    (void)state;
    decoding_close(&decoding);
    return 0;
}

static void begin(char type, size_t body)
{
    wire.length = 0;
    wire_be(&wire, (uint8_t)type, 1);
    wire_be(&wire, body, 2);
}

/* A message of `type` about the market, all its other bytes 0 until they are set. */
static void about_market(char type)
{
    size_t body = bodies[(uint8_t)type];
    begin(type, body);
    wire_be(&wire, MARKET, 4);
    memset(wire.bytes + wire.length, 0, body - 4);
    wire.length += body - 4;
}

/* An offset of the specification: within the body. */
static void put(size_t at, uint64_t value, int bytes)
{
    size_t length = wire.length;
    wire.length = 3 + at;
    wire_be(&wire, value, bytes);
    wire.length = length;
}

static void put_text(size_t at, const char *text)
{
    memcpy(wire.bytes + 3 + at, text, strlen(text));
}

static void decode(uint32_t records)
{
    decoding_one(&decoding, &wire, records);
}

static const void *record(uint32_t at)
{
    assert_true(at < decoding.record_count);
    return decoding.records[at].record;
}

static void expect(uint32_t at, uint64_t ts_event, char action, char side, uint64_t order_id, int64_t price, uint32_t size,
                   uint8_t flags)
{
    struct hr_mbo mbo = {.header = expected_header(&decoding, 0xA0, 56, MARKET),
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
    mbo.header.ts_event = ts_event;
    expect_record(&decoding, at, &mbo, sizeof mbo, 1U << HR_SCHEMA_MBO);
    assert_int_equal(decoding.records[at].instrument, 1);
}

static void expect_statistic(uint32_t at, uint16_t type, int64_t price, int64_t quantity, uint64_t ts_ref, uint8_t flags)
{
    const struct hr_statistics *found = record(at);
    struct hr_statistics expected = {.header = expected_header(&decoding, 0x18, 80, MARKET),
                                     .ts_recv = TS_RECV,
                                     .ts_ref = ts_ref,
                                     .price = price,
                                     .quantity = quantity,
                                     .sequence = 7,
                                     .ts_in_delta = 4321,
                                     .stat_type = type,
                                     .channel_id = CHANNEL,
                                     .update_action = 1,
                                     .stat_flags = flags};
    expected.header.ts_event = found->header.ts_event;
    expect_record(&decoding, at, &expected, sizeof expected, 1U << HR_SCHEMA_STATISTICS);
}

static void expect_price(uint32_t at, uint16_t type, int64_t price)
{
    expect_statistic(at, type, price * UNIT, INT64_MAX, UINT64_MAX, 255);
}

static void expect_volume(uint32_t at, uint16_t type, int64_t quantity)
{
    expect_statistic(at, type, UNDEF, quantity, UINT64_MAX, 255);
}

static void expect_state(uint32_t at, uint16_t action, uint16_t reason, const char *answers)
{
    const struct hr_status *status = record(at);
    assert_int_equal(status->header.rtype, 0x12);
    assert_int_equal(status->header.instrument_id, MARKET);
    assert_int_equal(status->action, action);
    assert_int_equal(status->reason, reason);
    assert_memory_equal(&status->is_trading, answers, 3);
}

static uint64_t ts_event(uint32_t at)
{
    return ((const struct hr_record_header *)record(at))->ts_event;
}

/* ---- orders ---- */

static void order(uint64_t id, char side, int64_t price, uint32_t quantity, uint8_t flags)
{
    about_market('E');
    put(4, id, 8);
    put(14, (uint8_t)side, 1);
    put(15, (uint64_t)price, 8);
    put(23, quantity, 4);
    put_text(27, "NN");
    put(29, EVENT_MS, 8);
    put(37, flags, 1);
    put(38, 308003, 4);
    put(42, EVENT_MS * 1000000 + 308000, 8);
}

static void delete (uint64_t id)
{
    about_market('F');
    put(4, id, 8);
    put(12, EVENT_MS, 8);
    put(20, 308004, 4);
}

#define AT_308003 (EVENT_MS * 1000000 + 308003)
#define AT_308004 (EVENT_MS * 1000000 + 308004)

static void E_F_an_order_from_beginning_to_end(void **state)
{
    (void)state;
    order(ORDER, '1', 24460, 15, 0);
    decode(1);
    expect(0, AT_308003, 'A', 'B', ORDER, 24460 * UNIT, 15, LAST);
    order(ORDER, '1', 24465, 10, 1);
    decode(1);
    expect(0, AT_308003, 'M', 'B', ORDER, 24465 * UNIT, 10, LAST);
    assert_int_equal(decoding.book.orders.count, 1);
    delete (ORDER);
    decode(1);
    expect(0, AT_308004, 'C', 'B', ORDER, 24465 * UNIT, 10, LAST);
    assert_int_equal(decoding.book.orders.count, 0);
    assert_int_equal(decoding.book_counters.duplicate_adds, 0);
    delete (ORDER);
    decode(1);
    expect(0, AT_308004, 'C', 'N', ORDER, UNDEF, UINT32_MAX, LAST | HR_FLAG_MAYBE_BAD_BOOK);
    assert_int_equal(decoding.book_counters.unknown_deletions, 1);
}

/* A modification says all that there is to know: it makes an order known. */
static void E_modification_of_an_order_that_is_not_known(void **state)
{
    (void)state;
    order(ORDER, '2', -35, 15, 1);
    decode(1);
    expect(0, AT_308003, 'M', 'A', ORDER, -35 * UNIT, 15, LAST);
    delete (ORDER);
    decode(1);
    expect(0, AT_308004, 'C', 'A', ORDER, -35 * UNIT, 15, LAST);
}

static void E_implied_orders_are_marked_and_requests_are_no_orders(void **state)
{
    (void)state;
    order(ORDER, '1', 24460, 15, 0);
    put(27, 'Y', 1);
    decode(1);
    expect(0, AT_308003, 'A', 'B', ORDER, 24460 * UNIT, 15, LAST | OURS);
    order(ORDER + 1, ' ', 0, 15, 0);
    put(28, 'Y', 1);
    decode(1);
    expect(0, AT_308003, 'N', 'N', ORDER + 1, 0, 15, LAST);
    assert_int_equal(decoding.book.orders.count, 1);
}

static void E_time_is_that_of_the_last_change(void **state)
{
    (void)state;
    order(ORDER, '1', 24460, 15, 1);
    put(42, (EVENT_MS + 5) * 1000000 + 1, 8); /* modified later than entered */
    decode(1);
    assert_int_equal(ts_event(0), (EVENT_MS + 5) * 1000000 + 1);
    order(ORDER, '1', 24460, 15, 0);
    put(42, 0, 8);
    decode(1);
    assert_int_equal(ts_event(0), AT_308003);
    assert_int_equal(decoding.counters.bad_value, 0);
    order(ORDER, '1', 24460, 15, 0);
    put(38, 1000000, 4); /* no part of a millisecond */
    decode(1);
    assert_int_equal(ts_event(0), EVENT_MS * 1000000);
    assert_int_equal(decoding.counters.bad_value, 1);
    order(ORDER, '1', 24460, 15, 0);
    put(29, UINT64_MAX, 8);
    put(42, 0, 8);
    decode(1);
    assert_int_equal(ts_event(0), UINT64_MAX);
    assert_int_equal(decoding.counters.bad_value, 2);
}

static void E_values_out_of_range_are_undefined_and_counted(void **state)
{
    (void)state;
    static const struct {
        int64_t wire;
        int64_t price;
    } known[] = {{9223372036, 9223372036 * UNIT},   {9223372037, UNDEF},  {INT64_MAX, UNDEF},
                 {-9223372036, -9223372036 * UNIT}, {-9223372037, UNDEF}, {INT64_MIN, UNDEF}};
    uint64_t bad = 0;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        order(ORDER, '1', known[i].wire, 15, 1);
        decode(1);
        expect(0, AT_308003, 'M', 'B', ORDER, known[i].price, 15, LAST);
        bad += known[i].price == UNDEF;
        assert_int_equal(decoding.counters.bad_value, bad);
    }
    order(ORDER, 'Z', 1, UINT32_C(0x80000000), 1);
    decode(1);
    expect(0, AT_308003, 'M', 'N', ORDER, UNIT, UINT32_MAX, LAST);
    assert_int_equal(decoding.counters.bad_value, bad + 2);
}

static void trade(char indicator, const char *type, char aggressor)
{
    about_market('G');
    put(4, 5353682, 8);
    put(12, 'N', 1);
    put(13, 24550, 8);
    put(21, 5, 4);
    put(25, (uint8_t)indicator, 1);
    put(26, EVENT_MS, 8);
    put_text(34, " NN");
    put(37, (uint8_t)aggressor, 1);
    put_text(39, type);
    put(42, 308003, 4);
    decode(1);
}

static void G_trades_on_and_off_the_market(void **state)
{
    (void)state;
    trade(' ', " ", '1');
    expect(0, AT_308003, 'T', 'B', 5353682, 24550 * UNIT, 5, LAST);
    trade(' ', "", '2');
    expect(0, AT_308003, 'T', 'A', 5353682, 24550 * UNIT, 5, LAST);
    trade('K', "K", ' ');
    expect(0, AT_308003, 'T', 'N', 5353682, 24550 * UNIT, 5, LAST | OURS);
    trade(' ', "AA", ' ');
    expect(0, AT_308003, 'T', 'N', 5353682, 24550 * UNIT, 5, LAST | OURS);
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void Y_spot_trade_and_I_cancelled_trade(void **state)
{
    (void)state;
    about_market('Y');
    put(4, 11, 8);
    put(12, 24550, 8);
    put(20, 5, 4);
    put(24, EVENT_MS, 8);
    decode(1);
    expect(0, EVENT_MS * 1000000, 'T', 'N', 11, 24550 * UNIT, 5, LAST);
    about_market('I');
    put(4, 11, 8);
    put(12, 24550, 8);
    put(20, 5, 4);
    put(25, TS_EVENT, 8); /* in nanoseconds, as no time in milliseconds can be */
    decode(1);
    expect_trade_break(&decoding, MARKET, 11, 24550 * UNIT, 5);
}

static void D_snapshot_order_is_an_order_from_then_on(void **state)
{
    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        about_market('D');
        put(4, ORDER, 8);
        put(14, '2', 1);
        put(15, 24460, 8);
        put(23, 15 + again, 4);
        put_text(27, again ? "YN" : "NN");
        put(29, EVENT_MS, 8);
        put(37, 308003, 4);
        decode(1);
        expect(0, AT_308003, 'A', 'A', ORDER, 24460 * UNIT, 15 + again, LAST | HR_FLAG_SNAPSHOT | (again ? OURS : 0));
    }
    assert_int_equal(decoding.book_counters.duplicate_adds, 0);
    delete (ORDER);
    decode(1);
    expect(0, AT_308004, 'C', 'A', ORDER, 24460 * UNIT, 16, LAST);
}

/* ---- levels ---- */

static void t_s_r_m_price_levels_by_position(void **state)
{
    (void)state;
    static const struct {
        char type;
        char action;
        uint8_t flags;
    } known[] = {{'t', 'A', 0}, {'s', 'M', 0}, {'r', 'C', 0}, {'m', 'A', HR_FLAG_SNAPSHOT}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        int gone = known[i].type == 'r';
        about_market(known[i].type);
        put(4, '1', 1);
        put(5, 3, 1);
        if (!gone) {
            put(6, 24460, 8);
            put(14, 15, 4);
        }
        if (known[i].type != 'm')
            put(gone ? 6 : 26, TS_EVENT, 8);
        decode(1);
        expect(0, TS_EVENT, known[i].action, 'B', 3, gone ? UNDEF : 24460 * UNIT, gone ? 0 : 15,
               LAST | HR_FLAG_MBP | known[i].flags);
    }
}

/* ---- bundles ---- */

/* Messages of one batch: T begins or ends a bundle, E is an order of the market with that number. */
static uint32_t run(const char *script, const uint32_t *markets)
{
    static uint8_t bytes[HR_BATCH_MESSAGES][64];
    struct hr_message messages[HR_BATCH_MESSAGES];
    uint32_t count = 0;
    for (; script[count]; count++) {
        if (script[count] == 'E') {
            order(ORDER + count, '1', 1, 1, 0);
            put(0, *markets++, 4);
        } else {
            begin('T', 1);
            wire_be(&wire, script[count] == '(' ? 'S' : script[count] == ')' ? 'E' : 'Z', 1);
        }
        memcpy(bytes[count], wire.bytes, wire.length);
        messages[count] = (struct hr_message){.bytes = bytes[count], .length = (uint32_t)wire.length};
    }
    decoding_run(&decoding, messages, count);
    assert_int_equal(decoding.record_count, count);
    return count;
}

/* The records with LAST, by place in the script. */
static void expect_last(const char *lasts)
{
    for (uint32_t i = 0; lasts[i]; i++) {
        const struct hr_mbo *mbo = record(i);
        if (mbo->header.rtype == 0xA0)
            assert_int_equal(mbo->flags & LAST, lasts[i] == 'x' ? LAST : 0);
        else
            assert_int_equal(lasts[i], '-');
    }
}

static void T_last_is_the_last_of_each_market_in_a_bundle(void **state)
{
    (void)state;
    run("E(EEEE)E", (const uint32_t[]){1, 2, 3, 2, 2, 9});
    expect_last("x-.x.x-x");
    run("(E)(E)", (const uint32_t[]){1, 1});
    expect_last("-x--x-");
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void T_bundle_that_goes_over_the_end_of_a_batch(void **state)
{
    (void)state;
    run("(EE", (const uint32_t[]){1, 2});
    expect_last("-..");
    run("E)E", (const uint32_t[]){2, 3});
    expect_last("x-x");
}

static void T_markers_that_do_not_pair(void **state)
{
    (void)state;
    run("E)E", (const uint32_t[]){1, 2}); /* the beginning was missed */
    expect_last("x-x");
    run("(E(E)", (const uint32_t[]){1, 1}); /* the end was */
    expect_last("-.-x-");
    run("(E", (const uint32_t[]){1});
    hr_protocol_impact11.begin_session(&decoding.decoder, TS_RECV);
    run("E", (const uint32_t[]){1});
    expect_last("x");
    run("?", NULL);
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void T_bundles_of_other_channels_are_others(void **state)
{
    (void)state;
    run("(E", (const uint32_t[]){1});
    decoding.packet.channel_id++;
    run("E", (const uint32_t[]){1});
    expect_last("x");
    decoding.packet.channel_id--;
    run("E)", (const uint32_t[]){1});
    expect_last("x-");
}

/* ---- statistics and states ---- */

static void J_market_statistics(void **state)
{
    (void)state;
    about_market('J');
    put(4, 1030, 4);
    put(8, 480, 4);
    put(16, 120, 4);
    put(20, 24575, 8);
    put(28, 24350, 8);
    put(36, 24493, 8);
    put(44, EVENT_MS, 8);
    decode(5);
    expect_volume(0, 6, 1030);
    expect_volume(1, 19, 480);
    expect_price(2, 5, 24575);
    expect_price(3, 4, 24350);
    expect_price(4, 13, 24493);
    assert_int_equal(ts_event(4), EVENT_MS * 1000000);
}

static void M_v_open_interest(void **state)
{
    (void)state;
    about_market('M');
    put(4, 542, 4);
    put(12, EVENT_MS, 8);
    put_text(20, "2018-08-20");
    decode(1);
    expect_statistic(0, 9, UNDEF, 542, UINT64_C(1534723200000000000), 255);
    about_market('v');
    put(4, 542, 4);
    put(8, EVENT_MS, 8);
    put_text(16, "2018-02-30");
    decode(1);
    expect_volume(0, 9, 542);
    assert_int_equal(ts_event(0), EVENT_MS * 1000000);
}

static void N_c_z_g_prices(void **state)
{
    (void)state;
    static const struct {
        char type;
        uint8_t stat;
        size_t time_at;
        uint8_t more;
    } known[] = {{'N', 1, 12, 0}, {'c', 11, 12, 0}, {'g', 2, 12, 0}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        about_market(known[i].type);
        put(4, 19425, 8);
        put(known[i].time_at, EVENT_MS, 8);
        decode(1);
        expect_price(0, known[i].stat, 19425);
        assert_int_equal(ts_event(0), EVENT_MS * 1000000);
    }
    put(20, 'Y', 1);
    put(21, 77, 4);
    decode(1);
    expect_statistic(0, 2, 19425 * UNIT, 77, UINT64_MAX, 255);
    about_market('z');
    put(4, 19425, 8);
    put(42, EVENT_MS, 8);
    decode(1);
    expect_price(0, 10002, 19425);
    assert_int_equal(ts_event(0), EVENT_MS * 1000000);
}

static void O_w_settlement(void **state)
{
    (void)state;
    static const char types[] = {'O', 'w'};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        about_market(types[i]);
        put(4, 24500, 8);
        put(12, EVENT_MS, 8);
        put(20, i ? 'N' : 'Y', 1);
        put(21, EVENT_MS + 1, 8);
        if (i) {
            put(29, 31, 8);
            put(45, (uint64_t)-2, 8);
        }
        decode(i ? 3 : 1);
        expect_statistic(0, 3, 24500 * UNIT, INT64_MAX, (EVENT_MS + 1) * 1000000, i ? 0 : 1);
        assert_int_equal(ts_event(0), EVENT_MS * 1000000);
    }
    expect_price(1, 14, 31);
    expect_price(2, 15, -2);
}

static void u_end_of_day(void **state)
{
    (void)state;
    about_market('u');
    put(4, 1, 4);
    put(8, 2, 4);
    for (unsigned i = 0; i < 5; i++)
        put(20 + 8 * i, 10 + i, 8);
    put(60, 3, 4);
    put(64, EVENT_MS, 8);
    decode(8);
    expect_volume(0, 6, 1);
    expect_volume(1, 19, 2);
    expect_volume(2, 9, 3);
    expect_price(3, 1, 10);
    expect_price(4, 5, 11);
    expect_price(5, 4, 12);
    expect_price(6, 13, 13);
    expect_statistic(7, 3, 14 * UNIT, INT64_MAX, UINT64_MAX, 0);
}

static void K_market_states(void **state)
{
    (void)state;
    static const struct {
        char code;
        uint16_t action;
        const char *answers;
    } known[] = {{'O', HR_STATUS_TRADING, "YY~"},  {'C', HR_STATUS_CLOSE, "NN~"},     {'E', 15, "NN~"},
                 {'1', HR_STATUS_PRE_OPEN, "NY~"}, {'2', HR_STATUS_PRE_CLOSE, "~~~"}, {'Z', HR_STATUS_NONE, "~~~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        about_market('K');
        put(4, (uint8_t)known[i].code, 1);
        put(5, EVENT_MS, 8);
        decode(1);
        expect_state(0, known[i].action, HR_REASON_NONE, known[i].answers);
        assert_int_equal(ts_event(0), EVENT_MS * 1000000);
    }
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void V_price_limits(void **state)
{
    (void)state;
    static const uint16_t actions[] = {HR_STATUS_PAUSE, HR_STATUS_TRADING, HR_STATUS_NONE};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        about_market('V');
        put(4, (uint8_t) "SEZ"[i], 1);
        put(5, EVENT_MS, 8);
        put(18, 25000, 8);
        put(26, 24000, 8);
        decode(3);
        expect_price(0, 17, 25000);
        expect_price(1, 18, 24000);
        expect_state(2, actions[i], HR_REASON_MARKET_EVENT, "~~~");
    }
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void C_snapshot_clears_and_tells_the_market(void **state)
{
    (void)state;
    about_market('C');
    put(6, 'O', 1);
    put(7, 1, 4);
    put(11, 2, 4);
    put(23, 3, 4);
    for (unsigned i = 0; i < 5; i++)
        put(27 + 8 * i, 10 + i, 8);
    put(91, EVENT_MS, 8);
    put_text(105, "2018-08-20");
    put(115, 'Y', 1);
    decode(10);
    expect(0, SENT_NS, 'R', 'N', 0, UNDEF, 0, LAST | HR_FLAG_SNAPSHOT);
    expect_state(1, HR_STATUS_TRADING, HR_REASON_NONE, "YY~");
    expect_volume(2, 6, 1);
    expect_volume(3, 19, 2);
    expect_statistic(4, 9, UNDEF, 3, UINT64_C(1534723200000000000), 255);
    expect_price(5, 1, 10);
    expect_price(6, 5, 12);
    expect_price(7, 4, 13);
    expect_price(8, 13, 14);
    expect_statistic(9, 3, 11 * UNIT, INT64_MAX, EVENT_MS * 1000000, 1);
}

/* ---- definitions ---- */

static void expect_name(uint32_t index, const char *name)
{
    char text[HR_INSTRUMENT_TEXT_BYTES];
    hr_instruments_symbol(&decoding.decoder.instruments, index, text);
    assert_string_equal(text, name);
}

static void R_new_expiry_names_the_market(void **state)
{
    (void)state;
    about_market('R');
    put(6, 3, 1);
    put(7, 5, 4);
    put(15, 1, 4);
    put(139, 2018, 2);
    put(141, 9, 2);
    put(143, 28, 2);
    put(146, 1, 4);
    put_text(154, "EUR");
    put(189, (uint64_t)-100, 8);
    put(197, 99999, 8);
    put_text(399, "NDEX");
    put_text(417, "TFM FMV0018!");
    put_text(472, "MWh");
    decode(1);
    const struct hr_definition *definition = record(0);
    expect_name(1, "TFM FMV0018!");
    assert_int_equal(definition->header.instrument_id, MARKET);
    assert_int_equal(definition->header.ts_event, SENT_NS);
    assert_int_equal(definition->raw_instrument_id, MARKET);
    assert_string_equal(definition->raw_symbol, "TFM FMV0018!");
    assert_string_equal(definition->exchange, "NDEX");
    assert_string_equal(definition->currency, "EUR");
    assert_string_equal(definition->security_type, "FUT");
    assert_string_equal(definition->unit_of_measure, "MWh");
    assert_int_equal(definition->instrument_class, 'F');
    assert_int_equal(definition->display_factor, 1000000);
    assert_int_equal(definition->min_price_increment, 5 * UNIT);
    assert_int_equal(definition->min_lot_size_round_lot, 1);
    assert_int_equal(definition->min_trade_vol, 1);
    assert_int_equal(definition->low_limit_price, -100 * UNIT);
    assert_int_equal(definition->high_limit_price, 99999 * UNIT);
    assert_int_equal(definition->expiration, UINT64_C(1538092800000000000));
    assert_int_equal(definition->maturity_year, 2018);
    assert_int_equal(definition->maturity_month, 9);
    assert_int_equal(definition->maturity_day, 28);
    put(6, 10, 1); /* more decimals than a price has */
    decode(1);
    assert_int_equal(((const struct hr_definition *)record(0))->display_factor, UNDEF);
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void l_new_option(void **state)
{
    (void)state;
    about_market('l');
    put(4, 77, 4);
    put_text(8, "BRN FMZ0018_OMPA0000065000122618");
    put(79, 2, 1);
    put(208, 'P', 1);
    put(209, 6500, 8);
    put(242, 2, 1);
    put(263, 2018, 2);
    put(265, 12, 2);
    put(267, 26, 2);
    decode(1);
    const struct hr_definition *definition = record(0);
    expect_name(1, "1660891"); /* too long a name is none */
    assert_string_equal(definition->raw_symbol, "BRN FMZ0018_OMPA0000065000122618");
    assert_string_equal(definition->security_type, "OOF");
    assert_int_equal(definition->instrument_class, 'P');
    assert_int_equal(definition->strike_price, 65 * UNIT);
    assert_int_equal(definition->underlying_id, 77);
    assert_int_equal(definition->maturity_day, 26);
    assert_int_equal(decoding.counters.bad_value, 0);
    put(208, 'Z', 1);
    put(209, INT64_MAX, 8);
    decode(1);
    assert_int_equal(((const struct hr_definition *)record(0))->strike_price, UNDEF);
    assert_int_equal(((const struct hr_definition *)record(0))->instrument_class, 0);
    assert_int_equal(decoding.counters.bad_value, 2);
}

static void leg(uint32_t market, int64_t underlying, char side)
{
    wire_be(&wire, underlying < 0 ? 25 : 29, 1);
    wire_be(&wire, market, 4);
    if (underlying >= 0)
        wire_be(&wire, (uint64_t)underlying, 4);
    wire_be(&wire, 1, 2);
    wire_be(&wire, (uint8_t)side, 1);
    wire_be(&wire, 0, 2);
    for (unsigned i = 1; i <= 4; i++)
        wire_be(&wire, i, 4);
}

static void expect_leg(uint32_t at, uint32_t count, uint32_t market, char side)
{
    const struct hr_definition *definition = record(at);
    assert_int_equal(definition->header.instrument_id, MARKET);
    assert_int_equal(definition->leg_count, count);
    assert_int_equal(definition->leg_index, at);
    assert_int_equal(definition->leg_instrument_id, market);
    assert_int_equal(definition->leg_side, side);
    assert_int_equal(definition->leg_ratio_qty_numerator, 1);
    assert_int_equal(definition->leg_ratio_qty_denominator, 2);
    assert_int_equal(definition->leg_ratio_price_numerator, 3);
    assert_int_equal(definition->leg_ratio_price_denominator, 4);
}

static void strategy_9(uint32_t legs)
{
    about_market('9');
    put_text(4, "TFM FMV0018-TFM FMX18");
    put(75, 3, 1);
    put(88, legs, 1);
    for (uint32_t i = 0; i < legs; i++)
        leg(100 + i, -1, i % 2 ? '2' : '1');
}

static void futures_strategy_9_has_a_definition_for_each_leg(void **state)
{
    (void)state;
    strategy_9(2);
    decode(2);
    expect_leg(0, 2, 100, 'B');
    expect_leg(1, 2, 101, 'A');
    expect_name(1, "TFM FMV0018-TFM FMX18");
    assert_int_equal(((const struct hr_definition *)record(1))->instrument_class, 'S');
    strategy_9(0);
    decode(1);
    assert_int_equal(((const struct hr_definition *)record(0))->leg_count, 0);
    assert_int_equal(decoding.counters.bad_value, 0);
    strategy_9(255); /* more than there is room for */
    decode(64);
    expect_leg(63, 255, 163, 'A');
    assert_int_equal(decoding.counters.bad_value, 1);
}

static void U_options_strategy_has_legs_and_hedges(void **state)
{
    (void)state;
    about_market('U');
    put(4, 77, 4);
    put_text(8, "12345678901234567890123456789012345");
    put_text(86, "678");
    put(57, 2, 1);
    put(58, 1, 1);
    leg(100, 5, '1');
    leg(101, 6, '2');
    wire_text(&wire, "hedge", 20);
    decode(2);
    expect_leg(0, 2, 100, 'B');
    expect_leg(1, 2, 101, 'A');
    const struct hr_definition *definition = record(1);
    assert_int_equal(definition->leg_underlying_id, 6);
    assert_int_equal(definition->underlying_id, 77);
    assert_int_equal(definition->instrument_class, 'T');
    assert_string_equal(definition->raw_symbol, "12345678901234567890123456789012345678");
    expect_name(1, "1660891");
}

/* A batch of strategies does not overrun what a batch has room for: the decoder stops before, and goes on later. */
static void batch_that_has_no_room_is_taken_in_parts(void **state)
{
    (void)state;
    struct hr_message messages[HR_BATCH_MESSAGES];
    uint32_t done = 0, calls = 0;
    strategy_9(64);
    for (uint32_t i = 0; i < HR_BATCH_MESSAGES; i++)
        messages[i] = (struct hr_message){.bytes = wire.bytes, .length = (uint32_t)wire.length};
    for (; done < HR_BATCH_MESSAGES; calls++) {
        decoding.events.count = 0;
        decoding.events.arena_used = 0;
        uint32_t taken = hr_protocol_impact11.decode(&decoding.decoder, messages + done, HR_BATCH_MESSAGES - done,
                                                     &decoding.packet, &decoding.events);
        assert_true(taken > 0);
        assert_int_equal(decoding.events.count, taken * 64);
        assert_true(decoding.events.arena_used <= HR_ARENA_BYTES);
        done += taken;
    }
    assert_true(calls > 1);
    assert_int_equal(decoding.counters.messages, HR_BATCH_MESSAGES);
    assert_int_equal(decoding.counters.decoded, HR_BATCH_MESSAGES);
}

/* ---- the rest ---- */

static void H_L_f_i_b_3_4_0_k_W_as_they_came(void **state)
{
    (void)state;
    static const struct {
        char type;
        uint32_t instrument;
        size_t time_at; /* 0: it has none */
    } known[] = {{'H', MARKET, 25}, {'L', 0, 200},     {'f', MARKET, 5}, {'i', 0, 0},      {'b', 0, 0},
                 {'3', MARKET, 17}, {'4', MARKET, 14}, {'0', MARKET, 0}, {'k', MARKET, 4}, {'W', MARKET, 25}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (known[i].type == 'b') {
            begin('b', 1);
            wire_be(&wire, 0, 1);
        } else
            about_market(known[i].type);
        if (known[i].time_at)
            put(known[i].time_at, EVENT_MS, 8);
        decode(1);
        const struct hr_native *native = record(0);
        size_t bytes = wire.length < 27 ? wire.length : 27;
        assert_int_equal(native->header.rtype, 0xE7);
        assert_int_equal(native->header.instrument_id, known[i].instrument);
        assert_int_equal(native->header.ts_event, known[i].time_at ? EVENT_MS * 1000000 : SENT_NS);
        assert_int_equal(native->message_length, bytes);
        assert_memory_equal(native->message, wire.bytes, bytes);
    }
}

static void without_a_sending_time_the_arrival_counts(void **state)
{
    (void)state;
    decoding.packet.send_time_ns = 0;
    about_market('0');
    decode(1);
    assert_int_equal(ts_event(0), TS_RECV);
}

/* ---- what is not as it should be ---- */

static void wrong_lengths_and_unknown_types_are_counted(void **state)
{
    (void)state;
    struct guard guard;
    static uint8_t bytes[2048];
    guard_create(&guard);
    assert_int_equal(hr_protocol_impact11.layout_count, strlen(TYPES));
    for (unsigned type = 0; type < 256; type++)
        for (uint32_t length = 0; length <= (bodies[type] ? bodies[type] + 3U + 8 : 20U); length++) {
            memset(bytes, 0, sizeof bytes); /* no legs, hedges or special fields */
            bytes[0] = (uint8_t)type;
            const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
            struct hr_decode_counters before = decoding.counters;
            decoding_run(&decoding, &message, 1);
            int good = length && bodies[type] && (length == bodies[type] + 3U || (type == 'b' && length > 4));
            int unknown = length && bodies[type] == 0;
            assert_int_equal(decoding.counters.messages - before.messages, 1);
            assert_int_equal(decoding.counters.decoded - before.decoded, good);
            assert_int_equal(decoding.counters.unknown_type - before.unknown_type, unknown);
            assert_int_equal(decoding.counters.bad_length - before.bad_length, !good && !unknown);
        }
    guard_destroy(&guard);
}

static void counts_of_legs_that_lie_are_wrong_lengths(void **state)
{
    (void)state;
    struct guard guard;
    guard_create(&guard);
    strategy_9(2);
    for (unsigned claimed = 0; claimed < 256; claimed++) {
        put(88, claimed, 1);
        const struct hr_message message = {.bytes = guard_copy(&guard, wire.bytes, wire.length),
                                           .length = (uint32_t)wire.length};
        decoding_run(&decoding, &message, 1);
        assert_int_equal(decoding.record_count, claimed == 2 ? 2 : 0);
    }
    assert_int_equal(decoding.counters.bad_length, 255);
    guard_destroy(&guard);
}

static void any_bytes_are_counted_once(void **state)
{
    (void)state;
    struct hr_sim_random random;
    struct guard guard;
    static uint8_t bytes[1200];
    guard_create(&guard);
    hr_sim_random_seed(&random, seed);
    for (uint64_t round = 1; round <= 100000; round++) {
        for (size_t i = 0; i < sizeof bytes; i += 8) {
            uint64_t noise = hr_sim_random_next(&random);
            memcpy(bytes + i, &noise, 8);
        }
        bytes[0] = (uint8_t)TYPES[hr_sim_random_below(&random, (uint32_t)strlen(TYPES))];
        uint32_t length = bodies[bytes[0]] + 3U;
        if (bytes[0] == '9')
            length += 26U * (bytes[3 + 88] %= 20);
        if (bytes[0] == 'U')
            length += 30U * (bytes[3 + 57] %= 20) + 20U * (bytes[3 + 58] %= 20);
        if (hr_sim_random_below(&random, 10) == 0)
            length = hr_sim_random_below(&random, sizeof bytes + 1);
        const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
        decoding_run(&decoding, &message, 1);
        assert_int_equal(decoding.counters.messages, round);
        assert_int_equal(round, decoding.counters.decoded + refused_messages(&decoding.counters));
        for (uint32_t i = 0; i < decoding.record_count; i++)
            assert_int_equal(hr_record_bytes((const void *)decoding.records[i].record), decoding.records[i].bytes);
    }
    assert_true(decoding.counters.decoded > 80000);
    guard_destroy(&guard);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_decoder, close_decoder)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(E_F_an_order_from_beginning_to_end),
        T(E_modification_of_an_order_that_is_not_known),
        T(E_implied_orders_are_marked_and_requests_are_no_orders),
        T(E_time_is_that_of_the_last_change),
        T(E_values_out_of_range_are_undefined_and_counted),
        T(G_trades_on_and_off_the_market),
        T(Y_spot_trade_and_I_cancelled_trade),
        T(D_snapshot_order_is_an_order_from_then_on),
        T(t_s_r_m_price_levels_by_position),
        T(T_last_is_the_last_of_each_market_in_a_bundle),
        T(T_bundle_that_goes_over_the_end_of_a_batch),
        T(T_markers_that_do_not_pair),
        T(T_bundles_of_other_channels_are_others),
        T(J_market_statistics),
        T(M_v_open_interest),
        T(N_c_z_g_prices),
        T(O_w_settlement),
        T(u_end_of_day),
        T(K_market_states),
        T(V_price_limits),
        T(C_snapshot_clears_and_tells_the_market),
        T(R_new_expiry_names_the_market),
        T(l_new_option),
        T(futures_strategy_9_has_a_definition_for_each_leg),
        T(U_options_strategy_has_legs_and_hedges),
        T(batch_that_has_no_room_is_taken_in_parts),
        T(H_L_f_i_b_3_4_0_k_W_as_they_came),
        T(without_a_sending_time_the_arrival_counts),
        T(wrong_lengths_and_unknown_types_are_counted),
        T(counts_of_legs_that_lie_are_wrong_lengths),
        T(any_bytes_are_counted_once),
    };
    seed = test_seed(argc, argv, 1133);
    return cmocka_run_group_tests_name("impact11", tests, NULL, NULL);
}
