# SPDX-License-Identifier: Apache-2.0
"""The reader of the sdk bench in Python, as a user of the package would write it; see reader.c."""

import sys
import time

import numpy  # noqa: F401: headrace imports it with the first batch, which is not what is measured

import headrace

BATCH = 512


def batch(feed, records):
    total = read = 0
    while read < records:
        orders = feed.batch(BATCH)
        total += int(orders["size"].sum())
        read += len(orders)
    return total


def batch_touch(feed, records):
    total = read = 0
    while read < records:
        orders = feed.batch(BATCH)
        total += int(orders["size"][0])
        read += len(orders)
    return total


def iterate(feed, records):
    total = read = 0
    for record in feed:
        total += record.size
        read += 1
        if read == records:
            break
    return total


def main():
    socket, consumer, work, records = sys.argv[1:]
    run = {"batch": batch, "batch-touch": batch_touch, "iterate": iterate}[work]
    records = int(records)
    with headrace.attach(consumer, socket=socket) as feed:
        print("ready", flush=True)
        if not sys.stdin.readline():
            sys.exit(69)
        begin = time.monotonic_ns()
        total = run(feed, records)
        ns = time.monotonic_ns() - begin
        print(f'{{"records": {records}, "ns": {ns}, "sum": {total}}}')


main()
