/* SPDX-License-Identifier: Apache-2.0
 *
 * A market maker's quoting loop: keeps the book of each instrument, quotes around its micro-price and leans against what it holds.
 *
 *     market_maker NAME|--file FILE [--socket PATH] [--symbol SYMBOL]... [--tick PRICE] [--half-spread TICKS] [--skew TICKS] [--size N]
 *                       [--limit N] [--prints N] [--wait spin|yield|futex]
 *
 * NAME is a consumer of a running handler. FILE is a DBN file of orders (.dbn, .dbn.zst): the same loop on a day that has been.
 *
 * There is no order gateway here: send_quote is where yours goes, and on_fill is what it calls. Until then fills are on paper: a trade at
 * our price or through it is taken to have hit us, first in the queue, which is kinder than any market. Ends with the feed or at SIGINT,
 * with a line of JSON: records, events, quotes, position, and the time from tick to decision in ns (of a file: zeros).
 *
 * What a copy of this should keep: quotes are pulled when the book can no longer be trusted (LOST, GAP, a new session, a halt, an order
 * that is not known) and when the feed ends, and a decision is made once an event is whole (HR_FLAG_LAST), not in the middle of it.
 */
#include <headrace/headrace.hpp>

#include <charconv>
#include <cinttypes>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <sysexits.h>
#include <unordered_map>
#include <vector>

#include "../../c/examples/histogram.h"
#include "order_book.hpp"
#include "quoter.hpp"

