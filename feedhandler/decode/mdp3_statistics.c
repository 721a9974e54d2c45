/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics of MDP 3.0: of the day, of the session, volume, price limits. A snapshot has them too.
 */
#include "decode/mdp3_message.h"

#define ACTION_DELETE 2
#define OPEN_INDICATIVE 5 /* OpenCloseSettlFlag */
#define VERSION_SESSION_SIZE 8

#define AT(type, field) (entry + HR_MDP3_##type##_##field)

/* MDEntryType to DBN; 0: no statistic. */
static uint16_t statistic_type(char type, uint8_t open_close)
{
    switch (type) {
    case '4':
        return open_close == OPEN_INDICATIVE ? HR_STAT_INDICATIVE_OPENING_PRICE : HR_STAT_OPENING_PRICE;
    case '6':
        return HR_STAT_SETTLEMENT_PRICE;
    case '7':
        return HR_STAT_TRADING_SESSION_HIGH_PRICE;
    case '8':
        return HR_STAT_TRADING_SESSION_LOW_PRICE;
    case '9':
        return HR_STAT_VWAP;
    case 'B':
        return HR_STAT_CLEARED_VOLUME;
    case 'C':
        return HR_STAT_OPEN_INTEREST;
    case 'N':
        return HR_STAT_HIGHEST_BID;
    case 'O':
        return HR_STAT_LOWEST_OFFER;
    case 'W':
        return HR_STAT_FIXING_PRICE;
    case 'e':
        return HR_STAT_VENUE_SPECIFIC_VOLUME_1;
    default:
        return 0;
    }
}

static struct hr_statistics *add(struct hr_mdp3_message *message, uint32_t instrument, uint16_t type)
{
    struct hr_statistics *record = hr_events_add_record(message->events, message->decoder, 1U << HR_SCHEMA_STATISTICS,
                                                        HR_RTYPE_STATISTICS, sizeof *record, instrument, message->ts_event);
    record->ts_recv = message->packet->ts_recv;
    record->ts_ref = HR_UNDEF_TIMESTAMP;
    record->price = HR_UNDEF_PRICE;
    record->quantity = HR_UNDEF_STAT_QUANTITY;
    record->sequence = message->sequence;
    record->ts_in_delta = message->ts_in_delta;
    record->stat_type = type;
    record->channel_id = message->packet->channel_id;
    record->update_action = 1;
    record->stat_flags = UINT8_MAX;
    return record;
}

int hr_mdp3_add_statistic(struct hr_mdp3_message *message, uint32_t instrument, char type,
                          const struct hr_mdp3_statistic *statistic)
{
    uint16_t stat_type = statistic_type(type, statistic->open_close);
    if (stat_type == 0)
        return 0;
    struct hr_statistics *record = add(message, instrument, stat_type);
    int is_volume = type == 'B' || type == 'C' || type == 'e';
    record->price = is_volume ? HR_UNDEF_PRICE : statistic->price;
    record->quantity = statistic->quantity;
    if (statistic->reference_date != HR_MDP3_DATE_NULL)
        record->ts_ref = statistic->reference_date * HR_MDP3_DAY_NS;
    if (type == '6')
        record->stat_flags = statistic->settl_price_type;
    record->update_action = statistic->update_action == ACTION_DELETE ? 2 : 1;
    return 1;
}

/* The highest and lowest price that orders may have; the variation has no place in DBN. */
void hr_mdp3_add_limits(struct hr_mdp3_message *message, uint32_t instrument, int64_t high, int64_t low)
{
    if (high != HR_UNDEF_PRICE)
        add(message, instrument, HR_STAT_UPPER_PRICE_LIMIT)->price = high;
    if (low != HR_UNDEF_PRICE)
        add(message, instrument, HR_STAT_LOWER_PRICE_LIMIT)->price = low;
}

/* The price of an entry, its instrument: the same in daily and session statistics. */
#define ENTRY_PRICE(type) hr_mdp3_price(message, (int64_t)hr_le64(AT(type, md_entry_px)), message->price_unit)
#define ENTRY_INSTRUMENT(type) hr_mdp3_instrument(message, hr_le32(AT(type, security_id)))

static int daily(struct hr_mdp3_message *message, const uint8_t *entry)
{
    const struct hr_mdp3_statistic statistic = {.price = ENTRY_PRICE(daily),
                                                .quantity = hr_mdp3_quantity(hr_le32(AT(daily, md_entry_size))),
                                                .settl_price_type = *AT(daily, settl_price_type),
                                                .reference_date = hr_le16(AT(daily, trading_reference_date)),
                                                .update_action = *AT(daily, md_update_action)};
    return hr_mdp3_add_statistic(message, ENTRY_INSTRUMENT(daily), (char)*AT(daily, md_entry_type), &statistic);
}

