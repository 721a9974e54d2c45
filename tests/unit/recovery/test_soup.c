/* SPDX-License-Identifier: Apache-2.0
 *
 * SoupBinTCP as a client reads it: packets from a stream cut anywhere, numbers that are none, streams that are none.
 */
#include "test.h"

#include "recovery/soup.h"

static struct hr_soup_client client;
static struct hr_soup_packet packet;

static int open_client(void **state)
{
    (void)state;
    memset(&client, 0, sizeof client);
    return 0;
}

static void give(const void *bytes, size_t count)
{
    size_t room;
    uint8_t *at = hr_soup_client_room(&client, &room);
    assert_true(count <= room);
    memcpy(at, bytes, count);
    hr_soup_client_took(&client, count);
}

static uint64_t number(const char *text)
{
    return hr_soup_read_number((const uint8_t *)text, (uint32_t)strlen(text));
}

static void login_is_padded_and_cut(void **state)
{
    (void)state;
    uint8_t login[HR_SOUP_LOGIN_PACKET_BYTES];
    hr_soup_client_login(login, "me", "a password too long");
    assert_memory_equal(login, "\0\x2fLme    a password                             1", sizeof login);
}

static void packets_come_out_of_any_pieces(void **state)
{
    (void)state;
    static const uint8_t stream[] = "\0\1H\0\3Sab\0\2Jx";
    for (size_t piece = 1; piece < sizeof stream; piece++) {
        char types[8] = "";
        size_t count = 0;
        open_client(NULL);
        for (size_t at = 0; at < sizeof stream - 1; at += piece) {
            give(stream + at, at + piece < sizeof stream ? piece : sizeof stream - 1 - at);
            while (hr_soup_client_next(&client, &packet) == 1)
                types[count++] = packet.type;
        }
        assert_string_equal(types, "HSJ");
        assert_int_equal(packet.length, 1);
        assert_int_equal(packet.payload[0], 'x');
    }
}

static void longest_packet_has_room(void **state)
{
    (void)state;
    static uint8_t longest[HR_SOUP_PACKET_BYTES_MAX] = {0xFF, 0xFF, 'S'};
    give(longest, sizeof longest - 1);
    assert_int_equal(hr_soup_client_next(&client, &packet), 0);
    give(longest + sizeof longest - 1, 1);
    assert_int_equal(hr_soup_client_next(&client, &packet), 1);
    assert_int_equal(packet.length, 65534);
}

static void packet_without_a_type_is_none(void **state)
{
    (void)state;
    give("\0\0", 2);
    assert_int_equal(hr_soup_client_next(&client, &packet), -1);
}

static void numbers_are_read_strictly(void **state)
{
    (void)state;
    assert_int_equal(number("12345"), 12345);
    assert_int_equal(number("               12345"), 12345);
    assert_int_equal(number("12345               "), 12345);
    assert_int_equal(number("4294967296"), UINT64_C(1) << 32);
    assert_int_equal(number("4294967297"), 0);
    assert_int_equal(number("99999999999999999999"), 0);
    assert_int_equal(number("18446744073709551617"), 0); /* 2^64 + 1 */
    assert_int_equal(number("12x"), 0);
    assert_int_equal(number("-1"), 0);
    assert_int_equal(number("1 2"), 0);
    assert_int_equal(number("    "), 0);
    assert_int_equal(number(""), 0);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, open_client)
    const struct CMUnitTest tests[] = {T(login_is_padded_and_cut), T(packets_come_out_of_any_pieces), T(longest_packet_has_room),
                                       T(packet_without_a_type_is_none), T(numbers_are_read_strictly)};
    return cmocka_run_group_tests_name("soup", tests, NULL, NULL);
}
