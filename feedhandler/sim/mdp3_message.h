/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the messages of CME MDP 3.0 that the generator uses: SBE, schema 1 version 9, little-endian, prices in 1e-9. Each
 * function writes a whole message with its size and header, and returns where the next one goes.
 */
#ifndef HEADRACE_SIM_MDP3_MESSAGE_H
#define HEADRACE_SIM_MDP3_MESSAGE_H

#include <stdint.h>
#include <string.h>

#include "sim/futures.h"

#define HR_MDP3_PACKET_HEADER_BYTES 12
#define HR_MDP3_PAYLOAD_BYTES_MAX 1400
#define HR_MDP3_HEADER_BYTES 10  /* the message's size and the SBE header */
/* Of a message for one order: 46 is never shorter than 47. */
#define HR_MDP3_EVENT_BYTES_MAX                                                                                        \
    (HR_FUTURES_ORDER_CHANGES_MAX * (HR_MDP3_HEADER_BYTES + 11 + 3 + 8 + 24) + 32 * HR_FUTURES_LEVEL_CHANGES_MAX)
#define HR_MDP3_ORDER_ENTRY_BYTES 29
#define HR_MDP3_ORDERS_A_CHUNK                                                                                         \
    ((HR_MDP3_PAYLOAD_BYTES_MAX - HR_MDP3_PACKET_HEADER_BYTES - HR_MDP3_HEADER_BYTES - 28 - 3) / HR_MDP3_ORDER_ENTRY_BYTES)

#define HR_MDP3_LAST_QUOTE 0x04
#define HR_MDP3_RECOVERY 0x20
#define HR_MDP3_END_OF_EVENT 0x80

#define HR_MDP3_NULL_PRICE INT64_MAX
#define HR_MDP3_NULL_INT32 INT32_MAX
#define HR_MDP3_NULL_UINT8 UINT8_MAX
#define HR_MDP3_NULL_INT8 INT8_MAX
#define HR_MDP3_NULL_DATE UINT16_MAX
#define HR_MDP3_READY_TO_TRADE 17

/* The lowest bytes of a number, the lowest first. Negative ones are passed as what they are in two's complement. */
static inline uint8_t *hr_mdp3_put(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *at++ = (uint8_t)(value >> (8 * i));
    return at;
}

/* Filled with zeros behind its end. */
static inline uint8_t *hr_mdp3_put_text(uint8_t *at, const char *text, size_t bytes)
{
    size_t length = strlen(text);
    memset(at, 0, bytes);
    memcpy(at, text, length < bytes ? length : bytes);
    return at + bytes;
}

static inline uint8_t *hr_mdp3_put_packet_header(uint8_t *at, uint32_t sequence, uint64_t time_ns)
{
    return hr_mdp3_put(hr_mdp3_put(at, sequence, 4), time_ns, 8);
}

/* Leaves room for the size, which hr_mdp3_end fills in. */
static inline uint8_t *hr_mdp3_begin(uint8_t *at, uint16_t template_id, uint16_t block_length)
{
    at = hr_mdp3_put(at, 0, 2);
    at = hr_mdp3_put(at, block_length, 2);
    at = hr_mdp3_put(at, template_id, 2);
    at = hr_mdp3_put(at, 1, 2); /* schema */
    return hr_mdp3_put(at, 9, 2);
}

static inline uint8_t *hr_mdp3_end(uint8_t *message, uint8_t *end)
{
    hr_mdp3_put(message, (uint64_t)(end - message), 2);
    return end;
}

static inline uint8_t *hr_mdp3_put_group(uint8_t *at, uint16_t block_length, uint8_t count)
{
    return hr_mdp3_put(hr_mdp3_put(at, block_length, 2), count, 1);
}

static inline uint8_t *hr_mdp3_write_heartbeat(uint8_t *at)
{
    return hr_mdp3_end(at, hr_mdp3_begin(at, 12, 0));
}

