/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that a strategy could try, of another user and of the handler's own, with ordinary pages and with huge ones: while
 * a writer publishes, an attacker process that was sent the two descriptors goes through its lists; after each attack an honest
 * reader has to find two laps of the ring as they were published, and the object unchanged.
 *
 * usage: attack
 * Wants root to become another user, and huge pages that can be reserved; what cannot be had is skipped by name.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacker.h"
#include "channel.h"
#include "huge_pages.h"
#include "stream.h"
#include "target.h"
#include "writer.h"

#define DEADLINE_NS UINT64_C(20000000000)
#define CONTROL_MIN 18 /* of both kinds of pages */
#define HUGE_PAGES 16  /* the ring's two, and the attacker's private copies */

enum part {
    DATA = 0,
    CURSOR = 1,
};

/* Of all runs; in memory that the forked runs share. */
struct totals {
    uint64_t attacks; /* on what nobody but the writer may change */
    uint64_t refused;
    uint64_t harmless;
    uint64_t not_here;
    uint64_t failures;
    uint64_t records;
    char current[2 * REPORT_NAME_BYTES];
};

static struct totals *totals;

struct scene {
    enum part part;
    enum attacker attacker;
    int huge_pages;
    struct writer writer;
    struct reader reader;
    struct hr_ring_header header; /* as it was at first */
    struct stat data_stat;
    int data_seals;
    int channel;
};

static const char *title_of(const struct scene *scene)
{
    static char title[64];
    snprintf(title, sizeof title, "%s, %s, %s", scene->attacker == ANOTHER_USER ? "another user" : "the same user",
             scene->huge_pages ? "huge pages" : "4 KiB pages", scene->part == DATA ? "data" : "cursor");
    return title;
}

static void fail(const char *why)
{
    printf("FAILED %s: %s\n", totals->current, why);
    totals->failures++;
}

/* ---- what has to hold after each attack ---- */

static void check_object(const struct scene *scene)
{
    const struct hr_producer *ring = &scene->writer.rings[0];
    const struct hr_ring_header *header = ring->header;
    const uint8_t *rest = (const uint8_t *)header + sizeof *header;
    struct stat now;
    uint8_t any = 0;
    if (fstat(ring->data_fd, &now) < 0 || now.st_size != scene->data_stat.st_size || now.st_uid != scene->data_stat.st_uid ||
        now.st_mode != scene->data_stat.st_mode)
        fail("the data object has another size, owner or mode");
    if (fcntl(ring->data_fd, F_GET_SEALS) != scene->data_seals)
        fail("the seals have changed");
    if (memcmp(header, &scene->header, offsetof(struct hr_ring_header, heartbeat_ns)) != 0 || header->wakes != 0 ||
        header->lost != 0 || header->state != HR_RING_RUNNING)
        fail("the header has changed");
    for (size_t i = 0; i < HR_RING_HEADER_BYTES - sizeof *header; i++)
        any |= rest[i];
    if (any)
        fail("there is something where the header's page is empty");
}

/* The honest reader finds two laps more, byte for byte. */
static void check_stream(struct scene *scene)
{
    uint64_t end = scene->reader.next + 2 * scene->writer.slot_count;
    uint64_t turns = __atomic_load_n(&scene->writer.turns, __ATOMIC_ACQUIRE) + 4;
    uint64_t deadline = stream_clock_ns(CLOCK_MONOTONIC) + DEADLINE_NS;
    while (scene->reader.next < end || __atomic_load_n(&scene->writer.turns, __ATOMIC_ACQUIRE) < turns) {
        if (reader_read(&scene->reader) == 0)
            sched_yield();
        if (stream_clock_ns(CLOCK_MONOTONIC) > deadline) {
            fail("the stream has stopped");
            exit(2); /* there is nothing left to attack */
        }
    }
    if (scene->reader.wrong)
        fail("the stream is not what was published");
    const char *wrong = __atomic_load_n(&scene->writer.wrong, __ATOMIC_ACQUIRE);
    if (wrong)
        fail(wrong);
    scene->reader.wrong = 0;
}

static void judge(const struct report *report)
{
    if (report->result == NOT_HERE) {
        printf("not here: %s\n", totals->current);
        totals->not_here++;
        return;
    }
    totals->attacks += !report->may_succeed || report->result != 0;
    totals->refused += report->result != 0;
    totals->harmless += report->result == 0 && report->may_succeed;
    if (report->result < 0)
        printf("refused %s: %s\n", strerrorname_np(-report->result), totals->current);
    else if (report->result > 0)
        printf("refused SIG%s: %s\n", sigabbrev_np(report->result), totals->current);
    else if (report->may_succeed)
        printf("allowed, harmless: %s\n", totals->current);
    else
        fail("it got through");
}

/* ---- one attacker ---- */

/* The attacker's next ring: a cursor page that was written to is another's from now on, if that led to eviction. */
static int answer(struct scene *scene)
{
    struct hr_producer *attacked = &scene->writer.rings[scene->writer.ring_count - 1];
    int again = scene->part == CURSOR && __atomic_load_n(&attacked->header->state, __ATOMIC_ACQUIRE) != HR_RING_RUNNING;
    if (again)
        writer_renew(&scene->writer);
    return channel_send(scene->channel, &again, sizeof again, &attacked->cursor_fd, again ? 1 : 0);
}

