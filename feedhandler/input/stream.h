/* SPDX-License-Identifier: Apache-2.0
 *
 * A file to read from its start to its end, decompressed on the way where it is zstd or gzip.
 */
#ifndef HEADRACE_INPUT_STREAM_H
#define HEADRACE_INPUT_STREAM_H

#include <stdio.h>

/* Opens `path` ("-" is standard input). Returns the stream, to be closed with fclose, or NULL with errno set. A read error in
 * the compressed data shows as ferror with EBADMSG. */
FILE *hr_stream_open(const char *path);

#endif
