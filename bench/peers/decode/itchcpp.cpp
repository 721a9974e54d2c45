/* SPDX-License-Identifier: Apache-2.0
 *
 * itchcpp, the C++ library that the Python package of the same name is built on: its Parser with a callback, the fastest way it
 * has to its Message, a variant of a struct for each type.
 */
#include "rounds.h"

#include <itch/parser.hpp>

int main(int argc, char **argv)
{
    return rounds_main(argc, argv, "itchcpp", "SRHYLVWKJhAFECXDUPQBINO", [](std::span<const std::byte> bytes) {
        static itch::Parser parser;
        std::uint64_t decoded = 0;
        parser.parse(bytes, [&decoded](const itch::Message &message) {
            rounds_made(message);
            decoded++;
        });
        return decoded;
    });
}
