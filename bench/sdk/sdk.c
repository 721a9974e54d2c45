/* SPDX-License-Identifier: Apache-2.0
 *
 * The sdk bench: what a record costs a strategy in each language, consumed from a full ring; see docs/benchmarks.md. Each reader is a
 * program of its own, pinned to one core, with a ring of its own that this process fills before it is told to begin.
 *
 *     sdk [--json] [--quick] [--seed N] [--only NAME] [--readers FOLDER]
 *
 * The readers of C and C++ lie beside this program; the others, and Tachyon's, are FOLDER/NAME, or FOLDER/NAME.error says why not.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "handler.h"
#include "report.h"

#define ROUNDS 7
#define ROUNDS_QUICK 3
#define RECORDS 262144 /* and slots: 16 MiB, more than a first or second cache has */
#define BATCH 512
#define DEADLINE_S 900
#define RUN_S 30
/* A reader that waited for its core for longer than this share of its time is run again, so often. */
#define WAITED_SHARE 0.05
#define AGAIN 2
#define TEXT_BYTES 600

enum {
    WORK_BATCH,
    WORK_BATCH_TOUCH,
    WORK_ITERATE,
    WORKS,
};

static const char *const work_names[WORKS] = {"batch", "batch_touch", "iterate"};
static const char *const work_arguments[WORKS] = {"batch", "batch-touch", "iterate"};

struct reader {
    const char *name;
    const char *against; /* whose figure of the same round the note compares with */
    int is_ours;         /* attaches to our ring; else it brings a queue of its own */
    int is_built;        /* lies beside this program */
    int is_passed_over;  /* --only names another */
    char path[512];
    char why[TEXT_BYTES]; /* it is missing; empty: it is there */
};

static struct reader readers[] = {
    {.name = "c", .is_ours = 1, .is_built = 1},
    {.name = "cpp", .against = "c", .is_ours = 1, .is_built = 1},
    {.name = "rust", .against = "c", .is_ours = 1},
    {.name = "python", .against = "c", .is_ours = 1},
    {.name = "go", .against = "c", .is_ours = 1},
    {.name = "tachyon-python", .against = "python"},
    {.name = "tachyon-rust", .against = "rust"},
};
#define READERS (sizeof readers / sizeof *readers)
#define CELLS (READERS * WORKS)

struct bench {
    int json;
    uint32_t rounds;
    uint64_t seed;
    const char *folder;
    const char *only;
    uint32_t again;     /* how often a disturbed run may be done again */
    uint32_t disturbed; /* runs that were done again */
    struct sdk_handler handler;
};

/* A reader that runs: what it says on its standard output, and the file that has what it says on the other. */
struct child {
    pid_t pid;
    int to;
    int from;
    FILE *log;
    char line[256];
};

/* What must not outlast this process, whatever ends it. */
static pid_t running;
static struct {
    char directory[64];
    char socket[96]; /* ours */
    char bus[96];    /* of a queue that a reader brings */
} paths;

static void clean_up(void)
{
    if (running > 0) {
        kill(-running, SIGKILL);
        waitpid(running, NULL, 0);
    }
    unlink(paths.socket);
    unlink(paths.bus);
    rmdir(paths.directory);
}

static void out_of_time(int signal)
{
    (void)signal;
    static const char text[] = "sdk: not done within the deadline\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    clean_up();
    _exit(75);
}

