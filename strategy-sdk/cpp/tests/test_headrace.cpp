/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace.hpp against a handler's real writing side. Compiled by test_cpp.py, as C++17 and C++20, by each compiler, with exceptions and
 * without.
 *
 *     test_headrace MOCK_HANDLER FOLDER
 */
#include <headrace/headrace.hpp>

#include <csignal>
#include <cstring>
#include <type_traits>
#include <vector>

#include "handler.hpp"

using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<headrace::Feed> && !std::is_copy_assignable_v<headrace::Feed>);
static_assert(std::is_nothrow_move_constructible_v<headrace::Feed> && std::is_nothrow_move_assignable_v<headrace::Feed>);
static_assert(std::is_trivially_copyable_v<headrace::Record> && sizeof(headrace::Record) == sizeof(void *));
static_assert(noexcept(std::declval<headrace::Feed &>().poll()) && noexcept(std::declval<headrace::Feed &>().next()) &&
              noexcept(std::declval<headrace::Feed &>().batch()) && noexcept(++std::declval<headrace::Feed::iterator &>()));
#ifdef __cpp_lib_ranges
static_assert(std::ranges::forward_range<headrace::Batch> && std::ranges::input_range<headrace::Feed>);
#endif

static headrace::Options options_for(const Handler &handler)
{
    headrace::Options options;
    options.socket = handler.socket;
    options.wait = headrace::Wait::yield;
    return options;
}

static headrace::Feed attach_to(const Handler &handler)
{
    std::error_code error;
    headrace::Feed feed = headrace::attach("test", options_for(handler), error);
    if (error)
        std::fprintf(stderr, "%s\n", headrace::last_error());
    CHECK(!error && feed && feed.status() == headrace::Status::running);
    return feed;
}

/* ---- attaching ---- */

static void test_attach_refused()
{
    Handler handler;
    std::error_code error;
    handler.tell("refuse -16 attached already");
    headrace::Feed feed = headrace::attach("test", options_for(handler), error);
    CHECK(!feed && error == std::errc::device_or_resource_busy);
    CHECK(std::strstr(headrace::last_error(), "attached already"));
    CHECK(feed.status() == headrace::Status::closed);
    feed = headrace::attach("nobody", options_for(handler), error);
    CHECK(!feed && error == std::errc::no_such_file_or_directory);
    feed = headrace::attach("test", options_for(handler), error);
    CHECK(feed && !error);
}

#if HEADRACE_EXCEPTIONS
static void test_attach_throws()
{
    Handler handler;
    handler.tell("refuse -13 not on the list");
    try {
        headrace::Feed feed = headrace::attach("test", options_for(handler));
        FAIL("it was let in");
    } catch (const headrace::Error &error) {
        CHECK(error.code() == std::errc::permission_denied);
        CHECK(std::strstr(error.what(), "not on the list"));
    }
    headrace::Feed feed = headrace::attach(std::string("test"), options_for(handler));
    CHECK(feed);
}

static void test_get_of_another_type_throws()
{
    Handler handler;
    headrace::Feed feed = attach_to(handler);
    handler.tell("mbo 1 7");
    headrace::Record record = feed.next();
    CHECK(record.get<hr_mbo>().order_id == 7);
    try {
        (void)record.get<hr_trade>();
        FAIL("an order is no trade");
    } catch (const headrace::Error &error) {
        CHECK(error.code() == std::errc::invalid_argument && std::strstr(error.what(), "160"));
    }
}
#endif

/* ---- reading ---- */

static void test_loop_ends_with_the_handler()
{
    Handler handler;
    headrace::Feed feed = attach_to(handler);
    handler.tell("mbo 100 0");
    handler.stop();
    std::uint64_t count = 0;
    std::uint64_t last_stamp = 0;
    for (const auto &record : feed) {
        const auto *order = record.get_if<hr_mbo>();
        CHECK(order && order->order_id == count && record.publisher_id() == 2 && record.instrument_id() == count % 8);
        CHECK(record.size() == 56 && record.rtype() == HR_RTYPE_MBO && record.ts_event() == count && record.stamp() > last_stamp);
#ifdef __cpp_lib_span
        CHECK(record.bytes().size() == 56 && record.bytes().data() == reinterpret_cast<const std::byte *>(order));
#endif
        last_stamp = record.stamp();
        count++;
    }
    CHECK(count == 100 && feed.status() == headrace::Status::stopped);
    CHECK(!feed.next() && !feed.next(1s) && !feed.next_batch() && feed.status() == headrace::Status::stopped);
    for (const auto &record : feed) { /* again: nothing, at once */
        (void)record;
        FAIL("after the end");
    }
    hr_feed_statistics statistics = feed.statistics();
    CHECK(statistics.records == 100 && statistics.lost == 0 && statistics.published == 100);
}

