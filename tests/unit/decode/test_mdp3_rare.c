/* SPDX-License-Identifier: Apache-2.0
 *
 * MDP 3.0: statistics, snapshots, status and the like from bytes written by hand after the schema to the records that they become.
 */
#include "test.h"

#include "mdp3.h"

/* ---- statistics ---- */

static void daily_statistics(void **state)
{
    (void)state;
    static const struct {
        char type;
        uint16_t stat_type;
        int is_volume;
        uint8_t flags;
    } known[] = {{'6', 3, 0, 0x03}, {'B', 6, 1, 255}, {'C', 9, 1, 255}, {'W', 10, 0, 255}};
    for (uint8_t template_id = 33; template_id <= 49; template_id = (uint8_t)(template_id + 16)) {
        incremental(template_id, 0, 9);
        group(32, COUNT_OF(known));
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            wire_le(&wire, (uint64_t)(known[i].is_volume ? NULL64 : template_id == 33 ? PX_7 : PX_9), 8);
            wire_le(&wire, known[i].is_volume ? 1234 : NULL32, 4);
            wire_le(&wire, SECURITY, 4);
            wire_le(&wire, 99, 4);
            wire_le(&wire, i == 0 ? 17117 : UINT16_MAX, 2); /* 2016-11-12 */
            wire_le(&wire, 0x03, 1);
            wire_le(&wire, i == 3 ? 2 : 0, 1);
            wire_le(&wire, (uint8_t)known[i].type, 1);
            zeros(7);
        }
        decode(COUNT_OF(known));
        for (uint32_t i = 0; i < COUNT_OF(known); i++)
            expect_statistic(i, SECURITY, known[i].stat_type, known[i].is_volume ? UNDEF : PX_9,
                             known[i].is_volume ? 1234 : INT64_MAX, i == 0 ? UINT64_C(1478908800000000000) : UINT64_MAX,
                             known[i].flags, i == 3 ? 2 : 1);
    }
    assert_int_equal(decoding.counters.bad_value, 0);
}

static void session_statistic(int is_long, int64_t price, uint64_t size, uint8_t open, uint8_t action, char type)
{
    wire_le(&wire, (uint64_t)price, 8);
    if (is_long)
        wire_le(&wire, size, 8);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, open, 1);
    wire_le(&wire, action, 1);
    wire_le(&wire, (uint8_t)type, 1);
    if (!is_long)
        wire_le(&wire, size, 4);
    zeros(is_long ? 5 : 1);
}

static void session_statistics(void **state)
{
    (void)state;
    static const struct {
        char type;
        uint8_t open;
        uint16_t stat_type;
    } known[] = {{'4', 0, 1}, {'4', 5, 2}, {'4', 255, 1}, {'7', 255, 5}, {'8', 255, 4},
                 {'N', 255, 8}, {'O', 255, 7}, {'9', 100, 13}};
    static const struct {
        uint8_t template_id;
        uint16_t version;
        int is_long;
    } forms[] = {{35, 6, 0}, {35, 8, 0}, {51, 9, 0}, {67, 13, 1}};
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        incremental(forms[f].template_id, 0, forms[f].version);
        group(forms[f].is_long ? 32 : 24, COUNT_OF(known) + 1);
        for (size_t i = 0; i < COUNT_OF(known); i++)
            session_statistic(forms[f].is_long, forms[f].template_id == 35 ? PX_7 : PX_9, 55, known[i].open, i == 7 ? 2 : 0,
                              known[i].type);
        session_statistic(forms[f].is_long, PX_9, 55, 0, 0, 'Z'); /* no such type */
        decode(COUNT_OF(known));
        for (uint32_t i = 0; i < COUNT_OF(known); i++) /* before version 8 the size is padding */
            expect_statistic(i, SECURITY, known[i].stat_type, PX_9, forms[f].version == 6 ? INT64_MAX : 55, UINT64_MAX, 255,
                             i == 7 ? 2 : 1);
        assert_int_equal(decoding.counters.bad_value, f + 1);
    }
}

