/* SPDX-License-Identifier: Apache-2.0
 *
 * The order store against a table with one entry for each reference: every order is found as it was left, none that is gone.
 *
 * usage: test_orders [seed]
 */
#include "test.h"

#include "book/orders.h"

#define HASH UINT64_C(0x9E3779B97F4A7C15)
#define REFERENCES 5000

static uint64_t seed;

/* The reference whose hash is `hash`: by the inverse of the odd factor, found with Newton's method. */
static uint64_t reference_with_hash(uint64_t hash)
{
    uint64_t inverse = HASH;
    for (int i = 0; i < 6; i++)
        inverse *= 2 - HASH * inverse;
    return hash * inverse;
}

static struct hr_order *add(struct hr_orders *orders, uint64_t reference, int64_t price)
{
    int existed = -1;
    struct hr_order *order = hr_orders_add(orders, reference, &existed);
    if (order) {
        assert_int_equal(existed, 0);
        assert_int_equal(order->reference, reference);
        order->price = price;
    }
    return order;
}

static void added_orders_are_found(void **state)
{
    (void)state;
    struct hr_orders orders;
    int existed;
    assert_int_equal(hr_orders_create(&orders, 1024, 0, 0), 0);
    assert_null(hr_orders_find(&orders, 1));
    assert_null(hr_orders_find(&orders, 0));
    assert_non_null(add(&orders, 1, 100));
    assert_non_null(add(&orders, 0, 200)); /* 0 and the largest are references like any other */
    assert_non_null(add(&orders, UINT64_MAX, 300));
    assert_int_equal(hr_orders_find(&orders, 1)->price, 100);
    assert_int_equal(hr_orders_find(&orders, 0)->price, 200);
    assert_int_equal(hr_orders_find(&orders, UINT64_MAX)->price, 300);
    assert_int_equal(orders.count, 3);
    struct hr_order *again = hr_orders_add(&orders, 1, &existed);
    assert_int_equal(existed, 1);
    assert_ptr_equal(again, hr_orders_find(&orders, 1));
    assert_int_equal(orders.count, 3);
    hr_orders_remove(&orders, again);
    assert_null(hr_orders_find(&orders, 1));
    assert_int_equal(orders.count, 2);
    hr_orders_destroy(&orders);
    hr_orders_destroy(&orders);
}

/* Touched beforehand or not, on huge pages where there are any: the same store. */
static void store_of_any_memory_is_the_same_store(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct hr_orders orders;
        assert_int_equal(hr_orders_create(&orders, 100000, kind & 1, kind >> 1), 0);
        for (uint64_t i = 0; i < 100000; i++)
            assert_non_null(add(&orders, i, (int64_t)i));
        for (uint64_t i = 0; i < 100000; i++)
            assert_int_equal(hr_orders_find(&orders, i)->price, i);
        hr_orders_destroy(&orders);
    }
}

static void full_store_refuses_and_goes_on(void **state)
{
    (void)state;
    struct hr_orders orders;
    int existed;
    assert_int_equal(hr_orders_create(&orders, 1024, 0, 0), 0);
    for (uint64_t i = 0; i < 1024; i++)
        assert_non_null(add(&orders, i * 7, (int64_t)i));
    assert_null(hr_orders_add(&orders, 5, &existed));
    assert_int_equal(existed, 0);
    assert_int_equal(orders.count, 1024);
    assert_non_null(hr_orders_add(&orders, 7, &existed)); /* known already: needs no room */
    assert_int_equal(existed, 1);
    hr_orders_remove(&orders, hr_orders_find(&orders, 7));
    assert_non_null(add(&orders, 5, 55));
    assert_null(hr_orders_add(&orders, 7, &existed));
    for (uint64_t i = 2; i < 1024; i++)
        assert_int_equal(hr_orders_find(&orders, i * 7)->price, i);
    hr_orders_destroy(&orders);
}

static void references_of_one_hash_are_bounded(void **state)
{
    (void)state;
    struct hr_orders orders;
    int existed;
    assert_int_equal(hr_orders_create(&orders, 1024, 0, 0), 0);
    uint64_t last_home = orders.mask << orders.shift; /* so that the run goes round the end of the table */
    for (uint64_t i = 0; i < HR_ORDERS_PROBE_MAX; i++) {
        uint64_t reference = reference_with_hash(last_home + i);
        assert_int_equal(hr_orders_home(&orders, reference), orders.mask);
        assert_non_null(add(&orders, reference, (int64_t)i));
    }
    assert_null(hr_orders_add(&orders, reference_with_hash(last_home + 1000), &existed));
    assert_null(hr_orders_find(&orders, reference_with_hash(last_home + 1000)));
    for (uint64_t gone = 0; gone < HR_ORDERS_PROBE_MAX; gone += 3)
        hr_orders_remove(&orders, hr_orders_find(&orders, reference_with_hash(last_home + gone)));
    for (uint64_t i = 0; i < HR_ORDERS_PROBE_MAX; i++) {
        const struct hr_order *order = hr_orders_find(&orders, reference_with_hash(last_home + i));
        if (i % 3 == 0)
            assert_null(order);
        else
            assert_int_equal(order->price, i);
    }
    assert_non_null(add(&orders, reference_with_hash(last_home + 1000), 1));
    hr_orders_destroy(&orders);
}

