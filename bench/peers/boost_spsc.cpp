// SPDX-License-Identifier: Apache-2.0
//
// Boost's queues for the two sizes of a record, as functions for boost_spsc.c.
#include "boost_spsc.h"

#include <boost/lockfree/spsc_queue.hpp>
#include <new>

namespace
{

constexpr size_t batch = 32;

template <size_t bytes> struct record {
    uint64_t words[bytes / 8];
};

template <size_t bytes> using queue = boost::lockfree::spsc_queue<record<bytes>, boost::lockfree::capacity<65536>>;

template <size_t bytes> inline size_t push(void *of, const void *records, size_t many)
{
    auto *from = static_cast<const record<bytes> *>(records);
    if (many == 1)
        return static_cast<queue<bytes> *>(of)->push(*from);
    return static_cast<queue<bytes> *>(of)->push(from, many);
}

template <size_t bytes> inline size_t take(void *of, uint64_t *expected)
{
    record<bytes> records[batch];
    size_t many = static_cast<queue<bytes> *>(of)->pop(records, batch);
    for (size_t i = 0; i < many; i++)
        boost_spsc_taken(records[i].words, bytes, expected);
    return many;
}

} // namespace

size_t boost_spsc_size(size_t bytes)
{
    return bytes == 112 ? sizeof(queue<112>) : sizeof(queue<56>);
}

void boost_spsc_make(void *memory, size_t bytes)
{
    if (bytes == 112)
        new (memory) queue<112>;
    else
        new (memory) queue<56>;
}

size_t boost_spsc_push(void *of, const void *records, size_t many, size_t bytes)
{
    return bytes == 112 ? push<112>(of, records, many) : push<56>(of, records, many);
}

size_t boost_spsc_pop(void *of, void *to, size_t bytes)
{
    if (bytes == 112)
        return static_cast<queue<112> *>(of)->pop(*static_cast<record<112> *>(to));
    return static_cast<queue<56> *>(of)->pop(*static_cast<record<56> *>(to));
}

size_t boost_spsc_take(void *of, size_t bytes, uint64_t *expected)
{
    return bytes == 112 ? take<112>(of, expected) : take<56>(of, expected);
}
