/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of the old layouts are those of Databento's InstrumentDefMsgV1 and V2, StatMsgV1 and SymbolMappingMsgV1.
 */
#define _GNU_SOURCE
#include "dbn/upgrade.h"

#include <string.h>

#include "dbn/reader.h"
#include "headrace/record.h"

enum {
    DEFINITION_V1_BYTES = 360,
    DEFINITION_V2_BYTES = 400,
    STATISTICS_V1_BYTES = 64,
    SYMBOL_MAPPING_V1_BYTES = 80,
    SYMBOL_MAPPING_BYTES = 176,
};

/* A run of bytes that only moved. */
struct move {
    uint16_t from[2]; /* in version 1, in version 2 */
    uint16_t to;
    uint16_t bytes[2];
};

#define TO(field) offsetof(struct hr_definition, field)
#define SAME(bytes)                                                                                                            \
    {                                                                                                                          \
        (bytes), (bytes)                                                                                                       \
    }

static const struct move definition_moves[] = {
    {{16, 16}, TO(ts_recv), SAME(64)},             /* to max_price_variation */
    {{88, 88}, TO(unit_of_measure_qty), SAME(24)}, /* min_price_increment_amount, price_ratio */
    {{328, 112}, TO(strike_price), SAME(8)},
    {{112, 120}, TO(inst_attrib_value), SAME(8)}, /* underlying_id */
    {{120, 128}, TO(raw_instrument_id), SAME(4)},
    {{124, 132}, TO(market_depth_implied), SAME(32)}, /* to min_trade_vol */
    {{160, 164}, TO(contract_multiplier), SAME(12)},  /* decay_quantity, original_contract_size */
    {{178, 178}, TO(appl_id), SAME(8)},               /* maturity_year, decay_start_date, channel_id */
    {{186, 186}, TO(currency), SAME(14)},             /* settl_currency, secsubtype */
    {{200, 200}, TO(raw_symbol), {22, 71}},
    {{222, 271}, TO(group), SAME(26)}, /* exchange */
    {{248, 297}, TO(asset), SAME(7)},
    {{255, 304}, TO(cfi), SAME(70)}, /* to strike_price_currency */
    {{325, 374}, TO(instrument_class), SAME(1)},
    {{342, 375}, TO(match_algorithm), SAME(1)},
    {{344, 377}, TO(main_fraction), SAME(2)},          /* price_display_format */
    {{347, 380}, TO(sub_fraction), SAME(2)},           /* underlying_product */
    {{349, 382}, TO(security_update_action), SAME(8)}, /* to tick_rule */
};

/* What only version 3 has stays undefined, as the crate has it. */
static size_t upgrade_definition(uint8_t version, const uint8_t *record, uint8_t *into)
{
    struct hr_definition *made = (struct hr_definition *)(void *)into;
    memset(made, 0, sizeof *made);
    memcpy(&made->header, record, sizeof made->header);
    made->leg_price = HR_UNDEF_PRICE;
    made->leg_delta = HR_UNDEF_PRICE;
    made->leg_side = 'N';
    for (size_t i = 0; i < sizeof definition_moves / sizeof *definition_moves; i++) {
        const struct move *move = &definition_moves[i];
        memcpy(into + move->to, record + move->from[version - 1], move->bytes[version - 1]);
    }
    return sizeof *made;
}

static size_t upgrade_statistics(const uint8_t *record, uint8_t *into)
{
    struct hr_statistics *made = (struct hr_statistics *)(void *)into;
    int32_t quantity;
    memset(made, 0, sizeof *made);
    memcpy(made, record, 40); /* header, ts_recv, ts_ref, price */
    memcpy(&quantity, record + 40, sizeof quantity);
    made->quantity = quantity == INT32_MAX ? HR_UNDEF_STAT_QUANTITY : quantity;
    memcpy(&made->sequence, record + 44, 14); /* to stat_flags */
    return sizeof *made;
}

static size_t upgrade_symbol_mapping(const uint8_t *record, uint8_t *into)
{
    memset(into, 0, SYMBOL_MAPPING_BYTES);
    memcpy(into, record, sizeof(struct hr_record_header));
    into[16] = into[88] = UINT8_MAX; /* stype_in and stype_out: not known */
    memcpy(into + 17, record + 16, 22);
    memcpy(into + 89, record + 38, 22);
    memcpy(into + 160, record + 64, 16); /* start_ts, end_ts */
    return SYMBOL_MAPPING_BYTES;
}

size_t hr_dbn_upgradable_bytes(uint8_t version, uint8_t rtype)
{
    if (version >= 3)
        return 0;
    switch (rtype) {
    case HR_RTYPE_DEFINITION:
        return version == 1 ? DEFINITION_V1_BYTES : DEFINITION_V2_BYTES;
    case HR_RTYPE_STATISTICS:
        return STATISTICS_V1_BYTES;
    case HR_DBN_RTYPE_SYMBOL_MAPPING:
        return version == 1 ? SYMBOL_MAPPING_V1_BYTES : 0;
    default:
        return 0;
    }
}

size_t hr_dbn_upgrade(uint8_t version, const uint8_t *record, uint8_t *into)
{
    size_t bytes = record[1] == HR_RTYPE_DEFINITION   ? upgrade_definition(version, record, into)
                   : record[1] == HR_RTYPE_STATISTICS ? upgrade_statistics(record, into)
                                                      : upgrade_symbol_mapping(record, into);
    into[0] = (uint8_t)(bytes / 4);
    return bytes;
}
