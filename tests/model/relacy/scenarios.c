/* SPDX-License-Identifier: Apache-2.0
 *
 * What the handler and the strategy do with a ring, as threads. All state is set in before(): a scenario runs many times.
 */
#include MODEL_RING /* the ring's sources, maybe with a mistake: see mutate.py */

const char *const model_misfit = MODEL_MISFIT;

#ifdef STATE_LOAD_RELAXED
#define STATE_LOAD_ORDER __ATOMIC_RELAXED
#else
#define STATE_LOAD_ORDER __ATOMIC_ACQUIRE
#endif

/* Messages over the socket. */
enum { ARMED, DONE, HUNG_UP, ATTACHED };

/* One end of what one strategy reads. */
struct reading {
    struct hr_consumer ring;
    uint64_t next;  /* number of the record that comes now */
    uint64_t stamp; /* of the last one */
};

static struct hr_producer producer;
static struct reading reading;
static struct reading second; /* of the strategy that attaches after the first has left */
static struct hr_sleeper sleeper;
static struct hr_waker waker;

/* ---- one record ---- */

/* Two records a burst. */
static uint64_t now_of(uint64_t number)
{
    return 1000 + number / 2;
}

static void publish(uint64_t number)
{
    struct hr_mbo order = {
        .header = {.length = sizeof order / 4, .rtype = HR_RTYPE_MBO, .instrument_id = (uint32_t)number, .ts_event = ~number},
        .order_id = number * 3,
        .price = (int64_t)number * 5,
        .size = (uint32_t)number * 7,
        .ts_recv = number * 11,
        .sequence = (uint32_t)number,
    };
    hr_producer_publish(&producer, &order, sizeof order, now_of(number));
}

/* Each record comes once, whole, in order, or is told as lost where it would have been. */
static void take(struct reading *from, const struct hr_record_header *record, uint64_t stamp)
{
    const struct hr_mbo *order = (const void *)record;
    uint64_t number = from->next;
    CHECK(stamp > from->stamp);
    from->stamp = stamp;
    if (record->rtype == HR_RTYPE_LOST) {
        CHECK(((const struct hr_lost *)record)->count != 0);
        from->next += ((const struct hr_lost *)record)->count;
        return;
    }
    from->next++;
    CHECK(order->header.rtype == HR_RTYPE_MBO);
    CHECK(order->sequence == number);
    CHECK(order->header.instrument_id == number && order->header.ts_event == ~number && order->order_id == number * 3);
    CHECK(order->price == (int64_t)number * 5 && order->size == number * 7 && order->ts_recv == number * 11);
}

/* Reads one record if there is one. */
static int read_one(struct reading *from)
{
    uint64_t stamp = 0;
    const struct hr_record_header *record = hr_consumer_peek(&from->ring, &stamp);
    if (!record)
        return 0;
    take(from, record, stamp);
    hr_consumer_advance(&from->ring, record, stamp);
    return 1;
}

static uint32_t state_of(const struct reading *from)
{
    return __atomic_load_n(&from->ring.header->state, STATE_LOAD_ORDER);
}

/* As a strategy that spins: an end counts when one more look after it found nothing. */
static void read_to_end(struct reading *from)
{
    for (int ended = 0;;) {
        if (read_one(from))
            continue;
        if (ended)
            return;
        ended = state_of(from) != HR_RING_RUNNING;
        if (!ended)
            model_yield();
    }
}

/* ---- before ---- */

static void attach(struct reading *to)
{
    *to = (struct reading){0};
    CHECK(hr_consumer_map(&to->ring, producer.data_fd, producer.cursor_fd) == 0);
}

static void make(enum hr_on_full on_full)
{
    struct hr_producer_options options = {
        .consumer = "model", .slot_bytes = 64, .slot_count = model_slots, .worker_count = 1, .on_full = on_full};
    CHECK(hr_producer_create(&producer, &options) == 0);
    attach(&reading);
    sleeper = (struct hr_sleeper){.header = producer.header, .descriptor = -1};
    waker = (struct hr_waker){.wakes = model_wakes(), .sleepers = &sleeper, .consumers = 1};
}

static void make_drop(void)
{
    make(HR_ON_FULL_DROP);
}

static void make_detach(void)
{
    make(HR_ON_FULL_DETACH);
}

static void nothing(void)
{
}

/* ---- publish, batch: the writer waits for room; slots are used again and again ---- */

static uint64_t rounds(void)
{
    return 2 * model_slots + 1;
}

static void publish_with_room(void)
{
    for (uint64_t number = 0; number < rounds(); number++) {
        while (producer.written - producer.read > producer.mask && hr_producer_room(&producer) == 0)
            model_yield();
        publish(number);
    }
}

static void peek_all(void)
{
    while (reading.next < rounds())
        if (!read_one(&reading))
            model_yield();
}

