/* SPDX-License-Identifier: Apache-2.0
 *
 * The packet step: what is a whole, sound IPv4 UDP datagram gets through with its payload, everything else is counted by the
 * one counter that is its own, and not one byte past the end of a frame is read.
 *
 * usage: test_packet [seed]
 */
#include "test.h"

#include "datagram.h"
#include "guard.h"
#include "packet/packet.h"

#define TIME UINT64_C(1700000000123456789)
#define MUTATIONS 200000

static uint64_t seed;
static struct hr_packet_counters counters;
static struct datagram frame;

static uint64_t sum_of_refusals(const struct hr_packet_counters *of)
{
    return of->runt + of->not_ipv4 + of->bad_ip_header + of->truncated + of->bad_ip_checksum + of->fragment + of->not_udp +
           of->bad_udp_length + of->bad_udp_checksum;
}

static struct hr_packet packet_with(enum hr_checksum checksum)
{
    memset(&counters, 0, sizeof counters);
    return (struct hr_packet){.counters = &counters, .checksum = checksum};
}

static int parse_bytes(const struct hr_packet *packet, const uint8_t *bytes, size_t length, uint32_t flags,
                       struct hr_datagram *datagram)
{
    const struct hr_frame input = {.bytes = bytes, .length = (uint32_t)length, .flags = flags, .time_ns = TIME};
    return hr_packet_parse(packet, &input, datagram);
}

static void fill(uint8_t *payload, size_t length)
{
    for (size_t i = 0; i < length; i++)
        payload[i] = (uint8_t)(i * 7 + 1);
}

static void check_accepted(enum hr_checksum checksum, uint32_t flags, const struct datagram_options *options, size_t length)
{
    uint8_t payload[2000];
    struct hr_datagram datagram = {0};
    struct hr_packet packet = packet_with(checksum);
    fill(payload, length);
    datagram_make(&frame, payload, length, options);
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, flags, &datagram), 0);
    assert_ptr_equal(datagram.payload, frame.bytes + frame.payload);
    assert_int_equal(datagram.length, length);
    assert_memory_equal(datagram.payload, payload, length);
    assert_int_equal(datagram.group, options->group ? options->group : DATAGRAM_GROUP);
    assert_int_equal(datagram.port, options->port ? options->port : DATAGRAM_PORT);
    assert_int_equal(datagram.time_ns, TIME);
    assert_int_equal(datagram.flags, flags & HR_FRAME_BAD_TIME);
    assert_int_equal(counters.frames, 1);
    assert_int_equal(counters.accepted, 1);
    assert_int_equal(sum_of_refusals(&counters), 0);
    assert_int_equal(counters.ip_checksum_absent, 0);
}

static void sound_frames_are_accepted(void **state)
{
    (void)state;
    static const enum hr_checksum checksums[] = {HR_CHECKSUM_NONE, HR_CHECKSUM_IP, HR_CHECKSUM_UDP};
    static const size_t lengths[] = {0, 1, 2, 3, 7, 8, 9, 18, 63, 1400, 1472};
    static const struct datagram_options shapes[] = {
        {0},
        {.tags = 1},
        {.tags = 1, .outer_tag = 0x88A8},
        {.tags = 2},
        {.tags = 2, .outer_tag = 0x88A8},
        {.trailer = 4},  /* an FCS that a capture kept */
        {.trailer = 46}, /* padding */
        {.ip_options = 4},
        {.ip_options = 40},
        {.tags = 2, .ip_options = 12, .trailer = 22},
        {.no_udp_checksum = 1},
        {.group = UINT32_C(0xEFFFFFFF), .port = 65535},
        {.group = 1, .port = 1},
    };
    for (size_t c = 0; c < COUNT_OF(checksums); c++)
        for (size_t s = 0; s < COUNT_OF(shapes); s++)
            for (size_t l = 0; l < COUNT_OF(lengths); l++) {
                check_accepted(checksums[c], 0, &shapes[s], lengths[l]);
                check_accepted(checksums[c], HR_FRAME_BAD_TIME | HR_FRAME_CUT, &shapes[s], lengths[l]);
                check_accepted(checksums[c], HR_FRAME_IP_GOOD | HR_FRAME_UDP_GOOD, &shapes[s], lengths[l]);
            }
}

