/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of a recording beside its files: the tally, with more stretches of drops than it has room for; the journal of
 * symbols, from the recorder to the repair; and a record as it stands in a file.
 */
#define _GNU_SOURCE
#include "test.h"

#include <unistd.h>

#include "record/file_record.h"
#include "record/journal.h"
#include "record/tally.h"

static void drops_beyond_the_room_are_in_the_last(void **state)
{
    static struct hr_tally tally;
    uint64_t told = 0;
    (void)state;
    hr_tally_create(&tally);
    for (uint64_t i = 0; i < HR_TALLY_DROPS_MAX + 10; i++)
        hr_tally_drop(&tally, &(struct hr_drop){.count = i + 1, .first_stamp = 10 * i, .last_stamp = 10 * i + 5});
    assert_int_equal(tally.drop_count, HR_TALLY_DROPS_MAX);
    for (uint32_t i = 0; i < tally.drop_count; i++)
        told += tally.drops[i].count;
    assert_int_equal(told, tally.counts.dropped);
    assert_int_equal(tally.drops[HR_TALLY_DROPS_MAX - 1].first_stamp, 10 * (HR_TALLY_DROPS_MAX - 1));
    assert_int_equal(tally.drops[HR_TALLY_DROPS_MAX - 1].last_stamp, 10 * (HR_TALLY_DROPS_MAX + 9) + 5);
}

static void own_records_are_counted_by_kind(void **state)
{
    static struct hr_tally tally;
    struct hr_tally_counts counts;
    struct hr_lost lost = {.header = {.length = sizeof lost / 4, .rtype = HR_RTYPE_LOST}};
    lost.count = 7;
    (void)state;
    hr_tally_create(&tally);
    hr_tally_own(&tally, &lost.header);
    hr_tally_own(&tally, &lost.header);
    hr_tally_own(&tally, &(struct hr_record_header){.rtype = HR_OWN_RTYPE + HR_OWN_KINDS - 1});
    hr_tally_malformed(&tally);
    hr_tally_look(&tally, &counts);
    assert_int_equal(counts.lost, 14);
    assert_int_equal(counts.own[HR_RTYPE_LOST - HR_OWN_RTYPE], 2);
    assert_int_equal(counts.own[HR_OWN_KINDS - 1], 1);
    assert_int_equal(counts.malformed, 1);
}

static void a_journal_is_read_as_it_was_written(void **state)
{
    char folder[] = "/tmp/headrace-journal-XXXXXX";
    char path[64];
    char journal_path[96];
    struct hr_catalog written = {0};
    struct hr_catalog read = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/day.dbn", folder);
    snprintf(journal_path, sizeof journal_path, "%s.part.names", path);
    assert_int_equal(hr_catalog_name(&written, 1, "AAPL", 20260105), 1);
    assert_int_equal(hr_catalog_name(&written, 2, "ES H6 2", 20260105), 1);
    FILE *journal = hr_journal_open(path, &written);
    assert_non_null(journal);
    hr_journal_add(journal, 20260106, 1, "MSFT");
    hr_journal_flush(journal);
    hr_journal_read(path, &read); /* while it is open: its writer was killed */
    hr_journal_close(journal);
    assert_int_equal(read.name_count, 3);
    assert_string_equal(read.names[1].symbol, "ES H6 2");
    assert_int_equal(read.names[2].start_date, 20260106);
    assert_int_equal(read.names[2].instrument_id, 1);
    assert_string_equal(read.names[2].symbol, "MSFT");
    hr_journal_remove(path);
    assert_int_not_equal(access(journal_path, F_OK), 0);
    hr_catalog_destroy(&written);
    hr_catalog_destroy(&read);
    rmdir(folder);
}

static void a_recording_does_without_a_journal(void **state)
{
    struct hr_catalog catalog = {0};
    (void)state;
    FILE *journal = hr_journal_open("/nonexistent/folder/day.dbn", &catalog);
    assert_null(journal);
    hr_journal_add(journal, 20260105, 1, "AAPL");
    hr_journal_flush(journal);
    hr_journal_close(journal);
    hr_journal_read("/nonexistent/folder/day.dbn", &catalog);
    assert_int_equal(catalog.name_count, 0);
}

static void ts_out_stands_behind_a_record(void **state)
{
    struct hr_mbo record = {.header = {.length = sizeof record / 4, .rtype = HR_RTYPE_MBO, .instrument_id = 5}};
    uint64_t ts_out = UINT64_C(0x0102030405060708);
    uint8_t room[HR_FILE_RECORD_BYTES_MAX];
    (void)state;
    assert_int_equal(hr_file_record_put(room, &record, sizeof record, NULL), sizeof record);
    assert_memory_equal(room, &record, sizeof record);
    assert_int_equal(hr_file_record_put(room, &record, sizeof record, &ts_out), sizeof record + 8);
    assert_int_equal(room[0], sizeof record / 4 + 2);
    assert_memory_equal(room + 1, (const uint8_t *)&record + 1, sizeof record - 1);
    assert_memory_equal(room + sizeof record, &ts_out, sizeof ts_out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_beyond_the_room_are_in_the_last), cmocka_unit_test(own_records_are_counted_by_kind),
        cmocka_unit_test(a_journal_is_read_as_it_was_written),   cmocka_unit_test(a_recording_does_without_a_journal),
        cmocka_unit_test(ts_out_stands_behind_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
