/* SPDX-License-Identifier: Apache-2.0
 *
 * A capture file: pcap or pcapng, either resolution, compressed with zstd or not. Times are nanoseconds, as they were
 * captured (DPDK 22.11's net_pcap cuts them to microseconds, which is why captures do not go through it).
 */
#ifndef HEADRACE_INPUT_CAPTURE_H
#define HEADRACE_INPUT_CAPTURE_H

#include <stdio.h>

#include "input/frame.h"

struct hr_capture;

#define HR_CAPTURE_ERROR_BYTES 512

/* Opens `path`. Returns 0, or -1 with the reason in `error`, for people. */
int hr_capture_open(struct hr_capture **capture, const char *path, char error[HR_CAPTURE_ERROR_BYTES]);

/* The same of a stream at its start; `path` is for messages. The stream is the capture's, or closed when this fails. */
int hr_capture_open_stream(struct hr_capture **capture, FILE *stream, const char *path, char error[HR_CAPTURE_ERROR_BYTES]);
void hr_capture_close(struct hr_capture *capture);

/* The next frame; valid until the next call. Returns 1; 0 at the end; -1 where the file is damaged, with the reason and the
 * number of the packet in `error`. */
int hr_capture_next(struct hr_capture *capture, struct hr_frame *frame, char error[HR_CAPTURE_ERROR_BYTES]);

#endif