/* ---- against the oracle ---- */

struct expected {
    uint64_t reference;
    int64_t price;
    uint32_t size;
    int live;
};

static struct expected expected[REFERENCES];

static void check_one(const struct hr_orders *orders, const struct expected *of)
{
    const struct hr_order *order = hr_orders_find(orders, of->reference);
    if (!of->live) {
        assert_null(order);
        return;
    }
    assert_non_null(order);
    assert_int_equal(order->reference, of->reference);
    assert_int_equal(order->price, of->price);
    assert_int_equal(order->size, of->size);
}

static void run_against_oracle(struct hr_sim_random *random, uint64_t orders_max, uint32_t references, int steps)
{
    struct hr_orders orders;
    uint64_t live = 0;
    assert_int_equal(hr_orders_create(&orders, orders_max, 0, 0), 0);
    for (int step = 0; step < steps; step++) {
        struct expected *of = &expected[hr_sim_random_below(random, references)];
        int existed = -1;
        struct hr_order *order = hr_orders_find(&orders, of->reference);
        if (hr_sim_random_below(random, 20000) == 0) {
            hr_orders_clear(&orders);
            for (uint32_t i = 0; i < references; i++)
                expected[i].live = 0;
            live = 0;
        } else if (of->live && hr_sim_random_below(random, 2)) {
            assert_non_null(order);
            hr_orders_remove(&orders, order);
            of->live = 0;
            live--;
        } else {
            order = hr_orders_add(&orders, of->reference, &existed);
            if (!order) {
                assert_int_equal(of->live, 0);
                assert_int_equal(live, orders_max);
                continue;
            }
            assert_int_equal(existed, of->live);
            live += !of->live;
            *of = (struct expected){of->reference, (int64_t)hr_sim_random_next(random), (uint32_t)step, 1};
            order->price = of->price;
            order->size = of->size;
        }
        assert_int_equal(orders.count, live);
        check_one(&orders, &expected[hr_sim_random_below(random, references)]);
        if (step % 5000 == 0)
            for (uint32_t i = 0; i < references; i++)
                check_one(&orders, &expected[i]);
    }
    hr_orders_destroy(&orders);
}

static void random_orders_are_found_as_they_were_left(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    for (uint32_t i = 0; i < REFERENCES; i++)
        expected[i] = (struct expected){.reference = hr_sim_random_next(&random)};
    run_against_oracle(&random, 1024, REFERENCES, 300000);
}

static void consecutive_orders_are_found_as_they_were_left(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    for (uint32_t i = 0; i < REFERENCES; i++)
        expected[i] = (struct expected){.reference = 1000000 + i * 4};
    run_against_oracle(&random, 1024, REFERENCES, 300000);
}

/* Few homes for many orders, at the end of the table: every removal has to move others, some of them round the end. */
static void crowded_orders_are_found_as_they_were_left(void **state)
{
    (void)state;
    struct hr_sim_random random;
    struct hr_orders orders;
    hr_sim_random_seed(&random, seed);
    assert_int_equal(hr_orders_create(&orders, 1024, 0, 0), 0);
    uint32_t references = 120;
    for (uint32_t i = 0; i < references; i++) {
        uint64_t home = (orders.mask - 20 + hr_sim_random_below(&random, 40)) & orders.mask;
        expected[i] = (struct expected){.reference = reference_with_hash((home << orders.shift) + i)};
        assert_int_equal(hr_orders_home(&orders, expected[i].reference), home);
    }
    hr_orders_destroy(&orders);
    run_against_oracle(&random, 1024, references, 300000);
}

/* ---- sessions ---- */

static void cleared_orders_never_come_back(void **state)
{
    (void)state;
    struct hr_orders orders;
    assert_int_equal(hr_orders_create(&orders, 1024, 0, 0), 0);
    for (uint64_t i = 0; i < 100; i++)
        assert_non_null(add(&orders, i, 1));
    hr_orders_remove(&orders, hr_orders_find(&orders, 50)); /* a slot that was freed has no epoch */
    for (uint32_t clears = 1; clears <= 2 * 65535 + 2; clears++) {
        hr_orders_clear(&orders);
        assert_int_equal(orders.count, 0);
        if (clears % 1000 == 1 || (clears >= 65530 && clears <= 65540) || clears >= 2 * 65535 - 5)
            for (uint64_t i = 0; i < 100; i++)
                assert_null(hr_orders_find(&orders, i));
    }
    assert_non_null(add(&orders, 7, 77));
    assert_int_equal(hr_orders_find(&orders, 7)->price, 77);
    assert_null(hr_orders_find(&orders, 8));
    hr_orders_destroy(&orders);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_orders_are_found),
        cmocka_unit_test(store_of_any_memory_is_the_same_store),
        cmocka_unit_test(full_store_refuses_and_goes_on),
        cmocka_unit_test(references_of_one_hash_are_bounded),
        cmocka_unit_test(random_orders_are_found_as_they_were_left),
        cmocka_unit_test(consecutive_orders_are_found_as_they_were_left),
        cmocka_unit_test(crowded_orders_are_found_as_they_were_left),
        cmocka_unit_test(cleared_orders_never_come_back),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
