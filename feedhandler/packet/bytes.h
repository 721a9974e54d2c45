/* SPDX-License-Identifier: Apache-2.0
 *
 * Integers from bytes of any alignment. The compiler makes one load (and a byte swap) of each.
 */
#ifndef HEADRACE_PACKET_BYTES_H
#define HEADRACE_PACKET_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t hr_be16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap16(value);
}

static inline uint32_t hr_be32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

static inline uint64_t hr_be64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap64(value);
}

/* Six bytes, with the two before them in reach: one load and a shift. */
static inline uint64_t hr_be48(const uint8_t *at)
{
    return hr_be64(at - 2) & UINT64_C(0xFFFFFFFFFFFF);
}

static inline uint16_t hr_le16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t hr_le32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t hr_le64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are little-endian in memory: a big-endian host needs swaps that nobody has written"
#endif

#endif
