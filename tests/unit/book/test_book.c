/* SPDX-License-Identifier: Apache-2.0
 *
 * The book step: every event with an order that is known, with one that is not, and without a store at all.
 *
 * usage: test_book [seed]
 */
#include "test.h"

#include "book/book.h"

#define ORDER 1234
#define PRICE INT64_C(187650000000)
#define EXECUTION_PRICE INT64_C(187000000000)
#define UNDEF INT64_MAX
#define LAST HR_FLAG_LAST
#define MAYBE HR_FLAG_MAYBE_BAD_BOOK

static uint64_t seed;
static struct hr_book book;
static struct hr_book_counters counters;
static struct hr_mbo out[HR_BOOK_RECORDS_MAX];

static int open_book(void **state)
{
    (void)state;
    memset(&counters, 0, sizeof counters);
    book = (struct hr_book){.order_state = 1, .counters = &counters};
    return hr_orders_create(&book.orders, 1024, 0, 0);
}

static int close_book(void **state)
{
    (void)state;
    hr_orders_destroy(&book.orders);
    return 0;
}

/* An event as a decoder makes it: everything that the message says, and undefined what it leaves out. */
static struct hr_event make(uint8_t kind, uint64_t order, char side, int64_t price, uint32_t size)
{
    struct hr_event event = {.kind = kind, .schemas = 1U << HR_SCHEMA_MBO, .words = 14, .instrument = 77};
    event.record.mbo = (struct hr_mbo){
        .header = {.length = 14, .rtype = HR_RTYPE_MBO, .publisher_id = 2, .instrument_id = 77, .ts_event = 1000},
        .order_id = order,
        .price = price,
        .size = size,
        .flags = LAST,
        .channel_id = 3,
        .action = kind == HR_EVENT_ADD ? 'A' : kind == HR_EVENT_MODIFY ? 'M' : kind == HR_EVENT_CLEAR ? 'R' : 'C',
        .side = side,
        .ts_recv = 2000,
        .ts_in_delta = 1000,
        .sequence = 9};
    return event;
}

static uint64_t new_order_id; /* of a replacement */

static void apply(const struct hr_event *event, uint32_t records)
{
    memset(out, 0xEE, sizeof out);
    assert_int_equal(hr_book_apply(&book, event, new_order_id, out), records);
    for (uint32_t i = 0; i < records; i++) /* LAST on the last and on no other */
        assert_int_equal(out[i].flags & LAST, i + 1 == records ? LAST : 0);
}

static void add(uint64_t order, char side, uint32_t size)
{
    struct hr_event event = make(HR_EVENT_ADD, order, side, PRICE, size);
    apply(&event, 1);
}

static void execute(uint8_t kind, uint64_t order, uint32_t size)
{
    struct hr_event event = make(kind, order, 'N', kind == HR_EVENT_EXECUTE ? UNDEF : EXECUTION_PRICE, size);
    apply(&event, kind == HR_EVENT_EXECUTE_NOT_PRINTABLE ? 2 : 3);
}

static void reduce(uint64_t order, uint32_t size)
{
    struct hr_event event = make(HR_EVENT_REDUCE, order, 'N', UNDEF, size);
    apply(&event, 1);
}

static void delete (uint64_t order)
{
    struct hr_event event = make(HR_EVENT_DELETE, order, 'N', UNDEF, UINT32_MAX);
    apply(&event, 1);
}

static void replace(uint64_t order, uint64_t new_order, uint32_t size)
{
    struct hr_event event = make(HR_EVENT_REPLACE, order, 'N', EXECUTION_PRICE, size);
    new_order_id = new_order;
    apply(&event, 2);
}

static void modify(uint64_t order, int64_t price, uint32_t size)
{
    struct hr_event event = make(HR_EVENT_MODIFY, order, 'N', price, size);
    apply(&event, 1);
}

static void execute_named(uint64_t order, uint32_t size, uint64_t trade)
{
    new_order_id = trade;
    execute(HR_EVENT_EXECUTE_NAMED, order, size);
    new_order_id = 0;
}

