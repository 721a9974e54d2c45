/* SPDX-License-Identifier: Apache-2.0
 *
 * The fan-out: each consumer gets what it chose by feed, schema and symbol, while it is attached, and the counters add up.
 *
 * usage: test_fanout [seed]
 */
#include "test.h"

#include "fanout/fanout.h"
#include "headrace/consumer.h"

#define NOW UINT64_C(1700000000000000000)
#define INSTRUMENTS 32
#define FEEDS 3
#define CONSUMERS_MOST 200

static uint64_t seed;
static hr_fanout_publish_function *edition;

/* A fan-out with a ring and a reader for each consumer. */
struct house {
    uint32_t consumers;
    struct hr_fanout fanout;
    struct hr_fanout_counters totals;
    struct hr_consumer_counters counters[CONSUMERS_MOST];
    struct hr_selection selections[CONSUMERS_MOST];
    struct hr_producer producers[CONSUMERS_MOST];
    struct hr_consumer readers[CONSUMERS_MOST];
};

static struct house house;

static void open_house(uint32_t consumers)
{
    static const uint32_t instruments[FEEDS] = {INSTRUMENTS, INSTRUMENTS, INSTRUMENTS};
    memset(&house.totals, 0, sizeof house.totals);
    memset(house.counters, 0, sizeof house.counters);
    house.consumers = consumers;
    assert_int_equal(hr_fanout_create(&house.fanout, house.selections, consumers, instruments, FEEDS), 0);
    house.fanout.publish = edition;
    house.fanout.totals = &house.totals;
    for (uint32_t i = 0; i < consumers; i++)
        house.fanout.counters[i] = &house.counters[i];
}

static void attach_as(uint32_t consumer, enum hr_on_full on_full, uint32_t waiting)
{
    const struct hr_producer_options options = {
        .consumer = "c", .slot_bytes = 128, .slot_count = 64, .worker_count = 1, .on_full = on_full};
    assert_int_equal(hr_producer_create(&house.producers[consumer], &options), 0);
    assert_int_equal(
        hr_consumer_map(&house.readers[consumer], house.producers[consumer].data_fd, house.producers[consumer].cursor_fd), 0);
    house.producers[consumer].waiting = waiting;
    hr_fanout_attach(&house.fanout, consumer, &house.producers[consumer]);
}

static void attach_with(uint32_t consumer, enum hr_on_full on_full)
{
    attach_as(consumer, on_full, HR_WAITING_AWAKE);
}

static void attach(uint32_t consumer)
{
    attach_with(consumer, HR_ON_FULL_DROP);
}

static void detach(uint32_t consumer)
{
    assert_ptr_equal(hr_fanout_detach(&house.fanout, consumer), &house.producers[consumer]);
    hr_consumer_unmap(&house.readers[consumer]);
    hr_producer_destroy(&house.producers[consumer]);
}

static void close_house(void)
{
    for (uint32_t i = 0; i < house.consumers; i++)
        if (house.fanout.producers[i])
            detach(i);
    hr_fanout_destroy(&house.fanout);
    memset(house.selections, 0, sizeof house.selections);
}

static void choose(uint32_t consumer, uint64_t feeds, uint32_t schemas, const char *const *symbols, uint32_t symbol_count)
{
    house.selections[consumer] = (struct hr_selection){
        .schemas = schemas, .feeds = {feeds}, .all_symbols = !symbols, .symbols = symbols, .symbol_count = symbol_count};
}

static struct hr_mbo record_of(uint64_t id)
{
    return (struct hr_mbo){.header = {.length = 14, .rtype = HR_RTYPE_MBO}, .order_id = id};
}

static void publish(uint32_t feed, uint32_t instrument, uint32_t schema, uint64_t id)
{
    const struct hr_mbo record = record_of(id);
    hr_fanout_publish(&house.fanout, feed, instrument, schema, &record, sizeof record, NOW);
}

/* Takes the next record of a consumer: its id, or UINT64_MAX when there is none. */
static uint64_t take(uint32_t consumer)
{
    uint64_t stamp = 0;
    const struct hr_record_header *record = hr_consumer_peek(&house.readers[consumer], &stamp);
    if (!record)
        return UINT64_MAX;
    uint64_t id = ((const struct hr_mbo *)record)->order_id;
    hr_consumer_advance(&house.readers[consumer], record, stamp);
    return id;
}

