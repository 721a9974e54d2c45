/* SPDX-License-Identifier: Apache-2.0
 *
 * NYSE imbalances 2.1f to events. The rules are in docs/normalisation.md.
 */
#include "decode/nyse21.h"

#include <string.h>

#include "decode/decoder.h"
#include "decode/eastern.h"
#include "packet/bytes.h"

#define SECOND_NS UINT64_C(1000000000)
#define MINUTE_NS (60 * SECOND_NS)
#define DAY_NS (24 * 60 * MINUTE_NS)
#define HEADER_BYTES 4 /* size and type */
#define SYMBOL_BYTES 11

#define AT(message, field) (bytes + HR_NYSE21_##message##_##field)
#define U8(message, field) (*AT(message, field))
#define U16(message, field) hr_le16(AT(message, field))
#define U32(message, field) hr_le32(AT(message, field))
#define CODE(message, field) ((char)*AT(message, field))

enum {
    TYPE_SEQUENCE_NUMBER_RESET = 1,
    TYPE_SYMBOL_INDEX_MAPPING = 3,
    TYPE_SYMBOL_INDEX_MAPPING_REQUEST = 13,
    TYPE_REFRESH_REQUEST = 15,
    TYPE_SYMBOL_CLEAR = 32,
    TYPE_SECURITY_STATUS = 34,
    TYPE_IMBALANCE = 105,
};

struct message {
    struct hr_decoder *decoder;
    const struct hr_packet_context *packet;
    const struct hr_message *wire;
    struct hr_events *events;
    uint64_t ts_event;
    uint32_t instrument;
    uint32_t sequence;
};

/* What one unit of a wire price of 0 to 9 decimals is in ours. */
static const int64_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};

/* The unit of the instrument's prices, which its mapping has told; 0 when it has not. */
static int64_t unit_of(const struct message *message)
{
    uint8_t decimals = message->decoder->instruments.decimals[message->instrument];
    if (message->instrument && decimals)
        return units[decimals - 1];
    message->decoder->counters->bad_value++;
    return 0;
}

static int64_t price_of(int64_t unit, uint32_t price)
{
    return unit ? price * unit : HR_UNDEF_PRICE;
}

/* Hours and minutes in decimal at the venue, on the day of the message; 0: none. */
static uint64_t auction_time(const struct message *message, uint32_t clock)
{
    struct hr_decoder *decoder = message->decoder;
    if (clock == 0)
        return 0;
    if (clock / 100 > 23 || clock % 100 > 59) {
        decoder->counters->bad_value++;
        return 0;
    }
    if (message->ts_event - decoder->midnight_ns >= DAY_NS)
        decoder->midnight_ns = hr_eastern_midnight_ns(message->ts_event);
    return decoder->midnight_ns + (clock / 100 * 60 + clock % 100) * MINUTE_NS;
}

static void imbalance(const struct message *message, const uint8_t *bytes)
{
    struct hr_decoder *decoder = message->decoder;
    struct hr_imbalance *record = hr_events_add_record(message->events, decoder, 1U << HR_SCHEMA_IMBALANCE, HR_RTYPE_IMBALANCE,
                                                       sizeof *record, message->instrument, message->ts_event);
    int64_t unit = unit_of(message);
    char side = CODE(imbalance, imbalance_side);
    decoder->counters->bad_value += side != 'B' && side != 'S' && side != ' ';
    record->ts_recv = message->packet->ts_recv;
    record->ref_price = price_of(unit, U32(imbalance, reference_price));
    record->auction_time = auction_time(message, U16(imbalance, auction_time));
    record->cont_book_clr_price = price_of(unit, U32(imbalance, continuous_book_clearing_price));
    record->auct_interest_clr_price = price_of(unit, U32(imbalance, closing_only_clearing_price));
    record->ssr_filling_price = price_of(unit, U32(imbalance, ssr_filing_price));
    record->ind_match_price = price_of(unit, U32(imbalance, indicative_match_price));
    record->upper_collar = price_of(unit, U32(imbalance, upper_collar));
    record->lower_collar = price_of(unit, U32(imbalance, lower_collar));
    record->paired_qty = U32(imbalance, paired_qty);
    record->total_imbalance_qty = U32(imbalance, total_imbalance_qty);
    record->market_imbalance_qty = U32(imbalance, market_imbalance_qty);
    record->auction_type = CODE(imbalance, auction_type);
    record->side = side == 'B' ? 'B' : side == 'S' ? 'A' : 'N';
    record->auction_status = U8(imbalance, auction_status);
    record->freeze_status = U8(imbalance, freeze_status);
    record->num_extensions = U8(imbalance, num_extensions);
    record->unpaired_side = 'N';
    record->significant_imbalance = '~';
}