static void volumes_and_limits(void **state)
{
    (void)state;
    incremental(66, 0, 13);
    group(24, 1);
    wire_le(&wire, UINT64_C(1) << 40, 8);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    zeros(8);
    decode(1);
    expect_statistic(0, SECURITY, 10001, UNDEF, INT64_C(1) << 40, UINT64_MAX, 255, 1);
    for (uint8_t template_id = 34; template_id <= 50; template_id = (uint8_t)(template_id + 16)) {
        incremental(template_id, 0, 9);
        group(32, 2);
        for (int i = 0; i < 2; i++) {
            wire_le(&wire, (uint64_t)(template_id == 34 ? PX_7 : PX_9), 8);
            wire_le(&wire, (uint64_t)(i ? NULL64 : -1), 8);
            wire_le(&wire, NULL64, 8);
            wire_le(&wire, i ? OTHER : SECURITY, 4);
            wire_le(&wire, 99, 4);
        }
        decode(3); /* what is not said makes no record */
        expect_statistic(0, SECURITY, 17, PX_9, INT64_MAX, UINT64_MAX, 255, 1);
        expect_statistic(1, SECURITY, 18, template_id == 34 ? -100 : -1, INT64_MAX, UINT64_MAX, 255, 1);
        expect_statistic(2, OTHER, 17, PX_9, INT64_MAX, UINT64_MAX, 255, 1);
    }
}

/* ---- snapshots ---- */

static void snapshot_root(uint8_t template_id, uint8_t trading_status)
{
    int64_t limit = template_id == 38 ? PX_7 : PX_9;
    begin(template_id, 59);
    wire_le(&wire, 5615, 4);
    wire_le(&wire, 10, 4);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, 99, 4);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, TS_EVENT - 1, 8);
    wire_le(&wire, 17117, 2);
    wire_le(&wire, trading_status, 1);
    wire_le(&wire, (uint64_t)limit, 8);
    wire_le(&wire, NULL64, 8);
    wire_le(&wire, NULL64, 8);
}

static void snapshot_tcp_root(uint8_t template_id)
{
    begin(template_id, 37);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, END, 1);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, PX_9, 8);
    wire_le(&wire, NULL64, 8);
    wire_le(&wire, NULL64, 8);
}

static void snapshot_entry(uint8_t template_id, int64_t price, uint32_t size, char type)
{
    wire_le(&wire, (uint64_t)price, 8);
    switch (template_id) {
    case 38:
    case 52:
        wire_le(&wire, size, 4);
        wire_le(&wire, 2, 4);     /* number of orders */
        wire_le(&wire, 1, 1);     /* level */
        wire_le(&wire, 17117, 2); /* reference date */
        wire_le(&wire, 0, 1);     /* daily open */
        wire_le(&wire, 1, 1);     /* final */
        break;
    case 61:
        wire_le(&wire, size, 4);
        wire_le(&wire, size, 4); /* tradeable */
        wire_le(&wire, 2, 4);
        wire_le(&wire, 1, 1);
        wire_le(&wire, 0, 1);
        break;
    default:
        wire_le(&wire, size, 8);
        wire_le(&wire, 2, 4);
        wire_le(&wire, 1, 1);
        wire_le(&wire, 0, 1);
    }
    wire_le(&wire, (uint8_t)type, 1);
    if (template_id == 61) {
        wire_le(&wire, 17117, 2);
        wire_le(&wire, 1, 1);
    }
}

