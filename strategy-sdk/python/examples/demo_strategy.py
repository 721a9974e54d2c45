#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads batches and says, every 250 ms and at the end, how many records came and how long after their publishing."""

import argparse
import json
import time

import headrace
import numpy

REPORT_SECONDS = 0.25
STEP_BITS = 6  # 64 steps between a power of two and the next: a step's middle is within 0.8 % of what is in it
EXPONENTS = 64


class Histogram:
    """Counts of durations in ns, log-linear. A double's own exponent and first bits of fraction are the number of the step."""

    SHIFT = 52 - STEP_BITS
    BASE = 1023 << STEP_BITS  # the step of 1 ns

    def __init__(self, pending_max=65536):
        self.counts = numpy.zeros(EXPONENTS << STEP_BITS, "i8")
        self.pending = numpy.empty(pending_max, "f8")  # counted together: counting costs much more than keeping
        self.used = 0

    def add(self, durations):
        if self.used + durations.size > self.pending.size:
            self.count()
        for start in range(0, durations.size, self.pending.size):
            part = durations[start : start + self.pending.size]
            if self.used + part.size > self.pending.size:
                self.count()
            self.pending[self.used : self.used + part.size] = part
            self.used += part.size

    def count(self):
        values = numpy.maximum(self.pending[: self.used], 1.0)
        self.counts += numpy.bincount((values.view("i8") >> self.SHIFT) - self.BASE, minlength=self.counts.size)
        self.used = 0

    def percentiles(self, shares):
        """The middle of the step that holds each share of all; None when there is nothing."""
        self.count()
        sums = numpy.cumsum(self.counts)
        if not sums[-1]:
            return [None] * len(shares)
        step = numpy.searchsorted(sums, numpy.ceil(numpy.array(shares) * sums[-1]))
        edges = ((step + numpy.array([[0], [1]]) + self.BASE) << self.SHIFT).view("f8")
        return [int(middle) for middle in edges.mean(axis=0)]


def report(name, feed, histogram, end):
    p50, p99, p999 = histogram.percentiles((0.50, 0.99, 0.999))
    stats = feed.stats
    print(json.dumps({"name": name, "language": "python", "records": stats.records, "lost": stats.lost,
                      "latency_ns": {"p50": p50, "p99": p99, "p999": p999}, "end": end}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the consumer's name in the handler's configuration")
    parser.add_argument("--socket", help="path of the handler's socket")
    options = parser.parse_args()
    histogram = Histogram()
    due = time.monotonic() + REPORT_SECONDS
    with headrace.attach(options.name, socket=options.socket, wait="yield") as feed:
        try:
            while (batch := feed.batch(timeout=REPORT_SECONDS)) is not None:
                histogram.add(time.time_ns() - batch["stamp"].view("i8"))
                if time.monotonic() >= due:
                    report(options.name, feed, histogram, False)
                    due = time.monotonic() + REPORT_SECONDS
        finally:
            report(options.name, feed, histogram, True)


if __name__ == "__main__":
    main()
