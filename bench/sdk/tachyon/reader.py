# SPDX-License-Identifier: Apache-2.0
"""Tachyon's Python package in the sdk bench, as its users write it; the arguments are those of ../reader.c.

The same payload: orders of 56 bytes, of which Tachyon makes slots of its own size. A child process sends; what is timed begins
when the bus holds RECORDS of them. `iterate` is the package's iterator and a field of each message by struct; `batch` is its
drain_batch, a field of each message in place (it has no column: each message is a memoryview of its own); `batch-touch` the first of each.
"""

import os
import struct
import sys
import time

import tachyon

BATCH = 512
CAPACITY = 64 << 20  # bytes: RECORDS in slots of at most 192 bytes fit
ORDER = struct.Struct("<BBHIQ QqIBBccQiI")
SIZE = struct.Struct("<I")
SIZE_OFFSET = 32


def send(path, records, told):
    """The sending process: all of them, then the word that they are there."""
    while True:
        try:
            bus = tachyon.Bus.connect(path)
            break
        except ConnectionError:
            time.sleep(0.001)
    with bus:
        for number in range(records):
            order = ORDER.pack(ORDER.size // 4, 0xA0, 2, number % 8, number, number, (100 + number % 50) * 10**9, number % 1000 + 1, 128, 0,
                               b"A", b"B", number, 0, number & 0xFFFFFFFF)
            bus.send(order, 1)
        os.write(told, b"!")
        sys.stdin.read()  # until the reader has gone


def batch(bus, records):
    total = read = 0
    size = SIZE.unpack_from
    while read < records:
        with bus.drain_batch(BATCH) as messages:
            for message in messages:
                with memoryview(message) as view:
                    total += size(view, SIZE_OFFSET)[0]
            read += len(messages)
    return total


def batch_touch(bus, records):
    total = read = 0
    while read < records:
        with bus.drain_batch(BATCH) as messages:
            with memoryview(messages[0]) as view:
                total += SIZE.unpack_from(view, SIZE_OFFSET)[0]
            read += len(messages)
    return total


def iterate(bus, records):
    total = read = 0
    size = SIZE.unpack_from
    for message in bus:
        total += size(message.data, SIZE_OFFSET)[0]
        read += 1
        if read == records:
            break
    return total


def main():
    path, _, work, records = sys.argv[1:]
    run = {"batch": batch, "batch-touch": batch_touch, "iterate": iterate}[work]
    records = int(records)
    told, tell = os.pipe()
    held, hold = os.pipe()
    if os.fork() == 0:
        os.close(hold)
        os.dup2(held, 0)
        try:
            send(path, records, tell)
        finally:
            os._exit(0)
    os.close(tell)
    with tachyon.Bus.listen(path, CAPACITY) as bus:
        if os.read(told, 1) != b"!":
            sys.exit("the sender has failed")
        print("ready", flush=True)
        if not sys.stdin.readline():
            sys.exit(69)
        begin = time.monotonic_ns()
        total = run(bus, records)
        ns = time.monotonic_ns() - begin
        print(f'{{"records": {records}, "ns": {ns}, "sum": {total}}}', flush=True)
    os.close(hold)
    os.wait()


main()
