# SPDX-License-Identifier: Apache-2.0
"""The examples as programs: their output against what the handler published."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from conftest import PATIENCE, eventually

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def run(handler, program, *arguments, environment=None):
    process = subprocess.Popen([sys.executable, EXAMPLES / program, "test", *arguments], stdout=subprocess.PIPE, text=True,
                               env=environment)
    eventually(lambda: handler.ask("attached") == "1")
    return process


def last_line(process):
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return json.loads(output.splitlines()[-1])


def test_record_to_file(start, tmp_path):
    handler = start(slot_bytes=128, slot_count=1024)
    process = run(handler, "record_to_file.py", tmp_path / "out", "--socket", handler.socket)
    order, status, imbalance = bytes([14, 0xA0]) + bytes(54), bytes([10, 0x12]) + bytes(38), bytes([28, 0x14]) + bytes(110)
    wanted = [order, status, status, imbalance] * 50
    handler.publish(*wanted)
    handler.stop()
    assert last_line(process) == {"name": "test", "language": "python", "records": 200, "lost": 0, "published": 200}
    assert (tmp_path / "out").read_bytes() == b"".join(wanted)


def test_a_slow_recorder_loses_and_says_so(start, tmp_path):
    handler = start(slot_count=64)
    process = run(handler, "record_to_file.py", tmp_path / "out", "--socket", handler.socket, "--slow-us", "20000")
    handler.tell("mbo 5000 0")
    eventually(lambda: handler.ask("flush") == "ok" and handler.ask("pending") == "0")
    handler.stop()
    line = last_line(process)
    assert line["published"] == 5000 == line["records"] + line["lost"] and 0 < line["records"] < 5000
    assert (tmp_path / "out").stat().st_size == line["records"] * 56 + 40  # with one record that tells of the losses


@pytest.mark.parametrize("count", [0, 300_000])
def test_demo_strategy(start, count):
    handler = start(slot_count=4096)
    process = run(handler, "demo_strategy.py", "--socket", handler.socket)
    handler.tell(f"stream {count}")
    handler.stop()
    line = last_line(process)
    assert (line["records"], line["lost"], line["end"]) == (count, 0, True)
    latency = line["latency_ns"]
    assert latency == {"p50": None, "p99": None, "p999": None} if not count else latency["p50"] <= latency["p99"] <= latency["p999"]


def test_latency_meter(handler):
    process = run(handler, "latency_meter.py", environment=os.environ | {"HEADRACE_SOCKET": handler.socket})
    handler.tell("mbo 100 0")
    handler.stop()
    output, _ = process.communicate(timeout=PATIENCE)
    assert output.startswith("100 records, ns to read one: p50 ")


def test_the_histogram_is_within_one_percent():
    spec = importlib.util.spec_from_file_location("demo_strategy", EXAMPLES / "demo_strategy.py")
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    for seed in range(5):
        values = numpy.exp(numpy.random.default_rng(seed).uniform(4, 30, 200_001)).astype("i8")
        histogram = demo.Histogram()
        for part in numpy.array_split(values, 37):
            histogram.add(part)
        found = histogram.percentiles((0.5, 0.99, 0.999))
        exact = numpy.percentile(values, (50, 99, 99.9), method="inverted_cdf")
        assert (abs(numpy.array(found) / exact - 1) <= 0.01).all(), seed
    histogram = demo.Histogram(pending_max=8)
    histogram.add(numpy.arange(-50, 50))
    assert histogram.percentiles((1.0,))[0] == 49 and histogram.counts.sum() == 100
