/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/finisher.h"

#include <errno.h>
#include <stdlib.h>

#include "host/say.h"
#include "record/journal.h"
#include "record/sidecar.h"

/* Returns NULL, or something else where the file could not be finished. */
static void *finish(void *argument)
{
    struct hr_ending *ending = argument;
    struct hr_dbn_file *file = ending->file;
    int error = hr_dbn_file_finish(file, &ending->metadata);
    if (error)
        hr_say("record", "%s; finish it later with: headrace record --repair %s.part", file->error, file->path);
    else {
        hr_journal_remove(file->path);
        hr_sidecar_write(ending->sidecar, file->path);
        hr_say("record", "%s: %lld records", file->path,
               (long long)json_integer_value(json_object_get(ending->sidecar, "records")));
    }
    json_decref(ending->sidecar);
    hr_dbn_metadata_free(&ending->metadata);
    free(file);
    free(ending);
    return error ? (void *)1 : NULL;
}

int hr_finisher_start(struct hr_finisher *finisher, struct hr_ending *ending)
{
    finisher->running = pthread_create(&finisher->thread, NULL, finish, ending) == 0;
    return finisher->running || !finish(ending) ? 0 : -EIO;
}

int hr_finisher_wait(struct hr_finisher *finisher)
{
    void *failed = NULL;
    if (finisher->running)
        pthread_join(finisher->thread, &failed);
    finisher->running = 0;
    return failed ? -EIO : 0;
}
