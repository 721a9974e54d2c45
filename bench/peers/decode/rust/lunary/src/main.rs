// SPDX-License-Identifier: Apache-2.0
//! Lunary: its Parser, the one of its ways that ends in typed messages. It keeps a copy of the archive, made before the time
//! starts. Its zero-copy parser converts the header and leaves the rest in bytes.
#[path = "../../rounds.rs"]
mod rounds;

use lunary::{Config, Parser};
use std::hint::black_box;

fn main() {
    rounds::main(
        "lunary",
        b"SRHYLVWKJAFECXDUPQBIN",
        "",
        |bytes| {
            let mut parser = Parser::with_config(Config::new().with_max_buffer_size(usize::MAX));
            let fed = parser.feed_data(bytes).map_err(|error| error.to_string());
            fed.map(|()| parser)
        },
        |parser| {
            let mut parser = parser?;
            let mut decoded = 0;
            while let Some(message) = parser.parse_next().map_err(|error| error.to_string())? {
                black_box(&message);
                decoded += 1;
            }
            Ok(decoded)
        },
    );
}
