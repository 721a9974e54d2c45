// SPDX-License-Identifier: Apache-2.0
//! The loops are C, the same that every other system is measured by.

fn main() {
    let loops = "../../../ring";
    for file in ["foreign.c", "hand_over.h", "hand_over_loops.h"] {
        println!("cargo:rerun-if-changed={loops}/{file}");
    }
    println!("cargo:rerun-if-changed=../layout.c");
    cc::Build::new()
        .files([&format!("{loops}/foreign.c"), "../layout.c"])
        .include(loops)
        .opt_level(3)
        .flag("-march=native")
        .warnings(true)
        .extra_warnings(true)
        .compile("hand_over");
}
