/* SPDX-License-Identifier: Apache-2.0
 *
 * One decoder, its counters and a store of orders behind it: bytes of messages in, records out. What every test of a protocol
 * needs, and nothing of any protocol.
 */
#ifndef HEADRACE_TEST_DECODING_H
#define HEADRACE_TEST_DECODING_H

#include "book/book.h"
#include "decode/decoder.h"
#include "guard.h"
#include "test.h"
#include "wire.h"

#define DECODING_INSTRUMENTS 65536
#define DECODING_RECORDS (HR_EVENTS_MAX * HR_BOOK_RECORDS_MAX)

/* 2026-01-05, a Monday: midnight in New York, and half past nine there and a little. */
#define MIDNIGHT UINT64_C(1767589200000000000)
#define SINCE_MIDNIGHT UINT64_C(34200123456789)
#define TS_EVENT (MIDNIGHT + SINCE_MIDNIGHT)
#define TS_RECV (TS_EVENT + 4321)
#define SEQUENCE UINT64_C(0x500000007) /* the low 32 bits are 7 */
#define CHANNEL 3

struct decoding {
    struct hr_decoder decoder;
    struct hr_decode_counters counters;
    struct hr_book book;
    struct hr_book_counters book_counters;
    struct hr_packet_context packet;
    struct hr_events events;
    uint32_t record_count;
    struct {
        size_t bytes;
        uint32_t instrument; /* the fan-out's index */
        uint8_t schemas;
        uint8_t index;
        uint8_t record[HR_RECORD_BYTES_MAX] __attribute__((aligned(8)));
    } records[DECODING_RECORDS];
};

static inline void decoding_open(struct decoding *decoding, const struct hr_protocol *protocol, uint32_t instruments)
{
    memset(decoding, 0, sizeof *decoding);
    assert_int_equal(hr_decoder_create(&decoding->decoder, protocol, protocol->publisher_id, instruments, &decoding->counters),
                     0);
    protocol->begin_session(&decoding->decoder, TS_RECV);
    decoding->book.order_state = protocol->has_orders;
    decoding->book.counters = &decoding->book_counters;
    decoding->book.clears = decoding->decoder.clears;
    assert_int_equal(hr_orders_create(&decoding->book.orders, 1024, 0, 0), 0);
    decoding->packet = (struct hr_packet_context){.ts_recv = TS_RECV, .first_sequence = SEQUENCE, .channel_id = CHANNEL};
}

static inline void decoding_close(struct decoding *decoding)
{
    hr_orders_destroy(&decoding->book.orders);
    hr_decoder_destroy(&decoding->decoder);
}

static inline void decoding_keep(struct decoding *decoding, const struct hr_event *event, const void *record, size_t bytes)
{
    uint32_t at = decoding->record_count++;
    decoding->records[at].bytes = bytes;
    decoding->records[at].instrument = event->instrument;
    decoding->records[at].schemas = event->schemas;
    decoding->records[at].index = event->index;
    memcpy(decoding->records[at].record, record, bytes);
}

/* Decodes a batch, and puts it through the book. */
static inline void decoding_run(struct decoding *decoding, const struct hr_message *messages, uint32_t count)
{
    assert_true(count <= HR_BATCH_MESSAGES);
    decoding->events.count = 0;
    decoding->events.arena_used = 0;
    decoding->record_count = 0;
    decoding->decoder.protocol->decode(&decoding->decoder, messages, count, &decoding->packet, &decoding->events);
    for (uint32_t i = 0; i < decoding->events.count; i++) {
        const struct hr_event *event = &decoding->events.items[i];
        if (event->kind == HR_EVENT_RECORD) {
            decoding_keep(decoding, event, hr_event_record(event), event->words * 4U);
            continue;
        }
        struct hr_mbo out[HR_BOOK_RECORDS_MAX];
        uint32_t made = hr_book_apply(&decoding->book, event, decoding->events.new_order_ids[i], out);
        for (uint32_t r = 0; r < made; r++)
            decoding_keep(decoding, event, &out[r], sizeof out[r]);
    }
}

