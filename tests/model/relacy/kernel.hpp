// SPDX-License-Identifier: Apache-2.0
//
// What the ring's code has around it: memory, descriptors, the futex and the attach socket.
#ifndef MODEL_KERNEL_HPP
#define MODEL_KERNEL_HPP

#include <sys/stat.h>

#include "words.hpp"

namespace model {

const int data_descriptor = 100;
const int cursor_descriptor = 101; // and one more for each attachment after the first
const unsigned messages_max = 4;

unsigned cursors;
rl::atomic<unsigned> *messages; // [messages_max]

inline void forget_kernel() { cursors = 0; }

inline unsigned offset_of(int descriptor)
{
    return descriptor == data_descriptor ? 0 : data_bytes + (unsigned)(descriptor - cursor_descriptor) * HR_CURSOR_BYTES;
}

} // namespace model

extern "C" {

// By its path: libc has a header of that name too, which Relacy includes.
#include "../../../ring/src/memory.h"

int hr_memory_create(const char *, size_t bytes, enum hr_memory_kind kind, int, void **map, int *fd)
{
    if (kind == HR_MEMORY_SHARED && model::cursors == model::cursors_max)
        return -ENFILE;
    if (bytes > (kind == HR_MEMORY_SHARED ? HR_CURSOR_BYTES : model::data_bytes))
        return -ENOMEM;
    *fd = kind == HR_MEMORY_SHARED ? model::cursor_descriptor + (int)model::cursors++ : model::data_descriptor;
    *map = model_mmap(*fd);
    return 0;
}

size_t hr_memory_round(size_t bytes, int) { return bytes; }

void *model_mmap(int descriptor) { return model::memory + model::offset_of(descriptor); }

int model_fstat(int descriptor, struct stat *status)
{
    status->st_size = descriptor == model::data_descriptor ? model::data_bytes : HR_CURSOR_BYTES;
    return 0;
}

// The kernel compares the newest value, under a lock that the waking side takes too. To be told that it is another one orders
// nothing, but time passes: what others have stored arrives at last.
void model_futex_wait(const uint32_t *word, uint32_t expected)
{
    rl::debug_info info = model::place(__builtin_return_address(0));
    model::atomic_word &which = model::atomic_at(word, sizeof *word, info);
    rl::ctx().sched();
    if (which.debug_value() == expected)
        which.wait(rl::ctx(), false, false, info);
    else
        model_yield();
}

int model_futex_wake(const uint32_t *word)
{
    rl::debug_info info = model::place(__builtin_return_address(0));
    model::atomic_word &which = model::atomic_at(word, sizeof *word, info);
    rl::ctx().sched();
    return which.wake(rl::ctx(), 1, info);
}

struct hr_wakes *model_wakes(void) { return reinterpret_cast<hr_wakes *>(model::memory + model::wakes_at); }

void model_send(unsigned message)
{
    model::messages[message].store(1, rl::mo_release, rl::debug_info("model_send", "", message));
}

int model_has_come(unsigned message)
{
    return model::messages[message].load(rl::mo_acquire, rl::debug_info("model_has_come", "", message)) != 0;
}

void model_receive(unsigned message)
{
    while (!model_has_come(message))
        model_yield();
}

void model_yield(void) { rl::ctx().yield(1, rl::debug_info("model_yield", "", 0)); }

unsigned model_choose(unsigned limit) { return rl::rand(limit); }

void model_fail(const char *text, const char *function, const char *file, unsigned line)
{
    rl::ctx().fail_test(text, rl::test_result_user_assert_failed, rl::debug_info(function, file, line));
}

} // extern "C"

#endif
