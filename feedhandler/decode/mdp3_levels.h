/* SPDX-License-Identifier: Apache-2.0
 *
 * Nine of ten messages of MDP 3.0 are changes of levels (MDIncrementalRefreshBook) and as nearly all of these are: no orders
 * behind them, no entry type or action but the common ones, an instrument that has been seen. These are decoded here, from
 * registers to whole words of the record. Whatever is otherwise goes the general way, in mdp3.c, which comes to the same
 * records.
 */
#ifndef HEADRACE_DECODE_MDP3_LEVELS_H
#define HEADRACE_DECODE_MDP3_LEVELS_H

#include "decode/mdp3_message.h"

/* A record's eight words, the last being what an event has where a slot has its stamp: hr_mbo and hr_event, in their order. */
typedef uint64_t __attribute__((may_alias)) hr_mdp3_word;
_Static_assert(offsetof(struct hr_mbo, header.instrument_id) == 4 && offsetof(struct hr_mbo, header.ts_event) == 8 &&
                   offsetof(struct hr_mbo, order_id) == 16 && offsetof(struct hr_mbo, price) == 24 &&
                   offsetof(struct hr_mbo, size) == 32 && offsetof(struct hr_mbo, flags) == 36 &&
                   offsetof(struct hr_mbo, ts_recv) == 40 && offsetof(struct hr_mbo, ts_in_delta) == 48 &&
                   offsetof(struct hr_event, kind) == 56 && offsetof(struct hr_event, instrument) == 60,
               "the words are of this layout");

/* Two of the words at once. */
typedef uint64_t __attribute__((may_alias, vector_size(16), aligned(8))) hr_mdp3_pair;

/* HR_MDP3_LEVELS_<group>_<what>, of the table: dimension and shortest entry in bytes, and the version that has brought it. */
enum {
#define G(group, entry, dimension, length, since)                                                                              \
    HR_MDP3_LEVELS_##group##_dimension = (dimension), HR_MDP3_LEVELS_##group##_bytes = (length),                               \
    HR_MDP3_LEVELS_##group##_since = (since),
    HR_MDP3_groups_book(G)
#undef G
};

/* Where a message has its groups, and the entries of the first; the second, orders, is to be empty. */
#define HR_MDP3_LEVELS_GROUPS_AT (HR_MDP3_HEADER_BYTES + HR_MDP3_BLOCK_md_incremental_refresh_book_46)
#define HR_MDP3_LEVELS_ENTRIES_AT (HR_MDP3_LEVELS_GROUPS_AT + HR_MDP3_LEVELS_no_md_entries_dimension)
_Static_assert((int)HR_MDP3_BLOCK_md_incremental_refresh_book_32 == (int)HR_MDP3_BLOCK_md_incremental_refresh_book_46,
               "both templates have one root block");

/* What a message begins with, as one word: the length of the block, template, schema and version. Blocks are as long as the
 * table has them: no version has another length. */
#define HR_MDP3_LEVELS_KIND(template_id)                                                                                       \
    (HR_MDP3_BLOCK_md_incremental_refresh_book_46 | (uint64_t)(template_id) << 16 | (uint64_t)HR_MDP3_SCHEMA << 32)
#define HR_MDP3_LEVELS_KIND_7 HR_MDP3_LEVELS_KIND(HR_MDP3_TEMPLATE_md_incremental_refresh_book_32)
#define HR_MDP3_LEVELS_KIND_9 HR_MDP3_LEVELS_KIND(HR_MDP3_TEMPLATE_md_incremental_refresh_book_46)

static inline int hr_mdp3_levels_are_in(uint64_t head)
{
    return head << 16 == HR_MDP3_LEVELS_KIND_7 << 16 || head << 16 == HR_MDP3_LEVELS_KIND_9 << 16;
}

static inline uint8_t hr_mdp3_levels_template(uint64_t head)
{
    return (uint8_t)(head >> 16);
}

static inline int64_t hr_mdp3_levels_unit(uint64_t head)
{
    return head << 16 == HR_MDP3_LEVELS_KIND_7 << 16 ? HR_MDP3_UNIT_7 : HR_MDP3_UNIT_9;
}

/* What a message of that head has behind its levels, when it has no orders. */
static inline uint32_t hr_mdp3_levels_behind(uint64_t head)
{
    return head >> 48 >= HR_MDP3_LEVELS_no_order_id_entries_since ? HR_MDP3_LEVELS_no_order_id_entries_dimension : 0;
}

/* An entry's action in the lower byte and its type in the upper one make a record's flags, action and side, as its fifth word
 * has them; 0: not here. Bids and offers, implied ones too: new, change, delete. */
#define LEVEL(type, action, flags, letter, side)                                                                               \
    [(type)][(action)] = (uint64_t)HR_MDP3_META(HR_FLAG_MBP | (flags), letter, side) << 32
#define LEVELS(type, flags, side)                                                                                              \
    LEVEL(type, 0, flags, 'A', side), LEVEL(type, 1, flags, 'M', side), LEVEL(type, 2, flags, 'C', side)
#define HR_MDP3_LEVEL_ACTIONS 4
static const uint64_t hr_mdp3_level_meta[256][HR_MDP3_LEVEL_ACTIONS] = {
    LEVELS('0', 0, 'B'),
    LEVELS('1', 0, 'A'),
    LEVELS('E', HR_FLAG_PUBLISHER_SPECIFIC, 'B'),
    LEVELS('F', HR_FLAG_PUBLISHER_SPECIFIC, 'A'),
};
#undef LEVELS
#undef LEVEL