static int follow(struct scene *scene)
{
    struct report report;
    int got = 1;
    while (got > 0) {
        /* The stream goes on while the attacker is at work. */
        if (!channel_ready(scene->channel)) {
            if (reader_read(&scene->reader) == 0)
                sched_yield();
            continue;
        }
        got = channel_receive(scene->channel, &report, sizeof report, NULL, 0);
        if (got <= 0)
            break;
        report.name[sizeof report.name - 1] = '\0';
        snprintf(totals->current, sizeof totals->current, "%s: %s", title_of(scene), report.name);
        if (report.finished) { /* else it is the announcement */
            check_stream(scene);
            check_object(scene);
            judge(&report);
        }
        got = answer(scene) < 0 ? -1 : 1;
    }
    return got;
}

static int send_target(struct scene *scene)
{
    const struct hr_producer *ring = &scene->writer.rings[scene->writer.ring_count - 1];
    const int descriptors[] = {ring->data_fd, ring->cursor_fd};
    struct target target = {.attacker = scene->attacker,
                            .huge_pages = scene->huge_pages,
                            .data_bytes = ring->data_bytes,
                            .writer = getpid(),
                            .writer_data_fd = ring->data_fd,
                            .writer_map = (uint64_t)(uintptr_t)ring->header};
    return channel_send(scene->channel, &target, sizeof target, descriptors, 2);
}

static int prepare(struct scene *scene)
{
    const struct hr_producer *honest = &scene->writer.rings[0];
    int error = writer_create(&scene->writer, scene->part == CURSOR ? 2 : 1, scene->huge_pages);
    if (!error)
        error = hr_consumer_map(&scene->reader.consumer, honest->data_fd, honest->cursor_fd);
    if (!error && fstat(honest->data_fd, &scene->data_stat) < 0)
        error = -errno;
    if (!error && scene->huge_pages != (scene->data_stat.st_blksize == 2 << 20))
        error = -ENOMEM;
    if (error)
        return error;
    scene->header = *honest->header;
    scene->data_seals = fcntl(honest->data_fd, F_GET_SEALS);
    error = writer_start(&scene->writer);
    return error ? error : send_target(scene);
}

/* The whole of one scene, in a process of its own: should the writer die of an attack, the test says of which. */
static int play(struct scene *scene)
{
    int ends[2];
    int status = 0;
    child_begin();
    /* An ordinary user's processes may trace each other; the kernel guards those that have privileges, or are not dumpable. */
    if (geteuid() != 0)
        prctl(PR_SET_DUMPABLE, 0);
    if (channel_open(ends) < 0)
        return 2;
    pid_t attacker = fork(); /* before there is anything to inherit */
    if (attacker == 0) {
        close(ends[0]);
        _exit(attacker_run(ends[1], scene->attacker, scene->part == CURSOR));
    }
    close(ends[1]);
    scene->channel = ends[0];
    int error = prepare(scene);
    if (error) {
        printf("FAILED %s: it cannot be prepared: %s\n", title_of(scene), strerror(-error));
        return 2;
    }
    if (follow(scene) < 0)
        fail("the attacker cannot be understood");
    if (waitpid(attacker, &status, 0) != attacker || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("the attacker did not come to the end of its lists");
    if (scene->part == CURSOR)
        printf("%s: %ju evictions, %ju wake-ups asked for\n", title_of(scene), (uintmax_t)scene->writer.evictions,
               (uintmax_t)scene->writer.wakes);
    totals->records += scene->reader.next;
    hr_consumer_unmap(&scene->reader.consumer);
    writer_stop(&scene->writer);
    fflush(stdout);
    return 0;
}

static void run_scene(enum part part, enum attacker attacker, int huge_pages)
{
    static struct scene scene;
    int status = 0;
    scene = (struct scene){.part = part, .attacker = attacker, .huge_pages = huge_pages};
    snprintf(totals->current, sizeof totals->current, "%s: at the start", title_of(&scene));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(play(&scene));
    if (child < 0 || waitpid(child, &status, 0) != child)
        fail("no process can be had");
    else if (WIFSIGNALED(status))
        fail("the writer died of it");
    else if (WEXITSTATUS(status) != 0)
        fail("the writer ended with an error");
}

static void run_control(int huge_pages)
{
    const char *pages = huge_pages ? "huge pages" : "4 KiB pages";
    snprintf(totals->current, sizeof totals->current, "control, %s", pages);
    int through = attacker_control(huge_pages);
    printf("control, %s: %d attacks get through where nothing is sealed\n", pages, through);
    if (through < CONTROL_MIN)
        fail("the attacks are no good: what is not sealed withstands them too");
}

static void run_scenes(int huge_pages)
{
    run_control(huge_pages);
    for (enum attacker attacker = ANOTHER_USER; attacker <= SAME_USER; attacker++) {
        if (attacker == ANOTHER_USER && geteuid() != 0) {
            printf("SKIPPED another user, %s: root is needed to become one\n", huge_pages ? "huge pages" : "4 KiB pages");
            continue;
        }
        run_scene(DATA, attacker, huge_pages);
        if (!huge_pages) /* a cursor is never in them */
            run_scene(CURSOR, attacker, huge_pages);
    }
}

int main(void)
{
    const char *why = NULL;
    totals = mmap(NULL, sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (totals == MAP_FAILED)
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    run_scenes(0);
    if (huge_pages_reserve(HUGE_PAGES, &why) == 0)
        run_scenes(1);
    else
        printf("SKIPPED huge pages: %s\n", why);
    huge_pages_restore();
    printf("%ju attacks, %ju refused; %ju allowed and harmless, %ju not to be had here; %ju records read and right\n",
           (uintmax_t)totals->attacks, (uintmax_t)totals->refused, (uintmax_t)totals->harmless, (uintmax_t)totals->not_here,
           (uintmax_t)totals->records);
    return totals->failures || totals->attacks != totals->refused || totals->attacks == 0;
}
