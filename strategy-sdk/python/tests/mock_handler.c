/* SPDX-License-Identifier: Apache-2.0
 *
 * The least handler there can be: real rings (ring/src/producer.c) in real sealed memory, over a real attach socket, told what
 * to publish line by line on standard input. Each command is answered by one line. It ends at the end of its input.
 *
 *     mock_handler SOCKET SLOT_BYTES SLOT_COUNT WORKERS drop|detach
 *
 *     worker W            the ring that the following commands mean
 *     mbo COUNT FIRST     publishes orders numbered from FIRST; COUNT of them
 *     record HEX          publishes one record as it is
 *     flush               tells of losses that are pending, if there is room
 *     pending             answers with the number of records lost that no LOST record tells of yet
 *     symbol P I NAME     names an instrument
 *     state N             HR_RING_*
 *     wakes               answers with how often the reader was woken
 *     waiting             answers with how it said that it waits: HR_WAITING_*
 *     nudge               wakes it without a reason
 *     minor N             the ABI minor of the next reader's rings
 *     stream COUNT        publishes COUNT orders as the reader makes room, looking at the input only afterwards
 *     refuse N TEXT       the status and message of the next reply
 *     garble              the next reply is not of this protocol
 *     attached            answers with the number of consumers that are attached: 0 or 1
 */
#define _GNU_SOURCE
#include "headrace/attach_abi.h"
#include "headrace/producer.h"
#include "memory.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MAX 4
#define DESCRIPTORS_MAX (WORKERS_MAX * 3 + 2)
#define DIRECTORY_CAPACITY 64
#define DIRECTORY_BYTES (sizeof(struct hr_directory) + DIRECTORY_CAPACITY * sizeof(struct hr_directory_entry))

struct worker {
    struct hr_producer producer;
    struct hr_directory *directory;
    int directory_fd;
};

static struct worker workers[WORKERS_MAX];
static uint32_t worker_count;
static struct worker *chosen = workers;
static struct hr_producer_options ring_options;
static int statistics_fd = -1;
static int listener = -1;
static int connection = -1;
static int refusal;
static char refusal_text[104];
static int garbled;
static uint32_t waiting; /* HR_WAITING_* of the reader */
static int event_fd = -1;
static uint16_t minor = HR_ABI_MINOR;

