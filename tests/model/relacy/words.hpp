// SPDX-License-Identifier: Apache-2.0
//
// The shared memory: real bytes at real addresses, and behind each word of 8 bytes what Relacy knows of it. A word that the
// protocol reads and writes atomically is an rl::atomic: a load may find any value that C11 allows, not only the newest. Every
// other is an rl::var: two accesses that nothing orders are a data race, which ends the run. Values of plain words are in the
// bytes.
//
// In a row: the ring's header, its slots, the cursor pages, and what the handler's threads share.
#ifndef MODEL_WORDS_HPP
#define MODEL_WORDS_HPP

#include <cstdio>
#include <cstring>

#include "fanout/wakes.h"
#include "headrace/ring_abi.h"
#include "model.h"

namespace model {

typedef rl::atomic<uint64_t> atomic_word;
typedef rl::var<uint64_t> plain_word;

const unsigned slots_max = 4;
const unsigned slot_bytes = 64;
const unsigned cursors_max = 2;
const unsigned data_bytes = 2 * HR_RING_HEADER_BYTES + slots_max * slot_bytes; // slots may begin a little later than at 4096
const unsigned wakes_at = data_bytes + cursors_max * HR_CURSOR_BYTES;
const unsigned memory_bytes = wakes_at + sizeof(hr_wakes) + 8;

alignas(64) uint8_t memory[memory_bytes];

const int8_t nobody = -1;

// Set-up is by one thread, before the others are: it goes to the bytes alone. So does the looking around afterwards.
bool running;

struct word {
    uint8_t atomic_bytes; // 0: plain
    bool alive;           // `state` holds an object
    int8_t writer;        // of the newest value of an atomic word: thread, or nobody
    char name[29];
    alignas(16) uint8_t state[sizeof(atomic_word) > sizeof(plain_word) ? sizeof(atomic_word) : sizeof(plain_word)];