#define NOTHING UINT64_MAX

static void feed_schema_and_symbol_select(void **state)
{
    (void)state;
    static const char *const symbols[] = {"AAPL", "MSFT"};
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);                             /* all of feed 0 */
    choose(1, 2, 1U << HR_SCHEMA_MBO, NULL, 0);                             /* all of feed 1 */
    choose(2, 3, 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_STATUS, NULL, 0); /* not the orders */
    choose(3, 1, 1U << HR_SCHEMA_MBO, symbols, 2);                          /* two symbols of feed 0 */
    open_house(4);
    for (uint32_t i = 0; i < 4; i++)
        attach(i);
    hr_fanout_name(&house.fanout, 0, 5, "MSFT");
    hr_fanout_name(&house.fanout, 0, 6, "MSF");
    hr_fanout_name(&house.fanout, 1, 7, "AAPL");
    publish(0, 5, HR_SCHEMA_MBO, 1);
    publish(0, 6, HR_SCHEMA_MBO, 2);
    publish(1, 7, HR_SCHEMA_MBO, 3);
    publish(0, 5, HR_SCHEMA_TRADES, 4);
    publish(1, 1, HR_SCHEMA_STATUS, 5);
    publish(2, 5, HR_SCHEMA_MBO, 6); /* a feed that nobody takes */
    publish(0, 0, HR_SCHEMA_MBO, 7); /* of the venue as a whole: for whoever takes the feed */
    static const uint64_t expected[4][4] = {{1, 2, 7, NOTHING}, {3, NOTHING}, {4, 5, NOTHING}, {1, 7, NOTHING}};
    for (uint32_t i = 0; i < 4; i++)
        for (size_t at = 0; at == 0 || expected[i][at - 1] != NOTHING; at++)
            assert_int_equal(take(i), expected[i][at]);
    assert_int_equal(house.totals.records, 7);
    assert_int_equal(house.totals.unwanted, 1);
    assert_int_equal(house.totals.published, 3 + 1 + 2 + 2);
    close_house();
}

static void symbols_named_late_count_from_then_on(void **state)
{
    (void)state;
    static const char *const symbols[] = {"AAPL"};
    choose(0, 1, 1U << HR_SCHEMA_MBO, symbols, 1);
    open_house(1);
    attach(0);
    publish(0, 9, HR_SCHEMA_MBO, 1);
    hr_fanout_name(&house.fanout, 0, 9, "AAPL");
    publish(0, 9, HR_SCHEMA_MBO, 2);
    hr_fanout_name(&house.fanout, 0, INSTRUMENTS, "AAPL"); /* without room: left alone */
    hr_fanout_name(&house.fanout, 0, UINT32_MAX, "AAPL");
    assert_int_equal(take(0), 2);
    assert_int_equal(take(0), NOTHING);
    close_house();
}

/* Some venues hand out their numbers anew every day: a number that has another name is another instrument. */
static void number_with_another_name_is_another_instrument(void **state)
{
    (void)state;
    static const char *const apple[] = {"AAPL"};
    static const char *const microsoft[] = {"MSFT"};
    choose(0, 1, 1U << HR_SCHEMA_MBO, apple, 1);
    choose(1, 1, 1U << HR_SCHEMA_MBO, microsoft, 1);
    open_house(2);
    attach(0);
    attach(1);
    hr_fanout_name(&house.fanout, 0, 9, "AAPL");
    publish(0, 9, HR_SCHEMA_MBO, 1);
    hr_fanout_name(&house.fanout, 0, 9, "MSFT");
    publish(0, 9, HR_SCHEMA_MBO, 2);
    assert_int_equal(take(0), 1);
    assert_int_equal(take(0), NOTHING);
    assert_int_equal(take(1), 2);
    assert_int_equal(take(1), NOTHING);
    close_house();
}

static void consumer_without_symbols_in_common_gets_only_the_venue(void **state)
{
    (void)state;
    static const char *const symbols[] = {"AAPL"};
    choose(0, 7, 0x7F, symbols, 1);
    open_house(1);
    attach(0);
    for (uint32_t instrument = 0; instrument < INSTRUMENTS; instrument++)
        publish(0, instrument, HR_SCHEMA_MBO, instrument);
    assert_int_equal(take(0), 0);
    assert_int_equal(take(0), NOTHING);
    close_house();
}

