/* SPDX-License-Identifier: Apache-2.0
 *
 * A made-up day of Nasdaq TotalView-ITCH 5.0, one message at a time. The same options give the same bytes, on any
 * machine. It exists to test, to demonstrate and to measure: what it says is consistent, so a reader that finds a
 * crossed book, an unknown order or an execution of more than remains has found its own mistake.
 *
 * The day is short, to be sent and read without hours of silence. Everything before the market opens is paced so
 * that the steady mix starts at 09:30:00 sharp, and the market closes soon after the last message of the mix:
 *
 *   S O, then R, H and Y for every symbol, S S, the build-up of the book (A and F), S Q     the opening
 *   A D U E X I F P C at random, arriving in calms and bursts                               the mix: options.messages
 *   S M, S E, S C                                                                           the close
 *
 * The mix: A 44.2, D 38.7, U 8.3, E 5.0, X 1.4, I 1.3, F 0.5, P 0.5, C 0.1 %; A and D lean towards each other by up
 * to 0.85 points to keep the number of live orders near options.live_orders (within a few per cent from 10,000
 * orders up).
 *
 * One thread. No I/O, and nothing is allocated after create.
 */
#ifndef HEADRACE_SIM_MARKET_H
#define HEADRACE_SIM_MARKET_H

#include <stddef.h>
#include <stdint.h>

#define HR_MARKET_MESSAGE_BYTES 64 /* room for any message */

#define HR_MARKET_SYMBOLS_MAX 65535 /* the stock locate has 16 bits */
#define HR_MARKET_LIVE_ORDERS_MAX 100000000
#define HR_MARKET_RATE_MAX 10000000
#define HR_MARKET_DURATION_S_MAX (13 * 3600) /* messages / rate: the day must end before midnight */

struct hr_market_options {
    uint64_t seed;
    uint32_t symbols;     /* 1 to HR_MARKET_SYMBOLS_MAX */
    uint64_t messages;    /* of the mix; the opening and the close come on top. From 0 */
    uint64_t live_orders; /* 0 to HR_MARKET_LIVE_ORDERS_MAX. 0: no build-up; the book fills slowly, to 16 a symbol */
    uint64_t rate;        /* average messages a second, 1 to HR_MARKET_RATE_MAX; bursts run at ten times that */
};

#define HR_MARKET_OPTIONS_DEFAULT                                                                                      \
    {.seed = 1, .symbols = 8000, .messages = 1000000, .live_orders = 1000000, .rate = 200000}

struct hr_market_statistics {
    uint64_t messages;         /* all that were written */
    uint64_t opening_messages; /* of which before the mix; known from the start */
    uint64_t by_type[128];     /* by message type */
    uint64_t live_orders;
    uint64_t live_orders_max;
};

struct hr_market;

/* Returns 0; -EINVAL when an option is out of its range, -ERANGE when messages / rate is more than
 * HR_MARKET_DURATION_S_MAX, -ENOMEM. On failure *market is NULL. Takes about 4.2 KB a symbol and 27 B a live order. */
int hr_market_create(struct hr_market **market, const struct hr_market_options *options)
    __attribute__((warn_unused_result));
void hr_market_destroy(struct hr_market *market);

/* Writes the next message (at least HR_MARKET_MESSAGE_BYTES of room) and its time, ns since midnight, which is also
 * the time inside the message and never goes back. Returns the message's length, 0 at the end of the day. */
size_t hr_market_next(struct hr_market *market, uint8_t *message, uint64_t *time_ns);

/* What has been written so far. The pointer is good until destroy; the numbers change with each hr_market_next. */
const struct hr_market_statistics *hr_market_statistics(const struct hr_market *market);

#endif
