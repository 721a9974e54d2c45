/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of more than one IEX feed to events. The rules are in docs/normalisation.md.
 */
#include "decode/iex_common.h"

#define SECOND_NS UINT64_C(1000000000)

static void status(const struct hr_decoder *decoder, const struct hr_iex_message *message, uint16_t action, uint16_t reason,
                   const char *answers)
{
    hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event, action, reason,
                         answers);
}

static void system_event(const struct hr_decoder *decoder, const struct hr_iex_message *message, char code)
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

static void trading_status(const struct hr_decoder *decoder, const struct hr_iex_message *message, char state,
                           const uint8_t *code)
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

static void short_sale_status(const struct hr_decoder *decoder, const struct hr_iex_message *message, uint8_t in_effect,
                              char detail)
{
    /* A activated, C continued, D deactivated, N and blank: no detail. */
    uint16_t reason = detail == 'A' ? HR_REASON_MARKET_EVENT : detail == 'C' ? HR_REASON_SCHEDULED : HR_REASON_NONE;
    status(decoder, message, HR_STATUS_SSR_CHANGE, reason, in_effect == 1 ? "~~Y" : in_effect == 0 ? "~~N" : "~~~");
}

static void trade_break(const struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes)
{
    struct hr_trade_break *broken =
        hr_events_add_record(message->events, decoder, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE,
                             HR_RTYPE_TRADE_BREAK, sizeof *broken, message->instrument, message->ts_event);
    broken->ts_recv = message->packet->ts_recv;
    broken->trade_id = HR_IEX_U64(trade_break, trade_id);
    broken->price = HR_IEX_PRICE(trade_break, price);
    broken->size = HR_IEX_U32(trade_break, size);
    broken->sequence = message->sequence;
    broken->channel_id = message->packet->channel_id;
}

static void auction_information(const struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes)
{
    struct hr_imbalance *imbalance =
        hr_events_add_record(message->events, decoder, 1U << HR_SCHEMA_IMBALANCE, HR_RTYPE_IMBALANCE, sizeof *imbalance,
                             message->instrument, message->ts_event);
    char side = HR_IEX_CODE(auction_information, imbalance_side);
    decoder->counters->bad_value += side != 'B' && side != 'S' && side != 'N';
    imbalance->ts_recv = message->packet->ts_recv;
    imbalance->ref_price = HR_IEX_PRICE(auction_information, reference_price);
    imbalance->auction_time = HR_IEX_U32(auction_information, scheduled_auction_time) * SECOND_NS;
    imbalance->cont_book_clr_price = HR_IEX_PRICE(auction_information, indicative_clearing_price);
    imbalance->auct_interest_clr_price = HR_IEX_PRICE(auction_information, auction_book_clearing_price);
    imbalance->upper_collar = HR_IEX_PRICE(auction_information, upper_auction_collar);
    imbalance->lower_collar = HR_IEX_PRICE(auction_information, lower_auction_collar);
    imbalance->paired_qty = HR_IEX_U32(auction_information, paired_shares);
    imbalance->total_imbalance_qty = HR_IEX_U32(auction_information, imbalance_shares);
    imbalance->auction_type = HR_IEX_CODE(auction_information, auction_type);
    imbalance->side = side == 'B' ? 'B' : side == 'S' ? 'A' : 'N';
    imbalance->num_extensions = HR_IEX_U8(auction_information, extension_number);
    imbalance->unpaired_side = 'N';
    imbalance->significant_imbalance = '~';
}

void hr_iex_decode_rare(struct hr_decoder *decoder, const struct hr_iex_message *message, const uint8_t *bytes)
{
    char code;
    switch (bytes[0]) {
    case 'S':
        system_event(decoder, message, HR_IEX_CODE(system_event, system_event));
        break;
    case 'D':
        hr_events_add_definition(message->events, decoder, message->packet, message->instrument, message->ts_event,
                                 HR_IEX_AT(security_directory, symbol), "IEXG", HR_IEX_U32(security_directory, round_lot_size));
        if (message->instrument)
            hr_instruments_name(&decoder->instruments, message->instrument, hr_le64(HR_IEX_AT(security_directory, symbol)),
                                HR_IEX_U32(security_directory, round_lot_size));
        break;
    case 'H':
        trading_status(decoder, message, HR_IEX_CODE(trading_status, trading_status), HR_IEX_AT(trading_status, reason));
        break;
    case 'O':
        code = HR_IEX_CODE(operational_halt, operational_halt_status);
        decoder->counters->bad_value += code != 'O' && code != 'N';
        status(decoder, message, code == 'O' ? HR_STATUS_HALT : HR_STATUS_NONE, HR_REASON_OPERATIONAL,
               code == 'O' ? "NN~" : "~~~");
        break;
    case 'P':
        short_sale_status(decoder, message, HR_IEX_U8(short_sale_status, short_sale_price_test_status),
                          HR_IEX_CODE(short_sale_status, detail));
        break;
    case 'E':
        code = HR_IEX_CODE(security_event, security_event);
        decoder->counters->bad_value += code != 'O' && code != 'C';
        status(decoder, message,
               code == 'O'   ? HR_STATUS_CROSS
               : code == 'C' ? HR_STATUS_CLOSE
                             : HR_STATUS_NONE,
               HR_REASON_SCHEDULED, "~~~");
        break;
    case 'X':
        code = HR_IEX_CODE(official_price, price_type);
        decoder->counters->bad_value += code != 'Q' && code != 'M';
        hr_events_add_price_statistic(message->events, decoder, message->packet, message->sequence, message->instrument,
                                      message->ts_event,
                                      code == 'Q'   ? HR_STAT_OPENING_PRICE
                                      : code == 'M' ? HR_STAT_CLOSE_PRICE
                                                    : HR_STAT_VENUE_SPECIFIC_PRICE_1,
                                      HR_IEX_PRICE(official_price, official_price), HR_UNDEF_TIMESTAMP, UINT8_MAX, 1);
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

void hr_iex_begin_session(struct hr_decoder *decoder, uint64_t ts_recv)
{
    (void)decoder; /* times are absolute, symbols keep their numbers */
    (void)ts_recv;
}
