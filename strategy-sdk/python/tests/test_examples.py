# SPDX-License-Identifier: Apache-2.0
"""The examples as programs: their output against what the handler published."""

import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy
import pytest

import headrace
from conftest import PATIENCE, eventually
from test_frame import needs
from test_open import metadata
from test_records import RECV, pack

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


MINUTE = 60 * 10**9
START = RECV - RECV % MINUTE


def order(at_ns, number, action, side, price, size, instrument_id=1):
    """An order's record, at_ns after START."""
    raw = bytearray(pack(0xA0, "QqIBBccQiI", number, price, size, 128, 1, action, side, START + at_ns + 500, 5, 0))
    raw[4:8], raw[8:16] = instrument_id.to_bytes(4, "little"), (START + at_ns).to_bytes(8, "little")
    return bytes(raw)


def trade_file(path):
    """Two instruments and trades over two minutes; the second of MSFT's bars has two of them."""
    dollar = 10**9
    raws = [order(0, 1, b"A", b"B", 100 * dollar, 10), order(1000, 2, b"A", b"A", 102 * dollar, 10),
            order(2000, 2, b"T", b"B", 102 * dollar, 4), order(2000, 2, b"F", b"A", 102 * dollar, 4), order(2000, 2, b"C", b"A", 102 * dollar, 4),
            order(3000, 9, b"T", b"N", 50 * dollar, 7, instrument_id=2),
            order(10**9, 1, b"T", b"A", 100 * dollar, 3), order(10**9 + 5, 1, b"C", b"B", 100 * dollar, 3),
            order(10**9 + 9, 0, b"T", b"N", headrace.UNDEF_PRICE, 3), order(2 * 10**9 - 1, 1, b"T", b"A", 101 * dollar, 2),
            order(2 * 10**9, 3, b"A", b"B", 99 * dollar, 1), order(MINUTE + 1, 4, b"A", b"B", 98 * dollar, 1)]
    path.write_bytes(metadata("mbo", [("MSFT", 1), ("AAPL", 2)]) + b"".join(raws))
    return len(raws)


BARS = ["22:13:00.000000 MSFT     open 102.0000 high 102.0000 low 102.0000 close 102.0000 volume 4 trades 1",
        "22:13:00.000000 AAPL     open 50.0000 high 50.0000 low 50.0000 close 50.0000 volume 7 trades 1",
        "22:13:01.000000 MSFT     open 100.0000 high 101.0000 low 100.0000 close 101.0000 volume 5 trades 2"]


def test_bar_builder_of_a_file(tmp_path):
    trade_file(tmp_path / "day.dbn")
    found = subprocess.run([sys.executable, EXAMPLES / "bar_builder.py", "--file", tmp_path / "day.dbn"], check=True, text=True,
                           stdout=subprocess.PIPE, timeout=PATIENCE).stdout
    assert found.splitlines() == BARS


def test_bar_builder_live(handler, tmp_path):
    process = run(handler, "bar_builder.py", "--socket", handler.socket)
    trade_file(tmp_path / "day.dbn")
    handler.tell("symbol 7 1 MSFT", "symbol 7 2 AAPL")
    with headrace.open(tmp_path / "day.dbn") as feed:
        handler.publish(*map(bytes, feed))
    for wanted in BARS:  # as they close, not at the end
        assert process.stdout.readline().rstrip() == wanted
    handler.stop()
    assert process.communicate(timeout=PATIENCE)[0] == "" and process.returncode == 0


def test_bar_builder_of_trades():
    spec = importlib.util.spec_from_file_location("bar_builder", EXAMPLES / "bar_builder.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["bar_builder"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    bars = []
    builder = module.BarBuilder(1, lambda *bar: bars.append(bar))
    builder.add(headrace.record_from_bytes(pack(0x00, "qIccBBQiI", 5 * 10**9, 10, b"T", b"A", 64, 0, RECV, 5, 6)))
    builder.add(headrace.record_from_bytes(pack(0x12, "QHHHccc7x", RECV, 8, 30, 0, b"N", b"Y", b"~")))  # no trade
    builder.close()
    builder.close()
    assert bars == [(RECV - RECV % 10**9, (7, 4001), module.Bar(5.0, 5.0, 5.0, 5.0, 10))]


@needs("pyarrow")
def test_journal_to_parquet(tmp_path):
    import pyarrow.parquet

    count = trade_file(tmp_path / "day.dbn")
    line = json.loads(subprocess.run([sys.executable, EXAMPLES / "journal_to_parquet.py", "--journal", tmp_path / "day.dbn", "--rows", "5",
                                      tmp_path / "out.parquet"], check=True, stdout=subprocess.PIPE, timeout=60).stdout)
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert line == {"rows": count, "records": count, "lost": 0} and table.num_rows == count
    assert table["symbol"].to_pylist()[:6] == ["MSFT"] * 5 + ["AAPL"] and str(table["price"][0].as_py()) == "100.000000000"
    assert table["price"].null_count == 1 and table["action"].to_pylist()[2:4] == ["T", "F"]


@needs("pyarrow")
@pytest.mark.parametrize("count", [0, 5000])
def test_journal_to_parquet_live(start, tmp_path, count):
    import pyarrow.parquet

    handler = start(slot_count=4096)
    process = run(handler, "journal_to_parquet.py", tmp_path / "out.parquet", "--socket", handler.socket, "--rows", "1000")
    handler.tell(f"stream {count}")
    handler.stop()
    assert last_line(process) == {"rows": count, "records": count, "lost": 0}
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet")["order_id"].to_pylist() == list(range(count))


def notebook():
    return json.loads((EXAMPLES / "one_minute.ipynb").read_text())


def run_notebook(environment):
    """Its outputs; the kernel is this Python."""
    import nbclient
    import nbformat

    book = nbformat.read(EXAMPLES / "one_minute.ipynb", as_version=4)
    client = nbclient.NotebookClient(book, timeout=120, kernel_name="python3")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        client.execute()
    return [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]


def test_the_notebook_is_clean():
    cells = notebook()["cells"]
    assert len(cells) >= 5 and all(cell.get("outputs", []) == [] and cell.get("execution_count") is None for cell in cells)
    compile("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"), "one_minute.ipynb", "exec")


@needs("nbclient")
@needs("ipykernel")
@needs("matplotlib")
def test_the_notebook_of_a_file(tmp_path):
    count = trade_file(tmp_path / "day.dbn")
    outputs = run_notebook({"HEADRACE_FILE": str(tmp_path / "day.dbn")})
    assert f"{count - 1} records of 2 instruments" in outputs[0]["data"]["text/plain"]  # the last is beyond the minute
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2


@needs("nbclient")
@needs("ipykernel")
@needs("matplotlib")
def test_the_notebook_live(handler):
    def publish():
        deadline = time.monotonic() + 120  # a kernel and matplotlib start slowly
        while handler.ask("attached") != "1":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        handler.tell("mbo 200 1")
        handler.stop()

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        outputs = run_notebook({"HEADRACE_NAME": "test", "HEADRACE_SOCKET": handler.socket, "HEADRACE_SECONDS": "60"})
        assert "200 records of 8 instruments" in outputs[0]["data"]["text/plain"]
        assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    finally:
        publisher.join(130)