static void batch_all(void)
{
    uint64_t maximum = 1 + model_choose(model_slots);
    while (reading.next < rounds()) {
        const uint8_t *slot = NULL;
        uint64_t count = hr_consumer_batch(&reading.ring, &slot, maximum);
        for (uint64_t i = 0; i < count; i++, slot += reading.ring.slot_bytes) {
            const struct hr_slot *lent = (const void *)slot;
            take(&reading, (const void *)lent->record, __atomic_load_n(&lent->stamp, __ATOMIC_RELAXED));
        }
        if (count)
            hr_consumer_release(&reading.ring, count);
        else
            model_yield();
    }
}

static void check_none_lost(void)
{
    CHECK(producer.state == HR_RING_RUNNING && producer.lost == 0);
    CHECK(reading.ring.records == rounds() && reading.ring.lost == 0);
}

/* ---- full: the writer does not wait; what has no room is told ---- */

static void stop(void)
{
    while (producer.lost_pending && producer.state == HR_RING_RUNNING) {
        hr_producer_flush(&producer, now_of(1000));
        if (producer.lost_pending)
            model_yield();
    }
    CHECK(producer.state == HR_RING_RUNNING);
    hr_producer_set_state(&producer, HR_RING_STOPPING);
}

static void publish_anyway(void)
{
    for (uint64_t number = 0; number < rounds(); number++)
        publish(number);
    stop();
}

static void read_all(void)
{
    read_to_end(&reading);
    CHECK(reading.next == rounds());
}

static void check_told(void)
{
    CHECK(reading.ring.records + reading.ring.lost == hr_producer_published(&producer));
    CHECK(reading.ring.lost == producer.lost);
}

/* ---- end, detach: who sees the state sees all that was published before, and its count ---- */

static uint64_t some; /* records, of scenario `end`; told to the reader behind Relacy's back */

static void publish_some(void)
{
    some = model_choose(model_slots + 1);
    for (uint64_t number = 0; number < some; number++)
        publish(number);
    hr_producer_set_state(&producer, HR_RING_STOPPING);
}

static void publish_until_detached(void)
{
    for (uint64_t number = 0; number < rounds() && producer.state == HR_RING_RUNNING; number++)
        publish(number);
    if (producer.state == HR_RING_RUNNING)
        hr_producer_set_state(&producer, HR_RING_STOPPING);
}

static void read_what_there_is(void)
{
    read_to_end(&reading);
    uint64_t published = __atomic_load_n(&reading.ring.header->published, __ATOMIC_RELAXED);
    uint64_t lost = __atomic_load_n(&reading.ring.header->lost, __ATOMIC_RELAXED);
    CHECK(reading.ring.lost == 0 && reading.ring.records + lost == published);
}

static void read_some(void)
{
    read_to_end(&reading);
    CHECK(reading.next == some);
    CHECK(__atomic_load_n(&reading.ring.header->published, __ATOMIC_RELAXED) == some);
}

static void check_end(void)
{
    CHECK(reading.ring.records + producer.lost == hr_producer_published(&producer));
    CHECK(producer.lost == (producer.state == HR_RING_DETACHED));
}

/* ---- sleeping: a turn of the handler is what it publishes, and then one look ---- */

/* Without a waker thread: the worker does it, and the two threads that the protocol has are all there are. */
static void wake_here(void)
{
    wake(&sleeper);
}

static void leave_to_waker(void)
{
    hr_wakes_want(model_wakes(), 0);
}

static void look_at_sleeper(void (*end_sleep)(void))
{
    if (hr_producer_must_wake(&producer))
        end_sleep();
}

static void turn(void (*work)(void), void (*end_sleep)(void))
{
#ifdef WAKE_CHECK_FIRST
    look_at_sleeper(end_sleep);
    work();
#else
    work();
    look_at_sleeper(end_sleep);
#endif
}

/* The end is looked for once more after the ticket: whoever is told of it later sees the ticket. */
static void sleep_to_end(void)
{
    for (int ended = 0;;) {
        uint32_t wakes = 0;
        if (read_one(&reading))
            continue;
        if (ended)
            return;
#ifdef STATE_BEFORE_ARM
        ended = state_of(&reading) != HR_RING_RUNNING;
        if (ended || hr_consumer_arm(&reading.ring, &wakes))
            continue;
#else
        if (hr_consumer_arm(&reading.ring, &wakes))
            continue;
        ended = state_of(&reading) != HR_RING_RUNNING;
        if (ended)
            continue;
#endif
        model_futex_wait(&reading.ring.header->wakes, wakes);
    }
}

/* What comes next: the records, then LOST, then the end, then nothing. */
static void work_on(void)
{
    if (hr_producer_published(&producer) < rounds())
        publish(hr_producer_published(&producer));
    else if (producer.lost_pending)
        hr_producer_flush(&producer, now_of(1000));
    else if (producer.state == HR_RING_RUNNING)
        hr_producer_set_state(&producer, HR_RING_STOPPING);
}

