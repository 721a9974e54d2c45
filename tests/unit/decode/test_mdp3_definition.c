/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0: definitions from bytes written by hand after the schema to the records that they become, of older and newer versions.
 */
#include "test.h"

#include "mdp3.h"

/* ---- definitions ---- */

/* A definition's root block by offsets, so that each test says only what it is about; the rest is zero. */
static void put(size_t offset, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        wire.bytes[8 + offset + (size_t)i] = (uint8_t)(value >> (8 * i));
}

static void put_text(size_t offset, const char *text)
{
    memcpy(wire.bytes + 8 + offset, text, strlen(text));
}

static void definition(uint8_t template_id, uint16_t block, uint16_t version)
{
    begin_version(template_id, block, version);
    zeros(block);
    put_text(5, "M");
    put(6, TS_EVENT, 8);
    put(15, 310, 2);
    put(17, 68, 1);
    put(18, 5, 1);
    put_text(19, "XCME");
    put_text(23, "ES");
    put_text(29, "ES");
    put_text(35, "ESZ6");
    put(55, SECURITY, 4);
    put_text(59, "FUT");
    put_text(65, "FFIXSX");
}

static void definition_groups(void)
{
    group(9, 2);
    wire_le(&wire, 5, 1);
    wire_le(&wire, 1000, 8);
    wire_le(&wire, 7, 1);
    wire_le(&wire, 2000, 8);
    group(4, 2);
    wire_text(&wire, "GBX", 3);
    wire_le(&wire, 10, 1);
    wire_text(&wire, "GBI", 3);
    wire_le(&wire, 2, 1);
    group(4, 1);
    wire_le(&wire, 0x80001, 4);
    group(5, 2);
    wire_le(&wire, 2, 1);
    wire_le(&wire, 10000, 4);
    wire_le(&wire, 3, 1);
    wire_le(&wire, 50000, 4);
}

static const struct hr_definition *defined(uint32_t at)
{
    assert_int_equal(decoding.records[at].bytes, 520);
    assert_int_equal(decoding.records[at].schemas, 1U << HR_SCHEMA_DEFINITION);
    const struct hr_definition *found = (const void *)decoding.records[at].record;
    const struct hr_record_header header = expected_header(&decoding, 0x13, 520, SECURITY);
    assert_memory_equal(&found->header, &header, sizeof header);
    assert_int_equal(found->ts_recv, TS_RECV);
    assert_int_equal(found->channel_id, CHANNEL);
    assert_int_equal(found->raw_instrument_id, SECURITY);
    assert_int_equal(found->security_update_action, 'M');
    assert_int_equal(found->appl_id, 310);
    assert_int_equal(found->market_segment_id, 68);
    assert_int_equal(found->underlying_product, 5);
    assert_string_equal(found->exchange, "XCME");
    assert_string_equal(found->group, "ES");
    assert_string_equal(found->asset, "ES");
    assert_string_equal(found->raw_symbol, "ESZ6");
    assert_string_equal(found->security_type, "FUT");
    assert_string_equal(found->cfi, "FFIXSX");
    assert_int_equal(found->activation, 1000);
    assert_int_equal(found->expiration, 2000);
    assert_int_equal(found->market_depth, 10);
    assert_int_equal(found->market_depth_implied, 2);
    assert_int_equal(found->inst_attrib_value, 0x80001);
    assert_int_equal(found->min_lot_size_round_lot, 1);
    assert_int_equal(found->min_lot_size_block, 5);
    assert_int_equal(found->min_lot_size, INT32_MAX);
    return found;
}

