/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures: pcap of either resolution and byte order, pcapng, compressed or not, each written here byte for byte; and files
 * that are cut, damaged, of another kind, or not there.
 *
 * usage: test_capture [seed]
 */
#define _GNU_SOURCE
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "input/capture.h"
#include "input/stream.h"
#include "wire.h"

#define TIME_S UINT32_C(1767623400)
#define FRAMES 5

static uint64_t seed;
static char path[40];
static struct wire wire;
static char error[HR_CAPTURE_ERROR_BYTES];

static int make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/headrace-test-capture-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const void *bytes, size_t length)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void put(uint64_t value, int bytes, int big_endian)
{
    if (big_endian)
        wire_be(&wire, value, bytes);
    else
        wire_le(&wire, value, bytes);
}

/* Frame i: 60 + i bytes, all i. */
static void put_frame(uint32_t i)
{
    for (uint32_t b = 0; b < 60 + i; b++)
        wire_be(&wire, i, 1);
}

/* ---- the kinds of file ---- */

static void make_pcap(uint32_t magic, uint32_t link_type, int big_endian)
{
    wire.length = 0;
    put(magic, 4, big_endian);
    put(2, 2, big_endian);
    put(4, 2, big_endian);
    put(0, 8, big_endian);
    put(65535, 4, big_endian);
    put(link_type, 4, big_endian);
    for (uint32_t i = 0; i < FRAMES; i++) {
        put(TIME_S + i, 4, big_endian);
        put(123456 + i, 4, big_endian);
        put(60 + i, 4, big_endian);
        put(60 + i + (i == 3), 4, big_endian); /* the fourth was longer on the wire */
        put_frame(i);
    }
}

#define MICROSECONDS UINT32_C(0xA1B2C3D4)
#define NANOSECONDS UINT32_C(0xA1B23C4D)
#define ETHERNET 1

static void make_pcapng(uint8_t resolution)
{
    wire.length = 0;
    wire_le(&wire, 0x0A0D0D0A, 4); /* section header */
    wire_le(&wire, 28, 4);
    wire_le(&wire, 0x1A2B3C4D, 4);
    wire_le(&wire, 1, 2);
    wire_le(&wire, 0, 2);
    wire_le(&wire, UINT64_MAX, 8);
    wire_le(&wire, 28, 4);
    wire_le(&wire, 1, 4); /* interface description */
    wire_le(&wire, 32, 4);
    wire_le(&wire, ETHERNET, 2);
    wire_le(&wire, 0, 2);
    wire_le(&wire, 65535, 4);
    wire_le(&wire, 9, 2); /* if_tsresol */
    wire_le(&wire, 1, 2);
    wire_le(&wire, resolution, 4);
    wire_le(&wire, 0, 4); /* end of options */
    wire_le(&wire, 32, 4);
    for (uint32_t i = 0; i < FRAMES; i++) {
        uint64_t time =
            resolution == 9 ? (TIME_S + i) * UINT64_C(1000000000) + 123456 + i : (TIME_S + i) * UINT64_C(1000000) + 123456 + i;
        uint32_t padded = (60 + i + 3) / 4 * 4;
        wire_le(&wire, 6, 4); /* enhanced packet */
        wire_le(&wire, 32 + padded, 4);
        wire_le(&wire, 0, 4);
        wire_le(&wire, time >> 32, 4);
        wire_le(&wire, time & UINT32_MAX, 4);
        wire_le(&wire, 60 + i, 4);
        wire_le(&wire, 60 + i + (i == 3), 4);
        put_frame(i);
        wire_le(&wire, 0, (int)(padded - 60 - i));
        wire_le(&wire, 32 + padded, 4);
    }
}

static void expect_frame(const struct hr_frame *frame, uint32_t i, uint64_t unit_ns)
{
    assert_int_equal(frame->length, 60 + i);
    for (uint32_t b = 0; b < 60 + i; b++)
        assert_int_equal(frame->bytes[b], i);
    assert_int_equal(frame->flags, i == 3 ? HR_FRAME_CUT : 0);
    assert_int_equal(frame->time_ns, (TIME_S + i) * UINT64_C(1000000000) + (123456 + i) * unit_ns);
}

