#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the bytes of every record, without stamps, to a file until the handler stops; then prints one line of JSON."""

import argparse
import json
import time

import headrace
import numpy


def write_records(batch, file):
    """Runs of records of one length are one copy; nearly always that is the whole batch."""
    lengths = batch["length"]
    starts = [0, *(numpy.flatnonzero(numpy.diff(lengths)) + 1).tolist(), batch.size]
    for start, end in zip(starts, starts[1:]):
        file.write(numpy.ascontiguousarray(batch["record"][start:end, : 4 * int(lengths[start])]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the consumer's name in the handler's configuration")
    parser.add_argument("file", help="is overwritten")
    parser.add_argument("--socket", help="path of the handler's socket")
    parser.add_argument("--slow-us", type=int, default=0, help="sleep so many microseconds after each batch: a slow reader")
    parser.add_argument("--wait", default="yield", choices=["spin", "yield", "futex", "eventfd", "monitor"],
                        help="what to do when there is nothing to read")
    options = parser.parse_args()
    with headrace.attach(options.name, socket=options.socket, wait=options.wait) as feed, open(options.file, "wb") as file:
        while (batch := feed.batch(schema="raw")) is not None:
            write_records(batch, file)
            if options.slow_us:
                time.sleep(options.slow_us / 1e6)
    stats = feed.stats
    print(json.dumps({"name": options.name, "language": "python", "records": stats.records, "lost": stats.lost,
                      "published": stats.published}), flush=True)


if __name__ == "__main__":
    main()