static void clear(uint32_t instrument)
{
    struct hr_event event = make(HR_EVENT_CLEAR, 0, 'N', UNDEF, 0);
    event.instrument = instrument;
    apply(&event, 1);
}

static void expect(uint32_t at, char action, char side, uint64_t order, int64_t price, uint32_t size, uint8_t flags)
{
    const struct hr_event like = make(HR_EVENT_ADD, order, side, price, size);
    struct hr_mbo expected = like.record.mbo; /* header, times, channel and sequence are the message's */
    expected.action = action;
    expected.flags = flags;
    assert_memory_equal(&out[at], &expected, sizeof expected);
}

static void expect_counts(uint64_t orders, uint64_t refused, uint64_t unknown, uint64_t beyond)
{
    assert_int_equal(book.orders.count, orders);
    assert_int_equal(counters.orders_refused, refused);
    assert_int_equal(counters.unknown_executions + counters.unknown_reductions + counters.unknown_deletions +
                         counters.unknown_replacements,
                     unknown);
    assert_int_equal(counters.beyond_remaining, beyond);
}

/* ---- orders that are known ---- */

static void added_order_goes_out_as_it_came(void **state)
{
    (void)state;
    add(ORDER, 'B', 100);
    expect(0, 'A', 'B', ORDER, PRICE, 100, LAST);
    const struct hr_order *order = hr_orders_find(&book.orders, ORDER);
    assert_non_null(order);
    assert_int_equal(order->price, PRICE);
    assert_int_equal(order->size, 100);
    assert_int_equal(order->side, 'B');
    assert_int_equal(order->instrument, 77);
    expect_counts(1, 0, 0, 0);
}

static void execution_is_trade_fill_and_cancel(void **state)
{
    (void)state;
    static const char sides[] = {'B', 'A'};
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        char side = sides[i], aggressor = sides[1 - i];
        add(ORDER, side, 100);
        execute(HR_EVENT_EXECUTE, ORDER, 30);
        expect(0, 'T', aggressor, 0, PRICE, 30, 0);
        expect(1, 'F', side, ORDER, PRICE, 30, 0);
        expect(2, 'C', side, ORDER, PRICE, 30, LAST);
        execute(HR_EVENT_EXECUTE_PRICED, ORDER, 50);
        expect(0, 'T', aggressor, 0, EXECUTION_PRICE, 50, 0);
        expect(1, 'F', side, ORDER, EXECUTION_PRICE, 50, 0);
        expect(2, 'C', side, ORDER, PRICE, 50, LAST); /* it leaves the book at its own price */
        execute(HR_EVENT_EXECUTE_NOT_PRINTABLE, ORDER, 20);
        expect(0, 'F', side, ORDER, EXECUTION_PRICE, 20, 0);
        expect(1, 'C', side, ORDER, PRICE, 20, LAST);
        assert_null(hr_orders_find(&book.orders, ORDER)); /* its last share is gone */
    }
    expect_counts(0, 0, 0, 0);
}

static void reduction_is_a_cancel_of_what_it_takes(void **state)
{
    (void)state;
    add(ORDER, 'A', 100);
    reduce(ORDER, 70);
    expect(0, 'C', 'A', ORDER, PRICE, 70, LAST);
    assert_int_equal(hr_orders_find(&book.orders, ORDER)->size, 30);
    reduce(ORDER, 30);
    expect(0, 'C', 'A', ORDER, PRICE, 30, LAST);
    expect_counts(0, 0, 0, 0);
}

static void deletion_is_a_cancel_of_what_remained(void **state)
{
    (void)state;
    add(ORDER, 'B', 100);
    reduce(ORDER, 60);
    delete (ORDER);
    expect(0, 'C', 'B', ORDER, PRICE, 40, LAST);
    expect_counts(0, 0, 0, 0);
}

