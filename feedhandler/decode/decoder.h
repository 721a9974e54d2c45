/* SPDX-License-Identifier: Apache-2.0
 *
 * The decode step: from messages to events. One decoder per feed; one function per protocol, driven by its table.
 * A message whose type the table does not know, or whose length is not the table's, is counted and passed over:
 * messages = decoded + unknown_type + bad_length.
 */
#ifndef HEADRACE_DECODE_DECODER_H
#define HEADRACE_DECODE_DECODER_H

#include <string.h>

#include "decode/event.h"
#include "decode/instruments.h"
#include "decode/layout.h"
#include "line/blocks.h"
#include "line/session.h"
#include "recovery/loops.h"
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
    uint16_t line;           /* that brought it: its number with the pipeline; where the pipeline's end asks for it */
    uint8_t channel_id;
    uint8_t flags;           /* HR_FLAG_BAD_TS_RECV or 0 */
    uint8_t packet_numbered; /* first_sequence is that of all messages */
    const struct hr_message *messages; /* the batch being decoded: event->index is a place in it. NULL: by walk_and_decode */
};

struct hr_decoder {
    const struct hr_protocol *protocol;
    struct hr_decode_counters *counters;
    uint64_t by_type[256];       /* messages decoded */
    uint16_t lengths[256];       /* from the table; 0: no such type */
    uint64_t midnight_ns;        /* of the session's day at the venue */
    uint8_t vector;              /* vector instructions are used where a protocol has a use for them */
    uint8_t unknown[65536];      /* ITCH, by stock locate: HR_ITCH50_UNSEEN, HR_ITCH50_NO_ROOM */
    uint64_t by_channel[256];    /* by channel_id: what a protocol keeps from one packet to the next; 0 at the beginning */
    uint16_t publisher_id;
    uint32_t mbo_header;         /* length, rtype and publisher of an order's record */
    struct hr_instruments instruments;
    uint32_t *clears;            /* for the book step: how often an instrument was cleared; NULL where none ever is */
};