static inline uint8_t *hr_mdp3_write_reset(uint8_t *message, uint64_t time_ns, int16_t channel)
{
    uint8_t *at = hr_mdp3_begin(message, 4, 9);
    at = hr_mdp3_put(at, time_ns, 8);
    at = hr_mdp3_put(at, HR_MDP3_END_OF_EVENT, 1);
    at = hr_mdp3_put_group(at, 2, 1);
    return hr_mdp3_end(message, hr_mdp3_put(at, (uint64_t)channel, 2));
}

/* 46: levels first to last, and the orders that belong to them. */
static inline uint8_t *hr_mdp3_write_levels(uint8_t *message, uint64_t time_ns, uint8_t indicator, int32_t security_id,
                                            const struct hr_futures_event *event, uint32_t first, uint32_t last,
                                            const struct hr_futures_order_change *order)
{
    uint8_t *at = hr_mdp3_begin(message, 46, 11);
    at = hr_mdp3_put(at, time_ns, 8);
    at = hr_mdp3_put(at, indicator, 3); /* the block is filled up with two bytes */
    at = hr_mdp3_put_group(at, 32, (uint8_t)(last - first + 1));
    for (uint32_t i = first; i <= last; i++) {
        const struct hr_futures_level_change *level = &event->levels[i];
        at = hr_mdp3_put(at, (uint64_t)level->price, 8);
        at = hr_mdp3_put(at, (uint64_t)level->now.quantity, 4);
        at = hr_mdp3_put(at, (uint64_t)security_id, 4);
        at = hr_mdp3_put(at, level->number, 4);
        at = hr_mdp3_put(at, (uint64_t)level->now.orders, 4);
        at = hr_mdp3_put(at, level->level, 1);
        at = hr_mdp3_put(at, level->action, 1);
        at = hr_mdp3_put(at, level->side == HR_FUTURES_BID ? '0' : '1', 1);
        at = hr_mdp3_put(at, 0, 5);
    }
    at = hr_mdp3_put(at, 24, 2); /* the group's header has eight bytes here */
    at = hr_mdp3_put(at, 0, 5);
    at = hr_mdp3_put(at, 1, 1);
    at = hr_mdp3_put(at, order->order.id, 8);
    at = hr_mdp3_put(at, order->order.priority, 8);
    at = hr_mdp3_put(at, (uint64_t)order->order.quantity, 4);
    at = hr_mdp3_put(at, order->level_change - first, 1); /* from 1 within this message */
    at = hr_mdp3_put(at, order->action, 1);
    return hr_mdp3_end(message, hr_mdp3_put(at, 0, 2));
}

/* 47: one order that belongs to no level told by price. */
static inline uint8_t *hr_mdp3_write_order(uint8_t *message, uint64_t time_ns, uint8_t indicator, int32_t security_id,
                                           const struct hr_futures_order_change *order)
{
    uint8_t *at = hr_mdp3_begin(message, 47, 11);
    at = hr_mdp3_put(at, time_ns, 8);
    at = hr_mdp3_put(at, indicator, 3); /* the block is filled up with two bytes */
    at = hr_mdp3_put_group(at, 40, 1);
    at = hr_mdp3_put(at, order->order.id, 8);
    at = hr_mdp3_put(at, order->order.priority, 8);
    at = hr_mdp3_put(at, (uint64_t)order->price, 8);
    at = hr_mdp3_put(at, (uint64_t)order->order.quantity, 4);
    at = hr_mdp3_put(at, (uint64_t)security_id, 4);
    at = hr_mdp3_put(at, order->action, 1);
    at = hr_mdp3_put(at, order->order.side == HR_FUTURES_BID ? '0' : '1', 1);
    return hr_mdp3_end(message, hr_mdp3_put(at, 0, 6));
}

/* What both snapshots and the definition say of the loop that they are in. */
struct hr_mdp3_report {
    uint32_t last_sequence; /* LastMsgSeqNumProcessed */
    uint32_t reports;       /* TotNumReports */
    uint64_t midnight_ns;
    uint16_t trade_date;    /* days since the UNIX epoch */
};

