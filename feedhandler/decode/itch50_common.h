/* SPDX-License-Identifier: Apache-2.0
 *
 * The common messages of ITCH 5.0, 98 of 100, decoded without a branch on their type: their order at the open is random, and a branch
 * that depends on it costs more than all else that is done for a message. What differs between types is in a row of a table. The
 * same in portable C and with 128-bit shuffles (AVX2, NEON), byte for byte; which one is chosen when a decoder is created.
 */
#ifndef HEADRACE_DECODE_ITCH50_COMMON_H
#define HEADRACE_DECODE_ITCH50_COMMON_H

#include "decode/decoder.h"
#include "decode/itch50.h"
#include "packet/bytes.h"

/* Of a stock locate, in hr_decoder.unknown: */
#define HR_ITCH50_UNSEEN 1  /* its symbol has not been looked at in this session */
#define HR_ITCH50_NO_ROOM 2 /* it is not below the decoder's capacity; from the first session on */

/* What is not a common message of its proper length, or is about an instrument that found no room. */
void hr_itch50_decode_other(struct hr_decoder *decoder, const struct hr_message *message, uint8_t index,
                            const struct hr_packet_context *packet, struct hr_events *events);
/* Whether all that hr_itch50_decode_other would change is events, counters and by_type; the message was decoded then, and is counted in by_type
 * once. Of messages that are frequent: others are said to leave a trace. */
static inline int hr_itch50_leaves_no_trace(const struct hr_decoder *decoder, const uint8_t *bytes, uint32_t length)
{
    if (length == 0 || length != decoder->lengths[bytes[0]])
        return 0;
    const uint32_t locate = hr_be16(bytes + HR_ITCH50_add_order_stock_locate);
    uint64_t symbol;
    if (locate >= decoder->instruments.capacity)
        return 0;
    switch (bytes[0]) {
    case 'C': return 1;
    case 'P': symbol = hr_le64(bytes + HR_ITCH50_non_cross_trade_stock); break;
    case 'I': symbol = hr_le64(bytes + HR_ITCH50_net_order_imbalance_stock); break;
    default: return 0;
    }
    return locate == 0 || decoder->instruments.symbols[locate] == symbol;
}
/* A message with its stock's symbol, the first of the session for that stock. */
void hr_itch50_see_stock(struct hr_decoder *decoder, uint32_t instrument, const uint8_t *bytes);

/* As hr_protocol.decode. */
uint32_t hr_itch50_decode_scalar(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                 const struct hr_packet_context *packet, struct hr_events *events);
uint32_t hr_itch50_decode_vector(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                                 const struct hr_packet_context *packet, struct hr_events *events);
/* As hr_protocol.walk_and_decode. */
uint32_t hr_itch50_walk_and_decode_vector(struct hr_decoder *decoder, const struct hr_blocks *blocks, uint32_t count,
                                          const struct hr_packet_context *packet, struct hr_events *events);
/* Whether this processor has what those named vector want. */
int hr_itch50_has_vector(void);

#endif
