/* SPDX-License-Identifier: Apache-2.0
 *
 * The same as itch50_scalar.c with 128-bit shuffles. x86-64 with AVX2: chosen when the processor has it. AArch64: always; not yet run
 * on hardware. AVX-512 has nothing to add: a record is put together from four 16-byte parts, and wider ones hold no more of a message.
 */
#include "decode/itch50_common.h"
#include "decode/itch50_rows.h"
#include "packet/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET __attribute__((target("avx2")))
typedef __m128i vector;
#define LOAD(at) _mm_loadu_si128((const __m128i *)(const void *)(at))
#define STORE(at, value) _mm_storeu_si128((__m128i *)(void *)(at), value)
#define STORE_LOW(at, value) _mm_storeu_si64(at, value)
#define SHUFFLE(value, mask) _mm_shuffle_epi8(value, mask) /* 0x80 gives a zero */
#define ADD(a, b) _mm_add_epi64(a, b)
#define SUBTRACT(a, b) _mm_sub_epi64(a, b)
#define OR(a, b) _mm_or_si128(a, b)
#define MULTIPLY(a, b) _mm_mul_epu32(a, b)             /* of the low 32 bits of each word */
#define THIRD_OF(a, b) _mm_blend_epi32(a, b, 1 << 2)   /* a, but for the third 32 bits */
#define WORDS(low, high) _mm_set_epi64x((long long)(high), (long long)(low))
#define LOW(value) ((uint64_t)_mm_cvtsi128_si64(value))
#define HIGH(value) ((uint64_t)_mm_extract_epi64(value, 1))

int hr_itch50_has_vector(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}
#elif defined(__aarch64__)
#include <arm_neon.h>
#define TARGET
typedef uint64x2_t vector;
#define LOAD(at) vreinterpretq_u64_u8(vld1q_u8((const uint8_t *)(at)))
#define STORE(at, value) vst1q_u8((uint8_t *)(at), vreinterpretq_u8_u64(value))
#define STORE_LOW(at, value) vst1_u8((uint8_t *)(at), vget_low_u8(vreinterpretq_u8_u64(value)))
#define SHUFFLE(value, mask) vreinterpretq_u64_u8(vqtbl1q_u8(vreinterpretq_u8_u64(value), vreinterpretq_u8_u64(mask)))
#define ADD(a, b) vaddq_u64(a, b)
#define SUBTRACT(a, b) vsubq_u64(a, b)
#define OR(a, b) vorrq_u64(a, b)
#define MULTIPLY(a, b) vmull_u32(vmovn_u64(a), vmovn_u64(b))
#define THIRD_OF(a, b) vreinterpretq_u64_u32(vcopyq_laneq_u32(vreinterpretq_u32_u64(a), 2, vreinterpretq_u32_u64(b), 2))
#define WORDS(low, high) ((vector){(low), (high)})
#define LOW(value) vgetq_lane_u64(value, 0)
#define HIGH(value) vgetq_lane_u64(value, 1)

int hr_itch50_has_vector(void)
{
    return 1;
}
#else
int hr_itch50_has_vector(void)
{
    return 0;
}

uint32_t hr_itch50_decode_vector(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                 const struct hr_packet_context *packet, struct hr_events *events)
{
    return hr_itch50_decode_scalar(decoder, messages, count, packet, events);
}

uint32_t hr_itch50_walk_and_decode_vector(struct hr_decoder *decoder, const struct hr_blocks *blocks, uint32_t count,
                                          const struct hr_packet_context *packet, struct hr_events *events)
{
    (void)decoder, (void)blocks, (void)count, (void)packet, (void)events;
    return 0;
}
#endif

#ifdef TARGET
/* From a message's first 16 bytes: the stock locate into the upper half of the first word, the time into the second. */
static const uint8_t head[16] __attribute__((aligned(16))) = {0x80, 0x80, 0x80, 0x80, 2, 1, 0x80, 0x80, 10, 9, 8, 7, 6, 5, 0x80, 0x80};

/* Times too far from the arrival for their field, which a batch of live messages does not have. */
static __attribute__((noinline)) void clamp_deltas(struct hr_event *event, const struct hr_event *past, uint64_t ts_recv)
{
    for (; event < past; event++)
        if (event->kind != HR_EVENT_RECORD)
            event->record.mbo.ts_in_delta = hr_delta_ns(ts_recv, event->record.header.ts_event);
}

/* Whether there are `count` blocks. */
static __attribute__((noinline)) int is_whole(struct hr_blocks blocks, uint32_t count)
{
    const uint8_t *bytes;
    uint32_t length;
    while (count--)
        if (hr_blocks_next(&blocks, 1, &bytes, &length))
            return 0;
    return 1;
}

