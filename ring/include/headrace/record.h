/* SPDX-License-Identifier: Apache-2.0
 *
 * Records: what a strategy reads. One normalised event each, in the layout of Databento's DBN, byte for byte, so
 * that live data, recorded data and bought history are the same bytes.
 *
 * Source: DBN version 3 (Apache-2.0), record.rs, flags.rs, enums.rs. Little-endian, 8-aligned, no padding.
 * Units: prices are 1e-9 of the quoted currency; times are nanoseconds since the UNIX epoch; sizes are shares or lots.
 * Records that are Headrace's own have types 0xE0 to 0xEF, at most 56 bytes, and never go into a DBN file.
 */
#ifndef HEADRACE_RECORD_H
#define HEADRACE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
#define HR_STATIC_ASSERT static_assert
#else
#define HR_STATIC_ASSERT _Static_assert
#endif

#define HR_UNDEF_PRICE INT64_MAX
#define HR_UNDEF_ORDER_SIZE UINT32_MAX
#define HR_UNDEF_TIMESTAMP UINT64_MAX
#define HR_UNDEF_STAT_QUANTITY INT64_MAX
#define HR_PRICE_SCALE INT64_C(1000000000)

/* The record's type: struct hr_record_header.rtype. */
enum {
    HR_RTYPE_TRADE = 0x00,      /* struct hr_trade, DBN's MBP-0 */
    HR_RTYPE_MBP_1 = 0x01,      /* struct hr_mbp_1; schemas mbp-1 and tbbo */
    HR_RTYPE_MBP_10 = 0x0A,     /* struct hr_mbp_10 */
    HR_RTYPE_OHLCV_DEPRECATED = 0x11, /* struct hr_ohlcv; of old files, which do not say here how long a bar is */
    HR_RTYPE_STATUS = 0x12,     /* struct hr_status */
    HR_RTYPE_DEFINITION = 0x13, /* struct hr_definition */
    HR_RTYPE_IMBALANCE = 0x14,  /* struct hr_imbalance */
    HR_RTYPE_STATISTICS = 0x18, /* struct hr_statistics */
    HR_RTYPE_OHLCV_1S = 0x20,   /* struct hr_ohlcv, of a second; so for the next four */
    HR_RTYPE_OHLCV_1M = 0x21,   /* of a minute */
    HR_RTYPE_OHLCV_1H = 0x22,   /* of an hour */
    HR_RTYPE_OHLCV_1D = 0x23,   /* of a day, UTC */
    HR_RTYPE_OHLCV_EOD = 0x24,  /* of a day that ends with the trading session */
    HR_RTYPE_MBO = 0xA0,        /* struct hr_mbo */
    HR_RTYPE_CMBP_1 = 0xB1,     /* struct hr_cmbp_1 */
    HR_RTYPE_CBBO_1S = 0xC0,    /* struct hr_cbbo, each second */
    HR_RTYPE_CBBO_1M = 0xC1,    /* struct hr_cbbo, each minute */
    HR_RTYPE_TCBBO = 0xC2,      /* struct hr_cmbp_1, at each trade */
    HR_RTYPE_BBO_1S = 0xC3,     /* struct hr_bbo, each second */
    HR_RTYPE_BBO_1M = 0xC4,     /* struct hr_bbo, each minute */
    HR_RTYPE_LOST = 0xE0,       /* struct hr_lost */
    HR_RTYPE_GAP = 0xE1,        /* struct hr_gap */
    HR_RTYPE_RECOVERED = 0xE2,  /* struct hr_gap: the same span, filled after all */
    HR_RTYPE_SESSION = 0xE3,    /* struct hr_session */
    HR_RTYPE_TRADE_BREAK = 0xE6,/* struct hr_trade_break */
    HR_RTYPE_NATIVE = 0xE7,     /* struct hr_native */
};