static void make_paths(void)
{
    const char *temporary = getenv("TMPDIR");
    if (!temporary || strlen(temporary) + sizeof "/headrace-bench-sdk-XXXXXX" > sizeof paths.directory)
        temporary = "/tmp"; /* a socket's path is short */
    snprintf(paths.directory, sizeof paths.directory, "%s/headrace-bench-sdk-XXXXXX", temporary);
    if (!mkdtemp(paths.directory))
        err(73, "%s", paths.directory);
    snprintf(paths.socket, sizeof paths.socket, "%s/handler", paths.directory);
    snprintf(paths.bus, sizeof paths.bus, "%s/bus", paths.directory);
    atexit(clean_up);
}

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Of the processors that this process may use, the first or the last. */
static void pin(int last)
{
    static cpu_set_t allowed;
    static int known;
    cpu_set_t set;
    int chosen = -1;
    if (!known && sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        known = 1;
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET((size_t)core, &allowed) && (chosen < 0 || last))
            chosen = core;
    CPU_ZERO(&set);
    CPU_SET((size_t)chosen, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void start(struct child *child, const struct reader *reader, const char *work, const char *socket)
{
    int to[2];
    int from[2];
    char records[16];
    snprintf(records, sizeof records, "%d", RECORDS);
    child->log = tmpfile();
    if (!child->log || pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
        err(71, "pipe");
    child->pid = fork();
    if (child->pid < 0)
        err(71, "fork");
    if (child->pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(1);
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        dup2(fileno(child->log), STDERR_FILENO);
        execl(reader->path, reader->path, socket, SDK_CONSUMER, work, records, (char *)NULL);
        warn("%s", reader->path);
        _exit(127);
    }
    setpgid(child->pid, child->pid);
    running = child->pid;
    close(to[0]);
    close(from[1]);
    child->to = to[1];
    child->from = from[0];
}

static void end(struct child *child)
{
    close(child->to);
    close(child->from);
    fclose(child->log);
    kill(-child->pid, SIGKILL); /* and what it has started */
    waitpid(child->pid, NULL, 0);
    running = 0;
}

/* The next line of the reader, without its end; whoever knocks meanwhile is let in. Returns 0, or -1 when it has gone or is too late. */
static int read_line(struct bench *bench, struct child *child, uint64_t deadline_ms)
{
    size_t length = 0;
    for (;;) {
        uint64_t now = clock_ms();
        struct pollfd wanted[] = {{.fd = child->from, .events = POLLIN}, {.fd = bench->handler.listener, .events = POLLIN}};
        if (now >= deadline_ms || poll(wanted, 2, (int)(deadline_ms - now)) <= 0)
            return -1;
        if (wanted[1].revents)
            (void)sdk_handler_let_in(&bench->handler);
        if (!wanted[0].revents)
            continue;
        if (length + 1 >= sizeof child->line || read(child->from, &child->line[length], 1) != 1)
            return -1;
        if (child->line[length] == '\n')
            break;
        length++;
    }
    child->line[length] = '\0';
    return 0;
}

/* Why a run came to nothing: what the reader said last, in one line. */
static void explain(struct reader *reader, const struct child *child, const char *what)
{
    char text[400];
    long size = (fseek(child->log, 0, SEEK_END), ftell(child->log));
    fseek(child->log, size > (long)sizeof text - 1 ? size - (long)sizeof text + 1 : 0, SEEK_SET);
    size_t got = fread(text, 1, sizeof text - 1, child->log);
    while (got && text[got - 1] == '\n')
        got--;
    text[got] = '\0';
    for (char *at = text; *at; at++)
        if (*at == '\n')
            *at = ' ';
    snprintf(reader->why, sizeof reader->why, "%s%s%s", what, got ? ": " : "", text);
}

static uint64_t wanted_sum(int work)
{
    uint64_t sum = 0;
    for (uint64_t number = 0; number < RECORDS; number += work == WORK_BATCH_TOUCH ? BATCH : 1)
        sum += sdk_size_of(number);
    return sum;
}

/* {"records": N, "ns": T, "sum": S} -> ns a record, or -1. The sum shows that all of it was read; where a queue that is not ours
 * wraps, its batches may be shorter, and so others' sums of first records are their own affair. */
static double take_result(struct reader *reader, const struct child *child, int work)
{
    long long records = 0;
    long long ns = 0;
    long long sum = 0;
    json_t *root = json_loads(child->line, 0, NULL);
    int good = root && json_unpack(root, "{s:I, s:I, s:I}", "records", &records, "ns", &ns, "sum", &sum) == 0;
    json_decref(root);
    if (!good || records != RECORDS || ns <= 0) {
        snprintf(reader->why, sizeof reader->why, "%s: wanted a line of JSON with %d records, found '%.200s'", work_names[work],
                 RECORDS, child->line);
        return -1;
    }
    if ((uint64_t)sum != wanted_sum(work) && (reader->is_ours || work != WORK_BATCH_TOUCH)) {
        snprintf(reader->why, sizeof reader->why, "%s: the sum is %lld, wanted %llu: it has read something else", work_names[work],
                 sum, (unsigned long long)wanted_sum(work));
        return -1;
    }
    return (double)ns / RECORDS;
}

/* How long all threads of a process have been ready to run and were not, ns: what others on this machine have taken. */
static uint64_t waited_ns(pid_t pid)
{
    char path[320];
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        unsigned long long waited = 0;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, task->d_name);
        FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "re");
        if (file && fscanf(file, "%*u %llu", &waited) == 1)
            sum += waited;
        if (file)
            fclose(file);
    }
    if (tasks)
        closedir(tasks);
    return sum;
}