static int session(struct hr_mdp3_message *message, const uint8_t *entry)
{
    int has_size = message->version >= VERSION_SESSION_SIZE;
    const struct hr_mdp3_statistic statistic = {
        .price = ENTRY_PRICE(session),
        .quantity = has_size ? hr_mdp3_quantity(hr_le32(AT(session, md_entry_size))) : HR_UNDEF_STAT_QUANTITY,
        .open_close = *AT(session, open_close_settl_flag),
        .reference_date = HR_MDP3_DATE_NULL,
        .update_action = *AT(session, md_update_action)};
    return hr_mdp3_add_statistic(message, ENTRY_INSTRUMENT(session), (char)*AT(session, md_entry_type), &statistic);
}

static int session_long(struct hr_mdp3_message *message, const uint8_t *entry)
{
    const struct hr_mdp3_statistic statistic = {.price = ENTRY_PRICE(session_long),
                                                .quantity = hr_mdp3_long_quantity(hr_le64(AT(session_long, md_entry_size))),
                                                .open_close = *AT(session_long, open_close_settl_flag),
                                                .reference_date = HR_MDP3_DATE_NULL,
                                                .update_action = *AT(session_long, md_update_action)};
    return hr_mdp3_add_statistic(message, ENTRY_INSTRUMENT(session_long), (char)*AT(session_long, md_entry_type), &statistic);
}

static void volume(struct hr_mdp3_message *message, uint32_t security_id, int64_t quantity, uint8_t update_action)
{
    hr_mdp3_add_statistic(message, hr_mdp3_instrument(message, security_id), 'e',
                          &(struct hr_mdp3_statistic){.price = HR_UNDEF_PRICE,
                                                      .quantity = quantity,
                                                      .reference_date = HR_MDP3_DATE_NULL,
                                                      .update_action = update_action});
}

static void limits(struct hr_mdp3_message *message, const uint8_t *entry)
{
    hr_mdp3_add_limits(message, hr_mdp3_instrument(message, hr_le32(AT(limits, security_id))),
                       hr_mdp3_price(message, (int64_t)hr_le64(AT(limits, high_limit_price)), message->price_unit),
                       hr_mdp3_price(message, (int64_t)hr_le64(AT(limits, low_limit_price)), message->price_unit));
}

void hr_mdp3_statistics(struct hr_mdp3_message *message, uint8_t template_id)
{
    const struct hr_mdp3_group *entries = &message->groups[0];
    const uint8_t *entry = entries->entries;
    uint32_t bad = 0;
    message->ts_event = hr_le64(message->block + HR_MDP3_incremental_transact_time);
    for (uint32_t i = 0; i < entries->count; i++, entry += entries->entry_bytes) {
        switch (template_id) {
        case HR_MDP3_TEMPLATE_md_incremental_refresh_daily_statistics_33:
        case HR_MDP3_TEMPLATE_md_incremental_refresh_daily_statistics_49:
            bad += !daily(message, entry);
            break;
        case HR_MDP3_TEMPLATE_md_incremental_refresh_limits_banding_34:
        case HR_MDP3_TEMPLATE_md_incremental_refresh_limits_banding_50:
            limits(message, entry);
            break;
        case HR_MDP3_TEMPLATE_md_incremental_refresh_session_statistics_long_qty:
            bad += !session_long(message, entry);
            break;
        case HR_MDP3_TEMPLATE_md_incremental_refresh_volume_37:
            volume(message, hr_le32(AT(volume, security_id)), hr_mdp3_quantity(hr_le32(AT(volume, md_entry_size))),
                   *AT(volume, md_update_action));
            break;
        case HR_MDP3_TEMPLATE_md_incremental_refresh_volume_long_qty:
            volume(message, hr_le32(AT(volume_long, security_id)),
                   hr_mdp3_long_quantity(hr_le64(AT(volume_long, md_entry_size))), *AT(volume_long, md_update_action));
            break;
        default: /* session statistics 35, 51 */
            bad += !session(message, entry);
        }
    }    message->decoder->counters->bad_value += bad;
    if (message->block[HR_MDP3_incremental_match_event_indicator] & HR_MDP3_END_OF_EVENT)
        hr_mdp3_end_event_before(message, 0);
}