/* Bits of `flags`. */
enum {
    HR_FLAG_LAST = 128,          /* last record of an event for that instrument */
    HR_FLAG_TOB = 64,            /* top of book, not an order */
    HR_FLAG_SNAPSHOT = 32,       /* from a replay or a snapshot */
    HR_FLAG_MBP = 16,            /* an aggregated price level, not an order */
    HR_FLAG_BAD_TS_RECV = 8,     /* ts_recv is not to be trusted */
    HR_FLAG_MAYBE_BAD_BOOK = 4,  /* an order that is not known, or not known well */
    HR_FLAG_PUBLISHER_SPECIFIC = 2, /* what the venue means by it: see docs/normalisation.md (CME: an implied price level) */
};

/* 16 bytes, first in every record. */
struct hr_record_header {
    uint8_t length;          /* of the whole record, in words of 4 bytes */
    uint8_t rtype;           /* HR_RTYPE_* */
    uint16_t publisher_id;   /* dataset and venue, Databento's numbers unless configured */
    uint32_t instrument_id;  /* the venue's own number, or assigned at first sight; 0 for the whole venue */
    uint64_t ts_event;       /* the exchange's time */
};

/* Market by order. A trade (T) and a fill (F) never change a book: what they take away arrives as a cancel (C). */
struct hr_mbo {
    struct hr_record_header header;
    uint64_t order_id;    /* 0 for a price level */
    int64_t price;        /* HR_UNDEF_PRICE when not known */
    uint32_t size;        /* HR_UNDEF_ORDER_SIZE when not known */
    uint8_t flags;        /* HR_FLAG_* */
    uint8_t channel_id;   /* the feed's channel */
    char action;          /* A add, C cancel, M modify, R clear, T trade, F fill, N none */
    char side;            /* B bid, A ask, N none; of the aggressor for T */
    uint64_t ts_recv;     /* arrival at this host */
    int32_t ts_in_delta;  /* ts_recv minus the exchange's sending time, else minus ts_event; clamped */
    uint32_t sequence;    /* low 32 bits of the channel's sequence number */
};

/* A trade alone (DBN's MBP-0, schema `trades`). */
struct hr_trade {
    struct hr_record_header header;
    int64_t price;
    uint32_t size;
    char action; /* T */
    char side;   /* of the aggressor, N when the venue does not say */
    uint8_t flags;
    uint8_t depth;
    uint64_t ts_recv;
    int32_t ts_in_delta;
    uint32_t sequence;
};

/* 32 bytes: one level of both sides of a book. */
struct hr_bid_ask_pair {
    int64_t bid_px;  /* HR_UNDEF_PRICE when the side has no such level; so for ask_px */
    int64_t ask_px;
    uint32_t bid_sz; /* shares or lots, of all orders at the level */
    uint32_t ask_sz;
    uint32_t bid_ct; /* orders at the level */
    uint32_t ask_ct;
};

/* 32 bytes: the best of several venues, with whose it is. */
struct hr_consolidated_bid_ask_pair {
    int64_t bid_px;  /* HR_UNDEF_PRICE when no venue has one; so for ask_px */
    int64_t ask_px;
    uint32_t bid_sz; /* shares or lots, at that venue */
    uint32_t ask_sz;
    uint16_t bid_pb; /* publisher_id of the venue with the best bid */
    uint8_t reserved1[2];
    uint16_t ask_pb; /* of the best ask */
    uint8_t reserved2[2];
};

/* The records from here to hr_cbbo are not made by Headrace's own feeds; a DBN file has them, and its replay. */

/* The best level: what happened and the book after it (schema `mbp-1`), or a trade and the book before it (`tbbo`). */
struct hr_mbp_1 {
    struct hr_record_header header;
    int64_t price;        /* of the order or the trade; HR_UNDEF_PRICE when not known */
    uint32_t size;
    char action;          /* A add, C cancel, M modify, R clear, T trade */
    char side;            /* B bid, A ask, N none; of the aggressor for T */
    uint8_t flags;        /* HR_FLAG_* */
    uint8_t depth;        /* the level that changed, 0 the best */
    uint64_t ts_recv;     /* arrival at the host that recorded it */
    int32_t ts_in_delta;  /* ts_recv minus the exchange's sending time */
    uint32_t sequence;
    struct hr_bid_ask_pair levels[1];
};

