/* SPDX-License-Identifier: Apache-2.0
 *
 * Tachyon by its C API, a bus for each direction, in the way that is its fastest for each work:
 *
 *   round_trip  its default mode, where the sender looks whether the receiver sleeps. The fence that this takes also pushes the
 *               record out: 5 to 20 % less than in "pure spin". The receiver spins 10000 times before it would sleep.
 *   paced       pure spin; the default mode is no faster here and would sleep between rare records
 *   one_way     pure spin; every 32nd record is seen by the receiver (the library's own batch), which takes up to 64 at once
 *
 * Built with TACHYON_SLEEPS it is tachyon-futex: the default mode in all of them, so that the receiver sleeps on a futex.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#include <tachyon.h>

#define TACHYON_PATH 64
#define TACHYON_TYPE 1
#ifdef TACHYON_PATIENT
#define TACHYON_BATCH 512
#else
#define TACHYON_BATCH 64
#endif
#define TACHYON_SPINS 10000     /* the library's own default before it sleeps */
#define TACHYON_SHORT (1 << 20) /* bytes of a bus; small enough for the caches */
#define TACHYON_LONG (16 << 20) /* more than 65536 records */

struct end {
    tachyon_bus_t *out;
    tachyon_bus_t *in;
};

static void tachyon_fail(const char *what, int error)
{
    fprintf(stderr, "tachyon: %s: error %d\n", what, error);
    exit(1);
}

/* The socket of the bus that `end` sends to. */
static void tachyon_path(char *path, const char *tag, int end)
{
    snprintf(path, TACHYON_PATH, "/tmp/%s-tachyon.%d", tag, end);
}

/* The receiver makes a bus and waits until the sender has come. */
static tachyon_bus_t *tachyon_listen(const char *tag, int end, size_t capacity, int pure_spin)
{
    char path[TACHYON_PATH];
    tachyon_bus_t *bus;
    tachyon_path(path, tag, end);
    tachyon_error_t error = tachyon_bus_listen(path, capacity, &bus);
    if (error != TACHYON_SUCCESS)
        tachyon_fail(path, error);
    if (pure_spin)
        tachyon_bus_set_polling_mode(bus, 1);
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

static void *tachyon_open(const struct hand_over_setting *setting, size_t capacity, int pure_spin)
{
    static struct end end;
    if (setting->end == 0)
        end.out = tachyon_connect(setting->tag, 0);
    end.in = tachyon_listen(setting->tag, 1 - setting->end, capacity, pure_spin);
    if (setting->end == 1)
        end.out = tachyon_connect(setting->tag, 1);
    return &end;
}

static void *tachyon_open_default(const struct hand_over_setting *setting)
{
    return tachyon_open(setting, TACHYON_SHORT, 0);
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
    tachyon_flush(((struct end *)of)->out);
}

static inline void tachyon_receive(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    const void *there;
    uint32_t type;
    size_t size;
    while ((there = tachyon_acquire_rx_blocking(end->in, &type, &size, TACHYON_SPINS)) == NULL)
        ;
    memcpy(record, there, bytes);
    tachyon_commit_rx(end->in);
}

static inline size_t tachyon_take(struct end *end, const tachyon_msg_view_t *views, size_t many, size_t bytes,
                                  uint64_t *expected)
{
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

#ifdef TACHYON_SLEEPS

static void *tachyon_open_long(const struct hand_over_setting *setting)
{
    return tachyon_open(setting, TACHYON_LONG, 0);
}

static inline size_t tachyon_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    tachyon_msg_view_t views[TACHYON_BATCH];
    return tachyon_take(end, views, tachyon_drain_batch(end->in, views, TACHYON_BATCH, TACHYON_SPINS), bytes, expected);
}

#define TACHYON_NAME "tachyon-futex"
#define tachyon_open_paced tachyon_open_default
#define tachyon_receive_paced tachyon_receive

#else

static void *tachyon_open_long(const struct hand_over_setting *setting)
{
    return tachyon_open(setting, TACHYON_LONG, 1);
}

static inline size_t tachyon_receive_some(void *of, size_t bytes, uint64_t *expected)
{
    struct end *end = of;
    tachyon_msg_view_t views[TACHYON_BATCH];
    size_t many = tachyon_acquire_rx_batch(end->in, views, TACHYON_BATCH);
#ifdef TACHYON_PATIENT /* lets the sender get ahead, as the readers of headrace.c and floor_stream.c do */
    for (int i = 0; many < 64 && i < 1024; i++)
        _mm_pause();
#else
    if (many == 0)
        _mm_pause();
#endif
    return tachyon_take(end, views, many, bytes, expected);
}

static void *tachyon_open_paced(const struct hand_over_setting *setting)
{
    return tachyon_open(setting, TACHYON_SHORT, 1);
}

static inline void tachyon_receive_paced(void *of, void *record, size_t bytes)
{
    struct end *end = of;
    const void *there;
    uint32_t type;
    size_t size;
    while ((there = tachyon_acquire_rx_spin(end->in, &type, &size, 0)) == NULL)
        ;
    memcpy(record, there, bytes);
    tachyon_commit_rx(end->in);
}

#ifdef TACHYON_PATIENT
#define TACHYON_NAME "tachyon-patient"
#else
#define TACHYON_NAME "tachyon"
#endif

#endif

#define TACHYON_COMMON .name = TACHYON_NAME, .send = tachyon_send, .flush = tachyon_send_off, .clean = tachyon_clean

static const struct hand_over_system tachyon_round_trip = {TACHYON_COMMON, .open = tachyon_open_default,
                                                           .receive = tachyon_receive};
static const struct hand_over_system tachyon_paced = {TACHYON_COMMON, .open = tachyon_open_paced,
                                                      .receive = tachyon_receive_paced};
static const struct hand_over_system tachyon_one_way = {TACHYON_COMMON, .open = tachyon_open_long, .receive = tachyon_receive,
                                                        .receive_some = tachyon_receive_some};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "one_way") == 0)
        return hand_over_main(&tachyon_one_way, argc, argv);
    if (argc > 1 && strcmp(argv[1], "paced") == 0)
        return hand_over_main(&tachyon_paced, argc, argv);
    return hand_over_main(&tachyon_round_trip, argc, argv);
}