static void replacement_is_a_cancel_and_an_add(void **state)
{
    (void)state;
    add(ORDER, 'A', 100);
    replace(ORDER, ORDER + 1, 250);
    expect(0, 'C', 'A', ORDER, PRICE, 100, 0);
    expect(1, 'A', 'A', ORDER + 1, EXECUTION_PRICE, 250, LAST);
    assert_null(hr_orders_find(&book.orders, ORDER));
    delete (ORDER + 1);
    expect(0, 'C', 'A', ORDER + 1, EXECUTION_PRICE, 250, LAST);
    expect_counts(0, 0, 0, 0);
}

static void replacement_under_its_own_reference(void **state)
{
    (void)state;
    add(ORDER, 'A', 100);
    replace(ORDER, ORDER, 250);
    expect(0, 'C', 'A', ORDER, PRICE, 100, 0);
    expect(1, 'A', 'A', ORDER, EXECUTION_PRICE, 250, LAST);
    assert_int_equal(counters.duplicate_adds, 0);
    expect_counts(1, 0, 0, 0);
}

/* ---- orders that are not ---- */

static void unknown_orders_leave_what_is_not_known_undefined(void **state)
{
    (void)state;
    execute(HR_EVENT_EXECUTE, ORDER, 30);
    expect(0, 'T', 'N', 0, UNDEF, 30, MAYBE);
    expect(1, 'F', 'N', ORDER, UNDEF, 30, MAYBE);
    expect(2, 'C', 'N', ORDER, UNDEF, 30, MAYBE | LAST);
    execute(HR_EVENT_EXECUTE_PRICED, ORDER, 30);
    expect(0, 'T', 'N', 0, EXECUTION_PRICE, 30, MAYBE);
    expect(1, 'F', 'N', ORDER, EXECUTION_PRICE, 30, MAYBE);
    expect(2, 'C', 'N', ORDER, UNDEF, 30, MAYBE | LAST);
    execute(HR_EVENT_EXECUTE_NOT_PRINTABLE, ORDER, 30);
    expect(0, 'F', 'N', ORDER, EXECUTION_PRICE, 30, MAYBE);
    expect(1, 'C', 'N', ORDER, UNDEF, 30, MAYBE | LAST);
    assert_int_equal(counters.unknown_executions, 3);
    reduce(ORDER, 30);
    expect(0, 'C', 'N', ORDER, UNDEF, 30, MAYBE | LAST);
    assert_int_equal(counters.unknown_reductions, 1);
    delete (ORDER);
    expect(0, 'C', 'N', ORDER, UNDEF, UINT32_MAX, MAYBE | LAST);
    assert_int_equal(counters.unknown_deletions, 1);
    expect_counts(0, 0, 5, 0);
}

/* An order that replaced an unknown one has no side, and whatever is done to it later says that it is not to be trusted. */
static void order_that_replaced_an_unknown_one_stays_doubtful(void **state)
{
    (void)state;
    replace(ORDER, ORDER + 1, 100);
    expect(0, 'C', 'N', ORDER, UNDEF, UINT32_MAX, MAYBE);
    expect(1, 'A', 'N', ORDER + 1, EXECUTION_PRICE, 100, MAYBE | LAST);
    assert_int_equal(counters.unknown_replacements, 1);
    reduce(ORDER + 1, 10);
    expect(0, 'C', 'N', ORDER + 1, EXECUTION_PRICE, 10, MAYBE | LAST);
    execute(HR_EVENT_EXECUTE, ORDER + 1, 20);
    expect(0, 'T', 'N', 0, EXECUTION_PRICE, 20, MAYBE);
    expect(1, 'F', 'N', ORDER + 1, EXECUTION_PRICE, 20, MAYBE);
    expect(2, 'C', 'N', ORDER + 1, EXECUTION_PRICE, 20, MAYBE | LAST);
    replace(ORDER + 1, ORDER + 2, 200);
    expect(0, 'C', 'N', ORDER + 1, EXECUTION_PRICE, 70, MAYBE);
    expect(1, 'A', 'N', ORDER + 2, EXECUTION_PRICE, 200, MAYBE | LAST);
    delete (ORDER + 2);
    expect(0, 'C', 'N', ORDER + 2, EXECUTION_PRICE, 200, MAYBE | LAST);
    expect_counts(0, 0, 1, 0);
}

