/* SPDX-License-Identifier: Apache-2.0
 *
 * CME MDP 3.0 to events: levels of a book, its orders, trades. The rules are in docs/normalisation.md. What a day is not made
 * of is in mdp3_rare.c and the files that it calls.
 */
#include "decode/mdp3.h"

#include "decode/mdp3_levels.h"
#include "decode/mdp3_message.h"

#define U8(entry, type, field) ((entry)[HR_MDP3_##type##_##field])
#define U16(entry, type, field) hr_le16((entry) + HR_MDP3_##type##_##field)
#define U32(entry, type, field) hr_le32((entry) + HR_MDP3_##type##_##field)
#define U64(entry, type, field) hr_le64((entry) + HR_MDP3_##type##_##field)

/* w and x: the best of a market that is not shown. J: the book is to be forgotten. */
const uint32_t hr_mdp3_book_meta[256] = {
    ['0'] = HR_MDP3_META(HR_FLAG_MBP, 0, 'B'),
    ['1'] = HR_MDP3_META(HR_FLAG_MBP, 0, 'A'),
    ['E'] = HR_MDP3_META(HR_FLAG_MBP | HR_FLAG_PUBLISHER_SPECIFIC, 0, 'B'),
    ['F'] = HR_MDP3_META(HR_FLAG_MBP | HR_FLAG_PUBLISHER_SPECIFIC, 0, 'A'),
    ['J'] = HR_MDP3_META(HR_FLAG_MBP, 'R', 'N'),
    ['w'] = HR_MDP3_META(HR_FLAG_MBP | HR_FLAG_TOB, 0, 'A'),
    ['x'] = HR_MDP3_META(HR_FLAG_MBP | HR_FLAG_TOB, 0, 'B'),
};
#define META_UNKNOWN HR_MDP3_META(0, 0, 'N')

/* MDUpdateAction: new, change, delete, delete thru, delete from, overlay. The last three speak of places in the book, for which
 * a record has no field: see docs/normalisation.md. */
#define ACTIONS 6
static const uint32_t level_actions[ACTIONS + 1] = {
    HR_MDP3_META(0, 'A', 0),
    HR_MDP3_META(0, 'M', 0),
    HR_MDP3_META(0, 'C', 0),
    HR_MDP3_META(HR_FLAG_MAYBE_BAD_BOOK, 'R', 0),
    HR_MDP3_META(HR_FLAG_MAYBE_BAD_BOOK, 'R', 0),
    HR_MDP3_META(HR_FLAG_MAYBE_BAD_BOOK, 'M', 0),
    HR_MDP3_META(0, 'N', 0),
};

/* OrderUpdateAction, and what an order's MDUpdateAction may be: new, update, delete. */
#define ORDER_ACTIONS 3
static const uint32_t order_actions[ORDER_ACTIONS + 1] = {
    HR_MDP3_META(0, 'A', 0),
    HR_MDP3_META(0, 'M', 0),
    HR_MDP3_META(0, 'C', 0),
    HR_MDP3_META(0, 'N', 0),
};

/* AggressorSide: none, buy, sell. Those who rest are on the other side. */
#define AGGRESSORS 3
static const uint32_t trade_sides[AGGRESSORS + 1] = {
    HR_MDP3_META(0, 'T', 'N'),
    HR_MDP3_META(0, 'T', 'B'),
    HR_MDP3_META(0, 'T', 'A'),
    HR_MDP3_META(0, 'T', 'N'),
};
static const uint32_t fill_sides[AGGRESSORS + 1] = {
    HR_MDP3_META(0, 'F', 'N'),
    HR_MDP3_META(0, 'F', 'A'),
    HR_MDP3_META(0, 'F', 'B'),
    HR_MDP3_META(0, 'F', 'N'),
};
#define AGGRESSOR_NULL UINT8_MAX
#define ACTION_DELETE 2
#define VERSION_TRADE_IDS 7