/* Decodes one message and expects it to be decoded to `records` records. */
static inline void decoding_one(struct decoding *decoding, const struct wire *wire, uint32_t records)
{
    const struct hr_message message = {.bytes = wire->bytes, .length = (uint32_t)wire->length};
    uint64_t before = decoding->counters.decoded;
    decoding_run(decoding, &message, 1);
    assert_int_equal(decoding->counters.decoded, before + 1);
    assert_int_equal(decoding->record_count, records);
}

/* Record `at` is exactly these bytes, of these schemas. */
static inline void expect_record(const struct decoding *decoding, uint32_t at, const void *record, size_t bytes,
                                 unsigned schemas)
{
    assert_true(at < decoding->record_count);
    assert_int_equal(decoding->records[at].bytes, bytes);
    assert_memory_equal(decoding->records[at].record, record, bytes);
    assert_int_equal(decoding->records[at].schemas, schemas);
}

static inline struct hr_record_header expected_header(const struct decoding *decoding, uint8_t rtype, size_t bytes,
                                                      uint32_t instrument)
{
    return (struct hr_record_header){.length = (uint8_t)(bytes / 4),
                                     .rtype = rtype,
                                     .publisher_id = decoding->decoder.publisher_id,
                                     .instrument_id = instrument,
                                     .ts_event = TS_EVENT};
}

static inline void expect_mbo(const struct decoding *decoding, uint32_t at, uint32_t instrument, char action, char side,
                              uint64_t order_id, int64_t price, uint32_t size, uint8_t flags)
{
    const struct hr_mbo mbo = {.header = expected_header(decoding, 0xA0, 56, instrument),
                               .order_id = order_id,
                               .price = price,
                               .size = size,
                               .flags = flags,
                               .channel_id = CHANNEL,
                               .action = action,
                               .side = side,
                               .ts_recv = TS_RECV,
                               .ts_in_delta = 4321,
                               .sequence = 7};
    expect_record(decoding, at, &mbo, sizeof mbo, 1U << HR_SCHEMA_MBO);
    assert_int_equal(decoding->records[at].instrument, instrument);
}

static inline void expect_status(const struct decoding *decoding, uint32_t at, uint32_t instrument, uint16_t action,
                                 uint16_t reason, const char *answers)
{
    const struct hr_status status = {.header = expected_header(decoding, 0x12, 40, instrument),
                                     .ts_recv = TS_RECV,
                                     .action = action,
                                     .reason = reason,
                                     .is_trading = answers[0],
                                     .is_quoting = answers[1],
                                     .is_short_sell_restricted = answers[2]};
    expect_record(decoding, at, &status, sizeof status, 1U << HR_SCHEMA_STATUS);
    assert_int_equal(decoding->records[at].instrument, instrument);
}

static inline void expect_price_statistic(const struct decoding *decoding, uint32_t at, uint32_t instrument, uint16_t type,
                                          int64_t price, uint64_t ts_ref, uint8_t flags, uint8_t update_action)
{
    const struct hr_statistics statistics = {.header = expected_header(decoding, 0x18, 80, instrument),
                                             .ts_recv = TS_RECV,
                                             .ts_ref = ts_ref,
                                             .price = price,
                                             .quantity = INT64_MAX,
                                             .sequence = 7,
                                             .ts_in_delta = 4321,
                                             .stat_type = type,
                                             .channel_id = CHANNEL,
                                             .update_action = update_action,
                                             .stat_flags = flags};
    expect_record(decoding, at, &statistics, sizeof statistics, 1U << HR_SCHEMA_STATISTICS);
}

static inline void expect_native(const struct decoding *decoding, const struct wire *wire, uint32_t instrument)
{
    struct hr_native native = {.header = expected_header(decoding, 0xE7, 56, instrument),
                               .ts_recv = TS_RECV,
                               .sequence = 7,
                               .message_length = (uint8_t)wire->length};
    assert_true(wire->length <= sizeof native.message);
    memcpy(native.message, wire->bytes, wire->length);
    expect_record(decoding, 0, &native, sizeof native, 1U << HR_SCHEMA_NATIVE);
}

static inline void expect_trade_break(const struct decoding *decoding, uint32_t instrument, uint64_t trade_id, int64_t price,
                                      uint32_t size)
{
    const struct hr_trade_break broken = {.header = expected_header(decoding, 0xE6, 56, instrument),
                                          .ts_recv = TS_RECV,
                                          .trade_id = trade_id,
                                          .price = price,
                                          .size = size,
                                          .sequence = 7,
                                          .channel_id = CHANNEL};
    expect_record(decoding, 0, &broken, sizeof broken, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_NATIVE);
}

