/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the messages of Nasdaq TotalView-ITCH 5.0 that the generator uses. All integers big-endian; prices in 1/10000
 * dollar; names left-justified and padded with spaces. Each function returns the length of the message, as the
 * specification has it (NQTVITCHSpecification, section 1).
 */
#ifndef HEADRACE_SIM_MESSAGE_H
#define HEADRACE_SIM_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HR_SIM_MESSAGE_BYTES_MAX 50 /* the longest one written here: I */

/* What begins every message. */
struct hr_sim_message_head {
    uint16_t locate;
    uint16_t tracking;
    uint64_t time_ns; /* since midnight; 48 bits */
};

struct hr_sim_directory {
    char market_category;
    char issue_classification;
    char issue_sub_type[2];
    char luld_tier;
    char etp;
    uint32_t round_lot;
    uint32_t etp_leverage;
};

struct hr_sim_imbalance {
    uint64_t paired_shares;
    uint64_t imbalance_shares;
    char direction;
    uint32_t far_price;
    uint32_t near_price;
    uint32_t reference_price;
    char cross_type;
    char variation;
};

/* A big-endian number of up to 8 bytes. */
static inline uint64_t hr_sim_get(const uint8_t *bytes, size_t length)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | bytes[i];
    return value;
}

static inline uint8_t *hr_sim_put_u8(uint8_t *at, char value)
{
    *at = (uint8_t)value;
    return at + 1;
}

static inline uint8_t *hr_sim_put_u16(uint8_t *at, uint16_t value)
{
    value = __builtin_bswap16(value);
    memcpy(at, &value, 2);
    return at + 2;
}

static inline uint8_t *hr_sim_put_u32(uint8_t *at, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(at, &value, 4);
    return at + 4;
}

static inline uint8_t *hr_sim_put_u48(uint8_t *at, uint64_t value)
{
    at = hr_sim_put_u16(at, (uint16_t)(value >> 32));
    return hr_sim_put_u32(at, (uint32_t)value);
}

static inline uint8_t *hr_sim_put_u64(uint8_t *at, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(at, &value, 8);
    return at + 8;
}

