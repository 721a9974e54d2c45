/* SPDX-License-Identifier: Apache-2.0
 *
 * The history of what was sent and the request server's answers from it: any range comes back as it was sent, nothing that
 * was not sent or is no longer kept; and each way of misbehaving.
 *
 * usage: test_requests [seed]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/history.h"
#include "sim/message.h"
#include "sim/mold.h"
#include "sim/random.h"
#include "sim/requests.h"

#define MESSAGES_MAX 40000
#define SESSION "HRSIM00001"

static uint64_t seed = 20260105;

struct day {
    struct hr_history *history;
    uint64_t count; /* messages 1 to count */
    uint8_t lengths[MESSAGES_MAX + 1];
    uint8_t messages[MESSAGES_MAX + 1][HR_MARKET_MESSAGE_BYTES];
};

/* A whole day, kept in a history of so many bytes and message by message beside it. */
static struct day *make_day(uint64_t bytes)
{
    const struct hr_market_options market_options = {
        .seed = seed, .symbols = 20, .messages = 30000, .live_orders = 500, .rate = 200000};
    const struct hr_mold_options mold_options = HR_MOLD_OPTIONS_DEFAULT;
    struct day *day = calloc(1, sizeof(*day));
    struct hr_market *market = NULL;
    struct hr_mold *mold = NULL;
    uint8_t payload[HR_MOLD_PAYLOAD_BYTES_MAX];
    uint64_t time_ns;
    size_t length;
    assert_non_null(day);
    assert_int_equal(hr_history_create(&day->history, bytes), 0);
    assert_int_equal(hr_history_next_sequence(day->history), 1);
    assert_int_equal(hr_market_create(&market, &market_options), 0);
    assert_int_equal(hr_mold_create(&mold, market, &mold_options), 0);
    while ((length = hr_mold_next(mold, payload, &time_ns)) > 0) {
        assert_int_equal(hr_history_append(day->history, payload, length), 0);
        const uint8_t *at = payload + HR_MOLD_HEADER_BYTES;
        for (uint32_t i = hr_mold_message_count(payload); i > 0; i--) {
            size_t message = hr_sim_get(at, 2);
            assert_true(++day->count <= MESSAGES_MAX);
            day->lengths[day->count] = (uint8_t)message;
            memcpy(day->messages[day->count], at + 2, message);
            at += 2 + message;
        }
    }
    assert_int_equal(hr_history_next_sequence(day->history), day->count + 1);
    hr_mold_destroy(mold);
    hr_market_destroy(market);
    return day;
}

static void free_day(struct day *day)
{
    hr_history_destroy(day->history);
    free(day);
}

/* A well-formed answer that holds what was sent, from `sequence` on, and no more than fits. Returns how many. */
static uint32_t check_answer(const struct day *day, const uint8_t *answer, size_t length, uint64_t sequence, uint32_t wanted)
{
    const uint8_t *at = answer + HR_MOLD_HEADER_BYTES;
    uint32_t count = (uint32_t)hr_sim_get(answer + 18, 2);
    assert_memory_equal(answer, SESSION, 10);
    assert_int_equal(hr_sim_get(answer + 10, 8), sequence);
    assert_true(count >= 1 && count <= wanted);
    for (uint64_t number = sequence; number < sequence + count; number++) {
        assert_int_equal(hr_sim_get(at, 2), day->lengths[number]);
        assert_memory_equal(at + 2, day->messages[number], day->lengths[number]);
        at += 2 + day->lengths[number];
    }
    assert_int_equal(at - answer, length);
    uint64_t next = sequence + count;
    if (count < wanted && next <= day->count)
        assert_true(length + 2 + day->lengths[next] > 1400);
    return count;
}

static size_t ask(struct hr_requests *requests, const char *session, uint64_t sequence, uint16_t count, uint8_t *answer,
                  uint32_t *copies)
{
    uint8_t request[HR_MOLD_HEADER_BYTES];
    hr_sim_put_u16(hr_sim_put_u64(hr_sim_put_text(request, session, 10), sequence), count);
    return hr_requests_answer(requests, request, sizeof(request), answer, copies);
}

static struct hr_requests start(struct day *day, enum hr_misbehaviour misbehaviour, uint64_t after)
{
    const struct hr_requests_options options = {.seed = seed,
                                                .session = SESSION,
                                                .payload_bytes = 1400,
                                                .misbehaviour = misbehaviour,
                                                .misbehave_after = after};
    struct hr_requests requests;
    hr_requests_start(&requests, day->history, &options);
    return requests;
}

static void any_range_comes_back(void **state)
{
    (void)state;
    struct day *day = make_day(1 << 30);
    struct hr_requests requests = start(day, HR_BEHAVE, 0);
    struct hr_sim_random random;
    uint8_t answer[HR_MOLD_PAYLOAD_BYTES_MAX];
    uint32_t copies;
    hr_sim_random_seed(&random, seed);
    for (int i = 0; i < 20000; i++) {
        uint64_t sequence = 1 + hr_sim_random_below(&random, (uint32_t)day->count);
        uint16_t count = (uint16_t)(1 + hr_sim_random_below(&random, i % 2 ? 5 : 65535));
        size_t length = ask(&requests, SESSION, sequence, count, answer, &copies);
        assert_int_equal(copies, 1);
        check_answer(day, answer, length, sequence, count);
    }
    /* Asked for from one end to the other, the day is whole. */
    uint64_t next = 1;
    while (next <= day->count) {
        size_t length = ask(&requests, SESSION, next, 1000, answer, &copies);
        next += check_answer(day, answer, length, next, 1000);
    }
    assert_int_equal(next, day->count + 1);
    assert_int_equal(requests.statistics.answered, requests.statistics.requests);
    free_day(day);
}

