/* SPDX-License-Identifier: Apache-2.0
 *
 * Session headers: what comes first in a datagram of a sequenced feed. One function per session protocol turns its header
 * into this one form; what comes after it does not know which it was.
 */
#ifndef HEADRACE_LINE_SESSION_H
#define HEADRACE_LINE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "line/blocks.h"

#define HR_SESSION_ID_BYTES 10

enum hr_session_kind {
    HR_SESSION_DATA,
    HR_SESSION_HEARTBEAT, /* no messages; sequence is that of the next */
    HR_SESSION_END,       /* no messages; there will be none */
};

/* Whether a header shows a first packet: when it was sent tells a restart from a late copy (docs/adr/0008-session-restart.md). */
enum hr_session_restart {
    HR_RESTART_NONE,
    HR_RESTART_NEVER, /* it is sent again: a number that was had before says nothing, however late */
    HR_RESTART_LATER, /* sent more than a second after all others: copies by other lines may have times of their own */
    HR_RESTART_NEWER, /* sent after all others: copies have equal times */
};

struct hr_session_header {
    enum hr_session_kind kind;
    char session[HR_SESSION_ID_BYTES]; /* padded with spaces */
    uint64_t sequence;                 /* of the first message; where packets are numbered, of the packet */
    uint32_t count;                    /* of sequence numbers that it takes up; of messages, unless packets are numbered */
    uint32_t unnumbered;               /* messages of a heartbeat or an end, which have no number (MACH); set to 0 before parsing */
    uint64_t send_time_ns;             /* by the exchange; 0 where the protocol has none */
    enum hr_session_restart restarted; /* the header itself shows a first packet (IEX-TP: stream offset 0; XDP: a reset) */
    const uint8_t *blocks;             /* the messages, each behind its 2-byte length, or as the protocol has them */
    uint32_t blocks_length;
};

/* Why a header or its blocks were refused; also the order of the line's refusal counters. */
enum hr_session_refusal {
    HR_SESSION_ACCEPTED = 0,
    HR_SESSION_SHORT,     /* shorter than the header */
    HR_SESSION_FOREIGN,   /* another version or protocol */
    HR_SESSION_MALFORMED, /* the lengths in it do not add up */
};

/* A session's number as its name: ten decimal digits. */
static inline void hr_session_name(char name[HR_SESSION_ID_BYTES], uint32_t number)
{
    for (int i = HR_SESSION_ID_BYTES - 1; i >= 0; i--, number /= 10)
        name[i] = (char)('0' + number % 10);
}

/* MoldUDP64 1.0 (Nasdaq). */
enum hr_session_refusal hr_mold64_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);

/* IEX-TP 1 (IEX), carrying TOPS 1.6, DEEP 1.0 or DEEP+ 1.0: message protocols 0x8003, 0x8004, 0x8005. */
enum hr_session_refusal hr_iextp_tops_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
enum hr_session_refusal hr_iextp_deep_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
enum hr_session_refusal hr_iextp_deep_plus_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);

/* XDP (NYSE). Its messages are no blocks: their size counts itself. */
struct hr_message;
enum hr_session_refusal hr_xdp_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
int hr_xdp_walk(const struct hr_session_header *header, struct hr_message *messages);

/* MACH (MIAX): packets of one message each, several to a datagram. */
enum hr_session_refusal hr_mach_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
int hr_mach_walk(const struct hr_session_header *header, struct hr_message *messages);

/* iMpact (ICE). */
enum hr_session_refusal hr_impact_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);
int hr_impact_walk(const struct hr_session_header *header, struct hr_message *messages);

/* MDP 3.0 packets (CME): a number for each packet. One whose number is 1 begins anew: numbers restart each week. */
enum hr_session_refusal hr_mdp3_parse(const uint8_t *payload, uint32_t length, struct hr_session_header *header);

#define HR_MDP3_SIZE_BYTES 2

/* The messages of such a packet: the size in front of each counts itself. Returns how many there are, or -1 when a size runs past
 * the end. */
struct hr_message;
int hr_mdp3_walk(const struct hr_session_header *header, struct hr_message *messages);

#endif
