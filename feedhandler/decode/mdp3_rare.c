/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of MDP 3.0 that a day is not made of: which file each is in, and the small ones themselves.
 */
#include "decode/mdp3_message.h"

#define U8(root, field) (message->block[HR_MDP3_##root##_##field])
#define U32(root, field) hr_le32(message->block + HR_MDP3_##root##_##field)
#define U64(root, field) hr_le64(message->block + HR_MDP3_##root##_##field)

static void native(struct hr_mdp3_message *message, uint32_t instrument)
{
    hr_events_add_native(message->events, message->decoder, message->packet, message->wire, message->sequence, instrument,
                         message->ts_event);
}

void __attribute__((noinline)) hr_mdp3_end_event_before(struct hr_mdp3_message *message, int alone)
{
    for (uint32_t i = message->events->count; i-- > 0;) {
        struct hr_event *event = &message->events->items[i];
        if (((const struct hr_record_header *)hr_event_record(event))->ts_event != message->ts_event)
            break;
        if (event->schemas == 1U << HR_SCHEMA_MBO) {
            event->record.mbo.flags |= HR_FLAG_LAST;
            return;
        }
    }
    if (!alone)
        return;
    hr_mdp3_add(message, 0, 0, 0, HR_UNDEF_PRICE, 0, HR_MDP3_META(HR_FLAG_LAST, 'N', 'N'));
}

/* All books of the channel are to be forgotten. */
static void channel_reset(struct hr_mdp3_message *message)
{
    message->ts_event = U64(channel_reset, transact_time);
    hr_mdp3_add(message, 0, 0, 0, HR_UNDEF_PRICE, 0, HR_MDP3_META(0, 'R', 'N'));
    hr_mdp3_end_event(message, U8(channel_reset, match_event_indicator));
}

#define STATUS_NULL UINT8_MAX

static const struct {
    uint8_t status; /* SecurityTradingStatus */
    uint16_t action;
    const char *answers;
} statuses[] = {
    {2, HR_STATUS_HALT, "NN~"},
    {4, HR_STATUS_CLOSE, "NN~"},
    {15, HR_STATUS_NEW_PRICE_INDICATION, "~~~"},
    {17, HR_STATUS_TRADING, "YY~"},
    {18, HR_STATUS_NOT_AVAILABLE_FOR_TRADING, "NN~"},
    {20, HR_STATUS_NONE, "~~~"}, /* unknown or invalid */
    {21, HR_STATUS_PRE_OPEN, "NY~"},
    {24, HR_STATUS_PRE_CROSS, "NY~"},
    {25, HR_STATUS_CROSS, "~~~"},
    {26, HR_STATUS_POST_CLOSE, "N~~"},
    {103, HR_STATUS_NONE, "~~~"},    /* no change */
    {201, HR_STATUS_TRADING, "Y~~"}, /* private workup */
    {202, HR_STATUS_TRADING, "Y~~"}, /* public workup */
    {STATUS_NULL, HR_STATUS_NONE, "~~~"},
};

/* HaltReason: 5 is unknown, 7 the roll of the trade date. */
static const uint16_t halt_reasons[] = {
    HR_REASON_SCHEDULED,           HR_REASON_SURVEILLANCE_INTERVENTION,
    HR_REASON_MARKET_EVENT,        HR_REASON_INSTRUMENT_ACTIVATION,
    HR_REASON_INSTRUMENT_EXPIRATION, HR_REASON_NONE,
    HR_REASON_RECOVERY_IN_PROCESS, HR_REASON_SCHEDULED,
};

/* SecurityTradingEvent: 4 resets the statistics, 7 ends a workup; 2 and 3 there are not. */
static const uint16_t trading_events[] = {
    HR_TRADING_EVENT_NONE, HR_TRADING_EVENT_NO_CANCEL, HR_TRADING_EVENT_NONE, HR_TRADING_EVENT_NONE,
    HR_TRADING_EVENT_CHANGE_TRADING_SESSION, HR_TRADING_EVENT_IMPLIED_MATCHING_ON, HR_TRADING_EVENT_IMPLIED_MATCHING_OFF,
    HR_TRADING_EVENT_NONE,
};
#define KNOWN_TRADING_EVENTS 0xF3 /* bits */

void hr_mdp3_status(struct hr_mdp3_message *message, uint8_t status, uint8_t halt_reason, uint8_t trading_event,
                    uint32_t instrument)
{
    uint16_t action = HR_STATUS_NONE;
    const char *answers = NULL;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses && !answers; i++)
        if (statuses[i].status == status) {
            action = statuses[i].action;
            answers = statuses[i].answers;
        }
    int reason_known = halt_reason < sizeof halt_reasons / sizeof *halt_reasons;
    int event_known = trading_event < 8 && KNOWN_TRADING_EVENTS >> trading_event & 1;
    message->decoder->counters->bad_value += (uint64_t)!answers + (uint64_t)!reason_known + (uint64_t)!event_known;
    struct hr_status *record =
        hr_events_add_status(message->events, message->decoder, message->packet, instrument, message->ts_event, action,
                             reason_known ? halt_reasons[halt_reason] : HR_REASON_NONE,
                             answers && instrument ? answers : "~~~");
    record->trading_event = event_known ? trading_events[trading_event] : HR_TRADING_EVENT_NONE;
}

