/* SPDX-License-Identifier: Apache-2.0
 *
 * DBN files as feeds: what is read is what was written, whatever it was compressed in; what is damaged is told where, after all
 * the good records before it; and no byte of a file is believed. Files are written here, byte by byte.
 */
#define _GNU_SOURCE
#include "test.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "dbn/metadata.h"
#include "dbn/names.h"
#include "dbn/reader.h"
#include "headrace/headrace.h"

#define NOON UINT64_C(1700000000000000000) /* 2023-11-14 */
#define DAY UINT64_C(86400000000000)

/* ---- a file, made up in memory ---- */

struct bytes {
    uint8_t *at;
    size_t length;
};

static char path[64];

static void add(struct bytes *bytes, const void *more, size_t length)
{
    bytes->at = realloc(bytes->at, bytes->length + length + 1);
    assert_non_null(bytes->at);
    memcpy(bytes->at + bytes->length, more, length);
    bytes->length += length;
}

static void add_metadata(struct bytes *bytes, uint16_t schema, int ts_out)
{
    static const struct hr_dbn_interval apple[] = {{20231114, 20231115, "7"}, {20231115, 20231116, "9"}};
    static const struct hr_dbn_interval ibm[] = {{20231115, 20231116, "7"}};
    struct hr_dbn_mapping mappings[] = {{"AAPL", apple, 2}, {"IBM", ibm, 1}};
    const char *symbols[] = {"AAPL", "IBM"};
    const struct hr_dbn_metadata metadata = {.dataset = "XNAS.ITCH",
                                             .schema = schema,
                                             .start = NOON,
                                             .end = UINT64_MAX,
                                             .stype_in = HR_DBN_STYPE_RAW_SYMBOL,
                                             .stype_out = HR_DBN_STYPE_INSTRUMENT_ID,
                                             .ts_out = (uint8_t)ts_out,
                                             .symbols = {symbols, 2},
                                             .mappings = mappings,
                                             .mapping_count = 2};
    uint8_t *encoded;
    size_t length;
    assert_int_equal(hr_dbn_metadata_encode(&metadata, &encoded, &length), 0);
    assert_int_equal(length % 8, 0);
    add(bytes, encoded, length);
    free(encoded);
}

/* Metadata of versions 1 and 2, empty lists. */
static void add_old_metadata(struct bytes *bytes, uint8_t version, uint16_t schema)
{
    uint8_t room[8 + 100 + 20] = {'D', 'B', 'N', version, 120};
    memcpy(room + 8, "GLBX.MDP3", 9);
    memcpy(room + 8 + 16, &schema, sizeof schema);
    if (version == 2)
        room[8 + 45] = 71;
    add(bytes, room, sizeof room);
}

static struct hr_mbo order(uint64_t number, uint64_t ts_recv)
{
    return (struct hr_mbo){
        .header = {.length = sizeof(struct hr_mbo) / 4, .rtype = HR_RTYPE_MBO, .publisher_id = 2, .instrument_id = 7},
        .order_id = number,
        .price = (int64_t)number * HR_PRICE_SCALE,
        .action = 'A',
        .side = 'B',
        .ts_recv = ts_recv};
}

static void add_orders(struct bytes *bytes, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct hr_mbo record = order(i, NOON + i * 10);
        add(bytes, &record, sizeof record);
    }
}

static struct bytes orders_file(uint64_t count)
{
    struct bytes bytes = {0};
    add_metadata(&bytes, HR_DBN_SCHEMA_MBO, 0);
    add_orders(&bytes, count);
    return bytes;
}

/* `bytes` as zstd frames of at most so many bytes each; takes them. */
static struct bytes compress(struct bytes bytes, size_t each)
{
    static const uint8_t skippable[] = {0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3};
    struct bytes made = {0};
    for (size_t at = 0; at < bytes.length; at += each) {
        size_t length = bytes.length - at < each ? bytes.length - at : each;
        size_t room = ZSTD_compressBound(length);
        uint8_t *frame = malloc(room);
        size_t got = ZSTD_compress(frame, room, bytes.at + at, length, 1);
        assert_false(ZSTD_isError(got));
        add(&made, frame, got);
        add(&made, skippable, sizeof skippable);
        free(frame);
    }
    free(bytes.at);
    return made;
}

