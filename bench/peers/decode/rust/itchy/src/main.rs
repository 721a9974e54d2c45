// SPDX-License-Identifier: Apache-2.0
//! itchy: its MessageStream, the only way it has, over the archive in memory. Every message is made whole in its own struct.
#[path = "../../rounds.rs"]
mod rounds;

use std::hint::black_box;

fn main() {
    rounds::main(
        "itchy",
        b"ABCDEFHIJKLNPQRSUVWXY",
        "the time includes its reading: it copies the archive through a buffer of 8 KiB",
        |bytes| bytes,
        |bytes| {
            let mut decoded = 0;
            for message in itchy::MessageStream::from_reader(bytes) {
                black_box(&message.map_err(|error| error.to_string())?);
                decoded += 1;
            }
            Ok(decoded)
        },
    );
}
