/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/recording.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record/dbn_file.h"

#define NUMBERS 100000

void hr_recording_path(const struct hr_recording *recording, uint64_t time_ns, char *path, size_t bytes)
{
    char name[HR_DBN_FILE_PATH_BYTES - 64];
    char part[HR_DBN_FILE_PATH_BYTES + 8];
    struct tm day;
    const char *suffix = recording->level ? ".dbn.zst" : ".dbn";
    time_t seconds = (time_t)(time_ns / UINT64_C(1000000000));
    gmtime_r(&seconds, &day);
    size_t length = strftime(name, sizeof name, recording->output, &day);
    name[length] = '\0';
    for (int i = 0; i < 2; i++) { /* it may have been given with it */
        const char *given = i == 0 ? ".zst" : ".dbn";
        if (length > 4 && strcmp(name + length - 4, given) == 0)
            name[length -= 4] = '\0';
    }
    for (unsigned number = 1; number < NUMBERS; number++) {
        if (number == 1)
            snprintf(path, bytes, "%s%s", name, suffix);
        else
            snprintf(path, bytes, "%s-%u%s", name, number, suffix);
        snprintf(part, sizeof part, "%s.part", path);
        if (access(path, F_OK) != 0 && access(part, F_OK) != 0)
            return;
    }
}
