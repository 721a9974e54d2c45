/* SPDX-License-Identifier: Apache-2.0
 *
 * The GLIMPSE server without its sockets: a snapshot and what follows it is the whole day; and SoupBinTCP, byte by byte.
 *
 * usage: test_glimpse [seed]
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/market.h"
#include "sim/message.h"
#include "sim/snapshot.h"
#include "sim/soup.h"

#define SECOND_NS UINT64_C(1000000000)

static uint64_t seed = 20260105;

struct text {
    size_t length;
    size_t messages;
    uint8_t *bytes;
};

static int append(void *state, const uint8_t *message, size_t length)
{
    struct text *text = state;
    text->bytes = realloc(text->bytes, text->length + length);
    assert_non_null(text->bytes);
    memcpy(text->bytes + text->length, message, length);
    text->length += length;
    text->messages++;
    return 0;
}

static int apply(void *state, const uint8_t *message, size_t length)
{
    return hr_snapshot_apply(state, message, length);
}

/* The same state writes the same bytes. */
static void assert_same(const struct hr_snapshot *left, const struct hr_snapshot *right)
{
    struct text a = {0}, b = {0};
    assert_int_equal(hr_snapshot_write(left, append, &a), 0);
    assert_int_equal(hr_snapshot_write(right, append, &b), 0);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.bytes, b.bytes, a.length);
    free(a.bytes);
    free(b.bytes);
}

/* Wherever the day is cut: the snapshot there, and then the rest, is the day. */
static void a_snapshot_and_the_rest_is_the_day(void **state)
{
    (void)state;
    const struct hr_market_options options = {
        .seed = seed, .symbols = 50, .messages = 100000, .live_orders = 5000, .rate = 200000};
    static const uint64_t CUTS[] = {0, 1, 120, 2000, 5153, 60000, 105000};
    for (size_t i = 0; i < sizeof(CUTS) / sizeof(CUTS[0]); i++) {
        struct hr_market *market = NULL;
        struct hr_snapshot *whole = NULL, *joined = NULL;
        uint8_t message[HR_MARKET_MESSAGE_BYTES];
        uint64_t time_ns, number = 0;
        size_t length;
        assert_int_equal(hr_market_create(&market, &options), 0);
        assert_int_equal(hr_snapshot_create(&whole), 0);
        assert_int_equal(hr_snapshot_create(&joined), 0);
        while ((length = hr_market_next(market, message, &time_ns)) > 0) {
            if (number++ == CUTS[i]) {
                assert_int_equal(hr_snapshot_write(whole, apply, joined), 0);
                assert_same(whole, joined);
            }
            assert_int_equal(hr_snapshot_apply(whole, message, length), 0);
            if (number > CUTS[i])
                assert_int_equal(hr_snapshot_apply(joined, message, length), 0);
            assert_int_equal(hr_snapshot_live_orders(whole), hr_market_statistics(market)->live_orders);
        }
        assert_true(number > CUTS[i]);
        assert_same(whole, joined);
        hr_snapshot_destroy(whole);
        hr_snapshot_destroy(joined);
        hr_market_destroy(market);
    }
}

static void messages_that_do_not_fit(void **state)
{
    (void)state;
    const struct hr_sim_message_head head = {.locate = 1, .time_ns = 5};
    struct hr_snapshot *snapshot = NULL;
    uint8_t message[64];
    struct text text = {0};
    assert_int_equal(hr_snapshot_create(&snapshot), 0);
    size_t length = hr_sim_write_add(message, &head, 7, 'B', 100, "ABC     ", 5000, "MPID");
    assert_int_equal(hr_snapshot_apply(snapshot, message, length - 1), -EPROTO);
    assert_int_equal(hr_snapshot_apply(snapshot, message, length), 0);
    assert_int_equal(hr_snapshot_apply(snapshot, message, length), -EPROTO); /* twice */
    assert_int_equal(hr_snapshot_apply(snapshot, message, 0), -EPROTO);
    length = hr_sim_write_cancel(message, &head, 7, 101);
    assert_int_equal(hr_snapshot_apply(snapshot, message, length), -EPROTO); /* more than is left */
    length = hr_sim_write_cancel(message, &head, 7, 40);
    assert_int_equal(hr_snapshot_apply(snapshot, message, length), 0);
    length = hr_sim_write_delete(message, &head, 8);
    assert_int_equal(hr_snapshot_apply(snapshot, message, length), -EPROTO); /* never added */
    length = hr_sim_write_replace(message, &head, 7, 9, 30, 6000);
    assert_int_equal(hr_snapshot_apply(snapshot, message, length), 0);
    length = hr_sim_write_trade(message, &head, 100, "ABC     ", 5000, 1);
    assert_int_equal(hr_snapshot_apply(snapshot, message, length), 0); /* says nothing of the state */

    /* What is left: the replaced order with its old stock, side and attribution. */
    assert_int_equal(hr_snapshot_write(snapshot, append, &text), 0);
    length = hr_sim_write_add(message, &head, 9, 'B', 30, "ABC     ", 6000, "MPID");
    assert_int_equal(text.messages, 1);
    assert_int_equal(text.length, length);
    assert_memory_equal(text.bytes, message, length);
    free(text.bytes);
    hr_snapshot_destroy(snapshot);
}

static const struct hr_soup_options LOCKED = {.username = "user", .password = "Secret", .session = "HRSIM01"};
static const struct hr_soup_options OPEN = {.session = "HRSIM01"};

#define LOGIN(user, password, session) "\0\57L" user password session "                   1"
#define LOGIN_BYTES 49

static void expect(struct hr_soup *soup, const char *bytes, size_t length)
{
    size_t waiting;
    const uint8_t *output = hr_soup_output(soup, &waiting);
    assert_int_equal(waiting, length);
    assert_memory_equal(output, bytes, length);
    hr_soup_sent(soup, length);
}