namespace {

using namespace std::chrono_literals;

constexpr double price_scale = 1e9;
constexpr std::uint64_t second_ns = 1'000'000'000;

std::uint64_t clock_ns() /* since the UNIX epoch: what stamps count too */
{
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * second_ns + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Settings {
    std::string consumer;
    std::string file; /* read instead of attaching */
    headrace::Options attach;
    std::vector<std::string> symbols; /* empty: all */
    QuoterSettings quoter;
    std::uint64_t prints = 5; /* quotes printed a second, at most */
};

struct Instrument {
    std::string symbol;
    OrderBook book;
    Quote quote; /* as it was sent last */
    std::int64_t inventory = 0;
    bool wanted = false;
    bool halted = false;
};

class MarketMaker
{
  public:
    MarketMaker(headrace::Feed &feed, const Settings &settings) : feed_(feed), settings_(settings)
    {
    }

    void on_record(headrace::Record record)
    {
        records_++;
        headrace::visit(record, headrace::overloaded{
                                    [&](const hr_mbo &order) { on_order(record, order); },
                                    [&](const hr_status &status) { on_status(record, status); },
                                    [&](const hr_lost &) { distrust("records were lost"); },
                                    [&](const hr_gap &gap) { on_gap(gap); },
                                    [&](const hr_session &session) { on_session(session); },
                                });
    }

    /* Your gateway calls this; until then the paper does. */
    void on_fill(Instrument &instrument, char side, std::int64_t size)
    {
        instrument.inventory += side == 'B' ? size : -size;
        fills_++;
    }

    void pull_all()
    {
        for (auto &[key, instrument] : instruments_)
            update(instrument, Quote{});
    }

    void print_summary(headrace::Status status) const
    {
        std::int64_t position = 0;
        for (const auto &[key, instrument] : instruments_)
            position += instrument.inventory;
        const hr_feed_statistics counts = feed_.statistics();
        std::printf("{\"records\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"events\": %" PRIu64 ", \"quotes\": %" PRIu64
                    ", \"fills\": %" PRIu64 ", \"position\": %" PRId64 ", \"end\": \"%s\", \"tick_to_decision_ns\": {\"p50\": %" PRIu64
                    ", \"p99\": %" PRIu64 ", \"p999\": %" PRIu64 "}}\n",
                    records_, counts.lost, events_, quotes_, fills_, position, headrace::to_string(status),
                    histogram_quantile(&latency_, 500), histogram_quantile(&latency_, 990), histogram_quantile(&latency_, 999));
    }

  private:
    Instrument &instrument_of(headrace::Record record)
    {
        const std::uint64_t key = std::uint64_t{record.publisher_id()} << 32 | record.instrument_id();
        const auto [at, is_new] = instruments_.try_emplace(key);
        Instrument &instrument = at->second;
        if (is_new && distrusted_)
            instrument.book.distrust();
        if (instrument.symbol.empty()) { /* the first record of it, or the venue has not named it yet */
            instrument.symbol = feed_.symbol(record);
            instrument.wanted = settings_.symbols.empty() || std::find(settings_.symbols.begin(), settings_.symbols.end(),
                                                                       instrument.symbol) != settings_.symbols.end();
        }
        return instrument;
    }

    void on_order(headrace::Record record, const hr_mbo &order)
    {
        if (order.header.instrument_id == 0) { /* the venue as a whole */
            if (order.action == 'R')
                forget(order.header.publisher_id);
            return;
        }
        Instrument &instrument = instrument_of(record);
        instrument.book.apply(order);
        if (!instrument.wanted)
            return;
        if (order.action == 'T')
            fill_on_paper(instrument, order);
        if ((order.flags & HR_FLAG_LAST) == 0)
            return; /* the event goes on: the book is between two states */
        decide(instrument);
        events_++;
        if (!settings_.file.empty())
            return; /* its stamps are of another day */
        const std::uint64_t now = clock_ns();
        histogram_add(&latency_, now > record.stamp() ? now - record.stamp() : 0);
    }

    void decide(Instrument &instrument)
    {
        update(instrument, instrument.halted ? Quote{} : make_quote(settings_.quoter, instrument.book, instrument.inventory));
    }

    void update(Instrument &instrument, const Quote &quote)
    {
        if (quote == instrument.quote)
            return;
        instrument.quote = quote;
        quotes_++;
        send_quote(instrument);
    }

    /* The seam: here goes your order gateway. This one prints, so many a second at most, since a terminal is slower than a market. */
    void send_quote(const Instrument &instrument)
    {
        const std::uint64_t second = clock_ns() / second_ns;
        if (second != printing_second_) {
            printing_second_ = second;
            printed_ = 0;
        }
        if (printed_++ >= settings_.prints)
            return;
        const Quote &quote = instrument.quote;
        std::printf("%-8s", instrument.symbol.empty() ? "?" : instrument.symbol.c_str());
        quote.bid_size ? std::printf(" %6u @ %-12.4f", quote.bid_size, static_cast<double>(quote.bid) / price_scale)
                       : std::printf(" %6s   %-12s", "-", "-");
        quote.ask_size ? std::printf(" %12.4f @ %-6u", static_cast<double>(quote.ask) / price_scale, quote.ask_size)
                       : std::printf(" %12s   %-6s", "-", "-");
        std::printf(" holding %" PRId64 "\n", instrument.inventory);
    }

    /* The side of a trade is its aggressor's: one who sells hits our bid. */
    void fill_on_paper(Instrument &instrument, const hr_mbo &trade)
    {
        Quote &quote = instrument.quote;
        if (trade.side == 'A' && quote.bid_size && trade.price <= quote.bid) {
            const std::uint32_t size = std::min(quote.bid_size, trade.size);
            on_fill(instrument, 'B', size);
            quote.bid_size -= size;
        } else if (trade.side == 'B' && quote.ask_size && trade.price >= quote.ask) {
            const std::uint32_t size = std::min(quote.ask_size, trade.size);
            on_fill(instrument, 'A', size);
            quote.ask_size -= size;
        }
    }

    void on_status(headrace::Record record, const hr_status &status)
    {
        if (status.header.instrument_id == 0)
            return;
        Instrument &instrument = instrument_of(record);
        instrument.halted = status.is_trading == 'N' || status.action == HR_STATUS_HALT || status.action == HR_STATUS_PAUSE ||
                            status.action == HR_STATUS_SUSPEND;
        if (instrument.wanted)
            decide(instrument);
    }

    /* Which instrument the missing messages were of, nobody knows. */
    void on_gap(const hr_gap &gap)
    {
        if (gap.header.rtype == HR_RTYPE_GAP)
            distrust("messages of the venue are missing");
    }

    /* Order references, and on some venues instrument numbers, begin anew. */
    void on_session(const hr_session &session)
    {
        if (session.event == 'S')
            forget(session.header.publisher_id);
    }

    void forget(std::uint16_t publisher_id)
    {
        distrusted_ = false;
        for (auto &[key, instrument] : instruments_) {
            if (key >> 32 != publisher_id)
                continue;
            update(instrument, Quote{});
            instrument.book.clear();
            instrument.symbol.clear();
            instrument.halted = false;
        }
    }

    /* No book is sure any more: no quotes until each is built anew, which the next session, a snapshot or a clear (R) begins. */
    void distrust(const char *why)
    {
        std::fprintf(stderr, "market_maker: %s: all quotes are pulled\n", why);
        distrusted_ = true;
        for (auto &[key, instrument] : instruments_) {
            update(instrument, Quote{});
            instrument.book.distrust();
        }
    }

    headrace::Feed &feed_;
    const Settings &settings_;
    std::unordered_map<std::uint64_t, Instrument> instruments_; /* publisher_id << 32 | instrument_id */
    bool distrusted_ = false; /* those that come now were there before, unseen */
    histogram latency_{};
    std::uint64_t records_ = 0;
    std::uint64_t events_ = 0;
    std::uint64_t quotes_ = 0;
    std::uint64_t fills_ = 0;
    std::uint64_t printing_second_ = 0;
    std::uint64_t printed_ = 0;
};

volatile std::sig_atomic_t interrupted;

[[noreturn]] void usage(const std::string &why)
{
    std::fprintf(stderr,
                 "market_maker: %s\nusage: market_maker NAME|--file FILE [--socket PATH] [--symbol SYMBOL]... [--tick PRICE]\n"
                 "       [--half-spread TICKS] [--skew TICKS] [--size N] [--limit N] [--prints N] [--wait spin|yield|futex]\n",
                 why.c_str());
    std::exit(EX_USAGE);
}

double parse_number(const std::string &option, const char *text, double minimum, double maximum)
{
    double number = 0;
    const char *end = text + std::strlen(text);
    const auto [rest, error] = std::from_chars(text, end, number);
    if (error != std::errc() || rest != end || !(number >= minimum && number <= maximum))
        usage(option + " " + text + ": wanted a number from " + std::to_string(minimum) + " to " + std::to_string(maximum));
    return number;
}

headrace::Wait parse_wait(const std::string &text)
{
    if (text == "spin")
        return headrace::Wait::spin;
    if (text == "yield")
        return headrace::Wait::yield;
    if (text == "futex")
        return headrace::Wait::futex;
    usage("--wait " + text + ": wanted spin, yield or futex");
}

Settings parse(int argc, char **argv)
{
    Settings settings;
    for (int i = 1; i < argc; i++) {
        const std::string option = argv[i];
        if (option.compare(0, 2, "--") != 0) {
            if (!settings.consumer.empty())
                usage("one NAME is wanted, found '" + settings.consumer + "' and '" + option + "'");
            settings.consumer = option;
            continue;
        }
        if (++i == argc)
            usage(option + ": wanted a value");
        const char *value = argv[i];
        if (option == "--socket")
            settings.attach.socket = value;
        else if (option == "--file")
            settings.file = value;
        else if (option == "--symbol")
            settings.symbols.emplace_back(value);
        else if (option == "--tick")
            settings.quoter.tick = std::llround(parse_number(option, value, 1e-9, 1e6) * price_scale);
        else if (option == "--half-spread")
            settings.quoter.half_spread_ticks = parse_number(option, value, 0, 1e6);
        else if (option == "--skew")
            settings.quoter.skew_ticks = parse_number(option, value, 0, 1e6);
        else if (option == "--size")
            settings.quoter.size = static_cast<std::uint32_t>(parse_number(option, value, 1, 1e9));
        else if (option == "--limit")
            settings.quoter.inventory_max = std::llround(parse_number(option, value, 1, 1e12));
        else if (option == "--prints")
            settings.prints = static_cast<std::uint64_t>(parse_number(option, value, 0, 1e9));
        else if (option == "--wait")
            settings.attach.wait = parse_wait(value);
        else
            usage("unknown option " + option);
    }
    if (settings.consumer.empty() == settings.file.empty())
        usage(settings.file.empty() ? "the consumer's NAME is missing" : "wanted a consumer's NAME or a --file, found both");
    return settings;
}

} // namespace

int main(int argc, char **argv)
{
    const Settings settings = parse(argc, argv);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::signal(SIGINT, [](int) { interrupted = 1; });
    std::error_code error;
    headrace::Feed feed = settings.file.empty() ? headrace::attach(settings.consumer.c_str(), settings.attach, error)
                                                : headrace::open(settings.file.c_str(), error);
    if (error) {
        std::fprintf(stderr, "market_maker: %s\n", headrace::last_error());
        return EX_UNAVAILABLE;
    }
    MarketMaker maker(feed, settings);
    while (!interrupted) {
        if (const headrace::Record record = feed.next(100ms))
            maker.on_record(record);
        else if (feed.status() != headrace::Status::running)
            break;
    }
    maker.pull_all();
    maker.print_summary(feed.status());
    return interrupted || feed.status() == headrace::Status::stopped ? EX_OK : EX_UNAVAILABLE;
}