static void what_is_not_answered(void **state)
{
    (void)state;
    struct day *day = make_day(100000);
    struct hr_requests requests = start(day, HR_BEHAVE, 0);
    uint8_t answer[HR_MOLD_PAYLOAD_BYTES_MAX], request[64] = SESSION;
    uint32_t copies;
    struct hr_history_statistics kept = hr_history_statistics(day->history);
    uint64_t oldest = kept.evicted_messages + 1;
    assert_true(kept.bytes <= 100000 && kept.bytes > 100000 - HR_MOLD_PAYLOAD_BYTES_MAX);
    assert_true(kept.evicted_packets > 0 && oldest < day->count);

    assert_int_equal(ask(&requests, SESSION, day->count + 1, 1, answer, &copies), 0);
    assert_int_equal(ask(&requests, SESSION, UINT64_MAX, 65535, answer, &copies), 0);
    assert_int_equal(requests.statistics.future, 2);
    assert_int_equal(ask(&requests, SESSION, oldest - 1, 10, answer, &copies), 0);
    assert_int_equal(ask(&requests, SESSION, 1, 10, answer, &copies), 0);
    assert_int_equal(requests.statistics.evicted, 2);
    assert_int_equal(ask(&requests, "HRSIM00002", oldest, 10, answer, &copies), 0);
    assert_int_equal(requests.statistics.foreign, 1);
    assert_int_equal(ask(&requests, SESSION, oldest, 0, answer, &copies), 0);
    assert_int_equal(ask(&requests, SESSION, 0, 10, answer, &copies), 0);
    for (size_t length = 0; length < sizeof(request); length++)
        if (length != HR_MOLD_HEADER_BYTES)
            assert_int_equal(hr_requests_answer(&requests, request, length, answer, &copies), 0);
    assert_int_equal(requests.statistics.refused, 2 + 63);
    assert_int_equal(requests.statistics.answered, 0);
    check_answer(day, answer, ask(&requests, SESSION, oldest, 10, answer, &copies), oldest, 10);
    check_answer(day, answer, ask(&requests, SESSION, day->count, 10, answer, &copies), day->count, 10);
    free_day(day);
}

/* Whether an answer is one that a client can believe: its session, numbers within what it asked for, and well formed. */
static int believable(const uint8_t *answer, size_t length, uint64_t sequence, uint32_t wanted)
{
    if (length < HR_MOLD_HEADER_BYTES || memcmp(answer, SESSION, 10) != 0)
        return 0;
    uint64_t first = hr_sim_get(answer + 10, 8);
    uint64_t count = hr_sim_get(answer + 18, 2);
    size_t at = HR_MOLD_HEADER_BYTES;
    for (uint64_t i = 0; i < count; i++) {
        if (at + 2 > length || at + 2 + hr_sim_get(answer + at, 2) > length)
            return 0;
        at += 2 + hr_sim_get(answer + at, 2);
    }
    return at == length && count > 0 && first >= sequence && first < sequence + wanted;
}

static void each_misbehaviour(void **state)
{
    (void)state;
    struct day *day = make_day(1 << 30);
    uint8_t answer[HR_MOLD_PAYLOAD_BYTES_MAX], again[HR_MOLD_PAYLOAD_BYTES_MAX];
    uint32_t copies;
    for (enum hr_misbehaviour kind = HR_MISBEHAVE_DIE; kind <= HR_MISBEHAVE_FLOOD; kind++) {
        struct hr_requests requests = start(day, kind, 3), twin = start(day, kind, 3);
        for (uint64_t i = 0; i < 5000; i++) {
            uint64_t sequence = 1 + i * 7 % day->count;
            memset(answer, 0, sizeof(answer));
            memset(again, 0, sizeof(again));
            size_t length = ask(&requests, SESSION, sequence, 20, answer, &copies);
            assert_int_equal(ask(&twin, SESSION, sequence, 20, again, &copies), length); /* the seed decides */
            assert_memory_equal(answer, again, sizeof(answer));
            if (i < 3) {
                check_answer(day, answer, length, sequence, 20);
                assert_int_equal(copies, 1);
            } else if (kind == HR_MISBEHAVE_LIE) {
                assert_true(length > 0 && length <= HR_MOLD_PAYLOAD_BYTES_MAX);
                assert_false(believable(answer, length, sequence, 20));
            } else if (kind == HR_MISBEHAVE_FLOOD) {
                check_answer(day, answer, length, sequence, 20);
                assert_int_equal(copies, HR_REQUESTS_FLOOD_COPIES);
            } else {
                assert_int_equal(length, 0);
            }
            assert_int_equal(hr_requests_dead(&requests), kind == HR_MISBEHAVE_DIE && i >= 2);
        }
        assert_int_equal(requests.statistics.lies, kind == HR_MISBEHAVE_LIE ? 4997 : 0);
        assert_int_equal(requests.statistics.unanswered, kind == HR_MISBEHAVE_DIE || kind == HR_MISBEHAVE_STALL ? 4997 : 0);
    }
    free_day(day);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_range_comes_back),
        cmocka_unit_test(what_is_not_answered),
        cmocka_unit_test(each_misbehaviour),
    };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    print_message("seed %ju\n", (uintmax_t)seed);
    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