/* Writes a file and opens it; frees the bytes. */
static int open_bytes(struct hr_feed **feed, struct bytes bytes, const struct hr_open_options *options)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.at, bytes.length), (ssize_t)bytes.length);
    close(fd);
    free(bytes.at);
    return hr_open(feed, path, options);
}

static void expect_orders(struct hr_feed *feed, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        const struct hr_record_header *record;
        assert_int_equal(hr_feed_next(feed, &record, 0), 0); /* 0: a file never times out */
        const struct hr_mbo wanted = order(i, NOON + i * 10);
        assert_memory_equal(record, &wanted, sizeof wanted);
        assert_int_equal(hr_record_stamp(record), wanted.ts_recv);
    }
}

static void expect_end(struct hr_feed *feed, int wanted)
{
    const struct hr_record_header *record;
    struct hr_batch batch;
    for (int i = 0; i < 2; i++) { /* and it stays so */
        assert_int_equal(hr_feed_next(feed, &record, -1), wanted);
        assert_null(record);
        assert_int_equal(hr_feed_next_batch(feed, &batch, 10, -1), wanted);
        assert_int_equal(hr_feed_check(feed), wanted);
    }
}

/* ---- valid ---- */

static void records_come_as_written(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 1, 63, 64, 65, 4095, 4096, 4097, 20000};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        for (size_t each = 0; each < 3; each++) { /* plain; one frame; many, which cut records */
            struct hr_feed *feed;
            struct bytes bytes = orders_file(counts[i]);
            size_t whole = bytes.length;
            bytes = each == 0 ? bytes : compress(bytes, each == 1 ? whole : 1000);
            assert_int_equal(open_bytes(&feed, bytes, NULL), 0);
            expect_orders(feed, 0, counts[i]);
            expect_end(feed, -ESHUTDOWN);
            struct hr_feed_statistics statistics;
            hr_feed_get_statistics(feed, &statistics);
            assert_int_equal(statistics.records, counts[i]);
            assert_int_equal(statistics.published, counts[i]);
            assert_int_equal(statistics.lost, 0);
            hr_feed_close(feed);
        }
}

static void batches_and_polls_read_the_same(void **state)
{
    (void)state;
    struct hr_feed *feed;
    const struct hr_open_options small = {.slots = 64};
    assert_int_equal(open_bytes(&feed, orders_file(10000), &small), 0);
    uint64_t seen = 0;
    struct hr_batch batch;
    int end = 0;
    while (seen < 5000 && !(end = hr_feed_next_batch(feed, &batch, 50, -1))) {
        assert_in_range(batch.count, 1, 50);
        assert_int_equal(hr_feed_check(feed), 0); /* while a batch is lent nothing of it is overwritten */
        for (uint64_t i = 0; i < batch.count; i++)
            assert_int_equal(((const struct hr_mbo *)(const void *)(batch.first + i * batch.stride))->order_id, seen++);
    }
    assert_int_equal(end, 0);
    while (end == 0) {
        const struct hr_record_header *record = hr_feed_poll(feed);
        if (record)
            assert_int_equal(((const struct hr_mbo *)(const void *)record)->order_id, seen++);
        else
            end = hr_feed_check(feed);
    }
    assert_int_equal(end, -ESHUTDOWN);
    assert_int_equal(seen, 10000);
    assert_int_equal(hr_feed_descriptor(feed), -EOPNOTSUPP);
    assert_int_equal(hr_feed_arm(feed), -EOPNOTSUPP);
    hr_feed_close(feed);
}

static void ts_out_becomes_the_stamp(void **state)
{
    (void)state;
    struct hr_feed *feed;
    struct bytes bytes = {0};
    const struct hr_record_header *record;
    const uint64_t times[] = {NOON + 5, NOON + 5, NOON, HR_UNDEF_TIMESTAMP, NOON + 100};
    const uint64_t stamps[] = {NOON + 5, NOON + 6, NOON + 7, NOON + 8, NOON + 100}; /* they increase */
    add_metadata(&bytes, HR_DBN_SCHEMA_MBO, 1);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct hr_mbo made = order(i, NOON);
        made.header.length += 2;
        add(&bytes, &made, sizeof made);
        add(&bytes, &times[i], sizeof times[i]);
    }
    assert_int_equal(open_bytes(&feed, bytes, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        const struct hr_mbo wanted = order(i, NOON);
        assert_int_equal(hr_feed_next(feed, &record, -1), 0);
        assert_memory_equal(record, &wanted, sizeof wanted); /* its length too */
        assert_int_equal(hr_record_stamp(record), stamps[i]);
    }
    expect_end(feed, -ESHUTDOWN);
    hr_feed_close(feed);
}