static void test_wrap_around()
{
    Handler handler("64", "64");
    headrace::Feed feed = attach_to(handler);
    std::uint64_t count = 0;
    for (int lap = 0; lap < 10; lap++) {
        handler.tell("mbo 50 " + std::to_string(count));
        while (headrace::Record record = feed.poll()) {
            CHECK(record.get_if<hr_mbo>()->order_id == count);
            count++;
        }
        CHECK(count == static_cast<std::uint64_t>(lap + 1) * 50);
    }
}

static void test_poll_and_next_of_nothing()
{
    Handler handler;
    headrace::Feed feed = attach_to(handler);
    CHECK(!feed.poll() && feed.batch().empty() && !feed.next(0ns) && !feed.next(-1s) && !feed.next(2ms) && !feed.next_batch(4, 2ms));
    CHECK(feed.status() == headrace::Status::running && feed.check() == headrace::Status::running);
    handler.tell("mbo 1 5");
    CHECK(feed.poll().get_if<hr_mbo>()->order_id == 5 && !feed.poll());
}

static void test_batches()
{
    Handler handler("64", "64");
    headrace::Feed feed = attach_to(handler);
    std::uint64_t count = 0;
    for (int lap = 0; lap < 5; lap++) {
        handler.tell("mbo 50 " + std::to_string(count));
        for (headrace::Batch batch = feed.batch(20); batch; batch = feed.batch(20)) {
            CHECK(batch.size() <= 20 && batch.stride() == 64 && batch.ring() == 0);
            CHECK(batch.data() == batch[0].data());
            std::size_t index = 0;
            for (const auto &record : batch) {
                CHECK(record.data() == batch[index].data() && record.get_if<hr_mbo>()->order_id == count);
                index++;
                count++;
            }
            CHECK(index == batch.size());
        }
    }
    CHECK(count == 250);
    handler.tell("mbo 3 0");
    CHECK(feed.next_batch(2).size() == 2 && feed.next_batch(2, 1s).size() == 1);
    CHECK(feed.batch(0).empty());
    headrace::Batch nothing;
    CHECK(!nothing && nothing.begin() == nothing.end());
}

static void test_lost_is_told()
{
    Handler handler("64", "64");
    headrace::Feed feed = attach_to(handler);
    handler.tell("mbo 100 0");
    std::uint64_t read = 0;
    std::uint64_t lost = 0;
    while (headrace::Record record = feed.next(0ns))
        record.holds<hr_lost>() ? lost += record.get_if<hr_lost>()->count : read++;
    handler.tell("flush");
    handler.stop();
    for (const auto &record : feed)
        headrace::visit(record, headrace::overloaded{[&](const hr_lost &what) { lost += what.count; }, [&](const hr_mbo &) { read++; }});
    CHECK(read + lost == 100 && lost == 36 && feed.statistics().lost == lost && feed.statistics().dropped == 36);
}

static void test_two_rings()
{
    Handler handler("64", "64", "2");
    headrace::Feed feed = attach_to(handler);
    CHECK(feed.ring_count() == 2);
    handler.tell("worker 1");
    handler.tell("mbo 2 0");
    headrace::Record record = feed.next();
    CHECK(record && feed.ring() == 1);
    handler.tell("symbol 2 1 XYZ");
    handler.tell("state 4");
    CHECK(feed.next().get_if<hr_mbo>()->order_id == 1);
    CHECK(!feed.next(5ms) && feed.status() == headrace::Status::running); /* the other worker may still publish */
    CHECK(feed.symbol(2, 1) == "XYZ" && feed.instruments().begin()->instrument_id == 1);
    handler.tell("worker 0");
    handler.tell("state 4");
    CHECK(!feed.next() && feed.status() == headrace::Status::stopped);
}

/* ---- ends ---- */

static void test_other_ends()
{
    const std::pair<const char *, headrace::Status> ends[] = {{"state 2", headrace::Status::too_slow},
                                                              {"state 3", headrace::Status::evicted},
                                                              {"state 77", headrace::Status::unknown}};
    for (const auto &[command, status] : ends) {
        Handler handler;
        headrace::Feed feed = attach_to(handler);
        handler.tell("mbo 3 0");
        handler.tell(command);
        int count = 0;
        for (const auto &record : feed)
            count += record.holds<hr_mbo>();
        CHECK(count == 3 && feed.status() == status && feed.check() == status);
        CHECK(std::strlen(headrace::to_string(status)) > 10);
    }
    Handler handler;
    headrace::Feed feed = attach_to(handler);
    handler.tell("mbo 3 0");
    handler.kill();
    int count = 0;
    for (const auto &record : feed)
        count += record.holds<hr_mbo>();
    CHECK(count == 3 && feed.status() == headrace::Status::died);
}

