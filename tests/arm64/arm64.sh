#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# arm64.sh SOURCE BUILD: ITCH 5.0 with NEON and without makes the same events (tests/unit/decode/test_itch50_vector.c), on an emulated
# AArch64. That is the instructions, not the processor: what they cost there has not been measured.
set -eu
source=$1
build=$2
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: no $tool (./dev test --long installs it: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user)"
        exit 77
    fi
done
mkdir -p "$build"
cd "$source"
aarch64-linux-gnu-gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -ffunction-sections -Wl,--gc-sections \
    -Itests/arm64 -Ifeedhandler -Iring/include -Itests/unit/helpers -o "$build/test_itch50_vector" \
    tests/unit/decode/test_itch50_vector.c feedhandler/line/mold64.c feedhandler/decode/decoder.c feedhandler/decode/eastern.c \
    feedhandler/decode/instruments.c feedhandler/decode/itch50.c feedhandler/decode/itch50_scalar.c feedhandler/decode/itch50_vector.c
for seed in 20260107 1 2; do
    qemu-aarch64 "$build/test_itch50_vector" "$seed"
done
