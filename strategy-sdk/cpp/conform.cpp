/* SPDX-License-Identifier: Apache-2.0
 *
 * The conformance program of the C++ SDK: attaches, and prints every record and how it ended, for conformance/ to compare.
 *
 *     conform [--batch N] [--hold N] [--stats] SOCKET CONSUMER
 */
#include <headrace/headrace.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <sysexits.h>

namespace {

class Conform
{
  public:
    std::uint64_t batch = 0; /* 0: record by record */
    std::uint64_t hold = 0;  /* 0: never */
    bool statistics = false;

    void run(headrace::Feed feed)
    {
        std::printf("attached %" PRIu32 "\n", feed.ring_count());
        if (batch)
            read_batches(feed);
        else
            read_records(feed);
        if (statistics)
            for (const auto &entry : feed.instruments())
                std::printf("symbol %u %" PRIu32 " %s\n", entry.publisher_id, entry.instrument_id, entry.symbol);
        std::printf("lost %" PRIu64 "\nend %d\n", feed.statistics().lost, static_cast<int>(feed.status()));
    }

  private:
    void read_records(headrace::Feed &feed)
    {
        for (const auto record : feed) {
            print(feed, feed.ring(), record);
            hold_if_due();
        }
    }

    void read_batches(headrace::Feed &feed)
    {
        while (const headrace::Batch records = feed.next_batch(batch)) {
            for (const auto record : records)
                print(feed, records.ring(), record);
            std::printf("batch %zu\n", records.size());
            hold_if_due();
        }
    }

    void print(const headrace::Feed &feed, std::uint32_t ring, headrace::Record record)
    {
        const std::size_t room = feed.c_feed()->rings[ring].slot_bytes - HR_SLOT_STAMP_BYTES;
        std::printf("%" PRIu32 " %" PRIu64 " %u ", ring, record.stamp(), record.rtype());
        for (std::size_t i = 0; i < std::min(record.size(), room); i++)
            std::printf("%02x", std::to_integer<unsigned>(record.data()[i]));
        std::putchar('\n');
        printed_++;
    }

    /* Once, when enough has been printed: what was lent last is kept until someone says so. */
    void hold_if_due()
    {
        if (hold == 0 || printed_ < hold)
            return;
        hold = 0;
        std::puts("hold");
        std::string line;
        std::getline(std::cin, line);
    }

    std::uint64_t printed_ = 0;
};

/* The handler's refusal has its status. What this side refuses is an answer that is none, a hang-up instead of one, or another ABI;
 * whatever else keeps us from attaching is no case of conformance. */
int tell_refusal(const headrace::Error &error)
{
    const int status = -error.code().value();
    if (std::string_view(error.what()).substr(0, std::strlen("the handler refused")) == "the handler refused")
        std::printf("refused %d\n", status);
    else if (error.code() == std::errc::protocol_error || error.code() == std::errc::protocol_not_supported ||
             error.code() == std::errc::broken_pipe)
        std::puts("refused 0");
    else {
        std::fprintf(stderr, "conform: %s\n", error.what());
        return EX_UNAVAILABLE;
    }
    return 0;
}

int usage()
{
    std::fputs("usage: conform [--batch N] [--hold N] [--stats] SOCKET CONSUMER\n", stderr);
    return EX_USAGE;
}

} // namespace

int main(int argc, char **argv)
{
    Conform conform;
    int at = 1;
    for (; at < argc && std::strncmp(argv[at], "--", 2) == 0; at++) {
        const std::string option = argv[at];
        if (option == "--stats")
            conform.statistics = true;
        else if ((option == "--batch" || option == "--hold") && at + 1 < argc && std::strtoull(argv[at + 1], nullptr, 10) > 0)
            (option == "--batch" ? conform.batch : conform.hold) = std::strtoull(argv[++at], nullptr, 10);
        else
            return usage();
    }
    if (argc - at != 2)
        return usage();
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    headrace::Options options;
    options.socket = argv[at];
    options.wait = headrace::Wait::yield; /* awake to the handler, as one that spins, but the core is shared with whoever tests */
    try {
        conform.run(headrace::attach(argv[at + 1], options));
    } catch (const headrace::Error &error) {
        return tell_refusal(error);
    }
    return 0;
}