/* One reader, one work. Returns ns a record, or -1 with the reason in reader->why. *waited gets which share of that time it waited for
 * its core. */
static double run(struct bench *bench, struct reader *reader, int work, double *waited)
{
    struct child child = {0};
    double cost = -1;
    uint64_t deadline = clock_ms() + RUN_S * 1000;
    unlink(paths.bus);
    start(&child, reader, work_arguments[work], reader->is_ours ? paths.socket : paths.bus);
    if (read_line(bench, &child, deadline) || strcmp(child.line, "ready") != 0)
        explain(reader, &child, "it did not become ready");
    else if (reader->is_ours && bench->handler.connection < 0)
        explain(reader, &child, "it is ready, but has not attached");
    else {
        if (reader->is_ours)
            sdk_handler_fill(&bench->handler);
        uint64_t before = waited_ns(child.pid);
        if (write(child.to, "\n", 1) != 1 || read_line(bench, &child, deadline))
            explain(reader, &child, "it has not read to the end");
        else {
            uint64_t after = waited_ns(child.pid);
            cost = take_result(reader, &child, work);
            *waited = after > before ? (double)(after - before) / (cost * RECORDS) : 0; /* a thread may have ended */
        }
    }
    end(&child);
    sdk_handler_hang_up(&bench->handler);
    return cost;
}

/* The same, undisturbed: of several runs that which waited least. */
static double run_well(struct bench *bench, struct reader *reader, int work)
{
    double best = -1;
    double least = 0;
    for (uint32_t i = 0; i <= bench->again; i++) {
        double waited = 0;
        double cost = run(bench, reader, work, &waited);
        if (cost < 0)
            return -1;
        if (best < 0 || waited < least) {
            best = cost;
            least = waited;
        }
        if (least <= WAITED_SHARE)
            break;
        bench->disturbed += i < bench->again;
    }
    return best;
}

/* Where each reader is, or why not. */
static void find_readers(const struct bench *bench, const char *program)
{
    const char *slash = strrchr(program, '/');
    int beside = slash ? (int)(slash - program) : 1;
    for (uint32_t i = 0; i < READERS; i++) {
        struct reader *reader = &readers[i];
        char error[600];
        if (bench->only && strcmp(bench->only, reader->name) != 0 && strcmp(reader->name, "c") != 0) {
            reader->is_passed_over = 1;
            continue;
        }
        if (reader->is_built)
            snprintf(reader->path, sizeof reader->path, "%.*s/reader-%s", beside, slash ? program : ".", reader->name);
        else if (bench->folder)
            snprintf(reader->path, sizeof reader->path, "%s/%s", bench->folder, reader->name);
        if (reader->path[0] && access(reader->path, X_OK) == 0)
            continue;
        snprintf(reader->why, sizeof reader->why, "not there: ./dev bench sdk builds it");
        snprintf(error, sizeof error, "%s.error", reader->path);
        FILE *file = fopen(error, "re");
        if (file) {
            size_t got = fread(reader->why, 1, sizeof reader->why - 1, file);
            reader->why[got] = '\0';
            reader->why[strcspn(reader->why, "\n")] = '\0';
            fclose(file);
        }
    }
}