static void more_than_remains_takes_what_remains(void **state)
{
    (void)state;
    add(ORDER, 'B', 100);
    execute(HR_EVENT_EXECUTE, ORDER, 150);
    expect(0, 'T', 'A', 0, PRICE, 150, MAYBE);
    expect(1, 'F', 'B', ORDER, PRICE, 150, MAYBE);
    expect(2, 'C', 'B', ORDER, PRICE, 100, MAYBE | LAST);
    expect_counts(0, 0, 0, 1);
    add(ORDER, 'B', 100);
    reduce(ORDER, UINT32_MAX);
    expect(0, 'C', 'B', ORDER, PRICE, 100, MAYBE | LAST);
    expect_counts(0, 0, 0, 2);
}

static void order_added_twice_counts_as_it_came_last(void **state)
{
    (void)state;
    add(ORDER, 'B', 100);
    add(ORDER, 'A', 40);
    expect(0, 'A', 'A', ORDER, PRICE, 40, LAST);
    assert_int_equal(counters.duplicate_adds, 1);
    delete (ORDER);
    expect(0, 'C', 'A', ORDER, PRICE, 40, LAST);
    expect_counts(0, 0, 0, 0);
}

static void order_that_is_set_is_as_it_was_set_last(void **state)
{
    (void)state;
    for (uint32_t size = 100; size < 103; size++) {
        struct hr_event event = make(HR_EVENT_SET, ORDER, 'B', PRICE + size, size);
        event.record.mbo.action = 'M';
        apply(&event, 1);
        expect(0, 'M', 'B', ORDER, PRICE + size, size, LAST);
        expect_counts(1, 0, 0, 0);
    }
    delete (ORDER);
    expect(0, 'C', 'B', ORDER, PRICE + 102, 102, LAST);
    expect_counts(0, 0, 0, 0);
    assert_int_equal(counters.duplicate_adds, 0);
}

static void doubt_ends_when_the_reference_is_added_again(void **state)
{
    (void)state;
    replace(ORDER, ORDER + 1, 100);
    add(ORDER + 1, 'B', 100);
    delete (ORDER + 1);
    expect(0, 'C', 'B', ORDER + 1, PRICE, 100, LAST);
}

static void full_store_counts_what_it_refuses(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 1030; i++)
        add(i, 'B', 100);
    expect(0, 'A', 'B', 1029, PRICE, 100, LAST); /* the record goes out all the same */
    expect_counts(1024, 6, 0, 0);
    delete (1029);
    expect(0, 'C', 'N', 1029, UNDEF, UINT32_MAX, MAYBE | LAST);
    delete (5);
    expect(0, 'C', 'B', 5, PRICE, 100, LAST);
    expect_counts(1023, 6, 1, 0);
}

/* ---- without a store ---- */

static void without_a_store_nothing_is_known_and_nothing_counted(void **state)
{
    (void)state;
    struct hr_book with = book;
    book = (struct hr_book){.order_state = 0, .counters = &counters};
    add(ORDER, 'B', 100);
    expect(0, 'A', 'B', ORDER, PRICE, 100, LAST);
    execute(HR_EVENT_EXECUTE, ORDER, 30);
    expect(0, 'T', 'N', 0, UNDEF, 30, MAYBE);
    expect(1, 'F', 'N', ORDER, UNDEF, 30, MAYBE);
    expect(2, 'C', 'N', ORDER, UNDEF, 30, MAYBE | LAST);
    reduce(ORDER, 30);
    expect(0, 'C', 'N', ORDER, UNDEF, 30, MAYBE | LAST);
    replace(ORDER, ORDER + 1, 50);
    expect(0, 'C', 'N', ORDER, UNDEF, UINT32_MAX, MAYBE);
    expect(1, 'A', 'N', ORDER + 1, EXECUTION_PRICE, 50, MAYBE | LAST);
    delete (ORDER + 1);
    expect(0, 'C', 'N', ORDER + 1, UNDEF, UINT32_MAX, MAYBE | LAST);
    book = with;
    expect_counts(0, 0, 0, 0);
}