/* 52 */
static inline uint8_t *hr_mdp3_write_snapshot(uint8_t *message, const struct hr_mdp3_report *report,
                                              const struct hr_futures_instrument *instrument)
{
    uint8_t *at = hr_mdp3_begin(message, 52, 59);
    at = hr_mdp3_put(at, report->last_sequence, 4);
    at = hr_mdp3_put(at, report->reports, 4);
    at = hr_mdp3_put(at, (uint64_t)instrument->security_id, 4);
    at = hr_mdp3_put(at, instrument->changes, 4);
    at = hr_mdp3_put(at, report->midnight_ns + instrument->changed_ns, 8);
    at = hr_mdp3_put(at, report->midnight_ns, 8); /* of the definition */
    at = hr_mdp3_put(at, report->trade_date, 2);
    at = hr_mdp3_put(at, HR_MDP3_READY_TO_TRADE, 1);
    for (int i = 0; i < 3; i++)
        at = hr_mdp3_put(at, HR_MDP3_NULL_PRICE, 8); /* limits and greatest step */
    uint8_t *group = at;
    uint8_t count = 0;
    at += 3;
    for (enum hr_futures_side side = HR_FUTURES_BID; side <= HR_FUTURES_OFFER; side++) {
        for (int level = 1; level <= HR_FUTURES_DEPTH; level++) {
            int place = hr_futures_place_of_level(instrument, side, level);
            if (place < 0)
                break;
            at = hr_mdp3_put(at, (uint64_t)hr_futures_price(instrument, place), 8);
            at = hr_mdp3_put(at, (uint64_t)instrument->levels[side][place].quantity, 4);
            at = hr_mdp3_put(at, (uint64_t)instrument->levels[side][place].orders, 4);
            at = hr_mdp3_put(at, (uint64_t)level, 1);
            at = hr_mdp3_put(at, HR_MDP3_NULL_DATE, 2);
            at = hr_mdp3_put(at, HR_MDP3_NULL_UINT8, 1);
            at = hr_mdp3_put(at, 0x80, 1); /* no kind of settlement price */
            at = hr_mdp3_put(at, side == HR_FUTURES_BID ? '0' : '1', 1);
            count++;
        }
    }
    hr_mdp3_put_group(group, 22, count);
    return hr_mdp3_end(message, at);
}

/* 53: one chunk of an instrument's orders. */
static inline uint8_t *hr_mdp3_write_order_snapshot(uint8_t *message, const struct hr_mdp3_report *report,
                                                    const struct hr_futures_instrument *instrument, uint32_t chunks,
                                                    uint32_t chunk, const struct hr_futures_order *orders, uint8_t count)
{
    uint8_t *at = hr_mdp3_begin(message, 53, 28);
    at = hr_mdp3_put(at, report->last_sequence, 4);
    at = hr_mdp3_put(at, report->reports, 4);
    at = hr_mdp3_put(at, (uint64_t)instrument->security_id, 4);
    at = hr_mdp3_put(at, chunks, 4);
    at = hr_mdp3_put(at, chunk, 4);
    at = hr_mdp3_put(at, report->midnight_ns + instrument->changed_ns, 8);
    at = hr_mdp3_put_group(at, HR_MDP3_ORDER_ENTRY_BYTES, count);
    for (uint8_t i = 0; i < count; i++) {
        at = hr_mdp3_put(at, orders[i].id, 8);
        at = hr_mdp3_put(at, orders[i].priority, 8);
        at = hr_mdp3_put(at, (uint64_t)hr_futures_price(instrument, orders[i].place), 8);
        at = hr_mdp3_put(at, (uint64_t)orders[i].quantity, 4);
        at = hr_mdp3_put(at, orders[i].side == HR_FUTURES_BID ? '0' : '1', 1);
    }
    return hr_mdp3_end(message, at);
}

