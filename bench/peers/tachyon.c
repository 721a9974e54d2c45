/* SPDX-License-Identifier: Apache-2.0
 *
 * Tachyon: a bus for each direction.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <tachyon.h>

#ifndef CAP
#define CAP (16 << 20)
#endif
#ifndef MANY
#define MANY 256
#endif
#define TACHYON_PATH 64
#define TACHYON_TYPE 1

struct end {
    tachyon_bus_t *out;
    tachyon_bus_t *in;
};

/* The bus that `end` sends to. */
static void tachyon_path(char *path, const char *tag, int end)
{
    snprintf(path, TACHYON_PATH, "/tmp/%s.%d", tag, end);
}

static void tachyon_fail(const char *what, int error)
{
    fprintf(stderr, "tachyon: %s: error %d\n", what, error);
    exit(1);
}

/* The receiver makes a bus and waits until the sender has come, as the documentation wants it. */
static tachyon_bus_t *tachyon_listen(const char *tag, int end)
{
    char path[TACHYON_PATH];
    tachyon_bus_t *bus;
    tachyon_path(path, tag, end);
    tachyon_error_t error = tachyon_bus_listen(path, CAP, &bus);
    if (error != TACHYON_SUCCESS)
        tachyon_fail(path, error);
#ifndef DEFAULT
    tachyon_bus_set_polling_mode(bus, 1);
#endif
    return bus;
}

static tachyon_bus_t *tachyon_connect(const char *tag, int end)
{
    char path[TACHYON_PATH];
    tachyon_bus_t *bus;
    tachyon_path(path, tag, end);
    for (tachyon_error_t error; (error = tachyon_bus_connect(path, &bus)) != TACHYON_SUCCESS; usleep(1000))
        if (error != TACHYON_ERR_NETWORK)
            tachyon_fail(path, error);
    return bus;
}

static void *tachyon_open(const struct hand_over_setting *setting)
{
    static struct end end;
    if (setting->end == 0)
        end.out = tachyon_connect(setting->tag, 0);
    end.in = tachyon_listen(setting->tag, 1 - setting->end);
    if (setting->end == 1)
        end.out = tachyon_connect(setting->tag, 1);
    return &end;
}

static inline void tachyon_send(void *of, const void *record, size_t bytes)
{
    struct end *end = of;
    void *room;
    while (__builtin_expect((room = tachyon_acquire_tx(end->out, bytes)) == NULL, 0)) {
        tachyon_flush(end->out);
        _mm_pause();
    }
    memcpy(room, record, bytes);
    tachyon_commit_tx(end->out, bytes, TACHYON_TYPE);
}

static inline void tachyon_send_off(void *of)
{
    struct end *end = of;
    tachyon_flush(end->out);
}

static inline void tachyon_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    uint32_t type;
    size_t size;
    const void *there;
#if defined(DEFAULT)
    while ((there = tachyon_acquire_rx_blocking(end->in, &type, &size, 10000)) == NULL)
#elif defined(NOPAUSE)
    while ((there = tachyon_acquire_rx(end->in, &type, &size)) == NULL)
#else
    while ((there = tachyon_acquire_rx_spin(end->in, &type, &size, 0)) == NULL)
#endif
        ;
    memcpy(record, there, bytes);
    tachyon_commit_rx(end->in);
}

static inline size_t tachyon_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    tachyon_msg_view_t views[MANY];
#ifdef DEFAULT
    size_t many = tachyon_drain_batch(end->in, views, MANY, 10000);
#else
    size_t many = tachyon_acquire_rx_batch(end->in, views, MANY);
#endif
    for (size_t i = 0; i < many; i++)
        hand_over_take(views[i].ptr, bytes, expected);
    tachyon_commit_rx_batch(end->in, views, many);
    return many;
}

static void tachyon_clean(const char *tag)
{
    char path[TACHYON_PATH];
    for (int end = 0; end < 2; end++) {
        tachyon_path(path, tag, end);
        unlink(path);
    }
}

static const struct hand_over_system tachyon_system = {.name = "tachyon",
                                                       .open = tachyon_open,
                                                       .send = tachyon_send,
                                                       .flush = tachyon_send_off,
                                                       .receive = tachyon_receive,
                                                       .receive_some = tachyon_receive_some,
                                                       .clean = tachyon_clean};

int main(int argc, char **argv)
{
    return hand_over_main(&tachyon_system, argc, argv);
}
