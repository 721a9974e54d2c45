/* SPDX-License-Identifier: Apache-2.0
 *
 * A frame: what every plane gives the rest of the way, and all that it knows about where it came from.
 */
#ifndef HEADRACE_INPUT_FRAME_H
#define HEADRACE_INPUT_FRAME_H

#include <stdint.h>

enum {
    HR_FRAME_IP_GOOD = 1,   /* the port has checked the IPv4 header checksum */
    HR_FRAME_IP_BAD = 2,
    HR_FRAME_UDP_GOOD = 4,  /* the port has checked the UDP checksum */
    HR_FRAME_UDP_BAD = 8,
    HR_FRAME_BAD_TIME = 16, /* time_ns is not to be trusted */
    HR_FRAME_CUT = 32,      /* longer on the wire than what was kept of it */
};

struct hr_frame {
    const uint8_t *bytes; /* from the Ethernet header on; valid until the frame is released */
    uint32_t length;      /* bytes there are */
    uint32_t flags;       /* HR_FRAME_* */
    uint64_t time_ns;     /* arrival, ns since the UNIX epoch */
    void *owner;          /* the plane's */
};

#endif