static void futures(void **state)
{
    (void)state;
    static const struct {
        uint8_t template_id;
        uint16_t block;
        uint16_t version;
        uint64_t unit; /* of a mantissa */
    } known[] = {{27, 214, 5, 100}, {27, 216, 6, 100}, {54, 216, 9, 1}, {54, 224, 13, 1}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char symbol[HR_INSTRUMENT_TEXT_BYTES];
        definition(known[i].template_id, known[i].block, known[i].version);
        put(71, 2016, 2);
        put(73, 12, 1);
        put(74, 255, 1);
        put(75, 255, 1);
        put_text(76, "USD");
        put_text(79, "EUR");
        put_text(82, "K");
        put(83, 1, 4);
        put(87, 3000, 4);
        put(91, 1000000000 / known[i].unit, 8);
        put(99, 10000000 / known[i].unit, 8);
        put(107, 255, 1);
        put(108, 4, 1);
        put(109, 2, 1);
        put_text(110, "IPNT");
        put(140, 50000000000 / known[i].unit, 8);
        put(165, 2500000000000 / known[i].unit, 8);
        put(173, NULL64, 8);
        put(181, 6000000000 / known[i].unit, 8);
        put(189, 7, 4);
        put(193, 17117, 2);
        put(195, 8, 4);
        put(199, 9, 4);
        put(203, 1, 1);
        put(204, 2, 1);
        put(205, 12500000000 / known[i].unit, 8);
        put_text(213, "Y");
        definition_groups();
        decode(1);
        const struct hr_definition *found = defined(0);
        assert_int_equal(found->instrument_class, 'F');
        assert_int_equal(found->maturity_year, 2016);
        assert_int_equal(found->maturity_month, 12);
        assert_int_equal(found->maturity_day, 255);
        assert_int_equal(found->maturity_week, 255);
        assert_string_equal(found->currency, "USD");
        assert_string_equal(found->settl_currency, "EUR");
        assert_int_equal(found->match_algorithm, 'K');
        assert_int_equal(found->min_trade_vol, 1);
        assert_int_equal(found->max_trade_vol, 3000);
        assert_int_equal(found->min_price_increment, 1000000000);
        assert_int_equal(found->display_factor, 10000000);
        assert_int_equal(found->main_fraction, 255);
        assert_int_equal(found->sub_fraction, 4);
        assert_int_equal(found->price_display_format, 2);
        assert_string_equal(found->unit_of_measure, "IPNT");
        assert_int_equal(found->unit_of_measure_qty, 50000000000);
        assert_int_equal(found->high_limit_price, 2500000000000);
        assert_int_equal(found->low_limit_price, UNDEF);
        assert_int_equal(found->max_price_variation, 6000000000);
        assert_int_equal(found->decay_quantity, 7);
        assert_int_equal(found->decay_start_date, 17117);
        assert_int_equal(found->original_contract_size, 8);
        assert_int_equal(found->contract_multiplier, 9);
        assert_int_equal(found->contract_multiplier_unit, 1);
        assert_int_equal(found->flow_schedule_type, 2);
        assert_int_equal(found->min_price_increment_amount, 12500000000);
        assert_int_equal(found->user_defined_instrument, 'Y');
        assert_int_equal(found->strike_price, UNDEF);
        assert_int_equal(found->leg_count, 0);
        hr_instruments_symbol(&decoding.decoder.instruments, 1, symbol);
        assert_string_equal(symbol, "ESZ6");
    }
}

static void options(void **state)
{
    (void)state;
    for (uint8_t template_id = 41; template_id <= 55; template_id = (uint8_t)(template_id + 14))
        for (uint8_t call = 0; call < 2; call++) {
            uint64_t unit = template_id == 41 ? 100 : 1;
            definition(template_id, template_id == 41 ? 213 : 221, 9);
            put(71, call, 1);
            put(80, 2100000000000 / unit, 8);
            put_text(88, "USD");
            put(119, 25000000 / unit, 8);
            put(135, 3, 1);
            definition_groups();
            group(24, 1);
            wire_le(&wire, OTHER, 4);
            wire_text(&wire, "ESZ6-UNDERLYING", 20);
            group(24, 0);
            decode(1);
            const struct hr_definition *found = defined(0);
            assert_int_equal(found->instrument_class, call ? 'C' : 'P');
            assert_int_equal(found->strike_price, 2100000000000);
            assert_string_equal(found->strike_price_currency, "USD");
            assert_int_equal(found->min_price_increment_amount, 25000000);
            assert_int_equal(found->tick_rule, 3);
            assert_int_equal(found->underlying_id, OTHER);
            assert_string_equal(found->underlying, "ESZ6-UNDERLYING");
        }
}