static void parse(struct bench *bench, int argc, char **argv)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'},          {"quick", no_argument, NULL, 'q'},
                                          {"seed", required_argument, NULL, 's'},    {"only", required_argument, NULL, 'o'},
                                          {"readers", required_argument, NULL, 'r'}, {0}};
    *bench = (struct bench){.rounds = ROUNDS, .again = AGAIN, .seed = 1};
    for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (option == 'j')
            bench->json = 1;
        else if (option == 'q')
            bench->rounds = ROUNDS_QUICK, bench->again = 0;
        else if (option == 's')
            bench->seed = strtoull(optarg, NULL, 10);
        else if (option == 'o')
            bench->only = optarg;
        else if (option == 'r')
            bench->folder = optarg;
        else {
            fputs("usage: sdk [--json] [--quick] [--seed N] [--only NAME] [--readers FOLDER]\n", stderr);
            exit(64);
        }
    }
    if (bench->seed == 0)
        errx(64, "wanted a seed that is not 0");
}

/* The median over the rounds of this / other, both of the same round. */
static const char *compare(const struct hr_result *result, const struct hr_result *other, const char *name, char *text, size_t bytes)
{
    double ratios[HR_REPORT_ROUNDS_MAX];
    if (other->rounds != result->rounds)
        return NULL;
    for (uint32_t round = 0; round < result->rounds; round++)
        ratios[round] = result->values[round] / other->values[round];
    snprintf(text, bytes, "(%.2f x %s)", hr_median(ratios, result->rounds), name);
    return text;
}

static const struct reader *find_reader(const char *name)
{
    for (uint32_t i = 0; i < READERS; i++)
        if (strcmp(readers[i].name, name) == 0)
            return &readers[i];
    abort();
}

static void report(const struct bench *bench, struct hr_result *cells)
{
    static struct hr_result results[CELLS];
    static char notes[CELLS][64];
    struct hr_missing missing[READERS];
    struct hr_report report = {.bench = "sdk", .seed = bench->seed, .results = results, .missing = missing};
    for (uint32_t i = 0; i < READERS; i++)
        if (readers[i].why[0])
            missing[report.missing_count++] = (struct hr_missing){readers[i].name, readers[i].why};
    for (uint32_t work = 0; work < WORKS; work++)
        for (uint32_t i = 0; i < READERS; i++) {
            struct hr_result *result = &cells[i * WORKS + work];
            if (readers[i].why[0] || readers[i].is_passed_over)
                continue;
            if (readers[i].against) {
                const struct reader *other = find_reader(readers[i].against);
                result->note = compare(result, &cells[(uint32_t)(other - readers) * WORKS + work], other->name, notes[i * WORKS + work],
                                       sizeof notes[0]);
            }
            results[report.count++] = *result;
        }
    hr_report_print(&report, bench->json);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static struct hr_result cells[CELLS];
    uint32_t order[CELLS];
    parse(&bench, argc, argv);
    find_readers(&bench, argv[0]);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, out_of_time);
    alarm(DEADLINE_S);
    make_paths();
    sdk_handler_open(&bench.handler, paths.socket, RECORDS);
    pin(0);
    for (uint32_t i = 0; i < CELLS; i++)
        cells[i] = (struct hr_result){.work = work_names[i % WORKS], .name = readers[i / WORKS].name, .unit = "ns"};
    uint64_t seed = bench.seed;
    for (uint32_t round = 0; round < bench.rounds; round++) {
        hr_shuffle(&seed, order, CELLS);
        for (uint32_t i = 0; i < CELLS; i++) {
            struct hr_result *cell = &cells[order[i]];
            struct reader *reader = &readers[order[i] / WORKS];
            double cost = reader->why[0] || reader->is_passed_over ? -1 : run_well(&bench, reader, (int)(order[i] % WORKS));
            if (cost > 0)
                cell->values[cell->rounds++] = cost;
        }
        if (!bench.json)
            fprintf(stderr, "round %u of %u\n", round + 1, bench.rounds);
    }
    if (bench.disturbed)
        fprintf(stderr, "%u runs were done again: others on this machine took the core\n", bench.disturbed);
    report(&bench, cells);
    sdk_handler_close(&bench.handler);
    return 0;
}