/* Market by price, ten levels (schema `mbp-10`). As hr_mbp_1 but for the levels, the best one first. */
struct hr_mbp_10 {
    struct hr_record_header header;
    int64_t price;
    uint32_t size;
    char action;
    char side;
    uint8_t flags;
    uint8_t depth;
    uint64_t ts_recv;
    int32_t ts_in_delta;
    uint32_t sequence;
    struct hr_bid_ask_pair levels[10];
};

/* A bar of trades (schemas `ohlcv-1s`, `-1m`, `-1h`, `-1d`, `-eod`). header.ts_event is when it begins; there is no ts_recv. */
struct hr_ohlcv {
    struct hr_record_header header;
    int64_t open;
    int64_t high;
    int64_t low;
    int64_t close;
    uint64_t volume; /* shares or lots */
};

/* The best level and the last trade, at the end of each second or minute (schemas `bbo-1s`, `bbo-1m`). */
struct hr_bbo {
    struct hr_record_header header;
    int64_t price;     /* of the last trade; HR_UNDEF_PRICE when there was none in the session */
    uint32_t size;     /* of the last trade */
    uint8_t reserved1;
    char side;         /* of the last trade's aggressor: B bid, A ask, N none */
    uint8_t flags;     /* HR_FLAG_* */
    uint8_t reserved2;
    uint64_t ts_recv;  /* the end of the second or minute */
    uint8_t reserved3[4];
    uint32_t sequence; /* of the last update */
    struct hr_bid_ask_pair levels[1];
};

/* The best of several venues after what happened (schema `cmbp-1`), or before a trade (`tcbbo`). */
struct hr_cmbp_1 {
    struct hr_record_header header;
    int64_t price;        /* of the order or the trade; HR_UNDEF_PRICE when not known */
    uint32_t size;
    char action;          /* A add, C cancel, M modify, R clear, T trade */
    char side;            /* B bid, A ask, N none; of the aggressor for T */
    uint8_t flags;        /* HR_FLAG_* */
    uint8_t reserved1;
    uint64_t ts_recv;     /* arrival at the host that recorded it */
    int32_t ts_in_delta;  /* ts_recv minus the exchange's sending time */
    uint8_t reserved2[4];
    struct hr_consolidated_bid_ask_pair levels[1];
};

/* The best of several venues and the last trade, each second or minute (schemas `cbbo-1s`, `cbbo-1m`): as hr_bbo. */
struct hr_cbbo {
    struct hr_record_header header;
    int64_t price;
    uint32_t size;
    uint8_t reserved1;
    char side;
    uint8_t flags;
    uint8_t reserved2;
    uint64_t ts_recv;
    uint8_t reserved3[8];
    struct hr_consolidated_bid_ask_pair levels[1];
};

struct hr_status {
    struct hr_record_header header;
    uint64_t ts_recv;
    uint16_t action;         /* HR_STATUS_* */
    uint16_t reason;         /* HR_REASON_* */
    uint16_t trading_event;  /* 0 none */
    char is_trading;         /* Y, N, ~ not known; so for the next two */
    char is_quoting;
    char is_short_sell_restricted;
    uint8_t reserved[7];
};

