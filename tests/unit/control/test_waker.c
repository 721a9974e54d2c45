/* SPDX-License-Identifier: Apache-2.0
 *
 * The waker thread: who is wanted is woken, by the futex or the timer, and nobody else; it ends when told to, and sleeps
 * itself while nobody who sleeps is attached. Real threads sleep on real mappings here; a sleep that nobody ends is a failure.
 *
 * usage: test_waker [seed]
 */
#define _GNU_SOURCE
#include "test.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "control/waker.h"
#include "headrace/consumer.h"
#include "headrace/producer.h"

#define SLEEPERS 4
#define SLEEP_SECONDS 20
#define POLL_US 20
#define LONG_POLL_US 100000

static uint64_t seed;

/* One strategy: its ring on the handler's side and on its own, and the thread that sleeps. */
struct sleeper {
    struct hr_producer producer;
    struct hr_consumer consumer;
    int timer; /* or -1 */
    uint32_t seen;
    pthread_t thread;
    int forgotten;
};

static struct sleeper sleepers[SLEEPERS];
static struct hr_waker waker;
static _Alignas(HR_CACHE_LINE) uint8_t wakes_memory[sizeof(struct hr_wakes) + SLEEPERS * sizeof(uint32_t)];
static struct hr_wakes *const wakes = (struct hr_wakes *)wakes_memory;

static void open_all(uint32_t poll_us)
{
    static const struct hr_producer_options options = {.consumer = "c", .slot_bytes = 64, .slot_count = 64, .worker_count = 1};
    for (uint32_t i = 0; i < SLEEPERS; i++) {
        sleepers[i] = (struct sleeper){.timer = -1};
        assert_int_equal(hr_producer_create(&sleepers[i].producer, &options), 0);
        const struct hr_producer *producer = &sleepers[i].producer;
        assert_int_equal(hr_consumer_map(&sleepers[i].consumer, producer->data_fd, producer->cursor_fd), 0);
    }
    assert_int_equal(hr_waker_start(&waker, wakes, SLEEPERS, poll_us), 0);
}

static void close_all(void)
{
    hr_waker_stop(&waker);
    for (uint32_t i = 0; i < SLEEPERS; i++) {
        hr_consumer_unmap(&sleepers[i].consumer);
        hr_producer_destroy(&sleepers[i].producer);
        if (sleepers[i].timer >= 0)
            close(sleepers[i].timer);
    }
    memset(wakes_memory, 0, sizeof wakes_memory);
}

static void attach(uint32_t who, int with_timer)
{
    if (with_timer) {
        sleepers[who].timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        assert_true(sleepers[who].timer >= 0);
    }
    hr_waker_add(&waker, who, sleepers[who].producer.header, sleepers[who].timer);
}

static uint32_t wakes_of(uint32_t who)
{
    return __atomic_load_n(&sleepers[who].producer.header->wakes, __ATOMIC_ACQUIRE);
}

static void pause_briefly(void)
{
    const struct timespec brief = {.tv_nsec = 100000};
    nanosleep(&brief, NULL);
}

static void wait_for_wakes(uint32_t who, uint32_t count)
{
    for (int tries = 0; wakes_of(who) != count && tries < SLEEP_SECONDS * 10000; tries++)
        pause_briefly();
    assert_int_equal(wakes_of(who), count);
}

static void *sleep_on_futex(void *argument)
{
    struct sleeper *self = argument;
    const struct timespec patience = {.tv_sec = SLEEP_SECONDS};
    const uint32_t *word = &self->consumer.header->wakes; /* mapped read-only, as a strategy has it */
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == self->seen)
        if (syscall(SYS_futex, word, FUTEX_WAIT, self->seen, &patience, NULL, 0) < 0 && errno == ETIMEDOUT) {
            self->forgotten = 1;
            break;
        }
    return NULL;
}

static void *sleep_on_timer(void *argument)
{
    struct sleeper *self = argument;
    struct pollfd wanted = {.fd = self->timer, .events = POLLIN};
    self->forgotten = poll(&wanted, 1, SLEEP_SECONDS * 1000) != 1;
    return NULL;
}

/* Begins a sleep that the next wake-up ends. */
static void go_to_sleep(uint32_t who)
{
    uint64_t count;
    struct sleeper *self = &sleepers[who];
    self->seen = wakes_of(who);
    if (self->timer >= 0)
        (void)!read(self->timer, &count, sizeof count);
    assert_int_equal(pthread_create(&self->thread, NULL, self->timer >= 0 ? sleep_on_timer : sleep_on_futex, self), 0);
}

