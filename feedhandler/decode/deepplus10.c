/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP+ 1.0 to events: every displayed order. The rules are in docs/normalisation.md.
 */
#include "decode/deepplus10.h"

#include "decode/iex_common.h"

#define MAINTAIN_PRIORITY 1

static inline char side_of(const struct hr_decoder *decoder, char code)
{
    decoder->counters->bad_value += code != '8' && code != '5';
    return code == '8' ? 'B' : code == '5' ? 'A' : 'N';
}

static inline void order(const struct hr_decoder *decoder, const struct hr_iex_message *message, uint8_t kind, char action,
                         char side, uint64_t order_id, int64_t price, uint32_t size)
{
    hr_iex_add_mbo(decoder, message, kind, action, side, HR_FLAG_LAST, order_id, price, size);
}

/* The second number of the event just added. */
static inline void name_other(const struct hr_iex_message *message, uint64_t number)
{
    message->events->new_order_ids[message->events->count - 1] = number;
}

static inline int decode_hot(const struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes)
{
    uint64_t order_id;
    switch (bytes[0]) {
    case 'a':
        order(decoder, message, HR_EVENT_ADD, 'A', side_of(decoder, HR_IEX_CODE(add_order, side)),
              HR_IEX_U64(add_order, order_id), HR_IEX_PRICE(add_order, price), HR_IEX_U32(add_order, size));
        return 1;
    case 'M': /* one that loses its priority is a new order under its old number */
        order_id = HR_IEX_U64(order_modify, order_id_reference);
        order(decoder, message, HR_IEX_U8(order_modify, modify_flags) & MAINTAIN_PRIORITY ? HR_EVENT_MODIFY : HR_EVENT_REPLACE,
              'M', 'N', order_id, HR_IEX_PRICE(order_modify, price), HR_IEX_U32(order_modify, size));
        name_other(message, order_id);
        return 1;
    case 'R':
        order(decoder, message, HR_EVENT_DELETE, 'C', 'N', HR_IEX_U64(order_delete, order_id_reference), HR_UNDEF_PRICE,
              HR_UNDEF_ORDER_SIZE);
        return 1;
    case 'L':
        order(decoder, message, HR_EVENT_EXECUTE_NAMED, 'F', 'N', HR_IEX_U64(order_executed, order_id_reference),
              HR_IEX_PRICE(order_executed, price), HR_IEX_U32(order_executed, size));
        name_other(message, HR_IEX_U64(order_executed, trade_id));
        return 1;
    case 'T':
        hr_iex_trade_report(decoder, message, bytes);
        return 1;
    case 'C':
        order(decoder, message, HR_EVENT_CLEAR, 'R', 'N', 0, HR_UNDEF_PRICE, 0);
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
HR_DEEPPLUS10_MESSAGES(M)
#undef M
#define M HR_LAYOUT
static const struct hr_layout layouts[] = {HR_DEEPPLUS10_MESSAGES(M)};

const struct hr_protocol hr_protocol_deepplus10 = {
    .name = "iex-deep-plus-1.0",
    .title = "IEX DEEP+ 1.0 over IEX-TP 1",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 60005, /* ours: not in Databento's list; message protocol 0x8005 */
    .big_endian = 0,
    .instruments = HR_INSTRUMENTS_BY_SYMBOL,
    .has_orders = 1,
    .has_clears = 1,
    .binary_file = 0,
    .parse_header = hr_iextp_deep_plus_parse,
    .begin_session = hr_iex_begin_session,
    .decode = decode,
};