enum {
    HR_STATUS_NONE = 0,
    HR_STATUS_PRE_OPEN = 1,
    HR_STATUS_PRE_CROSS = 2,
    HR_STATUS_QUOTING = 3,
    HR_STATUS_CROSS = 4,
    HR_STATUS_ROTATION = 5,
    HR_STATUS_NEW_PRICE_INDICATION = 6,
    HR_STATUS_TRADING = 7,
    HR_STATUS_HALT = 8,
    HR_STATUS_PAUSE = 9,
    HR_STATUS_SUSPEND = 10,
    HR_STATUS_PRE_CLOSE = 11,
    HR_STATUS_CLOSE = 12,
    HR_STATUS_POST_CLOSE = 13,
    HR_STATUS_SSR_CHANGE = 14,
    HR_STATUS_NOT_AVAILABLE_FOR_TRADING = 15,
};

/* hr_status.trading_event */
enum {
    HR_TRADING_EVENT_NONE = 0,
    HR_TRADING_EVENT_NO_CANCEL = 1,
    HR_TRADING_EVENT_CHANGE_TRADING_SESSION = 2,
    HR_TRADING_EVENT_IMPLIED_MATCHING_ON = 3,
    HR_TRADING_EVENT_IMPLIED_MATCHING_OFF = 4,
};

enum {
    HR_REASON_NONE = 0,
    HR_REASON_SCHEDULED = 1,
    HR_REASON_SURVEILLANCE_INTERVENTION = 2,
    HR_REASON_MARKET_EVENT = 3,
    HR_REASON_INSTRUMENT_ACTIVATION = 4,
    HR_REASON_INSTRUMENT_EXPIRATION = 5,
    HR_REASON_RECOVERY_IN_PROCESS = 6,
    HR_REASON_REGULATORY = 10,
    HR_REASON_ADMINISTRATIVE = 11,
    HR_REASON_NON_COMPLIANCE = 12,
    HR_REASON_FILINGS_NOT_CURRENT = 13,
    HR_REASON_SEC_TRADING_SUSPENSION = 14,
    HR_REASON_NEW_ISSUE = 15,
    HR_REASON_ISSUE_AVAILABLE = 16,
    HR_REASON_ISSUES_REVIEWED = 17,
    HR_REASON_FILING_REQS_SATISFIED = 18,
    HR_REASON_NEWS_PENDING = 30,
    HR_REASON_NEWS_RELEASED = 31,
    HR_REASON_NEWS_AND_RESUMPTION_TIMES = 32,
    HR_REASON_NEWS_NOT_FORTHCOMING = 33,
    HR_REASON_ORDER_IMBALANCE = 40,
    HR_REASON_LULD_PAUSE = 50,
    HR_REASON_OPERATIONAL = 60,
    HR_REASON_ADDITIONAL_INFORMATION_REQUESTED = 70,
    HR_REASON_MERGER_EFFECTIVE = 80,
    HR_REASON_ETF = 90,
    HR_REASON_CORPORATE_ACTION = 100,
    HR_REASON_NEW_SECURITY_OFFERING = 110,
    HR_REASON_MARKET_WIDE_HALT_LEVEL_1 = 120,
    HR_REASON_MARKET_WIDE_HALT_LEVEL_2 = 121,
    HR_REASON_MARKET_WIDE_HALT_LEVEL_3 = 122,
    HR_REASON_MARKET_WIDE_HALT_CARRYOVER = 123,
    HR_REASON_MARKET_WIDE_HALT_RESUMPTION = 124,
    HR_REASON_QUOTATION_NOT_AVAILABLE = 130,
};