static void attaching_and_detaching_while_publishing(void **state)
{
    (void)state;
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    choose(1, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    open_house(2);
    attach(0);
    publish(0, 1, HR_SCHEMA_MBO, 1);
    attach(1);
    publish(0, 1, HR_SCHEMA_MBO, 2);
    hr_fanout_tend(&house.fanout, NOW);
    publish(0, 1, HR_SCHEMA_MBO, 3);
    assert_int_equal(take(0), 1);
    assert_int_equal(take(0), 2);
    assert_int_equal(take(1), 2);
    detach(0); /* in the middle of a burst */
    publish(0, 1, HR_SCHEMA_MBO, 4);
    hr_fanout_tend(&house.fanout, NOW);
    assert_int_equal(take(1), 3);
    assert_int_equal(take(1), 4);
    assert_int_equal(take(1), NOTHING);
    assert_int_equal(house.counters[0].attached, 0);
    assert_int_equal(house.counters[0].in_ring, 0);
    assert_int_equal(house.counters[0].published, 3);
    assert_int_equal(house.counters[1].published, 3);
    assert_null(hr_fanout_detach(&house.fanout, 0));
    attach(0);
    publish(0, 1, HR_SCHEMA_MBO, 5);
    hr_fanout_tend(&house.fanout, NOW);
    assert_int_equal(take(0), 5); /* a new ring begins with what comes now */
    assert_int_equal(take(0), NOTHING);
    assert_int_equal(house.counters[0].attaches, 2);
    assert_int_equal(house.counters[0].published, 4); /* since the handler started */
    assert_int_equal(house.totals.published, 8);
    close_house();
}

static void nobody_attached_means_unwanted(void **state)
{
    (void)state;
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    open_house(1);
    publish(0, 1, HR_SCHEMA_MBO, 1);
    hr_fanout_tend(&house.fanout, NOW);
    hr_fanout_tend(&house.fanout, NOW);
    assert_int_equal(hr_fanout_wants(&house.fanout, 0, 1, HR_SCHEMA_MBO), 0);
    attach(0);
    assert_int_equal(hr_fanout_wants(&house.fanout, 0, 1, HR_SCHEMA_MBO), 1);
    assert_int_equal(hr_fanout_wants(&house.fanout, 0, 1, HR_SCHEMA_TRADES), 0);
    assert_int_equal(house.totals.unwanted, 1);
    assert_int_equal(house.totals.published, 0);
    close_house();
}

static void no_consumers_at_all(void **state)
{
    (void)state;
    open_house(0);
    publish(0, 1, HR_SCHEMA_MBO, 1);
    hr_fanout_publish_any(&house.fanout, 0, 1, 0x7F, &(struct hr_mbo){0}, 56, NOW);
    hr_fanout_publish_control(&house.fanout, 0, &(struct hr_gap){0}, 48, NOW);
    hr_fanout_tend(&house.fanout, NOW);
    hr_fanout_tend(&house.fanout, NOW);
    hr_fanout_stop(&house.fanout, NOW);
    assert_int_equal(house.totals.records, 3);
    assert_int_equal(house.totals.unwanted, 3);
    close_house();
}

static void control_records_go_to_all_of_the_feed(void **state)
{
    (void)state;
    static const char *const symbols[] = {"AAPL"};
    const struct hr_mbo record = record_of(11);
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    choose(1, 1, 1U << HR_SCHEMA_STATUS, symbols, 1);
    choose(2, 2, 0x7F, NULL, 0);
    open_house(3);
    for (uint32_t i = 0; i < 3; i++)
        attach(i);
    hr_fanout_publish_control(&house.fanout, 0, &record, sizeof record, NOW);
    assert_int_equal(take(0), 11);
    assert_int_equal(take(1), 11);
    assert_int_equal(take(2), NOTHING);
    close_house();
}

static void record_of_many_schemas_comes_once(void **state)
{
    (void)state;
    const struct hr_mbo record = record_of(12);
    choose(0, 1, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE, NULL, 0);
    choose(1, 1, 1U << HR_SCHEMA_NATIVE, NULL, 0);
    choose(2, 1, 1U << HR_SCHEMA_STATUS, NULL, 0);
    open_house(3);
    for (uint32_t i = 0; i < 3; i++)
        attach(i);
    hr_fanout_publish_any(&house.fanout, 0, 4, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE, &record,
                          sizeof record, NOW);
    assert_int_equal(take(0), 12);
    assert_int_equal(take(0), NOTHING);
    assert_int_equal(take(1), 12);
    assert_int_equal(take(2), NOTHING);
    assert_int_equal(house.totals.records, 1);
    assert_int_equal(house.totals.published, 2);
    close_house();
}

/* ---- rings that end ---- */

static void full_ring_ends_one_attachment_and_no_other(void **state)
{
    (void)state;
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    choose(1, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    open_house(2);
    attach_with(0, HR_ON_FULL_DETACH);
    attach(1);
    for (uint64_t id = 0; id < 100; id++) {
        publish(0, 1, HR_SCHEMA_MBO, id);
        hr_fanout_tend(&house.fanout, NOW);
        assert_int_equal(take(1), id);
    }
    assert_int_equal(house.counters[0].detached, 1);
    assert_int_equal(house.counters[0].published, 65);
    assert_int_equal(house.counters[0].lost, 1);
    assert_int_equal(house.counters[1].detached, 0);
    assert_int_equal(house.counters[1].published, 100);
    assert_int_equal(house.counters[1].lost, 0);
    for (uint64_t id = 0; id < 64; id++)
        assert_int_equal(take(0), id);
    assert_int_equal(take(0), NOTHING);
    assert_int_equal(house.readers[0].header->state, HR_RING_DETACHED);
    assert_int_equal(house.totals.published, 165);
    close_house();
}

static void corrupt_cursor_is_found_on_a_quiet_day_too(void **state)
{
    (void)state;
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    choose(1, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    open_house(2);
    attach(0);
    attach(1);
    publish(0, 1, HR_SCHEMA_MBO, 1);
    hr_fanout_tend(&house.fanout, NOW);
    __atomic_store_n(&house.readers[0].cursor->read, UINT64_C(99), __ATOMIC_RELEASE);
    for (int i = 0; i < 3; i++)
        hr_fanout_tend(&house.fanout, NOW + 1);
    assert_int_equal(house.counters[0].evicted, 1);
    assert_int_equal(house.readers[0].header->state, HR_RING_EVICTED);
    publish(0, 1, HR_SCHEMA_MBO, 2);
    hr_fanout_tend(&house.fanout, NOW);
    assert_int_equal(house.counters[0].evicted, 1);
    assert_int_equal(house.counters[0].published, 1);
    assert_int_equal(take(1), 1);
    assert_int_equal(take(1), 2);
    assert_int_equal(house.counters[1].evicted, 0);
    close_house();
}

static void tending_tells_of_losses_and_renews_the_heartbeat(void **state)
{
    (void)state;
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    open_house(1);
    attach(0);
    for (uint64_t id = 0; id < 70; id++)
        publish(0, 1, HR_SCHEMA_MBO, id);
    hr_fanout_tend(&house.fanout, NOW);
    assert_int_equal(house.counters[0].in_ring, 64);
    for (uint64_t id = 0; id < 64; id++)
        assert_int_equal(take(0), id);
    assert_int_equal(take(0), NOTHING);
    hr_fanout_tend(&house.fanout, NOW + 1000000);
    assert_int_equal(house.readers[0].header->heartbeat_ns, NOW + 1000000);
    assert_int_equal(house.counters[0].in_ring, 1);
    take(0);
    assert_int_equal(house.readers[0].lost, 6);
    assert_int_equal(house.readers[0].records + house.readers[0].lost, house.counters[0].published);
    close_house();
}

static void stopping_is_told_to_every_ring(void **state)
{
    (void)state;
    choose(0, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    choose(1, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    choose(2, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    open_house(3);
    attach(0);
    attach(2);
    publish(0, 1, HR_SCHEMA_MBO, 1);
    hr_fanout_stop(&house.fanout, NOW);
    assert_int_equal(house.readers[0].header->state, HR_RING_STOPPING);
    assert_int_equal(house.readers[2].header->state, HR_RING_STOPPING);
    publish(0, 1, HR_SCHEMA_MBO, 2);
    assert_int_equal(take(0), 1);
    assert_int_equal(take(0), NOTHING);
    assert_int_equal(house.totals.unwanted, 1);
    close_house();
}

/* ---- readers that sleep ---- */

/* It has read everything and goes to sleep. */
static void go_to_sleep(uint32_t consumer)
{
    uint32_t wakes;
    assert_int_equal(take(consumer), NOTHING);
    assert_int_equal(hr_consumer_arm(&house.readers[consumer], &wakes), 0);
}

/* A turn of the poll loop, after which so many sleeps of this consumer have been ended since the handler started. */
static void expect_wakes(uint32_t consumer, uint32_t wakes)
{
    hr_fanout_wake(&house.fanout);
    assert_int_equal(house.counters[consumer].wakes, wakes);
    assert_int_equal(house.fanout.wakes->wanted[consumer], wakes);
}

static void open_bedroom(uint32_t consumers)
{
    for (uint32_t i = 0; i < consumers; i++)
        choose(i, 1, 1U << HR_SCHEMA_MBO, NULL, 0);
    open_house(consumers);
}

static void sleepers_are_woken_and_nobody_else(void **state)
{
    (void)state;
    static const uint32_t waiting[] = {1, 0, 2, 1}, wakes[] = {1, 0, 1, 0};
    open_bedroom(4);
    attach_as(0, HR_ON_FULL_DROP, HR_WAITING_FUTEX);
    attach_as(1, HR_ON_FULL_DROP, HR_WAITING_AWAKE);
    attach_as(2, HR_ON_FULL_DROP, HR_WAITING_EVENTFD);
    attach_as(3, HR_ON_FULL_DROP, HR_WAITING_FUTEX); /* never goes to sleep */
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(house.counters[i].waiting, waiting[i]);
    go_to_sleep(0);
    go_to_sleep(1); /* it said that it stays awake: what it writes there is not looked at */
    go_to_sleep(2);
    for (uint32_t i = 0; i < 4; i++)
        expect_wakes(i, 0);
    publish(0, 1, HR_SCHEMA_MBO, 5);
    for (uint32_t i = 0; i < 4; i++)
        expect_wakes(i, wakes[i]);
    assert_int_equal(house.fanout.wakes->total, 2);
    assert_int_equal(take(0), 5);
    go_to_sleep(0);
    publish(0, 1, HR_SCHEMA_MBO, 6);
    expect_wakes(0, 2);
    expect_wakes(2, 1); /* it has not slept again */
    assert_int_equal(house.fanout.wakes->total, 3);
    close_house();
}

/* What it does not take is no reason to wake it. */
static void sleeper_is_left_alone_by_what_it_did_not_choose(void **state)
{
    (void)state;
    static const char *const symbols[] = {"AAPL"};
    choose(0, 1, 1U << HR_SCHEMA_MBO, symbols, 1);
    open_house(1);
    attach_as(0, HR_ON_FULL_DROP, HR_WAITING_FUTEX);
    hr_fanout_name(&house.fanout, 0, 1, "AAPL");
    go_to_sleep(0);
    publish(0, 2, HR_SCHEMA_MBO, 1);
    publish(1, 1, HR_SCHEMA_MBO, 2);
    publish(0, 1, HR_SCHEMA_STATUS, 3);
    expect_wakes(0, 0);
    publish(0, 1, HR_SCHEMA_MBO, 4);
    expect_wakes(0, 1);
    close_house();
}

/* The cursor page goes with the ring: after a detach there is nothing to look at. */
static void who_has_left_is_not_looked_at(void **state)
{
    (void)state;
    open_bedroom(2);
    attach_as(0, HR_ON_FULL_DROP, HR_WAITING_FUTEX);
    attach_as(1, HR_ON_FULL_DROP, HR_WAITING_FUTEX);
    go_to_sleep(0);
    go_to_sleep(1);
    publish(0, 1, HR_SCHEMA_MBO, 1);
    detach(0);
    assert_int_equal(house.fanout.sleepers[0], 2);
    expect_wakes(0, 0);
    expect_wakes(1, 1);
    attach(0); /* the next of this name stays awake */
    assert_int_equal(house.counters[0].waiting, HR_WAITING_AWAKE);
    assert_int_equal(house.fanout.sleepers[0], 2);
    publish(0, 1, HR_SCHEMA_MBO, 2);
    expect_wakes(0, 0);
    close_house();
}

/* Its ring takes no more: it is out of the mask of those who are published to, and must hear of it in its sleep. */
static void sleeper_whose_ring_ended_is_woken(void **state)
{
    (void)state;
    open_bedroom(3);
    attach_as(0, HR_ON_FULL_DETACH, HR_WAITING_FUTEX);
    attach_as(1, HR_ON_FULL_DROP, HR_WAITING_EVENTFD);
    attach_as(2, HR_ON_FULL_DROP, HR_WAITING_FUTEX);
    for (uint64_t id = 0; id < 65; id++) { /* the ring has 64 */
        publish(0, 1, HR_SCHEMA_MBO, id);
        assert_int_equal(take(1), id);
        assert_int_equal(take(2), id);
    }
    hr_fanout_tend(&house.fanout, NOW);
    for (uint64_t id = 0; id < 64; id++)
        assert_int_equal(take(0), id);
    go_to_sleep(0); /* has not seen the state */
    go_to_sleep(1);
    go_to_sleep(2);
    expect_wakes(0, 1);
    assert_int_equal(house.readers[0].header->state, HR_RING_DETACHED);
    __atomic_store_n(&house.readers[1].cursor->read, UINT64_MAX, __ATOMIC_RELEASE);
    hr_fanout_tend(&house.fanout, NOW + 1);
    assert_int_equal(house.readers[1].header->state, HR_RING_EVICTED);
    expect_wakes(1, 1);
    expect_wakes(2, 0);
    hr_fanout_stop(&house.fanout, NOW + 2);
    expect_wakes(2, 1);
    for (uint32_t i = 0; i < 3; i++)
        expect_wakes(i, 1); /* once */
    close_house();
}

static void sleepers_beyond_one_word_are_woken(void **state)
{
    (void)state;
    open_bedroom(130);
    for (uint32_t i = 0; i < 130; i++)
        attach_as(i, HR_ON_FULL_DROP, i % 3);
    for (uint32_t i = 0; i < 130; i++)
        go_to_sleep(i);
    hr_fanout_wake(&house.fanout);
    publish(0, 1, HR_SCHEMA_MBO, 1);
    for (uint32_t i = 0; i < 130; i++)
        expect_wakes(i, i % 3 != 0);
    assert_int_equal(house.fanout.wakes->total, 130 - 44);
    close_house();
}

/* Who writes to the word all the time has its own waker work, and takes nothing from its neighbour. */
static void restless_sleeper_costs_one_wake_a_turn(void **state)
{
    (void)state;
    struct hr_sim_random random;
    uint64_t read = 0;
    hr_sim_random_seed(&random, seed);
    open_bedroom(2);
    attach_as(0, HR_ON_FULL_DROP, HR_WAITING_FUTEX);
    attach_as(1, HR_ON_FULL_DROP, HR_WAITING_FUTEX);
    go_to_sleep(1);
    for (uint64_t turn = 0; turn < 5000; turn++) {
        uint32_t value = (uint32_t)hr_sim_random_next(&random);
        __atomic_store_n(&house.readers[0].cursor->waiting, value, __ATOMIC_RELEASE);
        publish(0, 1, HR_SCHEMA_MBO, turn);
        hr_fanout_wake(&house.fanout);
        assert_true(house.counters[0].wakes <= turn + 1);
        assert_int_equal(house.counters[1].wakes, turn + 1);
        assert_int_equal(take(1), read++);
        go_to_sleep(1);
        hr_fanout_tend(&house.fanout, NOW);
    }
    assert_int_equal(house.counters[1].lost, 0);
    assert_int_equal(house.counters[0].published, 5000);
    assert_int_equal(house.fanout.wakes->total, house.counters[0].wakes + 5000);
    close_house();
}

/* ---- any number of consumers ---- */

/* Random choices, attachments and records against the choice itself, asked one consumer after the other. */
static void run_random(uint32_t consumers)
{
    static const char *const names[] = {"A", "B", "C", "D", "E", "F", "G", "H"};
    struct hr_sim_random random;
    uint8_t named[FEEDS][INSTRUMENTS];
    uint64_t meant[CONSUMERS_MOST] = {0}, records = 0, unwanted = 0, published = 0;
    hr_sim_random_seed(&random, seed + consumers);
    memset(named, 0xFF, sizeof named);
    for (uint32_t i = 0; i < consumers; i++) {
        uint32_t from = hr_sim_random_below(&random, COUNT_OF(names));
        choose(i, hr_sim_random_below(&random, 1U << FEEDS), hr_sim_random_below(&random, 1U << HR_SCHEMAS),
               hr_sim_random_below(&random, 2) ? NULL : names + from,
               1 + hr_sim_random_below(&random, (uint32_t)COUNT_OF(names) - from));
    }
    open_house(consumers);
    for (uint32_t step = 0; step < 4000; step++) {
        uint32_t who = hr_sim_random_below(&random, consumers);
        uint32_t feed = hr_sim_random_below(&random, FEEDS);
        uint32_t instrument = hr_sim_random_below(&random, INSTRUMENTS);
        uint32_t what = hr_sim_random_below(&random, 20);
        if (what == 0) {
            if (house.fanout.producers[who])
                detach(who);
            else
                attach(who);
            continue;
        }
        if (what == 1 && instrument) { /* named, or given to another symbol */
            named[feed][instrument] = (uint8_t)hr_sim_random_below(&random, COUNT_OF(names));
            hr_fanout_name(&house.fanout, feed, instrument, names[named[feed][instrument]]);
            continue;
        }
        uint32_t schemas =
            what < 4 ? hr_sim_random_below(&random, 1U << HR_SCHEMAS) : 1U << hr_sim_random_below(&random, HR_SCHEMAS);
        const struct hr_mbo record = record_of(step);
        if (what < 4)
            hr_fanout_publish_any(&house.fanout, feed, instrument, schemas, &record, sizeof record, NOW);
        else
            publish(feed, instrument, (uint32_t)__builtin_ctz(schemas), step);
        records++;
        uint32_t wanted = 0;
        for (uint32_t i = 0; i < consumers; i++) {
            const struct hr_selection *selection = &house.selections[i];
            int chosen = instrument == 0 || selection->all_symbols;
            for (uint32_t s = 0; s < selection->symbol_count && !chosen && named[feed][instrument] != 0xFF; s++)
                chosen = strcmp(selection->symbols[s], names[named[feed][instrument]]) == 0;
            int gets =
                house.fanout.producers[i] && (selection->feeds[0] >> feed & 1) && (selection->schemas & schemas) && chosen;
            wanted += (uint32_t)gets;
            meant[i] += (uint64_t)gets;
            if (house.fanout.producers[i])
                assert_int_equal(take(i), gets ? step : NOTHING);
        }
        published += wanted;
        unwanted += wanted == 0;
        if (hr_sim_random_below(&random, 8) == 0)
            hr_fanout_tend(&house.fanout, NOW);
    }
    hr_fanout_tend(&house.fanout, NOW);
    assert_int_equal(house.totals.records, records);
    assert_int_equal(house.totals.unwanted, unwanted);
    assert_int_equal(house.totals.published, published);
    for (uint32_t i = 0; i < consumers; i++) {
        assert_int_equal(house.counters[i].published, meant[i]);
        assert_int_equal(house.counters[i].lost, 0);
    }
    close_house();
}

static void one_consumer(void **state)
{
    (void)state;
    run_random(1);
}

static void sixty_four_consumers(void **state)
{
    (void)state;
    run_random(64);
}

static void sixty_five_consumers(void **state)
{
    (void)state;
    run_random(65);
}

static void two_hundred_consumers(void **state)
{
    (void)state;
    run_random(200);
}

/* Warming changes nothing that can be seen; but it has to come by everyone who is attached, and by nobody who is not. */
static void warming_comes_by_who_is_attached(void **state)
{
    (void)state;
    open_house(CONSUMERS_MOST);
    for (uint32_t turn = 0; turn < 10; turn++)
        hr_fanout_warm(&house.fanout); /* nobody is attached */
    for (uint32_t consumer = 0; consumer < CONSUMERS_MOST; consumer += 3)
        attach(consumer);
    for (uint32_t consumer = 0; consumer < CONSUMERS_MOST; consumer += 6)
        detach(consumer); /* their rings are gone, and their places empty */
    uint64_t visited[(CONSUMERS_MOST + HR_WORD_BITS - 1) / HR_WORD_BITS] = {0};
    for (uint32_t turn = 0; turn < CONSUMERS_MOST; turn++) {
        uint32_t word = house.fanout.warming;
        uint64_t before = house.fanout.cold & house.fanout.active[word];
        hr_fanout_warm(&house.fanout);
        uint64_t after = house.fanout.warming == word && house.fanout.cold != UINT64_MAX ? house.fanout.cold : 0;
        assert_in_range(__builtin_popcountll(before & ~after), 0, HR_FANOUT_WARMED);
        visited[word] |= before & ~after;
    }
    assert_memory_equal(visited, house.fanout.active, sizeof visited);
    close_house();
}

static void editions_write_the_same(void **state)
{
    (void)state;
    if (!hr_fanout_has_vector())
        skip();
    static const uint64_t to[2] = {1, 2}; /* masks of one consumer each */
    struct hr_sim_random random;
    uint64_t now_ns = NOW;
    hr_sim_random_seed(&random, seed);
    open_house(2);
    attach(0);
    attach(1);
    for (int i = 0; i < 10000; i++) {
        uint64_t words[15]; /* 48 to 120 bytes: an order in three of four */
        size_t bytes = hr_sim_random_below(&random, 4) ? 56 : 48 + 8 * hr_sim_random_below(&random, 10);
        for (size_t word = 0; word < COUNT_OF(words); word++)
            words[word] = hr_sim_random_next(&random);
        ((uint8_t *)words)[0] = (uint8_t)(bytes / 4); /* the header's length */
        now_ns += hr_sim_random_below(&random, 3);
        hr_fanout_publish_portable(&house.fanout, &to[0], words, bytes, now_ns);
        hr_fanout_publish_vector(&house.fanout, &to[1], words, bytes, now_ns);
        for (int consumer = 0; consumer < 2; consumer++) {
            uint64_t stamp;
            const struct hr_record_header *found = hr_consumer_peek(&house.readers[consumer], &stamp);
            assert_non_null(found);
            assert_memory_equal(found, words, bytes);
            hr_consumer_advance(&house.readers[consumer], found, stamp);
        }
        assert_int_equal(house.producers[0].last_stamp, house.producers[1].last_stamp);
    }
    assert_memory_equal(house.producers[0].slots, house.producers[1].slots, 64 * 128);
    close_house();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feed_schema_and_symbol_select),
        cmocka_unit_test(symbols_named_late_count_from_then_on),
        cmocka_unit_test(number_with_another_name_is_another_instrument),
        cmocka_unit_test(consumer_without_symbols_in_common_gets_only_the_venue),
        cmocka_unit_test(attaching_and_detaching_while_publishing),
        cmocka_unit_test(nobody_attached_means_unwanted),
        cmocka_unit_test(no_consumers_at_all),
        cmocka_unit_test(control_records_go_to_all_of_the_feed),
        cmocka_unit_test(record_of_many_schemas_comes_once),
        cmocka_unit_test(full_ring_ends_one_attachment_and_no_other),
        cmocka_unit_test(corrupt_cursor_is_found_on_a_quiet_day_too),
        cmocka_unit_test(tending_tells_of_losses_and_renews_the_heartbeat),
        cmocka_unit_test(stopping_is_told_to_every_ring),
        cmocka_unit_test(sleepers_are_woken_and_nobody_else),
        cmocka_unit_test(sleeper_is_left_alone_by_what_it_did_not_choose),
        cmocka_unit_test(who_has_left_is_not_looked_at),
        cmocka_unit_test(sleeper_whose_ring_ended_is_woken),
        cmocka_unit_test(sleepers_beyond_one_word_are_woken),
        cmocka_unit_test(restless_sleeper_costs_one_wake_a_turn),
        cmocka_unit_test(one_consumer),
        cmocka_unit_test(sixty_four_consumers),
        cmocka_unit_test(sixty_five_consumers),
        cmocka_unit_test(two_hundred_consumers),
        cmocka_unit_test(warming_comes_by_who_is_attached),
        cmocka_unit_test(editions_write_the_same),
    };
    seed = test_seed(argc, argv, 20260105);
    edition = hr_fanout_publish_portable;
    int failed = cmocka_run_group_tests_name("fanout, portable", tests, NULL, NULL);
    if (!hr_fanout_has_vector()) {
        puts("SKIPPED fanout, vector: this processor has no AVX");
        return failed;
    }
    edition = hr_fanout_publish_vector;
    return failed + cmocka_run_group_tests_name("fanout, vector", tests, NULL, NULL);
}
