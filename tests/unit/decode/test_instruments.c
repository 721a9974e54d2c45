/* SPDX-License-Identifier: Apache-2.0
 *
 * Instruments: by the venue's number or at first sight, named once, and bounded.
 *
 * usage: test_instruments [seed]
 */
#include "test.h"

#include "decode/decoder.h"
#include "decode/instruments.h"

static uint64_t seed;

static uint64_t symbol_of(const char *text)
{
    uint64_t symbol = UINT64_C(0x2020202020202020);
    memcpy(&symbol, text, strlen(text));
    return symbol;
}

struct named {
    uint32_t count;
    uint32_t index;
    char symbol[9];
};

static void keep(void *context, uint32_t index, const char *symbol, uint32_t round_lot)
{
    struct named *named = context;
    (void)round_lot;
    named->count++;
    named->index = index;
    snprintf(named->symbol, sizeof named->symbol, "%s", symbol);
}

static void number_is_named_when_its_symbol_is_seen(void **state)
{
    (void)state;
    struct hr_instruments instruments;
    struct named named = {0};
    char text[9];
    assert_int_equal(hr_instruments_create(&instruments, 100, HR_INSTRUMENTS_DENSE), 0);
    instruments.named = keep;
    instruments.context = &named;
    hr_instruments_symbol(&instruments, 42, text);
    assert_string_equal(text, "");
    hr_instruments_see(&instruments, 42, symbol_of("AAPL"));
    hr_instruments_see(&instruments, 42, symbol_of("AAPL"));
    assert_int_equal(named.count, 1);
    assert_int_equal(named.index, 42);
    assert_string_equal(named.symbol, "AAPL");
    assert_int_equal(instruments.count, 1);
    hr_instruments_symbol(&instruments, 42, text);
    assert_string_equal(text, "AAPL");
    hr_instruments_destroy(&instruments);
    hr_instruments_destroy(&instruments);
}

/* Nasdaq gives its numbers anew each day. */
static void number_that_is_given_anew_is_named_anew(void **state)
{
    (void)state;
    struct hr_instruments instruments;
    struct named named = {0};
    assert_int_equal(hr_instruments_create(&instruments, 100, HR_INSTRUMENTS_DENSE), 0);
    instruments.named = keep;
    instruments.context = &named;
    hr_instruments_see(&instruments, 42, symbol_of("AAPL"));
    hr_instruments_name(&instruments, 42, symbol_of("AAPL"), 100); /* its round lot is news too, once */
    hr_instruments_name(&instruments, 42, symbol_of("AAPL"), 100);
    hr_instruments_see(&instruments, 42, symbol_of("AAPL"));
    assert_int_equal(named.count, 2);
    hr_instruments_see(&instruments, 42, symbol_of("MSFT"));
    assert_int_equal(named.count, 3);
    assert_string_equal(named.symbol, "MSFT");
    assert_int_equal(instruments.count, 1);
    hr_instruments_destroy(&instruments);
}

static void numbers_beyond_the_capacity_are_left_alone(void **state)
{
    (void)state;
    struct hr_instruments instruments;
    char text[9] = "x";
    assert_int_equal(hr_instruments_create(&instruments, 16, HR_INSTRUMENTS_DENSE), 0);
    hr_instruments_see(&instruments, 15, symbol_of("LAST"));
    hr_instruments_name(&instruments, 16, symbol_of("BEYOND"), 100);
    hr_instruments_name(&instruments, UINT32_MAX, symbol_of("BEYOND"), 100);
    assert_int_equal(instruments.count, 1);
    hr_instruments_symbol(&instruments, 16, text);
    assert_string_equal(text, "");
    hr_instruments_symbol(&instruments, UINT32_MAX, text);
    assert_string_equal(text, "");
    hr_instruments_destroy(&instruments);
}

static void symbols_lose_their_padding(void **state)
{
    (void)state;
    static const char *const symbols[] = {"A", "AB", "ABCDEFGH", "A B", "BRK.A"};
    struct hr_instruments instruments;
    char text[9];
    assert_int_equal(hr_instruments_create(&instruments, 100, HR_INSTRUMENTS_BY_SYMBOL), 0);
    for (size_t i = 0; i < COUNT_OF(symbols); i++) {
        hr_instruments_symbol(&instruments, hr_instruments_find(&instruments, symbol_of(symbols[i])), text);
        assert_string_equal(text, symbols[i]);
    }
    hr_instruments_symbol(&instruments, hr_instruments_find(&instruments, symbol_of("")), text);
    assert_string_equal(text, "");
    hr_instruments_destroy(&instruments);
}

static void find_gives_every_symbol_its_own_number(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static uint64_t symbols[COUNT];
    struct hr_instruments instruments;
    struct hr_sim_random random;
    struct named named = {0};
    hr_sim_random_seed(&random, seed);
    assert_int_equal(hr_instruments_create(&instruments, COUNT + 1, HR_INSTRUMENTS_BY_SYMBOL), 0);
    instruments.named = keep;
    instruments.context = &named;
    for (uint32_t i = 0; i < COUNT; i++) {
        symbols[i] = hr_sim_random_next(&random) | 1;
        assert_int_equal(hr_instruments_find(&instruments, symbols[i]), i + 1);
    }
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(hr_instruments_find(&instruments, symbols[i]), i + 1);
    assert_int_equal(named.count, COUNT);
    assert_int_equal(instruments.refused, 0);
    assert_int_equal(hr_instruments_find(&instruments, 2), 0); /* full: and those that are known stay known */
    assert_int_equal(hr_instruments_find(&instruments, symbols[5]), 6);
    assert_int_equal(instruments.refused, 1);
    hr_instruments_destroy(&instruments);
}