struct hr_definition {
    struct hr_record_header header;
    uint64_t ts_recv;
    int64_t min_price_increment;
    int64_t display_factor;
    uint64_t expiration;
    uint64_t activation;
    int64_t high_limit_price;
    int64_t low_limit_price;
    int64_t max_price_variation;
    int64_t unit_of_measure_qty;
    int64_t min_price_increment_amount;
    int64_t price_ratio;
    int64_t strike_price;
    uint64_t raw_instrument_id;
    int64_t leg_price;
    int64_t leg_delta;
    int32_t inst_attrib_value;
    uint32_t underlying_id;
    int32_t market_depth_implied;
    int32_t market_depth;
    uint32_t market_segment_id;
    uint32_t max_trade_vol;
    int32_t min_lot_size;
    int32_t min_lot_size_block;
    int32_t min_lot_size_round_lot;
    uint32_t min_trade_vol;
    int32_t contract_multiplier;
    int32_t decay_quantity;
    int32_t original_contract_size;
    uint32_t leg_instrument_id;
    int32_t leg_ratio_price_numerator;
    int32_t leg_ratio_price_denominator;
    int32_t leg_ratio_qty_numerator;
    int32_t leg_ratio_qty_denominator;
    uint32_t leg_underlying_id;
    int16_t appl_id;
    uint16_t maturity_year;
    uint16_t decay_start_date;
    uint16_t channel_id;
    uint16_t leg_count;
    uint16_t leg_index;
    char currency[4];
    char settl_currency[4];
    char secsubtype[6];
    char raw_symbol[71];
    char group[21];
    char exchange[5];
    char asset[11];
    char cfi[7];
    char security_type[7];
    char unit_of_measure[31];
    char underlying[21];
    char strike_price_currency[4];
    char leg_raw_symbol[71];
    char instrument_class;
    char match_algorithm;
    uint8_t main_fraction;
    uint8_t price_display_format;
    uint8_t sub_fraction;
    uint8_t underlying_product;
    char security_update_action;
    uint8_t maturity_month;
    uint8_t maturity_day;
    uint8_t maturity_week;
    char user_defined_instrument;
    int8_t contract_multiplier_unit;
    int8_t flow_schedule_type;
    uint8_t tick_rule;
    char leg_instrument_class;
    char leg_side;
    uint8_t reserved[17];
};

struct hr_imbalance {
    struct hr_record_header header;
    uint64_t ts_recv;
    int64_t ref_price;
    uint64_t auction_time;
    int64_t cont_book_clr_price;
    int64_t auct_interest_clr_price;
    int64_t ssr_filling_price;
    int64_t ind_match_price;
    int64_t upper_collar;
    int64_t lower_collar;
    uint32_t paired_qty;
    uint32_t total_imbalance_qty;
    uint32_t market_imbalance_qty;
    uint32_t unpaired_qty;
    char auction_type;
    char side;
    uint8_t auction_status;
    uint8_t freeze_status;
    uint8_t num_extensions;
    char unpaired_side;
    char significant_imbalance;
    uint8_t reserved;
};

struct hr_statistics {
    struct hr_record_header header;
    uint64_t ts_recv;
    uint64_t ts_ref;
    int64_t price;
    int64_t quantity;
    uint32_t sequence;
    int32_t ts_in_delta;
    uint16_t stat_type; /* HR_STAT_* */
    uint16_t channel_id;
    uint8_t update_action; /* 1 new, 2 delete */
    uint8_t stat_flags;
    uint8_t reserved[18];
};

enum {
    HR_STAT_OPENING_PRICE = 1,
    HR_STAT_INDICATIVE_OPENING_PRICE = 2,
    HR_STAT_SETTLEMENT_PRICE = 3,
    HR_STAT_TRADING_SESSION_LOW_PRICE = 4,
    HR_STAT_TRADING_SESSION_HIGH_PRICE = 5,
    HR_STAT_CLEARED_VOLUME = 6,
    HR_STAT_LOWEST_OFFER = 7,
    HR_STAT_HIGHEST_BID = 8,
    HR_STAT_OPEN_INTEREST = 9,
    HR_STAT_FIXING_PRICE = 10,
    HR_STAT_CLOSE_PRICE = 11,
    HR_STAT_VWAP = 13,
    HR_STAT_VOLATILITY = 14,
    HR_STAT_DELTA = 15,
    HR_STAT_UPPER_PRICE_LIMIT = 17,
    HR_STAT_LOWER_PRICE_LIMIT = 18,
    HR_STAT_BLOCK_VOLUME = 19,
    HR_STAT_MWCB_LEVEL_1 = 21,
    HR_STAT_MWCB_LEVEL_2 = 22,
    HR_STAT_MWCB_LEVEL_3 = 23,
    HR_STAT_AUCTION_COLLAR_REFERENCE_PRICE = 24,
    HR_STAT_AUCTION_COLLAR_UPPER_PRICE = 25,
    HR_STAT_AUCTION_COLLAR_LOWER_PRICE = 26,
    HR_STAT_VENUE_SPECIFIC_VOLUME_1 = 10001,
    HR_STAT_VENUE_SPECIFIC_PRICE_1 = 10002,
};

