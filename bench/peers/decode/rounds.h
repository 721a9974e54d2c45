/* SPDX-License-Identifier: Apache-2.0
 *
 * What the decode peers in C++ share: the archive in memory without the types that a library does not decode, the rounds, and
 * their lines. rust/rounds.rs is the same for those in Rust.
 */
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <span>
#include <string>
#include <vector>

[[noreturn]] inline void rounds_fail(const char *name, const std::string &what)
{
    std::fprintf(stderr, "%s: %s\n", name, what.c_str());
    std::exit(1);
}

struct Archive {
    std::vector<std::byte> bytes;
    std::uint64_t messages = 0;
};

/* At most HEADRACE_PEER_MESSAGES messages, where that is set, of the types in `known`. */
inline Archive rounds_archive(const char *name, const char *path, const char *known)
{
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file)
        rounds_fail(name, std::string("cannot open ") + path);
    std::vector<std::byte> whole(static_cast<std::size_t>(file.tellg()));
    file.seekg(0);
    if (!file.read(reinterpret_cast<char *>(whole.data()), static_cast<std::streamsize>(whole.size())))
        rounds_fail(name, std::string("cannot read ") + path);
    const char *cap = std::getenv("HEADRACE_PEER_MESSAGES");
    const std::uint64_t most = cap && *cap ? std::strtoull(cap, nullptr, 10) : UINT64_MAX;
    Archive archive;
    archive.bytes.reserve(whole.size());
    std::uint64_t left_out[256] = {};
    for (std::size_t at = 0; at + 2 <= whole.size() && archive.messages < most;) {
        const std::size_t length = std::to_integer<std::size_t>(whole[at]) << 8 | std::to_integer<std::size_t>(whole[at + 1]);
        if (length == 0)
            break; /* the end of the session */
        if (length > whole.size() - at - 2)
            rounds_fail(name, "the archive ends within a message");
        const auto type = std::to_integer<unsigned char>(whole[at + 2]);
        if (type && std::strchr(known, type)) {
            archive.bytes.insert(archive.bytes.end(), whole.begin() + static_cast<std::ptrdiff_t>(at),
                                 whole.begin() + static_cast<std::ptrdiff_t>(at + 2 + length));
            archive.messages++;
        } else {
            left_out[type]++;
        }
        at += 2 + length;
    }
    for (int type = 0; type < 256; type++)
        if (left_out[type])
            std::printf("# note %llu messages of type '%c' left out: it does not decode them\n",
                        static_cast<unsigned long long>(left_out[type]), type);
    return archive;
}

inline std::uint64_t rounds_now()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000000000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/* The message has to be in memory, whole. */
template <typename Message> inline void rounds_made(const Message &message)
{
    asm volatile("" : : "r"(&message) : "memory");
}

/* `decode` returns how many messages it has decoded. */
template <typename Decode> int rounds_main(int argc, char **argv, const char *name, const char *known, Decode decode)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s FILE ROUNDS\n", name);
        return 64;
    }
    const Archive archive = rounds_archive(name, argv[1], known);
    for (long round = std::strtol(argv[2], nullptr, 10); round > 0; round--) {
        const std::uint64_t start = rounds_now();
        const std::uint64_t decoded = decode(std::span<const std::byte>(archive.bytes));
        const std::uint64_t end = rounds_now();
        if (decoded != archive.messages)
            rounds_fail(name, "decoded " + std::to_string(decoded) + " of " + std::to_string(archive.messages) + " messages");
        std::printf("%llu %llu\n", static_cast<unsigned long long>(decoded), static_cast<unsigned long long>(end - start));
        std::fflush(stdout);
    }
    return 0;
}
