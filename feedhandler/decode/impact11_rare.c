/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of iMpact that are not orders and trades: statistics, states, price levels of options, snapshots.
 */
#include "decode/eastern.h"
#include "decode/impact11_message.h"

/* A level is named by its position, 1 the best; its record has that for an order_id. */
static void price_level(const struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes,
                        char action, uint8_t flags)
{
    hr_impact11_set(hr_impact11_add(decoder, message, HR_EVENT_RECORD), action, SIDE(add_price_level, side),
                    U8(add_price_level, price_level_position), action == 'C' ? HR_UNDEF_PRICE : PRICE(add_price_level, price),
                    action == 'C' ? 0 : SIZE(add_price_level, quantity), HR_FLAG_MBP | flags);
}

static struct hr_statistics *statistic(const struct hr_decoder *decoder, const struct hr_impact11_message *message,
                                       uint16_t stat_type, int64_t price)
{
    return hr_events_add_price_statistic(message->events, decoder, message->packet, message->sequence, message->instrument,
                                         message->ts_event, stat_type, price, HR_UNDEF_TIMESTAMP, UINT8_MAX, 1);
}

static struct hr_statistics *volume(const struct hr_decoder *decoder, const struct hr_impact11_message *message,
                                    uint16_t stat_type, uint32_t quantity)
{
    struct hr_statistics *made = statistic(decoder, message, stat_type, HR_UNDEF_PRICE);
    made->quantity = (int32_t)quantity;
    return made;
}

/* stat_flags as DBN has them for settlements: bit 0 says that it is final. */
static void settlement(const struct hr_decoder *decoder, const struct hr_impact11_message *message, int64_t price,
                       char official, uint64_t ts_ref)
{
    struct hr_statistics *made = statistic(decoder, message, HR_STAT_SETTLEMENT_PRICE, price);
    made->stat_flags = official == 'Y';
    made->ts_ref = ts_ref;
}

static int digits(const uint8_t *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* 2018-08-20; HR_UNDEF_TIMESTAMP when it is no date. */
static uint64_t date_of(const uint8_t *text)
{
    if (text[4] != '-' || text[7] != '-')
        return HR_UNDEF_TIMESTAMP;
    return hr_utc_midnight_of_date_ns(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2));
}

static void open_interest(const struct hr_decoder *decoder, const struct hr_impact11_message *message, uint32_t quantity,
                          const uint8_t *date)
{
    volume(decoder, message, HR_STAT_OPEN_INTEREST, quantity)->ts_ref = date_of(date);
}

static void market_state(const struct hr_decoder *decoder, const struct hr_impact11_message *message, char state)
{
    static const struct {
        char state;
        uint8_t action;
        const char *answers;
    } states[] = {{'O', HR_STATUS_TRADING, "YY~"},
                  {'C', HR_STATUS_CLOSE, "NN~"},
                  {'E', HR_STATUS_NOT_AVAILABLE_FOR_TRADING, "NN~"},
                  {'1', HR_STATUS_PRE_OPEN, "NY~"},
                  {'2', HR_STATUS_PRE_CLOSE, "~~~"}};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (states[i].state == state) {
            hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event,
                                 states[i].action, HR_REASON_NONE, states[i].answers);
            return;
        }
    decoder->counters->bad_value++;
    hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event, HR_STATUS_NONE,
                         HR_REASON_NONE, "~~~");
}

static void market_snapshot(const struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
{
    hr_impact11_set(hr_impact11_add(decoder, message, HR_EVENT_RECORD), 'R', 'N', 0, HR_UNDEF_PRICE, 0, HR_FLAG_SNAPSHOT);
    market_state(decoder, message, CODE(market_snapshot, trading_status));
    volume(decoder, message, HR_STAT_CLEARED_VOLUME, U32(market_snapshot, volume));
    volume(decoder, message, HR_STAT_BLOCK_VOLUME, U32(market_snapshot, block_volume));
    open_interest(decoder, message, U32(market_snapshot, open_interest), AT(market_snapshot, open_interest_date));
    statistic(decoder, message, HR_STAT_OPENING_PRICE, PRICE(market_snapshot, opening_price));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_HIGH_PRICE, PRICE(market_snapshot, high));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_LOW_PRICE, PRICE(market_snapshot, low));
    statistic(decoder, message, HR_STAT_VWAP, PRICE(market_snapshot, vwap));
    settlement(decoder, message, PRICE(market_snapshot, settlement_price_with_deal_price_precision),
               CODE(market_snapshot, is_settle_price_official), TIME(market_snapshot, settle_price_date_time));
}

