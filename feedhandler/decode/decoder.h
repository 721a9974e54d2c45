/* SPDX-License-Identifier: Apache-2.0
 *
 * The decode step: from messages to events. One decoder per feed; one function per protocol, driven by its table.
 * A message whose type the table does not know, or whose length is not the table's, is counted and passed over:
 * messages = decoded + unknown_type + bad_length.
 */
#ifndef HEADRACE_DECODE_DECODER_H
#define HEADRACE_DECODE_DECODER_H

#include "decode/event.h"
#include "decode/instruments.h"
#include "decode/layout.h"
#include "line/blocks.h"
#include "line/session.h"
#include "observe/metrics.h"

#define HR_DECODE_COUNTERS(X)                                                     \
    X(messages, "messages taken from the line step")                              \
    X(decoded, "messages that became events")                                     \
    X(unknown_type, "refused: messages of a type that the table does not have")   \
    X(bad_length, "refused: messages of another length than their type has")      \
    X(bad_value, "decoded messages with a field outside its range; what it said is left undefined") \
    X(instruments_refused, "decoded messages whose instrument found no room: they go out as instrument 0")

struct hr_decode_counters {
    HR_DECODE_COUNTERS(HR_METRIC_FIELD)
};

/* What holds for every message of a packet. */
struct hr_packet_context {
    uint64_t ts_recv;
    uint64_t send_time_ns;   /* by the exchange; 0 where the protocol has none */
    uint64_t first_sequence; /* of messages[0] */
    uint8_t channel_id;
    uint8_t flags;           /* HR_FLAG_BAD_TS_RECV or 0 */
};

struct hr_decoder {
    const struct hr_protocol *protocol;
    struct hr_decode_counters *counters;
    uint64_t by_type[256];       /* messages decoded */
    uint16_t lengths[256];       /* from the table; 0: no such type */
    uint64_t midnight_ns;        /* of the session's day at the venue */
    uint16_t publisher_id;
    uint32_t mbo_header;         /* length, rtype and publisher of an order's record */
    struct hr_instruments instruments;
};

struct hr_protocol {
    const char *name;            /* as in YAML */
    const char *title;
    const struct hr_layout *layouts;
    uint32_t layout_count;
    uint16_t publisher_id;       /* Databento's, unless configured */
    uint8_t big_endian;          /* byte order of fields and of block lengths */
    uint8_t by_symbol;           /* names instruments by symbol, not by number */
    uint8_t has_orders;          /* a feed of orders: the book step keeps a store */
    uint8_t binary_file;         /* archives of it are BinaryFILE: a 2-byte length and a message, no packets */
    enum hr_session_refusal (*parse_header)(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
    void (*begin_session)(struct hr_decoder *decoder, uint64_t ts_recv);
    /* Decodes at most HR_BATCH_MESSAGES messages; appends to *events, which the caller has emptied. */
    void (*decode)(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                   const struct hr_packet_context *packet, struct hr_events *events);
};

extern const struct hr_protocol hr_protocol_itch50;
extern const struct hr_protocol hr_protocol_deep10;

/* Every protocol; NULL after the last. */
extern const struct hr_protocol *const hr_protocols[];
const struct hr_protocol *hr_protocol_find(const char *name);

/* Counters may be changed by the caller later. Returns 0 or -ENOMEM. */
int hr_decoder_create(struct hr_decoder *decoder, const struct hr_protocol *protocol, uint16_t publisher_id,
                      uint32_t instruments_max, struct hr_decode_counters *counters) __attribute__((warn_unused_result));
void hr_decoder_destroy(struct hr_decoder *decoder);

/* ts_recv - then, clamped to what DBN has room for. */
static inline int32_t hr_delta_ns(uint64_t ts_recv, uint64_t then)
{
    int64_t delta = (int64_t)(ts_recv - then);
    return delta > INT32_MAX ? INT32_MAX : delta < INT32_MIN ? INT32_MIN : (int32_t)delta;
}

/* Appends an event that is a record of type `rtype`; *record is zeroed but for its header. Never fails: the arena and the
 * events are sized for the most that a batch can make. */
void *hr_events_add_record(struct hr_events *events, const struct hr_decoder *decoder, const uint8_t *message, uint8_t schemas,
                           uint8_t rtype, uint32_t bytes, uint32_t instrument, uint64_t ts_event);

/* A status record with its three answers. */
struct hr_status *hr_events_add_status(struct hr_events *events, const struct hr_decoder *decoder,
                                       const struct hr_packet_context *packet, const uint8_t *message, uint32_t instrument,
                                       uint64_t ts_event, uint16_t action, uint16_t reason, const char *answers);

/* A statistics record of one price. */
void hr_events_add_price_statistic(struct hr_events *events, const struct hr_decoder *decoder,
                                   const struct hr_packet_context *packet, const struct hr_message *message, uint32_t sequence,
                                   uint32_t instrument, uint64_t ts_event, uint16_t stat_type, int64_t price, uint64_t ts_ref,
                                   uint8_t stat_flags, uint8_t update_action);

/* A message that DBN has no record for, as it came. */
void hr_events_add_native(struct hr_events *events, const struct hr_decoder *decoder, const struct hr_packet_context *packet,
                          const struct hr_message *message, uint32_t sequence, uint32_t instrument, uint64_t ts_event);

/* A definition with every field undefined but the symbol, the exchange and the round lot. */
struct hr_definition *hr_events_add_definition(struct hr_events *events, const struct hr_decoder *decoder,
                                               const struct hr_packet_context *packet, const uint8_t *message,
                                               uint32_t instrument, uint64_t ts_event, const uint8_t *symbol,
                                               const char *exchange, uint32_t round_lot);

/* HR_REASON_* of a US equities halt code: 4 characters, padded with spaces. One that is not known is HR_REASON_NONE and
 * counted in bad_value. */
uint16_t hr_halt_reason(const struct hr_decoder *decoder, const uint8_t *code);

#endif