/* The payload ends where UDP says so, not where IP does. */
static void payload_ends_with_udp(void **state)
{
    (void)state;
    const uint8_t payload[40] = {1, 2, 3};
    struct hr_datagram datagram = {0};
    struct hr_packet packet = packet_with(HR_CHECKSUM_UDP);
    datagram_make(&frame, payload, sizeof payload, &(struct datagram_options){0});
    datagram_put16(&frame, frame.udp + 4, 8 + 11);
    datagram_fix_udp(&frame);
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
    assert_int_equal(datagram.length, 11);
}

/* ---- one refusal at a time ---- */

/* Parses the frame as it stands: refused by `counter`, and by nothing else. */
static void check_refused_by(enum hr_checksum checksum, int allow_absent, uint32_t flags, const uint64_t *counter)
{
    struct hr_datagram datagram = {0};
    struct hr_packet packet = packet_with(checksum);
    packet.allow_absent = allow_absent;
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, flags, &datagram), 1);
    assert_int_equal(*counter, 1);
    assert_int_equal(counters.frames, 1);
    assert_int_equal(counters.accepted, 0);
    assert_int_equal(sum_of_refusals(&counters), 1);
    assert_null(datagram.payload);
}

static void make(const struct datagram_options *options)
{
    uint8_t payload[101];
    fill(payload, sizeof payload);
    datagram_make(&frame, payload, sizeof payload, options);
}

#define CHECK_REFUSED(counter, options, change)                                                                                \
    do {                                                                                                                       \
        make(&(struct datagram_options)options);                                                                               \
        change;                                                                                                                \
        check_refused_by(HR_CHECKSUM_IP, 0, 0, &counters.counter);                                                             \
        check_refused_by(HR_CHECKSUM_UDP, 0, HR_FRAME_CUT, &counters.counter);                                                 \
    } while (0)

static void too_short_for_ethernet_is_a_runt(void **state)
{
    (void)state;
    CHECK_REFUSED(runt, {0}, frame.length = 0);
    CHECK_REFUSED(runt, {0}, frame.length = 1);
    CHECK_REFUSED(runt, {0}, frame.length = 13);
    CHECK_REFUSED(runt, {.tags = 1}, frame.length = 14);
    CHECK_REFUSED(runt, {.tags = 1}, frame.length = 17);
    CHECK_REFUSED(runt, {.tags = 2}, frame.length = 18);
    CHECK_REFUSED(runt, {.tags = 2}, frame.length = 21);
}

static void other_ethertypes_are_not_ipv4(void **state)
{
    (void)state;
    static const uint16_t types[] = {0x0000, 0x0806, 0x86DD, 0x0801, 0x0008, 0x9100, 0x05DC, 0xFFFF};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        CHECK_REFUSED(not_ipv4, {0}, datagram_put16(&frame, 12, types[i]));
        CHECK_REFUSED(not_ipv4, {.tags = 1}, datagram_put16(&frame, 16, types[i]));
        CHECK_REFUSED(not_ipv4, {.tags = 2}, datagram_put16(&frame, 20, types[i]));
    }
    CHECK_REFUSED(not_ipv4, {.tags = 3}, (void)0); /* two tags at most */
}

static void broken_ip_headers_are_refused(void **state)
{
    (void)state;
    for (uint8_t version = 0; version < 16; version++)
        if (version != 4)
            CHECK_REFUSED(bad_ip_header, {0}, frame.bytes[frame.ip] = (uint8_t)(version << 4 | 5));
    for (uint8_t words = 0; words < 5; words++)
        CHECK_REFUSED(bad_ip_header, {0}, frame.bytes[frame.ip] = 0x40 | words);
    CHECK_REFUSED(bad_ip_header, {0}, datagram_put16(&frame, frame.ip + 2, 0));
    CHECK_REFUSED(bad_ip_header, {0}, datagram_put16(&frame, frame.ip + 2, 19));
    CHECK_REFUSED(bad_ip_header, {.ip_options = 40}, datagram_put16(&frame, frame.ip + 2, 59));
}

