/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP+ 1.0: each of the 14 message types from bytes written by hand after the specification to the records that it
 * becomes, with a store of orders behind it; wrong lengths and unknown types; nothing read past the end.
 *
 * usage: test_deepplus10 [seed]
 */
#include "test.h"

#include "decoding.h"

#define MAYBE HR_FLAG_MAYBE_BAD_BOOK
#define RESET 0
#define MAINTAIN 1
#define IEX_PROTOCOL hr_protocol_deepplus10
#define IEX_TYPES "SDHOPETBIaMRLC"

/* Of the specification: type and length of every message. */
static const uint16_t lengths[256] = {
    ['S'] = 10, ['D'] = 31, ['H'] = 22, ['O'] = 18, ['P'] = 19, ['E'] = 18, ['I'] = 18,
    ['a'] = 38, ['M'] = 38, ['R'] = 26, ['L'] = 46, ['T'] = 38, ['B'] = 38, ['C'] = 18,
};

#include "iex.h"

#define LOWER (PRICE - INT64_C(1000000000))

static void decode_to(uint32_t records)
{
    assert_int_equal(wire.length, lengths[wire.bytes[0]]);
    decoding.packet.send_time_ns = TS_EVENT; /* the delta is to the sending time */
    decoding_one(&decoding, &wire, records);
}

static void add(char side, uint64_t order, uint32_t size)
{
    begin('a', (uint8_t)side, "ZIEXT");
    wire_le(&wire, order, 8);
    wire_le(&wire, size, 4);
    wire_le(&wire, 1876500, 8);
    decode_to(1);
}

static void modify(uint8_t flags, uint64_t order, uint32_t size, int64_t price, uint32_t records)
{
    begin('M', flags, "ZIEXT");
    wire_le(&wire, order, 8);
    wire_le(&wire, size, 4);
    wire_le(&wire, (uint64_t)price, 8);
    decode_to(records);
}

static void delete (uint64_t order)
{
    begin('R', 0, "ZIEXT");
    wire_le(&wire, order, 8);
    decode_to(1);
}

static void execute(uint64_t order, uint32_t size, int64_t price, uint64_t trade)
{
    begin('L', 0x80, "ZIEXT");
    wire_le(&wire, order, 8);
    wire_le(&wire, size, 4);
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, trade, 8);
    decode_to(3);
}

static void clear(const char *symbol)
{
    begin('C', 0, symbol);
    decode_to(1);
}

static void a_add_order(void **state)
{
    (void)state;
    add('8', 429974, 100);
    expect_mbo(&decoding, 0, 1, 'A', 'B', 429974, PRICE, 100, LAST);
    add('5', 429975, 200);
    expect_mbo(&decoding, 0, 1, 'A', 'A', 429975, PRICE, 200, LAST);
    assert_int_equal(decoding.counters.bad_value, 0);
    add('B', 429976, 300);
    expect_mbo(&decoding, 0, 1, 'A', 'N', 429976, PRICE, 300, LAST);
    assert_int_equal(decoding.counters.bad_value, 1);
    assert_int_equal(decoding.book.orders.count, 3);
}

static void M_that_maintains_priority_stays_in_its_place(void **state)
{
    (void)state;
    add('8', 1, 100);
    modify(MAINTAIN, 1, 60, 1876500, 1);
    expect_mbo(&decoding, 0, 1, 'M', 'B', 1, PRICE, 60, LAST);
    modify(MAINTAIN, 1, 500, 1866500, 1); /* more, and at another price: it is the venue that says so */
    expect_mbo(&decoding, 0, 1, 'M', 'B', 1, LOWER, 500, LAST);
    modify(0xFF, 1, 400, 1866500, 1); /* the other bits are reserved */
    expect_mbo(&decoding, 0, 1, 'M', 'B', 1, LOWER, 400, LAST);
    delete (1);
    expect_mbo(&decoding, 0, 1, 'C', 'B', 1, LOWER, 400, LAST);
}

static void M_that_resets_priority_is_a_new_order_under_its_number(void **state)
{
    (void)state;
    add('5', 1, 100);
    modify(RESET, 1, 60, 1866500, 2);
    expect_mbo(&decoding, 0, 1, 'C', 'A', 1, PRICE, 100, 0);
    expect_mbo(&decoding, 1, 1, 'A', 'A', 1, LOWER, 60, LAST);
    modify(0xFE, 1, 60, 1866500, 2); /* nothing but its place is another */
    expect_mbo(&decoding, 0, 1, 'C', 'A', 1, LOWER, 60, 0);
    expect_mbo(&decoding, 1, 1, 'A', 'A', 1, LOWER, 60, LAST);
    assert_int_equal(decoding.book.orders.count, 1);
    assert_int_equal(decoding.book_counters.duplicate_adds, 0);
}

static void M_of_an_unknown_order(void **state)
{
    (void)state;
    modify(MAINTAIN, 1, 60, 1876500, 1);
    expect_mbo(&decoding, 0, 1, 'M', 'N', 1, PRICE, 60, LAST | MAYBE);
    modify(RESET, 2, 60, 1876500, 2);
    expect_mbo(&decoding, 0, 1, 'C', 'N', 2, UNDEF, UINT32_MAX, MAYBE);
    expect_mbo(&decoding, 1, 1, 'A', 'N', 2, PRICE, 60, LAST | MAYBE);
    assert_int_equal(decoding.book_counters.unknown_replacements, 2);
    execute(1, 60, 1876500, 5);
    expect_mbo(&decoding, 2, 1, 'C', 'N', 1, PRICE, 60, LAST | MAYBE);
    assert_int_equal(decoding.book_counters.unknown_executions, 0);
}