/* Headrace's own: the ring was full, `count` records that were meant for this strategy could not be written.
 * Records read + the sum of these counts = records published to it (on_full: drop), always. header.ts_event is last_ts. */
struct hr_lost {
    struct hr_record_header header;
    uint64_t count;
    uint64_t first_ts; /* when the first of them would have been published, like a stamp */
    uint64_t last_ts;
};

/* Headrace's own: messages of a channel that no line brought. header.ts_event is ts_recv of the packet that showed it. */
struct hr_gap {
    struct hr_record_header header;
    uint64_t first_sequence; /* of the first message missing */
    uint64_t count;          /* of messages missing */
    uint64_t ts_recv;
    uint8_t channel_id;
    uint8_t reserved[7];
};

/* Headrace's own: a channel's session began or ended. Order references and sequence numbers start anew. */
struct hr_session {
    struct hr_record_header header;
    uint64_t ts_recv;
    uint64_t next_sequence; /* that the session will send, or would have sent */
    char session[10];       /* as the venue names it, padded with spaces; a number is written in decimal */
    char event;             /* S start, E end */
    uint8_t channel_id;
    uint8_t reserved[4];
};

/* Headrace's own: a trade that the venue took back (DBN has no such record). */
struct hr_trade_break {
    struct hr_record_header header;
    uint64_t ts_recv;
    uint64_t trade_id; /* the match number or trade id */
    int64_t price;     /* HR_UNDEF_PRICE where the venue does not repeat it */
    uint32_t size;     /* HR_UNDEF_ORDER_SIZE where the venue does not repeat it */
    uint32_t sequence;
    uint8_t channel_id;
    uint8_t reserved[7];
};

/* Headrace's own: a message that DBN has no record for, as the venue sent it. */
struct hr_native {
    struct hr_record_header header;
    uint64_t ts_recv;
    uint32_t sequence;
    uint8_t message_length; /* bytes of `message` that count */
    uint8_t message[27];
};

#define HR_RECORD_BYTES_MAX 520
#define HR_OWN_RECORD_BYTES_MAX 56

