/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decoder.h"

#include "decode/itch50_common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct hr_protocol *const hr_protocols[] = {&hr_protocol_itch50,     &hr_protocol_tops16, &hr_protocol_deep10,
                                                  &hr_protocol_deepplus10, &hr_protocol_mdp3,   &hr_protocol_nyse21,
                                                  &hr_protocol_tom19,      &hr_protocol_impact11, NULL};

const struct hr_protocol *hr_protocol_find(const char *name)
{
    for (const struct hr_protocol *const *at = hr_protocols; *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}

const struct hr_protocol hr_protocol_records = {.name = "dbn", .instruments = HR_INSTRUMENTS_BY_NUMBER};

const struct hr_protocol *hr_protocol_of_feed(const char *name)
{
    return strcmp(name, hr_protocol_records.name) == 0 ? &hr_protocol_records : hr_protocol_find(name);
}

int hr_decoder_create(struct hr_decoder *decoder, const struct hr_protocol *protocol, uint16_t publisher_id,
                      uint32_t instruments_max, struct hr_decode_counters *counters)
{
    *decoder = (struct hr_decoder){.protocol = protocol, .counters = counters, .publisher_id = publisher_id};
    decoder->vector = (uint8_t)hr_itch50_has_vector();
    decoder->mbo_header = (uint32_t)(sizeof(struct hr_mbo) / 4) | (uint32_t)HR_RTYPE_MBO << 8 | (uint32_t)publisher_id << 16;
    for (uint32_t i = 0; i < protocol->layout_count; i++)
        decoder->lengths[protocol->layouts[i].type] = protocol->layouts[i].length;
    if (protocol->has_clears) {
        decoder->clears = calloc(instruments_max, sizeof *decoder->clears);
        if (!decoder->clears)
            return -ENOMEM;
        hr_touch(decoder->clears, instruments_max * sizeof *decoder->clears);
    }
    int error = hr_instruments_create(&decoder->instruments, instruments_max, protocol->instruments);
    if (error)
        hr_decoder_destroy(decoder);
    return error;
}

void hr_decoder_destroy(struct hr_decoder *decoder)
{
    if (!decoder)
        return;
    hr_instruments_destroy(&decoder->instruments);
    free(decoder->clears);
    decoder->clears = NULL;
}

struct hr_status *hr_events_add_status(struct hr_events *events, const struct hr_decoder *decoder,
                                       const struct hr_packet_context *packet, uint32_t instrument,
                                       uint64_t ts_event, uint16_t action, uint16_t reason, const char *answers)
{
    struct hr_status *status = hr_events_add_record(events, decoder, 1U << HR_SCHEMA_STATUS, HR_RTYPE_STATUS,
                                                    sizeof *status, instrument, ts_event);
    status->ts_recv = packet->ts_recv;
    status->action = action;
    status->reason = reason;
    status->is_trading = answers[0];
    status->is_quoting = answers[1];
    status->is_short_sell_restricted = answers[2];
    return status;
}

struct hr_statistics *hr_events_add_price_statistic(struct hr_events *events, const struct hr_decoder *decoder,
                                                    const struct hr_packet_context *packet, uint32_t sequence,
                                                    uint32_t instrument, uint64_t ts_event, uint16_t stat_type, int64_t price,
                                                    uint64_t ts_ref, uint8_t stat_flags, uint8_t update_action)
{
    struct hr_statistics *statistics =
        hr_events_add_record(events, decoder, 1U << HR_SCHEMA_STATISTICS, HR_RTYPE_STATISTICS, sizeof *statistics,
                             instrument, ts_event);
    statistics->ts_recv = packet->ts_recv;
    statistics->ts_ref = ts_ref;
    statistics->price = price;
    statistics->quantity = HR_UNDEF_STAT_QUANTITY;
    statistics->sequence = sequence;
    statistics->ts_in_delta = hr_delta_ns(packet->ts_recv, packet->send_time_ns ? packet->send_time_ns : ts_event);
    statistics->stat_type = stat_type;
    statistics->channel_id = packet->channel_id;
    statistics->update_action = update_action;
    statistics->stat_flags = stat_flags;
    return statistics;
}

void hr_events_add_native(struct hr_events *events, const struct hr_decoder *decoder, const struct hr_packet_context *packet,
                          const struct hr_message *message, uint32_t sequence, uint32_t instrument, uint64_t ts_event)
{
    struct hr_native *native = hr_events_add_record(events, decoder, 1U << HR_SCHEMA_NATIVE, HR_RTYPE_NATIVE,
                                                    sizeof *native, instrument, ts_event);
    uint32_t bytes = message->length < sizeof native->message ? message->length : (uint32_t)sizeof native->message;
    native->ts_recv = packet->ts_recv;
    native->sequence = sequence;
    native->message_length = (uint8_t)bytes;
    memcpy(native->message, message->bytes, bytes);
}

/* What Databento writes for a stock where the venue says nothing: see its sample of XNAS.ITCH definitions. */
static const struct hr_definition undefined = {
    .min_price_increment = HR_UNDEF_PRICE,
    .display_factor = 100000 * HR_PRICE_SCALE,
    .expiration = HR_UNDEF_TIMESTAMP,
    .activation = HR_UNDEF_TIMESTAMP,
    .high_limit_price = HR_UNDEF_PRICE,
    .low_limit_price = HR_UNDEF_PRICE,
    .max_price_variation = HR_UNDEF_PRICE,
    .unit_of_measure_qty = HR_UNDEF_PRICE,
    .min_price_increment_amount = HR_UNDEF_PRICE,
    .price_ratio = HR_UNDEF_PRICE,
    .strike_price = HR_UNDEF_PRICE,
    .raw_instrument_id = INT32_MAX,
    .leg_price = HR_UNDEF_PRICE,
    .leg_delta = HR_UNDEF_PRICE,
    .inst_attrib_value = INT32_MAX,
    .market_depth_implied = INT32_MAX,
    .market_depth = INT32_MAX,
    .market_segment_id = UINT32_MAX,
    .max_trade_vol = UINT32_MAX,
    .min_lot_size = INT32_MAX,
    .min_lot_size_block = INT32_MAX,
    .min_trade_vol = UINT32_MAX,
    .contract_multiplier = INT32_MAX,
    .decay_quantity = INT32_MAX,
    .original_contract_size = INT32_MAX,
    .appl_id = INT16_MAX,
    .maturity_year = UINT16_MAX,
    .decay_start_date = UINT16_MAX,
    .instrument_class = 'K',
    .match_algorithm = 'F',
    .main_fraction = UINT8_MAX,
    .price_display_format = UINT8_MAX,
    .sub_fraction = UINT8_MAX,
    .underlying_product = UINT8_MAX,
    .security_update_action = 'A',
    .maturity_month = UINT8_MAX,
    .maturity_day = UINT8_MAX,
    .maturity_week = UINT8_MAX,
    .user_defined_instrument = 'N',
    .contract_multiplier_unit = INT8_MAX,
    .flow_schedule_type = INT8_MAX,
    .tick_rule = UINT8_MAX,
    .leg_side = 'N',
};

struct hr_definition *hr_events_add_definition(struct hr_events *events, const struct hr_decoder *decoder,
                                               const struct hr_packet_context *packet,
                                               uint32_t instrument, uint64_t ts_event, const uint8_t *symbol,
                                               const char *exchange, uint32_t round_lot)
{
    struct hr_definition *definition =
        hr_events_add_record(events, decoder, 1U << HR_SCHEMA_DEFINITION, HR_RTYPE_DEFINITION, sizeof *definition,
                             instrument, ts_event);
    struct hr_record_header header = definition->header;
    *definition = undefined;
    definition->header = header;
    definition->ts_recv = packet->ts_recv;
    definition->channel_id = packet->channel_id;
    definition->min_lot_size_round_lot = round_lot <= INT32_MAX ? (int32_t)round_lot : INT32_MAX;
    size_t length = 8;
    while (length > 0 && symbol[length - 1] == ' ')
        length--;
    memcpy(definition->raw_symbol, symbol, length);
    memcpy(definition->exchange, exchange, strlen(exchange));
    return definition;
}

static const struct {
    char code[5];
    uint16_t reason;
} halt_codes[] = {
    {"T1  ", HR_REASON_NEWS_PENDING},
    {"T2  ", HR_REASON_NEWS_RELEASED},
    {"T3  ", HR_REASON_NEWS_AND_RESUMPTION_TIMES},
    {"T5  ", HR_REASON_LULD_PAUSE},
    {"T6  ", HR_REASON_REGULATORY},
    {"T7  ", HR_REASON_QUOTATION_NOT_AVAILABLE}, /* single-stock pause, quotation only */
    {"T8  ", HR_REASON_ETF},
    {"T12 ", HR_REASON_ADDITIONAL_INFORMATION_REQUESTED},
    {"H4  ", HR_REASON_NON_COMPLIANCE},
    {"H9  ", HR_REASON_FILINGS_NOT_CURRENT},
    {"H10 ", HR_REASON_SEC_TRADING_SUSPENSION},
    {"H11 ", HR_REASON_REGULATORY},
    {"O1  ", HR_REASON_OPERATIONAL},
    {"IPO1", HR_REASON_NEW_SECURITY_OFFERING},
    {"IPO2", HR_REASON_NEW_SECURITY_OFFERING}, /* IPO order acceptance period */
    {"IPO3", HR_REASON_NEW_SECURITY_OFFERING}, /* IPO pre-launch period */
    {"IPOD", HR_REASON_NEW_SECURITY_OFFERING}, /* IPO delayed */
    {"IPOQ", HR_REASON_ISSUE_AVAILABLE},
    {"IPOE", HR_REASON_ISSUE_AVAILABLE},
    {"M1  ", HR_REASON_CORPORATE_ACTION},
    {"M2  ", HR_REASON_QUOTATION_NOT_AVAILABLE},
    {"LUDP", HR_REASON_LULD_PAUSE},
    {"LUDS", HR_REASON_LULD_PAUSE},
    {"MWC1", HR_REASON_MARKET_WIDE_HALT_LEVEL_1},
    {"MWC2", HR_REASON_MARKET_WIDE_HALT_LEVEL_2},
    {"MWC3", HR_REASON_MARKET_WIDE_HALT_LEVEL_3},
    {"MWC0", HR_REASON_MARKET_WIDE_HALT_CARRYOVER},
    {"MCB1", HR_REASON_MARKET_WIDE_HALT_LEVEL_1},
    {"MCB2", HR_REASON_MARKET_WIDE_HALT_LEVEL_2},
    {"MCB3", HR_REASON_MARKET_WIDE_HALT_LEVEL_3},
    {"MWCQ", HR_REASON_MARKET_WIDE_HALT_RESUMPTION},
    {"R1  ", HR_REASON_NEW_ISSUE},
    {"R2  ", HR_REASON_ISSUE_AVAILABLE},
    {"R4  ", HR_REASON_ISSUES_REVIEWED},
    {"R9  ", HR_REASON_FILING_REQS_SATISFIED},
    {"C3  ", HR_REASON_NEWS_NOT_FORTHCOMING},
    {"C4  ", HR_REASON_ISSUES_REVIEWED},
    {"C9  ", HR_REASON_FILING_REQS_SATISFIED},
    {"C11 ", HR_REASON_REGULATORY},
    {"NA  ", HR_REASON_NONE},
    {"    ", HR_REASON_NONE},
};

uint16_t hr_halt_reason(const struct hr_decoder *decoder, const uint8_t *code)
{
    for (size_t i = 0; i < sizeof halt_codes / sizeof *halt_codes; i++)
        if (memcmp(halt_codes[i].code, code, 4) == 0)
            return halt_codes[i].reason;
    decoder->counters->bad_value++;
    return HR_REASON_NONE;
}
