/* SPDX-License-Identifier: Apache-2.0
 *
 * IEX DEEP 1.0 to events: price levels, not orders. The rules are in docs/normalisation.md.
 */
#include "decode/deep10.h"

#include <string.h>

#include "decode/decoder.h"
#include "packet/bytes.h"

/* Four implied decimals on the wire, in a signed 64-bit integer: what does not fit 1e-9 units is not a price. */
#define PRICE_UNIT 100000
#define SECOND_NS UINT64_C(1000000000)
#define EVENT_COMPLETE 1

#define AT(message, field) (bytes + HR_DEEP10_##message##_##field)
#define U8(message, field) (*AT(message, field))
#define U32(message, field) hr_le32(AT(message, field))
#define U64(message, field) hr_le64(AT(message, field))
#define PRICE(message, field) price_of(decoder, (int64_t)U64(message, field))
#define CODE(message, field) ((char)*AT(message, field))

static inline int64_t price_of(const struct hr_decoder *decoder, int64_t price)
{
    if (__builtin_expect(price > INT64_MAX / PRICE_UNIT || price < INT64_MIN / PRICE_UNIT, 0)) {
        decoder->counters->bad_value++;
        return HR_UNDEF_PRICE;
    }
    return price * PRICE_UNIT;
}

struct message {
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    uint64_t ts_event;
    uint32_t instrument;
    uint32_t sequence;
    uint8_t index;
};

static inline void level_or_trade(const struct hr_decoder *decoder, const struct message *message, char action, char side,
                                  uint8_t flags, uint64_t order_id, int64_t price, uint32_t size)
{
    struct hr_event *event = &message->events->items[message->events->count++];
    struct hr_mbo *mbo = &event->record.mbo;
    event->kind = HR_EVENT_RECORD;
    event->schemas = 1U << HR_SCHEMA_MBO;
    event->words = sizeof *mbo / 4;
    event->index = message->index;
    event->instrument = message->instrument;
    memcpy(&mbo->header, &decoder->mbo_header, sizeof decoder->mbo_header);
    mbo->header.instrument_id = message->instrument;
    mbo->header.ts_event = message->ts_event;
    mbo->order_id = order_id;
    mbo->price = price;
    mbo->size = size;
    mbo->flags = (uint8_t)(message->packet->flags | flags);
    mbo->channel_id = message->packet->channel_id;
    mbo->action = action;
    mbo->side = side;
    mbo->ts_recv = message->packet->ts_recv;
    mbo->ts_in_delta = hr_delta_ns(message->packet->ts_recv, message->packet->send_time_ns);
    mbo->sequence = message->sequence;
}

static void status(const struct hr_decoder *decoder, const struct message *message, uint16_t action, uint16_t reason,
                   const char *answers)
{
    hr_events_add_status(message->events, decoder, message->packet, message->instrument,
                         message->ts_event, action, reason, answers);
}

static void system_event(const struct hr_decoder *decoder, const struct message *message, char code)
{
    switch (code) {
    case 'O':
        status(decoder, message, HR_STATUS_NONE, HR_REASON_SCHEDULED, "~~~");
        break;
    case 'S':
        status(decoder, message, HR_STATUS_PRE_OPEN, HR_REASON_SCHEDULED, "~~~");
        break;
    case 'R':
        status(decoder, message, HR_STATUS_TRADING, HR_REASON_SCHEDULED, "YY~");
        break;
    case 'M':
        status(decoder, message, HR_STATUS_POST_CLOSE, HR_REASON_SCHEDULED, "~~~");
        break;
    case 'E':
        status(decoder, message, HR_STATUS_CLOSE, HR_REASON_SCHEDULED, "NN~");
        break;
    case 'C':
        status(decoder, message, HR_STATUS_NOT_AVAILABLE_FOR_TRADING, HR_REASON_SCHEDULED, "NN~");
        break;
    default:
        decoder->counters->bad_value++;
        status(decoder, message, HR_STATUS_NONE, HR_REASON_NONE, "~~~");
    }
}