static void market_statistics(const struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
{
    volume(decoder, message, HR_STAT_CLEARED_VOLUME, U32(market_statistics, volume));
    volume(decoder, message, HR_STAT_BLOCK_VOLUME, U32(market_statistics, block_volume));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_HIGH_PRICE, PRICE(market_statistics, high));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_LOW_PRICE, PRICE(market_statistics, low));
    statistic(decoder, message, HR_STAT_VWAP, PRICE(market_statistics, vwap));
}

static void end_of_day(const struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
{
    volume(decoder, message, HR_STAT_CLEARED_VOLUME, U32(end_of_day_market_summary, volume));
    volume(decoder, message, HR_STAT_BLOCK_VOLUME, U32(end_of_day_market_summary, block_volume));
    volume(decoder, message, HR_STAT_OPEN_INTEREST, U32(end_of_day_market_summary, open_interest));
    statistic(decoder, message, HR_STAT_OPENING_PRICE, PRICE(end_of_day_market_summary, opening_price));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_HIGH_PRICE, PRICE(end_of_day_market_summary, high));
    statistic(decoder, message, HR_STAT_TRADING_SESSION_LOW_PRICE, PRICE(end_of_day_market_summary, low));
    statistic(decoder, message, HR_STAT_VWAP, PRICE(end_of_day_market_summary, vwap));
    settlement(decoder, message, PRICE(end_of_day_market_summary, settlement_price_with_deal_price_precision), 'N',
               HR_UNDEF_TIMESTAMP);
}