struct hr_protocol {
    const char *name;            /* as in YAML */
    const char *title;
    const struct hr_layout *layouts;
    uint32_t layout_count;
    uint16_t publisher_id;       /* Databento's, unless configured */
    uint8_t big_endian;          /* byte order of fields and of block lengths */
    uint8_t instruments;         /* enum hr_instruments_kind */
    uint8_t packet_numbered;     /* sequence numbers are of packets, not of messages */
    uint8_t numeric_types;       /* types are numbers, though some of them may be letters too */
    uint8_t has_orders;          /* a feed of orders: the book step keeps a store */
    uint8_t has_clears;          /* it makes HR_EVENT_CLEAR */
    uint8_t mold_requests;       /* missing messages can be asked for at MoldUDP64 request servers */
    uint8_t binary_file;         /* archives of it are BinaryFILE: a 2-byte length and a message, no packets */
    enum hr_session_refusal (*parse_header)(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
    /* Finds the messages, at most HR_MESSAGES_MAX. Returns how many there are, or -1 when a length runs past the end. NULL: they
     * are header->count blocks (line/blocks.h). */
    int (*walk)(const struct hr_session_header *header, struct hr_message *messages);
    /* The type of a message that is long enough to have one; its first byte is at message->bytes. NULL: that byte. */
    uint8_t (*type_of)(const struct hr_message *message);
    /* Where a message's groups begin: its bytes before them. NULL: no message has groups. */
    uint32_t (*fixed_bytes)(const struct hr_message *message);
    /* The version that a message is written in: see hr_field.since. NULL: there is but one. */
    uint32_t (*version_of)(const struct hr_message *message);
    /* What a message of a loop says of itself (recovery/loops.h); *head is HR_LOOP_NONE and stays so for any other. NULL: it has no loops. */
    void (*loop_of)(const struct hr_message *message, struct hr_loop_head *head);
    void (*begin_session)(struct hr_decoder *decoder, uint64_t ts_recv);
    /* Decodes at most HR_BATCH_MESSAGES messages; appends to *events, which the caller has emptied. Returns how many it has taken: fewer
     * than there are when the events of the next might not fit, but at least one. */
    uint32_t (*decode)(struct hr_decoder *decoder, const struct hr_message *messages, uint32_t count,
                       const struct hr_packet_context *packet, struct hr_events *events);
    /* Both steps in one, for a packet of `count` blocks, at most HR_BATCH_MESSAGES, which is to be delivered if it is well-formed: as walk and
     * decode, without packet->messages; *events is empty. Returns how many messages it was; or 0, with nothing changed but what *events
     * holds: the packet is not well-formed, or not for this way, or this processor has none. The two steps tell which. NULL: none for
     * this protocol. Where packets are numbered, `count` is 1 and messages are as many as there are. */
    uint32_t (*walk_and_decode)(struct hr_decoder *decoder, const struct hr_blocks *blocks, uint32_t count,
                                const struct hr_packet_context *packet, struct hr_events *events);
};

extern const struct hr_protocol hr_protocol_itch50;
extern const struct hr_protocol hr_protocol_tops16;
extern const struct hr_protocol hr_protocol_deep10;
extern const struct hr_protocol hr_protocol_deepplus10;
extern const struct hr_protocol hr_protocol_nyse21;
extern const struct hr_protocol hr_protocol_tom19;
extern const struct hr_protocol hr_protocol_impact11;
extern const struct hr_protocol hr_protocol_mdp3;

/* Every protocol; NULL after the last. */
extern const struct hr_protocol *const hr_protocols[];
const struct hr_protocol *hr_protocol_find(const char *name);

/* What a feed of a DBN file has instead: a name, `dbn`, and no messages. Not in hr_protocols. */
extern const struct hr_protocol hr_protocol_records;
/* The protocol of a feed: as hr_protocol_find, or hr_protocol_records. */
const struct hr_protocol *hr_protocol_of_feed(const char *name);

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
 * events are sized for the most that a batch can make. In line, for `bytes` is a constant wherever it is called. */
static inline __attribute__((always_inline)) void *hr_events_add_record(struct hr_events *events, const struct hr_decoder *decoder,
                                                                        uint8_t schemas, uint8_t rtype, uint32_t bytes,
                                                                        uint32_t instrument, uint64_t ts_event)
{
    struct hr_event *event = &events->items[events->count++];
    event->kind = HR_EVENT_RECORD;
    event->schemas = schemas;
    event->words = (uint8_t)(bytes / 4);
    event->index = events->index;
    event->instrument = instrument;
    void *record = &event->record;
    if (bytes > sizeof event->record) {
        record = events->arena + events->arena_used;
        event->record.large = record;
        events->arena_used += bytes;
    }
    memset(record, 0, bytes);
    *(struct hr_record_header *)record = (struct hr_record_header){.length = (uint8_t)(bytes / 4),
                                                                   .rtype = rtype,
                                                                   .publisher_id = decoder->publisher_id,
                                                                   .instrument_id = hr_instruments_id(&decoder->instruments, instrument),
                                                                   .ts_event = ts_event};
    return record;
}

/* A status record with its three answers. */
struct hr_status *hr_events_add_status(struct hr_events *events, const struct hr_decoder *decoder,
                                       const struct hr_packet_context *packet, uint32_t instrument,
                                       uint64_t ts_event, uint16_t action, uint16_t reason, const char *answers);

/* A statistics record of one price, without a quantity. */
struct hr_statistics *hr_events_add_price_statistic(struct hr_events *events, const struct hr_decoder *decoder,
                                                    const struct hr_packet_context *packet, uint32_t sequence,
                                                    uint32_t instrument, uint64_t ts_event, uint16_t stat_type, int64_t price,
                                                    uint64_t ts_ref, uint8_t stat_flags, uint8_t update_action);

/* A message that DBN has no record for, as it came. */
void hr_events_add_native(struct hr_events *events, const struct hr_decoder *decoder, const struct hr_packet_context *packet,
                          const struct hr_message *message, uint32_t sequence, uint32_t instrument, uint64_t ts_event);

/* A definition with every field undefined but the symbol, the exchange and the round lot. */
struct hr_definition *hr_events_add_definition(struct hr_events *events, const struct hr_decoder *decoder,
                                               const struct hr_packet_context *packet,
                                               uint32_t instrument, uint64_t ts_event, const uint8_t *symbol,
                                               const char *exchange, uint32_t round_lot);

/* HR_REASON_* of a US equities halt code: 4 characters, padded with spaces. One that is not known is HR_REASON_NONE and
 * counted in bad_value. */
uint16_t hr_halt_reason(const struct hr_decoder *decoder, const uint8_t *code);

#endif