static void trading_status(const struct hr_decoder *decoder, const struct message *message, char state, const uint8_t *code)
{
    uint16_t reason = hr_halt_reason(decoder, code);
    switch (state) {
    case 'T':
        status(decoder, message, HR_STATUS_TRADING, reason, "YY~");
        break;
    case 'O': /* order acceptance period, before an opening or after a halt */
        status(decoder, message, HR_STATUS_PRE_CROSS, reason, "NY~");
        break;
    case 'P':
        status(decoder, message, HR_STATUS_PAUSE, reason, "NY~");
        break;
    case 'H':
        status(decoder, message, HR_STATUS_HALT, reason, "NN~");
        break;
    default:
        decoder->counters->bad_value++;
        status(decoder, message, HR_STATUS_NONE, reason, "~~~");
    }
}

static void short_sale_status(const struct hr_decoder *decoder, const struct message *message, uint8_t in_effect, char detail)
{
    /* A activated, C continued, D deactivated, N and blank: no detail. */
    uint16_t reason = detail == 'A' ? HR_REASON_MARKET_EVENT : detail == 'C' ? HR_REASON_SCHEDULED : HR_REASON_NONE;
    status(decoder, message, HR_STATUS_SSR_CHANGE, reason, in_effect == 1 ? "~~Y" : in_effect == 0 ? "~~N" : "~~~");
}

static void trade_break(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    struct hr_trade_break *broken = hr_events_add_record(
        message->events, decoder, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE,
        HR_RTYPE_TRADE_BREAK, sizeof *broken, message->instrument, message->ts_event);
    broken->ts_recv = message->packet->ts_recv;
    broken->trade_id = U64(trade_break, trade_id);
    broken->price = PRICE(trade_break, price);
    broken->size = U32(trade_break, size);
    broken->sequence = message->sequence;
    broken->channel_id = message->packet->channel_id;
}

static void auction_information(const struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    struct hr_imbalance *imbalance =
        hr_events_add_record(message->events, decoder, 1U << HR_SCHEMA_IMBALANCE, HR_RTYPE_IMBALANCE, sizeof *imbalance,
                             message->instrument, message->ts_event);
    char side = CODE(auction_information, imbalance_side);
    decoder->counters->bad_value += side != 'B' && side != 'S' && side != 'N';
    imbalance->ts_recv = message->packet->ts_recv;
    imbalance->ref_price = PRICE(auction_information, reference_price);
    imbalance->auction_time = U32(auction_information, scheduled_auction_time) * SECOND_NS;
    imbalance->cont_book_clr_price = PRICE(auction_information, indicative_clearing_price);
    imbalance->auct_interest_clr_price = PRICE(auction_information, auction_book_clearing_price);
    imbalance->upper_collar = PRICE(auction_information, upper_auction_collar);
    imbalance->lower_collar = PRICE(auction_information, lower_auction_collar);
    imbalance->paired_qty = U32(auction_information, paired_shares);
    imbalance->total_imbalance_qty = U32(auction_information, imbalance_shares);
    imbalance->auction_type = CODE(auction_information, auction_type);
    imbalance->side = side == 'B' ? 'B' : side == 'S' ? 'A' : 'N';
    imbalance->num_extensions = U8(auction_information, extension_number);
    imbalance->unpaired_side = 'N';
    imbalance->significant_imbalance = '~';
}

