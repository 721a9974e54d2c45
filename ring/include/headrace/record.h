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
    HR_RTYPE_STATUS = 0x12,     /* struct hr_status */
    HR_RTYPE_DEFINITION = 0x13, /* struct hr_definition */
    HR_RTYPE_IMBALANCE = 0x14,  /* struct hr_imbalance */
    HR_RTYPE_STATISTICS = 0x18, /* struct hr_statistics */
    HR_RTYPE_MBO = 0xA0,        /* struct hr_mbo */
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