/* What the records of one packet have in common, in words. */
struct hr_mdp3_levels_model {
    const struct hr_decoder *decoder;
    uint64_t meta;   /* flags, channel_id: as the fifth word has them */
    hr_mdp3_pair arrival; /* ts_recv; ts_in_delta, sequence */
    uint64_t event; /* kind, schemas, words */
};

static inline __attribute__((always_inline)) struct hr_mdp3_levels_model
hr_mdp3_levels_model(const struct hr_decoder *decoder, const struct hr_packet_context *packet)
{
    uint32_t delta = (uint32_t)hr_delta_ns(packet->ts_recv, packet->send_time_ns);
    return (struct hr_mdp3_levels_model){.decoder = decoder,
                                         .meta = (uint64_t)(packet->flags | (uint32_t)packet->channel_id << 8) << 32,
                                         .arrival = {packet->ts_recv, delta | packet->first_sequence << 32},
                                         .event = (uint64_t)HR_EVENT_RECORD | 1U << HR_SCHEMA_MBO << 8 |
                                                  (uint64_t)(sizeof(struct hr_mbo) / 4) << 16};
}

/* Decodes one message of a kind above, into `event` and those behind it; `first` is the first event of the batch. `length` is
 * what `bytes` hold, HR_MDP3_LEVELS_ENTRIES_AT or more can be read. Returns where the next event goes; or NULL, when the message
 * has to go the general way: then nothing that counts has been changed. */
static inline __attribute__((always_inline)) struct hr_event *
hr_mdp3_levels(const struct hr_mdp3_levels_model *model, const uint8_t *bytes, int32_t length, uint32_t behind, uint32_t index,
               const struct hr_event *first, struct hr_event *event, int64_t unit)
{
    const uint8_t *block = bytes + HR_MDP3_HEADER_BYTES;
    const uint8_t *entry = bytes + HR_MDP3_LEVELS_ENTRIES_AT;
    uint32_t entry_bytes = hr_le16(bytes + HR_MDP3_LEVELS_GROUPS_AT);
    uint32_t count = entry[-1];
    int32_t end = (int32_t)(HR_MDP3_LEVELS_ENTRIES_AT + entry_bytes * count + behind);
    if (__builtin_expect(end > length, 0) || (behind && bytes[end - 1] != 0))
        return NULL;
    uint64_t ts_event = hr_le64(block + HR_MDP3_incremental_transact_time);
    uint8_t last = block[HR_MDP3_incremental_match_event_indicator] & HR_MDP3_END_OF_EVENT;
    _Static_assert(HR_MDP3_END_OF_EVENT == HR_FLAG_LAST, "one bit for both");
    if (count == 0) { /* the end of an event, with nothing of its own */
        if (last &&
            (event == first || event[-1].schemas != 1U << HR_SCHEMA_MBO || event[-1].record.mbo.header.ts_event != ts_event))
            return NULL;
        if (last)
            event[-1].record.mbo.flags |= last;
        return event;
    }
    if (__builtin_expect(entry_bytes < HR_MDP3_LEVELS_no_md_entries_bytes, 0))
        return NULL;
    const hr_mdp3_pair time = {ts_event, 0};
    const uint64_t tail = model->event | index << 24;
    const struct hr_event *past = event + count;
    do {
        hr_mdp3_word *to = (hr_mdp3_word *)(void *)event;
        uint32_t action = entry[HR_MDP3_book_md_update_action];
        uint32_t security_id = hr_le32(entry + HR_MDP3_book_security_id);
        uint32_t size = hr_le32(entry + HR_MDP3_book_md_entry_size);
        uint64_t key = HR_INSTRUMENT_NUMBER(security_id);
        uint32_t instrument = model->decoder->instruments.hash[hr_instruments_home(&model->decoder->instruments, key)];
        uint64_t meta = hr_mdp3_level_meta[entry[HR_MDP3_book_md_entry_type]][action % HR_MDP3_LEVEL_ACTIONS];
        int64_t price = (int64_t)hr_le64(entry + HR_MDP3_book_md_entry_px);
        /* A store between two checks keeps each a comparison and a branch. */
        if (__builtin_expect(action >= HR_MDP3_LEVEL_ACTIONS, 0))
            return NULL;
        to[0] = model->decoder->mbo_header | (uint64_t)security_id << 32;
        if (__builtin_expect(size >= HR_MDP3_INT32_NULL, 0))
            return NULL;
        *(hr_mdp3_pair *)&to[1] = time; /* and no order */
        if (__builtin_expect(meta == 0, 0))
            return NULL;
        to[4] = size | meta | model->meta;
        if (__builtin_expect(model->decoder->instruments.symbols[instrument] != key, 0))
            return NULL;
        *(hr_mdp3_pair *)&to[5] = model->arrival;
        to[7] = tail | (uint64_t)instrument << 32;
        if (__builtin_expect(__builtin_mul_overflow(price, unit, &price), 0))
            return NULL;
        to[3] = (uint64_t)price;
        entry += entry_bytes;
        event++;
    } while (event != past);
    event[-1].record.mbo.flags |= last;
    return event;
}

#endif