static void snapshots_of_levels(void **state)
{
    (void)state;
    static const struct {
        uint8_t template_id;
        uint8_t entry;
        int has_date;
    } known[] = {{38, 22, 1}, {52, 22, 1}, {61, 26, 1}, {68, 23, 0}, {69, 23, 0}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        uint8_t id = known[i].template_id;
        int64_t price = id == 38 ? PX_7 : PX_9;
        int is_tcp = id == 61 || id == 68;
        if (is_tcp)
            snapshot_tcp_root(id);
        else
            snapshot_root(id, 17);
        group(known[i].entry, 7);
        snapshot_entry(id, price, 5, '0');
        snapshot_entry(id, price, 0, '2'); /* the last trade is not told again */
        snapshot_entry(id, price, 6, 'F');
        snapshot_entry(id, price, 9, '6');
        snapshot_entry(id, price, 7, '1');
        snapshot_entry(id, price, 8, 'J');
        snapshot_entry(id, price, 8, 'Z'); /* no such type */
        decode(is_tcp ? 6 : 7);
        expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, LEVEL | SNAPSHOT);
        expect(1, SECURITY, 'A', 'B', 0, PX_9, 5, LEVEL | SNAPSHOT);
        expect(2, SECURITY, 'A', 'A', 0, PX_9, 6, LEVEL | SNAPSHOT | IMPLIED);
        expect(3, SECURITY, 'A', 'A', 0, PX_9, 7, LEVEL | SNAPSHOT | LAST);
        expect_statistic(4, SECURITY, 3, PX_9, 9, known[i].has_date ? UINT64_C(1478908800000000000) : UINT64_MAX,
                         known[i].has_date ? 1 : 255, 1);
        expect_statistic(5, SECURITY, 17, PX_9, INT64_MAX, UINT64_MAX, 255, 1);
        if (!is_tcp)
            expect_status_of(6, SECURITY, HR_STATUS_TRADING, HR_REASON_NONE, 0, "YY~", "");
        assert_int_equal(decoding.counters.bad_value, i + 1);
    }
    snapshot_root(52, 255); /* an empty book, without a status */
    group(22, 0);
    decode(2);
    expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, LEVEL | SNAPSHOT | LAST);
}

static void resting(uint64_t id, int64_t price, char type)
{
    wire_le(&wire, id, 8);
    wire_le(&wire, 5, 8);
    wire_le(&wire, (uint64_t)price, 8);
    wire_le(&wire, 3, 4);
    wire_le(&wire, (uint8_t)type, 1);
}

static void snapshots_of_orders(void **state)
{
    (void)state;
    for (uint8_t template_id = 44; template_id <= 53; template_id = (uint8_t)(template_id + 9))
        for (uint32_t chunk = 1; chunk <= 2; chunk++) {
            begin(template_id, 28);
            wire_le(&wire, 5615, 4);
            wire_le(&wire, 10, 4);
            wire_le(&wire, SECURITY, 4);
            wire_le(&wire, 2, 4);
            wire_le(&wire, chunk, 4);
            wire_le(&wire, TS_EVENT, 8);
            group(29, 2);
            resting(1, template_id == 44 ? PX_7 : PX_9, '0');
            resting(2, template_id == 44 ? PX_7 : PX_9, '1');
            decode(chunk == 1 ? 3 : 2);
            if (chunk == 1)
                expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, SNAPSHOT);
            expect(2 - chunk, SECURITY, 'A', 'B', 1, PX_9, 3, SNAPSHOT);
            expect(3 - chunk, SECURITY, 'A', 'A', 2, PX_9, 3, chunk == 2 ? SNAPSHOT | LAST : SNAPSHOT);
        }
    begin(59, 13);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, END, 1);
    wire_le(&wire, SECURITY, 4);
    group(29, 1);
    resting(7, PX_9, 'Z');
    decode(2);
    expect(0, SECURITY, 'R', 'N', 0, UNDEF, 0, SNAPSHOT);
    expect(1, SECURITY, 'A', 'N', 7, PX_9, 3, SNAPSHOT | LAST);
    assert_int_equal(decoding.counters.bad_value, 1);
}

/* ---- status and the like ---- */

static void security_status(uint32_t security, uint8_t status, uint8_t reason, uint8_t event)
{
    begin(30, 30);
    wire_le(&wire, TS_EVENT, 8);
    wire_text(&wire, "ES", 6);
    wire_text(&wire, "ES", 6);
    wire_le(&wire, security, 4);
    wire_le(&wire, 17117, 2);
    wire_le(&wire, END, 1);
    wire_le(&wire, status, 1);
    wire_le(&wire, reason, 1);
    wire_le(&wire, event, 1);
}