static void expect_awake(uint32_t who)
{
    assert_int_equal(pthread_join(sleepers[who].thread, NULL), 0);
    assert_int_equal(sleepers[who].forgotten, 0);
}

static void it_starts_and_stops(void **state)
{
    (void)state;
    static const uint32_t polls[] = {0, POLL_US, LONG_POLL_US}, counts[] = {0, 1, SLEEPERS};
    for (size_t p = 0; p < COUNT_OF(polls); p++)
        for (size_t c = 0; c < COUNT_OF(counts); c++) {
            struct hr_waker other;
            assert_int_equal(hr_waker_start(&other, wakes, counts[c], polls[p]), 0);
            assert_true(hr_waker_cpu(&other) >= 0);
            hr_waker_stop(&other);
            hr_waker_stop(&other); /* what has been stopped is stopped */
        }
    struct hr_waker never = {0};
    hr_waker_stop(&never);
}

static void who_is_wanted_wakes_up(void **state)
{
    (void)state;
    static const uint32_t polls[] = {0, POLL_US};
    for (size_t p = 0; p < COUNT_OF(polls); p++)
        for (int with_timer = 0; with_timer < 2; with_timer++) {
            open_all(polls[p]);
            attach(1, with_timer);
            for (uint32_t round = 1; round <= 200; round++) {
                go_to_sleep(1);
                hr_wakes_want(wakes, 1);
                expect_awake(1);
                assert_int_equal(wakes_of(1), round);
            }
            close_all();
        }
}

static void nobody_else_wakes_up(void **state)
{
    (void)state;
    open_all(POLL_US);
    for (uint32_t i = 0; i < SLEEPERS; i++)
        attach(i, i % 2 == 1);
    for (uint32_t i = 0; i < SLEEPERS; i++)
        go_to_sleep(i);
    hr_wakes_want(wakes, 2);
    hr_wakes_want(wakes, 1);
    expect_awake(2);
    expect_awake(1);
    assert_int_equal(wakes_of(0), 0);
    assert_int_equal(wakes_of(3), 0);
    uint64_t count;
    assert_int_equal(read(sleepers[1].timer, &count, sizeof count), sizeof count);
    assert_int_equal(count, 1);
    assert_int_equal(read(sleepers[3].timer, &count, sizeof count), -1);
    hr_wakes_want(wakes, 0);
    hr_wakes_want(wakes, 3);
    expect_awake(0);
    expect_awake(3);
    close_all();
}

/* Wanted twice between two looks is woken once at least, which is what a sleeper needs. */
static void wishes_may_run_together(void **state)
{
    (void)state;
    open_all(POLL_US);
    attach(0, 0);
    for (int i = 0; i < 1000; i++)
        hr_wakes_want(wakes, 0);
    go_to_sleep(0);
    hr_wakes_want(wakes, 0);
    expect_awake(0);
    assert_in_range(wakes_of(0), 1, 1001);
    close_all();
}

/* A hostile reader need not read its timer, and may set it itself: the waker waits for nothing. */
static void hostile_timer_stops_nothing(void **state)
{
    (void)state;
    static const struct itimerspec settings[] = {
        {.it_value.tv_nsec = 1, .it_interval.tv_nsec = 1}, {.it_value.tv_sec = INT32_MAX}, {.it_value.tv_sec = 0}};
    open_all(POLL_US);
    attach(0, 1);
    attach(1, 1);
    for (uint32_t i = 0; i < COUNT_OF(settings); i++) {
        assert_int_equal(timerfd_settime(sleepers[0].timer, i == 1 ? TFD_TIMER_ABSTIME : 0, &settings[i], NULL), 0);
        hr_wakes_want(wakes, 0);
        wait_for_wakes(0, i + 1);
    }
    go_to_sleep(1);
    hr_wakes_want(wakes, 1);
    expect_awake(1);
    close_all();
}

/* Becoming invalid: its header may be unmapped right after hr_waker_remove. */
static void who_has_left_is_not_touched(void **state)
{
    (void)state;
    open_all(POLL_US);
    attach(0, 0);
    attach(1, 0);
    hr_wakes_want(wakes, 0);
    wait_for_wakes(0, 1);
    for (int round = 0; round < 100; round++) {
        hr_wakes_want(wakes, 0);
        hr_waker_remove(&waker, 0);
        uint32_t before = wakes_of(0);
        hr_wakes_want(wakes, 0);
        uint32_t other = wakes_of(1);
        hr_wakes_want(wakes, 1);
        wait_for_wakes(1, other + 1); /* by now it has passed over the first */
        assert_int_equal(wakes_of(0), before);
        attach(0, 0);
    }
    hr_waker_remove(&waker, 0);
    hr_waker_remove(&waker, 0); /* twice: nothing happens */
    assert_int_equal(waker.attached, 1);
    close_all();
}

