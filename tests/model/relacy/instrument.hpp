// SPDX-License-Identifier: Apache-2.0
//
// The functions that a compiler calls under -fsanitize=thread, at each access to memory. ThreadSanitizer's own are in libtsan,
// which is not linked; these hand every access to shared memory on to Relacy, with the order that the C source gives it.
#ifndef MODEL_INSTRUMENT_HPP
#define MODEL_INSTRUMENT_HPP

#include "words.hpp"

#define PC __builtin_return_address(0)

namespace model {

template <typename T> T atomic_load(const volatile T *address, int order, void *pc)
{
    if (!running || !is_shared(address))
        return __atomic_load_n(address, __ATOMIC_SEQ_CST);
    rl::debug_info info = place(pc);
    return (T)atomic_at(address, sizeof(T), info).load((rl::memory_order)order, info);
}

template <typename T> void atomic_store(volatile T *address, T value, int order, void *pc)
{
    if (running && is_shared(address)) {
        rl::debug_info info = place(pc);
        atomic_at(address, sizeof(T), info).store(value, (rl::memory_order)order, info);
        word_at(address).writer = (int8_t)rl::thread_index();
    }
    __atomic_store_n(address, value, __ATOMIC_SEQ_CST);
}

template <typename T> T atomic_add(volatile T *address, T value, int order, void *pc)
{
    if (running && is_shared(address)) {
        rl::debug_info info = place(pc);
        (void)atomic_at(address, sizeof(T), info).fetch_add(value, (rl::memory_order)order, info);
        word_at(address).writer = (int8_t)rl::thread_index();
    }
    return __atomic_fetch_add(address, value, __ATOMIC_SEQ_CST);
}

static_assert(__ATOMIC_RELAXED == (int)rl::mo_relaxed && __ATOMIC_CONSUME == (int)rl::mo_consume &&
                  __ATOMIC_ACQUIRE == (int)rl::mo_acquire && __ATOMIC_RELEASE == (int)rl::mo_release &&
                  __ATOMIC_ACQ_REL == (int)rl::mo_acq_rel && __ATOMIC_SEQ_CST == (int)rl::mo_seq_cst,
              "Relacy counts memory orders as the compiler does");

} // namespace model

extern "C" {

#define PLAIN(bytes)                                                                                                           \
    void __tsan_read##bytes(void *address) { model::plain_access(address, bytes, false, PC); }                                 \
    void __tsan_write##bytes(void *address) { model::plain_access(address, bytes, true, PC); }                                 \
    void __tsan_unaligned_read##bytes(void *address) { model::plain_access(address, bytes, false, PC); }                       \
    void __tsan_unaligned_write##bytes(void *address) { model::plain_access(address, bytes, true, PC); }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)
#undef PLAIN

void __tsan_read_range(void *address, size_t bytes) { model::plain_access(address, bytes, false, PC); }
void __tsan_write_range(void *address, size_t bytes) { model::plain_access(address, bytes, true, PC); }

#define ATOMIC(bits)                                                                                                           \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *address, int order)                               \
    {                                                                                                                          \
        return model::atomic_load(address, order, PC);                                                                         \
    }                                                                                                                          \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *address, uint##bits##_t value, int order)                        \
    {                                                                                                                          \
        model::atomic_store(address, value, order, PC);                                                                        \
    }                                                                                                                          \
    uint##bits##_t __tsan_atomic##bits##_fetch_add(volatile uint##bits##_t *address, uint##bits##_t value, int order)          \
    {                                                                                                                          \
        return model::atomic_add(address, value, order, PC);                                                                   \
    }
ATOMIC(32)
ATOMIC(64)
#undef ATOMIC

void __tsan_atomic_thread_fence(int order)
{
    if (model::running)
        rl::atomic_thread_fence((rl::memory_order)order, model::place(PC));
}

void __tsan_atomic_signal_fence(int) {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit(void) {}
void __tsan_init(void) {}

// gcc leaves copies to itself or to libc (see libc.h), newer clangs call these.
void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
    model::plain_access(from, bytes, false, PC);
    model::plain_access(to, bytes, true, PC);
    return memcpy(to, from, bytes);
}

void *__tsan_memset(void *to, int value, size_t bytes)
{
    model::plain_access(to, bytes, true, PC);
    return memset(to, value, bytes);
}

void *model_memcpy(void *to, const void *from, size_t bytes)
{
    model::plain_access(from, bytes, false, PC);
    model::plain_access(to, bytes, true, PC);
    return memcpy(to, from, bytes);
}

} // extern "C"

#endif