static void statuses(void **state)
{
    (void)state;
    static const struct {
        uint8_t status;
        uint16_t action;
        const char *answers;
    } known[] = {{2, 8, "NN~"},   {4, 12, "NN~"},  {15, 6, "~~~"},  {17, 7, "YY~"},  {18, 15, "NN~"},
                 {20, 0, "~~~"},  {21, 1, "NY~"},  {24, 2, "NY~"},  {25, 4, "~~~"},  {26, 13, "N~~"},
                 {103, 0, "~~~"}, {201, 7, "Y~~"}, {202, 7, "Y~~"}, {255, 0, "~~~"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        security_status(SECURITY, known[i].status, 0, 0);
        decode(1);
        expect_status_of(0, SECURITY, known[i].action, HR_REASON_SCHEDULED, 0, known[i].answers, "");
        security_status(NULL32, known[i].status, 0, 0); /* of a group: nothing is said of any instrument */
        decode(1);
        expect_status_of(0, 0, known[i].action, HR_REASON_SCHEDULED, 0, "~~~", "ES    ");
    }
    static const uint16_t reasons[] = {1, 2, 3, 4, 5, 0, 6, 1};
    for (uint8_t i = 0; i < COUNT_OF(reasons); i++) {
        security_status(SECURITY, 17, i, 0);
        decode(1);
        expect_status_of(0, SECURITY, 7, reasons[i], 0, "YY~", "");
    }
    static const struct {
        uint8_t event;
        uint16_t trading_event;
    } events[] = {{0, 0}, {1, 1}, {4, 2}, {5, 3}, {6, 4}, {7, 0}};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        security_status(SECURITY, 17, 0, events[i].event);
        decode(1);
        expect_status_of(0, SECURITY, 7, 1, events[i].trading_event, "YY~", "");
    }
    assert_int_equal(decoding.counters.bad_value, 0);
    security_status(SECURITY, 99, 8, 2);
    decode(1);
    expect_status_of(0, SECURITY, 0, 0, 0, "~~~", "");
    assert_int_equal(decoding.counters.bad_value, 3);
}

static void workups_resets_and_requests(void **state)
{
    (void)state;
    begin(60, 30);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, PX_9, 8);
    wire_le(&wire, SECURITY, 4);
    wire_le(&wire, END, 1);
    wire_le(&wire, 17117, 2);
    wire_le(&wire, 1, 4);
    wire_le(&wire, 18, 1);
    wire_le(&wire, 0, 1);
    wire_le(&wire, 7, 1);
    group(10, 1);
    zeros(10);
    decode(1);
    expect_status_of(0, SECURITY, 15, 1, 0, "NN~", "");
    begin(4, 9);
    wire_le(&wire, TS_EVENT, 8);
    wire_le(&wire, END, 1);
    group(2, 1);
    wire_le(&wire, 310, 2);
    decode(1);
    expect(0, 0, 'R', 'N', 0, UNDEF, 0, LAST);
    begin(39, 35);
    wire_le(&wire, TS_EVENT, 8);
    wire_text(&wire, "Q1", 23);
    wire_le(&wire, END, 1);
    zeros(3);
    group(32, 2);
    for (int i = 0; i < 2; i++) {
        wire_text(&wire, "ESZ6", 20);
        wire_le(&wire, i ? OTHER : SECURITY, 4);
        zeros(8);
    }
    decode(2);
    expect_native_of(0, SECURITY);
    expect_native_of(1, OTHER);
}

static void messages_that_dbn_has_no_record_for(void **state)
{
    (void)state;
    begin(12, 0);
    decode(1);
    expect_native_of(0, 0);
    begin(15, 1);
    wire_le(&wire, 30, 1);
    decode(1);
    expect_native_of(0, 0);
    begin(16, 180);
    wire_text(&wire, "good night", 180);
    decode(1);
    expect_native_of(0, 0);
    incremental(62, 0, 13);
    group(40, 1);
    zeros(40);
    decode(1);
    expect_native_of(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(daily_statistics),
        T(session_statistics),
        T(volumes_and_limits),
        T(snapshots_of_levels),
        T(snapshots_of_orders),
        T(statuses),
        T(workups_resets_and_requests),
        T(messages_that_dbn_has_no_record_for),
    };
    return cmocka_run_group_tests_name("mdp3 rare", tests, NULL, NULL);
}