static void symbols_are_those_of_the_day(void **state)
{
    (void)state;
    struct hr_feed *feed;
    struct bytes bytes = {0};
    const struct hr_record_header *record;
    add_metadata(&bytes, HR_DBN_SCHEMA_MIXED, 0);
    struct hr_mbo made = order(0, NOON);
    struct hr_definition definition = {
        .header = {.length = sizeof definition / 4, .rtype = HR_RTYPE_DEFINITION, .instrument_id = 11}, .ts_recv = NOON + DAY};
    memset(definition.raw_symbol, 'X', sizeof definition.raw_symbol); /* no end of its own */
    add(&bytes, &made, sizeof made);
    add(&bytes, &definition, sizeof definition);
    assert_int_equal(open_bytes(&feed, bytes, NULL), 0);
    assert_string_equal(hr_feed_symbol(feed, 2, 7), "AAPL");
    assert_string_equal(hr_feed_symbol(feed, 65535, 9), "AAPL"); /* whoever publishes */
    assert_null(hr_feed_symbol(feed, 2, 8));
    assert_null(hr_feed_symbol(feed, 2, 11));
    assert_int_equal(hr_feed_next(feed, &record, -1), 0);
    const char *learned = hr_feed_symbol(feed, 2, 11);
    assert_int_equal(strlen(learned), 71);
    assert_int_equal(hr_feed_next(feed, &record, -1), 0);
    expect_end(feed, -ESHUTDOWN); /* the second day's record is done with */
    assert_string_equal(hr_feed_symbol(feed, 2, 7), "IBM");
    assert_ptr_equal(hr_feed_symbol(feed, 2, 11), learned);
    hr_feed_close(feed);
}

/* What the crate makes of them is tests/e2e/test_dbn_files.py's; here, that sizes and places hold. */
static void old_versions_are_upgraded(void **state)
{
    (void)state;
    static const struct {
        uint8_t version;
        uint8_t rtype;
        uint16_t bytes;
        uint16_t wanted;
    } cases[] = {
        {1, HR_RTYPE_DEFINITION, 360, 520},
        {2, HR_RTYPE_DEFINITION, 400, 520},
        {1, HR_RTYPE_STATISTICS, 64, 80},
        {2, HR_RTYPE_STATISTICS, 64, 80},
        {1, HR_DBN_RTYPE_SYMBOL_MAPPING, 80, 176},
        {2, HR_DBN_RTYPE_SYMBOL_MAPPING, 176, 176},
        {1, HR_RTYPE_MBO, 56, 56},
        {2, HR_RTYPE_MBP_10, 368, 368},
        {1, HR_RTYPE_MBP_1, 80, 80},
        {1, HR_RTYPE_OHLCV_DEPRECATED, 56, 56},
        {2, HR_RTYPE_OHLCV_1D, 56, 56},
        {2, HR_RTYPE_BBO_1S, 80, 80},
        {2, HR_RTYPE_CMBP_1, 80, 80},
        {2, HR_RTYPE_CBBO_1M, 80, 80},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct hr_feed *feed;
        struct bytes bytes = {0};
        const struct hr_record_header *record;
        uint8_t made[400] = {(uint8_t)(cases[i].bytes / 4), cases[i].rtype, 1, 0, 77};
        add_old_metadata(&bytes, cases[i].version, HR_DBN_SCHEMA_MIXED);
        add(&bytes, made, cases[i].bytes);
        assert_int_equal(open_bytes(&feed, bytes, NULL), 0);
        assert_int_equal(hr_feed_next(feed, &record, -1), 0);
        assert_int_equal(hr_record_bytes(record), cases[i].wanted);
        assert_int_equal(record->rtype, cases[i].rtype);
        assert_int_equal(record->instrument_id, 77);
        if (cases[i].rtype == HR_RTYPE_DEFINITION)
            assert_int_equal(((const struct hr_definition *)(const void *)record)->leg_price, HR_UNDEF_PRICE);
        expect_end(feed, -ESHUTDOWN);
        hr_feed_close(feed);
    }
}

/* ---- invalid ---- */

static void expect_refused(struct bytes bytes, int wanted, const char *words)
{
    struct hr_feed *feed = (struct hr_feed *)1;
    assert_int_equal(open_bytes(&feed, bytes, NULL), wanted);
    assert_null(feed);
    if (!strstr(hr_error(), words))
        fail_msg("'%s' does not say '%s'", hr_error(), words);
}

