// SPDX-License-Identifier: Apache-2.0

//go:build !linux || !(amd64 || arm64 || loong64 || mips64le || ppc64le || riscv64)

package headrace

// The rings are Linux's shared memory, of more than 32 bits can address, with little-endian numbers.
var _ = this_package_needs_Linux_on_a_64_bit_little_endian_processor