/* ---- any day ---- */

/* ---- orders that change in their place, trades with a number, books that are cleared ---- */

static void modification_keeps_the_order_and_its_side(void **state)
{
    (void)state;
    add(ORDER, 'A', 100);
    modify(ORDER, EXECUTION_PRICE, 250);
    expect(0, 'M', 'A', ORDER, EXECUTION_PRICE, 250, LAST);
    const struct hr_order *order = hr_orders_find(&book.orders, ORDER);
    assert_int_equal(order->price, EXECUTION_PRICE);
    assert_int_equal(order->size, 250);
    delete (ORDER);
    expect(0, 'C', 'A', ORDER, EXECUTION_PRICE, 250, LAST);
    expect_counts(0, 0, 0, 0);
}

static void modification_of_an_unknown_order_is_doubtful_until_it_is_gone(void **state)
{
    (void)state;
    modify(ORDER, PRICE, 50);
    expect(0, 'M', 'N', ORDER, PRICE, 50, LAST | MAYBE);
    expect_counts(1, 0, 1, 0);
    modify(ORDER, PRICE, 40);
    expect(0, 'M', 'N', ORDER, PRICE, 40, LAST | MAYBE);
    reduce(ORDER, 40);
    expect(0, 'C', 'N', ORDER, PRICE, 40, LAST | MAYBE);
    expect_counts(0, 0, 1, 0);
    book.order_state = 0;
    modify(ORDER, PRICE, 50);
    expect(0, 'M', 'N', ORDER, PRICE, 50, LAST | MAYBE);
    expect_counts(0, 0, 1, 0);
}

static void named_execution_names_its_trade(void **state)
{
    (void)state;
    add(ORDER, 'B', 100);
    execute_named(ORDER, 30, 777);
    expect(0, 'T', 'A', 777, EXECUTION_PRICE, 30, 0);
    expect(1, 'F', 'B', ORDER, EXECUTION_PRICE, 30, 0);
    expect(2, 'C', 'B', ORDER, PRICE, 30, LAST);
    execute_named(ORDER + 1, 30, 778);
    expect(0, 'T', 'N', 778, EXECUTION_PRICE, 30, MAYBE);
    expect(2, 'C', 'N', ORDER + 1, UNDEF, 30, LAST | MAYBE);
    new_order_id = 779; /* where trades have no number, whatever stands there is none */
    execute(HR_EVENT_EXECUTE_PRICED, ORDER, 30);
    expect(0, 'T', 'A', 0, EXECUTION_PRICE, 30, 0);
    new_order_id = 0;
    expect_counts(1, 0, 1, 0);
}

static void cleared_instrument_has_no_orders(void **state)
{
    (void)state;
    uint32_t clears[128] = {0};
    book.clears = clears;
    add(ORDER, 'B', 100);
    add(ORDER + 1, 'A', 100);
    clear(78); /* another */
    reduce(ORDER, 10);
    expect(0, 'C', 'B', ORDER, PRICE, 10, LAST);
    clear(77);
    expect(0, 'R', 'N', 0, UNDEF, 0, LAST);
    delete (ORDER);
    expect(0, 'C', 'N', ORDER, UNDEF, UINT32_MAX, LAST | MAYBE);
    expect_counts(1, 0, 1, 0); /* the other one is still there, and nobody has come upon it */
    add(ORDER + 1, 'B', 60);
    assert_int_equal(counters.duplicate_adds, 0);
    execute_named(ORDER + 1, 60, 5);
    expect(0, 'T', 'A', 5, EXECUTION_PRICE, 60, 0);
    expect_counts(0, 0, 1, 0);
    add(ORDER, 'B', 1);
    clear(77);
    clear(77);
    modify(ORDER, PRICE, 5);
    expect(0, 'M', 'N', ORDER, PRICE, 5, LAST | MAYBE);
    replace(ORDER, ORDER, 7); /* added after the clear: it is known, as far as that goes */
    expect(0, 'C', 'N', ORDER, PRICE, 5, MAYBE);
    expect_counts(1, 0, 2, 0);
    book.clears = NULL;
    clear(77);
    expect(0, 'R', 'N', 0, UNDEF, 0, LAST);
    reduce(ORDER, 7);
    expect_counts(0, 0, 2, 0);
}