/* The packet is refused after all: of it `count` messages were decoded, and left no trace but these. */
static __attribute__((noinline)) uint32_t take_back(struct hr_decoder *decoder, const struct hr_decode_counters *counters,
                                                    struct hr_events *events, struct hr_blocks blocks, uint32_t count)
{
    const uint8_t *bytes;
    uint32_t length;
    while (count-- && !hr_blocks_next(&blocks, 1, &bytes, &length))
        decoder->by_type[bytes[0]]--;
    *decoder->counters = *counters;
    events->count = 0;
    events->arena_used = 0;
    return 0;
}

/* A common message that wants a look, the way of itch50_scalar.c. */
static __attribute__((noinline)) void decode_one(struct hr_decoder *decoder, const struct hr_message *message, uint32_t index,
                                                 const struct hr_packet_context *packet, struct hr_events *events)
{
    struct hr_packet_context one = *packet;
    one.first_sequence += index;
    uint32_t before = events->count;
    hr_itch50_decode_scalar(decoder, message, 1, &one, events);
    for (uint32_t i = before; i < events->count; i++)
        events->items[i].index = (uint8_t)index;
}

/* How far a batch is. */
struct progress {
    struct hr_blocks blocks;   /* from the message to decode on */
    uint32_t next;             /* its number */
    struct hr_event *event;    /* to fill */
    uint64_t *new_order_id;
    uint64_t beyond;           /* a time was too far from the arrival for its field: not 0 in the upper half */
};

/* Decodes common messages up to the first that is none, is not there, or wants a look. It calls nothing, so that all it needs stays in
 * registers. */
TARGET static inline __attribute__((always_inline)) void decode_common(struct hr_decoder *decoder, const struct hr_message *messages,
                                                                       uint32_t count, const struct hr_packet_context *packet,
                                                                       struct progress *progress, int walks)
{
    const struct hr_itch50_tables *table = &tables;
    __asm__("" : "+r"(table)); /* in a register, and not reckoned anew for each use */
    const uint64_t ts_recv = packet->ts_recv;
    const vector header = WORDS(decoder->mbo_header, decoder->midnight_ns);
    const vector arrival = WORDS(0, ts_recv);
    const vector units = WORDS(HR_ITCH50_PRICE_UNIT, 1);
    const vector fixed =
        WORDS(0, (uint64_t)(uint8_t)(packet->flags | HR_FLAG_LAST) << 32 | (uint64_t)packet->channel_id << 40);
    const vector to_head = LOAD(head);
    const vector half = WORDS(0, UINT64_C(1) << 31); /* what is within 2^31 ns of the arrival stays below 2^32 with it */
    const vector one = WORDS(0, UINT64_C(1) << 32);
    const uintptr_t past = (uintptr_t)progress->blocks.past;
    const uint8_t *at = progress->blocks.at;
    struct hr_event *event = progress->event;
    uint64_t *new_order_id = progress->new_order_id;
    uint64_t own = (uint64_t)progress->next << INDEX_SHIFT; /* what an event's own word has beside its row's and the instrument */
    const uint64_t end = (uint64_t)count << INDEX_SHIFT;
    vector beyond = WORDS(0, progress->beyond);
    vector tail = WORDS(ts_recv, (packet->first_sequence + progress->next) << 32);
    while (own != end) {
        const uint8_t *bytes;
        const uint8_t *next = NULL;
        uint64_t length;
        if (walks) {
            if (__builtin_expect((uintptr_t)at + 3 > past, 0)) /* a length, and a type: one that is not there is no row's */
                break;
            length = hr_be16(at);
            bytes = at + 2;
            next = bytes + length;
            if (__builtin_expect((uintptr_t)next > past, 0))
                break;
        } else {
            const struct hr_message *message = &messages[own >> INDEX_SHIFT];
            bytes = message->bytes;
            length = message->length;
            if (__builtin_expect(length == 0, 0))
                break;
        }
        const size_t type = bytes[0]; /* read once: the stores below might have changed it, for all the compiler knows */
        const struct hr_itch50_row *row = &table->rows[type];
        __asm__("" : "+r"(row));
        if (__builtin_expect(length != row->length, 0))
            break;
        const uint8_t side = table->sides[(size_t)row->sides_at + bytes[row->side_at]];
        if (__builtin_expect(side & NEITHER, 0)) /* or a type without a row, of length 0 like its row */
            break;
        const uint64_t instrument = hr_be16(bytes + FIELD(add_order, stock_locate));
        if (__builtin_expect(decoder->unknown[instrument] & row->unknown, 0))
            break;
        vector begin = ADD(SHUFFLE(LOAD(bytes), to_head), header);
        vector numbers = MULTIPLY(SHUFFLE(LOAD(bytes + row->window), LOAD(row->shuffle)), units);
        vector late = SUBTRACT(arrival, begin);
        beyond = OR(beyond, ADD(late, half));
        uint8_t *to = (uint8_t *)event;
        STORE(to, begin);
        *(hr_word *)(void *)(to + 16) = hr_be64(bytes + FIELD(add_order, order_reference_number));
        STORE(to + 24, OR(OR(numbers, LOAD(&row->price_or)), fixed));
        to[39] = side;
        STORE(to + 40, THIRD_OF(tail, late));
        *(hr_word *)(void *)(to + 56) = row->meta + own + (instrument << 32);
        *new_order_id++ = hr_be64(bytes + row->new_order_at);
        decoder->by_type[type]++;
        event++;
        own += UINT64_C(1) << INDEX_SHIFT;
        tail = ADD(tail, one);
        at = next;
    }
    progress->blocks.at = at;
    progress->next = (uint32_t)(own >> INDEX_SHIFT);
    progress->event = event;
    progress->new_order_id = new_order_id;
    progress->beyond = HIGH(beyond);
}

