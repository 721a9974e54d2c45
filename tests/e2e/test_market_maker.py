# SPDX-License-Identifier: Apache-2.0
"""The C++ market maker on a generated day, by a whole handler: it reads every record, quotes all day long, and ends with the handler."""

import json

import pytest

from programs import Process, eal, itch_feed, pcap_input, simulate
from recordset import Records

ITCH = "nasdaq-itch-5.0"
MESSAGES = 100000


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=7, messages=MESSAGES)


def test_quotes_a_whole_day(programs, workshop, day):
    program = programs.build / "strategy-sdk" / "cpp" / "market_maker"
    if not program.exists():
        pytest.skip("market_maker is not built: no C++ compiler (Debian: g++)")
    # Ample room: the test is of what it does, not of how fast this machine is today.
    handler = workshop.handler({"eal": eal(), "inputs": [pcap_input("day", day, wait_for_consumers=True)], "feeds": [itch_feed("feed", "day")],
                                "consumers": [{"name": "maker", "schemas": ["mbo", "status"], "ring_records": 1048576}]})
    maker = workshop.own(Process("market maker", [program, "maker", "--socket", handler.socket, "--wait", "yield", "--prints", "3"],
                                 workshop.folder))
    assert maker.wait() == 0, maker.log_text()
    assert handler.wait() == 0
    *quotes, summary = maker.log_text().splitlines()
    told = json.loads(summary)
    records = Records(programs.dump(day, ITCH, "--raw"))
    assert told["records"] == int(records.of_schemas(["mbo", "status"]).sum())
    assert told["lost"] == 0 and told["end"].startswith("the handler has stopped")
    assert 10000 < told["events"] <= told["records"] and told["quotes"] > 1000 and told["fills"] > 0
    assert 0 < told["tick_to_decision_ns"]["p50"] <= told["tick_to_decision_ns"]["p99"] <= told["tick_to_decision_ns"]["p999"]
    assert quotes and all("holding" in quote for quote in quotes), "some of them are printed"
    two_sided = [quote.split() for quote in quotes if quote.count("@") == 2]
    assert two_sided and all(float(quote[3]) < float(quote[4]) for quote in two_sided), "never crossed"
