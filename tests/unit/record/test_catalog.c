/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalog of a recording: which symbols and days a file's metadata have, after names that change, files that rotate, and
 * records that come in any order; and the spool, which gives every chunk once and never waits.
 */
#define _GNU_SOURCE
#include "test.h"

#include <pthread.h>

#include "headrace/record.h"
#include "record/catalog.h"
#include "record/spool.h"

#define MONDAY UINT64_C(1767612600000000000) /* 2026-01-05 */
#define DAY UINT64_C(86400000000000)

static void add(struct hr_catalog *catalog, uint8_t rtype, uint32_t instrument, uint16_t publisher, uint64_t ts_recv)
{
    struct hr_mbo record = {.header = {.length = sizeof record / 4,
                                       .rtype = rtype,
                                       .publisher_id = publisher,
                                       .instrument_id = instrument,
                                       .ts_event = 1}};
    record.ts_recv = ts_recv;
    if (rtype == HR_RTYPE_STATUS)
        memcpy((uint8_t *)&record + 16, &ts_recv, sizeof ts_recv);
    hr_catalog_record(catalog, (const uint8_t *)&record, sizeof record);
}

static struct hr_dbn_metadata metadata_of(const struct hr_catalog *catalog)
{
    struct hr_dbn_metadata metadata;
    assert_int_equal(hr_catalog_metadata(catalog, NULL, 0, &metadata), 0);
    return metadata;
}

static void expect_mapping(const struct hr_dbn_metadata *metadata, uint32_t at, uint32_t interval, const char *symbol,
                           uint32_t start, uint32_t end, const char *number)
{
    assert_true(at < metadata->mapping_count && interval < metadata->mappings[at].interval_count);
    assert_string_equal(metadata->mappings[at].symbol, symbol);
    assert_string_equal(metadata->symbols.names[at], symbol);
    assert_int_equal(metadata->mappings[at].intervals[interval].start_date, start);
    assert_int_equal(metadata->mappings[at].intervals[interval].end_date, end);
    assert_string_equal(metadata->mappings[at].intervals[interval].symbol, number);
}

static void file_has_the_symbols_of_its_records(void **state)
{
    (void)state;
    struct hr_catalog catalog = {0};
    assert_int_equal(hr_catalog_name(&catalog, 7, "AAPL", 20260105), 1);
    assert_int_equal(hr_catalog_name(&catalog, 8, "IBM", 20260105), 1);
    assert_int_equal(hr_catalog_name(&catalog, 7, "AAPL", 20260105), 0); /* a round lot became known */
    hr_catalog_begin_file(&catalog);
    add(&catalog, HR_RTYPE_MBO, 7, 2, MONDAY + 5);
    add(&catalog, HR_RTYPE_MBO, 7, 2, MONDAY + 3);
    add(&catalog, HR_RTYPE_MBO, 99, 2, MONDAY + 4); /* never named */
    struct hr_dbn_metadata metadata = metadata_of(&catalog);
    assert_int_equal(metadata.schema, HR_DBN_SCHEMA_MBO);
    assert_int_equal(metadata.start, MONDAY + 3);
    assert_int_equal(metadata.end, MONDAY + 6);
    assert_string_equal(metadata.dataset, "XNAS.ITCH");
    assert_int_equal(metadata.mapping_count, 1);
    assert_int_equal(metadata.symbols.count, 1);
    expect_mapping(&metadata, 0, 0, "AAPL", 20260105, 20260106, "7");
    hr_dbn_metadata_free(&metadata);

    hr_catalog_begin_file(&catalog); /* the next one has other records */
    add(&catalog, HR_RTYPE_STATUS, 8, 2, MONDAY + 9);
    add(&catalog, HR_RTYPE_MBO, 8, 1, HR_UNDEF_TIMESTAMP); /* of another venue, at ts_event */
    metadata = metadata_of(&catalog);
    assert_int_equal(metadata.schema, HR_DBN_SCHEMA_MIXED);
    assert_string_equal(metadata.dataset, "HEADRACE");
    assert_int_equal(metadata.mapping_count, 1);
    assert_string_equal(metadata.mappings[0].symbol, "IBM");
    assert_int_equal(metadata.start, 1);
    hr_dbn_metadata_free(&metadata);
    hr_catalog_destroy(&catalog);
}

static void names_change_from_day_to_day(void **state)
{
    (void)state;
    struct hr_catalog catalog = {0};
    assert_int_equal(hr_catalog_name(&catalog, 7, "AAPL", 20260105), 1);
    hr_catalog_begin_file(&catalog);
    add(&catalog, HR_RTYPE_MBO, 7, 2, MONDAY);
    assert_int_equal(hr_catalog_name(&catalog, 7, "IBM", 20260106), 1);
    assert_int_equal(hr_catalog_name(&catalog, 9, "AAPL", 20260106), 1);
    assert_int_equal(hr_catalog_name(&catalog, 9, "AAPL2", 20260107), 1); /* twice on one day: the later one stands for it */
    assert_int_equal(hr_catalog_name(&catalog, 9, "AAPL3", 20260107), 1);
    add(&catalog, HR_RTYPE_MBO, 9, 2, MONDAY + 2 * DAY);
    struct hr_dbn_metadata metadata = metadata_of(&catalog);
    assert_int_equal(metadata.mapping_count, 3);
    assert_int_equal(metadata.mappings[0].interval_count, 2);
    expect_mapping(&metadata, 0, 0, "AAPL", 20260105, 20260106, "7");
    /* The first name that was heard of counts from the file's beginning. */
    expect_mapping(&metadata, 0, 1, "AAPL", 20260105, 20260107, "9");
    expect_mapping(&metadata, 1, 0, "AAPL3", 20260107, 20260108, "9");
    expect_mapping(&metadata, 2, 0, "IBM", 20260106, 20260108, "7");
    hr_dbn_metadata_free(&metadata);
    hr_catalog_destroy(&catalog);
}