static inline uint8_t *hr_sim_put_text(uint8_t *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

static inline uint8_t *hr_sim_put_head(uint8_t *at, char type, const struct hr_sim_message_head *head)
{
    at = hr_sim_put_u8(at, type);
    at = hr_sim_put_u16(at, head->locate);
    at = hr_sim_put_u16(at, head->tracking);
    return hr_sim_put_u48(at, head->time_ns);
}

static inline size_t hr_sim_write_system_event(uint8_t *message, const struct hr_sim_message_head *head, char event)
{
    uint8_t *at = hr_sim_put_head(message, 'S', head);
    at = hr_sim_put_u8(at, event);
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_directory(uint8_t *message, const struct hr_sim_message_head *head, const char *stock,
                                            const struct hr_sim_directory *directory)
{
    uint8_t *at = hr_sim_put_head(message, 'R', head);
    at = hr_sim_put_text(at, stock, 8);
    at = hr_sim_put_u8(at, directory->market_category);
    at = hr_sim_put_u8(at, 'N'); /* financial status: normal */
    at = hr_sim_put_u32(at, directory->round_lot);
    at = hr_sim_put_u8(at, 'N'); /* not round lots only */
    at = hr_sim_put_u8(at, directory->issue_classification);
    at = hr_sim_put_text(at, directory->issue_sub_type, 2);
    at = hr_sim_put_u8(at, 'P'); /* authenticity: live production */
    at = hr_sim_put_u8(at, 'N'); /* short sale threshold: not restricted */
    at = hr_sim_put_u8(at, 'N'); /* not set up for an IPO */
    at = hr_sim_put_u8(at, directory->luld_tier);
    at = hr_sim_put_u8(at, directory->etp);
    at = hr_sim_put_u32(at, directory->etp_leverage);
    at = hr_sim_put_u8(at, 'N'); /* not an inverse ETP */
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_trading_action(uint8_t *message, const struct hr_sim_message_head *head,
                                                 const char *stock, char state)
{
    uint8_t *at = hr_sim_put_head(message, 'H', head);
    at = hr_sim_put_text(at, stock, 8);
    at = hr_sim_put_u8(at, state);
    at = hr_sim_put_u8(at, ' ');        /* reserved */
    at = hr_sim_put_text(at, "    ", 4); /* no reason */
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_reg_sho(uint8_t *message, const struct hr_sim_message_head *head, const char *stock,
                                          char action)
{
    uint8_t *at = hr_sim_put_head(message, 'Y', head);
    at = hr_sim_put_text(at, stock, 8);
    at = hr_sim_put_u8(at, action);
    return (size_t)(at - message);
}

/* A when attribution is NULL, else F with the four characters of a market participant. */
static inline size_t hr_sim_write_add(uint8_t *message, const struct hr_sim_message_head *head, uint64_t reference,
                                      char side, uint32_t shares, const char *stock, uint32_t price,
                                      const char *attribution)
{
    uint8_t *at = hr_sim_put_head(message, attribution ? 'F' : 'A', head);
    at = hr_sim_put_u64(at, reference);
    at = hr_sim_put_u8(at, side);
    at = hr_sim_put_u32(at, shares);
    at = hr_sim_put_text(at, stock, 8);
    at = hr_sim_put_u32(at, price);
    if (attribution)
        at = hr_sim_put_text(at, attribution, 4);
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_executed(uint8_t *message, const struct hr_sim_message_head *head, uint64_t reference,
                                           uint32_t shares, uint64_t match)
{
    uint8_t *at = hr_sim_put_head(message, 'E', head);
    at = hr_sim_put_u64(at, reference);
    at = hr_sim_put_u32(at, shares);
    at = hr_sim_put_u64(at, match);
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_executed_with_price(uint8_t *message, const struct hr_sim_message_head *head,
                                                      uint64_t reference, uint32_t shares, uint64_t match,
                                                      char printable, uint32_t price)
{
    uint8_t *at = hr_sim_put_head(message, 'C', head);
    at = hr_sim_put_u64(at, reference);
    at = hr_sim_put_u32(at, shares);
    at = hr_sim_put_u64(at, match);
    at = hr_sim_put_u8(at, printable);
    at = hr_sim_put_u32(at, price);
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_cancel(uint8_t *message, const struct hr_sim_message_head *head, uint64_t reference,
                                         uint32_t shares)
{
    uint8_t *at = hr_sim_put_head(message, 'X', head);
    at = hr_sim_put_u64(at, reference);
    at = hr_sim_put_u32(at, shares);
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_delete(uint8_t *message, const struct hr_sim_message_head *head, uint64_t reference)
{
    uint8_t *at = hr_sim_put_head(message, 'D', head);
    at = hr_sim_put_u64(at, reference);
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_replace(uint8_t *message, const struct hr_sim_message_head *head, uint64_t original,
                                          uint64_t reference, uint32_t shares, uint32_t price)
{
    uint8_t *at = hr_sim_put_head(message, 'U', head);
    at = hr_sim_put_u64(at, original);
    at = hr_sim_put_u64(at, reference);
    at = hr_sim_put_u32(at, shares);
    at = hr_sim_put_u32(at, price);
    return (size_t)(at - message);
}

/* A trade against an order that was never displayed: the reference is 0 and the side always B, since 2014. */
static inline size_t hr_sim_write_trade(uint8_t *message, const struct hr_sim_message_head *head, uint32_t shares,
                                        const char *stock, uint32_t price, uint64_t match)
{
    uint8_t *at = hr_sim_put_head(message, 'P', head);
    at = hr_sim_put_u64(at, 0);
    at = hr_sim_put_u8(at, 'B');
    at = hr_sim_put_u32(at, shares);
    at = hr_sim_put_text(at, stock, 8);
    at = hr_sim_put_u32(at, price);
    at = hr_sim_put_u64(at, match);
    return (size_t)(at - message);
}

static inline size_t hr_sim_write_imbalance(uint8_t *message, const struct hr_sim_message_head *head, const char *stock,
                                            const struct hr_sim_imbalance *imbalance)
{
    uint8_t *at = hr_sim_put_head(message, 'I', head);
    at = hr_sim_put_u64(at, imbalance->paired_shares);
    at = hr_sim_put_u64(at, imbalance->imbalance_shares);
    at = hr_sim_put_u8(at, imbalance->direction);
    at = hr_sim_put_text(at, stock, 8);
    at = hr_sim_put_u32(at, imbalance->far_price);
    at = hr_sim_put_u32(at, imbalance->near_price);
    at = hr_sim_put_u32(at, imbalance->reference_price);
    at = hr_sim_put_u8(at, imbalance->cross_type);
    at = hr_sim_put_u8(at, imbalance->variation);
    return (size_t)(at - message);
}

#endif
