/* SPDX-License-Identifier: Apache-2.0
 *
 * The same as itch50_scalar.c with 128-bit shuffles. x86-64 with AVX2, BMI2 and MOVBE: chosen when the processor has them.
 * AArch64: always; not yet run on hardware, but in an emulator (tests/arm64). AVX-512 has nothing to add: a record is put together from four
 * 16-byte parts, and wider ones hold no more of a message.
 */
#include "decode/itch50_common.h"
#include "decode/itch50_rows.h"
#include "packet/bytes.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define TARGET __attribute__((target("avx2,bmi2,movbe")))
typedef __m128i vector;
#define LOAD(at) _mm_loadu_si128((const __m128i *)(const void *)(at))
#define STORE(at, value) _mm_storeu_si128((__m128i *)(void *)(at), value)
#define STORE_LOW(at, value) _mm_storeu_si64(at, value)
#define SHUFFLE(value, mask) _mm_shuffle_epi8(value, mask) /* 0x80 gives a zero */
#define ADD(a, b) _mm_add_epi64(a, b)
#define SUBTRACT(a, b) _mm_sub_epi64(a, b)
#define OR(a, b) _mm_or_si128(a, b)
#define MULTIPLY(a, b) _mm_mul_epu32(a, b)             /* of the low 32 bits of each word */
/* Of four times 32 bits each: the third and any other of a, then any other and the second of b; and a, but for the second and third of b. */
#define THIRD_TO_SECOND(a, b) _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), _MM_SHUFFLE(1, 0, 1, 2)))
#define WITH_MIDDLE(a, b) _mm_blend_epi32(a, b, 1 << 1 | 1 << 2)
#define WORDS(low, high) _mm_set_epi64x((long long)(high), (long long)(low))
#define LOW(value) ((uint64_t)_mm_cvtsi128_si64(value))
#define HIGH(value) ((uint64_t)_mm_extract_epi64(value, 1))