/* The handler as it is: it looks for ever. A strategy that sleeps for ever makes this a livelock. */
static void turn_until_done(void (*end_sleep)(void))
{
    while (!model_has_come(DONE)) {
        turn(work_on, end_sleep);
        model_yield();
    }
}

static void turn_for_ever(void)
{
    turn_until_done(wake_here);
}

static void turn_for_waker(void)
{
    turn_until_done(leave_to_waker);
}

static void look_for_ever(void)
{
    while (!model_has_come(DONE)) {
        look(&waker);
        model_yield();
    }
}

static void sleep_all(void)
{
    sleep_to_end();
    CHECK(reading.next == rounds());
    model_send(DONE);
}

/* A handler that looks in the turn of the last event and in one more, and never again. Between turns its stores have arrived,
 * which C11 can say only as a fence. A strategy that sleeps for ever makes this a deadlock. */
static void turn_and_one_more(void)
{
    for (uint64_t number = 0; number <= 2; number++) {
        if (number)
            __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (number < 2)
            publish(number);
        else
            hr_producer_set_state(&producer, HR_RING_STOPPING);
        look_at_sleeper(wake_here);
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    look_at_sleeper(wake_here);
}

static void sleep_for_two(void)
{
    sleep_to_end();
    CHECK(reading.next == 2);
}

/* A handler that has one turn, which begins when the strategy sleeps. */
static void publish_first(void)
{
    publish(0);
}

static void one_turn(void)
{
    model_receive(ARMED);
    turn(publish_first, wake_here);
}

static void sleep_once(void)
{
    uint32_t wakes = 0;
    CHECK(!read_one(&reading));
    CHECK(!hr_consumer_arm(&reading.ring, &wakes));
    model_send(ARMED);
    model_futex_wait(&reading.ring.header->wakes, wakes);
    while (!read_one(&reading)) /* not to have slept orders nothing */
        model_yield();
}

/* ---- renew: a ring that was used before ---- */

/* A strategy that leaves in the middle, and still has the ring mapped. */
static void read_and_leave(void)
{
    for (uint32_t looks = 0; looks < model_slots; looks++)
        read_one(&reading);
    model_send(HUNG_UP);
    hr_consumer_store_cursor(&reading.ring);
}

static void publish_to_both(void)
{
    for (uint64_t number = 0; number <= model_slots; number++)
        publish(number);
    model_receive(HUNG_UP);
    CHECK(hr_producer_renew(&producer) == 0);
    model_send(ATTACHED);
    publish_anyway();
}

static void attach_and_read(void)
{
    model_receive(ATTACHED);
    attach(&second);
    read_to_end(&second);
    CHECK(second.next == rounds());
}

static void check_second(void)
{
    CHECK(second.ring.records + second.ring.lost == hr_producer_published(&producer));
    CHECK(second.ring.lost == producer.lost);
}

/* ---- small: few enough steps to try every order of them ---- */

static void publish_five(void)
{
    for (uint64_t number = 0; number < 5; number++)
        publish(number);
}

static void look_five_times(void)
{
    for (int looks = 0; looks < 5; looks++)
        read_one(&reading);
}

const struct model_scenario model_scenarios[] = {
    {"publish", "peek and advance, slots used again", 2, 4, 2, make_drop, {publish_with_room, peek_all}, check_none_lost},
    {"publish-2", "the same with two slots", 2, 2, 1, make_drop, {publish_with_room, peek_all}, check_none_lost},
    {"batch", "batch and release, across the wrap", 2, 4, 2, make_drop, {publish_with_room, batch_all}, check_none_lost},
    {"full", "drop, and LOST where it was", 2, 4, 2, make_drop, {publish_anyway, read_all}, check_told},
    {"full-2", "the same with two slots", 2, 2, 1, make_drop, {publish_anyway, read_all}, check_told},
    {"end", "the state, and what was before it", 2, 2, 1, make_drop, {publish_some, read_some}, check_end},
    {"detach", "full, with on_full: detach", 2, 2, 1, make_detach, {publish_until_detached, read_what_there_is}, check_end},
    {"sleep", "the handler looks for ever", 2, 2, 1, make_drop, {turn_for_ever, sleep_all}, check_told},
    {"waker", "the same, and a waker thread", 3, 2, 1, make_drop, {turn_for_waker, sleep_all, look_for_ever}, check_told},
    {"one-turn-late", "it looks once more, and no more", 2, 2, 1, make_drop, {turn_and_one_more, sleep_for_two}, nothing},
    {"asleep", "it looks once, at one who sleeps", 2, 2, 1, make_drop, {one_turn, sleep_once}, nothing},
    {"renew", "the ring of a strategy that has left", 3, 2, 1, make_drop, {publish_to_both, read_and_leave, attach_and_read},
     check_second},
    {"small", "five records, five looks", 2, 2, 1, make_drop, {publish_five, look_five_times}, nothing},
    {NULL, NULL, 0, 0, 0, NULL, {NULL}, NULL},
};