    atomic_word &as_atomic() { return *reinterpret_cast<atomic_word *>(state); }
    plain_word &as_plain() { return *reinterpret_cast<plain_word *>(state); }
};

word words[memory_bytes / 8];
unsigned alive[memory_bytes / 8];
unsigned alive_count;

inline bool is_shared(const volatile void *address)
{
    return (uintptr_t)address - (uintptr_t)memory < memory_bytes;
}

inline word &word_at(const volatile void *address)
{
    return words[((uintptr_t)address - (uintptr_t)memory) / 8];
}

// Where an access was made, for run.py to turn into a function and a line. Relacy keeps pointers to texts, so each lives on.
inline rl::debug_info place(void *pc)
{
    static struct { void *pc; char text[24]; } known[1024];
    extern char executable_start __asm__("__executable_start");
    if (!rl::ctx().collecting_history())
        return rl::debug_info("", "", 0);
    unsigned at = (unsigned)((uintptr_t)pc * 0x9E3779B1u >> 8) % 1024;
    while (known[at].pc && known[at].pc != pc)
        at = (at + 1) % 1024;
    if (!known[at].pc) {
        known[at].pc = pc;
        snprintf(known[at].text, sizeof known[at].text, "pc+%#lx", (unsigned long)((char *)pc - &executable_start - 1));
    }
    return rl::debug_info(known[at].text, "", 0);
}

// The next line of the history is about this word.
inline void tell(const word &which, rl::debug_info_param info)
{
    if (rl::ctx().collecting_history())
        rl::ctx().exec_log_msg(info, which.name);
}

inline void fail(const char *text, rl::debug_info_param info)
{
    rl::ctx().fail_test(text, rl::test_result_user_assert_failed, info);
}

inline atomic_word &atomic_at(const volatile void *address, unsigned bytes, rl::debug_info_param info)
{
    word &which = word_at(address);
    tell(which, info);
    if (which.atomic_bytes != bytes || (uintptr_t)address % 8)
        fail("atomic access to a word that words.hpp has as plain, or of another width", info);
    return which.as_atomic();
}

// The plain access [address, address + bytes) is about to be made.
inline void plain_access(const volatile void *address, size_t bytes, bool is_write, void *pc)
{
    if (!running || !is_shared(address) || bytes == 0)
        return;
    rl::debug_info info = place(pc);
    uintptr_t end = ((uintptr_t)address + bytes + 7) & ~(uintptr_t)7;
    for (uintptr_t at = (uintptr_t)address & ~(uintptr_t)7; at < end; at += 8) {
        word &which = word_at((void *)at);
        tell(which, info);
        if (which.atomic_bytes) {
            // Its only writer may look at what it wrote.
            if (is_write || (which.writer != nobody && which.writer != (int8_t)rl::thread_index()))
                fail("plain access to a word that others access atomically", info);
            continue;
        }
        if (!which.alive) {
            ::new (which.state) plain_word();
            which.alive = true;
            alive[alive_count++] = (unsigned)(&which - words);
        }
        if (is_write)
            which.as_plain()(info).store(0);
        else
            (void)which.as_plain()(info).load();
    }
}

inline void name_atomic(unsigned offset, uint8_t bytes, const char *text)
{
    words[offset / 8].atomic_bytes = bytes;
    snprintf(words[offset / 8].name, sizeof words->name, "%s", text);
}

inline void name_cursor(unsigned page, unsigned number)
{
    char text[29];
    snprintf(text, sizeof text, "cursor page %u read", number);
    name_atomic(page + offsetof(hr_cursor, read), 8, text);
    snprintf(text, sizeof text, "cursor page %u waiting", number);
    name_atomic(page + offsetof(hr_cursor, waiting), 4, text);
}

// Once: what is where. slots_at: offset of slot 0.
inline void lay_out(unsigned slots_at)
{
    char text[29];
    for (unsigned offset = 0; offset < memory_bytes; offset += 8)
        snprintf(words[offset / 8].name, sizeof words->name, "memory+%u", offset);
    name_atomic(offsetof(hr_ring_header, magic), 8, "header.magic");
    name_atomic(offsetof(hr_ring_header, heartbeat_ns), 8, "header.heartbeat_ns");
    name_atomic(offsetof(hr_ring_header, published), 8, "header.published");
    name_atomic(offsetof(hr_ring_header, lost), 8, "header.lost");
    name_atomic(offsetof(hr_ring_header, state), 4, "header.state");
    name_atomic(offsetof(hr_ring_header, wakes), 4, "header.wakes");
    for (unsigned i = 0; i < slots_max; i++) {
        for (unsigned offset = 8; offset < slot_bytes; offset += 8)
            snprintf(words[(slots_at + i * slot_bytes + offset) / 8].name, sizeof words->name, "slot %u+%u", i, offset);
        snprintf(text, sizeof text, "slot %u stamp", i);
        name_atomic(slots_at + i * slot_bytes, 8, text);
    }
    for (unsigned i = 0; i < cursors_max; i++)
        name_cursor(data_bytes + i * HR_CURSOR_BYTES, i);
    name_atomic(wakes_at + offsetof(hr_wakes, total), 4, "wakes.total");
    name_atomic(wakes_at + offsetof(hr_wakes, wanted), 4, "wakes.wanted");
}

inline void share_word(unsigned offset)
{
    word &which = words[offset / 8];
    uint64_t value;
    memcpy(&value, memory + offset, 8);
    which.alive = true;
    which.writer = nobody;
    alive[alive_count++] = offset / 8;
    if (which.atomic_bytes) {
        ::new (which.state) atomic_word();
        which.as_atomic().store(value, rl::mo_relaxed, rl::debug_info("set-up", "", 0));
    } else {
        ::new (which.state) plain_word(value);
    }
}

// Before each run: zeros, and nothing known. What an earlier run that failed has left behind went with its Relacy context.
inline void forget_words()
{
    memset(memory, 0, sizeof memory);
    for (unsigned i = 0; i < alive_count; i++)
        words[alive[i]].alive = false;
    alive_count = 0;
    running = false;
}

// Set-up is over, and all threads see what it has written. The bytes of a record are no part of it: to read those of a slot
// that was never written is a failure of its own.
inline void share_words(unsigned slots)
{
    static unsigned slots_at;
    if (slots_at == 0)
        lay_out(slots_at = reinterpret_cast<hr_ring_header *>(memory)->header_bytes);
    for (unsigned offset = 0; offset < sizeof(hr_ring_header); offset += 8)
        if (words[offset / 8].atomic_bytes || offset <= offsetof(hr_ring_header, first_stamp))
            share_word(offset);
    for (unsigned i = 0; i < slots; i++)
        share_word(slots_at + i * slot_bytes);
    for (unsigned i = 0; i < cursors_max; i++) {
        unsigned page = data_bytes + i * HR_CURSOR_BYTES;
        share_word(page + offsetof(hr_cursor, magic));
        share_word(page + offsetof(hr_cursor, read));
        share_word(page + offsetof(hr_cursor, waiting));
    }
    share_word(wakes_at + offsetof(hr_wakes, total));
    share_word(wakes_at + offsetof(hr_wakes, wanted));
    running = true;
}

inline void end_words()
{
    running = false;
    for (unsigned i = 0; i < alive_count; i++) {
        word &which = words[alive[i]];
        which.alive = false;
        if (which.atomic_bytes)
            which.as_atomic().~atomic_word();
        else
            which.as_plain().~plain_word();
    }
    alive_count = 0;
}

} // namespace model

#endif