int hr_itch50_has_vector(void)
{
    uint32_t a, b, c, d;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __get_cpuid(1, &a, &b, &c, &d) && (c & bit_MOVBE);
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
#define COPY(a, to, b, from) vreinterpretq_u64_u32(vcopyq_laneq_u32(vreinterpretq_u32_u64(a), to, vreinterpretq_u32_u64(b), from))
#define THIRD_TO_SECOND(a, b) COPY(COPY(b, 0, a, 2), 3, b, 1)
#define WITH_MIDDLE(a, b) COPY(COPY(a, 1, b, 1), 2, b, 2)
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

/* A batch, and how far it is. */
struct batch {
    struct hr_decoder *decoder;
    const struct hr_packet_context *packet;
    const struct hr_message *messages; /* or NULL: they are found in `blocks` */
    struct hr_blocks blocks;           /* from the next message on */
    struct hr_event *event;            /* to fill */
    const struct hr_event *end;        /* if every message makes one event from here on */
    uint64_t *new_order_id;
    vector header, arrival, fixed, tail; /* parts of the next event; `tail` has its sequence number and its message's */
    vector beyond;                       /* not 0 in its upper 33 bits: a time was not within 2^31 ns before the arrival */
};

/* Bytes that there must be behind a block that is not the last: those of the next that are read at once (its length, its message's type and stock
 * locate), and those that are read behind a message in hand: at SIDE_AT, which may be one of length 0, and at NEW_ORDER_AT. */
#define AHEAD 20
_Static_assert(AHEAD >= 8 && AHEAD > SIDE_AT && AHEAD + HR_ITCH50_order_delete_length >= NEW_ORDER_AT + 8 &&
                   AHEAD <= HR_ITCH50_order_delete_length + 2,
               "any common block has so many");

/* Decodes a message if it is a common one that wants no look; `instrument` is its stock locate then. Behind one that is not the last there are
 * AHEAD bytes more to read: what some types have is read where those have it. */
TARGET static inline __attribute__((always_inline)) int decode_next(struct batch *batch, const struct hr_itch50_tables *table,
                                                                    const uint8_t *bytes, uint64_t length, uint64_t instrument,
                                                                    int is_last)
{
    const size_t type = bytes[0]; /* read once: the stores below might have changed it, for all the compiler knows */
    size_t row_at = type << 6 | type >> 58; /* times 64: a rotation is one instruction, a copy and a shift are two */
    __asm__("" : "+r"(row_at));
    const struct hr_itch50_row *row =
        (const struct hr_itch50_row *)(const void *)((const uint8_t *)table + offsetof(struct hr_itch50_tables, rows) + row_at);
    if (__builtin_expect((uint16_t)length != row->length, 0))
        return 0;
    const uint8_t side = table->sides[bytes[is_last ? row->side_at : SIDE_AT] + row->sides_at];
    if (__builtin_expect(side & NEITHER, 0)) /* or a type without a row: of length 0, like its row */
        return 0;
    if (__builtin_expect(batch->decoder->unknown[instrument] & row->unknown, 0))
        return 0;
    vector begin = ADD(SHUFFLE(LOAD(bytes), LOAD(head)), batch->header);
    vector numbers = MULTIPLY(SHUFFLE(LOAD(bytes + row->window), LOAD(row->shuffle)), WORDS(HR_ITCH50_PRICE_UNIT, 1));
    vector late = SUBTRACT(batch->arrival, begin);
    batch->beyond = OR(batch->beyond, late);
    uint8_t *to = (uint8_t *)batch->event;
    STORE(to, begin);
    *(hr_word *)(void *)(to + 16) = hr_be64(bytes + FIELD(add_order, order_reference_number));
    STORE(to + 24, OR(OR(numbers, LOAD(&row->price_or)), batch->fixed));
    to[39] = side;
    STORE_LOW(to + 40, batch->arrival);
    STORE(to + 48, OR(WITH_MIDDLE(THIRD_TO_SECOND(late, begin), batch->tail), LOAD(row->meta)));
    *batch->new_order_id++ = hr_be64(bytes + (is_last ? row->new_order_at : NEW_ORDER_AT));
    batch->decoder->by_type[type]++;
    batch->event++;
    batch->tail = ADD(batch->tail, WORDS(UINT64_C(1) << 32, 1 << INDEX_SHIFT));
    return 1;
}

/* The next block, behind whose beginning there are AHEAD bytes, if it lies within `past` and its message is a common one that wants no look. */
TARGET static inline __attribute__((always_inline)) int walk_next(struct batch *batch, const struct hr_itch50_tables *table,
                                                                  uintptr_t past, int is_last)
{
    const uint8_t *at = batch->blocks.at;
    const uint64_t block = hr_be64(at);
    const uint64_t length = block >> 48;
    const uint8_t *next = at + 2 + length;
    if (__builtin_expect((uintptr_t)next > past, 0) || !decode_next(batch, table, at + 2, length, block >> 24 & 0xFFFF, is_last))
        return 0;
    batch->blocks.at = next;
    return 1;
}

/* Decodes common messages up to the first that is none, is not there, or wants a look. It calls nothing, so that all it needs stays in
 * registers. */
TARGET static inline __attribute__((always_inline)) void decode_common(struct batch *batch, int walks)
{
    const struct hr_itch50_tables *table = &tables;
    __asm__("" : "+r"(table)); /* in a register, and not reckoned anew for each use */
    if (walks) {
        /* Behind each block but the last there must be another, so that one comparison says that it is there and the next can be read. */
        const uintptr_t past = (uintptr_t)batch->blocks.past;
        const struct hr_event *last = batch->end - 1;
        if (past - (uintptr_t)batch->blocks.at >= AHEAD && batch->event != batch->end) {
            while (batch->event != last && walk_next(batch, table, past - AHEAD, 0))
                ;
            if (batch->event == last)
                walk_next(batch, table, past, 1);
        }
    } else
        for (; batch->event != batch->end; batch->messages++) {
            const uint8_t *bytes = batch->messages->bytes;
            const uint32_t length = batch->messages->length;
            if (__builtin_expect(length < HR_ITCH50_order_delete_length, 0) || /* which is the shortest */
                !decode_next(batch, table, bytes, length, hr_be16(bytes + FIELD(add_order, stock_locate)), 1))
                break;
        }
}

/* All that concerns the batch as a whole, of whose messages `common` were decoded here. */
TARGET static inline void finish(const struct batch *batch, struct hr_events *events, uint32_t before, uint32_t common)
{
    events->count = (uint32_t)(batch->event - events->items);
    if (__builtin_expect(HIGH(batch->beyond) >> 31 != 0, 0))
        clamp_deltas(&events->items[before], batch->event, batch->packet->ts_recv);
    batch->decoder->counters->messages += common;
    __asm__("" ::: "memory"); /* one by one: both in one load would wait for what decode_other has stored one by one */
    batch->decoder->counters->decoded += common;
}

/* A message that is not common, or wants a look; index: its number in the batch. */
static inline void decode_other(struct hr_decoder *decoder, const struct hr_message *message, uint32_t index,
                                const struct hr_packet_context *packet, struct hr_events *events)
{
    if (message->length && tables.rows[message->bytes[0]].length == message->length) { /* the way of itch50_scalar.c */
        struct hr_packet_context one = *packet;
        one.first_sequence += index;
        const uint32_t before = events->count;
        hr_itch50_decode_scalar(decoder, message, 1, &one, events);
        for (uint32_t i = before; i < events->count; i++)
            events->items[i].index = (uint8_t)index;
    } else {
        decoder->counters->messages++;
        hr_itch50_decode_other(decoder, message, (uint8_t)index, packet, events);
    }
}

/* From the first message on that is not common. Before anything is done that could not be taken back, a packet that `walks` is walked to its
 * end. */
TARGET static inline __attribute__((always_inline)) uint32_t decode_rest(const struct batch *so_far, uint32_t count,
                                                                         struct hr_events *events, uint32_t before,
                                                                         struct hr_blocks whole, int walks)
{
    struct batch batch = *so_far;
    struct hr_decoder *decoder = batch.decoder;
    const struct hr_decode_counters counters = *decoder->counters;
    uint32_t others = 0;
    for (int is_checked = 0; batch.event != batch.end; others++) {
        const uint32_t left = (uint32_t)(batch.end - batch.event); /* messages, this one too */
        struct hr_message found;
        const struct hr_message *message = walks ? &found : batch.messages++;
        if (walks && (hr_blocks_next(&batch.blocks, 1, &found.bytes, &found.length) ||
                      (!is_checked && !hr_itch50_leaves_no_trace(decoder, message->bytes, message->length) &&
                       !(is_checked = is_whole(batch.blocks, left - 1)))))
            return take_back(decoder, &counters, events, whole, count - left);
        events->count = (uint32_t)(batch.event - events->items);
        decode_other(decoder, message, count - left, batch.packet, events);
        batch.event = &events->items[events->count];
        batch.end = batch.event + left - 1;
        batch.new_order_id = &events->new_order_ids[events->count];
        batch.tail = ADD(batch.tail, WORDS(UINT64_C(1) << 32, 1 << INDEX_SHIFT));
        decode_common(&batch, walks);
    }
    finish(&batch, events, before, count - others);
    return count;
}

TARGET static __attribute__((noinline)) uint32_t decode_rest_of_messages(const struct batch *batch, uint32_t count,
                                                                         struct hr_events *events, uint32_t before)
{
    return decode_rest(batch, count, events, before, (struct hr_blocks){.at = NULL, .past = NULL}, 0);
}

TARGET static __attribute__((noinline)) uint32_t decode_rest_of_blocks(const struct batch *batch, uint32_t count, struct hr_events *events,
                                                                       uint32_t before, struct hr_blocks whole)
{
    return decode_rest(batch, count, events, before, whole, 1);
}

/* Without `messages`, which is known where this is inlined, they are found in `blocks`, one by one: while one message's length is waited for,
 * those before it are decoded. Until a message comes that is not common, nothing of the batch has an address: all is in registers. */
TARGET static inline __attribute__((always_inline)) uint32_t decode(struct hr_decoder *decoder, const struct hr_message *messages,
                                                                    uint32_t count, const struct hr_packet_context *packet,
                                                                    struct hr_events *events, struct hr_blocks blocks)
{
    const uint32_t before = events->count;
    struct batch batch = {
        .decoder = decoder,
        .packet = packet,
        .messages = messages,
        .blocks = {.at = blocks.at, .past = blocks.past},
        .event = &events->items[before],
        .end = &events->items[before + count],
        .new_order_id = &events->new_order_ids[before],
        .header = WORDS(decoder->mbo_header, decoder->midnight_ns),
        .arrival = WORDS(packet->ts_recv, packet->ts_recv),
        .fixed = WORDS(0, (uint64_t)(uint8_t)(packet->flags | HR_FLAG_LAST) << 32 | (uint64_t)packet->channel_id << 40),
        .tail = WORDS(packet->first_sequence << 32, 0),
        .beyond = WORDS(0, 0),
    };
    decode_common(&batch, messages == NULL);
    if (__builtin_expect(batch.event != batch.end, 0)) {
        const struct batch so_far = batch;
        return messages ? decode_rest_of_messages(&so_far, count, events, before)
                        : decode_rest_of_blocks(&so_far, count, events, before, blocks);
    }
    finish(&batch, events, before, count);
    return count;
}

TARGET uint32_t hr_itch50_decode_vector(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                        const struct hr_packet_context *packet, struct hr_events *events)
{
    return decode(decoder, messages, count, packet, events, (struct hr_blocks){.at = NULL, .past = NULL});
}

TARGET uint32_t hr_itch50_walk_and_decode_vector(struct hr_decoder *decoder, const struct hr_blocks *blocks, uint32_t count,
                                                 const struct hr_packet_context *packet, struct hr_events *events)
{
    return decode(decoder, NULL, count, packet, events, *blocks);
}
#endif