static void logins(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const struct hr_soup_options *options;
        bool available;
        enum hr_soup_state after;
        char reason;
    } CASES[] = {
        {LOGIN("user  ", "secret    ", "          "), &LOCKED, true, HR_SOUP_ACCEPTED, 0},
        {LOGIN("USER  ", "SECRET    ", "   HRSIM01"), &LOCKED, true, HR_SOUP_ACCEPTED, 0},
        {LOGIN("user  ", "secret    ", "HRSIM01   "), &LOCKED, true, HR_SOUP_ACCEPTED, 0},
        {LOGIN("anyone", "anything  ", "          "), &OPEN, true, HR_SOUP_ACCEPTED, 0},
        {LOGIN("user  ", "wrong     ", "          "), &LOCKED, true, HR_SOUP_REJECTED, 'A'},
        {LOGIN("users ", "secret    ", "          "), &LOCKED, true, HR_SOUP_REJECTED, 'A'},
        {LOGIN("      ", "          ", "          "), &LOCKED, true, HR_SOUP_REJECTED, 'A'},
        {LOGIN("user  ", "secret    ", "HRSIM02   "), &LOCKED, true, HR_SOUP_REJECTED, 'S'},
        {LOGIN("anyone", "anything  ", "          "), &OPEN, false, HR_SOUP_REJECTED, 'S'},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        /* In parts of every size, with a heartbeat behind it. */
        for (size_t part = 1; part <= LOGIN_BYTES + 3; part++) {
            uint8_t bytes[LOGIN_BYTES + 3];
            struct hr_soup soup;
            memcpy(bytes, CASES[i].bytes, LOGIN_BYTES);
            memcpy(bytes + LOGIN_BYTES, "\0\1R", 3);
            hr_soup_start(&soup, CASES[i].options, 0);
            for (size_t at = 0; at < sizeof(bytes); at += part)
                assert_int_equal(hr_soup_receive(&soup, bytes + at, part < sizeof(bytes) - at ? part : sizeof(bytes) - at,
                                                 CASES[i].available, 5),
                                 0);
            assert_int_equal(soup.state, CASES[i].after);
            if (CASES[i].reason)
                expect(&soup, (char[]){0, 2, 'J', CASES[i].reason}, 4);
            else
                expect(&soup, "\0\37A   HRSIM01                   1", 33);
            hr_soup_stop(&soup);
        }
    }
}

static void heartbeats_logout_and_end(void **state)
{
    (void)state;
    struct hr_soup soup;
    hr_soup_start(&soup, &OPEN, 0);
    assert_int_equal(hr_soup_tick(&soup, 10 * SECOND_NS), 0); /* nothing to say before the login */
    expect(&soup, "", 0);
    assert_int_equal(hr_soup_receive(&soup, (const uint8_t *)LOGIN("me    ", "          ", "          "), LOGIN_BYTES, true,
                                     10 * SECOND_NS),
                     0);
    hr_soup_sent(&soup, 33);
    assert_int_equal(hr_soup_tick(&soup, 11 * SECOND_NS - 1), 0);
    expect(&soup, "", 0);
    assert_int_equal(hr_soup_tick(&soup, 11 * SECOND_NS), 0);
    expect(&soup, "\0\1H", 3);
    assert_int_equal(hr_soup_send(&soup, (const uint8_t *)"hello", 5, 12 * SECOND_NS), 0);
    assert_int_equal(hr_soup_tick(&soup, 13 * SECOND_NS), 0); /* data waits: no heartbeat behind it */
    expect(&soup, "\0\6Shello", 8);
    assert_int_equal(hr_soup_tick(&soup, 25 * SECOND_NS), 0);
    expect(&soup, "\0\1H", 3);
    assert_int_equal(hr_soup_tick(&soup, 25 * SECOND_NS + 1), -ETIMEDOUT); /* 15 s after the login */
    assert_int_equal(hr_soup_receive(&soup, (const uint8_t *)"\0\1R\0\4Uabc\0\3+hi", 14, true, 25 * SECOND_NS), 0);
    assert_int_equal(hr_soup_tick(&soup, 25 * SECOND_NS + 1), 0);
    assert_int_equal(hr_soup_end(&soup, 26 * SECOND_NS), 0);
    expect(&soup, "\0\1Z", 3);
    hr_soup_stop(&soup);

    hr_soup_start(&soup, &OPEN, 0);
    assert_int_equal(hr_soup_receive(&soup, (const uint8_t *)LOGIN("me    ", "          ", "          ") "\0\1Ojunk", 56, true, 0),
                     0); /* what follows a logout is not read */
    assert_int_equal(soup.state, HR_SOUP_OVER);
    hr_soup_stop(&soup);
}

static void no_soup(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } CASES[] = {{"\0\0", 2}, {"\377\377", 3}, {"\0\1R", 3}, {"\0\5Labcd", 7}, {"\0\1X", 3}, {"GET / HTTP/1.1\r\n\r\n", 18}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct hr_soup soup;
        hr_soup_start(&soup, &OPEN, 0);
        assert_int_equal(hr_soup_receive(&soup, (const uint8_t *)CASES[i].bytes, CASES[i].length, true, 0), -EPROTO);
        hr_soup_stop(&soup);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_and_the_rest_is_the_day),
        cmocka_unit_test(messages_that_do_not_fit),
        cmocka_unit_test(logins),
        cmocka_unit_test(heartbeats_logout_and_end),
        cmocka_unit_test(no_soup),
    };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    print_message("seed %ju\n", (uintmax_t)seed);
    return cmocka_run_group_tests_name("glimpse", tests, NULL, NULL);
}