static void leg(uint32_t security, uint8_t side, uint8_t ratio, int64_t price, int32_t delta)
{
    wire_le(&wire, security, 4);
    wire_le(&wire, side, 1);
    wire_le(&wire, ratio, 1);
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, (uint32_t)delta, 4);
}

static void spreads_have_a_record_for_each_leg(void **state)
{
    (void)state;
    for (uint8_t template_id = 29; template_id <= 56; template_id = (uint8_t)(template_id + 27)) {
        uint64_t unit = template_id == 29 ? 100 : 1;
        definition(template_id, template_id == 29 ? 195 : 255, 9);
        put_text(79, "SP");
        put(111, 3000000000 / unit, 8);
        definition_groups();
        group(18, 2);
        leg(SECURITY + 1, 1, 1, NULL64, INT32_MAX);
        leg(SECURITY + 2, 2, 2, 500 * (int64_t)(1000000000 / unit), -5000);
        decode(2);
        for (uint32_t i = 0; i < 2; i++) {
            const struct hr_definition *found = defined(i);
            assert_int_equal(found->instrument_class, 'S');
            assert_string_equal(found->secsubtype, "SP");
            assert_int_equal(found->price_ratio, 3000000000);
            assert_int_equal(found->leg_count, 2);
            assert_int_equal(found->leg_index, i);
            assert_int_equal(found->leg_instrument_id, SECURITY + 1 + i);
            assert_int_equal(found->leg_side, i ? 'A' : 'B');
            assert_int_equal(found->leg_ratio_qty_numerator, 1 + i);
            assert_int_equal(found->leg_ratio_qty_denominator, 1);
            assert_int_equal(found->leg_price, i ? 500000000000 : UNDEF);
            assert_int_equal(found->leg_delta, i ? -500000000 : UNDEF);
        }
    }
    definition(56, 195, 9);
    definition_groups();
    group(18, 255); /* more than any spread has */
    for (int i = 0; i < 255; i++)
        leg(SECURITY, 1, 1, NULL64, INT32_MAX);
    decode(128);
    assert_int_equal(decoding.counters.bad_value, 1);
    assert_int_equal(defined(127)->leg_count, 255);
}

static void bonds_repos_and_currencies(void **state)
{
    (void)state;
    definition(57, 338, 13);
    put_text(71, "USD");
    put(86, 7812500, 8);
    put_text(317, "N");
    definition_groups();
    decode(1);
    assert_int_equal(defined(0)->instrument_class, 'B');
    assert_int_equal(defined(0)->min_price_increment, 7812500);
    assert_string_equal(defined(0)->currency, "USD");
    assert_int_equal(defined(0)->user_defined_instrument, 'N');
    definition(57, 100, 12); /* shorter: what it does not have is undefined */
    definition_groups();
    decode(1);
    assert_int_equal(defined(0)->display_factor, UNDEF); /* it would end at 102 */
    assert_int_equal(defined(0)->high_limit_price, UNDEF);
    assert_string_equal(defined(0)->unit_of_measure, "");
    definition(58, 276, 13);
    definition_groups();
    group(118, 1);
    wire_text(&wire, "91282CAV3", 20);
    zeros(98);
    group(32, 0);
    group(16, 0);
    decode(1);
    assert_int_equal(defined(0)->instrument_class, 'B');
    assert_string_equal(defined(0)->underlying, "91282CAV3");
    definition(63, 337, 13);
    put(296, 2026, 2);
    put(298, 1, 1);
    definition_groups();
    group(18, 1);
    zeros(18);
    decode(1);
    assert_int_equal(defined(0)->instrument_class, 'X');
    assert_int_equal(defined(0)->maturity_year, 2026);
    assert_int_equal(defined(0)->maturity_month, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(futures),
        T(options),
        T(spreads_have_a_record_for_each_leg),
        T(bonds_repos_and_currencies),
    };
    return cmocka_run_group_tests_name("mdp3 definition", tests, NULL, NULL);
}
