// SPDX-License-Identifier: Apache-2.0
//! read-dbn FILE: the records of a .dbn.zst file to standard output; what its metadata say to standard error.
use dbn::decode::{DbnMetadata, DecodeRecordRef, DynDecoder};
use std::io::Write;

fn main() -> dbn::Result<()> {
    let path = std::env::args().nth(1).expect("usage: read-dbn FILE");
    let mut decoder = DynDecoder::from_file(path, dbn::VersionUpgradePolicy::AsIs)?;
    let metadata = decoder.metadata();
    eprintln!("version {}, {}, {} symbols", metadata.version, metadata.dataset, metadata.symbols.len());
    // Every day of the file names its instruments.
    let map = metadata.symbol_map()?;
    assert_eq!(map.inner().len(), metadata.symbols.len());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(record) = decoder.decode_record_ref()? {
        out.write_all(record.as_ref()).expect("standard output");
    }
    Ok(())
}
