/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX TOPS 1.6 to events: the best bid and offer, and trades. The rules are in docs/normalisation.md.
 */
#include "decode/tops16.h"

#include "decode/iex_common.h"

/* One side of a quote. Without a size there is none, and what stands for its price is no price. */
static inline void quote_side(const struct hr_decoder *decoder, const struct hr_iex_message *message, char side, uint8_t flags,
                              int64_t price, uint32_t size)
{
    hr_iex_add_mbo(decoder, message, HR_EVENT_RECORD, 'M', side, HR_FLAG_TOB | HR_FLAG_MBP | flags, 0,
                   size ? price : HR_UNDEF_PRICE, size);
}

static inline int decode_hot(const struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes)
{
    switch (bytes[0]) {
    case 'Q':
        quote_side(decoder, message, 'B', 0, HR_IEX_PRICE(quote_update, bid_price), HR_IEX_U32(quote_update, bid_size));
        quote_side(decoder, message, 'A', HR_FLAG_LAST, HR_IEX_PRICE(quote_update, ask_price),
                   HR_IEX_U32(quote_update, ask_size));
        return 1;
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
HR_TOPS16_MESSAGES(M)
#undef M
#define M HR_LAYOUT
static const struct hr_layout layouts[] = {HR_TOPS16_MESSAGES(M)};

const struct hr_protocol hr_protocol_tops16 = {
    .name = "iex-tops-1.6",
    .title = "IEX TOPS 1.6 over IEX-TP 1",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 38, /* IEXG.TOPS */
    .big_endian = 0,
    .instruments = HR_INSTRUMENTS_BY_SYMBOL,
    .has_orders = 0,
    .binary_file = 0,
    .parse_header = hr_iextp_tops_parse,
    .begin_session = hr_iex_begin_session,
    .decode = decode,
};
