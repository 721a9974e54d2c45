/* SPDX-License-Identifier: Apache-2.0
 *
 * Snapshots of MDP 3.0: what an instrument's book is now, as levels or as orders, after a record that clears it.
 */
#include "decode/mdp3_message.h"

#define TYPE_TRADE '2' /* the last one: told again, it would be counted twice */
#define TYPE_LIMITS 'g'
#define STATUS_NULL UINT8_MAX
#define HALT_REASON_UNKNOWN 5

#define AT(type, field) (entry + HR_MDP3_##type##_##field)

static void clear(struct hr_mdp3_message *message, uint32_t instrument, uint32_t security_id, uint8_t flags)
{
    hr_mdp3_add(message, instrument, security_id, 0, HR_UNDEF_PRICE, 0, HR_MDP3_META(HR_FLAG_SNAPSHOT | flags, 'R', 'N'));
}

/* One entry, whatever its template's layout. */
struct entry {
    char type;
    uint32_t size;
    struct hr_mdp3_statistic statistic;
};

static void read_entry(const struct hr_mdp3_message *message, uint8_t template_id, const uint8_t *entry, struct entry *out)
{
    *out = (struct entry){.statistic = {.settl_price_type = UINT8_MAX, .reference_date = HR_MDP3_DATE_NULL}};
    switch (template_id) {
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_long_qty:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_tcp_long_qty: /* the two have the same entries */
        out->type = (char)*AT(level_long, md_entry_type);
        out->size = hr_mdp3_long_size(hr_le64(AT(level_long, md_entry_size)));
        out->statistic.quantity = hr_mdp3_long_quantity(hr_le64(AT(level_long, md_entry_size)));
        out->statistic.open_close = *AT(level_long, open_close_settl_flag);
        break;
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_tcp:
        out->type = (char)*AT(level_tcp, md_entry_type);
        out->size = hr_mdp3_size(hr_le32(AT(level_tcp, md_entry_size)));
        out->statistic.quantity = hr_mdp3_quantity(hr_le32(AT(level_tcp, md_entry_size)));
        out->statistic.open_close = *AT(level_tcp, open_close_settl_flag);
        out->statistic.settl_price_type = *AT(level_tcp, settl_price_type);
        out->statistic.reference_date = hr_le16(AT(level_tcp, trading_reference_date));
        break;
    default: /* 38, 52 */
        out->type = (char)*AT(level, md_entry_type);
        out->size = hr_mdp3_size(hr_le32(AT(level, md_entry_size)));
        out->statistic.quantity = hr_mdp3_quantity(hr_le32(AT(level, md_entry_size)));
        out->statistic.open_close = *AT(level, open_close_settl_flag);
        out->statistic.settl_price_type = *AT(level, settl_price_type);
        out->statistic.reference_date = hr_le16(AT(level, trading_reference_date));
    }
    out->statistic.price = hr_mdp3_price(message, (int64_t)hr_le64(AT(level, md_entry_px)), message->price_unit);
}

_Static_assert((int)HR_MDP3_level_md_entry_px == (int)HR_MDP3_level_long_md_entry_px &&
                   (int)HR_MDP3_level_md_entry_px == (int)HR_MDP3_level_tcp_md_entry_px &&
                   (int)HR_MDP3_level_tcp_long_md_entry_type == (int)HR_MDP3_level_long_md_entry_type,
               "entries of snapshots begin with the price");

