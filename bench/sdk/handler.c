/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "handler.h"

#include <err.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "headrace/attach_abi.h"
#include "memory.h"

#define DESCRIPTORS 4 /* data, cursor, directory, statistics */
#define DIRECTORY_CAPACITY 16
#define INSTRUMENTS 8
#define PUBLISHER 2
#define REQUEST_WITHIN_S 1

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void sdk_handler_open(struct sdk_handler *handler, const char *path, uint32_t slot_count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct hr_statistics_page *statistics;
    void *page = NULL;
    *handler = (struct sdk_handler){.connection = -1, .slot_count = slot_count};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    handler->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (handler->listener < 0 || bind(handler->listener, (const struct sockaddr *)&address, sizeof address) ||
        listen(handler->listener, 4))
        err(71, "%s", path);
    if (hr_memory_create("bench-statistics", hr_memory_round(sizeof *statistics, 0), HR_MEMORY_READ_ONLY, 0, &page,
                         &handler->statistics_fd))
        errx(71, "the statistics page cannot be made");
    statistics = page;
    statistics->entry_bytes = sizeof(struct hr_statistics_entry);
    statistics->values_offset = sizeof *statistics;
    statistics->magic = HR_STATISTICS_MAGIC;
    munmap(page, hr_memory_round(sizeof *statistics, 0));
}

void sdk_handler_close(struct sdk_handler *handler)
{
    sdk_handler_hang_up(handler);
    close(handler->statistics_fd);
    close(handler->listener);
}

static void make_ring(struct sdk_handler *handler)
{
    const struct hr_producer_options options = {.consumer = SDK_CONSUMER,
                                                .slot_bytes = 64,
                                                .slot_count = handler->slot_count,
                                                .worker_count = 1,
                                                .session_epoch = clock_ns(),
                                                .on_full = HR_ON_FULL_DROP};
    if (hr_producer_create(&handler->producer, &options) || hr_directory_create(&handler->directory, DIRECTORY_CAPACITY))
        errx(71, "a ring of %u records cannot be made", handler->slot_count);
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        char symbol[HR_SYMBOL_BYTES];
        snprintf(symbol, sizeof symbol, "BENCH%u", i);
        hr_directory_add(&handler->directory, 0, PUBLISHER, i, symbol, 100);
    }
    hr_producer_store_counts(&handler->producer, clock_ns());
}

static int reply(const struct sdk_handler *handler)
{
    struct hr_attach_reply answer = {.magic = HR_ATTACH_MAGIC,
                                     .version = HR_ATTACH_VERSION,
                                     .length = sizeof answer,
                                     .worker_count = 1,
                                     .descriptors = DESCRIPTORS};
    const int descriptors[DESCRIPTORS] = {handler->producer.data_fd, handler->producer.cursor_fd, handler->directory.fd,
                                          handler->statistics_fd};
    union {
        char bytes[CMSG_SPACE(sizeof descriptors)];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = &answer, .iov_len = sizeof answer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(header), descriptors, sizeof descriptors);
    return sendmsg(handler->connection, &message, MSG_NOSIGNAL) == (ssize_t)sizeof answer ? 0 : -1;
}

int sdk_handler_let_in(struct sdk_handler *handler)
{
    struct hr_attach_request request;
    const struct timeval patience = {.tv_sec = REQUEST_WITHIN_S};
    sdk_handler_hang_up(handler);
    handler->connection = accept4(handler->listener, NULL, NULL, SOCK_CLOEXEC);
    if (handler->connection < 0)
        return -1;
    setsockopt(handler->connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    make_ring(handler);
    if (recv(handler->connection, &request, sizeof request, 0) == (ssize_t)sizeof request && request.magic == HR_ATTACH_MAGIC &&
        request.kind == HR_ATTACH_CONSUMER && request.waiting == HR_WAITING_AWAKE && reply(handler) == 0)
        return 0;
    sdk_handler_hang_up(handler);
    return -1;
}

void sdk_handler_fill(struct sdk_handler *handler)
{
    struct hr_producer *producer = &handler->producer;
    uint64_t now = clock_ns();
    for (uint64_t number = 0; number < handler->slot_count; number++) {
        const struct hr_mbo order = {.header = {.length = sizeof order / 4,
                                                .rtype = HR_RTYPE_MBO,
                                                .publisher_id = PUBLISHER,
                                                .instrument_id = (uint32_t)(number % INSTRUMENTS),
                                                .ts_event = now},
                                     .order_id = number,
                                     .price = (int64_t)(100 + number % 50) * HR_PRICE_SCALE,
                                     .size = sdk_size_of(number),
                                     .flags = HR_FLAG_LAST,
                                     .action = 'A',
                                     .side = number % 2 ? 'A' : 'B',
                                     .ts_recv = now,
                                     .sequence = (uint32_t)number};
        hr_producer_publish(producer, &order, sizeof order, now);
    }
    hr_producer_store_counts(producer, clock_ns());
    if (producer->lost)
        errx(70, "%llu records did not fit: the reader has attached to less than it was given", (unsigned long long)producer->lost);
}

void sdk_handler_hang_up(struct sdk_handler *handler)
{
    if (handler->connection < 0)
        return;
    close(handler->connection);
    handler->connection = -1;
    hr_producer_destroy(&handler->producer);
    hr_directory_destroy(&handler->directory);
}
