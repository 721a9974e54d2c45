/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/itch50_common.h"
#include "decode/itch50_rows.h"
#include "packet/bytes.h"

uint32_t hr_itch50_decode_scalar(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                 const struct hr_packet_context *packet, struct hr_events *events)
{
    const uint64_t midnight_ns = decoder->midnight_ns;
    const uint64_t ts_recv = packet->ts_recv;
    const uint64_t header = decoder->mbo_header;
    const uint64_t fixed = (uint64_t)(uint8_t)(packet->flags | HR_FLAG_LAST) << 32 | (uint64_t)packet->channel_id << 40;
    const uint32_t sequence = (uint32_t)packet->first_sequence;
    struct hr_event *event = &events->items[events->count];
    uint64_t *new_order_id = &events->new_order_ids[events->count];
    uint32_t others = 0;
    decoder->counters->messages += count;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *bytes = messages[i].bytes;
        uint32_t length = messages[i].length;
        const size_t type = length ? bytes[0] : 0; /* read once: the stores below might have changed it, for all the compiler knows */
        const struct hr_itch50_row *row = &tables.rows[type];
        uint32_t instrument = 0;
        if (__builtin_expect(length == 0 || length != row->length ||
                                 (instrument = hr_be16(bytes + FIELD(add_order, stock_locate))) >= decoder->instruments.capacity, 0)) {
            events->count = (uint32_t)(event - events->items);
            hr_itch50_decode_other(decoder, &messages[i], (uint8_t)i, packet, events);
            new_order_id += &events->items[events->count] - event;
            event = &events->items[events->count];
            others++;
            continue;
        }
        if (__builtin_expect(decoder->unknown[instrument] & row->unknown, 0)) /* there is room for it */
            hr_itch50_see_stock(decoder, instrument, bytes);
        uint64_t ts_event = midnight_ns + hr_be48(bytes + FIELD(add_order, timestamp));
        int64_t delta = (int64_t)(ts_recv - ts_event);
        if (__builtin_expect(delta != (int32_t)delta, 0))
            delta = hr_delta_ns(ts_recv, ts_event);
        uint8_t side = tables.sides[row->sides_at + bytes[row->side_at]];
        if (__builtin_expect(side & NEITHER, 0)) {
            decoder->counters->bad_value++;
            side = 'N';
        }
        hr_word *words = (hr_word *)event;
        words[0] = header | (uint64_t)instrument << 32;
        words[1] = ts_event;
        words[2] = hr_be64(bytes + FIELD(add_order, order_reference_number));
        words[3] = (uint64_t)((int64_t)(hr_be32(bytes + row->price_at) & row->price_and) * HR_ITCH50_PRICE_UNIT | row->price_or);
        words[4] = hr_be32(bytes + row->size_at) | row->size_or | fixed;
        event->record.mbo.side = (char)side;
        words[5] = ts_recv;
        event->record.mbo.ts_in_delta = (int32_t)delta;
        event->record.mbo.sequence = sequence + i;
        words[7] = row->meta[2] | (uint64_t)instrument << 32;
        event->index = (uint8_t)i;
        *new_order_id++ = hr_be64(bytes + row->new_order_at);
        decoder->by_type[type]++;
        event++;
    }
    events->count = (uint32_t)(event - events->items);
    decoder->counters->decoded += count - others;
    return count;
}
