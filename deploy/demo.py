#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: a market through the handler to one C and one Python strategy, separate processes, with a live table.

Run by `./dev demo [FILE] [--json]`. Without a file a seeded Nasdaq day is generated; with one, its protocol and its lines are
found by decoding it once. The exit code is 0 only if nothing was lost: no gap, no LOST record, every record published was read.
"""

import argparse
import json
import mmap
import os
import pathlib
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 10.0
PRICE_UNIT = 1e-9
UNDEF_PRICE = 2**63 - 1


def fail(text):
    print(f"demo: {text}", file=sys.stderr)
    sys.exit(1)


class Statistics:
    """The handler's statistics page (headrace/attach_abi.h), mapped: readable even after the handler has ended."""

    REQUEST = struct.Struct("<IHHIHH32s16s")
    PAGE = struct.Struct("<QIIIIQ32s")
    ENTRY = struct.Struct("<16s64s32s16s")

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)
        self.socket.send(self.REQUEST.pack(0x41525248, 1, self.REQUEST.size, 2, 1, 0, b"", b""))
        _, descriptors, _, _ = socket.recv_fds(self.socket, 128, 1)
        if not descriptors:
            fail("the handler refused to show its statistics")
        self.page = mmap.mmap(descriptors[0], 0, mmap.MAP_SHARED, mmap.PROT_READ)
        os.close(descriptors[0])

    def read(self):
        """{step: {subject: {name: value}}}"""
        _, _, _, count, offset, _, _ = self.PAGE.unpack_from(self.page, 0)
        values = struct.unpack_from(f"<{count}Q", self.page, offset)
        result = {}
        for i in range(count):
            step, subject, name = (
                text.split(b"\0")[0].decode() for text in self.ENTRY.unpack_from(self.page, self.PAGE.size + i * self.ENTRY.size)[:3]
            )
            if name:
                result.setdefault(step, {}).setdefault(subject, {})[name] = values[i]
        return result


class Strategy:
    """A strategy's process, and the last line of JSON that it printed."""

    def __init__(self, name, command, environment):
        self.name = name
        self.last = None
        self.pending = b""
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, process_group=0)
        os.set_blocking(self.process.stdout.fileno(), False)

    def drain(self):
        """Takes what there is; False once the strategy has closed its output."""
        try:
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return True
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            self.last = json.loads(line)
        return bool(chunk)


def headrace(build, *arguments):
    return [str(build / "feedhandler/headrace"), *map(str, arguments)]


