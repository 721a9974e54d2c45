/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of the sdk bench in C++, as a user of headrace.hpp would write it; see reader.c.
 */
#include <headrace/headrace.hpp>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <sysexits.h>

namespace {

constexpr std::uint64_t batch_records = 512;

std::uint64_t size_of(headrace::Record record)
{
    const auto *order = record.get_if<hr_mbo>();
    return order ? order->size : 0;
}

std::uint64_t read_batches(headrace::Feed &feed, std::uint64_t records)
{
    std::uint64_t sum = 0;
    for (std::uint64_t read = 0; read < records;) {
        const auto batch = feed.batch(batch_records);
        for (const auto record : batch)
            sum += size_of(record);
        read += batch.size();
    }
    return sum;
}

std::uint64_t touch_batches(headrace::Feed &feed, std::uint64_t records)
{
    std::uint64_t sum = 0;
    for (std::uint64_t read = 0; read < records;) {
        const auto batch = feed.batch(batch_records);
        if (batch)
            sum += size_of(batch[0]);
        read += batch.size();
    }
    return sum;
}

std::uint64_t iterate(headrace::Feed &feed, std::uint64_t records)
{
    std::uint64_t sum = 0;
    std::uint64_t read = 0;
    for (const auto record : feed) {
        sum += size_of(record);
        if (++read == records)
            break;
    }
    return sum;
}

int usage()
{
    std::fputs("usage: reader SOCKET CONSUMER batch|batch-touch|iterate RECORDS\n", stderr);
    return EX_USAGE;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 5)
        return usage();
    const std::string work = argv[3];
    const std::uint64_t records = std::strtoull(argv[4], nullptr, 10);
    const auto run = work == "batch" ? read_batches : work == "batch-touch" ? touch_batches : work == "iterate" ? iterate : nullptr;
    if (!run || !records)
        return usage();
    headrace::Options options;
    options.socket = argv[1];
    std::error_code error;
    headrace::Feed feed = headrace::attach(argv[2], options, error);
    if (error) {
        std::fprintf(stderr, "reader: %s\n", headrace::last_error());
        return EX_UNAVAILABLE;
    }
    std::puts("ready");
    std::fflush(stdout);
    if (std::getchar() == EOF)
        return EX_UNAVAILABLE;
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t sum = run(feed, records);
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;
    std::printf("{\"records\": %" PRIu64 ", \"ns\": %lld, \"sum\": %" PRIu64 "}\n", records, static_cast<long long>(taken.count()), sum);
    return 0;
}