static void R_order_delete(void **state)
{
    (void)state;
    add('8', 1, 100);
    delete (1);
    expect_mbo(&decoding, 0, 1, 'C', 'B', 1, PRICE, 100, LAST);
    delete (1);
    expect_mbo(&decoding, 0, 1, 'C', 'N', 1, UNDEF, UINT32_MAX, LAST | MAYBE);
    assert_int_equal(decoding.book_counters.unknown_deletions, 1);
}

/* At another price than the order's; what it takes away is at the order's. */
static void L_order_executed(void **state)
{
    (void)state;
    add('8', 1, 100);
    execute(1, 40, 1866500, 167830);
    expect_mbo(&decoding, 0, 1, 'T', 'A', 167830, LOWER, 40, 0);
    expect_mbo(&decoding, 1, 1, 'F', 'B', 1, LOWER, 40, 0);
    expect_mbo(&decoding, 2, 1, 'C', 'B', 1, PRICE, 40, LAST);
    execute(1, 60, 1876500, 167831);
    expect_mbo(&decoding, 0, 1, 'T', 'A', 167831, PRICE, 60, 0);
    expect_mbo(&decoding, 2, 1, 'C', 'B', 1, PRICE, 60, LAST);
    assert_int_equal(decoding.book.orders.count, 0);
    execute(1, 1, 1876500, 167832);
    expect_mbo(&decoding, 0, 1, 'T', 'N', 167832, PRICE, 1, MAYBE);
    assert_int_equal(decoding.book_counters.unknown_executions, 1);
}

static void C_clear_book(void **state)
{
    (void)state;
    add('8', 1, 100);
    add('5', 2, 100);
    clear("AAPL");
    expect_mbo(&decoding, 0, 2, 'R', 'N', 0, UNDEF, 0, LAST);
    execute(2, 40, 1876500, 9); /* the clear was of another book */
    expect_mbo(&decoding, 2, 1, 'C', 'A', 2, PRICE, 40, LAST);
    clear("ZIEXT");
    expect_mbo(&decoding, 0, 1, 'R', 'N', 0, UNDEF, 0, LAST);
    delete (1);
    expect_mbo(&decoding, 0, 1, 'C', 'N', 1, UNDEF, UINT32_MAX, LAST | MAYBE);
    add('8', 2, 10);
    delete (2);
    expect_mbo(&decoding, 0, 1, 'C', 'B', 2, PRICE, 10, LAST);
    assert_int_equal(decoding.book_counters.duplicate_adds, 0);
}

/* What comes before a clear in the same batch is applied before it. */
static void clear_in_the_middle_of_a_batch(void **state)
{
    (void)state;
    static struct wire executed, cleared;
    add('8', 1, 100);
    execute(1, 10, 1876500, 5);
    executed = wire;
    clear("ZIEXT");
    cleared = wire;
    add('8', 1, 100);
    const struct hr_message messages[] = {{executed.bytes, (uint32_t)executed.length},
                                          {cleared.bytes, (uint32_t)cleared.length},
                                          {executed.bytes, (uint32_t)executed.length}};
    decoding_run(&decoding, messages, 3);
    assert_int_equal(decoding.record_count, 7);
    static const char actions[] = "TFCRTFC", sides[] = "ABBNNNN";
    for (uint32_t i = 0; i < 7; i++) {
        const struct hr_mbo *mbo = (const void *)decoding.records[i].record;
        assert_int_equal(mbo->action, actions[i]);
        assert_int_equal(mbo->side, sides[i]);
        assert_int_equal(mbo->flags & MAYBE, i < 4 ? 0 : MAYBE);
    }
}

static void without_a_store(void **state)
{
    (void)state;
    decoding.book.order_state = 0;
    add('8', 1, 100);
    expect_mbo(&decoding, 0, 1, 'A', 'B', 1, PRICE, 100, LAST);
    modify(MAINTAIN, 1, 60, 1876500, 1);
    expect_mbo(&decoding, 0, 1, 'M', 'N', 1, PRICE, 60, LAST | MAYBE);
    modify(RESET, 1, 60, 1876500, 2);
    expect_mbo(&decoding, 1, 1, 'A', 'N', 1, PRICE, 60, LAST | MAYBE);
    execute(1, 40, 1866500, 9);
    expect_mbo(&decoding, 0, 1, 'T', 'N', 9, LOWER, 40, MAYBE);
    clear("ZIEXT");
    expect_mbo(&decoding, 0, 1, 'R', 'N', 0, UNDEF, 0, LAST);
    assert_int_equal(decoding.book_counters.unknown_replacements, 0);
}

static void prices_that_do_not_fit_are_undefined_and_counted(void **state)
{
    (void)state;
    add('8', 1, 100);
    modify(MAINTAIN, 1, 60, INT64_MAX, 1);
    expect_mbo(&decoding, 0, 1, 'M', 'B', 1, UNDEF, 60, LAST);
    execute(1, 40, INT64_MIN, 9);
    expect_mbo(&decoding, 0, 1, 'T', 'A', 9, UNDEF, 40, 0);
    assert_int_equal(decoding.counters.bad_value, 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IEX_COMMON_TESTS,
        T(a_add_order),
        T(M_that_maintains_priority_stays_in_its_place),
        T(M_that_resets_priority_is_a_new_order_under_its_number),
        T(M_of_an_unknown_order),
        T(R_order_delete),
        T(L_order_executed),
        T(C_clear_book),
        T(clear_in_the_middle_of_a_batch),
        T(without_a_store),
        T(prices_that_do_not_fit_are_undefined_and_counted),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("deepplus10", tests, NULL, NULL);
}
