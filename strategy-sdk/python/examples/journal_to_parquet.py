#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the records of one schema to Parquet: journal_to_parquet.py NAME FILE, or --journal DBN-FILE FILE. Needs pyarrow
alone.

One row group for every `--rows` records, so that memory stays the same however long it runs. Prices are decimals: no digit is
lost. At the end, or on Ctrl-C, the file is closed as it should be; then one line of JSON says what is in it.
"""

import argparse
import json

import headrace
import pyarrow
import pyarrow.parquet


def write(feed, path, schema, rows):
    """Returns the number of rows written. Batches are copied out at once: the handler needs its slots."""
    held, kept, written, writer = [], 0, 0, None

    def flush():
        nonlocal kept, written, writer
        table = pyarrow.concat_tables(held) if held else pyarrow.table(headrace.to_arrow([], "decimal", schema=schema, symbols={}, ts_out=True))
        if writer is None:
            writer = pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        written += kept
        held.clear()
        kept = 0

    try:
        for batch in feed.batches(schema="raw"):
            table = pyarrow.table(headrace.to_arrow(batch, "decimal", schema=schema, symbols=feed.instruments, ts_out=True))
            held.append(table)
            kept += table.num_rows
            if kept >= rows:
                flush()
    except KeyboardInterrupt:
        pass  # what has been read is written
    finally:
        flush()
        writer.close()
    return written


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", help="the consumer's name in the handler's configuration")
    parser.add_argument("file", help="is overwritten")
    parser.add_argument("--journal", help="a DBN file instead of a handler")
    parser.add_argument("--socket", help="path of the handler's socket")
    parser.add_argument("--schema", default="mbo", choices=headrace.SCHEMAS)
    parser.add_argument("--rows", type=int, default=1_000_000, help="records of a row group")
    options = parser.parse_args()
    if bool(options.name) == bool(options.journal):
        parser.error("a name or --journal")
    with headrace.open(options.journal) if options.journal else headrace.attach(options.name, socket=options.socket, wait="futex") as feed:
        written = write(feed, options.file, options.schema, options.rows)
    print(json.dumps({"rows": written, "records": feed.stats.records, "lost": feed.stats.lost}), flush=True)


if __name__ == "__main__":
    main()