static void what_dbn_has_no_room_for_is_refused(void **state)
{
    (void)state;
    struct hr_catalog catalog = {0};
    char symbol[HR_DBN_SYMBOL_BYTES + 1];
    memset(symbol, 'X', HR_DBN_SYMBOL_BYTES);
    symbol[HR_DBN_SYMBOL_BYTES] = '\0';
    assert_int_equal(hr_catalog_name(&catalog, 7, symbol, 20260105), -EINVAL);
    assert_int_equal(hr_catalog_name(&catalog, 7, "", 20260105), -EINVAL);
    symbol[HR_DBN_SYMBOL_BYTES - 1] = '\0';
    assert_int_equal(hr_catalog_name(&catalog, 7, symbol, 20260105), 1);
    hr_catalog_begin_file(&catalog);
    struct hr_dbn_metadata metadata = metadata_of(&catalog); /* of no records */
    assert_int_equal(metadata.mapping_count, 0);
    assert_int_equal(metadata.schema, HR_DBN_SCHEMA_MIXED);
    hr_dbn_metadata_free(&metadata);
    hr_catalog_destroy(&catalog);
}

static void catalog_grows(void **state)
{
    (void)state;
    struct hr_catalog catalog = {0};
    char symbol[16];
    hr_catalog_begin_file(&catalog);
    for (uint32_t i = 1; i <= 20000; i++) {
        snprintf(symbol, sizeof symbol, "S%u", i);
        assert_int_equal(hr_catalog_name(&catalog, i * 7919, symbol, 20260105), 1);
        add(&catalog, HR_RTYPE_MBO, i * 7919, 2, MONDAY);
    }
    struct hr_dbn_metadata metadata = metadata_of(&catalog);
    uint8_t *bytes;
    size_t length;
    assert_int_equal(metadata.mapping_count, 20000);
    assert_int_equal(hr_dbn_metadata_encode(&metadata, &bytes, &length), 0);
    free(bytes);
    hr_dbn_metadata_free(&metadata);
    hr_catalog_destroy(&catalog);
}

/* ---- the spool ---- */

#define CHUNKS 50000

static void *count_chunks(void *argument)
{
    struct hr_spool *spool = argument;
    uint64_t next = 0;
    for (int last = 0; !last;) {
        struct hr_spool_chunk *chunk = hr_spool_wait_full(spool);
        if (chunk->first_stamp != next || memcmp(chunk->bytes, &next, sizeof next) != 0)
            return chunk;
        next++;
        last = chunk->last;
        hr_spool_put_empty(spool, chunk);
    }
    return next == CHUNKS ? NULL : argument;
}

static void spool_gives_each_chunk_once_and_in_order(void **state)
{
    (void)state;
    struct hr_spool spool;
    pthread_t writer;
    void *wrong;
    assert_int_equal(hr_spool_create(&spool, 3 * HR_SPOOL_CHUNK_BYTES), 0);
    assert_int_equal(pthread_create(&writer, NULL, count_chunks, &spool), 0);
    for (uint64_t i = 0; i < CHUNKS;) {
        struct hr_spool_chunk *chunk = hr_spool_take_empty(&spool);
        if (!chunk) {
            sched_yield();
            continue;
        }
        assert_int_equal(chunk->records, 0);
        chunk->first_stamp = i;
        memcpy(chunk->bytes, &i, sizeof i);
        chunk->last = ++i == CHUNKS;
        hr_spool_put_full(&spool, chunk);
    }
    pthread_join(writer, &wrong);
    assert_null(wrong);
    hr_spool_destroy(&spool);
}

static void full_spool_says_so(void **state)
{
    (void)state;
    struct hr_spool spool;
    assert_int_equal(hr_spool_create(&spool, 0), 0); /* two at least */
    struct hr_spool_chunk *first = hr_spool_take_empty(&spool);
    struct hr_spool_chunk *second = hr_spool_take_empty(&spool);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(hr_spool_take_empty(&spool));
    hr_spool_put_full(&spool, second);
    assert_null(hr_spool_take_empty(&spool));
    assert_ptr_equal(hr_spool_wait_full(&spool), second);
    hr_spool_put_empty(&spool, second);
    assert_ptr_equal(hr_spool_take_empty(&spool), second);
    hr_spool_destroy(&spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_has_the_symbols_of_its_records),      cmocka_unit_test(names_change_from_day_to_day),
        cmocka_unit_test(what_dbn_has_no_room_for_is_refused),      cmocka_unit_test(catalog_grows),
        cmocka_unit_test(spool_gives_each_chunk_once_and_in_order), cmocka_unit_test(full_spool_says_so),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
