/* SPDX-License-Identifier: Apache-2.0
 *
 * read_dbn FILE [--stamps]: the records of a DBN file as hr_open gives them, one after the other, to standard output; with
 * --stamps each behind its stamp. Exit codes: 0 at the file's end, 65 with a line on standard error when it is damaged.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "headrace/headrace.h"

int main(int argc, char **argv)
{
    struct hr_feed *feed;
    const struct hr_record_header *record;
    int stamps = argc == 3 && strcmp(argv[2], "--stamps") == 0;
    int end;
    if (argc < 2 || argc > 3 || (argc == 3 && !stamps)) {
        fprintf(stderr, "usage: read_dbn FILE [--stamps]\n");
        return 64;
    }
    if (hr_open(&feed, argv[1], NULL)) {
        fprintf(stderr, "%s\n", hr_error());
        return 65;
    }
    while ((end = hr_feed_next(feed, &record, -1)) == 0) {
        uint64_t stamp = hr_record_stamp(record);
        if (stamps)
            fwrite(&stamp, sizeof stamp, 1, stdout);
        fwrite(record, hr_record_bytes(record), 1, stdout);
    }
    if (end != -ESHUTDOWN)
        fprintf(stderr, "%s\n", hr_error());
    hr_feed_close(feed);
    return end == -ESHUTDOWN ? 0 : 65;
}