static inline uint8_t at_most(uint8_t value, uint8_t limit)
{
    return value < limit ? value : limit;
}

/* Takes a group from *at on. Returns 1 when it runs past the end or its entries are too short. */
static inline __attribute__((always_inline)) int read_group(const uint8_t **at, const uint8_t *end, uint32_t dimension_bytes,
                                                            uint32_t entry_bytes, struct hr_mdp3_group *group)
{
    size_t left = (size_t)(end - *at);
    if (left < dimension_bytes)
        return 1;
    group->entry_bytes = hr_le16(*at);
    group->count = (*at)[dimension_bytes - 1];
    group->entries = *at + dimension_bytes;
    size_t bytes = (size_t)group->entry_bytes * group->count;
    *at = group->entries + bytes;
    return bytes > left - dimension_bytes || (group->count && group->entry_bytes < entry_bytes);
}

/* The groups of a layout. A message may be of a version that has not got all of them. */
static inline __attribute__((always_inline)) int read_groups(struct hr_mdp3_message *message,
                                                             const struct hr_layout_group *groups, uint32_t count)
{
    const uint8_t *at = message->block + message->block_bytes;
    const uint8_t *end = message->wire->bytes + message->wire->length;
    for (uint32_t i = 0; i < count; i++) {
        if (__builtin_expect(groups[i].since > message->version, 0))
            message->groups[i] = (struct hr_mdp3_group){.entries = end};
        else if (read_group(&at, end, groups[i].dimension_bytes, groups[i].entry_bytes, &message->groups[i]))
            return 1;
    }
    return 0;
}

static inline __attribute__((always_inline)) void count_bad_values(const struct hr_mdp3_message *message, uint32_t bad)
{
    if (__builtin_expect(bad != 0, 0))
        message->decoder->counters->bad_value += bad;
}

/* Orders behind the levels of a book message: each names the level that it is in by its place, from 1 on. */
static inline __attribute__((always_inline)) struct hr_event *
book_orders(const struct hr_mdp3_message *message, const struct hr_mdp3_model *model, struct hr_event *event)
{
    const struct hr_mdp3_group *orders = &message->groups[1];
    const uint8_t *entry = orders->entries;
    const struct hr_event *levels = &message->events->items[message->first_event];
    uint32_t level_count = message->groups[0].count;
    uint32_t bad = 0;
    for (uint32_t i = 0; i < orders->count; i++, entry += orders->entry_bytes) {
        uint32_t place = U8(entry, book_order, reference_id) - 1U;
        uint8_t action = U8(entry, book_order, order_update_action);
        if (__builtin_expect(place >= level_count, 0)) {
            bad++;
            continue;
        }
        const struct hr_event *level = &levels[place];
        bad += action >= ORDER_ACTIONS;
        hr_mdp3_put(event++, model, level->instrument, level->record.header.instrument_id, U64(entry, book_order, order_id),
                    level->record.mbo.price, hr_mdp3_size(U32(entry, book_order, md_display_qty)),
                    order_actions[at_most(action, ORDER_ACTIONS)] | HR_MDP3_META(0, 0, level->record.mbo.side));
    }
    count_bad_values(message, bad);
    return event;
}

#define PICK(is_long, field) ((is_long) ? (int)HR_MDP3_book_long_##field : (int)HR_MDP3_book_##field)

