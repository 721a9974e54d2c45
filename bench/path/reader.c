/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "reader.h"

#include <err.h>
#include <rte_pause.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "headrace/consumer.h"
#include "pass.h"

#define BATCH 256
#define IDLE_LOOKS 4096
#define PAUSES 4

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* What a strategy that takes batches does: look at every record (the sum keeps the compiler from leaving that out), and when
 * there is none wait a little: looking again at once takes the very line that the writer is about to write. */
static void read_batches(struct hr_consumer *ring, uint64_t *sum)
{
    int ended = 0;
    for (uint32_t idle = 0; idle < IDLE_LOOKS || !ended;) {
        const uint8_t *slot;
        uint64_t count = hr_consumer_batch(ring, &slot, BATCH);
        for (uint64_t i = 0; i < count; i++, slot += ring->slot_bytes)
            *sum += ((const struct hr_mbo *)(const void *)(slot + HR_SLOT_STAMP_BYTES))->size;
        if (count) {
            hr_consumer_release(ring, count);
            idle = 0;
            continue;
        }
        for (int i = 0; i < PAUSES; i++)
            rte_pause();
        if (++idle >= IDLE_LOOKS && !ended) {
            ended = __atomic_load_n(&ring->header->state, __ATOMIC_ACQUIRE) != HR_RING_RUNNING;
            idle = 0;
        }
    }
}

/* A strategy that takes record by record: looks at the next slot, and reads the clock as soon as a record stands there. */
static void read_and_measure(struct hr_consumer *ring, struct reader_result *result)
{
    int ended = 0;
    for (uint32_t idle = 0; idle < IDLE_LOOKS || !ended;) {
        uint64_t stamp;
        const struct hr_record_header *record = hr_consumer_peek(ring, &stamp);
        if (!record) {
            if (++idle >= IDLE_LOOKS && !ended) {
                ended = __atomic_load_n(&ring->header->state, __ATOMIC_ACQUIRE) != HR_RING_RUNNING;
                idle = 0;
            }
            continue;
        }
        uint64_t now = clock_ns();
        uint64_t latency = now > stamp ? now - stamp : 0;
        idle = 0;
        result->bins[latency < READER_BINS ? latency : READER_BINS - 1]++;
        hr_consumer_advance(ring, record, stamp);
    }
}

static void run(int socket, struct reader_result *result)
{
    struct hr_consumer ring;
    int fds[2];
    char measure;
    while (hr_pass_receive(socket, fds, 2, &measure) == 0) {
        uint64_t sum = 0;
        if (hr_consumer_map(&ring, fds[0], fds[1]))
            errx(71, "the reader cannot map its ring");
        if (measure)
            read_and_measure(&ring, result);
        else
            read_batches(&ring, &sum);
        result->records = ring.records + (sum == 1); /* sum is never 1 */
        result->lost = ring.lost;
        hr_consumer_unmap(&ring);
        close(fds[0]);
        close(fds[1]);
        if (send(socket, "", 1, MSG_NOSIGNAL) != 1)
            return;
    }
}

void reader_start(struct reader *reader, unsigned core)
{
    int sockets[2];
    reader->result = mmap(NULL, sizeof *reader->result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reader->result == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        err(71, "reader");
    reader->pid = fork();
    if (reader->pid < 0)
        err(71, "fork");
    if (reader->pid == 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(core, &set);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sched_setaffinity(0, sizeof set, &set);
        close(sockets[0]);
        run(sockets[1], reader->result);
        _exit(0);
    }
    close(sockets[1]);
    reader->socket = sockets[0];
}

void reader_attach(const struct reader *reader, int data_fd, int cursor_fd, int measure)
{
    const int fds[] = {data_fd, cursor_fd};
    memset(reader->result, 0, sizeof *reader->result);
    hr_pass_send(reader->socket, fds, 2, (char)measure);
}

void reader_finish(const struct reader *reader)
{
    char done;
    if (recv(reader->socket, &done, 1, 0) != 1)
        errx(71, "the reader died");
}

void reader_stop(struct reader *reader)
{
    close(reader->socket);
    waitpid(reader->pid, NULL, 0);
}
