/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting on a cache line: the order of watching, looking and waiting, with a table of our own in the processor's place; and a
 * feed that waits by it. The instructions themselves run only on a processor that has them.
 */
#define _GNU_SOURCE
#include "test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "feed.h"
#include "headrace/producer.h"

#define NOW UINT64_C(1700000000000000000)
#define LAST UINT64_C(100)

/* ---- the fake: what was called, in order, and what happens meanwhile ---- */

static struct fake {
    char calls[64];
    const void *line;
    uint64_t *stamp;
    uint64_t while_watching; /* stored to *stamp within watch; 0: nothing */
    uint64_t while_waiting;
    struct hr_producer *producer;
    uint64_t publish_within; /* calls of wait until it publishes a record */
    uint64_t published;
} fake;

static void note(char call)
{
    size_t length = strlen(fake.calls);
    if (length < sizeof fake.calls - 1)
        fake.calls[length] = call;
}

static void fake_watch(const void *line)
{
    note('w');
    fake.line = line;
    if (fake.while_watching)
        *fake.stamp = fake.while_watching;
}

static void fake_wait(void)
{
    note('s');
    if (fake.while_waiting)
        *fake.stamp = fake.while_waiting;
    if (fake.producer && --fake.publish_within == 0) {
        struct hr_mbo record = {.header = {.length = sizeof record / 4, .rtype = HR_RTYPE_MBO}};
        record.order_id = ++fake.published;
        hr_producer_publish(fake.producer, &record, sizeof record, NOW);
        fake.publish_within = fake.published % 5 + 1;
    }
}

static const struct hr_monitor table = {"fake", fake_watch, fake_wait};

static void run_wait(uint64_t *stamp, uint64_t while_watching, uint64_t while_waiting)
{
    fake = (struct fake){.stamp = stamp, .while_watching = while_watching, .while_waiting = while_waiting};
    hr_monitor_wait(&table, stamp, LAST);
    assert_ptr_equal(fake.line, stamp);
}

static void it_watches_then_looks_then_waits(void **state)
{
    (void)state;
    uint64_t stamp = LAST;
    run_wait(&stamp, 0, LAST + 1);
    assert_string_equal(fake.calls, "ws");
    stamp = 0; /* a slot that has never been written */
    run_wait(&stamp, 0, LAST + 1);
    assert_string_equal(fake.calls, "ws");
}

static void stamp_that_is_there_is_not_waited_for(void **state)
{
    (void)state;
    static const uint64_t stamps[] = {LAST + 1, LAST + 1000, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(stamps); i++) {
        uint64_t stamp = stamps[i];
        run_wait(&stamp, 0, 0);
        assert_string_equal(fake.calls, "w");
    }
}

/* A store before the watch wakes nobody: it must be looked for after it. */
static void stamp_that_comes_while_it_begins_to_watch_is_seen(void **state)
{
    (void)state;
    uint64_t stamp = LAST;
    run_wait(&stamp, LAST + 1, 0);
    assert_string_equal(fake.calls, "w");
}

static void it_may_return_with_nothing(void **state)
{
    (void)state;
    uint64_t stamp = LAST;
    run_wait(&stamp, 0, 0);
    assert_string_equal(fake.calls, "ws");
    assert_int_equal(stamp, LAST);
}

/* ---- a feed that waits by it ---- */

struct stand {
    struct hr_producer producer;
    struct hr_feed *feed;
    int handler; /* the other end of the feed's socket */
};