/* The file holds the frames, all of them, and then ends. */
static void expect_frames(uint64_t unit_ns)
{
    struct hr_capture *capture = NULL;
    struct hr_frame frame;
    int opened = hr_capture_open(&capture, path, error);
    if (opened)
        print_error("%s\n", error);
    assert_int_equal(opened, 0);
    for (uint32_t i = 0; i < FRAMES; i++) {
        assert_int_equal(hr_capture_next(capture, &frame, error), 1);
        expect_frame(&frame, i, unit_ns);
    }
    assert_int_equal(hr_capture_next(capture, &frame, error), 0);
    assert_int_equal(hr_capture_next(capture, &frame, error), 0);
    hr_capture_close(capture);
    hr_capture_close(NULL);
}

static void pcap_of_microseconds(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        make_pcap(MICROSECONDS, ETHERNET, big_endian);
        write_file(wire.bytes, wire.length);
        expect_frames(1000);
    }
}

static void pcap_of_nanoseconds(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        make_pcap(NANOSECONDS, ETHERNET, big_endian);
        write_file(wire.bytes, wire.length);
        expect_frames(1);
    }
}

static void pcapng_of_either_resolution(void **state)
{
    (void)state;
    make_pcapng(6);
    write_file(wire.bytes, wire.length);
    expect_frames(1000);
    make_pcapng(9);
    write_file(wire.bytes, wire.length);
    expect_frames(1);
}

static size_t zstd(uint8_t *out, size_t room, const void *bytes, size_t length, int checksum)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum);
    size_t written = ZSTD_compress2(context, out, room, bytes, length);
    assert_false(ZSTD_isError(written));
    ZSTD_freeCCtx(context);
    return written;
}

static void compressed_captures(void **state)
{
    (void)state;
    uint8_t out[4096];
    for (int checksum = 0; checksum < 2; checksum++) {
        make_pcap(NANOSECONDS, ETHERNET, 0);
        write_file(out, zstd(out, sizeof out, wire.bytes, wire.length, checksum));
        expect_frames(1);
        make_pcapng(9);
        write_file(out, zstd(out, sizeof out, wire.bytes, wire.length, checksum));
        expect_frames(1);
    }
}

/* As several programs write them: one frame of zstd behind the other, and one that holds nothing. */
static void compressed_capture_of_many_frames(void **state)
{
    (void)state;
    uint8_t out[65536];
    size_t length = 0;
    make_pcap(NANOSECONDS, ETHERNET, 0);
    for (size_t at = 0; at < wire.length; at += 37)
        length +=
            zstd(out + length, sizeof out - length, wire.bytes + at, wire.length - at < 37 ? wire.length - at : 37, 0);
    length += zstd(out + length, sizeof out - length, "", 0, 1);
    write_file(out, length);
    expect_frames(1);
}

static size_t gzip(uint8_t *out, size_t room, const void *bytes, size_t length)
{
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)bytes, .avail_in = (uInt)length, .next_out = out, .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&stream), Z_OK);
    return room - stream.avail_out;
}

/* In one member, and in several, of which one holds nothing. */
static void gzip_captures(void **state)
{
    (void)state;
    uint8_t out[65536];
    make_pcap(NANOSECONDS, ETHERNET, 0);
    write_file(out, gzip(out, sizeof out, wire.bytes, wire.length));
    expect_frames(1);
    size_t length = 0;
    for (size_t at = 0; at < wire.length; at += 37)
        length += gzip(out + length, sizeof out - length, wire.bytes + at, wire.length - at < 37 ? wire.length - at : 37);
    length += gzip(out + length, sizeof out - length, "", 0);
    write_file(out, length);
    expect_frames(1);
}

/* ---- files that are not what they should be ---- */

static void expect_refused(const char *of, const char *says)
{
    struct hr_capture *capture = NULL;
    error[0] = '\0';
    int result = hr_capture_open(&capture, of, error);
    if (result == 0)
        hr_capture_close(capture);
    if (result == 0 || !strstr(error, says))
        print_error("wanted '%s', got %d: '%s'\n", says, result, error);
    assert_int_equal(result, -1);
    assert_memory_equal(error, of, strlen(of));
    assert_non_null(strstr(error, says));
}

static void file_that_is_not_there(void **state)
{
    (void)state;
    expect_refused("/no/such/file.pcap", "No such file or directory");
    expect_refused("/", "Is a directory");
}