static void same_consumer_attaches_again_and_otherwise(void **state)
{
    (void)state;
    open_all(POLL_US);
    for (int round = 0; round < 100; round++) {
        attach(2, round % 2);
        go_to_sleep(2);
        hr_wakes_want(wakes, 2);
        expect_awake(2);
        hr_waker_remove(&waker, 2);
        if (sleepers[2].timer >= 0)
            close(sleepers[2].timer);
        sleepers[2].timer = -1;
    }
    close_all();
}

/* What was wanted last is done before the thread ends: that is how sleepers hear of the handler's end. */
static void the_end_is_told(void **state)
{
    (void)state;
    for (int with_timer = 0; with_timer < 2; with_timer++) {
        open_all(LONG_POLL_US);
        attach(0, with_timer);
        go_to_sleep(0);
        hr_wakes_want(wakes, 0);
        hr_waker_stop(&waker);
        expect_awake(0);
        assert_int_equal(wakes_of(0), 1);
        close_all();
    }
}

/* Counts only grow, and may run over. */
static void counts_wrap(void **state)
{
    (void)state;
    open_all(POLL_US);
    wakes->wanted[0] = wakes->total = UINT32_MAX - 1;
    attach(0, 0);
    wait_for_wakes(0, 1); /* it looks like a wish: a sleep that ends early harms nobody */
    for (uint32_t i = 2; i < 6; i++) {
        go_to_sleep(0);
        hr_wakes_want(wakes, 0);
        expect_awake(0);
        assert_int_equal(wakes_of(0), i);
    }
    assert_int_equal(wakes->wanted[0], 2);
    close_all();
}

/* Two readings of its CPU time that do not differ, though a poll or a spin would have come between them many times. */
static int is_asleep(void)
{
    const struct timespec many_polls = {.tv_nsec = 20000000};
    double before = hr_waker_cpu(&waker);
    nanosleep(&many_polls, NULL);
    return !(hr_waker_cpu(&waker) > before);
}

static void it_sleeps_while_nobody_is_attached(void **state)
{
    (void)state;
    static const uint32_t polls[] = {0, POLL_US};
    for (size_t p = 0; p < COUNT_OF(polls); p++) {
        open_all(polls[p]);
        for (int round = 0; round < 2; round++) {
            int tries = 0;
            while (!is_asleep() && tries < 500)
                tries++;
            assert_true(tries < 500);
            attach(0, 0);
            hr_wakes_want(wakes, 0);
            wait_for_wakes(0, (uint32_t)round + 1);
            for (tries = 0; is_asleep() && tries < 500; tries++)
                ;
            assert_true(tries < 500);
            hr_waker_remove(&waker, 0);
        }
        close_all();
    }
}

/* Everyone sleeps and is woken in any order, by two ways at once. */
static void random_sleeps_all_end(void **state)
{
    (void)state;
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    open_all(POLL_US);
    for (uint32_t i = 0; i < SLEEPERS; i++)
        attach(i, i % 2 == 0);
    for (int round = 0; round < 300; round++) {
        uint32_t asleep = hr_sim_random_below(&random, 1U << SLEEPERS);
        for (uint32_t i = 0; i < SLEEPERS; i++)
            if (asleep >> i & 1)
                go_to_sleep(i);
        for (uint32_t left = asleep; left;) {
            uint32_t who = hr_sim_random_below(&random, SLEEPERS);
            if (!(left >> who & 1))
                continue;
            hr_wakes_want(wakes, who);
            left &= ~(1U << who);
        }
        for (uint32_t i = 0; i < SLEEPERS; i++)
            if (asleep >> i & 1)
                expect_awake(i);
    }
    close_all();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_and_stops),
        cmocka_unit_test(who_is_wanted_wakes_up),
        cmocka_unit_test(nobody_else_wakes_up),
        cmocka_unit_test(wishes_may_run_together),
        cmocka_unit_test(hostile_timer_stops_nothing),
        cmocka_unit_test(who_has_left_is_not_touched),
        cmocka_unit_test(same_consumer_attaches_again_and_otherwise),
        cmocka_unit_test(the_end_is_told),
        cmocka_unit_test(counts_wrap),
        cmocka_unit_test(it_sleeps_while_nobody_is_attached),
        cmocka_unit_test(random_sleeps_all_end),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("waker", tests, NULL, NULL);
}