static void open_stand(struct stand *stand)
{
    const struct hr_producer_options options = {.consumer = "c", .slot_bytes = 64, .slot_count = 64, .worker_count = 1};
    int ends[2];
    assert_int_equal(hr_producer_create(&stand->producer, &options), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    stand->handler = ends[1];
    stand->feed = calloc(1, sizeof *stand->feed + sizeof stand->feed->rings[0]);
    assert_non_null(stand->feed);
    stand->feed->hidden = calloc(1, sizeof *stand->feed->hidden);
    assert_non_null(stand->feed->hidden);
    stand->feed->hidden->wake = stand->feed->hidden->epoll = -1;
    stand->feed->hidden->monitor = &table;
    stand->feed->wait = HR_WAIT_MONITOR;
    stand->feed->socket = ends[0];
    stand->feed->ring_count = 1;
    assert_int_equal(hr_consumer_map(&stand->feed->rings[0], stand->producer.data_fd, stand->producer.cursor_fd), 0);
    fake = (struct fake){.producer = &stand->producer, .publish_within = 1};
}

static void close_stand(struct stand *stand)
{
    hr_feed_close(stand->feed);
    hr_producer_destroy(&stand->producer);
    if (stand->handler >= 0)
        close(stand->handler);
}

static void feed_reads_by_it(void **state)
{
    (void)state;
    struct stand stand;
    const struct hr_record_header *record;
    open_stand(&stand);
    for (uint64_t id = 1; id <= 1000; id++) {
        const void *slot = hr_consumer_slot(&stand.feed->rings[0], id - 1);
        assert_int_equal(hr_feed_next(stand.feed, &record, -1), 0);
        assert_int_equal(((const struct hr_mbo *)record)->order_id, id);
        assert_ptr_equal(fake.line, slot); /* the very slot that comes next, round the ring too */
    }
    assert_int_equal(fake.published, 1000);
    close_stand(&stand);
}

static void feed_does_not_wait_for_what_is_there(void **state)
{
    (void)state;
    struct stand stand;
    const struct hr_record_header *record;
    open_stand(&stand);
    fake_wait(); /* publishes one */
    memset(fake.calls, 0, sizeof fake.calls);
    assert_int_equal(hr_feed_next(stand.feed, &record, -1), 0);
    assert_string_equal(fake.calls, "");
    fake.producer = NULL;
    assert_int_equal(hr_feed_next(stand.feed, &record, 0), HR_TIMED_OUT);
    assert_string_equal(fake.calls, ""); /* one look */
    assert_int_equal(hr_feed_next(stand.feed, &record, 1000), HR_TIMED_OUT);
    assert_string_not_equal(fake.calls, "");
    close_stand(&stand);
}

/* Becoming invalid: the end is noticed though every wait returns with nothing. */
static void feed_ends_while_it_waits(void **state)
{
    (void)state;
    struct stand stand;
    const struct hr_record_header *record;
    open_stand(&stand);
    fake.producer = NULL;
    hr_producer_set_state(&stand.producer, HR_RING_STOPPING);
    assert_int_equal(hr_feed_next(stand.feed, &record, -1), -ESHUTDOWN);
    close_stand(&stand);
    open_stand(&stand);
    fake.producer = NULL;
    close(stand.handler);
    stand.handler = -1;
    assert_int_equal(hr_feed_next(stand.feed, &record, -1), -EPIPE);
    close_stand(&stand);
}

static void feed_that_monitors_has_no_descriptor(void **state)
{
    (void)state;
    struct stand stand;
    open_stand(&stand);
    assert_int_equal(hr_feed_descriptor(stand.feed), -EOPNOTSUPP);
    assert_int_equal(hr_feed_arm(stand.feed), -EOPNOTSUPP);
    close_stand(&stand);
}

/* ---- this processor ---- */

/* Whether the kernel names this flag, and so the instructions may be used. */
static int has_flag(const char *wanted)
{
    char *line = NULL;
    size_t room = 0;
    int found = 0;
    FILE *file = fopen("/proc/cpuinfo", "re");
    assert_non_null(file);
    while (!found && getline(&line, &room, file) > 0) {
        if (strncmp(line, "flags", 5) != 0)
            continue;
        for (char *rest = line, *word; (word = strtok_r(rest, " \t\n", &rest)) != NULL;)
            found |= strcmp(word, wanted) == 0;
    }
    free(line);
    fclose(file);
    return found;
}

static void detected_is_what_the_processor_has(void **state)
{
    (void)state;
    const struct hr_monitor *found = hr_monitor_detect();
    const char *wanted = has_flag("waitpkg") ? "umwait" : has_flag("mwaitx") ? "mwaitx" : NULL;
    print_message("this processor: %s\n", found ? found->name : "neither WAITPKG nor MONITORX");
    assert_int_equal(found != NULL, wanted != NULL);
    if (found) {
        uint64_t stamp = LAST;
        assert_string_equal(found->name, wanted);
        assert_true(found->watch && found->wait);
        hr_monitor_wait(found, &stamp, LAST); /* ends by itself */
        stamp++;
        hr_monitor_wait(found, &stamp, LAST);
    }
}

static void feed_without_such_a_processor_is_refused(void **state)
{
    (void)state;
    struct hr_feed *feed;
    const struct hr_attach_options options = {.socket = "/nonexistent", .wait = HR_WAIT_MONITOR};
    int error = hr_attach(&feed, "c", &options);
    assert_int_equal(error, hr_monitor_detect() ? -ENOENT : -EOPNOTSUPP);
    assert_null(feed);
    const struct hr_attach_options unknown = {.socket = "/nonexistent", .wait = (enum hr_wait)(HR_WAIT_MONITOR + 1)};
    assert_int_equal(hr_attach(&feed, "c", &unknown), -EINVAL);
    assert_null(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_watches_then_looks_then_waits),
        cmocka_unit_test(stamp_that_is_there_is_not_waited_for),
        cmocka_unit_test(stamp_that_comes_while_it_begins_to_watch_is_seen),
        cmocka_unit_test(it_may_return_with_nothing),
        cmocka_unit_test(feed_reads_by_it),
        cmocka_unit_test(feed_does_not_wait_for_what_is_there),
        cmocka_unit_test(feed_ends_while_it_waits),
        cmocka_unit_test(feed_that_monitors_has_no_descriptor),
        cmocka_unit_test(detected_is_what_the_processor_has),
        cmocka_unit_test(feed_without_such_a_processor_is_refused),
    };
    return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
