/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/repair.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "dbn/reader.h"
#include "headrace/headrace.h"
#include "host/say.h"
#include "record/catalog.h"
#include "record/dbn_file.h"
#include "record/file_record.h"
#include "record/journal.h"
#include "record/recording.h"

/* Reads the good records: for the catalog, or into a file. */
static int pass(const char *part, struct hr_catalog *catalog, struct hr_dbn_file *file, int *ts_out, char *dataset)
{
    static struct hr_dbn_reader reader;
    struct hr_dbn_record record;
    uint8_t room[HR_FILE_RECORD_BYTES_MAX];
    int error = hr_dbn_reader_open(&reader, part);
    if (error)
        return error;
    *ts_out = reader.metadata.ts_out;
    snprintf(dataset, HR_DBN_DATASET_BYTES + 1, "%.16s", reader.metadata.dataset);
    while (!error && hr_dbn_reader_next(&reader, &record) == 1 && record.length <= HR_RECORD_BYTES_MAX) {
        if (file)
            error = hr_dbn_file_write(file, room,
                                      hr_file_record_put(room, record.bytes, record.length, *ts_out ? &record.ts_out : NULL));
        else
            hr_catalog_record(catalog, record.bytes, record.length);
    }
    hr_dbn_reader_close(&reader);
    return error;
}

/* Twice: the catalog has to know the records before the metadata are written. */
static int repair_to(const char *part, const char *path, int level, struct hr_catalog *catalog)
{
    char work[HR_DBN_FILE_PATH_BYTES];
    char dataset[HR_DBN_DATASET_BYTES + 1];
    struct hr_dbn_metadata metadata;
    struct hr_dbn_file file;
    int ts_out;
    hr_catalog_begin_file(catalog);
    int error = pass(part, catalog, NULL, &ts_out, dataset);
    if (error) {
        hr_say("record", "%s", hr_error());
        return EX_DATAERR;
    }
    if (hr_catalog_metadata(catalog, strcmp(dataset, "HEADRACE") == 0 ? NULL : dataset, ts_out, &metadata))
        return EX_OSERR;
    snprintf(work, sizeof work, "%.1000s.repaired", path);
    error = hr_dbn_file_open(&file, work, level, &metadata);
    if (!error)
        error = pass(part, catalog, &file, &ts_out, dataset);
    if (!error)
        error = hr_dbn_file_finish(&file, &metadata);
    hr_dbn_metadata_free(&metadata);
    if (!error && rename(work, path) < 0) {
        error = -errno;
        snprintf(file.error, sizeof file.error, "%s: %s", path, strerror(errno));
    }
    if (error) {
        hr_say("record", "%s", file.error);
        return EX_IOERR;
    }
    printf("%s: %" PRIu64 " records\n", path, catalog->file.records);
    unlink(part);
    hr_journal_remove(path);
    return EX_OK;
}

int hr_repair(const char *part)
{
    char path[HR_DBN_FILE_PATH_BYTES];
    struct hr_catalog catalog = {0};
    size_t length = strlen(part);
    if (length < 10 || length >= sizeof path || strcmp(part + length - 5, ".part") != 0) {
        hr_say("record", "%s: wanted a FILE.dbn.zst.part or FILE.dbn.part", part);
        return EX_USAGE;
    }
    snprintf(path, sizeof path, "%.*s", (int)length - 5, part);
    if (access(path, F_OK) == 0) {
        hr_say("record", "%s is there already: move it away first", path);
        return EX_USAGE;
    }
    hr_journal_read(path, &catalog);
    int result = repair_to(part, path, strcmp(path + length - 9, ".zst") == 0 ? HR_RECORDING_LEVEL : 0, &catalog);
    hr_catalog_destroy(&catalog);
    return result;
}