/* One record for each level that changed; unit and is_long are constants. */
static inline __attribute__((always_inline)) void book(struct hr_mdp3_message *message, int64_t unit, int is_long)
{
    message->ts_event = U64(message->block, incremental, transact_time);
    const struct hr_mdp3_model model = hr_mdp3_model(message);
    struct hr_event *event = &message->events->items[message->first_event];
    const uint8_t *entry = message->groups[0].entries;
    size_t entry_bytes = message->groups[0].entry_bytes;
    uint32_t bad = 0;
    for (uint32_t left = message->groups[0].count; left > 0; left--, entry += entry_bytes) {
        uint8_t action = entry[PICK(is_long, md_update_action)];
        uint32_t meta = hr_mdp3_book_meta[entry[PICK(is_long, md_entry_type)]];
        uint32_t security_id = hr_le32(entry + PICK(is_long, security_id));
        uint32_t instrument = hr_mdp3_instrument(message, security_id);
        bad += (uint32_t)(action >= ACTIONS) + (uint32_t)(meta == 0);
        meta = meta ? meta : META_UNKNOWN;
        meta |= meta & HR_MDP3_META_ACTION ? 0 : level_actions[at_most(action, ACTIONS)];
        hr_mdp3_put(event++, &model, instrument, security_id, 0,
                    hr_mdp3_price(message, (int64_t)hr_le64(entry + PICK(is_long, md_entry_px)), unit),
                    is_long ? hr_mdp3_long_size(hr_le64(entry + PICK(is_long, md_entry_size)))
                            : hr_mdp3_size(hr_le32(entry + PICK(is_long, md_entry_size))),
                    meta);
    }
    count_bad_values(message, bad);
    event = book_orders(message, &model, event);
    message->events->count = (uint32_t)(event - message->events->items);
    hr_mdp3_end_event(message, U8(message->block, incremental, match_event_indicator));
}

/* One record for each order that changed. */
static inline __attribute__((always_inline)) void orders(struct hr_mdp3_message *message, int64_t unit)
{
    message->ts_event = U64(message->block, incremental, transact_time);
    const struct hr_mdp3_model model = hr_mdp3_model(message);
    struct hr_event *event = &message->events->items[message->first_event];
    const uint8_t *entry = message->groups[0].entries;
    size_t entry_bytes = message->groups[0].entry_bytes;
    uint32_t bad = 0;
    for (uint32_t left = message->groups[0].count; left > 0; left--, entry += entry_bytes) {
        uint8_t action = U8(entry, order, md_update_action);
        uint32_t meta = hr_mdp3_book_meta[U8(entry, order, md_entry_type)] & ~HR_MDP3_META_FLAGS;
        uint32_t security_id = U32(entry, order, security_id);
        uint32_t instrument = hr_mdp3_instrument(message, security_id);
        uint64_t order_id = U64(entry, order, order_id);
        bad += (uint32_t)(action >= ORDER_ACTIONS) + (uint32_t)(meta == 0);
        meta = meta ? meta : META_UNKNOWN;
        meta |= meta & HR_MDP3_META_ACTION ? 0 : order_actions[at_most(action, ORDER_ACTIONS)];
        hr_mdp3_put(event++, &model, instrument, security_id, order_id != HR_MDP3_UINT64_NULL ? order_id : 0,
                    hr_mdp3_price(message, (int64_t)U64(entry, order, md_entry_px), unit),
                    hr_mdp3_size(U32(entry, order, md_display_qty)), meta);
    }
    count_bad_values(message, bad);
    message->events->count = (uint32_t)(event - message->events->items);
    hr_mdp3_end_event(message, U8(message->block, incremental, match_event_indicator));
}

/* A trade that is taken back. */
static __attribute__((noinline)) void trade_break(struct hr_mdp3_message *message, uint32_t instrument, uint32_t trade_id,
                                                  int64_t price, uint32_t size)
{
    struct hr_trade_break *broken = hr_events_add_record(
        message->events, message->decoder, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE,
        HR_RTYPE_TRADE_BREAK, sizeof *broken, instrument, message->ts_event);
    broken->ts_recv = message->packet->ts_recv;
    broken->trade_id = trade_id;
    broken->price = price;
    broken->size = size;
    broken->sequence = message->sequence;
    broken->channel_id = message->packet->channel_id;
}

#undef PICK
#define PICK(is_long, field) ((is_long) ? (int)HR_MDP3_trade_long_##field : (int)HR_MDP3_trade_##field)