/* Levels first, so that LAST can be on the last of them; then statistics. */
static void entries(struct hr_mdp3_message *message, uint8_t template_id, uint32_t instrument, uint32_t security_id)
{
    const struct hr_mdp3_group *group = &message->groups[0];
    const uint8_t *at = group->entries;
    struct entry entry;
    clear(message, instrument, security_id, HR_FLAG_MBP);
    for (uint32_t i = 0; i < group->count; i++, at += group->entry_bytes) {
        read_entry(message, template_id, at, &entry);
        uint32_t meta = hr_mdp3_book_meta[(uint8_t)entry.type];
        if (meta == 0 || meta & HR_MDP3_META_ACTION) /* no level, or an empty book, which the first record says already */
            continue;
        hr_mdp3_add(message, instrument, security_id, 0, entry.statistic.price, entry.size,
                    meta | HR_MDP3_META(HR_FLAG_SNAPSHOT, 'A', 0));
    }
    message->events->items[message->events->count - 1].record.mbo.flags |= HR_FLAG_LAST;
    at = group->entries;
    for (uint32_t i = 0; i < group->count; i++, at += group->entry_bytes) {
        read_entry(message, template_id, at, &entry);
        int known = hr_mdp3_book_meta[(uint8_t)entry.type] != 0 || entry.type == TYPE_TRADE || entry.type == TYPE_LIMITS;
        if (!known)
            message->decoder->counters->bad_value += !hr_mdp3_add_statistic(message, instrument, entry.type, &entry.statistic);
    }
}