/* Codes of the security status, and what each says of trading and quoting. */
static const struct {
    char code;
    uint8_t action;
    uint8_t reason; /* where there is no halt condition */
    char answers[3];
} states[] = {
    {'4', HR_STATUS_HALT, HR_REASON_NONE, "NN"},
    {'5', HR_STATUS_TRADING, HR_REASON_NONE, "YY"},
    {'6', HR_STATUS_SUSPEND, HR_REASON_NONE, "NN"},
    {'A', HR_STATUS_SSR_CHANGE, HR_REASON_MARKET_EVENT, "~~"},
    {'B', HR_STATUS_PRE_OPEN, HR_REASON_SCHEDULED, "~~"},
    {'C', HR_STATUS_SSR_CHANGE, HR_REASON_SCHEDULED, "~~"},
    {'D', HR_STATUS_SSR_CHANGE, HR_REASON_NONE, "~~"},
    {'E', HR_STATUS_TRADING, HR_REASON_SCHEDULED, "YY"},
    {'G', HR_STATUS_NEW_PRICE_INDICATION, HR_REASON_NONE, "~~"},
    {'I', HR_STATUS_NEW_PRICE_INDICATION, HR_REASON_NONE, "~~"},
    {'L', HR_STATUS_POST_CLOSE, HR_REASON_SCHEDULED, "YY"},
    {'O', HR_STATUS_TRADING, HR_REASON_SCHEDULED, "YY"},
    {'P', HR_STATUS_PRE_OPEN, HR_REASON_SCHEDULED, "~~"},
    {'X', HR_STATUS_CLOSE, HR_REASON_SCHEDULED, "NN"},
};

static const struct {
    char code;
    uint8_t reason;
} conditions[] = {
    {'D', HR_REASON_NEWS_RELEASED},
    {'I', HR_REASON_ORDER_IMBALANCE},
    {'P', HR_REASON_NEWS_PENDING},
    {'M', HR_REASON_LULD_PAUSE},
    {'X', HR_REASON_OPERATIONAL},
    {'A', HR_REASON_ADDITIONAL_INFORMATION_REQUESTED},
    {'C', HR_REASON_REGULATORY},
    {'E', HR_REASON_MERGER_EFFECTIVE},
    {'F', HR_REASON_ETF},
    {'N', HR_REASON_CORPORATE_ACTION},
    {'O', HR_REASON_NEW_SECURITY_OFFERING},
    {'V', HR_REASON_ETF}, /* no intraday indicative value, which only exchange-traded products have */
    {'6', HR_REASON_NONE}, /* suspended: the state says so already */
    {'1', HR_REASON_MARKET_WIDE_HALT_LEVEL_1},
    {'2', HR_REASON_MARKET_WIDE_HALT_LEVEL_2},
    {'3', HR_REASON_MARKET_WIDE_HALT_LEVEL_3},
};

static uint16_t halt_reason(const struct hr_decoder *decoder, char code, uint16_t otherwise)
{
    if (code == '~' || code == ' ')
        return otherwise;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].code == code)
            return conditions[i].reason;
    decoder->counters->bad_value++;
    return otherwise;
}

static void security_status(const struct message *message, const uint8_t *bytes)
{
    const struct hr_decoder *decoder = message->decoder;
    char code = CODE(security_status, security_status);
    char restricted = CODE(security_status, ssr_state);
    uint16_t action = HR_STATUS_NONE;
    uint16_t reason = HR_REASON_NONE;
    char answers[4] = "~~~";
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (states[i].code == code) {
            action = states[i].action;
            reason = states[i].reason;
            memcpy(answers, states[i].answers, 2);
        }
    decoder->counters->bad_value += action == HR_STATUS_NONE;
    decoder->counters->bad_value += restricted != '~' && restricted != 'E';
    answers[2] = restricted == '~' ? 'N' : restricted == 'E' ? 'Y' : '~';
    hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event, action,
                         halt_reason(decoder, CODE(security_status, halt_condition), reason), answers);
}

static const char *exchange_of(uint32_t market)
{
    switch (market) {
    case 1:
        return "XNYS";
    case 3:
        return "ARCX";
    case 9:
        return "XASE";
    case 10:
        return "XCIS";
    case 11:
        return "XCHI";
    default:
        return "";
    }
}