static void frames_shorter_than_their_packet_are_truncated(void **state)
{
    (void)state;
    CHECK_REFUSED(truncated, {0}, frame.length = frame.ip);
    CHECK_REFUSED(truncated, {0}, frame.length = frame.ip + 19);
    CHECK_REFUSED(truncated, {0}, frame.length = frame.udp + 7);
    CHECK_REFUSED(truncated, {0}, frame.length = frame.end - 1);
    CHECK_REFUSED(truncated, {.tags = 2}, frame.length = frame.end - 1);
    CHECK_REFUSED(truncated, {.ip_options = 40}, frame.length = frame.end - 1);
    CHECK_REFUSED(truncated, {0}, datagram_put16(&frame, frame.ip + 2, 65535));
}

static void wrong_ip_checksums_are_refused(void **state)
{
    (void)state;
    CHECK_REFUSED(bad_ip_checksum, {0}, frame.bytes[frame.ip + 8]++);
    CHECK_REFUSED(bad_ip_checksum, {0}, frame.bytes[frame.ip + 16] ^= 1);
    CHECK_REFUSED(bad_ip_checksum, {.ip_options = 40}, frame.bytes[frame.ip + 59] ^= 0x80);
    CHECK_REFUSED(bad_ip_checksum, {0}, datagram_put16(&frame, frame.ip + 10, 0));
    make(&(struct datagram_options){0});
    frame.bytes[frame.ip + 16] ^= 1; /* allowed to be absent is not allowed to be wrong */
    check_refused_by(HR_CHECKSUM_IP, 1, 0, &counters.bad_ip_checksum);
}

static void absent_ip_checksum_is_accepted_where_it_may_be(void **state)
{
    (void)state;
    struct hr_datagram datagram = {0};
    struct hr_packet packet = packet_with(HR_CHECKSUM_IP);
    packet.allow_absent = 1;
    make(&(struct datagram_options){0});
    datagram_put16(&frame, frame.ip + 10, 0);
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
    assert_int_equal(counters.accepted, 1);
    assert_int_equal(counters.ip_checksum_absent, 1);
    assert_int_equal(sum_of_refusals(&counters), 0);
}

static void fragments_are_refused(void **state)
{
    (void)state;
    static const uint16_t words[] = {0x2000, 0x0001, 0x1FFF, 0x2001, 0x6000, 0x8001};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        make(&(struct datagram_options){0});
        datagram_put16(&frame, frame.ip + 6, words[i]);
        datagram_fix_ip(&frame);
        check_refused_by(HR_CHECKSUM_IP, 0, 0, &counters.fragment);
    }
    make(&(struct datagram_options){0});
    struct hr_datagram datagram;
    struct hr_packet packet = packet_with(HR_CHECKSUM_IP);
    datagram_put16(&frame, frame.ip + 6, 0);
    datagram_fix_ip(&frame);
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
}

static void other_protocols_are_not_udp(void **state)
{
    (void)state;
    for (unsigned protocol = 0; protocol < 256; protocol++)
        if (protocol != 17)
            CHECK_REFUSED(not_udp, {0}, (frame.bytes[frame.ip + 9] = (uint8_t)protocol, datagram_fix_ip(&frame)));
}

static void broken_udp_lengths_are_refused(void **state)
{
    (void)state;
    for (uint16_t length = 0; length < 8; length++)
        CHECK_REFUSED(bad_udp_length, {0}, datagram_put16(&frame, frame.udp + 4, length));
    CHECK_REFUSED(bad_udp_length, {0}, datagram_put16(&frame, frame.udp + 4, 8 + 101 + 1));
    CHECK_REFUSED(bad_udp_length, {.trailer = 4}, datagram_put16(&frame, frame.udp + 4, 8 + 101 + 1)); /* not into the FCS */
    CHECK_REFUSED(bad_udp_length, {0}, datagram_put16(&frame, frame.udp + 4, 65535));
    for (uint16_t left = 0; left < 8; left++) /* an IP packet that has no room for the UDP header */
        CHECK_REFUSED(bad_udp_length, {0}, (datagram_put16(&frame, frame.ip + 2, 20 + left), datagram_fix_ip(&frame)));
}