TARGET static __attribute__((noinline)) void decode_walked(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                                           const struct hr_packet_context *packet, struct progress *progress)
{
    decode_common(decoder, messages, count, packet, progress, 0);
}

TARGET static __attribute__((noinline)) void walk_and_decode(struct hr_decoder *decoder, uint32_t count,
                                                             const struct hr_packet_context *packet, struct progress *progress)
{
    decode_common(decoder, NULL, count, packet, progress, 1);
}

/* All that concerns the batch as a whole, of whose messages `common` were decoded here. */
static inline void finish(struct hr_decoder *decoder, struct hr_events *events, uint32_t before, const struct progress *progress,
                          const struct hr_packet_context *packet, uint32_t common)
{
    events->count = (uint32_t)(progress->event - events->items);
    if (__builtin_expect(progress->beyond >> 32 != 0, 0))
        clamp_deltas(&events->items[before], progress->event, packet->ts_recv);
    decoder->counters->messages += common;
    decoder->counters->decoded += common;
}

/* From the first message on that is not common. Without `messages` before anything is done that could not be taken back, the rest is walked. */
static __attribute__((noinline)) uint32_t decode_rest(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                                      const struct hr_packet_context *packet, struct hr_events *events,
                                                      struct hr_blocks whole, struct progress progress)
{
    const struct hr_decode_counters counters = *decoder->counters;
    const uint32_t before = events->count;
    uint32_t others = 0;
    for (int is_checked = 0; progress.next < count; others++) {
        const uint32_t i = progress.next++;
        struct hr_message found;
        const struct hr_message *message = messages ? &messages[i] : &found;
        if (!messages) {
            if (hr_blocks_next(&progress.blocks, 1, &found.bytes, &found.length))
                return take_back(decoder, &counters, events, whole, i);
            if (!is_checked && !hr_itch50_leaves_no_trace(decoder, message) &&
                !(is_checked = is_whole(progress.blocks, count - progress.next)))
                return take_back(decoder, &counters, events, whole, i);
        }
        events->count = (uint32_t)(progress.event - events->items);
        if (message->length && tables.rows[message->bytes[0]].length == message->length)
            decode_one(decoder, message, i, packet, events);
        else {
            decoder->counters->messages++;
            hr_itch50_decode_other(decoder, message, (uint8_t)i, packet, events);
        }
        progress.new_order_id = &events->new_order_ids[events->count];
        progress.event = &events->items[events->count];
        if (messages)
            decode_walked(decoder, messages, count, packet, &progress);
        else
            walk_and_decode(decoder, count, packet, &progress);
    }
    finish(decoder, events, before, &progress, packet, count - others);
    return count;
}

/* Without `messages`, which is known where this is inlined, they are found in `whole`, one by one: while one message's length is waited for,
 * those before it are decoded. */
TARGET static inline __attribute__((always_inline)) uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages,
                                                                    uint32_t count, const struct hr_packet_context *packet,
                                                                    struct hr_events *events, struct hr_blocks whole)
{
    const uint32_t before = events->count;
    struct progress progress = {
        .blocks = whole, .event = &events->items[before], .new_order_id = &events->new_order_ids[before]};
    decode_common(decoder, messages, count, packet, &progress, messages == NULL);
    if (__builtin_expect(progress.next < count, 0))
        return decode_rest(decoder, messages, count, packet, events, whole, progress);
    finish(decoder, events, before, &progress, packet, count);
    return count;
}

TARGET uint32_t hr_itch50_decode_vector(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                        const struct hr_packet_context *packet, struct hr_events *events)
{
    return decode(decoder, messages, count, packet, events, (struct hr_blocks){0});
}

TARGET uint32_t hr_itch50_walk_and_decode_vector(struct hr_decoder *decoder, const struct hr_blocks *blocks, uint32_t count,
                                                 const struct hr_packet_context *packet, struct hr_events *events)
{
    return decode(decoder, NULL, count, packet, events, *blocks);
}
#endif