/* A trade, then those of its orders that were resting: number_of_orders says how many of the second group are a trade's own; the
 * first of them is the aggressor, where there was one. */
static inline __attribute__((always_inline)) void trades(struct hr_mdp3_message *message, int64_t unit, int is_long)
{
    message->ts_event = U64(message->block, incremental, transact_time);
    const struct hr_mdp3_model model = hr_mdp3_model(message);
    const uint8_t *entry = message->groups[0].entries;
    const uint8_t *party = message->groups[1].entries;
    size_t entry_bytes = message->groups[0].entry_bytes;
    size_t party_bytes = message->groups[1].entry_bytes;
    uint32_t parties_left = message->groups[1].count;
    uint32_t bad = 0;
    for (uint32_t left = message->groups[0].count; left > 0; left--, entry += entry_bytes) {
        struct hr_event *event = &message->events->items[message->events->count];
        uint32_t security_id = hr_le32(entry + PICK(is_long, security_id));
        uint32_t instrument = hr_mdp3_instrument(message, security_id);
        int64_t price = hr_mdp3_price(message, (int64_t)hr_le64(entry + PICK(is_long, md_entry_px)), unit);
        uint32_t size = is_long ? hr_mdp3_long_size(hr_le64(entry + PICK(is_long, md_entry_size)))
                                : hr_mdp3_size(hr_le32(entry + PICK(is_long, md_entry_size)));
        uint8_t aggressor = entry[PICK(is_long, aggressor_side)];
        uint32_t own = hr_le32(entry + PICK(is_long, number_of_orders));
        own = own == HR_MDP3_INT32_NULL ? 0 : own;
        bad += (uint32_t)(own > parties_left) + (uint32_t)(aggressor >= AGGRESSORS && aggressor != AGGRESSOR_NULL);
        own = own < parties_left ? own : parties_left;
        parties_left -= own;
        aggressor = at_most(aggressor, AGGRESSORS);
        if (__builtin_expect(entry[PICK(is_long, md_update_action)] == ACTION_DELETE, 0)) {
            int has_id = is_long || message->version >= VERSION_TRADE_IDS;
            trade_break(message, instrument, has_id ? hr_le32(entry + PICK(is_long, md_trade_entry_id)) : 0, price, size);
            party += own * party_bytes;
            continue;
        }
        uint32_t has_aggressor = own > 0 && (aggressor == 1 || aggressor == 2);
        hr_mdp3_put(event++, &model, instrument, security_id, has_aggressor ? U64(party, trade_order, order_id) : 0, price,
                    size, trade_sides[aggressor]);
        party += has_aggressor * party_bytes;
        for (own -= has_aggressor; own > 0; own--, party += party_bytes)
            hr_mdp3_put(event++, &model, instrument, security_id, U64(party, trade_order, order_id), price,
                        hr_mdp3_size(U32(party, trade_order, last_qty)), fill_sides[aggressor]);
        message->events->count = (uint32_t)(event - message->events->items);
    }
    count_bad_values(message, bad + (parties_left > 0));
    hr_mdp3_end_event(message, U8(message->block, incremental, match_event_indicator));
}

#define F(block, field, offset, bytes, kind, since) {#field, HR_MDP3_HEADER_BYTES + (offset), bytes, HR_FIELD_##kind, since},
#define H(block, field, offset, bytes, kind, since) {#field, offset, bytes, HR_FIELD_##kind, since},
#define B(block) static const struct hr_field block##_block[] = {HR_MDP3_header(H) HR_MDP3_##block(F)};
HR_MDP3_BLOCKS(B)
#undef B
#undef H
#undef F
#define F(entry, field, offset, bytes, kind, since) {#field, offset, bytes, HR_FIELD_##kind, since},
#define E(entry) static const struct hr_field entry##_entry[] = {HR_MDP3_##entry(F)};
HR_MDP3_ENTRIES(E)
#undef E
#undef F