static void check(int good, const char *what)
{
    if (!good) {
        perror(what);
        exit(1);
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void *make_page(const char *name, size_t bytes, int *fd)
{
    void *page = NULL;
    check(hr_memory_create(name, hr_memory_round(bytes, 0), HR_MEMORY_READ_ONLY, 0, &page, fd) == 0, name);
    return page;
}

static void make_worker(uint32_t index)
{
    struct worker *worker = &workers[index];
    ring_options.worker = index;
    check(hr_producer_create(&worker->producer, &ring_options) == 0, "hr_producer_create");
    worker->directory = make_page("mock-directory", DIRECTORY_BYTES, &worker->directory_fd);
    worker->directory->capacity = DIRECTORY_CAPACITY;
    worker->directory->entry_bytes = sizeof(struct hr_directory_entry);
    worker->directory->magic = HR_DIRECTORY_MAGIC;
    worker->producer.header->abi_minor = minor;
    worker->producer.waiting = waiting;
}

/* A reader sleeps on the word of its first ring, whichever ring has something for it. */
static void wake_reader(void)
{
    struct hr_ring_header *header = workers[0].producer.header;
    __atomic_add_fetch(&header->wakes, 1, __ATOMIC_RELEASE);
    if (event_fd >= 0)
        (void)!eventfd_write(event_fd, 1);
    else
        (void)!syscall(SYS_futex, &header->wakes, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* What the worker and the waker do once a turn. */
static void wake_sleeper(void)
{
    int wanted = 0;
    if (connection < 0 || waiting == HR_WAITING_AWAKE)
        return;
    for (uint32_t i = 0; i < worker_count; i++)
        wanted |= hr_producer_must_wake(&workers[i].producer);
    if (wanted)
        wake_reader();
}

/* The descriptors of the reply, in their order. Returns how many. */
static uint32_t make_rings(int *descriptors)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < worker_count; i++) {
        make_worker(i);
        descriptors[count++] = workers[i].producer.data_fd;
        descriptors[count++] = workers[i].producer.cursor_fd;
        descriptors[count++] = workers[i].directory_fd;
    }
    descriptors[count++] = statistics_fd;
    if (waiting == HR_WAITING_EVENTFD && minor > 0) {
        event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        check(event_fd >= 0, "eventfd");
        descriptors[count++] = event_fd;
    }
    return count;
}

static void reply(const struct hr_attach_request *request)
{
    int refused = refusal ? refusal : strcmp(request->consumer, ring_options.consumer) ? -ENOENT : 0;
    struct hr_attach_reply answer = {.magic = garbled ? 0 : HR_ATTACH_MAGIC,
                                     .version = HR_ATTACH_VERSION,
                                     .length = sizeof answer,
                                     .status = refused,
                                     .worker_count = refused ? 0 : worker_count};
    union {
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {.iov_base = &answer, .iov_len = sizeof answer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    int descriptors[DESCRIPTORS_MAX];
    waiting = request->waiting;
    snprintf(answer.message, sizeof answer.message, "%s", refusal ? refusal_text : "no such consumer");
    if (!refused) {
        answer.descriptors = make_rings(descriptors);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(answer.descriptors * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(answer.descriptors * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, answer.descriptors * sizeof(int));
    }
    check(sendmsg(connection, &message, MSG_NOSIGNAL) == (ssize_t)sizeof answer, "sendmsg");
    if (refused || garbled) {
        close(connection);
        connection = -1;
    }
    refusal = 0;
    garbled = 0;
}

static void hang_up(void)
{
    close(connection);
    connection = -1;
    if (event_fd >= 0)
        close(event_fd);
    event_fd = -1;
    for (uint32_t i = 0; i < worker_count; i++) {
        hr_producer_destroy(&workers[i].producer);
        munmap(workers[i].directory, hr_memory_round(DIRECTORY_BYTES, 0));
        close(workers[i].directory_fd);
        workers[i] = (struct worker){0};
    }
}

static void serve_socket(short ready)
{
    struct hr_attach_request request;
    if (connection >= 0 && ready) {
        hang_up();
    } else if (connection < 0 && ready) {
        connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        check(connection >= 0, "accept4");
        check(recv(connection, &request, sizeof request, 0) == (ssize_t)sizeof request, "recv");
        reply(&request);
    }
}

static void publish_order(uint64_t number, uint64_t now)
{
    struct hr_mbo order = {.header = {.length = sizeof order / 4,
                                      .rtype = HR_RTYPE_MBO,
                                      .publisher_id = 2,
                                      .instrument_id = (uint32_t)(number % 8),
                                      .ts_event = number},
                           .order_id = number,
                           .price = (int64_t)number * 1000000,
                           .size = 100,
                           .flags = HR_FLAG_LAST,
                           .action = 'A',
                           .side = number % 2 ? 'B' : 'A',
                           .ts_recv = now,
                           .sequence = (uint32_t)number};
    hr_producer_publish(&chosen->producer, &order, sizeof order, now);
}

/* Bursts of 64, as a handler has them; waits for the reader, so that nothing is lost. */
static void stream(uint64_t count)
{
    struct hr_producer *producer = &chosen->producer;
    for (uint64_t number = 0; number < count; number++) {
        while (producer->written - producer->read > producer->mask && hr_producer_room(producer) == 0) {
            hr_producer_store_counts(producer, now_ns());
            wake_sleeper();
            sched_yield();
        }
        uint64_t now = number % 64 ? producer->last_stamp : now_ns();
        publish_order(number, now);
        if (number % 64 == 63)
            hr_producer_store_counts(producer, now);
    }
    hr_producer_store_counts(producer, now_ns());
}

static void publish_hex(const char *hex)
{
    uint8_t record[HR_RECORD_BYTES_MAX];
    size_t bytes = 0;
    unsigned byte = 0;
    while (bytes < sizeof record && sscanf(hex + bytes * 2, "%2x", &byte) == 1)
        record[bytes++] = (uint8_t)byte;
    hr_producer_publish(&chosen->producer, record, bytes, now_ns());
}

static void add_symbol(unsigned publisher_id, unsigned instrument_id, const char *symbol)
{
    struct hr_directory *directory = chosen->directory;
    struct hr_directory_entry *entry = &directory->entries[directory->count];
    *entry = (struct hr_directory_entry){.instrument_id = instrument_id, .publisher_id = (uint16_t)publisher_id};
    snprintf(entry->symbol, sizeof entry->symbol, "%s", symbol);
    __atomic_store_n(&directory->count, directory->count + 1, __ATOMIC_RELEASE);
}

static const char *obey(const char *line)
{
    static char answer[32];
    unsigned long long count = 0;
    unsigned long long first = 0;
    unsigned publisher_id = 0;
    unsigned instrument_id = 0;
    char symbol[HR_SYMBOL_BYTES];
    if (sscanf(line, "refuse %d %103[^\n]", &refusal, refusal_text) == 2)
        return "ok";
    if (strcmp(line, "garble\n") == 0) {
        garbled = 1;
        return "ok";
    }
    if (sscanf(line, "minor %llu", &count) == 1) {
        minor = (uint16_t)count;
        return "ok";
    }
    if (strcmp(line, "attached\n") == 0) {
        snprintf(answer, sizeof answer, "%d", connection >= 0);
        return answer;
    }
    if (connection < 0)
        return "nobody is attached";
    if (sscanf(line, "worker %llu", &count) == 1 && count < worker_count)
        chosen = &workers[count];
    else if (sscanf(line, "mbo %llu %llu", &count, &first) == 2)
        for (uint64_t number = first; number < first + count; number++)
            publish_order(number, now_ns());
    else if (strncmp(line, "record ", 7) == 0)
        publish_hex(line + 7);
    else if (strcmp(line, "flush\n") == 0)
        hr_producer_flush(&chosen->producer, now_ns());
    else if (strcmp(line, "pending\n") == 0) {
        snprintf(answer, sizeof answer, "%d", (int)chosen->producer.lost_pending);
        return answer;
    } else if (sscanf(line, "symbol %u %u %23s", &publisher_id, &instrument_id, symbol) == 3)
        add_symbol(publisher_id, instrument_id, symbol);
    else if (sscanf(line, "state %llu", &count) == 1)
        hr_producer_set_state(&chosen->producer, (uint32_t)count);
    else if (sscanf(line, "stream %llu", &count) == 1)
        stream(count);
    else if (strcmp(line, "wakes\n") == 0 || strcmp(line, "waiting\n") == 0) {
        snprintf(answer, sizeof answer, "%u", line[3] == 'e' ? workers[0].producer.header->wakes : waiting);
        return answer;
    } else if (strcmp(line, "nudge\n") == 0)
        wake_reader();
    else
        return "no such command";
    hr_producer_store_counts(&chosen->producer, now_ns());
    wake_sleeper();
    return "ok";
}

static void listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    check(listener >= 0 && bind(listener, (const struct sockaddr *)&address, sizeof address) == 0, path);
    check(listen(listener, 4) == 0, path);
}

int main(int argc, char **argv)
{
    char line[2048];
    check(argc == 6, "usage: mock_handler SOCKET SLOT_BYTES SLOT_COUNT WORKERS drop|detach");
    ring_options = (struct hr_producer_options){.consumer = "test",
                                                .slot_bytes = (uint32_t)atoi(argv[2]),
                                                .slot_count = (uint32_t)atoi(argv[3]),
                                                .worker_count = (uint32_t)atoi(argv[4]),
                                                .session_epoch = now_ns(),
                                                .on_full = argv[5][1] == 'r' ? HR_ON_FULL_DROP : HR_ON_FULL_DETACH};
    worker_count = ring_options.worker_count;
    check(worker_count >= 1 && worker_count <= WORKERS_MAX, "workers");
    struct hr_statistics_page *statistics = make_page("mock-statistics", sizeof *statistics, &statistics_fd);
    statistics->magic = HR_STATISTICS_MAGIC;
    listen_on(argv[1]);
    setvbuf(stdin, NULL, _IONBF, 0); /* poll must know of every line */
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    for (;;) {
        struct pollfd ready[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                 {.fd = connection >= 0 ? connection : listener, .events = POLLIN}};
        check(poll(ready, 2, 1) >= 0, "poll");
        for (uint32_t i = 0; connection >= 0 && i < worker_count; i++)
            hr_producer_store_counts(&workers[i].producer, now_ns());
        wake_sleeper();
        serve_socket(ready[1].revents);
        if (ready[0].revents) {
            if (!fgets(line, sizeof line, stdin))
                return 0;
            puts(obey(line));
        }
    }
}