static struct bytes with_u32(struct bytes bytes, size_t at, uint32_t value)
{
    memcpy(bytes.at + at, &value, sizeof value);
    return bytes;
}

static void file_that_is_none_is_refused(void **state)
{
    (void)state;
    struct hr_feed *feed;
    assert_int_equal(hr_open(&feed, "/nonexistent/file.dbn", NULL), -ENOENT);
    struct bytes bytes = {0};
    add(&bytes, "", 0);
    expect_refused(bytes, -EBADMSG, "not a DBN file");
    bytes = (struct bytes){0};
    add(&bytes, "\x28\xb5\x2f\xfd not zstd after all", 20);
    expect_refused(bytes, -EBADMSG, "not zstd");
    bytes = orders_file(1);
    bytes.at[3] = 4;
    expect_refused(bytes, -EPROTONOSUPPORT, "DBN version 4, wanted 1 to 3");
    expect_refused(with_u32(orders_file(1), 4, 16), -EBADMSG, "metadata of 16 bytes");
    expect_refused(with_u32(orders_file(1), 4, UINT32_MAX), -EBADMSG, "metadata of 4294967295 bytes");
    expect_refused(with_u32(orders_file(1), 4, 1 << 29), -EBADMSG, "ends within its metadata"); /* and no such room was made */
    expect_refused(with_u32(orders_file(1), 8 + 45, 0), -EBADMSG, "symbols of 0 bytes");
    expect_refused(with_u32(orders_file(1), 8 + 104, 1000000), -EBADMSG, "1000000 symbols, but");
    expect_refused(with_u32(orders_file(1), 8 + 100, 1), -EBADMSG, "schema definition");
}

/* A length that is too small for what the counts say: the intervals of one mapping take the bytes of the next. */
static void metadata_that_end_too_early_are_refused(void **state)
{
    (void)state;
    struct bytes metadata = {0};
    add_metadata(&metadata, HR_DBN_SCHEMA_MBO, 0);
    for (uint32_t less = 8; less < metadata.length - 8 - 120; less++) {
        struct hr_feed *feed;
        assert_int_equal(open_bytes(&feed, with_u32(orders_file(1), 4, (uint32_t)metadata.length - 8 - less), NULL), -EBADMSG);
        assert_null(feed);
    }
    free(metadata.at);
}

/* The metadata cut off at every byte, and each byte of them wrong in turn: refused or read, never trusted. */
static void metadata_are_not_trusted(void **state)
{
    (void)state;
    struct bytes whole = {0};
    add_metadata(&whole, HR_DBN_SCHEMA_MBO, 0);
    for (size_t at = 0; at < whole.length; at++) {
        struct bytes bytes = {0};
        add(&bytes, whole.at, at);
        struct hr_feed *feed;
        assert_int_equal(open_bytes(&feed, bytes, NULL), -EBADMSG);
        for (int bit = 0; bit < 8; bit += 7) {
            bytes = (struct bytes){0};
            add(&bytes, whole.at, whole.length);
            bytes.at[at] ^= (uint8_t)(1 << bit);
            if (open_bytes(&feed, bytes, NULL) == 0) {
                (void)hr_feed_symbol(feed, 2, 7);
                hr_feed_close(feed);
            }
        }
    }
    free(whole.at);
}

/* ---- becoming invalid ---- */

static void good_records_come_before_the_end_of_a_damaged_file(void **state)
{
    (void)state;
    struct hr_feed *feed;
    struct bytes whole = orders_file(100);
    for (size_t less = 1; less < 200; less++) { /* cut off at every byte */
        struct bytes bytes = {0};
        add(&bytes, whole.at, whole.length - less);
        assert_int_equal(open_bytes(&feed, bytes, NULL), 0);
        expect_orders(feed, 0, 100 - (less + 55) / 56);
        expect_end(feed, less % 56 ? -EBADMSG : -ESHUTDOWN);
        if (less % 56)
            assert_non_null(strstr(hr_error(), "ends within a record"));
        hr_feed_close(feed);
    }
    /* A frame that ends too early is one that its writer did not finish. */
    struct bytes half = {0};
    add(&half, whole.at, whole.length);
    struct bytes packed = compress(half, whole.length - 50 * sizeof(struct hr_mbo));
    packed.length -= 20;
    assert_int_equal(open_bytes(&feed, packed, NULL), 0);
    expect_orders(feed, 0, 50);
    expect_end(feed, -EBADMSG);
    assert_non_null(strstr(hr_error(), "within a zstd frame"));
    hr_feed_close(feed);
    free(whole.at);
}