#define LIMITS(root) \
    hr_mdp3_price(message, (int64_t)hr_le64(message->block + HR_MDP3_##root##_high_limit_price), message->price_unit), \
        hr_mdp3_price(message, (int64_t)hr_le64(message->block + HR_MDP3_##root##_low_limit_price), message->price_unit)

void hr_mdp3_snapshot(struct hr_mdp3_message *message, uint8_t template_id)
{
    int is_tcp = template_id == HR_MDP3_TEMPLATE_snapshot_full_refresh_tcp ||
                 template_id == HR_MDP3_TEMPLATE_snapshot_full_refresh_tcp_long_qty;
    uint32_t security_id = hr_le32(message->block + (is_tcp ? (int)HR_MDP3_snapshot_tcp_security_id
                                                            : (int)HR_MDP3_snapshot_security_id));
    uint32_t instrument = hr_mdp3_instrument(message, security_id);
    message->ts_event = hr_le64(message->block + (is_tcp ? (int)HR_MDP3_snapshot_tcp_transact_time
                                                         : (int)HR_MDP3_snapshot_transact_time));
    entries(message, template_id, instrument, security_id);
    if (is_tcp)
        hr_mdp3_add_limits(message, instrument, LIMITS(snapshot_tcp));
    else
        hr_mdp3_add_limits(message, instrument, LIMITS(snapshot));
    if (!is_tcp && message->block[HR_MDP3_snapshot_md_security_trading_status] != STATUS_NULL)
        hr_mdp3_status(message, message->block[HR_MDP3_snapshot_md_security_trading_status], HALT_REASON_UNKNOWN, 0,
                       instrument);
}

/* A long book comes in several messages: the first clears, the last has LAST. */
void hr_mdp3_resting_orders(struct hr_mdp3_message *message, uint8_t template_id)
{
    const struct hr_mdp3_group *group = &message->groups[0];
    const uint8_t *entry = group->entries;
    int is_top = template_id == HR_MDP3_TEMPLATE_snapshot_refresh_top_orders;
    uint32_t security_id = hr_le32(message->block + (is_top ? (int)HR_MDP3_top_orders_security_id
                                                            : (int)HR_MDP3_snapshot_orders_security_id));
    uint32_t chunk = is_top ? 1 : hr_le32(message->block + HR_MDP3_snapshot_orders_current_chunk);
    uint32_t chunks = is_top ? 1 : hr_le32(message->block + HR_MDP3_snapshot_orders_no_chunks);
    uint32_t instrument = hr_mdp3_instrument(message, security_id);
    message->ts_event = hr_le64(message->block + (is_top ? (int)HR_MDP3_top_orders_transact_time
                                                         : (int)HR_MDP3_snapshot_orders_transact_time));
    if (chunk == 1)
        clear(message, instrument, security_id, 0);
    for (uint32_t i = 0; i < group->count; i++, entry += group->entry_bytes) {
        uint32_t meta = hr_mdp3_book_meta[*AT(resting, md_entry_type)] & ~(HR_MDP3_META_FLAGS | HR_MDP3_META_ACTION);
        message->decoder->counters->bad_value += meta == 0;
        hr_mdp3_add(message, instrument, security_id, hr_le64(AT(resting, order_id)),
                    hr_mdp3_price(message, (int64_t)hr_le64(AT(resting, md_entry_px)), message->price_unit),
                    hr_mdp3_size(hr_le32(AT(resting, md_display_qty))),
                    (meta ? meta : HR_MDP3_META(0, 0, 'N')) | HR_MDP3_META(HR_FLAG_SNAPSHOT, 'A', 0));
    }
    if (chunk == chunks)
        hr_mdp3_end_event(message, HR_MDP3_END_OF_EVENT);
}

_Static_assert((int)HR_MDP3_future_security_id == (int)HR_MDP3_option_security_id &&
                   (int)HR_MDP3_future_security_id == (int)HR_MDP3_spread_security_id &&
                   (int)HR_MDP3_future_security_id == (int)HR_MDP3_fixed_income_security_id &&
                   (int)HR_MDP3_future_security_id == (int)HR_MDP3_repo_security_id &&
                   (int)HR_MDP3_future_security_id == (int)HR_MDP3_fx_security_id,
               "all definitions have the instrument at one place");

/* Whether `block` has been sent up to and with its field. */
#define REACHES(block, field) (message->length >= HR_MDP3_HEADER_BYTES + (uint32_t)HR_MDP3_##block##_##field##_end)

void hr_mdp3_loop_of(const struct hr_message *message, struct hr_loop_head *head)
{
    const uint8_t *block = message->bytes + HR_MDP3_HEADER_BYTES;
    if (message->length < HR_MDP3_HEADER_BYTES)
        return;
    switch (hr_le16(message->bytes + HR_MDP3_header_template_id)) {
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_38:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_52:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_long_qty:
        if (!REACHES(snapshot, max_price_variation))
            return;
        *head = (struct hr_loop_head){.loop = HR_LOOP_LEVELS,
                                      .security_id = hr_le32(block + HR_MDP3_snapshot_security_id),
                                      .as_of = hr_le32(block + HR_MDP3_snapshot_last_msg_seq_num_processed),
                                      .chunk = 1,
                                      .chunks = 1};
        return;
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_order_book_44:
    case HR_MDP3_TEMPLATE_snapshot_full_refresh_order_book_53:
        if (!REACHES(snapshot_orders, transact_time))
            return;
        *head = (struct hr_loop_head){.loop = HR_LOOP_ORDERS,
                                      .security_id = hr_le32(block + HR_MDP3_snapshot_orders_security_id),
                                      .as_of = hr_le32(block + HR_MDP3_snapshot_orders_last_msg_seq_num_processed),
                                      .chunk = hr_le32(block + HR_MDP3_snapshot_orders_current_chunk),
                                      .chunks = hr_le32(block + HR_MDP3_snapshot_orders_no_chunks)};
        return;
    case HR_MDP3_TEMPLATE_md_instrument_definition_future_27:
    case HR_MDP3_TEMPLATE_md_instrument_definition_future_54:
    case HR_MDP3_TEMPLATE_md_instrument_definition_option_41:
    case HR_MDP3_TEMPLATE_md_instrument_definition_option_55:
    case HR_MDP3_TEMPLATE_md_instrument_definition_spread_29:
    case HR_MDP3_TEMPLATE_md_instrument_definition_spread_56:
    case HR_MDP3_TEMPLATE_md_instrument_definition_fixed_income:
    case HR_MDP3_TEMPLATE_md_instrument_definition_repo:
    case HR_MDP3_TEMPLATE_md_instrument_definition_fx:
        if (!REACHES(future, security_id))
            return;
        *head = (struct hr_loop_head){.loop = HR_LOOP_DEFINITIONS, .security_id = hr_le32(block + HR_MDP3_future_security_id)};
        return;
    default:
        return;
    }
}