/* What C records take away and A records bring is what the store holds, for any sequence of events. */
static void records_add_up_to_the_store(void **state)
{
    (void)state;
    enum { REFERENCES = 600 };
    int64_t shares[REFERENCES] = {0};
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    for (int step = 0; step < 300000; step++) {
        static const uint8_t kinds[] = {
            HR_EVENT_ADD,    HR_EVENT_EXECUTE, HR_EVENT_EXECUTE_PRICED, HR_EVENT_EXECUTE_NOT_PRINTABLE,
            HR_EVENT_REDUCE, HR_EVENT_DELETE,  HR_EVENT_REPLACE,        HR_EVENT_MODIFY,
            HR_EVENT_EXECUTE_NAMED};
        uint64_t order = hr_sim_random_below(&random, REFERENCES);
        uint8_t kind = kinds[hr_sim_random_below(&random, COUNT_OF(kinds))];
        uint32_t size = 1 + hr_sim_random_below(&random, 100);
        if (kind == HR_EVENT_ADD && hr_orders_find(&book.orders, order))
            continue; /* an exchange uses no reference twice */
        struct hr_event event = make(kind, order, kind == HR_EVENT_ADD ? 'B' : 'N', PRICE, size);
        new_order_id = hr_sim_random_below(&random, REFERENCES);
        if (kind == HR_EVENT_REPLACE && new_order_id != order && hr_orders_find(&book.orders, new_order_id))
            continue;
        int known = hr_orders_find(&book.orders, order) != NULL;
        uint32_t count = hr_book_apply(&book, &event, new_order_id, out);
        for (uint32_t i = 0; i < count; i++) {
            if (out[i].action == 'A')
                shares[out[i].order_id] += out[i].size;
            else if (out[i].action == 'C' && known)
                shares[out[i].order_id] -= out[i].size;
            else if (out[i].action == 'M')
                shares[out[i].order_id] = out[i].size;
        }
        for (uint64_t i = 0; i < REFERENCES; i += step % 1000 == 0 ? 1 : REFERENCES) {
            const struct hr_order *stored = hr_orders_find(&book.orders, i);
            assert_int_equal(shares[i], stored ? stored->size : 0);
        }
    }
    assert_int_equal(counters.duplicate_adds, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_book, close_book)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(added_order_goes_out_as_it_came),
        T(execution_is_trade_fill_and_cancel),
        T(reduction_is_a_cancel_of_what_it_takes),
        T(deletion_is_a_cancel_of_what_remained),
        T(replacement_is_a_cancel_and_an_add),
        T(replacement_under_its_own_reference),
        T(unknown_orders_leave_what_is_not_known_undefined),
        T(order_that_replaced_an_unknown_one_stays_doubtful),
        T(more_than_remains_takes_what_remains),
        T(order_added_twice_counts_as_it_came_last),
        T(order_that_is_set_is_as_it_was_set_last),
        T(doubt_ends_when_the_reference_is_added_again),
        T(full_store_counts_what_it_refuses),
        T(without_a_store_nothing_is_known_and_nothing_counted),
        T(modification_keeps_the_order_and_its_side),
        T(modification_of_an_unknown_order_is_doubtful_until_it_is_gone),
        T(named_execution_names_its_trade),
        T(cleared_instrument_has_no_orders),
        T(records_add_up_to_the_store),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