/* With one more at the end, since there is no array of none. */
#define G(group, entry, dimension, length, brought)                                                                      \
    {.name = #group, .fields = entry##_entry, .field_count = sizeof entry##_entry / sizeof *entry##_entry,               \
     .dimension_bytes = (dimension), .since = (brought), .entry_bytes = (length)},
#define S(groups) static const struct hr_layout_group groups##_groups[] = {HR_MDP3_groups_##groups(G){.name = NULL}};
HR_MDP3_GROUP_SETS(S)
#undef S
#undef G

#define M(type_, message, length_, block, groups_)                                                                        \
    {.type = (type_), .field_count = sizeof block##_block / sizeof *block##_block,                                         \
     .length = HR_MDP3_HEADER_BYTES + (length_), .name = #message, .fields = block##_block, .groups = groups_##_groups,    \
     .group_count = sizeof groups_##_groups / sizeof *groups_##_groups - 1},
static const struct hr_layout layouts[] = {HR_MDP3_MESSAGES(M)};
#undef M

enum {
#define M(type, message, length, block, groups) PLACE_##message,
    HR_MDP3_MESSAGES(M)
#undef M
};

/* Where a template is in `layouts`. */
static const uint8_t places[256] = {
#define M(type, message, length, block, groups) [type] = PLACE_##message,
    HR_MDP3_MESSAGES(M)
#undef M
};

#define GROUPS(set) set##_groups, sizeof set##_groups / sizeof *set##_groups - 1

/* Returns 1 when a group runs past the end: then no events have been made. */
static inline int decode_message(struct hr_mdp3_message *message, uint8_t template_id)
{
    switch (template_id) {
    case HR_MDP3_TEMPLATE_md_incremental_refresh_book_32:
        if (read_groups(message, GROUPS(book)))
            return 1;
        book(message, HR_MDP3_UNIT_7, 0);
        return 0;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_book_46:
        if (read_groups(message, GROUPS(book)))
            return 1;
        book(message, HR_MDP3_UNIT_9, 0);
        return 0;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_book_long_qty:
        if (read_groups(message, GROUPS(book_long)))
            return 1;
        book(message, HR_MDP3_UNIT_9, 1);
        return 0;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_order_book_43:
        if (read_groups(message, GROUPS(order)))
            return 1;
        orders(message, HR_MDP3_UNIT_7);
        return 0;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_order_book_47:
        if (read_groups(message, GROUPS(order)))
            return 1;
        orders(message, HR_MDP3_UNIT_9);
        return 0;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_trade_summary_42:
        if (read_groups(message, GROUPS(trade)))
            return 1;
        trades(message, HR_MDP3_UNIT_7, 0);
        return 0;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_trade_summary_48:
        if (read_groups(message, GROUPS(trade)))
            return 1;
        trades(message, HR_MDP3_UNIT_9, 0);
        return 0;
    case HR_MDP3_TEMPLATE_md_incremental_refresh_trade_summary_long_qty:
        if (read_groups(message, GROUPS(trade_long)))
            return 1;
        trades(message, HR_MDP3_UNIT_9, 1);
        return 0;
    default: {
        const struct hr_layout *layout = &layouts[places[template_id]];
        if (read_groups(message, layout->groups, layout->group_count))
            return 1;
        hr_mdp3_decode_rare(message, template_id);
        return 0;
    }
    }
}

/* Returns the template of a message that is as long as it says, or 0 when it was refused and counted. */
static inline uint8_t read_header(struct hr_mdp3_message *message, const struct hr_message *wire)
{
    const struct hr_decoder *decoder = message->decoder;
    if (__builtin_expect(wire->length < HR_MDP3_HEADER_BYTES, 0)) {
        decoder->counters->bad_length++;
        return 0;
    }
    uint32_t block_bytes = U16(wire->bytes, header, block_length);
    uint32_t template_id = U16(wire->bytes, header, template_id);
    if (__builtin_expect(template_id > UINT8_MAX || U16(wire->bytes, header, schema_id) != HR_MDP3_SCHEMA ||
                             decoder->lengths[template_id & UINT8_MAX] == 0, 0)) {
        decoder->counters->unknown_type++;
        return 0;
    }
    if (__builtin_expect(HR_MDP3_HEADER_BYTES + block_bytes > wire->length ||
                             HR_MDP3_HEADER_BYTES + block_bytes < decoder->lengths[template_id], 0)) {
        decoder->counters->bad_length++;
        return 0;
    }
    message->wire = wire;
    message->block = wire->bytes + HR_MDP3_HEADER_BYTES;
    message->block_bytes = block_bytes;
    message->version = U16(wire->bytes, header, version);
    message->first_event = message->events->count;
    return (uint8_t)template_id;
}

/* One message, the general way. Returns 1 when it was refused and counted. */
static __attribute__((noinline)) uint32_t decode_any(struct hr_decoder *decoder, const struct hr_message *wire, uint32_t index,
                                                     const struct hr_packet_context *packet, struct hr_events *events)
{
    struct hr_mdp3_message message; /* not zeroed, which would take longer than most messages do: its groups are read before use */
    message.decoder = decoder;
    message.packet = packet;
    message.events = events;
    message.instrument_key = 0;
    message.instrument = 0;
    message.ts_in_delta = hr_delta_ns(packet->ts_recv, packet->send_time_ns);
    message.sequence = (uint32_t)packet->first_sequence;
    message.index = (uint8_t)index;
    events->index = (uint8_t)index;
    uint8_t template_id = read_header(&message, wire);
    if (template_id == 0)
        return 1;
    if (__builtin_expect(decode_message(&message, template_id), 0)) {
        decoder->counters->bad_length++;
        return 1;
    }
    decoder->by_type[template_id]++;
    return 0;
}

/* Levels their own way where they may, and all else the general one; appends to *events. Returns 1 when it was refused and counted. */
static inline uint32_t decode_one(struct hr_decoder *decoder, const struct hr_mdp3_levels_model *model,
                                  const struct hr_message *message, uint32_t index, const struct hr_packet_context *packet,
                                  struct hr_events *events)
{
    uint64_t head = message->length >= HR_MDP3_LEVELS_ENTRIES_AT ? hr_le64(message->bytes) : 0;
    if (hr_mdp3_levels_are_in(head)) {
        struct hr_event *event = &events->items[events->count];
        event = hr_mdp3_levels(model, message->bytes, (int32_t)message->length, hr_mdp3_levels_behind(head), index, events->items,
                               event, hr_mdp3_levels_unit(head));
        if (__builtin_expect(event != NULL, 1)) {
            events->count = (uint32_t)(event - events->items);
            decoder->by_type[hr_mdp3_levels_template(head)]++;
            return 0;
        }
    }
    return decode_any(decoder, message, index, packet, events);
}

static uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events)
{
    const struct hr_mdp3_levels_model model = hr_mdp3_levels_model(decoder, packet);
    uint32_t refused = 0;
    uint32_t taken = 0;
    for (; taken < count && events->count <= HR_EVENTS_MAX - HR_MDP3_EVENTS_MAX &&
           events->arena_used <= HR_ARENA_BYTES - HR_MDP3_ARENA_MAX;
         taken++)
        refused += decode_one(decoder, &model, &messages[taken], taken, packet, events);
    decoder->counters->decoded += taken - refused;
    decoder->counters->messages += taken;
    return taken;
}

