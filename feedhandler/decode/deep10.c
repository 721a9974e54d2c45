/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP 1.0 to events: price levels, not orders. The rules are in docs/normalisation.md.
 */
#include "decode/deep10.h"

#include "decode/iex_common.h"

#define EVENT_COMPLETE 1

static inline int decode_hot(const struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes)
{
    switch (bytes[0]) {
    case '5':
    case '8': {
        uint32_t size = HR_IEX_U32(price_level_buy, size);
        uint8_t last = HR_IEX_U8(price_level_buy, event_flags) & EVENT_COMPLETE ? HR_FLAG_LAST : 0;
        hr_iex_add_mbo(decoder, message, HR_EVENT_RECORD, size ? 'M' : 'C', bytes[0] == '8' ? 'B' : 'A', HR_FLAG_MBP | last, 0,
                       HR_IEX_PRICE(price_level_buy, price), size);
        return 1;
    }
    case 'T':
        hr_iex_trade_report(decoder, message, bytes);
        return 1;
    default:
        return 0;
    }
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    return hr_iex_decode(decoder, messages, count, packet, events, decode_hot);
}

#define F HR_LAYOUT_FIELD
#define M(type, message, length) static const struct hr_field message##_fields[] = {HR_IEX_##message(F)};
HR_DEEP10_MESSAGES(M)
#undef M
#define M HR_LAYOUT
static const struct hr_layout layouts[] = {HR_DEEP10_MESSAGES(M)};

const struct hr_protocol hr_protocol_deep10 = {
    .name = "iex-deep-1.0",
    .title = "IEX DEEP 1.0 over IEX-TP 1",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 38,
    .big_endian = 0,
    .instruments = HR_INSTRUMENTS_BY_SYMBOL,
    .has_orders = 0,
    .binary_file = 0,
    .parse_header = hr_iextp_deep_parse,
    .begin_session = hr_iex_begin_session,
    .decode = decode,
};
