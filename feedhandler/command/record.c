/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace record: a consumer of a running handler whose stream goes to DBN files. The calling thread reads the ring, and does
 * nothing that can block (record/reading.h); a second one compresses and writes (record/writing.h); a third brings the last
 * file to its end while the next one grows (record/finisher.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command/command.h"
#include "command/record_options.h"
#include "headrace/headrace.h"
#include "host/clock.h"
#include "host/say.h"
#include "record/dbn_file.h"
#include "record/reading.h"
#include "record/repair.h"
#include "record/writing.h"

#define DRAIN_SECONDS 60 /* for the disk, at the end */

struct recorder {
    struct hr_record_options options;
    struct hr_feed *feed;
    struct hr_spool spool;
    struct hr_tally tally;
    struct hr_reading reading;
    struct hr_writing writing;
};

static volatile sig_atomic_t told_to_stop;

static void on_signal(int number)
{
    (void)number;
    told_to_stop = 1;
}

static void take_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN; /* a disk that is a pipe: the write says it */
    sigaction(SIGPIPE, &action, NULL);
}

/* Before the handler is asked: a folder that is not there would be found out with the first record. */
static int check_folder(const struct hr_recording *recording)
{
    char path[HR_DBN_FILE_PATH_BYTES];
    hr_recording_path(recording, hr_realtime_ns(), path, sizeof path);
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    const char *folder = !slash ? "." : slash == path ? "/" : path;
    if (access(folder, W_OK | X_OK) == 0)
        return 0;
    hr_say("record", "--output %s: no file can be made in %s: %s; make the folder first", recording->output, folder,
           strerror(errno));
    return EX_CANTCREAT;
}

/* Until the end. Returns hr_feed_next's answer, 0 when told to stop, or when the disk failed. */
static int read_ring(struct recorder *recorder)
{
    int end = 0;
    while (!end && !told_to_stop && !hr_writing_has_failed(&recorder->writing))
        end = hr_reading_poll(&recorder->reading);
    return end;
}

/* What waits for the disk goes there: nothing comes any more that could be lost by it. Returns 0, or 1 when the disk hangs. */
static int drain(struct recorder *recorder)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    uint64_t deadline_ns = hr_monotonic_ns() + DRAIN_SECONDS * UINT64_C(1000000000);
    while (hr_reading_end(&recorder->reading) || !hr_writing_has_ended(&recorder->writing)) {
        if (hr_monotonic_ns() > deadline_ns)
            return 1;
        nanosleep(&moment, NULL);
    }
    return 0;
}

static void summarise(const struct recorder *recorder)
{
    const struct hr_tally *tally = &recorder->tally;
    uint64_t own = 0;
    for (int i = 0; i < HR_OWN_KINDS; i++)
        own += tally->counts.own[i];
    hr_say("record",
           "%" PRIu64 " records in %" PRIu64 " files; %" PRIu64 " dropped here in %u stretches, %" PRIu64
           " lost in the ring; %" PRIu64 " of Headrace's own left out",
           recorder->writing.records, recorder->writing.files, tally->counts.dropped, tally->drop_count, tally->counts.lost,
           own);
}

static int record(struct recorder *recorder)
{
    const struct hr_recording *recording = &recorder->options.recording;
    struct hr_spool *spool = &recorder->spool;
    hr_tally_create(&recorder->tally);
    recorder->reading =
        (struct hr_reading){.recording = recording, .feed = recorder->feed, .spool = spool, .tally = &recorder->tally};
    recorder->writing = (struct hr_writing){.recording = recording,
                                            .feed = recorder->feed,
                                            .spool = spool,
                                            .sidecar = {.consumer = recording->consumer, .tally = &recorder->tally}};
    if (hr_spool_create(spool, recording->buffer_bytes) || hr_writing_start(&recorder->writing)) {
        hr_say("record", "out of memory for a buffer of %" PRIu64 " bytes (--buffer)", recording->buffer_bytes);
        return EX_OSERR;
    }
    int end = read_ring(recorder);
    hr_say("record", "%s", end ? hr_error() : told_to_stop ? "told to stop" : "the disk failed");
    if (drain(recorder)) {
        hr_say("record", "the disk has not taken what waited for it within %d s: ending without it; a .part is left",
               DRAIN_SECONDS);
        summarise(recorder);
        _exit(EX_IOERR); /* the thread that hangs in a write cannot be ended */
    }
    hr_writing_wait(&recorder->writing);
    summarise(recorder);
    if (hr_writing_has_failed(&recorder->writing))
        return EX_IOERR;
    if (end && end != -ESHUTDOWN)
        return EX_UNAVAILABLE;
    return recorder->tally.counts.dropped || recorder->tally.counts.lost ? EX_TEMPFAIL : EX_OK;
}

static int run_recorder(struct recorder *recorder)
{
    const struct hr_record_options *options = &recorder->options;
    const struct hr_attach_options attach = {.socket = options->socket, .instance = options->instance, .wait = HR_WAIT_FUTEX};
    if (check_folder(&options->recording))
        return EX_CANTCREAT;
    take_signals();
    if (hr_attach(&recorder->feed, options->recording.consumer, &attach)) {
        hr_say("record", "%s", hr_error());
        return EX_UNAVAILABLE;
    }
    hr_say("record", "attached as '%s'", options->recording.consumer);
    int result = record(recorder);
    hr_feed_close(recorder->feed);
    hr_spool_destroy(&recorder->spool);
    hr_writing_destroy(&recorder->writing);
    return result;
}

int hr_command_record(int argc, char **argv)
{
    static struct recorder recorder;
    int error = hr_record_options_parse(&recorder.options, argc, argv);
    if (error)
        return error < 0 ? EX_OK : error;
    return recorder.options.repair ? hr_repair(recorder.options.repair) : run_recorder(&recorder);
}