#define HR_ASSERT_OFFSET(type, field, offset) \
    HR_STATIC_ASSERT(offsetof(struct type, field) == (offset), #type "." #field " has moved")
#define HR_ASSERT_SIZE(type, bytes) HR_STATIC_ASSERT(sizeof(struct type) == (bytes), #type " has another size")

HR_ASSERT_SIZE(hr_record_header, 16);
HR_ASSERT_SIZE(hr_mbo, 56);
HR_ASSERT_OFFSET(hr_mbo, order_id, 16);
HR_ASSERT_OFFSET(hr_mbo, price, 24);
HR_ASSERT_OFFSET(hr_mbo, size, 32);
HR_ASSERT_OFFSET(hr_mbo, flags, 36);
HR_ASSERT_OFFSET(hr_mbo, channel_id, 37);
HR_ASSERT_OFFSET(hr_mbo, action, 38);
HR_ASSERT_OFFSET(hr_mbo, side, 39);
HR_ASSERT_OFFSET(hr_mbo, ts_recv, 40);
HR_ASSERT_OFFSET(hr_mbo, ts_in_delta, 48);
HR_ASSERT_OFFSET(hr_mbo, sequence, 52);
HR_ASSERT_SIZE(hr_trade, 48);
HR_ASSERT_OFFSET(hr_trade, price, 16);
HR_ASSERT_OFFSET(hr_trade, size, 24);
HR_ASSERT_OFFSET(hr_trade, action, 28);
HR_ASSERT_OFFSET(hr_trade, flags, 30);
HR_ASSERT_OFFSET(hr_trade, ts_recv, 32);
HR_ASSERT_OFFSET(hr_trade, sequence, 44);
HR_ASSERT_SIZE(hr_bid_ask_pair, 32);
HR_ASSERT_OFFSET(hr_bid_ask_pair, bid_px, 0);
HR_ASSERT_OFFSET(hr_bid_ask_pair, ask_px, 8);
HR_ASSERT_OFFSET(hr_bid_ask_pair, bid_sz, 16);
HR_ASSERT_OFFSET(hr_bid_ask_pair, ask_sz, 20);
HR_ASSERT_OFFSET(hr_bid_ask_pair, bid_ct, 24);
HR_ASSERT_OFFSET(hr_bid_ask_pair, ask_ct, 28);
HR_ASSERT_SIZE(hr_consolidated_bid_ask_pair, 32);
HR_ASSERT_OFFSET(hr_consolidated_bid_ask_pair, bid_px, 0);
HR_ASSERT_OFFSET(hr_consolidated_bid_ask_pair, ask_px, 8);
HR_ASSERT_OFFSET(hr_consolidated_bid_ask_pair, bid_sz, 16);
HR_ASSERT_OFFSET(hr_consolidated_bid_ask_pair, ask_sz, 20);
HR_ASSERT_OFFSET(hr_consolidated_bid_ask_pair, bid_pb, 24);
HR_ASSERT_OFFSET(hr_consolidated_bid_ask_pair, ask_pb, 28);
HR_ASSERT_SIZE(hr_mbp_1, 80);
HR_ASSERT_OFFSET(hr_mbp_1, price, 16);
HR_ASSERT_OFFSET(hr_mbp_1, size, 24);
HR_ASSERT_OFFSET(hr_mbp_1, action, 28);
HR_ASSERT_OFFSET(hr_mbp_1, side, 29);
HR_ASSERT_OFFSET(hr_mbp_1, flags, 30);
HR_ASSERT_OFFSET(hr_mbp_1, depth, 31);
HR_ASSERT_OFFSET(hr_mbp_1, ts_recv, 32);
HR_ASSERT_OFFSET(hr_mbp_1, ts_in_delta, 40);
HR_ASSERT_OFFSET(hr_mbp_1, sequence, 44);
HR_ASSERT_OFFSET(hr_mbp_1, levels, 48);
HR_ASSERT_SIZE(hr_mbp_10, 368);
HR_ASSERT_OFFSET(hr_mbp_10, price, 16);
HR_ASSERT_OFFSET(hr_mbp_10, size, 24);
HR_ASSERT_OFFSET(hr_mbp_10, action, 28);
HR_ASSERT_OFFSET(hr_mbp_10, side, 29);
HR_ASSERT_OFFSET(hr_mbp_10, flags, 30);
HR_ASSERT_OFFSET(hr_mbp_10, depth, 31);
HR_ASSERT_OFFSET(hr_mbp_10, ts_recv, 32);
HR_ASSERT_OFFSET(hr_mbp_10, ts_in_delta, 40);
HR_ASSERT_OFFSET(hr_mbp_10, sequence, 44);
HR_ASSERT_OFFSET(hr_mbp_10, levels, 48);
HR_ASSERT_SIZE(hr_ohlcv, 56);
HR_ASSERT_OFFSET(hr_ohlcv, open, 16);
HR_ASSERT_OFFSET(hr_ohlcv, high, 24);
HR_ASSERT_OFFSET(hr_ohlcv, low, 32);
HR_ASSERT_OFFSET(hr_ohlcv, close, 40);
HR_ASSERT_OFFSET(hr_ohlcv, volume, 48);
HR_ASSERT_SIZE(hr_bbo, 80);
HR_ASSERT_OFFSET(hr_bbo, price, 16);
HR_ASSERT_OFFSET(hr_bbo, size, 24);
HR_ASSERT_OFFSET(hr_bbo, side, 29);
HR_ASSERT_OFFSET(hr_bbo, flags, 30);
HR_ASSERT_OFFSET(hr_bbo, ts_recv, 32);
HR_ASSERT_OFFSET(hr_bbo, sequence, 44);
HR_ASSERT_OFFSET(hr_bbo, levels, 48);
HR_ASSERT_SIZE(hr_cmbp_1, 80);
HR_ASSERT_OFFSET(hr_cmbp_1, price, 16);
HR_ASSERT_OFFSET(hr_cmbp_1, size, 24);
HR_ASSERT_OFFSET(hr_cmbp_1, action, 28);
HR_ASSERT_OFFSET(hr_cmbp_1, side, 29);
HR_ASSERT_OFFSET(hr_cmbp_1, flags, 30);
HR_ASSERT_OFFSET(hr_cmbp_1, ts_recv, 32);
HR_ASSERT_OFFSET(hr_cmbp_1, ts_in_delta, 40);
HR_ASSERT_OFFSET(hr_cmbp_1, levels, 48);
HR_ASSERT_SIZE(hr_cbbo, 80);
HR_ASSERT_OFFSET(hr_cbbo, price, 16);
HR_ASSERT_OFFSET(hr_cbbo, size, 24);
HR_ASSERT_OFFSET(hr_cbbo, side, 29);
HR_ASSERT_OFFSET(hr_cbbo, flags, 30);
HR_ASSERT_OFFSET(hr_cbbo, ts_recv, 32);
HR_ASSERT_OFFSET(hr_cbbo, levels, 48);
HR_ASSERT_SIZE(hr_status, 40);
HR_ASSERT_OFFSET(hr_status, action, 24);
HR_ASSERT_OFFSET(hr_status, is_trading, 30);
HR_ASSERT_SIZE(hr_definition, 520);
HR_ASSERT_OFFSET(hr_definition, raw_instrument_id, 112);
HR_ASSERT_OFFSET(hr_definition, min_lot_size_round_lot, 168);
HR_ASSERT_OFFSET(hr_definition, currency, 224);
HR_ASSERT_OFFSET(hr_definition, raw_symbol, 238);
HR_ASSERT_OFFSET(hr_definition, exchange, 330);
HR_ASSERT_OFFSET(hr_definition, asset, 335);
HR_ASSERT_OFFSET(hr_definition, security_type, 353);
HR_ASSERT_OFFSET(hr_definition, instrument_class, 487);
HR_ASSERT_OFFSET(hr_definition, security_update_action, 493);
HR_ASSERT_SIZE(hr_imbalance, 112);
HR_ASSERT_OFFSET(hr_imbalance, auction_time, 32);
HR_ASSERT_OFFSET(hr_imbalance, paired_qty, 88);
HR_ASSERT_OFFSET(hr_imbalance, auction_type, 104);
HR_ASSERT_SIZE(hr_statistics, 80);
HR_ASSERT_OFFSET(hr_statistics, sequence, 48);
HR_ASSERT_OFFSET(hr_statistics, stat_type, 56);
HR_ASSERT_OFFSET(hr_statistics, update_action, 60);
HR_ASSERT_SIZE(hr_lost, 40);
HR_ASSERT_SIZE(hr_gap, 48);
HR_ASSERT_SIZE(hr_session, 48);
HR_ASSERT_SIZE(hr_trade_break, 56);
HR_ASSERT_SIZE(hr_native, 56);

/* Bytes of a record, from its own header. */
static inline size_t hr_record_bytes(const struct hr_record_header *header)
{
    return (size_t)header->length * 4;
}

#endif
