#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The conformance program of Python: conform.py [--batch N] [--hold N] [--stats] SOCKET CONSUMER. See conformance/README.md.

Prints each record as `RING STAMP RTYPE HEX`, and how the feed ended. It reads with the package alone; which ring a record is
from is all that it asks of the extension itself.
"""

import argparse
import errno
import os
import sys

# Python puts this folder first, where the package's sources are, without the extension: the built package is meant.
sys.path[:] = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]

import headrace  # noqa: E402

ENDS = {errno.ESHUTDOWN: -108, errno.EPIPE: -32, errno.ENOBUFS: -105, errno.EBADMSG: -74}


def tell(*words):
    print(*words, flush=True)


class Printer:
    def __init__(self, hold):
        self.hold, self.count = hold, 0

    def line(self, ring, stamp, rtype, raw):
        print(ring, stamp, rtype, raw.hex())
        self.count += 1

    def pause(self):
        """Waits for a line once `hold` records have been printed; the last one is still this side's."""
        if self.hold and self.count >= self.hold:
            self.hold = 0
            tell("hold")
            sys.stdin.readline()
        sys.stdout.flush()
        return self.hold


def by_record(feed, printer):
    """A record object is a copy, and its slot free: the one that is to be held is read as a batch of one."""
    while not printer.hold or printer.count < printer.hold - 1:
        record = feed.next()
        printer.line(feed.ring, record.stamp, int(record.rtype), bytes(record)[: record.length * 4])
        sys.stdout.flush()
    while (batch := feed.batch(1, schema="raw")) is not None:
        print_batch(feed, batch, printer)
        if not printer.pause():
            return by_record(feed, printer)
    raise headrace.Stopped(errno.ESHUTDOWN, "the handler has stopped")


def by_batch(feed, printer, maximum):
    while (batch := feed.batch(maximum, schema="raw")) is not None:
        print_batch(feed, batch, printer)
        print("batch", len(batch))
        printer.pause()


def print_batch(feed, batch, printer):
    ring = feed.ring
    rows = zip(batch["stamp"].tolist(), batch["rtype"].tolist(), batch["length"].tolist(), batch["record"])
    for stamp, rtype, length, record in rows:
        printer.line(ring, stamp, rtype, record[: min(length * 4, len(record))].tobytes())


def read(feed, options):
    """Returns the status of the end."""
    printer = Printer(options.hold)
    try:
        by_batch(feed, printer, options.batch) if options.batch else by_record(feed, printer)
    except headrace.Error as error:
        return ENDS.get(error.errno, -71)
    return -errno.ESHUTDOWN


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=0, metavar="N")
    parser.add_argument("--hold", type=int, default=0, metavar="N")
    parser.add_argument("--stats", action="store_true")
    parser.add_argument("socket")
    parser.add_argument("consumer")
    options = parser.parse_args()
    try:
        feed = headrace.attach(options.consumer, socket=options.socket, wait="yield")  # awake to the handler
    except headrace.AttachError as error:
        if error.strerror.startswith("the handler refused"):
            tell("refused", -error.errno)
        elif error.errno in (errno.EPROTO, errno.EPROTONOSUPPORT):
            tell("refused 0")
        else:
            sys.exit(str(error))  # nothing that a handler said
        return
    with feed:
        tell("attached", feed.ring_count)
        status = read(feed, options)
        if options.stats:
            for ring in range(feed.ring_count):
                for publisher_id, instrument_id, _, symbol, _ in feed._directory(ring, 0):
                    print("symbol", publisher_id, instrument_id, symbol)
        print("lost", feed.stats.lost)
        tell("end", status)


if __name__ == "__main__":
    main()