/* The least that a message of levels has of a packet, and packets that can hold no more of them than a batch does. */
#define LEVELS_BYTES (HR_MDP3_SIZE_BYTES + HR_MDP3_LEVELS_ENTRIES_AT)
#define PACKET_BYTES (HR_BATCH_MESSAGES * LEVELS_BYTES)
_Static_assert(PACKET_BYTES >= 1460 && PACKET_BYTES / HR_MDP3_LEVELS_no_md_entries_bytes <= HR_EVENTS_MAX,
               "any packet of an Ethernet is decoded in one, and its events have room");

/* Packets of nothing but levels, of one template and version, decoded as they are walked. Any other is left to the two steps, before
 * anything but events was changed. */
static uint32_t walk_and_decode(struct hr_decoder *decoder, const struct hr_blocks *blocks, uint32_t packets,
                                const struct hr_packet_context *packet, struct hr_events *events)
{
    (void)packets; /* one: there is no count of messages */
    const uint8_t *at = blocks->at;
    ptrdiff_t left = blocks->past - at;
    if (left < LEVELS_BYTES || left > PACKET_BYTES)
        return 0;
    const uint64_t head = hr_le64(at + HR_MDP3_SIZE_BYTES);
    if (!hr_mdp3_levels_are_in(head))
        return 0;
    const int64_t unit = hr_mdp3_levels_unit(head);
    const uint32_t behind = hr_mdp3_levels_behind(head);
    const struct hr_mdp3_levels_model model = hr_mdp3_levels_model(decoder, packet);
    struct hr_event *event = events->items;
    uint32_t count = 0;
    do {
        int32_t size = hr_le16(at);
        if (__builtin_expect(size > left || hr_le64(at + HR_MDP3_SIZE_BYTES) != head, 0))
            return 0;
        event = hr_mdp3_levels(&model, at + HR_MDP3_SIZE_BYTES, size - HR_MDP3_SIZE_BYTES, behind, count, events->items, event, unit);
        if (__builtin_expect(event == NULL, 0))
            return 0;
        at += size;
        left -= size;
        count++;
    } while (left >= LEVELS_BYTES);
    if (__builtin_expect(left != 0, 0))
        return 0;
    events->count = (uint32_t)(event - events->items);
    decoder->by_type[hr_mdp3_levels_template(head)] += count;
    decoder->counters->decoded += count;
    decoder->counters->messages += count;
    return count;
}

