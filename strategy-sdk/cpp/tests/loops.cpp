/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of loops.c by headrace.hpp. test_instructions.py compares what a compiler makes of the two. Without exceptions, since C has
 * none: with them a compiler adds what unwinds, out of the way.
 */
#include <headrace/headrace.hpp>

extern "C" std::uint64_t poll_loop(hr_feed *of);
extern "C" std::uint64_t batch_loop(hr_feed *of);

std::uint64_t poll_loop(hr_feed *of)
{
    headrace::Feed feed(of);
    std::uint64_t sum = 0;
    while (const headrace::Record record = feed.poll())
        if (const auto *order = record.get_if<hr_mbo>())
            sum += order->size;
    (void)feed.release();
    return sum;
}

std::uint64_t batch_loop(hr_feed *of)
{
    headrace::Feed feed(of);
    std::uint64_t sum = 0;
    for (const auto &record : feed.batch(512))
        if (const auto *order = record.get_if<hr_mbo>())
            sum += order->size;
    (void)feed.release();
    return sum;
}