def generate(build, folder, seed):
    """A market of about ten seconds. Its opening and closing are paced by the generator; replay scales the whole."""
    capture = folder / "market.pcap"
    subprocess.run(
        headrace(build, "sim", "--seed", seed, "--messages", 1_200_000, "--rate", 150_000, "--live-orders", 100_000, "--output", capture),
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return capture


def inspect(build, capture, protocol):
    """What is in a capture: (protocol, counts), decoded by whichever protocol finds the most messages in it."""
    listed = subprocess.run(headrace(build, "dump", "--protocol", "list"), check=True, capture_output=True, text=True).stdout
    names = [protocol] if protocol else [line.split()[0] for line in listed.splitlines()]
    found = []
    for name in names:
        dumped = subprocess.run(headrace(build, "dump", capture, "--protocol", name), capture_output=True, text=True)
        if dumped.returncode not in (0, 65) or not dumped.stdout:
            fail(dumped.stderr.strip() or f"{capture}: cannot be read")
        counts = json.loads(dumped.stdout)
        found.append((sum(counts["by_type"].values()), name, counts))
    decoded, name, counts = max(found, key=lambda entry: entry[0])
    if decoded == 0:
        fail(f"{capture}: no message of {', '.join(names)} in it")
    return name, counts


def configure(folder, capture, protocol, counts):
    """The handler's configuration for this capture: every line in it, two consumers with rings that hold a burst of seconds."""
    lines = [destination.rsplit(":", 1) for destination, line in counts["lines"].items() if line["messages"]]
    duration = (counts["last_time_ns"] - counts["first_time_ns"]) / 1e9
    text = [
        f"instance: {{name: demo, runtime_dir: {json.dumps(str(folder))}}}",
        "inputs:",
        "  - name: capture",
        "    plane: pcap",
        f"    file: {json.dumps(str(capture))}",
        "    pace: original",
        f"    speed: {max(duration / SECONDS, 1e-6):.6f}",
        "    wait_for_consumers: true",
        "feeds:",
        "  - name: market",
        f"    protocol: {protocol}",
        "    lines:",
    ]
    for number, (group, port) in enumerate(lines):
        text.append(f"      - {{input: capture, group: {group}, port: {port}, channel: {number}}}")
    text.append("consumers:")
    for name in ("c", "python"):
        text.append(f"  - {{name: {name}, ring_records: 1048576, on_full: drop}}")
    path = folder / "demo.yaml"
    path.write_text("\n".join(text) + "\n")
    return path


def total(statistics, step, name):
    return sum(subject.get(name, 0) for subject in statistics.get(step, {}).values())


def result_of(statistics, strategies):
    consumers = []
    for strategy in strategies:
        last = strategy.last or {}
        ring = statistics.get("ring", {}).get(strategy.name, {})
        read = last.get("records", 0)
        consumers.append(
            {
                "name": strategy.name,
                "language": last.get("language", "?"),
                "records": read,
                # What the ring had no room for, and what was published but never read.
                "lost": max(ring.get("published", 0) - read, last.get("lost", 0)),
                "latency_ns": last.get("latency_ns", {"p50": None, "p99": None, "p999": None}),
            }
        )
    return {
        "packets": total(statistics, "packet", "frames"),
        "messages": total(statistics, "line", "messages"),
        "records": total(statistics, "fanout", "records"),
        "lost": sum(consumer["lost"] for consumer in consumers),
        "gaps": total(statistics, "line", "gaps"),
        "consumers": consumers,
    }


def microseconds(value):
    return "-" if value is None else f"{value / 1000:,.1f}"


def price(value):
    return "-" if value == UNDEF_PRICE else f"{value * PRICE_UNIT:,.4f}"


class Screen:
    """The live table: rich on a terminal, a line a second elsewhere, nothing with --json."""

    def __init__(self, quiet):
        self.live = None
        self.quiet = quiet
        self.printed = 0.0
        if not quiet and sys.stdout.isatty():
            import rich.live

            self.live = rich.live.Live(auto_refresh=False)
            self.live.start()

    def show(self, result, strategies):
        if self.live:
            self.live.update(self.table(result, strategies), refresh=True)
        elif not self.quiet and time.monotonic() - self.printed >= 1:
            self.printed = time.monotonic()
            print(
                f"packets {result['packets']:,}  messages {result['messages']:,}  records {result['records']:,}  lost {result['lost']:,}  "
                + "  ".join(f"{c['name']}: p50 {microseconds(c['latency_ns']['p50'])} us" for c in result["consumers"]),
                flush=True,
            )

    @staticmethod
    def table(result, strategies):
        from rich.console import Group
        from rich.table import Table

        handler = Table(title="handler", title_justify="left")
        for name in ("packets", "messages", "records", "gaps"):
            handler.add_column(name, justify="right", min_width=12)
        handler.add_row(*(f"{result[name]:,}" for name in ("packets", "messages", "records", "gaps")))
        readers = Table(title="strategies (latency from publishing to reading, us)", title_justify="left")
        for name in ("name", "language", "records", "lost", "p50", "p99", "p99.9"):
            readers.add_column(name, justify="left" if name in ("name", "language") else "right", min_width=8)
        for consumer in result["consumers"]:
            latency = consumer["latency_ns"]
            readers.add_row(
                consumer["name"], consumer["language"], f"{consumer['records']:,}", f"{consumer['lost']:,}",
                *(microseconds(latency[key]) for key in ("p50", "p99", "p999")),
            )
        busiest = Table(title="busiest symbols", title_justify="left")
        for name in ("symbol", "records", "bid size", "bid", "ask", "ask size"):
            busiest.add_column(name, justify="left" if name == "symbol" else "right", min_width=8)
        for quote in next((s.last.get("busiest", []) for s in strategies if s.last and "busiest" in s.last), []):
            busiest.add_row(
                quote["symbol"], f"{quote['records']:,}", f"{quote['bid_size']:,}", price(quote["bid"]), price(quote["ask"]),
                f"{quote['ask_size']:,}",
            )
        return Group(handler, readers, busiest)

    def close(self):
        if self.live:
            self.live.stop()


def wait_ready(handler, log):
    """Until the handler says that strategies may attach."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        text = log.read_text()
        if "ready: strategies attach" in text:
            return
        if handler.poll() is not None:
            fail(f"the handler did not start:\n{text}")
        time.sleep(0.02)
    fail(f"the handler was not ready within 30 s:\n{log.read_text()}")


def play(build, folder, configuration, screen):
    """Runs handler and strategies to their end. Returns (result, whether all went well)."""
    log = folder / "handler.log"
    path = str(folder / "demo.sock")
    cores = sorted(os.sched_getaffinity(0))
    environment = {**os.environ, "PYTHONPATH": str(build / "strategy-sdk/python")}
    processes = []
    try:
        with log.open("w") as out:
            handler = subprocess.Popen(headrace(build, "run", configuration), stdout=out, stderr=out, process_group=0)
        processes.append(handler)
        wait_ready(handler, log)
        if len(cores) > 1:  # the worker polls on the last processor: everyone else keeps off it, as on a real server
            os.sched_setaffinity(0, cores[:-1])
        statistics = Statistics(path)
        strategies = [
            Strategy("c", [str(build / "strategy-sdk/c/demo_strategy"), "c", "--socket", path], environment),
            Strategy(
                "python",
                [sys.executable, str(ROOT / "strategy-sdk/python/examples/demo_strategy.py"), "python", "--socket", path],
                environment,
            ),
        ]
        processes += [strategy.process for strategy in strategies]
        selector = selectors.DefaultSelector()
        for strategy in strategies:
            selector.register(strategy.process.stdout, selectors.EVENT_READ, strategy)
        while selector.get_map():
            for key, _ in selector.select(timeout=0.25):
                if not key.data.drain():
                    selector.unregister(key.fileobj)
            screen.show(result_of(statistics.read(), strategies), strategies)
        codes = [process.wait(timeout=30) for process in processes]
        result = result_of(statistics.read(), strategies)
        screen.show(result, strategies)
        if any(codes):
            print(f"demo: exit codes of handler, c, python: {codes}\n{log.read_text()}", file=sys.stderr)
        return result, not any(codes)
    finally:
        os.sched_setaffinity(0, cores)
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description="A market through the handler to two strategies.")
    parser.add_argument("file", nargs="?", help="a capture (pcap or pcapng, plain, zstd or gzip); without it a market is generated")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end, and nothing else")
    parser.add_argument("--protocol", help="the capture's protocol; found by trying when left out")
    parser.add_argument("--seed", type=int, default=1, help="of the generated market")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help=argparse.SUPPRESS)
    options = parser.parse_args()
    build = options.build.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="headrace-demo-"))
    screen = None
    try:
        capture = pathlib.Path(options.file).resolve() if options.file else generate(build, folder, options.seed)
        if not capture.is_file():
            fail(f"{capture}: there is no such file")
        protocol, counts = inspect(build, capture, options.protocol)
        configuration = configure(folder, capture, protocol, counts)
        screen = Screen(options.json)
        result, well = play(build, folder, configuration, screen)
    except KeyboardInterrupt:
        return 130
    finally:
        if screen:
            screen.close()
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        print(json.dumps(result))
    else:
        print(f"\n{result['packets']:,} packets, {result['messages']:,} messages, {result['records']:,} records; "
              f"lost {result['lost']:,}, gaps {result['gaps']:,}")
        for consumer in result["consumers"]:
            latency = consumer["latency_ns"]
            print(f"  {consumer['name']:8} {consumer['records']:>12,} records  lost {consumer['lost']:,}  latency us: "
                  f"p50 {microseconds(latency['p50'])}  p99 {microseconds(latency['p99'])}  p99.9 {microseconds(latency['p999'])}")
    return 0 if well and result["lost"] == 0 and result["gaps"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