/* A definition by DBN's own offsets, which are what a reader of the bytes goes by. */
static inline void expect_definition(const struct decoding *decoding, uint32_t instrument, const char *symbol,
                                     const char *exchange, int32_t round_lot)
{
    const uint8_t *bytes = decoding->records[0].record;
    const struct hr_record_header header = expected_header(decoding, 0x13, 520, instrument);
    uint64_t ts_recv;
    int64_t price;
    int32_t lot;
    char text[71] = "";
    assert_int_equal(decoding->records[0].bytes, 520);
    assert_int_equal(decoding->records[0].schemas, 1U << HR_SCHEMA_DEFINITION);
    assert_memory_equal(bytes, &header, sizeof header);
    memcpy(&ts_recv, bytes + 16, 8);
    assert_int_equal(ts_recv, TS_RECV);
    for (size_t at = 56; at <= 104; at += 8) { /* limits and increments: not said */
        memcpy(&price, bytes + at, 8);
        assert_int_equal(price, INT64_MAX);
    }
    memcpy(&lot, bytes + 168, 4);
    assert_int_equal(lot, round_lot);
    memcpy(text, symbol, strlen(symbol));
    assert_memory_equal(bytes + 238, text, 71);
    assert_string_equal((const char *)bytes + 330, exchange);
    assert_int_equal(bytes[487], 'K'); /* a stock */
    assert_int_equal(bytes[493], 'A');
}

/* ---- what holds for every protocol ---- */

static inline uint64_t refused_messages(const struct hr_decode_counters *counters)
{
    return counters->unknown_type + counters->bad_length;
}

/* Every type with every wrong length near its own, and every type that there is not. `lengths` by type; 0: no such type. */
static inline void check_lengths_and_types(struct decoding *decoding, const uint16_t lengths[256])
{
    struct guard guard;
    uint8_t bytes[128];
    guard_create(&guard);
    for (unsigned type = 0; type < 256; type++)
        for (uint32_t length = 0; length < 100; length++) {
            memset(bytes, ' ', sizeof bytes);
            bytes[0] = (uint8_t)type;
            const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
            struct hr_decode_counters before = decoding->counters;
            decoding_run(decoding, &message, 1);
            assert_int_equal(decoding->counters.messages, before.messages + 1);
            int known = lengths[type] != 0;
            assert_int_equal(decoding->counters.decoded - before.decoded, length && length == lengths[type]);
            assert_int_equal(decoding->counters.unknown_type - before.unknown_type, length && !known);
            assert_int_equal(decoding->counters.bad_length - before.bad_length, !length || (known && length != lengths[type]));
        }
    guard_destroy(&guard);
}

/* Batches of random bytes, most of right lengths, each message against the unreadable page. */
static inline void check_random_messages(struct decoding *decoding, const uint16_t lengths[256], const char *types,
                                         struct hr_sim_random *random, int rounds)
{
    struct guard guard;
    uint64_t messages = 0;
    guard_create(&guard);
    for (int round = 0; round < rounds; round++) {
        uint8_t bytes[128];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)hr_sim_random_next(random);
        if (hr_sim_random_below(random, 10))
            bytes[0] = (uint8_t)types[hr_sim_random_below(random, (uint32_t)strlen(types))];
        uint32_t length = hr_sim_random_below(random, 10) ? lengths[bytes[0]] : hr_sim_random_below(random, sizeof bytes + 1);
        const struct hr_message message = {.bytes = guard_copy(&guard, bytes, length), .length = length};
        decoding_run(decoding, &message, 1);
        messages++;
        assert_int_equal(decoding->counters.messages, messages);
        assert_int_equal(messages, decoding->counters.decoded + refused_messages(&decoding->counters));
        for (uint32_t i = 0; i < decoding->record_count; i++)
            assert_int_equal(hr_record_bytes((const void *)decoding->records[i].record), decoding->records[i].bytes);
    }
    assert_true(decoding->counters.decoded > (uint64_t)rounds / 2);
    guard_destroy(&guard);
}

#endif