static void wrong_udp_checksums_are_refused_where_checked(void **state)
{
    (void)state;
    uint8_t payload[64];
    struct hr_datagram datagram;
    fill(payload, sizeof payload);
    for (size_t length = 0; length <= sizeof payload; length++)
        for (size_t at = 0; at < 8 + length; at++) {
            if (at == 4 || at == 5 || at == 6 || at == 7)
                continue; /* the length has a counter of its own, and the checksum is treated below */
            datagram_make(&frame, payload, length, &(struct datagram_options){0});
            frame.bytes[frame.udp + at] ^= 0x10;
            check_refused_by(HR_CHECKSUM_UDP, 0, 0, &counters.bad_udp_checksum);
            struct hr_packet packet = packet_with(HR_CHECKSUM_IP);
            assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
            packet = packet_with(HR_CHECKSUM_UDP);
            assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, HR_FRAME_UDP_GOOD, &datagram), 0);
        }
    datagram_make(&frame, payload, 3, &(struct datagram_options){0});
    datagram_put16(&frame, frame.udp + 6, (uint16_t)(datagram_get16(&frame, frame.udp + 6) ^ 0x0101));
    check_refused_by(HR_CHECKSUM_UDP, 0, 0, &counters.bad_udp_checksum);
}

/* The addresses are part of it: the same datagram sent to another group is another datagram. */
static void udp_checksum_covers_the_addresses(void **state)
{
    (void)state;
    make(&(struct datagram_options){0});
    frame.bytes[frame.ip + 19] ^= 1;
    datagram_fix_ip(&frame);
    check_refused_by(HR_CHECKSUM_UDP, 0, 0, &counters.bad_udp_checksum);
}

/* A sum that comes out as 0 is sent as 0xFFFF; 0 itself means that there is none, whatever the payload. */
static void udp_checksum_of_all_ones_and_of_zero(void **state)
{
    (void)state;
    uint8_t payload[2] = {0, 0};
    struct hr_datagram datagram;
    struct hr_packet packet = packet_with(HR_CHECKSUM_UDP);
    datagram_make(&frame, payload, 2, &(struct datagram_options){0});
    uint16_t checksum = datagram_get16(&frame, frame.udp + 6);
    payload[0] = (uint8_t)(checksum >> 8);
    payload[1] = (uint8_t)checksum; /* now the sum is all ones */
    datagram_make(&frame, payload, 2, &(struct datagram_options){0});
    assert_int_equal(datagram_get16(&frame, frame.udp + 6), 0xFFFF);
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
    datagram_put16(&frame, frame.udp + 6, 0);
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
    frame.bytes[frame.payload] ^= 0x55;
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
}

static void checksum_none_leaves_it_to_the_port(void **state)
{
    (void)state;
    struct hr_datagram datagram;
    struct hr_packet packet = packet_with(HR_CHECKSUM_NONE);
    make(&(struct datagram_options){0});
    frame.bytes[frame.ip + 8]++;
    frame.bytes[frame.payload]++;
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, 0, &datagram), 0);
    check_refused_by(HR_CHECKSUM_NONE, 0, HR_FRAME_IP_BAD, &counters.bad_ip_checksum);
    check_refused_by(HR_CHECKSUM_NONE, 0, HR_FRAME_UDP_BAD, &counters.bad_udp_checksum);
}