static void test_moves_and_leaves()
{
    Handler handler;
    {
        headrace::Feed feed = attach_to(handler);
        headrace::Feed other = std::move(feed);
        CHECK(!feed && other && feed.status() == headrace::Status::closed); // NOLINT: what is left of one that was moved from
        feed = std::move(other);
        CHECK(feed && !other);
        CHECK(handler.ask("attached") == "1");
    }
    while (handler.ask("attached") != "0") /* the destructor left */
        ;
    headrace::Feed feed = attach_to(handler);
    feed.close();
    feed.close();
    while (handler.ask("attached") != "0")
        ;
    feed = attach_to(handler);
    hr_feed *raw = feed.release();
    CHECK(raw && !feed && handler.ask("attached") == "1");
    headrace::Feed again(raw);
    CHECK(again.c_feed() == raw);
}

/* ---- the rest ---- */

static void test_visit()
{
    hr_mbo order = {};
    order.header.rtype = HR_RTYPE_MBO;
    order.header.length = sizeof order / 4;
    headrace::Record record(&order.header);
    int seen = 0;
    CHECK(headrace::visit(record, [&](const hr_mbo &found) { seen += &found == &order; }) && seen == 1);
    CHECK(!headrace::visit(record, [&](const hr_trade &) { seen = 100; }) && seen == 1);
    CHECK(headrace::visit(record, headrace::overloaded{[&](const hr_trade &) { seen = 100; }, [&](const hr_record_header &) { seen = 2; }}));
    CHECK(seen == 2);
    order.header.rtype = HR_RTYPE_RECOVERED;
    CHECK(headrace::visit(record, [&](const hr_gap &) { seen = 3; }) && seen == 3);
    order.header.rtype = 0xEF;
    CHECK(!headrace::visit(record, [&](const hr_mbo &) { seen = 100; }) && seen == 3);
}

/* One struct has several rtypes, and each of these a record that is too short to be one. */
template <typename T> static void check_kind(std::uint8_t rtype)
{
    T made = {};
    made.header.rtype = rtype;
    made.header.length = sizeof made / 4;
    headrace::Record record(&made.header);
    int seen = 0;
    CHECK(headrace::visit(record, [&](const T &found) { seen += &found == &made; }) && seen == 1);
    CHECK(record.get_if<T>() == &made && !record.holds<hr_mbo>() && !record.holds<hr_trade>());
    made.header.length--;
    if (sizeof made > HR_OWN_RECORD_BYTES_MAX)
        CHECK(!record.holds<T>() && !headrace::visit(record, [&](const T &) { seen = 100; }) && seen == 1);
    made.header.rtype = HR_RTYPE_STATUS;
    CHECK(!record.holds<T>());
}

static void test_what_only_files_have()
{
    check_kind<hr_mbp_1>(HR_RTYPE_MBP_1);
    check_kind<hr_mbp_10>(HR_RTYPE_MBP_10);
    for (std::uint8_t rtype : {HR_RTYPE_OHLCV_DEPRECATED, HR_RTYPE_OHLCV_1S, HR_RTYPE_OHLCV_1M, HR_RTYPE_OHLCV_1H, HR_RTYPE_OHLCV_1D,
                               HR_RTYPE_OHLCV_EOD})
        check_kind<hr_ohlcv>(rtype);
    for (std::uint8_t rtype : {HR_RTYPE_BBO_1S, HR_RTYPE_BBO_1M})
        check_kind<hr_bbo>(rtype);
    for (std::uint8_t rtype : {HR_RTYPE_CMBP_1, HR_RTYPE_TCBBO})
        check_kind<hr_cmbp_1>(rtype);
    for (std::uint8_t rtype : {HR_RTYPE_CBBO_1S, HR_RTYPE_CBBO_1M})
        check_kind<hr_cbbo>(rtype);
    hr_ohlcv later = {};
    later.header.rtype = HR_RTYPE_OHLCV_EOD + 1;
    CHECK(!headrace::Record(&later.header).holds<hr_ohlcv>());
}