/* 54: a future of March 2026 or so; number is that of the instrument. */
static inline uint8_t *hr_mdp3_write_definition(uint8_t *message, const struct hr_mdp3_report *report,
                                                const struct hr_futures_instrument *instrument, const char *symbol,
                                                const char *asset, int16_t channel)
{
    uint8_t *at = hr_mdp3_begin(message, 54, 216);
    at = hr_mdp3_put(at, HR_MDP3_END_OF_EVENT, 1);
    at = hr_mdp3_put(at, report->reports, 4);
    at = hr_mdp3_put(at, 'A', 1);
    at = hr_mdp3_put(at, report->midnight_ns, 8);
    at = hr_mdp3_put(at, HR_MDP3_READY_TO_TRADE, 1);
    at = hr_mdp3_put(at, (uint64_t)channel, 2);
    at = hr_mdp3_put(at, 64, 1); /* market segment */
    at = hr_mdp3_put(at, 5, 1);  /* underlying product: equity */
    at = hr_mdp3_put_text(at, "XCME", 4);
    at = hr_mdp3_put_text(at, "HR", 6);
    at = hr_mdp3_put_text(at, asset, 6);
    at = hr_mdp3_put_text(at, symbol, 20);
    at = hr_mdp3_put(at, (uint64_t)instrument->security_id, 4);
    at = hr_mdp3_put_text(at, "FUT", 6);
    at = hr_mdp3_put_text(at, "FFIXSX", 6);
    at = hr_mdp3_put(at, 2026, 2); /* maturity: year, month, no day, no week */
    at = hr_mdp3_put(at, 3, 1);
    at = hr_mdp3_put(at, UINT64_MAX, 2);
    at = hr_mdp3_put_text(at, "USD", 3);
    at = hr_mdp3_put_text(at, "USD", 3);
    at = hr_mdp3_put(at, 'F', 1);                         /* matched first in, first out */
    at = hr_mdp3_put(at, 1, 4);                           /* smallest and largest trade */
    at = hr_mdp3_put(at, 10000, 4);
    at = hr_mdp3_put(at, (uint64_t)HR_FUTURES_TICK, 8);
    at = hr_mdp3_put(at, 1000000000, 8);                  /* prices are shown as they are */
    at = hr_mdp3_put(at, UINT64_MAX, 3);                  /* no fractions, no format */
    at = hr_mdp3_put_text(at, "IPNT", 30);
    at = hr_mdp3_put(at, UINT64_C(50000000000), 8);       /* 50 index points */
    at = hr_mdp3_put(at, HR_MDP3_NULL_PRICE, 8);          /* trading reference price */
    at = hr_mdp3_put(at, 0x80, 1);
    at = hr_mdp3_put(at, HR_MDP3_NULL_INT32, 4);          /* open interest, cleared volume */
    at = hr_mdp3_put(at, HR_MDP3_NULL_INT32, 4);
    for (int i = 0; i < 3; i++)
        at = hr_mdp3_put(at, HR_MDP3_NULL_PRICE, 8);      /* limits and greatest step */
    at = hr_mdp3_put(at, HR_MDP3_NULL_INT32, 4);          /* nothing decays */
    at = hr_mdp3_put(at, HR_MDP3_NULL_DATE, 2);
    at = hr_mdp3_put(at, HR_MDP3_NULL_INT32, 4);          /* original size, multiplier */
    at = hr_mdp3_put(at, HR_MDP3_NULL_INT32, 4);
    at = hr_mdp3_put(at, HR_MDP3_NULL_INT8, 1);           /* its unit, flow schedule */
    at = hr_mdp3_put(at, HR_MDP3_NULL_INT8, 1);
    at = hr_mdp3_put(at, UINT64_C(12500000000), 8);       /* a tick is 12.50 dollars */
    at = hr_mdp3_put(at, 'N', 1);
    at = hr_mdp3_put(at, HR_MDP3_NULL_DATE, 2);
    at = hr_mdp3_put_group(at, 9, 1);                     /* events: activation */
    at = hr_mdp3_put(at, 5, 1);
    at = hr_mdp3_put(at, report->midnight_ns, 8);
    at = hr_mdp3_put_group(at, 4, 1);                     /* feed types: by price */
    at = hr_mdp3_put_text(at, "GBX", 3);
    at = hr_mdp3_put(at, HR_FUTURES_DEPTH, 1);
    at = hr_mdp3_put_group(at, 4, 1);                     /* attributes: matched electronically */
    at = hr_mdp3_put(at, 1, 4);
    return hr_mdp3_end(message, hr_mdp3_put_group(at, 5, 0));
}

#endif