static void symbol_index_mapping(const struct message *message, const uint8_t *bytes)
{
    struct hr_decoder *decoder = message->decoder;
    const uint8_t *symbol = AT(symbol_index_mapping, symbol);
    uint32_t lot = U16(symbol_index_mapping, lot_size);
    uint8_t decimals = U8(symbol_index_mapping, price_scale_code);
    int known = decimals < sizeof units / sizeof *units;
    const char *exchange = exchange_of(U16(symbol_index_mapping, market_id));
    struct hr_definition *definition = hr_events_add_definition(message->events, decoder, message->packet, message->instrument,
                                                                message->ts_event, (const uint8_t *)"        ", exchange, lot);
    uint32_t length = SYMBOL_BYTES;
    while (length > 0 && (symbol[length - 1] == ' ' || symbol[length - 1] == '\0'))
        length--;
    memcpy(definition->raw_symbol, symbol, length);
    definition->security_type[0] = CODE(symbol_index_mapping, security_type);
    if (known)
        definition->min_price_increment = U16(symbol_index_mapping, mpv) * units[decimals];
    decoder->counters->bad_value += !known;
    decoder->counters->bad_value += *exchange == '\0';
    if (message->instrument == 0)
        return;
    decoder->instruments.decimals[message->instrument] = known ? (uint8_t)(decimals + 1) : 0;
    hr_instruments_name_text(&decoder->instruments, message->instrument, symbol, SYMBOL_BYTES, lot);
}

/* What has no symbol, and symbol 0, is about the venue as a whole. */
static uint32_t find_instrument(struct hr_decoder *decoder, uint8_t type, const uint8_t *bytes)
{
    uint32_t number = 0;
    switch (type) {
    case TYPE_IMBALANCE:
    case TYPE_SECURITY_STATUS:
    case TYPE_SYMBOL_CLEAR:
        number = U32(imbalance, symbol_index);
        break;
    case TYPE_SYMBOL_INDEX_MAPPING:
    case TYPE_SYMBOL_INDEX_MAPPING_REQUEST:
    case TYPE_REFRESH_REQUEST:
        number = U32(symbol_index_mapping, symbol_index);
        break;
    default:
        break;
    }
    if (number == 0)
        return 0;
    uint32_t instrument = hr_instruments_find(&decoder->instruments, HR_INSTRUMENT_NUMBER(number));
    decoder->counters->instruments_refused += instrument == 0;
    return instrument;
}

static uint64_t time_of(const struct message *message, uint8_t type, const uint8_t *bytes)
{
    switch (type) {
    case TYPE_IMBALANCE:
    case TYPE_SECURITY_STATUS:
    case TYPE_SYMBOL_CLEAR:
    case TYPE_SEQUENCE_NUMBER_RESET:
        return U32(imbalance, source_time) * SECOND_NS + U32(imbalance, source_time_ns);
    default:
        return message->packet->send_time_ns;
    }
}

static uint8_t type_of(const struct hr_message *message)
{
    uint32_t type = message->length >= HEADER_BYTES ? hr_le16(message->bytes + 2) : 0;
    return type <= UINT8_MAX ? (uint8_t)type : 0;
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    struct message message = {.decoder = decoder, .packet = packet, .events = events};
    decoder->counters->messages += count;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *bytes = messages[i].bytes;
        uint8_t type = type_of(&messages[i]);
        if (messages[i].length < HEADER_BYTES || messages[i].length != decoder->lengths[type]) {
            if (messages[i].length >= HEADER_BYTES && decoder->lengths[type] == 0)
                decoder->counters->unknown_type++;
            else
                decoder->counters->bad_length++;
            continue;
        }
        decoder->counters->decoded++;
        decoder->by_type[type]++;
        events->index = (uint8_t)i;
        message.wire = &messages[i];
        message.instrument = find_instrument(decoder, type, bytes);
        message.ts_event = time_of(&message, type, bytes);
        message.sequence = (uint32_t)(packet->first_sequence + i);
        switch (type) {
        case TYPE_IMBALANCE:
            imbalance(&message, bytes);
            break;
        case TYPE_SECURITY_STATUS:
            security_status(&message, bytes);
            break;
        case TYPE_SYMBOL_INDEX_MAPPING:
            symbol_index_mapping(&message, bytes);
            break;
        default: /* resets, clears, requests and their answers: DBN has no record for them */
            hr_events_add_native(events, decoder, packet, &messages[i], message.sequence, message.instrument, message.ts_event);
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
#define M(type, message, length) static const struct hr_field message##_fields[] = {HR_NYSE21_##message(F)};
HR_NYSE21_MESSAGES(M)
#undef M
#define M HR_LAYOUT
static const struct hr_layout layouts[] = {HR_NYSE21_MESSAGES(M)};

const struct hr_protocol hr_protocol_nyse21 = {
    .name = "nyse-imbalances-2.1",
    .title = "NYSE imbalances 2.1f over XDP",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 9, /* XNYS.PILLAR, whose imbalance schema these are */
    .big_endian = 0,
    .instruments = HR_INSTRUMENTS_BY_NUMBER,
    .numeric_types = 1,
    .has_orders = 0,
    .binary_file = 0,
    .parse_header = hr_xdp_parse,
    .walk = hr_xdp_walk,
    .type_of = type_of,
    .begin_session = begin_session,
    .decode = decode,
};