static void price_limits(const struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
{
    char hold = CODE(interval_price_limit_notification, ipl_hold_type);
    decoder->counters->bad_value += hold != 'S' && hold != 'E';
    statistic(decoder, message, HR_STAT_UPPER_PRICE_LIMIT, PRICE(interval_price_limit_notification, ipl_up));
    statistic(decoder, message, HR_STAT_LOWER_PRICE_LIMIT, PRICE(interval_price_limit_notification, ipl_down));
    hr_events_add_status(message->events, decoder, message->packet, message->instrument, message->ts_event,
                         hold == 'S'   ? HR_STATUS_PAUSE
                         : hold == 'E' ? HR_STATUS_TRADING
                                       : HR_STATUS_NONE,
                         HR_REASON_MARKET_EVENT, "~~~");
}

static void cancelled_trade(const struct hr_decoder *decoder, const struct hr_impact11_message *message, const uint8_t *bytes)
{
    struct hr_trade_break *broken =
        hr_events_add_record(message->events, decoder, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE,
                             HR_RTYPE_TRADE_BREAK, sizeof *broken, message->instrument, message->ts_event);
    broken->ts_recv = message->packet->ts_recv;
    broken->trade_id = U64(cancelled_trade, trade_id);
    broken->price = PRICE(cancelled_trade, price);
    broken->size = SIZE(cancelled_trade, quantity);
    broken->sequence = message->sequence;
    broken->channel_id = message->packet->channel_id;
}

/* When it happened; where a message does not say, when its packet was sent. */
static uint64_t rare_time(const struct hr_decoder *decoder, const struct hr_packet_context *packet, const uint8_t *bytes)
{
    switch (bytes[0]) {
    case 'Y':
        return TIME(spot_market_trade, transact_date_time);
    case 'H':
        return TIME(investigated_trade, message_date_time);
    case 'I':
        return TIME(cancelled_trade, message_date_time);
    case 'J':
        return TIME(market_statistics, message_date_time);
    case 'K':
        return TIME(market_state_change, message_date_time);
    case 'L':
        return TIME(system_text, message_date_time);
    case 'M':
        return TIME(open_interest, message_date_time);
    case 'N':
    case 'c':
        return TIME(open_price, message_date_time);
    case 'O':
        return TIME(settlement_price, message_date_time);
    case 'z':
        return TIME(index_prices, published_date_time);
    case 'u':
        return TIME(end_of_day_market_summary, message_date_time);
    case 'f':
        return TIME(market_event, message_date_time);
    case 'g':
        return TIME(pre_open_price_indicator, message_date_time);
    case 'V':
        return TIME(interval_price_limit_notification, notification_date_time);
    case 'D':
        return hr_impact11_time(decoder, U64(market_snapshot_order, order_entry_date_time),
                                U32(market_snapshot_order, sequence_within_millis));
    case '3':
        return TIME(fixing_transition, message_date_time);
    case '4':
        return TIME(fixing_lockdown, message_date_time);
    case 't':
    case 's':
        return TIME(add_price_level, timestamp);
    case 'r':
        return TIME(delete_price_level, timestamp);
    case 'k':
        return TIME(rfq, message_timestamp);
    case 'v':
        return TIME(option_open_interest, message_date_time);
    case 'w':
        return TIME(option_settlement_price, message_date_time);
    case 'W':
        return TIME(old_style_options_trade_and_market_stats, transact_date_time);
    default: /* C, i, 9, R, b, 0, m, U, l */
        return packet->send_time_ns ? packet->send_time_ns : packet->ts_recv;
    }
}

void __attribute__((noinline))
hr_impact11_decode_rare(struct hr_decoder *decoder, struct hr_impact11_message *message, const uint8_t *bytes)
{
    message->ts_event = rare_time(decoder, message->packet, bytes);
    switch (bytes[0]) {
    case 'C':
        market_snapshot(decoder, message, bytes);
        break;
    case 'Y':
        hr_impact11_set(hr_impact11_add(decoder, message, HR_EVENT_RECORD), 'T', 'N', U64(spot_market_trade, trade_id),
                        PRICE(spot_market_trade, price), SIZE(spot_market_trade, quantity), 0);
        break;
    case 'I':
        cancelled_trade(decoder, message, bytes);
        break;
    case 'J':
        market_statistics(decoder, message, bytes);
        break;
    case 'K':
        market_state(decoder, message, CODE(market_state_change, trading_status));
        break;
    case 'M':
        open_interest(decoder, message, U32(open_interest, open_interest), AT(open_interest, open_interest_date));
        break;
    case 'N':
        statistic(decoder, message, HR_STAT_OPENING_PRICE, PRICE(open_price, open_price));
        break;
    case 'c':
        statistic(decoder, message, HR_STAT_CLOSE_PRICE, PRICE(close_price, close_price));
        break;
    case 'O':
        settlement(decoder, message, PRICE(settlement_price, settlement_price_with_deal_price_precision),
                   CODE(settlement_price, is_official), TIME(settlement_price, valuation_date_time));
        break;
    case 'z':
        statistic(decoder, message, HR_STAT_VENUE_SPECIFIC_PRICE_1, PRICE(index_prices, price));
        break;
    case 'u':
        end_of_day(decoder, message, bytes);
        break;
    case 'g': {
        struct hr_statistics *made =
            statistic(decoder, message, HR_STAT_INDICATIVE_OPENING_PRICE, PRICE(pre_open_price_indicator, pre_open_price));
        if (CODE(pre_open_price_indicator, has_pre_open_volume) == 'Y')
            made->quantity = I32(pre_open_price_indicator, pre_open_volume);
        break;
    }
    case 'V':
        price_limits(decoder, message, bytes);
        break;
    case '9':
    case 'R':
    case 'l':
    case 'U':
        hr_impact11_definition(decoder, message, bytes);
        break;
    case 'D':
        hr_impact11_set(hr_impact11_add(decoder, message, HR_EVENT_SET), 'A', SIDE(market_snapshot_order, side),
                        U64(market_snapshot_order, order_id), PRICE(market_snapshot_order, price),
                        SIZE(market_snapshot_order, quantity),
                        HR_FLAG_SNAPSHOT | (CODE(market_snapshot_order, is_implied) == 'Y' ? HR_FLAG_PUBLISHER_SPECIFIC : 0));
        break;
    case 'm':
        price_level(decoder, message, bytes, 'A', HR_FLAG_SNAPSHOT);
        break;
    case 't':
        price_level(decoder, message, bytes, 'A', 0);
        break;
    case 's':
        price_level(decoder, message, bytes, 'M', 0);
        break;
    case 'r':
        price_level(decoder, message, bytes, 'C', 0);
        break;
    case 'v':
        open_interest(decoder, message, U32(option_open_interest, open_interest), AT(option_open_interest, open_interest_date));
        break;
    case 'w':
        settlement(decoder, message, PRICE(option_settlement_price, settlement_price_with_deal_price_precision),
                   CODE(option_settlement_price, is_official), TIME(option_settlement_price, valuation_date_time));
        statistic(decoder, message, HR_STAT_VOLATILITY, PRICE(option_settlement_price, volatility));
        statistic(decoder, message, HR_STAT_DELTA, PRICE(option_settlement_price, delta));
        break;
    default: /* H, L, f, i, b, 3, 4, 0, k, W: DBN has no record for them */
        hr_impact11_native(decoder, message);
    }
}