/* Most are about a security group, not an instrument: the record is of instrument 0, its answers are not known of any
 * instrument, and what DBN reserves has the group's name. */
static void security_status(struct hr_mdp3_message *message)
{
    uint32_t security_id = U32(security_status, security_id);
    uint32_t first = message->events->count;
    message->ts_event = U64(security_status, transact_time);
    hr_mdp3_status(message, U8(security_status, security_trading_status), U8(security_status, halt_reason),
                   U8(security_status, security_trading_event),
                   security_id == HR_MDP3_INT32_NULL ? 0 : hr_mdp3_instrument(message, security_id));
    if (security_id == HR_MDP3_INT32_NULL)
        memcpy(message->events->items[first].record.status.reserved, message->block + HR_MDP3_security_status_security_group,
               HR_MDP3_security_status_security_group_end - HR_MDP3_security_status_security_group);
}

static void workup(struct hr_mdp3_message *message)
{
    message->ts_event = U64(workup, transact_time);
    hr_mdp3_status(message, U8(workup, workup_trading_status), U8(workup, halt_reason), U8(workup, security_trading_event),
                   hr_mdp3_instrument(message, U32(workup, security_id)));
}

/* Who asks for quotes: an instrument for each entry, the record is the message. */
static void quote_request(struct hr_mdp3_message *message)
{
    const struct hr_mdp3_group *symbols = &message->groups[0];
    message->ts_event = U64(quote_request, transact_time);
    for (uint32_t i = 0; i < symbols->count; i++)
        native(message, hr_mdp3_instrument(message, hr_le32(symbols->entries + (size_t)i * symbols->entry_bytes +
                                                            HR_MDP3_related_sym_security_id)));
}

/* A trade of before version 5: no orders, but its number. */
static void trade_36(struct hr_mdp3_message *message)
{
    const struct hr_mdp3_group *trades = &message->groups[0];
    const uint8_t *entry = trades->entries;
    message->ts_event = U64(incremental, transact_time);
    for (uint32_t i = 0; i < trades->count; i++, entry += trades->entry_bytes) {
        uint32_t security_id = hr_le32(entry + HR_MDP3_trade_36_security_id);
        uint8_t aggressor = entry[HR_MDP3_trade_36_aggressor_side];
        hr_mdp3_add(message, hr_mdp3_instrument(message, security_id), security_id, 0,
                    hr_mdp3_price(message, (int64_t)hr_le64(entry + HR_MDP3_trade_36_md_entry_px), HR_MDP3_UNIT_7),
                    hr_mdp3_size(hr_le32(entry + HR_MDP3_trade_36_md_entry_size)),
                    HR_MDP3_META(0, 'T', aggressor == 1 ? 'B' : aggressor == 2 ? 'A' : 'N'));
    }
    hr_mdp3_end_event(message, U8(incremental, match_event_indicator));
}

void __attribute__((noinline)) hr_mdp3_decode_rare(struct hr_mdp3_message *message, uint8_t template_id)
{
    message->price_unit = template_id < HR_MDP3_FIRST_TEMPLATE_9 ? HR_MDP3_UNIT_7 : HR_MDP3_UNIT_9;
    switch (template_id) {
    case HR_MDP3_TEMPLATE_channel_reset:
        channel_reset(message);
        break;
    case HR_MDP3_TEMPLATE_security_status:
        security_status(message);
        break;
    case HR_MDP3_TEMPLATE_security_status_workup:
        workup(message);
        break;
    case HR_MDP3_TEMPLATE_quote_request:
        quote_request(message);
        break;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_trade_36:
        trade_36(message);
        break;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_daily_statistics_33:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_daily_statistics_49:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_limits_banding_34:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_limits_banding_50:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_session_statistics_35:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_session_statistics_51:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_session_statistics_long_qty:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_volume_37:
    case HR_MDP3_TEMPLATE_md_incremental_refresh_volume_long_qty:
        hr_mdp3_statistics(message, template_id);
        break;
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_38:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_52:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_long_qty:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_tcp:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_tcp_long_qty:
        hr_mdp3_snapshot(message, template_id);
        break;
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_order_book_44:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_order_book_53:
    case HR_MDP3_TEMPLATE_snapshot_refresh_top_orders:
        hr_mdp3_resting_orders(message, template_id);
        break;
    case HR_MDP3_TEMPLATE_md_instrument_definition_future_27:
    case HR_MDP3_TEMPLATE_md_instrument_definition_future_54:
    case HR_MDP3_TEMPLATE_md_instrument_definition_option_41:
    case HR_MDP3_TEMPLATE_md_instrument_definition_option_55:
    case HR_MDP3_TEMPLATE_md_instrument_definition_spread_29:
    case HR_MDP3_TEMPLATE_md_instrument_definition_spread_56:
    case HR_MDP3_TEMPLATE_md_instrument_definition_fixed_income:
    case HR_MDP3_TEMPLATE_md_instrument_definition_repo:
    case HR_MDP3_TEMPLATE_md_instrument_definition_fx:
        hr_mdp3_definition(message, template_id);
        break;
    case HR_MDP3_TEMPLATE_collateral_market_value:
        message->ts_event = U64(incremental, transact_time);
        native(message, 0);
        break;
    default: /* heartbeat, login, logout: their time is the packet's */
        message->ts_event = message->packet->send_time_ns;
        native(message, 0);
    }
}
