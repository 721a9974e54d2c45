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

TARGET uint32_t hr_itch50_decode_vector(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                        const struct hr_packet_context *packet, struct hr_events *events)
{
    const uint64_t ts_recv = packet->ts_recv;
    const vector header = WORDS(decoder->mbo_header, decoder->midnight_ns);
    const vector arrival = WORDS(0, ts_recv);
    const vector units = WORDS(HR_ITCH50_PRICE_UNIT, 1);
    const vector fixed =
        WORDS(0, (uint64_t)(uint8_t)(packet->flags | HR_FLAG_LAST) << 32 | (uint64_t)packet->channel_id << 40);
    const vector to_head = LOAD(head);
    const vector half = WORDS(0, UINT64_C(1) << 31); /* what is within 2^31 ns of the arrival stays below 2^32 with it */
    const uint32_t capacity = decoder->instruments.capacity;
    const uint32_t before = events->count;
    vector beyond = WORDS(0, 0);
    vector tail = WORDS(ts_recv, packet->first_sequence << 32);
    const vector one = WORDS(0, UINT64_C(1) << 32);
    struct hr_event *event = &events->items[events->count];
    uint64_t *new_order_id = &events->new_order_ids[events->count];
    uint32_t others = 0;
    decoder->counters->messages += count;
    for (uint32_t i = 0; i < count; i++, tail = ADD(tail, one)) {
        const uint8_t *bytes = messages[i].bytes;
        uint32_t length = messages[i].length;
        const size_t type = length ? bytes[0] : 0; /* read once: the stores below might have changed it, for all the compiler knows */
        const struct hr_itch50_row *row = &rows[type];
        __asm__("" : "+r"(row)); /* kept, and not reckoned anew from the type at each use */
        uint32_t instrument = 0;
        if (__builtin_expect(length == 0 || length != row->length ||
                                 (instrument = hr_be16(bytes + FIELD(add_order, stock_locate))) >= capacity, 0)) {
            events->count = (uint32_t)(event - events->items);
            hr_itch50_decode_other(decoder, &messages[i], (uint8_t)i, packet, events);
            new_order_id += &events->items[events->count] - event;
            event = &events->items[events->count];
            others++;
            continue;
        }
        if (__builtin_expect(!(decoder->seen[instrument] | row->no_symbol), 0))
            hr_itch50_see_stock(decoder, instrument, bytes);
        vector begin = ADD(SHUFFLE(LOAD(bytes), to_head), header);
        vector numbers = MULTIPLY(SHUFFLE(LOAD(bytes + row->window), LOAD(row->shuffle)), units);
        vector late = SUBTRACT(arrival, begin);
        beyond = OR(beyond, ADD(late, half));
        uint8_t side = sides[(size_t)row->sides_at + bytes[row->side_at]];
        if (__builtin_expect(side & NEITHER, 0)) {
            decoder->counters->bad_value++;
            side = 'N';
        }
        uint8_t *to = (uint8_t *)event;
        STORE(to, begin);
        *(hr_word *)(void *)(to + 16) = hr_be64(bytes + FIELD(add_order, order_reference_number));
        STORE(to + 24, OR(OR(numbers, LOAD(&row->price_or)), fixed));
        to[39] = side;
        STORE(to + 40, THIRD_OF(tail, late));
        *(hr_word *)(void *)(to + 56) = row->meta | (uint64_t)instrument << 32;
        to[59] = (uint8_t)i;
        *new_order_id++ = hr_be64(bytes + row->new_order_at);
        decoder->by_type[type]++;
        event++;
    }
    events->count = (uint32_t)(event - events->items);
    if (__builtin_expect(HIGH(beyond) >> 32 != 0, 0))
        clamp_deltas(&events->items[before], event, ts_recv);
    decoder->counters->decoded += count - others;
    return count;
}
#endif