static uint8_t type_of(const struct hr_message *message)
{
    return message->length >= HR_MDP3_HEADER_BYTES && U16(message->bytes, header, template_id) <= UINT8_MAX
               ? (uint8_t)U16(message->bytes, header, template_id)
               : 0;
}

static uint32_t fixed_bytes(const struct hr_message *message)
{
    uint32_t bytes = HR_MDP3_HEADER_BYTES + U16(message->bytes, header, block_length);
    return bytes < message->length ? bytes : message->length;
}

static uint32_t version_of(const struct hr_message *message)
{
    return U16(message->bytes, header, version);
}

static void begin_session(struct hr_decoder *decoder, uint64_t ts_recv)
{
    (void)decoder; /* times are absolute, instruments keep their numbers */
    (void)ts_recv;
}

const struct hr_protocol hr_protocol_mdp3 = {
    .name = "cme-mdp-3.0",
    .title = "CME MDP 3.0, SBE schema 1, versions 5 to 13",
    .layouts = layouts,
    .layout_count = sizeof layouts / sizeof *layouts,
    .publisher_id = 1,
    .big_endian = 0,
    .instruments = HR_INSTRUMENTS_BY_NUMBER,
    .packet_numbered = 1,
    .numeric_types = 1,
    .has_orders = 0,
    .binary_file = 0,
    .parse_header = hr_mdp3_parse,
    .walk = hr_mdp3_walk,
    .type_of = type_of,
    .fixed_bytes = fixed_bytes,
    .version_of = version_of,
    .loop_of = hr_mdp3_loop_of,
    .begin_session = begin_session,
    .decode = decode,
    .walk_and_decode = walk_and_decode,
};