static void what_the_port_calls_bad_is_refused_though_it_looks_good(void **state)
{
    (void)state;
    make(&(struct datagram_options){0});
    check_refused_by(HR_CHECKSUM_IP, 0, HR_FRAME_IP_BAD, &counters.bad_ip_checksum);
    check_refused_by(HR_CHECKSUM_UDP, 1, HR_FRAME_IP_BAD, &counters.bad_ip_checksum);
    check_refused_by(HR_CHECKSUM_IP, 0, HR_FRAME_UDP_BAD, &counters.bad_udp_checksum);
    check_refused_by(HR_CHECKSUM_UDP, 0, HR_FRAME_IP_GOOD | HR_FRAME_UDP_BAD, &counters.bad_udp_checksum);
}

static void what_the_port_calls_good_is_not_summed_again(void **state)
{
    (void)state;
    struct hr_datagram datagram;
    struct hr_packet packet = packet_with(HR_CHECKSUM_UDP);
    make(&(struct datagram_options){0});
    frame.bytes[frame.ip + 8]++;
    frame.bytes[frame.payload]++;
    assert_int_equal(parse_bytes(&packet, frame.bytes, frame.length, HR_FRAME_IP_GOOD | HR_FRAME_UDP_GOOD, &datagram), 0);
    check_refused_by(HR_CHECKSUM_UDP, 0, HR_FRAME_IP_GOOD, &counters.bad_udp_checksum);
    check_refused_by(HR_CHECKSUM_UDP, 0, HR_FRAME_UDP_GOOD, &counters.bad_ip_checksum);
}

/* ---- becoming invalid ---- */

static void cut_frames_are_refused_without_reading_past_their_end(void **state)
{
    (void)state;
    static const struct datagram_options shapes[] = {
        {0}, {.tags = 1}, {.tags = 2, .outer_tag = 0x88A8}, {.trailer = 22}, {.ip_options = 40}, {.tags = 3}};
    struct guard guard;
    guard_create(&guard);
    for (size_t s = 0; s < COUNT_OF(shapes); s++)
        for (size_t payload = 0; payload < 40; payload++) {
            uint8_t bytes[40];
            fill(bytes, sizeof bytes);
            datagram_make(&frame, bytes, payload, &shapes[s]);
            for (size_t length = 0; length <= frame.length; length++) {
                struct hr_datagram datagram;
                struct hr_packet packet = packet_with(HR_CHECKSUM_UDP);
                const uint8_t *cut = guard_copy(&guard, frame.bytes, length);
                int refused = parse_bytes(&packet, cut, length, 0, &datagram);
                assert_int_equal(refused, length < frame.end || shapes[s].tags > 2);
                assert_int_equal(counters.frames, counters.accepted + sum_of_refusals(&counters));
            }
        }
    guard_destroy(&guard);
}

/* Headers that promise more than there is, against the guard page: nothing but the promise is changed, so the checks of
 * the bytes themselves are switched off. */
static void lying_lengths_are_not_believed(void **state)
{
    (void)state;
    struct guard guard;
    struct hr_datagram datagram;
    guard_create(&guard);
    make(&(struct datagram_options){0});
    for (unsigned words = 0; words < 16; words++)
        for (unsigned total = 0; total < 200; total++)
            for (unsigned udp = 0; udp < 200; udp += 3) {
                struct hr_packet packet = packet_with(HR_CHECKSUM_UDP);
                frame.bytes[frame.ip] = (uint8_t)(0x40 | words);
                datagram_put16(&frame, frame.ip + 2, (uint16_t)total);
                datagram_put16(&frame, frame.udp + 4, (uint16_t)udp);
                const uint8_t *copy = guard_copy(&guard, frame.bytes, frame.length);
                if (parse_bytes(&packet, copy, frame.length, HR_FRAME_IP_GOOD, &datagram) == 0) {
                    assert_true(datagram.payload >= copy);
                    assert_true(datagram.payload + datagram.length <= copy + frame.length);
                }
                assert_int_equal(counters.frames, counters.accepted + sum_of_refusals(&counters));
            }
    guard_destroy(&guard);
}