static void record_that_is_damaged_ends_the_file(void **state)
{
    (void)state;
    static const struct {
        uint8_t length;
        uint8_t rtype;
        const char *words;
    } cases[] = {
        {0, HR_RTYPE_MBO, "0 bytes of type 0xa0, wanted 56"},
        {3, 0x99, "12 bytes of type 0x99, wanted 16"},
        {13, HR_RTYPE_MBO, "52 bytes of type 0xa0, wanted 56"},
        {14, HR_RTYPE_DEFINITION, "56 bytes of type 0x13, wanted 520"},
        {19, HR_RTYPE_MBP_1, "76 bytes of type 0x01, wanted 80"},
        {20, HR_RTYPE_MBP_10, "80 bytes of type 0x0a, wanted 368"},
        {13, HR_RTYPE_OHLCV_1S, "52 bytes of type 0x20, wanted 56"},
        {13, HR_RTYPE_OHLCV_EOD, "52 bytes of type 0x24, wanted 56"},
        {19, HR_RTYPE_BBO_1M, "76 bytes of type 0xc4, wanted 80"},
        {19, HR_RTYPE_TCBBO, "76 bytes of type 0xc2, wanted 80"},
        {19, HR_RTYPE_CBBO_1S, "76 bytes of type 0xc0, wanted 80"},
        {14, HR_RTYPE_LOST, "Headrace's own"},
        {14, 0xEF, "Headrace's own"},
        {200, HR_RTYPE_MBO, "wanted at most 56"}, /* of the schema mbo */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct hr_feed *feed;
        struct bytes bytes = orders_file(80);
        uint8_t *damaged = bytes.at + bytes.length - 30 * sizeof(struct hr_mbo);
        damaged[0] = cases[i].length;
        damaged[1] = cases[i].rtype;
        assert_int_equal(open_bytes(&feed, bytes, NULL), 0);
        expect_orders(feed, 0, 50);
        expect_end(feed, -EBADMSG);
        if (!strstr(hr_error(), cases[i].words) || !strstr(hr_error(), "record 50"))
            fail_msg("'%s' does not say '%s' and where", hr_error(), cases[i].words);
        hr_feed_close(feed);
    }
}

static void too_many_names_are_not_kept(void **state)
{
    (void)state;
    struct hr_dbn_metadata none = {0};
    struct hr_dbn_names names;
    struct hr_dbn_name name;
    struct hr_definition definition = {.header = {.length = sizeof definition / 4, .rtype = HR_RTYPE_DEFINITION}};
    assert_int_equal(hr_dbn_names_open(&names, &none), 0);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < (UINT32_C(1) << 20) + 100; i++) {
        definition.header.instrument_id = i % 3; /* another name each time */
        snprintf(definition.raw_symbol, sizeof definition.raw_symbol, "S%u", i);
        kept += (uint32_t)hr_dbn_names_learn(&names, (const uint8_t *)&definition, sizeof definition, &name);
    }
    assert_int_equal(kept, UINT32_C(1) << 20);
    assert_non_null(hr_dbn_names_find(&names, 1, NOON));
    assert_null(hr_dbn_names_find(&names, 3, NOON));
    hr_dbn_names_close(&names);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

int main(void)
{
    snprintf(path, sizeof path, "/tmp/headrace-test-open-%d.dbn", (int)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_as_written),
        cmocka_unit_test(batches_and_polls_read_the_same),
        cmocka_unit_test(ts_out_becomes_the_stamp),
        cmocka_unit_test(symbols_are_those_of_the_day),
        cmocka_unit_test(old_versions_are_upgraded),
        cmocka_unit_test(file_that_is_none_is_refused),
        cmocka_unit_test(metadata_that_end_too_early_are_refused),
        cmocka_unit_test(metadata_are_not_trusted),
        cmocka_unit_test(good_records_come_before_the_end_of_a_damaged_file),
        cmocka_unit_test(record_that_is_damaged_ends_the_file),
        cmocka_unit_test(too_many_names_are_not_kept),
    };
    return cmocka_run_group_tests_name("open", tests, NULL, remove_file);
}