/* A definition in a slot of 64 bytes would end outside of it. */
static void test_long_record_with_a_short_length_is_none()
{
    alignas(8) unsigned char bytes[520] = {};
    auto *header = reinterpret_cast<hr_record_header *>(bytes);
    header->rtype = HR_RTYPE_DEFINITION;
    header->length = 56 / 4;
    CHECK(!headrace::Record(header).get_if<hr_definition>());
    header->length = 520 / 4;
    CHECK(headrace::Record(header).get_if<hr_definition>());
}

static void test_symbols()
{
    Handler handler;
    headrace::Feed feed = attach_to(handler);
    CHECK(feed.symbol(2, 1).empty() && feed.instruments().begin() == feed.instruments().end());
    handler.tell("symbol 2 1 AAPL");
    handler.tell("symbol 2 3 MSFT");
    handler.tell("mbo 2 0");
    CHECK(feed.symbol(feed.next()).empty());
    CHECK(feed.symbol(feed.next()) == "AAPL");
    handler.tell("symbol 2 1 NEW");
    CHECK(feed.symbol(2, 1) == "NEW" && feed.symbol(2, 3) == "MSFT");
    std::vector<std::string> names;
    for (const auto &entry : feed.instruments())
        names.emplace_back(entry.symbol);
    CHECK((names == std::vector<std::string>{"AAPL", "MSFT", "NEW"}));
}

static void test_event_loop()
{
    Handler handler;
    headrace::Options options = options_for(handler);
    options.wait = headrace::Wait::eventfd;
    std::error_code error;
    headrace::Feed feed = headrace::attach("test", options, error);
    CHECK(feed && feed.descriptor() >= 0 && feed.arm() == 0);
    handler.tell("mbo 1 0");
    CHECK(feed.arm() == 1 && feed.poll());
    options.wait = headrace::Wait::futex;
    options.spin = -1us;
    Handler another;
    options.socket = another.socket;
    feed = headrace::attach("test", options, error);
    CHECK(feed && feed.descriptor() == -EOPNOTSUPP && feed.arm() == -EOPNOTSUPP);
    another.tell("mbo 1 0");
    CHECK(feed.next());
}

/* ---- files: what test_cpp.py has written to FOLDER ---- */

static void test_open_of_nothing()
{
    std::error_code error;
    headrace::Feed feed = headrace::open("/nowhere/at-all.dbn", error);
    CHECK(!feed && error == std::errc::no_such_file_or_directory && std::strstr(headrace::last_error(), "/nowhere/at-all.dbn"));
#if HEADRACE_EXCEPTIONS
    try {
        (void)headrace::open(std::string("/nowhere/at-all.dbn"));
        FAIL("it was opened");
    } catch (const headrace::Error &thrown) {
        CHECK(thrown.code() == std::errc::no_such_file_or_directory);
    }
#endif
}

static void test_open()
{
    std::error_code error;
    headrace::Feed feed = headrace::open((Handler::folder + "/orders.dbn").c_str(), error, {64});
    CHECK(feed && !error);
    std::uint64_t count = 0;
    for (const auto record : feed)
        CHECK(record.get_if<hr_mbo>()->order_id == count++);
    CHECK(count == 200 && feed.status() == headrace::Status::stopped);

    feed = headrace::open((Handler::folder + "/orders.dbn").c_str(), error);
    for (count = 0; feed.check() == headrace::Status::running;)
        for (headrace::Batch batch = feed.batch(7); batch; batch = feed.batch(7))
            count += batch.size();
    CHECK(count == 200);
}

static void test_open_of_what_is_cut_off()
{
    std::error_code error;
    headrace::Feed feed = headrace::open((Handler::folder + "/cut.dbn").c_str(), error);
    int count = 0;
    for (const auto record : feed)
        count += record.holds<hr_mbo>();
    CHECK(count == 199 && feed.status() == headrace::Status::damaged && std::strstr(headrace::last_error(), "cut.dbn"));
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    Handler::program = argv[1];
    Handler::folder = argv[2];
    std::signal(SIGPIPE, SIG_IGN);
    alarm(120); /* what waits in vain fails */
    test_attach_refused();
#if HEADRACE_EXCEPTIONS
    test_attach_throws();
    test_get_of_another_type_throws();
#endif
    test_loop_ends_with_the_handler();
    test_wrap_around();
    test_poll_and_next_of_nothing();
    test_batches();
    test_lost_is_told();
    test_two_rings();
    test_other_ends();
    test_moves_and_leaves();
    test_visit();
    test_what_only_files_have();
    test_long_record_with_a_short_length_is_none();
    test_symbols();
    test_event_loop();
    test_open_of_nothing();
    test_open();
    test_open_of_what_is_cut_off();
    std::puts("passed");
    return 0;
}
