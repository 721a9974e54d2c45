/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets and frames around a generated market: nothing lost, nothing too large, sequence numbers without a hole.
 *
 * usage: test_mold [seed]
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

#include "sim/frame.h"
#include "sim/market.h"
#include "sim/mold.h"

#define SECOND_NS UINT64_C(1000000000)

static uint64_t seed = 20260105;

static uint64_t number(const uint8_t *bytes, size_t length)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The messages of a packet against those of a second market with the same options. */
static void check_messages(struct hr_market *expected, const uint8_t *payload, size_t length, uint64_t time_ns,
                           const struct hr_mold_options *options)
{
    uint64_t count = number(payload + 18, 2);
    uint64_t first_ns = 0, message_ns = 0;
    size_t at = HR_MOLD_HEADER_BYTES;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t message[HR_MARKET_MESSAGE_BYTES];
        size_t wanted = hr_market_next(expected, message, &message_ns);
        assert_true(wanted > 0);
        assert_int_equal(number(payload + at, 2), wanted);
        assert_memory_equal(payload + at + 2, message, wanted);
        at += 2 + wanted;
        first_ns = i == 0 ? message_ns : first_ns;
    }
    assert_int_equal(at, length);
    assert_int_equal(message_ns, time_ns);
    assert_true(message_ns - first_ns <= options->window_ns);
    assert_true(length <= options->payload_bytes);
}

static void packets_hold_the_market(void **state)
{
    (void)state;
    const struct hr_market_options market_options = {
        .seed = seed, .symbols = 200, .messages = 100000, .live_orders = 1000, .rate = 200000};
    const struct hr_mold_options options = {.session = "TEST", .window_ns = 20000, .payload_bytes = 1400};
    struct hr_market *market = NULL, *expected = NULL;
    struct hr_mold *mold = NULL;
    uint8_t payload[HR_MOLD_PAYLOAD_BYTES_MAX];
    uint64_t time_ns = 0, last_ns = 0, sequence = 1, heartbeats = 0, ends = 0, full = 0;
    size_t length;

    assert_int_equal(hr_market_create(&market, &market_options), 0);
    assert_int_equal(hr_market_create(&expected, &market_options), 0);
    assert_int_equal(hr_mold_create(&mold, market, &options), 0);
    while ((length = hr_mold_next(mold, payload, &time_ns)) > 0) {
        assert_memory_equal(payload, "TEST      ", 10);
        assert_int_equal(number(payload + 10, 8), sequence);
        assert_true(last_ns == 0 || (time_ns > last_ns && time_ns - last_ns <= SECOND_NS + options.window_ns));
        last_ns = time_ns;
        uint64_t count = number(payload + 18, 2);
        if (count == 0 || count == HR_MOLD_END_OF_SESSION) {
            assert_int_equal(length, HR_MOLD_HEADER_BYTES);
            heartbeats += count == 0;
            ends += count != 0;
            continue;
        }
        assert_int_equal(ends, 0);
        check_messages(expected, payload, length, time_ns, &options);
        full += length > options.payload_bytes - 64;
        sequence += count;
    }
    assert_int_equal(hr_market_next(expected, payload, &time_ns), 0);
    assert_int_equal(ends, 3);
    assert_int_equal(heartbeats, 3); /* one in each silence of the close */
    assert_true(full > 0);           /* bursts fill packets */
    assert_int_equal(hr_mold_next(mold, payload, &time_ns), 0);
    hr_mold_destroy(mold);
    hr_market_destroy(market);
    hr_market_destroy(expected);
}

static void mold_options_out_of_range(void **state)
{
    (void)state;
    static const struct hr_mold_options WRONG[] = {
        {.session = "", .payload_bytes = 1400},
        {.session = "12345678901", .payload_bytes = 1400}, /* not terminated */
        {.session = "A\tB", .payload_bytes = 1400},
        {.session = "GOOD", .payload_bytes = HR_MOLD_PAYLOAD_BYTES_MIN - 1},
        {.session = "GOOD", .payload_bytes = HR_MOLD_PAYLOAD_BYTES_MAX + 1},
    };
    struct hr_mold *mold = NULL;
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        assert_int_equal(hr_mold_create(&mold, NULL, &WRONG[i]), -EINVAL);
    assert_null(mold);
    hr_mold_destroy(NULL);
}

/* A sum of 16-bit words by the book, to be 0xffff where the checksum is right. */
static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void frames_of_every_length(void **state)
{
    (void)state;
    struct hr_frame_addresses addresses = {
        .source_mac = {2, 0, 0, 0, 0, 1},
        .source_ip = 0x0a000001,
        .destination_ip = 0xe9b60c6f, /* 233.182.12.111: the highest bit of its lower three bytes is not in the MAC */
        .source_port = 40000,
        .destination_port = 26477,
        .ttl = 16,
    };
    uint8_t payload[HR_FRAME_PAYLOAD_BYTES_MAX + 1];
    uint8_t frame[HR_FRAME_BYTES_MAX];
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(i * 167 + seed);
    hr_frame_group_mac(addresses.destination_mac, addresses.destination_ip);
    assert_memory_equal(addresses.destination_mac, ((uint8_t[]){0x01, 0x00, 0x5e, 0x36, 0x0c, 0x6f}), 6);

    for (size_t length = 0; length <= HR_FRAME_PAYLOAD_BYTES_MAX; length++) {
        size_t wanted = length < 18 ? HR_FRAME_BYTES_MIN : HR_FRAME_HEADER_BYTES + length;
        assert_int_equal(hr_frame_write(frame, &addresses, payload, length), wanted);
        assert_memory_equal(frame, addresses.destination_mac, 6);
        assert_int_equal(number(frame + 12, 2), 0x0800);
        assert_int_equal(number(frame + 16, 2), 28 + length);
        assert_int_equal(sum_words(0, frame + 14, 20), 0xffff);
        assert_int_equal(number(frame + 34, 8) >> 16, UINT64_C(40000) << 32 | UINT64_C(26477) << 16 | (8 + length));
        assert_int_not_equal(number(frame + 40, 2), 0);
        uint32_t pseudo = sum_words((uint32_t)(17 + 8 + length), frame + 26, 8);
        assert_int_equal(sum_words(pseudo, frame + 34, 8 + length), 0xffff);
        assert_memory_equal(frame + 42, payload, length);
    }
    assert_int_equal(hr_frame_write(frame, &addresses, payload, HR_FRAME_PAYLOAD_BYTES_MAX + 1), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_hold_the_market),
        cmocka_unit_test(mold_options_out_of_range),
        cmocka_unit_test(frames_of_every_length),
    };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    print_message("seed %ju\n", (uintmax_t)seed);
    return cmocka_run_group_tests_name("mold", tests, NULL, NULL);
}
