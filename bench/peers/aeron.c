/* SPDX-License-Identifier: Apache-2.0
 *
 * Aeron's C client over IPC: a stream for each direction, exclusive publications, and images polled directly. Records are
 * written where they are claimed, and looked at where they are; at full rate up to 64 for each poll. The media driver is a
 * process of its own, with the one thread that IPC needs. It sleeps between its rounds, because both cores are the two ends':
 * its default "backoff" sleeps up to a millisecond, in which a sender at full rate has come to the end of its limit. Of terms
 * from 1 to 64 MiB those of 4 MiB are the fastest: larger ones leave the caches, smaller ones come to their limit before the
 * driver has seen it.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <aeronc.h>
#include <aeronmd.h>
#include <ftw.h>

#define AERON_TERM (4 << 20)
#define AERON_BATCH 64
#define AERON_STREAM 1001 /* of end 0; that of end 1 is the next */
#define AERON_CHANNEL "aeron:ipc"
#define AERON_PATH 64

struct end {
    aeron_exclusive_publication_t *out;
    aeron_image_t *in;
};

static pid_t aeron_driver;

static void aeron_fail(const char *what)
{
    fprintf(stderr, "aeron: %s: %s\n", what, aeron_errmsg());
    exit(1);
}

static const char *aeron_directory(const char *tag)
{
    static char path[AERON_PATH];
    snprintf(path, sizeof path, "/dev/shm/%s-aeron", tag);
    return path;
}

/* The driver only moves the limit of how far a sender may go, and hands out buffers: the records themselves never see it. */
static void aeron_drive(const char *tag)
{
    aeron_driver_context_t *context;
    aeron_driver_t *driver;
    if (aeron_driver_context_init(&context) < 0 || aeron_driver_context_set_dir(context, aeron_directory(tag)) < 0 ||
        aeron_driver_context_set_dir_delete_on_start(context, true) < 0 ||
        aeron_driver_context_set_threading_mode(context, AERON_THREADING_MODE_SHARED) < 0 ||
        aeron_driver_context_set_shared_idle_strategy(context, "sleep-ns") < 0 ||
        aeron_driver_context_set_ipc_term_buffer_length(context, AERON_TERM) < 0 ||
        aeron_driver_context_set_term_buffer_sparse_file(context, false) < 0 || aeron_driver_init(&driver, context) < 0 ||
        aeron_driver_start(driver, true) < 0)
        aeron_fail("driver");
    for (;;)
        aeron_driver_main_idle_strategy(driver, aeron_driver_main_do_work(driver));
}

static void *aeron_prepare(size_t bytes, const char *tag)
{
    pid_t parent = getpid();
    (void)bytes;
    aeron_driver = fork();
    if (aeron_driver == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            aeron_drive(tag);
        _exit(1);
    }
    return NULL;
}

/* Until the driver is there, and has told each side of the other. */
static void *aeron_open(const struct hand_over_setting *setting)
{
    static struct end end;
    aeron_context_t *context;
    aeron_t *client;
    aeron_async_add_subscription_t *subscribing;
    aeron_async_add_exclusive_publication_t *publishing;
    aeron_subscription_t *subscription = NULL;
    if (aeron_context_init(&context) < 0 || aeron_context_set_dir(context, aeron_directory(setting->tag)) < 0 ||
        aeron_init(&client, context) < 0 || aeron_start(client) < 0)
        aeron_fail("client");
    if (aeron_async_add_subscription(&subscribing, client, AERON_CHANNEL, AERON_STREAM + 1 - setting->end, NULL, NULL, NULL,
                                     NULL) < 0 ||
        aeron_async_add_exclusive_publication(&publishing, client, AERON_CHANNEL, AERON_STREAM + setting->end) < 0)
        aeron_fail("streams");
    while (subscription == NULL)
        if (aeron_async_add_subscription_poll(&subscription, subscribing) < 0)
            aeron_fail("subscription");
    while (end.out == NULL)
        if (aeron_async_add_exclusive_publication_poll(&end.out, publishing) < 0)
            aeron_fail("publication");
    while ((end.in = aeron_subscription_image_at_index(subscription, 0)) == NULL ||
           !aeron_exclusive_publication_is_connected(end.out))
        usleep(1000);
    return &end;
}

static inline void aeron_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    aeron_buffer_claim_t claim;
    while (aeron_exclusive_publication_try_claim(end->out, bytes, &claim) < 0)
        _mm_pause();
    memcpy(claim.data, record, bytes);
    aeron_buffer_claim_commit(&claim);
}

static void aeron_copy(void *to, const uint8_t *from, size_t bytes, aeron_header_t *header)
{
    (void)header;
    memcpy(to, from, bytes);
}

static inline void aeron_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    (void)bytes;
    while (aeron_image_poll(end->in, aeron_copy, record, 1) == 0)
        _mm_pause();
}

static void aeron_take(void *expected, const uint8_t *record, size_t bytes, aeron_header_t *header)
{
    (void)header;
    hand_over_take(record, bytes, expected);
}

static inline size_t aeron_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    (void)bytes;
    int many = aeron_image_poll(end->in, aeron_take, expected, AERON_BATCH);
    if (many == 0)
        _mm_pause();
    return (size_t)many;
}

static int aeron_remove(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

static void aeron_clean(const char *tag)
{
    if (aeron_driver > 0) {
        kill(aeron_driver, SIGKILL);
        waitpid(aeron_driver, NULL, 0);
    }
    nftw(aeron_directory(tag), aeron_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static const struct hand_over_system aeron_system = {.name = "aeron",
                                                     .prepare = aeron_prepare,
                                                     .open = aeron_open,
                                                     .send = aeron_send,
                                                     .receive = aeron_receive,
                                                     .receive_some = aeron_receive_some,
                                                     .clean = aeron_clean};

int main(int argc, char **argv)
{
    return hand_over_main(&aeron_system, argc, argv);
}
