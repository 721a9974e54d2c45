/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes frames to a nanosecond pcap file, to standard output, or through zstd. Not of the core: this one does I/O,
 * allocates and blocks. One thread.
 */
#ifndef HEADRACE_SIM_OUTPUT_H
#define HEADRACE_SIM_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

struct hr_sim_output;

/* Opens and writes the file header. "-" is standard output; a name that ends in .zst is compressed; a file that
 * exists is overwritten. Returns 0 or a negative errno (-EIO when the compressor fails); on failure *output is NULL. */
int hr_sim_output_open(struct hr_sim_output **output, const char *path) __attribute__((warn_unused_result));

/* time_ns: since the UNIX epoch, below 2^32 seconds. Returns 0 or a negative errno. */
int hr_sim_output_write(struct hr_sim_output *output, uint64_t time_ns, const uint8_t *frame, size_t length)
    __attribute__((warn_unused_result));

/* Writes what is still held back, and frees the output even when that fails. NULL is fine. Returns 0 or a negative
 * errno. */
int hr_sim_output_close(struct hr_sim_output *output) __attribute__((warn_unused_result));

#endif
