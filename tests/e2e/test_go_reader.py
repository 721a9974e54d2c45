# SPDX-License-Identifier: Apache-2.0
"""A strategy in a language that shares no code with the handler: what Go reads of a live handler is what `headrace dump`
decodes."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from programs import Process, eal, endless_input, itch_feed, pcap_input, simulate, until
from recordset import Records

ITCH = "nasdaq-itch-5.0"
TOOLCHAIN = Path(__file__).resolve().parents[2] / "strategy-sdk/go/toolchain.py"


@pytest.fixture(scope="module")
def go_programs(programs):
    """The folder with Go's programs."""
    folder = programs.build / "go"
    done = subprocess.run([sys.executable, TOOLCHAIN, "build", folder], capture_output=True, text=True, timeout=300)
    if done.returncode == 77:
        pytest.skip(done.stdout.strip().removeprefix("SKIPPED "))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=20261121, messages=50000)


@pytest.fixture(scope="module")
def day_orders(programs, day):
    records = Records(programs.dump(day, ITCH, "--raw"))
    return records.select(records.of_schemas(["mbo"]))


def market(day, **pace):
    """One consumer whose ring holds the whole day: if it still fills up, that is an error."""
    return {
        "eal": eal(),
        "inputs": [pcap_input("day", day, wait_for_consumers=True, **pace)],
        "feeds": [itch_feed("feed", "day")],
        "consumers": [{"name": "go", "ring_records": 524288, "on_full": "detach"}],
    }


@pytest.mark.parametrize("batch", [0, 512])
def test_records_and_symbols(workshop, programs, go_programs, day, day_orders, batch):
    handler = workshop.handler(market(day))
    how = ["--batch", str(batch)] if batch else []
    reader = workshop.own(Process("conform", [go_programs / "conform", "--stats", *how, handler.socket, "go"], workshop.folder))
    assert reader.wait() == 0, reader.log_text()
    lines = reader.log_text().splitlines()
    assert lines[0] == "attached 1" and lines[-2:] == ["lost 0", "end -108"]
    assert handler.wait() == 0, handler.log_text()

    records = [line.split() for line in lines if line.startswith("0 ")]
    assert b"".join(bytes.fromhex(words[3]) for words in records) == day_orders
    stamps = [int(words[1]) for words in records]
    assert all(a < b for a, b in zip(stamps, stamps[1:]))
    assert sum(int(line.split()[1]) for line in lines if line.startswith("batch ")) == (len(records) if batch else 0)

    named = {line.split()[3] for line in lines if line.startswith("symbol ")}
    rows = csv.DictReader(io.StringIO(programs.dump(day, ITCH, "--csv").decode()))
    assert named == {row["symbol"] for row in rows if row["symbol"]}


def day_is_read(programs, handler):
    """Asked again where a busy machine keeps `headrace stat` from asking within the second that it has."""
    done = programs.run("stat", "--json", "--socket", handler.socket, check=False)
    stat = json.loads(done.stdout) if done.returncode == 0 else None
    return stat and stat["input"]["day"]["finished"] and not stat["ring"]["go"]["in_ring"]


def test_sleeping_and_the_handlers_death(workshop, programs, go_programs, day, day_orders):
    """At the day's own pace there is time to fall asleep between two packets; the handler is killed when all is read."""
    config = market(day, pace="original")
    config["inputs"].append(endless_input("endless", day))
    handler = workshop.handler(config)
    command = [go_programs / "latency-meter", "--socket", handler.socket, "--wait", "futex", "go"]
    meter = workshop.own(Process("latency-meter", command, workshop.folder))
    until(lambda: day_is_read(programs, handler), "the day is over and all of it is read", every=0.1)
    count = len(Records(day_orders))
    handler.kill()
    assert meter.wait() == 1, meter.log_text()
    assert "the handler died" in meter.log_text() and f"{count} records" in meter.log_text(), meter.log_text()