static void mutate(struct hr_sim_random *random, const struct datagram *from, uint8_t *bytes, size_t *length)
{
    *length = from->length;
    memcpy(bytes, from->bytes, from->length);
    uint32_t changes = hr_sim_random_below(random, 4);
    for (uint32_t i = 0; i < changes; i++) {
        uint32_t room = hr_sim_random_below(random, 2) ? 50 : (uint32_t)from->length;
        bytes[hr_sim_random_below(random, room)] = (uint8_t)hr_sim_random_next(random);
    }
    if (hr_sim_random_below(random, 16) == 0)
        memset(bytes + from->ip + 10, 0, 2); /* an absent checksum */
    if (hr_sim_random_below(random, 4) == 0)
        *length = hr_sim_random_below(random, (uint32_t)from->length + 1);
}

static void in_is_out_plus_refused_for_any_bytes(void **state)
{
    (void)state;
    static const struct datagram_options shapes[] = {{0}, {.tags = 1}, {.tags = 2}, {.trailer = 4}, {.ip_options = 8}};
    static struct datagram frames[COUNT_OF(shapes)];
    struct hr_sim_random random;
    struct guard guard;
    struct hr_packet packet = packet_with(HR_CHECKSUM_IP);
    uint64_t accepted = 0;
    uint8_t payload[60], bytes[200];
    guard_create(&guard);
    fill(payload, sizeof payload);
    hr_sim_random_seed(&random, seed);
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        datagram_make(&frames[i], payload, sizeof payload, &shapes[i]);
    for (uint64_t i = 1; i <= MUTATIONS; i++) {
        struct hr_datagram datagram;
        size_t length;
        mutate(&random, &frames[hr_sim_random_below(&random, COUNT_OF(shapes))], bytes, &length);
        packet.checksum = (enum hr_checksum)hr_sim_random_below(&random, 3);
        packet.allow_absent = (int)hr_sim_random_below(&random, 2);
        uint32_t flags = hr_sim_random_below(&random, 3) ? 0 : hr_sim_random_below(&random, 64);
        const uint8_t *copy = guard_copy(&guard, bytes, length);
        if (parse_bytes(&packet, copy, length, flags, &datagram) == 0) {
            accepted++;
            assert_true(datagram.payload >= copy && datagram.payload + datagram.length <= copy + length);
        }
        assert_int_equal(counters.frames, i);
        assert_int_equal(counters.accepted, accepted);
        assert_int_equal(counters.frames, counters.accepted + sum_of_refusals(&counters));
    }
    assert_true(counters.accepted > MUTATIONS / 100);
#define X(name, help) assert_true(counters.name > 0); /* the mutations reach every counter */
    HR_PACKET_COUNTERS(X)
#undef X
    guard_destroy(&guard);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_frames_are_accepted),
        cmocka_unit_test(payload_ends_with_udp),
        cmocka_unit_test(too_short_for_ethernet_is_a_runt),
        cmocka_unit_test(other_ethertypes_are_not_ipv4),
        cmocka_unit_test(broken_ip_headers_are_refused),
        cmocka_unit_test(frames_shorter_than_their_packet_are_truncated),
        cmocka_unit_test(wrong_ip_checksums_are_refused),
        cmocka_unit_test(absent_ip_checksum_is_accepted_where_it_may_be),
        cmocka_unit_test(fragments_are_refused),
        cmocka_unit_test(other_protocols_are_not_udp),
        cmocka_unit_test(broken_udp_lengths_are_refused),
        cmocka_unit_test(wrong_udp_checksums_are_refused_where_checked),
        cmocka_unit_test(udp_checksum_covers_the_addresses),
        cmocka_unit_test(udp_checksum_of_all_ones_and_of_zero),
        cmocka_unit_test(checksum_none_leaves_it_to_the_port),
        cmocka_unit_test(what_the_port_calls_bad_is_refused_though_it_looks_good),
        cmocka_unit_test(what_the_port_calls_good_is_not_summed_again),
        cmocka_unit_test(cut_frames_are_refused_without_reading_past_their_end),
        cmocka_unit_test(lying_lengths_are_not_believed),
        cmocka_unit_test(in_is_out_plus_refused_for_any_bytes),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
