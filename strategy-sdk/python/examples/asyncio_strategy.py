#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads beside other tasks of an asyncio loop: it sleeps in the loop's own wait while nothing comes. Prints JSON at the end."""

import argparse
import asyncio
import contextlib
import json

import headrace


async def count_ticks(ticks, seconds=0.01):
    """Another task: a timer, say, or a connection to an exchange."""
    while True:
        await asyncio.sleep(seconds)
        ticks.append(None)


async def run(options):
    ticks = []
    other = asyncio.create_task(count_ticks(ticks))
    file = open(options.file, "wb") if options.file else contextlib.nullcontext()
    with headrace.attach(options.name, socket=options.socket, wait="eventfd") as feed, file as out:
        async for batch in feed.batches(schema="raw"):
            for row in batch if out else ():
                out.write(row["record"][: 4 * int(row["length"])].tobytes())
    other.cancel()
    stats = feed.stats
    print(json.dumps({"name": options.name, "language": "python", "records": stats.records, "lost": stats.lost,
                      "published": stats.published, "ticks": len(ticks)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the consumer's name in the handler's configuration")
    parser.add_argument("--socket", help="path of the handler's socket")
    parser.add_argument("--file", help="write the bytes of every record there")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