static __attribute__((noinline)) void decode_rare(struct hr_decoder *decoder, const struct message *message, const uint8_t *bytes)
{
    char code;
    switch (bytes[0]) {
    case 'S':
        system_event(decoder, message, CODE(system_event, system_event));
        break;
    case 'D':
        hr_events_add_definition(message->events, decoder, message->packet, message->instrument, message->ts_event,
                                 AT(security_directory, symbol), "IEXG", U32(security_directory, round_lot_size));
        if (message->instrument)
            hr_instruments_name(&decoder->instruments, message->instrument, hr_le64(AT(security_directory, symbol)),
                                U32(security_directory, round_lot_size));
        break;
    case 'H':
        trading_status(decoder, message, CODE(trading_status, trading_status), AT(trading_status, reason));
        break;
    case 'O':
        code = CODE(operational_halt, operational_halt_status);
        decoder->counters->bad_value += code != 'O' && code != 'N';
        status(decoder, message, code == 'O' ? HR_STATUS_HALT : HR_STATUS_NONE, HR_REASON_OPERATIONAL,
               code == 'O' ? "NN~" : "~~~");
        break;
    case 'P':
        short_sale_status(decoder, message, U8(short_sale_status, short_sale_price_test_status), CODE(short_sale_status, detail));
        break;
    case 'E':
        code = CODE(security_event, security_event);
        decoder->counters->bad_value += code != 'O' && code != 'C';
        status(decoder, message, code == 'O' ? HR_STATUS_CROSS : code == 'C' ? HR_STATUS_CLOSE : HR_STATUS_NONE,
               HR_REASON_SCHEDULED, "~~~");
        break;
    case 'X':
        code = CODE(official_price, price_type);
        decoder->counters->bad_value += code != 'Q' && code != 'M';
        hr_events_add_price_statistic(
            message->events, decoder, message->packet, message->sequence, message->instrument, message->ts_event,
            code == 'Q' ? HR_STAT_OPENING_PRICE : code == 'M' ? HR_STAT_CLOSE_PRICE : HR_STAT_VENUE_SPECIFIC_PRICE_1,
            PRICE(official_price, official_price), HR_UNDEF_TIMESTAMP, UINT8_MAX, 1);
        break;
    case 'B':
        trade_break(decoder, message, bytes);
        break;
    case 'A':
        auction_information(decoder, message, bytes);
        break;
    default: /* I retail liquidity indicator: DBN has no record for it */
        hr_events_add_native(message->events, decoder, message->packet, message->wire, message->sequence, message->instrument,
                             message->ts_event);
    }
}

static uint32_t find_instrument(struct hr_decoder *decoder, const uint8_t *bytes)
{
    if (bytes[0] == 'S') /* the one message about the whole venue */
        return 0;
    uint32_t instrument = hr_instruments_find(&decoder->instruments, hr_le64(AT(price_level_buy, symbol)));
    decoder->counters->instruments_refused += instrument == 0;
    return instrument;
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    struct message message = {.packet = packet, .events = events};
    decoder->counters->messages += count;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *bytes = messages[i].bytes;
        uint8_t type = messages[i].length ? bytes[0] : 0;
        if (__builtin_expect(messages[i].length == 0 || messages[i].length != decoder->lengths[type], 0)) {
            if (decoder->lengths[type] == 0 && messages[i].length)
                decoder->counters->unknown_type++;
            else
                decoder->counters->bad_length++;
            continue;
        }
        decoder->counters->decoded++;
        decoder->by_type[type]++;
        message.wire = &messages[i];
        message.index = (uint8_t)i;
        message.instrument = find_instrument(decoder, bytes);
        message.ts_event = U64(price_level_buy, timestamp);
        message.sequence = (uint32_t)(packet->first_sequence + i);
        switch (type) {
        case '5':
        case '8': {
            uint32_t size = U32(price_level_buy, size);
            uint8_t last = U8(price_level_buy, event_flags) & EVENT_COMPLETE ? HR_FLAG_LAST : 0;
            level_or_trade(decoder, &message, size ? 'M' : 'C', type == '8' ? 'B' : 'A', HR_FLAG_MBP | last, 0,
                           PRICE(price_level_buy, price), size);
            break;
        }
        case 'T':
            level_or_trade(decoder, &message, 'T', 'N', HR_FLAG_LAST, U64(trade_report, trade_id), PRICE(trade_report, price),
                           U32(trade_report, size));
            break;
        default:
            events->index = (uint8_t)i;
            decode_rare(decoder, &message, bytes);
        }
    }
    return count;
}

static void begin_session(struct hr_decoder *decoder, uint64_t ts_recv)
{
    (void)decoder; /* times are absolute, symbols keep their numbers */
    (void)ts_recv;
}

#define F HR_LAYOUT_FIELD
#define M(type, message, length) static const struct hr_field message##_fields[] = {HR_DEEP10_##message(F)};
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
    .begin_session = begin_session,
    .decode = decode,
};
