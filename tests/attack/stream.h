/* SPDX-License-Identifier: Apache-2.0
 *
 * Records that say what they should hold: any byte that is changed, lost, repeated or of another stream is noticed.
 */
#ifndef HEADRACE_ATTACK_STREAM_H
#define HEADRACE_ATTACK_STREAM_H

#include <stdint.h>
#include <string.h>
#include <time.h>

#include "headrace/record.h"

#define STREAM_RECORD_BYTES 56

static inline uint64_t stream_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* The record number `id` of a stream, `bytes` long: 16 to HR_RECORD_BYTES_MAX, a multiple of 4. */
static inline void stream_make(uint64_t stream, uint64_t id, size_t bytes, uint8_t *record)
{
    const struct hr_record_header header = {.length = (uint8_t)(bytes / 4),
                                            .rtype = HR_RTYPE_MBO,
                                            .publisher_id = (uint16_t)stream,
                                            .instrument_id = (uint32_t)stream_mix(id ^ stream),
                                            .ts_event = id};
    uint64_t word = stream_mix(id + (stream << 48));
    memcpy(record, &header, sizeof header);
    for (size_t at = sizeof header; at < bytes; at += 8) {
        word = word * UINT64_C(6364136223846793005) + 1442695040888963407;
        memcpy(record + at, &word, bytes - at < 8 ? bytes - at : 8);
    }
}

static inline int stream_is(const void *record, uint64_t stream, uint64_t id, size_t bytes)
{
    uint8_t expected[HR_RECORD_BYTES_MAX];
    stream_make(stream, id, bytes, expected);
    return memcmp(record, expected, bytes) == 0;
}

static inline uint64_t stream_clock_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

#endif