static void files_that_are_no_captures(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "a", "abc", "a text, and no capture at all"};
    uint8_t out[256];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        write_file(texts[i], strlen(texts[i]));
        expect_refused(path, "not a capture");
    }
    write_file(out, zstd(out, sizeof out, texts[3], strlen(texts[3]), 1));
    expect_refused(path, "not a capture");
    write_file("\x28\xB5\x2F\xFD garbage behind the magic", 30);
    expect_refused(path, path);
}

static void captures_of_other_links(void **state)
{
    (void)state;
    make_pcap(NANOSECONDS, 113, 0); /* Linux "cooked" */
    write_file(wire.bytes, wire.length);
    expect_refused(path, "link type LINUX_SLL; wanted Ethernet");
    make_pcap(NANOSECONDS, 0xFFF, 0);
    write_file(wire.bytes, wire.length);
    expect_refused(path, "wanted Ethernet");
}

/* Reads what there is: returns how many frames, each right, and in *end how it ended. */
static uint32_t read_what_there_is(int *end)
{
    struct hr_capture *capture = NULL;
    struct hr_frame frame;
    uint32_t count = 0;
    *end = hr_capture_open(&capture, path, error);
    if (*end)
        return 0;
    while ((*end = hr_capture_next(capture, &frame, error)) == 1)
        expect_frame(&frame, count++, 1);
    hr_capture_close(capture);
    return count;
}

/* Becoming invalid: cut at every length. Every whole frame is had; a cut between two frames is an end, any other is damage,
 * told with the number of the packet. */
static void cut_capture_gives_what_is_whole(void **state)
{
    (void)state;
    size_t ends[FRAMES + 1] = {24};
    for (uint32_t i = 0; i < FRAMES; i++)
        ends[i + 1] = ends[i] + 16 + 60 + i;
    make_pcap(NANOSECONDS, ETHERNET, 0);
    assert_int_equal(wire.length, ends[FRAMES]);
    for (size_t length = 24; length <= wire.length; length++) {
        uint32_t whole = 0;
        int end;
        char says[64];
        while (whole < FRAMES && ends[whole + 1] <= length)
            whole++;
        write_file(wire.bytes, length);
        assert_int_equal(read_what_there_is(&end), whole);
        assert_int_equal(end, length == ends[whole] ? 0 : -1);
        snprintf(says, sizeof says, "damaged at packet %u", whole + 1);
        if (end == -1)
            assert_non_null(strstr(error, says));
    }
}

static void cut_compressed_capture_is_damaged(void **state)
{
    (void)state;
    static uint8_t out[65536];
    for (int way = 0; way < 3; way++) { /* zstd, with a checksum or without, and gzip */
        make_pcap(NANOSECONDS, ETHERNET, 0);
        size_t length = way == 2 ? gzip(out, sizeof out, wire.bytes, wire.length) : zstd(out, sizeof out, wire.bytes, wire.length, way);
        for (size_t cut = 4; cut < length; cut++) {
            int end;
            write_file(out, cut);
            assert_true(read_what_there_is(&end) <= FRAMES);
            assert_int_equal(end, -1);
        }
    }
}

static void damaged_capture_never_harms(void **state)
{
    (void)state;
    struct hr_sim_random random;
    static uint8_t out[65536];
    hr_sim_random_seed(&random, seed);
    for (int round = 0; round < 600; round++) {
        struct hr_capture *capture = NULL;
        struct hr_frame frame;
        if (round % 3 == 0)
            make_pcapng(9);
        else
            make_pcap(NANOSECONDS, ETHERNET, 0);
        size_t length = wire.length;
        if (round % 3 == 1)
            length = round & 4 ? gzip(out, sizeof out, wire.bytes, wire.length) : zstd(out, sizeof out, wire.bytes, wire.length, round & 1);
        else
            memcpy(out, wire.bytes, length);
        for (int i = 0; i < 3; i++)
            out[hr_sim_random_below(&random, (uint32_t)length)] = (uint8_t)hr_sim_random_next(&random);
        write_file(out, length);
        if (hr_capture_open(&capture, path, error))
            continue;
        volatile uint8_t sum = 0;
        for (int i = 0; i < 1000 && hr_capture_next(capture, &frame, error) == 1; i++)
            for (uint32_t b = 0; b < frame.length; b++)
                sum = (uint8_t)(sum + frame.bytes[b]);
        hr_capture_close(capture);
    }
}

/* ---- streams ---- */