static void symbol_of_zeros_is_none(void **state)
{
    (void)state;
    struct hr_instruments instruments;
    assert_int_equal(hr_instruments_create(&instruments, 100, HR_INSTRUMENTS_BY_SYMBOL), 0);
    assert_int_equal(hr_instruments_find(&instruments, 0), 0);
    assert_int_equal(instruments.refused, 1);
    assert_int_equal(instruments.count, 0);
    hr_instruments_destroy(&instruments);
}

static void protocols_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(hr_protocol_find("nasdaq-itch-5.0"), &hr_protocol_itch50);
    assert_ptr_equal(hr_protocol_find("iex-deep-1.0"), &hr_protocol_deep10);
    assert_ptr_equal(hr_protocol_find("miax-tom-1.9"), &hr_protocol_tom19);
    assert_ptr_equal(hr_protocol_find("ice-impact-1.1"), &hr_protocol_impact11);
    assert_ptr_equal(hr_protocol_find("cme-mdp-3.0"), &hr_protocol_mdp3);
    assert_null(hr_protocol_find("iex-deep-1"));
    assert_null(hr_protocol_find(""));
    assert_null(hr_protocol_find("list"));
    size_t count = 0;
    for (; hr_protocols[count]; count++)
        assert_ptr_equal(hr_protocol_find(hr_protocols[count]->name), hr_protocols[count]);
    assert_true(count >= 3);
}

/* Of a protocol whose messages have blocks and groups of many versions: fields follow each other, with gaps, and none is in two. */
static void check_fields_in_order(const struct hr_field *fields, uint32_t count)
{
    uint32_t at = 0;
    for (uint32_t f = 0; f < count; f++) {
        assert_true(fields[f].offset >= at);
        assert_true(fields[f].bytes > 0);
        at = fields[f].offset + (uint32_t)fields[f].bytes;
    }
}

static void check_groups(const struct hr_layout *layout)
{
    assert_true(layout->group_count <= HR_LAYOUT_GROUPS_MAX);
    for (uint8_t g = 0; g < layout->group_count; g++) {
        assert_true(layout->groups[g].dimension_bytes >= 3 || layout->groups[g].dimension_bytes == 0);
        assert_true(layout->groups[g].entry_bytes > 0);
        assert_true(layout->groups[g].field_count > 0);
        check_fields_in_order(layout->groups[g].fields, layout->groups[g].field_count);
    }
}

/* The layouts are what `headrace dump --json` goes by: every field lies within its message, one behind the other, and no more than the
 * type, one byte, is no field. */
static void layouts_hold_together(void **state)
{
    (void)state;
    for (size_t p = 0; hr_protocols[p]; p++)
        for (uint32_t l = 0; l < hr_protocols[p]->layout_count; l++) {
            const struct hr_layout *layout = &hr_protocols[p]->layouts[l];
            if (hr_protocols[p]->fixed_bytes) {
                check_fields_in_order(layout->fields, layout->field_count);
                check_groups(layout);
                continue;
            }
            uint32_t at = 0, skipped = 0;
            for (uint8_t f = 0; f < layout->field_count; f++) {
                assert_true(layout->fields[f].offset >= at);
                skipped += layout->fields[f].offset - at;
                at = (uint32_t)layout->fields[f].offset + layout->fields[f].bytes;
            }
            assert_int_equal(at, layout->length);
            assert_true(skipped <= 1);
        }
}

static void halt_codes_have_reasons(void **state)
{
    (void)state;
    struct hr_decode_counters counters = {0};
    const struct hr_decoder decoder = {.counters = &counters};
    assert_int_equal(hr_halt_reason(&decoder, (const uint8_t *)"T1  "), HR_REASON_NEWS_PENDING);
    assert_int_equal(hr_halt_reason(&decoder, (const uint8_t *)"LUDP"), HR_REASON_LULD_PAUSE);
    assert_int_equal(hr_halt_reason(&decoder, (const uint8_t *)"    "), HR_REASON_NONE);
    assert_int_equal(counters.bad_value, 0);
    assert_int_equal(hr_halt_reason(&decoder, (const uint8_t *)"T1\0\0"), HR_REASON_NONE);
    assert_int_equal(hr_halt_reason(&decoder, (const uint8_t *)"\xFF\xFF\xFF\xFF"), HR_REASON_NONE);
    assert_int_equal(counters.bad_value, 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_is_named_when_its_symbol_is_seen),
        cmocka_unit_test(number_that_is_given_anew_is_named_anew),
        cmocka_unit_test(numbers_beyond_the_capacity_are_left_alone),
        cmocka_unit_test(symbols_lose_their_padding),
        cmocka_unit_test(find_gives_every_symbol_its_own_number),
        cmocka_unit_test(symbol_of_zeros_is_none),
        cmocka_unit_test(protocols_are_found_by_name),
        cmocka_unit_test(layouts_hold_together),
        cmocka_unit_test(halt_codes_have_reasons),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("instruments", tests, NULL, NULL);
}