/* In pieces, as libpcap reads: one large read would go past the stream's own buffer. */
static size_t read_stream(uint8_t *bytes, size_t room, int *failed)
{
    FILE *stream = hr_stream_open(path);
    assert_non_null(stream);
    size_t length = 0, got;
    while ((got = fread(bytes + length, 1, room - length < 1500 ? room - length : 1500, stream)) > 0)
        length += got;
    *failed = ferror(stream);
    fclose(stream);
    return length;
}

static void streams_are_read_whole(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 3, 4, 5, 100, 65536, 1048575, 1048576, 1048577, 3000000};
    uint8_t *bytes = malloc(4 << 20), *packed = malloc(8 << 20), *read = malloc(4 << 20);
    struct hr_sim_random random;
    assert_true(bytes && packed && read);
    hr_sim_random_seed(&random, seed);
    for (size_t i = 0; i < 4 << 20; i++)
        bytes[i] = (uint8_t)(i % 64 < 32 ? hr_sim_random_next(&random) : i);
    for (size_t l = 0; l < COUNT_OF(lengths); l++) {
        int failed;
        write_file(bytes, lengths[l]);
        assert_int_equal(read_stream(read, 4 << 20, &failed), lengths[l]);
        assert_false(failed);
        assert_memory_equal(read, bytes, lengths[l]);
        for (int checksum = 0; checksum < 2; checksum++) {
            write_file(packed, zstd(packed, 8 << 20, bytes, lengths[l], checksum));
            assert_int_equal(read_stream(read, 4 << 20, &failed), lengths[l]);
            assert_false(failed);
            assert_memory_equal(read, bytes, lengths[l]);
        }
    }
    free(bytes);
    free(packed);
    free(read);
}

/* A writer that flushes as it goes makes blocks of any size: the last may be more than the reader has asked for, and has all
 * been taken from the file before the reader has had the whole of it. */
static void streams_that_were_flushed_are_read_whole(void **state)
{
    (void)state;
    enum { FIRST = 100, ROOM = 4 << 20 };
    size_t length = FIRST + (1 << 20);
    uint8_t *bytes = calloc(1, ROOM), *packed = malloc(ROOM), *read = malloc(ROOM);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_true(bytes && packed && read && context);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(i / 1000);
    ZSTD_outBuffer out = {.dst = packed, .size = ROOM};
    ZSTD_inBuffer in = {.src = bytes, .size = FIRST};
    assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush), 0);
    in.size = length;
    size_t left = 1;
    while (left != 0) {
        left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
        assert_false(ZSTD_isError(left));
    }
    write_file(packed, out.pos);
    int failed;
    size_t got = read_stream(read, ROOM, &failed);
    ZSTD_freeCCtx(context);
    int same = got == length && memcmp(read, bytes, length) == 0;
    free(bytes);
    free(packed);
    free(read);
    assert_int_equal(got, length);
    assert_true(same);
    assert_false(failed);
}

static void cut_streams_are_errors(void **state)
{
    (void)state;
    static uint8_t bytes[100000], packed[200000], read[200000];
    struct hr_sim_random random;
    hr_sim_random_seed(&random, seed);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)hr_sim_random_next(&random);
    size_t length = zstd(packed, sizeof packed, bytes, sizeof bytes, 1);
    for (size_t cut = 4; cut < length; cut += 997) {
        int failed;
        write_file(packed, cut);
        size_t got = read_stream(read, sizeof read, &failed);
        assert_true(failed);
        assert_memory_equal(read, bytes, got);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_of_microseconds),
        cmocka_unit_test(pcap_of_nanoseconds),
        cmocka_unit_test(pcapng_of_either_resolution),
        cmocka_unit_test(compressed_captures),
        cmocka_unit_test(compressed_capture_of_many_frames),
        cmocka_unit_test(gzip_captures),
        cmocka_unit_test(file_that_is_not_there),
        cmocka_unit_test(files_that_are_no_captures),
        cmocka_unit_test(captures_of_other_links),
        cmocka_unit_test(cut_capture_gives_what_is_whole),
        cmocka_unit_test(cut_compressed_capture_is_damaged),
        cmocka_unit_test(damaged_capture_never_harms),
        cmocka_unit_test(streams_are_read_whole),
        cmocka_unit_test(streams_that_were_flushed_are_read_whole),
        cmocka_unit_test(cut_streams_are_errors),
    };
    seed = test_seed(argc, argv, 20260105);
    return cmocka_run_group_tests_name("capture", tests, make_file, remove_file);
}
